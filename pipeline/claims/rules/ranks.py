"""Rules for who is first: families by derivatives or downloads, organisations by followers."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.claims.evidence import Evidence
from pipeline.claims.rules.counts import meets, stated
from pipeline.claims.rules.published import Reading, as_published
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, shared, undecided


def foremost(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That some families are the first ones by derivatives: a rank of the Hub."""
    named, places = {evidence.family(name) for name in check["groups"]}, len(check["groups"])
    ranked = evidence.families_by_rule.sort("definition", "derivatives", "group", descending=[False, True, False])
    first = ranked.group_by("definition", maintain_order=True).agg(pl.col("group").head(places))["group"]
    tops = [set(top) for top in first.to_list() if len(top) == places]
    if not tops:
        return undecided("No rule ranks so many families in this snapshot.")
    met = sum(top == named for top in tops)
    why = (
        f"{words.listed(check['groups'])} are the first {words.word(places)} families today under "
        f"{shared(met, len(tops), 'rules')}; wide deployment is judged by derivatives here, since the Hub does not see "
        "deployments."
    )
    measured = f"{words.number(met)} of {words.number(len(tops))} rules"
    return Found(by_readings(met, len(tops)), measured, why, readings=len(tops), met=met)


def leaders_here(_claim: Claim, _check: Check, evidence: Evidence) -> str | None:
    """The first by derivatives in this snapshot."""
    if not evidence.leaders:
        return None
    names = words.listed(evidence.leaders)
    return f"not comparable: the first by derivatives in this {evidence.coverage} are {names}"


def foremost_as_published(claim: Claim, check: Check, evidence: Evidence) -> Found | None:
    """Whether the named families come first by what others published: by downloads, and by derivatives."""
    if evidence.today < claim["as_of"]:
        return None
    asked = check["published"]
    found = (_first_by_downloads(asked["downloads"], evidence), _first_by_derivatives(asked["rows"], evidence))
    readings = [reading for reading in found if reading is not None]
    if not readings:
        return None
    met, many = sum(reading.is_met for reading in readings), len(readings)
    measured = "; ".join(reading.words for reading in readings)
    why = (
        f"By published evidence, not recomputed here: {measured}; {shared(met, many)} have "
        f"{words.listed(check['groups'])} first; where models run, the Hub does not see."
    )
    return Found(by_readings(met, many), measured, why, readings=many, met=met, basis="published")


def _first_by_downloads(asked: Mapping[str, Any], evidence: Evidence) -> Reading | None:
    """No other family can have more than what the total of its country leaves beside the named one."""
    rows = [*asked["of"].values(), *(total["row"] for total in asked["totals"].values())]
    if any(row[2] > evidence.today for row in rows):
        return None
    own = {name: evidence.published_value(*row) for name, row in asked["of"].items()}
    left = {
        country: evidence.published_value(*total["row"]) - own[total["has"]]
        for country, total in asked["totals"].items()
    }
    counts = words.listed([f"{name} has {words.large(count)}" for name, count in own.items()])
    text = (
        f"of {asked['name']} {counts}, and all other families of {words.listed(list(left))} together have "
        f"{words.listed([words.large(count) for count in left.values()])}"
    )
    return Reading(text, list(own.values()), max(left.values()) < min(own.values()))


def _first_by_derivatives(rows: Sequence[str], evidence: Evidence) -> Reading | None:
    """Whether these rows come first in the table by relation, which counts an organisation's models of every kind."""
    first = evidence.published_first(len(rows))
    if not first:
        return None
    counts = words.listed([f"{label} with {words.number(count)}" for _, label, count in first])
    text = f"by derivatives of whole organisations the first are {counts}"
    return Reading(text, [count for *_, count in first], {name for name, *_ in first} == set(rows))


def followers(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """How many follow an organisation, or that it has the most: from the Hub's overview of organisations."""
    known = evidence.followers
    if check["of"] == "rank":
        if known is None:
            why = "A model listing carries no followers, and a rank needs those of every organisation on one day."
            return as_published(claim, check, evidence) or undecided(why)
        first, most = next(iter(known.counts.items()))
        measured = f"{first}, with {words.number(most)} followers"
        why = (
            f"Of {words.number(len(known.counts))} organisations of the register, asked on {words.day(known.asked)}, "
            f"{measured}, has the most."
        )
        return Found("holds" if first == evidence.organisation(check["organisation"]) else "fails", measured, why)
    value = known and known.counts.get(evidence.organisation(check["organisation"]))
    if known is None or value is None:
        dated = words.listed([evidence.published(*capture) for capture in check["captures"]])
        return undecided(
            "A model listing carries no followers; the essay quotes its source correctly, but nobody else counted that "
            f"day, so the number is not checked: what was published is {dated}."
        )
    measured = f"{words.number(value)} followers"
    why = (
        f"The organisation’s overview counts {measured} on {words.day(known.asked)}, against {stated(check)}; "
        "followers of an earlier day cannot be counted back."
    )
    return Found("holds" if meets(check)(value) else "fails", measured, why, value, value, "followers")


RULES: Mapping[str, Rule] = {
    "foremost": Rule(
        foremost, "A rank of the Hub", beside=leaders_here, on_its_day=True, otherwise=foremost_as_published
    ),
    "followers": Rule(followers),
}
