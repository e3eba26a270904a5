"""What is known of the two groups, as a list of dated sentences on top of the page `index`."""

from html import escape

from pipeline.base.facts import PageFacts
from pipeline.charts.kit.html import Html

FINDINGS = {
    "derivatives.lead.census": "derivatives.lead.census",
    "derivatives.lead.month": "derivatives.lead.month",
    "derivatives.lead.turned": "derivatives.lead.turned",
    "derivatives.lead.now": "derivatives.lead.now",
    "published.adapters": "published.adapters.share",
    "published.ratios": "published.adapters.share",
    "published.bases": "published.bases.share",
    "anatomy.series.sentence": "anatomy.basis.series",
    "derivatives.lead.flow": "derivatives.lead.flow",
}
"""Sentences in reading order, each with its date and basis, and the fact without which there is none."""


def findings(facts: PageFacts) -> Html | None:
    """Those that the evidence supports; nothing where it supports none."""
    texts = [facts.text(key) for key, needed in FINDINGS.items() if facts.value(needed)]
    items = "".join(f"<li>{escape(text, quote=False)}</li>" for text in texts)
    return Html(f"<ul>{items}</ul>") if texts else None
