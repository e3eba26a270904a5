"""What axes of several figures share."""

from collections.abc import Sequence
from typing import Any


def ticks_at(values: Sequence[Any]) -> dict[str, Any]:
    """For `alt.Axis(**ticks_at(...))`: a tick at each value, since Vega thins a list longer than its count of ticks."""
    return {"values": list(values), "tickCount": max(len(values), 1)}
