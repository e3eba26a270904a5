"""Releases as points in the colours and shapes of their families, as two figures on MoE models draw them."""

from typing import Literal

import polars as pl

from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.scales import family_scales
from pipeline.charts.kit.theme import is_phone

EXAMPLE = "deepseek-ai/DeepSeek-V3"
"""The mixture that the essay takes as its example."""

COLOURED = 5
"""Families with a colour at once; the others are grey."""


def family_points(
    table: pl.DataFrame,
    families: pl.DataFrame,
    width: int,
    *,
    size: int,
    legend: Literal["top", "bottom"],
    tooltip: list[alt.Tooltip],
) -> alt.Chart:
    """Hollow points by family, without places; the legend names the families that have a colour.

    table: a row for each point, with the column `family`. size: of a point in the text column, square px.
    legend: where it stands.
    """
    phone = is_phone(width)
    ranks = dict(families.select("family", "rank").iter_rows())
    present = sorted(table["family"].drop_nulls().unique(), key=lambda name: (ranks.get(name, 999), name))
    scales = family_scales({name: ranks.get(name) for name in present}, highlight=present[:COLOURED])
    named = alt.Legend(values=present[:COLOURED], columns=3 if phone else 0, orient=legend)
    return (
        alt.Chart(table)
        .mark_point(size=size - 20 if phone else size, strokeWidth=1.5, filled=False, opacity=1)
        .encode(
            stroke=alt.Stroke("family:N", scale=scales.color, legend=named),
            shape=alt.Shape("family:N", scale=scales.shape, legend=named),
            tooltip=tooltip,
        )
    )


def short(model: str) -> str:
    """A repository's name without its namespace and the words that every release has."""
    name = model.split("/")[-1]
    for word in ("-Instruct", "-Thinking", "-BF16", "-Chat", "-base", "-v0.1", "NVIDIA-"):
        name = name.replace(word, "")
    return name
