"""Stage `editions`: the published editions that params.yaml names, checked and put where later stages read them.

A published edition never changes: its folder must hold exactly what its edition.json lists, byte for byte, and be
small.
"""

import shutil
from pathlib import Path

from pipeline.base import files
from pipeline.base.errors import TableError
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.report.editions import Edition, load, recorded_tables

LARGEST = 500_000
"""Bytes of an edition, so that a clone with some dozens of them stays small."""


def run(paths: Paths, params: Params) -> None:
    """Copy those editions from `published` to data/editions. Raises TableError where one is not whole."""
    with files.replacing_folder(paths.editions) as folder:
        for name in params.editions:
            check(paths.published / name)
            shutil.copytree(paths.published / name, folder / name)


def check(folder: Path) -> Edition:
    """The edition in a folder, whose tables are those that it lists. Raises TableError for any other folder."""
    if not (folder / "edition.json").is_file():
        raise TableError(
            "no edition.json", where=f"published/{folder.name}", next_step="restore it from the repository"
        )
    edition = load(folder / "edition.json")
    if edition.recorded is None or edition.recorded.name != folder.name:
        raise TableError("recorded under another name", where=f"published/{folder.name}", next_step="do not rename it")
    listed = edition.recorded.tables
    lying = recorded_tables(tables_in(folder))
    other = sorted(name for name in listed | lying if listed.get(name) != lying.get(name))
    if other:
        raise TableError(
            f"other tables than edition.json lists ({', '.join(other)})",
            where=f"published/{folder.name}",
            next_step="restore them from the repository: a published edition never changes",
        )
    return edition


def tables_in(folder: Path) -> dict[str, Path]:
    """The tables that an edition keeps, by name."""
    return {path.stem: path for path in sorted((folder / "tables").glob("*.parquet"))}


def size_of(folder: Path) -> int:
    """Bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
