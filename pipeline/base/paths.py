"""Every path of the project."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.base.errors import RegisterError

PROJECT = Path(__file__).resolve().parents[2]


DOWNLOADS = "downloads"
IN_THE_BOOK = "BOOK_EXECUTES"
"""The variable of the environment that is set where the book's own build executes a notebook."""


@dataclass(frozen=True)
class Paths:
    """Paths below one root: the project's own, or another one below which tests build whole reports."""

    root: Path = PROJECT

    @property
    def params(self) -> Path:
        return self.root / "params.yaml"

    @property
    def register(self) -> Path:
        return self.root / "pipeline" / "register"

    @property
    def sample(self) -> Path:
        return self.root / "pipeline" / "snapshot" / "sample"

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    @property
    def history(self) -> Path:
        return self.raw / "history"

    @property
    def known(self) -> Path:
        return self.raw / "known"

    @property
    def core(self) -> Path:
        return self.root / "data" / "core"

    @property
    def out(self) -> Path:
        return self.root / "data" / "out"

    @property
    def book(self) -> Path:
        return self.root / "book"

    @property
    def executed(self) -> Path:
        return self.book / "_executed"

    @property
    def site(self) -> Path:
        return self.book / "_build" / "html"

    @property
    def provenance(self) -> Path:
        return self.raw / "provenance.json"

    @property
    def benchmarks(self) -> Path:
        return self.root / "tests" / "benchmarks" / "results.csv"

    @property
    def explorer_files(self) -> Path:
        return self.out / "explorer_files.zip"

    def tables(self) -> dict[str, Path]:
        """Every table of data/out by its name; no two folders have tables of one name."""
        return tables_of(self.out)

    def facts(self) -> list[Path]:
        """The files of facts, one for each stage that makes some."""
        return sorted(self.out.glob("*/facts.json"))

    @property
    def metrics(self) -> Path:
        return self.out / "metrics.json"

    @property
    def edition(self) -> Path:
        return self.out / "report" / "edition.json"

    @property
    def feed(self) -> Path:
        return self.out / "report" / "feed.xml"

    @property
    def editions(self) -> Path:
        return self.root / "data" / "editions"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def downloads(self) -> Path:
        return self.out / DOWNLOADS

    @property
    def citation(self) -> Path:
        return self.root / "CITATION.cff"

    @property
    def data_licence(self) -> Path:
        return self.root / "LICENSE-DATA"


def tables_of(out: Path) -> dict[str, Path]:
    """Tables by name in a folder with one folder a chapter, without the copies for download."""
    return {path.stem: path for path in sorted(out.glob("*/*.parquet")) if path.parent.name != DOWNLOADS}


def register_table(name: str, directory: Path) -> Path:
    """The file of a register table, in the folder of its topic. Raises RegisterError where there is none."""
    found = next(directory.glob(f"*/{name}.csv"), None)
    if found is None:
        raise RegisterError(f"no register table {name}.csv", next_step="restore it from the repository")
    return found
