"""The calculator in the reader's page says what the pipeline says, for every kind of choice."""

import itertools
import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.architectures import memory
from pipeline.base.paths import Paths
from pipeline.chapters.calculator import tables as calculator
from pipeline.charts.calculator import form


@pytest.fixture(scope="session")
def known(site: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Rows of the built site's two tables, by name."""
    out = Paths(site.parents[2]).out
    models, machines = (pl.read_parquet(out / f"calculator_{name}.parquet") for name in ("models", "machines"))
    return (
        {row["model"]: row for row in models.iter_rows(named=True)},
        {row["machine"]: row for row in machines.iter_rows(named=True)},
    )


def choices(known: tuple[dict[str, Any], dict[str, Any]]) -> list[dict[str, Any]]:
    """Sixty choices from all corners, the same in every run."""
    every = list(itertools.product(*known, memory.BITS, memory.CONTEXTS, (1, 2, 7, 64, 1024)))
    drawn = random.Random(7).sample(every, 60)
    return [dict(zip(("model", "machine", "bits", "context", "sequences"), choice, strict=True)) for choice in drawn]


def told_of(known: tuple[dict[str, Any], dict[str, Any]], choice: dict[str, Any]) -> str:
    return form.tell(known[0], known[1], choice)


def test_the_page_and_the_pipeline_give_the_same_answers(known: Any, visit: Any) -> None:
    window = visit()
    page = window.open("calculator")
    told = set()
    for choice in choices(known):
        for name in ("model", "machine", "bits", "context"):
            page.select_option(f"select[name={name}]", str(choice[name]))
        page.fill("input[name=sequences]", str(choice["sequences"]))
        found = page.text_content(".calculator-answer")
        assert found == told_of(known, choice), choice
        told.add(found)
    assert any("does not fit" in text for text in told)
    assert any("no rental price" in text for text in told)
    assert any("a million tokens cost at least" in text for text in told)
    assert window.errors == []


def test_without_scripts_the_examples_are_worked_out_and_nothing_leads_nowhere(known: Any, visit: Any) -> None:
    page = visit(scripts=False).open("calculator")
    assert not page.locator(".calculator-examples").is_visible()
    assert not page.locator(".calculator-form").is_visible()
    worked = page.locator(".calculator noscript li").all_text_contents()
    assert worked == [told_of(known, choice) for choice in form.EXAMPLES]
    assert visit().open("calculator").locator(".calculator-examples").is_visible()


def test_an_address_opens_its_choice_and_back_returns(known: Any, visit: Any) -> None:
    choice = choices(known)[0]
    window = visit()
    page = window.open("calculator", f"#{form._address(choice)}")
    assert page.text_content(".calculator-answer") == told_of(known, choice)
    page.select_option("select[name=bits]", "4" if choice["bits"] != 4 else "8")
    assert page.text_content(".calculator-answer") != told_of(known, choice)
    page.go_back()
    page.wait_for_function(
        "text => document.querySelector('.calculator-answer').textContent === text", arg=told_of(known, choice)
    )


def test_a_wrong_number_is_kept_and_the_fix_is_said(visit: Any) -> None:
    page = visit().open("calculator")
    page.fill("input[name=sequences]", "0")
    assert "whole number from 1 to 1,024" in str(page.text_content(".calculator-answer"))
    assert page.input_value("input[name=sequences]") == "0"
    page.click("button[type=reset]")
    assert "takes" in str(page.text_content(".calculator-answer"))


def test_an_address_from_a_stranger_is_data(visit: Any) -> None:
    window = visit()
    page = window.open("calculator", "#model=%3Cscript%3Ealert(1)%3C/script%3E&bits=7&sequences=-1&machine=__proto__")
    assert "DeepSeek-V3 at 8 bits, with one sequence" in str(page.text_content(".calculator-answer"))
    assert window.errors == []


def test_without_scripts_the_worked_example_stands_and_no_dead_form(known: Any, visit: Any) -> None:
    page = visit(scripts=False).open("calculator")
    assert page.text_content(".calculator-answer") == told_of(known, form.DEFAULT)
    assert not page.locator(".calculator form").is_visible()


# ----------------------------------------------------------------------------- the arithmetic itself

MODEL = {
    "experts": 8,
    "experts_per_token": 2,
    "parameters_always": 10**9,
    "parameters_routed": 8 * 10**9,
    "weights_bytes_8bit": 9 * 10**9,
    "cache_bytes_8k": 10**8,
    "flops_per_token_8k": 6 * 10**9,
}
MACHINE = {
    "most": 4,
    "usable_bytes": 10**10,
    "bandwidth_bytes_per_second": 10**12,
    "flops_16bit": None,
    "usd_per_hour_low": 1.0,
    "usd_per_hour": 2.0,
    "usd_per_hour_high": 3.0,
}


def ask(sequences: int, **machine: Any) -> calculator.Answer:
    return calculator.answer(MODEL, MACHINE | machine, bits=8, context="8k", sequences=sequences)


def test_one_sequence_reads_what_is_activated_and_its_cache() -> None:
    found = ask(1)
    assert (found.needed_bytes, found.machines) == (9_100_000_000, 1)
    assert found.tokens_per_second == pytest.approx(1e12 / (10**9 + 2 * 10**9 + 10**8))
    assert found.usd_median == pytest.approx(2 * 3.1e9 / 1e12 / 3600 * 1e6)


def test_many_sequences_read_nearly_all_experts() -> None:
    found = ask(10)
    read = 10**9 + 8 * 10**9 * (1 - 0.75**10) + 10 * 10**8
    assert found.tokens_per_second == pytest.approx(10 * 1e12 / read)


def test_more_than_are_joined_do_not_fit() -> None:
    assert ask(400).machines is None


@given(st.integers(1, 300), st.floats(1e9, 1e15))
@settings(max_examples=50)
def test_arithmetic_only_ever_lowers_the_bound(sequences: int, flops: float) -> None:
    free, bound = ask(sequences), ask(sequences, flops_16bit=flops)
    assert bound.machines == free.machines
    if free.tokens_per_second is not None and bound.tokens_per_second is not None:
        assert bound.tokens_per_second <= free.tokens_per_second
        assert bound.tokens_per_second <= (bound.machines or 0) * flops / MODEL["flops_per_token_8k"] * (1 + 1e-12)
