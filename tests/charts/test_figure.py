import base64
import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import altair as alt
import polars as pl
import pytest

from pipeline.base import tables
from pipeline.base.errors import SiteError
from pipeline.base.paths import IN_THE_BOOK
from pipeline.charts.kit import scales, theme
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.kit.table import ROWS_SHOWN, table_html

HOSTILE = ["<script>alert(1)</script>", '"onload="alert(1)', "</title></svg><img src=x onerror=alert(1)>"]
FRAME = pl.DataFrame({"model": ["a/x", "b/y", "c/z"], "family": ["Qwen", "Llama", "Qwen"], "n": [3, None, 4200]})


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _chart(frame: pl.DataFrame, width: int) -> alt.Chart:
    color = alt.Color("family:N", scale=scales.family_scales({"Qwen": 1, "Llama": 2}).color)
    return alt.Chart(frame).mark_bar(clip=True).encode(x="n:Q", y="model:N", color=color).properties(width=width)


def _figure(frame: pl.DataFrame = FRAME, **changes: Any) -> Figure:
    arguments: dict[str, Any] = {
        "key": "made",
        "title": "Qwen leads",
        "subtitle": "Derivatives, repositories, 2025",
        "draw": lambda width: _chart(frame, width),
        "description": "Bar chart of derivatives.\n\nQwen has 4,200.",
        "table": frame,
        "column_labels": {"model": "Model", "n": "Derivatives"},
        "source": "Hub, n = 3",
        "kind": "Bar chart",
    }
    return Figure(**{**arguments, **changes})


def test_a_figure_has_a_text_alternative_and_its_data() -> None:
    html = _figure().html
    assert html.count('<svg role="img" aria-label="Qwen leads. Bar chart."') == 2
    assert html.count("<title>Qwen leads. Bar chart.</title>") == 2
    assert "<p>Qwen has 4,200.</p>" in html
    assert '<th scope="col">Model</th>' in html
    assert '<th scope="row">b/y</th><td class="number" data-label="Derivatives">–</td>' in html
    assert '<td class="number" data-label="Derivatives">4,200</td>' in html
    assert "family" not in html.split("<thead>")[1].split("</tbody>")[0]


def test_colours_are_variables_in_the_page_and_values_in_the_file() -> None:
    figure = _figure()
    assert 'fill="var(--family-1)"' in figure.html
    file = re.search(r'href="data:image/svg\+xml;base64,([^"]+)"', figure.html)
    assert file
    svg = base64.b64decode(file.group(1)).decode()
    assert "var(" not in svg
    assert theme.LIGHT["family-1"] in svg


def test_where_a_reader_runs_the_notebook_a_figure_needs_no_style_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = _figure()
    shown = figure._repr_html_()
    assert "var(--" not in shown
    assert f'fill="{theme.LIGHT["family-1"]}"' in shown
    monkeypatch.setenv(IN_THE_BOOK, "yes")
    assert figure._repr_html_() == figure.html


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_strangers_are_text(name: str) -> None:
    frame = pl.DataFrame({"model": [name], "family": ["Qwen"], "n": [1]})
    html = _figure(frame, title=name, subtitle=name, source=name, note=name, description=name, kind=name).html
    tags = _Tags(html)
    assert [attributes["class"] for tag, attributes in tags.found if tag == "script"] == ["chart-spec"]
    assert not [tag for tag, _ in tags.found if tag == "img"]
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]
    assert tags.text.count(name) >= 7
    spec = html.split('class="chart-spec">')[1].split("</script>")[0]
    assert "<" not in spec
    assert next(iter(json.loads(spec)["datasets"].values()))[0]["model"] == name


def test_the_same_figure_gives_the_same_bytes_whatever_was_drawn_before() -> None:
    first = _figure().html
    facets = alt.Chart(FRAME).mark_point().encode(x="n:Q", y="model:N").properties(width=60).facet("family:N")
    assert _figure(draw=lambda width: _chart(FRAME, width).add_params(alt.selection_point())).html
    assert _figure(draw=lambda _: facets).html == _figure(draw=lambda _: facets).html
    assert _figure().html == first
    ids = re.findall(r'\bid="([^"]+)"', first)
    assert len(ids) == len(set(ids))


def _packed(html: str) -> dict[str, Any]:
    return json.loads(html.split('class="chart-spec">')[1].split("</script>")[0])


def test_a_mark_tells_its_row_as_the_data_table_names_it() -> None:
    tooltip = _packed(_figure().html)["wide"]["encoding"]["tooltip"]
    assert [(line["title"], line.get("format")) for line in tooltip] == [("Model", None), ("Derivatives", ",")]
    own = _packed(_figure(draw=lambda width: _chart(FRAME, width).encode(tooltip="n:Q")).html)
    assert own["wide"]["encoding"]["tooltip"] == {"field": "n", "type": "quantitative"}
    line = alt.Chart(FRAME).mark_line().encode(x="n:Q", y="model:N").properties(width=300)
    assert "tooltip" not in _packed(_figure(draw=lambda _: line).html)["wide"]["encoding"]


def test_a_figure_names_its_families_for_the_page_s_filter() -> None:
    assert 'data-families="Qwen|Llama"' in _figure().html
    alone = FRAME.with_columns(family=pl.lit("Qwen"))
    assert "data-families" not in _figure(table=alone).html


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(SiteError, match="no rows to draw in figure made"):
        _figure(FRAME.clear())


def test_a_chart_without_marks_is_refused() -> None:
    frame = FRAME.with_columns(n=pl.lit(None, pl.Float64))
    points = alt.Chart(frame).mark_point().encode(x="n:Q", y="n:Q").properties(width=300)
    with pytest.raises(SiteError, match="the wide chart has no marks"):
        _ = _figure(draw=lambda _: points).html


def test_a_chart_wider_than_its_column_is_refused() -> None:
    with pytest.raises(SiteError, match="its column 328"):
        _ = _figure(draw=lambda _: _chart(FRAME, 400)).html


@pytest.mark.parametrize(
    "changes", [{"key": "Made Up"}, {"title": " "}, {"source": ""}, {"column_labels": {"nope": "Nope"}}]
)
def test_a_figure_without_its_words_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SiteError):
        _figure(**changes)


def test_an_absent_figure_says_why() -> None:
    html = Absent("made", "Which relations?", "The <sample> declares none.").html
    assert 'id="fig-made"' in html
    assert "The &lt;sample&gt; declares none." in html
    with pytest.raises(SiteError, match="no reason"):
        Absent("made", "Which relations?", "")


def test_a_long_table_is_cut_and_says_so() -> None:
    frame = pl.DataFrame({"model": [f"a/{n}" for n in range(ROWS_SHOWN + 2)], "year": [2025] * (ROWS_SHOWN + 2)})
    html = table_html(frame, caption="Data")
    assert "2 more rows in the CSV file" in html
    assert f'<details class="table-all"><summary>First {ROWS_SHOWN} rows</summary></details>' in html
    assert ">2025<" in html
    assert tables.csv_text(frame).count("\n") == ROWS_SHOWN + 3


def test_a_date_stays_on_its_line_and_many_columns_take_more_room() -> None:
    frame = pl.DataFrame({"vendor": ["A"], "date": ["2025-03-03"], "model": ["x-2025-03"]})
    html = table_html(frame, caption="Data")
    assert html.count('class="date"') == 1
    assert 'class="table-scroll"' in html
    assert 'class="table-scroll broad"' in table_html(pl.DataFrame({name: [1] for name in "abcdef"}), caption="Data")


NOT_FOR_DRAWING = ["a\0b", "a\x01\x1b[31mb", "a\x0bb\x0c", "a\ufffe\uffffb", "constructor", "toString", "__proto__"]


@pytest.mark.parametrize("name", NOT_FOR_DRAWING)
def test_a_name_that_no_drawing_can_hold_is_drawn_all_the_same(name: str) -> None:
    """Control characters ended the kernel; names of JavaScript's own lost their marks."""
    frame = pl.DataFrame({"model": [name, "b/y"], "family": [name, "Llama"], "n": [3, 4]})

    def chart(width: int) -> alt.Chart:
        y = alt.Y("model:N", sort=[name, "b/y"])
        return alt.Chart(frame).mark_bar().encode(x="n:Q", y=y, tooltip="model:N").properties(width=width)

    figure = _figure(frame, draw=chart, title=f"Of {name}", source=name, description=name)
    parts = ElementTree.fromstring(figure.svg).iter()
    (bars,) = [part for part in parts if "mark-rect role-mark" in part.get("class", "")]
    assert len(bars) == 2
    assert 'download="made.png"' in figure.html


def test_a_figures_csv_holds_no_formula() -> None:
    html = _figure(FRAME.with_columns(model=pl.Series(["=1+1", "b/y", "c/z"]))).html
    data = re.search(r'download="made.csv" href="data:text/csv;base64,([^"]+)"', html)
    assert data
    assert base64.b64decode(data[1]).decode() == "model,family,n\n'=1+1,Qwen,3\nb/y,Llama,\nc/z,Qwen,4200\n"


def test_a_family_keeps_its_look() -> None:
    assert scales.family_style(2).mark == "var(--family-2)"
    assert scales.family_style(7).dash == (6, 3)
    assert scales.family_style(11) == scales.family_style(None)
    made = scales.family_scales({"Qwen": 1, "Llama": 2, "Other": 30}, highlight={"Llama"})
    assert [style.mark for style in made.styles] == ["var(--family-grey)", "var(--family-2)", "var(--family-grey)"]


def test_an_unknown_colour_is_refused() -> None:
    with pytest.raises(SiteError, match="no colour --nope"):
        theme.substitute("var(--nope)", theme.LIGHT)
