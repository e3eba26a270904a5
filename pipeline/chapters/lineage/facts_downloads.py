"""What the chapter on lineage may quote of downloads: the share of derivatives, and of the makers' own among them."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.chapters.lineage.missing import missing


def download_facts(shares: pl.DataFrame) -> Facts:
    """The share of downloads that goes to derivatives, and how much of it to the makers' own."""
    source, key = "data/out/lineage/download_shares.parquet", "anatomy.downloads"
    derived = shares.filter(pl.col("kind") != "none_declared")
    total, downloads = int(shares["downloads"].sum()), int(derived["downloads"].sum())
    if not total or not int(derived["repositories"].sum()):
        return missing(key, "Downloads of derivatives", source)
    own = int(derived["downloads_of_makers"].sum())
    share, others = downloads / total, (downloads - own) / total
    wording = (
        f"Of {words.large(total)} downloads in 30 days, {_finely(share)} go to repositories that declare a "
        f"parent. Without those that the parent’s own maker uploaded, it is {_finely(others)}."
    )
    ever = int(shares["downloads_all_time"].sum())
    if ever:
        since = words.percent(int(derived["downloads_all_time"].sum()) / ever)
        wording += f" Since the count began, {since} went to repositories that declare a parent."
    title = f"Repositories that declare a parent draw {words.percent(share)} of downloads"
    return {
        f"{key}.title": sentence(title, source),
        f"{key}.sentence": sentence(wording, source),
    }


def _finely(share: float) -> str:
    """`3.1%`: two shares near each other need a digit more to be seen apart."""
    return f"{words.significant(100 * share)}%"
