"""Results follow their input through all stages: an altered snapshot or register row changes what it must.

What a change does to one chapter's tables and sentences is tested with that chapter, on frames in memory.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.conftest import Report, hub_rows
from tests.metamorphic import again

pytestmark = pytest.mark.whole


def test_every_date_a_year_later_moves_every_year(sample: Report, report: Report) -> None:
    later = pl.col("createdAt").dt.offset_by("1y")
    known = report.paths.sample / "provenance.json"
    known.write_text(json.dumps(json.loads(known.read_text(encoding="utf-8")) | {"date": "2027-10-05"}), "utf-8")
    report.alter_sample(lambda rows: rows.with_columns(later)).build("derivatives")
    before = sample.table("derivatives_yearly").filter(pl.col("derivatives") > 0)
    after = report.table("derivatives_yearly").filter(pl.col("derivatives") > 0)
    moved = before.with_columns(pl.col("year") + 1).select("group", "year", "derivatives")
    assert after.select("group", "year", "derivatives").sort("group", "year").equals(moved.sort("group", "year"))
    assert "since the fourth quarter of 2024" in sample.text("derivatives.quarters.title")
    assert "since the fourth quarter of 2025" in report.text("derivatives.quarters.title")
    assert report.text("derivatives.headline.sentence") == sample.text("derivatives.headline.sentence")
    first, then = (min(r.table("moe_share").filter(population="repositories")["period"]) for r in (sample, report))
    assert then == first.replace(year=first.year + 1)


def test_doubled_rental_prices_double_the_cost_and_halve_the_ratio(sample: Report, tmp_path: Path) -> None:
    double = (pl.col("usd_per_hour").cast(pl.Float64) * 2).cast(pl.String)
    change = "accelerator_prices", lambda rows: rows.with_columns(usd_per_hour=double)
    report = again.edited(again.copied(sample, tmp_path / "report"), [change])
    for end in ("low", "median", "high"):
        key = f"cost.deepseek-v3.rental.usd_{end}"
        assert report.fact(key) == pytest.approx(2 * sample.fact(key))
    assert report.fact("cost_ratio.rental.ratio_low") == pytest.approx(sample.fact("cost_ratio.rental.ratio_low") / 2)
    assert report.text("cost.run.title") != sample.text("cost.run.title")
    assert report.table("moe").equals(sample.table("moe")), "prices touch nothing else"


def test_fewer_flagship_mixtures_lower_the_share(sample: Report, report: Report) -> None:
    recent = pl.col("released") >= "2025-07-01"
    dense = pl.when(recent).then(pl.lit("dense")).otherwise("mixture").alias("mixture")
    report.edit("releases", lambda rows: rows.with_columns(dense)).build("moe")
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
    """Machines whose names fit a pattern have room for any model."""
    memory = pl.when(pl.col("machine").str.contains(machines)).then(pl.lit("800000000000")).otherwise("memory_bytes")
    return lambda rows: rows.with_columns(memory_bytes=memory)


FLIPS: dict[int, tuple[str, Any, str]] = {
    9: ("events", row("event", "r1_release", "date", "2025-01-22"), "holds"),
    10: ("benchmarks", row("model", "DeepSeek-R1", "value", "80"), "fails"),
    11: ("training_runs", row("stage", "context extension", "accelerator_hours", "919000"), "fails"),
    12: ("cost_estimates", row("model", "GPT-4", "usd", "163000000"), "holds"),
    13: ("configurations", field("deepseek-ai/DeepSeek-V3", "num_experts_per_tok", 16), "fails"),
    14: ("machines", roomy("RTX PRO 6000|L40S"), "holds"),
    16: ("benchmarks", row("model", "OpenAI-o1-mini", "value", "5000"), "fails"),
}
"""By claim: a register table, what is changed in it, and the verdict that follows."""

MAY_FOLLOW = {10: {16, 26}, 11: {12, 21}, 12: {21}, 16: {10}}
"""Claims that rest on the same rows."""

TOGETHER = [(9, 10, 11, 13, 14), (12, 16)]
"""Claims whose changes concern none of the others: one build shows that each turns, and nothing else."""


@pytest.mark.parametrize("claims", TOGETHER, ids=str)
def test_a_register_value_flips_its_verdict_alone(claims: tuple[int, ...], sample: Report, tmp_path: Path) -> None:
    assert not set(claims) & {other for claim in claims for other in MAY_FOLLOW.get(claim, set())}
    report = again.edited(again.copied(sample, tmp_path / "report"), [FLIPS[claim][:2] for claim in claims])
    for claim in claims:
        assert sample.verdict(claim) != FLIPS[claim][2], claim
        assert report.verdict(claim) == FLIPS[claim][2], claim
    may = {*claims, *(other for claim in claims for other in MAY_FOLLOW.get(claim, set()))}
    verdicts = [
        r.table("claims").filter(~pl.col("claim").is_in(may)).select("claim", "verdict") for r in (sample, report)
    ]
    assert verdicts[0].equals(verdicts[1])


def test_every_flip_is_tried() -> None:
    assert sorted(claim for claims in TOGETHER for claim in claims) == sorted(FLIPS)


def test_a_census_decides_the_counts_at_their_date(report: Report, tmp_path: Path) -> None:
    day = datetime(2026, 1, 5)
    rows = [
        {"id": f"u{i}/tuned-{i}", "tags": [f"base_model:finetune:{base}"], "createdAt": day}
        for i, base in enumerate(["meta-llama/Llama-3.1-8B"] * 27 + ["Qwen/Qwen2.5-7B"] * 113)
    ]
    path = tmp_path / "census.parquet"
    hub_rows(*rows).write_parquet(path)
    claims = report.paths.register / "claims.yaml"
    claims.write_text(claims.read_text().replace("113000", "113").replace("27000", "27"))
    report.set(derivatives={"minimum_derivatives": 1}).read_from(path, "census", "2026-10-01").build("claims")
    assert report.verdict(3) == "holds", "27 Llama derivatives stood by February 2026"
    assert report.verdict(1) == "fails", "none of Qwen's 113 stood by mid-2025"
