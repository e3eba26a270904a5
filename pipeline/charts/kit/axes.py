"""What axes of several figures share: ticks, scales, rows of names, and a line at a value."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from pipeline.charts.kit import room
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.theme import is_phone


def ticks_at(values: Sequence[Any]) -> dict[str, Any]:
    """For `alt.Axis(**ticks_at(...))`: a tick at each value, since Vega thins a list longer than its count of ticks."""
    return {"values": list(values), "tickCount": max(len(values), 1)}


def first_days(first: date, last: date) -> list[str]:
    """First days of the years between two days, as ticks."""
    return [f"{year}-01-01" for year in range(first.year + (first.month > 1), last.year + 1)]


FEW_TICKS, MANY_TICKS = 3, 10


def ratio_ticks(low: float, high: float) -> list[float]:
    """Ticks of a log axis of ratios from `low` to `high`: powers of ten, and as many steps between them as fit well."""
    ticks = log_ticks(low, high, (1, 2, 3, 5))
    if len(ticks) < FEW_TICKS:
        return log_ticks(low, high, (1, 1.5, 2, 3, 5, 7))
    if len(ticks) <= MANY_TICKS:
        return ticks
    powers = log_ticks(low, high)
    return powers[:: math.ceil(len(powers) / MANY_TICKS)]


def log_ticks(low: float, high: float, steps: Sequence[float] = (1,)) -> list[float]:
    """Ticks of a log axis from `low` to `high`: powers of ten, times each of the steps."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = (round(step * 10.0**power, 9) for power in powers for step in steps)
    return [tick for tick in ticks if low <= tick <= high]


DOLLARS = (
    "datum.value >= 1e9 ? datum.value / 1e9 + 'bn' : "
    "datum.value >= 1e6 ? datum.value / 1e6 + 'M' : "
    "datum.value / 1e3 + 'k'"
)
"""For `alt.Axis(labelExpr=DOLLARS)`: thousands, millions and billions of dollars as `500k`, `5M`, `2bn`."""


def log_scale(low: float, high: float) -> alt.Scale:
    """A log scale from `low` to `high`, not rounded."""
    return alt.Scale(type="log", domain=[low, high], nice=False)


def line_at(value: float, scale: alt.Scale, axis: alt.Axis, dash: Sequence[int] = (4, 3), **look: Any) -> alt.Chart:
    """A dashed vertical line at a value of the horizontal axis, such as the 1 of ratios."""
    rule = alt.Chart(pl.DataFrame({"at": [value]})).mark_rule(strokeDash=list(dash), **look)
    return rule.encode(x=alt.X("at:Q", scale=scale, axis=axis))


def rows_of(column: str, names: Sequence[str], **look: Any) -> alt.Y:
    """The vertical axis of a chart with a row for each name, in this order: the names, and no line or ticks."""
    axis = alt.Axis(domain=False, ticks=False, labelColor="var(--ink)", **look)
    return alt.Y(f"{column}:N", sort=list(names), title=None, axis=axis)


def rows_for(width: int, column: str, names: Sequence[str], **look: Any) -> alt.Y:
    """The same, without an axis on a phone: there the chart writes each name above its row."""
    return rows_of(column, names, **look).axis(None) if is_phone(width) else rows_of(column, names, **look)


def relabelled(labels: Mapping[str, str | list[str]]) -> str:
    """For `alt.Axis(labelExpr=relabelled(...))`: each name of an axis as another text, or as lines of text."""
    return f"({json.dumps(labels)})[datum.value]"


def row_texts(table: pl.DataFrame, width: int, *, name: str) -> list[alt.Chart]:
    """Names and values of a sorted dot plot: beside the rows, or above them on a phone.

    table: in the order of its rows, with the columns `name` and `value`, the row's value in words.
    """
    y = rows_for(width, name, table[name].to_list(), labelLimit=260)
    base = alt.Chart(table)
    # a row's value stands at the plot's right edge, where the axis leaves room
    if not is_phone(width):
        return [
            base.mark_text(align="right", fontSize=13, color="var(--ink)").encode(
                y=y, x=alt.value("width"), text="value:N"
            )
        ]
    limit = width - room.widest(table["value"].to_list(), 12) - 16
    return [
        base.mark_text(align="left", fontSize=12, dy=-14, color="var(--ink)", limit=limit).encode(
            y=y, x=alt.value(0), text=f"{name}:N"
        ),
        base.mark_text(align="right", fontSize=12, dy=-14, color="var(--muted)").encode(
            y=y, x=alt.value("width"), text="value:N"
        ),
    ]
