"""In bases of which size and kind the subject's lead over the reference sits.

Method
1. Pairs (repository, group) are those of a definition of `derivatives`, each with the base behind it:
   the parent or ancestor that is named, or the release whose shape it is.
2. A base is dense under ten billion total parameters, dense with ten or more, a mixture of experts, or
   of unknown size: by the register, else by the snapshot.
3. A repository counts once per group. Where it stands on bases of several kinds, each kind gets an
   equal part, so that the kinds add up to the definition's own count.
4. Declared lineage is shown where the snapshot supports it, else the headline by shape or inferred
   edges; other supported rules stand beside it. A name does not show which release a repository is
   built on, so evidence by name cannot be split; nor can credit that is split over roots or moved to
   another release (mirrors, distillations), which leaves the base behind.

Known drawbacks: the gap says where derivatives are, not why: dense small bases are also older, cheaper to
run and more numerous. The kind of an ancestor is that of every release on the way.
"""

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import BASE_KINDS
from pipeline.chapters.derivatives import bases
from pipeline.chapters.derivatives.schema import Gap
from pipeline.counting import evidence
from pipeline.counting.count import counted_pairs
from pipeline.counting.definitions import Definition, definitions
from pipeline.counting.pairs import direct_pairs, transitive_pairs
from pipeline.counting.repositories import RELATION, Repositories

SMALL = 10e9
SMALL_DENSE, LARGE_DENSE, MIXTURE, UNKNOWN = BASE_KINDS
_PARTS = 12
"""Divides by every number of kinds."""
_DECLARED = (["declared", "transitive", "all"], ["declared", "direct", "all"])
_INFERRED = ["declared_or_inferred", "direct", "all"]


def make(repositories: Repositories, paths: Paths, params: Params, results: Results) -> None:
    """Write `gap.parquet`, from the supported definitions among the results."""
    moe = tables.read(paths.out / "moe" / "moe.parquet")
    found = gap_of(repositories, results.tables["definitions"], results.tables["ratios"], moe, params)
    results.write("gap", found, Gap)


def gap_of(
    repositories: Repositories, described: pl.DataFrame, ratios: pl.DataFrame, moe: pl.DataFrame, params: Params
) -> pl.DataFrame:
    """Rows of `schema.Gap`. moe: counted parameters of releases."""
    nodes = repositories.nodes
    models = nodes.models("mixture", "is_quantized_format", "parameters_total")
    releases = bases.sized(register.load("releases", repositories.directory), moe)
    kinds = kinds_of(models, nodes.with_nodes(releases, "model"))
    headline = ratios.filter("is_headline")["definition"].to_list()
    keys = shown(described, headline[0] if headline else None)
    names = [params.report.subject, params.report.reference]
    parts = [split(definition, repositories, kinds, names) for definition in keys]
    found = pl.concat(parts) if parts else tables.empty(Gap)
    first = keys[0].key if keys else None
    return found.with_columns(is_shown=pl.col("definition").eq_missing(pl.lit(first)))


def shown(described: pl.DataFrame, headline: str | None) -> list[Definition]:
    """The definitions that are split, the shown one first; none where only names are evidence."""
    known = {definition.key: definition for definition in definitions()}
    supported = described.filter("in_grid", "supported")["definition"].to_list()
    whole = headline if headline and _is_whole(known[headline]) else None
    first = [whole] if whole and known[whole].evidence == "declared" else []
    second = [whole] if whole and known[whole].evidence in ("shape", "declared_or_inferred") else []
    declared = [key for key in supported if key.split(".")[1:] in _DECLARED]
    inferred = [key for key in supported if key.split(".")[1:] == _INFERRED] if not declared else []
    shape = [key for key in supported if key.split(".")[1:] == ["shape"]]
    keys = [*first, *sorted(declared, reverse=True), *second, *shape, *inferred]
    return [known[key] for key in dict.fromkeys(keys)]


def _is_whole(definition: Definition) -> bool:
    """Credit goes in full to the base that is declared; split or redirected credit has no single base."""
    return (
        definition.credit in (None, "full")
        and definition.distills in (None, "as_declared")
        and definition.mirrors in (None, "as_declared")
    )


def kinds_of(core: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    """`id, kind` of registered releases, and of other repositories whose size and kind the snapshot has."""
    total = pl.col("parameters_total")
    kind = (
        pl.when(pl.col("mixture") == "moe")
        .then(pl.lit(MIXTURE))
        .when(total.is_null() | pl.col("mixture").is_null())
        .then(pl.lit(UNKNOWN))
        .when(total < SMALL)
        .then(pl.lit(SMALL_DENSE))
        .otherwise(pl.lit(LARGE_DENSE))
    )
    columns = [pl.col("id"), pl.col("mixture"), total]
    registered = releases.rename({"model": "id"}).select(columns)
    unpacked = core.filter(~pl.col("is_quantized_format")).select(columns)
    return pl.concat([registered, unpacked.join(registered, on="id", how="anti")]).select("id", kind=kind)


def split(definition: Definition, repositories: Repositories, kinds: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Rows of `schema.Gap` of one definition, without `is_shown`. names: subject and reference."""
    unit = "author" if definition.unit == "uploaders" else "child"
    pairs = repositories.with_attributes(pairs_by_kind(definition, repositories, kinds, names), definition.grouping)
    counted = (
        counted_pairs(pairs, definition)
        .drop_nulls(unit)
        .select("group", "kind", unit)
        .unique()
        .with_columns(part=_PARTS // pl.len().over("group", unit))
        .group_by("group", "kind")
        .agg(derivatives=pl.col("part").sum() / _PARTS)
    )
    grid = pl.DataFrame({"kind": BASE_KINDS})
    for column, name in zip(("subject_derivatives", "reference_derivatives"), names, strict=True):
        of = counted.filter(pl.col("group") == name).select("kind", pl.col("derivatives").alias(column))
        grid = grid.join(of, on="kind", how="left").with_columns(pl.col(column).fill_null(0))
    return grid.with_columns(
        definition=pl.lit(definition.key),
        label=pl.lit(definition.label),
        evidence=pl.lit(definition.evidence),
        subject=pl.lit(names[0]),
        reference=pl.lit(names[1]),
        gap=pl.col("subject_derivatives") - pl.col("reference_derivatives"),
    )


def pairs_by_kind(
    definition: Definition, repositories: Repositories, kinds: pl.DataFrame, names: list[str]
) -> pl.DataFrame:
    """`child, group, relation, relation_corrected, kind`: the kind of the base behind each pair of the groups named."""
    groups = repositories.groups(definition.grouping)
    none = pl.lit(None, RELATION)
    if definition.evidence == "shape":
        return (
            evidence.shape_matches(repositories.nodes, repositories.shapes, groups, repositories.directory)
            .filter(pl.col("group").is_in(names))
            .join(kinds.rename({"id": "model"}), on="model", how="left")
            .select("child", "group", pl.col("kind").fill_null(UNKNOWN), relation=none, relation_corrected=none)
        )
    named = groups.filter(pl.col("group").is_in(names))
    of_kind = named.join(kinds, on="id", how="left").with_columns(pl.col("kind").fill_null(UNKNOWN))
    both = of_kind.select("group", "kind").unique().sort("group", "kind").with_row_index("both")
    stands_for = of_kind.join(both, on=["group", "kind"]).select("id", group="both")
    if definition.reach != "transitive":
        found = direct_pairs(repositories.edges_of(definition.evidence), stands_for)
    elif definition.evidence == "declared":
        found = repositories.ancestry.groups_along_edges(stands_for)
    else:
        found = transitive_pairs(repositories.edges_of(definition.evidence), stands_for)
    return found.select("child", "relation", "relation_corrected", both="group").join(both, on="both").drop("both")
