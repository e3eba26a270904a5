"""Total and activated parameters, memory and KV cache of releases; the share of MoE models.

Method
- Counts are computed from the fields of config.json that the register's `configurations` hold, by
  `pipeline.architectures`: every tensor of the architecture, without multi-token-prediction (MTP)
  layers, routers' correction biases and quantization scales, which are counted apart. A document from
  the Hub goes the same way: of a registered configuration it is compared (in the chapter
  `methods`), of another release it is taken, with its commit as source (`from_details`).
- Beside each computed total stand the published one and the stored elements of its safetensors files
  (`moe_checks`), with what MTP layers and correction biases explain of the difference.
- Activated parameters of a mixture of experts are `text total - routed experts x (1 - k / E)`, with
  k of E routed experts per token: attention, shared experts, dense layers and routers always work.
  With k = E, or in a dense model, all are active. A vision tower does not work per token, so the
  language model alone counts.
- Vendors count embeddings in three ways, so there are three columns: both tables in; the input
  table left out, since a token looks up one row of it; both left out. Where one tied table serves
  as input and output it multiplies every token at the output, so the second column leaves nothing
  out, and the third leaves out the one table.
- Arithmetic: two operations per activated parameter outside of tables that are only looked up, and
  two per multiplication of the token with what attention reads at a context of so many tokens.
- The cache of one sequence is one total, `cache_bytes`, of three parts: keys and values and what
  indexers keep, 2 bytes a value, and states of fixed size in linear, gated-delta and Mamba layers, 4
  bytes a value. `cache_bytes_per_token` lets every attention layer and indexer keep every token; the bytes at 8,
  32 and 128 thousand tokens stop at the window of sliding-window layers (chunked layers count as
  windows). Entries that several tokens share count in parts. Latent attention (MLA) keeps its latent
  and its rotary part. The parts at the longest context stand beside the total.
- Weights: the total (the language model where the total is unknown) times 2, 1 or 0.5 bytes. Real
  files at 8 and 4 bits add some percent for scales and for layers left at 16 bits.
- A release without a configuration has its counts from a release that has one when both hold the
  same architecture tag and the same number of stored elements. Without such a twin, only a dense
  release in an unpacked format is taken, its stored elements as its total: stored elements of
  MoE models often include MTP layers, and packed 4-bit files count several weights as one element.
  Other releases are left out rather than guessed. So no row is `published` so far.
- Shares of MoE models, and how sparse they are: `pipeline.chapters.moe.shares`.
- What runs and what fine-tunes a model: see `pipeline.architectures.memory`.

Known drawbacks: a stored total may count a tied table twice (Qwen3-0.6B does) or hold buffers that are
no parameters (the small Pythias do); a dense multimodal
release without a configuration has no activated count.
"""

import datetime
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline import register
from pipeline.architectures import memory
from pipeline.architectures.configurations import count, from_details
from pipeline.architectures.counts import Counts
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import APART, PARTS
from pipeline.chapters.moe import shares
from pipeline.chapters.moe.schema import (
    Moe,
    MoeChecks,
    MoeFlagships,
    MoeMachines,
    MoeMemory,
    MoeParts,
    MoeReach,
    MoeShare,
    MoeShareCountry,
    MoeShareMonthly,
    MoeSparsity,
)
from pipeline.register.lookup.flagships import flagships
from pipeline.register.lookup.identity import identify

CACHE_LENGTHS = {f"cache_bytes_{name}": tokens for name, tokens in memory.CONTEXTS.items()}
"""Context lengths of the cache columns, in tokens."""

TEXT_MODALITIES = ("text", "code", "math", "guard", "embedding")
"""Modalities of releases that are a language model and nothing else."""

STORED_WITH_MTP = ("mimo", "qwen3_5")
"""Dense architectures whose files hold MTP layers: their stored totals are no parameter totals."""

FLOPS_LENGTHS = {f"flops_per_token_{name}": tokens for name, tokens in memory.CONTEXTS.items()}
"""Context lengths of the FLOP columns, in tokens."""

ACTIVE = (
    "parameters_active",
    "parameters_active_without_input_embedding",
    "parameters_active_without_embeddings",
)
"""The three conventions of activated parameters."""

_COUNTS = (
    "parameters_total",
    "parameters_text",
    *ACTIVE,
    "parameters_active_published",
    "experts",
    "experts_per_token",
    "layers",
    "hidden_size",
    "cache_bytes_per_token",
    *CACHE_LENGTHS,
    "kv_bytes_128k",
    "indexer_bytes_128k",
    "state_bytes",
    "flops_per_token",
    *FLOPS_LENGTHS,
)


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the register and data/core/models.parquet; write the tables of MoE models and of memory."""
    del params
    known = {
        name: register.load(name, paths.register)
        for name in ("configurations", "releases", "formats", "machines", "memory_rules")
    }
    details = tables.read(paths.raw / "details.parquet")
    configurations = pl.concat(
        [known["configurations"], from_details(details, known["configurations"])], how="diagonal_relaxed"
    )
    releases = known["releases"]
    counts = count(configurations)
    ids = pl.concat([configurations.select(id="model"), releases.select(id="model")]).unique()
    identity = identify(ids, paths.register).collect()
    made = results.write("moe", build(configurations, releases, identity, known["formats"]), Moe)
    results.write("moe_parts", parts(counts), MoeParts)
    results.write("moe_checks", checks(configurations, counts, releases), MoeChecks)

    rules = memory.rules(known["memory_rules"])
    results.write("moe_memory", memory.needs(counts), MoeMemory)
    needed = memory.machines_for(counts, known["machines"], rules)
    results.write("moe_machines", needed, MoeMachines)
    results.write("moe_reach", memory.reach(needed, made), MoeReach)

    repositories = shares.repositories_by_month(tables.scan(paths.core / "models.parquet"))
    taken = tables.read_json(paths.provenance).get("date")
    day = datetime.date.fromisoformat(taken[:10]) if taken else None
    countries = identity.select(model="id", country="country")
    makers = identity.select("organisation", "country", model="id")
    chosen = flagships(shares.released_by(releases, day).join(makers, on="model", how="left"))
    results.write("moe_flagships", shares.listed_flagships(chosen, made), MoeFlagships)
    results.write("moe_share", shares.by_period(chosen, repositories, day), MoeShare)
    results.write("moe_share_monthly", shares.by_month(repositories, day), MoeShareMonthly)
    results.write("moe_share_country", shares.by_country(chosen, repositories), MoeShareCountry)
    results.write("moe_sparsity", shares.sparsity(shares.released_by(made, day), countries), MoeSparsity)


def parts(counts: Mapping[str, Counts]) -> pl.DataFrame:
    """Rows of `schema.MoeParts`: parameters by model and part, and what is counted apart."""
    rows: list[tuple[str, str, int | None, bool]] = []
    for model, counted in counts.items():
        rows += [(model, part, parameters, True) for part, parameters in counted.parts.items()]
        rows.append((model, "mtp", counted.mtp, False))
        rows.append((model, "correction_biases", counted.correction_biases, False))
    order = [*PARTS, *APART]
    table = pl.DataFrame(rows, schema=["model", "part", "parameters", "in_total"], orient="row")
    return table.filter(pl.col("parameters").is_null() | (pl.col("parameters") > 0)).with_columns(
        order=pl.col("part").replace_strict({name: place for place, name in enumerate(order)}, return_dtype=pl.Int64)
    )


def checks(configurations: pl.DataFrame, counts: Mapping[str, Counts], releases: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.MoeChecks`: published, stored and computed totals side by side."""
    computed = pl.DataFrame(
        [(model, c.total, c.text, c.mtp, c.correction_biases) for model, c in counts.items()],
        schema={
            "model": pl.String,
            "computed": pl.Int64,
            "text": pl.Int64,
            "mtp": pl.Int64,
            "correction_biases": pl.Int64,
        },
        orient="row",
    )
    stored = releases.select("model", stored="parameters_total", stored_source="source")
    published = configurations.select("model", "source", published="parameters_total_published")
    closest = pl.coalesce("computed", "text")
    apart = pl.col("mtp").fill_null(0) + pl.col("correction_biases")
    return (
        published.join(computed, on="model")
        .join(stored, on="model", how="left")
        .with_columns(
            published_difference=(closest / pl.col("published") - 1),
            stored_difference=pl.col("stored") - closest,
        )
        .with_columns(unexplained=pl.col("stored_difference") - apart)
        .select(MoeChecks.column_names())
    )


def _frame(counts: Mapping[str, Counts]) -> pl.DataFrame:
    """One row per configuration: everything that `_COUNTS` names but the published figures."""
    return pl.DataFrame([{"model": model, **_row(counted)} for model, counted in counts.items()], schema=_SCHEMA)


def _row(c: Counts) -> dict[str, Any]:
    active = (c.active, c.active_without_input_embedding, c.active_without_embeddings)
    longest = memory.cache_parts(c, memory.CONTEXTS["128k"])
    return {
        "tag": c.model_type,
        "mixture": "moe" if c.routed else "dense",
        "parameters_total": c.total,
        "parameters_text": c.text,
        **dict(zip(ACTIVE, active, strict=True)),
        "experts": c.experts,
        "experts_per_token": c.experts_per_token,
        "layers": c.layers,
        "hidden_size": c.hidden_size,
        "cache_bytes_per_token": memory.cache_bytes_per_token(c),
        **{name: memory.cache_bytes(c, tokens) for name, tokens in CACHE_LENGTHS.items()},
        "kv_bytes_128k": longest["kv_bytes"],
        "indexer_bytes_128k": longest["indexer_bytes"],
        "state_bytes": longest["state_bytes"],
        "flops_per_token": c.flops_per_token(0),
        **{name: c.flops_per_token(tokens) for name, tokens in FLOPS_LENGTHS.items()},
    }


_SCHEMA = {
    name: pl.String if name in ("model", "tag", "mixture") else pl.Int64
    for name in ("model", "tag", "mixture", *_COUNTS)
    if name != "parameters_active_published"
}


def build(
    configurations: pl.DataFrame, releases: pl.DataFrame, identity: pl.DataFrame, formats: pl.DataFrame
) -> pl.DataFrame:
    """Rows of `schema.Moe` from the register's tables and from `id, organisation, family`."""
    published = configurations.select("model", "source", "parameters_active_published")
    counted = published.join(_frame(count(configurations)), on="model")
    rows = pl.concat(
        [_configured(counted, releases), _twins(counted, releases), _dense(counted, releases, formats)],
        how="diagonal_relaxed",
    )
    names = identity.select("id", "organisation", "family")
    return (
        rows.join(names, left_on="model", right_on="id", how="left")
        .pipe(with_weights)
        .select(Moe.column_names())
        .sort("model")
    )


def with_weights(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the bytes of the weights at 16, 8 and 4 bits, rounded up to whole bytes."""
    total = pl.coalesce("parameters_total", "parameters_text")
    return frame.with_columns(
        memory.weights_bytes(total, bits).alias(f"weights_bytes_{bits}bit") for bits in memory.BITS
    )


def _configured(counted: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    return counted.join(releases.select("model", "released"), on="model", how="left").select(
        "model",
        "released",
        "source",
        "mixture",
        *_COUNTS,
        count_method=pl.lit("config"),
    )


def _twins(counted: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    """Releases whose tag and stored elements equal those of a configured release."""
    shape = ["tag", "elements"]
    stored = releases.select("model", "released", "source", tag="architecture", elements="parameters_total").drop_nulls(
        shape
    )
    known = counted.drop("tag").join(stored.select("model", *shape), on="model").sort("model")
    agreed = known.group_by(shape, maintain_order=True).agg(pl.struct(_TWIN_COUNTS).n_unique().alias("kinds"))
    originals = (
        known.join(agreed.filter(pl.col("kinds") == 1), on=shape)
        .unique(shape, keep="first", maintain_order=True)
        .select(*shape, *_COUNTS, "mixture", twin="model")
    )
    return (
        stored.join(counted, on="model", how="anti")
        .join(originals, on=shape)
        .with_columns(
            count_method=pl.lit("safetensors"),
            source=pl.format("{}; same architecture and stored elements as {}", "source", "twin"),
            parameters_active_published=pl.lit(None, dtype=pl.Int64),
        )
        .drop(*shape, "twin")
    )


_TWIN_COUNTS = [name for name in _COUNTS if name != "parameters_active_published"]


def _dense(counted: pl.DataFrame, releases: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """Dense releases in unpacked formats, their stored elements as total."""
    twins = _twins(counted, releases)
    name = pl.col("model").str.split("/").list.last().str.to_lowercase()
    packed = pl.any_horizontal(
        pl.lit(False), *(name.str.contains(pattern) for pattern in formats.filter("quantized")["name_pattern"])
    )
    text = pl.when(pl.col("modality").is_in(TEXT_MODALITIES)).then("parameters_total")
    return (
        releases.join(counted, on="model", how="anti")
        .join(twins, on="model", how="anti")
        .filter(
            pl.col("mixture") == "dense",
            pl.col("parameters_total").is_not_null(),
            ~packed,
            ~pl.col("architecture").is_in(STORED_WITH_MTP).fill_null(False),
        )
        .select(
            "model",
            "released",
            "mixture",
            "parameters_total",
            "source",
            parameters_text=text,
            parameters_active=text,
            count_method=pl.lit("safetensors"),
        )
    )
