"""The figure of totals beside rates: derivatives of a family, its releases, and derivatives per release."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_of
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone

SHOWN = 12
"""Families with most derivatives that are shown, besides subject and reference."""

PANELS = {
    "derivatives": "Derivatives in total",
    "releases": "Releases",
    "per_release": "Derivatives per release",
}
ROW = 22
"""Height of a family's row, px."""
GAP = 14
"""Between panels, px."""
EDGE = 14
"""Beside names and panels together, px."""


def beside_rates(totals: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Derivatives in total, releases and derivatives per release of each family. totals: the table `family_totals`."""
    key, title = "surface-totals", facts.text("totals.title")
    stock = totals.filter(pl.col("derivatives") > 0, kind="stock")
    if stock.is_empty():
        return Absent(key, title, facts.text("totals.sentence"))
    pair = compared(facts)
    ordered = stock.sort("derivatives", "family", descending=[True, False])
    drawn = ordered.filter((pl.int_range(pl.len()) < SHOWN) | pl.col("family").is_in(pair))
    most = drawn.sort("per_release", "family", descending=[True, False]).row(0, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            "Direct declared derivatives of a family’s dated releases, own ones left out; releases; and the first over "
            f"the second; {facts.text('totals.label')}"
        ),
        draw=lambda width: _panels(drawn, pair, families, width),
        description=(
            f"Three bar charts, a row a family, for {drawn.height} families in order of their total. "
            f"{facts.text('totals.sentence')}\n\nMost per release: {most['family']}, "
            f"{words.number(round(most['per_release']))} over {words.counted(most['releases'], 'release')}."
        ),
        table=drawn.select("family", "derivatives", "releases", pl.col("per_release").round(2)),
        column_labels={"family": "Family", **PANELS},
        source=source_line(
            facts.text("totals.source"), f"n = {words.number(int(drawn['releases'].sum()))} releases of the register"
        ),
        note=f"The {words.word(SHOWN)} families with most derivatives." if stock.height > SHOWN else None,
        kind="Bar chart",
    )


def _panels(drawn: pl.DataFrame, pair: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone, rank, order = is_phone(width), ranks(families), drawn["family"].to_list()
    names = int(room.widest(order)) + 12
    columns = 1 if phone else len(PANELS)
    panels = []
    for place, (column, label) in enumerate(PANELS.items()):
        first = phone or place == 0
        rows = drawn.select("family", column, value=pl.col(column).map_elements(_amount, pl.String))
        values = room.widest(rows["value"].to_list(), 12) + 8
        plot = (width - names - EDGE) if phone else (width - names - (columns - 1) * GAP - EDGE) / columns
        top = max(*rows[column], 1e-9) * plot / (plot - values)
        x = alt.X(f"{column}:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=None)
        y = rows_of("family", order, minExtent=names, maxExtent=names, labelLimit=names)
        y = y if first else y.axis(None)
        base = alt.Chart(rows)
        bars = [
            alt.Chart(rows.filter(~pl.col("family").is_in(pair)))
            .mark_bar(color="var(--family-grey)", height=ROW - 8)
            .encode(x=x, y=y),
            *(
                alt.Chart(rows.filter(family=name))
                .mark_bar(color=family_style(rank.get(name)).mark, height=ROW - 8)
                .encode(x=x, y=y)
                for name in pair
                if name in order
            ),
        ]
        text = base.mark_text(align="left", dx=4, fontSize=12, color="var(--ink)").encode(x=x, y=y, text="value:N")
        panels.append(
            alt.layer(*bars, text).properties(
                width=plot, height=ROW * drawn.height, title=alt.Title(label, anchor="start", offset=6)
            )
        )
    return alt.concat(*panels, columns=columns, spacing=GAP).configure(
        autosize=alt.AutoSizeParams(type="pad", contains="padding")
    )


def _amount(value: float) -> str:
    return words.number(round(value)) if value >= 100 or value == round(value) else words.significant(value)
