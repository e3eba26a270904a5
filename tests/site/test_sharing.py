"""A link to any page unfurls, and search engines and catalogues find what the site has, wherever it lies."""

import json
import re
import struct
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from pipeline.base.params import Params, Site
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import site
from tests.conftest import built_once

from .conftest import KEY_FIGURES, figure_html, make_book, markdown, output

HOSTILE = '"><script>alert(1)</script> & <b>'
ADDRESS = "https://example.org/a/report"
CATALOGUED: dict[str, Any] = {
    "name": "Made report: data",
    "description": "Made </script><script>alert(1)</script>",
    "creator": [{"@type": "Organization", "name": "Makers"}],
    "keywords": ["made", "things"],
    "license": "https://example.org/licence",
    "version": "1",
    "datePublished": "2026-10-01",
}
PACKAGE: dict[str, Any] = {
    "version": "1",
    "resources": [
        {
            "title": "Made",
            "path": "made.csv",
            "mediatype": "text/csv",
            "schema": {
                "fields": [
                    {"name": "bytes", "description": "Size", "unit": "GB"},
                    {"name": "name", "description": "No measure"},
                ]
            },
        }
    ],
}
FEED = '<feed xmlns="http://www.w3.org/2005/Atom"/>'


class Shared(HTMLParser):
    """What a page says to other programs: statements and links of its head, and its JSON-LD."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.statements: dict[str, list[str]] = {}
        self.links: dict[str, list[str]] = {}
        self.data: list[dict[str, Any]] = []
        self._inside = ""
        self._in_body = False
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_body |= tag == "body"
        self._inside = f"{tag} {values.get('type', '')}".strip()
        if tag == "meta" and (name := values.get("property") or values.get("name")):
            self.statements.setdefault(name, []).append(values["content"])
        if tag == "link":
            self.links.setdefault(values["rel"], []).append(values["href"])

    def handle_data(self, data: str) -> None:
        if self._inside == "title" and not self._in_body:
            self.statements.setdefault("title", []).append(data)
        if self._inside == "script application/ld+json":
            self.data.append(json.loads(data))
        self._inside = ""

    def only(self, name: str) -> str:
        (value,) = self.statements[name]
        return value


def build(root: Path, address: str | None) -> None:
    """A small book with a page of figures, the second of which is its key figure, and downloads."""
    pages = {
        "index": "# A {fact}`hostile` name\n\nThe *first* page.\n",
        "moe": "---\ndescription: Described.\n---\n\n# MoE models\n\nText.\n",
        "data": "# Tables\n\nAll of them, says {cite}`tufte2001`.\n",
    }
    book = {name: [markdown(text)] for name, text in pages.items()}
    book["moe"] += [output(figure_html("other", "It falls")), output(figure_html("made", f"It rises, {HOSTILE}"))]
    paths = make_book(root, book)
    (root / KEY_FIGURES).write_text("moe: made\n", encoding="utf-8")
    paths.downloads.mkdir()
    for name, document in (("croissant", CATALOGUED), ("datapackage", PACKAGE)):
        (paths.downloads / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    for name in ("made.csv", "citation.bib", "LICENSE-DATA.txt"):
        (paths.downloads / name).write_text(name, encoding="utf-8")
    paths.feed.parent.mkdir()
    paths.feed.write_text(FEED, encoding="utf-8")
    site.run(paths, Params.model_construct(site=Site(address=address)))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a book that knows no address."""
    return built_once(tmp_path_factory, "shared nowhere", lambda root: build(root, None)).paths.site


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the same book where its address is known."""
    return built_once(tmp_path_factory, "shared somewhere", lambda root: build(root, ADDRESS)).paths.site


def size(png: Path) -> tuple[int, int]:
    """Width and height of an image, from its head."""
    data = png.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", data[16:24])


def test_every_page_has_a_title_a_description_and_a_picture_of_its_own(here: Path) -> None:
    pages = {page.name: Shared(page) for page in here.glob("*.html")}
    assert set(pages) == {"index.html", "moe.html", "data.html"}
    for name in ("title", "og:title", "og:description", "og:image", "twitter:image", "twitter:title"):
        assert len({page.only(name) for page in pages.values()}) == len(pages), name
    for page in pages.values():
        assert size(here / page.only("og:image")) == (1200, 630)
        assert [page.only(f"og:image:{side}") for side in ("width", "height")] == ["1200", "630"]
        assert page.only("og:site_name") == "Made report"
        assert page.only("twitter:card") == "summary_large_image"
        assert page.only("twitter:description") == page.only("og:description")
        assert page.only("twitter:image:alt") == page.only("og:image:alt")
    assert pages["index.html"].only("og:type") == "website"
    assert pages["moe.html"].only("og:type") == "article"


def test_names_are_text_in_what_is_shared(here: Path) -> None:
    assert Shared(here / "index.html").only("og:title") == "A <script>alert(1)</script> name"
    assert Shared(here / "moe.html").only("og:description") == f"It rises, {HOSTILE}. Described."
    for page in here.glob("*.html"):
        assert "<script>alert" not in page.read_text(encoding="utf-8")


def test_the_key_figure_is_the_picture_and_its_finding_the_description(here: Path, there: Path) -> None:
    page = Shared(here / "moe.html")
    assert page.only("og:image:alt") == f"It rises, {HOSTILE}. Line chart."
    html = (here / "moe.html").read_text(encoding="utf-8")
    assert re.findall(r'id="fig-([a-z]+)" data-picture', html) == ["made"]
    assert (here / "cards" / "moe.png").read_bytes() == (there / "cards" / "moe.png").read_bytes()


def test_without_an_address_nothing_is_absolute(here: Path) -> None:
    assert not (here / "sitemap.xml").exists()
    for path in here.glob("*.html"):
        page = Shared(path)
        assert "canonical" not in page.links
        assert "og:url" not in page.statements
        assert page.only("og:image") == f"cards/{path.stem}.png"
        for link in [link for links in page.links.values() for link in links]:
            assert (here / link).is_file(), link


def test_with_an_address_what_needs_one_is_absolute_and_all_else_is_not(there: Path) -> None:
    for path in there.glob("*.html"):
        page, name = Shared(path), "" if path.stem == "index" else path.name
        assert page.links["canonical"] == [f"{ADDRESS}/{name}"]
        assert page.only("og:url") == f"{ADDRESS}/{name}"
        assert page.only("og:image") == page.only("twitter:image") == f"{ADDRESS}/cards/{path.stem}.png"
        for kind in ("icon", "apple-touch-icon", "stylesheet", "alternate"):
            assert not any(link.startswith("http") for link in page.links[kind]), kind


def test_the_list_of_pages_has_each_page_once(there: Path) -> None:
    found = ElementTree.parse(there / "sitemap.xml").getroot()
    schema = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert found.tag == f"{schema}urlset"
    listed = [entry.findtext(f"{schema}loc") for entry in found]
    assert listed == [f"{ADDRESS}/{name}" for name in ("", "moe.html", "data.html")]


def test_the_first_page_is_a_report_to_machines_and_the_page_of_tables_a_dataset(here: Path, there: Path) -> None:
    assert Shared(here / "moe.html").data == []
    (report,) = Shared(there / "index.html").data
    assert (report["@type"], report["name"], report["datePublished"]) == ("Report", "Made report", "2026-10-01")
    assert report["author"] == CATALOGUED["creator"]
    assert [thing["name"] for thing in report["about"]] == CATALOGUED["keywords"]
    assert report["abstract"] == CATALOGUED["description"]
    assert len(report["citation"]) == 1
    assert report["citation"][0].startswith("Tufte")
    (dataset,) = Shared(there / "data.html").data
    assert (dataset["@type"], dataset["license"]) == ("Dataset", CATALOGUED["license"])
    assert [file["contentUrl"] for file in dataset["distribution"]] == [f"{ADDRESS}/data/made.csv"]
    assert [(each["name"], each["unitText"]) for each in dataset["variableMeasured"]] == [("bytes", "GB")]
    (dataset,) = Shared(here / "data.html").data
    assert (here / dataset["distribution"][0]["contentUrl"]).is_file()


def test_a_site_has_an_icon_and_its_feed(here: Path) -> None:
    assert size(here / "assets" / "icon.png") == (192, 192)
    assert ElementTree.parse(here / "assets" / "icon.svg").getroot().tag.endswith("svg")
    assert (here / "feed.xml").read_text(encoding="utf-8") == FEED


def test_where_the_key_figure_has_no_data_the_first_that_is_drawn_stands_in(
    theme_module: Callable[[str], ModuleType],
) -> None:
    sharing = theme_module("sharing")
    absent = '<figure class="chart absent" id="fig-wanted"><p class="chart-title">Nothing</p></figure>'
    drawn = f'<figure class="chart span-body" id="fig-{{}}"><p class="chart-title">{escape("A & <b>")}</p></figure>'
    body = absent + drawn.format("first") + drawn.format("second")
    assert sharing.key_figure(body, "wanted").key == "first"
    assert sharing.key_figure(body, "second").title == "A & <b>"
    assert sharing.key_figure(absent, "wanted") is None
    assert sharing.marked(body, None) == body


def test_a_description_does_not_say_the_title_again_and_is_cut_between_words(
    theme_module: Callable[[str], ModuleType],
) -> None:
    sharing = theme_module("sharing")
    figure = sharing.KeyFigure("made", "It rises", "It rises. Line chart.")
    assert sharing.preview("Mixtures", "Described.", "First.", figure) == "It rises. Described."
    assert sharing.preview("It rises", "Described.", "First.", figure) == "First."
    assert sharing.preview("It rises", "Described.", "", figure) == "Described."
    assert sharing.preview("Mixtures", "Described.", "First.", None) == "Described."
    shown = sharing.preview("Title", "word " * 200, "", None)
    assert len(shown) <= 282
    assert shown.endswith("word …")


def test_every_key_figure_is_one_of_the_report_s_on_one_of_its_pages() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "pipeline" / "charts").rglob("*.py"))
    pages = {path.stem for path in Paths().book.glob("*.md")}
    for page, key in yaml.safe_load((PROJECT / KEY_FIGURES).read_text(encoding="utf-8")).items():
        assert page in pages
        assert f'"{key}"' in code, key
