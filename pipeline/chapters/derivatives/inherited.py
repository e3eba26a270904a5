"""What derivatives keep of the model that they are built on: vocabulary, shape, architecture.

Method
1. Repositories with a known configuration whose name begins with that of a registered release, up to a hyphen, such as
   `one/Qwen2.5-7B-medical` on Qwen/Qwen2.5-7B; the longest such name counts. What is declared in the snapshot counts
   too: a child and its parent, both with configurations; where a child has both, the declared parent.
2. Left out: the maker's own, plain copies (the very name of a release), and quantized formats, which change nothing but
   the bits.
3. Kept: the same size of vocabulary; the same layers and width; the same architecture tag.

Known drawbacks: who names a model after its base says what stays, so shares are too high for all derivatives; a padded
vocabulary counts as changed; adapters have no configuration of their own, and keep all of it by their nature.
"""

import polars as pl

from pipeline.base.results import Results
from pipeline.chapters.derivatives.schema import Inherited
from pipeline.counting.repositories import Repositories

_SHAPE = ("vocab_size", "layers", "hidden_size", "architecture")
EVERY = "all"
"""The row of all families together."""


def make(repositories: Repositories, results: Results) -> None:
    """Write what derivatives keep, by family."""
    known = repositories.nodes.models("is_quantized_format", "is_release", *_SHAPE).drop_nulls(list(_SHAPE))
    named = known.with_columns(
        *(repositories.column(name).gather(known["id"]) for name in ("family", "organisation")),
        name=repositories.nodes.names(known["id"]).str.to_lowercase(),
    )
    declared = repositories.edges_of("declared").select("child", "parent")
    results.write("inherited", inherited(named, declared), Inherited)


def inherited(known: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.Inherited`. known: those with a configuration, `id, name, family, organisation` and format.

    name: the whole id in small letters. declared: `child, parent`.
    """
    configured = known.with_columns(pl.col("name").str.replace(r"^[^/]*/", ""))
    children = configured.filter(~pl.col("is_quantized_format"), ~pl.col("is_release"))
    pairs = pl.concat([_declared(children, configured, declared), _by_name(children, configured)])
    pairs = pairs.unique("id", keep="first", maintain_order=True)
    compared = pairs.select(
        pl.col("parent_family").cast(pl.String).alias("family"),
        vocabulary=pl.col("vocab_size") == pl.col("parent_vocab_size"),
        shape=(pl.col("layers") == pl.col("parent_layers")) & (pl.col("hidden_size") == pl.col("parent_hidden_size")),
        architecture=pl.col("architecture") == pl.col("parent_architecture"),
    )
    counts = [
        pl.len().cast(pl.Int64).alias("repositories"),
        *(pl.col(name).sum().cast(pl.Int64).alias(f"keep_{name}") for name in ("vocabulary", "shape", "architecture")),
    ]
    by_family = compared.drop_nulls("family").group_by("family").agg(counts)
    every = compared.select(pl.lit(EVERY).alias("family"), *counts).head(1)
    return pl.concat([by_family, every]).filter(pl.col("repositories") > 0).select(Inherited.column_names())


def _parents(configured: pl.DataFrame) -> pl.DataFrame:
    """Repositories as parents: their columns with a prefix."""
    return configured.select(pl.col("id", "family", "organisation", *_SHAPE).name.prefix("parent_"))


def _declared(children: pl.DataFrame, configured: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    links = declared.rename({"child": "id", "parent": "parent_id"})
    return _of_others(children.join(links, on="id").join(_parents(configured), on="parent_id"))


def _by_name(children: pl.DataFrame, configured: pl.DataFrame) -> pl.DataFrame:
    """Children by the longest release whose name theirs begins with; those that bear just that name are copies."""
    releases = configured.filter("is_release")
    base = releases.select(parent_id="id", base_name="name").unique("base_name", keep="first", maintain_order=True)
    parts = pl.col("name").str.split("-")
    beginnings = (
        children.select("id", "name", parts=parts, length=pl.int_ranges(1, parts.list.len() + 1))
        .explode("length")
        .with_columns(base_name=pl.col("parts").list.head(pl.col("length")).list.join("-"))
        .join(base, on="base_name")
        .sort("id", "length", descending=[False, True])
        .unique("id", keep="first", maintain_order=True)
        .filter(pl.col("base_name") != pl.col("name"))
    )
    return _of_others(
        children.join(beginnings.select("id", "parent_id"), on="id").join(_parents(configured), on="parent_id")
    )


def _of_others(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs without those of a maker with itself."""
    return pairs.filter(pl.col("organisation").ne_missing(pl.col("parent_organisation"))).select(
        "id", *_SHAPE, "parent_family", *(f"parent_{name}" for name in _SHAPE)
    )
