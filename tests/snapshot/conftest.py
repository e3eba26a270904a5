"""A local Hub per test, huggingface_hub pointed at it, and no other host within reach."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.base.paths import PROJECT, Paths
from tests.conftest import Report
from tests.snapshot import client, content
from tests.snapshot.offline import sitecustomize as sitecustomize  # refuses other hosts from its import on
from tests.snapshot.server import LocalHub, serving

SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


@pytest.fixture(scope="session")
def real_slice() -> Path | None:
    """The real slice of hub-stats, where it is at hand."""
    path = SHARED / "hub-stats-slice" / "models.parquet"
    return path if path.exists() else None


@pytest.fixture(scope="session")
def hub_files(real_slice: Path | None) -> dict[str, bytes]:
    return content.files(real_slice)


@pytest.fixture(scope="session")
def hub_listing(real_slice: Path | None) -> list[dict[str, Any]]:
    return content.listed(real_slice)


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """A project whose data lie in a folder of their own; its code and register are this one's."""
    root = tmp_path / "a report"
    root.mkdir()
    for name in ("pipeline", "book"):
        (root / name).symlink_to(PROJECT / name)
    document = yaml.safe_load((PROJECT / "params.yaml").read_text())
    (root / "params.yaml").write_text(yaml.safe_dump(document))
    return Report(Paths(root))


@pytest.fixture
def hub(hub_files: dict[str, bytes], hub_listing: list[dict[str, Any]]) -> Iterator[LocalHub]:
    with serving() as server:
        yield content.fill(server, hub_files, hub_listing)


@pytest.fixture
def waits(hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """This process talks to the local Hub, with an empty cache and no token; the waits that were asked of it."""
    return client.pointed_at(hub, tmp_path, monkeypatch)
