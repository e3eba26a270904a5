"""Rules for what sources on the register say: dates, scores, licences, releases and what they are built on."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pipeline.base import words
from pipeline.base.facts import Facts
from pipeline.claims.rules.evidence import Check, Claim, Evidence, Found, Rule, by_readings, shared


def dated(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """The date of an event."""
    del claim
    found = date.fromisoformat(evidence.value(check["fact"]))
    apart = abs((found - check["value"]).days)
    if apart == 0:
        return Found("holds", words.day(found), f"The event is dated {words.day(found)}.")
    because = evidence.text(check["because"])
    side = "early" if check["value"] < found else "late"
    return Found(
        "fails",
        words.day(found),
        f"The release note is dated {words.day(found)}: the essay is {words.word(apart)} days {side} "
        f"(the paper followed on {because}).",
    )


def values(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Several stated values, each equal to one of its facts within the tolerance."""
    del claim
    tolerance = check.get("tolerance", 0.0)
    off, told = [], []
    for item in check["values"]:
        gaps = {key: abs(evidence.number(key) / item["value"] - 1) for key in item["any"]}
        key = min(gaps, key=lambda name: gaps[name])
        told.append(f"{item['name']} {evidence.text(key)}")
        if gaps[key] > tolerance + 1e-12:
            off.append(f"{item['name']} is {evidence.text(key)}")
    measured = "; ".join(told)
    if off:
        return Found("fails", measured, f"Found otherwise: {words.listed(off)}.")
    within = f" within {words.percent(tolerance)}" if tolerance else ""
    why = f"{words.word(len(told)).capitalize()} of {words.word(len(told))} values agree with their source{within}"
    return Found("holds", measured, why + lead(check.get("lead"), evidence) + ".")


def lead(lead: Mapping[str, Any] | None, evidence: Evidence) -> str:
    """Who is ahead where the essay says that two match."""
    if lead is None:
        return ""
    (first, first_key), (second, second_key) = lead["first"], lead["second"]
    gap = evidence.number(first_key) - evidence.number(second_key)
    if gap == 0:
        return ""
    ahead = first if gap > 0 else second
    return f"; on {lead['benchmark']} {ahead} leads by {words.number(abs(gap))} points, so the two match but do not tie"


def distills(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Distilled releases on the bases named, and the scores of one of them against another model."""
    del claim
    on = [evidence.text(f"built_on.{model}") for model in check["models"]]
    astray = [base for base in on if not base.startswith(tuple(check["bases"]))]
    first, second = (scores(evidence.facts, check[side]) for side in ("ahead", "behind"))
    common = sorted(first.keys() & second.keys())
    won = [name for name in common if first[name] > second[name]]
    lost = [name for name in common if first[name] < second[name]]
    room = {name: evidence.number(f"machine.{name}.memory") * check["usable"] for name in check["machines"]}
    total = evidence.number(f"release.{check['repository']}.parameters_total")
    bits = {name: max((b for b in (16, 8, 4) if total * b / 8 <= size), default=None) for name, size in room.items()}
    runs = [f"the {name} at {width} bits" for name, width in bits.items() if width]
    measured = f"{words.word(len(on))} distills; ahead on {len(won)} of {len(common)} benchmarks"
    wrong = [f"{words.listed(astray)} is another base"] if astray else []
    wrong += [] if len(won) >= check["at_least"] else [f"it is ahead on {len(won)} of {len(common)} only"]
    wrong += [] if runs else [f"no workstation named here holds its {words.billions(total)} parameters"]
    if wrong:
        return Found("fails", measured, f"{words.upper(words.listed(wrong))}.")
    behind = f"; {check['behind']} leads on {words.listed([name.split('.')[0] for name in lost])}" if lost else ""
    return Found(
        "holds",
        measured,
        f"All {words.word(len(on))} stand on the bases named, and {check['ahead']} is ahead on {words.word(len(won))} "
        f"of {words.word(len(common))} benchmarks{behind}; its weights fit into {words.listed(runs)}.",
        float(len(won)),
        float(len(common)),
        "benchmarks",
    )


def scores(facts: Facts, model: str) -> dict[str, float]:
    """Scores of a model by benchmark and metric."""
    prefix, suffix = "benchmark.", f".{model}"
    return {
        key.removeprefix(prefix).removesuffix(suffix): float(found["value"])
        for key, found in facts.items()
        if key.startswith(prefix) and key.endswith(suffix)
    }


def published_in(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That an event fell into a stretch of days."""
    del claim
    found = date.fromisoformat(evidence.value(check["fact"]))
    first, last = check["from"], check["to"]
    inside = first <= found <= last
    where = f"between {words.day(first)} and {words.day(last)}"
    told = words.day(found)
    return Found("holds" if inside else "fails", told, f"It is dated {told}, {'' if inside else 'not '}{where}.")


def matched(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That one model matches another: on every benchmark that both have, within a stated share of the score."""
    del claim
    first, second = (scores(evidence.facts, check[side]) for side in ("first", "second"))
    both = sorted(first.keys() & second.keys())
    if not both:
        return Found("not_measurable_here", None, "The register has no benchmark of both.")
    gaps = {name: first[name] / second[name] - 1 for name in both}
    near = [name for name in both if abs(gaps[name]) <= check["tolerance"]]
    ahead = sum(gap > 0 for gap in gaps.values())
    worst = max(both, key=lambda name: abs(gaps[name]))
    side = "ahead" if gaps[worst] > 0 else "behind"
    why = (
        f"On {words.word(len(near))} of {words.word(len(both))} scores that both have, the two are within "
        f"{words.percent(check['tolerance'])} of each other; {check['first']} is higher on {words.word(ahead)}, and "
        f"the widest gap is {words.percent(abs(gaps[worst]))} {side}, on {worst.split('.')[0]}; the scores are the "
        "makers’ own."
    )
    told = f"higher on {ahead} of {len(both)} scores"
    return Found(by_readings(len(near), len(both)), told, why, min(gaps.values()), max(gaps.values()), "share").out_of(
        len(both), len(near)
    )


def licensed(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a release is published under a licence."""
    del claim
    key = f"release.{check['model']}"
    licence = evidence.text(f"{key}.licence")
    verdict = "holds" if licence.lower() == check["licence"].lower() else "fails"
    why = (
        f"The repository of {check['name']}, dated {evidence.text(f'{key}.released')}, carries the "
        f"licence tag {licence}; open weights are published, training data and code are not."
    )
    return Found(verdict, licence, why)


def span(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """The smallest and the largest size of a family, by which releases count as current."""
    key = f"ledger.{claim['claim']}"
    ends = {
        reading: (evidence.value(f"{key}.{reading}.smallest"), evidence.value(f"{key}.{reading}.largest"))
        for reading in check["readings"]
    }
    known = {reading: (low, high) for reading, (low, high) in ends.items() if low is not None and high is not None}
    if not known:
        return Found("not_measurable_here", None, "No release with a size in its name is dated before the claim.")
    first, last = check["sizes"]
    met = [reading for reading, bounds in known.items() if bounds == (first, last)]
    told = "; ".join(f"{check['readings'][name]} {_size(low)} to {_size(high)}" for name, (low, high) in known.items())
    least, most = min(known, key=lambda name: known[name][0]), max(known, key=lambda name: known[name][1])
    beyond = [
        f"{evidence.text(f'{key}.{name}.{end}.model')}"
        for name, end, outside in (
            (least, "smallest", known[least][0] < first),
            (most, "largest", known[most][1] > last),
        )
        if outside
    ]
    why = (
        f"By sizes in the names of what was released by {words.day(claim['as_of'])}, {shared(len(met), len(known))} of "
        f"what counts as current run from {_size(first)} to {_size(last)}"
    )
    why += f"; beyond it are {words.listed(beyond)}." if beyond else "."
    low, high = known[least][0], known[most][1]
    return Found(by_readings(len(met), len(known)), told, why, low, high, "parameters").out_of(len(known), len(met))


def _size(parameters: float) -> str:
    """A size as makers name it: `0.5B`."""
    return f"{parameters / 1e9:g}B"


def surpasses(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a model of a stated size surpasses another on stated contests: by whose scores are published."""
    del claim
    model, variant, other = check["model"], check["variant"], check["other"]
    total = evidence.number(f"release.{check['repository']}.parameters_total")
    released = evidence.text(f"release.{check['repository']}.released")
    measured = f"{words.billions(total)} stored, released {released}"
    if abs(total / check["value"] - 1) > check["tolerance"]:
        return Found("fails", measured, f"{model} stores {words.billions(total)} parameters.")
    table = {name: scores(evidence.facts, name) for name in (model, variant, other)}
    contests = [name for names in table.values() for name in names if name.split(".")[0] in check["contests"]]
    both = sorted(set(contests) & table[model].keys() & table[other].keys())
    if both and all(table[model][name] > table[other][name] for name in both):
        return Found("holds", measured, f"{model} scores higher than {other} on {words.listed(both)}.")
    whose = sorted(name for name, found in table.items() if set(contests) & found.keys())
    shared_by = sorted(table[model].keys() & table[variant].keys() & table[other].keys())
    beside = "; ".join(
        f"on {name.split('.')[0]} {model} has {words.number(table[model][name])}, {other} "
        f"{words.number(table[other][name])} and {variant} {words.number(table[variant][name])}"
        for name in shared_by
    )
    who = words.listed(whose) if whose else "nobody"
    why = (
        f"The published results on {words.listed(check['contests'])} are those of {who}, a variant with more "
        f"computation per answer, and none of {other}; {beside}; of the {words.billions(total)} stored, the language "
        f"model is {evidence.text(check['text_total'])}; the rest predicts further tokens."
    )
    return Found("misleading", measured, why, total, total, "parameters")


def new_with(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a release brought something new: the event that brought it first decides."""
    del claim
    first, release = (date.fromisoformat(evidence.value(check[side])) for side in ("first", "release"))
    apart = (release - first).days
    told = words.day(first)
    if apart <= 0:
        return Found("holds", told, f"Nothing on the register had {check['what']} before {words.day(release)}.")
    why = (
        f"{check['what']} came with {check['first_name']} on {told}, {words.number(apart)} days before "
        f"{check['name']}, which took it over: new in the generation, not in this release."
    )
    return Found("misleading", told, why, float(apart), float(apart), "days")


def covers(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a family's releases cover the kinds named."""
    counts = {kind: evidence.number(f"ledger.{claim['claim']}.{kind}.releases") for kind in check["modalities"]}
    missing = [kind for kind, releases in counts.items() if not releases]
    told = ", ".join(f"{kind} {words.number(releases)}" for kind, releases in counts.items())
    if missing:
        return Found(
            "fails", told, f"The register has no {check['family']} release of {words.listed(missing)} by then."
        )
    why = f"Of each kind the register has {check['family']} releases by {words.day(claim['as_of'])}: {told}."
    return Found("holds", told, why)


def frequent(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """How often a family is updated: days with a release in the year before, beside another family's."""
    key = f"ledger.{claim['claim']}"
    mine = evidence.number(f"{key}.days.{check['family']}")
    others = {name: evidence.number(f"{key}.days.{name}") for name in check["beside"]}
    told = f"{words.number(mine)} days with a release in a year"
    beside = words.listed([f"{name} {words.number(days)}" for name, days in others.items()])
    why = (
        f"In the year to {words.day(claim['as_of'])} {check['family']} released on {words.number(mine)} days "
        f"({beside}), against {words.number(check['at_least'])} that monthly updates would take; {check['blind']}."
    )
    return Found("holds" if mine >= check["at_least"] else "fails", told, why, mine, mine, "days")


def near(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That there is always a current release close to a need: the share of the plane that is covered."""
    key = f"ledger.{claim['claim']}"
    rules = {"within half a doubling in size": "index", "within one, at up to twice the age": "index_loose"}
    found = {label: evidence.value(f"{key}.{rule}.{check['family']}") for label, rule in rules.items()}
    known = {label: float(value) for label, value in found.items() if value is not None}
    if not known:
        return Found("not_measurable_here", None, "The register has no dated release of it before the claim.")
    beside = "; ".join(
        f"{name} {words.percent(evidence.value(f'{key}.index.{name}') or 0)} to "
        f"{words.percent(evidence.value(f'{key}.index_loose.{name}') or 0)}"
        for name in check["beside"]
    )
    met = sum(share >= check["at_least"] for share in known.values())
    told = " or ".join(f"{words.percent(share)} ({label})" for label, share in known.items())
    lead = "more than any family beside it, but not always" if met < len(known) and _leads(check, key, evidence) else ""
    why = (
        f"In {words.month(claim['as_of'])} a current {check['family']} release covers {told} of the grid of sizes and "
        f"modalities, where always means {words.percent(check['at_least'])}"
    )
    why += f": {lead} ({beside})." if lead else f" ({beside})."
    return Found(
        by_readings(met, len(known)), told, why, min(known.values()), max(known.values()), "share of cells"
    ).out_of(len(known), met)


def _leads(check: Check, key: str, evidence: Evidence) -> bool:
    own = evidence.number(f"{key}.index.{check['family']}")
    return all(own > (evidence.value(f"{key}.index.{name}") or 0) for name in check["beside"])


def alone(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That one family stands for a group of makers: how many of their releases of a year are of it."""
    key = f"ledger.{claim['claim']}"
    counts = {name: int(value or 0) for name, value in evidence.between(f"{key}.releases.", "").items()}
    mine, every = counts.get(check["family"], 0), evidence.number(f"{key}.every")
    first = max(counts, key=lambda name: (counts[name], name))
    if not every:
        return Found("not_measurable_here", None, "The register dates no release of these makers in that year.")
    share = mine / every
    told = f"{words.number(mine)} of {words.number(every)} releases"
    if first == check["family"]:
        return Found("holds", told, f"In the year before, {check['family']} released more than any of them: {told}.")
    ahead = sorted((name for name in counts if counts[name] > mine), key=lambda name: (-counts[name], name))
    told_ahead = words.listed([f"{name} {words.number(counts[name])}" for name in ahead[:4]])
    why = (
        f"It names one family, but in the year to {words.day(claim['as_of'])} {check['family']} is "
        f"{words.number(mine)} of {words.number(every)} registered releases of makers in {check['place']} "
        f"({words.percent(share)}); {words.number(len(ahead))} of their families released more, among them "
        f"{told_ahead}."
    )
    return Found("misleading", told, why, share, share, "share")


def same_shape(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That distilled releases keep the architecture of the models that they are built on."""
    del claim
    bases = {model: evidence.text(f"built_on.{model}") for model in check["models"]}
    unknown = [base for base in bases.values() if not evidence.has(f"release.{base}.architecture")]
    if unknown:
        return Found("not_measurable_here", None, f"The register lacks the release {unknown[0]}.")
    pairs = {
        model: (evidence.text(f"release.{model}.architecture"), evidence.text(f"release.{base}.architecture"))
        for model, base in bases.items()
    }
    other = [model for model, (own, base) in pairs.items() if own != base]
    kinds = words.listed(sorted({own for own, _ in pairs.values()}))
    told = f"{words.word(len(pairs) - len(other))} of {words.word(len(pairs))} keep their base’s architecture ({kinds})"
    why = (
        f"{words.upper(told)}, so that tools for the base read the distill too; whether its reasoning carries over to "
        "a fine-tune of one’s own is not shown by that."
    )
    return Found(by_readings(len(pairs) - len(other), len(pairs)), told, why).out_of(
        len(pairs), len(pairs) - len(other)
    )


def default(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether mixtures of experts are the default: more than half of releases, repositories and downloads."""
    populations = check["populations"]
    every = {name: evidence.value(key) for name, key in populations.items()}
    hub = set(check["of_the_hub"])
    known = {name: float(share) for name, share in every.items() if share is not None}
    judged = {name: share for name, share in known.items() if evidence.is_census or name not in hub}
    told = "; ".join(f"{words.percent(share)} of {name}" for name, share in known.items())
    if not judged:
        return Found("not_measurable_here", told or None, "The register dates no release of the last year.")
    met = sum(share > 0.5 for share in judged.values())
    most = words.listed([f"{words.percent(share)} of {name}" for name, share in judged.items()])
    rest = {name: share for name, share in known.items() if name not in judged}
    beside = (
        "; in this "
        + f"{evidence.coverage}, which is not the Hub, they are "
        + words.listed([f"{words.percent(share)} of {name}" for name, share in rest.items()])
        if rest
        else ""
    )
    unknown = [name for name in every if name not in known]
    beside += f"; of {words.listed(unknown)} this snapshot cannot tell" if unknown else ""
    why = (
        f"Mixtures of experts are {most}, of the year to {words.day(claim['as_of'])} where the register dates them and "
        f"of the last four whole quarters else, where default means more than half{beside}."
    )
    return Found(by_readings(met, len(judged)), told, why, min(known.values()), max(known.values()), "share").out_of(
        len(judged), met
    )


def thesis(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether derivatives follow surface or quality: the verdict of the count model, where it is not refused.

    Surface alone is what the essay says; quality alone, or neither, is not; where both go with more
    derivatives, the other one is the counter-fact.
    """
    del claim
    needed = check["otherwise"]
    if not evidence.has("thesis.verdict"):
        return Found("not_measurable_here", None, f"{needed}; this build has no such model.")
    told = evidence.text("thesis.sentence")
    verdict = check["verdicts"].get(evidence.value("thesis.verdict"))
    if verdict is None:
        reason = evidence.text("thesis.reason").rstrip(".").replace(". ", "; ")
        return Found("not_measurable_here", None, f"{needed}: {reason[:1].lower()}{reason[1:]}.")
    effects = [evidence.value(f"thesis.{side}.effect") for side in ("surface", "quality")]
    known = [float(effect) for effect in effects if effect is not None]
    measured = "; ".join(
        f"{side} {words.times(effect)} times"
        for side, effect in zip(("surface", "quality"), effects, strict=True)
        if effect is not None
    )
    return Found(verdict, measured or None, told, min(known, default=None), max(known, default=None), "times")


RULES: Mapping[str, Rule] = {
    "date": Rule(dated),
    "published_in": Rule(published_in),
    "values": Rule(values),
    "matched": Rule(matched),
    "licensed": Rule(licensed),
    "distills": Rule(distills),
    "same_shape": Rule(same_shape),
    "span": Rule(span),
    "surpasses": Rule(surpasses),
    "new_with": Rule(new_with),
    "covers": Rule(covers),
    "frequent": Rule(frequent),
    "near": Rule(near),
    "alone": Rule(alone),
    "default": Rule(default),
    "thesis": Rule(thesis),
}
