"""Who builds on whom, under every definition at once.

Method
1. Evidence gives pairs (repository, group that it is built on):
   - `declared`: the repository names a parent; direct pairs credit the group of the parent,
     transitive pairs the groups of all ancestors, so a transitive count includes the direct one.
   - `declared_or_inferred`: the same, with inferred edges for repositories that declare nothing.
   - `shape`: same architecture tag and same parameter total as a registered release, or the same
     dimensions (layers, width, vocabulary) where both are known; a shape belongs to the earliest
     release with it, and a release built on another passes it on to that one's group.
   - `name`: the repository's own name bears the family's.
2. A definition filters the pairs (relation of the repository's own edge, own releases, downloads)
   and counts each repository, or each uploader, once per group.
3. Subject and reference are counted by the same rule, or no ratio is shown. A bare architecture tag
   is evidence for no family: `llama` is used by half the field.
4. The headline is the first definition in params that the snapshot supports: subject and reference
   together have a stated number of derivatives under it, and neither has none.

Known drawbacks: declared lineage misses what nobody declared; shape credits a model that was trained
from scratch in the same shape and misses packed and resized ones; names lie. Repositories that are
absent from the snapshot count as repositories, never by uploader, by month or by downloads.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import dataframely as dy
import numpy as np
import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params, by_grouping
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.derivatives import robustness
from pipeline.chapters.derivatives.schema import (
    AxisEffects,
    Definitions,
    Derivatives,
    DerivativesMonthly,
    DerivativesYearly,
    Leaders,
    RankStability,
    Ratios,
)
from pipeline.counting import evidence
from pipeline.counting import pairs as pairing
from pipeline.counting.count import Counters, count, levels
from pipeline.counting.credit import parents, redirect
from pipeline.counting.definitions import Definition, Source, definitions
from pipeline.hub import graph
from pipeline.hub.nodes import Nodes

CONTRACTS: dict[str, type[dy.Schema]] = {
    "definitions": Definitions,
    "derivatives": Derivatives,
    "ratios": Ratios,
    "axis_effects": AxisEffects,
    "rank_stability": RankStability,
    "derivatives_monthly": DerivativesMonthly,
    "derivatives_yearly": DerivativesYearly,
    "leaders": Leaders,
}


def make(nodes: Nodes, paths: Paths, params: Params, results: Results) -> None:
    """Write definitions, counts and the tables of the figures."""
    day = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    for name, table in counted(prepare(nodes, paths.register), params, day).items():
        results.write(name, table, CONTRACTS[name])


def counted(ground: "Ground", params: Params, snapshot_date: date) -> dict[str, pl.DataFrame]:
    """Tables under `CONTRACTS`, by name: counts under every definition, and what follows from them."""
    grid = definitions()
    first, kept = (
        by_grouping(names, params.report.grouping)
        for names in (params.derivatives.headline, params.derivatives.monthly)
    )
    wording = {*first, *kept}
    counts, monthly, ranked = [], [], {}
    asked: dict[Source, list[Definition]] = {}
    for definition in grid:
        asked.setdefault(ground.same(definition.source), []).append(definition)
    for source in in_order(set(asked)):
        bare, same = ground.bare(source), asked[source]
        counts.append(ground.named(count(bare, ground.counters(source), same), source))
        shown = [definition for definition in same if definition.key in wording]
        if shown:
            pairs = ground.attributed(bare, source)
            for definition in shown:
                monthly.append(ground.named(by_month(pairs, definition), source))
                ranked[definition.key] = ground.named(leaders(pairs, definition), source)
    together = pl.concat(counts)
    described = describe(grid, together, params)
    headline = headline_of(described, first)
    compared = ratios(described, together, params, headline)
    months = pl.concat([tables.empty(DerivativesMonthly), *monthly]).filter(
        pl.col("definition").is_in([*kept, headline or ""])
    )
    return {
        "definitions": described,
        "derivatives": together,
        "ratios": compared,
        "axis_effects": robustness.axis_effects(described, compared),
        "rank_stability": robustness.rank_stability(described, together),
        "derivatives_monthly": months,
        "derivatives_yearly": by_year(months.filter(pl.col("definition").eq_missing(pl.lit(headline))), snapshot_date),
        "leaders": ranked.get(headline or "", tables.empty(Leaders)),
    }


def in_order(sources: set[Source]) -> list[Source]:
    """Sources of pairs one after the other that stand on the same graph, then on the same pairs: each is made once."""
    return sorted(
        sources, key=lambda s: tuple(map(str, (s.evidence, s.mirrors, s.reach, s.grouping, s.distills, s.credit)))
    )


# ------------------------------------------------------------------------------------------ pairs


@dataclass(frozen=True)
class Ground:
    """What every source of pairs stands on: repositories as numbers, in the order of their ids.

    nodes: `id, author, downloads, month`, one row per repository, ghost or name of the register; author
    is a number. edges: `child, parent, relation, relation_corrected, declared` as numbers. groups: for
    each grouping the names and each node's place among them (null for none).
    """

    names: Nodes
    nodes: pl.DataFrame
    edges: pl.DataFrame
    groups: dict[str, tuple[pl.Series, pl.Series]]
    core: pl.DataFrame
    directory: Path
    stages: dict[tuple[str, str | None], "Stage"] = field(default_factory=dict)
    kept: dict[tuple[str, str, str | None, str | None], "Reached"] = field(default_factory=dict)
    led: dict[tuple[str, str | None], pl.DataFrame] = field(default_factory=dict)

    def same(self, source: Source) -> Source:
        """The source that gives the same pairs: where nothing is inferred, declared edges are all there are."""
        if source.evidence == "declared_or_inferred" and self.all_declared:
            return replace(source, evidence="declared")
        return source

    @cached_property
    def all_declared(self) -> bool:
        """Nothing is inferred in this snapshot."""
        return self.edges["declared"].all()

    def pairs(self, source: Source) -> pl.DataFrame:
        """`child, group, relation, relation_corrected, weight, own_group, author, downloads, month`.

        Author, downloads and month are null for a child that is not in the snapshot.
        """
        return self.attributed(self.bare(source), source)

    def bare(self, source: Source) -> pl.DataFrame:
        """`child, group, relation, relation_corrected, weight`.

        Children and groups are numbers, relations places in `vocabulary.RELATIONS` (null for evidence that
        has none).
        """
        if source.evidence in ("shape", "name"):
            pairs = self._without_edges(source, self.groups[source.grouping][0])
        elif source.reach == "direct":
            edges = self._edges(source)
            of_one, more = self._held(source)
            group = of_one.gather(edges["parent"])
            pairs = edges.with_columns(group=group).filter(group.is_not_null())
            if more.height:
                pairs = pl.concat([pairs, edges.join(more, left_on="parent", right_on="node")])
            pairs = pairs.with_columns(weight=pl.lit(1.0))
        else:
            pairs = self._transitive(source)
        return pairs.select("child", "group", "relation", "relation_corrected", "weight")

    def attributed(self, bare: pl.DataFrame, source: Source) -> pl.DataFrame:
        """Pairs with what their children's rows tell."""
        child = bare["child"]
        return bare.with_columns(
            own_group=self.groups[source.grouping][1].gather(child).cast(pl.Int32),
            author=self.nodes["author"].gather(child),
            downloads=self.nodes["downloads"].gather(child),
            month=self.nodes["month"].gather(child),
        )

    @cached_property
    def levels(self) -> graph.Ints:
        """How many thresholds of downloads each node passes, less one."""
        return levels(self.nodes["downloads"])

    def counters(self, source: Source) -> Counters:
        """What counting asks of a child."""
        own = self.groups[source.grouping][1].fill_null(-1).to_numpy()
        return Counters(own=own, author=self.nodes["author"], level=self.levels)

    def named(self, table: pl.DataFrame, source: Source) -> pl.DataFrame:
        """A table with the names of groups in the place of their numbers."""
        return table.with_columns(group=self.groups[source.grouping][0].gather(table["group"]))

    def _held(self, source: Source) -> tuple[pl.Series, pl.DataFrame]:
        """The group that each node stands for, and `node, group` of those that may stand for several.

        These are the ledger's distilled releases, where they do not count as declared.
        """
        names, of_node = self.groups[source.grouping]
        more = pl.DataFrame(schema={"node": pl.UInt32, "group": pl.Int32})
        if source.distills in (None, "as_declared"):
            return of_node, more
        ledger = self.ledger
        listed = ledger.select(id="release", node=self.names.find(ledger["release"])).unique("node").sort("node")
        own = listed.with_columns(group=names.gather(of_node.gather(listed["node"])))
        maker = self.makers if source.grouping == "organisation" else {}
        places = pl.DataFrame({"group": names, "place": pl.int_range(names.len(), dtype=pl.Int32, eager=True)})
        more = (
            redirect(own, parents(ledger, maker), source.distills)
            .join(listed, on="id")
            .join(places, on="group")
            .select("node", group="place")
        )
        return of_node.clone().scatter(listed["node"], None), more

    def _edges(self, source: Source) -> pl.DataFrame:
        key = (source.evidence, source.mirrors)
        if key not in self.led:
            self.led.clear()
            edges = self.edges
            if source.evidence == "declared" and not self.all_declared:
                edges = edges.filter("declared")
            self.led[key] = pairing.to_originals(edges, self.mirrors) if source.mirrors == "to_original" else edges
        return self.led[key]

    @cached_property
    def mirrors(self) -> pl.DataFrame:
        """`mirror, original` of the register, as numbers."""
        mirrors = register.load("mirrors", self.directory).select("mirror", "original")
        return self.names.found(mirrors, "mirror", "original").drop_nulls()

    @cached_property
    def ledger(self) -> pl.DataFrame:
        """The register of distilled releases."""
        return register.load("distillations", self.directory)

    @cached_property
    def makers(self) -> dict[str, str]:
        """The organisation of each family."""
        return dict(register.load("families", self.directory).select("family", "organisation").iter_rows())

    @cached_property
    def bearing(self) -> tuple[graph.Ints, np.ndarray, list[str]]:
        """Repositories, the place of a family that each name bears, and the families in their order."""
        pairs, families = evidence.name_pairs(self.names, "family", self.directory), list(self.makers)
        place = pairs["group"].cast(pl.Enum(families)).to_physical().to_numpy()
        return pairs["child"].to_numpy().astype(np.int64), place, families

    def _transitive(self, source: Source) -> pl.DataFrame:
        """Pairs of a child and every group that it reaches, on the graph of the repositories with edges."""
        stage = self._stage(source)
        key = (source.grouping, source.evidence, source.mirrors, source.distills)
        if key not in self.kept:
            self.kept.clear()
            of_one, more = self._held(source)
            of_linked = of_one.gather(stage.nodes)
            several = more.filter(pl.Series(graph.contained(more["node"].to_numpy(), stage.linked)))
            several = several.with_columns(node=pl.Series(np.searchsorted(stage.linked, several["node"].to_numpy())))
            n_groups = self.groups[source.grouping][0].len()
            pairs = pairing.reached(stage.edges, stage.layers, of_linked, n_groups, several)
            self.kept[key] = Reached(pairs, stage, of_linked)
        reached = self.kept[key]
        pairs = reached.pairs if source.credit == "full" else reached.shared(by_paths=source.credit == "by_paths")
        return pairs.with_columns(child=stage.nodes.gather(pairs["child"]))

    def _stage(self, source: Source) -> "Stage":
        """The graph of a source; sources that differ in grouping, distills or credit alone share it."""
        key = (source.evidence, source.mirrors)
        if key not in self.stages:
            self.stages.clear()  # one graph at a time: a census has millions of nodes
            self.kept.clear()
            edges = self._edges(source)
            child, parent = (edges[side].to_numpy().astype(np.int64) for side in ("child", "parent"))
            linked, child, parent = pairing.linked_only(self.nodes.height, child, parent)
            layers = graph.layered(linked.size, *graph.distinct(child, parent))
            local = edges.with_columns(child=pl.Series(child), parent=pl.Series(parent))
            self.stages[key] = Stage(local, linked, layers)
        return self.stages[key]

    def _without_edges(self, source: Source, names: pl.Series) -> pl.DataFrame:
        if source.evidence == "shape":
            group = names.gather(self.groups[source.grouping][1])
            found = evidence.shape_pairs(
                self.names, self.core, group.alias("group").to_frame().with_row_index("id"), self.directory
            )
            child, group = found["child"].to_numpy(), found["group"].cast(pl.Enum(names)).to_physical().to_numpy()
        else:
            child, family, families = self.bearing
            holders = [self.makers[name] for name in families] if source.grouping == "organisation" else families
            group = pl.Series(holders).cast(pl.Enum(names)).to_physical().to_numpy()[family]
        group, child = graph.halves(graph.unique(graph.packed(group, child)))  # sooner sorted than two columns
        none = pl.lit(None, pl.UInt8)
        return pl.select(
            child=pl.Series(child, dtype=pl.UInt32),
            group=pl.Series(group, dtype=pl.Int32),
            relation=none,
            relation_corrected=none,
            weight=pl.lit(1.0),
        )


@dataclass(frozen=True)
class Stage:
    """One graph: its edges between the repositories that have any, and what was found out of it."""

    edges: pl.DataFrame  # child and parent are places in `linked`
    linked: graph.Ints
    layers: graph.Layers
    splits: dict[bool, pl.DataFrame] = field(default_factory=dict)

    @cached_property
    def nodes(self) -> pl.Series:
        """Its repositories, as the tables number them."""
        return pl.Series(self.linked, dtype=pl.UInt32)

    @cached_property
    def rooted(self) -> graph.Rooted:
        """The roots of its repositories."""
        return graph.rooted(self.layers)

    def split(self, by_paths: bool) -> pl.DataFrame:
        """`head, root, share` of the heads that have several roots."""
        if by_paths not in self.splits:
            counts = self.rooted.roots.degrees()
            wording = np.repeat(counts > 1, counts)
            columns = {
                "head": np.repeat(np.arange(counts.size), np.where(counts > 1, counts, 0)),
                "root": self.rooted.roots.targets[wording],
                "share": graph.shares(self.rooted, by_paths=by_paths)[wording],
            }
            self.splits[by_paths] = pl.DataFrame(columns)
        return self.splits[by_paths]


@dataclass(frozen=True)
class Reached:
    """Pairs of a child and every group that it reaches, as places in a stage."""

    pairs: pl.DataFrame
    stage: Stage
    of_linked: pl.Series

    @cached_property
    def parted(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Pairs of children with one root, and with several."""
        return pairing.by_number_of_roots(self.pairs, self.stage.rooted, self.of_linked)

    def shared(self, *, by_paths: bool) -> pl.DataFrame:
        """The pairs with each child's credit split over its roots."""
        return pairing.shared(*self.parted, self.stage.split(by_paths), self.of_linked)


def named(directory: Path) -> list[pl.Series]:
    """Names of the register that the chapter counts on, used by anybody or not."""
    mirrors, ledger = register.load("mirrors", directory), register.load("distillations", directory)
    return [*evidence.registered(directory), mirrors["original"], ledger["release"]]


def prepare(names: Nodes, directory: Path) -> Ground:
    """What every source of pairs stands on. names: those of `named` among them; directory: the register."""
    core = names.models("author", "downloads", "created_month", *evidence.SHAPE)
    attributes = core.select(
        "downloads", author=pl.col("author").cast(pl.Categorical).to_physical(), month="created_month"
    )
    nodes = names.everywhere(attributes).insert_column(0, names.ids)
    relation = pl.Enum(RELATIONS)
    edges = names.edges(columns=("relation", "relation_corrected", "evidence")).select(
        "child",
        "parent",
        pl.col("relation", "relation_corrected").cast(relation).to_physical().cast(pl.UInt8),
        declared=pl.col("evidence") == "declared",
    )
    identity = names.identity(directory)
    families = register.load("families", directory)
    groups = {}
    for grouping in ("family", "organisation"):
        known = pl.concat([identity[grouping], families[grouping]]).drop_nulls().unique().sort()
        places = pl.DataFrame({grouping: known, "place": pl.int_range(known.len(), dtype=pl.Int32, eager=True)})
        of_node = identity.select(grouping).join(places, on=grouping, how="left", maintain_order="left")["place"]
        groups[grouping] = known, of_node
    return Ground(
        names=names,
        nodes=nodes,
        edges=edges,
        groups=groups,
        core=core.select("id", *evidence.SHAPE),
        directory=directory,
    )


# ------------------------------------------------------------------------------------------ counts


def select(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """The pairs that a definition counts."""
    keep = pl.lit(True)
    column = "relation_corrected" if definition.relation_basis == "corrected" else "relation"
    named = pairs.schema[column] == pl.String  # else a place in RELATIONS
    if definition.relations == "without_quantized":
        keep &= pl.col(column) != ("quantized" if named else RELATIONS.index("quantized"))
    elif definition.relations not in (None, "all"):
        keep &= pl.col(column) == (definition.relations if named else RELATIONS.index(definition.relations))
    if definition.own_releases == "left_out":
        keep &= pl.col("own_group").ne_missing(pl.col("group"))
    if definition.min_downloads:
        keep &= pl.col("downloads") >= definition.min_downloads
    return pairs.filter(keep)


def describe(all_definitions: list[Definition], counts: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Rows of `schema.Definitions`: the axes, and whether this snapshot supports the comparison."""
    least = params.derivatives.minimum_derivatives
    names = [params.report.subject, params.report.reference]
    totals = (
        counts.filter(pl.col("group").is_in(names))
        .group_by("definition")
        .agg(both=pl.col("derivatives").sum(), groups=pl.len())
    )
    rows = pl.DataFrame(
        [
            {name: getattr(d, name) for name in Definitions.column_names() if hasattr(d, name)} | {"definition": d.key}
            for d in all_definitions
        ],
        infer_schema_length=None,
    )
    comparable = pl.col("grouping") == params.report.grouping
    enough = (pl.col("both").fill_null(0) >= least) & (pl.col("groups").fill_null(0) == 2)
    return (
        rows.join(totals, on="definition", how="left")
        .with_columns(in_grid=comparable, supported=enough)
        .with_columns(
            reason=pl.when(~comparable)
            .then(pl.lit(f"the report compares by {params.report.grouping}"))
            .when(enough)
            .then(pl.lit("the same rule for both"))
            .otherwise(
                pl.format(
                    "{} and {} together have {} derivatives under it, fewer than {}, or one has none",
                    *map(pl.lit, names),
                    pl.col("both").fill_null(0).cast(pl.Int64),
                    pl.lit(least),
                )
            )
        )
        .drop("both", "groups")
    )


def headline_of(described: pl.DataFrame, names: list[str]) -> str | None:
    """The first of these definitions that the snapshot supports; None where it supports none."""
    known = dict(described.select("definition", "supported").iter_rows())
    return next((name for name in names if known[name]), None)


def ratios(described: pl.DataFrame, counts: pl.DataFrame, params: Params, headline: str | None) -> pl.DataFrame:
    """Subject over reference under every supported definition of the comparison."""
    subject, reference = params.report.subject, params.report.reference
    of = {
        name: counts.filter(pl.col("group") == group).select("definition", pl.col("derivatives").alias(name))
        for name, group in (("subject_derivatives", subject), ("reference_derivatives", reference))
    }
    return (
        described.filter("in_grid", "supported")
        .join(of["subject_derivatives"], on="definition")
        .join(of["reference_derivatives"], on="definition")
        .select(
            "definition",
            "label",
            "evidence",
            "subject_derivatives",
            "reference_derivatives",
            "reach",
            "relations",
            "own_releases",
            "min_downloads",
            "unit",
            "relation_basis",
            "credit",
            "distills",
            "mirrors",
            subject=pl.lit(subject),
            reference=pl.lit(reference),
            ratio=pl.col("subject_derivatives") / pl.col("reference_derivatives"),
            is_headline=pl.col("definition").eq_missing(pl.lit(headline)),
            is_plain=_plain(),
        )
    )


def _plain() -> pl.Expr:
    """Definitions that depart from the base in evidence, reach, quantizations or unit alone."""
    return (
        (pl.col("min_downloads") == 0)
        & (pl.col("own_releases") == "left_out")
        & pl.col("relations").is_in(["all", "without_quantized"]).fill_null(True)
        & (pl.col("relation_basis") == "as_tagged").fill_null(True)
        & (pl.col("mirrors") == "as_declared").fill_null(True)
        & (pl.col("credit") == "full").fill_null(True)
        & (pl.col("distills") == "as_declared").fill_null(True)
    )


def by_month(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """Counts by group, relation and month of creation; `all` counts each repository once."""
    counted = "author" if definition.unit == "uploaders" else "child"
    words = pl.Series(RELATIONS)
    dated = select(pairs, definition).drop_nulls([counted, "month"]).select(counted, "group", "month", "relation")
    related = dated.drop_nulls("relation")
    kinds = pl.concat(
        [
            dated.with_columns(relation=pl.lit("all")),
            related.with_columns(relation=words.gather(related["relation"])),
        ]
    )
    return (
        kinds.group_by("group", "relation", "month")
        .agg(derivatives=pl.col(counted).n_unique().cast(pl.Float64))
        .select(pl.lit(definition.key).alias("definition"), "group", "relation", "month", "derivatives")
    )


def by_year(monthly: pl.DataFrame, snapshot_date: date) -> pl.DataFrame:
    """Counts by group and year of creation, years without any filled with 0 between first and last."""
    years = (
        monthly.filter(pl.col("relation") == "all")
        .group_by("group", year=pl.col("month").dt.year().cast(pl.Int64))
        .agg(pl.col("derivatives").sum())
    )
    if years.is_empty():
        return tables.empty(DerivativesYearly)
    first, last = min(years["year"]), max(years["year"])
    grid = (
        years.select("group")
        .unique()
        .join(
            pl.DataFrame({"year": pl.int_range(first, last + 1, eager=True)}),
            how="cross",
        )
    )
    return grid.join(years, on=["group", "year"], how="left").with_columns(
        pl.col("derivatives").fill_null(0),
        is_partial=(pl.col("year") == snapshot_date.year)
        & pl.lit((snapshot_date.month, snapshot_date.day) != (12, 31)),
    )


def leaders(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """Every group's count under a definition, with the uploaders behind it, ranked."""
    return (
        select(pairs, definition)
        .group_by("group")
        .agg(
            derivatives=pl.col("child").n_unique().cast(pl.Float64),
            uploaders=pl.col("author").drop_nulls().n_unique().cast(pl.Float64),
        )
        .with_columns(rank=pl.col("derivatives").rank("min", descending=True).cast(pl.Int64))
    )
