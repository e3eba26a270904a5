"""What the chapter on cross-pollination may quote: whom a distillation counts for, and which family feeds which."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables


def facts(tables: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    del params
    releases = tables["distillations"]["release"].n_unique()
    return (
        {"distillations.releases": fact(releases, words.number(releases), _LEDGER)}
        | credit_facts(tables["distillation_credit"])
        | flow_facts(tables["family_flows"], tables["relations"])
    )


def credit_facts(credit: pl.DataFrame) -> Facts:
    """What changes when the descendants of distillations count for the base."""
    source = "data/out/pollination/distillation_credit.parquet"
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
            every = declared["distilled_all"][0]
            counted = words.word(int(bases["distilled"].sum()))
            title = f"Counted by base, {counted} derivatives of distillations belong to {names}"
            wording = (
                f"{words.number(every)} repositories bear the name of a registered distillation. Counted for the "
                f"family that each names, {_gains(declared)}{_for_nobody(every, declared)}. Credited to the bases, "
                f"{_gains(bases)}{_for_nobody(every, bases)}."
            )
        else:
            remaining = given.get(("to_base", owner), (0, 0))[1]
            title = (
                f"{words.number(many)} of {owner}’s {words.number(everything)} derivatives "
                f"build on {names} by way of distillations"
            )
            rises = [
                _rise(family, given.get(("as_declared", family), (0, 0))[1], given[("to_base", family)][1])
                for family in bases["family"]
            ]
            wording = (
                f"Counted for the family that each names, {owner} has {words.number(everything)} derivatives here, "
                f"{words.number(many)} of them "
                f"through distilled releases. With these credited to their bases, {owner} keeps "
                f"{words.number(remaining)}; {words.listed(rises)}."
            )
    return {"distillations.sentence": sentence(wording, source), "distillations.title": sentence(title, source)}


_LEDGER = "pipeline/register/derivatives/distillations.csv"
_CREDIT = ["credit", "family", "evidence", "distilled", "derivatives"]


def _gains(bases: pl.DataFrame) -> str:
    return words.listed(
        [
            f"{words.number(many)} {'counts' if many == 1 else 'count'} for {family}"
            for family, many in bases.select("family", "distilled").iter_rows()
        ]
    )


def _for_nobody(every: int, credited: pl.DataFrame) -> str:
    """How many of all derivatives count for no family; more counts than derivatives: some count for several."""
    counted = int(credited["distilled"].sum())
    if counted > every:
        return ", some for more than one"
    rest = every - counted
    return f", and {words.word(rest)} {'counts' if rest == 1 else 'count'} for no family" if rest else ""


def _rise(family: str, before: int, after: int) -> str:
    if before == after:
        return f"{family} stays at {words.number(after)}, since it had them already by other parents"
    verb = "rises" if after > before else "falls"
    return f"{family} {verb} from {words.number(before)} to {words.number(after)}"


def flow_facts(flows: pl.DataFrame, relations: pl.DataFrame) -> Facts:
    """Which family feeds which most, and what merges across families join, where the snapshot declares merges."""
    source = "data/out/pollination/family_flows.parquet"
    facts: Facts = {}
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
        title = _answers(flows) or (
            f"Most often {giver} went into {taker}: {words.number(models)} of {words.number(every)} models"
        )
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


def _answers(flows: pl.DataFrame) -> str:
    """`DeepSeek’s answers went into Qwen 16 times, into Llama twice`: the teacher of most, and whom it taught most."""
    taught = flows.filter(kind="distillation").sort("models", "to_family", descending=[True, False])
    if taught.is_empty():
        return ""
    by_teacher = taught.group_by("from_family").agg(pl.col("models").sum())
    teacher = by_teacher.sort("models", "from_family", descending=[True, False])["from_family"][0]
    into = taught.filter(from_family=teacher).select("to_family", "models").head(2).rows()
    return f"{teacher}’s answers went into " + ", into ".join(f"{family} {_often(n)}" for family, n in into)


def _often(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{words.number(count)} times")


KIND_WORDS = {"distillation": "distillation", "finetune": "fine-tuning", "merge": "merging"}
