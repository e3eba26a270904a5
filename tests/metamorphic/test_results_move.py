"""Results follow their input: an altered snapshot or register row changes what it must, as predicted."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

SUBJECT, REFERENCE = "Qwen", "Llama"


def swap(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The two families' names exchanged in a register table."""
    return rows.with_columns(pl.col(column).replace({SUBJECT: REFERENCE, REFERENCE: SUBJECT}))


def swap_families(report: Any) -> Any:
    """Qwen's repositories, names and distilled releases become Llama's, and Llama's Qwen's."""
    report.edit("family_rules", lambda rows: swap(rows, "family")).edit("families", lambda rows: swap(rows, "family"))
    return report.edit("distillations", lambda rows: swap(swap(rows, "base_family"), "teacher_family"))


def shape_children(report: Any, group: str) -> list[str]:
    from pipeline.chapters.derivatives import tables as derivatives
    from pipeline.counting.definitions import Definition

    definition = Definition("shape")
    ground = derivatives.prepare(report.paths)
    pairs = derivatives.select(ground.pairs(definition.source), definition)
    mine = ground.named(pairs, definition.source).filter(pl.col("group") == group)
    return sorted(ground.nodes["id"].gather(mine["child"].unique()))


def test_half_of_the_subject_removed_halves_its_count_and_the_ratio(sample: Any, report: Any) -> None:
    children = shape_children(sample, SUBJECT)
    gone = children[::2]
    report.alter_sample(lambda rows: rows.filter(~pl.col("id").is_in(gone))).build()
    assert report.fact("derivatives.headline.subject") == len(children) - len(gone)
    assert report.fact("derivatives.headline.reference") == sample.fact("derivatives.headline.reference")
    assert report.fact("derivatives.headline.ratio") == pytest.approx(
        sample.fact("derivatives.headline.ratio") / 2, rel=0.01
    )
    assert report.text("derivatives.headline.sentence") != sample.text("derivatives.headline.sentence")
    assert report.fact("snapshot.rows") == sample.fact("snapshot.rows") or report.fact(
        "snapshot.uploaders"
    ) < sample.fact("snapshot.uploaders")


def test_without_the_subjects_repositories_the_verb_turns_round(sample: Any, report: Any) -> None:
    children = shape_children(sample, SUBJECT)
    report.alter_sample(lambda rows: rows.filter(~pl.col("id").is_in(children[20:]))).build()
    assert report.text("derivatives.headline.title").startswith("Llama has")
    assert "times as many as Qwen." in report.text("derivatives.headline.sentence")


def test_swapped_families_swap_every_count(sample: Any, report: Any) -> None:
    swap_families(report).build()
    before, after = sample.table("ratios").sort("definition"), report.table("ratios").sort("definition")
    assert before["definition"].to_list() == after["definition"].to_list()
    assert after["subject_derivatives"].to_list() == before["reference_derivatives"].to_list()
    assert after["reference_derivatives"].to_list() == before["subject_derivatives"].to_list()
    assert report.text("derivatives.headline.title") == sample.text("derivatives.headline.title").replace(
        "Qwen", "X"
    ).replace("Llama", "Qwen").replace("X", "Llama")
    assert report.text("derivatives.grid.title").startswith("By every rule, Llama has")
    assert report.text("derivatives.years.title") == "Of Qwen and Llama, Qwen led through 2024, Llama since 2025"
    assert report.text("derivatives.leaders.title").startswith("Llama leads, Qwen is second")


def test_every_date_a_year_later_moves_every_year(sample: Any, report: Any) -> None:
    later = pl.col("createdAt").dt.offset_by("1y")
    known = report.paths.sample / "provenance.json"
    known.write_text(json.dumps(json.loads(known.read_text(encoding="utf-8")) | {"date": "2027-10-05"}), "utf-8")
    report.alter_sample(lambda rows: rows.with_columns(later)).build()
    before = sample.table("derivatives_yearly").filter(pl.col("derivatives") > 0)
    after = report.table("derivatives_yearly").filter(pl.col("derivatives") > 0)
    moved = before.with_columns(pl.col("year") + 1).select("group", "year", "derivatives")
    assert after.select("group", "year", "derivatives").sort("group", "year").equals(moved.sort("group", "year"))
    assert report.text("derivatives.years.title") == "Of Qwen and Llama, Llama led through 2025, Qwen since 2026"
    assert report.fact("derivatives.headline.subject") == sample.fact("derivatives.headline.subject")
    months = "repositories", pl.col("moe") + pl.col("dense") + pl.col("unknown")
    shares = [r.table("moe_share").filter(pl.col("population") == months[0]) for r in (sample, report)]
    assert shares[1]["period"].min() == shares[0]["period"].min().replace(year=shares[0]["period"].min().year + 1)


def test_a_relabelled_relation_moves_its_models_and_nothing_else(hub_slice: Any, slice_path: Path, report: Any) -> None:
    path = report.paths.root / "relabelled.parquet"
    tags = pl.col("tags").list.eval(pl.element().str.replace("^base_model:finetune:", "base_model:adapter:"))
    pl.read_parquet(slice_path).with_columns(tags).write_parquet(path)
    report.read_from(path, "slice", "2026-04-22").build()
    before, after = (dict(r.table("relations").select("relation", "models").iter_rows()) for r in (hub_slice, report))
    assert after["finetune"] == 0
    assert after["adapter"] == before["finetune"] + before["adapter"]
    assert after["merge"] == before["merge"]
    assert report.fact("derivatives.headline.ratio") == hub_slice.fact("derivatives.headline.ratio")
    assert report.text("relations.title") == "Most declared derivatives are adapters"
    assert report.text("relations.sentence") != hub_slice.text("relations.sentence")


def test_doubled_rental_prices_double_the_cost_and_halve_the_ratio(sample: Any, report: Any) -> None:
    double = (pl.col("usd_per_hour").cast(pl.Float64) * 2).cast(pl.String)
    report.edit("accelerator_prices", lambda rows: rows.with_columns(usd_per_hour=double)).build()
    for end in ("low", "median", "high"):
        key = f"cost.deepseek-v3.rental.usd_{end}"
        assert report.fact(key) == pytest.approx(2 * sample.fact(key))
    assert report.fact("cost_ratio.rental.ratio_low") == pytest.approx(sample.fact("cost_ratio.rental.ratio_low") / 2)
    assert report.text("cost.run.title") != sample.text("cost.run.title")
    assert report.table("moe").equals(sample.table("moe")), "prices touch nothing else"


def test_fewer_flagship_mixtures_lower_the_share(sample: Any, report: Any) -> None:
    flagship = (pl.col("flagship") == "true") & (pl.col("released") >= "2025-07-01")
    dense = pl.when(flagship).then(pl.lit("dense")).otherwise("mixture").alias("mixture")
    report.edit("releases", lambda rows: rows.with_columns(dense)).build()
    assert report.fact("moe.share.flagship.year") == 0
    assert sample.fact("moe.share.flagship.year") > 0.5
    assert "flagship releases, not" in sample.text("moe.default.title")
    assert report.text("moe.default.title") == "Mixture of experts is not yet the default by any measure here"


# ---------------------------------------------------------------------------------------- verdicts


def row(column: str, key: str, target: str, value: str) -> Any:
    """A change of one cell: where `column` is `key`, `target` becomes `value`."""
    changed = pl.when(pl.col(column) == key).then(pl.lit(value)).otherwise(target).alias(target)
    return lambda rows: rows.with_columns(changed)


def field(model: str, name: str, value: int) -> Any:
    """A change of one field of a model's registered config."""
    config = pl.col("config").str.replace(rf'"{name}":\d+', f'"{name}":{value}')
    changed = pl.when(pl.col("model") == model).then(config).otherwise("config").alias("config")
    return lambda rows: rows.with_columns(changed)


def roomy(machines: str) -> Any:
    """Machines whose names fit a pattern hold any model."""
    memory = pl.when(pl.col("machine").str.contains(machines)).then(pl.lit("800000000000")).otherwise("memory_bytes")
    return lambda rows: rows.with_columns(memory_bytes=memory)


@pytest.mark.parametrize(
    ("claim", "table", "change", "verdict"),
    [
        (9, "events", row("event", "r1_release", "date", "2025-01-22"), "holds"),
        (10, "benchmarks", row("model", "DeepSeek-R1", "value", "80"), "fails"),
        (11, "training_runs", row("stage", "context extension", "accelerator_hours", "919000"), "fails"),
        (12, "cost_estimates", row("model", "GPT-4", "usd", "163000000"), "holds"),
        (13, "configurations", field("deepseek-ai/DeepSeek-V3", "num_experts_per_tok", 16), "fails"),
        (14, "machines", roomy("RTX PRO 6000|L40S"), "holds"),
        (16, "benchmarks", row("model", "OpenAI-o1-mini", "value", "5000"), "fails"),
    ],
)
def test_a_register_value_flips_its_verdict_alone(
    claim: int, table: str, change: Any, verdict: str, sample: Any, report: Any
) -> None:
    report.edit(table, change).build()
    assert sample.verdict(claim) != verdict
    assert report.verdict(claim) == verdict
    others = [r.table("claims").filter(pl.col("claim") != claim).select("claim", "verdict") for r in (sample, report)]
    expected_too = {10: {16, 26}, 16: {10}, 11: {12}, 14: {40}}.get(claim, set())
    same = [o.filter(~pl.col("claim").is_in(expected_too)) for o in others]
    assert same[0].equals(same[1])


def test_a_census_decides_the_counts_at_their_date(report: Any, tmp_path: Path) -> None:
    from tests.conftest import hub_rows

    day = datetime(2026, 1, 5)
    rows = [
        {"id": f"u{i}/tuned-{i}", "tags": [f"base_model:finetune:{base}"], "createdAt": day}
        for i, base in enumerate(["meta-llama/Llama-3.1-8B"] * 27 + ["Qwen/Qwen2.5-7B"] * 113)
    ]
    path = tmp_path / "census.parquet"
    hub_rows(*rows).write_parquet(path)
    claims = report.paths.register / "claims.yaml"
    claims.write_text(claims.read_text().replace("113000", "113").replace("27000", "27"))
    report.set(derivatives={"minimum_derivatives": 1}).read_from(path, "census", "2026-10-01").build()
    assert report.verdict(3) == "holds", "27 Llama derivatives stood by February 2026"
    assert report.verdict(1) == "fails", "none of Qwen's 113 stood by mid-2025"
