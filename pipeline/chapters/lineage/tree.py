"""The family tree, pruned: who is built on whom, with names, as far as a small table can say it.

The repositories with most descendants, and of each the children with most descendants of their own, then in the order
of ids. Both numbers are fixed, so that the table stays small enough to be quoted by later builds; beside each name
stand the counts of the whole tree, so that what was cut away is seen.

Known drawback: of a repository whose children have no descendants the first few by name are listed, which says nothing
of their worth.
"""

import polars as pl

from pipeline.base import tables
from pipeline.chapters.lineage.schema import Tree

PARENTS, CHILDREN = 500, 5
"""So many repositories with most descendants, and so many children of each."""


def tree(walked: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.Tree`, with nodes as `parent` and `child`.

    walked: the lineage table, in order of nodes, with `n_children, n_descendants`. links: as `links.attach` gives them,
    each child and parent once.
    """
    if links.is_empty():
        return tables.empty(Tree)
    counts = walked.select("n_children", "n_descendants")
    largest = (
        walked.select(parent="id", parent_descendants="n_descendants", parent_children="n_children")
        .filter(pl.col("parent_descendants") > 0)
        .sort("parent_descendants", "parent", descending=[True, False])
        .head(PARENTS)
    )
    found = (
        links.filter(pl.col("child") != pl.col("parent"), pl.col("parent").is_in(largest["parent"].implode()))
        .select("parent", "child", "relation", "group")
        .join(largest, on="parent", maintain_order="left")
    )
    of_child = counts[found["child"]].rename({"n_children": "children", "n_descendants": "descendants"})
    return (
        found.hstack(of_child)
        .sort("parent", "descendants", "child", descending=[False, True, False])
        .group_by("parent", maintain_order=True)
        .head(CHILDREN)
        .select(Tree.column_names())
    )
