"""The figure on published counts: every dated count of derivatives, by subject and by stated definition.

Each counter has a panel of its own, since two counters may count two things and their counts are then no series: those
of an organisation of the register that has at least `SERIES` of them, then all others. Marks in the colour of the
family that is counted most often are of it, grey ones of others. The shape stands for the stated definition, a
hollow mark for none, an arrow for a source that says *more than*. The band carries the latest count back at the growth
that was published with it, in the panel of its counter.
"""

from datetime import date, timedelta

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.base.vocabulary import DERIVATIVES
from pipeline.chapters.derivatives.facts_published import MIDDLE
from pipeline.charts.kit import room
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import FamilyStyle, family_style
from pipeline.charts.kit.theme import is_phone

SHAPES = {"not stated": "circle", "direct": "square", "tag": "diamond", "other": "triangle-up"}
NAMES = {"not stated": "definition not stated", "direct": "direct derivatives", "tag": "repositories with its tag"}
STATED = {"direct": ", direct", "tag": ", by tag"}
"""What a label says of the stated definition."""
HEIGHT = 200
"""Of a panel, px."""
AXIS = 48
"""Room of the vertical axis, px."""
SERIES = 2
"""Counts of one counter that make a panel."""
OTHERS = "others"
NEAR, LEVEL = 62, 9_000
"""Days and counts within which labels would touch."""


def counts(counted: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Published counts by date of publication. counted: the table `published_counts`."""
    key, title = "published-counts", facts.text("published.title")
    drawn = counted.filter("is_series").sort("published", "subject", "value", "publisher")
    if drawn.is_empty() or "published.subject" not in facts:
        return Absent(key, title, facts.text("published.sentence"))
    subject = facts.text("published.subject")
    table = drawn.select(
        "subject",
        "published",
        "value",
        "definition",
        "definition_kind",
        "is_lower_bound",
        "publisher",
        "counter",
        "kind",
    )
    kinds = [NAMES[kind] for kind in NAMES if kind in table["definition_kind"]]
    others = [name for name in table["subject"].unique().sort() if name != subject]
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Published counts of repositories built on {subject} (in colour) and on others (grey), by day of "
            "publication, a panel for each counter. Shape: stated definition; hollow: none stated; arrow: more than"
        ),
        draw=lambda width: _chart(table, subject, families, facts, width),
        description=(
            f"Scatter plots, one for each counter, of {words.number(table.height)} published counts of derivatives by "
            f"date, for {subject} and for {words.listed(others) if others else 'nobody else'}; shapes tell "
            f"{words.listed(kinds)}. "
            f"{facts.text('published.sentence')}\n\n{facts.text('published.stated')} {facts.text('published.fall')}"
            f"\n\n{facts.text('published.growth')} {facts.text('published.middle')}"
        ),
        table=table,
        column_labels={
            "subject": "Of",
            "published": "Published",
            "value": "Count",
            "definition": "Definition",
            "is_lower_bound": "Said to be more",
            "publisher": "Publisher",
        },
        source=source_line(
            "publishers as named in the table, most read in copies (register of this report)",
            f"n = {words.number(table.height)} counts",
        ),
        note=_note(facts),
        kind="Scatter plot",
    )


def _note(facts: PageFacts) -> str | None:
    if facts.value("published.middle.low") is None:
        return None
    return "Band: the latest count carried back at the lowest and highest growth a day that was published with it."


def panels(table: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """The counts by counter, the one with most first; those of counters with too few, or of none, come last."""
    many = table.drop_nulls("counter").group_by("counter").len().filter(pl.col("len") >= SERIES)
    names = many.sort("len", "counter", descending=[True, False])["counter"].to_list()
    parts = [(name, table.filter(counter=name)) for name in names]
    rest = table.filter(~pl.col("counter").is_in(names).fill_null(False))
    return [*parts, (OTHERS, rest)] if rest.height else parts


def _chart(
    table: pl.DataFrame, subject: str, families: pl.DataFrame, facts: PageFacts, width: int
) -> alt.TopLevelMixin:
    phone = is_phone(width)
    first, last = min(table["published"]), max(table["published"])
    start = min(first, MIDDLE) - timedelta(days=25)
    plot = width - AXIS
    parts = panels(table)
    named = pl.concat(_labelled(part, subject, width).select("published", "label", "side") for _, part in parts)
    right = named.filter(side="right").select("published", "label").iter_rows()
    ends = [(day - start) * (plot / (plot - room.width(label, 12) - 9)) + start for day, label in right]
    end = max(last + timedelta(days=(last - start).days // (4 if phone else 5)), *ends)
    x = alt.X(
        "published:T",
        title=None,
        scale=alt.Scale(domain=[start.isoformat(), end.isoformat()]),
        axis=alt.Axis(format="%b %Y", tickCount=4 if phone else 6, grid=False, labelBound=True),
    )
    top = float(max(table["value"])) * 1.12
    style = family_style(ranks(families).get(subject, 1))
    drawn = [
        _panel(part, subject, style, _band(part, table, subject, facts), x, top, width).properties(
            width=plot, height=HEIGHT, title="Counts of others" if name == OTHERS else f"{name}’s own counts"
        )
        for name, part in parts
    ]
    return alt.vconcat(*drawn, spacing=20)


def _panel(
    table: pl.DataFrame,
    subject: str,
    style: FamilyStyle,
    band: pl.DataFrame | None,
    x: alt.X,
    top: float,
    width: int,
) -> alt.LayerChart | alt.FacetChart:
    """One counter's counts. band: the wedge that carries the latest of them back, where it is theirs."""
    placed = _labelled(table, subject, width)
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=alt.Axis(labelExpr=_THOUSANDS, tickCount=5, minExtent=AXIS - 12, maxExtent=AXIS - 12),
    )
    known = list(SHAPES)
    shape = alt.Shape("definition_kind:N", scale=alt.Scale(domain=known, range=list(SHAPES.values())), legend=None)
    is_subject = f"datum.subject == {subject!r}"
    ink = alt.condition(is_subject, alt.value(style.mark), alt.value("var(--family-grey)"))
    filled = alt.Chart(table).transform_filter("datum.definition_kind != 'not stated'")
    hollow = alt.Chart(table).transform_filter("datum.definition_kind == 'not stated'")
    layers: list[alt.Chart | alt.LayerChart] = []
    if band is not None:
        layers.append(
            alt.Chart(band)
            .mark_area(color=style.mark, opacity=0.16, strokeWidth=0)
            .encode(x=x, y=alt.Y("low:Q", scale=alt.Scale(domain=[0, top], nice=False)), y2="high:Q")
        )
    layers += [
        alt.Chart(table)
        .transform_filter("datum.is_lower_bound")
        .mark_text(text="↑", dy=-15, fontSize=15)
        .encode(x=x, y=y, color=alt.condition(is_subject, alt.value(style.text), alt.value("var(--muted)"))),
        filled.mark_point(size=90).encode(x=x, y=y, shape=shape, fill=ink, stroke=ink),
        hollow.mark_point(size=80, fill="var(--surface)", strokeWidth=2).encode(x=x, y=y, shape=shape, stroke=ink),
        *_names(placed, style.text, x, y),
    ]
    return alt.layer(*layers)


_THOUSANDS = "datum.value ? format(datum.value / 1000, ',') + 'k' : '0'"


def _band(part: pl.DataFrame, table: pl.DataFrame, subject: str, facts: PageFacts) -> pl.DataFrame | None:
    """The wedge from the latest count back to the middle of 2025, in the panel that has that count."""
    low, high = (facts.value(f"published.middle.{end}") for end in ("low", "high"))
    mine = table.filter(pl.col("subject") == subject, pl.col("kind") == DERIVATIVES).sort("published").tail(1)
    is_here = part.join(mine, on=["subject", "kind", "published", "publisher"], how="semi").height > 0
    if low is None or mine.is_empty() or not is_here:
        return None
    day: date = mine["published"][0]
    value = float(mine["value"][0])
    return pl.DataFrame({"published": [MIDDLE, day], "low": [low, value], "high": [high, value]})


def _labelled(table: pl.DataFrame, subject: str, width: int) -> pl.DataFrame:
    """Counts with what stands beside their marks: number and stated definition, of others the name; and where."""
    count = pl.col("value").map_elements(words.number, return_dtype=pl.String)
    rows = table.with_columns(
        label=pl.when(pl.col("subject") == subject)
        .then(count + pl.col("definition_kind").replace_strict(STATED, default=""))
        .otherwise(pl.col("subject") if is_phone(width) else pl.format("{} {}", "subject", count)),
        mine=pl.col("subject") == subject,
    )
    return apart(rows)


def _names(placed: pl.DataFrame, ink: str, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """What stands beside the marks."""
    return [
        alt.Chart(part)
        .mark_text(
            align="left" if side == "right" else "right",
            dx=9 if side == "right" else -18 if dy < 0 else -9,
            dy=dy,
            fontSize=12,
        )
        .encode(
            x=x,
            y=y,
            text="label:N",
            color=alt.condition("datum.mine", alt.value(ink), alt.value("var(--muted)")),
        )
        for (side, dy), part in placed.group_by("side", "dy", maintain_order=True)
    ]


def apart(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that are named, with the side of their label and how far it is moved down.

    A label stands at the left where another mark of about the same height follows closely; of two at the left
    of about one height, the upper moves up and the lower down. A count that is published again is named once.
    """
    every = rows.sort("published", "value", "publisher").to_dicts()
    named: list[dict] = []
    for row in every:
        again = [other for other in named if other["subject"] == row["subject"] and other["label"] == row["label"]]
        if not any((row["published"] - other["published"]).days <= NEAR for other in again):
            named.append(row)
    for row in named:
        follows = any(
            other is not row and 0 <= (other["published"] - row["published"]).days <= NEAR and _level(row, other)
            for other in every
        )
        row["side"] = "left" if follows else "right"
        row["dy"] = 0
    lefts = [row for row in named if row["side"] == "left"]
    for row in lefts:
        beside = [
            other
            for other in lefts
            if other is not row and _level(row, other) and abs((other["published"] - row["published"]).days) <= NEAR
        ]
        if beside:
            row["dy"] = -8 if row["value"] > max(other["value"] for other in beside) else 8
    return pl.DataFrame(named)


def _level(row: dict, other: dict) -> bool:
    return abs(other["value"] - row["value"]) < LEVEL
