"""What a quotable fact is: a value with its words, its unit and the table it is from."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypedDict

from pipeline.base import words
from pipeline.base.errors import SiteError
from pipeline.base.params import Params


class Fact(TypedDict):
    """One quotable value."""

    value: Any
    text: str
    unit: str | None
    source: str


Facts = dict[str, Fact]


class PageFacts(dict[str, Fact]):
    """The facts that one page's figures may quote, by key."""

    def __init__(self, facts: Mapping[str, Fact], chapters: Iterable[str] = ()) -> None:
        """chapters: those that the page loads; named where a key is unknown."""
        super().__init__(facts)
        self.chapters = tuple(chapters)

    def text(self, key: str) -> str:
        """A fact in words. Raises SiteError for a key that none of the page's chapters has."""
        return self[key]["text"]

    def value(self, key: str) -> Any:
        """A fact's value, None where it is missing. Raises SiteError for a key that none of the chapters has."""
        return self[key]["value"]

    def __missing__(self, key: str) -> Fact:
        raise SiteError(
            f"no fact {key}",
            where=f"the facts of {', '.join(self.chapters)}" if self.chapters else "the facts given",
            next_step="quote a key of their facts.json, or name its chapter in the page's `load.facts(...)`",
        )

    def __or__(self, more: Mapping[str, Fact]) -> "PageFacts":  # pyright: ignore[reportIncompatibleMethodOverride]
        """These facts and some more, which win."""
        return PageFacts({**self, **more}, self.chapters)


def fact(value: Any, text: str, source: str, unit: str | None = None) -> Fact:
    """One fact: value, its words, the table it is from, its unit. Where the value is None, the words say so instead."""
    if value is None:
        return Fact(value=None, text=words.NOT_HERE, unit=unit, source=source)
    if isinstance(value, date):
        value = value.isoformat()
    return Fact(value=value, text=text, unit=unit, source=source)


def sentence(text: str, source: str) -> Fact:
    """A fact that is a clause or sentence."""
    return Fact(value=text, text=text, unit=None, source=source)


def report_facts(params: Params) -> Facts:
    """Facts on the parameters of the report: subject, reference, grouping and the least number of derivatives."""
    source = "params.yaml"
    return {
        "report.subject": sentence(params.report.subject, source),
        "report.reference": sentence(params.report.reference, source),
        "report.minimum_derivatives": fact(
            params.derivatives.minimum_derivatives, words.number(params.derivatives.minimum_derivatives), source
        ),
        "report.grouping": sentence(params.report.grouping, source),
    }
