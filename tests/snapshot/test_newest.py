"""A refresh begins with the newest snapshot that the Hub has."""

import datetime
from pathlib import Path

import pytest

from pipeline.base import params
from pipeline.base.errors import ParamsError
from pipeline.base.paths import PROJECT
from pipeline.snapshot import newest
from tests.conftest import Report
from tests.snapshot import content
from tests.snapshot.server import LocalHub


def test_the_newest_day_is_that_of_the_last_change_of_the_models(waits: list[float], hub: LocalHub) -> None:
    assert newest.newest() == datetime.date.fromisoformat(content.NEWEST)


def test_params_point_at_it_and_keep_their_comments(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    before = (PROJECT / "params.yaml").read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    assert newest.point_at(datetime.date(2026, 10, 5), path)
    after = path.read_text(encoding="utf-8")
    snapshot = params.load(path).snapshot
    assert (snapshot.source, str(snapshot.date)) == ("hub-stats", "2026-10-05")
    changed = [pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert [new.split("#")[0].strip() for _, new in changed] == ["source: hub-stats", 'date: "2026-10-05"']
    assert all(old.partition("#")[1:] == new.partition("#")[1:] for old, new in changed)
    assert not newest.point_at(datetime.date(2026, 10, 5), path)


def test_what_only_the_old_source_needed_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    text = (PROJECT / "params.yaml").read_text(encoding="utf-8")
    path.write_text(newest.edited(text, {"source": "file", "path": "x.parquet", "coverage": "slice"}), encoding="utf-8")
    newest.point_at(datetime.date(2026, 10, 5), path)
    assert params.load(path).snapshot.path == params.SAMPLE
    assert params.load(path).snapshot.coverage is None


def test_params_that_could_not_be_read_stay_as_they_are(report: Report) -> None:
    report.set(snapshot={"history": ["2026-10-01"]})
    before = report.paths.params.read_text(encoding="utf-8")
    with pytest.raises(ParamsError, match="must hold dates before"):
        newest.point_at(datetime.date(2026, 9, 1), report.paths.params)
    assert report.paths.params.read_text(encoding="utf-8") == before


def test_params_are_read_as_an_experiment_leaves_them(tmp_path: Path) -> None:
    """`dvc exp run -S` writes null as nothing."""
    path = tmp_path / "params.yaml"
    path.write_text((PROJECT / "params.yaml").read_text(encoding="utf-8").replace(": null", ":     "), encoding="utf-8")
    assert newest.point_at(datetime.date(2026, 10, 5), path)
    assert str(params.load(path).snapshot.date) == "2026-10-05"
