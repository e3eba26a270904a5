"""Rules for what sources on the register say: dates, scores, licences, releases and what they are built on."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.errors import RegisterError
from pipeline.claims import measures
from pipeline.claims.evidence import Evidence, filled, unknown
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, shared


def dated(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """The date of an event."""
    del claim
    found = evidence.event(check["event"])
    apart = abs((found - check["value"]).days)
    if apart == 0:
        return Found("holds", words.day(found), f"The event is dated {words.day(found)}.")
    because = words.day(evidence.event(check["because"]))
    side = "early" if check["value"] < found else "late"
    return Found(
        "fails",
        words.day(found),
        f"The release note is dated {words.day(found)}: the essay is {words.word(apart)} days {side} "
        f"(the paper followed on {because}).",
    )


def values(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Several stated values, each equal to one of its measures within the tolerance."""
    del claim
    tolerance = check.get("tolerance", 0.0)
    off, wording = [], []
    for item in check["values"]:
        counted = [measures.number(measure, evidence) for measure in item["any"]]
        gap, nearest = min((abs(found.value / item["value"] - 1), place) for place, found in enumerate(counted))
        wording.append(f"{item['name']} {counted[nearest].text}")
        if gap > tolerance + 1e-12:
            off.append(f"{item['name']} is {counted[nearest].text}")
    measured = "; ".join(wording)
    if off:
        return Found("fails", measured, f"Found otherwise: {words.listed(off)}.")
    within = f" within {words.percent(tolerance)}" if tolerance else ""
    why = (
        f"{words.word(len(wording)).capitalize()} of {words.word(len(wording))} values agree with their source{within}"
    )
    return Found("holds", measured, why + lead(check.get("lead"), evidence) + ".")


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


def distills(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Distilled releases on the bases named, and the scores of one of them against another model."""
    del claim
    on = [base_of(model, evidence) for model in check["models"]]
    astray = [base for base in on if not base.startswith(tuple(check["bases"]))]
    first, second = (evidence.scores(check[side]) for side in ("ahead", "behind"))
    common = sorted(first.keys() & second.keys())
    won = [name for name in common if first[name] > second[name]]
    lost = [name for name in common if first[name] < second[name]]
    room = {name: evidence.machine(name).memory * check["usable"] for name in check["machines"]}
    total = filled(evidence.release(check["repository"]), "parameters_total")
    bits = {name: max((b for b in (16, 8, 4) if total * b / 8 <= size), default=None) for name, size in room.items()}
    runs = [f"the {name} at {width} bits" for name, width in bits.items() if width]
    measured = f"{words.word(len(on))} distills; ahead on {len(won)} of {len(common)} benchmarks"
    wrong = [f"{words.listed(astray)} is another base"] if astray else []
    wrong += [] if len(won) >= check["at_least"] else [f"it is ahead on {len(won)} of {len(common)} only"]
    wrong += [] if runs else [f"no workstation named here holds its {words.billions(total)} parameters"]
    if wrong:
        return Found("fails", measured, f"{words.upper(words.listed(wrong))}.")
    behind = f"; {check['behind']} leads on {words.listed([benchmark for benchmark, _ in lost])}" if lost else ""
    return Found(
        "holds",
        measured,
        f"All {words.word(len(on))} stand on the bases named, and {check['ahead']} is ahead on {words.word(len(won))} "
        f"of {words.word(len(common))} benchmarks{behind}; its weights fit into {words.listed(runs)}.",
        float(len(won)),
        float(len(common)),
        "benchmarks",
    )


def base_of(model: str, evidence: Evidence) -> str:
    """What a registered release is built on."""
    base = evidence.release(model)["built_on"]
    if base is None:
        raise RegisterError(f"a claim needs what {model} is built on", where="releases.csv")
    return base


def published_in(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That an event fell into a stretch of days."""
    del claim
    found = evidence.event(check["event"])
    first, last = check["from"], check["to"]
    inside = first <= found <= last
    where = f"between {words.day(first)} and {words.day(last)}"
    wording = words.day(found)
    return Found("holds" if inside else "fails", wording, f"It is dated {wording}, {'' if inside else 'not '}{where}.")


def matched(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That one model matches another: on every benchmark that both have, within a stated share of the score."""
    del claim
    first, second = (evidence.scores(check[side]) for side in ("first", "second"))
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
        f"the widest gap is {words.percent(abs(gaps[worst]))} {side}, on {worst[0]}; the scores are the "
        "makers’ own."
    )
    wording = f"higher on {ahead} of {len(both)} scores"
    return Found(
        by_readings(len(near), len(both)), wording, why, min(gaps.values()), max(gaps.values()), "share"
    ).out_of(len(both), len(near))


def licensed(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a release is published under a licence."""
    del claim
    release = evidence.release(check["model"])
    licence = release["licence"] or words.NOT_HERE
    released = words.day(release["released"]) if release["released"] else words.NOT_HERE
    verdict = "holds" if licence.lower() == check["licence"].lower() else "fails"
    why = (
        f"The repository of {check['name']}, dated {released}, carries the "
        f"licence tag {licence}; open weights are published, training data and code are not."
    )
    return Found(verdict, licence, why)


def span(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """The smallest and the largest size of a family, by which releases count as current."""
    current = current_releases(claim, check, evidence)
    strange = sorted(set(check["readings"]) - current.keys())
    if strange:
        raise unknown("reading of what is current", strange[0])
    sized = {reading: by_size(current[reading]) for reading in check["readings"]}
    known = {name: (rows["size"][0], rows["size"][-1]) for name, rows in sized.items() if rows.height}
    if not known:
        return Found("not_measurable_here", None, "No release with a size in its name is dated before the claim.")
    first, last = check["sizes"]
    met = [reading for reading, bounds in known.items() if bounds == (first, last)]
    wording = "; ".join(
        f"{check['readings'][name]} {_size(low)} to {_size(high)}" for name, (low, high) in known.items()
    )
    least, most = min(known, key=lambda name: known[name][0]), max(known, key=lambda name: known[name][1])
    beyond = [sized[least]["name"][0]] if known[least][0] < first else []
    beyond += [sized[most]["name"][-1]] if known[most][1] > last else []
    why = (
        f"By sizes in the names of what was released by {words.day(claim['as_of'])}, {shared(len(met), len(known))} of "
        f"what counts as current run from {_size(first)} to {_size(last)}"
    )
    why += f"; beyond it are {words.listed(beyond)}." if beyond else "."
    low, high = known[least][0], known[most][1]
    return Found(by_readings(len(met), len(known)), wording, why, low, high, "parameters").out_of(len(known), len(met))


def current_releases(claim: Claim, check: Check, evidence: Evidence) -> dict[str, pl.DataFrame]:
    """A family's releases that count as current at a claim's date, by reading of the word."""
    mine = pl.col("family") == evidence.family(check["family"])
    every, year = (
        found(claim["as_of"]).filter(mine) for found in (evidence.releases_until, evidence.releases_in_year_to)
    )
    readings = {
        "every": every,
        "year": year,
        "generation": every.filter(pl.col("released") >= check["generation_from"]),
    }
    general = pl.col("modality").is_in(["text", "vision"])
    return readings | {f"{name}_general": releases.filter(general) for name, releases in readings.items()}


NOMINAL = r"[-_](\d+(?:\.\d+)?)B(?:[-_]|$)"
"""A size in a name, in billions: what makers call a size, whatever the exact total."""


def by_size(releases: pl.DataFrame) -> pl.DataFrame:
    """`size, name`: releases with a size in their names, the smallest first; sizes in parameters."""
    size = pl.col("model").str.extract(NOMINAL).cast(pl.Float64) * 1e9
    sized = releases.with_columns(size=size).drop_nulls("size").sort("size", "model")
    return sized.select("size", name=pl.col("model").str.split("/").list.last())


def _size(parameters: float) -> str:
    """A size as makers name it: `0.5B`."""
    return f"{parameters / 1e9:g}B"


def surpasses(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a model of a stated size surpasses another on stated contests: by whose scores are published."""
    del claim
    model, variant, other = check["model"], check["variant"], check["other"]
    release = evidence.release(check["repository"])
    total = filled(release, "parameters_total")
    released = words.day(release["released"]) if release["released"] else words.NOT_HERE
    measured = f"{words.billions(total)} stored, released {released}"
    if abs(total / check["value"] - 1) > check["tolerance"]:
        return Found("fails", measured, f"{model} stores {words.billions(total)} parameters.")
    table = {name: evidence.scores(name) for name in (model, variant, other)}
    contests = {key for found in table.values() for key in found if key[0] in check["contests"]}
    both = sorted(contests & table[model].keys() & table[other].keys())
    if both and all(table[model][name] > table[other][name] for name in both):
        benchmarks = words.listed([benchmark for benchmark, _ in both])
        return Found("holds", measured, f"{model} scores higher than {other} on {benchmarks}.")
    whose = sorted(name for name, found in table.items() if contests & found.keys())
    shared_by = sorted(table[model].keys() & table[variant].keys() & table[other].keys())
    beside = "; ".join(
        f"on {name[0]} {model} has {words.number(table[model][name])}, {other} "
        f"{words.number(table[other][name])} and {variant} {words.number(table[variant][name])}"
        for name in shared_by
    )
    text = filled(evidence.model(check["repository"]), "parameters_total")
    who = words.listed(whose) if whose else "nobody"
    why = (
        f"The published results on {words.listed(check['contests'])} are those of {who}, a variant with more "
        f"computation per answer, and none of {other}; {beside}; of the {words.billions(total)} stored, the language "
        f"model is {words.billions(text)}; the rest predicts further tokens."
    )
    return Found("misleading", measured, why, total, total, "parameters")


def new_with(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a release brought something new: the event that brought it first decides."""
    del claim
    first, release = (evidence.event(check[side]) for side in ("first", "release"))
    apart = (release - first).days
    wording = words.day(first)
    if apart <= 0:
        return Found("holds", wording, f"Nothing on the register had {check['what']} before {words.day(release)}.")
    why = (
        f"{check['what']} came with {check['first_name']} on {wording}, {words.number(apart)} days before "
        f"{check['name']}, which took it over: new in the generation, not in this release."
    )
    return Found("misleading", wording, why, float(apart), float(apart), "days")


def covers(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a family's releases cover the kinds named."""
    released = evidence.releases_until(claim["as_of"]).filter(family=evidence.family(check["family"]))
    counts = {kind: released.filter(modality=kind).height for kind in check["modalities"]}
    missing = [kind for kind, releases in counts.items() if not releases]
    wording = ", ".join(f"{kind} {words.number(releases)}" for kind, releases in counts.items())
    if missing:
        return Found(
            "fails", wording, f"The register has no {check['family']} release of {words.listed(missing)} by then."
        )
    why = f"Of each kind the register has {check['family']} releases by {words.day(claim['as_of'])}: {wording}."
    return Found("holds", wording, why)


def frequent(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """How often a family is updated: days with a release in the year before, beside another family's."""
    year = evidence.releases_in_year_to(claim["as_of"])
    mine, *theirs = (
        year.filter(family=evidence.family(name))["released"].n_unique() for name in (check["family"], *check["beside"])
    )
    others = dict(zip(check["beside"], theirs, strict=True))
    wording = f"{words.number(mine)} days with a release in a year"
    beside = words.listed([f"{name} {words.number(days)}" for name, days in others.items()])
    why = (
        f"In the year to {words.day(claim['as_of'])} {check['family']} released on {words.number(mine)} days "
        f"({beside}), against {words.number(check['at_least'])} that monthly updates would take; {check['blind']}."
    )
    return Found("holds" if mine >= check["at_least"] else "fails", wording, why, mine, mine, "days")


def near(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That there is always a current release close to a need: the share of the plane that is covered."""
    family = evidence.family(check["family"])
    covered = evidence.plane_covered(claim["as_of"])
    rules = {"within half a doubling in size": "index", "within one, at up to twice the age": "index_loose"}
    known = {label: float(covered[family][rule]) for label, rule in rules.items() if family in covered}
    if not known:
        return Found("not_measurable_here", None, "The register has no dated release of it before the claim.")
    others = {name: covered.get(evidence.family(name), {"index": 0, "index_loose": 0}) for name in check["beside"]}
    beside = "; ".join(
        f"{name} {words.percent(shares['index'])} to {words.percent(shares['index_loose'])}"
        for name, shares in others.items()
    )
    met = sum(share >= check["at_least"] for share in known.values())
    wording = " or ".join(f"{words.percent(share)} ({label})" for label, share in known.items())
    leads = all(covered[family]["index"] > shares["index"] for shares in others.values())
    lead = "more than any family beside it, but not always" if met < len(known) and leads else ""
    why = (
        f"In {words.month(claim['as_of'])} a current {check['family']} release covers {wording} of the grid of sizes "
        f"and modalities, where always means {words.percent(check['at_least'])}"
    )
    why += f": {lead} ({beside})." if lead else f" ({beside})."
    return Found(
        by_readings(met, len(known)), wording, why, min(known.values()), max(known.values()), "share of cells"
    ).out_of(len(known), met)


def alone(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That one family stands for a group of makers: how many of their releases of a year are of it."""
    year = evidence.releases_in_year_to(claim["as_of"])
    there = year.filter(pl.col("country").is_in(check["countries"])).drop_nulls("family")
    counts = {evidence.family(check["family"]): 0} | dict(there["family"].value_counts().iter_rows())
    mine, every = counts[check["family"]], there.height
    first = max(counts, key=lambda name: (counts[name], name))
    if not every:
        return Found("not_measurable_here", None, "The register dates no release of these makers in that year.")
    share = mine / every
    wording = f"{words.number(mine)} of {words.number(every)} releases"
    if first == check["family"]:
        return Found(
            "holds", wording, f"In the year before, {check['family']} released more than any of them: {wording}."
        )
    ahead = sorted((name for name in counts if counts[name] > mine), key=lambda name: (-counts[name], name))
    told_ahead = words.listed([f"{name} {words.number(counts[name])}" for name in ahead[:4]])
    why = (
        f"It names one family, but in the year to {words.day(claim['as_of'])} {check['family']} is "
        f"{words.number(mine)} of {words.number(every)} registered releases of makers in {check['place']} "
        f"({words.percent(share)}); {words.number(len(ahead))} of their families released more, among them "
        f"{told_ahead}."
    )
    return Found("misleading", wording, why, share, share, "share")


def same_shape(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That distilled releases keep the architecture of the models that they are built on."""
    del claim
    bases = {model: base_of(model, evidence) for model in check["models"]}
    registered = set(evidence.releases.drop_nulls("architecture")["model"])
    missing = [base for base in bases.values() if base not in registered]
    if missing:
        return Found("not_measurable_here", None, f"The register lacks the release {missing[0]}.")
    pairs = {
        model: tuple(evidence.release(name)["architecture"] for name in (model, base)) for model, base in bases.items()
    }
    other = [model for model, (own, base) in pairs.items() if own != base]
    kinds = words.listed(sorted({own for own, _ in pairs.values()}))
    wording = (
        f"{words.word(len(pairs) - len(other))} of {words.word(len(pairs))} keep their base’s architecture ({kinds})"
    )
    why = (
        f"{words.upper(wording)}, so that tools for the base read the distill too; whether its reasoning carries over "
        "to a fine-tune of one’s own is not shown by that."
    )
    return Found(by_readings(len(pairs) - len(other), len(pairs)), wording, why).out_of(
        len(pairs), len(pairs) - len(other)
    )


def default(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether mixtures of experts are the default: more than half of releases, repositories and downloads."""
    every = {name: share_of_mixtures(asked, claim, evidence) for name, asked in check["populations"].items()}
    hub = set(check["of_the_hub"])
    known = {name: float(share) for name, share in every.items() if share is not None}
    judged = {name: share for name, share in known.items() if evidence.is_census or name not in hub}
    wording = "; ".join(f"{words.percent(share)} of {name}" for name, share in known.items())
    if not judged:
        return Found("not_measurable_here", wording or None, "The register dates no release of the last year.")
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
    return Found(by_readings(met, len(judged)), wording, why, min(known.values()), max(known.values()), "share").out_of(
        len(judged), met
    )


def share_of_mixtures(asked: Mapping[str, str], claim: Claim, evidence: Evidence) -> float | None:
    """The share of mixtures among releases of the year before whose kind is known, or as a chapter's fact has it."""
    if "fact" in asked:
        return evidence.fact(asked["fact"])["value"]
    year = evidence.releases_in_year_to(claim["as_of"])
    kinds = (year.filter("flagship") if asked["releases"] == "flagship" else year)["mixture"].drop_nulls()
    return float((kinds == "moe").sum()) / kinds.len() if kinds.len() else None


def thesis(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether derivatives follow surface or quality: the verdict of the count model, where it is not refused.

    Surface alone is what the essay says; quality alone, or neither, is not; where both go with more
    derivatives, the other one is the counter-fact.
    """
    del claim
    needed, facts = check["otherwise"], check["facts"]
    wording = evidence.fact(facts["sentence"])["text"]
    verdict = check["verdicts"].get(evidence.fact(facts["verdict"])["value"])
    if verdict is None:
        reason = evidence.fact(facts["reason"])["text"].rstrip(".").replace(". ", "; ")
        return Found("not_measurable_here", None, f"{needed}: {reason[:1].lower()}{reason[1:]}.")
    effects = [evidence.fact(facts[side])["value"] for side in ("surface", "quality")]
    known = [float(effect) for effect in effects if effect is not None]
    measured = "; ".join(
        f"{side} {words.times(effect)} times"
        for side, effect in zip(("surface", "quality"), effects, strict=True)
        if effect is not None
    )
    return Found(verdict, measured or None, wording, min(known, default=None), max(known, default=None), "times")


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
