"""Counts under every definition at once, from one small table per source of pairs.

A pair says that a repository is built on a group, by a relation. What a definition asks of the pairs
of one repository (or uploader) and one group is only: by which relations, at which threshold of
downloads, with or without own releases. So the answers are folded once into the bits of one number,
a bit for each relation, as tagged and as corrected, at each threshold; numbers are counted, and each
definition is a sum over those that have one of its bits. Hundreds of definitions then cost about as
much as one.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.definitions import MIN_DOWNLOADS, Definition
from pipeline.graph import Floats, Ints
from pipeline.schemas import RELATIONS

NO_RELATION = len(RELATIONS)
"""Place of the relation of evidence that has none (shape, name)."""

KINDS = 2 * (len(RELATIONS) + 1)
"""Bits at one threshold: relations as tagged, then as corrected."""

WHOLE = 10**11
"""Credit is summed in whole parts of this size, so that the order of rows does not matter."""


def wanted(definition: Definition) -> int:
    """The bits of which a unit must have one."""
    if definition.relations is None:
        places = [NO_RELATION]
    elif definition.relations == "all":
        places = list(range(len(RELATIONS)))
    elif definition.relations == "without_quantized":
        places = [place for place, name in enumerate(RELATIONS) if name != "quantized"]
    else:
        places = [RELATIONS.index(definition.relations)]
    side = KINDS // 2 if definition.relation_basis == "corrected" else 0
    return sum(1 << (place + side) for place in places) << (KINDS * MIN_DOWNLOADS.index(definition.min_downloads))


def count(pairs: pl.DataFrame, asked: Sequence[Definition]) -> pl.DataFrame:
    """`definition, group, derivatives` for definitions that share one source.

    pairs: `child, group, relation, relation_corrected, own_group, author, downloads, weight`, where a
    relation is its place in `schemas.RELATIONS`, null for evidence that has none.
    """
    found = []
    rows = pairs.select("child", "group", "weight", bits=_bits(pairs), own=_is_own(pairs))
    by_child = folded(rows, "child", pairs)
    for unit in ("repositories", "uploaders"):
        for own in ("counted", "left_out"):
            same = [d for d in asked if d.unit == unit and d.own_releases == own]
            if not same:
                continue
            kept = by_child if own == "counted" else by_child.filter(~pl.col("own"))
            if unit == "uploaders":
                kept = folded(kept.drop_nulls("author"), "author", None)
            found.append(_sums(kept, same))
    return pl.concat(found)


def _is_own(pairs: pl.DataFrame) -> pl.Series:
    return pairs["own_group"].eq_missing(pairs["group"].cast(pairs["own_group"].dtype))


def _bits(pairs: pl.DataFrame) -> pl.Series:
    """A pair's bits: its two relations, at every threshold that its repository passes."""
    tagged, corrected = (
        pairs[side].fill_null(NO_RELATION).to_numpy().astype(np.int64) for side in ("relation", "relation_corrected")
    )
    kinds = (1 << tagged) | (1 << (corrected + KINDS // 2))
    passed = [sum(1 << (KINDS * place) for place in range(level + 1)) for level in range(len(MIN_DOWNLOADS))]
    downloads = pairs["downloads"].fill_null(0).to_numpy()
    level = np.searchsorted(np.array(MIN_DOWNLOADS), np.maximum(downloads, 0), side="right") - 1
    return pl.Series("bits", kinds * np.array(passed)[level])


def folded(rows: pl.DataFrame, unit: str, pairs: pl.DataFrame | None) -> pl.DataFrame:
    """One row per unit and group with the bits of all its rows; with the child's author, if `pairs` has it."""
    if rows.is_empty():
        return rows.with_columns(author=pl.lit(None, pl.UInt32)) if pairs is not None else rows
    group, number = (rows[name].to_numpy().astype(np.int64) for name in ("group", unit))
    key = group * (int(number.max()) + 1) + number
    if (key[1:] >= key[:-1]).all():
        order = np.arange(key.size)
    else:
        order = np.argsort(key)
        key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    place = pl.Series(order[first])
    bits = np.bitwise_or.reduceat(rows["bits"].to_numpy()[order], first)
    weight = np.maximum.reduceat(rows["weight"].to_numpy()[order], first)
    one = rows.select(pl.col("group", unit, "own").gather(place)).with_columns(
        bits=pl.Series(bits), weight=pl.Series(weight)
    )
    return one if pairs is None else one.with_columns(author=pairs["author"].gather(place))


def _sums(units: pl.DataFrame, asked: Sequence[Definition]) -> pl.DataFrame:
    """The count of each definition per group, from units with their bits and weights."""
    profiles = (
        units.lazy()
        .select("group", "bits", parts=(pl.col("weight") * WHOLE).round().cast(pl.Int64))
        .group_by("group", "bits")
        .agg(pl.col("parts").sum())
        .sort("group", "bits")
        .collect()
    )
    group, bits, parts = (profiles[name].to_numpy() for name in ("group", "bits", "parts"))
    keys, groups, sums = [], [], []
    first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]])) if group.size else np.zeros(0, dtype=int)
    for definition in asked if group.size else ():
        satisfied = (bits & wanted(definition)) != 0
        some = np.logical_or.reduceat(satisfied, first)
        total = np.add.reduceat(np.where(satisfied, parts, 0), first)
        keys += [definition.key] * int(some.sum())
        groups.append(group[first][some])
        sums.append(total[some] / WHOLE)
    return _table(keys, groups, sums, profiles["group"].dtype)


def _table(keys: list[str], groups: list[Ints], sums: list[Floats], dtype: pl.DataType) -> pl.DataFrame:
    schema = {"definition": pl.String, "group": dtype, "derivatives": pl.Float64}
    if not keys:
        return pl.DataFrame(schema=schema)
    columns = {"definition": keys, "group": np.concatenate(groups), "derivatives": np.concatenate(sums)}
    return pl.DataFrame(columns, schema=schema)
