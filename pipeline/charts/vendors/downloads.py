"""The figure on downloads: shares of countries, by owner and by root."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.vendors.schema import (
    UNKNOWN_OWNER,
)
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.vendors.dots import dot_figure, percents

COUNTRIES = 6
"""Countries of the figure on downloads."""


def downloads(downloads: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Shares of downloads by country, by owner and by root. downloads: the table `vendor_downloads`."""
    key, title = "vendor-downloads", facts.text("vendors.downloads.title")
    rows = downloads.filter(pl.col("population") == "all", pl.col("group_kind") == "country")
    sides = [
        rows.filter(pl.col("counted_as") == rule).select("group", pl.col("share").alias(rule))
        for rule in ("owner", "root")
    ]
    table = (
        sides[0]
        .join(sides[1], on="group", how="full", coalesce=True)
        .with_columns(pl.col("owner", "root").fill_null(0), known=pl.col("group") != UNKNOWN_OWNER)
        .sort("known", "owner", "root", "group", descending=[True, True, True, False])
    )
    table = (
        pl.concat([table.filter("known").head(COUNTRIES), table.filter(~pl.col("known"))])
        .rename({"group": "country"})
        .with_columns(
            value=pl.struct("owner", "root").map_elements(
                lambda row: percents(row["owner"], row["root"]), return_dtype=pl.String
            )
        )
    )
    if table.is_empty() or table["owner"].sum() == 0:
        return Absent(key, title, facts.text("vendors.downloads.sentence"))
    moved = not table["owner"].equals(table["root"])  # the same where nothing declares a root
    if not moved:
        table = table.with_columns(value=pl.col("owner").map_elements(words.percent, return_dtype=pl.String))
    how = (
        "Filled: of the owner; hollow diamond: of the roots that a repository declares, else of the owner. Values in "
        "that order"
        if moved
        else "Each repository counts for its owner"
    )
    rules = ("owner", "root") if moved else ("owner",)
    return dot_figure(
        table.select("country", *rules, "value"),
        "country",
        rules,
        key=key,
        title=title,
        subtitle=(f"Share of {facts.text('vendors.downloads.where')} in 30 days by country of the maker. {how}"),
        description=(
            f"Dot plot of shares of downloads by country for {table.height} groups. "
            f"{facts.text('vendors.downloads.sentence')} {facts.text('vendors.downloads.family')}"
        ),
        source=source_line(facts, f"n = {facts.text('snapshot.rows')} repositories"),
        note="The counter counts machines too.",
    )
