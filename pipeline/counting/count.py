"""Counts under any number of definitions that share a source, from one small table.

Method
1. A unit is a repository, or the uploader of several. What a definition asks of the pairs of one unit and one group
   is: by which relation, with or without own releases, at how many downloads. For each relation and choice of own
   releases that is asked for, a unit gets the highest threshold of downloads that one of its pairs passes.
2. Units of a group that agree in all of these are one row with the sum of their credit: a few thousand rows for
   millions of pairs.
3. Each definition sums the credit of the rows whose threshold is at least its own. Credit is in whole parts, so that
   the order of rows does not matter.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.base.vocabulary import RELATIONS
from pipeline.counting.definitions import MIN_DOWNLOADS, Definition
from pipeline.hub.groups_above import CREDIT

COUNTS = {"definition": pl.String, "group": pl.String, "derivatives": pl.Float64}


def count(pairs: pl.DataFrame, definitions: Sequence[Definition]) -> pl.DataFrame:
    """`definition, group, derivatives` under definitions that share one source; groups without any have no row.

    pairs: those of the source, as `PairsBySource.of` gives them.
    """
    parts = [pl.DataFrame(schema=COUNTS)]
    for unit, column in (("repositories", "child"), ("uploaders", "author")):
        asked = [definition for definition in definitions if definition.unit == unit]
        if asked:
            parts.append(_count_units(pairs, column, asked))
    return pl.concat(parts)


def select(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """The pairs that a definition counts.

    pairs: `relation, relation_corrected, is_own, downloads` among their columns.
    """
    is_counted = _is_related(definition)
    if definition.min_downloads:
        is_counted &= pl.col("downloads") >= definition.min_downloads
    return pairs.filter(is_counted)


def _is_related(definition: Definition) -> pl.Expr:
    """Whether a definition counts a pair by its relation and owner."""
    relation = pl.col("relation_corrected" if definition.relation_basis == "corrected" else "relation")
    if definition.relations == "without_quantized":
        is_related = relation != "quantized"
    elif definition.relations in RELATIONS:
        is_related = relation == definition.relations
    else:
        is_related = pl.lit(True)
    return is_related & ~pl.col("is_own") if definition.own_releases == "left_out" else is_related


def _threshold_column(definition: Definition) -> str:
    """The column of a unit's highest threshold under the definition's relations and choice of own releases."""
    return f"{definition.relations} {definition.relation_basis} {definition.own_releases}"


def _count_units(pairs: pl.DataFrame, unit: str, asked: Sequence[Definition]) -> pl.DataFrame:
    """`definition, group, derivatives`, where each `unit` (child or author) counts once per group."""
    passed = pl.max_horizontal(
        pl.lit(0), *(pl.when(pl.col("downloads") >= least).then(least) for least in MIN_DOWNLOADS)
    )
    thresholds = {
        _threshold_column(definition): pl.when(_is_related(definition)).then("passed") for definition in asked
    }
    profiles = (
        pairs.lazy()
        .drop_nulls(unit)
        .with_columns(passed=passed)
        .select("group", unit, **thresholds, credit="credit" if unit == "child" else pl.lit(CREDIT))
        .group_by("group", unit)
        .agg(pl.col(*thresholds).max(), pl.col("credit").first())
        .group_by("group", *thresholds)
        .agg(pl.col("credit").sum())
        .collect()
    )
    sums = {
        definition.key: pl.col("credit").filter(pl.col(_threshold_column(definition)) >= definition.min_downloads).sum()
        for definition in asked
    }
    counted = (
        profiles.group_by("group")
        .agg(**sums)
        .unpivot(index="group", variable_name="definition", value_name="credit")
        .filter(pl.col("credit") > 0)
    )
    derivatives = counted["credit"].to_numpy() / CREDIT  # polars would multiply by 1 / CREDIT: 62,428.99999999999
    return counted.select("definition", pl.col("group").cast(pl.String), derivatives=pl.Series(derivatives))
