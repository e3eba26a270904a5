"""Every page in a real browser: nothing fails, nothing leaves the host, nothing is cut off, faint or out of reach."""

import functools
import gzip
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .checks import COLOURS, FAINTEST, PAGES, SMALLEST, faint, focusable, serious, small, tab_stops, wide

FIRST_PAGE_BYTES = 150_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_quiet_stays_at_home_and_can_be_read_by_all(name: str, scheme: str, visit: Any) -> None:
    window = visit(scheme=scheme)
    page = window.open(name)
    window.read_through()
    assert window.errors == []
    assert window.foreign == []
    assert faint(page) == [], f"labels need a contrast of {FAINTEST}"
    assert serious(page, COLOURS if scheme == "dark" else ()) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_sideways_scrolling_and_no_glass(name: str, visit: Any) -> None:
    window = visit()
    page = window.open(name)
    for width in (1300, 800, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert wide(page) <= width
        assert small(page) == [], f"labels need {SMALLEST} px"


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(name: str, visit: Any) -> None:
    page = visit().open(name)
    wanted = focusable(page)
    found, ringless = tab_stops(page, len(wanted))
    assert set(wanted) - set(found) == set()
    assert ringless == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_scripts_has_all_its_figures(name: str, visit: Any) -> None:
    page = visit(scripts=False).open(name)
    for figure in page.locator("figure.chart:not(.absent)").all():
        view = figure.locator(".chart-wide svg[role=img]")
        assert view.is_visible()
        box = view.bounding_box()
        assert box
        assert box["width"] > 300
        assert box["height"] > 60


def axes(part: Any) -> Iterator[dict[str, Any]]:
    """Every axis of a specification that names its ticks."""
    if isinstance(part, dict):
        axis = part.get("axis")
        if isinstance(axis, dict) and "values" in axis:
            yield axis
        for inner in part.values():
            yield from axes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from axes(inner)


@pytest.mark.parametrize("name", PAGES)
def test_no_axis_loses_a_tick_that_it_names(name: str, site: Path) -> None:
    page = (site / f"{name}.html").read_text(encoding="utf-8")
    for packed in re.findall(r'class="chart-spec">(.*?)</script>', page, re.DOTALL):
        for axis in axes(json.loads(packed)):
            assert axis.get("tickCount", 5) >= len(axis["values"]), axis  # the theme asks for five


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light_enough_without_the_chart_bundle(name: str, site: Path) -> None:
    parts = (f"{name}.html", "assets/site.css", "assets/site.js")
    sizes = {part: len(gzip.compress((site / part).read_bytes())) for part in parts}
    assert sum(sizes.values()) < FIRST_PAGE_BYTES, sizes


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    """The site under a path of a host, as on GitHub Pages."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{site.name}"
        server.shutdown()


def test_the_site_works_under_a_path_of_a_host(served: str, visit: Any) -> None:
    window, answers = visit(), []
    window.page.on("response", lambda response: answers.append((response.status, response.url)))
    page = window.page
    page.goto(f"{served}/derivatives.html")
    page.wait_for_selector(".chart-view.is-live")
    page.keyboard.press("/")
    page.fill("#search-words", "mixture")
    page.wait_for_selector("#search-found li")
    page.keyboard.press("Escape")
    page.click("a[rel=next]")
    page.goto(f"{served}/explorer.html#family=Llama")
    page.wait_for_function("document.querySelector('.explorer-view h3').textContent === 'Llama'")
    assert {url.startswith(f"{served}/") for _, url in answers if not url.startswith("data:")} == {True}
    assert [answer for answer in answers if answer[0] >= 400] == []
    assert {"report-serif-regular.woff2", "report-sans-bold.woff2"} <= {url.rpartition("/")[2] for _, url in answers}
    assert window.errors == []


def test_pointing_at_a_mark_shows_its_row(visit: Any) -> None:
    window = visit()
    page = window.open("derivatives")
    page.locator("#fig-derivatives-by-family").scroll_into_view_if_needed()
    page.wait_for_selector("#fig-derivatives-by-family .chart-wide.is-live")
    bar = page.locator("#fig-derivatives-by-family .chart-live .mark-rect path").first
    bar.scroll_into_view_if_needed()
    bar.hover()
    page.wait_for_selector("#vg-tooltip-element.visible")
    tooltip = page.locator("#vg-tooltip-element").text_content()
    row = page.locator("#fig-derivatives-by-family .chart-data tbody tr").first
    assert str(tooltip).startswith("Group" + str(row.locator("th").text_content()))
    assert "Derivatives" + str(row.locator("td").first.text_content()) in str(tooltip)
    assert window.errors == []


def test_a_live_chart_keeps_its_name_and_follows_the_colour_scheme(visit: Any) -> None:
    page = visit().open("derivatives")
    page.locator("#fig-derivatives-by-family").scroll_into_view_if_needed()
    page.wait_for_selector("#fig-derivatives-by-family .chart-wide.is-live")
    live = page.locator("#fig-derivatives-by-family .chart-wide .chart-live")
    still = page.locator("#fig-derivatives-by-family .chart-wide > svg")
    assert live.get_attribute("role") == "img"
    assert live.get_attribute("aria-label") == still.get_attribute("aria-label")
    ink = "document.querySelector('#fig-derivatives-by-family .chart-live text') && getComputedStyle(document"
    ink += ".querySelector('#fig-derivatives-by-family .chart-live text')).fill"
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ink) != light


def test_one_family_is_lit_in_all_charts_of_a_page_and_on_the_next(visit: Any) -> None:
    window = visit()
    page = window.open("derivatives")
    window.read_through()
    selects = page.locator(".chart-families select")
    assert selects.count() > 2
    page.wait_for_selector("#fig-rank-stability .is-live")
    selects.first.select_option("Gemma")
    chosen = {select.input_value() for select in selects.all() if "Gemma" in (select.text_content() or "")}
    assert chosen == {"Gemma"}
    for figure in ("derivatives-by-family", "rank-stability"):
        dimmed = page.locator(f"#fig-{figure} .chart-wide .chart-live .is-dimmed")
        assert dimmed.count() > 2
        assert "Gemma" not in dimmed.all_text_contents()
        assert "Llama" in dimmed.all_text_contents()
    window.open("moe")
    assert page.locator("#fig-memory-activated .chart-families select").input_value() == "Gemma"
    page.locator(".chart-families select").first.select_option("")
    assert page.locator(".is-dimmed").count() == 0
    assert window.errors == []


def test_printed_pages_are_light_whole_and_without_menus(visit: Any) -> None:
    window = visit(scheme="dark")
    page = window.open("derivatives")
    window.read_through()
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for gone in (
        "nav.pages",
        "nav.contents",
        ".search-open",
        ".chart-cite",
        ".chart-link",
        ".chart-families",
        ".neighbours",
    ):
        assert not page.locator(gone).first.is_visible(), gone
    for figure in page.locator("figure.chart:not(.absent)").all():
        assert figure.locator(".chart-wide > svg").is_visible()
        assert figure.locator(".chart-data table").is_visible()
    cut = "[...document.querySelectorAll('.table-scroll')].filter(b => b.scrollHeight > b.clientHeight + 1).length"
    assert page.evaluate(cut) == 0
