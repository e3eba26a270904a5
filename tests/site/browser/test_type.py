"""What pages are set in, and what stands in their margin, as a browser shows it."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from pipeline.charts.kit import room

from .checks import PAGES

LOADED = "document.fonts.ready.then(fonts => [...fonts].filter(f => f.status === 'loaded').map(f => f.family))"
MEASURED = """([text, bold]) => document.fonts.load("bold 100px 'Report Sans'").then(() => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${bold ? "bold " : ""}100px 'Report Sans'`;
  pen.fontKerning = "none";
  return pen.measureText(text).width;
})"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_letter_that_its_fonts_lack(name: str, site: Path) -> None:
    page = (site / f"{name}.html").read_text(encoding="utf-8")
    text = unescape(re.sub(r"<[^>]+>", "", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)))
    advances = json.loads((room.FONTS / "advances.json").read_text(encoding="utf-8"))["regular"]
    assert set(text) - set(advances) - {"\n"} == set(), "add them to scripts/fonts.py, or write them otherwise"


def test_fonts_load_from_a_folder(visit: Any) -> None:
    window = visit()
    page = window.open("index")
    assert {"Report Serif", "Report Sans"} <= {name.strip('"') for name in page.evaluate(LOADED)}
    assert window.errors == []


@pytest.mark.parametrize("bold", [False, True])
def test_words_of_a_chart_are_as_wide_in_the_page_as_they_were_measured(bold: bool, visit: Any) -> None:
    page = visit().open("index")
    for text in ("Mixture of experts", "1,234 → 56 %", "“Qwen2.5” − Llama’s"):
        assert page.evaluate(MEASURED, [text, bold]) == pytest.approx(room.width(text, 100, bold=bold), rel=0.01)


def test_a_long_table_shows_eight_rows_then_all_and_paper_shows_all(visit: Any) -> None:
    page = visit(scripts=False).open("methods")
    unfold = page.locator("article > .output > .table-all summary").first
    table = page.locator("article > .output:has(> .table-all) > .table-scroll").first
    rows = table.locator("tbody tr")
    assert rows.nth(7).is_visible()
    assert not rows.nth(8).is_visible()
    assert unfold.text_content() == f"All {rows.count()} rows"
    unfold.click()
    assert rows.last.is_visible()
    unfold.click()
    page.emulate_media(media="print")
    assert rows.last.is_visible()
    assert not unfold.is_visible()


def test_a_word_is_explained_in_the_margin_and_in_place_on_a_phone(visit: Any) -> None:
    page = visit(scripts=False).open("methods")
    word, note = page.locator("article p > label.word").first, page.locator("article p > .sidenote").first
    text = page.locator("article p:has(> label.word)").first.bounding_box()
    assert text
    assert note.bounding_box()["x"] > text["x"] + text["width"]
    page.set_viewport_size({"width": 360, "height": 900})
    assert not note.is_visible()
    word.click()
    assert note.is_visible()


def test_a_figure_s_note_stands_beside_it_and_below_it_on_a_phone(visit: Any) -> None:
    page = visit().open("derivatives")
    figure = page.locator("figure.span-body:has(> .chart-note)").first
    view, note = figure.locator(".chart-wide"), figure.locator(".chart-note")
    assert note.bounding_box()["x"] > view.bounding_box()["x"] + view.bounding_box()["width"]
    page.set_viewport_size({"width": 360, "height": 900})
    narrow = figure.locator(".chart-narrow").bounding_box()
    assert note.bounding_box()["y"] >= narrow["y"] + narrow["height"]


def test_a_figure_that_a_link_leads_to_is_lit_for_a_moment_only(visit: Any) -> None:
    page = visit().open("derivatives", "#fig-derivatives-by-family")
    light = "getComputedStyle(document.getElementById('fig-derivatives-by-family')).backgroundColor"
    page.wait_for_function(f"{light} === 'rgba(0, 0, 0, 0)'", timeout=5000)
