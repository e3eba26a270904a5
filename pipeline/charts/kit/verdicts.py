"""A verdict of the ledger as a reader sees it: its words, its icon, and how many claims have it."""

import polars as pl

from pipeline.base.vocabulary import VERDICTS
from pipeline.charts.kit.html import Html

VERDICT_WORDS = {
    "holds": "Holds",
    "held_then": "Held then",
    "fails": "Fails",
    "depends_on_definition": "Depends on the definition",
    "misleading": "Misleading",
    "not_measurable_here": "Not measurable here",
}


RESTS_ON = {
    "register": "facts of the register, with their sources",
    "published": "counts that others published",
    "snapshot": "counts of this snapshot",
    "none": "nothing here",
}
"""What a verdict rests on, in words."""


_ICONS = {
    "holds": '<path d="M3 8.5l3.2 3.2L13 4.5"/>',
    "held_then": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 2"/>',
    "fails": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "depends_on_definition": '<path d="M8 14V9M8 9L4 3M8 9l4-6"/>',
    "misleading": '<path d="M8 2.5L14.5 13.5H1.5zM8 7v3M8 11.8v.1"/>',
    "not_measurable_here": '<circle cx="8" cy="8" r="6" stroke-dasharray="2.5 2.5"/>',
}


def badge(verdict: str) -> str:
    """Icon and word of a verdict."""
    return (
        f'<span class="verdict" data-verdict="{verdict}"><svg viewBox="0 0 16 16" aria-hidden="true">'
        f"{_ICONS[verdict]}</svg>{VERDICT_WORDS[verdict]}</span>"
    )


def ledger_totals(claims: pl.DataFrame) -> Html:
    """How many claims have which verdict."""
    counts = dict(claims["verdict"].value_counts().iter_rows())
    items = "".join(f"<li>{badge(name)} {counts[name]}</li>" for name in VERDICTS if name in counts)
    return Html(f'<ul class="ledger-totals">{items}</ul>')
