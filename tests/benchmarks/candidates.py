"""What is measured, one per process: `python candidates.py <name> <argument>`.

`bare` reads the columns that lineage needs and does nothing with them. `pandas_networkx` and
`duckdb` answer the engine's questions in the usual way: who is above and below whom, how deep, from
which roots. They import nothing of the project, since they run in an environment of their own, and
print the number of links and the sum of all ancestors, which must be the engine's.
"""

import sys
from pathlib import Path
from typing import Any

PREFIX = "base_model:"
RELATIONS = ("finetune", "adapter", "quantized", "merge")


def bare(path: str) -> None:
    """Read `id, createdAt, tags` into memory."""
    import polars as pl

    pl.read_parquet(path, columns=["id", "createdAt", "tags"])


def stage(name: str, root: str) -> None:
    """Run one stage of the pipeline below a root."""
    import importlib

    from pipeline import params
    from pipeline.paths import Paths

    paths = Paths(Path(root))
    importlib.import_module(f"pipeline.{name}").run(paths, params.load(paths.params))


def pandas_networkx(path: str) -> None:
    """Tags exploded by pandas, the graph walked by networkx."""
    import networkx as nx
    import pandas as pd  # pyright: ignore[reportMissingImports]

    frame: Any = pd.read_parquet(path, columns=["id", "createdAt", "tags"])
    tags = frame[["id", "tags"]].explode("tags").dropna()
    tags = tags[tags["tags"].str.startswith(PREFIX)]
    found = tags["tags"].str.extract(rf"^{PREFIX}(?:({'|'.join(RELATIONS)}):)?(.*)$")
    links: Any = pd.DataFrame({"child": tags["id"], "relation": found[0], "parent": found[1]})
    links = links.drop_duplicates(["child", "parent"])
    links = links[links["child"] != links["parent"]]
    directed = nx.DiGraph()
    directed.add_nodes_from(frame["id"])
    directed.add_edges_from(links[["child", "parent"]].itertuples(index=False))
    condensed = nx.condensation(directed)
    depth: dict[int, int] = {}
    roots: dict[int, set[int]] = {}
    for node in reversed(list(nx.topological_sort(condensed))):
        parents = list(condensed.successors(node))
        depth[node] = 1 + max((depth[parent] for parent in parents), default=-1)
        roots[node] = set().union(*(roots[parent] for parent in parents)) if parents else {node}
    above = sum(len(nx.descendants(directed, node)) for node in directed)
    below = sum(len(nx.ancestors(directed, node)) for node in directed)
    assert above == below
    print(len(links), above)


def duckdb(path: str) -> None:
    """A recursive query over every pair of a repository and one above it."""
    import duckdb as database  # pyright: ignore[reportMissingImports]

    connection = database.connect()
    connection.execute(
        f"""
        CREATE TABLE links AS
        SELECT DISTINCT child, regexp_replace(tag, '^{PREFIX}(({"|".join(RELATIONS)}):)?', '') AS parent
        FROM (SELECT id AS child, unnest(tags) AS tag FROM read_parquet(?)) WHERE starts_with(tag, '{PREFIX}')
        """,
        [path],
    )
    connection.execute(
        """
        CREATE TABLE numbers AS SELECT name, row_number() OVER () AS number FROM
            (SELECT child AS name FROM links UNION SELECT parent FROM links);
        CREATE TABLE edges AS SELECT a.number AS child, b.number AS parent FROM links
            JOIN numbers a ON a.name = child JOIN numbers b ON b.name = parent WHERE child <> parent;
        CREATE TABLE above AS
            WITH RECURSIVE up(node, over) AS (
                SELECT child, parent FROM edges
                UNION SELECT up.node, edges.parent FROM up JOIN edges ON up.over = edges.child
            ) SELECT * FROM up;
        CREATE TABLE roots AS SELECT node, over FROM above WHERE over NOT IN (SELECT child FROM edges);
        CREATE TABLE n_above AS SELECT node, count(*) AS n FROM above GROUP BY node;
        CREATE TABLE n_below AS SELECT over, count(*) AS n FROM above GROUP BY over;
        """
    )
    print(*(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in ("edges", "above")))


if __name__ == "__main__":
    {"bare": bare, "stage": stage, "pandas_networkx": pandas_networkx, "duckdb": duckdb}[sys.argv[1]](*sys.argv[2:])
