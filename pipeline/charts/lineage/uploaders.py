"""Figures on uploaders: how concentrated they are, who the largest are, and families without the ten largest."""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.lineage.facts_uploaders import repackagers
from pipeline.chapters.lineage.schema import ALL
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_of
from pipeline.charts.kit.bars import bars_below_names
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, leading, ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import family_style, scales_of
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.lineage.gaps import missing


def concentration(curve: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """Cumulative share of derivatives by uploaders, the largest first. curve: the table `uploader_curve`."""
    key = "lineage-concentration"
    pair = compared(facts)
    groups = [ALL, *(name for name in pair if name in curve["group"])]
    table = curve.filter(pl.col("group").is_in(groups)).sort("group", "rank")
    if table.is_empty():
        return missing(key, "anatomy.uploaders", "No derivative of this snapshot has a known uploader.", facts)
    everyone = facts.text("anatomy.uploaders.uploaders")
    return Figure(
        key=key,
        title=facts.text("anatomy.uploaders.title"),
        subtitle=(
            "Cumulative share of direct derivatives (vertical) by cumulative share of uploaders (horizontal), the "
            f"largest first; own releases left out; {facts.text('anatomy.basis.uploaders')}"
        ),
        draw=lambda width: _curve_chart(table, groups, families, width),
        description=(
            f"Cumulative curve of direct derivatives by uploaders for {words.listed(groups)}. "
            f"{facts.text('anatomy.uploaders.sentence')}\n\nThe diagonal is where every uploader would have as many; "
            "the further a curve is above it, the fewer uploaders hold most derivatives."
        ),
        table=table,
        column_labels={
            "group": "Derivatives of",
            "rank": "Largest uploaders",
            "share_of_uploaders": "Share of uploaders",
            "share_of_repositories": "Share of derivatives",
        },
        source=source_line(
            facts.text("anatomy.source.uploaders"),
            f"n = {facts.text('anatomy.uploaders.repositories')} derivatives of {everyone} uploaders",
        ),
        note="Dots: the ten and the hundred largest uploaders. Gini: twice the area between curve and diagonal.",
        kind="Cumulative curve",
    )


def _curve_chart(table: pl.DataFrame, groups: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    rank = ranks(families)
    colours = ["var(--ink)", *(family_style(rank.get(name)).mark for name in groups[1:])]
    axis = alt.Axis(format="%", tickCount=5)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("share_of_uploaders:Q", title="Share of uploaders", scale=scale, axis=axis)
    y = alt.Y("share_of_repositories:Q", title=None, scale=scale, axis=axis)
    color = alt.Color("group:N", scale=alt.Scale(domain=groups, range=colours), sort=groups)
    ends = pl.DataFrame({"share_of_uploaders": [0.0, 1.0], "share_of_repositories": [0.0, 1.0]})
    dots = table.filter((pl.col("group") == ALL) & pl.col("rank").is_in([10, 100])).with_columns(
        label=pl.when(pl.col("rank") == 10).then(pl.lit("ten largest ")).otherwise(pl.lit("hundred largest "))
        + pl.col("share_of_repositories").map_elements(words.percent, return_dtype=pl.String)
    )
    place: dict[str, Any] = {"align": "left", "baseline": "top", "dx": 8, "dy": 4}
    marks = [
        alt.Chart(ends).mark_line(color="var(--muted)", strokeDash=[4, 3], strokeWidth=1).encode(x=x, y=y),
        alt.Chart(table).mark_line().encode(x=x, y=y, color=color),
    ]
    if dots.height:
        marks += [
            alt.Chart(dots).mark_point(color="var(--ink)", size=70).encode(x=x, y=y),
            # the same words twice: the first clear the curves behind the second
            alt.Chart(dots).mark_text(**place, stroke="var(--surface)", strokeWidth=4).encode(x=x, y=y, text="label:N"),
            alt.Chart(dots).mark_text(**place).encode(x=x, y=y, text="label:N"),
        ]
    return alt.layer(*marks).properties(width=width, height=330 if is_phone(width) else 400)


def without_ten(groups: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """Each family's derivatives with every uploader, and without the ten largest. groups: the table `uploaders`."""
    key = "lineage-without-ten"
    ranked = groups.filter(pl.col("group") != ALL).sort(["repositories", "group"], descending=[True, False])
    table = leading(ranked, facts, top).with_columns(
        value=pl.format(
            "{} → {}",
            *(
                pl.col(name).map_elements(words.number, return_dtype=pl.String)
                for name in ("repositories", "repositories_without_ten")
            ),
        )
    )
    if table.is_empty():
        return missing(key, "anatomy.without_ten", "No derivative names a parent of a registered family.", facts)
    least = table.with_columns(left=pl.col("repositories_without_ten") / pl.col("repositories")).sort("left", "group")
    lost = least.row(0, named=True)
    return Figure(
        key=key,
        title=facts.text("anatomy.without_ten.title"),
        subtitle=(
            f"Direct declared derivatives by {facts.text('report.grouping')}, own releases left out; "
            f"{facts.text('anatomy.basis.uploaders')}"
        ),
        draw=lambda width: _dumbbells(table, families, facts, width),
        description=(
            f"Dot plot of derivatives for {words.word(table.height)} {facts.text('report.grouping')} names, with every "
            f"uploader and without the ten largest of all. {facts.text('anatomy.without_ten.sentence')}\n\n"
            f"{lost['group']} keeps the smallest part, {words.percent(lost['left'])}. The table also has uploaders and "
            "concentration of each."
        ),
        table=table.drop("value"),
        column_labels={
            "group": "Group",
            "repositories": "Derivatives",
            "repositories_without_ten": "Without ten largest",
            "uploaders": "Uploaders",
            "gini": "Gini",
            "top_10": "Share of its own ten largest",
        },
        source=source_line(
            facts.text("anatomy.source.uploaders"),
            f"n = {facts.text('anatomy.uploaders.repositories')} derivatives of all groups",
        ),
        note="Filled: every uploader. Hollow: without the ten uploaders that have most derivatives over all groups.",
        kind="Dot plot",
    )


def _dumbbells(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, width: int) -> alt.TopLevelMixin:
    groups = table["group"].to_list()
    scales = scales_of(families, groups, highlight=compared(facts))
    least = 1.45 if is_phone(width) else 1.2
    end = room.axis_end(table["repositories"].to_list(), table["value"].to_list(), room.plot(groups, width), least)
    scale = alt.Scale(domain=[0, end], nice=False)
    axis = alt.Axis(tickCount=4, format=",d")
    x = alt.X("repositories:Q", title=None, scale=scale, axis=axis)
    x2 = alt.X("repositories_without_ten:Q", title=None, scale=scale, axis=axis)
    y = rows_of("group", groups)
    color = alt.Color("group:N", scale=scales.color, legend=None)
    stroke = alt.Stroke("group:N", scale=scales.color, legend=None)
    base = alt.Chart(table)
    return alt.layer(
        base.mark_rule(strokeWidth=2).encode(x=x, x2="repositories_without_ten:Q", y=y, color=color),
        base.mark_point(size=80).encode(x=x, y=y, color=color),
        base.mark_point(size=80, strokeWidth=2, fill="var(--surface)").encode(x=x2, y=y, stroke=stroke),
        base.mark_text(align="left", dx=10).encode(x=x, y=y, text="value:N"),
    ).properties(width=width, height=table.height * 30 + 36)


def largest_uploaders(largest: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """The uploaders with most derivatives. largest: the table `uploaders_largest`."""
    key = "lineage-uploaders"
    table = largest.sort("rank").head(top)
    if table.is_empty():
        return missing(key, "anatomy.largest", "No derivative of this snapshot has a known uploader.", facts)
    packs = table.filter("is_repackager").height
    return Figure(
        key=key,
        title=facts.text("anatomy.largest.title"),
        subtitle=f"Direct declared derivatives of the largest uploaders; {facts.text('anatomy.basis.uploaders')}",
        draw=lambda width: bars_below_names(table, width, name="uploader", amount="repositories"),
        description=(
            f"Bar chart of derivatives for the {words.word(table.height)} largest uploaders, sorted. "
            f"{facts.text('anatomy.largest.sentence')}\n\n"
            f"They run from {words.number(table['repositories'][0])} to {words.number(table['repositories'][-1])}; "
            f"of those shown, {repackagers(packs)}."
        ),
        table=table,
        column_labels={
            "rank": "Rank",
            "uploader": "Uploader",
            "repositories": "Derivatives",
            "is_repackager": "Repackager",
        },
        source=source_line(
            facts.text("anatomy.source.uploaders"), f"n = {facts.text('anatomy.uploaders.repositories')} derivatives"
        ),
        note="Teal: registered repackagers, who convert other makers’ models." if packs else None,
        kind="Bar chart",
    )
