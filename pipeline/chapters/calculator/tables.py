"""What a model takes to run, for any model, machine, precision, context and number of users.

The site's calculator computes in the reader's page. This module writes the tables that it looks up
in, and has the same arithmetic in `answer`, against which a test checks the page.

Method, for `s` sequences at once on `m` machines
1. Memory: the weights once, and the cache of every sequence. Machines: as many as hold it in their
   usable memory; none where the register does not join so many.
2. Bytes read for one step, which gives each sequence a token: the weights at work and every cache. Each
   sequence picks `k` of `E` experts, so with `s` sequences `1 - (1 - k / E) ** s` of the routed
   experts are at work in the mean, if all are picked alike.
3. Speed is bounded by bandwidth (steps per second = m x bandwidth / bytes read) and by arithmetic
   (m x FLOP/s / FLOP per token); the lower of the two is the bound, in tokens per second of all sequences.
4. Rental cost of a million tokens at that bound: m x price of an hour / tokens of an hour, at the
   lowest, median and highest dated price. Real servers reach a part of the bound, so this is a floor.

Known drawbacks: experts are not picked alike; prompts, which are read in parallel, cost less than
answers; machines are joined without loss; arithmetic is counted at the 16-bit rate for every precision.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline import register
from pipeline.architectures import memory
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.calculator.schema import CalculatorMachines, CalculatorModels, MachinePrices


@dataclass(frozen=True)
class Answer:
    """What a choice takes; None where the machine cannot do it or is not rented."""

    needed_bytes: int
    machines: int | None
    tokens_per_second: float | None
    usd_low: float | None
    usd_median: float | None
    usd_high: float | None


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read moe tables and the register; write the calculator's models and machines."""
    del params
    moe = tables.read(paths.out / "moe" / "moe.parquet")
    parts = tables.read(paths.out / "moe" / "moe_parts.parquet")
    needs = tables.read(paths.out / "moe" / "moe_memory.parquet")
    results.write("calculator_models", models(moe, parts, needs), CalculatorModels)
    known = register.load("machines", paths.register)
    priced = results.write(
        "machines", memory.priced(known, register.load("accelerator_prices", paths.register)), MachinePrices
    )
    joined = known.select("machine", "most")
    share = memory.rules(register.load("memory_rules", paths.register))["usable_share"]
    results.write("calculator_machines", machines(priced, joined, share), CalculatorMachines)


def models(moe: pl.DataFrame, parts: pl.DataFrame, needs: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.CalculatorModels`: models with a counted configuration.

    moe, parts, needs: the tables `moe`, `moe_parts` and `moe_memory`.
    """
    caches = needs.group_by("model").agg(
        pl.col("cache_bytes").filter(pl.col("context") == tokens).first().alias(f"cache_bytes_{name}")
        for name, tokens in memory.CONTEXTS.items()
    )
    routed = parts.filter(part="routed_experts").select("model", parameters_routed="parameters")
    work = pl.col("parameters_active_without_input_embedding")
    at_work = pl.col("parameters_routed") * pl.col("experts_per_token") // pl.col("experts").replace(0, 1)
    return (
        moe.filter(pl.col("count_method") == "config")
        .join(routed, on="model", how="left")
        .join(caches, on="model")
        .with_columns(
            pl.col("parameters_routed").fill_null(0),
            pl.col("experts").fill_null(1),
            pl.col("experts_per_token").fill_null(1),
        )
        .select(
            "model",
            "family",
            "mixture",
            "experts",
            "experts_per_token",
            "parameters_routed",
            *(f"weights_bytes_{bits}bit" for bits in memory.BITS),
            *(f"cache_bytes_{name}" for name in memory.CONTEXTS),
            *(f"flops_per_token_{name}" for name in memory.CONTEXTS),
            parameters_always=work - at_work,
        )
    )


def machines(priced: pl.DataFrame, joined: pl.DataFrame, usable_share: float) -> pl.DataFrame:
    """Rows of `schema.CalculatorMachines`."""
    return priced.join(joined, on="machine").select(
        "machine",
        "kind",
        "most",
        "bandwidth_bytes_per_second",
        "flops_16bit",
        "usd_per_hour_low",
        "usd_per_hour",
        "usd_per_hour_high",
        usable_bytes=(pl.col("memory_bytes") * usable_share).floor().cast(pl.Int64),
    )


def answer(model: dict[str, Any], machine: dict[str, Any], *, bits: int, context: str, sequences: int) -> Answer:
    """What one choice takes. model, machine: rows of the two tables; context: a key of `memory.CONTEXTS`."""
    cache = sequences * model[f"cache_bytes_{context}"]
    needed = model[f"weights_bytes_{bits}bit"] + cache
    count = -(-needed // machine["usable_bytes"])
    if count > machine["most"]:
        return Answer(needed, None, None, None, None, None)
    idle = (1 - model["experts_per_token"] / model["experts"]) ** sequences
    at_work = model["parameters_always"] + model["parameters_routed"] * (1 - idle)
    steps = count * machine["bandwidth_bytes_per_second"] / (at_work * bits / 8 + cache)
    bound = sequences * steps
    if machine["flops_16bit"]:
        bound = min(bound, count * machine["flops_16bit"] / model[f"flops_per_token_{context}"])
    costs = [
        machine[column] * count / (bound * 3600) * 1e6 if machine[column] else None
        for column in ("usd_per_hour_low", "usd_per_hour", "usd_per_hour_high")
    ]
    return Answer(needed, count, bound, *costs)
