"""`make site`: `dvc repro`, with stages that do not need each other side by side.

DVC runs one stage after the other; several of its processes may work on one pipeline, each on stages of
its own, as its manual says. So the long middle of the pipeline and the notebooks are cut into two lanes, for
two processors. What the lanes leave out comes at the end. Lanes change when a stage runs, never what it makes.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parent.parent
DVC = [sys.executable, str(PROJECT / "scripts" / "lane.py")]

ONLY = [*DVC, "--wait-for-lock", "repro", "--single-item"]

Lane = list[str]


def waves(pages: dict[str, int], days: Lane) -> list[list[Lane]]:
    """Lanes that start together, one wave after the other; a stage comes after all that it needs.

    pages: the book's notebooks, each with its number of cells. days: older days of the Hub that the report reads.
    """
    return [
        [["snapshot", *days, "details", "models", "lineage", "moe"]],
        [
            [
                "derivatives",
                "bases",
                "surface",
                "thesis",
                "gap",
                "vendors",
                "reconciliation",
                "vintages",
                "distillations",
                "cost",
                "calculator",
            ],
            ["claim_counts", "explorer", "anatomy", "undeclared", "timeline", "benchmarks"],
        ],
        [["facts", "claims", "edition", "publish"]],
        two_lanes(pages),
    ]


def two_lanes(weights: dict[str, int]) -> list[Lane]:
    """Stages that need nobody of each other, the heaviest first, each in the lane that has less to do until then."""
    lanes, done = ([], []), [0, 0]
    for stage in sorted(weights, key=lambda stage: (-weights[stage], stage)):
        lighter = done.index(min(done))
        lanes[lighter].append(stage)
        done[lighter] += weights[stage]
    return list(lanes)


def cells(page: str) -> int:
    """How many cells a page has, which tells how long it takes: most draw a figure or a table."""
    return (PROJECT / "book" / f"{page}.md").read_text(encoding="utf-8").count("```{code-cell}")


def read(name: str) -> Any:
    """One of the project's YAML files."""
    return yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))


def is_whole() -> bool:
    """Whether nothing is left to do."""
    if not (PROJECT / "book" / "_build" / "html" / "index.html").exists():
        return False
    return subprocess.run([*DVC, "status", "--quiet"], cwd=PROJECT, check=False).returncode == 0


def main() -> int:
    """Run every wave, then what they leave; the exit code of the first that fails."""
    if is_whole():
        print("Nothing changed since the last build.")
        return 0
    stages = read("dvc.yaml")["stages"]
    pages = {f"notebooks@{name}": cells(name) for name in stages["notebooks"]["matrix"]["name"]}
    named = read("params.yaml")["snapshot"]
    days = [f"history@{day}" for day in named["history"]]
    days += [f"history_files@file{number}" for number in range(len(named["history_files"]))]
    planned = waves(pages, days)
    for lanes in planned:
        running = [subprocess.Popen([*ONLY, *lane], cwd=PROJECT) for lane in lanes]
        failed = [code for code in [process.wait() for process in running] if code]
        if failed:
            return failed[0]
    done = {name.partition("@")[0] for lanes in planned for lane in lanes for name in lane}
    left = set(stages) - done - {"history", "history_files"}  # a stage that somebody added: DVC knows where it belongs
    return subprocess.run([*ONLY, "site"] if left == {"site"} else [*DVC, "repro"], cwd=PROJECT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
