"""The published editions that params.yaml names, as later builds read them.

An edition is what a build on another snapshot found: small tables with their provenance, in `data/editions/<name>`,
where the stage `editions` puts them after a check. A build quotes them where its own snapshot cannot tell, always with
their date and coverage.

Known drawbacks: an edition has what its own version of the code kept, so a table may be absent, or have other columns
than today's; its counts follow the definitions of that version.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipeline.base import tables, words
from pipeline.base.paths import Paths

Kind = Literal["stock", "flow"]
"""What stood on the Hub on a day, or what was new in the days before it."""

HUB = "census"
"""The one coverage that speaks for the whole Hub."""


@dataclass(frozen=True)
class Edition:
    """What a build on another snapshot found.

    folder: where its files lie. document: its edition.json. provenance: of its snapshot, as its stages read it.
    """

    name: str
    date: date
    coverage: str
    kind: Kind
    origin: str
    subject: str
    reference: str
    grouping: str
    provenance: Mapping[str, Any]
    document: Mapping[str, Any]
    folder: Path

    @property
    def label(self) -> str:
        """Such as `census of July 2024` or `flow of August 2026`."""
        return f"{self.coverage if self.kind == 'stock' else self.kind} of {words.month(self.date)}"

    def table(self, name: str) -> pl.DataFrame | None:
        """One of its tables; None where it has none of that name."""
        path = self.folder / "tables" / f"{name}.parquet"
        return pl.read_parquet(path) if path.exists() else None


def read(folder: Path) -> Edition:
    """The edition in a folder. Raises TableError where there is none."""
    document = tables.read_json(folder / "edition.json")
    recorded = document["recorded"]
    snapshot = recorded["snapshot"]
    return Edition(
        name=folder.name,
        date=date.fromisoformat(snapshot["date"]),
        coverage=snapshot["coverage"],
        kind=recorded["kind"],
        origin=recorded["origin"],
        subject=document["subject"],
        reference=document["reference"],
        grouping=document["grouping"],
        provenance=snapshot,
        document=document,
        folder=folder,
    )


def editions(paths: Paths) -> list[Edition]:
    """Every edition that params.yaml names and that the snapshot's day had seen, the oldest first.

    A build says nothing younger than its snapshot, so a census of 2024 does not quote the flow of 2026. Raises
    TableError where one is not built.
    """
    day = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    found = [read(document.parent) for document in sorted(paths.editions.glob("*/edition.json"))]
    return sorted((one for one in found if one.date <= day), key=lambda edition: (edition.date, edition.name))


def newest_with(known: Iterable[Edition], table: str, kind: Kind = "stock") -> Edition | None:
    """The newest edition of a kind that has rows of a table; None where there is none.

    A stock is one of the whole Hub: neither a slice nor a sample stands for it. A flow says what was new, whatever part
    of it was noticed.
    """
    fitting = [edition for edition in known if edition.kind == kind and (kind == "flow" or edition.coverage == HUB)]
    filled = [edition for edition in fitting if not _is_empty(edition.table(table))]
    return max(filled, key=lambda edition: edition.date, default=None)


def _is_empty(frame: pl.DataFrame | None) -> bool:
    return frame is None or frame.is_empty()
