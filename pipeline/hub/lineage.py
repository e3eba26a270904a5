"""The core tables of lineage: edges, what follows from them, and what was met on the way.

1. `links` finds the declared links and `inferred` the others; `trace` works out what follows from declared ones.
2. Edges are links without self-references, one per child and parent: where several relations are tagged, the first in
   the list stands in `relation`.
3. Every repository has a number, its row in the table of lineage, ghosts among them. Edges and roots are written with
   numbers beside names, so that later stages never look a name up again (`nodes`).

Known drawback: an edge has one relation, so a child that is tagged as both fine-tune and merge of one parent is a
fine-tune there; the table of relations counts both.
"""

from pathlib import Path

import numpy as np
import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import RELATIONS
from pipeline.hub import checks
from pipeline.hub.inferred import inferred_edges
from pipeline.hub.links import Links, declared_links
from pipeline.hub.names import numbered
from pipeline.hub.schema import Edges, InferenceRules, Lineage, LineageChecks, Relations
from pipeline.hub.stated import BY_TAG, RULES
from pipeline.hub.trace import trace


def make(paths: Paths, core: Path, results: Results) -> None:
    """Read the raw snapshot and the table of models; write edges and lineage beside it, and what was met on the way.

    core: the folder of core tables. These are millions of rows on a census, so none stays in memory once written.
    """
    raw = tables.scan(paths.raw / "models.parquet")
    models = tables.scan(core / "models.parquet").select("id", "is_quantized_format", "author").collect()
    provenance = tables.read_json(paths.provenance)
    links, of_links = declared_links(raw, models, register.load("renames", paths.register))
    found = tables.read(paths.raw / "inferred_edges.parquet")
    inferred, rules = inferred_edges(models, links, found, paths.register, provenance)
    del models
    together = _together(edges_of(links), numbered(inferred, links.names))
    tables.write(together, Edges, core / "edges.parquet", tables.PASSED_ON)
    del together
    lineage, of_graph = trace(links)
    tables.write(lineage, Lineage, core / "lineage.parquet", tables.PASSED_ON)
    results.write("relations", relations(links), Relations)
    results.write("lineage_checks", checks.listed(of_links | of_graph), LineageChecks)
    results.write("inference_rules", rules, InferenceRules)


def edges_of(links: Links) -> pl.DataFrame:
    """One declared edge per child and parent; where several relations are tagged, the first in the list."""
    first = np.ones(links.child.size, dtype=bool)
    first[1:] = (np.diff(links.child) != 0) | (np.diff(links.parent) != 0)
    kept = links.select(first & (links.child != links.parent))
    return pl.DataFrame(
        {
            "child": links.names.gather(pl.Series(kept.child)),
            "parent": links.names.gather(pl.Series(kept.parent)),
            "relation": _words(RELATIONS, kept.relation),
            "relation_corrected": _words(RELATIONS, kept.corrected),
            "evidence": _words(("declared",), np.zeros(kept.child.size, dtype=np.int64)),
            "rule": _words(RULES, kept.rule),
            "child_node": pl.Series(kept.child, dtype=pl.UInt32),
            "parent_node": pl.Series(kept.parent, dtype=pl.UInt32),
        }
    )


def _words(words: tuple[str, ...], places: np.ndarray) -> pl.Series:
    """The word at each place."""
    return pl.Series(words, dtype=pl.String).gather(pl.Series(places))


def _together(declared: pl.DataFrame, inferred: pl.DataFrame) -> pl.DataFrame:
    """Both kinds of edges in the order of their children, who are of one kind each."""
    if inferred.is_empty():
        return declared
    return declared.merge_sorted(inferred.sort("child", "parent"), key="child")


def relations(links: Links) -> pl.DataFrame:
    """Models and links by relation: from tags as tagged and as corrected, and what other rules add."""
    frame = pl.DataFrame(
        {
            "child": links.child,
            "own": links.child == links.parent,
            "relation": links.relation,
            "corrected": links.corrected,
            "tagged": links.rule == BY_TAG,
        }
    )
    tagged, others = frame.filter("tagged"), frame.filter(~pl.col("tagged"))
    models = pl.col("child").n_unique()
    parts = [
        tagged.group_by("relation").agg(models=models, links=pl.len(), self_links=pl.col("own").sum()),
        tagged.group_by(relation="corrected").agg(models_corrected=models),
        others.group_by("relation").agg(models_untagged=models, links_untagged=pl.len()),
    ]
    table = pl.DataFrame({"relation": pl.Series(range(len(RELATIONS)), dtype=pl.Int8)})
    for part in parts:
        table = table.join(part, on="relation", how="left", maintain_order="left")
    return table.with_columns(pl.exclude("relation").fill_null(0).cast(pl.Int64)).with_columns(
        relation=pl.Series(RELATIONS)
    )
