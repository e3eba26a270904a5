"""Downloads: the share that goes to derivatives, each repository counted once, by the first of its relations.

Known drawback: the Hub's download counter counts machines too.
"""

import polars as pl

from pipeline.base.vocabulary import RELATIONS

NONE_DECLARED = "none_declared"
COUNTED = ("repositories", "downloads", "downloads_of_makers", "downloads_all_time")


def download_shares(repositories: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Downloads by the first of a repository's relations (in the order of `RELATIONS`), and of those without a parent.

    repositories: `node, in_snapshot, downloads, downloads_all_time`. links: as `links.attach` gives them.
    """
    relation = pl.col("relation").cast(pl.Enum(RELATIONS))
    by_maker = (pl.col("owner") == pl.col("maker")).any()
    first = links.group_by(node="child").agg(kind=relation.min().cast(pl.String), by_maker=by_maker)
    sums = (
        repositories.filter("in_snapshot")
        .join(first, on="node", how="left")
        .with_columns(pl.col("kind").fill_null(NONE_DECLARED), pl.col("downloads", "downloads_all_time").fill_null(0))
        .group_by("kind")
        .agg(
            pl.col("downloads", "downloads_all_time").sum(),
            repositories=pl.len().cast(pl.Int64),
            downloads_of_makers=pl.col("downloads").filter(pl.col("by_maker")).sum(),
        )
    )
    kinds = pl.DataFrame({"kind": [NONE_DECLARED, *RELATIONS]})
    return (
        kinds.join(sums, on="kind", how="left", maintain_order="left")
        .with_columns(pl.col(COUNTED).fill_null(0))
        .with_columns(share=_share(pl.col("downloads")), share_all_time=_share(pl.col("downloads_all_time")))
    )


def _share(column: pl.Expr) -> pl.Expr:
    return pl.when(column.sum() > 0).then(column / column.sum())
