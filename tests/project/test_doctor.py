"""Five lines say what a machine can do, before any set-up; the exit code says whether it can build the report."""

import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scripts import browser

from .test_setup import FAKE_PYTHON, LOCKS, ROOT, programs, run

WHOLE = {
    "python3_12": 'case "$*" in -V) echo Python 3.12.9 ;; *huggingface*) echo example.org ;; esac' + FAKE_PYTHON,
    "git": "exit 0",
    "node": "echo v24.1.0",
    "chromium": "exit 0",
    "df": "printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\n/dev/a 9 9 9000000 9%% /\\n'",
}
"""A machine that has all of it."""
ALL_LINES = """\
Python   Python 3.12.9, with git: make site and make test work
Node.js  v24.1.0: pages can be built
Browser  chromium: make pdf, make screenshots and the tests of pages work
Disk     9000 MB free: enough, for a census of the Hub too
Network  example.org answers: snapshots of the Hub can be pulled
"""
TOOLS = ("sh", "cat", "head", "awk", "cksum", "dirname")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a space in its path, before any set-up."""
    copy = tmp_path / "a folder"
    shutil.copytree(ROOT / "scripts", copy / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in LOCKS:
        shutil.copy(ROOT / name, copy)
    return copy


def doctor(project: Path, machine: dict[str, str], code: int = 0, **environment: str) -> list[str]:
    """What is lines on a machine that has these programs alone, and a few tools."""
    bin_folder = project.parent / "bin"
    shutil.rmtree(bin_folder, ignore_errors=True)
    programs(bin_folder, **machine)
    for name in TOOLS:
        (bin_folder / name).symlink_to(shutil.which(name) or name)
    found = run("sh", "scripts/doctor.sh", cwd=project, **{"PATH": str(bin_folder), **environment})
    assert (found.returncode, found.stderr) == (code, "")
    lines = found.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["Python", "Node.js", "Browser", "Disk", "Network"]
    return lines


def test_a_machine_that_has_all_of_it(project: Path) -> None:
    assert doctor(project, WHOLE) == ALL_LINES.splitlines()
    assert {path.name for path in project.iterdir()} == {"scripts", *LOCKS}, "nothing is made"


FREE = "Filesystem 1024-blocks Used Available Capacity Mounted on\\n/dev/a disk 9 9 {}000 9%% /a b\\n"
LACKS = {
    "Python": ({"python3_12": "exit 1"}, "Python   No Python 3.11 to 3.13 found: install one, or run make setup", 1),
    "venv": ({"python3_12": "exit 3"}, "Python   python3.12 has no venv module: install it", 1),
    "node": ({"node": "exit 127"}, "Node.js  none yet: make setup brings one", 0),
    "room": ({"df": f"printf '{FREE.format(700)}'"}, "Disk     700 MB free, and make site takes 2000 MB", 1),
    "room for a census": ({"df": f"printf '{FREE.format(2500)}'"}, "Disk     2500 MB free: enough for the embedded", 0),
    "df": ({"df": "exit 1"}, "Disk     df does not say what is free: make site takes 2000 MB", 0),
    "network": (
        {"python3_12": 'case "$*" in *huggingface*) echo example.org; exit 1 ;; esac\n' + WHOLE["python3_12"]},
        "Network  example.org does not answer: the embedded sample and files of your own build",
        0,
    ),
}
"""What a machine lacks: programs that stand for that, how its line begins, the exit code."""


@pytest.mark.parametrize("case", LACKS)
def test_a_lack_is_named_with_what_it_costs(case: str, project: Path) -> None:
    machine, line, code = LACKS[case]
    assert any(found.startswith(line) for found in doctor(project, WHOLE | machine, code))


def test_without_a_browser_the_site_is_built_all_the_same(project: Path) -> None:
    machine = {name: script for name, script in WHOLE.items() if name != "chromium"}
    assert doctor(project, machine)[2].startswith("Browser  no Chromium: no make pdf")


def test_git_is_needed_in_a_checkout_alone(project: Path) -> None:
    machine = WHOLE | {"git": "exit 127"}
    assert "no git: make site works" in doctor(project, machine)[0]
    (project / ".git").mkdir()
    assert "but no git, which DVC needs in a git checkout" in doctor(project, machine, code=1)[0]


def test_a_link_to_the_environment_of_another_folder_is_in_the_way(project: Path) -> None:
    (project / ".venv").symlink_to(project.parent)
    assert doctor(project, WHOLE, code=1)[0].startswith("Python   .venv is a link to an environment")


def test_an_environment_that_is_made_needs_less_room_and_a_node(project: Path) -> None:
    machine = WHOLE | {"df": f"printf '{FREE.format(700)}'", "uv": "exit 127"}
    roomy = programs(project.parent / "roomy", **WHOLE, uv="exit 127")
    assert run("sh", "scripts/setup.sh", cwd=project, PATH=roomy).returncode == 0
    assert doctor(project, machine)[3].startswith("Disk     700 MB free: enough for the embedded sample")
    lines = doctor(project, machine | {"node": "exit 127"}, code=1)
    assert lines[1].startswith("Node.js  none that runs, so no pages can be built: install Node.js 20 or newer")


class Refusing(BaseHTTPRequestHandler):
    """A Hub that asks for a token."""

    def do_GET(self) -> None:
        self.send_error(401)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[HTTPServer]:
    """Its server, on this machine."""
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_hub_that_refuses_answers_and_a_token_is_not_shown(hub: HTTPServer, project: Path) -> None:
    address = f"http://reader:hf_secret@127.0.0.1:{hub.server_address[1]}"
    lines = doctor(project, WHOLE, PYTHON=sys.executable, HF_ENDPOINT=address, no_proxy="*")
    assert lines[4] == "Network  127.0.0.1 answers: snapshots of the Hub can be pulled"


def test_a_hub_that_is_not_there_does_not_answer(project: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Refusing) as closed:
        address = f"http://127.0.0.1:{closed.server_address[1]}"
    lines = doctor(project, WHOLE, PYTHON=sys.executable, HF_ENDPOINT=address, no_proxy="*")
    assert lines[4].startswith("Network  127.0.0.1 does not answer: the embedded sample")
    lines = doctor(project, WHOLE, HF_HUB_OFFLINE="1")
    assert lines[4].startswith("Network  the Hub is not asked (HF_HUB_OFFLINE)")


def test_the_same_browsers_are_looked_for_everywhere() -> None:
    for script in ("scripts/doctor.sh", ".ci/run"):
        assert " ".join(browser.PROGRAMS) in (ROOT / script).read_text(), script
