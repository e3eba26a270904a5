"""What a notebook may load: tables, facts and register tables of the project it runs in."""

from typing import Any

import polars as pl

from pipeline import register as curated
from pipeline import tables
from pipeline.paths import Paths
from pipeline.quotes import Facts


def table(name: str) -> pl.DataFrame:
    """A table of data/out by name."""
    return tables.read(Paths().out / f"{name}.parquet")


def register(name: str) -> pl.DataFrame:
    """A register table by name."""
    return curated.load(name, Paths().register)


def facts() -> Facts:
    """Every fact, the ledger's totals among them."""
    return tables.read_json(Paths().facts) | tables.read_json(Paths().claims)


def document(name: str) -> Any:
    """A JSON document of data/out by name."""
    return tables.read_json(Paths().out / f"{name}.json")


def package() -> dict[str, Any]:
    """The downloads, as their Data Package lists them."""
    return tables.read_json(Paths().downloads / "datapackage.json")


def download(name: str) -> str:
    """The text of one of the downloads."""
    return (Paths().downloads / name).read_text(encoding="utf-8")
