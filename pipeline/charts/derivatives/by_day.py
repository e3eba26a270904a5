"""Figures of what the snapshots of several days knew: growth by relation, the ratio, series and the largest bases.

None is drawn where the newest snapshot stands alone.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives.facts_by_day import RELATIONS, ratios, top
from pipeline.charts.kit.axes import log_scale, ratio_ticks, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared
from pipeline.charts.kit.figure import Figure, source_line
from pipeline.charts.kit.scales import scales_of
from pipeline.charts.kit.theme import is_phone
from pipeline.counting.schema import WHOLE

HUB = "the whole Hub"
AXIS = 46
"""Room of a panel's vertical axis, px."""
TICKS = 4
"""Ticks of a panel, the uppermost at its top."""
ONCE = {"derivatives": "every repository", "series_once": "a series as one repository"}


def by_relation(counts: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """Derivatives of subject and reference by day, a panel for each relation. counts: the table `counts_by_day`."""
    pair = compared(facts)
    table = counts.filter(pl.col("group").is_in(pair)).sort("relation", "group", "date")
    drawn = _drawn(table)
    if table["date"].n_unique() < 2 or drawn.is_empty():
        return None
    days = _days(table)
    return Figure(
        key="known-by-day",
        title=facts.text("by_day.growth.title"),
        subtitle=(
            f"Declared direct derivatives of {pair[0]} and {pair[1]} as each snapshot knew them, by relation, "
            "own releases left out; each panel has an axis of its own"
        ),
        draw=lambda width: _panels(
            [(RELATIONS[name].capitalize(), drawn.filter(relation=name), "derivatives") for name in RELATIONS],
            families,
            days,
            width,
        ),
        description=(
            f"Line charts of declared derivatives of {pair[0]} and {pair[1]} by relation on {len(days)} days, "
            f"{_span(days)}. {facts.text('by_day.growth.title')}.\n\n{facts.text('by_day.growth.sentence')}"
        ),
        table=table.drop("grouping"),
        column_labels={
            "date": "Day",
            "group": "Group",
            "relation": "Relation",
            "derivatives": "Derivatives",
            "in_series": "In series",
            "series_once": "A series as one",
        },
        source=_source(days, facts),
        note=f"{facts.text('by_day.days')} What a day knew includes what was deleted since.",
        kind="Line charts",
    )


def _drawn(table: pl.DataFrame) -> pl.DataFrame:
    """`date, group, relation, derivatives` of relations with some share of the last day; 0 where a day has none."""
    last = table.filter(pl.col("date") == pl.col("date").max()).group_by("relation").agg(pl.col("derivatives").sum())
    least = LEAST * int(last.filter(relation=WHOLE)["derivatives"].sum())
    shown = [name for name in RELATIONS if last.filter(relation=name)["derivatives"].sum() >= max(least, 1)]
    grid = table.select("date").unique().join(table.select("group").unique(), how="cross")
    grid = grid.join(pl.DataFrame({"relation": pl.Series(shown, dtype=pl.String)}), how="cross")
    key = ["date", "group", "relation"]
    known = grid.join(table.select(*key, "derivatives"), on=key, how="left")
    return known.with_columns(pl.col("derivatives").fill_null(0)).sort("relation", "group", "date")


LEAST = 0.01
"""A relation with a smaller share of the last day's derivatives has no panel; the table has it."""


def ratio(counts: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """Subject to reference by day, with and without repetition by series; nothing where fewer than two days have it."""
    pair = compared(facts)
    table = ratios(counts, (pair[0], pair[1]))
    if table.height < 2:
        return None
    days = _days(table)
    return Figure(
        key="ratio-by-day",
        title=facts.text("by_day.ratio.title"),
        subtitle=(
            f"Declared direct derivatives of {pair[0]} to one of {pair[1]} as the snapshot of each day knew them; log "
            f"scale: above 1 {pair[0]} is ahead"
        ),
        draw=lambda width: _ratio_chart(table, days, width),
        description=(
            f"Line chart of the ratio of {pair[0]} to {pair[1]} on {len(days)} days, {_span(days)}. "
            f"{facts.text('by_day.ratio.title')}.\n\n{facts.text('by_day.ratio.sentence')}"
        ),
        table=table,
        column_labels={"date": "Day", **{name: label.capitalize() for name, label in ONCE.items()}},
        source=_source(days, facts),
        note=facts.text("by_day.ratio.sentence"),
        kind="Line chart",
    )


def concentration(counts: pl.DataFrame, bases: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """How much of what is declared is in series, and leads to the largest bases, by day.

    counts, bases: the tables `counts_by_day` and `bases_by_day`.
    """
    if counts["date"].n_unique() < 2 or bases.is_empty():
        return None
    pair = compared(facts)
    group = pl.when(pl.col("group") == WHOLE).then(pl.lit(HUB)).otherwise("group").alias("group")
    shown = [HUB, *pair]
    series = (
        counts.filter(pl.col("derivatives") > 0, relation=WHOLE)
        .with_columns(group)
        .filter(pl.col("group").is_in(shown))
        .select("date", "group", in_series=pl.col("in_series") / pl.col("derivatives"))
    )
    table = series.join(top(bases).with_columns(group), on=["date", "group"], how="left").sort("group", "date")
    days, most = _days(table), words.word(int(bases["rank"].max()))  # type: ignore[arg-type]
    panels = [("In series", table, "in_series"), (f"On the {most} largest bases", table, "share")]
    return Figure(
        key="concentration-by-day",
        title=facts.text("by_day.bases.title"),
        subtitle=(
            "Shares of declared derivatives that are in series, and of declared links that lead to the "
            f"{most} bases with most of them, as the snapshot of each day knew them; {words.listed(shown)}"
        ),
        draw=lambda width: _panels(panels, families, days, width, percent=True),
        description=(
            f"Line charts of two shares on {len(days)} days, {_span(days)}, of {words.listed(shown)}. "
            f"{facts.text('by_day.bases.title')}.\n\n{facts.text('by_day.bases.sentence')}"
        ),
        table=table,
        column_labels={"date": "Day", "group": "Group", "in_series": "In series", "share": "On the largest bases"},
        source=_source(days, facts),
        note=facts.text("by_day.bases.sentence"),
        kind="Line charts",
    )


Panel = tuple[str, pl.DataFrame, str]
"""A panel's title, its rows with `date, group`, and the column that it draws."""


def _panels(
    panels: Sequence[Panel], families: pl.DataFrame, days: Sequence[date], width: int, *, percent: bool = False
) -> alt.TopLevelMixin:
    """Panels of lines, two in a row, one on a phone; those without rows are left out."""
    drawn = [panel for panel in panels if panel[1].height]
    columns = 1 if is_phone(width) or len(drawn) == 1 else 2
    inner = (width - 24 * (columns - 1)) // columns - AXIS - 12
    names = list(dict.fromkeys(name for _, rows, _ in drawn for name in rows["group"].unique().sort()))
    scales = scales_of(families, names)
    color = alt.Color("group:N", scale=scales.color, legend=alt.Legend(title=None, orient="top"), sort=names)
    ticks: dict[str, Any] = {"format": "%", "tickMinStep": 0.01} if percent else {"format": ",d", "tickMinStep": 1}
    charts = []
    for title, rows, column in drawn:
        axis = alt.Axis(tickCount=TICKS, minExtent=AXIS, maxExtent=AXIS, **ticks)
        y = alt.Y(f"{column}:Q", title=None, scale=alt.Scale(zero=True, nice=TICKS), axis=axis)
        base = alt.Chart(rows.select("date", "group", column)).encode(x=_x(days), y=y, color=color)
        points = [base.mark_point(size=16, filled=True)] if len(days) <= FEW else []
        charts.append(alt.layer(base.mark_line(), *points).properties(width=inner, height=150, title=title))
    apart = {"spacing": AXIS + 36, "bounds": "flush"} if columns > 1 else {}
    rows_of_charts = [alt.hconcat(*charts[at : at + columns], **apart) for at in range(0, len(charts), columns)]
    return alt.vconcat(*rows_of_charts, spacing=16)


FEW = 12
"""Up to so many days have a point each."""


def _ratio_chart(table: pl.DataFrame, days: Sequence[date], width: int) -> alt.TopLevelMixin:
    long = table.unpivot(on=list(ONCE), index="date", variable_name="counted", value_name="ratio").with_columns(
        counted=pl.col("counted").replace_strict(ONCE, return_dtype=pl.String)
    )
    low, high = min(0.8, *long["ratio"]), max(1.25, *long["ratio"])
    low, high = low / 1.1, high * 1.1
    y = alt.Y(
        "ratio:Q",
        title=None,
        scale=log_scale(low, high),
        axis=alt.Axis(format="~g", **ticks_at(ratio_ticks(low, high))),
    )
    dash = alt.StrokeDash(
        "counted:N",
        scale=alt.Scale(domain=list(ONCE.values()), range=[[1, 0], [5, 4]]),
        legend=alt.Legend(title=None, symbolSize=300),
    )
    base = alt.Chart(long).encode(x=_x(days), y=y)
    points = [base.mark_point(size=24, filled=True, color="var(--ink)")] if len(days) <= FEW else []
    even = alt.Chart(pl.DataFrame({"at": [1.0]})).mark_rule(strokeDash=[4, 3], color="var(--muted)")
    return alt.layer(
        even.encode(y=alt.Y("at:Q", scale=log_scale(low, high))),
        base.mark_line(color="var(--ink)").encode(strokeDash=dash),
        *points,
    ).properties(width=width, height=280)


def _x(days: Sequence[date]) -> alt.X:
    ends = [days[0], days[-1]]
    values: list[Any] = [{"year": day.year, "month": day.month, "date": day.day} for day in ends]
    scale = alt.Scale(domain=values)
    is_close = (days[-1] - days[0]).days < 60
    axis = alt.Axis(**ticks_at(values), format="%-d %b %Y" if is_close else "%b %Y", grid=False, labelFlush=True)
    return alt.X("date:T", title=None, scale=scale, axis=axis)


def _days(table: pl.DataFrame) -> list[date]:
    return table["date"].unique().sort().to_list()


def _span(days: Sequence[date]) -> str:
    return f"{words.day(days[0])} to {words.day(days[-1])}"


def _source(days: Sequence[date], facts: PageFacts) -> str:
    return source_line(
        f"{len(days)} snapshots, the newest: {facts.text('snapshot.source_line')}",
        "each repository counted once per group and relation",
    )
