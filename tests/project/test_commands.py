"""Every command that the documents and the messages name can be typed as it is written, in a fresh clone."""

import ast
import re
import shlex
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from dvc.cli.parser import get_main_parser

from pipeline.__main__ import app
from pipeline.base.paths import PROJECT

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "published/README.md", "params.yaml", "dvc.yaml")
CODE = ("pipeline/**/*.py", "scripts/*.py", "book/theme/*.py")
OTHERS = ("scripts/doctor.sh", "scripts/machine.sh", "scripts/setup.sh", "book/plugins/facts.mjs")
TOOLS = r"(?:\.venv/bin/\w+|make|python3?|dvc|hf|pip)"
FENCE = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
QUOTED = re.compile(rf"`({TOOLS}(?: [^`]*)?)`")
SPOKEN = re.compile(rf"\b[Rr]un ({TOOLS}\b[^`\"',:;)]*)")
TARGETS = set(re.findall(r"^([a-z-]+):.* ## ", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
PIPELINE = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
PROGRAMS = {script.name for script in entry_points(group="console_scripts")}


def in_documents() -> Iterator[tuple[str, str]]:
    """Place and command: shell blocks, and what stands in backticks."""
    for name in DOCUMENTS:
        text = (PROJECT / name).read_text(encoding="utf-8")
        for block in FENCE.findall(text):
            lines = (line.partition(" #")[0] for line in block.splitlines() if line.strip())
            yield from ((name, command.strip()) for line in lines for command in line.split("&&"))
        quoted = QUOTED.findall(FENCE.sub("", text))
        yield from ((name, command.strip()) for line in quoted for command in line.split("&&"))


def in_messages() -> Iterator[tuple[str, str]]:
    """Place and command: texts in the code that are no docstrings."""
    texts = [(name, (PROJECT / name).read_text(encoding="utf-8")) for name in OTHERS]
    for path in sorted(path for pattern in CODE for path in PROJECT.glob(pattern)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                texts.append((path.relative_to(PROJECT).as_posix(), node.value))
    for name, text in texts:
        found = QUOTED.findall(text) + SPOKEN.findall(text)
        yield from ((name, command.strip()) for command in found)


COMMANDS = sorted({*in_documents(), *in_messages()})


def test_commands_are_found_in_documents_and_messages() -> None:
    """So that the test below cannot pass by finding none."""
    found = {command for _, command in COMMANDS}
    assert {
        "make site",
        ".venv/bin/dvc repro",
        ".venv/bin/python -m pipeline record NAME",
        ".venv/bin/hf auth login",
    } <= found
    assert {"README.md", "pipeline/report/diff.py", "scripts/serve.py", "scripts/setup.sh"} <= {
        name for name, _ in COMMANDS
    }


@pytest.mark.parametrize(("place", "command"), COMMANDS, ids=[": ".join(found) for found in COMMANDS])
def test_a_command_can_be_typed_as_it_is_written(place: str, command: str) -> None:
    program, *arguments = shlex.split(command)
    if program == "make":
        assert {word for word in arguments if "=" not in word} <= TARGETS, place
        assert not arguments or not all("=" in word for word in arguments), (
            f"{place}: without a target it only lists them"
        )
        return
    if program == "git":
        assert arguments[0] == "restore", f"{place}: of git, only what brings files back"
        assert all((PROJECT / file).is_file() for file in arguments[1:]), place
        return
    folder, _, name = program.rpartition("/")
    assert folder == ".venv/bin", f"{place}: {program} is on nobody's PATH before the environment is activated"
    assert name == "python" or name in PROGRAMS, place
    if name == "dvc":
        get_main_parser().parse_args(arguments)
    elif name == "hf":
        assert arguments == ["auth", "login"]
    elif name in ("jupytext", "papermill"):
        assert place == "CONTRIBUTING.md", "the commands there are run by tests/report/test_findings.py"
    elif arguments[:2] == ["-m", "pipeline"]:
        assert arguments[2] in PIPELINE, place
    elif arguments[0] != "-m":
        assert Path(PROJECT / arguments[0]).is_file(), place
