"""Infer edges that nobody declared: those a source found itself, and conversions by registered repackagers.

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
    core: pl.DataFrame, links: Links, from_source: pl.DataFrame, directory: Path, provenance: dict[str, Any]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Edges that nobody declared, for children that declare none, and rows of `schema.InferenceRules`.

    core: `id, author, is_quantized_format`, sorted by id. from_source: `child, parent, relation, rule`. directory: the
    register. provenance: the snapshot's, with the rules of the source (`inference`). Edges have the columns of
    `schema.Edges` without nodes.
    """
    by_name, candidates = repackaged(core, directory)
    proposed = pl.concat([from_source, by_name])
    declares = np.zeros(links.names.len(), dtype=bool)
    declares[links.table["child"].to_numpy()] = True
    child_declares = pl.Series(declares).gather(searched(proposed["child"], links.names)).fill_null(False)
    edges = (
        proposed.filter(~child_declares)
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
        schema={"rule": pl.String, "candidates": pl.Int64, "edges": pl.Int64, "why_dropped": pl.String},
    )


def repackaged(core: pl.DataFrame, directory: Path) -> tuple[pl.DataFrame, int]:
    """Edges to the single other model of the same name without format tokens, and the number of repackagers' rows.

    core: `id, author, is_quantized_format`, sorted by id. directory: the register. Edges are `child, parent, relation,
    rule`.
    """
    formats = register.load("formats", directory)
    spaces = register.load("repackagers", directory)["namespace"].str.to_lowercase().implode()
    owners = core["author"].rle().struct.unnest()  # rows are sorted by id, so one test a run of rows is enough
    is_copy = pl.Series(np.repeat(owners["value"].str.to_lowercase().is_in(spaces).to_numpy(), owners["len"]))
    name = pl.col("id").str.split("/").list.last().str.to_lowercase()
    copies = (
        core.filter(is_copy)
        .select("id", "is_quantized_format", name=name)
        .with_columns(plain_name=without_format(pl.col("name"), formats))
    )
    others = core.filter(~is_copy) if copies.height else core.clear()  # without copies no originals are looked for
    originals = (
        others.lazy()
        .select(parent="id", plain_name=name)
        .join(copies.lazy().select("plain_name").unique(), on="plain_name", how="semi")
        .filter(pl.len().over("plain_name") == 1)
        .collect()
    )
    edges = (
        copies.filter(pl.col("plain_name") != pl.col("name"))
        .join(originals, on="plain_name")
        .select(
            child="id",
            parent="parent",
            relation=pl.when("is_quantized_format").then(pl.lit("quantized")).otherwise(pl.lit("unspecified")),
            rule=pl.lit(REPACKAGER_RULE),
        )
    )
    return edges, copies.height
