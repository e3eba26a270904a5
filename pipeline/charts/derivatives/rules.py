"""Figures on definitions: what each axis does, and how stable ranks are."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit.axes import line_at, log_scale, ratio_ticks, rows_for, rows_of, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, leading
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import scales_of
from pipeline.charts.kit.theme import is_phone
from pipeline.counting.definitions import MIN_DOWNLOADS

AXIS_NAMES = {
    "evidence": "Evidence",
    "reach": "Reach",
    "relations": "Relations",
    "relation_basis": "Basis",
    "own_releases": "Own releases",
    "min_downloads": "Downloads",
    "credit": "Credit",
    "distills": "Distills",
    "mirrors": "Mirrors",
    "series": "Series",
    "unit": "Unit",
}
DOING = {
    "evidence": {
        "declared": "Counting declared links alone",
        "declared_or_inferred": "Counting inferred links too",
        "shape": "Counting by shape",
        "name": "Counting by name",
    },
    "reach": {"direct": "Counting direct links alone", "transitive": "Counting derivatives of derivatives"},
    "relations": {
        "all": "Counting all relations",
        "without_adapters": "Leaving out adapters",
        "without_quantized": "Leaving out quantizations",
        "finetune": "Counting fine-tunes alone",
        "adapter": "Counting adapters alone",
        "quantized": "Counting quantizations alone",
        "merge": "Counting merges alone",
    },
    "relation_basis": {"as_tagged": "Relations as tagged", "corrected": "Correcting relations by format"},
    "own_releases": {"left_out": "Leaving out own releases", "counted": "Counting own releases"},
    "min_downloads": {
        **{str(least): f"Asking for {least:,} downloads" for least in MIN_DOWNLOADS},
        "0": "Any number of downloads",
        "1": "Asking for a download",
    },
    "credit": {
        "full": "Full credit to every ancestor",
        "by_roots": "Sharing credit over roots",
        "by_paths": "Sharing credit along paths",
    },
    "distills": {
        "as_declared": "Distills for their maker",
        "to_base": "Crediting distills to their base",
        "both": "Crediting distills to teacher and base",
    },
    "mirrors": {
        "as_declared": "Mirrors as declared",
        "to_original": "Leading mirrors to their original",
        "quantized_to_original": "Leading quantized mirrors to it too",
    },
    "series": {"each": "Counting every repository of a series", "as_one": "Counting each series as one"},
    "unit": {"repositories": "Counting repositories", "uploaders": "Counting uploaders"},
}
"""Each choice as something that one does: the rows of the figure on effects."""


# ------------------------------------------------------------------------------- effects of axes


def axis_effects(effects: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """By what factor each choice moves the ratio while the others stay. effects: the table `axis_effects`."""
    key = "axis-effects"
    moving = effects.filter((pl.col("factor_low") != 1) | (pl.col("factor_high") != 1))
    if moving.is_empty():
        return Absent(key, "No choice moves the ratio", "Too few definitions are supported to compare choices.")
    table = (
        moving.with_columns(
            size=pl.col("factor_median").log().abs(),
            name=_doing("choice"),
            base=_doing("base"),
            value=pl.col("factor_median").map_elements(_factor, return_dtype=pl.String),
        )
        .sort("size", "name", descending=[True, False])
        .head(14)
    )
    subject, reference = compared(facts)
    most = table.row(0, named=True)
    factor = most["factor_median"]
    title = f"{most['name']} moves the ratio most: {_factor(factor)}, towards {subject if factor > 1 else reference}"
    if _factor(factor) == _factor(1):
        title = "At the median, no choice moves the ratio"
    still = [
        AXIS_NAMES[name].lower()
        for name in effects.filter(~pl.col("axis").is_in(moving["axis"].implode()))["axis"].unique().sort()
    ]
    quiet = f" {words.listed(still).capitalize()}: nothing changes here." if still else ""
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Factor on the ratio of {subject} to {reference} derivatives when one choice alone changes; "
            "dot: median over pairs of different results; line: lowest to highest; log scale"
        ),
        draw=lambda width: _effect_chart(table, width),
        description=(
            f"Dot plot of the factor by which a choice changes the ratio, log scale, sorted by size. {title}.\n\n"
            f"The median factors run from {_factor(min(table['factor_median']))} to "
            f"{_factor(max(table['factor_median']))}. The table names what each choice is compared with.{quiet}"
        ),
        table=table.select("name", "base", "definitions", "factor_median", "factor_low", "factor_high"),
        column_labels={
            "name": "Choice",
            "base": "Compared with",
            "definitions": "Pairs",
            "factor_median": "Median factor",
            "factor_low": "Lowest",
            "factor_high": "Highest",
        },
        source=source_line(facts, "pairs of results whose definitions differ in one choice"),
        note="Left of the line: the choice favours " + reference + "; right: " + subject + ".",
        kind="Dot plot with ranges",
    )


def _doing(column: str) -> pl.Expr:
    """The choice in a column as something that one does."""
    keys = [(axis, choice, phrase) for axis, phrases in DOING.items() for choice, phrase in phrases.items()]
    both = {f"{axis}.{choice}": phrase for axis, choice, phrase in keys}
    return pl.concat_str("axis", pl.lit("."), column).replace_strict(both, return_dtype=pl.String)


def _factor(factor: float) -> str:
    """A factor near 1 needs two decimals: 1.03 is not 1.0."""
    return f"×{factor:.2f}" if 0.1 <= factor < 10 else f"×{words.significant(factor, 2)}"


def _effect_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    ends = [1.0, *table["factor_low"], *table["factor_high"]]
    scale = log_scale(min(ends) / 1.05, max(ends) * (1.05 if phone else 1.2))
    ticks = ratio_ticks(min(ends) / 1.05, max(ends) * 1.05)
    axis = alt.Axis(**ticks_at(ticks), title="Factor, log scale", labelExpr="'×' + datum.value")
    rows = rows_for(width, "name", table["name"].to_list(), labelLimit=260)
    base = alt.Chart(table)
    marks = [
        line_at(1.0, scale, axis, (5, 3)),
        base.mark_rule(strokeWidth=2.5, color="var(--ink)").encode(
            x=alt.X("factor_low:Q", scale=scale, axis=axis), x2="factor_high:Q", y=rows
        ),
        base.mark_point(size=80, color="var(--ink)").encode(x=alt.X("factor_median:Q", scale=scale, axis=axis), y=rows),
    ]
    text = {"align": "right", "fontSize": 12, "dy": -11 if phone else 0}
    marks.append(base.mark_text(**text).encode(x=alt.value("width"), y=rows, text="value:N"))
    if phone:
        marks.append(base.mark_text(align="left", fontSize=12, dy=-11).encode(x=alt.value(0), y=rows, text="name:N"))
    return alt.layer(*marks).properties(width=width, height=table.height * (36 if phone else 26) + 46)


# ----------------------------------------------------------------------------------- rank stability


def rank_stability(stability: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """Each family's median rank over the different results, with its best and worst under any definition.

    stability: the table `rank_stability`.
    """
    key = "rank-stability"
    if stability.is_empty():
        return Absent(key, "Ranks cannot be compared", "This snapshot supports no definition of the comparison.")
    table = leading(stability.sort("rank_median", "rank_worst", "group"), facts, top)
    n, tried = table["results"][0], table["definitions"][0]
    first = table.row(0, named=True)
    pair = compared(facts)
    moving = table.with_columns(moves=pl.col("rank_worst") - pl.col("rank_best")).filter(
        pl.col("moves") > 0, pl.col("group") != first["group"]
    )
    most_moved = moving.sort(
        pl.col("group").is_in(pair), "moves", "group", descending=[True, True, False], maintain_order=True
    ).head(1)
    lead = {
        n: f"{first['group']} is first in every result",
        0: f"{first['group']} ranks highest at the median, though never first",
    }.get(first["first"], f"{first['group']} is first in {words.percent(first['first'] / n)} of results")
    title = f"{lead}, and no rank of the others depends on the definition"
    for other in most_moved.iter_rows(named=True):
        title = f"{lead}; {other['group']} ranks from {other['rank_best']} to {other['rank_worst']}"
    both = stability.filter(pl.col("group").is_in(pair)).sort("rank_median", "rank_worst", "group")
    if first["group"] not in pair and both.height:
        title = words.listed([_reach(row) for row in both.iter_rows(named=True)])
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Rank by derivatives, 1 for the most; dot: median over {n} different results; line: best to worst under "
            f"{words.counted(tried, 'definition')}; "
            f"{facts.text('snapshot.named')}"
        ),
        draw=lambda width: _rank_chart(table, families, facts, width),
        description=(
            f"Dot plot of the rank of {table.height} groups over {n} different results, best at the left. {title}.\n\n"
            + " ".join(
                f"{row['group']}: {row['rank_best']} to {row['rank_worst']}, median {row['rank_median']:g}."
                for row in table.iter_rows(named=True)
            )
        ),
        table=table,
        column_labels={
            "group": "Group",
            "rank_median": "Median rank",
            "rank_best": "Best",
            "rank_worst": "Worst",
            "first": "Times first",
            "results": "Results",
        },
        source=source_line(facts, f"{n} results of {words.counted(tried, 'definition')}"),
        kind="Dot plot with ranges",
    )


def _reach(row: Mapping[str, Any]) -> str:
    best, worst = row["rank_best"], row["rank_worst"]
    if best == worst:
        return f"{row['group']} is number {best} under every definition"
    return f"{row['group']} ranks from {best} to {worst}"


def _rank_chart(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, width: int) -> alt.TopLevelMixin:
    groups = table["group"].to_list()
    scales = scales_of(families, groups, highlight=compared(facts))
    worst = max(table["rank_worst"])
    scale = alt.Scale(domain=[0.5, worst + 0.5], nice=False)
    axis = alt.Axis(title="Rank", tickMinStep=1, format="d")
    y = rows_of("group", groups)
    color = alt.Color("group:N", scale=scales.color, legend=None)
    base = alt.Chart(table)
    return alt.layer(
        base.mark_rule(strokeWidth=2.5).encode(
            x=alt.X("rank_best:Q", scale=scale, axis=axis), x2="rank_worst:Q", y=y, color=color
        ),
        base.mark_point(size=85).encode(x=alt.X("rank_median:Q", scale=scale, axis=axis), y=y, color=color),
    ).properties(width=width, height=table.height * 26 + 46)
