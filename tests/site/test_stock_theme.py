"""The book is standard MyST: it builds with the engine's own theme, as far as that goes offline, and with another."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.report import site
from tests.conftest import Report, built_once, copy_project

from .conftest import figure_html, make_book, markdown, output

OWN = re.compile(r"^site:\s*\{?\s*template: \./theme\s*\}?\s*$", re.MULTILINE)
"""What a book's configuration says of the project's theme."""
EXPECTED = re.compile(r"^(building myst-cli session|🔌|🌎|📖 Built |📚 Built )")
"""All that the engine says of content in order."""


def with_theme(paths: Paths, line: str) -> None:
    """Name another theme in a book's configuration."""
    config = paths.book / "myst.yml"
    text, changes = OWN.subn(line, config.read_text(encoding="utf-8"))
    assert changes == 1
    config.write_text(text, encoding="utf-8")


@pytest.fixture
def report(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A copy of the sample's report, of which a test may change the book."""
    built = built_once(tmp_path_factory, "the site", lambda root: copy_project(root).build().publish())
    ignored = shutil.ignore_patterns("_build", "__pycache__", "raw", "core")
    shutil.copytree(built.paths.root / "book", tmp_path / "book", ignore=ignored)
    shutil.copytree(built.paths.root / "data", tmp_path / "data", ignore=ignored)
    return Report(Paths(tmp_path))


def facts_in(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The quoted facts of a page, as the engine hands them to a theme."""
    if node.get("type") == "fact":
        yield node
    for child in node.get("children", []):
        yield from facts_in(child)


@pytest.mark.whole
def test_all_content_builds_without_the_projects_theme(report: Report) -> None:
    """The engine fetches its theme last; without the internet that is the one thing that fails."""
    paths = report.paths
    with_theme(paths, "site: {}")
    command = [sys.executable, "-m", "jupyter_book", "build", "--site", "--strict", "--check-links"]
    environment = site.environment(paths, Params.model_construct())
    done = subprocess.run(
        command, cwd=paths.book, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    content, asked, _ = (done.stdout + done.stderr).decode().partition("🔍 Querying template metadata from ")
    assert asked or done.returncode == 0, content
    assert [line for line in content.splitlines() if not EXPECTED.match(line)] == []

    facts = report.facts()
    pages = {path.stem: json.loads(path.read_text()) for path in (paths.book / "_build/site/content").glob("*.json")}
    assert pages.keys() == {path.stem for path in paths.executed.glob("*.ipynb")}
    for name, page in pages.items():
        quoted = list(facts_in(page["mdast"]))
        assert quoted or name in ("calculator", "changes"), name
        for node in quoted:  # what a theme shows of a node that it does not know: its value
            assert node["value"] == facts[node["key"]]["text"]


def test_the_stage_builds_a_site_with_another_theme(tmp_path: Path) -> None:
    """Cards and the explorer's files are for pages of the project's theme, and are left out."""
    paths = make_book(tmp_path, {"index": [markdown("# By {fact}`ratio`\n\nFirst."), output(figure_html())]})
    with_theme(paths, "site: {template: ./plain}")
    plain = paths.book / "plain"
    plain.mkdir()
    script = "import os, pathlib\npathlib.Path(os.environ['BUILD_DIRECTORY'], 'index.html').touch()\n"
    (plain / "render.py").write_text(script, encoding="utf-8")
    template = (paths.book / "theme" / "template.yml").read_text(encoding="utf-8")
    (plain / "template.yml").write_text(template, encoding="utf-8")
    site.run(paths, Params.model_construct())
    assert [path.name for path in paths.site.iterdir()] == ["index.html"]
