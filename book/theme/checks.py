"""What a finished site must fulfil, checked on its bytes: the last gate before it is published.

No request to another host, no link into nothing, no id twice, no drawing without a name.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

_LOADING = {"src", "srcset", "data", "poster", "action", "xlink:href", "background"}
_FRAMES = {"iframe", "object", "embed"}


def problems(pages: Mapping[str, str], files: set[str]) -> list[str]:
    """Everything wrong with `pages` (file name to HTML), given the other `files` of the site."""
    parsed = {name: _Page(html) for name, html in pages.items()}
    found: list[str] = []
    for name, page in parsed.items():
        twice = [f"the id {key!r} is there {count} times" for key, count in page.ids.items() if count > 1]
        broken = [problem for link in page.links if (problem := _broken(link, name, parsed, files))]
        found += [f"{name}: {problem}" for problem in [*page.problems, *twice, *broken]]
    return found


class _Page(HTMLParser):
    """One page: its ids, its links, and what is wrong with its elements by themselves."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.problems: list[str] = []
        self._svg_depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids and links; flag what loads from elsewhere or has no name."""
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids[values["id"]] += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        self.problems += [*_loading(tag, values), *self._nameless(tag, values)]
        self._svg_depth += tag == "svg"

    def handle_endtag(self, tag: str) -> None:
        """Leave a drawing."""
        self._svg_depth -= tag == "svg"

    def _nameless(self, tag: str, values: Mapping[str, str]) -> Iterator[str]:
        """Images, and drawings that are in no other drawing, without words for those who do not see them."""
        if tag == "img" and not values.get("alt"):
            yield f"the image {values.get('src', '')!r} has no text alternative"
        is_named = values.get("aria-label") or values.get("aria-labelledby") or values.get("aria-hidden") == "true"
        if tag == "svg" and not self._svg_depth and not is_named:
            yield "a drawing has neither a name nor aria-hidden"


def _loading(tag: str, values: Mapping[str, str]) -> Iterator[str]:
    """What an element loads from elsewhere, and scripts in its attributes."""
    if tag in _FRAMES:
        yield f"<{tag}> is not allowed"
    is_link = tag == "a" or (tag == "link" and values.get("rel") == "canonical")
    for name, value in values.items():
        if name.startswith("on") or (name == "href" and value.lower().lstrip().startswith("javascript:")):
            yield f"<{tag} {name}> holds a script"
        loads = name in _LOADING or (name == "href" and not is_link)
        if loads and (urlsplit(value).scheme not in ("", "data") or value.startswith("//")):
            yield f"<{tag} {name}> loads {value[:80]} from elsewhere"
        if name == "style" and "url(" in value and "url(#" not in value:
            yield f"<{tag} style> loads a file"


def _broken(link: str, page: str, parsed: Mapping[str, _Page], files: set[str]) -> str | None:
    """Why a link of a page leads nowhere; None where it leads somewhere."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "mailto"):
        return None
    if parts.scheme or link.startswith("/"):
        return f"the link {link[:80]!r} works only in one place"
    target, fragment = unquote(parts.path) or page, unquote(parts.fragment)
    if target not in parsed:
        return None if target in files else f"the link {link!r} goes to no page"
    if fragment and fragment not in parsed[target].ids:
        return f"the link {link!r} goes to no place on its page"
    return None
