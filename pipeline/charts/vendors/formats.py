"""The figure on formats: in which ones releases are out in time, by makers and by others."""

import polars as pl

from pipeline.base.facts import PageFacts
from pipeline.chapters.vendors.facts_formats import format_name
from pipeline.chapters.vendors.schema import (
    ALL,
    ANY,
    MAKER,
    OTHERS,
)
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.vendors.dots import dot_figure, percents


def formats(formats: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """In which formats releases are out in time, by makers and by others. formats: the table `vendor_formats`."""
    key, title = "vendor-formats", facts.text("vendors.formats.title")
    rows = formats.filter(pl.col("group") == ALL).with_columns(share=pl.col("releases_in_time") / pl.col("releases"))
    sides = [
        rows.filter(pl.col("shipped_by") == who).select("format", pl.col("share").alias(who)) for who in (MAKER, OTHERS)
    ]
    table = (
        sides[0]
        .join(sides[1], on="format", how="full", coalesce=True)
        .with_columns(pl.col(MAKER, OTHERS).fill_null(0))
        .filter(pl.max_horizontal(MAKER, OTHERS) > 0)
        .with_columns(
            first=pl.col("format") == ANY,
            most=pl.max_horizontal(MAKER, OTHERS),
            value=pl.struct(MAKER, OTHERS).map_elements(
                lambda row: percents(row[MAKER], row[OTHERS]), return_dtype=pl.String
            ),
        )
        .sort("first", "most", "format", descending=[True, True, False])
        .head(13)
        .with_columns(
            format=pl.when("first")
            .then(pl.lit("any format"))
            .otherwise(pl.col("format").map_elements(format_name, return_dtype=pl.String))
        )
        .select("format", MAKER, OTHERS, "value")
    )
    if table.is_empty():
        return Absent(key, title, f"{facts.text('vendors.formats.sentence')} {facts.text('vendors.formats.undated')}")
    days, n = facts.text("vendors.formats_days"), facts.text("vendors.formats.n")
    return dot_figure(
        table,
        "format",
        (MAKER, OTHERS),
        key=key,
        title=title,
        subtitle=(
            f"Share of {n} dated releases with a conversion by {days} after their release. Filled: by the maker; "
            "hollow diamond: by others. Values: maker · others"
        ),
        description=(
            f"Dot plot of the share of releases that have a conversion within {days}, by format and by who made it. "
            f"{facts.text('vendors.formats.sentence')}\n\n{facts.text('vendors.formats.makers')}\n\n"
            f"{facts.text('vendors.formats.undated')}"
        ),
        source=source_line(facts, f"n = {n} releases of the register"),
        note=facts.text("vendors.formats.undated"),
    )
