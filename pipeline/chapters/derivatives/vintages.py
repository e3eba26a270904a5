"""Derivatives as older snapshots knew them, beside what the newest counts back.

Method
1. Each day of `snapshot.history` and each file of `snapshot.history_files`, as the stage `history` left them,
   takes the same way as the snapshot itself: one schema, models, declared edges with repairs and renames, direct pairs.
2. `derivatives_as_known` counts the repositories of that file; `derivatives_back_cast` counts those of the
   newest snapshot that were created by the end of that day. Both: declared, direct, full credit, own
   releases left out; `all` counts a repository once per group.
3. The newest snapshot is the last date of the table.

A back-cast is the less certain of the two: models are deleted, gated and renamed, cards are edited, and
repositories without a date cannot be placed, so that there is no back-cast where none has a date. Files of another
coverage than the newest are kept in the table and marked: what differs there is the choice of repositories, not the
Hub.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.completeness import Completeness
from pipeline.base.errors import ParamsError
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.derivatives.schema import Vintages
from pipeline.counting.pairs import direct_pairs
from pipeline.counting.repositories import Repositories
from pipeline.hub import links as lineage
from pipeline.hub import models
from pipeline.hub.lineage import edges_of
from pipeline.hub.nodes import NODE
from pipeline.register.lookup.identity import known_of
from pipeline.snapshot.history import asked, older

Known = tuple[date, pl.DataFrame, dict[str, Any]]
"""An older day, the pairs that its snapshot declares, and that one's provenance."""


def make(repositories: Repositories, paths: Paths, params: Params, results: Results) -> None:
    """Read every older snapshot that params name; write `vintages.parquet`. Raises ParamsError where one is no older.

    One older snapshot is in memory at a time.
    """
    provenance = tables.read_json(paths.provenance)
    newest = date.fromisoformat(provenance["date"])
    days = asked(params)
    if days and days[-1] >= newest:
        raise ParamsError(
            f"snapshot.history: {days[-1]} is not before the snapshot's own date {newest}",
            where="params.yaml",
            next_step="keep older snapshots alone in it",
        )
    created = tables.scan(paths.raw / "models.parquet").select(created=pl.col("createdAt").dt.date()).collect()
    directory, grouping = paths.register, params.report.grouping
    known = ((day, as_known(raw, directory, grouping), about) for day, raw, about in older(paths, params))
    results.write("vintages", compared(current(repositories, created, grouping), provenance, known), Vintages)


def compared(newest: pl.DataFrame, provenance: dict[str, Any], older: Iterable[Known]) -> pl.DataFrame:
    """Rows of `schema.Vintages`. newest: the pairs of `current`, of the snapshot that `provenance` describes."""
    is_dated = Completeness.of(provenance).has("createdAt")

    def back_to(day: date) -> pl.DataFrame | None:
        return newest.filter(pl.col("created") <= day) if is_dated else None

    today = date.fromisoformat(provenance["date"])
    parts = [dated(newest, back_to(today), today, provenance, provenance["coverage"])]
    parts += [dated(known, back_to(day), day, about, provenance["coverage"]) for day, known, about in older]
    return pl.concat(parts)


def current(repositories: Repositories, created: pl.DataFrame, grouping: str) -> pl.DataFrame:
    """Declared pairs of the newest snapshot, each with the day on which its child was `created`.

    created: a row for each row of the table of models.
    """
    found = pairs(repositories.edges_of("declared"), repositories.groups(grouping)["group"])
    return found.with_columns(
        pl.col("group", "relation").cast(pl.String),
        repositories.nodes.of_every_node(created)["created"].gather(found["child"]),
    )


def as_known(raw: pl.LazyFrame, directory: Path, grouping: str) -> pl.DataFrame:
    """Declared pairs of one older snapshot."""
    core = models.build(raw, directory).select("id", "is_quantized_format")
    links, _ = lineage.declared_links(raw, core, register.load("renames", directory))
    edges = edges_of(links).select("relation", child="child_node", parent="parent_node")
    group = {known.name: known for known in known_of(links.names, directory)}
    return pairs(edges, group[grouping])


def pairs(edges: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """`child, group, relation`: a child counts for the group of each parent it names, but its own.

    Repositories are nodes; groups has the group of each node, in order, null where it has none.
    """
    of_node = pl.DataFrame({"id": pl.int_range(groups.len(), dtype=NODE, eager=True), "group": groups})
    credited = direct_pairs(edges, of_node)
    own = groups.gather(credited["child"])
    return credited.filter(own.ne_missing(credited["group"])).select("child", "group", "relation")


def count(found: pl.DataFrame, name: str) -> pl.DataFrame:
    """`group, relation` and the number of repositories; `all` counts each once."""
    every = found.with_columns(relation=pl.lit("all"))
    return (
        pl.concat([every, found], how="diagonal_relaxed")
        .group_by("group", "relation")
        .agg(pl.col("child").n_unique().cast(pl.Int64).alias(name))
    )


def dated(
    known: pl.DataFrame, back_cast: pl.DataFrame | None, day: date, provenance: dict[str, Any], coverage: str
) -> pl.DataFrame:
    """Rows of one date: every group that either count knows, under every relation; back_cast is None without dates."""
    counts = [count(known, "derivatives_as_known")]
    if back_cast is not None:
        counts.append(count(back_cast.select("child", "group", "relation"), "derivatives_back_cast"))
    groups = pl.concat([counted.select("group") for counted in counts]).unique()
    grid = groups.join(pl.DataFrame({"relation": ["all", *RELATIONS]}), how="cross")
    for counted in counts:
        grid = grid.join(counted, on=["group", "relation"], how="left")
    if back_cast is None:
        grid = grid.with_columns(derivatives_back_cast=pl.lit(None, pl.Int64))
    return grid.with_columns(
        pl.col("derivatives_as_known", *([] if back_cast is None else ["derivatives_back_cast"])).fill_null(0),
        date=pl.lit(day),
        coverage=pl.lit(provenance["coverage"]),
        is_comparable=pl.lit(provenance["coverage"] == coverage),
        snapshot=pl.lit(f"{provenance['revision']}, sha256 {provenance['sha256'][:8]}"),
    ).select(Vintages.column_names())
