"""A fork that compares two other families: titles and sentences speak of these; the ledger quotes the essay."""

import re
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import Report, built_once, copy_project
from tests.metamorphic.test_pages_turn import figures, heading

pytestmark = pytest.mark.whole

COMPARING = ("index", "derivatives", "surface")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Report:
    chosen = {"subject": "Gemma", "reference": "Llama"}

    def build(root: Path) -> None:
        copy_project(root).set(report=chosen).build().publish(*COMPARING, "claims")

    return built_once(tmp_path_factory, "gemma", build)


@pytest.mark.parametrize("page", COMPARING)
def test_headings_and_titles_speak_of_the_two_alone(pair: Report, page: str) -> None:
    html = pair.page(page)
    # What others counted is about those whom they counted.
    own = [figure for key, figure in figures(html).items() if not key.startswith("published")]
    titles = re.findall(r'<p class="chart-title">(.*?)</p>', " ".join(own))
    assert titles
    for text in (heading(html), *titles):
        assert "Qwen" not in text
    named = [name for name in ("Gemma", "Llama") if name in heading(html)]
    assert named == (["Llama"] if page == "index" else ["Gemma", "Llama"]), "the first page is named after the leader"


def test_sentences_that_compare_name_the_two(pair: Report) -> None:
    compared = (
        "derivatives.grid.sentence",
        "derivatives.headline.sentence",
        "derivatives.ranks.sentence",
        "derivatives.quarters.sentence",
        "gap.sentence",
        "surface.sentence",
        "surface.cadence.sentence",
        "undeclared.bounds.sentence",
    )
    for key in compared:
        assert {name for name in ("Gemma", "Llama", "Qwen") if name in pair.text(key)} == {"Gemma", "Llama"}, key


def test_the_ledger_still_quotes_the_essay(pair: Report, sample: Report) -> None:
    words = ["claim", "statement", "published_value", "needs"]
    assert pair.table("claims").select(words).equals(sample.table("claims").select(words))
    assert sample.table("claims")["statement"][0] in unescape(pair.page("claims"))
    decided = pl.col("needs") == "register"
    verdicts = [each.table("claims").filter(decided).select("claim", "verdict") for each in (pair, sample)]
    assert verdicts[0].equals(verdicts[1])


def test_places_are_given_where_neither_leads(pair: Report) -> None:
    assert figures(pair.page("derivatives"))["derivatives-by-family"].find("Gemma is number") > 0
