"""Points params.yaml at the newest day of the dataset hub-stats: `.venv/bin/python -m pipeline newest`.

A refresh begins with this command. Comments and everything outside the section `snapshot` stay as they are.
"""

import re
from datetime import date
from pathlib import Path

from pipeline.base import files, params
from pipeline.base.errors import ParamsError, SnapshotError
from pipeline.snapshot import hub_stats, refusals

_VALUE = r"""\"[^\"]*\"|'[^']*'|[^\s#]+"""
_UNSET = {"revision": "null", "path": params.SAMPLE, "coverage": "null", "label": "null"}


def newest() -> date:
    """The last day on which hub-stats changed the models. Raises SnapshotError where the Hub does not say."""
    with refusals.explained(f"dataset {hub_stats.REPOSITORY}"):
        found = hub_stats.file_at(hub_stats.REPOSITORY, hub_stats.FILE, "main")
    if found is None:
        raise SnapshotError(
            f"no {hub_stats.FILE} in {hub_stats.REPOSITORY}", next_step="set snapshot.source to hub-weekly and a date"
        )
    return date.fromisoformat(found["date"])


def point_at(day: date, path: Path) -> bool:
    """Set snapshot.source to hub-stats and snapshot.date to `day`; returns whether that changed the file.

    Raises ParamsError where the changed file would break a rule of params.yaml, and leaves the file as it was.
    """
    before = path.read_text(encoding="utf-8")
    after = edited(before, {"source": "hub-stats", "date": f'"{day}"', **_UNSET})
    if after == before:
        return False
    files.write_text(after, path)
    try:
        params.load(path)
    except ParamsError:
        files.write_text(before, path)
        raise
    return True


def edited(text: str, values: dict[str, str]) -> str:
    """The text of params.yaml with these values in its section `snapshot`; a line's comment keeps its place."""
    section = re.search(r"^snapshot:\n(?:[ \t#].*\n|\n)*", text, re.MULTILINE)
    if section is None:
        raise ParamsError("no section snapshot", where="params.yaml", next_step="restore it from the repository")
    lines = section.group(0)
    for key, value in values.items():
        # a line may have no value, since `dvc exp run -S` writes null as nothing
        pattern = re.compile(rf"^(  {key}:)(?: +(?:{_VALUE}))? *(?P<comment>#.*)?$", re.MULTILINE)
        found = pattern.search(lines)
        if found is None:
            raise ParamsError(
                f"no line snapshot.{key}", where="params.yaml", next_step="restore it from the repository"
            )
        start = f"{found.group(1)} {value}"
        comment = found.group("comment") or ""
        room = max(len(found.group(0)) - len(comment) - len(start), 2) if comment else 0
        lines = lines[: found.start()] + start + " " * room + comment + lines[found.end() :]
    return text[: section.start()] + lines + text[section.end() :]
