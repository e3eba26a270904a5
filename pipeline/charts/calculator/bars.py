"""Memory drawn against the machine: what the weights and the cache fill, and where the memory of the machines ends.

The bars of two machines stand below each other on one scale. calculator.js draws the same, word for word; the
browser's test compares the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from pipeline.base import words

MARKS = 16
"""Machines whose ends are marked one by one; of more, the last alone is."""


@dataclass(frozen=True)
class Memory:
    """What a choice fills of a machine, in bytes.

    count: machines that hold it; None where no number that is joined in practice does. most: that number.
    """

    machine: str
    weights: int
    cache: int
    usable: int
    most: int
    count: int | None

    @property
    def needed(self) -> int:
        """Weights and cache together."""
        return self.weights + self.cache

    @property
    def joined(self) -> int:
        """Machines drawn: as many as hold it, or the most that are joined."""
        return self.count or self.most


def memory(model: Mapping[str, Any], machine: Mapping[str, Any], *, bits: int, context: str, sequences: int) -> Memory:
    """What a choice fills. model, machine: rows of the calculator's two tables; context: a key of its contexts."""
    weights, cache = model[f"weights_bytes_{bits}bit"], sequences * model[f"cache_bytes_{context}"]
    count = -(-(weights + cache) // machine["usable_bytes"])
    fits = count <= machine["most"]
    return Memory(machine["machine"], weights, cache, machine["usable_bytes"], machine["most"], count if fits else None)


def bars(needs: Sequence[Memory]) -> str:
    """A key and one bar a machine, on one scale."""
    scale = max(max(need.needed, need.joined * need.usable) for need in needs)
    drawn = "".join(_bar(need, scale) for need in needs)
    return (
        '<p class="memory-key" aria-hidden="true"><i class="memory-weights"></i> weights '
        '<i class="memory-cache"></i> cache <i class="memory-end"></i> end of a machine’s memory</p>' + drawn
    )


def _bar(need: Memory, scale: int) -> str:
    """The machine's name, the bar, and what it shows as a sentence."""
    ends = range(1, need.joined + 1) if need.joined <= MARKS else [need.joined]
    lines = "".join(f'<b style="left:{100 * end * need.usable / scale:.4g}%"></b>' for end in ends)
    return (
        f'<p class="memory-name">{escape(_machines(need))}</p>'
        f'<div class="memory-bar" role="img" aria-label="{escape(in_words(need))}">'
        f'<i class="memory-weights" style="width:{100 * need.weights / scale:.4g}%"></i>'
        f'<i class="memory-cache" style="width:{100 * need.cache / scale:.4g}%"></i>{lines}</div>'
        f'<p class="memory-text" aria-hidden="true">{escape(in_words(need))}</p>'
    )


def _machines(need: Memory) -> str:
    return need.machine if need.joined == 1 else f"{words.number(need.joined)} × {need.machine}"


def in_words(need: Memory) -> str:
    """What the bar shows: the sizes in GB, and the share of the machines' memory that they fill."""
    weights, cache, needed, end = (
        words.significant(value / 1e9, 3)
        for value in (need.weights, need.cache, need.needed, need.joined * need.usable)
    )
    opening = f"Weights of {weights} GB and a cache of {cache} GB"
    if need.count is None:
        return f"{opening} do not fit: {needed} GB, where {_machines(need)} has {end} GB usable."
    share = words.significant(100 * need.needed / (need.joined * need.usable), 2)
    return f"{opening} fill {share} % of the {end} GB usable on {_machines(need)}."
