"""What the chapter on MoE models may quote of sizes: parameters, machines, and the share of MoE models."""

from collections.abc import Iterable, Mapping

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.results import Tables
from pipeline.chapters.moe.shares import Share
from pipeline.register.lookup.flagships import FLAGSHIPS

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

FLAGSHIP_TABLE = "data/out/moe/moe_flagships.parquet"

POPULATIONS = {"flagship": FLAGSHIPS, "repositories": "repositories", "downloads": "downloads"}
"""Populations of the share of MoE models, as keys of facts and as the tables name them."""


def moe_facts(out: Tables, machines: pl.DataFrame, holds: Completeness) -> Facts:
    """Sizes of registered models, what holds them, and the share of MoE models."""
    return {
        **size_facts(out["moe"], SIZES),
        **largest_facts(machines),
        **share_facts(out["moe_share"], holds),
        **flagship_facts(out["moe_flagships"], out["moe_share"]),
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
    """The share of MoE models over the last year of whole periods of each population, null where none is known.

    Words give it between its bounds: all of unknown architecture dense, or all of them MoE models.
    """
    recent = {key: recent_share(shares, population) for key, population in POPULATIONS.items()}
    facts: Facts = {}
    for key, share in recent.items():
        value = share.value if share else None
        facts[f"moe.share.{key}.year"] = fact(value, share.in_words if share and share.known else "", SHARES)
    return facts | default_facts(recent, holds)


def recent_share(shares: pl.DataFrame, population: str) -> Share | None:
    """MoE models of the last year of whole periods: four quarters, or two half-years; None where there are none."""
    whole = shares.filter((pl.col("population") == population) & ~pl.col("is_partial")).drop_nulls("share")
    if whole.is_empty():
        return None
    return Share.of(whole.filter(pl.col("period") >= pl.col("period").max().dt.offset_by("-9mo")))


def default_facts(recent: Mapping[str, Share | None], holds: Completeness) -> Facts:
    """Whether MoE models are the default: among flagships, among repositories, by downloads.

    Default means more than half over the last year of whole periods, whatever the unknown ones are.
    recent: shares by the keys of `POPULATIONS`.
    """
    known = {key: share for key, share in recent.items() if share is not None}
    if "flagship" not in known:
        return {"moe.default.title": sentence("No flagship release is dated", SHARES)} | {
            "moe.default.sentence": sentence("The register dates no flagship release in the last year.", SHARES)
        }
    more = [POPULATIONS[key] for key, share in known.items() if share.is_most]
    less = [POPULATIONS[key] for key, share in known.items() if share.is_most is False]
    undecided = [POPULATIONS[key] for key in POPULATIONS if key not in known or known[key].is_most is None]
    missing = [POPULATIONS[key] for key in POPULATIONS if key not in known]
    gap = f" Of {words.listed(missing)} this snapshot cannot tell." if missing else ""
    gap += holds.left_out("createdAt") if {"repositories", "downloads"} & known.keys() else ""
    return {
        "moe.default.title": sentence(_default_title(more, less, undecided), SHARES),
        "moe.default.sentence": sentence(f"{_shares_in_words(known)}{gap}", SHARES),
    }


def _default_title(more: list[str], less: list[str], undecided: list[str]) -> str:
    if not undecided and not less:
        return "Mixture of experts is the default by every measure here"
    if not undecided and not more:
        return "Mixture of experts is not yet the default by any measure here"
    parts = [f"the default of {words.listed(more)}"] if more else []
    parts += [f"not {'' if more else 'the default '}of {words.listed(less)}"] if less else []
    if not undecided:
        return f"Mixture of experts is {', '.join(parts)}"
    if not parts:
        return f"Of {words.listed(undecided)} this snapshot cannot tell whether mixture of experts is the default"
    return f"Mixture of experts is {', '.join(parts)}; of {words.listed(undecided)} this snapshot cannot tell"


def _shares_in_words(known: Mapping[str, Share]) -> str:
    """Each share, with what its two ends mean where there are two."""
    text = f"Over the last two whole half-years, MoE models are {known['flagship'].in_words} of "
    text += POPULATIONS["flagship"]
    others = {key: share for key, share in known.items() if key != "flagship"}
    if others:
        listed = words.listed([f"{share.in_words} of {POPULATIONS[key]}" for key, share in others.items()])
        text += f"; over the last four whole quarters, {listed}"
    open_ended = {key: share for key, share in known.items() if share.unknown}
    if not open_ended:
        return f"{text}."
    unknown = words.listed(
        [f"{words.percent(share.unknown / share.all)} of {POPULATIONS[key]}" for key, share in open_ended.items()]
    )
    ends = "The lower end of a range counts these as dense, the higher as MoE models"
    return f"{text}. The architecture of {unknown} is not known. {ends}."


def flagship_facts(flagships: pl.DataFrame, shares: pl.DataFrame) -> Facts:
    """How flagships are chosen, and how many MoE models of the last year among them have activated parameters counted.

    flagships: the table `moe_flagships`. shares: the table `moe_share`.
    """
    whole = shares.filter(~pl.col("is_partial"), population=FLAGSHIPS)["period"]
    rule = (
        "A flagship release is the largest language model that a maker released in a half-year: "
        f"{words.number(flagships.height)} releases of {words.number(flagships['organisation'].n_unique())} makers on "
        "the register, by stored elements, or by stated parameters where those are not known."
    )
    recent = flagships.filter(pl.col("half_year").is_in(whole.unique().sort().tail(2).implode()), mixture="moe")
    counted = recent["parameters_active"].count()
    text = (
        f"Of {words.number(recent.height)} MoE models among the flagships of the last two whole half-years, "
        f"{words.number(counted)} {'has' if counted == 1 else 'have'} their activated parameters counted."
    )
    return {
        "moe.flagship.rule": sentence(rule, FLAGSHIP_TABLE),
        "moe.flagship.counted": sentence(text, FLAGSHIP_TABLE),
    }
