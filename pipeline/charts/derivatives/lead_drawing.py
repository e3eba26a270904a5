"""How *How the lead turned* is drawn: two panels on one axis of time, flags of releases, labels that do not meet."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.chapters.derivatives.lead import BY_RELATION, MONTHLY, PUBLISHED, RULES
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import first_days, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.ends import HALO
from pipeline.charts.kit.families import ranks
from pipeline.charts.kit.scales import FamilyStyle, family_style
from pipeline.charts.kit.theme import is_phone

TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Values of ticks above one; below one their inverses."""
STOCK, FLOW = 330, 320
"""Heights of both panels, px."""
SHORT_STOCK = 250
"""Height of the stocks where they stand alone, on the first screen, px."""
AXIS = 46
"""Room of the vertical axis, px."""
APART = 15
"""Least distance between two labels, px."""
FLAG, ROW = 12, 14
"""Size of the names of events, and the height of a row of them, px."""
AND = " with "
"""Between the names of one organisation's rows, such as `Meta with facebook`."""
NEAR = 5
"""A label that is moved further from its mark is joined to it by a line, px."""
SHORT = {
    RULES["direct"]: "direct",
    RULES["direct.all.mirrors_to_original"]: "mirrors credited",
    RULES["direct.all.mirrors_quantized_to_original"]: "quantized mirrors too",
    RULES["direct.without_adapters"]: "without adapters",
    RULES["direct.all.series_as_one"]: "series as one",
    RULES["direct.all.uploaders"]: "uploaders",
    RULES["direct.finetune"]: "fine-tunes",
    RULES["direct.adapter"]: "adapters",
    RULES["direct.quantized"]: "quantizations",
    RULES["direct.merge"]: "merges",
}
"""Rules as labels."""


def ticks_of(reach: float) -> list[float]:
    """Ticks on both sides of one, up to `reach` and down to its inverse."""
    above = [tick for tick in TICKS if tick <= reach]
    return sorted({1 / tick for tick in above} | set(above))


def flagged(flags: pl.DataFrame) -> list[tuple[str, date]]:
    """Names of releases and their days."""
    return list(flags.select("label", "date").iter_rows())


def labelled(shown: pl.DataFrame) -> pl.DataFrame:
    """Rows with `label`, what stands beside the mark, and `side`, where: right of a census, left of the last day.

    Of published ratios to one organisation the first says whom they are to; months have no label.
    """
    value = pl.when(pl.col("ratio") >= 1).then("ratio").otherwise(1 / pl.col("ratio"))
    times = value.map_elements(words.times, return_dtype=pl.String)
    is_published, is_month = pl.col("basis") == PUBLISHED, pl.col("rule") == MONTHLY
    whom = pl.col("reference").str.split(AND).list.first()
    of_relation = pl.col("rule") == BY_RELATION["without_adapters"]
    is_first = is_published & (pl.col("date") == pl.col("date").min().over("kind", "basis", whom))
    label = (
        pl.when(is_month)
        .then(pl.lit(""))
        .when(of_relation)
        .then(pl.format("{} without adapters", times))
        .when(is_first)
        .then(pl.format("{} to {}", times, "reference"))
        .when(is_published)
        .then(times)
        .otherwise(pl.format("{} {}", times, pl.col("rule").replace(SHORT)))
    )
    last = shown["date"].max()
    side = pl.when(is_published).then(pl.lit("above")).when(pl.col("date") == last).then(pl.lit("left"))
    return shown.with_columns(label=label, side=side.otherwise(pl.lit("right")), is_published=is_published)


def spread(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Places moved so far that each is `least` from the next, in their order, between `low` and `high`, px."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = [places[at] for at in order]
    for _ in range(200):
        for n in range(len(moved) - 1):
            short = least - (moved[n + 1] - moved[n])
            if short > 0:
                moved[n] -= short / 2
                moved[n + 1] += short / 2
        moved = [min(max(place, low), high) for place in moved]
    found = [0.0] * len(places)
    for at, place in zip(order, moved, strict=True):
        found[at] = place
    return found


def fitting(flags: pl.DataFrame, places: Sequence[float], width: float) -> pl.DataFrame:
    """Flags whose names are cut to the room on the wider side of their line. places: px of the lines."""
    cut = [room.cut(label, max(at, width - at) - 6, FLAG) for label, at in zip(flags["label"], places, strict=True)]
    return flags.with_columns(label=pl.Series(cut, dtype=pl.String))


def rows_of_flags(flags: pl.DataFrame, places: Sequence[float], width: float) -> list[tuple[int, str]]:
    """For each flag the row of its name, 0 at the top, and how the name is aligned at its line.

    places: px of their lines, rising; width: of the plot.
    """
    ends: list[float] = []
    found: list[tuple[int, str]] = []
    for at, label in zip(places, flags["label"], strict=True):
        wide = room.width(label, FLAG) + 5
        side = "left" if at + wide <= width else "right"
        start = at if side == "left" else at - wide
        row = next((n for n, end in enumerate(ends) if end <= start), len(ends))
        ends[row : row + 1] = [start + wide + 3]
        found.append((row, side))
    return found


@dataclass(frozen=True)
class _Plane:
    """A panel's plane of days and ratios, and where both lie in px.

    width, height: of the plot. top: the foot of the names of events above it. reach: the largest ratio, and the inverse
    of the smallest, so that one is in the middle.
    """

    first: date
    last: date
    width: float
    height: float
    top: float
    reach: float

    def across(self, day: date) -> float:
        """Px from the left."""
        return self.width * (day - self.first).days / (self.last - self.first).days

    def down(self, ratio: float) -> float:
        """Px from the top."""
        return self.top + (self.height - self.top) / 2 * (1 - math.log(ratio) / math.log(self.reach))

    def point(self, across: float, down: float) -> dict[str, Any]:
        """The day and the ratio that lie there."""
        aside = timedelta(days=round((self.last - self.first).days * across / self.width))
        part = 1 - 2 * (down - self.top) / (self.height - self.top)
        return {"date": self.first + aside, "ratio": self.reach**part}

    @property
    def x(self) -> alt.X:
        """The axis of time: a tick a year."""
        scale = alt.Scale(domain=[self.first.isoformat(), self.last.isoformat()])
        axis = alt.Axis(format="%Y", **ticks_at(first_days(self.first, self.last)), grid=False)
        return alt.X("date:T", title=None, scale=scale, axis=axis)

    @property
    def y(self) -> alt.Y:
        """The axis of ratios, with fractions below one."""
        axis = alt.Axis(
            **ticks_at(ticks_of(self.reach)),
            labelExpr="datum.value >= 1 ? format(datum.value, ',') : '1/' + format(round(1 / datum.value), ',')",
            minExtent=AXIS - 10,
            maxExtent=AXIS - 10,
        )
        domain, places = [1 / self.reach, self.reach], [self.height, self.top]
        return alt.Y(
            "ratio:Q", title=None, axis=axis, scale=alt.Scale(type="log", domain=domain, range=places, nice=False)
        )


def both(
    shown: pl.DataFrame,
    flags: pl.DataFrame,
    pair: tuple[str, str],
    families: pl.DataFrame,
    width: int,
) -> alt.TopLevelMixin:
    """Stocks above, flows below, each where it has rows."""
    rows, days, styles = labelled(shown), _days(shown), _styles(pair, families)
    panels = [
        _panel(part, events, pair, styles, days, (width, height)).properties(title=title)
        for kind, events, height, title in (
            ("stock", flags, STOCK, "Stock: what existed on a day"),
            ("flow", flags.clear(), FLOW, "Flow: what was new in some days"),
        )
        if (part := rows.filter(kind=kind)).height
    ]
    return alt.vconcat(*panels, spacing=18)


def in_short(
    shown: pl.DataFrame, flags: pl.DataFrame, pair: tuple[str, str], families: pl.DataFrame, width: int
) -> alt.TopLevelMixin:
    """The stocks; of a census the first rule and the furthest are named, the marks between them are not."""
    rows = labelled(shown)
    of_day = pl.col("ratio").over("date")
    is_end = (pl.col("ratio") == of_day.min()) | (pl.col("ratio") == of_day.max())
    is_named = pl.col("is_published") | (pl.col("rule") == RULES["direct"]) | is_end
    named = rows.with_columns(label=pl.when(is_named).then("label").otherwise(pl.lit("")))
    panel = _panel(named, flags, pair, _styles(pair, families), _days(shown), (width, SHORT_STOCK))
    # Its marks have their places in px: a plot that gives way to its axes would leave them behind.
    return panel.configure(autosize=alt.AutoSizeParams(type="pad", contains="padding"))


def _days(shown: pl.DataFrame) -> tuple[date, date]:
    """The ends of the axis of time."""
    return min(shown["date"]) - timedelta(days=20), max(shown["date"]) + timedelta(days=25)


def _styles(pair: tuple[str, str], families: pl.DataFrame) -> list[FamilyStyle]:
    known = ranks(families)
    return [family_style(known.get(name)) for name in pair]


def _panel(
    rows: pl.DataFrame,
    flags: pl.DataFrame,
    pair: tuple[str, str],
    styles: Sequence[FamilyStyle],
    days: tuple[date, date],
    size: tuple[int, int],
) -> alt.LayerChart:
    """Stocks or flows, with what they are beside them. styles: of subject and reference."""
    letter = 12 if is_phone(size[0]) else 13
    reach = max(*rows["ratio"], *(1 / rows["ratio"]), 2) * 1.35
    plane = _Plane(*days, size[0] - AXIS - 6, size[1], 0, reach)
    lines = [plane.across(day) for day in flags["date"]]
    flags = fitting(flags, lines, plane.width)
    named = rows_of_flags(flags, lines, plane.width)
    plane = replace(plane, top=ROW * (1 + max((row for row, _ in named), default=-1)) + 4)
    x, y = plane.x, plane.y
    mark, text = (
        alt.condition("datum.ratio >= 1", *(alt.value(colour) for colour in colours))
        for colours in zip(*((style.mark, style.text) for style in styles), strict=True)
    )
    one = alt.Chart(pl.DataFrame({"ratio": [1.0]})).mark_rule(color="var(--muted)", strokeDash=[4, 3]).encode(y=y)
    ours, theirs = rows.filter(~pl.col("is_published")), rows.filter("is_published")
    shape = "diamond" if rows["kind"][0] == "flow" else "circle"
    labels, boxes = _labels(rows.filter(pl.col("label") != ""), plane, letter)
    marks = [_around(plane, row["date"], row["ratio"]) for row in rows.iter_rows(named=True)]
    layers = [one, *_flags(flags, named, x), *_sides(pair, plane, [*boxes, *marks])]
    if ours.height:
        layers.append(alt.Chart(ours).mark_point(shape=shape, size=80).encode(x=x, y=y, fill=mark, stroke=mark))
    if theirs.height:
        hollow = alt.Chart(theirs).mark_point(shape=shape, size=80, strokeWidth=2, fill="var(--surface)")
        layers.append(hollow.encode(x=x, y=y, stroke=mark))
    for row, look in labels:
        if row["side"][0] != "above" and abs(look["dy"]) > NEAR:
            layers.append(_line_to_label(row, look, plane))
        layers += [
            alt.Chart(row).mark_text(fontSize=letter, **look, **over).encode(x=x, y=y, text="label:N", color=text)
            for over in (HALO, {})
        ]
    return alt.LayerChart(layer=layers, width=plane.width, height=size[1])


def _flags(flags: pl.DataFrame, named: Sequence[tuple[int, str]], x: alt.X) -> Iterator[alt.Chart]:
    """A dotted line at each event, and its name above the panel."""
    for (row, side), flag in zip(named, flags.iter_slices(1), strict=True):
        yield alt.Chart(flag).mark_rule(color="var(--muted)", strokeDash=[1, 3]).encode(x=x)
        look: dict[str, Any] = {"align": side, "dx": 3 if side == "left" else -3}
        for over in (HALO, {}):
            name = alt.Chart(flag).mark_text(fontSize=FLAG, color="var(--muted)", **look, **over)
            yield name.encode(x=x, y=alt.value(ROW / 2 + ROW * row), text="label:N")


@dataclass(frozen=True)
class _Box:
    """What a text or a mark fills, px."""

    left: float
    right: float
    top: float
    bottom: float

    def is_inside(self, plane: _Plane) -> bool:
        return min(self.left, self.top - plane.top, plane.width - self.right, plane.height - self.bottom) >= 0

    def touches(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def _around(plane: _Plane, day: date, ratio: float) -> _Box:
    """What a mark fills."""
    across, down = plane.across(day), plane.down(ratio)
    return _Box(across - 6, across + 6, down - 6, down + 6)


def _sides(pair: tuple[str, str], plane: _Plane, taken: Sequence[_Box]) -> Iterator[alt.Chart]:
    """Of whom there is more above one and below it, where nothing else stands; nothing where there is no such place."""
    half = room.widest([f"↓ more of {name}" for name in pair], FLAG) / 2 + 4
    middle = plane.down(1.0)
    steps = [half + (plane.width - 2 * half) * step / 12 for step in (3, 2, 4, 1, 5, 6, 7, 8, 9, 10, 11, 0, 12)]
    free = next(
        (
            at
            for at in steps
            if not any(_Box(at - half, at + half, middle - 18, middle + 18).touches(box) for box in taken)
        ),
        None,
    )
    if free is None or 2 * half > plane.width:
        return
    for over in (HALO, {}):
        for text, dy in ((f"↑ more of {pair[0]}", -9), (f"↓ more of {pair[1]}", 10)):
            side = alt.Chart(pl.DataFrame({"side": [text], "ratio": [1.0]}))
            look = side.mark_text(dy=dy, fontSize=FLAG, color="var(--muted)", **over)
            yield look.encode(x=alt.value(free), y=plane.y, text="side:N")


Look = dict[str, Any]
"""How a label stands at its mark: `align`, `dx`, `dy`."""


def _labels(rows: pl.DataFrame, plane: _Plane, letter: float) -> tuple[list[tuple[pl.DataFrame, Look]], list[_Box]]:
    """Each row with how its label stands, and what the labels fill.

    Ours stand beside their marks, apart from those of the same day, on the side where there is room. A published ratio
    has its label further from one than its mark, that without adapters nearer, or where there is room. A label without
    any room is left out: its row is in the table.
    """
    placed: list[tuple[pl.DataFrame, Look]] = []
    boxes: list[_Box] = []

    def place(row: pl.DataFrame, looks: Sequence[Look]) -> None:
        for look in looks:
            box = _box_of(row, look, plane, letter)
            is_inside = (
                box.left >= 0 and box.right <= plane.width and box.top >= plane.top and box.bottom <= plane.height
            )
            if is_inside and not any(box.touches(other) for other in boxes):
                placed.append((row, look))
                boxes.append(box)
                return

    for _, part in rows.filter(pl.col("side") != "above").group_by("side", "date", maintain_order=True):
        places = [plane.down(ratio) for ratio in part["ratio"]]
        moved = spread(places, APART, plane.top + 10, plane.height - 8)
        is_far = any(abs(to - at) > NEAR for at, to in zip(places, moved, strict=True))
        across, wide = plane.across(part["date"][0]), room.widest(part["label"].to_list(), letter) + 28
        side = str(part["side"][0])
        if (side == "right" and across + wide > plane.width) or (side == "left" and across < wide):
            side = "left" if side == "right" else "right"
        for row, at, to in zip(part.iter_slices(1), places, moved, strict=True):
            look = {"align": "left" if side == "right" else "right", "dx": (26 if is_far else 10) * _WAY[side]}
            place(row, [{**look, "dy": to - at}])
    for row in rows.filter(side="above").iter_slices(1):
        is_outside = row["rule"][0] != BY_RELATION["without_adapters"]
        ups = (-14, 15) if (row["ratio"][0] >= 1) == is_outside else (15, -14)
        place(row, [{"align": side, "dx": dx, "dy": dy} for dy in ups for side, dx in (("right", 9), ("left", -9))])
    return placed, boxes


def _box_of(row: pl.DataFrame, look: Look, plane: _Plane, letter: float) -> _Box:
    """What a label fills."""
    wide = room.width(row["label"][0], letter)
    at = plane.across(row["date"][0]) + look["dx"]
    left = at if look["align"] == "left" else at - wide
    middle = plane.down(row["ratio"][0]) + look["dy"]
    return _Box(left, left + wide, middle - letter * 0.6, middle + letter * 0.6)


_WAY = {"right": 1, "left": -1}


def _line_to_label(row: pl.DataFrame, look: dict[str, Any], plane: _Plane) -> alt.Chart:
    """A line from a mark to its label."""
    across, down = plane.across(row["date"][0]), plane.down(row["ratio"][0])
    end = plane.point(across + look["dx"] * 0.8, down + look["dy"])
    line = alt.Chart(pl.DataFrame([row.select("date", "ratio").row(0, named=True), end]))
    return line.mark_line(color="var(--muted)", strokeWidth=1).encode(x=plane.x, y=plane.y)
