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

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.results import Results
from pipeline.chapters.derivatives.schema import Bounds, InferenceQuality
from pipeline.counting import evidence
from pipeline.counting.credit import redirect
from pipeline.counting.groups import GROUP, groups_of, parent_groups, without_own
from pipeline.counting.repositories import Repositories
from pipeline.hub.groups_above import Ancestry
from pipeline.hub.inferred import repackaged
from pipeline.hub.nodes import Nodes


def make(repositories: Repositories, params: Params, results: Results) -> None:
    """Write the rules' quality and the bounds."""
    judged, between = undeclared(repositories, params.report.grouping)
    results.write("inference_quality", judged, InferenceQuality)
    results.write("bounds", between, Bounds)


def undeclared(repositories: Repositories, grouping: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `schema.InferenceQuality`, by family, and of `schema.Bounds`, as the report groups."""
    nodes, directory = repositories.nodes, repositories.directory
    core = nodes.models("author", "is_quantized_format", *evidence.SHAPE)
    traced = nodes.lineage("n_parents", "in_snapshot", "roots")
    groups = groups_of(nodes, directory)
    listed = parent_groups(nodes.with_nodes(register.load("distillations", directory), "release"))
    ancestry = Ancestry.of(nodes.edges(declared=True))
    proposals = propose(repositories, core, groups, ancestry)
    above = ancestry.groups_above(redirect(groups, listed, "both"))
    truth, everybody = known_lineage(traced, groups, above), all_declared(traced, groups, above)
    judged = quality(truth, proposals, everybody)
    if grouping != "family":
        groups = groups_of(nodes, directory, grouping)
        proposals = propose(repositories, core, groups, ancestry, grouping)
    return judged, bounds(groups, ancestry, proposals)


def propose(
    repositories: Repositories, core: pl.DataFrame, groups: pl.DataFrame, ancestry: Ancestry, grouping: str = "family"
) -> dict[str, pl.DataFrame]:
    """`child, group` by rule, each once, a group's own releases left out."""
    nodes, directory = repositories.nodes, repositories.directory
    pairs = {
        "shape": by_shape(nodes, core, groups, directory),
        "name": by_name(repositories, grouping),
        "repackager": by_repackager(nodes, core, groups, ancestry, directory),
    }
    return {rule: without_own(found, groups) for rule, found in pairs.items()}


def by_shape(nodes: Nodes, core: pl.DataFrame, groups: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Repositories and the family that owns their shape."""
    return evidence.shape_pairs(nodes, core, groups, directory).select("child", "group")


def by_name(repositories: Repositories, grouping: str = "family") -> pl.DataFrame:
    """Repositories and each family that their name bears, or that family's organisation."""
    pairs = evidence.by_organisation(repositories.families_by_name, grouping, repositories.directory)
    return pairs.select("child", pl.col("group").cast(GROUP))


def by_repackager(
    nodes: Nodes, core: pl.DataFrame, groups: pl.DataFrame, ancestry: Ancestry, directory: Path
) -> pl.DataFrame:
    """Conversions by registered repackagers and the families of the one model whose name they bear."""
    named = core.select("author", "is_quantized_format", nodes.names(core["id"]))
    proposed = nodes.with_nodes(repackaged(named, directory)[0].select("child", "parent"), "child", "parent")
    holders = pl.concat(
        [groups.drop_nulls().rename({"id": "parent"}), ancestry.groups_above(groups).rename({"child": "parent"})]
    )
    return proposed.join(holders, on="parent").select("child", "group").unique()


def known_lineage(traced: pl.DataFrame, groups: pl.DataFrame, above: pl.DataFrame) -> pl.DataFrame:
    """`child, group` of the repositories that declare a parent and whose every root has a known family."""
    roots = traced.filter(pl.col("n_parents") > 0, "in_snapshot").select("id", "roots").explode("roots")
    unknown = roots.filter(groups["group"].is_null().gather(roots["roots"]))
    inside = traced.filter("in_snapshot").select(child="id")
    with_known_roots = above.join(inside, on="child", how="semi").join(
        unknown.select(child="id"), on="child", how="anti"
    )
    return without_own(with_known_roots, groups)


@dataclass(frozen=True)
class Declared:
    """All that declare a parent: `children` (`child`), and the families that this leads them to (`child, group`)."""

    children: pl.DataFrame
    families: pl.DataFrame


def all_declared(traced: pl.DataFrame, groups: pl.DataFrame, above: pl.DataFrame) -> Declared:
    """Repositories of the snapshot that declare a parent, with known roots or without."""
    children = traced.filter(pl.col("n_parents") > 0, "in_snapshot").select(child="id")
    return Declared(children, without_own(above.join(children, on="child", how="semi"), groups))


def quality(truth: pl.DataFrame, proposals: dict[str, pl.DataFrame], everybody: Declared) -> pl.DataFrame:
    """Rows of `schema.InferenceQuality`: `truth` is what the hidden declarations say, known to their roots."""
    population = truth.select("child").unique()
    declared = truth.group_by("group").agg(declared=pl.len())
    parts = [tables.empty(InferenceQuality)]
    for rule, found in proposals.items():
        asked = found.join(population, on="child", how="semi")
        right = asked.join(truth, on=["child", "group"], how="semi")
        rows = (
            declared.join(asked.group_by("group").agg(proposed=pl.len()), on="group", how="full", coalesce=True)
            .join(right.group_by("group").agg(correct=pl.len()), on="group", how="left")
            .with_columns(pl.col("declared", "proposed", "correct").fill_null(0).cast(pl.Int64))
        )
        asked_all = found.join(everybody.children, on="child", how="semi")
        right_all = asked_all.join(everybody.families, on=["child", "group"], how="semi")
        of_all = (
            asked_all.group_by("group")
            .agg(proposed_all=pl.len())
            .join(right_all.group_by("group").agg(correct_all=pl.len()), on="group", how="left")
        )
        rows = rows.join(of_all, on="group", how="full", coalesce=True).with_columns(
            pl.col("declared", "proposed", "correct", "proposed_all", "correct_all").fill_null(0).cast(pl.Int64)
        )
        share = {
            name: pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))
            for name, part, whole in (
                ("precision", "correct", "proposed"),
                ("recall", "correct", "declared"),
                ("precision_all", "correct_all", "proposed_all"),
            )
        }
        parts.append(
            rows.select(
                pl.lit(rule).alias("rule"),
                pl.col("group").cast(pl.String).alias("family"),
                "declared",
                "proposed",
                "correct",
                share["precision"].alias("precision"),
                share["recall"].alias("recall"),
                "proposed_all",
                "correct_all",
                share["precision_all"].alias("precision_all"),
            )
        )
    return pl.concat(parts)


def bounds(
    groups: pl.DataFrame,
    ancestry: Ancestry,
    proposals: dict[str, pl.DataFrame],
) -> pl.DataFrame:
    """Rows of `schema.Bounds`: a family is listed under every rule if it has derivatives under one."""
    known = groups.drop_nulls()
    declared = without_own(ancestry.groups_above(known), groups)
    declaring = ancestry.children.to_frame()
    counts = []
    for rule, found in proposals.items():
        added = found.join(declaring, on="child", how="anti")
        below = ancestry.groups_above(pl.concat([known, added.rename({"child": "id"})]))
        # A repository below declares a parent and one of `added` does not, so no pair comes twice.
        estimated = pl.concat([added, without_own(below, groups)])
        counts.append(estimated.group_by("group").agg(estimate=pl.len().cast(pl.Int64)).with_columns(rule=pl.lit(rule)))
    estimates = pl.concat(counts)
    lower = declared.group_by("group").agg(lower=pl.len().cast(pl.Int64))
    rules = pl.DataFrame({"rule": list(proposals)})
    return (
        estimates.select("group")
        .unique()
        .join(rules, how="cross")
        .join(lower, on="group", how="left")
        .join(estimates, on=["group", "rule"], how="left")
        .with_columns(pl.col("lower").fill_null(0))
        .with_columns(estimate=pl.coalesce("estimate", "lower"))
    )
