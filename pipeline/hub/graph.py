"""The lineage graph as arrays: depth, roots, ancestors and descendants, level by level.

Nodes are integers, edges go from child to parent. Method:

1. Nodes are taken off from the roots downward, then what is left from the leaves upward, so that a
   component search (Tarjan) runs only on the small cyclic core; each cycle becomes one component,
   and its smallest node stands for it.
2. Cut at the merges (components with several parents), the graph is a forest. Inside a tree every
   component shares the roots of the tree's head (a root or a merge), and what lies above it is the
   path to the head and what lies above the head.
3. What lies above a merge is an explicit set, made level by level: the paths from its parents to
   their heads, and the sets of those heads that are merges themselves.
4. Descendants: subtree sizes are pushed up the forest level by level; a merge's subtree is then
   added once to everything above the merge.
5. Credit over several roots (`shares`): `by_roots` gives each root of a component the same part;
   `by_paths` splits a component's credit equally over its parents, theirs over their parents, and so
   on, so that a root that is reached by more paths gets more.

Cost follows the number of edges plus the number of (merge, ancestor) pairs; nothing closes the whole
graph. Drawback: a snapshot made of merges of merges would be slow; on the Hub one model in a hundred
is a merge, in the benchmark six.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Adjacency:
    """Neighbours in compressed rows: those of node i are `targets[starts[i]:starts[i + 1]]`."""

    starts: Ints
    targets: Ints

    @classmethod
    def of(cls, n: int, sources: Ints, targets: Ints) -> "Adjacency":
        """Rows by source, sorted (keys sort faster than places do)."""
        return cls.sorted(n, *halves(np.sort(packed(sources, targets))))

    @classmethod
    def sorted(cls, n: int, sources: Ints, targets: Ints) -> "Adjacency":
        """Rows by source, where `targets` come in the order of their sources already."""
        starts = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(sources, minlength=n), out=starts[1:])
        return cls(starts, targets)

    def degrees(self) -> Ints:
        """Number of neighbours per node."""
        return np.diff(self.starts)

    def row(self, node: int) -> Ints:
        """Neighbours of one node."""
        return self.targets[self.starts[node] : self.starts[node + 1]]

    def rows(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Neighbours of many nodes, and for each the place in `nodes` of the node it belongs to."""
        counts = self.starts[nodes + 1] - self.starts[nodes]
        owners = np.repeat(np.arange(nodes.size), counts)
        return self.targets[_ranges(self.starts[nodes], counts)], owners


@dataclass(frozen=True)
class Layers:
    """The graph with its cycles condensed, level by level."""

    component: Ints  # node that stands for the node's cycle; itself where there is none
    members: Ints  # nodes of each component
    levels: list[Ints]  # components by the length of their longest path to a root
    parents: Adjacency  # parent components of components, distinct, no loops, sorted
    steps: list["Step"]  # the levels below the roots with their parents looked up, for what goes down them


@dataclass(frozen=True)
class Step:
    """The components of a level by whether they have one parent or several."""

    inner: Ints
    up: Ints  # the parent of each of `inner`
    merges: Ints
    over: Ints  # the parents of all merges
    first: Ints  # where those of each merge begin
    owner: Ints  # the merge that each of `over` is a parent of

    @classmethod
    def of(cls, level: Ints, parents: Adjacency) -> "Step":
        """Parents of the components of a level."""
        counts = parents.starts[level + 1] - parents.starts[level]
        inner, merges = level[counts == 1], level[counts > 1]
        over, place = parents.rows(merges)
        several = counts[counts > 1]
        up = parents.targets[parents.starts[inner]]
        return cls(inner, up, merges, over, np.cumsum(several) - several, merges[place])


@dataclass(frozen=True)
class Rooted(Layers):
    """The roots of every node: those of node i are `roots.row(head[i])`, its credit beside them in `shares`."""

    head: Ints  # component whose roots the node shares: a root or a merge
    roots: Adjacency  # for each head its roots, sorted

    @property
    def n_roots(self) -> Ints:
        """Number of roots of every node."""
        return self.roots.degrees()[self.head]


@dataclass(frozen=True)
class Walk(Rooted):
    """What one pass over the graph tells of every node."""

    depth: Ints  # longest path to a root, cycles condensed
    n_ancestors: Ints
    n_descendants: Ints


def walk(n: int, child: Ints, parent: Ints) -> Walk:
    """Walk a graph of `n` nodes. Self-loops and repeated edges are allowed and ignored."""
    return walked(layered(n, *distinct(child, parent)))


def layered(n: int, child: Ints, parent: Ints) -> Layers:
    """Condense a graph of `n` nodes and put it in order; edges as `distinct` gives them."""
    component = condense(n, child, parent)
    if (component != np.arange(n)).any():
        child, parent = distinct(component[child], component[parent])
    parents = Adjacency.sorted(n, child, parent)
    members = np.bincount(component, minlength=n)
    levels = _levels(np.flatnonzero(members), parents.degrees(), Adjacency.of(n, parent, child))
    return Layers(component, members, levels, parents, [Step.of(level, parents) for level in levels[1:]])


def rooted(layers: Layers) -> Rooted:
    """The roots of every node, from the roots downward."""
    head = np.arange(layers.component.size)
    sets = _Sets(head.size)
    sets.add(packed(layers.levels[0], layers.levels[0]) if layers.levels else head)
    for step in layers.steps:
        head[step.inner] = head[step.up]
        if step.merges.size:
            above = unique(packed(step.owner, head[step.over]))
            sets.add(unique(sets.handed_down(above)))
    return Rooted(
        **vars(layers),
        head=head[layers.component],
        roots=Adjacency.sorted(head.size, *halves(np.sort(sets.keys()))),
    )


def walked(layers: Layers) -> Walk:
    """What the levels tell of every node."""
    component, members, levels, parents = layers.component, layers.members, layers.levels, layers.parents
    n = component.size
    found = rooted(layers)
    depth, distance = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for number, step in enumerate(layers.steps, start=1):
        depth[levels[number]] = number
        distance[step.inner] = distance[step.up] + members[step.up]
    only_parent = _only_parents(parents)
    merge, over = halves(_above_merges(layers.steps, only_parent, found.head))
    above = _sums(n, merge, members[over])
    below = _below(levels, only_parent, members, merge, over)
    own = members[component] - 1
    return Walk(
        **vars(found),
        depth=depth[component],
        n_ancestors=above[found.head] + distance[component] + own,
        n_descendants=below[component] + own,
    )


def packed(high: Ints, low: Ints) -> Ints:
    """One number for two below 2**31, in the order of the pairs."""
    return np.left_shift(high, 32, dtype=np.int64) | low


def halves(keys: Ints) -> tuple[Ints, Ints]:
    """The two numbers of each that `packed` gave."""
    return keys >> 32, keys & 0xFFFFFFFF


def distinct(child: Ints, parent: Ints) -> tuple[Ints, Ints]:
    """Edges without loops and repetitions, sorted by child, then parent."""
    keep = child != parent
    return halves(unique(packed(child[keep], parent[keep])))


def unique(keys: Ints) -> Ints:
    """Sorted distinct values (numpy's own hashes first, which is slower on large arrays)."""
    keys = np.sort(keys)
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if keys.size else keys


def contained(keys: Ints, others: Ints) -> NDArray[np.bool_]:
    """Which of the sorted keys are among the sorted others."""
    if not others.size:
        return np.zeros(keys.size, dtype=bool)
    return others[np.minimum(np.searchsorted(others, keys), others.size - 1)] == keys


def condense(n: int, child: Ints, parent: Ints) -> Ints:
    """For each node the smallest node of its cycle; itself where it lies on none.

    Edges come distinct and sorted by child.
    """
    component = np.arange(n)
    child, parent = _without_ends(n, child, parent)
    if child.size:
        core = unique(np.concatenate([child, parent]))
        local = Adjacency.of(core.size, np.searchsorted(core, child), np.searchsorted(core, parent))
        for group in _strongly_connected(local):
            component[core[group]] = core[group].min()
    return component


def shares(rooted: Rooted, *, by_paths: bool) -> Floats:
    """Each root's share of a head's credit, beside `rooted.roots.targets`; a head's shares sum to 1."""
    counts = rooted.roots.degrees()
    if not by_paths:
        return np.repeat(1 / np.maximum(counts, 1), counts)
    n = counts.size
    keys = packed(np.repeat(np.arange(n), counts), rooted.roots.targets)
    share = np.repeat((counts == 1).astype(np.float64), counts)
    for step in rooted.steps:
        several = step.merges[counts[step.merges] > 1]
        if several.size:
            up, owner = rooted.parents.rows(several)
            part = 1 / rooted.parents.degrees()[several]
            heads = rooted.head[up]
            places = _ranges(rooted.roots.starts[heads], counts[heads])
            child = several[owner].repeat(counts[heads])
            into = np.searchsorted(keys, packed(child, rooted.roots.targets[places]))
            np.add.at(share, into, share[places] * part[owner].repeat(counts[heads]))
    return share


def gathered(layers: Layers, bits: Words) -> Words:
    """For each node the union of its own bits and those of all its ancestors.

    `bits` has one row per node and one column per 64 groups.
    """
    whole = bits.copy()
    cyclic = _cyclic(layers)
    np.bitwise_or.at(whole, layers.component[cyclic], bits[cyclic])
    for step in layers.steps:
        whole[step.inner] |= whole[step.up]
        if step.merges.size:
            whole[step.merges] |= np.bitwise_or.reduceat(whole[step.over], step.first, axis=0)
    whole[cyclic] = whole[layers.component[cyclic]]
    return whole


def spread(layers: Layers, bits: Words) -> Words:
    """For each node the union of the bits of all its ancestors, itself left out.

    On a cycle every other member is an ancestor.
    """
    whole, above = gathered(layers, bits), np.zeros_like(bits)
    for step in layers.steps:
        above[step.inner] = whole[step.up]
        if step.merges.size:
            above[step.merges] = np.bitwise_or.reduceat(whole[step.over], step.first, axis=0)
    cyclic = _cyclic(layers)
    above[cyclic] = above[layers.component[cyclic]]
    for node in cyclic.tolist():
        others = cyclic[(layers.component[cyclic] == layers.component[node]) & (cyclic != node)]
        above[node] |= np.bitwise_or.reduce(bits[others], axis=0)
    return above


def _cyclic(layers: Layers) -> Ints:
    """Nodes that lie on a cycle."""
    return np.flatnonzero(layers.members[layers.component] > 1)


def set_bits(words: Words) -> tuple[Ints, Ints]:
    """Row and number of every bit that is set, by number, then by row. Few rows have more than one."""
    found = [np.zeros(0, dtype=np.int64)]
    for column in range(words.shape[1]):
        rows = np.flatnonzero(words[:, column])
        here = words[rows, column]
        while rows.size:
            lowest = here & -here
            number = np.bitwise_count(lowest - np.uint64(1)).astype(np.int64) + 64 * column
            found.append(packed(number, rows))
            here ^= lowest
            more = here != 0
            rows, here = rows[more], here[more]
    numbers, rows = halves(np.sort(np.concatenate(found)))
    return rows, numbers


# ----------------------------------------------------------------------------------- steps of it


def _ranges(starts: Ints, counts: Ints) -> Ints:
    """`starts[0], starts[0] + 1, ...`, `counts[i]` numbers from each start."""
    ends = np.cumsum(counts)
    return np.arange(int(counts.sum())) + np.repeat(starts - (ends - counts), counts)


def _sums(n: int, into: Ints, values: Ints) -> Ints:
    """Sum of the values by place (exact: counts are far below 2**53)."""
    return np.bincount(into, weights=values, minlength=n).astype(np.int64)


def _levels(nodes: Ints, n_parents: Ints, children: Adjacency) -> list[Ints]:
    """Nodes by the length of their longest path to a root; those on or below a cycle are in none."""
    waiting = n_parents.copy()
    front = nodes[waiting[nodes] == 0]
    levels = []
    while front.size:
        levels.append(front)
        reached, _ = children.rows(front)
        np.subtract.at(waiting, reached, 1)
        front = unique(reached[waiting[reached] == 0])
    return levels


def _without_ends(n: int, child: Ints, parent: Ints) -> tuple[Ints, Ints]:
    """Edges that may lie on a cycle: nothing above or below all cycles is left."""
    for _ in range(2):
        taken = np.zeros(n, dtype=bool)
        below = Adjacency.of(n, parent, child)
        for level in _levels(np.arange(n), np.bincount(child, minlength=n), below):
            taken[level] = True
        keep = ~(taken[child] | taken[parent])
        child, parent = parent[keep], child[keep]  # turned round: the second time from below
        if not child.size:
            break
    return child, parent


def _only_parents(parents: Adjacency) -> Ints:
    """The parent of each component that has exactly one; -1 for the others."""
    single = np.flatnonzero(parents.degrees() == 1)
    only = np.full(parents.starts.size - 1, -1, dtype=np.int64)
    only[single] = parents.targets[parents.starts[single]]
    return only


class _Sets:
    """Sets of nodes by the node they belong to, added level by level, so that those above are there when needed."""

    def __init__(self, n: int) -> None:
        self.first, self.count = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self.added: list[Ints] = []
        self.members, self.size = np.zeros(1024, dtype=np.int64), 0

    def add(self, keys: Ints) -> None:
        """Sets as keys of owner and member, sorted."""
        owner, member = halves(keys)
        while self.size + member.size > self.members.size:
            self.members = np.concatenate([self.members, np.zeros_like(self.members)])
        self.members[self.size : self.size + member.size] = member
        begins = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]])) if owner.size else owner
        self.first[owner[begins]] = self.size + begins
        self.count[owner[begins]] = np.diff(begins, append=owner.size)
        self.added.append(keys)
        self.size += member.size

    def handed_down(self, keys: Ints) -> Ints:
        """For keys of owner and holder, the keys of owner and everything in the holder's set."""
        owner, holder = halves(keys)
        count = self.count[holder]
        return packed(owner.repeat(count), self.members[_ranges(self.first[holder], count)])

    def keys(self) -> Ints:
        """Owner and member of all sets, in the order in which they were added."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self.added])


def _above_merges(steps: list[Step], only_parent: Ints, head: Ints) -> Ints:
    """Keys of a merge and a component above it, each once."""
    sets = _Sets(head.size)
    for step in steps:
        if step.merges.size:
            heads = unique(packed(step.owner, head[step.over]))
            sets.add(unique(np.concatenate([_paths(step.over, step.owner, only_parent), sets.handed_down(heads)])))
    return sets.keys()


def _paths(nodes: Ints, owner: Ints, only_parent: Ints) -> Ints:
    """Keys of owner and node, of the nodes and of all on their way to their heads, heads included."""
    found = []
    while nodes.size:
        found.append(unique(packed(owner, nodes)))
        owner, nodes = halves(found[-1])
        nodes = only_parent[nodes]
        owner, nodes = owner[nodes >= 0], nodes[nodes >= 0]
    return np.concatenate(found)


def _below(levels: list[Ints], only_parent: Ints, members: Ints, merge: Ints, over: Ints) -> Ints:
    """Nodes below each component, each once."""
    size = members.copy()
    for level in reversed(levels):
        inner = level[only_parent[level] >= 0]
        np.add.at(size, only_parent[inner], size[inner])
    return size - members + _sums(members.size, over, size[merge])


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
