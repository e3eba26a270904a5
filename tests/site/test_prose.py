"""The sources of the pages: no number is typed, every fact exists, every page opens and closes as the book's do."""

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.base import tables
from pipeline.base.paths import PROJECT
from tests.conftest import Report

PAGES = sorted((PROJECT / "book").glob("*.md"))

NAMES = (
    r"\b(DeepSeek-)?[RV]\d(\.\d)?(-Exp)?",  # models bear their version in their name
    r"GPT-\d",
    r"o1(-mini)?",
    r"Llama \d",
    r"Qwen\d(\.\d)?",
    r"AIME 2024",  # a benchmark
    r"`[^`]*`",  # code: names of files, parameters, tags
)
"""Digits that are part of a name."""

EXCEPTIONS = {
    "index.md": [
        "(2026)",  # the year of the essay
        "at 8 bits",  # as in moe.md
        "at 4\n",
    ],
    "lineage.md": [
        "is 0 when every uploader",  # the ends of the Gini coefficient, by its definition
        "near 1\nwhen one has nearly all",
    ],
    "moe.md": [
        "at 8 bits",  # the width of a number format is its name, and the fact beside it is of that format
        "at 4.",
        "10⁹ bytes",  # what a gigabyte is
        "At 4 bits",
        "(1 − experts per token",  # the formula
    ],
    "calculator.md": ["1 − (1 − experts"],  # the formula
}
"""Per page, the words around each digit that is neither a fact nor part of a name, with the reason."""


def prose(page: Path) -> str:
    """The page's own words: without front matter, cells, roles, citations and addresses of links."""
    text = re.sub(r"\A---\n.*?\n---\n", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"^```\{code-cell\}.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^\([a-z0-9-]+\)=$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\{(fact|cite|cite:[pt]|ref|numref)\}`[^`]*`", "", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def typed(text: str, exceptions: list[str]) -> list[str]:
    """The lines that hold a digit which nothing excuses."""
    for exception in exceptions:
        text = text.replace(exception, "")
    text = re.sub("|".join(NAMES), "", text)
    return [line for line in text.splitlines() if re.search(r"\d", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_number_is_typed_in_prose(page: Path) -> None:
    assert typed(prose(page), EXCEPTIONS.get(page.name, [])) == [], (
        "quote a fact, or list the exception with its reason"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_exception_is_still_needed(page: Path) -> None:
    assert [words for words in EXCEPTIONS.get(page.name, []) if words not in prose(page)] == []


def test_a_typed_number_is_found(tmp_path: Path) -> None:
    page = tmp_path / "made.md"
    page.write_text(
        "---\na: 1\n---\n# Two\n\nQwen has {fact}`a.1` of [these](b-2.html).\n\n```{code-cell}\nx = 3\n```\n"
    )
    assert typed(prose(page), []) == []
    page.write_text("Qwen has 113,000 derivatives, GPT-4 none.\n")
    assert typed(prose(page), []) == ["Qwen has 113,000 derivatives,  none."]


def test_every_fact_that_a_page_quotes_exists(sample: Any) -> None:
    quoted = {key for page in PAGES for key in re.findall(r"\{fact\}`([^`]+)`", page.read_text(encoding="utf-8"))}
    assert sorted(quoted - set(sample.facts())) == []


TURNS = (
    r"\b[Mm]ixtures\b",  # MoE models, the field's name
    r"\basked \S+ times as much\b",
    r"\b0 on 0\b",
    r"\bso many of\b",
    r"\bof those whose\b",
    r"\b[Nn]one of them could use\b",
    r"\bor none or too few\b|, of which it has none\b",
    r"\bone \d+x\b",
    r"\bis the widest flow\b",
    r"\bnan\b|\bNone\b(?= (derivatives|releases|times))",
)
"""Words and turns that made a reader read twice, and never come back: as a pattern each."""


def turned(text: str) -> list[str]:
    """The turns in a text, with the words around them."""
    return [text[max(found.start() - 30, 0) : found.end() + 30] for turn in TURNS for found in re.finditer(turn, text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_reads_as_written_and_not_as_translated(page: Path) -> None:
    assert turned(prose(page)) == []


def test_facts_and_verdicts_read_as_written_and_not_as_translated(sample: Report) -> None:
    facts = [
        (key, fact["text"])
        for path in sorted(sample.paths.out.glob("*/facts.json"))
        for key, fact in tables.read_json(path).items()
    ]
    verdicts = sample.table("claims").select("claim", "why").rows()
    assert {key: found for key, text in [*facts, *verdicts] if (found := turned(text))} == {}


def test_a_turn_is_found() -> None:
    assert len(turned("Mixtures run on one 2x EPYC, so many of them do.")) == 3
