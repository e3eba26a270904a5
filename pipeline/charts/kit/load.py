"""What a notebook may load: tables, facts and register tables of the project it runs in."""

from typing import Any

import polars as pl

from pipeline import register as curated
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.errors import BUILD, TableError
from pipeline.base.facts import PageFacts, report_facts
from pipeline.base.paths import Paths


def table(name: str) -> pl.DataFrame:
    """A table of data/out by name, in whatever folder it lies."""
    found = Paths().tables().get(name)
    if found is None:
        raise TableError(f"no table {name}", where="data/out", next_step=BUILD)
    return tables.read(found)


def register(name: str) -> pl.DataFrame:
    """A register table by name."""
    return curated.load(name, Paths().register)


def facts(*chapters: str) -> PageFacts:
    """The facts of some chapters, those on the snapshot itself, and whom the report compares.

    A page loads the chapters that its figures quote; whatever its prose quotes, the site looks up among all.
    """
    found = report_facts(params())
    for chapter in ("hub", *chapters):
        found |= tables.read_json(Paths().out / chapter / "facts.json")
    return PageFacts(found, ("hub", *chapters))


def params() -> parameters.Params:
    """params.yaml."""
    return parameters.load(Paths().params)


def paths() -> Paths:
    """Where the project's files lie, for functions that read the core tables."""
    return Paths()


def document(name: str) -> Any:
    """A JSON document of a chapter by `chapter/name`."""
    return tables.read_json(Paths().out / f"{name}.json")


def package() -> dict[str, Any]:
    """The downloads, as their Data Package lists them."""
    return tables.read_json(Paths().downloads / "datapackage.json")


def download(name: str) -> str:
    """The text of one of the downloads."""
    return (Paths().downloads / name).read_text(encoding="utf-8")
