"""What may be quoted of downloads: whose models they are of, by owner and by root."""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.base.params import Params
from pipeline.chapters.vendors.schema import SEVERAL, UNKNOWN_OWNER
from pipeline.chapters.vendors.wording import theirs

_DOWNLOADS = "data/out/vendors/vendor_downloads.parquet"


def download_facts(downloads: pl.DataFrame, relations: pl.DataFrame, params: Params, coverage: str) -> Facts:
    """Shares of downloads by country, by both rules, and the subject's where that is a family."""
    where = "the Hub’s downloads" if coverage == "census" else f"the downloads in this {coverage}"
    declared = int(relations["models"].sum()) > 0
    by_owner = _shares(downloads, "owner", "country")
    by_root = _shares(downloads, "root", "country")
    named = [country for country in by_owner if country not in (UNKNOWN_OWNER, SEVERAL)][:2]
    facts: Facts = {"vendors.downloads.where": sentence(where, _DOWNLOADS)}
    total = int(_rows(downloads, "owner", "country")["downloads"].sum())
    if not named or not total:
        gap = f"Downloads by country are {words.NOT_HERE}"
        return facts | {
            "vendors.downloads.title": sentence(gap, _DOWNLOADS),
            "vendors.downloads.sentence": sentence(f"{gap}.", _DOWNLOADS),
            "vendors.downloads.family": sentence(f"{gap}.", _DOWNLOADS),
        }
    parts = [f"{words.percent(by_owner[country])} are of makers in {words.country(country)}" for country in named]
    unknown = by_owner.get(UNKNOWN_OWNER, 0.0)
    rooted = (
        "Counted for the makers of their roots, "
        + words.listed([f"{words.percent(by_root.get(country, 0.0))} are {theirs(country)}" for country in named])
        + "."
        if declared
        else f"How derivatives would move this is {words.NOT_HERE}: it declares no parents."
    )
    most = f"Makers in {words.country(named[0])} have {words.percent(by_owner[named[0]])} of {where}"
    rest = "".join(f", those in {words.country(country)} {words.percent(by_owner[country])}" for country in named[1:])
    return facts | {
        "vendors.downloads.title": sentence(f"{most}{rest}", _DOWNLOADS),
        "vendors.downloads.sentence": sentence(
            f"Of {where}, {words.listed(parts)}; {words.percent(unknown)} are of owners that the register lacks. "
            f"{rooted}",
            _DOWNLOADS,
        ),
        "vendors.downloads.family": sentence(_family(downloads, params, where, declared=declared), _DOWNLOADS),
    }


def _rows(downloads: pl.DataFrame, counted_as: str, kind: str, population: str = "all") -> pl.DataFrame:
    return downloads.filter(
        pl.col("population") == population, pl.col("counted_as") == counted_as, pl.col("group_kind") == kind
    ).sort("downloads", "group", descending=[True, False])


def _shares(downloads: pl.DataFrame, counted_as: str, kind: str, population: str = "all") -> dict[str, Any]:
    rows = _rows(downloads, counted_as, kind, population)
    return dict(rows.drop_nulls("share").select("group", "share").iter_rows())


def _family(downloads: pl.DataFrame, params: Params, where: str, *, declared: bool) -> str:
    if params.report.grouping != "family":
        return "Shares of one family are left out, since this report compares organisations."
    subject = params.report.subject
    own, rooted = (
        _shares(downloads, rule, "family", "text and vision").get(subject, 0.0) for rule in ("owner", "root")
    )
    with_them = (
        f", and {words.percent(rooted)} with declared derivatives counted for their roots’ families" if declared else ""
    )
    return f"{subject}’s own repositories have {words.percent(own)} of {where} for text and vision{with_them}" + (
        "." if declared else "; derivatives cannot be added, since this snapshot declares no parents."
    )
