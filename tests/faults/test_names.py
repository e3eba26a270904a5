"""What strangers call things is text wherever it is printed: no name ends an element, runs or turns a line around."""

import csv
import io
import json
import re
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree

import altair as alt
import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError

from pipeline.base import tables
from pipeline.base.characters import STEERING_IN_LINES, harmless, steers
from pipeline.base.errors import PipelineError
from pipeline.base.param_types import Text
from pipeline.base.vocabulary import VERDICTS
from pipeline.charts.explorer.tree import tree
from pipeline.charts.kit.figure import Figure
from pipeline.charts.kit.spec import script_json
from pipeline.charts.kit.table import table_html
from pipeline.hub.parents import resolve
from pipeline.report import comparison_markdown, feed, publish
from pipeline.snapshot.columns import normalise
from pipeline.snapshot.schema import LONGEST_NAME

NAMES = {
    "an element": "a/<img src=x onerror=alert(1)>",
    "the end of a script": "a/</script><script>alert(1)</script>",
    "the end of an attribute": "a/\"onload='alert(1)",
    "the end of a drawing": "a/</title></svg><script>alert(1)</script>",
    "a comment": "a/<!--",
    "a character reference": "a/&lt;b&gt;&#0;",
    "a template": "a/{{ 7 * 7 }}${7}",
    "markup of a page": "a/{fact}`ratio`[^1] %% $x$",
    "a formula": '=HYPERLINK("https://example.org","x")',
    "a wide formula": "＝1+1",
    "a formula behind a control character": "\x00=1+1",
    "a link in Markdown": "a/[x](https://example.org)![y](z)",
    "an address": "a/https://example.org/www.example.org",
    "code in Markdown": "a/`b",
    "the end of a cell": "a/b|c\\|d",
    "the end of a line": "a/b\r\n# c",
    "another line end": "a/b\u2028c\u0085d",
    "a mention": "a/@b#1",
    "an escape code": "a/\x1b]0;b\x07\x1b[31m",
    "an escape code in one byte": "a/\x9b31mb",
    "a zero": "a/b\0c",
    "a turn": "a/exe.\u202egpj",
    "a turn with an end": "a/\u2067b\u2069",
    "no character": "a/b\ufffec\uffff",
    "the mark of byte order": "\ufeffa/b",
    "a name of JavaScript": "__proto__",
    "a path": "../../../etc/passwd",
    "an endless name": "a/" + "b" * 5_000,
}
HOSTILE = [pytest.param(name, id=kind) for kind, name in NAMES.items()]
ALLOWED = {"small", "ul", "li", "span", "h4", "details", "summary", "p", "figure", "svg", "g", "path", "text", "rect"}
STEERS = re.compile(STEERING_IN_LINES)


class Elements(HTMLParser):
    """The elements and attributes of a piece of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.text = set[str](), set[str](), ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_a_table(name: str) -> None:
    frames = (pl.DataFrame({text: [text], "n": [text]}) for text in (name, "a"))
    shown, plain = (Elements(table_html(frame, caption=frame.columns[0])) for frame in frames)
    assert (shown.tags, shown.attributes) == (plain.tags, plain.attributes)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_the_explorers_tree(name: str) -> None:
    shown, plain = (
        Elements(tree("Built on it", [{"id": text, "below": [{"id": text}], "children": 2}], 1, note=text))
        for text in (name, "a")
    )
    assert (shown.tags, shown.attributes) == (plain.tags, plain.attributes)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_a_drawing(name: str) -> None:
    frame = pl.DataFrame({"model": [name, "b/y"], "n": [3, 4]})

    def chart(width: int) -> alt.Chart:
        return alt.Chart(frame).mark_bar().encode(x="n:Q", y="model:N", tooltip="model:N").properties(width=width)

    words = dict.fromkeys(("title", "subtitle", "source", "description"), name)
    figure = Figure(key="made", draw=chart, table=frame, kind="Bar chart", **words)
    drawn = figure.svg
    ElementTree.fromstring(drawn)
    assert not STEERS.search(drawn)
    assert not {"script", "img"} & {part.tag.rpartition("}")[2] for part in ElementTree.fromstring(drawn).iter()}
    page = Elements(figure.html)
    assert "img" not in page.tags
    assert not [attribute for attribute in page.attributes if attribute.startswith("on")]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_end_a_script(name: str) -> None:
    written = script_json({name: [name]})
    assert json.loads(written) == {name: [name]}
    assert not set(written) & set("<>&")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_one_cell_of_csv(name: str) -> None:
    frame = pl.DataFrame({"id": [name], "all": [[name]], "n": [1]})
    text = tables.csv_text(frame)
    (_, (cell, listed, number)) = csv.reader(io.StringIO(text))
    assert not STEERS.search(text)
    assert cell[0] not in "=+-@＝＋－＠\t\r\n"
    assert listed[0] == "["
    assert number == "1"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_the_feed(name: str) -> None:
    verdicts = dict.fromkeys(VERDICTS, 1)
    known = {
        "edition": "a",
        "position": 1,
        "published": None,
        "date": date(2026, 10, 1),
        "snapshot": name,
        "rule": name,
    }
    counts = {"repositories": 3, "subject_derivatives": 2, "reference_derivatives": 1, "coverage": "census"}
    row = known | counts | verdicts | {"subject": name, "reference": name, "rule": name}
    rows = pl.DataFrame([row], schema_overrides={"published": pl.Date})
    text = feed.atom(rows, {"title": name, "authors": [{"name": name}]}, None)
    assert len(ElementTree.fromstring(text.encode())) == 6
    assert not STEERS.search(text)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_the_markdown_of_a_comparison(name: str) -> None:
    line = comparison_markdown._safe(name)
    assert not STEERS.search(line)
    assert "\n" not in line
    assert not re.search(r"(?<!\\)[`|*\[\]#~$]|<|@(?!\u200b)|(?i:https?|www)(?=[:.])|&(?!amp;|lt;)", line)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_a_terminal(name: str) -> None:
    line = str(PipelineError(f"no model {name}", where=name, next_step=f"name another than {name}"))
    assert steers(line) is None
    assert line == harmless(line)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_title_stays_within_its_braces_in_bibtex(name: str) -> None:
    cited = {
        "title": name,
        "authors": [{"name": name}, {"family-names": name, "given-names": "A"}],
        "version": "1+2026",
    }
    text = publish.bibtex(cited | {"title": name + "}{\\end"})
    depth = 0
    for mark in text:
        depth += (mark == "{") - (mark == "}")
        assert depth >= 0
    assert depth == 0
    assert "\\end" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_label_for_readers_holds_nothing_that_steers(name: str) -> None:
    label = TypeAdapter(Text)
    if steers(name) is None:
        assert label.validate_python(name) == name
    else:
        with pytest.raises(ValidationError, match=r"holds the character U\+[0-9A-F]{4}"):
            label.validate_python(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_repository_that_cannot_be_is_left_out_and_counted(name: str) -> None:
    frame = pl.DataFrame(
        {"id": [name, "a/b", "a/c"], "tags": [[], [], []]}, schema_overrides={"tags": pl.List(pl.String)}
    )
    models, repairs = normalise(frame.lazy(), "odd.parquet", date(2026, 10, 1))
    is_left_out = name not in models.collect()["id"].to_list()
    assert is_left_out == (steers(name) is not None or len(name) > LONGEST_NAME)
    assert repairs["values_outside"] == ({"id": 1} if is_left_out else {})


def test_an_owner_that_the_id_does_not_have_is_that_of_the_id() -> None:
    frame = pl.DataFrame({"id": ["a/b", "c/d", "e"], "author": ["\x1b[31m", None, ""], "tags": [["x"]] * 3})
    models, _ = normalise(frame.lazy(), "odd.parquet", date(2026, 10, 1))
    assert models.collect()["author"].to_list() == ["a", "c", "e"]


ALIKE = ["Qwen/Qwen2.5-7B\u200d", "\u200bQwen/Qwen2.5-7B", "\u00a0Qwen/Qwen2.5-7B\ufeff", "qwen/qwen2.5-7b"]
OTHERS = ["Qw\u0435n/Qwen2.5-7B", "Ｑwen/Qwen2.5-7B", "Qwen/Qwen\u200d2.5-7B", "Qwen/Qwen2.5-7B\u0301"]


@pytest.mark.parametrize(("names", "meant"), [(ALIKE, "Qwen/Qwen2.5-7B"), (OTHERS, None)], ids=["copied", "disguised"])
def test_a_name_that_only_looks_like_another_is_not_that_one(names: list[str], meant: str | None) -> None:
    renames = pl.DataFrame(schema={"old": pl.String, "new": pl.String})
    values = pl.DataFrame({"value": names, "uses": [1] * len(names)})
    resolved, _ = resolve(values, pl.Series("id", ["Qwen/Qwen2.5-7B", "a/b"]), renames)
    assert resolved["name"].to_list() == [meant] * len(names)
