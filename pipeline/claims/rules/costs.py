"""Rules for what training and serving cost: each judged on one accounting basis at a time."""

from collections.abc import Mapping

from pipeline.base import words
from pipeline.claims.evidence import Evidence, Row, filled
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, undecided

BASES = ("rental", "amortised", "all_in")


def run_cost(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Hours of a run, and a range of dollars that market prices must meet."""
    cost = evidence.cost(check["run"], "rental")
    hours = filled(cost, "accelerator_hours")
    low, high, stated = (cost[f"usd_{end}"] for end in ("low", "high", "stated"))
    agrees = abs(hours / check["hours"] - 1) <= check["tolerance"]
    measured = f"{words.large(hours, 4)} hours"
    first, last = check["usd"]
    by_authors = stated is not None and first <= stated <= last
    by_market = low is not None and high is not None and low <= last and high >= first
    market = words.dollar_range(low, high) if low is not None and high is not None else ""
    at_market = f"at dated market prices they cost {market}" if market else ""
    if stated is not None:
        measured += f"; {words.dollars(stated, 4)} at the authors' price"
    if at_market:
        measured += f"; {market} at dated market prices"
    if agrees and (by_authors or by_market):
        whose = "the authors' own price per hour gives" if by_authors else "dated prices allow"
        caveat = f"; {at_market}" if at_market and not by_market else ""
        why = (
            f"The authors state these hours, and {whose} the claimed dollars{caveat}; all of it is the final run "
            f"alone and leaves out {check['leaves_out']}."
        )
        ends = [usd for usd in (low, high, stated) if usd is not None]
        return Found("holds", measured, why, min(ends), max(ends), "USD")
    wrong = [] if agrees else [f"the run took {words.large(hours, 4)} hours"]
    wrong += [] if by_authors or by_market else [at_market or "no price gives the claimed dollars"]
    return Found("fails", measured, f"{words.upper(words.listed(wrong))}.", low, high, "USD")


def basis(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A cost whose basis nobody states, against what published estimates give on a stated one."""
    ratios = {basis: row for basis in BASES if (row := evidence.cost_ratio(basis))}
    known = {basis: row["numerator_usd"] for basis, row in ratios.items() if row["numerator_usd"] is not None}
    if not known:
        return undecided("No published estimate states its basis.")
    measured = "; ".join(f"{words.dollars(value, 3)} {basis.replace('_', ' ')}" for basis, value in known.items())
    low, high = min(known.values()), max(known.values())
    if high >= check["at_least"]:
        return Found("holds", measured, "A published estimate with a stated basis is as high.", low, high, "USD")
    suggested = [check["at_least"] / usd for usd in reversed(check["usd"])]
    factors = [f"{_range(ratios[basis])} times on {_name(basis)} cost" for basis in known if _is_alike(ratios[basis])]
    alike = (
        f"; on bases that both have, {check['name']} cost {words.listed(factors)} what {check['over']} did, where the "
        f"essay's two figures suggest {words.span(*suggested)} and more"
        if factors
        else ""
    )
    return Found(
        "misleading",
        measured,
        f"No estimate with a stated basis reaches {words.dollars(check['at_least'], 1)}: the highest is "
        f"{words.dollars(high, 3)}{alike}.",
        low,
        high,
        "USD",
    )


def factor(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """A factor between two costs, on every basis that both have: the low, middle and high ratio of each."""
    rows = {basis: row for basis in BASES if (row := evidence.cost_ratio(basis)) and row["like_for_like"]}
    found = {basis: [filled(row, f"ratio_{end}") for end in ("low", "median", "high")] for basis, row in rows.items()}
    ratios = [ratio for three in found.values() for ratio in three]
    if not ratios:
        return undecided("No basis is known for both costs.")
    low, high = min(ratios), max(ratios)
    met = sum(words.order(ratio, check["times"]) >= 0 for ratio in ratios)
    factors = words.listed(
        [f"{words.span(three[0], three[-1])} times on {_name(basis)} cost" for basis, three in found.items()]
    )
    verdict = by_readings(met, len(ratios))
    why = (
        f"On bases that both have, {check['name']} cost {factors} what {check['over']} did; "
        f"{words.word(met) if met else 'none'} of the {words.word(len(ratios))} low, middle and high ratios "
        f"reach {words.number(check['times'])} times; both figures are the final run alone, and whether the two models "
        "perform alike is another question."
    )
    return Found(verdict, f"{words.span(low, high)} times", why, low, high, "times")


def _is_alike(ratio: Row) -> bool:
    """Whether both costs are known on this basis, so that one may stand over the other."""
    return ratio["like_for_like"] and ratio["ratio_low"] is not None and ratio["ratio_high"] is not None


def _range(ratio: Row) -> str:
    return words.span(ratio["ratio_low"], ratio["ratio_high"])


def _name(basis: str) -> str:
    """A basis before a noun."""
    return basis.replace("_", "-")


def sparser(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Serving mixtures against models of the same total with every parameter active, at a stated use."""
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
