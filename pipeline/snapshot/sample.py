"""Source `sample`: the embedded snapshot, and the edges that its makers found by name.

A GGUF conversion named `<converter>/<name>-GGUF` may have several sources of that name. Copies
are resolved first: a source on the register of mirrors stands for its original, and a source
uploaded by a registered repackager gives way to one that is not. Only where exactly one source is
left does the conversion become an edge. Precision before yield: what is left out is counted.
"""

import polars as pl

from pipeline import params as parameters
from pipeline import register, tables
from pipeline.paths import Paths
from pipeline.snapshot.source import Pulled, sha256

RULE = "gguf_name"


def pull(snapshot: parameters.Snapshot, paths: Paths) -> Pulled:
    """Read the embedded sample; its provenance gains what the rule of names gave."""
    del snapshot
    models = tables.scan(paths.sample / "models.parquet")
    candidates = tables.read(paths.sample / "conversions.parquet")
    edges = resolve(candidates, register.load("mirrors", paths.register), register.load("repackagers", paths.register))
    provenance = tables.read_json(paths.sample / "provenance.json")
    provenance["sha256"] = sha256(paths.sample / "models.parquet")
    provenance["inference"] = [
        {
            "rule": RULE,
            "candidates": candidates["conversion"].n_unique(),
            "edges": edges.height,
            "why_dropped": "several sources of the same name remain after copies are resolved",
        }
    ]
    return Pulled(models=models, inferred=edges, provenance=provenance)


def resolve(candidates: pl.DataFrame, mirrors: pl.DataFrame, repackagers: pl.DataFrame) -> pl.DataFrame:
    """Edges conversion -> source for conversions with exactly one source, copies resolved."""
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
