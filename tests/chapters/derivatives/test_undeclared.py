"""What inference adds and how far it can be trusted, on small made snapshots, the slice and the sample."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import register, snapshot
from pipeline.base import params as parameters
from pipeline.chapters.derivatives import undeclared
from pipeline.chapters.derivatives.facts_undeclared import ahead
from pipeline.chapters.pollination import tables as distillations
from pipeline.charts.derivatives import undeclared as charts
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.hub import links, models
from pipeline.report import facts
from tests.conftest import hub_rows

LLAMA, QWEN, MISTRAL = "meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B", "mistralai/Mistral-7B-v0.1"
LLAMA_SHAPE = {"tags": ["llama"], "total": 8030261248}
QWEN_SHAPE = {"tags": ["qwen2"], "total": 7615616512}


def build(report: Any, tmp_path: Path, *rows: dict[str, Any], whole: bool = False) -> Any:
    path = tmp_path / "made.parquet"
    hub_rows(*rows).write_parquet(path)
    report.set(derivatives={"minimum_derivatives": 1}).read_from(path, "census", "2026-10-01")
    return report.build() if whole else run(report)


def run(report: Any) -> Any:
    """Only the stages that these tables need."""
    params = parameters.load(report.paths.params)
    for stage in (snapshot, models, links, undeclared, distillations):
        stage.run(report.paths, params)
    return report


def shaped(name: str, shape: dict[str, Any], *parents: str) -> dict[str, Any]:
    return {"id": name, **shape, "tags": [*shape.get("tags", []), *(f"base_model:finetune:{p}" for p in parents)]}


def quality(report: Any, rule: str, family: str) -> dict[str, Any]:
    found = report.table("inference_quality").filter(pl.col("rule") == rule, pl.col("family") == family)
    return found.row(0, named=True)


def bound(report: Any, rule: str, group: str) -> tuple[int, int]:
    found = report.table("bounds").filter(pl.col("rule") == rule, pl.col("group") == group)
    return found.select("lower", "estimate").row(0) if found.height else (0, 0)


# --------------------------------------------------------------------------------------- quality


def test_hidden_declarations_judge_a_rule(report: Any, tmp_path: Path) -> None:
    built = build(
        report,
        tmp_path,
        shaped("a/right", QWEN_SHAPE, QWEN),
        shaped("a/wrong", LLAMA_SHAPE, QWEN),
        shaped("a/unseen", {}, QWEN),
        shaped("a/other", LLAMA_SHAPE, LLAMA),
    )
    qwen, llama = quality(built, "shape", "Qwen"), quality(built, "shape", "Llama")
    assert (qwen["declared"], qwen["proposed"], qwen["correct"]) == (3, 1, 1)
    assert (qwen["precision"], qwen["recall"]) == (1, pytest.approx(1 / 3))
    assert (llama["declared"], llama["proposed"], llama["correct"]) == (1, 2, 1)
    assert llama["precision"] == 0.5


def test_a_lineage_that_ends_in_the_unknown_judges_nothing(report: Any, tmp_path: Path) -> None:
    built = build(
        report,
        tmp_path,
        shaped("a/half", QWEN_SHAPE, QWEN, "nobody/knows"),
        shaped("a/unknown", LLAMA_SHAPE, "nobody/knows"),
    )
    assert built.table("inference_quality").is_empty()


def test_either_parent_of_a_distillation_is_right(report: Any, tmp_path: Path) -> None:
    distill = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
    built = build(report, tmp_path, shaped("a/tuned", QWEN_SHAPE, distill), shaped("a/DeepSeek-x", {}, distill))
    assert quality(built, "shape", "Qwen")["precision"] == 1
    assert quality(built, "name", "DeepSeek")["precision"] == 1
    assert quality(built, "name", "DeepSeek")["recall"] == 0.5


def test_a_familys_own_releases_judge_nothing(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, shaped("Qwen/Qwen2.5-7B-Instruct", QWEN_SHAPE, QWEN))
    assert built.table("inference_quality").is_empty()


def test_precision_and_recall_are_shares_of_what_they_say(hub_slice: Any) -> None:
    table = hub_slice.table("inference_quality")
    assert table.height > 20
    assert table.filter(pl.col("correct") > pl.min_horizontal("proposed", "declared")).is_empty()
    per_family = table.group_by("family").agg(pl.col("declared").n_unique())
    assert per_family["declared"].to_list() == [1] * per_family.height, "every rule faces the same declarations"


# ---------------------------------------------------------------------------------------- bounds


def test_inference_is_for_those_who_declare_nothing(report: Any, tmp_path: Path) -> None:
    built = build(
        report,
        tmp_path,
        shaped("a/declared", QWEN_SHAPE, QWEN),
        shaped("b/silent", QWEN_SHAPE),
        shaped("c/elsewhere", QWEN_SHAPE, "nobody/knows"),
    )
    assert bound(built, "shape", "Qwen") == (1, 2)


def test_what_descends_from_a_silent_derivative_follows_it(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, shaped("b/silent", LLAMA_SHAPE), shaped("c/below", {}, "b/silent"))
    assert bound(built, "shape", "Llama") == (0, 2)
    assert bound(built, "name", "Llama") == (0, 0)


def test_a_conversion_has_the_families_above_its_source(report: Any, tmp_path: Path) -> None:
    built = build(
        report, tmp_path, {"id": "bartowski/Wisdom-7B-GGUF"}, shaped("a/Wisdom-7B", {}, QWEN), {"id": "a/Other-GGUF"}
    )
    assert bound(built, "repackager", "Qwen") == (1, 2)


def test_the_lower_bound_is_the_declared_count(hub_slice: Any) -> None:
    counts = hub_slice.table("derivatives").filter(pl.col("definition") == "family.declared.transitive.all")
    lower = hub_slice.table("bounds").filter(pl.col("rule") == "shape", pl.col("lower") > 0)
    assert dict(lower.select("group", "lower").iter_rows()) == dict(counts.select("group", "derivatives").iter_rows())


def test_no_estimate_is_below_its_lower_bound(hub_slice: Any, sample: Any) -> None:
    for built in (hub_slice, sample):
        table = built.table("bounds")
        assert (table["estimate"] >= table["lower"]).all()
        assert table.filter(pl.len().over("group") != 3).is_empty()


def test_the_bounds_follow_the_grouping_of_the_report(report: Any) -> None:
    report.set(report={"subject": "Alibaba", "reference": "Meta", "grouping": "organisation"}).build()
    assert bound(report, "shape", "Alibaba")[1] > bound(report, "shape", "Meta")[1] > 0
    assert report.text("undeclared.bounds.title").startswith("Alibaba is ahead of Meta")


def test_who_is_ahead_is_said_for_each_kind_of_evidence() -> None:
    assert (
        ahead({"by shape": (3, 1), "by name": (9, 2)}, "Qwen", "Llama") == "Qwen is ahead of Llama by shape and by name"
    )
    assert ahead({"as declared": (3, 1), "by name": (1, 3)}, "A", "B") == "A is ahead as declared, B by name"
    mixed = {"as declared": (3, 1), "by name": (1, 3), "by shape": (100, 101)}
    assert ahead(mixed, "A", "B") == "A is ahead as declared, B by name; by shape they are about even"
    assert ahead({"by shape": (1, 1)}, "A", "B") == "A and B are about even by shape"
    assert ahead({}, "A", "B").startswith("Neither A nor B")


# --------------------------------------------------------------------------------------- the page


def figure(report: Any, name: str) -> Figure | Absent:
    known = facts.load(report.paths)
    families = register.load("families", report.paths.register)
    if name == "inference_quality":
        return charts.quality(report.table(name), known)
    return charts.bounds(report.table(name), families, known)


def test_a_snapshot_without_declarations_says_so_in_the_place_of_the_figure(sample: Any) -> None:
    assert sample.table("inference_quality").is_empty()
    assert sample.table("bounds")["lower"].max() == 0
    absent = figure(sample, "inference_quality")
    assert isinstance(absent, Absent)
    assert "declares a parent" in absent.reason
    drawn = figure(sample, "bounds")
    assert isinstance(drawn, Figure)
    assert "there is no lower bound" in drawn.html


def test_figures_of_the_slice_have_marks_words_and_data(hub_slice: Any) -> None:
    for name in ("inference_quality", "bounds"):
        drawn = figure(hub_slice, name)
        assert isinstance(drawn, Figure)
        assert drawn.html == figure(hub_slice, name).html
        assert "role-mark" in drawn.html
    assert "flatter" in figure(hub_slice, "inference_quality").html


def test_a_snapshot_where_everything_is_declared_adds_nothing(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, shaped("a/x", {}, QWEN), shaped("a/y", {}, LLAMA), whole=True)
    drawn = figure(built, "bounds")
    assert isinstance(drawn, Figure)
    assert "role-mark" in drawn.html
    assert isinstance(figure(built, "inference_quality"), Absent), "two declarations judge nothing"
