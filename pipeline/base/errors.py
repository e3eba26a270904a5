"""How a command ends: an error that a user can act on is one line that says what, where and what to do next.

Such errors are the pipeline's own, and those of the machine: no room on the disk, no permission, no memory, a folder
where a file belongs. Polars reports the latter as text ("... (os error 28)"), and a failed write does not name its
file; `naming` turns both into an OSError that names it. Everything else is a bug and keeps its trace.
"""

import errno
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from pipeline.base import interrupts
from pipeline.base.characters import harmless

BUILD = "run `make site`, which builds it first"
"""The next step where a stage lacks what an earlier one makes; it works in a fresh clone too."""


class PipelineError(Exception):
    """Anything the user can fix. `python -m pipeline` prints it as one line and exits with 1."""

    def __init__(self, what: str, *, where: object = None, next_step: str | None = None) -> None:
        parts = [what]
        if where is not None:
            parts.append(f"in {where}")
        line = " ".join(parts)
        if next_step:
            line = f"{line}: {next_step}"
        super().__init__(harmless(line))  # it goes to a terminal


class ParamsError(PipelineError):
    """params.yaml has an unknown key or a value out of its range."""


class SnapshotError(PipelineError):
    """A snapshot cannot be found, read or trusted."""


class GoneError(SnapshotError):
    """The Hub does not give a thing, and will not tomorrow: it is missing, private, gated, removed or disabled."""


class RegisterError(PipelineError):
    """A register table breaks its contract."""


class TableError(PipelineError):
    """A table of the pipeline breaks its contract or is missing."""


class ArchitectureError(PipelineError):
    """A config.json is malformed, or describes a part whose parameters are not understood."""


class FactError(PipelineError):
    """A claim or a sentence names a fact that does not exist."""


class SiteError(PipelineError):
    """The book cannot be executed or rendered."""


class ShareError(PipelineError):
    """The site or its tables cannot be put on the Hub."""


class MachineError(PipelineError):
    """The machine refuses: no room, no permission, no memory."""


# ----------------------------------------------------------------------------------- what the machine refuses

_ROOM = "make room on that disk, then run it again"
_PERMISSION = "allow this user to read and write there, then run it again"
_IN_THE_WAY = "a file and a folder are mixed up there: move away what does not belong, then run it again"
_HANDLES = "allow more open files (`ulimit -n 4096`), then run it again"
_MEMORY = "end other programs, or use a smaller snapshot or a larger machine"

NEXT_STEPS = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "allow larger files (`ulimit -f unlimited`), then run it again",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: _PERMISSION,
    errno.EISDIR: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOTEMPTY: _IN_THE_WAY,
    errno.EMFILE: _HANDLES,
    errno.ENFILE: _HANDLES,
    errno.ENOMEM: _MEMORY,
    errno.ENOENT: "restore it from the repository, or run `make site` to build what comes before",
    errno.ENAMETOOLONG: "move the project to a folder with a shorter path",
    errno.EIO: "the disk failed: look into the system's log",
}
"""What to do about an error of the operating system, by its number; others are bugs, or the caller explains them."""


def machine_error(error: BaseException) -> OSError | None:
    """The operating system's error behind an exception, if it is one that the user can act on."""
    if isinstance(error, MemoryError):
        return OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    of_polars = type(error).__module__.partition(".")[0] == "polars"  # by name: this module imports nothing heavy
    if not (isinstance(error, OSError) or of_polars):
        return None
    number, file = _number_and_file(error)
    return OSError(number, os.strerror(number), file) if number in NEXT_STEPS else None


def _number_and_file(error: BaseException) -> tuple[int, str | None]:
    """An error's number, 0 if it has none, and the file that it names; of two files, the one to be written."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        *_, target, reason = error.args[0][0]
        found = re.search(r"\[Errno (\d+)\]", str(reason))
        return (int(found[1]) if found else 0), str(target)
    if isinstance(error, OSError) and error.errno:
        file = error.filename2 or error.filename
        return error.errno, None if file is None else os.fsdecode(file) if isinstance(file, bytes) else str(file)
    found = re.search(r"\(os error (\d+)\)(?:: (.+))?", str(error))
    if found:
        return int(found[1]), found[2]
    if "Invalid thrift: transport error" in str(error):  # a Parquet file's end did not fit on the disk
        return errno.ENOSPC, None
    return (errno.EISDIR if isinstance(error, IsADirectoryError) else 0), None


def temporary_prefix(path: Path) -> str:
    """The beginning of the hidden names under which `path` is written before it is renamed."""
    return f".{path.name}."


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Raises an OSError that names a file for whatever the machine refuses in the block.

    That file is `path` where the error names none, or a temporary file of `path`. A file that is only read keeps its
    name.
    """
    try:
        yield
    except Exception as error:
        refused = machine_error(error)
        if refused is None or isinstance(error, MemoryError):
            raise
        file = Path(refused.filename) if refused.filename else path
        beside = file.relative_to(path.parent).parts[:1] if file.is_relative_to(path.parent) else ()
        is_temporary = any(name.startswith(temporary_prefix(path)) for name in beside)
        raise OSError(refused.errno, refused.strerror, str(path if is_temporary else file)) from error


# -------------------------------------------------------------------------------------- the end of a command


@contextmanager
def reporting(command: str) -> Iterator[None]:
    """Run a command to its end: one line and exit code 1 for what a user can act on, 130 and 143 for an interruption.

    SIGTERM prints nothing, since its sender knows of it; half-written files are removed all the same.
    """
    try:
        with interrupts.raising(lambda number: SystemExit(128 + number), signal.SIGTERM):
            yield
    except KeyboardInterrupt:
        _end(command, "interrupted", 130)
    except Exception as error:
        line = explained(error)
        if line is None:
            raise
        _end(command, line, 1)


def explained(error: Exception) -> str | None:
    """The line for the user; None for a bug."""
    if isinstance(error, PipelineError):
        return str(error)
    refused = machine_error(error)
    if refused is None:
        return None
    assert refused.errno is not None
    what = (refused.strerror or "").lower()
    return str(MachineError(what, where=_shown(refused.filename), next_step=NEXT_STEPS[refused.errno]))


def _shown(file: str | None) -> str | None:
    """A file below the working directory by its relative path; any other as it is."""
    return os.path.relpath(file) if file and Path(file).is_relative_to(Path.cwd()) else file


def _end(command: str, line: str, code: int) -> NoReturn:
    print(f"{command}: {line}", file=sys.stderr)
    raise SystemExit(code) from None
