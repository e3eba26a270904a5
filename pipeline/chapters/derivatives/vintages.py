"""Derivatives as older snapshots knew them, beside what the newest counts back.

Method
1. Each day of `snapshot.history` and each file of `snapshot.history_files` was counted by the stage `known`, in the
   way in which the newest snapshot is counted: one schema, declared edges with repairs and renames, direct pairs.
2. `derivatives_as_known` counts the repositories of that file; `derivatives_back_cast` counts those of the
   newest snapshot that were created by the end of that day. Both: declared, direct, full credit, own
   releases left out; `all` counts a repository once per group.
3. The newest snapshot is the last date of the table.
4. `counts_by_day` and `bases_by_day` have what each day knew of relations, series and the largest bases, for days of
   the newest snapshot's coverage; they are empty where it stands alone.
5. A file that repeats an earlier one, byte for byte, is no day of its own: `known_days` marks it.

A back-cast is the less certain of the two: models are deleted, gated and renamed, cards are edited, and
repositories without a date cannot be placed, so that there is no back-cast where none has a date. Files of another
coverage than the newest are kept in the table and marked: what differs there is the choice of repositories, not the
Hub.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from pipeline.base import tables
from pipeline.base.completeness import Completeness
from pipeline.base.errors import ParamsError
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.derivatives.schema import Vintages
from pipeline.chapters.derivatives.schema_days import BasesByDay, CountsByDay, KnownDays
from pipeline.counting import known as counting
from pipeline.counting.pairs import direct_pairs
from pipeline.counting.repositories import Repositories
from pipeline.counting.schema import WHOLE
from pipeline.hub.nodes import NODE
from pipeline.snapshot.older import Older, asked, every_older

Known = tuple[date, pl.DataFrame, dict[str, Any]]
"""An older day, its rows of `counting.schema.KnownCounts`, and its snapshot's provenance."""


def make(repositories: Repositories, paths: Paths, params: Params, results: Results) -> None:
    """Read what older days knew; write `vintages`, `known_days`, `counts_by_day` and `bases_by_day`.

    Raises ParamsError where a day is no older than the snapshot.
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
    grouping = params.report.grouping
    every = list(every_older(paths.known, params))
    results.write("known_days", listed(days, every, provenance), KnownDays)
    distinct = [
        (day, folder, about)
        for day, folder, about, is_repeated in every
        if not is_repeated and about["sha256"] != provenance["sha256"]
    ]
    older = [(day, tables.read(folder / "counts.parquet"), about) for day, folder, about in distinct]
    results.write("vintages", compared(current(repositories, created, grouping), provenance, older, grouping), Vintages)
    alike = [(day, folder) for day, folder, about in distinct if about["coverage"] == provenance["coverage"]]
    counts, bases = (
        {day: tables.read(folder / f"{name}.parquet") for day, folder in alike} for name in ("counts", "bases")
    )
    if alike:  # else nothing stands beside the newest
        counts[newest], bases[newest] = now(repositories, grouping)
    compared_groups = [WHOLE, params.report.subject, params.report.reference]
    results.write("counts_by_day", by_day(counts, grouping, CountsByDay), CountsByDay)
    results.write(
        "bases_by_day",
        by_day(bases, grouping, BasesByDay).filter(pl.col("group").is_in(compared_groups)),
        BasesByDay,
    )


def listed(days: list[date], every: list[Older], newest: dict[str, Any]) -> pl.DataFrame:
    """Rows of `KnownDays`. days: as params name them; every: what each is; newest: the newest one's provenance."""
    rows = [
        {
            "asked": day,
            "date": shown,
            "repositories": about["rows"],
            "coverage": about["coverage"],
            "is_comparable": about["coverage"] == newest["coverage"],
            "is_repeated": is_repeated or about["sha256"] == newest["sha256"],
            "snapshot": _named(about),
        }
        for day, (shown, _, about, is_repeated) in zip(days, every, strict=True)
    ]
    return pl.DataFrame(rows, schema=tables.empty(KnownDays).schema)


def by_day(found: dict[date, pl.DataFrame], grouping: str, contract: type[CountsByDay | BasesByDay]) -> pl.DataFrame:
    """Tables of several days as one, for the whole Hub and for groups of one grouping."""
    parts = [rows.with_columns(date=pl.lit(day)) for day, rows in found.items()]
    table = pl.concat([tables.empty(contract), *(part.select(contract.column_names()) for part in parts)])
    return table.filter(pl.col("grouping").is_in(["hub", grouping]))


def now(repositories: Repositories, grouping: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the newest snapshot knows: rows of `KnownCounts` and of `KnownBases`."""
    declared = repositories.edges_of("declared").with_columns(pl.col("relation").cast(pl.String))
    edges = declared.with_columns(series=repositories.column("series").gather(declared["child"]))
    of_group = repositories.groups(grouping)["group"].cast(pl.String)
    whole = pl.repeat(WHOLE, of_group.len(), dtype=pl.String, eager=True)
    groups = {"hub": whole, grouping: of_group}
    return counting.counts(edges, groups), counting.bases(edges, groups, repositories.nodes.ids)


def compared(newest: pl.DataFrame, provenance: dict[str, Any], older: Iterable[Known], grouping: str) -> pl.DataFrame:
    """Rows of `schema.Vintages`. newest: the pairs of `current`, of the snapshot that `provenance` describes."""
    is_dated = Completeness.of(provenance).has("createdAt")

    def back_to(day: date) -> pl.DataFrame | None:
        return newest.filter(pl.col("created") <= day) if is_dated else None

    today = date.fromisoformat(provenance["date"])
    coverage = provenance["coverage"]
    parts = [dated(count(newest, "derivatives_as_known"), back_to(today), today, provenance, coverage)]
    parts += [dated(as_known(rows, grouping), back_to(day), day, about, coverage) for day, rows, about in older]
    return pl.concat(parts)


def current(repositories: Repositories, created: pl.DataFrame, grouping: str) -> pl.DataFrame:
    """Declared pairs of the newest snapshot, each with the day on which its child was `created`.

    created: a row for each row of the table of models.
    """
    found = pairs(repositories.edges_of("declared"), repositories.groups(grouping)["group"])
    return found.with_columns(
        repositories.nodes.of_every_node(created)["created"].gather(found["child"]),
    )


def as_known(counts: pl.DataFrame, grouping: str) -> pl.DataFrame:
    """`group, relation, derivatives_as_known` of one older day. counts: its rows of `KnownCounts`."""
    return counts.filter(grouping=grouping).select("group", "relation", derivatives_as_known="derivatives")


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
    children = pl.col("child").n_unique().cast(pl.Int64).alias(name)
    every = found.group_by("group").agg(children).select("group", pl.lit("all").alias("relation"), name)
    by_relation = found.group_by("group", "relation").agg(children)
    return pl.concat(rows.cast({"group": pl.String, "relation": pl.String}) for rows in (every, by_relation))


def dated(
    known: pl.DataFrame, back_cast: pl.DataFrame | None, day: date, provenance: dict[str, Any], coverage: str
) -> pl.DataFrame:
    """Rows of one date: every group that either count knows, under every relation.

    known: `group, relation, derivatives_as_known`; back_cast: pairs, None without dates.
    """
    counts = [known]
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
        snapshot=pl.lit(_named(provenance)),
    ).select(Vintages.column_names())


def _named(provenance: dict[str, Any]) -> str:
    return f"{provenance['revision']}, sha256 {provenance['sha256'][:8]}"
