"""Derivatives of each family in total, its releases, and derivatives per release, side by side.

A rate per release compares a release with a release. If a family has more derivatives because it releases more, which
is the essay's main channel, no rate shows it: the total does. A total cannot say what brought it.

Method
1. Releases are those of the register with a family, dated up to the snapshot's day. Derivatives are their declared
   direct ones, the maker's own left out (`bases.parquet`); a release that nobody builds on counts with none.
2. The total is the product of releases and derivatives per release, so a ratio of totals is the product of two ratios.
3. Whose counts: those of this build where its snapshot is a census with declared derivatives, else those of the newest
   edition of a census (`kind` is `stock`). What was new beside it is that of the newest flow since that day (`flow`).

Known drawbacks: the register misses releases of small families; a flow holds the days of one collection, and a launch
in them counts for much; releases without a date are left out with their derivatives; a derivative of two releases
counts for both. Neither column shows a cause.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from pipeline.base import tables
from pipeline.base.editions import HUB, Edition, editions, newest_with
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.surface import schema
from pipeline.chapters.surface.tables import placed

NEEDED = {"model", "evidence", "all_relations"}
"""Columns of `bases` that a basis must have."""


@dataclass(frozen=True)
class Basis:
    """Whose counts are shown. bases: its table `bases`; named: how a figure names its source; edition: None if own."""

    kind: Literal["stock", "flow"]
    day: date
    label: str
    named: str
    edition: str | None
    bases: pl.DataFrame


def make(paths: Paths, results: Results) -> None:
    """Read the register, this build's bases and those of editions; write the table `family_totals`."""
    provenance = tables.read_json(paths.provenance)
    name = f"Hugging Face Hub, {provenance['label']} ({provenance['coverage']}), sha256 {provenance['sha256'][:8]}"
    bases = tables.read(paths.out / "derivatives" / "bases.parquet")
    own = Basis("stock", date.fromisoformat(provenance["date"]), provenance["label"], name, None, bases)
    releases = placed(paths)
    parts = [totals(releases, basis) for basis in shown(own, provenance["coverage"], editions(paths))]
    results.write("family_totals", pl.concat([tables.empty(schema.FamilyTotals), *parts]), schema.FamilyTotals)


def shown(own: Basis, coverage: str, known: Iterable[Edition]) -> list[Basis]:
    """The stock and the flow to show: of each at most one. coverage: of the build's own snapshot."""
    known = list(known)
    stock = own if coverage == HUB and has_derivatives(own.bases) else of_edition(newest_with(known, "bases"))
    flow = of_edition(newest_with(known, "bases", "flow"))
    if stock is not None and flow is not None and flow.day < stock.day:
        flow = None
    return [basis for basis in (stock, flow) if basis is not None and has_derivatives(basis.bases)]


def of_edition(edition: Edition | None) -> Basis | None:
    """An edition as a basis; None where there is none, or where its bases lack a column."""
    bases = edition.table("bases") if edition else None
    if edition is None or bases is None or not set(bases.columns) >= NEEDED:
        return None
    sha256 = edition.provenance["sha256"][:8]
    named = f"Hugging Face Hub, {edition.label}, sha256 {sha256}, edition {edition.name} of this project"
    return Basis(edition.kind, edition.date, edition.label, named, edition.name, bases)


def has_derivatives(bases: pl.DataFrame) -> bool:
    """Whether any release has a declared derivative."""
    return bases.filter(pl.col("evidence") == "declared", pl.col("all_relations") > 0).height > 0


def totals(releases: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """Rows of `schema.FamilyTotals`. releases: as `tables.placed` gives them."""
    declared = basis.bases.filter(pl.col("evidence") == "declared").select("model", derivatives="all_relations")
    return (
        releases.filter(pl.col("released") <= basis.day)
        .join(declared, on="model", how="left")
        .group_by("family")
        .agg(releases=pl.len().cast(pl.Int64), derivatives=pl.col("derivatives").fill_null(0).sum().cast(pl.Int64))
        .with_columns(
            per_release=pl.col("derivatives") / pl.col("releases"),
            kind=pl.lit(basis.kind),
            label=pl.lit(basis.label),
            date=pl.lit(basis.day),
            edition=pl.lit(basis.edition, pl.String),
            source=pl.lit(basis.named),
        )
        .select(schema.FamilyTotals.column_names())
    )
