"""Older files that params.yaml names reach the figure of what was known then, stage by stage."""

from pathlib import Path

import polars as pl
import pytest

from pipeline import register
from pipeline.charts.derivatives import vintages
from pipeline.charts.kit.figure import Figure
from tests.conftest import SLICE_DATE, Report

pytestmark = pytest.mark.whole


def test_a_history_file_is_in_the_figure(slice_path: Path, report: Report) -> None:
    day = "2024-12-31"
    older = report.paths.root / "older.parquet"
    rows = pl.read_parquet(slice_path)
    rows.filter(pl.col("createdAt").dt.date().cast(pl.String) <= day).write_parquet(older)
    entry = {"date": day, "path": str(older), "coverage": "slice"}
    report.read_from(slice_path, "slice", SLICE_DATE).set(snapshot={"history_files": [entry]}).build("derivatives")
    table = report.table("vintages")
    assert sorted(set(table["date"].cast(pl.String))) == [day, SLICE_DATE]
    assert table["derivatives_as_known"].to_list() == table["derivatives_back_cast"].to_list(), "nothing was altered"
    figure = vintages.as_known(table, register.load("families", report.paths.register), report.facts())
    assert isinstance(figure, Figure)
    assert figure.title == (
        "Counted back to December 2024, Qwen has as many derivatives as were known then, Llama as many"
    )
