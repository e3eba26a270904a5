"""Markdown with texts of strangers in it, for pull requests and for cards at the Hub."""

from collections.abc import Sequence

_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in "\\|*_[]#`"} | {"<": "&lt;", "@": "@\u200b"})


def safe(text: str) -> str:
    """Text of strangers on one line: nothing in it may end a cell or become a mention or markup.

    What no screen shows, such as a character that turns the direction of writing, is left out.
    """
    return "".join(filter(str.isprintable, " ".join(text.split()))).translate(_ESCAPED)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; nothing for no rows."""
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(safe, line))} |" for line in lines)
