"""Figures of the tested thesis: rate ratios with their ranges, and families beside what is expected of them."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.surface.schema import CADENCE, SCORE, SURFACE
from pipeline.charts.kit.axes import FEW_TICKS, line_at, log_scale, ratio_ticks, rows_of, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone

ROW = 26
"""Height of a row of dots, px."""

MAIN = (SURFACE, SCORE, CADENCE)
"""Terms that the question is about, in colour and in this order."""

TICKS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]


def _counted(facts: PageFacts) -> str:
    """What the model of surface counts."""
    releases, families = facts.text("thesis.surface.releases"), facts.text("thesis.surface.families")
    return f"n = {releases} releases of {families} families"


# ----------------------------------------------------------------------------------------- effects


def effects(terms: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """What goes with more derivatives: surface, cadence and score, then the other traits of the first model.

    terms: the table `thesis`.
    """
    key, title = "thesis-effects", facts.text("thesis.title")
    if terms.is_empty():
        return Absent(key, title, facts.text("thesis.sentence"))
    shown = pl.concat(
        [
            terms.filter(
                pl.col("term").is_in(MAIN), ~((pl.col("model") == "quality") & (pl.col("term") == SURFACE))
            ).sort(
                pl.col("term").replace_strict({term: place for place, term in enumerate(MAIN)}, return_dtype=pl.Int64)
            ),
            terms.filter(pl.col("model") == "surface", ~pl.col("term").is_in(MAIN)).sort("position"),
        ]
    ).with_columns(
        is_main=pl.col("term").is_in(MAIN),
        name=pl.when(pl.col("category") == "")
        .then(pl.col("label").replace_strict(SHORT, default=pl.col("label")))
        .otherwise(pl.col("label").str.split(", against").list.first()),
    )
    first = shown.row(0, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            "Derivatives per month of a release, times as many, log scale; lines: the range when one family at a time "
            f"is left out, which is no interval; declared direct derivatives, {facts.text('snapshot.date')}"
        ),
        draw=lambda width: _dots(shown, width),
        description=(
            f"Dot plot of {shown.height} rate ratios on a log axis, each with its range when one family at a time "
            "is left out; 1 is no difference. "
            f"{facts.text('thesis.sentence')}\n\n"
            f"{first['label']}: {words.times(first['rate_ratio'])} "
            f"({words.span(first['without_low'], first['without_high'])}). "
            f"{facts.text('thesis.quality.sentence')}\n\n"
            f"{facts.text('thesis.cadence.sentence')}"
        ),
        table=shown.drop("is_main", "name"),
        column_labels={
            "label": "Term",
            "rate_ratio": "Rate ratio",
            "p": "p",
            "without_low": "Least without one family",
            "without_high": "Most without one family",
        },
        source=source_line(facts, _counted(facts)),
        note=(
            "Coloured: what the question is about. Each trait is set against one class: size 4B to 10B, text, a "
            "permissive licence, open access, dense. The score is from the model of scored releases."
        ),
        kind="Dot plot",
    )


SHORT = {
    "Surface at release, ten points of the grid more": "Surface, +10 points",
    "Cadence, five release days a year more": "Cadence, +5 days",
    "Score, ten points more": "Score, +10 points",
    "Twice as old, beyond the exposure": "Twice as old",
}


def _dots(shown: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    names = 152 if phone else 250
    low, high = min(*shown["without_low"], 1), max(*shown["without_high"], 1)
    low, high = max(low, TICKS[0]), min(high, TICKS[-1])
    drawn = shown.with_columns(pl.col("without_low", "rate_ratio", "without_high").clip(low, high))
    if phone:
        drawn = drawn.with_columns(name=pl.col("name").str.replace("^(Size|Modality|Experts|Access): ", ""))
    scale = log_scale(low / 1.1, high * 1.1)
    ticks = [tick for tick in TICKS if low <= tick <= high]
    if phone:
        ticks = [tick for tick in ticks if tick in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
    if len(ticks) < FEW_TICKS:
        ticks = ratio_ticks(low / 1.1, high * 1.1)
    axis = alt.Axis(**ticks_at(ticks), format="~g")
    x = alt.X("rate_ratio:Q", scale=scale, title=None, axis=axis)
    y = rows_of("name", drawn["name"].to_list(), minExtent=names, maxExtent=names, labelLimit=names)
    ink = alt.when("datum.is_main").then(alt.value("var(--accent)")).otherwise(alt.value("var(--muted)"))
    base = alt.Chart(drawn)
    return alt.layer(
        line_at(1.0, scale, axis),
        base.mark_rule(strokeWidth=2.5).encode(
            x=alt.X("without_low:Q", scale=scale), x2="without_high:Q", y=y, color=ink
        ),
        base.mark_point(size=70).encode(x=x, y=y, color=ink),
    ).properties(width=width, height=ROW * drawn.height + 30)


# ---------------------------------------------------------------------------------------- families


def by_family(expected: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Derivatives of each family over what the first model expects of its releases.

    expected: the table `thesis_expected`.
    """
    key, title = "thesis-families", facts.text("thesis.families.title")
    rows = expected.filter(pl.col("model") == "surface", pl.col("kind") == "family", pl.col("expected") > 0)
    if rows.is_empty():
        return Absent(key, title, facts.text("thesis.families.sentence"))
    pair = compared(facts)
    drawn = rows.with_columns(ratio=pl.col("observed") / pl.col("expected")).sort(
        "ratio", "category", descending=[True, False]
    )
    most, least = drawn.row(0, named=True), drawn.row(-1, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            "Declared direct derivatives of a family's releases over what the model of surface expects of them, "
            f"log scale; 1: as many as expected; {facts.text('snapshot.date')}"
        ),
        draw=lambda width: _ratios(drawn, pair, families, width),
        description=(
            f"Dot plot of observed over expected derivatives for {drawn.height} families, on a log axis. "
            f"{facts.text('thesis.families.sentence')}\n\n"
            f"Most: {most['category']}, {words.times(most['ratio'])}; least: {least['category']}, "
            f"{words.times(least['ratio'])}.\n\n{facts.text('thesis.fit.sentence')}"
        ),
        table=drawn.select("category", "releases", "observed", "expected", ratio=pl.col("ratio").round(3)),
        column_labels={
            "category": "Family",
            "releases": "Releases",
            "observed": "Observed",
            "expected": "Expected",
            "ratio": "Ratio",
        },
        source=source_line(facts, _counted(facts)),
        note="Families without any derivative stand at the left end." if not least["observed"] else None,
        kind="Dot plot",
    )


def _ratios(drawn: pl.DataFrame, pair: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    rank = ranks(families)
    positive = [ratio for ratio in drawn["ratio"] if ratio > 0]
    low, high = min(*positive, 0.5), max(*positive, 2.0)
    scale = log_scale(low / 1.2, high * 1.2)
    ticks = [tick for tick in TICKS if low / 1.2 <= tick <= high * 1.2]
    axis = alt.Axis(**ticks_at(ticks), format="~g")
    x = alt.X("ratio:Q", scale=scale, title=None, axis=axis)
    y = rows_of("category", drawn["category"].to_list(), minExtent=92, maxExtent=92)
    shown = drawn.with_columns(pl.col("ratio").clip(lower_bound=low / 1.2))
    layers = [
        alt.Chart(shown.filter(pl.col("category") == name))
        .mark_point(size=90, color=family_style(rank.get(name)).mark)
        .encode(x=x, y=y)
        for name in pair
        if name in drawn["category"]
    ]
    return alt.layer(
        line_at(1.0, scale, axis),
        alt.Chart(shown.filter(~pl.col("category").is_in(pair)))
        .mark_point(size=64, color="var(--family-grey)")
        .encode(x=x, y=y),
        *layers,
    ).properties(width=width, height=20 * drawn.height + 30)
