"""Writes a file or folder whole or not at all: to a temporary name beside it, which is then renamed.

A temporary name contains the number of its process. What a killed process left behind is removed when the same file
or folder is written again.
"""

import hashlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.base import interrupts
from pipeline.base.errors import naming, temporary_prefix

_CHECKS, _BETWEEN_SECONDS = 5, 0.05
"""How often in a row a folder must be found gone, and the seconds between two checks."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary name to write to; it replaces `path` if the block succeeds, else it is removed.

    Raises an OSError that names `path` for what the machine refuses.
    """
    temporary = path.with_name(f"{temporary_prefix(path)}{os.getpid()}.tmp")
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """The same for a folder; yields an empty one."""
    with naming(path), scratch(path) as folder:
        fresh = folder / "new"
        fresh.mkdir()
        yield fresh
        with interrupts.undisturbed(signal.SIGINT, signal.SIGTERM):
            if path.is_dir():
                path.replace(folder / "old")
            fresh.replace(path)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Yields a folder beside `path` for temporary files; it is removed at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    folder = Path(tempfile.mkdtemp(prefix=f"{temporary_prefix(path)}{os.getpid()}.", dir=path.parent))
    try:
        yield folder
    except BaseException:
        _remove_for_good(folder)
        raise
    shutil.rmtree(folder)


def _remove_abandoned(path: Path) -> None:
    """Remove the temporary files of `path` whose process no longer runs."""
    prefix = temporary_prefix(path)
    for left in [file for file in path.parent.iterdir() if file.name.startswith(prefix)]:
        process = left.name.removeprefix(prefix).partition(".")[0]
        if process.isdecimal() and not _is_running(int(process)):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def _remove_for_good(folder: Path) -> None:
    """Remove a folder in which a write has failed, until no thread of polars that still writes makes it anew."""
    gone = 0
    while gone < _CHECKS:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(_BETWEEN_SECONDS)
        gone = 0 if folder.exists() else gone + 1


def sha256(path: Path) -> str:
    """Hex digest of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_text(text: str, path: Path) -> None:
    """Write a text in UTF-8 with its line ends unchanged."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
