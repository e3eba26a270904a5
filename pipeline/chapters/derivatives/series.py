"""What a definition gives beyond one count a group: counts by month and year of creation, and ranks.

Pairs are those that the definition counts (`pipeline.counting.count.counted_pairs`).
"""

from datetime import date

import polars as pl

from pipeline.base import tables
from pipeline.chapters.derivatives.schema import DerivativesYearly
from pipeline.counting.definitions import Definition


def by_month(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """`definition, group, relation, month, derivatives` by month of creation; the relation `all` counts each unit once.

    Units without a month are left out. Evidence without relations has `all` alone.
    """
    unit = "author" if definition.unit == "uploaders" else "child"
    dated = pairs.drop_nulls([unit, "month"])
    counted = [
        dated.group_by("group", "month", *relation).agg(derivatives=pl.col(unit).n_unique().cast(pl.Float64))
        for relation in ([], ["relation"])
    ]
    whole, by_relation = counted[0].with_columns(relation=pl.lit("all")), counted[1].drop_nulls("relation")
    names = ("group", "relation", "month", "derivatives")
    return pl.concat(
        rows.select(pl.lit(definition.key).alias("definition"), *names).cast(
            {"group": pl.String, "relation": pl.String}
        )
        for rows in (whole, by_relation)
    )


def by_year(monthly: pl.DataFrame, snapshot_date: date) -> pl.DataFrame:
    """`group, year, derivatives, is_partial` of rows of `by_month`; a year without any between first and last has 0."""
    years = (
        monthly.filter(pl.col("relation") == "all")
        .group_by("group", year=pl.col("month").dt.year().cast(pl.Int64))
        .agg(pl.col("derivatives").sum())
    )
    if years.is_empty():
        return tables.empty(DerivativesYearly)
    first, last = min(years["year"]), max(years["year"])
    grid = (
        years.select("group")
        .unique()
        .join(
            pl.DataFrame({"year": pl.int_range(first, last + 1, eager=True)}),
            how="cross",
        )
    )
    return grid.join(years, on=["group", "year"], how="left").with_columns(
        pl.col("derivatives").fill_null(0),
        is_partial=(pl.col("year") == snapshot_date.year)
        & pl.lit((snapshot_date.month, snapshot_date.day) != (12, 31)),
    )


def leaders(pairs: pl.DataFrame) -> pl.DataFrame:
    """`group, derivatives, uploaders, rank` under a definition; groups with as many have the same rank."""
    return (
        pairs.group_by("group")
        .agg(
            derivatives=pl.col("child").n_unique().cast(pl.Float64),
            uploaders=pl.col("author").drop_nulls().n_unique().cast(pl.Float64),
        )
        .with_columns(
            pl.col("group").cast(pl.String), rank=pl.col("derivatives").rank("min", descending=True).cast(pl.Int64)
        )
    )
