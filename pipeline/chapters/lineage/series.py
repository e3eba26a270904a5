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
from pipeline.hub.series import digits_of, names_of

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
    return pl.concat([rows.with_columns(pl.lit(ALL, rows.schema["group"]).alias("group")), rows.drop_nulls("group")])


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


def with_digits(rows: pl.DataFrame, nodes: Nodes, patterns: pl.DataFrame) -> pl.DataFrame:
    """`series, parent, name, digits`: each series with its name and what its digits say, from `counted`.

    patterns: the table `series_patterns` of the register.
    """
    links = rows.drop_nulls("series").select("child", *_ONE_SERIES).unique()
    numbers = links.select(_ONE_SERIES).unique().sort(_ONE_SERIES).with_row_index("number")
    members = links.join(numbers, on=_ONE_SERIES).select(series="number", id=nodes.names(links["child"]))
    by_digits = names_of(members).join(digits_of(members, patterns), on="series")
    return numbers.join(by_digits, left_on="number", right_on="series").drop("number")


def series_digits(rows: pl.DataFrame, by_digits: pl.DataFrame) -> pl.DataFrame:
    """Series by what their digits say, from `counted` and `with_digits`."""
    return (
        rows.drop_nulls("series")
        .select("child", *_ONE_SERIES)
        .join(by_digits, on=_ONE_SERIES)
        .group_by("digits")
        .agg(
            series=pl.struct(_ONE_SERIES).n_unique().cast(pl.Int64),
            repositories=pl.col("child").n_unique().cast(pl.Int64),
        )
    )


def series_largest(rows: pl.DataFrame, by_digits: pl.DataFrame, nodes: Nodes) -> pl.DataFrame:
    """The largest series, from `counted` and `with_digits`, with their names; `base` as node."""
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
    largest = counts.join(by_digits, on=_ONE_SERIES, how="left", maintain_order="left")
    return _ranked(
        largest.with_columns(example=nodes.names(largest["series"]), relation=relation).select(
            "name",
            "digits",
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
