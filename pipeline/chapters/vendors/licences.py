"""Licences of releases, by half-year and beside those of the last twelve months."""

import polars as pl

from pipeline.base.vocabulary import LICENCE_CLASSES
from pipeline.chapters.vendors.inputs import NOT_KNOWN, Inputs, by_country_and_all, share, year_ago
from pipeline.chapters.vendors.schema import VendorLicenceMoves, VendorLicences

MONTHS_OF_HALF = 6


def licences(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorLicences`."""
    month = pl.col("released").dt.month()
    half = pl.date(pl.col("released").dt.year(), pl.when(month > MONTHS_OF_HALF).then(7).otherwise(1), 1)
    dated = inputs.releases.drop_nulls("released").with_columns(period=half)
    groups = pl.concat(
        [
            by_country_and_all(dated).with_columns(group_kind=pl.lit("country"), group="country"),
            dated.with_columns(group_kind=pl.lit("organisation"), group="organisation"),
        ],
        how="diagonal",
    )
    counted = {name: (pl.col("licence_class") == name).sum().cast(pl.Int64) for name in (*LICENCE_CLASSES, NOT_KNOWN)}
    ends = pl.col("period").dt.offset_by(f"{MONTHS_OF_HALF}mo").dt.offset_by("-1d")
    return (
        groups.group_by("group_kind", "group", "period")
        .agg(releases=pl.len().cast(pl.Int64), **counted)
        .with_columns(
            share_permissive=share(pl.col("permissive"), pl.col("releases") - pl.col(NOT_KNOWN)),
            is_partial=ends > pl.lit(inputs.last),
        )
        .select(VendorLicences.column_names())
    )


def licence_moves(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorLicenceMoves`: organisations with a dated release of known licence."""
    known = inputs.releases.drop_nulls("released").filter(pl.col("licence_class") != NOT_KNOWN)
    recent, permissive = year_ago(inputs.last), pl.col("licence_class") == "permissive"
    return (
        known.group_by("organisation", "country")
        .agg(
            before=(~recent).sum().cast(pl.Int64),
            recent=recent.sum().cast(pl.Int64),
            open_before=(~recent & permissive).sum(),
            open_recent=(recent & permissive).sum(),
        )
        .with_columns(
            before_permissive=share(pl.col("open_before"), pl.col("before")),
            recent_permissive=share(pl.col("open_recent"), pl.col("recent")),
        )
        .select(VendorLicenceMoves.column_names())
    )
