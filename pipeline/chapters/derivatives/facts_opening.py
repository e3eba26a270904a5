"""What stands on top of the report: whose derivatives they are, since when, and what they are made of.

Each sentence follows from the first and the last dated count of both (`lead`), from the published table by relation
and from the published children of single bases. Where the first says nothing, the grid speaks; where the others say
nothing, as before anybody had published them, that is said. Where the data say otherwise, the words turn round.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Fact, Facts, sentence
from pipeline.base.params import Report
from pipeline.base.vocabulary import NOT_STATED
from pipeline.chapters.derivatives.facts_lead import ends, had, lead_of, when

_LEAD = "data/out/derivatives/lead.parquet"
_RELATIONS = "data/out/derivatives/published_by_relation.parquet"


def opening_facts(
    lead: pl.DataFrame, counters: Mapping[str, str | None], largest: str, known: Mapping[str, Fact], report: Report
) -> Facts:
    """The title and the first sentences.

    lead: the table `lead`. counters: who counted, by publisher. largest: the subject's bases with most children, in
    words. known: the facts of this chapter.
    """
    first, last = ends(lead.filter(kind="stock").sort("date"), report.subject, report.reference)
    leader = lead_of(last).leader if last else None
    return {
        "opening.title": sentence(_title(leader, report), _LEAD),
        "opening.sentence": sentence(
            _turned(first, last, counters) or known["derivatives.grid.sentence"]["text"], _LEAD
        ),
        "opening.but": sentence(_made_of(known, largest, report, leader), _RELATIONS),
        "opening.sure": sentence(_sure(first, last, counters, known), _LEAD),
    }


def _title(leader: str | None, report: Report) -> str:
    if leader is None:
        return f"Who builds on {report.subject}, and who on {report.reference}"
    return f"Why so many build on {leader}"


def _turned(first: dict[str, Any] | None, last: dict[str, Any] | None, counters: Mapping[str, str | None]) -> str:
    """`In July 2024 Llama had 2.4 times as many derivatives as Qwen. In August 2026 Hugging Face counted ...`."""
    if first is None or last is None:
        return ""
    then = _counted(first, counters)
    return then if first["date"] == last["date"] else f"{then} {_counted(last, counters)}"


def _counted(row: dict[str, Any], counters: Mapping[str, str | None]) -> str:
    """One count of both, with who made it where that was not this project."""
    lead, then = lead_of(row), words.upper(when(row))
    if row["publisher"] is None or lead.is_even:
        return f"{then} {had(lead, 'derivatives')}."
    counter = counters.get(row["publisher"]) or row["publisher"]
    return f"{then} {counter} counted {words.times(lead.ratio or 1)} times as many for {lead.more} as for {lead.less}."


def _sure(
    first: dict[str, Any] | None,
    last: dict[str, Any] | None,
    counters: Mapping[str, str | None],
    known: Mapping[str, Fact],
) -> str:
    """What the first sentences rest on: whose count each is, and of which table and estimate the shares are."""
    if first is None or last is None:
        return "How sure? It rests on the rules of this build alone, since no dated count compares the two."
    rows = [first] if first["date"] == last["date"] else [first, last]
    parts = [f"The count {when(row)} is {_whose(row, counters)}." for row in rows]
    share, bases = known["published.adapters.share"], known["published.bases.share"]
    if share["value"] is not None:
        parts.append(f"The {share['text']} are of a published table without a day.")
    if bases["value"] is not None:
        parts.append(f"The {bases['text']} are our estimate from the counts of two publishers.")
    return f"How sure? {' '.join(parts)}"


def _whose(row: Mapping[str, Any], counters: Mapping[str, str | None]) -> str:
    """`this project’s own, of a census`, or `Hugging Face’s, by a rule that it does not state`."""
    if row["publisher"] is None:
        return "this project’s own, of a census"
    counter = counters.get(row["publisher"]) or row["publisher"]
    return f"{counter}’s, by a rule that it does not state" if NOT_STATED in row["rule"] else f"{counter}’s"


def _made_of(known: Mapping[str, Fact], largest: str, report: Report, leader: str | None) -> str:
    """`But 70% of Qwen’s are adapters and an estimated 42% are built on two models, ...`, or that neither is known."""
    share, bases = known["published.adapters.share"], known["published.bases.share"]
    parts = []
    if share["value"] is not None:
        of = f" of {report.subject}’s" if leader == report.subject else ""
        parts.append(f"{share['text']}{of} are adapters")
    if bases["value"] is not None:
        parts.append(f"an estimated {bases['text']} are built on {largest}")
    if not parts:
        return "By that day the register has no count of what they are made of."
    text = f"{words.listed(parts)}."
    return f"But {text}" if leader == report.subject else f"Of what is built on {report.subject}, {text}"
