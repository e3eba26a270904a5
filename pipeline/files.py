"""Writing a file or folder whole or not at all: to a temporary name beside it, then renamed."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import naming

_TRIES = 100


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name to write to; it takes the place of `path` if the block ends well, else it goes.

    Raises OSError that names `path` for what the machine refuses.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """The same for a folder; the temporary one is there, and empty, when the block begins."""
    with naming(path), scratch(path) as folder:
        fresh = folder / path.name
        fresh.mkdir()
        yield fresh
        shutil.rmtree(path, ignore_errors=True)
        fresh.replace(path)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """A folder beside `path` for what is needed until it is written; it goes at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.{os.getpid()}.", dir=path.parent))
    try:
        yield folder
    finally:
        for _ in range(_TRIES):  # threads of polars may still write when one of them has failed
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.05)


def write_text(text: str, path: Path) -> None:
    """Write a text in UTF-8, with the line ends that it has."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
