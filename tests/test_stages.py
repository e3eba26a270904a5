"""dvc.yaml tells the truth about its stages: DVC runs a stage again only when a listed dependency changed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
PLUMBING = {"__init__", "errors", "params", "paths", "register/__init__"}
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
    start = next(file for file in (package / f"{stage}.py", package / stage / "__init__.py") if file.exists())
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
