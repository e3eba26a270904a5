"""What the hours of a training run cost an owner: hardware written off by the hour, and energy.

Method
- An accelerator-hour costs its share of the server and of the links between servers, and its energy:
  `price x (1 + network) / (lifetime x 8,766 x hours in use) + kW x draw x PUE x price of a kWh`.
- Prices of servers are dated list prices over the accelerators in them, dated at most
  `cost.hardware_window_months` before or after the run's end, lowest, median and highest. As with
  rents, an accelerator with too few prices is priced as its registered proxy.
- Everything else is a row of `register/cost/assumptions.csv`. The low end takes every assumption at the
  end that makes the hour cheap, the high end the other, so the interval is wide and no confidence
  interval.
- Hardware is written off along a straight line to nothing. The published estimates that these costs
  meet let its value fall by a constant rate instead; their hourly cost lies inside the interval.

Known drawbacks: no cost of capital, no building, no staff who run it, no resale value; list prices
overstate what buyers of thousands pay; a lifetime is an accountant's, not an engineer's; energy
takes the rated power of a server, never a measured draw.
"""

import polars as pl

from pipeline.chapters.cost.assumptions import ENDS, Assumptions, End, opposite

HOURS_PER_YEAR = 8766


def hourly(prices: pl.DataFrame, accelerators: pl.DataFrame, assumed: Assumptions) -> pl.DataFrame:
    """Add `price_low, price_median, price_high`: USD that an accelerator-hour costs its owner.

    prices: `run, priced_as, prices, hardware_low, hardware_median, hardware_high` in USD per
    accelerator. accelerators: the register's. A run whose accelerator has no row there drops out.
    """
    power = accelerators.select(priced_as="accelerator", kilowatts=pl.col("server_watts") / 1000)
    names: dict[End, str] = {"low": "low", "middle": "median", "high": "high"}
    hours = {
        f"price_{names[end]}": pl.col(f"hardware_{names[end]}") * _written_off_per_hour(assumed, end)
        + pl.col("kilowatts") * _energy(assumed, end)
        for end in ENDS
    }
    return prices.join(power, on="priced_as").select("run", "priced_as", "prices", **hours)


def _written_off_per_hour(assumed: Assumptions, end: End) -> float:
    """Share of a server's price that one hour of one of its accelerators uses up."""
    life = assumed["lifetime_years"].at(opposite(end)) * HOURS_PER_YEAR
    return (1 + assumed["network_over_server_price"].at(end)) / (life * assumed["hours_in_use"].at(opposite(end)))


def _energy(assumed: Assumptions, end: End) -> float:
    """USD of an hour at a rated power of one kilowatt."""
    rows = ("power_drawn", "power_usage_effectiveness", "usd_per_kwh")
    drawn, losses, price = (assumed[row].at(end) for row in rows)
    return drawn * losses * price
