"""Rules for what a model's size and kind mean for those who run or tune it."""

from collections.abc import Mapping

from pipeline.base import words
from pipeline.claims.rules.evidence import Check, Claim, Evidence, Found, Rule


def memory(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether machines hold a model's weights, which total parameters set, not activated ones."""
    del claim
    total, packed = evidence.number(check["total"]), evidence.number(check["packed"])
    measured = f"{evidence.text(check['total'])} of weights at 8 bits, {evidence.text(check['packed'])} at 4"
    rooms = {place: evidence.number(key) for place, key in check["machines"].items()}
    names = {
        place: f"{place} ({evidence.text(f'{key}.name')}, {evidence.text(key)})"
        for place, key in check["machines"].items()
    }
    if all(total <= room for room in rooms.values()):
        why = f"All of it fits at 8 bits into {words.listed(list(names.values()))}."
        return Found("holds", measured, why, packed, total, "bytes")
    does = words.listed([f"{names[place]} {_holds(room, total, packed)}" for place, room in rooms.items()])
    other = check["also"]
    unified = (
        f"; unified memory of {evidence.text(other)} ({evidence.text(f'{other}.name')}) also holds them at 4 bits"
        if packed <= evidence.number(other) < total
        else ""
    )
    tuning = {name: check["tuning"][name] for name in check["tuning"] if evidence.has(check["tuning"][name])}
    trained = words.listed([f"{evidence.text(key)} for {name}" for name, key in tuning.items()])
    more = f"; tuning it, which the claim is about, takes {trained}" if tuning else ""
    return Found(
        "misleading",
        measured,
        f"All {check['name']} weights must be in memory, whatever number is activated: {does}; the "
        f"{evidence.text(check['active'])} activated per token set speed, not memory{unified}{more}.",
        packed,
        total,
        "bytes",
    )


def _holds(room: float, total: float, packed: float) -> str:
    if total <= room:
        return "holds them at 8 bits"
    return "holds them at 4 bits alone" if packed <= room else "does not hold them even at 4 bits"


def contrast(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a dense model needs machines which a mixture of equal size would not: both hold every weight."""
    del claim
    total, room = evidence.number(check["total"]), evidence.number(check["machine"])
    measured = f"{evidence.text(check['total'])} at 8 bits, dense or mixture"
    least = evidence.text(check["smallest"])
    if total <= room:
        why = f"A workstation of {evidence.text(check['machine'])} holds {evidence.text(check['total'])} of weights."
        return Found("fails", measured, why, total, total, "bytes")
    why = (
        f"A dense model of that size takes {evidence.text(check['total'])} at 8 bits, more than the largest graphics "
        f"workstation on the register holds ({evidence.text(check['machine'])}); but so does the mixture of experts "
        f"that it is set against, whose least demanding machine here is {least}: the contrast is one of speed, not of "
        "whether it fits."
    )
    return Found("misleading", measured, why, total, total, "bytes")


def mixtures(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That releases are mixtures of experts."""
    del claim
    kinds = {name: evidence.text(f"moe.{model}.mixture") for name, model in check["models"].items()}
    dense = [name for name, kind in kinds.items() if kind != "moe"]
    told = words.listed(
        [
            f"{name} uses {evidence.text(f'ledger.experts.{model}')} routed experts per token"
            for name, model in check["models"].items()
            if name not in dense
        ]
        + [f"{name} is dense" for name in dense]
    )
    return Found("fails" if dense else "holds", told, f"{words.upper(told)}, by their configurations.")


def told_under(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A model told under a topic that it does not belong to."""
    del claim
    key = f"moe.{check['model']}"
    mixture = evidence.text(f"{key}.mixture")
    total = evidence.number(f"{key}.parameters_total")
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
    "told_under": Rule(told_under),
}
