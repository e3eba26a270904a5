"""Counts under any number of definitions that share a source, from one small table.

A definition's *source* says which pairs there are and what credit each carries (evidence, reach, grouping, credit,
distillations, mirrors); the rest of a definition says which of them count: relations, own releases, a least number of
downloads, and whether repositories or uploaders are counted.

Method
1. A pair is of one *kind*: its relation, whether the child is the group's own, and the highest threshold of downloads
   that the child passes (with thresholds 0, 1, 6, 10 and 200, a child with 9 downloads passes 6).
2. A unit is what is counted once per group: a repository, a series where those count as one, or an uploader. It has a
   set of kinds, those of its pairs with the group, a bit for each kind.
3. Units of a group that have the same set are one row (a profile) with the sum of their credit: some hundred rows for
   millions of pairs.
4. A definition fits some kinds, and sums the credit of the profiles that have one of them. Credit is in whole parts
   (`CREDIT` for a repository), so that the order of rows does not matter. Uploaders are not split over roots: each
   counts in full.
"""

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.base.vocabulary import RELATIONS
from pipeline.counting import definitions as grid
from pipeline.counting.definitions import WITHOUT, Definition
from pipeline.counting.repositories import Repositories
from pipeline.hub.arrays import Ints, Words, packed, starts_of_runs, unique
from pipeline.hub.groups_above import CREDIT

Numbers = NDArray[np.integer]
"""Integers of any width: narrow ones are half the work."""
COUNTS_SCHEMA = {"definition": pl.String, "group": pl.String, "derivatives": pl.Float64}

_NO_RELATION = len(RELATIONS)
"""Stands for the relation of evidence by shape or name, after the numbers of those that edges state."""
_KIND_BITS = 10
"""Bits of the number of a kind: enough for a hundred thresholds."""


def count(pairs: pl.DataFrame, asked: Sequence[Definition], repositories: Repositories) -> pl.DataFrame:
    """`definition, group, derivatives` under definitions that share one source; groups without any have no row.

    pairs: those of the source, as `PairsBySource.of` gives them, or some of them in that order.
    """
    together: dict[tuple[str, str], list[Definition]] = {}
    for definition in asked:
        together.setdefault((_unit_column(definition), _relation_column(definition)), []).append(definition)
    child = pairs["child"].to_numpy()
    group = pairs["group"].to_physical().to_numpy().astype(np.int32)
    is_own = repositories.number(asked[0].grouping)[child] == group
    threshold = repositories.threshold[child]
    credit = pairs["credit"].to_numpy() if "credit" in pairs.columns else None
    parts = [pl.DataFrame(schema=COUNTS_SCHEMA)]
    for (unit_column, relation_column), same in together.items():
        relation = pairs[relation_column].to_physical().fill_null(_NO_RELATION).to_numpy().astype(np.int32)
        kind = (relation * 2 + is_own) * len(grid.MIN_DOWNLOADS) + threshold
        if unit_column == "child":
            profiles = _profiles(group, child, kind, credit)
        else:
            profiles = _profiles(*_in_order(group, repositories.number(unit_column)[child], kind))
        parts.append(_sums(profiles, same, repositories.group_names(asked[0].grouping)))
    return pl.concat(parts)


def counted_pairs(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """The pairs that a definition counts, for tables that show them by month or by uploader.

    pairs: `relation, relation_corrected, is_own, downloads` among their columns. Null relations (evidence by shape or
    name) count under definitions that ask for none.
    """
    relations = _relations(definition)
    is_counted = pl.lit(True) if None in relations else pl.col(_relation_column(definition)).is_in(list(relations))
    if definition.own_releases == "left_out":
        is_counted &= ~pl.col("is_own")
    if definition.min_downloads:
        is_counted &= pl.col("downloads") >= definition.min_downloads
    return pairs.filter(is_counted)


def _relations(definition: Definition) -> Collection[str | None]:
    """The relations that a definition counts; None is that of evidence without relations."""
    if definition.relations in WITHOUT:
        return {*RELATIONS} - {WITHOUT[definition.relations]}
    return {definition.relations} if definition.relations in RELATIONS else {*RELATIONS, None}


def _relation_column(definition: Definition) -> str:
    return "relation_corrected" if definition.relation_basis == "corrected" else "relation"


def _unit_column(definition: Definition) -> str:
    """The column of repositories that is the same in all those which count once."""
    if definition.unit == "uploaders":
        return "author"
    return "series" if definition.series == "as_one" else "child"


def _fits(definition: Definition) -> Words:
    """The kinds that the definition counts, a bit for each, 64 of them a word."""
    counted = _relations(definition)
    relations = np.array([relation in counted for relation in (*RELATIONS, None)])
    owners = np.array([True, definition.own_releases != "left_out"])
    thresholds = np.array(grid.MIN_DOWNLOADS) >= definition.min_downloads
    kinds = (relations[:, None, None] & owners[:, None] & thresholds).ravel()
    return np.packbits(np.pad(kinds, (0, -kinds.size % 64)), bitorder="little").view(np.uint64)


def _in_order(group: Numbers, unit: Numbers, kind: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The three in the order of group, then unit, each once; units that are not known (-1) are left out."""
    known = unit >= 0
    pairs = packed(group[known].astype(np.int64), unit[known].astype(np.int64))
    keys = unique(pairs << _KIND_BITS | kind[known])
    return keys >> 32 + _KIND_BITS, keys >> _KIND_BITS & 0xFFFFFFFF, keys & (1 << _KIND_BITS) - 1


def _profiles(group: Numbers, unit: Numbers, kind: Numbers, credit: Ints | None = None) -> pl.DataFrame:
    """`group, credit` and words of bits: a row for each set of kinds that units of a group have.

    Rows come in the order of group, then unit. credit: in parts of `CREDIT`, the same in all rows of a unit and group;
    without it, units count in full.
    """
    is_start = np.ones(group.size + 1, dtype=bool)
    is_start[1:-1] = (unit[1:] != unit[:-1]) | (group[1:] != group[:-1])
    alone = is_start[1:] & is_start[:-1]  # most units have one row, and are added up by the number of its kind
    n_kinds = int(kind.max(initial=0)) + 1
    of_kind = np.zeros((int(group.max(initial=0)) + 1) * n_kinds, dtype=np.int64)
    np.add.at(of_kind, group[alone] * n_kinds + kind[alone], CREDIT if credit is None else credit[alone])
    found = np.flatnonzero(of_kind)
    group, kind, starts = group[~alone], kind[~alone], np.flatnonzero(is_start[:-1][~alone])
    of_several = np.full(starts.size, CREDIT) if credit is None else credit[~alone][starts]
    parts = []
    for of_group, sets, of_set in (
        (found // n_kinds, _words(found % n_kinds, n_kinds), of_kind[found]),
        (group[starts], [np.bitwise_or.reduceat(bits, starts) for bits in _words(kind, n_kinds)], of_several),
    ):
        words = {f"kinds_{word}": bits for word, bits in enumerate(sets)}
        parts.append(pl.DataFrame({"group": of_group.astype(np.int64), **words, "credit": of_set}))
    return pl.concat(parts).group_by(pl.exclude("credit")).agg(pl.col("credit").sum()).sort("group")


def _words(kind: Numbers, n_kinds: int) -> list[Words]:
    """Sets of one kind each: a bit in one of as many words as `n_kinds` need."""
    bits = np.uint64(1) << (kind % 64).astype(np.uint64)
    return [np.where(kind // 64 == word, bits, np.uint64(0)) for word in range(-(-n_kinds // 64))]


def _sums(profiles: pl.DataFrame, asked: Sequence[Definition], names: pl.Series) -> pl.DataFrame:
    """`definition, group, derivatives`: the credit of the profiles that have a kind which the definition counts.

    names: of groups, by number.
    """
    group, credit = profiles["group"].to_numpy(), profiles["credit"].to_numpy()
    sets = profiles.drop("group", "credit").to_numpy()
    fits = np.array([_fits(definition) for definition in asked])[:, : sets.shape[1]]
    is_counted = (sets[:, None, :] & fits).any(axis=2)
    starts = starts_of_runs(group)
    sums = np.add.reduceat(np.where(is_counted, credit[:, None], 0), starts, axis=0)
    of_group, by = np.nonzero(sums)
    return pl.DataFrame(
        {
            "definition": pl.Series([definition.key for definition in asked]).gather(by),
            "group": names.gather(group[starts][of_group]),
            "derivatives": sums[of_group, by] / CREDIT,
        },
        schema=COUNTS_SCHEMA,
    )
