"""The figure of releases around the moment: a lane a maker, a dot a release, its height the size."""

import math
from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import log_scale, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.ends import HALO
from pipeline.charts.kit.families import ranks
from pipeline.charts.kit.figure import Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone

LANE = 104
"""Height of a maker's lane, px."""
_AXIS, _TICKS = 46, (1e9, 1e10, 1e11, 1e12)


def releases(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """Dated releases of three makers by size. table: the table `moment_releases`."""
    drawn = table.drop_nulls("parameters_total").sort("place", "day", "model")
    if drawn.is_empty():
        return None
    lanes = drawn["lane"].unique(maintain_order=True).to_list()
    unknown = table.height - drawn.height
    first, last = (words.day(day) for day in (min(drawn["day"]), max(drawn["day"])))
    return Figure(
        key="moment-releases",
        title=facts.text("moment.releases.title"),
        subtitle=(
            f"Releases of {words.listed(lanes)} by day and total parameters, log scale; registered releases, "
            f"{first} to {last}"
        ),
        draw=lambda width: _lanes(drawn, lanes, families, width),
        description=(
            f"Dot plot of {words.counted(drawn.height, 'release')} in {words.word(len(lanes))} lanes, by day and size. "
            f"{facts.text('moment.releases.sentence')}"
        ),
        table=drawn.select("lane", "day", "model", "parameters_total", "label"),
        column_labels={"lane": "Maker", "day": "Day", "model": "Release", "parameters_total": "Parameters"},
        source=source_line(
            f"releases register of this report, up to {facts.text('snapshot.date')}",
            f"n = {words.counted(drawn.height, 'release')}",
        ),
        note=f"Not drawn: {words.counted(unknown, 'release')} of unknown size." if unknown else None,
        kind="Dot plot",
        span="wide",
    )


def _lanes(drawn: pl.DataFrame, lanes: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone, rank = is_phone(width), ranks(families)
    plot = width - _AXIS - 8
    low, high = min(drawn["parameters_total"]) / 1.5, max(drawn["parameters_total"]) * 1.5
    first: date = min(drawn["day"])
    last: date = max(drawn["day"])
    scale = alt.Scale(domain=[first.isoformat(), last.isoformat()], nice={"interval": "month", "step": 1})
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    size_axis = alt.Axis(
        **ticks_at(ticks),
        labelExpr="datum.value < 1e12 ? datum.value / 1e9 + 'B' : datum.value / 1e12 + 'T'",
        title=None,
        minExtent=_AXIS,
        maxExtent=_AXIS,
    )
    y = alt.Y("parameters_total:Q", scale=log_scale(low, high), axis=size_axis)
    panels = []
    for lane in lanes:
        look = family_style(rank.get(lane))
        rows = drawn.filter(lane=lane)
        time = alt.Axis(format="%Y" if phone else "%b %Y", tickCount="year" if phone else 8, grid=False)
        x = alt.X("day:T", title=None, scale=scale, axis=time if lane == lanes[-1] else None)
        named = placed(rows, first, last, plot, (low, high))
        marks: list[Any] = [
            alt.Chart(rows).mark_point(size=42, color=look.mark, shape=look.shape, opacity=0.75).encode(x=x, y=y)
        ]
        for side in (False, True):
            if named.filter(over=side).height:
                text = alt.Chart(named.filter(over=side))
                for under in ({**HALO, "strokeJoin": "round"}, {}):
                    words_at = text.mark_text(
                        align="right" if side else "left",
                        dx=-6 if side else 6,
                        dy=-8,
                        fontSize=12,
                        fontWeight="bold",
                        color=look.text,
                        **under,
                    )
                    marks.append(words_at.encode(x=x, y=y, text="label:N"))
        title = alt.Title(room.cut(lane, width - 20, 14, bold=True), anchor="start", color=look.text, frame="bounds")
        panels.append(alt.layer(*marks).properties(width=plot, height=LANE, title=title))
    return alt.vconcat(*panels, spacing=6).configure(autosize=alt.AutoSizeParams(type="pad", contains="padding"))


def placed(rows: pl.DataFrame, first: date, last: date, plot: float, sizes: tuple[float, float]) -> pl.DataFrame:
    """Named releases whose names touch none before them, with `over`: whether the name runs to the left."""
    days = max((last - first).days, 1)
    taken: list[list[float]] = []
    found = []
    for row in rows.drop_nulls("label").sort("day", "model").iter_rows(named=True):
        at = (row["day"] - first).days / days * plot
        height = LANE * (1 - math.log(row["parameters_total"] / sizes[0]) / math.log(sizes[1] / sizes[0]))
        wide = room.width(row["label"], 12, bold=True) + 8
        over = at + wide > plot
        box = [at - wide if over else at, height - 16, at if over else at + wide, height]
        if any(room.touch(box, other) for other in taken):
            continue
        taken.append(box)
        found.append({**row, "over": over})
    return pl.DataFrame(found, schema={**rows.schema, "over": pl.Boolean})
