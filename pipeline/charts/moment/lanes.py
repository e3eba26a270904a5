"""The figure of what came after the model: releases in lanes, prices in steps below, on one axis of days.

A lane a maker, a dot a release, its height the size. Below the lanes a line for each of two makers: what its newest
model costs. On top stand names of events that are in no lane; a dashed line marks the day of the model through all
panels.
"""

import math
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.moment.facts import short
from pipeline.chapters.moment.schema import MODEL
from pipeline.charts.kit import room, spots
from pipeline.charts.kit.axes import log_scale, log_ticks, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.ends import HALO
from pipeline.charts.kit.families import ranks
from pipeline.charts.kit.figure import Figure, source_line
from pipeline.charts.kit.html import Html, register_table
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone

LANE, STEPS, FLAG = 92, 150, 17
"""Heights of a maker's lane, of the prices, and of a row of flags, px."""

FLAG_ROWS = 3
"""Rows of flags at most; what finds no place stands in the table of events alone."""

_AXIS, _TICKS = 46, (1e9, 1e10, 1e11, 1e12)
_SIZE_LABEL = "datum.value < 1e12 ? datum.value / 1e9 + 'B' : datum.value / 1e12 + 'T'"
_PRICE_LABEL = "'$' + format(datum.value, datum.value < 1 ? '~f' : 'd')"
_FLAGGED = ("release", "publication", "market")


@dataclass(frozen=True)
class Days:
    """The axis of days that all panels share. plot: its width, px."""

    first: date
    last: date
    plot: float

    def at(self, day: date) -> float:
        """Where a day stands, px from the left."""
        return (day - self.first).days / max((self.last - self.first).days, 1) * self.plot

    @property
    def scale(self) -> alt.Scale:
        """From the first day to the last, not rounded."""
        return alt.Scale(domain=[self.first.isoformat(), self.last.isoformat()], nice=False)


def lanes(
    releases: pl.DataFrame, prices: pl.DataFrame, events: pl.DataFrame, families: pl.DataFrame, facts: PageFacts
) -> Figure | None:
    """Releases of three makers by size, and what two makers' newest models cost.

    releases: the table `moment_releases`. prices: `moment_prices`. events: `timeline`.
    """
    drawn = releases.drop_nulls("parameters_total").sort("place", "day", "model")
    if drawn.is_empty() or prices.is_empty():
        return None
    names = drawn["lane"].unique(maintain_order=True).to_list()
    makers = prices["maker"].unique(maintain_order=True).to_list()
    unknown = releases.height - drawn.height
    first, last = min(*drawn["day"], *prices["day"]), max(*drawn["day"], *prices["until"])
    models = [f"{row['label']} {words.price(row['usd_per_million_output'])}" for row in prices.iter_rows(named=True)]
    return Figure(
        key="moment-releases",
        title=facts.text("moment.releases.title"),
        subtitle=(
            f"Above: releases of {words.listed(names)} by day and total parameters. Below: what a million output "
            f"tokens of the newest model of {words.listed(makers)} cost at its maker’s own API, in US dollars. Log "
            f"scales; {words.day(first)} to {words.day(last)}"
        ),
        draw=partial(_chart, drawn, prices, events, families, (first, last)),
        description=(
            f"Dot plot of {words.counted(drawn.height, 'release')} in {words.word(len(names))} lanes, by day and size, "
            f"above a step chart of list prices in US dollars, log scale. {facts.text('moment.releases.sentence')}\n\n"
            f"{facts.text('moment.prices.sentence')}\n\nPrices in order of days, maker by maker: {'; '.join(models)}."
        ),
        table=_table(drawn, prices),
        column_labels={
            "day": "Day",
            "lane": "Maker",
            "model": "Model",
            "parameters_total": "Parameters",
            "usd_per_million_output": "Output, USD per million tokens",
            "date_is": "Price is",
        },
        source=source_line(
            f"releases and prices on the register of this report, one source per row, up to {words.day(last)}",
            f"n = {words.counted(drawn.height, 'release')}, {words.counted(prices.height, 'price')}",
        ),
        note=(
            (f"Not drawn: {words.counted(unknown, 'release')} of unknown size. " if unknown else "")
            + "A maker’s newest model is the one whose price was known last; the two need not be of one kind."
        ),
        kind="Dot plot above a step chart",
        span="wide",
    )


def dated(events: pl.DataFrame) -> Html | None:
    """The events that matter here, with their sources. events: the table `timeline`."""
    if events.is_empty():
        return None
    return register_table(
        events.sort("day", "mark"),
        {"day": "Day", "statement": "What happened", "source": "Source"},
        caption=f"{words.counted(events.height, 'dated event')}; which ones are listed is a choice",
    )


def _table(drawn: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    columns = ["day", "lane", "model", "parameters_total", "usd_per_million_output", "date_is", "source"]
    priced = prices.rename({"maker": "lane"})
    return pl.concat([drawn, priced], how="diagonal").select(columns).sort("day", "lane", "model", maintain_order=True)


# ------------------------------------------------------------------------------------- the chart


def _chart(
    drawn: pl.DataFrame,
    prices: pl.DataFrame,
    events: pl.DataFrame,
    families: pl.DataFrame,
    ends: tuple[date, date],
    width: int,
) -> alt.TopLevelMixin:
    rank = ranks(families)
    end = room.width(ends[1].strftime(_month(width)), 14) / 2  # a month may be named at the axis' very end
    days = Days(*ends, width - _AXIS - 8 - round(end))
    lanes = drawn["lane"].unique(maintain_order=True).to_list()
    moment = events.filter(kind="release", label=short(MODEL)).select("day")
    low, high = min(drawn["parameters_total"]) / 1.5, max(drawn["parameters_total"]) * 12  # names stand above dots
    strip = flags(events, drawn, days)
    panels: list[Any] = [_flag_panel(strip, moment, days)] if strip.height else []
    panels += [_lane(lane, drawn.filter(lane=lane), rank.get(lane), days, moment, (low, high), width) for lane in lanes]
    panels.append(_prices(prices, rank, days, moment, width))
    return alt.vconcat(*panels, spacing=6).configure(autosize=alt.AutoSizeParams(type="pad", contains="padding"))


def _month(width: int) -> str:
    """How the axis writes its days."""
    return "%Y" if is_phone(width) else "%b %Y"


def _line(moment: pl.DataFrame, days: Days) -> list[alt.Chart]:
    """The day of the model, through a panel."""
    x = alt.X("day:T", scale=days.scale, title=None)
    rule = alt.Chart(moment).mark_rule(strokeDash=[3, 3], color="var(--muted)")
    return [rule.encode(x=x)] if moment.height else []


def flags(events: pl.DataFrame, drawn: pl.DataFrame, days: Days) -> pl.DataFrame:
    """Events that are in no lane, each with its `row` from the lowest, and the model itself in the topmost.

    Columns: `day, name, row, over`; over: the name runs to the left, for want of room at the right. No name touches
    another or the foot of another. events: the table `timeline`. drawn: releases, which are named in their lanes.
    """
    is_model = (pl.col("kind") == "release") & (pl.col("label") == short(MODEL))
    is_drawn = pl.col("label").is_in(drawn["label"].drop_nulls().implode()) | pl.col("lane").is_in(
        drawn["lane"].unique().implode()
    )
    others = (
        events.filter(pl.col("kind").is_in(_FLAGGED), ~is_model, ~is_drawn)
        .drop_nulls("label")
        .filter(pl.col("day").is_between(days.first, days.last))
        .sort("day", "mark", descending=True)
    )
    taken: list[spots.Box] = []
    found: list[dict[str, Any]] = []
    for day, name in others.select("day", "label").iter_rows():  # the last first, in the lowest row
        at, wide = days.at(day), room.width(name, spots.SIZE) + 10
        over = at + wide > days.plot
        left = at - wide if over else at
        for row in range(FLAG_ROWS):
            box, foot = (left, row, left + wide, row + 1), (at - 2, 0, at + 2, row)
            if not any(room.touch(part, other) for part in (box, foot) for other in taken):
                taken += [box, foot]
                found.append({"day": day, "name": name, "row": row, "over": over})
                break
    top = max((flag["row"] for flag in found), default=-1) + 1
    for day in events.filter(is_model)["day"]:
        name = f"{short(MODEL)}, {words.day(day)}"
        over = days.at(day) + room.width(name, spots.SIZE) + 10 > days.plot
        found.append({"day": day, "name": name, "row": top, "over": over})
    schema = {"day": pl.Date, "name": pl.String, "row": pl.Int64, "over": pl.Boolean}
    return pl.DataFrame(found, schema=schema).sort("day", "name")


def _flag_panel(strip: pl.DataFrame, moment: pl.DataFrame, days: Days) -> alt.LayerChart | alt.FacetChart:
    """The flags: their names on a foot of a line each."""
    height = FLAG * (int(strip["row"].max()) + 1) + 4  # type: ignore[arg-type]
    scale = alt.Scale(domain=[0, height], nice=False)
    x = alt.X("day:T", title=None, scale=days.scale, axis=None)
    y = alt.Y("at:Q", title=None, scale=scale, axis=None)
    placed = strip.with_columns(at=pl.col("row") * FLAG + FLAG / 2 + 4, foot=pl.lit(0))
    marks: list[Any] = [
        alt.Chart(placed)
        .mark_rule(color="var(--muted)")
        .encode(x=x, y=alt.Y("foot:Q", scale=scale, axis=None), y2="at")
    ]
    for over in placed["over"].unique().sort():
        text = alt.Chart(placed.filter(over=over)).mark_text(
            align="right" if over else "left", dx=-4 if over else 4, fontSize=spots.SIZE, color="var(--ink)"
        )
        marks.append(text.encode(x=x, y=y, text="name:N"))
    return alt.layer(*_line(moment, days), *marks).properties(width=days.plot, height=height)


def _lane(
    lane: str,
    rows: pl.DataFrame,
    rank: int | None,
    days: Days,
    moment: pl.DataFrame,
    sizes: tuple[float, float],
    width: int,
) -> alt.LayerChart | alt.FacetChart:
    look = family_style(rank)
    ticks = [tick for tick in _TICKS if sizes[0] <= tick <= sizes[1]]
    axis = alt.Axis(**ticks_at(ticks), labelExpr=_SIZE_LABEL, title=None, minExtent=_AXIS, maxExtent=_AXIS)
    x = alt.X("day:T", title=None, scale=days.scale, axis=None)
    y = alt.Y("parameters_total:Q", scale=log_scale(*sizes), axis=axis)
    named = _spotted(rows, "parameters_total", "label", days, sizes, LANE).drop_nulls("spot")
    text = alt.Chart(named)
    return alt.layer(
        *_line(moment, days),
        alt.Chart(rows).mark_point(size=42, color=look.mark, shape=look.shape, opacity=0.75).encode(x=x, y=y),
        *spots.labels(text, x, y, alt.value(look.text), fontWeight="bold", strokeJoin="round", **HALO),
        *spots.labels(text, x, y, alt.value(look.text), fontWeight="bold"),
    ).properties(width=days.plot, height=LANE, title=_title(lane, look.text, width))


def _prices(
    prices: pl.DataFrame, rank: dict[str, int], days: Days, moment: pl.DataFrame, width: int
) -> alt.LayerChart | alt.FacetChart:
    phone, output = is_phone(width), "usd_per_million_output"
    low, high = min(prices[output]) / 3, max(prices[output]) * 3  # names stand above and below lines
    axis = alt.Axis(
        **ticks_at(log_ticks(low, high)), labelExpr=_PRICE_LABEL, title=None, minExtent=_AXIS, maxExtent=_AXIS
    )
    time = alt.Axis(format=_month(width), tickCount="year" if phone else 8, grid=False)
    x = alt.X("day:T", title=None, scale=days.scale, axis=time)
    y = alt.Y(f"{output}:Q", scale=log_scale(low, high), axis=axis)
    makers = prices["maker"].unique(maintain_order=True).to_list()
    rows = pl.concat([named_steps(prices.filter(maker=maker)) for maker in makers])
    named = _spotted(rows, output, "name", days, (low, high), STEPS).drop_nulls("spot")
    marks: list[Any] = _line(moment, days)
    for maker in makers:
        look, own = family_style(rank.get(maker)), rows.filter(maker=maker)
        ended = pl.concat([own, own.tail(1).with_columns(day=pl.col("until"))])
        text = alt.Chart(named.filter(maker=maker))
        marks += [
            alt.Chart(ended)
            .mark_line(interpolate="step-after", color=look.mark, strokeWidth=2, strokeCap="butt")
            .encode(x=x, y=y),
            alt.Chart(own).mark_point(size=42, color=look.mark, shape=look.shape).encode(x=x, y=y),
            *spots.labels(text, x, y, alt.value(look.text), strokeJoin="round", **HALO),
            *spots.labels(text, x, y, alt.value(look.text)),
        ]
    return alt.layer(*marks).properties(
        width=days.plot, height=STEPS, title=_title("Price of a million output tokens", "var(--ink)", width)
    )


def named_steps(rows: pl.DataFrame) -> pl.DataFrame:
    """Steps of one maker with their `name`: the maker before the first, the model where it is another than before."""
    brief = pl.struct("label", "maker").map_elements(
        lambda row: row["label"].removeprefix(f"{row['maker']}-"), return_dtype=pl.String
    )
    price = pl.col("usd_per_million_output").map_elements(words.price, return_dtype=pl.String)
    return (
        rows.sort("day")
        .with_columns(brief=brief, price=price)
        .with_columns(
            name=pl.when(pl.col("day") == pl.col("day").min())
            .then(pl.format("{}: {} {}", "maker", "brief", "price"))
            .when(pl.col("brief") != pl.col("brief").shift(1))
            .then(pl.format("{} {}", "brief", "price"))
            .otherwise("price")
        )
        .drop("brief", "price")
    )


def _title(text: str, color: str, width: int) -> alt.Title:
    return alt.Title(room.cut(text, width - 20, 15, bold=True), anchor="start", color=color, frame="bounds")


def _spotted(
    rows: pl.DataFrame, value: str, label: str, days: Days, ends: tuple[float, float], height: float
) -> pl.DataFrame:
    """Rows that have a label, with `name` and `spot`: where it fits, null where nowhere.

    value: the column on the log axis from the first of `ends` to the second, `height` px high. Steps of a `maker` that
    last `until` a day are lines that no name crosses; the makers' first and last are named before the others.
    """
    steps = "until" in rows.columns
    named = rows.drop_nulls(label).rename({label: "name"}, strict=False)
    if steps:
        is_end = (pl.col("day") == pl.col("day").min().over("maker")) | (
            pl.col("day") == pl.col("day").max().over("maker")
        )
        named = named.sort(~is_end, "day", "place")
    else:
        named = named.sort("day", value, descending=[False, True])

    def point(day: date, amount: float) -> tuple[float, float]:
        return days.at(day), height * (1 - math.log(amount / ends[0]) / math.log(ends[1] / ends[0]))

    lines: list[spots.Box] = []
    for _, own in rows.group_by("maker", maintain_order=True) if steps else ():
        corners = [point(day, amount) for day, amount in own.select("day", value).iter_rows()]
        for (left, top), until in zip(corners, own["until"], strict=True):
            lines.append((left, top - 1, days.at(until), top + 1))
        for (_, top), (left, then) in pairwise(corners):
            lines.append((left - 1, min(top, then), left + 1, max(top, then)))
    points = [(*point(day, amount), name) for day, amount, name in named.select("day", value, "name").iter_rows()]
    found = spots.placed(points, days.plot, height, len(points), lines, bold=not steps)
    return named.with_columns(spot=pl.Series(found, dtype=pl.String))
