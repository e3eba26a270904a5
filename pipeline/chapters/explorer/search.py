"""The explorer's search: files in which a page finds every entry whose name begins with a text.

- Rows stand in the order of their keys (names in lower case; an entry may have several), cut into files of about the
  limit's size. A list of first keys says where each file begins.
- A text that one or two files can answer is looked up in them, whole.
- A text that more rows begin with would cost many files. Its best rows stand beside their number in files of their
  own, so that it costs one.
"""

import os.path
from dataclasses import dataclass

import polars as pl

from pipeline.chapters.explorer.store import in_files, json_rows


@dataclass(frozen=True)
class Search:
    """Files of rows and files of best rows, as JSON documents, and where each file begins.

    row_starts: a text that no key of the file is below and every key of the file before is; best_starts: the first
    beginning in the file.
    """

    rows: list[str]
    row_starts: list[str]
    best: list[str]
    best_starts: list[str]


def search(rows: pl.DataFrame, limit: int, found: int) -> Search:
    """The files for rows of `key, address, count, release, rank`: all but key and rank in order of keys, and the best.

    rank: which entry comes first, from 0. limit: bytes of a file. found: best rows of a beginning.
    """
    ordered = rows.sort("key", "address").with_columns(pl.col("count").replace(0, None))
    ordered = ordered.with_columns(text=json_rows(ordered.select("address", "count", "release")))
    parts = in_files(ordered, limit)
    best = best_rows(ordered, limit, found).sort("prefix")
    best_parts = in_files(best.select(key="prefix", text=json_rows(best)), limit)
    return Search(
        rows=parts["text"].to_list(),
        row_starts=separators(parts["first"].to_list(), parts["last"].to_list()),
        best=best_parts["text"].to_list(),
        best_starts=best_parts["first"].to_list(),
    )


def _bytes() -> pl.Expr:
    """Bytes of a row in its file, with the comma behind it."""
    return pl.col("text").str.len_bytes().cast(pl.Int64) + 1


def separators(first: list[str], last: list[str]) -> list[str]:
    """The shortest text that parts each file from the one before, of the first and the last key of each."""
    parted = [key[: _common(before, key) + 1] for before, key in zip(last, first[1:], strict=False)]
    return ["", *parted][: len(first)]


def _common(before: str, after: str) -> int:
    """Characters that both begin with."""
    return len(os.path.commonprefix([before, after]))  # noqa: RUF071 (these are texts, not paths)


def best_rows(rows: pl.DataFrame, limit: int, found: int) -> pl.DataFrame:
    """`prefix, rows, best`: every beginning whose rows are above `limit` bytes, how many entries have it, the first.

    rows: `key, address, count, release, rank, text`. best: `found` structs of `address, count, release`, by rank. An
    entry with several such keys (its name with and without its owner, its words) counts once. Beginnings grow by a
    letter at a time, and only rows whose beginning is too large are looked at again.
    """
    ranked = rows.sort("rank").with_row_index("row")
    inside, length = ranked.select("row", "key", "rank", bytes=_bytes()), 1
    parts = [pl.DataFrame(schema={"prefix": pl.String, "rows": pl.UInt32, "row": pl.List(pl.UInt32)})]
    is_new = pl.col("rank").ne_missing(pl.col("rank").shift(1))
    while inside.height:
        inside = (
            inside.filter(pl.col("key").str.len_chars() >= length)
            .with_columns(prefix=pl.col("key").str.head(length))
            .filter(pl.col("bytes").sum().over("prefix") > limit)
        )
        parts.append(inside.group_by("prefix").agg(rows=is_new.sum(), row=pl.col("row").filter(is_new).head(found)))
        length += 1
    best = pl.concat(parts).explode("row")
    best = best.hstack(ranked.select("address", "count", "release")[best["row"]])
    return best.group_by("prefix", "rows", maintain_order=True).agg(best=pl.struct("address", "count", "release"))
