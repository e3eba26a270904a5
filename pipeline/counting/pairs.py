"""Pairs of a repository and a group that it is built on.

A pair is direct where a parent stands for the group, transitive where the parent or one of its ancestors does. Which
groups repositories stand for is a frame `id, group`, with none, one or several rows a repository. Pairs by shape and by
name are those of `pipeline.counting.evidence`.

`PairsBySource` makes the pairs of any source of the grid of definitions.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import polars as pl

from pipeline.counting import evidence
from pipeline.counting.credit import parents, redirect
from pipeline.counting.definitions import Definition, Distills, Source
from pipeline.counting.repositories import RELATION, Repositories
from pipeline.hub.groups_above import CREDIT, Ancestry


def direct_pairs(edges: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """`edges` without their parents, with `group`: a row for each edge and group that its parent stands for.

    edges: `child, parent` and any further columns. groups: `id, group`, nulls ignored.
    """
    return edges.join(groups.drop_nulls(), left_on="parent", right_on="id").drop("parent")


def transitive_pairs(edges: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The same, with a row for each edge and group that its parent or an ancestor of its parent stands for."""
    return Ancestry.of(edges).groups_along_edges(groups)


def to_originals(edges: pl.DataFrame, mirrors: pl.DataFrame) -> pl.DataFrame:
    """Edges to unchanged copies of a release (`mirror, original`) lead to that release instead, each pair once.

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


class PairsBySource:
    """The pairs of one source after the other.

    Sources share edges, the graph that is laid out from them, and the pairs whose credit they split in several ways.
    The last of each is remembered, and no more: on a census of millions a graph takes hundreds of megabytes. So ask in
    the order of `by_source`.
    """

    def __init__(self, repositories: Repositories) -> None:
        self.repositories = repositories
        self._edges = lru_cache(maxsize=1)(self._make_edges)
        self._ancestry = lru_cache(maxsize=1)(self._make_ancestry)
        self._groups = lru_cache(maxsize=1)(self._make_groups)
        self._transitive = lru_cache(maxsize=1)(self._make_transitive)
        self._family_names = lru_cache(maxsize=1)(self._make_family_names)

    def of(self, source: Source) -> pl.DataFrame:
        """`child, group, relation, relation_corrected, credit, is_own, author, downloads, month`.

        Several rows a child and group are possible, one for each edge. Relations are null for evidence that has none.
        credit: what the group gets of the child, in parts of `CREDIT`; the same in all rows of a child and group.
        is_own: the child belongs to the group itself. Author, downloads and month are null for a child that is not in
        the snapshot.
        """
        return self.repositories.with_attributes(self._without_attributes(source), source.grouping)

    def _without_attributes(self, source: Source) -> pl.DataFrame:
        """`child, group, relation, relation_corrected, credit`."""
        if source.evidence in ("shape", "name"):
            group = self.repositories.about.schema[source.grouping]
            none = pl.lit(None, RELATION)
            return self._undeclared(source).select(
                "child", pl.col("group").cast(group), relation=none, relation_corrected=none, credit=pl.lit(CREDIT)
            )
        groups = self._groups(source.grouping, source.distills)
        if source.reach == "direct":
            pairs = direct_pairs(self._edges(source.evidence, source.mirrors), groups)
        else:
            pairs = self._transitive(source.evidence, source.mirrors, source.grouping, source.distills)
        if source.credit == "by_roots" or source.credit == "by_paths":
            pairs = self._ancestry(source.evidence, source.mirrors).split_credit(pairs, groups, source.credit)
        else:
            pairs = pairs.with_columns(credit=pl.lit(CREDIT))
        return pairs.select("child", "group", "relation", "relation_corrected", "credit")

    def _undeclared(self, source: Source) -> pl.DataFrame:
        """`child, group` by shape or by name."""
        known = self.repositories
        if source.evidence == "shape":
            return evidence.shape_pairs(known.nodes, known.shapes, known.groups(source.grouping), known.directory)
        return evidence.by_organisation(self._family_names(), source.grouping, known.directory)

    def _make_edges(self, kind: str, mirrors: str | None) -> pl.DataFrame:
        edges = self.repositories.edges_of(kind)
        return to_originals(edges, self.repositories.mirrors) if mirrors == "to_original" else edges

    def _make_ancestry(self, kind: str, mirrors: str | None) -> Ancestry:
        return Ancestry.of(self._edges(kind, mirrors))

    def _make_groups(self, grouping: str, distills: Distills | None) -> pl.DataFrame:
        """`id, group`: whom the descendants of each repository count for."""
        known = self.repositories
        owner = dict(known.families.iter_rows()) if grouping == "organisation" else {}
        group = known.about.schema[grouping]
        listed = parents(known.distillations, owner).cast({"teacher_group": group, "base_group": group})
        return redirect(known.groups(grouping), listed, distills or "as_declared")

    def _make_transitive(
        self, kind: str, mirrors: str | None, grouping: str, distills: Distills | None
    ) -> pl.DataFrame:
        return self._ancestry(kind, mirrors).groups_along_edges(self._groups(grouping, distills))

    def _make_family_names(self) -> pl.DataFrame:
        return evidence.name_pairs(self.repositories.nodes, "family", self.repositories.directory)
