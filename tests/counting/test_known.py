"""What one older day's snapshot counts."""

from typing import Any

import polars as pl
import pytest

from pipeline.base import tables
from pipeline.counting import known
from pipeline.counting.schema import KnownBases, KnownCounts
from tests.conftest import hub_rows
from tests.counting.memory import REGISTER, hub

QWEN, LLAMA = "Qwen/Qwen2.5-7B", "meta-llama/Llama-3.1-8B"


def counted(*rows: dict[str, Any], series: int = 10) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counts and bases of these rows and of both bases. series: repositories that make one."""
    made = hub(hub_rows(*rows, {"id": QWEN}, {"id": LLAMA}))
    edges, ids = known.declared(made.raw.lazy(), REGISTER, series)
    groups = known.groups_of(ids, REGISTER)
    counts = tables.conform(known.counts(edges, groups), KnownCounts, "a test")
    return counts, tables.conform(known.bases(edges, groups, ids), KnownBases, "a test")


def row(name: str, *parents: str) -> dict[str, Any]:
    return {"id": name, "tags": [f"base_model:{parent}" for parent in parents]}


def of(counts: pl.DataFrame, group: str, grouping: str = "family", relation: str = "all") -> tuple[int, int, int]:
    """Derivatives, those in series, and how many where a series counts as one."""
    found = counts.filter(grouping=grouping, group=group, relation=relation)
    return found.select("derivatives", "in_series", "series_once").row(0)


def test_a_repository_counts_once_for_each_group_and_relation() -> None:
    counts, _ = counted(
        row("a/one", f"finetune:{QWEN}", f"finetune:{LLAMA}"),
        row("a/two", f"merge:{QWEN}", "merge:Qwen/Qwen2.5-7B-Instruct"),
    )
    assert of(counts, "Qwen") == (2, 0, 2)
    assert of(counts, "Qwen", relation="merge") == (1, 0, 1)
    assert of(counts, "Llama") == (1, 0, 1)
    assert of(counts, "Alibaba", "organisation") == (2, 0, 2)
    assert of(counts, "all", "hub") == (2, 0, 2)


def test_a_groups_own_repositories_count_for_the_hub_alone() -> None:
    counts, bases = counted(row("Qwen/Qwen2.5-7B-Instruct", f"finetune:{QWEN}"), row("a/one", f"finetune:{QWEN}"))
    assert of(counts, "Qwen") == (1, 0, 1)
    assert of(counts, "all", "hub") == (2, 0, 2)
    assert bases.filter(group="Qwen", grouping="family")["links"].to_list() == [1]


def test_a_series_can_count_as_one() -> None:
    machine = [row(f"a/run-{n}", f"adapter:{QWEN}") for n in range(4)]
    counts, _ = counted(*machine, row("a/own-name", f"adapter:{QWEN}"), series=4)
    assert of(counts, "Qwen") == (5, 4, 2)
    assert of(counts, "all", "hub") == (5, 4, 2)
    counts, _ = counted(*machine, series=5)
    assert of(counts, "Qwen") == (4, 0, 4)


def test_the_largest_bases_come_first_with_their_shares() -> None:
    names = [f"b/base-{chr(97 + n)}" for n in range(12)]
    tuned = [row(f"a/tuned-{base[-1]}-{n}", base) for place, base in enumerate(names) for n in range(12 - place)]
    _, bases = counted(*tuned, series=99)
    hub_wide = bases.filter(grouping="hub")
    assert hub_wide["base"].to_list() == names[: known.MOST_BASES]
    assert hub_wide["rank"].to_list() == list(range(1, known.MOST_BASES + 1))
    assert hub_wide["share"].sum() == pytest.approx(1 - 3 / len(tuned))


def test_nothing_declared_is_nothing_counted() -> None:
    counts, bases = counted({"id": "a/one"})
    assert counts.is_empty()
    assert bases.is_empty()
