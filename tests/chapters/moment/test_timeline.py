"""The moment, the year after it, and what others counted meanwhile."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base.errors import RegisterError
from pipeline.base.paths import Paths
from pipeline.chapters.derivatives import facts_published, published
from pipeline.chapters.moment import facts as timeline_facts
from pipeline.chapters.moment import tables as timeline
from pipeline.charts.derivatives import published as published_chart
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.moment import timeline as charts
from pipeline.report import facts as quotable

TODAY = date(2026, 10, 5)
PER_DAY = 1.7
"""Width of a day in the figure, px."""


@pytest.fixture
def tables(tmp_path: Path) -> Any:
    """A copy of the register that a test may change."""
    root = tmp_path / "register"
    shutil.copytree(Paths().register, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def edit(directory: Path, table: str, **values: Any) -> None:
    """Set columns of the rows where `where` holds."""
    path, where = directory / f"{table}.csv", values.pop("where")
    rows = pl.read_csv(path, infer_schema=False)
    changed = [pl.when(where).then(pl.lit(value)).otherwise(name).alias(name) for name, value in values.items()]
    rows.with_columns(changed).write_csv(path)


def facts_of(directory: Path) -> Any:
    out = {
        "moment_scores": timeline.scores(register.load("benchmarks", directory)),
        "timeline": timeline.marks(directory, TODAY),
    }
    out["timeline_spans"] = timeline.spans(out["timeline"], directory)
    told = timeline_facts.quote(out, register.load("events", directory), register.load("api_prices", directory))
    counted = counts(directory)
    return told | facts_published.quote(counted, published.growth(counted))


def counts(directory: Path, last: date = TODAY) -> pl.DataFrame:
    return published.series(
        register.load("published_counts", directory), register.load("organisations", directory), last
    )


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
    told = facts_of(tables)["moment.date"]["text"]
    assert "20 January 2025" in told
    assert "two days later, on 22 January 2025" in told


def test_a_figure_names_at_most_fifteen_and_none_touch(tables: Path) -> None:
    placed = charts.place(timeline.marks(tables, TODAY), PER_DAY, room=50)
    named = placed.drop_nulls("label")
    assert named.height <= charts.MOST_LABELS
    assert placed.height > named.height
    for _, part in named.group_by("lane", "row"):
        ends = -1.0
        for row in part.sort("day").iter_rows(named=True):
            length = len(row["label"]) * charts.CHARACTER
            start = (row["day"] - min(placed["day"])).days * PER_DAY - (length if row["over"] else 0)
            assert start >= ends
            ends = start + length


def test_dates_prices_and_counts_come_from_their_rows(tables: Path) -> None:
    edit(tables, "events", where=pl.col("event") == "v3_2_release", date="2025-12-03")
    edit(tables, "api_prices", where=pl.col("model") == "o1", usd_per_million_output="66")
    is_count = (pl.col("subject") == "Qwen") & (pl.col("published") == "2025-06-12")
    edit(tables, "published_counts", where=is_count, value="131000")
    shown = {row["mark"]: row for row in timeline.marks(tables, TODAY).iter_rows(named=True)}
    assert shown[180]["day"] == date(2025, 12, 3)
    assert shown[10]["label"] == "o1 API $15 / $66"
    assert shown[110]["label"] == "131,000, Alibaba"
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
    told = timeline_facts.timeline_facts(early.head(0), timeline.spans(early.head(0), tables))
    assert "No event" in told["timeline.title"]["text"]
    assert isinstance(charts.timeline(early.head(0), timeline.spans(early.head(0), tables), told), Absent)


def test_fewer_releases_turn_the_title(tables: Path) -> None:
    before = facts_of(tables)["timeline.title"]["text"]
    late = pl.col("released") > "2025-02-15"
    edit(tables, "releases", where=pl.col("model").str.starts_with("Qwen/") & late, released=None)
    after = facts_of(tables)["timeline.title"]["text"]
    assert before.startswith("Alibaba released on")
    assert after.startswith("DeepSeek released on")


# ------------------------------------------------------------------------------------------ scores


def test_r1_and_o1_lead_each_on_half_of_the_scores(tables: Path) -> None:
    told = facts_of(tables)
    assert (told["moment.leads"]["value"], told["moment.scores"]["value"]) == (3, 6)
    assert "at 4% of its output price" in told["moment.title"]["text"]
    assert told["moment.scores.title"]["text"].endswith("R1 is ahead more often"), "of the five in per cent"


def test_other_scores_and_prices_turn_the_title(tables: Path) -> None:
    edit(tables, "benchmarks", where=pl.col("model") == "OpenAI-o1-1217", value="10")
    edit(tables, "api_prices", where=pl.col("model") == "o1", usd_per_million_output="1.0")
    told = facts_of(tables)
    assert told["moment.title"]["text"].startswith("R1 leads o1 on six of six scores, at 2.2 times its output price")
    assert "R1 is ahead more often" in told["moment.scores.title"]["text"]
    edit(tables, "benchmarks", where=pl.col("model") == "DeepSeek-R1", value="5")
    assert "on none of six" in facts_of(tables)["moment.title"]["text"]


# -------------------------------------------------------------------------------- published counts


def test_growth_of_180_to_210_a_day_implies_65000_to_80000_in_the_middle_of_2025(tables: Path) -> None:
    told = facts_of(tables)
    assert 65_000 < told["published.middle.low"]["value"] < told["published.middle.high"]["value"] < 80_000
    days = (date(2026, 8, 14) - date(2025, 7, 1)).days
    assert told["published.middle.low"]["value"] == 151_448 - 210 * days
    assert "more than that" in told["published.middle"]["text"]


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
    pairs = published.growth(counts(tables)).filter(subject="Qwen")
    own = dict(facts_published.own_growth(pairs).select("counter", "per_day").iter_rows())
    assert 180 <= own["Hugging Face"] <= 210
    assert own["Alibaba"] > 210
    assert "180 to 210 a day" in facts_of(tables)["published.growth"]["text"]


def test_tags_are_another_definition_and_join_no_pair(tables: Path) -> None:
    counted = counts(tables)
    kinds = dict(
        counted.filter(subject="Qwen", published=date(2026, 3, 17)).select("value", "definition_kind").iter_rows()
    )
    assert kinds == {113_000: "direct", 200_000: "tag"}
    assert 200_000 not in published.growth(counted)["value"].to_list()


def test_a_count_that_fits_takes_the_fall_away(tables: Path) -> None:
    assert "does not lose 67,000" in facts_of(tables)["published.fall"]["text"]
    alibaba = pl.col("publisher") == "Alibaba via press"
    edit(tables, "published_counts", where=alibaba, value="100000")
    told = facts_of(tables)
    assert "67,000" not in told["published.fall"]["text"]
    assert "100,000" in told["published.sentence"]["text"]


def test_the_two_shares_of_downloads_turn_with_their_rows(tables: Path) -> None:
    assert "fell from 54%" in facts_of(tables)["published.trend"]["text"]
    edit(tables, "published_counts", where=pl.col("publisher") == "Model Pulse version 2", value="60")
    assert "rose from 54% (Model Pulse version 1, September 2026) to 60%" in facts_of(tables)["published.trend"]["text"]


def test_without_published_counts_the_report_says_so(tables: Path) -> None:
    nothing = counts(tables, date(2025, 1, 1))
    told = facts_published.quote(nothing, published.growth(nothing))
    families = register.load("families", tables)
    assert isinstance(published_chart.counts(nothing, families, told), Absent)


# ---------------------------------------------------------------------------------- whole reports


def test_figures_draw_on_sample_and_slice(sample: Any, hub_slice: Any) -> None:
    for report in (sample, hub_slice):
        told = quotable.load(report.paths)
        families = register.load("families", report.paths.register)
        for figure in (
            charts.scores(report.table("moment_scores"), told),
            charts.timeline(report.table("timeline"), report.table("timeline_spans"), told),
            published_chart.counts(report.table("published_counts"), families, told),
        ):
            assert isinstance(figure, Figure)
            assert "role-mark" in figure.html
    late = sample.table("published_counts").height - hub_slice.table("published_counts").height
    assert late > 0, "the slice ends before the counts of summer 2026"
    assert "carried back" in hub_slice.text("published.middle")
