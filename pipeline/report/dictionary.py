"""The data dictionary: what each table of data/out and its columns mean, read from the contracts in `schema.py`."""

import re
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from pipeline.base import contracts
from pipeline.base.errors import TableError
from pipeline.chapters.calculator import schema as calculator
from pipeline.chapters.cost import schema as cost
from pipeline.chapters.derivatives import schema as derivatives
from pipeline.chapters.derivatives import schema_days as derivatives_by_day
from pipeline.chapters.derivatives import schema_published as published
from pipeline.chapters.explorer import schema as explorer
from pipeline.chapters.lineage import schema as lineage
from pipeline.chapters.methods import schema as methods
from pipeline.chapters.moe import schema as moe
from pipeline.chapters.moment import schema as moment
from pipeline.chapters.pollination import schema as pollination
from pipeline.chapters.surface import schema as surface
from pipeline.chapters.vendors import schema as vendors
from pipeline.claims import schema as claims
from pipeline.hub import schema as hub
from pipeline.report import schema as report

CONTRACTS = (
    hub,
    derivatives,
    derivatives_by_day,
    published,
    pollination,
    lineage,
    surface,
    moe,
    cost,
    calculator,
    vendors,
    moment,
    explorer,
    methods,
    claims,
    report,
)
"""Where the tables of data/out are described; names are distinct."""

OWN_NAMES = {
    "benchmarks": "Timings",
    "distillations": "DistillationCounts",
    "machines": "MachinePrices",
    "published_counts": "PublishedSeries",
}
"""Contracts that are not named as their table, since a table of the register has that name."""


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
        return contracts.contract(table, CONTRACTS, OWN_NAMES)
    except LookupError as error:
        then = f"describe it in its chapter’s schema.py as {error}, or remove the file if no stage writes it any more"
        raise TableError(f"no contract for {table}.parquet", where="data/out", next_step=then) from None


def described(table: str) -> str:
    """What the table lists, in one line: its contract's docstring without the figure that is drawn from it."""
    text = " ".join((contract(table).__doc__ or "").split()).replace("`", "")
    return re.sub(r"(?:[:,;] the table|\. With \w+ the table) of (?:a|the) [\w ]+\.$", ".", text)


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
