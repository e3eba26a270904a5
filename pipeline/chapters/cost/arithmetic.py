"""A second estimate of training: arithmetic done over arithmetic possible, against the hours stated.

Method
- A run's arithmetic is `6 x activated parameters x tokens`: two operations a parameter and token
  forward, four backward. Activated parameters leave the input table out, since a lookup multiplies
  nothing, and keep the output table, which does; the count is the table `moe`'s, or the one that a
  source states where hours cover several models or none is counted.
- Hours count for the stages that state tokens alone, so that both sides cover the same work.
- What an accelerator could do is its dense 16-bit peak. `utilisation = arithmetic / (hours x 3600 x
  peak)` is the share that the stated hours imply. It is plausible when it lies within the published
  shares of `register/cost/utilisations.csv`, nearly all of them shares of that same peak.
- Turned round: the hours that the arithmetic needs at the lowest, median and highest published
  utilisation, and their rental at the lowest, median and highest price.

Known drawbacks: attention over the context (some per cent at 4 to 8 thousand tokens, more beyond),
recomputed activations and multi-token prediction are left out, so implied utilisation is a lower
bound; runs in 8 bits could do twice the 16-bit peak, so their share of what was possible is half,
in a column of its own; "over 15 trillion" counts as 15; hours that hold post-training, restarts or
idle cards lower the share without being waste.
"""

import polars as pl

from pipeline.chapters.cost.schema import CostCompute

FLOPS_PER_PARAMETER_AND_TOKEN = 6
SECONDS = 3600

NO_HOURS = "no hours are stated for the stages that state tokens"
"""Why a run is no gap of the arithmetic: there is nothing to set against it."""


def reconcile(
    training_runs: pl.DataFrame,
    moe: pl.DataFrame,
    accelerators: pl.DataFrame,
    utilisations: pl.DataFrame,
    market: pl.DataFrame,
) -> pl.DataFrame:
    """Rows of `CostCompute`, one per run that states hours or tokens.

    market: `run, price_low, price_median, price_high`, USD per accelerator-hour.
    """
    published = utilisations.select(
        published_low=pl.col("utilisation").min(),
        published_median=pl.col("utilisation").sort().median(),
        published_high=pl.col("utilisation").max(),
    )
    counted = moe.select("model", counted="parameters_active_without_input_embedding")
    peaks = accelerators.select("accelerator", "flops_16bit", "flops_8bit")
    rows = (
        _tokens_and_hours(training_runs)
        .join(counted, on="model", how="left")
        .join(peaks, on="accelerator", how="left")
        .join(market.select("run", "price_low", "price_median", "price_high"), on="run", how="left")
        .join(published, how="cross")
        .with_columns(parameters_active=pl.coalesce("parameters_trained", "counted"))
    )
    return rows.pipe(_with_arithmetic).pipe(_with_words).select(CostCompute.column_names()).sort("run")


def _tokens_and_hours(training_runs: pl.DataFrame) -> pl.DataFrame:
    """One row per run: tokens and hours of the stages that state tokens."""
    stated = pl.col("tokens").is_not_null()
    hours = pl.col("accelerator_hours").filter(stated)
    shared = ("model", "label", "accelerator", "parameters_trained", "source")
    return (
        training_runs.filter(stated | pl.col("accelerator_hours").is_not_null())
        .sort("run", "stage")
        .group_by("run", maintain_order=True)
        .agg(
            *(pl.col(name).drop_nulls().first() for name in shared),
            precision=pl.col("precision").drop_nulls().first(),
            tokens=pl.when(stated.any()).then(pl.col("tokens").sum()),
            hours_stated=pl.when((hours.len() > 0) & (hours.null_count() == 0)).then(hours.sum()),
        )
    )


def _with_arithmetic(rows: pl.DataFrame) -> pl.DataFrame:
    flops = FLOPS_PER_PARAMETER_AND_TOKEN * pl.col("parameters_active").cast(pl.Float64) * pl.col("tokens")
    achieved = pl.col("flops") / (pl.col("hours_stated") * SECONDS)
    hours = {
        f"hours_{end}": pl.col("flops") / (pl.col("flops_16bit") * pl.col(f"published_{share}") * SECONDS)
        for end, share in (("low", "high"), ("median", "median"), ("high", "low"))
    }
    usd = {f"usd_{end}": pl.col(f"hours_{end}") * pl.col(f"price_{end}") for end in ("low", "median", "high")}
    share = pl.col("utilisation")
    return (
        rows.with_columns(flops=flops)
        .with_columns(flops_per_second=achieved, **hours)
        .with_columns(
            utilisation=pl.col("flops_per_second") / pl.col("flops_16bit"),
            utilisation_8bit=pl.when(pl.col("precision") == "8 bit").then(
                pl.col("flops_per_second") / pl.col("flops_8bit")
            ),
            **usd,
        )
        .with_columns(
            plausible=pl.when(share.is_null())
            .then(pl.lit("not_known"))
            .when(share < pl.col("published_low"))
            .then(pl.lit("below"))
            .when(share > pl.col("published_high"))
            .then(pl.lit("above"))
            .otherwise(pl.lit("within")),
            parameters_are=pl.when(pl.col("parameters_trained").is_not_null())
            .then(pl.lit("stated"))
            .when(pl.col("counted").is_not_null())
            .then(pl.lit("counted")),
        )
    )


def _with_words(rows: pl.DataFrame) -> pl.DataFrame:
    missing = [
        ("tokens", "no tokens are stated, so there is no arithmetic to set against the hours"),
        ("parameters_active", "activated parameters are neither counted nor stated"),
        ("hours_stated", NO_HOURS),
        ("accelerator", "the accelerator is not named, so there is no peak to take a share of"),
        ("flops_16bit", "the accelerator's peak is not on the register"),
    ]
    why = pl.when(pl.lit(False)).then(pl.lit(""))  # a beginning for the chain of reasons
    for column, reason in missing:
        why = why.when(pl.col(column).is_null()).then(pl.lit(reason))
    return rows.with_columns(
        why=why.when(pl.col("plausible") == "below")
        .then(pl.lit("below every published utilisation: the hours hold more than this arithmetic"))
        .when(pl.col("plausible") == "above")
        .then(pl.lit("above every published utilisation: hours, tokens or parameters are not of the same work"))
        .otherwise(pl.lit("within the published utilisations, so hours, tokens and parameters fit together"))
    )
