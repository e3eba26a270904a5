"""A site of a few files with the downloads of a report of two tables, made in milliseconds."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.base import tables
from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.lineage.schema import Depths, LongestChain
from pipeline.report import publish
from pipeline.report.editions import Edition, Snapshot

HOSTILE = (
    "a|b/`c` | d\n---\nlicense: mit\n---\n",
    "</details><script>alert(1)</script>",
    "[x](javascript:alert(1)) @everyone \x1b[31m \u202e ![](y)",
    "- *one*\r\n# two # three",
)
"""What a name, a label or a limit must not do to a card."""

PAGES = {
    "index.html": b"<p>front</p>",
    "moe.html": b"<p>a page</p>",
    "feed.xml": b"<feed/>",
    "assets/site.css": b"p {}",
    "assets/fonts/serif.woff2": b"wOF2\0\1",
    "cards/moe.png": b"\x89PNG\0",
    "explorer/rows/1.js": b"rows(1)",
    "files/moe.svg": b"<svg/>",
    "files/moe.parquet": b"PAR1\0",
    "notebooks/moe.ipynb": b"{}",
}


def edition(**snapshot: Any) -> Edition:
    """An edition that says nothing but where it is from."""
    known = {"label": "A week", "source": "file", "coverage": "slice", "date": "2026-10-01", "rows": 3}
    return Edition(
        version="0.1.0",
        snapshot=Snapshot(**{**known, "sha256": "ab12cd34" * 8, **snapshot}),
        register_sha256="0",
        subject="One",
        reference="Other",
        grouping="family",
        headline=None,
        rules_sha256="0",
        rules={},
        numbers=[],
        verdicts={},
        tables={},
    )


def chain(*ids: str) -> pl.DataFrame:
    """The table `longest_chain` of these repositories."""
    rows = [
        {"step": step, "id": name, "relation": None, "created_month": date(2026, 1, 1), "in_snapshot": True}
        for step, name in enumerate(ids)
    ]
    return pl.DataFrame(rows, schema_overrides={"relation": pl.String, "created_month": pl.Date})


def downloads(root: Path, ids: tuple[str, ...], provenance: dict[str, Any], **snapshot: Any) -> Paths:
    """A report's tables as downloads, one of them without a row."""
    paths = Paths(root)
    tables.write(chain(*ids), LongestChain, paths.out / "lineage" / "longest_chain.parquet")
    depths = pl.DataFrame({"depth": [0, 1], "models": [2, 1], "ghosts": [0, 0]})
    tables.write(depths, Depths, paths.out / "lineage" / "depths.parquet")
    known = {"label": "A week", "coverage": "slice", "date": "2026-10-01", "source": "file", "licence": "mit"}
    tables.write_json({**known, "known_biases": ["few rows"], **provenance}, paths.provenance)
    tables.write_json(edition(**snapshot).model_dump(mode="json"), paths.edition)
    for name in (paths.citation.name, paths.data_licence.name):
        (root / name).write_bytes((PROJECT / name).read_bytes())
    publish.make(paths)
    return paths


def site(root: Path, *ids: str, provenance: dict[str, Any] | None = None, **snapshot: Any) -> Path:
    """The folder of a site whose table lists these ids; provenance and snapshot: what it says of itself."""
    root.mkdir(parents=True, exist_ok=True)
    paths = downloads(root, ids or ("one/a", "two/b"), provenance or {}, **snapshot)
    folder = root / "html"
    for name, content in PAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    paths.downloads.rename(folder / "data")
    return folder
