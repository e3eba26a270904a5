"""Stage `claims`: the essay's claims, each with a verdict that the machine computes.

A claim stands in `register/claims.yaml` with the essay's words, what decides it (`needs`), the facts that
measure it (`measure`) and a `check`, whose kind names a rule of `pipeline.claims.rules`:

- `holds`: what the essay states is what is found, within the stated tolerance.
- `held_then`: true at its date, no longer true; needs both values.
- `fails`: what is found differs.
- `depends_on_definition`: true under some readings of the words only; the reason gives the share.
- `misleading`: the words hold or may hold, and a computed counter-fact takes away what they suggest.
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

from pipeline.base import words
from pipeline.base.errors import RegisterError
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.vocabulary import VERDICTS
from pipeline.claims import essay
from pipeline.claims.rules import RULES
from pipeline.claims.rules.evidence import Evidence
from pipeline.claims.schema import Claims

SOURCE = "data/out/claims.parquet"


def judge(claims: Iterable[essay.Claim], evidence: Evidence) -> pl.DataFrame:
    """Rows of `schemas.Claims`; a claim that names an unknown measure or kind of check is an error."""
    rows = []
    for claim in claims:
        check = claim["check"]
        if check["kind"] not in RULES:
            raise RegisterError(f"claim {claim['claim']} names an unknown kind of check", where="claims.yaml")
        evidence.require(claim["measure"])
        found = RULES[check["kind"]].found(claim, check, evidence)
        stated = claim.get("stated", check.get("value"))
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
                "tolerance": _number(check.get("tolerance")),
                "measured_value": found.measured,
                "low": found.low,
                "high": found.high,
                "unit": found.unit,
                "measure": ", ".join(claim["measure"]),
                "definition": claim.get("definition"),
                "readings": found.readings,
                "readings_met": found.met,
                "elsewhere": elsewhere(claim, evidence),
                "needs": claim["needs"],
                "verdict": found.verdict,
                "why": found.why,
                "would_change": claim["would_change"],
                "sources": claim["sources"],
                "snapshot": evidence.text("snapshot.label"),
            }
        )
    return pl.DataFrame(rows, schema=Claims.create_empty().schema)


def _number(value: Any) -> float | None:
    """A number of the register; dates and words are none."""
    return float(value) if isinstance(value, int | float) else None


def elsewhere(claim: Mapping[str, Any], evidence: Evidence) -> str | None:
    """What others published of the same, from the register, with its dates."""
    told = [evidence.text(key) for key in claim.get("elsewhere", [])]
    return "; ".join(told) or None


TOLD = {
    "holds": ("holds", "hold", "holds", "hold"),
    "held_then": ("held when written", "held when written", "held once", "held once"),
    "fails": ("fails", "fail", "fails", "fail"),
    "depends_on_definition": ("depends on the definition", "depend on the definition", "depends", "depend"),
    "misleading": ("misleads", "mislead", "misleads", "mislead"),
    "not_measurable_here": (
        "cannot be measured on this snapshot",
        "cannot be measured on this snapshot",
        "stays open here",
        "stay open here",
    ),
}
"""Each verdict as a verb: of one claim, of several; the same, short enough for a headline."""


def totals(ledger: pl.DataFrame) -> Facts:
    """How many claims have which verdict, in numbers, as a headline and in one sentence."""
    counts = dict(ledger["verdict"].value_counts().iter_rows())
    present = [(counts[verdict], TOLD[verdict]) for verdict in VERDICTS if verdict in counts]
    long = [f"{words.word(count)} {told[count != 1]}" for count, told in present]
    short = [f"{words.word(count)} {told[2 + (count != 1)]}" for count, told in present]
    line = f"Of {words.word(ledger.height)} claims checked, {words.listed(long)}."
    out: Facts = {
        "claims.total": fact(ledger.height, words.number(ledger.height), SOURCE, "claims"),
        "claims.sentence": sentence(line, SOURCE),
        "claims.title": sentence(f"Of {words.word(ledger.height)} claims, {', '.join(short)}", SOURCE),
    }
    for verdict in VERDICTS:
        count = counts.get(verdict, 0)
        out[f"claims.verdicts.{verdict}"] = fact(count, words.number(count), SOURCE, "claims")
    for row in ledger.iter_rows(named=True):
        key = f"claims.{row['claim']}"
        out[f"{key}.verdict"] = sentence(row["verdict"].replace("_", " "), SOURCE)
        out[f"{key}.why"] = sentence(row["why"], SOURCE)
        out[f"{key}.published"] = sentence(row["published_value"], SOURCE)
    return out
