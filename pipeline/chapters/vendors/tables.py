"""Tables of the chapter on makers: what they ship beside weights, and who makes them.

The essay calls it AI+: open weights as infrastructure, laid by companies and countries. What of that can be
seen from outside is counted here: licences, conversions that come out with a release, papers, languages
and tasks, who started and who stopped, and whose models are downloaded.

Method
- Releases, dates, owners and countries are the register's. A licence that the register lacks is the one
  that this snapshot's tag states; its class is the register's, and a tag unknown to it is the maker's own
  terms: restricted.
- A conversion of a release is a repository in a packed or converted format (by its name or tags) that
  names, or is found to have, the release as its parent; or, where no such link is known, whose name is
  the release's once format tokens are taken off its end. It is the maker's when both have one owner.
  Releases count that are older than `vendors.formats_days`; a conversion made before the announcement
  is in time. An undated conversion is counted apart: it makes the share in time a lower bound.
- Tags (`arxiv:`, `region:`, two-letter languages) are read on repositories of registered makers alone, in one
  pass over the snapshot. Where none of them has a kind of tag, the snapshot lacks it: null, not 0.
- An organisation stopped when its last dated release is older than `vendors.stopped_months`, and
  started when its first is younger than `vendors.started_months`. It has not stopped when this snapshot has a
  repository of its own from those months: then the register may lack a release, and the status says so.
- Repositories of registered makers with more than `MANY_LIKES` that no release covers are listed: conversions,
  re-uploaders and old names of a release are left out.
- Models that packages find on ModelScope are placed by the name they are under (module `hubs`).
- Downloads by country and family: by owner; and with a repository that declares a parent counted for the
  makers of its roots instead. Roots of several makers are `several`.

Known drawbacks: the register lists what was found, so a gap in it looks like a stop; a name shows a
conversion only while makers keep names unique; a two-letter tag may mean something else than the
language (`ml`, `cv`); a `region:` tag says where files are stored, not where a maker sits; counters
of downloads count machines too.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import LICENCE_CLASSES
from pipeline.chapters.vendors.hubs import hubs
from pipeline.chapters.vendors.schema import (
    ALL,
    ALL_COUNTRIES,
    ANY,
    GOING_ON,
    MAKER,
    MANY_LIKES,
    NOT_DATED,
    OTHERS,
    SEVERAL,
    STARTED,
    STOPPED,
    UNKNOWN_OWNER,
    UNLISTED,
    VendorActivity,
    VendorDownloads,
    VendorFormats,
    VendorGaps,
    VendorHubs,
    VendorLanguages,
    VendorLicenceMoves,
    VendorLicences,
    VendorTags,
    VendorTasks,
)
from pipeline.hub import models
from pipeline.hub.nodes import Nodes
from pipeline.hub.parents import follow_renames
from pipeline.register.lookup.identity import identify, without_format

NOT_KNOWN = "not_known"
POPULATIONS = {"all": None, "text and vision": ("text", "vision")}
"""Populations of the downloads, by modality."""

PAPER, REGION = "arxiv:", "region:"
MONTHS_OF_HALF = 6


@dataclass(frozen=True)
class Inputs:
    """What the tables are made from: registered releases up to the snapshot's day, and the snapshot."""

    releases: pl.DataFrame
    """`model, organisation, country, released, modality, licence, licence_class`."""
    owners: pl.DataFrame
    """`organisation, country, space`, one row per namespace in lower case."""
    core: pl.LazyFrame
    """The table of models."""
    raw: pl.LazyFrame
    """The snapshot as it was pulled."""
    edges: pl.LazyFrame
    last: date
    """The snapshot's day."""
    directory: Path
    """The register."""


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the register and the snapshot; write the tables of the chapter on makers."""
    inputs = read(paths)
    settings = params.vendors

    results.write("vendor_licences", licences(inputs), VendorLicences)
    results.write("vendor_licence_moves", licence_moves(inputs), VendorLicenceMoves)
    results.write("vendor_formats", formats(inputs, conversions(inputs), settings.formats_days), VendorFormats)
    tagged = tags(inputs)
    results.write("vendor_tags", tag_counts(inputs, tagged), VendorTags)
    results.write("vendor_languages", languages(inputs, tagged), VendorLanguages)
    results.write("vendor_tasks", tasks(inputs), VendorTasks)
    results.write("vendor_activity", activity(inputs, settings.stopped_months, settings.started_months), VendorActivity)
    results.write("vendor_gaps", gaps(inputs), VendorGaps)
    results.write("vendor_hubs", hubs(paths.register), VendorHubs)
    results.write("vendor_downloads", downloads(Nodes.load(paths), paths.register), VendorDownloads)


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
    owners = register.load("organisations", paths.register).select(
        "organisation", "country", space=pl.col("namespace").str.to_lowercase()
    )
    raw = tables.scan(paths.raw / "models.parquet")
    edges = tables.scan(paths.core / "edges.parquet")
    return Inputs(releases, owners, core, raw, edges, last, paths.register)


def _by_country_and_all(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows once under their country and once under all countries."""
    return pl.concat([rows, rows.with_columns(country=pl.lit(ALL_COUNTRIES))])


def _year_ago(last: date) -> pl.Expr:
    return pl.col("released") > pl.lit(last).dt.offset_by("-1y")


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)


# ---------------------------------------------------------------------------------------- licences


def licences(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorLicences`."""
    month = pl.col("released").dt.month()
    half = pl.date(pl.col("released").dt.year(), pl.when(month > MONTHS_OF_HALF).then(7).otherwise(1), 1)
    dated = inputs.releases.drop_nulls("released").with_columns(period=half)
    groups = pl.concat(
        [
            _by_country_and_all(dated).with_columns(group_kind=pl.lit("country"), group="country"),
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
            share_permissive=_share(pl.col("permissive"), pl.col("releases") - pl.col(NOT_KNOWN)),
            is_partial=ends > pl.lit(inputs.last),
        )
        .select(VendorLicences.column_names())
    )


def licence_moves(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorLicenceMoves`: organisations with a dated release of known licence."""
    known = inputs.releases.drop_nulls("released").filter(pl.col("licence_class") != NOT_KNOWN)
    recent, permissive = _year_ago(inputs.last), pl.col("licence_class") == "permissive"
    return (
        known.group_by("organisation", "country")
        .agg(
            before=(~recent).sum().cast(pl.Int64),
            recent=recent.sum().cast(pl.Int64),
            open_before=(~recent & permissive).sum(),
            open_recent=(recent & permissive).sum(),
        )
        .with_columns(
            before_permissive=_share(pl.col("open_before"), pl.col("before")),
            recent_permissive=_share(pl.col("open_recent"), pl.col("recent")),
        )
        .select(VendorLicenceMoves.column_names())
    )


# ----------------------------------------------------------------------------------------- formats


def conversions(inputs: Inputs) -> pl.DataFrame:
    """`model, conversion, format, shipped_by, created`: repositories in a format, with the release they convert."""
    known = register.load("formats", inputs.directory)
    named = inputs.releases.select("model", name=_name("model"), organisation="organisation")
    packed = inputs.core.filter(pl.col("format").is_not_null()).select("id", "format").collect(engine="streaming")
    linked = (
        inputs.edges.filter(pl.col("parent").is_in(inputs.releases["model"].implode()))
        .select(conversion="child", model="parent")
        .unique()
        .collect()
    )
    tagged = linked.join(packed.select(conversion="id", format="format"), on="conversion", how="left")
    untagged = pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String, "value": pl.String})
    by_name = models.format_of(tagged.select(_name("conversion"))["conversion"], untagged, known)
    by_link = tagged.with_columns(format=pl.coalesce("format", by_name)).drop_nulls("format")
    unmistakable = named.filter(pl.col("name").is_unique())
    unlinked = (
        packed.join(linked.select(id="conversion"), on="id", how="anti")
        .filter(
            _name("id").str.contains_any(unmistakable["name"].implode())
        )  # few of a million, before their ends are cut
        .select("format", conversion="id", name=without_format(_name("id"), known))
    )
    by_same_name = unmistakable.join(unlinked, on="name").filter(pl.col("conversion") != pl.col("model"))
    found = pl.concat(
        [by_link.select("model", "conversion", "format"), by_same_name.select("model", "conversion", "format")]
    ).filter(~pl.col("conversion").is_in(inputs.releases["model"].implode()))
    made = identify(found.select(id="conversion"), inputs.directory).collect()
    created = (
        inputs.raw.filter(pl.col("id").is_in(found["conversion"].unique().implode()))
        .select(conversion="id", created=pl.col("createdAt").dt.date())
        .collect(engine="streaming")
    )
    same = pl.col("organisation") == pl.col("maker")
    return (
        found.join(named.select("model", "organisation"), on="model")
        .join(made.select(conversion="id", maker="organisation"), on="conversion", how="left")
        .join(created, on="conversion", how="left")
        .with_columns(shipped_by=pl.when(same).then(pl.lit(MAKER)).otherwise(pl.lit(OTHERS)))
        .select("model", "conversion", "format", "shipped_by", "created")
        .sort("model", "conversion")
    )


def _name(column: str) -> pl.Expr:
    return pl.col(column).str.split("/").list.last().str.to_lowercase()


def formats(inputs: Inputs, converted: pl.DataFrame, days: int) -> pl.DataFrame:
    """Rows of `schema.VendorFormats`: for all makers and for each, by who converted and into what."""
    old_enough = pl.lit(inputs.last).dt.offset_by(f"-{days}d")
    dated = inputs.releases.filter(pl.col("released") <= old_enough).select("model", "organisation", "released")
    grouped = pl.concat([dated.with_columns(group="organisation"), dated.with_columns(group=pl.lit(ALL))])
    whole = grouped.group_by("group").agg(releases=pl.len().cast(pl.Int64))
    links = grouped.join(converted, on="model")
    in_time = (pl.col("created") <= pl.col("released").dt.offset_by(f"{days}d")).fill_null(False)
    counted = (
        pl.concat([links, links.with_columns(format=pl.lit(ANY))])
        .with_columns(in_time=in_time)
        .group_by("group", "shipped_by", "format")
        .agg(
            releases_in_time=pl.col("model").filter("in_time").n_unique().cast(pl.Int64),
            releases_ever=pl.col("model").n_unique().cast(pl.Int64),
            conversions=pl.col("conversion").n_unique().cast(pl.Int64),
            undated=pl.col("conversion").filter(pl.col("created").is_null()).n_unique().cast(pl.Int64),
        )
    )
    ways = pl.DataFrame({"shipped_by": [MAKER, OTHERS], "format": ANY})
    rows = pl.concat([whole.join(ways, how="cross").drop("releases"), counted.select("group", "shipped_by", "format")])
    numbers = ("releases_in_time", "releases_ever", "conversions", "undated")
    return (
        rows.unique()
        .join(whole, on="group")
        .join(counted, on=["group", "shipped_by", "format"], how="left")
        .with_columns(pl.col(numbers).fill_null(0))
        .select(VendorFormats.column_names())
    )


# -------------------------------------------------------------------------------------------- tags


def tags(inputs: Inputs) -> pl.DataFrame:
    """`id, organisation, country, kind, value`: papers, languages and regions of registered makers' repositories."""
    codes = register.load("languages", inputs.directory)["language"]
    tag = pl.col("tags")
    paper, region = tag.str.starts_with(PAPER), tag.str.starts_with(REGION)
    return (
        _of_makers(inputs, "tags")
        .explode("tags")
        .filter(paper | region | tag.is_in(codes.implode()))
        .select(
            "id",
            "organisation",
            "country",
            kind=pl.when(paper).then(pl.lit("paper")).when(region).then(pl.lit("region")).otherwise(pl.lit("language")),
            value=tag.str.strip_prefix(PAPER).str.strip_prefix(REGION),
        )
        .unique()
        .collect(engine="streaming")
    )


def _of_makers(inputs: Inputs, *columns: str) -> pl.LazyFrame:
    """`id, organisation, country` and columns of the snapshot's repositories whose owner is registered."""
    space = pl.col("id").str.splitn("/", 2).struct.field("field_0").str.to_lowercase()
    return (
        inputs.raw.select("id", *columns, space=space)
        .join(inputs.owners.lazy(), on="space", how="inner")
        .select("id", "organisation", "country", *columns)
    )


def tag_counts(inputs: Inputs, tagged: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.VendorTags`: one per registered organisation with a repository in the snapshot."""
    counted = tagged.group_by("organisation").agg(
        with_paper=pl.col("id").filter(kind="paper").n_unique().cast(pl.Int64),
        papers=pl.col("value").filter(kind="paper").n_unique().cast(pl.Int64),
        with_language=pl.col("id").filter(kind="language").n_unique().cast(pl.Int64),
        languages=pl.col("value").filter(kind="language").n_unique().cast(pl.Int64),
        with_region=pl.col("id").filter(kind="region").n_unique().cast(pl.Int64),
        region_us=pl.col("id").filter(pl.col("kind") == "region", pl.col("value") == "us").n_unique().cast(pl.Int64),
    )
    has = set(tagged["kind"].unique())
    columns = {"paper": ("with_paper", "papers"), "language": ("with_language", "languages")}
    columns["region"] = ("with_region", "region_us")
    known = [
        (pl.col(column).fill_null(0) if kind in has else pl.lit(None, pl.Int64)).alias(column)
        for kind, names in columns.items()
        for column in names
    ]
    return (
        _of_makers(inputs)
        .group_by("organisation", "country")
        .agg(repositories=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
        .join(counted, on="organisation", how="left")
        .with_columns(known)
        .select(VendorTags.column_names())
    )


def languages(inputs: Inputs, tagged: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.VendorLanguages`."""
    names = register.load("languages", inputs.directory).select("language", "name")
    tags_of_languages = _by_country_and_all(tagged.filter(pl.col("kind") == "language"))
    whole = tags_of_languages.group_by("country").agg(any_language=pl.col("id").n_unique())
    return (
        tags_of_languages.group_by("country", language="value")
        .agg(repositories=pl.col("id").n_unique().cast(pl.Int64))
        .join(whole, on="country")
        .join(names, on="language")
        .with_columns(share=pl.col("repositories") / pl.col("any_language"))
        .select(VendorLanguages.column_names())
    )


# ------------------------------------------------------------------------------- tasks and activity


def tasks(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorTasks`: every country with every modality that any release has."""
    releases = _by_country_and_all(inputs.releases)
    recent = _year_ago(inputs.last).fill_null(False)
    counted = releases.group_by("country", "modality").agg(
        releases=pl.len().cast(pl.Int64), recent=recent.sum().cast(pl.Int64)
    )
    grid = counted.select("country").unique().join(counted.select("modality").unique(), how="cross")
    return (
        grid.join(counted, on=["country", "modality"], how="left")
        .with_columns(pl.col("releases", "recent").fill_null(0))
        .with_columns(
            share=_share(pl.col("releases"), pl.col("releases").sum().over("country")),
            recent_share=_share(pl.col("recent"), pl.col("recent").sum().over("country")),
        )
        .select(VendorTasks.column_names())
    )


def activity(inputs: Inputs, stopped_months: int, started_months: int) -> pl.DataFrame:
    """Rows of `schema.VendorActivity`: one per organisation with a release on the register."""
    stopped = pl.lit(inputs.last).dt.offset_by(f"-{stopped_months}mo")
    started = pl.lit(inputs.last).dt.offset_by(f"-{started_months}mo")
    newest = (
        _of_makers(inputs, "createdAt")
        .group_by("organisation")
        .agg(newest_repository=pl.col("createdAt").max().dt.date())
        .collect(engine="streaming")
    )
    first, last = pl.col("first_released"), pl.col("last_released")
    return (
        inputs.releases.group_by("organisation", "country")
        .agg(
            releases=pl.len().cast(pl.Int64),
            undated=pl.col("released").is_null().sum().cast(pl.Int64),
            first_released=pl.col("released").min(),
            last_released=pl.col("released").max(),
            recent=(pl.col("released") > stopped).sum().cast(pl.Int64),
        )
        .join(newest, on="organisation", how="left")
        .with_columns(
            status=pl.when(last.is_null())
            .then(pl.lit(NOT_DATED))
            .when((last <= stopped) & (pl.col("newest_repository") > stopped).fill_null(False))
            .then(pl.lit(UNLISTED))
            .when(last <= stopped)
            .then(pl.lit(STOPPED))
            .when(first > started)
            .then(pl.lit(STARTED))
            .otherwise(pl.lit(GOING_ON)),
            is_new=(first > started).fill_null(False),
        )
        .select(VendorActivity.column_names())
    )


def gaps(inputs: Inputs) -> pl.DataFrame:
    """Rows of `schema.VendorGaps`, the most liked first."""
    space = pl.col("id").str.split("/").list.first().str.to_lowercase()
    copying = register.load("repackagers", inputs.directory)["namespace"].str.to_lowercase()
    liked = (
        inputs.core.filter(pl.col("organisation").is_not_null(), pl.col("likes") > MANY_LIKES)
        .filter(~pl.col("is_release"), pl.col("format").is_null(), ~space.is_in(copying.implode()))
        .select("organisation", "likes", "modality", "created_month", model="id")
        .collect(engine="streaming")
    )
    now = follow_renames(liked.select(parent="model"), register.load("renames", inputs.directory))["parent"]
    released = register.load("releases", inputs.directory)["model"].str.to_lowercase()
    return (
        liked.filter(~now.str.to_lowercase().is_in(released.implode()))
        .sort("likes", "model", descending=[True, False])
        .select(VendorGaps.column_names())
    )


# --------------------------------------------------------------------------------------- downloads


def downloads(nodes: Nodes, directory: Path) -> pl.DataFrame:
    """Rows of `schema.VendorDownloads`: by owner, and with derivatives counted for the makers of their roots."""
    traits = ("modality", "country", "family")
    here = nodes.models("downloads", pl.col(traits).cast(pl.Categorical))
    roots = _of_roots(nodes, directory).cast({"root_country": pl.Categorical, "root_family": pl.Categorical})
    alike = (  # few kinds of repositories, each counted once for all that is asked of it
        here.join(roots, on="id", how="left")
        .group_by(*traits, "root_country", "root_family")
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
                        share=_share(pl.col("downloads"), pl.col("downloads").sum()),
                        population=pl.lit(population),
                        counted_as=pl.lit(counted_as),
                        group_kind=pl.lit(kind),
                    )
                )
    return pl.concat(parts).select(VendorDownloads.column_names())


def _of_roots(nodes: Nodes, directory: Path) -> pl.DataFrame:
    """`id, root_country, root_family` of repositories that declare a parent; null where no root has a known maker."""
    makers = nodes.identity(directory).select("country", "family")
    declaring = nodes.lineage("n_parents", "roots").filter(pl.col("n_parents") > 0).select("id", root="roots")
    has_one = pl.col("root").list.len() == 1
    one_root = declaring.filter(has_one).with_columns(pl.col("root").list.first())
    each_root = declaring.filter(~has_one).explode("root").drop_nulls("root")

    def with_makers(rows: pl.DataFrame) -> pl.DataFrame:
        of_root = makers[rows["root"]]
        return rows.select("id", root_country=of_root["country"], root_family=of_root["family"])

    def only_or_several(column: str) -> pl.Expr:
        known = pl.col(column).drop_nulls()
        return pl.when(known.n_unique() > 1).then(pl.lit(SEVERAL)).otherwise(known.min()).alias(column)

    several = with_makers(each_root).group_by("id").agg(only_or_several("root_country"), only_or_several("root_family"))
    return pl.concat([with_makers(one_root), several])
