"""Files of the Hub, whole and right: size and sha256 are checked before a file gets its name.

huggingface_hub resumes a cut download and checks the size; it accepts other bytes of the same size and gives up on
a server error. Here a file is kept under its own hash, so that the same content costs one download whatever commit
it is asked at, two runs at once wait for each other, and an interrupt leaves a part that the next run goes on from.
"""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from huggingface_hub import hf_hub_url
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import WeakFileLock, build_hf_headers
from huggingface_hub.utils import tqdm as bar

from pipeline.base.errors import SnapshotError
from pipeline.base.files import sha256
from pipeline.snapshot import hub

SPARE = 64 * 1024 * 1024
"""Bytes that stay free on the disk."""


class Lines:
    """Progress where no terminal redraws a bar: a line at the start and at every tenth."""

    def __init__(self, total: int | None = None, initial: int = 0, desc: str = "", **_: Any) -> None:
        self.total, self.done, self.name = total or 0, initial, desc
        self.told = -1
        self.update(0)

    def update(self, more: float | None = 1) -> None:
        """Count bytes; speak when another tenth is full."""
        self.done += int(more or 0)
        tenth = 10 * self.done // self.total if self.total else 0
        if tenth > self.told:
            self.told = tenth
            hub.say(f"{self.name}: {_megabytes(self.done)} of {_megabytes(self.total)} MB")

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f}"


def fetch(repository: str, commit: str, file: str, *, size: int, digest: str) -> Path:
    """The file `file` of a dataset at a commit, on this machine, with this size in bytes and sha256.

    Raises SnapshotError when it cannot be had, or is not what the Hub's own record says it is.
    """
    whole = hub.kept("files") / f"{digest}.parquet"
    if _is_right(whole, size, digest):
        return whole
    what = f"{file} of {repository} at commit {commit}"
    if hub.offline():
        raise SnapshotError(
            f"{what} is not on this machine, and HF_HUB_OFFLINE is set", next_step="run once without HF_HUB_OFFLINE"
        )
    with _alone(whole.with_suffix(".lock")):
        if _is_right(whole, size, digest):
            return whole
        part = whole.with_suffix(".part")
        for attempt in (1, 2):
            _download(part, hf_hub_url(repository, file, repo_type="dataset", revision=commit), what, size)
            found = sha256(part)
            if found == digest:
                part.replace(whole)
                return whole
            part.unlink()
            if attempt == 1:
                hub.say(f"{file}: {size} bytes came, but other ones than the Hub's record says; once more")
    raise SnapshotError(
        f"{what} came twice with the right size and wrong content (sha256 {found[:8]}, not {digest[:8]})",
        next_step="run again later; a proxy on the way may alter files",
    )


def _is_right(path: Path, size: int, digest: str) -> bool:
    """The file is there and whole. One that is not is removed, so that it is fetched again."""
    if not path.exists():
        return False
    if path.stat().st_size == size and sha256(path) == digest:
        return True
    path.unlink()
    return False


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    try:
        with WeakFileLock(lock):
            yield
    except OSError as error:
        raise _of_the_disk(lock.parent, error) from error


def _download(part: Path, address: str, what: str, size: int) -> None:
    """Bytes into `part`, going on where an earlier attempt stopped."""

    def attempt() -> None:
        have = part.stat().st_size if part.exists() else 0
        if have > size:
            part.unlink()
            have = 0
        room(part.parent, size - have)
        with part.open("ab") as stream:
            try:
                http_get(
                    address,
                    stream,
                    resume_size=have,
                    headers=build_hf_headers(),
                    expected_size=size,
                    displayed_filename=what.split(" at ")[0],
                    tqdm_class=bar if sys.stderr.isatty() else Lines,  # type: ignore[arg-type]
                )
            except OSError as error:
                if error.errno is not None and not isinstance(error, ConnectionError | TimeoutError):
                    raise _of_the_disk(part.parent, error) from error
                raise
        if part.stat().st_size != size:
            part.unlink()
            raise SnapshotError(
                f"{what} came with another size than the Hub's record says", next_step="run again later"
            )

    hub.api()
    with hub.asking(what):
        try:
            hub.tried(attempt, what)
        except OSError as error:
            if getattr(error, "response", None) is not None or error.errno is not None:
                raise
            part.unlink(missing_ok=True)
            raise SnapshotError(
                f"{what} came with another size than the Hub's record says ({size} bytes)", next_step="run again later"
            ) from error


def room(folder: Path, size: int) -> None:
    """Raise SnapshotError unless `size` bytes and some more are free where `folder` lies."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < size + SPARE:
        raise SnapshotError(
            f"{_megabytes(size + SPARE)} MB are needed on the disk, {_megabytes(free)} MB are free",
            next_step="make room, or set HF_HOME to a folder on a larger disk",
        )


def _of_the_disk(folder: Path, error: OSError) -> SnapshotError:
    del folder
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    return SnapshotError(
        f"the download cannot be written ({reason})",
        next_step="make room, or set HF_HOME to a folder on a larger disk" if full else "check HF_HOME's folder",
    )
