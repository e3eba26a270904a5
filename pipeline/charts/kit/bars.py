"""Bars from 0 with their amount in words at their end: sorted rows of one measure."""

import polars as pl

from pipeline.base import words
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_of
from pipeline.charts.kit.drawing import alt

_GREY = "var(--family-grey)"


def bars(
    table: pl.DataFrame,
    width: int,
    *,
    name: str,
    amount: str,
    row: int,
    least: float = 1.12,
    number: str = ",d",
    color: alt.Color | None = None,
) -> alt.TopLevelMixin:
    """A bar for each row, in the table's order, with the row's name at the left; grey without a `color`.

    table: the columns `name` and `amount`, and `value`, the amount in words. row: height of a row, px. least: how many
    times the largest amount the axis reaches at any rate. number: format of the axis.
    """
    names = table[name].to_list()
    end = room.axis_end(table[amount].to_list(), table["value"].to_list(), room.plot(names, width), least)
    scale = alt.Scale(domain=[0, end], nice=False)
    x = alt.X(f"{amount}:Q", title=None, axis=alt.Axis(tickCount=4, format=number), scale=scale)
    y = rows_of(name, names)
    base = alt.Chart(table)
    drawn = base.mark_bar(color=_GREY) if color is None else base.mark_bar().encode(color=color)
    return alt.layer(
        drawn.encode(x=x, y=y), base.mark_text(align="left", dx=5).encode(x=x, y=y, text="value:N")
    ).properties(width=width, height=table.height * row + 36)


def bars_below_names(table: pl.DataFrame, width: int, *, name: str, amount: str) -> alt.TopLevelMixin:
    """A bar for each row with its name above it, since ids are long; repackagers in the accent's colour.

    table: the columns `rank`, which orders the rows, `name`, `amount` and `is_repackager`.
    """
    in_words = pl.col(amount).map_elements(words.number, return_dtype=pl.String)
    shown = table.select("rank", name, amount, in_words.alias("value"), "is_repackager")
    end = room.axis_end(table[amount].to_list(), shown["value"].to_list(), width - 10, 1.15)
    scale = alt.Scale(domain=[0, end], nice=False)
    x = alt.X(f"{amount}:Q", title=None, axis=alt.Axis(tickCount=4, format=",d"), scale=scale)
    y = alt.Y("rank:O", title=None, axis=None, scale=alt.Scale(paddingInner=0.62, paddingOuter=0.4))
    fill = alt.condition("datum.is_repackager", alt.value("var(--accent)"), alt.value(_GREY))
    base = alt.Chart(shown)
    names = base.mark_text(align="left", dy=-16, limit=width - 20)
    return alt.layer(
        base.mark_bar().encode(x=x, y=y, fill=fill),
        names.encode(x=alt.value(1), y=y, text=f"{name}:N"),
        base.mark_text(align="left", dx=5).encode(x=x, y=y, text="value:N"),
    ).properties(width=width, height=table.height * 40 + 46)
