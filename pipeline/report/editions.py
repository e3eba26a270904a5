"""What an edition is, and how it is read.

An edition is a report built from one snapshot in few numbers: its headline, the counts of every group by the plain
rules, the key numbers, the verdicts, and of every table its rows and hash. Each is a file `edition.json`:
`data/out/report/edition.json` is the build's own, a copy of it is among the site's downloads, and `published/` has a
folder for each edition that was published, with its provenance and its small tables, which
`.venv/bin/python -m pipeline record NAME` adds and a build never does (`pipeline.report.record`).
Files of older versions have to stay readable: a field that is added has a default.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.base.errors import BUILD, TableError
from pipeline.base.files import sha256
from pipeline.base.paths import Paths

Kind = Literal["count", "share", "times", "USD"]
Needs = Literal["snapshot", "rules", "pair", "register"]
"""What must be the same in two editions for a difference to mean something: the kind of snapshot, where it is a count;
the set of rules and the pair; subject and reference (the pair); or nothing but the register."""


PICTURE = "finding.png"
"""The file in a published edition's folder that shows its key figure; older ones have none."""


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
    origin: str | None = None
    kind: Literal["stock", "flow"] = "stock"


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


class Content(_Part):
    """What a snapshot holds, measured: how many rows it has, in how many of them a field has a value, and what its
    counters sum up to. A later snapshot is compared with it (`pipeline.report.refresh_checks`).
    """

    rows: int
    filled: dict[str, int]
    sums: dict[str, int]


class Recorded(_Part):
    """Where a published edition is from, so that anybody can build it again.

    snapshot: its provenance as the stages read it. code: the commit of the project, where it was built from one; the
    version stands in the edition. params: what the build was asked for, without the pages. tables: those that it keeps.
    content: what the snapshot holds; older editions did not record it.
    """

    name: str
    origin: str
    commit: str | None
    licence: str | None
    kind: Literal["stock", "flow"]
    code: str | None
    snapshot: dict[str, Any]
    params: dict[str, Any]
    tables: dict[str, Table]
    content: Content | None = None


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
    recorded: Recorded | None = None

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
    """The editions in a folder, in order of publication."""
    editions = [load(path) for path in sorted(folder.glob("*/edition.json"))]
    return sorted(editions, key=lambda edition: (edition.published or "", edition.snapshot.date))


OWN_TABLES = ("edition_changes", "edition_sides", "editions")
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


QUOTING_TABLES = frozenset({"lead"})
"""With rows of editions among their own: a build that quotes the edition recorded of it has others than that."""


def are_same(one: Edition, other: Edition) -> bool:
    """Whether two say the same, whenever they were published."""
    own = {"published": True, "recorded": True, "tables": QUOTING_TABLES}
    return one.model_dump(exclude=own) == other.model_dump(exclude=own)


def are_alike(one: Edition, other: Edition) -> bool:
    """Whether one can be called the other's last month: same origin, same coverage, both stocks or both flows.

    Where one of them was never recorded, of an older version, its source stands for its origin.
    """
    return all(getattr(one.snapshot, name) == getattr(other.snapshot, name) for name in ("coverage", "kind")) and (
        origin_of(one) == origin_of(other)
    )


def origin_of(edition: Edition) -> str:
    """Who collected what it was built from."""
    return edition.snapshot.origin or edition.snapshot.source


def last_alike(known: Sequence[Edition], now: Edition) -> Edition | None:
    """Of editions in order, the last that another can be compared with; itself left out."""
    return next((edition for edition in reversed(known) if edition is not now and are_alike(edition, now)), None)
