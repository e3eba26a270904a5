"""Every page in a real browser: nothing fails, nothing leaves the host, nothing is cut off."""

from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from conftest import PROJECT

PAGES = list(yaml.safe_load((PROJECT / "params.yaml").read_text(encoding="utf-8"))["notebooks"])
SERIOUS = ("serious", "critical")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_quiet_and_stays_at_home(name: str, visit: Any) -> None:
    window = visit()
    window.open(name)
    window.read_through()
    assert window.errors == []
    assert window.foreign == []


@pytest.mark.parametrize("width", [360, 800, 1300])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_sideways_scrolling(name: str, width: int, visit: Any) -> None:
    window = visit(width=width)
    page = window.open(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(name: str, scheme: str, visit: Any) -> None:
    window = visit(scheme=scheme)
    page = window.open(name)
    window.read_through()
    found = Axe().run(page).response["violations"]
    told = [
        f"{rule['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"][:3]
    ]
    assert told == []


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
