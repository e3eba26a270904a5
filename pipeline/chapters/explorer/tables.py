"""What is built on a model, a family or an uploader, as files that a page looks up in.

Method
- `graph`: the links that the snapshot supports, declared or inferred, and every repository on them.
- `entries`: which models, families and uploaders have an entry, and what it has.
- `search` and `store`: the files, in which a page finds a name by its beginning and an entry by its address.
- The summary counts what has an entry and what is left out; the page says both.

Known drawbacks: months are those of the repositories that still exist; a name is found by its beginning, with or
without its owner, and by nothing else.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base.params import Explorer, Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.explorer import graph, store
from pipeline.chapters.explorer.entries import group_entries, model_entries
from pipeline.chapters.explorer.schema import ExplorerSummary
from pipeline.chapters.explorer.search import search


def make(paths: Paths, params: Params, results: Results, pages: Path) -> None:
    """Read core tables and the register; write the summary and the views of the page, and its files into `pages`."""
    known = graph.read(paths, register.load("releases", paths.register)["model"])
    chosen = params.explorer
    models, least_descendants = model_entries(known, chosen)
    families, _ = group_entries(known, "family", chosen)
    uploaders, least_repositories = group_entries(known, "uploader", chosen)
    entries = pl.concat([part.select("address", "text") for part in (models, families, uploaders)])
    written = write(entries, search_rows(models, families, uploaders), chosen, pages)
    built_on = int((known.nodes["n_children"] > 0).sum())
    summary = {
        "models": (models.height, "Models with an entry"),
        "models absent": (int(models["is_ghost"].sum()), "Of those, named as base and absent from the snapshot"),
        "models present": (int(known.nodes["in_snapshot"].sum()), "Models of the snapshot"),
        "models built on": (built_on, "Models that another names as base, in the snapshot or absent"),
        "least descendants": (least_descendants, "Descendants from which on a model has an entry; releases have one"),
        "families": (families.height, "Families with an entry"),
        "uploaders": (uploaders.height, "Uploaders with an entry"),
        "least repositories": (
            least_repositories,
            "Repositories built on or by an uploader from which on it has an entry",
        ),
        "links": (known.links.height, f"Links between a repository and its base, {known.evidence}"),
        "declared": (int(known.evidence == "declared"), "1 where links are declared, 0 where sources inferred them"),
        "listed": (chosen.listed, "Children, models or bases that an entry lists at most"),
        "files": (written.files, "Files"),
        "bytes": (written.bytes, "Bytes of all files, not compressed"),
        "largest file": (written.largest, "Bytes of the largest file"),
    }
    table = pl.DataFrame(
        [(name, value, meaning) for name, (value, meaning) in summary.items()],
        schema=ExplorerSummary.column_names(),
        orient="row",
    )
    results.write("explorer_summary", table, ExplorerSummary)
    results.write_document("explorer_views", views(models, families, uploaders, params, known.evidence))


def search_rows(models: pl.DataFrame, families: pl.DataFrame, uploaders: pl.DataFrame) -> pl.DataFrame:
    """`key, address, count, rank`: names in lower case; a model has two, with its owner and without.

    Families come first, then uploaders, then models, by how many repositories are built on them; rank 0 is the first.
    """
    groups = [
        part.select("address", name="name", count="children", kind=kind)
        for kind, part in ((pl.lit(0), families), (pl.lit(1), uploaders))
    ]
    whole = models.select("address", name="id", count=pl.col("descendants").cast(pl.Int64), kind=pl.lit(2))
    short = whole.filter(pl.col("name").str.contains("/", literal=True)).with_columns(
        pl.col("name").str.replace("^[^/]*/", "")
    )
    rows = pl.concat([*groups, whole, short.filter(pl.col("name") != "")])
    in_order = rows.sort("kind", "count", "address", descending=[False, True, False])
    return in_order.select("address", "count", key=pl.col("name").str.to_lowercase(), rank=pl.col("address").rle_id())


def write(entries: pl.DataFrame, rows: pl.DataFrame, chosen: Explorer, directory: Path) -> store.Written:
    """Write the files of entries and of the search, and the directory that leads to them."""
    limit = chosen.file_kilobytes * 1000
    files = store.spread(entries, limit)
    found = search(rows, limit // 2, chosen.found)
    leading = {"files": len(files), "rows": found.row_starts, "best": found.best_starts, "found": chosen.found}
    documents = {"directory": store.script_json(leading)}
    for name, texts in (("entries", files), ("rows", found.rows), ("best", found.best)):
        documents |= {f"{name}/{number:04}": text for number, text in enumerate(texts)}
    return store.write(documents, directory)


def views(
    models: pl.DataFrame, families: pl.DataFrame, uploaders: pl.DataFrame, params: Params, evidence: str
) -> dict[str, Any]:
    """What the page opens on with its entry, and the addresses of examples.

    The subject's family (without one, the family that most is built on), its model with the most descendants,
    the reference's family (or the next one), and the uploader that built most on others.
    """
    by_size = families.sort("children", "name", descending=[True, False])["name"].to_list()
    wanted = [name for name in (params.report.subject, params.report.reference) if name in by_size]
    first, *others = [*wanted, *(name for name in by_size if name not in wanted), None][:2]
    own = models.filter(pl.col("family") == first) if first else models
    model = own.sort("descendants", "id", descending=[True, False])["address"].to_list()
    builder = uploaders.filter(pl.col("built") > 0).sort("built", "name", descending=[True, False])["address"].to_list()
    named = [f"family={first}" if first else None, *model[:1], *(f"family={name}" for name in others if name)]
    listed = [address for address in (*named, *builder[:1]) if address]
    texts = dict(pl.concat([part.select("address", "text") for part in (models, families, uploaders)]).iter_rows())
    opened = listed[0] if listed else None
    entry = json.loads(texts[opened]) if opened else None
    return {"evidence": evidence, "opened": opened, "entry": entry, "examples": listed[1:]}
