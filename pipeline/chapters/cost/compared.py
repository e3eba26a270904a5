"""The run that the report compares: what it cost on every basis, and GPT-4 over it.

Method
- Ratios divide the published costs of `NUMERATOR` by those of the run in `cost.compared_run`. On rental and on
  amortised cost, the denominator runs from the lowest to the highest of what its hours give and what others
  publish; a price that its authors assume is no market price, so it stands over no estimate made of them. On
  purchase it is its cluster at dated prices of servers. Nobody states or can compute an all-in cost. A figure
  without a stated basis is shown over the rental cost and marked as not alike.
- The middle of a ratio is that over the median price. Its ends are the most expensive and the cheapest offer.
- `cost_bases` puts the compared run on every basis, with the purchase of its cluster where its size
  is stated, and lists what each basis leaves out.

Known drawbacks: GPT-4's published amortised cost falls by a constant rate where ours is a straight line.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl

from pipeline.chapters.cost.prices import in_window
from pipeline.chapters.cost.schema import CostBases, CostRatios, CostRents

NUMERATOR = "GPT-4"
"""Model of `cost_estimates` whose published costs are compared."""

USD = ("usd_low", "usd_median", "usd_high")

COMPUTED = (
    ("rental", "Rental at market prices", "the stated hours at dated rents, lowest to highest"),
    ("amortised", "Hardware and energy, amortised", "the stated hours at what they cost an owner"),
)
"""Bases on which a run's hours are priced: basis, label, what it counts."""

Row = dict[str, Any]


def rents(computed: pl.DataFrame, offered: pl.DataFrame, window_months: int, compared_run: str) -> pl.DataFrame:
    """Rows of `CostRents`: the offers behind the compared run's range, and its cost at each.

    computed: rental rows of `CostTraining`. offered: the register's rents without what authors assume.
    """
    mine = computed.filter(run=compared_run).drop_nulls("accelerator_hours")
    run = mine.select("priced_as", "accelerator_hours", finished="date")
    return (
        run.join(offered, left_on="priced_as", right_on="accelerator")
        .filter(in_window(window_months))
        .select(
            "vendor",
            "date",
            "term",
            "usd_per_hour",
            "source",
            accelerator="priced_as",
            usd=(pl.col("accelerator_hours") * pl.col("usd_per_hour")).round(2),
        )
        .select(CostRents.column_names())
    )


def bases(
    costs: pl.DataFrame, runs: pl.DataFrame, owned: pl.DataFrame, items: pl.DataFrame, compared_run: str
) -> pl.DataFrame:
    """Rows of `CostBases`: the compared run on every basis, the purchase of its cluster, and what is left out.

    costs: rows of `CostTraining`. runs: rows of `training.sum_stages`. owned: rows of `prices.purchase_prices`.
    items: the register's `cost_items`.
    """
    run = runs.row(by_predicate=pl.col("run") == compared_run, named=True)
    computed = costs.filter(run=compared_run, evidence="computed")
    rows = [*_on_each_basis(run, computed), *_purchase(run, owned), *_left_out(items)]
    return pl.DataFrame(
        [{"order": place, **row} for place, row in enumerate(rows)], schema=CostBases.create_empty().schema
    )


def _row(kind: str, label: str, counts: str, source: str, usd: tuple[float | None, ...] = (None, None, None)) -> Row:
    return {"kind": kind, "label": label, "counts": counts, "source": source, **dict(zip(USD, usd, strict=True))}


def _on_each_basis(run: Row, computed: pl.DataFrame) -> Iterator[Row]:
    """What the authors state, what their hours come to, and the programme, which nobody publishes."""
    stated, source = run["usd_stated"], run["source"]
    if stated is not None:
        assumed = "the stated hours at the price that the authors assume"
        yield _row("stated", "As its authors state it", assumed, source, (stated, stated, stated))
    for basis, label, counts in COMPUTED:
        yield _row(basis, label, counts, source, *computed.filter(basis=basis).select(USD).rows())
    everything = "research, failed runs, data and people too: published by nobody"
    yield _row("all_in", "All-in programme", everything, source)


def _purchase(run: Row, owned: pl.DataFrame) -> Iterator[Row]:
    """The accelerators of the run at prices of servers, where their number and such prices are known."""
    count = run["accelerators"]
    prices = owned.filter(run=run["run"]).select("hardware_low", "hardware_median", "hardware_high").rows()
    if count is not None and prices:
        bought = f"{count:,} accelerators at dated prices of servers, before the first hour"
        yield _row("purchase", "Buying its cluster", bought, run["source"], tuple(count * price for price in prices[0]))


def _left_out(items: pl.DataFrame) -> Iterator[Row]:
    """What rental, amortised cost or both do not count."""
    for item in items.sort("order").iter_rows(named=True):
        without = [basis for basis in ("rental", "amortised") if not item[basis]]
        if without:
            yield _row("left_out", item["item"], f"left out of {' and '.join(without)}", item["source"])


def ratios(costs: pl.DataFrame, compared_run: str, on_every_basis: pl.DataFrame) -> pl.DataFrame:
    """Rows of `CostRatios`: NUMERATOR over the compared run, one basis at a time.

    costs: rows of `CostTraining`. on_every_basis: rows of `CostBases`, for the purchase of the cluster.
    Without a published cost of NUMERATOR there is no row.
    """
    bought = on_every_basis.filter(kind="purchase").select(*USD, basis=pl.lit("purchase"), evidence=pl.lit("computed"))
    numerators = costs.filter(pl.col("label") == NUMERATOR, pl.col("evidence") == "published")
    own = costs.filter(pl.col("run").is_in([compared_run, f"{compared_run}-published"]))
    compared = pl.concat([own.select(bought.columns), bought])
    label = costs.filter(pl.col("run") == compared_run)["label"][0]
    rows = [
        _ratio(basis, usd, label, _figures(compared, "rental" if basis == "not_stated" else basis))
        for basis, usd in numerators.select("basis", "usd_median").sort("basis").iter_rows()
    ]
    return pl.DataFrame(rows, schema=CostRatios.create_empty().schema)


def _figures(compared: pl.DataFrame, basis: str) -> list[tuple[str, float]]:
    """What is known of the compared run's cost on a basis: kind and USD."""
    kinds = {"low": "usd_low", "median": "usd_median", "high": "usd_high"}
    rows = compared.filter(pl.col("basis") == basis).sort("evidence")
    return [(kind, row[column]) for row in rows.iter_rows(named=True) for kind, column in kinds.items() if row[column]]


def _ratio(basis: str, usd: float, label: str, figures: list[tuple[str, float]]) -> dict[str, object]:
    values = [value for _, value in figures]
    middle = next((value for kind, value in figures if kind == "median"), values[0] if values else None)
    over = f"{NUMERATOR} over {label}"
    row: dict[str, object] = {
        "basis": basis,
        "numerator_usd": usd,
        "denominator_low": min(values, default=None),
        "denominator_high": max(values, default=None),
        "ratio_low": usd / max(values) if values else None,
        "ratio_median": usd / middle if middle else None,
        "ratio_high": usd / min(values) if values else None,
        "like_for_like": bool(values) and basis != "not_stated",
    }
    if basis == "not_stated":
        words = f"{over}: a bound without a stated basis over rental"
        why = (
            f"Not alike: nobody says what the figure for {NUMERATOR} counts, and it is a lower bound; that for {label} "
            "is rental"
        )
    elif not values:
        words = f"{over}: {basis}"
        why = f"No {basis} cost of {label} is published, and its hours cannot be priced on that basis"
    else:
        words = f"{over}: {basis} over {basis}"
        why = f"For both models the {basis} cost is that of a final run"
        if basis == "purchase":
            why = "For both models it is what the accelerators of a final run cost to buy, before its first hour"
        if basis == "amortised":
            why += f"; that of {label} is worked out from hours, prices of servers and the register's assumptions"
    return {**row, "label": words, "why": why}
