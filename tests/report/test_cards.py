"""The picture of a page shows its key figure, its finding and its source, in the same bytes each time."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pipeline.base.errors import SiteError
from pipeline.charts.kit import svg
from pipeline.report import cards

HEAD = "".join(
    f'<meta property="{name}" content="{words}">'
    for name, words in {
        "og:site_name": "Made report",
        "og:title": "A &amp; B",
        "og:description": "Described.",
        "snapshot": "Snapshot: made",
        "snapshot-date": "2026-10-01",
    }.items()
)


def spec(width: int, height: int) -> dict[str, Any]:
    encoding = {"x": {"field": "x", "type": "quantitative"}}
    part = {"data": {"name": "rows"}, "mark": {"type": "point", "color": "var(--family-1)"}, "encoding": encoding}
    return {"width": width, "height": height, "config": {"autosize": {"type": "fit"}}, **part}


def views(packed: dict[str, Any]) -> list[str]:
    """The SVGs that a page has of a figure."""
    return [svg.drawn({**packed[view], "datasets": ROWS}, view) for view in ("wide", "narrow")]


def chart(packed: dict[str, Any]) -> str:
    return cards.chart(views(packed), packed)


def page(packed: dict[str, Any]) -> str:
    return (
        f"<html><head>{HEAD}</head><body>"
        '<figure class="chart span-body" id="fig-x" data-picture>'
        '<p class="chart-title">It <b>rises</b> &lt;fast&gt;</p><p class="chart-subtitle">Things a year</p>'
        + "".join(f'<div class="chart-view chart-x">{drawing}</div>' for drawing in views(packed))
        + f'<script type="application/json" class="chart-spec">{json.dumps(packed)}</script>'
        '<p class="chart-source">Source: made, 2025</p></figure></body></html>'
    )


ROWS = {"rows": [{"x": 1}, {"x": 2}]}


def words(drawing: str) -> list[str]:
    return [text for element in ElementTree.fromstring(drawing).iter() if (text := (element.text or "").strip())]


def test_it_has_the_figure_s_title_its_source_and_the_report_s_date() -> None:
    card = cards.read(page({"wide": spec(640, 300), "narrow": spec(328, 300), "datasets": ROWS}), "x.html")
    assert (card.title, card.source) == ("It rises <fast>", "Source: made, 2025")
    drawing = cards.drawn(card)
    assert {"Made report · 2026-10-01", "Things a year", "Source: made, 2025"} <= set(words(drawing))
    assert "It rises <fast>" in " ".join(words(drawing))
    assert "var(--" not in drawing, "a picture has no style sheet"
    assert cards.drawn(card) == drawing


def test_the_view_with_the_larger_letters_is_drawn() -> None:
    flat, tall = spec(640, 300), spec(328, 1500)
    narrow = chart({"wide": flat, "narrow": spec(328, 300), "datasets": ROWS})
    assert svg.width(narrow) == pytest.approx(328, abs=12)
    wide = chart({"wide": flat, "narrow": tall, "datasets": ROWS})
    assert svg.width(wide) == pytest.approx(640, abs=12)


def test_of_stacked_panels_that_are_too_high_the_first_is_drawn_whole() -> None:
    panel = {key: value for key, value in spec(600, 400).items() if key != "config"}
    stacked = {"config": {}, "vconcat": [panel, {**panel, "mark": {"type": "bar"}}]}
    drawing = chart({"wide": stacked, "narrow": stacked, "datasets": ROWS})
    assert 400 < svg.height(drawing) < 480
    assert "mark-symbol" in drawing
    assert "mark-rect role-mark" not in drawing


def test_a_page_without_a_figure_says_its_title_description_and_snapshot() -> None:
    drawing = cards.drawn(cards.read(f"<html><head>{HEAD}</head></html>", "x.html"))
    assert words(drawing) == ["Made report · 2026-10-01", "A & B", "Described.", "Snapshot: made"]


def test_a_page_that_does_not_say_what_it_is_stops_the_build() -> None:
    with pytest.raises(SiteError, match=r"no og:title, og:description, snapshot, snapshot-date in x\.html"):
        cards.read('<head><meta property="og:site_name" content="x"></head>', "x.html")


@pytest.mark.parametrize("title", ["Word " * 60, "W" * 300, "a/" * 200])
def test_words_stay_beside_the_chart_whatever_their_length(title: str) -> None:
    card = cards.Card("Made report", "2026-10-01", title, "Source: " + "x/" * 400, "Measured " * 90)
    for each in (card, cards.Card(**{**vars(card), "chart": chart(narrow_alone())})):
        drawing = cards.drawn(each)
        lines = re.findall(r'<text x="56" y="([\d.]+)" ', drawing)
        feet = [float(foot) for foot in lines]
        assert feet == sorted(feet)
        assert feet[-1] < cards.HEIGHT - 30


def narrow_alone() -> dict[str, Any]:
    return {"wide": spec(640, 300), "narrow": spec(328, 300), "datasets": ROWS}


def test_every_page_of_a_site_has_its_picture(tmp_path: Path) -> None:
    for name in ("index", "other"):
        (tmp_path / f"{name}.html").write_text(page(narrow_alone()), encoding="utf-8")
    cards.write(tmp_path)
    assert {path.name for path in (tmp_path / cards.FOLDER).iterdir()} == {"index.png", "other.png"}
