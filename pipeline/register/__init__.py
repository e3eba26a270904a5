"""The register: curated facts as CSV and YAML, one file per table, each row with date and source.

Nothing here is computed. A table is read whole, checked against its contract in
`pipeline.schemas`, and handed on as a frame; a row that breaks the contract is an error that
names the file. Empty cells are null.
"""

from pathlib import Path

import dataframely as dy
import polars as pl

from pipeline import schemas, tables
from pipeline.errors import RegisterError, TableError


def load(name: str, directory: Path) -> pl.DataFrame:
    """Register table `name` from `directory`, sorted by its key.

    Raises RegisterError when the file is missing, is no CSV, or breaks its contract.
    """
    path = directory / f"{name}.csv"
    schema = schemas.contract(name, schemas.REGISTER)
    if not path.exists():
        raise RegisterError(f"no register table {path.name}", next_step="restore it from the repository")
    try:
        text = pl.read_csv(path, infer_schema=False, encoding="utf8")
        return tables.conform(_parse(text, schema, path.name), schema, path.name)
    except TableError as error:
        raise RegisterError(str(error)) from error
    except pl.exceptions.PolarsError as error:
        raise RegisterError(str(error), where=path.name) from error


def _parse(text: pl.DataFrame, schema: type[dy.Schema], where: str) -> pl.DataFrame:
    """Text cells to the contract's types; polars casts no text to Boolean by itself."""
    columns = []
    for name, column in schema.columns().items():
        if name not in text.columns:
            raise TableError(f"no column {name}", where=where)
        cell = pl.col(name).str.strip_chars()
        cell = pl.when(cell == "").then(None).otherwise(cell)
        if isinstance(column, dy.Bool):
            parsed = cell.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
        elif isinstance(column, dy.Date):
            parsed = cell.str.to_date("%Y-%m-%d")
        else:
            parsed = cell.cast(column.dtype)
        columns.append(parsed.alias(name))
    return text.select(columns)
