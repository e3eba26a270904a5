"""Reading and writing tables so that the same rows always give the same bytes.

Parquet bytes depend on row order, chunk layout and writer settings, so there is one writer:
validate against the contract, sort by the full key, rechunk, write with fixed settings to a
temporary name, rename. A crash leaves the old file or none, never half of one.
"""

import json
import os
from pathlib import Path
from typing import Any, TypeVar

import dataframely as dy
import polars as pl
from dataframely.exc import SchemaError, ValidationError

from pipeline.errors import TableError

Schema = TypeVar("Schema", bound=dy.Schema)


def conform(frame: pl.DataFrame | pl.LazyFrame, schema: type[dy.Schema], where: object) -> pl.DataFrame:
    """The frame with exactly the contract's columns, types and checks, sorted by its key.

    Raises TableError naming the first rule that does not hold and how many rows break it.
    """
    collected = frame.lazy().collect()
    try:
        valid = schema.validate(collected, cast=True)
    except (ValidationError, SchemaError, pl.exceptions.PolarsError) as error:
        reason = " ".join(str(error).split())
        raise TableError(f"{schema.__name__} breaks its contract ({reason[:300]})", where=where) from error
    return _sorted(pl.DataFrame(valid), schema.primary_key()).rechunk()


def _sorted(table: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The table sorted by its key; to see that it is so already costs far less than sorting text."""
    follows = pl.lit(False)
    for name in reversed(key):
        before = pl.col(name).shift(1)
        follows = (pl.col(name) > before) | ((pl.col(name) == before) & follows)
    in_order = table.select(follows.fill_null(True).all()).item()
    return table if in_order else table.sort(key, nulls_last=True)


def write(frame: pl.DataFrame | pl.LazyFrame, schema: type[dy.Schema], path: Path) -> pl.DataFrame:
    """Write a table under its contract; returns what was written."""
    table = conform(frame, schema, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        table.write_parquet(
            temporary,
            compression="zstd",
            compression_level=1,
            statistics=True,
            row_group_size=131_072,
        )
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return table


def scan(path: Path) -> pl.LazyFrame:
    """A lazy frame over a table that an earlier stage wrote."""
    if not path.exists():
        raise TableError(
            f"no table {path.name}",
            where=path.parent.name,
            next_step="run `dvc repro` to build what comes before",
        )
    return pl.scan_parquet(path)


def read(path: Path) -> pl.DataFrame:
    """The whole table, in memory."""
    return scan(path).collect()


def write_json(document: Any, path: Path) -> None:
    """Write JSON with sorted keys to a temporary name, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """A JSON document that an earlier stage wrote."""
    if not path.exists():
        raise TableError(
            f"no {path.name}",
            where=path.parent.name,
            next_step="run `dvc repro` to build what comes before",
        )
    return json.loads(path.read_text(encoding="utf-8"))
