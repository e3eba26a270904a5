"""A built report again with other parameters or another register: the stages alone that this concerns run."""

import importlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from pipeline.__main__ import module_of
from pipeline.base.paths import register_table
from pipeline.report import names
from tests.conftest import DATA_STAGES, STAGES, Report, copy_project, outputs


def after(*changed: str) -> set[str]:
    """The stages that depend on these parameters or files, and all that read what those make.

    changed: keys of params.yaml, or paths below the root, as dvc.yaml names them.
    """
    found, altered = set[str](), set(changed)
    for stage in DATA_STAGES:
        read = [*STAGES[stage].get("params", []), *STAGES[stage]["deps"]]
        if any(_contains(one, other) or _contains(other, one) for one in read for other in altered):
            found.add(stage)
            altered |= set(outputs(stage))
    return found


def _contains(whole: str, part: str) -> bool:
    """Whether `part` is `whole` or lies in it, as `cost.compared_run` in `cost` and `data/out/cost` in `data/out`."""
    return part == whole or part.startswith((f"{whole}.", f"{whole}/"))


def copied(report: Report, root: Path) -> Report:
    """A copy of a built report, its results and parameters with it."""
    copy = copy_project(root)
    shutil.copytree(report.paths.root / "data", root / "data")
    shutil.copy(report.paths.params, copy.paths.params)
    return copy


def build(report: Report, *changed: str) -> Report:
    """Run what depends on what was changed."""
    params = names.checked(report.paths)
    for stage in (stage for stage in DATA_STAGES if stage in after(*changed)):
        importlib.import_module(module_of(stage)).run(report.paths, params)
    return report


def edited(report: Report, edits: Iterable[tuple[str, Callable[[pl.DataFrame], pl.DataFrame]]]) -> Report:
    """Change register tables and run what depends on them."""
    folders = set[Path]()
    for table, change in edits:
        report.edit(table, change)
        folders.add(register_table(table, report.paths.register).parent)
    return build(report, *(str(folder.relative_to(report.paths.root)) for folder in folders))
