"""Stage `snapshot`: one source in, three files out, the same for every source.

A source is a module with `pull(params, paths) -> Pulled`. Whatever it reads, it hands on
`models` in the columns of `schemas.RawModels`, `inferred` edges (often none) and `provenance`.
Nothing is written before everything is read and checked, so a failed pull leaves the last good
snapshot in place.
"""

from pipeline import schemas, tables
from pipeline.params import Params
from pipeline.paths import Paths
from pipeline.snapshot import file, sample

SOURCES = {"sample": sample.pull, "file": file.pull}


def run(paths: Paths, params: Params) -> None:
    """Pull the snapshot that params name and write it to data/raw."""
    pulled = SOURCES[params.snapshot.source](params.snapshot, paths)
    models = tables.conform(pulled.models, schemas.RawModels, "the snapshot")
    inferred = tables.conform(pulled.inferred, schemas.InferredEdges, "the snapshot")
    tables.write(models, schemas.RawModels, paths.raw / "models.parquet")
    tables.write(inferred, schemas.InferredEdges, paths.raw / "inferred_edges.parquet")
    tables.write_json(pulled.provenance, paths.provenance)
