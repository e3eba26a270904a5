"""Costs follow the register through to the ledger: an altered estimate or configuration turns its verdict.

How prices, hours and assumptions move tables and sentences is tested on frames, in tests/chapters/cost.
"""

import polars as pl
import pytest

from tests.conftest import Report

pytestmark = pytest.mark.whole


@pytest.mark.parametrize(("factor", "verdict"), [(10, "holds"), (0.1, "fails")])
def test_gpt4s_published_cost_turns_the_order_of_magnitude(
    factor: float, verdict: str, sample: Report, report: Report
) -> None:
    usd = (pl.col("usd").cast(pl.Float64) * factor).cast(pl.String)
    changed = pl.when(pl.col("model") == "GPT-4").then(usd).otherwise("usd").alias("usd")
    report.edit("cost_estimates", lambda rows: rows.with_columns(changed)).build("claims")
    assert sample.verdict(21) == "holds"
    assert report.verdict(21) == verdict
    why, before = (built.table("claims").filter(claim=21)["why"][0] for built in (report, sample))
    assert why != before
    assert report.text("cost.ratio.title") != sample.text("cost.ratio.title")


def test_more_experts_at_work_take_the_fraction_away(sample: Report, report: Report) -> None:
    """V3 with nearly every expert at work is a dense model of the same total, so it saves little."""
    mine = pl.col("model").is_in(["deepseek-ai/DeepSeek-V3", "deepseek-ai/DeepSeek-R1"])
    many = pl.col("config").str.replace(r'"num_experts_per_tok":\s*\d+', '"num_experts_per_tok": 200')
    changed = pl.when(mine).then(many).otherwise("config").alias("config")
    report.edit("configurations", lambda rows: rows.with_columns(changed)).build("claims")
    assert sample.verdict(22) == "holds"
    assert report.verdict(22) == "depends_on_definition"
    v3 = report.table("cost_inference").filter(pl.col("is_latest"), model="deepseek-ai/DeepSeek-V3").row(0, named=True)
    assert all(v3[f"dense_blended_{end}"] / v3[f"cost_blended_{end}"] < 1.5 for end in ("low", "median", "high"))
    assert report.text("cost.sparse.sentence") != sample.text("cost.sparse.sentence")
