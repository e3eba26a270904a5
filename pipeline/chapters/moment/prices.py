"""What the newest model costs at two makers' own APIs: who made the moment's model, and who made the one beside it.

Method: of a maker's priced models the one whose first known price is the latest counts as its newest, until the next
one's first price; of several priced first on one day, the one whose output costs most. A step lasts until the next
change of that price, or until the next model, or until the snapshot's day.

Known drawbacks: a maker's newest model is not always its best, nor of the kind of the other's; a price that is first
seen on a day may be older; what is sold at a discount, cached or in bulk is not here.
"""

from datetime import date
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.chapters.moment.schema import PRICED, MomentPrices


def prices_of(directory: Path, first: date, last: date) -> pl.DataFrame:
    """Rows of `schema.MomentPrices` between two days. first: the timeline's first day; last: the snapshot's."""
    return steps(register.load("api_prices", directory), first, last)


def steps(prices: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """The same. prices: the register's table `api_prices`."""
    known = prices.filter(pl.col("date") <= last)
    makers = [maker for model in PRICED for maker in known.filter(model=model)["maker"].head(1)]
    places = {maker: place for place, maker in enumerate(dict.fromkeys(makers))}
    theirs = known.filter(pl.col("maker").is_in(list(places)))
    models = (
        theirs.sort("date")
        .group_by("maker", "model", maintain_order=True)
        .agg(since=pl.col("date").first(), costs=pl.col("usd_per_million_output").first())
        .sort("maker", "since", "costs", "model")
        .with_columns(then=pl.col("since").shift(-1).over("maker"))
    )
    return (
        theirs.join(models.select("model", "then"), on="model")
        .filter(pl.col("then").is_null() | (pl.col("date") < pl.col("then")))
        .sort("maker", "date")
        .with_columns(until=pl.col("date").shift(-1).over("maker").fill_null(last))
        .filter((pl.col("until") > first) | (pl.col("date") >= first))
        .with_columns(
            day=pl.max_horizontal("date", pl.lit(first)),
            place=pl.col("maker").replace_strict(places, return_dtype=pl.Int64),
        )
        .rename({"date": "known_since"})
        .select(MomentPrices.column_names())
        .sort("place", "day", "model")
    )
