"""Which groups a repository's ancestors belong to, and how its credit is split over the groups of its roots.

Method
1. `Ancestry.of` takes the repositories that have an edge and puts them in levels, roots first, with the members of a
   cycle condensed to one (`pipeline.hub.graph`). That is done once, for any number of questions.
2. A question gives the groups that repositories stand for (`id, group`: none, one or several rows a repository). A
   group is one bit of a repository's set; level by level, each repository's set takes in those of its parents.
3. Credit: `graph.shares` says how much of a repository's credit each of its roots gets. Repositories that have the
   same roots by the same way share one row of it, so that it is summed by group once for all of them.

Answers are frames of nodes (`pipeline.hub.nodes`), and no bit leaves this file.

What the sets buy, in CPU seconds, beside polars frames of (child, group) that are joined with the edges one step up at
a time until nothing new comes, with the same answers:

| `make bench` | levels, once | a question by sets | a question by joins |
|---|---:|---:|---:|
| Hub-like: 3 million repositories, 2.1 million edges, chains of 20 | 0.6 | 0.08 | 0.5 |
| 300,000 repositories in chains of 500 | 0.08 | 0.02 | 3.4 |

The counts of the stage `derivatives` ask eight questions of two graphs, and need the levels for credit anyway.

Drawback: a set has as many bits as there are groups, for every repository with an edge.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl

from pipeline.hub import graph
from pipeline.hub.arrays import Ints, Words, set_bits
from pipeline.hub.nodes import NODE

CREDIT = 10**11
"""One repository's credit, in whole parts, so that sums do not depend on the order of rows."""

_FINE = 10**15
"""Roots' shares are summed in finer parts, so that three thirds are one."""


@dataclass(frozen=True)
class Ancestry:
    """Repositories that have an edge, with all their ancestors.

    edges: `child, parent` as nodes, and any further columns. Loops and repeated edges are allowed.
    """

    edges: pl.DataFrame
    _linked: Ints  # nodes that have an edge, in order; the graph's own numbers are places among them
    _place: Ints  # place of each node among them; -1 for a node without an edge
    _child: Ints  # places of the children of `edges`
    _parent: Ints
    _layers: graph.Layers

    @classmethod
    def of(cls, edges: pl.DataFrame) -> "Ancestry":
        """Put the repositories of these edges in levels."""
        child, parent = (edges[side].to_numpy().astype(np.int64) for side in ("child", "parent"))
        place = np.full(1 + max(child.max(initial=-1), parent.max(initial=-1)), -1, dtype=np.int64)
        place[child] = 0
        place[parent] = 0
        linked = np.flatnonzero(place == 0)
        place[linked] = np.arange(linked.size)
        child, parent = place[child], place[parent]
        return cls(edges, linked, place, child, parent, graph.layered(linked.size, *graph.distinct(child, parent)))

    @cached_property
    def children(self) -> pl.Series:
        """Nodes of the repositories that have a parent, each once, in order."""
        return pl.Series("child", self._linked[self._with_parent], dtype=NODE)

    def groups_above(self, groups: pl.DataFrame) -> pl.DataFrame:
        """`child, group`, each once: every group that an ancestor of the child stands for.

        groups: `id, group`, several rows an id allowed, nulls ignored. Members of a cycle are each other's ancestors,
        none is its own.
        """
        names, sets = self._sets(groups)
        rows, bits = set_bits(graph.union_of_ancestors(self._layers, sets).take(self._with_parent, axis=1))
        return pl.DataFrame({"child": self.children.gather(rows), "group": names.gather(bits)})

    def groups_along_edges(self, groups: pl.DataFrame) -> pl.DataFrame:
        """`edges` without their parents, with `group`: a row for each group that the parent or one above it stands for.

        groups: as for `groups_above`. A member of a cycle reaches its own group by way of the cycle.
        """
        names, sets = self._sets(groups)
        rows, bits = set_bits(graph.union_with_ancestors(self._layers, sets).take(self._parent, axis=1))
        return self.edges.drop("parent").select(pl.all().gather(rows)).with_columns(names.gather(bits).alias("group"))

    def split_credit(
        self, pairs: pl.DataFrame, groups: pl.DataFrame, rule: Literal["by_roots", "by_paths"]
    ) -> pl.DataFrame:
        """The pairs with `credit`: how much of the child's credit goes to the group, in parts of `CREDIT`.

        pairs: `child, group` and any other columns; every child has a parent here. groups: as for `groups_above`, of
        the pairs' dtype. rule: each root of a child gets the same part, or as much as the paths that lead to it. A pair
        whose group has no root is left out. The credit of a root without a group goes to nobody.
        """
        of_groups = (
            self._shares.select("head", "root", share=rule)
            .join(groups.drop_nulls(), left_on="root", right_on="id")
            .group_by("head", "group")
            .agg((pl.col("share") * _FINE).round().cast(pl.Int64).sum())
            .select("head", "group", credit=(pl.col("share") / (_FINE // CREDIT)).round().cast(pl.Int64))
        )
        head = pl.Series("head", self._rooted.head[self._place[pairs["child"].to_numpy()]])
        return pairs.with_columns(head).join(of_groups, on=["head", "group"]).drop("head")

    @cached_property
    def _with_parent(self) -> Ints:
        """Places of the repositories that have a parent."""
        return np.flatnonzero(np.bincount(self._child, minlength=self._linked.size))

    @cached_property
    def _rooted(self) -> graph.Rooted:
        return graph.rooted(self._layers)

    @cached_property
    def _shares(self) -> pl.DataFrame:
        """`head, root, by_roots, by_paths`: a root's share of the credit of all that have the roots of this head.

        head: place of a root or of a repository with several parents; all that are below it and above the next such
        have its roots. root: node.
        """
        roots = self._rooted.roots
        return pl.DataFrame(
            {
                "head": np.repeat(np.arange(roots.starts.size - 1), roots.degrees()),
                "root": pl.Series(self._linked[roots.targets], dtype=NODE),
                "by_roots": graph.shares(self._rooted, by_paths=False),
                "by_paths": graph.shares(self._rooted, by_paths=True),
            }
        )

    def _sets(self, groups: pl.DataFrame) -> tuple[pl.Series, Words]:
        """The groups in order, and for each repository with an edge the bits of those that it stands for."""
        named = groups.drop_nulls()
        named = named.filter(pl.col("id") < self._place.size)
        named = named.filter(pl.Series(self._place[named["id"].to_numpy()] >= 0))
        names = named["group"].unique().sort()
        numbered = named.join(names.to_frame().with_row_index("bit"), on="group")
        place, bit = self._place[numbered["id"].to_numpy()], numbered["bit"].to_numpy()
        sets = np.zeros((names.len() // 64 + 1, self._linked.size), dtype=np.uint64)
        for row, word in enumerate(sets):
            is_here = bit // 64 == row
            np.bitwise_or.at(word, place[is_here], np.uint64(1) << (bit[is_here] % 64).astype(np.uint64))
        return names, sets
