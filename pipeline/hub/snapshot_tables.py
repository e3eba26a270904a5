"""A chapter's tables with the snapshot's provenance and completeness, as its facts need them."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import tables
from pipeline.base.completeness import Completeness
from pipeline.base.paths import Paths
from pipeline.base.results import Tables


def with_snapshot(paths: Paths, frames: Mapping[str, pl.DataFrame]) -> Tables:
    """Tables by name, with provenance and relations as earlier stages wrote them."""
    relations = tables.read(paths.out / "hub" / "relations.parquet")
    return with_provenance(tables.read_json(paths.provenance), {**frames, "relations": relations})


def with_provenance(provenance: Mapping[str, Any], frames: Mapping[str, pl.DataFrame]) -> Tables:
    """The same for tables in memory, `relations` among them."""
    return Tables(frames, provenance, completeness(provenance, frames["relations"]))


def completeness(provenance: Mapping[str, Any], relations: pl.DataFrame) -> Completeness:
    """Shares of repositories that have a value, and that declare a parent.

    relations: rows of `schema.Relations`. A repository with two relations to its parents counts twice among those that
    declare one: the share is an upper bound, cut at 1.
    """
    declaring = int(relations.select(pl.sum_horizontal("models", "models_untagged").sum()).item())
    return Completeness.of(provenance, min(declaring / provenance["rows"], 1.0))
