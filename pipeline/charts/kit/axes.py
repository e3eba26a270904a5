"""What axes of several figures share."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.charts.kit import room
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.theme import is_phone


def ticks_at(values: Sequence[Any]) -> dict[str, Any]:
    """For `alt.Axis(**ticks_at(...))`: a tick at each value, since Vega thins a list longer than its count of ticks."""
    return {"values": list(values), "tickCount": max(len(values), 1)}


FEW_TICKS, MANY_TICKS = 3, 10


def ratio_ticks(low: float, high: float) -> list[float]:
    """Ticks of a log axis of ratios from `low` to `high`: powers of ten, and as many steps between them as fit well."""
    ticks = _between(low, high, (1, 2, 3, 5))
    if len(ticks) < FEW_TICKS:
        return _between(low, high, (1, 1.5, 2, 3, 5, 7))
    if len(ticks) <= MANY_TICKS:
        return ticks
    powers = _between(low, high, (1,))
    return powers[:: math.ceil(len(powers) / MANY_TICKS)]


def _between(low: float, high: float, steps: Sequence[float]) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = (round(step * 10.0**power, 9) for power in powers for step in steps)
    return [tick for tick in ticks if low <= tick <= high]


def relabelled(labels: Mapping[str, str | list[str]]) -> str:
    """For `alt.Axis(labelExpr=relabelled(...))`: each name of an axis as another text, or as lines of text."""
    return f"({json.dumps(labels)})[datum.value]"


def powers(low: float, high: float) -> list[float]:
    """Powers of ten within bounds: the ticks of a log axis."""
    return [10.0**n for n in range(-3, 13) if low <= 10.0**n <= high * 1.001]


def row_texts(table: pl.DataFrame, width: int, *, name: str) -> list[alt.Chart]:
    """Names and values of a sorted dot plot: beside the rows, or above them on a phone."""
    order = table[name].to_list()
    y = alt.Y(f"{name}:N", sort=order, title=None)
    base = alt.Chart(table)
    # a row's value stands at the plot's right edge, where the axis leaves room
    if not is_phone(width):
        shown = y.axis(labelLimit=260, domain=False, ticks=False, labelColor="var(--ink)")
        return [
            base.mark_text(align="right", fontSize=13, color="var(--ink)").encode(
                y=shown, x=alt.value("width"), text="value:N"
            )
        ]
    hidden = y.axis(None)
    limit = width - room.widest(table["value"].to_list(), 12) - 16
    return [
        base.mark_text(align="left", fontSize=12, dy=-14, color="var(--ink)", limit=limit).encode(
            y=hidden, x=alt.value(0), text=f"{name}:N"
        ),
        base.mark_text(align="right", fontSize=12, dy=-14, color="var(--muted)").encode(
            y=hidden, x=alt.value("width"), text="value:N"
        ),
    ]
