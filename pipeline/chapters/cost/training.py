"""What training runs cost on one accounting basis at a time.

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
- Amortised, computed: the same hours times what an hour costs an owner (`pipeline.chapters.cost.amortised`).
- A second estimate, from arithmetic, stands beside the stated hours (`pipeline.chapters.cost.arithmetic`); what it
  costs to serve a model is `pipeline.chapters.cost.serving`.
- Published estimates are rows of their own, on the basis that their source names. Where the
  estimated model is a registered run as well, the key of the row ends in `-published`.
- Ratios divide the published costs of `NUMERATOR` by those of the run in `cost.compared_run`. On
  rental, the denominator runs from the lowest to the highest of what its authors state, what market
  prices give and what others publish; on amortised cost, of what the hours give and what others
  publish. Nobody states or can compute an all-in cost. A figure without a stated basis is shown
  over the rental cost and marked as not alike.
- `cost_bases` puts the compared run on every basis, with the purchase of its cluster where its size
  is stated, and lists what each basis leaves out.

Known drawbacks: hours are the makers' word and mostly cover the final run; list prices overstate
what buyers of thousands of accelerators pay and miss what an owner pays; the range spans offers, it
is no confidence interval; hyperscalers' on-demand prices stretch its upper end; proxies miss
export rules and local markets; runs whose makers publish no hours have no cost at all; GPT-4's
published amortised cost falls by a constant rate where ours is a straight line.
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
from pipeline.chapters.cost import amortised, arithmetic, assumptions
from pipeline.chapters.cost import serving as inference
from pipeline.chapters.cost.schema import (
    CostBases,
    CostCompute,
    CostInference,
    CostRatios,
    CostRents,
    CostTraining,
    PricePeers,
)

MINIMUM_PRICES = 3
"""Market prices in the window that an accelerator needs to be priced as itself."""

NUMERATOR = "GPT-4"
"""Model of `cost_estimates` whose published costs are compared."""

ASSUMED = "assumed_by_authors"
"""The term of a price that nobody offered."""


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
    compared = params.cost.compared_run
    return {
        "cost_training": costs,
        "cost_ratios": ratios(costs, compared),
        "cost_bases": bases(costs, runs, owned, table["cost_items"], compared),
        "cost_rents": rents(computed, prices, window, compared),
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


def market_prices(runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, window_months: int) -> pl.DataFrame:
    """`run, priced_as, prices, price_low, price_median, price_high` of runs that can be priced.

    runs: `run, accelerator, finished`. prices: the register's rents, USD per accelerator-hour.
    """
    offers = prices.filter(pl.col("term") != ASSUMED).select("accelerator", "date", price="usd_per_hour")
    return _nearby(runs, offers, proxies, window_months)


def purchase_prices(
    runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, window_months: int
) -> pl.DataFrame:
    """`run, priced_as, prices, hardware_low, hardware_median, hardware_high`, USD per accelerator bought."""
    offers = prices.select("accelerator", "date", price="usd_per_accelerator")
    found = _nearby(runs, offers, proxies, window_months)
    return found.rename({f"price_{end}": f"hardware_{end}" for end in ("low", "median", "high")})


def _nearby(runs: pl.DataFrame, offers: pl.DataFrame, proxies: pl.DataFrame, window_months: int) -> pl.DataFrame:
    """Lowest, median and highest offer near each run's end, of its accelerator or else of the proxy."""
    own = runs.select("run", "finished", priced_as="accelerator", choice=pl.lit(0))
    stand_in = runs.join(proxies, on="accelerator").select("run", "finished", priced_as="proxy", choice=pl.lit(1))
    return (
        pl.concat([own, stand_in])
        .join(offers, left_on="priced_as", right_on="accelerator")
        .filter(_in_window(window_months))
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


def _in_window(months: int) -> pl.Expr:
    return pl.col("date").is_between(
        pl.col("finished").dt.offset_by(f"-{months}mo"), pl.col("finished").dt.offset_by(f"{months}mo")
    )


def rents(computed: pl.DataFrame, prices: pl.DataFrame, window_months: int, compared_run: str) -> pl.DataFrame:
    """Rows of `CostRents`: the offers behind the compared run's range, and its cost at each."""
    mine = computed.filter(pl.col("run") == compared_run).drop_nulls("accelerator_hours")
    run = mine.select("priced_as", "accelerator_hours", finished="date")
    return (
        run.join(prices.filter(pl.col("term") != ASSUMED), left_on="priced_as", right_on="accelerator")
        .filter(_in_window(window_months))
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


def bases(
    costs: pl.DataFrame, runs: pl.DataFrame, owned: pl.DataFrame, items: pl.DataFrame, compared_run: str
) -> pl.DataFrame:
    """Rows of `CostBases`: the compared run on every basis, and what each leaves out."""
    run = runs.row(by_predicate=pl.col("run") == compared_run, named=True)
    mine = costs.filter(pl.col("run") == compared_run, pl.col("evidence") == "computed")
    computed = {row["basis"]: row for row in mine.iter_rows(named=True)}
    rows: list[dict[str, object]] = []

    def add(kind: str, label: str, counts: str, source: str, *usd: float | None) -> None:
        low, middle, high = usd if usd else (None, None, None)
        named = {"kind": kind, "label": label, "counts": counts, "source": source}
        rows.append({"order": len(rows), "usd_low": low, "usd_median": middle, "usd_high": high, **named})

    stated = run["usd_stated"]
    if stated is not None:
        told = "the stated hours at the price that the authors assume"
        add("stated", "As its authors state it", told, run["source"], stated, stated, stated)
    for basis, label, counts in (
        ("rental", "Rental at market prices", "the stated hours at dated rents, lowest to highest"),
        ("amortised", "Hardware and energy, amortised", "the stated hours at what they cost an owner"),
    ):
        row = computed.get(basis)
        usd = [row[f"usd_{end}"] for end in ("low", "median", "high")] if row else []
        add(basis, label, counts, run["source"], *usd)
    add("all_in", "All-in programme", "research, failed runs, data and people too: published by nobody", run["source"])
    price = owned.filter(pl.col("run") == compared_run)
    if run["accelerators"] is not None and price.height:
        count = run["accelerators"]
        told = f"{count:,} accelerators at dated prices of servers, before the first hour"
        usd = [count * price[f"hardware_{end}"].item() for end in ("low", "median", "high")]
        add("purchase", "Buying its cluster", told, run["source"], *usd)
    left_out = items.sort("order").filter(~(pl.col("rental") & pl.col("amortised")))
    for item, rental, amortised_, source in left_out.select("item", "rental", "amortised", "source").iter_rows():
        names = [name for name, inside in (("rental", rental), ("amortised", amortised_)) if not inside]
        add("left_out", item, f"left out of {' and '.join(names)}", source)
    return pl.DataFrame(rows, schema=CostBases.create_empty().schema)


def ratios(costs: pl.DataFrame, compared_run: str) -> pl.DataFrame:
    """Rows of `CostRatios`: NUMERATOR over the compared run, one basis at a time.

    costs: rows of `CostTraining`. Without a published cost of NUMERATOR there is no row.
    """
    numerators = costs.filter(pl.col("label") == NUMERATOR, pl.col("evidence") == "published")
    compared = costs.filter(pl.col("run").is_in([compared_run, f"{compared_run}-published"]))
    label = costs.filter(pl.col("run") == compared_run)["label"][0]
    rows = [
        _ratio(basis, usd, label, _figures(compared, "rental" if basis == "not_stated" else basis))
        for basis, usd in numerators.select("basis", "usd_median").sort("basis").iter_rows()
    ]
    return pl.DataFrame(rows, schema=CostRatios.create_empty().schema)


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
        why = f"No {basis} cost of {label} is published, and its hours cannot be priced on that basis"
    else:
        words = f"{over}: {basis} over {basis}"
        why = f"Both are {basis} costs of a final run"
        if any(kind == "stated" for kind, _ in figures):
            why += "; the denominator runs from the authors' own price assumption to the market's offers"
        if basis == "amortised":
            why += "; the denominator is worked out from hours, prices of servers and the register's assumptions"
    return {**row, "label": words, "why": why}
