"""Types of values in params.yaml: days, files, addresses, and names that the register or the book must have."""

import datetime
import difflib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from pipeline.base.characters import steers
from pipeline.base.errors import ParamsError

_ADDRESS = re.compile(r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d+)?(/[A-Za-z0-9._~%+-]*)*")
"""The address of a folder on the web: no name, no question and no place within a page."""


@dataclass(frozen=True)
class Names:
    """The names of one kind, and the file or folder that lists them."""

    place: str
    names: Collection[str]


@dataclass(frozen=True)
class Project:
    """What params.yaml is checked against: files below the root, names by kind (such as `family`), and keys."""

    root: Path
    names: Mapping[str, Names]
    keys: Collection[str] = ()
    """Keys that dvc.yaml names, such as `snapshot.path`: they must be set, since DVC has no defaults."""


def known(value: str, kind: str, project: Project | None) -> str:
    """The value, if it is a name of its kind; any value without a project. Raises ValueError with the nearest name."""
    listed = project.names[kind] if project else None
    if listed and value not in listed.names:
        raise ValueError(f"no {kind} {shown(value)} in {listed.place}{nearest(value, listed.names)}")
    return value


def named(kind: str) -> AfterValidator:
    """A validator for names of a kind; the project that has them is the context of the validation."""
    return AfterValidator(lambda value, info: known(value, kind, info.context))


def nearest(value: str, names: Collection[str], alike: float = 0.6) -> str:
    """The name most like the value, in brackets, capitals aside; nothing where all are less than `alike` (0 to 1)."""
    by_lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(value.lower(), by_lower, n=1, cutoff=alike)
    return f" (nearest: {by_lower[found[0]]})" if found else ""


def shown(value: Any) -> str:
    """A value as YAML has it, on one line of at most 60 letters."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


YEARS = range(2019, 2100)
"""The Hub keeps models since 2019; a later day than these is a slip."""


def _day(value: Any) -> datetime.date:
    """A day. Text must be written like 2026-10-01, since stages and folders are named by it."""
    if isinstance(value, datetime.date):
        return value
    try:
        day = datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        day = None
    if day is None or str(day) != value:
        raise ValueError(f'{shown(value)} is no day, write it like "2026-10-01"')
    if day.year not in YEARS:
        raise ValueError(f"{value} is no day of the Hub, which keeps models since {YEARS.start}: check the year")
    return day


def day_of(text: str, where: str = "the command", like: str = "2025-10-01") -> datetime.date:
    """The day that a command names. where, like: for the error's words. Raises ParamsError for what is no day."""
    try:
        return _day(text)
    except ValueError as error:
        raise ParamsError(f"{text} is no day", where=where, next_step=f"write it as {like}") from error


def _file(value: str, info: ValidationInfo) -> str:
    """The path of a file that exists; of a folder too, beside the source `listing`.

    It may not begin with ~, which DVC takes for the name of a folder.
    """
    project: Project | None = info.context
    if project is None:
        return value
    if value.startswith("~"):
        raise ValueError(f"{shown(value)} begins with ~, write the whole path of the file")
    path = project.root / value
    try:
        if path.is_file() or (path.is_dir() and info.data.get("source") == "listing"):
            return value
        if path.is_dir():
            raise ValueError(f"{shown(value)} is a folder, name a Parquet file")
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError as error:
        raise ValueError(f"{shown(value)} cannot be read ({error.strerror})") from error
    raise ValueError(f"no file {shown(value)}{nearest(path.name, beside, alike=0.8)}")


def _text(value: str) -> str:
    """Words for readers: pages, feeds and terminals print them as they are."""
    found = steers(value)
    if found:
        raise ValueError(f"{shown(value)} holds the character {found}, which no page can show: write it without")
    return value


def _address(value: str) -> str:
    """The address of a page, without a slash at its end, so that names of files can follow."""
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f'{shown(value)} is no address, write it like "https://example.org/report"')
    return value.rstrip("/")


Text = Annotated[str, AfterValidator(_text)]
Day = Annotated[datetime.date, BeforeValidator(_day)]
File = Annotated[str, AfterValidator(_file)]
Address = Annotated[str, AfterValidator(_address)]
