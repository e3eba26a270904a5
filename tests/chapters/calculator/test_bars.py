"""Memory against the machine: what fills it, where it ends, and what does not fit."""

import re

import pytest

from pipeline.charts.calculator.bars import Memory, bars, in_words, memory

MODEL = {"weights_bytes_8bit": 600_000_000_000, "cache_bytes_8k": 1_000_000_000}
MACHINE = {"machine": "8x Made", "usable_bytes": 700_000_000_000, "most": 2}


def filled(sequences: int) -> Memory:
    return memory(MODEL, MACHINE, bits=8, context="8k", sequences=sequences)


def widths(html: str) -> list[float]:
    return [float(width) for width in re.findall(r'style="(?:width|left):([\d.]+)%', html)]


@pytest.mark.parametrize(("sequences", "count"), [(1, 1), (100, 1), (101, 2), (800, 2), (801, None)])
def test_machines_are_joined_until_they_hold_it(sequences: int, count: int | None) -> None:
    assert filled(sequences).count == count


def test_a_bar_ends_where_the_bytes_end_and_marks_each_machine() -> None:
    weights, cache, *ends = widths(bars([filled(300)]))
    assert (weights, cache) == pytest.approx((100 * 600 / 1400, 100 * 300 / 1400), rel=1e-3)
    assert ends == [50, 100]


def test_two_machines_share_one_scale() -> None:
    small = memory(MODEL, {**MACHINE, "usable_bytes": 650_000_000_000}, bits=8, context="8k", sequences=1)
    first, second = (widths(part) for part in bars([filled(1), small]).split("memory-name")[1:])
    assert first[:2] == second[:2]
    assert (first[2], second[2]) == pytest.approx((100, 100 * 650 / 700), rel=1e-3)


def test_what_does_not_fit_is_longer_than_the_machines_and_says_so() -> None:
    html = bars([filled(1_400)])
    weights, cache, *ends = widths(html)
    assert weights + cache == pytest.approx(100)
    assert ends == pytest.approx([35, 70])
    assert "do not fit: 2,000 GB, where 2 × 8x Made has 1,400 GB usable." in html


def test_the_sentence_gives_sizes_and_the_share() -> None:
    assert in_words(filled(100)) == (
        "Weights of 600 GB and a cache of 100 GB fill 100 % of the 700 GB usable on 8x Made."
    )
    assert f'role="img" aria-label="{in_words(filled(7))}"' in bars([filled(7)])


def test_a_machine_of_many_marks_its_last_end_alone() -> None:
    many = memory(MODEL, {**MACHINE, "usable_bytes": 10_000_000_000, "most": 64}, bits=8, context="8k", sequences=1)
    assert len(widths(bars([many]))) == 3
