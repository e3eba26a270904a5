"""What a rule of the ledger is: how a kind of check is judged, what it needs of the snapshot, and what it finds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.base import words
from pipeline.base.completeness import Needs
from pipeline.claims.evidence import Evidence

Claim = Mapping[str, Any]
Check = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """What a rule found: verdict, what was measured in words and from `low` to `high`, and the reason in a sentence.

    readings: how many readings of the essay's words were tried; met: under how many of them the claim is met.
    basis: what the verdict rests on, where that is not what the claim needs.
    """

    verdict: str
    measured: str | None
    why: str
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    readings: int | None = None
    met: int | None = None
    basis: str | None = None


def undecided(why: str, measured: str | None = None) -> Found:
    """The snapshot or the register cannot decide the claim."""
    return Found("not_measurable_here", measured, why)


def ends(values: Iterable[float], unit: str) -> dict[str, Any]:
    """`low`, `high` and `unit` of what was measured."""
    values = list(values)
    return {"low": min(values), "high": max(values), "unit": unit}


def nothing(_claim: Claim, _check: Check, _evidence: Evidence) -> None:
    """Nothing stands beside what the snapshot cannot decide."""
    return None


@dataclass(frozen=True)
class Rule:
    """How a kind of check is judged, and what the snapshot must be and have for it.

    census: what a census alone decides, as the subject of a sentence. needs: the least share of repositories with a
    value, by column. beside: the snapshot's own figure, labelled, where it cannot decide. on_its_day: the snapshot is
    asked what was there on the claim's day, so it must not be older. otherwise: what published evidence says then.
    """

    judge: Callable[[Claim, Check, Evidence], Found]
    census: str | None = None
    needs: Needs = field(default_factory=dict)
    beside: Callable[[Claim, Check, Evidence], str | None] = nothing
    on_its_day: bool = False
    otherwise: Callable[[Claim, Check, Evidence], Found | None] = nothing

    def found(self, claim: Claim, check: Check, evidence: Evidence) -> Found:
        """The verdict; not measurable, with the reason, where the snapshot lacks what the rule needs."""
        why = self._refusal(claim, evidence)
        if why is None:
            return self.judge(claim, check, evidence)
        published = self.otherwise(claim, check, evidence)
        if published is not None:
            return published
        return undecided(f"{why}.", self.beside(claim, check, evidence))

    def _refusal(self, claim: Claim, evidence: Evidence) -> str | None:
        if self.census and not evidence.is_census:
            return f"{self.census} needs a census of the Hub; this snapshot is a {evidence.coverage}"
        if self.on_its_day and evidence.today < claim["as_of"]:
            return f"This snapshot is older than {words.day(claim['as_of'])}, the claim's date"
        return evidence.completeness.lacking(self.needs)


def by_readings(met: int, readings: int) -> str:
    """Verdict of a claim that is met under some of the readings of its words."""
    return "holds" if met == readings else "fails" if met == 0 else "depends_on_definition"


def shared(met: int, readings: int, what: str = "readings") -> str:
    """`12 of 32 readings (38%)`; none, or all."""
    if met in (0, readings):
        return f"{'all' if met else 'none of'} {words.number(readings)} {what}"
    return f"{words.number(met)} of {words.number(readings)} {what} ({words.percent(met / readings)})"
