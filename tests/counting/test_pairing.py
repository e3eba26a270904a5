"""Credit that is split over several roots goes to the groups of these roots, and to no other head's."""

import polars as pl
import pytest

from pipeline.counting import pairs

ALONE = pl.DataFrame(
    {"child": [0], "relation": [0], "relation_corrected": [0], "group": [0], "weight": [1.0]},
    schema_overrides={"group": pl.Int32},
)


def several(*rows: tuple[int, int, int]) -> pl.DataFrame:
    """Rows of child, group and head."""
    columns = {"child": pl.Int64, "group": pl.Int32, "head": pl.Int64}
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return frame.with_columns(relation=pl.lit(0, pl.Int64), relation_corrected=pl.lit(0, pl.Int64))


def test_shares_of_one_group_are_added_up() -> None:
    split = pl.DataFrame({"head": [4, 4, 4], "root": [0, 1, 2], "share": [0.25, 0.25, 0.5]})
    found = pairs.shared(ALONE, several((7, 0, 4), (7, 1, 4)), split, pl.Series([0, 0, 1], dtype=pl.Int32))
    credited = {group: weight for _, group, weight in found.slice(1).select("child", "group", "weight").iter_rows()}
    assert credited == pytest.approx({0: 0.5, 1: 0.5})


def test_a_group_without_a_root_gets_no_credit_of_another_head() -> None:
    split = pl.DataFrame({"head": [4, 5, 5], "root": [0, 0, 1], "share": [1.0, 0.5, 0.5]})
    found = pairs.shared(ALONE, several((7, 2, 4), (8, 0, 5)), split, pl.Series([0, 1], dtype=pl.Int32))
    assert found.slice(1).select("child", "group", "weight").rows() == [(8, 0, 0.5)]
