"""What published evidence says of a claim that the snapshot cannot decide. Nothing here is recomputed.

A check lists readings under `published`. Each is a number that others published, which meets the claim or does not:

- `count`: a row of published_counts (subject, kind, day);
- `ratio`: a row over the sum of others;
- `row` and `relation`: a row of the table by relation, and which relations count;
- `relations` and `relation`: two such rows, the first over the second;
- `carried`: two facts of a chapter, the ends of a range, both of which must meet the claim.

`quoted` marks a number that the essay itself quotes. It shows that the essay quotes correctly, not that the number is
right: where nobody else counted, the claim is not decided, but for one that only says what somebody `reported`.
`met` of a reading says what meets it (`at_least`, or `relation`, `value` and `tolerance`); without it the check does.
`asked` says that in words, `beside_published` what a reader should know besides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.base import words
from pipeline.claims.evidence import Evidence
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, ends, shared, undecided


@dataclass(frozen=True)
class Reading:
    """One published number, or the ends of a range, in words, and whether it meets the claim."""

    words: str
    values: list[float]
    is_met: bool
    is_quoted: bool = False


def as_published(claim: Claim, check: Check, evidence: Evidence) -> Found | None:
    """The verdict of published evidence; None on a snapshot of before the claim, or of before the evidence."""
    if evidence.today < claim["as_of"]:
        return None
    readings = [found for asked in check.get("published", []) if (found := _reading(asked, check, evidence))]
    if not readings:
        return None
    if all(reading.is_quoted for reading in readings):
        return _as_quoted(claim, check, readings, published_beside(check, evidence))
    met, many = sum(reading.is_met for reading in readings), len(readings)
    measured = "; ".join(reading.words for reading in readings)
    how_many = f"; {shared(met, many)} meet {_asked(check)}" if many > 1 else f", against {_asked(check)}"
    more = published_beside(check, evidence)
    values, unit = _shown(check, readings, evidence)
    why = f"By published evidence, not recomputed here: {measured}{how_many}{more}."
    readings_and_met = (many, met) if many > 1 else (None, None)
    return Found(
        by_readings(met, many), measured, why, min(values), max(values), unit, *readings_and_met, basis="published"
    )


def _as_quoted(claim: Claim, check: Check, readings: Sequence[Reading], beside: str) -> Found:
    """What the essay quotes and nobody else counted: true as a report of what was said, not decided otherwise."""
    measured = "; ".join(reading.words for reading in readings)
    values = [value for reading in readings for value in reading.values]
    is_correct = all(reading.is_met for reading in readings)
    quoted = f"The essay quotes its source {'correctly' if is_correct else 'otherwise than it reads'}: {measured}"
    if check.get("reported"):
        why = f"{quoted}; whether that count is right is not checked here{beside}."
        verdict = "holds" if is_correct else "fails"
        return Found(
            verdict, measured, why, min(values), max(values), check.get("unit", "repositories"), basis="published"
        )
    return undecided(f"{quoted}; the register has no other count of it, so it is not checked{beside}.", measured)


def _shown(check: Check, readings: Sequence[Reading], evidence: Evidence) -> tuple[list[float], str]:
    """What stands on the scale beside the essay's number, and its unit: the readings, or the counts behind them."""
    if "shown" in check:
        return [evidence.published_value(*row) for row in check["shown"]], "repositories"
    values = [value for reading in readings for value in reading.values]
    return values, check["published"][0].get("unit", check.get("unit", "repositories"))


def published_beside(check: Check, evidence: Evidence) -> str:
    """What stands beside, with the published numbers and shares that it names; nothing where one was not known."""
    beside = check.get("beside_published")
    if beside is None:
        return ""
    numbers = {name: words.number(evidence.published_value(*row)) for name, row in beside.get("numbers", {}).items()}
    shares = {name: _share_of(asked, evidence) for name, asked in beside.get("shares", {}).items()}
    if None in shares.values():
        return ""
    in_words = {name: words.percent(share) for name, share in shares.items() if share is not None}
    return f"; {beside['text'].format(**numbers, **in_words)}"


def _share_of(asked: Mapping[str, Any], evidence: Evidence) -> float | None:
    """A share of published counts: `children` of bases among a total, or a `relation` among what one has `over` others.

    None where the evidence is younger than the snapshot.
    """
    if "children" in asked:
        children = evidence.published_children(asked["children"])
        return None if children is None else children / evidence.published_value(*asked["among"])
    names = [asked["of"], *asked["over"]]
    counts = {
        relation: [evidence.published_by_relation(name, relation) for name in names]
        for relation in (asked["relation"], "all")
    }
    if any(count is None for found in counts.values() for count in found):
        return None
    (own, *others), (every, *rest) = ([count or 0.0 for count in found] for found in counts.values())
    return (own - sum(others)) / (every - sum(rest))


def _is_subject(asked: Mapping[str, Any], evidence: Evidence) -> bool:
    """Whether the chapter's facts on published counts are of the family that the essay speaks of."""
    return bool(asked["of"] == evidence.fact("published.subject")["text"])


def _reading(asked: Mapping[str, Any], check: Check, evidence: Evidence) -> Reading | None:
    """A reading; None where it was published after the snapshot's day."""
    values, limit = _values(asked, evidence)
    if not values:
        return None
    unit = asked.get("unit", check.get("unit", "repositories"))
    meets = {**check, **asked.get("met", {})}
    text = f"{asked['name']} {limit}{_range(values, unit)}{_counts_of(asked, evidence)}"
    return Reading(text, values, all(_meets(value, meets) for value in values), asked.get("quoted", False))


def _counts_of(asked: Mapping[str, Any], evidence: Evidence) -> str:
    """The two counts behind a ratio: ` (468 against 70)`."""
    if "ratio" not in asked:
        return ""
    first, *others = (evidence.published_value(*row) for row in asked["ratio"])
    return f" ({words.number(first)} against {words.number(sum(others))})"


def _values(asked: Mapping[str, Any], evidence: Evidence) -> tuple[list[float], str]:
    """The number, or the ends of a range, and `more than ` for a lower limit."""
    if "carried" in asked:
        if not _is_subject(asked, evidence):
            return [], ""
        found = [evidence.fact(key)["value"] for key in asked["carried"]]
        return [float(value) for value in found if value is not None], ""
    if "row" in asked:
        count = evidence.published_by_relation(asked["row"], asked["relation"])
        return ([] if count is None else [count]), ""
    if "relations" in asked:
        first, second = (evidence.published_by_relation(name, asked["relation"]) for name in asked["relations"])
        return ([first / second] if first and second else []), ""
    rows = asked["ratio"] if "ratio" in asked else [asked["count"]]
    if any(row[2] > evidence.today for row in rows):
        return [], ""
    first, *others = (evidence.published_value(*row) for row in rows)
    if others:
        return [first / sum(others)], ""
    return [first], "more than " if evidence.is_lower_limit(*rows[0]) else ""


def _meets(value: float, asked: Mapping[str, Any]) -> bool:
    if "at_least" in asked:
        return value >= asked["at_least"] * (1 - asked.get("tolerance", 0.0))
    if asked["relation"] == "at_least":
        return value >= asked["value"] * (1 - asked.get("tolerance", 0.0))
    return abs(value / asked["value"] - 1) <= asked.get("tolerance", 0.0)


def _asked(check: Check) -> str:
    """What meets the claim, in words."""
    if "asked" in check:
        return str(check["asked"])
    if "at_least" in check:
        within = f", to within {words.percent(check['tolerance'])}" if "tolerance" in check else ""
        return f"{words.times(check['at_least'])} times or more{within}"
    more = " or more" if check["relation"] == "at_least" else ""
    return f"{'' if more else 'about '}{words.number(check['value'])}{more}"


def _range(values: list[float], unit: str) -> str:
    """A number, or a range, in words; large ones to the hundred."""
    if unit == "times":
        return f"{words.listed([words.significant(value) for value in dict.fromkeys(values)])} times"
    ends_of = [words.number(round(end, -2) if end >= 10_000 else end) for end in (min(values), max(values))]
    return " to ".join(dict.fromkeys(ends_of))


def composition(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """How many of a published total are of the relations that the essay names: as the table says, and at its share.

    The table is younger than the claim, so its number is one reading; its share of the total that the essay quotes is
    the other.
    """
    total = evidence.published_by_relation(check["row"], "all")
    parts = {relation: evidence.published_by_relation(check["row"], relation) for relation in check["of"]}
    rest = {relation: evidence.published_by_relation(check["row"], relation) for relation in check["rest"]}
    if not total:
        return undecided("No table by relation was published by the snapshot’s day.")
    named = sum(number or 0.0 for number in parts.values())
    share = named / total
    shown = [f"{words.percent((number or 0.0) / total)} {_PLURALS[name]}" for name, number in {**parts, **rest}.items()]
    quoted = evidence.published_value(*check["total"])
    then = share * quoted
    met = sum(number >= check["at_least"] for number in (named, then))
    measured = f"{words.listed(shown)} of {words.number(total)}"
    why = (
        f"By published evidence, not recomputed here: the derivatives of {check['row']} are {measured} "
        f"({check['source']}), so {words.number(named)} are what the essay calls them; at that share they are some "
        f"{words.number(round(then, -3))} of the {words.number(quoted)} that the essay quotes, the rest "
        f"being {words.listed([_PLURALS[name] for name in rest])}; {shared(met, 2)} meet "
        f"{words.number(check['at_least'])} or more."
    )
    found = ends((named, then), "repositories")
    return Found(by_readings(met, 2), measured, why, **found, readings=2, met=met, basis="published")


_PLURALS = {"adapter": "adapters", "finetune": "fine-tunes", "quantized": "quantizations", "other": "others"}


def attributed(claim: Claim, check: Check, _evidence: Evidence) -> Found:
    """That a source says what the essay has it say: misleading where the essay leaves out what limits it."""
    left_out = [limit for limit in check["limits"] if limit not in claim["statement"]]
    why = f"The essay gives this as the core of what {check['source']} says"
    if not left_out:
        return Found("holds", claim["statement"], f"{why}, and it does.", basis="published")
    limits = words.listed([f"“{limit}”" for limit in left_out])
    why += f", which limits it with {limits}; the essay leaves that out, so an outlook becomes a fact; {check['but']}."
    return Found("misleading", f"limited with {limits} in the source", why, basis="published")


RULES: Mapping[str, Rule] = {"attributed": Rule(attributed), "composition": Rule(composition)}
