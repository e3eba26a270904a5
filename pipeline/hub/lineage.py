"""Write the core tables of lineage: edges, what follows from them, and what was met on the way, in counts.

1. `links` finds the declared links and `inferred` the others; `trace` works out what follows from declared ones.
2. Edges are links without those from a repository to itself, one per child and parent: where several relations are
   tagged, `relation` is the first in the list.
3. Every repository, ghosts included, has a number: its row in the table of lineage. Roots are written
   as numbers, edges with numbers beside names, so that later stages look no name up again (`nodes`).

Known drawback: an edge has one relation, so a child that is tagged as both fine-tune and merge of one parent is a
fine-tune there; the table of relations counts both.
"""

from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import RELATIONS
from pipeline.hub.checks import table_of
from pipeline.hub.inferred import inferred_edges
from pipeline.hub.links import Links, declared_links, first_of_pair
from pipeline.hub.names import numbered
from pipeline.hub.schema import Edges, InferenceRules, Lineage, LineageChecks, Relations
from pipeline.hub.series import with_series, without_series
from pipeline.hub.stated import RELATION
from pipeline.hub.trace import trace


def make(paths: Paths, core: Path, tagged: pl.DataFrame, results: Results, series_minimum: int) -> None:
    """Read the raw snapshot and the table of models; write edges and lineage beside it, and what was met on the way.

    core: the folder of core tables, millions of rows on a census, so that none stays in memory once written.
    tagged: the tags that name a parent, from `tags`. series_minimum: repositories that make a series.
    """
    raw = tables.scan(paths.raw / "models.parquet")
    models = tables.scan(core / "models.parquet").select("id", "is_quantized_format", "author").collect()
    provenance = tables.read_json(paths.provenance)
    links, link_checks = declared_links(raw, tagged, models, register.load("renames", paths.register))
    from_source = tables.read(paths.raw / "inferred_edges.parquet")
    inferred, rules = inferred_edges(models, links, from_source, paths.register, provenance)
    del models
    declared = with_series(edges_of(links), series_minimum)
    edges = _merged(declared, without_series(numbered(inferred, links.names)))
    tables.write(edges, Edges, core / "edges.parquet", tables.PASSED_ON)
    del edges, declared
    lineage, graph_checks = trace(links)
    tables.write(lineage, Lineage, core / "lineage.parquet", tables.PASSED_ON)
    results.write("relations", relations(links), Relations)
    results.write("lineage_checks", table_of(link_checks | graph_checks), LineageChecks)
    results.write("inference_rules", rules, InferenceRules)


def edges_of(links: Links) -> pl.DataFrame:
    """Rows of `schema.Edges`: one per child and parent; where several relations are tagged, the first in the list."""
    edges = links.table.filter(first_of_pair() & (pl.col("child") != pl.col("parent")))
    return edges.select(
        child=links.names.gather(edges["child"]),
        parent=links.names.gather(edges["parent"]),
        relation=pl.col("relation").cast(pl.String),
        relation_corrected=pl.col("relation_corrected").cast(pl.String),
        evidence=pl.lit("declared"),
        rule=pl.col("rule").cast(pl.String),
        child_node="child",
        parent_node="parent",
    )


def _merged(declared: pl.DataFrame, inferred: pl.DataFrame) -> pl.DataFrame:
    """Both kinds of edges in the order of their children; a child has edges of one kind alone."""
    if inferred.is_empty():
        return declared
    return declared.merge_sorted(inferred.sort("child", "parent"), key="child")


def relations(links: Links) -> pl.DataFrame:
    """Rows of `schema.Relations`: models and links by relation, from tags and from the other rules."""
    is_tagged = pl.col("rule") == "tag"
    tagged, others = links.table.filter(is_tagged), links.table.filter(~is_tagged)
    models = pl.col("child").n_unique()
    self_links = (pl.col("child") == pl.col("parent")).sum()
    table = pl.DataFrame({"relation": pl.Series(RELATIONS, dtype=RELATION)})
    for part in (
        tagged.group_by("relation").agg(models=models, links=pl.len(), self_links=self_links),
        tagged.group_by(relation="relation_corrected").agg(models_corrected=models),
        others.group_by("relation").agg(models_untagged=models, links_untagged=pl.len()),
    ):
        table = table.join(part, on="relation", how="left", maintain_order="left")
    return table.select(pl.col("relation").cast(pl.String), pl.exclude("relation").fill_null(0).cast(pl.Int64))
