"""One writer: rows under a contract, in the order of their key, the same bytes for the same rows."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base import tables
from pipeline.base.errors import TableError


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


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"＝＋－＠"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe_in_csv(start: str) -> None:
    texts = [f"{start}cmd|' /C calc'!A0", start, f"a{start}b", "", f"'{start}"]
    text = tables.csv_text(pl.DataFrame({"id": texts}, schema={"id": pl.String}))
    read = [row["id"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert read == [f"'{texts[0]}", f"'{start}", *texts[2:]]


def test_numbers_and_days_are_no_text_in_csv() -> None:
    frame = pl.DataFrame({"whole": [-1], "share": [-0.5], "day": [date(2026, 4, 22)], "known": [True]})
    assert tables.csv_text(frame) == "whole,share,day,known\n-1,-0.5,2026-04-22,true\n"


def test_lists_become_json_in_csv_whatever_they_hold() -> None:
    lists = [['a "quoted" }', "b\\c", "ü, \n"], [], None, [None], ["=1+1"]]
    text = tables.csv_text(pl.DataFrame({"list": lists, "n": 1}, schema={"list": pl.List(pl.String), "n": pl.Int64}))
    read = [row["list"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert [json.loads(text) if text else None for text in read] == lists


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "{", "", b"\xff", "9" * 5000])
def test_json_from_outside_that_cannot_be_read_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        tables.parsed_json(text)


def test_depth_is_counted_in_levels() -> None:
    assert not tables.is_deep(json.loads("[" * 99 + "1" + "]" * 99))
    assert tables.is_deep(json.loads("[" * 100 + "1" + "]" * 100))
    assert tables.is_deep(json.loads('{"a":' * 100 + "1" + "}" * 100))


def test_json_from_outside_gives_text_that_a_table_can_hold() -> None:
    text = r'{"a\ud83d": ["\uDE00x", "\ud83d\ude00", "\\ud83d", 1, null]}'
    read = {"a?": ["?x", "\N{GRINNING FACE}", r"\ud83d", 1, None]}
    assert tables.parsed_json(text) == tables.parsed_json(text.encode()) == read
