"""What params.yaml may name: rows of the register, definitions, pages of the book and their parameters.

Every stage checks its parameters first, so names are read with the standard library alone: polars and the contracts of
the register take a quarter of a second to import, and the stage of a page needs them for nothing else.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pipeline.base import params
from pipeline.base.errors import RegisterError
from pipeline.base.param_types import Names, Project
from pipeline.base.params import Params
from pipeline.base.paths import Paths, register_table
from pipeline.counting import definitions

TEMPLATE = re.compile(r"\$\{([\w.]+)\}")
PARAMS = re.compile(r"^    params:((?: \[.*\])|(?:\n      - .*)+)", re.MULTILINE)
KEY = re.compile(r"[a-z_]+(?:\.[a-z_]+)*(?=[\],\n]|$)")
PAGE = re.compile(r"^ *- file: _executed/([\w-]+)\.ipynb", re.MULTILINE)
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
TAGGED = re.compile(r"^:?tags:.*\bparameters\b", re.MULTILINE)
COUNT = re.compile(r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*\d", re.MULTILINE)


def checked(paths: Paths) -> Params:
    """The parameters of a project, after a check that everything they name is in its register and its book.

    Raises ParamsError, one line with all that is wrong in params.yaml, and RegisterError where the register is broken.
    """
    return params.load(paths.params, project(paths))


def project(paths: Paths) -> Project:
    """The names of a project by kind, such as `family`, and the keys of params.yaml that its dvc.yaml names."""
    editions = {path.parent.name for path in paths.published.glob("*/edition.json")}
    names = dict([*_registered(paths.register), *_of_the_book(paths.book), ("edition", Names("published", editions))])
    return Project(paths.root, names, keys_of_dvc(paths.root / "dvc.yaml"))


def keys_of_dvc(path: Path) -> list[str]:
    """Keys of params.yaml that dvc.yaml names, in templates and as dependencies of stages; none without the file."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    listed = [key for block in PARAMS.findall(text) for key in KEY.findall(block)]
    return sorted({key for key in (*TEMPLATE.findall(text), *listed) if key != "key" and not key.startswith("item.")})


def _registered(directory: Path) -> Iterator[tuple[str, Names]]:
    def column(table: str, name: str) -> set[str]:
        return {row[name] for row in rows[table]}

    tables = ("accelerators", "benchmarks", "configurations", "families", "organisations", "training_runs")
    files = {table: register_table(table, directory) for table in tables}
    rows = {table: _rows(file) for table, file in files.items()}
    owners = column("organisations", "organisation")
    kinds = {
        "family": ("families", column("families", "family")),
        "organisation": ("organisations", owners),
        "organisation or namespace": ("organisations", owners | column("organisations", "namespace")),
        "configuration": ("configurations", column("configurations", "model")),
        "training run": ("training_runs", column("training_runs", "run")),
        "accelerator": ("accelerators", column("accelerators", "accelerator")),
        "benchmark": ("benchmarks", column("benchmarks", "benchmark")),
    }
    for benchmark in column("benchmarks", "benchmark"):
        metrics = {row["metric"] for row in rows["benchmarks"] if row["benchmark"] == benchmark}
        kinds[f"metric of {benchmark}"] = ("benchmarks", metrics)
    for kind, (table, names) in kinds.items():
        yield kind, Names(f"pipeline/register/{files[table].relative_to(directory)}", names)
    yield "definition", Names("pipeline/counting/definitions.py", {each.key for each in definitions.definitions()})


def _rows(file: Path) -> list[defaultdict[str, str]]:
    """Rows of a register table, cells stripped; a missing column is empty here, an error where the table is used."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (UnicodeDecodeError, csv.Error) as error:
        then = "restore it from the repository"
        raise RegisterError(f"no CSV ({error})", where=file.name, next_step=then) from error
    return [defaultdict(str, {name: (cell or "").strip() for name, cell in row.items() if name}) for row in rows]


def _of_the_book(book: Path) -> Iterator[tuple[str, Names]]:
    pages = PAGE.findall((book / "myst.yml").read_text(encoding="utf-8"))
    yield "page", Names("book/myst.yml", pages)
    for page in pages:
        source = book / f"{page}.md"
        text = source.read_text(encoding="utf-8") if source.exists() else ""
        yield f"parameter of {page}", Names(f"book/{source.name}", parameters_of(text))


def parameters_of(page: str) -> set[str]:
    """Counts that the cell tagged `parameters` of a text notebook assigns; read without jupytext, which takes a second.

    What that cell reads from another section of params.yaml, such as `report.subject`, is no parameter of the page.
    """
    cells = (cell for cell in CELL.findall(page) if TAGGED.search(cell))
    return {name for cell in cells for name in COUNT.findall(cell)}
