"""The picture of each page, which programs show beside a link to it: `cards/<page>.png` of the site.

Method
1. The theme marks a page's key figure (`book/theme/sharing.py`). Its chart is drawn again from its specification, the
   view for the page or that for phones, whichever gets the larger letters in the picture. Of panels that stand one
   above the other the first is drawn alone where all of them together would get letters too small to read.
2. Beside the chart stand the figure's title, its measure and its source, and the date of the snapshot. A page without a
   drawn figure gets its own title and description, and the snapshot.

Drawback: a chart is drawn for a page, so its letters are small where a preview is as narrow as a phone. The title is
set large for that.
"""

import json
import re
from collections.abc import Iterator, Sequence
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

NAME_SIZE, SOURCE_SIZE = 20, 18
"""Size of the report's name and of the source, px."""


@dataclass(frozen=True)
class Layout:
    """Where words stand. width: of lines, px; top: the foot of the title's first line, px from above.

    sizes: of the title's letters, from the largest, px; most: lines of the title; description: the size of its letters.
    """

    width: int
    top: int
    sizes: tuple[int, ...]
    most: int
    description: int


BESIDE = Layout(width=520, top=140, sizes=(52, 46, 40, 34, 28), most=7, description=22)
ALONE = Layout(width=WIDTH - 2 * MARGIN, top=170, sizes=(64, 56, 48, 40), most=4, description=28)
"""Words beside a chart, and words alone."""

READABLE = 1.0
"""How much larger or smaller than in the page the letters of a chart may be; below, one panel of several is drawn."""

LARGEST = 1.75
"""A small chart is enlarged no more than that."""

NEEDED = ("og:site_name", "og:title", "og:description", "snapshot", "snapshot-date")
"""What the head of a page has to say."""

_FIGURE = re.compile(r'<figure class="chart [^>]*data-picture.*?</figure>', re.DOTALL)
_SPEC = re.compile(r'<script type="application/json"[^>]*class="chart-spec">(.*?)</script>', re.DOTALL)
_VIEW = re.compile(r'<div class="chart-view [^>]*>(<svg.*?</svg>)</div>', re.DOTALL)
_PART = r'<p class="%s">(.*?)</p>'
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Card:
    """What a picture shows.

    name: of the report; date: the day that its snapshot shows; source: of the chart, or the snapshot; description: what
    the chart measures, or what the page is about; chart: an SVG.
    """

    name: str
    date: str
    title: str
    source: str
    description: str
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
    title, source, subtitle = (_text(figure[0], f"chart-{part}") for part in ("title", "source", "subtitle"))
    views, spec = _VIEW.findall(figure[0]), _SPEC.search(figure[0])
    return Card(*report, title, source, subtitle, chart(views, json.loads(spec[1])) if views and spec else None)


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


def chart(views: Sequence[str], packed: dict[str, Any]) -> str:
    """The SVG of a figure's chart whose letters are largest: one of its views or, where all are small, a first panel.

    views: SVGs as they stand in the page. packed: their specifications.
    """
    whole = max(views, key=scale)
    if scale(whole) >= READABLE:
        return whole
    specs = [{**packed[view], "datasets": packed["datasets"]} for view in ("wide", "narrow")]
    first = [svg.drawn(panel, "card") for spec in specs for panel in _first_panel(spec)]
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
    light, layout = theme.LIGHT, ALONE if card.chart is None else BESIDE
    name = room.cut(f"{card.name} · {card.date}", layout.width, NAME_SIZE)
    source = _few(card.source, layout.width, SOURCE_SIZE, 3)
    source_foot = HEIGHT - 44 - (len(source) - 1) * SOURCE_SIZE * _LEADING
    title, size = _fitted(card, layout, source_foot - SOURCE_SIZE * 2)
    below = _below(len(title), size, layout)
    description = _described(card, layout, source_foot - SOURCE_SIZE * 2 - below)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{light["surface"]}"/>',
            f'<rect width="12" height="{HEIGHT}" fill="{light["ink"]}"/>',
            *_lines([name], NAME_SIZE, 64, light["muted"]),
            *_lines(title, size, layout.top, light["ink"], bold=True),
            *_lines(description, layout.description, below, light["muted"]),
            *_lines(source, SOURCE_SIZE, source_foot, light["muted"]),
            _placed(card.chart) if card.chart else "",
            "</svg>",
        ]
    )


_LEADING = 1.2
"""From line to line, in sizes of the font."""


def _fitted(card: Card, layout: Layout, end: float) -> tuple[list[str], int]:
    """The title in lines, and the size of its letters: the largest at which it has few lines and the whole description
    fits between it and `end`, px from above; else the largest at which it has few lines; at the least its end is cut.
    """
    fitting = [
        (lines, size)
        for size in layout.sizes
        if len(lines := room.lines(card.title, layout.width, size, bold=True)) <= layout.most
        and not any(line.endswith("…") for line in lines)
    ]
    for lines, size in fitting:
        shown = _described(card, layout, end - _below(len(lines), size, layout))
        if shown and not shown[-1].endswith("…"):
            return lines, size
    least = layout.sizes[-1]
    return fitting[0] if fitting else (_few(card.title, layout.width, least, layout.most, bold=True), least)


def _below(lines: int, size: float, layout: Layout) -> float:
    """The foot of the first line below so many of the title, px from above."""
    return layout.top + lines * size * _LEADING + 8


def _described(card: Card, layout: Layout, space: float) -> list[str]:
    """What of the description fits into so many px below its first line, in four lines at most."""
    most = min(4, int(space / (layout.description * _LEADING)) + 1) if space >= 0 else 0
    return _few(card.description, layout.width, layout.description, most) if most else []


def _few(text: str, width: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """A text in lines, the last of which is cut where they would be more than so many."""
    lines = room.lines(text, width, size, bold=bold)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], room.cut(" ".join(lines[most - 1 :]), width, size, bold=bold)]


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
