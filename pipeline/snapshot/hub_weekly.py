"""Source `hub-weekly`: one week's census, from the dataset hfmlsoc/hub_weekly_snapshots.

Method
1. Each folder of `models/` is named after the first day of its week; `snapshot.date` is that day. The repository is
   read at `snapshot.revision`, or at its present commit. Provenance names the commit that last changed the week's file,
   which is the same whenever it is asked.
2. A file with the hash of an earlier week is a repetition: the publisher had nothing new, or an old file again. The
   snapshot's date is then the first week with that content, and its known biases name the repetition.

Known drawback: rows are some day of the week, not its first.
"""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline.base import params
from pipeline.base.errors import SnapshotError
from pipeline.base.paths import Paths
from pipeline.snapshot import hub, hub_stats
from pipeline.snapshot.source import Pulled, Resolved, from_parquet

REPOSITORY = "hfmlsoc/hub_weekly_snapshots"
FOLDER = "models"
WEEK = re.compile(r"\d{4}-\d{2}-\d{2}")
DAYS = 7
"""Rows are of some day of the week."""
WEEKS_COMPARED = 60
"""How many weeks back a repeated file is looked for."""


def resolve(snapshot: params.Snapshot, paths: Paths) -> Resolved:
    """The week's file at a commit, and since which week its content is the same.

    Raises SnapshotError for a week without a file, naming the nearest ones.
    """
    del paths
    label = str(snapshot.date)
    key = f"hub-weekly-{label}-{snapshot.revision}" if snapshot.revision else f"hub-weekly-{label}"
    known = hub_stats.resolved_once(
        key, REPOSITORY, snapshot.revision, lambda: _week(date.fromisoformat(label), snapshot.revision)
    )
    biases = [f"the rows are of some day of the week that begins on {known['date']}"]
    if known["date"] != label:
        biases.append(f"its publisher repeated the file of {known['date']} for the week of {label}")
        hub.say(f"hub-weekly: the file of {label} repeats that of {known['date']}")
    return Resolved(
        label=snapshot.label or f"hub-weekly, week of {known['date']}",
        source="hub-weekly",
        repository=REPOSITORY,
        revision=known["commit"],
        coverage="census",
        file=_file(label),
        known_biases=tuple(biases),
        **known,
    )


def _week(label: date, revision: str | None) -> dict[str, Any]:
    """`commit, date, size, sha256, licence` of a week; `date` is the first week with this content."""
    info = hub.retried(
        lambda: hub.api().dataset_info(REPOSITORY, revision=revision, timeout=hub.TIMEOUT), f"dataset {REPOSITORY}"
    )
    commit = str(info.sha)
    folders = hub.retried(
        lambda: list(hub.api().list_repo_tree(REPOSITORY, FOLDER, revision=commit, repo_type="dataset")),
        f"dataset {REPOSITORY}",
    )
    named = (folder.path.removeprefix(f"{FOLDER}/") for folder in folders)
    weeks = sorted(name for name in named if WEEK.fullmatch(name))
    if str(label) not in weeks:
        raise _no_week(label, weeks)
    compared = [week for week in weeks if week <= str(label)][-WEEKS_COMPARED:]
    files = hub_stats.files_at(REPOSITORY, [_file(week) for week in compared], commit)
    hashes = {week: files[_file(week)]["sha256"] for week in compared if _file(week) in files}
    if str(label) not in hashes:
        raise _no_week(label, list(hashes))
    file = files[_file(str(label))]
    same = [week for week, content in hashes.items() if content == file["sha256"]]
    return {
        "commit": file["commit"],
        "date": min(same),
        "size": file["size"],
        "sha256": file["sha256"],
        "licence": hub_stats.licence(REPOSITORY, file["commit"]),
    }


def _file(week: str) -> str:
    return f"{FOLDER}/{week}/models.parquet"


def newest() -> date | None:
    """The last week that has a file; None where no folder has one. A folder that is named otherwise is no week."""
    folders = hub.retried(
        lambda: list(hub.api().list_repo_tree(REPOSITORY, FOLDER, revision="main", repo_type="dataset")),
        f"dataset {REPOSITORY}",
    )
    weeks = sorted(filter(None, (_first_day(folder.path.removeprefix(f"{FOLDER}/")) for folder in folders)))
    last = [_file(str(week)) for week in weeks[-WEEKS_COMPARED:]]
    files = hub_stats.files_at(REPOSITORY, last, "main") if last else {}
    return max((week for week in weeks if _file(str(week)) in files), default=None)


def _first_day(name: str) -> date | None:
    """The day that a folder is named after."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if str(day) == name else None


def _no_week(label: date, weeks: list[str]) -> SnapshotError:
    """The error for a week without a file, which names the nearest ones of `weeks`."""
    before = [week for week in weeks if week < str(label)]
    after = [week for week in weeks if week > str(label)]
    inside = before and date.fromisoformat(before[-1]) + timedelta(days=DAYS) > label
    named = f"{before[-1] if before else 'none'} before, {after[0] if after else 'none'} after"
    why = "weeks are named after their first day; " if inside else ""
    return SnapshotError(
        f"no snapshot of {label} in {REPOSITORY}",
        next_step=f"{why}set snapshot.date to the nearest one ({named})",
    )


pull = hub_stats.pull


def normalise(resolved: Resolved, path: Path, paths: Paths) -> Pulled:
    """Its rows in one schema."""
    del paths
    return from_parquet(resolved, path, days=DAYS)
