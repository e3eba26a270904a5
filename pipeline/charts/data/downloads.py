"""Parts of the pages about the report itself: its downloads, what their columns mean, and its earlier editions.

Each is an object whose HTML a notebook shows, as in `pages`. Every text is escaped.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.charts.kit.figure import table_html
from pipeline.charts.kit.verdicts import VERDICT_WORDS
from pipeline.charts.kit.html import Html

_AREAS = {"headline": "Headline", "rank": "Ranks", "verdict": "Verdicts", "number": "Key numbers", "table": "Tables"}
_BESIDES = {
    "datapackage.json": "all tables, columns, units, keys, sizes and checksums, as a Data Package",
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
    """Every table with its files and their sizes; its name leads to its columns."""
    rows = []
    for name, files in tables_of(package).items():
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
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"
    )


def _file(entry: Mapping[str, Any] | None) -> str:
    """A link that says how much it loads; a dash where a table is too long for CSV."""
    if entry is None:
        return "–"
    told = size(entry["bytes"])
    return f'<a href="data/{entry["path"]}" aria-label="{entry["path"]}, {told}">{told}</a>'


def other_files() -> Html:
    """What lies beside the tables."""
    items = (f'<li><a href="data/{name}">{name}</a>: {escape(what)}</li>' for name, what in _BESIDES.items())
    return Html(f"<ul>{''.join(items)}</ul>")


def dictionary(package: Mapping[str, Any]) -> Html:
    """What every column of every table means: one closed part a table, with its checksums."""
    return Html("\n".join(_described(name, files) for name, files in tables_of(package).items()))


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


# ----------------------------------------------------------------------------------------- editions


def editions(known: pl.DataFrame) -> Html:
    """Every published edition and this build, the newest first."""
    rows = known.sort("position", descending=True).select(
        pl.col("edition"),
        pl.col("published").cast(pl.String).fill_null("this build"),
        pl.format("{} ({})", "snapshot", "coverage").alias("snapshot"),
        pl.col("rule").fill_null("none is supported"),
        pl.struct("subject", "reference", "subject_derivatives", "reference_derivatives", "ratio")
        .map_elements(_counted, return_dtype=pl.String)
        .alias("counted"),
        pl.struct(list(VERDICT_WORDS)).map_elements(_verdicts, return_dtype=pl.String).alias("verdicts"),
    )
    labels = {
        "edition": "Edition",
        "published": "Published",
        "snapshot": "Snapshot",
        "rule": "Headline counted",
        "counted": "Headline",
        "verdicts": "Verdicts",
    }
    return Html(table_html(rows, labels, caption="Editions of this report", rows=None))


def _verdicts(row: Mapping[str, int]) -> str:
    return "; ".join(f"{VERDICT_WORDS[name]}: {count}" for name, count in row.items() if count)


def _counted(row: Mapping[str, Any]) -> str:
    a, b = row["subject_derivatives"], row["reference_derivatives"]
    if a is None:
        return words.NOT_HERE
    ratio = f": {words.times(row['ratio'])} times" if row["ratio"] is not None else ""
    return f"{row['subject']} {words.number(a)}, {row['reference']} {words.number(b)}{ratio}"


def changes(moved: pl.DataFrame, known: pl.DataFrame) -> Html:
    """What moved from each edition to the next, the newest first; says so where there is no earlier one."""
    if moved.is_empty():
        (only,) = known["edition"]
        return Html(
            f"<p>No edition was published before {escape(only)}, so there is nothing to compare it with yet.</p>"
        )
    parts = []
    for position in moved["position"].unique().sort(descending=True):
        rows = moved.filter(pl.col("position") == position).sort("order")
        old, new = rows["previous"][0], rows["edition"][0]
        notes = "".join(f"<li>{escape(note)}</li>" for note in rows.filter(pl.col("area") == "note")["what"])
        tables = "".join(_area(rows.filter(pl.col("area") == area), title) for area, title in _AREAS.items())
        is_open = " open" if not parts else ""
        parts.append(
            f'<details class="edition"{is_open} id="edition-{position}"><summary>From {escape(old)} to {escape(new)}'
            f"</summary>{f'<ul>{notes}</ul>' if notes else ''}{tables}</details>"
        )
    return Html("\n".join(parts))


def _area(rows: pl.DataFrame, title: str) -> str:
    """Rows that moved or could not be compared; how many others did not move."""
    told = rows.filter(pl.col("moved").fill_null(True))
    still = rows.height - told.height
    kept = f"<p>{title}: {words.number(still)} unchanged.</p>" if still else ""
    if told.is_empty():
        return kept
    labels = {"what": "What", "old": "Before", "new": "Now", "change": "Change"}
    return table_html(told, labels, caption=title, rows=None) + kept
