"""What a stage found: its tables and its facts, in one folder with the name of the stage.

The folder is written aside and replaces the old one at the end, so that a failure leaves nothing half-written, and no
file of an earlier run stays beside those of this one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dataframely as dy
import polars as pl

from pipeline.base import files, tables
from pipeline.base.completeness import Completeness
from pipeline.base.facts import Facts


@dataclass(frozen=True)
class Tables(Mapping[str, pl.DataFrame]):
    """The tables that facts are made of, by name: a chapter's own, those it builds on, and `register/<name>`.

    snapshot: its provenance. completeness: which share of its repositories has a value, by column.
    """

    frames: Mapping[str, pl.DataFrame]
    snapshot: Mapping[str, Any] = field(default_factory=dict)
    completeness: Completeness = field(default_factory=lambda: Completeness({}))

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)


class Results:
    """A stage's folder while it is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: dict[str, pl.DataFrame] = {}

    def write(
        self,
        name: str,
        frame: pl.DataFrame | pl.LazyFrame,
        contract: type[dy.Schema],
        settings: Mapping[str, Any] = MappingProxyType(tables.SETTINGS),
    ) -> pl.DataFrame:
        """Write a table under its contract; `tables` then has it. Raises TableError where it breaks the contract."""
        self.tables[name] = tables.write(frame, contract, self.folder / f"{name}.parquet", settings)
        return self.tables[name]

    def write_document(self, name: str, content: Any) -> None:
        """Write a JSON document."""
        tables.write_json(content, self.folder / f"{name}.json")

    def write_facts(self, found: Facts) -> None:
        """Write the facts of the folder."""
        tables.write_json(found, self.folder / "facts.json", by_line=True)


@contextmanager
def writing(folder: Path) -> Iterator[Results]:
    """Yields results to write; they replace the folder if the block succeeds."""
    with files.replacing_folder(folder) as aside:
        yield Results(aside)
