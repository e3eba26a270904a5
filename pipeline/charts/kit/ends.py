"""Names at the right ends of lines, apart from each other and whole."""

from typing import Any

import polars as pl

from pipeline.charts.kit import room
from pipeline.charts.kit.drawing import alt

HALO: dict[str, Any] = {"stroke": "var(--surface)", "strokeWidth": 4}
"""The same words beneath, in the colour of the page: a line may run behind them."""

_BESIDE, _UNDER = 60, 34
"""What the axes take of a chart's width and height, px, near enough to place names."""


def named(
    ends: pl.DataFrame,
    at: str,
    top: float,
    size: tuple[int, int],
    *,
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    dx: int = 0,
) -> list[alt.Chart]:
    """A text for each of one or two lines: its name and its last value, both whole where they fit, else the name cut.

    ends: a row per line with the columns of `x`, `y` and `color`, its `name`, `amount` (its value in words) and `falls`
    (whether the line comes down to its end). at: the column of values; top: the value at the chart's top, 0 being at
    its foot. size: width and height of the chart, px.
    """
    width, height = size[0] - _BESIDE, size[1] - _UNDER
    places = [height * (1 - value / top) for value in ends[at]]
    labels = [
        f"{room.cut(name, width - room.width(f' {amount}', bold=True), bold=True)} {amount}"
        for name, amount in ends.select("name", "amount").iter_rows()
    ]
    return [
        alt.Chart(ends[row].with_columns(label=pl.lit(labels[row])))
        .mark_text(align="right", dx=dx, dy=dy, fontWeight="bold", **over)
        .encode(x=x, y=y, text="label:N", color=color)
        for row, dy in enumerate(room.beside_ends(places, ends["falls"].to_list(), height))
        for over in (HALO, {})
    ]
