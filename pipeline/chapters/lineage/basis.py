"""Whose snapshot each table of the chapter is of: this build's, or that of an edition that can fill what it cannot.

Method: tables that one section of the page shows go together. Where the snapshot leaves a section empty, as the sample
does, which declares no parent, its tables are those of the newest edition of a census that has them and counts one of
the groups that the report compares; `lineage_basis` says so for each table. A sample, a slice and a flow stand for
nobody. A section that nothing fills stays empty, and the page leaves it out.

Known drawbacks: an edition keeps tables as they were recorded, the largest rows alone where there are many; it knows
families by the register of its day, and bases by the parameters of its build.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from pipeline.base import tables
from pipeline.base.completeness import Completeness
from pipeline.base.contracts import contract
from pipeline.base.editions import HUB, Edition, editions
from pipeline.base.errors import TableError
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.lineage import schema

SECTIONS = {
    "growth": ("growth_monthly", "growth_country"),
    "uploaders": ("uploaders", "uploader_curve", "uploaders_largest"),
    "series": ("series_groups", "series_monthly", "series_bases", "series_digits", "series_largest"),
    "converters": ("converters",),
    "intermediaries": ("chains", "intermediaries"),
    "depth": ("depths", "longest_chain"),
    "tree": ("tree",),
    "half_life": ("half_lives", "half_life_medians"),
    "licences": ("licence_changes", "licence_drift"),
    "downloads": ("download_shares",),
}
"""Tables by the section of the page that shows them; the first says whether the section is filled."""

FILLED: Mapping[str, Callable[[pl.DataFrame], bool]] = {
    "depth": lambda depths: depths.filter(pl.col("depth") > 0, pl.col("models") > 0).height > 0,
    "licences": lambda changes: changes.filter(evidence="declared").height > 0,
    "downloads": lambda shares: (
        shares.filter(pl.col("kind") != "none_declared", pl.col("repositories") > 0, pl.col("downloads") > 0).height > 0
    ),
}
"""What fills a section whose first table always has rows."""


def make(paths: Paths, params: Params, results: Results) -> dict[str, Completeness]:
    """Replace tables that the snapshot cannot fill by those of an edition; write the table `lineage_basis`.

    Returns how complete the snapshot is that fills a section, for sections that an edition fills.
    """
    known, provenance = editions(paths), tables.read_json(paths.provenance)
    pair = (params.report.subject, params.report.reference)
    rows: list[dict[str, Any]] = []
    complete: dict[str, Completeness] = {}
    for section, names in SECTIONS.items():
        own = {name: results.tables[name] for name in names}
        edition, filled = (None, {}) if is_filled(section, own) else newest_that_fills(section, known, pair)
        for name, frame in filled.items():
            results.write(name, frame, contract_of(name))
        if edition is not None:
            complete[section] = Completeness.of(edition.provenance, parents=1.0)
            snapshot = {**edition.provenance, "label": edition.label}
        else:
            snapshot = provenance if is_filled(section, own) or is_shown_anyway(section, own) else None
        rows += of_tables(section, edition, snapshot)
    results.write("lineage_basis", pl.DataFrame(rows, infer_schema_length=None), schema.LineageBasis)
    return complete


def is_filled(section: str, frames: Mapping[str, pl.DataFrame]) -> bool:
    """Whether the tables of a section show anything."""
    first = frames[SECTIONS[section][0]]
    return FILLED.get(section, lambda frame: frame.height > 0)(first)


def is_shown_anyway(section: str, frames: Mapping[str, pl.DataFrame]) -> bool:
    """Whether a section shows inferred edges where no declared ones are at hand."""
    return section == "licences" and frames["licence_changes"].height > 0


def newest_that_fills(
    section: str, known: Sequence[Edition], pair: Iterable[str]
) -> tuple[Edition | None, dict[str, pl.DataFrame]]:
    """The newest edition of a census that fills a section, and its tables; nothing where none does."""
    for edition in reversed(known):
        if edition.kind != "stock" or edition.coverage != HUB:
            continue
        found = {name: usable(edition.table(name), contract_of(name)) for name in SECTIONS[section]}
        whole = {name: frame for name, frame in found.items() if frame is not None}
        if whole.keys() == found.keys() and is_filled(section, whole) and knows(whole, pair):
            return edition, whole
    return None, {}


def usable(frame: pl.DataFrame | None, wanted: type[dy.Schema]) -> pl.DataFrame | None:
    """An edition's table under today's contract; None where it has no such table, or an older code's."""
    try:
        return None if frame is None else tables.conform(frame, wanted, wanted.__name__)
    except TableError:
        return None


def knows(frames: Mapping[str, pl.DataFrame], pair: Iterable[str]) -> bool:
    """Whether tables that have groups have one that the report compares: families are no organisations."""
    grouped = [frame["group"] for frame in frames.values() if "group" in frame.columns]
    return all(group.is_in(list(pair)).any() for group in grouped)


def contract_of(name: str) -> type[dy.Schema]:
    """The contract of one of the chapter's tables."""
    return contract(name, (schema,))


def of_tables(section: str, edition: Edition | None, snapshot: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Rows of `schema.LineageBasis` of one section. snapshot: the provenance that fills it; None where nothing does."""
    return [
        {
            "table": name,
            "section": section,
            "edition": edition and edition.name,
            "label": snapshot and snapshot["label"],
            "date": snapshot and date.fromisoformat(snapshot["date"]),
            "coverage": snapshot and snapshot["coverage"],
            "sha256": snapshot and snapshot["sha256"],
        }
        for name in SECTIONS[section]
    ]
