"""What the explorer is made of: the links that a snapshot supports, and what is known of every repository.

- Links are declared ones where the snapshot has any, else those that sources inferred; never both.
- Repositories are nodes, numbers as in `pipeline.hub.nodes`, so that millions of links are joined and sorted by
  integers. Ids come back where an entry lists them.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.base.paths import Paths
from pipeline.base.vocabulary import RELATIONS
from pipeline.hub.links import Links
from pipeline.hub.nodes import Nodes
from pipeline.hub.trace import trace

WALKED = ("depth", "n_parents", "roots", "n_ancestors", "n_children", "n_descendants")


@dataclass(frozen=True)
class Graph:
    """Links, and every node that the snapshot, its links or the register know.

    links: `child, parent` as nodes, `relation`, `series`, the first repository of the child's series on this parent
    (null without one), and `month` of the child's creation as year x 100 + month, null if unknown.
    nodes: one row per node, in order: `node, id, family, author, month, in_snapshot, is_release, is_named` (by what
    `read` was given), `order` (its place in every list: most descendants first, then by id), and `WALKED`.
    evidence: `declared` or `inferred`, of all links.
    """

    links: pl.DataFrame
    nodes: pl.DataFrame
    evidence: str


def read(paths: Paths, releases: pl.Series, named: pl.Series) -> Graph:
    """The links that the snapshot supports, and every node.

    releases: ids of the register. named: further ids that get an entry, whatever is built on them.
    """
    nodes = Nodes.load(paths, [releases, named])
    links = nodes.edges(columns=("relation", "evidence", "series_node"))
    evidence = "declared" if (links["evidence"] == "declared").any() else "inferred"
    links = links.filter(pl.col("evidence") == evidence).drop("evidence").rename({"series_node": "series"})
    in_snapshot = np.zeros(nodes.ids.len(), dtype=bool)
    in_snapshot[nodes.of_row] = True
    created = nodes.of_every_node(nodes.models("created_month"))["created_month"]
    walked = _walked(nodes) if evidence == "declared" else _walked_along(nodes, links, in_snapshot)
    table = walked.with_columns(
        id=nodes.ids,
        family=nodes.identity(paths.register)["family"],
        author=nodes.ids.str.extract(r"^([^/]+)/", 1),
        month=created.dt.year().cast(pl.Int32) * 100 + created.dt.month(),
        in_snapshot=pl.Series(in_snapshot),
        is_release=nodes.ids.is_in(releases.implode()),
        is_named=nodes.ids.is_in(named.implode()),
    ).with_row_index("node")
    in_order = table.select("node", "n_descendants", "id").sort("n_descendants", "id", descending=[True, False])
    order = in_order.select("node").with_row_index("order").sort("node")["order"]
    links = links.with_columns(pl.col("relation").cast(pl.Enum(RELATIONS)), month=table["month"].gather(links["child"]))
    return Graph(links, table.with_columns(order), evidence)


def _walked(nodes: Nodes) -> pl.DataFrame:
    """`WALKED` of every node as the core table of lineage has it, which follows declared links.

    Releases that no model of the snapshot names are in no core table: each is its own root.
    """
    walked = nodes.lineage(*WALKED).select(WALKED)
    alone = pl.DataFrame({"node": range(walked.height, nodes.ids.len())}, schema={"node": pl.UInt32})
    return pl.concat([walked, alone.select(roots=pl.concat_list("node"))], how="diagonal").with_columns(
        pl.exclude("roots").fill_null(0)
    )


def _walked_along(nodes: Nodes, links: pl.DataFrame, in_snapshot: np.ndarray) -> pl.DataFrame:
    """`WALKED` of every node along inferred links, which the core table of lineage does not follow."""
    table, _ = trace(Links(nodes.ids, pl.Series(~in_snapshot), links))
    return table.rename({"root_nodes": "roots"}).select(WALKED)
