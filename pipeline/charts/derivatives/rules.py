"""Figures on definitions: the whole specification curve, what each axis does, and how stable ranks are."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.derivatives.counts import both_and_ratio, leader_over_other
from pipeline.charts.kit.axes import line_at, log_scale, ratio_ticks, rows_for, rows_of, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, leading
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import scales_of
from pipeline.charts.kit.theme import is_phone
from pipeline.counting.definitions import MIN_DOWNLOADS
from pipeline.counting.results import distinct

STRIPS: dict[str, dict[str, str]] = {
    "evidence": {
        "declared": "declared",
        "declared_or_inferred": "declared or inferred",
        "shape": "shape",
        "name": "name",
    },
    "reach": {"direct": "direct", "transitive": "transitive"},
    "relations": {
        "all": "all relations",
        "without_adapters": "without adapters",
        "without_quantized": "without quantizations",
        "finetune": "fine-tunes",
        "adapter": "adapters",
        "quantized": "quantizations",
        "merge": "merges",
    },
    "own_releases": {"left_out": "left out", "counted": "counted"},
    "min_downloads": {str(least): f"{least:,} or more" if least else "any" for least in MIN_DOWNLOADS},
    "unit": {"repositories": "repositories", "uploaders": "uploaders"},
    "relation_basis": {"corrected": "corrected by format"},
    "credit": {"by_roots": "shared over roots", "by_paths": "shared along paths"},
    "distills": {"to_base": "to their base", "both": "to teacher and base"},
    "mirrors": {"to_original": "to their original", "quantized_to_original": "quantized copies too"},
    "series": {"as_one": "each as one"},
}
"""Axes and choices of the strips, in the order drawn; the first one present of an axis bears its name.

Of the last five, which few definitions depart from, only the departures are drawn."""

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

LABELS = 165
"""Width left to the strips' names, in px, so that the panels align."""


def specification_curve(ratios: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Every different result as a point, sorted by ratio, with the other's count and the choices that give it below."""
    key, title = "specification-curve", facts.text("derivatives.grid.title")
    if not ratios.height or distinct(ratios).height < 2:
        return Absent(key, title, "Fewer than two results of both in this snapshot.")
    ratios, first, second = leader_over_other(ratios)
    table = ranked_results(ratios)
    smaller = "reference_derivatives" if second == ratios["reference"][0] else "subject_derivatives"
    choices = chosen(ratios, table)
    middle = table["ratio"].sort().to_list()[table.height // 2]
    medians = "; ".join(
        f"{name} {words.times(ratio)}"
        for name, ratio in table.group_by("evidence")
        .agg(pl.col("ratio").sort().median())
        .sort("evidence")
        .with_columns(pl.col("evidence").replace_strict(_plain_names(), return_dtype=pl.String))
        .iter_rows()
    )
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Derivatives of {first} divided by derivatives of {second}, {table.height} different results of "
            f"{words.counted(ratios.height, 'definition')}, sorted; below, how many {second} has there and the choices "
            f"that give each; {facts.text('snapshot.label')}; log scale"
        ),
        draw=lambda width: (
            _curve_and_medians(table, choices, smaller, second, width)
            if is_phone(width)
            else _curve_and_strips(table, choices, smaller, second, width)
        ),
        description=(
            f"Specification curve of {table.height} different results of {ratios.height} definitions: the ratio of "
            f"{first} to {second} derivatives, "
            f"sorted, log scale; below, the count of {second} in each and one strip per choice (on narrow screens the "
            "median of each choice). "
            f"{facts.text('derivatives.grid.sentence')}\n\n"
            f"Half of the results are {words.times(middle)} or more. Median by evidence: {medians}.\n\n"
            "A share of results describes this grid and is no probability."
        ),
        table=table.select(
            "label",
            "subject_derivatives",
            "reference_derivatives",
            "ratio",
            "definitions",
            "rank",
            "definition",
            *STRIPS,
        ),
        column_labels={
            "label": "Definition",
            **both_and_ratio(ratios, first, second),
            "definitions": "Definitions with this result",
        },
        source=source_line(facts, f"{table.height} results of {ratios.height} definitions that count both alike"),
        note="Teal: the result of the headline. Definitions that give the same two counts are one point.",
        kind="Specification curve",
    )


def ranked_results(ratios: pl.DataFrame) -> pl.DataFrame:
    """One row a result, by ratio: those of the definition that stands for it, with `rank` and `definitions`."""
    many = ratios.group_by("result").agg(definitions=pl.len())
    rows = distinct(ratios).join(many, on="result").sort("ratio", "definition")
    return rows.with_row_index("rank", offset=1)


def chosen(ratios: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The axes of every definition with `rank` and `ratio` of its result, which several choices of an axis can give."""
    return ratios.select("result", *STRIPS).join(table.select("result", "rank", "ratio"), on="result")


def _plain_names() -> dict[str, str]:
    return STRIPS["evidence"]


def _curve_and_strips(
    table: pl.DataFrame, choices: pl.DataFrame, smaller: str, second: str, width: int
) -> alt.TopLevelMixin:
    strips = _strips(choices)
    present = strips["choice"].unique(maintain_order=True).to_list()
    across = width - LABELS - 12
    rows = (
        alt.Chart(strips)
        .mark_bar(height=9, color="var(--family-grey)", stroke=None)
        .encode(
            x=alt.X("start:Q", scale=_ranks(table), axis=None),
            x2="end:Q",
            y=alt.Y(
                "choice:N",
                sort=present,
                title=None,
                axis=alt.Axis(
                    domain=False,
                    ticks=False,
                    labelColor="var(--ink)",
                    labelLimit=2 * LABELS,
                    labelFontSize=12,
                    minExtent=LABELS,
                    maxExtent=LABELS,
                ),
            ),
        )
        .properties(width=across, height=14 * len(present))
    )
    top = _top(table, across, 210, labels=LABELS)
    return alt.vconcat(top, _counts(table, smaller, second, across, labels=LABELS), rows, spacing=10).configure(
        autosize=alt.AutoSizeParams(type="pad", contains="padding")
    )


def _curve_and_medians(
    table: pl.DataFrame, choices: pl.DataFrame, smaller: str, second: str, width: int
) -> alt.TopLevelMixin:
    """The sorted ratios and, where strips would be too thin, the median ratio of each choice in figures."""
    medians = _medians(choices)
    present = medians["choice"].to_list()
    across = width - 52
    y = alt.Y("choice:N", sort=present, axis=None)
    x = alt.X("ratio:Q", scale=_ratio_scale(table, [160, across - 44]), axis=None)
    base = alt.Chart(medians)
    rows = alt.layer(
        base.mark_point(size=45, color="var(--family-grey)").encode(x=x, y=y),
        base.mark_text(align="left", fontSize=12).encode(x=alt.value(-34), y=y, text="choice:N"),
        base.mark_text(align="right", fontSize=12).encode(x=alt.value("width"), y=y, text="value:N"),
    ).properties(
        width=across,
        height=20 * len(present),
        title=alt.Title("Median ratio by choice", anchor="start", fontSize=13, offset=8),
    )
    top = _top(table, across, 230, labels=34)
    return alt.vconcat(top, _counts(table, smaller, second, across, labels=34), rows, spacing=18).configure(
        autosize=alt.AutoSizeParams(type="pad", contains="padding")
    )


def _medians(given: pl.DataFrame) -> pl.DataFrame:
    """`choice, ratio, value`: the median ratio of the results that each choice gives, in the order of the strips."""
    rows = []
    for axis, choices in STRIPS.items():
        of_axis = given.select("ratio", "result", value=pl.col(axis).cast(pl.String)).drop_nulls().unique()
        for name, words_of in choices.items():
            ratios = of_axis.filter(value=name)["ratio"].sort()
            if ratios.len():
                rows.append((f"{AXIS_NAMES[axis]}: {words_of}", ratios.median()))
    return pl.DataFrame(rows, schema={"choice": pl.String, "ratio": pl.Float64}, orient="row").with_columns(
        value=pl.col("ratio").map_elements(lambda ratio: f"{words.times(ratio)}×", return_dtype=pl.String)
    )


def _ratio_scale(table: pl.DataFrame, span: list[int] | None = None) -> alt.Scale:
    ends = [1.0, *table["ratio"]]
    return alt.Scale(type="log", domain=[min(ends) / 1.1, max(ends) * 1.1], nice=False, range=span or alt.Undefined)


def _ranks(table: pl.DataFrame) -> alt.Scale:
    return alt.Scale(domain=[0.5, table.height + 0.5], nice=False)


def _top(table: pl.DataFrame, width: int, height: int, *, labels: int) -> alt.LayerChart | alt.FacetChart:
    """The sorted ratios, with a line at one."""
    ends = [1.0, *table["ratio"]]
    scale = _ratio_scale(table)
    ticks = ratio_ticks(min(ends) / 1.1, max(ends) * 1.1)
    axis = alt.Axis(**ticks_at(ticks), labelExpr="datum.value + '×'", title=None, minExtent=labels, maxExtent=labels)
    x = alt.X("rank:Q", scale=_ranks(table), axis=None)
    y = alt.Y("ratio:Q", scale=scale, axis=axis)
    one = (
        alt.Chart(pl.DataFrame({"at": [1.0]}))
        .mark_rule(strokeDash=[5, 3])
        .encode(y=alt.Y("at:Q", scale=scale, axis=axis))
    )
    base = alt.Chart(table)
    return alt.layer(
        one,
        base.mark_point(size=14, color="var(--family-grey)").encode(x=x, y=y),
        base.transform_filter("datum.is_headline").mark_point(size=110, color="var(--accent)").encode(x=x, y=y),
    ).properties(width=width, height=height)


def _counts(table: pl.DataFrame, smaller: str, second: str, width: int, *, labels: int) -> alt.LayerChart | alt.Chart:
    """How many the other group has at each point: in figures where there is room, else as points on a log scale."""
    x = alt.X("rank:Q", scale=_ranks(table), axis=None)
    counted = table.select("rank", count=pl.col(smaller))
    title = alt.Title(f"Derivatives of {second}", anchor="start", fontSize=12, fontWeight="normal", offset=4)
    if table.height * FIGURE <= width:
        text = counted.with_columns(value=pl.col("count").map_elements(words.number, return_dtype=pl.String))
        y = alt.Y("zero:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(values=[], **_aligned(labels)))
        return (
            alt.Chart(text.with_columns(zero=0.0))
            .mark_text(angle=270, align="left", baseline="middle", fontSize=12)
            .encode(x=x, y=y, text="value:N")
            .properties(width=width, height=44, title=title)
        )
    low, high = max(1.0, min(counted["count"])), max(1.0, *counted["count"])
    scale = alt.Scale(type="log", domain=[low / 1.1, high * 1.1], nice=False)
    axis = alt.Axis(**ticks_at(ratio_ticks(low / 1.1, high * 1.1)), format=",d", **_aligned(labels))
    return (
        alt.Chart(counted.with_columns(count=pl.col("count").clip(1)))
        .mark_point(size=14, color="var(--family-grey)")
        .encode(x=x, y=alt.Y("count:Q", scale=scale, axis=axis))
        .properties(width=width, height=64, title=title)
    )


def _aligned(labels: int) -> dict[str, Any]:
    return {"title": None, "minExtent": labels, "maxExtent": labels}


FIGURE = 16
"""Px that a figure set upright needs of the width."""


def _strips(given: pl.DataFrame) -> pl.DataFrame:
    """Runs of neighbouring ranks that the same choice gives: few long bars instead of many short ones."""
    parts = []
    for axis, choices in STRIPS.items():
        of_axis = given.select("rank", value=pl.col(axis).cast(pl.String)).drop_nulls().unique()
        present = [name for name in choices if name in set(of_axis["value"])]
        labels = {name: choices[name] for name in present}
        if present:
            labels[present[0]] = f"{AXIS_NAMES[axis]}: {choices[present[0]]}"
        runs = (
            of_axis.sort("value", "rank")
            .with_columns(run=(pl.col("rank").cast(pl.Int64).diff().over("value") != 1).fill_null(True).cum_sum())
            .group_by("value", "run", maintain_order=True)
            .agg(start=pl.col("rank").min() - 0.5, end=pl.col("rank").max() + 0.5)
        )
        parts += [
            runs.filter(value=name).select(pl.lit(labels[name]).alias("choice"), "start", "end") for name in present
        ]
    return pl.concat(parts)


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
            f"{facts.text('snapshot.label')}"
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
