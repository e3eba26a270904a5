"""What a rule of the ledger may look at, and what it finds."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, takewhile
from typing import Any

from pipeline.base import facts as quotes
from pipeline.base import words
from pipeline.base.errors import FactError
from pipeline.base.facts import Facts
from pipeline.base.held import Held, Needs

Claim = Mapping[str, Any]
Check = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """What a rule found."""

    verdict: str
    measured: str | None
    why: str
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    readings: int | None = None
    met: int | None = None

    def out_of(self, readings: int, met: int) -> "Found":
        """The same with how many readings were tried, and under how many the claim is met."""
        return replace(self, readings=readings, met=met)


@dataclass(frozen=True)
class Evidence:
    """The facts. Rules read nothing else."""

    facts: Facts

    def has(self, key: str) -> bool:
        """Whether a fact is known and has a value."""
        return key in self.facts and self.facts[key]["value"] is not None

    def value(self, key: str) -> Any:
        """The value of a fact; an unknown key is an error, a missing value is None."""
        return self._fact(key)["value"]

    def text(self, key: str) -> str:
        """The words of a fact."""
        return self._fact(key)["text"]

    def number(self, key: str) -> float:
        """The value of a fact that a rule cannot do without."""
        value = self.value(key)
        if value is None:
            raise FactError(f"fact {key} has no value", next_step="fill the register row that it is from")
        return float(value)

    def between(self, start: str, end: str) -> dict[str, Any]:
        """Values of the facts whose keys begin and end so, by what stands between, in order."""
        first = bisect_left(self.keys, start)
        beginning = takewhile(lambda key: key.startswith(start), islice(self.keys, first, None))
        return {
            key[len(start) : len(key) - len(end)]: self.facts[key]["value"]
            for key in beginning
            if len(key) > len(start) + len(end) and key.endswith(end)
        }

    @cached_property
    def keys(self) -> list[str]:
        """Keys of the facts in order, so that those with the same beginning stand together: a census has thousands."""
        return sorted(self.facts)

    def require(self, keys: Iterable[str]) -> None:
        """A claim that names an unknown fact is an error."""
        for key in keys:
            self._fact(key)

    def _fact(self, key: str) -> quotes.Fact:
        if key not in self.facts:
            raise FactError(
                f"a claim names the unknown fact {key}",
                where="claims.yaml",
                next_step="use a key of data/out/facts.json",
            )
        return self.facts[key]

    @property
    def coverage(self) -> str:
        """Census, slice or sample."""
        return self.text("snapshot.coverage")

    @property
    def is_census(self) -> bool:
        """Whether absolute counts, and shares and ranks of the Hub, can be read from the snapshot."""
        return self.coverage == "census"

    @cached_property
    def held(self) -> Held:
        """What share of the snapshot's repositories has a value, by column."""
        return Held(self.between("snapshot.held.", ""))


def nothing(claim: Claim, check: Check, evidence: Evidence) -> str | None:
    """No figure of this snapshot stands beside what it cannot decide."""
    del claim, check, evidence
    return None


@dataclass(frozen=True)
class Rule:
    """How a kind of check is judged, and what the snapshot must be and hold for it.

    census: what a census alone decides, as the subject of a sentence. needs: the least share of repositories with a
    value, by column. beside: the snapshot's own figure, labelled, where it cannot decide. on_its_day: the snapshot is
    asked what was there on the claim's day, so it must not be older.
    """

    judge: Callable[[Claim, Check, Evidence], Found]
    census: str | None = None
    needs: Needs = field(default_factory=dict)
    beside: Callable[[Claim, Check, Evidence], str | None] = nothing
    on_its_day: bool = False

    def found(self, claim: Claim, check: Check, evidence: Evidence) -> Found:
        """The verdict; not measurable, with the reason, where the snapshot lacks what the rule needs."""
        why = self._refusal(claim, evidence)
        if why is None:
            return self.judge(claim, check, evidence)
        return Found("not_measurable_here", self.beside(claim, check, evidence), f"{why}.")

    def _refusal(self, claim: Claim, evidence: Evidence) -> str | None:
        if self.census and not evidence.is_census:
            return f"{self.census} needs a census of the Hub; this snapshot is a {evidence.coverage}"
        if self.on_its_day and evidence.value("snapshot.date") < str(claim["as_of"]):
            return f"This snapshot is older than {words.day(claim['as_of'])}, the claim's date"
        return evidence.held.lacking(self.needs)


def by_readings(met: int, readings: int) -> str:
    """Verdict of a claim that is met under some of the readings of its words."""
    return "holds" if met == readings else "fails" if met == 0 else "depends_on_definition"


def shared(met: int, tried: int, what: str = "readings") -> str:
    """`12 of 32 readings (38%)`; none, or all."""
    if met in (0, tried):
        return f"{'all' if met else 'none of'} {words.number(tried)} {what}"
    return f"{words.number(met)} of {words.number(tried)} {what} ({words.percent(met / tried)})"
