"""What a build cannot show has no figure, no number and no heading: one list at the page's end names it."""

import sys
from typing import Any

from pipeline.base.paths import PROJECT
from pipeline.charts.kit.figure import Absent

sys.path.insert(0, str(PROJECT / "book" / "theme"))

import hollow
from nodes import plain, walk

FIGURE = '<figure class="chart" id="fig-shown"></figure>'


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


def headings(tree: dict[str, Any]) -> list[str]:
    return [plain(node) for node in walk(tree) if node["type"] == "heading"]


ABSENT = Absent("papers", "Who links papers is not known", "No tag of a <paper> is here.").html


def test_a_section_that_shows_nothing_goes_and_its_anchor_leads_to_the_reason() -> None:
    tree = page(prose(heading("First")), cell(FIGURE), prose(heading("Papers"), paragraph("How.")), cell(ABSENT))
    found = hollow.without_hollow(tree)
    assert headings(found) == ["First", "What other data would add"]
    (item,) = (node for node in walk(found) if node["type"] == "listItem")
    assert item["html_id"] == "papers"
    assert plain(item) == "Who links papers is not known. No tag of a <paper> is here."


def test_a_section_with_another_figure_loses_only_the_one_that_is_missing() -> None:
    tree = page(prose(heading("Both"), paragraph("How.")), cell(FIGURE), cell(ABSENT), prose(heading("Next")))
    found = hollow.without_hollow(tree)
    assert headings(found) == ["Both", "Next", "What other data would add"]
    assert [node["html_id"] for node in walk(found) if node["type"] == "listItem"] == ["fig-papers"]


def test_a_part_of_a_section_goes_alone() -> None:
    tree = page(
        prose(heading("Whole")), cell(FIGURE), prose(heading("Part", 3)), cell(ABSENT), prose(heading("Rest", 3))
    )
    assert headings(hollow.without_hollow(tree)) == ["Whole", "Rest", "What other data would add"]


def test_a_page_that_says_what_would_change_it_gets_no_second_closing() -> None:
    tree = page(
        prose(heading("Papers")), cell(ABSENT), prose(heading("What would change this"), paragraph("A census."))
    )
    found = hollow.without_hollow(tree)
    assert headings(found) == ["What would change this"]
    assert "What other data would add:" in plain(found)


def test_a_whole_page_is_left_as_it_is() -> None:
    tree = page(prose(heading("First")), cell(FIGURE))
    assert hollow.without_hollow(tree) == tree
