"""What the chapter on lineage may quote of half-lives: how fast half of a base's derivatives come."""

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.chapters.lineage.missing import missing


def half_life_facts(lives: pl.DataFrame, params: Params, completeness: Completeness) -> Facts:
    """How fast half of a base's derivatives come."""
    source, key = "data/out/lineage/half_lives.parquet", "anatomy.half_life"
    least, oldest = params.anatomy.half_life_derivatives, params.anatomy.half_life_age_months
    bounds = {
        f"{key}.least": fact(least, words.word(least), "params.yaml", "derivatives"),
        f"{key}.oldest": fact(oldest, words.number(oldest), "params.yaml", "months"),
    }
    if lives.is_empty():
        values = {f"{key}.{name}": fact(None, "", source) for name in ("median", "bases")}
        return bounds | missing(key, "Half-lives", source) | values
    months = lives.select(pl.col("half_life_months").median()).item()
    within = _within(months)
    wording = (
        f"Of {words.number(lives.height)} {words.plural('base', lives.height)}, the median one had half of its "
        f"derivatives {within}."
    )
    windowed = lives["half_life_window_months"].drop_nulls()
    if windowed.len():
        early = _within(windowed.to_frame().median().item())
        wording += f" Counting a base’s first {words.number(oldest)} months alone, half came {early}."
    wording += " Some bases are older than the habit of declaring them: their half-life measures that habit too."
    return bounds | {
        f"{key}.title": sentence(f"Half of a base’s derivatives came {within}, at the median", source),
        f"{key}.sentence": sentence(f"{wording}{completeness.left_out('createdAt')}", source),
        f"{key}.median": fact(months, words.number(months), source, "months"),
        f"{key}.bases": fact(lives.height, words.number(lives.height), source, "bases"),
    }


def _within(months: float) -> str:
    if months < 1:
        return "in the month of release"
    count = words.word(int(months)) if months.is_integer() else words.number(months)
    return f"within {count} {'month' if months == 1 else 'months'}"
