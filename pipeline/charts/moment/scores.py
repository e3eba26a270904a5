"""The figure of scores side by side on the page on the moment."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.moment.facts import short
from pipeline.chapters.moment.schema import MODEL, OTHERS
from pipeline.charts.kit.axes import rows_for, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone


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
