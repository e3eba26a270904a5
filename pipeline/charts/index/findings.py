"""What is known of the two groups, as a list of dated sentences on top of the page `index`."""

from html import escape

from pipeline.base.facts import PageFacts
from pipeline.charts.kit.html import Html

FINDINGS = (
    "derivatives.lead.census",
    "derivatives.lead.turned",
    "derivatives.lead.now",
    "published.adapters",
    "published.ratios",
    "published.bases",
    "derivatives.lead.flow",
)
"""Sentences in the order in which they are read, each with its date and basis."""


def findings(facts: PageFacts) -> Html | None:
    """Those that the evidence supports; nothing where it supports none."""
    texts = [facts.text(key) for key in FINDINGS if facts.text(key)]
    items = "".join(f"<li>{escape(text, quote=False)}</li>" for text in texts)
    return Html(f"<ul>{items}</ul>") if texts else None
