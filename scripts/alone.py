"""Runs a build alone in its folder and ends all of it when interrupted: `python scripts/alone.py COMMAND...`.

Two builds in one folder would take each other's files away, so the second waits. The lock is the kernel's: it goes
with the processes that hold it, however they end.

The command runs in a process group of its own, so that Ctrl-C reaches this process alone, which then ends the whole
group: first with SIGTERM, after which stages tidy up, in the end with SIGKILL. Ctrl-Z stops this process alone: the
command runs on, and keeps the lock. A signal that was ignored at the start, as by `nohup`, stays ignored.

DVC rewrites its files in place and may be ended in the middle of one. So an interrupted build leaves the dvc.lock
that it found (what its stages made stays in DVC's cache, from which the next build takes it), and a list of running
stages that cannot be read any more, or in which no DVC lives, goes before and after a build. A build that is killed
outright can mend nothing: the next one does, from the copy of dvc.lock that it left, and removes the half of an entry
of DVC's cache of runs, over which DVC would stumble.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import psutil
import yaml

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from pipeline.base import interrupts  # noqa: E402
from pipeline.base.errors import reporting  # noqa: E402
from pipeline.base.files import replacing  # noqa: E402

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS = 5
"""How long processes may tidy up before they are killed."""


class Interrupted(Exception):  # noqa: N818
    """A signal that asks for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(command: list[str], project: Path = PROJECT) -> int:
    """Wait for the other builds of this folder, run the command; its exit code, or that of the signal."""
    try:
        with (
            interrupts.raising(Interrupted, *SIGNALS),
            _lock(project / ".dvc" / "tmp" / "build.lock") as lock,
            _mended(project / ".dvc" / "tmp" / "rwlock"),
            _mended_after_a_kill(project),
            _restored_when_interrupted(project / "dvc.lock"),
        ):
            return _run(command, lock)
    except Interrupted as interrupted:
        print("Interrupted: what was finished is kept, the next build goes on from there", file=sys.stderr)
        return 128 + interrupted.number


@contextmanager
def _lock(path: Path) -> Iterator[TextIO]:
    """The folder's lock, waited for; the file says whose it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            whose = f" (process {lock.read().strip()})"
            print(f"Another build of this folder is running{whose}: waiting for its end", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        yield lock


@contextmanager
def _mended(path: Path) -> Iterator[None]:
    """DVC's list of what its processes read and write goes where DVC would stumble over it."""
    try:
        _remove_stale(path)
        yield
    finally:
        _remove_stale(path)


def _remove_stale(path: Path) -> None:
    """Remove half of a list, and one in which no DVC lives: DVC waits for every process whose number is in use.

    After a kill it may be that of a process that has ended and waits for its burial, or of another program.
    """
    with contextlib.suppress(FileNotFoundError):
        try:
            listed = json.loads(path.read_bytes())
            writers = list(listed.get("write", {}).values())
            users = [*writers, *(reader for readers in listed.get("read", {}).values() for reader in readers)]
            is_stale = bool(users) and not any(_runs_dvc(user["pid"]) for user in users)
        except (ValueError, AttributeError, TypeError, KeyError):
            is_stale = True
        if is_stale:
            path.unlink()


def _runs_dvc(number: int) -> bool:
    """Whether a process of this number runs, and is DVC's."""
    try:
        process = psutil.Process(number)
        return process.status() != psutil.STATUS_ZOMBIE and "dvc" in " ".join(process.cmdline())
    except psutil.AccessDenied:  # somebody else's
        return True
    except (psutil.NoSuchProcess, ValueError):
        return False


@contextmanager
def _mended_after_a_kill(project: Path) -> Iterator[None]:
    """Mends what a killed build left half written, and keeps a copy of dvc.lock for the time of this one."""
    path, copy = project / "dvc.lock", project / ".dvc" / "tmp" / "dvc.lock.before"
    for run in (project / ".dvc" / "cache" / "runs").glob("*/*"):
        for half in run.glob(".*.tmp"):
            half.unlink()
        if not any(run.iterdir()):
            run.rmdir()
    _restore_broken(path, copy)
    if path.exists():
        with replacing(copy) as temporary:
            temporary.write_bytes(path.read_bytes())
    try:
        yield
    finally:
        _restore_broken(path, copy)  # DVC alone was killed
        copy.unlink(missing_ok=True)


def _restore_broken(lock: Path, copy: Path) -> None:
    """Half of a dvc.lock becomes the copy; without one it goes, and DVC makes it anew."""
    if lock.exists() and not _is_whole(lock.read_bytes()):
        lock.unlink()
        if copy.exists():
            copy.replace(lock)


def _is_whole(lock: bytes) -> bool:
    """Whether DVC can read its dvc.lock: it ends in a line, and no stage or list in it is cut off."""
    try:
        document = yaml.safe_load(lock)
        stages = list(document["stages"].values())
        return lock.endswith(b"\n") and all("cmd" in stage and None not in stage.values() for stage in stages)
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
        return False


@contextmanager
def _restored_when_interrupted(path: Path) -> Iterator[None]:
    """An interrupted block leaves the file as it was."""
    before = path.read_bytes() if path.exists() else None
    try:
        yield
    except Interrupted:
        if before is None:
            path.unlink(missing_ok=True)
        elif path.read_bytes() != before:
            with replacing(path) as temporary:
                temporary.write_bytes(before)
        raise


def _run(command: list[str], lock: TextIO) -> int:
    """Run the command, which holds the lock too; its exit code. Raises Interrupted when the whole group has ended."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        with interrupts.undisturbed(*SIGNALS):
            started.append(
                subprocess.Popen(command, process_group=0, stdin=subprocess.DEVNULL, pass_fds=[lock.fileno()])
            )
        return _reported(started[0].wait())
    except Interrupted:
        for child in started:
            _end(child)
        raise


def _reported(code: int) -> int:
    """The exit code of a command, as a shell has it; one line where a signal ended it."""
    if code >= 0:
        return code
    name = signal.Signals(-code).name
    print(f"The build was ended by {name}: what was finished is kept, run `make site` again", file=sys.stderr)
    return 128 - code


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child's process group, and see it gone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(child.pid, number)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            child.poll()  # or it would stay in its group after its end
            if not _signal(child.pid, 0):
                return
            time.sleep(0.05)


def _signal(group: int, number: int) -> bool:
    """Send a signal; whether anybody was there."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    with reporting("build"):
        sys.exit(main(sys.argv[1:]))
