"""What a model takes in memory, and which machines run it or train it.

Method
- Running takes the weights at 16, 8 or 4 bits, and the cache of one sequence. The cache is one total
  of three parts: keys and values, what indexers keep, and states of fixed size. Uses are compared at
  the register's context.
- Fine-tuning in full takes 16 bytes a parameter with Adam in mixed precision: weights and gradients
  in 16 bits, a copy of the weights and two moments in 32. LoRA keeps the weights frozen in 16 bits
  (QLoRA: in 4) and trains a small share more at 16 bytes each. Both keep activations: with
  recomputation, two bytes for every value that enters a layer. Every number is a row of `memory_rules`.
- A machine does it if its usable memory holds what is needed. Server nodes are joined up to the
  number that the register allows; machines at a desk, and memory of unlike kind, are not. Machines that
  hold weights in main memory run models and are not counted as training them. The smallest set is the
  one with the least memory.
- The bound on speed is bandwidth over the bytes that one token reads: activated weights without the
  table that is looked up, and the cache. Nothing gets beyond it for one sequence; software reaches a
  part of it. Batches share the reading of weights, so a server's throughput is not bounded by it.

Known drawbacks: weights at 4 bits take some percent more in real files; a tower that a config does not
describe is not in; joined machines are taken to share their bandwidth without loss; offloading
optimizer states to main memory, or sharding over home networks, trains larger models more slowly.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import polars as pl

from pipeline.architectures.counts import Counts
from pipeline.base.errors import RegisterError

CONTEXTS = {"8k": 8_192, "32k": 32_768, "128k": 131_072}
"""Contexts of the memory table, in tokens, by the suffix of their columns."""

BITS = (16, 8, 4)
"""Precisions of the memory table, in bits per weight."""

CACHED_VALUE_BYTES = 2
"""Keys and values are cached in 16 bits."""

STATE_VALUE_BYTES = 4
"""States of linear and Mamba layers are stored in 32 bits."""

Number = TypeVar("Number", int, pl.Expr)

DESK_KINDS = ("consumer card", "workstation", "unified memory")
"""Kinds of machines that stand at a desk; the others are servers."""

MAIN_MEMORY = "main memory"
"""Kind of machines that hold weights beside their processor: they run models and do not train them."""

TRAINING = ("lora", "qlora", "full")
"""Uses that fine-tune a model; all others run it."""

PRICE_TERMS = ("on_demand", "marketplace")
"""Terms of the register's rents that anybody can have today; reserved and assumed prices are none of them."""

PRICE_MONTHS = 12
"""Months to an accelerator's newest price within which prices count."""

RULES = (
    "usable_share",
    "run_context",
    "train_tokens",
    "full_bytes",
    "lora_share",
    "lora_frozen_bytes",
    "qlora_frozen_bytes",
    "activation_bytes",
)
"""Rows that the register must have."""


def rules(table: pl.DataFrame) -> dict[str, float]:
    """The register's rules by key; raises RegisterError for one that is missing."""
    known = dict(table.select("rule", "value").iter_rows())
    for rule in RULES:
        if rule not in known:
            raise RegisterError(f"no rule {rule}", where="memory_rules.csv", next_step="restore the row")
    return known


def weights_bytes(parameters: Number, bits: int) -> Number:
    """Bytes of so many weights, rounded up to whole bytes."""
    return (parameters * bits + 7) // 8


def cache_parts(counts: Counts, tokens: int) -> dict[str, int]:
    """Bytes that one sequence of so many tokens keeps, by part: keys and values, what indexers keep, and states."""
    return {
        "kv_bytes": CACHED_VALUE_BYTES * counts.kv_values(tokens),
        "indexer_bytes": CACHED_VALUE_BYTES * counts.indexer_values(tokens),
        "state_bytes": STATE_VALUE_BYTES * counts.state_values,
    }


def cache_bytes(counts: Counts, tokens: int) -> int:
    """Bytes that one sequence of so many tokens keeps: all of `cache_parts`."""
    return sum(cache_parts(counts, tokens).values())


def cache_bytes_per_token(counts: Counts) -> int:
    """Bytes that each further token adds at full attention: keys and values, and what indexers keep."""
    return CACHED_VALUE_BYTES * (counts.kv_values_per_token + counts.indexer_values_per_token)


def need(counts: Counts, *, bits: int, tokens: int) -> dict[str, int]:
    """What one model takes at these bits per weight and this context, in bytes and FLOP per token.

    Keys: `weights_bytes, cache_bytes`, its parts `kv_bytes, indexer_bytes, state_bytes`, `total_bytes`, and
    of one token `read_bytes, flops_per_token`.
    """
    weights, cache = weights_bytes(counts.stored, bits), cache_bytes(counts, tokens)
    return {
        "weights_bytes": weights,
        "cache_bytes": cache,
        **cache_parts(counts, tokens),
        "total_bytes": weights + cache,
        "read_bytes": weights_bytes(counts.active_without_input_embedding, bits) + cache,
        "flops_per_token": counts.flops_per_token(tokens),
    }


def needs(counts: Mapping[str, Counts]) -> pl.DataFrame:
    """Rows of `chapters.moe.schema.MoeMemory`: every model at every one of `BITS` and `CONTEXTS`."""
    return pl.DataFrame(
        {"model": model, "bits": bits, "context": tokens, **need(counted, bits=bits, tokens=tokens)}
        for model, counted in counts.items()
        for bits in BITS
        for tokens in CONTEXTS.values()
    )


def machines_for(counts: Mapping[str, Counts], machines: pl.DataFrame, known: Mapping[str, float]) -> pl.DataFrame:
    """Rows of `chapters.moe.schema.MoeMachines`: every use of every model on every machine.

    counts: by model. machines: the register's. known: its `rules`.
    """
    usable = (pl.col("memory_bytes") * known["usable_share"]).floor().cast(pl.Int64)
    sets = machines.select(
        "machine",
        "kind",
        "bandwidth_bytes_per_second",
        "most",
        at_desk=pl.col("kind").is_in(DESK_KINDS),
        usable_bytes=usable,
    )
    sizes = ["use", "model"]
    cannot_train = (pl.col("kind") == MAIN_MEMORY) & pl.col("use").is_in(TRAINING)
    count = -(-pl.col("needed_bytes") // pl.col("usable_bytes"))
    speed = pl.col("machines") * pl.col("bandwidth_bytes_per_second") / pl.col("read_bytes")
    memory = pl.when(pl.col("machines").is_not_null()).then(pl.col("machines") * pl.col("usable_bytes"))
    desk = pl.when("at_desk").then("memory")
    return (
        uses(counts, known)
        .join(sets, how="cross")
        .with_columns(machines=pl.when((count <= pl.col("most")) & ~cannot_train).then(count))
        .with_columns(tokens_per_second_bound=speed, memory=memory)
        .sort("model", "use", "memory", "machine", nulls_last=True)
        .with_columns(desk=desk)
        .with_columns(
            is_smallest=_first_of("memory", sizes),
            is_smallest_at_desk=_first_of("desk", sizes),
        )
        .drop("bandwidth_bytes_per_second", "most", "read_bytes", "memory", "desk")
    )


def _first_of(column: str, group: list[str]) -> pl.Expr:
    """The first row of a group whose value is the least; rows are in order already."""
    least = pl.col(column) == pl.col(column).min().over(group)
    return least.fill_null(False) & (least.fill_null(False).cum_sum().over(group) == 1)


def uses(counts: Mapping[str, Counts], known: Mapping[str, float]) -> pl.DataFrame:
    """`model, use, needed_bytes, read_bytes`: what each use of each model takes; read_bytes is null for training.

    counts: by model. known: the register's `rules`.
    """
    schema = {"model": pl.String, "use": pl.String, "needed_bytes": pl.Int64, "read_bytes": pl.Int64}
    rows: list[tuple[str, str, int, int | None]] = []
    for model, counted in counts.items():
        for bits in BITS:
            running = need(counted, bits=bits, tokens=int(known["run_context"]))
            rows.append((model, f"run_{bits}bit", running["total_bytes"], running["read_bytes"]))
        rows += [(model, use, math.ceil(needed), None) for use, needed in _to_train(counted, known).items()]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _to_train(counts: Counts, known: Mapping[str, float]) -> dict[str, float]:
    """Bytes by which a model is fine-tuned, by use: weights, optimizer and activations."""
    total = counts.stored
    activations = known["activation_bytes"] * known["train_tokens"] * counts.layers * counts.hidden_size
    adapters = known["lora_share"] * known["full_bytes"] * total
    return {
        "lora": known["lora_frozen_bytes"] * total + adapters + activations,
        "qlora": known["qlora_frozen_bytes"] * total + adapters + activations,
        "full": known["full_bytes"] * total + activations,
    }


def reach(needed: pl.DataFrame, moe: pl.DataFrame) -> pl.DataFrame:
    """Rows of `chapters.moe.schema.MoeReach`, from rows of `chapters.moe.schema.MoeMachines`."""
    does = pl.col("machines").is_not_null()
    places = needed.group_by("model", "use").agg(
        place=pl.when((does & pl.col("at_desk")).any())
        .then(pl.lit("a desk"))
        .when((pl.col("machines") == 1).any())
        .then(pl.lit("one server"))
        .when(does.any())
        .then(pl.lit("several servers"))
        .otherwise(pl.lit("none here"))
    )
    return (
        places.join(moe.select("model", "mixture"), on="model")
        .group_by("mixture", "use", "place")
        .agg(releases=pl.len().cast(pl.Int64))
        .sort("mixture", "use", "place")
    )


def priced(machines: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Rows of `chapters.calculator.schema.MachinePrices`: rental of all accelerators of a machine, by dated prices.

    Prices of the twelve months to the accelerator's newest one count, on demand or on a marketplace.
    """
    offered = prices.filter(pl.col("term").is_in(PRICE_TERMS))
    newest = pl.col("date").max().over("accelerator")
    recent = (
        offered.filter(pl.col("date") > newest.dt.offset_by(f"-{PRICE_MONTHS}mo"))
        .group_by("accelerator")
        .agg(
            low=pl.col("usd_per_hour").min(),
            median=pl.col("usd_per_hour").median(),
            high=pl.col("usd_per_hour").max(),
            prices=pl.len().cast(pl.Int64),
            priced=pl.col("date").max(),
        )
    )
    return machines.join(recent, on="accelerator", how="left").select(
        "machine",
        "kind",
        "memory_bytes",
        "bandwidth_bytes_per_second",
        "flops_16bit",
        "accelerators",
        "priced",
        pl.col("prices").fill_null(0),
        at_desk=pl.col("kind").is_in(DESK_KINDS),
        usd_per_hour_low=pl.col("low") * pl.col("accelerators"),
        usd_per_hour=pl.col("median") * pl.col("accelerators"),
        usd_per_hour_high=pl.col("high") * pl.col("accelerators"),
    )


def set_of(row: Mapping[str, Any] | None) -> str:
    """A row of `machines_for` in words: `one DGX H100`, `2 × DGX H100`; without a row, that none is enough.

    A machine that is named by its parts is described by them: `8x MI300X` is `a machine with 8 MI300X`.
    """
    if row is None:
        return "no set of machines on the register"
    many, parts = row["machines"], _PARTS.fullmatch(row["machine"])
    if parts:
        with_parts = f"with {parts['count']} {parts['part']}"
        return f"{many} machines {with_parts} each" if many > 1 else f"a machine {with_parts}"
    return f"{many} × {row['machine']}" if many > 1 else f"one {row['machine']}"


_PARTS = re.compile(r"(?P<count>\d+)x (?P<part>.+)")
