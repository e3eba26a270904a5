"""Which definitions a snapshot supports, and what the subject has over the reference under each of them.

A definition is supported where subject and reference together have a stated number of derivatives under it, and
neither has none. One that leaves a relation out needs a snapshot that states that relation of some link: where tags
carry none, as before September 2024, nothing would be left out. The headline is the first in params that is supported.
"""

import polars as pl

from pipeline.base.params import Params
from pipeline.chapters.derivatives.schema import Definitions
from pipeline.counting.definitions import WITHOUT, Definition
from pipeline.counting.results import with_results


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
    whole = pl.col("is_stated").is_not_null() | ~pl.col("relations").is_in(list(WITHOUT)).fill_null(False)
    enough = (pl.col("both").fill_null(0) >= least) & (pl.col("groups").fill_null(0) == 2)
    return (
        rows.join(totals, on="definition", how="left")
        .join(_stated(rows, counts), on=LINKS, how="left")
        .with_columns(in_grid=comparable, supported=enough & whole)
        .with_columns(
            reason=pl.when(~comparable)
            .then(pl.lit(f"the report compares by {params.report.grouping}"))
            .when(~whole)
            .then(pl.lit("no link of this snapshot has the relation that it leaves out"))
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
        .drop("both", "groups", "is_stated")
    )


LINKS = ["grouping", "evidence", "reach", "relations", "relation_basis"]
"""Axes that decide which links there are, and of which relation."""


def _stated(described: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """`LINKS` of the definitions that leave out a relation, with `is_stated`, where any group has derivatives of it."""
    left_out = {relation: name for name, relation in WITHOUT.items()}
    return (
        described.join(counts.select("definition").unique(), on="definition")
        .filter(pl.col("relations").is_in(list(left_out)))
        .with_columns(pl.col("relations").replace(left_out))
        .select(LINKS)
        .unique()
        .with_columns(is_stated=True)
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
    rows = (
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
            "series",
            subject=pl.lit(subject),
            reference=pl.lit(reference),
            ratio=pl.col("subject_derivatives") / pl.col("reference_derivatives"),
            is_headline=pl.col("definition").eq_missing(pl.lit(headline)),
            is_plain=_plain(),
        )
    )
    return with_results(rows)


def _plain() -> pl.Expr:
    """Definitions that depart from the base in evidence, reach, adapters, quantizations or unit alone."""
    return (
        (pl.col("min_downloads") == 0)
        & (pl.col("own_releases") == "left_out")
        & pl.col("relations").is_in(["all", *WITHOUT]).fill_null(True)
        & (pl.col("relation_basis") == "as_tagged").fill_null(True)
        & (pl.col("mirrors") == "as_declared").fill_null(True)
        & (pl.col("series") == "each").fill_null(True)
        & (pl.col("credit") == "full").fill_null(True)
        & (pl.col("distills") == "as_declared").fill_null(True)
    )
