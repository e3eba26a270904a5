"""One writer: rows under a contract, in the order of their key, the same bytes for the same rows."""

from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import tables
from pipeline.errors import TableError


class Made(dy.Schema):
    """A key of two columns and a value."""

    name = dy.String(primary_key=True)
    number = dy.Int64(primary_key=True)
    value = dy.Float64(nullable=True, min=0)


def rows(*keys: tuple[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"name": name, "number": number, "value": 1.0} for name, number in keys],
        schema={"name": pl.String, "number": pl.Int64, "value": pl.Float64},
    )


def test_rows_that_repeat_a_key_are_one_line_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "made.parquet"
    tables.write(rows(("a", 1)), Made, path)
    before = path.read_bytes()
    with pytest.raises(TableError) as raised:
        tables.write(rows(("b", 1), ("a", 1), ("b", 1), ("b", 1)), Made, path)
    assert "Made breaks its contract (primary_key: 2 rows repeat name, number)" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["made.parquet"]


def test_a_key_without_a_value_breaks_the_contract(tmp_path: Path) -> None:
    gone = rows(("a", 1), ("b", 2)).with_columns(number=pl.lit(None, pl.Int64))
    with pytest.raises(TableError, match="number"):
        tables.write(gone, Made, tmp_path / "made.parquet")


def test_a_value_out_of_range_breaks_the_contract(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="value"):
        tables.write(rows(("a", 1)).with_columns(value=-1.0), Made, tmp_path / "made.parquet")


KEYS = st.lists(st.tuples(st.text(max_size=3), st.integers(-9, 9)), max_size=30)


@given(KEYS)
def test_keys_are_distinct_or_refused_whatever_their_order(keys: list[tuple[str, int]]) -> None:
    if len(set(keys)) < len(keys):
        with pytest.raises(TableError, match=f"primary_key: {len(keys) - len(set(keys))} rows repeat"):
            tables.conform(rows(*keys), Made, "here")
    else:
        assert tables.conform(rows(*keys), Made, "here").select("name", "number").rows() == sorted(
            keys, key=lambda key: (key[0].encode(), key[1])
        )


@given(KEYS)
def test_the_order_that_rows_come_in_leaves_no_trace(keys: list[tuple[str, int]]) -> None:
    distinct = list(dict.fromkeys(keys))
    forth, back = (tables.conform(rows(*some), Made, "here") for some in (distinct, distinct[::-1]))
    assert forth.equals(back)
