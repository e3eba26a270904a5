"""How a claim is judged: each gets a verdict that the machine computes, and the reason in a sentence.

A claim stands in `register/claims.yaml` with the essay's words, what decides it (`needs`), what measures it
(`measure`, in the names of `pipeline.claims.measures`) and a `check`. The check's kind names a rule of
`pipeline.claims.rules`; the rule asks the tables of `Evidence` about the things that the check names, and finds:

- `holds`: what the essay states is what is found, within the stated tolerance.
- `held_then`: true at its date, no longer true; needs both values.
- `fails`: what is found differs.
- `depends_on_definition`: true under some readings of the words only; the reason gives the share.
- `misleading`: the words are true or may be, and a computed counter-fact takes away what they suggest.
- `not_measurable_here`: the snapshot cannot decide it. Absolute counts, and shares or ranks of the
  Hub, are decided on a census alone; elsewhere the snapshot's own figure stands beside, labelled. A count by a date is
  decided where repositories are dated: each rule says what columns it needs, and of what share of the repositories.

A dated count is judged at its date and again today: by a snapshot of that day where there is one, else by
repositories created until then, which is less certain, since models are deleted and cards edited.

Known drawback: rules judge the numbers in a sentence, not its every shade. A share of readings describes
the readings that were tried; it is no probability.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipeline.base.errors import RegisterError
from pipeline.claims import essay, measures
from pipeline.claims.evidence import Evidence
from pipeline.claims.rules import RULES
from pipeline.claims.rules.rule import Found
from pipeline.claims.schema import Claims


def judge(claims: Iterable[essay.Claim], evidence: Evidence) -> pl.DataFrame:
    """Rows of `Claims`; a claim that names an unknown measure, kind of check or thing is an error."""
    rows = []
    for claim in claims:
        check = claim["check"]
        if check["kind"] not in RULES:
            raise RegisterError(f"claim {claim['claim']} names an unknown kind of check", where="claims.yaml")
        for measure in claim["measure"]:
            measures.check(measure, evidence)
        found = RULES[check["kind"]].found(claim, check, evidence)
        stated = claim.get("taken_as", claim.get("stated", check.get("value")))
        ends = stated if isinstance(stated, list) else [stated, stated]
        rows.append(
            {
                "claim": claim["claim"],
                "topic": claim["topic"],
                "statement": claim["statement"],
                "where": claim["where"],
                "as_of": claim["as_of"],
                "published_value": claim["published"],
                "stated_low": _number(ends[0]),
                "stated_high": _number(ends[1]),
                "stated_in_words": "taken_as" in claim,
                "tolerance": _number(check.get("tolerance")),
                "measured_value": found.measured,
                "low": found.low,
                "high": found.high,
                "unit": found.unit,
                "measure": ", ".join(measures.written(measure) for measure in claim["measure"]),
                "definition": claim.get("definition"),
                "readings": found.readings,
                "readings_met": found.met,
                "elsewhere": elsewhere(claim, evidence),
                "needs": claim["needs"],
                "basis": basis(claim, found),
                "verdict": found.verdict,
                "why": found.why,
                "would_change": claim["would_change"],
                "sources": claim["sources"],
                "snapshot": evidence.label,
            }
        )
    return pl.DataFrame(rows, schema=Claims.create_empty().schema)


def basis(claim: essay.Claim, found: Found) -> str:
    """What a verdict rests on, in one word."""
    if found.verdict == "not_measurable_here":
        return "none"
    return found.basis or ("register" if claim["needs"] == "register" else "snapshot")


def _number(value: Any) -> float | None:
    """A number of the register; dates and words are none."""
    return float(value) if isinstance(value, int | float) else None


def elsewhere(claim: Mapping[str, Any], evidence: Evidence) -> str | None:
    """What others published of the same, from the register, with its dates."""
    counts = [evidence.published(*count) for count in claim.get("elsewhere", [])]
    return "; ".join(counts) or None
