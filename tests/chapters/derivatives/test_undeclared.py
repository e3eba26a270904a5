"""What inference adds and how far it can be trusted, on small made snapshots, the slice and the sample."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base.facts import Facts
from pipeline.base.results import Tables
from pipeline.chapters.derivatives import facts_undeclared
from pipeline.chapters.derivatives.facts_undeclared import ahead
from pipeline.charts.derivatives import undeclared as charts
from pipeline.charts.kit.figure import Absent, Figure
from tests.conftest import Report, hub_rows
from tests.counting.memory import REGISTER, SWAPPED, Hub, altered_hub, altered_register, hub, settings

LLAMA, QWEN = "meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B"
LLAMA_SHAPE = {"tags": ["llama"], "total": 8030261248}
QWEN_SHAPE = {"tags": ["qwen2"], "total": 7615616512}
FAMILIES = register.load("families", REGISTER)


def build(*rows: dict[str, Any]) -> Tables:
    made = hub(hub_rows(*rows))
    judged, between = made.undeclared()
    return made.with_snapshot({"inference_quality": judged, "bounds": between})


def shaped(name: str, shape: dict[str, Any], *parents: str) -> dict[str, Any]:
    return {"id": name, **shape, "tags": [*shape.get("tags", []), *(f"base_model:finetune:{p}" for p in parents)]}


def quality(found: Tables, rule: str, family: str) -> dict[str, Any]:
    return found["inference_quality"].row(
        by_predicate=(pl.col("rule") == rule) & (pl.col("family") == family), named=True
    )


def bound(found: Tables, rule: str, group: str) -> tuple[int, int]:
    rows = found["bounds"].filter(pl.col("rule") == rule, pl.col("group") == group)
    return rows.select("lower", "estimate").row(0) if rows.height else (0, 0)


# --------------------------------------------------------------------------------------- quality


def test_hidden_declarations_judge_a_rule() -> None:
    built = build(
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


def test_a_lineage_that_ends_in_the_unknown_judges_nothing() -> None:
    built = build(
        shaped("a/half", QWEN_SHAPE, QWEN, "nobody/knows"),
        shaped("a/unknown", LLAMA_SHAPE, "nobody/knows"),
    )
    judged = built["inference_quality"]
    assert judged.select("declared", "proposed", "correct").sum().row(0) == (0, 0, 0)
    assert judged["precision"].null_count() == judged.height


def test_either_parent_of_a_distillation_is_right() -> None:
    distill = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
    built = build(shaped("a/tuned", QWEN_SHAPE, distill), shaped("a/DeepSeek-x", {}, distill))
    assert quality(built, "shape", "Qwen")["precision"] == 1
    assert quality(built, "name", "DeepSeek")["precision"] == 1
    assert quality(built, "name", "DeepSeek")["recall"] == 0.5


def test_a_familys_own_releases_judge_nothing() -> None:
    built = build(shaped("Qwen/Qwen2.5-7B-Instruct", QWEN_SHAPE, QWEN))
    assert built["inference_quality"].is_empty()


def test_precision_and_recall_are_shares_of_what_they_say(hub_slice: Report) -> None:
    table = hub_slice.table("inference_quality")
    assert table.height > 20
    assert table.filter(pl.col("correct") > pl.min_horizontal("proposed", "declared")).is_empty()
    per_family = table.group_by("family").agg(pl.col("declared").n_unique())
    assert per_family["declared"].to_list() == [1] * per_family.height, "every rule faces the same declarations"


# ---------------------------------------------------------------------------------------- bounds


def test_inference_is_for_those_who_declare_nothing() -> None:
    built = build(
        shaped("a/declared", QWEN_SHAPE, QWEN),
        shaped("b/silent", QWEN_SHAPE),
        shaped("c/elsewhere", QWEN_SHAPE, "nobody/knows"),
    )
    assert bound(built, "shape", "Qwen") == (1, 2)


def test_what_descends_from_a_silent_derivative_follows_it() -> None:
    built = build(shaped("b/silent", LLAMA_SHAPE), shaped("c/below", {}, "b/silent"))
    assert bound(built, "shape", "Llama") == (0, 2)
    assert bound(built, "name", "Llama") == (0, 0)


def test_a_conversion_has_the_families_above_its_source() -> None:
    built = build({"id": "bartowski/Wisdom-7B-GGUF"}, shaped("a/Wisdom-7B", {}, QWEN), {"id": "a/Other-GGUF"})
    assert bound(built, "repackager", "Qwen") == (1, 2)


def test_the_lower_bound_is_the_declared_count(hub_slice: Report) -> None:
    counts = hub_slice.table("derivatives").filter(pl.col("definition") == "family.declared.transitive.all")
    lower = hub_slice.table("bounds").filter(pl.col("rule") == "shape", pl.col("lower") > 0)
    assert dict(lower.select("group", "lower").iter_rows()) == dict(counts.select("group", "derivatives").iter_rows())


def test_no_estimate_is_below_its_lower_bound(hub_slice: Report, sample: Report) -> None:
    for built in (hub_slice, sample):
        table = built.table("bounds")
        assert (table["estimate"] >= table["lower"]).all()
        assert table.filter(pl.len().over("group") != 3).is_empty()


def test_the_bounds_follow_the_grouping_of_the_report(sample: Report) -> None:
    rows = pl.read_parquet(sample.paths.raw / "models.parquet")
    made = hub(rows, coverage="sample", day="2026-10-05")
    _, between = made.undeclared("organisation")
    quoted = facts_undeclared.bound_facts(between, "Alibaba", "Meta", made.with_snapshot({}).completeness)
    found = made.with_snapshot({"bounds": between})
    assert bound(found, "shape", "Alibaba")[1] > bound(found, "shape", "Meta")[1] > 0
    assert quoted["undeclared.bounds.title"]["text"].startswith("Alibaba is ahead of Meta")


def test_who_is_ahead_is_said_for_each_kind_of_evidence() -> None:
    assert (
        ahead({"by shape": (3, 1), "by name": (9, 2)}, "Qwen", "Llama") == "Qwen is ahead of Llama by shape and by name"
    )
    assert ahead({"as declared": (3, 1), "by name": (1, 3)}, "A", "B") == "A is ahead as declared, B by name"
    mixed = {"as declared": (3, 1), "by name": (1, 3), "by shape": (100, 101)}
    assert ahead(mixed, "A", "B") == "A is ahead as declared, B by name; by shape they are about even"
    assert ahead({"by shape": (1, 1)}, "A", "B") == "A and B are about even by shape"
    assert ahead({}, "A", "B").startswith("Neither A nor B")


# ------------------------------------------------------------------------------- as the snapshot moves


def silent(whom: pl.Expr) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Some repositories declare no parent any more, in any way."""
    tags = pl.col("tags").list.eval(pl.element().filter(~pl.element().str.starts_with("base_model:")))
    return lambda rows: rows.with_columns(
        pl.when(whom).then(tags).otherwise("tags").alias("tags"),
        pl.when(~whom).then("baseModels").alias("baseModels"),
        pl.when(~whom).then("cardData").alias("cardData"),
    )


def moved(made: Hub) -> Tables:
    judged, between = made.undeclared()
    return made.with_snapshot({"inference_quality": judged, "bounds": between})


def words(found: Tables) -> dict[str, str]:
    return {key: fact["text"] for key, fact in facts_undeclared.facts(found, settings()).items()}


def test_without_declarations_the_lower_bound_is_zero_and_nothing_is_judged(hub_slice: Report) -> None:
    found = moved(altered_hub(hub_slice, silent(pl.lit(True))))
    assert found["bounds"]["lower"].to_list() == [0] * found["bounds"].height
    assert found["inference_quality"].is_empty()
    texts = words(found)
    assert texts["undeclared.bounds.sentence"].startswith("Nothing is declared here")
    for title in ("undeclared.bounds.title", "undeclared.quality.title"):
        assert texts[title] != hub_slice.text(title)


def test_half_of_the_declarations_hidden_lowers_the_bound_and_lets_inference_add(hub_slice: Report) -> None:
    found = moved(altered_hub(hub_slice, silent(pl.col("id").str.len_chars() % 2 == 0)))
    before = hub_slice.table("bounds")
    for family in ("Qwen", "Llama"):
        (lower, estimate), (known, known_estimate) = (
            table.filter(rule="shape", group=family).select("lower", "estimate").row(0)
            for table in (found["bounds"], before)
        )
        assert lower < known
        assert estimate - lower > known_estimate - known, "what is no longer declared is inferred instead"
    assert words(found)["undeclared.quality.title"] != hub_slice.text("undeclared.quality.title")


def test_swapped_families_swap_the_bounds(sample: Report, tmp_path: Path) -> None:
    found = moved(altered_hub(sample, directory=altered_register(tmp_path, **SWAPPED)))
    for rule in ("shape", "name"):
        assert bound(found, rule, "Llama") == bound(Tables({"bounds": sample.table("bounds")}), rule, "Qwen")
    assert words(found)["undeclared.bounds.title"].startswith("Llama is ahead of Qwen by shape, by name")


# --------------------------------------------------------------------------------------- the page


def test_the_page_shows_what_the_table_says(hub_slice: Report, sample: Report) -> None:
    for report in (hub_slice, sample):
        quoted = report.text("undeclared.bounds.sentence")
        for family in ("Qwen", "Llama"):
            assert f"{bound(Tables({'bounds': report.table('bounds')}), 'shape', family)[1]:,}" in quoted
    shape = hub_slice.table("inference_quality").filter(rule="shape")
    assert int(shape["correct"].sum()) / int(shape["proposed"].sum()) == pytest.approx(0.99, abs=0.02)


def figure(report: Report, name: str) -> Figure | Absent:
    if name == "inference_quality":
        return charts.quality(report.table(name), report.facts())
    return charts.bounds(report.table(name), FAMILIES, report.facts())


def test_a_snapshot_without_declarations_says_so_in_the_place_of_the_figure(sample: Report) -> None:
    assert sample.table("inference_quality").is_empty()
    assert sample.table("bounds")["lower"].max() == 0
    absent = figure(sample, "inference_quality")
    assert isinstance(absent, Absent)
    assert "declares a parent" in absent.reason
    drawn = figure(sample, "bounds")
    assert isinstance(drawn, Figure)
    assert "there is no lower bound" in drawn.html


def test_figures_of_the_slice_have_marks_words_and_data(hub_slice: Report) -> None:
    for name in ("inference_quality", "bounds"):
        drawn = figure(hub_slice, name)
        assert isinstance(drawn, Figure)
        assert drawn.html == figure(hub_slice, name).html
        assert "role-mark" in drawn.html
    assert "flatter" in figure(hub_slice, "inference_quality").html


def test_a_snapshot_where_everything_is_declared_adds_nothing(sample: Report) -> None:
    built = build(shaped("a/x", {}, QWEN), shaped("a/y", {}, LLAMA))
    quoted: Facts = sample.facts() | facts_undeclared.facts(built, settings())
    drawn = charts.bounds(built["bounds"], FAMILIES, quoted)
    assert isinstance(drawn, Figure)
    assert "role-mark" in drawn.html
    absent = charts.quality(built["inference_quality"], quoted)
    assert isinstance(absent, Absent), "two declarations judge nothing"


def test_a_proposal_that_a_declaration_of_unknown_root_does_not_support_lowers_precision() -> None:
    built = build(
        shaped("a/right", QWEN_SHAPE, QWEN),
        shaped("a/half", QWEN_SHAPE, QWEN, "nobody/knows"),
        shaped("a/unknown", QWEN_SHAPE, "nobody/knows"),
    )
    row = quality(built, "shape", "Qwen")
    assert (row["proposed"], row["precision"]) == (1, 1)
    assert (row["correct_all"], row["proposed_all"]) == (2, 3)
    assert row["precision_all"] == pytest.approx(2 / 3)


def test_precision_by_shape_on_all_declaring_rows_of_the_slice(hub_slice: Report) -> None:
    """1,126 of 2,647 declaring rows have known roots alone; over all of them fewer proposals are right."""
    table = hub_slice.table("inference_quality").filter(rule="shape")
    found = {family: round(share, 2) for family, share in table.select("family", "precision_all").iter_rows() if share}
    assert {name: found[name] for name in ("Llama", "Qwen", "Mistral")} == {
        "Llama": 0.71,
        "Qwen": 0.88,
        "Mistral": 0.51,
    }
    text = hub_slice.text("undeclared.precision")
    assert "by shape, precision is 88% to" in text
    assert "71% to" in text
