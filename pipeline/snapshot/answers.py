"""Pages of the Hub's listing of models, as its API answers, in the hub-stats schema."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipeline.base import tables

_PAGE = {
    "id": pl.String,
    "author": pl.String,
    "createdAt": pl.String,
    "lastModified": pl.String,
    "downloads": pl.Int64,
    "downloadsAllTime": pl.Int64,
    "likes": pl.Int64,
    "tags": pl.List(pl.String),
    "pipeline_tag": pl.String,
    "library_name": pl.String,
    "safetensors": pl.Struct({"total": pl.Int64}),
    "cardData": pl.String,
    "config": pl.Struct({"model_type": pl.String}),
}


FORM = hashlib.sha256(repr(_PAGE).encode()).hexdigest()[:8]
"""Another set of columns has another one, so that a page that an older version stored is read again."""


def frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """A page of the listing as a table in the hub-stats schema; fields of another kind than expected are null."""
    table = pl.DataFrame([_row(row) for row in rows], schema=_PAGE)
    instant = pl.col("createdAt", "lastModified").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False)
    return table.with_columns(instant)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    card, tags = row.get("cardData"), row.get("tags")
    plain = {name: _of_kind(row.get(name), dtype) for name, dtype in _PAGE.items()}
    return plain | {
        "id": _id(row["id"] if "id" in row else row["modelId"]),
        "tags": [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
        "cardData": json.dumps(card, sort_keys=True, ensure_ascii=False) if card and not tables.is_deep(card) else None,
        "safetensors": _one(row.get("safetensors"), "total", pl.Int64),
        "config": _one(row.get("config"), "model_type", pl.String),
    }


def _id(value: Any) -> str:
    """The name of a model. Raises ValueError for what is no text."""
    if not isinstance(value, str):
        raise ValueError("an id is no text")
    return value


def _of_kind(value: Any, dtype: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) >= 2**63):
        return None  # Python takes true for the number 1
    return value if isinstance(value, {pl.String: str, pl.Int64: int}.get(dtype, ())) else None


def _one(value: Any, field: str, dtype: Any) -> dict[str, Any] | None:
    """One field of an object; null for what is no object."""
    return {field: _of_kind(value.get(field), dtype)} if isinstance(value, dict) else None
