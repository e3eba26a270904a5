"""The search of the report shows chapter and sentence, and finds the explorer's names."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

OPTIONS = "#search-found [role=option]"


def searched(page: Any, text: str) -> list[str]:
    """What the search shows, once the explorer's names are there too."""
    page.keyboard.press("/")
    page.wait_for_selector("#search-words")
    page.fill("#search-words", text)
    page.wait_for_function("document.querySelector('.search-count').textContent !== ''")
    page.wait_for_timeout(300)
    return page.locator(OPTIONS).all_text_contents()


def test_a_section_stands_with_its_chapter_and_a_sentence_that_has_the_words(visit: Any) -> None:
    window = visit()
    page = window.open("derivatives")
    searched(page, "rent run")
    first = page.locator(OPTIONS).first
    assert first.locator("span").text_content()
    assert {mark.lower() for mark in first.locator("small mark").all_text_contents()} == {"rent", "run"}
    assert window.errors == []


def test_the_model_that_was_typed_comes_first_and_opens_the_explorer(visit: Any) -> None:
    window = visit()
    page = window.open("cost")
    found = searched(page, "deepseek-r1")
    assert found[0] == "deepseek-ai/DeepSeek-R1Explorer › model"
    assert len(found) > 4
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => (document.querySelector('.explorer-view h3') || {}).textContent === 'deepseek-ai/DeepSeek-R1'"
    )
    assert window.errors == []
    assert window.foreign == []


def test_from_the_explorers_own_page_a_name_opens_too(visit: Any) -> None:
    page = visit().open("explorer")
    assert searched(page, "meta-llama/Llama-3.1-8B")[0].startswith("meta-llama/Llama-3.1-8BExplorer")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.explorer-view h3').textContent === 'meta-llama/Llama-3.1-8B'")


@pytest.mark.parametrize("text", ["zzznowhere", "<img src=x onerror=alert(1)>"])
def test_nothing_found_says_what_to_try(text: str, visit: Any) -> None:
    window = visit()
    page = window.open("cost")
    assert searched(page, text) == []
    assert page.text_content(".search-count") == "Nothing found. Try one word of it, or the name of a model."
    assert window.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_open_search_and_targets_are_large(scheme: str, visit: Any) -> None:
    page = visit(width=360, scheme=scheme).open("cost")
    assert searched(page, "qwen")
    assert all(box["height"] >= 44 for option in page.locator(OPTIONS).all() if (box := option.bounding_box()))
    found = Axe().run(page, context="dialog.search").response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")] == []
