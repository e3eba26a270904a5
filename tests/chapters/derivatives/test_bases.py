"""What people build on: whom a base's derivatives are, what its size and kind are, where a gap sits."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pipeline.report.facts import load

from pipeline import register
from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import BASE_KINDS, RELATIONS
from pipeline.chapters.derivatives import gap
from pipeline.charts.derivatives import bases as charts
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.hub.sizes import LARGEST, SIZE_CLASSES
from tests.conftest import hub_rows

SMALL, LARGE, MIXTURE = "Qwen/Qwen2.5-7B", "Qwen/Qwen2.5-72B", "mistralai/Mixtral-8x7B-v0.1"
LLAMA = "meta-llama/Llama-3.1-8B"


def build(report: Any, tmp_path: Path, rows: pl.DataFrame, day: str = "2026-10-01") -> Any:
    path = tmp_path / "made.parquet"
    rows.write_parquet(path)
    report.set(derivatives={"minimum_derivatives": 1})
    return report.read_from(path, "census", day).build("bases", "gap")


def built_on(base: str, relation: str, n: int, uploader: str = "u") -> list[dict[str, Any]]:
    return [
        {"id": f"{uploader}{i}/{relation}-{base.split('/')[-1]}", "tags": [f"base_model:{relation}:{base}"]}
        for i in range(n)
    ]


def base(report: Any, model: str, evidence: str = "declared") -> dict[str, Any]:
    return report.table("bases").row(
        by_predicate=(pl.col("model") == model) & (pl.col("evidence") == evidence), named=True
    )


def per_base(report: Any) -> Figure | Absent:
    families = register.load("families", report.paths.register)
    return charts.per_base(report.table("bases"), report.table("base_classes"), families, load(report.worded().paths))


def where(report: Any) -> Figure | Absent:
    return charts.gap(
        report.table("gap"), register.load("families", report.paths.register), load(report.worded().paths)
    )


# ----------------------------------------------------------------------------------------- bases


def test_the_makers_own_releases_stand_apart(report: Any, tmp_path: Path) -> None:
    own = {"id": "Qwen/Qwen2.5-7B-Instruct", "tags": [f"base_model:finetune:{SMALL}"]}
    found = base(build(report, tmp_path, hub_rows(own, *built_on(SMALL, "finetune", 2))), SMALL)
    assert (found["finetune"], found["all_relations"], found["own_releases"]) == (2, 2, 1)
    assert found["descendants"] == 3, "descendants hold everybody's"


def test_a_base_without_derivatives_has_zero_not_nothing(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, hub_rows(*built_on(SMALL, "finetune", 1)))
    assert base(built, LARGE)["finetune"] == base(built, LARGE)["descendants"] == 0
    rows = built.table("base_classes").filter(relation="finetune", mixture="dense", size_class="4B to 10B")
    dense = rows.row(0, named=True)
    assert dense["bases"] > 200, "those with none count"
    assert (dense["with_any"], dense["derivatives"], dense["median"]) == (1, 1, 0)


def test_a_conversion_tagged_as_fine_tune_is_a_quantization(report: Any, tmp_path: Path) -> None:
    rows = hub_rows({"id": "u/Qwen2.5-7B-MLX-4bit", "tags": [f"base_model:finetune:{SMALL}"]})
    found = base(build(report, tmp_path, rows), SMALL)
    assert (found["finetune"], found["finetune_corrected"], found["quantized_corrected"]) == (1, 0, 1)


def test_what_is_built_on_a_mirror_counts_once_and_beside_the_base(report: Any, tmp_path: Path) -> None:
    mirrors = register.load("mirrors", report.paths.register).filter(pl.col("original") == LLAMA)["mirror"].to_list()
    assert len(mirrors) > 1
    both = [f"base_model:merge:{name}" for name in mirrors]
    rows = hub_rows({"id": "u/merged", "tags": both}, {"id": "u/all", "tags": [*both, f"base_model:merge:{LLAMA}"]})
    found = base(build(report, tmp_path, rows), LLAMA)
    assert found["mirrors"] == len(mirrors)
    assert (found["merge"], found["derivatives_of_mirrors"]) == (1, 1)


def test_what_is_released_later_is_no_base_yet(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, hub_rows(*built_on(LLAMA, "finetune", 1)), day="2024-08-01")
    assert base(built, LLAMA)["is_out"]
    assert not base(built, SMALL)["is_out"]
    assert base(built, SMALL)["months_since_release"] is None
    assert built.table("base_classes")["bases"].sum() < 4 * built.table("bases").height / 2


def test_derivatives_per_month_are_over_months_out(sample: Any) -> None:
    rows = sample.table("bases").filter(pl.col("months_since_release") > 0)
    assert (rows["derivatives_per_month"] * rows["months_since_release"] - rows["all_relations"]).abs().max() < 1e-9


def test_every_base_keeps_its_relations_whole(hub_slice: Any) -> None:
    rows = hub_slice.table("bases")
    assert rows.select(pl.sum_horizontal(RELATIONS) == pl.col("all_relations")).to_series().all()
    corrected = pl.sum_horizontal("finetune_corrected", "adapter", "quantized_corrected", "merge")
    assert rows.select(corrected <= pl.col("all_relations")).to_series().all()


def test_directs_of_the_register_are_those_of_the_definition(hub_slice: Any) -> None:
    """The slice's Qwen and Llama parents are all registered, so bases add up to the direct count plus merges of two."""
    edges = tables.read(hub_slice.paths.core / "edges.parquet").filter(pl.col("evidence") == "declared")
    releases = register.load("releases", Paths().register).select(parent="model")
    declared = hub_slice.table("bases").filter(evidence="declared")
    every = int(declared["all_relations"].sum() + declared["own_releases"].sum())
    assert every == edges.join(releases, on="parent").height


# ------------------------------------------------------------------------------------ what it says


def test_what_mixtures_attract_is_said_in_the_title(report: Any, tmp_path: Path) -> None:
    rows = hub_rows(
        *built_on(MIXTURE, "quantized", 30),
        *built_on(MIXTURE, "finetune", 10),
        *built_on(SMALL, "finetune", 6),
        *built_on(SMALL, "quantized", 2),
    )
    found = per_base(build(report, tmp_path, rows))
    assert isinstance(found, Figure)
    assert found.title == "Mixtures of experts attract mainly quantizations (75%), dense bases mainly fine-tunes (75%)"
    assert "role-mark" in found.html


def test_few_derivatives_of_mixtures_are_told_as_few(hub_slice: Any) -> None:
    assert hub_slice.text("bases.title") == (
        "Mixtures of experts have 11 derivatives, mainly fine-tunes (7); dense bases 1,067, mainly fine-tunes"
    )
    assert "carry no firm share" in hub_slice.text("bases.caveat")
    assert hub_slice.fact("bases.moe.own_releases") > 2 * hub_slice.fact("bases.moe.derivatives")


def test_a_sample_without_declared_parents_shows_no_panel_of_fine_tunes(sample: Any) -> None:
    assert set(sample.table("base_classes")["relation"]) == {"quantized"}
    assert sample.text("bases.title").startswith("Only quantizations can be told here")
    found = per_base(sample)
    assert isinstance(found, Figure)
    assert "No panel for fine-tunes, adapters and merges" in str(found.note)
    assert ">Fine-tunes<" not in found.html


def test_zero_is_drawn_at_zero_and_on_both_widths(hub_slice: Any) -> None:
    found = per_base(hub_slice)
    assert isinstance(found, Figure)
    for chart in (found.wide, found.narrow):
        rows = [row for data in chart.to_dict()["datasets"].values() for row in data]
        assert {row["derivatives"] for row in rows if "derivatives" in row} >= {0, 1}
        assert {row["relation"] for row in rows} == set(charts.PANELS)
    assert '"type": "symlog"' in str(chart.to_json())
    in_the_page = re.sub(r'href="data:[^"]*"', "", found.html)  # downloads become files beside the page
    assert len(in_the_page) < 1_000_000


def test_without_any_link_both_figures_give_the_reason(report: Any, tmp_path: Path) -> None:
    built = build(report, tmp_path, hub_rows({"id": "someone/thing"}))
    for found in (per_base(built), where(built)):
        assert isinstance(found, Absent)
        assert len(found.reason) > 40
    assert built.table("gap").is_empty()


# ------------------------------------------------------------------------------------------- gap


@pytest.mark.parametrize("which", ["sample", "hub_slice"])
def test_the_kinds_add_up_to_the_definition(which: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(which)
    counts = report.table("derivatives")
    split = report.table("gap").group_by("definition").agg(pl.col("subject_derivatives", "reference_derivatives").sum())
    assert split.height >= 2
    for definition, subject, reference in split.iter_rows():
        of = dict(counts.filter(pl.col("definition") == definition).select("group", "derivatives").iter_rows())
        assert (subject, reference) == pytest.approx((of["Qwen"], of["Llama"]))


def test_the_shown_rule_is_declared_where_declared_else_shape(sample: Any, hub_slice: Any) -> None:
    assert sample.text("gap.definition") == "family.shape"
    assert hub_slice.text("gap.definition") == "family.declared.transitive.all"
    assert hub_slice.table("gap").filter("is_shown").height == len(BASE_KINDS)


def test_names_alone_do_not_tell_the_base(report: Any, tmp_path: Path) -> None:
    rows = [{"id": f"u{i}/{name}-tuned"} for i in range(3) for name in ("qwen", "llama")]
    built = build(report, tmp_path, hub_rows(*rows))
    assert built.table("ratios").height
    found = where(built)
    assert isinstance(found, Absent)
    assert "A name alone does not say which size was built on" in found.reason


def test_a_merge_of_several_kinds_counts_in_equal_parts(report: Any, tmp_path: Path) -> None:
    both = [f"base_model:merge:{SMALL}", f"base_model:merge:{LARGE}"]
    rows = hub_rows({"id": "u/merged", "tags": both}, *built_on(LLAMA, "finetune", 1))
    built = build(report, tmp_path, rows)
    shown = dict(built.table("gap").filter("is_shown").select("kind", "subject_derivatives").iter_rows())
    assert shown["dense under 10B"] == shown["dense 10B and more"] == 0.5
    assert isinstance(where(built), Figure)


def test_a_gap_of_nothing_is_even(report: Any, tmp_path: Path) -> None:
    rows = hub_rows(*built_on(LARGE, "finetune", 3), *built_on(LLAMA, "finetune", 3, "v"))
    built = build(report, tmp_path, rows)
    assert built.text("gap.title") == "Qwen and Llama are even; Qwen is ahead by 3 on dense bases of 10B and more"
    assert "Llama +3" in where(built).html


def test_kinds_by_size_and_mixture() -> None:
    core = pl.DataFrame(
        {
            "id": ["a/small", "a/large", "a/experts", "a/packed", "a/unknown"],
            "mixture": ["dense", "dense", "moe", "dense", None],
            "parameters_total": [9_999_999_999, 10_000_000_000, None, 1, 5],
            "is_quantized_format": [False, False, False, True, False],
        }
    )
    releases = pl.DataFrame(schema={"model": pl.String, "mixture": pl.String, "parameters_total": pl.Int64})
    found = dict(gap.kinds_of(core, releases).iter_rows())
    assert found == {
        "a/small": "dense under 10B",
        "a/large": "dense 10B and more",
        "a/experts": "mixture of experts",
        "a/unknown": "size not known",
    }


def test_size_classes_of_the_figure_are_those_of_the_table() -> None:
    assert list(charts.BOUNDS) == [name for _, name in SIZE_CLASSES] + [LARGEST]
    assert [low * 1e9 for low, _ in list(charts.BOUNDS.values())[1:]] == [least for least, _ in SIZE_CLASSES]
