"""Figures of the chapter on MoE models: what fits where, and how sparse MoE models have become.

Titles are facts; the frames are `moe_reach` and `moe_sparsity`, the tables of these figures.
"""

from typing import Any, Literal

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.base.vocabulary import PLACES
from pipeline.chapters.moe.facts import USE_WORDS
from pipeline.charts.kit.axes import log_scale
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.moe.points import EXAMPLE, family_points, short

_SHADES = {
    "a desk": ("var(--ink)", "var(--surface)"),
    "one server": ("var(--muted)", "var(--surface)"),
    "several servers": ("var(--family-grey)", "black"),
    "none here": ("var(--grid)", "var(--ink)"),
}
"""Fill of a place and of the count on it, from near to out of reach."""

_REACH, _SPARSITY = "mixtures-reach", "mixtures-sparsity"


# ------------------------------------------------------------------------------------------- reach


def reach(rows: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """MoE models by the least demanding place whose memory is enough, for running and for fine-tuning.

    rows: the table `moe_reach`.
    """
    title = facts.text("moe.reach.title")
    mixtures = rows.filter(mixture="moe")
    if mixtures.is_empty():
        return Absent(_REACH, "What fits where", facts.text("moe.reach.sentence"))
    uses, places = list(USE_WORDS), list(PLACES)
    table = (
        mixtures.with_columns(
            label=pl.col("use").replace_strict({use: _label(use) for use in uses}),
            rank=pl.col("use").replace_strict({use: place for place, use in enumerate(uses)}, return_dtype=pl.Int64),
            near=pl.col("place").replace_strict({name: at for at, name in enumerate(places)}, return_dtype=pl.Int64),
        )
        .sort("rank", "near")
        .with_columns(end=pl.col("releases").cum_sum().over("use"))
        .with_columns(start=pl.col("end") - pl.col("releases"))
    )
    n = int(table.filter(use="run_4bit")["releases"].sum())
    parts = [
        f"{_label(use)}: "
        + ", ".join(f"{row['place']} {row['releases']}" for row in table.filter(use=use).iter_rows(named=True))
        for use in uses
    ]
    return Figure(
        key=_REACH,
        title=title,
        subtitle=(
            f"MoE models whose need of memory is met by a machine at a desk, by one server, by several "
            f"joined servers, or by none on the register; n = {n} releases with a counted configuration"
        ),
        draw=lambda width: _bars(table, width),
        description=(
            f"Stacked bars of the number of MoE models by the least demanding place with enough memory, a bar "
            f"per use. {title}.\n\n{'. '.join(parts)}.\n\n{facts.text('moe.reach.dense')}"
        ),
        table=table.drop("rank", "near", "start", "end"),
        column_labels={"label": "Use", "place": "Enough is", "releases": "Mixtures"},
        source=source_line(
            "config.json of each release, machines and memory rules (registers of this report)",
            f"n = {n} MoE models · memory alone decides",
        ),
        note=(
            "Running: one sequence of 8,192 tokens. Full fine-tuning: Adam in mixed precision. A machine that holds a "
            "training run may be far too slow for it."
        ),
        kind="Stacked bar chart",
    )


def _label(use: str) -> str:
    return words.upper(USE_WORDS[use].removeprefix("be "))


def _bars(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    order = table["label"].unique(maintain_order=True).to_list()
    places = [place for place in _SHADES if place in table["place"]]
    axis = alt.Axis(labels=not phone, ticks=False, domain=False, labelLimit=220, labelColor="var(--ink)")
    y = alt.Y("label:N", sort=order, title=None, axis=axis, scale=alt.Scale(paddingInner=0.5 if phone else 0.35))
    x = alt.X("start:Q", title="Mixtures", axis=alt.Axis(tickMinStep=1, tickCount=6))
    color = alt.Color(
        "place:N",
        scale=alt.Scale(domain=places, range=[_SHADES[place][0] for place in places]),
        legend=alt.Legend(orient="top", columns=2 if phone else 0),
    )
    on_it = alt.Color(
        "place:N", scale=alt.Scale(domain=places, range=[_SHADES[place][1] for place in places]), legend=None
    )
    base = alt.Chart(table)
    counts = alt.Chart(table.with_columns(middle=(pl.col("start") + pl.col("end")) / 2))
    layers = [
        base.mark_bar(stroke="var(--surface)", strokeWidth=1).encode(x=x, x2="end:Q", y=y, color=color),
        counts.mark_text(fontWeight="bold", fontSize=12).encode(x="middle:Q", y=y, text="releases:Q", color=on_it),
    ]
    if phone:
        names = alt.Chart(table.unique("label", keep="first", maintain_order=True))
        over = names.mark_text(align="left", dy=-14, fontSize=12, baseline="bottom")
        layers.append(over.encode(x=alt.value(0), y=y, text="label:N"))
    return (
        alt.layer(*layers)
        .resolve_scale(color="independent")
        .properties(width=width, height=(60 if phone else 34) * len(order) + 10)
    )


# ---------------------------------------------------------------------------------------- sparsity


def sparsity(rows: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Share of parameters that a token activates, by date of release. rows: the table `moe_sparsity`."""
    title = facts.text("moe.sparsity.title")
    if rows.height < 2:
        return Absent(_SPARSITY, title, facts.text("moe.sparsity.sentence"))
    table = rows.with_columns(percent=pl.col("active_share") * 100).sort("released", "model")
    least, most = (table.sort("percent", "model").row(at, named=True) for at in (0, -1))
    return Figure(
        key=_SPARSITY,
        title=title,
        subtitle=(
            f"Activated parameters in % of the language model's, embeddings in, by release, "
            f"{words.month(table['released'][0])} to {words.month(table['released'][-1])}; log scale; n = "
            f"{table.height} MoE models; grey: other families"
        ),
        draw=lambda width: _sparse(table, families, width),
        description=(
            f"Dot plot of the share of activated parameters in % against the date of release for {table.height} "
            f"MoE models, the share on a log scale. {title}.\n\nIt runs from "
            f"{words.percent(most['active_share'])} ({short(most['model'])}) to "
            f"{words.percent(least['active_share'])} ({short(least['model'])}).\n\n"
            f"{facts.text('moe.sparsity.sentence')}"
        ),
        table=table,
        column_labels={
            "model": "Release",
            "country": "Country",
            "released": "Released",
            "experts": "Experts",
            "experts_per_token": "Per token",
            "percent": "Activated, %",
        },
        source=source_line(
            "config.json and dates of releases (register of this report)",
            f"n = {table.height} MoE models · share computed from the configuration",
        ),
        note="Registered releases with a counted configuration; the list is a judgement, and the first years hold few.",
        kind="Dot plot",
    )


def _sparse(table: pl.DataFrame, families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    x = alt.X(
        "released:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=False), scale=alt.Scale(padding=14)
    )
    y = alt.Y(
        "percent:Q",
        title=None,
        scale=log_scale(2, 40),
        axis=alt.Axis(values=[2, 5, 10, 20, 40], labelExpr="datum.value + ' %'"),
    )
    named = _named(table)
    tooltip = [
        alt.Tooltip("model:N", title="Release"),
        alt.Tooltip("percent:Q", title="Activated, %", format=".2~r"),
        alt.Tooltip("experts:Q", title="Experts"),
    ]
    points = family_points(table, families, width, size=75, legend="top", tooltip=tooltip).encode(x=x, y=y)
    layers: list[alt.Chart] = [points]
    sides: tuple[tuple[Literal["left", "right"], int], ...] = (("left", -3), ("right", 3))
    for align, away in sides:
        text = alt.Chart(named.filter(pl.col("align") == align))
        halos: tuple[dict[str, Any], ...] = ({"stroke": "var(--surface)", "strokeWidth": 4}, {})
        for halo in halos:
            mark = text.mark_text(align=align, dx=away, dy=-12, fontSize=12, **halo)
            layers.append(mark.encode(x=x, y=y, text="name:N"))
    return alt.layer(*layers).properties(width=width, height=330 if phone else 360)


def _named(table: pl.DataFrame) -> pl.DataFrame:
    """The first, the least and the most sparse release and the essay's example, with the side of the name."""
    ends = pl.concat([table.head(1), table.sort("percent", "model").head(1), table.filter(pl.col("model") == EXAMPLE)])
    middle = table["released"].min(), table["released"].max()
    left = pl.col("released") < pl.lit(middle[0]) + (pl.lit(middle[1]) - pl.lit(middle[0])) / 2
    return ends.unique("model", keep="first", maintain_order=True).with_columns(
        name=pl.col("model").map_elements(short, return_dtype=pl.String),
        align=pl.when(left).then(pl.lit("left")).otherwise(pl.lit("right")),
    )
