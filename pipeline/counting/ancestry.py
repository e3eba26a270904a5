"""Who stands above whom, for any number of questions: by group, with each group’s own releases told apart."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.counting import pairs as pairing
from pipeline.counting.credit import parents
from pipeline.hub import graph
from pipeline.hub.nodes import NODE, Nodes

GROUP = pl.Categorical()
"""Names of groups, as numbers: pairs of millions of repositories with a group hold few names."""


@dataclass(frozen=True)
class Ancestry:
    """The declared graph, laid out once, for any number of questions about who stands above whom."""

    linked: graph.Ints  # nodes that have an edge, in order; the graph's own numbers are places among them
    children: graph.Ints  # places of those that have a parent
    layers: graph.Layers

    @classmethod
    def of(cls, edges: pl.DataFrame) -> "Ancestry":
        """The graph of these edges (`child, parent`, as nodes)."""
        child, parent = (edges[side].to_numpy().astype(np.int64) for side in ("child", "parent"))
        n = 1 + max(child.max(initial=0), parent.max(initial=0))
        linked, child, parent = pairing.linked_only(n, child, parent)
        layers = graph.layered(linked.size, *graph.distinct(child, parent))
        return cls(linked, np.flatnonzero(np.bincount(child, minlength=linked.size)), layers)

    @property
    def declaring(self) -> pl.Series:
        """Repositories that declare a parent."""
        return pl.Series("child", self.linked[self.children], dtype=NODE)

    def reached(self, holds: pl.DataFrame) -> pl.DataFrame:
        """`child, group`, each once: every group that an ancestor holds (`id, group`, several rows an id allowed)."""
        held = holds.drop_nulls()
        held = held.filter(pl.Series(graph.contained(held["id"].to_numpy(), self.linked)))
        names = held["group"].unique().sort()
        numbers = pl.DataFrame({"group": names, "place": np.arange(names.len())})
        held = held.join(numbers, on="group")
        places = held["place"].to_numpy()
        bits = np.zeros((self.linked.size, max(names.len() - 1, 0) // 64 + 1), dtype=np.uint64)
        flags = np.uint64(1) << (places % 64).astype(np.uint64)
        np.bitwise_or.at(bits, (np.searchsorted(self.linked, held["id"].to_numpy()), places // 64), flags)
        rows, found = graph.set_bits(graph.spread(self.layers, bits)[self.children])
        return pl.DataFrame({"child": self.declaring.gather(rows), "group": names.gather(found)})


def families(nodes: Nodes, directory: Path, grouping: str = "family") -> pl.DataFrame:
    """`id, group`: the family (or organisation) of every node, in order; null where the register knows none."""
    return nodes.identity(directory).select("id", group=pl.col(grouping).cast(GROUP))


def holders(ledger: pl.DataFrame) -> pl.DataFrame:
    """`parents` of the ledger, with groups as in `families`."""
    return parents(ledger).with_columns(pl.col("teacher_group", "base_group").cast(GROUP))


def without_own(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Pairs without those of a family's own releases with their family."""
    own = groups.drop_nulls().rename({"id": "child"})
    return pairs.join(own, on=["child", "group"], how="anti")
