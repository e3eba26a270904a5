"""Counts that others published: what they say together, and what each would imply for the others."""

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline import register
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives import facts_published, published
from pipeline.charts.derivatives import published as charts
from pipeline.charts.kit.figure import Absent, Figure
from tests.conftest import Report
from tests.register.altered import altered, edit

TODAY = date(2026, 10, 5)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A register that a test may change."""
    return altered(tmp_path / "register")


def counts(directory: Path, last: date = TODAY) -> pl.DataFrame:
    return published.series(
        register.load("published_counts", directory), register.load("organisations", directory), last
    )


def facts_of(directory: Path, last: date = TODAY) -> PageFacts:
    counted = counts(directory, last)
    return PageFacts(facts_published.published_facts(counted, published.growth(counted)))


def test_growth_of_180_to_210_a_day_implies_65000_to_80000_in_the_middle_of_2025(tables: Path) -> None:
    quoted = facts_of(tables)
    assert 65_000 < quoted["published.middle.low"]["value"] < quoted["published.middle.high"]["value"] < 80_000
    days = (date(2026, 8, 14) - date(2025, 7, 1)).days
    assert quoted["published.middle.low"]["value"] == 151_448 - 210 * days
    assert "more than that" in quoted["published.middle"]["text"]


def test_who_counted_is_named_first_in_the_publisher(tables: Path) -> None:
    counted = counts(tables).drop_nulls("counter")
    assert dict(counted.select("publisher", "counter").iter_rows()) == {
        "Alibaba via press": "Alibaba",
        "Hugging Face 'One Year Since the DeepSeek Moment' part 3": "Hugging Face",
        "Hugging Face 'State of Open Source' Spring 2026": "Hugging Face",
        "Hugging Face 'State of Open Models' Summer 2026": "Hugging Face",
        "Hugging Face series via the essay": "Hugging Face",
        "press on the Hugging Face series": "Hugging Face",
    }


def test_hugging_faces_own_counts_rise_as_it_says(tables: Path) -> None:
    quoted = facts_of(tables)["published.growth"]["text"]
    rise = {
        name: int(found[1])
        for name in ("Alibaba", "Hugging Face")
        if (found := re.search(rf"{name}’s number grew by (\d+) a day", quoted))
    }
    assert 180 <= rise["Hugging Face"] <= 210
    assert rise["Alibaba"] > 210
    assert "180 to 210 a day" in quoted


def test_tags_are_another_definition_and_join_no_pair(tables: Path) -> None:
    counted = counts(tables)
    kinds = dict(
        counted.filter(subject="Qwen", published=date(2026, 3, 17)).select("value", "definition_kind").iter_rows()
    )
    assert kinds == {113_000: "direct", 200_000: "tag"}
    assert 200_000 not in published.growth(counted)["value"].to_list()


def test_a_count_that_fits_takes_the_fall_away(tables: Path) -> None:
    assert "cannot shrink by 65,000 repositories" in facts_of(tables)["published.fall"]["text"], (
        "115,000; 113,000 is a lower limit"
    )
    alibaba = pl.col("publisher") == "Alibaba via press"
    edit(tables, "published_counts", where=alibaba, value="100000")
    quoted = facts_of(tables)
    assert "65,000" not in quoted["published.fall"]["text"]
    assert "100,000" in quoted["published.sentence"]["text"]


def test_the_two_shares_of_downloads_turn_with_their_rows(tables: Path) -> None:
    assert "fell from 54%" in facts_of(tables)["published.trend"]["text"]
    edit(tables, "published_counts", where=pl.col("publisher") == "Model Pulse version 2", value="60")
    assert "rose from 54% (Model Pulse version 1, September 2026) to 60%" in facts_of(tables)["published.trend"]["text"]


def test_without_published_counts_the_report_says_so(tables: Path) -> None:
    day = date(2025, 1, 1)
    families = register.load("families", tables)
    assert isinstance(charts.counts(counts(tables, day), families, facts_of(tables, day)), Absent)


def test_figures_draw_on_sample_and_slice(sample: Report, hub_slice: Report) -> None:
    for report in (sample, hub_slice):
        families = register.load("families", report.paths.register)
        figure = charts.counts(report.table("published_counts"), families, report.facts())
        assert isinstance(figure, Figure)
        assert "role-mark" in figure.html
    late = sample.table("published_counts").height - hub_slice.table("published_counts").height
    assert late > 0, "the slice ends before the counts of summer 2026"
    assert "carried back" in hub_slice.text("published.middle")


def test_derivatives_and_tags_are_two_quantities(tables: Path) -> None:
    """113,000 derivatives and 200,000 repositories that tag Qwen stand in one publication and do not differ."""
    quoted = facts_of(tables)
    assert "200,000 stand in one publication" not in quoted["published.sentence"]["text"]
    assert "that tag its name, another quantity, each of 200,000" in quoted["published.sentence"]["text"]
    assert quoted["published.title"]["text"].endswith("within weeks")


def test_a_lower_limit_says_so(tables: Path) -> None:
    text = facts_of(tables)["published.middle"]["text"]
    assert "Alibaba via press said more than 130,000 on 12 June 2025, more than that" in text


def test_words_of_a_lower_limit_and_its_flag_agree(tables: Path) -> None:
    """A source that says `over`, `more than` or `exceeded` gives a lower limit."""
    rows = register.load("published_counts", tables)
    wording = pl.concat_str("definition", "note", separator=" ", ignore_nulls=True).str.to_lowercase()
    over = rows.filter(wording.str.contains(r"^(over|exceed|at least)|\b(exceeded|over \d)"))
    assert over.height
    assert over["is_lower_bound"].all()


def test_studies_of_others_are_quoted_with_their_measure_and_date(tables: Path) -> None:
    quoted = facts_of(tables)["published.outside"]["text"]
    assert "Qwen’s share rose from 1% in January 2024 to 69% in February 2026 (ATOM Report, 8 April 2026)" in quoted
    assert "China 17.1% and United States 15.8%" in quoted
    assert "December 2025)" in quoted
    assert "1 December 2025" not in quoted, "the day of that paper is not known"


def test_a_study_that_found_a_fall_is_quoted_with_a_fall(tables: Path) -> None:
    february = pl.col("kind").str.starts_with("share of new derivatives, F")
    edit(tables, "published_counts", where=february, value="0.5")
    assert "Qwen’s share fell from 1% in January 2024 to 0.5% in" in facts_of(tables)["published.outside"]["text"]


def test_before_the_studies_came_out_none_is_quoted(tables: Path) -> None:
    early = facts_of(tables, date(2025, 11, 30))["published.outside"]["text"]
    assert early == "The register has no study of others by the snapshot’s day."
