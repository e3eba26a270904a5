"""Columns of a snapshot: kinds are converted or refused by name, values outside bounds are null."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import snapshot
from pipeline.base import tables
from pipeline.base.errors import SnapshotError
from pipeline.base.params import Snapshot
from pipeline.base.paths import Paths
from pipeline.snapshot.columns import normalise
from pipeline.snapshot.schema import MOST_COUNTED, RawModels
from tests.conftest import Report

DAY = date(2026, 4, 22)
SECONDS = 1_714_521_600
"""1 May 2024, in seconds since 1970."""


def made(**columns: Any) -> pl.LazyFrame:
    """Three plain rows; a column is changed, added, or taken away by None."""
    plain = {"id": ["a/b", "a/c", "a/d"], "tags": [["x"], [], None], "createdAt": [datetime(2024, 1, 1)] * 3}
    return pl.DataFrame({name: values for name, values in (plain | columns).items() if values is not None}).lazy()


def read(**columns: Any) -> tuple[pl.DataFrame, dict[str, dict[str, Any]]]:
    models, repairs = normalise(made(**columns), "odd.parquet", DAY)
    return tables.conform(models, RawModels, "odd.parquet"), repairs


def refused(**columns: Any) -> str:
    with pytest.raises(SnapshotError) as raised:
        read(**columns)
    assert "odd.parquet" in str(raised.value)
    return str(raised.value)


# --- bounds


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1800, 1, 1),
        datetime(3000, 1, 1),
        datetime(2022, 3, 1),
        datetime(2026, 4, 24),
        datetime(1970, 1, 20, 20, 15),  # seconds read as microseconds
    ],
)
def test_a_day_of_creation_that_cannot_be_is_missing_and_counted(instant: datetime) -> None:
    models, repairs = read(createdAt=[instant, datetime(2024, 1, 1), datetime(2025, 1, 1)])
    assert models["createdAt"].to_list() == [None, datetime(2024, 1, 1), datetime(2025, 1, 1)]
    assert repairs["values_outside"] == {"createdAt": 1}


@pytest.mark.parametrize(
    "instant", [datetime(2022, 3, 2, 23, 29, 4), datetime(2026, 4, 22, 9), datetime(2026, 4, 23, 23)]
)
def test_the_hubs_floor_and_a_day_ahead_of_the_clock_are_days_of_creation(instant: datetime) -> None:
    models, repairs = read(createdAt=[instant] * 3)
    assert models["createdAt"].to_list() == [instant] * 3
    assert repairs["values_outside"] == {}


def test_a_last_commit_may_be_older_than_the_hubs_floor_and_not_younger_than_the_snapshot() -> None:
    models, repairs = read(lastModified=[datetime(2021, 5, 20), datetime(2026, 5, 20), datetime(2024, 1, 1)])
    assert models["lastModified"].to_list() == [datetime(2021, 5, 20), None, datetime(2024, 1, 1)]
    assert repairs["values_outside"] == {"lastModified": 1}


@pytest.mark.parametrize("column", ["downloads", "downloadsAllTime", "likes"])
@pytest.mark.parametrize("value", [-1, 2**63 - 1, -(2**63), 10**12])
def test_a_counter_that_cannot_be_is_missing_and_counted(column: str, value: int) -> None:
    models, repairs = read(**{column: [value, 5, 0]})
    assert models[column].to_list() == [None, 5, 0]
    assert repairs["values_outside"] == {column: 1}


def test_ten_million_of_the_largest_counters_can_be_added() -> None:
    assert MOST_COUNTED * 10_000_000 < 2**63


@pytest.mark.parametrize("total", [-5, 10**18])
def test_an_absurd_total_of_elements_is_missing_and_counted(total: int) -> None:
    models, repairs = read(safetensors=[{"total": total}, {"total": 5}, {"total": 0}])
    assert models["safetensors"].struct.field("total").to_list() == [None, 5, 0]
    assert repairs["values_outside"] == {"safetensors.total": 1}


def test_a_negative_number_of_layers_is_missing_and_counted() -> None:
    models, repairs = read(config=[{"num_hidden_layers": layers, "model_type": "llama"} for layers in (-1, 32, 16)])
    assert models["config"].struct.field("num_hidden_layers").to_list() == [None, 32, 16]
    assert models["config"].struct.field("model_type").to_list() == ["llama"] * 3
    assert repairs["values_outside"] == {"config.num_hidden_layers": 1}


@pytest.mark.parametrize(
    ("raw", "unit", "example"),
    [
        (SECONDS, "us", "1970-01-01"),
        (SECONDS * 10**3, "us", "1970-01-20"),
        (SECONDS * 10**6, "ms", "the year 56301"),
        (SECONDS * 10**9, "ms", "a year beyond all calendars"),
    ],
)
def test_days_in_another_unit_refuse_the_file_with_column_and_example(raw: int, unit: Any, example: str) -> None:
    line = refused(createdAt=pl.Series([raw] * 3).cast(pl.Datetime(unit)))
    assert "3 of 3 values of createdAt are not within 2022-03-02 and 2026-04-23" in line
    assert example in line
    assert "snapshot.date" in line


def test_counters_that_are_mostly_negative_refuse_the_file_with_column_and_example() -> None:
    line = refused(likes=[-7, -8, 1])
    assert "2 of 3 values of likes are no whole numbers within 0 and 100,000,000,000, such as -7," in line


def test_fractions_in_a_column_of_counts_are_reported_as_such() -> None:
    assert "2 of 3 values of downloads are no whole numbers within" in refused(downloads=[1.5, 2.5, 1.0])


def test_a_file_whose_day_is_before_its_rows_is_refused() -> None:
    assert "createdAt" in refused(createdAt=[datetime(2027, 1, 1)] * 3)


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=30))
def test_every_value_is_converted_or_counted(values: list[int | None]) -> None:
    bound = MOST_COUNTED
    fine = [value for value in values if value is not None and 0 <= value <= bound]
    every = [value for value in values if value is not None]
    frame = pl.DataFrame(
        {"id": [f"a/{n:02}" for n in range(len(values))], "tags": [[]] * len(values), "likes": values},
        schema_overrides={"likes": pl.Int64, "tags": pl.List(pl.String)},
    ).lazy()
    try:
        models, repairs = normalise(frame, "odd.parquet", DAY)
    except SnapshotError:
        assert 2 * len(fine) < len(every)
        return
    assert models.collect()["likes"].drop_nulls().to_list() == fine
    assert repairs["values_outside"].get("likes", 0) == len(every) - len(fine)


# --- kinds


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("createdAt", ["2024-01-01T00:00:00Z"] * 3, "createdAt is text, a timestamp is needed"),
        ("createdAt", [SECONDS] * 3, "createdAt is a whole number, a timestamp is needed"),
        ("lastModified", [1.5] * 3, "lastModified is a decimal number, a timestamp is needed"),
        ("downloads", ["1", "2", "3"], "downloads is text, a whole number is needed"),
        ("likes", [True] * 3, "likes is true or false, a whole number is needed"),
        ("likes", [datetime(2024, 1, 1)] * 3, "likes is a timestamp, a whole number is needed"),
        ("tags", ["x"] * 3, "tags is text, a list of text is needed"),
        ("tags", [{"a": 1}] * 3, "tags is a struct, a list of text is needed"),
        ("tags", [[1]] * 3, "tags is a list of whole numbers, a list of text is needed"),
        ("tags", [[["x"]]] * 3, "tags is a list of lists, a list of text is needed"),
        ("tags", [[{"id": "x"}]] * 3, "tags is a list of structs, a list of text is needed"),
        ("id", [1, 2, 3], "id is a whole number, text is needed"),
        ("id", [b"a/b", b"a/c", b"a/d"], "id is bytes, text is needed"),
        ("author", [1, 2, 3], "author is a whole number, text is needed"),
        ("cardData", [{"license": "mit"}] * 3, "cardData is a struct, text is needed"),
        ("safetensors", [{"total": "5"}] * 3, "safetensors.total is text, a whole number is needed"),
        ("baseModels", [{"models": "a/b"}] * 3, "baseModels.models is text, a list of text is needed"),
    ],
)
def test_a_column_of_another_kind_is_named(column: str, values: list[Any], message: str) -> None:
    assert message in refused(**{column: values})


@pytest.mark.parametrize(
    ("column", "values", "converted"),
    [
        ("createdAt", pl.Series([date(2024, 1, 1)] * 3), [datetime(2024, 1, 1)] * 3),
        ("createdAt", pl.Series([datetime(2024, 1, 1, tzinfo=UTC)] * 3), [datetime(2024, 1, 1)] * 3),
        ("createdAt", pl.Series([None] * 3, dtype=pl.Null), [None] * 3),
        ("downloads", pl.Series([1.0, float("nan"), None]), [1, None, None]),  # as pandas writes whole numbers
        ("downloads", pl.Series([1, 2, 3], dtype=pl.Decimal(10, 2)), [1, 2, 3]),
        ("downloads", pl.Series([1, 2, 3], dtype=pl.UInt8), [1, 2, 3]),
        ("id", pl.Series(["a/b", "a/c", "a/d"], dtype=pl.Categorical), ["a/b", "a/c", "a/d"]),
        ("id", pl.Series(["a/b", "a/c", "a/d"], dtype=pl.Enum(["a/b", "a/c", "a/d"])), ["a/b", "a/c", "a/d"]),
        ("tags", pl.Series([["x"], [None], None], dtype=pl.List(pl.Categorical)), [["x"], [], None]),
        ("tags", pl.Series([["x", "y"]] * 3, dtype=pl.Array(pl.String, 2)), [["x", "y"]] * 3),
        ("tags", pl.Series([["x", None]] * 3), [["x"]] * 3),
        ("tags", pl.Series([[], [], None], dtype=pl.List(pl.Null)), [[], [], None]),
    ],
)  # fmt: skip
def test_a_column_that_converts_without_a_loss_is_converted(
    column: str, values: pl.Series, converted: list[Any]
) -> None:
    models, repairs = read(**{column: values})
    assert models[column].to_list() == converted
    assert repairs["values_outside"] == {}


@pytest.mark.parametrize("values", [[1.5, 2.0, 3.0], [float("inf"), 2.0, 3.0], [2.0**70, 2.0, 3.0]])
def test_a_count_that_is_no_whole_number_is_outside(values: list[float]) -> None:
    models, repairs = read(downloads=values)
    assert models["downloads"].to_list() == [None, 2, 3]
    assert repairs["values_outside"] == {"downloads": 1}


@pytest.mark.parametrize(("column", "kind"), [("safetensors", "text"), ("baseModels", "text"), ("config", "text")])
def test_a_struct_written_as_text_is_left_out_and_reported(column: str, kind: str) -> None:
    models, repairs = read(**{column: ['{"total": 5}'] * 3})
    assert models[column].null_count() == 3
    assert repairs["columns_unread"] == {column: kind}


# --- rows


@pytest.mark.parametrize("ids", [[None, None, None], ["", "", ""], pl.Series([None] * 3, dtype=pl.Null)])
def test_a_file_in_which_no_row_has_an_id_is_refused(ids: Any) -> None:
    assert "no row has an id" in refused(id=ids if isinstance(ids, pl.Series) else pl.Series(ids, dtype=pl.String))


def test_a_file_without_rows_is_refused() -> None:
    with pytest.raises(SnapshotError, match="no row has an id"):
        normalise(made().head(0), "odd.parquet", DAY)


def test_rows_without_an_id_are_left_out_and_counted() -> None:
    models, repairs = read(id=["a/b", None, ""])
    assert models["id"].to_list() == ["a/b"]
    assert repairs["values_outside"] == {"id": 2}


# --- whole files


def written(frame: pl.LazyFrame, folder: Path) -> dict[str, Any]:
    """The provenance of a snapshot of this frame."""
    path = folder / "odd.parquet"
    frame.collect().write_parquet(path)
    described = Snapshot(source="file", path=str(path), coverage="slice", date=DAY)
    snapshot.write(snapshot.read(described, Paths()), folder)
    return tables.read_json(folder / "provenance.json")


def test_provenance_counts_what_was_outside_and_which_columns_are_empty(tmp_path: Path) -> None:
    known = written(
        made(
            likes=[1, None, -1],
            downloads=pl.Series([None] * 3, dtype=pl.Int64),
            safetensors=[{"total": None}] * 3,
            config=["{}"] * 3,
        ),
        tmp_path,
    )
    assert known["values_outside"] == {"likes": 1}
    assert known["columns_unread"] == {"config": "text"}
    assert known["columns_present"] == ["id", "author", "createdAt", "likes", "tags"]
    assert {"downloads", "safetensors", "config", "baseModels"} <= set(known["columns_absent"])
    rows = {"id": 3, "author": 3, "createdAt": 3, "likes": 1, "tags": 1}
    assert {name: count for name, count in known["rows_with"].items() if count} == rows


def test_of_rows_with_the_same_id_the_first_stays(tmp_path: Path) -> None:
    known = written(made(id=["a/b", "a/b", "a/c"], likes=[1, 2, 3]), tmp_path)
    assert known["rows"] == 2
    assert pl.read_parquet(tmp_path / "models.parquet")["likes"].to_list() == [1, 3]


def test_a_file_of_an_older_day_is_checked_against_its_own_day(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "old.parquet"
    made(createdAt=[datetime(2025, 6, 1), datetime(2024, 1, 1), datetime(2024, 1, 2)]).collect().write_parquet(path)
    described = Snapshot(source="file", path=str(path), coverage="slice", date=date(2024, 12, 31))
    assert snapshot.read(described, report.paths).provenance["values_outside"] == {"createdAt": 1}


def test_the_embedded_sample_has_nothing_outside_its_bounds(sample: Report) -> None:
    known = tables.read_json(sample.paths.provenance)
    assert known["values_outside"] == known["columns_unread"] == {}
    recorded = tables.read_json(sample.paths.sample / "provenance.json")
    assert {name: known[name] for name in ("columns_present", "columns_absent", "rows")} == {
        name: recorded[name] for name in ("columns_present", "columns_absent", "rows")
    }
