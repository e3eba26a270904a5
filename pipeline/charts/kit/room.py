"""How wide words are, and charts whose legends and titles fit whatever they say.

Names of families and organisations decide how much room a legend or a label takes, and nobody knows the names of
the next fork. So widths are worked out here, from the advance widths of Arial's letters, which the font that
vl-convert carries shares (Liberation Sans): never below what is drawn, since letters that are not listed count as
wide as the widest. Every figure passes through `fitted`; what only its own chart can place (a label at a bar's or a
line's end, a name above a row) is measured by the functions above it.
"""

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

_PLAIN = {
    191: "'",
    223: "ijl‘’ł",
    260: "|¦",
    278: " !,./:;I[\\]ftı",
    334: "()-`r{}¡¨´·¸“”²³¹⁴",
    355: '"•',
    401: "*°ªº⁰",
    500: "Jcksvxyz^↑↓",
    557: "#$0123456789?L_abdeghnopqu¢£¤¥§«»þ–€Ł±÷≤≥≈µ¶¯",
    584: "+<=>~¬×−",
    611: "FTZ¿ßøŽ",
    667: "&ABEKPSVXYÞ",
    723: "CDHNRUwÐ",
    778: "GOQØ©®",
    834: "Mm¼½¾",
    890: "%æ",
    944: "Wœ",
}
_BOLD = {
    238: "'",
    280: " ,./I\\ijl‘’ıł|¦",
    334: "!()-:;[]`ft¡¨´·¸²³¹⁴",
    401: "*r{}°ªº⁰•",
    475: '"',
    500: "z“”↑↓",
    557: "#$0123456789J_aceksvxy¢£¤¥§«¶»–€±÷≤≥≈µ¯",
    584: "+<=>^~¬×−",
    611: "?FLTZbdghnopqu¿ßðøþŁ",
    667: "EPSVXYÞ",
    723: "&ABCDHKNRUÐ",
    778: "GOQwØ©®",
    834: "M¼½¾",
    890: "%mæ",
    944: "W",
}
"""Letters by their advance width in thousandths of the font's size."""

_WIDEST = 1030
_ADVANCES = [{letter: wide for wide, letters in table.items() for letter in letters} for table in (_PLAIN, _BOLD)]

_SIZE, _TITLE = 13, 14
"""Sizes of labels and of the titles of panels, px: the theme's."""

_NAMES = 0.42
"""Part of a chart's width that names of rows may take; the rest is for what is drawn."""

_PADDING = 12
"""Between the name of a row and the plot, and at the plot's end, px."""

_AXIS, _BETWEEN = 56, 16
"""What a vertical axis of numbers takes, and the space between two legends, px."""


# ----------------------------------------------------------------------------------------- words


def width(text: str, size: float = _SIZE, *, bold: bool = False) -> float:
    """What `text` takes in px, at most. size: of the font, in px."""
    return sum(_advance(letter, bold) for letter in text) * size / 1000


@cache
def _advance(letter: str, bold: bool) -> int:
    """An accented letter is as wide as the letter itself; one that is not listed as the widest."""
    return _ADVANCES[bold].get(unicodedata.normalize("NFD", letter)[0], _WIDEST)


def widest(texts: Sequence[str], size: float = _SIZE, *, bold: bool = False) -> float:
    """What the widest of some texts takes in px; 0 without any."""
    return max((width(text, size, bold=bold) for text in texts), default=0.0)


def cut(text: str, room: float, size: float = _SIZE, *, bold: bool = False) -> str:
    """`text`, or what of its beginning fits into `room` px, and an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = text
    while kept and width(f"{kept}…", size, bold=bold) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def lines(text: str, room: float, size: float = _SIZE, *, bold: bool = False) -> list[str]:
    """`text` in lines of at most `room` px, broken between words; a word that is wider is cut and ends its line."""
    found: list[str] = []
    for word in text.split():
        joined = f"{found[-1]} {word}" if found and not found[-1].endswith("…") else None
        if joined and width(joined, size, bold=bold) <= room:
            found[-1] = joined
        else:
            found.append(cut(word, room, size, bold=bold))
    return found or [""]


# ------------------------------------------------------------------------------------ labels of a chart


def names_limit(chart: float) -> float:
    """Px that the names of rows may take of a chart so wide; longer ones are cut."""
    return min(180, round(_NAMES * chart))


def plot(names: Sequence[str], chart: float) -> float:
    """Px that names of rows leave of a chart so wide."""
    return chart - min(names_limit(chart), widest(names)) - _PADDING


def axis_end(values: Sequence[float], labels: Sequence[str], room: float, least: float, size: float = _SIZE) -> float:
    """Where an axis from 0 ends, so that the label at the end of each bar fits into a plot of `room` px.

    least: how many times the largest value the axis holds at any rate. Without bars it ends at 1.
    """
    if not values:
        return 1.0
    parts = [min((width(label, size) + 8) / room, 0.8) for label in labels]
    return max([max(values) * least, *(value / (1 - part) for value, part in zip(values, parts, strict=True))])


_ABOVE, _BELOW, _LINE = -14, 18, 16
"""How far a label stands above or below the end of its line, and a line of text below another, px."""

_CLEAR = 24
"""Ends of lines that are nearer have no room for a label between them, px."""


def beside_ends(places: Sequence[float], falls: Sequence[bool], height: float) -> list[float]:
    """How far the labels of the ends of one or two lines are moved down from them, in px, so that they do not touch.

    A label stands above its end, or below one that its line comes down to. Of two that are too near for that, the upper
    stands above and the lower below; where there is no room below, both stand above.

    places: px from the top of the plot to each end, of two at most; height: of the plot.
    """
    assert len(places) <= 2, "labels of more than two ends are not kept apart"
    moved: list[float] = [_BELOW if fall else _ABOVE for fall in falls]
    if len(places) < 2:
        return moved
    upper, lower = sorted(range(2), key=lambda at: places[at])
    between = places[lower] - places[upper]
    if between >= _CLEAR and between + moved[lower] - moved[upper] >= _LINE:
        return moved
    has_room = places[lower] + _BELOW < height
    moved[lower] = _BELOW if has_room else _ABOVE - between
    moved[upper] = _ABOVE if has_room else _ABOVE - _LINE
    return moved


# ------------------------------------------------------------------------------------ whole charts


def fitted(spec: Mapping[str, Any], chart: float) -> dict[str, Any]:
    """A Vega-Lite specification whose legends and titles fit into a chart `chart` px wide.

    A title that is too long is wrapped. A legend that is too long gets as many columns as fit, and several that do not
    fit in one line stand below each other. What fits stays as it is.
    """
    return _with_legends(_with_titles(dict(spec)), chart)


_PARTS = ("layer", "hconcat", "vconcat", "concat")
_ROWS = ("nominal", "ordinal")
_LOOKS = ("color", "fill", "stroke", "shape", "strokeDash")


def _with_titles(spec: dict[str, Any]) -> dict[str, Any]:
    """Titles of views of a known width, wrapped where they are wider."""
    parts: dict[str, Any] = {part: [_with_titles(child) for child in spec[part]] for part in _PARTS if part in spec}
    title = spec.get("title")
    text = title.get("text") if isinstance(title, dict) else title
    room = spec.get("width")
    if isinstance(text, str) and isinstance(room, int | float):
        look: dict[str, Any] = title if isinstance(title, dict) else {}
        size, bold = look.get("fontSize", _TITLE), look.get("fontWeight", "bold") == "bold"
        if width(text, size, bold=bold) > room:
            parts["title"] = {**look, "text": lines(text, room, size, bold=bold)}
    return {**spec, **parts}


@dataclass(frozen=True)
class _Legend:
    """What the legend of a field shows, and how."""

    labels: tuple[str, ...]
    look: Mapping[str, Any]

    @property
    def most(self) -> int:
        """Columns that the chart asks for; a line holds all labels otherwise."""
        return min(int(self.look.get("columns") or len(self.labels)), len(self.labels))

    def columns(self, room: float) -> int:
        """As many as fit, and at most as many as the chart asks for."""
        return next((n for n in range(self.most, 1, -1) if self.grid(n) <= room), 1)

    def grid(self, columns: int) -> float:
        """Width with so many columns, px: each is as wide as its widest entry."""
        entries = [self.symbol + min(width(label), self.limit) for label in self.labels]
        across = [max(entries[column::columns], default=0.0) for column in range(columns)]
        return sum(across) + self.look.get("columnPadding", 10) * (columns - 1) + 2 * self.look.get("padding", 0)

    @property
    def symbol(self) -> float:
        """What a symbol and the gap behind it take, px."""
        return math.sqrt(max(self.look.get("symbolSize", 100), 100)) + 11

    @property
    def limit(self) -> float:
        """Where the theme cuts a label, px."""
        return self.look.get("labelLimit", 240)


def _with_legends(spec: dict[str, Any], chart: float) -> dict[str, Any]:
    legends, room = _legends(spec), chart - _left(spec, chart)
    whole = {field: legend.grid(legend.most) for field, legend in legends.items()}
    if sum(whole.values()) + _BETWEEN * (len(whole) - 1) <= room:
        return spec
    is_stack = len(legends) > 1
    tight = {"padding": 4} if is_stack else {}
    looks: dict[str, dict[str, Any]] = {}
    for field, legend in legends.items():
        own = _Legend(legend.labels, {**legend.look, **tight})
        looks[field] = {"labelLimit": min(own.limit, room - own.symbol), **tight}
        if own.columns(room) < own.most:
            looks[field]["columns"] = own.columns(room)
    config = spec.get("config", {})
    if is_stack:
        config = {**config, "legend": {**config.get("legend", {}), "layout": {"direction": "vertical"}}}
    return {**_with_looks(spec, looks), "config": config}


def _legends(spec: Mapping[str, Any]) -> dict[str, _Legend]:
    """The legends of a specification, by the field that they tell."""
    rows = spec.get("datasets", {})
    found = {
        channel["field"]: _Legend(_labels(channel, rows.get(data, [])), channel.get("legend", {}))
        for unit, data in _units(spec, None)
        for channel in _shown(unit).values()
    }
    return {field: legend for field, legend in found.items() if legend.labels}


def _left(spec: Mapping[str, Any], chart: float) -> float:
    """What the vertical axis takes at the left, where no legend stands, px."""
    rows = spec.get("datasets", {})
    return max((_axis(unit, rows.get(data, []), chart) for unit, data in _units(spec, None)), default=0.0)


def _units(spec: Mapping[str, Any], data: str | None) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    """Every view with marks of its own, and the name of its data."""
    data = spec.get("data", {}).get("name", data)
    if "encoding" in spec:
        yield spec, data
    for part in _PARTS:
        for child in spec.get(part, []):
            yield from _units(child, data)


def _shown(unit: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Encodings of names that have a legend."""
    return {
        name: channel
        for name, channel in unit.get("encoding", {}).items()
        if name in _LOOKS and channel.get("type") in _ROWS and "field" in channel
        # no legend: null; a legend as it comes: absent
        if channel.get("legend", {}) is not None
    }


def _labels(channel: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What an axis or a legend of a field names."""
    wording = (channel.get("legend") or {}).get("values") or (channel.get("scale") or {}).get("domain")
    found = wording if isinstance(wording, list) else dict.fromkeys(row.get(channel["field"]) for row in rows)
    return tuple(str(value) for value in found if value is not None)


def _axis(unit: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], chart: float) -> float:
    """What the vertical axis of a view takes, px."""
    channel = unit["encoding"].get("y", {})
    axis = channel.get("axis", {})
    if "field" not in channel or axis is None or not axis.get("labels", True):
        return 0.0
    if channel.get("type") not in _ROWS:
        return axis.get("minExtent", _AXIS)
    limit = axis.get("labelLimit", names_limit(chart))
    return min(limit, widest(_labels(channel, rows))) + axis.get("labelPadding", 6) + 4


def _with_looks(spec: dict[str, Any], looks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The legends of these fields with another look."""
    parts: dict[str, Any] = {
        part: [_with_looks(child, looks) for child in spec[part]] for part in _PARTS if part in spec
    }
    changed = {
        name: {**channel, "legend": {**channel.get("legend", {}), **looks[channel["field"]]}}
        for name, channel in _shown(spec).items()
        if channel["field"] in looks
    }
    if changed:
        parts["encoding"] = {**spec["encoding"], **changed}
    return {**spec, **parts}


def touch(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two boxes (left, top, right, bottom) overlap, px."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
