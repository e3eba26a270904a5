"""Sorted arrays of integers as sets, and two integers as one: what the graph of a census is worked out with.

Two numbers below 2**31 are packed into one of 64 bits, which sorts as the pair does. On the benchmark's snapshot of
3 million repositories, sorting its 2.1 million edges this way takes 0.03 s of CPU time; `numpy.lexsort` or a sort of
two polars columns takes 0.5 s, and the graph sorts pairs some thirty times.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
"""Sets of small numbers as bits: one column a set, one row for each 64 numbers."""


def packed(high: Ints, low: Ints) -> Ints:
    """One number for two below 2**31, in the order of the pairs."""
    return np.left_shift(high, 32, dtype=np.int64) | low


def halves(pairs: Ints) -> tuple[Ints, Ints]:
    """The two numbers of each that `packed` made."""
    return pairs >> 32, pairs & 0xFFFFFFFF


def unique(values: Ints) -> Ints:
    """Sorted distinct values. (`numpy.unique` takes 1.4 s for the 2.1 million edges, this 0.03 s.)"""
    values = np.sort(values)
    return values[starts_of_runs(values)]


def starts_of_runs(values: Ints) -> Ints:
    """Where each run of equal values begins."""
    if not values.size:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))


def ranges(starts: Ints, counts: Ints) -> Ints:
    """From each start so many numbers in a row: starts 7, 2 and counts 2, 3 give 7, 8, 2, 3, 4."""
    ends = np.cumsum(counts)
    return np.arange(int(counts.sum())) + np.repeat(starts - (ends - counts), counts)


def set_bits(words: Words) -> tuple[Ints, Ints]:
    """Place of the set and number of every bit that is set, by number, then by set.

    Each round takes the lowest bit of every set that has any left, so it costs as many rounds as the largest set has
    members: few sets have more than one.
    """
    found = [np.zeros(0, dtype=np.int64)]
    for row, word in enumerate(words):
        sets = np.flatnonzero(word)
        left = word[sets]
        while sets.size:
            lowest = left & -left
            number = np.bitwise_count(lowest - np.uint64(1)).astype(np.int64) + 64 * row
            found.append(packed(number, sets))
            left ^= lowest
            has_more = left != 0
            sets, left = sets[has_more], left[has_more]
    numbers, sets = halves(np.sort(np.concatenate(found)))
    return sets, numbers
