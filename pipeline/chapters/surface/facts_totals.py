"""What the chapter on surface area may quote of totals beside rates per release."""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.lead import Lead
from pipeline.base.params import Params

_TOTALS = "data/out/surface/family_totals.parquet"

Row = dict[str, Any]


def facts(totals: pl.DataFrame, params: Params) -> Facts:
    """Who is ahead in total, by release, and by how many releases; of the stock, and of what was new.

    totals: the table `family_totals`.
    """
    pair = (params.report.subject, params.report.reference)
    stock, flow = (_both(totals.filter(kind=kind), pair) for kind in ("stock", "flow"))
    source = totals.filter(kind="stock")["source"].head(1).to_list()
    label = totals.filter(kind="stock")["label"].head(1).to_list()
    return {
        "totals.title": sentence(
            _title(*stock) if stock else "What is built on families is not compared here", _TOTALS
        ),
        "totals.sentence": sentence(_sentence(*stock) if stock else _missing(pair), _TOTALS),
        "totals.new": sentence(_sentence(*flow, new=True) if flow else "This build knows no flow of both.", _TOTALS),
        "totals.source": sentence(source[0] if source else "no census that this build knows", _TOTALS),
        "totals.label": fact(label[0] if label else None, label[0] if label else "", _TOTALS),
    }


def _both(rows: pl.DataFrame, pair: tuple[str, str]) -> tuple[Row, Row] | None:
    """The rows of both groups; None where one has no release, or neither a derivative."""
    found = {row["family"]: row for row in rows.iter_rows(named=True)}
    first, second = (found.get(name) for name in pair)
    if first is None or second is None or not first["derivatives"] + second["derivatives"]:
        return None
    return first, second


def _missing(pair: tuple[str, str]) -> str:
    return (
        f"Neither this snapshot nor an edition has declared derivatives of both {words.listed(pair)} by family, so "
        "totals do not stand beside rates here."
    )


def _lead(first: Row, second: Row, column: str) -> Lead:
    return Lead.of(first["family"], first[column], second["family"], second[column])


def _title(first: Row, second: Row) -> str:
    """Who is ahead in total, and by release."""
    when = f" ({words.month(first['date'])})"
    total, rate = (_lead(first, second, column) for column in ("derivatives", "per_release"))
    if total.leader == rate.leader:
        if total.leader is None:
            return f"{total.more} and {total.less} are about even, in total and by release{when}"
        return f"{total.more} is ahead of {total.less}, in total and by release{when}"
    by = "neither is ahead" if rate.leader is None else f"{rate.leader} by release"
    if total.leader is None:
        return f"In total {total.more} and {total.less} are about even, {rate.leader} is ahead by release{when}"
    return f"{total.leader} is ahead in total, {by}{' by release' if rate.leader is None else ''}{when}"


def _sentence(first: Row, second: Row, *, new: bool = False) -> str:
    """Totals, releases and rates of both, and the ratio of totals as the product of two others."""
    lead = _lead(first, second, "derivatives")
    more, less = (first, second) if lead.more == first["family"] else (second, first)
    where = "Among what was new in the" if new else "In the"
    return (
        f"{where} {first['label']}, {_counts(more)}; {_counts(less)}. {words.upper(lead.clause('derivatives'))}"
        f"{_product(more, less) if lead.is_firm and not lead.is_even else ''}."
    )


def _counts(row: Row) -> str:
    rate = row["per_release"]
    each = (words.number(round(rate)) if rate >= 100 else words.significant(rate)) if rate else "none"
    return (
        f"{row['family']} has {words.counted(row['derivatives'], 'derivative')} of "
        f"{words.counted(row['releases'], 'release')}, {each} per release"
    )


def _product(more: Row, less: Row) -> str:
    """`: 2.8 times the releases, each with 4.8 times as many`."""
    releases, rate = (more[column] / less[column] for column in ("releases", "per_release"))
    of_releases = {0: "about as many releases", 1: f"{words.times(releases)} times the releases"}
    of_rate = {0: "about as many", 1: f"{words.times(rate)} times as many"}
    fewer = f"{_part(releases)} of the releases"
    return (
        f": {of_releases.get(words.order(releases, 1), fewer)}, each with "
        f"{of_rate.get(words.order(rate, 1), f'{_part(rate)} of the derivatives')}"
    )


def _part(ratio: float) -> str:
    return words.percent(ratio)
