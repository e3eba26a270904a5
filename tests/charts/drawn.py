"""Figures as the pages make them, and where the words of a drawing stand."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest

from pipeline.base import params
from pipeline.charts.kit import load, room
from pipeline.charts.kit.figure import Figure
from pipeline.report import notebooks

_NAMESPACE = re.compile(r' xmlns(:\w+)?="[^"]*"')
_UPRIGHT = re.compile(r"rotate\((?:270|-90)\)(.*)")
_MOVE = re.compile(r"translate\(([-\d.]+)[, ]([-\d.]+)\)")


def figures(report: Any, patch: pytest.MonkeyPatch, *pages: str) -> Iterator[Figure]:
    """Every figure of a report's pages, or of those that are named, from their cells, run in this process."""
    patch.setattr(load, "Paths", lambda: report.paths)
    for name, values in params.load(report.paths.params).notebooks.items():
        if pages and name not in pages:
            continue
        known: dict[str, Any] = {}
        for cell in notebooks.read(report.paths.book / f"{name}.md").cells:
            if cell.cell_type == "code":
                shown = run_cell(cell.source, known)
                if "parameters" in cell.metadata.get("tags", []):
                    known.update(values)
                if isinstance(shown, Figure):
                    yield shown


def run_cell(source: str, known: dict[str, Any]) -> Any:
    """What a cell shows: the value of its last line."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), known)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), known) if isinstance(last, ast.Expr) else None


@dataclass(frozen=True)
class Words:
    """A line of text in a drawing, and the box that it fills, px."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: "Words") -> bool:
        return (
            self.left < other.right - 1
            and other.left < self.right - 1
            and self.top < other.bottom - 1
            and other.top < self.bottom - 1
        )


def faults(svg: str) -> list[str]:
    """Words that the drawing's edge cuts, and words over each other."""
    root = ElementTree.fromstring(_NAMESPACE.sub("", svg).replace("xlink:", ""))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    found = list(_words(root, (0.0, 0.0)))
    cut = [
        f"“{words.text}” is cut"
        for words in found
        if min(words.left, words.top, width - words.right, height - words.bottom) < -1.5
    ]
    over = [
        f"“{one.text}” over “{other.text}”"
        for place, one in enumerate(found)
        for other in found[:place]
        if one.touches(other)
    ]
    return cut + over


def _words(element: ElementTree.Element, at: tuple[float, float]) -> Iterator[Words]:
    """Visible words; not those in the colour of the page, that only clear a place for the same words above them."""
    transform = element.get("transform", "")
    upright = _UPRIGHT.search(transform)
    for across, down in _MOVE.findall(transform[: upright.start()] if upright else transform):
        at = at[0] + float(across), at[1] + float(down)
    if element.tag == "text" and element.get("opacity") != "0" and element.get("stroke", "none") == "none":
        yield from _set_upright(element, at, upright[1]) if upright else _lines(element, at)
    for child in element:
        yield from _words(child, at)


def _lines(element: ElementTree.Element, at: tuple[float, float]) -> Iterator[Words]:
    size = float(element.attrib["font-size"].removesuffix("px"))
    down = at[1]
    for line in list(element) or [element]:
        down += float(line.get("dy", 0)) if line is not element else 0
        if text := (line.text or "").strip():
            wide = room.width(text, size, bold=element.get("font-weight") == "bold")
            left = at[0] - {"start": 0.0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "start")]
            yield Words(text, left, down - size * 0.75, left + wide, down + size * 0.2)


def _set_upright(element: ElementTree.Element, at: tuple[float, float], moved: str) -> Iterator[Words]:
    """Lines that read from bottom to top: what goes right in the text goes up in the drawing."""
    moves = [(float(across), float(down)) for across, down in _MOVE.findall(moved)]
    for line in _lines(element, (sum(across for across, _ in moves), sum(down for _, down in moves))):
        yield Words(line.text, at[0] + line.top, at[1] - line.right, at[0] + line.bottom, at[1] - line.left)
