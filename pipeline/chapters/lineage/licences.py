"""Licences: what children do to their parents' licence tags.

Each edge whose two ends are known counts once, declared and inferred ones apart; a parent outside the snapshot has its
registered licence. Tags are classed by the register. A tag that is not on it is its maker's own: restricted.

Known drawback: a licence tag is what a card says, not what the law does.
"""

import polars as pl

from pipeline.base.vocabulary import LICENCE_CLASSES, LICENCE_MOVES
from pipeline.chapters.lineage.schema import UNSTATED

NO_LICENCE = "none"
SIDES = ("parent", "child")


def licence_changes(
    edges: pl.DataFrame, repositories: pl.DataFrame, releases: pl.DataFrame, licences: pl.DataFrame
) -> pl.DataFrame:
    """Edges by the two licence tags, where both ends are known.

    edges: `child, parent, relation, evidence`. repositories: `node, in_snapshot, licence`, by node. releases: `model`
    as node, `licence`. licences: `licence, licence_class`.
    """
    registered = releases.select(node="model", registered="licence")
    stated = pl.col("licence").cast(pl.Categorical).fill_null(pl.lit(NO_LICENCE, pl.Categorical))
    tags = repositories.join(registered, on="node", how="left", maintain_order="left").select(
        child=pl.when("in_snapshot").then(stated),  # categories, since millions of edges are grouped by a few tags
        parent=pl.when("in_snapshot").then(stated).otherwise(pl.col("registered").cast(pl.Categorical)),
    )
    known = (
        edges.select(
            "evidence", "relation", *(tags[side].gather(edges[side]).alias(f"{side}_licence") for side in SIDES)
        )
        .drop_nulls(["child_licence", "parent_licence"])
        .group_by("evidence", "relation", "parent_licence", "child_licence")
        .agg(edges=pl.len().cast(pl.Int64))
        .cast({"parent_licence": pl.String, "child_licence": pl.String})
    )
    classes = dict(licences.select(pl.col("licence").str.to_lowercase(), "licence_class").iter_rows())
    classes[NO_LICENCE] = "none"
    return known.with_columns(
        pl.col(f"{side}_licence")
        .str.to_lowercase()
        .replace_strict(classes, default="restricted", return_dtype=pl.String)
        .alias(f"{side}_class")
        for side in SIDES
    ).with_columns(move=_move())


def _move() -> pl.Expr:
    """What the child's tag does to the parent's: one of `LICENCE_MOVES`."""
    before, after = pl.col("parent_class"), pl.col("child_class")
    openness = {name: place for place, name in enumerate(LICENCE_CLASSES)}
    rank_before, rank_after = (side.replace_strict(openness, return_dtype=pl.Int64) for side in (before, after))
    return (
        pl.when((before == "none") & (after == "none"))
        .then(pl.lit("neither"))
        .when(pl.col("parent_licence") == pl.col("child_licence"))
        .then(pl.lit("same"))
        .when(after == "none")
        .then(pl.lit("to_none"))
        .when(before == "none")
        .then(pl.lit("from_none"))
        .when(rank_after < rank_before)
        .then(pl.lit("more_open"))
        .when(rank_after > rank_before)
        .then(pl.lit("more_restricted"))
        .otherwise(pl.lit("same_class"))
    )


def licence_drift(changes: pl.DataFrame) -> pl.DataFrame:
    """Edges by what the child's tag does, every move listed for each kind of evidence met."""
    counts = changes.group_by("evidence", "move").agg(pl.col("edges").sum())
    stated = pl.when(~pl.col("move").is_in(UNSTATED)).then("edges")
    whole = stated.sum().over("evidence")
    return (
        counts.select("evidence")
        .unique()
        .join(pl.DataFrame({"move": LICENCE_MOVES}), how="cross")
        .join(counts, on=["evidence", "move"], how="left")
        .with_columns(pl.col("edges").fill_null(0))
        .with_columns(share=pl.when(whole > 0).then(stated / whole))
    )
