"""The fault table: whatever goes wrong ends in the right bytes, or in one line and the last good snapshot.

Each row puts a fault in front of the local Hub, pulls one day, and says which of the two it must be. What failed for
a passing reason succeeds on the next run, and goes on with what was already there.
"""

import errno
import json
import os
import pty
import resource
import shutil
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import snapshot
from pipeline.base import params, tables
from pipeline.base.errors import PipelineError
from pipeline.base.paths import PROJECT
from tests.conftest import Report
from tests.snapshot import content
from tests.snapshot.server import LocalHub, sha256

SECRET = "hf_" + "x" * 34


@dataclass
class Row:
    """One fault: how it is set up, and how it must end."""

    name: str
    strike: Callable[["Scene"], Any]
    words: tuple[str, ...] = ()
    """Words of the one-line error; none: the right bytes."""
    source: str = "hub-stats"
    more: dict[str, Any] = field(default_factory=dict)
    waited: float | None = None
    """A wait that the server asked for and must get."""


@dataclass
class Scene:
    """What a row may reach for."""

    hub: LocalHub
    patch: pytest.MonkeyPatch
    report: Report
    cache: Path

    @property
    def stats(self) -> Any:
        return self.hub.repositories["dataset", content.STATS]


def flipped(body: bytes) -> bytes:
    """The same size, other bytes."""
    return body[:1000] + bytes(255 - byte for byte in body[1000:1010]) + body[1010:]


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def no_network(scene: Scene) -> None:
    nowhere = closed_port()
    scene.patch.setattr("huggingface_hub.constants.ENDPOINT", nowhere)


def full_disk(scene: Scene) -> None:
    usage = type("Usage", (), {"free": 1000})
    scene.patch.setattr("shutil.disk_usage", lambda path: usage)


def full_while_writing(scene: Scene) -> None:
    """The system refuses to let any file grow beyond so many bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    scene.patch.setattr("pipeline.snapshot.download.SPARE", 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    scene.patch.setattr(resource, "RLIMIT_FSIZE", resource.RLIMIT_FSIZE)
    scene.hub.fault("nowhere")
    LIMITS.append(limits)


LIMITS: list[tuple[int, int]] = []


def moved_on(scene: Scene) -> None:
    """Another commit comes while the file is on its way, and the connection is cut there."""

    def commit() -> None:
        scene.stats.write("2026-10-01T23:59:59.000Z", {"models.parquet": b"something else"})

    scene.hub.fault("/storage/", cut_at=0.5, then=commit)


def squashed(scene: Scene) -> None:
    """The commit that was resolved is gone when the file is asked for."""
    scene.hub.fault("/resolve/", status=404, headers={"X-Error-Code": "RevisionNotFound"}, times=9)


def expired(scene: Scene) -> None:
    scene.hub.fault("/storage/", status=403, body=b"Request has expired", times=9)


def renamed(scene: Scene) -> None:
    target = scene.hub.repositories.pop(("dataset", content.STATS))
    scene.hub.repositories["dataset", content.STATS] = type(target)(content.STATS, renamed_to="someone/hub-stats")
    target.name = "someone/hub-stats"
    scene.hub.add(target)


def access(kind: str) -> Callable[[Scene], None]:
    def strike(scene: Scene) -> None:
        scene.stats.access = kind

    return strike


def missing(scene: Scene) -> None:
    del scene.hub.repositories["dataset", content.STATS]


def short_record(scene: Scene) -> None:
    """A part from an earlier day that is longer than the file, and of other bytes."""
    digest = sha256(scene.stats.commits[4].files["models.parquet"])
    folder = scene.cache / "open-source-as-infrastructure" / "hub" / "files"
    folder.mkdir(parents=True)
    (folder / f"{digest}.part").write_bytes(b"x" * 9_000_000)


def wrong_part(scene: Scene) -> None:
    """A part whose bytes are not the file's: going on from it ends in the right size and wrong bytes."""
    digest = sha256(scene.stats.commits[4].files["models.parquet"])
    folder = scene.cache / "open-source-as-infrastructure" / "hub" / "files"
    folder.mkdir(parents=True)
    (folder / f"{digest}.part").write_bytes(b"x" * 10_000)


def fault(where: str, **what: Any) -> Callable[[Scene], Any]:
    return lambda scene: scene.hub.fault(where, **what)


def stalled(scene: Scene) -> None:
    scene.patch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    scene.hub.fault("/storage/", stall=threading.Event())


def silent(scene: Scene) -> None:
    """The list's answer stops half-way for good."""
    scene.patch.setattr("pipeline.snapshot.hub.TIMEOUT", 0.2)
    scene.hub.fault("/paths-info/", stall=threading.Event(), times=99)


def unreadable(scene: Scene) -> None:
    scene.stats.write("2026-10-01T23:59:59.000Z", {"models.parquet": b"PAR1 but no table"})


def elsewhere(scene: Scene) -> None:
    """The listing's next page lies on another host."""
    link = {"Link": f'<{scene.hub.storage}/api/models?cursor=9>; rel="next"', "Date": scene.hub.today}
    scene.hub.fault("/api/models", status=200, headers=link, body=b"[]")


def emptied(scene: Scene) -> None:
    """The data set no longer has the file."""
    scene.stats.commits.clear()
    scene.stats.write("2026-10-01T01:00:00.000Z", {"README.md": b""})


def always(body: bytes) -> Callable[[bytes], bytes]:
    return lambda _: body


def shorter(body: bytes) -> bytes:
    return body[:-100]


def worded(body: bytes) -> bytes:
    """A counter of the first row is a word."""
    return body.replace(b'"likes": ', b'"likes": "many", "x": ', 1)


def in_the_first_row(**fields: Any) -> Callable[[bytes], bytes]:
    """The listing with other values in its first row."""

    def change(body: bytes) -> bytes:
        first, *others = json.loads(body)
        return json.dumps([first | fields, *others]).encode()

    return change


def nested(levels: int) -> list[Any]:
    return [nested(levels - 1)] if levels else []


API, WEEKLY = "hub-api", "hub-weekly"
UNHASHED = b'[{"type": "file", "path": "models.parquet", "size": 1, "oid": "1"}]'
NO_LIST, NAMELESS = b'{"error": "x"}', b'[{"likes": 1}]'
CUT = {"cardData": {"a": "\ud83d"}, "library_name": "\ude00x", "tags": ["\ud83d"]}
"""Text that ends within a surrogate pair."""
NESTED = always(b"[" * 200_000)
NOT_UNDERSTOOD = ("not understood", "protocol has changed")
AFTER = {"Retry-After": "7"}
EMPTY = {"RateLimit": '"api";r=0;t=42', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}

TABLE = [
    Row("cut at the first byte", fault("/storage/", cut_at=0.0)),
    Row("cut at a third", fault("/storage/", cut_at=0.33)),
    Row("cut at two thirds", fault("/storage/", cut_at=0.66)),
    Row("cut at the last byte", fault("/storage/", cut_at=0.9999)),
    Row("cut again and again", fault("/storage/", cut_at=0.3, times=4)),
    Row("cut in the list", fault("/commits/", cut_at=0.5)),
    Row("stall in the file", stalled),
    Row("stall in the list, for good", silent, ("cannot be reached",)),
    Row("503 on the file", fault("/storage/", status=503, headers=AFTER, times=3), waited=7),
    Row("503 on the address of the file", fault("/resolve/", status=503, times=2)),
    Row("503 on the file, for good", fault("/storage/", status=503, times=99), ("answered 503 6 times",)),
    Row("502 and 504 on the file", fault("/storage/", status=504, times=2)),
    Row("503 on the list of commits", fault("/commits/", status=503, headers=AFTER, times=2), waited=7),
    Row("503 on the list, for good", fault("/commits/", status=503, times=99), ("answered 503",)),
    Row("503 on the record of the file", fault("/paths-info/", status=503, headers=AFTER, times=2), waited=7),
    Row("500 on the card", fault("/api/datasets/cfahlgren1/hub-stats/revision", status=500)),
    Row("429 burst on the list", fault("/commits/", status=429, headers=EMPTY, times=3), waited=42),
    Row("429 burst on the record", fault("/paths-info/", status=429, headers=EMPTY, times=3), waited=42),
    Row("429 burst on the file", fault("/storage/", status=429, headers=EMPTY, times=3), waited=42),
    Row("429 that asks for hours", fault("/commits/", status=429, headers={"Retry-After": "86400"}), ("wait 86400 s",)),
    Row("503 that asks for hours", fault("/storage/", status=503, headers={"Retry-After": "9999"}), ("wait 9999 s",)),
    Row("429 for good", fault("/paths-info/", status=429, times=99), ("rate limit", "hf auth login")),
    Row("wrong size, too short", fault("/storage/", mangle=shorter, times=9), ("another size",)),
    Row("wrong size, too long", fault("/storage/", mangle=lambda body: body + b"x" * 9, times=9), ("another size",)),
    Row("right size and wrong bytes, once", fault("/storage/", mangle=flipped)),
    Row("right size and wrong bytes, for good", fault("/storage/", mangle=flipped, times=9), ("wrong content",)),
    Row("a page of a proxy instead of the list", fault("/commits/", status=200, body=b"<html>"), ("not understood",)),
    Row("a record without a checksum", fault("/paths-info/", status=200, body=UNHASHED), ("no checksum",)),
    Row("a part that is too long", short_record),
    Row("a part of other bytes", wrong_part),
    Row("another commit in mid-download", moved_on),
    Row("commit gone in mid-download", squashed, ("no such commit",)),
    Row("expired address of the storage", expired, ("denied",)),
    Row("full disk", full_disk, ("needed on the disk",)),
    Row("disk full while writing", full_while_writing, ("cannot be written", os.strerror(errno.EFBIG))),
    Row("denied", fault("/resolve/", status=403, times=9), ("denied", "hf auth login")),
    Row("bad credentials", fault("/commits/", status=401, times=9), ("is private", "hf auth login")),
    Row("gated", access("gated"), ("gated", "accept its terms", "hf auth login")),
    Row("private", access("private"), ("does not exist, or is private", "hf auth login")),
    Row("missing", missing, ("does not exist",)),
    Row("renamed", renamed),
    Row("no network", no_network, ("cannot be reached", "no connection")),
    Row("no such file at the commit", emptied, ("no snapshot of",)),
    Row("a file that is no Parquet", unreadable, ("cannot be read as Parquet",)),
    Row("brackets instead of the list", fault("/commits/", mangle=NESTED), NOT_UNDERSTOOD),
    Row("brackets instead of the record", fault("/paths-info/", mangle=NESTED), NOT_UNDERSTOOD),
    Row("brackets instead of the card", fault("/hub-stats/revision", mangle=NESTED), NOT_UNDERSTOOD),
    Row("brackets with a refusal", fault("/commits/", status=404, body=b"[" * 200_000), ("Hub's answer",)),
    Row("brackets instead of the listing", fault("/api/models", mangle=NESTED), NOT_UNDERSTOOD, source=API),
    Row(
        "brackets closed again",
        fault("/api/models", mangle=always(b"[" * 900 + b"]" * 900)),
        NOT_UNDERSTOOD,
        source=API,
    ),
    Row("brackets in a card", fault("/api/models", mangle=in_the_first_row(cardData=nested(500))), source=API),
    Row("brackets instead of the weeks", fault("/tree/", mangle=NESTED), NOT_UNDERSTOOD, source=WEEKLY),
    Row("half a letter in a card", fault("/api/models", mangle=in_the_first_row(**CUT)), source=API),
    Row("a counter of thirty digits", fault("/api/models", mangle=in_the_first_row(likes=10**30)), source=API),
    Row("503 in the listing", fault("/api/models", after=1, status=503, headers=AFTER, times=2), source=API, waited=7),
    Row("cut in the listing", fault("/api/models", after=1, cut_at=0.5), source=API),
    Row("429 in the listing", fault("/api/models", after=1, status=429, headers=EMPTY), source=API, waited=42),
    Row("next page on another host", elsewhere, ("another host",), source=API),
    Row(
        "a listing of something else",
        fault("/api/models", mangle=always(NO_LIST)),
        ("not understood",),
        source=API,
    ),
    Row("a row without a name", fault("/api/models", mangle=always(NAMELESS)), ("not understood",), source=API),
    Row("a counter that is a word", fault("/api/models", mangle=worded), source=API),
    Row("503 on the folders of weeks", fault("/tree/", status=503, headers=AFTER, times=2), source=WEEKLY, waited=7),
    Row("weekly file cut", fault("/storage/", cut_at=0.4), source=WEEKLY),
]

DAYS = {"hub-stats": content.NEWEST, "hub-weekly": content.NEXT_WEEK, "hub-api": content.NEWEST}
FILES = {"hub-stats": "newest", "hub-weekly": "next week"}


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
    """The snapshot is the one that was asked for."""
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
