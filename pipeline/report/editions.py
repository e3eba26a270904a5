"""What an edition is, how it is read, and how the published ones are recorded.

An edition is a report built from one snapshot in few numbers: its headline, the counts of every group by the plain
rules, the key numbers, the verdicts, and of every table its rows and hash. Each is a JSON file:
`data/out/report/edition.json` is the build's own, a copy of it is among the site's downloads, and `published/` has one
file for each edition that was published, which `.venv/bin/python -m pipeline record` adds and a build never does.
Files of older versions have to stay readable: a field that is added has a default.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.base import tables
from pipeline.base.errors import BUILD, TableError
from pipeline.base.files import sha256
from pipeline.base.paths import Paths

Kind = Literal["count", "share", "times", "USD"]
Needs = Literal["snapshot", "rules", "pair", "register"]
"""What must be the same in two editions for a difference to mean something: the kind of snapshot, where it is a count;
the set of rules and the pair; subject and reference (the pair); or nothing but the register."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Snapshot(_Part):
    """What the edition was built from."""

    label: str
    source: str
    coverage: Literal["census", "slice", "sample"]
    date: str
    rows: int
    sha256: str


class Rule(_Part):
    """A definition and its counts: group to derivatives."""

    label: str
    choices: dict[str, Any]
    counts: dict[str, float]


class Number(_Part):
    """A key number; value None where the snapshot cannot give it."""

    key: str
    name: str
    value: float | None
    text: str
    kind: Kind
    needs: Needs


class Verdict(_Part):
    """A claim's verdict."""

    statement: str
    verdict: str
    why: str


class Table(_Part):
    """What an edition records of a table of data/out: the same hash means the same rows in the same order."""

    rows: int
    sha256: str


class Edition(_Part):
    """A report in few numbers."""

    version: str
    snapshot: Snapshot
    register_sha256: str
    subject: str
    reference: str
    grouping: str
    headline: str | None
    rules_sha256: str
    rules: dict[str, Rule]
    numbers: list[Number]
    verdicts: dict[str, Verdict]
    tables: dict[str, Table]
    published: str | None = None

    @property
    def name(self) -> str:
        """Day of the snapshot and beginning of its hash, as readers cite it."""
        return f"{self.snapshot.date}.{self.snapshot.sha256[:8]}"


def load(path: Path) -> Edition:
    """An edition from its file. Raises TableError for any other file."""
    try:
        return Edition.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")
        raise TableError(f"no edition ({reason})", where=path.name, next_step="build it with this version") from error
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"no edition ({type(error).__name__})", where=path.name) from error


def of_build(paths: Paths) -> Edition:
    """This build's own edition. Raises TableError where nothing is built."""
    if not paths.edition.exists():
        raise TableError("no edition.json", where="data/out/report", next_step=BUILD)
    return load(paths.edition)


def published(folder: Path) -> list[Edition]:
    """Every published edition, oldest first."""
    editions = [load(path) for path in sorted(folder.glob("*.json"))]
    return sorted(editions, key=lambda edition: (edition.published or "", edition.snapshot.date))


OWN_TABLES = ("edition_changes", "editions")
"""Made from editions, so no edition records them."""


def recorded_tables(files: Mapping[str, Path]) -> dict[str, Table]:
    """What an edition records of a report's tables. files: by the name of the table."""
    return {
        name: Table(
            rows=pl.scan_parquet(path).select(pl.len()).collect().item(),
            sha256=sha256(path),
        )
        for name, path in files.items()
        if name not in OWN_TABLES
    }


def record(paths: Paths, day: date) -> Path:
    """Add this build's edition to those published, on that day; returns its file.

    The same edition is not added twice. Another one from the same snapshot, whose register or rules changed, becomes a
    file of its own. Raises TableError where nothing is built.
    """
    now = of_build(paths)
    same = [path for path in sorted(paths.published.glob("*.json")) if are_same(load(path), now)]
    if same:
        return same[0]
    taken = len(list(paths.published.glob(f"{now.name}*.json")))
    path = paths.published / f"{now.name}{f'-{taken + 1}' if taken else ''}.json"
    tables.write_json(now.model_copy(update={"published": day.isoformat()}).model_dump(mode="json"), path)
    return path


def are_same(one: Edition, other: Edition) -> bool:
    """Whether two say the same, whenever they were published."""
    return one.model_dump(exclude={"published"}) == other.model_dump(exclude={"published"})
