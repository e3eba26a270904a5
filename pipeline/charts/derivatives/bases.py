"""Figures on what people build on: derivatives per base by size and kind, and where the gap sits.

Titles and sentences come from facts, so that a figure and the prose beside it say the same.
"""

import math
from typing import Any, Literal

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.derivatives.facts_bases import in_order
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_for
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import FamilyScales, scales_of
from pipeline.charts.kit.theme import is_phone

PANELS = {
    "finetune": ("Fine-tunes", "finetune_corrected"),
    "adapter": ("Adapters", "adapter"),
    "quantized": ("Quantizations", "quantized_corrected"),
    "merge": ("Merges", "merge"),
}
"""Relation, its name in the reader's words, its column in `bases`."""

BOUNDS = {
    "under 1B": (0.0, 1.0),
    "1B to 4B": (1.0, 4.0),
    "4B to 10B": (4.0, 10.0),
    "10B to 40B": (10.0, 40.0),
    "40B to 150B": (40.0, 150.0),
    "150B and more": (150.0, math.inf),
}
"""Size classes in billions of parameters."""

KINDS = {"dense": "dense", "moe": "mixture of experts"}
OTHERS = {"family": "other families", "organisation": "other organisations"}
_STEPS = 12
"""Places are rounded to a twelfth of a decade, the nearest that dots can be distinguished; bases alike make one dot."""

_BELOW = 9
"""MoE models without any stand this far below dense bases without any, in px, so that neither hides the other."""

_SIZE_LABEL = (
    "datum.value < 1 ? datum.value * 1000 + 'M' : datum.value < 1000 ? datum.value + 'B' : datum.value / 1000 + 'T'"
)

_COUNT_LABEL = "datum.value < 1000 ? datum.value : datum.value / 1000 + 'k'"

_PER_BASE, _GAP = "derivatives-per-base", "gap-by-base"


# ------------------------------------------------------------------------------ derivatives per base


def per_base(bases: pl.DataFrame, classes: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Derivatives of every registered base by its size, a panel per relation, medians per class and kind.

    classes: the table `base_classes`.
    """
    title, evidence = facts.text("bases.title"), facts.value("bases.evidence")
    if evidence is None:
        return Absent(_PER_BASE, title, facts.text("bases.answer"))
    rows = bases.filter("is_out", evidence=evidence)
    sized = rows.drop_nulls("parameters_total")
    if sized.is_empty():
        return Absent(_PER_BASE, title, "No base that was out by then has a known size.")
    stated = any(facts.value(f"relations.{name}.models") for name in ("finetune", "adapter", "merge"))
    relations = [
        name
        for name in PANELS
        if name in set(classes.filter(evidence=evidence)["relation"]) and (stated or sized[PANELS[name][1]].sum())
    ]
    grouping = facts.text("report.grouping")
    groups = [OTHERS[grouping], *compared(facts)]
    points = _points(sized, relations, grouping, groups)
    medians = _medians(classes.filter(pl.col("relation").is_in(relations), evidence=evidence), points)
    drawn = [PANELS[name][1] for name in relations]
    n, found = (int(sum(frame[column].sum() for column in drawn)) for frame in (sized, rows))
    unseen = [PANELS[name][0].lower() for name in PANELS if name not in relations]
    declared = evidence == "declared"
    return Figure(
        key=_PER_BASE,
        title=title,
        subtitle=(
            f"{'Direct derivatives that others declare' if declared else 'Conversions found by name'}, per registered "
            f"base, by its total parameters; {facts.text('snapshot.label')}; both axes log, 0 at the foot"
        ),
        draw=lambda width: _base_chart(points, medians, families, groups, relations, width),
        description=(
            f"Scatter plots, one per relation ({words.listed([PANELS[name][0].lower() for name in relations])}), of "
            f"derivatives per base against total parameters, both axes logarithmic with zero at the foot, for "
            f"{sized.height} registered releases. {title}.\n\n{facts.text('bases.answer')} "
            f"{_most(sized, relations)}\n\n{_median_words(medians)} {facts.text('bases.caveat')}"
        ),
        table=_base_table(sized),
        column_labels={
            "model": "Base",
            "family": "Family",
            "mixture": "Kind",
            "parameters_total": "Parameters",
            "months_since_release": "Months out",
            **{PANELS[name][1]: PANELS[name][0] for name in relations},
        },
        source=source_line(
            f"{facts.text('snapshot.source_line')}; releases register of this report",
            f"n = {words.number(sized.height)} bases, {words.number(n)} derivatives · relations corrected by format, "
            "own releases left out",
        ),
        note=(
            "Bars: median of a size class, solid for dense bases, dashed for MoE models; bases with none count. At 0, "
            "MoE models stand below dense bases; a dot may stand for several alike. Not drawn: "
            f"{words.number(rows.height - sized.height)} bases of unknown size, with {words.number(found - n)} "
            "derivatives."
            + (f" No panel for {words.listed(unseen)}: not zero: this snapshot cannot show them." if unseen else "")
        ),
        kind="Scatter plots",
    )


def _points(sized: pl.DataFrame, relations: list[str], grouping: str, groups: list[str]) -> pl.DataFrame:
    """One row per mark: bases of the same panel, kind, group, place and count are drawn once.

    groups: all others, then those that the report compares, drawn over them.
    """
    long = sized.select(
        "mixture",
        group=pl.when(pl.col(grouping).is_in(groups)).then(grouping).otherwise(pl.lit(groups[0])),
        billions=pl.col("parameters_total") / 1e9,
        **{name: pl.col(PANELS[name][1]) for name in relations},
    ).unpivot(on=relations, index=["mixture", "group", "billions"], variable_name="relation", value_name="derivatives")
    place = ((pl.col("billions").log10() * _STEPS).round() / _STEPS).alias("decade")
    count = pl.col("derivatives")
    seen = pl.when(count < 10).then(count).otherwise((10 ** ((count.log10() * _STEPS).round() / _STEPS)).round(1))
    front = pl.col("group").replace_strict({name: i for i, name in enumerate(groups)}, default=0)
    return (
        long.with_columns(place, seen.alias("derivatives"))
        .group_by("relation", "mixture", "group", "decade", "derivatives")
        .agg(bases=pl.len())
        .select(
            "relation",
            "group",
            "derivatives",
            "bases",
            billions=(10 ** pl.col("decade")).round(4),
            kind=pl.col("mixture").replace_strict(KINDS, return_dtype=pl.String),
        )
        .sort(front, "relation", "kind", "billions", "derivatives")
    )


def _medians(classes: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """Medians with the ends of their class, the outer ones cut to the bases drawn."""
    low, high = min(points["billions"]), max(points["billions"])
    rows = [
        {**row, "left": max(BOUNDS[row["size_class"]][0], low), "right": min(BOUNDS[row["size_class"]][1], high)}
        for row in classes.filter(pl.col("size_class").is_in(list(BOUNDS))).iter_rows(named=True)
    ]
    return (
        pl.DataFrame(rows)
        .with_columns(kind=pl.col("mixture").replace_strict(KINDS, return_dtype=pl.String))
        .sort("relation", "kind", "left")
    )


def _median_words(medians: pl.DataFrame) -> str:
    above = medians.filter(pl.col("median") > 0)
    if above.is_empty():
        return "In every size class, dense or mixture, the median base has none of any relation."
    top = above.sort("median", "relation", "kind", "left", descending=[True, False, False, False]).row(0, named=True)
    where = f"{PANELS[top['relation']][0].lower()}, {top['kind']}, {top['size_class']}"
    none = medians.height - above.height
    zero = f"{words.word(none) if none else 'none'} of {medians.height} {'is' if none < 2 else 'are'} zero"
    highest = f"the highest is {words.number(top['median'])} ({where})"
    return f"Of the medians by relation, size class and kind, {zero}; {highest}."


def _most(sized: pl.DataFrame, relations: list[str]) -> str:
    parts = []
    for name in relations:
        label, column = PANELS[name]
        top = sized.sort(column, "model", descending=[True, False]).row(0, named=True)
        if top[column]:
            parts.append(f"{words.number(top[column])} {label.lower()} of {top['model']}")
    return f"The most on one base: {words.listed(parts)}." if parts else ""


def _base_table(sized: pl.DataFrame) -> pl.DataFrame:
    columns = ["model", "family", "organisation", "mixture", "size_class", "parameters_total", "parameters_active"]
    more = ["released", "months_since_release", "gated", "licence", *RELATIONS, "finetune_corrected"]
    counted = ["quantized_corrected", "all_relations", "own_releases", "derivatives_per_month"]
    shown = sized.select(*columns, *more, *counted, "mirrors", "derivatives_of_mirrors", "evidence")
    return shown.sort("all_relations", "model", descending=[True, False])


def _base_chart(
    points: pl.DataFrame,
    medians: pl.DataFrame,
    families: pl.DataFrame,
    groups: list[str],
    relations: list[str],
    width: int,
) -> alt.TopLevelMixin:
    phone = is_phone(width)
    alone = len(relations) == 1
    across, height = (272, 190) if phone else (580, 330) if alone else (268, 220)
    most = max(1, *points["derivatives"])
    scales = scales_of(families, [*groups[1:], groups[0]])
    panels = [
        _panel(points, medians, name, scales, most).properties(width=across, height=height, title=PANELS[name][0])
        for name in relations
    ]
    rows = panels if phone else [alt.hconcat(*panels[i : i + 2], spacing=16) for i in range(0, len(panels), 2)]
    return alt.vconcat(*rows, spacing=14).resolve_legend(color="shared", shape="shared")


def _panel(
    points: pl.DataFrame, medians: pl.DataFrame, relation: str, scales: FamilyScales, most: int
) -> alt.LayerChart | alt.FacetChart:
    ends = [min(points["billions"]) / 1.25, max(points["billions"]) * 1.25]
    sizes = [size for size in (0.01, 0.1, 1, 10, 100, 1000) if ends[0] <= size <= ends[1]]
    x_axis = alt.Axis(
        values=sizes, tickCount=len(sizes) + 1, title=None, labelExpr=_SIZE_LABEL, labelOverlap=False, grid=False
    )
    x_scale = alt.Scale(type="log", domain=ends, nice=False)
    counts = [0, *(10**power for power in range(math.floor(math.log10(most)) + 2))]
    y_scale = alt.Scale(type="symlog", constant=1, domain=[-0.3, max(most * 1.15, 10)], nice=False)
    y_axis = alt.Axis(values=counts, tickCount=len(counts) + 1, title=None, labelExpr=_COUNT_LABEL)
    # As documents: Altair copies all parts of a layer again and again, and an object's are a hundred, set or not.
    x: dict[str, Any] = {"scale": x_scale.to_dict(), "axis": x_axis.to_dict()}
    y: dict[str, Any] = {"scale": y_scale.to_dict(), "axis": y_axis.to_dict()}
    color = alt.Color("group:N", scale=scales.color.to_dict(), legend=_legend().to_dict())
    kinds = list(KINDS.values())
    shapes: dict[str, Any] = {"domain": kinds, "range": ["circle", "diamond"]}
    shape = alt.Shape("kind:N", scale=shapes, legend=_legend(ink=True).to_dict())
    layers: list[alt.Chart] = []
    for kind, filled, dash, below in ((kinds[0], True, [1, 0], 0), (kinds[1], False, [4, 3], _BELOW)):
        for zero, offset in ((True, below), (False, 0)):
            dots = points.filter((pl.col("derivatives") == 0) == zero, relation=relation, kind=kind)
            bars = medians.filter((pl.col("median") == 0) == zero, relation=relation, kind=kind)
            dot = alt.Chart(dots).mark_point(filled=filled, size=26, strokeWidth=1.3, yOffset=offset)
            bar = alt.Chart(bars).mark_rule(strokeWidth=2, strokeDash=dash, color="var(--ink)", yOffset=offset)
            layers += [
                dot.encode(
                    x=alt.X("billions:Q", **x),
                    y=alt.Y("derivatives:Q", **y),
                    color=color,
                    shape=shape,
                ),
                bar.encode(
                    x=alt.X("left:Q", **x),
                    x2="right:Q",
                    y=alt.Y("median:Q", **y),
                ),
            ]
    return alt.layer(*layers)


def _legend(*, ink: bool = False) -> alt.Legend:
    """One of two legends beside each other; below each other where the names are long."""
    own: dict[str, Any] = {"symbolType": "circle"}
    if ink:
        own = {"symbolStrokeColor": "var(--ink)", "symbolFillColor": "var(--surface)"}
    # padding on both sides of each, so that wider letters than those measured do not touch the other
    return alt.Legend(orient="top", title=None, symbolSize=60, offset=0, padding=10, **own)


# --------------------------------------------------------------------------------- where the gap sits


def gap(gap: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Subject less reference by size class and kind of the base, bars from 0."""
    title = facts.text("gap.title")
    shown = gap.filter("is_shown")
    if shown.is_empty():
        return Absent(_GAP, title, facts.text("gap.sentence"))
    subject, reference = shown["subject"][0], shown["reference"][0]
    table = (
        in_order(shown)
        .filter((pl.col("subject_derivatives") > 0) | (pl.col("reference_derivatives") > 0))
        .with_columns(
            leader=pl.when(pl.col("gap") < 0).then(pl.lit(reference)).otherwise(pl.lit(subject)),
            name=pl.col("kind").map_elements(words.upper, return_dtype=pl.String),
            value=pl.col("gap").abs().round(1).map_elements(words.number, return_dtype=pl.String),
        )
    )
    if table.is_empty():
        return Absent(_GAP, title, facts.text("gap.sentence"))
    n = sum(float(table[column].sum()) for column in ("subject_derivatives", "reference_derivatives"))
    return Figure(
        key=_GAP,
        title=title,
        subtitle=(
            f"Derivatives of {subject} less derivatives of {reference}, by the base’s total parameters and kind, "
            f"counted {shown['label'][0]}; {facts.text('snapshot.label')}"
        ),
        draw=lambda width: _gap_chart(table, families, width),
        description=(
            f"Bar chart of the difference in derivatives between {subject} and {reference}, one bar per kind of base, "
            f"from zero, to the right where {subject} has more. {title}.\n\n{facts.text('gap.sentence')}\n\n"
            f"{facts.text('gap.others')}"
        ),
        table=in_order(gap.sort("is_shown", "definition", descending=[True, False])).sort(
            "is_shown", "definition", descending=[True, False], maintain_order=True
        ),
        column_labels={
            "kind": "Base",
            "label": "Counted",
            "subject_derivatives": subject,
            "reference_derivatives": reference,
            "gap": "Difference",
        },
        source=source_line(
            f"{facts.text('snapshot.source_line')}; releases register of this report",
            f"n = {words.number(round(n, 1))} derivatives · one on bases of several kinds counts in equal parts",
        ),
        note=f"To the right: {subject} has more. The bars add up to the difference of the two counts.",
        kind="Bar chart",
    )


def _gap_chart(table: pl.DataFrame, families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    leaders = table["leader"].unique().sort().to_list()
    scales = scales_of(families, leaders)
    low, high = min(0.0, *table["gap"]), max(0.0, *table["gap"])
    plot = width - (10 if phone else 170)
    labelled = _with_labels(table, pl.format("{} +{}", "leader", "value"))
    if sum(_label_space(labelled).values()) > plot * 2 / 3:  # long names: the note says whose side is which
        labelled = _with_labels(table, pl.format("+{}", "value"))
    space = _label_space(labelled)
    unit = max(high - low, 1.0) / (plot - sum(space.values()))
    domain = [low - unit * space[-1], max(high + unit * space[1], 1.0)]
    axis = alt.Axis(title=None, tickCount=3 if phone else 5, format=",d", grid=not phone)
    x_scale = alt.Scale(domain=domain, nice=False)
    x = alt.X("gap:Q", scale=x_scale, axis=axis)
    rows = rows_for(width, "name", table["name"].to_list(), labelLimit=220)
    color = alt.Color("leader:N", scale=scales.color, legend=None)
    named = alt.Color("leader:N", scale=scales.text_color, legend=None)
    base = alt.Chart(labelled)
    marks: list[alt.Chart] = [
        base.mark_bar(height=18 if phone else 24).encode(x=x, y=rows, color=color),
        alt.Chart(pl.DataFrame({"at": [0]})).mark_rule(strokeWidth=1).encode(x=alt.X("at:Q", scale=x_scale, axis=axis)),
    ]
    sides: tuple[tuple[Literal["left", "right"], str, int], ...] = (
        ("left", "datum.gap >= 0", 5),
        ("right", "datum.gap < 0", -5),
    )
    for side, test, away in sides:
        text = base.transform_filter(test).mark_text(align=side, dx=away, fontWeight="bold")
        marks.append(text.encode(x=x, y=rows, text="label:N", color=named))
    if phone:
        for halo in ({"stroke": "var(--surface)", "strokeWidth": 5}, {}):  # the line at 0 may run behind a name
            over = base.mark_text(align="left", dy=-20, fontSize=12, **halo)
            marks.append(over.encode(x=alt.value(0), y=rows, text="name:N"))
    return (
        alt.layer(*marks)
        .resolve_scale(color="independent")
        .properties(width=width, height=table.height * (56 if phone else 44) + 40)
    )


def _with_labels(table: pl.DataFrame, lead: pl.Expr) -> pl.DataFrame:
    """Rows with what stands at the end of their bar: `lead` where somebody leads."""
    return table.with_columns(label=pl.when(pl.col("gap") == 0).then("value").otherwise(lead))


def _label_space(labelled: pl.DataFrame) -> dict[int, float]:
    """Room in px beyond the bars for their labels, at the left (-1) and at the right (1)."""
    sides = {-1: labelled.filter(pl.col("gap") < 0), 1: labelled.filter(pl.col("gap") >= 0)}
    return {
        side: room.widest(rows["label"].to_list(), bold=True) + 14 if rows.height else 0.0
        for side, rows in sides.items()
    }
