"""What the chapter on mixtures may quote of sizes: parameters, machines, and the share of mixtures of experts."""

from collections.abc import Iterable, Mapping

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.results import Tables

MOE, MACHINES, SHARES = (
    "data/out/moe/moe.parquet",
    "pipeline/register/moe/machines.csv",
    "data/out/moe/moe_share.parquet",
)

DEEPSEEK_V3 = "deepseek-ai/DeepSeek-V3"

SIZES = {
    DEEPSEEK_V3: (
        "parameters_total",
        "parameters_active_without_input_embedding",
        "weights_bytes_8bit",
        "weights_bytes_4bit",
    ),
}
"""Which sizes of which models the pages quote. Who quotes another model or size in prose adds it here."""

LARGEST = ("workstation", "unified memory")
"""Kinds of machine whose largest one the pages quote. Who quotes another kind adds it here."""

POPULATIONS = {"flagship": "flagship releases", "repositories": "repositories", "downloads": "downloads"}
"""Populations of the share of mixtures, as keys of facts and as the tables name them."""


def moe_facts(out: Tables, machines: pl.DataFrame, holds: Completeness) -> Facts:
    """Sizes of registered models, what holds them, and the share of mixtures."""
    return {
        **size_facts(out["moe"], SIZES),
        **largest_facts(machines),
        **share_facts(out["moe_share"], holds),
    }


def size_facts(moe: pl.DataFrame, quoted: Mapping[str, Iterable[str]]) -> Facts:
    """The quoted sizes of each model, from its configuration; one without a configuration has no facts."""
    facts: Facts = {}
    counted = moe.filter(pl.col("count_method") == "config", pl.col("model").is_in(list(quoted)))
    for row in counted.iter_rows(named=True):
        for column in quoted[row["model"]]:
            key, value = f"moe.{row['model']}.{column.replace('weights_bytes', 'weights')}", row[column]
            in_words, unit = (
                (words.gigabytes, "bytes") if column.startswith("weights") else (words.billions, "parameters")
            )
            facts[key] = fact(value, "" if value is None else in_words(value), MOE, unit)
    return facts


def largest_facts(machines: pl.DataFrame) -> Facts:
    """The memory and the name of the largest machine of each quoted kind."""
    facts: Facts = {}
    for kind in LARGEST:
        largest = machines.filter(kind=kind).sort("memory_bytes", "machine").tail(1)
        for row in largest.iter_rows(named=True):
            key = f"machines.largest.{kind.replace(' ', '_')}"
            facts[key] = fact(row["memory_bytes"], words.gigabytes(row["memory_bytes"]), MACHINES, "bytes")
            facts[f"{key}.name"] = sentence(row["machine"], MACHINES)
    return facts


def share_facts(shares: pl.DataFrame, holds: Completeness) -> Facts:
    """The share of mixtures over the last four whole quarters of each population, null where none is known."""
    facts: Facts = {}
    for key, population in POPULATIONS.items():
        whole = shares.filter((pl.col("population") == population) & ~pl.col("is_partial")).drop_nulls("share")
        year = whole.filter(pl.col("period") >= pl.col("period").max().dt.offset_by("-9mo"))
        moe, dense = int(year["moe"].sum()), int(year["dense"].sum())
        share = moe / (moe + dense) if moe + dense else None
        facts[f"moe.share.{key}.year"] = fact(share, "" if share is None else words.percent(share), SHARES)
    return facts | default_facts(facts, holds)


def default_facts(facts: Facts, holds: Completeness) -> Facts:
    """Whether mixtures of experts are the default: among flagships, among repositories, by downloads.

    Default means more than half over the last four whole quarters.
    """
    shares = {key: facts[f"moe.share.{key}.year"]["value"] for key in POPULATIONS}
    known = {key: share for key, share in shares.items() if share is not None}
    if "flagship" not in known:
        return {"moe.default.title": sentence("No flagship release is dated", SHARES)} | {
            "moe.default.sentence": sentence("The register dates no flagship release in the last year.", SHARES)
        }
    more = [POPULATIONS[key] for key, share in known.items() if share > 0.5]
    less = [POPULATIONS[key] for key, share in known.items() if share <= 0.5]
    missing = [POPULATIONS[key] for key in POPULATIONS if key not in known]
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
    wording = "; ".join(f"{words.percent(share)} of {POPULATIONS[key]}" for key, share in known.items())
    gap = f" Of {words.listed(missing)} this snapshot cannot tell." if missing else ""
    gap += holds.left_out("createdAt") if {"repositories", "downloads"} & known.keys() else ""
    return {
        "moe.default.title": sentence(title, SHARES),
        "moe.default.sentence": sentence(
            f"Over the last four whole quarters, mixtures of experts are {wording}, of those whose architecture "
            f"is known.{gap}",
            SHARES,
        ),
    }
