"""Turns the book engine's syntax tree into HTML, one method a node type.

A node type without a method is an error: what the theme does not know would vanish from the page.
So are leftovers that the engine lets pass: an unknown footnote stays as literal text, an unknown
role as a node of its own. Errors name the page, the cell and the line within the cell.
"""

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

Node = Mapping[str, Any]

TALL = 20
"""Rows from which on a table scrolls in a box of its own, its head in view."""

_LEFTOVER = re.compile(r"\[\^[^\]]*\]|\{[a-z][\w:-]*\}$")
_MATHML = re.compile(r"<math\b.*?</math>", re.DOTALL)
_SAFE_LINK = re.compile(r"(https?://|mailto:)")
_HEADLINE = re.compile(r'<(h[1-3])\b.*?</\1>|<p class="chart-title">.*?</p>', re.DOTALL)
_NAME = re.compile(r"\b[A-Za-z]+-[A-Z]?\d[\w.]*\b")
_OBJECT_ADDRESS = re.compile(r"<.* at 0x[0-9a-f]+>")


class RenderError(Exception):
    """A page that must not be published; one line that names the place."""


def plain(node: Node) -> str:
    """The text of a node and all below it."""
    return node.get("value", "") + "".join(plain(child) for child in node.get("children", []))


def whole_names(page: str) -> str:
    """The page with names such as DeepSeek-V3 kept on one line in headlines; tags in these are left as they are."""

    def kept(match: re.Match[str]) -> str:
        parts = re.split(r"(<[^>]*>)", match.group())
        return "".join(
            part if part.startswith("<") else _NAME.sub(r'<span class="whole">\g<0></span>', part) for part in parts
        )

    return _HEADLINE.sub(kept, page)


def _attributes(**values: object) -> str:
    """Attributes as text; None and "" are left out, an underscore at the end is dropped."""
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in values.items()
        if value not in (None, "", False)
    )


class PageRenderer:
    """Renders one page. `contents` holds the headings met, for the page's table of contents.

    `fetch` returns the text of a long output that the engine serves apart; `publish` copies a
    file into the site and returns its address.
    """

    def __init__(
        self,
        page: Mapping[str, Any],
        fetch: Callable[[str], str],
        publish: Callable[[str, str], str],
    ) -> None:
        self.slug = page["slug"]
        self.references: Mapping[str, Any] = page.get("references", {}).get("cite", {}).get("data", {})
        self.contents: list[tuple[int, str, str]] = []
        self.cited: list[str] = []
        self._fetch = fetch
        self._publish = publish
        self._place: Node = {}
        self._line: int | None = None
        self._header_row = False
        self._notes: dict[str, Node] = {}
        self._note_uses: dict[str, int] = {}

    # ------------------------------------------------------------------ entry and errors

    def render(self, tree: Node) -> str:
        """The body of the page."""
        self._collect_notes(tree)
        body = self.node(tree)
        unused = [name for name in self._notes if name not in self._note_uses]
        if unused:
            raise self.error(f"footnote {unused[0]} is never used")
        return body

    def error(self, what: str) -> RenderError:
        """An error at the place that is being rendered."""
        cell = f", cell {self._place['identifier']}" if self._place.get("identifier") else ""
        line = f", line {self._line} of the cell" if self._line else ""
        return RenderError(f"{self.slug}{cell}{line}: {what}")

    def node(self, node: Node) -> str:
        """One node as HTML."""
        line = node.get("position", {}).get("start", {}).get("line")
        self._line = line or self._line
        method = getattr(self, f"_{node['type']}", None)
        if method is None:
            raise self.error(f"the theme does not know {node['type']!r} ({plain(node)[:60]!r})")
        return method(node)

    def children(self, node: Node) -> str:
        """All children of a node as HTML."""
        return "".join(self.node(child) for child in node.get("children", []))

    def _element(self, tag: str, node: Node, **extra: object) -> str:
        values = {"id": node.get("html_id"), "class_": node.get("class"), **extra}
        return f"<{tag}{_attributes(**values)}>{self.children(node)}</{tag}>"

    # ------------------------------------------------------------------ structure

    def _root(self, node: Node) -> str:
        return self.children(node)

    def _block(self, node: Node) -> str:
        if node.get("visibility") == "remove":
            return ""
        self._place, self._line = node, None
        body = self.children(node)
        label = node.get("label")
        labelled = label if label and f'id="{escape(label)}"' not in body else None
        if not labelled and not node.get("class"):
            return body
        return f"<div{_attributes(id=labelled, class_=node.get('class'))}>{body}</div>"

    def _heading(self, node: Node) -> str:
        name = node.get("html_id")
        if node.get("implicit") and _holds_fact(node):
            raise self.error(f"label the heading {plain(node)!r}: its address would change with its number")
        text = self.children(node)
        self.contents.append((node["depth"], name, text))
        level = node["depth"]
        link = f'<a class="permalink" href="#{escape(name)}" aria-label="Link to this section">#</a>'
        return f'<h{level} id="{escape(name)}">{text} {link}</h{level}>\n'

    def _paragraph(self, node: Node) -> str:
        return self._element("p", node) + "\n"

    def _div(self, node: Node) -> str:
        return self._element("div", node)

    def _span(self, node: Node) -> str:
        data = node.get("data", {})
        if "see" in data:
            return f'<a href="{escape(data["see"])}">{self.children(node)}</a>'
        return self._element("span", node)

    def _fact(self, node: Node) -> str:
        """A fact is data: what looks like markup in it was not left over by anybody."""
        return f'<span class="fact" data-fact="{escape(node["key"])}">{escape(node["value"], quote=False)}</span>'

    def _aside(self, node: Node) -> str:
        return f'<aside class="note">{self.children(node)}</aside>'

    def _thematicBreak(self, node: Node) -> str:  # noqa: N802
        return "<hr>"

    def _blockquote(self, node: Node) -> str:
        return self._element("blockquote", node)

    def _list(self, node: Node) -> str:
        tag = "ol" if node.get("ordered") else "ul"
        start = node.get("start")
        return self._element(tag, node, start=start if start not in (None, 1) else None)

    def _listItem(self, node: Node) -> str:  # noqa: N802
        children = node.get("children", [])
        lone = len(children) == 1 and children[0]["type"] == "paragraph"
        body = self.children(children[0]) if lone else self.children(node)
        if node.get("checked") is not None:
            body = f"{'☑' if node['checked'] else '☐'} {body}"
        return f"<li{_attributes(id=node.get('html_id'))}>{body}</li>\n"

    def _definitionList(self, node: Node) -> str:  # noqa: N802
        return self._element("dl", node)

    def _definitionTerm(self, node: Node) -> str:  # noqa: N802
        return self._element("dt", node)

    def _definitionDescription(self, node: Node) -> str:  # noqa: N802
        return self._element("dd", node)

    def _glossary(self, node: Node) -> str:
        return self.children(node)

    def _details(self, node: Node) -> str:
        return self._element("details", node)

    def _summary(self, node: Node) -> str:
        return self._element("summary", node)

    def _admonition(self, node: Node) -> str:
        kind = node.get("kind") or "note"
        classes = f"admonition {kind} {node.get('class') or ''}".strip()
        return f'<div role="note"{_attributes(id=node.get("html_id"), class_=classes)}>{self.children(node)}</div>\n'

    def _admonitionTitle(self, node: Node) -> str:  # noqa: N802
        return f'<p class="admonition-title">{self.children(node)}</p>'

    def _comment(self, node: Node) -> str:
        return ""

    # ------------------------------------------------------------------ text

    def _text(self, node: Node) -> str:
        leftover = _LEFTOVER.search(node["value"])
        if leftover:
            raise self.error(f"{leftover.group()!r} was not processed: a footnote or role that does not exist")
        return escape(node["value"], quote=False)

    def _emphasis(self, node: Node) -> str:
        return self._element("em", node)

    def _strong(self, node: Node) -> str:
        return self._element("strong", node)

    def _subscript(self, node: Node) -> str:
        return self._element("sub", node)

    def _superscript(self, node: Node) -> str:
        return self._element("sup", node)

    def _delete(self, node: Node) -> str:
        return self._element("del", node)

    def _underline(self, node: Node) -> str:
        return self._element("u", node)

    def _smallcaps(self, node: Node) -> str:
        return f'<span class="smallcaps">{self.children(node)}</span>'

    def _keyboard(self, node: Node) -> str:
        return self._element("kbd", node)

    def _abbreviation(self, node: Node) -> str:
        return self._element("abbr", node, title=node.get("title"))

    def _break(self, node: Node) -> str:
        return "<br>"

    def _inlineCode(self, node: Node) -> str:  # noqa: N802
        return f"<code>{escape(node['value'], quote=False)}</code>"

    def _inlineMath(self, node: Node) -> str:  # noqa: N802
        return self._mathml(node)

    def _math(self, node: Node) -> str:
        number = f'<span class="equation-number">({node["enumerator"]})</span>' if node.get("enumerator") else ""
        return f'<div class="equation"{_attributes(id=node.get("html_id"))}>{self._mathml(node)}{number}</div>'

    def _mathml(self, node: Node) -> str:
        found = _MATHML.search(node.get("html", ""))
        if found is None:
            raise self.error(f"the formula {node.get('value')!r} was not rendered")
        return found.group()

    # ------------------------------------------------------------------ references

    def _link(self, node: Node) -> str:
        return f'<a href="{escape(self._address(node))}">{self.children(node)}</a>'

    def _address(self, node: Node) -> str:
        url = node.get("url") or ""
        if node.get("error") or not url:
            raise self.error(f"the link {plain(node)!r} goes nowhere")
        if node.get("static"):
            return self._publish(url, node.get("urlSource", url))
        if url.startswith("#") or _SAFE_LINK.match(url):
            return url
        if url.startswith("/"):
            return page_address(url)
        raise self.error(f"the link to {url!r} is neither a page, a label nor a web address")

    def _crossReference(self, node: Node) -> str:  # noqa: N802
        if not node.get("resolved"):
            raise self.error(f"the reference {node.get('label') or plain(node)!r} was not found")
        page = page_address(node["url"]) if node.get("remote") else ""
        return f'<a href="{escape(page)}#{escape(node["html_id"])}">{self.children(node)}</a>'

    def _citeGroup(self, node: Node) -> str:  # noqa: N802
        narrative = node.get("kind") == "narrative"
        joined = ("; " if not narrative else ", ").join(self.node(child) for child in node.get("children", []))
        return joined if narrative else f"({joined})"

    def _cite(self, node: Node) -> str:
        label = node.get("label", "")
        reference = self.references.get(label)
        if reference is None or node.get("error"):
            raise self.error(f"the source {label!r} is not in references.bib")
        if label not in self.cited:
            self.cited.append(label)
        title = re.sub(r"<[^>]+>", "", reference["html"])
        return f'<a class="cite" href="#source-{escape(label)}" title="{escape(title)}">{self.children(node)}</a>'

    def sources(self) -> list[tuple[str, str]]:
        """Id and HTML of each source cited, by text."""
        cited = [(f"source-{label}", self.references[label]["html"]) for label in self.cited]
        return sorted(cited, key=lambda source: re.sub(r"<[^>]+>", "", source[1]).casefold())

    def _collect_notes(self, node: Node) -> None:
        if node["type"] == "footnoteDefinition":
            self._notes[node["identifier"]] = node
        for child in node.get("children", []):
            self._collect_notes(child)

    def _footnoteReference(self, node: Node) -> str:  # noqa: N802
        """A note in the margin; where there is none it opens in place by a checkbox, without script."""
        name, number = node["identifier"], node.get("enumerator", "*")
        definition = self._notes.get(name)
        if definition is None:
            raise self.error(f"footnote {name} has no text")
        uses = self._note_uses[name] = self._note_uses.get(name, 0) + 1
        target = f"note-{escape(name)}" + (f"-{uses}" if uses > 1 else "")
        return (
            f'<label class="note-number" for="{target}">{escape(number)}</label>'
            f'<input class="note-toggle" type="checkbox" id="{target}" aria-label="Note {escape(number)}">'
            f'<span class="sidenote"><span class="note-number">{escape(number)}</span> {self._note(definition)}</span>'
        )

    def _note(self, definition: Node) -> str:
        parts = definition.get("children", [])
        if any(part["type"] != "paragraph" for part in parts):
            raise self.error(f"footnote {definition['identifier']} may hold paragraphs only")
        return "<br>".join(self.children(part) for part in parts)

    def _footnoteDefinition(self, node: Node) -> str:  # noqa: N802
        return ""

    # ------------------------------------------------------------------ figures and tables

    def _container(self, node: Node) -> str:
        kind = node.get("kind", "figure")
        children = node.get("children", [])
        caption = "".join(self.children(child) for child in children if child["type"] == "caption")
        content = [child for child in children if child["type"] not in ("caption", "legend")]
        legend = "".join(self.node(child) for child in children if child["type"] == "legend")
        if not content:
            raise self.error(f"the {kind} {node.get('label', '')!r} has no content")
        if kind == "table" and content[0]["type"] == "table":
            return self._scroll(content[0], caption=caption, name=node.get("html_id")) + legend
        body = "".join(self.node(child) for child in content)
        if kind == "quote":
            return f'<div class="{escape(node.get("class") or "quote")}">{body}</div>'
        foot = f"<figcaption>{caption}{legend}</figcaption>" if caption or legend else ""
        return f'<figure class="{escape(kind)}"{_attributes(id=node.get("html_id"))}>{body}{foot}</figure>\n'

    def _legend(self, node: Node) -> str:
        return self._element("div", node, class_="legend")

    def _captionNumber(self, node: Node) -> str:  # noqa: N802
        return f'<span class="caption-number">{self.children(node)}</span> '

    def _image(self, node: Node) -> str:
        alternative = (node.get("alt") or "").strip()
        if not alternative:
            raise self.error(f"the image {node.get('urlSource')!r} has no text alternative")
        width = node.get("width")
        style = f"width:{width}" if width and re.fullmatch(r"[\d.]+(%|px|em|rem)", str(width)) else None
        address = self._publish(node["url"], node.get("urlSource", node["url"]))
        return f"<img{_attributes(src=address, alt=alternative, style=style, loading='lazy')}>"

    def _table(self, node: Node) -> str:
        return self._scroll(node, caption="", name=node.get("html_id"))

    def _scroll(self, table: Node, *, caption: str, name: str | None) -> str:
        """A table in a box that scrolls sideways by itself, so that the page never does."""
        rows = table.get("children", [])
        heads = [row for row in rows if all(cell.get("header") for cell in row.get("children", []))]
        head = "".join(self._row(row, header=True) for row in heads)
        body = "".join(self._row(row, header=False) for row in rows if row not in heads)
        label = re.sub(r"<[^>]+>", "", caption) or "Table"
        inline = re.sub(r"</?p>", "", caption).strip()
        title = f"<caption><span>{inline}</span></caption>" if caption else ""
        tall = " tall" if len(rows) > TALL else ""
        return (
            f'<div class="table-scroll{tall}" tabindex="0" role="region" aria-label="{escape(label.strip())}"'
            f'{_attributes(id=name)}><table class="data">{title}'
            f"<thead>{head}</thead><tbody>{body}</tbody></table></div>\n"
        )

    def _row(self, row: Node, *, header: bool) -> str:
        return f"<tr>{''.join(self._cell(cell, in_head=header) for cell in row.get('children', []))}</tr>\n"

    def _cell(self, cell: Node, *, in_head: bool) -> str:
        tag = "th" if cell.get("header") else "td"
        scope = ("col" if in_head else "row") if tag == "th" else None
        align = "number" if cell.get("align") == "right" else None
        children = cell.get("children", [])
        lone = len(children) == 1 and children[0]["type"] == "paragraph"
        body = self.children(children[0]) if lone else self.children(cell)
        spans = {"colspan": cell.get("colspan"), "rowspan": cell.get("rowspan")}
        return f"<{tag}{_attributes(scope=scope, class_=align, **spans)}>{body}</{tag}>"

    # ------------------------------------------------------------------ code and outputs

    def _code(self, node: Node) -> str:
        if node.get("visibility") == "remove":
            return ""
        marked = _highlight(node.get("value", ""), node.get("lang") or "text")
        if node.get("visibility") == "hide":
            return f'<details class="code"><summary>Code</summary>{marked}</details>'
        return marked

    def _outputs(self, node: Node) -> str:
        return "" if node.get("visibility") == "remove" else self.children(node)

    def _output(self, node: Node) -> str:
        data = node.get("jupyter_data") or {}
        if data.get("output_type") in ("stream", "error"):
            text = str(data.get("text") or data.get("evalue") or "")
            raise self.error(f"a cell printed, warned or failed: {text.strip()[:120]!r}")
        bundle = data.get("data", {})
        if "text/html" in bundle:
            return f'<div class="output">{self._content(bundle["text/html"])}</div>\n'
        if set(bundle) != {"text/plain"}:
            raise self.error(f"an output of type {', '.join(bundle) or 'none'} has no text alternative")
        text = self._content(bundle["text/plain"])
        if _OBJECT_ADDRESS.search(text):
            raise self.error(f"a cell ends in an object that has no form for readers: {text[:80]!r}")
        return f'<pre class="output">{escape(text, quote=False)}</pre>\n'

    def _content(self, part: Mapping[str, Any]) -> str:
        return part["content"] if "content" in part else self._fetch(part["path"])


def page_address(url: str) -> str:
    """The engine's page address (`/moe#label`) as a link between flat pages (`moe.html#label`)."""
    path, _, label = url.partition("#")
    page = f"{path.strip('/') or 'index'}.html"
    return f"{page}#{label}" if label else page


def _holds_fact(node: Node) -> bool:
    return node["type"] == "fact" or any(map(_holds_fact, node.get("children", [])))


def _highlight(code: str, language: str) -> str:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    return highlight(code, lexer, HtmlFormatter(cssclass="highlight", wrapcode=True))
