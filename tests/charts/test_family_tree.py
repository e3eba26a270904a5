"""The family tree with names: whose branch stands where, what is left out is counted, and names are escaped."""

import polars as pl
import pytest

from pipeline import register
from pipeline.base.facts import PageFacts, sentence
from pipeline.base.paths import Paths
from pipeline.chapters.lineage.facts_converters import tree_facts, tree_title
from pipeline.chapters.lineage.schema import Tree
from pipeline.charts.lineage.family_tree import Node, family_lists, family_tree, forest, placed, rows_of

BASE, INSTRUCT, EVIL = "Qwen/base", "Qwen/base-it", "x/<script>alert(1)</script>"


def row(parent: str, child: str, group: str | None, of_parent: tuple[int, int], of_child: tuple[int, int]) -> tuple:
    return parent, child, "finetune", group, *of_parent, *of_child


def made(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=list(Tree.column_names()), orient="row")


TREE = made(
    row(BASE, INSTRUCT, "Qwen", (4, 10), (2, 3)),
    row(BASE, EVIL, "Qwen", (4, 10), (2, 4)),
    row(BASE, "z/leaf", "Qwen", (4, 10), (0, 0)),
    row(INSTRUCT, "a/tuned", "Qwen", (2, 3), (1, 1)),
    row(EVIL, BASE, None, (2, 4), (4, 10)),  # cards may name each other
    row("meta-llama/l", "b/tuned", "Llama", (8, 8), (0, 0)),
)


def page(tree: pl.DataFrame) -> PageFacts:
    given = {"report.subject": "Qwen", "report.reference": "Llama"}
    given |= {"anatomy.basis.tree": "census of May 2024", "anatomy.source.tree": "Hub"}
    noted = {key: sentence(text, "params.yaml") for key, text in given.items()}
    return PageFacts(noted | tree_facts(tree, "Qwen", "Llama"))


def test_a_base_below_another_of_its_group_stands_there_alone() -> None:
    (base,) = forest(TREE, "Qwen", (3, 3, 3))
    assert base.id == BASE
    assert [child.id for child in base.below] == [EVIL, INSTRUCT]
    assert base.others == 2
    assert [child.id for child in base.below[1].below] == ["a/tuned"]


def test_repositories_that_name_each_other_end_the_branch() -> None:
    (base,) = forest(TREE, "Qwen", (3, 3, 3, 3, 3))
    assert base.below[0].below == []


def test_a_line_for_each_repository_and_one_for_those_without_a_name() -> None:
    lines = rows_of("Qwen", forest(TREE, "Qwen", (3, 3, 3)))
    assert lines.select("line", "above", "generation", "id", "is_own").rows() == [
        (0, None, 0, BASE, True),
        (1, 0, 1, EVIL, False),
        (2, 0, 1, INSTRUCT, True),
        (3, 2, 2, "a/tuned", False),
        (4, 0, 1, None, False),
    ]
    assert lines["children"][-1] == 2


def test_words_fit_between_the_dot_and_the_count() -> None:
    lines = rows_of("Qwen", [Node("o/" + "long" * 40, 1, 5)]).with_columns(
        label="id", amount=pl.lit("5"), left=pl.lit(0), top=pl.lit(0)
    )
    (shown,) = placed(lines.head(1), 200, short=True)["shown"]
    assert shown.startswith("long")
    assert shown.endswith("…")


def test_the_drawing_shows_both_groups_and_the_lists_escape_what_strangers_wrote() -> None:
    families = register.load("families", Paths().register)
    figure, lists = family_tree(TREE, families, page(TREE)), family_lists(TREE, page(TREE))
    assert figure is not None
    assert lists is not None
    assert "census of May 2024" in figure.subtitle
    assert set(figure.table["group"]) == {"Qwen", "Llama"}
    for view, spec in figure.specs.items():
        assert "var(--family-1)" in figure.svg_of(view, spec)
    assert type(lists.html) is str, "markup escapes the page that it is put into"
    assert "<script>" not in lists.html
    assert "&lt;script&gt;" in lists.html
    assert lists.html.count("<details") == 1 + 2  # the whole, the base, its child that has children


def test_without_a_tree_of_the_pair_there_is_neither_drawing_nor_list() -> None:
    families, others = register.load("families", Paths().register), TREE.filter(pl.col("group").is_null())
    assert family_tree(others, families, page(others)) is None
    assert family_lists(others, page(others)) is None


@pytest.mark.parametrize(
    ("shares", "title"),
    [
        ({"A": 0.98, "B": 0.5}, "A’s tree is flat, B’s has branches: 98% and 50% build on the largest base directly"),
        ({"A": 0.6, "B": 0.5}, "The trees of A and B are much alike: 60% and 50% build on the largest base directly"),
        ({"B": 0.5}, "50% of what descends from B’s largest base names it directly"),
        ({}, "The largest branches of the family tree"),
    ],
)
def test_the_title_says_whether_a_tree_has_branches(shares: dict[str, float], title: str) -> None:
    assert tree_title(shares) == title


def test_the_sentence_names_the_largest_base_of_each_group() -> None:
    noted = tree_facts(TREE, "Qwen", "Llama")["anatomy.tree.sentence"]["text"]
    assert "Qwen/base: 10 repositories descend from it, 4 of them directly." in noted
    assert "Of Llama it is meta-llama/l with 8, 8 of them directly." in noted
