"""Half-lives: the age in months at which half of a base's dated direct derivatives existed.

For bases with enough of them that are old enough; once over all so far, once over the first months that every such
base has behind it. The group's own releases are left out.

Known drawback: a young base's half-life grows as it goes on.
"""

from datetime import date

import polars as pl

from pipeline.chapters.lineage.schema import HalfLives


def half_lives(
    links: pl.DataFrame, created: pl.Series, releases: pl.DataFrame, day: date, least: int, oldest: int
) -> pl.DataFrame:
    """Bases with at least `least` dated derivatives that are at least `oldest` months old on the day; `base` as node.

    links: as `links.attach` gives them. created: months by node, for bases of which the register has no date.
    """
    births = releases.select(parent="model", released=pl.col("released").dt.truncate("1mo"))
    dated = (
        links.with_columns(created=created.gather(links["parent"]))
        .drop_nulls(["group", "month"])
        .filter(pl.col("group").ne_missing(pl.col("own_group")))
        .join(births, on="parent", how="left")
        .with_columns(born=pl.coalesce("released", "created"))
        .drop_nulls("born")
        .with_columns(age=_months(pl.col("born"), pl.col("month")).clip(lower_bound=0))
    )
    early = pl.col("age").filter(pl.col("age") < oldest)
    return (
        dated.group_by("parent", "group", "born")
        .agg(
            derivatives=pl.len().cast(pl.Int64),
            half_life_months=pl.col("age").quantile(0.5, "lower").cast(pl.Int64),
            derivatives_window=early.len().cast(pl.Int64),
            half_life_window_months=early.quantile(0.5, "lower").cast(pl.Int64),
        )
        .with_columns(
            base="parent", year=pl.col("born").dt.year().cast(pl.Int64), age_months=_months(pl.col("born"), pl.lit(day))
        )
        .filter((pl.col("derivatives") >= least) & (pl.col("age_months") >= oldest))
        .select(HalfLives.column_names())
    )


def half_life_medians(lives: pl.DataFrame) -> pl.DataFrame:
    """Median half-life per group and year of release."""
    half, window = pl.col("half_life_months"), pl.col("half_life_window_months")
    return lives.group_by("group", "year").agg(
        bases=pl.len().cast(pl.Int64),
        derivatives=pl.col("derivatives").sum(),
        median_months=half.median(),
        low_months=half.min(),
        high_months=half.max(),
        median_window_months=window.median(),
    )


def _months(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Calendar months from one date to another."""
    years = second.dt.year().cast(pl.Int64) - first.dt.year().cast(pl.Int64)
    return years * 12 + second.dt.month().cast(pl.Int64) - first.dt.month().cast(pl.Int64)
