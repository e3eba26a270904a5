"""Charts are drawn and measured with the report's own font; vl-convert takes another one without a word."""

import json
import re

import altair as alt
import polars as pl
import pytest

from pipeline.base.paths import PROJECT
from pipeline.charts.kit import room, svg, theme

PAGES = PROJECT / "book" / "theme" / "fonts"
BUDGET = 120_000
"""Bytes that the fonts of a page may have together."""
USED = "−–—“”‘’…×≈≤≥→↑↓✓·÷²³⁴⁹"
"""Letters beyond ASCII that figures and pages use."""


def drawing(text: str, font: str, *, bold: bool = False) -> str:
    """The SVG of one text at 100 px, as wide as it is."""
    mark = alt.Chart(pl.DataFrame({"text": [text]})).mark_text(
        align="left", font=font, fontSize=100, fontWeight="bold" if bold else "normal"
    )
    chart = mark.encode(text="text:N", x=alt.value(0), y=alt.value(60)).properties(width=1, height=90)
    spec = chart.to_dict() | {"autosize": "pad", "padding": 0}
    return svg.drawn({**spec, "config": {"view": {"stroke": None}}}, "made")


def width(text: str, font: str, *, bold: bool = False) -> float:
    """Px that vl-convert measures."""
    found = re.match(r'<svg [^>]*?width="([\d.]+)"', drawing(text, font, bold=bold))
    assert found
    return float(found[1])


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("letter", "aMW1")
def test_vl_convert_measures_with_the_report_s_font(letter: str, bold: bool) -> None:
    wide = width(letter * 20, theme.FONT, bold=bold)
    assert wide == pytest.approx(room.width(letter * 20, 100, bold=bold), abs=1)
    assert abs(wide - width(letter * 20, "Arial, sans-serif", bold=bold)) > 10
    assert abs(wide - width(letter * 20, "DejaVu Sans", bold=bold)) > 10


@pytest.mark.parametrize("bold", [False, True])
def test_images_are_drawn_with_the_report_s_font(bold: bool) -> None:
    own, other = (drawing("Figures 0123456789", font, bold=bold) for font in (theme.FONT, "Arial, sans-serif"))
    same_places = own.replace(theme.FONT, "Arial, sans-serif")
    assert svg.png(own) != svg.png(same_places)
    assert svg.png(own) == svg.png(own.replace(theme.FONT, "Report Sans"))
    assert "Arial" in other


def test_figures_are_equally_wide_so_that_columns_of_numbers_line_up() -> None:
    for bold in (False, True):
        assert len({room.width(digit, 1000, bold=bold) for digit in "0123456789"}) == 1


def test_the_font_has_the_letters_that_figures_use() -> None:
    advances = json.loads((room.FONTS / "advances.json").read_text(encoding="utf-8"))
    ascii_letters = "".join(map(chr, range(32, 127)))
    for style in ("regular", "bold"):
        assert set(ascii_letters + USED) - set(advances[style]) == set()


def test_fonts_of_pages_are_light_and_have_their_licence_beside_them() -> None:
    sizes = {path.name: path.stat().st_size for path in PAGES.glob("*.woff2")}
    assert len(sizes) == 6
    assert sum(sizes.values()) < BUDGET
    for folder in (PAGES, room.FONTS):
        for font in [*folder.glob("*.woff2"), *folder.glob("*.ttf")]:
            licence = folder / re.sub(r"-\w+$", "-ofl.txt", font.stem)
            assert "SIL OPEN FONT LICENSE" in licence.read_text(encoding="utf-8")
