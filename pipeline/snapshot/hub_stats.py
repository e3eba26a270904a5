"""Source `hub-stats`: one day's census of the Hub's models, from the dataset cfahlgren1/hub-stats.

Method
1. By `revision`: the file `models.parquet` at that commit. By `date`: the file after the last commit of that day (UTC)
   that changed it.
2. That commit is found by asking for the file at the last commit of the repository up to the end of the day: the
   answer names the commit that last changed the file. If that commit is of an earlier day, the day has no snapshot.
3. The error then names the nearest days with one. The next one is found by bisection, since later commits can only
   have later changes.

Known drawbacks: commits of other files are listed too; a history that was squashed loses its days.
"""

import bisect
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.base import params
from pipeline.base.characters import harmless
from pipeline.base.errors import SnapshotError
from pipeline.base.paths import Paths
from pipeline.snapshot import cache, download, hub, refusals
from pipeline.snapshot.source import Pulled, Resolved, from_parquet

REPOSITORY = "cfahlgren1/hub-stats"
FILE = "models.parquet"
SHA1, SHA256 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")


def resolve(snapshot: params.Snapshot, paths: Paths) -> Resolved:
    """The commit, size and sha256 of the file that `snapshot.revision` or `snapshot.date` names.

    Raises SnapshotError for a commit without the file and for a day without a snapshot.
    """
    del paths

    def asked() -> dict[str, Any]:
        revision, day = snapshot.revision, snapshot.date
        found = at_commit(revision) if revision else at_day(date.fromisoformat(str(day)))
        return found | {"licence": licence(REPOSITORY, found["commit"])}

    known = resolved_once(f"hub-stats-{snapshot.revision or snapshot.date}", REPOSITORY, snapshot.revision, asked)
    return Resolved(
        label=snapshot.label or f"hub-stats, {known['date']}",
        source="hub-stats",
        repository=REPOSITORY,
        revision=known["commit"],
        coverage="census",
        file=FILE,
        **known,
    )


def resolved_once(key: str, repository: str, revision: str | None, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the Hub says of a file, as an earlier run stored it under the key, or by asking.

    What is at a commit (`revision`) cannot change; what is there of a day can, so it is asked anew unless offline.
    """
    known = cache.load("resolved", key)
    if known is not None and (revision or hub.offline()):
        return known
    with refusals.explained(f"dataset {repository}" + (f" at commit {revision}" if revision else "")):
        return cache.save("resolved", key, ask())


def pull(resolved: Resolved, paths: Paths) -> Path:
    """The resolved file of the Hub, downloaded unless it is stored; its rows need as much room again in the project."""
    size = resolved.size or 0
    download.room(paths.raw, 2 * size)
    return download.fetch(
        str(resolved.repository), str(resolved.commit), resolved.file, size=size, digest=resolved.sha256
    )


def normalise(resolved: Resolved, path: Path, paths: Paths) -> Pulled:
    """Its rows in one schema."""
    del paths
    return from_parquet(resolved, path)


def newest() -> date | None:
    """The last day on which the dataset changed the file; None where it has none."""
    found = file_at(REPOSITORY, FILE, "main")
    return date.fromisoformat(found["date"]) if found else None


def at_commit(commit: str) -> dict[str, Any]:
    """`commit, date, size, sha256` of the file at a commit; the day is that of its last change."""
    found = file_at(REPOSITORY, FILE, commit)
    if found is None:
        raise SnapshotError(
            f"no {FILE} at commit {commit} of {REPOSITORY}", next_step="set snapshot.revision to another"
        )
    return found | {"commit": commit}


def at_day(day: date) -> dict[str, Any]:
    """`commit, date, size, sha256` of the file as the day's last change of it left it."""
    history = sorted(hub.api().list_repo_commits(REPOSITORY, repo_type="dataset"), key=lambda commit: commit.created_at)
    before = [commit for commit in history if commit.created_at.date() <= day]
    found = file_at(REPOSITORY, FILE, before[-1].commit_id) if before else None
    if found is not None and found["date"] == str(day):
        return found
    after = _first_after(day, [commit.commit_id for commit in history[len(before) :]])
    named = [f"{found['date']} before" if found else "none before", f"{after} after" if after else "none after"]
    raise SnapshotError(
        f"no snapshot of {day} in {REPOSITORY}",
        next_step=f"set snapshot.date to the nearest one ({named[0]}, {named[1]})",
    )


def _first_after(day: date, commits: list[str]) -> str | None:
    """The first day after `day` on which a commit changed the file; commits: those after `day`, oldest first."""

    def changed(commit: str) -> str:
        found = file_at(REPOSITORY, FILE, commit)
        return found["date"] if found else ""

    place = bisect.bisect_right(commits, str(day), key=changed)
    return changed(commits[place]) if place < len(commits) else None


def file_at(repository: str, file: str, commit: str) -> dict[str, Any] | None:
    """`commit, date, size (bytes), sha256` of a file at a commit; None if the commit has no such file.

    commit and date (UTC) are those of the file's last change.
    """
    return files_at(repository, [file], commit).get(file)


def files_at(repository: str, files: list[str], commit: str) -> dict[str, dict[str, Any]]:
    """The same as `file_at` for several files in one call, by file."""
    rows = hub.retried(
        lambda: hub.api().get_paths_info(repository, files, revision=commit, repo_type="dataset", expand=True),
        f"dataset {repository}",
    )
    known: dict[str, dict[str, Any]] = {}
    for row in rows:
        lfs, last = getattr(row, "lfs", None), getattr(row, "last_commit", None)
        if lfs is None or last is None:
            raise SnapshotError(
                f"the Hub has no checksum of {row.path} at commit {commit} of {repository}",
                next_step="choose another date or commit",
            )
        if not (SHA256.fullmatch(lfs.sha256) and SHA1.fullmatch(last.oid) and lfs.size >= 0):
            raise ValueError("no hash, or no size")  # files are named by them
        known[row.path] = {
            "commit": last.oid,
            "date": str(last.date.date()),
            "size": lfs.size,
            "sha256": lfs.sha256,
        }
    return known


def licence(repository: str, commit: str) -> str:
    """The licence that the dataset's card states."""
    info = hub.retried(
        lambda: hub.api().dataset_info(repository, revision=commit, timeout=hub.TIMEOUT), f"dataset {repository}"
    )
    named = [tag.removeprefix("license:") for tag in info.tags or [] if tag.startswith("license:")]
    return harmless(named[0]) if named else "none stated by its publisher"
