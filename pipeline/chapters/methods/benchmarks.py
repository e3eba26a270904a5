"""How fast the engine is, as the last benchmark measured it.

`make bench` measures on generated snapshots and writes `tests/benchmarks/results.csv`; this module puts
that file under its contract, so that pages and facts read it like any other table. It measures nothing
itself: times depend on the machine, and a build gives the same bytes everywhere.

Known drawbacks: generated snapshots have the Hub's size and the shape of its graph, not its every
oddity; the machine may have been busy, which processor seconds feel less than the clock does.
"""

import polars as pl

from pipeline.base.errors import TableError
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.methods.schema import Timings


def make(paths: Paths, results: Results) -> None:
    """Read the stored results; write `benchmarks.parquet`."""
    path = paths.benchmarks
    if not path.exists():
        raise TableError(f"no table {path.name}", where="tests/benchmarks", next_step="run `make bench`")
    results.write("benchmarks", pl.read_csv(path, try_parse_dates=True), Timings)
