"""Tables of the chapter on surface area: how much of the plane of size, modality and time a family's releases cover.

The essay explains a family's lead in derivatives by its surface: whatever size and kind of model
somebody needs, there is a current release close to it. This module makes that measurable from the
register of releases alone.

Method
1. The plane is a grid of sizes (0.5 to 512 billion total parameters, each twice the one before) times
   modalities (text, code, math, vision, audio, embedding). A model that reads images and writes text
   serves text as well, so that a family which moves its general models to image input loses nothing.
2. A release is current for `surface.current_months` from its date. For every month, family and cell,
   the nearest current release of that modality is the one whose total is closest, counted in
   doublings: |log2(total / size)|; its age in months stands beside it.
3. A cell is covered when that distance is at most half a doubling, so that a release covers the one
   or two sizes next to it. The index is the share of covered cells. A looser rule (one doubling, twice
   as long) stands beside it, so that nobody has to trust one choice.
4. By quarter, every dated release stands at the size of the grid nearest to its own, whatever its modality.
   A quarter that begins after the register's last release is not collected, which is not the same as zero.
5. Cadence counts releases by quarter, and the days between days on which something was released:
   ten sizes on one day are one release day.
6. The catalogue gives per family the number of releases, their sizes, modalities and licences, formats
   that the family's own namespaces ship in this snapshot, and the median days from a release to its
   tenth declared derivative.

Known drawbacks: releases whose size or date the register lacks cannot be placed, and are counted; a
general text model also serves code, which this does not credit; every release weighs the same,
wanted or not; the grid ends at 512 billion. Distance in size says nothing of quality.
"""

from datetime import date

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.surface.schema import (
    LOOSE,
    MODALITIES,
    NARROW,
    NTH,
    SIZES,
    Cadence,
    Catalogue,
    Surface,
    SurfaceIndex,
    SurfaceQuarters,
)
from pipeline.hub.nodes import Nodes
from pipeline.register.lookup.identity import identify

SERVES = {"vision": ["vision", "text"]}
"""What a release of a modality is good for, besides itself."""


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the register and core tables; write the plane, its index, cadence and catalogue."""
    releases = placed(paths)
    last = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    months = params.surface.current_months
    plane = nearest(releases, last, months)
    results.write("surface", plane, Surface)
    results.write("surface_index", index(plane, releases, last, months), SurfaceIndex)
    results.write("surface_quarters", by_quarter(releases, last), SurfaceQuarters)
    results.write("cadence", cadence(releases, last), Cadence)
    nodes = Nodes.load(paths, [releases["model"]])
    results.write("catalogue", catalogue(releases, nodes, last), Catalogue)


def placed(paths: Paths) -> pl.DataFrame:
    """Releases of the register: `model, family, modality, licence, released, total`.

    The total is that of the counted configuration where there is one, else the elements of the files, else
    the size that the maker states, which is rounded and near enough for a grid of doublings.
    """
    releases = register.load("releases", paths.register)
    counted = tables.read(paths.out / "moe" / "moe.parquet").select("model", counted="parameters_total")
    families = identify(releases.select(id="model"), paths.register).collect().select(model="id", family="family")
    return (
        releases.join(families, on="model", how="left")
        .join(counted, on="model", how="left")
        .drop_nulls("family")
        .select(
            "model",
            "family",
            "modality",
            "licence",
            "released",
            total=pl.coalesce("counted", "parameters_total", "parameters_stated"),
        )
        .sort("model")
    )


def months_until(first: date, last: date) -> pl.Series:
    """First days of the months from one date's to another's."""
    return pl.date_range(first.replace(day=1), last.replace(day=1), "1mo", eager=True).alias("month")


def nearest(releases: pl.DataFrame, last: date, current_months: int) -> pl.DataFrame:
    """Rows of `schema.Surface`: for each family, month and cell the nearest current release.

    Only releases with family, modality of the grid, date and total; months run from the first such
    release to `last`. Cells without a current release of the modality have no row.
    """
    served = pl.col("modality").replace_strict(SERVES, default=pl.concat_list("modality"))
    known = (
        releases.drop_nulls(["released", "total"])
        .filter(pl.col("modality").is_in(MODALITIES), pl.col("released") <= last, pl.col("total") > 0)
        .with_columns(modality=served)
        .explode("modality")
    )
    if known.is_empty():
        return tables.empty(Surface)
    first = known["released"].min()
    assert isinstance(first, date)
    age = _months(pl.col("month")) - _months(pl.col("released"))
    doublings = (pl.col("total") / pl.col("size")).log(2).abs()
    return (
        known.join(months_until(first, last).to_frame(), how="cross")
        .with_columns(age_months=age.cast(pl.Int64))
        .filter(pl.col("age_months").is_between(0, 2 * current_months - 1))
        .join(pl.DataFrame({"size": SIZES}), how="cross")
        .with_columns(doublings=doublings.round(6), is_current=pl.col("age_months") < current_months)
        .sort("is_current", "doublings", "age_months", "model", descending=[True, False, False, False])
        .group_by("family", "month", "modality", "size", maintain_order=True)
        .agg(
            pl.col("model").first(),
            pl.col("is_current").first(),
            nearest_doublings=pl.col("doublings").first(),
            nearest_age_months=pl.col("age_months").first(),
            covered=(pl.col("is_current") & (pl.col("doublings") <= NARROW)).any(),
            covered_loosely=(pl.col("doublings") <= LOOSE).any(),
            releases=(pl.col("is_current") & (pl.col("doublings") <= NARROW)).sum().cast(pl.Int64),
        )
        .select(Surface.column_names())
    )


def _months(day: pl.Expr) -> pl.Expr:
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month()


def index(plane: pl.DataFrame, releases: pl.DataFrame, last: date, current_months: int) -> pl.DataFrame:
    """Rows of `schema.SurfaceIndex`: the share of covered cells per family and month, from its first release on."""
    cells = len(SIZES) * len(MODALITIES)
    dated = releases.drop_nulls("released").filter(pl.col("released") <= last)
    if dated.is_empty():
        return tables.empty(SurfaceIndex)
    first = dated["released"].min()
    assert isinstance(first, date)
    grid = (
        dated.group_by("family")
        .agg(start=pl.col("released").min().dt.truncate("1mo"))
        .join(months_until(first, last).to_frame(), how="cross")
        .filter(pl.col("month") >= pl.col("start"))
        .drop("start")
    )
    covered = plane.group_by("family", "month").agg(
        cells=pl.col("covered").sum().cast(pl.Int64), cells_loose=pl.col("covered_loosely").sum().cast(pl.Int64)
    )
    age = _months(pl.col("month")) - _months(pl.col("released"))
    current = (
        grid.join(dated.select("family", "released"), on="family")
        .filter(age.is_between(0, current_months - 1))
        .group_by("family", "month")
        .agg(releases_current=pl.len().cast(pl.Int64))
    )
    return (
        grid.join(covered, on=["family", "month"], how="left")
        .join(current, on=["family", "month"], how="left")
        .with_columns(pl.col("cells", "cells_loose", "releases_current").fill_null(0))
        .with_columns(index=pl.col("cells") / cells, index_loose=pl.col("cells_loose") / cells)
        .select(SurfaceIndex.column_names())
    )


def by_quarter(releases: pl.DataFrame, last: date) -> pl.DataFrame:
    """Rows of `schema.SurfaceQuarters`: every family, quarter and size; 0 where nothing was released."""
    dated = releases.drop_nulls("released")
    shown = dated.filter(pl.col("released") <= last)
    if shown.is_empty():
        return tables.empty(SurfaceQuarters)
    first = shown["released"].min()
    assert isinstance(first, date)
    step = (pl.col("total") / SIZES[0]).log(2).round().clip(0, len(SIZES) - 1).cast(pl.Int64)
    nearest_size = step.replace_strict(dict(enumerate(SIZES)), default=0, return_dtype=pl.Int64).fill_null(0)
    quarter = pl.col("released").dt.truncate("1q")
    counted = shown.group_by("family", quarter=quarter, size=nearest_size).agg(releases=pl.len().cast(pl.Int64))
    start, end = (pl.lit(day).dt.truncate("1q") for day in (first, last))
    quarters = pl.select(quarter=pl.date_ranges(start, end, "1q")).explode("quarter")
    return (
        shown.select("family")
        .unique()
        .join(quarters, how="cross")
        .join(pl.DataFrame({"size": [*SIZES, 0]}), how="cross")
        .join(counted, on=["family", "quarter", "size"], how="left")
        .with_columns(
            pl.col("releases").fill_null(0),
            is_collected=pl.col("quarter") <= dated["released"].max(),
            is_partial=(pl.col("quarter") == end) & (pl.lit(last) < end.dt.offset_by("1q").dt.offset_by("-1d")),
        )
        .select(SurfaceQuarters.column_names())
    )


def cadence(releases: pl.DataFrame, last: date) -> pl.DataFrame:
    """Rows of `schema.Cadence`: releases and release days by quarter; quarters without any are 0."""
    dated = releases.drop_nulls("released").filter(pl.col("released") <= last)
    if dated.is_empty():
        return tables.empty(Cadence)
    counted = dated.group_by("family", quarter=pl.col("released").dt.truncate("1q")).agg(
        releases=pl.len().cast(pl.Int64), release_days=pl.col("released").n_unique().cast(pl.Int64)
    )
    end = pl.lit(last).dt.truncate("1q")
    return (
        counted.group_by("family")
        .agg(quarter=pl.date_ranges(pl.col("quarter").min(), end, "1q").first())
        .explode("quarter")
        .join(counted, on=["family", "quarter"], how="left")
        .with_columns(
            pl.col("releases", "release_days").fill_null(0),
            is_partial=(pl.col("quarter") == end) & (pl.lit(last) < end.dt.offset_by("1q").dt.offset_by("-1d")),
        )
        .select(Cadence.column_names())
    )


def catalogue(releases: pl.DataFrame, nodes: Nodes, last: date) -> pl.DataFrame:
    """Rows of `schema.Catalogue`: one per family with a release on the register. nodes: with the releases."""
    known = releases.filter(pl.col("released").is_null() | (pl.col("released") <= last))
    days = pl.col("released").drop_nulls().unique().sort()
    recent = days.filter(days > pl.lit(last).dt.offset_by("-1y"))
    summary = known.group_by("family").agg(
        releases=pl.len().cast(pl.Int64),
        undated=pl.col("released").is_null().sum().cast(pl.Int64),
        unsized=pl.col("total").is_null().sum().cast(pl.Int64),
        first_released=pl.col("released").min(),
        last_released=pl.col("released").max(),
        smallest=pl.col("total").min(),
        largest=pl.col("total").max(),
        sizes=(pl.col("total") / 1e9).log(2).round().drop_nulls().n_unique().cast(pl.Int64),
        modalities=pl.col("modality").unique().sort(),
        licences=pl.col("licence").drop_nulls().n_unique().cast(pl.Int64),
        median_days_between=recent.diff().dt.total_days().drop_nulls().median(),
    )
    return (
        summary.join(formats(nodes.model_rows), on="family", how="left")
        .join(days_to_nth(known, nodes), on="family", how="left")
        .with_columns(pl.col("formats").fill_null([]), pl.col("timed").fill_null(0))
        .select(Catalogue.column_names())
    )


def formats(core: pl.LazyFrame) -> pl.DataFrame:
    """`family, formats`: packed or converted formats that the namespaces of a family's makers ship of it."""
    return (
        core.filter(pl.col("organisation").is_not_null(), pl.col("format").is_not_null())
        .select("family", "format")
        .drop_nulls()
        .group_by("family")
        .agg(formats=pl.col("format").unique().sort())
        .collect()
    )


def days_to_nth(releases: pl.DataFrame, nodes: Nodes) -> pl.DataFrame:
    """`family, median_days_to_tenth, timed`: over releases with so many dated declared derivatives.

    The snapshot knows the month of creation only, so days are counted to that month's first day, at least 0.
    """
    dated = nodes.with_nodes(releases.drop_nulls("released"), "model")
    months = nodes.of_every_node(nodes.models("created_month"))["created_month"]
    edges = nodes.edges(declared=True).filter(pl.col("parent").is_in(dated["model"].implode()))
    tenth = (
        edges.select(model="parent", month=months.gather(edges["child"]))
        .drop_nulls("month")
        .group_by("model")
        .agg(month=pl.col("month").sort().get(NTH - 1, null_on_oob=True))
        .drop_nulls("month")
    )
    return (
        dated.join(tenth, on="model")
        .with_columns(days=(pl.col("month") - pl.col("released")).dt.total_days().clip(lower_bound=0))
        .group_by("family")
        .agg(median_days_to_tenth=pl.col("days").median(), timed=pl.len().cast(pl.Int64))
    )
