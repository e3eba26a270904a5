"""Figures of the chapter on cost that follow from a run's hours: its bases, and its arithmetic.

Frames are `cost_bases` and `cost_compute`. Titles and sentences come from facts, so that a figure and
the prose beside it say the same.
"""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.cost.training import brief
from pipeline.charts.kit.axes import DOLLARS, log_scale, log_ticks, row_texts, rows_for, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone

_BASES, _COMPUTE = "cost-bases", "training-arithmetic"


def cost_bases(bases: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """One run on every accounting basis, with what each leaves out in the same figure.

    bases: the table `cost_bases`.
    """
    name = facts.text("cost.run.name")
    if bases["usd_median"].null_count() == bases.height:
        return Absent(_BASES, f"What {name} cost", f"No basis of {name} can be computed or is stated.")
    left_out = pl.col("kind") == "left_out"
    name_only = pl.format("Left out: {}", pl.col("label").str.to_lowercase())
    table = bases.sort("order").with_columns(
        label=pl.when(left_out).then(name_only).otherwise("label"),
        value=pl.struct(pl.all()).map_elements(_value, return_dtype=pl.String),
        assumed=pl.col("kind") == "stated",
    )
    costs = " ".join(f"{row['label']}: {row['value']} ({row['counts']})." for row in table.iter_rows(named=True))
    return Figure(
        key=_BASES,
        title=facts.text("cost.owner.figure"),
        subtitle=(
            f"Cost of the final run of {name} in USD by accounting basis, log scale. Line: low to high; filled dot: "
            "middle; hollow: at the price its authors assume; no mark: nobody has published a figure"
        ),
        draw=lambda width: _bases_chart(table, width),
        description=(
            f"Dot plot of the cost of {name} in USD on several accounting bases, log scale, with what no basis counts "
            f"listed below.\n\n{costs}\n\n{facts.text('cost.left_out.sentence')} Lines run from the cheapest to the "
            "most expensive assumption; they are no confidence intervals."
        ),
        table=table.drop("value", "assumed", "order"),
        column_labels={
            "label": "Basis or item",
            "usd_low": "Low, USD",
            "usd_median": "Middle, USD",
            "usd_high": "High, USD",
            "counts": "What it counts",
            "source": "Source",
        },
        source=source_line(
            "makers’ reports for hours; dated rents, prices of servers and assumptions with their sources in the "
            "register of this report",
            f"{table.filter(pl.col('usd_median').is_not_null()).height} figures · hours times prices",
        ),
        note=f"A ratio compares one basis with itself. {facts.text('cost.left_out.sentence')}",
        kind="Dot plot with ranges",
    )


def training_arithmetic(compute: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The share of an accelerator's peak that stated hours imply, run by run, against published shares.

    compute: the table `cost_compute`.
    """
    table = (
        compute.drop_nulls("utilisation")
        .sort("utilisation", "label", descending=[True, False])
        .with_columns(value=pl.col("utilisation").map_elements(words.percent, return_dtype=pl.String))
    )
    if table.is_empty():
        return Absent(_COMPUTE, facts.text("cost.compute.title"), "No run states hours, tokens and accelerator.")
    first, last = table.row(0, named=True), table.row(-1, named=True)
    return Figure(
        key=_COMPUTE,
        title=facts.text("cost.compute.title"),
        subtitle=(
            f"Share of the accelerator’s dense 16-bit peak implied by stated hours, {table.height} pre-training runs. "
            f"Dot: run; hollow: share of the 8-bit peak, for runs in 8 bits; band: published shares, "
            f"{facts.text('cost.compute.published')}; dashed: their median"
        ),
        draw=lambda width: _compute_chart(table, width),
        description=(
            f"Dot plot of implied utilisation for {table.height} training runs, sorted, from 0 to 60 per cent.\n\n"
            f"The highest is {first['label']} at {words.percent(first['utilisation'])}, the lowest {last['label']} at "
            f"{words.percent(last['utilisation'])}. {facts.text('cost.compute.odd')}\n\n"
            f"{facts.text('cost.compute.sentence')}"
        ),
        table=table.drop("value"),
        column_labels={
            "label": "Run",
            "parameters_active": "Activated parameters",
            "tokens": "Tokens",
            "flops": "Operations",
            "hours_stated": "Hours, stated",
            "hours_median": "Hours, implied",
            "utilisation": "Share of 16-bit peak",
            "utilisation_8bit": "Share of 8-bit peak",
            "plausible": "Against published",
            "usd_low": "Low, USD",
            "usd_high": "High, USD",
        },
        source=source_line(
            "makers’ reports for hours and tokens, configurations for activated parameters, NVIDIA for peaks, papers "
            "for published shares (register of this report)",
            f"{table.height} runs · 6 x activated parameters x tokens over hours x peak",
        ),
        note=facts.text("cost.compute.missing"),
        kind="Dot plot",
    )


# ------------------------------------------------------------------------------------- the charts


def _value(row: dict) -> str:
    if row["usd_median"] is None:
        return {"all_in": "nobody says", "left_out": "not counted"}.get(row["kind"], "not known")
    low, high = row["usd_low"], row["usd_high"]
    if low == high:
        return brief(low)
    return f"{brief(row['usd_median'])} ({brief(low)}–{brief(high)})"


def _bases_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    ends = pl.concat([table[column].drop_nulls() for column in ("usd_low", "usd_high")])
    low, high = float(ends.min()) / 1.5, float(ends.max()) * 1.5  # pyright: ignore[reportArgumentType]
    scale = log_scale(low, high if phone else high * 40)
    axis = alt.Axis(
        values=log_ticks(low, high),
        labelExpr=DOLLARS,
        title="USD, log scale",
    )
    y = rows_for(width, "label", table["label"].to_list(), labelLimit=260)
    known = alt.Chart(table).transform_filter("isValid(datum.usd_median)")
    fill = alt.condition("datum.assumed", alt.value("var(--surface)"), alt.value("var(--ink)"))
    marks = [
        known.mark_rule(strokeWidth=2.5, color="var(--ink)").encode(
            x=alt.X("usd_low:Q", scale=scale, axis=axis), x2="usd_high:Q", y=y
        ),
        known.mark_point(size=80, strokeWidth=2, stroke="var(--ink)").encode(
            x=alt.X("usd_median:Q", scale=scale, axis=axis), y=y, fill=fill
        ),
    ]
    height = table.height * (40 if phone else 28) + 46
    return alt.layer(*row_texts(table, width, name="label"), *marks).properties(width=width, height=height)


def _compute_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    top = max(0.6, float(table["utilisation"].max()) * 1.1)  # pyright: ignore[reportArgumentType]
    scale = alt.Scale(domain=[0, top if phone else top * 1.12], nice=False)
    ticks = [share / 10 for share in range(0, 10, 2) if share / 10 <= top]
    axis = alt.Axis(**ticks_at(ticks), format=".0%", title="Share of the dense 16-bit peak")
    y = rows_for(width, "label", table["label"].to_list(), labelLimit=260)
    published = alt.Chart(table.head(1))
    marks = [
        published.mark_rect(color="var(--grid)", opacity=0.5).encode(
            x=alt.X("published_low:Q", scale=scale, axis=axis), x2="published_high:Q"
        ),
        published.mark_rule(strokeDash=[4, 3]).encode(x=alt.X("published_median:Q", scale=scale, axis=axis)),
        *row_texts(table, width, name="label"),
        alt.Chart(table)
        .mark_point(size=80, color="var(--ink)")
        .encode(x=alt.X("utilisation:Q", scale=scale, axis=axis), y=y),
        alt.Chart(table)
        .transform_filter("isValid(datum.utilisation_8bit)")
        .mark_point(size=80, fill="var(--surface)", stroke="var(--ink)", strokeWidth=2)
        .encode(x=alt.X("utilisation_8bit:Q", scale=scale, axis=axis), y=y),
    ]
    height = table.height * (40 if phone else 28) + 46
    return alt.layer(*marks).properties(width=width, height=height)
