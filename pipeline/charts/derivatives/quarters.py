"""The figure on shares by quarter: subject and reference among what was new, with the releases of both.

Each snapshot has a stretch of the axis of time, and no line crosses from one to the next, since rules and repositories
differ. Releases of both are ticks in a strip at the foot; a few are named above, each with a dotted line. A hollow mark
at the end of a dashed line is a quarter that was not over, a diamond what was new in the days of a flow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.derivatives.lead_drawing import FLAG, ROW, fitting, rows_of_flags
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import first_days, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.ends import HALO
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import FamilyStyle, family_style

KEY = "derivatives-by-quarter"
HEIGHT, AXIS, STRIP = 340, 44, 34
"""Height of the plot, room of the vertical axis, and of it the strip of releases at the foot, px."""
MIDDLE = timedelta(days=45)
"""From a quarter's first day to where its mark stands."""
GROUPS = {"family": "families", "organisation": "organisations"}
LETTER, NARROW = 12, 60
"""Size of what the stretches are called, and how wide one must be for that, px."""


def by_quarter(
    quarterly: pl.DataFrame, events: pl.DataFrame, bases: pl.DataFrame, families: pl.DataFrame, facts: PageFacts
) -> Figure | Absent:
    """Shares of new derivatives by quarter.

    quarterly, events, bases: the tables `derivatives_quarterly`, `lead_events` and `bases`, whose releases are ticks.
    """
    title = facts.text("derivatives.quarters.title")
    if quarterly.is_empty():
        return Absent(KEY, title, facts.text("derivatives.quarters.sentence"))
    pair = compared(facts)
    own = (pl.col("kind") == "stock") & pl.col("edition").is_null()
    named = quarterly.with_columns(label=pl.when(own).then(pl.lit(facts.text("snapshot.named"))).otherwise("label"))
    table = named.sort("quarter", "kind", pl.col("group").cast(pl.Enum(pair)), descending=[False, True, False])
    stretches = stretches_of(table)
    grouping = facts.text("report.grouping")
    launched = releases(bases, grouping, pair)
    return Figure(
        key=KEY,
        title=title,
        subtitle=(
            f"Share of {pair[0]} and of {pair[1]} among the new derivatives of all {GROUPS[grouping]}, by quarter of "
            f"creation; {'; '.join(table['label'].unique(maintain_order=True))}"
        ),
        draw=lambda width: _chart(table, stretches, events, launched, pair, families, width),
        description=(
            f"Line chart of the shares of {pair[0]} and {pair[1]} among new derivatives by quarter, "
            f"{words.quarter(table['quarter'][0])} to {words.quarter(table['quarter'][-1])}, with their releases as "
            f"ticks. {facts.text('derivatives.quarters.sentence')}"
        ),
        table=table.select(
            "quarter", "group", "derivatives", "of_all", "share", "is_partial", "label", "rule", "kind", "date"
        ),
        column_labels={
            "quarter": "Quarter from",
            "group": "Group",
            "derivatives": "Derivatives",
            "of_all": "Of all groups",
            "share": "Share",
            "is_partial": "Not over",
            "label": "Counted in",
        },
        source=source_line(
            "; ".join(table["source"].unique(maintain_order=True)),
            f"n = {words.number(sum(table.unique(['kind', 'quarter'])['of_all']))} dated derivatives",
        ),
        note=_note(table, len(stretches)),
        kind="Line chart",
    )


@dataclass(frozen=True)
class Stretch:
    """The part of the axis of time that one snapshot has. first, last: first days of its first and last quarter."""

    edition: str | None
    label: str
    rule: str
    first: date
    last: date


def stretches_of(table: pl.DataFrame) -> list[Stretch]:
    """Those of the stocks, the oldest first."""
    stocks = table.filter(kind="stock").group_by("edition", "label", "rule", maintain_order=True)
    ends = stocks.agg(first=pl.col("quarter").min(), last=pl.col("quarter").max()).sort("first")
    return [Stretch(**row) for row in ends.iter_rows(named=True)]


def releases(bases: pl.DataFrame, grouping: str, pair: Sequence[str]) -> pl.DataFrame:
    """`group, released` of each day on which one of the two released a model. bases: the table `bases`."""
    return (
        bases.select(pl.col(grouping).alias("group"), "released")
        .filter(pl.col("group").is_in(pair))
        .drop_nulls()
        .unique()
        .sort("released", "group")
    )


def _note(table: pl.DataFrame, stretches: int) -> str | None:
    """What the marks are, as far as they are there."""
    stocks = table.filter(kind="stock")
    parts = {
        "Hollow: a quarter that was not over.": stocks["is_partial"].any(),
        "Diamonds: what was new in the days of a flow alone.": (table["kind"] == "flow").any(),
        "Two snapshots count other repositories by another rule, so no line joins them.": stretches > 1,
        "Ticks at the foot: releases of both.": True,
    }
    return " ".join(text for text, is_there in parts.items() if is_there)


def placed(table: pl.DataFrame) -> pl.DataFrame:
    """Rows with `day`, where the mark stands: the middle of the quarter, of its part that was over, or a flow's day."""
    middle = pl.col("quarter").dt.offset_by(f"{MIDDLE.days}d")
    begun = pl.col("quarter") + (pl.col("date") - pl.col("quarter")) / 2
    return table.with_columns(
        day=pl.when(kind="flow").then("date").when("is_partial").then(begun.cast(pl.Date)).otherwise(middle)
    )


def pieces(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of stocks with `piece`, a number for each unbroken line, and `is_dashed`; ends of dashed ones stand twice.

    A line breaks between two snapshots and where a quarter is missing; that to a quarter that was not over is dashed.
    """
    stocks = table.filter(kind="stock").sort("group", "quarter")
    follows = pl.col("quarter").shift(1).dt.offset_by("3mo") == pl.col("quarter")
    is_same = pl.col("edition").eq_missing(pl.col("edition").shift(1)) & (pl.col("group") == pl.col("group").shift(1))
    numbered = stocks.with_columns(piece=(~(follows & is_same).fill_null(False)).cum_sum())
    before = pl.col("is_partial").shift(-1).over("piece").fill_null(False)
    solid = numbered.filter(~pl.col("is_partial")).with_columns(is_dashed=False)
    dashed = numbered.filter(pl.col("is_partial") | before).with_columns(is_dashed=True)
    return pl.concat([solid, dashed.filter(pl.len().over("piece") > 1)])


def _chart(
    table: pl.DataFrame,
    stretches: Sequence[Stretch],
    events: pl.DataFrame,
    launched: pl.DataFrame,
    pair: Sequence[str],
    families: pl.DataFrame,
    width: int,
) -> alt.TopLevelMixin:
    known = ranks(families)
    looks = {name: family_style(known.get(name)) for name in pair}
    marks = placed(table)
    first, last = min(table["quarter"]), max(marks["day"]) + timedelta(days=25)
    across = width - AXIS - 12
    span = (last - first).days

    def place(day: date) -> float:
        return across * (day - first).days / span

    until = min(max(table["date"]), last)  # a snapshot may be younger than its last derivative
    flags = events.filter(pl.col("group").is_in(pair), pl.col("date").is_between(first, until)).sort("date", "event")
    lines = [place(day) for day in flags["date"]]
    flags = fitting(flags, lines, across)
    named = rows_of_flags(flags, lines, across)
    called = [(stretch, _called(stretch, stretches, place, across)) for stretch in stretches]
    over = ROW * (1 + max((row for row, _ in named), default=-1)) + 4
    top = over + (LETTER + 3) * max((len(text) for _, (text, _) in called), default=0) + 20
    y = alt.Y(
        "share:Q",
        title=None,
        axis=alt.Axis(values=_steps(max(table["share"])), format=".0%", minExtent=AXIS - 8, maxExtent=AXIS - 8),
        scale=alt.Scale(domain=[0, max(table["share"])], range=[HEIGHT - STRIP, top], nice=False),
    )
    scale = alt.Scale(domain=[first.isoformat(), last.isoformat()], nice=False)
    x = alt.X(
        "day:T", title=None, scale=scale, axis=alt.Axis(format="%Y", grid=False, **ticks_at(first_days(first, last)))
    )
    layers: list[alt.Chart] = []
    for stretch in stretches[1:]:
        edge = alt.Chart(pl.DataFrame({"day": [stretch.first]})).mark_rule(color="var(--muted)", strokeWidth=1)
        layers.append(edge.encode(x=x, y=alt.value(over), y2=alt.value(HEIGHT - STRIP)))
    layers += _flagged(flags, named, looks, x)
    for _, (text, at) in called:
        layers += _texts(text, at, over)
    layers += _ticks(launched, looks, x, (first, until))
    drawn = pieces(marks)
    for name in pair:
        layers += _line(drawn.filter(group=name), marks.filter(group=name), looks[name], x, y)
    layers += _names(marks, looks, across, [place(day) for day in marks["day"]], (top, max(table["share"])))
    return alt.LayerChart(layer=layers, width=across, height=HEIGHT).configure(
        autosize=alt.AutoSizeParams(type="pad", contains="padding")
    )


def _steps(most: float) -> list[float]:
    """Ticks of shares up to the largest."""
    step = 0.1 if most > 0.3 else 0.05 if most > 0.12 else 0.02
    step = 0.2 if most > 0.6 else step
    return [round(step * n, 2) for n in range(int(most / step) + 1)]


def _called(stretch: Stretch, stretches: Sequence[Stretch], place: Any, across: float) -> tuple[list[str], float]:
    """What a stretch is called, in lines that fit above it, and where they begin; no words above a narrow one."""
    at = stretches.index(stretch)
    left = place(stretch.first) + (6 if at else 0)
    right = place(stretches[at + 1].first) - 6 if at + 1 < len(stretches) else across
    if right - left < NARROW:
        return [], left
    return [
        *room.lines(words.upper(stretch.label), right - left, LETTER),
        *room.lines(stretch.rule, right - left, LETTER),
    ], left


def _texts(lines: Sequence[str], left: float, top: float) -> list[alt.Chart]:
    """Lines of text from a place down."""
    return [
        alt.Chart(pl.DataFrame({"text": [line]}))
        .mark_text(align="left", baseline="top", fontSize=LETTER, color="var(--muted)", **over)
        .encode(x=alt.value(left), y=alt.value(top + 4 + row * (LETTER + 3)), text="text:N")
        for row, line in enumerate(lines)
        for over in (HALO, {})
    ]


def _flagged(
    flags: pl.DataFrame, named: Sequence[tuple[int, str]], looks: dict[str, FamilyStyle], x: alt.X
) -> list[alt.Chart]:
    """A dotted line at each named release, and its name above the plot, in the colour of its group."""
    layers = []
    for (row, side), flag in zip(named, flags.with_columns(day="date").iter_slices(1), strict=True):
        look = looks[flag["group"][0]]
        rule = alt.Chart(flag).mark_rule(color=look.mark, strokeDash=[1, 3])
        layers.append(rule.encode(x=x, y=alt.value(ROW * row + ROW / 2), y2=alt.value(HEIGHT - STRIP)))
        at: dict[str, Any] = {"align": side, "dx": 3 if side == "left" else -3}
        for over in (HALO, {}):
            name = alt.Chart(flag).mark_text(fontSize=FLAG, color=look.text, **at, **over)
            layers.append(name.encode(x=x, y=alt.value(ROW / 2 + ROW * row), text="label:N"))
    return layers


def _ticks(launched: pl.DataFrame, looks: dict[str, FamilyStyle], x: alt.X, days: tuple[date, date]) -> list[alt.Chart]:
    """A tick for each day with releases, a row for each of both."""
    layers = []
    shown = launched.filter(pl.col("released").is_between(*days)).with_columns(day="released")
    for row, (name, look) in enumerate(looks.items()):
        ticks = shown.filter(group=name)
        if ticks.height:
            top = HEIGHT - STRIP + 8 + 13 * row
            rule = alt.Chart(ticks).mark_rule(color=look.mark, strokeWidth=1.5)
            layers.append(rule.encode(x=x, y=alt.value(top), y2=alt.value(top + 10)))
    return layers


def _line(drawn: pl.DataFrame, marks: pl.DataFrame, look: FamilyStyle, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """One group's lines and marks."""
    layers = [
        alt.Chart(part)
        .mark_line(color=look.mark, strokeDash=[3, 4] if dashed else [1, 0])
        .encode(x=x, y=y, detail="piece:N")
        for (dashed,), part in drawn.group_by("is_dashed", maintain_order=True)
    ]
    kinds = (
        (marks.filter(pl.col("kind") == "stock", ~pl.col("is_partial")), "circle", look.mark, 36),
        (marks.filter(pl.col("kind") == "stock", pl.col("is_partial")), "circle", "var(--surface)", 60),
        (marks.filter(kind="flow"), "diamond", look.mark, 110),
    )
    for rows, shape, fill, size in kinds:
        if rows.height:
            edge = "var(--surface)" if shape == "diamond" else look.mark
            point = alt.Chart(rows).mark_point(shape=shape, size=size, fill=fill, stroke=edge, strokeWidth=1.5)
            layers.append(point.encode(x=x, y=y))
    return layers


def _names(
    marks: pl.DataFrame,
    looks: dict[str, FamilyStyle],
    across: float,
    places: Sequence[float],
    plot: tuple[float, float],
) -> list[alt.Chart]:
    """Both names at the right edge, by their own marks there, where neither the other's marks nor its name are.

    places: px of the marks from the left. plot: px of its top, and the share that is there.
    """
    top, most = plot
    names = {name: room.cut(name, across / 2, bold=True) for name in looks}
    shown = marks.with_columns(x=pl.Series(places), y=HEIGHT - STRIP - (HEIGHT - STRIP - top) * pl.col("share") / most)
    wide = {name: room.width(text, bold=True) for name, text in names.items()}
    layers, taken = [], []
    for name in shown.sort("share", descending=True).unique("group", keep="first", maintain_order=True)["group"]:
        near = shown.filter(pl.col("x") > across - wide[name] - 12)
        own, others = near.filter(group=name), near.filter(pl.col("group") != name)
        own = own if own.height else shown.filter(group=name).sort("x").tail(1)
        above, below = min(own["y"]) - 14, max(own["y"]) + 16
        downs = shown.filter(group=name, kind="stock").sort("x")["y"].tail(2)
        wanted = [below, above] if downs.len() == 2 and downs[1] > downs[0] + 8 else [above, below]
        tries = [*wanted, *(above - step for step in (15, 30, 45, 60))]
        apart = [at for at in tries if at < HEIGHT - STRIP - 6 and all(abs(place - at) >= 15 for place in taken)]
        free = [at for at in apart if all(abs(place - at) > 12 for place in others["y"])]
        at = next(iter([*free, *apart]), above)
        taken.append(at)
        label = alt.Chart(pl.DataFrame({"name": [names[name]]}))
        for halo in (HALO, {}):
            text = label.mark_text(align="right", fontWeight="bold", color=looks[name].text, **halo)
            layers.append(text.encode(x=alt.value(across), y=alt.value(at), text="name:N"))
    return layers
