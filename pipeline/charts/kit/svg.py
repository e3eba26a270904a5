"""A chart drawn: the SVG of its specification, for the page and as a file of its own."""

import re
from typing import Any

import vl_convert

from pipeline.charts.kit import room, theme

vl_convert.register_font_directory(str(room.FONTS))  # files that it cannot read it leaves out, without a word

_NAMELESS = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*")')
"""Roles that Vega gives to groups of marks, without a name: the figure as a whole has its words."""

_WIDTH = re.compile(r'<svg [^>]*?width="([\d.]+)"')
_HEIGHT = re.compile(r'<svg [^>]*?height="([\d.]+)"')
_MARKS = re.compile(r"role-mark\b[^>]*[^/]><(?!/g)")


def drawn(spec: dict[str, Any], name: str) -> str:
    """The SVG of a specification; ids in it begin with `name`, which no other drawing of a page has."""
    return _NAMELESS.sub("", _name_ids(vl_convert.vegalite_to_svg(spec), name))


def width(svg: str) -> float:
    """Width of a drawing, px."""
    found = _WIDTH.match(svg)
    assert found is not None, "vl-convert gives every drawing its width"
    return float(found[1])


def height(svg: str) -> float:
    """Height of a drawing, px."""
    found = _HEIGHT.match(svg)
    assert found is not None, "vl-convert gives every drawing its height"
    return float(found[1])


def has_marks(svg: str) -> bool:
    """Whether anything but axes and legends is drawn."""
    return _MARKS.search(svg) is not None


def _name_ids(svg: str, prefix: str) -> str:
    """vl-convert counts clip paths and gradients through the process: count them per drawing."""
    names: dict[str, str] = {}
    for name in re.findall(r'\bid="([^"]+)"', svg):
        names.setdefault(name, f"{prefix}-{len(names) + 1}")

    def rename(match: re.Match[str]) -> str:
        return f"{match.group(1)}{names.get(match.group(2), match.group(2))}{match.group(3)}"

    return re.sub(r'((?:\bid="|url\(#))([^")]+)(["\)])', rename, svg)


def standalone(svg: str) -> str:
    """The drawing as a file of its own: the colours of a light page as values, on white."""
    background = f'</title><rect width="100%" height="100%" fill="{theme.LIGHT["surface"]}"/>'
    return theme.substitute(svg.replace("</title>", background, 1), theme.LIGHT)


def png(svg: str) -> bytes:
    """The drawing in two pixels to a point."""
    return vl_convert.svg_to_png(svg, scale=2)
