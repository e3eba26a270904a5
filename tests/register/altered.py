"""The register with some tables changed, the others as they are."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import polars as pl

from pipeline.base.paths import Paths, register_table

Edits = Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]
"""Changes to tables by name; cells are text."""
NONE: Edits = MappingProxyType({})


def altered(directory: Path, edits: Edits = NONE) -> Path:
    """Fill an empty or missing directory with links to the register's tables, and with the changed ones."""
    for table in Paths().register.glob("*/*.csv"):
        link = directory / table.parent.name / table.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(table)
    for name, change in edits.items():
        rewrite(directory, name, change)
    return directory


def rewrite(directory: Path, name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Change a table of an altered register."""
    path = register_table(name, directory)
    rows = change(pl.read_csv(path, infer_schema=False))
    path.unlink()
    rows.write_csv(path)


def edit(directory: Path, name: str, *, where: pl.Expr, **values: str | None) -> None:
    """Set columns of the rows where `where` holds."""
    cells = [pl.when(where).then(pl.lit(value)).otherwise(column).alias(column) for column, value in values.items()]
    rewrite(directory, name, lambda rows: rows.with_columns(cells))
