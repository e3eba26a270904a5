"""Numbers and sentences on MoE models: reach, cache, sparsity, countries, and checks of counts.

Every sentence is made from rows, so that another register or snapshot turns it. MoE models here are
the registered releases whose configuration is counted.
"""

import polars as pl

from pipeline.architectures import memory
from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.moe import facts_sizes
from pipeline.chapters.moe.shares import Share
from pipeline.register.lookup.flagships import FLAGSHIPS

CONVENTIONS = {
    "parameters_active": "with both tables",
    "parameters_active_without_input_embedding": "without the input table",
    "parameters_active_without_embeddings": "without both tables",
}
TOLERANCE = 0.03
"""A published count is met when the computed one is this near."""

FEW = 5
"""Fewer known repositories or releases carry no share of a country."""

USE_WORDS = {
    "run_16bit": "run at 16 bits",
    "run_8bit": "run at 8 bits",
    "run_4bit": "run at 4 bits",
    "qlora": "be fine-tuned by QLoRA",
    "lora": "be fine-tuned by LoRA",
    "full": "be fine-tuned in full",
}
"""Uses in the reader's words, after `can`."""

MACHINES = "data/out/moe/moe_machines.parquet"

SMALLEST = {
    facts_sizes.DEEPSEEK_V3: {
        "run_4bit": ("", ".speed"),
        "run_8bit": ("",),
        "lora": ("", ".bytes"),
        "full": ("", ".bytes"),
    },
}
"""What the pages quote of the smallest set of machines, by model and use: its name (""), the bytes needed, its speed.

Who quotes another model or use in prose adds it here.
"""

RULES = ("usable_share", "train_tokens", "full_bytes", "lora_share", "lora_frozen_bytes", "qlora_frozen_bytes")
"""Rules of memory that the pages quote. Who quotes another adds it here."""


def facts(tables: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    del params
    return facts_sizes.moe_facts(tables, tables["register/machines"], tables.completeness) | mixture_facts(
        tables, tables["register/memory_rules"]
    )


def mixture_facts(out: Tables, rules: pl.DataFrame) -> Facts:
    """All facts of this module."""
    return {
        **rule_facts(rules),
        **reach_facts(out["moe_reach"]),
        **machine_facts(out["moe_machines"]),
        **cache_facts(out["moe"]),
        **sparsity_facts(out["moe_sparsity"]),
        **country_facts(out["moe_share_country"]),
        **month_facts(out["moe_share_monthly"]),
        **check_facts(out["moe_checks"], out["moe"]),
    }


# ------------------------------------------------------------------------------------------- reach


def reach_facts(reach: pl.DataFrame) -> Facts:
    """How many MoE models a desk, a server or several servers are enough for, by use."""
    source = "data/out/moe/moe_reach.parquet"
    rows = reach.filter(mixture="moe")
    if rows.is_empty():
        none = "No mixture of experts has its parameters counted."
        return {f"moe.reach.{key}": sentence(none, source) for key in ("title", "sentence", "dense")}
    counts = {use: dict(rows.filter(use=use).select("place", "releases").iter_rows()) for use in USE_WORDS}
    mixtures = sum(counts["run_4bit"].values())
    run = counts["run_4bit"].get("a desk", 0)
    at_desk = {use: words.word_or_none(places.get("a desk", 0)) for use, places in counts.items()}
    fit = f"{_some(run, mixtures)} of {words.number(mixtures)} MoE models fit a desk machine at 4 bits"
    beyond = counts["full"].get("none here", 0)
    trained = reach.filter(mixture="dense", use="full")
    dense = int(trained["releases"].sum())
    dense_at_desk = int(trained.filter(place="a desk")["releases"].sum())
    return {
        "moe.reach.title": sentence(f"{fit}; {at_desk['full']} train there in full", source),
        "moe.reach.sentence": sentence(
            f"At 4 bits, {at_desk['run_4bit']} of {words.number(mixtures)} counted MoE models "
            f"{'fits' if run == 1 else 'fit'} a machine that stands at a desk. LoRA, which keeps the weights frozen in "
            f"16 bits, is possible there for {at_desk['lora']}; QLoRA, with frozen weights in 4 bits, for "
            f"{at_desk['qlora']}; training in full for {at_desk['full']}. {words.upper(words.word_or_none(beyond))} "
            f"{'is' if beyond == 1 else 'are'} beyond the largest set of servers here.",
            source,
        ),
        "moe.reach.dense": sentence(
            f"Of {words.number(dense)} counted dense releases, {words.word_or_none(dense_at_desk)} can be trained in "
            "full at a desk."
            if dense
            else "No dense release is counted.",
            source,
        ),
    }


def machine_facts(machines: pl.DataFrame) -> Facts:
    """The smallest set of machines for the quoted uses of the quoted models, and how fast it can be."""
    facts: Facts = {}
    for model, uses in SMALLEST.items():
        for use, quoted in uses.items():
            rows = machines.filter(model=model, use=use)
            if rows.is_empty():
                continue
            needed = rows["needed_bytes"][0]
            fitting = rows.filter("is_smallest").rows(named=True)
            smallest = fitting[0] if fitting else None
            bound = smallest["tokens_per_second_bound"] if smallest else None
            all_of_it = {
                "": sentence(memory.set_of(smallest), MACHINES),
                ".bytes": fact(needed, words.gigabytes(needed), MACHINES, "bytes"),
                ".speed": fact(bound, words.significant(bound or 0), MACHINES, "tokens per second"),
            }
            facts |= {f"moe.{model}.smallest.{use}{part}": all_of_it[part] for part in quoted}
    return facts


def rule_facts(rules: pl.DataFrame) -> Facts:
    """The quoted rules of memory, shares as per cent."""
    source = "pipeline/register/moe/memory_rules.csv"
    return {
        f"memory.rule.{rule}": fact(
            value, words.percent(value) if unit.startswith("share") else f"{value:,g}", source, unit
        )
        for rule, value, unit in rules.select("rule", "value", "unit").iter_rows()
        if rule in RULES
    }


# ------------------------------------------------------------------------------------------- cache


def cache_facts(moe: pl.DataFrame) -> Facts:
    """The cache of one sequence: least and most, its parts, and whether sparsity makes it small."""
    source = "data/out/moe/moe.parquet"
    rows = (
        moe.filter(mixture="moe", count_method="config")
        .drop_nulls("cache_bytes_128k")
        .sort("cache_bytes_128k", "model")
    )
    if rows.height < 2:
        return {
            "moe.cache.title": sentence("No caches to compare", source),
            "moe.cache.sentence": sentence("Fewer than two MoE models have their cache counted.", source),
        }
    least, most = rows.row(0, named=True), rows.row(-1, named=True)
    ratio = most["cache_bytes_128k"] / least["cache_bytes_128k"]
    dense = moe.filter(mixture="dense", count_method="config").drop_nulls("cache_bytes_128k")
    text = (
        f"At 131,072 tokens it takes from {words.gigabytes(least['cache_bytes_128k'])} ({_short(least['model'])}) to "
        f"{words.gigabytes(most['cache_bytes_128k'])} ({_short(most['model'])}) for one sequence."
    )
    if dense.height:
        of_mixtures, of_dense = (table.select(pl.col("cache_bytes_128k").median()).item() for table in (rows, dense))
        text += (
            f" The median mixture needs {words.gigabytes(of_mixtures)}, the median dense release here "
            f"{words.gigabytes(of_dense)}."
        )
    text += _parts_in_words(rows)
    return {
        "moe.cache.title": sentence(
            f"The cache depends on attention, not on experts: a factor of {words.significant(ratio)} among MoE models",
            source,
        ),
        "moe.cache.sentence": sentence(text, source),
    }


def _parts_in_words(rows: pl.DataFrame) -> str:
    """How many of these releases keep more than keys and values, and where that is most of the cache; or nothing."""
    parts = {"indexer_bytes_128k": "indexers take", "state_bytes": "states of fixed size take"}
    spoken = []
    for column, name in parts.items():
        having = rows.filter(pl.col(column) > 0).with_columns(part=pl.col(column) / pl.col("cache_bytes_128k"))
        if having.height:
            top = having.sort("part", "model").row(-1, named=True)
            spoken.append(
                f"{name} up to {words.percent(top['part'])} ({_short(top['model'])}, of {words.word(having.height)} "
                f"that have any)"
            )
    return f" Of this cache {' and '.join(spoken)}." if spoken else ""


# ---------------------------------------------------------------------------------------- sparsity


def sparsity_facts(sparsity: pl.DataFrame) -> Facts:
    """Median activated share and experts by year, the first year against the last that have a few."""
    source = "data/out/moe/moe_sparsity.parquet"
    years = (
        sparsity.group_by(year=pl.col("released").dt.year())
        .agg(pl.len().alias("n"), pl.col("active_share", "experts", "experts_share").median())
        .sort("year")
    )
    enough = years.filter(pl.col("n") >= FEW)
    if enough.height < 2:
        title = "Too few dated MoE models for a trend in sparsity"
        return {
            "moe.sparsity.title": sentence(title, source),
            "moe.sparsity.sentence": sentence(
                f"{title}: {words.number(sparsity.height)} {'is' if sparsity.height == 1 else 'are'} counted.", source
            ),
        }
    first, last = enough.row(0, named=True), enough.row(-1, named=True)
    verb = {1: "fell", -1: "rose", 0: "hardly changed"}[words.order(first["active_share"], last["active_share"])]
    first_share, last_share = (f"{words.percent(year['active_share'])} in {year['year']}" for year in (first, last))
    ends = f"from {first_share} to {last_share}"
    experts_first, experts_last = (words.number(year["experts"]) for year in (first, last))
    experts = {
        1: f"fell: {experts_first} and {experts_last}",
        -1: f"grew from {experts_first} to {experts_last}",
        0: f"stayed near: {experts_first} and {experts_last}",
    }[words.order(first["experts"], last["experts"])]
    thin = [str(year) for year in years.filter(pl.col("n") < FEW)["year"]]
    few = f" {words.listed(thin)} {'has' if len(thin) == 1 else 'have'} too few releases for a median." if thin else ""
    return {
        "moe.sparsity.title": sentence(f"The share of parameters that work on a token {verb}, {ends}", source),
        "moe.sparsity.sentence": sentence(
            f"Median activated share of counted MoE models: {ends} ({words.number(first['n'])} and "
            f"{words.number(last['n'])} releases); the median number of experts per layer {experts}.{few}",
            source,
        ),
    }


# ---------------------------------------------------------------------------- countries and months


def country_facts(countries: pl.DataFrame) -> Facts:
    """Shares by country between their bounds, where there are a few known."""
    source = "data/out/moe/moe_share_country.parquet"
    known = countries.with_columns(n=pl.col("moe") + pl.col("dense") + pl.col("unknown")).filter(
        pl.col("moe") + pl.col("dense") >= FEW
    )
    populations = []
    for population, name in ((FLAGSHIPS, " flagship releases"), ("repositories", " repositories")):
        rows = known.filter(population=population).sort("n", "country", descending=[True, False]).head(3)
        shares = [
            f"{Share.of_row(row).in_words} of {words.number(row['n'])}{name if first else ''} in "
            f"{words.country(row['country'])}"
            for first, row in zip([True, False, False], rows.iter_rows(named=True), strict=False)
        ]
        populations += [words.listed(shares)] if shares else []
    text = "No country has enough dated releases or repositories."
    if populations:
        of_each = ", and ".join(populations)
        text = f"Over the last twelve months, by country of the owner, MoE models are {of_each}."
    return {"moe.country.sentence": sentence(text, source)}


def month_facts(months: pl.DataFrame) -> Facts:
    """In how many of the last twelve whole months MoE models were most of the repositories, and of downloads.

    Two numbers where the unknown decide some of the months: all of them dense, all of them MoE models.
    """
    source = "data/out/moe/moe_share_monthly.parquet"
    parts = []
    for population in ("repositories", "downloads"):
        rows = months.filter(pl.col("population") == population, ~pl.col("is_partial")).drop_nulls("share")
        last = rows.sort("period").tail(12)
        if last.height:
            most = last.filter(pl.col("share_low") > 0.5).height
            at_most = last.filter(pl.col("share_high") > 0.5).height
            fewest = words.word_or_none(most)
            counted = fewest if most == at_most else f"{fewest} to {words.word(at_most)}"
            parts.append(f"of {population} in {counted} of {words.word(last.height)} months")
    if not parts:
        return {"moe.months.sentence": sentence("This snapshot has no months of creation.", source)}
    return {
        "moe.months.sentence": sentence(
            f"By month of creation, MoE models are more than half {' and '.join(parts)}.", source
        )
    }


# ------------------------------------------------------------------------------------------ checks


def check_facts(checks: pl.DataFrame, moe: pl.DataFrame) -> Facts:
    """How computed totals agree with stored and published ones, and activated counts with published ones."""
    source = "data/out/moe/moe_checks.parquet"
    stored = checks.drop_nulls(["stored_difference"])
    equal = stored.filter(pl.col("stored_difference") == 0).height
    explained = stored.filter((pl.col("stored_difference") != 0) & (pl.col("unexplained") == 0)).height
    published = checks.drop_nulls("published_difference")
    widest = published.sort(pl.col("published_difference").abs(), "model").tail(1)
    rounded = (
        f" Published totals, which are rounded, differ by at most "
        f"{words.percent(abs(widest['published_difference'][0]))} ({_short(widest['model'][0])})."
        if widest.height
        else ""
    )
    active = moe.filter(count_method="config").drop_nulls("parameters_active_published")
    met = {
        column: active.filter((pl.col(column) / pl.col("parameters_active_published") - 1).abs() <= TOLERANCE).height
        for column in CONVENTIONS
    }
    near = pl.min_horizontal(
        (pl.col(column) / pl.col("parameters_active_published") - 1).abs() for column in CONVENTIONS
    )
    met_by_any = active.filter(near <= TOLERANCE).height
    by_convention = ", ".join(f"{words.number(met[column])} {name}" for column, name in CONVENTIONS.items())
    return {
        "moe.checks.sentence": sentence(
            f"Of {words.number(stored.height)} computed totals with stored elements to compare, "
            f"{words.number(equal)} equal them to the last parameter, and {words.number(explained)} more once MTP "
            f"layers and correction biases are added.{rounded}",
            source,
        ),
        "moe.conventions.sentence": sentence(
            f"Of {words.number(active.height)} published counts of activated parameters, {words.number(met_by_any)} "
            f"are within {words.percent(TOLERANCE)} of ours under at least one convention: {by_convention}.",
            "data/out/moe/moe.parquet",
        ),
    }


# ------------------------------------------------------------------------------------------- words


def _short(model: str) -> str:
    """The name of a model without its owner."""
    return model.split("/")[-1]


def _some(count: int, of: int) -> str:
    """A count at the beginning of a sentence, before `of <number>`: a number where it is all of them."""
    return words.number(count) if count == of else "None" if count == 0 else words.upper(words.word(count))
