"""Stages `history` and `history_files`: one older snapshot, as the Hub was known then.

A day of `snapshot.history` is pulled from the source that `snapshot.history_source` names; a file of
`snapshot.history_files` is read where it is. Both are resolved, checked and normalised like the newest snapshot, and
their rows and provenance go to data/raw/history/<day>. That folder appears whole or not at all: a failure leaves the
last one, and a new run leaves nothing of it. A weekly file that its publisher repeated has the date of its content in
its provenance.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from pipeline import snapshot
from pipeline.base import files, tables
from pipeline.base.errors import ParamsError
from pipeline.base.param_types import Day
from pipeline.base.params import Params, Snapshot
from pipeline.base.paths import Paths


def run(day: str, paths: Paths, params: Params) -> None:
    """Read one older day.

    Raises ParamsError for what is no day, SnapshotError when the source has none of that day.
    """
    try:
        asked = TypeAdapter(Day).validate_python(day)
    except ValueError as error:
        raise ParamsError(f"{day} is no day", where="the command", next_step="write it as 2025-10-01") from error
    pulled = snapshot.read(described(asked, params.snapshot), paths)
    with files.replacing_folder(paths.history / str(asked)) as folder:
        snapshot.write(pulled, folder)


def described(day: date, wanted: Snapshot) -> Snapshot:
    """An older day, as if it were the newest: a file of the user's own if there is one, else from the Hub."""
    for entry in wanted.history_files:
        if entry.date == day:  # checked with the other parameters
            return Snapshot.model_construct(source="file", path=entry.path, coverage=entry.coverage, date=day)
    return Snapshot(source=wanted.history_source, date=day)


Older = tuple[date, pl.LazyFrame, dict[str, Any]]
"""An older snapshot: its day, its raw rows, its provenance."""


def asked(params: Params) -> list[date]:
    """The older days that params name, in order."""
    return sorted([*params.snapshot.history, *(entry.date for entry in params.snapshot.history_files)])


def older(paths: Paths, params: Params) -> Iterator[Older]:
    """Older snapshots, in order; two weeks with the same content are one. Raises TableError where one is not built."""
    seen = set[date]()
    for day in asked(params):
        folder = paths.history / str(day)
        provenance = tables.read_json(folder / "provenance.json")
        shown = date.fromisoformat(provenance["date"])
        if shown not in seen:
            yield shown, tables.scan(folder / "models.parquet"), provenance
        seen.add(shown)
