"""A built site as it is published elsewhere: what belongs to it, file by file.

Method: `PLACES` lists the folders of a site and what a build writes into each; of `data/` it is what the site's own
list of checksums names, and each of those is checked. All else that lies there is left out and named: hidden files,
links, devices, files of other kinds. So nothing leaves that a build did not make.

Drawback: outside `data/` a file is known by its folder and the end of its name alone, so a page that somebody put
between the pages by hand leaves with them.
"""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.base import tables
from pipeline.base.errors import BUILD, ShareError
from pipeline.base.files import sha256
from pipeline.report import editions
from pipeline.report.editions import Edition

PLACES: Mapping[str, frozenset[str]] = {
    "": frozenset({".html", ".xml", ".pdf"}),
    "assets": frozenset({".css", ".js", ".png", ".svg", ".txt", ".woff2"}),
    "cards": frozenset({".png"}),
    "explorer": frozenset({".js"}),
    "files": frozenset({".csv", ".json", ".parquet", ".png", ".svg"}),
    "notebooks": frozenset({".ipynb"}),
}
"""What a build writes, by the first folder of its path (none: beside the pages); `data/` has a list of its own."""

DATA = "data"
PACKAGE, EDITION, PROVENANCE = "datapackage.json", "edition.json", "provenance.json"
CITATION, BIBTEX, TERMS = "CITATION.cff", "citation.bib", "LICENSE-DATA.txt"
DOCUMENTS = (CITATION, TERMS, BIBTEX, EDITION, PROVENANCE)
"""What lies beside the tables in `data/` and belongs to them wherever they go."""
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Built:
    """A site, and what its downloads say of themselves."""

    folder: Path
    edition: Edition
    package: Mapping[str, Any]
    provenance: Mapping[str, Any]
    files: Mapping[str, Path]
    """What leaves, by its path below the folder."""
    left_out: tuple[str, ...]
    """What lies there and stays, by its path; of a hidden or linked folder the folder alone."""

    @property
    def data(self) -> Path:
        """The folder of downloads."""
        return self.folder / DATA

    def tables(self) -> list[Mapping[str, Any]]:
        """The entries of the tables that have rows, as Parquet, by name."""
        listed = [entry for entry in self.package["resources"] if entry["format"] == "parquet" and entry["rowCount"]]
        return sorted(listed, key=lambda entry: entry["path"])


def read(folder: Path) -> Built:
    """The site in a folder. Raises ShareError where there is none, or where its downloads are not as it was built."""
    data = folder / DATA
    for needed in ("index.html", *(f"{DATA}/{name}" for name in (SUMS, PACKAGE, *DOCUMENTS))):
        if not (folder / needed).is_file():
            raise ShareError(f"no site to share, {needed} is missing", where=shown(folder), next_step=BUILD)
    sums = _sums((data / SUMS).read_text(encoding="utf-8", errors="replace"))
    files, left_out = _sorted_out(folder, sums)
    for name, digest in sums.items():
        path = f"{DATA}/{name}"
        if path not in files or sha256(files[path]) != digest:
            raise ShareError(f"{path} is not the file that was built", where=shown(folder), next_step=BUILD)
    package, provenance = (tables.read_json(data / name) for name in (PACKAGE, PROVENANCE))
    return Built(folder, editions.load(data / EDITION), package, provenance, files, left_out)


def shown(folder: Path) -> Path:
    """A folder as messages name it: below the working directory by its relative path."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _sums(text: str) -> dict[str, str]:
    """Hashes by the name of the file, as `sha256sum` lists them."""
    return {name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())}


def _sorted_out(folder: Path, sums: Mapping[str, str]) -> tuple[dict[str, Path], tuple[str, ...]]:
    """What belongs to the site, by path, and what does not."""
    files: dict[str, Path] = {}
    others = list[str]()
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if belongs(PurePosixPath(name), path, sums):
            files[name] = path
        else:
            others.append(name)
    return files, tuple(others)


def _walk(folder: Path) -> Iterator[Path]:
    """Everything in a folder but folders, in order; of a hidden or linked folder the folder itself."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            yield from _walk(path)
        else:
            yield path


def belongs(name: PurePosixPath, path: Path, sums: Mapping[str, str]) -> bool:
    """Whether a build writes a file of this name below a site, and it is a file and no link to one.

    path: where it is; sums: the hashes of the downloads by name.
    """
    if path.name.startswith(".") or not stat.S_ISREG(path.lstat().st_mode):
        return False
    place = name.parts[0] if len(name.parts) > 1 else ""
    if place == DATA:
        return len(name.parts) == 2 and (path.name in sums or path.name == SUMS)
    return path.suffix in PLACES.get(place, ())
