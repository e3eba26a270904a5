"""The content of the local Hub: the real slice of hub-stats where it is at hand, else rows made in its schema."""

import io
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tests.snapshot.server import LocalHub, Repository

STATS, WEEKLY = "cfahlgren1/hub-stats", "hfmlsoc/hub_weekly_snapshots"
NEWEST, GAP, BEFORE, OLD = "2026-10-01", "2026-09-30", "2026-09-29", "2025-07-01"
WEEK, REPEATED, NEXT_WEEK = "2026-09-21", "2026-09-28", "2026-10-05"
FAMILY = "Qwen/Qwen2.5-7B"
SMALL = 700
"""Rows of the weekly files and of the listing: enough to be paged, few enough to be quick."""


def rows(path: Path | None) -> pl.DataFrame:
    """Rows in the schema of hub-stats."""
    return pl.read_parquet(path) if path else made()


BASES = ("Qwen/Qwen2.5-7B", "meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B", "mistralai/Mistral-7B-v0.1")
FORK = "google/gemma-2-9b"
"""Base of the family that the README's fork is about."""
UNCOMPRESSED = 2_000
"""Bytes a row that do not compress: a file that is sent in several parts, so that it can be cut in the middle."""


def made(n: int = 900, bases: tuple[str, ...] = BASES, maker: str = "maker") -> pl.DataFrame:
    """Rows in which families have fine-tunes, adapters and quantizations, in a fixed pattern."""
    relations = ["finetune", "adapter", "quantized", "finetune", "merge"]
    start = datetime(2024, 1, 1)
    table = []
    for number in range(n):
        base, relation = bases[number % len(bases)], relations[number % len(relations)]
        is_base = number < min(2, len(bases))
        name = base if is_base else f"{maker}{number % 37}/model-{number}"
        tags = [] if is_base else [f"base_model:{base}", f"base_model:{relation}:{base}", "license:apache-2.0"]
        table.append(
            {
                "id": name,
                "author": name.split("/")[0],
                "createdAt": start + timedelta(days=number),
                "lastModified": start + timedelta(days=number + 5),
                "downloads": 7 * number,
                "downloadsAllTime": 70 * number,
                "likes": number % 11,
                "tags": ["transformers", "text-generation", *tags],
                "cardData": json.dumps({"base_model": base} if tags else {}),
                "safetensors": {"total": 7_615_616_512 if base.startswith("Qwen") else 8_030_261_248},
                "baseModels": {"relation": relation, "models": [{"_id": "0", "id": base}]} if tags else None,
                "pipeline_tag": "text-generation",
                "library_name": "transformers",
                "gguf": None,
                "sha": random.Random(number).randbytes(UNCOMPRESSED).hex(),
            }
        )
    return pl.DataFrame(table, schema_overrides={"gguf": pl.String})


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def files(path: Path | None) -> dict[str, bytes]:
    """Files of the data sets by name."""
    whole = rows(path)
    early = whole.filter(pl.col("createdAt") < datetime.fromisoformat(OLD)).drop("baseModels")
    in_ms = early.with_columns(pl.col("createdAt", "lastModified").cast(pl.Datetime("ms")))
    return {
        "newest": parquet(whole),
        "before": parquet(whole.head(whole.height - 20)),
        "draft": parquet(whole.head(10)),
        "old": parquet(in_ms),
        "week": parquet(whole.head(SMALL)),
        "next week": parquet(whole.head(SMALL + 100)),
    }


def listed(path: Path | None) -> list[dict[str, Any]]:
    """Rows of the listing endpoint, with fields of another shape than in the data set; a fork's family among them."""
    fork = made(150, (FORK,), "forker")
    known = pl.concat([rows(path).head(SMALL), fork], how="diagonal_relaxed").unique("id", keep="last")
    return [_listed(row) for row in known.sort("id").iter_rows(named=True)]


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    instant = {
        name: row[name].strftime("%Y-%m-%dT%H:%M:%S.000Z") if row[name] else None
        for name in ("createdAt", "lastModified")
    }
    return row | instant | {"cardData": json.loads(row["cardData"] or "{}"), "config": {"model_type": "qwen2"}}


def fill(hub: LocalHub, made_files: dict[str, bytes], listing: list[dict[str, Any]]) -> LocalHub:
    """Data sets with their history, the listing, models and organisations."""
    stats = hub.add(Repository(STATS, licence="apache-2.0"))
    stats.write(f"{OLD}T05:00:00.000Z", {"models.parquet": made_files["old"]})
    stats.write(f"{BEFORE}T05:00:00.000Z", {"models.parquet": made_files["before"]})
    stats.write(f"{GAP}T05:00:00.000Z", {"README.md": b"a card"})
    stats.write(f"{NEWEST}T04:00:00.000Z", {"models.parquet": made_files["draft"]})
    stats.write(f"{NEWEST}T05:00:00.000Z", {"models.parquet": made_files["newest"]})
    stats.write(f"{NEWEST}T23:59:00.000Z", {"README.md": b"another card"})
    weekly = hub.add(Repository(WEEKLY, licence="odbl"))
    for week, name in ((WEEK, "week"), (REPEATED, "week"), (NEXT_WEEK, "next week")):
        weekly.write(f"{week}T09:00:00.000Z", {f"models/{week}/models.parquet": made_files[name]})
    hub.listing = listing
    return hub
