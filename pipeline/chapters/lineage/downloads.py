"""Downloads: the share that goes to derivatives, each repository counted once, by the first of its relations.

Known drawback: the Hub's download counter counts machines too.
"""

import numpy as np
import polars as pl

from pipeline.base.vocabulary import RELATIONS

NONE_DECLARED = "none_declared"
COUNTED = ("repositories", "downloads", "downloads_of_makers", "downloads_all_time")


def download_shares(repositories: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Downloads by the first of a repository's relations (in the order of `RELATIONS`), and of those without a parent.

    repositories: `in_snapshot, downloads, downloads_all_time`, one row per node. links: as `links.attach` gives them.
    """
    kinds = pl.Enum([*RELATIONS, NONE_DECLARED])
    child = links["child"].to_numpy()
    kind = np.full(repositories.height, len(RELATIONS), dtype=np.uint8)
    np.minimum.at(kind, child, links["relation"].cast(kinds).to_physical().to_numpy())
    by_maker = np.zeros(repositories.height, dtype=bool)
    by_maker[child[(links["owner"] == links["maker"]).fill_null(False).to_numpy()]] = True
    sums = (
        repositories.select("in_snapshot", "downloads", "downloads_all_time")
        .with_columns(kind=pl.Series(kind).cat.to(kinds), by_maker=by_maker)
        .filter("in_snapshot")
        .with_columns(pl.col("downloads", "downloads_all_time").fill_null(0))
        .group_by("kind")
        .agg(
            pl.col("downloads", "downloads_all_time").sum(),
            repositories=pl.len().cast(pl.Int64),
            downloads_of_makers=pl.col("downloads").filter(pl.col("by_maker")).sum(),
        )
        .cast({"kind": pl.String})
    )
    every = pl.DataFrame({"kind": [NONE_DECLARED, *RELATIONS]})
    return (
        every.join(sums, on="kind", how="left", maintain_order="left")
        .with_columns(pl.col(COUNTED).fill_null(0))
        .with_columns(share=_share(pl.col("downloads")), share_all_time=_share(pl.col("downloads_all_time")))
    )


def _share(column: pl.Expr) -> pl.Expr:
    return pl.when(column.sum() > 0).then(column / column.sum())
