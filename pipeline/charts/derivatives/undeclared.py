"""Figures on undeclared lineage: how well it is inferred, and what it would add."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives.facts_undeclared import FEWEST_PROPOSALS
from pipeline.charts.kit.axes import rows_of
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import and_others, leading
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import scales_of

RULE_NAMES = {"shape": "Shape", "name": "Name", "repackager": "Repackager"}
RULE_SHAPES = {"shape": "circle", "name": "square", "repackager": "diamond"}
RULE_COLOURS = {"shape": "var(--accent)", "name": "var(--ink)", "repackager": "var(--muted)"}
FEWEST_DECLARED = 10
FAMILIES = 8


# --------------------------------------------------------------------------------------- quality

PANEL = 1.34
"""Where the second panel starts, the first one being 1 wide."""


def quality(quality: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Precision and recall of each rule of inference, by family. quality: the table `inference_quality`."""
    key, title = "inference-quality", facts.text("undeclared.quality.title")
    most = (
        quality.filter(pl.col("declared") >= FEWEST_DECLARED)
        .group_by("family")
        .agg(pl.col("declared").max())
        .sort("declared", "family", descending=[True, False])
    )
    shown = most.head(FAMILIES)["family"].to_list()
    if not shown:
        reason = facts.text("undeclared.quality.sentence")
        few = f"No family has {FEWEST_DECLARED} repositories whose declared lineage is known to its roots."
        return Absent(key, title, few if quality.height else reason)
    table = quality.filter(pl.col("family").is_in(shown)).with_columns(rule_name=pl.col("rule").replace(RULE_NAMES))
    judged = pl.col("proposed").sum().over("rule") >= FEWEST_PROPOSALS
    drawn = table.filter(judged).with_columns(
        precision=pl.when(pl.col("proposed") >= FEWEST_PROPOSALS).then("precision")
    )
    if drawn.is_empty():
        return Absent(key, title, facts.text("undeclared.quality.sentence"))
    best = drawn.drop_nulls("recall").sort("recall", "family", "rule", descending=[True, False, False])
    first, last = best.row(0, named=True), best.row(-1, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            "Precision (proposals that are right) and recall (declared families that are found) of each rule when "
            f"declarations are hidden; families with most declarations; {facts.text('snapshot.named')}"
        ),
        draw=lambda width: _quality_chart(drawn, shown, width),
        description=(
            f"Dot plot of precision and recall, in per cent, of three rules of inference for {len(shown)} families. "
            f"{facts.text('undeclared.quality.sentence')}\n\n"
            f"Recall is highest for {first['family']} {_rule(first)} ({words.percent(first['recall'])}) and lowest for "
            f"{last['family']} {_rule(last)} ({words.percent(last['recall'])}).\n\n"
            "Those who declare differ from those who do not, so these values flatter the rules."
        ),
        table=table.sort("declared", "family", "rule", descending=[True, False, False]).select(
            "family", "rule_name", "declared", "proposed", "correct", "precision", "recall"
        ),
        column_labels={
            "family": "Family",
            "rule_name": "Rule",
            "declared": "Declared",
            "proposed": "Proposed",
            "correct": "Right",
            "precision": "Precision",
            "recall": "Recall",
        },
        source=source_line(
            facts,
            f"n = {facts.text('undeclared.pairs')} declared pairs of repository and family, hidden and inferred",
        ),
        note=f"Families from {words.word(FEWEST_DECLARED)} declarations on; rules, and precision, from "
        f"{words.word(FEWEST_PROPOSALS)} proposals on. The table has all rules.",
        kind="Dot plot",
    )


def _rule(row: dict[str, object]) -> str:
    return {"shape": "by shape", "name": "by name", "repackager": "by repackager"}[str(row["rule"])]


def _quality_chart(drawn: pl.DataFrame, shown: list[str], width: int) -> alt.TopLevelMixin:
    points = pl.concat(
        [
            drawn.drop_nulls(measure).select("family", "rule", "rule_name", at=pl.col(measure) + start)
            for measure, start in (("precision", 0.0), ("recall", PANEL))
        ]
    )
    percent = f"format(datum.value >= {PANEL} ? datum.value - {PANEL} : datum.value, '.0%')"
    ticks = [0, 0.5, 1, PANEL, PANEL + 0.5, PANEL + 1]
    axis = alt.Axis(
        values=ticks, title=None, tickCount=2 * len(ticks), labelExpr=percent, labelOverlap=False, labelFontSize=12
    )
    x = alt.X("at:Q", axis=axis, scale=alt.Scale(domain=[-0.03, PANEL + 1.06], nice=False))
    # the first row is left empty for the names of the two panels
    rows = alt.Axis(domain=False, ticks=False, labelColor="var(--ink)", labelPadding=10)
    y = alt.Y("family:N", scale=alt.Scale(domain=["", *shown]), title=None, axis=rows)
    used = [rule for rule in RULE_NAMES if rule in points["rule"].to_list()]
    names = [RULE_NAMES[rule] for rule in used]
    shape = alt.Scale(domain=names, range=[RULE_SHAPES[rule] for rule in used])
    color = alt.Scale(domain=names, range=[RULE_COLOURS[rule] for rule in used])
    panels = pl.DataFrame({"family": ["", ""], "at": [0.0, PANEL], "text": ["Precision", "Recall"]})
    marks = [alt.Chart(panels).mark_text(align="left", fontWeight="bold", dx=-3).encode(x=x, y=y, text="text:N")]
    for place, rule in enumerate(used):  # side by side, so that equal values do not hide each other
        marks.append(
            alt.Chart(points.filter(pl.col("rule") == rule))
            .mark_point(size=60, filled=False, strokeWidth=2, yOffset=8 * (place - (len(used) - 1) / 2))
            .encode(
                x=x,
                y=y,
                shape=alt.Shape("rule_name:N", scale=shape),
                stroke=alt.Stroke("rule_name:N", scale=color),
            )
        )
    return alt.layer(*marks).properties(width=width, height=(len(shown) + 1) * 30 + 62)


# ---------------------------------------------------------------------------------------- bounds


def bounds(bounds: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Declared derivatives of each group, and what each rule of inference makes of them."""
    key, title = "undeclared-bounds", facts.text("undeclared.bounds.title")
    spans = (
        bounds.group_by("group")
        .agg(pl.col("lower").max(), high=pl.col("estimate").max())
        .filter(pl.col("high") > 0)
        .sort("lower", "high", "group", descending=[True, True, False])
    )
    if spans.is_empty():
        return Absent(key, title, "Nobody has derivatives in this snapshot, declared or inferred.")
    shown = leading(spans.sort("high", "group", descending=[True, False]), facts, FAMILIES)
    order = shown.sort("lower", "high", "group", descending=[True, True, False])["group"].to_list()
    table = (
        bounds.filter(pl.col("group").is_in(order))
        .with_columns(rule_name=pl.col("rule").replace(RULE_NAMES), added=pl.col("estimate") - pl.col("lower"))
        .sort("lower", "group", "rule", descending=[True, False, False])
    )
    declared = max(table["lower"]) > 0
    grouping = facts.text("report.grouping")
    plural = {"family": "families", "organisation": "organisations"}[grouping]
    most = table.sort("added", "group", "rule", descending=[True, False, False]).row(0, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            "Derivatives as declared, and with each rule’s proposals for repositories that declare nothing; the "
            f"{min(FAMILIES, len(order))} {plural} with the highest estimates{and_others(shown, FAMILIES)}; "
            f"{facts.text('snapshot.named')}"
        ),
        draw=lambda width: _bounds_chart(table, order, families, width),
        description=(
            f"Dot plot of derivatives, in repositories, for {len(order)} {plural}: "
            + ("a filled dot for what is declared, a line to the " if declared else "")
            + "estimates by rule. "
            + f"{facts.text('undeclared.bounds.sentence')}\n\n"
            f"The largest addition is {words.number(most['added'])} for {most['group']}, {_rule(most)}.\n\n"
            "What is declared is a lower bound. The line ends in an estimate, not in an upper bound."
        ),
        table=table.select("group", "rule_name", "lower", "added", "estimate"),
        column_labels={
            "group": grouping.capitalize(),
            "rule_name": "Rule",
            "lower": "Declared",
            "added": "Added",
            "estimate": "Estimate",
        },
        source=source_line(
            facts, f"own releases left out · direct and transitive · each repository once per {grouping}"
        ),
        note="Hollow: with inference, an estimate and no upper bound. "
        + ("Filled: declared, a lower bound." if declared else "Nothing is declared here, so there is no lower bound."),
        kind="Dot plot",
    )


def _bounds_chart(table: pl.DataFrame, order: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    scales = scales_of(families, order, highlight=order[:5])
    declared = max(table["lower"]) > 0
    low = "lower" if declared else "estimate"
    spans = table.group_by("group").agg(lower=pl.col(low).min(), high=pl.col("estimate").max()).sort("group")
    x_axis = alt.Axis(tickCount=4, format=",d", title=None)
    scale = alt.Scale(domain=[0, max(1, *spans["high"]) * 1.03], nice=False)
    y = rows_of("group", order, labelPadding=12)  # marks may stand at 0
    adding = table.filter(pl.col("estimate") > pl.col("lower"))
    names = [name for rule, name in RULE_NAMES.items() if rule in adding["rule"].to_list()]
    shape = alt.Scale(domain=names, range=[RULE_SHAPES[rule] for rule in RULE_NAMES if RULE_NAMES[rule] in names])
    stroke = alt.Stroke("group:N", scale=scales.color, legend=None)
    estimates = alt.Chart(adding).encode(
        x=alt.X("estimate:Q", scale=scale, axis=x_axis), y=y, shape=alt.Shape("rule_name:N", scale=shape)
    )
    low_x = alt.X("lower:Q", scale=scale, axis=x_axis)
    color = alt.Color("group:N", scale=scales.color, legend=None)
    marks = [
        alt.Chart(spans).mark_rule(strokeWidth=2).encode(x=low_x, x2="high:Q", y=y, color=color),
        # beneath, the same points in ink: the legend takes its symbols from them
        estimates.mark_point(size=70, strokeWidth=2, filled=False, stroke="var(--ink)"),
        estimates.mark_point(size=70, strokeWidth=2, filled=False, fill="var(--surface)").encode(stroke=stroke),
    ]
    if declared:
        fill = alt.Fill("group:N", scale=scales.color, legend=None)
        dots = alt.Chart(spans).mark_point(size=110, strokeWidth=2, shape="circle")
        marks.append(dots.encode(x=low_x, y=y, stroke=stroke, fill=fill))
    return (
        alt.layer(*marks)
        .resolve_scale(color="independent", fill="independent")
        .properties(width=width, height=len(order) * 30 + 62)
    )
