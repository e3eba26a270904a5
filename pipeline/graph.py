"""The lineage graph as arrays: one pass gives depth, roots, ancestors and descendants.

Nodes are integers, edges go from child to parent. Method:

1. Nodes are taken off from the roots downward, then what is left from the leaves upward, so that a
   component search (Tarjan) runs only on the small cyclic core; each cycle becomes one component,
   and its smallest node stands for it.
2. Components are walked level by level. A node with one parent shares its parent's root set and has
   its parent's ancestors plus one; explicit sets are kept only at merges, where paths join again.
3. Descendants: cut at the merges, the graph is a forest, whose subtree sizes are pushed up level by
   level. Each merge's subtree is then added once to every distinct ancestor of the merge.

Cost follows the number of edges plus the number of (merge, ancestor) pairs; nothing closes the whole
graph. Drawback: a snapshot made of merges of merges would be slow; the Hub has one in twenty.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Adjacency:
    """Neighbours in compressed rows: those of node i are `targets[starts[i]:starts[i + 1]]`."""

    starts: Ints
    targets: Ints

    @classmethod
    def of(cls, n: int, sources: Ints, targets: Ints) -> "Adjacency":
        """Rows by source; the order inside a row follows the order of the input."""
        order = np.argsort(sources, kind="stable")
        starts = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(sources, minlength=n), out=starts[1:])
        return cls(starts, targets[order])

    def degrees(self) -> Ints:
        """Number of neighbours per node."""
        return np.diff(self.starts)

    def row(self, node: int) -> Ints:
        """Neighbours of one node."""
        return self.targets[self.starts[node] : self.starts[node + 1]]

    def rows(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Neighbours of many nodes, and for each the node it belongs to."""
        counts = self.starts[nodes + 1] - self.starts[nodes]
        owners = np.repeat(nodes, counts)
        ends = np.cumsum(counts)
        offsets = np.arange(owners.size) - np.repeat(ends - counts, counts)
        return self.targets[np.repeat(self.starts[nodes], counts) + offsets], owners


@dataclass(frozen=True)
class Walk:
    """What one pass over the graph tells of every node."""

    component: Ints  # node that stands for the node's cycle; itself where there is none
    depth: Ints  # longest path to a root, cycles condensed
    n_ancestors: Ints
    n_descendants: Ints
    root_set: Ints  # index into root_sets
    root_sets: list[tuple[int, ...]]  # sorted components without parents
    levels: list[Ints]  # components by depth
    edges: tuple[Ints, Ints]  # child and parent components, distinct, no loops


def walk(n: int, child: Ints, parent: Ints) -> Walk:
    """Walk a graph of `n` nodes. Self-loops and repeated edges are allowed and ignored."""
    component = condense(n, child, parent)
    child, parent = distinct(n, component[child], component[parent])
    parents, children = Adjacency.of(n, child, parent), Adjacency.of(n, parent, child)
    members = np.bincount(component, minlength=n)
    levels = _levels(np.flatnonzero(members > 0), parents, children)

    n_parents = parents.degrees()
    depth = np.zeros(n, dtype=np.int64)
    above = np.zeros(n, dtype=np.int64)  # nodes above a component
    head = np.arange(n)  # where the forest is cut: a root or a merge
    root_set = np.arange(n)
    root_sets: list[tuple[int, ...]] = []
    index_of: dict[tuple[int, ...], int] = {}
    ancestors: dict[int, set[int]] = {}
    only_parent = np.full(n, -1, dtype=np.int64)

    for level, nodes in enumerate(levels):
        depth[nodes] = level
        single = nodes[n_parents[nodes] == 1]
        if single.size:
            up = parents.targets[parents.starts[single]]
            only_parent[single] = up
            head[single] = head[up]
            root_set[single] = root_set[up]
            above[single] = above[up] + members[up]
        for node in nodes[n_parents[nodes] != 1].tolist():
            ups = parents.row(node).tolist()
            over = _union_above(ups, only_parent, ancestors)
            ancestors[node] = over
            above[node] = int(members[list(over)].sum()) if over else 0
            key = tuple(sorted({root for up in ups for root in root_sets[root_set[up]]})) if ups else (node,)
            if key not in index_of:
                index_of[key] = len(root_sets)
                root_sets.append(key)
            root_set[node] = index_of[key]

    below = _descendants(levels, n_parents, only_parent, ancestors, members)
    own = members[component] - 1
    return Walk(
        component=component,
        depth=depth[component],
        n_ancestors=above[component] + own,
        n_descendants=below[component] + own,
        root_set=root_set[component],
        root_sets=root_sets,
        levels=levels,
        edges=(child, parent),
    )


def distinct(n: int, child: Ints, parent: Ints) -> tuple[Ints, Ints]:
    """Edges without loops and repetitions, sorted by child, then parent."""
    keep = child != parent
    key = np.unique(child[keep] * np.int64(n) + parent[keep])
    return key // n, key % n


def condense(n: int, child: Ints, parent: Ints) -> Ints:
    """For each node the smallest node of its cycle; itself where it lies on none."""
    component = np.arange(n)
    child, parent = distinct(n, child, parent)
    child, parent = _without_ends(n, child, parent)
    if child.size:
        core = np.unique(np.concatenate([child, parent]))
        local = Adjacency.of(core.size, np.searchsorted(core, child), np.searchsorted(core, parent))
        for group in _strongly_connected(local):
            component[core[group]] = core[group].min()
    return component


def spread(walk: Walk, bits: Words) -> Words:
    """For each node the union of the bits of all its ancestors, itself left out.

    `bits` has one row per node and one column per 64 groups. On a cycle every other member is an
    ancestor.
    """
    n, width = bits.shape
    in_component = np.zeros((n, width), dtype=np.uint64)
    np.bitwise_or.at(in_component, walk.component, bits)
    over = np.zeros((n, width), dtype=np.uint64)
    child, parent = walk.edges
    order = np.argsort(walk.depth[child], kind="stable")
    child, parent = child[order], parent[order]
    bounds = np.searchsorted(walk.depth[child], np.arange(len(walk.levels) + 1))
    for start, end in itertools.pairwise(bounds):
        up = parent[start:end]
        np.bitwise_or.at(over, child[start:end], over[up] | in_component[up])
    above = over[walk.component]
    cyclic = np.flatnonzero(np.bincount(walk.component, minlength=n)[walk.component] > 1)
    for node in cyclic.tolist():
        others = cyclic[(walk.component[cyclic] == walk.component[node]) & (cyclic != node)]
        above[node] |= np.bitwise_or.reduce(bits[others], axis=0)
    return above


def _levels(nodes: Ints, parents: Adjacency, children: Adjacency) -> list[Ints]:
    """Nodes of an acyclic graph by the length of their longest path to a root."""
    waiting = parents.degrees().copy()
    front = nodes[waiting[nodes] == 0]
    levels = []
    while front.size:
        levels.append(front)
        front = _released(front, children, waiting)
    return levels


def _released(front: Ints, neighbours: Adjacency, waiting: Ints) -> Ints:
    """Nodes that wait for nobody once `front` is gone; counts down `waiting`."""
    reached, _ = neighbours.rows(front)
    nodes, counts = np.unique(reached, return_counts=True)
    waiting[nodes] -= counts
    return nodes[waiting[nodes] == 0]


def _without_ends(n: int, child: Ints, parent: Ints) -> tuple[Ints, Ints]:
    """Edges that may lie on a cycle: nothing above or below all cycles is left."""
    for _ in range(2):
        above = np.zeros(n, dtype=bool)
        for level in _levels(np.arange(n), Adjacency.of(n, child, parent), Adjacency.of(n, parent, child)):
            above[level] = True
        keep = ~(above[child] | above[parent])
        child, parent = parent[keep], child[keep]  # turned round: the second time from below
    return child, parent


def _strongly_connected(graph: Adjacency) -> list[list[int]]:
    """Components with two nodes or more (Tarjan, without recursion)."""
    n = graph.starts.size - 1
    index = [-1] * n
    low = [0] * n
    on_stack = [False] * n
    stack: list[int] = []
    found: list[list[int]] = []
    counter = 0
    for start in range(n):
        if index[start] >= 0:
            continue
        work = [(start, iter(graph.row(start).tolist()))]
        index[start] = low[start] = counter
        counter += 1
        stack.append(start)
        on_stack[start] = True
        while work:
            node, neighbours = work[-1]
            for other in neighbours:
                if index[other] < 0:
                    index[other] = low[other] = counter
                    counter += 1
                    stack.append(other)
                    on_stack[other] = True
                    work.append((other, iter(graph.row(other).tolist())))
                    break
                if on_stack[other]:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = []
                    while True:
                        member = stack.pop()
                        on_stack[member] = False
                        group.append(member)
                        if member == node:
                            break
                    if len(group) > 1:
                        found.append(group)
    return found


def _union_above(ups: list[int], only_parent: Ints, ancestors: dict[int, set[int]]) -> set[int]:
    """Every component above a merge: along each parent's chain to its head, then the head's own set."""
    over: set[int] = set()
    for up in ups:
        node = up
        while node not in over:
            over.add(node)
            if only_parent[node] < 0:
                over |= ancestors[node]
                break
            node = int(only_parent[node])
    return over


def _descendants(
    levels: list[Ints], n_parents: Ints, only_parent: Ints, ancestors: dict[int, set[int]], members: Ints
) -> Ints:
    """Nodes below each component, each once."""
    size = members.copy()
    for nodes in reversed(levels):
        single = nodes[n_parents[nodes] == 1]
        np.add.at(size, only_parent[single], size[single])
    below = size - members
    for merge, over in ancestors.items():
        if over:
            below[list(over)] += size[merge]
    return below
