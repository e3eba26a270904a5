"""The notebook behind a page: the file to download, and where it can be read and run.

An executed notebook holds each figure in the form of the site: several drawings, whose colours the site's style sheet
names, and the files to download. Outside the site such a figure has no colours, so in the file stand its title, its
subtitle, one drawing with colours of its own, and its source. Quoted facts become their words. Cells of code are as
they ran. Drawback: the drawings keep the light page's colours, also where Jupyter is dark.
"""

import copy
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = PROJECT / "book" / "_executed"
FOLDER = "notebooks"
"""Where the files lie in the site."""

_FIGURE = re.compile(r'<figure class="chart span-.*?</figure>', re.DOTALL)
_DRAWING = re.compile(r'href="(data:image/svg\+xml;base64,[A-Za-z0-9+/=]+)"')
_NAME = re.compile(r'<svg\b[^>]*? aria-label="([^"]*)"')
_FACT = re.compile(r"\{fact\}`([^`]+)`")
_SEE = re.compile(r"\{see\}`([^`<]+?)\s*<[^`]*>`")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>$])")


def to_download(name: str, introduction: str) -> bytes:
    """The file of a page, with an introduction for readers; the same bytes again.

    Executed notebooks lie in BOOK_NOTEBOOKS, the files of facts are BOOK_FACTS, as for the plugin of roles.
    """
    executed = Path(os.environ.get("BOOK_NOTEBOOKS") or NOTEBOOKS) / f"{name}.ipynb"
    made = by_itself(json.loads(executed.read_text(encoding="utf-8")), _facts(), introduction)
    return (json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


@cache
def _facts() -> dict[str, Any]:
    """Every fact by its key."""
    named = os.environ.get("BOOK_FACTS")
    files = map(Path, named.split(os.pathsep)) if named else sorted(PROJECT.glob("data/out/*/facts.json"))
    return {key: fact for file in files for key, fact in json.loads(file.read_text(encoding="utf-8")).items()}


def by_itself(executed: Mapping[str, Any], facts: Mapping[str, Any], introduction: str) -> dict[str, Any]:
    """An executed notebook as one that needs neither site nor style sheet, with a first cell for readers."""
    made = copy.deepcopy(dict(executed))
    for cell in made["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = _in_words("".join(cell["source"]), facts)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = _FIGURE.sub(_figure, "".join(data["text/html"]))
    first = {"cell_type": "markdown", "id": "introduction", "metadata": {}, "source": introduction}
    made["cells"] = [first, *made["cells"]]
    return made


def introduction(title: str, report: str, snapshot: Mapping[str, str], repository: str | None) -> str:
    """What stands first in the file: which page it is behind, of which snapshot, and how it is run."""
    source = f"Get the [source]({repository})" if repository else "Get the source of the report"
    page = f"The notebook behind the page “{_as_text(title)}” of *{_as_text(report)}*, as it ran on"
    return (
        f"{page} {_as_text(snapshot['label'])} (sha256 {snapshot['sha256'][:12]}). "
        f"{source}, run `make site` in its folder, and open this file there."
    )


def _as_text(text: str) -> str:
    """Text for Markdown in which nothing is markup."""
    return _MARKUP.sub(r"\\\1", text)


def _in_words(text: str, facts: Mapping[str, Any]) -> str:
    """Text with facts and links to figures as their words; what looks like markup in a fact is none."""

    def words(quoted: re.Match[str]) -> str:
        text = (facts.get(quoted[1].strip()) or {}).get("text")
        return _as_text(text) if text else quoted[0]

    return _SEE.sub(r"\1", _FACT.sub(words, text))


def _figure(figure: re.Match[str]) -> str:
    """A figure of the site as one that needs no style sheet; without a drawing to download, as it is."""
    html = figure[0]
    drawing, name = _DRAWING.search(html), _NAME.search(html)
    if drawing is None or name is None:
        return html
    title, subtitle, source = (_part(html, part) for part in ("title", "subtitle", "source"))
    head = f"<figcaption><strong>{title}</strong><br>{subtitle}</figcaption>"
    return f'<figure>{head}<img alt="{name[1]}" src="{drawing[1]}"><p><small>{source}</small></p></figure>'


def _part(html: str, part: str) -> str:
    found = re.search(rf'<p class="chart-{part}">(.*?)</p>', html, re.DOTALL)
    return found[1] if found else ""


def source_address(name: str, repository: str | None, commit: str | None) -> str | None:
    """Where the text of a page lies; None where the repository is not known."""
    return f"{repository}/blob/{commit or 'HEAD'}/book/{name}.md" if repository else None


def places_to_run(name: str, repository: str | None, commit: str | None) -> list[tuple[str, str]]:
    """Service and address of each place where the notebook of a page runs without a set-up; none without a repository.

    Both services know repositories of github.com by owner and name; Binder takes any other by its address, at a commit.
    Binder builds the site in its image (`binder/postBuild`), so the file that a reader downloads opens there.
    """
    if not repository:
        return []
    host, path = urlsplit(repository).netloc, urlsplit(repository).path.strip("/").removesuffix(".git")
    notebook = f"?urlpath={quote(f'lab/tree/book/_build/html/{FOLDER}/{name}.ipynb', safe='')}"
    if host == "github.com":
        return [
            ("Binder", f"https://mybinder.org/v2/gh/{path}/{commit or 'HEAD'}{notebook}"),
            ("Codespaces", f"https://codespaces.new/{path}"),
        ]
    binder = f"https://mybinder.org/v2/git/{quote(repository, safe='')}/{commit}{notebook}"
    return [("Binder", binder)] if commit else []
