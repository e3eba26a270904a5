"""Where the report runs without a set-up: what Binder and Codespaces are given works in a clone."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from packaging.specifiers import SpecifierSet

from pipeline.base.paths import PROJECT, Paths

BINDER, DEVCONTAINER = PROJECT / "binder", PROJECT / ".devcontainer" / "devcontainer.json"


def project() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_both_have_a_python_that_the_project_takes() -> None:
    wanted = SpecifierSet(project()["requires-python"])
    binder = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    image = re.fullmatch(r"python:(3\.\d+)-\w+", json.loads(DEVCONTAINER.read_text(encoding="utf-8"))["image"])
    assert image
    assert wanted.contains(f"{binder}.0")
    assert wanted.contains(f"{image[1]}.0")


def test_both_install_the_lock_by_the_project_s_own_command() -> None:
    targets = set(re.findall(r"^([a-z-]+):.* ## ", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = [json.loads(DEVCONTAINER.read_text(encoding="utf-8"))["postCreateCommand"]]
    commands += [line for line in (BINDER / "postBuild").read_text(encoding="utf-8").splitlines() if "make " in line]
    made = [command.split()[1] for command in commands if command.startswith("make ")]
    assert made == ["setup", "site"]
    assert set(made) <= targets


def test_binder_can_run_its_script() -> None:
    script = BINDER / "postBuild"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_binder_opens_the_notebook_that_its_build_leaves(theme_module: Callable[[str], ModuleType]) -> None:
    notebook = theme_module("notebook")
    (binder, *_) = notebook.places_to_run("moe", "https://github.com/a/b", None)
    opened = unquote(binder[1].partition("?urlpath=lab%2Ftree%2F")[2])
    assert Path(opened) == (Paths().site / notebook.FOLDER / "moe.ipynb").relative_to(PROJECT)
