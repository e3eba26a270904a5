"""A snapshot that would give a wrong edition is refused in words; what a refresh writes is right and safe."""

import datetime
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from pipeline.base import params
from pipeline.base.errors import ParamsError, PipelineError
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import content, refresh, refresh_checks, refresh_texts
from pipeline.report.editions import Content, Edition, Recorded
from pipeline.report.refresh_checks import Trouble
from pipeline.report.refresh_texts import Where
from pipeline.snapshot.source import Resolved
from tests.conftest import Report, hub_rows
from tests.report.test_editions import made, snapshot

DATASET = "cfahlgren1/hub-stats"
DAY = datetime.date(2026, 10, 12)
FILLED = {"id": 1000, "downloads": 1000, "likes": 900, "safetensors.total": 400, "config.num_experts": 60}
SUMS = {"downloads": 70_000, "likes": 5000, "downloadsAllTime": 0}


def edition(name: str = "hub-stats-2026-10-05", day: str = "2026-10-05", **changes: Any) -> Edition:
    """An edition of the census as it was recorded; `changes` replace what its snapshot holds."""
    holds = {"rows": 1000, "filled": FILLED, "sums": SUMS, **changes}
    recorded = Recorded(
        name=name,
        origin=DATASET,
        commit="c" * 40,
        licence=None,
        kind="stock",
        code=None,
        snapshot={},
        params={},
        tables={},
        content=Content.model_validate_json(json.dumps(holds)),
    )
    taken = snapshot(date=day, label=f"hub-stats, {day}", origin=DATASET, sha256="a" * 64)
    return made(snapshot=taken).model_copy(update={"recorded": recorded})


def now(**changes: Any) -> Content:
    """What a good snapshot holds a week later; `changes` replace parts."""
    grown = {"rows": 1010, "filled": {**FILLED, "downloads": 1010}, "sums": {"downloads": 71_000, "likes": 5010}}
    return Content.model_validate_json(json.dumps({**grown, **changes}))


def found(**changes: Any) -> list[Trouble]:
    return refresh_checks.compared(now(**changes), edition(), DATASET, {"downloads_30d", "sha"})


# ------------------------------------------------------------------------------------------------- what is wrong


def test_a_snapshot_that_grew_is_right() -> None:
    assert found() == []


def test_the_first_snapshot_of_an_origin_has_nothing_to_be_compared_with() -> None:
    assert refresh_checks.compared(now(rows=1, filled={}, sums={}), None, DATASET) == []


@pytest.mark.parametrize(
    ("changes", "still"),
    [
        ({"sums": {"downloads": 70_000, "likes": 5010}}, "downloads"),
        ({"sums": {"downloads": 70_000, "likes": 5000}}, "downloads, likes"),
        ({"rows": 1000}, "rows"),
    ],
)
def test_a_counter_that_stands_still_is_named(changes: dict[str, Any], still: str) -> None:
    (trouble,) = found(**changes)
    assert trouble.title == f"Counters of {DATASET} stand still since 2026-10-05: {still}"


def test_a_counter_that_the_dataset_never_had_does_not_stand_still() -> None:
    assert found(sums={**now().sums, "downloadsAllTime": 0}) == []


def test_a_column_that_is_gone_is_named_beside_those_that_nobody_reads() -> None:
    (trouble,) = found(filled={**FILLED, "downloads": 0})
    assert trouble.title == f"{DATASET} lost fields: downloads"
    assert "downloads (had a value in 100% of the rows, now in 0%)" in trouble.what
    assert trouble.quoted == ("Columns of the file that the report does not read: downloads_30d, sha.",)


def test_a_field_within_a_column_can_be_lost_too() -> None:
    (trouble,) = found(filled={**FILLED, "safetensors.total": 150})
    assert trouble.title == f"{DATASET} lost fields: safetensors.total"


def test_a_field_of_few_rows_comes_and_goes() -> None:
    assert found(filled={**FILLED, "config.num_experts": 0}) == []


def test_half_a_file_is_no_census() -> None:
    halved = {name: count // 2 for name, count in FILLED.items()}
    (trouble,) = found(rows=500, filled=halved)
    assert "The file has 500 rows, that of 2026-10-05 had 1,000" in trouble.what


def test_an_edition_that_recorded_no_content_is_compared_by_its_rows() -> None:
    old = edition()
    assert old.recorded
    old = old.model_copy(update={"recorded": old.recorded.model_copy(update={"content": None})})
    assert refresh_checks.compared(now(filled={}, sums={}), old, DATASET) == []
    (trouble,) = refresh_checks.compared(now(rows=1000), old, DATASET)
    assert trouble.title.endswith(": rows")


@pytest.mark.parametrize(("today", "is_gap"), [("2026-11-02", False), ("2026-11-03", True)])
def test_a_gap_begins_after_so_many_weeks(today: str, is_gap: bool) -> None:
    troubles = refresh_checks.gap(DAY, datetime.date.fromisoformat(today), 3, DATASET)
    assert [trouble.title for trouble in troubles] == [f"No snapshot in {DATASET} after {DAY}"] * is_gap


@pytest.mark.parametrize(("sha256", "is_same"), [("a" * 64, True), ("b" * 64, False)])
def test_the_file_of_the_last_edition_under_a_newer_date_is_a_repetition(sha256: str, is_same: bool) -> None:
    taken = Resolved("", "hub-stats", "", str(DAY), "census", "", "models.parquet", sha256, repository=DATASET)
    titles = [trouble.title for trouble in refresh_checks.repeated(taken, edition())]
    assert titles == [f"{DATASET} repeats its snapshot of 2026-10-05"] * is_same
    assert refresh_checks.repeated(taken, None) == []


def test_an_older_file_under_a_newer_date_is_a_repetition() -> None:
    taken = Resolved("", "hub-weekly", "", "2026-09-07", "census", "", "models.parquet", "b" * 64, repository=DATASET)
    (trouble,) = refresh_checks.repeated(taken, edition())
    assert trouble.title == f"{DATASET} repeats its snapshot of 2026-09-07"


def test_the_title_of_an_issue_stays_the_same_as_long_as_the_fault_lasts() -> None:
    """The workflow opens no second issue of the same title."""
    later = datetime.date(2026, 12, 1)
    first, second = (refresh_checks.gap(DAY, later + datetime.timedelta(weeks=n), 3, DATASET)[0] for n in (0, 1))
    assert first.title == second.title
    assert found(rows=1000)[0].title == found(rows=1000, filled={**FILLED, "likes": 990})[0].title


# ----------------------------------------------------------------------------------------------- what is measured


def test_what_a_snapshot_holds_is_measured_down_to_the_fields_of_structs(sample: Report) -> None:
    models = pl.scan_parquet(sample.paths.raw / "models.parquet")
    measured, provenance = content.measured(models), json.loads(sample.paths.provenance.read_text(encoding="utf-8"))
    assert measured.rows == provenance["rows"]
    assert measured.filled["likes"] == provenance["rows_with"]["likes"]
    assert 0 < measured.filled["config.num_experts"] < provenance["rows_with"]["config"]
    assert measured.sums["likes"] == models.select(pl.col("likes").sum()).collect().item()


def test_rows_whose_tags_name_a_parent_are_a_field_of_their_own(sample: Report) -> None:
    rows = hub_rows({"id": "a/b", "tags": ["x", "base_model:c/d"]}, {"id": "a/e", "tags": ["base-model:c/d"]})
    whole = pl.read_parquet(sample.paths.raw / "models.parquet").head(0)
    assert content.measured(pl.concat([whole, rows], how="diagonal").lazy()).filled[content.PARENTS] == 1


# ------------------------------------------------------------------------------------------------- what is written


WHERE = Where(DATASET, DAY, "models.parquet", "d" * 40)


def test_an_issue_says_what_where_and_what_to_do() -> None:
    text = refresh_texts.issue(found(filled={**FILLED, "downloads": 0}), WHERE, edition())
    _, what, where, todo = (part.partition("\n")[2] for part in text.split("\n## "))
    assert "downloads (had a value in 100% of the rows, now in 0%)" in what
    assert f"Dataset `{DATASET}`, file `models.parquet` at commit `{'d' * 40}`; snapshot of 12 October 2026." in where
    assert "`published/hub-stats-2026-10-05`" in where
    assert "`make refresh ARGS=--anyway`" in todo


def test_several_faults_are_one_issue_and_a_step_stands_once() -> None:
    text = refresh_texts.issue(found(rows=1000, filled={**FILLED, "downloads": 0}), WHERE, edition())
    assert text.startswith(f"# Counters of {DATASET} stand still")
    assert "Fields lost since 2026-10-05" in text
    assert text.count(refresh_checks.WAIT) == 1


def test_names_of_strangers_are_no_markup() -> None:
    hostile = "x](../published/) @everyone <script>\n# heading `code`"
    reason = f"no column {hostile}"
    text = refresh_texts.issue(refresh_checks.unreadable(reason, DATASET, {hostile}), WHERE, None)
    assert "\n# heading" not in text.partition("\n")[2]
    assert "@everyone" not in text
    assert "<script>" not in text
    assert r"x\](../published/)" in text, "no link, whatever address the workflow writes there"


def test_a_pull_request_shows_the_key_figure_before_and_after() -> None:
    old, new = edition(), edition("hub-stats-2026-10-12", "2026-10-12")
    text = refresh_texts.pull_request(new, old, "# What moves\n\n- Something.", [old, new])
    assert "is of 12 October 2026 and lists 1,000 repositories. It is recorded as the edition" in text
    assert "The edition before it, `hub-stats-2026-10-05`, is of 5 October 2026." in text
    before, after = (f"](../published/{name}/finding.png)" for name in ("hub-stats-2026-10-05", "hub-stats-2026-10-12"))
    assert text.index(before) < text.index(after) < text.index("\n## What moves")
    assert "Made with" not in text


def test_the_first_edition_of_an_origin_says_that_there_is_nothing_to_compare() -> None:
    text = refresh_texts.pull_request(edition(), None, None, [edition()])
    assert "The first published edition of its origin" in text
    assert "Before" not in text


def test_what_was_accepted_stands_in_the_pull_request() -> None:
    text = refresh_texts.pull_request(edition(), None, None, [], found(filled={**FILLED, "downloads": 0}))
    assert "**Made with `--anyway`.**" in text
    assert "Fields lost since 2026-10-05" in text


def test_a_pull_request_is_no_longer_than_github_takes() -> None:
    text = refresh_texts.pull_request(edition(), None, "| row |\n" * 20_000, [])
    assert len(text) < 65_536
    assert text.endswith("\n\nThe rest is too long for a pull request: the page “Changes” has all of it.\n")
    assert len(refresh_texts.one_line("x" * 999)) == 200


# ------------------------------------------------------------------------------------------------- what is changed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("editions: []", "editions: [new]"),
        ("editions: [a, b]  # why", "editions: [a, b, new]  # why"),
        ("editions: [a,\n           b]", "editions: [a,\n           b, new]"),
        ("editions:\n- a\n- b  # why", "editions:\n- a\n- b\n- new  # why"),
        ("editions:\n  - a", "editions:\n  - a\n  - new"),
        ("editions: [new]", "editions: [new]"),
    ],
)
def test_an_edition_is_added_at_the_end_and_no_other_letter_changes(before: str, after: str) -> None:
    around = "# first\nreport: {subject: a}   # kept\n{}\nsite:\n  address: null\n"
    changed = refresh.with_edition(around.replace("{}", before), "new")
    assert changed == around.replace("{}", after)
    assert yaml.safe_load(changed)["editions"][-1] == "new"


def test_params_stay_valid_with_one_more_edition(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    before = (PROJECT / "params.yaml").read_text(encoding="utf-8")
    path.write_text(refresh.with_edition(before, "hub-stats-2026-10-05"), encoding="utf-8")
    assert params.load(path).editions == [*params.load(PROJECT / "params.yaml").editions, "hub-stats-2026-10-05"]


@pytest.mark.parametrize("text", ["", "editions:\n", "editions: a", "report: {}"])
def test_a_file_without_a_list_of_editions_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ParamsError, match=r"no list editions in params.yaml: write it as `editions: \[\]`"):
        refresh.with_edition(text, "new")


def test_a_build_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    for name in ("params.yaml", "dvc.lock"):
        (tmp_path / name).write_text("before\n")
    (paths.published / "old").mkdir(parents=True)

    def interrupted() -> None:
        with refresh.unless_it_fails(paths, "new"):
            (tmp_path / "params.yaml").write_text("after\n")
            (tmp_path / "dvc.lock").unlink()
            (paths.published / "new").mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == {
        "params.yaml": "before\n",
        "dvc.lock": "before\n",
    }
    assert [path.name for path in paths.published.iterdir()] == ["old"]


def test_a_report_that_dvc_cannot_build_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"cannot be built from the newest snapshot: .* are as they were"):
        refresh.with_dvc(Paths(tmp_path), "report")


def test_the_last_edition_is_that_of_the_newest_snapshot_of_the_dataset() -> None:
    older, newer = edition("a", "2026-10-05"), edition("b", "2026-10-12")
    census_of_another = made(snapshot=snapshot(origin="somebody/else", date="2026-11-01"))
    part = made(snapshot=snapshot(origin=DATASET, coverage="slice", date="2026-11-01"))
    assert refresh.last_of(DATASET, [newer, older, census_of_another, part]) == newer
    assert refresh.last_of(DATASET, [census_of_another]) is None
