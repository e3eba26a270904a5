"""What the chapter on lineage may quote: numbers and sentences of the its tables.

Every title and every direction word is computed here. Where the snapshot cannot tell, the title says
so and the sentence is the same short one everywhere: the chapter gives the reason once, on top.
"""

import itertools

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.facts import Fact, Facts, fact, sentence
from pipeline.base.lead import Lead
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.base.vocabulary import LICENCE_MOVES
from pipeline.base.words import leads
from pipeline.chapters.lineage.schema import ALL, UNKNOWN_OWNER, UNSTATED

CANNOT_TELL = "This snapshot cannot tell."
RELATIONS = {
    "finetune": "fine-tunes",
    "adapter": "adapters",
    "quantized": "quantizations",
    "merge": "merges",
    "unspecified": "derivatives without a stated relation",
}
FEW = 10
"""Years with fewer new derivatives have no leader, unless all have so few."""
TIED = "no one alone"
SECTIONS = {
    "growth": ("growth", "country"),
    "uploaders": ("uploaders", "largest", "without_ten"),
    "intermediaries": ("chains", "intermediaries"),
    "depth": ("depth", "chain"),
}
"""Sections whose findings stand in one paragraph."""
LONGEST_TITLE = 3
"""Spells of leadership that a title can hold."""


def facts(out: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    holds = out.completeness
    declared = int(out["growth_monthly"].height or out["longest_chain"].height)
    facts = declared_facts(out, bool(declared))
    facts |= growth_facts(out["growth_monthly"], holds) | country_facts(out["growth_country"])
    facts |= uploader_facts(out["uploaders"], out["uploaders_largest"])
    facts |= without_ten_facts(out["uploaders"], params.report.subject, params.report.reference)
    facts |= chain_facts(out["chains"]) | intermediary_facts(out["intermediaries"])
    facts |= depth_facts(out["depths"]) | longest_facts(out["longest_chain"])
    facts |= half_life_facts(out["half_lives"], params, holds)
    facts |= licence_facts(out["licence_changes"]) | download_facts(out["download_shares"])
    return facts | section_facts(facts | {"anatomy.chain.sentence": longest_sentence(out["longest_chain"])})


def section_facts(facts: Facts) -> Facts:
    """The findings of each section as one paragraph; what the snapshot cannot show is said once."""
    wording: Facts = {}
    for section, parts in SECTIONS.items():
        found = [facts[f"anatomy.{part}.sentence"] for part in parts]
        text = " ".join(dict.fromkeys(part["text"] for part in found))
        wording[f"anatomy.section.{section}"] = sentence(text, found[0]["source"])
    return wording


def declared_facts(out: Tables, declared: bool) -> Facts:
    """The chapter's title, and what it can show on this snapshot."""
    source = "data/out/lineage/uploaders.parquet"
    if not declared:
        shown = "No repository of this snapshot declares a parent, so most of this chapter cannot be computed from it: "
        shown += "it gives the definitions that a snapshot with declared lineage would fill in."
        if out["licence_drift"].height:
            shown += " Only licences can be followed, along edges that were inferred from names."
        return {
            "anatomy.title": sentence("Lineage from the inside: what this snapshot cannot tell", source),
            "anatomy.sentence": sentence(shown, source),
            "anatomy.declared": fact(0, "no", source, "repositories"),
        }
    kinds = out["download_shares"].filter(pl.col("kind") != "none_declared")
    derivatives = int(kinds["repositories"].sum())
    wording = (
        "In this snapshot one repository declares a parent."
        if derivatives == 1
        else f"In this snapshot {words.number(derivatives)} repositories declare a parent."
    )
    everyone = out["uploaders"].filter(pl.col("group") == ALL)
    title = "How declared derivatives come about"
    if everyone.height:
        row = everyone.row(0, named=True)
        many = row["uploaders"]
        title = (
            f"Ten of {words.number(many)} uploaders made {words.percent(row['top_10'])} of all derivatives"
            if many > 10
            else f"{words.upper(words.word(many))} {words.plural('uploader', many)} made all derivatives"
        )
    return {
        "anatomy.title": sentence(title, source),
        "anatomy.sentence": sentence(wording, "data/out/lineage/download_shares.parquet"),
        "anatomy.declared": fact(derivatives, words.number(derivatives), source, "repositories"),
    }


# ----------------------------------------------------------------------------------------- growth


def growth_facts(monthly: pl.DataFrame, holds: Completeness) -> Facts:
    """Which relation led in which year, and the month with most new derivatives."""
    source, key = "data/out/lineage/growth_monthly.parquet", "anatomy.growth"
    if monthly.is_empty():
        return _missing(key, "Growth by relation", source)
    kinds = monthly.filter(pl.col("relation") != "all").with_columns(name=pl.col("relation").replace_strict(RELATIONS))
    turns = _yearly_leaders(kinds, "month", "name")
    peak = monthly.filter(pl.col("relation") == "all").sort(["derivatives", "month"], descending=[True, False])
    total = int(peak["derivatives"].sum())
    parts = (
        kinds.group_by("name").agg(pl.col("derivatives").sum()).sort(["derivatives", "name"], descending=[True, False])
    )
    untold = set(kinds.filter(pl.col("derivatives") > 0)["relation"]) == {"unspecified"}
    title = "Derivatives do not say how they were made here" if untold else words.upper(_leading(turns))
    listed = words.listed([f"{words.number(count)} {name}" for name, count in parts.iter_rows() if count])
    listed = "none of them states its relation" if untold else listed
    many = "One derivative has" if total == 1 else f"{words.number(total)} derivatives have"
    wording = (
        f"{many} a date: {listed}. Most came in {words.month(peak['month'][0])}, "
        f"{words.number(peak['derivatives'][0])} of them.{holds.left_out('createdAt')}"
    )
    return {
        f"{key}.title": sentence(title, source),
        f"{key}.sentence": sentence(wording, source),
    }


def country_facts(quarterly: pl.DataFrame) -> Facts:
    """Which country's models are built on most, by year, and how many parents have an unknown owner."""
    source, key = "data/out/lineage/growth_country.parquet", "anatomy.country"
    known = quarterly.filter(~pl.col("country").is_in([UNKNOWN_OWNER, "Unknown", "International"]))
    if known.is_empty():
        return _missing(key, "Growth by country", source)
    turns = _yearly_leaders(known, "quarter", "country")
    sums = (
        quarterly.group_by("country")
        .agg(pl.col("derivatives").sum())
        .sort(["derivatives", "country"], descending=[True, False])
    )
    top = sums.filter(pl.col("country").is_in(known["country"].implode())).head(3)
    unknown = int(sums.filter(pl.col("country") == UNKNOWN_OWNER)["derivatives"].sum())
    listed = words.listed([f"{country} {words.number(count)}" for country, count in top.iter_rows()])
    whole = int(sums["derivatives"].sum())
    gap = (
        f" {words.number(unknown)} name a parent whose owner is not on the register, {words.percent(unknown / whole)} "
        "of all, where one with parents from two countries counts for both."
        if unknown
        else ""
    )
    return {
        f"{key}.title": sentence(f"Parents by country: {_leading(turns)}", source),
        f"{key}.sentence": sentence(f"By the country of the parent’s organisation: {listed}.{gap}", source),
    }


def _yearly_leaders(counts: pl.DataFrame, period: str, name: str) -> list[tuple[int, str]]:
    """(year, name with most), in order of years; a year in which two have as many has no leader."""
    yearly = (
        counts.group_by(pl.col(period).dt.year().alias("year"), name)
        .agg(pl.col("derivatives").sum())
        .filter(pl.col("derivatives") > 0)
        .with_columns(of=pl.col("derivatives").sum().over("year"), most=pl.col("derivatives").max().over("year"))
        .filter((pl.col("of") >= FEW) | (pl.col("of").max() < FEW))
        .filter(pl.col("derivatives") == pl.col("most"))
        .group_by("year")
        .agg(pl.col(name).first(), tied=pl.len() > 1)
        .with_columns(pl.when("tied").then(pl.lit(TIED)).otherwise(name).alias(name))
        .sort("year")
    )
    return list(yearly.select("year", name).iter_rows())


def _leading(turns: list[tuple[int, str]]) -> str:
    """Who led when, as a title; with many changes only the last two spells."""
    spells = [[year for year, _ in spell] for _, spell in itertools.groupby(turns, key=lambda turn: turn[1])]
    if len(spells) <= LONGEST_TITLE:
        return leads(turns)
    names = dict(turns)
    before, last = spells[-2:]
    when = f"in {before[0]}" if len(before) == 1 else f"from {before[0]} to {before[-1]}"
    return f"{names[before[0]]} led {when}, {names[last[0]]} since {last[0]}"


# -------------------------------------------------------------------------------------- uploaders


def uploader_facts(groups: pl.DataFrame, largest: pl.DataFrame) -> Facts:
    """How concentrated uploading is."""
    source, key = "data/out/lineage/uploaders.parquet", "anatomy.uploaders"
    if groups.is_empty():
        return _missing(key, "Concentration", source) | _missing("anatomy.largest", "The largest uploaders", source)
    row = groups.filter(pl.col("group") == ALL).row(0, named=True)
    first = largest.sort("rank").row(0, named=True)
    first_share = words.percent(first["repositories"] / row["repositories"])
    packs = largest.sort("rank").head(10)["is_repackager"].sum()
    n = row["uploaders"]
    wording = (
        f"{words.number(row['repositories'])} direct derivatives come from {words.number(n)} "
        f"{words.plural('uploader', n)}. The largest one per cent of uploaders made "
        f"{words.percent(row['top_1_percent'])}, the ten largest {words.percent(row['top_10'])}, the hundred largest "
        f"{words.percent(row['top_100'])}; "
        f"the Gini coefficient is {row['gini']:.2f}."
    )
    return {
        f"{key}.title": sentence(
            f"The largest one per cent of uploaders made {words.percent(row['top_1_percent'])} of derivatives", source
        ),
        f"{key}.sentence": sentence(wording, source),
        "anatomy.largest.title": sentence(
            f"{first['uploader']} alone made {first_share} of derivatives",
            "data/out/lineage/uploaders_largest.parquet",
        ),
        "anatomy.largest.sentence": sentence(
            f"The largest uploader, {first['uploader']}, has {words.number(first['repositories'])}; of the ten "
            f"largest, {repackagers(int(packs))}.",
            "data/out/lineage/uploaders_largest.parquet",
        ),
        f"{key}.repositories": fact(row["repositories"], words.number(row["repositories"]), source, "repositories"),
        f"{key}.uploaders": fact(n, words.number(n), source, "uploaders"),
    }


def without_ten_facts(groups: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Subject against reference with and without the ten largest uploaders of all."""
    source, key = "data/out/lineage/uploaders.parquet", "anatomy.without_ten"
    rows = {row["group"]: row for row in groups.iter_rows(named=True)}
    if not {subject, reference} <= rows.keys():
        return _missing(key, "The count without mass uploaders", source)
    with_them, without = (
        Lead.of(subject, rows[subject][column], reference, rows[reference][column])
        for column in ("repositories", "repositories_without_ten")
    )
    title = f"Without the ten largest uploaders, {without.clause()}"
    if with_them.ratio and without.ratio and with_them.leader and with_them.leader == without.leader:
        ratio = words.times(with_them.ratio)
        title += ", as with them" if ratio == words.times(without.ratio) else f", not {ratio}"
    wording = (
        f"With every uploader, {with_them.clause()} ({with_them.counts}); without the ten that upload most over all "
        f"families, {without.clause()} ({without.counts})."
    )
    return {f"{key}.title": sentence(title, source), f"{key}.sentence": sentence(wording, source)}


# ----------------------------------------------------------------------------------------- chains


def chain_facts(chains: pl.DataFrame) -> Facts:
    """Through whose hands derivatives come."""
    source, key = "data/out/lineage/chains.parquet", "anatomy.chains"
    if chains.is_empty():
        return _missing(key, "Chains", source)
    row = chains.filter(pl.col("group") == ALL).row(0, named=True)
    n = row["derivatives"]
    ways = ("straight", "through_own", "through_others", "through_repackagers")
    text = {name: words.percent(row[name] / n) for name in ways}
    packed = f"{text['through_repackagers']} have" if row["through_repackagers"] else "None has"
    wording = (
        f"Of {words.number(n)} derivatives, {text['straight']} come straight from the makers, {text['through_own']} "
        f"through their own uploader’s derivatives alone and {text['through_others']} through those of others. "
        f"{packed} a registered repackager’s repository above them."
    )
    return {
        f"{key}.title": sentence(
            f"{text['through_others']} of derivatives come through other people’s derivatives", source
        ),
        f"{key}.sentence": sentence(wording, source),
    }


def intermediary_facts(between: pl.DataFrame) -> Facts:
    """The intermediary with most descendants."""
    source, key = "data/out/lineage/intermediaries.parquet", "anatomy.intermediaries"
    if between.is_empty():
        return _missing(key, "Intermediaries", source)
    row = between.sort("rank").row(0, named=True)
    wording = (
        f"The largest intermediary, {row['id']}, has {words.counted(row['n_descendants'], 'descendant')}, "
        f"{words.number(row['n_children'])} of them direct."
    )
    name = row["id"].split("/")[-1]
    title = f"{name} alone has {words.counted(row['n_descendants'], 'descendant')}"
    return {
        f"{key}.title": sentence(title, source),
        f"{key}.sentence": sentence(wording, source),
    }


# ------------------------------------------------------------------------------------------ depth


def depth_facts(depths: pl.DataFrame) -> Facts:
    """How far derivatives are from their roots."""
    source, key = "data/out/lineage/depths.parquet", "anatomy.depth"
    below = depths.filter((pl.col("depth") > 0) & (pl.col("models") > 0)).sort("depth")
    if below.is_empty():
        return _missing(key, "Depth", source)
    n = int(below["models"].sum())
    one = int(below.filter(pl.col("depth") == 1)["models"].sum())
    ten = int(below.filter(pl.col("depth") >= 10)["models"].sum())
    deepest = int(below["depth"][-1])
    steps = f"{words.word(deepest)} {words.plural('step', deepest)}"
    wording = (
        f"{words.percent(one / n)} of {words.number(n)} derivatives stand one step from their root, "
        f"{words.percent(ten / n)} ten steps or more. The longest chain has {steps}."
    )
    title = (
        f"{words.percent(one / n)} of derivatives are one step from a root, the deepest {words.word(deepest)} "
        f"{words.plural('step', deepest)}"
    )
    return {
        f"{key}.title": sentence(title, source),
        f"{key}.sentence": sentence(wording, source),
    }


_CHAIN = "data/out/lineage/longest_chain.parquet"


def longest_facts(chain: pl.DataFrame) -> Facts:
    """How long the longest chain is."""
    steps = chain.height - 1
    title = (
        f"The longest chain, link by link: {words.number(steps)} {words.plural('step', steps)}"
        if steps > 0
        else "The longest chain: not in this snapshot"
    )
    return {"anatomy.chain.title": sentence(title, _CHAIN)}


def longest_sentence(chain: pl.DataFrame) -> Fact:
    """Who made the longest chain, and how: a part of its section's paragraph."""
    if chain.height < 2:
        return sentence(CANNOT_TELL, _CHAIN)
    ordered = chain.sort("step").with_columns(owner=pl.col("id").str.split("/").list.first())
    owners = ordered.group_by("owner").agg(pl.len().alias("n")).sort(["n", "owner"], descending=[True, False])
    steps = ordered.height - 1
    kinds = ordered["relation"].drop_nulls().value_counts().sort(["count", "relation"], descending=[True, False])
    kind, most = kinds.row(0)
    verb = "is" if most == 1 else "are"
    owned = (
        f"{owners['owner'][0]} owns {words.number(owners['n'][0])} of its {words.number(ordered.height)} repositories"
        if owners["n"][0] > 1
        else f"each of its {words.number(ordered.height)} repositories has another owner"
    )
    return sentence(
        f"One such chain leads from {ordered['id'][0]} to {ordered['id'][-1]}. {words.number(most)} of its "
        f"{words.number(steps)} {words.plural('step', steps)} {verb} {RELATIONS[kind]}, and {owned}.",
        _CHAIN,
    )


# -------------------------------------------------------------------------------------- half-life


def half_life_facts(lives: pl.DataFrame, params: Params, holds: Completeness) -> Facts:
    """How fast half of a base's derivatives come."""
    source, key = "data/out/lineage/half_lives.parquet", "anatomy.half_life"
    least, oldest = params.anatomy.half_life_derivatives, params.anatomy.half_life_age_months
    facts = {
        f"{key}.least": fact(least, words.word(least), "params.yaml", "derivatives"),
        f"{key}.oldest": fact(oldest, words.number(oldest), "params.yaml", "months"),
    }
    if lives.is_empty():
        missing = {f"{key}.{name}": fact(None, "", source) for name in ("median", "bases")}
        return facts | _missing(key, "Half-lives", source) | missing
    months = _float(lives["half_life_months"].median())
    within = _within(months)
    wording = (
        f"At the median of {words.number(lives.height)} {words.plural('base', lives.height)}, half of the derivatives "
        f"existed {within}"
    )
    windowed = lives["half_life_window_months"].drop_nulls()
    if windowed.len():
        early = _within(_float(windowed.median()))
        wording += f"; of those made in a base’s first {words.number(oldest)} months alone, half existed {early}"
    wording += "."
    return facts | {
        f"{key}.title": sentence(f"Half of a base’s derivatives came {within}, at the median", source),
        f"{key}.sentence": sentence(f"{wording}{holds.left_out('createdAt')}", source),
        f"{key}.median": fact(months, words.number(months), source, "months"),
        f"{key}.bases": fact(lives.height, words.number(lives.height), source, "bases"),
    }


def _within(months: float) -> str:
    if months < 1:
        return "in the month of release"
    count = words.word(int(months)) if months.is_integer() else words.number(months)
    return f"within {count} {'month' if months == 1 else 'months'}"


# --------------------------------------------------------------------------------------- licences


def licence_facts(changes: pl.DataFrame) -> Facts:
    """What children do to their parents' licence tags."""
    source, key = "data/out/lineage/licence_changes.parquet", "anatomy.licences"
    stated = changes.filter(~pl.col("move").is_in(UNSTATED))
    declared = stated.filter(pl.col("evidence") == "declared")
    kind, links = ("declared", declared) if declared.height else ("inferred", stated)
    if links.is_empty():
        return _missing(key, "Licences along edges", source) | {f"{key}.evidence": fact(None, "", source)}
    counts = dict(links.group_by("move").agg(pl.col("edges").sum()).iter_rows())
    n = int(links["edges"].sum())
    text = {move: words.percent(counts.get(move, 0) / n) for move in LICENCE_MOVES}
    who = "children" if kind == "declared" else "inferred conversions"
    opened, closed = counts.get("more_open", 0), counts.get("more_restricted", 0)
    if words.order(opened, closed) == 0:
        which = "it grows more open about as often as more restricted"
    else:
        more, less, word, other = (
            (opened, closed, "open", "restricted") if opened > closed else (closed, opened, "restricted", "open")
        )
        often = f"{words.times(more / less)} times as often as more {other}" if less else f"never more {other}"
        which = f"it grows more {word} {words.number(more)} times, {often}"
    changed = links.filter(~pl.col("move").is_in(["same", "to_none"]))
    pairs = changed.group_by("parent_licence", "child_licence").agg(pl.col("edges").sum())
    pairs = pairs.sort(["edges", "parent_licence", "child_licence"], descending=[True, False, False])
    common = ""
    if pairs.height:
        before, after, times = pairs.row(0)
        common = f" The most common change of tag is from {before} to {after} ({words.number(times)})."
    links_are = "parent links" if kind == "declared" else "inferred conversions"
    wording = (
        f"Of {words.number(n)} {links_are} whose two ends are known and whose parent states a licence, "
        f"{text['same']} keep its tag, {text['to_none']} state none, and "
        f"{text['same_class']} state another of the same class. Where the class changes, {which}.{common}"
    )
    return {
        f"{key}.title": sentence(f"{text['same']} of {who} keep the licence tag, {text['to_none']} drop it", source),
        f"{key}.sentence": sentence(wording, source),
        f"{key}.evidence": sentence(kind, source),
        f"{key}.n": fact(n, words.number(n), source, "edges"),
    }


# -------------------------------------------------------------------------------------- downloads


def download_facts(shares: pl.DataFrame) -> Facts:
    """The share of downloads that goes to derivatives, and how much of it to the makers' own."""
    source, key = "data/out/lineage/download_shares.parquet", "anatomy.downloads"
    derived = shares.filter(pl.col("kind") != "none_declared")
    total, downloads = int(shares["downloads"].sum()), int(derived["downloads"].sum())
    if not total or not int(derived["repositories"].sum()):
        return _missing(key, "Downloads of derivatives", source)
    own = int(derived["downloads_of_makers"].sum())
    share, others = downloads / total, (downloads - own) / total
    wording = (
        f"Of {words.large(total)} downloads in 30 days, {words.percent(share)} go to repositories that declare a "
        f"parent; {words.percent(others)} to such repositories of others than the parent’s maker."
    )
    ever = int(shares["downloads_all_time"].sum())
    if ever:
        since = words.percent(int(derived["downloads_all_time"].sum()) / ever)
        wording += f" Since the count began, {since} went to repositories that declare a parent."
    title = f"Derivatives draw {words.percent(share)} of downloads, those not by the maker {words.percent(others)}"
    if words.percent(share) == words.percent(others):
        few = "almost none" if own else "none"
        title = f"Derivatives draw {words.percent(share)} of downloads, {few} of them the makers’ own"
    return {
        f"{key}.title": sentence(title, source),
        f"{key}.sentence": sentence(wording, source),
    }


# ------------------------------------------------------------------------------------------ words


def _missing(key: str, what: str, source: str) -> Facts:
    """Title and sentence in the place of a finding that the snapshot cannot give."""
    return {
        f"{key}.title": sentence(f"{what}: not in this snapshot", source),
        f"{key}.sentence": sentence(CANNOT_TELL, source),
    }


def repackagers(count: int) -> str:
    """`none is a registered repackager`, `two are registered repackagers`."""
    if count > 1:
        return f"{words.word(count)} are registered repackagers"
    return f"{words.word(count) if count else 'none'} is a registered repackager"


def _float(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)
