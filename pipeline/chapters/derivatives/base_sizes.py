"""Sizes of what subject and reference are built on: derivatives by the size class of the base that they name.

Method: direct declared derivatives of the register's releases (the table `bases`), added up by group and size class. A
stock is this build's own where its snapshot is a census with declared derivatives, else that of the newest edition of a
census that has both groups; beside it stands the newest flow that is younger.

Known drawbacks: a derivative of two releases counts for both; a derivative of a repository that is no release counts
for none; a flow holds the days of one collection, and a launch in them counts for much.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline.base import tables
from pipeline.base.editions import HUB, Edition, Kind, editions
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.derivatives.schema import BaseSizes
from pipeline.hub.sizes import LARGEST, SIZE_CLASSES

CLASSES = (*(name for _, name in SIZE_CLASSES), LARGEST)
"""The smallest first."""
UNKNOWN = "not known"
NEEDED = {"family", "organisation", "evidence", "size_class", "all_relations"}
"""Columns of `bases` that an edition must have."""


@dataclass(frozen=True)
class Basis:
    """Whose counts are shown. source: how a figure names it. bases: its table `bases`."""

    kind: Kind
    day: date
    label: str
    source: str
    bases: pl.DataFrame


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read this build's bases and those of editions; write the table `base_sizes`."""
    provenance = tables.read_json(paths.provenance)
    source = f"Hugging Face Hub, {provenance['label']} ({provenance['coverage']}), sha256 {provenance['sha256'][:8]}"
    day = date.fromisoformat(provenance["date"])
    own = Basis("stock", day, provenance["label"], source, results.tables["bases"])
    report = params.report
    pair = (report.subject, report.reference)
    known = [*([own] if provenance["coverage"] == HUB else []), *of_editions(editions(paths))]
    parts = [by_size(basis, report.grouping, pair) for basis in chosen(known, report.grouping, pair)]
    results.write("base_sizes", pl.concat([tables.empty(BaseSizes), *parts]), BaseSizes)


def of_editions(known: Iterable[Edition]) -> list[Basis]:
    """Editions of a census and of a flow as bases, the newest first."""
    found = []
    for edition in known:
        bases = edition.table("bases")
        if bases is None or not set(bases.columns) >= NEEDED or (edition.kind, edition.coverage == HUB) == ("stock", 0):
            continue
        source = f"Hugging Face Hub, {edition.label}, edition {edition.name}, sha256 {edition.provenance['sha256'][:8]}"
        found.append(Basis(edition.kind, edition.date, edition.label, source, bases))
    return sorted(found, key=lambda basis: basis.day, reverse=True)


def chosen(known: Sequence[Basis], grouping: str, pair: Sequence[str]) -> list[Basis]:
    """The first stock and the first flow in which both groups are built on; a flow that is older is left out."""
    both = [
        basis
        for basis in known
        if all(derivatives_of(basis, grouping, name)["all_relations"].sum() > 0 for name in pair)
    ]
    stock = next((basis for basis in both if basis.kind == "stock"), None)
    flow = next((basis for basis in both if basis.kind == "flow"), None)
    if stock is not None and flow is not None and flow.day < stock.day:
        flow = None
    return [basis for basis in (stock, flow) if basis is not None]


def derivatives_of(basis: Basis, grouping: str, group: str) -> pl.DataFrame:
    """Rows of `bases` of one group, with declared derivatives."""
    return basis.bases.filter(pl.col("evidence") == "declared", pl.col(grouping) == group)


def by_size(basis: Basis, grouping: str, pair: Sequence[str]) -> pl.DataFrame:
    """Rows of `schema.BaseSizes`: every class for both groups, those with none too."""
    classes = pl.DataFrame({"size_class": [*CLASSES, UNKNOWN]})
    groups = pl.DataFrame({"group": list(pair)}).join(classes, how="cross", maintain_order="left_right")
    found = (
        pl.concat([derivatives_of(basis, grouping, name).with_columns(group=pl.lit(name)) for name in pair])
        .with_columns(pl.col("size_class").fill_null(UNKNOWN))
        .group_by("group", "size_class")
        .agg(derivatives=pl.col("all_relations").sum().cast(pl.Int64), bases=pl.len().cast(pl.Int64))
    )
    return (
        groups.join(found, on=["group", "size_class"], how="left", maintain_order="left")
        .with_columns(pl.col("derivatives", "bases").fill_null(0))
        .with_columns(
            of_group=pl.col("derivatives").sum().over("group"),
            kind=pl.lit(basis.kind),
            label=pl.lit(basis.label),
            date=pl.lit(basis.day),
            source=pl.lit(basis.source),
        )
        .with_columns(share=pl.col("derivatives") / pl.col("of_group"))
        .select(BaseSizes.column_names())
    )
