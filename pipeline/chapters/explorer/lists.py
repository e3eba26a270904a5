"""Lists of the explorer's entries: the first children of a node, with the first of theirs; the models of a group.

Children of a model that are in a series (`pipeline.hub.series`) are one node that opens. Order: most descendants first,
then ids, and a series by its members and their descendants together.

The first children of every node are worked out once: an entry lists them, and an entry one step above lists the first
of them below the node.
"""

from dataclasses import dataclass

import polars as pl

from pipeline.chapters.explorer.graph import Graph
from pipeline.hub.series import names_of

CHILD = ["id", "relation", "children", "descendants"]
"""Fields of a node that is a child."""


@dataclass(frozen=True)
class Lists:
    """The first children of every node that has some, as nodes.

    listed: `group, listed`. below: `node, below`, fewer of them, without theirs.
    """

    listed: pl.DataFrame
    below: pl.DataFrame


def lists_of(graph: Graph, most: int, below: int) -> Lists:
    """The lists of all parents: the first `most` children, and the first `below` that stand below a node."""
    first = _first_children(graph, max(most, below)).with_columns(place=pl.int_range(pl.len()).over("group"))
    inner = _as_list(first.filter(pl.col("place") < below), [*CHILD, "series"])
    inner = inner.rename({"group": "node", "listed": "below"})
    shown = first.filter(pl.col("place") < most)
    fields = [*CHILD, "series"]
    if below:
        shown = shown.join(_members(graph, shown, most), on=["group", "first"], how="left", maintain_order="left")
        shown = with_below(shown, inner).with_columns(pl.when(pl.col("series").is_null()).then("below"))
        fields += ["members", "below"]
    return Lists(_as_list(shown, fields), inner)


def listed_models(graph: Graph, lists: Lists, rows: pl.DataFrame, most: int, below: int) -> pl.DataFrame:
    """`group, listed`: the first `most` models of each group as nodes, from rows of `group, node`."""
    first = with_counts(graph, first_of(graph, rows, most))
    if below:
        first = with_below(first, lists.below)
    return _as_list(first, ["id", "children", "descendants", *(["below"] if below else [])])


def with_below(rows: pl.DataFrame, below: pl.DataFrame) -> pl.DataFrame:
    """Rows of `node, ...` with the list `below` of each node."""
    return rows.join(below, on="node", how="left", maintain_order="left")


def with_counts(graph: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `node, ...` with the node's numbers of `children` and `descendants`; null for 0."""
    counts = graph.nodes.select(children="n_children", descendants="n_descendants")[rows["node"]]
    return rows.hstack(counts.with_columns(pl.all().replace(0, None)))


def first_of(graph: Graph, rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """The first `most` rows of each group, by group and the order of nodes, from `group, node, ...`, with `id`."""
    about = graph.nodes.select("order")[rows["node"]]
    first = rows.hstack(about).sort("group", "order").group_by("group", maintain_order=True).head(most).drop("order")
    return first.with_columns(id=graph.nodes["id"].gather(first["node"]))


def _as_list(rows: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
    """`group, listed`: the rows of each group as structs, in their order."""
    return rows.group_by("group", maintain_order=True).agg(listed=pl.struct(fields))


def _first_children(graph: Graph, most: int) -> pl.DataFrame:
    """`group, node, relation, id, series, first, children, descendants`: the first children of each parent, in order.

    Of a series, `series` says how many it has, `first` is what stands for it in the links, `node` is its first by
    order, and `id` is its name (`names_of`). Its `children` and `descendants` are null, as are `series` and `first` of
    other children.
    """
    rows = graph.links.select("relation", "series", group="parent", node="child")
    alone = rows.filter(pl.col("series").is_null()).filter(_place_in_group() < most).drop("series")
    alone = with_counts(graph, alone.with_columns(id=graph.nodes["id"].gather(alone["node"])))
    members = rows.drop_nulls("series").rename({"series": "first"})
    series = (
        _weighed(graph, members)
        .group_by("group", "first", maintain_order=True)
        .agg(
            pl.col("node", "relation", "order").first(),
            weight=pl.col("weight").sum() + pl.len(),
            series=pl.len().cast(pl.Int64),
        )
    )
    beside_series = pl.col("group").is_in(series["group"].unique().implode())
    together = (
        pl.concat([_weighed(graph, alone.filter(beside_series)), series], how="diagonal")
        .sort("group", "weight", "order", descending=[False, True, False])
        .filter(_place_in_group() < most)
    )
    named = together.join(_names(graph, members, together), on=["group", "first"], how="left", maintain_order="left")
    named = named.with_columns(pl.coalesce("id", "name")).drop("name", "weight", "order")
    return pl.concat([alone.filter(~beside_series), named], how="diagonal")


def _weighed(graph: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `node, ...` with what they are sorted by: `weight`, the node's descendants, and its `order`."""
    return rows.hstack(graph.nodes.select("order", weight=pl.col("n_descendants").cast(pl.Int64))[rows["node"]])


def _names(graph: Graph, members: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """`group, first, name` of each series that is shown."""
    series = shown.drop_nulls("first").select("group", "first").with_row_index("place")
    inside = members.join(series, on=["group", "first"])
    named = names_of(inside.select(series="place", id=graph.nodes["id"].gather(inside["node"])))
    return series.join(named, left_on="place", right_on="series").drop("place")


def _members(graph: Graph, shown: pl.DataFrame, most: int) -> pl.DataFrame:
    """`group, first, members`: the first `most` repositories of each series that is shown, as nodes."""
    series = shown.drop_nulls("first").select("group", "first").with_row_index("place")
    members = graph.links.drop_nulls("series").select("relation", "parent", first="series", node="child")
    inside = members.join(series, left_on=["parent", "first"], right_on=["group", "first"], maintain_order="left")
    first = inside.filter(pl.int_range(pl.len()).over("place") < most)
    nodes = with_counts(graph, first.with_columns(id=graph.nodes["id"].gather(first["node"])))
    return nodes.group_by(group="parent", first="first", maintain_order=True).agg(members=pl.struct(CHILD))


def _place_in_group() -> pl.Expr:
    """Where a row stands among those of its group, from 0; rows of a group are together."""
    row, is_first = pl.int_range(pl.len()), pl.col("group").ne_missing(pl.col("group").shift(1))
    return row - pl.when(is_first).then(row).forward_fill()
