"""Figures of the chapter on cost about serving: prices over time and by size, prices and rental costs.

The frame is `cost_inference`. Titles and sentences come from facts. Open models are teal circles,
closed ones grey squares, since the makers would be too many colours.
"""

import math

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit.axes import log_scale, log_ticks, row_texts, rows_for, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.spots import labels, placed
from pipeline.charts.kit.theme import is_phone

_TIME, _SIZE, _SERVING = "api-prices", "price-by-size", "price-and-rent"
_LABELS = {
    "label": "Model",
    "maker": "Maker",
    "date": "From",
    "price_input": "Input, USD",
    "price_output": "Output, USD",
    "price_blended": "Blended, USD",
}
MOST_LABELS, MOST_LABELS_IN_SMALL_PLOT = 9, 4
"""Names in a scatter plot; what finds no free place keeps to the table."""
_MONEY_AXIS = "'$' + format(datum.value, datum.value < 1 ? '~f' : 'd')"


def api_prices(prices: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Every dated price, open and closed models apart. prices: the table `cost_inference`."""
    if prices.is_empty():
        return Absent(_TIME, "Prices over time", "The register holds no dated prices.")
    table = prices.sort("date", "model")
    first, last = facts.text("price.first_date"), facts.text("price.last_date")
    return Figure(
        key=_TIME,
        title=facts.text("price.gap.title"),
        subtitle=(
            f"USD per million tokens, {facts.text('price.blend')}, log scale; {table.height} list prices of makers’ "
            f"own APIs, {first} to {last}. Teal circles: open weights; grey squares: closed; a line joins the "
            "prices of one model"
        ),
        draw=lambda width: _time_chart(table, width),
        description=(
            f"Scatter plot of {table.height} blended list prices in USD per million tokens against the first day on "
            f"which each is known, {first} to {last}, log scale.\n\n{facts.text('price.gap.sentence')} "
            f"{facts.text('price.moves.sentence')}\n\n{facts.text('price.peers.sentence')} List prices only: "
            "cached input, batches and large customers pay less."
        ),
        table=table,
        column_labels={**_LABELS, "weights": "Weights", "date_is": "Date is", "source": "Source"},
        source=source_line(
            "makers’ pages and the package model-prices 0.0.5, one source per row (register of this report)",
            f"{facts.text('price.models')} models",
        ),
        note="Dates marked observed are the first sight of a price in a public list, up to weeks after it began.",
        kind="Scatter plot",
    )


def price_by_size(prices: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Input and output prices of open models against what they activate. prices: the table `cost_inference`."""
    table = prices.filter("is_latest").drop_nulls("parameters_active").sort("parameters_active", "model")
    title = facts.text("price.size.figure")
    if table.height < 3:
        return Absent(_SIZE, title, "Fewer than three open models have a price and counted parameters.")
    first, last = table.row(0, named=True), table.row(-1, named=True)
    return Figure(
        key=_SIZE,
        title=title,
        subtitle=(
            f"Latest list price of {table.height} open models in USD per million tokens, input and output apart, "
            "against activated parameters (input table left out); both scales log"
        ),
        draw=lambda width: _size_chart(table, width),
        description=(
            f"Two scatter plots of list price against activated parameters for {table.height} open models, both scales "
            f"logarithmic. {facts.text('price.size.title')}.\n\nThe fewest parameters are those of "
            f"{first['label']}, {words.billions(first['parameters_active'])} at {words.price(first['price_input'])} "
            f"input and {words.price(first['price_output'])} output; the most those of {last['label']}, "
            f"{words.billions(last['parameters_active'])} at {words.price(last['price_input'])} and "
            f"{words.price(last['price_output'])}.\n\nThe rank correlation of output price and activated parameters is "
            f"{facts.text('price.size.rank')} (1: same order, -1: opposite, 0: none)."
        ),
        table=table,
        column_labels={**_LABELS, "parameters_active": "Activated", "parameters_text": "Total"},
        source=source_line(
            "makers’ pages and the package model-prices 0.0.5 for prices, configurations for parameters (register of "
            "this report)",
            f"{table.height} models",
        ),
        note="Closed models cannot be placed: their makers do not publish parameters.",
        kind="Scatter plots",
    )


def price_and_rent(prices: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """What makers ask beside what renting accelerators costs, at a stated use. prices: the table `cost_inference`."""
    table = (
        prices.filter("is_latest")
        .drop_nulls("cost_blended_median")
        .sort("parameters_active", "model", descending=[True, False])
        .with_columns(
            name=pl.format(
                "{} · {}",
                "label",
                pl.col("parameters_active").map_elements(words.billions, return_dtype=pl.String),
            ),
            value=pl.struct(pl.all()).map_elements(_price_and_cost, return_dtype=pl.String),
        )
    )
    title = facts.text("cost.serving.title")
    if table.is_empty():
        return Absent(_SERVING, title, "No open model has a price, a counted configuration and a dated rent.")
    accelerator = table["accelerator"][0]
    return Figure(
        key=_SERVING,
        title=title,
        subtitle=(
            f"USD per million tokens, {facts.text('price.blend')}, log scale; {table.height} open models, by "
            f"activated parameters. Teal diamond: list price. Line: rent of {accelerator} accelerators at the median "
            "rent, from the cheapest to the most expensive assumed use; hollow: the middle. Values: price · middle cost"
        ),
        draw=lambda width: _serving_chart(table, width),
        description=(
            f"Dot plot of list price and of rental cost in USD per million blended tokens for {table.height} open "
            f"models, sorted by activated parameters, log scale.\n\n{facts.text('cost.serving.sentence')}\n\n"
            f"{facts.text('cost.serving.check')} Ranges run over the stated use, not over rents: they are no "
            "confidence intervals, and a cost at another rent is proportional to it."
        ),
        table=table.drop("name", "value"),
        column_labels={
            **_LABELS,
            "parameters_active": "Activated",
            "accelerators": "Accelerators",
            "batch": "Sequences each",
            "tokens_per_second": "Tokens/s each",
            "rent_per_hour": "Rent, USD/h",
            "cost_input_median": "Input cost, USD",
            "cost_output_median": "Output cost, USD",
            "cost_blended_low": "Cost low, USD",
            "cost_blended_median": "Cost middle, USD",
            "cost_blended_high": "Cost high, USD",
        },
        source=source_line(
            "makers’ pages and the package model-prices 0.0.5 for prices, dated vendor prices for rent, NVIDIA for "
            "speeds, assumptions with their sources (register of this report)",
            f"{table.height} models",
        ),
        note="Price is what an API asks; cost is rent at a stated use. Neither is what serving costs the maker.",
        kind="Dot plot with ranges",
    )


# ------------------------------------------------------------------------------------- the charts


def _with_spots(
    table: pl.DataFrame,
    x: str,
    y: str,
    names: pl.Expr,
    size: tuple[float, float],
    ends: tuple[float, float, float, float],
    most: int,
) -> pl.DataFrame:
    """Add `name` and `spot` of at most `most` rows, which come in order of importance.

    x is linear in `table`, y logarithmic. size: width and height of the plot in px. ends: lowest and highest x, lowest
    and highest y of the axes.
    """
    width, height = size
    x_low, x_high, y_low, y_high = ends
    across = (pl.col(x).cast(pl.Float64) - x_low) / (x_high - x_low) * width
    down = (1 - (pl.col(y).log() - math.log(y_low)) / (math.log(y_high) - math.log(y_low))) * height
    rows = table.with_columns(name=names)
    spots = placed(rows.select(across, down.alias("down"), "name").rows(), width, height, most)
    return rows.with_columns(spot=pl.Series("spot", spots, dtype=pl.String))


def _time_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    height = round(width * (1.1 if phone else 0.62))
    low = float(table["price_blended"].min()) / 1.5  # type: ignore[arg-type]
    high = float(table["price_blended"].max()) * 1.6  # type: ignore[arg-type]
    scale = log_scale(low, high)
    axis = alt.Axis(**ticks_at(log_ticks(low, high)), labelExpr=_MONEY_AXIS, title="USD per million tokens, log")
    x = alt.X("date:T", title=None, axis=alt.Axis(format="%Y", tickCount={"interval": "year", "step": 1}))  # pyright: ignore[reportArgumentType]
    y = alt.Y("price_blended:Q", scale=scale, axis=axis)
    days = table.with_columns(day=pl.col("date").to_physical())
    # names by the distance of a price from the middle, open and closed in turn, so that what stands out comes first
    far = (pl.col("price_blended").log() - pl.col("price_blended").log().median()).abs()
    turn = far.rank("ordinal", descending=True).over("weights")
    ordered = days.sort(turn, "weights", "model", "date")
    ends = (float(days["day"].min()), float(days["day"].max()), low, high)  # type: ignore[arg-type]
    names = pl.when("is_first").then("label")
    most = MOST_LABELS_IN_SMALL_PLOT if phone else MOST_LABELS
    spotted = _with_spots(ordered, "day", "price_blended", names, (width - 45, height - 60), ends, most)
    base = alt.Chart(spotted.drop("day").with_columns(pl.col("date").cast(pl.Datetime("ms"))).sort("model", "date"))
    opened = "datum.weights == 'open'"
    mark = alt.condition(opened, alt.value("var(--accent)"), alt.value("var(--family-grey)"))
    shape = alt.condition(opened, alt.value("circle"), alt.value("square"))
    text = alt.condition(opened, alt.value("var(--accent)"), alt.value("var(--family-grey-text)"))
    layers = [
        base.mark_line(interpolate="step-after", strokeWidth=1.5).encode(x=x, y=y, detail="model:N", stroke=mark),
        base.mark_point(size=56).encode(x=x, y=y, color=mark, shape=shape),
        *labels(base, x, y, text),
    ]
    return alt.layer(*layers).properties(width=width, height=height)


def _size_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    side = width - 60 if phone else (width - 110) // 2
    height = round(side * 0.95)
    prices = pl.concat([table["price_input"], table["price_output"].rename("price_input")])
    low, high = float(prices.min()) / 1.6, float(prices.max()) * 1.6  # type: ignore[arg-type]
    x_low = float(table["parameters_active"].min()) / 1.4  # type: ignore[arg-type]
    x_high = float(table["parameters_active"].max()) * 1.6  # type: ignore[arg-type]
    x_scale = log_scale(x_low, x_high)
    x_axis = alt.Axis(
        values=log_ticks(x_low, x_high, (1, 3)), labelExpr="datum.value / 1e9 + 'B'", title="Activated parameters"
    )
    x = alt.X("parameters_active:Q", scale=x_scale, axis=x_axis)
    ends = (math.log(x_low), math.log(x_high), low, high)
    panels = []
    for column, title in (("price_input", "Input"), ("price_output", "Output")):
        axis = alt.Axis(**ticks_at(log_ticks(low, high)), labelExpr=_MONEY_AXIS, title=None)
        y = alt.Y(f"{column}:Q", scale=log_scale(low, high), axis=axis)
        far = (pl.col(column).log() - pl.col(column).log().median()).abs()
        ordered = table.with_columns(size=pl.col("parameters_active").log()).sort(
            far, "model", descending=[True, False]
        )
        spotted = _with_spots(ordered, "size", column, pl.col("label"), (side, height), ends, MOST_LABELS_IN_SMALL_PLOT)
        base = alt.Chart(spotted.drop("size"))
        panels.append(
            alt.layer(
                base.mark_point(size=56, color="var(--accent)").encode(x=x, y=y),
                *labels(base, x, y, alt.value("var(--ink)")),
            ).properties(width=side, height=height, title=f"{title}, USD per million tokens")
        )
    return alt.vconcat(*panels) if phone else alt.hconcat(*panels)


def _price_and_cost(row: dict) -> str:
    return f"{words.price(row['price_blended'])} · {words.price(row['cost_blended_median'])}"


def _serving_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    columns = ("price_blended", "cost_blended_low", "cost_blended_high")
    ends = pl.concat([table[column].rename("usd") for column in columns])
    low, high = float(ends.min()) / 1.3, float(ends.max()) * 1.3  # type: ignore[arg-type]
    scale = log_scale(low, high if phone else high * 25)
    axis = alt.Axis(**ticks_at(log_ticks(low, high)), labelExpr=_MONEY_AXIS, title="USD per million tokens, log scale")
    y = rows_for(width, "name", table["name"].to_list(), labelLimit=260)
    base = alt.Chart(table)
    marks = [
        base.mark_rule(strokeWidth=2.5, color="var(--ink)").encode(
            x=alt.X("cost_blended_low:Q", scale=scale, axis=axis), x2="cost_blended_high:Q", y=y
        ),
        base.mark_point(size=70, fill="var(--surface)", stroke="var(--ink)", strokeWidth=2).encode(
            x=alt.X("cost_blended_median:Q", scale=scale, axis=axis), y=y
        ),
        base.mark_point(size=80, shape="diamond", color="var(--accent)").encode(
            x=alt.X("price_blended:Q", scale=scale, axis=axis), y=y
        ),
    ]
    height = table.height * (40 if phone else 25) + 46
    return alt.layer(*row_texts(table, width, name="name"), *marks).properties(width=width, height=height)
