"""The share of mixtures of experts by quarter, month and country, and how sparse mixtures are.

Method
- A share is mixtures over mixtures plus dense by calendar quarter, of the register's flagship releases
  by date of release, of the snapshot's repositories by date of creation, and of their downloads of
  the last 30 days by the same date; by month for the last two; by country of the organisation over
  the twelve months to the newest date.

Known drawbacks: the flagship list is a judgement of the register; repositories whose tag does both
kinds and that show no expert count are `unknown`; the quarter of the snapshot's date is partial, and
older quarters lack what was deleted since.
"""

import datetime

import polars as pl

COUNTRY_MONTHS = 12
"""Months to a population's newest date over which shares by country are taken."""


def repositories_by_month(core: pl.LazyFrame) -> pl.DataFrame:
    """`created_month, mixture, country, repositories, downloads`: how many repositories are alike in the first three.

    core: the core table `models`. Downloads are null where none of them has a number.
    """
    downloads = pl.when(pl.col("downloads").count() > 0).then(pl.col("downloads").sum())
    return (
        core.group_by("created_month", "mixture", "country")
        .agg(repositories=pl.len().cast(pl.Int64), downloads=downloads)
        .collect()
    )


def released_by(releases: pl.DataFrame, day: datetime.date | None) -> pl.DataFrame:
    """Releases dated up to the snapshot's day, so that a report on 2024 says nothing of flagships of 2026."""
    return releases if day is None else releases.filter(pl.col("released") <= day)


def by_quarter(releases: pl.DataFrame, repositories: pl.DataFrame, day: datetime.date | None) -> pl.DataFrame:
    """Rows of `schema.MoeShare`; a population without a single date has none.

    repositories: rows of `repositories_by_month`. day: the snapshot's date, if known.
    """
    flagships = releases.filter("flagship").select("mixture", date="released", count=pl.lit(1))
    return _shares({"flagship releases": flagships} | _populations(repositories), "1q", day)


def by_month(repositories: pl.DataFrame, day: datetime.date | None) -> pl.DataFrame:
    """Rows of `schema.MoeShareMonthly`: the same shares by month of creation."""
    return _shares(_populations(repositories), "1mo", day)


def by_country(releases: pl.DataFrame, repositories: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.MoeShareCountry`: shares over the last twelve months of each population's dates.

    releases: with the `country` of their organisation; rows without one are left out, of `repositories` too.
    """
    flagships = releases.filter("flagship").select("country", "mixture", date="released", count=pl.lit(1))
    counts = pl.concat(
        frame.drop_nulls(["date", "country"])
        .with_columns(pl.col("count").cast(pl.Int64), population=pl.lit(population))
        .filter(pl.col("date") > pl.col("date").max().dt.offset_by(f"-{COUNTRY_MONTHS}mo"))
        .group_by("population", "country")
        .agg(*_counts(), until=pl.col("date").max())
        for population, frame in ({"flagship releases": flagships} | _populations(repositories, "country")).items()
    )
    return counts.with_columns(share=_share()).sort("population", "country")


def sparsity(made: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.MoeSparsity`: how sparse each dated mixture with counted experts is."""
    return (
        made.filter(pl.col("mixture") == "moe", pl.col("count_method") == "config")
        .drop_nulls(["released", "experts", "experts_per_token"])
        .join(countries, on="model", how="left")
        .select(
            "model",
            "family",
            "country",
            "released",
            "parameters_text",
            "parameters_active",
            "experts",
            "experts_per_token",
            experts_share=pl.col("experts_per_token") / pl.col("experts"),
            active_share=pl.col("parameters_active") / pl.col("parameters_text"),
        )
        .sort("model")
    )


def _populations(repositories: pl.DataFrame, *columns: str) -> dict[str, pl.DataFrame]:
    """`date, mixture, count` and these columns, by population: repositories, and their downloads where known."""
    shared = [*columns, "mixture", pl.col("created_month").alias("date")]
    created = repositories.select(*shared, count="repositories")
    downloaded = repositories.select(*shared, count="downloads").drop_nulls("count")
    return {"repositories": created, "downloads": downloaded}


def _shares(populations: dict[str, pl.DataFrame], every: str, day: datetime.date | None) -> pl.DataFrame:
    """`population, period, moe, dense, unknown, share, is_partial`; every: a period, as polars names it (`1q`)."""
    now = pl.lit(day, dtype=pl.Date).dt.truncate(every)
    counts = pl.concat(
        frame.drop_nulls("date")
        .with_columns(pl.col("count").cast(pl.Int64), population=pl.lit(population))
        .group_by("population", period=pl.col("date").dt.truncate(every))
        .agg(_counts())
        for population, frame in populations.items()
    )
    is_partial = (pl.col("period") == now).fill_null(False)
    return counts.with_columns(share=_share(), is_partial=is_partial).sort("population", "period")


def _share() -> pl.Expr:
    """Mixtures over mixtures plus dense; null where there are none."""
    known = pl.col("moe") + pl.col("dense")
    return pl.when(known > 0).then(pl.col("moe") / known)


def _counts() -> list[pl.Expr]:
    """Sums of `count`: `moe`, `dense`, and `unknown` where neither is known."""
    mixture, count = pl.col("mixture"), pl.col("count")
    return [
        count.filter(mixture == "moe").sum().alias("moe"),
        count.filter(mixture == "dense").sum().alias("dense"),
        count.filter(mixture.is_null()).sum().alias("unknown"),
    ]
