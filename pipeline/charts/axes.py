"""What axes of several figures share."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any


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
