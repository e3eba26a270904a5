"""Nodes of a few repositories and links that a test makes up."""

import polars as pl

from pipeline.hub.names import numbered
from pipeline.hub.nodes import Nodes


def nodes_of(models: pl.DataFrame, links: pl.DataFrame, named: pl.Series | None = None) -> Nodes:
    """Nodes of rows of the table of models and of links; those that are linked and no model are ghosts.

    models: `id` and further columns. links: `child, parent` and further columns. named: names of the register.
    """
    models = models.sort("id")
    linked = pl.concat([links["child"], links["parent"].alias("child")]).unique().to_frame("id")
    here = models.select("id", in_snapshot=True)
    absent = linked.join(here, on="id", how="anti").with_columns(in_snapshot=False)
    lineage = pl.concat([here, absent]).sort("id")
    edges = numbered(links, lineage["id"])
    return Nodes.of(models.lazy(), lineage.lazy(), edges.lazy(), [] if named is None else [named])
