"""Counts under any number of definitions that share a source, from one small table.

A definition's *source* says which pairs there are and what credit each carries (evidence, reach, grouping, credit,
distillations, mirrors); the rest of a definition says which of them count: relations, own releases, a least number of
downloads, and whether repositories or uploaders are counted.

Method
1. A unit is what is counted once per group: a repository, a series where those count as one, or an uploader. Each
   combination of relations and own releases that is asked for becomes a column, and in it a unit has the highest
   threshold of downloads that one of its fitting pairs passes, or null where no pair fits. So with thresholds 0, 1, 6
   and 200, a fine-tune with 250 downloads has 200 in the column of fine-tunes and null in that of merges, and 200
   answers all four thresholds.
2. Units of a group that have the same thresholds in all columns are one row (a profile) with the sum of their credit:
   a few thousand rows for millions of pairs.
3. Each definition sums the credit of the profiles whose threshold is at least its own. Credit is in whole parts
   (`CREDIT` for a repository), so that the order of rows does not matter. Uploaders are not split over roots: each
   counts in full.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.base.vocabulary import RELATIONS
from pipeline.counting.definitions import MIN_DOWNLOADS, WITHOUT, Definition
from pipeline.hub.groups_above import CREDIT

COUNTS_SCHEMA = {"definition": pl.String, "group": pl.String, "derivatives": pl.Float64}


def count(pairs: pl.DataFrame, definitions: Sequence[Definition]) -> pl.DataFrame:
    """`definition, group, derivatives` under definitions that share one source; groups without any have no row.

    pairs: those of the source, as `PairsBySource.of` gives them.
    """
    parts = [pl.DataFrame(schema=COUNTS_SCHEMA)]
    for unit_column in ("child", "series", "author"):
        asked = [definition for definition in definitions if _unit_column(definition) == unit_column]
        if asked:
            parts.append(_count_units(pairs, unit_column, asked))
    return pl.concat(parts)


def counted_pairs(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """The pairs that a definition counts, for tables that show them by month or by uploader.

    pairs: `relation, relation_corrected, is_own, downloads` among their columns. Null relations (evidence by shape or
    name) count under definitions that ask for none.
    """
    is_counted = _fits_relation_and_owner(definition)
    if definition.min_downloads:
        is_counted &= pl.col("downloads") >= definition.min_downloads
    return pairs.filter(is_counted)


def _fits_relation_and_owner(definition: Definition) -> pl.Expr:
    """Whether a definition counts a pair by its relation and owner."""
    relation = pl.col("relation_corrected" if definition.relation_basis == "corrected" else "relation")
    if definition.relations in WITHOUT:
        is_related = relation != WITHOUT[definition.relations]
    elif definition.relations in RELATIONS:
        is_related = relation == definition.relations
    else:
        is_related = pl.lit(True)
    return is_related & ~pl.col("is_own") if definition.own_releases == "left_out" else is_related


def _threshold_column(definition: Definition) -> str:
    """The column of a unit's highest threshold under the definition's relations and choice of own releases."""
    return f"{definition.relations} {definition.relation_basis} {definition.own_releases}"


def _unit_column(definition: Definition) -> str:
    """The column of pairs that is the same in all pairs which count once."""
    if definition.unit == "uploaders":
        return "author"
    return "series" if definition.series == "as_one" else "child"


def _count_units(pairs: pl.DataFrame, unit_column: str, asked: Sequence[Definition]) -> pl.DataFrame:
    """`definition, group, derivatives`, where each unit (of `unit_column`) counts once per group."""
    highest_threshold = pl.max_horizontal(
        pl.lit(0),  # for a child that the snapshot does not list, whose downloads are null
        *(pl.when(pl.col("downloads") >= least).then(least) for least in MIN_DOWNLOADS),
    )
    threshold_columns = {
        _threshold_column(definition): pl.when(_fits_relation_and_owner(definition)).then("threshold")
        for definition in asked
    }
    rows = (
        pairs.lazy()
        .drop_nulls(unit_column)
        .with_columns(threshold=highest_threshold)
        .select(
            "group",
            unit_column,
            **threshold_columns,
            credit=pl.lit(CREDIT) if unit_column == "author" else pl.col("credit"),
            is_again=pl.col(unit_column).is_duplicated(),
        )
        .collect()
    )
    columns_counted = ["group", *threshold_columns, "credit"]
    several = (  # most repositories have one row, which need not be looked for among millions
        rows.lazy()
        .filter("is_again")
        .group_by("group", unit_column)
        .agg(pl.col(*threshold_columns).max(), pl.col("credit").first())  # the same in all rows of a child and group
        .select(columns_counted)
    )
    profiles = (
        pl.concat([rows.lazy().filter(~pl.col("is_again")).select(columns_counted), several])
        .group_by("group", *threshold_columns)
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
