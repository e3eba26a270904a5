"""Stage `snapshot`: one source in, three files out, the same for every source.

A source is a module with `pull(params, paths) -> Pulled`. Whatever it reads, it hands on
`models` in the columns of `schemas.RawModels`, `inferred` edges (often none) and `provenance`.
Nothing is written before everything is read and checked, so a failed pull leaves the last good
snapshot in place.

A census is larger than memory allows for sorting it whole: rows go to temporary files by ranges of
their ids, and each range is sorted, checked and written by itself (`tables.write_ranges`).
"""

import polars as pl

from pipeline import schemas, tables
from pipeline.errors import SnapshotError
from pipeline.params import Params
from pipeline.paths import Paths
from pipeline.snapshot import file, sample

SOURCES = {"sample": sample.pull, "file": file.pull}


def run(paths: Paths, params: Params) -> None:
    """Pull the snapshot that params name and write it to data/raw."""
    pulled = SOURCES[params.snapshot.source](params.snapshot, paths)
    inferred = tables.conform(pulled.inferred, schemas.InferredEdges, "the snapshot")
    try:
        rows = tables.write_ranges(pulled.models, schemas.RawModels, paths.raw / "models.parquet")
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise SnapshotError(
            f"{pulled.provenance['label']} cannot be read ({reason})", next_step="check that its file is whole"
        ) from error
    tables.write(inferred, schemas.InferredEdges, paths.raw / "inferred_edges.parquet")
    tables.write_json(pulled.provenance | {"rows": rows}, paths.provenance)
