"""The theme's build step: the engine's content in, flat pages out.

The book engine runs this in the theme's folder, which makes the modules beside it importable, and serves the content at
CONTENT_CDN; the site goes to BUILD_DIRECTORY. Links are relative. Where BASE_URL is a full address, it is the canonical
address of every page and the address that figures are cited by. BOOK_PROVENANCE, BOOK_DOWNLOADS, BOOK_NOTEBOOKS,
BOOK_FACTS and BOOK_FEED replace the files that a build reads. BOOK_REPOSITORY and BOOK_COMMIT say where its source
lies. BOOK_PDF is the name of a PDF of the whole report that will lie beside the pages: they link to it.

Figures come as HTML from `pipeline/charts/kit/figure.html.j2` and `absent.html.j2`, in which a few places are left
open; they are filled here by the patterns below, so both templates and patterns change together.

Exit code 1 with one line if a page must not be published; the line names the first twenty faults.
"""

import base64
import hashlib
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

import checks
import faces
import hollow
import notebook
import search
import sharing
import vl_convert
import words
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nodes import PageRenderer, RenderError, plain, walk, whole_names

THEME = Path(__file__).resolve().parent
PROJECT = THEME.parents[1]
COLOURS = PROJECT / "pipeline" / "charts" / "kit" / "colours.yaml"
KEY_FIGURES = PROJECT / "pipeline" / "charts" / "kit" / "key_figures.yaml"
PROVENANCE = PROJECT / "data" / "raw" / "provenance.json"
DOWNLOADS = PROJECT / "data" / "out" / "downloads"
FEED = PROJECT / "data" / "out" / "report" / "feed.xml"

ICON = 192
"""Size of the site's icon where a drawing will not do, px."""

_COMMIT = re.compile(r"[0-9a-f]{40}")
_PDF = re.compile(r"[\w-]+\.pdf")
_DOWNLOAD = re.compile(r'download="([\w.-]+)" href="data:[\w/+.-]+;base64,([A-Za-z0-9+/=]+)"')
_FIGURE = re.compile(r'<figure class="chart[^"]*" id="fig-([a-z0-9-]+)"')
_FIGURE_HEAD = re.compile(_FIGURE.pattern + r'[^>]*>\s*<figcaption class="chart-head">')
_FIGURE_PLACE = re.compile(r'<span class="chart-place">Figure ([a-z0-9-]+)</span>')
_DESCRIPTION_LENGTH = 300
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control characters, which HTML does not allow, and those that reverse the direction of text: names may have both."""


class Content:
    """What the engine serves. It runs on this machine, so no proxy is asked."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def bytes(self, path: str) -> bytes:
        """A file."""
        try:
            with self._opener.open(self._address + path, timeout=60) as response:
                return response.read()
        except urllib.error.URLError as error:
            raise RenderError(f"the engine does not serve {path} ({error})") from error

    def text(self, path: str) -> str:
        """A text file."""
        return self.bytes(path).decode("utf-8")

    def json(self, path: str) -> Any:
        """A JSON document."""
        return json.loads(self.bytes(path))


class Site:
    """The folder that the site is written to. pages: the HTML of each page by its file; files: names of all others."""

    def __init__(self, folder: Path, content: Content) -> None:
        self.folder = folder
        self.pages: dict[str, str] = {}
        self.files: set[str] = set()
        self._content = content

    def write(self, name: str, data: bytes) -> str:
        """Write a file and return its address from a page. Two contents under one name are an error."""
        path = self.folder / name
        if name in self.files and path.read_bytes() != data:
            raise RenderError(f"two different files are called {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.files.add(name)
        return name

    def write_page(self, name: str, html: str) -> None:
        """Write a page."""
        self.pages[name] = html
        (self.folder / name).write_text(html, encoding="utf-8")

    def publish(self, url: str, source: str) -> str:
        """Copy a file of the book, named by a hash of its content, and return its address.

        The engine names files by a hash of local paths, so that its names would differ between machines.
        """
        data = self._content.bytes(url)
        name = PurePosixPath(source)
        return self.write(f"files/{name.stem}-{hashlib.sha256(data).hexdigest()[:12]}{name.suffix}", data)

    def unpack_downloads(self, html: str) -> str:
        """Downloads stand in a figure's HTML as data; write each as a file, and let the link name that."""

        def unpack(download: re.Match[str]) -> str:
            name, packed = download.groups()
            data = base64.b64decode(packed)
            address = self.write(f"files/{name}", faces.with_faces(data) if name.endswith(".svg") else data)
            return f'download="{name}" href="{address}"'

        return _DOWNLOAD.sub(unpack, html)


@dataclass(frozen=True)
class Page:
    """One page, rendered but without its frame."""

    slug: str
    title: str
    short_title: str
    description: str
    lede: str
    body: str
    headings: list[tuple[int, str, str]]
    sources: list[tuple[str, str]]

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.slug}.html"

    @property
    def canonical(self) -> str | None:
        """Its full address, where BASE_URL is one."""
        base = site_address()
        return sharing.address(self.file, base) if base else None


def site_address() -> str | None:
    """The address of the site, where BASE_URL is a full one."""
    base = os.environ.get("BASE_URL", "").rstrip("/")
    return base if base.startswith(("https://", "http://")) else None


def main() -> int:
    """Render the whole site; the exit code."""
    try:
        content = Content(os.environ["CONTENT_CDN"])
        provenance = Path(os.environ.get("BOOK_PROVENANCE") or PROVENANCE)
        downloads = Path(os.environ.get("BOOK_DOWNLOADS") or DOWNLOADS)
        build(content, Site(Path(os.environ["BUILD_DIRECTORY"]), content), read_snapshot(provenance), downloads)
    except RenderError as error:
        print(f"render error: {error}", file=sys.stderr)
        return 1
    return 0


def build(content: Content, site: Site, snapshot: Mapping[str, str], downloads: Path) -> None:
    """Render every page, write the site with the downloads under `data/`, and check it."""
    project = content.json("/config.json")["projects"][0]
    slugs = [project["index"], *(page["slug"] for page in project["pages"] if "slug" in page)]
    pages = [render_page(content.json(f"/content/{slug}.json"), content, site) for slug in slugs]
    version = edition_version(downloads)
    cited_as = citation(project["title"], version, snapshot)
    method = '<a href="methods.html">Method</a>' if "methods" in slugs else ""
    key_figures = yaml.safe_load(KEY_FIGURES.read_text(encoding="utf-8"))
    figures = {page.slug: sharing.key_figure(page.body, key_figures.get(page.slug)) for page in pages}
    pages = [replace(page, body=sharing.marked(page.body, figures[page.slug])) for page in pages]
    pages = [replace(page, body=complete_figures(page, cited_as, method)) for page in pages]
    frame = environment().get_template("page.html")
    groups = in_groups(project["pages"], {page.slug: page for page in pages})
    dataset, package = (sharing.read(downloads / name) for name in ("croissant.json", "datapackage.json"))
    report = sharing.Report(project["title"], site_address(), pages, dataset, package)
    common = {
        "site": project,
        "groups": groups,
        "snapshot": snapshot,
        "version": version,
        "has_feed": write_feed(site),
        "pdf": pdf(),
        **origin(),
    }
    for previous, page, following in zip([None, *pages[:-1]], pages, [*pages[1:], None], strict=True):
        shared = sharing.shared(page, figures[page.slug], report)
        behind = notebook_behind(page, site, project["title"], snapshot)
        html = frame.render(page=page, previous=previous, next=following, shared=shared, behind=behind, **common)
        site.write_page(page.file, _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", whole_names(html)))
    write_assets(site)
    if report.address:
        site.write("sitemap.xml", sharing.sitemap((page.file for page in pages), report.address).encode("utf-8"))
    for path in sorted(downloads.glob("*")):  # by name, not by hash: their addresses stay from edition to edition
        site.write(f"data/{path.name}", path.read_bytes())
    index = search.script((page.file, page.short_title, page.title, page.body) for page in pages)
    site.write("assets/search-index.js", index.encode("utf-8"))
    problems = checks.problems(site.pages, site.files | {pdf() or ""})
    if problems:
        raise RenderError("; ".join(problems[:20]))


def render_page(document: Mapping[str, Any], content: Content, site: Site) -> Page:
    """One page of the engine's content."""
    frontmatter, slug, tree = document["frontmatter"], document["slug"], hollow.without_hollow(document["mdast"])
    if not frontmatter.get("title"):
        raise RenderError(f"{slug}: no title, begin the page with a heading")
    renderer = PageRenderer(document, content.text, site.publish)
    body = site.unpack_downloads(renderer.render(words.explained(tree, words.known())))
    lede = first_paragraph(tree)
    description = frontmatter.get("description") or lede
    if not description:
        raise RenderError(f"{slug}: no description and no first paragraph to take it from")
    return Page(
        slug=slug,
        title=frontmatter["title"],
        short_title=frontmatter.get("short_title") or slug.replace("-", " ").capitalize(),
        description=description,
        lede=lede,
        body=body,
        headings=[entry for entry in renderer.contents if entry[0] in (2, 3)],
        sources=renderer.sources(),
    )


def notebook_behind(page: Page, site: Site, report: str, snapshot: Mapping[str, str]) -> dict[str, Any]:
    """The page's notebook: address of the file, which is written, of its text, and of the places where it runs."""
    repository, commit = (origin()[name] for name in ("repository", "commit"))
    made = notebook.to_download(page.slug, notebook.introduction(page.title, report, snapshot, repository))
    return {
        "file": site.write(f"{notebook.FOLDER}/{page.slug}.ipynb", made),
        "source": notebook.source_address(page.slug, repository, commit),
        "runs": notebook.places_to_run(page.slug, repository, commit),
    }


def in_groups(entries: Sequence[Mapping[str, Any]], pages: Mapping[str, Page]) -> list[tuple[str | None, list[Page]]]:
    """The pages below the groups that the book's contents name, in their order; the first group may have no name."""
    groups: list[tuple[str | None, list[Page]]] = [(None, [])]
    for entry in entries:
        if "slug" in entry:
            groups[-1][1].append(pages[entry["slug"]])
        else:
            groups.append((entry["title"], []))
    return [(title, members) for title, members in groups if members]


def first_paragraph(tree: Mapping[str, Any]) -> str:
    """Text of the first paragraph that has some, cut at a word."""
    texts = (" ".join(plain(node).split()) for node in walk(tree) if node["type"] == "paragraph")
    text = next(filter(None, texts), "")
    if len(text) <= _DESCRIPTION_LENGTH:
        return text
    return text[:_DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"


def citation(title: str, version: str | None, snapshot: Mapping[str, str]) -> str:
    """How figures cite the report, as HTML: title, version of the edition, snapshot and its hash."""
    edition = f", version {escape(version)}" if version else ""
    source = f"{escape(snapshot['label'])} (sha {escape(snapshot['sha256'][:7])})"
    return f"<cite>{escape(title)}</cite>{edition}, {source}"


def complete_figures(page: Page, cited_as: str, method: str) -> str:
    """The page's body with what a figure cannot know when it is drawn: its number and address, the citation of the
    report, and the link to the page of methods.

    Numbers begin at 1 on each page and count what is shown, so a link names a figure by its key.
    """
    numbers = {key: number for number, key in enumerate(_FIGURE.findall(page.body), start=1)}

    def with_number(figure: re.Match[str]) -> str:
        key = figure[1]
        return f'{figure[0]}<a class="chart-number" href="#fig-{key}">Figure {numbers[key]}</a>'

    def number_and_address(figure: re.Match[str]) -> str:
        address = escape(page.canonical or page.file)
        return f"Figure {numbers[figure[1]]} of “{escape(page.title)}” ({address}#fig-{figure[1]})"

    body = _FIGURE_PLACE.sub(number_and_address, _FIGURE_HEAD.sub(with_number, page.body))
    body = body.replace('<cite class="report">This report</cite>', cited_as)
    return body.replace('<span class="chart-method"></span>', method)


def write_feed(site: Site) -> bool:
    """Copy the feed of editions that BOOK_FEED names beside the pages; whether there is one."""
    feed = Path(os.environ.get("BOOK_FEED") or FEED)
    if feed.exists():
        site.write("feed.xml", feed.read_bytes())
    return feed.exists()


def read_snapshot(path: Path) -> dict[str, str]:
    """What every page says of the snapshot that its numbers are from."""
    if not path.exists():
        raise RenderError(f"no {path.name}: run `make site`, which builds it first")
    provenance = json.loads(path.read_text(encoding="utf-8"))
    missing = [key for key in ("label", "coverage", "date", "sha256") if not provenance.get(key)]
    if missing:
        raise RenderError(f"{path.name} has no {', '.join(missing)}")
    return {key: str(provenance[key]) for key in ("label", "coverage", "date", "sha256")}


def edition_version(downloads: Path) -> str | None:
    """The version of the edition, by which a page is cited; none for a book without downloads."""
    package = downloads / "datapackage.json"
    return json.loads(package.read_text(encoding="utf-8"))["version"] if package.exists() else None


def origin() -> dict[str, str | None]:
    """Where the source lies and at which commit, if the environment of the build says so, as in CI."""
    repository, commit = (os.environ.get(name, "") for name in ("BOOK_REPOSITORY", "BOOK_COMMIT"))
    if repository and not repository.startswith(("https://", "http://")):
        raise RenderError(f"BOOK_REPOSITORY is no address: {repository}")
    if commit and not _COMMIT.fullmatch(commit):
        raise RenderError(f"BOOK_COMMIT is no full commit hash: {commit}")
    return {"repository": repository.rstrip("/") or None, "commit": commit or None}


def pdf() -> str | None:
    """The file beside the pages that will hold the whole report, if the environment of the build says so."""
    name = os.environ.get("BOOK_PDF") or None
    if name and not _PDF.fullmatch(name):
        raise RenderError(f"BOOK_PDF is no name of a PDF: {name}")
    return name


def environment() -> Environment:
    """The templates: all that they are given is escaped, but for what passes the filter `html`."""
    templates = Environment(
        loader=FileSystemLoader(THEME / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["html"] = Markup
    return templates


def write_assets(site: Site) -> None:
    """Write fonts, scripts, the style sheet with the report's colours, and Vega where a chart needs it."""
    for name, content in faces.files():
        site.write(f"assets/fonts/{name}", content)
    for asset in sorted((THEME / "assets").iterdir()):
        colours = style_of_colours() if asset.name == "site.css" else ""
        site.write(f"assets/{asset.name}", colours.encode("utf-8") + asset.read_bytes())
    icon = (THEME / "assets" / "icon.svg").read_text(encoding="utf-8")
    site.write("assets/icon.png", vl_convert.svg_to_png(icon, scale=ICON / 32))
    if any('class="chart-spec"' in html for html in site.pages.values()):
        site.write("assets/vega.js", vega_bundle().encode("utf-8"))


def style_of_colours() -> str:
    """The colours as CSS variables: light ones, which paper has too, and dark ones on a dark screen."""
    colours = yaml.safe_load(COLOURS.read_text(encoding="utf-8"))
    light, dark = (
        "".join(f"  --{name}: {colour[mode]};\n" for name, colour in colours.items()) for mode in ("light", "dark")
    )
    return f":root {{\n{light}}}\n@media screen and (prefers-color-scheme: dark) {{ :root {{\n{dark}}} }}\n"


def vega_bundle() -> str:
    """Vega for the interactive charts, as one script that works from a folder; its variables stay inside a function."""
    code = vl_convert.javascript_bundle("window.embedChart = vegaEmbed;")
    return f"(function () {{\n{code}\n}})();\n"


if __name__ == "__main__":
    sys.exit(main())
