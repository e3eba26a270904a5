"""Finds the two editions that a reader wants compared: `make diff OLD=... NEW=...`.

OLD and NEW each name one of: a folder of a report (with data/out), of its data, of the downloads of a published site,
of published editions (the last of them counts); an edition's file; a revision in git, whose results DVC's cache or
remote still holds.
"""

import tempfile
from pathlib import Path

from pipeline import comparison, editions
from pipeline.editions import Edition
from pipeline.errors import TableError
from pipeline.paths import Paths

_PLACES = ("edition.json", "data/out/edition.json", "out/edition.json", "data/edition.json")


def between(old: str, new: str, paths: Paths) -> str:
    """The comparison of two editions as Markdown. Raises TableError for a place without one."""
    return comparison.markdown(comparison.compare(find(old, paths), find(new, paths)))


def find(place: str, paths: Paths) -> Edition:
    """The edition at a path or revision."""
    path = Path(place)
    if path.is_file():
        return editions.load(path)
    if path.is_dir():
        for name in _PLACES:
            if (path / name).is_file():
                return editions.load(path / name)
        found = editions.published(path) if any(path.glob("*.json")) else []
        if found:
            return found[-1]
        raise _nothing_in(path, paths)
    return _at_revision(place, paths)


def _nothing_in(folder: Path, paths: Paths) -> TableError:
    """What to do about a folder without an edition; a fresh clone has none built and none published."""
    if folder.resolve() == paths.published.resolve():
        then = "name the older side, as in `make diff OLD=../last-month`: a folder that is built, or a revision"
        return TableError("no edition is published yet", next_step=then)
    if (folder / "dvc.yaml").is_file():
        return TableError("nothing is built", where=str(folder), next_step="run `make site` there first")
    then = "name a folder of a report, of its downloads or of published editions"
    return TableError("no edition", where=folder, next_step=then)


def _at_revision(revision: str, paths: Paths) -> Edition:
    """The edition that a commit's dvc.lock names, from DVC's cache or remote."""
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException
    from scmrepo.exceptions import SCMError

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "edition.json"
        try:
            tree = DVCFileSystem(str(paths.root), rev=revision)
            tree.get_file(paths.edition.relative_to(paths.root).as_posix(), str(copy))
        except (DvcException, SCMError, OSError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise TableError(
                f"{revision} is no folder, and as a revision it gives no edition ({reason})",
                next_step="name a folder with data/out, or a commit whose results are in DVC's cache or remote",
            ) from error
        return editions.load(copy)
