"""Rules for what a model's size and kind mean for those who run or tune it."""

from collections.abc import Mapping

from pipeline.architectures.memory import set_of
from pipeline.base import words
from pipeline.claims.evidence import Evidence, Machine, filled
from pipeline.claims.rules.rule import Check, Claim, Found, Rule

ACTIVE = "parameters_active_without_input_embedding"
"""The convention by which makers count what works on a token."""


def machine(asked: Mapping[str, str], evidence: Evidence) -> Machine:
    """A machine by its name, or the largest of a kind."""
    return evidence.largest_machine(asked["largest"]) if "largest" in asked else evidence.machine(asked["machine"])


def memory(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether machines hold a model's weights, which total parameters set, not activated ones."""
    model = evidence.model(check["model"])
    total, packed = (filled(model, f"weights_bytes_{bits}bit") for bits in (8, 4))
    measured = f"{words.gigabytes(total)} of weights at 8 bits, {words.gigabytes(packed)} at 4"
    machines = {place: machine(asked, evidence) for place, asked in check["machines"].items()}
    rooms = {place: float(found.memory) for place, found in machines.items()}
    names = {place: f"{place} ({found.name}, {words.gigabytes(found.memory)})" for place, found in machines.items()}
    if all(total <= room for room in rooms.values()):
        why = f"All of it fits at 8 bits into {words.listed(list(names.values()))}."
        return Found("holds", measured, why, packed, total, "bytes")
    does = words.listed([f"{names[place]} {_holds(room, total, packed)}" for place, room in rooms.items()])
    other = machine(check["also"], evidence)
    unified = (
        f"; unified memory of {words.gigabytes(other.memory)} ({other.name}) also holds them at 4 bits"
        if packed <= other.memory < total
        else ""
    )
    tuning = {name: evidence.needed_bytes(check["model"], use) for name, use in check["tuning"].items()}
    trained = words.listed([f"{words.gigabytes(needed)} for {name}" for name, needed in tuning.items()])
    more = f"; tuning it, which the claim is about, takes {trained}" if tuning else ""
    return Found(
        "misleading",
        measured,
        f"All {check['name']} weights must be in memory, whatever number is activated: {does}; the "
        f"{words.billions(filled(model, ACTIVE))} activated per token set speed, not memory{unified}{more}.",
        packed,
        total,
        "bytes",
    )


def _holds(room: float, total: float, packed: float) -> str:
    if total <= room:
        return "holds them at 8 bits"
    return "holds them at 4 bits alone" if packed <= room else "does not hold them even at 4 bits"


def contrast(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a dense model needs machines which a mixture of equal size would not: both hold every weight."""
    total = filled(evidence.model(check["model"]), "weights_bytes_8bit")
    room = machine(check["machine"], evidence).memory
    weights = words.gigabytes(total)
    measured = f"{weights} at 8 bits, dense or mixture"
    least = set_of(evidence.smallest_machines(check["model"], "run_8bit"))
    if total <= room:
        why = f"A workstation of {words.gigabytes(room)} holds {weights} of weights."
        return Found("fails", measured, why, total, total, "bytes")
    why = (
        f"A dense model of that size takes {weights} at 8 bits, more than the largest graphics "
        f"workstation on the register holds ({words.gigabytes(room)}); but so does the mixture of experts "
        f"that it is set against, whose least demanding machine here is {least}: the contrast is one of speed, not of "
        "whether it fits."
    )
    return Found("misleading", measured, why, total, total, "bytes")


def mixtures(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That releases are mixtures of experts."""
    models = {name: evidence.model(model) for name, model in check["models"].items()}
    dense = [name for name, model in models.items() if model["mixture"] != "moe"]
    kinds = words.listed(
        [
            f"{name} uses {model['experts_per_token']} of {model['experts']} routed experts per token"
            for name, model in models.items()
            if name not in dense
        ]
        + [f"{name} is dense" for name in dense]
    )
    return Found("fails" if dense else "holds", kinds, f"{words.upper(kinds)}, by their configurations.")


def off_topic(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A model that the essay mentions under a topic which it does not belong to."""
    model = evidence.model(check["model"])
    mixture, total = model["mixture"], filled(model, "parameters_total")
    kind = {"moe": "a mixture of experts", "dense": "dense"}[mixture]
    measured = f"{words.billions(total)}, {kind}"
    if abs(total / check["value"] - 1) > check["tolerance"]:
        return Found("fails", measured, f"The model has {words.billions(total)} parameters.")
    if mixture == check["topic"]:
        return Found("holds", measured, f"{check['name']} is {kind}.")
    return Found(
        "misleading",
        measured,
        f"{check['name']}, the only release that fits (the essay names none), is {kind}: all of its "
        f"{words.billions(total)} parameters work on every token, so it says nothing about mixtures of experts.",
    )


RULES: Mapping[str, Rule] = {
    "memory": Rule(memory),
    "contrast": Rule(contrast),
    "mixtures": Rule(mixtures),
    "off_topic": Rule(off_topic),
}
