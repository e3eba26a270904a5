"""The notebook behind a page: code under figures, the file to download, where it can be read and run."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import nbformat
import pytest
import yaml

from pipeline.base.params import Params
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import site

from .conftest import COLOURS, figure_html, make_book, markdown, output

Load = Callable[[str], ModuleType]
OPENED = "lab%2Ftree%2Fbook%2F_build%2Fhtml%2Fnotebooks%2Findex.ipynb"
COMMIT = "0123456789" * 4
FIGURE = (
    '<figure class="chart span-body" id="fig-made"><p class="chart-title">It rises</p><div class="chart-actions">'
    '<details class="chart-data"></details><span class="chart-method"></span></div></figure>'
)
ABSENT = '<figure class="chart absent" id="fig-none"><p class="chart-title">It is not known</p></figure>'
TABLE = '<div class="table-scroll"><table class="data"></table></div>'
CODE = 'draw(load.table("made"), "<b>")'


def page(load: Load, html: str, visibility: str) -> str:
    """A page whose one cell shows this HTML."""
    shown = {"jupyter_data": {"output_type": "display_data", "data": {"text/html": {"content": html}}}}
    cell = {
        "type": "block",
        "identifier": "made-001",
        "children": [
            {"type": "code", "lang": "python", "visibility": visibility, "value": CODE},
            {"type": "outputs", "children": [{"type": "output", **shown}] if html else []},
        ],
    }
    renderer = load("nodes").PageRenderer({"slug": "made"}, str, lambda _url, source: source)
    return renderer.render({"type": "root", "children": [cell]})


@pytest.mark.parametrize("html", [FIGURE, TABLE])
def test_the_code_of_a_figure_or_table_stands_below_it_closed(html: str, theme_module: Load) -> None:
    found = page(theme_module, html, "remove")
    assert found.index("It rises" if html is FIGURE else "</table>") < found.index('<details class="code">')
    assert "<summary>Show code</summary>" in found
    assert "<details open" not in found
    assert "&lt;b&gt;" in found


def test_a_figure_has_its_code_among_its_actions(theme_module: Load) -> None:
    actions = (
        page(theme_module, FIGURE, "remove").partition('<div class="chart-actions">')[2].partition("</div></fig")[0]
    )
    assert actions.index("chart-data") < actions.index("Show code") < actions.index("chart-method")


def test_a_figure_of_the_kit_has_a_place_for_its_code(theme_module: Load) -> None:
    found = page(theme_module, figure_html(), "remove")
    assert found.index("chart-actions") < found.index("Show code") < found.index("</figure>")


@pytest.mark.parametrize("html", [ABSENT, "<p>A sentence</p>", ""])
def test_there_is_no_code_where_nothing_is_drawn(html: str, theme_module: Load) -> None:
    assert "draw" not in page(theme_module, html, "remove")


def test_a_cell_that_works_something_out_shows_how_below_its_answer(theme_module: Load) -> None:
    found = page(theme_module, "<p>A sentence</p>", "hide")
    assert found.index("A sentence") < found.index('<details class="code">') < found.index("draw")


def test_code_that_no_tag_hides_is_open_and_comes_first(theme_module: Load) -> None:
    found = page(theme_module, "<p>A sentence</p>", "show")
    assert "<details" not in found
    assert found.index("draw") < found.index("A sentence")


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    light = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), light, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "muted", "code-keyword", "code-number", "code-string"])
def test_words_of_code_can_be_read_on_the_panel(name: str, scheme: str) -> None:
    colours = yaml.safe_load((PROJECT / COLOURS).read_text(encoding="utf-8"))
    dark, light = sorted(luminance(colours[part][scheme]) for part in (name, "panel"))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


# ------------------------------------------------------------------------------- the file to download


def downloaded(load: Load, *cells: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
    return load("notebook").by_itself({"cells": list(cells), "nbformat": 4, "nbformat_minor": 5}, facts, "Read me.")


def test_in_the_file_a_figure_needs_no_style_sheet(theme_module: Load) -> None:
    cell = output(figure_html())
    assert "var(--" in cell["outputs"][0]["data"]["text/html"]
    shown = downloaded(theme_module, cell, facts={})["cells"][1]["outputs"][0]["data"]["text/html"]
    assert "var(--" not in shown
    assert shown.startswith("<figure><figcaption><strong>It rises</strong>")
    assert shown.count('src="data:image/svg+xml;base64,') == 1
    assert 'alt="It rises' in shown


def test_in_the_file_facts_are_words_and_their_markup_is_none(theme_module: Load) -> None:
    facts = {"name": {"text": "by a/model[^1] *x*"}}
    text = markdown("# {fact}`name`\n\nSee {see}`the figure <moe.html#fig-made>`, {fact}`gone`.")
    found = downloaded(theme_module, text, facts=facts)["cells"][1]["source"]
    assert found == "# by a/model\\[^1\\] \\*x\\*\n\nSee the figure, {fact}`gone`."


def test_code_is_in_the_file_as_it_ran(theme_module: Load) -> None:
    cell = {**output("<p>x</p>"), "source": ["from a import b\n", "b({fact})"]}
    assert downloaded(theme_module, cell, facts={})["cells"][1]["source"] == cell["source"]


def test_every_page_offers_its_notebook_and_no_link_leads_nowhere(tmp_path: Any) -> None:
    paths = make_book(tmp_path, {"index": [markdown("# Made\n\nBy {fact}`ratio`."), output(figure_html())]})
    site.run(paths, Params.model_construct())
    behind = behind_of(paths)
    assert 'href="notebooks/index.ipynb" download' in behind
    assert behind.count("<a ") == 1
    text = (paths.site / "notebooks" / "index.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert "“Made” of *Made report*, as it ran on Made snapshot (sha256 1a2b3c4d5e6f)" in notebook.cells[0].source
    assert "By 3.1." in notebook.cells[1].source
    assert str(tmp_path) not in text


def test_where_the_repository_is_known_its_page_leads_to_source_and_services(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOK_REPOSITORY", "https://github.com/a/fork")
    monkeypatch.setenv("BOOK_COMMIT", COMMIT)
    paths = make_book(tmp_path, {"index": [markdown("# Made\n\nText.")]})
    site.run(paths, Params.model_construct())
    behind = behind_of(paths)
    assert f'href="https://github.com/a/fork/blob/{COMMIT}/book/index.md"' in behind
    assert f'href="https://mybinder.org/v2/gh/a/fork/{COMMIT}?urlpath={OPENED}"' in behind
    assert 'href="https://codespaces.new/a/fork"' in behind


def behind_of(paths: Paths) -> str:
    html = (paths.site / "index.html").read_text(encoding="utf-8")
    return html.partition('<section class="behind"')[2].partition("</section>")[0]


RUNS = {
    "no repository": (None, COMMIT, []),
    "github without a commit": ("https://github.com/a/b", None, ["/gh/a/b/HEAD?", "codespaces.new/a/b"]),
    "another host": ("https://example.org/a/b", COMMIT, [f"/git/https%3A%2F%2Fexample.org%2Fa%2Fb/{COMMIT}?"]),
    "another host without a commit": ("https://example.org/a/b", None, []),
}


@pytest.mark.parametrize("case", RUNS)
def test_a_service_is_named_where_it_can_run_the_notebook(case: str, theme_module: Load) -> None:
    repository, commit, parts = RUNS[case]
    found = theme_module("notebook").places_to_run("moe", repository, commit)
    assert len(found) == len(parts)
    assert all(part in address for part, (_, address) in zip(parts, found, strict=True))


def test_the_source_is_at_the_commit_where_one_is_known(theme_module: Load) -> None:
    source = theme_module("notebook").source_address
    assert source("moe", "https://github.com/a/b", COMMIT).endswith(f"/blob/{COMMIT}/book/moe.md")
    assert source("moe", "https://github.com/a/b", None).endswith("/blob/HEAD/book/moe.md")
    assert source("moe", None, COMMIT) is None
