"""Figures of the chapter on the moment: scores side by side, and the timeline.

The timeline has a lane for each actor: a bar from first to last release, a dot for each event, names for at
most fifteen of them. A phone gets the same events as a dated list. Places of names are worked out here.
"""

from collections import Counter
from datetime import date

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.moment.facts import short
from pipeline.chapters.moment.schema import MODEL, OTHERS
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_for, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone

MOST_LABELS = 15
KINDS = {
    "release": ("circle", "var(--ink)"),
    "price": ("square", "var(--accent)"),
    "count": ("diamond", "var(--muted)"),
    "publication": ("triangle-up", "var(--muted)"),
    "market": ("triangle-down", "var(--muted)"),
}
CHARACTER = 6.8
"""Width of a letter of a name, px."""
LANE, ROW = 62, 16
"""Heights of a lane and of a row of names in it, px."""
MARGIN = 116
"""Room for the names of the lanes, px."""


# ------------------------------------------------------------------------------------------ scores


def scores(table: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The model beside the first other one on every benchmark given in percent. table: the table `moment_scores`."""
    key, title = "moment-scores", facts.text("moment.scores.title")
    mine, main = short(MODEL), short(OTHERS[0])
    rows = (
        table.filter(pl.col("other") == OTHERS[0], pl.col("metric").str.contains("percent"))
        .with_columns(gap=pl.col("value") - pl.col("other_value"))
        .sort("gap", "benchmark", descending=[True, False])
        .with_columns(
            name="benchmark",
            value_text=pl.struct("value", "other_value").map_elements(
                lambda row: f"{row['value']:.1f} · {row['other_value']:.1f}", return_dtype=pl.String
            ),
        )
    )
    if rows.is_empty():
        return Absent(key, title, facts.text("moment.scores.sentence"))
    rating = table.filter(pl.col("other") == OTHERS[0], ~pl.col("metric").str.contains("percent"))
    apart = "; ".join(
        f"{row['benchmark']} {row['metric']}: {words.number(row['value'])} and {words.number(row['other_value'])}"
        for row in rating.iter_rows(named=True)
    )
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Scores in percent as the authors of {mine} published them{_metrics(rows)}. Filled: {mine}; hollow "
            f"diamond: {main}. Values in that order; the axis does not begin at 0"
        ),
        draw=lambda width: _scores_chart(rows, width),
        description=(
            f"Dot plot of scores of {mine} and {main} on {words.number(rows.height)} benchmarks. "
            f"{facts.text('moment.scores.sentence')}\n\n"
            + "; ".join(f"{row['name']} {row['value_text']}" for row in rows.iter_rows(named=True))
            + f".{f' Not in percent: {apart}.' if apart else ''}\n\n{facts.text('moment.scores.others')}"
        ),
        table=table.filter(pl.col("other") == OTHERS[0]).select(
            "benchmark", "metric", "value", "other_value", "leads", "date", "source"
        ),
        column_labels={
            "benchmark": "Benchmark",
            "metric": "Metric",
            "value": mine,
            "other_value": main,
            "leads": f"{mine} leads",
        },
        source=source_line(
            f"the paper on {mine} and its model card (register of this report)", f"n = {rows.height} scores"
        ),
        note=f"Not in percent: {apart}." if apart else None,
        kind="Dot plot",
    )


def _metrics(rows: pl.DataFrame) -> str:
    """` (pass@1; Codeforces: percentile)`: the most common metric, and where another one is meant."""
    common = rows["metric"].mode().sort()[0]
    others = [f"{row['benchmark']}: {row['metric']}" for row in rows.filter(pl.col("metric") != common).to_dicts()]
    return f" ({'; '.join([common.removesuffix(' percent'), *others])})"


def _scores_chart(rows: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    low = float(min(min(rows["value"]), min(rows["other_value"])))
    floor = max(0, (low - 5) // 10 * 10)
    top = 100 + (0 if phone else (100 - floor) * 0.3)
    scale = alt.Scale(domain=[floor, top], nice=False)
    axis = alt.Axis(**ticks_at([tick for tick in range(0, 101, 10) if tick >= floor]), title=None, labelOverlap=False)
    names = rows_for(width, "name", rows["name"].to_list(), labelLimit=260)
    base = alt.Chart(rows)
    texts = [
        base.mark_text(align="right", fontSize=12 if phone else 13, dy=-14 if phone else 0, color="var(--ink)").encode(
            y=names, x=alt.value("width"), text="value_text:N"
        )
    ]
    if phone:
        texts.append(
            base.mark_text(align="left", fontSize=12, dy=-14, color="var(--ink)").encode(
                y=names, x=alt.value(0), text="name:N"
            )
        )
    marks = [
        base.mark_rule(strokeWidth=2, color="var(--grid)").encode(
            x=alt.X("value:Q", scale=scale, axis=axis), x2="other_value:Q", y=names
        ),
        base.mark_point(size=90, shape="diamond", fill="var(--surface)", stroke="var(--accent)", strokeWidth=2).encode(
            x=alt.X("other_value:Q", scale=scale, axis=axis), y=names
        ),
        base.mark_point(size=70, color="var(--ink)").encode(x=alt.X("value:Q", scale=scale, axis=axis), y=names),
    ]
    return alt.layer(*texts, *marks).properties(width=width, height=rows.height * (42 if phone else 32) + 40)


# ---------------------------------------------------------------------------------------- timeline


def timeline(events: pl.DataFrame, spans: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The chosen events in lanes; a dated list on phones.

    events: the table `timeline`. spans: the table `timeline_spans`.
    """
    key, title = "timeline", facts.text("timeline.title")
    if events.is_empty():
        return Absent(key, title, facts.text("timeline.sentence"))
    table = events.sort("day", "mark")
    happened = " ".join(f"{words.day(row['day'])}: {row['statement']}." for row in table.iter_rows(named=True))
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"{table.height} dated events, {words.day(min(table['day']))} to {words.day(max(table['day']))}. Bars: "
            "from first to last release in this time. Circles: releases; squares: prices of a million tokens, input / "
            "output; diamonds: published counts of derivatives; triangles: publications and markets"
        ),
        draw=lambda width: _list(table, width) if is_phone(width) else _lanes(table, spans, width),
        description=(
            f"Timeline of {table.height} events in {table['lane'].n_unique()} lanes. {facts.text('timeline.sentence')}"
            f"\n\n{happened}"
        ),
        table=table.select("day", "lane", "kind", "statement", "source"),
        column_labels={"day": "Day", "lane": "Lane", "statement": "What happened", "source": "Source"},
        source=source_line(
            "one per event, in the table (register of this report)", "which events are shown is a choice"
        ),
        kind="Timeline",
        span="wide",
    )


def _order(table: pl.DataFrame) -> list[str]:
    """Lanes: those with releases first, in order of their first event."""
    makers = table.filter(pl.col("kind") == "release")["lane"].unique(maintain_order=True).to_list()
    return makers + [lane for lane in table["lane"].unique(maintain_order=True).to_list() if lane not in makers]


def _lanes(table: pl.DataFrame, spans: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    lanes = _order(table)
    first, last = min(table["day"]), max(table["day"])
    days = (last - first).days
    pad = max(1, days // 40)
    plot = width - MARGIN
    per_day = plot / (days + 4 * pad)
    placed = place(table, per_day, room=3 * pad * per_day)
    scale = alt.Scale(
        domain=[_shifted(first, -pad), _shifted(last, pad * 3)],
    )
    height = LANE * len(lanes)
    x = alt.X("day:T", title=None, scale=scale, axis=alt.Axis(format="%b %Y", tickCount=8, grid=True, domain=False))
    y = alt.Y("at:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False), axis=None)
    middle = {lane: LANE * n + LANE * 0.62 for n, lane in enumerate(lanes)}
    marks = placed.with_columns(at=pl.col("lane").replace_strict(middle, return_dtype=pl.Float64))
    named = marks.drop_nulls("label").with_columns(at=pl.col("at") - 13 - pl.col("row") * ROW)
    bars = spans.filter(pl.col("lane").is_in(lanes)).with_columns(
        at=pl.col("lane").replace_strict(middle, default=None, return_dtype=pl.Float64)
    )
    names = ["\n".join(room.lines(lane, MARGIN - 24, bold=True)[:3]) for lane in lanes]
    titles = pl.DataFrame({"name": names, "at": [middle[lane] for lane in lanes]})
    kinds = [kind for kind in KINDS if kind in table["kind"]]
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[KINDS[kind][0] for kind in kinds]), legend=None)
    fill = alt.Fill("kind:N", scale=alt.Scale(domain=kinds, range=[KINDS[kind][1] for kind in kinds]), legend=None)
    layers: list[alt.Chart] = [
        alt.Chart(titles).mark_rule(color="var(--grid)").encode(y=y),
        alt.Chart(bars)
        .mark_rule(strokeWidth=7, color="var(--grid)", strokeCap="round")
        .encode(x=alt.X("first:T", scale=scale), x2="last:T", y=y),
        alt.Chart(marks)
        .mark_point(size=75, stroke="var(--surface)", strokeWidth=1)
        .encode(x=x, y=y, shape=shape, fill=fill),
        *(
            alt.Chart(named.filter(pl.col("over") == over))
            .mark_text(align="right" if over else "left", dx=4 if over else -4, fontSize=12, color="var(--ink)")
            .encode(x=x, y=y, text="label:N")
            for over in named["over"].unique().sort()
        ),
        alt.Chart(titles)
        .mark_text(align="right", fontWeight="bold", fontSize=13, color="var(--ink)", lineBreak="\n")
        .encode(x=alt.value(-8), y=y, text="name:N"),
    ]
    layers = [layer for layer in layers if layer is not layers[1] or bars.height]
    return (
        alt.layer(*layers)
        .properties(width=plot, height=height)
        .configure(
            autosize=alt.AutoSizeParams(type="pad", contains="padding"),
            padding={"left": 16, "right": 4, "top": 5, "bottom": 3},
        )
    )


def _shifted(day: date, days: int) -> str:
    return date.fromordinal(day.toordinal() + days).isoformat()


def place(table: pl.DataFrame, per_day: float, *, room: float) -> pl.DataFrame:
    """Events with the row of their name above the lane: the lowest in which it touches no name before it,
    and whether it runs to the left, for want of room at the right.

    Names beyond the most that a figure holds are left out (`named`).
    """
    first, last = min(table["day"]), max(table["day"])
    right = (last - first).days * per_day + room
    ends: dict[tuple[str, int], float] = {}
    rows = []
    for event in named(table).iter_rows(named=True):
        label, row, over = event["label"], 0, False
        if label:
            start, length = (event["day"] - first).days * per_day, len(label) * CHARACTER + 10
            over = start + length > right
            start -= length if over else 0
            while ends.get((event["lane"], row), -1.0) > start and row < 2:
                row += 1
            ends[event["lane"], row] = start + length
        rows.append({**event, "row": row, "over": over})
    return pl.DataFrame(rows, schema={**table.schema, "row": pl.Int64, "over": pl.Boolean})


def named(table: pl.DataFrame, most: int = MOST_LABELS) -> pl.DataFrame:
    """Events in order of time with at most so many names: the lane that has most names gives up its last."""
    ordered = table.sort("day", "mark")
    labels, lanes = ordered["label"].to_list(), ordered["lane"].to_list()
    while len(places := [n for n, label in enumerate(labels) if label]) > most:
        count = Counter(lanes[n] for n in places)
        fullest = max(count, key=lambda lane: (count[lane], lane))
        labels[max(n for n in places if lanes[n] == fullest)] = None
    return ordered.with_columns(label=pl.Series(labels, dtype=pl.String))


def _list(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    """Named events as a dated list."""
    shown = (
        named(table)
        .drop_nulls("label")
        .with_columns(
            when=pl.col("day").map_elements(lambda day: f"{day.day} {day:%b %Y}", return_dtype=pl.String),
            at=pl.int_range(pl.len()),
            lane=pl.col("lane").map_elements(lambda lane: room.cut(lane, width / 3, 12), return_dtype=pl.String),
        )
        .with_columns(
            label=pl.struct("label", "lane").map_elements(
                lambda row: room.cut(row["label"], width - 122 - room.width(row["lane"], 12)), return_dtype=pl.String
            )
        )
    )
    kinds = [kind for kind in KINDS if kind in shown["kind"]]
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[KINDS[kind][0] for kind in kinds]), legend=None)
    fill = alt.Fill("kind:N", scale=alt.Scale(domain=kinds, range=[KINDS[kind][1] for kind in kinds]), legend=None)
    y = alt.Y("at:O", axis=None, sort=None)
    base = alt.Chart(shown)
    return alt.layer(
        base.mark_text(align="left", fontSize=12, color="var(--muted)").encode(y=y, x=alt.value(0), text="when:N"),
        base.mark_point(size=60, stroke="var(--surface)").encode(y=y, x=alt.value(98), shape=shape, fill=fill),
        base.mark_text(align="left", fontSize=13, color="var(--ink)").encode(y=y, x=alt.value(110), text="label:N"),
        base.mark_text(align="right", fontSize=12, color="var(--muted)").encode(
            y=y, x=alt.value("width"), text="lane:N"
        ),
    ).properties(width=width, height=26 * shown.height)
