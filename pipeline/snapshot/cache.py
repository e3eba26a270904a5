"""Answers and files of the Hub that are stored between runs, in huggingface_hub's assets folder.

Its place follows `HF_HOME` and `HF_ASSETS_CACHE`. What is stored cannot change (a file at a commit, a day's listing),
so `HF_HUB_OFFLINE=1` works from there.
"""

from pathlib import Path
from typing import Any

from huggingface_hub import cached_assets_path, constants

from pipeline.base import tables

LIBRARY = "open-source-as-infrastructure"


def folder(kind: str) -> Path:
    """The folder of one kind of answer; made if it is missing."""
    return cached_assets_path(LIBRARY, namespace="hub", subfolder=kind, assets_dir=constants.HF_ASSETS_CACHE)


def save(kind: str, key: str, answer: Any) -> Any:
    """Store an answer of JSON's types under a key; returns it."""
    tables.write_json(answer, _file(kind, key))
    return answer


def load(kind: str, key: str) -> Any | None:
    """The answer that an earlier run stored; None where there is none or it cannot be read."""
    path = _file(kind, key)
    try:
        return tables.read_json(path) if path.exists() else None
    except (ValueError, RecursionError):
        return None


def _file(kind: str, key: str) -> Path:
    return folder(kind) / f"{key.replace('/', '--')}.json"
