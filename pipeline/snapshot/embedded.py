"""Source `sample`: the embedded snapshot, and the edges that its makers found by name.

A GGUF conversion named `<converter>/<name>-GGUF` may have several sources of that name. Copies are resolved first: a
mirror is replaced by its original, and sources uploaded by a registered repackager are dropped where there is another
one. If exactly one source is left, the conversion becomes an edge, else it is counted as left out: an edge that is
missing does less harm than a wrong one.
"""

from datetime import date
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import params, tables
from pipeline.base.files import sha256
from pipeline.base.paths import Paths
from pipeline.snapshot import columns
from pipeline.snapshot.source import Pulled, Resolved, local_file

RULE = "gguf_name"


def resolve(snapshot: params.Snapshot, paths: Paths) -> Resolved:
    """The embedded file, with the provenance that its makers wrote."""
    del snapshot
    known = tables.read_json(paths.sample / "provenance.json")
    named = {name: known[name] for name in ("label", "source", "revision", "date", "coverage", "licence")}
    path = paths.sample / "models.parquet"
    return Resolved(**named, file=str(path), sha256=sha256(path), more=known)


pull = local_file


def normalise(resolved: Resolved, path: Path, paths: Paths) -> Pulled:
    """Rows of the embedded sample, its edges by name, and its provenance with how many edges the rule found."""
    candidates = tables.read(paths.sample / "conversions.parquet")
    unchanged = register.load("mirrors", paths.register).filter(pl.col("mirror_class") == "same_weights")
    edges = edges_by_name(candidates, unchanged, register.load("repackagers", paths.register))
    inference = {
        "rule": RULE,
        "candidates": candidates["conversion"].n_unique(),
        "edges": edges.height,
        "why_dropped": "several sources of the same name remain after copies are resolved",
    }
    provenance = resolved.more | {"sha256": resolved.sha256, "inference": [inference]}
    models, repairs = columns.normalise(tables.scan(path), path.name, date.fromisoformat(resolved.date))
    return Pulled(models=models, inferred=edges, provenance=provenance | repairs)


def edges_by_name(candidates: pl.DataFrame, mirrors: pl.DataFrame, repackagers: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.InferredEdges` from conversion to source, where exactly one source is left.

    candidates: `conversion, source`; mirrors, repackagers: tables of the register.
    """
    originals = (
        candidates.join(mirrors.select(source="mirror", original="original"), on="source", how="left")
        .select("conversion", source=pl.coalesce("original", "source"))
        .unique()
        .with_columns(
            copied=pl.col("source")
            .str.split("/")
            .list.first()
            .str.to_lowercase()
            .is_in(repackagers["namespace"].str.to_lowercase().implode())
        )
    )
    return (
        originals.filter(~(pl.col("copied") & pl.col("copied").not_().any().over("conversion")))
        .filter(pl.len().over("conversion") == 1)
        .select(child="conversion", parent="source", relation=pl.lit("quantized"), rule=pl.lit(RULE))
    )
