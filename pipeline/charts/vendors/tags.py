"""Figures on tags: which makers link papers, and which languages they name."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.vendors.schema import (
    ALL_COUNTRIES,
)
from pipeline.chapters.vendors.wording import FEW
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.vendors.dots import dot_figure, percents, two_largest


def papers(tags: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """Which makers link papers on how many of their repositories. tags: the table `vendor_tags`."""
    key, title = "vendor-papers", facts.text("vendors.papers.title")
    table = (
        tags.drop_nulls("with_paper")
        .filter(pl.col("repositories") >= FEW)
        .sort("repositories", "organisation", descending=[True, False])
        .head(top)
        .with_columns(share=pl.col("with_paper") / pl.col("repositories"))
        .sort("share", "organisation", descending=[True, False])
        .with_columns(value=pl.format("{} of {}", "with_paper", "repositories"))
        .select("organisation", "country", "share", "with_paper", "repositories", "papers", "value")
    )
    if table.is_empty():
        return Absent(key, title, facts.text("vendors.papers.sentence"))
    return dot_figure(
        table,
        "organisation",
        ("share",),
        key=key,
        title=title,
        subtitle=f"Share of repositories with a link to a paper (arxiv tag); {table.height} makers with most of them",
        description=(
            f"Dot plot of the share of repositories that link a paper, for {table.height} registered makers. "
            f"{facts.text('vendors.papers.sentence')}"
        ),
        source=source_line(facts, f"n = {words.number(int(table['repositories'].sum()))} repositories"),
    )


def languages(languages: pl.DataFrame, tasks: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """Which languages makers of the two countries with most releases name.

    languages: the table `vendor_languages`. tasks: the table `vendor_tasks`.
    """
    key, title = "vendor-languages", facts.text("vendors.languages.title")
    pair = [name for name in two_largest(tasks, "releases") if name in languages["country"]]
    everywhere = languages.filter(pl.col("country") == ALL_COUNTRIES)
    first = (
        everywhere.sort("share", "language", descending=[True, False]).head(top).select("language", "name", all="share")
    )
    if first.is_empty() or len(pair) < 2:
        return Absent(key, title, facts.text("vendors.languages.sentence"))
    table = first
    for side, country in zip(("first", "second"), pair, strict=True):
        shares = languages.filter(pl.col("country") == country).select("language", pl.col("share").alias(side))
        table = table.join(shares, on="language", how="left", maintain_order="left")
    table = table.with_columns(pl.col("first", "second").fill_null(0)).with_columns(
        value=pl.struct("first", "second").map_elements(
            lambda row: percents(row["first"], row["second"]), return_dtype=pl.String
        )
    )
    return dot_figure(
        table.select("name", "first", "second", "all", "value"),
        "name",
        ("first", "second"),
        called=dict(zip(("first", "second"), pair, strict=True)),
        key=key,
        title=title,
        subtitle=(
            f"Share of makers’ repositories that name the language, of those that name any. Filled: {pair[0]}; hollow "
            f"diamond: {pair[1]}. Values in that order"
        ),
        description=(
            f"Dot plot of the share of repositories naming each of {table.height} languages, for makers in "
            f"{words.listed(pair)}. {facts.text('vendors.languages.sentence')}\n\n"
            + "; ".join(f"{row['name']} {row['value']}" for row in table.head(5).iter_rows(named=True))
            + "."
        ),
        source=source_line(facts, "two-letter language tags"),
        note="A maker’s tag is a statement, not a test.",
    )
