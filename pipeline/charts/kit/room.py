"""How much room words take in a chart, in px, without drawing them.

Names of families and organisations decide how wide a legend or a label is, and a fork has names of its own. So widths
are added up from the advance widths of the letters of the report's font, which `scripts/fonts.py` lists. Words with a
letter that the font lacks are drawn with another, that of the system, and are measured as in the widest usual one
(DejaVu Sans), so no text is drawn wider than it is measured.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

FONTS = Path(__file__).with_name("fonts")
"""What charts are drawn with, and how wide its letters are."""

_ADVANCES: Mapping[str, Mapping[str, int]] = json.loads((FONTS / "advances.json").read_text(encoding="utf-8"))
"""Advance width of each letter in thousandths of the font's size, by style: `regular`, `bold`."""

_WIDEST, _ANOTHER_FONT = 1030, 1.35
"""The widest letter that another font has, in the same unit, and how much wider the same words may be in it."""

_SIZE = 14
"""Size of labels, px: the theme's."""

_NAMES = 0.42
"""Part of a chart's width that names of rows may take; the rest is for what is drawn."""

_PADDING = 12
"""Between the name of a row and the plot, and at the plot's end, px."""


# ----------------------------------------------------------------------------------------- words


def width(text: str, size: float = _SIZE, *, bold: bool = False) -> float:
    """What `text` takes in px, at most. size: of the font, in px."""
    advances = _ADVANCES["bold" if bold else "regular"]
    known = sum(advances.get(letter, _WIDEST) for letter in text)
    return known * size / 1000 * (1 if all(letter in advances for letter in text) else _ANOTHER_FONT)


def widest(texts: Sequence[str], size: float = _SIZE, *, bold: bool = False) -> float:
    """What the widest of some texts takes in px; 0 without any."""
    return max((width(text, size, bold=bold) for text in texts), default=0.0)


def cut(text: str, room: float, size: float = _SIZE, *, bold: bool = False) -> str:
    """`text`, or what of its beginning fits into `room` px, and an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    beginning = text
    while beginning and width(f"{beginning}…", size, bold=bold) > room:
        beginning = beginning[:-1]
    return f"{beginning.rstrip()}…"


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
    assert len(places) <= 2, "labels of more than two ends cannot be kept apart"
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


def touch(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two boxes (left, top, right, bottom) overlap, px."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
