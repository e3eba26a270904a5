"""Stage `snapshot`: one source in, the same files in data/raw out, whatever the source.

A source is a module with the interface in `pipeline.snapshot.source`: resolve, pull, normalise. Nothing is replaced
before everything is read and checked: the files are written aside and take their places together. So a failed or
interrupted pull leaves the last good snapshot, and two runs at once leave that of one of them whole.

To sort a census in one piece takes more memory than a laptop has: rows go to temporary files by ranges of their ids,
and each range is sorted, checked and written by itself (`pipeline.snapshot.ranges`).
"""

import fcntl
import importlib
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import polars as pl

from pipeline.base import interrupts, tables
from pipeline.base.errors import SnapshotError, machine_error
from pipeline.base.params import Params, Snapshot
from pipeline.base.paths import Paths
from pipeline.snapshot.ranges import write_ranges
from pipeline.snapshot.schema import InferredEdges, RawModels
from pipeline.snapshot.source import Pulled, Source

MODULES = {
    "sample": "embedded",
    "file": "file",
    "listing": "listing",
    "hub-stats": "hub_stats",
    "hub-weekly": "hub_weekly",
    "hub-api": "hub_api",
}
"""Sources by the name that params.yaml gives them."""


def run(paths: Paths, params: Params) -> None:
    """Pull the snapshot that params name and write it to data/raw. Raises SnapshotError where that fails."""
    pulled = read(params.snapshot, paths)
    inferred = tables.conform(pulled.inferred, InferredEdges, "the snapshot")
    newest = {name: pulled.provenance[name] for name in ("date", "source")}
    with _alone(paths.raw.parent) as folder:
        write(pulled, folder)
        tables.write(inferred, InferredEdges, folder / "inferred_edges.parquet")
        tables.write_json(newest, folder / "known" / "newest.json")
        with interrupts.undisturbed(signal.SIGINT, signal.SIGTERM):
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                target = paths.raw / path.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)


def read(snapshot: Snapshot, paths: Paths) -> Pulled:
    """The snapshot's rows, not yet collected, and its provenance."""
    source = source_of(snapshot)
    resolved = source.resolve(snapshot, paths)
    return source.normalise(resolved, source.pull(resolved, paths), paths)


def source_of(snapshot: Snapshot) -> Source:
    """The module of the source that the parameters name."""
    return cast(Source, importlib.import_module(f"{__name__}.{MODULES[snapshot.source]}"))


def write(pulled: Pulled, folder: Path) -> None:
    """Rows and provenance into a folder: `models.parquet` and `provenance.json`."""
    try:
        filled = write_ranges(pulled.models, RawModels, folder / "models.parquet")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(pulled, error) from error
    tables.write_json(pulled.provenance | described(filled), folder / "provenance.json")


def unreadable(pulled: Pulled, error: Exception) -> Exception:
    """The error for a snapshot whose rows cannot be read; the machine's own errors stay as they are."""
    if machine_error(error):
        return error
    reason = str(error).splitlines()[0]
    return SnapshotError(
        f"{pulled.provenance['label']} cannot be read ({reason})",
        next_step="check that its file is whole and that the disk has room",
    )


def described(filled: Mapping[str, int]) -> dict[str, Any]:
    """Entries of the provenance, from how many rows have a value in each column; without any the column is absent."""
    return {
        "rows": filled["id"],
        "columns_present": [name for name, rows in filled.items() if rows],
        "columns_absent": [name for name, rows in filled.items() if not rows],
        "rows_with": dict(filled),
    }


@contextmanager
def _alone(data: Path) -> Iterator[Path]:
    """A folder beside data/raw for one run at a time; removes what a killed run left there."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / ".raw.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        for left in data.glob(".raw.*.tmp"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=".raw.", suffix=".tmp", dir=data) as folder:
            yield Path(folder)
