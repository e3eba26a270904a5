"""Graphs that no snapshot has had: long cycles and chains, thousands of parents, nothing but loops."""

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.hub import graph
from pipeline.hub.chains import extremes_above
from pipeline.hub.groups_above import CREDIT, Ancestry
from tests.conftest import Report, hub_rows

QUICK = 10
"""CPU seconds that no graph here takes, however busy the machine is; work that grows with the square takes minutes."""


def edges(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"child": pl.UInt32, "parent": pl.UInt32}, orient="row")


def walked(n: int, pairs: list[tuple[int, int]]) -> graph.Walk:
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return graph.walk(n, both[:, 0], both[:, 1])


def in_time(work: Callable[[], Any]) -> Any:
    began = time.process_time()
    found = work()
    assert time.process_time() - began < QUICK
    return found


def test_a_cycle_of_ten_thousand() -> None:
    n = 10_000
    pairs = [(node, (node + 1) % n) for node in range(n)]
    found = in_time(lambda: walked(n, pairs))
    assert set(found.n_ancestors.tolist()) == set(found.n_descendants.tolist()) == {n - 1}
    assert set(found.component.tolist()) == {0}
    groups = pl.DataFrame({"id": [0, 1], "group": ["a", "b"]}, schema_overrides={"id": pl.UInt32})
    above = in_time(lambda: Ancestry.of(edges(pairs)).groups_above(groups))
    counts = dict(above.group_by("group").len().iter_rows())
    assert counts == {"a": n - 1, "b": n - 1}, "each member has the others above it"
    values = pl.DataFrame({"node": range(n), "depth": 0, "value": [*range(n - 1), None]})
    extremes = in_time(lambda: extremes_above(values, edges(pairs)))
    assert extremes.unique().rows() == [(0, n - 2)]


def test_a_chain_of_a_hundred_thousand() -> None:
    n = 100_000
    found = in_time(lambda: walked(n, [(node, node - 1) for node in range(1, n)]))
    assert found.depth[-1] == found.n_ancestors[-1] == found.n_descendants[0] == n - 1


def test_a_model_with_ten_thousand_parents() -> None:
    n = 10_000
    pairs = [(n, node) for node in range(n)]
    found = in_time(lambda: walked(n + 1, pairs))
    assert (found.n_ancestors[n], found.n_roots[n], found.depth[n]) == (n, n, 1)
    groups = pl.DataFrame({"id": range(n), "group": ["a"] * n}, schema_overrides={"id": pl.UInt32})
    whole = pl.DataFrame({"child": [n], "group": ["a"]}, schema_overrides={"child": pl.UInt32})
    for rule in ("by_roots", "by_paths"):
        credit = Ancestry.of(edges(pairs)).split_credit(whole, groups, rule)["credit"].item()  # type: ignore[arg-type]
        assert Fraction(credit, CREDIT) == 1


def test_more_paths_than_a_number_has_bits() -> None:
    """Two hundred merges of two, one above the other: 2 to the 200th ways up, and credit that still sums to one."""
    steps = 200
    pairs = [(2 * step + side, 2 * step - 2 + other) for step in range(1, steps) for side in (0, 1) for other in (0, 1)]
    found = walked(2 * steps, pairs)
    assert (found.n_ancestors[-1], found.n_roots[-1], found.depth[-1]) == (2 * steps - 2, 2, steps - 1)
    groups = pl.DataFrame({"id": [0, 1], "group": ["a", "b"]}, schema_overrides={"id": pl.UInt32})
    last = pl.DataFrame({"child": [2 * steps - 1] * 2, "group": ["a", "b"]}, schema_overrides={"child": pl.UInt32})
    credit = Ancestry.of(edges(pairs)).split_credit(last, groups, "by_paths")["credit"]
    assert credit.to_list() == [CREDIT // 2, CREDIT // 2]


Case = tuple[int, list[tuple[int, int]], list[int | None]]
"""Nodes, edges, and a value of each node."""


@st.composite
def tangles(draw: st.DrawFn) -> Case:
    n = draw(st.integers(2, 12))
    nodes = st.integers(0, n - 1)
    pairs = draw(st.lists(st.tuples(nodes, nodes).filter(lambda pair: pair[0] != pair[1]), max_size=3 * n, unique=True))
    return n, pairs, draw(st.lists(st.none() | st.integers(0, 9), min_size=n, max_size=n))


@given(tangles())
@settings(max_examples=150, deadline=None)
def test_what_is_above_agrees_with_an_independent_walk(
    case: tuple[int, list[tuple[int, int]], list[int | None]],
) -> None:
    n, pairs, values = case
    directed = nx.DiGraph()
    directed.add_nodes_from(range(n))
    directed.add_edges_from(pairs)
    frame = pl.DataFrame(
        {"node": range(n), "depth": walked(n, pairs).depth, "value": pl.Series(values, dtype=pl.Int64)}
    )
    found = extremes_above(frame, edges(pairs)).rows()
    groups = pl.DataFrame(
        {"id": range(n), "group": [str(node) for node in range(n)]}, schema_overrides={"id": pl.UInt32}
    )
    above = Ancestry.of(edges(pairs)).groups_above(groups).rows() if pairs else []
    for node in range(n):
        ancestors = set(nx.descendants(directed, node))
        assert {int(group) for child, group in above if child == node} == ancestors
        on_cycle = any(node in nx.descendants(directed, other) for other in ancestors)
        known = [values[other] for other in ancestors | ({node} if on_cycle else set()) if values[other] is not None]
        assert found[node] == ((min(known), max(known)) if known else (None, None))  # type: ignore[type-var]


def test_two_cycles_of_one_depth_have_nothing_in_common() -> None:
    values = pl.DataFrame({"node": range(4), "depth": 0, "value": [1, 2, 8, 9]})
    found = extremes_above(values, edges([(0, 1), (1, 0), (2, 3), (3, 2)]))
    assert found.rows() == [(1, 2), (1, 2), (8, 9), (8, 9)]


def declaring(child: str, *parents: str) -> dict[str, Any]:
    return {"id": child, "tags": [f"base_model:{parent}" for parent in parents]}


LOOPS = [declaring(f"a/m{number}", f"a/m{number}", f"finetune:A/M{number}") for number in range(9)]
FOLDED = [declaring("a/B"), declaring("a/b"), declaring("c/d", "A/b"), declaring("c/e", "a/b")]
SNAPSHOTS: dict[str, Any] = {"nothing but loops": (LOOPS, []), "two that fold to one": (FOLDED, [("c/e", "a/b")])}


@pytest.mark.parametrize(("rows", "expected"), SNAPSHOTS.values(), ids=SNAPSHOTS)
def test_a_snapshot_of_it_goes_through_every_chapter(
    rows: list[dict[str, Any]], expected: list[tuple[str, str]], report: Report
) -> None:
    """A file in which no model is registered or built on had ended the explorer in a panic of polars."""
    path = report.paths.root / "hub.parquet"
    hub_rows(*rows).write_parquet(path)
    report.read_from(path, "slice", "2026-04-22").build("lineage", "explorer", "derivatives")
    found = pl.read_parquet(report.paths.core / "edges.parquet").select("child", "parent").rows()
    assert [edge for edge in found if edge in expected] == expected
    assert not [child for child, parent in found if child == parent]
