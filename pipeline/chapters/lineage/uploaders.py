"""Uploaders: how many namespaces are behind the direct derivatives of a group, and how unequal their shares are.

The group's own releases are left out, as in the headline. `ALL` counts each repository once. The Gini coefficient is
twice the area between the cumulative curve and the diagonal, from integers.
"""

import numpy as np
import polars as pl

from pipeline.base import tables
from pipeline.chapters.lineage.schema import ALL, UploaderCurve, Uploaders

TEN = 10
LISTED = 100
"""Rows of the largest uploaders, and of the largest intermediaries."""


def uploads(links: pl.DataFrame) -> pl.DataFrame:
    """`group, author, repositories`: direct derivatives of each uploader, for each group and for all.

    links: as `links.attach` gives them. Sorted by group, the largest uploader first, ties in order of names.
    """
    counted = links.drop_nulls("author").filter(
        pl.col("group").is_null() | pl.col("group").ne_missing(pl.col("own_group"))
    )
    is_all = pl.lit(ALL, counted.schema["group"]).alias("group")
    has_several = counted["child"].is_duplicated()  # only these can come twice, so only these are looked through
    once, several = counted.filter(~has_several), counted.filter(has_several)
    of_groups = [once.drop_nulls("group"), several.drop_nulls("group").unique(["child", "group"])]
    pairs = [
        *(part.select("author", is_all) for part in (once, several.unique("child"))),
        *(part.select("author", "group") for part in of_groups),
    ]
    counts = pl.concat(pairs).group_by("group", "author").agg(repositories=pl.len().cast(pl.Int64))
    # Three sorts by one column take half the time of one sort by three.
    by_count = counts.sort("author").sort("repositories", descending=True, maintain_order=True)
    return by_count.sort("group", maintain_order=True)


def uploaders(by_uploader: pl.DataFrame) -> pl.DataFrame:
    """Counts and concentration per group, with and without the ten largest uploaders of all; from `uploads`."""
    if by_uploader.is_empty():
        return tables.empty(Uploaders)
    ten = by_uploader.filter(group=ALL)["author"].head(TEN)
    count = pl.col("repositories")
    return by_uploader.group_by("group").agg(
        count.sum(),
        uploaders=pl.len(),
        repositories_without_ten=count.filter(~pl.col("author").is_in(ten.implode())).sum(),
        gini=gini(count),
        top_1_percent=count.head((pl.len() + 99) // 100).sum() / count.sum(),
        top_10=count.head(10).sum() / count.sum(),
        top_100=count.head(100).sum() / count.sum(),
    )


def gini(counts: pl.Expr) -> pl.Expr:
    """Gini coefficient of counts in descending order: 0 where all are equal."""
    size, total = counts.len().cast(pl.Int64), counts.sum()
    weighted = (pl.int_range(size, 0, -1) * counts).sum()
    return (2 * weighted - (size + 1) * total) / (size * total)


def uploader_curve(by_uploader: pl.DataFrame) -> pl.DataFrame:
    """Cumulative shares per group, at every rank up to 20 and at selected ones beyond; from `uploads`."""
    if by_uploader.is_empty():
        return tables.empty(UploaderCurve)
    count, size = pl.col("repositories"), pl.len()
    sums = by_uploader.select(
        "group",
        rank=pl.int_range(1, size + 1).over("group"),
        share_of_uploaders=pl.int_range(1, size + 1).over("group") / size.over("group"),
        share_of_repositories=count.cum_sum().over("group") / count.sum().over("group"),
    )
    sizes = by_uploader.group_by("group").len().iter_rows()
    ranks = [pl.DataFrame({"group": group, "rank": _shown_ranks(uploaders)}) for group, uploaders in sizes]
    return (
        pl.concat(ranks)
        .cast({"group": by_uploader.schema["group"]})
        .join(sums, on=["group", "rank"], how="left")
        .with_columns(
            pl.col("share_of_uploaders", "share_of_repositories").fill_null(0.0)  # rank 0
        )
    )


def _shown_ranks(uploaders: int) -> np.ndarray:
    """Ranks from 0 to the number of uploaders that a curve needs to look smooth."""
    spread = np.concatenate(
        [np.arange(21), [100, uploaders], np.geomspace(1, uploaders, 60), np.linspace(0, uploaders, 41)]
    )
    return np.unique(np.clip(np.rint(spread), 0, uploaders).astype(np.int64))


def uploaders_largest(by_uploader: pl.DataFrame, repackagers: pl.Series) -> pl.DataFrame:
    """The largest uploaders over all groups, from `uploads`; repackagers: their namespaces."""
    spaces = repackagers.str.to_lowercase().implode()
    return (
        by_uploader.filter(group=ALL)
        .head(LISTED)
        .cast({"author": pl.String})
        .select(
            "repositories",
            rank=pl.int_range(1, pl.len() + 1),
            uploader="author",
            is_repackager=pl.col("author").str.to_lowercase().is_in(spaces),
        )
    )
