"""What may be quoted of published counts by relation and by base: what was counted, and of whom."""

from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.lead import Lead
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.base.vocabulary import DERIVATIVES, RATIO
from pipeline.chapters.derivatives.relations import LINE, THIRD, WHOLE

_BY_RELATION = "data/out/derivatives/published_by_relation.parquet"
_RATIOS = "data/out/derivatives/published_ratios.parquet"
_BY_BASE = "data/out/derivatives/published_by_base.parquet"
MORE_GGUF = "more GGUF repositories (1 yes, 0 no)"
"""A kind of published count: whether the first of two groups has more conversions than the second."""
GAP = "No table by relation was published of both by the snapshot’s day"


def about(day: date, precision: str) -> str:
    """A day as exactly as it is known: `14 August 2026`, `in August 2026`, `about spring 2026`, `in 2026`."""
    return {"day": "", "season": "about "}.get(precision, "in ") + words.dated(day, precision)


def facts(tables: Tables, params: Params) -> Facts:
    """Facts on counts by relation and by base that others published."""
    counted, subject, reference = tables["published_counts"], params.report.subject, params.report.reference
    return (
        relation_facts(tables["published_by_relation"], tables["published_ratios"])
        | base_facts(tables["published_by_base"], counted, subject, reference)
        | agreement_facts(tables["published_ratios"], counted, subject, reference)
        | conversion_facts(counted, subject, reference)
    )


def conversion_facts(counted: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Who of the two has more conversions to GGUF, where somebody published that; nothing is said otherwise."""
    pair = pl.concat_list("subject", "denominator").list.sort() == pl.lit(sorted([subject, reference]))
    rows = counted.filter(pair, pl.col("kind") == MORE_GGUF, pl.col("value") == 1).sort("published").tail(1)
    if rows.is_empty():
        gap = f"The register has no published comparison of conversions to GGUF of {subject} and {reference}."
        return {"published.gguf": sentence(gap, _RATIOS)}
    row = rows.row(0, named=True)
    wrote = f"Of conversions, {row['counter'] or row['publisher']} wrote on {words.day(row['published'])}"
    return {"published.gguf": sentence(f"{wrote}: {row['definition']}.", _RATIOS)}


def agreement_facts(ratios: pl.DataFrame, counted: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Whether the table by relation and the ratio that was published with a total leave the reference as many."""
    key = "published.agreement"
    line = ratios.filter(relation="all", against=LINE)
    stated = counted.filter(subject=subject, denominator=reference, kind=RATIO).sort("published")
    total = _total(counted, subject, stated["published"][-1]) if stated.height else None
    if line.is_empty() or total is None or total["published"] != stated["published"][-1]:
        return {key: sentence(f"No second count of {reference} was published to compare these with.", _RATIOS)}
    row, left = line.row(0, named=True), total["value"] / stated["value"][-1]
    first = (
        f"The table has {words.number(row['other_count'])} for {row['other']}, "
        f"{about(row['as_of'], row['as_of_precision'])}. The {words.number(total['value'])} for {subject} of "
        f"{words.day(total['published'])}, divided by the {words.times(stated['value'][-1])} published with them, give "
        f"{reference} some {words.number(round(left, -3))}"
    )
    is_close = words.order(row["other_count"], left) == 0
    agree = "The two agree" if is_close else "The two differ, and neither publisher lists which repositories it counts"
    return {key: sentence(f"{first}. {agree}.", _RATIOS)}


def relation_facts(by_relation: pl.DataFrame, ratios: pl.DataFrame) -> Facts:
    """How many of the derivatives are adapters, and who leads with and without them."""
    if ratios.is_empty():
        keys = ("adapters.title", "adapters", "ratios.title", "ratios")
        share_gap = {"published.adapters.share": fact(None, "", _BY_RELATION, "share")}
        return share_gap | {f"published.{key}": sentence(f"{GAP}.", _RATIOS) for key in keys}
    first = ratios.row(0, named=True)
    subject = first["subject"]
    share = dict(by_relation.filter(relation="adapter").select("label", "share").iter_rows())
    by = {relation: _leads(ratios, relation) for relation in ("all", "without_adapters", "finetune")}
    others = [_named(ratios, kind) for kind in (LINE, THIRD)]
    parts = [f"{words.percent(share[name])} of what is built on {name}" for name in (subject, *others)]
    widest = WHOLE if WHOLE in by["all"] else LINE
    every, without = by["all"][widest], by["without_adapters"][widest]
    source = f"{first['publisher']}, {about(first['as_of'], first['as_of_precision'])}"
    return {
        "published.adapters.title": sentence(f"Adapters are {words.listed(parts)}", _BY_RELATION),
        "published.adapters": sentence(
            f"Adapters are {words.listed(parts)} ({source}: direct declared derivatives, by the organisation of the "
            "base).",
            _BY_RELATION,
        ),
        "published.adapters.share": fact(share[subject], words.percent(share[subject]), _BY_RELATION, "share"),
        "published.ratios.title": sentence(_with_and_without(every, without), _RATIOS),
        "published.ratios": sentence(
            f"All relations counted, {_against(by['all'])}. Without adapters, {_against(by['without_adapters'])}. "
            f"{_most_finetunes(by['finetune'])}",
            _RATIOS,
        ),
    }


def _named(ratios: pl.DataFrame, kind: str) -> str:
    return ratios.filter(against=kind)["other"][0]


def _leads(ratios: pl.DataFrame, relation: str) -> dict[str, Lead]:
    """Who has more derivatives by a relation, by what the subject is compared with, in the order shown."""
    rows = {row["against"]: row for row in ratios.filter(relation=relation).iter_rows(named=True)}
    return {
        kind: Lead.of(row["subject"], row["subject_count"], row["other"], row["other_count"])
        for kind in (LINE, WHOLE, THIRD)
        if (row := rows.get(kind))
    }


def _against(leads: dict[str, Lead]) -> str:
    """`Qwen has 3.5 times as many as Meta, 2.5 times as many as Meta with facebook and ...`, each leader named once."""
    parts, last = [], None
    for lead in leads.values():
        is_again = lead.more == last and lead.is_firm and not lead.is_even
        parts.append(lead.clause().removeprefix(f"{lead.more} has ") if is_again else lead.clause())
        last = None if lead.is_even else lead.more
    return words.listed(parts)


def _with_and_without(every: Lead, without: Lead) -> str:
    """Who leads with adapters and who without, in a title."""
    if every.more == without.more and every.ratio and without.ratio and without.is_firm and not without.is_even:
        return (
            f"With adapters {every.more} has {words.times(every.ratio)} times as many derivatives as {every.less}, "
            f"without them {words.times(without.ratio)} times"
        )
    return f"With adapters {every.clause('derivatives')}; without them {without.clause()}"


def _most_finetunes(leads: dict[str, Lead]) -> str:
    """Who of those compared has most fine-tunes."""
    counts: dict[str, float] = {}
    for lead in leads.values():
        counts |= {lead.more: lead.most, lead.less: lead.least}
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    texts = [f"{name} has {words.number(counts[name])}" for name in ranked]
    return f"Of fine-tunes alone {words.listed(texts)}."


# ------------------------------------------------------------------------------------ single bases


def base_facts(by_base: pl.DataFrame, counted: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Which bases of the Hub have most children, and what part of the subject's derivatives they are: an estimate."""
    placed = by_base.drop_nulls("place").sort("place")
    if placed.is_empty():
        gap = sentence("No count of children by base was published by the snapshot’s day.", _BY_BASE)
        share_gap = fact(None, "", _BY_BASE, "share")
        return {
            "published.bases.title": gap,
            "published.bases": gap,
            "published.bases.share": share_gap,
        }
    mine = placed.filter(family=subject)
    many = words.upper(words.word_or_none(mine.height))
    first = placed.row(0, named=True)
    text = (
        f"By a listing of the whole Hub on {words.day(first['as_of'])} ({first['publisher']}) the model with most "
        f"children was {first['model']}, with {words.number(first['children'])}."
    )
    named = [f"{row['model']} ({words.number(row['children'])})" for row in mine.iter_rows(named=True)]
    text += f" {subject}’s among the first {words.word(placed.height)} are {words.listed(named)}." if named else ""
    share = _share_of_largest(mine, counted, subject, reference)
    text += f" {share[1]}" if share else ""
    return {
        "published.bases.title": sentence(
            f"{many} of the {words.word(placed.height)} most built-on models are {subject}’s", _BY_BASE
        ),
        "published.bases": sentence(text, _BY_BASE),
        "published.bases.share": fact(share[0], words.percent(share[0]), _BY_BASE, "share")
        if share
        else fact(None, "", _BY_BASE, "share"),
    }


def largest_of(by_base: pl.DataFrame, family: str) -> str:
    """The family's bases with most children, in words; empty where none has a place."""
    return _called(_largest(by_base.drop_nulls("place").filter(family=family).sort("place")))


def _largest(mine: pl.DataFrame) -> pl.DataFrame:
    """Those of one family's bases that have more children than their mean."""
    return mine.filter(pl.col("children") * mine.height > pl.col("children").sum()) if mine.height > 1 else mine


def _called(largest: pl.DataFrame) -> str:
    """`two models of February 2024`; with their names where they are not of one month."""
    months = largest["released"].dt.truncate("1mo").unique().to_list()
    if len(months) == 1 and months[0]:
        return f"{words.word(largest.height)} {words.plural('model', largest.height)} of {words.month(months[0])}"
    if largest.is_empty():
        return ""
    names = largest["model"].str.split("/").list.last().to_list()
    return words.listed(names)


def _share_of_largest(
    mine: pl.DataFrame, counted: pl.DataFrame, subject: str, reference: str
) -> tuple[float, str] | None:
    """What part of the subject's published derivatives stands on those of its bases that exceed their mean."""
    total = _total(counted, subject, mine["as_of"][0]) if mine.height else None
    if total is None:
        return None
    largest = _largest(mine)
    on_these = sum(largest["children"].to_list())
    share = on_these / total["value"]
    return share, (
        f"{words.listed(largest['model'].to_list())} together have {words.number(on_these)}: about "
        f"{words.percent(share)} of the {words.number(total['value'])} that {total['counter'] or total['publisher']} "
        f"counted for {subject} on {words.day(total['published'])}.{_without(on_these, total, counted, reference)} "
        "That is an estimate: two publishers, two definitions."
    )


def _without(on_these: float, total: dict[str, Any], counted: pl.DataFrame, reference: str) -> str:
    """Who would be ahead without these, where the ratio of the two was published with the total."""
    of_day = counted.filter(subject=total["subject"], denominator=reference, kind=RATIO, published=total["published"])
    if of_day.is_empty():
        return ""
    lead = Lead.of(total["subject"], total["value"] - on_these, reference, total["value"] / of_day["value"][0])
    return f" Without these, and with {reference}’s count as it is, {lead.clause()}."


def _total(counted: pl.DataFrame, subject: str, day: date) -> dict[str, Any] | None:
    """The subject's published derivatives nearest to a day, if any."""
    known = counted.filter(pl.col("kind") == DERIVATIVES, pl.col("subject") == subject)
    nearest = known.sort((pl.col("published") - pl.lit(day)).dt.total_days().abs(), "published", "publisher").head(1)
    return nearest.row(0, named=True) if nearest.height else None
