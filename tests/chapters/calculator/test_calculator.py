"""The arithmetic of the calculator: what a machine reads for a token, how many machines it takes, what that costs."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.base import words
from pipeline.chapters.calculator import tables as calculator
from pipeline.charts.calculator import form

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


# ------------------------------------------------------------------------------------------- words

WORDED = {"a/model": MODEL | {"weights_bytes_4bit": 4_500_000_000}}
CHOICE: form.Choice = {"model": "a/model", "machine": "box", "other": "", "bits": 8, "context": "8k", "sequences": 1}


def answered(sequences: int, **machine: Any) -> str:
    return form.answer_sentence(WORDED, {"box": MACHINE | machine}, {**CHOICE, "sequences": sequences})


def test_the_answer_gives_one_sequence_alone_and_many() -> None:
    """One reader with a server to themselves pays many times what a provider asks: neither stands alone."""
    alone, many = answered(1, usable_bytes=10**11), answered(64, usable_bytes=10**11)
    assert "with one sequence of 8,192 tokens" in alone
    assert "With 64 at once it is at most" in alone
    assert "with 64 sequences of 8,192 tokens" in many
    assert "One sequence alone gets at most" in many
    price = words.significant(ask(1, usable_bytes=10**11).usd_median or 0, 2)
    assert f"cost at least ${price} at the median price" in alone
    assert f"a million for at least ${price}." in many


def test_another_machine_is_answered_beside_the_first() -> None:
    def beside(**machine: Any) -> str:
        by_machine = {"box": MACHINE, "crate": MACHINE | machine}
        return form.answer_sentence(WORDED, by_machine, {**CHOICE, "other": "crate"})

    faster = words.significant(ask(1, bandwidth_bytes_per_second=4e12).tokens_per_second or 0, 2)
    assert f" On one crate instead it is at most {faster} tokens per second" in beside(bandwidth_bytes_per_second=4e12)
    assert " crate does not hold it." in beside(most=1, usable_bytes=10**9)
    assert "box instead" not in form.answer_sentence(WORDED, {"box": MACHINE}, {**CHOICE, "other": "box"})


def test_the_default_is_a_server_at_work() -> None:
    assert form.DEFAULT["sequences"] == form.TOGETHER == 64


def test_what_does_not_fit_at_once_is_said() -> None:
    assert answered(1, most=1).endswith("64 at once do not fit.")
    assert "fits on one box" in answered(1, most=1)
    assert answered(64, most=1, usable_bytes=10**9).endswith("that is joined in practice holds it.")


def test_without_a_price_neither_number_has_a_cost() -> None:
    unpriced = answered(64, usd_per_hour_low=None, usd_per_hour=None, usd_per_hour_high=None)
    assert "no rental price" in unpriced
    assert "$" not in unpriced
