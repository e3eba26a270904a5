"""The share of MoE models by quarter, month and country, and how sparse MoE models are.

Method
- A flagship release is the largest language model that a maker released in a half-year, by stored
  elements, or by stated parameters where those are not known; of equal ones the earliest. Nobody chooses the
  list: it follows from the register of releases.
- A share is MoE models over MoE models plus dense: of flagship releases by half-year of release, of the
  snapshot's repositories by quarter of creation, and of their downloads of the last 30 days by the same
  date; by month for the last two; by country of the organisation over the twelve months to the newest date.
- Repositories whose architecture is not known have no kind. Each share stands between two bounds: all of
  them dense, or all of them MoE models.

Known drawbacks: a maker of small models has flagships too, and one that released nothing in a half-year has
none; releases without a date or a size are in no list; repositories whose tag does both kinds and that
show no expert count are `unknown`; the period of the snapshot's date is partial, and older ones lack what
was deleted since.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.register.lookup.flagships import FLAGSHIPS, HALF_YEAR

QUARTER, MONTH = "1q", "1mo"
"""Periods, as polars names them."""


@dataclass(frozen=True)
class Share:
    """MoE models among a population: counts of MoE models, of dense ones, and of those of unknown architecture."""

    moe: int
    dense: int
    unknown: int = 0

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "Share":
        """The sum of rows with `moe, dense, unknown`."""
        return cls(*(int(rows[name].sum()) for name in ("moe", "dense", "unknown")))

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Share":
        """One row with `moe, dense, unknown`."""
        return cls(row["moe"], row["dense"], row["unknown"])

    @property
    def known(self) -> int:
        """How many are known to be either."""
        return self.moe + self.dense

    @property
    def all(self) -> int:
        """How many there are."""
        return self.known + self.unknown

    @property
    def value(self) -> float | None:
        """MoE models over MoE models plus dense; None where there are none."""
        return self.moe / self.known if self.known else None

    @property
    def low(self) -> float:
        """The share if all unknown ones are dense."""
        return self.moe / self.all if self.all else 0.0

    @property
    def high(self) -> float:
        """The share if all unknown ones are MoE models."""
        return (self.moe + self.unknown) / self.all if self.all else 1.0

    @property
    def is_most(self) -> bool | None:
        """Whether MoE models are more than half; None where the unknown ones decide it."""
        return True if self.low > 0.5 else False if self.high <= 0.5 else None

    @property
    def in_words(self) -> str:
        """The share between its bounds, or one number where they read alike."""
        low, high = words.percent(self.low), words.percent(self.high)
        return low if low == high else f"{low} to {high}"


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


def listed_flagships(chosen: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.MoeFlagships`: rows of `flagships`, with activated parameters where they are counted."""
    counted = made.select("model", "parameters_active")
    columns = ["model", "organisation", "half_year", "released", "mixture", "parameters", "parameters_active"]
    return chosen.join(counted, on="model", how="left").select(columns).sort("half_year", "organisation")


def by_period(chosen: pl.DataFrame, repositories: pl.DataFrame, day: datetime.date | None) -> pl.DataFrame:
    """Rows of `schema.MoeShare`; a population without a single date has none.

    chosen: rows of `flagships`. repositories: rows of `repositories_by_month`. day: the snapshot's date, if known.
    """
    dated = chosen.select("mixture", date="released", count=pl.lit(1))
    periods = [
        _shares({FLAGSHIPS: dated}, HALF_YEAR, day),
        _shares(_populations(repositories), QUARTER, day),
    ]
    return pl.concat(periods).sort("population", "period")


def by_month(repositories: pl.DataFrame, day: datetime.date | None) -> pl.DataFrame:
    """Rows of `schema.MoeShareMonthly`: the same shares by month of creation."""
    return _shares(_populations(repositories), MONTH, day)


def by_country(chosen: pl.DataFrame, repositories: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.MoeShareCountry`: shares over the last twelve months of each population's dates.

    chosen: rows of `flagships` with the `country` of their organisation; rows without one are left out, of
    `repositories` too.
    """
    dated = chosen.select("country", "mixture", date="released", count=pl.lit(1))
    counts = pl.concat(
        frame.drop_nulls(["date", "country"])
        .with_columns(pl.col("count").cast(pl.Int64), population=pl.lit(population))
        .filter(pl.col("date") > pl.col("date").max().dt.offset_by(f"-{COUNTRY_MONTHS}mo"))
        .group_by("population", "country")
        .agg(*_counts(), until=pl.col("date").max())
        for population, frame in ({FLAGSHIPS: dated} | _populations(repositories, "country")).items()
    )
    return counts.with_columns(**_share()).sort("population", "country")


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
    """`population, period, moe, dense, unknown, share`, its bounds, `is_partial`; every: as polars names a period."""
    now = pl.lit(day, dtype=pl.Date).dt.truncate(every)
    counts = pl.concat(
        frame.drop_nulls("date")
        .with_columns(pl.col("count").cast(pl.Int64), population=pl.lit(population))
        .group_by("population", period=pl.col("date").dt.truncate(every))
        .agg(_counts())
        for population, frame in populations.items()
    )
    is_partial = (pl.col("period") == now).fill_null(False)
    return counts.with_columns(**_share(), is_partial=is_partial).sort("population", "period")


def _share() -> dict[str, pl.Expr]:
    """MoE models over MoE models plus dense, and over all with the unknown as dense or as MoE models; null for none."""
    known = pl.col("moe") + pl.col("dense")
    every = known + pl.col("unknown")
    return {
        "share": pl.when(known > 0).then(pl.col("moe") / known),
        "share_low": pl.when(every > 0).then(pl.col("moe") / every),
        "share_high": pl.when(every > 0).then((pl.col("moe") + pl.col("unknown")) / every),
    }


def _counts() -> list[pl.Expr]:
    """Sums of `count`: `moe`, `dense`, and `unknown` where neither is known."""
    mixture, count = pl.col("mixture"), pl.col("count")
    return [
        count.filter(mixture == "moe").sum().alias("moe"),
        count.filter(mixture == "dense").sum().alias("dense"),
        count.filter(mixture.is_null()).sum().alias("unknown"),
    ]
