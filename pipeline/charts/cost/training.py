"""Figures of the chapter on cost: training runs by rental cost, and one run over another by basis.

Frames are `cost_training` and `cost_ratios`. Every word is made from the rows, so other rows turn it.
"""

import polars as pl

from pipeline.base import words
from pipeline.charts.kit.axes import DOLLARS, line_at, log_scale, log_ticks, row_texts, rows_for
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone

BASIS_NAMES = {
    "rental": "Rental of the final run",
    "amortised": "Amortised hardware and energy",
    "purchase": "Hardware of the final run, bought",
    "all_in": "All-in programme",
    "not_stated": "No basis stated, at least",
}
"""Accounting bases in the reader's words, in reading order."""

_RUNS, _RATIOS = "training-cost", "cost-ratio"


def training_cost(cost_training: pl.DataFrame, compared_run: str) -> Figure | Absent:
    """Rental cost of each run with hours: range, median, and what authors or others published."""
    rental = cost_training.filter(pl.col("basis") == "rental")
    table = _rental_rows(rental)
    if table.is_empty():
        return Absent(_RUNS, "Training cost by run", "No training run has both hours and market prices.")
    computed = table.drop_nulls("usd_median")
    compared = computed.filter(pl.col("run") == compared_run)
    lead = compared if compared.height else computed.head(1)
    run = lead.row(0, named=True) if lead.height else None
    without = rental.filter(
        pl.col("evidence") == "computed", pl.col("accelerator_hours").is_null() | pl.col("accelerator").is_null()
    )
    names = ", ".join(without["label"].sort())
    note = "The range spans offers, lowest to highest; it is no interval, and no verdict depends on its ends."
    if names:
        note += f" Not shown, since hours or accelerator are not published: {names}."
    first, last = table.row(0, named=True), table.row(-1, named=True)
    return Figure(
        key=_RUNS,
        title=_runs_title(run),
        subtitle=(
            f"Rental cost of {table.height} training runs in USD, log scale. Line: lowest to highest dated market "
            "price of an accelerator-hour; filled dot: median price; hollow circle: as the authors state it; hollow "
            "diamond: estimate of others"
        ),
        draw=lambda width: _range_chart(table, width),
        description=(
            f"Dot plot of rental cost in USD for {table.height} training runs, sorted, on a log scale. "
            f"{_runs_title(run)}.\n\n"
            f"The highest is {first['label']} at {brief(first['sorted_by'])}, the lowest {last['label']} at "
            f"{brief(last['sorted_by'])} (k: thousand, M: million USD).\n\n"
            f"{_against_stated(computed)} Ranges run from the cheapest offer to the most "
            f"expensive, {_spread(computed)}."
        ),
        table=table.drop("sorted_by", "value"),
        column_labels={
            "label": "Run",
            "accelerator_hours": "Accelerator-hours",
            "priced_as": "Priced as",
            "prices": "Prices",
            "usd_low": "Low, USD",
            "usd_median": "Median, USD",
            "usd_high": "High, USD",
            "usd_stated": "Stated, USD",
            "usd_published": "Estimate of others, USD",
        },
        source=source_line(
            "makers' reports and model cards for hours, dated vendor prices, Epoch AI for estimates (register of this "
            "report)",
            f"{table.height} runs · hours times prices",
        ),
        note=note,
        kind="Dot plot with ranges",
        span="body",
    )


def cost_ratio(cost_ratios: pl.DataFrame) -> Figure | Absent:
    """The published costs of one model over those of another, one accounting basis at a time."""
    order = pl.col("basis").replace_strict({basis: i for i, basis in enumerate(BASIS_NAMES)}, return_dtype=pl.Int64)
    table = cost_ratios.sort(order).with_columns(
        name=pl.col("basis").replace_strict(BASIS_NAMES, return_dtype=pl.String),
    )
    known = table.drop_nulls("ratio_median")
    if known.is_empty():
        return Absent(_RATIOS, "Cost by accounting basis", "No basis has a cost for both models.")
    pair = str(table["label"][0]).split(":")[0]
    above, below = pair.split(" over ", 1)
    title = _ratio_title(table, above, below)
    unknown = ", ".join(name.lower() for name in table.filter(pl.col("ratio_median").is_null())["name"])
    alike = table.filter("like_for_like").height
    shown = table.with_columns(
        value=pl.struct(pl.all()).map_elements(_ratio_value, return_dtype=pl.String),
        kind=pl.when("like_for_like").then(pl.lit("same basis")).otherwise(pl.lit("not alike")),
    )
    parts = [
        f"Dot plot of the cost of {above} over that of {below} on {table.height} accounting bases, log scale. {title}.",
        " ".join(f"{row['name']}: {row['value']}. {row['why']}." for row in shown.iter_rows(named=True)),
    ]
    return Figure(
        key=_RATIOS,
        title=title,
        subtitle=(
            f"Cost of training {above} over cost of training {below}, one accounting basis at a time; "
            f"log scale. Line: from the highest to the lowest cost of {below}; dot: middle; hollow: not the same basis"
        ),
        draw=lambda width: _ratio_chart(shown, width),
        description="\n\n".join(parts),
        table=table.drop("name").insert_column(0, table["name"]),
        column_labels={
            "name": "Basis",
            "numerator_usd": f"{above}, USD",
            "denominator_low": f"{below} low, USD",
            "denominator_high": f"{below} high, USD",
            "ratio_low": "Ratio, low",
            "ratio_median": "Ratio, median",
            "ratio_high": "Ratio, high",
            "like_for_like": "Same basis",
            "why": "Why",
        },
        source=source_line(
            f"published estimates for {above} (Epoch AI, press), makers' hours and dated vendor prices for {below} "
            "(register of this report)",
            f"{alike} of {table.height} bases known for both",
        ),
        note=f"Not known for both: {unknown}." if unknown else None,
        kind="Dot plot with ranges",
    )


# ------------------------------------------------------------------------------------- the words


def _runs_title(run: dict | None) -> str:
    if run is None:
        return "No run has both hours and market prices"
    rent = f"At the median rent the final run of {run['label']} costs {words.dollars(run['usd_median'])}"
    stated = run["usd_stated"]
    if stated is None:
        return rent
    where = {1: "above", 0: "about", -1: "below"}[words.order(run["usd_median"], stated)]
    return f"{rent}, {where} its authors' {words.dollars(stated)}"


def _against_stated(computed: pl.DataFrame) -> str:
    both = computed.drop_nulls("usd_stated")
    if both.is_empty():
        return "No run's authors state a cost."
    below = both.filter(pl.col("usd_stated") < pl.col("usd_median")).height
    return f"Of {both.height} runs whose authors state a cost, {below} state less than the median market price gives."


def _spread(computed: pl.DataFrame) -> str:
    if computed.is_empty():
        return "where there are any"
    spread = (computed["usd_high"] / computed["usd_low"]).sort()
    return f"a factor of {words.times(spread[0])} to {words.times(spread[-1])}"


def _ratio_title(table: pl.DataFrame, above: str, below: str) -> str:
    alike = table.filter("like_for_like")
    if alike.is_empty():
        return f"No accounting basis is known for both {above} and {below}"
    middles = alike["ratio_median"]
    low, high = float(middles.min()), float(middles.max())  # pyright: ignore[reportArgumentType]
    if high < 1:
        compared = f"cost less than {below}, {words.span(low, high)} times as much"
    elif low < 1:
        compared = f"cost anything from {words.times(low)} to {words.times(high)} times {below}"
    else:
        compared = f"cost {words.span(low, high)} times {below}"
    if alike.height == 1:
        return f"On {alike['basis'][0].replace('_', '-')}, the one basis known for both, {above} {compared}"
    return f"At middle prices {above} {compared} on bases known for both"


def _ratio_value(row: dict) -> str:
    if row["ratio_median"] is None:
        return "not known for both"
    return f"{words.times(row['ratio_median'])}× ({words.span(row['ratio_low'], row['ratio_high'])})"


# ------------------------------------------------------------------------------------- the charts


def _rental_rows(rental: pl.DataFrame) -> pl.DataFrame:
    """One row per label: the computed range, and what others published on the same basis."""
    computed = rental.filter(pl.col("evidence") == "computed", pl.col("usd_median").is_not_null())
    published = rental.filter(pl.col("evidence") == "published").select("label", usd_published="usd_median")
    columns = [
        "run",
        "label",
        "accelerator_hours",
        "accelerator",
        "priced_as",
        "prices",
        "usd_low",
        "usd_median",
        "usd_high",
        "usd_stated",
    ]
    rows = computed.select(columns).join(published, on="label", how="full", coalesce=True)
    ordered = rows.with_columns(sorted_by=pl.coalesce("usd_median", "usd_published")).sort(
        "sorted_by", "label", descending=[True, False]
    )
    return ordered.with_columns(
        value=pl.struct(pl.all()).map_elements(_range_value, return_dtype=pl.String),
        prices=pl.col("prices").fill_null(0),
    )


def _range_value(row: dict) -> str:
    if row["usd_median"] is None:
        return brief(row["usd_published"])
    return f"{brief(row['usd_median'])} ({brief(row['usd_low'])}–{brief(row['usd_high'])})"


def brief(value: float) -> str:
    """Dollars for a value column: `$5.6M`."""
    for size, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if value >= size * 0.995:
            return f"${words.significant(value / size)}{letter}"
    return f"${words.significant(value)}"


def _range_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    values = ["usd_low", "usd_median", "usd_high", "usd_stated", "usd_published"]
    ends = pl.concat([table[column].drop_nulls().cast(pl.Float64).rename("usd") for column in values])
    low, high = float(ends.min()) / 1.3, float(ends.max()) * 1.3  # pyright: ignore[reportArgumentType]
    top = high if phone else high * 60
    scale = log_scale(low, top)
    axis = alt.Axis(
        values=log_ticks(low, high),
        labelExpr=DOLLARS,
        title="USD, log scale",
    )
    x = alt.X("usd_median:Q", scale=scale, axis=axis)
    y = rows_for(width, "label", table["label"].to_list(), labelLimit=260)
    base = alt.Chart(table)
    marks = [
        base.transform_filter("isValid(datum.usd_low)")
        .mark_rule(strokeWidth=2.5, color="var(--ink)")
        .encode(x=alt.X("usd_low:Q", scale=scale, axis=axis), x2="usd_high:Q", y=y),
        base.transform_filter("isValid(datum.usd_median)").mark_point(size=80, color="var(--ink)").encode(x=x, y=y),
        _hollow(base, "usd_published", "diamond", scale, axis, y),
        _hollow(base, "usd_stated", "circle", scale, axis, y),
    ]
    height = table.height * (40 if phone else 26) + 46
    return alt.layer(*row_texts(table, width, name="label"), *marks).properties(width=width, height=height)


def _hollow(base: alt.Chart, field: str, shape: str, scale: alt.Scale, axis: alt.Axis, y: alt.Y) -> alt.Chart:
    return (
        base.transform_filter(f"isValid(datum.{field})")
        .mark_point(size=80, shape=shape, fill="var(--surface)", stroke="var(--accent)", strokeWidth=2)
        .encode(x=alt.X(f"{field}:Q", scale=scale, axis=axis), y=y)
    )


def _ratio_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    known = table.drop_nulls("ratio_median")
    low = min(1.0, float(known["ratio_low"].min())) / 1.1  # pyright: ignore[reportArgumentType]
    high = max(1.0, float(known["ratio_high"].max())) * 1.3  # pyright: ignore[reportArgumentType]
    scale = log_scale(low, high if phone else high * 4)
    axis = alt.Axis(
        values=[v for v in (0.1, 1, 2, 5, 10, 20, 50, 100) if low <= v <= high],
        title="Times, log scale",
        labelExpr="datum.value + '×'",
    )
    x = alt.X("ratio_median:Q", scale=scale, axis=axis)
    y = rows_for(width, "name", table["name"].to_list(), labelLimit=260)
    base = alt.Chart(table).transform_filter("isValid(datum.ratio_median)")
    fill = alt.condition("datum.like_for_like", alt.value("var(--ink)"), alt.value("var(--surface)"))
    stroke = alt.condition("datum.like_for_like", alt.value("var(--ink)"), alt.value("var(--family-grey)"))
    marks = [
        line_at(1.0, scale, axis),
        base.mark_rule(strokeWidth=2.5).encode(
            x=alt.X("ratio_low:Q", scale=scale, axis=axis), x2="ratio_high:Q", y=y, color=stroke
        ),
        base.mark_point(size=90, strokeWidth=2).encode(x=x, y=y, fill=fill, stroke=stroke),
    ]
    height = table.height * (46 if phone else 40) + 50
    return alt.layer(*row_texts(table, width, name="name"), *marks).properties(width=width, height=height)
