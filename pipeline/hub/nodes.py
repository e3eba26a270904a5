"""Repositories as numbers, for the stages that ask questions about millions of them.

A repository's node is its row in the lineage table, which is in the order of ids and holds ghosts; repositories that
only inferred edges know follow after its end, and after those the names that the register knows and nobody uses.
Tables are read with nodes in the place of ids, so that joins compare integers; ids come back for the few rows that are
shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.hub import names as hub_names
from pipeline.hub.graph import Ints
from pipeline.hub.names import searched
from pipeline.register.lookup.identity import identify

NODE = pl.UInt32


@dataclass(frozen=True)
class Nodes:
    """Names by node, and the node of each row of the table of models.

    ids: sorted as far as `listed`; the few names that only inferred edges or the register know follow.
    core, walked, linked: the tables of models, of lineage and of edges, read when their columns are asked for.
    """

    ids: pl.Series
    listed: int
    of_row: Ints
    core: pl.LazyFrame
    walked: pl.LazyFrame
    linked: pl.LazyFrame

    @classmethod
    def load(cls, paths: Paths, named: Iterable[pl.Series] = ()) -> "Nodes":
        """The core tables as the stage `hub` left them, and names of the register (`named`)."""
        models, lineage, edges = (
            tables.scan(paths.core / f"{name}.parquet") for name in ("models", "lineage", "edges")
        )
        return cls.of(models, lineage, edges, named)

    @classmethod
    def of(
        cls, core: pl.LazyFrame, walked: pl.LazyFrame, linked: pl.LazyFrame, named: Iterable[pl.Series] = ()
    ) -> "Nodes":
        """Names of the snapshot, of ghosts, and of the register (`named`), each once."""
        listed = walked.select("id", "in_snapshot").collect()
        beyond = [
            linked.select(id=side, node=f"{side}_node").filter(pl.col("node") >= listed.height)
            for side in ("child", "parent")
        ]
        alone = pl.concat(beyond).collect().unique().sort("node")
        ids = pl.concat([listed["id"], alone["id"]])
        wanted = pl.concat([pl.Series("id", [], dtype=pl.String), *(part.alias("id") for part in named)])
        unknown = wanted.drop_nulls().unique().to_frame().join(ids.to_frame(), on="id", how="anti").sort("id")
        of_row = np.flatnonzero(listed["in_snapshot"].to_numpy())
        return cls(pl.concat([ids, unknown["id"]]), listed.height, of_row, core, walked, linked)

    def find(self, names: pl.Series) -> pl.Series:
        """Nodes of a few names; null for one that nobody knows."""
        listed = searched(names, self.ids.head(self.listed))
        others = hub_names.places(names, self.ids.slice(self.listed)) + self.listed
        return pl.select(pl.coalesce(listed, others).cast(NODE)).to_series()

    def names(self, nodes: pl.Series) -> pl.Series:
        """Ids of nodes, null for null."""
        return self.ids.gather(nodes)

    def found(self, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """A small frame with nodes in the place of the ids in these columns."""
        return frame.with_columns(self.find(frame[column]).alias(column) for column in columns)

    def models(self, *columns: str | pl.Expr) -> pl.DataFrame:
        """Columns of the table of models, with `id` as node."""
        rows = self.core.select(*columns).collect()
        return rows.insert_column(0, pl.Series("id", self.of_row, dtype=NODE))

    def everywhere(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of the table of models by node, null for those that are not in the snapshot."""
        row = np.full(self.ids.len(), -1, dtype=np.int64)
        row[self.of_row] = np.arange(self.of_row.size)
        places = pl.Series(row)
        known = pl.select(pl.when(places >= 0).then(places)).to_series()
        return rows.select(pl.all().gather(known))

    def lineage(self, *columns: str) -> pl.DataFrame:
        """Columns of the lineage table, with `id` and `roots` as nodes."""
        stored = ["root_nodes" if column == "roots" else column for column in columns if column != "id"]
        rows = self.walked.select(stored).collect()
        rows = rows.rename({"root_nodes": "roots"}) if "root_nodes" in stored else rows
        return rows.insert_column(0, pl.Series("id", np.arange(rows.height), dtype=NODE))

    def edges(self, *, declared: bool = False, columns: tuple[str, ...] = ()) -> pl.DataFrame:
        """`child, parent` as nodes, and further columns of the table of edges."""
        kept = pl.col("evidence") == "declared" if declared else pl.lit(True)
        ends = {"child": pl.col("child_node"), "parent": pl.col("parent_node")}
        return self.linked.filter(kept).select(*columns, **ends).collect().select("child", "parent", *columns)

    def identity(self, directory: Path) -> pl.DataFrame:
        """`id, organisation, country, family` of every node, in order; the models table knows its own."""
        known = ("organisation", "country", "family")
        inside = self.models(*known)
        outside = np.ones(self.ids.len(), dtype=bool)
        outside[self.of_row] = False
        rest = self.ids.filter(pl.Series(outside)).to_frame("id")
        told = rest.join(identify(rest, directory).collect(), on="id", how="left", maintain_order="left")
        source = np.empty(self.ids.len(), dtype=np.int64)
        source[self.of_row] = np.arange(self.of_row.size)
        source[outside] = self.of_row.size + np.arange(rest.height)
        both = pl.concat([inside.select(known), told.select(known)])
        return both[source].insert_column(0, pl.Series("id", np.arange(self.ids.len()), dtype=NODE))
