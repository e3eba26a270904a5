"""Benchmarks of the lineage engine: `make bench`."""

import os
import re

from pipeline.base.paths import PROJECT

_SET = re.compile(r'(\w+)="\$\{\1:?-([^}]*)\}"')
"""A variable that scripts/stage.sh gives a stage, where it has no value yet."""


def environment(**more: str) -> dict[str, str]:
    """That of a process to be measured: such that it compiles no module anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | more


def stage_settings() -> dict[str, str]:
    """What scripts/stage.sh sets for a stage; a plain read and other tools run without it."""
    return dict(_SET.findall((PROJECT / "scripts" / "stage.sh").read_text(encoding="utf-8")))
