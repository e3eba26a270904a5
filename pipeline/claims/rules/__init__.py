"""The rules of the claim ledger, by the kind of check that a claim names.

A rule asks the tables of `Evidence` about the things that a check names, and returns what was measured, a verdict and
the reason in one sentence. What it needs of the snapshot stands beside it in `RULES`, as data; where the snapshot lacks
that, the rule is not asked.
"""

from collections.abc import Mapping

from pipeline.claims.rules import costs, counts, models, published, ranks, releases, sources
from pipeline.claims.rules.rule import Rule

RULES: Mapping[str, Rule] = {
    **counts.RULES,
    **sources.RULES,
    **releases.RULES,
    **models.RULES,
    **costs.RULES,
    **published.RULES,
    **ranks.RULES,
}
