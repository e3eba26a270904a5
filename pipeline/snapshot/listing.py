"""Source `listing`: the Hub's listing of models as its API returned it and somebody stored it.

`snapshot.path` is one file or a folder of them: JSON (`.json`, a list of models: one page of the listing) or JSON lines
(`.jsonl`, one model a line), each gzipped (`.gz`) or not. Pages are read in the order of the numbers in their names;
of models that two pages list the first counts. Other files of the folder are left alone.

Nothing in a page is trusted: what is no list of models is refused by the page's name, and a field of another kind than
the Hub's is missing. How much of the Hub the pages cover nobody can see in them: `snapshot.coverage` says it.

Each page becomes a table of its own in huggingface_hub's folder, so that no more than one is in memory as text, and a
second run reads no page again.

Known drawback: the listing has no `baseModels`, and no sizes unless it was asked for them.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from pipeline.base import params, tables
from pipeline.base.errors import SnapshotError
from pipeline.base.files import replacing, sha256
from pipeline.base.paths import Paths
from pipeline.snapshot import answers, cache, columns
from pipeline.snapshot.source import Pulled, Resolved, described_by_its_user, no_inferred_edges

PAGES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
LARGEST = 1 << 30
"""Bytes of a page after unpacking; a page of a thousand models has some two million."""


def resolve(snapshot: params.Snapshot, paths: Paths) -> Resolved:
    """The pages below `snapshot.path`; their hash is that of their hashes, in order."""
    path = paths.root / snapshot.path
    digests = "".join(f"{sha256(page)} {page.name}\n" for page in pages_of(path))
    return described_by_its_user(snapshot, path, hashlib.sha256(digests.encode()).hexdigest())


def pull(resolved: Resolved, paths: Paths) -> Path:
    """A folder with a table for each page, in order; pages that are there already are not read again."""
    del paths
    folder = cache.folder(f"stored-listing-{answers.FORM}-{resolved.sha256[:16]}")
    for number, page in enumerate(pages_of(Path(resolved.file))):
        table = folder / f"{number:06}.parquet"
        if not table.exists():
            rows = answers.frame(rows_of(page))
            with replacing(table) as temporary:
                rows.write_parquet(temporary, **tables.SETTINGS)
    return folder


def normalise(resolved: Resolved, path: Path, paths: Paths) -> Pulled:
    """Rows of all pages in one schema; provenance names the folder without those around it."""
    del paths
    listed = sorted(path.glob("*.parquet"))
    name = Path(resolved.file).name
    models, repairs = columns.normalise(pl.scan_parquet(listed), name, date.fromisoformat(resolved.date))
    found = {"file": name, "pages": len(listed), "known_biases": ["the listing names parents by tags alone"]}
    return Pulled(models, no_inferred_edges(), resolved.provenance() | repairs | found)


def pages_of(path: Path) -> list[Path]:
    """The file, or the pages of the folder in the order of the numbers in their names.

    Raises SnapshotError where there is none.
    """
    files = [path] if path.is_file() else [page for page in path.iterdir() if page.is_file()]
    pages = [page for page in files if page.name.lower().endswith(PAGES) and not page.name.startswith(".")]
    if not pages:
        then = f"name a folder of the Hub's answers, which end with {', '.join(PAGES)}"
        raise SnapshotError("no page of a listing", where=path.name, next_step=then)
    return sorted(pages, key=lambda page: _parts(page.name))


def _parts(name: str) -> list[str | int]:
    """Text and numbers of a name in turn, text first."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]+)", name))]


def rows_of(page: Path) -> list[dict[str, Any]]:
    """The models of a page. Raises SnapshotError, which names the page, where it is none."""
    try:
        found = list(_rows(page))
    except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        reason = " ".join(str(error).split())[:100]
        raise SnapshotError(
            f"no page of a listing ({reason})", where=page.name, next_step="fetch the page again, or move it away"
        ) from error
    return found


def _rows(page: Path) -> Iterator[dict[str, Any]]:
    name = page.name.lower()
    with gzip.open(page) if name.endswith(".gz") else page.open("rb") as stream:
        content = _whole(stream)
    if ".jsonl" in name[-len(".jsonl.gz") :]:
        models = (tables.parsed_json(line) for line in content.splitlines() if line.strip())
    else:
        models = tables.parsed_json(content)
        if not isinstance(models, list):
            raise ValueError("no list of models")
    for model in models:
        if not isinstance(model, dict) or not isinstance(model.get("id", model.get("modelId")), str):
            raise ValueError("an entry is no model with an id")
        yield model


def _whole(stream: BinaryIO | gzip.GzipFile) -> bytes:
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"more than {LARGEST:,} bytes")
    return content
