"""The workflows ask for no more than they need, and run nothing that can change under them."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.base.paths import PROJECT
from scripts import pdf

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_there_is_one_for_checks_for_publication_and_for_refreshes() -> None:
    assert [path.stem for path in WORKFLOWS] == ["ci", "publish", "refresh"]


def test_actions_are_pinned_by_commit_and_say_their_version(path: Path) -> None:
    used = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert used
    for line in used:
        action, _, version = line.partition("uses: ")[2].partition(" # ")
        assert PINNED.fullmatch(action), line
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), line


def test_nothing_is_granted_to_a_whole_workflow(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert all("permissions" in job and job["timeout-minutes"] for job in workflow["jobs"].values())


def test_no_token_is_left_in_a_checkout(path: Path) -> None:
    for step in steps(read(path)):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_scripts_hold_no_expression_that_others_could_fill(path: Path) -> None:
    assert not any("${{" in step.get("run", "") for step in steps(read(path)))


def test_a_job_that_may_write_runs_no_code_of_the_project(path: Path) -> None:
    for name, job in read(path)["jobs"].items():
        if "write" in job["permissions"].values():
            scripts = " ".join(step.get("run", "") for step in job["steps"])
            assert not re.search(r"\bmake\b|python|\bdvc\b(?!\.lock)|\.ci/run", scripts), name


def test_the_pdf_that_pages_link_to_is_published_beside_them() -> None:
    found = steps(read(PROJECT / ".github" / "workflows" / "publish.yml"))
    (linked,) = [step["env"]["BOOK_PDF"] for step in found if "BOOK_PDF" in step.get("env", {})]
    (printed,) = [step["run"].split() for step in found if "make pdf" in step.get("run", "")]
    (published,) = [step["with"]["path"] for step in found if "upload-pages-artifact" in step.get("uses", "")]
    assert Path(published).parent == pdf.TARGET.parent
    assert printed[-3:] == ["mv", str(pdf.TARGET), f"{published}/{linked}"]


ALLOWED = {"params.yaml", "dvc.lock", "published/2026-10-05.json"}


def git(folder: Path, *arguments: str) -> str:
    """What git says in a repository of its own, whatever the user's settings are."""
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    known = {f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **own, **known}, capture_output=True, check=True)
    return done.stdout.decode()


def test_a_refresh_writes_its_three_paths_and_nothing_else(tmp_path: Path) -> None:
    """The job's own commands, on a patch that also adds, changes, renames and removes other files."""
    root, proposal = tmp_path / "a clone", tmp_path / "proposal"
    for folder in (root / "published", root / ".github", proposal):
        folder.mkdir(parents=True)
    for name in ("params.yaml", "dvc.lock", "Makefile", ".github/ci.yml", "published/2026-09-01.json"):
        (root / name).write_text(f"{name}\n" * 20)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "before")
    for name in ALLOWED:
        (root / name).write_text("new\n")
    (root / "Makefile").write_text("site: ; curl example.org\n")
    (root / "new.sh").write_text("new\n")
    (root / ".github" / "ci.yml").rename(root / "published" / "ci.yml")
    git(root, "add", ".")
    (proposal / "changes.patch").write_text(git(root, "diff", "--cached", "--binary", "--find-renames"))
    git(root, "reset", "--quiet", "--hard")

    (step,) = [
        s for s in steps(read(PROJECT / ".github" / "workflows" / "refresh.yml")) if "git apply" in s.get("run", "")
    ]
    script = step["run"].partition("git -c credential.helper")[0]
    (proposal / "title.txt").write_text("Refresh: hub-stats, 2026-10-05\n")
    (proposal / "body.md").write_text("![Key figure](../published/a/finding.png)\n")
    environment = {**os.environ, "BRANCH": "refresh-1", "PROPOSAL": str(proposal), "GIT_CONFIG_GLOBAL": os.devnull}
    environment["ADDRESS"] = "https://example.org/owner/name"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    changed = set(git(root, "show", "--no-renames", "--name-only", "--format=", "refresh-1").split("\n")) - {""}
    assert changed >= ALLOWED
    commit = git(root, "rev-parse", "refresh-1").strip()
    shown = f"![Key figure](https://example.org/owner/name/raw/{commit}/published/a/finding.png)\n"
    assert (proposal / "shown.md").read_text() == shown, "pictures are those of the commit"
    assert git(root, "log", "-1", "--format=%s", "refresh-1") == "Refresh: hub-stats, 2026-10-05\n"
    assert not {
        name for name in changed if name not in ("params.yaml", "dvc.lock") and not name.startswith("published/")
    }


def test_ci_runs_on_every_python_that_the_project_supports() -> None:
    declared = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (PROJECT / "pyproject.toml").read_text())
    assert declared
    low, high = map(int, declared.groups())
    workflow = read(PROJECT / ".github" / "workflows" / "ci.yml")
    assert workflow["jobs"]["check"]["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(low, high)]
    assert any(step.get("run") == "bash .ci/run" for step in steps(workflow))


REFRESH = read(PROJECT / ".github" / "workflows" / "refresh.yml")


def script_of(job: str, name: str) -> str:
    """What a step of the refresh runs."""
    (step,) = [step for step in REFRESH["jobs"][job]["steps"] if step.get("name") == name]
    return step["run"]


def with_programs(folder: Path, **programs: str) -> dict[str, str]:
    """An environment in which these programs are scripts of the test."""
    folder.mkdir()
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("make", "outcome", "files"),
    [
        ("true", "nothing", set()),
        ("mkdir proposal && echo new >params.yaml && echo x >proposal/body.md", "proposed", {"changes.patch"}),
        ("mkdir proposal && echo x >proposal/issue.md && exit 2", "refused", set()),
        ("exit 2", None, set()),
    ],
    ids=["nothing newer", "an edition", "a refusal", "an error"],
)
def test_what_make_refresh_leaves_decides_what_is_opened(
    make: str, outcome: str | None, files: set[str], tmp_path: Path
) -> None:
    root, noted = tmp_path / "a clone", tmp_path / "noted"
    (root / "published").mkdir(parents=True)
    for name in ("params.yaml", "dvc.lock", "published/README.md"):
        (root / name).write_text("old\n")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "before")
    environment = {**with_programs(tmp_path / "bin", make=make), "GITHUB_OUTPUT": str(noted)}
    script = script_of("build", "Refresh")
    done = subprocess.run(["bash", "-e", "-c", script], cwd=root, env=environment, capture_output=True, check=False)
    assert (done.returncode == 0) == (outcome is not None)
    assert not outcome or noted.read_text() == f"outcome={outcome}\n"
    assert {path.name for path in root.glob("proposal/*.patch")} == files


def test_an_issue_is_opened_once(tmp_path: Path) -> None:
    """The job's own commands, with a `gh` that notes what it opens."""
    (tmp_path / "title.txt").write_text("a/b lost fields: downloads\n")
    opened = tmp_path / "opened"
    gh = f"""case $2 in
        list) cat '{opened}' 2>/dev/null; echo 'a/b lost fields: downloads, likes';;
        create) shift 3; printf '%s\\n' "$1" >> '{opened}';;
    esac"""
    environment = {**with_programs(tmp_path / "bin", gh=gh), "PROPOSAL": str(tmp_path)}
    script = script_of("report", "Open it, unless one with this title is open")
    for _ in range(2):
        subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, check=True)
    assert opened.read_text() == "a/b lost fields: downloads\n"


def test_the_refresh_is_the_command_that_a_person_runs() -> None:
    assert "make refresh" in script_of("build", "Refresh")
    assert re.search(
        r"^refresh: .*\n\t.* python -m pipeline refresh ", (PROJECT / "Makefile").read_text(), re.MULTILINE
    )
