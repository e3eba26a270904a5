"""What may be quoted of the licences of the two makers that are compared."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.base.params import Report

_LICENCES = "data/out/vendors/vendor_licences.parquet"


def pair_facts(licences: pl.DataFrame, families: pl.DataFrame, report: Report) -> Facts:
    """How many of the releases of subject's and reference's makers are permissively licensed, over all time.

    licences: the table `vendor_licences`. families: `family, organisation`, which say who makes a family.
    """
    maker = dict(families.select("family", "organisation").iter_rows())
    makers = [maker.get(name) or name for name in (report.subject, report.reference)]
    shares = [_share(licences, name) for name in dict.fromkeys(makers)]
    known = [share for share in shares if share]
    text = (
        words.upper(f"{words.listed(known)} dated releases of known licence are permissively licensed")
        if known
        else "No release of either maker has a date and a known licence"
    )
    return {"vendors.licence.pair": sentence(text, _LICENCES)}


def _share(licences: pl.DataFrame, maker: str) -> str:
    """`72% of Alibaba’s 184`, of those dated and of known licence; empty where there is none."""
    rows = licences.filter(group_kind="organisation", group=maker)
    known = int(rows["releases"].sum()) - int(rows["not_known"].sum())
    if not known:
        return ""
    permissive = int(rows["permissive"].sum()) / known
    return f"{words.percent(permissive)} of {maker}’s {words.number(known)}"
