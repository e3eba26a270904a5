"""The theme's build step: the engine's content in, flat pages out.

The book engine runs this in the theme's folder and serves the content at CONTENT_CDN; the site
goes to BUILD_DIRECTORY. Links are relative, so BASE_URL changes nothing but the canonical address
(when it is a full address). Exit code 1, one line an error, if a page must not be published.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

import checks
import search
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nodes import PageRenderer, RenderError, plain, whole_names

THEME = Path(__file__).resolve().parent
PROVENANCE = THEME.parents[1] / "data" / "raw" / "provenance.json"
DOWNLOADS = THEME.parents[1] / "data" / "out" / "downloads"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DOWNLOAD = re.compile(r'download="([\w.-]+)" href="data:[\w/+.-]+;base64,([A-Za-z0-9+/=]+)"')
_FIGURE = re.compile(r'<figure class="chart[^"]*" id="fig-([a-z0-9-]+)"')
_FIGURE_HEAD = re.compile(_FIGURE.pattern + r'[^>]*>\s*<figcaption class="chart-head">')
_FIGURE_PLACE = re.compile(r'<span class="chart-place">Figure ([a-z0-9-]+)</span>')
_DESCRIPTION_LENGTH = 300
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""What HTML does not allow, and what would turn the rest of a line around: a stranger's name may hold both."""


class Content:
    """What the engine serves; proxies are for other hosts."""

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
    """The folder that the site is written to."""

    def __init__(self, folder: Path, content: Content) -> None:
        self.folder = folder
        self.pages: dict[str, str] = {}
        self.files: set[str] = set()
        self._content = content

    def write(self, name: str, data: bytes) -> str:
        """Write a file; its address from a page. Two contents under one name are an error."""
        path = self.folder / name
        if name in self.files and path.read_bytes() != data:
            raise RenderError(f"two different files are called {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.files.add(name)
        return name

    def publish(self, url: str, source: str) -> str:
        """Copy a file of the book under its content's hash; the engine's own names hash machine paths."""
        data = self._content.bytes(url)
        name = PurePosixPath(source)
        return self.write(f"files/{name.stem}-{hashlib.sha256(data).hexdigest()[:12]}{name.suffix}", data)

    def unpack_downloads(self, html: str) -> str:
        """Figures carry their downloads along; in the site they are files of their own."""

        def unpack(match: re.Match[str]) -> str:
            address = self.write(f"files/{match.group(1)}", base64.b64decode(match.group(2)))
            return f'download="{match.group(1)}" href="{address}"'

        return _DOWNLOAD.sub(unpack, html)


@dataclass(frozen=True)
class Page:
    """One page, rendered but without its frame."""

    slug: str
    title: str
    name: str
    description: str
    body: str
    contents: list[tuple[int, str, str]]
    sources: list[tuple[str, str]]

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.slug}.html"


def main() -> int:
    """Render the whole site; the exit code."""
    try:
        content = Content(os.environ["CONTENT_CDN"])
        site = Site(Path(os.environ["BUILD_DIRECTORY"]), content)
        downloads = Path(os.environ.get("BOOK_DOWNLOADS") or DOWNLOADS)
        build(content, site, snapshot(Path(os.environ.get("BOOK_PROVENANCE") or PROVENANCE)), downloads)
    except RenderError as error:
        print(f"render error: {error}", file=sys.stderr)
        return 1
    return 0


def build(content: Content, site: Site, snapshot_: Mapping[str, str], downloads: Path) -> None:
    """Render every page, write the site with the downloads under `data/`, and check it."""
    project = content.json("/config.json")["projects"][0]
    slugs = [project["index"], *(page["slug"] for page in project["pages"] if "slug" in page)]
    pages = [render_page(content.json(f"/content/{slug}.json"), content, site) for slug in slugs]
    version = _version(downloads)
    pages = [replace(p, body=_complete_figures(p, project["title"], snapshot_, slugs, version)) for p in pages]
    template = _environment().get_template("page.html")
    for position, page in enumerate(pages):
        html = template.render(
            site=project,
            page=page,
            pages=pages,
            previous=pages[position - 1] if position else None,
            next=pages[position + 1] if position + 1 < len(pages) else None,
            snapshot=snapshot_,
            canonical=_canonical(page),
            version=version,
            **_origin(),
        )
        html = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", whole_names(html))
        site.pages[page.file] = html
        (site.folder / page.file).write_text(html, encoding="utf-8")
    _write_assets(site)
    _copy_downloads(downloads, site)
    site.write("assets/search-index.js", search.script((p.file, p.title, p.body) for p in pages).encode("utf-8"))
    found = checks.problems(site.pages, site.files)
    if found:
        raise RenderError("; ".join(found[:20]))


def render_page(document: Mapping[str, Any], content: Content, site: Site) -> Page:
    """One page of the engine's content."""
    frontmatter, slug = document["frontmatter"], document["slug"]
    title = frontmatter.get("title")
    if not title:
        raise RenderError(f"{slug}: no title, begin the page with a heading")
    renderer = PageRenderer(document, content.text, site.publish)
    body = site.unpack_downloads(renderer.render(document["mdast"]))
    description = frontmatter.get("description") or _first_paragraph(document["mdast"])
    if not description:
        raise RenderError(f"{slug}: no description and no first paragraph to take it from")
    return Page(
        slug=slug,
        title=title,
        name=frontmatter.get("short_title") or slug.replace("-", " ").capitalize(),
        description=description,
        body=body,
        contents=[entry for entry in renderer.contents if entry[0] in (2, 3)],
        sources=renderer.sources(),
    )


def _complete_figures(
    page: Page, title: str, snapshot_: Mapping[str, str], slugs: list[str], version: str | None
) -> str:
    """What a figure cannot know when it is drawn: its number and address, the report's name and edition, the
    snapshot's hash, the method's page. Figures that the snapshot cannot support are counted too, so that a figure
    keeps its number from edition to edition."""
    method = '<a href="methods.html">Method</a>' if "methods" in slugs else ""
    edition = f", version {escape(version)}" if version else ""
    report = (
        f"<cite>{escape(title)}</cite>{edition}, {escape(snapshot_['label'])} (sha {escape(snapshot_['sha256'][:7])})"
    )
    numbers = {key: number for number, key in enumerate(_FIGURE.findall(page.body), start=1)}

    def head(match: re.Match[str]) -> str:
        key = match.group(1)
        return f'{match.group()}<a class="chart-number" href="#fig-{key}">Figure {numbers[key]}</a>'

    def place(match: re.Match[str]) -> str:
        key = match.group(1)
        address = _canonical(page) or page.file
        return f"Figure {numbers[key]} of “{escape(page.title)}” ({escape(address)}#fig-{key})"

    body = _FIGURE_HEAD.sub(head, page.body)
    body = _FIGURE_PLACE.sub(place, body)
    body = body.replace('<cite class="report">This report</cite>', report)
    return body.replace('<span class="chart-method"></span>', method)


def snapshot(path: Path) -> dict[str, str]:
    """The line that says on every page which snapshot the numbers are from."""
    if not path.exists():
        raise RenderError(f"no {path.name}: run `make site`, which builds it first")
    provenance = json.loads(path.read_text(encoding="utf-8"))
    missing = [key for key in ("label", "coverage", "date", "sha256") if not provenance.get(key)]
    if missing:
        raise RenderError(f"{path.name} has no {', '.join(missing)}")
    return {key: str(provenance[key]) for key in ("label", "coverage", "date", "sha256")}


def _first_paragraph(tree: Mapping[str, Any]) -> str:
    """Text of the first paragraph, cut at a word."""
    if tree.get("type") == "paragraph":
        text = " ".join(plain(tree).split())
        if len(text) <= _DESCRIPTION_LENGTH:
            return text
        return text[:_DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"
    return next((text for child in tree.get("children", []) if (text := _first_paragraph(child))), "")


def _canonical(page: Page) -> str | None:
    base = os.environ.get("BASE_URL", "").rstrip("/")
    if not base.startswith(("https://", "http://")):
        return None
    return f"{base}/" if page.slug == "index" else f"{base}/{page.file}"


def _copy_downloads(folder: Path, site: Site) -> None:
    """Every file of `folder` under `data/`: addresses that stay from edition to edition."""
    for path in sorted(folder.glob("*")):
        (site.folder / "data").mkdir(exist_ok=True)
        shutil.copyfile(path, site.folder / "data" / path.name)
        site.files.add(f"data/{path.name}")


def _version(downloads: Path) -> str | None:
    """The edition that a page is cited by; none for a book without downloads."""
    package = downloads / "datapackage.json"
    return json.loads(package.read_text(encoding="utf-8"))["version"] if package.exists() else None


def _origin() -> dict[str, str | None]:
    """Where the source lies and at which commit, if whoever builds says so: a build on a desk has no say in it."""
    repository, commit = (os.environ.get(name, "") for name in ("BOOK_REPOSITORY", "BOOK_COMMIT"))
    if repository and not repository.startswith("https://"):
        raise RenderError(f"BOOK_REPOSITORY is no https address: {repository}")
    if commit and not _COMMIT.fullmatch(commit):
        raise RenderError(f"BOOK_COMMIT is no full commit hash: {commit}")
    return {"repository": repository.rstrip("/") or None, "commit": commit or None}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(THEME / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["html"] = Markup
    return environment


def _write_assets(site: Site) -> None:
    for asset in sorted((THEME / "assets").iterdir()):
        shutil.copyfile(asset, _folder(site) / asset.name)
        site.files.add(f"assets/{asset.name}")
    if any('class="chart-spec"' in html for html in site.pages.values()):
        site.write("assets/vega.js", _vega_bundle().encode("utf-8"))


def _folder(site: Site) -> Path:
    folder = site.folder / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _vega_bundle() -> str:
    """Vega for the interactive charts: one classic script, its names kept out of the page's."""
    code = vl_convert.javascript_bundle("window.embedChart = vegaEmbed;")
    return f"(function () {{\n{code}\n}})();\n"


if __name__ == "__main__":
    sys.exit(main())
