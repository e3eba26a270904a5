"""The organisations behind subject and reference, whole and by namespace: `Meta` is meta-llama, facebook and others.

Method
1. The organisations are those compared, or the owners of the families compared. Their lines are the namespaces of the
   register (`organisations`).
2. Direct derivatives, own releases left out, are counted for an organisation as a whole and for each namespace:
   declared, declared or inferred, and by shape; links also without adapters, where the snapshot states any. A
   repository counts once for each line that it is built on, so lines may add up to more than the whole.
3. An organisation's main line is the namespace with most registered releases of its first family, by the register's
   rank: meta-llama for Meta.

Known drawbacks: a namespace is no line of models: facebook has a first Llama beside speech and vision, and a repository
that moved counts for its new namespace.
"""

from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base.params import Params
from pipeline.base.params import Report as Compared
from pipeline.base.results import Results
from pipeline.chapters.derivatives.schema import OrganisationLines
from pipeline.counting import evidence
from pipeline.counting.pairs import direct_pairs
from pipeline.counting.repositories import Repositories
from pipeline.register.lookup.identity import identify

WHOLE = "all namespaces"


def make(repositories: Repositories, params: Params, results: Results) -> None:
    """Write `organisation_lines.parquet`."""
    results.write("organisation_lines", lines_of(repositories, params.report), OrganisationLines)


def organisations(families: pl.DataFrame, compared: Compared) -> list[str]:
    """The organisations of subject and reference. families: `family, organisation` of the register."""
    names = [compared.subject, compared.reference]
    owner = dict(families.iter_rows()) if compared.grouping == "family" else {}
    return list(dict.fromkeys(owner.get(name, name) for name in names))


def lines_of(repositories: Repositories, compared: Compared) -> pl.DataFrame:
    """Rows of `schema.OrganisationLines`."""
    owner = repositories.groups("organisation").select("id", organisation=pl.col("group").cast(pl.String))
    named = pl.col("organisation").is_in(organisations(repositories.families, compared))
    theirs = owner.filter(named)
    space = repositories.nodes.names(theirs["id"]).str.splitn("/", 2).struct.field("field_0").str.to_lowercase()
    by_space = theirs.select("id", "organisation", line=space)
    others = owner.filter(~named).select("id", group="organisation")
    parts = []
    for whole in (True, False):
        line = pl.lit(WHOLE) if whole else pl.col("line")
        mine = by_space.select("id", group=pl.concat_str("organisation", pl.lit("/"), line))
        parts += _pairs(repositories, pl.concat([mine, others]), mine["group"].unique())
    return (
        pl.concat(parts)
        .with_columns(pl.col("group").str.splitn("/", 2).struct.rename_fields(["organisation", "line"]))
        .unnest("group")
        .join(owner.rename({"id": "child", "organisation": "own"}), on="child", how="left")
        .filter(pl.col("own").ne_missing(pl.col("organisation")))
        .group_by("evidence", "relations", "organisation", "line")
        .agg(derivatives=pl.col("child").n_unique().cast(pl.Int64))
        .join(main_lines(repositories.directory), on=["organisation", "line"], how="left")
        .with_columns(pl.col("is_main").fill_null(False))
        .select(OrganisationLines.column_names())
    )


def main_lines(directory: Path) -> pl.DataFrame:
    """`organisation, line, is_main`: the namespace of each organisation's main line. directory: the register."""
    releases = identify(register.load("releases", directory).select(id="model"), directory).collect()
    ranks = register.load("families", directory).select("family", "rank")
    return (
        releases.join(ranks, on="family")
        .with_columns(line=pl.col("id").str.splitn("/", 2).struct.field("field_0").str.to_lowercase())
        .group_by("organisation", "rank", "line")
        .len()
        .sort("rank", "len", "line", descending=[False, True, False])
        .unique("organisation", keep="first", maintain_order=True)
        .select("organisation", "line", is_main=True)
    )


def _pairs(repositories: Repositories, groups: pl.DataFrame, asked: pl.Series) -> list[pl.DataFrame]:
    """`evidence, relations, group, child` of the groups asked for, by each kind of evidence. groups: `id, group`."""
    known = repositories
    found = []
    for kind in ("declared", "declared_or_inferred"):
        pairs = direct_pairs(known.edges_of(kind), groups.filter(pl.col("group").is_in(asked.implode())))
        is_adapter = (pl.col("relation") == "adapter").fill_null(False)
        stated = (known.edges["relation"] == "adapter").any()
        for relations, rows in {"all": pairs, "without_adapters": pairs.filter(~is_adapter, pl.lit(stated))}.items():
            found.append(rows.select(evidence=pl.lit(kind), relations=pl.lit(relations), group="group", child="child"))
    shaped = evidence.shape_pairs(known.nodes, known.shapes, groups.drop_nulls(), known.directory)
    shaped = shaped.filter(pl.col("group").is_in(asked.implode()))
    found.append(shaped.select(evidence=pl.lit("shape"), relations=pl.lit("all"), group="group", child="child"))
    return found
