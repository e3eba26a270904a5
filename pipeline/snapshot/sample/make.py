"""Make the embedded sample from a published catalogue of Hub models.

    .venv/bin/python -m pipeline.snapshot.sample.make CATALOGUE.json.gz CONFIGS_DIRECTORY

The catalogue is `hf_models.json` of the package llmfit 1.1.17 (MIT, (c) 2026 Alex Jones): what a
tool's crawler found popular or trending on the Hugging Face Hub up to October 2026. The script
writes its facts in the columns of the dataset hub-stats, three files beside itself:

- `models.parquet`: one row per repository.
- `conversions.parquet`: GGUF conversions that the catalogue's makers found by guessing repository
  names (`<converter>/<name>-GGUF`). Nobody declared them, so they never become a `base_model:` tag;
  the snapshot stage turns those with a single source into inferred edges.
- `provenance.json`: where all of it is from, with hashes and known biases.

What is kept, and what is not:

- Dates: the Hub sets 2022-03-02 on everything older, so that day becomes null.
- `moe_intermediate_size` holds the width of the feed-forward block for dense models too.
- Expert counts are often defaults of the crawler. They are kept only where the same pair (experts,
  experts per token) stands in a config.json of that architecture in CONFIGS_DIRECTORY.
- Totals are kept only where they were read from files: where `parameters_raw` equals the crawler's
  own estimate from the dimensions, layers x (4 width^2 + 2 width x feed-forward) + vocabulary x width
  with the feed-forward width or four times the width in its place, or is a round number of millions,
  it becomes null.
- `active_parameters`, `format` and `quantization` are estimates or filler and are left out, as are
  the memory figures, which are derived.
- `unknown` becomes null. Rows whose id differs from another only by case are kept; both exist.

Drawback: the catalogue is biased to what trends in 2026, to text models, and to repositories whose
files the crawler could open: gated bases lack their dimensions.
"""

import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.base import tables
from pipeline.snapshot.schema import Conversions, RawModels

HERE = Path(__file__).parent
HUB_FLOOR = "2022-03-02"
DIMENSIONS = ("num_hidden_layers", "hidden_size", "num_attention_heads", "num_key_value_heads")
EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
EXPERTS_PER_TOKEN = ("num_experts_per_tok", "num_experts_per_token", "top_k_experts", "moe_k", "moe_topk", "moe_top_k")


def known_experts(configs: Path) -> pl.DataFrame:
    """(architecture, experts, experts per token) that a real config.json of the architecture holds."""
    known = set()
    for path in sorted(configs.glob("*/config.json")):
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        text = config.get("text_config") or {}
        for part in (config, text):
            experts = _first_number(part, EXPERTS)
            per_token = _first_number(part, EXPERTS_PER_TOKEN)
            if experts and per_token:
                for architecture in {config.get("model_type"), part.get("model_type")} - {None}:
                    known.add((architecture, experts, per_token))
    return pl.DataFrame(
        sorted(known), schema=["architecture", "num_experts", "active_experts"], orient="row"
    ).with_columns(experts_known=True)


def _first_number(config: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """The first of `names` that holds a whole number; some configs hold one per layer, all the same."""
    for name in names:
        value = config.get(name)
        if isinstance(value, list) and len(set(value)) == 1:
            value = value[0]
        if isinstance(value, int) and value > 0:
            return value
    return None


def models(catalogue: pl.DataFrame, experts: pl.DataFrame) -> pl.DataFrame:
    """The catalogue's rows in the columns of hub-stats."""
    known = pl.col("experts_known").fill_null(False)
    licence = pl.when(pl.col("license").is_not_null()).then(pl.concat_list(pl.lit("license:") + pl.col("license")))
    return (
        catalogue.with_columns(
            architecture=_null_if(pl.col("architecture"), "unknown"),
            pipeline_tag=_null_if(pl.col("pipeline_tag"), "unknown"),
        )
        .join(experts, on=["architecture", "num_experts", "active_experts"], how="left")
        .select(
            id="name",
            author=pl.col("name").str.split("/").list.first(),
            createdAt=_null_if(pl.col("release_date"), HUB_FLOOR).str.to_datetime("%Y-%m-%d", time_unit="us"),
            lastModified=pl.lit(None, pl.Datetime("us")),
            downloads="hf_downloads",
            downloadsAllTime=pl.lit(None, pl.Int64),
            likes="hf_likes",
            tags=pl.concat_list(
                pl.when(pl.col("architecture").is_not_null())
                .then(pl.concat_list("architecture"))
                .otherwise(pl.lit([], pl.List(pl.String))),
                licence.fill_null(pl.lit([], pl.List(pl.String))),
                pl.col("languages").fill_null(pl.lit([], pl.List(pl.String))),
            ),
            pipeline_tag="pipeline_tag",
            library_name=pl.lit(None, pl.String),
            safetensors=pl.struct(total=pl.when(_measured()).then("parameters_raw")),
            baseModels=pl.lit(None, RawModels.columns()["baseModels"].dtype),
            cardData=pl.lit(None, pl.String),
            config=pl.struct(
                pl.col("architecture").alias("model_type"),
                *DIMENSIONS,
                intermediate_size="moe_intermediate_size",
                vocab_size="vocab_size",
                num_experts=pl.when(known).then("num_experts"),
                num_experts_per_tok=pl.when(known).then("active_experts"),
            ),
        )
    )


def _measured() -> pl.Expr:
    """Whether a total was read from files: no estimate from the dimensions, no round number."""
    layers, width, inner, vocabulary = map(
        pl.col, ("num_hidden_layers", "hidden_size", "moe_intermediate_size", "vocab_size")
    )
    total = pl.col("parameters_raw")
    tables_size = vocabulary * width
    with_inner = layers * (4 * width * width + 2 * width * inner) + tables_size
    without = layers * 12 * width * width + tables_size
    estimated = (total == with_inner).fill_null(False) | (total == without).fill_null(False)
    return ~estimated & (total % 1_000_000 != 0)


def _null_if(column: pl.Expr, value: str) -> pl.Expr:
    return pl.when(column != value).then(column)


def conversions(catalogue: pl.DataFrame) -> pl.DataFrame:
    """One row per GGUF conversion and model that it may be a conversion of."""
    return (
        catalogue.select(source="name", conversion="gguf_sources")
        .drop_nulls()
        .explode("conversion")
        .select(conversion=pl.col("conversion").struct.field("repo"), source="source")
        .unique()
    )


def make(catalogue_path: Path, configs: Path, target: Path) -> None:
    """Write the three files of the sample into `target`."""
    packed = catalogue_path.read_bytes()
    catalogue = pl.DataFrame(json.loads(gzip.decompress(packed)), infer_schema_length=None)
    table = tables.write(models(catalogue, known_experts(configs)), RawModels, target / "models.parquet")
    pairs = tables.write(conversions(catalogue), Conversions, target / "conversions.parquet")
    estimated = table["safetensors"].struct.field("total").null_count()
    present = [name for name in table.columns if table[name].null_count() < table.height]
    tables.write_json(
        {
            "label": "Embedded sample, October 2026",
            "source": "hf_models.json of the package llmfit 1.1.17",
            "origin_sha256": hashlib.sha256(packed).hexdigest(),
            "revision": "llmfit 1.1.17",
            "date": catalogue["release_date"].max(),
            "coverage": "sample",
            "licence": "MIT, (c) 2026 Alex Jones; notice beside the data",
            "sha256": hashlib.sha256((target / "models.parquet").read_bytes()).hexdigest(),
            "rows": table.height,
            "conversions": pairs.height,
            "columns_present": present,
            "columns_absent": [name for name in table.columns if name not in present],
            "known_biases": [
                "what a crawler found popular or trending, most of it from 2026",
                "no declared lineage: base_model tags are absent",
                f"{table['createdAt'].null_count():,} of {table.height:,} repositories have no date of creation",
                f"{estimated} totals were estimates or round numbers and are left out",
                "the namespace facebook holds over a thousand rows of one speech family",
                "gated bases, Llama's among them, lack their dimensions",
                "downloads are the counter of the day the row was crawled",
            ],
        },
        target / "provenance.json",
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: .venv/bin/python -m pipeline.snapshot.sample.make CATALOGUE.json.gz CONFIGS_DIRECTORY")
    make(Path(sys.argv[1]), Path(sys.argv[2]), HERE)
