"""Derivatives as older snapshots knew them, beside what the newest counts back."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base.errors import ParamsError
from pipeline.base.facts import Facts
from pipeline.base.results import Results
from pipeline.chapters.derivatives import facts_bases, vintages
from pipeline.charts.derivatives import vintages as charts
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.counting import known as counting
from pipeline.report import names
from pipeline.snapshot import history
from tests.conftest import Report
from tests.counting.memory import REGISTER, SERIES, Hub, altered_hub, hub, settings

FIRST, SECOND = date(2024, 9, 30), date(2025, 6, 30)
COMPARED = ["Qwen", "Llama", "Gemma"]
FAMILIES = register.load("families", REGISTER)


@dataclass
class Remembered:
    """A newest snapshot, two older ones of the same Hub, and the table of all three."""

    newest: Hub
    older: dict[date, Hub]
    table: pl.DataFrame


def known(day: date, made: Hub, coverage: str = "slice") -> vintages.Known:
    return day, counted(made)[0], {**made.provenance, "coverage": coverage}


def counted(made: Hub) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the stages `history` and `known` keep of a day: its counts and its largest bases."""
    declared = history.declarations(history._read(made.raw.lazy()).collect())
    edges, ids = counting.declared(declared.sort("id").lazy(), REGISTER, SERIES)
    groups = counting.groups_of(ids, REGISTER)
    return counting.counts(edges, groups), counting.bases(edges, groups, ids)


@pytest.fixture(scope="module")
def remembered(hub_slice: Report) -> Remembered:
    """Two older files of the slice, and a newest one in which some repositories are gone or declare otherwise.

    Every seventh repository created by the first date was deleted since; every fifth of those created
    between the dates names another base than it did then.
    """
    rows = pl.read_parquet(hub_slice.paths.raw / "models.parquet").with_row_index("n")
    day = pl.col("createdAt").dt.date()
    gone = (day <= FIRST) & (pl.col("n") % 7 == 0)
    turned = (day > FIRST) & (day <= SECOND) & (pl.col("n") % 5 == 0)
    other = pl.element().str.replace("^(base_model:(?:[a-z]+:)?).*$", "${1}google/gemma-2-9b")
    now = rows.filter(~gone).with_columns(tags=pl.when(turned).then(pl.col("tags").list.eval(other)).otherwise("tags"))
    older = {
        FIRST: hub(rows.filter(day <= FIRST).drop("n"), coverage="slice", day=str(FIRST)),
        SECOND: hub(rows.filter(day <= SECOND, ~gone).drop("n"), coverage="slice", day=str(SECOND)),
    }
    newest = hub(now.drop("n"), coverage="slice", day="2026-04-22")
    return Remembered(newest, older, newest.vintages(older=[known(day, made) for day, made in older.items()]))


def counts(table: pl.DataFrame, day: date, column: str) -> dict[str, int]:
    rows = table.filter(pl.col("date") == day, pl.col("relation") == "all", pl.col("group").is_in(COMPARED))
    return dict(rows.select("group", column).iter_rows())


def direct(made: Hub) -> dict[str, float]:
    return {group: many for group, many in made.counts("family.declared.direct.all").items() if group in COMPARED}


def facts_of(table: pl.DataFrame, newest: date) -> Facts:
    return facts_bases.vintage_facts(table, "Qwen", "Llama", newest)


def drawn(table: pl.DataFrame, newest: date, report: Report) -> Figure | Absent:
    """The figure; report: whose facts on the snapshot stand below it."""
    return charts.as_known(table, FAMILIES, report.facts() | facts_of(table, newest))


def test_as_known_is_what_the_older_file_alone_gives(remembered: Remembered) -> None:
    for day, made in remembered.older.items():
        assert counts(remembered.table, day, "derivatives_as_known") == direct(made)


def test_the_newest_date_is_the_report_itself(remembered: Remembered) -> None:
    newest, counted = remembered.newest.day, direct(remembered.newest)
    assert counts(remembered.table, newest, "derivatives_as_known") == counted
    assert counts(remembered.table, newest, "derivatives_back_cast") == counted, "each of the slice has a date"


def test_the_two_counts_differ_by_what_was_deleted_or_redeclared(remembered: Remembered) -> None:
    """Per family: known then, less what lost its link since, plus what gained one, is what is counted back."""
    newest = remembered.newest
    now = declared(newest)
    created = newest.raw.select(child="id", day=pl.col("createdAt").dt.date())
    present = set(newest.raw["id"])
    for day, made in remembered.older.items():
        then, back = declared(made), now.join(created.filter(pl.col("day") <= day), on="child").select("child", "group")
        lost, gained = (a.join(b, on=["child", "group"], how="anti") for a, b in ((then, back), (back, then)))
        as_known, counted = (counts(remembered.table, day, f"derivatives_{c}") for c in ("as_known", "back_cast"))
        for group in COMPARED:
            less, more = (rows.filter(pl.col("group") == group).height for rows in (lost, gained))
            assert as_known[group] - less + more == counted[group]
        if day == FIRST:
            assert gained.is_empty()
            assert not set(lost["child"]) & present, "deleted ones alone"
            assert counted["Llama"] < as_known["Llama"]
        else:
            assert set(lost["child"]) <= present, "redeclared ones alone"
            assert counted["Gemma"] > as_known["Gemma"], "what turned to Gemma since is counted back to then"


def declared(made: Hub) -> pl.DataFrame:
    """`child, group`, by name: whom each repository declares."""
    edges = made.nodes.edges(declared=True, columns=("relation",))
    pairs = vintages.pairs(edges, made.nodes.identity(REGISTER)["family"])
    return pairs.select("group", child=made.nodes.names(pairs["child"])).unique()


def test_both_curves_are_shown_and_the_title_says_how_far_they_part(remembered: Remembered, hub_slice: Report) -> None:
    found = drawn(remembered.table, remembered.newest.day, hub_slice)
    assert isinstance(found, Figure)
    then, back = (counts(remembered.table, FIRST, f"derivatives_{c}") for c in ("as_known", "back_cast"))
    less = 100 * (then["Llama"] - back["Llama"]) / then["Llama"]
    assert found.title.startswith("Counted back to September 2024, Qwen has ")
    assert found.title.endswith(f"Llama {less:.0f}% fewer")
    assert set(found.table["relation"]) == {"all", "finetune", "adapter", "quantized", "merge", "unspecified"}
    assert "role-mark" in found.html
    assert "as known then" in found.html
    assert "less certain" in found.html


def test_a_history_that_is_the_present_has_nothing_to_tell_apart(hub_slice: Report) -> None:
    newest, day = altered_hub(hub_slice), date(2024, 12, 31)
    older = altered_hub(hub_slice, lambda rows: rows.filter(pl.col("createdAt") < datetime(2025, 1, 1)))
    table = newest.vintages(older=[known(day, older)])
    assert table["derivatives_as_known"].to_list() == table["derivatives_back_cast"].to_list()
    assert facts_of(table, newest.day)["vintages.title"]["text"] == (
        "Counted back to December 2024, Qwen has as many derivatives as were known then, Llama as many"
    )


def test_a_file_of_another_coverage_is_kept_and_not_compared(hub_slice: Report) -> None:
    newest = altered_hub(hub_slice)
    table = newest.vintages(older=[known(date(2024, 12, 31), newest, "census")])
    assert table.filter(~pl.col("is_comparable")).height
    found = drawn(table, newest.day, hub_slice)
    assert isinstance(found, Absent)
    assert "another part of the Hub" in found.reason


def test_without_history_the_figure_says_how_to_add_one(sample: Report) -> None:
    found = charts.as_known(sample.table("vintages"), FAMILIES, sample.facts())
    assert isinstance(found, Absent)
    assert "snapshot.history" in found.reason
    assert sample.table("vintages").is_empty(), "the sample declares nothing"


# ------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([{"date": "2025-01-01", "path": "x.parquet"}], "snapshot.history_files.0.coverage"),
        ([{"date": "2025-01-01", "path": "x.parquet", "coverage": "all"}], "snapshot.history_files.0.coverage"),
        ([{"date": "soon", "path": "x.parquet", "coverage": "slice"}], "snapshot.history_files.0.date"),
        (
            [{"date": "2025-01-01", "path": "x.parquet", "coverage": "slice", "when": 1}],
            "history_files.0.when is unknown",
        ),
        ([{"date": "2025-01-01", "path": "x.parquet", "coverage": "slice"}] * 2, "hold 2025-01-01 twice"),
    ],
)
def test_a_bad_history_is_one_line_that_names_the_key(history: list[Any], message: str, report: Report) -> None:
    report.set(snapshot={"history_files": history})
    with pytest.raises(ParamsError, match=message) as caught:
        parameters.load(report.paths.params)
    assert "\n" not in str(caught.value)


def test_a_history_must_be_older_than_the_snapshot(sample: Report, tmp_path: Path) -> None:
    later = settings(snapshot={"history": [date(2031, 1, 1)]})
    repositories = altered_hub(sample, lambda rows: rows.head(1)).repositories
    with pytest.raises(ParamsError, match=r"snapshot\.history: 2031-01-01 is not before the snapshot's own date"):
        vintages.make(repositories, sample.paths, later, Results(tmp_path))


def test_a_missing_file_of_the_history_is_named(report: Report) -> None:
    entry = {"date": "2025-01-01", "path": "nowhere.parquet", "coverage": "sample"}
    report.set(snapshot={"history_files": [entry]})
    with pytest.raises(ParamsError, match=r'snapshot\.history_files\.0\.path: no file "nowhere\.parquet"'):
        names.checked(report.paths)
