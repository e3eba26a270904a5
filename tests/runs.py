"""Stages of a test's report, run as DVC runs them: not again where nothing changed that dvc.yaml names.

Most tests alter one input of the sample and build the whole report; what the alteration cannot reach is taken from
an earlier test's run. That dvc.yaml names all that a stage reads is a test of its own (`test_stages.py`).
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from pipeline.params import SAMPLE, Params
from pipeline.paths import PROJECT, Paths

STAGES: dict[str, Any] = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
HERE = ("sample", "file")
"""Sources that ask no Hub."""


def outputs(stage: str) -> list[str]:
    """What a stage makes, below the project's root."""
    told = STAGES[stage]
    listed = [*told.get("outs", []), *told.get("metrics", [])]
    return [out if isinstance(out, str) else next(iter(out)) for out in listed]


MAKER = {path: stage for stage in STAGES for path in outputs(stage) if "item" not in path}
"""The stage that makes a file or folder."""


def inputs(stage: str, snapshot: str = SAMPLE) -> list[str]:
    """What a stage reads beside code, below the project's root; code is one and the same in a test run.

    snapshot: the file that `snapshot.path` names.
    """
    named = [dep.replace("${snapshot.path}", snapshot) for dep in STAGES[stage]["deps"]]
    return [dep for dep in named if not dep.endswith(".py")]


def name(stage: ModuleType) -> str:
    """A stage's name in dvc.yaml."""
    return stage.__name__.removeprefix("pipeline.")


def with_all_before(wanted: Iterable[str]) -> set[str]:
    """These stages and all that make what they read."""
    found, waiting = set[str](), list(wanted)
    while waiting:
        stage = waiting.pop()
        if stage not in found:
            found.add(stage)
            waiting += [MAKER[path] for path in inputs(stage) if path in MAKER]
    return found


def run(stage: ModuleType, paths: Paths, params: Params, kept: Path | None) -> None:
    """Run a stage, or copy what it made of the same inputs before. kept: where runs are kept, if they are."""
    if kept is None or not _is_repeatable(name(stage), params):
        stage.run(paths, params)
        return
    made = kept / name(stage) / _fingerprint(name(stage), paths)
    if made.exists():
        _copy(outputs(name(stage)), made, paths.root)
        return
    stage.run(paths, params)
    made.parent.mkdir(parents=True, exist_ok=True)
    whole = Path(tempfile.mkdtemp(dir=made.parent))
    _copy(outputs(name(stage)), paths.root, whole)
    try:
        whole.rename(made)
    except OSError:  # another process was first
        shutil.rmtree(whole)


def _is_repeatable(stage: str, params: Params) -> bool:
    """Not where a Hub is asked; and nobody reads the same again of what reads all tables or the whole register."""
    if "pipeline" in STAGES[stage]["deps"] or stage in ("claims", "edition", "publish"):
        return False
    return not (stage in ("snapshot", "details") and (params.snapshot.source not in HERE or params.snapshot.details))


def _fingerprint(stage: str, paths: Paths) -> str:
    """Of parameters and files that the stage reads."""
    document = yaml.safe_load(paths.params.read_text(encoding="utf-8"))
    told = {key: _at(document, key) for key in STAGES[stage].get("params", [])}
    read = inputs(stage, document["snapshot"].get("path", SAMPLE))
    seen = {os.path.relpath(file, paths.root): _digest(file) for dep in read for file in _files(paths.root / dep)}
    return hashlib.sha256(json.dumps([told, seen], sort_keys=True, default=str).encode()).hexdigest()[:32]


def _at(document: Any, key: str) -> Any:
    for part in key.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc"))
    else:
        yield path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "absent"


def _copy(names: list[str], old: Path, new: Path) -> None:
    """Files and folders below one root to another, in the place of what stands there."""
    for name in names:
        source, target = old / name, new / name
        if target.is_dir():
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copyfile(source, target)
        else:
            target.unlink(missing_ok=True)
