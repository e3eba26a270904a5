"""The feed of editions is valid Atom (RFC 4287), and says the same wherever the site lies."""

import re
from datetime import date
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from pipeline.base.vocabulary import VERDICTS
from pipeline.report import feed

CITED = {"title": "Made report", "authors": [{"name": "A & B"}, {"given-names": "G", "family-names": "F"}]}
ATOM = f"{{{feed.ATOM}}}"


def edition(position: int, published: date | None, **changes: Any) -> dict[str, Any]:
    return {
        "position": position,
        "edition": f"2026-10-0{position}.abcdef01",
        "published": published,
        "snapshot": f"Made <{position}>",
        "coverage": "sample",
        "date": date(2026, 10, position),
        "repositories": 12_000,
        "rule": "as declared",
        "subject": "Qwen",
        "reference": "Llama",
        "subject_derivatives": 300.0,
        "reference_derivatives": 100.0,
        **dict.fromkeys(VERDICTS, 1),
        **changes,
    }


def read(*editions: dict[str, Any], address: str | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(feed.atom(pl.DataFrame(editions, infer_schema_length=None), CITED, address))


def ids(found: ElementTree.Element) -> dict[str | None, str | None]:
    return {entry.findtext(f"{ATOM}title"): entry.findtext(f"{ATOM}id") for entry in found.iter(f"{ATOM}entry")}


TWO = edition(1, date(2026, 11, 2)), edition(2, None)


@pytest.mark.parametrize("address", [None, "https://example.org/report"])
def test_it_has_all_that_the_standard_asks_for(address: str | None) -> None:
    found = read(*TWO, address=address)
    assert found.tag == f"{ATOM}feed"
    assert [name.text for name in found.iter(f"{ATOM}name")] == ["A & B", "G F"]
    parts = [found, *found.findall(f"{ATOM}entry")]
    for part in parts:
        for name in ("title", "id", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T00:00:00Z", part.findtext(f"{ATOM}updated") or "")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", part.findtext(f"{ATOM}id") or "")
        assert [link.get("href") for link in part.findall(f"{ATOM}link[@rel='alternate']")] == [
            f"{address}/changes.html" if address else "changes.html"
        ]
    assert len({part.findtext(f"{ATOM}id") for part in parts}) == len(parts)
    own = [link.get("href") for link in found.findall(f"{ATOM}link[@rel='self']")]
    assert own == ([f"{address}/feed.xml"] if address else [])


def test_the_newest_stands_first_and_dates_the_feed() -> None:
    found = read(*TWO)
    assert [entry.findtext(f"{ATOM}title") for entry in found.iter(f"{ATOM}entry")] == ["Made <1>", "Made <2>"]
    assert found.findtext(f"{ATOM}updated") == "2026-11-02T00:00:00Z"


def test_ids_stay_when_the_site_moves_an_edition_is_published_or_another_comes() -> None:
    before = ids(read(*TWO))
    assert ids(read(*TWO, address="https://example.org")) == before
    after = ids(read(TWO[0], edition(2, date(2026, 12, 1)), edition(3, None)))
    assert {title: after[title] for title in before} == before


def test_another_pair_on_the_same_snapshot_is_another_edition() -> None:
    ours, theirs = read(edition(1, None)), read(edition(1, None, subject="Gemma"))
    assert ids(ours)["Made <1>"] != ids(theirs)["Made <1>"]


def test_an_entry_says_what_the_edition_found() -> None:
    assert feed.summary(edition(1, None)) == (
        "A sample of 12,000 repositories, 1 October 2026. Derivatives counted as declared: Qwen 300 and Llama 100. "
        "Claims that hold: 1 of 6; that fail: 1."
    )
    without = edition(1, None, rule=None, subject_derivatives=None, reference_derivatives=None)
    assert "No rule could compare Qwen and Llama." in feed.summary(without)
