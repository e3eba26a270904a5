"""The figure on models that flow between families: ribbons, on phones a matrix.

Flows have no mark of their own: each ribbon is an area whose two edges are computed here, and the nodes are rectangles.
At most eight families stand on a side, the rest is one node.
"""

from typing import Any, Literal

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.pollination.facts import KIND_WORDS
from pipeline.charts.kit import room
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.pollination.names import brief

NODES = 8
SAMPLES = 21
GAP = 0.05
OTHERS = "Others"


def flows(flows: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Which family feeds which: ribbons from giver to taker, a matrix on phones. flows: the table `family_flows`."""
    key, title = "family-flows", facts.text("flows.title")
    if flows.is_empty():
        return Absent(key, title, facts.text("flows.sentence"))
    table = flows.sort("models", "from_family", "to_family", "kind", descending=[True, False, False, False])
    pairs = folded(table)
    every = int(pairs["models"].sum())
    kinds = [
        f"{words.number(n)} by {KIND_WORDS[kind]}"
        for kind, n in table.group_by("kind").agg(pl.col("models").sum()).sort("kind").iter_rows()
    ]
    givers, takers = _totals(pairs, "from_family"), _totals(pairs, "to_family")
    return Figure(
        key=key,
        title=title,
        subtitle=(
            "Models by the family that something was taken from (left; phone: column) and the family that it went into "
            f"(right; phone: row); register, and declared lineage of {facts.text('snapshot.named')}"
        ),
        draw=lambda width: _flow_matrix(pairs, width) if is_phone(width) else _flow_chart(pairs, families, width),
        description=(
            f"Flow diagram of {words.number(every)} models from {givers.height} giving to {takers.height} taking "
            f"families: {words.listed(kinds)}. {facts.text('flows.sentence')}\n\n"
            f"{givers['family'][0]} gives most ({words.number(givers['models'][0])}), {takers['family'][0]} takes most "
            f"({words.number(takers['models'][0])}).\n\n{facts.text('flows.merges.sentence')}"
        ),
        table=table.with_columns(kind=pl.col("kind").replace(KIND_WORDS)),
        column_labels={"from_family": "From", "to_family": "Into", "kind": "By", "models": "Models"},
        source=source_line(
            facts,
            f"n = {words.number(every)} models · distillations and releases from the register, merges as declared",
        ),
        note="A model counts once for each pair of families.",
        kind="Flow diagram",
    )


def _totals(pairs: pl.DataFrame, side: str) -> pl.DataFrame:
    """`family, models` of one side, the largest first, the rest last."""
    return (
        pairs.group_by(family=side)
        .agg(pl.col("models").sum())
        .sort(pl.col("family") == OTHERS, -pl.col("models"), "family")
    )


def folded(table: pl.DataFrame, givers: int = NODES, takers: int = NODES) -> pl.DataFrame:
    """Pairs of families over all kinds, at most so many a side; the rest is `Others`."""
    pairs = table.group_by("from_family", "to_family").agg(pl.col("models").sum())
    for side, most in (("from_family", givers), ("to_family", takers)):
        totals = _totals(pairs, side)["family"].to_list()
        if len(totals) > most:
            named = [name for name in totals if name != OTHERS][: most - 1]
            pairs = pairs.with_columns(
                pl.when(pl.col(side).is_in(named)).then(side).otherwise(pl.lit(OTHERS)).alias(side)
            )
    return pairs.group_by("from_family", "to_family").agg(pl.col("models").sum()).sort("from_family", "to_family")


def ribbons(pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Where ribbons and nodes stand: `flow, from_family, x, y, y2` and `side, family, models, y, y2`.

    Heights are shares of all models; nodes of a side are parted by a gap, and both sides are centred.
    """
    every = float(pairs["models"].sum())
    nodes: list[dict[str, object]] = []
    starts: dict[tuple[str, str], float] = {}
    counts = {side: _totals(pairs, side) for side in ("from_family", "to_family")}
    tallest = max(counted.height for counted in counts.values())
    for side, counted in counts.items():
        at = (tallest - counted.height) * GAP / 2
        for family, models in counted.iter_rows():
            nodes.append({"side": side, "family": family, "models": models, "y": at, "y2": at + models / every})
            starts[side, family] = at
            at += models / every + GAP
    places = {side: {name: place for place, name in enumerate(counts[side]["family"])} for side in counts}
    ends: dict[tuple[str, str], float] = {}
    order = sorted(pairs.iter_rows(), key=lambda row: (places["to_family"][row[1]], places["from_family"][row[0]]))
    for giver, taker, models in order:  # on the right, ribbons lie in the order of their givers
        ends[giver, taker] = starts["to_family", taker]
        starts["to_family", taker] += models / every
    rows = []
    order = sorted(pairs.iter_rows(), key=lambda row: (places["from_family"][row[0]], places["to_family"][row[1]]))
    for number, (giver, taker, models) in enumerate(order):
        left, right, height = starts["from_family", giver], ends[giver, taker], models / every
        starts["from_family", giver] += height
        for step in range(SAMPLES):
            x = step / (SAMPLES - 1)
            y = left + (right - left) * x * x * (3 - 2 * x)
            rows.append({"flow": number, "from_family": giver, "x": x, "y": round(y, 6), "y2": round(y + height, 6)})
    return pl.DataFrame(rows), pl.DataFrame(nodes)


def _flow_chart(pairs: pl.DataFrame, families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    bands, nodes = ribbons(pairs)
    rank = ranks(families)
    names = nodes["family"].unique().sort().to_list()
    coloured = [name for name in _totals(pairs, "from_family")["family"] if name in rank][:5]
    styles = {name: family_style(rank.get(name) if name in coloured else None) for name in names}
    colors = alt.Scale(domain=names, range=[styles[name].mark for name in names])
    deepest = max(nodes["y2"])
    x = alt.Scale(domain=[-0.32, 1.32], nice=False)
    y = alt.Scale(domain=[deepest, 0], nice=False)
    plain: dict[str, Any] = {"axis": None, "title": None}
    drawn = nodes.with_columns(
        x=pl.when(pl.col("side") == "from_family").then(-0.02).otherwise(1.0),
        x2=pl.when(pl.col("side") == "from_family").then(0.0).otherwise(1.02),
        middle=(pl.col("y") + pl.col("y2")) / 2,
        label=pl.format("{} {}", brief("family"), "models"),
    )
    marks: list[alt.Chart] = [
        alt.Chart(bands)
        .mark_area(opacity=0.45, strokeWidth=0.5)
        .encode(
            x=alt.X("x:Q", scale=x, **plain),
            y=alt.Y("y:Q", scale=y, **plain),
            y2="y2:Q",
            detail="flow:N",
            color=alt.Color("from_family:N", scale=colors, legend=None),
        ),
        alt.Chart(drawn)
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("x:Q", scale=x, **plain),
            x2="x2:Q",
            y=alt.Y("y:Q", scale=y, **plain),
            y2="y2:Q",
            color=alt.Color("family:N", scale=colors, legend=None),
        ),
    ]
    ends: list[tuple[str, Literal["left", "right"], str, int]] = [
        ("from_family", "right", "x", -6),
        ("to_family", "left", "x2", 6),
    ]
    for side, align, column, dx in ends:
        marks.append(
            alt.Chart(drawn.filter(pl.col("side") == side))
            .mark_text(align=align, baseline="middle", dx=dx)
            .encode(x=alt.X(f"{column}:Q", scale=x, **plain), y=alt.Y("middle:Q", scale=y, **plain), text="label:N")
        )
    return alt.layer(*marks).properties(width=width, height=420)


def _flow_matrix(pairs: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    cells = folded(pairs, givers=4)
    givers = _totals(cells, "from_family")["family"].to_list()
    takers = _totals(cells, "to_family")["family"].to_list()
    most = max(cells["models"])
    cells = cells.with_columns(
        step=(pl.col("models") / most * 5).ceil().cast(pl.Int64), dark=pl.col("models") / most > 0.6
    )
    x = alt.X(
        "from_family:N",
        sort=givers,
        title=None,
        scale=alt.Scale(domain=givers),
        axis=alt.Axis(
            orient="top",
            domain=False,
            ticks=False,
            labelColor="var(--ink)",
            labelFontSize=12,
            labelLimit=(room.plot(takers, width) - 10) / len(givers),
        ),
    )
    y = alt.Y(
        "to_family:N",
        sort=takers,
        title=None,
        scale=alt.Scale(domain=takers),
        axis=alt.Axis(domain=False, ticks=False, labelColor="var(--ink)", labelFontSize=12),
    )
    steps = alt.Scale(domain=[1, 2, 3, 4, 5], range=[0.15, 0.3, 0.5, 0.75, 1.0], type="ordinal")
    base = alt.Chart(cells)
    text = alt.condition("datum.dark", alt.value("var(--surface)"), alt.value("var(--ink)"))
    return alt.layer(
        base.mark_rect(color="var(--accent)").encode(x=x, y=y, opacity=alt.Opacity("step:O", scale=steps, legend=None)),
        base.mark_text(fontSize=12).encode(x=x, y=y, text="models:Q", color=text),
    ).properties(width=width, height=len(takers) * 38 + 40)
