"""Source `file`: any Parquet file in the hub-stats schema, of any vintage."""

from pathlib import Path

from pipeline.base import params
from pipeline.base.files import sha256
from pipeline.base.paths import Paths
from pipeline.snapshot.source import Pulled, Resolved, described_by_its_user, from_parquet, local_file


def resolve(snapshot: params.Snapshot, paths: Paths) -> Resolved:
    """The file that `snapshot.path` names (absolute, or relative to the project)."""
    path = paths.root / snapshot.path
    return described_by_its_user(snapshot, path, sha256(path))


pull = local_file


def normalise(resolved: Resolved, path: Path, paths: Paths) -> Pulled:
    """Its rows in one schema; provenance names the file without the folders of this machine."""
    del paths
    pulled = from_parquet(resolved, path)
    return Pulled(pulled.models, pulled.inferred, pulled.provenance | {"file": path.name})
