"""Writes the whole report as one PDF: `make pdf` makes `dist/report.pdf` of the built site.

A cover, the contents with page numbers, and every page of the book in its order, in the print style of the site. All
pages become one document, which the system's Chromium prints: a page's ids get its name in front, so that they stay
apart and links between pages lead through the document. A link to another file of the site leads to the site's
address, where that is known, else only its words stay. Code and all that needs a screen is left out.

Data under figures and the dictionary of tables are left out too: the site has them as files, and on paper they are
ninety pages more. The PDF lies outside every output of DVC, since its bytes depend on the browser and on the day.
Drawback: Chromium cannot number the contents, so it prints twice: the first time shows on which page each part begins.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from playwright.sync_api import Browser
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.base import files, tables, words  # noqa: E402
from pipeline.base.errors import BUILD, PipelineError, reporting  # noqa: E402
from pipeline.base.paths import Paths  # noqa: E402
from pipeline.report.names import PAGE  # noqa: E402
from scripts.browser import opened  # noqa: E402

TARGET = Path("dist") / "report.pdf"
AS_BOOK: dict[str, Any] = {"prefer_css_page_size": True, "print_background": True, "outline": True, "tagged": True}
HEADINGS = """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
  .filter(heading => heading.checkVisibility())
  .map(heading => heading.innerText.replace(/\\s+/g, ' ').trim())"""

NUMBER = """numbers => document.querySelectorAll('.whole-contents [data-part]')
  .forEach(place => place.textContent = numbers[place.dataset.part])"""

_ARTICLE = re.compile(r"<article>(.*)</article>", re.DOTALL)
_HEADING = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')
_PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.DOTALL)
_FRONT = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)
_ON_SCREEN = re.compile(
    r'<script\b.*?</script>|<noscript>.*?</noscript>|<form\b.*?</form>|<section class="behind".*?</section>', re.DOTALL
)
_DETAILS = re.compile(r'<details(?: class="([\w -]*)")?[^>]*>|</details>')
_CLOSED = {"chart-cite", "chart-data", "code", "contents-closed", "dictionary"}
"""Classes of what opens on the site, and is left out of the PDF."""
_TAG = re.compile(r'<[a-zA-Z](?:[^<>"]|"[^"]*")*>')
_NAMED = re.compile(r'(\s(?:id|for|headers|aria-(?:controls|describedby|labelledby|owns))=")([^"]+)"')
_DRAWN_FROM = re.compile(r"url\(#([^)]+)\)")
_LINK = re.compile(r'\s(?:xlink:)?href="([^"]*)"')
_PLACE = re.compile(r' href="#([^"]*)"')
_ID = re.compile(r'<[a-zA-Z][^<>]*\sid="([^"]*)"')
_SOURCE = re.compile(r'(\ssrc=")(?!data:)([^"]*)"')


@dataclass(frozen=True)
class Page:
    """One page of the book: its name, its title as HTML, its short title as text, and its article for the document."""

    name: str
    title: str
    short_title: str
    article: str


def main() -> None:
    """Print the report."""
    paths = Paths(ROOT)
    html = document(paths)
    with opened() as browser, files.replacing(ROOT / TARGET) as target:
        headings = printed(browser, html, target)
        finish(target, headings, origin(paths)["authors"])
    print(f"The report as a PDF: {ROOT / TARGET}")


def printed(browser: Browser, html: str, target: Path) -> list[str]:
    """Print one document, with page numbers in its contents; returns its headings."""
    page = browser.new_page()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "report.html"
        source.write_text(html, encoding="utf-8")
        page.emulate_media(media="print")
        page.goto(source.as_uri())
        page.pdf(path=target, **AS_BOOK)
        page.evaluate(NUMBER, page_numbers(PdfReader(target)))
        page.pdf(path=target, **AS_BOOK)
    headings = page.evaluate(HEADINGS)
    page.close()
    return headings


def page_numbers(printed: PdfReader) -> dict[str, int]:
    """The page on which each place that a link leads to stands, by the id of the place; the cover is page 1."""
    places = printed.named_destinations.items()
    return {name.removeprefix("/"): (printed.get_destination_page_number(place) or 0) + 1 for name, place in places}


def finish(target: Path, headings: list[str], authors: str) -> None:
    """Give the PDF its authors, and its bookmarks the words of the headings: Chromium loses blanks where lines end."""
    writer = PdfWriter(clone_from=target)
    writer.add_metadata({"/Author": authors})
    bookmarks = list(_bookmarks(writer.root_object.get("/Outlines", DictionaryObject())))
    if len(bookmarks) == len(headings):
        for bookmark, heading in zip(bookmarks, headings, strict=True):
            bookmark[NameObject("/Title")] = TextStringObject(heading)
    writer.write(target)


def _bookmarks(parent: DictionaryObject) -> Iterator[DictionaryObject]:
    """The bookmarks below one, in reading order."""
    child = parent.get("/First")
    while child is not None:
        bookmark = child.get_object()
        yield bookmark
        yield from _bookmarks(bookmark)
        child = bookmark.get("/Next")


def document(paths: Paths) -> str:
    """The whole report as one page of HTML. Raises PipelineError where a page is not built."""
    book = yaml.safe_load((paths.book / "myst.yml").read_text(encoding="utf-8"))["project"]
    names = PAGE.findall((paths.book / "myst.yml").read_text(encoding="utf-8"))
    built = {name: _read(paths.site / f"{name}.html") for name in names}
    address = _found(_CANONICAL, built[names[0]])
    pages = [
        made_page(name, html, short_title(paths.book / f"{name}.md"), names, paths.site, address)
        for name, html in built.items()
    ]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    whole = environment.get_template("pdf.html.j2").render(
        title=book["title"],
        finding=Markup(pages[0].title),
        summary=Markup(_found(_PARAGRAPH, pages[0].article)),
        pages=[_as_html(page) for page in pages],
        address=address,
        style=(paths.site / "assets" / "site.css").as_uri(),
        licence=book["license"],
        **origin(paths),
    )
    return without_dead_links(whole)


def without_dead_links(html: str) -> str:
    """The document in which a link to a place that was left out is only its words."""
    there = set(_ID.findall(html))
    return _PLACE.sub(lambda link: link[0] if link[1] in there else "", html)


def origin(paths: Paths) -> dict[str, Any]:
    """What the cover says of snapshot, edition, authors and day."""
    snapshot = tables.read_json(paths.provenance)
    package = paths.site / "data" / "datapackage.json"
    authors = yaml.safe_load(paths.citation.read_text(encoding="utf-8"))["authors"]
    return {
        "snapshot": snapshot,
        "as_of": words.day(date.fromisoformat(snapshot["date"])),
        "edition": tables.read_json(package)["version"] if package.exists() else None,
        "authors": ", ".join(map(author, authors)),
        "today": words.day(date.today()),
    }


def author(entry: Mapping[str, str]) -> str:
    """The name of an author of CITATION.cff: a person's, or that of a group."""
    return entry.get("name") or f"{entry.get('given-names', '')} {entry.get('family-names', '')}".strip()


def short_title(source: Path) -> str:
    """The short title that a page's front matter has; else its name."""
    front = _FRONT.match(_read(source))
    return (yaml.safe_load(front[1]) if front else {}).get("short_title") or source.stem.capitalize()


def made_page(name: str, html: str, short: str, names: Iterable[str], site: Path, address: str) -> Page:
    """One built page as a part of the document; `names` are those of all its parts.

    address: of the site, empty where it is not known. Raises PipelineError for a page that has another form.
    """
    article, heading = _found(_ARTICLE, html), _found(_HEADING, html)
    if not article or not heading:
        raise PipelineError(f"no article in {name}.html", next_step=BUILD)

    def one_tag(tag: re.Match[str]) -> str:
        changed = _NAMED.sub(lambda found: f'{found[1]}{_with_name(found[2], name)}"', tag[0])
        changed = _DRAWN_FROM.sub(lambda found: f"url(#{_with_name(found[1], name)})", changed)
        changed = _SOURCE.sub(lambda found: f'{found[1]}{(site / unescape(found[2])).as_uri()}"', changed)
        return _LINK.sub(lambda found: _link(found[1], name, names, address), changed)

    return Page(name, heading, short, _TAG.sub(one_tag, without_closed(_ON_SCREEN.sub("", article))))


def without_closed(html: str) -> str:
    """HTML without what opens on the site alone, such as code, and all that such a part holds."""
    parts, start, inside = list[str](), 0, 0
    for tag in _DETAILS.finditer(html):
        opens, is_closed = tag[0] != "</details>", not _CLOSED.isdisjoint((tag[1] or "").split())
        if inside == 0 and opens and is_closed:
            parts.append(html[start : tag.start()])
        if inside or (opens and is_closed):
            inside += 1 if opens else -1
            start = tag.end()
    return "".join([*parts, html[start:]])


def _with_name(ids: str, name: str) -> str:
    """Ids, parted by blanks, with the page's name in front of each."""
    return " ".join(f"{name}--{one}" for one in ids.split())


def _link(link: str, name: str, names: Iterable[str], address: str) -> str:
    """Where a link of a page leads in the document, as an attribute; none where it leads out of it into nothing."""
    file, _, place = link.partition("#")
    other = file.removesuffix(".html") if file else name
    if other in names:
        return f' href="#{_with_name(place, other) if place else other}"'
    if re.match(r"[a-z][a-z+.-]*:", link):
        return f' href="{link}"'
    return f' href="{address.rstrip("/")}/{link}"' if address else ""


def _read(path: Path) -> str:
    if not path.exists():
        raise PipelineError(f"no {path.name}", where=os.path.relpath(path.parent, ROOT), next_step=BUILD)
    return path.read_text(encoding="utf-8")


def _found(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html)
    return match[1] if match else ""


def _as_html(page: Page) -> dict[str, Any]:
    """The parts of a page; what its build has escaped is markup. The short title is also a string of CSS."""
    running = page.short_title.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ")
    return {**vars(page), "title": Markup(page.title), "running": Markup(running), "article": Markup(page.article)}


if __name__ == "__main__":
    with reporting("pdf"):
        main()
