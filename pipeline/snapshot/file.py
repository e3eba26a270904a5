"""Source `file`: any Parquet file in the hub-stats schema, of any vintage."""

from pathlib import Path

import polars as pl

from pipeline import params as parameters
from pipeline.errors import SnapshotError
from pipeline.paths import Paths
from pipeline.snapshot.source import Pulled, no_inferred_edges, normalise, sha256


def pull(snapshot: parameters.Snapshot, paths: Paths) -> Pulled:
    """Read `snapshot.path` (absolute, or relative to the project)."""
    path = paths.root / Path(str(snapshot.path)).expanduser()
    if not path.is_file():
        raise SnapshotError(f"no file {snapshot.path}", next_step="set snapshot.path in params.yaml to a Parquet file")
    try:
        frame = pl.scan_parquet(path)
        models, present, absent = normalise(frame, path.name)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise SnapshotError(
            f"{path.name} cannot be read as Parquet ({reason})", next_step="check that the file is whole"
        ) from error
    provenance = {
        "label": snapshot.label or f"{path.name}, {snapshot.date}",
        "source": "file",
        "revision": path.name,
        "date": str(snapshot.date),
        "coverage": snapshot.coverage,
        "licence": "as the file's publisher states",
        "sha256": sha256(path),
        "columns_present": present,
        "columns_absent": absent,
        "known_biases": [],
    }
    return Pulled(models=models, inferred=no_inferred_edges(), provenance=provenance)
