"""Reads the editions that this build may quote: what earlier builds found, as small tables with their provenance.

An edition is a folder `published/<name>/`; the stage `editions` checks those that `params.yaml` names and copies them
to `data/editions/`, from where everybody reads them. A *stock* is what the Hub listed on one day, a *flow* what was
created within some days, which stands for no stock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipeline.base import tables, words
from pipeline.base.paths import Paths

Kind = Literal["stock", "flow"]
COVERS = {"census": "census", "slice": "slice", "sample": "sample"}


@dataclass(frozen=True)
class Edition:
    """What an earlier build found. folder: its own, below `data/editions`."""

    folder: Path
    provenance: dict[str, Any]

    @property
    def name(self) -> str:
        """`census-2024-07`, as params.yaml names it."""
        return self.folder.name

    @property
    def date(self) -> date:
        """The day of its snapshot."""
        return date.fromisoformat(self.provenance["date"])

    @property
    def coverage(self) -> str:
        """`census`, `slice` or `sample`."""
        return str(self.provenance["coverage"])

    @property
    def kind(self) -> Kind:
        """Whether its snapshot is what the Hub listed on a day, or what was created within some days."""
        return "flow" if self.provenance.get("kind") == "flow" else "stock"

    @cached_property
    def label(self) -> str:
        """`census of July 2024`, `flow of August 2026`."""
        return f"{'flow' if self.kind == 'flow' else self.coverage} of {words.month(self.date)}"

    def table(self, name: str) -> pl.DataFrame | None:
        """One of its tables; None where it has none of that name."""
        path = self.folder / "tables" / f"{name}.parquet"
        return tables.read(path) if path.exists() else None


def editions(paths: Paths) -> list[Edition]:
    """The editions that this build may quote, oldest first."""
    folder = paths.root / "data" / "editions"
    found = [Edition(path.parent, tables.read_json(path)) for path in sorted(folder.glob("*/provenance.json"))]
    return sorted(found, key=lambda edition: (edition.date, edition.name))


def newest_with(known: Sequence[Edition], table: str, kind: Kind = "stock") -> Edition | None:
    """The newest edition of a kind that has rows in a table; None where there is none."""
    having = [one for one in known if one.kind == kind and (rows := one.table(table)) is not None and rows.height]
    return max(having, key=lambda one: (one.date, one.name), default=None)
