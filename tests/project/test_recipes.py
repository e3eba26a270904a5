"""The recipes of CONTRIBUTING.md work as written: a test follows them to the letter in a copy of the project."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import yaml

from pipeline import register, snapshot
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.paths import PROJECT, Paths
from pipeline.report.names import PAGE
from tests.conftest import Report, built_once, copy_project, hub_rows

TEXT = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^(`{3,})(\w+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`((?:[\w.]+/)*[\w.-]+\.(?:csv|md|py|yaml|yml))`")

pytestmark = pytest.mark.whole


@dataclass(frozen=True)
class Step:
    """One fenced block: what kind it is, the file that it is about, what stands in it."""

    kind: str
    file: str
    body: str


def recipe(title: str, mark: str = "###") -> Iterator[Step]:
    """Steps of a recipe; a block is about the file named last before it."""
    start = re.search(rf"^{mark} {re.escape(title)}$", TEXT, re.MULTILINE)
    assert start, f"CONTRIBUTING.md has no recipe {title!r}"
    section = re.split(rf"^{mark[:2]}#? ", TEXT[start.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    if mark == "##":
        section = TEXT[start.end() :]
    file, end = "", 0
    for block in FENCE.finditer(section):
        named = FILE.findall(section[end : block.start()])
        file, end = named[-1] if named else file, block.end()
        yield Step(block.group(2), file, block.group(3))


def change(text: str, body: str) -> str:
    """`text` with the lines of a change replaced; `...` stands for what stays."""
    old, new = ("\n".join(line[1:] for line in body.splitlines() if line.startswith(sign)) for sign in ("-", "+"))
    pattern = "".join(r"([^\n]*)" if part == "..." else re.escape(part) for part in re.split(r"(\.\.\.)", old))
    found = re.findall(rf"^{pattern}$", text, re.MULTILINE)
    assert len(found) == 1, f"{len(found)} places look like {old!r}"
    parts = re.split(r"\.\.\.", new)
    unchanged = found[0] if isinstance(found[0], tuple) else (found[0],)
    whole = "".join(part + (unchanged[number] if number < len(parts) - 1 else "") for number, part in enumerate(parts))
    return re.sub(rf"^{pattern}$", lambda _: whole, text, count=1, flags=re.MULTILINE)


def follow(title: str, root: Path) -> list[str]:
    """Do what a recipe says, up to its commands; the commands."""
    commands = []
    for step in recipe(title):
        path = root / step.file
        if step.kind == "sh":
            commands += step.body.splitlines()
        elif step.kind == "diff":
            path.write_text(change(path.read_text(encoding="utf-8"), step.body), encoding="utf-8")
        elif step.kind == "csv":
            text = path.read_text(encoding="utf-8")
            assert text.endswith("\n")
            path.write_text(text + step.body, encoding="utf-8")
        else:
            assert not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.body, encoding="utf-8")
    return commands


def fresh(root: Path) -> Report:
    """A clone's own files, on the embedded sample; git and DVC know it."""
    report = copy_project(root)
    for name in ("params.yaml", "dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(PROJECT / name, root / name)
    shutil.copytree(PROJECT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / ".dvc", root / ".dvc", ignore=lambda *_: {"cache", "tmp", "config.local"})
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    sample = change(
        (root / "params.yaml").read_text(), "-  source: ...\n-  date: ...\n+  source: sample\n+  date: null\n"
    )
    (root / "params.yaml").write_text(sample, encoding="utf-8")
    return report


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A new definition, a new chapter and a new family, and the site that DVC builds from them."""

    def build(root: Path) -> None:
        fresh(root)
        for title in ("A new definition", "A new chapter", "A new family"):
            assert follow(title, root) == ["make site"]
        dvc(".venv/bin/dvc repro", root)

    return built_once(tmp_path_factory, "recipes", build)


def words(page: str) -> str:
    """What a reader sees of a page, its data tables included."""
    return " ".join(re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def article(page: str) -> str:
    """What a reader sees of a page's own text: its neighbours' titles, the head and the foot are not its own."""
    (own,) = re.findall(r"<article>.*</article>", page, flags=re.DOTALL)
    return words(re.sub(r"<nav\b.*?</nav>", " ", own, flags=re.DOTALL))


PLUMBING = {"data", "changes"}
"""Pages about the report itself."""
CHAPTERS = PAGE.findall((PROJECT / "book" / "myst.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name in CHAPTERS if name not in PLUMBING])
def test_a_new_family_is_in_every_chapter(name: str, followed: Report) -> None:
    assert "Marin" in article(followed.page(name))


def test_a_family_of_which_nothing_is_found_is_shown_with_the_reason(followed: Report) -> None:
    assert "Marin 0 0 none of its 2 releases is tied to another family" in article(followed.page("pollination"))
    assert re.search(r"nothing is declared in this snapshot.* Marin – \d to \d", article(followed.page("lineage")))
    assert re.search(r"Counted by the essay.* Marin no – 0 to 2 2", article(followed.page("claims")))
    assert "Marin Marin marin-community (^|[^a-z])marin([^a-z]|$) 2" in article(followed.page("methods"))


def test_a_new_family_is_the_subject(followed: Report) -> None:
    assert followed.text("report.subject") == "Marin"
    assert "Marin" in followed.table("surface")["family"]
    by_shape = followed.table("derivatives").filter(definition="family.shape", group="Marin")["derivatives"].item()
    assert 0 < by_shape < 10  # its 8B has the shape of Llama's, which was first


def test_a_new_definition_is_counted_and_can_be_the_headline(followed: Report) -> None:
    keys = followed.table("definitions")["definition"]
    assert "family.name.min_50" in keys
    assert followed.text("derivatives.headline.definition") == "family.name.min_50"
    assert "at least 50 downloads" in words(followed.page("methods"))


def test_a_new_chapter_has_its_page_and_its_place(followed: Report) -> None:
    assert "Registered releases by licence" in followed.page("licences")
    assert 'href="licences.html"' in followed.page("index")
    counted = followed.table("release_licences")
    assert counted["releases"].sum() == register.load("releases", followed.paths.register)["licence"].count()
    assert f"state {followed.text('licences.different')} licences" in words(followed.page("licences"))
    assert (followed.paths.site / "data" / "release_licences.csv").exists()


def test_the_code_of_a_new_chapter_is_in_the_projects_style(followed: Report) -> None:
    folders = [f"pipeline/{room}/licences" for room in ("chapters", "charts")]
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--config", PROJECT / "pyproject.toml", *folders]
        done = subprocess.run(ruff, cwd=followed.paths.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_a_build_after_the_recipes_runs_nothing(followed: Report) -> None:
    assert ran(followed.paths.root) == set()


def test_a_new_snapshot_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = fresh(tmp_path / "a fork")
    assert follow("A new snapshot", report.paths.root) == ["make site"]
    hub_rows({"id": "someone/tuned"}).write_parquet(report.paths.root / "hub.parquet")
    monkeypatch.chdir(report.paths.root)
    snapshot.run(report.paths, parameters.load(report.paths.params))
    assert pl.read_parquet(report.paths.raw / "models.parquet")["id"].to_list() == ["someone/tuned"]


def dvc(command: str, root: Path) -> str:
    """One of the commands for results and experiments, as written but for the interpreter; what it says."""
    assert command.startswith(".venv/bin/dvc ")
    parts = [sys.executable, "-m", "dvc", *shlex.split(command)[1:]]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(parts, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


OF_DAYS = ("history", "history_files", "known", "known_files")


def clone(root: Path) -> Path:
    """A fork that has the project's first stages alone."""
    fresh(root)
    stages = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    first = {name: stages[name] for name in ("snapshot", *OF_DAYS)}
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": first}), encoding="utf-8")
    return root


def test_results_are_pulled_from_a_folder_instead_of_computed(tmp_path: Path) -> None:
    blocks = [step.body.splitlines() for step in recipe("Share results, compare snapshots", "##")]
    giving, taking = blocks[0], blocks[1]
    first, second = clone(tmp_path / "first"), clone(tmp_path / "a fork")
    dvc(".venv/bin/dvc repro", first)
    for command in giving:
        dvc(command, first)
    shutil.copy(first / "dvc.lock", second / "dvc.lock")
    outputs = [dvc(command, second) for command in taking]
    assert "Running stage" not in outputs[-1]
    for name in ("models.parquet", "provenance.json"):
        assert (second / "data/raw" / name).read_bytes() == (first / "data/raw" / name).read_bytes()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_reader_pulls_the_site_byte_for_byte_and_computes_nothing(followed: Report, tmp_path: Path) -> None:
    blocks = [step.body.splitlines() for step in recipe("Share results, compare snapshots", "##")]
    first = shutil.copytree(followed.paths.root, tmp_path / "first")
    second = shutil.copytree(first, tmp_path / "a fork")
    for built in ("data", "book/_build", "book/_executed", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(second / built)
    for command in blocks[0]:
        dvc(command, first)
    outputs = [dvc(command, second) for command in blocks[1]]
    assert "Running stage" not in outputs[-1]
    site = files(Paths(second).site)
    assert {"index.html", "licences.html", "data/datapackage.json"} <= site.keys()
    assert site == files(Paths(first).site)


def ran(root: Path) -> set[str]:
    """The stages that `dvc repro` runs now."""
    return set(re.findall(r"Running stage '(.*)'", dvc(".venv/bin/dvc repro", root)))


def read(root: Path, folder: str) -> list[str]:
    return pl.read_parquet(root / "data" / folder / "models.parquet")["id"].to_list()


def panel(root: Path) -> list[str]:
    return pl.read_parquet(root / "data/raw/known/2025-10-01/panel.parquet")["id"].to_list()


def test_new_bytes_under_an_old_name_are_read_anew(tmp_path: Path) -> None:
    """A snapshot beside params.yaml, and an older one elsewhere on the machine."""
    root, paths = clone(tmp_path / "a fork"), Paths(tmp_path / "a fork")
    follow("A new snapshot", root)
    newest, older = root / "hub.parquet", tmp_path / "older day.parquet"
    entry = {"date": "2025-10-01", "path": str(older), "coverage": "slice"}
    Report(paths).set(snapshot={"history_files": [entry]})
    hub_rows({"id": "someone/first"}).write_parquet(newest)
    hub_rows({"id": "someone/older"}).write_parquet(older)
    assert ran(root) == {"snapshot", "history_files@file0", "known_files@file0"}
    assert (read(root, "raw"), panel(root)) == (["someone/first"], ["someone/older"])
    before = tables.read_json(paths.provenance)
    hub_rows({"id": "someone/second"}).write_parquet(newest)
    assert ran(root) == {"snapshot"}
    assert read(root, "raw") == ["someone/second"]
    after = tables.read_json(paths.provenance)
    assert before["file"] == after["file"]
    assert before["sha256"] != after["sha256"]
    hub_rows({"id": "someone/else"}).write_parquet(older)
    assert ran(root) == {"history_files@file0", "known_files@file0"}
    assert panel(root) == ["someone/else"]
    assert ran(root) == set()
    another = tmp_path / "another.parquet"
    hub_rows({"id": "someone/another"}).write_parquet(another)
    files_of = [entry, {"date": "2025-11-01", "path": str(another), "coverage": "slice"}]
    Report(paths).set(snapshot={"history_files": files_of})
    assert ran(root) == {"history_files@file1", "known_files@file1"}, "of a year of weeks one more is one more"
    Report(paths).set(snapshot={"history_files": [entry | {"coverage": "census"}, files_of[1]]})
    assert ran(root) == {"history_files@file0", "known_files@file0"}


def test_experiments_are_compared_by_numbers_that_the_pipeline_declares(followed: Report) -> None:
    commands = [line for step in recipe("Share results, compare snapshots", "##") for line in step.body.splitlines()]
    assert [command.split()[1:3] for command in commands[-3:]] == [["exp", "run"], ["exp", "run"], ["exp", "show"]]
    stages = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert stages["report"]["metrics"] == ["data/out/metrics.json"]
    metrics = tables.read_json(followed.paths.out / "metrics.json")
    assert metrics["headline"]["rule"] == "family.name.min_50"
    assert (
        metrics["headline"]["Llama"]
        == followed.table("derivatives").filter(definition="family.name.min_50", group="Llama")["derivatives"].item()
    )
    assert sum(metrics["verdicts"].values()) == followed.table("claims").height
