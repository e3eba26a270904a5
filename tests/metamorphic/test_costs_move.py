"""Costs follow the register: an altered price, hour or assumption moves facts, figures, verdicts and sentences."""

from typing import Any

import polars as pl
import pytest

from pipeline.charts.cost import accounting, serving
from pipeline.report import facts


def scale(column: str, factor: float, where: pl.Expr | None = None) -> Any:
    """A register column times a factor; cells are text."""
    moved = (pl.col(column).cast(pl.Float64) * factor).cast(pl.String)
    changed = moved if where is None else pl.when(where).then(moved).otherwise(column)
    return lambda rows: rows.with_columns(changed.alias(column))


def assume(name: str, *values: float) -> Any:
    """An assumption's low, middle and high value."""
    mine = pl.col("assumption") == name
    return lambda rows: rows.with_columns(
        pl.when(mine).then(pl.lit(str(value))).otherwise(end).alias(end)
        for end, value in zip(("low", "middle", "high"), values, strict=True)
    )


def text_of(report: Any, *keys: str) -> list[str]:
    return [report.text(key) for key in keys]


def test_servers_at_half_price_and_no_energy_halve_the_owners_cost(sample: Any, report: Any) -> None:
    report.edit("hardware_prices", scale("usd_per_accelerator", 0.5))
    report.edit("assumptions", scale("middle", 0.5, pl.col("assumption") == "usd_per_kwh"))
    report.edit("assumptions", scale("low", 0.5, pl.col("assumption") == "usd_per_kwh"))
    report.edit("assumptions", scale("high", 0.5, pl.col("assumption") == "usd_per_kwh")).build()
    for end in ("low", "median", "high"):
        key = f"cost.deepseek-v3.amortised.usd_{end}"
        assert report.fact(key) == pytest.approx(sample.fact(key) / 2, rel=1e-6)
        assert report.fact(f"cost.deepseek-v3.rental.usd_{end}") == sample.fact(f"cost.deepseek-v3.rental.usd_{end}")
    assert report.fact("cost_ratio.amortised.ratio_low") == pytest.approx(
        2 * sample.fact("cost_ratio.amortised.ratio_low")
    )
    keys = ("cost.owner.title", "cost.owner.sentence", "cost.owner.purchase", "cost.run.ratio", "claims.21.why")
    assert all(old != new for old, new in zip(text_of(sample, *keys), text_of(report, *keys), strict=True))
    drawn = [accounting.cost_bases(r.table("cost_bases"), facts.load(r.paths)).html for r in (sample, report)]
    assert drawn[0] != drawn[1]


def test_a_lifetime_three_times_as_short_turns_the_sentence_round(sample: Any, report: Any) -> None:
    assert "below the median rent" in sample.text("cost.owner.sentence")
    report.edit("assumptions", assume("lifetime_years", 0.5, 0.7, 1)).build()
    assert "about the median rent" in report.text("cost.owner.sentence") or "above" in report.text(
        "cost.owner.sentence"
    )
    assert "0.5 to 1 years" in report.text("cost.owner.sentence")


def test_doubled_tokens_double_the_arithmetic_and_break_the_fit(sample: Any, report: Any) -> None:
    report.edit("training_runs", scale("tokens", 2)).edit(
        "training_runs", lambda rows: rows.with_columns(pl.col("tokens").str.replace(r"\.0$", ""))
    ).build()
    key = "cost.deepseek-v3.compute"
    assert report.fact(f"{key}.utilisation") == pytest.approx(2 * sample.fact(f"{key}.utilisation"))
    assert (sample.text(f"{key}.plausible"), report.text(f"{key}.plausible")) == ("within", "above")
    assert "above all of them" in report.text("cost.compute.sentence")
    assert report.text("cost.compute.title") != sample.text("cost.compute.title")
    assert report.fact("cost.deepseek-v3.rental.usd_low") == sample.fact("cost.deepseek-v3.rental.usd_low")


def test_hours_move_rental_amortised_and_utilisation_together(sample: Any, report: Any) -> None:
    v3 = (pl.col("run") == "deepseek-v3") & (pl.col("stage") == "pre-training")
    ten = pl.when(v3).then(pl.lit("26640000")).otherwise("accelerator_hours").alias("accelerator_hours")
    report.edit("training_runs", lambda rows: rows.with_columns(ten)).build()
    for basis in ("rental", "amortised"):
        key = f"cost.deepseek-v3.{basis}.usd_median"
        assert report.fact(key) == pytest.approx(sample.fact(key) * 26_764_000 / 2_788_000)
    key = "cost.deepseek-v3.compute"
    assert report.fact(f"{key}.utilisation") == pytest.approx(sample.fact(f"{key}.utilisation") / 10)
    assert report.text(f"{key}.plausible") == "below"
    assert (sample.verdict(21), report.verdict(21)) == ("depends_on_definition", "depends_on_definition")
    assert report.text("claims.21.why") != sample.text("claims.21.why")


@pytest.mark.parametrize(("factor", "verdict"), [(10, "holds"), (0.1, "fails")])
def test_gpt4s_published_cost_turns_the_order_of_magnitude(
    factor: float, verdict: str, sample: Any, report: Any
) -> None:
    report.edit("cost_estimates", scale("usd", factor, pl.col("model") == "GPT-4")).build()
    assert sample.verdict(21) == "depends_on_definition"
    assert report.verdict(21) == verdict
    assert report.text("cost.ratio.title") != sample.text("cost.ratio.title")
    inside = "lies inside"
    assert inside in sample.text("cost.run.ratio")
    assert inside not in report.text("cost.run.ratio")


def test_a_cheaper_api_turns_price_below_cost(sample: Any, report: Any) -> None:
    for kind in ("input", "output"):
        report.edit("api_prices", scale(f"usd_per_million_{kind}", 0.01, pl.col("weights") == "open"))
    report.build()
    assert sample.fact("cost.serving.above") > 0
    assert report.fact("cost.serving.above") == 0
    assert report.text("cost.serving.title").startswith("None of")
    assert report.fact("price.gap.times") == pytest.approx(100 * sample.fact("price.gap.times"))
    old, new = (r.fact("cost.serving.deepseek-ai/DeepSeek-V3.median") for r in (sample, report))
    assert old == new, "a price is no cost"
    keys = ("price.gap.title", "price.gap.sentence", "price.peers.sentence", "cost.serving.sentence")
    assert all(a != b for a, b in zip(text_of(sample, *keys), text_of(report, *keys), strict=True))


def test_closed_models_at_a_hundredth_turn_the_gap_round(sample: Any, report: Any) -> None:
    for kind in ("input", "output"):
        report.edit("api_prices", scale(f"usd_per_million_{kind}", 0.01, pl.col("weights") == "closed"))
    report.build()
    assert sample.text("price.gap.title").startswith("The median closed model asks")
    assert report.text("price.gap.title").startswith("The median open model asks")
    assert report.fact("price.gap.times") == pytest.approx(sample.fact("price.gap.times") / 100)


def test_doubled_rents_double_rental_costs_and_leave_prices(sample: Any, report: Any) -> None:
    report.edit("accelerator_prices", scale("usd_per_hour", 2)).build()
    before, after = sample.table("cost_inference"), report.table("cost_inference")
    assert after["price_blended"].equals(before["price_blended"])
    ratio = (after["cost_blended_median"] / before["cost_blended_median"]).drop_nulls()
    assert ratio.len() > 15
    assert (ratio - 2).abs().max() < 1e-9  # type: ignore[operator]
    assert report.fact("cost.serving.above") < sample.fact("cost.serving.above")
    figures = [serving.price_and_rent(r.table("cost_inference"), facts.load(r.paths)).html for r in (sample, report)]
    assert figures[0] != figures[1]


def test_small_batches_make_serving_dear_and_sparsity_worth_more(sample: Any, report: Any) -> None:
    report.edit("assumptions", assume("serving_batch", 1, 1, 1)).build()
    key = "cost.serving.deepseek-ai/DeepSeek-V3.median"
    assert report.fact(key) > 5 * sample.fact(key)
    assert report.fact("cost.serving.above") < sample.fact("cost.serving.above")
    assert report.text("cost.serving.check") != sample.text("cost.serving.check")
    assert "slower than" in report.text("cost.serving.check")


def test_more_experts_at_work_take_the_fraction_away(sample: Any, report: Any) -> None:
    """V3 with nearly every expert at work is a dense model of the same total, so it saves little."""
    mine = pl.col("model").is_in(["deepseek-ai/DeepSeek-V3", "deepseek-ai/DeepSeek-R1"])
    many = pl.col("config").str.replace(r'"num_experts_per_tok":\s*\d+', '"num_experts_per_tok": 200')
    changed = pl.when(mine).then(many).otherwise("config").alias("config")
    report.edit("configurations", lambda rows: rows.with_columns(changed)).build()
    assert sample.verdict(22) == "holds"
    assert report.verdict(22) == "depends_on_definition"
    assert report.fact("cost.sparse.deepseek-ai/DeepSeek-V3.high") < 1.5
