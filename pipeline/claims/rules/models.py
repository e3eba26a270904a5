"""Rules for what a model's size and kind mean for those who run or tune it."""

from collections.abc import Mapping

import polars as pl

from pipeline.base import words
from pipeline.claims.evidence import Evidence, Machine, filled
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings

ACTIVE = "parameters_active_without_input_embedding"
"""The convention by which makers count what works on a token."""


def machine(asked: Mapping[str, str], evidence: Evidence) -> Machine:
    """A machine by its name, or the largest of a kind."""
    return evidence.largest_machine(asked["largest"]) if "largest" in asked else evidence.machine(asked["machine"])


def memory(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether machines hold a model's weights, which total parameters set, by the use and by the machine.

    A dense model of the same total takes the same memory, so a contrast between the two is one of speed.
    """
    model = evidence.model(check["model"])
    total, packed = (filled(model, f"weights_bytes_{bits}bit") for bits in (8, 4))
    measured = f"{words.gigabytes(total)} of weights at 8 bits, {words.gigabytes(packed)} at 4"
    tuning = {name: float(evidence.needed_bytes(check["model"], use)) for name, use in check["tuning"].items()}
    uses = {"to run at 8 bits": total, "to run at 4 bits": packed, **tuning}
    machines = {place: machine(asked, evidence) for place, asked in check["machines"].items()}
    enough = {
        place: [use for use, needed in uses.items() if needed <= found.memory] for place, found in machines.items()
    }
    met, tried = sum(map(len, enough.values())), len(uses) * len(machines)
    needs = words.listed([f"{words.gigabytes(needed)} {use}" for use, needed in uses.items()])
    does = words.listed(
        [
            f"{place} ({found.name}, {words.gigabytes(found.memory)}) is enough "
            f"{words.listed(enough[place]) if enough[place] else 'for none of these'}"
            for place, found in machines.items()
        ]
    )
    why = (
        f"All {check['name']} weights must be in memory, whatever number is activated, and a dense model of that size "
        f"takes the same: {needs}; {does}; the {words.billions(filled(model, ACTIVE))} activated per token set speed, "
        "not memory."
    )
    return Found(by_readings(met, tried), measured, why, packed, total, "bytes", readings=tried, met=met)


def off_topic(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Releases of a size that the essay mentions under a topic which they may not belong to."""
    sized = evidence.releases_until(claim["as_of"]).filter(family=evidence.family(check["family"]))
    size = pl.coalesce("parameters_total", "parameters_stated")
    fits = sized.filter((size / check["value"] - 1).abs() <= check["tolerance"]).sort("released", "model")
    if fits.is_empty():
        return Found("fails", None, f"The register has no {check['family']} release of that size.")
    kinds = fits.drop_nulls("mixture")
    such = kinds.filter(mixture=check["topic"]).height
    measured = f"{words.number(such)} of {words.number(kinds.height)} are MoE models"
    first, last = (row.split("/")[-1] for row in (fits["model"][0], fits["model"][-1]))
    about = (
        f"Of {words.number(kinds.height)} registered {check['family']} releases of about "
        f"{words.billions(check['value'])} parameters, from {first} to {last}, {words.word_or_none(such)} "
        f"{'is an MoE model' if such == 1 else 'are MoE models'}"
    )
    if such:
        return Found("holds", measured, f"{about}.")
    why = f"{about}: all of their parameters work on every token, so they say nothing about MoE models."
    return Found("misleading", measured, why)


RULES: Mapping[str, Rule] = {
    "memory": Rule(memory),
    "off_topic": Rule(off_topic),
}
