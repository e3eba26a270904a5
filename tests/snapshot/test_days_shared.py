"""Four days of history by two workers: the same bytes as one day after the other."""

import datetime
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.snapshot import content
from tests.snapshot.server import LocalHub, Repository
from tests.snapshot.test_commands import clone

pytestmark = pytest.mark.whole

DAYS = [str(datetime.date(2025, 7, 7) + datetime.timedelta(days=7 * week)) for week in range(4)]
OF_DAYS = ("history", "history_files", "known", "known_files")


@pytest.fixture
def weeks(hub: LocalHub) -> LocalHub:
    """Four weeks of a growing Hub, the third a repetition of the second."""
    weekly = hub.add(Repository(content.WEEKLY, licence="odbl"))
    for day, rows in zip(DAYS, (300, 400, 400, 600), strict=True):
        weekly.write(f"{day}T09:00:00.000Z", {f"models/{day}/models.parquet": content.parquet(content.made(rows))})
    return hub


class Worker:
    """A clone with the stages of older days alone, on a machine of its own: own cache of the Hub, own threads."""

    def __init__(self, root: Path, hub: LocalHub, remote: Path, threads: int) -> None:
        self.root = clone(root)
        stages = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
        wanted = {"stages": {name: stages[name] for name in OF_DAYS}}
        (root / "dvc.yaml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
        (root / "dvc.lock").unlink(missing_ok=True)
        params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
        params["snapshot"] |= {"history": DAYS, "history_source": "hub-weekly"}
        (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        self.home = root.parent / f"home of {root.name}"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("HF_", "GIT_"))
        } | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(self.home),
            "POLARS_MAX_THREADS": str(threads),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self.done(self.dvc("remote", "add", "--default", "days", str(remote)))

    def dvc(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "dvc", *command],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def done(self, running: subprocess.Popen[str]) -> str:
        output, _ = running.communicate(timeout=600)
        assert running.returncode == 0, output
        return output

    @property
    def data(self) -> dict[str, bytes]:
        below = self.root / "data"
        return {str(path.relative_to(below)): path.read_bytes() for path in below.rglob("*") if path.is_file()}

    @property
    def downloads(self) -> list[str]:
        return [path.name for path in self.home.rglob("*.parquet")]


def stages_of(days: list[str]) -> list[str]:
    return [f"known@{day}" for day in days]


def test_days_of_two_machines_are_the_bytes_of_one(weeks: LocalHub, tmp_path: Path) -> None:
    alone = Worker(tmp_path / "alone", weeks, tmp_path / "nothing", threads=1)
    alone.done(alone.dvc("repro", *stages_of(DAYS[::-1])))
    fetched = weeks.count("/storage/")
    first, second = (Worker(tmp_path / name, weeks, tmp_path / "remote", threads=3) for name in ("first", "second"))
    running = [first.dvc("repro", *stages_of(DAYS[:2])), second.dvc("repro", *stages_of(DAYS[2:]))]
    for worker, process in zip((first, second), running, strict=True):
        worker.done(process)
        worker.done(worker.dvc("push", "--run-cache"))
    taken = first.done(first.dvc("repro", "--pull"))
    assert not re.search("^Running stage", taken, re.MULTILINE), "the other's days are taken, not counted"
    assert first.data == alone.data
    assert len(alone.data) == len(DAYS) * (3 + 4)
    assert weeks.count("/storage/") == 2 * fetched
    assert not [*alone.downloads, *first.downloads, *second.downloads]


def test_days_of_two_queue_workers_are_the_bytes_of_one(weeks: LocalHub, tmp_path: Path) -> None:
    alone = Worker(tmp_path / "alone", weeks, tmp_path / "nothing", threads=1)
    alone.done(alone.dvc("repro", *stages_of(DAYS)))
    queued = Worker(tmp_path / "queued", weeks, tmp_path / "nothing", threads=2)
    for command in ("add -A", "commit -q -m days"):
        subprocess.run(["git", *command.split()], cwd=queued.root, check=True)
    for stage in stages_of(DAYS):
        queued.done(queued.dvc("exp", "run", "--queue", stage))
    queued.done(queued.dvc("queue", "start", "-j", "2"))
    while re.search("Queued|Running", status := queued.done(queued.dvc("queue", "status"))):
        time.sleep(2)
    assert status.count("Success") == len(DAYS), status
    assert "Running stage" not in queued.done(queued.dvc("repro"))
    assert queued.data == alone.data
    assert not queued.downloads
