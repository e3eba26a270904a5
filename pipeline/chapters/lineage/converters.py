"""Converters: who uploads the quantized derivatives of each group.

A derivative counts as quantized where it says so, or where its name or tags name a format that stores fewer bits: many
are tagged otherwise, and before September 2024 no relation was tagged at all. The group's own repositories are in, set
apart, since makers convert their own models too.

Known drawback: a repository in a quantized format that names an adapter or a fine-tune as its base counts for the group
of that base, one step up and no further.
"""

import polars as pl

from pipeline.base import tables
from pipeline.chapters.lineage.schema import ALL, Converters, GroupConverters

LISTED = 10
"""Uploaders of a group that are listed."""


def converters(links: pl.DataFrame, repackagers: pl.Series) -> pl.DataFrame:
    """Rows of `schema.Converters`. links: as `links.attach` gives them, with `relation_corrected`."""
    quantized = links.filter(pl.col("relation_corrected") == "quantized").drop_nulls("author")
    if quantized.is_empty():
        return tables.empty(Converters)
    spaces, groups = repackagers.str.to_lowercase().implode(), quantized.schema["group"]
    pairs = pl.concat(
        [
            quantized.select("child", "author", pl.lit(ALL, groups).alias("group"), is_maker=pl.lit(False)),
            quantized.drop_nulls("group").select(
                "child", "author", "group", is_maker=pl.col("own_group").eq_missing(pl.col("group"))
            ),
        ]
    ).unique(["child", "group"])  # whose child it is, and whether a maker's, follows from these two
    counts = pairs.group_by("group", "author").agg(
        repositories=pl.len().cast(pl.Int64), is_maker=pl.col("is_maker").any()
    )
    order = {"by": ["group", "repositories", "author"], "descending": [False, True, False]}
    return (
        counts.sort(**order)
        .with_columns(
            rank=pl.int_range(1, pl.len() + 1).over("group"),
            uploaders=pl.len().over("group").cast(pl.Int64),
            of_group=pl.col("repositories").sum().over("group"),
            of_makers=pl.col("repositories").filter("is_maker").sum().over("group"),
            is_repackager=pl.col("author").cast(pl.String).str.to_lowercase().is_in(spaces),
        )
        .filter(pl.col("rank") <= LISTED)
        .rename({"author": "uploader"})
        .select(Converters.column_names())
    )


def conversions(
    links: pl.DataFrame, repositories: pl.DataFrame, in_format: pl.Series, repackagers: pl.Series
) -> pl.DataFrame:
    """Rows of `schema.GroupConverters`: who converts each group, the group's makers beside all others.

    links: as `links.attach` gives them, with `relation_corrected, evidence`; where any is declared, inferred ones are
    left out. repositories: as `repositories_of` gives them. in_format: of every node, whether its format stores fewer
    bits. Conversions of others are children in such a format; those of makers are their own repositories in one, since
    makers seldom name the base.
    """
    declared = links.filter(evidence="declared")
    known = (declared if declared.height else links).filter(pl.col("relation_corrected") == "quantized")
    spaces = repositories.select(uploader="space")
    theirs = (
        known.hstack(spaces[known["child"]])
        .drop_nulls("group")
        .filter(pl.col("own_group").ne_missing(pl.col("group")))
        .group_by("group", "uploader")
        .agg(repositories=pl.col("child").n_unique().cast(pl.Int64), is_maker=pl.lit(False))
    )
    if theirs.is_empty():
        return tables.empty(GroupConverters)
    makers = (
        repositories.with_columns(in_format=in_format)
        .filter(pl.col("group").is_in(theirs["group"].unique().implode()))
        .group_by("group", uploader="owner")
        .agg(repositories=pl.col("in_format").sum().cast(pl.Int64), is_maker=pl.lit(True))
    )
    made = pl.col("repositories") > 0
    registered = repackagers.str.to_lowercase().implode()
    return (
        pl.concat([theirs, makers])
        .sort("group", "repositories", "uploader", "is_maker", descending=[False, True, False, False])
        .with_columns(
            rank=pl.int_range(1, pl.len() + 1).over("group"),
            uploaders=made.sum().over("group").cast(pl.Int64),
            of_group=pl.col("repositories").sum().over("group"),
            is_repackager=pl.col("uploader").cast(pl.String).str.to_lowercase().is_in(registered) & ~pl.col("is_maker"),
            evidence=pl.lit("declared" if declared.height else "inferred"),
        )
        .filter((pl.col("rank") <= LISTED) | pl.col("is_maker"))
        .select(GroupConverters.column_names())
    )
