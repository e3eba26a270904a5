"""A report whose results may be replaced: its files are links to those of another one, which stays as it is."""

import os
import shutil
from pathlib import Path

from pipeline.base.paths import DOWNLOADS, Paths


def linked(built: Paths, root: Path) -> Paths:
    """Links to the snapshot and to what the stage `report` reads and made; the register is a copy that tests alter."""
    paths = Paths(root / "linked")
    shutil.copytree(built.register, paths.register)
    ignored = shutil.ignore_patterns(DOWNLOADS)
    shutil.copytree(built.out, paths.out, copy_function=os.symlink, ignore=ignored)
    paths.raw.mkdir(parents=True)
    for name in ("params", "citation", "data_licence", "provenance"):
        getattr(paths, name).symlink_to(getattr(built, name))
    (paths.raw / "models.parquet").symlink_to(built.raw / "models.parquet")
    return paths
