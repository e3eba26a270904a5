"""What a stage found: its tables and its facts, in one folder that bears its name.

The folder appears whole or not at all: it is written aside and takes the old one's place at the end, so that a failure
leaves nothing half-written, and nothing that an earlier run wrote stays beside what this one wrote.
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
    """Tables by name, as facts are made of them: a chapter's own, others' that it builds on, and `register/<name>`.

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
        """Write a table under its contract and keep it for the tables and facts that follow from it."""
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
    """Results that take the place of a folder when all of them are written."""
    with files.replacing_folder(folder) as aside:
        yield Results(aside)
