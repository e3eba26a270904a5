"""A refresh against the local Hub, week by week: a good one, none, a repeated one, one with a column renamed.

What is refused must leave everything as it was; what is good gives a pull request's text and an edition. Whole reports
are built with the data stages alone, since DVC and pages take minutes; `make refresh` runs the same with DVC.
"""

import datetime
import re
from pathlib import Path

import polars as pl
import pytest
import yaml

from pipeline.base import params as parameters
from pipeline.base.errors import PipelineError, SnapshotError
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import record, recorded, refresh
from pipeline.report.content import measured
from pipeline.report.editions import PICTURE, Recorded, load
from pipeline.report.refresh import Asked
from pipeline.snapshot import columns, newest
from tests.conftest import Report, copy_project
from tests.report.test_refresh import edition
from tests.snapshot import content
from tests.snapshot.server import LocalHub, Repository, sha256

FIRST, SECOND, MISSING, AGAIN, RENAMED = "2026-08-31", "2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"
"""Weeks; of MISSING the publisher has no file."""


def rows(count: int, more: int = 0) -> pl.DataFrame:
    """A census of so many models, whose counters stand so much higher."""
    return content.made(count).with_columns(pl.col("downloads", "downloadsAllTime", "likes") + more)


@pytest.fixture
def weekly(hub: LocalHub, waits: list[float]) -> Repository:
    """The dataset of weeks, without any."""
    del waits
    return hub.add(Repository(content.WEEKLY, licence="odbl"))


def put(week: str, frame: pl.DataFrame, hub: LocalHub, weekly: Repository) -> None:
    """The publisher adds a week, and it is the day after."""
    weekly.write(f"{week}T09:00:00.000Z", {f"models/{week}/models.parquet": content.parquet(frame)})
    on(week, hub)


def on(week: str, hub: LocalHub, days: int = 1) -> None:
    """It is so many days later at the Hub."""
    today = datetime.date.fromisoformat(week) + datetime.timedelta(days=days)
    hub.today = f"{today:%a, %d %b %Y} 08:00:00 GMT"


@pytest.fixture
def fork(tmp_path: Path) -> Paths:
    """A project that reads the weeks and published nothing yet."""
    root = tmp_path / "a fork"
    root.mkdir()
    for name in ("pipeline", "book"):
        (root / name).symlink_to(PROJECT / name)
    text = (PROJECT / "params.yaml").read_text(encoding="utf-8")
    text = newest.edited(text, {"source": "hub-weekly", "date": f'"{FIRST}"'})
    (root / "params.yaml").write_text(re.sub(r"^editions: .*", "editions: []", text, flags=re.MULTILINE))
    return Paths(root)


def published(paths: Paths, frame: pl.DataFrame, day: str = FIRST) -> Recorded:
    """An edition of a week, as small as it can be."""
    models = columns.normalise(frame.lazy(), "a week", datetime.date.fromisoformat(day))[0]
    taken = edition(f"hub-weekly-{day}", day, **measured(models).model_dump())
    assert taken.recorded
    digest = sha256(content.parquet(frame))
    seen = taken.snapshot.model_copy(update={"origin": content.WEEKLY, "sha256": digest, "rows": frame.height})
    folder = paths.published / taken.recorded.name
    folder.mkdir(parents=True)
    (folder / "edition.json").write_text(taken.model_copy(update={"snapshot": seen}).model_dump_json())
    return taken.recorded


def everything(paths: Paths) -> dict[str, bytes]:
    """All files of a project but what a refresh writes for its reader."""
    files = (path for path in paths.root.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path): path.read_bytes() for path in files if refresh.FOLDER not in path.parts}


def no_build(paths: Paths, stage: str | None) -> None:
    raise AssertionError("nothing is built")


def refused(paths: Paths, asked: Asked | None = None) -> tuple[str, str]:
    """Title and text of the issue that a refresh writes; it must leave all else as it was."""
    before = everything(paths)
    with pytest.raises(SnapshotError, match=r"proposal/issue.md says what, where and what to do; nothing was changed"):
        refresh.run(paths, asked or Asked(), no_build)
    assert everything(paths) == before
    folder = paths.root / refresh.FOLDER
    assert not (folder / refresh.BODY).exists()
    return (folder / refresh.TITLE).read_text().rstrip(), (folder / refresh.ISSUE).read_text()


# ------------------------------------------------------------------------------------------------- what is refused


def test_a_week_without_a_snapshot_is_waited_for_and_reported_when_it_is_a_gap(
    fork: Paths, hub: LocalHub, weekly: Repository
) -> None:
    put(FIRST, rows(300), hub, weekly)
    published(fork, rows(300))
    on(MISSING, hub)
    before = everything(fork)
    assert refresh.run(fork, Asked(), no_build) == f"nothing newer than {FIRST} in {content.WEEKLY}"
    assert everything(fork) == before
    assert not (fork.root / refresh.FOLDER).exists()
    title, text = refused(fork, Asked(weeks=1))
    assert title == f"No snapshot in {content.WEEKLY} after {FIRST}"
    assert (
        "The newest snapshot is of 31 August 2026. At the Hub it is 15 September 2026: 2 weeks without another." in text
    )


def test_a_week_that_repeats_the_one_before_is_refused_before_it_is_downloaded(
    fork: Paths, hub: LocalHub, weekly: Repository
) -> None:
    put(FIRST, rows(300), hub, weekly)
    published(fork, rows(300))
    put(AGAIN, rows(300), hub, weekly)
    title, text = refused(fork)
    assert title == f"{content.WEEKLY} repeats its snapshot of {FIRST}"
    assert f"file `models/{AGAIN}/models.parquet`" in text
    assert f"`published/hub-weekly-{FIRST}`" in text
    assert hub.count("/storage/") == 0


def test_the_same_rows_in_other_bytes_are_a_repetition_too(fork: Paths, hub: LocalHub, weekly: Repository) -> None:
    published(fork, rows(300))
    put(AGAIN, rows(300).sort("id"), hub, weekly)
    title, _ = refused(fork)
    counters = "downloads, downloadsAllTime, likes, rows"
    assert title == f"Counters of {content.WEEKLY} stand still since {FIRST}: {counters}"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("downloads", "downloads_30d", "lost fields: downloads"),
        ("tags", "labels", "cannot be read any more"),
        ("safetensors", "weights", "lost fields: safetensors.total"),
    ],
)
def test_a_renamed_column_is_refused_beside_its_new_name(
    old: str, new: str, words: str, fork: Paths, hub: LocalHub, weekly: Repository
) -> None:
    published(fork, rows(300))
    put(RENAMED, rows(320, 5).rename({old: new}), hub, weekly)
    title, text = refused(fork)
    assert title == f"{content.WEEKLY} {words}"
    assert new.replace("_", r"\_") in text
    assert "`pipeline/snapshot/columns.py`" in text


def test_tags_in_another_form_are_refused(fork: Paths, hub: LocalHub, weekly: Repository) -> None:
    """All columns are there, and nothing declares a parent any more."""
    published(fork, rows(300))
    other = pl.col("tags").list.eval(pl.element().str.replace("base_model:", "base-model="))
    put(RENAMED, rows(320, 5).with_columns(other), hub, weekly)
    title, _ = refused(fork)
    assert title == f"{content.WEEKLY} lost fields: tags with base_model"


def test_a_file_that_is_no_parquet_is_refused(fork: Paths, hub: LocalHub, weekly: Repository) -> None:
    weekly.write(f"{SECOND}T09:00:00.000Z", {f"models/{SECOND}/models.parquet": b"no Parquet"})
    on(SECOND, hub)
    published(fork, rows(300))
    title, text = refused(fork)
    assert title == f"{content.WEEKLY} cannot be read any more"
    assert "cannot be read as Parquet" in text


def test_a_dataset_that_is_gone_is_reported_beside_the_other_one(
    fork: Paths, hub: LocalHub, weekly: Repository
) -> None:
    put(FIRST, rows(300), hub, weekly)
    weekly.access = "gated"
    hub.fault("/api/datasets/", times=99, status=403, headers={"X-Error-Code": "GatedRepo"})
    title, text = refused(fork)
    assert title == f"{content.WEEKLY} cannot be had"
    assert "is gated" in text
    assert "`snapshot.source` in `params.yaml` to the other dataset" in text


def test_a_week_to_come_is_refused(fork: Paths, hub: LocalHub, weekly: Repository) -> None:
    """As the newest it would hide all that follow."""
    published(fork, rows(300))
    put("2062-09-07", rows(320, 5), hub, weekly)
    on(SECOND, hub)
    assert refused(fork)[0] == f"{content.WEEKLY} has a snapshot of a day to come, 2062-09-07"


def test_a_hub_that_does_not_answer_is_an_error_and_no_issue(fork: Paths, hub: LocalHub, weekly: Repository) -> None:
    put(FIRST, rows(300), hub, weekly)
    hub.fault("/api/datasets/", times=99, status=503)
    before = everything(fork)
    with pytest.raises(SnapshotError, match="the Hub answered 503 6 times"):
        refresh.run(fork, Asked(), no_build)
    assert everything(fork) == before
    assert not (fork.root / refresh.FOLDER).exists()


def test_a_build_that_fails_leaves_params_as_they_were(fork: Paths, hub: LocalHub, weekly: Repository) -> None:
    published(fork, rows(300))
    put(SECOND, rows(320, 5), hub, weekly)

    def failing(paths: Paths, stage: str | None) -> None:
        del stage
        assert str(parameters.load(paths.params).snapshot.date) == SECOND
        raise PipelineError("no room")

    before = everything(fork)
    with pytest.raises(PipelineError, match="no room"):
        refresh.run(fork, Asked(), failing)
    assert everything(fork) == before


def test_what_somebody_accepted_is_built(fork: Paths, hub: LocalHub, weekly: Repository) -> None:
    published(fork, rows(300))
    put(RENAMED, rows(320, 5).rename({"downloads": "downloads_30d"}), hub, weekly)
    with pytest.raises(AssertionError, match="nothing is built"):
        refresh.run(fork, Asked(anyway=True), no_build)


def test_the_newest_snapshot_of_hub_stats_is_taken_unless_params_name_the_weeks(hub: LocalHub, fork: Paths) -> None:
    del hub
    named = parameters.load(fork.params).snapshot
    assert newest.source_of(named) == "hub-weekly"
    assert {
        newest.source_of(named.model_copy(update={"source": source})) for source in ("sample", "file", "hub-api")
    } == {"hub-stats"}


def test_the_newest_week_is_the_last_folder_with_a_file(hub: LocalHub, weekly: Repository) -> None:
    put(FIRST, rows(10), hub, weekly)
    weekly.write(
        "2026-09-30T09:00:00.000Z",
        {f"models/{RENAMED}/README.md": b"soon"}
        | {f"models/{name}/models.parquet": b"no week" for name in ("notes", "20260930", "2026-13-45")},
    )
    assert newest.newest("hub-weekly") == datetime.date.fromisoformat(FIRST)


# ---------------------------------------------------------------------------------------------------- what is made


@pytest.fixture
def project(tmp_path: Path) -> Report:
    """A copy of the project that reads the weeks, with params.yaml as it is written."""
    report = copy_project(tmp_path / "a fork")
    text = (PROJECT / "params.yaml").read_text(encoding="utf-8")
    report.paths.params.write_text(newest.edited(text, {"source": "hub-weekly", "date": f'"{FIRST}"'}))
    return report


@pytest.mark.whole
def test_over_the_weeks_good_ones_become_editions_and_the_others_issues(
    project: Report, hub: LocalHub, weekly: Repository
) -> None:
    paths, builds = project.paths, list[str | None]()

    def build(paths: Paths, stage: str | None) -> None:
        builds.append(stage)
        Report(paths).build()

    put(FIRST, rows(400), hub, weekly)
    build(paths, "report")
    record.record(f"hub-weekly-{FIRST}", paths, parameters.load(paths.params), datetime.date(2026, 9, 1))
    params_before = paths.params.read_text(encoding="utf-8")

    put(SECOND, rows(450, 7), hub, weekly)
    name = f"hub-weekly-{SECOND}"
    assert refresh.run(paths, Asked(), build) == f"edition {name}: its pull request is proposal/body.md"
    assert builds == ["report", "report", None], "once to be recorded, once to quote the edition"

    made = recorded.check(paths.published / name)
    assert made.recorded
    assert (made.snapshot.rows, made.snapshot.date, made.published) == (450, SECOND, "2026-09-08")
    assert made.recorded.content
    assert made.recorded.content.rows == 450
    after = paths.params.read_text(encoding="utf-8")
    changed = [pair for pair in zip(params_before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert [new.partition("#")[0].strip() for _, new in changed] == [
        f'date: "{SECOND}"',
        f"editions: [{', '.join([*yaml.safe_load(params_before)['editions'], name])}]",
    ]

    text = (paths.root / refresh.FOLDER / refresh.BODY).read_text(encoding="utf-8")
    assert (paths.root / refresh.FOLDER / refresh.TITLE).read_text() == f"Refresh: hub-weekly, week of {SECOND}\n"
    assert "is of 7 September 2026 and lists 450 repositories" in text
    assert f"What moves: hub-weekly, week of {FIRST} → hub-weekly, week of {SECOND}" in text
    assert "| Repositories in the snapshot | 400 | 450 | +50 (" in text
    for week in (FIRST, SECOND):
        picture = paths.published / f"hub-weekly-{week}" / PICTURE
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert f"](../published/hub-weekly-{week}/{PICTURE})" in text
    assert load(paths.edition).snapshot.date == SECOND
    assert name in project.table("lead")["basis"], "the new build quotes its own edition"
    listed = project.table("editions")
    assert listed.filter(pl.col("date").cast(pl.String) == SECOND)["published"].to_list() == [datetime.date(2026, 9, 8)]

    on(MISSING, hub)
    assert refresh.run(paths, Asked(), build).startswith("nothing newer")
    put(AGAIN, rows(450, 7), hub, weekly)
    assert refused(paths)[0] == f"{content.WEEKLY} repeats its snapshot of {SECOND}"
    put(RENAMED, rows(460, 9).rename({"likes": "hearts"}), hub, weekly)
    title, text = refused(paths)
    assert title == f"{content.WEEKLY} lost fields: likes"
    assert "hearts" in text
    assert len(builds) == 3, "what is refused is not built"
