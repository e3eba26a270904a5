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

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.derivatives.schema import BaseClasses, Bases
from pipeline.hub.nodes import Nodes
from pipeline.hub.sizes import LARGEST, SIZE_CLASSES
from pipeline.register.lookup.identity import identify

CORRECTED_COLUMNS = {
    "finetune": "finetune_corrected",
    "adapter": "adapter",
    "quantized": "quantized_corrected",
    "merge": "merge",
}
"""The column of each relation of the figure, as corrected by the child's format."""


def make(nodes: Nodes, paths: Paths, results: Results) -> None:
    """Write `bases.parquet` and `base_classes.parquet`."""
    day = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    built = bases_of(nodes, tables.read(paths.out / "moe" / "moe.parquet"), paths.register, day)
    results.write("bases", built, Bases)
    results.write("base_classes", classes(built), BaseClasses)


def bases_of(nodes: Nodes, moe: pl.DataFrame, directory: Path, snapshot_date: date) -> pl.DataFrame:
    """Rows of `schema.Bases` from the core tables. moe: the table `moe`; directory: the register."""
    mirrors = unchanged_mirrors(directory)["mirror"]
    registered = nodes.find(pl.concat([register.load("releases", directory)["model"], mirrors.alias("model")]))
    edges = nodes.edges(columns=("relation", "relation_corrected", "evidence"))
    edges = edges.filter(pl.col("parent").is_in(registered.drop_nulls().unique().implode()))
    edges = edges.with_columns(nodes.names(edges[side]).alias(side) for side in ("child", "parent"))
    lineage = nodes.lineage("n_descendants")
    lineage = lineage.filter(pl.col("id").is_in(registered.drop_nulls().unique().implode()))
    lineage = lineage.select(model=nodes.names(lineage["id"]), descendants="n_descendants")
    return bases_from_edges(edges, moe, lineage, directory, snapshot_date)


def unchanged_mirrors(directory: Path) -> pl.DataFrame:
    """The register's mirrors of the same weights; those in fewer bits are quantizations of a release."""
    return register.load("mirrors", directory).filter(pl.col("mirror_class") == "same_weights")


def bases_from_edges(
    edges: pl.DataFrame, moe: pl.DataFrame, lineage: pl.DataFrame, directory: Path, snapshot_date: date
) -> pl.DataFrame:
    """Rows of `schema.Bases`: direct derivatives of every registered release, declared and inferred apart.

    edges: `child, parent, relation, relation_corrected, evidence`, each child and parent once. moe: the table `moe`.
    lineage: `model, descendants`, from declared edges. directory: the register.
    """
    releases = sized(register.load("releases", directory), moe)
    mirrors = unchanged_mirrors(directory).select(parent="mirror", model="original")
    to_registered = edges.join(
        pl.concat([releases["model"], mirrors["parent"].alias("model")]).unique().to_frame("parent"), on="parent"
    )
    ids = pl.concat([releases["model"], to_registered["child"]]).unique().to_frame("id")
    identities = identify(ids, directory).collect()
    direct = with_own(to_registered.rename({"parent": "model"}).join(releases.select("model"), on="model"), identities)
    others = direct.filter(~pl.col("is_own"))
    by_relation = others.group_by("model", "evidence").agg(
        *((pl.col("relation") == name).sum().alias(name) for name in RELATIONS),
        *(
            (pl.col("relation_corrected") == name).sum().alias(f"{name}_corrected")
            for name in ("finetune", "quantized")
        ),
        all_relations=pl.len(),
    )
    own = direct.filter("is_own").group_by("model", "evidence").agg(own_releases=pl.len())
    of_mirrors = (
        to_registered.join(mirrors, on="parent")
        .join(direct.select("child", "model", "evidence"), on=["child", "model", "evidence"], how="anti")
        .pipe(with_own, identities)
        .filter(~pl.col("is_own"))
        .group_by("model", "evidence")
        .agg(derivatives_of_mirrors=pl.col("child").n_unique())
    )
    released = pl.col("released")
    # whole calendar months: a release of 31 January is a month old on 1 February
    months = (snapshot_date.year - released.dt.year()) * 12 + snapshot_date.month - released.dt.month()
    total = pl.col("parameters_total")
    size = pl.coalesce(*(pl.when(total < end).then(pl.lit(name)) for end, name in SIZE_CLASSES), pl.lit(LARGEST))
    counts = [*RELATIONS, "finetune_corrected", "quantized_corrected", "all_relations", "own_releases"]
    return (
        releases.join(identities, left_on="model", right_on="id", how="left")
        .join(mirrors.group_by("model").agg(mirrors=pl.len()), on="model", how="left")
        .join(pl.DataFrame({"evidence": ["declared", "inferred"]}), how="cross")
        .join(by_relation, on=["model", "evidence"], how="left")
        .join(own, on=["model", "evidence"], how="left")
        .join(of_mirrors, on=["model", "evidence"], how="left")
        .join(lineage.with_columns(evidence=pl.lit("declared")), on=["model", "evidence"], how="left")
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


def with_own(edges: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """Add `is_own` to `child, model, ...`: the child is of the base's family, or organisation where it has none.

    identities: `id, family, organisation` of children and models.
    """
    group_of = identities.select("id", "family", "organisation")
    both = edges.join(group_of, left_on="model", right_on="id", how="left").join(
        group_of, left_on="child", right_on="id", how="left", suffix="_child"
    )
    same = (
        pl.when(pl.col("family").is_not_null())
        .then(pl.col("family").eq_missing(pl.col("family_child")))
        .otherwise((pl.col("organisation") == pl.col("organisation_child")).fill_null(False))
    )
    return both.with_columns(is_own=same).select(*edges.columns, "is_own")


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
