"""The project works on other systems than Linux.

No script asks a tool for what GNU's version of it alone can do, since macOS has another. A clone on Windows gets the
line endings that shells need, and a table or `params.yaml` that an editor there wrote says the same.
"""

import re
import shutil
from pathlib import Path

import pytest

from pipeline import register
from pipeline.base import params
from pipeline.base.paths import Paths
from pipeline.report import names, notebooks
from tests.conftest import copy_project

from .test_setup import ROOT, run, tracked_files

NOT_THERE = r"tac|nproc|shuf|timeout|setsid|flock|numfmt|sha\d+sum|md5sum|stdbuf|ionice"
TOOLS = "awk|cat|cp|cut|date|df|du|find|grep|head|ln|ls|mkdir|mktemp|mv|rm|sed|sort|stat|tail|touch|tr|uniq|wc|xargs"
GNU_ONLY = {
    "long options": rf"\b(?:{TOOLS})\b[^|;&\n]*? --[a-z]",
    "sed -i without a suffix": r"\bsed\b[^|;&\n]*? -i(?! ?'')",
    "sed -r, -z, -s": r"\bsed\b[^|;&\n]*? -n?[rsz]\b",
    "grep -P": r"\bgrep\b[^|;&\n]*? -[a-zA-Z]*P",
    "date -d, -I, %N": r"\bdate\b[^|;&\n]*?(?: -[a-z]*[dI]|%N)",
    "readlink -f, realpath": r"\breadlink -|\brealpath\b",
    "cp -t, -T, -u": r"\b(?:cp|mv|ln)\b[^|;&\n]*? -[a-zA-Z]*[tTur]\b(?!f)",
    "stat -c": r"\bstat -c",
    "head and tail, negative": r"\b(?:head|tail) -[nc] ?[-+]",
    "find -printf, without a place": r"\bfind\b[^|;&\n]*? -(?:printf|regextype|readable)|\bfind -",
    "xargs -r, -d": r"\bxargs\b[^|;&\n]*? -[a-zA-Z0-9]*[rd]\b",
    "du -b, df -B": r"\b(?:du|df)\b[^|;&\n]*? -[a-zA-Z]*[bB]",
    "mktemp with a template's option": r"\bmktemp\b[^|;&)\n]*? -[a-z]*[pt]",
    "base64 -w": r"\bbase64\b[^|;&\n]*? -w",
    "programs of GNU or Linux": rf"(?<![\w/.-])(?:{NOT_THERE})(?=\s|$)",
}
"""What stands in the way, and how it is written."""
EXAMPLES = {
    "long options": ["cp --reflink=auto a b", "date --utc +%Y", "mkdir --parents a"],
    "sed -i without a suffix": ["sed -i s/a/b/ file", "sed -n -i.. file"],
    "grep -P": ["grep -qP x", "grep -P '\\d' file"],
    "date -d, -I, %N": ["date -d yesterday", "date -u -d @0", "date -Iseconds", "date +%s%N"],
    "readlink -f, realpath": ["readlink -f .", 'cd "$(realpath .)"'],
    "cp -t, -T, -u": ["cp -t folder a", "ln -sr a b"],
    "head and tail, negative": ["head -n -1 file"],
    "xargs -r, -d": ["xargs -r rm", "xargs -0r rm"],
    "programs of GNU or Linux": ["nproc", "timeout 5 sleep 6", "echo a | sha256sum"],
}
ALLOWED = ["sed -n 1p file", "cp -R a b", "head -n 3", "tail -n 1 x", "mktemp -d", "date -u +%Y"]


def shell() -> dict[str, str]:
    """The text of all that a shell runs: scripts, recipes, stages, and the blocks of commands in the documents."""
    found = {}
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if name in ("Makefile", "dvc.yaml"):
            found[name] = path.read_text(encoding="utf-8")
        elif path.suffix == ".md" and not name.startswith("book/"):
            found[name] = "\n".join(re.findall(r"^```sh\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE))
        elif path.suffix in ("", ".sh") and re.match(rb"#!.*\b(?:ba)?sh\b", path.read_bytes()):
            found[name] = path.read_text(encoding="utf-8")
    return found


def gnu_only(text: str) -> list[str]:
    """What GNU's tools alone can do, with its line; comments may name it."""
    lines = [(number, re.sub(r"(?:^|\s)#.*", "", line)) for number, line in enumerate(text.splitlines(), start=1)]
    return [
        f"line {number}, {what}: {line.strip()}"
        for number, line in lines
        for what, pattern in GNU_ONLY.items()
        if re.search(pattern, line)
    ]


def test_all_scripts_are_looked_at() -> None:
    assert {".ci/run", "Makefile", "README.md", "binder/postBuild", "dvc.yaml", "scripts/setup.sh"} <= shell().keys()


def test_no_tool_is_asked_for_what_gnus_alone_can_do() -> None:
    assert {name: found for name, text in shell().items() if (found := gnu_only(text))} == {}


@pytest.mark.parametrize("what", EXAMPLES)
def test_what_gnus_tools_alone_can_do_is_found(what: str) -> None:
    for line in EXAMPLES[what]:
        assert any(f", {what}: " in found for found in gnu_only(line)), line


@pytest.mark.parametrize("line", ALLOWED)
def test_what_all_of_them_can_do_is_let_be(line: str) -> None:
    assert gnu_only(line) == []


# ------------------------------------------------------------------------------------------ Windows


def test_every_text_has_the_line_endings_that_shells_need() -> None:
    tracked_files()  # or skip
    listed = [
        line.split(maxsplit=3) for line in run("git", "-c", "safe.directory=*", "ls-files", "--eol").stdout.splitlines()
    ]
    for index, tree, attribute, *_, name in listed:
        if attribute != "attr/-text":
            assert (index, tree) in {("i/lf", "w/lf"), ("i/none", "w/none")}, name
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text().splitlines()


def as_windows_writes(path: Path) -> None:
    """With its line endings, and the mark with which spreadsheets there begin a file."""
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))


def test_what_an_editor_on_windows_wrote_says_the_same(tmp_path: Path) -> None:
    ours, theirs = Paths(), copy_project(tmp_path).paths
    shutil.copy(ours.params, theirs.params)
    found = sorted(theirs.register.rglob("*.csv"))
    for path in (theirs.params, *found):
        as_windows_writes(path)
    for path in found:
        assert register.load(path.stem, theirs.register).equals(register.load(path.stem, ours.register)), path.name
    assert names.checked(theirs) == params.load(ours.params)


def test_a_page_that_an_editor_on_windows_wrote_has_the_same_cells(tmp_path: Path) -> None:
    for page in sorted((ROOT / "book").glob("*.md")):
        theirs = Path(shutil.copy(page, tmp_path))
        as_windows_writes(theirs)
        cells = [cell.source for cell in notebooks.read(theirs).cells]
        assert cells == [cell.source for cell in notebooks.read(page).cells], page.name
