"""The data dictionary: what every table of data/out and each of its columns means, as `schemas` says."""

import re
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from pipeline import schemas
from pipeline.errors import TableError


@dataclass(frozen=True)
class Column:
    """One column of a table, in the words of a Data Package."""

    name: str
    type: str
    unit: str | None
    description: str
    required: bool
    in_key: bool
    values: tuple[str, ...]


def contract(table: str) -> type[dy.Schema]:
    """The contract of a table of data/out. Raises TableError for a table that has none."""
    try:
        return schemas.contract(table, schemas.RESULTS)
    except LookupError as error:
        then = f"describe it in pipeline/schemas as {error}, or remove the file if no stage writes it any more"
        raise TableError(f"no contract for {table}.parquet", where="data/out", next_step=then) from None


def described(table: str) -> str:
    """What the table holds, in one line; whose figure's table it is, is for programmers."""
    told = " ".join((contract(table).__doc__ or "").split()).replace("`", "")
    return re.sub(r"(?:[:,;] the table|\. With \w+ the table) of (?:a|the) [\w ]+\.$", ".", told)


def columns(table: str) -> list[Column]:
    """The table's columns, in order."""
    schema = contract(table)
    return [_column(name, column) for name, column in schema.columns().items()]


def key(table: str) -> list[str]:
    """Columns that together name a row."""
    return contract(table).primary_key()


def _column(name: str, column: dy.Column) -> Column:
    metadata: dict[str, Any] = column.metadata or {}
    return Column(
        name=name,
        type=_type(column.dtype),
        unit=metadata.get("unit"),
        description=str(column.description),
        required=not column.nullable,
        in_key=bool(column.primary_key),
        values=tuple(metadata.get("values", ())),
    )


def _type(kind: pl.DataType) -> str:
    """The type's name in a Data Package."""
    if kind == pl.Boolean:
        return "boolean"
    if kind.is_integer():
        return "integer"
    if kind.is_numeric():
        return "number"
    if kind == pl.Date:
        return "date"
    if isinstance(kind, pl.Datetime):
        return "datetime"
    if isinstance(kind, pl.List):
        return "array"
    return "object" if isinstance(kind, pl.Struct) else "string"
