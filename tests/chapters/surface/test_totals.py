"""Totals beside rates per release: what each shows, whose counts they are, and words that turn with them."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base.facts import PageFacts, report_facts
from pipeline.base.paths import Paths
from pipeline.chapters.surface import facts_totals, totals
from pipeline.chapters.surface.totals import Basis
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.surface import totals as charts
from tests.conftest import Report

DAY = date(2026, 5, 1)
PAIR = ("Qwen", "Llama")


def releases(**each: int) -> pl.DataFrame:
    """So many releases of each family, all dated before the day."""
    rows = [(f"{family}/{number}", family, date(2026, 1, 1)) for family, n in each.items() for number in range(n)]
    return pl.DataFrame(rows, schema={"model": pl.String, "family": pl.String, "released": pl.Date}, orient="row")


def bases(**each: int) -> pl.DataFrame:
    """So many derivatives of each family, all of its first release."""
    rows = [(f"{family}/0", "declared", n) for family, n in each.items()]
    return pl.DataFrame(
        rows, schema={"model": pl.String, "evidence": pl.String, "all_relations": pl.Int64}, orient="row"
    )


def basis(counts: pl.DataFrame, kind: Any = "stock", day: date = DAY) -> Basis:
    return Basis(kind, day, "census of May 2026", "the Hub, census of May 2026", None, counts)


def counted(n: dict[str, int], derivatives: dict[str, int]) -> dict[str, dict[str, Any]]:
    rows = totals.totals(releases(**n), basis(bases(**derivatives)))
    return {row["family"]: row for row in rows.iter_rows(named=True)}


def texts(n: dict[str, int], derivatives: dict[str, int]) -> dict[str, str]:
    params = parameters.load(Paths().params)
    found = facts_totals.facts(totals.totals(releases(**n), basis(bases(**derivatives))), params)
    return {key: fact["text"] for key, fact in found.items()}


def test_releases_that_nobody_builds_on_are_in_the_rate() -> None:
    row = counted({"Qwen": 4}, {"Qwen": 100})["Qwen"]
    assert (row["derivatives"], row["releases"], row["per_release"]) == (100, 4, 25)


def test_releases_after_the_day_and_undated_ones_count_for_nothing() -> None:
    known = releases(Qwen=3).with_columns(
        released=pl.Series([date(2026, 1, 1), date(2026, 6, 1), None], dtype=pl.Date),
    )
    one = totals.totals(known, basis(bases(Qwen=10))).row(0, named=True)
    assert (one["releases"], one["derivatives"]) == (1, 10)


def test_inferred_derivatives_are_in_no_total() -> None:
    inferred = bases(Qwen=10).with_columns(evidence=pl.lit("inferred"))
    assert not totals.has_derivatives(inferred)
    assert totals.totals(releases(Qwen=1), basis(inferred))["derivatives"].sum() == 0


def test_a_lead_by_more_releases_shows_in_the_total_and_in_no_rate() -> None:
    text = texts({"Qwen": 40, "Llama": 10}, {"Qwen": 400, "Llama": 100})
    assert text["totals.title"] == "Qwen is ahead in total, neither is ahead by release (May 2026)"
    assert "4.0 times the releases, each with about as many" in text["totals.sentence"]


def test_a_lead_by_release_alone_is_named_as_such() -> None:
    text = texts({"Qwen": 40, "Llama": 4}, {"Qwen": 400, "Llama": 100})
    assert text["totals.title"] == "Qwen is ahead in total, Llama by release (May 2026)"
    assert "10 times the releases, each with 40% of the derivatives" in text["totals.sentence"]


def test_roles_exchanged_turn_the_sentence() -> None:
    one = texts({"Qwen": 40, "Llama": 4}, {"Qwen": 400, "Llama": 100})["totals.sentence"]
    other = texts({"Qwen": 4, "Llama": 40}, {"Qwen": 100, "Llama": 400})["totals.sentence"]
    swapped = one.replace("Qwen", "?").replace("Llama", "Qwen").replace("?", "Llama")
    assert other == swapped


def test_the_ratio_of_totals_is_that_of_releases_times_that_of_rates() -> None:
    both = counted({"Qwen": 30, "Llama": 12}, {"Qwen": 900, "Llama": 300})
    ratios = {
        column: both["Qwen"][column] / both["Llama"][column] for column in ("derivatives", "releases", "per_release")
    }
    assert ratios["derivatives"] == pytest.approx(ratios["releases"] * ratios["per_release"])


def test_neither_a_sample_nor_an_older_flow_is_shown() -> None:
    own = basis(bases(Qwen=10))
    assert totals.shown(own, "sample", []) == []
    assert totals.shown(own, "slice", []) == []
    assert totals.shown(own, "census", []) == [own]


def test_the_default_build_shows_the_newest_census_beside_what_was_new(sample: Report) -> None:
    table = sample.table("family_totals")
    assert set(table["kind"]) == {"stock", "flow"}
    assert table["edition"].null_count() == 0
    assert not any(sample.text(f"totals.{name}") == "" for name in ("sentence", "new", "label"))


def test_the_figure_shows_all_three_and_goes_without_rows(sample: Report) -> None:
    params = parameters.load(Paths().params)
    families = register.load("families", Paths().register)
    facts = PageFacts(sample.facts() | report_facts(params))
    drawn = charts.beside_rates(sample.table("family_totals"), families, facts)
    assert isinstance(drawn, Figure)
    assert {"derivatives", "releases", "per_release"} <= set(drawn.table.columns)
    assert set(PAIR) <= set(drawn.table["family"])
    assert facts.text("totals.label") in drawn.subtitle
    assert isinstance(charts.beside_rates(sample.table("family_totals").clear(), families, facts), Absent)
