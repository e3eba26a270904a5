"""Points params.yaml at the newest snapshot of a dataset of the Hub: `.venv/bin/python -m pipeline newest`.

The dataset is hub_weekly_snapshots where params.yaml names the source hub-weekly, else hub-stats. `make refresh` begins
with this. Comments and everything outside the section `snapshot` stay as they are.
"""

import re
from datetime import date
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Literal

from pipeline.base import files, params
from pipeline.base.errors import GoneError, ParamsError
from pipeline.snapshot import hub_stats, hub_weekly, refusals

Source = Literal["hub-stats", "hub-weekly"]

SOURCES: MappingProxyType[Source, ModuleType] = MappingProxyType({"hub-stats": hub_stats, "hub-weekly": hub_weekly})
"""The sources that have a newest snapshot: each is a dataset that its publisher adds to."""

_VALUE = r"""\"[^\"]*\"|'[^']*'|[^\s#]+"""
_UNSET = dict.fromkeys(("revision", "coverage", "origin", "licence", "label"), "null") | {
    "path": params.SAMPLE,
    "kind": "stock",
}
"""What describes a snapshot of one's own, or one day of another source."""


def source_of(snapshot: params.Snapshot) -> Source:
    """The source whose newest snapshot is meant: the one that params.yaml names if it has one, else hub-stats."""
    return "hub-weekly" if snapshot.source == "hub-weekly" else "hub-stats"


def newest(source: Source = "hub-stats") -> date:
    """The last day of which a source has a snapshot. Raises SnapshotError where the Hub does not say."""
    module = SOURCES[source]
    with refusals.explained(f"dataset {module.REPOSITORY}"):
        found: date | None = module.newest()
    if found is None:
        other = next(name for name in SOURCES if name != source)
        raise GoneError(f"no snapshot in {module.REPOSITORY}", next_step=f"set snapshot.source to {other} and a date")
    return found


def point_at(day: date, path: Path, source: Source = "hub-stats") -> bool:
    """Set snapshot.source and snapshot.date; returns whether that changed the file.

    Raises ParamsError where the changed file would break a rule of params.yaml, and leaves the file as it was.
    """
    before = path.read_text(encoding="utf-8")
    after = edited(before, {"source": source, "date": f'"{day}"', **_UNSET})
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
