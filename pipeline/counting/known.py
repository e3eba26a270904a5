"""Stages `known` and `known_files`: what one older day's snapshot counts, in small tables.

Method
1. The day's declarations, as the stage `history` left them, take the same way as the snapshot itself: declared links
   with repairs and renames, edges, series.
2. A child counts for the group of each parent that it names, but its own: once under `all`, once under each relation
   that it declares. For the whole Hub every child counts. A series can count as one repository, too.
3. The bases with most links are listed for the whole Hub and for each group, with their shares of its links.
4. Tables go to data/raw/known/<day>, with the day's panel and provenance, so that nothing later reads the day itself.

The register says which family a repository belongs to, so these tables are of today's register, and a changed row of
it counts every day anew, in seconds each.

Known drawback: links alone are counted, so ancestors further up get nothing.
"""

import shutil
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import files, tables
from pipeline.base.param_types import day_of
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.counting.pairs import direct_pairs
from pipeline.counting.schema import WHOLE, KnownBases, KnownCounts
from pipeline.hub import tags
from pipeline.hub.lineage import edges_of
from pipeline.hub.links import declared_links
from pipeline.hub.nodes import NODE
from pipeline.hub.series import with_series
from pipeline.register.lookup.identity import known_of

MOST_BASES = 10
"""Bases that are listed of each group."""


def run(day: str, paths: Paths, params: Params) -> None:
    """Count one older day. Raises ParamsError for what is no day, TableError where it is not read yet."""
    name = str(day_of(day))
    source = paths.history / name
    edges, ids = declared(tables.scan(source / "declarations.parquet"), paths.register, params.series.minimum)
    groups = groups_of(ids, paths.register)
    with files.replacing_folder(paths.known / name) as folder:
        tables.write(counts(edges, groups), KnownCounts, folder / "counts.parquet")
        tables.write(bases(edges, groups, ids), KnownBases, folder / "bases.parquet")
        for passed_on in ("panel.parquet", "provenance.json"):
            shutil.copyfile(source / passed_on, folder / passed_on)


def declared(raw: pl.LazyFrame, directory: Path, minimum: int) -> tuple[pl.DataFrame, pl.Series]:
    """Edges `child, parent, relation, series` as numbers, and the id of each number.

    raw: rows of `snapshot.schema.Declarations` or `RawModels`, sorted by id; directory: the register; minimum:
    repositories that make a series. series: as in `series_of`.
    """
    rows = raw.select("id", is_quantized_format=pl.lit(False)).collect()  # the relation as declared needs no format
    links, _ = declared_links(raw, tags.of_links(raw), rows, register.load("renames", directory))
    found = with_series(edges_of(links), minimum).select(
        "relation", "series_node", child="child_node", parent="parent_node"
    )
    return found.with_columns(series=series_of(found)).drop("series_node"), links.names


def series_of(edges: pl.DataFrame) -> pl.Series:
    """For each edge (`child, series_node`) the number that stands for the child's series; its own where it has none.

    A child in several series is in the first of them.
    """
    return edges.select(pl.coalesce(pl.col("series_node").min().over("child"), "child").alias("series"))["series"]


def groups_of(ids: pl.Series, directory: Path) -> dict[str, pl.Series]:
    """The group of each number, by grouping; null where the register knows none."""
    known = {groups.name: groups for groups in known_of(ids, directory)}
    return {"hub": pl.repeat(WHOLE, ids.len(), dtype=pl.String, eager=True)} | {
        grouping: known[grouping] for grouping in ("family", "organisation")
    }


def credited(edges: pl.DataFrame, grouping: str, groups: pl.Series) -> pl.DataFrame:
    """`edges` with `group`: a row for each edge whose parent has a group, but for the group's own repositories.

    For the whole Hub (`hub`) nobody's repositories are left out.
    """
    of_node = pl.DataFrame({"id": pl.int_range(groups.len(), dtype=NODE, eager=True), "group": groups})
    pairs = direct_pairs(edges.with_columns(base="parent"), of_node)
    return pairs if grouping == "hub" else pairs.filter(groups.gather(pairs["child"]).ne_missing(pairs["group"]))


def counts(edges: pl.DataFrame, groups: dict[str, pl.Series]) -> pl.DataFrame:
    """Rows of `schema.KnownCounts`. edges: as `declared` gives them; groups: as `groups_of` does."""
    shared = edges.group_by("series").agg(members=pl.col("child").n_unique())
    known = edges.join(shared, on="series", how="left", maintain_order="left")
    parts = [
        count(credited(known, grouping, of_node)).with_columns(grouping=pl.lit(grouping))
        for grouping, of_node in groups.items()
    ]
    return pl.concat(parts).select(KnownCounts.column_names())


def count(pairs: pl.DataFrame) -> pl.DataFrame:
    """`group, relation, derivatives, in_series, series_once`, relations that a group has and `all`.

    pairs: `child, group, relation, series, members`, the last of the child's series.
    """
    every = pairs.with_columns(relation=pl.lit(WHOLE))
    child = pl.col("child")
    return (
        pl.concat([every, pairs])
        .group_by("group", "relation")
        .agg(
            derivatives=child.n_unique().cast(pl.Int64),
            in_series=child.filter(pl.col("members") > 1).n_unique().cast(pl.Int64),
            series_once=pl.col("series").n_unique().cast(pl.Int64),
        )
    )


def bases(edges: pl.DataFrame, groups: dict[str, pl.Series], ids: pl.Series) -> pl.DataFrame:
    """Rows of `schema.KnownBases`. ids: the id of each number."""
    parts = [
        credited(edges, grouping, of_node)
        .group_by("group", "base")
        .agg(links=pl.len().cast(pl.Int64))
        .with_columns(share=pl.col("links") / pl.col("links").sum().over("group"))
        .sort("group", -pl.col("links"), "base")
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("group"), grouping=pl.lit(grouping))
        .filter(pl.col("rank") <= MOST_BASES)
        for grouping, of_node in groups.items()
    ]
    found = pl.concat(parts)
    return found.with_columns(base=ids.gather(found["base"])).select(KnownBases.column_names())
