"""Rules for what the essay counts on the Hub: derivatives, tags, catalogues, ratios.

A count has as many values as its words have readings; the verdict is that of all readings: met by all, by
none, or by some, whose share the reason gives. It is judged at the claim's date (a snapshot of that day where
there is one, else what the newest counts back) and again today: `held_then` is what was met then and no longer is.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from itertools import product

from pipeline.base import words
from pipeline.base.completeness import DATED, PARENTS, SOME
from pipeline.base.lead import FEW
from pipeline.claims.evidence import Counts, Evidence
from pipeline.claims.rules.published import as_published, published_beside
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, ends, shared, undecided

NEAR_DAYS = 31
"""A snapshot this many days from a claim's date stands for that date."""


def as_known(definition: str, group: str, day: date, evidence: Evidence) -> tuple[date, float] | None:
    """What the snapshot nearest to a date counted, where one of the same coverage is near enough."""
    dated = evidence.known_then(definition, group)
    near = {when: abs((when - day).days) for when in dated if abs((when - day).days) <= NEAR_DAYS}
    if not near:
        return None
    nearest = min(near, key=lambda when: (near[when], when))
    return nearest, float(dated[nearest])


def meets(check: Check) -> Callable[[float], bool]:
    """Whether a count is what the essay states."""
    stated, tolerance = float(check["value"]), check.get("tolerance", 0.0)
    if check["relation"] == "at_least":
        return lambda value: value >= stated * (1 - tolerance)
    return lambda value: abs(value / stated - 1) <= tolerance


def stated(check: Check) -> str:
    """The essay's number in words."""
    value = words.number(check["value"])
    return f"{value} or more" if check["relation"] == "at_least" else f"about {value}"


def here(_claim: Claim, check: Check, evidence: Evidence) -> str | None:
    """The snapshot's own count of derivatives under its headline definition, labelled as such."""
    (group,) = check["counts"]["groups"]
    headline = evidence.headline
    found = evidence.count(headline["definition"], group) if headline else None
    if headline is None or found is None:
        return None
    return f"not comparable: {words.number(found)} in this {evidence.coverage}, {headline['label']}"


def count(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A number of derivatives, at its date and today, under every reading of its words."""
    (group,) = check["counts"]["groups"]
    return _judged(claim, check, "derivatives", f"{group} derivatives", evidence)


def tagged(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A number of repositories that tag a word, by what counts as a tag."""
    (word,) = check["counts"]["groups"]
    return _judged(claim, check, "tagging", f"repositories tagging {word}", evidence)


def tagged_here(_claim: Claim, check: Check, evidence: Evidence) -> str | None:
    """The snapshot's own count of repositories with such a tag, where it has tags."""
    (word,) = check["counts"]["groups"]
    found = evidence.counted_at("tagging", word, evidence.today)
    if not found:
        return None
    return f"not comparable: {words.number(found['any tag'])} with such a tag in this {evidence.coverage}"


def _judged(claim: Claim, check: Check, measure: str, what: str, evidence: Evidence) -> Found:
    """A count against the essay's number: at the claim's date, at the other dates it may mean, and today."""
    (group,) = check["counts"]["groups"]
    meet = meets(check)
    then = evidence.counted_at(measure, group, claim["as_of"])
    now = evidence.counted_at(measure, group, evidence.today)
    definition = claim["definition"]
    basis = f"counted back from one snapshot, so less certain{evidence.completeness.without('createdAt')}"
    known = as_known(definition, group, claim["as_of"], evidence) if measure == "derivatives" else None
    if known:
        day, then[definition] = known
        basis = f"as the snapshot of {words.day(day)} knew them"
    met = sum(meet(value) for value in then.values())
    verdict = by_readings(met, len(then))
    if verdict == "holds" and not meet(now[definition]):
        verdict = "held_then"
    also = {day: evidence.counted_at(measure, group, day) for day in check["counts"].get("also_on", [])}
    numbers = [
        f"{words.number(then[definition])} {what} by {words.day(claim['as_of'])} ({basis})",
        *(f"{words.number(found[definition])} by {words.day(day)}" for day, found in also.items() if found),
        f"{words.number(now[definition])} today",
    ]
    why = f"{evidence.wording(definition)}: {words.listed(numbers)}, against {stated(check)}"
    why += f"; {_spread(then, met, evidence)}" if len(then) > 1 else ""
    later = {day: found[definition] for day, found in also.items() if day > claim["as_of"] and found}
    why = words.upper(why + (_fits(check, claim, later, now[definition]) if verdict == "fails" else ""))
    return Found(
        verdict, "; ".join(numbers), f"{why}.", **ends(then.values(), "repositories"), readings=len(then), met=met
    )


def _spread(then: Counts, met: int, evidence: Evidence) -> str:
    """Under how many readings the number is met, and which ones give the least and the most."""
    least, most = min(then, key=lambda rule: (then[rule], rule)), max(then, key=lambda rule: (then[rule], rule))
    if then[least] == then[most]:
        return f"all {words.number(len(then))} readings say the same"
    return (
        f"{shared(met, len(then))} meet it, from {words.number(then[least])} ({evidence.wording(least)}) "
        f"to {words.number(then[most])} ({evidence.wording(most)})"
    )


def _fits(check: Check, claim: Claim, later: Mapping[date, float], now: float) -> str:
    """The first later date that the essay's number does fit, where there is one."""
    meet = meets(check)
    for day, value in later.items():
        if meet(value):
            return f"; the number fits {words.day(day)}, not {words.day(claim['as_of'])}"
    return "; the number fits today" if meet(now) else ""


def together(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """One organisation nearly as many derivatives as others together: a comparison that can turn round.

    By a census at the claim's date and today; on less, by what was published near the claim's date and last.
    """
    is_ours = evidence.is_census and evidence.today >= claim["as_of"]
    if not is_ours or evidence.completeness.lacking(BUILT_BY_DATE) is not None:
        return _together_as_published(claim, check, evidence)
    group, others = check["group"], check["others"]
    then, now = (_ratios(group, others, day, evidence) for day in (claim["as_of"], evidence.today))
    definition = claim["definition"]
    if definition not in then:
        return undecided(
            f"No derivatives of {words.listed(others)} are dated before {words.day(claim['as_of'])} in this snapshot."
        )
    met = sum(check["at_least"] <= ratio < 1 for ratio in then.values())
    verdict = by_readings(met, len(then))
    today = now.get(definition, 0.0)
    if verdict == "holds" and not check["at_least"] <= today < 1:
        verdict = "held_then"
    ratios = [
        f"{words.factors(found[definition], found[definition])} times {words.listed(others)} together {when}"
        for when, found in ((f"by {words.day(claim['as_of'])}", then), ("today", now))
        if definition in found
    ]
    numbers = ", ".join(
        f"{name} {words.number(evidence.counted_at('derivatives', name, claim['as_of'])[definition])}"
        for name in (group, *others)
    )
    without = evidence.completeness.without("createdAt")
    why = (
        f"Counted back, so less certain{without}, {group} had {words.listed(ratios)} "
        f"({numbers} at that date); {shared(met, len(then))} make it nearly as many, of "
        f"{words.factors(min(then.values()), max(then.values()))} times"
    )
    why += "; since then it has overtaken them." if today >= 1 > then[definition] else "."
    return Found(verdict, "; ".join(ratios), why, **ends(then.values(), "times"), readings=len(then), met=met)


def _together_as_published(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """The same by counts that others published: `then` and `since`, each with its day, own counts and others'.

    A count of after the snapshot's day is left out, and on a snapshot of before the claim there is no verdict.
    """
    if evidence.today < claim["as_of"]:
        return undecided(f"This snapshot is older than {words.day(claim['as_of'])}, the claim's date.")
    ratios, parts = {}, []
    for when in ("then", "since"):
        asked = check["published"][when]
        if asked["own"][2] > evidence.today:
            continue
        own = evidence.published_value(*asked["own"])
        others = [evidence.published_value(*count) for count in asked["others"]]
        others += [own / evidence.published_value(*over) for over in asked.get("times", [])]
        ratios[when] = own / sum(others)
        parts.append(
            f"{words.number(own)} against {words.number(round(sum(others), -3))} on {words.day(asked['own'][2])}"
            f"{' (' + asked['note'] + ')' if 'note' in asked else ''}"
        )
    if "then" not in ratios:
        return undecided("No count of these organisations was published by the snapshot's day.")
    last = ratios.get("since", ratios["then"])
    was, now = (check["at_least"] <= ratio < 1 for ratio in (ratios["then"], last))
    verdict = ("holds" if now else "held_then") if was else "fails"
    turned = "; since then it has overtaken them" if last >= 1 > ratios["then"] else ""
    times = [f"{words.factors(ratio, ratio)} times" for ratio in ratios.values()]
    why = (
        f"By published counts, not recomputed here, {check['group']} has {words.listed(parts)} of "
        f"{words.listed(check['others'])} together, "
        f"{' and then '.join(times)}{turned}{published_beside(check, evidence)}."
    )
    found = ", then ".join(times)
    beside = together_here(claim, check, evidence)
    measured = found if beside is None else f"{found}; {beside}"
    return Found(verdict, measured, why, **ends(ratios.values(), "times"), basis="published")


def together_here(claim: Claim, check: Check, evidence: Evidence) -> str | None:
    """The snapshot's own counts of these organisations, where one has any."""
    names = (check["group"], *check["others"])
    counts = {
        name: evidence.counted_at("derivatives", name, evidence.today).get(claim["definition"], 0.0) for name in names
    }
    shown = [f"{name} {words.number(count)}" for name, count in counts.items()]
    return f"not comparable: {words.listed(shown)} in this {evidence.coverage}" if any(counts.values()) else None


def _ratios(group: str, others: list[str], day: date, evidence: Evidence) -> Counts:
    """One group's count over the sum of others', by reading, where the others have any."""
    own = evidence.counted_at("derivatives", group, day)
    theirs = [evidence.counted_at("derivatives", name, day) for name in others]
    sums = {rule: sum(found.get(rule, 0.0) for found in theirs) for rule in own}
    return {rule: own[rule] / total for rule, total in sums.items() if total}


def owned(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A catalogue's size, and that another's is much smaller, by which namespaces count."""
    own, others = (
        {reading: _size(names, claim["as_of"], evidence) for reading, names in check[side].items()}
        for side in ("mine", "theirs")
    )
    meet = meets(check)
    pairs = list(product(own.values(), others.values()))
    right = [meet(size) for size, _ in pairs]
    smaller = [other <= check["smaller"] * size for size, other in pairs]
    met = sum(is_right and is_smaller for is_right, is_smaller in zip(right, smaller, strict=True))
    measured = ", ".join(f"{reading} {words.number(size)}" for reading, size in [*own.items(), *others.items()])
    without = evidence.completeness.without("createdAt")
    why = (
        f"Created by {words.day(claim['as_of'])} and still there{without}: {measured}; "
        f"{shared(met, len(pairs))} of which "
        f"namespaces count give {stated(check)} and a catalogue at most {words.percent(check['smaller'])} as large "
        f"beside it ({sum(right)} the number, {sum(smaller)} the comparison)."
    )
    verdict = by_readings(met, len(pairs))
    return Found(verdict, measured, why, **ends(own.values(), "repositories"), readings=len(pairs), met=met)


def registered(_claim: Claim, check: Check, evidence: Evidence) -> str | None:
    """Releases of these namespaces on the register."""
    listed = [f"{name} {words.number(evidence.releases_of_namespace(name))}" for name in check["registered"]]
    return f"on the register of releases: {', '.join(listed)}"


def _size(names: list[str], day: date, evidence: Evidence) -> float:
    """Repositories of namespaces or organisations together."""
    return float(sum(max(evidence.counted_at("models", name, day).values(), default=0.0) for name in names))


def ratio(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """How many times as many derivatives one group has as another.

    On a census at the claim's date and today, under every reading of derivatives; on less, by published evidence, and
    without any under every rule that counts both alike, which a part of the Hub can show, but not at a date.
    """
    published = None if evidence.is_census else as_published(claim, check, evidence)
    if published is not None:
        return replace(published, measured=f"{published.measured}{_here_too(check, evidence)}")
    first, second = check["groups"]
    is_dated = evidence.is_census and evidence.completeness.lacking(BUILT_BY_DATE) is None
    then = _ratios(first, [second], claim["as_of"], evidence) if is_dated else {}
    by_rule = then or _under_every_rule(first, second, check["minimum"], evidence)
    if not by_rule:
        return undecided(f"No rule counts enough derivatives of {first} and {second} in this snapshot.")
    what, when = ("readings", f" by {words.day(claim['as_of'])}") if then else ("different results", "")
    least = check["at_least"] * (1 - check.get("tolerance", 0.0))
    met = sum(value >= least for value in by_rule.values())
    ahead = sum(value > 1 for value in by_rule.values())
    verdict = by_readings(met, len(by_rule))
    measured, caveat = f"{words.factors(min(by_rule.values()), max(by_rule.values()))} times{when}", ""
    if then:
        now = _ratios(first, [second], evidence.today, evidence)
        still = sum(value >= least for value in now.values())
        verdict = "held_then" if verdict == "holds" and not still else verdict
        measured += f"; {words.factors(min(now.values()), max(now.values()))} times today"
        without = evidence.completeness.without("createdAt")
        caveat = f", today {shared(still, len(now))}; counted back{without}, so less certain"
    elif not evidence.is_census:
        caveat = f"; this {evidence.coverage} compares by one rule but is not the whole Hub"
    elif not is_dated:
        caveat = "; it cannot be counted back here, so this is of the snapshot’s own day"
    own = f"{words.number(check['stated'][0])} over {words.number(check['stated'][1])}"
    why = (
        f"{first} has {measured.replace(';', ' and')} as many derivatives as {second}, and more under "
        f"{shared(ahead, len(by_rule), what)}; {shared(met, len(by_rule), what)} give at least "
        f"{words.times(check['at_least'])} times{caveat} (the essay’s {own} is "
        f"{words.times(check['stated'][0] / check['stated'][1])} times)."
    )
    return Found(verdict, measured, why, **ends(by_rule.values(), "times"), readings=len(by_rule), met=met)


def _here_too(check: Check, evidence: Evidence) -> str:
    """The range of this snapshot's own ratios, labelled; nothing where it has none."""
    by_rule = _under_every_rule(*_pair(check), check["minimum"], evidence)
    if not by_rule:
        return ""
    found = words.factors(min(by_rule.values()), max(by_rule.values()))
    return f"; {found} times by the rules of this {evidence.coverage}"


def _pair(check: Check) -> tuple[str, str]:
    first, second = check["groups"]
    return first, second


def _under_every_rule(first: str, second: str, minimum: int, evidence: Evidence) -> Counts:
    """The ratio of two groups' counts under each rule that has a few of both, and enough of them together.

    Rules that give the same two counts are one result, under the first of their keys.
    """
    counts, other = (evidence.counts_by_rule(group) for group in (first, second))
    shared_rules = [
        rule
        for rule in sorted(counts.keys() & other.keys())
        if min(counts[rule], other[rule]) >= FEW and counts[rule] + other[rule] >= minimum
    ]
    first_of = {(counts[rule], other[rule]): rule for rule in reversed(shared_rules)}
    return {rule: counts[rule] / other[rule] for rule in sorted(first_of.values())}


def unmeasurable(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """What no model listing can show; what was published of it, and what could be measured instead, stand beside."""
    is_known = evidence.today >= claim["as_of"]
    known = published_beside(check, evidence) if is_known else ""
    return undecided(f"{check['why']}{known}; what could be measured instead: {check['instead']}.")


def volume(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """How many releases two groups have beside their derivatives: the premise is a fact, its effect is not."""
    first, second = check["groups"]
    released = evidence.releases_until(claim["as_of"])
    own, other = (released.filter(family=evidence.family(name)).height for name in (first, second))
    measured = f"{first} has {words.number(own)} releases on the register, {second} {words.number(other)}"
    if own <= other:
        return Found("fails", measured, f"{measured}: it has not released more.", basis="register")
    factor, beside = own / other, ""
    is_older = evidence.today < claim["as_of"]
    by_rule = {} if is_older else _under_every_rule(first, second, check["minimum"], evidence)
    if by_rule:
        above = sum(value > factor for value in by_rule.values())
        beside = (
            f"; that factor of {words.times(factor)} stands beside a ratio of derivatives of "
            f"{words.factors(min(by_rule.values()), max(by_rule.values()))} in this {evidence.coverage}, which is "
            f"above {words.times(factor)} in {words.number(above)} of {words.number(len(by_rule))} different results"
        )
    why = (
        f"The premise holds: {measured} by {words.day(claim['as_of'])}{beside}; that it is a part of the reason, "
        "counts cannot show."
    )
    return Found("depends_on_definition", measured, why, basis="register")


BY_DATE = {"createdAt": DATED}
BUILT_BY_DATE = BY_DATE | {PARENTS: SOME}

RULES: Mapping[str, Rule] = {
    "count": Rule(count, "An absolute count", BUILT_BY_DATE, here, on_its_day=True, otherwise=as_published),
    "tagged": Rule(
        tagged, "An absolute count", BY_DATE | {"tags": SOME}, tagged_here, on_its_day=True, otherwise=as_published
    ),
    "together": Rule(together),  # where the snapshot cannot, published counts decide
    "owned": Rule(owned, "The size of a catalogue", BY_DATE, registered, on_its_day=True, otherwise=as_published),
    "ratio": Rule(ratio, on_its_day=True),  # by a date where there are dates, else of the snapshot's day
    "unmeasurable": Rule(unmeasurable),
    "volume": Rule(volume),
}
