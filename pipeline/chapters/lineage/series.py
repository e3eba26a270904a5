"""Series in declared lineage: how much of it machines made, for whom, when, and on which bases.

A series is ten or more repositories of one uploader on one base whose names are equal but for digits
(`pipeline.hub.series`, which says how they are found). Links are those that the chapter counts uploaders by: direct and
declared, the group's own releases left out. A repository is in a series for a group if one of its links to that group
is.

Known drawbacks: those of `pipeline.hub.series`: names say how repositories were named, not who made them or why, and
machines that name by words are missed. So a share is neither a lower nor an upper bound of what machines uploaded.
"""

import calendar
from datetime import date

import polars as pl

from pipeline.base import tables
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.lineage.schema import ALL, SeriesBases, SeriesGroups, SeriesLargest, SeriesMonthly
from pipeline.hub.nodes import Nodes
from pipeline.hub.series import pattern_of

LISTED = 50
"""Rows of the largest series, and of the bases with most repositories in series."""

_IN_SERIES = pl.col("series").is_not_null()
_ONE_SERIES = ["series", "parent"]


def counted(links: pl.DataFrame) -> pl.DataFrame:
    """`child, parent, relation, author, month, group, series, first`: links of derivatives, own releases left out.

    links: as `links.attach` gives them, with `series_node`, what stands for the link's series, null without one. first:
    what stands for the child over all its links: its first series, else itself.
    """
    first = pl.coalesce(pl.col("series").min().over("child"), "child").alias("first")
    return (
        links.rename({"series_node": "series"})
        .with_columns(first)
        .drop_nulls("author")
        .filter(pl.col("group").is_null() | pl.col("group").ne_missing(pl.col("own_group")))
        .select("child", "parent", "relation", "author", "month", "group", "series", "first")
    )


def _with_all(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with a group, after all rows under the group `ALL`."""
    return pl.concat([rows.with_columns(group=pl.lit(ALL)), rows.drop_nulls("group")])


def series_groups(rows: pl.DataFrame) -> pl.DataFrame:
    """Derivatives of each group with and without those in series, from `counted`."""
    if rows.is_empty():
        return tables.empty(SeriesGroups)
    members = pl.col("child").filter(_IN_SERIES)
    return (
        _with_all(rows)
        .group_by("group")
        .agg(
            derivatives=pl.col("child").n_unique().cast(pl.Int64),
            in_series=members.n_unique().cast(pl.Int64),
            series=pl.struct(_ONE_SERIES).filter(_IN_SERIES).n_unique().cast(pl.Int64),
            uploaders=pl.col("author").filter(_IN_SERIES).n_unique().cast(pl.Int64),
            as_one=pl.col("first").n_unique().cast(pl.Int64),
        )
        .with_columns(share=pl.col("in_series") / pl.col("derivatives"))
    )


def series_monthly(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Dated derivatives by month of creation, for all and for groups with any in series; from `counted`.

    Every month between the first and the last with a derivative has a row for each of them. day: of the snapshot.
    """
    named = _with_all(rows.drop_nulls("month"))
    shown = named.filter((pl.col("group") == ALL) | _IN_SERIES.any().over("group"))
    if shown.is_empty():
        return tables.empty(SeriesMonthly)
    counts = shown.group_by("group", "month").agg(
        derivatives=pl.col("child").n_unique().cast(pl.Int64),
        in_series=pl.col("child").filter(_IN_SERIES).n_unique().cast(pl.Int64),
    )
    months = pl.date_range(counts["month"].min(), counts["month"].max(), "1mo", eager=True)  # type: ignore[arg-type]
    grid = counts.select("group").unique().join(months.alias("month").to_frame(), how="cross")
    ends = day.day == calendar.monthrange(day.year, day.month)[1]
    return grid.join(counts, on=["group", "month"], how="left").with_columns(
        pl.col("derivatives", "in_series").fill_null(0),
        is_partial=(pl.col("month") == day.replace(day=1)) & pl.lit(not ends),
    )


def series_bases(rows: pl.DataFrame) -> pl.DataFrame:
    """The bases with most derivatives in series, from `counted`; `id` as node."""
    counts = rows.group_by(id="parent", base_group="group").agg(
        derivatives=pl.col("child").n_unique().cast(pl.Int64),
        in_series=pl.col("child").filter(_IN_SERIES).n_unique().cast(pl.Int64),
        series=pl.col("series").drop_nulls().n_unique().cast(pl.Int64),
        uploaders=pl.col("author").filter(_IN_SERIES).n_unique().cast(pl.Int64),
    )
    largest = counts.filter(pl.col("in_series") > 0).sort("in_series", "id", descending=[True, False]).head(LISTED)
    return _ranked(largest, SeriesBases)


def series_largest(rows: pl.DataFrame, nodes: Nodes) -> pl.DataFrame:
    """The largest series, from `counted`, with their names; `base` as node."""
    by_relation = {name: (pl.col("relation") == name).sum() for name in RELATIONS}
    counts = (
        rows.drop_nulls("series")
        .group_by("series", "parent", "author", "group")
        .agg(
            repositories=pl.col("child").n_unique().cast(pl.Int64),
            first_month=pl.col("month").min(),
            last_month=pl.col("month").max(),
            **by_relation,
        )
        .sort("repositories", "series", "parent", descending=[True, False, False])
        .head(LISTED)
    )
    if counts.is_empty():
        return tables.empty(SeriesLargest)
    most = pl.max_horizontal(*RELATIONS)
    relation = pl.coalesce(*(pl.when(pl.col(name) == most).then(pl.lit(name)) for name in RELATIONS))
    largest = counts.with_columns(example=nodes.names(counts["series"]), relation=relation)
    return _ranked(
        largest.select(
            pl.format("{}/{}", "author", pattern_of(pl.col("example"))).alias("name"),
            "repositories",
            "relation",
            "first_month",
            "last_month",
            "example",
            uploader="author",
            base="parent",
            base_group="group",
        ),
        SeriesLargest,
    )


def _ranked(rows: pl.DataFrame, contract: type) -> pl.DataFrame:
    """Rows in their order with `rank`, from 1; none at all in the contract's columns."""
    if rows.is_empty():
        return tables.empty(contract)
    return rows.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
