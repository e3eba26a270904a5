"""Sentences on intermediaries, depth and the longest chain at their ends: all, none, one."""

from datetime import date

import polars as pl
import pytest

from pipeline.chapters.lineage.facts_chains import depth_facts, intermediary_facts, longest_sentence


@pytest.mark.parametrize(("children", "words"), [(29, "all of them direct"), (4, "4 of them direct")])
def test_descendants_that_are_all_direct_are_not_counted_twice(children: int, words: str) -> None:
    between = pl.DataFrame({"rank": [1], "id": ["a/base"], "n_descendants": [29], "n_children": [children]})
    found = intermediary_facts(between)["anatomy.intermediaries.sentence"]["text"]
    assert found == f"The largest intermediary, a/base, has 29 descendants, {words}."


@pytest.mark.parametrize(("deepest", "words"), [(7, "none ten steps or more"), (12, "10% ten steps or more")])
def test_where_no_chain_is_so_long_none_is(deepest: int, words: str) -> None:
    depths = pl.DataFrame({"depth": [0, 1, deepest], "models": [50, 9, 1]})
    assert words in depth_facts(depths)["anatomy.depth.sentence"]["text"]


@pytest.mark.parametrize(
    ("relations", "words"),
    [
        ([None, "finetune", "finetune", "finetune"], "All 3 steps are"),
        ([None, "finetune", "finetune", "merge"], "2 of its 3 steps are"),
        ([None, "finetune"], "Its one step is"),
    ],
)
def test_steps_of_one_kind_are_all_steps(relations: list[str | None], words: str) -> None:
    chain = pl.DataFrame({"step": range(len(relations)), "relation": relations}).with_columns(
        id=pl.format("a/model-{}", "step"), created_month=pl.lit(date(2025, 1, 1)), in_snapshot=True
    )
    assert words in longest_sentence(chain)["text"]
