"""Rebuilds the register's pairs of a ModelScope id and a Hub id from the packages that hold them.

    pip download --no-deps -d wheels ms-swift==4.6.0 llamafactory==0.9.5 xinference==4.1.0
    python scripts/modelscope.py 2026-11-28 wheels/*.whl

Three tools that load a model from either hub keep its two ids side by side: ms-swift as calls `Model(modelscope, hub)`,
llamafactory as a dictionary by `DownloadSource`, xinference as JSON with a `model_src` for each hub. The text of the
wheels is parsed and never run. The first argument is the day of reading. The table is written to
pipeline/register/vendors/modelscope.csv, one row a pair and package.

Drawbacks: a pair is what the authors of a package typed. Some ids are old names or slips, and none says who uploaded a
model, when, or how often it is used. xinference lists the sizes and bit widths that it can run, so a maker of many
sizes has many pairs.
"""

import ast
import csv
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "pipeline" / "register" / "vendors" / "modelscope.csv"
COLUMNS: tuple[str, ...] = ("modelscope_id", "hub_id", "package", "version", "date", "source")

Pairs = Iterator[tuple[str, str]]


def of_swift(text: str) -> Pairs:
    """Ids of the calls `Model(modelscope, hub, ...)` in a module of ms-swift."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Model":
            given = dict(zip(("ms_model_id", "hf_model_id"), node.args, strict=False))
            given |= {word.arg: word.value for word in node.keywords if word.arg}
            yield from _both(given.get("ms_model_id"), given.get("hf_model_id"))


def of_llamafactory(text: str) -> Pairs:
    """Ids of the dictionaries `{DownloadSource.DEFAULT: hub, DownloadSource.MODELSCOPE: modelscope}`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Dict):
            named = zip(node.keys, node.values, strict=True)
            by_hub = {key.attr: value for key, value in named if isinstance(key, ast.Attribute)}
            yield from _both(by_hub.get("MODELSCOPE"), by_hub.get("DEFAULT"))


def _both(modelscope: ast.expr | None, hub: ast.expr | None) -> Pairs:
    """The pair, where both are strings."""
    if isinstance(modelscope, ast.Constant) and isinstance(hub, ast.Constant) and modelscope.value and hub.value:
        yield str(modelscope.value), str(hub.value)


def of_xinference(text: str) -> Pairs:
    """Ids of every `model_src` that names both hubs; `{quantization}` in an id stands for each that both have."""

    def sources(node: Any) -> Iterator[dict[str, Any]]:
        parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        if isinstance(node, dict) and isinstance(node.get("model_src"), dict):
            yield node["model_src"]
        for part in parts:
            yield from sources(part)

    for source in sources(json.loads(text)):
        modelscope, hub = source.get("modelscope") or {}, source.get("huggingface") or {}
        if modelscope.get("model_id") and hub.get("model_id"):
            common = [one for one in modelscope.get("quantizations", [""]) if one in hub.get("quantizations", [""])]
            for bits in common or [""]:
                ids = [side["model_id"].replace("{quantization}", bits) for side in (modelscope, hub)]
                if "{" not in "".join(ids):
                    yield ids[0], ids[1]


PACKAGES: dict[str, tuple[str, str, Callable[[str], Pairs]]] = {
    "ms-swift": ("swift/model/models/", ".py", of_swift),
    "llamafactory": ("llamafactory/extras/constants", ".py", of_llamafactory),
    "xinference": ("xinference/model/", ".json", of_xinference),
}
"""Where in a package its ids stand: begin and end of the files' names, and what reads one."""


def rows_of(wheel: Path, day: str) -> list[dict[str, str]]:
    """Rows of the register from one wheel."""
    name, version = wheel.name.split("-")[:2]
    package = name.replace("_", "-")
    start, end, read = PACKAGES[package]
    with zipfile.ZipFile(wheel) as files:
        names = [one for one in files.namelist() if one.startswith(start) and one.endswith(end)]
        found = sorted({pair for one in names for pair in read(files.read(one).decode())})
    source = f"package {package} {version}, {start}"
    return [dict(zip(COLUMNS, (*pair, package, version, day, source), strict=True)) for pair in found]


def as_csv(rows: Iterable[dict[str, str]]) -> str:
    """The table as text, sorted by its key."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: tuple(row[column] for column in COLUMNS[:3])))
    return text.getvalue()


if __name__ == "__main__":
    reading_day, *wheels = sys.argv[1:]
    TABLE.write_text(as_csv(row for wheel in wheels for row in rows_of(Path(wheel), reading_day)))
