"""What every source hands on, and the one schema that all of them end in.

A source is a module with three functions, called in this order:

- `resolve(snapshot, paths) -> Resolved`: what exactly will be read (commit, file, size, hash, day), nothing pulled;
- `pull(resolved, paths) -> Path`: the bytes on this machine, checked against what was resolved;
- `normalise(resolved, path, paths) -> Pulled`: rows in one schema, and their provenance.
"""

import hashlib
import importlib.metadata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from pipeline import params as parameters
from pipeline import schemas
from pipeline.errors import SnapshotError
from pipeline.paths import Paths

REQUIRED = ("id", "tags")
TOOLS = ("huggingface_hub", "polars")
"""Packages whose versions a snapshot of the Hub records."""


@dataclass(frozen=True)
class Resolved:
    """What a source will read. `size` is in bytes; `repository`, `commit` and `file` name a file on the Hub."""

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
        """Asked of the Hub, not read from this machine."""
        return self.source.startswith("hub-")


@dataclass(frozen=True)
class Pulled:
    """One snapshot: rows in `schemas.RawModels`, edges a source found itself, and where it is from."""

    models: pl.LazyFrame
    inferred: pl.DataFrame
    provenance: dict[str, Any]


class Source(Protocol):
    """The interface of a source's module."""

    def resolve(self, snapshot: parameters.Snapshot, paths: Paths) -> Resolved:
        """What exactly will be read."""
        ...

    def pull(self, resolved: Resolved, paths: Paths) -> Path:
        """The bytes on this machine."""
        ...

    def normalise(self, resolved: Resolved, path: Path, paths: Paths) -> Pulled:
        """Rows in one schema."""
        ...


def no_inferred_edges() -> pl.DataFrame:
    """A source that declares everything infers nothing."""
    return schemas.InferredEdges.create_empty().select(pl.all())


def sha256(path: Path) -> str:
    """Hex digest of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def from_parquet(resolved: Resolved, path: Path) -> Pulled:
    """A Parquet file in any vintage of the hub-stats schema.

    Raises SnapshotError when it is no Parquet file or lacks a required column; the line names file and commit.
    """
    where = f"{resolved.file} at commit {resolved.commit}" if resolved.commit else resolved.file
    try:
        models, present, absent = normalise(pl.scan_parquet(path), where)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise SnapshotError(
            f"{where} cannot be read as Parquet ({reason})", next_step="check that the file is whole"
        ) from error
    provenance = resolved.provenance() | {"columns_present": present, "columns_absent": absent}
    return Pulled(models=models, inferred=no_inferred_edges(), provenance=provenance)


def normalise(frame: pl.LazyFrame, where: object) -> tuple[pl.LazyFrame, list[str], list[str]]:
    """Any vintage of the hub-stats schema in the columns of `schemas.RawModels`.

    Columns drift between vintages: timestamps come in ms or us, `baseModels` holds ids or structs
    with ids, `safetensors` has one field per number format. Optional columns that are missing
    become null. Rows without an id are left out (all but the first row of an id: when it is written).

    Returns the frame, the columns present and the columns absent. Raises SnapshotError when a
    required column is missing, naming it.
    """
    have = frame.collect_schema()
    missing = [name for name in REQUIRED if name not in have]
    if missing:
        raise SnapshotError(
            f"no column {', '.join(missing)}", where=where, next_step="use a Parquet file in the hub-stats schema"
        )
    columns = schemas.RawModels.columns()
    present = [name for name in columns if name in have]
    parsed = [
        (_parsed(name, have[name]) if name in have else pl.lit(None)).cast(column.dtype).alias(name)
        for name, column in columns.items()
    ]
    author = pl.coalesce("author", pl.col("id").str.split("/").list.first())
    normal = frame.select(parsed).filter(pl.col("id").is_not_null() & (pl.col("id") != "")).with_columns(author=author)
    return normal, present, [name for name in columns if name not in present]


def _parsed(name: str, dtype: pl.DataType) -> pl.Expr:
    """The column in the shape of the contract; the cast to its exact types comes after."""
    column = pl.col(name)
    if name == "safetensors":
        return _struct(column, dtype, ["total"])
    if name == "baseModels":
        return _base_models(column, dtype)
    if name == "config":
        fields = list(schemas.RawModels.columns()["config"].dtype.to_schema())  # type: ignore[attr-defined]
        return _struct(column, dtype, fields)
    return column


def _struct(column: pl.Expr, dtype: pl.DataType, fields: list[str]) -> pl.Expr:
    """The named fields of a struct; null for those it does not have, or when it is no struct."""
    if not isinstance(dtype, pl.Struct):
        return pl.lit(None)
    have = dtype.to_schema()
    parts = [(column.struct.field(name) if name in have else pl.lit(None)).alias(name) for name in fields]
    return pl.when(column.is_not_null()).then(pl.struct(parts))


def _base_models(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """`baseModels` as relation and list of ids, from ids or from structs that hold an id."""
    if not isinstance(dtype, pl.Struct):
        return pl.lit(None)
    models = dtype.to_schema().get("models")
    listed = column.struct.field("models")
    if isinstance(models, pl.List) and isinstance(models.inner, pl.Struct):
        listed = listed.list.eval(pl.element().struct.field("id"))
    return pl.when(column.is_not_null()).then(
        pl.struct(column.struct.field("relation").alias("relation"), listed.alias("models"))
    )
