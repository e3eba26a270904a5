"""What is built on a model, a family or an uploader, as files that a page looks up in.

Method
- `graph`: the links that the snapshot supports, declared or inferred, and every repository on them.
- `beyond`: what makers say that they made a release from, and the tree of an edition where the snapshot has none.
- `entries`: which models, families and uploaders have an entry, and what it has.
- `search` and `store`: the files, in which a page finds a name by its beginning and an entry by its address.
- The summary counts what has an entry and what is left out; the page says both.

Known drawbacks: months are those of the repositories that still exist; a name is found by its words, in any order, and
beyond the first `BY_WORDS` entries by its beginning alone; a word inside an owner's name counts only where another word
is typed with it.
"""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base.params import Explorer, Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.explorer import beyond, graph, store
from pipeline.chapters.explorer.entries import group_entries, model_entries
from pipeline.chapters.explorer.lists import lists_of
from pipeline.chapters.explorer.schema import ExplorerSummary
from pipeline.chapters.explorer.search import search
from pipeline.chapters.explorer.tallies import Children

BY_WORDS = 50_000
"""Entries that are found by each of their words; others by the beginning of their name: a census stays small."""

WORD = re.compile(r"[^\w.]+(?=\w)|_+(?=[^\W_])|(?<=[^\W\d_]{2})(?=\d)")
"""What stands before a word inside a name."""


def make(paths: Paths, params: Params, results: Results, archive: Path) -> None:
    """Read core tables and the register; write the summary and the views of the page, and its files into an archive."""
    chosen, releases = params.explorer, register.load("releases", paths.register)["model"]
    pairs, before = beyond.registered(paths.register), beyond.earlier(paths)
    made = pl.concat([pairs["release"], pairs["source"]])
    known = graph.read(paths, releases, made)
    before = before if before and known.evidence != "declared" else None
    if before:
        known = graph.read(paths, releases, pl.concat([made, before.parents]))
    children, lists = Children.of(known), lists_of(known, chosen.listed, chosen.below)
    models, least_descendants = model_entries(known, children, lists, chosen, pairs, before)
    families, _ = group_entries(known, children, lists, "family", chosen, before)
    uploaders, least_repositories = group_entries(known, children, lists, "uploader", chosen, before)
    entries = pl.concat([part.select("address", "text") for part in (models, families, uploaders)])
    written = write(entries, search_rows(models, families, uploaders), chosen, archive)
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
    shown = views(models, families, uploaders, params, known.evidence)
    shown["edition"] = {"label": before.label, "text": before.text} if before else None
    results.write_document("explorer_views", shown)


def search_rows(models: pl.DataFrame, families: pl.DataFrame, uploaders: pl.DataFrame) -> pl.DataFrame:
    """`key, address, count, release, rank`: where a look-up may begin in each name; rank 0 is the first.

    Keys are in lower case, with a hyphen for each space: the whole name, a model's name without its owner, and for the
    first `BY_WORDS` entries the rest of the name from each of its words on. Families come first, then uploaders, then
    models, by how many repositories are built on them.
    """
    groups = [
        part.select("address", name="name", count="children", release=pl.lit(False), kind=kind)
        for kind, part in ((pl.lit(0), families), (pl.lit(1), uploaders))
    ]
    whole = models.select(
        "address", name="id", count=pl.col("descendants").cast(pl.Int64), release="is_release", kind=pl.lit(2)
    )
    entries = (
        pl.concat([*groups, whole])
        .sort("kind", "count", "address", descending=[False, True, False])
        .with_row_index("rank")
        .with_columns(pl.col("name").str.to_lowercase().str.replace_all(r"\s+", "-"))
    )
    own = entries.with_columns(short=pl.col("name").str.replace("^[^/]*/", "")).filter(
        pl.col("short") != pl.col("name")
    )
    first = entries.filter(pl.col("rank") < BY_WORDS).with_columns(pl.col("name").str.replace("^[^/]*/", ""))
    rests = pl.Series(["\0".join(from_words(name)) for name in first["name"]], dtype=pl.String)  # no name contains NUL
    by_word = first.with_columns(name=rests.str.split("\0"))
    rows = pl.concat([entries, own.drop("name").rename({"short": "name"}), by_word.explode("name")], how="diagonal")
    found = rows.rename({"name": "key"}).filter(pl.col("key").fill_null("") != "")
    return found.select("key", "address", "count", "release", "rank")


def from_words(name: str) -> list[str]:
    """The rest of a name from each of its words on, but the first: `r1-distill`, `distill` of `deepseek-r1-distill`.

    A word follows a mark, or is the number behind two letters or more: `2.5-7b` of `qwen2.5-7b`.
    """
    return [name[match.end() :] for match in WORD.finditer(name)]


def write(entries: pl.DataFrame, rows: pl.DataFrame, chosen: Explorer, archive: Path) -> store.Written:
    """Write the files of entries and of the search, and the directory that leads to them."""
    limit = chosen.file_kilobytes * 1000
    files = store.by_hash(entries, limit)
    found = search(rows, limit // 2, chosen.found)
    leading = {
        "entries": files["first"].to_list(),
        "rows": found.row_starts,
        "best": found.best_starts,
        "found": chosen.found,
    }
    documents = {"directory": store.script_json(leading)}
    for name, texts in (("entries", files["text"]), ("rows", found.rows), ("best", found.best)):
        documents |= {f"{name}/{number:04}": text for number, text in enumerate(texts)}
    return store.write(documents, archive)


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
    opened = listed[0] if listed else None
    every = pl.concat([part.select("address", "text") for part in (models, families, uploaders)])
    entry = json.loads(every.filter(address=opened)["text"].item()) if opened else None
    return {"evidence": evidence, "opened": opened, "entry": entry, "examples": listed[1:]}
