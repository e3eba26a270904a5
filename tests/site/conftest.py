import importlib.util
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import altair as alt
import polars as pl
import pytest

from pipeline.base.params import Params
from pipeline.base.paths import PROJECT, Paths
from pipeline.charts.kit.figure import Figure

FACTS = {
    "subject": {"value": "Qwen", "text": "Qwen"},
    "ratio": {"value": 3.1, "text": "3.1"},
    "gap": {"value": None, "text": None},
    "hostile": {"value": None, "text": "<script>alert(1)</script>"},
    "control": {"value": None, "text": "a\x00b\x1b[31mc\u202ed\u2066e\x7f\n\té"},
    "footnote": {"value": None, "text": "by a/model[^1]"},
    "role": {"value": None, "text": "snapshot {word}"},
    "markup": {
        "value": None,
        "text": "{fact}`ratio` {{ 7 * 7 }} [x](y) **b** $x$ %% C:\\n @tufte2001 https://example.org",
    },
}
PROVENANCE = {"label": "Made snapshot", "coverage": "sample", "date": "2026-10-01", "sha256": "1a2b3c4d5e6f"}
PARAMS: dict[str, Any] = {
    "snapshot": {"source": "sample"},
    "report": {"subject": "Qwen", "reference": "Llama"},
    "derivatives": {"headline": ["family.shape"], "minimum_derivatives": 1},
    "cost": {
        "price_window_months": 12,
        "compared_run": "deepseek-v3",
        "hardware_window_months": 36,
        "serving_accelerator": "H100",
    },
    "surface": {"current_months": 12},
    "vendors": {"stopped_months": 12, "started_months": 12, "formats_days": 7},
    "thesis": {
        "minimum_releases": 200,
        "minimum_families": 8,
        "minimum_derivatives": 1000,
        "minimum_scored": 40,
        "minimum_age_days": 90,
        "releases_per_family": 5,
        "significance": 0.05,
        "benchmark": "MMLU",
        "metric": "5-shot percent",
    },
    "explorer": {
        "listed": 20,
        "below": 3,
        "found": 12,
        "most_models": 1000,
        "most_uploaders": 100,
        "file_kilobytes": 90,
    },
    "anatomy": {"half_life_derivatives": 10, "half_life_age_months": 12},
    "notebooks": {},
}
CONFIG = """
version: 1
project:
  title: Made report
  license: {content: CC-BY-4.0, code: MIT}
  bibliography: [references.bib]
  plugins: [plugins/facts.mjs]
  toc:
"""
COLOURS = "pipeline/charts/kit/colours.yaml"
KEY_FIGURES = "pipeline/charts/kit/key_figures.yaml"
BIBLIOGRAPHY = "@book{tufte2001, title={The Visual Display}, author={Tufte, Edward}, year=2001, publisher={GP}}\n"


@pytest.fixture
def params() -> Callable[[Mapping[str, Any]], Params]:
    """Parameters with these sections for the notebooks."""
    return lambda notebooks: Params.model_validate({**PARAMS, "notebooks": notebooks})


@pytest.fixture(scope="session")
def theme_module() -> Callable[[str], ModuleType]:
    """A module of the book's theme, which lives outside the package; its neighbours are found while it loads."""
    folder = PROJECT / "book" / "theme"

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"book_theme_{name}", folder / f"{name}.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(folder))
            spec.loader.exec_module(module)
        return module

    return load


def markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def output(html: str, *, tags: list[str] | None = None) -> dict[str, Any]:
    data = {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}
    metadata = {"tags": tags or ["remove-input"]}
    return {"cell_type": "code", "metadata": metadata, "source": "x", "outputs": [data], "execution_count": None}


def figure_html(key: str = "made", title: str = "It rises") -> str:
    """A figure as a cell shows it."""
    frame = pl.DataFrame({"x": [1, 2], "y": [2, 3]})

    def chart(width: int) -> alt.Chart:
        return alt.Chart(frame).mark_line().encode(x="x:Q", y="y:Q", tooltip=["x", "y"]).properties(width=width)

    return Figure(
        key=key,
        title=title,
        subtitle="Things, 2025",
        draw=chart,
        description="A line that rises.",
        table=frame,
        source="Made",
        kind="Line chart",
    ).html


def make_book(root: Path, pages: Mapping[str, list[dict[str, Any]]]) -> Paths:
    """A small book with the project's theme and plugins; `pages` are executed notebooks' cells."""
    paths = Paths(root)
    paths.executed.mkdir(parents=True)
    paths.out.mkdir(parents=True)
    paths.raw.mkdir(parents=True)
    for folder in ("theme", "plugins"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / "book" / folder, paths.book / folder, ignore=ignore)
    (root / COLOURS).parent.mkdir(parents=True)
    for name in (COLOURS, KEY_FIGURES):
        shutil.copy(PROJECT / name, root / name)
    for name, cells in pages.items():
        numbered = [{"id": f"{name}-{number:03d}", **cell} for number, cell in enumerate(cells, start=1)]
        notebook = {"cells": numbered, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (paths.executed / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    entries = "".join(f"    - file: _executed/{name}.ipynb\n" for name in pages)
    (paths.book / "myst.yml").write_text(f"{CONFIG}{entries}site: {{template: ./theme}}\n", encoding="utf-8")
    (paths.book / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    for chapter, facts in (("moe", FACTS), ("claims", {"claims.total": {"value": 12, "text": "12"}})):
        (paths.out / chapter).mkdir()
        (paths.out / chapter / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    paths.provenance.write_text(json.dumps(PROVENANCE), encoding="utf-8")
    return paths
