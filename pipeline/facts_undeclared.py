"""Facts of the sections on undeclared lineage, distillations and flows between families.

Sentences turn round with the tables: who leads under which evidence, which family keeps what.
"""

import polars as pl

from pipeline import words
from pipeline.facts import Facts, fact, sentence
from pipeline.held import PARENTS, Held
from pipeline.params import Params

RULE_WORDS = {"shape": "by shape", "name": "by name", "repackager": "by repackager"}
FEWEST_PROPOSALS = 10
"""Below this many proposals, a rule's precision is chance: it is kept in the table and not quoted."""


def undeclared_facts(out: dict[str, pl.DataFrame], params: Params, holds: Held) -> Facts:
    """Everything that the three sections quote."""
    subject, reference = params.report.subject, params.report.reference
    return (
        quality_facts(out["inference_quality"], holds)
        | bound_facts(out["bounds"], subject, reference, holds)
        | distillation_facts(out["distillations"], out["distillation_credit"])
        | flow_facts(out["family_flows"], out["relations"])
    )


# --------------------------------------------------------------------------------------- quality


def quality_facts(quality: pl.DataFrame, holds: Held) -> Facts:
    """Precision and recall of each rule over all families."""
    source = "data/out/inference_quality.parquet"
    totals = {
        rule: (declared, proposed, correct)
        for rule, declared, proposed, correct in quality.group_by("rule")
        .agg(pl.col("declared", "proposed", "correct").sum())
        .sort("rule")
        .iter_rows()
    }
    facts: Facts = {}
    for rule in RULE_WORDS:
        declared, proposed, correct = totals.get(rule, (0, 0, 0))
        declared = declared if _seen(rule, holds) else 0
        precision = correct / proposed if proposed >= FEWEST_PROPOSALS else None
        recall = correct / declared if declared else None
        key = f"undeclared.{rule}"
        facts[f"{key}.precision"] = fact(precision, words.percent(precision or 0), source)
        facts[f"{key}.recall"] = fact(recall, words.percent(recall or 0), source)
        facts[f"{key}.proposed"] = fact(
            proposed if totals and _seen(rule, holds) else None, words.number(proposed), source
        )
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
    facts["undeclared.pairs"] = fact(pairs or None, words.number(pairs), source)
    facts["undeclared.quality.sentence"] = sentence(wording, source)
    facts["undeclared.quality.title"] = sentence(title, source)
    return facts


def _seen(rule: str, holds: Held) -> bool:
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


def bound_facts(bounds: pl.DataFrame, subject: str, reference: str, holds: Held) -> Facts:
    """What inference adds to subject and reference, and whether it changes who is ahead."""
    source = "data/out/bounds.parquet"
    facts: Facts = {}
    values = {(group, rule): (lower, estimate) for group, rule, lower, estimate in bounds.iter_rows()}
    lower = {name: max(values.get((name, rule), (0, 0))[0] for rule in RULE_WORDS) for name in (subject, reference)}
    for name in (subject, reference):
        facts[f"undeclared.{name}.lower"] = fact(lower[name], words.number(lower[name]), source, "repositories")
        for rule in RULE_WORDS:
            estimate = values.get((name, rule), (0, 0))[1]
            key = f"undeclared.{name}.{rule}"
            facts[key] = fact(estimate if _seen(rule, holds) else None, words.number(estimate), source, "repositories")
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
    facts["undeclared.bounds.sentence"] = sentence(f"{words.upper('; '.join(wording))}.", source)
    facts["undeclared.bounds.title"] = sentence(title, source)
    return facts


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


# ------------------------------------------------------------------------------------ distillations


def distillation_facts(counts: pl.DataFrame, credit: pl.DataFrame) -> Facts:
    """What changes when the descendants of distillations count for the base."""
    source = "data/out/distillation_credit.parquet"
    ledger = counts.filter(pl.col("credit") == "both")
    releases = ledger.height
    facts: Facts = {
        "distillations.releases": fact(releases, words.number(releases), "pipeline/register/distillations.csv"),
        "distillations.with": fact(
            ledger.filter(pl.col("derivatives") > 0).height,
            words.number(ledger.filter(pl.col("derivatives") > 0).height),
            "data/out/distillations.parquet",
        ),
    }
    given = {(rule, family): (d, n) for rule, family, _, d, n in credit.select(_CREDIT).iter_rows()}
    distilled = credit.filter(pl.col("distilled") > 0)
    declared = distilled.filter(pl.col("credit") == "as_declared").sort("distilled", "family", descending=[True, False])
    bases = distilled.filter(pl.col("credit") == "to_base").sort("distilled", "family", descending=[True, False])
    if bases.is_empty():
        wording = "No repository of this snapshot is known to build on a registered distillation."
        title = "No distillation has derivatives here"
    elif declared.is_empty():
        wording = f"Credited to the bases, {_gains(bases)}; as declared, no family counts any of them."
        title = f"Distillations count for {words.listed(bases['family'].to_list())} through their bases alone"
    else:
        owner, many = declared["family"][0], declared["distilled"][0]
        names = words.listed(bases["family"].to_list())
        everything = given[("as_declared", owner)][1]
        if everything is None:
            title = f"Counted by base, {words.word(many)} derivatives of {owner}’s distillations belong to {names}"
            wording = (
                f"{words.number(many)} repositories that are not {owner}’s own bear the name of one of its "
                f"distillations. Credited to the bases, {_gains(bases)}."
            )
        else:
            kept = given.get(("to_base", owner), (0, 0))[1]
            title = (
                f"{words.number(many)} of {owner}’s {words.number(everything)} derivatives "
                f"build on {names} by way of distillations"
            )
            rises = [
                _rise(family, given.get(("as_declared", family), (0, 0))[1], given[("to_base", family)][1])
                for family in bases["family"]
            ]
            wording = (
                f"As declared, {owner} has {words.number(everything)} derivatives here, {words.number(many)} of them "
                f"through distilled releases. With these credited to their bases, {owner} keeps {words.number(kept)}; "
                f"{words.listed(rises)}."
            )
    facts["distillations.sentence"] = sentence(wording, source)
    facts["distillations.title"] = sentence(title, source)
    for (rule, family), (many, everything) in given.items():
        facts[f"distillations.{rule}.{family}.distilled"] = fact(many, words.number(many), source)
        facts[f"distillations.{rule}.{family}.derivatives"] = fact(
            everything, words.number(everything or 0), source, "repositories"
        )
    return facts


_CREDIT = ["credit", "family", "evidence", "distilled", "derivatives"]


def _gains(bases: pl.DataFrame) -> str:
    return words.listed(
        [f"{words.number(many)} count for {family}" for family, many in bases.select("family", "distilled").iter_rows()]
    )


def _rise(family: str, before: int, after: int) -> str:
    if before == after:
        return f"{family} stays at {words.number(after)}, since it had them already by other parents"
    verb = "rises" if after > before else "falls"
    return f"{family} {verb} from {words.number(before)} to {words.number(after)}"


# ----------------------------------------------------------------------------------------- flows


def flow_facts(flows: pl.DataFrame, relations: pl.DataFrame) -> Facts:
    """Which family feeds which most, and what merges across families join, where the snapshot declares merges."""
    source = "data/out/family_flows.parquet"
    facts: Facts = {}
    for kind in ("distillation", "finetune", "merge"):
        models = int(flows.filter(pl.col("kind") == kind)["models"].sum())
        facts[f"flows.{kind}"] = fact(models, words.number(models), source, "models")
    pairs = (
        flows.group_by("from_family", "to_family")
        .agg(pl.col("models").sum())
        .sort("models", "from_family", "to_family", descending=[True, False, False])
    )
    if pairs.is_empty():
        facts["flows.title"] = sentence("No family feeds another here", source)
        facts["flows.sentence"] = sentence("The register and this snapshot hold no flow between families.", source)
    else:
        giver, taker, models = pairs.row(0)
        every = int(pairs["models"].sum())
        title = f"{giver} into {taker} is the widest flow: {words.number(models)} of {words.number(every)} models"
        kinds = flows.filter(pl.col("from_family") == giver, pl.col("to_family") == taker).sort(
            "models", "kind", descending=[True, False]
        )
        parts = [f"{words.number(n)} by {KIND_WORDS[kind]}" for kind, n in kinds.select("kind", "models").iter_rows()]
        if len(parts) == 1:
            parts = [f"all by {KIND_WORDS[kinds['kind'][0]]}"]
        facts["flows.title"] = sentence(title, source)
        facts["flows.sentence"] = sentence(
            f"The widest flow is from {giver} into {taker}: {words.number(models)} models, {words.listed(parts)}.",
            source,
        )
    merges = flows.filter(pl.col("kind") == "merge")
    crossing, mixed = int(merges["models"].sum()), int(merges["by_weights"].sum())
    if not relations.filter(relation="merge")["models"].sum():
        wording = "This snapshot declares no merges, so it cannot show whether merges cross families."
    elif not crossing:
        wording = "No declared merge of this snapshot has parents whose roots lie in different families."
    else:
        wording = (
            f"Declared merges link different families {words.number(crossing)} times. With distillations read as the "
            f"bases whose weights they have, {words.word(mixed) if mixed else 'none'} of these links "
            f"{'still joins' if mixed < 2 else 'still join'} different families"
            + ("." if mixed else ": they cross in name, not in weights.")
        )
    facts["flows.merges.sentence"] = sentence(wording, source)
    return facts


KIND_WORDS = {"distillation": "distillation", "finetune": "fine-tuning", "merge": "merging"}
