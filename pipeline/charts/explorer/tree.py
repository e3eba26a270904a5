"""A tree of the explorer's nodes: two levels are written here, each can be closed; the script opens deeper ones.

Where a node is listed without its children, they are counted beside it.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from pipeline.charts.explorer.wording import RELATION_WORDS, count, heading

Node = dict[str, Any]
"""A node as `pipeline.chapters.explorer.entries` describes it."""


def tree(what: str, nodes: Sequence[Node], every: int, note: str = "") -> str:
    """A heading, a note and the nodes below it. every: how many the whole list has."""
    shown = covered(nodes)
    drawn = f'<ul class="explorer-tree">{"".join(map(_branch, nodes))}</ul>' if nodes else "<p>None.</p>"
    about = f'<p class="explorer-note">{escape(note)}</p>' if note else ""
    return f"<h4>{escape(heading(what, shown, every))}</h4>{about}{drawn}"


def covered(nodes: Sequence[Node]) -> int:
    """Repositories that the nodes stand for: a series stands for all of its own."""
    return sum(node.get("series", 1) for node in nodes)


def _branch(node: Node) -> str:
    """A node of the tree with those below it; a series opens."""
    relation = f"<small> {RELATION_WORDS[node['relation']]}</small>" if "relation" in node else ""
    if "series" in node:
        members, number = node.get("members", []), f"{node['series']:,}"
        name = f"<span>{escape(node['id'])} ({number})</span>{relation}"
        if not members:
            return f"<li>{name}</li>"
        inner = _below(members, node["series"])
        return f'<li><details class="explorer-series"><summary>{name}</summary>{inner}</details></li>'
    return f"<li><span>{escape(node['id'])}</span>{relation}{_children(node)}</li>"


def _children(node: Node) -> str:
    """How many children a node has, and those of them that are listed."""
    children, below = node.get("children", 0), node.get("below", [])
    number = count(children, "child", "children")
    if not below:
        return f'<small class="explorer-count"> {number}</small>' if children else ""
    return f'<details class="explorer-branch" open><summary>{number}</summary>{_below(below, children)}</details>'


def _below(nodes: Sequence[Node], every: int) -> str:
    """Nodes as a list, and how many they are of how many where some are left out."""
    shown = covered(nodes)
    more = f'<small class="explorer-more">{shown:,} of {every:,}</small>' if shown < every else ""
    return f"<ul>{''.join(map(_branch, nodes))}</ul>{more}"
