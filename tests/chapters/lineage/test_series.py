"""Series in declared lineage: who has how much in them, and what is left of a lead without."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.chapters.lineage.facts_series import read_facts
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.lineage import series
from tests.chapters.lineage.made import Chapter, chapter
from tests.conftest import hub_rows

QWEN, LLAMA = "Qwen/Qwen2.5-7B", "meta-llama/Llama-3.1-8B"
GEMMA, MISTRAL = "google/gemma-2b", "mistralai/Mistral-7B-v0.1"


def on(base: str, name: str, month: int = 1, relation: str = "adapter") -> dict[str, Any]:
    return {"id": name, "tags": [f"base_model:{relation}:{base}"], "createdAt": datetime(2025, month, 15)}


def a_series(base: str, uploader: str, many: int = 12, month: int = 1) -> list[dict[str, Any]]:
    return [on(base, f"{uploader}/run-{number:03}", month) for number in range(many)]


def by_hand(base: str, many: int, month: int = 1) -> list[dict[str, Any]]:
    """Fine-tunes on a base, each by another uploader."""
    spaces = (f"{base.split('/')[1].lower()}-{number}" for number in range(many))
    return [on(base, f"{space}/tuned", month, "finetune") for space in spaces]


def build(folder: Path, *rows: dict[str, Any], **sections: Any) -> Chapter:
    return chapter(folder / f"made {len(list(folder.iterdir()))}", hub_rows(*rows), **sections)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """Qwen with more derivatives than Llama, twelve of them in a series in March."""
    rows = [*a_series(QWEN, "one", month=3), *by_hand(QWEN, 3), *by_hand(LLAMA, 12, month=5)]
    return build(tmp_path_factory.mktemp("two"), *rows)


def test_each_group_has_its_derivatives_in_series_and_all(two: Chapter) -> None:
    of_subject = two.row("series_groups", group="Qwen")
    assert (of_subject["derivatives"], of_subject["in_series"], of_subject["series"]) == (15, 12, 1)
    assert (of_subject["uploaders"], of_subject["as_one"], of_subject["share"]) == (1, 4, 0.8)
    assert two.row("series_groups", group="Llama")["in_series"] == 0
    assert two.row("series_groups", group="All")["derivatives"] == 27


def test_all_derivatives_are_those_that_uploaders_are_counted_by(two: Chapter) -> None:
    counted = two.table("uploaders").select("group", "repositories")
    assert (
        two.table("series_groups")
        .select("group", repositories="derivatives")
        .sort("group")
        .equals(counted.sort("group"))
    )


def test_a_lead_that_is_a_series_is_gone_without_it(two: Chapter) -> None:
    text = two.text("anatomy.series.sentence")
    assert "Series hold 12 of Qwen’s 15" in text
    assert "Without them, Llama has 12, Qwen 3 (12 against 3)" in text
    assert two.text("anatomy.series.title") == "80% of the derivatives of Qwen are in series, 0% of those of Llama"


def test_the_sentence_turns_with_the_one_who_has_the_series(tmp_path: Path) -> None:
    rows = [*a_series(LLAMA, "one", 40), *by_hand(LLAMA, 10), *by_hand(QWEN, 20)]
    text = build(tmp_path, *rows).text("anatomy.series.sentence")
    assert "With them, Llama has 2.5 times as many as Qwen" in text
    assert "Without them, Qwen has 2.0 times as many as Llama" in text


def test_a_fork_reads_of_its_own_pair(tmp_path: Path) -> None:
    rows = [*a_series(GEMMA, "one"), *by_hand(GEMMA, 10), *by_hand(MISTRAL, 20)]
    families = {"subject": "Gemma", "reference": "Mistral"}
    assert "of Gemma are in series" in build(tmp_path, *rows, report=families).text("anatomy.series.title")
    makers = {"subject": "Google", "reference": "Mistral AI", "grouping": "organisation"}
    assert "of Google are in series" in build(tmp_path, *rows, report=makers).text("anatomy.series.title")


def test_a_pair_that_nobody_builds_on_leaves_what_is_true_of_all(tmp_path: Path) -> None:
    built = build(tmp_path, *a_series(GEMMA, "one"))
    assert built.text("anatomy.series.title") == "100% of direct derivatives are in series"
    assert "Qwen" not in built.text("anatomy.section.series")


def test_a_makers_own_numbered_releases_are_no_series_of_its_group(tmp_path: Path) -> None:
    own = [on(QWEN, f"Qwen/Qwen2.5-7B-Instruct-{number:03}") for number in range(12)]
    built = build(tmp_path, *own, *by_hand(QWEN, 2))
    assert built.row("series_groups", group="Qwen")["in_series"] == 0


def test_months_without_any_hold_nothing_and_their_sum_is_the_groups(two: Chapter) -> None:
    monthly = two.table("series_monthly")
    assert monthly.filter(group="All")["month"].to_list() == [date(2025, month, 1) for month in range(1, 6)]
    assert monthly.filter(group="All")["in_series"].to_list() == [0, 0, 12, 0, 0]
    for row in monthly.group_by("group").agg(pl.col("derivatives", "in_series").sum()).iter_rows(named=True):
        whole = two.row("series_groups", group=row["group"])
        assert (row["derivatives"], row["in_series"]) == (whole["derivatives"], whole["in_series"])
    assert "Llama" not in monthly["group"], "no series, no panel"
    assert two.text("anatomy.series_months.title") == "In March 2025, 100% of new derivatives of Qwen were of a series"


def test_the_base_with_most_and_the_largest_series_are_named(two: Chapter) -> None:
    base = two.row("series_bases", rank=1)
    assert (base["id"], base["base_group"], base["in_series"], base["derivatives"]) == (QWEN, "Qwen", 12, 15)
    largest = two.row("series_largest", rank=1)
    assert (largest["name"], largest["example"], largest["repositories"]) == ("one/run-#", "one/run-000", 12)
    assert (largest["relation"], largest["first_month"]) == ("adapter", date(2025, 3, 1))
    assert "one/run-#, has 12 repositories, adapters, on Qwen/Qwen2.5-7B, created in March 2025" in two.text(
        "anatomy.series_largest.sentence"
    )


def test_one_name_pattern_on_two_bases_is_two_series(tmp_path: Path) -> None:
    both = [on(base, f"one/{base.split('/')[1]}-{number}") for base in (QWEN, LLAMA) for number in range(10)]
    built = build(tmp_path, *both)
    assert built.row("series_groups", group="All")["series"] == 2
    assert built.table("series_bases")["in_series"].to_list() == [10, 10]


def test_without_any_series_the_figures_go_and_the_sentence_says_so(tmp_path: Path) -> None:
    built = build(tmp_path, *by_hand(QWEN, 3), *by_hand(LLAMA, 2))
    assert built.text("anatomy.series.sentence") == "None of five direct derivatives is in a series."
    assert built.text("anatomy.section.series") == built.text("anatomy.series.sentence")
    facts = built.facts()
    assert isinstance(series.by_group(built.table("series_groups"), facts, top=5), Absent)
    assert isinstance(series.by_month(built.table("series_monthly"), facts), Absent)
    assert isinstance(series.by_base(built.table("series_bases"), facts, top=5), Absent)
    assert series.largest(built.table("series_largest"), facts, top=5) is None


def test_without_declared_parents_nothing_is_drawn(tmp_path: Path) -> None:
    built = build(tmp_path, {"id": QWEN})
    facts = built.facts()
    assert series.by_group(built.table("series_groups"), facts, top=5) is None
    assert series.by_month(built.table("series_monthly"), facts) is None
    assert series.by_base(built.table("series_bases"), facts, top=5) is None


def test_figures_have_the_finding_and_their_data(two: Chapter) -> None:
    facts = two.facts()
    drawn = [
        series.by_group(two.table("series_groups"), facts, top=5),
        series.by_month(two.table("series_monthly"), facts),
        series.by_base(two.table("series_bases"), facts, top=5),
    ]
    for figure in drawn:
        assert isinstance(figure, Figure)
        assert "in_series" in figure.table.columns
        assert "made" in figure.source
        assert figure._repr_html_().count("<svg") == 2


def test_names_of_strangers_are_escaped(two: Chapter) -> None:
    hostile = two.table("series_largest").with_columns(name=pl.lit("one/<script>#"))
    shown = series.largest(hostile, two.facts(), top=5)
    assert shown is not None
    assert "<script>" not in shown._repr_html_()


def test_the_digits_of_a_series_say_what_it_is(tmp_path: Path) -> None:
    times = [on(QWEN, f"one/model-{1719091586 + 1000 * number}") for number in range(12)]
    built = build(tmp_path, *times, *a_series(LLAMA, "two", 11))
    by_digits = dict(built.table("series_digits").select("digits", "repositories").iter_rows())
    assert by_digits["unix time"] == 12
    assert sum(by_digits.values()) == 23
    assert "Unix time (12 repositories)" in built.text("anatomy.series_digits.sentence")
    assert built.row("series_largest", rank=1)["name"] == "one/model-#"


def test_what_was_read_turns_with_the_register() -> None:
    kinds = pl.DataFrame({"judgement": ["as_it_seems", "by_hand", "as_it_seems"], "series": [3, 5, 4]})
    text = read_facts(kinds)["anatomy.series_read.sentence"]["text"]
    assert text.startswith("Of 12 series drawn at random and read, seven are runs")
    assert text.endswith("script, none could be either, and five were named by hand over weeks.")
