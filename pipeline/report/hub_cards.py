"""The cards that a Space and a dataset show at the Hub: `README.md`, metadata in YAML and a text in Markdown.

Method: both are made from what the site's own downloads say of themselves, the edition, the Data Package with each
column's unit and meaning, the provenance of the snapshot, the citation. The metadata are dumped by a YAML library; in
the text, words of strangers (labels, sources, known limits) are escaped and kept on one line. A table's rows are on no
card, so no id from the Hub is either. A table is a configuration of the dataset, with one split, as the Hub's viewer
and `load_dataset` read it.

Drawback: the Hub has one field for a licence, which is that of the project's own work; the terms of the snapshot's
source stand in the text and in the file beside it.
"""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from pipeline.base import words
from pipeline.report import built
from pipeline.report.built import Built
from pipeline.report.markdown import safe, table

CARD = "README.md"
HUB = "https://huggingface.co"
SPLIT = "train"
"""The name that the Hub's viewer gives to data that are not split."""

SIZES = {
    1_000: "n<1K",
    10_000: "1K<n<10K",
    100_000: "10K<n<100K",
    1_000_000: "100K<n<1M",
    10_000_000: "1M<n<10M",
    100_000_000: "10M<n<100M",
    1_000_000_000: "100M<n<1B",
}
"""The Hub's classes of size, by the number of rows that each stays below."""


def of_the_space(site: Built, dataset: str | None) -> str:
    """The card of the site. dataset: where its tables are, if they are on the Hub too."""
    metadata = {
        "title": _title(site),
        "emoji": "📊",
        "colorFrom": "blue",
        "colorTo": "yellow",
        "sdk": "static",
        "app_file": "index.html",
        "pinned": False,
        "license": _licence(site),
        **({"datasets": [dataset]} if dataset else {}),
    }
    where = f"The tables: [{dataset}]({HUB}/datasets/{dataset})." if dataset else "The tables: the page *Data*."
    return _card(metadata, [f"# {safe(_title(site))}", safe(site.package["description"]), where, *_snapshot(site)])


def of_the_dataset(site: Built, name: str, space: str | None) -> str:
    """The card of the tables. name: of the dataset, `user/name`; space: of the report, if it is on the Hub too."""
    listed = site.tables()
    metadata = {
        "pretty_name": site.package["title"],
        "license": _licence(site),
        "language": ["en"],
        "tags": [_tag(keyword) for keyword in site.package["keywords"]],
        "size_categories": [size_class(sum(entry["rowCount"] for entry in listed))],
        "configs": [
            {"config_name": _name(entry), "data_files": [{"split": SPLIT, "path": f"{built.DATA}/{entry['path']}"}]}
            for entry in listed
        ],
    }
    report = f"The report: [{space}]({HUB}/spaces/{space})." if space else ""
    citation = (site.data / built.BIBTEX).read_text(encoding="utf-8")
    parts = [
        f"# {safe(site.package['title'])}",
        safe(site.package["description"]),
        report,
        "## How to read it",
        "Each table is a configuration. Each edition is a tag, so `revision=` reads the tables as they were.",
        _reading(name, _name(listed[0])) if listed else "",
        *_snapshot(site),
        "## Licence",
        f"Counts, classifications, curated facts, verdicts and descriptions: {safe(_licence_title(site))}. What comes "
        f"from the snapshot keeps the terms of its source, which `{built.TERMS}` states.",
        "## Citation",
        _fenced(citation, "bibtex"),
        "## Tables",
        f"{words.upper(words.number(len(listed)))} tables; those without a row are left out.",
        *(_described(entry) for entry in listed),
    ]
    return _card(metadata, parts)


def size_class(rows: int) -> str:
    """The Hub's class of size of so many rows."""
    return next((name for below, name in SIZES.items() if rows < below), "n>1T" if rows >= 10**12 else "1B<n<10B")


# ------------------------------------------------------------------------------------------------- parts


def _card(metadata: Mapping[str, Any], parts: Sequence[str]) -> str:
    block = yaml.safe_dump(dict(metadata), allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{block}---\n\n" + "\n\n".join(part for part in parts if part) + "\n"


def _title(site: Built) -> str:
    """The report's title."""
    return site.package["title"].removesuffix(": data")


def _licence(site: Built) -> str:
    return site.package["licenses"][0]["name"].lower()


def _licence_title(site: Built) -> str:
    return site.package["licenses"][0]["title"]


def _tag(keyword: str) -> str:
    """A keyword as the Hub writes tags."""
    return re.sub(r"[^a-z0-9]+", "-", keyword.lower()).strip("-")


def _name(entry: Mapping[str, Any]) -> str:
    """A table's name, which is that of its configuration."""
    return entry["path"].removesuffix(".parquet")


def _reading(dataset: str, name: str) -> str:
    """The first table, read in two ways."""
    lines = [
        "from datasets import load_dataset",
        f'load_dataset("{dataset}", "{name}", split="{SPLIT}")',
        "",
        "import polars as pl",
        f'pl.read_parquet("hf://datasets/{dataset}/{built.DATA}/{name}.parquet")',
    ]
    return _fenced("\n".join(lines), "python")


def _snapshot(site: Built) -> list[str]:
    """What the edition is made from, and what is known to be wrong with it."""
    snapshot, known = site.edition.snapshot, site.provenance
    rows = {
        "Edition": f"{site.edition.name}, version {site.edition.version} of the project",
        "Snapshot": f"{snapshot.label} ({snapshot.coverage}, {snapshot.kind})",
        "Day": snapshot.date,
        "Repositories": words.number(snapshot.rows),
        "Source": _source(str(known.get("source", snapshot.source)), known.get("commit") or known.get("revision")),
        "sha256": snapshot.sha256,
        "Terms of the source": known.get("licence") or "not stated",
        "Compared": f"{site.edition.subject} with {site.edition.reference}",
    }
    limits = [f"- {safe(words.upper(str(bias)))}" for bias in known.get("known_biases") or []]
    listed = ["Known limits of the snapshot:", "\n".join(limits)] if limits else []
    return ["## Snapshot", table(("", "What this edition is made from"), list(rows.items())), *listed]


def _source(source: str, revision: str | None) -> str:
    """Where the snapshot is from, and which state of it, unless that is said already."""
    return f"{source}, {revision}" if revision and revision not in source else source


def _described(entry: Mapping[str, Any]) -> str:
    """A table's columns, closed until asked for."""
    title = html.escape(f"{_name(entry)}: {words.counted(entry['rowCount'], 'row')}")
    key = f" Key: {', '.join(map(safe, entry['key']))}." if entry["key"] else ""
    columns = [(field["name"], field["type"], field.get("unit", ""), _meaning(field)) for field in entry["columns"]]
    parts = [
        f"<details><summary>{title}</summary>",
        safe(entry["description"]) + key,
        table(("Column", "Type", "Unit", "Meaning"), columns),
        "</details>",
    ]
    return "\n\n".join(parts)


def _meaning(field: Mapping[str, Any]) -> str:
    values = field.get("constraints", {}).get("enum", ())
    listed = f" ({', '.join(values)})" if values else ""
    return f"{field['description'].replace('`', '')}{listed}"


def _fenced(text: str, language: str) -> str:
    """A block of code, fenced by more backticks than the text has in a row."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.strip()}\n{fence}"
