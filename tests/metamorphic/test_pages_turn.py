"""The built pages turn round with the numbers: titles, verbs and figures, not only tables."""

import re
from pathlib import Path

import pytest

from tests.conftest import SLICE_DATE, Report, built_once, copy_project
from tests.counting.memory import SWAPPED

pytestmark = pytest.mark.whole

FIGURE = re.compile(r'<figure class="chart [^"]*" id="fig-([a-z0-9-]+)"[^>]*>.*?</figure>', re.DOTALL)


def figures(page: str) -> dict[str, str]:
    return {match.group(1): match.group(0) for match in FIGURE.finditer(page)}


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found
    return words_of(found.group(1))


def words_of(page: str) -> str:
    """The text of a page."""
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Report:
    def build(root: Path) -> None:
        report = copy_project(root)
        for table, change in SWAPPED.items():
            report.edit(table, change)
        report.build().publish("index", "derivatives", "claims")

    return built_once(tmp_path_factory, "swapped", build)


def test_headings_turn_round(swapped: Report) -> None:
    """What others published and older editions counted stays theirs; what this build counts turns round."""
    assert "By every kind of evidence here, Llama has" in words_of(swapped.page("derivatives"))
    assert re.search(r"Llama has [\d.]+ times as many derivatives as Qwen", words_of(swapped.page("derivatives")))


def test_figure_titles_and_descriptions_turn_round(swapped: Report) -> None:
    found = figures(swapped.page("derivatives"))
    assert "Llama has led Qwen since the fourth quarter of 2024" in found["derivatives-by-quarter"]
    assert "Llama leads, Qwen is second" in found["derivatives-by-family"]
    assert re.search(r"Llama has [\d.]+ to [\d.]+ times as many derivatives as Qwen", found["specification-curve"])
    assert "moves the ratio most" in found["axis-effects"]
    assert ", towards Qwen" in found["axis-effects"]
    assert "Llama is first in every result; Qwen ranks from 2 to 4" in found["rank-stability"]


def test_the_real_slice_builds_the_whole_site(slice_path: Path, tmp_path: Path) -> None:
    report = copy_project(tmp_path / "slice").read_from(slice_path, "slice", SLICE_DATE).build().publish()
    page = report.page("derivatives")
    for number in ("1,401", "1,116", "49", "20"):
        assert number in figures(page)["relations"]
    for name in ("index", "derivatives", "moe", "cost", "claims", "methods"):
        page = report.page(name)
        for key, figure in figures(page).items():
            assert 'class="chart absent"' in figure or "role-mark" in figure, f"{key} has neither marks nor a reason"
        assert "sha" in page
        assert "slice" in page
