"""What published evidence says of a claim that the snapshot cannot decide. Nothing here is recomputed.

A check lists readings under `published`. Each is a number that others published, which meets the claim or does not:

- `count`: a row of published_counts (subject, kind, day);
- `ratio`: a row over the sum of others;
- `relations` and `relation`: two rows of the table by relation, and which relations count;
- `carried`: two facts of a chapter, the ends of a range, both of which must meet the claim.

`met` of a reading says what meets it (`at_least`, or `relation`, `value` and `tolerance`); without it the check does.
`asked` says that in words, `beside_published` what a reader should know besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.base import words
from pipeline.claims.evidence import Evidence
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, shared, undecided


@dataclass(frozen=True)
class Reading:
    """One published number, or the ends of a range, in words, and whether it meets the claim."""

    words: str
    values: list[float]
    is_met: bool


def as_published(claim: Claim, check: Check, evidence: Evidence) -> Found | None:
    """The verdict of published evidence; None on a snapshot of before the claim, or of before the evidence."""
    if evidence.today < claim["as_of"]:
        return None
    readings = [found for asked in check.get("published", []) if (found := _reading(asked, check, evidence))]
    if not readings:
        return None
    met, many = sum(reading.is_met for reading in readings), len(readings)
    measured = "; ".join(reading.words for reading in readings)
    how_many = f"; {shared(met, many)} meet {_asked(check)}" if many > 1 else f", against {_asked(check)}"
    more = _beside(check, evidence)
    values = [value for reading in readings for value in reading.values]
    unit = check["published"][0].get("unit", check.get("unit", "repositories"))
    why = f"By published evidence, not recomputed here: {measured}{how_many}{more}."
    readings_and_met = (many, met) if many > 1 else (None, None)
    return Found(
        by_readings(met, many), measured, why, min(values), max(values), unit, *readings_and_met, basis="published"
    )


def _beside(check: Check, evidence: Evidence) -> str:
    """What stands beside, with the published numbers that it names."""
    beside = check.get("beside_published")
    if beside is None:
        return ""
    numbers = {name: words.number(evidence.published_value(*row)) for name, row in beside["numbers"].items()}
    return f"; {beside['text'].format(**numbers)}"


def _reading(asked: Mapping[str, Any], check: Check, evidence: Evidence) -> Reading | None:
    """A reading; None where it was published after the snapshot's day."""
    values, limit = _values(asked, evidence)
    if not values:
        return None
    unit = asked.get("unit", check.get("unit", "repositories"))
    meets = {**check, **asked.get("met", {})}
    text = f"{asked['name']} {limit}{_range(values, unit)}"
    return Reading(text, values, all(_meets(value, meets) for value in values))


def _values(asked: Mapping[str, Any], evidence: Evidence) -> tuple[list[float], str]:
    """The number, or the ends of a range, and `more than ` for a lower limit."""
    if "carried" in asked:
        found = [evidence.fact(key)["value"] for key in asked["carried"]]
        return [float(value) for value in found if value is not None], ""
    if "relations" in asked:
        first, second = (evidence.published_by_relation(name, asked["relation"]) for name in asked["relations"])
        return ([first / second] if first and second else []), ""
    rows = asked["ratio"] if "ratio" in asked else [asked["count"]]
    if any(day > evidence.today for *_, day in rows):
        return [], ""
    first, *others = (evidence.published_value(*row) for row in rows)
    if others:
        return [first / sum(others)], ""
    return [first], "more than " if evidence.is_lower_limit(*rows[0]) else ""


def _meets(value: float, asked: Mapping[str, Any]) -> bool:
    if "at_least" in asked:
        return value >= asked["at_least"]
    if asked["relation"] == "at_least":
        return value >= asked["value"] * (1 - asked.get("tolerance", 0.0))
    return abs(value / asked["value"] - 1) <= asked.get("tolerance", 0.0)


def _asked(check: Check) -> str:
    """What meets the claim, in words."""
    if "asked" in check:
        return str(check["asked"])
    if "at_least" in check:
        return f"{words.times(check['at_least'])} times or more"
    more = " or more" if check["relation"] == "at_least" else ""
    return f"{'' if more else 'about '}{words.number(check['value'])}{more}"


def _range(values: list[float], unit: str) -> str:
    """A number, or a range, in words; large ones to the hundred."""
    if unit == "times":
        return f"{words.listed([words.significant(value) for value in dict.fromkeys(values)])} times"
    ends_of = [words.number(round(end, -2) if end >= 10_000 else end) for end in (min(values), max(values))]
    return " to ".join(dict.fromkeys(ends_of))


def composition(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Of which relations a published total consists, against what the essay calls it."""
    total = evidence.published_by_relation(check["row"], "all")
    parts = {relation: evidence.published_by_relation(check["row"], relation) for relation in check["of"]}
    rest = {relation: evidence.published_by_relation(check["row"], relation) for relation in check["rest"]}
    if not total:
        return undecided("No table by relation was published by the snapshot’s day.")
    share = sum(number or 0.0 for number in parts.values()) / total
    shown = [f"{words.percent((number or 0.0) / total)} {_PLURALS[name]}" for name, number in {**parts, **rest}.items()]
    measured = words.listed(shown)
    why = (
        f"By Hugging Face’s table by relation, not recomputed here, the derivatives of {check['row']} are {measured}: "
        f"{words.percent(share)} are what the essay calls them, where {words.percent(check['at_least'])} would do."
    )
    verdict = "holds" if share >= check["at_least"] else "fails"
    return Found(verdict, measured, why, share, share, "share", basis="published")


_PLURALS = {"adapter": "adapters", "finetune": "fine-tunes", "quantized": "quantizations", "other": "others"}

RULES: Mapping[str, Rule] = {"composition": Rule(composition)}
