"""What the chapter on derivatives may quote: who has more by the headline's rule, by every rule, and by quarter."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, report_facts, sentence
from pipeline.base.lead import Lead, Leads
from pipeline.base.params import Params
from pipeline.base.params import Report as Compared
from pipeline.base.results import Tables
from pipeline.chapters.derivatives import (
    facts_bases,
    facts_inherited,
    facts_lead,
    facts_lines,
    facts_opening,
    facts_published,
    facts_quarters,
    facts_relations,
    facts_steps,
    facts_undeclared,
)
from pipeline.counting.results import distinct


def facts(tables: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    counted = derivative_facts(tables, params)
    found = (
        report_facts(params)
        | counted
        | facts_quarters.quarter_facts(tables["derivatives_quarterly"], params.report.subject, params.report.reference)
        | facts_lines.line_facts(tables["organisation_lines"], tables["register/families"], params)
        | facts_bases.facts(tables, params)
        | facts_undeclared.facts(tables, params)
        | facts_published.facts(tables, params)
        | facts_relations.facts(tables, params)
        | facts_steps.step_facts(tables["published_steps"])
        | facts_inherited.facts(tables, params)
        | facts_lead.facts(tables, params, counted["derivatives.grid.title"]["text"])
    )
    counters = dict(tables["published_counts"].select("publisher", "counter").iter_rows())
    return found | facts_opening.opening_facts(
        tables["lead"],
        counters,
        facts_relations.largest_of(tables["published_by_base"], params.report.subject),
        found,
        params.report,
    )


def derivative_facts(out: Tables, params: Params) -> Facts:
    """The headline, the range over all rules, and who ranks where."""
    subject, reference = params.report.subject, params.report.reference
    facts: Facts = {}
    ratios, definitions, counts = out["ratios"], out["definitions"], out["derivatives"]
    unsupported = definitions.filter(pl.col("in_grid") & ~pl.col("supported")).height
    facts["derivatives.grid.unsupported"] = fact(
        unsupported, words.number(unsupported), "data/out/derivatives/definitions.parquet", "rules"
    )
    why = too_few(definitions, counts, params)
    facts |= headline_facts(ratios, definitions, subject, reference, why)
    facts |= grid_facts(ratios, subject, reference, why)
    facts |= leader_facts(out["leaders"], params.report)
    facts |= stability_facts(out["rank_stability"], subject, reference)
    return facts


MEANINGS = {
    "declared": "if its model card names one of the {grouping}’s models as its base",
    "declared_or_inferred": "if its card names one of the {grouping}’s models as its base or, where it names none, "
    "if its name shows it to be a conversion of one",
    "shape": "if it has the shape of one of the {grouping}’s releases: the same architecture tag and exactly the same "
    "number of parameters, or the same layers, width and vocabulary",
    "name": "if its own name bears the {grouping}’s name",
}
"""What each kind of evidence means, before a number is given."""


def meaning(definition: dict[str, Any]) -> str:
    """A definition as one sentence for a reader."""
    grouping = definition["grouping"]
    article = {"family": "a", "organisation": "an"}[grouping]
    wording = (
        f"A repository counts for {article} {grouping} {MEANINGS[definition['evidence']].format(grouping=grouping)}"
    )
    if definition["reach"] == "transitive":
        wording += ", or reaches one through other derivatives"
    if definition["relations"] not in (None, "all"):
        wording += f"; {definition['relations'].replace('_', ' ')} only"
    if definition["min_downloads"]:
        wording += f"; with at least {definition['min_downloads']} downloads in 30 days"
    if definition["unit"] == "uploaders":
        wording += "; uploaders are counted, not repositories"
    return wording + "."


def too_few(definitions: pl.DataFrame, counts: pl.DataFrame, params: Params) -> str:
    """Why a rule that does not compare the two does not, with the most that any rule finds of both."""
    subject, reference = params.report.subject, params.report.reference
    of = {
        name: counts.filter(group=name).select("definition", pl.col("derivatives").alias(name))
        for name in (subject, reference)
    }
    found = (
        definitions.filter("in_grid")
        .select("definition", "label")
        .join(of[subject], on="definition", how="left")
        .join(of[reference], on="definition", how="left")
        .with_columns(pl.col(subject, reference).fill_null(0))
        .with_columns(both=pl.col(subject) + pl.col(reference))
        .sort("both", "definition", descending=[True, False])
    )
    least = words.number(params.derivatives.minimum_derivatives)
    needed = f"A comparison takes {least} derivatives of {subject} and {reference} together and some of each"
    if found.is_empty() or not found["both"][0]:
        return f"{needed}; no rule finds any here."
    most = found.row(0, named=True)
    wording = words.listed([f"{words.number(most[name])} of {name}" for name in (subject, reference)])
    return f"{needed}; the rule that finds most here ({most['label']}) finds {wording}."


def cannot_compare(subject: str, reference: str) -> str:
    """The title where no rule compares the two."""
    return f"Too few derivatives to compare {subject} with {reference}"


def headline_facts(ratios: pl.DataFrame, definitions: pl.DataFrame, subject: str, reference: str, why: str) -> Facts:
    """Subject against reference under the headline definition. why: the sentence where none is supported."""
    source = "data/out/derivatives/ratios.parquet"
    rows = ratios.filter("is_headline").rows(named=True)
    if not rows:
        wording = f"No rule that params.yaml names for this page compares {subject} with {reference} here."
        wording += f" {why}" if ratios.is_empty() else " Other rules do, further down."
        title = (
            cannot_compare(subject, reference)
            if ratios.is_empty()
            else f"No rule of this page compares {subject} with {reference}"
        )
        return {
            "derivatives.headline.definition": fact(None, "", source),
            "derivatives.headline.label": fact(None, "", source),
            "derivatives.headline.sentence": sentence(wording, source),
            "derivatives.headline.meaning": sentence(
                "This page counts by the first rule that compares the two.", source
            ),
            "derivatives.headline.title": sentence(title, source),
            "derivatives.headline.doubt": sentence(
                "A snapshot with more of both, or with declared parents, could compare them", source
            ),
        }
    row = rows[0]
    a, b = row["subject_derivatives"], row["reference_derivatives"]
    lead, every = Lead.of(subject, a, reference, b), over_results(ratios, subject, reference)
    defined = definitions.filter(pl.col("definition") == row["definition"]).row(0, named=True)
    wording = (
        f"Counted {row['label']}, {subject} has {words.counted(a, 'derivative')} in this snapshot and {reference} "
        f"{words.number(b)}: {lead.clause() if lead.is_firm else f'too few of {lead.less} for a ratio'}."
        f"{other_rules(lead, every)}"
    )
    return {
        "derivatives.headline.definition": sentence(row["definition"], source),
        "derivatives.headline.label": sentence(row["label"], source),
        "derivatives.headline.sentence": sentence(wording, source),
        "derivatives.headline.meaning": sentence(meaning(defined), source),
        "derivatives.headline.title": sentence(headline_title(lead, every), source),
        "derivatives.headline.doubt": sentence(
            "What is not declared, and what was deleted since, is missing from this page’s first rule"
            if defined["evidence"].startswith("declared")
            else "A census of the Hub with declared parents would replace the rule of this page by declared lineage, "
            "direct and through other derivatives",
            source,
        ),
    }


def headline_title(lead: Lead, every: Leads) -> str:
    """Who has more by the headline's rule; where more results turn that round than not, this too."""
    wording = words.upper(lead.clause("derivatives"))
    if every.leader in (lead.leader, None) or lead.is_even:
        return wording
    return (
        f"{wording} by this page’s rule, fewer by {words.number(every.ahead)} of {words.counted(every.rules, 'result')}"
    )


def other_rules(lead: Lead, every: Leads) -> str:
    """Whether the results of other rules say the same of who is ahead; nothing where all do."""
    if every.rules == 1 or (every.all_agree and lead.leader == every.leader):
        return ""
    if lead.leader is None:
        return f" {words.upper(_clause(every))}."
    alike = every.ahead if lead.leader == every.more else every.behind
    return f" {lead.leader} is ahead by {words.number(alike)} of {words.counted(every.rules, 'result')} in all."


def over_results(ratios: pl.DataFrame, subject: str, reference: str) -> Leads:
    """Who is ahead over the different results of the rules, each counted once."""
    return Leads.of(subject, reference, distinct(ratios)["ratio"].to_list())


KINDS = {
    "declared": "declared links",
    "declared_or_inferred": "declared or inferred links",
    "shape": "shape",
    "name": "name",
}
"""Each kind of evidence, after `by`."""
CONVERSIONS = "conversions matched by name"
"""What links are where no rule can use declared ones."""


def kind_leads(ratios: pl.DataFrame, subject: str, reference: str) -> dict[str, Leads]:
    """Who is ahead over the results of each kind of evidence, in words that follow `by`, strongest evidence first."""
    rows = distinct(ratios)
    names = KINDS if "declared" in ratios["evidence"] else KINDS | {"declared_or_inferred": CONVERSIONS}
    found = {kind: rows.filter(evidence=kind) for kind in names}
    return {
        names[kind]: Leads.of(subject, reference, of_kind["ratio"].to_list())
        for kind, of_kind in found.items()
        if of_kind.height
    }


def kinds_sentence(ratios: pl.DataFrame, subject: str, reference: str) -> str:
    """What each kind of evidence gives, on how many results, and on how many derivatives of the group with fewer."""
    rows = distinct(ratios)
    every = over_results(ratios, subject, reference)
    column = "reference_derivatives" if every.less == reference else "subject_derivatives"
    names = {KINDS[kind]: kind for kind in KINDS} | {CONVERSIONS: "declared_or_inferred"}
    parts = []
    for name, leads_of in kind_leads(ratios, subject, reference).items():
        counts = rows.filter(evidence=names[name])[column]
        fewest, most = words.number(min(counts)), words.number(max(counts))
        on = fewest if fewest == most else f"{fewest} to {most}"
        find = "finds" if leads_of.rules == 1 else "find"
        base = f"{words.counted(leads_of.rules, 'result')}, which {find} {on} of {every.less}"
        parts.append(f"by {name}, {_finding(leads_of)} ({base})")
    return f"{words.upper('; '.join(parts))}."


def _clause(every: Leads) -> str:
    """Who is ahead over results that do not agree, with the range on both sides."""
    if every.leader is None and every.ahead:
        return f"{every.title('derivatives', 'result')}: {every.reach('derivatives')}"
    return every.clause("derivatives", "results")


def _finding(every: Leads) -> str:
    if every.all_agree:
        return f"{every.more} has {every.span}"
    if not every.ahead:
        return "both have as many"
    if every.leader is None:
        return f"each is ahead by {words.number(every.ahead)}"
    return f"{every.leader} is ahead by {words.number(every.ahead)}"


def grid_title(every: Leads, kinds: Mapping[str, Leads]) -> str:
    """Who has more, by which kinds of evidence."""
    if every.rules == 1 or not (every.all_agree or not every.ahead):
        return every.title("derivatives", "result" if every.rules > 1 else "rule")
    return every.title("derivatives", "kind of evidence here" if len(kinds) > 1 else f"rule of {next(iter(kinds))}")


def grid_facts(ratios: pl.DataFrame, subject: str, reference: str, why: str) -> Facts:
    """Who is ahead over the different results of all rules, by what range. why: the sentence where no rule compares."""
    source = "data/out/derivatives/ratios.parquet"
    n = ratios.height
    if n == 0:
        names = ("rules", "results", "share", "low", "high")
        return {f"derivatives.grid.{key}": fact(None, "", source) for key in names} | {
            "derivatives.grid.sentence": sentence(why, source),
            "derivatives.grid.title": sentence(cannot_compare(subject, reference), source),
            "derivatives.grid.reach": sentence(cannot_compare(subject, reference), source),
        }
    every, kinds = over_results(ratios, subject, reference), kind_leads(ratios, subject, reference)
    results = every.rules
    ahead = every.ahead if every.more == subject else every.behind
    low, high = min(ratios["ratio"]), max(ratios["ratio"])
    title = grid_title(every, kinds)
    without_declared = (
        ""
        if "declared" in ratios["evidence"]
        else " No rule could use declared parents, of which this snapshot has none or too few."
    )
    wording = title if every.all_agree or not every.ahead else _clause(every)
    many = f"{words.counted(n, 'rule')} {'gives' if n == 1 else 'give'} {words.counted(results, 'different result')}"
    return {
        "derivatives.grid.rules": fact(n, words.number(n), source, "rules"),
        "derivatives.grid.results": fact(results, words.number(results), source, "results"),
        "derivatives.grid.share": fact(ahead / results, words.percent(ahead / results), source),
        "derivatives.grid.low": fact(low, words.times(low), source, "times"),
        "derivatives.grid.high": fact(high, words.times(high), source, "times"),
        "derivatives.grid.title": sentence(title, source),
        "derivatives.grid.sentence": sentence(
            f"{wording}. {kinds_sentence(ratios, subject, reference)} {many}.{without_declared}", source
        ),
        "derivatives.grid.reach": sentence(f"{words.upper(many)}: {every.reach('derivatives')}", source),
    }


def stability_facts(stability: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Where the two stand among all groups over every definition."""
    source = "data/out/derivatives/rank_stability.parquet"
    parts = []
    for name in (subject, reference):
        rows = stability.filter(pl.col("group") == name).rows(named=True)
        if rows:
            row = rows[0]
            reach = (
                f"always {row['rank_best']}"
                if row["rank_best"] == row["rank_worst"]
                else f"from {row['rank_best']} to {row['rank_worst']}, {row['rank_median']:g} at the median"
            )
            parts.append(f"{name}’s rank is {reach}")
    wording = (
        f"Over {words.counted(stability['results'][0], 'different result')}, {words.listed(parts)}."
        if parts
        else ("This snapshot supports no definition under which ranks could be compared.")
    )
    return {"derivatives.ranks.sentence": sentence(wording, source)}


def leader_facts(leaders: pl.DataFrame, compared: Compared) -> Facts:
    """The families or organisations with the most derivatives under the headline definition."""
    source = "data/out/derivatives/leaders.parquet"
    top = leaders.sort("rank", "group").head(5)
    if top.is_empty():
        return {
            "derivatives.leaders.title": sentence("Who has most is not counted here", source),
            "derivatives.leaders.sentence": sentence(
                "Ranks go by the rule of this page, and none of its rules compares the two here.", source
            ),
        }
    names = top["group"].to_list()
    total = leaders["derivatives"].sum()
    first = top["derivatives"][0]
    return {
        "derivatives.leaders.title": sentence(_leaders_title(leaders, compared), source),
        "derivatives.leaders.sentence": sentence(
            f"{words.listed(names)} {'have' if len(names) > 1 else 'has'} the most; {names[0]} alone has "
            f"{words.percent(first / total)} of all that the rule finds.",
            source,
        ),
    }


def _leaders_title(leaders: pl.DataFrame, compared: Compared) -> str:
    """Who leads, where that is one of the two compared; else the places of these two."""
    ordered = leaders.sort("rank", "group").select("group", "rank", "derivatives").rows()
    if len(ordered) == 1:
        return f"{ordered[0][0]} alone has derivatives here"
    (first, _, most), (second, _, next_most) = ordered[:2]
    pair = (compared.subject, compared.reference)
    placed = [(group, rank) for group, rank, _ in ordered if group in pair]
    if first in pair or not placed:
        lead = Lead.of(first, most, second, next_most)
        if lead.is_even:
            return f"{first} and {second} lead, about level"
        return f"{first} leads, {second} is second: {words.times(most / next_most)} to one"
    none = [group for group in pair if group not in dict(placed)]
    wording = words.listed(
        [*(f"{group} is number {rank}" for group, rank in placed), *(f"{group} has none" for group in none)]
    )
    groups = {"family": "families", "organisation": "organisations"}[compared.grouping]
    return f"Of {words.number(len(ordered))} {groups}, {wording}"
