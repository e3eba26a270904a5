"""Set-up: what the files that make the environment promise, and what is said when something is missing."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MAKE = shutil.which("make")
needs_make = pytest.mark.skipif(MAKE is None, reason="GNU make is not installed")


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHON"}}
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=env | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def tracked_files() -> list[Path]:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    listing = run("git", "-c", "safe.directory=*", "ls-files", "-z")
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture
def bare_copy(tmp_path: Path) -> Path:
    """A folder with a space in its path that holds what set-up needs, and no environment."""
    copy = tmp_path / "a folder"
    shutil.copytree(ROOT / "scripts", copy / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, copy)
    return copy


def programs(folder: Path, **scripts: str) -> str:
    """A PATH on which the named programs are these scripts, and all others are the machine's."""
    folder.mkdir()
    for name, script in scripts.items():
        program = folder / name.replace("_", ".")
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


NO_PYTHON = dict.fromkeys(["python3_13", "python3_12", "python3_11", "python3"], "exit 127")
# The pieces of an environment, standing in for the real ones so that set-up takes no time and no network.
FAKE_PYTHON = """
case "$*" in
  *_base_executable*) echo "$0" ;;
  *hashlib*) cat requirements.txt; echo "$0" ;;
  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""


# --- The Makefile


@needs_make
def test_help_lists_every_public_target():
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    shown = run("make")
    assert shown.returncode == 0, shown.stderr
    assert re.findall(r"^  make (\w+) ", shown.stdout, re.MULTILINE) == targets[1].split()
    assert run("make", "help").stdout == shown.stdout


@needs_make
def test_the_makefile_needs_no_newer_make_than_macos_has():
    text = (ROOT / "Makefile").read_text()
    assert not re.search(r"^\.(ONESHELL|SHELLFLAGS)|\$\(file |^[^#\t]*(?:!=|::=)|&:", text, re.MULTILINE)


@needs_make
@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/true", "python-that-is-not-there"])
def test_a_bad_python_is_one_line(bare_copy: Path, python: str):
    result = run("make", "setup", f"PYTHON={python}", cwd=bare_copy)
    said, *by_make = result.stderr.splitlines()
    assert result.returncode != 0
    assert said == f"PYTHON={python} is not Python 3.11 to 3.13: name one, as in make setup PYTHON=/path/to/python"
    assert len(by_make) <= 1
    assert result.stdout == ""
    assert not (bare_copy / ".venv").exists()


def test_no_python_is_one_line(bare_copy: Path, tmp_path: Path):
    path = programs(tmp_path / "bin", **NO_PYTHON)
    result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
    assert result.returncode == 1
    assert result.stderr == "No Python 3.11 to 3.13 found: install one, or run make setup PYTHON=/path/to/python\n"


def test_python_without_venv_is_one_line(bare_copy: Path, tmp_path: Path):
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": "exit 3"})
    result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
    assert result.returncode == 1
    assert result.stderr.startswith("python3.12 has no venv module: install it")
    assert result.stderr.count("\n") == 1


def test_a_full_disk_is_one_line(bare_copy: Path, tmp_path: Path):
    table = "printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\n/dev/a disk 9 8 700000 99%% /a b\\n'"
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": FAKE_PYTHON, "df": table})
    result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
    assert result.returncode == 1
    assert result.stderr == "Too little disk: 700 MB free here, the environment and a build take 2000 MB\n"
    assert not (bare_copy / ".venv").exists()


def test_git_is_asked_for_in_a_checkout_only(bare_copy: Path, tmp_path: Path):
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": FAKE_PYTHON, "git": "exit 127", "uv": "exit 0"})
    assert run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path).returncode == 0
    shutil.rmtree(bare_copy / ".venv")
    (bare_copy / ".git").mkdir()
    result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
    assert result.returncode == 1
    assert result.stderr == "No git found, which DVC needs in a git checkout: install git\n"


@pytest.mark.parametrize("uv", ["exit 127", 'if [ "$1" = pip ]; then echo uv >>made; fi'], ids=["pip", "uv"])
def test_setup_runs_once_and_repairs_what_was_interrupted(bare_copy: Path, tmp_path: Path, uv: str):
    python = FAKE_PYTHON + 'case "$*" in *"pip install"*) echo pip >>made ;; esac'
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": python, "uv": uv, "node": "exit 0"})
    made = bare_copy / "made"

    def setup() -> int:
        result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
        assert result.returncode == 0, result.stderr
        return len(made.read_text().splitlines())

    assert setup() == 1
    assert setup() == 1, "a second call must cost nothing"
    (bare_copy / ".venv/.stamp").unlink()  # written last, so an interrupted set-up has none
    (bare_copy / ".venv/half-installed").touch()
    assert setup() == 2
    assert not (bare_copy / ".venv/half-installed").exists()
    with (bare_copy / "requirements.txt").open("a") as lock:
        lock.write("# another lock\n")
    assert setup() == 3
    assert set(made.read_text().split()) == ({"pip"} if "127" in uv else {"uv"})


def test_pip_takes_over_when_uv_cannot_install(bare_copy: Path, tmp_path: Path):
    python = FAKE_PYTHON + 'case "$*" in *"pip install"*) echo pip >>made ;; esac'
    uv = 'if [ "$1" = pip ]; then exit 2; fi'
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": python, "uv": uv, "node": "exit 0"})
    result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
    assert result.returncode == 0
    assert "trying pip" in result.stderr
    assert (bare_copy / "made").read_text() == "pip\n"


def test_packages_that_cannot_be_installed_leave_no_stamp(bare_copy: Path, tmp_path: Path):
    python = FAKE_PYTHON + 'case "$*" in *"pip install"*) exit 1 ;; esac'
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": python, "uv": "exit 127"})
    result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
    assert result.returncode == 1
    assert result.stderr == "Could not install the packages of requirements.txt (see above)\n"
    assert not (bare_copy / ".venv/.stamp").exists()


@pytest.mark.parametrize("there", [True, False], ids=["a folder", "nothing"])
def test_a_linked_environment_is_refused_and_what_it_points_to_stays(bare_copy: Path, tmp_path: Path, there: bool):
    linked = tmp_path / "linked"
    if there:
        (linked / "bin").mkdir(parents=True)
        for name in (".stamp", "thesis.txt", "bin/python"):
            (linked / name).write_text("mine")
    (bare_copy / ".venv").symlink_to(linked)
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": FAKE_PYTHON, "uv": "exit 0", "node": "exit 0"})
    result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
    assert result.returncode == 1
    assert result.stderr.startswith(".venv is a link")
    assert result.stderr.endswith("remove the link (rm .venv), then run make setup\n")
    assert result.stderr.count("\n") == 1
    assert (bare_copy / ".venv").is_symlink()
    assert linked.exists() == there
    assert not there or {p.name for p in linked.rglob("*")} == {".stamp", "thesis.txt", "bin", "python"}


def test_an_environment_that_was_moved_away_and_linked_is_used(bare_copy: Path, tmp_path: Path):
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": FAKE_PYTHON, "uv": "exit 0", "node": "exit 0"})
    assert run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path).returncode == 0
    (bare_copy / ".venv").rename(tmp_path / "elsewhere")
    (bare_copy / ".venv").symlink_to(tmp_path / "elsewhere")
    result = run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path)
    assert (result.returncode, result.stdout) == (0, "")


def test_dvc_runs_in_a_release_without_git_before_any_build(bare_copy: Path, tmp_path: Path):
    """And in a clone that the folder becomes later, git is used again, as experiments need it."""
    python = FAKE_PYTHON.replace("esac", f'  *"-m dvc"*) exec "{sys.executable}" "$@" ;;\nesac')
    path = programs(tmp_path / "bin", **{**NO_PYTHON, "python3_12": python, "uv": "exit 0", "node": "exit 0"})
    (bare_copy / ".dvc").mkdir()
    shutil.copy(ROOT / ".dvc" / "config", bare_copy / ".dvc" / "config")
    (bare_copy / "dvc.yaml").write_text("stages:\n  made:\n    cmd: echo 1 > made\n    outs: [made]\n")
    git = {"GIT_CEILING_DIRECTORIES": str(tmp_path)}

    def told() -> str:
        assert run("sh", "scripts/setup.sh", cwd=bare_copy, PATH=path, **git).returncode == 0
        return (bare_copy / ".dvc" / "config.local").read_text()

    assert "no_scm = true" in told()
    done = run(sys.executable, "-m", "dvc", "repro", cwd=bare_copy, PATH=path, **git)
    assert done.returncode == 0, done.stderr
    assert (bare_copy / "made").exists()
    assert "no_scm = true" in told(), "a second set-up changes nothing"
    run("git", "init", "--quiet", cwd=bare_copy)
    assert "no_scm" not in told()


def test_serve_says_that_there_is_no_site(bare_copy: Path):
    result = run("python", "scripts/serve.py", cwd=bare_copy)
    assert (result.returncode, result.stderr) == (1, "No site yet: run `make site` first\n")


# --- The files that name versions


def locked() -> dict[str, tuple[list[Requirement], int]]:
    """Package -> its pins (one for each marker) and the number of hashes."""
    pins: dict[str, tuple[list[Requirement], int]] = {}
    for block in re.split(r"\n(?=[\w])", (ROOT / "requirements.txt").read_text()):
        requirement = Requirement(block.split("\\")[0].strip())
        before, hashes = pins.get(canonicalize_name(requirement.name), ([], 0))
        pins[canonicalize_name(requirement.name)] = (
            [*before, requirement],
            hashes + len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block)),
        )
    return pins


def test_the_lock_pins_every_package_with_hashes():
    for name, (pins, hashes) in locked().items():
        assert hashes >= len(pins), f"{name} has a pin without a hash"
        for pin in pins:
            assert [specifier.operator for specifier in pin.specifier] == ["=="], f"{pin} is no pin"
            assert pin.url is None


@pytest.mark.parametrize("dependency", PROJECT["dependencies"])
def test_every_dependency_is_in_the_lock(dependency: str):
    wanted = Requirement(dependency)
    pins, _ = locked()[canonicalize_name(wanted.name)]
    for pin in pins:
        (version,) = (specifier.version for specifier in pin.specifier)
        assert wanted.specifier.contains(version, prereleases=True), f"{dependency} against {pin}: run make lock"


def test_the_lock_keeps_nothing_of_a_removed_dependency():
    blocks = re.split(r"\n(?=\w)", (ROOT / "requirements.txt").read_text())
    direct = {canonicalize_name(re.split(r"==|\[", block)[0]) for block in blocks if f" {PROJECT['name']} (" in block}
    assert direct == {canonicalize_name(Requirement(dependency).name) for dependency in PROJECT["dependencies"]}


def test_python_range_is_the_same_everywhere():
    wanted = SpecifierSet(PROJECT["requires-python"])
    minors = [minor for minor in range(40) if wanted.contains(f"3.{minor}.0")]
    assert minors == list(range(minors[0], minors[-1] + 1))
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (conda,) = (entry for entry in environment if isinstance(entry, str) and entry.startswith("python>"))
    assert SpecifierSet(conda.removeprefix("python")) == wanted
    setup = (ROOT / "scripts/setup.sh").read_text()
    assert f"(3, {minors[0]}) <= sys.version_info[:2] <= (3, {minors[-1]})" in setup
    assert set(re.findall(r"Python (3\.\d+) to (3\.\d+)", setup)) == {(f"3.{minors[0]}", f"3.{minors[-1]}")}
    candidates = re.search(r"for candidate in (.+);", setup)
    assert candidates
    assert candidates[1].split() == [*(f"python3.{minor}" for minor in reversed(minors)), "python3"]


def test_conda_users_get_the_locked_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert {"pip": ["-r requirements.txt"]} in environment
    names = {re.split(r"[<>=]", entry)[0] for entry in environment if isinstance(entry, str)}
    assert {"python", "nodejs", "pip"} <= names


def test_no_tracked_file_names_a_package_index():
    """Where packages come from is the reader's own setting."""
    forbidden = re.compile(
        r"--(?:extra-)?index-url[ =]+\S*/|--find-links[ =]+\S*/|(?:https?|file)://\S+/simple\b|(?:PIP|UV)_(?:EXTRA_)?INDEX\w*="
        r"|^\s*(?:extra-)?index-url\s*[=:]|files\.python" + "hosted",
        re.MULTILINE,
    )
    found = []
    for path in tracked_files():
        if path.suffix in {".parquet", ".png", ".woff2"} or path == Path(__file__):
            continue
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in forbidden.finditer(path.read_text(errors="replace"))]
    assert found == []


# --- CI and the pipeline's settings


def test_ci_is_an_executable_bash_script():
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & stat.S_IXUSR
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    checked = run("bash", "-n", script)
    assert checked.returncode == 0, checked.stderr


def test_ci_runs_every_check():
    script = (ROOT / ".ci/run").read_text()
    for target in ("setup", "lint", "types", "test", "site"):
        assert re.search(rf"\bmake {target}\b", script), target


def test_dvc_neither_reports_nor_looks_for_updates():
    config = (ROOT / ".dvc/config").read_text()
    assert re.search(r"^\s*analytics = false$", config, re.MULTILINE)
    assert re.search(r"^\s*check_update = false$", config, re.MULTILINE)


def test_citation_agrees_with_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] == ["MIT", "CC-BY-4.0"]
    assert all(author["name"] for author in citation["authors"])
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()
