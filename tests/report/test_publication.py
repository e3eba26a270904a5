"""The pages about the data and the editions say what the tables say, and nothing of it is markup."""

import re
from typing import Any

import polars as pl
import pytest

from pipeline.base import tables, words
from pipeline.chapters.moe.schema import MoeShare
from pipeline.charts.changes import editions as page
from pipeline.charts.data import downloads
from pipeline.report import edition_tables
from pipeline.report.schema import EditionChanges, Editions
from tests.conftest import Report
from tests.report.test_editions import made, rules, snapshot


@pytest.fixture(scope="module")
def package(sample: Report) -> dict[str, Any]:
    return tables.read_json(sample.paths.downloads / "datapackage.json")


def test_every_table_with_rows_is_offered_and_described(package: dict[str, Any], sample: Report) -> None:
    offered = downloads.downloads(package).html
    described = downloads.dictionary(package).html
    names = sample.paths.tables()
    assert len(names) > 80
    empty = {name for name in names if downloads.tables_of(package)[name]["parquet"]["rowCount"] == 0}
    assert empty, "the sample has no rows for some"
    assert f"{words.upper(words.word(len(empty)))} tables have no row on this snapshot: " in offered
    for name in sorted(empty):
        assert name in offered.rpartition("</table>")[2]
        assert f'href="data/{name}.csv"' not in offered
    for name in sorted(set(names) - empty):
        assert f'href="data/{name}.csv"' in offered
        assert f'href="data/{name}.parquet"' in offered
        assert f'href="#table-{name}"' in offered
        assert f'id="table-{name}"' in described


def test_the_dictionary_holds_every_column_with_its_unit(package: dict[str, Any]) -> None:
    described = downloads.dictionary(package).html
    (table,) = re.findall(r'id="table-moe_share">.*?</details>', described, re.DOTALL)
    for name, column in MoeShare.columns().items():
        assert f">{name}<" in table
        assert (column.metadata or {}).get("unit", "") in table


def test_checksums_stand_beside_their_files(package: dict[str, Any], sample: Report) -> None:
    described = downloads.dictionary(package).html
    for line in (sample.paths.downloads / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        table, _, form = name.rpartition(".")
        if form in ("csv", "parquet") and table in downloads.filled(package):
            assert digest in described


def test_files_beside_the_tables_exist(sample: Report) -> None:
    for name in re.findall(r'href="data/([^"]+)"', downloads.other_files().html):
        assert (sample.paths.downloads / name).is_file()


@pytest.mark.parametrize(
    ("count", "text"), [(300, "1 kB"), (12_345, "12 kB"), (999_000, "1.0 MB"), (1_810_675, "1.8 MB")]
)
def test_sizes_are_round_numbers(count: int, text: str) -> None:
    assert downloads.size(count) == text


def history(*known: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    return (
        tables.conform(edition_tables.overview(list(known)), Editions, "a test"),
        tables.conform(edition_tables.changes(list(known)), EditionChanges, "a test"),
    )


def test_a_first_edition_says_that_there_is_nothing_before_it() -> None:
    known, moved = history(made())
    assert "was published before 2026-10-05.aaaaaaaa" in page.changes(moved, known).html
    assert "this build" in page.editions(known).html


def test_the_newest_change_stands_first_and_open() -> None:
    second = made(snapshot=snapshot(), rules=rules(Qwen=360, Llama=100), published="2026-10-13")
    third = made(snapshot=snapshot(sha256="e" * 64, date="2026-10-19"), headline="shape")
    known, moved = history(made(published="2026-10-06"), second, third)
    html = page.changes(moved, known).html
    first, last = re.findall(r'<details class="edition"( open)? id="edition-(\d)"', html)
    assert first == (" open", "3")
    assert last == ("", "2")
    assert "is counted by another rule" in html.partition('id="edition-2"')[0]
    assert "+20%; Qwen +60 (+20%)" in html.partition('id="edition-2"')[2]
    assert page.editions(known).html.index("this build") < page.editions(known).html.index("2026-10-13")


def test_a_year_of_weeks_stays_a_page_that_can_be_read() -> None:
    """Of editions alike the last two stand side by side, and the last six steps are listed."""
    weeks = [
        made(snapshot=snapshot(date=f"2026-{month:02}-07", sha256=f"{month:064}"), published=f"2026-{month:02}-08")
        for month in range(1, 11)
    ]
    census_of_another = made(snapshot=snapshot(origin="somebody/else"), published="2025-12-01")
    known, moved = history(census_of_another, *weeks)
    html = page.changes(moved, known).html
    assert re.findall(r'id="edition-(\d+)"', html) == ["11", "10", "9", "8", "7", "6"]
    assert "has 3 earlier steps." in html
    beside = edition_tables.sides([census_of_another, *weeks])
    assert beside["position"].unique().sort().to_list() == [1, 10, 11]
    assert known.height == 11


def test_text_of_strangers_is_no_markup() -> None:
    label = "<script>alert(1)</script>"
    known, moved = history(
        made(published="2026-10-06"), made(snapshot=snapshot(label=label), rules=rules(Qwen=9, **{label: 10}))
    )
    assert "<script>" not in page.editions(known).html + page.changes(moved, known).html
    assert "<script>" not in downloads.block(label, name=label).html


def test_an_edition_without_a_headline_says_so() -> None:
    known, _ = history(made(headline=None))
    html = page.editions(known).html
    assert "none is supported" in html
    assert "not in this snapshot" in html


def test_editions_stand_side_by_side_and_what_is_the_same_is_counted() -> None:
    verdicts = {"1": {"statement": "Qwen leads", "verdict": "fails", "why": "It does not."}}
    editions = [made(), made(snapshot=snapshot(), verdicts=verdicts, rules=rules(Qwen=360, Llama=100))]
    beside = edition_tables.sides(editions)
    of_rule = beside.filter(area="headline", what="as declared").sort("position")
    assert of_rule["text"].to_list() == ["3.0 (300 to 100)", "3.6 (360 to 100)"]
    assert beside.filter(area="rank", what="Rank 3").sort("position")["text"].to_list() == ["Gemma (50)", "–"]
    assert "not judged" in beside.filter(area="verdict", position=2)["text"].to_list()
    html = page.sides(beside, edition_tables.overview(editions)).html
    assert "3.6 (360 to 100)" in html
    assert "Key numbers: 4 are the same in every edition." in html


def test_one_edition_alone_stands_whole() -> None:
    only = [made()]
    html = page.sides(edition_tables.sides(only), edition_tables.overview(only)).html
    assert "3.0 (300 to 100)" in html
    assert "the same in every edition" not in html
