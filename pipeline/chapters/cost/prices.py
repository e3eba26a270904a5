"""Dated prices of an accelerator near the end of a run: rents by the hour, and servers bought.

Method
- Prices count when they are dated at most `cost.price_window_months` (rents) or
  `cost.hardware_window_months` (servers) before or after the run's end. Each dated list price of a
  vendor counts once, on demand, reserved or on a marketplace.
- An accelerator with fewer than `MINIMUM_PRICES` prices in the window is priced as its registered
  proxy; without enough prices there either, there is none. The accelerator whose prices are used
  stands in `priced_as`.

Known drawbacks: those of `pipeline.chapters.cost.training`.
"""

import polars as pl

MINIMUM_PRICES = 3
"""Market prices in the window that an accelerator needs to be priced as itself."""

ASSUMED = "assumed_by_authors"
"""The term of a price that nobody offered."""


def offers(prices: pl.DataFrame) -> pl.DataFrame:
    """Rents that somebody offered, rows of the register's `accelerator_prices` without what authors assume."""
    return prices.filter(pl.col("term") != ASSUMED)


def market_prices(runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, window_months: int) -> pl.DataFrame:
    """`run, priced_as, prices, price_low, price_median, price_high` of runs that can be priced.

    runs: `run, accelerator, finished`. prices: the register's rents, USD per accelerator-hour.
    """
    rents = offers(prices).select("accelerator", "date", price="usd_per_hour")
    return _nearby(runs, rents, proxies, window_months)


def purchase_prices(
    runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, window_months: int
) -> pl.DataFrame:
    """`run, priced_as, prices, hardware_low, hardware_median, hardware_high`, USD per accelerator bought."""
    servers = prices.select("accelerator", "date", price="usd_per_accelerator")
    found = _nearby(runs, servers, proxies, window_months)
    return found.rename({f"price_{end}": f"hardware_{end}" for end in ("low", "median", "high")})


def _nearby(runs: pl.DataFrame, dated: pl.DataFrame, proxies: pl.DataFrame, window_months: int) -> pl.DataFrame:
    """Lowest, median and highest price near each run's end, of its accelerator or else of its registered proxy.

    dated: `accelerator, date, price`.
    """
    own = runs.select("run", "finished", priced_as="accelerator", choice=pl.lit(0))
    stand_in = runs.join(proxies, on="accelerator").select("run", "finished", priced_as="proxy", choice=pl.lit(1))
    return (
        pl.concat([own, stand_in])
        .join(dated, left_on="priced_as", right_on="accelerator")
        .filter(in_window(window_months))
        .group_by("run", "choice", "priced_as")
        .agg(
            prices=pl.len(),
            price_low=pl.col("price").min(),
            price_median=pl.col("price").sort().median(),
            price_high=pl.col("price").max(),
        )
        .filter(pl.col("prices") >= MINIMUM_PRICES)
        .sort("run", "choice")
        .unique("run", keep="first", maintain_order=True)
        .drop("choice")
    )


def in_window(months: int) -> pl.Expr:
    """Whether `date` is at most so many months before or after `finished`."""
    earliest, latest = (pl.col("finished").dt.offset_by(f"{sign}{months}mo") for sign in ("-", ""))
    return pl.col("date").is_between(earliest, latest)
