"""What the chapter on surface area may quote of the tested thesis: its verdict, effects, and what it rests on.

Keys are there whether a model was fitted or refused; the sentence of an effect that was not measured gives the reason.
"""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.surface.schema import CADENCE, SCORE, SURFACE

_TERMS, _FIT, _EXPECTED = (f"data/out/surface/{name}.parquet" for name in ("thesis", "thesis_fit", "thesis_expected"))

Effect = dict[str, Any] | None
"""A row of the table `thesis`; None where it was not measured."""
EFFECTS = {"surface": ("surface", SURFACE), "cadence": ("cadence", CADENCE), "quality": ("quality", SCORE)}
"""Name of an effect: the model and term that it is read from."""

MORE = {
    "surface": "ten points of the grid more covered at release",
    "cadence": "five release days a year more",
    "quality": "ten points more on {benchmark}",
}
TITLES = {
    "surface": "Derivatives follow surface area; no clear trace of quality",
    "quality": "Derivatives follow quality; no clear trace of surface area",
    "both": "Derivatives follow both surface area and quality",
    "neither": "Derivatives follow neither surface area nor quality clearly",
    "refused": "Whether derivatives follow surface or quality is not known here",
}


def facts(out: Tables, params: Params) -> Facts:
    """Every fact of the tested thesis."""
    fits = {row["model"]: row for row in out["thesis_fit"].iter_rows(named=True)}
    wanted = params.thesis
    refused = fits["surface"]["refused"]
    effects = {name: effect(out["thesis"], name) for name in EFFECTS}
    verdict = judge(effects, wanted.significance, refused, fits["quality"]["refused"])
    reason = fits["surface"]["reason"] or fits["quality"]["reason"]
    facts: Facts = {
        "thesis.verdict": sentence(verdict, _TERMS),
        "thesis.reason": sentence(reason, _FIT),
        "thesis.title": sentence(_title(verdict, effects, wanted.significance), _TERMS),
        "thesis.sentence": sentence(_sentence(verdict, effects, wanted.significance, reason), _TERMS),
        "thesis.fit.sentence": sentence(_worth(fits["surface"], out["thesis_expected"]), _EXPECTED),
        "thesis.needs": sentence(
            f"a census of the Hub with declared parents, at least {words.number(wanted.minimum_releases)} releases "
            f"that are dated, sized and at least {wanted.minimum_age_days} days old, of at least "
            f"{words.word(wanted.minimum_families)} families, with {words.number(wanted.minimum_derivatives)} "
            f"derivatives; for quality, {words.number(wanted.minimum_scored)} of them with a score on "
            f"{wanted.benchmark}",
            "params.yaml",
        ),
        "thesis.significance": fact(wanted.significance, f"{wanted.significance:g}", "params.yaml"),
        "thesis.benchmark": sentence(f"{wanted.benchmark} ({wanted.metric})", "params.yaml"),
    }
    for unit in ("releases", "families"):
        count = fits["surface"][unit]
        facts[f"thesis.surface.{unit}"] = fact(count, words.number(count), _FIT, unit)
    for name in ("surface", "quality"):
        row = effects[name]
        facts[f"thesis.{name}.effect"] = (
            fact(row["rate_ratio"], words.times(row["rate_ratio"]), _TERMS, "times") if row else fact(None, "", _TERMS)
        )
    for name, row in effects.items():
        wording = _effect_sentence(name, row, fits[EFFECTS[name][0]], params, refused=refused)
        facts[f"thesis.{name}.sentence"] = sentence(wording, _TERMS if row else _FIT)
    return facts | _family_facts(out["thesis_expected"], params)


def judge(effects: dict[str, Effect], significance: float, refused: bool, unscored: bool) -> str:
    """The verdict: which of the two goes clearly with more derivatives.

    One of `surface`, `quality`, `both`, `neither`, `quality_not_measured` and `refused`.
    """
    if refused:
        return "refused"
    if unscored:
        return "quality_not_measured"
    surface, quality = (direction(effects[name], significance) > 0 for name in ("surface", "quality"))
    return {(True, False): "surface", (False, True): "quality", (True, True): "both"}.get((surface, quality), "neither")


def direction(row: Effect, significance: float) -> int:
    """1 where more of it clearly goes with more derivatives, -1 with fewer, 0 where neither is clear."""
    if row is None or row["p"] > significance:
        return 0
    if row["without_low"] > 1 and row["rate_ratio"] > 1:
        return 1
    return -1 if row["without_high"] < 1 and row["rate_ratio"] < 1 else 0


def effect(terms: pl.DataFrame, name: str) -> Effect:
    """The row that an effect is read from."""
    model, term = EFFECTS[name]
    rows = terms.filter(pl.col("model") == model, pl.col("term") == term).rows(named=True)
    return rows[0] if rows else None


def _title(verdict: str, effects: dict[str, Effect], significance: float) -> str:
    if verdict == "quality_not_measured":
        follows = direction(effects["surface"], significance)
        clauses = {1: "Derivatives follow surface area", -1: "Derivatives run against surface area"}
        return f"{clauses.get(follows, 'Derivatives do not clearly follow surface area')}; quality is not measured here"
    return TITLES[verdict]


NOT_HERE = "Not measured here, for the reason above."


def _effect_sentence(name: str, row: Effect, fit: dict[str, Any], params: Params, *, refused: bool) -> str:
    """What an effect is, how sure, and whether it is clear; or why it was not measured."""
    if row is None:
        if not fit["refused"]:
            return "The other terms of the model add up to this one."
        return NOT_HERE if refused else fit["reason"]
    more = MORE[name].format(benchmark=params.thesis.benchmark)
    spread = (
        f"{words.times(row['without_low'])} (without {row['without_low_family']}) to "
        f"{words.times(row['without_high'])} (without {row['without_high_family']})"
    )
    return (
        f"With {more}, a release has {words.times(row['rate_ratio'])} times the derivatives, "
        f"all else in the model alike; p = {chance(row['p'])} over "
        f"{words.number(row['arrangements'])} arrangements of the {words.number(fit['families'])} families, and "
        f"leaving out one family moves it from {spread}. This is {_clear(row, params.thesis.significance)} by "
        "the rule of this section."
    )


def _clear(row: Effect, significance: float) -> str:
    return "clear" if direction(row, significance) else "not clear"


def chance(p: float) -> str:
    """0.0005 as `0.0005`, 0.173 as `0.17`."""
    return words.significant(p, 2 if p >= 0.01 else 1)


def _sentence(verdict: str, effects: dict[str, Effect], significance: float, reason: str) -> str:
    """The finding in one or two sentences, with its numbers."""
    if verdict == "refused":
        return reason

    def times(row: dict[str, Any], of: str) -> str:
        return f"{words.times(row['rate_ratio'])} times{of} ({_clear(row, significance)}, p = {chance(row['p'])})"

    covered, scored = effects["surface"], effects["quality"]
    surface = (
        f"ten points more of the grid covered go with {times(covered, ' the derivatives')}"
        if covered
        else "surface area cannot be separated from the other terms"
    )
    if verdict == "quality_not_measured":
        return f"Among releases alike in size, kind, licence and age, {surface}. Quality is not measured: {reason}"
    quality = (
        f"ten points more on the benchmark with {times(scored, '')}"
        if scored
        else "the benchmark cannot be separated from the other terms"
    )
    return (
        f"Among releases alike in size, kind, licence and age, {surface}; {quality}. "
        "Both are associations: what a family's earlier success brought it is in them."
    )


def _worth(fit: dict[str, Any], expected: pl.DataFrame) -> str:
    """How well the first model fits: dispersion, deviance, and the counts it expects."""
    if fit["refused"]:
        return "No model was fitted, so there is nothing to check."
    better = fit["log_likelihood"] - fit["log_likelihood_constant"]
    zero = expected.filter(pl.col("model") == "surface", pl.col("kind") == "count", pl.col("category") == "0")
    observed, thought = zero["observed"].item(), zero["expected"].item()
    return (
        f"The dispersion is {words.times(fit['alpha'])}: counts "
        f"vary far more than chance alone would have them, which a Poisson model denies (log likelihood "
        f"{words.number(round(fit['log_likelihood_poisson']))}, here {words.number(round(fit['log_likelihood']))}). "
        f"The terms together are worth {words.number(round(better))} over one rate for all. The Pearson statistic is "
        f"{words.times(fit['pearson'])} a degree of freedom, where 1 is a good fit. Of {words.number(fit['releases'])} "
        f"releases {words.number(observed)} have no derivative; the model expects {words.number(round(thought))}."
    )


def _family_facts(expected: pl.DataFrame, params: Params) -> Facts:
    """Subject and reference beside what the traits of their releases would have them have."""
    rows = {
        row["category"]: row
        for row in expected.filter(pl.col("model") == "surface", pl.col("kind") == "family").iter_rows(named=True)
    }
    if not rows:
        return {
            "thesis.families.title": sentence("No expectation to compare families with", _EXPECTED),
            "thesis.families.sentence": sentence("No family stands beside an expectation either.", _EXPECTED),
        }
    ratio = {name: row["observed"] / row["expected"] for name, row in rows.items() if row["expected"]}
    parts = [
        f"{name} has {words.times(ratio[name])} times the derivatives that the model expects of releases like its own"
        for name in (params.report.subject, params.report.reference)
        if name in ratio
    ]
    clauses = "; ".join(parts) or "Neither subject nor reference has enough releases for the model"
    within = sum(0.5 <= value <= 2 for value in ratio.values())
    return {
        "thesis.families.title": sentence(
            f"{words.word(within).capitalize()} of {words.word(len(ratio))} families are within twice or half of "
            "what the model expects",
            _EXPECTED,
        ),
        "thesis.families.sentence": sentence(f"{clauses}.", _EXPECTED),
    }
