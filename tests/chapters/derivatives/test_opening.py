"""The top of the report: its title and first sentences follow from the counts, whichever family leads."""

import polars as pl
import pytest

from pipeline.base.facts import Fact, fact, sentence
from pipeline.base.params import Report
from pipeline.chapters.derivatives import facts_opening, lead
from tests.chapters.derivatives.test_lead import COUNTS, PAIR, counted, everything, published

QWEN = Report(subject="Qwen", reference="Llama", grouping="family")
LLAMA = Report(subject="Llama", reference="Qwen", grouping="family")
COUNTERS = {"Hugging Face 'State of Open Models' Summer 2026": "Hugging Face"}


def known(adapters: float | None = 0.7, bases: float | None = 0.42) -> dict[str, Fact]:
    return {
        "published.adapters.share": fact(adapters, "" if adapters is None else "70%", "x", "share"),
        "published.bases.share": fact(bases, "" if bases is None else "42%", "x", "share"),
        "derivatives.grid.sentence": sentence("Qwen has more by every rule.", "x"),
    }


def opening(rows: pl.DataFrame, facts: dict[str, Fact], report: Report = QWEN) -> dict[str, str]:
    found = facts_opening.opening_facts(rows, COUNTERS, "two models of February 2024", facts, report)
    return {key.removeprefix("opening."): found[key]["text"] for key in found}


def test_the_first_and_the_last_count_are_the_story() -> None:
    found = opening(everything(PAIR), known())
    assert found["title"] == "Why so many build on Qwen"
    assert found["sentence"] == (
        "In July 2024 Llama had 2.4 times as many derivatives as Qwen. In August 2026 Hugging Face counted 4.7 times "
        "as many for Qwen as for Llama."
    )
    assert (
        found["but"] == "But 70% of Qwen’s are adapters and an estimated 42% are built on two models of February 2024."
    )


def test_how_sure_the_first_sentences_are_stands_beside_them() -> None:
    found = opening(everything(PAIR), known())["sure"]
    assert "The count in July 2024 is this project’s own" in found
    assert "The count in August 2026 is Hugging Face’s, by a rule that it does not state" in found
    assert "our estimate" in found
    assert "estimate" not in opening(everything(PAIR), known(bases=None))["sure"]
    assert "no dated count" in opening(lead.table([]), known())["sure"]


def test_who_leads_is_in_the_title_whichever_the_report_is_about() -> None:
    pair = lead.Pair("Llama", "Qwen", PAIR.reference_names, PAIR.subject_names)
    found = opening(everything(pair), known(), LLAMA)
    assert found["title"] == "Why so many build on Qwen"
    assert found["but"].startswith("Of what is built on Llama, 70% are adapters")


def test_one_census_alone_is_one_sentence_and_its_leader_the_title() -> None:
    rows = lead.table(lead.of_snapshot(counted(COUNTS), PAIR, "family"))
    found = opening(rows, known(None, None))
    assert found["title"] == "Why so many build on Llama"
    assert found["sentence"] == "In July 2024 Llama had 2.4 times as many derivatives as Qwen."
    assert found["but"] == "By that day the register has no count of what they are made of."


@pytest.mark.parametrize("rows", [lead.table([]), lead.table(lead.of_published(published().clear(), PAIR))])
def test_without_a_dated_count_the_grid_speaks(rows: pl.DataFrame) -> None:
    found = opening(rows, known())
    assert found["title"] == "Who builds on Qwen, and who on Llama"
    assert found["sentence"] == "Qwen has more by every rule."
