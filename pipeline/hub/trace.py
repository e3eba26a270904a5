"""What follows from declared links: depth, roots, ancestors, children and descendants of every repository.

1. Inferred edges are left out, and so are links from a repository to itself, which are counted.
2. Each cycle is condensed to one component, named by its smallest id; `graph` says how the graph is walked.
3. Repositories without links, half of the Hub, are left out of the graph: each is its own root.

Known drawback: the members of a cycle are ancestors of each other, whichever came first.
"""

import numpy as np
import polars as pl

from pipeline.hub import graph
from pipeline.hub.arrays import Ints
from pipeline.hub.checks import Checks
from pipeline.hub.links import Links


def trace(links: Links) -> tuple[pl.DataFrame, Checks]:
    """Depth, roots, ancestors and descendants of every repository, and what was met on the way, in counts.

    Of the table of links, `child` and `parent` are read. Returns rows of `schema.Lineage`, one for each name.
    """
    n = links.names.len()
    child, parent = (links.table[side].to_numpy().astype(np.int64) for side in ("child", "parent"))
    has_link = np.zeros(n, dtype=bool)
    has_link[child] = True
    has_link[parent] = True
    nodes, place = np.flatnonzero(has_link), np.cumsum(has_link) - 1
    other_child, other_parent = graph.distinct(place[child], place[parent])
    walk = graph.walk(nodes.size, other_child, other_parent)
    n_parents = np.bincount(other_child, minlength=nodes.size)
    n_children = np.bincount(other_parent, minlength=nodes.size)
    roots = _roots(nodes, walk, n)

    def of_all(values: Ints) -> Ints:
        """Values of the nodes with a link as a column of all repositories, 0 for the others."""
        column = np.zeros(n, dtype=np.int64)
        column[nodes] = values
        return column

    table = pl.DataFrame(
        {
            "id": links.names,
            "depth": of_all(walk.depth),
            "n_parents": of_all(n_parents),
            "root_nodes": _lists(roots["row"], roots["root"]),
            "n_ancestors": of_all(walk.n_ancestors),
            "n_children": of_all(n_children),
            "n_descendants": of_all(walk.n_descendants),
            "in_snapshot": ~links.is_ghost,
        }
    )
    parents = links.table["parent"].unique()
    return table, {
        "self-references dropped": (
            int((child == parent).sum()),
            "models that name themselves as base",
        ),
        "distinct parents": (parents.len(), "repositories that are named as base"),
        "ghost parents": (
            int(links.is_ghost.gather(parents).sum()),
            "named as base, absent from the snapshot: deleted, renamed, private or out of its reach",
        ),
        "cycles condensed": (
            int((walk.size > 1).sum()),
            "groups of models that name each other; the smallest id stands for them",
        ),
        "longest chain": (int(walk.depth.max(initial=0)), "steps from a model to its furthest root"),
        "models with several parents": (int((n_parents > 1).sum()), "merges, and lists of bases"),
        "models with several roots": (int((walk.n_roots > 1).sum()), "their credit can be split in several ways"),
    }


def _roots(nodes: Ints, walk: graph.Walk, n: int) -> pl.DataFrame:
    """`row, root`: the roots of each of `n` repositories, itself where it has no link, in the order of the rows.

    nodes: the repositories that `walk` numbers from 0.
    """
    counts = np.ones(n, dtype=np.int64)
    counts[nodes] = walk.n_roots
    has_link = np.zeros(n, dtype=bool)
    has_link[nodes] = True
    row = np.repeat(np.arange(n), counts)
    root = row.copy()
    root[has_link.repeat(counts)] = nodes[walk.roots.neighbours(walk.head)]
    return pl.DataFrame({"row": row, "root": root}).with_columns(
        pl.col("row").set_sorted(), pl.col("root").cast(pl.UInt32)
    )


def _lists(row: pl.Series, values: pl.Series) -> pl.Series:
    """The values of each row as a list; rows are sorted."""
    return pl.DataFrame({"row": row, "values": values}).group_by("row", maintain_order=True).agg("values")["values"]
