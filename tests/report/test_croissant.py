"""The Croissant document is valid by the vocabulary's own library, and says what the tables' contracts say."""

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.chapters.lineage.schema import Depths
from pipeline.report import croissant, dictionary
from tests.conftest import Report

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, on which the library stands
CITED = {"title": "Made", "authors": [{"name": "A"}, {"given-names": "G", "family-names": "F"}]}


def resource(name: str, form: str) -> dict[str, Any]:
    fields = [
        {"name": "depth", "type": "integer", "description": "Steps", "unit": "edges"},
        {"name": "names", "type": "array", "description": "Names."},
    ]
    described = {"columns": fields, "key": ["depth"]}
    schema = {"schema": {"fields": fields, "primaryKey": ["depth"]}}
    return {
        "name": name if form == "csv" else f"{name}-parquet",
        "description": "Made.",
        "path": f"{name}.{form}",
        "format": form,
        "mediatype": "text/csv" if form == "csv" else "application/vnd.apache.parquet",
        "bytes": 12,
        "hash": "sha256:" + "0" * 64,
        **(schema if form == "csv" else described),
    }


def made(*resources: dict[str, Any], address: str | None = None) -> dict[str, Any]:
    package = {
        "title": "Made: data",
        "description": "Made.",
        "version": "1",
        "licenses": [{"path": "https://example.org/licence"}],
        "keywords": ["made"],
        "resources": list(resources),
    }
    return croissant.document(package, CITED, "2026-10-01", address)


def test_the_library_of_the_vocabulary_accepts_it_and_reads_the_tables(sample: Report) -> None:
    import mlcroissant  # takes two seconds

    dataset = mlcroissant.Dataset(jsonld=str(sample.paths.downloads / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    rows = list(itertools.islice(dataset.records("depths"), 3))
    table = pl.read_parquet(sample.paths.downloads / "depths.parquet")
    assert [row["depths/depth"] for row in rows] == table["depth"].head(3).to_list()


def test_the_library_refuses_a_document_whose_fields_name_no_file(sample: Report, tmp_path: Path) -> None:
    import mlcroissant

    folder = shutil.copytree(sample.paths.downloads, tmp_path / "downloads")
    document = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    document["recordSet"][0]["field"][0]["source"]["fileObject"]["@id"] = "nowhere.csv"
    (folder / "croissant.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))


def test_it_has_every_table_once_with_the_contract_s_columns(sample: Report) -> None:
    document = json.loads((sample.paths.downloads / "croissant.json").read_text(encoding="utf-8"))
    tables = {records["name"]: records for records in document["recordSet"]}
    assert set(tables) == set(sample.paths.tables())
    assert len(document["distribution"]) == len(tables)
    fields = {field["name"]: field for field in tables["depths"]["field"]}
    assert list(fields) == list(Depths.columns())
    for column in dictionary.columns("depths"):
        assert fields[column.name]["description"].startswith(column.description.rstrip("."))
        assert fields[column.name]["dataType"] == croissant.TYPES[column.type]
    assert [key["@id"] for key in tables["depths"]["key"]] == [f"depths/{name}" for name in dictionary.key("depths")]


def test_a_table_that_is_too_long_for_csv_is_there_as_parquet() -> None:
    document = made(resource("long", "parquet"), resource("short", "csv"), resource("short", "parquet"))
    assert [file["@id"] for file in document["distribution"]] == ["long.parquet", "short.csv"]
    long, short = document["recordSet"]
    assert [field["name"] for field in long["field"]] == [field["name"] for field in short["field"]]
    assert long["field"][0]["source"]["fileObject"] == {"@id": "long.parquet"}


def test_units_stand_in_the_description_and_lists_are_texts() -> None:
    depth, names = made(resource("short", "csv"))["recordSet"][0]["field"]
    assert (depth["description"], depth["dataType"]) == ("Steps. Unit: edges.", "sc:Integer")
    assert (names["description"], names["dataType"]) == ("Names.", "sc:Text")


def test_files_are_named_beside_it_or_by_their_address() -> None:
    here, there = made(resource("a", "csv")), made(resource("a", "csv"), address="https://example.org/report")
    assert "url" not in here
    assert here["distribution"][0]["contentUrl"] == "a.csv"
    assert there["url"] == "https://example.org/report/data.html"
    assert there["distribution"][0]["contentUrl"] == "https://example.org/report/data/a.csv"


def test_authors_are_persons_or_organisations() -> None:
    assert made()["creator"] == [{"@type": "Organization", "name": "A"}, {"@type": "Person", "name": "G F"}]
