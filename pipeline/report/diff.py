"""Compares the two editions that a reader names: `make diff OLD=... NEW=...`.

OLD and NEW each name a folder, a file or a revision:

- the folder of a report (with data/out), of its data, or of the downloads of a published site;
- a folder of published editions, of which the last of the other side's origin and coverage counts;
- the file of an edition;
- a revision in git whose results are still in DVC's cache or remote.

Tables are compared where both editions have theirs beside them; those of a published edition are pruned, so of these
the hashes alone are compared.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.base.errors import TableError
from pipeline.base.paths import Paths, tables_of
from pipeline.report import comparison, editions
from pipeline.report.comparison_markdown import markdown
from pipeline.report.editions import Edition

_PLACES = (
    "edition.json",
    "data/out/report/edition.json",
    "out/report/edition.json",
    "report/edition.json",
    "data/edition.json",
)
"""Where an edition may lie below a folder that is named."""


@dataclass(frozen=True)
class Found:
    """An edition, and its tables as far as they are at hand. among: those of its folder, if it is a published one."""

    edition: Edition
    table: comparison.Find
    among: Sequence[Edition] = ()


def between(old: str, new: str, paths: Paths) -> str:
    """The comparison of two editions as Markdown. Raises TableError for a place without one."""
    before, after = find(old, paths), find(new, paths)
    before = alike(before, after.edition, old)
    return markdown(comparison.compare(before.edition, after.edition, before.table, after.table))


def find(place: str, paths: Paths) -> Found:
    """The edition at a path or revision; of a folder of published ones the last. Raises TableError where none is."""
    path = Path(place)
    if path.is_file():
        return _with_tables(path)
    if path.is_dir():
        for name in _PLACES:
            if (path / name).is_file():
                return _with_tables(path / name)
        found = editions.published(path)
        if found:
            return Found(found[-1], comparison.no_table, found)
        raise _nothing_in(path, paths)
    return _at_revision(place, paths)


def alike(found: Found, like: Edition, place: str) -> Found:
    """Of a folder of published editions the last of another's origin and coverage; what is no such folder as it is.

    Raises TableError where the folder has none: the census of another year is nobody's last month.
    """
    if not found.among:
        return found
    last = editions.last_alike(found.among, like)
    if last is None:
        raise TableError(
            f"no edition of {editions.origin_of(like)} ({like.snapshot.coverage}) is published",
            where=Path(place).name,
            next_step="name the older side, as in `make diff OLD=../last-month`: a folder that is built, or a revision",
        )
    return Found(last, comparison.no_table, found.among)


def _nothing_in(folder: Path, paths: Paths) -> TableError:
    """What to do about a folder without an edition; a fresh clone has none built and none published."""
    if folder.resolve() == paths.published.resolve():
        then = "name the older side, as in `make diff OLD=../last-month`: a folder that is built, or a revision"
        return TableError("no edition is published yet", next_step=then)
    if (folder / "dvc.yaml").is_file():
        return TableError("nothing is built", where=str(folder), next_step="run `make site` there first")
    then = "name a folder of a report, of its downloads or of published editions"
    return TableError("no edition", where=folder, next_step=then)


def _with_tables(file: Path) -> Found:
    """An edition and the tables beside it. Raises TableError where they are of another build than the edition."""
    edition, files = editions.load(file), _tables(file)
    beside = editions.recorded_tables(files)
    other = sorted(name for name in edition.tables | beside if edition.tables.get(name) != beside.get(name))
    if beside and other:
        raise TableError(
            f"other tables than {file.name} lists ({', '.join(other)})",
            where=file.parent,
            next_step="run `make site` there first",
        )
    return Found(edition, lambda name: pl.read_parquet(files[name]) if name in files else None)


def _tables(file: Path) -> dict[str, Path]:
    """The tables that belong to an edition's file: those beside it, or those of all chapters of a report."""
    if file.parent.name == "report":
        return tables_of(file.parent.parent)
    return {path.stem: path for path in sorted(file.parent.glob("*.parquet"))}


def _at_revision(revision: str, paths: Paths) -> Found:
    """The edition that a commit's dvc.lock names, from DVC's cache or remote."""
    # imported here: two folders are compared without DVC, whose import takes half a second
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException
    from scmrepo.exceptions import SCMError

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "edition.json"
        try:
            tree = DVCFileSystem(str(paths.root), rev=revision)
            out = [Path(name) for name in tree.find(paths.out.relative_to(paths.root).as_posix())]
            lying = {name.name: name for name in out if name.parent.name != paths.downloads.name}
            tree.get_file(lying["edition.json"].as_posix(), str(copy))
        except (DvcException, SCMError, OSError, KeyError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise TableError(
                f"{revision} is no folder, and as a revision it gives no edition ({reason})",
                next_step="name a folder with data/out, or a commit whose results are in DVC's cache or remote",
            ) from error
        edition = editions.load(copy)

    def table(name: str) -> pl.DataFrame | None:
        try:
            return pl.read_parquet(tree.read_bytes(lying[f"{name}.parquet"].as_posix()))
        except (DvcException, OSError, KeyError):  # neither in the cache nor in the remote
            return None

    return Found(edition, table)
