"""Figures on releases: what they are for in two countries, and who started and stopped."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.vendors.schema import (
    ALL_COUNTRIES,
    GOING_ON,
    STARTED,
    STOPPED,
    UNLISTED,
)
from pipeline.charts.kit.axes import first_days, row_texts, rows_for, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, releases_register, source_line
from pipeline.charts.kit.html import Html, register_table
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.vendors.dots import dot_figure, percents, two_largest


def tasks(tasks: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """What releases other than plain text are for, in two countries. tasks: the table `vendor_tasks`."""
    key, title = "vendor-tasks", facts.text("vendors.tasks.title")
    pair = two_largest(tasks, "releases")
    if len(pair) < 2:
        return Absent(key, title, facts.text("vendors.tasks.sentence"))
    sides = [
        tasks.filter(pl.col("country") == country).select("modality", pl.col("share").alias(side))
        for side, country in zip(("first", "second"), pair, strict=True)
    ]
    everywhere = tasks.filter(pl.col("country") == ALL_COUNTRIES, pl.col("modality") != "text")
    table = (
        everywhere.select("modality", all="share", releases="releases")
        .join(sides[0], on="modality")
        .join(sides[1], on="modality")
        .sort("all", "modality", descending=[True, False])
        .with_columns(
            value=pl.struct("first", "second").map_elements(
                lambda row: percents(row["first"], row["second"]), return_dtype=pl.String
            )
        )
    )
    if table.is_empty():
        return Absent(key, title, facts.text("vendors.tasks.sentence"))
    n = int(tasks.filter(country=ALL_COUNTRIES)["releases"].sum())
    return dot_figure(
        table.select("modality", "first", "second", "all", "releases", "value"),
        "modality",
        ("first", "second"),
        called=dict(zip(("first", "second"), pair, strict=True)),
        key=key,
        title=title,
        subtitle=(
            f"Share of each country’s registered releases by modality, plain text left out. Filled: {pair[0]}; hollow "
            f"diamond: {pair[1]}. Values in that order"
        ),
        description=(
            f"Dot plot of the share of releases by modality for {words.listed(pair)}. "
            f"{facts.text('vendors.tasks.sentence')}\n\n"
            + "; ".join(f"{row['modality']} {row['value']}" for row in table.iter_rows(named=True))
            + "."
        ),
        source=source_line(releases_register(facts), f"n = {words.number(n)} releases, dated or not"),
        note="A model that reads images and writes text counts as vision.",
    )


def activity(activity: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """From first to last release, maker by maker; who stopped is hollow, who started accent.

    activity: the table `vendor_activity`.
    """
    key, title = "vendor-activity", facts.text("vendors.activity.title")
    table = (
        activity.drop_nulls("last_released")
        .sort("last_released", "organisation", descending=[True, False])
        .select(
            "organisation",
            "country",
            "status",
            "first_released",
            "last_released",
            "releases",
            "undated",
            "newest_repository",
        )
        .with_columns(value=pl.col("releases").cast(pl.String))
    )
    if table.is_empty():
        return Absent(key, title, facts.text("vendors.activity.caveat"))
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"First to last dated release of {table.height} makers on the register. Teal: first within "
            f"{facts.text('vendors.started_months')}; hollow: stopped, "
            f"none within {facts.text('vendors.stopped_months')} and no repository here from then. "
            "Values: releases"
        ),
        draw=lambda width: _activity_chart(table, width),
        description=(
            f"Range chart of first and last dated release for {table.height} makers, the latest on top. "
            f"{facts.text('vendors.activity.sentence')}\n\n{facts.text('vendors.activity.caveat')}"
        ),
        table=table.drop("value"),
        column_labels={
            "organisation": "Maker",
            "country": "Country",
            "status": "Status",
            "first_released": "First",
            "last_released": "Last",
            "releases": "Releases",
            "undated": "Undated",
            "newest_repository": "Newest repository here",
        },
        source=source_line(releases_register(facts), f"n = {words.number(int(table['releases'].sum()))} releases"),
        note="A release that the register lacks, or lists without a date, can turn a stop into a gap.",
        kind="Range chart",
    )


def _activity_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    first, last = min(table["first_released"]), max(table["last_released"])
    shown = (last - first) * (1.05 if phone else 1.16)
    scale = alt.Scale(domain=[f"{first.year}-01-01", (first + shown).isoformat()])
    axis = alt.Axis(format="%Y", **ticks_at(first_days(first, last)), title=None, grid=True)
    y = rows_for(width, "organisation", table["organisation"].to_list(), labelLimit=260)
    colors = alt.Scale(
        domain=[STARTED, STOPPED, GOING_ON, UNLISTED],
        range=["var(--accent)", "var(--family-grey)", "var(--ink)", "var(--ink)"],
    )
    color = alt.Color("status:N", scale=colors, legend=None)
    edge = alt.Stroke("status:N", scale=colors, legend=None)
    base = alt.Chart(table)
    start = alt.X("first_released:T", scale=scale, axis=axis)
    end = alt.X("last_released:T", scale=scale, axis=axis)
    marks = [
        base.mark_rule(strokeWidth=4).encode(x=start, x2="last_released:T", y=y, color=color),
        base.transform_filter(f"datum.status != '{STOPPED}'").mark_point(size=70).encode(x=end, y=y, color=color),
        base.transform_filter(f"datum.status == '{STOPPED}'")
        .mark_point(size=70, fill="var(--surface)", strokeWidth=2)
        .encode(x=end, y=y, stroke=edge),
    ]
    height = table.height * (38 if phone else 23) + 40
    return alt.layer(*row_texts(table, width, name="organisation"), *marks).properties(width=width, height=height)


def gaps(gaps: pl.DataFrame) -> Html:
    """Much liked repositories that no release covers, the most liked first. gaps: the table `vendor_gaps`."""
    labels = {
        "model": "Repository",
        "organisation": "Maker",
        "likes": "Likes",
        "modality": "Modality",
        "created_month": "Created",
    }
    return register_table(
        gaps.sort("likes", "model", descending=[True, False]),
        labels,
        caption="Much liked repositories that the register lacks",
    )
