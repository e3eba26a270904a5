"""Chains: what stands between a derivative and its roots, how deep that goes, and one of the longest chains.

- An intermediary is a repository that declares a parent itself and is owned by nobody who owns one of its roots.
- The smallest and the largest owner (as numbers) among the intermediaries above a repository say whether there are
  none, its own owner's alone, or others' (`pipeline.hub.chains`).
- Depth is the longest declared path to a root. One longest chain is written out, smallest ids first.

Known drawback: an owner is an organisation of the register or a namespace, and one person may have several.
"""

import polars as pl

from pipeline.base import tables
from pipeline.chapters.lineage.schema import ALL, Chains, Intermediaries, LongestChain
from pipeline.chapters.lineage.uploaders import LISTED
from pipeline.hub.chains import extremes_above

WAYS = ("straight", "through_own", "through_others", "through_repackagers")


def connected(walked: pl.DataFrame, repositories: pl.DataFrame, repackagers: pl.Series) -> pl.DataFrame:
    """Repositories with a declared parent or child, in order of nodes, with what says whose they are.

    walked: the lineage table, in order of nodes. Columns: those of `links.repositories_of`, `depth, n_parents, roots,
    n_children, n_descendants`, `is_repackager`, and `owner_number`, one number for each owner.
    """
    spaces = repackagers.str.to_lowercase().implode()
    return (
        repositories.head(walked.height)
        .hstack(walked.select("depth", "n_parents", "roots", "n_children", "n_descendants"))
        .filter((pl.col("n_parents") > 0) | (pl.col("n_children") > 0))
        .with_columns(
            owner_number=pl.col("owner").to_physical().cast(pl.Int64),
            is_repackager=pl.col("space").cast(pl.String).str.to_lowercase().is_in(spaces),
        )
    )


def derivatives_and_roots(graph: pl.DataFrame) -> pl.DataFrame:
    """`place, node, owner, own_group, root_owner, root_group`: one row per derivative and root, from `connected`.

    place: row of the derivative in `graph`.
    """
    roots = graph.select(roots="node", root_owner="owner_number", root_group="group")
    return (
        graph.with_row_index("place")
        .filter(pl.col("n_parents") > 0)
        .select("place", "node", "roots", owner="owner_number", own_group="group")
        .explode("roots")
        .join(roots, on="roots", how="left", maintain_order="left")
        .drop("roots")
    )


def with_ways(graph: pl.DataFrame, links: pl.DataFrame, rooted: pl.DataFrame) -> pl.DataFrame:
    """`connected` without roots, with `is_intermediary` and, of each repository, `WAYS`: what stands above it.

    links: `child, parent`. rooted: from `derivatives_and_roots`.
    """
    by_maker = rooted.filter(pl.col("owner") == pl.col("root_owner"))["node"]
    graph = graph.drop("roots").with_columns(
        is_intermediary=(pl.col("n_parents") > 0) & ~pl.col("node").is_in(by_maker.unique().implode())
    )
    owners = pl.when("is_intermediary").then("owner_number")
    above = extremes_above(graph.select("node", "depth", value=owners), links)
    packers = pl.when("is_repackager").then(1)
    packed = extremes_above(graph.select("node", "depth", value=packers), links)["highest"]
    is_own = ((pl.col("lowest") == pl.col("highest")) & (pl.col("highest") == pl.col("owner_number"))).fill_null(False)
    return graph.hstack(above).with_columns(
        straight=pl.col("highest").is_null(),
        through_own=is_own,
        through_others=pl.col("highest").is_not_null() & ~is_own,
        through_repackagers=packed.is_not_null(),
    )


def chains(ways: pl.DataFrame, rooted: pl.DataFrame) -> pl.DataFrame:
    """Through whose repositories derivatives come, per group of their roots; the group's own are left out.

    ways: from `with_ways`, in the rows of the graph that rooted was made of.
    """
    if ways.is_empty():
        return tables.empty(Chains)
    counted = rooted.filter(pl.col("root_group").is_null() | pl.col("root_group").ne_missing(pl.col("own_group")))
    is_new = pl.col("place").ne_missing(pl.col("place").shift(1))  # rows of one derivative stand together
    pairs = pl.concat(
        [
            counted.filter(is_new).select("place", pl.lit(ALL, counted.schema["root_group"]).alias("group")),
            counted.drop_nulls("root_group").select("place", group="root_group").unique(),
        ]
    )
    of_pair = ways.select(WAYS)[pairs["place"]]
    return pairs.hstack(of_pair).group_by("group").agg(pl.len().alias("derivatives"), pl.col(WAYS).sum())


def intermediaries(ways: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """The intermediary with most descendants of each owner whose work others build on; `id` is its node.

    links: as `links.attach` gives them.
    """
    if ways.is_empty():
        return tables.empty(Intermediaries)
    of_others = links.filter(pl.col("owner") != pl.col("maker")).group_by(node="parent").len("n_children_of_others")
    return (
        ways.filter("is_intermediary")
        .join(of_others.cast({"n_children_of_others": pl.Int64}), on="node")
        .sort(["n_descendants", "node"], descending=[True, False])
        .with_columns(more_of_owner=pl.len().over("owner").cast(pl.Int64) - 1)
        .unique("owner", keep="first", maintain_order=True)
        .head(LISTED)
        .with_columns(rank=pl.int_range(1, pl.len() + 1), id="node")
        .select(Intermediaries.column_names())
    )


def depths(walked: pl.DataFrame) -> pl.DataFrame:
    """Models and ghosts by depth, from the lineage table."""
    return walked.group_by("depth").agg(
        models=pl.col("in_snapshot").sum().cast(pl.Int64), ghosts=(~pl.col("in_snapshot")).sum().cast(pl.Int64)
    )


def longest_chain(walked: pl.DataFrame, links: pl.DataFrame, months: pl.Series) -> pl.DataFrame:
    """One longest chain, root first, `id` as node; where several are as long, by the smallest nodes from its end up.

    walked: the lineage table, in order of nodes. links: `child, parent, relation`. months: of creation, by node.
    """
    if links.is_empty():
        return tables.empty(LongestChain)
    depth = walked["depth"]
    edges = links.select("child", "parent").sort("child", "parent")
    path = [int(depth.arg_max())]  # type: ignore[arg-type]
    while depth[path[-1]] > 0:
        path += _step_up(path[-1], edges, depth)
    nodes = pl.Series(path[::-1], dtype=pl.UInt32)
    steps = pl.DataFrame({"step": range(len(path)), "id": nodes, "before": nodes.shift(1)})
    on_the_way = links.filter(pl.col("child").is_in(nodes.implode()))
    relations = on_the_way.select("relation", id="child", before="parent")
    return steps.join(relations, on=["id", "before"], how="left", maintain_order="left").select(
        "step",
        "id",
        "relation",
        created_month=months.gather(nodes),
        in_snapshot=walked["in_snapshot"].gather(nodes),
    )


def _step_up(node: int, edges: pl.DataFrame, depth: pl.Series) -> list[int]:
    """The next node one level up; where the way leads through a cycle, its members on the way too.

    edges: `child, parent`, sorted. Members of a cycle have the same depth, and not all have a parent one level up.
    """
    ways = [[node]]
    seen = {node}
    for way in ways:
        first, last = (edges["child"].search_sorted(way[-1], side) for side in ("left", "right"))
        parents = edges["parent"][first:last].to_list()
        for parent in parents:
            if depth[parent] == depth[node] - 1:
                return [*way[1:], parent]
        for parent in parents:
            if depth[parent] == depth[node] and parent not in seen:
                seen.add(parent)
                ways.append([*way, parent])
    raise AssertionError("a node below the roots has a parent one level up, or its cycle does")
