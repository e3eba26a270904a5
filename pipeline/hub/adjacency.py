"""Who is next to whom in a graph: the neighbours of every node, in one array."""

from dataclasses import dataclass

import numpy as np

from pipeline.hub.arrays import Ints, halves, packed, ranges


@dataclass(frozen=True)
class Adjacency:
    """Neighbours in compressed rows: those of node i are `targets[starts[i]:starts[i + 1]]`."""

    starts: Ints
    targets: Ints

    @classmethod
    def of(cls, n: int, sources: Ints, targets: Ints) -> "Adjacency":
        """Rows of `n` nodes from edges in any order; neighbours are sorted."""
        return cls.sorted(n, *halves(np.sort(packed(sources, targets))))

    @classmethod
    def sorted(cls, n: int, sources: Ints, targets: Ints) -> "Adjacency":
        """The same from edges that are sorted by source."""
        starts = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(sources, minlength=n), out=starts[1:])
        return cls(starts, targets)

    def degrees(self) -> Ints:
        """Number of neighbours of every node."""
        return np.diff(self.starts)

    def row(self, node: int) -> Ints:
        """Neighbours of one node."""
        return self.targets[self.starts[node] : self.starts[node + 1]]

    def rows(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Neighbours of many nodes, and for each the place in `nodes` of the node whose neighbour it is."""
        return self.neighbours(nodes), np.repeat(np.arange(nodes.size), self.starts[nodes + 1] - self.starts[nodes])

    def neighbours(self, nodes: Ints) -> Ints:
        """Neighbours of many nodes, in the order of `nodes`."""
        starts = self.starts[nodes]
        return self.targets[ranges(starts, self.starts[nodes + 1] - starts)]
