"""The specification curve: every different result of the rules as a mark, a panel for each kind of evidence.

A panel has a row for a result: its rule in words, its ratio, and how many derivatives the other group has there, since
a ratio to few says little. Of more results than `MOST` the lowest, the highest, that of the headline, the plain rules
and some between them have a row, and a strip on top has a tick for each. The colour is that of the group that is
ahead. Dotted lines are published ratios, whose rules differ, or are not stated.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives.facts import CONVERSIONS, KINDS
from pipeline.chapters.derivatives.lead import BY_RELATION, PUBLISHED
from pipeline.chapters.derivatives.robustness import AXES
from pipeline.charts.derivatives.counts import both_and_ratio, leader_over_other
from pipeline.charts.derivatives.lead_drawing import AND, FLAG, ROW, fitting, rows_of_flags, ticks_of
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import log_scale, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.ends import HALO
from pipeline.charts.kit.families import ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone
from pipeline.counting.definitions import WORDS
from pipeline.counting.results import distinct

KEY = "specification-curve"
PANELS = {"declared": ("declared", "declared_or_inferred"), "shape": ("shape",), "name": ("name",)}
"""Kinds of evidence whose results stand in one panel, the strongest first, as results are kept apart."""
BY_RULE = ("evidence", *AXES)
"""Columns of the table that say how a rule counts."""
MOST, MOST_ON_PHONE = 10, 5
"""Results of a panel that have a row."""
LINE, TALL, HEAD, STRIP, GAP = 18, 34, 26, 20, 12
"""Heights of a row, of one on a phone, of a panel's head and of its strip, and between panels, px."""
LETTER = 12
NAMES = 250
"""Px that rules may take at the left."""


def specification_curve(
    ratios: pl.DataFrame, lead: pl.DataFrame, families: pl.DataFrame, facts: PageFacts
) -> Figure | Absent:
    """Every different result by kind of evidence. ratios, lead: the tables; of `lead` the published ratios."""
    title = facts.text("derivatives.grid.title")
    if not ratios.height or distinct(ratios).height < 2:
        return Absent(KEY, title, "Fewer than two results of both in this snapshot.")
    pair = ratios["subject"][0], ratios["reference"][0]
    ratios, first, second = leader_over_other(ratios)
    table = ranked_results(ratios)
    other = "reference_derivatives" if second == pair[1] else "subject_derivatives"
    published = published_lines(lead, turned=first != pair[0])
    panels = panels_of(table, other)
    inks = {name: family_style(ranks(families).get(name)).mark for name in (first, second)}
    medians = [
        f"{words.lower(panel.name)} {words.times(panel.rows.select(pl.col('ratio').sort().median()).item())}"
        for panel in panels
    ]
    return Figure(
        key=KEY,
        title=title,
        subtitle=(
            f"Derivatives of {first} for each one of {second}: {table.height} different results of "
            f"{words.counted(ratios.height, 'rule')}, log scale; at the right how many {second} has; "
            f"{facts.text('snapshot.named')}"
        ),
        draw=lambda width: _chart(panels, published, (first, second), inks, width),
        description=(
            f"Specification curve of {table.height} different results of {ratios.height} rules: the ratio of {first} "
            f"to {second} derivatives, log scale, in {words.counted(len(panels), 'panel')} by kind of evidence, with "
            f"the count of {second} beside each. {facts.text('derivatives.grid.sentence')}\n\n"
            f"Median ratio: {'; '.join(medians)}."
            + (f" Ratios {'; '.join(line.label for line in published)}." if published else "")
            + "\n\nA share of results describes this grid and is no probability."
        ),
        table=table.select(
            "label",
            "subject_derivatives",
            "reference_derivatives",
            "ratio",
            "definitions",
            "rank",
            "definition",
            *BY_RULE,
        ),
        column_labels={
            "label": "Rule",
            **both_and_ratio(ratios, first, second),
            "definitions": "Rules with this result",
        },
        source=source_line(facts, f"{table.height} results of {ratios.height} rules that count both alike"),
        note="Rules that give the same two counts are one result. "
        + ("Bold: the rule of this page. " if table["is_headline"].any() else "")
        + ("Dotted: published ratios." if published else ""),
        kind="Specification curve",
    )


def ranked_results(ratios: pl.DataFrame) -> pl.DataFrame:
    """One row a result, by ratio: those of the definition that stands for it, with `rank` and `definitions`."""
    many = ratios.group_by("result").agg(definitions=pl.len())
    rows = distinct(ratios).join(many, on="result").sort("ratio", "definition")
    return rows.with_row_index("rank", offset=1)


# ------------------------------------------------------------------------------------------ panels


@dataclass(frozen=True)
class Panel:
    """Results of one kind of evidence. rows: `ratio, rule, count, is_headline, is_plain`, the highest ratio first."""

    name: str
    rows: pl.DataFrame


def panels_of(table: pl.DataFrame, other: str) -> list[Panel]:
    """Those that have a result. other: the column with the count of the group that is divided by."""
    found = []
    for evidences in PANELS.values():
        rows = table.filter(pl.col("evidence").is_in(evidences)).sort("ratio", "definition", descending=[True, False])
        if rows.is_empty():
            continue
        kinds = [kind for kind in evidences if kind in rows["evidence"].unique()]
        rule = pl.struct("evidence", "label").map_elements(
            lambda row, kinds=kinds: short(row["evidence"], row["label"], kinds), return_dtype=pl.String
        )
        name = CONVERSIONS if kinds == ["declared_or_inferred"] else KINDS[kinds[-1]]
        found.append(
            Panel(f"By {name}", rows.select("ratio", "is_headline", "is_plain", rule=rule, count=pl.col(other)))
        )
    return found


def short(evidence: str, label: str, kinds: Sequence[str]) -> str:
    """A rule without what its panel says of all: `uploaders` for `by shape, uploaders`.

    kinds: those of the panel; of two, the rules by the second say so.
    """
    rest = label.removeprefix(WORDS[evidence]).removeprefix(", ") or "every repository"
    return f"{rest}, inferred too" if evidence != kinds[0] else rest


def named(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """At most so many rows: the ends, the headline's, then plain rules up to half of them, then others, far apart.

    Each is the one that is furthest on the axis from those that are there.
    """
    if rows.height <= most:
        return rows
    places = [math.log(ratio) for ratio in rows["ratio"]]
    headline, plain = ([at for at in range(rows.height) if rows[column][at]] for column in ("is_headline", "is_plain"))
    taken = list(dict.fromkeys([0, rows.height - 1, *headline]))
    while len(taken) < most:
        wanted = plain if len(taken) <= most // 2 else range(rows.height)
        left = [at for at in wanted if at not in taken] or [at for at in range(rows.height) if at not in taken]
        taken.append(max(left, key=lambda at: (min(abs(places[at] - places[one]) for one in taken), -at)))
    return rows[sorted(taken)]


# --------------------------------------------------------------------------------- published ratios


@dataclass(frozen=True)
class Published:
    """Ratios of others to one group, as lines."""

    label: str
    ratios: tuple[float, ...]


def published_lines(lead: pl.DataFrame, *, turned: bool) -> list[Published]:
    """Published ratios by whom they are to, with and without adapters. turned: of the reference to the subject."""
    rows = lead.filter(kind="stock", basis=PUBLISHED).with_columns(
        ratio=1 / pl.col("ratio") if turned else pl.col("ratio"),
        whom=pl.col("subject" if turned else "reference").str.split(AND).list.first(),
        without=pl.col("rule") == BY_RELATION["without_adapters"],
    )
    found = []
    for (whom, without), part in rows.sort("without", "date", "ratio").group_by("whom", "without", maintain_order=True):
        ratios = sorted(set(part["ratio"]))
        less = " without adapters" if without else ""
        found.append(Published(f"published, to {whom}{less}: {words.span(ratios[0], ratios[-1])}", tuple(ratios)))
    return found


# ------------------------------------------------------------------------------------------ drawing


def _chart(
    panels: Sequence[Panel],
    published: Sequence[Published],
    pair: tuple[str, str],
    inks: dict[str, str],
    width: int,
) -> alt.TopLevelMixin:
    """All panels on one axis of ratios; every place down is in px."""
    phone = is_phone(width)
    shown = [named(panel.rows, MOST_ON_PHONE if phone else MOST) for panel in panels]
    counts = room.widest([words.number(round(count)) for rows in shown for count in rows["count"]], LETTER)
    right = width - 14 - max(counts, min(room.width(pair[1], LETTER, bold=True), 90))
    names = [rule for rows in shown for rule in rows["rule"]]
    left = 14.0 if phone else min(NAMES, room.widest(names, LETTER, bold=True)) + 14
    every = [1.0, *(ratio for panel in panels for ratio in panel.rows["ratio"])]
    every += [ratio for line in published for ratio in line.ratios]
    low, high = min(every) / 1.08, max(every) * 1.08
    scale = log_scale(low, high)
    scale.range = [left, right - 14]
    ticks = [tick for tick in ticks_of(max(high, 1 / low)) if low <= tick <= high]
    look = "datum.value >= 1 ? format(datum.value, ',') + '×' : '1/' + format(round(1 / datum.value), ',')"
    axis = alt.Axis(**ticks_at(ticks), labelExpr=look, title=None)
    x = alt.X("ratio:Q", scale=scale, axis=axis)
    place = _Across(low, high, left, right - 14)
    published = sorted(published, key=lambda line: line.ratios)
    flags, tops, over = _published(published, place, width - 12)
    body, height = _body(panels, shown, (over, left, right, width), phone=phone)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, height], range=[0, height], nice=False), axis=None)
    one = alt.Chart(pl.DataFrame({"ratio": [1.0]})).mark_rule(color="var(--muted)", strokeDash=[4, 3])
    layers: list[alt.Chart] = [one.encode(x=x, y=alt.value(over), y2=alt.value(height))]
    for line, top in zip(published, tops, strict=True):
        dotted = alt.Chart(pl.DataFrame({"ratio": line.ratios})).mark_rule(color="var(--muted)", strokeDash=[1, 3])
        layers.append(dotted.encode(x=x, y=alt.value(top), y2=alt.value(height)))
    layers += flags
    ink = alt.condition("datum.ratio > 1", alt.value(inks[pair[0]]), alt.value(inks[pair[1]]))
    if body.strips.height:
        tick = alt.Chart(body.strips).mark_tick(orient="vertical", size=12, thickness=1.5, opacity=0.7)
        layers.append(tick.encode(x=x, y=y, color=ink))
    for is_headline, rows in body.marks.group_by("is_headline", maintain_order=True):
        dot = alt.Chart(rows).mark_point(size=110 if is_headline[0] else 50)
        layers.append(dot.encode(x=x, y=y, fill=ink, stroke=ink))
    layers += list(_texts(body.texts, y))
    header = pl.DataFrame({"text": [room.cut(pair[1], 90, LETTER, bold=True)], "x": [float(width - 6)]})
    head = alt.Chart(header).mark_text(align="right", fontSize=LETTER, fontWeight="bold", color="var(--muted)")
    layers.append(head.encode(x=alt.value(width - 6), y=alt.value(over + HEAD / 2), text="text:N"))
    whole = alt.LayerChart(layer=layers, width=width - 6, height=height)
    # Places are in px: a plot that gives way to its axis would leave them behind.
    return whole.configure(autosize=alt.AutoSizeParams(type="pad", contains="padding"))


@dataclass(frozen=True)
class _Across:
    """Where a ratio lies from the left, px."""

    low: float
    high: float
    left: float
    right: float

    def __call__(self, ratio: float) -> float:
        return self.left + (self.right - self.left) * math.log(ratio / self.low) / math.log(self.high / self.low)


def _published(
    published: Sequence[Published], place: _Across, width: int
) -> tuple[list[alt.Chart], list[float], float]:
    """The names of published lines, above the panels; where each line begins; and where the panels do, px."""
    flags = pl.DataFrame({"label": [line.label for line in published]}, schema={"label": pl.String})
    lines = [place(line.ratios[0]) for line in published]
    flags = fitting(flags, lines, width)
    rows = rows_of_flags(flags, lines, width)
    layers = []
    for (row, side), label, at in zip(rows, flags["label"], lines, strict=True):
        look: dict[str, Any] = {"align": side, "dx": 3 if side == "left" else -3}
        for over in (HALO, {}):
            text = alt.Chart(pl.DataFrame({"label": [label]})).mark_text(
                fontSize=FLAG, color="var(--muted)", **look, **over
            )
            layers.append(text.encode(x=alt.value(at), y=alt.value(ROW / 2 + ROW * row), text="label:N"))
    return layers, [ROW * row + 3.0 for row, _ in rows], ROW * (1 + max((row for row, _ in rows), default=-1)) + 8


@dataclass(frozen=True)
class _Body:
    """What the panels show. marks, strips: `ratio, y`; texts: `text, x, y, align, weight, ink`."""

    marks: pl.DataFrame
    strips: pl.DataFrame
    texts: pl.DataFrame


def _body(
    panels: Sequence[Panel], shown: Sequence[pl.DataFrame], edges: tuple[float, float, float, int], *, phone: bool
) -> tuple[_Body, float]:
    """Marks and words of all panels, and where they end. edges: top, left and right of the plot, width of all, px."""
    at, left, right, width = edges
    marks: list[dict[str, Any]] = []
    strips: list[dict[str, Any]] = []
    texts: list[tuple[str, float, float, str, str, str]] = []
    for panel, rows in zip(panels, shown, strict=True):
        many = words.counted(panel.rows.height, "result")
        room_left = right - 20 - room.width(many, LETTER) - 12
        name = room.cut(panel.name, room_left, 13, bold=True)
        texts.append((name, 0.0, at + HEAD / 2, "left", "bold", "var(--ink)"))
        texts.append((many, room.width(name, 13, bold=True) + 10, at + HEAD / 2, "left", "normal", "var(--muted)"))
        at += HEAD
        if rows.height < panel.rows.height:
            strips += [{"ratio": ratio, "y": at + STRIP / 2} for ratio in panel.rows["ratio"]]
            if not phone:
                texts.append(("every result", left - 14, at + STRIP / 2, "right", "normal", "var(--muted)"))
            at += STRIP
        for row in rows.iter_rows(named=True):
            dot = at + (TALL - 8 if phone else LINE / 2)
            word_at = at + 10 if phone else dot
            weight = "bold" if row["is_headline"] else "normal"
            limit = right if phone else left - 14
            rule = room.cut(row["rule"], limit, LETTER, bold=row["is_headline"])
            place = (0.0, "left") if phone else (left - 14, "right")
            texts.append((rule, place[0], word_at, place[1], weight, "var(--ink)"))
            texts.append(
                (
                    words.number(round(row["count"])),
                    width - 6.0,
                    word_at if phone else dot,
                    "right",
                    weight,
                    "var(--muted)",
                )
            )
            marks.append({"ratio": row["ratio"], "y": dot, "is_headline": row["is_headline"]})
            at += TALL if phone else LINE
        at += GAP
    columns = ["text", "x", "y", "align", "weight", "ink"]
    schema = {"ratio": pl.Float64, "y": pl.Float64}
    return _Body(
        pl.DataFrame(marks, schema=schema | {"is_headline": pl.Boolean}),
        pl.DataFrame(strips, schema=schema),
        pl.DataFrame(texts, schema=columns, orient="row"),
    ), at


def _texts(texts: pl.DataFrame, y: alt.Y) -> Iterator[alt.Chart]:
    """Words, where lines may run behind them."""
    places = alt.X("x:Q", scale=None, axis=None)
    for (align, weight, ink), rows in texts.group_by("align", "weight", "ink", maintain_order=True):
        for over in (HALO, {}):
            text = alt.Chart(rows).mark_text(align=align, fontWeight=weight, color=ink, fontSize=LETTER, **over)
            yield text.encode(x=places, y=y, text="text:N")
