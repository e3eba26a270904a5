"""The figure of counts as known then, beside counts back from the newest snapshot."""

from datetime import date

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import ends
from pipeline.charts.kit.axes import ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import scales_of
from pipeline.charts.kit.theme import is_phone

_KEY = "as-known-then"
CURVES = {"derivatives_as_known": "as known then", "derivatives_back_cast": "counted back (less certain)"}


def as_known(vintages: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Declared derivatives of subject and reference by date: as known then, and counted back."""
    title = facts.text("vintages.title")
    if not facts.value("vintages.dates"):
        return Absent(_KEY, title, f"{facts.text('vintages.sentence')} {facts.text('vintages.how')}")
    pair = compared(facts)
    table = vintages.filter("is_comparable", pl.col("group").is_in(pair)).sort("group", "relation", "date")
    drawn = table.filter(relation="all")
    left_out = vintages.filter(~pl.col("is_comparable"))["date"].unique().sort().to_list()
    newest: date = max(drawn["date"])
    return Figure(
        key=_KEY,
        title=title,
        subtitle=(
            f"Declared direct derivatives of {pair[0]} and {pair[1]} by day of the snapshot, own releases left "
            f"out; solid: as known then; dashed: counted back from {words.day(newest)}"
        ),
        draw=lambda width: _chart(drawn, families, width),
        description=(
            f"Line chart of declared derivatives of {pair[0]} and {pair[1]} at {drawn['date'].n_unique()} "
            f"dates, {words.day(min(drawn['date']))} to {words.day(newest)}, as known then and as counted back. "
            f"{title}.\n\n"
            f"{facts.text('vintages.sentence')}"
        ),
        table=table,
        column_labels={
            "date": "Date",
            "group": "Group",
            "relation": "Relation",
            "derivatives_as_known": "As known then",
            "derivatives_back_cast": "Counted back",
            "snapshot": "File",
        },
        source=source_line(
            f"{drawn['date'].n_unique()} snapshots, the newest: {facts.text('snapshot.source_line')}",
            "each repository counted once per group",
        ),
        note=(
            "Counted back: repositories of the newest snapshot created by that day, with what they declare today; "
            "those without a date are missing."
            + (f" Left out, other coverage: {words.listed([words.day(day) for day in left_out])}." if left_out else "")
        ),
        kind="Line chart",
    )


def _chart(drawn: pl.DataFrame, families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    height = 320 if is_phone(width) else 340
    groups = drawn["group"].unique().sort().to_list()
    scales = scales_of(families, groups)
    long = drawn.unpivot(
        on=list(CURVES), index=["date", "group"], variable_name="curve", value_name="derivatives"
    ).drop_nulls("derivatives")  # nothing is counted back without dates
    long = long.with_columns(curve=pl.col("curve").replace_strict(CURVES, return_dtype=pl.String))
    days = drawn["date"].unique().sort().to_list()
    shown = [days[0], days[-1]] if len(days) > 4 else days
    values = [{"year": day.year, "month": day.month, "date": day.day} for day in shown]
    x = alt.X("date:T", title=None, axis=alt.Axis(**ticks_at(values), format="%b %Y", grid=False, labelFlush=True))
    y = alt.Y("derivatives:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5, format=",d"))
    color = alt.Color("group:N", scale=scales.color, legend=None)
    names = list(CURVES.values())
    dash = alt.StrokeDash(
        "curve:N", scale=alt.Scale(domain=names, range=[[1, 0], [5, 4]]), legend=alt.Legend(symbolSize=300)
    )
    base = alt.Chart(long)
    before = drawn.filter(pl.col("date") < days[-1]).group_by("group").agg(top=pl.max_horizontal(*CURVES).last())
    last = (
        drawn.filter(pl.col("date") == days[-1])
        .join(before, on="group", how="left", maintain_order="left")
        .select(
            "date",
            "group",
            derivatives="derivatives_as_known",
            falls=(pl.col("top") > pl.col("derivatives_as_known")).fill_null(False),
            name="group",
            amount=pl.col("derivatives_as_known").map_elements(words.number, pl.String),
        )
    )
    named = alt.Color("group:N", scale=scales.text_color, legend=None)
    top = max(1, *long["derivatives"].drop_nulls())
    return (
        alt.layer(
            base.mark_line().encode(x=x, y=y, color=color, strokeDash=dash),
            base.mark_point(size=50).encode(x=x, y=y, color=color),
            *ends.named(last, "derivatives", top, (width, height), x=x, y=y, color=named),
        )
        .resolve_scale(color="independent")
        .properties(width=width, height=height)
    )
