"""What releases are for, which makers started and who stopped, and what the register may lack."""

import polars as pl

from pipeline import register
from pipeline.chapters.vendors.inputs import Inputs, by_country_and_all, share, year_ago
from pipeline.chapters.vendors.schema import (
    GOING_ON,
    MANY_LIKES,
    NOT_DATED,
    STARTED,
    STOPPED,
    UNLISTED,
    VendorActivity,
    VendorGaps,
    VendorTasks,
)
from pipeline.hub.parents import follow_renames


def tasks(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorTasks`: every country with every modality that any release has."""
    releases = by_country_and_all(inputs.releases)
    recent = year_ago(inputs.last).fill_null(False)
    counted = releases.group_by("country", "modality").agg(
        releases=pl.len().cast(pl.Int64), recent=recent.sum().cast(pl.Int64)
    )
    grid = counted.select("country").unique().join(counted.select("modality").unique(), how="cross")
    return (
        grid.join(counted, on=["country", "modality"], how="left")
        .with_columns(pl.col("releases", "recent").fill_null(0))
        .with_columns(
            share=share(pl.col("releases"), pl.col("releases").sum().over("country")),
            recent_share=share(pl.col("recent"), pl.col("recent").sum().over("country")),
        )
        .select(VendorTasks.column_names())
    )


def activity(inputs: Inputs, stopped_months: int, started_months: int) -> pl.DataFrame:
    """Rows of `schema.VendorActivity`: one per organisation with a release on the register."""
    stopped = pl.lit(inputs.last).dt.offset_by(f"-{stopped_months}mo")
    started = pl.lit(inputs.last).dt.offset_by(f"-{started_months}mo")
    newest = (
        inputs.makers.with_columns(newest_repository=inputs.created.gather(inputs.makers["row"]))
        .group_by("organisation")
        .agg(pl.col("newest_repository").max())
    )
    first, last = pl.col("first_released"), pl.col("last_released")
    return (
        inputs.releases.group_by("organisation", "country")
        .agg(
            releases=pl.len().cast(pl.Int64),
            undated=pl.col("released").is_null().sum().cast(pl.Int64),
            first_released=pl.col("released").min(),
            last_released=pl.col("released").max(),
            recent=(pl.col("released") > stopped).sum().cast(pl.Int64),
        )
        .join(newest, on="organisation", how="left")
        .with_columns(
            status=pl.when(last.is_null())
            .then(pl.lit(NOT_DATED))
            .when((last <= stopped) & (pl.col("newest_repository") > stopped).fill_null(False))
            .then(pl.lit(UNLISTED))
            .when(last <= stopped)
            .then(pl.lit(STOPPED))
            .when(first > started)
            .then(pl.lit(STARTED))
            .otherwise(pl.lit(GOING_ON)),
            is_new=(first > started).fill_null(False),
        )
        .select(VendorActivity.column_names())
    )


def gaps(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorGaps`, the most liked first."""
    space = pl.col("id").str.split("/").list.first().str.to_lowercase()
    copying = register.load("repackagers", inputs.directory)["namespace"].str.to_lowercase()
    liked = (
        inputs.nodes.model_rows.filter(pl.col("organisation").is_not_null(), pl.col("likes") > MANY_LIKES)
        .filter(~pl.col("is_release"), pl.col("format").is_null(), ~space.is_in(copying.implode()))
        .select("organisation", "likes", "modality", "created_month", model="id")
        .collect(engine="streaming")
    )
    now = follow_renames(liked.select(parent="model"), register.load("renames", inputs.directory))["parent"]
    released = register.load("releases", inputs.directory)["model"].str.to_lowercase()
    return (
        liked.filter(~now.str.to_lowercase().is_in(released.implode()))
        .sort("likes", "model", descending=[True, False])
        .select(VendorGaps.column_names())
    )
