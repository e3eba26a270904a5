"""Counts under every definition at once, from one small table per source of pairs.

A pair says that a repository is built on a group, by a relation. What a definition asks of the pairs
of one repository (or uploader) and one group is only: by which relations, at which threshold of
downloads, with or without own releases. So the answers are folded once into the bits of one number,
a bit for each relation, as tagged and as corrected, at each threshold; numbers are counted, and each
definition is a sum over those that have one of its bits. Hundreds of definitions then cost about as
much as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.base.vocabulary import RELATIONS
from pipeline.counting.definitions import MIN_DOWNLOADS, MOST_THRESHOLDS, Definition
from pipeline.hub.graph import Floats, Ints

NO_RELATION = len(RELATIONS)
"""Place of the relation of evidence that has none (shape, name)."""

KINDS = 2 * (len(RELATIONS) + 1)
"""Bits at one threshold: relations as tagged, then as corrected."""

assert KINDS * MOST_THRESHOLDS < 64, "with so many relations, fewer thresholds fit into 64 bits: lower MOST_THRESHOLDS"

BITS = np.array(
    [1 << tagged | 1 << corrected + KINDS // 2 for tagged in range(KINDS // 2) for corrected in range(KINDS // 2)]
)
"""A pair's bits at one threshold, by its two relations."""

PASSED = np.array([sum(1 << KINDS * place for place in range(level + 1)) for level in range(len(MIN_DOWNLOADS))])
"""By level of downloads a factor that repeats bits at it and at every lower one, all of which are passed with it."""

LEVEL_BITS = KINDS + 3
PROFILE_BITS = LEVEL_BITS + 1
"""A repository's profile: its bits, its level of downloads, and whether it is a release of the group itself."""

WHOLE = 10**11
"""Credit is summed in whole parts of this size, so that the order of rows does not matter."""

FEW = 50_000
"""Keys that are sooner sorted than laid out in a bin for each that could occur, of which there are millions."""

Row = tuple[str, int, float]


@dataclass(frozen=True)
class Counters:
    """What counting asks of a repository, by its number."""

    own: Ints  # the group it belongs to itself; -1 for none
    author: pl.Series  # a number; null where nobody is known
    level: Ints  # how many thresholds of downloads it passes, less one


def levels(downloads: pl.Series) -> Ints:
    """How many of the thresholds each number of downloads passes, less one; no number counts as 0."""
    known = np.maximum(downloads.fill_null(0).to_numpy(), 0)
    return np.searchsorted(np.array(MIN_DOWNLOADS), known, side="right") - 1


def wanted(definition: Definition) -> int:
    """The bits at one threshold of which a unit must have one."""
    if definition.relations is None:
        places = [NO_RELATION]
    elif definition.relations == "all":
        places = list(range(len(RELATIONS)))
    elif definition.relations == "without_quantized":
        places = [place for place, name in enumerate(RELATIONS) if name != "quantized"]
    else:
        places = [RELATIONS.index(definition.relations)]
    side = KINDS // 2 if definition.relation_basis == "corrected" else 0
    return sum(1 << (place + side) for place in places)


def count(pairs: pl.DataFrame, counters: Counters, asked: Sequence[Definition]) -> pl.DataFrame:
    """`definition, group, derivatives` for definitions that share one source.

    pairs: `child, group, relation, relation_corrected, weight`, where a relation is its place in
    `vocabulary.RELATIONS`, null for evidence that has none.
    """
    group, child, bits, weight = _by_child(pairs)
    own, level = counters.own[child] == group, counters.level[child]
    repositories = _profiles(group, bits | level << KINDS | own.astype(np.int64) << LEVEL_BITS, weight)
    found = [_of_repositories(repositories, [d for d in asked if d.unit == "repositories"])]
    authors = counters.author.gather(child)
    told = authors.is_not_null().to_numpy()
    for choice in ("counted", "left_out"):
        same = [d for d in asked if d.unit == "uploaders" and d.own_releases == choice]
        if same:
            kept = np.flatnonzero(told if choice == "counted" else told & ~own)
            author = authors.gather(kept).to_numpy().astype(np.int64)
            folded = _fold(group[kept], author, bits[kept] * PASSED[level[kept]])
            found.append(_of_uploaders(folded, same))
    schema = {"definition": pl.String, "group": pl.Int32, "derivatives": pl.Float64}
    return pl.DataFrame([row for rows in found for row in rows], schema=schema, orient="row")


def _by_child(pairs: pl.DataFrame) -> tuple[Ints, Ints, Ints, Floats | None]:
    """Group, child, bits and weight of each child and group, once; no weights where all are whole."""
    group, child = (pairs[name].to_numpy().astype(np.int64) for name in ("group", "child"))
    weight = pairs["weight"].to_numpy()
    tagged, corrected = (pairs[side].fill_null(NO_RELATION).to_numpy() for side in ("relation", "relation_corrected"))
    bits = BITS[tagged.astype(np.int64) * (NO_RELATION + 1) + corrected]
    whole = bool((weight == 1).all())
    order, first = _runs(group, child)
    if order is not None:
        group, child, bits, weight = group[order], child[order], bits[order], weight[order]
    if first.size:
        bits = np.bitwise_or.reduceat(bits, first)
        weight = np.maximum.reduceat(weight, first)
    return group[first], child[first], bits, None if whole else weight


def _runs(group: Ints, unit: Ints) -> tuple[Ints | None, Ints]:
    """An order in which rows of one group and unit stand together (none if they do), and where each begins."""
    key = group * (int(unit.max(initial=0)) + 1) + unit
    order = None
    if (key[1:] < key[:-1]).any():
        by_unit = (unit[1:] >= unit[:-1]).all()  # then a sort of few small numbers will do
        order = np.argsort(group.astype(np.int16), kind="stable") if by_unit else np.argsort(key)
        key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if key.size else np.zeros(0, dtype=np.int64)
    return order, first


def _fold(group: Ints, unit: Ints, bits: Ints) -> tuple[Ints, Ints, Ints]:
    """Group, bits and number of units that have them, from rows of units."""
    order, first = _runs(group, unit)
    if order is not None:
        group, bits = group[order], bits[order]
    if not first.size:
        return group, bits, np.zeros(0, dtype=np.int64)
    together = pl.DataFrame({"group": group[first], "bits": np.bitwise_or.reduceat(bits, first)})
    counted = together.group_by("group", "bits").len().sort("group", "bits")
    return counted["group"].to_numpy(), counted["bits"].to_numpy(), counted["len"].to_numpy().astype(np.int64)


def _profiles(group: Ints, profile: Ints, weight: Floats | None) -> tuple[Ints, Ints, Ints]:
    """Group, profile and the sum of the weights in parts of `WHOLE`, for each that occurs, sorted."""
    key = group << PROFILE_BITS | profile
    if weight is None and key.size < FEW:
        found, counted = np.unique(key, return_counts=True)
        parts = counted * WHOLE
    elif weight is None:
        counted = np.bincount(key)
        found = np.flatnonzero(counted)
        parts = counted[found] * WHOLE
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        found = key[first]
        parts = np.add.reduceat(np.round(weight * WHOLE).astype(np.int64)[order], first)
    return found >> PROFILE_BITS, found & ((1 << PROFILE_BITS) - 1), parts


def _of_repositories(profiles: tuple[Ints, Ints, Ints], asked: Sequence[Definition]) -> list[Row]:
    group, profile, parts = profiles
    bits, level, own = profile & ((1 << KINDS) - 1), profile >> KINDS & 7, profile >> LEVEL_BITS
    rows = []
    for definition in asked:
        counted = ((bits & wanted(definition)) != 0) & (level >= MIN_DOWNLOADS.index(definition.min_downloads))
        if definition.own_releases == "left_out":
            counted &= own == 0
        rows += _sums(definition, group[counted], parts[counted])
    return rows


def _of_uploaders(folded: tuple[Ints, Ints, Ints], asked: Sequence[Definition]) -> list[Row]:
    group, bits, units = folded
    rows = []
    for definition in asked:
        counted = (bits & (wanted(definition) << (KINDS * MIN_DOWNLOADS.index(definition.min_downloads)))) != 0
        rows += _sums(definition, group[counted], units[counted] * WHOLE)
    return rows


def _sums(definition: Definition, group: Ints, parts: Ints) -> list[Row]:
    """The count of each group that has any; groups are sorted."""
    if not group.size:
        return []
    first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    sums = np.add.reduceat(parts, first) / WHOLE
    return [(definition.key, number, total) for number, total in zip(group[first].tolist(), sums.tolist(), strict=True)]
