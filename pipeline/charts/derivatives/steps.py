"""The figure *where the lead sits*: from the reference's published total to the subject's, relation by relation."""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives.facts_relations import about
from pipeline.chapters.derivatives.facts_steps import PARTS, quoted
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import relabelled
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone

HEIGHT, ROW = 330, 42
"""Height of the columns, and of a row on a phone, px."""
LETTER = 12
"""Size of the names on a phone and under the columns, px."""
FIRST_INK, INK = "var(--ink)", "var(--family-grey)"
"""Colours of adapters, as in the figure on shares, and of the other relations: neither is a family's."""

LESS = "−"
"""Before a step down."""


def steps(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Differences by relation between the totals of both. table: the table `published_steps`."""
    key, title = "published-steps", facts.text("published.surplus.title")
    if table.is_empty():
        return Absent(key, title, facts.text("published.surplus"))
    rows = quoted(table)
    first = rows.row(0, named=True)
    when = about(first["as_of"], first["as_of_precision"])
    bars = placed(rows)
    known = ranks(families)
    inks = [family_style(known.get(name)).mark for name in compared(facts)]
    empty = [
        PARTS[row["relation"]] for row in rows.iter_rows(named=True) if row["subject_count"] + row["other_count"] == 0
    ]
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Direct declared derivatives of {first['other']}, then what {first['subject']} has more of each relation "
            f"(hollow: fewer), then {first['subject']}’s; {when}"
        ),
        draw=lambda width: (_rows if is_phone(width) else _columns)(coloured(bars, inks), width),
        description=(
            f"Waterfall chart of derivatives, from {words.number(first['other_total'])} of {first['other']} to "
            f"{words.number(first['subject_total'])} of {first['subject']}, a step for each relation. "
            f"{facts.text('published.surplus')}"
        ),
        table=table.with_columns(name=pl.col("relation").replace_strict(PARTS, return_dtype=pl.String)).select(
            "name", "subject", "other", "subject_count", "other_count", "difference", "share"
        ),
        column_labels={
            "name": "Relation",
            "subject": "Of",
            "other": "Against",
            "subject_count": "Derivatives",
            "other_count": "Of the other",
            "difference": "Difference",
            "share": "Of the lead",
        },
        source=source_line(first["publisher"], f"published {when}; differences computed here"),
        note=f"The publisher’s column of {words.listed(empty)} is empty." if empty else None,
        kind="Waterfall chart",
    )


def placed(rows: pl.DataFrame) -> pl.DataFrame:
    """A bar for both totals and for each relation that either has: `name, low, high, end, value, role`.

    end: where the next bar begins. rows: the steps of one comparison.
    """
    first = rows.row(0, named=True)
    at = first["other_total"]
    bars = [(first["other"], 0, at, at, words.number(at), "reference")]
    for row in rows.iter_rows(named=True):
        if row["subject_count"] + row["other_count"] == 0:
            continue
        end = at + row["difference"]
        name = words.upper(PARTS[row["relation"]])
        bars.append((name, min(at, end), max(at, end), end, signed(row["difference"]), row["relation"]))
        at = end
    bars.append((first["subject"], 0, at, at, words.number(at), "subject"))
    names = ["name", "low", "high", "end", "value", "role"]
    return pl.DataFrame(bars, schema=names, orient="row")


def signed(difference: int) -> str:
    """`+79,471`, `−4,204`."""
    return f"{'+' if difference > 0 else LESS if difference < 0 else '±'}{words.number(abs(difference))}"


def coloured(bars: pl.DataFrame, inks: list[str]) -> pl.DataFrame:
    """Bars with `ink` and `fill`, which is hollow where the subject has fewer. inks: of subject and reference."""
    roles = {"subject": inks[0], "reference": inks[1], "adapter": FIRST_INK}
    inked = bars.with_columns(ink=pl.col("role").replace_strict(roles, default=INK, return_dtype=pl.String))
    is_less = pl.col("value").str.starts_with(LESS)
    return inked.with_columns(fill=pl.when(is_less).then(pl.lit("var(--surface)")).otherwise("ink"))


def _columns(bars: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    """Columns side by side, each step from where the last one ended."""
    column = width / bars.height
    order = bars["name"].to_list()
    labels = {name: _two_lines(name, column - 8) for name in order}
    axis = alt.Axis(
        domain=False, ticks=False, labelColor="var(--ink)", labelFontSize=LETTER, labelExpr=relabelled(labels)
    )
    x = alt.X("name:N", sort=order, title=None, axis=axis, scale=alt.Scale(paddingInner=0.28, paddingOuter=0.14))
    scale = alt.Scale(domain=[0, max(bars["high"]) * 1.08], nice=False)
    base = alt.Chart(bars)
    joined = bars.head(-1).with_columns(following=pl.Series(order[1:], dtype=pl.String))
    joints = alt.Chart(joined).mark_rule(color="var(--muted)", strokeWidth=1)
    return alt.layer(
        joints.encode(
            x=x.bandPosition(1), x2=alt.X2("following:N", bandPosition=0), y=alt.Y("end:Q", scale=scale, axis=None)
        ),
        base.mark_bar(strokeWidth=1.5).encode(
            x=x,
            y=alt.Y("low:Q", scale=scale, axis=None),
            y2="high:Q",
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("ink:N", scale=None),
        ),
        base.mark_text(dy=-10, fontWeight="bold").encode(
            x=x, y=alt.Y("high:Q", scale=scale, axis=None), text="value:N"
        ),
    ).properties(width=width, height=HEIGHT)


def _two_lines(name: str, limit: float) -> list[str]:
    """A name under its column: what does not fit into two lines is cut."""
    lines = room.lines(name, limit, LETTER)
    return lines if len(lines) < 3 else [lines[0], room.cut(" ".join(lines[1:]), limit, LETTER)]


def _rows(bars: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    """Rows one below the other, with the name and the value above each bar."""
    order = bars["name"].to_list()
    limit = width - room.widest(bars["value"].to_list(), LETTER, bold=True) - 16
    shown = bars.with_columns(
        label=pl.col("name").map_elements(lambda name: room.cut(name, limit, LETTER), return_dtype=pl.String)
    )
    y = alt.Y("name:N", sort=order, axis=None)
    scale = alt.Scale(domain=[0, max(bars["high"])], nice=False)
    base = alt.Chart(shown)
    words_at: dict[str, Any] = {"fontSize": LETTER, "dy": -8}
    return alt.layer(
        base.mark_bar(height=14, yOffset=9, strokeWidth=1.5).encode(
            x=alt.X("low:Q", scale=scale, axis=None),
            x2="high:Q",
            y=y,
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("ink:N", scale=None),
        ),
        base.mark_text(align="left", **words_at).encode(x=alt.value(0), y=y, text="label:N"),
        base.mark_text(align="right", fontWeight="bold", **words_at).encode(x=alt.value("width"), y=y, text="value:N"),
    ).properties(width=width, height=ROW * len(order))
