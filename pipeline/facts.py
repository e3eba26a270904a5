"""Stage `facts`: every number and sentence that prose, figures and claims may quote.

A fact is a value with its words, its unit and the table it is from. Sentences whose direction
depends on a result (more, less, about as many; rose, fell) are facts too, so that a fork's text
stays true. A value that the snapshot cannot give is null, and its words say so in the place where
the number would stand. Keys read like paths: `derivatives.headline.ratio`.
"""

from datetime import date
from typing import Any

import polars as pl

from pipeline import (
    bases_facts,
    benchmark_facts,
    cost_facts,
    essay,
    explorer_facts,
    held,
    published_facts,
    reconciliation_facts,
    register,
    schemas,
    surface_facts,
    tables,
    thesis_facts,
    timeline_facts,
    vendors_facts,
    words,
)
from pipeline.lead import Lead, Leads
from pipeline.params import Params
from pipeline.params import Report as Compared
from pipeline.paths import Paths
from pipeline.quotes import Fact as Fact
from pipeline.quotes import Facts, fact, sentence


def run(paths: Paths, params: Params) -> None:
    """Read every table in data/out and the register; write facts.json."""
    from pipeline import anatomy_facts, claims_facts  # they make facts with this module
    from pipeline.facts_undeclared import undeclared_facts  # it builds on this module
    from pipeline.moe_facts import mixture_facts

    out = {path.stem: tables.read(path) for path in sorted(paths.out.glob("*.parquet"))}
    known = {name: register.load(name, paths.register) for name in _REGISTER}
    core = tables.read(paths.core / "models.parquet")
    provenance = tables.read_json(paths.provenance)
    facts: Facts = {}
    facts |= snapshot_facts(provenance, core)
    holds = holdings(provenance, out["relations"])
    facts |= held_facts(holds)
    facts |= report_facts(params)
    facts |= derivative_facts(out, params)
    facts |= lineage_facts(out)
    facts |= anatomy_facts.quote(out, params, holds)
    facts |= bases_facts.all_facts(out, params, provenance)
    facts |= surface_facts.quote(out, params, holds)
    facts |= thesis_facts.quote(out, params)
    facts |= undeclared_facts(out, params, holds)
    facts |= moe_facts(out, known["machines"], holds)
    facts |= mixture_facts(out, known["memory_rules"])
    facts |= cost_facts.quote(out, known["assumptions"], known["serving_reports"], params)
    facts |= register_facts(known)
    facts |= vendors_facts.quote(out, params, provenance["coverage"])
    facts |= published_facts.quote(out["published_counts"], out["published_growth"])
    facts |= timeline_facts.quote(out, known["events"], known["api_prices"])
    facts |= benchmark_facts.quote(out["benchmarks"])
    facts |= explorer_facts.quote(out["explorer_summary"])
    facts |= claims_facts.quote(paths, params, out)
    facts |= reconciliation_facts.quote(out["reconciliation"], out["packed"], holds)
    facts |= reconciliation_facts.followers(
        tables.read(paths.raw / "organisations.parquet"), register.load("organisations", paths.register)
    )
    facts |= claims_facts.none(essay.read(paths), facts, out["definitions"], holds)
    tables.write_json(facts, paths.facts, by_line=True)


_REGISTER = (
    "api_prices",
    "assumptions",
    "benchmarks",
    "events",
    "machines",
    "memory_rules",
    "releases",
    "serving_reports",
)


def load(paths: Paths) -> Facts:
    """The facts that the stage wrote."""
    return tables.read_json(paths.facts)


# --------------------------------------------------------------------------------------- snapshot


def snapshot_facts(provenance: dict[str, Any], core: pl.DataFrame) -> Facts:
    """What the snapshot is and how far it reaches."""
    source = "data/raw/provenance.json"
    day = date.fromisoformat(provenance["date"])
    coverage = provenance["coverage"]
    undated = core["created_month"].null_count()
    can = {
        "census": "It lists every public model of the Hub on that day, so counts, shares and ranks of the Hub can be "
        "read from it.",
        "slice": "It holds a part of the Hub that was chosen for another purpose, so its absolute counts and its "
        "shares of the Hub mean nothing; comparisons by one rule, and how lineage is declared, can be read from it.",
        "sample": "It holds the models that a crawler found popular or trending, so its absolute counts and its "
        "shares of the Hub mean nothing; comparisons by one rule can be read from it, for models that people notice.",
    }
    short = provenance["sha256"][:8]
    line = f"Hugging Face Hub, {provenance['label']} ({coverage}), sha256 {short}"
    return {
        "snapshot.label": sentence(provenance["label"], source),
        "snapshot.coverage": sentence(coverage, source),
        "snapshot.hash": sentence(short, source),
        "snapshot.date": fact(day, words.day(day), source),
        "snapshot.month": fact(day, words.month(day), source),
        "snapshot.rows": fact(provenance["rows"], words.number(provenance["rows"]), source, "repositories"),
        "snapshot.undated": fact(undated, words.number(undated), "data/core/models.parquet", "repositories"),
        "snapshot.dated": sentence(dated(core.height, undated), "data/core/models.parquet"),
        "snapshot.uploaders": fact(
            core["author"].n_unique(), words.number(core["author"].n_unique()), "data/core/models.parquet", "uploaders"
        ),
        "snapshot.can_tell": sentence(can[coverage], source),
        "snapshot.biases": sentence(
            "; ".join(provenance["known_biases"]) if provenance["known_biases"] else "none stated", source
        ),
        "snapshot.licence": sentence(provenance["licence"], source),
        "snapshot.source_line": sentence(line, source),
        "snapshot.absent": sentence(", ".join(provenance["columns_absent"]) or "none", source),
        "snapshot.unread": sentence(
            ", ".join(f"{name} ({kind})" for name, kind in provenance["columns_unread"].items()) or "none", source
        ),
        "snapshot.outside": sentence(
            ", ".join(f"{words.number(n)} of {name}" for name, n in provenance["values_outside"].items()) or "none",
            source,
        ),
        "snapshot.floor": fact(schemas.HUB_FLOOR.date(), words.day(schemas.HUB_FLOOR), "pipeline/schemas/core.py"),
    }


def dated(repositories: int, undated: int) -> str:
    """How many repositories have a date of creation: `all but 6 of 16,849 repositories`."""
    every = words.counted(repositories, "repository")
    if undated == repositories:
        return f"none of {every}"
    return f"all but {words.number(undated)} of {every}" if undated else f"all {every}"


def holdings(provenance: dict[str, Any], relations: pl.DataFrame) -> held.Held:
    """What the snapshot holds, parents included; a repository with two relations counts twice among those with one."""
    declaring = int(relations.select(pl.sum_horizontal("models", "models_untagged").sum()).item())
    return held.of(provenance, min(declaring / provenance["rows"], 1.0))


def held_facts(holds: held.Held) -> Facts:
    """The share of repositories that have a value, by column: what rules that count by one must ask first."""
    return {
        f"snapshot.held.{column}": fact(share, words.percent(share), "data/raw/provenance.json", "share")
        for column, share in holds.shares.items()
    }


def report_facts(params: Params) -> Facts:
    """Whom the report is about."""
    source = "params.yaml"
    return {
        "report.subject": sentence(params.report.subject, source),
        "report.reference": sentence(params.report.reference, source),
        "report.minimum_derivatives": fact(
            params.derivatives.minimum_derivatives, words.number(params.derivatives.minimum_derivatives), source
        ),
        "report.grouping": sentence(params.report.grouping, source),
    }


# ------------------------------------------------------------------------------------ derivatives


def derivative_facts(out: dict[str, pl.DataFrame], params: Params) -> Facts:
    """The headline, the range over all rules, who led when, and every count."""
    subject, reference = params.report.subject, params.report.reference
    facts: Facts = {}
    ratios, definitions, counts = out["ratios"], out["definitions"], out["derivatives"]
    unsupported = definitions.filter(pl.col("in_grid") & ~pl.col("supported")).height
    facts["derivatives.grid.unsupported"] = fact(
        unsupported, words.number(unsupported), "data/out/definitions.parquet", "rules"
    )
    why = too_few(definitions, counts, params)
    facts |= headline_facts(ratios, definitions, subject, reference, why)
    facts |= grid_facts(ratios, subject, reference, why)
    facts |= year_facts(out["derivatives_yearly"], subject, reference)
    facts |= leader_facts(out["leaders"], params.report)
    facts |= stability_facts(out["rank_stability"], subject, reference)
    for definition, group, derivatives in counts.iter_rows():
        facts[f"count.{definition}.{group}"] = fact(
            derivatives, words.number(derivatives), "data/out/derivatives.parquet", "derivatives"
        )
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
    """Subject against reference under the headline definition. why: what is said where none is supported."""
    source = "data/out/ratios.parquet"
    rows = ratios.filter("is_headline").rows(named=True)
    keys = ("definition", "label", "subject", "reference", "ratio")
    if not rows:
        wording = f"No rule that params.yaml names for this page compares {subject} with {reference} here."
        wording += f" {why}" if ratios.is_empty() else " Other rules do, further down."
        title = (
            cannot_compare(subject, reference)
            if ratios.is_empty()
            else f"No rule of this page compares {subject} with {reference}"
        )
        return {f"derivatives.headline.{key}": fact(None, "", source) for key in keys} | {
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
    lead, every = Lead.of(subject, a, reference, b), Leads.of(subject, reference, ratios["ratio"].to_list())
    defined = definitions.filter(pl.col("definition") == row["definition"]).row(0, named=True)
    wording = (
        f"Counted {row['label']}, {subject} has {words.counted(a, 'derivative')} in this snapshot and {reference} "
        f"{words.number(b)}: {lead.clause() if lead.is_firm else f'too few of {lead.less} for a ratio'}."
        f"{other_rules(lead, every)}"
    )
    return {
        "derivatives.headline.definition": sentence(row["definition"], source),
        "derivatives.headline.label": sentence(row["label"], source),
        "derivatives.headline.subject": fact(a, words.number(a), source, "derivatives"),
        "derivatives.headline.reference": fact(b, words.number(b), source, "derivatives"),
        "derivatives.headline.ratio": fact(row["ratio"], words.times(row["ratio"]), source, "times"),
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
    """Who has more by the headline's rule; where more rules turn that round than not, this too."""
    wording = words.upper(lead.clause("derivatives"))
    if every.leader in (lead.leader, None) or lead.is_even:
        return wording
    return (
        f"{wording} by this page’s rule, fewer by {words.number(every.ahead)} of {words.counted(every.rules, 'rule')}"
    )


def other_rules(lead: Lead, every: Leads) -> str:
    """Whether the other rules say the same of who is ahead; nothing where all do."""
    if every.rules == 1 or (every.all_agree and lead.leader == every.leader):
        return ""
    if lead.leader is None:
        return f" {words.upper(every.clause('derivatives'))}."
    alike = every.ahead if lead.leader == every.more else every.behind
    return f" {lead.leader} is ahead by {words.number(alike)} of {words.counted(every.rules, 'rule')} in all."


def grid_facts(ratios: pl.DataFrame, subject: str, reference: str, why: str) -> Facts:
    """In how many rules of the comparison who is ahead, and by what range. why: what is said where there is no rule."""
    source = "data/out/ratios.parquet"
    n = ratios.height
    if n == 0:
        names = ("rules", "ahead", "share", "low", "high")
        return {f"derivatives.grid.{key}": fact(None, "", source) for key in names} | {
            "derivatives.grid.sentence": sentence(why, source),
            "derivatives.grid.title": sentence(cannot_compare(subject, reference), source),
            "derivatives.grid.reach": sentence(cannot_compare(subject, reference), source),
            "derivatives.grid.key": sentence(words.NOT_HERE, source),
            "derivatives.grid.key.what": sentence(f"rules compare {subject} with {reference}", source),
        }
    every = Leads.of(subject, reference, ratios["ratio"].to_list())
    ahead = every.ahead if every.more == subject else every.behind
    low, high = min(ratios["ratio"]), max(ratios["ratio"])
    title = every.title("derivatives")
    pairs = ratios.select("subject_derivatives", "reference_derivatives").unique().height
    alike = f"the {words.number(n)} rules that this snapshot supports" if n > 1 else "the one rule it supports"
    count = "count both alike and give" if n > 1 else "counts both alike and gives"
    different = "different pairs of counts" if pairs > 1 else "pair of counts"
    bare = (
        ""
        if "declared" in ratios["evidence"]
        else " None of them could use declared parents, of which it has none or too few."
    )
    wording = (
        f"{title}. {words.upper(alike)} {count} {words.number(pairs)} {different}."
        if every.all_agree or not every.ahead
        else f"{every.clause('derivatives', 'rules that this snapshot supports')}. They give {words.number(pairs)} "
        f"{different}."
    )
    key, what = (f"{words.number(every.ahead)} of {words.number(n)}", f"rules put {every.more} ahead of {every.less}")
    if words.times(every.high) == words.times(1):
        key, what = (
            f"{words.number(n)} of {words.number(n)}",
            f"rules find about as many of {subject} as of {reference}",
        )
    elif every.all_agree:
        key = every.span.removesuffix(" times as many")
        what = f"times as many derivatives of {every.more} as of {every.less}, by rule"
    return {
        "derivatives.grid.rules": fact(n, words.number(n), source, "rules"),
        "derivatives.grid.ahead": fact(ahead, words.number(ahead), source, "rules"),
        "derivatives.grid.share": fact(ahead / n, words.percent(ahead / n), source),
        "derivatives.grid.low": fact(low, words.times(low), source, "times"),
        "derivatives.grid.high": fact(high, words.times(high), source, "times"),
        "derivatives.grid.title": sentence(title, source),
        "derivatives.grid.sentence": sentence(wording + bare, source),
        "derivatives.grid.reach": sentence(f"Over {alike}: {every.reach('derivatives')}", source),
        "derivatives.grid.key": sentence(key, source),
        "derivatives.grid.key.what": sentence(what, source),
    }


def year_facts(yearly: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Who had more new derivatives in which year."""
    source = "data/out/derivatives_yearly.parquet"
    both = (
        yearly.filter(pl.col("derivatives") > 0)
        .group_by("year")
        .agg(
            pl.col("derivatives").filter(group=name).sum().alias(side)
            for side, name in (("subject", subject), ("reference", reference))
        )
        .filter(pl.col("subject") + pl.col("reference") > 0)
        .sort("year")
    )
    if both.is_empty():
        wording = f"No dated derivative of {subject} or {reference} is counted by this page’s rule."
        return {
            "derivatives.years.sentence": sentence(wording, source),
            "derivatives.years.title": sentence("No dates to count by", source),
        }
    turns = [
        (year, subject if a > b else reference if b > a else "neither")
        for year, a, b in both.select("year", "subject", "reference").iter_rows()
    ]
    return {
        "derivatives.years.sentence": sentence(
            f"By new repositories of each year, as far as dated: of the two, {leads(turns)}.", source
        ),
        "derivatives.years.title": sentence(f"Of {subject} and {reference}, {leads(turns)}", source),
        "derivatives.years.last_leader": sentence(turns[-1][1], source),
    }


def leads(turns: list[tuple[int, str]]) -> str:
    """`Llama led through 2024, Qwen since 2025` from (year, leader) in order of years."""
    spells: list[tuple[str, int, int]] = []
    for year, leader in turns:
        if spells and spells[-1][0] == leader:
            spells[-1] = (leader, spells[-1][1], year)
        else:
            spells.append((leader, year, year))
    if len(spells) == 1:
        leader, first, last = spells[0]
        led = f"{leader} led" if leader != "neither" else "neither led"
        any_ = "" if len(turns) == last - first + 1 else " that has any"
        return f"{led} in {first}" if first == last else f"{led} in every year from {first} to {last}{any_}"
    parts = []
    for place, (leader, first, last) in enumerate(spells):
        if place == 0:
            when = f"through {last}"
        elif place == len(spells) - 1:
            when = f"since {first}"
        else:
            when = f"in {first}" if first == last else f"from {first} to {last}"
        parts.append(f"{leader} {'led ' if place == 0 else ''}{when}")
    return ", ".join(parts)


def stability_facts(stability: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Where the two stand among all groups over every definition."""
    source = "data/out/rank_stability.parquet"
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
        f"Over {words.counted(stability['definitions'][0], 'definition')}, {words.listed(parts)}."
        if parts
        else ("This snapshot supports no definition under which ranks could be compared.")
    )
    return {"derivatives.ranks.sentence": sentence(wording, source)}


def leader_facts(leaders: pl.DataFrame, compared: Compared) -> Facts:
    """The families or organisations with the most derivatives under the headline definition."""
    source = "data/out/leaders.parquet"
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
    facts = {
        "derivatives.leaders.names": sentence(words.listed(names), source),
        "derivatives.leaders.groups": fact(leaders.height, words.number(leaders.height), source, "groups"),
        "derivatives.leaders.sentence": sentence(
            f"{words.listed(names)} {'have' if len(names) > 1 else 'has'} the most; {names[0]} alone has "
            f"{words.percent(first / total)} of all that the rule finds.",
            source,
        ),
    }
    facts["derivatives.leaders.title"] = sentence(_leaders_title(leaders, compared), source)
    return facts


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


# --------------------------------------------------------------------------------------- lineage


RELATION_WORDS = {
    "finetune": "fine-tunes",
    "adapter": "adapters",
    "quantized": "quantizations",
    "merge": "merges",
}


def lineage_facts(out: dict[str, pl.DataFrame]) -> Facts:
    """What is declared, what was inferred, and what was met on the way."""
    facts: Facts = {}
    source = "data/out/relations.parquet"
    relations = out["relations"]
    for row in relations.iter_rows(named=True):
        for kind in ("models", "links", "models_corrected"):
            facts[f"relations.{row['relation']}.{kind}"] = fact(row[kind], words.number(row[kind]), source)
    links = int(relations["links"].sum())
    loops = int(relations["self_links"].sum())
    facts["relations.links"] = fact(links, words.number(links), source, "links")
    facts["relations.self_links"] = fact(loops, words.number(loops), source, "links")
    if links:
        parts = [
            f"{name} {words.number(models)}"
            for name, models in relations.sort("models", descending=True).select("relation", "models").iter_rows()
            if models
        ]
        wording = (
            f"Models that declare a parent, by relation: {words.listed(parts)}. Together they hold "
            f"{words.number(links)} parent links, {words.number(loops)} of which name the model itself."
        )
        first = relations.sort("models", descending=True)["relation"][0]
        models = relations["models"].to_list()
        most = max(models) > sum(models) / 2
        title = (
            f"{'Most' if most else 'More than of any kind,'} declared derivatives do not say how they were made"
            if first == "unspecified"
            else f"{'Most declared derivatives are' if most else 'The largest group:'} {RELATION_WORDS[first]}"
        )
    else:
        wording = "No model of this snapshot declares a parent: it carries no base_model tags."
        title = "Relations are not in this snapshot"
    facts["relations.sentence"] = sentence(wording, source)
    facts["relations.title"] = sentence(title, source)
    for check, count, _ in out["lineage_checks"].iter_rows():
        facts[f"lineage.{check.replace(' ', '_')}"] = fact(
            count, words.number(count), "data/out/lineage_checks.parquet"
        )
    rules = out["inference_rules"]
    for rule, candidates, edges, _ in rules.iter_rows():
        source = "data/out/inference_rules.parquet"
        facts[f"inference.{rule}.candidates"] = fact(candidates, words.number(candidates), source)
        facts[f"inference.{rule}.edges"] = fact(edges, words.number(edges), source, "edges")
        facts[f"inference.{rule}.sentence"] = sentence(
            f"In this snapshot, {words.number(edges)} of {words.number(candidates)} "
            f"{words.plural('repository', candidates)} by registered repackagers "
            f"{'has' if edges == 1 else 'have'} such a source."
            if candidates
            else "This snapshot has no repository by a registered repackager.",
            source,
        )
    return facts


# -------------------------------------------------------------------------------------------- moe


def moe_facts(out: dict[str, pl.DataFrame], machines: pl.DataFrame, holds: held.Held) -> Facts:
    """Sizes of registered models, what holds them, and the share of mixtures."""
    facts: Facts = {}
    source = "data/out/moe.parquet"
    columns = [
        "parameters_total",
        "parameters_text",
        "parameters_active",
        "parameters_active_without_input_embedding",
        "parameters_active_without_embeddings",
        "parameters_active_published",
    ]
    for row in out["moe"].filter(pl.col("count_method") == "config").iter_rows(named=True):
        for column in columns:
            value = row[column]
            facts[f"moe.{row['model']}.{column}"] = fact(
                value, "" if value is None else words.billions(value), source, "parameters"
            )
        for bits in (16, 8, 4):
            value = row[f"weights_bytes_{bits}bit"]
            facts[f"moe.{row['model']}.weights_{bits}bit"] = fact(
                value, "" if value is None else words.gib(value), source, "bytes"
            )
        facts[f"moe.{row['model']}.mixture"] = sentence(row["mixture"], source)
    for machine, memory in machines.select("machine", "memory_bytes").iter_rows():
        facts[f"machine.{machine}.memory"] = fact(memory, words.gib(memory), "pipeline/register/machines.csv", "bytes")
        facts[f"machine.{machine}.memory.name"] = sentence(machine, "pipeline/register/machines.csv")
    for kind, memory, name in (
        machines.sort("memory_bytes", "machine")
        .group_by("kind", maintain_order=True)
        .last()
        .select("kind", "memory_bytes", "machine")
        .iter_rows()
    ):
        key = f"machines.largest.{kind.replace(' ', '_')}"
        facts[key] = fact(memory, words.gib(memory), "pipeline/register/machines.csv", "bytes")
        facts[f"{key}.name"] = sentence(name, "pipeline/register/machines.csv")
    return facts | share_facts(out["moe_share"], holds)


def share_facts(shares: pl.DataFrame, holds: held.Held) -> Facts:
    """The share of mixtures in the last whole quarter of each population."""
    source = "data/out/moe_share.parquet"
    facts: Facts = {}
    for population, key in (
        ("flagship releases", "flagship"),
        ("repositories", "repositories"),
        ("downloads", "downloads"),
    ):
        whole = shares.filter((pl.col("population") == population) & ~pl.col("is_partial")).drop_nulls("share")
        row = whole.sort("period").tail(1).rows(named=True)
        share = row[0]["share"] if row else None
        period = row[0]["period"] if row else None
        facts[f"moe.share.{key}"] = fact(share, "" if share is None else words.percent(share), source)
        facts[f"moe.share.{key}.quarter"] = fact(period, "" if period is None else words.quarter(period), source)
        year = whole.filter(pl.col("period") >= pl.col("period").max().dt.offset_by("-9mo"))
        moe, dense = int(year["moe"].sum()), int(year["dense"].sum())
        last_year = moe / (moe + dense) if moe + dense else None
        facts[f"moe.share.{key}.year"] = fact(last_year, "" if last_year is None else words.percent(last_year), source)
        facts[f"moe.share.{key}.year.n"] = fact(moe + dense, words.number(moe + dense), source)
    return facts | default_facts(facts, holds)


def default_facts(facts: Facts, holds: held.Held) -> Facts:
    """Whether mixtures of experts are the default: among flagships, among repositories, by downloads.

    Default means more than half over the last four whole quarters.
    """
    source = "data/out/moe_share.parquet"
    names = {"flagship": "flagship releases", "repositories": "repositories", "downloads": "downloads"}
    shares = {key: facts[f"moe.share.{key}.year"]["value"] for key in names}
    known = {key: share for key, share in shares.items() if share is not None}
    if "flagship" not in known:
        return {"moe.default.title": sentence("No flagship release is dated", source)} | {
            "moe.default.sentence": sentence("The register dates no flagship release in the last year.", source)
        }
    more = [names[key] for key, share in known.items() if share > 0.5]
    less = [names[key] for key, share in known.items() if share <= 0.5]
    missing = [names[key] for key in names if key not in known]
    if missing:
        parts = [f"the default of {words.listed(more)}"] if more else []
        parts += [f"not {'' if more else 'the default '}of {words.listed(less)}"] if less else []
        title = f"Mixture of experts is {', '.join(parts)}; of {words.listed(missing)} this snapshot cannot tell"
    elif not less:
        title = "Mixture of experts is the default by every measure here"
    elif not more:
        title = "Mixture of experts is not yet the default by any measure here"
    else:
        title = f"Mixture of experts is the default of {words.listed(more)}, not of {words.listed(less)}"
    wording = "; ".join(f"{words.percent(share)} of {names[key]}" for key, share in known.items())
    gap = f" Of {words.listed(missing)} this snapshot cannot tell." if missing else ""
    gap += holds.left_out("createdAt") if {"repositories", "downloads"} & known.keys() else ""
    return {
        "moe.default.title": sentence(title, source),
        "moe.default.sentence": sentence(
            f"Over the last four whole quarters, mixtures of experts are {wording}, of those whose architecture "
            f"tells.{gap}",
            source,
        ),
    }


def register_facts(known: dict[str, pl.DataFrame]) -> Facts:
    """Benchmarks, dated events and distilled releases, as the register has them."""
    facts: Facts = {}
    for row in known["benchmarks"].iter_rows(named=True):
        key = f"benchmark.{row['benchmark']}.{row['metric']}.{row['model']}"
        facts[key] = fact(row["value"], words.number(row["value"]), "pipeline/register/benchmarks.csv", row["metric"])
    for row in known["events"].iter_rows(named=True):
        facts[f"event.{row['event']}"] = fact(row["date"], words.day(row["date"]), "pipeline/register/events.csv")
    releases = known["releases"]
    for row in releases.drop_nulls("built_on").iter_rows(named=True):
        facts[f"built_on.{row['model']}"] = sentence(row["built_on"], "pipeline/register/releases.csv")
    facts["register.releases"] = fact(
        releases.height, words.number(releases.height), "pipeline/register/releases.csv", "releases"
    )
    return facts
