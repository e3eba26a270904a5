"""Groups above a repository, and its credit split over its roots' groups, on small graphs and beside an oracle."""

import random
from fractions import Fraction
from typing import Literal

import networkx as nx
import polars as pl
import pytest

from pipeline.hub.groups_above import CREDIT, Ancestry
from pipeline.hub.nodes import NODE

Edge = tuple[int, int]
Standing = list[tuple[int, str]]
Rule = Literal["by_roots", "by_paths"]


def edges_of(rows: list[Edge]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"child": pl.Int64, "parent": pl.Int64}, orient="row")


def groups_of(rows: Standing) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"id": pl.Int64, "group": pl.String}, orient="row")


def random_case(chance: random.Random) -> tuple[list[Edge], Standing]:
    """Edges without loops among up to 13 repositories, and up to 79 rows of whom each stands for, several an id."""
    n = chance.randrange(2, 14)
    pairs = {(chance.randrange(n), chance.randrange(n)) for _ in range(chance.randrange(1, 2 * n))}
    standing = {(chance.randrange(n), f"g{chance.randrange(70)}") for _ in range(chance.randrange(1, 80))}
    return sorted((child, parent) for child, parent in pairs if child != parent), sorted(standing)


def test_groups_above_equal_an_oracle_on_random_graphs_with_several_groups_an_id() -> None:
    chance = random.Random(3)
    for _ in range(60):
        edges, standing = random_case(chance)
        graph = nx.DiGraph(edges)
        above = {child: nx.descendants(graph, child) for child, _ in edges}
        expected = sorted({(child, group) for child, over in above.items() for at, group in standing if at in over})
        assert sorted(Ancestry.of(edges_of(edges)).groups_above(groups_of(standing)).rows()) == expected


def test_groups_along_edges_equal_an_oracle_on_random_graphs() -> None:
    chance = random.Random(4)
    for _ in range(60):
        edges, standing = random_case(chance)
        graph = nx.DiGraph(edges)
        up = {parent: {parent, *nx.descendants(graph, parent)} for _, parent in edges}
        expected = sorted(
            {
                (row, child, group)
                for row, (child, parent) in enumerate(edges)
                for at, group in standing
                if at in up[parent]
            }
        )
        found = Ancestry.of(edges_of(edges).with_row_index("row")).groups_along_edges(groups_of(standing))
        assert sorted(found.select("row", "child", "group").rows()) == sorted(expected)


def credit(edges: list[Edge], standing: Standing, rule: Rule) -> dict[tuple[int, str], float]:
    """Each child's credit by group, where it is split over roots."""
    ancestry, groups = Ancestry.of(edges_of(edges)), groups_of(standing).cast({"id": NODE})
    pairs = ancestry.groups_above(groups).cast({"child": pl.Int64})
    found = ancestry.split_credit(pairs, groups, rule)
    return {(child, group): part / CREDIT for child, group, part in found.select("child", "group", "credit").rows()}


def test_shares_of_several_roots_of_one_group_are_added_up_to_one() -> None:
    edges = [(9, root) for root in range(3)]
    assert credit(edges, [(0, "a"), (1, "a"), (2, "a")], "by_roots") == {(9, "a"): 1}
    assert credit(edges, [(0, "a"), (1, "a"), (2, "b")], "by_roots") == pytest.approx(
        {(9, "a"): 2 / 3, (9, "b"): 1 / 3}
    )


def test_a_group_without_a_root_gets_no_credit_and_a_root_without_a_group_keeps_its_share() -> None:
    edges = [(2, 0), (2, 1), (3, 2)]
    assert credit(edges, [(0, "a"), (2, "b")], "by_roots") == {(2, "a"): 0.5, (3, "a"): 0.5}


def test_by_paths_a_root_that_more_paths_lead_to_gets_more() -> None:
    edges = [(2, 0), (3, 2), (3, 0), (3, 1)]
    standing = [(0, "a"), (1, "b")]
    thirds = {(2, "a"): 1, (3, "a"): 2 / 3, (3, "b"): 1 / 3}
    assert credit(edges, standing, "by_paths") == pytest.approx(thirds)
    assert credit(edges, standing, "by_roots") == {(2, "a"): 1, (3, "a"): 0.5, (3, "b"): 0.5}


@pytest.mark.parametrize("rule", ["by_roots", "by_paths"])
def test_split_credit_equals_an_oracle_on_random_graphs_without_cycles(rule: Rule) -> None:
    chance = random.Random(5)
    for _ in range(60):
        drawn, _ = random_case(chance)
        edges = sorted({(max(edge), min(edge)) for edge in drawn})
        standing = [(node, f"g{chance.randrange(3)}") for node in range(14)]
        expected = {
            (child, group): float(part)
            for child in {child for child, _ in edges}
            for group, part in by_group(shares(child, edges, rule), dict(standing)).items()
        }
        assert credit(edges, standing, rule) == pytest.approx(expected)


def shares(node: int, edges: list[Edge], rule: Rule) -> dict[int, Fraction]:
    """The part of a repository's credit that each of its roots gets."""
    parents = [parent for child, parent in edges if child == node]
    found: dict[int, Fraction] = {} if parents else {node: Fraction(1)}
    for parent in parents:
        for root, part in shares(parent, edges, rule).items():
            found[root] = found.get(root, Fraction(0)) + part / len(parents)
    return found if rule == "by_paths" else dict.fromkeys(found, Fraction(1, len(found)))


def by_group(parts: dict[int, Fraction], group: dict[int, str]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for root, part in parts.items():
        found[group[root]] = found.get(group[root], Fraction(0)) + part
    return found
