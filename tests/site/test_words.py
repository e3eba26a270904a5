"""Words of the report are explained beside the first paragraph of a page that uses them."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

Load = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def words(theme_module: Load) -> ModuleType:
    return theme_module("words")


def _page(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "root", "children": [{"type": "block", "children": list(children)}]}


def _text(value: str) -> dict[str, Any]:
    return {"type": "text", "value": value}


def _paragraph(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "children": list(children)}


def _explained(words: ModuleType, *children: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def collect(node: dict[str, Any]) -> None:
        if node["type"] == "word":
            found.append(node)
        for child in node.get("children", []):
            collect(child)

    collect(words.explained(_page(*children), words.known()))
    return found


def test_a_word_is_explained_once_a_page_in_the_form_that_it_is_written_in(words: ModuleType) -> None:
    one = _paragraph(_text("Adapters and derivatives of a census."))
    two = _paragraph(_text("A derivative again."))
    assert [node["value"] for node in _explained(words, one, two)] == ["Adapters", "derivatives", "census"]


def test_the_text_around_an_explained_word_stays(words: ModuleType) -> None:
    page = words.explained(_page(_paragraph(_text("Of adapters, most."))), words.known())
    assert "".join(part["value"] for part in page["children"][0]["children"][0]["children"]) == "Of adapters, most."


def test_headings_facts_and_parts_of_words_have_no_notes(words: ModuleType) -> None:
    heading = {"type": "heading", "depth": 2, "children": [_text("Adapters")]}
    fact = {"type": "fact", "key": "a", "value": "adapter"}
    assert _explained(words, heading, _paragraph(fact, _text("condensed"))) == []


def test_a_page_that_explains_a_word_itself_has_no_note_on_it(words: ModuleType) -> None:
    bold = {"type": "strong", "children": [_text("derivative")]}
    assert _explained(words, _paragraph(_text("Derivatives. A "), bold, _text(" is …"))) == []


def test_every_word_is_in_its_own_meaning_and_is_one_id(words: ModuleType) -> None:
    for word in words.known():
        assert re.fullmatch(r"[a-z-]+", word.name)
        assert word.forms.search(word.means), word.name
        assert word.means.endswith(".")
