"""Reads the tables of the register.

A table is checked against its contract in `schema` or `schema_prices` and returned as a frame; a row that breaks the
contract is an error that names the file. Empty cells are null. No two topics have tables of one name, so a table is
found by its name alone.
"""

from functools import cache
from pathlib import Path

import dataframely as dy
import polars as pl

from pipeline.base import contracts
from pipeline.base.errors import RegisterError, TableError
from pipeline.base.paths import register_table
from pipeline.base.tables import conform
from pipeline.register.lookup import schema, schema_prices

OWN_NAMES = {"price_peers": "PeerPairs", "timeline": "TimelineMarks"}
"""Contracts that are not named as their table, since a result has that name."""


def load(name: str, directory: Path) -> pl.DataFrame:
    """Register table `name` from `directory`, sorted by its key.

    Raises RegisterError when the file is missing, is no CSV, or breaks its contract.
    """
    path = register_table(name, directory)
    state = path.stat()
    return _read(name, path, (state.st_mtime_ns, state.st_size, state.st_ino))


@cache
def _read(name: str, path: Path, state: object) -> pl.DataFrame:
    """The table in a file, read once while the file is the same; a stage asks for some tables twenty times."""
    del state
    contract = contracts.contract(name, (schema, schema_prices), OWN_NAMES)
    try:
        text = pl.read_csv(path, infer_schema=False, encoding="utf8")
        return conform(_parse(text, contract, path.name), contract, path.name)
    except TableError as error:
        raise RegisterError(str(error)) from error
    except pl.exceptions.PolarsError as error:
        raise RegisterError(str(error), where=path.name) from error


def tables(directory: Path, *names: str) -> dict[str, pl.DataFrame]:
    """Register tables by `register/<name>`, so that facts take none for a result of the same name."""
    return {f"register/{name}": load(name, directory) for name in names}


def _parse(text: pl.DataFrame, contract: type[dy.Schema], where: str) -> pl.DataFrame:
    """Text cells in the contract's types. Raises TableError, which quotes the cell, where one cannot be converted."""
    missing = [name for name in contract.column_names() if name not in text.columns]
    if missing:
        raise TableError(f"no column {missing[0]}", where=where)
    cells = text.select(_cell(name) for name in contract.column_names())
    parsed = cells.select(_parsed(name, column) for name, column in contract.columns().items())
    for name, column in contract.columns().items():
        broken = cells.filter(parsed[name].is_null())[name].drop_nulls()
        if broken.len():
            raise TableError(f"{name}: {broken[0]} is no {_kind(column)}", where=where)
        if name.endswith("_pattern"):
            _check_patterns(name, parsed[name], where)
    return parsed


def _cell(name: str) -> pl.Expr:
    stripped = pl.col(name).str.strip_chars()
    return pl.when(stripped != "").then(stripped).alias(name)


def _parsed(name: str, column: dy.Column) -> pl.Expr:
    """The cells of a column in its type, null where they cannot be converted; polars casts no text to Boolean."""
    if isinstance(column, dy.Bool):
        truths = {"true": True, "false": False}
        return pl.col(name).replace_strict(truths, default=None, return_dtype=pl.Boolean)
    if isinstance(column, dy.Date):
        return pl.col(name).str.to_date("%Y-%m-%d", strict=False)
    return pl.col(name).cast(column.dtype, strict=False)


def _kind(column: dy.Column) -> str:
    if isinstance(column, dy.Bool):
        return "true or false"
    if isinstance(column, dy.Date):
        return "day such as 2025-01-20"
    return "whole number" if column.dtype.is_integer() else "number"


def _check_patterns(name: str, patterns: pl.Series, where: str) -> None:
    """Raises TableError for a pattern that is none; where it is used, in a query over all names, no file is known."""
    for pattern in patterns.drop_nulls():
        try:
            pl.Series([""]).str.contains(pattern)
        except pl.exceptions.ComputeError as error:
            *_, why = str(error).split("error: ")
            raise TableError(f"{name}: {pattern} is no pattern ({why.splitlines()[0]})", where=where) from error
