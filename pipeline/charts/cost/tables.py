"""Tables of the page `cost`: dated rents, and what is assumed."""

import polars as pl

from pipeline.base import words
from pipeline.charts.kit.html import Html, register_table


def rents(rows: pl.DataFrame) -> Html:
    """The dated prices behind a run's rental range, cheapest first, each with its source.

    rows: the table `cost_rents`.
    """
    shown = rows.sort("usd_per_hour", "vendor", "date", "term").with_columns(
        usd=pl.col("usd").map_elements(words.dollars, return_dtype=pl.String),
        term=pl.col("term").str.replace_all("_", " "),
    )
    labels = {
        "vendor": "Vendor",
        "date": "Date",
        "accelerator": "Accelerator",
        "term": "Contract",
        "usd_per_hour": "USD an hour",
        "usd": "The run at that price",
        "source": "Source",
    }
    return register_table(shown, labels, caption="The prices that the range is made of")


def assumptions(rows: pl.DataFrame) -> Html:
    """Everything that cost accounting assumes, in the register's order, with its source.

    rows: the register's table `assumptions`.
    """
    shown = rows.with_columns(assumption=pl.col("assumption").str.replace_all("_", " "))
    labels = {
        "assumption": "Assumption",
        "low": "Low",
        "middle": "Middle",
        "high": "High",
        "unit": "Unit",
        "source": "Source",
    }
    return register_table(shown, labels, caption="Assumptions, low to high")
