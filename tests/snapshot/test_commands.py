"""The README's commands for another snapshot, as written, against the local Hub.

The fork's command builds the whole site, once, since that takes longest; the others stop at the counts as known then.
"""

import datetime
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.base import tables
from pipeline.base.paths import PROJECT, Paths
from tests.snapshot import content
from tests.snapshot.server import LocalHub

pytestmark = pytest.mark.whole

README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for line in re.findall(r"^\.venv/bin/(dvc exp run .*)$", README, re.MULTILINE) if "source=" in line]
UP_TO = "derivatives"
"""The stage that counts as known then."""


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


def run(command: str, root: Path, hub: LocalHub, *targets: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command of the README, as it is written there."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("HF_", "GIT_"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(root.parent / "home"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **more,
    }
    parts = [sys.executable, "-m", "dvc", *shlex.split(command)[1:], *targets]
    return subprocess.run(parts, cwd=root, env=environment, capture_output=True, text=True, timeout=1800, check=False)


def named(word: str) -> str:
    (command,) = [command for command in COMMANDS if word in command]
    return command


def test_the_readme_has_the_three_commands() -> None:
    assert len(COMMANDS) == 3
    assert named("history")
    assert "date" not in named("hub-api"), "a fork's day is the reader's today"


@pytest.mark.parametrize("word", ["refresh", "history"])
def test_a_command_of_the_readme_gives_a_census_that_costs_one_download(
    word: str, hub: LocalHub, tmp_path: Path
) -> None:
    command = named("history") if word == "history" else next(c for c in COMMANDS if "hub-stats" in c)
    root = clone(tmp_path / "a fork")
    done = run(command, root, hub, UP_TO)
    assert done.returncode == 0, done.stdout + done.stderr
    paths = Paths(root)
    provenance = tables.read_json(paths.provenance)
    assert provenance["source"] in command
    assert tables.read(paths.raw / "models.parquet").height == provenance["rows"] > 0
    days = tables.read(paths.tables()["vintages"])["date"].unique().sort()
    assert days.len() == (2 if word == "history" else 1)
    assert days.to_list()[-1] == datetime.date.fromisoformat(provenance["date"])
    assert hub.count("/storage/") == days.len()
    if word == "history":
        nothing_is_asked_again(command, root, hub)


def nothing_is_asked_again(command: str, root: Path, hub: LocalHub) -> None:
    """Without a network: DVC runs no stage; and a stage that must run again reads what was downloaded."""
    asked = len(hub.asked)
    again = run(command, root, hub, UP_TO, HF_HUB_OFFLINE="1")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Running stage" not in again.stdout
    before = Paths(root).provenance.read_bytes()
    forced = run(f"{command} --force --single-item", root, hub, "snapshot", HF_HUB_OFFLINE="1")
    assert forced.returncode == 0, forced.stdout + forced.stderr
    assert "Running stage 'snapshot'" in forced.stdout
    assert Paths(root).provenance.read_bytes() == before
    assert len(hub.asked) == asked


def test_the_other_sources_are_one_command_too(hub: LocalHub, hub_files: dict[str, bytes], tmp_path: Path) -> None:
    root = clone(tmp_path / "a fork")
    (root / "census.parquet").write_bytes(hub_files["week"])
    date = f"\"snapshot.date='{content.WEEK}'\""
    for source, more in (("hub-weekly", ""), ("file", "-S snapshot.path=census.parquet -S snapshot.coverage=census")):
        done = run(f"dvc exp run -S snapshot.source={source} -S {date} {more}", root, hub, "snapshot")
        assert done.returncode == 0, done.stdout + done.stderr
        provenance = tables.read_json(Paths(root).provenance)
        assert (provenance["source"], provenance["date"], provenance["coverage"]) == (source, content.WEEK, "census")
        assert tables.read(Paths(root).raw / "models.parquet").height == provenance["rows"] == content.SMALL


def test_the_forks_command_builds_the_whole_site_about_its_family(hub: LocalHub, tmp_path: Path) -> None:
    root = clone(tmp_path / "a fork")
    done = run(named("hub-api"), root, hub)
    assert done.returncode == 0, done.stdout + done.stderr
    paths = Paths(root)
    provenance = tables.read_json(paths.provenance)
    assert (provenance["source"], provenance["date"], provenance["coverage"]) == ("hub-api", content.NEWEST, "slice")
    ids = set(tables.read(paths.raw / "models.parquet")["id"])
    listed = {row["id"] for row in hub.listing if f"base_model:{content.FORK}" in row["tags"]}
    assert listed
    assert listed | {content.FORK} <= ids
    headline = tables.read(paths.tables()["ratios"]).filter("is_headline")
    assert headline["subject_derivatives"].item() > 100, "enough of both families is listed to compare them"
    front = (paths.site / "index.html").read_text(encoding="utf-8")
    assert "Gemma" in front
    assert "Hub listing" in front
