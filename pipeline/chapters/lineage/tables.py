"""Tables of the chapter on lineage: what the declared graph looks like inside.

Declared edges, self-references dropped, one module a topic, each with its method: `growth` (what is added, and when),
`uploaders` (by whom), `series` (what is named as machines name), `chains` (what stands between a derivative and its
roots, and how deep that goes), `half_lives` (how fast a base ages), `licences` (what happens to them on the way),
`downloads` (who gets them), `converters` (who quantizes them), `tree` (the largest branches by name) and `distilled`
(releases with two parents, by name).
"""

from datetime import date

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.lineage import (
    chains,
    converters,
    distilled,
    downloads,
    growth,
    half_lives,
    licences,
    schema,
    series,
    tree,
    uploaders,
)
from pipeline.chapters.lineage.links import attach, repositories_of
from pipeline.hub.nodes import Nodes


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read core tables and the register; write the tables of the chapter on lineage."""
    nodes = Nodes.load(paths, [register.load("distillations", paths.register)["release"]])
    day = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    repackagers = register.load("repackagers", paths.register)["namespace"]
    releases = nodes.with_nodes(register.load("releases", paths.register), "model").drop_nulls("model")
    repositories = repositories_of(nodes, params.report.grouping, paths.register)
    links = attach(nodes.edges(declared=True, columns=("relation", "relation_corrected", "series_node")), repositories)

    def named(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        return frame if frame.is_empty() else frame.with_columns(nodes.names(frame[column]).alias(column))

    results.write("growth_monthly", growth.growth_by_relation(links, day), schema.GrowthMonthly)
    results.write("growth_country", growth.growth_by_country(links, day), schema.GrowthCountry)

    by_uploader = uploaders.uploads(links)
    results.write("uploaders", uploaders.uploaders(by_uploader), schema.Uploaders)
    results.write("uploader_curve", uploaders.uploader_curve(by_uploader), schema.UploaderCurve)
    largest = uploaders.uploaders_largest(by_uploader, repackagers)
    results.write("uploaders_largest", largest, schema.UploadersLargest)
    results.write("converters", converters.converters(links, repackagers), schema.Converters)

    in_series = series.counted(links)
    results.write("series_groups", series.series_groups(in_series), schema.SeriesGroups)
    results.write("series_monthly", series.series_monthly(in_series, day), schema.SeriesMonthly)
    results.write("series_bases", named(series.series_bases(in_series), "id"), schema.SeriesBases)
    by_digits = series.with_digits(in_series, nodes, register.load("series_patterns", paths.register))
    results.write("series_digits", series.series_digits(in_series, by_digits), schema.SeriesDigits)
    results.write(
        "series_largest", named(series.series_largest(in_series, by_digits, nodes), "base"), schema.SeriesLargest
    )

    walked = nodes.lineage("depth", "n_parents", "roots", "n_children", "n_descendants", "in_snapshot")
    graph = chains.connected(walked, repositories, repackagers)
    rooted = chains.derivatives_and_roots(graph)
    ways = chains.with_ways(graph, links, rooted)
    results.write("chains", chains.chains(ways, rooted), schema.Chains)
    results.write("intermediaries", named(chains.intermediaries(ways, links), "id"), schema.Intermediaries)
    branches = named(named(tree.tree(walked, links), "parent"), "child")
    results.write("tree", branches, schema.Tree)
    taught, built = distilled.distilled(nodes, links, walked, paths.register, params.report.grouping, day)
    results.write("distilled", taught, schema.Distilled)
    results.write("distilled_children", built, schema.DistilledChildren)
    results.write("depths", chains.depths(walked), schema.Depths)
    longest = chains.longest_chain(walked, links, repositories["created_month"])
    results.write("longest_chain", named(longest, "id"), schema.LongestChain)

    lives = half_lives.half_lives(
        links,
        repositories["created_month"],
        releases,
        day,
        least=params.anatomy.half_life_derivatives,
        oldest=params.anatomy.half_life_age_months,
    )
    results.write("half_lives", named(lives, "base"), schema.HalfLives)
    results.write("half_life_medians", half_lives.half_life_medians(lives), schema.HalfLifeMedians)

    edges = nodes.edges(columns=("relation", "relation_corrected", "evidence"))
    in_format = nodes.of_every_node(nodes.models("is_quantized_format"))["is_quantized_format"]
    converted = converters.conversions(attach(edges, repositories), repositories, in_format, repackagers)
    results.write("group_converters", converted, schema.GroupConverters)
    classes = register.load("licences", paths.register)
    changes = licences.licence_changes(edges, repositories, releases, classes)
    results.write("licence_changes", changes, schema.LicenceChanges)
    results.write("licence_drift", licences.licence_drift(changes), schema.LicenceDrift)
    results.write("download_shares", downloads.download_shares(repositories, links), schema.DownloadShares)
