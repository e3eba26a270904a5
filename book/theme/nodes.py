"""Turns the book engine's syntax tree into HTML: one function a node type, by the table RENDERERS.

A node type that is not in the table is an error: what the theme does not know would vanish from the page.
So are leftovers that the engine lets pass: an unknown footnote stays as literal text, an unknown role as a
node of its own. Errors name the page, the cell and the line within the cell.

Every function here returns HTML. Text and attributes are escaped where they are written: `element` and
`attributes` escape attributes, `_text` and `_code` what stands between tags.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

Node = Mapping[str, Any]

LONG = 12
"""Rows above which a table shows the first eight, and the others where a reader asks for them (`site.css`)."""

TALL = 20
"""Rows from which on a table scrolls in a box of its own, its head in view."""

_DRAWN = re.compile(r'class="(?:chart span-|table-scroll)')
_LAST_ACTION = '<span class="chart-method">'
_HIDDEN = ("hide", "remove")
"""How the engine calls code of cells tagged `hide-input` and `remove-input`."""

_LEFTOVER = re.compile(r"\[\^[^\]]*\]|\{[a-z][\w:-]*\}$")
_MATHML = re.compile(r"<math\b.*?</math>", re.DOTALL)
_SAFE_LINK = re.compile(r"(https?://|mailto:)")
_HEADLINE = re.compile(r'<(h[1-3])\b.*?</\1>|<p class="chart-title">.*?</p>', re.DOTALL)
_NAME = re.compile(r"\b[A-Za-z]+-[A-Z]?\d[\w.]*\b")
_OBJECT_ADDRESS = re.compile(r"<.* at 0x[0-9a-f]+>")
_TAG = re.compile(r"<[^>]+>")
_WIDTH = re.compile(r"[\d.]+(%|px|em|rem)")


class RenderError(Exception):
    """A page that must not be published; one line that names the place."""


class PageRenderer:
    """One page while it is rendered: what its nodes refer to, and what is found on the way.

    `contents` has level, id and HTML of each heading, `cited` the labels of sources in the order of citation.
    `fetch` returns the text of a long output that the engine serves apart; `publish` copies a file into the
    site and returns its address.
    """

    def __init__(
        self,
        page: Mapping[str, Any],
        fetch: Callable[[str], str],
        publish: Callable[[str, str], str],
    ) -> None:
        self.slug = page["slug"]
        self.references: Mapping[str, Any] = page.get("references", {}).get("cite", {}).get("data", {})
        self.fetch = fetch
        self.publish = publish
        self.contents: list[tuple[int, str, str]] = []
        self.cited: list[str] = []
        self.notes: dict[str, Node] = {}
        self.note_uses: dict[str, int] = {}
        self._cell = ""
        self._line: int | None = None

    def render(self, tree: Node) -> str:
        """The body of the page. Raises RenderError if it must not be published."""
        self.notes = {node["identifier"]: node for node in walk(tree) if node["type"] == "footnoteDefinition"}
        body = self.node(tree)
        unused = [name for name in self.notes if name not in self.note_uses]
        if unused:
            raise self.error(f"footnote {unused[0]} is never used")
        return body

    def node(self, node: Node) -> str:
        """One node as HTML."""
        if node.get("visibility") == "remove":
            return ""
        self._line = node.get("position", {}).get("start", {}).get("line") or self._line
        renderer = RENDERERS.get(node["type"])
        if renderer is None:
            raise self.error(f"the theme does not know {node['type']!r} ({plain(node)[:60]!r})")
        return renderer(self, node)

    def children(self, node: Node) -> str:
        """All children of a node as HTML."""
        return "".join(self.node(child) for child in node.get("children", []))

    def enter_cell(self, block: Node) -> None:
        """Errors name this cell from now on."""
        self._cell, self._line = block.get("identifier", ""), None

    def error(self, what: str) -> RenderError:
        """An error at the place that is being rendered."""
        cell = f", cell {self._cell}" if self._cell else ""
        line = f", line {self._line} of the cell" if self._line else ""
        return RenderError(f"{self.slug}{cell}{line}: {what}")

    def sources(self) -> list[tuple[str, str]]:
        """Id and HTML of each source cited, by text."""
        cited = [(f"source-{label}", self.references[label]["html"]) for label in self.cited]
        return sorted(cited, key=lambda source: without_tags(source[1]).casefold())


Renderer = Callable[[PageRenderer, Node], str]


# ---------------------------------------------------------------------------------------- helpers


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in reading order."""
    yield node
    for child in node.get("children", []):
        yield from walk(child)


def plain(node: Node) -> str:
    """The text of a node and all below it."""
    return "".join(below.get("value", "") for below in walk(node))


def without_tags(html: str) -> str:
    """The text of HTML; its entities stay as they are."""
    return _TAG.sub("", html)


def attributes(**values: object) -> str:
    """Attributes as HTML, escaped: `class_` is class, `aria_label` aria-label; None, "" and False are left out."""
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in values.items()
        if value not in (None, "", False)
    )


def element(tag: str, html: str, **values: object) -> str:
    """An element around HTML; `values` are its attributes."""
    return f"<{tag}{attributes(**values)}>{html}</{tag}>"


def page_address(url: str) -> str:
    """The engine's page address (`/moe#label`) as a link between flat pages (`moe.html#label`)."""
    path, _, label = url.partition("#")
    page = f"{path.strip('/') or 'index'}.html"
    return f"{page}#{label}" if label else page


def whole_names(page: str) -> str:
    """The page with names such as DeepSeek-V3 on one line in headlines; tags in these are left as they are."""

    def on_one_line(headline: re.Match[str]) -> str:
        parts = re.split(r"(<[^>]*>)", headline.group())
        return "".join(
            part if part.startswith("<") else _NAME.sub(r'<span class="whole">\g<0></span>', part) for part in parts
        )

    return _HEADLINE.sub(on_one_line, page)


# -------------------------------------------------------------------------------------- structure


def _always(html: str) -> Renderer:
    """Nodes that are the same HTML wherever they stand."""
    return lambda _page, _node: html


def _in_element(tag: str, class_: str | None = None, end: str = "") -> Renderer:
    """Nodes that are one element around their children, with their own class or one of the theme's."""
    return lambda page, node: _element(page, node, tag, class_=class_ or node.get("class")) + end


def _element(page: PageRenderer, node: Node, tag: str, **values: object) -> str:
    return element(tag, page.children(node), **{"id": node.get("html_id"), "class_": node.get("class"), **values})


def _block(page: PageRenderer, node: Node) -> str:
    """A cell. Its label becomes its id, where the cell's content does not bear it."""
    page.enter_cell(node)
    body, label = _with_code(page, node), node.get("label")
    if label and f'id="{escape(label)}"' in body:
        label = None
    return element("div", body, id=label, class_=node.get("class")) if label or node.get("class") else body


def _heading(page: PageRenderer, node: Node) -> str:
    level, name = node["depth"], node["html_id"]
    if node.get("implicit") and any(below["type"] == "fact" for below in walk(node)):
        raise page.error(f"label the heading {plain(node)!r}: its address would change with its number")
    text = page.children(node)
    page.contents.append((level, name, text))
    link = element("a", "#", class_="permalink", href=f"#{name}", aria_label="Link to this section")
    return element(f"h{level}", f"{text} {link}", id=name) + "\n"


def _span(page: PageRenderer, node: Node) -> str:
    """The role `see` makes spans that are links; others are spans."""
    address = node.get("data", {}).get("see")
    return element("a", page.children(node), href=address) if address else _element(page, node, "span")


def _fact(_page: PageRenderer, node: Node) -> str:
    """A fact is data, not prose: what looks like markup in it is no leftover."""
    return element("span", escape(node["value"], quote=False), class_="fact", data_fact=node["key"])


def _list(page: PageRenderer, node: Node) -> str:
    tag, start = "ol" if node.get("ordered") else "ul", node.get("start")
    return _element(page, node, tag, start=start if start != 1 else None)


def _list_item(page: PageRenderer, node: Node) -> str:
    body = _inline(page, node)
    if node.get("checked") is not None:
        body = f"{'☑' if node['checked'] else '☐'} {body}"
    return element("li", body, id=node.get("html_id")) + "\n"


def _inline(page: PageRenderer, node: Node) -> str:
    """The children of a node; where a paragraph is the only one, what stands in it."""
    children = node.get("children", [])
    is_paragraph = len(children) == 1 and children[0]["type"] == "paragraph"
    return page.children(children[0] if is_paragraph else node)


def _admonition(page: PageRenderer, node: Node) -> str:
    classes = f"admonition {node.get('kind') or 'note'} {node.get('class') or ''}".strip()
    return element("div", page.children(node), role="note", id=node.get("html_id"), class_=classes) + "\n"


# ------------------------------------------------------------------------------------------- text


def _text(page: PageRenderer, node: Node) -> str:
    leftover = _LEFTOVER.search(node["value"])
    if leftover:
        raise page.error(f"{leftover.group()!r} was not processed: a footnote or role that does not exist")
    return escape(node["value"], quote=False)


def _inline_code(_page: PageRenderer, node: Node) -> str:
    return element("code", escape(node["value"], quote=False))


def _math(page: PageRenderer, node: Node) -> str:
    number = f'<span class="equation-number">({node["enumerator"]})</span>' if node.get("enumerator") else ""
    return element("div", _mathml(page, node) + number, class_="equation", id=node.get("html_id"))


def _mathml(page: PageRenderer, node: Node) -> str:
    formula = _MATHML.search(node.get("html", ""))
    if formula is None:
        raise page.error(f"the formula {node.get('value')!r} was not rendered")
    return formula.group()


# ------------------------------------------------------------------------------------- references


def _link(page: PageRenderer, node: Node) -> str:
    return element("a", page.children(node), href=_address(page, node))


def _address(page: PageRenderer, node: Node) -> str:
    """Where a link goes: to a file of the book, a place on the page, another site or another page."""
    url = node.get("url") or ""
    if node.get("error") or not url:
        raise page.error(f"the link {plain(node)!r} goes nowhere")
    if node.get("static"):
        return page.publish(url, node.get("urlSource", url))
    if url.startswith("#") or _SAFE_LINK.match(url):
        return url
    if url.startswith("/"):
        return page_address(url)
    raise page.error(f"the link to {url!r} is neither a page, a label nor a web address")


def _cross_reference(page: PageRenderer, node: Node) -> str:
    if not node.get("resolved"):
        raise page.error(f"the reference {node.get('label') or plain(node)!r} was not found")
    other = page_address(node["url"]) if node.get("remote") else ""
    return element("a", page.children(node), href=f"{other}#{node['html_id']}")


def _cite_group(page: PageRenderer, node: Node) -> str:
    """Several citations: `Name (2025), Name (2026)` in a sentence, `(Name, 2025; Name, 2026)` beside one."""
    citations = [page.node(child) for child in node.get("children", [])]
    return ", ".join(citations) if node.get("kind") == "narrative" else f"({'; '.join(citations)})"


def _cite(page: PageRenderer, node: Node) -> str:
    label = node.get("label", "")
    reference = page.references.get(label)
    if reference is None or node.get("error"):
        raise page.error(f"the source {label!r} is not in references.bib")
    if label not in page.cited:
        page.cited.append(label)
    title = without_tags(reference["html"])
    return element("a", page.children(node), class_="cite", href=f"#source-{label}", title=title)


def _footnote_reference(page: PageRenderer, node: Node) -> str:
    """A note in the margin; where there is none it opens in place by a checkbox, without script."""
    name, number = node["identifier"], node.get("enumerator", "*")
    note = page.notes.get(name)
    if note is None:
        raise page.error(f"footnote {name} has no text")
    uses = page.note_uses[name] = page.note_uses.get(name, 0) + 1
    target = f"note-{name}" if uses == 1 else f"note-{name}-{uses}"
    toggle = attributes(class_="note-toggle", type="checkbox", id=target, aria_label=f"Note {number}")
    inside = element("span", escape(number), class_="note-number") + " " + _note(page, note)
    return (
        element("label", escape(number), class_="note-number", for_=target)
        + f"<input{toggle}>"
        + element("span", inside, class_="sidenote")
    )


def _note(page: PageRenderer, note: Node) -> str:
    """The text of a footnote, its paragraphs on lines of their own."""
    paragraphs = note.get("children", [])
    if any(part["type"] != "paragraph" for part in paragraphs):
        raise page.error(f"footnote {note['identifier']} may hold paragraphs only")
    return "<br>".join(page.children(part) for part in paragraphs)


def _word(_page: PageRenderer, node: Node) -> str:
    """A word of the report (`words.py`) and its note, which the word itself opens in place where there is no margin."""
    name = f"word-{node['name']}"
    toggle = attributes(class_="note-toggle", type="checkbox", id=name, aria_label=f"What {node['value']} means")
    return (
        element("label", escape(node["value"], quote=False), class_="word", for_=name)
        + f"<input{toggle}>"
        + element("span", escape(node["means"], quote=False), class_="sidenote")
    )


# ----------------------------------------------------------------------------- figures and tables


def _container(page: PageRenderer, node: Node) -> str:
    """A figure, a table or a quotation, with its caption and legend."""
    kind, name, children = node.get("kind", "figure"), node.get("html_id"), node.get("children", [])
    caption = "".join(page.children(child) for child in children if child["type"] == "caption")
    content = [child for child in children if child["type"] not in ("caption", "legend")]
    legend = "".join(page.node(child) for child in children if child["type"] == "legend")
    if not content:
        raise page.error(f"the {kind} {node.get('label', '')!r} has no content")
    if kind == "table" and content[0]["type"] == "table":
        return _table(page, content[0], caption, name) + legend
    body = "".join(page.node(child) for child in content)
    if kind == "quote":
        return element("div", body, class_=node.get("class") or "quote")
    foot = element("figcaption", caption + legend) if caption or legend else ""
    return element("figure", body + foot, class_=kind, id=name) + "\n"


def _image(page: PageRenderer, node: Node) -> str:
    alternative = (node.get("alt") or "").strip()
    if not alternative:
        raise page.error(f"the image {node.get('urlSource')!r} has no text alternative")
    width = str(node.get("width") or "")
    style = f"width:{width}" if _WIDTH.fullmatch(width) else None
    address = page.publish(node["url"], node.get("urlSource", node["url"]))
    return f"<img{attributes(src=address, alt=alternative, style=style, loading='lazy')}>"


def _table(page: PageRenderer, table: Node, caption: str = "", name: str | None = None) -> str:
    """A table in a box that scrolls sideways by itself, so that the page never does."""
    rows = table.get("children", [])
    heads = [row for row in rows if all(cell.get("header") for cell in row.get("children", []))]
    head = "".join(_row(page, row, "col") for row in heads)
    body = "".join(_row(page, row, "row") for row in rows if row not in heads)
    inline = re.sub(r"</?p>", "", caption).strip()
    title = f"<caption><span>{inline}</span></caption>" if caption else ""
    count = len(rows) - len(heads)
    unfold = f'<details class="table-all"><summary>All {count} rows</summary></details>' if count > LONG else ""
    return (
        element(
            "div",
            f'<table class="data">{title}<thead>{head}</thead><tbody>{body}</tbody></table>',
            class_="table-scroll tall" if len(rows) > TALL else "table-scroll",
            tabindex="0",
            role="region",
            aria_label=(without_tags(caption) or "Table").strip(),
            id=name or table.get("html_id"),
        )
        + f"{unfold}\n"
    )


def _row(page: PageRenderer, row: Node, scope: str) -> str:
    """A row; scope: what its header cells head, `col` or `row`."""
    return element("tr", "".join(_cell(page, cell, scope) for cell in row.get("children", []))) + "\n"


def _cell(page: PageRenderer, cell: Node, scope: str) -> str:
    is_header = cell.get("header")
    return element(
        "th" if is_header else "td",
        _inline(page, cell),
        scope=scope if is_header else None,
        class_="number" if cell.get("align") == "right" else None,
        colspan=cell.get("colspan"),
        rowspan=cell.get("rowspan"),
    )


# ------------------------------------------------------------------------------- code and outputs


def _with_code(page: PageRenderer, cell: Node) -> str:
    """What a cell shows, then its code, closed: that of figures and tables, and of cells tagged `hide-input`.

    A figure has its code in its row of actions, so that a link to the figure leads to both. The place of a figure that
    the snapshot cannot support has none. Code that no tag hides stands open where it is written.
    """
    children = cell.get("children", [])
    hidden = [child for child in children if child["type"] == "code" and child.get("visibility") in _HIDDEN]
    shown = "".join(page.node(child) for child in children if child not in hidden)
    is_drawn = _DRAWN.search(shown) is not None
    code = "".join(
        element("details", f"<summary>Show code</summary>{_code(page, child)}", class_="code")
        for child in hidden
        if is_drawn or child["visibility"] == "hide"
    )
    before, end, after = shown.rpartition(_LAST_ACTION)
    return before + code + end + after if end else shown + code


def _code(_page: PageRenderer, node: Node) -> str:
    """Code in colours; plain in a language that Pygments does not know."""
    try:
        lexer = get_lexer_by_name(node.get("lang") or "text")
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    code = highlight(node.get("value", ""), lexer, HtmlFormatter(cssclass="highlight", wrapcode=True))
    return code.replace("<pre>", '<pre tabindex="0">', 1)  # on a phone it scrolls, which the keyboard must reach


def _output(page: PageRenderer, node: Node) -> str:
    """What a cell shows: HTML, or text if that is all there is."""
    data = node.get("jupyter_data") or {}
    if data.get("output_type") in ("stream", "error"):
        text = str(data.get("text") or data.get("evalue") or "")
        raise page.error(f"a cell printed, warned or failed: {text.strip()[:120]!r}")
    bundle = data.get("data", {})
    if "text/html" in bundle:
        return element("div", _content(page, bundle["text/html"]), class_="output") + "\n"
    if set(bundle) != {"text/plain"}:
        raise page.error(f"an output of type {', '.join(bundle) or 'none'} has no text alternative")
    text = _content(page, bundle["text/plain"])
    if _OBJECT_ADDRESS.search(text):
        raise page.error(f"a cell ends in an object that has no form for readers: {text[:80]!r}")
    return element("pre", escape(text, quote=False), class_="output") + "\n"


def _content(page: PageRenderer, part: Mapping[str, Any]) -> str:
    """The text of an output, which the engine serves apart where it is long."""
    return part["content"] if "content" in part else page.fetch(part["path"])


RENDERERS: Mapping[str, Renderer] = {
    # structure
    "root": PageRenderer.children,
    "block": _block,
    "heading": _heading,
    "paragraph": _in_element("p", end="\n"),
    "div": _in_element("div"),
    "span": _span,
    "fact": _fact,
    "aside": _in_element("aside", "note"),
    "thematicBreak": _always("<hr>"),
    "blockquote": _in_element("blockquote"),
    "list": _list,
    "listItem": _list_item,
    "definitionList": _in_element("dl"),
    "definitionTerm": _in_element("dt"),
    "definitionDescription": _in_element("dd"),
    "glossary": PageRenderer.children,
    "details": _in_element("details"),
    "summary": _in_element("summary"),
    "admonition": _admonition,
    "admonitionTitle": _in_element("p", "admonition-title"),
    "comment": _always(""),
    # text
    "text": _text,
    "emphasis": _in_element("em"),
    "strong": _in_element("strong"),
    "subscript": _in_element("sub"),
    "superscript": _in_element("sup"),
    "delete": _in_element("del"),
    "underline": _in_element("u"),
    "smallcaps": _in_element("span", "smallcaps"),
    "keyboard": _in_element("kbd"),
    "abbreviation": lambda page, node: _element(page, node, "abbr", title=node.get("title")),
    "break": _always("<br>"),
    "inlineCode": _inline_code,
    "inlineMath": _mathml,
    "math": _math,
    # references
    "link": _link,
    "crossReference": _cross_reference,
    "citeGroup": _cite_group,
    "cite": _cite,
    "footnoteReference": _footnote_reference,
    "footnoteDefinition": _always(""),
    "word": _word,
    # figures and tables
    "container": _container,
    "legend": _in_element("div", "legend"),
    "captionNumber": _in_element("span", "caption-number", end=" "),
    "image": _image,
    "table": _table,
    # code and outputs
    "code": _code,
    "outputs": PageRenderer.children,
    "output": _output,
}
"""How each node type of the engine is rendered."""
