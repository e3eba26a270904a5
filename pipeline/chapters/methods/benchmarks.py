"""How fast the engine is, and how often a test finds what is not there, as the last benchmarks measured it.

`make bench` measures on generated snapshots and writes `tests/benchmarks/results.csv`, `make bench-thesis` on drawn
worlds and writes `thesis.csv` beside it; this module puts those files under their contracts, so that pages and facts
read them like any other table. It measures nothing itself: times depend on the machine, and a build gives the same
bytes everywhere.

Known drawbacks: generated snapshots have the Hub's size and the shape of its graph, not its every
oddity; the machine may have been busy, which processor seconds feel less than the clock does.
"""

from pathlib import Path

import polars as pl

from pipeline.base.errors import TableError
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.methods.schema import ThesisSize, Timings


def make(paths: Paths, results: Results) -> None:
    """Read the stored results; write `benchmarks.parquet` and `thesis_size.parquet`."""
    results.write("benchmarks", stored(paths.benchmarks, "make bench"), Timings)
    results.write("thesis_size", stored(paths.benchmarks.with_name("thesis.csv"), "make bench-thesis"), ThesisSize)


def stored(path: Path, command: str) -> pl.DataFrame:
    """What a benchmark kept. Raises TableError where it kept nothing; command: what measures anew."""
    if not path.exists():
        raise TableError(f"no table {path.name}", where="tests/benchmarks", next_step=f"run `{command}`")
    return pl.read_csv(path, try_parse_dates=True)
