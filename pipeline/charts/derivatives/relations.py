"""Figures on what is counted: published counts by relation, with and without adapters, and by base."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives.facts_relations import about
from pipeline.chapters.derivatives.relations import LINE, THIRD, WHOLE
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import line_at, log_scale, ratio_ticks, rows_for, rows_of, ticks_at
from pipeline.charts.kit.bars import bars
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone

INKS = ["var(--ink)", "var(--family-grey)", "var(--grid)"]
"""Colours of adapters, fine-tunes and all the rest: none of them is a family's."""
REST = "Quantizations and other"
CHOICES = {
    "all": "All relations",
    "without_adapters": "Without adapters",
    "finetune": "Fine-tunes alone",
    "quantized": "Quantizations alone",
    "adapter": "Adapters alone",
}


def shares(by_relation: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Shares of relations for each organisation. by_relation: the table `published_by_relation`."""
    key, title = "published-relations", facts.text("published.adapters.title")
    if by_relation.is_empty():
        return Absent(key, title, facts.text("published.adapters"))
    first = by_relation.row(0, named=True)
    order = by_relation.unique("label").sort("derivatives", "label", descending=[True, False])["label"].to_list()
    part = pl.col("relation").replace_strict({"adapter": "Adapters", "finetune": "Fine-tunes"}, default=REST)
    table = (
        by_relation.with_columns(part=part)
        .group_by("label", "part", "derivatives")
        .agg(pl.col("models").sum())
        .with_columns(share=pl.col("models") / pl.col("derivatives"))
        .sort("derivatives", "label", "part", descending=[True, False, False])
    )
    most = by_relation.filter(relation="adapter").sort("share", "label", descending=[True, False]).row(0, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Direct declared derivatives of {len(order)} organisations by relation, in % of each; at the right all of "
            f"them; {about(first['as_of'], first['as_of_precision'])}"
        ),
        draw=lambda width: _share_chart(table, order, width),
        description=(
            f"Stacked bars of shares by relation for {words.listed(order)}. {facts.text('published.adapters')}\n\n"
            f"The largest share of adapters is {most['label']}’s, {words.percent(most['share'])}. The publisher’s "
            "column of merges is empty."
        ),
        table=table.select("label", "part", "models", "share", "derivatives"),
        column_labels={
            "label": "Organisation of the base",
            "part": "Relation",
            "models": "Derivatives",
            "share": "Share",
            "derivatives": "All relations",
        },
        source=source_line(f"{first['publisher']} ({first['source']})", "published, not recomputed here"),
        note="The table is undated; its date is interpolated between dated counts of the same organisations.",
        kind="Stacked bar chart",
    )


def _share_chart(table: pl.DataFrame, order: list[str], width: int) -> alt.TopLevelMixin:
    parts = ["Adapters", "Fine-tunes", REST]
    totals = table.unique("label", keep="first", maintain_order=True).with_columns(
        value=pl.col("derivatives").map_elements(words.number, return_dtype=pl.String)
    )
    room_right = room.widest(totals["value"].to_list(), 12) + 8
    plot = room.plot(order, width)
    scale = alt.Scale(domain=[0, plot / (plot - room_right)], nice=False)
    ticks = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".0%", grid=False)
    x = alt.X("share:Q", stack="zero", title=None, scale=scale, axis=ticks)
    y = rows_of("label", order)
    color = alt.Color("part:N", scale=alt.Scale(domain=parts, range=INKS), legend=alt.Legend(), sort=parts)
    at = {part: place for place, part in enumerate(parts)}
    shown = table.with_columns(order=pl.col("part").replace_strict(at, return_dtype=pl.Int64))
    drawn = alt.Chart(shown).mark_bar().encode(x=x, y=y, color=color, order=alt.Order("order:Q"))
    right = alt.Chart(totals).mark_text(align="right", fontSize=12).encode(x=alt.value("width"), y=y, text="value:N")
    return alt.layer(drawn, right).properties(width=width, height=len(order) * 22 + 60)


# ------------------------------------------------------------------------------- with and without


def ratios(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The subject over others by relation. table: the table `published_ratios`."""
    key, title = "published-ratios", facts.text("published.ratios.title")
    shown = table.drop_nulls("ratio")
    if shown.is_empty():
        return Absent(key, title, facts.text("published.ratios"))
    first = shown.row(0, named=True)
    rows = shown.with_columns(
        choice=pl.col("relation").replace_strict(CHOICES, return_dtype=pl.String),
        value=pl.col("ratio").map_elements(words.times, return_dtype=pl.String),
    )
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Derivatives of {first['subject']} divided by those of others, by which relations count; log scale; "
            f"{about(first['as_of'], first['as_of_precision'])}"
        ),
        draw=lambda width: _ratio_chart(rows, families, facts, width),
        description=(
            f"Dot plot of the ratio of {first['subject']} to {words.listed(_others(rows))}, log scale, by which "
            f"relations count. {facts.text('published.ratios')}"
        ),
        table=rows.select("choice", "other", "subject_count", "other_count", "ratio"),
        column_labels={
            "choice": "Relations",
            "other": "Against",
            "subject_count": first["subject"],
            "other_count": "The other",
            "ratio": "Ratio",
        },
        source=source_line(first["publisher"], "published, not recomputed here"),
        note=f"Right of the line {first['subject']} has more.",
        kind="Dot plot",
    )


def _others(rows: pl.DataFrame) -> list[str]:
    """Whom the subject is compared with, in the order shown."""
    named = dict(rows.select("against", "other").iter_rows())
    return [named[kind] for kind in (LINE, WHOLE, THIRD) if kind in named]


def _ratio_chart(rows: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    others, choices = _others(rows), [name for name in CHOICES.values() if name in set(rows["choice"])]
    reference = family_style(ranks(families).get(compared(facts)[1])).mark
    ends = [1.0, *rows["ratio"]]
    scale = log_scale(min(ends) / 1.25, max(ends) * 1.25)
    ticks = ratio_ticks(min(ends) / 1.25, max(ends) * 1.25)
    axis = alt.Axis(**ticks_at(ticks), labelExpr="datum.value + '×'", title=None)
    inks = {LINE: reference, WHOLE: reference, THIRD: "var(--family-grey)"}
    shapes = {LINE: "circle", WHOLE: "diamond", THIRD: "square"}
    kinds = [kind for kind in (LINE, WHOLE, THIRD) if kind in set(rows["against"])]
    in_color = alt.Scale(domain=others, range=[inks[kind] for kind in kinds])
    in_shape = alt.Scale(domain=others, range=[shapes[kind] for kind in kinds])
    color = alt.Color("other:N", scale=in_color, legend=alt.Legend())
    shape = alt.Shape("other:N", scale=in_shape, legend=alt.Legend())
    y = rows_for(width, "choice", choices)
    x = alt.X("ratio:Q", scale=scale, axis=axis)
    base = alt.Chart(rows)
    marks: list[alt.Chart | alt.LayerChart] = [
        line_at(1.0, scale, axis, (5, 3)),
        base.mark_point(size=90, strokeWidth=2).encode(x=x, y=y, color=color, shape=shape),
    ]
    if phone:
        names = pl.DataFrame({"choice": choices})
        marks.append(
            alt.Chart(names).mark_text(align="left", fontSize=12, dy=-13).encode(x=alt.value(0), y=y, text="choice:N")
        )
    return alt.layer(*marks).properties(width=width, height=len(choices) * (42 if phone else 34) + 60)


# ------------------------------------------------------------------------------------ single bases


def bases(by_base: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The bases of the Hub with most children. by_base: the table `published_by_base`."""
    key, title = "published-bases", facts.text("published.bases.title")
    placed = by_base.drop_nulls("place").sort("place")
    if placed.is_empty():
        return Absent(key, title, facts.text("published.bases"))
    pair = compared(facts)
    group = pl.when(pl.col("family").is_in(pair)).then("family").otherwise(pl.lit("others"))
    table = placed.with_columns(
        name=pl.col("model").str.split("/").list.last(),
        group=group,
        value=pl.col("children").map_elements(words.number, return_dtype=pl.String),
    )
    first = placed.row(0, named=True)
    drawn = [name for name in pair if name in set(table["group"])]
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Repositories that declare the model as their base, the {words.word(placed.height)} bases with most; "
            f"whole Hub, {words.day(first['as_of'])}"
        ),
        draw=lambda width: _base_chart(table, drawn, families, width),
        description=f"Bar chart of children of {words.word(placed.height)} bases. {facts.text('published.bases')}",
        table=table.select("model", "family", "children", "place"),
        column_labels={"model": "Base", "family": "Family", "children": "Children", "place": "Place"},
        source=source_line(first["publisher"], "published, not recomputed here"),
        kind="Bar chart",
    )


def _base_chart(table: pl.DataFrame, drawn: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    inks = [*(family_style(ranks(families).get(name)).mark for name in drawn), "var(--family-grey)"]
    color = alt.Color("group:N", scale=alt.Scale(domain=[*drawn, "others"], range=inks), legend=None)
    return bars(table, width, name="name", amount="children", row=26, color=color)
