"""What a build cannot show has no figure, no number and no heading: one list at the page's end names it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from pipeline.charts.kit.figure import Absent

FIGURE = '<figure class="chart" id="fig-shown"></figure>'


@pytest.fixture(scope="module")
def nodes(theme_module: Callable[[str], ModuleType]) -> ModuleType:
    return theme_module("nodes")


@pytest.fixture(scope="module")
def hollow(theme_module: Callable[[str], ModuleType]) -> ModuleType:
    return theme_module("hollow")


def output(html: str) -> dict[str, Any]:
    return {"type": "output", "jupyter_data": {"data": {"text/html": {"content": html}}}}


def cell(html: str) -> dict[str, Any]:
    return {"type": "block", "children": [{"type": "outputs", "children": [output(html)]}]}


def heading(text: str, depth: int = 2) -> dict[str, Any]:
    name = text.lower().replace(" ", "-")
    return {"type": "heading", "depth": depth, "html_id": name, "children": [{"type": "text", "value": text}]}


def prose(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "block", "children": list(nodes)}


def paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "children": [{"type": "text", "value": text}]}


def page(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "root", "children": list(blocks)}


def headings(nodes: ModuleType, tree: dict[str, Any]) -> list[str]:
    return [nodes.plain(node) for node in nodes.walk(tree) if node["type"] == "heading"]


ABSENT = Absent("papers", "Who links papers is not known", "No tag of a <paper> is here.").html


def test_a_section_that_shows_nothing_goes_and_its_anchor_leads_to_the_reason(
    hollow: ModuleType, nodes: ModuleType
) -> None:
    tree = page(prose(heading("First")), cell(FIGURE), prose(heading("Papers"), paragraph("How.")), cell(ABSENT))
    found = hollow.without_hollow(tree)
    assert headings(nodes, found) == ["First", "What other data would add"]
    (item,) = (node for node in nodes.walk(found) if node["type"] == "listItem")
    assert item["html_id"] == "papers"
    assert nodes.plain(item) == "Who links papers is not known. No tag of a <paper> is here."


def test_a_reason_that_is_the_title_stands_once(hollow: ModuleType, nodes: ModuleType) -> None:
    for title, reason in [
        ("Too few papers.", "Too few papers."),
        ("Too few papers", "Too few papers: one is counted."),
    ]:
        found = hollow.without_hollow(page(prose(heading("Papers")), cell(Absent("papers", title, reason).html)))
        (item,) = (node for node in nodes.walk(found) if node["type"] == "listItem")
        assert nodes.plain(item) == reason


def test_a_section_with_another_figure_loses_only_the_one_that_is_missing(
    hollow: ModuleType, nodes: ModuleType
) -> None:
    tree = page(prose(heading("Both"), paragraph("How.")), cell(FIGURE), cell(ABSENT), prose(heading("Next")))
    found = hollow.without_hollow(tree)
    assert headings(nodes, found) == ["Both", "Next", "What other data would add"]
    assert [node["html_id"] for node in nodes.walk(found) if node["type"] == "listItem"] == ["fig-papers"]


def test_a_part_of_a_section_goes_alone(hollow: ModuleType, nodes: ModuleType) -> None:
    tree = page(
        prose(heading("Whole")), cell(FIGURE), prose(heading("Part", 3)), cell(ABSENT), prose(heading("Rest", 3))
    )
    assert headings(nodes, hollow.without_hollow(tree)) == ["Whole", "Rest", "What other data would add"]


def test_a_page_that_says_what_would_change_it_gets_no_second_closing(hollow: ModuleType, nodes: ModuleType) -> None:
    tree = page(
        prose(heading("Papers")), cell(ABSENT), prose(heading("What would change this"), paragraph("A census."))
    )
    found = hollow.without_hollow(tree)
    assert headings(nodes, found) == ["What would change this"]
    assert "What other data would add:" in nodes.plain(found)


def test_a_whole_page_is_left_as_it_is(hollow: ModuleType, nodes: ModuleType) -> None:
    tree = page(prose(heading("First")), cell(FIGURE))
    assert hollow.without_hollow(tree) == tree
