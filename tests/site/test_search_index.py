"""The search's index: a line a paragraph, so that a sentence can be shown by itself; drawings and tables left out."""

import json
from collections.abc import Callable
from types import ModuleType

BODY = (
    "<p>First &amp; <b>foremost</b>.</p><svg><text>drawn</text></svg><p>Second.</p>"
    '<h2 id="b">Later<a class="permalink" href="#b">#</a></h2><ul><li>One</li><li>Two</li></ul>'
)


def test_paragraphs_stay_apart_and_every_section_names_its_chapter(theme_module: Callable[[str], ModuleType]) -> None:
    text = theme_module("search").script([("a.html", "A", "All of it", BODY)])
    first, second = json.loads(text.removeprefix("window.SEARCH = ").removesuffix(";\n"))
    assert first == {
        "address": "a.html",
        "chapter": "A",
        "heading": "All of it",
        "page": "All of it",
        "text": "First & foremost .\nSecond.",
    }
    assert (second["address"], second["chapter"], second["heading"]) == ("a.html#b", "A", "Later")
    assert second["text"] == "One\nTwo"
