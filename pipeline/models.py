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

import heapq
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline import register, schemas, tables
from pipeline.params import Params
from pipeline.paths import Paths

FORMAT_TOKENS = 4
"""A name carries at most this many format tokens at its end (`-MLX-4bit`, `-unsloth-bnb-4bit`)."""

SAMPLED_NAMES = 1_000
"""Names from which is estimated how many bear each family's."""

LICENCE = "license:"


def run(paths: Paths, params: Params) -> None:
    """Read the raw snapshot and the register; write data/core/models.parquet."""
    del params
    raw = tables.scan(paths.raw / "models.parquet")
    tables.write(build(raw, paths.register), schemas.Models, paths.core / "models.parquet", tables.PASSED_ON)


def build(raw: pl.LazyFrame, directory: Path) -> pl.DataFrame:
    """Rows of `schemas.RawModels` to rows of `schemas.Models`, in the same order."""
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
    told = tags_that_tell(raw, architectures, formats)
    names = base.select(pl.col("id").str.split("/").list.last().str.to_lowercase())["id"]
    rows = pl.int_range(base.height, dtype=pl.UInt32, eager=True)

    def first(kind: str) -> pl.Series:
        values = told.filter(pl.col("kind") == kind).unique("row", keep="first", maintain_order=True)
        return rows.to_frame("row").join(values, on="row", how="left", maintain_order="left")["value"]

    return (
        base.lazy()
        .with_columns(
            architecture=pl.coalesce("model_type", first("architecture")),
            format=format_of(names, told.filter(pl.col("kind") != "licence"), formats),
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
        .select(schemas.Models.column_names())
        .collect()
    )


def tags_that_tell(raw: pl.LazyFrame, architectures: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """`row, kind, value` of tags that name an architecture, a format or a licence, in their order.

    Tags are streamed once for all three: there are tens of millions of them, and few tell. A tag that is
    both an architecture and a format (`quark`) stands as architecture.
    """
    tag = pl.col("tags")
    known, packed = architectures["architecture"].implode(), formats["tag"].drop_nulls().implode()
    licence = tag.str.starts_with(LICENCE)
    return (
        raw.with_row_index("row")
        .select("row", "tags")
        .explode("tags")
        .filter(licence | tag.is_in(known) | tag.is_in(packed))
        .select(
            "row",
            kind=pl.when(licence)
            .then(pl.lit("licence"))
            .when(tag.is_in(known))
            .then(pl.lit("architecture"))
            .otherwise(pl.lit("format")),
            value=tag.str.strip_prefix(LICENCE),
        )
        .collect(engine="streaming")
    )


def format_of(names: pl.Series, tagged: pl.DataFrame, formats: pl.DataFrame) -> pl.Series:
    """The format that each lower-case name tells by its outermost token, else the one that a tag tells.

    Most names tell none, so one pattern for all of them comes first.
    """
    patterns = _patterns(formats)
    frame = names.to_frame("name").with_row_index("row")
    any_of = "|".join(f"(?:{pattern})" for _, pattern in patterns)
    by_name = frame.filter(pl.col("name").str.contains(any_of)).select(
        "row",
        named=pl.coalesce(
            pl.when(pl.col("name").str.contains(pattern)).then(pl.lit(format_)) for format_, pattern in patterns
        ),
    )
    tags = formats.filter(pl.col("tag").is_not_null()).sort("order")
    order = tags.select("format", value="tag").with_row_index("rank")
    by_tag = (
        tagged.join(order, on="value").sort("row", "rank").unique("row", keep="first", maintain_order=True)
    ).select("row", "format")
    return (
        frame.select("row")
        .join(by_name, on="row", how="left", maintain_order="left")
        .join(by_tag, on="row", how="left", maintain_order="left")
        .select(format=pl.coalesce("named", "format"))["format"]
    )


def identify(ids: pl.DataFrame | pl.LazyFrame, directory: Path) -> pl.LazyFrame:
    """Organisation, country and family of repository ids, present in the snapshot or not.

    `ids` has a column `id`; returns `id, organisation, country, family`, one row per distinct id.
    """
    distinct = ids.lazy().select("id").unique().collect()
    return distinct.with_columns(known_of(distinct["id"], directory)).lazy()


def known_of(ids: pl.Series, directory: Path) -> list[pl.Series]:
    """Organisation, country and family of each repository id, in order.

    Few namespaces are on the register, so only ids in those are looked at any closer.
    """
    organisations = register.load("organisations", directory).select(
        "organisation", "country", space=pl.col("namespace").str.to_lowercase()
    )
    rules = register.load("family_rules", directory).select(
        "order", "family", "repository_pattern", space=pl.col("namespace").str.to_lowercase()
    )
    spaces = pl.concat([organisations["space"], rules["space"]]).unique().implode()
    likely = (
        ids.to_frame("id")
        .lazy()
        .with_row_index("row")
        .with_columns(space=pl.col("id").str.splitn("/", 2).struct.field("field_0").str.to_lowercase())
        .filter(pl.col("space").is_in(spaces))
        .with_columns(name=pl.col("id").str.split("/").list.last().str.to_lowercase())
    )
    families = (
        likely.join(rules.lazy(), on="space")
        .filter(pl.col("name").str.contains(pl.col("repository_pattern")))
        .sort("row", "order")
        .unique("row", keep="first", maintain_order=True)
        .select("row", "family")
    )
    told = (
        likely.join(organisations.lazy(), on="space", how="left")
        .join(families, on="row", how="left")
        .select("row", "organisation", "country", "family")
        .collect()
    )
    place = pl.select(pl.repeat(None, ids.len(), dtype=pl.UInt32)).to_series()
    place = place.scatter(told["row"], pl.int_range(told.height, dtype=pl.UInt32, eager=True))
    return told.drop("row").select(pl.all().gather(place)).get_columns()


def named_families(named: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Families that a repository's own name bears: `id, family`, one row per pair, for rows of `id, name`.

    A name may bear several (`DeepSeek-R1-Distill-Qwen-7B`); each is credited.
    """
    families = register.load("families", directory)
    lower = named.select("id", name=pl.col("name").str.split("/").list.last().str.to_lowercase())
    return pl.concat(_bearing(lower, _tree(lower["name"], families)))


@dataclass(frozen=True)
class Branch:
    """Families with one pattern for all of their names; a single family has no branches."""

    pattern: str
    families: tuple[str, ...]
    branches: tuple["Branch", ...] = ()


def _tree(names: pl.Series, families: pl.DataFrame) -> Branch:
    """Families as Huffman's tree: those that more names bear, by a sample of them, are fewer branches down."""
    sample = names.gather_every(max(1, names.len() // SAMPLED_NAMES))
    waiting = []
    for place, (family, pattern) in enumerate(families.select("family", "name_pattern").iter_rows()):
        waiting.append((int(sample.str.contains(pattern).sum()), place, Branch(f"(?:{pattern})", (family,))))
    heapq.heapify(waiting)
    while len(waiting) > 1:
        (few, place, one), (more, _, other) = heapq.heappop(waiting), heapq.heappop(waiting)
        both = Branch(f"{one.pattern}|{other.pattern}", one.families + other.families, (one, other))
        heapq.heappush(waiting, (few + more, place, both))
    return waiting[0][2]


def _bearing(names: pl.DataFrame, tree: Branch) -> list[pl.DataFrame]:
    """`id, family` of the names that match each family's pattern.

    Names that match none of a branch's patterns are not tried on any of them.
    """
    found = names.filter(pl.col("name").str.contains(tree.pattern))
    if not tree.branches:
        return [found.select("id", family=pl.lit(tree.families[0]))]
    return [frame for branch in tree.branches for frame in _bearing(found, branch)]


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


def without_format(name: pl.Expr, formats: pl.DataFrame) -> pl.Expr:
    """A lower-case repository name without the format tokens at its end."""
    token = "|".join(f"(?:{pattern.removesuffix('$')})" for _, pattern in _patterns(formats))
    for _ in range(FORMAT_TOKENS):
        name = name.str.replace(f"(?:{token})$", "")
    return name


def _patterns(formats: pl.DataFrame) -> list[tuple[str, str]]:
    return list(formats.sort("order").select("format", "name_pattern").iter_rows())
