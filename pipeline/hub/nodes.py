"""Repositories as numbers (*nodes*), for stages that join millions of them.

Joins, sorts and groups of integers are several times faster than those of ids, which are texts, and take less memory.
So tables are read with nodes in the place of ids, and ids come back for the few rows that are shown.

A repository's node is its row in the table of lineage, which is in the order of ids and has ghosts too. Repositories
that only inferred edges know follow after its end, and after those the names that only the register knows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.hub.arrays import Ints
from pipeline.hub.names import places, searched
from pipeline.register.lookup.identity import identify

NODE = pl.UInt32


@dataclass(frozen=True)
class Nodes:
    """Names by node, and the core tables with nodes in the place of ids.

    ids: id of each node; sorted as far as `n_lineage`, the number of rows of the table of lineage.
    of_row: node of each row of the table of models.
    model_rows, lineage_rows, edge_rows: the core tables, read when their columns are asked for.
    """

    ids: pl.Series
    n_lineage: int
    of_row: Ints
    model_rows: pl.LazyFrame
    lineage_rows: pl.LazyFrame
    edge_rows: pl.LazyFrame

    @classmethod
    def load(cls, paths: Paths, named: Iterable[pl.Series] = ()) -> "Nodes":
        """The core tables as the stage `hub` wrote them, and names of the register (`named`)."""
        models, lineage, edges = (
            tables.scan(paths.core / f"{name}.parquet") for name in ("models", "lineage", "edges")
        )
        return cls.of(models, lineage, edges, named)

    @classmethod
    def of(
        cls, models: pl.LazyFrame, lineage: pl.LazyFrame, edges: pl.LazyFrame, named: Iterable[pl.Series] = ()
    ) -> "Nodes":
        """Number the names of the snapshot, of ghosts, of inferred edges and of the register (`named`), each once."""
        in_lineage = lineage.select("id", "in_snapshot").collect()
        after_end = [
            edges.select(id=side, node=f"{side}_node").filter(pl.col("node") >= in_lineage.height)
            for side in ("child", "parent")
        ]
        inferred = pl.concat(after_end).collect().unique().sort("node")
        ids = pl.concat([in_lineage["id"], inferred["id"]])
        registered = pl.concat([pl.Series("id", [], dtype=pl.String), *(part.alias("id") for part in named)])
        names = registered.drop_nulls().unique().sort()
        is_known = searched(names, in_lineage["id"]).is_not_null() | names.is_in(inferred["id"].implode())
        of_row = np.flatnonzero(in_lineage["in_snapshot"].to_numpy())
        return cls(pl.concat([ids, names.filter(~is_known)]), in_lineage.height, of_row, models, lineage, edges)

    def find(self, names: pl.Series) -> pl.Series:
        """Nodes of a few names; null for one that has none."""
        in_lineage = searched(names, self.ids.head(self.n_lineage))
        others = places(names, self.ids.slice(self.n_lineage)) + self.n_lineage
        return pl.select(pl.coalesce(in_lineage, others).cast(NODE)).to_series()

    def names(self, nodes: pl.Series) -> pl.Series:
        """Ids of nodes, null for null."""
        return self.ids.gather(nodes)

    def with_nodes(self, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """A small frame with nodes in the place of the ids in these columns."""
        return frame.with_columns(self.find(frame[column]).alias(column) for column in columns)

    def models(self, *columns: str | pl.Expr, **named: pl.Expr) -> pl.DataFrame:
        """Columns of the table of models, with `id` as node."""
        rows = self.model_rows.select(*columns, **named).collect()
        return rows.insert_column(0, pl.Series("id", self.of_row, dtype=NODE))

    def of_every_node(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of the table of models by node, null for those that are not in the snapshot."""
        row = np.full(self.ids.len(), -1, dtype=np.int64)
        row[self.of_row] = np.arange(self.of_row.size)
        row_or_null = pl.Series(row).to_frame("row").select(pl.when(pl.col("row") >= 0).then("row")).to_series()
        return rows.select(pl.all().gather(row_or_null))

    def lineage(self, *columns: str) -> pl.DataFrame:
        """Columns of the lineage table, with `id` and `roots` as nodes."""
        as_nodes = {"roots": pl.col("root_nodes").alias("roots")}
        rows = self.lineage_rows.select(as_nodes.get(column, column) for column in columns if column != "id").collect()
        return rows.insert_column(0, pl.Series("id", np.arange(rows.height), dtype=NODE))

    def edges(self, *, declared: bool = False, columns: tuple[str | pl.Expr, ...] = ()) -> pl.DataFrame:
        """`child, parent` as nodes, and further columns of the table of edges."""
        edges = self.edge_rows.filter(pl.col("evidence") == "declared") if declared else self.edge_rows
        return edges.select(
            pl.col("child_node").alias("child"), pl.col("parent_node").alias("parent"), *columns
        ).collect()

    def identity(self, directory: Path, *only: str) -> pl.DataFrame:
        """`id, organisation, country, family` (or those asked for) of every node, in order. directory: the register.

        The table of models has them for its rows; those of ghosts and other names are looked up.
        """
        columns = only or ("organisation", "country", "family")
        of_models = self.models(*columns)
        is_other = np.ones(self.ids.len(), dtype=bool)
        is_other[self.of_row] = False
        others = self.ids.filter(pl.Series(is_other)).to_frame("id")
        of_others = others.join(identify(others, directory).collect(), on="id", how="left", maintain_order="left")
        source = np.empty(self.ids.len(), dtype=np.int64)
        source[self.of_row] = np.arange(self.of_row.size)
        source[is_other] = self.of_row.size + np.arange(others.height)
        together = pl.concat([of_models.select(columns), of_others.select(columns)])
        return together[source].insert_column(0, pl.Series("id", np.arange(self.ids.len()), dtype=NODE))
