"""Rows of one or two dots on an axis of shares, which most figures on makers are.

The first dot is filled ink, the second a hollow diamond in the accent's colour.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from pipeline.base import words
from pipeline.chapters.vendors.schema import (
    ALL_COUNTRIES,
)
from pipeline.charts.kit.axes import row_texts, rows_for, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Figure
from pipeline.charts.kit.theme import is_phone

FIRST, SECOND = "var(--ink)", "var(--accent)"


def _dots(table: pl.DataFrame, name: str, columns: Sequence[str], width: int) -> alt.TopLevelMixin:
    """Rows of one or two dots on a share axis: the first filled ink, the second hollow accent; `value` at the right."""
    phone = is_phone(width)
    top = max(float(table[column].max() or 0) for column in columns) or 1.0  # type: ignore[arg-type]
    step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if top / step <= 5 or step == 0.25)
    scale = alt.Scale(domain=[-0.02 * top, top * (1.06 if phone else 1.35)], nice=False)
    ticks = [step * n for n in range(int(top / step + 1e-9) + 1)]
    axis = alt.Axis(**ticks_at(ticks), format=".1%" if step < 0.01 else ".0%", title=None, labelOverlap=False)
    y = rows_for(width, name, table[name].to_list(), labelLimit=260)
    base = alt.Chart(table)
    marks: list[alt.Chart] = []
    if len(columns) == 2:
        both = base.transform_filter(f"isValid(datum.{columns[0]}) && isValid(datum.{columns[1]})")
        marks.append(
            both.mark_rule(strokeWidth=2, color="var(--grid)").encode(
                x=alt.X(f"{columns[0]}:Q", scale=scale, axis=axis), x2=f"{columns[1]}:Q", y=y
            )
        )
    looks = [
        {"fill": FIRST, "stroke": FIRST, "shape": "circle", "size": 70},
        {"fill": "var(--surface)", "stroke": SECOND, "shape": "diamond", "size": 80},
    ]
    for column, look in reversed(list(zip(columns, looks, strict=False))):
        marks.append(
            base.transform_filter(f"isValid(datum.{column})")
            .mark_point(strokeWidth=2, **look)
            .encode(x=alt.X(f"{column}:Q", scale=scale, axis=axis), y=y)
        )
    height = table.height * (40 if phone else 26) + 40
    return alt.layer(*row_texts(table, width, name=name), *marks).properties(width=width, height=height)


def dot_figure(
    table: pl.DataFrame,
    name: str,
    columns: Sequence[str],
    *,
    called: Mapping[str, str] | None = None,
    **words_of: str,
) -> Figure:
    """A dot plot of shares; its data table has the rows drawn.

    table: rows in order, with the column `name`, one or two `columns` of shares, and `value`, the shares in words.
    called: other names of columns in the data table. words_of: the figure's key, title, subtitle and other texts.
    """
    shown = table.drop("value").rename(dict(called or {}))
    labels = {column: words.upper(column.replace("_", " ")) for column in shown.columns}
    return Figure(
        draw=lambda width: _dots(table, name, columns, width),
        table=shown,
        column_labels=labels,
        kind="Dot plot",
        **words_of,  # type: ignore[arg-type]
    )


def two_largest(table: pl.DataFrame, weight: str) -> list[str]:
    """The two countries with most of something, in alphabetical order, so that each has one look in every figure."""
    sums = table.filter(pl.col("country") != ALL_COUNTRIES).group_by("country").agg(pl.col(weight).sum())
    return sorted(sums.sort(weight, "country", descending=[True, False])["country"].head(2).to_list())


def percents(*shares: float | None) -> str:
    """Shares as a row's value: `12% · 34%`, a dash for one that is missing."""
    return " · ".join("–" if share is None else words.percent(share) for share in shares)
