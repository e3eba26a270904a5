"""Figures that a snapshot without declared lineage does not have: named once, on top of the page."""

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit.figure import Absent

NEEDS = {
    "growth": "growth by relation and by the parents’ country",
    "uploaders": "concentration of uploaders",
    "series": "repositories in series",
    "converters": "who converts",
    "intermediaries": "through whose repositories derivatives come",
    "depth": "depth and the longest chain",
    "tree": "the largest branches by name",
    "half_life": "half-lives",
    "downloads": "downloads of derivatives",
}
"""What sections show that need declared lineage, by section."""


def gaps(facts: PageFacts) -> Absent | None:
    """Which sections neither this snapshot nor an edition fills; nothing where all are there."""
    left_out = [shown for section, shown in NEEDS.items() if facts.value(f"anatomy.basis.{section}") is None]
    if facts.value("anatomy.declared") or not left_out:
        return None
    return Absent(
        "lineage-gaps",
        "This snapshot declares no lineage",
        f"Its repositories carry no “base_model” tags. Left out here: {words.listed(left_out)}. A snapshot in the "
        "schema of hub-stats, with tags, has them all.",
    )


def missing(key: str, fact: str, reason: str, facts: PageFacts) -> Absent | None:
    """A gap of its own where lineage is declared; where it is not, the section is left out and `gaps` names it."""
    return Absent(key, facts.text(f"{fact}.title"), reason) if facts.value("anatomy.declared") else None
