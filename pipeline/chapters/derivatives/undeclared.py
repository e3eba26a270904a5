"""What lineage that nobody declares would add, and how far its inference can be trusted.

Method
1. Three rules propose families without looking at a repository's own declaration:
   - `shape`: the family that owns its shape (`evidence.shape_pairs`);
   - `name`: every family that its name bears (`evidence.name_pairs`);
   - `repackager`: for a conversion by a registered repackager, the one other model of that name
     (`inferred.repackaged`), and with it that parent's family and all families above the parent.
2. Quality. Declared edges are hidden: of the repositories that declare a parent, those whose every root
   has a known family are taken, the declaration forgotten, the rules asked, and the answer compared
   with the families that the declaration leads to (full credit, direct and transitive; a registered
   distillation stands for both parents). Precision is the share of proposals that are right, recall
   the share of declared families that are found. A family's own releases count nowhere. That is the
   upper bound of precision. The lower one is over all that declare a parent, whatever their roots: what
   a declaration does not lead to counts as wrong there, also where it ends in an unknown root.
3. Lower bound: derivatives as declared, direct and transitive. Estimate: the same, with the rule's
   proposals for repositories that declare nothing, and with what is declared to descend from those.
   It is an estimate and no upper bound: a rule may propose too much, and misses what it cannot see.

Known drawbacks: those who do not declare differ from those who do (a declared derivative often also
keeps the name and the shape), so hiding declarations flatters every rule. A snapshot without declared
lineage gives no quality at all, and its lower bound is zero.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.results import Results
from pipeline.chapters.derivatives.schema import Bounds, InferenceQuality
from pipeline.counting import evidence
from pipeline.counting.credit import parents, redirect
from pipeline.counting.repositories import Repositories
from pipeline.hub.arrays import Ints, halves, packed
from pipeline.hub.inferred import repackaged

Pairs = Ints
"""A group's number and a child, in one number (`packed`), each pair once, in order."""


def make(repositories: Repositories, params: Params, results: Results) -> None:
    """Write the rules' quality and the bounds."""
    judged, between = undeclared(repositories, params.report.grouping)
    results.write("inference_quality", judged, InferenceQuality)
    results.write("bounds", between, Bounds)


def undeclared(repositories: Repositories, grouping: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `schema.InferenceQuality`, by family, and of `schema.Bounds`, as the report groups."""
    proposals = propose(repositories, "family")
    judged = quality(declared(repositories), proposals, repositories.group_names("family"))
    if grouping != "family":
        proposals = propose(repositories, grouping)
    return judged, bounds(repositories, grouping, proposals)


def propose(repositories: Repositories, grouping: str) -> dict[str, Pairs]:
    """Pairs by rule, a group's own releases left out."""
    nodes, directory, groups = repositories.nodes, repositories.directory, repositories.groups(grouping)
    pairs = {
        "shape": evidence.shape_pairs(nodes, repositories.shapes, groups, directory),
        "name": evidence.by_organisation(repositories.families_by_name, grouping, directory),
        "repackager": by_repackager(repositories, groups),
    }
    return {
        rule: without_own(repositories, grouping, found.cast({"group": groups.schema["group"]}))
        for rule, found in pairs.items()
    }


def by_repackager(repositories: Repositories, groups: pl.DataFrame) -> pl.DataFrame:
    """`child, group`: conversions by registered repackagers and the groups of the one model whose name they bear."""
    nodes = repositories.nodes
    listed = nodes.models("author", "is_quantized_format")
    found, _ = repackaged(listed.with_columns(nodes.names(listed["id"])), repositories.directory)
    proposed = nodes.with_nodes(found.select("child", "parent"), "child", "parent")
    above = repositories.ancestry.groups_above(groups)
    holders = pl.concat([groups.drop_nulls().rename({"id": "parent"}), above.rename({"child": "parent"})])
    return proposed.join(holders, on="parent").select("child", "group").unique()


def without_own(repositories: Repositories, grouping: str, pairs: pl.DataFrame) -> Pairs:
    """Pairs (`child, group`, each once) without those of a group's own releases with that group."""
    child, group = (pairs[name].to_physical().to_numpy().astype(np.int64) for name in ("child", "group"))
    is_others = repositories.number(grouping)[child] != group
    return np.sort(packed(group[is_others], child[is_others]))


class Declared(NamedTuple):
    """What the snapshot's declarations say. declares: by node, whether it is in the snapshot and declares a parent."""

    declares: NDArray[np.bool_]
    families: Pairs
    known_families: Pairs
    """Those of repositories whose every root has a known family."""


def declared(repositories: Repositories) -> Declared:
    """The families above everybody who declares a parent; a registered distillation stands for both parents."""
    groups = repositories.groups("family")
    kind = groups.schema["group"]
    listed = parents(repositories.distillations).cast({"teacher_group": kind, "base_group": kind})
    above = without_own(repositories, "family", repositories.ancestry.groups_above(redirect(groups, listed, "both")))
    traced = repositories.nodes.lineage("n_parents", "in_snapshot", "roots")
    roots = traced.filter(pl.col("n_parents") > 0, "in_snapshot").select("id", "roots").explode("roots")
    is_unknown = repositories.number("family")[roots["roots"].to_numpy()] < 0
    declares, is_known = np.zeros((2, repositories.nodes.ids.len()), dtype=bool)
    declares[roots["id"].to_numpy()] = is_known[roots["id"].to_numpy()] = True
    is_known[roots["id"].to_numpy()[is_unknown]] = False
    return Declared(declares, of_children(above, declares), of_children(above, is_known))


def of_children(pairs: Pairs, which: NDArray[np.bool_]) -> Pairs:
    """The pairs of some children. which: those, by node."""
    return pairs[which[halves(pairs)[1]]]


def by_group(pairs: Pairs, n_groups: int) -> Ints:
    """Number of pairs of each group."""
    return np.bincount(halves(pairs)[0], minlength=n_groups)


def quality(stated: Declared, proposals: dict[str, Pairs], families: pl.Series) -> pl.DataFrame:
    """Rows of `schema.InferenceQuality`: what the rules propose beside what the declarations say.

    families: the name of each.
    """
    has_known = np.zeros(stated.declares.size, dtype=bool)
    has_known[halves(stated.known_families)[1]] = True
    parts = [tables.empty(InferenceQuality)]
    for rule, found in proposals.items():
        asked, asked_all = of_children(found, has_known), of_children(found, stated.declares)
        counted = {
            "declared": stated.known_families,
            "proposed": asked,
            "correct": np.intersect1d(asked, stated.known_families, assume_unique=True),
            "proposed_all": asked_all,
            "correct_all": np.intersect1d(asked_all, stated.families, assume_unique=True),
        }
        rows = pl.DataFrame({name: by_group(pairs, families.len()) for name, pairs in counted.items()})
        share = {
            name: pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))
            for name, part, whole in (
                ("precision", "correct", "proposed"),
                ("recall", "correct", "declared"),
                ("precision_all", "correct_all", "proposed_all"),
            )
        }
        rows = rows.with_columns(rule=pl.lit(rule), family=families, **share)
        parts.append(rows.filter(pl.sum_horizontal("declared", "proposed_all") > 0).select(parts[0].columns))
    return pl.concat(parts)


def bounds(repositories: Repositories, grouping: str, proposals: dict[str, Pairs]) -> pl.DataFrame:
    """Rows of `schema.Bounds`: a group is listed under every rule if it has derivatives under one."""
    names, ancestry = repositories.group_names(grouping), repositories.ancestry
    known = repositories.groups(grouping).drop_nulls()
    lower = by_group(without_own(repositories, grouping, ancestry.groups_above(known)), names.len())
    has_parent = np.zeros(repositories.nodes.ids.len(), dtype=bool)
    has_parent[ancestry.children.to_numpy()] = True
    parts = []
    for rule, found in proposals.items():
        added = of_children(found, ~has_parent)
        group, child = halves(added)
        silent = pl.DataFrame({"id": child.astype(np.uint32), "group": names.gather(group)}).cast(known.schema)
        below = without_own(repositories, grouping, ancestry.groups_above(pl.concat([known, silent])))
        # A repository below declares a parent and one of `added` does not, so no pair comes twice.
        estimate = by_group(added, names.len()) + by_group(below, names.len())
        parts.append(pl.DataFrame({"group": names, "rule": rule, "lower": lower, "estimate": estimate}))
    return pl.concat(parts).filter(pl.col("estimate").max().over("group") > 0)
