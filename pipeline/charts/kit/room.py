"""How much room words take in a chart, in px, without drawing them.

Names of families and organisations decide how wide a legend or a label is, and a fork has names of its own. So widths
are added up from the advance widths of Arial's letters, which the font of vl-convert (Liberation Sans) shares. A letter
that is not listed counts as wide as the widest, so no text is drawn wider than it is measured.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache

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

_SIZE = 13
"""Size of labels, px: the theme's."""

_NAMES = 0.42
"""Part of a chart's width that names of rows may take; the rest is for what is drawn."""

_PADDING = 12
"""Between the name of a row and the plot, and at the plot's end, px."""


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
