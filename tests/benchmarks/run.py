"""`make bench`: the lineage engine beside a plain read, pandas + networkx, and DuckDB.

Snapshots are generated (`hub.py`), then every candidate runs in a process of its own, in turn, as
often as asked, so that a busy minute of the machine hits all alike. The least CPU time of the rounds
counts. Prints a Markdown table and keeps it as `results.csv`, which the methods page shows. With `--site`
the whole way from such a snapshot to the built site is measured instead (`site.py`) and kept as `site.csv`.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipeline.base.paths import PROJECT
from pipeline.chapters.methods.facts_benchmarks import DEFINITIONS, ENGINE, PLAIN_READ
from tests.benchmarks import environment, hub, site, stage_settings

HERE = Path(__file__).parent
SMALL, LARGE = 300_000, 3_000_000
DUCKDB, NETWORKX = "DuckDB, recursive query", "pandas + networkx"
NOT_DATA = ("editions", "history", "known", "notebooks", "report", "site")


@dataclass(frozen=True)
class Run:
    """One process: what it was and what it took."""

    snapshot: str
    rows: int
    candidate: str
    cpu_s: float
    wall_s: float
    peak_mb: float


def main() -> None:
    """Generate, measure, print, keep."""
    options = argparse.ArgumentParser(description="Benchmark of the lineage engine")
    options.add_argument("--others", type=Path, help="interpreter that has pandas, networkx and duckdb")
    options.add_argument("--folder", type=Path, default=PROJECT / ".bench", help="where snapshots are made")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--rows", type=int, nargs=2, default=[SMALL, LARGE])
    options.add_argument("--results", type=Path, default=HERE / "results.csv")
    options.add_argument("--site", action="store_true", help="measure the whole build, every stage, and no other tool")
    options.add_argument("--census", nargs=2, metavar=("FILE", "DAY"), help="with --site: this file too, of that day")
    chosen = options.parse_args()
    if chosen.site:
        given = None if chosen.census is None else site.Census(Path(chosen.census[0]).resolve(), chosen.census[1])
        site.main(chosen.folder.resolve(), max(chosen.rows), given)
        return
    small, large = chosen.rows
    chain: dict[str, Any] = {"merge_share": 0.0, "single_share": 0.0, "chain_share": 0.9}
    shapes = {
        "Hub-like, small": hub.Shape(small),
        "Hub-like": hub.Shape(large),
        "chains of 5": hub.Shape(small, chain_steps=5, **chain),
        "chains of 500": hub.Shape(small, chain_steps=500, **chain),
    }
    runs: list[Run] = []
    sizes = {}
    for name, shape in shapes.items():
        root = chosen.folder / name.replace(" ", "-").replace(",", "")
        sizes[name] = prepare(root, shape)
        for stage in stages():
            if name.startswith("Hub-like") or stage in ("snapshot", "hub"):
                runs.append(measure(name, shape.rows, f"stage {stage}", command_of("stage", stage, str(root))))
                say(runs[-1])
    for _ in range(chosen.rounds):
        for name, shape in shapes.items():
            root = chosen.folder / name.replace(" ", "-").replace(",", "")
            for candidate, command in candidates(name, root, chosen.others).items():
                runs.append(measure(name, shape.rows, candidate, command))
                say(runs[-1])
    table = summary(pl.DataFrame(runs), sizes)
    chosen.results.parent.mkdir(parents=True, exist_ok=True)
    table.write_csv(chosen.results, float_precision=2)
    print(f"\n{machine()}\n\n{markdown(table)}")


def stages() -> list[str]:
    """The stages of the pipeline that make data, in their order."""
    names = yaml.safe_load((PROJECT / "dvc.yaml").read_text())["stages"]
    return [name for name in names if not name.startswith(NOT_DATA)]


def prepare(root: Path, shape: hub.Shape) -> int:
    """A project root with a generated snapshot; returns the plain size of the columns that lineage reads.

    Made in another process, since a process starts with its parent's peak memory.
    """
    root.mkdir(parents=True, exist_ok=True)
    for name in ("pipeline", "tests"):
        if not (root / name).exists():
            (root / name).symlink_to(PROJECT / name)
    document = yaml.safe_load((PROJECT / "params.yaml").read_text())
    document["snapshot"] |= {"source": "file", "path": "hub.parquet", "coverage": "census", "date": "2026-10-01"}
    (root / "params.yaml").write_text(yaml.safe_dump(document))
    command = [sys.executable, "-m", "tests.benchmarks.hub", str(root / "hub.parquet"), json.dumps(asdict(shape))]
    made = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    return int(made.stdout)


def candidates(name: str, root: Path, others: Path | None) -> dict[str, list[str]]:
    """Commands by name, in the order in which they take turns."""
    own, script = sys.executable, str(HERE / "candidates.py")
    path = str(root / "data" / "raw" / "models.parquet")
    found = {PLAIN_READ: [own, script, "plain_read", path], ENGINE: command_of("engine", str(root))}
    if name.startswith("Hub-like"):
        found[DEFINITIONS] = command_of("definitions", str(root))
        if others:
            found[DUCKDB] = [str(others), script, "duckdb", path]
    if others and name == "Hub-like, small":
        found[NETWORKX] = [str(others), script, "pandas_networkx", path]
    return found


def command_of(*candidate: str) -> list[str]:
    """A candidate of our own, in a process of its own."""
    return [sys.executable, str(HERE / "candidates.py"), *candidate]


def measure(snapshot: str, rows: int, candidate: str, command: list[str]) -> Run:
    """Run a command; its CPU time and peak memory are the kernel's."""
    settings = {} if candidate in (PLAIN_READ, DUCKDB, NETWORKX) else stage_settings()
    own = environment(PYTHONPATH=str(PROJECT), **settings)
    started = time.monotonic()
    process = subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{candidate} failed on {snapshot}")
    unit = 1 if sys.platform == "darwin" else 1024
    wall = time.monotonic() - started
    return Run(snapshot, rows, candidate, used.ru_utime + used.ru_stime, wall, used.ru_maxrss * unit / 1e6)


def summary(runs: pl.DataFrame, sizes: dict[str, int]) -> pl.DataFrame:
    """The least CPU time of each candidate, beside the plain read of the same snapshot."""
    best = (
        runs.sort("cpu_s")
        .group_by("snapshot", "rows", "candidate", maintain_order=True)
        .agg(pl.col("cpu_s").first(), pl.col("wall_s").min(), pl.col("peak_mb").max())
    )
    plain_read = best.filter(pl.col("candidate") == PLAIN_READ).select("snapshot", plain_read="cpu_s")
    plain = pl.DataFrame({"snapshot": list(sizes), "columns_mb": [size / 1e6 for size in sizes.values()]})
    return (
        best.join(plain_read, on="snapshot")
        .join(plain, on="snapshot")
        .select(
            "snapshot",
            "rows",
            "candidate",
            cpu_seconds="cpu_s",
            wall_seconds="wall_s",
            peak_bytes=(pl.col("peak_mb") * 1e6).cast(pl.Int64),
            cpu_over_bare_read=pl.col("cpu_s") / pl.col("plain_read"),
            peak_over_columns=pl.col("peak_mb") / pl.col("columns_mb"),
            versions=pl.lit(versions()),
            machine=pl.lit(machine()),
            date=pl.lit(date.today()),
        )
        .sort("rows", "snapshot", "cpu_seconds", "candidate")
    )


def markdown(table: pl.DataFrame) -> str:
    """The table for people, and the ratios that the issue asks for."""
    shown = table.drop("versions", "machine", "date")
    lines = ["| " + " | ".join(shown.columns) + " |", "|" + "---|" * shown.width]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in shown.iter_rows()]
    return "\n".join([*lines, "", *(f"- {name}: {value:.2f}" for name, value in ratios(table).items())])


def ratios(table: pl.DataFrame) -> dict[str, float]:
    """What the targets are about."""
    cpu = {(snapshot, candidate): cpu for snapshot, _, candidate, cpu, *_ in table.iter_rows()}
    asked = {
        "lineage over plain read": (("Hub-like", ENGINE), ("Hub-like", PLAIN_READ)),
        "pandas + networkx over lineage": (("Hub-like, small", NETWORKX), ("Hub-like, small", ENGINE)),
        "chains of 500 over chains of 5": (("chains of 500", ENGINE), ("chains of 5", ENGINE)),
        "ten times the rows": (("Hub-like", ENGINE), ("Hub-like, small", ENGINE)),
        "all definitions over lineage": (("Hub-like", DEFINITIONS), ("Hub-like", ENGINE)),
    }
    found = {name: cpu[a] / cpu[b] for name, (a, b) in asked.items() if a in cpu and b in cpu}
    peak = table.filter((pl.col("snapshot") == "Hub-like") & (pl.col("candidate") == ENGINE))["peak_over_columns"]
    return found | {"peak memory over columns read": peak[0]}


def versions() -> str:
    """Of Python and the libraries that are compared, as installed here or pinned for the others."""
    own = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in ("polars", "numpy"))]
    pins = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return ", ".join([*own, *(" ".join(pin.split("==")) for pin in pins if "==" in pin and "pyarrow" not in pin)])


def machine() -> str:
    """The class of machine, without names."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}"


def say(run: Run) -> None:
    """One line of progress."""
    line = f"{run.snapshot:16} {run.candidate:34} {run.cpu_s:8.2f} s CPU {run.peak_mb:8.0f} MB"
    print(line, file=sys.stderr, flush=True)


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
