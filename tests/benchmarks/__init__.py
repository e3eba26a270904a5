"""Benchmarks of the lineage engine: `make bench`."""

import os


def environment(**more: str) -> dict[str, str]:
    """That of a process to be measured: as scripts/stage.sh sets it, and such that it compiles no module anew."""
    found = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return found | {"OPENBLAS_NUM_THREADS": "1", "PYDANTIC_DISABLE_PLUGINS": "1"} | more
