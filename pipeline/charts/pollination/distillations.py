"""The figure on distillations: derivatives of each, coloured by the family whose weights it started from."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_for
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import scales_of
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.pollination.names import brief


def distillations(counts: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Derivatives of each registered distillation, coloured by the family whose weights it has.

    counts: the table `distillations`.
    """
    key, title = "distillations", facts.text("distillations.title")
    releases = counts.filter(pl.col("credit") == "both")
    table = (
        releases.filter(pl.col("derivatives") > 0)
        .sort("derivatives", "release", descending=[True, False])
        .with_columns(
            name=pl.col("release").str.split("/").list.last(),
            value=pl.format("{} · {}", "derivatives", brief("base_family")),
        )
    )
    if table.is_empty():
        return Absent(key, title, facts.text("distillations.sentence"))
    declared = table["evidence"][0] == "declared"
    measure = (
        "Repositories that declare to descend from each" if declared else "Repositories that bear the name of each"
    )
    first = table.row(0, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"{measure} registered distillation, with the family whose weights it started from; "
            f"{facts.text('snapshot.named')}"
        ),
        draw=lambda width: _distillation_chart(table, families, width),
        description=(
            f"Bar chart of derivatives, in repositories, for {table.height} distilled releases, sorted. "
            f"{facts.text('distillations.sentence')}\n\n"
            f"{first['release']} has the most, {words.number(first['derivatives'])}; it was trained on answers of "
            f"{first['teacher']} and started from {first['base']}.\n\n"
            f"{words.word(releases.height - table.height).capitalize()} of the {releases.height} registered "
            "distillations have none here."
        ),
        table=table.select("release", "teacher", "base", "direct", "derivatives", "teacher_family", "base_family"),
        column_labels={
            "release": "Release",
            "teacher_family": "Teacher’s family",
            "base": "Base",
            "direct": "Direct",
            "derivatives": "Derivatives",
        },
        source=source_line(
            facts,
            f"n = {table.height} of {releases.height} registered distillations · "
            + ("direct and transitive" if declared else "found by name, since nothing is declared"),
        ),
        kind="Bar chart",
    )


def _distillation_chart(table: pl.DataFrame, families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    rank = ranks(families)
    bases = sorted(set(table["base_family"]), key=lambda family: (rank.get(family, 99), family))
    scales = scales_of(families, bases, highlight=bases[:5])
    order = table["release"].to_list()
    size = 12 if phone else 13
    plot = width - 10 if phone else width - min(330, room.widest(table["name"].to_list())) - 16
    least = 1.35 if phone else 1.2
    end = room.axis_end(table["derivatives"].to_list(), table["value"].to_list(), plot, least, size)
    x = alt.X(
        "derivatives:Q",
        title=None,
        axis=alt.Axis(tickCount=4, format=",d"),
        scale=alt.Scale(domain=[0, end], nice=False),
    )
    named = "split(datum.value, '/')[1] || datum.value"
    y = rows_for(width, "release", order, labelLimit=330, labelExpr=named)
    base = alt.Chart(table)
    marks = [
        base.mark_bar(height=12 if phone else 17, yOffset=9 if phone else 0).encode(
            x=x, y=y, color=alt.Color("base_family:N", scale=scales.color, legend=None)
        ),
        base.mark_text(align="left", dx=5, dy=9 if phone else 0, fontSize=size).encode(x=x, y=y, text="value:N"),
    ]
    if phone:
        names = base.mark_text(align="left", dy=-7, fontSize=12, limit=width - 10)
        marks.append(names.encode(x=alt.value(0), y=y, text="name:N"))
    return alt.layer(*marks).properties(width=width, height=table.height * (40 if phone else 26) + 36)
