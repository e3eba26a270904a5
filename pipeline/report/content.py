"""Measures what a snapshot holds: rows, rows with a value in each field, and the sums of the counters.

An edition records it, and `pipeline.report.refresh_checks` compares the next snapshot with it.

Known drawback: of rows with the same id all are counted, and a table that was written has one of them.
"""

from collections.abc import Iterator

import dataframely as dy
import polars as pl

from pipeline.base.vocabulary import PARENT_TAG
from pipeline.report.editions import Content
from pipeline.snapshot.schema import RawModels

COUNTERS = ("downloads", "downloadsAllTime", "likes")
"""Columns that grow every day on the Hub."""

PARENTS = "tags with base_model"
"""The field, so called, of rows whose tags name a parent: the report counts by it."""

_NAMES_A_PARENT = pl.element().str.starts_with(PARENT_TAG)


def measured(models: pl.LazyFrame) -> Content:
    """The content of a frame in the columns of `schema.RawModels`."""
    filled = {name: value.count() for name, value in fields()}
    filled[PARENTS] = pl.col("tags").list.eval(_NAMES_A_PARENT).list.any().fill_null(value=False).sum()
    sums = {name: pl.col(name).sum() for name in COUNTERS}
    found = models.select(
        pl.len().alias("rows"),
        *(value.cast(pl.Int64).alias(f"filled {name}") for name, value in filled.items()),
        *(value.cast(pl.Int64).alias(f"sum {name}") for name, value in sums.items()),
    ).collect(engine="streaming")
    row = found.row(0, named=True)
    return Content(
        rows=row["rows"],
        filled={name: row[f"filled {name}"] for name in filled},
        sums={name: row[f"sum {name}"] for name in sums},
    )


def fields() -> Iterator[tuple[str, pl.Expr]]:
    """Every column of a snapshot, and of a struct every field, as `column.field`."""
    for name, column in RawModels.columns().items():
        if isinstance(column, dy.Struct):
            yield from ((f"{name}.{field}", pl.col(name).struct.field(field)) for field in column.inner)
        else:
            yield name, pl.col(name)
