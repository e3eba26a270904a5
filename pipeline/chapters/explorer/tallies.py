"""How many children a model, a family or an uploader has, by relation and by month: counted once, by parent."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.chapters.explorer.graph import Graph


@dataclass(frozen=True)
class Children:
    """Children counted by parent, so that those of a group are sums, in which each child counts once.

    alone: `parent, relation, month, children`, of children that name no other parent. others: `parent, child, relation,
    month`, a row a link.
    """

    alone: pl.DataFrame
    others: pl.DataFrame

    @classmethod
    def of(cls, graph: Graph) -> "Children":
        """All children of the links."""
        child = graph.links["child"]
        is_alone = pl.Series(np.bincount(child.to_numpy(), minlength=1) == 1).gather(child)
        alone = graph.links.filter(is_alone).group_by("parent", "relation", "month").agg(children=pl.len())
        return cls(alone, graph.links.filter(~is_alone))

    def of_groups(self, group: pl.Series, *columns: str) -> pl.DataFrame:
        """`group, *columns, children`: the distinct children of each group's models, by these columns.

        group: of every node, null for one without.
        """
        alone, others = (
            part.with_columns(group=group.gather(part["parent"])).drop_nulls(["group", *columns])
            for part in (self.alone, self.others)
        )
        distinct = others.unique(["group", "child", *columns]).with_columns(children=pl.lit(1, pl.UInt32))
        rows = pl.concat(part.select("group", *columns, "children") for part in (alone, distinct))
        return rows.group_by("group", *columns).agg(pl.col("children").sum())


def tallies(children: Children, group: pl.Series) -> pl.DataFrame:
    """`group, relations, months` as lists of structs; group: as in `Children.of_groups`."""
    by_relation, by_month = (_tally(children, group, column) for column in ("relation", "month"))
    return by_relation.join(by_month, on="group", how="left")


def _tally(children: Children, group: pl.Series, column: str) -> pl.DataFrame:
    """`group, <column>s`: how many children of a group have each value of the column, in order of the values."""
    return (
        children.of_groups(group, column)
        .sort("group", column)
        .group_by("group", maintain_order=True)
        .agg(pl.struct(column, "children").alias(f"{column}s"))
    )
