"""Reading and writing tables so that the same rows always give the same bytes.

Parquet bytes depend on row order, chunk layout and writer settings, so there is one writer:
validate against the contract, sort by the full key, rechunk, write with fixed settings to a
temporary name, rename. A crash leaves the old file or none, never half of one.
"""

import copy
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import dataframely as dy
import polars as pl
from dataframely.exc import SchemaError, ValidationError
from polars.io.plugins import register_io_source

from pipeline.base import files
from pipeline.base.errors import BUILD, TableError, naming

Schema = TypeVar("Schema", bound=dy.Schema)

SETTINGS: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,  # higher ones take three times as long and save nothing on ids and counts
    "statistics": True,
    "row_group_size": 131_072,
}

PASSED_ON: dict[str, Any] = SETTINGS | {"compression": "lz4", "compression_level": None, "statistics": False}
"""For tables that only later stages read: twice as soon written and read, half as large again."""

RANGE_ROWS = 262_144
SAMPLED_KEYS = 10_000


def conform(frame: pl.DataFrame | pl.LazyFrame, schema: type[dy.Schema], where: object) -> pl.DataFrame:
    """The frame with exactly the contract's columns, types and checks, sorted by its key.

    Raises TableError naming the first rule that does not hold and how many rows break it.
    """
    collected = frame.lazy().collect()
    key = schema.primary_key()
    try:
        valid = _checked(collected, _without_key(schema))
    except (ValidationError, SchemaError, pl.exceptions.PolarsError) as error:
        reason = " ".join(str(error).split())
        raise TableError(f"{schema.__name__} breaks its contract ({reason[:300]})", where=where) from error
    table = pl.DataFrame(valid)
    if not _follows(table, key):  # to see that it is sorted costs far less than sorting text
        table = table.sort(key, nulls_last=True)
        repeated = 0 if _follows(table, key) else table.height - table.unique(key).height
        if repeated:
            reason = f"primary_key: {repeated} rows repeat {', '.join(key)}"
            raise TableError(f"{schema.__name__} breaks its contract ({reason})", where=where)
    return table.rechunk()


def _checked(frame: pl.DataFrame, contract: type[dy.Schema]) -> pl.DataFrame:
    """The frame in the contract's types, if its checks hold; else what `validate` raises.

    To ask whether all rows are valid spares what `validate` does: part them into good ones and bad ones.
    """
    return contract.cast(frame) if contract.is_valid(frame, cast=True) else contract.validate(frame, cast=True)


@functools.cache
def _without_key(schema: type[dy.Schema]) -> type[dy.Schema]:
    """The contract but for its key, which a sorted table shows at a glance and a hash of all rows dearly."""
    columns: dict[str, Any] = {name: copy.copy(column) for name, column in schema.columns().items()}
    for column in columns.values():
        column.primary_key = False
    return type(schema.__name__, (schema,), columns)


def _follows(table: pl.DataFrame, key: list[str]) -> bool:
    """Whether each row's key is above the one before, so that rows are sorted and none repeats another.

    A column of the key is looked at only where those before it are equal.
    """
    here, before = table.select(key).slice(1), table.select(key).head(-1)
    for name in key:
        above = here[name] > before[name]
        if above.all(ignore_nulls=False):
            return True
        tied = here[name] == before[name]
        if not (above | tied).all(ignore_nulls=False):
            return False
        here, before = here.filter(tied), before.filter(tied)
    return here.is_empty()


def empty(contract: type[dy.Schema]) -> pl.DataFrame:
    """No rows under a contract, as a plain frame."""
    return contract.create_empty().select(pl.all())


def write(
    frame: pl.DataFrame | pl.LazyFrame,
    schema: type[dy.Schema],
    path: Path,
    settings: Mapping[str, Any] = MappingProxyType(SETTINGS),
) -> pl.DataFrame:
    """Write a table under its contract; returns what was written."""
    table = conform(frame, schema, path.name)
    with files.replacing(path) as temporary:
        _in_blocks(table).write_parquet(temporary, **settings)
    return table


def _in_blocks(table: pl.DataFrame) -> pl.DataFrame:
    """A table whose lists lie apart for every group of rows.

    The writer goes through all values of a column of lists for every group, so that one of millions of
    rows, laid in one piece, takes three times as long.
    """
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    rows = SETTINGS["row_group_size"]
    if not lists or table.height <= rows:
        return table
    blocks = (table.slice(start, rows) for start in range(0, table.height, rows))
    return pl.concat(
        [block.with_columns(pl.col(lists).gather(pl.int_range(pl.len()))) for block in blocks], rechunk=False
    )


def write_ranges(frame: pl.LazyFrame, schema: type[dy.Schema], path: Path, *, rows: int = RANGE_ROWS) -> dict[str, int]:
    """Write a table that is too large to sort at once; of rows with the same key the first stays.

    The key is one text column. Rows are streamed into temporary files by ranges of the key, of
    about `rows` rows each; each range is then sorted and checked by itself and handed to the writer.
    The table replaces the old one when all of it is written. Returns how many rows hold something in each column; in
    that of the key all do.
    """
    (key,) = schema.primary_key()
    written = dict.fromkeys(schema.column_names(), 0)
    with naming(path), files.scratch(path) as directory:
        parts = _split(frame, key, directory, rows)

        def in_order(*_: Any) -> Iterator[pl.DataFrame]:
            for part in parts:
                table = pl.read_ipc(part).sort(key, nulls_last=True, maintain_order=True)
                part.unlink()
                again = (table[key] == table[key].shift(1)).fill_null(False)
                table = conform(table.filter(~again) if again.any() else table, schema, "the snapshot")
                for name, held in filled_rows(table).items():
                    written[name] += held
                yield table

        if not parts:
            return filled_rows(write(frame, schema, path))
        whole = directory / path.name
        register_io_source(in_order, schema=_types(schema)).sink_parquet(whole, maintain_order=True, **SETTINGS)
        whole.replace(path)
    return written


def filled_rows(table: pl.DataFrame) -> dict[str, int]:
    """How many rows hold something in each column: an empty list holds nothing, nor does a struct of nulls."""
    held = {
        name: pl.col(name).list.len() > 0
        if isinstance(kind, pl.List)
        else pl.any_horizontal(pl.col(name).struct.field(field.name).is_not_null() for field in kind.fields)
        if isinstance(kind, pl.Struct)
        else pl.col(name).is_not_null()
        for name, kind in table.schema.items()
    }
    return table.select(column.fill_null(False).sum().alias(name) for name, column in held.items()).row(0, named=True)


def _types(schema: type[dy.Schema]) -> pl.Schema:
    return pl.Schema({name: column.dtype for name, column in schema.columns().items()})


def _split(frame: pl.LazyFrame, key: str, directory: Path, rows: int) -> list[Path]:
    """Files of rows by range of the key, in the order of the ranges; none for a frame without rows.

    Bounds are taken from every so-maniest key, so they are the same for the same rows.
    """
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


def scan(path: Path) -> pl.LazyFrame:
    """A lazy frame over a table that an earlier stage wrote."""
    if not path.exists():
        raise TableError(
            f"no table {path.name}",
            where=path.parent.name,
            next_step=BUILD,
        )
    return pl.scan_parquet(path)


def read(path: Path) -> pl.DataFrame:
    """The whole table, in memory."""
    return scan(path).collect()


_FORMULA = r"^[=+\-@＝＋－＠\t\r\n]"
"""How a cell begins that a spreadsheet runs as a formula."""
CSV_NOTE = (
    "In CSV an apostrophe stands before text that a spreadsheet would run as a formula; Parquet has it unchanged."
)


def csv_text(table: pl.DataFrame) -> str:
    """The table as CSV for readers, the one form in which the site offers it.

    Lists become JSON text, which CSV has no form for. Names come from strangers and spreadsheets run text such as
    `=HYPERLINK(...)`, so an apostrophe goes before a text cell that begins like a formula: no id that the Hub allows
    does, so joins by id still hold. Numbers are no text and stay as they are; Parquet has every text unchanged.
    """
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    harmless = pl.col(texts).str.replace(f"({_FORMULA})", "'${1}")
    return table.with_columns(harmless, *(_list_as_json(name) for name in lists)).write_csv()


def _list_as_json(name: str) -> pl.Expr:
    """A list column as JSON: polars encodes structs, so a struct's braces and key are cut off again."""
    encoded = pl.struct(pl.col(name).alias("v")).struct.json_encode()
    bare = encoded.str.slice(len('{"v":')).str.strip_suffix("}")
    return pl.when(pl.col(name).is_null()).then(None).otherwise(bare).alias(name)


def write_json(document: Any, path: Path, *, by_line: bool = False) -> None:
    """Write JSON with sorted keys.

    by_line: each entry of the document on a line of its own, whole: for large ones, five times as soon written.
    """
    files.write_text((_lines(document) if by_line else _dumps(document, indent=1)) + "\n", path)


def _dumps(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=True, allow_nan=False)


def _lines(entries: Mapping[str, Any]) -> str:
    """`indent` costs Python's encoder in C; without it a line is written at once."""
    return "{\n" + ",\n".join(f"{_dumps(key)}: {_dumps(entries[key])}" for key in sorted(entries)) + "\n}"


DEEPEST = 100
"""Levels of nesting; no card or configuration comes near."""


def parsed_json(content: str | bytes) -> Any:
    """A JSON document from outside: an answer of the Hub, a card, a configuration.

    Half of a surrogate pair, which JSON can hold and no table can, becomes a question mark.
    Raises ValueError for whatever cannot be read: no JSON, no UTF-8, brackets within brackets without end.
    """
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    try:
        document = json.loads(text)
        if "\\ud" in text.lower():
            return json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return document


def is_deep(document: Any) -> bool:
    """Whether a document is nested deeper than `DEEPEST` levels: to write it may fail where to read it did not."""
    level = [document]
    for _ in range(DEEPEST):
        within = (node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list))
        level = [child for children in within for child in children]
    return bool(level)


def read_json(path: Path) -> Any:
    """A JSON document that an earlier stage wrote."""
    if not path.exists():
        raise TableError(
            f"no {path.name}",
            where=path.parent.name,
            next_step=BUILD,
        )
    return json.loads(path.read_text(encoding="utf-8"))
