"""Stage `models`: one row per Hub repository, with what the register knows of it.

Method
- Organisation and country come from the namespace; the family from the first rule in
  `family_rules` whose namespace and name pattern match. Both work on ids alone, so a parent that
  is absent from the snapshot has them too (`identify`).
- The architecture is `config.model_type` where the source has a config, else the first tag that
  is a registered architecture. Dense or mixture of experts follows from the architecture; where
  the same architecture does both, from the expert count, and without one it stays null.
- The format is told by the end of the repository's name, token by token, or by a tag.
- The licence is the first `license:` tag; the modality follows from the task.

Known drawbacks: `safetensors.total` counts packed elements in 4-bit files; the creation date is the
repository's, which can precede the announcement by weeks; a tag may name an architecture that the
weights do not have.
"""

import re
from pathlib import Path

import polars as pl

from pipeline import register, schemas, tables
from pipeline.params import Params
from pipeline.paths import Paths

FORMAT_TOKENS = 4
"""A name carries at most this many format tokens at its end (`-MLX-4bit`, `-unsloth-bnb-4bit`)."""


def run(paths: Paths, params: Params) -> None:
    """Read the raw snapshot and the register; write data/core/models.parquet."""
    del params
    raw = tables.scan(paths.raw / "models.parquet")
    tables.write(build(raw, paths.register), schemas.Models, paths.core / "models.parquet")


def build(raw: pl.LazyFrame, directory: Path) -> pl.LazyFrame:
    """Rows of `schemas.RawModels` to rows of `schemas.Models`."""
    tasks = register.load("tasks", directory).lazy().select(pipeline_tag="task", modality="modality")
    releases = register.load("releases", directory).lazy().select(id="model", is_release=pl.lit(True))
    config = pl.col("config").struct
    base = (
        raw.select(
            "id",
            "author",
            "downloads",
            "likes",
            "tags",
            "pipeline_tag",
            model_type=config.field("model_type"),
            parameters_total=pl.col("safetensors").struct.field("total"),
            layers=config.field("num_hidden_layers"),
            hidden_size=config.field("hidden_size"),
            intermediate_size=config.field("intermediate_size"),
            vocab_size=config.field("vocab_size"),
            experts=config.field("num_experts"),
            experts_per_token=config.field("num_experts_per_tok"),
            created_month=pl.col("createdAt").dt.truncate("1mo").dt.date(),
            downloads_all_time="downloadsAllTime",
        )
        .pipe(_with_architecture, register.load("architectures", directory))
        .pipe(_with_format, register.load("formats", directory))
    )
    return (
        base.join(identify(base.select("id"), directory), on="id", how="left")
        .join(tasks, on="pipeline_tag", how="left")
        .join(releases, on="id", how="left")
        .with_columns(
            modality=pl.when(pl.col("pipeline_tag").is_null())
            .then(pl.lit("unknown"))
            .otherwise(pl.col("modality").fill_null("other")),
            is_release=pl.col("is_release").fill_null(False),
            licence=_tag_value("license:"),
        )
        .select(schemas.Models.column_names())
    )


def identify(ids: pl.DataFrame | pl.LazyFrame, directory: Path) -> pl.LazyFrame:
    """Organisation, country and family of repository ids, present in the snapshot or not.

    `ids` has a column `id`; returns `id, organisation, country, family`, one row per distinct id.
    """
    names = (
        ids.lazy()
        .select("id")
        .unique()
        .with_columns(
            space=pl.col("id").str.split("/").list.first().str.to_lowercase(),
            name=pl.col("id").str.split("/").list.last().str.to_lowercase(),
        )
    )
    organisations = (
        register.load("organisations", directory)
        .lazy()
        .select(space=pl.col("namespace").str.to_lowercase(), organisation="organisation", country="country")
    )
    rules = (
        register.load("family_rules", directory)
        .lazy()
        .select("order", "family", "repository_pattern", space=pl.col("namespace").str.to_lowercase())
    )
    families = (
        names.join(rules, on="space")
        .filter(pl.col("name").str.contains(pl.col("repository_pattern")))
        .sort("id", "order")
        .unique("id", keep="first", maintain_order=True)
        .select("id", "family")
    )
    return (
        names.join(organisations, on="space", how="left")
        .join(families, on="id", how="left")
        .select("id", "organisation", "country", "family")
    )


def named_families(names: pl.LazyFrame, directory: Path) -> pl.LazyFrame:
    """Families that a repository's own name bears: `id, family`, one row per pair.

    A name may bear several (`DeepSeek-R1-Distill-Qwen-7B`); each is credited.
    """
    families = register.load("families", directory)
    lower = names.select("id", name=pl.col("id").str.split("/").list.last().str.to_lowercase())
    parts = [
        lower.filter(pl.col("name").str.contains(pattern)).select("id", family=pl.lit(family))
        for family, pattern in families.select("family", "name_pattern").iter_rows()
    ]
    return pl.concat(parts)


def _with_architecture(frame: pl.LazyFrame, architectures: pl.DataFrame) -> pl.LazyFrame:
    """`architecture` and `mixture`, from config first, then from tags."""
    known = architectures["architecture"].implode()
    tagged = pl.col("tags").list.eval(pl.element().filter(pl.element().is_in(known))).list.first()
    kinds = architectures.lazy().select("architecture", kind="mixture")
    several = pl.col("experts") > 1
    return (
        frame.with_columns(architecture=pl.coalesce("model_type", tagged))
        .join(kinds, on="architecture", how="left")
        .with_columns(
            mixture=pl.when(pl.col("kind").is_in(["dense", "moe"]))
            .then("kind")
            .when(several)
            .then(pl.lit("moe"))
            .when(pl.col("experts") <= 1)
            .then(pl.lit("dense"))
        )
        .drop("kind", "model_type")
    )


def _with_format(frame: pl.LazyFrame, formats: pl.DataFrame) -> pl.LazyFrame:
    """`format` and `is_quantized_format`: the outermost token of the name that tells one, else a tag."""
    name = pl.col("id").str.split("/").list.last().str.to_lowercase()
    by_name = pl.coalesce(
        pl.when(name.str.contains(pattern)).then(pl.lit(format_)) for format_, pattern in _patterns(formats)
    )
    tagged = formats.filter(pl.col("tag").is_not_null())
    by_tag = pl.coalesce(
        pl.when(pl.col("tags").list.contains(tag)).then(pl.lit(format_))
        for format_, tag in tagged.select("format", "tag").iter_rows()
    )
    quantized = formats.filter("quantized")["format"].unique().implode()
    return frame.with_columns(format=pl.coalesce(by_name, by_tag)).with_columns(
        is_quantized_format=pl.col("format").is_in(quantized).fill_null(False)
    )


def without_format(name: pl.Expr, formats: pl.DataFrame) -> pl.Expr:
    """A lower-case repository name without the format tokens at its end."""
    token = "|".join(f"(?:{pattern.removesuffix('$')})" for _, pattern in _patterns(formats))
    for _ in range(FORMAT_TOKENS):
        name = name.str.replace(f"(?:{token})$", "")
    return name


def _patterns(formats: pl.DataFrame) -> list[tuple[str, str]]:
    return list(formats.sort("order").select("format", "name_pattern").iter_rows())


def _tag_value(prefix: str) -> pl.Expr:
    """The rest of the first tag that starts with `prefix`."""
    values = pl.col("tags").list.eval(pl.element().filter(pl.element().str.starts_with(prefix)))
    return values.list.first().str.replace("^" + re.escape(prefix), "")
