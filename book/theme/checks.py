"""What a finished site must hold, checked on its bytes: the last gate before it is published.

No request to another host, no link into nothing, no id twice, no drawing without a name.
"""

from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

_LOADING = {"src", "srcset", "data", "poster", "action", "xlink:href", "background"}
_NAVIGATION = {"a"}


class _Page(HTMLParser):
    """Collects what the checks need from one page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.problems: list[str] = []
        self._svg_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids and links; flag what loads from elsewhere or has no name."""
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids[values["id"]] += 1
        if tag in _NAVIGATION and "href" in values:
            self.links.append(values["href"])
        self._check_loading(tag, values)
        self._check_name(tag, values)

    def handle_endtag(self, tag: str) -> None:
        """Leave a drawing."""
        if tag == "svg":
            self._svg_depth -= 1

    def _check_loading(self, tag: str, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            if name.startswith("on"):
                self.problems.append(f"<{tag} {name}> holds a script")
            says_where = tag in _NAVIGATION or (tag == "link" and values.get("rel") == "canonical")
            loads = name in _LOADING or (name == "href" and not says_where)
            if loads and (urlsplit(value).scheme not in ("", "data") or value.startswith("//")):
                self.problems.append(f"<{tag} {name}> loads {value[:80]} from elsewhere")
            if name == "style" and "url(" in value and "url(#" not in value:
                self.problems.append(f"<{tag} style> loads a file")
            if name == "href" and value.lower().lstrip().startswith("javascript:"):
                self.problems.append(f"<{tag} href> holds a script")
        if tag in ("iframe", "object", "embed"):
            self.problems.append(f"<{tag}> is not allowed")

    def _check_name(self, tag: str, values: Mapping[str, str]) -> None:
        if tag == "img" and not values.get("alt"):
            self.problems.append(f"the image {values.get('src', '')!r} has no text alternative")
        if tag == "svg":
            named = values.get("aria-label") or values.get("aria-labelledby") or values.get("aria-hidden") == "true"
            if self._svg_depth == 0 and not named:
                self.problems.append("a drawing has neither a name nor aria-hidden")
            self._svg_depth += 1


def problems(pages: Mapping[str, str], files: set[str]) -> list[str]:
    """Everything wrong with `pages` (file name to HTML), given the other `files` of the site."""
    parsed: dict[str, _Page] = {}
    for name, html in pages.items():
        parsed[name] = _Page()
        parsed[name].feed(html)
    found: list[str] = []
    for name, page in parsed.items():
        found += [f"{name}: {problem}" for problem in page.problems]
        found += [f"{name}: the id {key!r} is there {count} times" for key, count in page.ids.items() if count > 1]
        found += [f"{name}: {problem}" for link in page.links if (problem := _broken(link, name, parsed, files))]
    return found


def _broken(link: str, page: str, parsed: Mapping[str, _Page], files: set[str]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "mailto"):
        return None
    if parts.scheme or link.startswith("/"):
        return f"the link {link[:80]!r} works only in one place"
    target = unquote(parts.path) or page
    if target not in parsed:
        return None if target in files else f"the link {link!r} goes to no page"
    fragment = unquote(parts.fragment)
    if fragment and fragment not in parsed[target].ids:
        return f"the link {link!r} goes to no place on its page"
    return None
