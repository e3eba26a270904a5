"""The fault table: whatever goes wrong ends in the right bytes, or in one line and the last good snapshot.

Each row puts a fault in front of the local Hub, pulls one day, and says which of the two it must be. What failed for
a passing reason succeeds on the next run, and goes on with what was already there.
"""

import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import snapshot
from pipeline.base import params, tables
from pipeline.base.characters import STEERING_IN_LINES
from pipeline.base.errors import PipelineError
from pipeline.base.paths import PROJECT
from tests.conftest import Report
from tests.snapshot import content
from tests.snapshot.faults import API, DAYS, FILES, LIMITS, SECRET, TABLE, WEEKLY, Row, Scene
from tests.snapshot.server import LocalHub, sha256


@pytest.fixture
def scene(hub: LocalHub, monkeypatch: pytest.MonkeyPatch, report: Report, tmp_path: Path) -> Scene:
    """A project with a good snapshot in place, and the local Hub."""
    report.set(snapshot={"source": "sample"})
    snapshot.run(report.paths, params.load(report.paths.params))
    hub.page_size = 200
    return Scene(hub, monkeypatch, report, tmp_path / "cache")


def state(report: Report) -> dict[str, bytes]:
    return {str(path.relative_to(report.paths.raw)): path.read_bytes() for path in report.paths.raw.rglob("*.*")}


def run(scene: Scene, row: Row) -> None:
    scene.report.set(snapshot={"source": row.source, "date": DAYS[row.source]})
    snapshot.run(scene.report.paths, params.load(scene.report.paths.params))


def assert_right(scene: Scene, row: Row) -> None:
    """The snapshot is the one that was asked for, and nothing that its page says of it steers what shows it."""
    assert not re.search(STEERING_IN_LINES, scene.report.paths.provenance.read_text(encoding="utf-8"))
    ids = tables.read(scene.report.paths.raw / "models.parquet")["id"]
    if row.source in FILES:
        expected = scene.hub.repositories
        name = {"hub-stats": content.STATS, "hub-weekly": content.WEEKLY}[row.source]
        digest = tables.read_json(scene.report.paths.provenance)["sha256"]
        files = [
            file
            for repository in expected.values()
            for commit in repository.commits
            for file in commit.files.values()
            if sha256(file) == digest
        ]
        assert files, name
        assert set(ids) == set(pl.read_parquet(files[0], columns=["id"])["id"])
    else:
        assert set(ids) == {listed["id"] for listed in scene.hub.listing}


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_a_fault_ends_in_the_right_bytes_or_in_one_line(
    row: Row, scene: Scene, waits: list[float], capfd: pytest.CaptureFixture[str]
) -> None:
    before = state(scene.report)
    scene.patch.setenv("HF_TOKEN", SECRET) if row.name == "denied" else None
    row.strike(scene)
    if not row.words:
        run(scene, row)
        assert_right(scene, row)
    else:
        try:
            with pytest.raises(PipelineError) as caught:
                run(scene, row)
        finally:
            while LIMITS:
                resource.setrlimit(resource.RLIMIT_FSIZE, LIMITS.pop())
        line = str(caught.value)
        assert "\n" not in line
        assert all(word in line for word in row.words), line
        assert ": " in line, "what to do next follows"
        assert scene.hub.url not in line
        assert state(scene.report) == before, "the last good snapshot stays"
        assert not list(scene.report.paths.raw.parent.glob(".raw.*.tmp"))
    if row.waited is not None:
        assert any(row.waited <= wait <= row.waited + 1 for wait in waits), waits
    assert all(wait <= 330 for wait in waits)
    assert SECRET not in "".join(capfd.readouterr())


def test_a_cut_download_goes_on_where_it_stopped(scene: Scene, waits: list[float], hub_files: Any) -> None:
    scene.hub.fault("/storage/", cut_at=0.6)
    run(scene, Row("", lambda scene: None))
    ranges = [asked.headers.get("range") for asked in scene.hub.asked if "/storage/" in asked.path]
    assert ranges[0] is None
    assert ranges[1] is not None
    assert int(ranges[1].removeprefix("bytes=").rstrip("-")) > len(hub_files["newest"]) / 2


def test_the_next_run_goes_on_with_the_part_of_the_last(scene: Scene, waits: list[float]) -> None:
    scene.hub.fault("/storage/", cut_at=0.6)
    scene.hub.fault("/storage/", status=503, times=99)
    with pytest.raises(PipelineError):
        run(scene, Row("", lambda scene: None))
    scene.hub.reset()
    run(scene, Row("", lambda scene: None))
    (asked,) = [asked for asked in scene.hub.asked if "/storage/" in asked.path]
    assert asked.headers["range"] != "bytes=0-"


# --- The token


def test_a_token_goes_to_the_hub_and_nowhere_else(
    scene: Scene, waits: list[float], capfd: pytest.CaptureFixture[str]
) -> None:
    scene.stats.access = "private"
    scene.patch.setenv("HF_TOKEN", SECRET)
    run(scene, Row("", lambda scene: None))
    for asked in scene.hub.asked:
        assert ("authorization" in asked.headers) == (asked.origin == "hub"), asked.path
    written = [path for folder in (scene.report.paths.raw, scene.cache) for path in folder.rglob("*") if path.is_file()]
    assert len(written) > 4
    assert not any(SECRET.encode() in path.read_bytes() for path in written)
    assert SECRET not in "".join(capfd.readouterr())


# --- What a refusal means


REFUSALS = {
    400: ("does not accept the question (answer 400)", "check its name"),
    401: ("does not exist, or is private", "check its name", "hf auth login"),
    403: ("is denied to you", "hf auth login"),
    404: ("does not exist", "check its name, and the date and revision"),
    407: ("a proxy on the way", "HTTPS_PROXY"),
    410: ("was removed from the Hub", "choose another date or revision"),
    416: ("does not accept the question (answer 416)", "check its name"),
    422: ("does not accept the question (answer 422)", "check its name"),
    451: ("withheld for legal reasons", "choose another date or revision"),
}


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize(
    ("where", "source"),
    [("/commits/", "hub-stats"), ("/resolve/", "hub-stats"), ("/api/models", API), ("/tree/", WEEKLY)],
)
def test_what_is_missing_or_refused_is_named_and_not_asked_for_again(
    status: int, where: str, source: str, scene: Scene, waits: list[float]
) -> None:
    scene.hub.fault(where, status=status, times=9)
    with pytest.raises(PipelineError) as caught:
        run(scene, Row("", lambda scene: None, source=source))
    line = str(caught.value)
    assert all(word in line for word in REFUSALS[status]), line
    assert "again later" not in line
    assert not waits, "asked once: the answer would be the same"


def test_a_repository_that_the_hub_disabled_is_named(scene: Scene, waits: list[float]) -> None:
    scene.hub.fault("/commits/", status=403, headers={"X-Error-Message": "Access to this resource is disabled."})
    with pytest.raises(PipelineError, match=r"hub-stats was disabled by the Hub: choose another source"):
        run(scene, Row("", lambda scene: None))


@pytest.fixture
def program(scene: Scene) -> Scene:
    """The scene with a copy of the code, so that a program started there works there."""
    (scene.report.paths.root / "pipeline").unlink()
    scene.report.paths.published.symlink_to(PROJECT / "published")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "pipeline", scene.report.paths.root / "pipeline", ignore=ignored)
    return scene


# --- Whole processes: the environment's variables, signals, two at once


def environment(hub: LocalHub, tmp_path: Path, **more: str) -> dict[str, str]:
    """Variables under which a program of its own talks to the local Hub alone."""
    path = [str(Path(__file__).parent / "offline")]
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("HF_")},
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join(path),
        **more,
    }


def start(report: Report, env: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline", "snapshot"]
    return subprocess.Popen(
        command, cwd=report.paths.root, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_an_interrupt_in_mid_download_leaves_the_last_snapshot_and_a_part_to_go_on_with(
    number: signal.Signals, program: Scene, tmp_path: Path
) -> None:
    before = state(program.report)
    arrived, release = threading.Event(), threading.Event()
    program.hub.fault("/storage/", stall=release, then=arrived.set)
    program.report.set(snapshot={"source": "hub-stats", "date": content.NEWEST})
    env = environment(program.hub, tmp_path)
    running = start(program.report, env)
    assert arrived.wait(30)
    part = next(_until(lambda: list((tmp_path / "home").rglob("*.part"))))
    next(_until(lambda: part.stat().st_size))
    running.send_signal(number)
    _, output = running.communicate(timeout=30)
    release.set()
    assert running.returncode != 0
    assert "Traceback" not in output
    assert SECRET not in output
    assert state(program.report) == before
    program.hub.reset()
    again = start(program.report, env)
    _, output = again.communicate(timeout=60)
    assert again.returncode == 0, output
    assert_right(program, Row("", lambda _: None))


def test_two_runs_at_once_download_once_and_leave_one_whole_snapshot(program: Scene, tmp_path: Path) -> None:
    program.report.set(snapshot={"source": "hub-stats", "date": content.NEWEST})
    env = environment(program.hub, tmp_path)
    both = [start(program.report, env) for _ in range(2)]
    for running in both:
        _, output = running.communicate(timeout=60)
        assert running.returncode == 0, output
    assert program.hub.count("/storage/") == 1
    assert_right(program, Row("", lambda _: None))


def test_progress_is_plain_lines_without_a_terminal(program: Scene, tmp_path: Path) -> None:
    program.report.set(snapshot={"source": "hub-stats", "date": content.NEWEST})
    running = start(program.report, environment(program.hub, tmp_path))
    _, output = running.communicate(timeout=60)
    assert "MB\n" in output
    assert "\r" not in output
    assert "%|" not in output


def test_progress_is_a_bar_with_bytes_and_time_left_on_a_terminal(program: Scene, tmp_path: Path) -> None:
    program.report.set(snapshot={"source": "hub-stats", "date": content.NEWEST})
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    command = [sys.executable, "-m", "pipeline", "snapshot"]
    running = subprocess.Popen(
        command, cwd=program.report.paths.root, env=environment(program.hub, tmp_path), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    output = b""
    try:
        while piece := os.read(ours, 65536):
            output += piece
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert running.wait(60) == 0, output
    assert b"%|" in output
    assert b"B/s" in output
    assert b"<" in output, "time left comes after the time spent"


def _until(found: Callable[[], Any]) -> Any:
    """Yields what `found` gives once it gives anything; the time between is the scheduler's."""
    waiting = threading.Event()
    for _ in range(1000):
        try:
            value = found()
        except OSError:
            value = None
        if value:
            yield value[0] if isinstance(value, list) else value
            return
        waiting.wait(0.02)
    raise AssertionError("never came")
