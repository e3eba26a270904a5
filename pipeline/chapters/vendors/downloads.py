"""Downloads by country and family: of a repository's owner, or of the makers of its roots."""

import polars as pl

from pipeline.chapters.vendors.inputs import Inputs, share
from pipeline.chapters.vendors.schema import SEVERAL, UNKNOWN_OWNER, VendorDownloads

POPULATIONS = {"all": None, "text and vision": ("text", "vision")}
"""Populations of the downloads, by modality."""


def downloads(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorDownloads`: by owner, and with derivatives counted for the makers of their roots."""
    makers = inputs.identity.select(pl.col("country", "family").cast(pl.Categorical))
    here = inputs.nodes.models("downloads", pl.col("modality").cast(pl.Categorical))
    alike = (  # few kinds of repositories, each counted once for all that is asked of it
        here.hstack(makers[here["id"]])
        .hstack(_of_roots(inputs, makers)[here["id"]])
        .group_by("modality", "country", "family", "root_country", "root_family")
        .agg(repositories=pl.len().cast(pl.Int64), downloads=pl.col("downloads").sum())
        .with_columns(pl.col(pl.Categorical).cast(pl.String))
    )
    by_root = alike.with_columns(
        country=pl.coalesce("root_country", "country"), family=pl.coalesce("root_family", "family")
    )
    parts = []
    for population, modalities in POPULATIONS.items():
        in_population = pl.lit(True) if modalities is None else pl.col("modality").is_in(modalities)
        for counted_as, rows in (("owner", alike), ("root", by_root)):
            for kind in ("country", "family"):
                group = pl.col(kind).fill_null(UNKNOWN_OWNER).alias("group")
                sums = rows.filter(in_population).group_by(group).agg(pl.col("repositories", "downloads").sum())
                parts.append(
                    sums.select(
                        pl.all(),
                        share=share(pl.col("downloads"), pl.col("downloads").sum()),
                        population=pl.lit(population),
                        counted_as=pl.lit(counted_as),
                        group_kind=pl.lit(kind),
                    )
                )
    return pl.concat(parts).select(VendorDownloads.column_names())


def _of_roots(inputs: Inputs, makers: pl.DataFrame) -> pl.DataFrame:
    """`root_country, root_family` of every repository that declares a parent; null where no root has a known maker.

    One row a node, in order. makers: `country, family` of every node.
    """
    declared = inputs.nodes.lineage("n_parents", "roots").with_columns(pl.when(pl.col("n_parents") > 0).then("roots"))
    first = declared.select(pl.col("roots").list.first()).to_series()
    each = declared.filter(pl.col("roots").list.len() > 1).select("id", root="roots").explode("root")
    of_several = each.hstack(makers[each["root"]]).group_by("id").agg(map(_only_or_several, makers.columns))
    return (
        makers.select(pl.all().gather(first))
        .with_columns(declared["id"])
        .join(of_several, on="id", how="left", maintain_order="left")
        .select(pl.coalesce(f"several_{name}", name).alias(f"root_{name}") for name in makers.columns)
    )


def _only_or_several(column: str) -> pl.Expr:
    known = pl.col(column).drop_nulls()
    several = pl.when(known.n_unique() > 1).then(pl.lit(SEVERAL, pl.Categorical)).otherwise(known.first())
    return several.alias(f"several_{column}")
