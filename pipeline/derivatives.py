"""Stage `derivatives`: who builds on whom, under every definition at once.

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
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import bases, graph, lineage, models, register, schemas, tables
from pipeline.errors import ParamsError
from pipeline.params import Params
from pipeline.paths import Paths

WITHOUT_QUANTIZED = [relation for relation in schemas.RELATIONS if relation != "quantized"]
WORDS = {
    "declared": "as declared",
    "declared_or_inferred": "as declared or inferred",
    "shape": "by shape",
    "name": "by name",
    "all": "every relation",
    "without_quantized": "without quantizations",
    "finetune": "fine-tunes only",
    "adapter": "adapters only",
    "quantized": "quantizations only",
    "merge": "merges only",
}


@dataclass(frozen=True)
class Definition:
    """One way to count; fields are the axes of `schemas.Definitions`."""

    evidence: str
    grouping: str = "family"
    reach: str | None = None
    relations: str | None = None
    relation_basis: str | None = None
    own_releases: str = "left_out"
    min_downloads: int = 0
    unit: str = "repositories"
    credit: str | None = None
    distills: str | None = None
    mirrors: str | None = None
    key: str = field(init=False)
    label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", ".".join(self._key_parts()))
        object.__setattr__(self, "label", ", ".join(self._label_parts()))

    def _key_parts(self) -> list[str]:
        parts = [self.grouping, self.evidence, *filter(None, [self.reach, self.relations])]
        parts += ["corrected"] if self.relation_basis == "corrected" else []
        parts += ["own_counted"] if self.own_releases == "counted" else []
        parts += [f"min_{self.min_downloads}"] if self.min_downloads else []
        return parts + (["uploaders"] if self.unit == "uploaders" else [])

    def _label_parts(self) -> list[str]:
        parts = [WORDS[self.evidence]]
        if self.reach:
            parts.append(self.reach)
        if self.relations and self.relations != "all":
            corrected = " (corrected)" if self.relation_basis == "corrected" else ""
            parts.append(WORDS[self.relations] + corrected)
        parts += ["own releases counted"] if self.own_releases == "counted" else []
        parts += [f"at least {self.min_downloads} downloads"] if self.min_downloads else []
        parts += ["uploaders"] if self.unit == "uploaders" else []
        return parts + (["by organisation"] if self.grouping == "organisation" else [])

    @property
    def source(self) -> tuple[str, str, str | None]:
        """What its pairs are made from: definitions that share it share the pairs."""
        return self.grouping, self.evidence, self.reach


def definitions() -> list[Definition]:
    """Every definition that is counted: meaningful and mutually distinct."""
    grid: list[Definition] = []
    for evidence in ("declared", "declared_or_inferred"):
        direct = Definition(
            evidence,
            reach="direct",
            relations="all",
            relation_basis="as_tagged",
            credit="full",
            distills="as_declared",
            mirrors="as_declared",
        )
        for base in (direct, replace(direct, reach="transitive")):
            grid += [base, replace(base, relations="without_quantized")]
            grid += [replace(base, unit="uploaders"), replace(base, min_downloads=10)]
        grid += [replace(direct, relations=name) for name in ("finetune", "adapter", "quantized", "merge")]
        grid += [replace(direct, relations="without_quantized", relation_basis="corrected")]
        if evidence == "declared":
            grid += [replace(direct, own_releases="counted")]
            grid += [replace(direct, grouping="organisation", reach=reach) for reach in ("direct", "transitive")]
    for evidence in ("shape", "name"):
        grid += [Definition(evidence, min_downloads=least) for least in (0, 10, 200)]
        grid += [Definition(evidence, unit="uploaders"), Definition(evidence, grouping="organisation")]
    return grid


def run(paths: Paths, params: Params) -> None:
    """Read core tables and the register; write definitions, counts and the tables of the figures."""
    core = tables.read(paths.core / "models.parquet")
    edges = tables.read(paths.core / "edges.parquet")
    provenance = tables.read_json(paths.provenance)
    snapshot_date = date.fromisoformat(provenance["date"])
    directory = paths.register

    pairs = all_pairs(core, edges, directory)
    counts = pl.concat([count(pairs[definition.source], definition) for definition in definitions()])
    described = describe(definitions(), counts, params)
    headline = headline_of(described, params)
    compared = ratios(described, counts, params, headline)

    tables.write(described, schemas.Definitions, paths.out / "definitions.parquet")
    tables.write(counts, schemas.Derivatives, paths.out / "derivatives.parquet")
    tables.write(compared, schemas.Ratios, paths.out / "ratios.parquet")
    kept = [d for d in definitions() if d.key in {*params.derivatives.monthly, headline}]
    monthly = pl.concat([empty_monthly(), *(by_month(pairs[d.source], d) for d in kept)])
    tables.write(monthly, schemas.DerivativesMonthly, paths.out / "derivatives_monthly.parquet")
    yearly = by_year(monthly.filter(pl.col("definition").eq_missing(pl.lit(headline))), snapshot_date)
    tables.write(yearly, schemas.DerivativesYearly, paths.out / "derivatives_yearly.parquet")
    tables.write(leaders(pairs, headline), schemas.Leaders, paths.out / "leaders.parquet")
    bases.write(paths, edges, snapshot_date)


# ------------------------------------------------------------------------------------------ pairs


def all_pairs(
    core: pl.DataFrame, edges: pl.DataFrame, directory: Path
) -> dict[tuple[str, str, str | None], pl.DataFrame]:
    """Pairs for every source of evidence: `child, group, relation, relation_corrected` and the
    child's `own_group, author, downloads, month` (null for a child that is not in the snapshot)."""
    releases = register.load("releases", directory)
    known = pl.concat([releases["model"], releases["built_on"].drop_nulls()])
    ids = pl.concat([core["id"], edges["child"], edges["parent"], known]).unique().to_frame("id")
    identity = models.identify(ids, directory).collect()
    attributes = core.select(child="id", author="author", downloads="downloads", month="created_month")
    found: dict[tuple[str, str, str | None], pl.DataFrame] = {}
    for grouping in ("family", "organisation"):
        groups = identity.select("id", group=grouping)
        own = groups.select(child="id", own_group="group")
        sources: dict[tuple[str, str | None], pl.DataFrame] = {
            ("shape", None): _without_relation(shape_pairs(core, groups, directory)),
            ("name", None): _without_relation(name_pairs(core, grouping, directory)),
        }
        for evidence in ("declared", "declared_or_inferred"):
            kept = edges if evidence == "declared_or_inferred" else edges.filter(pl.col("evidence") == "declared")
            sources[evidence, "direct"] = direct_pairs(kept, groups)
            sources[evidence, "transitive"] = transitive_pairs(kept, groups)
        for (evidence, reach), pairs in sources.items():
            found[grouping, evidence, reach] = pairs.join(own, on="child", how="left").join(
                attributes, on="child", how="left"
            )
    return found


def direct_pairs(edges: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Child and group of each parent that it names."""
    return (
        edges.join(groups.rename({"id": "parent"}), on="parent")
        .drop_nulls("group")
        .select("child", "group", "relation", "relation_corrected")
    )


def transitive_pairs(edges: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Child and group of every ancestor reached through each of its own edges."""
    if edges.is_empty():
        return direct_pairs(edges, groups)
    nodes, child, parent = lineage.number(edges["child"], edges)
    names = groups["group"].drop_nulls().unique().sort()
    of_node = (
        nodes.to_frame("id")
        .join(groups, on="id", how="left", maintain_order="left")
        .join(
            pl.DataFrame({"group": names, "bit": np.arange(names.len())}), on="group", how="left", maintain_order="left"
        )
    )["bit"]
    bits = np.zeros((nodes.len(), names.len() // 64 + 1), dtype=np.uint64)
    has = of_node.is_not_null().to_numpy()
    bit = of_node.fill_null(0).to_numpy()
    bits[np.flatnonzero(has), bit[has] // 64] = np.uint64(1) << (bit[has] % 64).astype(np.uint64)
    reached = graph.spread(graph.walk(nodes.len(), child, parent), bits)[parent] | bits[parent]
    parts = []
    for number, name in enumerate(names):
        holds = (reached[:, number // 64] >> np.uint64(number % 64)) & np.uint64(1)
        rows = np.flatnonzero(holds)
        if rows.size:
            parts.append(edges[rows].select("child", "relation", "relation_corrected", group=pl.lit(name)))
    columns = ["child", "group", "relation", "relation_corrected"]
    return pl.concat(parts).select(columns) if parts else direct_pairs(edges.clear(), groups)


def shape_pairs(core: pl.DataFrame, groups: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Child and group that owns its shape."""
    return shape_matches(core, groups, directory).select("group", "child").unique()


def shape_matches(core: pl.DataFrame, groups: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Child, group and release that owns its shape: by parameter total, or by dimensions where both are known.

    Dimensions are needed for like to be compared with like: files may leave out prediction heads or
    pack weights, which changes the total and not the dimensions. Those of gated releases come from
    the register, since a crawler cannot open their files.
    """
    owned = owned_releases(groups, directory)
    measured = core.select(model="id", **{name: pl.col(name) for name in DIMENSIONS[1:]})
    registered = register.load("configurations", directory).select("model", *DIMENSIONS[1:])
    known = pl.concat([registered, measured]).drop_nulls().unique("model", keep="first", maintain_order=True)
    by_total = _owners(owned, TOTAL)
    by_dimensions = _owners(owned.join(known, on="model"), DIMENSIONS)
    return pl.concat(
        core.join(owners, on=columns).select("group", "model", child="id")
        for owners, columns in ((by_total, TOTAL), (by_dimensions, DIMENSIONS))
    ).unique()


TOTAL = ["architecture", "parameters_total"]
DIMENSIONS = ["architecture", "layers", "hidden_size", "vocab_size"]
"""What makes two models the same shape: either of the two."""


def owned_releases(groups: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Registered releases with the group that their shape belongs to, earliest first.

    A release that was built on another passes its shape on to that one's group, so that a distilled
    model never owns the shape of the base it was distilled onto.
    """
    releases = register.load("releases", directory)
    origin = dict(releases.drop_nulls("built_on").select("model", "built_on").iter_rows())
    roots = releases.select("model", root=pl.col("model").map_elements(lambda model: _root(model, origin), pl.String))
    return (
        releases.join(roots, on="model")
        .join(groups.rename({"id": "root"}), on="root", how="left")
        .drop_nulls(["architecture", "group"])
        .sort(pl.col("built_on").is_not_null(), "released", "model", nulls_last=True)
        .select("model", "group", *TOTAL)
    )


def _root(model: str, origin: dict[str, str]) -> str:
    seen = {model}
    while model in origin and origin[model] not in seen:
        model = origin[model]
        seen.add(model)
    return model


def _owners(owned: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Shape, its first release and that one's group."""
    return (
        owned.drop_nulls(columns).unique(columns, keep="first", maintain_order=True).select(*columns, "group", "model")
    )


def name_pairs(core: pl.DataFrame, grouping: str, directory: Path) -> pl.DataFrame:
    """Child and each family that its name bears, or that family's organisation."""
    pairs = models.named_families(core.lazy().select("id"), directory).collect().rename({"family": "group"})
    if grouping == "organisation":
        families = register.load("families", directory)
        pairs = pairs.with_columns(
            group=pl.col("group").replace(dict(families.select("family", "organisation").rows()))
        )
    return pairs.select("group", child="id").unique()


def _without_relation(pairs: pl.DataFrame) -> pl.DataFrame:
    none = pl.lit(None, pl.String)
    return pairs.select("child", "group", relation=none, relation_corrected=none)


# ------------------------------------------------------------------------------------------ counts


def select(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """The pairs that a definition counts."""
    keep = pl.lit(True)
    relation = pl.col("relation_corrected" if definition.relation_basis == "corrected" else "relation")
    if definition.relations == "without_quantized":
        keep &= relation.is_in(WITHOUT_QUANTIZED)
    elif definition.relations not in (None, "all"):
        keep &= relation == definition.relations
    if definition.own_releases == "left_out":
        keep &= pl.col("own_group").ne_missing(pl.col("group"))
    if definition.min_downloads:
        keep &= pl.col("downloads") >= definition.min_downloads
    return pairs.filter(keep)


def count(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """`definition, group, derivatives`: each repository, or each uploader, once per group."""
    counted = "author" if definition.unit == "uploaders" else "child"
    return (
        select(pairs, definition)
        .drop_nulls(counted)
        .group_by("group")
        .agg(derivatives=pl.col(counted).n_unique().cast(pl.Float64))
        .select(definition=pl.lit(definition.key), group="group", derivatives="derivatives")
    )


def describe(all_definitions: list[Definition], counts: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Rows of `schemas.Definitions`: the axes, and whether this snapshot supports the comparison."""
    least = params.derivatives.minimum_derivatives
    names = [params.report.subject, params.report.reference]
    totals = (
        counts.filter(pl.col("group").is_in(names))
        .group_by("definition")
        .agg(both=pl.col("derivatives").sum(), groups=pl.len())
    )
    rows = pl.DataFrame(
        [
            {name: getattr(d, name) for name in schemas.Definitions.column_names() if hasattr(d, name)}
            | {"definition": d.key}
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


def headline_of(described: pl.DataFrame, params: Params) -> str | None:
    """The first headline definition that the snapshot supports; None where it supports none.

    Raises ParamsError for a name that is no definition.
    """
    known = dict(described.select("definition", "supported").iter_rows())
    for name in [*params.derivatives.headline, *params.derivatives.monthly]:
        if name not in known:
            raise ParamsError(
                f"{name} is no definition", where="params.yaml", next_step="see data/out/definitions.parquet"
            )
    return next((name for name in params.derivatives.headline if known[name]), None)


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
            subject=pl.lit(subject),
            reference=pl.lit(reference),
            ratio=pl.col("subject_derivatives") / pl.col("reference_derivatives"),
            is_headline=pl.col("definition").eq_missing(pl.lit(headline)),
        )
    )


def empty_monthly() -> pl.DataFrame:
    """No rows under the contract of the monthly counts."""
    return schemas.DerivativesMonthly.create_empty().select(pl.all())


def by_month(pairs: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """Counts by group, relation and month of creation; `all` counts each repository once."""
    counted = "author" if definition.unit == "uploaders" else "child"
    dated = select(pairs, definition).drop_nulls([counted, "month"])
    kinds = pl.concat(
        [dated.with_columns(relation=pl.lit("all")), dated.drop_nulls("relation")], how="diagonal_relaxed"
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
        return schemas.DerivativesYearly.create_empty().select(pl.all())
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


def leaders(pairs: dict[tuple[str, str, str | None], pl.DataFrame], headline: str | None) -> pl.DataFrame:
    """Every group's count under the headline, with the uploaders behind it, ranked."""
    definition = next((d for d in definitions() if d.key == headline), None)
    if definition is None:
        return schemas.Leaders.create_empty().select(pl.all())
    return (
        select(pairs[definition.source], definition)
        .group_by("group")
        .agg(
            derivatives=pl.col("child").n_unique().cast(pl.Float64),
            uploaders=pl.col("author").drop_nulls().n_unique().cast(pl.Float64),
        )
        .with_columns(rank=pl.col("derivatives").rank("min", descending=True).cast(pl.Int64))
    )
