"""Stage `cost`: what training runs cost on one accounting basis at a time.

Method
- There are three bases: the rental of a final run's accelerators, the amortised hardware and energy
  of that run, and the all-in programme with research, people and failed runs. A published figure
  that names none is `not_stated`. A ratio compares one basis with itself.
- Rental, computed: the accelerator-hours of a run's stages, summed, times the lowest, median and
  highest market price of an hour of that accelerator. Prices count when they are dated at most
  `cost.price_window_months` before or after the run's end; each dated list price of a vendor counts
  once, on demand, reserved or on a marketplace. A price that authors assume is no market price.
- An accelerator with fewer than `MINIMUM_PRICES` market prices in the window is priced as its
  registered proxy; without enough prices there either, the cost stays empty. The run's own
  accelerator stays in `accelerator`, the one whose prices are used in `priced_as`.
- Published estimates are rows of their own, on the basis that their source names. Where the
  estimated model is a registered run as well, the key of the row ends in `-published`.
- Ratios divide the published costs of `NUMERATOR` by those of the run in `cost.compared_run`. On
  rental, the denominator runs from the lowest to the highest of what its authors state, what market
  prices give and what others publish. On another basis only a published figure on that basis
  counts: hours alone give no amortised cost, which needs the price paid, the lifetime and the
  energy. A figure without a stated basis is shown over the rental cost and marked as not alike.

Known drawbacks: hours are the makers' word and mostly cover the final run; list prices overstate
what buyers of thousands of accelerators pay and miss what an owner pays; the range spans offers, it
is no confidence interval; hyperscalers' on-demand prices stretch its upper end; proxies miss
export rules and local markets; runs whose makers publish no hours have no cost at all.
"""

import polars as pl

from pipeline import register, schemas, tables
from pipeline.errors import ParamsError, RegisterError
from pipeline.params import Params
from pipeline.paths import Paths

MINIMUM_PRICES = 3
"""Market prices in the window that an accelerator needs to be priced as itself."""

NUMERATOR = "GPT-4"
"""Model of `cost_estimates` whose published costs are compared."""

ASSUMED = "assumed_by_authors"
"""The term of a price that nobody offered."""


def run(paths: Paths, params: Params) -> None:
    """Read the register; write cost_training.parquet and cost_ratios.parquet."""
    runs = sum_stages(register.load("training_runs", paths.register))
    if params.cost.compared_run not in runs["run"]:
        raise ParamsError(
            f"cost.compared_run: no training run {params.cost.compared_run!r}",
            where=paths.params.name,
            next_step="use a key of pipeline/register/training_runs.csv",
        )
    computed = price_runs(
        runs,
        register.load("accelerator_prices", paths.register),
        register.load("price_proxies", paths.register),
        params.cost.price_window_months,
    )
    published = published_costs(register.load("cost_estimates", paths.register), runs)
    costs = pl.concat([computed, published], how="diagonal_relaxed").select(schemas.CostTraining.column_names())
    tables.write(costs, schemas.CostTraining, paths.out / "cost_training.parquet")
    tables.write(ratios(costs, params.cost.compared_run), schemas.CostRatios, paths.out / "cost_ratios.parquet")


def sum_stages(training_runs: pl.DataFrame) -> pl.DataFrame:
    """One row per run: its stages' hours and stated dollars summed; null where a stage has none."""
    shared = ["model", "label", "accelerator", "finished", "source"]
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


def _whole_sum(column: str) -> pl.Expr:
    return pl.when(pl.col(column).is_not_null().all()).then(pl.col(column).sum())


def market_prices(runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, window_months: int) -> pl.DataFrame:
    """`run, priced_as, prices, price_low, price_median, price_high` of runs that can be priced."""
    offers = prices.filter(pl.col("term") != ASSUMED)
    own = runs.select("run", "finished", priced_as="accelerator", choice=pl.lit(0))
    stand_in = runs.join(proxies, on="accelerator").select("run", "finished", priced_as="proxy", choice=pl.lit(1))
    return (
        pl.concat([own, stand_in])
        .join(offers, left_on="priced_as", right_on="accelerator")
        .filter(
            pl.col("date").is_between(
                pl.col("finished").dt.offset_by(f"-{window_months}mo"),
                pl.col("finished").dt.offset_by(f"{window_months}mo"),
            )
        )
        .group_by("run", "choice", "priced_as")
        .agg(
            prices=pl.len(),
            price_low=pl.col("usd_per_hour").min(),
            price_median=pl.col("usd_per_hour").sort().median(),
            price_high=pl.col("usd_per_hour").max(),
        )
        .filter(pl.col("prices") >= MINIMUM_PRICES)
        .sort("run", "choice")
        .unique("run", keep="first", maintain_order=True)
        .drop("choice")
    )


def price_runs(runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, window_months: int) -> pl.DataFrame:
    """Computed rental costs, rows of `schemas.CostTraining`."""
    market = market_prices(runs, prices, proxies, window_months)
    hours = pl.col("accelerator_hours")
    proxied = pl.col("priced_as") != pl.col("accelerator")
    remark = (
        pl.when(hours.is_null())
        .then(None)
        .when(proxied)
        .then(
            pl.format(
                f"priced as {{}}: fewer than {MINIMUM_PRICES} market prices of the {{}} in the window",
                "priced_as",
                "accelerator",
            )
        )
        .when(pl.col("priced_as").is_null() & pl.col("accelerator").is_not_null())
        .then(pl.lit("no market price in the window"))
    )
    return (
        runs.join(market, on="run", how="left")
        .with_columns(
            basis=pl.lit("rental"),
            evidence=pl.lit("computed"),
            prices=pl.col("prices").fill_null(0),
            usd_low=(hours * pl.col("price_low")).round(2),
            usd_median=(hours * pl.col("price_median")).round(2),
            usd_high=(hours * pl.col("price_high")).round(2),
            note=pl.concat_str("note", remark, separator="; ", ignore_nulls=True),
            date="finished",
        )
        .with_columns(note=pl.when(pl.col("note") != "").then("note"))
        .select(schemas.CostTraining.column_names())
    )


def published_costs(estimates: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Published estimates as rows of `schemas.CostTraining`."""
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


def ratios(costs: pl.DataFrame, compared_run: str) -> pl.DataFrame:
    """Rows of `schemas.CostRatios`: NUMERATOR over the compared run, one basis at a time.

    costs: rows of `schemas.CostTraining`. Without a published cost of NUMERATOR there is no row.
    """
    numerators = costs.filter(pl.col("label") == NUMERATOR, pl.col("evidence") == "published")
    compared = costs.filter(pl.col("run").is_in([compared_run, f"{compared_run}-published"]))
    label = costs.filter(pl.col("run") == compared_run)["label"][0]
    rows = [
        _ratio(basis, usd, label, _figures(compared, "rental" if basis == "not_stated" else basis))
        for basis, usd in numerators.select("basis", "usd_median").sort("basis").iter_rows()
    ]
    return pl.DataFrame(rows, schema=schemas.CostRatios.create_empty().schema)


def _figures(compared: pl.DataFrame, basis: str) -> list[tuple[str, float]]:
    """What is known of the compared run's cost on a basis: kind and USD."""
    kinds = {"stated": "usd_stated", "low": "usd_low", "median": "usd_median", "high": "usd_high"}
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
        why = "Not alike: nobody says what the numerator counts, and it is a lower bound; the denominator is rental"
    elif not values:
        words = f"{over}: {basis}"
        why = (
            f"No {basis} cost of {label} is known: it needs the price paid for the hardware, its lifetime and "
            "its energy, and accelerator-hours give none of them"
        )
    else:
        words = f"{over}: {basis} over {basis}"
        why = f"Both are {basis} costs of a final run"
        if any(kind == "stated" for kind, _ in figures):
            why += "; the denominator runs from the authors' own price assumption to the market's offers"
    return {**row, "label": words, "why": why}
