"""Rules for what training and serving cost: each judged on one accounting basis at a time."""

from collections.abc import Mapping

from pipeline.base import words
from pipeline.claims.evidence import Evidence, Row, filled
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, undecided

NAMES = {
    "rental": "as rental",
    "amortised": "as amortised hardware and energy",
    "purchase": "as hardware bought",
    "all_in": "all-in",
}
BASES = tuple(NAMES)
"""Bases that state what they count, as the ledger names them."""


def run_cost(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Hours of a run, and a range of dollars: met at its authors' price, at the median dated price, or at neither.

    The ends of a list of prices decide nothing.
    """
    cost = evidence.cost(check["run"], "rental")
    hours = filled(cost, "accelerator_hours")
    proxy = "" if cost["priced_as"] == cost["accelerator"] else f" of the {cost['priced_as']}"
    known = {
        "at the price that its authors assume": cost["usd_stated"],
        f"at the median dated rent{proxy}": cost["usd_median"],
    }
    prices = {which: usd for which, usd in known.items() if usd is not None}
    in_words = [f"{words.dollars(usd)} {which}" for which, usd in prices.items()]
    measured = "; ".join([f"{words.large(hours, 4)} hours", *in_words])
    if abs(hours / check["hours"] - 1) > check["tolerance"]:
        return Found("fails", measured, f"The run took {words.large(hours, 4)} hours.")
    if not prices:
        return undecided("The authors state these hours, and no price of one is dated near the run.", measured)
    first, last = check["usd"]
    met = [which for which, usd in prices.items() if first <= usd <= last]
    why = (
        f"The authors state these hours; they cost {words.listed(in_words)}, and the "
        f"essay’s dollars fit {words.out_of(len(met), len(prices))}; all of it is the final run alone and "
        f"leaves out {check['leaves_out']}."
    )
    ends = list(prices.values())
    verdict = by_readings(len(met), len(prices))
    return Found(verdict, measured, why, min(ends), max(ends), "USD", readings=len(prices), met=len(met))


def basis(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A cost whose basis nobody states, against what published estimates give on each stated one."""
    ratios = {basis: row for basis in BASES if (row := evidence.cost_ratio(basis))}
    known = {basis: row["numerator_usd"] for basis, row in ratios.items() if row["numerator_usd"] is not None}
    if not known:
        return undecided("No published estimate states its basis.")
    measured = "; ".join(f"{words.dollars(value, 3)} {NAMES[basis]}" for basis, value in known.items())
    met = sum(value >= check["at_least"] for value in known.values())
    suggested = [check["at_least"] / usd for usd in reversed(check["usd"])]
    factors = [
        f"{words.times(ratios[basis]['ratio_median'])} times {NAMES[basis]}"
        for basis in known
        if _is_alike(ratios[basis])
    ]
    alike = (
        f"; on bases that both have and at middle prices, {check['name']} cost {words.listed(factors)} what "
        f"{check['over']} did; the essay’s two figures imply {words.span(*suggested)} or more"
        if factors
        else ""
    )
    why = (
        f"Published estimates of {check['name']} are {words.listed(measured.split('; '))}, and "
        f"{words.dollars(check['at_least'], 1)} is reached on {words.out_of(met, len(known))} bases{alike}."
    )
    ends = known.values()
    verdict = by_readings(met, len(known))
    return Found(verdict, measured, why, min(ends), max(ends), "USD", readings=len(known), met=met)


def factor(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A factor between two costs, at the middle price of every basis that both have."""
    rows = {basis: row for basis in BASES if (row := evidence.cost_ratio(basis)) and row["like_for_like"]}
    middles = {basis: filled(row, "ratio_median") for basis, row in rows.items()}
    if not middles:
        return undecided("No basis is known for both costs.")
    low, high = min(middles.values()), max(middles.values())
    met = sum(ratio >= check["times"] * (1 - check["tolerance"]) for ratio in middles.values())
    factors = words.listed([f"{words.times(ratio)} times {NAMES[basis]}" for basis, ratio in middles.items()])
    why = (
        f"On bases that both have and at middle prices, {check['name']} cost {factors} what {check['over']} did; "
        f"{words.number(check['times'])} times, to within {words.percent(check['tolerance'])}, is reached on "
        f"{words.out_of(met, len(middles))} bases; both figures are the final run "
        "alone, and whether the two models perform alike is another question."
    )
    found = f"{words.span(low, high)} times"
    return Found(by_readings(met, len(middles)), found, why, low, high, "times", readings=len(middles), met=met)


def _is_alike(ratio: Row) -> bool:
    """Whether both costs are known on this basis, so that one may stand over the other."""
    return ratio["like_for_like"] and ratio["ratio_median"] is not None


def sparser(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Serving MoE models against models of the same total with every parameter active, at a stated use."""
    priced = {model: _savings(model, evidence) for model in check["models"]}
    ends = {model: (min(times), max(times)) for model, times in priced.items() if times}
    if not ends:
        return Found("fails", "no fraction", "None of the models that the essay names activates a part alone.")
    low, high = min(low for low, _ in ends.values()), max(high for _, high in ends.values())
    measured = f"1/{words.times(low)} to 1/{words.times(high)} of the rental cost"
    names = words.listed(
        [f"{model.split('/')[-1]} 1/{words.times(low)} to 1/{words.times(high)}" for model, (low, high) in ends.items()]
    )
    caveat = "the weights take as much memory as those of the dense model, and output quality is not judged here"
    if low >= check["at_least"]:
        why = f"At every stated use, serving costs a fraction of what it would were every parameter active: {names}"
        why += f"; {caveat}."
        return Found("holds", measured, why, low, high, "times")
    verdict = "fails" if high < check["at_least"] else "depends_on_definition"
    why = f"How much activation saves depends on the use of the accelerators: {names}; {caveat}."
    return Found(verdict, measured, why, low, high, "times")


def _savings(model: str, evidence: Evidence) -> list[float]:
    """How many times as much serving would cost were every parameter of a mixture active, at each stated use."""
    served = evidence.served(model) if evidence.model(model)["mixture"] == "moe" else None
    if served is None or served["dense_blended_median"] is None:
        return []
    return [served[f"dense_blended_{end}"] / served[f"cost_blended_{end}"] for end in ("low", "median", "high")]


RULES: Mapping[str, Rule] = {
    "run_cost": Rule(run_cost),
    "basis": Rule(basis),
    "factor": Rule(factor),
    "sparser": Rule(sparser),
}
