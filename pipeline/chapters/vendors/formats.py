"""Conversions of releases: who makes them, into which format, and how soon."""

import numpy as np
import polars as pl

from pipeline import register
from pipeline.chapters.vendors.inputs import Inputs
from pipeline.chapters.vendors.schema import ALL, ANY, MAKER, OTHERS, VendorFormats
from pipeline.hub import models
from pipeline.register.lookup.identity import without_format

NUMBERS = ("releases_in_time", "releases_ever", "conversions", "undated")


def conversions(inputs: Inputs) -> pl.DataFrame:
    """`release, conversion, format, by_maker, created`: repositories in a format, with the release that they convert.

    release: its row in `inputs.releases`. conversion: a node.
    """
    nodes = inputs.nodes
    releases = inputs.releases.select(
        "organisation", parent=nodes.find(inputs.releases["model"]), name=_name("model")
    ).with_row_index("release")
    repositories = nodes.of_every_node(
        nodes.models(pl.col("format").cast(pl.Categorical)).with_columns(inputs.created.alias("created"))
    )
    is_release = pl.col("conversion").is_in(releases["parent"].implode())
    links = nodes.edges().rename({"child": "conversion"}).join(releases.select("release", "parent"), on="parent")
    found = (
        pl.concat([_linked(inputs, links, repositories), _by_same_name(inputs, links, repositories, releases)])
        .filter(~is_release)
        .unique()
    )
    maker = inputs.identity["organisation"].gather(found["conversion"])
    return found.with_columns(
        by_maker=(maker == releases["organisation"].gather(found["release"])).fill_null(False),
        created=repositories["created"].gather(found["conversion"]),
    )


def _linked(inputs: Inputs, links: pl.DataFrame, repositories: pl.DataFrame) -> pl.DataFrame:
    """`release, conversion, format` of links from a repository in a format to a release.

    A repository that the snapshot lacks has the format that its name ends in.
    """
    formats = repositories["format"].gather(links["conversion"])
    here = links.select("release", "conversion", format=formats).drop_nulls("format")
    absent = links.filter(repositories["id"].gather(links["conversion"]).is_null())
    names = inputs.nodes.names(absent["conversion"]).to_frame().select(_name("id")).to_series()
    untagged = pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String, "value": pl.String})
    by_name = models.format_of(names, untagged, register.load("formats", inputs.directory))
    there = absent.select("release", "conversion", format=by_name.cast(pl.Categorical)).drop_nulls("format")
    return pl.concat([here, there])


def _by_same_name(
    inputs: Inputs, links: pl.DataFrame, repositories: pl.DataFrame, releases: pl.DataFrame
) -> pl.DataFrame:
    """`release, conversion, format` of unlinked repositories with a release's name before their format."""
    is_packed = repositories["format"].is_not_null().to_numpy().copy()
    is_packed[links["conversion"].to_numpy()] = False
    packed = pl.Series("conversion", np.flatnonzero(is_packed), dtype=pl.UInt32)
    unmistakable = releases.filter(pl.col("name").is_unique())
    return (
        pl.DataFrame(
            {"conversion": packed, "id": inputs.nodes.names(packed), "format": repositories["format"].gather(packed)}
        )
        .select("conversion", "format", name=_name("id"))
        .filter(pl.col("name").str.contains_any(unmistakable["name"].implode()))  # few, before their ends are cut
        .with_columns(name=without_format(pl.col("name"), register.load("formats", inputs.directory)))
        .join(unmistakable, on="name")
        .select("release", "conversion", "format")
    )


def _name(column: str) -> pl.Expr:
    return pl.col(column).str.split("/").list.last().str.to_lowercase()


def formats(inputs: Inputs, converted: pl.DataFrame, days: int) -> pl.DataFrame:
    """Rows of `schema.VendorFormats`: for all makers and for each, by who converted and into what."""
    old_enough = pl.lit(inputs.last).dt.offset_by(f"-{days}d")
    dated = inputs.releases.with_row_index("release").filter(pl.col("released") <= old_enough)
    grouped = pl.concat([dated.with_columns(group="organisation"), dated.with_columns(group=pl.lit(ALL))])
    whole = grouped.group_by("group").agg(releases=pl.len().cast(pl.Int64))
    in_time = pl.col("created") <= pl.col("released").dt.offset_by(f"{days}d")
    links = converted.join(dated, on="release").select(
        "release",
        "conversion",
        "format",
        group=pl.col("organisation").cast(pl.Categorical),
        shipped_by=pl.when("by_maker").then(pl.lit(MAKER)).otherwise(pl.lit(OTHERS)).cast(pl.Categorical),
        in_time=in_time.fill_null(False),
        undated=pl.col("created").is_null(),
    )
    counted = pl.concat(
        links.group_by("shipped_by", *kinds)
        .agg(
            releases_in_time=pl.col("release").filter("in_time").n_unique().cast(pl.Int64),
            releases_ever=pl.col("release").n_unique().cast(pl.Int64),
            conversions=pl.col("conversion").n_unique().cast(pl.Int64),
            undated=pl.col("conversion").filter("undated").n_unique().cast(pl.Int64),
        )
        .with_columns(
            pl.lit(every).alias(kind) for kind, every in (("group", ALL), ("format", ANY)) if kind not in kinds
        )
        .select(pl.col("group", "shipped_by", "format").cast(pl.String), *NUMBERS)
        for kinds in (("group", "format"), ("group",), ("format",), ())
    )
    ways = pl.DataFrame({"shipped_by": [MAKER, OTHERS], "format": ANY})
    rows = pl.concat([whole.join(ways, how="cross").drop("releases"), counted.select("group", "shipped_by", "format")])
    return (
        rows.unique()
        .join(whole, on="group")
        .join(counted, on=["group", "shipped_by", "format"], how="left")
        .with_columns(pl.col(NUMBERS).fill_null(0))
        .select(VendorFormats.column_names())
    )
