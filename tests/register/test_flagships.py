"""Which releases are flagships: the largest language model of each maker in each half-year, by rule."""

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline import register
from pipeline.base.paths import Paths
from pipeline.register.lookup.flagships import flagships
from pipeline.register.lookup.identity import identify

REGISTER = Paths().register
SPRING, AUTUMN = dt.date(2025, 4, 1), dt.date(2025, 10, 1)


def release(model: str, size: int | None, day: dt.date | None = SPRING, **more: Any) -> dict[str, Any]:
    maker = model.split("/")[0]
    fixed = {"parameters_stated": None, "modality": "text", "organisation": maker, "mixture": "dense"}
    return {"model": model, "parameters_total": size, "released": day, **fixed, **more}


def chosen(*rows: dict[str, Any]) -> list[str]:
    schema = {"parameters_total": pl.Int64, "parameters_stated": pl.Int64, "released": pl.Date}
    return flagships(pl.DataFrame(rows, schema_overrides=schema))["model"].to_list()


def test_the_largest_of_each_maker_in_each_half_year() -> None:
    rows = [release("a/small", 1), release("a/large", 2), release("a/later", 1, AUTUMN), release("b/only", 1)]
    assert chosen(*rows) == ["a/large", "b/only", "a/later"]


def test_a_stated_size_counts_where_no_elements_are_known() -> None:
    assert chosen(release("a/stored", 5), release("a/stated", None, parameters_stated=9)) == ["a/stated"]


def test_of_equal_ones_the_earliest() -> None:
    assert chosen(release("a/again", 5, dt.date(2025, 5, 1)), release("a/first", 5)) == ["a/first"]


def test_what_is_no_language_model_or_lacks_a_date_a_size_or_a_maker_is_none() -> None:
    rows = [
        release("a/sound", 9, modality="audio"),
        release("b/undated", 9, None),
        release("c/unsized", None),
        release("d/unknown", 9, organisation=None),
    ]
    assert chosen(*rows) == []


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 99), st.dates(dt.date(2024, 1, 1))), min_size=1, max_size=30
    )
)
def test_nothing_larger_is_passed_over(drawn: list[tuple[str, int, dt.date]]) -> None:
    rows = [release(f"{maker}/{place}", size, day) for place, (maker, size, day) in enumerate(drawn)]
    picked = set(chosen(*rows))
    for row in rows:
        half = (row["released"].year, row["released"].month > 6)
        rivals = [
            other
            for other in rows
            if other["model"] in picked
            and other["organisation"] == row["organisation"]
            and (other["released"].year, other["released"].month > 6) == half
        ]
        assert len(rivals) == 1
        assert rivals[0]["parameters_total"] >= row["parameters_total"]


def test_the_register_has_flagships_of_every_half_year_since_2023() -> None:
    known = register.load("releases", REGISTER)
    makers = identify(known.select(id="model"), REGISTER).collect().select("organisation", model="id")
    halves = set(flagships(known.join(makers, on="model"))["half_year"])
    assert {dt.date(year, month, 1) for year in (2023, 2024, 2025) for month in (1, 7)} <= halves


def test_releases_of_one_architecture_and_size_are_of_one_kind() -> None:
    """Two tunings of Nemotron 3 Ultra stood as dense beside it, with the elements of a mixture."""
    sized = (
        register.load("releases", REGISTER)
        .drop_nulls(["architecture", "parameters_total"])
        .sort("architecture", "parameters_total")
        .with_columns(
            near=(pl.col("parameters_total") / pl.col("parameters_total").shift(1).over("architecture") - 1) < 1e-6,
            other=pl.col("mixture").shift(1).over("architecture"),
        )
    )
    assert sized.filter("near", pl.col("mixture") != pl.col("other"))["model"].to_list() == []
