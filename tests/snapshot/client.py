"""This process as a client of the local Hub."""

from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants
from huggingface_hub.utils import close_session

from pipeline.snapshot import hub as client
from tests.snapshot.server import LocalHub


def pointed_at(hub: LocalHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Point huggingface_hub there, with an empty cache in a folder and no token; returns the waits as they come."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_ASSETS_CACHE", str(folder / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(folder / "token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    client.api.cache_clear()
    close_session()
    assert huggingface_hub.get_token() is None
    return waited
