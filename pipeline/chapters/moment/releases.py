"""Releases of three makers around the moment: those of subject and reference, and who made the model of the moment.

Method: dated releases of the register from the timeline's first day to the snapshot's, with their size. A name stands
at a release that the timeline names, where the maker released a model of that name on that day.

Known drawbacks: a release in several sizes is several rows; a date is the announcement where one was found, else the
repository's creation.
"""

from datetime import date
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Report
from pipeline.chapters.moment.schema import RELEASE, MomentReleases
from pipeline.register.lookup.identity import identify


def makers(directory: Path, report: Report) -> list[str]:
    """Subject's maker, then that of the moment's model, then the reference's; each once."""
    owners = dict(register.load("families", directory).select("family", "organisation").iter_rows())
    lane = register.load("timeline", directory).filter(item=RELEASE)["lane"].to_list()
    named = [owners.get(report.subject, report.subject), *lane, owners.get(report.reference, report.reference)]
    return list(dict.fromkeys(named))


def releases_of(lanes: list[str], shown: pl.DataFrame, directory: Path, last: date) -> pl.DataFrame:
    """Rows of `schema.MomentReleases`, lane by lane. shown: the table `timeline`; last: the snapshot's day."""
    if shown.is_empty():
        return tables.empty(MomentReleases)
    known = register.load("releases", directory).drop_nulls("released")
    owner = identify(known.select(id="model"), directory).collect().select(model="id", lane="organisation")
    found = (
        known.join(owner, on="model")
        .filter(pl.col("released").is_between(shown["day"].min(), last), pl.col("lane").is_in(lanes))
        .select(
            "lane",
            "model",
            "source",
            day="released",
            parameters_total=pl.coalesce("parameters_total", "parameters_stated"),
        )
    )
    return (
        found.join(_names(found, shown), on="model", how="left")
        .with_columns(
            place=pl.col("lane").replace_strict({lane: n for n, lane in enumerate(lanes)}, return_dtype=pl.Int64)
        )
        .select(MomentReleases.column_names())
        .sort("place", "day", "model")
    )


def _names(found: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """`model, label`: the largest release of a maker that bears a name of the timeline on its day."""
    named = shown.filter(kind="release").drop_nulls("label").select("day", "label")
    return (
        found.join(named, on="day")
        .filter(
            pl.col("model")
            .str.to_lowercase()
            .str.contains(pl.col("label").str.to_lowercase().str.replace_all(" ", "-", literal=True), literal=True)
        )
        .sort("parameters_total", "model", descending=[True, False], nulls_last=True)
        .unique(["lane", "label"], keep="first", maintain_order=True)
        .unique("model", keep="first", maintain_order=True)
        .select("model", "label")
    )
