"""A build is alone in its folder, and an interrupted one leaves nothing half done."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.base.paths import PROJECT
from scripts import alone

LOCK = "stages:\n  cost:\n    cmd: as it was\n"
STARTED = """
import signal
import sys
from pathlib import Path
from scripts import alone
alone.GRACE_SECONDS = 0.3
for number in alone.SIGNALS:
    signal.signal(number, signal.SIG_DFL)  # whatever signals the tests were started to ignore
sys.exit(alone.main(sys.argv[2:], Path(sys.argv[1])))
"""
WAITS = "echo began >>{0}/log; while [ ! -e {0}/go ]; do sleep 0.02; done; echo ended >>{0}/log"
Build = subprocess.Popen[str]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A project's folder; what still waits there at the end may go."""
    (tmp_path / "dvc.lock").write_text(LOCK)
    yield tmp_path
    (tmp_path / "go").touch()


def build(folder: Path, script: str) -> Build:
    """A build that has begun: `script` says `began` first, unless it has to wait."""
    return subprocess.Popen(
        [sys.executable, "-c", STARTED, folder, "sh", "-c", script.format(folder)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def began(folder: Path) -> None:
    """Wait for it."""
    subprocess.run(["sh", "-c", f"until [ -e {folder}/log ]; do sleep 0.02; done"], check=True, timeout=60)


def first_message(running: Build) -> str:
    assert running.stderr
    return running.stderr.readline()


def ended(running: Build) -> tuple[int, str]:
    """Exit code and all that went to standard error. Its output ends when the last of its processes does."""
    _, errors = running.communicate(timeout=60)
    return running.returncode, errors


def test_a_second_build_waits_and_says_for_whom(folder: Path) -> None:
    first = build(folder, WAITS)
    began(folder)
    second = build(folder, "echo second >>{0}/log")
    message = f"Another build of this folder is running (process {first.pid}): waiting for its end\n"
    assert first_message(second) == message
    (folder / "go").touch()
    assert (ended(first), ended(second)) == ((0, ""), (0, ""))
    assert (folder / "log").read_text().split() == ["began", "ended", "second"]


def test_a_build_whose_wrapper_was_killed_is_waited_for(folder: Path) -> None:
    first = build(folder, WAITS)
    began(folder)
    first.kill()
    second = build(folder, "echo second >>{0}/log")
    assert "waiting for its end" in first_message(second)
    (folder / "go").touch()
    assert (ended(first), ended(second)) == ((-signal.SIGKILL, ""), (0, ""))
    assert (folder / "log").read_text().split() == ["began", "ended", "second"]


def test_the_exit_code_is_the_commands_own(folder: Path) -> None:
    assert ended(build(folder, "exit 7")) == (7, "")


INTERRUPTED = "Interrupted: what was finished is kept, the next build goes on from there\n"
DEAF = f"trap '' TERM; {WAITS}"
HALF = "printf 'stages:\n  co' >{0}/dvc.lock; printf '{{' >{0}/.dvc/tmp/rwlock; "


@pytest.mark.parametrize("number", alone.SIGNALS)
@pytest.mark.parametrize("script", [WAITS, f"({WAITS}) & {WAITS}", DEAF], ids=["one", "two", "deaf"])
def test_an_interrupted_build_ends_whole_in_one_line(number: signal.Signals, script: str, folder: Path) -> None:
    running = build(folder, HALF + script)
    began(folder)
    running.send_signal(number)
    assert ended(running) == (128 + number, INTERRUPTED)
    assert (folder / "log").read_text().split().count("ended") == 0
    assert (folder / "dvc.lock").read_text() == LOCK
    assert [path.name for path in (folder / ".dvc" / "tmp").iterdir()] == ["build.lock"]
    (folder / "go").touch()
    assert ended(build(folder, WAITS)) == (0, "")


def test_a_build_that_waits_can_be_interrupted(folder: Path) -> None:
    first = build(folder, WAITS)
    began(folder)
    second = build(folder, "echo second >>{0}/log")
    first_message(second)
    second.send_signal(signal.SIGINT)
    assert ended(second) == (130, INTERRUPTED)
    (folder / "go").touch()
    assert ended(first) == (0, "")


def test_a_lock_that_the_build_began_with_none_of_goes(folder: Path) -> None:
    (folder / "dvc.lock").unlink()
    running = build(folder, HALF + WAITS)
    began(folder)
    running.send_signal(signal.SIGTERM)
    assert ended(running)[0] == 143
    assert not (folder / "dvc.lock").exists()


@pytest.mark.parametrize(("text", "stays"), [("", False), ('{"read": {"a', False), ('{"read": {}}', True)])
def test_half_of_dvcs_list_of_running_stages_goes(text: str, stays: bool, folder: Path) -> None:
    listed = folder / ".dvc" / "tmp" / "rwlock"
    listed.parent.mkdir(parents=True)
    listed.write_text(text)
    assert alone.main(["true"], folder) == 0
    assert listed.exists() == stays


def entry(process: "subprocess.Popen[bytes]") -> str:
    """DVC's list after a kill: what a process read and wrote."""
    info = {"pid": process.pid, "cmd": "dvc repro"}
    return json.dumps({"read": {"data/raw": [info]}, "write": {"data/out": info}})


@pytest.mark.parametrize(
    ("arguments", "lives", "stays"),
    [(["dvc"], True, True), (["dvc"], False, False), (["a program of the same number"], True, False)],
    ids=["DVC runs", "ended, and nobody asked", "another program"],
)
def test_only_a_dvc_that_lives_is_waited_for(arguments: list[str], lives: bool, stays: bool, folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", *arguments])
    try:
        if not lives:
            process.kill()
            while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.01)
        listed = folder / ".dvc" / "tmp" / "rwlock"
        listed.parent.mkdir(parents=True)
        listed.write_text(entry(process))
        assert alone.main(["true"], folder) == 0
        assert listed.exists() == stays
    finally:
        process.kill()
        process.wait()


HALVES = [
    "",
    "stages:",
    "stages:\n",
    "stages:\n  co",
    "stages:\n  cost:\n",
    "stages:\n  cost:\n    cmd: a\n    deps:\n",
    "stages:\n  cost:\n    cmd: a\n    outs:\n    - path: a\n      size: 12",
    "stages: [1]\n",
    "\0\0\0\n",
]


@pytest.mark.parametrize("all_of_it", [True, False], ids=["all", "command"])
@pytest.mark.parametrize("half", HALVES)
def test_half_of_a_lock_after_a_kill_is_the_one_from_before(half: str, all_of_it: bool, folder: Path) -> None:
    first = build(folder, f"printf '{{{{' >{{0}}/.dvc/tmp/rwlock; {WAITS}")
    began(folder)
    (folder / "dvc.lock").write_text(half)
    below = psutil.Process(first.pid).children(recursive=True)
    for process in [*([first] if all_of_it else []), *below]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    by_signal = "The build was ended by SIGKILL: what was finished is kept, run `make site` again\n"
    assert ended(first) == ((-signal.SIGKILL, "") if all_of_it else (128 + signal.SIGKILL, by_signal))
    assert ended(build(folder, "cat {0}/dvc.lock >{0}/seen")) == (0, "")
    assert (folder / "seen").read_text() == LOCK
    assert [path.name for path in (folder / ".dvc" / "tmp").iterdir()] == ["build.lock"]


def test_half_of_a_lock_of_which_nobody_has_a_copy_goes(folder: Path) -> None:
    (folder / "dvc.lock").write_text("stages:\n  co")
    assert alone.main(["true"], folder) == 0
    assert not (folder / "dvc.lock").exists()


@pytest.mark.parametrize("left", [[], [".x.tmp"]])
def test_half_of_an_entry_of_the_cache_of_runs_goes(left: list[str], folder: Path) -> None:
    runs = folder / ".dvc" / "cache" / "runs"
    for name in ("ab/abc", "cd/cde"):
        (runs / name).mkdir(parents=True)
    (runs / "cd" / "cde" / "whole").touch()
    for name in left:
        (runs / "ab" / "abc" / name).write_text("cmd: sh scr")
        (runs / "cd" / "cde" / name).write_text("cmd: sh scr")
    assert alone.main(["true"], folder) == 0
    assert [str(path.relative_to(runs)) for path in sorted(runs.rglob("*"))] == ["ab", "cd", "cd/cde", "cd/cde/whole"]


def test_what_is_begun_with_make_is_built_alone() -> None:
    recipe = (PROJECT / "Makefile").read_text().partition("\nsite:")[2].partition("\n\n")[0]
    assert "exec python scripts/alone.py" in recipe
