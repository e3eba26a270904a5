"""Growth: new derivatives by month and relation, and by quarter and country.

A derivative is a repository that declares a parent; each counts once a relation, and once a country of the
organisations that own the parents it names.

Known drawback: dates are the repository's, so a month counts back from what still exists.
"""

import calendar
from datetime import date

import polars as pl

from pipeline.chapters.lineage.schema import UNKNOWN_OWNER


def growth_by_relation(links: pl.DataFrame, day: date) -> pl.DataFrame:
    """New derivatives by month and relation; every month between the first and the last has a row."""
    dated = links.drop_nulls("month")
    kinds = pl.concat(
        [dated.select("child", "month", relation=pl.lit("all")), dated.select("child", "month", "relation")]
    )
    counts = kinds.group_by("month", "relation").agg(derivatives=pl.col("child").n_unique().cast(pl.Int64))
    return _filled(counts, "month", "1mo", "relation").with_columns(
        is_partial=(pl.col("month") == day.replace(day=1)) & pl.lit(not _ends_month(day))
    )


def growth_by_country(links: pl.DataFrame, day: date) -> pl.DataFrame:
    """New derivatives by quarter and country of the parents' organisations."""
    dated = links.drop_nulls("month").with_columns(
        quarter=pl.col("month").dt.truncate("1q"), country=pl.col("country").fill_null(UNKNOWN_OWNER)
    )
    counts = dated.group_by("quarter", "country").agg(derivatives=pl.col("child").n_unique().cast(pl.Int64))
    is_whole = _ends_month(day) and day.month % 3 == 0
    start = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return _filled(counts, "quarter", "1q", "country").with_columns(
        is_partial=(pl.col("quarter") == start) & pl.lit(not is_whole)
    )


def _filled(counts: pl.DataFrame, period: str, every: str, kind: str) -> pl.DataFrame:
    """Counts with a row for every period between the first and the last, 0 where there is nothing."""
    if counts.is_empty():
        return counts
    first, last = counts[period].min(), counts[period].max()
    periods = pl.date_range(first, last, every, eager=True).alias(period).to_frame()  # type: ignore[arg-type]
    grid = periods.join(counts.select(kind).unique(), how="cross")
    return grid.join(counts, on=[period, kind], how="left").with_columns(pl.col("derivatives").fill_null(0))


def _ends_month(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]
