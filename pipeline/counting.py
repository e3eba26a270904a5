"""Counts under every definition at once, from one small table per source of pairs.

A pair says that a repository is built on a group, by a relation. What a definition asks of the pairs
of one repository (or uploader) and one group is only: the highest download threshold that any of
them passes, per relation, with and without own releases. So pairs are folded once into that profile,
profiles are counted, and each definition is a sum over the profiles that satisfy it. Hundreds of
definitions then cost about as much as one.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.definitions import MIN_DOWNLOADS, Definition
from pipeline.schemas import RELATIONS

NO_RELATION = "none"
"""Stands for the relation of evidence that has none (shape, name)."""

ALL = (*RELATIONS, NO_RELATION)


def wanted(definition: Definition) -> list[str]:
    """Profile columns of the relations that a definition counts."""
    if definition.relations is None:
        names: Sequence[str] = (NO_RELATION,)
    elif definition.relations == "all":
        names = RELATIONS
    elif definition.relations == "without_quantized":
        names = [name for name in RELATIONS if name != "quantized"]
    else:
        names = (definition.relations,)
    side = "corrected" if definition.relation_basis == "corrected" else "tagged"
    return [f"{side}_{name}" for name in names]


def count(pairs: pl.DataFrame, asked: Sequence[Definition]) -> pl.DataFrame:
    """`definition, group, derivatives` for definitions that share one source.

    pairs: `child, group, relation, relation_corrected, own_group, author, downloads, weight`, where a
    relation is its place in `schemas.RELATIONS`, null for evidence that has none.
    """
    found = []
    for own in ("counted", "left_out"):
        kept = pairs if own == "counted" else pairs.filter(pl.col("own_group").ne_missing(pl.col("group")))
        for unit, column in (("repositories", "child"), ("uploaders", "author")):
            same = [d for d in asked if d.unit == unit and d.own_releases == own]
            if same:
                profiles = _profiles(kept.drop_nulls(column), column)
                found += [_sum(profiles, definition) for definition in same]
    return pl.concat(found)


def _profiles(pairs: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Weight of units per group by profile: the highest threshold passed per relation, -1 for none."""
    passed = pl.sum_horizontal((pl.col("downloads").fill_null(0) >= least).cast(pl.Int8) for least in MIN_DOWNLOADS[1:])
    level = pl.when(pl.col("downloads").is_null()).then(0).otherwise(passed).cast(pl.Int8)
    columns = [
        pl.col("level")
        .filter(pl.col(side).fill_null(len(RELATIONS)) == place)
        .max()
        .fill_null(-1)
        .alias(f"{short}_{name}")
        for side, short in (("relation", "tagged"), ("relation_corrected", "corrected"))
        for place, name in enumerate(ALL)
    ]
    names = [f"{short}_{name}" for short in ("tagged", "corrected") for name in ALL]
    return (
        pairs.lazy()
        .with_columns(level=level)
        .group_by(unit, "group")
        .agg(*columns, weight=pl.col("weight").max())
        .group_by("group", *names)
        .agg(derivatives=_exact_sum("weight"))
        .collect()
    )


def _exact_sum(column: str) -> pl.Expr:
    """A sum that does not depend on the order of rows: in whole millionths of millionths."""
    return (pl.col(column) * 1e12).round().cast(pl.Int128).sum()


def _sum(profiles: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """The definition's count per group."""
    level = MIN_DOWNLOADS.index(definition.min_downloads)
    satisfied = pl.any_horizontal(pl.col(name) >= level for name in wanted(definition))
    return (
        profiles.filter(satisfied)
        .group_by("group")
        .agg(derivatives=pl.col("derivatives").sum().cast(pl.Float64) / 1e12)
        .select(definition=pl.lit(definition.key), group="group", derivatives="derivatives")
    )
