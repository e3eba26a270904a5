"""The downloads are whole, described, licensed and the same twice."""

import csv
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import frictionless
import polars as pl
import pytest
import yaml

from pipeline.base import tables
from pipeline.base.errors import TableError
from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.calculator.schema import MachinePrices
from pipeline.chapters.lineage.schema import Depths, LongestChain
from pipeline.chapters.moe.schema import Moe, MoeShare
from pipeline.report import dictionary, publish
from tests.conftest import Report
from tests.report.linked import linked

STAGES: dict[str, Any] = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def written() -> set[str]:
    """Folders that the stages of dvc.yaml write to data/out."""
    listed = (stage.get("do", stage).get("outs", []) for stage in STAGES.values())
    outs = (out if isinstance(out, str) else next(iter(out)) for every in listed for out in every)
    return {out for out in outs if out.startswith("data/out/")}


def package(paths: Paths) -> dict[str, Any]:
    return json.loads((paths.downloads / "datapackage.json").read_text(encoding="utf-8"))


def tree(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_every_folder_that_a_stage_writes_is_published_from_its_stage(sample: Report) -> None:
    with_tables = {f"data/out/{path.parent.name}" for path in sample.paths.tables().values()}
    missing = (written() & with_tables) - {*STAGES["report"]["deps"], *STAGES["report"]["outs"]}
    assert not missing, f"dvc.yaml, stages.report.deps: add {', '.join(sorted(missing))}"
    assert with_tables <= written()


def test_every_table_has_a_contract_by_its_name(sample: Report) -> None:
    for table in sample.paths.tables():
        assert dictionary.columns(table), table
        assert dictionary.key(table), table
        assert len(dictionary.described(table)) > 15, table


def test_a_table_and_a_register_table_of_one_name_have_contracts_of_their_own() -> None:
    assert dictionary.contract("machines") is MachinePrices
    assert dictionary.contract("moe_share") is MoeShare


def test_a_data_package_of_all_tables_is_valid(sample: Report) -> None:
    found = frictionless.validate(str(sample.paths.downloads / "datapackage.json"))
    assert found.valid, found.flatten(["name", "message"])[:5]
    resources = package(sample.paths)["resources"]
    published = sample.paths.tables()
    assert {entry["path"] for entry in resources} == {
        f"{name}.{form}" for name in published for form in ("csv", "parquet")
    }


def test_the_package_shows_that_a_table_is_damaged(sample: Report, tmp_path: Path) -> None:
    folder = shutil.copytree(sample.paths.downloads, tmp_path / "downloads")
    claims = folder / "claims.csv"
    claims.write_text(claims.read_text(encoding="utf-8").replace("misleading", "splendid"), encoding="utf-8")
    assert not frictionless.validate(str(folder / "datapackage.json")).valid


def test_units_and_descriptions_are_those_of_the_contract(sample: Report) -> None:
    fields = {
        field["name"]: field
        for entry in package(sample.paths)["resources"]
        if entry["path"] == "moe.csv"
        for field in entry["schema"]["fields"]
    }
    for name, column in Moe.columns().items():
        assert fields[name]["description"] == column.description
        assert fields[name].get("unit") == (column.metadata or {}).get("unit")
    assert fields["parameters_total"]["unit"] == "parameters"


def test_the_dictionary_says_what_csv_does_to_formulas(sample: Report) -> None:
    for entry in package(sample.paths)["resources"]:
        assert entry["description"].endswith(tables.CSV_NOTE) == (entry["format"] == "csv")
    assert "apostrophe" in (PROJECT / "book" / "data.md").read_text(encoding="utf-8")


def test_a_name_that_is_a_formula_is_harmless_in_csv_and_whole_in_parquet(tmp_path: Path) -> None:
    path = tmp_path / "longest_chain.parquet"
    ids = ['=HYPERLINK("https://example.org","x")', "a/b"]
    rows = pl.DataFrame({"step": [0, 1], "id": ids, "relation": None, "created_month": None, "in_snapshot": True})
    tables.write(rows, LongestChain, path)
    folder = tmp_path / "downloads"
    folder.mkdir()
    publish.publish_table(path, folder)
    with (folder / "longest_chain.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["id"] for row in csv.DictReader(stream)] == [f"'{ids[0]}", ids[1]]
    assert pl.read_parquet(folder / "longest_chain.parquet")["id"].to_list() == ids


def test_csv_holds_what_parquet_holds(sample: Report) -> None:
    for name in ("claims", "ratios", "bases"):
        table = pl.read_parquet(sample.paths.downloads / f"{name}.parquet")
        with (sample.paths.downloads / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert len(rows) == table.height
        for column in table.columns:
            for text, value in zip((row[column] for row in rows), table[column].to_list(), strict=True):
                match value:
                    case None:
                        assert text == ""
                    case list():
                        assert json.loads(text) == value
                    case bool():
                        assert text == str(value).lower()
                    case int() | float():
                        assert float(text) == value
                    case _:
                        assert text == str(value)


def test_checksums_are_those_of_the_files(sample: Report) -> None:
    found = tree(sample.paths.downloads)
    del found["SHA256SUMS"]
    lines = (sample.paths.downloads / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert listed == found


def test_the_same_tables_give_the_same_bytes(sample: Report, tmp_path: Path) -> None:
    again = linked(sample.paths, tmp_path)
    publish.make(again)
    assert tree(again.downloads) == tree(sample.paths.downloads)


def test_a_table_that_is_too_long_is_published_as_parquet_alone(tmp_path: Path) -> None:
    path = tmp_path / "depths.parquet"
    tables.write(pl.DataFrame({"depth": range(30), "models": range(30), "ghosts": range(30)}), Depths, path)
    folder = tmp_path / "downloads"
    folder.mkdir()
    entries = publish.publish_table(path, folder, csv_rows=29)
    assert [entry["path"] for entry in entries] == ["depths.parquet"]
    assert [column["name"] for column in entries[0]["columns"]] == list(Depths.columns())
    assert not (folder / "depths.csv").exists()


def test_a_table_without_a_contract_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stray.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(
        TableError,
        match=r"no contract for stray\.parquet in data/out: describe it in its chapter’s .* as Stray",
    ):
        publish.publish_table(path, tmp_path)


def test_a_table_of_another_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lineage" / "depths.parquet"
    path.parent.mkdir()
    pl.DataFrame({"depth": [1], "stray": [1]}).write_parquet(path)
    with pytest.raises(TableError, match=r"not those of the contract \(.*stray.*\) in data/out/lineage/depths"):
        publish.publish_table(path, tmp_path)


def test_the_citation_names_the_snapshot_and_no_day_of_building(sample: Report) -> None:
    provenance = tables.read_json(sample.paths.provenance)
    cited = yaml.safe_load((sample.paths.downloads / "CITATION.cff").read_text(encoding="utf-8"))
    edition = f"{provenance['date']}.{provenance['sha256'][:8]}"
    assert cited["version"].endswith(f"+{edition}")
    assert edition in (sample.paths.downloads / "citation.bib").read_text(encoding="utf-8")
    assert package(sample.paths)["version"] == cited["version"]
    assert "date-released" not in cited


def test_authors_of_both_kinds_fit_bibtex() -> None:
    authors = [{"name": "A & B"}, {"family-names": "F", "given-names": "G"}]
    cited = {"title": "100%_T", "version": "1+2026-10-05.abc", "authors": authors, "url": "https://example.org/a_b"}
    entry = publish.bibtex(cited)
    for line in (
        r"author       = {{A \& B} and F, G}",
        r"title        = {{100\%\_T}}",
        r"howpublished = {\url{https://example.org/a_b}}",
        "year         = {2026}",
    ):
        assert line in entry


def test_the_project_states_its_version_once() -> None:
    cited = yaml.safe_load(Paths().citation.read_text(encoding="utf-8"))
    assert f'version = "{cited["version"]}"' in (PROJECT / "pyproject.toml").read_text(encoding="utf-8")


def test_data_and_code_have_licences_of_their_own(sample: Report) -> None:
    text = (sample.paths.downloads / "LICENSE-DATA.txt").read_text(encoding="utf-8")
    assert "Creative Commons Attribution 4.0" in text
    assert tables.read_json(sample.paths.provenance)["licence"] in text
    assert [licence["name"] for licence in package(sample.paths)["licenses"]] == ["CC-BY-4.0"]
