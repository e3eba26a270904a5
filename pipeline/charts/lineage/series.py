"""Figures on series: how much of each group is in them, by month, on which bases, and the largest by name."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.lineage.schema import ALL
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_of, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import RELATION_NAMES, compared, leading, total
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.table import table_html
from pipeline.charts.lineage.gaps import missing

IN_SERIES, OTHERS = "in series", "all others"
AXIS = 50
"""Room that a vertical axis takes of a panel's width, px."""
_COLOURS = alt.Scale(domain=[IN_SERIES, OTHERS], range=["var(--accent)", "var(--family-grey)"])
_NONE = "No derivative of this snapshot is in a series."


def by_group(groups: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """Derivatives of each group, those in series apart. groups: the table `series_groups`."""
    key = "lineage-series"
    ranked = groups.filter(pl.col("group") != ALL).sort(["derivatives", "group"], descending=[True, False])
    shown = leading(ranked, facts, top)
    if not shown["in_series"].sum():
        return missing(key, "anatomy.series", _NONE, facts)
    table = shown.with_columns(
        value=pl.format(
            "{} of {}",
            *(pl.col(name).map_elements(words.number, return_dtype=pl.String) for name in ("in_series", "derivatives")),
        )
    )
    extreme = shown.sort("share", "group", descending=[True, False]).row(0, named=True)
    return Figure(
        key=key,
        title=facts.text("anatomy.series.title"),
        subtitle=(
            f"Direct declared derivatives by {facts.text('report.grouping')}, own releases left out, and those of them "
            f"in series; {facts.text('anatomy.basis.series')}"
        ),
        draw=lambda width: _by_group_chart(table, width),
        description=(
            f"Stacked bar chart of derivatives for {words.word(table.height)} {facts.text('report.grouping')} names, "
            f"in series and all others. {facts.text('anatomy.series.sentence')}\n\n"
            f"Of those shown, {extreme['group']} has the largest part in series, {words.percent(extreme['share'])}."
        ),
        table=table.drop("value"),
        column_labels={
            "group": "Group",
            "derivatives": "Derivatives",
            "in_series": "In series",
            "share": "Share in series",
            "series": "Series",
            "uploaders": "Their uploaders",
            "as_one": "A series counted as one",
        },
        source=_source(groups, facts),
        note="At the end of each bar: repositories in series, of all direct derivatives.",
        kind="Stacked bar chart",
    )


def _source(groups: pl.DataFrame, facts: PageFacts) -> str:
    everyone = total(groups.filter(group=ALL), "derivatives")
    return source_line(facts.text("anatomy.source.series"), f"n = {words.number(everyone)} derivatives of all groups")


def _parts(table: pl.DataFrame, index: Sequence[str]) -> pl.DataFrame:
    """Two rows for each of the table's: repositories in series, which come first, and all others."""
    halves = table.select(
        *index, **{IN_SERIES: pl.col("in_series"), OTHERS: pl.col("derivatives") - pl.col("in_series")}
    )
    return halves.unpivot([IN_SERIES, OTHERS], index=list(index), variable_name="part", value_name="n").with_columns(
        place=(pl.col("part") == OTHERS).cast(pl.Int64)
    )


def _color() -> alt.Color:
    return alt.Color("part:N", scale=_COLOURS, sort=[IN_SERIES, OTHERS])


def _by_group_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    names = table["group"].to_list()
    end = room.axis_end(table["derivatives"].to_list(), table["value"].to_list(), room.plot(names, width), 1.15)
    scale, axis = alt.Scale(domain=[0, end], nice=False), alt.Axis(tickCount=4, format=",d")
    y = rows_of("group", names)
    parts = alt.Chart(_parts(table, ["group"])).mark_bar()
    texts = alt.Chart(table.select("group", "derivatives", "value")).mark_text(align="left", dx=5)
    return alt.layer(
        parts.encode(
            x=alt.X("n:Q", title=None, stack="zero", scale=scale, axis=axis),
            y=y,
            color=_color(),
            order=alt.Order("place:Q"),
        ),
        texts.encode(x=alt.X("derivatives:Q", title=None, scale=scale, axis=axis), y=y, text="value:N"),
    ).properties(width=width, height=table.height * 30 + 66)


def by_month(monthly: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """New derivatives by month, those in series apart, for all and for the two that are compared.

    monthly: the table `series_monthly`.
    """
    key = "lineage-series-months"
    panels = [name for name in (ALL, *compared(facts)) if name in monthly["group"]]
    table = monthly.filter(pl.col("group").is_in(panels)).sort("group", "month")
    if not table["in_series"].sum():
        return missing(key, "anatomy.series_months", _NONE, facts)
    partial = table.filter("is_partial").height > 0
    names = words.listed(panels)
    return Figure(
        key=key,
        title=facts.text("anatomy.series_months.title"),
        subtitle=(
            "New direct derivatives by month of creation, own releases left out, each panel with an axis of its own; "
            f"{facts.text('anatomy.basis.series')}"
        ),
        draw=lambda width: _by_month_chart(table, panels, width),
        description=(
            f"Stacked bar charts of new derivatives by month for {names}, {words.month(table['month'].min())} to "  # type: ignore[arg-type]
            f"{words.month(table['month'].max())}. {facts.text('anatomy.series_months.sentence')}"  # type: ignore[arg-type]
        ),
        table=table,
        column_labels={
            "group": "Group",
            "month": "Month from",
            "derivatives": "New derivatives",
            "in_series": "In series",
            "is_partial": "Not over",
        },
        source=source_line(
            facts.text("anatomy.source.series"), "counted back from one snapshot, so what was deleted since is missing"
        ),
        note="The last month is not over." if partial else None,
        kind="Bar charts",
    )


def _by_month_chart(table: pl.DataFrame, panels: Sequence[str], width: int) -> alt.TopLevelMixin:
    start = pl.col("month").dt.year() + (pl.col("month").dt.month() - 1) / 12
    long = _parts(table.with_columns(year=start, year_end=start + 1 / 12), ["group", "year", "year_end"])
    # bars between two months are not stacked by Vega: each part starts where the one below ends
    stacked = long.sort("group", "year", "place").with_columns(
        top=pl.col("n").cum_sum().over("group", "year", order_by="place")
    )
    stacked = stacked.with_columns(bottom=pl.col("top") - pl.col("n"))
    years = [int(min(stacked["year"])), int(max(stacked["year_end"]) + 0.999)]
    x = alt.X(
        "year:Q",
        title=None,
        scale=alt.Scale(domain=years, nice=False),
        axis=alt.Axis(format="d", **ticks_at(list(range(years[0], years[1] + 1))), grid=False),
    )
    look: dict[str, Any] = {"minExtent": AXIS - 10, "maxExtent": AXIS - 10}
    charts = []
    for name in panels:
        rows = stacked.filter(pl.col("group") == name, pl.col("n") > 0).drop("group", "place", "n")
        most = max(rows["top"])
        axis = alt.Axis(tickCount=3, format="~s" if most >= 10_000 else ",d", **look)
        y = alt.Y("bottom:Q", title=None, scale=alt.Scale(domain=[0, most], nice=True), axis=axis)
        bars = alt.Chart(rows).mark_bar().encode(x=x, x2="year_end:Q", y=y, y2="top:Q", color=_color())
        charts.append(bars.properties(width=width - AXIS - 20, height=84, title=name))
    return alt.vconcat(*charts, spacing=14)


def by_base(bases: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """The bases with most derivatives in series, beside all their derivatives. bases: the table `series_bases`."""
    key = "lineage-series-bases"
    table = bases.sort("rank").head(top)
    if table.is_empty():
        return missing(key, "anatomy.series_bases", _NONE, facts)
    last = table.row(-1, named=True)
    return Figure(
        key=key,
        title=facts.text("anatomy.series_bases.title"),
        subtitle=(
            "Direct declared derivatives of the bases with most in series, own releases left out; "
            f"{facts.text('anatomy.basis.series')}"
        ),
        draw=lambda width: _by_base_chart(table, width),
        description=(
            f"Stacked bar chart of derivatives for the {words.word(table.height)} bases with most in series, sorted. "
            f"{facts.text('anatomy.series_bases.sentence')}\n\nThe last one shown, {last['id']}, has "
            f"{words.number(last['in_series'])} in series of {words.number(last['derivatives'])}."
        ),
        table=table,
        column_labels={
            "rank": "Rank",
            "id": "Base",
            "base_group": "Group",
            "derivatives": "Derivatives",
            "in_series": "In series",
            "series": "Series",
            "uploaders": "Their uploaders",
        },
        source=source_line(facts.text("anatomy.source.series"), "from declared edges"),
        note="At the end of each bar: repositories in series, of all direct derivatives.",
        kind="Stacked bar chart",
    )


def _by_base_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    in_words = (
        pl.col(name).map_elements(words.number, return_dtype=pl.String) for name in ("in_series", "derivatives")
    )
    shown = table.with_columns(value=pl.format("{} of {}", *in_words))
    end = room.axis_end(shown["derivatives"].to_list(), shown["value"].to_list(), width - 10, 1.15)
    scale, axis = alt.Scale(domain=[0, end], nice=False), alt.Axis(tickCount=4, format=",d")
    y = alt.Y("rank:O", title=None, axis=None, scale=alt.Scale(paddingInner=0.62, paddingOuter=0.4))
    texts = alt.Chart(shown.select("rank", "id", "derivatives", "value"))
    return alt.layer(
        alt.Chart(_parts(shown, ["rank"]))
        .mark_bar()
        .encode(
            x=alt.X("n:Q", title=None, stack="zero", scale=scale, axis=axis),
            y=y,
            color=_color(),
            order=alt.Order("place:Q"),
        ),
        texts.mark_text(align="left", dy=-16, limit=width - 20).encode(x=alt.value(1), y=y, text="id:N"),
        texts.mark_text(align="left", dx=5).encode(
            x=alt.X("derivatives:Q", title=None, scale=scale, axis=axis), y=y, text="value:N"
        ),
    ).properties(width=width, height=table.height * 40 + 76)


def largest(series: pl.DataFrame, facts: PageFacts, *, top: int) -> Html | None:
    """The largest series by name. series: the table `series_largest`."""
    if series.is_empty():
        return None
    first, last = (pl.col(name).dt.strftime("%b %Y").fill_null("–") for name in ("first_month", "last_month"))
    rows = (
        series.sort("rank")
        .head(top)
        .with_columns(
            relation=pl.col("relation").replace_strict(RELATION_NAMES, return_dtype=pl.String),
            created=pl.when(first == last).then(first).otherwise(pl.format("{} to {}", first, last)),
        )
    )
    labels = {
        "rank": "Rank",
        "name": "Series; # stands for digits",
        "base": "Base",
        "repositories": "Repositories",
        "digits": "Digits",
        "relation": "Declared as",
        "created": "Created",
    }
    caption = f"{facts.text('anatomy.series_largest.title')}: the largest series; {facts.text('anatomy.basis.series')}"
    return Html(table_html(rows, labels, caption=caption, rows=None))
