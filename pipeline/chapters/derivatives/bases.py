"""What people build on each registered release, and what its size and kind have to do with it.

Method
1. Counted are direct derivatives: children whose edge names the release, by declared edges and by inferred ones apart.
   A child of the release's own family is no derivative here; such children have a column of their own
   (`own_releases`). Where a release has no family, its organisation takes the family's place, whatever
   `report.grouping` is.
2. Parameters are those of the table `moe` (MoE models and dense models: every tensor, without multi-token-prediction
   layers), else the elements of the release's files. Size classes go by total parameters, which set the memory
   that fine-tuning needs; activated ones set only the work per token.
3. `finetune_corrected` and `quantized_corrected` move derivatives in a quantized format from
   fine-tunes to quantizations, since MLX and EXL2 conversions are often tagged as fine-tunes.
4. Children of the register's unchanged mirrors of a release have a column of their own (`derivatives_of_mirrors`), each
   repository once, and are in no other; those that name the release as well are among its derivatives only.
5. Medians and means of a class run over every base that was released by the snapshot's date, also over bases that
   nobody builds on: zero is a count.

Known drawbacks: younger bases had less time, and MoE models are younger; a release without a date is taken to
be out; an edge has one relation, so a child tagged as fine-tune and merge counts as a fine-tune alone; the inferred
edges of today's rules are quantizations and unspecified ones alone, and those of the embedded sample already lead
mirrors to their originals; `descendants` counts the maker's own releases too.
"""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.derivatives.schema import BaseClasses, Bases
from pipeline.counting.repositories import Repositories
from pipeline.hub.sizes import LARGEST, SIZE_CLASSES
from pipeline.register.lookup.identity import identify

CORRECTED_COLUMNS = {
    "finetune": "finetune_corrected",
    "adapter": "adapter",
    "quantized": "quantized_corrected",
    "merge": "merge",
}
"""The column of each relation of the figure, as corrected by the child's format."""
EVIDENCE = pl.when("is_declared").then(pl.lit("declared")).otherwise(pl.lit("inferred")).alias("evidence")


def make(repositories: Repositories, paths: Paths, results: Results) -> None:
    """Write `bases.parquet` and `base_classes.parquet`."""
    day = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    built = bases_of(repositories, tables.read(paths.out / "moe" / "moe.parquet"), day)
    results.write("bases", built, Bases)
    results.write("base_classes", classes(built), BaseClasses)


def unchanged_mirrors(directory: Path) -> pl.DataFrame:
    """The register's mirrors of the same weights; those in fewer bits are quantizations of a release."""
    return register.load("mirrors", directory).filter(pl.col("mirror_class") == "same_weights")


def bases_of(repositories: Repositories, moe: pl.DataFrame, snapshot_date: date) -> pl.DataFrame:
    """Rows of `schema.Bases`: direct derivatives of every registered release, declared and inferred apart.

    moe: the table `moe`.
    """
    nodes, directory = repositories.nodes, repositories.directory
    releases = sized(register.load("releases", directory), moe)
    model_of = nodes.with_nodes(releases.select("model", parent="model"), "parent").drop_nulls()
    direct = repositories.edges.filter(pl.col("parent").is_in(model_of["parent"].implode()))
    alike = (  # some rows for each release, from millions of edges
        direct.with_columns(is_own=own(repositories, direct["child"], direct["parent"]))
        .group_by("parent", "is_declared", "is_own", "relation", "relation_corrected")
        .len("edges")
        .join(model_of, on="parent")
    )
    is_others, is_related = ~pl.col("is_own"), {name: pl.col("relation") == name for name in RELATIONS}
    is_related |= {f"{name}_corrected": pl.col("relation_corrected") == name for name in ("finetune", "quantized")}
    by_relation = alike.group_by("model", EVIDENCE).agg(
        *(pl.col("edges").filter(is_others & related).sum().alias(name) for name, related in is_related.items()),
        all_relations=pl.col("edges").filter(is_others).sum(),
        own_releases=pl.col("edges").filter("is_own").sum(),
    )
    mirrors = unchanged_mirrors(directory)
    of_mirrors = built_on_mirrors(repositories, direct, nodes.with_nodes(mirrors, "mirror", "original"))
    lineage = nodes.lineage("n_descendants").join(model_of, left_on="id", right_on="parent")
    owners = identify(releases.select(id="model"), directory).collect()
    released = pl.col("released")
    # whole calendar months: a release of 31 January is a month old on 1 February
    months = (snapshot_date.year - released.dt.year()) * 12 + snapshot_date.month - released.dt.month()
    total = pl.col("parameters_total")
    size = pl.coalesce(*(pl.when(total < end).then(pl.lit(name)) for end, name in SIZE_CLASSES), pl.lit(LARGEST))
    counts = [*RELATIONS, "finetune_corrected", "quantized_corrected", "all_relations", "own_releases"]
    return (
        releases.join(owners, left_on="model", right_on="id", how="left")
        .join(mirrors.group_by(model="original").agg(mirrors=pl.len()), on="model", how="left")
        .join(pl.DataFrame({"evidence": ["declared", "inferred"]}), how="cross")
        .join(by_relation, on=["model", "evidence"], how="left")
        .join(of_mirrors.join(model_of, on="parent").drop("parent"), on=["model", "evidence"], how="left")
        .join(lineage.select("model", descendants="n_descendants"), on="model", how="left")
        .with_columns(pl.col(*counts, "mirrors", "derivatives_of_mirrors").fill_null(0))
        .with_columns(
            size_class=pl.when(total.is_not_null()).then(size),
            months_since_release=pl.when(months >= 0).then(months),
            is_out=(released <= snapshot_date).fill_null(True),
            descendants=pl.when(pl.col("evidence") == "declared").then(pl.col("descendants").fill_null(0)),
        )
        .with_columns(derivatives_per_month=pl.col("all_relations") / pl.col("months_since_release").clip(1))
        .select(Bases.column_names())
    )


def sized(releases: pl.DataFrame, moe: pl.DataFrame) -> pl.DataFrame:
    """Releases with `parameters_active`, and `parameters_total` as counted, else the elements of their files."""
    counted = moe.select("model", "parameters_active", counted=pl.coalesce("parameters_total", "parameters_text"))
    return releases.join(counted, on="model", how="left").with_columns(
        parameters_total=pl.coalesce("counted", "parameters_total")
    )


def own(repositories: Repositories, child: pl.Series, parent: pl.Series) -> pl.Series:
    """Whether a child is of its parent's family, or of its organisation where the parent has no family."""
    family, organisation = repositories.number("family"), repositories.number("organisation")
    of_child, of_parent = child.to_numpy(), parent.to_numpy()
    same_family = family[of_child] == family[of_parent]
    same_owner = (organisation[of_child] == organisation[of_parent]) & (organisation[of_parent] >= 0)
    return pl.Series(np.where(family[of_parent] >= 0, same_family, same_owner))


def built_on_mirrors(repositories: Repositories, direct: pl.DataFrame, mirrors: pl.DataFrame) -> pl.DataFrame:
    """`parent, evidence, derivatives_of_mirrors`: others' children of copies of a release that do not name it as well.

    direct: edges to releases. mirrors: `mirror, original`, as nodes.
    """
    copies = mirrors.drop_nulls().select("mirror", "original")
    edges = repositories.edges.join(copies, left_on="parent", right_on="mirror").with_columns(parent="original")
    named = direct.filter(pl.col("child").is_in(edges["child"].implode()))
    edges = edges.join(named, on=["child", "parent", "is_declared"], how="anti")
    return (
        edges.filter(~own(repositories, edges["child"], edges["parent"]))
        .group_by("parent", EVIDENCE)
        .agg(derivatives_of_mirrors=pl.col("child").n_unique())
    )


def classes(bases: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.BaseClasses`: bases per size class and kind, and what the median one has.

    Declared relations that no base has are zeros. An inferred relation that no base has has no rows, since rules find
    only some relations; and evidence that gives nothing at all has none.
    """
    long = (
        bases.filter("is_out")
        .with_columns(size_class=pl.col("size_class").fill_null("not known"))
        .select(
            "evidence", "size_class", "mixture", **{name: pl.col(column) for name, column in CORRECTED_COLUMNS.items()}
        )
        .unpivot(on=list(CORRECTED_COLUMNS), index=["evidence", "size_class", "mixture"], variable_name="relation")
    )
    is_shown = (pl.col("evidence") == "declared") | (pl.col("value").sum().over("evidence", "relation") > 0)
    return (
        long.filter(is_shown & (pl.col("value").sum().over("evidence") > 0))
        .group_by("evidence", "relation", "mixture", "size_class")
        .agg(
            bases=pl.len(),
            with_any=(pl.col("value") > 0).sum(),
            derivatives=pl.col("value").sum(),
            median=pl.col("value").median(),
        )
        .with_columns(mean=pl.col("derivatives") / pl.col("bases"))
    )
