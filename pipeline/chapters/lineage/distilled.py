"""Distilled releases with both parents, and what is built on them: branches that declared lineage rarely shows.

Method: the register says from whose weights a release started and whose answers it was trained on. What is built on it
are its declared children; where the snapshot declares nothing, the repositories whose name bears the release's whole
name. The first of these are listed: those with most descendants, then those downloaded most.

Known drawbacks: the register has what makers state; a name misses what was renamed, and may be borne without descent; a
month of creation is not known of every repository.
"""

from datetime import date
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.chapters.lineage.schema import Distilled, DistilledChildren
from pipeline.hub.nodes import Nodes
from pipeline.register.lookup.identity import identify, named_after

LISTED = 20
"""Children of a release that are listed."""


def registered(directory: Path, grouping: str, day: date) -> pl.DataFrame:
    """Distilled releases until a day: columns of `schema.Distilled` but for what is built on them."""
    known = register.load("distillations", directory).filter(pl.col("date") <= day)
    parents = pl.concat([known.select(id=parent) for parent in ("base", "teacher")])
    groups = identify(parents, directory).collect().select("id", group=grouping)
    out = register.load("releases", directory).select(base="model", base_released="released")
    return (
        known.select("release", "base", "teacher", "method", "source", released="date")
        .join(groups.rename({"id": "base"}), on="base", how="left")
        .join(groups.rename({"id": "teacher", "group": "teacher_group"}), on="teacher", how="left")
        .join(out, on="base", how="left")
        .sort("release")
    )


def children(nodes: Nodes, releases: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """`release, child, evidence`: declared children, or what bears the name where nothing is declared. All are ids.

    links: declared `child, parent` as nodes.
    """
    if links.is_empty():
        named = named_after(nodes.names(pl.Series(nodes.of_row)).to_frame("id"), releases.select("release"))
        return named.with_columns(evidence=pl.lit("name"))
    numbered = releases.select("release", parent=nodes.find(releases["release"]))
    theirs = links.select("child", "parent").filter(pl.col("parent").is_in(numbered["parent"].implode())).unique()
    found = theirs.join(numbered, on="parent").sort("release", "child")
    return found.select("release", child=nodes.names(found["child"]), evidence=pl.lit("declared"))


def distilled(
    nodes: Nodes, links: pl.DataFrame, walked: pl.DataFrame, directory: Path, grouping: str, day: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `schema.Distilled` and of `schema.DistilledChildren`.

    links: as `links.attach` gives them. walked: the lineage table with `n_descendants`.
    """
    releases = registered(directory, grouping, day)
    found = children(nodes, releases, links)
    counted = releases.join(found.group_by("release").agg(children=pl.len().cast(pl.Int64)), on="release", how="left")
    evidence = pl.lit("name" if links.is_empty() else "declared")
    node = nodes.find(found["child"])
    is_found = pl.col("id").is_in(node.unique().implode())
    of_model = nodes.models("created_month", "downloads", "format").filter(is_found)
    of_lineage = walked.select("id", "n_descendants").filter(is_found)
    listed = (
        found.with_columns(id=node)
        .join(of_model, on="id", how="left")
        .join(of_lineage, on="id", how="left")
        .with_columns(descendants=pl.when(evidence == "declared").then(pl.col("n_descendants").cast(pl.Int64)))
        .sort(
            "release",
            "descendants",
            "downloads",
            "child",
            descending=[False, True, True, False],
            nulls_last=True,
        )
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("release"))
        .filter(pl.col("rank") <= LISTED)
    )
    return (
        counted.with_columns(pl.col("children").fill_null(0), evidence=evidence)
        .select(Distilled.column_names())
        .sort("release"),
        listed.select(DistilledChildren.column_names()).sort("release", "rank"),
    )
