"""What the snapshot holds, as a chapter's facts ask for it: its provenance, and which columns have values.

A repository with two relations to its parents counts twice among those that declare one.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import held, tables
from pipeline.base.paths import Paths
from pipeline.base.results import Tables


def of(paths: Paths, frames: Mapping[str, pl.DataFrame]) -> Tables:
    """Tables, with what the snapshot that they are of is and holds; read from what earlier stages wrote."""
    relations = tables.read(paths.out / "hub" / "relations.parquet")
    return about(tables.read_json(paths.provenance), {**frames, "relations": relations})


def about(provenance: Mapping[str, Any], frames: Mapping[str, pl.DataFrame]) -> Tables:
    """The same for tables in memory, `relations` among them."""
    return Tables(frames, provenance, holdings(provenance, frames["relations"]))


def holdings(provenance: Mapping[str, Any], relations: pl.DataFrame) -> held.Held:
    """Shares of repositories that have a value, those that declare a parent included."""
    declaring = int(relations.select(pl.sum_horizontal("models", "models_untagged").sum()).item())
    return held.of(provenance, min(declaring / provenance["rows"], 1.0))
