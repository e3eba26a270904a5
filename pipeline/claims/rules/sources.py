"""Rules for what sources on the register say: dates, values, benchmark scores, licences."""

from collections.abc import Mapping
from typing import Any

from pipeline.base import words
from pipeline.claims import measures
from pipeline.claims.evidence import Evidence, filled
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, ends, undecided


def dated(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """The date of an event."""
    day = evidence.event(check["event"])
    days_off = abs((day - check["value"]).days)
    if days_off == 0:
        return Found("holds", words.day(day), f"The event is dated {words.day(day)}.")
    because = words.day(evidence.event(check["because"]))
    side = "early" if check["value"] < day else "late"
    return Found(
        "fails",
        words.day(day),
        f"The release note is dated {words.day(day)}: the essay is {words.word(days_off)} days {side} "
        f"(the paper followed on {because}).",
    )


def values(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Several stated values, each equal to one of its measures within the tolerance."""
    tolerance = check.get("tolerance", 0.0)
    measured, off = [], []
    for item in check["values"]:
        numbers = [measures.number(measure, evidence) for measure in item["any"]]
        nearest = min(numbers, key=lambda number: abs(number.value / item["value"] - 1))
        measured.append(f"{item['name']} {nearest.text}")
        if abs(nearest.value / item["value"] - 1) > tolerance + 1e-12:
            off.append(f"{item['name']} is {nearest.text}")
    if off:
        return Found("fails", "; ".join(measured), f"Found otherwise: {words.listed(off)}.")
    count = words.word(len(measured))
    within = f" within {words.percent(tolerance)}" if tolerance else ""
    why = f"{count.capitalize()} of {count} values agree with their source{within}{lead(check.get('lead'), evidence)}."
    return Found("holds", "; ".join(measured), why)


def lead(lead: Mapping[str, Any] | None, evidence: Evidence) -> str:
    """Who is ahead where the essay says that two match."""
    if lead is None:
        return ""
    first, second = (
        (evidence.score(lead["benchmark"], lead["metric"], side["model"]), side["name"])
        for side in (lead["first"], lead["second"])
    )
    gap = first[0] - second[0]
    if gap == 0:
        return ""
    _, ahead = max(first, second)
    return f"; on {lead['benchmark']} {ahead} leads by {words.number(abs(gap))} points, so the two match but do not tie"


def matched(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That one model matches another: on each benchmark that both have, within a stated share of the score."""
    first, second = (evidence.scores_once(check[side]) for side in ("first", "second"))
    both = sorted(first.keys() & second.keys())
    if not both:
        return undecided("The register has no benchmark of both.")
    gaps = {name: first[name] / second[name] - 1 for name in both}
    near = sum(abs(gap) <= check["tolerance"] for gap in gaps.values())
    ahead = sum(gap > 0 for gap in gaps.values())
    why = (
        f"On {words.word(near)} of {words.word(len(both))} benchmarks for which the register has both, the two are "
        f"within {words.percent(check['tolerance'])} of each other{_apart(gaps, check['tolerance'])}; {check['first']} "
        f"is higher on {words.word_or_none(ahead)}; the scores are the makers’ own."
    )
    measured = f"higher on {ahead} of {len(both)} benchmarks, near on {near}"
    return Found(
        by_readings(near, len(both)), measured, why, **ends(gaps.values(), "share"), readings=len(both), met=near
    )


def _apart(gaps: Mapping[str, float], tolerance: float) -> str:
    """The benchmarks on which two are further apart; which of them the words mean decides, where not all do."""
    far = sorted((name for name in gaps if abs(gaps[name]) > tolerance), key=lambda name: (-abs(gaps[name]), name))
    if not far:
        return ""
    sides = words.listed(
        [f"{name} ({words.percent(abs(gaps[name]))} {'ahead' if gaps[name] > 0 else 'behind'})" for name in far]
    )
    which = ", so which of them test reasoning decides" if len(far) < len(gaps) else ""
    return f", not on {sides}{which}"


def described(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a method was published: a dated paper by its makers, no later than the claim."""
    day = evidence.event(check["event"])
    verdict = "holds" if day <= claim["as_of"] else "fails"
    why = f"The paper that describes it is dated {words.day(day)}; {check['but']}."
    return Found(verdict, f"a paper of {words.day(day)}", why)


def licensed(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a release is published under a licence."""
    release = evidence.release(check["model"])
    licence = release["licence"] or words.NOT_HERE
    released = words.day(release["released"]) if release["released"] else words.NOT_HERE
    verdict = "holds" if licence.lower() == check["licence"].lower() else "fails"
    why = (
        f"The repository of {check['name']}, dated {released}, carries the "
        f"licence tag {licence}; open weights are published, training data and code are not."
    )
    return Found(verdict, licence, why)


def surpasses(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a model of a stated size surpasses another on stated contests: by whose scores are published."""
    model, variant, other = check["model"], check["variant"], check["other"]
    release = evidence.release(check["repository"])
    total = filled(release, "parameters_total")
    released = words.day(release["released"]) if release["released"] else words.NOT_HERE
    measured = f"{words.billions(total)} stored, released {released}"
    if abs(total / check["value"] - 1) > check["tolerance"]:
        return Found("fails", measured, f"{model} stores {words.billions(total)} parameters.")
    scores = {name: evidence.scores(name) for name in (model, variant, other)}
    contests = {key for found in scores.values() for key in found if key[0] in check["contests"]}
    both = sorted(contests & scores[model].keys() & scores[other].keys())
    before = earlier(check["new"], evidence)
    if both and all(scores[model][name] > scores[other][name] for name in both):
        benchmarks = words.listed([benchmark for benchmark, _ in both])
        why = f"{model} scores higher than {other} on {benchmarks}{before}."
        return Found("misleading" if before else "holds", measured, why)
    beside = "; ".join(
        f"on {name[0]} {model} has {words.number(scores[model][name])}, {other} "
        f"{words.number(scores[other][name])} and {variant} {words.number(scores[variant][name])}"
        for name in sorted(scores[model].keys() & scores[variant].keys() & scores[other].keys())
    )
    with_contests = sorted(name for name, found in scores.items() if contests & found.keys())
    who = words.listed(with_contests) if with_contests else "nobody"
    text = filled(evidence.model(check["repository"]), "parameters_total")
    why = (
        f"The published results on {words.listed(check['contests'])} are those of {who}, a variant with more "
        f"computation per answer, and none of {other}; {beside}; of the {words.billions(total)} stored, the language "
        f"model is {words.billions(text)}, the rest predicts further tokens{before}."
    )
    return Found("misleading", measured, why, total, total, "parameters")


def earlier(check: Mapping[str, Any], evidence: Evidence) -> str:
    """Which release brought what a claim calls new, where that was another one before."""
    first, release = (evidence.event(check[side]) for side in ("first", "release"))
    days = (release - first).days
    if days <= 0:
        return ""
    return (
        f"; {check['what']} came with {check['first_name']} on {words.day(first)}, {words.number(days)} days before "
        f"{check['name']}, which took it over"
    )


RULES: Mapping[str, Rule] = {
    "date": Rule(dated),
    "values": Rule(values),
    "matched": Rule(matched),
    "described": Rule(described),
    "licensed": Rule(licensed),
    "surpasses": Rule(surpasses),
}
