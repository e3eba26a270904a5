"""What training runs cost on one accounting basis at a time.

Method
- There are four bases: the rental of a final run's accelerators, the amortised hardware and energy
  of that run, the purchase of its accelerators, and the all-in programme with research, people and failed
  runs. A published figure that names none is `not_stated`. A ratio compares one basis with itself.
- Rental, computed: the accelerator-hours of a run's stages, summed, times the lowest, median and
  highest market price of an hour of that accelerator. A price that authors assume is no market price.
- Which prices of an hour count, and for which accelerator, is `pipeline.chapters.cost.prices`.
- Amortised, computed: the same hours times what an hour costs an owner (`pipeline.chapters.cost.amortised`).
- A second estimate, from arithmetic, stands beside the stated hours (`pipeline.chapters.cost.arithmetic`); what it
  costs to serve a model is `pipeline.chapters.cost.serving`.
- Published estimates are rows of their own, on the basis that their source names. Where the
  estimated model is a registered run as well, the key of the row ends in `-published`.
- What the run of the report cost on every basis, against GPT-4, is `pipeline.chapters.cost.compared`.

Known drawbacks: hours are the makers' word and mostly cover the final run; list prices overstate
what buyers of thousands of accelerators pay and miss what an owner pays; the range spans offers, it
is no confidence interval; hyperscalers' on-demand prices stretch its upper end; proxies miss
export rules and local markets; runs whose makers publish no hours have no cost at all.
"""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.errors import RegisterError
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.cost import amortised, arithmetic, assumptions, compared
from pipeline.chapters.cost import serving as inference
from pipeline.chapters.cost.prices import MINIMUM_PRICES, market_prices, offers, purchase_prices
from pipeline.chapters.cost.schema import (
    CostBases,
    CostCompute,
    CostInference,
    CostRatios,
    CostRents,
    CostTraining,
    PricePeers,
)


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the register and moe.parquet; write what training and serving cost."""
    table = {name: register.load(name, paths.register) for name in REGISTER}
    moe = tables.read(paths.out / "moe" / "moe.parquet")
    for name, frame in compute(table, moe, params).items():
        results.write(name, frame, CONTRACTS[name])


def compute(table: Mapping[str, pl.DataFrame], moe: pl.DataFrame, params: Params) -> dict[str, pl.DataFrame]:
    """Every table of the chapter by name, rows of its contract, from the tables of `REGISTER` and the table `moe`."""
    assumed = assumptions.read(table["assumptions"])
    runs = sum_stages(table["training_runs"])
    window, prices, proxies = params.cost.price_window_months, table["accelerator_prices"], table["price_proxies"]
    owned = purchase_prices(runs, table["hardware_prices"], proxies, params.cost.hardware_window_months)
    computed = price_runs(runs, prices, proxies, window)
    hourly = amortised.hourly(owned, table["accelerators"], assumed)
    costs = pl.concat(
        [computed, amortise_runs(runs, hourly), published_costs(table["cost_estimates"], runs)],
        how="diagonal_relaxed",
    ).select(CostTraining.column_names())
    market = market_prices(runs, prices, proxies, window)
    served = _served(table, moe, params, assumed)
    run = params.cost.compared_run
    bases = compared.bases(costs, runs, owned, table["cost_items"], run)
    return {
        "cost_training": costs,
        "cost_ratios": compared.ratios(costs, run, bases),
        "cost_bases": bases,
        "cost_rents": compared.rents(computed, offers(prices), window, run),
        "cost_compute": arithmetic.reconcile(
            table["training_runs"], moe, table["accelerators"], table["utilisations"], market
        ),
        "cost_inference": served,
        "price_peers": inference.peers(table["price_peers"], served),
    }


def _served(
    table: Mapping[str, pl.DataFrame], moe: pl.DataFrame, params: Params, assumed: assumptions.Assumptions
) -> pl.DataFrame:
    """Rows of `CostInference`: every price of an API, on the accelerator that serves, at its rent then."""
    name = params.cost.serving_accelerator
    serving = table["accelerators"].filter(pl.col("accelerator") == name)
    sold = table["api_prices"].select(run=inference.key(), finished="date", accelerator=pl.lit(name))
    rent = market_prices(sold, table["accelerator_prices"], table["price_proxies"], params.cost.price_window_months)
    return inference.serve(table["api_prices"], moe, serving.row(0, named=True), rent, assumed)


CONTRACTS: Mapping[str, type[dy.Schema]] = {
    "cost_training": CostTraining,
    "cost_ratios": CostRatios,
    "cost_bases": CostBases,
    "cost_rents": CostRents,
    "cost_compute": CostCompute,
    "cost_inference": CostInference,
    "price_peers": PricePeers,
}
"""Tables of the chapter with their contracts."""

REGISTER = (
    "accelerator_prices",
    "accelerators",
    "api_prices",
    "assumptions",
    "cost_estimates",
    "cost_items",
    "hardware_prices",
    "price_peers",
    "price_proxies",
    "training_runs",
    "utilisations",
)
"""Register tables that the chapter counts with."""


def sum_stages(training_runs: pl.DataFrame) -> pl.DataFrame:
    """One row per run: its stages' hours and stated dollars summed; null where a stage has none."""
    shared = ["model", "label", "accelerator", "accelerators", "finished", "source"]
    by_run = training_runs.sort("run", "accelerator_hours", "stage", descending=[False, True, False])
    grouped = by_run.group_by("run", maintain_order=True)
    for run, *counts in grouped.agg(pl.col(shared).n_unique()).iter_rows():
        mixed = [name for name, count in zip(shared, counts, strict=True) if count > 1]
        if mixed:
            raise RegisterError(f"stages of {run} differ in {', '.join(mixed)}", where="training_runs.csv")
    return grouped.agg(
        pl.col(shared).first(),
        stages=pl.col("stage").str.join("; "),
        accelerator_hours=_whole_sum("accelerator_hours"),
        usd_stated=_whole_sum("usd_stated"),
        note=pl.col("note").drop_nulls().first(),
    )


def one_run(training_runs: pl.DataFrame, run: str) -> pl.DataFrame:
    """The row of `sum_stages` of one run. Raises RegisterError for a run that is not on the register."""
    stages = training_runs.filter(run=run)
    if stages.is_empty():
        raise RegisterError(
            f"no training run {run}", where="training_runs.csv", next_step="name a run of its first column, or add rows"
        )
    return sum_stages(stages)


def _whole_sum(column: str) -> pl.Expr:
    return pl.when(pl.col(column).is_not_null().all()).then(pl.col(column).sum())


def price_runs(runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, window_months: int) -> pl.DataFrame:
    """Rental costs of runs, rows of `CostTraining`; without hours or prices the dollars are null.

    runs: rows of `sum_stages`. prices, proxies: the register's `accelerator_prices` and `price_proxies`.
    """
    market = market_prices(runs, prices, proxies, window_months)
    priced_as = f"priced as {{}}: fewer than {MINIMUM_PRICES} market prices of the {{}} in the window"
    remark = (
        pl.when(pl.col("accelerator_hours").is_null())
        .then(None)
        .when(pl.col("priced_as") != pl.col("accelerator"))
        .then(pl.format(priced_as, "priced_as", "accelerator"))
        .when(pl.col("priced_as").is_null() & pl.col("accelerator").is_not_null())
        .then(pl.lit("no market price in the window"))
    )
    priced = runs.join(market, on="run", how="left").with_columns(pl.col("prices").fill_null(0))
    return _computed(priced, "rental", remark)


def amortise_runs(runs: pl.DataFrame, hourly: pl.DataFrame) -> pl.DataFrame:
    """Amortised costs of the runs whose hours can be priced, rows of `CostTraining`.

    runs: rows of `sum_stages`. hourly: what an hour costs an owner, as `amortised.hourly` gives it.
    """
    bought_as = f"bought at the price of the {{}}: fewer than {MINIMUM_PRICES} prices of the {{}}"
    remark = pl.when(pl.col("priced_as") != pl.col("accelerator")).then(
        pl.format(bought_as, "priced_as", "accelerator")
    )
    nobody_states = pl.lit(None).cast(runs.schema["usd_stated"])
    priced = runs.drop_nulls("accelerator_hours").join(hourly, on="run").with_columns(usd_stated=nobody_states)
    return _computed(priced, "amortised", remark)


def _computed(priced: pl.DataFrame, basis: str, remark: pl.Expr) -> pl.DataFrame:
    """Rows of `CostTraining`: hours times the price of an hour, in whole cents. remark: what is added to the note."""
    hours = pl.col("accelerator_hours")
    usd = {f"usd_{end}": (hours * pl.col(f"price_{end}")).round(2) for end in ("low", "median", "high")}
    note = pl.concat_str("note", remark, separator="; ", ignore_nulls=True)
    return priced.select(
        *(name for name in CostTraining.column_names() if name in priced.columns and name != "note"),
        basis=pl.lit(basis),
        evidence=pl.lit("computed"),
        note=pl.when(note != "").then(note),
        date="finished",
        **usd,
    ).select(CostTraining.column_names())


def published_costs(estimates: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Published estimates as rows of `CostTraining`."""
    slug = pl.col("model").str.to_lowercase().str.replace_all(r"[^a-z0-9.]+", "-")
    finished = runs.select("run", date="finished")
    return (
        estimates.with_columns(run=slug)
        .drop("date")
        .join(finished, on="run", how="left")
        .select(
            "basis",
            "model",
            "date",
            "source",
            "note",
            run=pl.when(pl.col("date").is_not_null()).then(pl.col("run") + "-published").otherwise("run"),
            label="model",
            stages=pl.lit("as estimated"),
            prices=pl.lit(0),
            usd_low=pl.when("is_lower_bound").then("usd"),
            usd_median="usd",
            evidence=pl.lit("published"),
        )
    )
