"""What other programs read of a page: previews of links, search engines, catalogues of data.

Method
1. The picture of a page is its key figure, by `pipeline/charts/kit/key_figures.yaml`, else the first figure that is
   drawn on it. It is marked here, and drawn where the site is built (`pipeline/report/cards.py`).
2. Open Graph and Twitter cards take the page's title, the finding of that figure and its picture.
3. JSON-LD says what the report is on its first page, and what the tables are on the page that offers them. It repeats
   what `croissant.json` and `datapackage.json` among the downloads say; a book without them has none.

Drawback: without the site's address pictures have relative addresses, which most programs that show previews ignore,
and the list of all pages for search engines is left out, since it allows full addresses alone.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from render import Page

WIDTH, HEIGHT = 1200, 630
"""Size of the picture of a page, px: what programs that show previews ask for."""

FIRST, OFFERS_TABLES = "index", "data"
"""Pages that describe the report and its tables."""

_FIGURE = re.compile(r'<figure class="chart span-[^"]*" id="fig-([a-z0-9-]+)".*?</figure>', re.DOTALL)
_TITLE = re.compile(r'<p class="chart-title">(.*?)</p>', re.DOTALL)
_LABEL = re.compile(r'<svg role="img" aria-label="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_LONGEST = 280
"""Letters of a description: programs that show previews cut longer ones."""


@dataclass(frozen=True)
class KeyFigure:
    """The figure of a page that is its picture. title: its finding; label: that and what kind of chart it is."""

    key: str
    title: str
    label: str


@dataclass(frozen=True)
class Report:
    """What all pages share. address: of the site; dataset: `croissant.json`; package: `datapackage.json`."""

    title: str
    address: str | None
    pages: Sequence["Page"]
    dataset: Mapping[str, Any] | None
    package: Mapping[str, Any] | None


def shared(page: "Page", figure: KeyFigure | None, report: Report) -> dict[str, Any]:
    """What the frame of a page says to other programs: its preview, and JSON-LD, if there is something to say."""
    described: Mapping[str, Any] | None = None
    if page.slug == FIRST and report.dataset:
        described = as_report(page, report, report.dataset)
    elif page.slug == OFFERS_TABLES and report.dataset and report.package:
        described = as_dataset(page, report, report.dataset, report.package)
    return {
        "kind": "website" if page.slug == FIRST else "article",
        "description": preview(page.title, page.description, page.lede, figure),
        "image": address(picture(page), report.address),
        "alt": figure.label if figure else page.title,
        "width": WIDTH,
        "height": HEIGHT,
        "json_ld": script(described),
    }


def picture(page: "Page") -> str:
    """The file of a page's picture."""
    return f"cards/{page.slug}.png"


def key_figure(body: str, wanted: str | None) -> KeyFigure | None:
    """The figure of that key in a page's body, else the first that is drawn; None where none is."""
    drawn = {found[1]: found[0] for found in _FIGURE.finditer(body)}
    key = wanted if wanted in drawn else next(iter(drawn), None)
    if key is None:
        return None
    title, label = (text(found[1]) if (found := part.search(drawn[key])) else "" for part in (_TITLE, _LABEL))
    return KeyFigure(key, title, label)


def marked(body: str, figure: KeyFigure | None) -> str:
    """The page's body with the key figure marked, for the program that draws the picture."""
    return body if figure is None else body.replace(f'id="fig-{figure.key}"', f'id="fig-{figure.key}" data-picture', 1)


def text(html: str) -> str:
    """What a piece of HTML says."""
    return " ".join(unescape(_TAG.sub("", html)).split())


def preview(title: str, description: str, lede: str, figure: KeyFigure | None) -> str:
    """What a preview says below the title: the key figure's finding and what the page is about.

    Where the finding is the title too, the page's first paragraph goes on from it.
    """
    if figure is None:
        words = description
    elif figure.title == title:
        words = lede or description
    else:
        words = f"{figure.title.rstrip('.')}. {description}"
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rsplit(' ', 1)[0]} …"


def address(file: str, base: str | None) -> str:
    """The full address of a file of the site where the site's is known, else the one from a page."""
    if base is None:
        return quote(file)
    return f"{base}/" if file == "index.html" else f"{base}/{quote(file)}"


def sitemap(files: Iterable[str], base: str) -> str:
    """The list of all pages for search engines."""
    entries = "".join(f"<url><loc>{escape(address(file, base))}</loc></url>\n" for file in files)
    opening = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}\n{entries}</urlset>\n'


# ----------------------------------------------------------------------------------------- JSON-LD


def read(path: Path) -> dict[str, Any] | None:
    """A document of the downloads; None for a book that has none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


_SHARED = ("creator", "keywords", "license", "version", "datePublished")
"""What `croissant.json` says of the tables that holds for the report too."""


def as_report(page: "Page", report: Report, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The report as schema.org has it. page: its first one; dataset: `croissant.json`."""
    known = {key: dataset[key] for key in _SHARED if key in dataset}
    cited = [text(source) for each in report.pages for _, source in each.sources]
    return {
        "@context": "https://schema.org",
        "@type": "Report",
        "name": report.title,
        "headline": page.title,
        "abstract": dataset["description"],
        "author": known.pop("creator", []),
        "about": [{"@type": "Thing", "name": keyword} for keyword in dataset.get("keywords", [])],
        "citation": list(dict.fromkeys(cited)),
        **known,
        "image": address(picture(page), report.address),
        "url": address(page.file, report.address),
        "inLanguage": "en",
        "isAccessibleForFree": True,
    }


def as_dataset(page: "Page", report: Report, dataset: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, Any]:
    """The tables as schema.org has them. page: the one that offers them; dataset, package: those of the report."""
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        **{key: dataset[key] for key in ("name", "description", *_SHARED) if key in dataset},
        "url": address(page.file, report.address),
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": resource["title"],
                "encodingFormat": resource["mediatype"],
                "contentUrl": address(f"data/{resource['path']}", report.address),
            }
            for resource in package["resources"]
        ],
        "variableMeasured": list(_measured(package).values()),
    }


def _measured(package: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Columns that have a unit, each name once."""
    found: dict[str, dict[str, str]] = {}
    for resource in package["resources"]:
        for field in resource.get("schema", {}).get("fields", []):
            if "unit" in field:
                value = {"name": field["name"], "description": field["description"], "unitText": field["unit"]}
                found.setdefault(field["name"], {"@type": "PropertyValue", **value})
    return found


def script(document: Mapping[str, Any] | None) -> str | None:
    """JSON that cannot end the script element that it stands in."""
    if document is None:
        return None
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return written.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
