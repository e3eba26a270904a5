"""The parts of the page `index`: what is known, what goes with it, which claims fail, and the chapters.

Each part is a list whose sentences are facts of the chapters, with a link to where they are shown.
"""

from html import escape

import polars as pl

from pipeline.base.facts import PageFacts
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.verdicts import badge

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

REASONS = {
    "Size": ("gap.sentence", "derivatives.html#what-people-build-on"),
    "Pace": ("surface.cadence.sentence", "surface.html#how-often"),
    "Licence": ("vendors.licence.pair", "vendors.html#who-opened-who-closed"),
    "Both hubs": ("vendors.hubs.reason", "vendors.html#on-both-hubs"),
}
"""What goes with the derivatives: a word, the fact that says it with a number, and where it is shown."""

CHAPTERS = {
    "moment": ("The moment", "moment.title"),
    "derivatives": ("Derivatives", "derivatives.lead.title"),
    "surface": ("Surface area", "surface.title"),
    "moe": ("Mixture of experts", "moe.default.title"),
    "cost": ("Cost", "cost.run.title"),
    "pollination": ("Cross-pollination", "distillations.title"),
    "lineage": ("Lineage", "anatomy.title"),
    "vendors": ("AI+", "vendors.title"),
    "claims": ("Claims", "claims.title"),
}
"""Pages in reading order, with their names and the fact that is their finding."""


def lede(facts: PageFacts) -> Html:
    """The first sentences, what qualifies them in bold where anything is known of that, and how sure they are."""
    qualified = facts.text("opening.but")
    but = f" <strong>{_text(qualified)}</strong>" if qualified else ""
    sure = f'<p class="sure">{_text(facts.text("opening.sure"))}</p>'
    return Html(f'<p class="lede">{_text(facts.text("opening.sentence"))}{but}</p>{sure}')


def findings(facts: PageFacts) -> Html | None:
    """What is known of the two groups, each with its date and basis; nothing where the evidence supports none."""
    texts = [facts.text(key) for key, needed in FINDINGS.items() if facts.value(needed)]
    items = "".join(f"<li>{_text(text)}</li>" for text in texts)
    summary = "<summary>Every count behind this, with its date and basis</summary>"
    return Html(f'<details class="findings">{summary}<ul>{items}</ul></details>') if texts else None


def reasons(facts: PageFacts) -> Html:
    """What goes with the derivatives, a number and a link each."""
    items = [
        f'<li><strong>{name}.</strong> <a href="{page}">{_text(facts.text(key).rstrip("."))}</a>.</li>'
        for name, (key, page) in REASONS.items()
    ]
    return Html(f'<ol class="reasons">{"".join(items)}</ol>')


def wrong(claims: pl.DataFrame) -> Html:
    """The claims that fail or mislead, in the essay's words, with the reason and a link to the card."""
    rows = claims.filter(pl.col("verdict").is_in(["fails", "misleading"])).sort("verdict", "claim").rows(named=True)
    items = [
        f'<li>{badge(row["verdict"])} <a href="claims.html#claim-{row["claim"]:03d}">“{_text(row["statement"])}”</a> '
        f"{_text(row['why'])}</li>"
        for row in rows
    ]
    if not items:
        return Html("<p>No claim fails or misleads on this snapshot.</p>")
    return Html(f'<ul class="wrong">{"".join(items)}</ul>')


def chapters(facts: PageFacts) -> Html:
    """A card for each chapter: its name and its finding."""
    cards = [
        f'<li><a href="{page}.html"><span>{_text(name)}</span>{_text(facts.text(key))}</a></li>'
        for page, (name, key) in CHAPTERS.items()
    ]
    return Html(f'<ul class="chapters">{"".join(cards)}</ul>')


def _text(text: str) -> str:
    return escape(text, quote=False)
