"""Converts the columns of a snapshot: any vintage of the hub-stats schema in, `schema.RawModels` out.

Method
1. Kinds. Columns differ between vintages: timestamps come in ms or us, whole numbers as decimals, `baseModels` has
   ids or structs with ids, `safetensors` has one field per number format. What can be converted without a loss is
   converted; any other kind is an error that names the column. An optional column that is missing becomes null. So does
   a column of text where a struct is expected (the Hub's datasets have written some as JSON): provenance lists it.
2. Bounds. They are those of the contract; besides, no day is after the snapshot's last one. A value outside becomes
   null and is counted. Where most values of a column are outside, its unit is not the contract's (seconds were read as
   microseconds), so the file is refused.

One pass over the numbers and days of a file counts what is outside before anything is written: on three million rows
it takes two per cent of the time of writing them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import dataframely as dy
import polars as pl

from pipeline.base.errors import SnapshotError
from pipeline.snapshot.schema import LONGEST_NAME, NAME, RawModels

REQUIRED = ("id", "tags")
SLACK = timedelta(days=1)
"""A row may be dated this much after the snapshot's last day, since days differ between time zones."""


@dataclass(frozen=True)
class Value:
    """A column, or a field of a struct. found: as the file has it. valid: converted, null outside its bounds."""

    name: str
    found: pl.Expr
    valid: pl.Expr
    bounds: tuple[Any, Any] | None = None

    @property
    def example(self) -> pl.Expr:
        """The first value outside, as text; of a year that polars cannot write, the year alone or a phrase."""
        first = self.found.filter(self.valid.is_null()).drop_nulls().first()
        if self.bounds is None or not isinstance(self.bounds[0], datetime):
            return first.cast(pl.String)
        year = first.dt.year()
        day = pl.when(year.is_between(1, 9999)).then(first.dt.date().cast(pl.String))
        return pl.coalesce(day, pl.format("the year {}", year), pl.lit("a year beyond all calendars"))


def normalise(frame: pl.LazyFrame, where: object, last: date) -> tuple[pl.LazyFrame, dict[str, dict[str, Any]]]:
    """A frame in the columns of `schema.RawModels`, within their bounds; last: the last day of its rows.

    Rows without an id, or with one that no repository can have, are left out; of rows with the same id the first stays
    when the frame is written.

    Returns the frame and two entries of the provenance: `values_outside`, how many values became null by column (under
    `id`: rows left out), and `columns_unread`, the kinds of columns that should be structs and are not.

    Raises SnapshotError where a required column is missing, a column is of another kind, most values of one are outside
    its bounds, or no row has an id.
    """
    have = frame.collect_schema()
    missing = [name for name in REQUIRED if name not in have]
    if missing:
        raise SnapshotError(
            f"no column {', '.join(missing)}", where=where, next_step="use a Parquet file in the hub-stats schema"
        )
    parsed: list[pl.Expr] = []
    values: list[Value] = []
    unread: dict[str, str] = {}
    for name, column in RawModels.columns().items():
        dtype = have.get(name, pl.Null())
        if isinstance(column, dy.Struct) and not isinstance(dtype, pl.Struct | pl.Null):
            unread[name] = kind(dtype)
            dtype = pl.Null()
        read = _read(name, pl.col(name), dtype, column, where, last)
        whole = _struct(name, read) if isinstance(dtype, pl.Struct) else read[0].valid
        parsed.append((pl.lit(None) if dtype == pl.Null else whole).cast(column.dtype).alias(name))
        values += read
    outside = _outside(frame, values, where)
    owner = pl.col("id").str.split("/").list.first()  # a column that says otherwise is in error
    author = pl.when(pl.col("id").str.starts_with(pl.col("author") + "/")).then("author").otherwise(owner)
    normal = frame.select(parsed).filter(_has_id(pl.col("id"))).with_columns(author=author)
    return normal, {"values_outside": outside, "columns_unread": unread}


def _has_id(name: pl.Expr) -> pl.Expr:
    """Whether a name can be a repository's, false for null.

    What is not seen turns a line around, ends it or runs as an escape code where the name is printed, or only makes two
    names look the same; an endless name would be the title of a figure.
    """
    return (name.str.contains(NAME) & (name.str.len_bytes() <= LONGEST_NAME)).fill_null(False)


def _read(name: str, found: pl.Expr, dtype: Any, wanted: dy.Column, where: object, last: date) -> list[Value]:
    """The values of a column: one, or one for each field of a struct. found, dtype: the column as the file has it."""
    if isinstance(wanted, dy.Struct):
        has = dtype.to_schema() if isinstance(dtype, pl.Struct) else {}
        return [
            value
            for field, inner in wanted.inner.items()
            for value in _read(
                f"{name}.{field}", found.struct.field(field), has.get(field, pl.Null()), inner, where, last
            )
        ]
    if dtype == pl.Null:
        return [Value(name, pl.lit(None), pl.lit(None))]
    if name == "baseModels.models" and isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        ids = dtype.inner.to_schema().get("id", pl.Null())
        found, dtype = found.list.eval(pl.element().struct.field("id")), pl.List(ids)
    if not _fits(dtype, wanted.dtype):
        raise SnapshotError(
            f"{name} is {kind(dtype)}, {kind(wanted.dtype)} is needed,",
            where=where,
            next_step="convert it" if name in REQUIRED else "convert it, or leave it out",
        )
    if isinstance(wanted, dy.Datetime):
        bounds = (wanted.min, datetime.combine(last + SLACK, time.max))
        return [_bounded(name, found, found.cast(wanted.dtype, strict=False), bounds)]
    if isinstance(wanted, dy.Int64):
        found = found.fill_nan(None) if dtype.is_float() else found
        number = found.cast(pl.Int64, strict=False)
        number = number if dtype.is_integer() else pl.when(number.cast(dtype) == found).then(number)
        return [_bounded(name, found, number, (wanted.min, wanted.max))]
    value = found.cast(wanted.dtype)
    named = value.list.filter(pl.element().is_not_null()) if isinstance(wanted, dy.List) else value
    return [Value(name, found, named)]


def _bounded(name: str, found: pl.Expr, value: pl.Expr, bounds: tuple[Any, Any]) -> Value:
    return Value(name, found, pl.when(value.is_between(*bounds)).then(value), bounds)


def _struct(name: str, values: list[Value]) -> pl.Expr:
    fields = [value.valid.alias(value.name.removeprefix(f"{name}.")) for value in values]
    return pl.when(pl.col(name).is_not_null()).then(pl.struct(fields))


def _outside(frame: pl.LazyFrame, values: list[Value], where: object) -> dict[str, int]:
    """How many values of each column are outside its bounds, where any is; under `id`, rows without one."""
    bounded = [value for value in values if value.bounds]
    found = {f"{value.name} found": value.found.count() for value in bounded}
    valid = {f"{value.name} valid": value.valid.count() for value in bounded}
    example = {f"{value.name} example": value.example for value in bounded}
    rows = {"rows": pl.len(), "named": _has_id(pl.col("id").cast(pl.String)).sum()}
    seen = frame.select(**rows, **found, **valid, **example).collect(engine="streaming").row(0, named=True)
    if not seen["named"]:
        raise SnapshotError("no row has an id,", where=where, next_step="use a file that lists repositories")
    outside = {"id": seen["rows"] - seen["named"]}
    for value in bounded:
        every = seen[f"{value.name} found"]
        outside[value.name] = lost = every - seen[f"{value.name} valid"]
        if 2 * lost > every and value.bounds:
            low, high = value.bounds
            unless = "not" if isinstance(low, datetime) else "no whole numbers"
            raise SnapshotError(
                f"{lost:,} of {every:,} values of {value.name} are {unless} within {_shown(low)} and {_shown(high)}, "
                f"such as {_shown(seen[f'{value.name} example'])},",
                where=where,
                next_step="check the column's unit, and snapshot.date",
            )
    return {name: lost for name, lost in outside.items() if lost}


def _shown(value: datetime | int | str) -> str:
    """A bound, or the example of a value outside."""
    return str(value.date()) if isinstance(value, datetime) else f"{value:,}" if isinstance(value, int) else value


def _fits(have: Any, want: Any) -> bool:
    """Whether values of one type can be converted to another, without a loss but for values outside the bounds."""
    if isinstance(want, pl.List):
        # all lists of a file may be empty
        return isinstance(have, pl.List | pl.Array) and (have.inner == pl.Null or _fits(have.inner, want.inner))
    if isinstance(want, pl.Datetime):
        return isinstance(have, pl.Datetime | pl.Date)
    return have.is_numeric() if want == pl.Int64 else isinstance(have, pl.String | pl.Categorical | pl.Enum)


def kind(dtype: Any) -> str:
    """A type in plain words: `text`, `a timestamp`, `a list of whole numbers`, `a list of lists`."""
    if isinstance(dtype, pl.List | pl.Array):
        inner = kind(dtype.inner).partition(" of ")[0]
        return f"a list of {inner.removeprefix('a ')}s" if inner.startswith("a ") else f"a list of {inner}"
    if dtype.is_integer():
        return "a whole number"
    if dtype.is_numeric():
        return "a decimal number"
    return KINDS.get(dtype.base_type(), str(dtype).lower())


KINDS = {
    pl.String: "text",
    pl.Categorical: "text",
    pl.Enum: "text",
    pl.Binary: "bytes",
    pl.Boolean: "true or false",
    pl.Datetime: "a timestamp",
    pl.Date: "a day",
    pl.Struct: "a struct",
}
"""Types in plain words, but for lists and numbers."""
