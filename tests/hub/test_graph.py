"""The array engine against an independent oracle: networkx on small random graphs."""

from collections import Counter
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.hub import arrays, graph

Case = tuple[int, list[tuple[int, int]]]


@st.composite
def tangles(draw: st.DrawFn) -> Case:
    """Any edges at all: cycles, loops, repetitions, nodes without edges."""
    n = draw(st.integers(2, 14))
    nodes = st.integers(0, n - 1)
    return n, draw(st.lists(st.tuples(nodes, nodes), max_size=3 * n))


@st.composite
def merged_chains(draw: st.DrawFn) -> Case:
    """Chains that merge again and again, and now and then an edge back that closes a cycle."""
    n = draw(st.integers(4, 40))
    names = draw(st.permutations(range(n)))
    edges = []
    for node in range(1, n):
        reach = draw(st.sampled_from([1, 1, 1, 4, n]))
        ups = draw(st.lists(st.integers(max(0, node - reach), node - 1), min_size=0, max_size=3))
        edges += [(names[node], names[up]) for up in ups]
    back = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=2))
    return n, edges + [(names[a], names[b]) for a, b in back]


cases = st.one_of(tangles(), merged_chains())


def walked(n: int, edges: list[tuple[int, int]]) -> graph.Walk:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return graph.walk(n, pairs[:, 0], pairs[:, 1])


def oracle(n: int, edges: list[tuple[int, int]]) -> nx.DiGraph:
    directed = nx.DiGraph()
    directed.add_nodes_from(range(n))
    directed.add_edges_from((child, parent) for child, parent in edges if child != parent)
    return directed


def path_shares(condensed: nx.DiGraph) -> dict[int, dict[int, Fraction]]:
    """Credit of each component by root: split equally over its parents, recursively, in fractions."""
    found: dict[int, dict[int, Fraction]] = {}
    for node in reversed(list(nx.topological_sort(condensed))):
        parents = list(condensed.successors(node))
        credit: Counter[int] = Counter() if parents else Counter({node: Fraction(1)})  # type: ignore[dict-item]
        for parent in parents:
            for root, share in found[parent].items():
                credit[root] += share / len(parents)  # type: ignore[assignment]
        found[node] = dict(credit)  # type: ignore[arg-type]
    return found


def check_walk(n: int, edges: list[tuple[int, int]]) -> None:
    """Ancestors, descendants, depth and roots of every node."""
    result, directed = walked(n, edges), oracle(n, edges)
    condensed = nx.condensation(directed)
    stands = [min(condensed.nodes[i]["members"]) for i in condensed.nodes]
    of_node = condensed.graph["mapping"]
    above = {node: nx.descendants(directed, node) for node in directed}
    below = Counter(ancestor for ancestors in above.values() for ancestor in ancestors)
    depth, roots = {}, {}
    for part in reversed(list(nx.topological_sort(condensed))):
        parents = list(condensed.successors(part))
        depth[part] = max((depth[parent] + 1 for parent in parents), default=0)
        roots[part] = set().union(*(roots[parent] for parent in parents)) if parents else {stands[part]}
    for node in range(n):
        part = of_node[node]
        assert result.component[node] == stands[part]
        assert result.n_ancestors[node] == len(above[node])
        assert result.n_descendants[node] == below[node]
        assert result.roots.row(result.head[node]).tolist() == sorted(roots[part])
        assert result.n_roots[node] == len(roots[part])
        assert result.depth[node] == depth[part]


def check_credit(n: int, edges: list[tuple[int, int]]) -> None:
    """Credit over several roots, by both ways of splitting it."""
    result = walked(n, edges)
    condensed = nx.condensation(oracle(n, edges))
    stands = [min(condensed.nodes[i]["members"]) for i in condensed.nodes]
    by_paths = path_shares(condensed)
    roots = {node: list(found) for node, found in by_paths.items()}
    even = {node: dict.fromkeys(found, Fraction(1, len(found))) for node, found in roots.items()}
    for is_by_paths, expected in ((True, by_paths), (False, even)):
        share = graph.shares(result, by_paths=is_by_paths)
        total: Counter[int] = Counter()
        for node in range(n):
            row = slice(result.roots.starts[result.head[node]], result.roots.starts[result.head[node] + 1])
            found = dict(zip(result.roots.targets[row].tolist(), share[row].tolist(), strict=True))
            wanted = {stands[i]: float(part) for i, part in expected[condensed.graph["mapping"][node]].items()}
            assert found == pytest.approx(wanted)
            total.update(wanted)
        of_head = np.bincount(result.head, minlength=n).repeat(result.roots.degrees())
        credit = np.bincount(result.roots.targets, weights=share * of_head, minlength=n)
        assert {root: value for root, value in enumerate(credit.tolist()) if value} == pytest.approx(dict(total))
        assert credit.sum() == pytest.approx(n), "every model's credit is given once"


def check_groups(n: int, edges: list[tuple[int, int]], seed: int) -> None:
    """What groups are above every node."""
    groups = np.random.default_rng(seed).integers(-1, 70, n)
    bits = np.zeros((2, n), dtype=np.uint64)
    for node, group in enumerate(groups.tolist()):
        if group >= 0:
            bits[group // 64, node] |= np.uint64(1) << np.uint64(group % 64)
    layers = walked(n, edges)
    directed = oracle(n, edges)
    without, own = graph.union_of_ancestors(layers, bits), graph.union_with_ancestors(layers, bits)
    for node in range(n):
        ancestors = nx.descendants(directed, node)
        for found, nodes in ((without[:, node], ancestors), (own[:, node], ancestors | {node})):
            expected = {int(groups[a]) for a in nodes} - {-1}
            assert {g for g in range(128) if int(found[g // 64]) >> (g % 64) & 1} == expected


@settings(max_examples=200)
@given(cases)
def test_ancestors_descendants_depth_and_roots_equal_the_oracle(case: Case) -> None:
    check_walk(*case)


@settings(max_examples=200)
@given(cases)
def test_credit_over_several_roots_equals_the_oracle(case: Case) -> None:
    check_credit(*case)


@settings(max_examples=200)
@given(cases, st.integers(0, 2**31))
def test_groups_spread_to_every_descendant(case: Case, seed: int) -> None:
    check_groups(*case, seed)


@pytest.mark.whole  # half a minute
@settings(max_examples=3000)
@given(cases, st.integers(0, 2**31))
def test_thousands_of_graphs_equal_the_oracle(case: Case, seed: int) -> None:
    check_walk(*case)
    check_credit(*case)
    check_groups(*case, seed)


@given(st.lists(st.sets(st.integers(0, 140)), max_size=8))
def test_bits_are_found_by_number_then_by_set(sets: list[set[int]]) -> None:
    words = np.zeros((3, len(sets)), dtype=np.uint64)
    for place, bits in enumerate(sets):
        for bit in bits:
            words[bit // 64, place] |= np.uint64(1) << np.uint64(bit % 64)
    found, numbers = arrays.set_bits(words)
    wanted = sorted((bit, place) for place, bits in enumerate(sets) for bit in bits)
    assert list(zip(numbers.tolist(), found.tolist(), strict=True)) == wanted


@pytest.mark.parametrize("kind", [np.uint32, np.int32, np.int64])
def test_two_numbers_come_out_of_one_as_they_went_in(kind: Any) -> None:
    high, low = np.array([0, 1, 2**31 - 1], dtype=kind), np.array([2**31 - 1, 0, 7], dtype=kind)
    assert [half.tolist() for half in arrays.halves(arrays.packed(high, low))] == [high.tolist(), low.tolist()]


def test_an_empty_graph_has_no_roots() -> None:
    result = walked(0, [])
    assert result.head.size == result.depth.size == result.roots.targets.size == 0


def test_a_cycle_is_one_component_that_the_smallest_node_stands_for() -> None:
    result = walked(4, [(1, 2), (2, 3), (3, 1), (0, 3)])
    assert result.component.tolist() == [0, 1, 1, 1]
    assert result.n_ancestors.tolist() == [3, 2, 2, 2]
    assert result.n_descendants.tolist() == [0, 3, 3, 3]


def test_a_long_chain_is_walked_to_its_end() -> None:
    n = 2000
    result = walked(n, [(i, i + 1) for i in range(n - 1)])
    assert result.depth[0] == n - 1
    assert result.n_descendants[n - 1] == n - 1


def test_a_diamond_counts_each_descendant_once() -> None:
    result = walked(4, [(1, 0), (2, 0), (3, 1), (3, 2)])
    assert result.n_descendants[0] == 3
    assert result.n_ancestors[3] == 3


def test_a_root_that_two_of_three_parents_lead_to_gets_two_thirds_by_paths_and_half_by_roots() -> None:
    result = walked(6, [(2, 0), (3, 0), (4, 1), (5, 2), (5, 3), (5, 4)])
    row = slice(result.roots.starts[5], result.roots.starts[6])
    assert graph.shares(result, by_paths=True)[row].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert graph.shares(result, by_paths=False)[row].tolist() == [0.5, 0.5]


def test_a_graph_without_edges_is_all_roots() -> None:
    result = walked(3, [])
    assert result.roots.targets.tolist() == [0, 1, 2]
    assert result.depth.sum() == result.n_ancestors.sum() == result.n_descendants.sum() == 0
