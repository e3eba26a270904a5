"""Facts of the stage `reconciliation`, and the followers of organisations.

Followers come with `snapshot.details`; without them every such fact is null and says so. Keys:
- `followers.<organisation>.count`, for each organisation of the register: followers of its most followed namespace;
- `followers.first`, `followers.first.count`, `followers.second`, `followers.second.count`: the most followed ones;
- `followers.organisations`: how many are known; `followers.asked`: the day; `followers.sentence`.
"""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.held import Held
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.methods import facts_benchmarks

RAW = "data/raw/organisations.parquet"
PACKED = "data/out/packed.parquet"


def facts(tables: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    del params
    return (
        outcome_facts(tables["reconciliation"])
        | packed_facts(tables["packed"], tables.held)
        | followers(tables["organisations"], tables["register/organisations"])
        | facts_benchmarks.timing_facts(tables["benchmarks"])
    )


def outcome_facts(compared: pl.DataFrame) -> Facts:
    """How many comparisons agree, differ or cannot be made; how many packed repositories were corrected."""
    source = "data/out/reconciliation.parquet"
    outcomes = dict(compared.group_by("outcome").len().iter_rows())
    agrees, differs, absent = (outcomes.get(name, 0) for name in ("agrees", "differs", "not_in_this_snapshot"))
    if agrees + differs == 1:
        wording = f"The one comparison that this snapshot allows {'agrees' if agrees else 'differs'}"
        wording += f"; {words.number(absent)} cannot be made with it."
    elif agrees + differs:
        wording = (
            f"Of the {words.number(agrees + differs)} comparisons that this snapshot allows, "
            f"{words.number(agrees) if agrees else 'none'} {'agree' if agrees > 1 else 'agrees'} and "
            f"{words.number(differs) if differs else 'none'} {'differ' if differs > 1 else 'differs'}; "
            f"{words.number(absent) if absent else 'none'} cannot be made with it."
        )
    else:
        wording = f"None of the {words.number(absent)} comparisons can be made with this snapshot."
    return {
        "reconciliation.agrees": fact(agrees, words.number(agrees), source, "comparisons"),
        "reconciliation.differs": fact(differs, words.number(differs), source, "comparisons"),
        "reconciliation.absent": fact(absent, words.number(absent), source, "comparisons"),
        "reconciliation.sentence": sentence(wording, source),
    }


def packed_facts(packed: pl.DataFrame, holds: Held) -> Facts:
    """How many packed repositories store fewer elements than their original has, where stored sizes are known."""
    corrected = packed.filter(pl.col("outcome") == "corrected").height
    known = holds.has("safetensors")
    wording = (
        f"Of {words.number(packed.height)} repositories in packed formats with a stored count, "
        f"{words.number(corrected) if corrected else 'none'} {'store' if corrected > 1 else 'stores'} far fewer "
        "elements than the model that it is made from has parameters. A packed repository’s own count stands as it is, "
        "and the original’s beside it in the table packed."
        if known
        else "This snapshot has no stored counts, so it cannot tell which packed repositories store fewer elements "
        "than the model they are made from has parameters."
    )
    return {
        "packed.stored": fact(packed.height if known else None, words.number(packed.height), PACKED, "repositories"),
        "packed.corrected": fact(corrected if known else None, words.number(corrected), PACKED, "repositories"),
        "packed.sentence": sentence(wording, PACKED),
    }


def followers(asked: pl.DataFrame, owned: pl.DataFrame) -> Facts:
    """Followers of each organisation, by its most followed namespace, and who leads."""
    known = owned.join(asked.drop_nulls("followers"), on="namespace", how="left")
    counts = known.group_by("organisation").agg(pl.col("followers").max()).sort("organisation")
    facts: Facts = {
        f"followers.{name}.count": fact(count, "" if count is None else words.number(count), RAW, "followers")
        for name, count in counts.iter_rows()
    }
    ranked = counts.drop_nulls().sort("followers", "organisation", descending=[True, False]).rows()
    for place, key in enumerate(("first", "second")):
        name, count = ranked[place] if place < len(ranked) else (None, None)
        facts[f"followers.{key}"] = fact(name, str(name), RAW)
        facts[f"followers.{key}.count"] = fact(count, "" if count is None else words.number(count), RAW, "followers")
    day = asked["asked"].max()
    facts["followers.asked"] = fact(day, "" if day is None else words.day(day), RAW)  # type: ignore[arg-type]
    facts["followers.organisations"] = fact(len(ranked) or None, words.number(len(ranked)), RAW, "organisations")
    if not ranked:
        wording = "Followers of organisations are not in this snapshot: the Hub was not asked for them."
    else:
        listed = words.listed([f"{name} ({words.number(count)})" for name, count in ranked[:5]])
        wording = f"Most followed on the Hub, of {words.number(len(ranked))} organisations of the register: {listed}."
    facts["followers.sentence"] = sentence(wording, RAW)
    return facts
