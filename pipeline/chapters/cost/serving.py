"""Serving a model: what its maker asks for a million tokens, and what renting accelerators costs.

Price and cost are different things. A *price* is what an API asks; a *cost* is the rent of the
accelerators that would produce the tokens, at a stated use. Neither is the maker's own cost.

Method
- Prices are the list prices of the makers' own APIs, standard tier, input not cached, with the first
  day on which each is known. They are register rows, written from the makers' pages and from the
  package model-prices. Of the two packages at hand it has a first day and a source for every rate
  (969 rates of 575 models, from June 2025 on); genai-prices (0.2.3) knows more hosts (47 against 32)
  and 2,330 models, but start dates for 302 of its prices, most of them in 2026, and no source for
  a price. Neither is a dependency: a newer version would change a fork's numbers without a change
  in the fork, and prices before June 2025 have to be added by hand anyway. Models that their maker
  does not sell (gpt-oss, Llama) have no price here.
- Cost, input: reading is bound by arithmetic: `2 x activated parameters` operations a token.
- Cost, output: every step makes one token for each sequence of the batch, and lasts as long as the
  slower of two: reading weights and caches at the used share of the memory's bandwidth, or `2 x
  activated x sequences` operations. In a step of B sequences each of E routed experts is read with
  probability `1 - (1 - k/E)^B`, so a large batch reads nearly all weights, once, for many tokens:
  bandwidth is shared, arithmetic is not.
- Accelerators are added by doubling until the weights, at the assumed bytes each, fill at most the
  assumed share of their memory; caches limit the batch. The rent is the median of the dated prices
  of `cost.serving_accelerator` within the window around the day of the API's price; the lowest and
  the highest stand beside it, and a cost at another rent is proportional to it.
- Dollars a million tokens are `rent / tokens an hour / share of hours busy`. The range is that of use
  alone: the low end takes batch and shares where they make tokens cheap, the high end the other. The
  blend weighs input and output as the register's row says.
- The counterfactual: the same total, layers and cache with every parameter active.

Known drawbacks: links between accelerators, speculative decoding, cached input, 4-bit weights,
separate pools for reading and writing, and attention's own arithmetic are left out; one accelerator
stands for all; a price may be below cost to win users, or far above; list prices are not what large
customers pay, and reasoning models write more tokens for the same answer.
"""

import polars as pl

from pipeline.chapters.cost.assumptions import ENDS, Assumptions, End, opposite
from pipeline.chapters.cost.schema import CostInference, PricePeers

SECONDS = 3600
MILLION = 1_000_000
CACHE_COLUMNS = {8_192: "cache_bytes_8k", 32_768: "cache_bytes_32k", 131_072: "cache_bytes_128k"}
"""Context lengths at which the table `moe` holds the bytes of a cache."""

_NAMES: dict[End, str] = {"low": "low", "middle": "median", "high": "high"}


def serve(
    api_prices: pl.DataFrame, moe: pl.DataFrame, accelerator: dict[str, float], rent: pl.DataFrame, assumed: Assumptions
) -> pl.DataFrame:
    """Rows of `CostInference`: a price at its date, and the rental cost of the model then.

    accelerator: the register's row that serves. rent: `run, price_low, price_median, price_high` with
    `model@date` in `run`, USD per accelerator-hour.
    """
    rows = (
        api_prices.pipe(with_prices, assumed)
        .join(moe.pipe(_shapes, assumed), on="model", how="left")
        .with_columns(run=key())
        .join(rent.select("run", "price_low", "price_median", "price_high"), on="run", how="left")
    )
    costed = pl.concat([_costs(rows, accelerator, assumed, dense=dense) for dense in (False, True)], how="horizontal")
    known = pl.col("cost_output_median").is_not_null()
    return (
        pl.concat([rows, costed], how="horizontal")
        .with_columns(
            rent_per_hour="price_median",
            rent_low="price_low",
            rent_high="price_high",
            accelerator=pl.when(known).then(pl.lit(accelerator["accelerator"])),
            why=pl.when(known)
            .then(None)
            .when(pl.col("weights") == "closed")
            .then(pl.lit("parameters are not published"))
            .when(pl.col("parameters_active").is_null())
            .then(pl.lit("no configuration of this model is counted"))
            .when(pl.col("cache_bytes").is_null())
            .then(pl.lit("the size of its cache is not counted"))
            .otherwise(pl.lit("no rent of the serving accelerator is dated near the price")),
        )
        .select(CostInference.column_names())
        .sort("model", "date")
    )


def key() -> pl.Expr:
    """The id of one price of one model: `model@date`."""
    return pl.format("{}@{}", "model", "date")


def with_prices(api_prices: pl.DataFrame, assumed: Assumptions) -> pl.DataFrame:
    """The register's prices, with their blend and their place in the model's own history."""
    parts = assumed["input_per_output_token"].middle
    price_input, price_output = pl.col("usd_per_million_input"), pl.col("usd_per_million_output")
    return api_prices.with_columns(
        price_input=price_input,
        price_output=price_output,
        price_blended=(parts * price_input + price_output) / (parts + 1),
        is_latest=pl.col("date") == pl.col("date").max().over("model"),
        is_first=pl.col("date") == pl.col("date").min().over("model"),
    )


def peers(pairs: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Rows of `PricePeers`: two prices on the first day on which both are known.

    prices: rows of `CostInference`.
    """
    columns = ["label", "note", "price_input", "price_output", "price_blended"]

    def side(name: str) -> pl.DataFrame:
        named = {column: f"{name}_{column}" for column in columns}
        return prices.select(pl.col("model").alias(name), "date", *columns).rename(named).sort("date")

    first = prices.group_by("model").agg(first=pl.col("date").min())
    both = (
        pairs.select("open", "closed", "why")
        .join(first.rename({"first": "open_first"}), left_on="open", right_on="model")
        .join(first.rename({"first": "closed_first"}), left_on="closed", right_on="model")
        .with_columns(date=pl.max_horizontal("open_first", "closed_first"))
        .sort("date")
    )
    for name in ("open", "closed"):
        both = both.join_asof(side(name), on="date", by=name, strategy="backward", check_sortedness=False)
    times = {
        f"times_{kind}": pl.col(f"closed_price_{kind}") / pl.col(f"open_price_{kind}")
        for kind in ("input", "output", "blended")
    }
    return (
        both.with_columns(
            open_blended="open_price_blended",
            closed_blended="closed_price_blended",
            **times,
        )
        .select(PricePeers.column_names())
        .sort("open", "closed")
    )


def _shapes(moe: pl.DataFrame, assumed: Assumptions) -> pl.DataFrame:
    """Parameters, experts and cache of every counted model; dense ones have one expert, always on."""
    length = int(assumed["serving_context_tokens"].middle)
    of_length = pl.col("cache_bytes_per_token") * length + pl.col("state_bytes")
    cache = pl.col(CACHE_COLUMNS[length]) if length in CACHE_COLUMNS else of_length
    share = (pl.col("experts_per_token") / pl.col("experts")).fill_null(1.0)
    idle = pl.col("parameters_text") - pl.col("parameters_active")
    return moe.select(
        "model",
        "parameters_text",
        parameters_active=pl.col("parameters_active_without_input_embedding"),
        expert_share=share,
        routed=pl.when(share < 1).then(idle / (1 - share)).otherwise(0.0),
        cache_bytes=cache.cast(pl.Float64),
    )


def _costs(rows: pl.DataFrame, accelerator: dict[str, float], assumed: Assumptions, *, dense: bool) -> pl.DataFrame:
    """Cost columns of the models as they are, or as if every parameter were active."""
    active = pl.col("parameters_text") if dense else pl.col("parameters_active")
    memory = accelerator["memory_bytes"]
    stored = pl.col("parameters_text") * assumed["serving_bytes_per_weight"].middle
    needed = (stored / (assumed["weights_share_of_memory"].middle * memory)).clip(lower_bound=1.0)
    work = rows.select(
        "price_median",
        "cache_bytes",
        active=active.cast(pl.Float64),
        routed=pl.lit(0.0) if dense else pl.col("routed"),
        share=pl.lit(1.0) if dense else pl.col("expert_share"),
        weights=stored,
        accelerators=(2.0 ** needed.log(2).ceil()),
    )
    made = pl.DataFrame()
    for end in ENDS:
        step = work.pipe(_decode, accelerator, assumed, opposite(end))
        rent = pl.col("price_median") / (SECONDS * assumed["serving_hours_busy"].at(opposite(end))) * MILLION
        peak = accelerator["flops_16bit"] * assumed["serving_compute_use"].at(opposite(end))
        parts = assumed["input_per_output_token"].middle
        costs = step.select(
            input=rent * 2 * pl.col("active") / peak,
            output=rent / pl.col("tokens_per_second"),
        ).with_columns(blended=(parts * pl.col("input") + pl.col("output")) / (parts + 1))
        known = pl.col("input").is_not_null() & pl.col("output").is_not_null()
        if dense:
            named = costs.select(pl.when(known).then("blended").alias(f"dense_blended_{_NAMES[end]}"))
        else:
            named = costs.select(
                pl.when(known).then(kind).alias(f"cost_{kind}_{_NAMES[end]}") for kind in ("input", "output", "blended")
            )
        made = pl.concat([made, named], how="horizontal")
        if end == "middle" and not dense:
            made = pl.concat([made, step.pipe(_as_served)], how="horizontal")
    return made


def _decode(work: pl.DataFrame, accelerator: dict[str, float], assumed: Assumptions, end: End) -> pl.DataFrame:
    """Add the batch per accelerator, what bounds a step, and tokens a second and accelerator."""
    n = pl.col("accelerators")
    room = assumed["memory_in_use"].middle * accelerator["memory_bytes"] * n - pl.col("weights")
    fits = room / pl.col("cache_bytes")
    sequences = pl.min_horizontal(assumed["serving_batch"].at(end) * n, fits.floor()).clip(lower_bound=1.0)
    sequences = pl.when(pl.col("cache_bytes").is_not_null()).then(sequences)
    touched = 1 - (1 - pl.col("share")) ** pl.col("sequences")
    resting = assumed["serving_bytes_per_weight"].middle * pl.col("routed") * (1 - touched)
    read = pl.col("weights") - resting + pl.col("sequences") * pl.col("cache_bytes")
    bandwidth = accelerator["bandwidth_bytes_per_second"] * assumed["serving_bandwidth_use"].at(end)
    peak = accelerator["flops_16bit"] * assumed["serving_compute_use"].at(end)
    return (
        work.with_columns(sequences=sequences)
        .with_columns(
            reading=read / (n * bandwidth),
            computing=2 * pl.col("active") * pl.col("sequences") / (n * peak),
        )
        .with_columns(step=pl.max_horizontal("reading", "computing"))
        .with_columns(tokens_per_second=pl.col("sequences") / pl.col("step") / n)
    )


def _as_served(step: pl.DataFrame) -> pl.DataFrame:
    """How the model is served at the middle values."""
    known = pl.col("tokens_per_second").is_not_null()
    return step.select(
        accelerators=pl.when(known).then(pl.col("accelerators").cast(pl.Int64)),
        batch=pl.when(known).then(pl.col("sequences") / pl.col("accelerators")),
        bound=pl.when(known).then(
            pl.when(pl.col("reading") >= pl.col("computing")).then(pl.lit("bandwidth")).otherwise(pl.lit("compute"))
        ),
        tokens_per_second=pl.when(known).then("tokens_per_second"),
    )
