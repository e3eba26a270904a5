"""Makes the next edition from the newest snapshot: `make refresh`, and every week `.github/workflows/refresh.yml`.

Method
1. The newest snapshot of the source is looked for. Where nothing is newer, nothing happens, or after some weeks an
   issue's text is written.
2. The snapshot is read and compared with the last edition of its origin (`refresh_checks`). Where something is wrong,
   an issue's text is written, and that is all: `params.yaml`, `published/` and the site stay as they are.
3. `params.yaml` names the snapshot, DVC builds the tables, what moved since the last edition is put into words, the
   build is recorded as an edition, `params.yaml` names that too, and DVC builds what quotes it, and the site.

What is written lies in `proposal/`: `title.txt`, and `body.md` of a pull request or `issue.md`. A build that fails
leaves `params.yaml`, `dvc.lock` and `published/` as they were.

Known drawback: a snapshot is read twice, once to be judged and once by its stage; it is downloaded once.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import yaml

from pipeline.base import files
from pipeline.base.errors import GoneError, ParamsError, PipelineError, SnapshotError
from pipeline.base.params import Snapshot
from pipeline.base.paths import Paths
from pipeline.report import content, diff, names, record, refresh_checks, refresh_texts
from pipeline.report.editions import PICTURE, Edition, are_alike, load, origin_of, published
from pipeline.report.refresh_checks import Trouble
from pipeline.report.refresh_texts import Where
from pipeline.snapshot import hub, newest
from pipeline.snapshot.schema import RawModels
from pipeline.snapshot.source import Resolved

FOLDER = "proposal"
TITLE, BODY, ISSUE = "title.txt", "body.md", "issue.md"

WEEKS = 3
"""After so many weeks without a newer snapshot somebody should know."""

Build = Callable[[Paths, str | None], None]
"""Builds the report up to a stage; None: all of it."""


@dataclass(frozen=True)
class Asked:
    """How a refresh was called. weeks: without a newer snapshot, that are no gap; anyway: whatever the checks say."""

    weeks: int = WEEKS
    anyway: bool = False


def run(paths: Paths, asked: Asked, build: Build | None = None) -> str:
    """Make the next edition, if there is one; returns one line on what happened.

    Raises SnapshotError with the title of the issue where a snapshot is refused, after its text is written, and where
    the Hub cannot be asked; PipelineError where the build fails.
    """
    folder = paths.root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    params = names.checked(paths)
    source = newest.source_of(params.snapshot)
    dataset = newest.SOURCES[source].REPOSITORY
    last = last_of(dataset, published(paths.published))
    try:
        day, today = newest.newest(source), hub.today()
        if last is not None and day <= date.fromisoformat(last.snapshot.date):
            found = refresh_checks.gap(day, today, asked.weeks, dataset)
            if found:
                raise _refused(folder, found, Where(dataset, day), last)
            return f"nothing newer than {day} in {dataset}"
        resolved = newest.SOURCES[source].resolve(Snapshot(source=source, date=day), paths)
        found = [*refresh_checks.to_come(day, today, dataset), *troubles(resolved, source, last, paths)]
    except GoneError as error:
        raise _refused(folder, refresh_checks.gone(str(error), dataset), Where(dataset), last) from error
    if found and not asked.anyway:
        raise _refused(folder, found, Where(dataset, day, resolved.file, resolved.commit), last)
    name = f"{source}-{resolved.date}"
    with unless_it_fails(paths, name):
        newest.point_at(day, paths.params, source)
        _make(name, last, found, paths, build or with_dvc)
    return f"edition {name}: its pull request is {FOLDER}/{BODY}"


# ------------------------------------------------------------------------------------- what is known, what is new


def last_of(dataset: str, known: list[Edition]) -> Edition | None:
    """The edition of the newest snapshot of a dataset: a census of it, and a stock."""
    alike = [
        edition
        for edition in known
        if origin_of(edition) == dataset and (edition.snapshot.coverage, edition.snapshot.kind) == ("census", "stock")
    ]
    return max(alike, key=lambda edition: edition.snapshot.date, default=None)


def troubles(resolved: Resolved, source: newest.Source, last: Edition | None, paths: Paths) -> list[Trouble]:
    """What is wrong with a snapshot. Raises SnapshotError where it cannot be had."""
    same = refresh_checks.repeated(resolved, last)
    if same:
        return same
    module, dataset = newest.SOURCES[source], str(resolved.repository)
    path = module.pull(resolved, paths)
    unread = unread_columns(path)
    try:
        models = module.normalise(resolved, path, paths).models
    except SnapshotError as error:
        return refresh_checks.unreadable(str(error), dataset, unread)
    return refresh_checks.compared(content.measured(models), last, dataset, unread)


def unread_columns(path: Path) -> Collection[str]:
    """Columns of a file that the report does not read; none of a file that is no Parquet."""
    try:
        return set(pl.read_parquet_schema(path)) - set(RawModels.column_names())
    except (pl.exceptions.PolarsError, OSError):
        return set()


def _refused(folder: Path, found: list[Trouble], where: Where, last: Edition | None) -> SnapshotError:
    """The error that ends a refresh; writes the issue's text."""
    title = refresh_texts.one_line(found[0].title)
    files.write_text(f"{title}\n", folder / TITLE)
    files.write_text(refresh_texts.issue(found, where, last), folder / ISSUE)
    return SnapshotError(title, next_step=f"{FOLDER}/{ISSUE} says what, where and what to do; nothing was changed")


# ------------------------------------------------------------------------------------------- the new edition


def _make(name: str, last: Edition | None, found: list[Trouble], paths: Paths, build: Build) -> None:
    """Build, compare, record, build again, and write the pull request's text."""
    day = hub.today()
    build(paths, "report")
    made = load(paths.edition)
    moved = None
    if last is not None and last.recorded is not None and are_alike(last, made):
        moved = diff.between(str(paths.published / last.recorded.name), str(paths.root), paths)
    record.record(name, paths, names.checked(paths), day)
    files.write_text(with_edition(paths.params.read_text(encoding="utf-8"), name), paths.params)
    build(paths, None)
    new = load(paths.published / name / "edition.json")
    pictures = [edition for edition in (last, new) if edition is not None and _has_picture(edition, paths)]
    folder = paths.root / FOLDER
    files.write_text(f"{refresh_texts.title(new)}\n", folder / TITLE)
    files.write_text(refresh_texts.pull_request(new, last, moved, pictures, found), folder / BODY)


def _has_picture(edition: Edition, paths: Paths) -> bool:
    return edition.recorded is not None and (paths.published / edition.recorded.name / PICTURE).is_file()


def with_dvc(paths: Paths, stage: str | None) -> None:
    """Build with DVC. Raises PipelineError where a stage fails, of which DVC has said why."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    command = [sys.executable, "-m", "dvc", "repro", *([stage] if stage else [])]
    done = subprocess.run(command, cwd=paths.root, env={**os.environ, "PATH": programs}, check=False)
    if done.returncode:
        raise PipelineError(
            "the report cannot be built from the newest snapshot",
            next_step="see above; params.yaml and published/ are as they were, `make site` builds from them",
        )


@contextmanager
def unless_it_fails(paths: Paths, name: str) -> Iterator[None]:
    """A block that fails or is interrupted leaves params.yaml and dvc.lock as they were, and no edition `name`."""
    as_they_were = {path: path.read_bytes() for path in (paths.params, paths.root / "dvc.lock") if path.exists()}
    was_there = (paths.published / name).exists()
    try:
        yield
    except BaseException:
        for path, before in as_they_were.items():
            with files.replacing(path) as temporary:
                temporary.write_bytes(before)
        if not was_there:
            shutil.rmtree(paths.published / name, ignore_errors=True)
        raise


def with_edition(text: str, name: str) -> str:
    """The text of params.yaml with one more name at the end of `editions`; every other letter stays.

    Raises ParamsError where the file has no such list.
    """
    listed = _list_of_editions(text)
    if any(item.value == name for item in listed.value):
        return text
    if listed.flow_style:
        end = listed.end_mark.index - 1
        return f"{text[:end].rstrip()}{', ' if listed.value else ''}{name}{text[end:]}"
    last = listed.value[-1]
    indent = " " * listed.start_mark.column
    return f"{text[: last.end_mark.index]}\n{indent}- {name}{text[last.end_mark.index :]}"


def _list_of_editions(text: str) -> yaml.SequenceNode:
    """The list as it stands in the text, with its place."""
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = document.value if isinstance(document, yaml.MappingNode) else []
    found = next((value for key, value in entries if key.value == "editions"), None)
    if not isinstance(found, yaml.SequenceNode):
        raise ParamsError("no list editions", where="params.yaml", next_step="write it as `editions: []`")
    return found
