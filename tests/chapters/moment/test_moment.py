"""The moment, and the year after it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base.errors import RegisterError
from pipeline.base.facts import Facts
from pipeline.base.paths import Paths
from pipeline.base.results import Tables
from pipeline.chapters.moment import facts as timeline_facts
from pipeline.chapters.moment import tables as timeline
from pipeline.chapters.moment.prices import prices_of
from pipeline.chapters.moment.releases import releases_of
from pipeline.charts.kit.figure import Figure
from pipeline.charts.moment import scores as charts
from tests.conftest import Report
from tests.register.altered import altered, edit

TODAY = date(2026, 10, 5)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A register that a test may change."""
    return altered(tmp_path / "register")


def facts_of(directory: Path) -> Facts:
    shown = timeline.marks(directory, TODAY)
    out = {
        "moment_scores": timeline.scores(register.load("benchmarks", directory)),
        "moment_releases": releases_of(["Alibaba", "DeepSeek"], shown, directory, TODAY),
        "moment_prices": prices_of(directory, min(shown["day"]), TODAY),
    }
    known = register.tables(directory, "api_prices", "events")
    return timeline_facts.facts(Tables(out | known), parameters.load(Paths().params))


# ---------------------------------------------------------------------------------------- timeline


def test_every_mark_is_a_register_row_with_its_source(tables: Path) -> None:
    shown = timeline.marks(tables, TODAY)
    assert shown.height == register.load("timeline", tables).height
    assert shown["source"].str.len_chars().min() > 4  # type: ignore[operator]
    assert shown["statement"].null_count() == 0
    assert not shown["label"].drop_nulls().str.contains(r"[{}]").any()


def test_r1_came_out_on_20_january_and_its_paper_on_22(tables: Path) -> None:
    days = dict(timeline.marks(tables, TODAY).select("mark", "day").iter_rows())
    assert (days[30], days[50]) == (date(2025, 1, 20), date(2025, 1, 22))
    quoted = facts_of(tables)["moment.date"]["text"]
    assert "20 January 2025" in quoted
    assert "two days later, on 22 January 2025" in quoted


def test_dates_prices_and_counts_come_from_their_rows(tables: Path) -> None:
    edit(tables, "events", where=pl.col("event") == "v3_2_release", date="2025-12-03")
    edit(tables, "api_prices", where=pl.col("model") == "o1", usd_per_million_output="66")
    is_count = (pl.col("subject") == "Qwen") & (pl.col("published") == "2025-06-12")
    edit(tables, "published_counts", where=is_count, value="131000")
    shown = {row["mark"]: row for row in timeline.marks(tables, TODAY).iter_rows(named=True)}
    assert shown[180]["day"] == date(2025, 12, 3)
    assert "$15 for a million input tokens of o1 and $66 for output" in shown[10]["statement"]
    assert "131,000" in shown[110]["statement"]


def test_a_mark_without_its_row_is_an_error_that_names_it(tables: Path) -> None:
    edit(tables, "timeline", where=pl.col("item") == "v3_release", item="v9_release")
    with pytest.raises(RegisterError, match="mark 20: no row v9_release in events"):
        timeline.marks(tables, TODAY)
    edit(tables, "timeline", where=pl.col("item") == "v9_release", item="v3_release")
    edit(tables, "timeline", where=pl.col("item") == "o1", day="2024-12-18")
    with pytest.raises(RegisterError, match="mark 10"):
        timeline.marks(tables, TODAY)


def test_nothing_after_the_snapshot_is_shown(tables: Path) -> None:
    early = timeline.marks(tables, date(2025, 1, 31))
    assert max(early["day"]) <= date(2025, 1, 31)


# ------------------------------------------------------------------------------------------ scores


def test_r1_and_o1_lead_each_on_half_of_the_benchmarks(tables: Path) -> None:
    quoted = facts_of(tables)
    assert quoted["moment.title"]["text"].startswith("R1 leads o1 on five of ten benchmarks")
    assert "at 4% of its output price" in quoted["moment.title"]["text"]
    assert quoted["moment.scores.title"]["text"] == (
        "R1 and o1 lie within five points on seven of nine benchmarks; "
        "the widest gap is on SimpleQA, where o1 leads by 16.9"
    )


def test_a_contest_counts_once_by_its_rating(tables: Path) -> None:
    scores = timeline.scores(register.load("benchmarks", tables))
    assert scores["benchmark"].len() == scores.select("benchmark", "other").n_unique()
    assert set(scores.filter(benchmark="Codeforces")["metric"]) == {"rating"}
    edit(tables, "benchmarks", where=pl.col("metric") == "rating", benchmark="Another contest")
    assert "percentile" in set(timeline.scores(register.load("benchmarks", tables))["metric"])


@pytest.mark.parametrize(
    ("benchmark", "r1", "o1"),
    [
        ("MMLU", 90.8, 91.8),
        ("DROP", 92.2, 90.2),
        ("SimpleQA", 30.1, 47.0),
        ("SWE-bench Verified", 49.2, 48.9),
        ("Aider-Polyglot", 53.3, 61.7),
    ],
)
def test_scores_are_those_of_the_readme_of_r1(benchmark: str, r1: float, o1: float, tables: Path) -> None:
    scores = timeline.scores(register.load("benchmarks", tables)).filter(benchmark=benchmark, other="OpenAI-o1-1217")
    assert scores.select("value", "other_value").row(0) == (r1, o1)


def test_other_scores_and_prices_turn_the_title(tables: Path) -> None:
    edit(tables, "benchmarks", where=pl.col("model") == "OpenAI-o1-1217", value="10")
    edit(tables, "api_prices", where=pl.col("model") == "o1", usd_per_million_output="1.0")
    quoted = facts_of(tables)
    assert quoted["moment.title"]["text"].startswith(
        "R1 leads o1 on ten of ten benchmarks, at 2.2 times its output price"
    )
    assert "where R1 leads by" in quoted["moment.scores.title"]["text"]
    edit(tables, "benchmarks", where=pl.col("model") == "DeepSeek-R1", value="5")
    assert "on none of ten" in facts_of(tables)["moment.title"]["text"]


# ---------------------------------------------------------------------------- sample and slice


def test_scores_are_drawn_on_sample_and_slice(sample: Report, hub_slice: Report) -> None:
    for report in (sample, hub_slice):
        quoted = report.facts()
        figure = charts.scores(report.table("moment_scores"), quoted)
        assert isinstance(figure, Figure)
        assert "role-mark" in figure.html
