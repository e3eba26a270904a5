"""Set-up: what the files that make the environment promise, and what is said when something is missing."""

import ast
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
LOCKS = {
    "requirements.txt": PROJECT["dependencies"],
    "requirements-dev.txt": PYPROJECT["dependency-groups"]["dev"],
}
"""What each lock is resolved from."""
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
def project(tmp_path: Path) -> Path:
    """A folder with a space in its path that holds what set-up needs, and no environment."""
    copy = tmp_path / "a folder"
    shutil.copytree(ROOT / "scripts", copy / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", *LOCKS):
        shutil.copy(ROOT / name, copy)
    return copy


def programs(folder: Path, **scripts: str) -> str:
    """A PATH on which the named programs are these scripts, no other Python works, and all else is the machine's."""
    folder.mkdir()
    for name, script in {**NO_PYTHON, **scripts}.items():
        program = folder / name.replace("_", ".")
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def set_up(project: Path, path: str, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Call set-up with the programs of a PATH."""
    result = run("sh", "scripts/setup.sh", *arguments, cwd=project, PATH=path)
    assert result.returncode == code, result.stderr
    return result


NO_PYTHON = dict.fromkeys(["python3_13", "python3_12", "python3_11", "python3"], "exit 127")
# The pieces of an environment, standing in for the real ones so that set-up takes no time and no network.
FAKE_PYTHON = """
case "$*" in
  *_base_executable*) echo "$0" ;;
  *hashlib*) cksum <requirements.txt; printf '3.12\n/usr\n'; echo "$0"; cksum <requirements-dev.txt ;;
  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python; echo venv >>made ;;
  *"pip install"*) echo pip "$*" | sed 's/ .* / /' >>made ;;
esac
"""
FAKE_UV = """if [ "$1" = pip ]; then echo uv "$*" | sed 's/ .* / /' >>made; fi"""
BUILD, CHECKS = LOCKS


# --- The Makefile


@needs_make
@pytest.mark.parametrize(
    ("layer", "targets"),
    [
        ("", ["setup", "site", "pull", "serve", "bench", "diff", "dag", "lock"]),
        (" dev", ["setup-dev", "pdf", "screenshots", "test", "test-all", "lint", "types", "check"]),
    ],
    ids=["build", "checks"],
)
def test_a_target_sets_up_what_it_takes_and_once(layer: str, targets: list[str]):
    for target in targets:
        recipe = run("make", "-n", target).stdout.splitlines()
        assert [line for line in recipe if "setup.sh" in line] == [f"sh scripts/setup.sh{layer}"], target


@needs_make
def test_help_lists_every_public_target():
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    shown = run("make")
    assert shown.returncode == 0, shown.stderr
    assert re.findall(r"^  make ([\w-]+) ", shown.stdout, re.MULTILINE) == targets[1].split()
    assert run("make", "help").stdout == shown.stdout


@needs_make
def test_results_are_pulled_where_a_remote_is_set_alone(project: Path, tmp_path: Path):
    scripts = {"python3_12": FAKE_PYTHON + 'case "$*" in *"dvc remote default") exit 1 ;; esac'}
    path = programs(tmp_path / "bin", uv=FAKE_UV, node="exit 0", git="exit 0", **scripts)
    message, by_make = run("make", "pull", cwd=project, PATH=path).stderr.splitlines()
    assert message.startswith("No remote is set: .venv/bin/dvc remote add --default results ADDRESS names one")
    assert by_make.startswith("make: ***")


@needs_make
def test_the_makefile_needs_no_newer_make_than_macos_has():
    text = (ROOT / "Makefile").read_text()
    assert not re.search(r"^\.(ONESHELL|SHELLFLAGS)|\$\(file |^[^#\t]*(?:!=|::=)|&:", text, re.MULTILINE)


@needs_make
@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/true", "python-that-is-not-there"])
def test_a_bad_python_is_one_line(project: Path, python: str):
    result = run("make", "setup", f"PYTHON={python}", cwd=project)
    message, *by_make = result.stderr.splitlines()
    assert result.returncode != 0
    assert message == f"PYTHON={python} is not Python 3.11 to 3.13: name one, as in make setup PYTHON=/path/to/python"
    assert len(by_make) <= 1
    assert result.stdout == ""
    assert not (project / ".venv").exists()


MISSING = {
    "no Python": ({}, "No Python 3.11 to 3.13 found: install one, or run make setup PYTHON=/path/to/python\n"),
    "Python without venv": ({"python3_12": "exit 3"}, "python3.12 has no venv module: install it"),
    "room": (
        {
            "python3_12": FAKE_PYTHON,
            "df": "printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\n"
            "/dev/a disk 9 8 700000 99%% /a b\\n'",
        },
        "Too little disk: 700 MB free here, the environment and a build take 2000 MB\n",
    ),
    "packages": (
        {"python3_12": FAKE_PYTHON + 'case "$*" in *"pip install"*) exit 1 ;; esac', "uv": "exit 127"},
        "Could not install the packages of requirements.txt (see above)\n",
    ),
}
"""What set-up lacks: programs that stand for that, and how its one line begins."""


@pytest.mark.parametrize("case", MISSING)
def test_what_is_missing_is_one_line_and_leaves_no_environment(case: str, project: Path, tmp_path: Path):
    scripts, message = MISSING[case]
    result = set_up(project, programs(tmp_path / "bin", **scripts), code=1)
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
    assert not (project / ".venv/.stamp").exists()
    assert (project / ".venv").exists() == (case == "packages")


def test_git_is_asked_for_in_a_checkout_only(project: Path, tmp_path: Path):
    path = programs(tmp_path / "bin", python3_12=FAKE_PYTHON, git="exit 127", uv="exit 0")
    set_up(project, path)
    shutil.rmtree(project / ".venv")
    (project / ".git").mkdir()
    assert set_up(project, path, code=1).stderr == "No git found, which DVC needs in a git checkout: install git\n"


class Setup:
    """Set-up in a folder, with fakes of all that it calls."""

    def __init__(self, folder: Path, path: str) -> None:
        self.folder, self.path = folder, path

    def __call__(self, *arguments: str, code: int = 0) -> list[str]:
        """What the call makes: an environment, and each lock with the program that installs it."""
        made = self.folder / "made"
        made.unlink(missing_ok=True)
        set_up(self.folder, self.path, *arguments, code=code)
        return made.read_text().splitlines() if made.exists() else []

    def stamp(self) -> Path:
        return self.folder / ".venv/.stamp"

    def change(self, lock: str) -> None:
        with (self.folder / lock).open("a") as file:
            file.write("# another lock\n")


@pytest.fixture(params=["pip", "uv"])
def setup(request: pytest.FixtureRequest, project: Path, tmp_path: Path) -> Setup:
    uv = FAKE_UV if request.param == "uv" else "exit 127"
    python = FAKE_PYTHON if request.param == "pip" else FAKE_PYTHON.replace("echo pip", "echo not uv but")
    return Setup(
        project,
        programs(tmp_path / "bin", python3_12=python, uv=uv, node="exit 0"),
    )


def installed(made: list[str]) -> list[str]:
    return [line.removeprefix("pip ").removeprefix("uv ") for line in made]


def test_setup_runs_once_and_repairs_what_was_interrupted(setup: Setup):
    assert installed(setup()) == ["venv", BUILD]
    assert setup() == [], "a second call must cost nothing"
    setup.stamp().unlink()  # written last, so an interrupted set-up has none
    (setup.folder / ".venv/half-installed").touch()
    assert installed(setup()) == ["venv", BUILD]
    assert not (setup.folder / ".venv/half-installed").exists()
    setup.change(BUILD)
    assert installed(setup()) == ["venv", BUILD]


def test_what_the_checks_take_is_added_to_what_the_build_takes(setup: Setup):
    setup()
    assert installed(setup("dev")) == [CHECKS]
    assert setup("dev") == []
    assert setup() == [], "a build after checks makes nothing anew"
    shutil.rmtree(setup.folder / ".venv")
    assert installed(setup("dev")) == ["venv", BUILD, CHECKS]


def test_another_lock_of_the_checks_does_not_concern_the_build(setup: Setup):
    setup("dev")
    setup.change(CHECKS)
    assert setup() == []
    assert installed(setup("dev")) == ["venv", BUILD, CHECKS], "no package stays that the lock does not name"


def test_an_interrupted_addition_leaves_the_build_and_is_made_anew(setup: Setup):
    setup("dev")
    lines = setup.stamp().read_text().splitlines()
    setup.stamp().write_text("\n".join([*lines[:-1], "adding"]) + "\n")
    assert setup() == []
    assert installed(setup("dev")) == ["venv", BUILD, CHECKS]


def test_an_addition_that_is_running_says_so_in_the_stamp(project: Path, tmp_path: Path):
    uv = 'case "$*" in *requirements-dev.txt) tail -n 1 .venv/.stamp >>made ;; esac'
    path = programs(tmp_path / "bin", python3_12=FAKE_PYTHON, uv=uv, node="exit 0")
    assert Setup(project, path)("dev") == ["venv", "adding"]


def test_an_addition_that_fails_leaves_the_build(project: Path, tmp_path: Path):
    """As without a network: a build works, and a second try adds again."""
    python = 'case "$*" in *"pip install"*requirements-dev.txt) exit 1 ;; esac' + FAKE_PYTHON
    path = programs(tmp_path / "bin", python3_12=python, uv="exit 127", node="exit 0")
    setup = Setup(project, path)
    assert installed(setup("dev", code=1)) == ["venv", BUILD]
    assert setup() == []
    failed = set_up(project, path, "dev", code=1)
    assert failed.stderr == "Could not install the packages of requirements-dev.txt (see above)\n"
    assert setup() == []


def test_pip_takes_over_when_uv_cannot_install(project: Path, tmp_path: Path):
    uv = 'if [ "$1" = pip ]; then exit 2; fi'
    path = programs(tmp_path / "bin", python3_12=FAKE_PYTHON, uv=uv, node="exit 0")
    assert "trying pip" in set_up(project, path).stderr
    assert (project / "made").read_text() == "venv\npip requirements.txt\n"


@pytest.mark.parametrize("layer", [[], ["dev"]], ids=["build", "dev"])
@pytest.mark.parametrize("there", [True, False], ids=["a folder", "nothing"])
def test_a_linked_environment_is_refused_and_what_it_points_to_stays(
    project: Path, tmp_path: Path, there: bool, layer: list[str]
):
    linked = tmp_path / "linked"
    if there:
        (linked / "bin").mkdir(parents=True)
        for name in (".stamp", "thesis.txt", "bin/python"):
            (linked / name).write_text("mine")
    (project / ".venv").symlink_to(linked)
    path = programs(tmp_path / "bin", python3_12=FAKE_PYTHON, uv="exit 0", node="exit 0")
    result = set_up(project, path, *layer, code=1)
    assert result.stderr.startswith(".venv is a link")
    assert result.stderr.endswith("remove the link (rm .venv), then run make setup\n")
    assert result.stderr.count("\n") == 1
    assert (project / ".venv").is_symlink()
    assert linked.exists() == there
    assert not there or {p.name for p in linked.rglob("*")} == {".stamp", "thesis.txt", "bin", "python"}


def test_an_environment_that_was_moved_away_and_linked_is_used(project: Path, tmp_path: Path):
    path = programs(tmp_path / "bin", python3_12=FAKE_PYTHON, uv="exit 0", node="exit 0")
    set_up(project, path)
    (project / ".venv").rename(tmp_path / "elsewhere")
    (project / ".venv").symlink_to(tmp_path / "elsewhere")
    assert set_up(project, path).stdout == ""
    result = set_up(project, path, "dev", code=1)
    assert result.stderr.startswith(".venv is a link"), "nothing is added through a link"
    assert len((tmp_path / "elsewhere/.stamp").read_text().splitlines()) == 4


@pytest.mark.whole
def test_dvc_runs_in_a_release_without_git_before_any_build(project: Path, tmp_path: Path):
    """And in a clone that the folder becomes later, git is used again, as experiments need it."""
    python = FAKE_PYTHON.replace("esac", f'  *"-m dvc"*) exec "{sys.executable}" "$@" ;;\nesac')
    path = programs(tmp_path / "bin", python3_12=python, uv="exit 0", node="exit 0")
    (project / ".dvc").mkdir()
    shutil.copy(ROOT / ".dvc" / "config", project / ".dvc" / "config")
    (project / "dvc.yaml").write_text("stages:\n  made:\n    cmd: echo 1 > made\n    outs: [made]\n")
    git = {"GIT_CEILING_DIRECTORIES": str(tmp_path)}

    def dvc_settings() -> str:
        assert run("sh", "scripts/setup.sh", cwd=project, PATH=path, **git).returncode == 0
        return (project / ".dvc" / "config.local").read_text()

    assert "no_scm = true" in dvc_settings()
    done = run(sys.executable, "-m", "dvc", "repro", cwd=project, PATH=path, **git)
    assert done.returncode == 0, done.stderr
    assert (project / "made").exists()
    assert "no_scm = true" in dvc_settings(), "a second set-up changes nothing"
    run("git", "init", "--quiet", cwd=project)
    assert "no_scm" not in dvc_settings()


def test_serve_says_that_there_is_no_site(project: Path):
    result = run(sys.executable, "scripts/serve.py", cwd=project)
    assert (result.returncode, result.stderr) == (1, "No site yet: run `make site` first\n")


# --- The files that name versions


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(requirement).name) for requirement in requirements}


def locked(lock: str) -> dict[str, tuple[list[Requirement], set[str]]]:
    """Package -> its pins (one for each marker) and its hashes."""
    pins: dict[str, tuple[list[Requirement], set[str]]] = {}
    for block in re.split(r"\n(?=[\w])", (ROOT / lock).read_text()):
        requirement = Requirement(block.split("\\")[0].strip())
        before, hashes = pins.get(canonicalize_name(requirement.name), ([], set()))
        pins[canonicalize_name(requirement.name)] = (
            [*before, requirement],
            hashes | set(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block)),
        )
    return pins


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_with_hashes(lock: str):
    for name, (pins, hashes) in locked(lock).items():
        assert len(hashes) >= len(pins), f"{name} has a pin without a hash"
        for pin in pins:
            assert [specifier.operator for specifier in pin.specifier] == ["=="], f"{pin} is no pin"
            assert pin.url is None


@pytest.mark.parametrize(("lock", "dependency"), [(lock, wanted) for lock in LOCKS for wanted in LOCKS[lock]])
def test_every_dependency_is_in_its_lock(lock: str, dependency: str):
    wanted = Requirement(dependency)
    pins, _ = locked(lock)[canonicalize_name(wanted.name)]
    for pin in pins:
        (version,) = (specifier.version for specifier in pin.specifier)
        assert wanted.specifier.contains(version, prereleases=True), f"{dependency} against {pin}: run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_keeps_nothing_of_a_removed_dependency(lock: str):
    blocks = re.split(r"\n(?=\w)", (ROOT / lock).read_text())
    direct = [block.split("\\")[0] for block in blocks if f" {PROJECT['name']} (" in block]
    assert names(direct) == names(LOCKS[lock])


def test_both_locks_agree_on_what_both_name():
    """So that the checks add packages and change none."""
    build, checks = locked(BUILD), locked(CHECKS)
    assert len(build.keys() & checks.keys()) > 9
    for name in build.keys() & checks.keys():
        assert {str(pin.specifier) for pin in checks[name][0]} <= {str(pin.specifier) for pin in build[name][0]}, name
        assert checks[name][1] <= build[name][1], name


def test_the_build_imports_nothing_that_only_the_checks_install():
    """Packages that the code imports stand in pyproject.toml by name, also where another package brings them."""
    declared = {"build": names(LOCKS[BUILD]), "checks": names(LOCKS[BUILD] + LOCKS[CHECKS])}
    own = {path.stem for path in tracked_files() if path.suffix == ".py"} | {path.name for path in ROOT.iterdir()}
    whose = packages_distributions()
    for path in tracked_files():
        where = path.relative_to(ROOT)
        if path.suffix != ".py" or where.is_relative_to("tests/benchmarks"):
            continue
        layer = "checks" if where.parts[0] == "tests" or where.name in FOR_CHECKS else "build"
        for module in imported(path) - sys.stdlib_module_names - own:
            found = {canonicalize_name(name) for name in whose.get(module, [module])}
            assert found & declared[layer], f"{where} imports {module}: name it in pyproject.toml, for the {layer}"


FOR_CHECKS = {"browser.py", "fonts.py", "pdf.py", "readme.py", "screenshots.py"}
"""Scripts of contributors."""


def imported(path: Path) -> set[str]:
    """The packages that a file imports."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_python_range_is_the_same_everywhere():
    wanted = SpecifierSet(PROJECT["requires-python"])
    minors = [minor for minor in range(40) if wanted.contains(f"3.{minor}.0")]
    assert minors == list(range(minors[0], minors[-1] + 1))
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (conda,) = (entry for entry in environment if isinstance(entry, str) and entry.startswith("python>"))
    assert SpecifierSet(conda.removeprefix("python")) == wanted
    setup = (ROOT / "scripts/machine.sh").read_text()
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
    for target in ("setup", "setup-dev", "lint", "types", "test", "test-all", "site"):
        assert re.search(rf"\bmake {target}(?: |$)", script, re.MULTILINE), target


def test_ci_runs_each_test_once():
    """The quick tests, then the others but for killed builds: both by the marker that pyproject.toml registers."""
    (marker,) = PYPROJECT["tool"]["pytest"]["ini_options"]["markers"]
    assert marker.startswith("whole: ")
    assert 'pytest -m "not whole" $(ARGS)' in (ROOT / "Makefile").read_text()
    assert 'make test-all ARGS="-m whole -rs --ignore=tests/faults/test_kills.py"' in (ROOT / ".ci/run").read_text()


def test_lint_holds_the_layers_and_reads_every_shell_script():
    recipe = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    assert "&& $(in_venv) lint-imports\n" in recipe
    (named,) = re.findall(r"shellcheck -x (.*?);", recipe)
    read = {path for pattern in named.split() for path in ROOT.glob(pattern)}
    assert read == {path for path in tracked_files() if re.match(rb"#!.*\b(?:ba)?sh\b", path.read_bytes()[:80])}


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
