"""Figures that a snapshot without declared lineage does not have: named once, on top of the page."""

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit.figure import Absent

NEEDS = {
    "lineage-growth": "growth by relation",
    "lineage-countries": "growth by the parents’ country",
    "lineage-concentration": "concentration of uploaders",
    "lineage-without-ten": "families without mass uploaders",
    "lineage-uploaders": "the largest uploaders",
    "lineage-hands": "through whose repositories derivatives come",
    "lineage-intermediaries": "the largest intermediaries",
    "lineage-depth": "depth and the longest chain",
    "lineage-half-life": "half-lives",
    "lineage-downloads": "downloads of derivatives",
}
"""Figures that need declared lineage, by key."""


def gaps(facts: PageFacts) -> Absent | None:
    """Why most figures of the chapter are missing; nothing where lineage is declared."""
    if facts.value("anatomy.declared"):
        return None
    missing = words.listed(list(NEEDS.values()))
    return Absent(
        "lineage-gaps",
        "This snapshot declares no lineage",
        f"Its repositories carry no “base_model” tags. Not drawn here: {missing}. A snapshot in the schema of "
        "hub-stats, with tags, has them all.",
    )


def missing(key: str, fact: str, reason: str, facts: PageFacts) -> Absent | None:
    """A gap of its own where lineage is declared; where it is not, `gaps` names it."""
    return Absent(key, facts.text(f"{fact}.title"), reason) if facts.value("anatomy.declared") else None
