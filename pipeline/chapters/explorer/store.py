"""Static files that a page looks entries up in, without a server and from a folder: the explorer's store.

A page that was opened from a file may not fetch, so every file is a classic script that assigns one document:
`window.explorer["entries/0012"] = [...]`.

- An entry's file follows from its address alone: CRC-32 of the address (UTF-8), modulo the number of files. The
  number is the smallest tried with which no file is above the limit.
- A row of a table becomes a JSON object. Fields that are null, 0 or false are left out.
- Names come from strangers, so JSON is escaped and can neither end a script nor a line of one.
"""

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import polars.selectors as cs

from pipeline.base import files

GROWTH = 1.15
"""Factor between the numbers of files tried."""
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
    for character, escape in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        texts = texts.str.replace_all(character, escape, literal=True)
    return texts


def script_json(document: object) -> str:
    """A document as JSON that may stand in a script."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return in_script(pl.Series([text]))[0]


def hashes(addresses: pl.Series) -> pl.Series:
    """CRC-32 of each address."""
    return pl.Series([zlib.crc32(address.encode()) for address in addresses], dtype=pl.UInt32)


def spread(entries: pl.DataFrame, limit: int) -> list[str]:
    """Entries in files, as JSON lists of about as many entries each and of at most `limit` bytes.

    entries: `address, text`, the text a JSON object. Where an entry is above half the limit, twice its size is the
    limit.
    """
    ordered = entries.sort("address").with_columns(bytes=pl.col("text").str.len_bytes().cast(pl.Int64) + 1)
    ordered = ordered.with_columns(hash=hashes(ordered["address"]))
    total, longest = ordered.select(pl.col("bytes").sum(), longest=pl.col("bytes").max().fill_null(0)).row(0)
    most = max(limit - FRAME_BYTES, 2 * longest)
    number = max(1, -(-total // limit))
    while number < entries.height and _largest(ordered, number) > most:
        number = int(number * GROWTH) + 1
    lists = ordered.group_by(file=pl.col("hash") % number).agg(pl.col("text").str.join(","))
    texts = dict(lists.iter_rows())
    return [f"[{texts.get(file, '')}]" for file in range(number)]


def _largest(entries: pl.DataFrame, number: int) -> int:
    """Bytes of the largest of so many files, from `hash, bytes`."""
    return entries.group_by(pl.col("hash") % number).agg(pl.col("bytes").sum())["bytes"].max()  # type: ignore[return-value]


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
