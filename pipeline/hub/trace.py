"""What follows from declared links: depth, roots, ancestors, children and descendants of every repository.

1. Inferred edges are left out, and so are self-references, which are counted.
2. Cycles are condensed, and the smallest id stands for them; `graph` says how the graph is walked.
3. Repositories without links are not walked: each is its own root.

Known drawback: the members of a cycle are ancestors of each other, whichever came first.
"""

import numpy as np
import polars as pl

from pipeline.hub import graph
from pipeline.hub.checks import Checks
from pipeline.hub.graph import Ints
from pipeline.hub.links import Links


def trace(links: Links) -> tuple[pl.DataFrame, Checks]:
    """Depth, roots, ancestors and descendants of every model and ghost, from declared links."""
    n = len(links.names)
    linked = np.zeros(n, dtype=bool)  # the others stand alone, so the graph is walked without them
    linked[links.child] = True
    linked[links.parent] = True
    nodes = np.flatnonzero(linked)
    place = np.cumsum(linked) - 1
    child, parent = graph.distinct(place[links.child], place[links.parent])
    walk = graph.walk(nodes.size, child, parent)

    def everywhere(values: Ints) -> Ints:
        column = np.zeros(n, dtype=np.int64)
        column[nodes] = values
        return column

    n_parents = np.bincount(child, minlength=nodes.size)
    n_children = np.bincount(parent, minlength=nodes.size)
    roots = _roots(nodes, walk, n)
    table = pl.DataFrame(
        {
            "id": links.names,
            "depth": everywhere(walk.depth),
            "n_parents": everywhere(n_parents),
            "roots": _lists(roots["row"], links.names.gather(roots["root"])),
            "root_nodes": _lists(roots["row"], roots["root"]),
            "n_ancestors": everywhere(walk.n_ancestors),
            "n_children": everywhere(n_children),
            "n_descendants": everywhere(walk.n_descendants),
            "in_snapshot": ~links.is_ghost,
        }
    )
    cyclic = int((np.bincount(walk.component, minlength=nodes.size) > 1).sum())
    parents = graph.unique(links.parent)
    return table, {
        "self-references dropped": (
            int((links.child == links.parent).sum()),
            "models that name themselves as base",
        ),
        "distinct parents": (parents.size, "repositories that are named as base"),
        "ghost parents": (
            int(links.is_ghost[parents].sum()),
            "named as base, absent from the snapshot: deleted, renamed, private or out of its reach",
        ),
        "cycles condensed": (cyclic, "groups of models that name each other; the smallest id stands for them"),
        "longest chain": (int(walk.depth.max(initial=0)), "steps from a model to its furthest root"),
        "models with several parents": (int((n_parents > 1).sum()), "merges, and lists of bases"),
        "models with several roots": (int((walk.n_roots > 1).sum()), "their credit can be split in several ways"),
    }


def _roots(nodes: Ints, walk: graph.Walk, n: int) -> pl.DataFrame:
    """`row, root`: for each of `n` models its roots, itself where it stands alone, in the order of the rows."""
    counts = np.ones(n, dtype=np.int64)
    counts[nodes] = walk.n_roots
    places, _ = walk.roots.rows(walk.head)
    linked = np.zeros(n, dtype=bool)
    linked[nodes] = True
    root = np.repeat(np.arange(n), counts)
    root[linked.repeat(counts)] = nodes[places]
    return pl.DataFrame({"row": np.repeat(np.arange(n), counts), "root": root}).with_columns(
        pl.col("row").set_sorted(), pl.col("root").cast(pl.UInt32)
    )


def _lists(row: pl.Series, values: pl.Series) -> pl.Series:
    """A list for each row; rows stand together and are sorted."""
    return pl.DataFrame({"row": row, "values": values}).group_by("row", maintain_order=True).agg("values")["values"]
