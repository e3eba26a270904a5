"""The figure on where the gap sits: subject less reference by size class and kind of what they are built on.

Titles and sentences come from facts, so that a figure and the prose beside it say the same.
"""

from typing import Literal

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives.facts_bases import in_order
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_for
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import scales_of
from pipeline.charts.kit.theme import is_phone

_GAP = "gap-by-base"


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
            f"counted {shown['label'][0]}; {facts.text('snapshot.named')}"
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
