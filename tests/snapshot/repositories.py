"""What lies on the local Hub: repositories with their files, commits and tags, and how it refuses."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

LARGE = 10_000_000
"""Bytes from which on a file is stored as a large one (LFS), whatever it holds."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def commit_id(*parts: object) -> str:
    """Forty hex digits that follow from the parts."""
    return hashlib.sha1(repr(parts).encode(), usedforsecurity=False).hexdigest()


def is_large(path: str, start: bytes, size: int) -> bool:
    """Whether the Hub stores a file as a large one: a table, what is no text, what is large. start: its beginning."""
    return bool(size) and (path.endswith(".parquet") or b"\0" in start[:512] or size >= LARGE)


def blob_id(content: bytes) -> str:
    """What git calls a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def entry(path: str, content: bytes) -> dict[str, Any]:
    """A file in a listing. A large one has its hash besides; its blob is the pointer to that."""
    size, digest = len(content), sha256(content)
    if not is_large(path, content, size):
        return {"type": "file", "path": path, "size": size, "oid": blob_id(content)}
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n".encode()
    large = {"oid": digest, "size": size, "pointerSize": len(pointer)}
    return {"type": "file", "path": path, "size": size, "oid": blob_id(pointer), "lfs": large}


@dataclass
class Commit:
    """A commit: when, and every file of the repository after it."""

    id: str
    date: str
    files: dict[str, bytes]
    title: str = "Upload"


@dataclass
class Repository:
    """A repository with its history, oldest commit first."""

    name: str
    kind: str = "dataset"
    licence: str | None = None
    access: str = "open"  # open | gated | private
    renamed_to: str | None = None
    info: dict[str, Any] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)  # name to the commit's id

    @property
    def files(self) -> dict[str, bytes]:
        """Every file after the last commit."""
        return self.commits[-1].files if self.commits else {}

    def write(self, date: str, files: dict[str, bytes], title: str = "Upload") -> Commit:
        """Add a commit that writes these files."""
        return self.replace(date, self.files | files, title)

    def replace(self, date: str, files: dict[str, bytes], title: str) -> Commit:
        """Add a commit after which these are all files."""
        made = Commit(commit_id(self.name, len(self.commits), date), date, files, title)
        self.commits.append(made)
        return made

    def at(self, revision: str) -> Commit | None:
        if revision == "main":
            return self.commits[-1] if self.commits else None
        revision = self.tags.get(revision, revision)
        return next((commit for commit in self.commits if commit.id == revision), None)

    def last_change(self, path: str, commit: Commit) -> Commit:
        """The last commit up to `commit` that changed the file."""
        found = commit
        for earlier in reversed(self.commits[: self.commits.index(commit) + 1]):
            if earlier.files.get(path) != commit.files[path]:
                break
            found = earlier
        return found


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str | None = None, message: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers | ({"X-Error-Code": code} if code else {}) | {"X-Error-Message": message or str(status)}
