"""The interface of every source of a snapshot, and what all of them return.

A source is a module with three functions, called in this order:

- `resolve(snapshot, paths) -> Resolved`: what exactly will be read (commit, file, size, hash, day), nothing pulled;
- `pull(resolved, paths) -> Path`: the bytes on this machine, checked against what was resolved;
- `normalise(resolved, path, paths) -> Pulled`: rows in one schema, and their provenance.
"""

import importlib.metadata
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from pipeline.base import params, tables
from pipeline.base.errors import SnapshotError
from pipeline.base.paths import Paths
from pipeline.snapshot import columns
from pipeline.snapshot.schema import InferredEdges

TOOLS = ("huggingface_hub", "polars")
"""Packages whose versions a snapshot of the Hub records."""


@dataclass(frozen=True)
class Resolved:
    """What a source will read. `size` is in bytes; `repository`, `commit` and `file` name a file on the Hub.

    origin: who collected it, where that is another than the source says. kind: stock or flow.
    """

    label: str
    source: str
    revision: str
    date: str
    coverage: str
    licence: str
    file: str
    sha256: str
    size: int | None = None
    repository: str | None = None
    commit: str | None = None
    origin: str | None = None
    kind: str = "stock"
    known_biases: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    """Further entries of the provenance."""

    def provenance(self) -> dict[str, Any]:
        """Entries of provenance.json; those that do not apply are left out."""
        known = {name: value for name, value in vars(self).items() if name != "more" and value is not None}
        tools = {"tools": {name: importlib.metadata.version(name) for name in TOOLS}} if self.on_the_hub else {}
        return known | {"known_biases": list(self.known_biases)} | tools | self.more

    @property
    def on_the_hub(self) -> bool:
        """Whether it is asked of the Hub, not read from this machine."""
        return self.source.startswith("hub-")


@dataclass(frozen=True)
class Pulled:
    """One snapshot: rows in `schema.RawModels`, edges a source found itself, and where it is from."""

    models: pl.LazyFrame
    inferred: pl.DataFrame
    provenance: dict[str, Any]


class Source(Protocol):
    """The interface of a source's module."""

    def resolve(self, snapshot: params.Snapshot, paths: Paths) -> Resolved:
        """What exactly will be read."""
        ...

    def pull(self, resolved: Resolved, paths: Paths) -> Path:
        """The bytes on this machine."""
        ...

    def normalise(self, resolved: Resolved, path: Path, paths: Paths) -> Pulled:
        """Rows in one schema."""
        ...


def local_file(resolved: Resolved, paths: Paths) -> Path:
    """`pull` of the sources that read a file of this machine: the file where it is."""
    del paths
    return Path(resolved.file)


def described_by_its_user(snapshot: params.Snapshot, path: Path, digest: str) -> Resolved:
    """A file or folder of this machine, with what params.yaml says of it."""
    return Resolved(
        label=snapshot.label or f"{path.name}, {snapshot.date}",
        source=snapshot.source,
        revision=snapshot.revision or path.name,
        date=str(snapshot.date),
        coverage=str(snapshot.coverage),
        licence=snapshot.licence or "as the file's publisher states",
        file=str(path),
        sha256=digest,
        origin=snapshot.origin,
        kind=snapshot.kind,
    )


def no_inferred_edges() -> pl.DataFrame:
    """No rows of `schema.InferredEdges`, for a source that infers none."""
    return tables.empty(InferredEdges)


def from_parquet(resolved: Resolved, path: Path, days: int = 1) -> Pulled:
    """A Parquet file in any vintage of the hub-stats schema. days: over how many its rows go, from the snapshot's on.

    Raises SnapshotError, which names file and commit, where it is no Parquet file or a column is missing or of another
    kind.
    """
    where = f"{resolved.file} at commit {resolved.commit}" if resolved.commit else resolved.file
    last = date.fromisoformat(resolved.date) + timedelta(days=days - 1)
    try:
        models, repairs = columns.normalise(pl.scan_parquet(path), where, last)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise SnapshotError(
            f"{where} cannot be read as Parquet ({reason})", next_step="check that the file is whole"
        ) from error
    return Pulled(models=models, inferred=no_inferred_edges(), provenance=resolved.provenance() | repairs)
