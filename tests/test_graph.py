"""The array engine against an independent oracle: networkx on small random graphs."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import graph

sizes = st.integers(2, 14)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    n = draw(sizes)
    nodes = st.integers(0, n - 1)
    return n, draw(st.lists(st.tuples(nodes, nodes), max_size=3 * n))


def walked(n: int, edges: list[tuple[int, int]]) -> graph.Walk:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return graph.walk(n, pairs[:, 0], pairs[:, 1])


def oracle(n: int, edges: list[tuple[int, int]]) -> nx.DiGraph:
    directed = nx.DiGraph()
    directed.add_nodes_from(range(n))
    directed.add_edges_from((child, parent) for child, parent in edges if child != parent)
    return directed


@settings(max_examples=1500, deadline=None)
@given(graphs())
def test_ancestors_descendants_depth_and_roots_equal_the_oracle(case: tuple[int, list[tuple[int, int]]]) -> None:
    n, edges = case
    result, directed = walked(n, edges), oracle(n, edges)
    condensed = nx.condensation(directed)
    stands = [min(condensed.nodes[i]["members"]) for i in condensed.nodes]
    of_node = condensed.graph["mapping"]
    for node in range(n):
        assert result.component[node] == stands[of_node[node]]
        assert result.n_ancestors[node] == len(nx.descendants(directed, node))
        assert result.n_descendants[node] == len(nx.ancestors(directed, node))
        part = of_node[node]
        up = {part} | nx.descendants(condensed, part)
        roots = {stands[i] for i in up if condensed.out_degree(i) == 0}
        assert set(result.root_sets[result.root_set[node]]) == roots
        assert result.depth[node] == nx.dag_longest_path_length(condensed.subgraph(up))


@settings(max_examples=500, deadline=None)
@given(graphs(), st.integers(0, 2**31))
def test_spread_gives_every_group_among_the_ancestors(case: tuple[int, list[tuple[int, int]]], seed: int) -> None:
    n, edges = case
    groups = np.random.default_rng(seed).integers(-1, 70, n)
    bits = np.zeros((n, 2), dtype=np.uint64)
    for node, group in enumerate(groups.tolist()):
        if group >= 0:
            bits[node, group // 64] |= np.uint64(1) << np.uint64(group % 64)
    spread = graph.spread(walked(n, edges), bits)
    directed = oracle(n, edges)
    for node in range(n):
        expected = {int(groups[a]) for a in nx.descendants(directed, node)} - {-1}
        found = {g for g in range(128) if int(spread[node, g // 64]) >> (g % 64) & 1}
        assert found == expected


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
