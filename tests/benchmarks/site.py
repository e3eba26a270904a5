"""`make bench ARGS=--site`: from a census-size file to the built site, every stage measured.

A copy of the project, with a generated snapshot of three million rows as its source, is built as `make site`
builds it: no cache, nothing made before. The `python` that its stages call is a
wrapper (`timed.py`) that notes what each took; what is left of DVC's own process is DVC: reading the
pipeline, hashing outputs, filling its cache. CPU time is also given in plain reads of the file (its columns
`id, createdAt, tags`, read by polars), since a machine that others use gives every process more CPU time. Three are
measured before the build and three after it, and their median counts: the first read of a file takes longest.
Prints one line a stage, the sums, and whether the targets are met,
and keeps the table as `site.csv`. `--census FILE DAY` builds a census of one's own besides, such as that of July 2024.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median

import polars as pl
import yaml

from pipeline.base.paths import PROJECT
from tests.benchmarks import environment, hub

LEFT_OUT = shutil.ignore_patterns(
    ".*_cache", ".bench*", ".git", ".venv", "__pycache__", "_build", "_executed", "cache", "config.local", "tmp"
)
WALL_SECONDS, PLAIN_READS, PEAK_BYTES, VIEW_BYTES = 150, 65, 3e9, 300_000
"""Targets, for two processors that nobody else uses."""
GIVEN_WALL_SECONDS = 45
"""The same for the census of July 2024, of 760,000 rows."""
ROWS_OF_TARGETS = 3_000_000
"""What does not grow with the rows, the pages and DVC, is many reads of a smaller file."""
READS = 3
"""Plain reads before the build, and as many after it."""
RESULTS = Path(__file__).with_name("site.csv")


@dataclass(frozen=True)
class Taken:
    """What one process took, with those that it waited for."""

    what: str
    wall_s: float
    cpu_s: float
    peak_bytes: int

    def line(self) -> str:
        """The process as a line of a table."""
        return f"{self.what:24} {self.wall_s:8.1f} s {self.cpu_s:8.1f} s CPU {self.peak_bytes / 1e6:8.0f} MB"


def left_out(folder: str, names: list[str]) -> set[str]:
    """What no fresh clone has; `data` is a folder of results at the top alone, elsewhere a page's charts."""
    return LEFT_OUT(folder, names) | ({"data"} if Path(folder) == PROJECT else set())


@dataclass(frozen=True)
class Census:
    """A file in the schema of hub-stats, and the day that it shows."""

    file: Path
    day: str


def main(folder: Path, rows: int, given: Census | None = None) -> None:
    """Generate, build, print; the same for a census that is given. folder: where all of it lies."""
    generator = hashlib.sha256(Path(hub.__file__).read_bytes()).hexdigest()[:8]
    generated = folder / f"census-{rows}-{generator}.parquet"
    if not generated.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.benchmarks.hub", str(generated), json.dumps(asdict(hub.Shape(rows)))]
        subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    found = [measured("generated", Census(generated, "2026-10-01"), folder / "site", WALL_SECONDS)]
    if given is not None:
        found.append(measured(f"of {given.day}", given, folder / "site-given", GIVEN_WALL_SECONDS))
    pl.concat(found).write_csv(RESULTS, float_precision=2)


def measured(name: str, census: Census, root: Path, most_seconds: int) -> pl.DataFrame:
    """Build a copy of the project on a census; what each process took. most_seconds: the target by the clock."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(PROJECT, root, ignore=left_out)
    (root / "dvc.lock").unlink(missing_ok=True)
    document = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    named = {"source": "file", "path": str(census.file), "coverage": "census", "date": census.day}
    document["snapshot"] |= named
    (root / "params.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    before = [plain_read(census.file) for _ in range(READS)]
    stages, whole = build(root)
    read = median([*before, *(plain_read(census.file) for _ in range(READS))])
    of_stages = Taken("", sum(taken.wall_s for taken in stages), sum(taken.cpu_s for taken in stages), 0)
    left = Taken("DVC itself", whole.wall_s - of_stages.wall_s, whole.cpu_s - of_stages.cpu_s, 0)
    peak = max(taken.peak_bytes for taken in stages)
    everything = (*stages, left, Taken("everything", whole.wall_s, whole.cpu_s, peak))
    rows = pl.scan_parquet(census.file).select(pl.len()).collect().item()
    print(f"census {name}: {rows:,} rows, a plain read of {read:.2f} CPU s")
    for taken in everything:
        print(f"{taken.line()} {taken.cpu_s / read:6.1f} plain reads")
    view, sizes = heaviest_view(root / "book" / "_build" / "html")
    print(f"heaviest view of the explorer: {view:,} bytes ({sizes})")
    targets = [
        (whole.wall_s < most_seconds, f"{most_seconds} s"),
        (view < VIEW_BYTES, f"{VIEW_BYTES // 1000} KB a view"),
    ]
    if rows >= ROWS_OF_TARGETS:
        targets.append((whole.cpu_s / read < PLAIN_READS, f"{PLAIN_READS} plain reads"))
        targets.append((peak < PEAK_BYTES, f"{PEAK_BYTES / 1e9:.0f} GB"))
    for met, target in targets:
        print(f"{'under' if met else 'NOT under'} {target}")
    return table(name, everything, rows, read)


def plain_read(snapshot: Path) -> float:
    """CPU seconds of reading the file's `id, createdAt, tags`, in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("candidates.py")), "plain_read", str(snapshot)]
    process = subprocess.Popen(command, env=environment(PYTHONPATH=str(PROJECT)))
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("the generated snapshot cannot be read")
    return used.ru_utime + used.ru_stime


def table(census: str, taken: Sequence[Taken], rows: int, read: float) -> pl.DataFrame:
    """What each process took, as it is kept. read: CPU seconds of a plain read of the file with so many rows."""
    return pl.DataFrame(
        {
            "census": census,
            "rows": rows,
            "stage": [one.what for one in taken],
            "cpu_seconds": [one.cpu_s for one in taken],
            "wall_seconds": [one.wall_s for one in taken],
            "peak_bytes": [one.peak_bytes for one in taken],
            "cpu_over_bare_read": [one.cpu_s / read for one in taken],
            "date": date.today(),
        }
    )


def build(root: Path) -> tuple[list[Taken], Taken]:
    """The build of a copy; what each stage took, and all of it."""
    shim = root / ".bench"
    shim.mkdir()
    wrapper = shim / "python"
    notes = shim / "taken.jsonl"
    timed = Path(__file__).with_name("timed.py")
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, "-IS", str(timed), str(notes)])} "$@"\n')
    wrapper.chmod(0o755)
    dvc = [sys.executable, "-m", "dvc"]
    path = os.pathsep.join([str(shim), os.environ["PATH"]])
    subprocess.run([*dvc, "config", "--quiet", "--local", "core.no_scm", "true"], cwd=root, check=True)
    started = time.monotonic()
    command = [*dvc, "repro"]
    process = subprocess.Popen(command, cwd=root, env=environment(PATH=path), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("the census does not build")
    unit = 1 if sys.platform == "darwin" else 1024
    whole = Taken("", time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * unit)
    stages = [Taken(**json.loads(line)) for line in notes.read_text(encoding="utf-8").splitlines()]
    return stages, whole


def heaviest_view(site: Path) -> tuple[int, str]:
    """Bytes that the explorer's page costs at most for one view beyond the page: directory, search, entry."""
    explorer = site / "explorer"
    parts = {"directory": (explorer / "directory.js").stat().st_size}
    for kind in ("rows", "best", "entries"):
        parts[kind] = max((file.stat().st_size for file in (explorer / kind).glob("*.js")), default=0)
    return sum(parts.values()), ", ".join(f"{name} {size:,}" for name, size in parts.items())
