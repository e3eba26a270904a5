"""One comparison of the snapshot with another count: a row of `schema.Reconciliation`."""

from datetime import date
from typing import Any

from pipeline.base import words

Row = dict[str, Any]

TOLERANCE = 0.05
"""Share by which two counts of about the same day may differ."""
SHOWN = 12
"""Rows of one kind at most: the largest."""


def row(
    topic: str,
    subject: str,
    measure: str,
    finding: str,
    *,
    outcome: str = "noted",
    against: str = "",
    expected: float | None = None,
    found: float | None = None,
    source: str = "",
) -> Row:
    """One comparison; the words are those of `schema.Reconciliation`."""
    return {
        "topic": topic,
        "subject": subject,
        "measure": measure,
        "against": against,
        "expected": expected,
        "found": found,
        "outcome": outcome,
        "finding": finding,
        "source": source,
    }


def absent(topic: str, subject: str, measure: str, why: str, **more: Any) -> Row:
    """A comparison that this snapshot cannot make."""
    return row(topic, subject, measure, f"Not in this snapshot: {why}.", outcome="not_in_this_snapshot", **more)


def incomparable(topic: str, subject: str, measure: str, why: str, **more: Any) -> Row:
    """Two counts that stand side by side and say nothing of each other."""
    return row(topic, subject, measure, f"{words.upper(why)}.", outcome="cannot_be_compared", **more)


def none_expected(topic: str, subject: str, measure: str, finding: str, found: int, **more: Any) -> Row:
    """A count that agrees where it is 0."""
    outcome = "differs" if found else "agrees"
    return row(topic, subject, measure, finding, expected=0.0, found=found, outcome=outcome, **more)


def counted(count: int, noun: str) -> str:
    """`3 repositories`, `1 repository`, `0 repositories`; `noun` is the singular."""
    return f"{words.number(count)} {words.plural(noun, count)}"


def dated(publisher: str, day: date, precision: str = "day") -> str:
    """What a row is compared with: who counted, and when, as exactly as that is known."""
    return f"{publisher}, {words.dated(day, precision)}"
