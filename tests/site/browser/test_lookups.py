"""What a reader types opens what they mean: the explorer's hardest look-ups, in a real browser, from files."""

from typing import Any

import pytest

HEADING = ".explorer-view h3"

MEANT = {
    "deepseek-r1": "model=deepseek-ai/DeepSeek-R1",
    "Llama-3.1-8B": "model=meta-llama/Llama-3.1-8B",
    "DEEPSEEK-AI/deepseek-v3": "model=deepseek-ai/DeepSeek-V3",
    "LLAMA 3.3 70B INSTRUCT": "model=meta-llama/Llama-3.3-70B-Instruct",
    "7b qwen2.5 instruct": "model=Qwen/Qwen2.5-7B-Instruct",
    "qwen 2.5 7b": "model=Qwen/Qwen2.5-7B",
    "r1 distill qwen 32b": "model=deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
    "qwen": "family=Qwen",
    "gpt oss": "family=gpt-oss",
    "bartowski": "uploader=bartowski",
    "meta-llama": "uploader=meta-llama",
    "openhermes mistral 2.5": "model=teknium/OpenHermes-2.5-Mistral-7B",
}
"""What is typed, and the entry that is meant: longer neighbours, words in another order, capitals, groups."""


@pytest.mark.parametrize(("typed", "meant"), MEANT.items(), ids=MEANT)
def test_what_is_typed_opens_what_is_meant(typed: str, meant: str, visit: Any) -> None:
    window = visit()
    page = window.open("explorer")
    page.fill("#explorer-input", typed)
    page.keyboard.press("Enter")
    name = meant.partition("=")[2]
    page.wait_for_function(f"name => document.querySelector({HEADING!r}).textContent === name", arg=name)
    page.wait_for_function("meant => decodeURIComponent(location.hash) === '#' + meant", arg=meant)
    assert window.errors == []


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("llama zzznowhere", "No name here has the word “zzznowhere”. Try one word of the name"),
        ("zzznowhere", "No name here has the word “zzznowhere”. Try one word of the name"),
        ("bartowski deepseek-v3", "No name here has all of these words. Try one word of the name"),
        ("<img src=x onerror=alert(1)>", "No name here has the word “<img” or “src=x” or “onerror=alert(1)>”."),
    ],
)
def test_nothing_found_says_so_and_what_to_try(typed: str, answer: str, visit: Any) -> None:
    window = visit()
    page = window.open("explorer")
    before = page.text_content(HEADING)
    page.fill("#explorer-input", typed)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "answer => document.querySelector('.explorer-status').textContent.startsWith(answer)", arg=answer
    )
    assert page.text_content(HEADING) == before
    assert page.input_value("#explorer-input") == typed
    assert page.locator(".explorer-status img").count() == 0
    assert window.errors == []


def test_a_distilled_release_shows_its_base_and_its_teacher(visit: Any) -> None:
    page = visit().open("explorer", "#model=deepseek-ai/DeepSeek-R1-Distill-Qwen-32B")
    made = "h4:has-text('What its maker made it from') + ul"
    assert page.locator(f"{made} li").all_text_contents() == [
        "Qwen/Qwen2.5-32B as base",
        "deepseek-ai/DeepSeek-R1 as teacher",
    ]
    summary = str(page.text_content(f"{HEADING} + p"))
    assert "Its maker started from Qwen/Qwen2.5-32B and trained it on answers of deepseek-ai/DeepSeek-R1." in summary
    assert "built on nothing" not in summary
    page.click(f"{made} a >> nth=1")
    page.wait_for_function(f"document.querySelector({HEADING!r}).textContent === 'deepseek-ai/DeepSeek-R1'")
    into = page.locator("h4:has-text('What makers made from it') + ul li").all_text_contents()
    assert "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B with this as teacher" in into


def test_the_tree_of_an_edition_is_labelled_and_opens_further(visit: Any) -> None:
    window = visit()
    page = window.open("explorer", "#model=mistralai/Mistral-7B-v0.1")
    page.wait_for_selector("h4:has-text('Built on it in the census of July 2024')")
    assert "(Hugging Face on 11 July 2024)" in str(page.text_content(".explorer-note"))
    tree = page.locator(".explorer-note + .explorer-tree")
    assert tree.locator("ul ul").count() == 0
    closed = tree.locator("details:not([open]) > summary").first
    closed.focus()
    page.keyboard.press("Enter")
    tree.locator("ul ul").first.wait_for()
    assert tree.locator("ul ul li").count() > 0
    assert window.errors == []
