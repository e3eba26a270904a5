"""Static files that a page looks entries up in, without a server and from a folder: the explorer's store.

A page that was opened from a file may not fetch, so every file is a classic script that hands a
document over: `window.explorer["entries/0012"] = {...}`.

Entries
    An entry's file follows from its address alone: FNV-1a (32 bits, UTF-8) of the address, modulo
    the number of files. The number is the smallest tried with which no file is above the limit.

Search
    Rows stand in the order of their keys (lower-case names, one row per key), cut into files of about
    the limit's size; a list of the first keys says where each begins. A text that up to two files
    can answer is looked up in them, whole. A text that more rows begin with has its best rows
    beside their number in files of their own, so it costs one file too.

Texts come from strangers: JSON is escaped so that it can stand in a script.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.base import files
from pipeline.hub.graph import unique

FNV_START, FNV_PRIME = np.uint32(2166136261), np.uint32(16777619)
GROWTH = 1.15
"""Factor between the numbers of files tried."""


@dataclass(frozen=True)
class Written:
    """What was written, for the reader who asks how heavy it is."""

    files: int
    bytes: int
    largest: int


def quoted(texts: pl.Series) -> pl.Series:
    """Each text as a JSON string that may stand in a script; null as `null`."""
    encoded = pl.DataFrame({"t": texts}).select(pl.struct("t").struct.json_encode())["t"]
    return _safe(encoded.str.slice(5).str.head(-1).rename(texts.name))


def _safe(texts: pl.Series) -> pl.Series:
    """Without what ends a script element or a line of one."""
    for character, escape in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        texts = texts.str.replace_all(character, escape, literal=True)
    return texts


def hashes(texts: pl.Series) -> np.ndarray:
    """FNV-1a of each text's UTF-8 bytes, 32 bits."""
    data = np.frombuffer("".join(texts).encode(), dtype=np.uint8)
    length = texts.str.len_bytes().to_numpy().astype(np.int64)
    start = np.cumsum(length) - length
    order = np.argsort(-length, kind="stable")  # the longest first, so that those still read are a head
    start, remaining = start[order], np.searchsorted(-length[order], -np.arange(int(length.max(initial=0))))
    found = np.full(length.size, FNV_START, dtype=np.uint32)
    for position, many in enumerate(remaining.tolist()):
        found[:many] = (found[:many] ^ data[start[:many] + position]) * FNV_PRIME
    unsorted = np.empty_like(found)
    unsorted[order] = found
    return unsorted


def spread(entries: pl.DataFrame, limit: int) -> pl.DataFrame:
    """Entries as `file, document`: JSON objects of about as many entries each, none above `limit` bytes.

    entries: `address, text`, the text JSON. Where an entry is above half the limit, twice its size is the limit.
    """
    pairs = entries.select("address", pair=quoted(entries["address"]) + ":" + entries["text"]).sort("address")
    size = pairs["pair"].str.len_bytes().to_numpy().astype(np.int64) + 1
    key = hashes(pairs["address"]).astype(np.int64)
    files = max(1, -(-int(size.sum()) // limit))
    most = max(limit - 100, 2 * int(size.max(initial=0)))  # a file's frame takes less than 100
    while files < size.size and np.bincount(key % files, weights=size).max() > most:
        files = int(files * GROWTH) + 1
    return (
        pairs.with_columns(file=pl.Series(key % files))
        .group_by("file", maintain_order=True)
        .agg(pl.col("pair").str.join(","))
        .join(pl.DataFrame({"file": np.arange(files)}), on="file", how="right", maintain_order="right")
        .select("file", document="{" + pl.col("pair").fill_null("") + "}")
    )


@dataclass(frozen=True)
class Search:
    """Files of rows and of best rows, as JSON documents, and the first key in each."""

    rows: pl.Series
    row_starts: list[str]
    best: pl.Series
    best_starts: list[str]


def search(rows: pl.DataFrame, limit: int, found: int) -> Search:
    """Rows of `key, address, rank, text` for looking up by the beginning of their key.

    rank: which entry comes first, smallest first. text: the row as JSON. found: best rows kept of a text
    that is the beginning of more rows than a file holds.
    """
    ordered = rows.sort("key", "address")
    size = pl.col("text").str.len_bytes().cast(pl.Int64) + 1
    parts = (
        ordered.with_columns(file=(size.cum_sum() - 1) // limit)
        .group_by("file", maintain_order=True)
        .agg(pl.col("key").first().alias("first"), pl.col("key").last().alias("last"), pl.col("text").str.join(","))
    )
    best = (
        best_rows(ordered, limit, found)
        .with_columns(pair=quoted_column("prefix") + pl.format(":[{},{}]", "rows", "best"))
        .sort("prefix")
        .with_columns(file=(pl.col("pair").str.len_bytes().cast(pl.Int64).cum_sum() - 1) // limit)
        .group_by("file", maintain_order=True)
        .agg(pl.col("prefix").first(), pl.col("pair").str.join(","))
    )
    return Search(
        rows=parts.select("[" + pl.col("text") + "]").to_series(),
        row_starts=separators(parts["first"].to_list(), parts["last"].to_list()),
        best=best.select("{" + pl.col("pair") + "}").to_series(),
        best_starts=best["prefix"].to_list(),
    )


def quoted_column(name: str) -> pl.Expr:
    """`quoted` as an expression."""
    return pl.col(name).map_batches(quoted, return_dtype=pl.String)


def separators(first: list[str], last: list[str]) -> list[str]:
    """The shortest text that parts each file from the one before."""
    return ["", *(now[: _shared(before, now) + 1] for before, now in zip(last, first[1:], strict=False))][: len(first)]


def _shared(one: str, other: str) -> int:
    """Characters that both begin with."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def best_rows(rows: pl.DataFrame, limit: int, found: int) -> pl.DataFrame:
    """`prefix, rows, best`: every beginning whose rows are above `limit` bytes, and its best rows as JSON.

    rows: in the order of their keys. A row's `rank` is its entry's, so an entry under several keys (its name
    with and without its owner) counts once. Only the few ranges that are too large are looked into.
    """
    keys, texts = rows["key"], rows["text"]
    rank = rows["rank"].to_numpy()
    size = np.concatenate([[0], np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64) + 1)])
    kept: list[tuple[str, int, str]] = []
    waiting = [(0, len(keys), 0)]
    while waiting:
        low, high, length = waiting.pop()
        letter = keys[low:high].str.slice(length, 1)
        starts = np.flatnonzero((letter != letter.shift(1)).fill_null(True).to_numpy())
        ends = np.append(starts[1:], high - low)
        large = (size[low + ends] - size[low + starts] > limit) & (letter.gather(starts) != "").to_numpy()
        for start, end in zip(low + starts[large], low + ends[large], strict=True):
            ranks = rank[start:end]
            distinct = unique(ranks)
            first = [int(start + np.argmax(ranks == one)) for one in distinct[:found]]
            best = ",".join(texts.gather(first))
            kept.append((keys[int(start)][: length + 1], distinct.size, f"[{best}]"))
            waiting.append((int(start), int(end), length + 1))
    return pl.DataFrame(kept, schema={"prefix": pl.String, "rows": pl.UInt32, "best": pl.String}, orient="row")


def write(documents: dict[str, str], directory: Path) -> Written:
    """Write scripts `name: JSON` in place of the whole directory; a crash leaves the old one."""
    sizes = []
    with files.replacing_folder(directory) as temporary:
        for name, document in documents.items():
            path = temporary / f"{name}.js"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = f"(window.explorer = window.explorer || {{}})[{json.dumps(name)}] = {document};\n".encode()
            path.write_bytes(text)
            sizes.append(len(text))
    return Written(len(sizes), sum(sizes), max(sizes, default=0))


def script_json(document: object) -> str:
    """A document as JSON that may stand in a script."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _safe(pl.Series([text]))[0]
