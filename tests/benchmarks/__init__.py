"""Benchmarks of the lineage engine: `make bench`."""

import os


def environment(**more: str) -> dict[str, str]:
    """That of a process to be measured, which must not be compiling its own modules."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | more
