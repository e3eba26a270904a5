"""The chapter on mixtures follows its input: machines, rules, configs, dates and snapshots move it as predicted."""

import json
from typing import Any

import polars as pl
import pytest
from pipeline.report.facts import load

from pipeline import register
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.moe import shares

V3 = "deepseek-ai/DeepSeek-V3"


def reach(report: Any) -> Any:
    return shares.reach(report.table("moe_reach"), load(report.paths))


def sparsity(report: Any) -> Any:
    families = register.load("families", report.paths.register)
    return shares.sparsity(report.table("moe_sparsity"), families, load(report.paths))


def times(column: str, factor: float) -> Any:
    scaled = (pl.col(column).cast(pl.Float64) * factor).round(0).cast(pl.Int64).cast(pl.String)
    return lambda rows: rows.with_columns(scaled.alias(column))


def rule(name: str, value: str) -> Any:
    changed = pl.when(pl.col("rule") == name).then(pl.lit(value)).otherwise("value").alias("value")
    return lambda rows: rows.with_columns(changed)


def test_a_tenth_of_the_memory_lets_fewer_mixtures_in(sample: Any, report: Any) -> None:
    report.edit("machines", times("memory_bytes", 0.1)).build()
    for use in ("run_4bit", "lora", "full"):
        assert report.fact(f"moe.reach.{use}.desk") < sample.fact(f"moe.reach.{use}.desk")
    assert report.fact("moe.reach.n") == sample.fact("moe.reach.n")
    assert isinstance(reach(report), Figure)
    assert reach(report).title != reach(sample).title
    assert report.table("moe").equals(sample.table("moe")), "machines change no count"


def test_a_cheaper_training_rule_brings_training_to_desks(sample: Any, report: Any) -> None:
    report.edit("memory_rules", rule("full_bytes", "2")).build()
    assert report.fact("moe.reach.full.desk") > sample.fact("moe.reach.full.desk")
    assert report.fact("moe.reach.run_4bit.desk") == sample.fact("moe.reach.run_4bit.desk")
    assert report.text("memory.rule.full_bytes") == "2"
    before, after = (r.fact(f"moe.{V3}.smallest.full.bytes") for r in (sample, report))
    assert after == pytest.approx(before / 8, rel=0.01)


def test_twice_the_bandwidth_doubles_the_bound_and_nothing_else(sample: Any, report: Any) -> None:
    report.edit("machines", times("bandwidth_bytes_per_second", 2)).build()
    key = f"moe.{V3}.smallest.run_4bit"
    assert report.fact(f"{key}.speed") == pytest.approx(2 * sample.fact(f"{key}.speed"))
    assert report.text(key) == sample.text(key)


def test_denser_recent_releases_turn_the_sentence_on_sparsity(sample: Any, report: Any) -> None:
    def all_experts(config: str) -> str:
        document = json.loads(config)
        fields = document.get("text_config", document)
        experts = next((fields[name] for name in ("n_routed_experts", "num_experts") if name in fields), None)
        if experts and "num_experts_per_tok" in fields:
            fields["num_experts_per_tok"] = experts
        return json.dumps(document)

    recent = sample.table("moe_sparsity").filter(pl.col("released").dt.year() == 2026)["model"].implode()
    dense = pl.col("config").map_elements(all_experts, return_dtype=pl.String)
    changed = pl.when(pl.col("model").is_in(recent)).then(dense).otherwise("config").alias("config")
    report.edit("configurations", lambda rows: rows.with_columns(changed)).build()
    assert "fell" in sample.text("moe.sparsity.title")
    assert "rose" in report.text("moe.sparsity.title")
    assert sparsity(report).title == report.text("moe.sparsity.title")


def test_a_wider_cache_moves_its_section_alone(sample: Any, report: Any) -> None:
    config = pl.col("config").str.replace(r'"num_key_value_heads":8', '"num_key_value_heads":96')
    changed = pl.when(pl.col("model") == "zai-org/GLM-4.5").then(config).otherwise("config").alias("config")
    report.edit("configurations", lambda rows: rows.with_columns(changed)).build()
    assert report.fact("moe.cache.ratio") > 5 * sample.fact("moe.cache.ratio")
    assert "GLM-4.5" in report.text("moe.cache.sentence")
    assert report.text("moe.sparsity.title") == sample.text("moe.sparsity.title")


def test_a_published_count_that_is_off_is_reported(sample: Any, report: Any) -> None:
    column = "parameters_active_published"
    wrong = pl.when(pl.col("model") == V3).then(pl.lit("60000000000")).otherwise(column).alias(column)
    report.edit("configurations", lambda rows: rows.with_columns(wrong)).build()
    assert report.text("moe.conventions.sentence") != sample.text("moe.conventions.sentence")
    assert "Of 27 published" in report.text("moe.conventions.sentence")
    assert "26 are within" in report.text("moe.conventions.sentence")


def test_dense_repositories_lower_the_share_by_month_and_country(sample: Any, report: Any) -> None:
    dense = pl.when(pl.col("mixture") == "moe").then(pl.lit("dense")).otherwise("mixture").alias("mixture")
    report.edit("architectures", lambda rows: rows.with_columns(dense)).build()
    for name in ("moe_share_monthly", "moe_share_country"):
        known = pl.col("population") == "repositories"
        before, after = (r.table(name).filter(known)["moe"].sum() for r in (sample, report))
        assert after < before
    assert report.text("moe.months.sentence") != sample.text("moe.months.sentence")


def test_without_mixtures_no_figure_is_drawn(sample: Any) -> None:
    known, families = load(sample.paths), register.load("families", sample.paths.register)
    dense = sample.table("moe_reach").filter(pl.col("mixture") == "dense")
    assert isinstance(shares.reach(dense, known), Absent)
    assert isinstance(shares.sparsity(sample.table("moe_sparsity").head(1), families, known), Absent)
