from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import pytest

Load = Callable[[str], ModuleType]
PAGE = {"slug": "made", "references": {"cite": {"data": {"tufte2001": {"html": "Tufte. <i>The <b>Display</b></i>."}}}}}


def _text(value: str) -> dict[str, Any]:
    return {"type": "text", "value": value}


def _root(*children: Mapping[str, Any]) -> dict[str, Any]:
    block = {"type": "block", "identifier": "made-002", "children": list(children)}
    return {"type": "root", "children": [block]}


@pytest.fixture(scope="module")
def nodes(theme_module: Load) -> ModuleType:
    return theme_module("nodes")


@pytest.fixture(scope="module")
def render(nodes: ModuleType) -> Callable[..., str]:
    """HTML of a page with these nodes."""

    def page(*children: Mapping[str, Any]) -> str:
        renderer = nodes.PageRenderer(PAGE, lambda path: f"<p>{path}</p>", lambda _url, source: f"files/{source}")
        return renderer.render(_root(*children))

    return page


REFUSED = {
    "unknown node": ({"type": "iframe", "src": "https://example.org"}, "does not know 'iframe'"),
    "evaluated expression": ({"type": "inlineExpression", "value": "1+1"}, "does not know 'inlineExpression'"),
    "unknown role": ({"type": "mystRole", "name": "nope", "value": "x"}, "does not know 'mystRole'"),
    "unknown footnote": (_text("note[^zz]"), r"'\[\^zz\]' was not processed"),
    "role without its text": (_text("see {fact}"), r"'\{fact\}' was not processed"),
    "unresolved reference": ({"type": "crossReference", "label": "nope"}, "'nope' was not found"),
    "unknown source": ({"type": "cite", "label": "nope"}, "'nope' is not in references.bib"),
    "link to nowhere": ({"type": "link", "url": "", "children": [_text("x")]}, "goes nowhere"),
    "script in a link": ({"type": "link", "url": "javascript:alert(1)"}, "neither a page"),
    "image without alternative": ({"type": "image", "url": "/x.png", "urlSource": "x.png"}, "no text alternative"),
    "figure without content": ({"type": "container", "kind": "figure", "label": "f"}, "no content"),
    "log": ({"type": "output", "jupyter_data": {"output_type": "stream", "text": "Warning: x"}}, "printed, warned"),
    "picture output": (
        {"type": "output", "jupyter_data": {"output_type": "display_data", "data": {"image/png": {"content": ""}}}},
        "image/png has no text alternative",
    ),
    "object without a form": (
        {"type": "output", "jupyter_data": {"data": {"text/plain": {"content": "<X object at 0x7f00>"}}}},
        "has no form for readers",
    ),
    "number in an address": (
        {
            "type": "heading",
            "depth": 2,
            "html_id": "by-3",
            "implicit": True,
            "children": [{"type": "fact", "key": "n", "value": "3"}],
        },
        "label the heading",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_readers_cannot_use_is_refused_with_its_place(
    case: str, render: Callable[..., str], nodes: ModuleType
) -> None:
    node, message = REFUSED[case]
    with pytest.raises(nodes.RenderError, match=f"^made, cell made-002.*{message}"):
        render({"type": "paragraph", "position": {"start": {"line": 3}}, "children": [node]})


def test_errors_name_the_line(render: Callable[..., str], nodes: ModuleType) -> None:
    with pytest.raises(nodes.RenderError, match="line 3 of the cell"):
        render({"type": "paragraph", "position": {"start": {"line": 3}}, "children": [{"type": "nope"}]})


def test_text_is_escaped(render: Callable[..., str]) -> None:
    assert render(_text("<b>&")) == "&lt;b&gt;&amp;"


@pytest.mark.parametrize("name", ["a/model[^1]", "label {word}", "{nope}"])
def test_a_fact_is_data_and_no_markup_that_was_left_over(name: str, render: Callable[..., str]) -> None:
    fact = {"type": "fact", "key": "label", "value": name}
    assert render({"type": "strong", "children": [fact]}).count(f">{name}</span>") == 1


def test_a_fact_is_escaped(render: Callable[..., str]) -> None:
    html = render({"type": "fact", "key": '"x', "value": "<b>&"})
    assert html == '<span class="fact" data-fact="&quot;x">&lt;b&gt;&amp;</span>'


def test_a_footnote_stands_beside_its_reference(render: Callable[..., str]) -> None:
    reference = {"type": "footnoteReference", "identifier": "a", "enumerator": "1"}
    definition = {
        "type": "footnoteDefinition",
        "identifier": "a",
        "children": [{"type": "paragraph", "children": [_text("The note")]}],
    }
    html = render({"type": "paragraph", "children": [reference]}, definition)
    assert '<input class="note-toggle" type="checkbox" id="note-a"' in html
    assert "The note" in html


def test_a_citation_shows_its_source_on_hover(render: Callable[..., str]) -> None:
    html = render({"type": "cite", "label": "tufte2001", "children": [_text("Tufte (2001)")]})
    assert html == '<a class="cite" href="#source-tufte2001" title="Tufte. The Display.">Tufte (2001)</a>'


def test_links_go_to_flat_pages(render: Callable[..., str], nodes: ModuleType) -> None:
    remote = {"type": "crossReference", "resolved": True, "remote": True, "url": "/moe", "html_id": "fig"}
    assert render(remote) == '<a href="moe.html#fig"></a>'
    assert nodes.page_address("/") == "index.html"


def test_removed_cells_and_code_stay_out(render: Callable[..., str]) -> None:
    assert render({"type": "code", "visibility": "remove", "value": "secret"}) == ""
    assert render({"type": "block", "visibility": "remove", "children": [_text("secret")]}) == ""


def test_a_table_has_scoped_headers_and_scrolls_by_itself(render: Callable[..., str]) -> None:
    header = {"type": "tableCell", "header": True, "align": "right", "children": [_text("n")]}
    cell = {"type": "tableCell", "align": "right", "children": [_text("3")]}
    rows = [{"type": "tableRow", "children": [header]}, {"type": "tableRow", "children": [cell]}]
    html = render({"type": "table", "children": rows})
    assert '<th scope="col" class="number">n</th>' in html
    assert '<td class="number">3</td>' in html
    assert 'class="table-scroll" tabindex="0"' in html


def test_a_long_table_scrolls_in_a_box_with_its_head_in_view(render: Callable[..., str]) -> None:
    cell = {"type": "tableCell", "children": [_text("3")]}
    rows = [{"type": "tableRow", "children": [cell]}] * 21
    assert 'class="table-scroll tall"' in render({"type": "table", "children": rows})


def test_a_long_table_is_whole_and_says_how_many_rows_it_shows_when_asked(render: Callable[..., str]) -> None:
    cell = {"type": "tableCell", "children": [_text("3")]}
    row = {"type": "tableRow", "children": [cell]}
    html = render({"type": "table", "children": [row] * 13})
    assert html.count("<tr>") == 13
    assert html.strip().endswith('</div><details class="table-all"><summary>All 13 rows</summary></details>')
    assert "table-all" not in render({"type": "table", "children": [row] * 12})


def test_a_caption_names_its_table(render: Callable[..., str]) -> None:
    caption = {"type": "caption", "children": [{"type": "paragraph", "children": [_text("Counts")]}]}
    cell = {"type": "tableCell", "header": True, "children": [_text("n")]}
    table = {"type": "table", "children": [{"type": "tableRow", "children": [cell]}]}
    html = render({"type": "container", "kind": "table", "html_id": "counts", "children": [caption, table]})
    assert 'aria-label="Counts" id="counts"' in html
    assert "<caption><span>Counts</span></caption>" in html


BAD_PAGES = {
    "script from elsewhere": '<script src="https://example.org/x.js"></script>',
    "style from elsewhere": '<link rel="stylesheet" href="//example.org/x.css">',
    "image from elsewhere": '<img alt="x" src="http://example.org/x.png">',
    "image without alternative": '<img src="x.png">',
    "drawing without a name": "<svg><path/></svg>",
    "inline script": '<p onclick="x()">x</p>',
    "frame": '<iframe src="x.html"></iframe>',
    "same id twice": '<p id="a"></p><p id="a"></p>',
    "link to no page": '<a href="gone.html">x</a>',
    "link to no place": '<a href="#gone">x</a>',
    "absolute link": '<a href="/index.html">x</a>',
}


@pytest.mark.parametrize("case", BAD_PAGES)
def test_a_finished_page_is_checked(case: str, theme_module: Load) -> None:
    found = theme_module("checks").problems({"index.html": BAD_PAGES[case]}, {"x.png"})
    assert len(found) == 1
    assert found[0].startswith("index.html: ")


def test_a_sound_page_passes(theme_module: Load) -> None:
    html = (
        '<p id="a"><a href="#a">x</a><a href="https://example.org">x</a><a href="index.html#a">x</a></p>'
        '<svg role="img" aria-label="x"><svg></svg></svg><svg aria-hidden="true"/><img alt="x" src="x.png">'
    )
    assert theme_module("checks").problems({"index.html": html}, {"x.png"}) == []


def test_a_name_in_a_headline_stays_on_one_line(theme_module: Callable[[str], ModuleType]) -> None:
    page = '<h2 id="gpt-4"><span>GPT-4 beside DeepSeek-V3.2</span> <a href="#gpt-4">#</a></h2><p>GPT-4, well-known</p>'
    assert theme_module("nodes").whole_names(page) == (
        '<h2 id="gpt-4"><span><span class="whole">GPT-4</span> beside <span class="whole">DeepSeek-V3.2</span></span> '
        '<a href="#gpt-4">#</a></h2><p>GPT-4, well-known</p>'
    )
