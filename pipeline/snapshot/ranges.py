"""Writes a table that is too large to sort in memory: a census of the Hub.

1. Bounds of the key are taken from every n-th key, so that each range between two bounds has about as many rows.
2. Rows are streamed into one temporary file a range.
3. Each range is sorted and checked by itself, and the ranges follow each other into one Parquet file.

The bounds follow from the rows alone, so the same rows give the same bytes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from polars.io.plugins import register_io_source

from pipeline.base import files
from pipeline.base.errors import naming
from pipeline.base.tables import SETTINGS, conform, write

RANGE_ROWS = 262_144
SAMPLED_KEYS = 10_000


def write_ranges(frame: pl.LazyFrame, schema: type[dy.Schema], path: Path, *, rows: int = RANGE_ROWS) -> dict[str, int]:
    """Write a table under its contract, whose key is one text column; of rows with the same key the first stays.

    rows: about how many are sorted at once. Returns how many rows have a value, by column; in that of the key all do.
    The file is replaced when all of the table is written. Raises TableError where the contract is broken.
    """
    (key,) = schema.primary_key()
    filled = dict.fromkeys(schema.column_names(), 0)
    with naming(path), files.scratch(path) as directory:
        parts = _split(frame, key, directory, rows)
        if not parts:
            return filled_rows(write(frame, schema, path))

        def in_order(*_: Any) -> Iterator[pl.DataFrame]:
            for part in parts:
                table = pl.read_ipc(part).sort(key, nulls_last=True, maintain_order=True)
                part.unlink()
                repeats = (table[key] == table[key].shift(1)).fill_null(False)
                table = conform(table.filter(~repeats) if repeats.any() else table, schema, "the snapshot")
                for name, count in filled_rows(table).items():
                    filled[name] += count
                yield table

        whole = directory / path.name
        types = schema.create_empty().schema
        register_io_source(in_order, schema=types).sink_parquet(whole, maintain_order=True, **SETTINGS)
        whole.replace(path)
    return filled


def filled_rows(table: pl.DataFrame) -> dict[str, int]:
    """How many rows have a value, by column; an empty list is no value, nor is a struct of nulls."""
    counts = [_has_value(name, kind).fill_null(False).sum().alias(name) for name, kind in table.schema.items()]
    return table.select(counts).row(0, named=True)


def _has_value(name: str, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.List):
        return pl.col(name).list.len() > 0
    if isinstance(kind, pl.Struct):
        return pl.any_horizontal(pl.col(name).struct.field(field.name).is_not_null() for field in kind.fields)
    return pl.col(name).is_not_null()


def _split(frame: pl.LazyFrame, key: str, directory: Path, rows: int) -> list[Path]:
    """Files of rows by range of the key, in the order of the ranges; none for a frame without rows."""
    keys = pl.col(key)
    height = frame.select(pl.len()).collect(engine="streaming").item()
    every = max(1, height // SAMPLED_KEYS)
    sampled = frame.select(keys.gather_every(every)).collect(engine="streaming")[key].sort()
    n = -(-height // rows)
    bounds = [sampled[place * sampled.len() // n] for place in range(1, n)]
    number = pl.sum_horizontal(pl.lit(0, pl.UInt32), *((keys >= bound).cast(pl.UInt32) for bound in bounds))
    frame.sink_ipc(
        pl.PartitionBy(
            directory,
            key={"range": number},
            include_key=False,
            approximate_bytes_per_file=None,
            file_path_provider=lambda part: f"{part.partition_keys['range'].item():06}.arrow",
        ),
        compression="lz4",
        maintain_order=True,
    )
    return sorted(directory.glob("*.arrow"))
