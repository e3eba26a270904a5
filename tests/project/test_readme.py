"""The README says what the build says, and documents what exists."""

import importlib
import re
import subprocess
import sys
from typing import Any

import dataframely as dy
import pytest
import yaml

from pipeline.base.params import Params
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import dictionary
from tests.project.test_stages import STAGES

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_finding_is_the_samples(sample: Any) -> None:
    quoted = re.search(r"<!-- finding -->\n(.*?)\n<!-- /finding -->", README, re.DOTALL)
    assert quoted
    for key in ("opening.sentence", "opening.but", "claims.sentence", "snapshot.rows"):
        assert sample.text(key) in quoted.group(1), "run `.venv/bin/python scripts/readme.py` after `make site`"


def test_the_figure_is_the_samples() -> None:
    if "ratios" not in Paths().tables():
        pytest.skip("no build in data/: run make site first")
    if yaml.safe_load((PROJECT / "params.yaml").read_text(encoding="utf-8"))["snapshot"]["source"] != "sample":
        pytest.skip("params.yaml names another snapshot than the README, which quotes the embedded sample")
    command = [sys.executable, str(PROJECT / "scripts" / "readme.py"), "--check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_graph_shows_every_stage() -> None:
    drawn = re.search(r"<!-- graph -->\n(.*?)\n<!-- /graph -->", README, re.DOTALL)
    assert drawn
    shown = set(re.findall(r"\w+", drawn.group(1)))
    computed = {name for name, stage in STAGES.items() if "matrix" not in stage}
    assert computed <= shown, "run `.venv/bin/python scripts/readme.py` after `make site`"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_place_that_a_document_names_exists(document: str) -> None:
    """But the results, which are built, and the chapter that a recipe makes."""
    text = (PROJECT / document).read_text(encoding="utf-8")
    places = set(re.findall(r"(?<![\w/.])(?:pipeline|book|tests|scripts|published)/[\w./-]*\w/?", text))
    assert len(places) > 10
    missing = {place for place in places if not (PROJECT / place).exists() and not re.search("licences|^book/_", place)}
    assert missing == set()


def test_every_stage_has_a_description_and_names_files_that_exist() -> None:
    built = {out if isinstance(out, str) else next(iter(out)) for stage in STAGES.values() for out in stage["outs"]}
    for name, stage in STAGES.items():
        assert stage["desc"], name
        for needed in stage["deps"]:
            exists = (
                (PROJECT / needed).exists()
                or needed in built
                or any(o.startswith(f"{needed}/") or needed.startswith(f"{o}/") for o in built)
            )
            assert exists or "${" in needed, f"{name} depends on {needed}"


def test_every_table_and_column_is_described() -> None:
    for name, schema in contracts():
        assert schema.__doc__, name
        assert schema.primary_key(), f"{name} has no key"
        for column, contract in schema.columns().items():
            assert contract.description, f"{name}.{column}"


def test_a_contract_is_found_by_its_name_alone() -> None:
    found = contracts()
    assert len(dict(found)) == len(found), "two modules have a contract of one name"


def test_the_dictionary_knows_the_contracts_of_every_chapter() -> None:
    known = {module.__name__ for module in dictionary.CONTRACTS}
    assert known >= {module for module in SCHEMAS if module.startswith("pipeline.chapters.")}


SCHEMAS = sorted(
    ".".join(path.relative_to(PROJECT).with_suffix("").parts) for path in (PROJECT / "pipeline").rglob("schema*.py")
)


def contracts() -> list[tuple[str, type[dy.Schema]]]:
    """Name and contract, as the modules have them that are called schema."""
    return [
        (name, found)
        for module in SCHEMAS
        for name, found in vars(importlib.import_module(module)).items()
        if isinstance(found, type) and issubclass(found, dy.Schema) and found.__module__ == module
    ]


def test_every_parameter_is_in_the_file_and_known() -> None:
    document = yaml.safe_load((PROJECT / "params.yaml").read_text(encoding="utf-8"))
    assert set(document) == set(Params.model_fields)
    for section, model in Params.model_fields.items():
        fields = getattr(model.annotation, "model_fields", None)
        if fields:
            assert set(document[section]) == set(fields), section
