"""dvc.yaml lists what its stages depend on: DVC runs a stage again only when a listed dependency changed."""

import ast
import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import snapshot
from pipeline.__main__ import CHAPTERS, module_of
from pipeline.base import params as parameters
from pipeline.base.paths import PROJECT, Paths, register_table
from pipeline.report.names import PAGE
from tests.benchmarks import stage_settings
from tests.conftest import DATA_STAGES, Report, outputs

PLUMBING = {
    "pipeline.base.contracts",  # finds a contract by its name
    "pipeline.base.errors",  # how a stage ends that fails
    "pipeline.base.files",  # writes whole files or none, and no other bytes
    "pipeline.base.interrupts",  # how a stage ends that is interrupted
    "pipeline.base.param_types",  # what a parameter may be
    "pipeline.base.params",  # each parameter is listed by itself
    "pipeline.base.paths",  # where the dependencies lie
    "pipeline.base.strict_yaml",  # refuses what YAML allows
}
"""Modules that change no result, so a change of theirs rebuilds nothing. All others must be dependencies."""


STAGES: dict[str, dict[str, Any]] = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
PAGES = PAGE.findall((PROJECT / "book" / "myst.yml").read_text(encoding="utf-8"))
OF_PAGES = "notebooks"
"""The stage that executes them all."""


def below(path: str, stage: str) -> bool:
    """Whether a file is one of the stage's dependencies, or lies in one."""
    return any(path == listed or path.startswith(f"{listed}/") for listed in STAGES[stage]["deps"])


# ------------------------------------------------------------------------------------------ modules


def file_of(module: str) -> Path | None:
    """The file of one of the project's modules."""
    stem = PROJECT.joinpath(*module.split("."))
    return next((file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.exists()), None)


def imported(code: str) -> Iterator[str]:
    """The project's modules that a piece of code imports, at any depth."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "pipeline" and file_of(name))


@cache
def imports(file: Path) -> frozenset[str]:
    """The project's modules that a file imports."""
    return frozenset(imported(file.read_text(encoding="utf-8")))


@cache
def all_imports(code: str) -> frozenset[str]:
    """The modules that a piece of code imports, and all that those import; plumbing leads nowhere."""
    found, waiting = set[str](), list(imported(code))
    while waiting:
        module = waiting.pop()
        file = file_of(module)
        if file and module not in found | PLUMBING:
            found.add(module)
            waiting += imports(file)
    return frozenset(found - {"pipeline.register"})  # it names what stands in `lookup`, which is followed


def code_of(stage: str) -> str:
    """What a stage runs: its module, and the cells of its page."""
    modules = [module_of(STAGES[stage]["cmd"].split()[2])]
    if stage == "snapshot":  # imports the source that params.yaml names
        modules += [f"pipeline.snapshot.{source}" for source in snapshot.MODULES.values()]
    code = [cell for page in PAGES for cell in cells(page)] if stage == OF_PAGES else []
    return "\n".join([*(f"import {module}" for module in modules), *code])


def cells(page: str) -> list[str]:
    """The code of a page."""
    text = (PROJECT / "book" / f"{page}.md").read_text(encoding="utf-8")
    found = re.findall(r"^```\{code-cell\}[^\n]*\n((?::[^\n]*\n)*)(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [code for _, code in found]


@cache
def says_something(file: Path) -> bool:
    """Whether a module has code: a package need not."""
    return any(not isinstance(node, ast.Expr) for node in ast.parse(file.read_text(encoding="utf-8")).body)


def files_of(modules: Iterable[str]) -> set[str]:
    """Their files, without packages that only say what they are for."""
    files = {file for module in modules if (file := file_of(module))}
    return {file.relative_to(PROJECT).as_posix() for file in files if says_something(file)}


@pytest.mark.parametrize("stage", STAGES)
def test_every_module_that_a_stage_imports_is_its_dependency(stage: str) -> None:
    missing = {file for file in files_of(all_imports(code_of(stage))) if not below(file, stage)}
    assert not missing, f"dvc.yaml, stages.{stage}.deps: add {', '.join(sorted(missing))}"


@pytest.mark.parametrize("stage", STAGES)
def test_no_code_is_a_dependency_that_a_stage_does_not_import(stage: str) -> None:
    read = files_of(all_imports(code_of(stage)))
    found = [listed for listed in STAGES[stage]["deps"] if is_code(listed) and not holds(listed, read)]
    assert not found, f"dvc.yaml, stages.{stage}.deps: remove {', '.join(found)}"


def holds(listed: str, files: set[str]) -> bool:
    """Whether a dependency is one of the files, or a folder that has one."""
    return any(f"{file}/".startswith(f"{listed}/") for file in files)


def is_code(path: str) -> bool:
    """A module or a folder of modules; of the register's folders `lookup` alone is one, the others hold tables."""
    return (
        path.endswith(".py")
        or path == "pipeline/register/lookup"
        or (path.startswith("pipeline/") and not path.startswith("pipeline/register") and not path.endswith(".yaml"))
    )


# -------------------------------------------------------------------------------------------- pages


def loads(page: str) -> Iterator[tuple[str, list[str]]]:
    """What the cells of a page load: the function of `load`, and the names that it is asked for."""
    for node in ast.walk(ast.parse("\n".join(cells(page)))):
        if isinstance(node, ast.Call) and (asked := re.fullmatch(r"load\.(\w+)", ast.unparse(node.func))):
            yield asked[1], [ast.literal_eval(name) for name in node.args]


def read_by(page: str, paths: Paths) -> set[str]:
    """The files that the cells of a page load, from the project's root."""
    found = set[Path]()
    for function, names in loads(page):
        if function == "params":
            continue  # DVC knows parameters by their keys
        if function == "table":
            found |= {paths.tables()[name] for name in names}
        elif function == "register":
            found |= {register_table(name, paths.register) for name in names}
        elif function == "paths":  # for `load_repositories`, which reads the core tables
            found |= set(paths.core.iterdir())
        elif function == "document":
            found |= {paths.out / f"{name}.json" for name in names}
        elif function == "facts":
            found |= {paths.out / chapter / "facts.json" for chapter in ("hub", *names)}
        else:
            assert function in ("package", "download"), f"{page}: load.{function} is not known here"
            found.add(paths.downloads)
    return {path.relative_to(paths.root).as_posix() for path in found}


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_loads_is_a_dependency(page: str, sample: Report) -> None:
    missing = {path for path in read_by(page, sample.paths) if not below(path, OF_PAGES)}
    assert not missing, f"dvc.yaml, stages.{OF_PAGES}.deps: add {', '.join(sorted(missing))}"


def test_no_result_is_a_dependency_that_no_page_loads(sample: Report) -> None:
    read = {path for page in PAGES for path in read_by(page, sample.paths)}
    results = [listed for listed in STAGES[OF_PAGES]["deps"] if listed.startswith(("data/", "pipeline/register/"))]
    found = [listed for listed in results if not is_code(listed) and not holds(listed, read)]
    assert not found, f"dvc.yaml, stages.{OF_PAGES}.deps: remove {', '.join(found)}"


def test_a_page_has_a_place_in_the_book_and_its_parameters() -> None:
    known = yaml.safe_load((PROJECT / "params.yaml").read_text(encoding="utf-8"))["notebooks"]
    sources = {path.stem for path in (PROJECT / "book").glob("*.md")}
    assert set(PAGES) == set(known) == sources


def test_the_stage_of_the_pages_depends_on_each_and_makes_them_all() -> None:
    listed = STAGES[OF_PAGES]["deps"]
    assert [dep for dep in listed if dep.startswith("book/")] == [f"book/{page}.md" for page in sorted(PAGES)]
    assert "notebooks" in STAGES[OF_PAGES]["params"]
    assert STAGES[OF_PAGES]["outs"] == ["book/_executed"]


def test_what_pages_ask_params_for_is_a_parameter_of_their_stage() -> None:
    asked = {key for page in PAGES for key in re.findall(r"\basked\.(\w+\.\w+)", "\n".join(cells(page)))}
    listed = set(STAGES[OF_PAGES]["params"])
    missing = {key for key in asked if not {key, key.partition(".")[0]} & listed}
    assert not missing, f"dvc.yaml, stages.{OF_PAGES}.params: add {', '.join(sorted(missing))}"
    own = listed - {"report", "notebooks"}
    unread = {key for key in own if not any(f"{read}.".startswith(f"{key}.") for read in asked)}
    assert not unread, f"dvc.yaml, stages.{OF_PAGES}.params: remove {', '.join(sorted(unread))}"


def test_the_site_may_quote_the_facts_of_every_stage(sample: Report) -> None:
    made = {path.relative_to(sample.paths.root).as_posix() for path in sample.paths.facts()}
    assert made == {listed for listed in STAGES["site"]["deps"] if listed.endswith("/facts.json")}


# --------------------------------------------------------------------------------------- data stages


def test_every_chapter_that_computes_has_a_stage_of_its_name() -> None:
    for chapter in CHAPTERS:
        assert f"data/out/{chapter}" in STAGES[chapter]["outs"]


@pytest.mark.parametrize("stage", DATA_STAGES)
def test_a_stage_reads_what_dvc_knows_of_and_nothing_else(stage: str, sample: Report, tmp_path: Path) -> None:
    root = sample.paths.root
    for listed in ["params.yaml", *STAGES[stage]["deps"]]:
        name = listed.replace("${snapshot.path}", parameters.SAMPLE)
        alone = tmp_path / name
        alone.parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_dir():
            shutil.copytree(root / name, alone, dirs_exist_ok=True)
        elif (root / name).exists():
            shutil.copyfile(root / name, alone)
    paths, asked = Paths(tmp_path), set[str]()
    importlib.import_module(module_of(stage)).run(paths, Noting(parameters.load(paths.params), asked))
    known = set(STAGES[stage].get("params", []))
    unknown = sorted(key for key in asked if not {key, key.partition(".")[0]} & known)
    assert not unknown, f"dvc.yaml, stages.{stage}.params: add {', '.join(unknown)}"
    for out in outputs(stage):
        assert contents(tmp_path, out) == contents(root, out), out


class Noting:
    """Parameters that note which of them are asked for, as `section.field`."""

    def __init__(self, params: Any, asked: set[str], section: str = "") -> None:
        self._params, self._asked, self._section = params, asked, section

    def __getattr__(self, name: str) -> Any:
        if self._section:
            self._asked.add(f"{self._section}.{name}")
            return getattr(self._params, name)
        value = getattr(self._params, name)
        if isinstance(value, list):  # a key without a section, such as `editions`
            self._asked.add(name)
            return value
        return Noting(value, self._asked, name)


def contents(root: Path, out: str) -> dict[str, bytes]:
    """The bytes of a file, or of all files of a folder."""
    path = root / out
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def test_a_queued_experiment_runs_in_the_projects_environment(tmp_path: Path) -> None:
    """DVC's queue copies what git has into a folder of its own, which has no environment."""
    queued = tmp_path / ".dvc" / "tmp" / "exps" / "tmp1"
    queued.mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$PWD $*"\n', encoding="utf-8")
    python.chmod(0o755)
    command = ["sh", str(PROJECT / "scripts" / "stage.sh"), "known", "2025-10-01"]
    done = subprocess.run(
        command, cwd=queued, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{queued} -m pipeline known 2025-10-01\n"


@pytest.mark.parametrize("set_up", [True, False], ids=["made by make setup", "activated"])
def test_a_stage_runs_in_the_projects_environment_whoever_calls_it(set_up: bool, tmp_path: Path) -> None:
    """`.venv/bin/dvc repro`, typed in a fresh clone, puts nothing on PATH."""
    assert {stage["cmd"].split()[:2] == ["sh", "scripts/stage.sh"] for stage in STAGES.values()} == {True}
    (tmp_path / "a clone" / "scripts").mkdir(parents=True)
    shutil.copy(PROJECT / "scripts" / "stage.sh", tmp_path / "a clone" / "scripts")
    for folder in (".venv/bin", "conda/bin"):
        python = tmp_path / "a clone" / folder / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho "{folder} $*"\n', encoding="utf-8")
        python.chmod(0o755)
    if not set_up:
        shutil.rmtree(tmp_path / "a clone" / ".venv")
    environment = {"PATH": f"{tmp_path / 'a clone' / 'conda' / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    done = subprocess.run(
        ["sh", "scripts/stage.sh", "history", "2025-10-01"],
        cwd=tmp_path / "a clone",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{'.venv' if set_up else 'conda'}/bin -m pipeline history 2025-10-01\n"


def test_benchmarks_measure_stages_with_the_settings_that_a_build_gives_them(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nenv\n", encoding="utf-8")
    python.chmod(0o755)
    environment = {"PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    command = ["sh", str(PROJECT / "scripts" / "stage.sh"), "moment"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    given = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert stage_settings().items() <= given.items()
    assert given.keys() - stage_settings().keys() <= {"PATH", "PWD", "OLDPWD", "SHLVL", "_"}, "no other is set"
