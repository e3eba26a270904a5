"""Bars of how many repositories were created in each month, with months and the highest number on the axes."""

from collections.abc import Mapping

from pipeline.base import words
from pipeline.charts.explorer.wording import MONTHS, month

BAR, NARROWEST, WIDEST = 16, 200, 320
"""Widths in CSS pixels: of a bar at most, of the drawing at least, and of the narrowest screen's drawing at most."""

ROOM = 72
"""CSS pixels from an end of the axis, where a month's name stands, to the middle of a year beside it."""


def by_month(counts: Mapping[int, int], every: int) -> str:
    """A heading, the bars and a sentence. counts: repositories by year x 100 + month; every: with those undated."""
    if not counts:
        return "<h4>By month of creation</h4><p>None has a known date.</p>"
    undated = every - sum(counts.values())
    first, last, top = min(counts), max(counts), max(counts, key=lambda at: (counts[at], -at))
    span = range(_ordinal(first), _ordinal(last) + 1)
    values = [counts.get(ordinal // 12 * 100 + ordinal % 12 + 1, 0) for ordinal in span]
    bars = "".join(f'<i style="height:{100 * value / counts[top]:.4g}%"></i>' for value in values)
    labels = "".join(f'<b style="left:{place:.4g}%">{text}</b>' for place, text in ticks(first, len(values)))
    missing = f" {words.number(undated)} {'has' if undated == 1 else 'have'} no known date." if undated else ""
    return (
        f'<h4>By month of creation</h4><div class="explorer-axis" aria-hidden="true" style="max-width:'
        f'{max(NARROWEST, BAR * len(values))}px"><b>{words.number(counts[top])}</b>'
        f'<div class="explorer-months">{bars}</div><div class="explorer-ticks">{labels}</div></div>'
        f"<p>From {month(first)} to {month(last)}, most in {month(top)}: {words.number(counts[top])}.{missing}</p>"
    )


def ticks(first: int, months: int) -> list[tuple[float, str]]:
    """Places in percent and labels: the first and the last month, and the Januaries between that have room."""
    start, width = _ordinal(first), min(WIDEST, max(NARROWEST, BAR * months))
    found = [(0.0, _short(start))]
    for at in range(1, months - 1):
        place = (at + 0.5) / months
        if (start + at) % 12 == 0 and ROOM <= place * width <= width - ROOM:
            found.append((100 * place, str((start + at) // 12)))
    return [*found, (100.0, _short(start + months - 1))] if months > 1 else found


def _short(ordinal: int) -> str:
    return f"{MONTHS[ordinal % 12][:3]} {ordinal // 12}"


def _ordinal(value: int) -> int:
    return value // 100 * 12 + value % 100 - 1
