"""Who is counted for whom, on small made snapshots and on the sample."""

from pathlib import Path
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base.params import Report as Compared
from pipeline.chapters.derivatives.facts import leader_facts
from pipeline.chapters.derivatives.schema import Leaders
from pipeline.charts.derivatives import counts
from pipeline.charts.kit.figure import Figure
from pipeline.counting.definitions import definitions
from pipeline.report import facts
from tests.conftest import hub_rows

LLAMA, QWEN = "meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B"


def build(report: Any, tmp_path: Path, rows: pl.DataFrame) -> Any:
    path = tmp_path / "made.parquet"
    rows.write_parquet(path)
    report.set(derivatives={"minimum_derivatives": 1})
    return report.read_from(path, "census", "2026-10-01").build("derivatives")


def count(report: Any, definition: str, group: str) -> float:
    found = report.table("derivatives").filter((pl.col("definition") == definition) & (pl.col("group") == group))
    return found["derivatives"].sum()


def test_a_derivative_of_a_derivative_counts_transitively_alone(report: Any, tmp_path: Path) -> None:
    rows = hub_rows(
        {"id": QWEN},
        {"id": "a/tuned", "tags": [f"base_model:finetune:{QWEN}", f"base_model:{QWEN}"]},
        {"id": "b/packed", "tags": ["base_model:quantized:a/tuned", "base_model:a/tuned"]},
    )
    built = build(report, tmp_path, rows)
    assert count(built, "family.declared.direct.all", "Qwen") == 1
    assert count(built, "family.declared.transitive.all", "Qwen") == 2
    assert count(built, "family.declared.transitive.without_quantized", "Qwen") == 1


def test_a_merge_of_two_families_counts_for_both_once(report: Any, tmp_path: Path) -> None:
    rows = hub_rows(
        {"id": "a/x", "tags": [f"base_model:finetune:{QWEN}"]},
        {"id": "b/y", "tags": ["base_model:merge:a/x", f"base_model:merge:{QWEN}", f"base_model:merge:{LLAMA}"]},
    )
    built = build(report, tmp_path, rows)
    assert count(built, "family.declared.transitive.all", "Qwen") == 2
    assert count(built, "family.declared.transitive.all", "Llama") == 1


def test_a_parent_that_is_absent_from_the_snapshot_still_has_a_family(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, hub_rows({"id": "a/x", "tags": ["base_model:adapter:Qwen/Qwen9-gone"]}))
    assert count(built, "family.declared.direct.adapter", "Qwen") == 1


def test_own_releases_count_only_where_the_definition_says_so(report: Any, tmp_path: Path) -> None:
    rows = hub_rows({"id": "Qwen/Qwen2.5-7B-Instruct", "tags": [f"base_model:finetune:{QWEN}"]})
    built = build(report, tmp_path, rows)
    assert count(built, "family.declared.direct.all", "Qwen") == 0
    assert count(built, "family.declared.direct.all.own_counted", "Qwen") == 1


def test_uploaders_count_once_and_ghosts_never_as_uploaders(report: Any, tmp_path: Path) -> None:
    rows = hub_rows(*({"id": f"a/x{i}", "tags": [f"base_model:finetune:{QWEN}"]} for i in range(3)))
    assert count(build(report, tmp_path, rows), "family.declared.direct.all.uploaders", "Qwen") == 1


def test_a_repository_that_names_itself_is_no_derivative(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, hub_rows({"id": "a/x", "tags": ["base_model:finetune:a/x"]}))
    assert built.fact("lineage.self-references_dropped") == 1
    assert built.table("derivatives").is_empty()


def test_a_cycle_does_not_hang_and_both_have_the_root_outside(report: Any, tmp_path: Path) -> None:
    rows = hub_rows(
        {"id": "a/x", "tags": ["base_model:finetune:b/y", f"base_model:finetune:{QWEN}"]},
        {"id": "b/y", "tags": ["base_model:finetune:a/x"]},
    )
    built = build(report, tmp_path, rows)
    assert count(built, "family.declared.transitive.all", "Qwen") == 2
    assert built.fact("lineage.cycles_condensed") == 1


def test_downloads_leave_out_what_nobody_fetches(report: Any, tmp_path: Path) -> None:
    rows = hub_rows(
        {"id": "a/x", "tags": [f"base_model:finetune:{QWEN}"], "downloads": 9},
        {"id": "a/y", "tags": [f"base_model:finetune:{QWEN}"], "downloads": 10},
    )
    assert count(build(report, tmp_path, rows), "family.declared.direct.all.min_10", "Qwen") == 1


def test_a_shape_belongs_to_the_base_not_to_what_was_distilled_onto_it(report: Any, tmp_path: Path) -> None:
    """DeepSeek-R1-Distill-Llama-8B has Llama's shape: a copy of it speaks for Llama's shape, not DeepSeek's."""
    rows = hub_rows({"id": "someone/copy", "tags": ["llama"], "total": 8030261248})
    built = build(report, tmp_path, rows)
    assert count(built, "family.shape", "Llama") == 1
    assert count(built, "family.shape", "DeepSeek") == 0


def test_a_bare_architecture_tag_is_evidence_for_nobody(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, hub_rows({"id": "someone/new", "tags": ["llama"], "total": 123456789}))
    assert built.table("derivatives").is_empty()


def test_a_name_that_bears_two_families_counts_for_both(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, hub_rows({"id": "someone/DeepSeek-R1-Distill-Qwen-7B-tuned"}))
    assert count(built, "family.name", "Qwen") == count(built, "family.name", "DeepSeek") == 1


def test_every_definition_has_its_own_key_and_words() -> None:
    grid = definitions()
    assert len({d.key for d in grid}) == len({d.label for d in grid}) == len(grid)


def test_subject_and_reference_are_compared_under_supported_rules_alone(sample: Any) -> None:
    described = sample.table("definitions")
    compared = set(sample.table("ratios")["definition"])
    assert compared == set(described.filter("in_grid", "supported")["definition"])
    assert not [name for name in compared if name.startswith("family.declared.")], "the sample declares nothing"


def test_the_sample_has_two_rules_of_inference_and_no_declared_edge(sample: Any) -> None:
    assert sample.fact("relations.links") == 0
    assert sample.fact("inference.gguf_name.edges") > 2000
    assert 500 < sample.fact("inference.repackager_name.edges") < 1500


def test_qwen_is_ahead_of_llama_under_every_like_for_like_rule_of_the_sample(sample: Any) -> None:
    assert (sample.table("ratios")["ratio"] > 1).all()
    assert sample.table("ratios").height >= 12
    assert sample.text("derivatives.years.title") == "Of Qwen and Llama, Llama led through 2024, Qwen since 2025"


def test_where_no_rule_compares_the_two_nobody_is_said_to_have_none() -> None:
    told = leader_facts(Leaders.create_empty(), Compared(subject="Qwen", reference="Llama", grouping="family"))
    assert told["derivatives.leaders.sentence"]["text"].startswith("Ranks go by the rule of this page")


def test_whoever_the_report_compares_stands_in_the_figure_however_far_down(sample: Any) -> None:
    told, families = facts.load(sample.worded().paths), register.load("families", sample.paths.register)
    names = ["Qwen", "Gemma", "Mistral", "Phi", "Llama"]
    ranked = pl.DataFrame({"group": names, "derivatives": [50.0, 40.0, 30.0, 20.0, 10.0], "uploaders": [1.0] * 5})
    figure = counts.leaders(ranked.with_row_index("rank", offset=1), families, told, top=2)
    assert isinstance(figure, Figure)
    assert figure.table["group"].to_list() == ["Qwen", "Gemma", "Llama"]
    assert "the 2 families with the most, and Llama, sorted" in figure.description
    assert "Llama 10 (number 5)" in figure.description
