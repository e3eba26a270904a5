"""Static files that a page looks entries up in, without a server and from a folder: the explorer's store.

A page that was opened from a file may not fetch, so every file is a classic script that assigns one document:
`window.explorer["entries/0012"] = [...]`.

- Entries stand in the order of their hash, CRC-32 of the address (UTF-8), and are cut into files of about the limit's
  size. The directory says with which hash each file begins, so an entry's file follows from its address.
- A row of a table becomes a JSON object. Fields that are null, 0 or false are left out.
- All files lie in one archive, which the site's stage unpacks: DVC hashes and copies one file, where a census has
  fifteen hundred.
- Names come from strangers, so JSON is escaped and can neither end a script nor a line of one.
"""

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import polars.selectors as cs

from pipeline.base import files

FRAME_BYTES = 100
"""More than what a file has around its document."""
NULL_FIELD = r',"\w+":null'
"""A field without a value. Inside a text every quotation mark follows a backslash, so no text looks like this."""


@dataclass(frozen=True)
class Written:
    """How many files were written, the bytes of all and of the largest."""

    files: int
    bytes: int
    largest: int


def json_rows(rows: pl.DataFrame) -> pl.Series:
    """Each row as a JSON object of its columns that may stand in a script; the first column has no nulls.

    Nulls inside lists of structs are left out too; zeros there stay.
    """
    valued = rows.with_columns(cs.numeric().replace(0, None), cs.boolean().replace(False, None))
    text = valued.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return in_script(text.str.replace_all(NULL_FIELD, ""))


def in_script(texts: pl.Series) -> pl.Series:
    """JSON texts without the characters that end a script element or a line of one."""
    return texts.str.replace_many({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def script_json(document: object) -> str:
    """A document as JSON that may stand in a script."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return in_script(pl.Series([text]))[0]


def in_files(rows: pl.DataFrame, limit: int, *, together: bool = False) -> pl.DataFrame:
    """`first, last, text`: the first key, the last key and the JSON list of each file.

    rows: `key, text`, in the order of their keys, the text JSON. A list has at most `limit` bytes, if no row has more.
    together: no key is in two files.
    """
    end = (pl.col("text").str.len_bytes().cast(pl.Int64) + 1).cum_sum()
    if together:  # rows of one key end where the last of them does
        end = pl.when(pl.col("key").ne_missing(pl.col("key").shift(-1))).then(end).backward_fill()
    ends = rows.select(end).to_series()
    starts = [0] if rows.height else []
    while starts and starts[-1] < rows.height:
        before = ends[starts[-1] - 1] if starts[-1] else 0
        most = max(before + limit - 1, ends[starts[-1]])
        starts.append(int(ends.search_sorted(most, side="right")))
    is_first = pl.int_range(pl.len()).is_in(starts)
    return (
        rows.with_columns(file=is_first.cum_sum())
        .group_by("file", maintain_order=True)
        .agg(pl.col("key").first().alias("first"), pl.col("key").last().alias("last"), pl.col("text").str.join(","))
        .with_columns(pl.format("[{}]", "text").alias("text"))
    )


def by_hash(entries: pl.DataFrame, limit: int) -> pl.DataFrame:
    """Files of entries (`address, text`) as `in_files` cuts them; keys are hashes.

    limit: bytes of a whole file.
    """
    hashed = entries.with_columns(key=hashes(entries["address"])).sort("key", "address")
    return in_files(hashed, limit - FRAME_BYTES, together=True)


def hashes(addresses: pl.Series) -> pl.Series:
    """CRC-32 of each address."""
    return pl.Series([zlib.crc32(address.encode()) for address in addresses], dtype=pl.UInt32)


def write(documents: dict[str, str], archive: Path) -> Written:
    """Write scripts `name.js` from `name: JSON` into an archive; a crash leaves the old one.

    The archive is not compressed, and its files have no times, so that the same documents give the same bytes.
    """
    sizes = []
    with files.replacing(archive) as temporary, zipfile.ZipFile(temporary, "w") as packed:
        for name, document in documents.items():
            text = f"(window.explorer = window.explorer || {{}})[{json.dumps(name)}] = {document};\n".encode()
            packed.writestr(zipfile.ZipInfo(f"{name}.js"), text)
            sizes.append(len(text))
    return Written(len(sizes), sum(sizes), max(sizes, default=0))
