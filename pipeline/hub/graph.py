"""The lineage graph as arrays: components, depth, roots, ancestors and descendants, level by level.

Nodes are integers, edges go from child to parent. Method:

1. Nodes are put in levels by the length of their longest path to a root. What is left lies on a cycle or below one:
   the members of a cycle (a strongly connected component) become one component, its smallest node stands for it, and
   the components that are left are put in levels like the others.
2. A component with one parent has the roots of that parent. So only roots and merges (components with several
   parents) have a set of roots of their own; every other component points to the one whose set it shares, its *head*.
   Cut at the merges, the graph is a forest, and a head is the top of a tree.
3. The ancestors of a merge are an explicit set, made level by level: the paths from its parents up to their heads,
   and the sets of those heads that are merges themselves. Any other component has the ancestors of its head and the
   path up to it.
4. Descendants: sizes of subtrees are added up the forest level by level; the subtree of a merge is then added once
   to each of its ancestors.
5. Credit over several roots (`shares`): `by_roots` gives each root of a component the same part; `by_paths` splits a
   component's credit equally over its parents, theirs over their parents, and so on, so that a root that is reached by
   more paths gets more.

What it buys: on the benchmark's snapshot of 3 million repositories (2.1 million edges, 13.7 million pairs of a
repository and an ancestor) all of it takes 0.8 s of CPU time. Joining polars frames of (child, ancestor) until nothing
new comes takes 25 s for the ancestors alone.

Drawback: cost follows the number of edges plus the number of (merge, ancestor) pairs, so a snapshot made of merges of
merges would be slow. On the Hub one model in a hundred is a merge, in the benchmark six.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.hub.adjacency import Adjacency
from pipeline.hub.arrays import Floats, Ints, Words, halves, packed, ranges, starts_of_runs, unique
from pipeline.hub.cycles import strong_components


@dataclass(frozen=True)
class Level:
    """The components of one level below the roots, those with one parent apart from the merges."""

    single: Ints  # components with one parent
    single_parent: Ints  # the parent of each
    merges: Ints  # components with several parents
    merge_parents: Ints  # the parents of all merges, those of one merge together
    merge_of: Ints  # the merge that each of `merge_parents` is a parent of
    merge_starts: Ints  # where the parents of each merge begin

    @classmethod
    def of(cls, components: Ints, parents: Adjacency) -> "Level":
        """Look up the parents of the components of a level."""
        n_parents = parents.starts[components + 1] - parents.starts[components]
        single, merges = components[n_parents == 1], components[n_parents > 1]
        merge_parents, place = parents.rows(merges)
        counts = n_parents[n_parents > 1]
        return cls(
            single=single,
            single_parent=parents.targets[parents.starts[single]],
            merges=merges,
            merge_parents=merge_parents,
            merge_of=merges[place],
            merge_starts=np.cumsum(counts) - counts,
        )


@dataclass(frozen=True)
class Layers:
    """The graph with its cycles condensed, in levels."""

    component: Ints  # of every node: the smallest node of its component
    size: Ints  # nodes in each component; 0 for a node that stands for none
    components: list[Ints]  # the components of each level, roots first
    parents: Adjacency  # parent components of every component, distinct, without loops, sorted
    levels: list[Level]  # the levels below the roots


@dataclass(frozen=True)
class Rooted(Layers):
    """The roots of every node: those of node i are `roots.row(head[i])`."""

    head: Ints  # of every node: the component whose roots it shares, a root or a merge
    roots: Adjacency  # of every head: its roots, sorted

    @property
    def n_roots(self) -> Ints:
        """Number of roots of every node."""
        return self.roots.degrees()[self.head]


@dataclass(frozen=True)
class Walk(Rooted):
    """Depth and numbers of ancestors and descendants of every node."""

    depth: Ints  # edges on the longest path to a root, cycles condensed
    n_ancestors: Ints
    n_descendants: Ints


def walk(n: int, child: Ints, parent: Ints) -> Walk:
    """Walk a graph of `n` nodes. Loops and repeated edges are allowed and ignored."""
    return walked(layered(n, *distinct(child, parent)))


def distinct(child: Ints, parent: Ints) -> tuple[Ints, Ints]:
    """Edges without loops and repetitions, sorted by child, then parent."""
    is_edge = child != parent
    return halves(unique(packed(child[is_edge], parent[is_edge])))


def condense(n: int, child: Ints, parent: Ints) -> Ints:
    """For each node the smallest node of its component; itself where it lies on no cycle.

    Edges come as `distinct` gives them. First it takes away, from the leaves upward, every node that neither lies on a
    cycle nor has one below it.
    """
    _, left = _levels(Adjacency.sorted(n, child, parent))  # upside down: parents in the place of children
    component = np.arange(n)
    component[left] = left[strong_components(Adjacency.sorted(left.size, *_among(left, n, child, parent)))]
    return component


def layered(n: int, child: Ints, parent: Ints) -> Layers:
    """Put a graph of `n` nodes in levels, its cycles condensed. Edges come as `distinct` gives them."""
    parents = Adjacency.sorted(n, child, parent)
    levels, left = _levels(Adjacency.of(n, parent, child))
    component = np.arange(n)
    if left.size:
        component[left] = left[condense(left.size, *_among(left, n, child, parent))]
        child, parent = distinct(component[child], component[parent])
        parents = Adjacency.sorted(n, child, parent)
        rest = left[component[left] == left]
        child, parent = _among(rest, n, child, parent)
        levels = _with_the_rest(levels, rest, parents, Adjacency.of(rest.size, parent, child))
    size = np.bincount(component, minlength=n)
    return Layers(component, size, levels, parents, [Level.of(level, parents) for level in levels[1:]])


def rooted(layers: Layers) -> Rooted:
    """The roots of every node, from the roots downward."""
    head = np.arange(layers.component.size)
    sets = _Sets(head.size)
    if layers.components:
        sets.add(packed(layers.components[0], layers.components[0]))
    for level in layers.levels:
        head[level.single] = head[level.single_parent]
        if level.merges.size:
            heads = unique(packed(level.merge_of, head[level.merge_parents]))
            sets.add(unique(sets.members_of(heads)))
    roots = Adjacency.sorted(head.size, *halves(np.sort(sets.pairs())))
    return Rooted(**vars(layers), head=head[layers.component], roots=roots)


def walked(layers: Layers) -> Walk:
    """Depth, roots and the numbers of ancestors and descendants of every node."""
    component, size = layers.component, layers.size
    with_roots = rooted(layers)
    depth = np.zeros(component.size, dtype=np.int64)
    below_head = np.zeros(component.size, dtype=np.int64)  # nodes on the path up to the head, the head among them
    for number, level in enumerate(layers.levels, start=1):
        depth[layers.components[number]] = number
        below_head[level.single] = below_head[level.single_parent] + size[level.single_parent]
    only_parent = _only_parents(layers.parents)
    merge, ancestor = halves(_ancestors_of_merges(layers.levels, only_parent, with_roots.head))
    above = _sums(component.size, merge, size[ancestor])
    below = _below(layers.components, only_parent, size, merge, ancestor)
    others = size[component] - 1  # of a cycle, each of which is above and below
    return Walk(
        **vars(with_roots),
        depth=depth[component],
        n_ancestors=above[with_roots.head] + below_head[component] + others,
        n_descendants=below[component] + others,
    )


def shares(graph: Rooted, *, by_paths: bool) -> Floats:
    """Each root's share of a head's credit, beside `graph.roots.targets`; the shares of a head sum to 1."""
    n_roots = graph.roots.degrees()
    if not by_paths:
        return np.repeat(1 / np.maximum(n_roots, 1), n_roots)
    pairs = packed(np.repeat(np.arange(n_roots.size), n_roots), graph.roots.targets)
    share = np.repeat((n_roots == 1).astype(np.float64), n_roots)
    for level in graph.levels:
        merges = level.merges[n_roots[level.merges] > 1]
        if merges.size:
            parents, place = graph.parents.rows(merges)
            part = 1 / graph.parents.degrees()[merges]
            heads = graph.head[parents]
            of_parents = ranges(graph.roots.starts[heads], n_roots[heads])
            merge = merges[place].repeat(n_roots[heads])
            into = np.searchsorted(pairs, packed(merge, graph.roots.targets[of_parents]))
            np.add.at(share, into, share[of_parents] * part[place].repeat(n_roots[heads]))
    return share


def union_with_ancestors(layers: Layers, sets: Words) -> Words:
    """For each node the union of its own set and those of all its ancestors. sets: one column a node."""
    return np.array([_with_ancestors(layers, word) for word in sets])


def union_of_ancestors(layers: Layers, sets: Words) -> Words:
    """For each node the union of the sets of all its ancestors, its own left out. sets: one column a node.

    On a cycle every other member is an ancestor.
    """
    return np.array([_of_ancestors(layers, word) for word in sets])


# ----------------------------------------------------------------------------------- steps of it


def _with_ancestors(layers: Layers, word: Words) -> Words:
    """`union_with_ancestors` of one row of the sets: numpy looks up places in one row far faster than columns."""
    union = word.copy()
    cyclic = _cyclic(layers)
    np.bitwise_or.at(union, layers.component[cyclic], word[cyclic])
    for level in layers.levels:
        union[level.single] |= union[level.single_parent]
        if level.merges.size:
            union[level.merges] |= np.bitwise_or.reduceat(union[level.merge_parents], level.merge_starts)
    union[cyclic] = union[layers.component[cyclic]]
    return union


def _of_ancestors(layers: Layers, word: Words) -> Words:
    """`union_of_ancestors` of one row of the sets."""
    union, above = _with_ancestors(layers, word), np.zeros_like(word)
    for level in layers.levels:
        above[level.single] = union[level.single_parent]
        if level.merges.size:
            above[level.merges] = np.bitwise_or.reduceat(union[level.merge_parents], level.merge_starts)
    cyclic = _cyclic(layers)
    above[cyclic] = above[layers.component[cyclic]]
    by_cycle = cyclic[np.argsort(layers.component[cyclic], kind="stable")]
    for members in np.split(by_cycle, starts_of_runs(layers.component[by_cycle])[1:]):
        above[members] |= _of_the_others(word[members])
    return above


def _of_the_others(sets: Words) -> Words:
    """For each set the union of all others: of those before it and those after it."""
    union = np.zeros_like(sets)
    union[1:] = np.bitwise_or.accumulate(sets[:-1])
    union[:-1] |= np.bitwise_or.accumulate(sets[:0:-1])[::-1]
    return union


def _cyclic(layers: Layers) -> Ints:
    """Nodes that lie on a cycle."""
    return np.flatnonzero(layers.size[layers.component] > 1)


def _sums(n: int, places: Ints, values: Ints) -> Ints:
    """Sum of the values by place (exact: counts are far below 2**53)."""
    return np.bincount(places, weights=values, minlength=n).astype(np.int64)


def _levels(children: Adjacency) -> tuple[list[Ints], Ints]:
    """Nodes by the length of their longest path to a root, and those that are in no level: on a cycle, or below one."""
    n_missing = np.bincount(children.targets, minlength=children.starts.size - 1)  # parents that are in no level yet
    front = np.flatnonzero(n_missing == 0)
    levels = []
    while front.size:
        levels.append(front)
        below = children.neighbours(front)
        np.subtract.at(n_missing, below, 1)
        front = unique(below[n_missing[below] == 0])
    return levels, np.flatnonzero(n_missing)


def _with_the_rest(levels: list[Ints], rest: Ints, parents: Adjacency, children: Adjacency) -> list[Ints]:
    """The levels with the components of `rest` in them, each a level below its deepest parent, if it has any.

    parents: of all components; children: among the rest, by their places in it.
    """
    depth = np.zeros(parents.starts.size - 1, dtype=np.int64)
    for number, level in enumerate(levels):
        depth[level] = number
    for places in _levels(children)[0]:  # parents first
        above, place = parents.rows(rest[places])
        np.maximum.at(depth, rest[places][place], depth[above] + 1)
    components = np.concatenate([*levels, rest])
    depths, components = halves(np.sort(packed(depth[components], components)))
    return np.split(components, starts_of_runs(depths)[1:])


def _among(nodes: Ints, n: int, child: Ints, parent: Ints) -> tuple[Ints, Ints]:
    """Edges of a graph of `n` nodes that lie among some, both ends as places among these."""
    place = np.full(n, -1)
    place[nodes] = np.arange(nodes.size)
    child, parent = place[child], place[parent]
    is_among = (child >= 0) & (parent >= 0)
    return child[is_among], parent[is_among]


def _only_parents(parents: Adjacency) -> Ints:
    """The parent of each component that has exactly one; -1 for the others."""
    single = np.flatnonzero(parents.degrees() == 1)
    only = np.full(parents.starts.size - 1, -1, dtype=np.int64)
    only[single] = parents.targets[parents.starts[single]]
    return only


class _Sets:
    """Sets of nodes, each with its owner, added level by level, so that those above are there when needed."""

    def __init__(self, n: int) -> None:
        self._first, self._count = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self._added: list[Ints] = []
        self._members, self._size = np.zeros(1024, dtype=np.int64), 0

    def add(self, pairs: Ints) -> None:
        """Add sets as packed pairs of owner and member, sorted."""
        owner, member = halves(pairs)
        while self._size + member.size > self._members.size:
            self._members = np.concatenate([self._members, np.zeros_like(self._members)])
        self._members[self._size : self._size + member.size] = member
        starts = starts_of_runs(owner)
        self._first[owner[starts]] = self._size + starts
        self._count[owner[starts]] = np.diff(starts, append=owner.size)
        self._added.append(pairs)
        self._size += member.size

    def members_of(self, pairs: Ints) -> Ints:
        """For packed pairs of a new owner and an old one, the pairs of the new owner and each member of the old set."""
        new, old = halves(pairs)
        count = self._count[old]
        return packed(new.repeat(count), self._members[ranges(self._first[old], count)])

    def pairs(self) -> Ints:
        """Packed pairs of owner and member of all sets, in the order in which they were added."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self._added])


def _ancestors_of_merges(levels: list[Level], only_parent: Ints, head: Ints) -> Ints:
    """Packed pairs of a merge and a component above it, each once."""
    sets = _Sets(head.size)
    for level in levels:
        if level.merges.size:
            heads = unique(packed(level.merge_of, head[level.merge_parents]))
            paths = _paths(level.merge_parents, level.merge_of, only_parent)
            sets.add(unique(np.concatenate([paths, sets.members_of(heads)])))
    return sets.pairs()


def _paths(nodes: Ints, owner: Ints, only_parent: Ints) -> Ints:
    """Packed pairs of an owner and each node on the way from its `nodes` up to their heads, both ends included."""
    found = []
    while nodes.size:
        found.append(unique(packed(owner, nodes)))
        owner, nodes = halves(found[-1])
        nodes = only_parent[nodes]
        owner, nodes = owner[nodes >= 0], nodes[nodes >= 0]
    return np.concatenate(found)


def _below(components: list[Ints], only_parent: Ints, size: Ints, merge: Ints, ancestor: Ints) -> Ints:
    """Nodes below each component, each once. merge, ancestor: every pair of the two."""
    subtree = size.copy()
    for level in reversed(components):
        single = level[only_parent[level] >= 0]
        np.add.at(subtree, only_parent[single], subtree[single])
    return subtree - size + _sums(size.size, ancestor, subtree[merge])
