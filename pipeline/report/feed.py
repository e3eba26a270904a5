"""The feed of editions, `feed.xml` of the site: an Atom feed (RFC 4287) that readers can subscribe to.

Method: one entry an edition, the newest first, this build among them, with its headline in one sentence. An id follows
from the report's title, the pair and the edition's name, so that it stays when the site moves. An edition counts as
updated on the day of its publication; a build that nobody published, on the day that its snapshot shows, since a clock
would change the bytes of every build.

Drawback: without the site's address the links are relative to the feed, which some feed readers do not resolve.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from xml.etree import ElementTree

import polars as pl

from pipeline.base import words
from pipeline.base.characters import harmless
from pipeline.base.vocabulary import VERDICTS

ATOM = "http://www.w3.org/2005/Atom"
PAGE, FILE = "changes.html", "feed.xml"
"""The page that shows all editions, and the feed's own file."""


def atom(editions: pl.DataFrame, cited: Mapping[str, Any], address: str | None) -> str:
    """The feed. editions: the table of that name; cited: the report's citation; address: of the site, if known."""
    rows = editions.sort(_updated(), "position", descending=True).with_columns(updated=_updated()).to_dicts()
    feed = ElementTree.Element("feed", xmlns=ATOM)
    _add(feed, "title", f"{cited['title']}: editions")
    _add(feed, "id", _id(cited["title"]))
    _add(feed, "updated", _time(rows[0]["updated"]))
    _link(feed, PAGE, address)
    if address:
        ElementTree.SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{address}/{FILE}")
    for name in _names(cited["authors"]):
        _add(ElementTree.SubElement(feed, "author"), "name", name)
    for row in rows:
        entry = ElementTree.SubElement(feed, "entry")
        _add(entry, "title", row["snapshot"])
        _add(entry, "id", _id(cited["title"], row["subject"], row["reference"], row["edition"]))
        _add(entry, "updated", _time(row["updated"]))
        _link(entry, PAGE, address)
        _add(entry, "summary", summary(row))
    ElementTree.indent(feed)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(feed, encoding="unicode")}\n'


def summary(row: Mapping[str, Any]) -> str:
    """What an edition says, in a few words. row: of the table `editions`."""
    holds, fails, every = row["holds"], row["fails"], sum(row[verdict] for verdict in VERDICTS)
    verdicts = f"Claims that hold: {holds} of {every}; that fail: {fails}."
    shown = f"A {row['coverage']} of {words.number(row['repositories'])} repositories, {words.day(row['date'])}."
    return f"{shown} {_headline(row)} {verdicts}"


def _headline(row: Mapping[str, Any]) -> str:
    if row["subject_derivatives"] is None:
        return f"No rule could compare {row['subject']} and {row['reference']}."
    counts = {row["subject"]: row["subject_derivatives"], row["reference"]: row["reference_derivatives"]}
    sides = " and ".join(f"{name} {words.number(count)}" for name, count in counts.items())
    return f"Derivatives counted {row['rule']}: {sides}."


def _updated() -> pl.Expr:
    return pl.coalesce("published", "date")


def _id(*names: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(names)).urn


def _time(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _names(authors: Iterable[Mapping[str, str]]) -> list[str]:
    """Authors of CITATION.cff by name, `Given Family` where they are persons."""
    return [each.get("name") or " ".join(each[key] for key in ("given-names", "family-names")) for each in authors]


def _add(element: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(element, name).text = harmless(text)  # no XML can hold a control character


def _link(element: ElementTree.Element, page: str, address: str | None) -> None:
    href = f"{address}/{page}" if address else page
    ElementTree.SubElement(element, "link", rel="alternate", type="text/html", href=href)
