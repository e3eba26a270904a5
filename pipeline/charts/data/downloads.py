"""Parts of the page that offers the data: every table as a file, what its columns mean, how to cite it.

Each is an object whose HTML a notebook shows. Every text is escaped.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.charts.kit.table import table_html
from pipeline.charts.kit.verdicts import VERDICT_WORDS
from pipeline.charts.kit.html import Html

_BESIDES = {
    "datapackage.json": "all tables, columns, units, keys, sizes and checksums, as a Data Package",
    "croissant.json": "the same in Croissant, for catalogues of data for machine learning",
    "SHA256SUMS": "checksums of every file, for sha256sum",
    "LICENSE-DATA.txt": "the licence of the data, and the terms of the snapshot",
    "CITATION.cff": "how to cite this edition",
    "citation.bib": "the same for BibTeX",
    "provenance.json": "the snapshot: source, day, hash, coverage, known biases",
    "edition.json": "this edition in few numbers, for comparison with another",
}


def size(count: float) -> str:
    """Bytes as a reader of downloads meets them: `12 kB`, `1.8 MB`."""
    return f"{words.significant(count / 1e6, 2)} MB" if count >= 995_000 else f"{max(1, round(count / 1e3))} kB"


def tables_of(package: Mapping[str, Any]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Entries of the Data Package by table and format."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for entry in package["resources"]:
        found.setdefault(entry["path"].rpartition(".")[0], {})[entry["format"]] = entry
    return found


def downloads(package: Mapping[str, Any]) -> Html:
    """Every table that has rows, with its files and their sizes; its name leads to its columns."""
    rows = []
    for name, files in filled(package).items():
        known = files["parquet"]
        cells = "".join(
            f'<td class="number" data-label="{label}">{_file(files.get(form))}</td>'
            for form, label in (("csv", "CSV"), ("parquet", "Parquet"))
        )
        rows.append(
            f'<tr><th scope="row"><a href="#table-{name}">{name}</a></th>'
            f'<td data-label="Holds">{escape(known["description"])}</td>'
            f'<td class="number" data-label="Rows">{known["rowCount"]:,}</td>{cells}</tr>'
        )
    head = '<th scope="col">Table</th><th scope="col">Holds</th>' + "".join(
        f'<th scope="col" class="number">{label}</th>' for label in ("Rows", "CSV", "Parquet")
    )
    return Html(
        '<div class="table-scroll tall cards" tabindex="0" role="region" aria-label="Tables to download">'
        '<table class="data"><caption><span>Tables to download</span></caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + f"\n</tbody></table></div>{_left_out(package)}"
    )


def filled(package: Mapping[str, Any]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Those of `tables_of` that have rows on this snapshot."""
    return {name: files for name, files in tables_of(package).items() if files["parquet"]["rowCount"]}


def _left_out(package: Mapping[str, Any]) -> str:
    """One line on tables without a row; nothing where every table has one."""
    names = sorted(tables_of(package).keys() - filled(package).keys())
    if not names:
        return ""
    has = "table has" if len(names) == 1 else "tables have"
    return f"<p>{words.upper(words.word(len(names)))} {has} no row on this snapshot: {escape(words.listed(names))}.</p>"


def _file(entry: Mapping[str, Any] | None) -> str:
    """A link that says how much it loads; a dash where a table is too long for CSV."""
    if entry is None:
        return "–"
    in_words = size(entry["bytes"])
    return f'<a href="data/{entry["path"]}" aria-label="{entry["path"]}, {in_words}">{in_words}</a>'


def other_files() -> Html:
    """What lies beside the tables."""
    items = (f'<li><a href="data/{name}">{name}</a>: {escape(what)}</li>' for name, what in _BESIDES.items())
    return Html(f"<ul>{''.join(items)}</ul>")


def dictionary(package: Mapping[str, Any]) -> Html:
    """What every column of every table means: one closed part a table, with its checksums."""
    return Html("\n".join(_described(name, files) for name, files in filled(package).items()))


def _described(name: str, files: Mapping[str, Mapping[str, Any]]) -> str:
    known = files["parquet"]
    fields = known["columns"]
    columns = pl.DataFrame(
        {
            "Column": [field["name"] for field in fields],
            "Type": [field["type"] for field in fields],
            "Unit": [field.get("unit") for field in fields],
            "Meaning": [_meaning(field) for field in fields],
        },
        schema=dict.fromkeys(("Column", "Type", "Unit", "Meaning"), pl.String),
    )
    key = ", ".join(known["key"])
    sums = "".join(
        f'<li><a href="data/{entry["path"]}">{entry["path"]}</a>, {size(entry["bytes"])}, sha256 '
        f'<code class="hash">{entry["hash"].removeprefix("sha256:")}</code></li>'
        for entry in files.values()
    )
    return (
        '<details class="dictionary">'  # a link to something inside opens it, without a script
        f"<summary><b>{name}</b>: {escape(known['description'])}</summary>"
        f'<p id="table-{name}">A row is named by {escape(key)}.</p>'
        f"<ul>{sums}</ul>"
        f"{table_html(columns, caption=f'Columns of {name}', rows=None)}</details>"
    )


def _meaning(field: Mapping[str, Any]) -> str:
    values, meaning = field.get("constraints", {}).get("enum"), str(field["description"]).replace("`", "")
    return f"{meaning}. One of: {', '.join(values)}" if values else meaning


def block(text: str, *, name: str) -> Html:
    """A text to copy, such as a citation."""
    return Html(
        f'<pre class="copy" tabindex="0" role="region" aria-label="{escape(name)}"><code>{escape(text)}</code></pre>'
    )












