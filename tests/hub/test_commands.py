"""The README's commands for another snapshot, as written, against the local Hub: up to the counts as known then."""

import datetime
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub import content
from hub.server import LocalHub
from pipeline import tables
from pipeline.paths import PROJECT, Paths

README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for line in re.findall(r"^\.venv/bin/(dvc exp run .*)$", README, re.MULTILINE) if "source=" in line]
UP_TO = "vintages"


def clone(root: Path) -> Path:
    """The project's files under version control of their own, as DVC's experiments need them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: DVC's experiments need one")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (PROJECT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, root / name)
    named = ("config user.name x", "config user.email x@example.org")
    for command in ("init -q", *named, "add -A", "commit -q -m start"):
        subprocess.run(["git", *command.split()], cwd=root, check=True)
    return root


def run(command: str, root: Path, hub: LocalHub, **more: str) -> subprocess.CompletedProcess[str]:
    """A command of the README; the day of the listing and the family are those of the local Hub."""
    if "hub-api" in command:
        command = re.sub(r"date='[0-9-]+'", f"date='{content.NEWEST}'", command)
        command = command.replace("Gemma", "Qwen").replace(" -S report.subject=Qwen", "")
    home = root.parent / "home"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("HF_", "GIT_"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **more,
    }
    parts = [sys.executable, "-m", "dvc", *shlex.split(command)[1:], UP_TO]
    return subprocess.run(parts, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_readme_has_the_three_commands() -> None:
    assert len(COMMANDS) == 3
    assert sum("history" in command for command in COMMANDS) == 1
    assert sum("hub-api" in command for command in COMMANDS) == 1


@pytest.mark.parametrize("command", COMMANDS, ids=["refresh", "fork", "history"])
def test_a_command_of_the_readme_gives_another_snapshot(command: str, hub: LocalHub, tmp_path: Path) -> None:
    root = clone(tmp_path / "a fork")
    done = run(command, root, hub)
    assert done.returncode == 0, done.stdout + done.stderr
    paths = Paths(root)
    told = tables.read_json(paths.provenance)
    assert told["source"] in command
    assert tables.read(paths.raw / "models.parquet").height == told["rows"] > 0
    days = tables.read(paths.out / "vintages.parquet")["date"].unique().sort()
    assert days.len() == (2 if "history" in command else 1)
    if "history" in command:
        asked = len(hub.asked)
        again = run(command, root, hub, HF_HUB_OFFLINE="1")
        assert again.returncode == 0, again.stdout + again.stderr
        assert "Running stage" not in again.stdout
        assert len(hub.asked) == asked
        assert days.to_list()[-1] == datetime.date.fromisoformat(told["date"])
