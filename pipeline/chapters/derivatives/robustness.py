"""How far the findings on derivatives depend on the definition.

- The effect of an axis: take pairs of definitions that differ in one choice alone, and compare the
  logarithm of their subject-to-reference ratios. The median factor says how a choice moves the ratio,
  the lowest and highest how far that depends on the other choices. Pairs of the same two results count
  once: a choice that is tried on a hundred definitions with one result was tried once.
- Rank stability: each family's best and worst rank under every definition of the comparison, its median
  rank over the different results, and in how many of them it stands first.

These describe the grid of definitions. A share of definitions is no probability: nobody drew them.
"""

import polars as pl

from pipeline.base.vocabulary import EVIDENCE
from pipeline.counting.definitions import Definition

BASE = Definition(
    "declared",
    reach="direct",
    relations="all",
    relation_basis="as_tagged",
    credit="full",
    distills="as_declared",
    mirrors="as_declared",
    series="each",
)
"""Effects are measured against these choices."""

AXES = (
    "reach",
    "relations",
    "relation_basis",
    "own_releases",
    "min_downloads",
    "credit",
    "distills",
    "mirrors",
    "series",
    "unit",
)
"""Axes within one kind of evidence; evidence itself is compared at the base choices of the others."""


def axis_effects(described: pl.DataFrame, ratios: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.AxisEffects`: what each choice does to the ratio, other choices unchanged."""
    compared = described.join(ratios.select("definition", "ratio", "result"), on="definition").with_columns(
        log_ratio=pl.col("ratio").log()
    )
    parts = [_effect(compared, axis) for axis in AXES] + [_evidence_effect(compared)]
    return pl.concat(part for part in parts if part.height) if any(p.height for p in parts) else parts[0]


def _effect(compared: pl.DataFrame, axis: str) -> pl.DataFrame:
    """The choices of one axis against its base choice, matched on all other axes."""
    base = getattr(BASE, axis)
    others = ["evidence", *(name for name in AXES if name != axis)]
    at_base = compared.filter(pl.col(axis) == base).select(*others, base_log="log_ratio", base_result="result")
    pairs = compared.filter(pl.col(axis) != base).join(at_base, on=others, nulls_equal=True)
    return _factors(pairs, axis, str(base), pl.col(axis).cast(pl.String))


def _evidence_effect(compared: pl.DataFrame) -> pl.DataFrame:
    """Kinds of evidence against the first that the snapshot supports, matched on what all of them have."""
    shared = ["min_downloads", "unit"]
    plain = compared.filter(
        pl.all_horizontal(
            pl.col(name).is_null() | (pl.col(name) == getattr(BASE, name)) for name in AXES if name not in shared
        )
    )
    base = next((name for name in EVIDENCE if name in plain["evidence"]), "declared")
    at_base = plain.filter(evidence=base).select(*shared, base_log="log_ratio", base_result="result")
    pairs = plain.filter(pl.col("evidence") != base).join(at_base, on=shared)
    return _factors(pairs, "evidence", base, pl.col("evidence"))


def _factors(pairs: pl.DataFrame, axis: str, base: str, choice: pl.Expr) -> pl.DataFrame:
    difference = pl.col("log_ratio") - pl.col("base_log")
    return (
        pairs.with_columns(choice=choice)
        .unique(["choice", "result", "base_result"], maintain_order=True)
        .group_by("choice")
        .agg(
            definitions=pl.len().cast(pl.Int64),
            factor_median=difference.sort().median().exp(),
            factor_low=difference.min().exp(),
            factor_high=difference.max().exp(),
        )
        .select(pl.lit(axis).alias("axis"), "choice", pl.lit(base).alias("base"), pl.exclude("choice"))
    )


def rank_stability(ratios: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.RankStability`: each group's ranks over the definitions of the comparison (`ratios`).

    A group that a definition finds nothing for shares the last rank there.
    """
    compared = ratios.select("definition", stands=pl.col("definition") == pl.col("result"))
    found = counts.join(compared.select("definition"), on="definition")
    everyone = compared.join(found.select("group").unique(), how="cross")
    ranked = everyone.join(found, on=["definition", "group"], how="left").with_columns(
        rank=pl.col("derivatives").fill_null(0).rank("min", descending=True).over("definition").cast(pl.Int64)
    )
    of_results = pl.col("rank").filter("stands")
    return ranked.group_by("group").agg(
        definitions=pl.len().cast(pl.Int64),
        results=pl.col("stands").sum().cast(pl.Int64),
        rank_best=pl.col("rank").min(),
        rank_median=of_results.sort().median(),
        rank_worst=pl.col("rank").max(),
        first=(of_results == 1).sum().cast(pl.Int64),
    )
