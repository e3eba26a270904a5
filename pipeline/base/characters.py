"""Characters that steer the program which shows them: names and texts come from strangers, and may hold some.

A terminal runs escape codes, a page may not hold control characters, no XML may, and marks of direction turn the rest
of a line around, so that `exe.gpj` reads as `jpg.exe`. Where a text is printed each becomes the sign for a character
that cannot be shown. Joiners without a width stay: Persian and emoji are written with them.
"""

import re

_OTHERS = "\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"

STEERING = f"[\x00-\x1f{_OTHERS}]"
"""A class for regular expressions, of Python and of polars: control characters, tab and line ends among them, marks of
direction, the mark of byte order, annotations and what is no character."""

STEERING_IN_LINES = f"[\x00-\x08\x0b\x0c\x0e-\x1f{_OTHERS}]"
"""The same for a text that may have tabs and several lines."""

UNSHOWN = "\N{REPLACEMENT CHARACTER}"

_STEERING = re.compile(STEERING)


def harmless(text: str) -> str:
    """A text on one line: a space for each tab and line end, a sign for any other character that steers."""
    return _STEERING.sub(UNSHOWN, " ".join(text.split()))


def steers(text: str) -> str | None:
    """The first character of a text that steers, such as `U+001B`; None where none does."""
    found = _STEERING.search(text)
    return f"U+{ord(found[0]):04X}" if found else None
