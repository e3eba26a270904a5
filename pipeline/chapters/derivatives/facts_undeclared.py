"""What may be quoted of undeclared lineage: how well it is inferred, and what it would add.

Sentences turn round with the tables: who leads under which evidence, which family keeps what.
"""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import PARENTS, Completeness
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables

RULE_WORDS = {"shape": "by shape", "name": "by name", "repackager": "by repackager"}
FEWEST_PROPOSALS = 10
"""Below this many proposals, a rule's precision is chance: it is kept in the table and not quoted."""


def facts(tables: Tables, params: Params) -> Facts:
    """Facts on undeclared lineage."""
    subject, reference = params.report.subject, params.report.reference
    bounds = bound_facts(tables["bounds"], subject, reference, tables.completeness)
    quality = tables["inference_quality"]
    both = precision_facts(quality, tables["bounds"], subject, reference)
    return quality_facts(quality, tables.completeness) | both | bounds


# --------------------------------------------------------------------------------------- quality


def quality_facts(quality: pl.DataFrame, holds: Completeness) -> Facts:
    """Precision and recall of each rule over all families."""
    source = "data/out/derivatives/inference_quality.parquet"
    totals = {
        rule: (declared, proposed, correct)
        for rule, declared, proposed, correct in quality.group_by("rule")
        .agg(pl.col("declared", "proposed", "correct").sum())
        .sort("rule")
        .iter_rows()
    }
    pairs = max((declared for declared, _, _ in totals.values()), default=0)
    if not pairs:
        wording = "No repository of this snapshot declares a parent, so there is nothing to hide and find again."
        title = "How well inference works cannot be measured here"
    else:
        wording = (
            f"Here {words.number(pairs)} pairs of repository and family are declared and known to their roots. "
            f"{' '.join(_quality_clause(rule, *totals[rule], seen=_seen(rule, holds)) for rule in RULE_WORDS)}"
        )
        quoted = [rule for rule in RULE_WORDS if totals[rule][1] >= FEWEST_PROPOSALS]
        parts = [
            f"{RULE_WORDS[rule]} {words.percent(totals[rule][2] / totals[rule][1])} of proposals are right "
            f"and {words.percent(totals[rule][2] / totals[rule][0])} of families found"
            if rule == quoted[0]
            else f"{RULE_WORDS[rule]} {words.percent(totals[rule][2] / totals[rule][1])} and "
            f"{words.percent(totals[rule][2] / totals[rule][0])}"
            for rule in quoted
        ]
        title = words.upper("; ".join(parts)) if parts else "The rules propose too little to be judged here"
    return {
        "undeclared.pairs": fact(pairs or None, words.number(pairs), source),
        "undeclared.quality.sentence": sentence(wording, source),
        "undeclared.quality.title": sentence(title, source),
    }


def precision_facts(quality: pl.DataFrame, bounds: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Both bounds of each rule's precision for subject and reference, and what they do to the ratio of its estimate."""
    source = "data/out/derivatives/inference_quality.parquet"
    parts = []
    for rule, called in RULE_WORDS.items():
        rows = {
            name: quality.filter(pl.col("rule") == rule, pl.col("family") == name).rows(named=True)
            for name in (subject, reference)
        }
        judged = [found[0] for found in rows.values() if found and found[0]["proposed"] >= FEWEST_PROPOSALS]
        if len(judged) < len(rows):
            continue
        spans = [
            " to ".join(words.percent(end) for end in sorted((row["precision_all"], row["precision"])))
            + f" for {row['family']}"
            for row in judged
        ]
        parts.append(f"{called}, precision is {words.listed(spans)}{_scaled(judged, bounds, rule)}")
    wording = (
        "On all that declare a parent, whatever their roots, precision is another than where roots are known. Between "
        f"the two: {'; '.join(parts)}."
        if parts
        else f"For {subject} and {reference} no precision can be given here."
    )
    return {"undeclared.precision": sentence(wording, source)}


def _scaled(judged: list[dict[str, Any]], bounds: pl.DataFrame, rule: str) -> str:
    """The ratio of both estimates with what is added scaled by either bound of precision."""
    found = {row["group"]: row for row in bounds.filter(pl.col("rule") == rule).iter_rows(named=True)}
    if any(row["family"] not in found for row in judged):
        return ""
    ratios = []
    for bound in ("precision_all", "precision"):
        counts = [
            found[row["family"]]["lower"]
            + (found[row["family"]]["estimate"] - found[row["family"]]["lower"]) * row[bound]
            for row in judged
        ]
        if not all(counts):
            return ""
        ratios.append(counts[0] / counts[1])
    first, second = (row["family"] for row in judged)
    return f", so that its estimate is {words.span(min(ratios), max(ratios))} of {first} for one of {second}"


def _seen(rule: str, holds: Completeness) -> bool:
    """Whether the snapshot has what a rule looks at: any has names, not any has shapes."""
    return rule != "shape" or holds.has("safetensors", "config")


def _quality_clause(rule: str, declared: int, proposed: int, correct: int, *, seen: bool) -> str:
    name = RULE_WORDS[rule].capitalize()
    if not seen:
        return f"{name} nothing can be proposed: this snapshot has neither stored sizes nor configurations."
    if proposed < FEWEST_PROPOSALS:
        many = "one family is" if proposed == 1 else f"{words.word(proposed)} families are"
        return f"{name}, {many} proposed, too few to judge."
    right, found = words.percent(correct / proposed), words.percent(correct / declared)
    return f"{name}, {right} of the proposals are right and {found} of the declared families are found."


# ---------------------------------------------------------------------------------------- bounds


def bound_facts(bounds: pl.DataFrame, subject: str, reference: str, holds: Completeness) -> Facts:
    """What inference adds to subject and reference, and whether it changes who is ahead."""
    source = "data/out/derivatives/bounds.parquet"
    values = {(group, rule): (lower, estimate) for group, rule, lower, estimate in bounds.iter_rows()}
    lower = {name: max(values.get((name, rule), (0, 0))[0] for rule in RULE_WORDS) for name in (subject, reference)}
    counted = {
        rule: tuple(values.get((name, rule), (0, 0))[1] for name in (subject, reference))
        for rule in RULE_WORDS
        if any(values.get((name, rule), (0, 0))[1] > lower[name] for name in (subject, reference))
    }
    wording = [
        f"as declared, {subject} has {words.counted(lower[subject], 'derivative')} and {reference} "
        f"{words.number(lower[reference])}"
    ]
    named = {rule: RULE_WORDS[rule] for rule in counted}
    if counted and any(lower.values()):  # what is proposed stands beside what is declared, and holds it
        first = next(iter(counted))
        named[first] = f"with proposals {named[first]}"
    wording += [f"{named[rule]} {words.number(a)} and {words.number(b)}" for rule, (a, b) in counted.items()]
    evidence = {"as declared": (lower[subject], lower[reference])} if any(lower.values()) else {}
    evidence |= {named[rule]: pair for rule, pair in counted.items()}
    title = ahead(evidence, subject, reference)
    if not any(lower.values()):
        wording[0] = (
            f"as declared, neither {subject} nor {reference} has any"
            if holds.has(PARENTS)
            else f"nothing is declared here, so {subject} and {reference} have no lower bound"
        )
    return {
        "undeclared.bounds.sentence": sentence(f"{words.upper('; '.join(wording))}.", source),
        "undeclared.bounds.title": sentence(title, source),
    }


def ahead(evidence: dict[str, tuple[int, int]], subject: str, reference: str) -> str:
    """`Qwen is ahead as declared, Llama by name; by shape they are about even`."""
    if not evidence:
        return f"Neither {subject} nor {reference} has derivatives under any rule here"
    leads: dict[str, list[str]] = {}
    for words_of, (a, b) in evidence.items():
        leader = {1: subject, 0: "even", -1: reference}[words.order(a, b)]
        leads.setdefault(leader, []).append(words_of)
    if len(leads) == 1:
        leader, wording = next(iter(leads.items()))
        if leader == "even":
            return f"{subject} and {reference} are about even {words.listed(wording)}"
        other = reference if leader == subject else subject
        return f"{leader} is ahead of {other} {words.listed(wording)}"
    turns = [(leader, words.listed(wording)) for leader, wording in leads.items() if leader != "even"]
    parts = [
        f"{leader} is ahead {wording}" if place == 0 else f"{leader} {wording}"
        for place, (leader, wording) in enumerate(turns)
    ]
    even = f"; {words.listed(leads['even'])} they are about even" if "even" in leads else ""
    return ", ".join(parts) + even
