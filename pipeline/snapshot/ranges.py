"""Writes a table that may be too large to sort in memory: a census of the Hub.

A table of up to two gigabytes, by the size of its first rows, is read into memory. Its keys are sorted, and its rows
are gathered, checked and written in that order, a range of rows at a time. A larger one goes by way of files:

1. Bounds of the key are taken from every n-th key, so that each range between two bounds has about as many rows.
2. Rows are streamed into one temporary file a range.
3. Each range is sorted and checked by itself, and the ranges follow each other into one Parquet file.

Which way a table goes and the bounds follow from the rows alone, so the same rows give the same bytes. The way by files
takes the benchmark's three million rows a third more CPU time, the way through memory 2.2 GB instead of 1.2.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from polars.io.plugins import register_io_source

from pipeline.base import files
from pipeline.base.errors import naming
from pipeline.base.tables import PASSED_ON, conform, write

RANGE_ROWS = 262_144
SAMPLED_KEYS = 10_000
FIRST_ROWS = 50_000
"""Rows by whose size in memory that of the whole is estimated."""
MOST_IN_MEMORY = 2_000_000_000
"""Bytes of a table that is sorted in memory."""
_TEN_DIGITS = 10**9
"""The number of the first row where rows are numbered so that each number has ten digits."""


def write_ranges(
    frame: pl.LazyFrame,
    schema: type[dy.Schema],
    path: Path,
    *,
    rows: int = RANGE_ROWS,
    most_in_memory: int = MOST_IN_MEMORY,
) -> dict[str, int]:
    """Write a table under its contract, whose key is one text column; of rows with the same key the first stays.

    rows: about how many are checked and written at once. most_in_memory: bytes of a table that is sorted there. Returns
    how many rows have a value, by column; in that of the key all do. The file is replaced when all of the table is
    written. Raises TableError where the contract is broken.
    """
    (key,) = schema.primary_key()
    filled = dict.fromkeys(schema.column_names(), 0)
    with naming(path), files.scratch(path) as directory:
        height = frame.select(pl.len()).collect(engine="streaming").item()
        if not height:
            return filled_rows(write(frame, schema, path, PASSED_ON))
        in_memory = _bytes(frame, height) <= most_in_memory
        ranges = _sorted_in_memory(frame, key, rows) if in_memory else _sorted_by_files(frame, key, directory, rows)

        def in_order(*_: Any) -> Iterator[pl.DataFrame]:
            for part in ranges:
                table = conform(part, schema, "the snapshot")
                for name, count in filled_rows(table).items():
                    filled[name] += count
                yield table

        whole = directory / path.name
        types = schema.create_empty().schema
        register_io_source(in_order, schema=types).sink_parquet(whole, maintain_order=True, **PASSED_ON)
        whole.replace(path)
    return filled


def _bytes(frame: pl.LazyFrame, height: int) -> float:
    """About how many bytes a table has in memory."""
    first = frame.head(FIRST_ROWS).collect(engine="streaming")
    return first.estimated_size() / max(first.height, 1) * height


def _sorted_in_memory(frame: pl.LazyFrame, key: str, rows: int) -> Iterator[pl.DataFrame]:
    """So many rows at a time in the order of the key; of rows with the same key the first."""
    columns = frame.collect(engine="streaming").get_columns()
    for place, column in enumerate(columns):  # one after the other, so that what was read is dropped
        columns[place] = column.rechunk()  # rows are then gathered in a quarter of the time
    table = pl.DataFrame(columns)
    row = _order(table, key)
    step = min(rows, PASSED_ON["row_group_size"])  # what is written at once, so that nothing is joined again
    for start in range(0, row.len(), step):
        yield table[row.slice(start, step)]


def _order(table: pl.DataFrame, key: str) -> pl.Series:
    """The rows in the order of the key, of those with the same key the first.

    Each key is sorted with its row's number behind it, as one text: polars takes a third of the time for that which it
    takes for a sort of rows by text. NUL, which no key contains, comes before all other characters.
    """
    numbered = table.select(key).with_row_index("row", offset=_TEN_DIGITS)
    texts = numbered.select(pl.col(key) + "\0" + pl.col("row").cast(pl.String)).to_series().sort(nulls_last=True)
    row = texts.cast(pl.Binary).bin.slice(-10).cast(pl.String).cast(pl.UInt32) - _TEN_DIGITS
    keys = table[key].gather(row)
    return row.filter((keys != keys.shift(1)).fill_null(True))


def _sorted_by_files(frame: pl.LazyFrame, key: str, directory: Path, rows: int) -> Iterator[pl.DataFrame]:
    """The same, with no more than one range of rows in memory; the ranges differ in how many rows they have."""
    for part in _split(frame, key, directory, rows):
        table = pl.read_ipc(part).rechunk()
        part.unlink()
        yield table[_order(table, key)]


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
    """Files of rows by range of the key, in the order of the ranges."""
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
