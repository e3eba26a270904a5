"""Stage `moe`: total and activated parameters, memory and KV cache of releases; the share of mixtures.

Method
- Counts come from the register's `configurations`: every tensor of the architecture that a
  release's config.json describes, without multi-token-prediction (MTP) layers, which no token needs.
- Activated parameters of a mixture of experts are `text total - routed experts x (1 - k / E)`, with
  k of E routed experts per token: attention, shared experts, dense layers and routers always work.
  With k = E, or in a dense model, all are active. A vision tower does not work per token, so the
  language model alone counts.
- Vendors count embeddings in three ways, so there are three columns: both tables in; the input
  table left out, since a token looks up one row of it; both left out. Where one tied table serves
  as input and output it multiplies every token at the output, so the second column leaves nothing
  out, and the third leaves out the one table.
- KV cache: 2 bytes a value. `kv_bytes_per_token` lets every attention layer keep every token;
  the bytes at 8, 32 and 128 thousand tokens stop at the window of sliding-window layers (chunked
  layers count as windows). Linear, gated-delta and Mamba layers keep a state of fixed size: zero
  per token. Latent attention (MLA) keeps its latent and its rotary part.
- Weights: the total (the language model where the total is unknown) times 2, 1 or 0.5 bytes. Real
  files at 8 and 4 bits add some percent for scales and for layers left at 16 bits.
- A release without a configuration has its counts from a release that has one when both hold the
  same architecture tag and the same number of stored elements. Without such a twin, only a dense
  release in an unpacked format is taken, its stored elements as its total: stored elements of
  mixtures often include MTP layers, and packed 4-bit files count several weights as one element.
  Other releases are left out rather than guessed. So no row is `published` so far.
- Shares: mixtures over mixtures plus dense by calendar quarter, of the register's flagship releases
  by date of release, of the snapshot's repositories by date of creation, and of their downloads of
  the last 30 days by the same date.

Known drawbacks: a stored total may count a tied table twice (Qwen3-0.6B does) or hold buffers that are
no parameters (the small Pythias do); a dense multimodal
release without a configuration has no activated count; the flagship list is a judgement of the
register; repositories whose tag does both kinds and that show no expert count are `unknown`; the
quarter of the snapshot's date is partial, and older quarters lack what was deleted since.
"""

import datetime

import polars as pl

from pipeline import models, register, schemas, tables
from pipeline.params import Params
from pipeline.paths import Paths

BYTES_PER_VALUE = 2
"""A cached value in 16 bits."""

KV_LENGTHS = {"kv_bytes_8k": 8_192, "kv_bytes_32k": 32_768, "kv_bytes_128k": 131_072}
"""Context lengths of the KV columns, in tokens."""

TEXT_MODALITIES = ("text", "code", "math", "guard", "embedding")
"""Modalities of releases that are a language model and nothing else."""

STORED_WITH_MTP = ("mimo", "qwen3_5")
"""Dense architectures whose files hold MTP layers: their stored totals are no parameter totals."""

_COUNTS = (
    "parameters_total",
    "parameters_text",
    "parameters_active",
    "parameters_active_without_input_embedding",
    "parameters_active_without_embeddings",
    "parameters_active_published",
    "experts",
    "experts_per_token",
    "kv_bytes_per_token",
    *KV_LENGTHS,
)


def run(paths: Paths, params: Params) -> None:
    """Read the register and data/core/models.parquet; write moe.parquet and moe_share.parquet."""
    del params
    configurations = register.load("configurations", paths.register)
    releases = register.load("releases", paths.register)
    formats = register.load("formats", paths.register)
    ids = pl.concat([configurations.select(id="model"), releases.select(id="model")]).unique()
    identity = models.identify(ids, paths.register).collect()
    tables.write(build(configurations, releases, identity, formats), schemas.Moe, paths.out / "moe.parquet")

    repositories = tables.scan(paths.core / "models.parquet").select("created_month", "mixture", "downloads").collect()
    taken = tables.read_json(paths.provenance).get("date")
    day = datetime.date.fromisoformat(taken[:10]) if taken else None
    tables.write(share(releases, repositories, day), schemas.MoeShare, paths.out / "moe_share.parquet")


def build(
    configurations: pl.DataFrame, releases: pl.DataFrame, identity: pl.DataFrame, formats: pl.DataFrame
) -> pl.DataFrame:
    """Rows of `schemas.Moe` from the register's tables and from `id, organisation, family`."""
    counted = configurations.pipe(with_active).pipe(with_kv_cache)
    rows = pl.concat(
        [_configured(counted, releases), _twins(counted, releases), _dense(counted, releases, formats)],
        how="diagonal_relaxed",
    )
    names = identity.select("id", "organisation", "family")
    return (
        rows.join(names, left_on="model", right_on="id", how="left")
        .pipe(with_weights)
        .select(schemas.Moe.column_names())
        .sort("model")
    )


def with_active(configurations: pl.DataFrame) -> pl.DataFrame:
    """Add the activated parameters in the three conventions on embeddings."""
    idle = (
        pl.col("parameters_routed_experts") * (pl.col("experts") - pl.col("experts_per_token")) // pl.col("experts")
    ).fill_null(0)
    embeddings = pl.col("parameters_embeddings")
    lookup = pl.when("tied_embeddings").then(0).otherwise(embeddings // 2)
    active = pl.col("parameters_text") - idle
    return configurations.with_columns(
        parameters_active=active,
        parameters_active_without_input_embedding=active - lookup,
        parameters_active_without_embeddings=active - embeddings,
    )


def with_kv_cache(configurations: pl.DataFrame) -> pl.DataFrame:
    """Add the KV cache per token at full attention, and at three lengths with windows honoured."""
    full = pl.col("kv_full_layers") * pl.col("kv_values_per_layer")
    window = (pl.col("kv_window_layers") * pl.col("kv_values_per_window_layer")).fill_null(0)

    def at(tokens: int) -> pl.Expr:
        kept = pl.min_horizontal(pl.lit(tokens), pl.col("kv_window").fill_null(tokens))
        return BYTES_PER_VALUE * (full * tokens + window * kept)

    return configurations.with_columns(
        kv_bytes_per_token=BYTES_PER_VALUE * (full + window),
        **{name: at(tokens) for name, tokens in KV_LENGTHS.items()},
    )


def with_weights(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the bytes of the weights at 16, 8 and 4 bits, rounded up to whole bytes."""
    total = pl.coalesce("parameters_total", "parameters_text")
    return frame.with_columns(
        weights_bytes_16bit=total * 2,
        weights_bytes_8bit=total,
        weights_bytes_4bit=(total + 1) // 2,
    )


def _configured(counted: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    return counted.join(releases.select("model", "released"), on="model", how="left").select(
        "model",
        "released",
        "source",
        *_COUNTS,
        mixture=_mixture(),
        count_method=pl.lit("config"),
    )


def _twins(counted: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    """Releases whose tag and stored elements equal those of a configured release."""
    shape = ["tag", "elements"]
    stored = releases.select("model", "released", "source", tag="architecture", elements="parameters_total").drop_nulls(
        shape
    )
    known = counted.join(stored.select("model", *shape), on="model").sort("model")
    agreed = known.group_by(shape, maintain_order=True).agg(pl.struct(_TWIN_COUNTS).n_unique().alias("kinds"))
    originals = (
        known.join(agreed.filter(pl.col("kinds") == 1), on=shape)
        .unique(shape, keep="first", maintain_order=True)
        .select(*shape, *_COUNTS, mixture=_mixture(), twin="model")
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


def _mixture() -> pl.Expr:
    return pl.when(pl.col("parameters_routed_experts") > 0).then(pl.lit("moe")).otherwise(pl.lit("dense"))


def share(releases: pl.DataFrame, repositories: pl.DataFrame, day: datetime.date | None) -> pl.DataFrame:
    """Rows of `schemas.MoeShare`; a population without a single date has none.

    repositories: `created_month, mixture, downloads`. day: the snapshot's date, if known.
    """
    flagships = releases.filter("flagship").select("mixture", date="released", count=pl.lit(1))
    created = repositories.select("mixture", date="created_month", count=pl.lit(1))
    downloaded = repositories.select("mixture", date="created_month", count="downloads").drop_nulls("count")
    populations = {"flagship releases": flagships, "repositories": created, "downloads": downloaded}
    now = pl.lit(day, dtype=pl.Date).dt.truncate("1q")
    counts = pl.concat(
        frame.drop_nulls("date")
        .with_columns(pl.col("count").cast(pl.Int64), population=pl.lit(population))
        .group_by("population", period=pl.col("date").dt.truncate("1q"))
        .agg(_sum_of("moe"), _sum_of("dense"), _sum_of(None))
        for population, frame in populations.items()
    )
    known = pl.col("moe") + pl.col("dense")
    return counts.with_columns(
        share=pl.when(known > 0).then(pl.col("moe") / known),
        is_partial=(pl.col("period") == now).fill_null(False),
    ).sort("population", "period")


def _sum_of(kind: str | None) -> pl.Expr:
    is_kind = pl.col("mixture").is_null() if kind is None else pl.col("mixture") == kind
    return pl.col("count").filter(is_kind).sum().alias(kind or "unknown")
