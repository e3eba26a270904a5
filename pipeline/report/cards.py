"""The picture of each page, which programs show beside a link to it: `cards/<page>.png` of the site.

Method
1. The theme marks a page's key figure (`book/theme/sharing.py`). Its chart is drawn again from its specification, the
   view for the page or that for phones, whichever gets the larger letters in the picture. Of panels that stand one
   above the other the first is drawn alone where all of them together would get letters too small to read.
2. Beside the chart stand the figure's title and its source, which has the date. A page without a drawn figure gets its
   own title and description, and the snapshot.

Drawback: a chart is drawn for a page, so its letters are small where a preview is as narrow as a phone. The title is
set large for that.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import vl_convert

from pipeline.base.errors import SiteError
from pipeline.charts.kit import room, svg, theme

WIDTH, HEIGHT = 1200, 630
"""Size in px, as the page's head states it."""

FOLDER = "cards"
MARGIN = 56
CHART = (636, 44, 1156, 586)
"""Where the chart stands: left, top, right, bottom, px."""

WORDS = 520
"""Px that words take beside a chart."""

READABLE = 1.0
"""How much larger or smaller than in the page the letters of a chart may be; below, one panel of several is drawn."""

LARGEST = 1.75
"""A small chart is enlarged no more than that."""

NEEDED = ("og:site_name", "og:title", "og:description", "snapshot", "snapshot-date")
"""What the head of a page has to say."""

_FIGURE = re.compile(r'<figure class="chart [^>]*data-picture.*?</figure>', re.DOTALL)
_SPEC = re.compile(r'<script type="application/json"[^>]*class="chart-spec">(.*?)</script>', re.DOTALL)
_PART = r'<p class="%s">(.*?)</p>'
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Card:
    """What a picture shows. name: of the report; source: of the chart, or the snapshot; chart: an SVG.

    date: the day that the report's snapshot shows.
    """

    name: str
    date: str
    title: str
    source: str
    description: str = ""
    chart: str | None = None


def write(site: Path) -> None:
    """Draw the picture of every page of a built site."""
    (site / FOLDER).mkdir()
    for page in sorted(site.glob("*.html")):
        card = read(page.read_text(encoding="utf-8"), page.name)
        (site / FOLDER / f"{page.stem}.png").write_bytes(vl_convert.svg_to_png(drawn(card), scale=1))


# ------------------------------------------------------------------------------------- reading a page


def read(html: str, page: str) -> Card:
    """What the picture of a page shows. page: its file, for errors. Raises SiteError for a page without a title."""
    head = _Head(html).found
    missing = [name for name in NEEDED if name not in head]
    if missing:
        raise SiteError(f"no {', '.join(missing)}", where=page, next_step="name it in book/theme/templates/page.html")
    report = head["og:site_name"], head["snapshot-date"]
    figure = _FIGURE.search(html)
    if figure is None:
        return Card(*report, head["og:title"], head["snapshot"], head["og:description"])
    title, source = (_text(figure[0], part) for part in ("chart-title", "chart-source"))
    spec = _SPEC.search(figure[0])
    return Card(*report, title, source, chart=chart(json.loads(spec[1])) if spec else None)


class _Head(HTMLParser):
    """What the head of a page says of it, by property or name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(html.partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a statement."""
        values = dict(attrs)
        name = values.get("property") or values.get("name")
        if tag == "meta" and name:
            self.found[name] = values.get("content") or ""


def _text(html: str, part: str) -> str:
    found = re.search(_PART % part, html, re.DOTALL)
    return " ".join(unescape(_TAG.sub("", found[1])).split()) if found else ""


# --------------------------------------------------------------------------------------- the drawing


def chart(packed: dict[str, Any]) -> str:
    """The SVG of a figure's chart, of the views and panels that it may be drawn in. packed: its specifications."""
    views = [{**packed[view], "datasets": packed["datasets"]} for view in ("wide", "narrow")]
    whole = max((svg.drawn(spec, "card") for spec in views), key=scale)
    if scale(whole) >= READABLE:
        return whole
    first = [svg.drawn(panel, "card") for spec in views for panel in _first_panel(spec)]
    return max([whole, *first], key=scale)


def _first_panel(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The specification of the first of the panels that stand one above the other, in the size that it has there."""
    if panels := spec.get("vconcat"):
        above = {key: value for key, value in spec.items() if key not in ("vconcat", "resolve", "spacing")}
        yield {**above, **panels[0], "config": {**spec["config"], "autosize": {"type": "pad"}}}


def scale(drawing: str) -> float:
    """How much larger or smaller a chart stands in the picture than in the page."""
    left, top, right, bottom = CHART
    return min((right - left) / svg.width(drawing), (bottom - top) / svg.height(drawing), LARGEST)


def drawn(card: Card) -> str:
    """The picture as an SVG."""
    light = theme.LIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{light["surface"]}"/>',
        f'<rect width="12" height="{HEIGHT}" fill="{light["ink"]}"/>',
        *_lines([room.cut(f"{card.name} · {card.date}", WORDS, 20)], 20, 64, light["muted"]),
    ]
    if card.chart is None:
        title, size = _fitted(card.title, WIDTH - 2 * MARGIN, (64, 56, 48, 40), 4)
        parts += _lines(title, size, 170, light["ink"], bold=True)
        below = 170 + len(title) * size * _LEADING + 12
        parts += _lines(room.lines(card.description, WIDTH - 2 * MARGIN, 28)[:3], 28, below, light["muted"])
    else:
        title, size = _fitted(card.title, WORDS, (52, 46, 40, 34, 28), 7)
        parts += [*_lines(title, size, 140, light["ink"], bold=True), _placed(card.chart)]
    width = WIDTH - 2 * MARGIN if card.chart is None else WORDS
    source = room.lines(card.source, width, 18)
    shown = [*source[:2], room.cut(" ".join(source[2:]), width, 18)] if len(source) > 3 else source
    parts += _lines(shown, 18, HEIGHT - 44 - (len(shown) - 1) * 18 * _LEADING, light["muted"])
    return "".join([*parts, "</svg>"])


_LEADING = 1.2
"""From line to line, in sizes of the font."""


def _fitted(text: str, width: float, sizes: tuple[int, ...], most: int) -> tuple[list[str], int]:
    """The text in lines, and the largest of the sizes at which they are few enough; at the least the rest is cut."""
    for size in sizes:
        lines = room.lines(text, width, size, bold=True)
        if len(lines) <= most and not any(line.endswith("…") for line in lines):
            return lines, size
    lines = room.lines(text, width, sizes[-1], bold=True)
    return lines[:most], sizes[-1]


def _lines(lines: list[str], size: float, first: float, colour: str, *, bold: bool = False) -> list[str]:
    """Lines of text one below the other. first: the foot of the first, px from above."""
    style = f'font-family="{escape(theme.FONT)}" font-size="{size}" fill="{colour}"'
    weight = ' font-weight="bold"' if bold else ""
    feet = ((first + number * size * _LEADING, line) for number, line in enumerate(lines))
    return [
        f'<text x="{MARGIN}" y="{foot:g}" {style}{weight}>{escape(line, quote=False)}</text>' for foot, line in feet
    ]


def _placed(drawing: str) -> str:
    """The chart in the middle of its place, in the colours of a light page."""
    left, top, right, bottom = CHART
    by = scale(drawing)
    x = left + (right - left - svg.width(drawing) * by) / 2
    y = top + (bottom - top - svg.height(drawing) * by) / 2
    chart = theme.substitute(drawing, theme.LIGHT)
    return f'<g transform="translate({x:g} {y:g}) scale({by:g})">{chart}</g>'
