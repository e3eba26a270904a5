"""The calculator in the reader's page says what the pipeline says, for every kind of choice."""

import itertools
import random
import re
from typing import Any
from urllib.parse import urlencode

import polars as pl
import pytest

from pipeline.architectures import memory
from pipeline.base.paths import Paths
from pipeline.charts.calculator import form


@pytest.fixture(scope="session")
def known(site: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Rows of the built site's two tables, by name."""
    tables = Paths(site.parents[2]).tables()
    models, machines = (pl.read_parquet(tables[f"calculator_{name}"]) for name in ("models", "machines"))
    return (
        {row["model"]: row for row in models.iter_rows(named=True)},
        {row["machine"]: row for row in machines.iter_rows(named=True)},
    )


def choices(known: tuple[form.Rows, form.Rows]) -> list[form.Choice]:
    """Sixty choices from all corners, the same in every run."""
    every = list(itertools.product(*known, ("", *known[1]), memory.BITS, memory.CONTEXTS, (1, 2, 7, 64, 1024)))
    drawn = random.Random(7).sample(every, 60)
    return [
        form.Choice(model=model, machine=machine, other=other, bits=bits, context=context, sequences=sequences)
        for model, machine, other, bits, context, sequences in drawn
    ]


def answer_of(known: tuple[form.Rows, form.Rows], choice: form.Choice) -> str:
    return form.answer_sentence(known[0], known[1], choice)


def test_the_page_and_the_pipeline_give_the_same_answers(known: Any, visit: Any) -> None:
    window = visit()
    page = window.open("calculator")
    answers = set()
    for choice in choices(known):
        for name in ("model", "machine", "other", "bits", "context"):
            page.select_option(f"select[name={name}]", str(choice[name]))
        page.fill("input[name=sequences]", str(choice["sequences"]))
        found = page.text_content(".calculator-answer")
        assert found == answer_of(known, choice), choice
        bars = re.sub("<[^>]*>", "", form.memory_bars(known[0], known[1], choice))
        assert page.text_content(".calculator-memory") == bars, choice
        answers.add(found)
    assert any("does not fit" in text for text in answers)
    assert any("instead it is at most" in text for text in answers)
    assert any("does not hold it" in text for text in answers)
    assert any("no rental price" in text for text in answers)
    assert any("a million tokens cost at least" in text for text in answers)
    assert window.errors == []


def test_without_scripts_the_examples_are_worked_out_and_nothing_leads_nowhere(known: Any, visit: Any) -> None:
    page = visit(scripts=False).open("calculator")
    assert not page.locator(".calculator-examples").is_visible()
    assert not page.locator(".calculator-form").is_visible()
    worked = page.locator(".calculator noscript li").all_text_contents()
    assert worked == [answer_of(known, choice) for choice in form.EXAMPLES]
    assert visit().open("calculator").locator(".calculator-examples").is_visible()


def test_an_address_opens_its_choice_and_back_returns(known: Any, visit: Any) -> None:
    choice = choices(known)[0]
    window = visit()
    page = window.open("calculator", f"#{urlencode(choice)}")
    assert page.text_content(".calculator-answer") == answer_of(known, choice)
    page.select_option("select[name=bits]", "4" if choice["bits"] != 4 else "8")
    assert page.text_content(".calculator-answer") != answer_of(known, choice)
    page.go_back()
    page.wait_for_function(
        "text => document.querySelector('.calculator-answer').textContent === text", arg=answer_of(known, choice)
    )


def test_a_wrong_number_stays_and_the_fix_is_shown(visit: Any) -> None:
    page = visit().open("calculator")
    page.fill("input[name=sequences]", "0")
    assert "whole number from 1 to 1,024" in str(page.text_content(".calculator-answer"))
    assert page.input_value("input[name=sequences]") == "0"
    page.click("button[type=reset]")
    assert "takes" in str(page.text_content(".calculator-answer"))


def test_an_address_from_a_stranger_is_data(visit: Any) -> None:
    window = visit()
    page = window.open("calculator", "#model=%3Cscript%3Ealert(1)%3C/script%3E&bits=7&sequences=-1&machine=__proto__")
    assert "DeepSeek-V3 at 8 bits, with 64 sequences" in str(page.text_content(".calculator-answer"))
    assert window.errors == []


def test_without_scripts_the_worked_example_stands_and_no_dead_form(known: Any, visit: Any) -> None:
    page = visit(scripts=False).open("calculator")
    assert page.text_content(".calculator-answer") == answer_of(known, form.DEFAULT)
    assert not page.locator(".calculator form").is_visible()
