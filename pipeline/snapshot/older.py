"""The older days of the Hub that params.yaml names, as the stages `history` and `known` have stored them.

A module of its own beside `history`, so that no chapter loads the code that talks to the Hub.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.base import tables
from pipeline.base.params import Params

Older = tuple[date, Path, dict[str, Any], bool]
"""An older snapshot: its day, its folder, its provenance, and whether it repeats an earlier one."""


def asked(params: Params) -> list[date]:
    """The older days that params name, in order."""
    return sorted([*params.snapshot.history, *(entry.date for entry in params.snapshot.history_files)])


def older(folders: Path, params: Params) -> Iterator[tuple[date, Path, dict[str, Any]]]:
    """Day, folder and provenance of the older snapshots below a folder that has one for each day, in order.

    Days with the same content are one, that of the first: what is listed again later was not asked again. Raises
    TableError where one is not built.
    """
    for day, folder, provenance, is_repeated in every_older(folders, params):
        if not is_repeated:
            yield day, folder, provenance


def every_older(folders: Path, params: Params) -> Iterator[Older]:
    """The same with those that repeat an earlier one: the same bytes, or the same day."""
    seen = set[str]()
    for day in asked(params):
        folder = folders / str(day)
        provenance = tables.read_json(folder / "provenance.json")
        content = {provenance["sha256"], provenance["date"]}
        yield date.fromisoformat(provenance["date"]), folder, provenance, bool(seen & content)
        seen |= content
