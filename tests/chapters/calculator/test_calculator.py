"""The arithmetic of the calculator: what a machine reads for a token, how many machines it takes, what that costs."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.chapters.calculator import tables as calculator

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
