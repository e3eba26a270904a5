"""The report's words, explained in the margin where a page uses them first.

Readers enter at any page, so each page explains the words that it uses, and no page interrupts its text for it. Notes
stand beside paragraphs alone: headings, tables and figures keep their words as they are. Drawback: a word is known by
its form, so `words.yaml` may only list forms that have one meaning in all of the report.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Word:
    """A word: its name, the forms in which pages write it, and what it means."""

    name: str
    forms: re.Pattern[str]
    means: str


@cache
def known() -> tuple[Word, ...]:
    """The words of the report."""
    listed = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
    return tuple(
        Word(name, re.compile(rf"\b(?:{word['forms']})\b", re.IGNORECASE), word["means"])
        for name, word in listed.items()
    )


def explained(tree: Node, words: Sequence[Word]) -> Node:
    """The page with a node `word` (`value` as it is written, `name`, `means`) for each first use in a paragraph."""
    own = {word for word in words if any(word.forms.fullmatch(text) for text in _in_bold(tree))}
    return _explained(tree, [word for word in words if word not in own])


def _in_bold(node: Node) -> Iterator[str]:
    """What a page writes in bold, where it explains a word."""
    if node["type"] == "strong":
        yield "".join(child.get("value", "") for child in node.get("children", []))
    for child in node.get("children", []):
        yield from _in_bold(child)


def _explained(node: Node, left: list[Word]) -> Node:
    """The same of a part; `left` are the words that still have no note, and gets shorter."""
    if node["type"] == "paragraph":
        return {**node, "children": [part for child in node["children"] for part in _parts(child, left)]}
    if node["type"] in ("root", "block"):
        return {**node, "children": [_explained(child, left) for child in node.get("children", [])]}
    return node


def _parts(node: Node, left: list[Word]) -> list[Node]:
    """A text, parted where words stand that have no note yet; other nodes as they are."""
    if node["type"] != "text":
        return [node]
    found = [(match, word) for word in left if (match := word.forms.search(node["value"]))]
    if not found:
        return [node]
    match, word = min(found, key=lambda pair: pair[0].start())
    left.remove(word)
    before, after = node["value"][: match.start()], node["value"][match.end() :]
    noted = {"type": "word", "value": match[0], "name": word.name, "means": word.means}
    return [{**node, "value": before}, noted, *_parts({**node, "value": after}, left)]
