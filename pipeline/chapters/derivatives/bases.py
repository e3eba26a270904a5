"""What people build on each registered release, and what its size and kind have to do with it.

Method
1. A derivative is counted for the release that its edge names (direct); the maker's own releases are
   left out, as in the headline, and counted in a column of their own. The maker is the base's family,
   or its organisation where it has no family.
2. Parameters are those of `moe.parquet` (every tensor, without multi-token-prediction layers), else
   the elements of the release's files. Size classes go by total parameters, which set the memory
   that fine-tuning needs; activated ones set only the work per token.
3. `finetune_corrected` and `quantized_corrected` move derivatives in a quantized format from
   fine-tunes to quantizations, since MLX and EXL2 conversions are often tagged as fine-tunes.
4. Mirrors are the register's re-uploads; what is built on them is counted beside the base, each
   repository once, and not added to its relations.
5. Medians run over every base of a class that was released by the snapshot's date, those without
   any derivative among them: zero is a count.

Known drawbacks: younger bases had less time, and mixtures are younger; a release without a date is
taken to be out; inferred edges are conversions alone, so they show no other relation.
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

CORRECTED = {
    "finetune": "finetune_corrected",
    "adapter": "adapter",
    "quantized": "quantized_corrected",
    "merge": "merge",
}
"""Relations of the figure, and the column of each that the formats have corrected."""


def make(nodes: Nodes, paths: Paths, results: Results) -> None:
    """Write `bases.parquet` and `base_classes.parquet`."""
    day = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    built = bases_of(nodes, tables.read(paths.out / "moe" / "moe.parquet"), paths.register, day)
    results.write("bases", built, Bases)
    results.write("base_classes", classes(built), BaseClasses)


def bases_of(nodes: Nodes, moe: pl.DataFrame, directory: Path, snapshot_date: date) -> pl.DataFrame:
    """Rows of `schema.Bases`. moe: counted parameters of releases; directory: the register."""
    mirrors = register.load("mirrors", directory)["mirror"]
    bases = nodes.find(pl.concat([register.load("releases", directory)["model"], mirrors.alias("model")]))
    edges = nodes.edges(columns=("relation", "relation_corrected", "evidence"))
    edges = edges.filter(pl.col("parent").is_in(bases.drop_nulls().unique().implode()))
    edges = edges.with_columns(nodes.names(edges[side]).alias(side) for side in ("child", "parent"))
    lineage = nodes.lineage("n_descendants")
    lineage = lineage.filter(pl.col("id").is_in(bases.drop_nulls().unique().implode()))
    lineage = lineage.select(model=nodes.names(lineage["id"]), descendants="n_descendants")
    return build(edges, moe, lineage, directory, snapshot_date)


def build(
    edges: pl.DataFrame, moe: pl.DataFrame, lineage: pl.DataFrame, directory: Path, snapshot_date: date
) -> pl.DataFrame:
    """Rows of `schema.Bases`: direct derivatives of every registered release, by kind of evidence.

    lineage: `model, descendants`, from declared edges.
    """
    releases = sized(register.load("releases", directory), moe)
    mirrors = register.load("mirrors", directory).select(parent="mirror", model="original")
    named = edges.join(
        pl.concat([releases["model"], mirrors["parent"].alias("model")]).unique().to_frame("parent"), on="parent"
    )
    ids = pl.concat([releases["model"], named["child"]]).unique().to_frame("id")
    maker = identify(ids, directory).collect()
    direct = with_own(named.rename({"parent": "model"}).join(releases.select("model"), on="model"), maker)
    others = direct.filter(~pl.col("is_own"))
    counted = others.group_by("model", "evidence").agg(
        *((pl.col("relation") == name).sum().alias(name) for name in RELATIONS),
        *(
            (pl.col("relation_corrected") == name).sum().alias(f"{name}_corrected")
            for name in ("finetune", "quantized")
        ),
        all_relations=pl.len(),
    )
    own = direct.filter("is_own").group_by("model", "evidence").agg(own_releases=pl.len())
    through = (
        named.join(mirrors, on="parent")
        .join(direct.select("child", "model", "evidence"), on=["child", "model", "evidence"], how="anti")
        .pipe(with_own, maker)
        .filter(~pl.col("is_own"))
        .group_by("model", "evidence")
        .agg(derivatives_of_mirrors=pl.col("child").n_unique())
    )
    released = pl.col("released")
    months = (snapshot_date.year - released.dt.year()) * 12 + snapshot_date.month - released.dt.month()
    total = pl.col("parameters_total")
    size = pl.coalesce(*(pl.when(total < least).then(pl.lit(name)) for least, name in SIZE_CLASSES), pl.lit(LARGEST))
    counts = [*RELATIONS, "finetune_corrected", "quantized_corrected", "all_relations", "own_releases"]
    return (
        releases.join(maker, left_on="model", right_on="id", how="left")
        .join(mirrors.group_by("model").agg(mirrors=pl.len()), on="model", how="left")
        .join(pl.DataFrame({"evidence": ["declared", "inferred"]}), how="cross")
        .join(counted, on=["model", "evidence"], how="left")
        .join(own, on=["model", "evidence"], how="left")
        .join(through, on=["model", "evidence"], how="left")
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
    """Releases with counted parameters where there are any, else the elements of their files."""
    counted = moe.select("model", "parameters_active", counted=pl.coalesce("parameters_total", "parameters_text"))
    return releases.join(counted, on="model", how="left").with_columns(
        parameters_total=pl.coalesce("counted", "parameters_total")
    )


def with_own(edges: pl.DataFrame, maker: pl.DataFrame) -> pl.DataFrame:
    """Add `is_own`: the child is of the base's family, or organisation where the base has no family."""
    of = maker.select("id", "family", "organisation")
    both = edges.join(of, left_on="model", right_on="id", how="left").join(
        of, left_on="child", right_on="id", how="left", suffix="_child"
    )
    same = (
        pl.when(pl.col("family").is_not_null())
        .then(pl.col("family").eq_missing(pl.col("family_child")))
        .otherwise((pl.col("organisation") == pl.col("organisation_child")).fill_null(False))
    )
    return both.with_columns(is_own=same).select(*edges.columns, "is_own")


def classes(bases: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.BaseClasses`: bases per size class and kind, and what the median one has.

    A relation that the evidence cannot show (nothing but conversions is inferred) has no rows.
    """
    long = (
        bases.filter("is_out")
        .with_columns(size_class=pl.col("size_class").fill_null("not known"))
        .select("evidence", "size_class", "mixture", **{name: pl.col(column) for name, column in CORRECTED.items()})
        .unpivot(on=list(CORRECTED), index=["evidence", "size_class", "mixture"], variable_name="relation")
    )
    shows = (pl.col("evidence") == "declared") | (pl.col("value").sum().over("evidence", "relation") > 0)
    return (
        long.filter(shows & (pl.col("value").sum().over("evidence") > 0))
        .group_by("evidence", "relation", "mixture", "size_class")
        .agg(
            bases=pl.len(),
            with_any=(pl.col("value") > 0).sum(),
            derivatives=pl.col("value").sum(),
            median=pl.col("value").median(),
        )
        .with_columns(mean=pl.col("derivatives") / pl.col("bases"))
    )
