"""Rules for what a family's releases are: their bases, sizes, kinds and number, and what derivatives follow."""

import statistics
from collections.abc import Mapping

import polars as pl

from pipeline.base import words
from pipeline.base.errors import RegisterError
from pipeline.base.facts import Fact
from pipeline.claims.evidence import Evidence, filled, unknown
from pipeline.claims.rules.rule import Check, Claim, Found, Rule, by_readings, ends, shared, undecided
from pipeline.register.lookup.flagships import flagships

NOMINAL = r"[-_](\d+(?:\.\d+)?)B(?:[-_]|$)"
"""A size in a name, in billions: what makers call a size, whatever the exact total."""

BITS = (16, 8, 4)
"""Bits per weight that a model is run at, the widest first."""


def distills(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Distilled releases on the bases named, and the scores of one of them against another model."""
    bases = [base_of(model, evidence) for model in check["models"]]
    others = [base for base in bases if not base.startswith(tuple(check["bases"]))]
    first, second = (evidence.scores(check[side]) for side in ("ahead", "behind"))
    common = sorted(first.keys() & second.keys())
    won = sum(first[name] > second[name] for name in common)
    lost = [benchmark for benchmark, metric in common if first[benchmark, metric] < second[benchmark, metric]]
    total = filled(evidence.release(check["repository"]), "parameters_total")
    runs = []
    for name in check["machines"]:
        room = evidence.machine(name).memory * check["usable"]
        widest = next((bits for bits in BITS if total * bits / 8 <= room), None)
        runs += [f"the {name} at {widest} bits"] if widest else []
    measured = f"{words.word(len(bases))} distills; ahead on {won} of {len(common)} benchmarks"
    wrong = [f"{words.listed(others)} is another base"] if others else []
    wrong += [] if won >= check["at_least"] else [f"it is ahead on {won} of {len(common)} only"]
    wrong += [] if runs else [f"no workstation named here holds its {words.billions(total)} parameters"]
    if wrong:
        return Found("fails", measured, f"{words.upper(words.listed(wrong))}.")
    behind = f"; {check['behind']} leads on {words.listed(lost)}" if lost else ""
    why = (
        f"All {words.word(len(bases))} stand on the bases named, and {check['ahead']} is ahead on {words.word(won)} "
        f"of {words.word(len(common))} benchmarks{behind}; its weights fit into {words.listed(runs)}."
    )
    return Found("holds", measured, why, float(won), float(len(common)), "benchmarks")


def base_of(model: str, evidence: Evidence) -> str:
    """What a registered release is built on."""
    base = evidence.release(model)["built_on"]
    if base is None:
        raise RegisterError(f"a claim needs what {model} is built on", where="releases.csv")
    return base


def same_shape(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That distilled releases keep the architecture of the models that they are built on."""
    bases = {model: base_of(model, evidence) for model in check["models"]}
    with_architecture = set(evidence.releases.drop_nulls("architecture")["model"])
    missing = [base for base in bases.values() if base not in with_architecture]
    if missing:
        return undecided(f"The register lacks the release {missing[0]}.")
    pairs = [
        (evidence.release(model)["architecture"], evidence.release(base)["architecture"])
        for model, base in bases.items()
    ]
    same = sum(own == base for own, base in pairs)
    kinds = words.listed(sorted({own for own, _ in pairs}))
    measured = f"{words.word(same)} of {words.word(len(pairs))} keep their base’s architecture ({kinds})"
    why = (
        f"{words.upper(measured)}, so that tools for the base read the distill too; whether its reasoning carries over "
        "to a fine-tune of one’s own is not shown by that."
    )
    return Found(by_readings(same, len(pairs)), measured, why, readings=len(pairs), met=same)


def span(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """The smallest and the largest size of a family, by which releases count as current."""
    current = current_releases(claim, check, evidence)
    strange = sorted(set(check["readings"]) - current.keys())
    if strange:
        raise unknown("reading of what is current", strange[0])
    by_reading = {reading: by_size(current[reading]) for reading in check["readings"]}
    sizes = {reading: (rows["size"][0], rows["size"][-1]) for reading, rows in by_reading.items() if rows.height}
    if not sizes:
        return undecided("No release with a size in its name is dated before the claim.")
    first, last = check["sizes"]
    met = sum(found == (first, last) for found in sizes.values())
    measured = "; ".join(
        f"{check['readings'][reading]} {_size(low)} to {_size(high)}" for reading, (low, high) in sizes.items()
    )
    least, most = min(sizes, key=lambda reading: sizes[reading][0]), max(sizes, key=lambda reading: sizes[reading][1])
    low, high = sizes[least][0], sizes[most][1]
    beyond = [by_reading[least]["name"][0]] if low < first else []
    beyond += [by_reading[most]["name"][-1]] if high > last else []
    why = (
        f"By sizes in the names of what was released by {words.day(claim['as_of'])}, {shared(met, len(sizes))} of "
        f"what counts as current run from {_size(first)} to {_size(last)}"
    )
    why += f"; beyond it are {words.listed(beyond)}." if beyond else "."
    verdict = by_readings(met, len(sizes))
    return Found(verdict, measured, why, low, high, "parameters", readings=len(sizes), met=met)


def current_releases(claim: Claim, check: Check, evidence: Evidence) -> dict[str, pl.DataFrame]:
    """A family's releases that count as current at a claim's date, by reading of the word."""
    family = evidence.family(check["family"])
    every = evidence.releases_until(claim["as_of"]).filter(family=family)
    readings = {
        "every": every,
        "year": evidence.releases_in_year_to(claim["as_of"]).filter(family=family),
        "generation": every.filter(pl.col("released") >= check["generation_from"]),
    }
    general = pl.col("modality").is_in(["text", "vision"])
    return readings | {f"{name}_general": releases.filter(general) for name, releases in readings.items()}


def by_size(releases: pl.DataFrame) -> pl.DataFrame:
    """`size, name`: releases with a size in their names, the smallest first; sizes in parameters."""
    size = pl.col("model").str.extract(NOMINAL).cast(pl.Float64) * 1e9
    sized = releases.with_columns(size=size).drop_nulls("size").sort("size", "model")
    return sized.select("size", name=pl.col("model").str.split("/").list.last())


def _size(parameters: float) -> str:
    """A size as makers name it: `0.5B`."""
    return f"{parameters / 1e9:g}B"


def frequent(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """How often a family is updated: days with a release in the year before, on the Hub and on ModelScope.

    A release counts on ModelScope where a pair of ids has it there under its maker's name. No pair is dated, so a day
    is that of the Hub: the release may have come to ModelScope on another.
    """
    year = evidence.releases_in_year_to(claim["as_of"])
    families = (check["family"], *check["beside"])
    days = {name: year.filter(family=evidence.family(name))["released"].n_unique() for name in families}
    own = days[check["family"]]
    mine = year.filter(family=check["family"])
    there = evidence.on_modelscope(mine)
    elsewhere = there["released"].n_unique()
    beside = words.listed([f"{name} on {words.number(days[name])}" for name in check["beside"]])
    why = (
        f"In the year to {words.day(claim['as_of'])} {check['family']} had releases on "
        f"{words.counted(own, 'day')}, {beside}; one release a month would be {words.number(check['at_least'])} days; "
        f"packages find {words.number(there.height)} of its {words.counted(mine.height, 'release')} on ModelScope "
        f"under its own name, from {words.counted(elsewhere, 'day')}, though none says when they came there."
    )
    measured = (
        f"{words.number(own)} days with a release in a year; those of {words.number(elsewhere)} on ModelScope too"
    )
    met = sum(found >= check["at_least"] for found in (own, elsewhere))
    return Found(by_readings(met, 2), measured, why, min(own, elsewhere), max(own, elsewhere), "days")


def near(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That there is always a current release close to a need: the share of the plane that is covered."""
    family = evidence.family(check["family"])
    covered = evidence.plane_covered(claim["as_of"])
    if family not in covered:
        return undecided("The register has no dated release of it before the claim.")
    rules = {"within half a doubling in size": "index", "within one, at up to twice the age": "index_loose"}
    shares = {label: float(covered[family][rule]) for label, rule in rules.items()}
    others = {name: covered.get(evidence.family(name), {"index": 0, "index_loose": 0}) for name in check["beside"]}
    beside = words.listed(
        [
            f"{name} {words.percent(other['index'])} or {words.percent(other['index_loose'])}"
            for name, other in others.items()
        ]
    )
    met = sum(share >= check["at_least"] for share in shares.values())
    measured = " or ".join(f"{words.percent(share)} ({label})" for label, share in shares.items())
    is_ahead = all(covered[family]["index"] > other["index"] for other in others.values())
    ahead = ": more than any family beside it, but not always" if met < len(shares) and is_ahead else ""
    why = (
        f"On {words.day(claim['as_of'])} a current {check['family']} release covers {measured} of the grid of sizes "
        f"and modalities{ahead}; always means {words.percent(check['at_least'])} here; by the same two rules: {beside}."
    )
    verdict = by_readings(met, len(shares))
    return Found(verdict, measured, why, **ends(shares.values(), "share of cells"), readings=len(shares), met=met)


def pursued(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That makers pursued releases of several sizes over time with a family; others of theirs stand beside."""
    family = evidence.family(check["family"])
    released = evidence.releases_until(claim["as_of"]).filter(family=family)
    if released.is_empty():
        return Found("fails", None, f"The register dates no release of {family} by {words.day(claim['as_of'])}.")
    sizes, days = by_size(released)["size"].n_unique(), released["released"].n_unique()
    last = released["released"].max()
    year = evidence.releases_in_year_to(claim["as_of"]).filter(pl.col("country").is_in(check["countries"]))
    theirs = year.drop_nulls("family")
    own, others = theirs.filter(family=family).height, theirs["family"].n_unique()
    measured = f"{words.number(sizes)} sizes on {words.number(days)} days"
    why = (
        f"By {words.day(claim['as_of'])} {family} came in {words.number(sizes)} sizes on {words.number(days)} days, "
        f"the last of them {words.day(last)}; in the year before it is {words.number(own)} of "  # type: ignore[arg-type]
        f"{words.number(theirs.height)} registered releases of {words.number(others)} families by makers in "
        f"{check['place']}."
    )
    return Found("holds" if min(sizes, days) >= check["at_least"] else "fails", measured, why)


def annual(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That a family was updated once a year: the days between its generations, and between all its release days.

    A generation begins on the first day of a release whose name has its number, as `check.generation` finds it.
    """
    released = evidence.releases_until(claim["as_of"]).filter(family=evidence.family(check["family"]))
    dated = released.drop_nulls("released").select(
        "released", generation=pl.col("model").str.extract(check["generation"])
    )
    days = dated["released"].unique().sort()
    if days.len() < 3:
        return undecided(f"The register dates fewer than three release days of {check['family']}.")
    first_days = dated.drop_nulls("generation").group_by("generation").agg(pl.col("released").min())["released"].sort()
    gaps = {"by generation": _days_between(first_days), "by release day": _days_between(days)}
    middles = {reading: _middle(between) for reading, between in gaps.items() if between}
    met = sum(middle >= check["at_least"] for middle in middles.values())
    since = (claim["as_of"] - days[-1]).days
    between = [words.number(gap) for gap in gaps["by generation"]]
    generations = (
        f"{words.number(first_days.len())} generations, {words.listed(between)} days apart; " if between else ""
    )
    measured = (
        f"{generations}{words.number(days.len())} release days, {words.number(middles['by release day'])} days apart "
        "at the median"
    )
    why = (
        f"By {words.day(claim['as_of'])} {check['family']} came in {measured}, where an annual update would be "
        f"{words.number(check['at_least'])} days or more; after {words.day(days[-1])} there was none for "
        f"{words.number(since)} days; whether a generation or any release is an update decides, and whom the essay "
        "means by it, it does not say."
    )
    verdict = by_readings(met, len(middles))
    return Found(verdict, measured, why, **ends(middles.values(), "days"), readings=len(middles), met=met)


def _days_between(days: pl.Series) -> list[int]:
    """Days between neighbours, in their order."""
    return days.diff().dt.total_days().drop_nulls().to_list()


def _middle(gaps: list[int]) -> float:
    return float(statistics.median(gaps))


def inherits(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """That derivatives keep what their base decided, as far as configurations show it: the vocabulary."""
    share = evidence.fact(check["share"])["value"]
    text = evidence.fact(check["sentence"])["text"]
    if share is None:
        return undecided(text)
    verdict = "depends_on_definition" if share >= check["at_least"] else "fails"
    why = f"{text.rstrip('.')}; {check['but']}."
    return Found(verdict, f"{words.percent(share)} keep the vocabulary", why, share, share, "share")


def default(claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether MoE models are the default: half or more of releases, repositories and downloads."""
    shares = {name: share_of_mixtures(asked, claim, evidence) for name, asked in check["populations"].items()}
    known = {name: float(share) for name, share in shares.items() if share is not None}
    judged = {
        name: share
        for name, share in known.items()
        if _is_of_the_hub(claim, evidence) or name not in check["of_the_hub"]
    }
    in_words = {name: f"{words.percent(share)} of {name}" for name, share in known.items()}
    measured = "; ".join(in_words.values())
    if not judged:
        return undecided("The register dates no release of the last year.", measured or None)
    met = sum(share >= 0.5 for share in judged.values())
    rest = [in_words[name] for name in known if name not in judged]
    lacking = [name for name in shares if name not in known]
    other = "older than the claim" if evidence.is_census else "which is not the Hub"
    beside = (
        f"; in this {evidence.coverage}, {other}, they are {words.listed(rest)} of the last four whole quarters"
        if rest
        else ""
    )
    beside += f"; of {words.listed(lacking)} this snapshot cannot tell" if lacking else ""
    by_year = [in_words[name] for name in judged if name not in check["of_the_hub"]]
    by_quarter = [in_words[name] for name in judged if name in check["of_the_hub"]]
    spans = {f"the year to {words.day(claim['as_of'])}": by_year, "the last four whole quarters": by_quarter}
    shown = [f"in {span} {words.listed(found)}" for span, found in spans.items() if found]
    why = f"{words.upper(' and '.join(shown))} are MoE models; default means half or more{beside}."
    verdict = by_readings(met, len(judged))
    on_register = None if any(name in check["of_the_hub"] for name in judged) else "register"
    return Found(
        verdict, measured, why, **ends(known.values(), "share"), readings=len(judged), met=met, basis=on_register
    )


def _is_of_the_hub(claim: Claim, evidence: Evidence) -> bool:
    """Whether the snapshot is the whole Hub, and not before the claim."""
    return evidence.is_census and evidence.today >= claim["as_of"]


def share_of_mixtures(asked: Mapping[str, str], claim: Claim, evidence: Evidence) -> float | None:
    """The share of MoE models among releases of the year before whose kind is known, or as a chapter's fact has it."""
    if "fact" in asked:
        return evidence.fact(asked["fact"])["value"]
    year = evidence.releases_in_year_to(claim["as_of"])
    kinds = (flagships(year) if asked["releases"] == "flagship" else year)["mixture"].drop_nulls()
    return float((kinds == "moe").sum()) / kinds.len() if kinds.len() else None


def thesis(_claim: Claim, check: Check, evidence: Evidence) -> Found:
    """Whether derivatives follow surface or quality: the verdict of the count model, where it is not refused.

    Surface alone is what the essay says; quality alone, or neither, is not; where both go with more
    derivatives, the other one is the counter-fact.
    """

    def fact(name: str) -> Fact:
        return evidence.fact(check["facts"][name])

    verdict = check["verdicts"].get(fact("verdict")["value"])
    if verdict is None:
        reason = fact("reason")["text"].rstrip(".").replace(". ", "; ")
        return undecided(f"{check['otherwise']}: {reason[:1].lower()}{reason[1:]}.")
    effects = {side: float(value) for side in ("surface", "quality") if (value := fact(side)["value"]) is not None}
    measured = "; ".join(f"{side} {words.times(effect)} times" for side, effect in effects.items())
    low, high = min(effects.values(), default=None), max(effects.values(), default=None)
    return Found(verdict, measured or None, fact("sentence")["text"], low, high, "times")


RULES: Mapping[str, Rule] = {
    "distills": Rule(distills),
    "same_shape": Rule(same_shape),
    "annual": Rule(annual),
    "inherits": Rule(inherits),
    "span": Rule(span),
    "frequent": Rule(frequent),
    "near": Rule(near),
    "pursued": Rule(pursued),
    "default": Rule(default),
    "thesis": Rule(thesis, on_its_day=True),
}
