"""A slip in params.yaml is reported at once, in one line, with the key, the value and the nearest right name."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.base import params
from pipeline.base.errors import ParamsError
from pipeline.base.param_types import Project
from pipeline.base.params import Params
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import names
from tests.conftest import Report

TEXT = (PROJECT / "params.yaml").read_text(encoding="utf-8")
NAMES = names.project(Paths())
MAKE = shutil.which("make")
BAD = "bad parameters in params.yaml: "


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The register and the book of this project; files of a folder of its own."""
    sample = tmp_path / params.SAMPLE
    sample.parent.mkdir(parents=True)
    sample.touch()
    (tmp_path / "hub.parquet").touch()
    return replace(NAMES, root=tmp_path)


def load(text: str | bytes, project: Project) -> Params:
    path = project.root / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return params.load(path, project)


def message(text: str | bytes, project: Project) -> str:
    with pytest.raises(ParamsError) as caught:
        load(text, project)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def changed(**sections: Any) -> str:
    document = yaml.safe_load(TEXT)
    for section, values in sections.items():
        document[section] = document[section] | values if isinstance(values, dict) else values
    return yaml.safe_dump(document)


def test_the_projects_own_parameters_are_in_order(project: Project) -> None:
    assert load(TEXT, project) == names.checked(Paths()), "wherever they stand"


FAMILIES, OWNERS = "pipeline/register/hub/families.csv", "pipeline/register/hub/organisations.csv"
FILE = {"source": "file", "date": "2026-04-22", "coverage": "slice", "path": "hub.parquet"}
OLD = {"date": "2025-10-01", "path": "hub.parquet", "coverage": "slice"}


@pytest.mark.parametrize(
    ("section", "values", "line"),
    [
        ("report", {"subject": "Qwenn"}, f'report.subject: no family "Qwenn" in {FAMILIES} (nearest: Qwen)'),
        ("report", {"reference": "llama"}, f'report.reference: no family "llama" in {FAMILIES} (nearest: Llama)'),
        ("report", {"subject": "Zzz"}, f'report.subject: no family "Zzz" in {FAMILIES}'),
        ("report", {"subject": ""}, f'report.subject: no family "" in {FAMILIES}'),
        ("report", {"subject": "Q\nwen"}, f'report.subject: no family "Q\\nwen" in {FAMILIES} (nearest: Qwen)'),
        ("report", {"subject": "Q" * 99}, f'report.subject: no family "{"Q" * 56}... in {FAMILIES}'),
        ("report", {"subject": 3}, "report.subject: 3 is no text"),
        ("report", {"subject": "Llama"}, "report.subject and report.reference must differ"),
        (
            "report",
            {"grouping": "organisation", "subject": "Alibabba", "reference": "Meta"},
            f'report.subject: no organisation "Alibabba" in {OWNERS} (nearest: Alibaba)',
        ),
        (
            "report",
            {"grouping": "familly"},
            'report.grouping: "familly" is none of family, organisation (nearest: family)',
        ),
        (
            "report",
            {"subject": "Qwenn", "reference": "Lama"},
            f'report.subject: no family "Qwenn" in {FAMILIES} (nearest: Qwen); '
            f'report.reference: no family "Lama" in {FAMILIES} (nearest: Llama)',
        ),
        ("report", {"subjct": "Qwen"}, "report.subjct is unknown (nearest: subject)"),
        (
            "thesis",
            {"benchmark": "MMLUU"},
            'thesis.benchmark: no benchmark "MMLUU" in pipeline/register/moment/benchmarks.csv (nearest: MMLU)',
        ),
        (
            "thesis",
            {"metric": "5-shots percent"},
            'thesis.metric: no metric of MMLU "5-shots percent" in pipeline/register/moment/benchmarks.csv '
            "(nearest: 5-shot percent)",
        ),
        ("thesis", {"significance": "0.05"}, 'thesis.significance: "0.05" is no number'),
        ("thesis", {"significance": 1}, "thesis.significance: 1 is not less than 1.0"),
        ("thesis", {"significance": float("nan")}, "thesis.significance: NaN is not less than 1.0"),
        (
            "cost",
            {"compared_run": "deepsek-v3"},
            'cost.compared_run: no training run "deepsek-v3" in pipeline/register/cost/training_runs.csv '
            "(nearest: deepseek-v3)",
        ),
        (
            "cost",
            {"serving_accelerator": "H1000"},
            'cost.serving_accelerator: no accelerator "H1000" in pipeline/register/cost/accelerators.csv '
            "(nearest: H100)",
        ),
        (
            "moe",
            {"model": "deepseek-ai/DeepSek-V3"},
            'moe.model: no configuration "deepseek-ai/DeepSek-V3" in pipeline/register/hub/configurations.csv '
            "(nearest: deepseek-ai/DeepSeek-V3)",
        ),
        ("moe", {"bits": 0}, "moe.bits: 0 is less than 1"),
        ("cost", {"price_window_months": "12"}, 'cost.price_window_months: "12" is no whole number'),
        ("cost", {"price_window_months": 12.5}, "cost.price_window_months: 12.5 is no whole number"),
        ("cost", {"price_window_months": True}, "cost.price_window_months: true is no whole number"),
        ("cost", {"price_window_months": 0}, "cost.price_window_months: 0 is less than 1"),
        (
            "derivatives",
            {"headline": ["family.shape", "family.shapes"]},
            'derivatives.headline.1: no definition "family.shapes" in pipeline/counting/definitions.py '
            "(nearest: family.shape)",
        ),
        (
            "derivatives",
            {"monthly": ["family.declared.direct"]},
            'derivatives.monthly.0: no definition "family.declared.direct" in pipeline/counting/definitions.py '
            "(nearest: family.declared.direct.all)",
        ),
        ("derivatives", {"headline": []}, "derivatives.headline is empty"),
        ("derivatives", {"headline": "family.shape"}, 'derivatives.headline: "family.shape" is no list'),
        ("derivatives", {"minimum_derivatives": -1}, "derivatives.minimum_derivatives: -1 is less than 1"),
        (
            "derivatives",
            {"minimum_derivatives": 10**30},
            f"derivatives.minimum_derivatives: {10**30} is more than 1000000000",
        ),
        ("anatomy", {"half_life_derivatives": 0}, "anatomy.half_life_derivatives: 0 is less than 2"),
        ("explorer", {"listed": 0}, "explorer.listed: 0 is less than 1"),
        ("site", {"adress": None}, "site.adress is unknown (nearest: address)"),
        *(
            ("site", {name: value}, f'site.{name}: "{value}" is no address, write it like "https://example.org/report"')
            for name, value in [
                ("address", "example.org/report"),
                ("address", "file:///tmp/report"),
                ("address", "https://example.org/?page=2"),
                ("address", "https://a:b@example.org"),
                ("address", "https://example.org/a report"),
                ("repository", "javascript:alert(1)"),
                ("repository", ""),
            ]
        ),
        ("site", {"address": 3}, "site.address: 3 is no text"),
        ("notebooks", {"derivatives": {"top_families": 0}}, "notebooks.derivatives.top_families: 0 is less than 1"),
        ("notebooks", {"moe": {"largest": "40"}}, 'notebooks.moe.largest: "40" is no whole number'),
        ("notebooks", {"moe": 40}, "notebooks.moe: 40 is no section"),
        (
            "notebooks",
            {"derivatives": {"top_familes": 10}},
            'notebooks.derivatives: no parameter of derivatives "top_familes" in book/derivatives.md '
            "(nearest: top_families)",
        ),
        ("notebooks", {"indx": {}}, 'notebooks.indx: no page "indx" in book/myst.yml (nearest: index)'),
        (
            "snapshot",
            {"source": "sampel"},
            'snapshot.source: "sampel" is none of sample, file, listing, hub-stats, hub-weekly, hub-api '
            "(nearest: sample)",
        ),
        (
            "editions",
            ["census-2024-08"],
            'editions.0: no edition "census-2024-08" in published (nearest: census-2024-07)',
        ),
        ("editions", ["flow-2026-08"] * 2, "editions holds flow-2026-08 twice"),
        ("snapshot", {"colour": "blue"}, "snapshot.colour is unknown"),
        ("snapshot", {"details": "yes"}, 'snapshot.details: "yes" is neither true nor false'),
        ("snapshot", {"history": 2025}, "snapshot.history: 2025 is no list"),
        ("snapshot", {"history": [2025]}, 'snapshot.history.0: 2025 is no day, write it like "2026-10-01"'),
        ("snapshot", {"history": ["20251001"]}, 'snapshot.history.0: "20251001" is no day, write it like "2026-10-01"'),
        ("snapshot", {"date": "2026-02-30"}, 'snapshot.date: "2026-02-30" is no day, write it like "2026-10-01"'),
        (
            "snapshot",
            {"history": ["2025-10-01"] * 2},
            "snapshot.history and snapshot.history_files hold 2025-10-01 twice",
        ),
        (
            "snapshot",
            {"source": "hub-api", "filters": {"families": ["Quen"]}},
            f'snapshot.filters.families.0: no family "Quen" in {FAMILIES} (nearest: Qwen)',
        ),
        (
            "snapshot",
            {"source": "hub-api", "filters": {"organisations": ["Alibaba", "Qwen", "deepseek-ia"]}},
            f'snapshot.filters.organisations.2: no organisation or namespace "deepseek-ia" in {OWNERS} '
            "(nearest: deepseek-ai)",
        ),
        ("snapshot", FILE | {"path": None}, "snapshot.path: null is no text"),
        ("snapshot", FILE | {"path": "hub.parqet"}, 'snapshot.path: no file "hub.parqet" (nearest: hub.parquet)'),
        ("snapshot", FILE | {"path": "nowhere/hub.parquet"}, 'snapshot.path: no file "nowhere/hub.parquet"'),
        ("snapshot", FILE | {"path": "/nowhere/hub.parquet"}, 'snapshot.path: no file "/nowhere/hub.parquet"'),
        ("snapshot", FILE | {"path": "pipeline"}, 'snapshot.path: "pipeline" is a folder, name a Parquet file'),
        ("snapshot", FILE | {"path": ""}, 'snapshot.path: "" is a folder, name a Parquet file'),
        (
            "snapshot",
            FILE | {"path": "~/hub.parquet"},
            'snapshot.path: "~/hub.parquet" begins with ~, write the whole path of the file',
        ),
        ("snapshot", FILE | {"path": "x" * 999}, f'snapshot.path: "{"x" * 56}... cannot be read (File name too long)'),
        (
            "snapshot",
            {"path": "hub.parquet"},
            'snapshot.path names "hub.parquet", which snapshot.source sample does not read: '
            "set snapshot.source to file or listing, or snapshot.path to pipeline/snapshot/sample/models.parquet",
        ),
        (
            "snapshot",
            FILE | {"path": params.SAMPLE},
            "snapshot.path names the embedded sample: name a file, or set snapshot.source to sample",
        ),
        ("snapshot", {"revision": "abc"}, 'snapshot.revision: "abc" is no full commit hash of 40 hexadecimal digits'),
        ("snapshot", FILE | {"date": None}, "snapshot.date must be set when snapshot.source is file"),
        ("snapshot", FILE | {"coverage": None}, "snapshot.coverage must be set when snapshot.source is file"),
        (
            "snapshot",
            {"history_files": [OLD | {"path": "nowhere.parquet"}]},
            'snapshot.history_files.0.path: no file "nowhere.parquet"',
        ),
        (
            "snapshot",
            {"history_files": [OLD | {"coverag": "slice"}]},
            "snapshot.history_files.0.coverag is unknown (nearest: coverage)",
        ),
    ],
)
def test_a_slip_is_one_line_with_the_key_the_value_and_the_nearest_right_name(
    section: str, values: Any, line: str, project: Project
) -> None:
    assert message(changed(**{section: values}), project) == BAD + line


def test_the_address_of_the_site_ends_without_a_slash_so_that_files_can_follow(project: Project) -> None:
    named = {"address": "https://example.org:8080/a~b/report/", "repository": "https://example.org/o-w.n/er/"}
    found = load(changed(site=named), project).site
    assert (found.address, found.repository) == ("https://example.org:8080/a~b/report", "https://example.org/o-w.n/er")


def test_slips_of_several_sections_are_reported_together(project: Project) -> None:
    text = changed(report={"subject": "Qwenn"}, explorer={"listed": 0}, snapshot={"path": "nowhere.parquet"})
    assert message(text, project) == (
        f'{BAD}snapshot.path: no file "nowhere.parquet"; '
        f'report.subject: no family "Qwenn" in {FAMILIES} (nearest: Qwen); explorer.listed: 0 is less than 1'
    )


def test_of_many_slips_the_first_are_reported(project: Project) -> None:
    text = TEXT.replace("\nthesis: ", "\n# thesis: ")  # its keys come under the section before
    line = message(text, project)
    assert line.startswith(f"{BAD}vendors.minimum_releases is unknown; vendors.minimum_families is unknown; ")
    assert line.endswith("; and 2 more")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "  date: null",
            "\tdate: null",
            "not valid YAML in params.yaml, line 5, column 1: a tab cannot stand here, use spaces",
        ),
        (
            "  source: sample",
            "  source: [sample",
            "not valid YAML in params.yaml, line 5, column 3: expected ',' or ']', but got '<scalar>'",
        ),
        ("date: null", "date: 2026-10-01", f'{BAD}snapshot.date: 2026-10-01 in line 5 needs quotes: "2026-10-01"'),
        (
            "history: []",
            "history: [2026-02-30]",
            f'{BAD}snapshot.history.0: 2026-02-30 in line 18 needs quotes: "2026-02-30"; '
            'snapshot.history.0: "2026-02-30" is no day, write it like "2026-10-01"',
        ),
        (
            "  date: null",
            "  source: file\n  date: null",
            f"{BAD}snapshot.source stands twice, in lines 4 and 5; "
            "snapshot.coverage must be set when snapshot.source is file",
        ),
        (
            "source: sample",
            "source: !!int many",
            "not valid YAML in params.yaml: a value cannot be read (invalid literal for int() with base 10: 'many')",
        ),
        ("source: sample", "source: " + "[" * 2_000, "not valid YAML in params.yaml: it is nested too deeply"),
        (
            "source: sample",
            "source: \0",
            "not valid YAML in params.yaml, line 4: the character U+0000 cannot stand here",
        ),
        (TEXT, "", "no sections in params.yaml: restore it from the repository"),
        (TEXT, "# nothing\n", "no sections in params.yaml: restore it from the repository"),
        (TEXT, "- a\n- b\n", "no sections in params.yaml: restore it from the repository"),
        (TEXT, "a: 1\n---\nb: 2\n", "not valid YAML in params.yaml, line 2, column 1: but found another document"),
    ],
    ids=range(12),
)
def test_what_is_no_yaml_is_one_line_with_the_place(old: str, new: str, line: str, project: Project) -> None:
    assert message(TEXT.replace(old, new, 1), project) == line


def test_a_file_that_is_not_utf_8_is_reported_with_the_line(project: Project) -> None:
    text = TEXT.replace("Qwen", "Müller").encode("latin-1")
    line = TEXT[: TEXT.index("Qwen")].count("\n") + 1
    assert message(text, project) == f"not text in UTF-8 in params.yaml, line {line}: save it as UTF-8"


def test_a_mark_of_byte_order_is_no_slip(project: Project) -> None:
    assert load(b"\xef\xbb\xbf" + TEXT.encode(), project) == load(TEXT, project)


def test_a_missing_file_and_a_folder_in_its_place_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    with pytest.raises(ParamsError, match=r"^no params\.yaml: restore it from the repository$"):
        params.load(path)
    path.mkdir()
    with pytest.raises(ParamsError, match=r"^params\.yaml cannot be read \(Is a directory\): restore the file"):
        params.load(path)


@pytest.mark.parametrize(
    ("page", "known"),
    [
        (
            "```{code-cell} ipython3\n:tags: [parameters, remove-cell]\n\ntop = 10\nleast: int = 3\n```\n",
            {"top", "least"},
        ),
        ("```{code-cell}\n:tags: [parameters]\n\nsubject = asked.report.subject\ntop = 10\n```\n", {"top"}),
        ("```{code-cell}\n---\ntags: [parameters]\n---\ntop = 10\n```\n", {"top"}),
        ("```{code-cell}\n:tags: [remove-input]\n\ntop = 10\n```\n", set()),
        ("```{code-cell}\nparameters = 1\n```\nIn prose: top = 10\n", set()),
    ],
)
def test_a_page_has_the_parameters_that_its_tagged_cell_assigns(page: str, known: set[str]) -> None:
    assert names.parameters_of(page) == known


@pytest.mark.parametrize(
    ("stage", "command_name"),
    [("params", "params"), ("snapshot", "snapshot"), ("notebooks index", "notebooks"), ("site", "site")],
)
def test_every_command_reports_a_slip_before_it_does_anything(stage: str, command_name: str, report: Report) -> None:
    report.set(report={"subject": "Qwenn"})
    command = [sys.executable, "-m", "pipeline", *stage.split()]
    done = subprocess.run(command, cwd=report.paths.root, capture_output=True, text=True, check=False)
    line = f'{command_name}: {BAD}report.subject: no family "Qwenn" in {FAMILIES} (nearest: Qwen)\n'
    assert (done.returncode, done.stderr, done.stdout) == (1, line, "")
    assert not (report.paths.root / "data").exists()
    assert not report.paths.executed.exists()


@pytest.mark.skipif(MAKE is None, reason="GNU make is not installed")
@pytest.mark.parametrize("text", [changed(report={"subject": "Qwenn"}), "report: [\n\t"], ids=["a slip", "no YAML"])
def test_make_site_reports_a_slip_before_it_builds(text: str, report: Report) -> None:
    root = report.paths.root
    shutil.copy(PROJECT / "Makefile", root)
    report.paths.params.write_text(text, encoding="utf-8")
    outside = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    environment = outside | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(MAKE), "--assume-old=setup", "site"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    message, by_make = done.stderr.splitlines()
    assert message.startswith("params: ")
    assert by_make.startswith("make")
    assert not done.stdout
    assert not (root / "data").exists()


@pytest.mark.parametrize("key", ["path", "history", "history_files", "label", "filters"])
def test_a_key_that_dvc_needs_has_no_default(key: str, project: Project) -> None:
    document = yaml.safe_load(TEXT)
    del document["snapshot"][key]
    line = message(yaml.safe_dump(document), replace(project, keys=names.keys_of_dvc(PROJECT / "dvc.yaml")))
    assert line == f"{BAD}snapshot.{key} is missing"


def test_a_merged_key_may_be_overridden(project: Project) -> None:
    text = TEXT.replace("\nvendors:\n", "\nvendors:\n  <<: {stopped_months: 6}\n")
    assert text != TEXT
    assert load(text, project).vendors == load(TEXT, project).vendors


def test_a_value_that_is_no_json_is_shown_all_the_same(project: Project) -> None:
    text = TEXT.replace("  subject: Qwen", "  subject: {? !!binary aGVsbG8= : 1}")
    assert message(text, project).startswith(f"{BAD}report.subject: ")
