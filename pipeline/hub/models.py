"""Write the table of models: one row per Hub repository, with what the register knows of it.

Method
- Organisation and country come from the namespace; the family from the first rule in
  `family_rules` whose namespace and name pattern match. Both work on ids alone, so a parent that
  is absent from the snapshot has them too (`identify`).
- The architecture is `config.model_type` where the source has a config, else the first tag that
  is a registered architecture. Dense or mixture of experts follows from the architecture; where
  the same architecture does both, from the expert count, and without one it stays null.
- The format is the one that the end of the repository's name has a token of, else that of a tag.
- The licence is the first `license:` tag; the modality follows from the task.

Known drawbacks: `safetensors.total` counts packed elements in 4-bit files; the creation date is the
repository's, which can precede the announcement by weeks; a tag may name an architecture that the
weights do not have.
"""

from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.characters import STEERING, UNSHOWN
from pipeline.base.paths import Paths
from pipeline.hub.names import in_any_order
from pipeline.hub.schema import Models
from pipeline.hub.tags import LICENCE
from pipeline.register.lookup.identity import format_patterns, known_of

KIND = pl.Enum(["licence", "architecture", "format"])


def make(paths: Paths, core: Path, tagged: pl.DataFrame) -> None:
    """Read the raw snapshot and the register; write `models.parquet` into the folder of core tables.

    tagged: its tags that name no parent, from `tags`.
    """
    raw = tables.scan(paths.raw / "models.parquet")
    tables.write(build(raw, tagged, paths.register), Models, core / "models.parquet", tables.PASSED_ON)


def build(raw: pl.LazyFrame, tagged: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Rows of the raw snapshot, with their tags (`tags.of_models`), to rows of `schema.Models`, in the same order."""
    tasks = register.load("tasks", directory)
    releases = register.load("releases", directory)
    config = pl.col("config").struct
    base = raw.select(
        "id",
        "author",
        "downloads",
        "likes",
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
    ).collect(engine="streaming")
    architectures, formats = register.load("architectures", directory), register.load("formats", directory)
    known = known_tags(tagged, architectures, formats)
    names = base.select(pl.col("id").str.split("/").list.last().str.to_lowercase())["id"]
    rows = pl.int_range(base.height, dtype=pl.UInt32, eager=True)

    def first(kind: str) -> pl.Series:
        values = known.filter(pl.col("kind") == kind).filter(_is_first_of_row())
        return rows.to_frame("row").join(values, on="row", how="left", maintain_order="left")["value"]

    return (
        base.lazy()
        .with_columns(
            architecture=pl.coalesce("model_type", first("architecture")),
            format=format_of(names, known.filter(pl.col("kind") != "licence"), formats),
            licence=first("licence"),
            modality=pl.when(pl.col("pipeline_tag").is_null())
            .then(pl.lit("unknown"))
            .otherwise(pl.col("pipeline_tag").replace_strict(tasks["task"], tasks["modality"], default="other")),
            is_release=pl.col("id").is_in(releases["model"].implode()),
        )
        .with_columns(
            mixture=_mixture(architectures),
            is_quantized_format=pl.col("format")
            .is_in(formats.filter("quantized")["format"].unique().implode())
            .fill_null(False),
        )
        .with_columns(known_of(base["id"], directory))
        .select(Models.column_names())
        .collect()
    )


def known_tags(tagged: pl.DataFrame, architectures: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """`row, kind, value` of tags that name an architecture, a format or a licence, in their order.

    A tag that is both an architecture and a format (`quark`) counts as architecture.
    """
    tags, place = in_any_order(tagged["tag"])
    tag = pl.col("tag")
    kind = (
        pl.when(tag.str.starts_with(LICENCE))
        .then(pl.lit("licence", KIND))
        .when(tag.is_in(architectures["architecture"].implode()))
        .then(pl.lit("architecture", KIND))
        .otherwise(pl.lit("format", KIND))
    )
    of_tag = tags.to_frame("tag").select(
        kind=kind, value=tag.str.strip_prefix(LICENCE).str.replace_all(STEERING, UNSHOWN)
    )
    return tagged.select("row").hstack(of_tag[place])


def _is_first_of_row() -> pl.Expr:
    """Whether a row of tags is the first of its repository."""
    return pl.col("row").ne_missing(pl.col("row").shift(1))


def format_of(names: pl.Series, tagged: pl.DataFrame, formats: pl.DataFrame) -> pl.Series:
    """The format that the outermost token of each lower-case name stands for, else that of a tag.

    tagged: rows of `known_tags`. Names have few distinct ends, so it is of those that each pattern is asked.
    """
    patterns = format_patterns(formats)
    any_of = "|".join(f"(?:{pattern})" for _, pattern in patterns)
    frame = names.to_frame("name").with_row_index("row")
    ends = frame.filter(pl.col("name").str.contains(any_of)).select(
        "row", end=pl.col("name").str.extract(f"({any_of})")
    )
    of_end = (
        ends.select("end")
        .unique()
        .with_columns(
            named=pl.coalesce(
                pl.when(pl.col("end").str.contains(pattern)).then(pl.lit(format_)) for format_, pattern in patterns
            )
        )
    )
    by_name = ends.join(of_end, on="end", maintain_order="left").select("row", "named")
    tags = formats.filter(pl.col("tag").is_not_null()).sort("order")
    order = tags.select("format", value="tag").with_row_index("rank")
    by_tag = (
        tagged.filter(pl.col("value").is_in(order["value"].implode()))
        .join(order, on="value")
        .sort("row", "rank")
        .unique("row", keep="first", maintain_order=True)
    ).select("row", "format")
    return (
        frame.select("row")
        .join(by_name, on="row", how="left", maintain_order="left")
        .join(by_tag, on="row", how="left", maintain_order="left")
        .select(format=pl.coalesce("named", "format"))["format"]
    )


def _mixture(architectures: pl.DataFrame) -> pl.Expr:
    """Dense or mixture of experts, by architecture; by expert count where the architecture allows both."""
    kind = pl.col("architecture").replace_strict(
        architectures["architecture"], architectures["mixture"], default=None, return_dtype=pl.String
    )
    return (
        pl.when(kind.is_in(["dense", "moe"]))
        .then(kind)
        .when(pl.col("experts") > 1)
        .then(pl.lit("moe"))
        .when(pl.col("experts") <= 1)
        .then(pl.lit("dense"))
    )
