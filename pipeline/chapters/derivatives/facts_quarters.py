"""What may be quoted of shares by quarter: who has been ahead since when, and what each snapshot says."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.base.lead import Lead

_SOURCE = "data/out/derivatives/derivatives_quarterly.parquet"


def quarter_facts(quarterly: pl.DataFrame, subject: str, reference: str) -> Facts:
    """The title and the sentences on shares by quarter. quarterly: the table `derivatives_quarterly`."""
    if quarterly.is_empty():
        gap = f"Neither this snapshot nor an edition has enough dated derivatives of both {subject} and {reference}."
        return {
            "derivatives.quarters.sentence": sentence(gap, _SOURCE),
            "derivatives.quarters.title": sentence("No dates to count by", _SOURCE),
        }
    pair = subject, reference
    return {
        "derivatives.quarters.sentence": sentence(_sentence(quarterly, pair), _SOURCE),
        "derivatives.quarters.title": sentence(_title(quarterly, pair), _SOURCE),
    }


def whole(quarterly: pl.DataFrame) -> pl.DataFrame:
    """Quarters of stocks that were over by the snapshot's day; all of them where none was."""
    stocks = quarterly.filter(kind="stock")
    over = stocks.filter(~pl.col("is_partial"))
    return over if over.height else stocks


def _title(quarterly: pl.DataFrame, pair: Sequence[str]) -> str:
    """Who is ahead, since when, and by which shares of the last quarter that is over."""
    quarters = whole(quarterly)
    if quarters.is_empty():
        return words.upper(_of_flow(quarterly, pair).removesuffix("."))
    leads = [_lead(rows, pair) for _, rows in quarters.sort("quarter").group_by("quarter", maintain_order=True)]
    days = quarters["quarter"].unique().sort().to_list()
    last, newest = leads[-1], quarters.sort("quarter").row(-1, named=True)
    flow = quarterly.filter(pl.col("kind") == "flow", pl.col("quarter") > newest["quarter"])
    if newest["edition"] is not None and flow.height:
        return _before_and_in_flow(last, days[-1], flow, pair)
    where, has = _where(newest), "has" if newest["edition"] is None else "had"
    shares = f"{words.percent(last.most)} of new derivatives to {words.percent(last.least)}"
    level = "are" if newest["edition"] is None else "were"
    if last.is_even:
        return words.upper(f"{where}{last.more} and {last.less} {level} about level: {shares}")
    first = next((n + 1 for n in range(len(leads) - 1, -1, -1) if leads[n].leader != last.leader), 0)
    when = f"since the {words.quarter(days[first])}" if first else "in every quarter"
    return words.upper(f"{where}{last.more} {has} led {last.less} {when}: {shares}")


def _before_and_in_flow(last: Lead, day: date, flow: pl.DataFrame, pair: Sequence[str]) -> str:
    """Who was ahead when an edition ended, and who in the days of a younger flow, where this build has no quarters."""
    before = (
        f"{last.more} and {last.less} were level in the {words.quarter(day)}"
        if last.is_even
        else f"{last.more} led up to the {words.quarter(day)}"
    )
    now, label = _lead(flow, pair), words.lower(flow["label"][0])
    shares = f"{now.more} has {words.percent(now.most)} of new derivatives, {now.less} {words.percent(now.least)}"
    return f"{before}; in the {label} {shares}"


def _lead(rows: pl.DataFrame, pair: Sequence[str]) -> Lead:
    """Who has the larger share of a quarter."""
    shares = dict(rows.select("group", "share").iter_rows())
    return Lead.of(pair[0], shares[pair[0]], pair[1], shares[pair[1]])


def _where(row: Mapping[str, Any]) -> str:
    """`in this sample, `, whose quarters are not the Hub's; `by the census of July 2024, ` of an edition."""
    if row["edition"] is not None:
        return f"by the {row['label']}, "
    return "" if row["coverage"] == "census" else f"in this {row['coverage']}, "


def _sentence(quarterly: pl.DataFrame, pair: Sequence[str]) -> str:
    """What each snapshot says, the oldest first."""
    parts = []
    for _, rows in quarterly.filter(kind="stock").sort("quarter").group_by("edition", maintain_order=True):
        over = whole(rows)
        row = over.row(0, named=True)
        where = _where(row) or "in this census, "
        parts.append(words.upper(f"{where}{row['rule']}, {_moves(over, pair)}."))
    if quarterly.filter(kind="flow").height:
        parts.append(_of_flow(quarterly, pair))
    return " ".join(parts)


def _moves(over: pl.DataFrame, pair: Sequence[str]) -> str:
    """`Qwen’s share of new derivatives rose from 26% in the third quarter of 2024 to 65% in ..., Llama’s fell ...`."""
    start, end = (over.filter(pl.col("quarter") == day) for day in (over["quarter"].min(), over["quarter"].max()))
    first, last = (words.quarter(rows["quarter"][0]) for rows in (start, end))
    before, after = (dict(rows.select("group", "share").iter_rows()) for rows in (start, end))
    many = {name: (words.percent(before[name]), words.percent(after[name])) for name in pair}
    one, other = pair
    if first == last:
        return f"{one}’s share of new derivatives was {many[one][1]} in the {last}, {other}’s {many[other][1]}"
    verbs = {name: {1: "rose", -1: "fell", 0: "went"}[words.order(after[name], before[name])] for name in pair}
    return (
        f"{one}’s share of new derivatives {verbs[one]} from {many[one][0]} in the {first} to {many[one][1]} in the "
        f"{last}, {other}’s {verbs[other]} from {many[other][0]} to {many[other][1]}"
    )


def _of_flow(quarterly: pl.DataFrame, pair: Sequence[str]) -> str:
    """Shares of what was new in the days of a flow."""
    rows = quarterly.filter(kind="flow")
    shares = dict(rows.select("group", "share").iter_rows())
    listed = [f"{name}{' had' if name == pair[0] else ''} {words.percent(shares[name])}" for name in pair]
    row = rows.row(0, named=True)
    return f"Of what was new in the {words.lower(row['label'])}, {row['rule']}, {words.listed(listed)}."
