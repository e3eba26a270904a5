"""dvc.yaml tells the truth about its stages: DVC runs a stage again only when a listed dependency changed."""

import ast
import os
import shutil
import subprocess
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc import dvcfile
from dvc.utils import serialize

from pipeline.base import params as parameters
from pipeline.base.paths import Paths
from scripts import build, lane
from tests import conftest

ROOT = Path(__file__).parent.parent
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
PLUMBING = {"__init__", "errors", "files", "interrupts", "params", "paths", "register/__init__", "strict_yaml"}
"""Modules that change no result: what they hand on (register tables, parameters) is listed by itself."""


def imported(path: Path) -> Iterator[Path]:
    """Files of the package that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "pipeline":
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "pipeline"]
        else:
            continue
        for name in names:
            stem = ROOT.joinpath(*name.split("."))
            yield from (file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.exists())


def needed(stage: str) -> set[str]:
    """Modules that the stage's own module reaches through imports."""
    package = ROOT / "pipeline"
    name = "history" if stage == "history_files" else stage
    start = next(file for file in (package / f"{name}.py", package / name / "__init__.py") if file.exists())
    seen: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += imported(path)
    names = {path.relative_to(package).with_suffix("").as_posix() for path in seen}
    return {f"pipeline/{name}.py" for name in names - PLUMBING}


@pytest.mark.parametrize("stage", STAGES)
def test_every_module_that_a_stage_imports_is_its_dependency(stage: str) -> None:
    listed = STAGES[stage]["deps"]
    missing = {path for path in needed(stage) if not any(path == dep or path.startswith(f"{dep}/") for dep in listed)}
    assert not missing, f"dvc.yaml, stages.{stage}.deps: add {', '.join(sorted(missing))}"


def test_stages_that_are_built_side_by_side_do_not_need_each_other() -> None:
    maker = {path: stage for stage, told in STAGES.items() for path in map(path_of, outputs(told))}
    names, built = STAGES["notebooks"]["matrix"]["name"], set[str]()
    pages = {f"notebooks@{name}": build.cells(name) for name in names}
    assert all(pages.values()), "the weight of a page is its number of cells"
    for lanes in build.waves(pages, ["history@2025-10-01", "history_files@file0"]):
        for stages in lanes:
            before = set(built)
            for name in stages:
                needed = {maker[dep] for dep in STAGES[name.partition("@")[0]]["deps"] if dep in maker}
                assert needed <= before, f"{name} comes before {needed - before}"
                before.add(name.partition("@")[0])
        built |= {name.partition("@")[0] for stages in lanes for name in stages}
    assert set(STAGES) - built == {"site"}


WORDS = ["", None, "no", "2.0", "12e34", "0123", "a: b", "- a", "# a", "two words", 1.5, [], OrderedDict(a=1)]
UNLIKE = ["über", "\U0001f600", "/data/" + "x" * 100, "'a\\b\n", "--option value " * 20, {"a/b": None}]
"""What the code in C would write in other bytes."""


@pytest.mark.parametrize("word", [WORDS, *UNLIKE], ids=str)
def test_a_lane_writes_the_lock_as_dvc_does(word: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dvcfile, "modify_yaml", dvcfile.modify_yaml)
    calls = []
    monkeypatch.setattr(lane, "is_plain", lambda text, told=lane.is_plain: calls.append(told(text)) or calls[-1])
    lane.install()
    lock = tmp_path / "dvc.lock"
    shutil.copyfile(ROOT / "dvc.lock", lock)
    with dvcfile.modify_yaml(str(lock)) as data:
        data["more"] = OrderedDict({"word": word, "by name": {"key": word}})
    made = serialize.loads_yaml((ROOT / "dvc.lock").read_text(encoding="utf-8"))
    made["more"] = OrderedDict({"word": word, "by name": {"key": word}})
    assert lock.read_text(encoding="utf-8") == serialize.dumps_yaml(made)
    assert calls == [word == WORDS], "the code in C writes what is plain, DVC's own the rest"


def test_a_lane_keeps_the_comments_of_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dvcfile, "modify_yaml", dvcfile.modify_yaml)
    lane.install()
    path = tmp_path / "hub.parquet.dvc"
    path.write_text("# from a colleague\nouts:\n- path: hub.parquet\n", encoding="utf-8")
    with dvcfile.modify_yaml(str(path)) as data:
        data["desc"] = "a census"
    assert path.read_text(encoding="utf-8").startswith("# from a colleague\nouts:")


@pytest.mark.parametrize("stage", conftest.STAGES, ids=lambda stage: stage.__name__)
def test_a_stage_reads_what_dvc_knows_of_and_nothing_else(stage: Any, sample: Any, tmp_path: Path) -> None:
    name = runs.name(stage)
    for path in (sample.paths.root / needed for needed in ["params.yaml", *runs.inputs(name)]):
        alone = tmp_path / path.relative_to(sample.paths.root)
        alone.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, alone)
        elif path.exists():
            shutil.copyfile(path, alone)
    paths, asked = Paths(tmp_path), set[str]()
    stage.run(paths, Noting(parameters.load(paths.params), asked))
    known = set(STAGES[name].get("params", []))
    unknown = sorted(key for key in asked if not {key, key.partition(".")[0]} & known)
    assert not unknown, f"dvc.yaml, stages.{name}.params: add {', '.join(unknown)}"
    for out in runs.outputs(name):
        made, before = ({p: p.read_bytes() for p in files_below(root, out)} for root in (tmp_path, sample.paths.root))
        assert [p.relative_to(tmp_path) for p in made] == [p.relative_to(sample.paths.root) for p in before]
        assert list(made.values()) == list(before.values()), out


class Noting:
    """Parameters that note which of them are asked for, as `section.field`."""

    def __init__(self, params: Any, asked: set[str], section: str = "") -> None:
        self._params, self._asked, self._section = params, asked, section

    def __getattr__(self, name: str) -> Any:
        if self._section:
            self._asked.add(f"{self._section}.{name}")
            return getattr(self._params, name)
        return Noting(getattr(self._params, name), self._asked, name)


def files_below(root: Path, name: str) -> list[Path]:
    path = root / name
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def outputs(stage: dict[str, Any]) -> list[Any]:
    return [*stage.get("outs", []), *stage.get("metrics", [])]


def path_of(out: Any) -> str:
    return out if isinstance(out, str) else next(iter(out))


@pytest.mark.parametrize("set_up", [True, False], ids=["made by make setup", "activated"])
def test_a_stage_runs_in_the_projects_environment_whoever_calls_it(set_up: bool, tmp_path: Path) -> None:
    """`.venv/bin/dvc repro`, typed in a fresh clone, puts nothing on PATH."""
    assert {told["cmd"].split(" pipeline/")[0] for told in STAGES.values()} == {"sh"}
    (tmp_path / "pipeline").mkdir()
    shutil.copy(ROOT / "pipeline" / "run.sh", tmp_path / "pipeline")
    for folder in (".venv/bin", "conda/bin"):
        python = tmp_path / "a clone" / folder / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho "{folder} $*"\n', encoding="utf-8")
        python.chmod(0o755)
    (tmp_path / "pipeline").rename(tmp_path / "a clone" / "pipeline")
    if not set_up:
        shutil.rmtree(tmp_path / "a clone" / ".venv")
    environment = {"PATH": f"{tmp_path / 'a clone' / 'conda' / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    done = subprocess.run(
        ["sh", "pipeline/run.sh", "history", "2025-10-01"],
        cwd=tmp_path / "a clone",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{'.venv' if set_up else 'conda'}/bin -m pipeline history 2025-10-01\n"
