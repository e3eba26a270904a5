"""Pages of the Hub's listing of models, as its API answers, in the hub-stats schema."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
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


_KINDS: dict[Any, type] = {pl.String: str, pl.Int64: int}
_PLAIN = {name: _KINDS[dtype] for name, dtype in _PAGE.items() if dtype in _KINDS}
"""Columns of one value each, with its kind in Python."""


def frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """A page of the listing as a table in the hub-stats schema; fields of another kind than expected are null.

    A column at a time: a census has 760 pages and more, and a row at a time takes twice as long.
    """
    page = list(rows)
    plain = {name: [_of_kind(row.get(name), kind) for row in page] for name, kind in _PLAIN.items()}
    columns = plain | {
        "id": [_id(row["id"] if "id" in row else row["modelId"]) for row in page],
        "tags": _lists([_texts(row.get("tags")) for row in page]),
        "cardData": [_as_json(row.get("cardData")) for row in page],
        "safetensors": [_one(row.get("safetensors"), "total", int) for row in page],
        "config": [_one(row.get("config"), "model_type", str) for row in page],
    }
    table = pl.DataFrame({name: columns[name] for name in _PAGE}, schema=_PAGE)
    instant = pl.col("createdAt", "lastModified").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False)
    return table.with_columns(instant)


def _id(value: Any) -> str:
    """The name of a model. Raises ValueError for what is no text."""
    if not isinstance(value, str):
        raise ValueError("an id is no text")
    return value


def _of_kind(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):  # Python takes true for the number 1
        return None
    return None if kind is int and abs(value) >= 2**63 else value


def _texts(tags: Any) -> list[str]:
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _lists(lists: list[list[str]]) -> pl.Series:
    """Lists of texts as a column. Polars makes a series of each list, which takes three times as long."""
    row = np.repeat(np.arange(len(lists)), [len(texts) for texts in lists])
    texts = pl.DataFrame(
        {"row": row, "tags": list(chain.from_iterable(lists))}, schema={"row": pl.Int64, "tags": pl.String}
    )
    whole = pl.DataFrame({"row": np.arange(len(lists))}, schema={"row": pl.Int64})
    found = whole.join(
        texts.group_by("row", maintain_order=True).agg("tags"), on="row", how="left", maintain_order="left"
    )
    return found["tags"].fill_null([])


def _as_json(card: Any) -> str | None:
    return json.dumps(card, sort_keys=True, ensure_ascii=False) if card and not tables.is_deep(card) else None


def _one(value: Any, field: str, kind: type) -> dict[str, Any] | None:
    """One field of an object; null for what is no object."""
    return {field: _of_kind(value.get(field), kind)} if isinstance(value, dict) else None
