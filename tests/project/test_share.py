"""`make share` and the workflow hand on what they are given as it is, and the token goes to one step alone."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.base.paths import PROJECT

PUBLISH = PROJECT / ".github" / "workflows" / "publish.yml"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The Makefile in a folder whose `python` writes down its arguments."""
    root = tmp_path / "it's a clone"
    programs = root / ".venv" / "bin"
    programs.mkdir(parents=True)
    (root / "scripts").mkdir()
    (root / "scripts" / "setup.sh").write_text("exit 0\n")
    shutil.copy(PROJECT / "Makefile", root)
    python = programs / "python"
    noting = 'import json, sys; json.dump(sys.argv[1:], open("given", "w"))'
    # By way of a shell: what follows #! may hold no space, and this interpreter's path may.
    python.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{noting}' \"$@\"\n")
    python.chmod(0o755)
    return root


def given(root: Path, *command: str, **environment: str) -> tuple[list[str] | None, str]:
    """What `python -m pipeline share` was given, None if it was not called, and what was printed."""
    clean = {name: text for name, text in os.environ.items() if name not in ("SPACE", "DATASET", "ARGS", "MAKEFLAGS")}
    done = subprocess.run(command, cwd=root, env=clean | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    file = root / "given"
    if not file.exists():
        return None, done.stdout
    arguments = json.loads(file.read_text())
    assert arguments[:5] == ["scripts/alone.py", "python", "-m", "pipeline", "share"], "not while a build writes"
    return arguments[5:], done.stdout


HOSTILE = "a/b c'\"`touch x`;touch y&&"


def test_make_hands_on_names_and_options(clone: Path) -> None:
    found, _ = given(clone, "make", "share", "SPACE=user/pages", "DATASET=user/tables", "ARGS=--private --dry-run")
    assert found == ["--space=user/pages", "--dataset=user/tables", "--private", "--dry-run"]


def test_make_asks_for_neither_where_neither_is_named(clone: Path) -> None:
    assert given(clone, "make", "share")[0] == []
    assert given(clone, "make", "share", "DATASET=user/tables")[0] == ["--dataset=user/tables"]


@pytest.mark.parametrize("name", [HOSTILE, "--help", "-x"])
def test_nothing_in_a_name_is_taken_for_a_command_or_an_option(clone: Path, name: str) -> None:
    assert given(clone, "make", "share", f"SPACE={name}")[0] == [f"--space={name}"]
    assert given(clone, "make", "share", SPACE=f"{name}$(touch z)")[0] == [f"--space={name}$(touch z)"]
    assert not {"x", "y", "z"} & {path.name for path in clone.iterdir()}


def jobs() -> dict[str, Any]:
    return yaml.safe_load(PUBLISH.read_text(encoding="utf-8"))["jobs"]


def test_the_token_goes_to_the_one_step_that_sends(clone: Path) -> None:
    holders = [
        (name, step) for name, job in jobs().items() for step in job["steps"] if "secrets." in yaml.safe_dump(step)
    ]
    ((job, step),) = holders
    assert (job, jobs()[job]["permissions"]) == ("share", {"contents": "read"})
    assert PUBLISH.read_text(encoding="utf-8").count("secrets.") == 1
    none, printed = given(clone, "bash", "-euo", "pipefail", "-c", step["run"], HF_TOKEN="", SPACE="user/pages")
    assert none is None
    assert "nothing is shared" in printed
    sent, _ = given(clone, "bash", "-euo", "pipefail", "-c", step["run"], HF_TOKEN="x", SPACE="user/pages", DATASET="")
    assert sent == ["--space=user/pages", "--site", "dist/site"]


def test_what_is_sent_is_the_site_that_goes_to_pages(tmp_path: Path) -> None:
    """The artifact of the build, unpacked where the last step looks for it."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("x")
    (tmp_path / "dist").mkdir()
    subprocess.run(["tar", "-cf", tmp_path / "dist" / "artifact.tar", "-C", site, "."], check=True)
    *_, fetch, unpack, send = jobs()["share"]["steps"]
    assert fetch["with"] == {"name": "github-pages", "path": "dist"}
    script = unpack["run"].replace("make setup\n", "")
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, check=True)
    (folder,) = re.findall(r"--site (\S+)\"", send["run"])
    assert (tmp_path / folder / "index.html").read_text() == "x"
