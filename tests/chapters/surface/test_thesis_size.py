"""The tests on surface area seldom find an effect where none is, and the report says of it what was measured."""

import polars as pl
import pytest

from pipeline.base.paths import Paths
from pipeline.chapters.methods import facts_thesis_size
from pipeline.chapters.methods.facts_thesis_size import BEFORE, EXCHANGED, INTERVAL, TURNED
from pipeline.chapters.surface import regression
from tests.benchmarks import thesis as benchmark
from tests.conftest import Report

OWN = (EXCHANGED, TURNED)


def test_where_surface_grows_with_size_and_has_no_effect_few_worlds_show_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that is right finds an effect in 1 of 20; one that finds it in 10 of 30 is wrong beyond any doubt."""
    monkeypatch.setattr(regression, "DRAWS", 99)
    tests = {name: benchmark.TESTS[name] for name in OWN}
    found = benchmark.measured("grows with size", 12, 30, tests)
    assert min(found["simulations"].to_list()) >= 25
    assert max(found["rejected"].to_list()) < 10 / 30


def test_the_stored_results_hold_what_the_docstring_claims(sample: Report) -> None:
    measured = sample.table("thesis_size")
    assert set(measured["surface"]) == set(benchmark.WORLDS)
    now, interval = measured.filter(pl.col("test").is_in(OWN)), measured.filter(test=INTERVAL)
    assert max(now["rejected"].to_list()) < min(interval["rejected"].to_list())
    assert min(measured["simulations"].to_list()) >= 100


def test_the_sentence_turns_with_the_results() -> None:
    measured = pl.read_csv(Paths().benchmarks.with_name("thesis.csv"), try_parse_dates=True)
    altered = measured.with_columns(
        rejected=pl.when(pl.col("test") == BEFORE + EXCHANGED).then(0.77).otherwise("rejected")
    )
    one, other = (facts_thesis_size.size_facts(rows)["thesis.size.sentence"]["text"] for rows in (measured, altered))
    assert one != other
    assert "77%" in other
