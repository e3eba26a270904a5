"""Figures on growth: new derivatives by month and relation, and by quarter and the parents' country."""

from collections.abc import Sequence

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.lineage.facts_growth import FEW
from pipeline.chapters.lineage.schema import UNKNOWN_OWNER
from pipeline.charts.kit.axes import ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import RELATION_NAMES
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.lineage.gaps import missing

COUNTRIES = 4
"""Countries with a panel of their own; the rest share one."""
AXIS = 50
"""Room that a vertical axis takes of a panel's width, in px."""


def growth(monthly: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """New derivatives by month, a panel per relation. monthly: the table `growth_monthly`."""
    key = "lineage-growth"
    if monthly.is_empty():
        return missing(key, "anatomy.growth", "No repository that declares a parent has a date.", facts)
    kinds = monthly.filter(pl.col("relation") != "all")
    table = kinds.with_columns(panel=pl.col("relation").replace_strict(RELATION_NAMES, return_dtype=pl.String))
    return _growth_figure(key, "anatomy.growth", table.rename({"month": "start"}), 1, "relation as tagged", facts)


def growth_by_country(quarterly: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """New derivatives by quarter, a panel per country of the parents' organisations.

    quarterly: the table `growth_country`.
    """
    key = "lineage-countries"
    sums = quarterly.filter(pl.col("country") != UNKNOWN_OWNER).group_by("country").agg(pl.col("derivatives").sum())
    if sums.is_empty():
        return missing(key, "anatomy.country", "No dated derivative names a parent of a known organisation.", facts)
    largest = sums.sort(["derivatives", "country"], descending=[True, False])["country"].head(COUNTRIES)
    own = pl.col("country").is_in(largest.implode())
    panel = (
        pl.when(own).then("country").when(pl.col("country") == UNKNOWN_OWNER).then(pl.lit("Owner not on the register"))
    )
    table = (
        quarterly.with_columns(panel=panel.otherwise(pl.lit("Other countries")))
        .group_by("panel", "quarter", "is_partial")
        .agg(pl.col("derivatives").sum())
    )
    table = table.rename({"quarter": "start"})
    return _growth_figure(key, "anatomy.country", table, 3, "country of the parent’s organisation", facts)


def _growth_figure(key: str, fact: str, table: pl.DataFrame, months: int, by: str, facts: PageFacts) -> Figure:
    period = {1: "month", 3: "quarter"}[months]
    sums = table.group_by("panel").agg(sum=pl.col("derivatives").sum()).filter(pl.col("sum") > 0)
    last = pl.col("panel").is_in(["Other countries", "Owner not on the register"])
    order = sums.sort(last, -pl.col("sum"), "panel")
    shown = (
        table.join(order, on="panel")
        .sort("panel", "start")
        .with_columns(
            year=pl.col("start").dt.year() + (pl.col("start").dt.month() - 1) / 12,
            year_end=pl.col("start").dt.year() + (pl.col("start").dt.month() - 1 + months) / 12,
            name=pl.col("start").dt.strftime("%B %Y") if months == 1 else pl.col("start").dt.strftime("from %B %Y"),
        )
    )
    partial = shown.filter("is_partial").height > 0
    panels = list(order.iter_rows())
    peak = shown.sort(["derivatives", "start", "panel"], descending=[True, False, False]).row(0, named=True)
    data = shown.select("panel", period_start="start", derivatives="derivatives", is_partial="is_partial")
    return Figure(
        key=key,
        title=facts.text(f"{fact}.title"),
        subtitle=(
            f"New repositories that declare a parent, by {period} of creation and {by}, same axis in each panel; "
            f"{facts.text('anatomy.basis.growth')}"
        ),
        draw=lambda width: _panels(shown, panels, width),
        description=(
            f"Bar charts of new derivatives per {period}, one panel{' each' if len(panels) > 1 else ''} for "
            f"{words.listed([n for n, _ in panels])}, "
            f"{words.month(shown['start'].min())} to {words.month(shown['start'].max())}. "  # type: ignore[arg-type]
            f"{facts.text(f'{fact}.sentence')}\n\n"
            f"The highest bar is {peak['panel']} {peak['name']} with {words.number(peak['derivatives'])}."
        ),
        table=data.sort("panel", "period_start"),
        column_labels={
            "panel": words.upper(by),
            "period_start": f"{words.upper(period)} from",
            "derivatives": "New derivatives",
            "is_partial": "Not over",
        },
        source=source_line(
            facts.text("anatomy.source.growth"), "counted back from one snapshot, so what was deleted since is missing"
        ),
        note=f"The title leaves out years with fewer than {words.word(FEW)}."
        + (f" Hollow: the {period} in which the snapshot ends." if partial else ""),
        kind="Bar charts",
    )


def _panels(shown: pl.DataFrame, panels: Sequence[tuple[str, int]], width: int) -> alt.TopLevelMixin:
    years = [int(min(shown["year"])), int(max(shown["year_end"]) + 0.999)]
    x = alt.X(
        "year:Q",
        title=None,
        scale=alt.Scale(domain=years, nice=False),
        axis=alt.Axis(format="d", **ticks_at(list(range(years[0], years[1] + 1))), grid=False),
    )
    most = max(shown["derivatives"])
    y = alt.Y(
        "derivatives:Q",
        title=None,
        scale=alt.Scale(domain=[0, most], nice=True),
        axis=alt.Axis(tickCount=3, format="~s" if most >= 10_000 else ",d", minExtent=AXIS - 10, maxExtent=AXIS - 10),
    )
    ink = "var(--family-grey)"
    fill = alt.condition("datum.is_partial", alt.value("var(--surface)"), alt.value(ink))
    charts = [
        alt.Chart(shown.filter(pl.col("panel") == name).select("year", "year_end", "derivatives", "is_partial"))
        .mark_bar(stroke=ink, strokeWidth=0.5)
        .encode(x=x, x2="year_end:Q", y=y, y2=alt.Y2Datum(0), fill=fill)
        .properties(width=width - AXIS - 20, height=84, title=f"{name}: {words.number(count)}")
        for name, count in panels
    ]
    return alt.vconcat(*charts, spacing=14)
