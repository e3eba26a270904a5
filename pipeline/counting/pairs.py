"""Pairs of a repository and a group that it is built on.

A pair is direct where a parent stands for the group, transitive where the parent or one of its ancestors does. Which
groups repositories stand for is a frame `id, group`, with none, one or several rows a repository. Pairs by shape and by
name are those of `pipeline.counting.evidence`.

`PairsBySource` makes the pairs of any source of the grid of definitions.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Generic, TypeVar

import numpy as np
import polars as pl

from pipeline.counting import evidence
from pipeline.counting.credit import parents, redirect
from pipeline.counting.definitions import MIRRORS, Definition, Source
from pipeline.counting.repositories import RELATION, Repositories
from pipeline.hub.arrays import packed
from pipeline.hub.groups_above import Ancestry

Value = TypeVar("Value")


def direct_pairs(edges: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """`edges` without their parents, with `group`: a row for each edge and group that its parent stands for.

    edges: `child, parent` and any further columns. groups: `id, group`, nulls ignored.
    """
    return edges.join(groups.drop_nulls(), left_on="parent", right_on="id").drop("parent")


def transitive_pairs(edges: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The same, with a row for each edge and group that its parent or an ancestor of its parent stands for."""
    return Ancestry.of(edges).groups_along_edges(groups)


def to_originals(edges: pl.DataFrame, mirrors: pl.DataFrame) -> pl.DataFrame:
    """Edges to copies of a release (`mirror, original`) lead to that release instead, each pair once.

    Only children that name a copy can come to name a release twice, so only theirs are looked through.
    """
    names_a_copy = edges["parent"].is_in(mirrors["mirror"].unique().implode())
    is_affected = edges["child"].is_in(edges["child"].filter(names_a_copy).unique().implode())
    rows = edges.with_row_index("row")
    moved = (
        rows.filter(is_affected)
        .join(mirrors.select(parent="mirror", original="original"), on="parent", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce("original", "parent"))
        .drop("original")
        .unique(["child", "parent"], keep="first", maintain_order=True)
    )
    together = pl.concat([rows.filter(~is_affected), moved]).sort("row", maintain_order=True)
    return together.filter(pl.col("child") != pl.col("parent")).drop("row")


def by_source(asked: Iterable[Definition], repositories: Repositories) -> dict[Source, list[Definition]]:
    """Definitions by the source of their pairs, in an order in which sources that share a graph follow each other.

    Where nothing is inferred, declared edges are all there are, and both kinds of evidence are one source.
    """
    all_declared = repositories.edges["is_declared"].all()
    found: dict[Source, list[Definition]] = {}
    for definition in asked:
        source = definition.source
        if source.evidence == "declared_or_inferred" and all_declared:
            source = replace(source, evidence="declared")
        found.setdefault(source, []).append(definition)
    order = sorted(
        found, key=lambda s: tuple(map(str, (s.evidence, s.mirrors, s.reach, s.grouping, s.distills, s.credit)))
    )
    return {source: found[source] for source in order}


def _in_order(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs in the order of groups, then of children; most come so, and to see that costs little."""
    group, child = pairs["group"].to_physical().to_numpy(), pairs["child"].to_numpy()
    keys = packed(group, child)
    if (keys[1:] >= keys[:-1]).all():
        return pairs
    if (child[1:] >= child[:-1]).all():  # as edges are, so that a sort by counting is enough
        return pairs[np.argsort(group.astype(np.uint16), kind="stable")]
    return pairs[np.argsort(keys)]


class Latest(Generic[Value]):
    """The value that was made last, by its key. It is dropped before the next is made, so there are never two."""

    def __init__(self) -> None:
        self._key: object = None
        self._value: Value | None = None

    def get(self, key: object, make: Callable[[], Value]) -> Value:
        """The value of this key, made anew where another was asked for last."""
        if self._value is None or key != self._key:
            self._value = None
            self._key, self._value = key, make()
        return self._value


class PairsBySource:
    """The pairs of one source after the other.

    Sources share edges, the graph that is laid out from them, and the pairs whose credit they split in several ways.
    The latest of each is remembered, and no more: on a census of millions a graph takes hundreds of megabytes. So ask
    in the order of `by_source`.

    only: groups whose pairs are asked for; without it those of all.
    """

    def __init__(self, repositories: Repositories, only: Collection[str] | None = None) -> None:
        self.repositories = repositories
        self.only = only
        self._edges = Latest[pl.DataFrame]()
        self._ancestry = Latest[Ancestry]()
        self._groups = Latest[pl.DataFrame]()
        self._transitive = Latest[pl.DataFrame]()

    def of(self, source: Source) -> pl.DataFrame:
        """`child, group, relation, relation_corrected` in the order of groups, then of children.

        Several rows a child and group are possible, one for each edge. Relations are null for evidence that has none.
        Where the source splits credit, `credit` is what the group gets of the child, in parts of
        `groups_above.CREDIT`; it is the same in all rows of a child and group.
        """
        if source.evidence == "shape":
            pairs = self._without_edges(source, self._of_shape(source))
        elif source.evidence == "name":
            pairs = self._without_edges(source, self._of_name(source))
        else:
            pairs = self._of_edges(source)
        return _in_order(pairs)

    def _of_edges(self, source: Source) -> pl.DataFrame:
        """Pairs that follow from edges."""
        groups = self._groups.get((source.grouping, source.distills), lambda: self._standing_for(source))
        key = (source.evidence, source.mirrors)
        edges = self._edges.get(key, lambda: self._edges_of(source))
        if source.reach == "direct":
            return direct_pairs(edges, groups)
        is_plain = key == ("declared", "as_declared")
        ancestry = self.repositories.ancestry if is_plain else self._ancestry.get(key, lambda: Ancestry.of(edges))
        pairs = self._transitive.get(
            (*key, source.grouping, source.distills), lambda: ancestry.groups_along_edges(groups)
        )
        if source.credit == "by_roots" or source.credit == "by_paths":
            return ancestry.split_credit(pairs, groups, source.credit)
        return pairs

    def _edges_of(self, source: Source) -> pl.DataFrame:
        edges = self.repositories.edges_of(source.evidence).drop("is_declared")
        classes = MIRRORS[source.mirrors or "as_declared"]
        return to_originals(edges, self.repositories.mirrors_of(classes)) if classes else edges

    def _standing_for(self, source: Source) -> pl.DataFrame:
        """`id, group`: whom the descendants of each repository count for."""
        known = self.repositories
        owner = dict(known.families.iter_rows()) if source.grouping == "organisation" else {}
        group = known.column(source.grouping).dtype
        listed = parents(known.distillations, owner).cast({"teacher_group": group, "base_group": group})
        groups = redirect(known.groups(source.grouping), listed, source.distills or "as_declared")
        return groups.filter(self._is_asked())

    def _of_shape(self, source: Source) -> pl.DataFrame:
        known = self.repositories
        return evidence.shape_pairs(known.nodes, known.shapes, known.groups(source.grouping), known.directory)

    def _of_name(self, source: Source) -> pl.DataFrame:
        known = self.repositories
        return evidence.by_organisation(known.families_by_name, source.grouping, known.directory)

    def _without_edges(self, source: Source, pairs: pl.DataFrame) -> pl.DataFrame:
        """Pairs (`child, group`) with null relations."""
        group, none = self.repositories.column(source.grouping).dtype, pl.lit(None, RELATION)
        asked = pairs.filter(self._is_asked())
        return asked.select("child", pl.col("group").cast(group), relation=none, relation_corrected=none)

    def _is_asked(self) -> pl.Expr:
        """Whether the pairs of a group are asked for."""
        return pl.lit(True) if self.only is None else pl.col("group").cast(pl.String).is_in(self.only)
