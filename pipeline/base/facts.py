"""What a quotable fact is: a value with its words, its unit and the table it is from."""

from datetime import date
from typing import Any, TypedDict

from pipeline.base import words
from pipeline.base.params import Params


class Fact(TypedDict):
    """One quotable value."""

    value: Any
    text: str
    unit: str | None
    source: str


Facts = dict[str, Fact]


def fact(value: Any, text: str, source: str, unit: str | None = None) -> Fact:
    """One fact; a missing value is told as missing, whatever its words were."""
    if value is None:
        return Fact(value=None, text=words.NOT_HERE, unit=unit, source=source)
    if isinstance(value, date):
        value = value.isoformat()
    return Fact(value=value, text=text, unit=unit, source=source)


def sentence(text: str, source: str) -> Fact:
    """A fact that is a clause or sentence."""
    return Fact(value=text, text=text, unit=None, source=source)


def report_facts(params: Params) -> Facts:
    """Whom the report is about."""
    source = "params.yaml"
    return {
        "report.subject": sentence(params.report.subject, source),
        "report.reference": sentence(params.report.reference, source),
        "report.minimum_derivatives": fact(
            params.derivatives.minimum_derivatives, words.number(params.derivatives.minimum_derivatives), source
        ),
        "report.grouping": sentence(params.report.grouping, source),
    }
