"""Kills a build at random moments, builds again and compares every byte: `make attack`, two moments in `make test-all`.

Method
1. A clone of the project, in a folder whose name has a leading dash, spaces and quotes, is built whole: the reference.
2. For each moment the results are removed, and a few stages chosen by chance are forgotten, so that the next build has
   to run them and takes the others from DVC's cache. That build is killed with SIGKILL after a time chosen by chance:
   all of its processes, or one of them (the wrapper, DVC, a stage).
3. The next build must end well, with the reference's bytes in the site, the results and dvc.lock, and leave no
   temporary file.

The seed is printed, and gives the same stages, times and victims again; what a process does at that time also depends
on the machine. Killed while it was not running: another moment is taken.
"""

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from pipeline.base.paths import PROJECT

FOLDER = '-it\'s "a" report'
BUILD = [sys.executable, "scripts/alone.py", sys.executable, "-m", "dvc", "repro", "--quiet"]
RESULTS = ("data", "book/_executed", "book/_build")
COMPARED = ("book/_build/html", "data/core", "data/out", "data/raw")
FORGOTTEN = 4
"""Stages that a build has to run again."""

VICTIMS = ("all", "wrapper", "dvc", "stage")


@dataclass
class Killed:
    """A moment: what was killed, when, and how the build after it ended."""

    after: float
    victim: str
    stages: list[str]
    wrong: list[str]

    def __str__(self) -> str:
        end = "; ".join(self.wrong) or "right bytes"
        return f"{self.victim} killed after {self.after:.1f} s, forgotten {', '.join(self.stages)}: {end}"


class Attack:
    """A clone and its reference. seed: of every choice."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.chance = root, random.Random(seed)
        _clone(root)
        self.ended(self.start())
        self.lock = (root / "dvc.lock").read_bytes()
        self.reference = digests(root)
        self.seconds = 0.0

    def start(self) -> "subprocess.Popen[bytes]":
        """A build that runs."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("BOOK_")}
        return subprocess.Popen(
            BUILD, cwd=self.root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def ended(self, build: "subprocess.Popen[bytes]") -> None:
        """Wait for its good end."""
        _, errors = build.communicate()
        if build.returncode:
            raise AssertionError(f"the build ended with {build.returncode}: {errors.decode(errors='replace')[-2000:]}")

    def moment(self) -> Killed:
        """Forget, kill, build, compare."""
        while True:
            stages = self._forget()
            after, victim = self.chance.uniform(0.5, max(self.seconds, 5.0)), self.chance.choice(VICTIMS)
            build, began = self.start(), time.monotonic()
            time.sleep(after)
            if self._kill(build, victim):
                break
            self.seconds = after
        build.communicate()
        wrong = []
        try:
            self.ended(self.start())
        except AssertionError as error:
            wrong.append(str(error))
        self.seconds = max(self.seconds, time.monotonic() - began)
        return Killed(after, victim, stages, wrong + self._differences())

    def _forget(self) -> list[str]:
        """Remove all results, and of some stages the memory of them too."""
        for name in RESULTS:
            shutil.rmtree(self.root / name, ignore_errors=True)
        document = yaml.safe_load(self.lock)
        stages = self.chance.sample(sorted(document["stages"]), FORGOTTEN)
        commands = {document["stages"].pop(name)["cmd"] for name in stages}
        (self.root / "dvc.lock").write_text(yaml.safe_dump(document, sort_keys=False))
        for run in (self.root / ".dvc" / "cache" / "runs").glob("*/*/*"):
            if yaml.safe_load(run.read_text())["cmd"] in commands:
                run.unlink()
                run.parent.rmdir()
        return stages

    def _kill(self, build: "subprocess.Popen[bytes]", victim: str) -> bool:
        """Kill the victim; whether the build still ran."""
        if build.poll() is not None:
            return False
        wrapper = psutil.Process(build.pid)
        below = wrapper.children(recursive=True)
        chosen = {"all": [wrapper, *below], "wrapper": [wrapper], "dvc": below[:1], "stage": below[-1:]}[victim]
        for process in chosen or [wrapper]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        return True

    def _differences(self) -> list[str]:
        found = digests(self.root)
        names = sorted(name for name in {*found, *self.reference} if found.get(name) != self.reference.get(name))
        left = [str(path.relative_to(self.root)) for name in RESULTS for path in (self.root / name).rglob(".*.tmp*")]
        wrong = [f"other bytes: {', '.join(names[:10])}"] if names else []
        if yaml.safe_load((self.root / "dvc.lock").read_bytes()) != yaml.safe_load(self.lock):
            wrong.append("another dvc.lock")
        return wrong + ([f"left behind: {', '.join(left[:10])}"] if left else [])


def digests(root: Path) -> dict[str, str]:
    """The hash of every result, by its path."""
    files = (path for name in COMPARED for path in (root / name).rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _clone(root: Path) -> None:
    """The project as it is committed, without its environment: programs run in this one's."""
    subprocess.run(["git", "clone", "--quiet", PROJECT, "--", root], check=True, cwd=root.parent)
    subprocess.run([sys.executable, "-m", "dvc", "config", "--local", "core.analytics", "false"], cwd=root, check=True)


def main() -> int:
    """Attack; exit code 1 where a moment was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        attack = Attack(Path(folder) / FOLDER, asked.seed)
        for number in range(asked.moments):
            killed = attack.moment()
            wrong += bool(killed.wrong)
            print(f"{number + 1}: {killed}", flush=True)
    print(f"{asked.moments - wrong} of {asked.moments} moments end in the right bytes")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
