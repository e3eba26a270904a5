"""The explorer in a real browser, from files: type, choose, follow, go back; it shows what the tables have."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe

from pipeline.base.paths import Paths
from pipeline.charts.explorer import entries
from pipeline.report import site as report_site
from tests.chapters.explorer.test_explorer import Store
from tests.conftest import PROJECT, Report, copy_project, hub_rows

HEADING = ".explorer-view h3"
SERIES_BASE = "Qwen/Qwen2.5-0.5B"
HOSTILE = "mallory/</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="session")
def links(site: Path) -> pl.DataFrame:
    """Links of the sample, which are inferred."""
    return pl.read_parquet(Paths(site.parents[2]).core / "edges.parquet").select("child", "parent")


@pytest.fixture(scope="session")
def busiest(links: pl.DataFrame) -> str:
    """The model that most is built on."""
    return links.group_by("parent").len().sort("len", "parent", descending=[True, False])["parent"][0]


def wait_for(page: Any, name: str) -> None:
    page.wait_for_function(
        "name => document.querySelector('.explorer-view h3').textContent === name", arg=name, timeout=10_000
    )


def test_typing_and_choosing_opens_an_entry_under_its_own_address(
    busiest: str, links: pl.DataFrame, visit: Any
) -> None:
    window = visit()
    page = window.open("explorer")
    before = str(page.text_content(HEADING))
    page.fill("#explorer-input", busiest.lower())
    page.wait_for_selector("#explorer-list [role=option]")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#explorer-input", "aria-activedescendant") == "explorer-option-0"
    page.keyboard.press("Enter")
    wait_for(page, busiest)
    assert page.url.endswith(f"explorer.html#model={busiest}")
    children = links.filter(parent=busiest).height
    assert f"{children:,} repositories are inferred to be built on it" in str(page.text_content(".explorer-view"))
    page.go_back()
    wait_for(page, before)
    assert window.errors == []
    assert window.foreign == []


def test_a_name_without_its_owner_is_found(busiest: str, visit: Any) -> None:
    page = visit().open("explorer")
    page.fill("#explorer-input", busiest.split("/")[1])
    page.wait_for_selector(f"#explorer-list [data-address='model={busiest}']")


def test_an_address_opens_its_entry_and_links_lead_on(busiest: str, visit: Any) -> None:
    window = visit()
    page = window.open("explorer", f"#model={busiest}")
    wait_for(page, busiest)
    uploader = busiest.split("/")[0]
    page.click(f".explorer-view a[href='#uploader={uploader}']")
    wait_for(page, uploader)
    page.reload()
    wait_for(page, uploader)
    page.click("button[type=reset]")
    wait_for(page, "Qwen")
    assert window.errors == []


def test_scripts_draw_what_stands_without_them(visit: Any) -> None:
    live, still = visit().open("explorer"), visit(scripts=False).open("explorer")
    wait_for(live, "Qwen")
    for part in ("h3", "h3 + p", "h4", ".explorer-note", ".explorer-tree", ".explorer-relations", ".explorer-axis"):
        drawn = live.locator(f".explorer-view {part}").all_text_contents()
        assert drawn == still.locator(f".explorer-view {part}").all_text_contents() != []
    entry = ".explorer-axis + p"
    assert live.text_content(entry) == still.text_content(entry)
    assert live.locator(".explorer-months i").count() == still.locator(".explorer-months i").count()
    assert not still.locator(".explorer-form").is_visible()
    assert still.locator(".explorer-tree").first.locator("> li").count() == 20


def test_page_and_pipeline_say_the_same_of_every_kind_of_entry(busiest: str, site: Path, visit: Any) -> None:
    paths = Paths(site.parents[2])
    store, window = Store(paths.explorer_files), visit()
    views = json.loads((paths.out / "explorer" / "explorer_views.json").read_text(encoding="utf-8"))
    for address in (*views["examples"], f"model={busiest}", "uploader=Qwen"):
        page = window.open("explorer", f"#{address}")
        page.reload()
        wait_for(page, address.partition("=")[2])
        expected = entries.summary(store.get(address), "inferred", views["edition"]["label"])
        assert page.locator(".explorer-view h3 + p").text_content() == expected
    assert window.errors == []


def test_the_page_says_what_has_no_entry(visit: Any) -> None:
    window = visit()
    page = window.open("explorer", "#model=__proto__")
    wait_for(page, "__proto__")
    assert "No entry for this model. Models with a descendant" in str(page.text_content(".explorer-view"))
    page.fill("#explorer-input", "llama zzznowhere")
    page.wait_for_function(
        "document.querySelector('.explorer-status').textContent.startsWith('No name here has the word')"
    )
    assert window.errors == []


def test_every_view_loads_less_than_300_kilobytes(busiest: str, site: Path, visit: Any) -> None:
    window = visit()
    loaded: list[str] = []
    window.page.on("request", lambda request: loaded.append(request.url))
    page = window.open("explorer")
    page.fill("#explorer-input", "q")
    page.wait_for_selector("#explorer-list [role=option]")
    page.goto(page.url.split("#")[0] + f"#model={busiest}")
    wait_for(page, busiest)
    names = {url.split("#")[0].removeprefix(site.as_uri()).lstrip("/") for url in loaded if url.startswith("file:")}
    assert {"explorer.html", "explorer/directory.js"} <= names
    shared = {name for name in names if name.endswith((".woff2", "site.css"))}  # what every page of the site has
    assert sum((site / name).stat().st_size for name in names - shared) < 300_000


def test_on_a_phone_all_targets_are_large_enough(visit: Any) -> None:
    page = visit(width=360).open("explorer")
    wait_for(page, "Qwen")
    for target in page.locator(".explorer :is(a, button, input, summary)").all():
        if target.is_visible():
            box = target.bounding_box()
            assert box
            assert box["height"] >= 44, target.text_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_an_entry_with_suggestions_open(busiest: str, scheme: str, visit: Any) -> None:
    page = visit(scheme=scheme).open("explorer", f"#model={busiest}")
    wait_for(page, busiest)
    for summary in page.locator(".explorer-view summary").all():
        summary.click()
    page.fill("#explorer-input", "qwen")
    page.wait_for_selector("#explorer-list [role=option]")
    page.keyboard.press("ArrowDown")
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("width", [360, 800])
def test_an_entry_needs_no_sideways_scrolling(busiest: str, width: int, visit: Any) -> None:
    page = visit(width=width).open("explorer", f"#model={busiest}")
    wait_for(page, busiest)
    for summary in page.locator(".explorer-view summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory, site: Path) -> Report:
    """The page of the sample's site before files of a snapshot with a hostile child."""
    report = copy_project(tmp_path_factory.mktemp("strange") / "report")
    path = report.paths.root / "hub.parquet"
    hub_rows(
        {"id": "Qwen/Qwen2.5-7B"},
        {"id": HOSTILE, "tags": ["base_model:finetune:Qwen/Qwen2.5-7B"]},
        {"id": "someone/tuned", "tags": ["base_model:finetune:Qwen/Qwen2.5-7B"]},
        {"id": "someone/tuned-GGUF", "tags": ["base_model:quantized:someone/tuned"]},
        {"id": SERIES_BASE},
        *({"id": f"one/run-{number}", "tags": [f"base_model:adapter:{SERIES_BASE}"]} for number in range(30)),
    ).write_parquet(path)
    report.read_from(path, "slice", "2026-04-22").build("explorer")
    shutil.copytree(site, report.paths.site)
    shutil.rmtree(report.paths.site / "explorer")
    report_site._unpack_explorer(report.paths)
    return report


def test_a_hostile_name_is_text(strange: Report, visit: Any) -> None:
    window = visit()
    window.site = strange.paths.site
    page = window.open("explorer", "#model=Qwen/Qwen2.5-7B")
    wait_for(page, "Qwen/Qwen2.5-7B")
    page.wait_for_selector(".explorer-tree")
    assert page.locator(".explorer-view img").count() == 0
    assert HOSTILE in str(page.text_content(".explorer-tree"))
    assert window.errors == []


def test_a_child_shows_its_way_up_its_parents_and_its_roots(strange: Report, visit: Any) -> None:
    window = visit()
    window.site = strange.paths.site
    page = window.open("explorer", "#model=someone/tuned")
    wait_for(page, "someone/tuned")
    assert page.locator(".explorer-trail li").all_text_contents() == ["Qwen/Qwen2.5-7B", "someone/tuned"]
    entry = Store(strange.paths.explorer_files).get("model=someone/tuned")
    assert (entry.parents, entry.roots, entry.ancestors, entry.children) == (1, 1, 1, 1)
    assert page.locator(".explorer-view h3 + p").text_content() == entries.summary(entry, "inferred")
    assert {"Built on: 1", "Roots: 1", "Built on it: 1"} <= set(page.locator(".explorer-view h4").all_text_contents())
    page.click(".explorer-trail a")
    wait_for(page, "Qwen/Qwen2.5-7B")
    assert page.locator(".explorer-tree ul li").all_text_contents() == ["someone/tuned-GGUF quantization"]
    assert window.errors == []


def test_a_series_is_one_line_that_opens(strange: Report, visit: Any) -> None:
    window = visit()
    window.site = strange.paths.site
    page = window.open("explorer", f"#model={SERIES_BASE}")
    wait_for(page, SERIES_BASE)
    drawn = re.sub("<[^>]*>", "", entries.links_tree(Store(strange.paths.explorer_files).get(f"model={SERIES_BASE}")))
    heading = page.text_content("h4:has(+ .explorer-tree)")
    assert f"{heading}{page.text_content('.explorer-tree')}" == drawn
    first = page.locator(".explorer-series li").first
    assert not first.is_visible()
    page.click(".explorer-series summary")
    assert first.is_visible()
    assert window.errors == []


def test_a_hostile_name_is_text_in_the_page_itself(strange: Report) -> None:
    views = json.loads((strange.paths.out / "explorer" / "explorer_views.json").read_text(encoding="utf-8"))
    entry = {"explorer.left_out": {"text": ""}, "explorer.least": {"value": 1}, "explorer.evidence": {"text": ""}}
    html = entries.explorer(views, entry).html  # type: ignore[arg-type]
    assert "mallory" in html
    assert "<img" not in html
    assert html.count("</script") == 1
    assert "\u2028" not in html.split('class="explorer-data">')[1]


def test_the_script_makes_no_markup_and_fetches_nothing() -> None:
    script = (PROJECT / "book" / "theme" / "assets" / "explorer.js").read_text(encoding="utf-8")
    assert "innerHTML" not in script
    assert "fetch(" not in script
