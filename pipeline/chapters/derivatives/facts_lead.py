"""What may be quoted of how the lead turned: who led when, by whose count, each with its date and basis.

Every sentence is made from rows of the table `lead`, so a register or an edition that says otherwise turns it round.
"""

import itertools
from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.base.lead import Lead
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.derivatives.facts_relations import about
from pipeline.chapters.derivatives.lead import BY_RELATION, MONTHLY, PUBLISHED, RULES

_SOURCE = "data/out/derivatives/lead.parquet"
_DIRECT = RULES["direct"]
_RELATIONS = {
    RULES["direct.finetune"]: "fine-tunes",
    RULES["direct.adapter"]: "adapters",
    RULES["direct.quantized"]: "quantizations",
    RULES["direct.merge"]: "merges",
}
MEANT = {
    RULES["direct.all.mirrors_to_original"]: "if what is built on copies counts for the original",
    RULES["direct.all.mirrors_quantized_to_original"]: "if quantized copies count so too",
    RULES["transitive"]: "if indirect derivatives count too",
    RULES["direct.all.series_as_one"]: "if a series counts once",
    RULES["direct.all.uploaders"]: "if uploaders are counted",
    RULES["direct.without_adapters"]: "without adapters",
    RULES["direct.finetune"]: "of fine-tunes alone",
    RULES["direct.adapter"]: "of adapters alone",
    RULES["direct.quantized"]: "of quantizations alone",
    RULES["direct.merge"]: "of merges alone",
}
"""What a rule means, after a ratio."""
NOTHING = "Neither an edition nor a published count compares {subject} with {reference}"


def facts(tables: Tables, params: Params, grid: str) -> Facts:
    """Facts on how the lead turned. grid: the title of what every rule gives, where nothing dated compares the two."""
    found = lead_facts(tables["lead"], params.report.subject, params.report.reference)
    first = tables["lead"].is_empty()
    return found | {
        "derivatives.lead.finding": sentence(grid if first else found["derivatives.lead.title"]["text"], _SOURCE)
    }


def lead_facts(rows: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Every fact of the table `lead`; a sentence that nothing supports is empty."""
    every = rows.filter(pl.col("rule") != BY_RELATION["without_adapters"])
    stocks, flows = every.filter(kind="stock").sort("date"), every.filter(kind="flow").sort("date")
    ours, theirs = stocks.filter(pl.col("basis") != PUBLISHED), stocks.filter(basis=PUBLISHED)
    parts = {
        "census": census(ours),
        "turned": turned(stocks, subject, reference),
        "month": last_month(rows),
        "now": now(theirs),
        "flow": flow(flows.filter(pl.col("rule") != MONTHLY)),
    }
    nothing = NOTHING.format(subject=subject, reference=reference)
    found = [text for text in parts.values() if text]
    texts = {
        "title": title(stocks, flows, subject, reference) or nothing,
        "sentence": " ".join(found) or f"{nothing}.",
        **parts,
    }
    return {f"derivatives.lead.{key}": sentence(text, _SOURCE) for key, text in texts.items()}


Row = dict[str, Any]


def lead_of(row: Row) -> Lead:
    """Who is ahead in a row. A ratio that was published alone stands for counts against one."""
    most, least = row["subject_count"], row["reference_count"]
    if most is None or least is None:
        most, least = row["ratio"] * 1e6, 1e6
    return Lead.of(row["subject"], most, row["reference"], least)


def ends(stocks: pl.DataFrame, subject: str, reference: str) -> tuple[Row | None, Row | None]:
    """The first and the last count of the two groups themselves; of what is nearest to them where there is none.

    Counts of the groups go before those of their makers, on one day ours before others', the first rule before others.
    """
    if stocks.is_empty():
        return None, None
    alike = stocks.filter(pl.col("subject") == subject, pl.col("reference") == reference)
    alike = stocks if alike.is_empty() else alike
    order = list(RULES.values())
    ranked = alike.with_columns(
        place=pl.col("rule").replace_strict({rule: n for n, rule in enumerate(order)}, default=len(order))
    ).sort("date", "place", "publisher", "source")
    first = ranked.row(0, named=True)
    last = ranked.filter(pl.col("date") == ranked["date"].max()).row(0, named=True)
    return first, last


def title(stocks: pl.DataFrame, flows: pl.DataFrame, subject: str, reference: str) -> str | None:
    """The first and the last stock as one line; a flow alone where there is no stock."""
    first, last = ends(stocks, subject, reference)
    if first is None or last is None:
        newest = flows.filter(pl.col("rule") == _DIRECT).tail(1).to_dicts() or flows.tail(1).to_dicts()
        return f"Of what was new {when(newest[0])}, {lead_of(newest[0]).clause('derivatives')}" if newest else None
    one, other = lead_of(first), lead_of(last)
    if first["date"] == last["date"]:
        return words.upper(f"{when(first)} {had(one, 'derivatives')}")
    if one.leader and other.leader and one.leader != other.leader:
        return f"{one.leader} led {_to_one(one)} {when(first)}, {other.leader} {_to_one(other)} {when(last)}"
    if one.leader and one.leader == other.leader:
        return f"{one.leader} led {_to_one(one)} {when(first)} and {_to_one(other)} {when(last)}"
    return f"{words.upper(when(first))} {had(one, 'derivatives')}; {when(last)} {had(other, 'derivatives')}"


def _to_one(lead: Lead) -> str:
    return f"{words.times(lead.ratio or 1)} to 1"


def when(row: Row) -> str:
    """`in July 2024`, as exact as the date is."""
    day: date = row["date"]
    return about(day, "month" if row["precision"] == "day" else row["precision"])


_CHOSEN = "A collector picked these repositories over some days, so this is no total"


def census(ours: pl.DataFrame) -> str:
    """What the newest census of ours counted, by its first rule and by the others."""
    if ours.is_empty():
        return ""
    rows = ours.filter(pl.col("date") == ours["date"].max())
    order = {rule: n for n, rule in enumerate(RULES.values())}
    first, *others = sorted(rows.filter(basis=rows["basis"].min()).to_dicts(), key=lambda row: order[row["rule"]])
    lead = lead_of(first)
    then = had(lead, f"{first['rule']} derivatives")
    text = f"On {words.day(first['date'])} {then}, {lead.counts} ({first['source']})."
    if not others:
        return text
    listed = words.listed([f"{_more(lead_of(row), lead)} {MEANT.get(row['rule'], row['rule'])}" for row in others])
    return f"{text} By other rules the lead is {listed}."


def had(lead: Lead, what: str) -> str:
    """`Llama had 2.4 times as many direct derivatives as Qwen`."""
    if lead.is_even:
        return f"{lead.more} and {lead.less} had about as many {what}"
    return f"{lead.more} had {words.times(lead.ratio or 1)} times as many {what} as {lead.less}"


def _more(lead: Lead, than: Lead) -> str:
    """`2.9 times`; with the name where another is ahead than by the first rule."""
    if lead.is_even:
        return "about as many"
    return f"{words.times(lead.ratio or 1)} times{'' if lead.more == than.more else f' for {lead.more}'}"


def turned(stocks: pl.DataFrame, subject: str, reference: str) -> str:
    """Between which two counts of both the leader changed."""
    alike = stocks.filter(pl.col("subject") == subject, pl.col("reference") == reference)
    first_rule = alike.filter((pl.col("rule") == _DIRECT) | (pl.col("basis") == PUBLISHED)).sort("date", "source")
    rows = first_rule.to_dicts()
    changes = [(a, b) for a, b in itertools.pairwise(rows) if (a["ratio"] - 1) * (b["ratio"] - 1) < 0]
    if not changes:
        leaders = {lead.leader for row in rows if (lead := lead_of(row)).leader}
        if len(rows) > 1 and len(leaders) == 1:
            return f"By each of {words.word(len(rows))} dated counts {leaders.pop()} is ahead."
        return ""
    before, after = changes[-1]
    return (
        f"The lead turned between {_dated(before)} ({_whose(before)}) and {_dated(after)} "
        f"({_whose(after)}), when {lead_of(after).more} had {_ratio_text(after)}. The register has no "
        "count of both between."
    )


def _dated(row: Row) -> str:
    """The date after a word of one's own: `11 July 2024`, `August 2026`."""
    return about(row["date"], row["precision"]).removeprefix("in ")


def _whose(row: Row) -> str:
    return f"published by {row['publisher']}" if row["basis"] == PUBLISHED else f"this project’s count, {row['source']}"


def _ratio_text(row: Row) -> str:
    lead = lead_of(row)
    least = "more than " if row["is_lower_bound"] else ""
    return f"{least}{words.times(lead.ratio or 1)} times as many"


def last_month(rows: pl.DataFrame) -> str:
    """What was new in the last whole month of the newest census: the lead among new ones turns before that of all."""
    months = rows.filter(rule=MONTHLY)
    if months.is_empty():
        return ""
    stocks = rows.filter(pl.col("kind") == "stock", pl.col("basis").is_in(months["basis"].unique().implode()))
    last = stocks["date"].max()
    whole = months.filter(pl.col("date").dt.month_end() <= pl.lit(last)).sort("date")
    if whole.is_empty():
        return ""
    row = whole.row(-1, named=True)
    lead = lead_of(row)
    return (
        f"In {words.month(row['date'])}, the last whole month of that census, {lead.more} gained "
        f"{words.number(lead.most)} direct derivatives and {lead.less} {words.number(lead.least)}"
        f"{_without_series(row)}."
    )


def _without_series(row: Row) -> str:
    """Who had more of what was new without series, where that was counted."""
    in_series = row["subject_in_series"], row["reference_in_series"]
    if None in in_series:
        return ""
    without = (row[f"{side}_count"] - many for side, many in zip(("subject", "reference"), in_series, strict=True))
    subject, reference = without
    lead = Lead.of(row["subject"], subject, row["reference"], reference)
    if not lead.is_firm:
        return ""
    gained = "the two gained about as many" if lead.is_even else f"{lead.more} gained more"
    return f". Without uploads in series, {gained}: {lead.counts}"


def now(theirs: pl.DataFrame) -> str:
    """The last published counts, against each of the reference's names."""
    if theirs.is_empty():
        return ""
    newest = theirs.filter(pl.col("date") == theirs["date"].max())
    rows = newest.sort(-pl.col("ratio").log().abs(), "subject", "reference").to_dicts()
    publishers = words.listed(list(dict.fromkeys(row["publisher"] for row in rows)))
    leads = [lead_of(row) for row in rows]
    listed = words.listed(
        [
            f"{words.times(lead.ratio or 1)} times as many as {lead.less}"
            if n and lead.more == leads[n - 1].more and not lead.is_even and not leads[n - 1].is_even
            else had(lead, "derivatives")
            for n, lead in enumerate(leads)
        ]
    )
    return f"{words.upper(when(rows[0]))} {listed}, as published ({publishers})."


def flow(flows: pl.DataFrame) -> str:
    """What was new in the days of the newest flow: all relations, then each that has enough of both."""
    if flows.is_empty():
        return ""
    rows = flows.filter(pl.col("date") == flows["date"].max()).to_dicts()
    rules = {row["rule"]: lead_of(row) for row in rows}
    whole = rules.get(_DIRECT) or next(iter(rules.values()))
    text = (
        f"Of what a collector saw in the days up to {words.day(rows[0]['date'])} ({rows[0]['source']}), "
        f"{whole.clause('direct derivatives')}, {whole.counts}"
    )
    by_relation = {name: rules[rule] for rule, name in _RELATIONS.items() if rule in rules}
    after = f"{_reach(rows)} {_CHOSEN}{_launches(rows[0])}."
    if not by_relation:
        return f"{text}.{after}"
    alike = all(lead.leader == whole.leader for lead in by_relation.values())
    listed = [
        f"{words.times(lead.ratio or 1)} times as many {name}{'' if alike else f' for {lead.more}'}"
        for name, lead in by_relation.items()
    ]
    ahead = (
        f"; {whole.more} is ahead in each relation that has enough of both"
        if alike and whole.leader
        else "; by relation"
    )
    return f"{text}{ahead}: {words.listed(listed)}.{after}"


def _reach(rows: list[Row]) -> str:
    """The least and the most that any rule of the figure gives."""
    if len(rows) < 3:
        return ""
    ahead = lead_of(rows[0]).more
    upwards = sorted(rows, key=lambda row: (row["ratio"] if row["subject"] == ahead else 1 / row["ratio"], row["rule"]))
    least, *_, most = upwards
    ends = [f"{_more(lead_of(row), lead_of(most))} ({row['rule']})" for row in (least, most)]
    return f" Over all rules that is {' to '.join(ends)}."


def _launches(row: Row) -> str:
    """What either released in the month before, which draws derivatives."""
    many = {row[side]: row[f"{side}_releases"] for side in ("subject", "reference")}
    if not any(many.values()):
        return ""
    had = [f"{name} had {words.counted(count, 'release') if count else 'none'}" for name, count in many.items()]
    return f". Launches draw derivatives: in the month before, {words.listed(had)}"
