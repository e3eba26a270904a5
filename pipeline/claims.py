"""Stage `claims`: the essay's claims, each with a verdict that the machine computes.

A claim stands in `register/claims.yaml` with the essay's words, what decides it (`needs`) and a
`check`, whose kind names one of the rules below. A rule reads facts, never tables of its own, and
returns what was measured, a verdict and the reason in one sentence:

- `holds`: what the essay states is what is found, within the stated tolerance.
- `held_then`: true at its date, reversed since; needs both values.
- `fails`: what is found differs.
- `depends_on_definition`: true under some definitions only; the reason gives the share.
- `misleading`: the words hold or may hold, and a computed counter-fact takes away what they suggest.
- `not_measurable_here`: the snapshot cannot decide it. Absolute counts, and shares or ranks of the
  Hub, are decided on a census alone; elsewhere the snapshot's own figure stands beside, labelled.

A dated count is judged at its date, by repositories created until then, which is less certain than
a snapshot of that day: models are deleted and cards edited.

Known drawback: rules judge the numbers in a sentence, not its every shade.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import yaml

from pipeline import facts as quotable
from pipeline import schemas, tables, words
from pipeline.errors import FactError, RegisterError
from pipeline.facts import Facts, fact, sentence
from pipeline.params import Params
from pipeline.paths import Paths

SOURCE = "data/out/claims.parquet"


@dataclass(frozen=True)
class Found:
    """What a rule found."""

    verdict: str
    measured: str | None
    why: str
    low: float | None = None
    high: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Evidence:
    """What rules may look at."""

    facts: Facts
    monthly: pl.DataFrame

    def value(self, key: str) -> Any:
        """The value of a fact; an unknown key is an error, a missing value is None."""
        return self._fact(key)["value"]

    def text(self, key: str) -> str:
        """The words of a fact."""
        return self._fact(key)["text"]

    def number(self, key: str) -> float:
        """The value of a fact that a rule cannot do without."""
        value = self.value(key)
        if value is None:
            raise FactError(f"fact {key} has no value", next_step="fill the register row that it is from")
        return float(value)

    def _fact(self, key: str) -> quotable.Fact:
        if key not in self.facts:
            raise FactError(
                f"a claim names the unknown fact {key}",
                where="claims.yaml",
                next_step="use a key of data/out/facts.json",
            )
        return self.facts[key]

    @property
    def coverage(self) -> str:
        """Census, slice or sample."""
        return self.text("snapshot.coverage")


def run(paths: Paths, params: Params) -> None:
    """Judge every claim; write claims.parquet, and the ledger's totals as facts in claims.json."""
    del params
    evidence = Evidence(quotable.load(paths), tables.read(paths.out / "derivatives_monthly.parquet"))
    ledger = tables.write(judge(read_claims(paths), evidence), schemas.Claims, paths.out / "claims.parquet")
    tables.write_json(totals(ledger), paths.claims)


def read_claims(paths: Paths) -> list[dict[str, Any]]:
    """The register's claims; each must have every field, and a number of its own."""
    path = paths.register / "claims.yaml"
    try:
        claims = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RegisterError("cannot be read", where=path.name, next_step=str(error)) from error
    fields = ("claim", "topic", "statement", "where", "published", "needs", "check", "would_change", "sources")
    for claim in claims:
        missing = [name for name in fields if not claim.get(name)]
        if missing:
            raise RegisterError(f"claim {claim.get('claim')} lacks {', '.join(missing)}", where=path.name)
        if claim["check"].get("kind") not in RULES:
            raise RegisterError(f"claim {claim['claim']} names an unknown kind of check", where=path.name)
    twice = [number for number, times in Counter(claim["claim"] for claim in claims).items() if times > 1]
    if twice:
        raise RegisterError(f"claim {twice[0]} stands twice", where=path.name)
    return claims


def judge(claims: list[dict[str, Any]], evidence: Evidence) -> pl.DataFrame:
    """Rows of `schemas.Claims`."""
    rows = []
    for claim in claims:
        found = RULES[claim["check"]["kind"]](claim, claim["check"], evidence)
        rows.append(
            {
                "claim": claim["claim"],
                "topic": claim["topic"],
                "statement": claim["statement"],
                "where": claim["where"],
                "as_of": claim.get("as_of"),
                "published_value": claim["published"],
                "measured_value": found.measured,
                "low": found.low,
                "high": found.high,
                "unit": found.unit,
                "definition": claim.get("definition"),
                "needs": claim["needs"],
                "verdict": found.verdict,
                "why": found.why,
                "would_change": claim["would_change"],
                "sources": claim["sources"],
                "snapshot": evidence.text("snapshot.label"),
            }
        )
    return pl.DataFrame(rows, schema=schemas.Claims.create_empty().schema)


TOLD = {
    "holds": ("holds", "hold", "holds", "hold"),
    "held_then": ("held when written", "held when written", "held once", "held once"),
    "fails": ("fails", "fail", "fails", "fail"),
    "depends_on_definition": ("depends on the definition", "depend on the definition", "depends", "depend"),
    "misleading": ("misleads", "mislead", "misleads", "mislead"),
    "not_measurable_here": (
        "cannot be measured on this snapshot",
        "cannot be measured on this snapshot",
        "stays open here",
        "stay open here",
    ),
}
"""Each verdict as a verb: of one claim, of several; the same, short enough for a headline."""


def totals(ledger: pl.DataFrame) -> Facts:
    """How many claims have which verdict, in numbers, as a headline and in one sentence."""
    counts = dict(ledger["verdict"].value_counts().iter_rows())
    present = [(counts[verdict], TOLD[verdict]) for verdict in schemas.VERDICTS if verdict in counts]
    long = [f"{words.word(count)} {told[count != 1]}" for count, told in present]
    short = [f"{words.word(count)} {told[2 + (count != 1)]}" for count, told in present]
    line = f"Of {words.word(ledger.height)} claims checked, {words.listed(long)}."
    out: Facts = {
        "claims.total": fact(ledger.height, words.number(ledger.height), SOURCE, "claims"),
        "claims.sentence": sentence(line, SOURCE),
        "claims.title": sentence(f"Of {words.word(ledger.height)} claims, {', '.join(short)}", SOURCE),
    }
    for verdict in schemas.VERDICTS:
        count = counts.get(verdict, 0)
        out[f"claims.verdicts.{verdict}"] = fact(count, words.number(count), SOURCE, "claims")
    for row in ledger.iter_rows(named=True):
        key = f"claims.{row['claim']}"
        out[f"{key}.verdict"] = sentence(row["verdict"].replace("_", " "), SOURCE)
        out[f"{key}.why"] = sentence(row["why"], SOURCE)
    return out


# ------------------------------------------------------------------------------------------ rules


def _count(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
    """A number of derivatives under a definition, at a date."""
    group, stated = check["group"], float(check["value"])
    key = f"count.{claim['definition']}.{group}"
    here = evidence.facts[key]["value"] if key in evidence.facts else 0
    if evidence.coverage != "census":
        nearest = _nearest_count(group, evidence)
        return Found(
            "not_measurable_here",
            nearest,
            f"An absolute count needs a census of the Hub; this snapshot is a {evidence.coverage}.",
        )
    then = _created_by(claim["definition"], group, claim["as_of"], evidence)
    when = words.day(claim["as_of"])
    measured = f"{words.number(then)} created by {when} and still there; {words.number(here)} today"
    if check["relation"] == "at_least":
        agrees = then >= stated
        bound = f"{words.number(stated)} or more"
    else:
        agrees = abs(then / stated - 1) <= check["tolerance"]
        bound = f"about {words.number(stated)}"
    why = (
        f"By {claim['definition']}, {words.number(then)} {group} derivatives that exist today were created by {when}, "
        f"against {bound}; counted back from one snapshot, so less certain."
    )
    return Found("holds" if agrees else "fails", measured, why, then, then, "derivatives")


def _nearest_count(group: str, evidence: Evidence) -> str | None:
    """The snapshot's own count under its headline definition, labelled as such."""
    definition = evidence.value("derivatives.headline.definition")
    key = f"count.{definition}.{group}"
    if definition is None or key not in evidence.facts:
        return None
    label = evidence.text("derivatives.headline.label")
    return f"not comparable: {evidence.text(key)} in this {evidence.coverage}, {label}"


def _created_by(definition: str, group: str, day: date, evidence: Evidence) -> float:
    rows = evidence.monthly.filter(
        (pl.col("definition") == definition)
        & (pl.col("group") == group)
        & (pl.col("relation") == "all")
        & (pl.col("month") <= day)
    )
    return float(rows["derivatives"].sum())


def _date(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
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


def _values(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
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
    return Found("holds", measured, why + _lead(check.get("lead"), evidence) + ".")


def _lead(lead: Mapping[str, Any] | None, evidence: Evidence) -> str:
    """Who is ahead where the essay says that two match."""
    if lead is None:
        return ""
    (first, first_key), (second, second_key) = lead["first"], lead["second"]
    gap = evidence.number(first_key) - evidence.number(second_key)
    if gap == 0:
        return ""
    ahead = first if gap > 0 else second
    return f"; on {lead['benchmark']} {ahead} leads by {words.number(abs(gap))} points, so the two match but do not tie"


def _run_cost(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
    """Hours of a run, and a range of dollars that market prices must meet."""
    del claim
    key = f"cost.{check['run']}.rental"
    hours = evidence.number(f"{key}.hours")
    low, high, stated = (evidence.value(f"{key}.usd_{end}") for end in ("low", "high", "stated"))
    agrees = abs(hours / check["hours"] - 1) <= check["tolerance"]
    measured = f"{evidence.text(f'{key}.hours')} hours"
    first, last = check["usd"]
    by_authors = stated is not None and first <= stated <= last
    by_market = low is not None and high is not None and low <= last and high >= first
    reach = words.dollar_range(low, high) if low is not None and high is not None else ""
    at_market = f"at dated market prices they cost {reach}" if reach else ""
    if stated is not None:
        measured += f"; {words.dollars(stated, 4)} at the authors' price"
    if at_market:
        measured += f"; {reach} at dated market prices"
    if agrees and (by_authors or by_market):
        whose = "the authors' own price per hour gives" if by_authors else "dated prices allow"
        caveat = f"; {at_market}" if at_market and not by_market else ""
        why = (
            f"The authors state these hours, and {whose} the claimed dollars{caveat}; all of it is the final run "
            f"alone and leaves out {check['leaves_out']}."
        )
        return Found("holds", measured, why, low, high, "USD")
    wrong = [] if agrees else [f"the run took {evidence.text(f'{key}.hours')} hours"]
    wrong += [] if by_authors or by_market else [at_market or "no price gives the claimed dollars"]
    told = words.listed(wrong)
    return Found("fails", measured, f"{told[0].upper()}{told[1:]}.", low, high, "USD")


def _basis(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
    """A cost whose basis nobody states, against what published estimates give on a stated one."""
    del claim
    stated = {
        basis: evidence.facts[f"cost_ratio.{basis}.numerator_usd"]["value"]
        for basis in ("rental", "amortised", "all_in")
        if f"cost_ratio.{basis}.numerator_usd" in evidence.facts
    }
    known = {basis: value for basis, value in stated.items() if value is not None}
    if not known:
        return Found("not_measurable_here", None, "No published estimate states its basis.")
    measured = "; ".join(f"{words.dollars(value, 3)} {basis.replace('_', ' ')}" for basis, value in known.items())
    low, high = min(known.values()), max(known.values())
    if high >= check["at_least"]:
        return Found("holds", measured, "A published estimate with a stated basis is as high.", low, high, "USD")
    suggested = [check["at_least"] / usd for usd in reversed(check["usd"])]
    reach = [
        f"{evidence.value(f'cost_ratio.{basis}.range')} times on {basis.replace('_', '-')} cost"
        for basis in known
        if evidence.value(f"cost_ratio.{basis}.range") and evidence.value(f"cost_ratio.{basis}.like_for_like")
    ]
    alike = (
        f" On bases that both have, {check['name']} cost {words.listed(reach)} what {check['over']} did, where the "
        f"essay's two figures suggest {words.span(*suggested)} and more."
        if reach
        else ""
    )
    return Found(
        "misleading",
        measured,
        f"No estimate with a stated basis reaches {words.dollars(check['at_least'], 1)}: the highest is "
        f"{words.dollars(high, 3)}.{alike}",
        low,
        high,
        "USD",
    )


def _factor(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
    """A factor between two costs, on every basis that both have: the low, middle and high ratio of each."""
    del claim
    found: dict[str, list[float]] = {}
    for basis in ("rental", "amortised", "all_in"):
        key = f"cost_ratio.{basis}"
        if f"{key}.range" in evidence.facts and evidence.value(f"{key}.like_for_like"):
            found[basis] = [evidence.number(f"{key}.ratio_{end}") for end in ("low", "median", "high")]
    ratios = [ratio for three in found.values() for ratio in three]
    if not ratios:
        return Found("not_measurable_here", None, "No basis is known for both costs.")
    low, high = min(ratios), max(ratios)
    reached = sum(words.order(ratio, check["times"]) >= 0 for ratio in ratios)
    told = words.listed(
        [f"{words.span(three[0], three[-1])} times on {name.replace('_', '-')} cost" for name, three in found.items()]
    )
    verdict = "holds" if reached == len(ratios) else "fails" if reached == 0 else "depends_on_definition"
    why = (
        f"On bases that both have, {check['name']} cost {told} what {check['over']} did; "
        f"{words.word(reached) if reached else 'none'} of the {words.word(len(ratios))} low, middle and high ratios "
        f"reach {words.number(check['times'])} times. Both figures are the final run alone, and whether the two models "
        "perform alike is another question."
    )
    return Found(verdict, f"{words.span(low, high)} times", why, low, high, "times")


def _sparser(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
    """Serving mixtures against models of the same total with every parameter active, at a stated use."""
    del claim
    known = {model: evidence.value(f"moe.{model}.parameters_total") for model in check["models"]}
    sparse = [model for model in known if f"cost.sparse.{model}.low" in evidence.facts]
    if not sparse:
        return Found("fails", "no fraction", "None of the models that the essay names activates a part alone.")
    ends = {model: [evidence.number(f"cost.sparse.{model}.{end}") for end in ("low", "high")] for model in sparse}
    low, high = min(low for low, _ in ends.values()), max(high for _, high in ends.values())
    measured = f"1/{words.times(low)} to 1/{words.times(high)} of the rental cost"
    names = words.listed(
        [f"{model.split('/')[-1]} 1/{words.times(a)} to 1/{words.times(b)}" for model, (a, b) in ends.items()]
    )
    caveat = "the weights take as much memory as those of the dense model, and output quality is not judged here"
    if low >= check["at_least"]:
        why = f"At every stated use, serving costs a fraction of what it would were every parameter active: {names}"
        why += f"; {caveat}."
        return Found("holds", measured, why, low, high, "times")
    verdict = "fails" if high < check["at_least"] else "depends_on_definition"
    why = f"How much activation saves depends on the use of the accelerators: {names}; {caveat}."
    return Found(verdict, measured, why, low, high, "times")


def _memory(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
    """Whether a machine holds a model's weights, which total parameters set, not activated ones."""
    del claim
    total, packed = evidence.number(check["total"]), evidence.number(check["packed"])
    room = evidence.number(check["machine"])
    name = evidence.text(f"{check['machine']}.name")
    measured = f"{evidence.text(check['total'])} of weights at 8 bits, {evidence.text(check['packed'])} at 4"
    other = check["also"]
    unified = (
        f" Unified memory of {evidence.text(other)} ({evidence.text(f'{other}.name')}) also holds them at 4 bits."
        if packed <= evidence.number(other) < total
        else ""
    )
    holds = f"the largest graphics workstation on the register ({name}, {evidence.text(check['machine'])})"
    if total <= room:
        return Found("holds", measured, f"{holds[0].upper()}{holds[1:]} holds them at 8 bits.", packed, total, "bytes")
    four = (
        "holds them only at 4 bits, to run and not to train" if packed <= room else "does not hold them even at 4 bits"
    )
    return Found(
        "misleading",
        measured,
        f"All {check['name']} weights must be in memory, whatever number is activated: {holds} {four}; the "
        f"{evidence.text(check['active'])} activated per token set speed, not memory." + unified,
        packed,
        total,
        "bytes",
    )


def _told_under(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
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


def _distills(claim: Mapping[str, Any], check: Mapping[str, Any], evidence: Evidence) -> Found:
    """Distilled releases on the bases named, and the scores of one of them against another model."""
    del claim
    on = [evidence.text(f"built_on.{model}") for model in check["models"]]
    astray = [base for base in on if not base.startswith(tuple(check["bases"]))]
    first, second = (_scores(evidence.facts, check[side]) for side in ("ahead", "behind"))
    shared = sorted(first.keys() & second.keys())
    won = [name for name in shared if first[name] > second[name]]
    lost = [name for name in shared if first[name] < second[name]]
    measured = f"{words.word(len(on))} distills; ahead on {len(won)} of {len(shared)} benchmarks"
    if astray or len(won) < check["at_least"]:
        why = (
            f"{words.listed(astray)} is another base" if astray else f"it is ahead on {len(won)} of {len(shared)} only"
        )
        return Found("fails", measured, f"{why[0].upper()}{why[1:]}.")
    behind = f"; {check['behind']} leads on {words.listed([name.split('.')[0] for name in lost])}" if lost else ""
    return Found(
        "holds",
        measured,
        f"All {words.word(len(on))} stand on the bases named, and {check['ahead']} is ahead on {words.word(len(won))} "
        f"of {words.word(len(shared))} benchmarks{behind}.",
        float(len(won)),
        float(len(shared)),
        "benchmarks",
    )


def _scores(facts: Facts, model: str) -> dict[str, float]:
    """Scores of a model by benchmark and metric."""
    prefix, suffix = "benchmark.", f".{model}"
    return {
        key.removeprefix(prefix).removesuffix(suffix): float(found["value"])
        for key, found in facts.items()
        if key.startswith(prefix) and key.endswith(suffix)
    }


Rule = Callable[[Mapping[str, Any], Mapping[str, Any], Evidence], Found]
RULES: dict[str, Rule] = {
    "count": _count,
    "date": _date,
    "values": _values,
    "run_cost": _run_cost,
    "basis": _basis,
    "factor": _factor,
    "sparser": _sparser,
    "memory": _memory,
    "told_under": _told_under,
    "distills": _distills,
}
