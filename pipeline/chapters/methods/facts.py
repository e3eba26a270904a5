"""What pages and claims quote of the comparisons with other counts, and of packed formats."""

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.facts import Facts, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.methods import facts_benchmarks, facts_thesis_size

PACKED = "data/out/methods/packed.parquet"


def facts(tables: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    del params
    return (
        outcome_facts(tables["reconciliation"])
        | packed_facts(tables["packed"], tables.completeness)
        | facts_benchmarks.timing_facts(tables["benchmarks"])
        | facts_thesis_size.size_facts(tables["thesis_size"])
    )


def outcome_facts(compared: pl.DataFrame) -> Facts:
    """How many comparisons agree, differ or cannot be made."""
    source = "data/out/methods/reconciliation.parquet"
    outcomes = dict(compared.group_by("outcome").len().iter_rows())
    agrees, differs = (outcomes.get(name, 0) for name in ("agrees", "differs"))
    absent = outcomes.get("cannot_be_compared", 0) + outcomes.get("not_in_this_snapshot", 0)
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
    return {"reconciliation.sentence": sentence(wording, source)}


def packed_facts(packed: pl.DataFrame, completeness: Completeness) -> Facts:
    """How many packed repositories store fewer elements than their original has, where stored sizes are known."""
    corrected = packed.filter(pl.col("outcome") == "corrected").height
    known = completeness.has("safetensors")
    wording = (
        f"Of {words.number(packed.height)} repositories in packed formats with a stored count, "
        f"{words.number(corrected) if corrected else 'none'} {'store' if corrected > 1 else 'stores'} far fewer "
        "elements than the model that it is made from has parameters. A packed repository’s own count stands as it is, "
        "and the original’s beside it in the table packed."
        if known
        else "This snapshot has no stored counts, so it cannot tell which packed repositories store fewer elements "
        "than the model they are made from has parameters."
    )
    return {"packed.sentence": sentence(wording, PACKED)}
