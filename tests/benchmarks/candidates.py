"""Run one candidate of the benchmark: `python candidates.py <name> <argument>`.

`plain_read` reads the columns that lineage needs and does nothing with them. `pandas_networkx` and
`duckdb` answer the engine's questions in the usual way: who is above and below whom, how deep, from
which roots. They import nothing of the project, since they run in an environment of their own, and
print the number of links and the sum of all ancestors.

`pandas_networkx` does what `pipeline.hub.lineage` does with a generated snapshot, as one would write it with
these two libraries: parents from tags, else from `baseModels`, else from the card; ids cleaned and put in the
snapshot's letter case; cycles condensed; depth, roots, ancestors and descendants of every repository; two
tables written. Its sums must be the engine's. It leaves out the register's renames and the cross-checks.
`duckdb` reads tags alone, gives no depth and writes nothing, so it is spared some of the work.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

PREFIX = "base_model:"
RELATIONS = ("finetune", "adapter", "quantized", "merge")


def plain_read(path: str) -> None:
    """Read `id, createdAt, tags` into memory."""
    import polars as pl

    pl.read_parquet(path, columns=["id", "createdAt", "tags"])


def stage(name: str, root: str) -> None:
    """Run one stage of the pipeline below a root."""
    import importlib

    from pipeline.__main__ import module_of
    from pipeline.base import params
    from pipeline.base.paths import Paths

    paths = Paths(Path(root))
    importlib.import_module(module_of(name)).run(paths, params.load(paths.params))


def engine(root: str) -> None:
    """The lineage of a snapshot whose table of models is made: links, edges, and what follows from them."""
    from pipeline.base import results, tables
    from pipeline.base.paths import Paths
    from pipeline.hub import lineage, tags

    paths = Paths(Path(root))
    with results.writing(paths.root / "data" / "engine") as out:
        links = tags.of_links(tables.scan(paths.raw / "models.parquet"))
        lineage.make(paths, paths.core, links, out, series_minimum=10)


def definitions(root: str) -> None:
    """Derivatives under every definition, from the core tables."""
    from pipeline.base import params, results
    from pipeline.base.paths import Paths
    from pipeline.chapters.derivatives import tables
    from pipeline.chapters.derivatives.counts import load_repositories

    paths = Paths(Path(root))
    with results.writing(paths.root / "data" / "definitions") as found:
        tables.make(load_repositories(paths), paths, params.load(paths.params), found)


def pandas_networkx(path: str) -> None:
    """Tags exploded by pandas, the graph walked by networkx, two tables written."""
    import networkx as nx
    import pandas as pd  # pyright: ignore[reportMissingImports]

    frame: Any = pd.read_parquet(path, columns=["id", "createdAt", "tags", "baseModels", "cardData"])
    tags = frame[["id", "tags"]].explode("tags").dropna()
    tags = tags[tags["tags"].str.startswith(PREFIX)]
    parts = tags["tags"].str.extract(rf"^{PREFIX}(?:({'|'.join(RELATIONS)}):)?(.*)$")
    links: Any = pd.DataFrame({"child": tags["id"], "relation": parts[0], "parent": parts[1]})

    rest = frame[~frame["id"].isin(links["child"])]
    named = rest[rest["baseModels"].notna()]
    rows = [
        (child, stated["relation"], parent)
        for child, stated in zip(named["id"], named["baseModels"], strict=True)
        for parent in stated["models"]
    ]
    rest = rest[rest["baseModels"].isna() & rest["cardData"].str.contains('"base_model"', regex=False, na=False)]
    for child, text in zip(rest["id"], rest["cardData"], strict=True):
        card = json.loads(text)
        parents = card["base_model"]
        for parent in parents if isinstance(parents, list) else [parents]:
            rows.append((child, card.get("base_model_relation"), parent))
    links = pd.concat([links, pd.DataFrame(rows, columns=["child", "relation", "parent"])])

    parent = links["parent"].str.strip(" \t\r\n\"'`[]").str.replace(r"^-\s+", "", regex=True)
    parent = parent.str.replace(r"^https?://(?:www\.)?(?:huggingface\.co|hf\.co)/", "", regex=True)
    parent = parent.str.replace(r"/(?:tree|blob|resolve)/.*$", "", regex=True).str.strip(" /\"'")
    links["parent"] = parent
    links = links[parent.str.fullmatch(r"[\w.\-]+(?:/[\w.\-]+)?")]
    ids = set(frame["id"])
    lower = frame["id"].str.lower()
    same = dict(zip(lower[~lower.duplicated(keep=False)], frame["id"][~lower.duplicated(keep=False)], strict=True))
    links["parent"] = [name if name in ids else same.get(name.lower(), name) for name in links["parent"]]
    links = links.sort_values(["child", "parent", "relation"]).drop_duplicates(["child", "parent"])
    links["relation"] = links["relation"].fillna("unspecified")
    links = links[links["child"] != links["parent"]]

    directed = nx.DiGraph()
    directed.add_nodes_from(frame["id"])
    directed.add_edges_from(links[["child", "parent"]].itertuples(index=False))
    condensed = nx.condensation(directed)
    depth: dict[int, int] = {}
    roots: dict[int, set[str]] = {}
    for node in reversed(list(nx.topological_sort(condensed))):
        parents = list(condensed.successors(node))
        depth[node] = 1 + max((depth[parent] for parent in parents), default=-1)
        own = {min(condensed.nodes[node]["members"])}
        roots[node] = set().union(*(roots[parent] for parent in parents)) if parents else own
    part = condensed.graph["mapping"]
    lineage: Any = pd.DataFrame(
        {
            "id": name,
            "depth": depth[part[name]],
            "n_parents": directed.out_degree(name),
            "roots": sorted(roots[part[name]]),
            "n_ancestors": len(nx.descendants(directed, name)),
            "n_children": directed.in_degree(name),
            "n_descendants": len(nx.ancestors(directed, name)),
            "in_snapshot": name in ids,
        }
        for name in sorted(directed)
    )
    with tempfile.TemporaryDirectory() as folder:
        links.to_parquet(f"{folder}/edges.parquet", compression="zstd", index=False)
        lineage.to_parquet(f"{folder}/lineage.parquet", compression="zstd", index=False)
    sums = (lineage[name].sum() for name in ("n_ancestors", "n_descendants", "depth"))
    print(len(links), *sums, lineage["roots"].str.len().sum())


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
    candidate = sys.argv[1]
    if candidate in ("stage", "engine", "definitions"):  # of the project: started as a stage is
        from pipeline.base.process import spare_collections

        spare_collections()
    {
        "plain_read": plain_read,
        "stage": stage,
        "engine": engine,
        "definitions": definitions,
        "pandas_networkx": pandas_networkx,
        "duckdb": duckdb,
    }[candidate](*sys.argv[2:])
