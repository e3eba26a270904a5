"""What the tables of the chapter on makers are made from: the register's releases, and the snapshot."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.chapters.vendors.schema import ALL_COUNTRIES
from pipeline.hub.nodes import Nodes
from pipeline.register.lookup.identity import identify

NOT_KNOWN = "not_known"


@dataclass(frozen=True)
class Inputs:
    """Registered releases up to the snapshot's day, and the snapshot, whose repositories are nodes."""

    releases: pl.DataFrame
    """`model, organisation, country, released, modality, licence, licence_class`."""
    nodes: Nodes
    """The models of `releases` among them."""
    raw: pl.LazyFrame
    """The snapshot as it was pulled, in the rows of the table of models."""
    last: date
    """The snapshot's day."""
    directory: Path
    """The register."""

    @cached_property
    def identity(self) -> pl.DataFrame:
        """`id, organisation, country, family` of every node, in order."""
        return self.nodes.identity(self.directory)

    @cached_property
    def created(self) -> pl.Series:
        """The day on which the repository of each row was created."""
        return self.raw.select(pl.col("createdAt").dt.date()).collect().to_series()

    @cached_property
    def makers(self) -> pl.DataFrame:
        """`row, organisation, country` of the repositories whose owner is registered."""
        owners = self.nodes.models("organisation", "country").with_row_index("row")
        return owners.drop_nulls("organisation").drop("id")


def read(paths: Paths) -> Inputs:
    """The register's releases up to the snapshot's day with their owners and licences; the snapshot, lazily."""
    last = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    core = tables.scan(paths.core / "models.parquet")
    listed = register.load("releases", paths.register).filter(
        pl.col("released").is_null() | (pl.col("released") <= last)
    )
    owner = identify(listed.select(id="model"), paths.register).collect()
    here = core.filter(pl.col("id").is_in(listed["model"].implode())).select(model="id", tagged="licence").collect()
    classes = register.load("licences", paths.register)
    licence = pl.coalesce("licence", "tagged")
    releases = (
        listed.join(owner.select("organisation", "country", model="id"), on="model")
        .join(here, on="model", how="left")
        .drop_nulls("organisation")
        .with_columns(licence=licence)
        .with_columns(
            licence_class=pl.when(pl.col("licence").is_null())
            .then(pl.lit(NOT_KNOWN))
            .otherwise(
                pl.col("licence").replace_strict(
                    classes["licence"], classes["licence_class"], default="restricted", return_dtype=pl.String
                )
            )
        )
        .select("model", "organisation", "country", "released", "modality", "licence", "licence_class")
        .sort("model")
    )
    raw = tables.scan(paths.raw / "models.parquet")
    return Inputs(releases, Nodes.load(paths, [releases["model"]]), raw, last, paths.register)


def by_country_and_all(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows once under their country and once under all countries."""
    return pl.concat([rows, rows.with_columns(country=pl.lit(ALL_COUNTRIES))])


def year_ago(last: date) -> pl.Expr:
    """Whether a release is of the last year before a day."""
    return pl.col("released") > pl.lit(last).dt.offset_by("-1y")


def share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """A part of a whole, null where there is none."""
    return pl.when(whole > 0).then(part / whole)
