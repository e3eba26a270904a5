"""Reads and writes tables and JSON so that the same rows always give the same bytes.

Parquet bytes depend on row order, chunk layout and writer settings, so there is one writer: it checks the contract,
sorts by the full key, rechunks, writes with fixed settings to a temporary name and renames. A crash leaves the old file
or none, never half of one.
"""

import copy
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import dataframely as dy
import polars as pl
import polars.selectors as cs
from dataframely.exc import SchemaError, ValidationError

from pipeline.base import files
from pipeline.base.characters import STEERING_IN_LINES, UNSHOWN
from pipeline.base.errors import BUILD, TableError

Schema = TypeVar("Schema", bound=dy.Schema)

SETTINGS: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,  # higher ones take three times as long and save nothing on ids and counts
    "statistics": True,
    "row_group_size": 131_072,
}

PASSED_ON: dict[str, Any] = SETTINGS | {"compression": "lz4", "compression_level": None, "statistics": False}
"""For tables that only later stages read: written and read in half the time, half as large again."""


def conform(frame: pl.DataFrame | pl.LazyFrame, schema: type[dy.Schema], where: object) -> pl.DataFrame:
    """The frame in exactly the contract's columns and types, sorted by its key. where: names the frame in an error.

    Raises TableError with the first rule of the contract that is broken and how many rows break it.
    """
    collected = frame.lazy().collect().rechunk()  # otherwise each check joins the pieces of columns again
    key = schema.primary_key()
    try:
        valid = _checked(collected, _without_key(schema))
    except (ValidationError, SchemaError, pl.exceptions.PolarsError) as error:
        reason = " ".join(str(error).split())
        raise TableError(f"{schema.__name__} breaks its contract ({reason[:300]})", where=where) from error
    table = pl.DataFrame(valid)
    if not _is_sorted(table, key):  # to check this takes far less time than to sort text that is sorted
        table = table.sort(key, nulls_last=True).rechunk()
        repeated = 0 if _is_sorted(table, key) else table.height - table.unique(key).height
        if repeated:
            reason = f"primary_key: {repeated} rows repeat {', '.join(key)}"
            raise TableError(f"{schema.__name__} breaks its contract ({reason})", where=where)
    return table


def _checked(frame: pl.DataFrame, contract: type[dy.Schema]) -> pl.DataFrame:
    """The frame in the contract's types; raises what `validate` raises where a check fails.

    `is_valid` comes first because it takes less time: `validate` also divides the rows into good and bad ones.
    """
    return contract.cast(frame) if contract.is_valid(frame, cast=True) else contract.validate(frame, cast=True)


@functools.cache
def _without_key(schema: type[dy.Schema]) -> type[dy.Schema]:
    """The contract without its key: that no key repeats is seen from neighbours in a sorted table, without a hash."""
    columns: dict[str, Any] = {name: copy.copy(column) for name, column in schema.columns().items()}
    for column in columns.values():
        column.primary_key = False
    return type(schema.__name__, (schema,), columns)


def _is_sorted(table: pl.DataFrame, key: list[str]) -> bool:
    """Whether each row's key is above that of the row before, so that rows are sorted and no key repeats.

    A column of the key is compared only where the columns before it are equal.
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
    """A frame with the contract's columns and types, and no rows."""
    return contract.create_empty().select(pl.all())


def write(
    frame: pl.DataFrame | pl.LazyFrame,
    schema: type[dy.Schema],
    path: Path,
    settings: Mapping[str, Any] = MappingProxyType(SETTINGS),
) -> pl.DataFrame:
    """Check a table against its contract, write it, and return it as written. Raises TableError, as `conform` does."""
    table = conform(frame, schema, path.name)
    with files.replacing(path) as temporary:
        _in_blocks(table).write_parquet(temporary, **settings)
    return table


def _in_blocks(table: pl.DataFrame) -> pl.DataFrame:
    """The table with its list columns in one chunk for every row group of the file.

    For every row group the writer goes through all values of the chunk, so that a list column with millions of rows in
    one chunk takes three times as long to write.
    """
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    rows = SETTINGS["row_group_size"]
    if not lists or table.height <= rows:
        return table
    blocks = (table.slice(start, rows) for start in range(0, table.height, rows))
    return pl.concat(
        [block.with_columns(pl.col(lists).gather(pl.int_range(pl.len()))) for block in blocks], rechunk=False
    )


def scan(path: Path) -> pl.LazyFrame:
    """A lazy frame over a table that an earlier stage wrote. Raises TableError where the file is missing."""
    if not path.exists():
        raise TableError(f"no table {path.name}", where=path.parent.name, next_step=BUILD)
    return pl.scan_parquet(path)


def read(path: Path) -> pl.DataFrame:
    """The whole table that an earlier stage wrote. Raises TableError where the file is missing."""
    return scan(path).collect()


_FORMULA = r"^[=+\-@＝＋－＠\t\r\n]"
"""How a cell begins that a spreadsheet runs as a formula."""
CSV_NOTE = (
    "In CSV an apostrophe stands before text that a spreadsheet would run as a formula, and control characters are "
    "replaced; Parquet has both unchanged."
)


def csv_text(table: pl.DataFrame) -> str:
    """The table as CSV for readers, the one form in which the site offers it.

    Lists become JSON text, since CSV has no lists. Names come from strangers, and spreadsheets run text such as
    `=HYPERLINK(...)`, so a text cell that begins like a formula gets an apostrophe. No id that the Hub allows begins
    so, and joins by id still work. Control characters, which end the file for some programs and run in a terminal, get
    the sign for what cannot be shown. Numbers stay as they are; Parquet has every text unchanged.
    """
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    printable = cs.string().str.replace_all(STEERING_IN_LINES, UNSHOWN)
    harmless = printable.str.replace(f"({_FORMULA})", "'${1}")
    return table.with_columns(_list_as_json(name) for name in lists).with_columns(harmless).write_csv()


def _list_as_json(name: str) -> pl.Expr:
    """A list column as JSON text. Polars encodes structs alone, so the struct's braces and key are cut off again."""
    as_struct = pl.struct(pl.col(name).alias("v")).struct.json_encode()
    as_list = as_struct.str.slice(len('{"v":')).str.strip_suffix("}")
    return pl.when(pl.col(name).is_not_null()).then(as_list).alias(name)


def write_json(document: Any, path: Path, *, by_line: bool = False) -> None:
    """Write a document as JSON with sorted keys.

    by_line: one line for each entry of the document. A large one is written in a fifth of the time, since Python's
    encoder in C does not indent.
    """
    files.write_text((_lines(document) if by_line else _dumps(document, indent=1)) + "\n", path)


def _dumps(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=True, allow_nan=False)


def _lines(entries: Mapping[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{_dumps(key)}: {_dumps(entries[key])}" for key in sorted(entries)) + "\n}"


DEEPEST = 100
"""Levels of nesting; no model card or configuration comes near it."""


def parsed_json(content: str | bytes) -> Any:
    """A JSON document from outside: an answer of the Hub, a model card, a configuration.

    Half of a surrogate pair, which JSON can contain and a table cannot, becomes a question mark. Raises ValueError for
    what cannot be read: no JSON, no UTF-8, thousands of brackets within each other.
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
    """Whether a document is nested deeper than `DEEPEST` levels, so that writing it may fail."""
    level = [document]
    for _ in range(DEEPEST):
        within = (node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list))
        level = [child for children in within for child in children]
    return bool(level)


def read_json(path: Path) -> Any:
    """A JSON document that an earlier stage wrote. Raises TableError where the file is missing."""
    if not path.exists():
        raise TableError(f"no {path.name}", where=path.parent.name, next_step=BUILD)
    return json.loads(path.read_text(encoding="utf-8"))
