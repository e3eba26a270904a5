"""Markdown with texts of strangers in it, for pull requests and for cards at the Hub."""

import re
from collections.abc import Sequence

from pipeline.base.characters import harmless

_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in "\\|*_[]#`~$"} | {"&": "&amp;", "<": "&lt;", "@": "@\u200b"})
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|www)(?=[:.])")
"""What a text begins with that hosts of repositories make a link of."""


def safe(text: str) -> str:
    """Text of strangers on one line: nothing in it may end a cell or become a mention, a link or markup."""
    return _ADDRESS.sub("\\1\u200b", harmless(text).translate(_ESCAPED))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; nothing for no rows."""
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(safe, line))} |" for line in lines)
