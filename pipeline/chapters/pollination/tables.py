"""Both parents of each distilled release, and which family feeds which.

A distilled release has two parents: the teacher, whose answers it was trained on, and the base, whose
weights it started from. The register lists the certain cases with sources.

Method
1. Credit. Whose derivatives are the descendants of a distilled release?
   - `as_declared`: its own family's, as namespaces and declared edges say;
   - `to_base`: the base's family instead of its own;
   - `both`: its own family's, the teacher's and the base's.
   `redirect` changes the families that a release stands for, so every count of ancestors follows.
2. Counts. Declared lineage gives direct children and all descendants. A snapshot that declares
   nothing gives the repositories whose name bears the release's name.
3. Flows go from the family that something is taken from to the family that it goes into:
   - `distillation`: from the teacher's family to the base's (register);
   - `finetune`: from a base's family to the family of another maker's release (the register's
     `built_on`, and declared fine-tunes and adapters); registered distillations are left out;
   - `merge`: between the families of a merge's roots, towards the one whose weights it has: the only
     one left when distillations stand for their base, else the one whose shape it has. Where neither
     decides, the merge counts once in each direction.

Known drawbacks: the register has what makers state, so distillations that nobody states are missing;
names miss a release that was renamed; many merges have no registered shape.
"""

from pathlib import Path
from typing import get_args

import dataframely as dy
import polars as pl

from pipeline import register
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.pollination.schema import DistillationCounts, DistillationCredit, FamilyFlows
from pipeline.counting import evidence
from pipeline.counting.credit import redirect
from pipeline.counting.definitions import Distills
from pipeline.counting.groups import groups_of, parent_groups, without_own
from pipeline.hub.groups_above import Ancestry
from pipeline.hub.nodes import Nodes
from pipeline.register.lookup.identity import named_after

TUNED = ("finetune", "adapter", "unspecified")
BUILT = ("child", "parent")


CONTRACTS: dict[str, type[dy.Schema]] = {
    "distillations": DistillationCounts,
    "distillation_credit": DistillationCredit,
    "family_flows": FamilyFlows,
}


def make(paths: Paths, results: Results) -> None:
    """Read core tables and the register; write what distillations are counted for, and the flows."""
    for name, table in pollination(Nodes.load(paths, registered_names(paths.register)), paths.register).items():
        results.write(name, table, CONTRACTS[name])


def registered_names(directory: Path) -> list[pl.Series]:
    """Names of the register that the chapter counts on: `Nodes.load` numbers them, used by a repository or not."""
    return [*evidence.registered(directory), register.load("distillations", directory)["release"]]


def pollination(nodes: Nodes, directory: Path) -> dict[str, pl.DataFrame]:
    """Tables under `CONTRACTS`, by name. nodes: those of `registered_names` among them; directory: the register."""
    register_rows = register.load("distillations", directory)
    core = nodes.models(*evidence.SHAPE)
    edges = nodes.edges(declared=True, columns=("relation",))
    traced = nodes.lineage("n_children", "n_descendants", "roots")
    distillations = nodes.with_nodes(register_rows, "release")
    groups = groups_of(nodes, directory)
    ancestry = Ancestry.of(edges)
    by_name = (
        None if edges.height else nodes.with_nodes(named_after(named_rows(nodes), register_rows), "release", "child")
    )
    counted = counts(traced, groups, distillations, by_name)
    above = ancestry.groups_above(groups)
    flows = [
        distilled_flows(distillations),
        tuned_flows(edges, above, groups, distillations, nodes.with_nodes(releases_built(directory), *BUILT)),
        merged_flows(nodes, core, edges, traced, groups, distillations, directory),
    ]
    return {
        "distillations": counted.with_columns(release=nodes.names(counted["release"])),
        "distillation_credit": credit(ancestry, above, groups, distillations, by_name),
        "family_flows": pl.concat(flows),
    }


def named_rows(nodes: Nodes) -> pl.DataFrame:
    """The names (`id`) of the snapshot's repositories."""
    return nodes.names(pl.Series(nodes.of_row)).to_frame("id")


def releases_built(directory: Path) -> pl.DataFrame:
    """`child, parent`: registered releases and the releases that they are built on."""
    return register.load("releases", directory).drop_nulls("built_on").select(child="model", parent="built_on")


# ---------------------------------------------------------------------------------------- counts


def counts(
    traced: pl.DataFrame, groups: pl.DataFrame, distillations: pl.DataFrame, named: pl.DataFrame | None
) -> pl.DataFrame:
    """Rows of `schema.DistillationCounts`; `named` are `named_after` where nothing is declared."""
    if named is None:
        below = traced.filter(pl.col("id").is_in(distillations["release"].implode()))
        found = distillations.join(
            below.select(release="id", direct="n_children", derivatives="n_descendants"), on="release", how="left"
        ).with_columns(pl.col("direct", "derivatives").fill_null(0), evidence=pl.lit("declared"))
    else:
        by_name = named.group_by("release").agg(derivatives=pl.len().cast(pl.Int64))
        found = distillations.join(by_name, on="release", how="left").with_columns(
            pl.col("derivatives").fill_null(0), direct=pl.lit(None, pl.Int64), evidence=pl.lit("name")
        )
    rules = [
        found.join(
            _standing(groups, distillations, rule)
            .group_by("release")
            .agg(credited=pl.col("group").cast(pl.String).unique().sort()),
            on="release",
            how="left",
        ).with_columns(pl.col("credited").fill_null([]), credit=pl.lit(rule))
        for rule in get_args(Distills)
    ]
    return pl.concat(rules).select(DistillationCounts.column_names())


def _standing(groups: pl.DataFrame, distillations: pl.DataFrame, rule: Distills) -> pl.DataFrame:
    """`release, group`: the families that each distilled release stands for."""
    own = groups.join(distillations.select(id="release"), on="id", how="semi")
    return redirect(own, parent_groups(distillations), rule).rename({"id": "release"})


def credit(
    ancestry: Ancestry,
    above: pl.DataFrame,
    groups: pl.DataFrame,
    distillations: pl.DataFrame,
    named: pl.DataFrame | None,
) -> pl.DataFrame:
    """Rows of `schema.DistillationCredit`. above: `child, group`, as declared."""
    listed = parent_groups(distillations)
    releases = distillations.select(id="release")
    if named is None:
        every = ancestry.groups_above(releases.with_columns(group=pl.lit("distilled"))).height
    else:
        every = named["child"].n_unique()
    parts = []
    for rule in get_args(Distills):
        if named is not None:
            pairs = named.join(_standing(groups, distillations, rule), on="release").select("child", "group").unique()
            distilled = _tally(without_own(pairs, groups), "distilled")
            everything = distilled.select("group", derivatives=pl.lit(None, pl.Int64))
        else:
            holds = redirect(groups, listed, rule)
            distilled = _tally(
                without_own(ancestry.groups_above(holds.join(releases, on="id", how="semi")), groups), "distilled"
            )
            all_pairs = above if rule == "as_declared" else ancestry.groups_above(holds)
            everything = _tally(without_own(all_pairs, groups), "derivatives")
        parts.append(
            everything.join(distilled, on="group", how="left").select(
                pl.lit(rule).alias("credit"),
                pl.col("group").alias("family"),
                pl.lit("declared" if named is None else "name").alias("evidence"),
                pl.col("distilled").fill_null(0),
                pl.lit(every, pl.Int64).alias("distilled_all"),
                "derivatives",
            )
        )
    return pl.concat(parts)


def _tally(pairs: pl.DataFrame, name: str) -> pl.DataFrame:
    """Children of each group, from distinct pairs."""
    return pairs.group_by("group").agg(pl.len().cast(pl.Int64).alias(name))


# ----------------------------------------------------------------------------------------- flows


def distilled_flows(distillations: pl.DataFrame) -> pl.DataFrame:
    """From the teacher's family to the base's."""
    return _flows(distillations.select("teacher_family", "base_family", child="release"), "distillation")


def tuned_flows(
    edges: pl.DataFrame, above: pl.DataFrame, groups: pl.DataFrame, distillations: pl.DataFrame, built: pl.DataFrame
) -> pl.DataFrame:
    """From a base's family to the family of another maker's release, registered (`built`) or declared (`above`)."""
    registered = built.join(groups.rename({"id": "parent"}), on="parent").select("child", "group").drop_nulls()
    own = groups.drop_nulls().rename({"id": "child", "group": "own"})
    tuned = edges.filter(pl.col("relation").is_in(TUNED)).select("child")
    stated = above.join(own, on="child").join(tuned, on="child", how="semi")
    pairs = (
        pl.concat([registered.join(own, on="child"), stated])
        .join(distillations.select(child="release"), on="child", how="anti")
        .select("group", "own", "child")
    )
    return _flows(pairs, "finetune")


def merged_flows(
    nodes: Nodes,
    core: pl.DataFrame,
    edges: pl.DataFrame,
    traced: pl.DataFrame,
    groups: pl.DataFrame,
    distillations: pl.DataFrame,
    directory: Path,
) -> pl.DataFrame:
    """Between the root families of declared merges, towards the one whose weights they have."""
    merges = edges.filter(pl.col("relation") == "merge").select("child").unique()
    roots = (
        traced.rename({"id": "child"}).join(merges, on="child", how="semi").select("child", id="roots").explode("id")
    )
    parents_of = parent_groups(distillations)
    by_name = roots.join(redirect(groups, parents_of, "as_declared"), on="id").select("child", "group").unique()
    crossing = by_name.filter(pl.len().over("child") > 1)
    weights = roots.join(redirect(groups, parents_of, "to_base"), on="id").select("child", weights="group").unique()
    weights = weights.join(crossing.select("child").unique(), on="child", how="semi")
    shapes = evidence.shape_pairs(nodes, core, groups, directory).select("child", weights="group")
    of_one_family = weights.filter(pl.len().over("child") == 1)
    with_shape = weights.filter(pl.len().over("child") > 1).join(shapes, on=["child", "weights"], how="semi")
    target = pl.concat([of_one_family, with_shape.filter(pl.len().over("child") == 1)])
    directed = crossing.join(target, on="child").select("group", "weights", "child")
    rest = crossing.join(target, on="child", how="anti")
    both_ways = rest.join(rest.rename({"group": "weights"}), on="child").select("group", "weights", "child")
    mixed = weights.group_by("child").agg(mixed=pl.len() > 1)
    return _flows(pl.concat([directed, both_ways]).join(mixed, on="child", how="left"), "merge")


def _flows(pairs: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Pairs in the order (from, to, child), counted; `mixed`, where there is one, gives `by_weights`."""
    source, target = pairs.columns[:2]
    mixed = pl.col("mixed").fill_null(False) if "mixed" in pairs.columns else pl.lit(None, pl.Boolean)
    distinct = pairs.with_columns(mixed=mixed).unique([source, target, "child"])
    return (
        distinct.filter(pl.col(source) != pl.col(target))
        .group_by(from_family=pl.col(source).cast(pl.String), to_family=pl.col(target).cast(pl.String))
        .agg(models=pl.len().cast(pl.Int64), by_weights=pl.col("mixed").sum().cast(pl.Int64))
        .select(
            "from_family",
            "to_family",
            pl.lit(kind).alias("kind"),
            "models",
            by_weights=pl.col("by_weights") if kind == "merge" else pl.lit(None, pl.Int64),
        )
    )
