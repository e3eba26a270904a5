"""What tests share: whole reports built below a temporary root, and the real slice of the Hub."""

import importlib
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from filelock import FileLock
from hypothesis import settings

from pipeline.__main__ import module_of
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.facts import PageFacts
from pipeline.base.paths import PROJECT, Paths, register_table
from pipeline.counting import known
from pipeline.report import names, notebooks, site
from pipeline.snapshot import history

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.load_profile("untimed")

WHOLE = (Path("tests/site/browser"), Path("tests/metamorphic"))
"""Folders whose every test opens a browser or builds a report of its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark those folders' tests as `whole`, so that none of them gets into `make test` unmarked."""
    for item in items:
        if any(item.path.is_relative_to(PROJECT / folder) for folder in WHOLE):
            item.add_marker(pytest.mark.whole)


STAGES: dict[str, Any] = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
NO_DATA = ("notebooks", "site")
DATA_STAGES = [name for name, stage in STAGES.items() if "matrix" not in stage and name not in NO_DATA]
"""In the order of dvc.yaml, which is one in which they can run."""


def outputs(stage: str) -> list[str]:
    """What a stage makes, below the project's root."""
    listed = [*STAGES[stage].get("outs", []), *STAGES[stage].get("metrics", [])]
    return [out if isinstance(out, str) else next(iter(out)) for out in listed]


def with_all_before(wanted: Iterable[str]) -> set[str]:
    """These stages and all that make what they read."""
    maker = {path: stage for stage in DATA_STAGES for path in outputs(stage)}
    found, waiting = set[str](), list(wanted)
    while waiting:
        stage = waiting.pop()
        if stage not in found:
            found.add(stage)
            deps = [f"{dep}/" for dep in STAGES[stage]["deps"]]
            waiting += [made for out, made in maker.items() if f"{out}/".startswith(tuple(deps))]
    return found


@dataclass
class Report:
    """A copy of the project whose inputs a test may change before it builds."""

    paths: Paths

    def set(self, **sections: dict[str, Any]) -> "Report":
        """Change parameters: `set(report={"subject": "Gemma"})`."""
        document = yaml.safe_load(self.paths.params.read_text())
        for section, values in sections.items():
            document[section].update(values)
        self.paths.params.write_text(yaml.safe_dump(document))
        return self

    def named(self, editions: list[str]) -> "Report":
        """Name other published editions."""
        document = yaml.safe_load(self.paths.params.read_text())
        self.paths.params.write_text(yaml.safe_dump(document | {"editions": editions}))
        return self

    def edit(self, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> "Report":
        """Change a register table; cells are text."""
        path = register_table(table, self.paths.register)
        change(pl.read_csv(path, infer_schema=False)).write_csv(path)
        return self

    def alter_sample(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> "Report":
        """Change the rows of the embedded sample."""
        path = self.paths.sample / "models.parquet"
        change(pl.read_parquet(path)).write_parquet(path)
        return self

    def read_from(self, path: Path, coverage: str, date: str) -> "Report":
        """Use a Parquet file as the snapshot."""
        return self.set(
            snapshot={"source": "file", "path": str(path), "coverage": coverage, "date": date, "label": path.stem}
        )

    def build(self, *wanted: str) -> "Report":
        """Run every data stage, or those alone that the wanted ones need."""
        params = names.checked(self.paths)
        needed = with_all_before(wanted or DATA_STAGES)
        for stage in DATA_STAGES:
            if stage in needed:
                importlib.import_module(module_of(stage)).run(self.paths, params)
            if stage == "snapshot":
                for entry in params.snapshot.history_files:
                    history.run(str(entry.date), self.paths, params)
                    known.run(str(entry.date), self.paths, params)
        return self

    def publish(self, *pages: str) -> "Report":
        """Run the notebooks and the site; where a test looks at some pages, theirs alone: others show their words."""
        params = parameters.load(self.paths.params)
        assert set(pages) <= set(params.notebooks)
        notebooks.run(pages, self.paths, params)
        for name in set(params.notebooks) - set(pages or params.notebooks):
            self._words(name)
        site.run(self.paths, params)
        return self

    def _words(self, name: str) -> None:
        """A page without its cells."""
        page = notebooks.read(self.paths.book / f"{name}.md")
        page.cells = [cell for cell in page.cells if cell.cell_type != "code"]
        notebooks.write(notebooks.normalise(page, name), self.paths.executed / f"{name}.ipynb")

    def table(self, name: str) -> pl.DataFrame:
        return tables.read(self.paths.tables()[name])

    def facts(self) -> PageFacts:
        return PageFacts({key: fact for path in self.paths.facts() for key, fact in tables.read_json(path).items()})

    def fact(self, key: str) -> Any:
        return self.facts()[key]["value"]

    def text(self, key: str) -> str:
        return self.facts()[key]["text"]

    def verdict(self, claim: int) -> str:
        return self.table("claims").filter(pl.col("claim") == claim)["verdict"][0]

    def page(self, name: str) -> str:
        return (self.paths.site / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """A fresh copy of the project, on the embedded sample."""
    return copy_project(tmp_path / "a report")


def copy_project(root: Path) -> Report:
    ignored = shutil.ignore_patterns("__pycache__", "_build", "_executed")
    for name in ("pipeline", "book", "published"):
        shutil.copytree(PROJECT / name, root / name, ignore=ignored)
    for path in (Paths().citation, Paths().data_licence):
        shutil.copy(path, root / path.name)
    timings = Paths(root).benchmarks
    timings.parent.mkdir(parents=True)
    shutil.copy(Paths().benchmarks, timings)
    shutil.copy(Paths().benchmarks.with_name("thesis.csv"), timings.with_name("thesis.csv"))
    document = yaml.safe_load((PROJECT / "params.yaml").read_text())
    document["snapshot"] = {"source": "sample"}
    (root / "params.yaml").write_text(yaml.safe_dump(document))
    return Report(Paths(root))


def shared_by_all(factory: pytest.TempPathFactory) -> Path:
    """A folder of this test run, the same for all of its processes."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Report:
    """The report that `build` makes in a folder, one for all processes of a test run; do not change it."""
    folder = shared_by_all(factory) / f"once {name}"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        if not (folder / "built").exists():
            shutil.rmtree(folder / "report", ignore_errors=True)
            build(folder / "report")
            (folder / "built").touch()
    return Report(Paths(folder / "report"))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on the embedded sample, built once; do not change it."""
    return built_once(tmp_path_factory, "sample", lambda root: copy_project(root).build())


def shared(*parts: str) -> Path:
    """A file of the shared development data, or skip."""
    root = Path(os.environ.get("SHARED_DATA", PROJECT.parent / "shared" / "data"))
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no {'/'.join(parts)}: set SHARED_DATA to the folder that has it")
    return path


@pytest.fixture(scope="session")
def slice_path() -> Path:
    """A real slice of the dataset hub-stats, in its own schema."""
    return shared("hub-stats-slice", "models.parquet")


SLICE_DATE = "2026-04-22"


@pytest.fixture(scope="session")
def hub_slice(slice_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on the real slice, built once; do not change it."""
    return built_once(
        tmp_path_factory, "slice", lambda root: copy_project(root).read_from(slice_path, "slice", SLICE_DATE).build()
    )


def hub_rows(*rows: dict[str, Any]) -> pl.DataFrame:
    """Hub-like rows from what a test cares about: id, tags, createdAt, downloads, total."""
    return pl.DataFrame(
        [
            {
                "id": row["id"],
                "author": row["id"].split("/")[0],
                "createdAt": row.get("createdAt"),
                "downloads": row.get("downloads", 0),
                "likes": 0,
                "tags": row.get("tags", []),
                "pipeline_tag": "text-generation",
                "safetensors": {"total": row.get("total")},
            }
            for row in rows
        ],
        schema={
            "id": pl.String,
            "author": pl.String,
            "createdAt": pl.Datetime("us"),
            "downloads": pl.Int64,
            "likes": pl.Int64,
            "tags": pl.List(pl.String),
            "pipeline_tag": pl.String,
            "safetensors": pl.Struct({"total": pl.Int64}),
        },
    )
