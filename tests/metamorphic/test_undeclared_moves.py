"""Altered declarations, ledgers and merges move the figures on undeclared lineage, distillations and flows."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_results_move import swap_families

from pipeline import register
from pipeline.charts.derivatives import undeclared
from pipeline.charts.kit.figure import Figure
from pipeline.charts.pollination import figures as pollination_figures
from pipeline.charts.pollination.figures import distillations
from pipeline.report import facts

DECLARED = pl.element().str.starts_with("base_model:")


def figures(report: Any) -> dict[str, Any]:
    known, families = facts.load(report.paths), register.load("families", report.paths.register)
    return {
        "bounds": undeclared.bounds(report.table("bounds"), families, known),
        "inference_quality": undeclared.quality(report.table("inference_quality"), known),
        "distillations": distillations(report.table("distillations"), families, known),
        "family_flows": pollination_figures.flows(report.table("family_flows"), families, known),
    }


def altered(report: Any, slice_path: Path, change: Any) -> Any:
    path = report.paths.root / "altered.parquet"
    change(pl.read_parquet(slice_path)).write_parquet(path)
    return report.read_from(path, "slice", "2026-04-22").build()


def hush(rows: pl.DataFrame, whom: pl.Expr) -> pl.DataFrame:
    """The rows, some of which declare no parent in any way."""
    silent = [pl.col("tags").list.eval(pl.element().filter(~DECLARED))]
    silent += [
        pl.lit(None, rows.schema[name]).alias(name) for name in ("baseModels", "cardData") if name in rows.columns
    ]
    return rows.with_columns(
        pl.when(whom).then(said).otherwise(said.meta.output_name()).alias(said.meta.output_name()) for said in silent
    )


def assert_turned(before: Any, after: Any, *names: str) -> None:
    old, new = figures(before), figures(after)
    for name in names:
        assert new[name].title != old[name].title, name
        assert new[name].html != old[name].html, name
        if isinstance(new[name], Figure):
            assert not new[name].table.equals(old[name].table), name


def test_without_declarations_the_lower_bound_is_zero_and_nothing_is_judged(
    hub_slice: Any, slice_path: Path, report: Any
) -> None:
    altered(report, slice_path, lambda rows: hush(rows, pl.lit(True)))
    assert_turned(hub_slice, report, "bounds", "inference_quality", "distillations", "family_flows")
    assert report.table("bounds")["lower"].max() == 0
    assert report.text("undeclared.bounds.sentence").startswith("Nothing is declared here")
    assert report.table("inference_quality").is_empty()
    assert set(report.table("distillations")["evidence"]) == {"name"}
    assert "merge" not in report.table("family_flows")["kind"].to_list()
    assert report.text("flows.merges.sentence").startswith("This snapshot declares no merges")


def test_half_of_the_declarations_hidden_lowers_the_bound_and_lets_inference_add(
    hub_slice: Any, slice_path: Path, report: Any
) -> None:
    altered(report, slice_path, lambda rows: hush(rows, pl.col("id").str.len_chars() % 2 == 0))
    for family in ("Qwen", "Llama"):
        lower, known = report.fact(f"undeclared.{family}.lower"), hub_slice.fact(f"undeclared.{family}.lower")
        assert lower < known
        added = [
            r.fact(f"undeclared.{family}.shape") - r.fact(f"undeclared.{family}.lower") for r in (hub_slice, report)
        ]
        assert added[1] > added[0], "what is no longer declared is inferred instead"
    assert_turned(hub_slice, report, "inference_quality", "distillations", "family_flows")


def test_swapped_families_swap_the_bounds(sample: Any, report: Any) -> None:
    swap_families(report).build()
    for rule in ("shape", "name"):
        assert report.fact(f"undeclared.Llama.{rule}") == sample.fact(f"undeclared.Qwen.{rule}")
    assert report.text("undeclared.bounds.title").startswith("Llama is ahead of Qwen by shape, by name")
    assert_turned(sample, report, "bounds")


def test_another_base_moves_the_credit_the_bars_and_the_flow(hub_slice: Any, slice_path: Path, report: Any) -> None:
    onto = pl.when(pl.col("base_family") == "Llama").then(pl.lit("Qwen")).otherwise("base_family").alias("base_family")
    report.edit("distillations", lambda rows: rows.with_columns(onto))
    altered(report, slice_path, lambda rows: rows)
    assert_turned(hub_slice, report, "distillations", "family_flows")
    assert "Llama" not in report.text("distillations.title")
    before, after = (r.fact("distillations.to_base.Qwen.distilled") for r in (hub_slice, report))
    assert after > before
    flows = report.table("family_flows").filter(pl.col("kind") == "distillation")
    assert flows.select("from_family", "to_family").rows() == [("DeepSeek", "Qwen")]


def test_an_empty_ledger_leaves_no_distillation_and_merges_that_cross_by_weights(
    hub_slice: Any, slice_path: Path, report: Any
) -> None:
    report.edit("distillations", lambda rows: rows.clear())
    altered(report, slice_path, lambda rows: rows)
    assert report.text("distillations.title") == "No distillation has derivatives here"
    merges = report.table("family_flows").filter(pl.col("kind") == "merge")
    assert merges["by_weights"].sum() == merges["models"].sum() > 0, "without the ledger, names pass for weights"
    assert "in name, not in weights" in hub_slice.text("flows.merges.sentence")
    assert "in name, not in weights" not in report.text("flows.merges.sentence")


def test_the_page_shows_what_the_tables_say(hub_slice: Any, sample: Any) -> None:
    for built in (hub_slice, sample):
        text = built.text("distillations.sentence") + built.text("undeclared.bounds.sentence")
        credit = built.table("distillation_credit").filter(pl.col("credit") == "to_base", pl.col("distilled") > 0)
        for family, distilled, derivatives in credit.select("family", "distilled", "derivatives").iter_rows():
            shown = distilled if derivatives is None else derivatives
            assert f"{shown:,}" in text, family
    assert hub_slice.fact("undeclared.shape.precision") == pytest.approx(0.99, abs=0.02)
