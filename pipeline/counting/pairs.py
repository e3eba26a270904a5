"""Pairs of a repository and a group that it is built on, from edges between numbered repositories.

A direct pair credits the group of a parent, a transitive one the group of any ancestor. Groups are given for
every repository (`of_node`: by its number, null for none).
"""

import numpy as np
import polars as pl

from pipeline.hub import graph


def direct(edges: pl.DataFrame, of_node: pl.Series) -> pl.DataFrame:
    """`child, group`, and what else the edges tell: a row for each edge whose parent is of a group."""
    return edges.with_columns(group=of_node.gather(edges["parent"])).drop_nulls("group").drop("parent")


def transitive(edges: pl.DataFrame, of_node: pl.Series) -> pl.DataFrame:
    """`child, group, relation, relation_corrected`: a row for each edge and each group that it leads to in the end."""
    names = of_node.drop_nulls().unique().sort()
    places = pl.DataFrame({"group": names, "place": pl.int_range(names.len(), dtype=pl.Int32, eager=True)})
    child, parent = (edges[side].to_numpy().astype(np.int64) for side in ("child", "parent"))
    linked, child, parent = linked_only(of_node.len(), child, parent)
    local = edges.with_columns(child=pl.Series(child), parent=pl.Series(parent))
    layers = graph.layered(linked.size, *graph.distinct(child, parent))
    nodes = pl.Series(linked, dtype=edges.schema["child"])
    held = of_node.gather(nodes).alias("group").to_frame()
    place = held.join(places, on="group", how="left", maintain_order="left")["place"]
    found = reached(local, layers, place, names.len()).drop("weight")
    return found.with_columns(child=nodes.gather(found["child"]), group=names.gather(found["group"]))


def linked_only(n: int, child: graph.Ints, parent: graph.Ints) -> tuple[graph.Ints, graph.Ints, graph.Ints]:
    """The nodes that have an edge, and the edges by place among them."""
    has = np.zeros(n, dtype=bool)
    has[child] = True
    has[parent] = True
    place = np.cumsum(has) - 1
    return np.flatnonzero(has), place[child], place[parent]


def reached(
    edges: pl.DataFrame,
    layers: graph.Layers,
    of_node: pl.Series,
    n_groups: int,
    several: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """A row for each edge and each group that its parent is of, or has among its ancestors.

    several: `node, group` of nodes that may be of more groups than one, besides `of_node`.
    """
    n = of_node.len()
    bits = np.zeros((n, n_groups // 64 + 1), dtype=np.uint64)
    has = np.flatnonzero(of_node.is_not_null().to_numpy())
    place = of_node.gather(has).to_numpy()
    bits[has, place // 64] = np.uint64(1) << (place % 64).astype(np.uint64)
    if several is not None and several.height:
        held = several["group"].to_numpy()
        flags = np.uint64(1) << (held % 64).astype(np.uint64)
        np.bitwise_or.at(bits, (several["node"].to_numpy(), held // 64), flags)
    rows, groups = graph.set_bits(graph.gathered(layers, bits)[edges["parent"].to_numpy()])
    return edges.select(pl.col("child", "relation", "relation_corrected").gather(rows)).with_columns(
        group=pl.Series(groups, dtype=pl.Int32), weight=pl.lit(1.0)
    )


def by_number_of_roots(
    reached: pl.DataFrame, rooted: graph.Rooted, of_node: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose child has one root, if that is of the row's group, and those, with `head`, of the other children.

    Nearly all children have one root, whose group gets all their credit.
    """
    head = rooted.head[reached["child"].to_numpy()]
    has_one = rooted.roots.degrees()[head] == 1
    root = rooted.roots.targets[rooted.roots.starts[head[has_one]]]
    alone = reached.filter(pl.Series(has_one))
    several = reached.drop("weight").with_columns(head=pl.Series(head)).filter(pl.Series(~has_one))
    return alone.filter(of_node.gather(root).eq(alone["group"]).fill_null(False)), several


def shared(alone: pl.DataFrame, several: pl.DataFrame, split: pl.DataFrame, of_node: pl.Series) -> pl.DataFrame:
    """The same rows with each child's credit split over its roots; a group that has no root gets none.

    split: `head, root, share`, sorted, so that a group's shares are always added up in the same order.
    """
    told = split.with_columns(group=of_node.gather(split["root"])).drop_nulls("group")
    if told.is_empty() or several.is_empty():
        return alone
    key, asked = (graph.packed(frame["head"].to_numpy(), frame["group"].to_numpy()) for frame in (told, several))
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    keys, weights = key[first], np.add.reduceat(told["share"].to_numpy()[order], first)
    place = np.minimum(np.searchsorted(keys, asked), keys.size - 1)
    credited = several.with_columns(weight=pl.Series(weights[place])).filter(pl.Series(keys[place] == asked))
    return pl.concat([alone, credited.select(alone.columns)])


def to_originals(edges: pl.DataFrame, mirrors: pl.DataFrame) -> pl.DataFrame:
    """Edges whose parents are unchanged copies of a release lead to that release instead.

    Only children that name a copy can come to name a release twice, so only theirs are looked through;
    edges are distinct as they come.
    """
    named = edges["parent"].is_in(mirrors["mirror"].unique().implode())
    touched = edges["child"].is_in(edges["child"].filter(named).unique().implode())
    rows = edges.with_row_index("row")
    moved = (
        rows.filter(touched)
        .join(mirrors.select(parent="mirror", original="original"), on="parent", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce("original", "parent"))
        .drop("original")
        .unique(["child", "parent"], keep="first", maintain_order=True)
    )
    together = pl.concat([rows.filter(~touched), moved]).sort("row", maintain_order=True)
    return together.filter(pl.col("child") != pl.col("parent")).drop("row")
