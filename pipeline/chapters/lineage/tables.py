"""Tables of the chapter on lineage: what the declared graph looks like inside.

Who adds to it and when, through whose hands derivatives come, how deep it goes, how fast a base ages,
what happens to licences on the way, and who gets the downloads.

Method (declared edges, self-references dropped; a derivative is a repository that declares a parent)
- Growth: derivatives by month of creation, and by the country of the organisations that own the
  parents they name.
- Uploaders: direct derivatives by namespace, the group's own releases left out as in the headline.
  Gini is twice the area between the cumulative curve and the diagonal, from integers.
- Chains: an intermediary is a repository that itself declares a parent and is owned by nobody who
  owns one of its roots. What stands above a repository is handed down level by level, at a cost
  that is linear in edges: the smallest and the largest owner among the intermediaries above it tell
  whether there are none, its own alone, or others'. No path is ever listed.
- Depth: longest declared path to a root. One longest chain is written out, smallest ids first.
- Half-life: age in months at which half of a base's dated direct derivatives existed, for bases with
  enough of them that are old enough; once over all so far, once over the first months that every
  such base has behind it.
- Licences: each parent link whose two ends are known (a parent outside the snapshot by its
  registered licence), classed by the register. A tag that is not listed is its maker's own: restricted.
- Downloads: every repository once, by the first of its relations in the list.

Known drawbacks: dates are the repository's, so a month counts back from what still exists; an owner is
an organisation of the register or a namespace, and one person may have several; a young base's
half-life grows as it goes on; a licence tag is what a card says, not what the law does; the Hub's
download counter counts machines too. On a cycle each member stands above itself.
"""

import calendar
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import LICENCE_CLASSES, LICENCE_MOVES, RELATIONS
from pipeline.chapters.lineage.schema import (
    ALL,
    UNKNOWN_OWNER,
    UNSTATED,
    Chains,
    Depths,
    DownloadShares,
    GrowthCountry,
    GrowthMonthly,
    HalfLifeMedians,
    HalfLives,
    Intermediaries,
    LicenceChanges,
    LicenceDrift,
    LongestChain,
    UploaderCurve,
    Uploaders,
    UploadersLargest,
)
from pipeline.hub import graph
from pipeline.hub.graph import Ints
from pipeline.hub.nodes import Nodes

NO_LICENCE = "none"
TEN = 10
LISTED = 100
"""Rows kept of the largest uploaders and intermediaries."""


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read core tables and the register; write the tables of the chapter on lineage."""
    nodes = Nodes.load(paths)
    core = nodes.models("author", "created_month", "downloads", "downloads_all_time", "licence")
    declared = nodes.edges(declared=True, columns=("relation",))
    walked = nodes.lineage("depth", "n_parents", "roots", "n_children", "n_descendants", "in_snapshot")
    day = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    identity = identify(nodes, declared, params.report.grouping, paths.register)
    links = attach(declared, core, identity)
    repackagers = register.load("repackagers", paths.register)["namespace"]
    releases = nodes.found(register.load("releases", paths.register), "model").drop_nulls("model")

    def named(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        return frame if frame.is_empty() else frame.with_columns(nodes.names(frame[column]).alias(column))

    results.write("growth_monthly", growth_by_relation(links, day), GrowthMonthly)
    results.write("growth_country", growth_by_country(links, day), GrowthCountry)
    by_uploader = uploads(links)
    groups = per_group(by_uploader)
    results.write("uploaders", uploaders(by_uploader, groups), Uploaders)
    results.write("uploader_curve", uploader_curves(groups), UploaderCurve)
    results.write("uploaders_largest", uploaders_largest(by_uploader, repackagers), UploadersLargest)
    graph_part = connected(walked, declared)
    passed, between = chains(graph_part, identity, repackagers)
    results.write("chains", passed, Chains)
    results.write("intermediaries", named(between, "id"), Intermediaries)
    results.write("depths", depths(walked), Depths)
    results.write("longest_chain", named(longest_chain(graph_part, declared, core), "id"), LongestChain)
    lives = half_lives(
        links, core, releases, day, params.anatomy.half_life_derivatives, params.anatomy.half_life_age_months
    )
    results.write("half_lives", named(lives, "base"), HalfLives)
    results.write("half_life_medians", half_life_medians(lives), HalfLifeMedians)
    edges = nodes.edges(columns=("relation", "evidence"))
    changes = licence_changes(edges, core, releases, register.load("licences", paths.register))
    results.write("licence_changes", changes, LicenceChanges)
    results.write("licence_drift", licence_drift(changes), LicenceDrift)
    results.write("download_shares", download_shares(core, links), DownloadShares)


def looked_up(rows: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """The row of each wanted node among rows with distinct nodes (`id`), nulls where it has none.

    A join by nodes, which are small numbers: an array of places costs a tenth of a hash table.
    """
    places = np.full(max(_past(rows["id"]), _past(wanted)), -1, dtype=np.int64)
    places[rows["id"].to_numpy()] = np.arange(rows.height)
    found = pl.Series(places[wanted.to_numpy()])
    return rows.drop("id").select(pl.all().gather(found.set(found < 0, None)))


def _past(nodes: pl.Series) -> int:
    """The first number after those of these nodes."""
    return int(nodes.max()) + 1 if nodes.len() else 0  # type: ignore[arg-type]


def identify(nodes: Nodes, declared: pl.DataFrame, grouping: str, directory: Path) -> pl.DataFrame:
    """`id, group, country, owner, space` of the repositories that have an edge, present in the snapshot or not.

    The owner is the organisation, or the namespace (`space`) where the register knows none.
    """
    used = pl.concat([declared["child"], declared["parent"]]).unique().sort()
    space = nodes.names(used).str.splitn("/", 2).struct.field("field_0")
    return (
        nodes.identity(directory)[used]
        .with_columns(space.alias("space"))
        .select("id", "country", "space", group=grouping, owner=pl.coalesce("organisation", "space"))
    )


def attach(declared: pl.DataFrame, core: pl.DataFrame, identity: pl.DataFrame) -> pl.DataFrame:
    """Declared edges with the child's uploader, month, owner and group, the parent's maker, group and country."""
    child, parent = declared["child"], declared["parent"]
    parts = [
        declared.select("child", "parent", "relation"),
        looked_up(core.select("id", "author", month="created_month"), child),
        looked_up(identity.select("id", "owner", own_group="group"), child),
        looked_up(identity.select("id", "group", "country", maker="owner"), parent),
    ]
    return pl.concat(parts, how="horizontal")


# ----------------------------------------------------------------------------------------- growth


def growth_by_relation(links: pl.DataFrame, day: date) -> pl.DataFrame:
    """New derivatives by month and relation; every month between the first and the last has a row."""
    dated = links.drop_nulls("month")
    kinds = pl.concat(
        [dated.select("child", "month", relation=pl.lit("all")), dated.select("child", "month", "relation")]
    )
    counts = kinds.group_by("month", "relation").agg(derivatives=pl.col("child").n_unique().cast(pl.Int64))
    return _filled(counts, "month", "1mo", "relation").with_columns(
        is_partial=(pl.col("month") == day.replace(day=1)) & pl.lit(not _ends_month(day))
    )


def growth_by_country(links: pl.DataFrame, day: date) -> pl.DataFrame:
    """New derivatives by quarter and country of the parents' organisations."""
    dated = links.drop_nulls("month").with_columns(
        quarter=pl.col("month").dt.truncate("1q"), country=pl.col("country").fill_null(UNKNOWN_OWNER)
    )
    counts = dated.group_by("quarter", "country").agg(derivatives=pl.col("child").n_unique().cast(pl.Int64))
    whole = _ends_month(day) and day.month % 3 == 0
    start = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return _filled(counts, "quarter", "1q", "country").with_columns(
        is_partial=(pl.col("quarter") == start) & pl.lit(not whole)
    )


def _filled(counts: pl.DataFrame, period: str, every: str, kind: str) -> pl.DataFrame:
    """Counts with a row for every period between the first and the last, 0 where there is nothing."""
    if counts.is_empty():
        return counts
    first, last = counts[period].min(), counts[period].max()
    periods = pl.date_range(first, last, every, eager=True).alias(period).to_frame()  # type: ignore[arg-type]
    grid = periods.join(counts.select(kind).unique(), how="cross")
    return grid.join(counts, on=[period, kind], how="left").with_columns(pl.col("derivatives").fill_null(0))


def _ends_month(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


# -------------------------------------------------------------------------------------- uploaders


Group = tuple[str, Ints, pl.Series]
"""A group's name, its uploaders' counts in ascending order, and the uploaders in that order."""


def uploads(links: pl.DataFrame) -> pl.DataFrame:
    """`group, author, repositories`: direct derivatives of each uploader, for each group and for all."""
    counted = links.drop_nulls("author").filter(
        pl.col("group").is_null() | pl.col("group").ne_missing(pl.col("own_group"))
    )
    pairs = pl.concat(
        [
            counted.select("child", "author", group=pl.lit(ALL)),
            counted.drop_nulls("group").select("child", "author", "group"),
        ]
    )
    return pairs.group_by("group", "author").agg(repositories=pl.col("child").n_unique().cast(pl.Int64))


def ranked_uploaders(by_uploader: pl.DataFrame) -> pl.DataFrame:
    """Uploaders over all groups, the largest first, ties in order of names."""
    everyone = by_uploader.filter(pl.col("group") == ALL)
    return everyone.sort(["repositories", "author"], descending=[True, False])


def uploaders(by_uploader: pl.DataFrame, groups: list[Group]) -> pl.DataFrame:
    """Counts and concentration per group, with and without the ten largest uploaders of all."""
    ten = ranked_uploaders(by_uploader).head(TEN)["author"]
    rows = []
    for group, counts, names in groups:
        total = int(counts.sum())
        largest_first = np.cumsum(counts[::-1])
        one_percent = -(-counts.size // 100)

        def share(size: int, sums: Ints = largest_first, total: int = total) -> float:
            return int(sums[min(size, sums.size) - 1]) / total

        rows.append(
            {
                "group": group,
                "repositories": total,
                "uploaders": counts.size,
                "repositories_without_ten": total - int(counts[names.is_in(ten.implode()).to_numpy()].sum()),
                "gini": gini(counts),
                "top_1_percent": share(one_percent),
                "top_10": share(TEN),
                "top_100": share(100),
            }
        )
    return pl.DataFrame(rows) if rows else tables.empty(Uploaders)


def gini(ascending: Ints) -> float:
    """Gini coefficient of counts in ascending order: 0 where all are equal."""
    n, total = ascending.size, int(ascending.sum())
    if not total:
        return 0.0
    weighted = int((np.arange(1, n + 1) * ascending).sum())
    return (2 * weighted - (n + 1) * total) / (n * total)


def uploader_curves(groups: list[Group]) -> pl.DataFrame:
    """Cumulative shares per group, at every rank up to 20 and at selected ones beyond."""
    parts = []
    for group, counts, _ in groups:
        ranks = _shown_ranks(counts.size)
        sums = np.concatenate([[0], np.cumsum(counts[::-1])])
        parts.append(
            pl.DataFrame(
                {
                    "rank": ranks,
                    "share_of_uploaders": ranks / counts.size,
                    "share_of_repositories": sums[ranks] / sums[-1],
                }
            ).with_columns(group=pl.lit(group))
        )
    return pl.concat(parts) if parts else tables.empty(UploaderCurve)


def _shown_ranks(n: int) -> Ints:
    spread = np.concatenate([np.arange(21), [100, n], np.geomspace(1, n, 60), np.linspace(0, n, 41)])
    return np.unique(np.clip(np.rint(spread), 0, n).astype(np.int64))


def per_group(by_uploader: pl.DataFrame) -> list[Group]:
    """Per group its name, its counts in ascending order, and the uploaders in that order."""
    ordered = by_uploader.sort("group", "repositories", "author")
    parts = ordered.partition_by("group", maintain_order=True)
    return [(part["group"][0], part["repositories"].to_numpy(), part["author"]) for part in parts]


def uploaders_largest(by_uploader: pl.DataFrame, repackagers: pl.Series) -> pl.DataFrame:
    """The largest uploaders over all groups."""
    spaces = repackagers.str.to_lowercase().implode()
    return (
        ranked_uploaders(by_uploader)
        .head(LISTED)
        .select(
            "repositories",
            rank=pl.int_range(1, pl.len() + 1),
            uploader="author",
            is_repackager=pl.col("author").str.to_lowercase().is_in(spaces),
        )
    )


# ----------------------------------------------------------------------------------------- chains


@dataclass(frozen=True)
class Connected:
    """Rows of the lineage table that have an edge, numbered in order of ids, and the edges in these numbers."""

    nodes: pl.DataFrame
    child: Ints
    parent: Ints


def connected(walked: pl.DataFrame, declared: pl.DataFrame) -> Connected:
    """The part of the lineage table that is a graph."""
    nodes = walked.filter((pl.col("n_parents") > 0) | (pl.col("n_children") > 0)).sort("id").with_row_index("node")
    numbers = nodes.select("id", pl.col("node").cast(pl.Int64))
    child, parent = (looked_up(numbers, declared[side])["node"].to_numpy() for side in ("child", "parent"))
    return Connected(nodes, child, parent)


def chains(part: Connected, identity: pl.DataFrame, repackagers: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Through whose hands derivatives come, per group of their roots; and the largest intermediaries."""
    if part.nodes.is_empty():
        return tables.empty(Chains), tables.empty(Intermediaries)
    spaces = repackagers.str.to_lowercase().implode()
    nodes = pl.concat([part.nodes, looked_up(identity, part.nodes["id"])], how="horizontal").with_columns(
        code=pl.col("owner").cast(pl.Categorical).to_physical().cast(pl.Int64),
        is_repackager=pl.col("space").str.to_lowercase().is_in(spaces),
    )
    child, parent = part.child, part.parent
    roots = _roots(nodes)
    makers = roots.filter(pl.col("code") == pl.col("root_code"))["node"].unique()
    is_intermediary = ((nodes["n_parents"] > 0) & ~nodes["node"].is_in(makers.implode())).to_numpy()
    code, depth = nodes["code"].to_numpy(), nodes["depth"].to_numpy()
    nobody = int(code.max()) + 1
    first = above(np.where(is_intermediary, code, nobody), child, parent, depth, np.minimum, nobody)
    last = above(np.where(is_intermediary, code, -1), child, parent, depth, np.maximum, -1)
    packed = above(nodes["is_repackager"].to_numpy().astype(np.int64), child, parent, depth, np.maximum, 0)
    own = (first == last) & (last == code)
    handed = nodes.with_columns(
        straight=pl.Series(last < 0),
        through_own=pl.Series(own),
        through_others=pl.Series((last >= 0) & ~own),
        through_repackagers=pl.Series(packed > 0),
        is_intermediary=pl.Series(is_intermediary),
    )
    return _chain_counts(handed, roots), _intermediaries(handed, child, parent)


def above(own: Ints, child: Ints, parent: Ints, depth: Ints, join: np.ufunc, nothing: int) -> Ints:
    """For each node the join (minimum or maximum) of `own` over everything above it.

    Edges are walked in order of the child's depth; those inside a cycle join nodes of the same
    depth and are repeated until nothing changes.
    """
    result = np.full(own.size, nothing, dtype=np.int64)
    order = np.argsort(depth[child], kind="stable")
    child, parent = child[order], parent[order]
    bounds = np.searchsorted(depth[child], np.arange(int(depth.max(initial=0)) + 2))
    for level in range(bounds.size - 1):
        down, up = child[bounds[level] : bounds[level + 1]], parent[bounds[level] : bounds[level + 1]]
        cyclic = depth[up] == level
        join.at(result, down[~cyclic], join(result[up[~cyclic]], own[up[~cyclic]]))
        down, up = down[cyclic], up[cyclic]
        while down.size:
            before = result[down]
            join.at(result, down, join(result[up], own[up]))
            if np.array_equal(before, result[down]):
                break
    return result


def _roots(nodes: pl.DataFrame) -> pl.DataFrame:
    """`node, code, own_group, root_code, root_group`: one row per derivative and root."""
    known = nodes.select("id", root_code="code", root_group="group")
    rooted = nodes.filter(pl.col("n_parents") > 0).select("node", "code", "roots", own_group="group").explode("roots")
    return pl.concat([rooted.drop("roots"), looked_up(known, rooted["roots"])], how="horizontal")


def _chain_counts(handed: pl.DataFrame, roots: pl.DataFrame) -> pl.DataFrame:
    counted = roots.filter(pl.col("root_group").is_null() | pl.col("root_group").ne_missing(pl.col("own_group")))
    pairs = pl.concat(
        [
            counted.select("node", group=pl.lit(ALL)),
            counted.drop_nulls("root_group").select("node", group="root_group"),
        ]
    ).unique()
    kinds = ("straight", "through_own", "through_others", "through_repackagers")
    return (
        pl.concat([pairs, handed.select(kinds)[pairs["node"]]], how="horizontal")
        .group_by("group")
        .agg(pl.len().alias("derivatives"), *(pl.col(kind).sum() for kind in kinds))
    )


def _intermediaries(handed: pl.DataFrame, child: Ints, parent: Ints) -> pl.DataFrame:
    """The intermediary with most descendants of each owner whose work others build on."""
    code = handed["code"].to_numpy()
    of_others = np.bincount(parent[code[child] != code[parent]], minlength=handed.height)
    return (
        handed.with_columns(n_children_of_others=pl.Series(of_others))
        .filter(pl.col("is_intermediary") & (pl.col("n_children_of_others") > 0))
        .sort(["n_descendants", "id"], descending=[True, False])
        .with_columns(more_of_owner=pl.len().over("owner").cast(pl.Int64) - 1)
        .unique("owner", keep="first", maintain_order=True)
        .head(LISTED)
        .with_columns(rank=pl.int_range(1, pl.len() + 1))
        .select(Intermediaries.column_names())
    )


# ------------------------------------------------------------------------------------------ depth


def depths(walked: pl.DataFrame) -> pl.DataFrame:
    """Models and ghosts by depth."""
    return walked.group_by("depth").agg(
        models=pl.col("in_snapshot").sum().cast(pl.Int64), ghosts=(~pl.col("in_snapshot")).sum().cast(pl.Int64)
    )


def longest_chain(part: Connected, declared: pl.DataFrame, core: pl.DataFrame) -> pl.DataFrame:
    """One longest chain, root first; where several are as long, by the smallest ids from its end upward."""
    if declared.is_empty():
        return tables.empty(LongestChain)
    nodes = part.nodes["id"]
    depth = part.nodes["depth"].to_numpy()
    node = int(np.argmax(depth))
    path = [node]
    parents = graph.Adjacency.of(nodes.len(), part.child, part.parent)
    while depth[path[-1]] > 0:
        path += _step_up(path[-1], parents, depth)
    path.reverse()
    steps = pl.DataFrame({"step": range(len(path)), "id": nodes.gather(path)}).with_columns(
        before=pl.col("id").shift(1)
    )
    on_path = steps["id"].implode()
    relations = declared.filter(pl.col("child").is_in(on_path)).select("relation", id="child", before="parent")
    months = core.filter(pl.col("id").is_in(on_path)).select("id", "created_month")
    inside = part.nodes.filter(pl.col("id").is_in(on_path)).select("id", "in_snapshot")
    return (
        steps.join(relations, on=["id", "before"], how="left")
        .join(months, on="id", how="left")
        .join(inside, on="id", how="left")
        .drop("before")
    )


def _step_up(node: int, parents: graph.Adjacency, depth: Ints) -> list[int]:
    """The next node one level up; where the way leads through a cycle, its members on the way too."""
    ways: list[list[int]] = [[node]]
    seen = {node}
    for way in ways:
        ups = np.sort(parents.row(way[-1]))
        higher = ups[depth[ups] == depth[node] - 1]
        if higher.size:
            return [*way[1:], int(higher[0])]
        for up in ups[depth[ups] == depth[node]].tolist():
            if up not in seen:
                seen.add(up)
                ways.append([*way, up])
    raise AssertionError("a node below the roots has a parent one level up, or its cycle does")


# -------------------------------------------------------------------------------------- half-life


def half_lives(
    links: pl.DataFrame, core: pl.DataFrame, releases: pl.DataFrame, day: date, least: int, oldest: int
) -> pl.DataFrame:
    """Bases with at least `least` dated derivatives that are at least `oldest` months old."""
    births = releases.select(parent="model", released=pl.col("released").dt.truncate("1mo"))
    dated = (
        links.drop_nulls(["group", "month"])
        .filter(pl.col("group").ne_missing(pl.col("own_group")))
        .join(births, on="parent", how="left")
        .join(core.select(parent="id", created="created_month"), on="parent", how="left")
        .with_columns(born=pl.coalesce("released", "created"))
        .drop_nulls("born")
        .with_columns(age=_months(pl.col("born"), pl.col("month")).clip(lower_bound=0))
    )
    half = pl.col("age").quantile(0.5, "lower").cast(pl.Int64)
    early = pl.col("age").filter(pl.col("age") < oldest)
    return (
        dated.group_by("parent", "group", "born")
        .agg(
            derivatives=pl.len().cast(pl.Int64),
            half_life_months=half,
            derivatives_window=early.len().cast(pl.Int64),
            half_life_window_months=early.quantile(0.5, "lower").cast(pl.Int64),
        )
        .with_columns(
            base="parent", year=pl.col("born").dt.year().cast(pl.Int64), age_months=_months(pl.col("born"), pl.lit(day))
        )
        .filter((pl.col("derivatives") >= least) & (pl.col("age_months") >= oldest))
        .select(HalfLives.column_names())
    )


def half_life_medians(lives: pl.DataFrame) -> pl.DataFrame:
    """Median half-life per group and year of release."""
    half, window = pl.col("half_life_months"), pl.col("half_life_window_months")
    return lives.group_by("group", "year").agg(
        bases=pl.len().cast(pl.Int64),
        derivatives=pl.col("derivatives").sum(),
        median_months=half.median(),
        low_months=half.min(),
        high_months=half.max(),
        median_window_months=window.median(),
    )


def _months(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    years = second.dt.year().cast(pl.Int64) - first.dt.year().cast(pl.Int64)
    return years * 12 + second.dt.month().cast(pl.Int64) - first.dt.month().cast(pl.Int64)


# --------------------------------------------------------------------------------------- licences


def licence_changes(
    edges: pl.DataFrame, core: pl.DataFrame, releases: pl.DataFrame, licences: pl.DataFrame
) -> pl.DataFrame:
    """Parent links by the two licence tags, where both ends are known."""
    tagged = core.select("id", licence=pl.col("licence").fill_null(NO_LICENCE).cast(pl.Categorical))
    registered = releases.drop_nulls("licence").select("licence", id="model").join(tagged, on="id", how="anti")
    parents = pl.concat([tagged, registered.select("id", pl.col("licence").cast(pl.Categorical))])
    classes = licences.select(tag=pl.col("licence").str.to_lowercase(), found="licence_class")
    ends = [
        looked_up(tagged.select("id", child_licence="licence"), edges["child"]),
        looked_up(parents.select("id", parent_licence="licence"), edges["parent"]),
    ]
    known = (
        pl.concat([edges.select("evidence", "relation"), *ends], how="horizontal")
        .drop_nulls(["child_licence", "parent_licence"])
        .group_by("evidence", "relation", "parent_licence", "child_licence")
        .agg(edges=pl.len().cast(pl.Int64))
        .cast({"parent_licence": pl.String, "child_licence": pl.String})
    )
    for side in ("parent", "child"):
        known = (
            known.with_columns(tag=pl.col(f"{side}_licence").str.to_lowercase())
            .join(classes, on="tag", how="left")
            .with_columns(
                pl.when(pl.col("tag") == NO_LICENCE)
                .then(pl.lit("none"))
                .otherwise(pl.col("found").fill_null("restricted"))
                .alias(f"{side}_class")
            )
            .drop("tag", "found")
        )
    return known.with_columns(move=_move())


def _move() -> pl.Expr:
    before, after = pl.col("parent_class"), pl.col("child_class")
    openness = {name: place for place, name in enumerate(LICENCE_CLASSES)}
    rank_before, rank_after = (side.replace_strict(openness, return_dtype=pl.Int64) for side in (before, after))
    return (
        pl.when((before == "none") & (after == "none"))
        .then(pl.lit("neither"))
        .when(pl.col("parent_licence") == pl.col("child_licence"))
        .then(pl.lit("same"))
        .when(after == "none")
        .then(pl.lit("to_none"))
        .when(before == "none")
        .then(pl.lit("from_none"))
        .when(rank_after < rank_before)
        .then(pl.lit("more_open"))
        .when(rank_after > rank_before)
        .then(pl.lit("more_restricted"))
        .otherwise(pl.lit("same_class"))
    )


def licence_drift(changes: pl.DataFrame) -> pl.DataFrame:
    """Parent links by what the child's tag does, every move listed for each kind of evidence met."""
    moves = pl.DataFrame({"move": LICENCE_MOVES})
    counts = changes.group_by("evidence", "move").agg(pl.col("edges").sum())
    return (
        counts.select("evidence")
        .unique()
        .join(moves, how="cross")
        .join(counts, on=["evidence", "move"], how="left")
        .with_columns(pl.col("edges").fill_null(0))
        .with_columns(stated=pl.when(~pl.col("move").is_in(UNSTATED)).then("edges"))
        .with_columns(of=pl.col("stated").sum().over("evidence"))
        .with_columns(share=pl.when(pl.col("of") > 0).then(pl.col("stated") / pl.col("of")))
        .drop("stated", "of")
    )


# -------------------------------------------------------------------------------------- downloads


def download_shares(core: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Downloads by the first of a repository's relations, and of those that declare no parent."""
    places = {name: place for place, name in enumerate(RELATIONS)}
    place = pl.col("relation").replace_strict(places, return_dtype=pl.Int64)
    first = links.select(id="child", place=place, by_maker=pl.col("owner") == pl.col("maker"))
    first = first.group_by("id").agg(pl.col("place").min(), pl.col("by_maker").any())
    names = pl.DataFrame({"kind": list(places), "place": list(places.values())})
    counted = ("repositories", "downloads", "downloads_of_makers", "downloads_all_time")
    sums = (
        pl.concat([core.select("downloads", "downloads_all_time"), looked_up(first, core["id"])], how="horizontal")
        .with_columns(pl.col("downloads", "downloads_all_time").fill_null(0))
        .group_by("place")
        .agg(
            pl.col("downloads", "downloads_all_time").sum(),
            repositories=pl.len().cast(pl.Int64),
            downloads_of_makers=pl.col("downloads").filter(pl.col("by_maker")).sum(),
        )
        .join(names, on="place", how="left")
        .with_columns(pl.col("kind").fill_null("none_declared"))
    )
    kinds = pl.DataFrame({"kind": ["none_declared", *RELATIONS]})
    filled = kinds.join(sums, on="kind", how="left").with_columns(pl.col(counted).fill_null(0))
    return filled.with_columns(share=_share(pl.col("downloads")), share_all_time=_share(pl.col("downloads_all_time")))


def _share(column: pl.Expr) -> pl.Expr:
    return pl.when(column.sum() > 0).then(column / column.sum())
