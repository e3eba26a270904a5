"""Nothing hollow: what a build cannot show has no figure, no number and no heading; a box at the page's end names it.

A figure that the data cannot support comes as `absent.html.j2`: its title and the reason. `without_hollow` takes it out
of the page, and the whole section around it where the section shows nothing else. It ends the page with a line for
each: in the last section where that says what would change the page, else in one of its own. A line keeps the anchor of
what it stands for, so that links to it still lead to the reason.

Known drawback: prose of a section with another figure stays, so it must read well without the one that is missing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from nodes import Node, plain

TITLE = "What other data would add"
LAST = "What would change"
"""How the heading of a section begins that may end a page and holds these lines then."""
_ABSENT = re.compile(
    r'<figure class="chart absent" id="(?P<id>[^"]+)">.*?<p class="chart-title">(?P<title>.*?)</p>'
    r'.*?<p class="chart-reason">(?P<reason>.*?)</p>',
    re.DOTALL,
)
_SHOWN = re.compile(r'<figure class="chart(?! absent)|<table|<dl|<ul|<ol|<div')


@dataclass(frozen=True)
class Gap:
    """What is missing: the anchor that leads to it, its title and the reason."""

    anchor: str
    title: str
    reason: str


def without_hollow(tree: Mapping[str, Any]) -> Node:
    """The page's tree without what it cannot show, and with a closing section that says so."""
    gaps: list[Gap] = []
    nodes = _pruned([(block, node) for block in tree["children"] for node in block.get("children", [])], 2, gaps)
    shown: list[Node] = []
    for block in tree["children"]:
        if not block.get("children"):
            shown.append(block)
            continue
        children = [node for of, node in nodes if of is block]
        if children:
            shown.append({**block, "children": children})
    return {**tree, "children": [*shown, *_closing(gaps, has_last=_ends_with_last(shown))]}


Placed = tuple[Mapping[str, Any], Node]
"""A node of a page, with the block that it stands in."""


def _pruned(nodes: Sequence[Placed], depth: int, gaps: list[Gap]) -> list[Placed]:
    """Nodes without sections of a depth, and within them of the next, that show nothing."""
    shown: list[Placed] = []
    for section in _sections(nodes, depth):
        heading = section[0][1]
        is_section = heading["type"] == "heading" and heading["depth"] == depth
        missing = [gap for _, node in section for gap in _gaps(node)]
        if not missing:
            shown += section
        elif is_section and not any(_shows(node) for _, node in section):
            gaps.append(Gap(heading["html_id"], missing[0].title, missing[0].reason))
        elif depth < 3:
            shown += _pruned(section, depth + 1, gaps)
        else:
            gaps += missing
            shown += [(block, node) for block, node in section if not list(_gaps(node))]
    return shown


def _sections(nodes: Sequence[Placed], depth: int) -> Iterator[list[Placed]]:
    """Nodes from one heading of a depth to the next; what stands before the first is a part of its own."""
    part: list[Placed] = []
    for placed in nodes:
        node = placed[1]
        if node["type"] == "heading" and node["depth"] == depth and part:
            yield part
            part = []
        part.append(placed)
    if part:
        yield part


def _gaps(node: Mapping[str, Any]) -> Iterator[Gap]:
    """What a node says is missing."""
    for content in _html(node):
        for found in _ABSENT.finditer(content):
            yield Gap(found["id"], unescape(found["title"]), unescape(found["reason"]))


def _shows(node: Mapping[str, Any]) -> bool:
    """Whether a node shows a figure, a table or a list."""
    return node["type"] in ("table", "container", "image") or any(_SHOWN.search(html) for html in _html(node))


def _html(node: Mapping[str, Any]) -> Iterator[str]:
    """The HTML of a cell's outputs; that of a large one lies in a file and is no gap, so its address stands for it."""
    if node["type"] == "output":
        for part in node.get("jupyter_data", {}).get("data", {}).values():
            yield part.get("content") or '<figure class="chart">'
    for child in node.get("children", []):
        yield from _html(child)


def _ends_with_last(blocks: Sequence[Node]) -> bool:
    """Whether the last section of the page is the one that says what would change it."""
    headings = [node for block in blocks for node in block.get("children", []) if node["type"] == "heading"]
    sections = [node for node in headings if node["depth"] == 2]
    return bool(sections) and plain(sections[-1]).startswith(LAST)


def _closing(gaps: Sequence[Gap], *, has_last: bool) -> list[Node]:
    """The lines, under a heading where the page has no place for them; nothing where nothing is missing."""
    if not gaps:
        return []
    anchor = TITLE.lower().replace(" ", "-")
    heading = {"type": "heading", "depth": 2, "html_id": anchor, "identifier": anchor, "children": [_text(TITLE)]}
    items = [
        {
            "type": "listItem",
            "html_id": gap.anchor,
            "children": [{"type": "strong", "children": [_text(f"{gap.title}.")]}, _text(f" {gap.reason}")],
        }
        for gap in gaps
    ]
    listed = {"type": "list", "ordered": False, "children": items}
    lead = {"type": "paragraph", "children": [_text(f"{TITLE}:")]} if has_last else heading
    return [{"type": "block", "children": [lead, listed]}]


def _text(value: str) -> Node:
    return {"type": "text", "value": value}
