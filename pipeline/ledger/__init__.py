"""The rules of the claim ledger, by the kind of check that a claim names.

A rule reads facts, never tables, and returns what was measured, a verdict and the reason in one sentence.
"""

from collections.abc import Callable, Mapping

from pipeline.ledger import costs, counts, models, sources
from pipeline.ledger.evidence import Check, Claim, Evidence, Found

RULES: Mapping[str, Callable[[Claim, Check, Evidence], Found]] = {
    **counts.RULES,
    **sources.RULES,
    **models.RULES,
    **costs.RULES,
}
