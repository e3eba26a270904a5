"""The downloads: every table of data/out as files to keep, with what each means, its licence and its checksum.

The folder `data/out/downloads/` has, for every table, Parquet (the pipeline's own file) and CSV, and besides them
- `datapackage.json`, a Data Package of all tables: columns with type, unit and description, keys, sizes, hashes;
- `croissant.json`, the same for catalogues of data for machine learning;
- `edition.json` (the report in few numbers, what `make diff` compares) and `provenance.json` (the snapshot);
- `LICENSE-DATA.txt`, with the terms of the snapshot's source; `CITATION.cff` and `citation.bib` for this edition;
- `SHA256SUMS`, which `sha256sum --check` reads.
The site has a copy of the folder under `data/`, so a table keeps its address from edition to edition.

Assumptions and steps
1. Every table of data/out is public. It must have a contract, and the file must have the contract's columns.
2. CSV as `tables.csv_text` has it: lists as JSON text, an apostrophe before text that a spreadsheet would run as a
   formula, a sign in the place of control characters, nulls as empty cells, an empty text as `""`.
3. Tables of more rows than `CSV_ROWS` are published as Parquet alone, for the site's sake.
4. No clock time: an edition is named by the snapshot's day and hash, so the same build gives the same bytes.

Known drawback: programs that take an empty cell and `""` for the same read empty texts as missing.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipeline.base import files, tables
from pipeline.base.errors import TableError
from pipeline.base.paths import Paths
from pipeline.report import croissant, dictionary, editions
from pipeline.report.editions import Edition

CSV_ROWS = 100_000
"""A CSV of so many rows takes some ten megabytes; larger tables are published as Parquet alone."""
LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0 International",
}


def make(paths: Paths, address: str | None = None) -> None:
    """Write data/out/downloads/ anew; a failure leaves the old folder. Raises TableError where nothing is built.

    address: of the site, if it is known.
    """
    provenance = tables.read_json(paths.provenance)
    edition = editions.of_build(paths)
    with files.replacing_folder(paths.downloads) as folder:
        resources = [entry for _, path in sorted(paths.tables().items()) for entry in publish_table(path, folder)]
        shutil.copyfile(paths.edition, folder / "edition.json")
        shutil.copyfile(paths.provenance, folder / "provenance.json")
        _write(folder / "LICENSE-DATA.txt", licence(paths.data_licence.read_text(encoding="utf-8"), provenance))
        cited = citation(paths, edition)
        _write(folder / "CITATION.cff", yaml.safe_dump(cited, allow_unicode=True, sort_keys=False, width=110))
        _write(folder / "citation.bib", bibtex(cited))
        described = package(resources, cited, edition, provenance)
        tables.write_json(described, folder / "datapackage.json")
        tables.write_json(
            croissant.document(described, cited, edition.snapshot.date, address), folder / "croissant.json"
        )
        _write(folder / "SHA256SUMS", checksums(folder))


# ------------------------------------------------------------------------------------------- tables


def publish_table(path: Path, folder: Path, *, csv_rows: int = CSV_ROWS) -> list[dict[str, Any]]:
    """Copy a table as Parquet and write it as CSV unless it is too long; returns its entries in the Data Package.

    Raises TableError for a table without a contract or with other columns than its contract.
    """
    name = path.stem
    kinds = pl.read_parquet_schema(path)
    expected = [column.name for column in dictionary.columns(name)]
    if list(kinds) != expected:
        odd = sorted(set(kinds) ^ set(expected)) or ["their order"]
        raise TableError(
            f"columns are not those of the contract ({', '.join(odd)})",
            where=f"data/out/{path.parent.name}/{path.name}",
            next_step="run `make site`, or remove the file if no stage writes it any more",
        )
    shutil.copyfile(path, folder / path.name)
    rows = pl.scan_parquet(path).select(pl.len()).collect().item()
    if rows <= csv_rows:
        _write(folder / f"{name}.csv", tables.csv_text(pl.read_parquet(path)))
    return [resource(file, rows) for file in (folder / f"{name}.csv", folder / path.name) if file.exists()]


def resource(file: Path, rows: int) -> dict[str, Any]:
    """A file's entry in the Data Package; a Parquet file carries its columns itself."""
    name = file.stem
    is_csv = file.suffix == ".csv"
    entry: dict[str, Any] = {
        "name": name if is_csv else f"{name}-parquet",
        "title": name.replace("_", " ").capitalize() + ("" if is_csv else " (Parquet)"),
        "description": dictionary.described(name),
        "path": file.name,
        "format": file.suffix.removeprefix("."),
        "mediatype": "text/csv" if is_csv else "application/vnd.apache.parquet",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{files.sha256(file)}",
        "rowCount": rows,
    }
    described = {"fields": fields(name), "primaryKey": dictionary.key(name), "missingValues": [""]}
    if is_csv:
        return entry | {
            "description": f"{entry['description']} {tables.CSV_NOTE}",
            "profile": "tabular-data-resource",
            "encoding": "utf-8",
            "schema": described,
        }
    # Not "schema": validators would open the file for it, and most cannot read Parquet.
    return entry | {"type": "file", "columns": fields(name), "key": dictionary.key(name)}


def fields(table: str) -> list[dict[str, Any]]:
    """A table's columns as fields of a Table Schema, with their units."""
    found = []
    for column in dictionary.columns(table):
        field: dict[str, Any] = {"name": column.name, "type": column.type, "description": column.description}
        if column.unit:
            field["unit"] = column.unit
        limits: dict[str, Any] = {"required": True} if column.required and column.type != "string" else {}
        if column.values:
            limits["enum"] = list(column.values)
        found.append(field | ({"constraints": limits} if limits else {}))
    return found


# ---------------------------------------------------------------------------------------- documents


def package(
    resources: list[dict[str, Any]], cited: dict[str, Any], edition: Edition, provenance: dict[str, Any]
) -> dict[str, Any]:
    """The Data Package."""
    return {
        "profile": "data-package",
        "name": "open-source-as-infrastructure",
        "title": f"{cited['title']}: data",
        "description": cited["abstract"],
        "version": cited["version"],
        "licenses": [LICENCE],
        "keywords": cited["keywords"],
        "sources": [
            {
                "title": f"Hugging Face Hub, {edition.snapshot.label} ({edition.snapshot.coverage})",
                "path": "provenance.json",
                "licence": provenance["licence"],
                "sha256": edition.snapshot.sha256,
                "date": edition.snapshot.date,
            }
        ],
        "resources": resources,
    }


def citation(paths: Paths, edition: Edition) -> dict[str, Any]:
    """The project's citation as that of this edition's data; its version names the snapshot."""
    project = yaml.safe_load(paths.citation.read_text(encoding="utf-8"))
    return {
        "cff-version": project["cff-version"],
        "message": "If you use these tables, please cite them with the edition in the version.",
        "type": "dataset",
        "title": project["title"],
        "abstract": project["abstract"],
        "version": f"{edition.version}+{edition.name}",
        "authors": project["authors"],
        "license": "CC-BY-4.0",
        "keywords": project["keywords"],
        **{key: project[key] for key in ("url", "repository-code", "doi") if key in project},
    }


def bibtex(cited: dict[str, Any]) -> str:
    """The citation for BibTeX; a part that the citation lacks is left out."""
    address = cited.get("url") or cited.get("repository-code")
    values = {
        "author": " and ".join(_author(author) for author in cited["authors"]),
        "title": f"{{{_tex(cited['title'])}}}",
        "version": cited["version"],
        "year": cited["version"].partition("+")[2][:4],
        "howpublished": f"\\url{{{address}}}" if address else None,
        "doi": cited.get("doi"),
        "note": f"Snapshot of the Hugging Face Hub of {cited['version'].partition('+')[2][:10]}. Licence: CC BY 4.0",
    }
    lines = ",\n".join(f"  {name:12} = {{{value}}}" for name, value in values.items() if value)
    return f"@misc{{open-source-as-infrastructure,\n{lines}\n}}\n"


def _author(author: dict[str, str]) -> str:
    """`Family, Given` of a person; an entity in braces, so that it is not taken apart."""
    if "family-names" in author:
        return ", ".join(_tex(author[key]) for key in ("family-names", "given-names") if key in author)
    return f"{{{_tex(author['name'])}}}"


def _tex(text: str) -> str:
    """Text with the characters escaped that TeX takes for commands."""
    return re.sub(r"([&%$#_])", r"\\\1", text)


def licence(text: str, provenance: dict[str, Any]) -> str:
    """The data's licence, with what the snapshot's source says of its own terms."""
    return (
        f"{text.rstrip()}\n\nThe snapshot: {provenance['label']} ({provenance['coverage']}), {provenance['date']}\n"
        f"Its source: {provenance['source']}\nIts terms, as the source states them: "
        f"{provenance.get('licence') or 'not stated'}\n"
    )


def checksums(folder: Path) -> str:
    """Lines for `sha256sum --check`."""
    return "".join(f"{files.sha256(file)}  {file.name}\n" for file in sorted(folder.iterdir()))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
