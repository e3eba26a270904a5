"""Downloads files of the Hub: a file gets its name after its size and sha256 were checked.

huggingface_hub resumes a cut download and checks the size, but it accepts other bytes of the same size and gives up on
a server error. Here a file is stored under its own hash, so that the same content is downloaded once, whatever the
commit; two runs at once wait for each other; and the next run goes on with the part that an interrupt leaves.
"""

import errno
import fcntl
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
from pipeline.snapshot import cache, hub, refusals

SPARE = 64 * 1024 * 1024
"""Bytes that stay free on the disk."""


class Lines:
    """Progress for output that is no terminal, with the interface of tqdm: a line at the start and at every tenth."""

    def __init__(self, total: int | None = None, initial: int = 0, desc: str = "", **_: Any) -> None:
        self.total, self.done, self.name = total or 0, initial, desc
        self.last_tenth = -1
        self.update(0)

    def update(self, more: float | None = 1) -> None:
        """Count bytes; print a line where another tenth is full."""
        self.done += int(more or 0)
        tenth = 10 * self.done // self.total if self.total else 0
        if tenth > self.last_tenth:
            self.last_tenth = tenth
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
    """The path on this machine of a dataset's file at a commit. size: in bytes; digest: its sha256.

    Raises SnapshotError where it cannot be downloaded, or differs from the Hub's own record of it.
    """
    whole = _stored(digest)
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


@contextmanager
def passing(digest: str) -> Iterator[None]:
    """For a block that needs a file once: what is downloaded in it is removed at its end, a file from before stays.

    digest: the file's sha256. Several runs may need one file at once; the last of them removes it, also after a run
    that was killed. A download that was cut stays, so that the next run goes on with it.
    """
    whole = _stored(digest)
    mark, users = whole.with_suffix(".passing"), whole.with_suffix(".users")
    if not whole.exists():
        mark.touch()
    with users.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        try:
            yield
        finally:
            if mark.exists() and whole.exists() and _is_last(stream.fileno()):
                whole.unlink(missing_ok=True)
                mark.unlink(missing_ok=True)


def _is_last(users: int) -> bool:
    """Whether no other run has the file of users open."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stored(digest: str) -> Path:
    """Where a file with this sha256 is stored."""
    return cache.folder("files") / f"{digest}.parquet"


def _is_right(path: Path, size: int, digest: str) -> bool:
    """Whether the file is there and whole; removes one that is not, so that it is fetched again."""
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
        raise _disk_error(error) from error


def _download(part: Path, address: str, what: str, size: int) -> None:
    """Download into the file `part`, going on where an earlier attempt stopped."""

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
                    raise _disk_error(error) from error
                raise
        if part.stat().st_size != size:
            part.unlink()
            raise SnapshotError(
                f"{what} came with another size than the Hub's record says", next_step="run again later"
            )

    hub.api()
    with refusals.explained(what):
        try:
            hub.retried(attempt, what)
        except OSError as error:
            if getattr(error, "response", None) is not None or error.errno is not None:
                raise
            part.unlink(missing_ok=True)
            raise SnapshotError(
                f"{what} came with another size than the Hub's record says ({size} bytes)", next_step="run again later"
            ) from error


def room(folder: Path, size: int) -> None:
    """Raises SnapshotError unless `size` bytes and `SPARE` more are free on the disk of the folder."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < size + SPARE:
        raise SnapshotError(
            f"{_megabytes(size + SPARE)} MB are needed on the disk, {_megabytes(free)} MB are free",
            next_step="make room, or set HF_HOME to a folder on a larger disk",
        )


def _disk_error(error: OSError) -> SnapshotError:
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    return SnapshotError(
        f"the download cannot be written ({reason})",
        next_step="make room, or set HF_HOME to a folder on a larger disk" if full else "check HF_HOME's folder",
    )
