"""The site's search index: one entry a section, read from the pages' own HTML.

An entry holds the chapter's short name, the page's title, the section's heading, its address and its text, one line a
paragraph, so that a sentence can be shown. Drawings, scripts
and tables are left out: their cells would bury the prose. The index is a classic script that sets
`window.SEARCH`, because `fetch` is blocked on file addresses; pages load it at the first search.
"""

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape

_SILENT = re.compile(
    r"<(script|style|svg|table|math|form)\b.*?</\1>|<a class=\"permalink\".*?</a>"
    r"|<details class=\"(?:code|chart-cite)\">.*?</details>",
    re.DOTALL,
)
_HEADING = re.compile(r'<h([23]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
_END = re.compile(r"</(?:p|li|h[1-6]|div|figcaption|dd|dt|summary|blockquote)>")
_TAG = re.compile(r"<[^>]+>")


def script(pages: Iterable[tuple[str, str, str, str]]) -> str:
    """The index as a script; `pages` are file, short name, title and HTML of the body."""
    entries = [
        {**entry, "chapter": chapter} for file, chapter, title, body in pages for entry in sections(file, title, body)
    ]
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"window.SEARCH = {text};\n"


def sections(file: str, title: str, body: str) -> Iterator[dict[str, str]]:
    """The page's sections in reading order; the first is what stands before any heading."""
    parts = _HEADING.split(_SILENT.sub(" ", body))
    yield {"page": title, "heading": title, "address": file, "text": _plain(parts[0])}
    for _level, name, heading, text in zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True):
        yield {"page": title, "heading": _plain(heading), "address": f"{file}#{unescape(name)}", "text": _plain(text)}


def _plain(html: str) -> str:
    """Text without tags, one line a paragraph."""
    lines = (" ".join(unescape(_TAG.sub(" ", part)).split()) for part in _END.split(html))
    return "\n".join(filter(None, lines))
