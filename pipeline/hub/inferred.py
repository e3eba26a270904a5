"""Edges that nobody declared: those a source found itself, and conversions by registered repackagers.

1. Edges that a source found itself are taken as they are.
2. A repository of a registered repackager whose name, format tokens stripped, equals that of exactly one other model
   of the snapshot is made from that model. A copy of the same name without a format token is a mirror, not a
   derivative, and gives no edge.
3. A repository that declares a parent has no inferred one. Inferred edges stand apart (`evidence: inferred`) and
   never mix with declared ones.

Known drawback: a repackaged model that has been renamed or removed is not found.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline import register
from pipeline.hub.links import Links
from pipeline.hub.names import searched
from pipeline.register.lookup.identity import without_format

REPACKAGER_RULE = "repackager_name"


def inferred_edges(
    core: pl.DataFrame, links: Links, found: pl.DataFrame, directory: Path, provenance: dict[str, Any]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Edges that nobody declared, for children that declare none, and what each rule gave."""
    by_name, candidates = repackaged(core, directory)
    together = pl.concat([found, by_name])
    declares = np.zeros(len(links.names), dtype=bool)
    declares[links.child] = True
    told = pl.Series(declares).gather(searched(together["child"], links.names)).fill_null(False)
    edges = (
        together.filter(~told)
        .filter(pl.col("child") != pl.col("parent"))
        .unique(["child", "parent"], keep="first", maintain_order=True)
        .select("child", "parent", "relation", relation_corrected="relation", evidence=pl.lit("inferred"), rule="rule")
    )
    rules = [
        *provenance.get("inference", []),
        {
            "rule": REPACKAGER_RULE,
            "candidates": candidates,
            "edges": by_name.height,
            "why_dropped": "a plain copy, or no single other model of that name in the snapshot",
        },
    ]
    return edges, pl.DataFrame(
        rules,
        schema=dict.fromkeys(["rule"], pl.String)
        | {
            "candidates": pl.Int64,
            "edges": pl.Int64,
            "why_dropped": pl.String,
        },
    )


def repackaged(core: pl.DataFrame, directory: Path) -> tuple[pl.DataFrame, int]:
    """Rows of registered repackagers, each with the single other model that its bare name equals."""
    formats = register.load("formats", directory)
    spaces = register.load("repackagers", directory)["namespace"].str.to_lowercase().implode()
    owners = core["author"].rle().struct.unnest()  # an owner's repositories stand together
    is_copy = pl.Series(np.repeat(owners["value"].str.to_lowercase().is_in(spaces).to_numpy(), owners["len"]))
    name = pl.col("id").str.split("/").list.last().str.to_lowercase()
    copies = (
        core.filter(is_copy)
        .select("id", "is_quantized_format", name=name)
        .with_columns(bare=without_format(pl.col("name"), formats))
    )
    others = core.filter(~is_copy) if copies.height else core.clear()  # nobody is copied where nobody copies
    originals = (
        others.lazy()
        .select(parent="id", bare=name)
        .join(copies.lazy().select("bare").unique(), on="bare", how="semi")
        .filter(pl.len().over("bare") == 1)
        .collect()
    )
    edges = (
        copies.filter(pl.col("bare") != pl.col("name"))
        .join(originals, on="bare")
        .select(
            child="id",
            parent="parent",
            relation=pl.when("is_quantized_format").then(pl.lit("quantized")).otherwise(pl.lit("unspecified")),
            rule=pl.lit(REPACKAGER_RULE),
        )
    )
    return edges, copies.height
