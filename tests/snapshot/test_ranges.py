"""A snapshot is sorted in memory, or by way of files where it is too large: its rows are the same."""

from pathlib import Path

import polars as pl
import pytest

from pipeline.base import tables
from pipeline.snapshot.ranges import write_ranges
from pipeline.snapshot.schema import RawModels

IDS = ["qwen/b", "meta/a", "qwen/a", "meta/a", "aaa/z", "qwen/b", "zzz/é", "Meta/A"]
BY_FILES, IN_MEMORY = 0, 10**9


def listed() -> pl.LazyFrame:
    """Repositories in no order, two of them twice, with `likes` that say which row of the source they are."""
    rows = pl.LazyFrame({"id": IDS, "likes": range(len(IDS)), "tags": [[name, "x"] for name in IDS]})
    kinds = tables.empty(RawModels).schema
    have = rows.collect_schema()
    return rows.select((pl.col(name) if name in have else pl.lit(None)).cast(kinds[name]).alias(name) for name in kinds)


@pytest.mark.parametrize("most_in_memory", [BY_FILES, IN_MEMORY])
@pytest.mark.parametrize("rows", [1, 3, 100])
def test_rows_are_in_the_order_of_ids_and_the_first_of_two_stays(
    tmp_path: Path, rows: int, most_in_memory: int
) -> None:
    filled = write_ranges(listed(), RawModels, tmp_path / "m.parquet", rows=rows, most_in_memory=most_in_memory)
    found = tables.read(tmp_path / "m.parquet").select("id", "likes").rows()
    assert found == [("Meta/A", 7), ("aaa/z", 4), ("meta/a", 1), ("qwen/a", 2), ("qwen/b", 0), ("zzz/é", 6)]
    assert (filled["id"], filled["tags"], filled["cardData"]) == (6, 6, 0)


@pytest.mark.parametrize("most_in_memory", [BY_FILES, IN_MEMORY])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, most_in_memory: int) -> None:
    for name in ("a", "b"):
        write_ranges(listed(), RawModels, tmp_path / name, rows=3, most_in_memory=most_in_memory)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
