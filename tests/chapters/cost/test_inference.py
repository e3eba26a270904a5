"""Prices of APIs, and what renting accelerators to serve a model would cost at a stated use."""

import datetime

import polars as pl
import pytest

from pipeline import register
from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.chapters.cost import assumptions, serving
from pipeline.chapters.cost.schema import CostInference
from pipeline.chapters.moe.schema import Moe
from pipeline.charts.cost import serving as charts
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.register.lookup.schema_prices import ApiPrices
from tests.chapters.cost.conftest import Chapter

PATHS = Paths()
DAY = datetime.date(2025, 6, 1)


def table(name: str) -> pl.DataFrame:
    return register.load(name, PATHS.register)


@pytest.fixture(scope="module")
def assumed() -> assumptions.Assumptions:
    return assumptions.read(table("assumptions"))


@pytest.fixture(scope="module")
def prices(chapter: Chapter) -> pl.DataFrame:
    return chapter.tables["cost_inference"]


H100 = table("accelerators").filter(accelerator="H100").row(0, named=True)


def sold(model: str = "a/m", **more: object) -> pl.DataFrame:
    row = {
        "model": model,
        "label": model,
        "maker": "A",
        "weights": "open",
        "date": DAY,
        "date_is": "announced",
        "usd_per_million_input": 1.0,
        "usd_per_million_output": 5.0,
        "source": "a test",
        "note": None,
    }
    return pl.DataFrame([{**row, **more}], schema=ApiPrices.create_empty().schema)


def shape(model: str = "a/m", *, total: int = 8_000_000_000, active: int | None = None, **more: object) -> pl.DataFrame:
    row = {
        **dict.fromkeys(Moe.column_names()),
        "model": model,
        "mixture": "dense",
        "parameters_text": total,
        "parameters_active": active or total,
        "parameters_active_without_input_embedding": active or total,
        "cache_bytes_8k": 10**9,
    }
    return pl.DataFrame([{**row, **more}], schema=Moe.create_empty().schema)


def rent(usd: float, model: str = "a/m") -> pl.DataFrame:
    three = {"price_low": usd / 2, "price_median": usd, "price_high": usd * 2}
    return pl.DataFrame({"run": [f"{model}@{DAY}"], **{name: [value] for name, value in three.items()}})


def served(
    assumed: assumptions.Assumptions, moe: pl.DataFrame | None = None, usd: float = 2, api: pl.DataFrame | None = None
) -> dict:
    moe, api = shape() if moe is None else moe, sold() if api is None else api
    made = serving.serve(api, moe, H100, rent(usd), assumed)
    return tables.conform(made, CostInference, "cost_inference").row(0, named=True)


def fixed(assumed: assumptions.Assumptions, **values: float) -> assumptions.Assumptions:
    new = {name: assumptions.Range(value, value, value) for name, value in values.items()}
    return assumptions.Assumptions({**assumed.rows, **new})


COSTS = [f"cost_{kind}_{end}" for kind in ("input", "output", "blended") for end in ("low", "median", "high")]


# ----------------------------------------------------------------------------------------- prices


def test_deepseeks_prices_are_those_it_announced():
    v3 = table("api_prices").filter(model="deepseek-ai/DeepSeek-V3").sort("date")
    assert v3.select("usd_per_million_input", "usd_per_million_output").rows() == [(0.14, 0.28), (0.27, 1.10)]
    assert v3["date"][1] == datetime.date(2025, 2, 8), "the end of the introductory price"


def test_r1_cost_users_a_27th_of_o1(chapter: Chapter):
    pair = chapter.tables["price_peers"].filter(open="deepseek-ai/DeepSeek-R1", closed="o1").row(0, named=True)
    assert pair["times_input"] == pytest.approx(15 / 0.55)
    assert pair["times_output"] == pytest.approx(60 / 2.19)
    assert pair["date"] == datetime.date(2025, 1, 20)


def test_a_pair_is_compared_on_the_first_day_that_both_are_sold(assumed: assumptions.Assumptions):
    later = DAY + datetime.timedelta(days=100)
    api = pl.concat(
        [
            sold(),
            sold(date=later + datetime.timedelta(days=1), usd_per_million_input=100.0),
            sold("c", weights="closed", date=later, usd_per_million_input=4.0),
        ]
    )
    made = serving.serve(api, shape(), H100, rent(2), assumed)
    pairs = pl.DataFrame({"open": ["a/m"], "closed": ["c"], "why": ["a test"]})
    pair = serving.peers(pairs, made).row(0, named=True)
    assert (pair["date"], pair["times_input"], pair["times_output"]) == (later, 4, 1)


def test_closed_models_have_a_price_and_no_cost(prices: pl.DataFrame):
    closed = prices.filter(weights="closed")
    assert closed["cost_blended_median"].null_count() == closed.height > 10
    assert set(closed["why"]) == {"parameters are not published"}


def test_every_open_price_has_a_cost_or_says_why_not(prices: pl.DataFrame):
    opened = prices.filter(weights="open")
    assert (opened["cost_blended_median"].is_null() == opened["why"].is_not_null()).all()
    assert opened["cost_blended_median"].count() > 15


def test_the_blend_weighs_input_threefold(assumed: assumptions.Assumptions):
    assert served(assumed)["price_blended"] == (3 * 1 + 5) / 4


# ------------------------------------------------------------------------------------------ costs


def test_doubling_the_rent_doubles_every_cost(assumed: assumptions.Assumptions):
    one, two = served(assumed, usd=2), served(assumed, usd=4)
    for column in COSTS:
        assert two[column] == pytest.approx(2 * one[column])
    assert two["price_blended"] == one["price_blended"], "a cost is no price"


def test_reading_input_is_bound_by_arithmetic(assumed: assumptions.Assumptions):
    found = served(assumed)
    use = assumed["serving_compute_use"].middle * assumed["serving_hours_busy"].middle
    per_second = H100["flops_16bit"] * use / (2 * 8e9)
    assert found["cost_input_median"] == pytest.approx(2 / 3600 / per_second * 1e6)


def test_one_sequence_reads_all_weights_for_one_token(assumed: assumptions.Assumptions):
    alone = fixed(assumed, serving_batch=1)
    found = served(alone)
    bandwidth = H100["bandwidth_bytes_per_second"] * assumed["serving_bandwidth_use"].middle
    assert found["tokens_per_second"] == pytest.approx(bandwidth / (8e9 + 1e9))
    assert found["bound"] == "bandwidth"


def test_a_larger_batch_makes_output_cheaper_and_input_no_more_expensive(assumed: assumptions.Assumptions):
    few, many = served(fixed(assumed, serving_batch=4)), served(fixed(assumed, serving_batch=32))
    assert many["cost_output_median"] < few["cost_output_median"]
    assert many["cost_input_median"] == few["cost_input_median"]


def test_with_a_small_cache_and_a_huge_batch_arithmetic_bounds(assumed: assumptions.Assumptions):
    found = served(fixed(assumed, serving_batch=100_000), shape(cache_bytes_8k=1000))
    assert found["bound"] == "compute"


def test_caches_limit_the_batch(assumed: assumptions.Assumptions):
    found = served(assumed, shape(cache_bytes_8k=10**10))
    room = 0.9 * H100["memory_bytes"] - 8e9
    assert found["batch"] == room // 10**10


@pytest.mark.parametrize(("billions", "accelerators"), [(8, 1), (40, 1), (70, 2), (671, 16), (1000, 32)])
def test_accelerators_double_until_weights_fill_half(
    billions: int, accelerators: int, assumed: assumptions.Assumptions
):
    assert served(assumed, shape(total=billions * 10**9))["accelerators"] == accelerators


def mixture(k: int, experts: int = 64) -> pl.DataFrame:
    total, routed = 100 * 10**9, 64 * 10**9
    active = total - routed * (experts - k) // experts
    return shape(total=total, active=active, mixture="moe", experts=experts, experts_per_token=k)


def test_fewer_experts_a_token_never_cost_more(assumed: assumptions.Assumptions):
    costs = [served(assumed, mixture(k)) for k in (1, 4, 16, 64)]
    for column in ("cost_input_median", "cost_output_median", "cost_blended_median"):
        assert [row[column] for row in costs] == sorted(row[column] for row in costs)


def test_with_every_expert_active_a_mixture_costs_what_a_dense_model_costs(assumed: assumptions.Assumptions):
    full = served(assumed, mixture(64))
    dense = served(assumed, shape(total=100 * 10**9))
    for end in ("low", "median", "high"):
        assert full[f"cost_blended_{end}"] == pytest.approx(dense[f"cost_blended_{end}"])
        assert full[f"dense_blended_{end}"] == pytest.approx(full[f"cost_blended_{end}"])


def test_a_large_batch_reads_nearly_all_experts(assumed: assumptions.Assumptions):
    """Sparsity saves bandwidth for few users only: with many, the step reads what a dense one reads."""
    huge = fixed(assumed, serving_batch=64, weights_share_of_memory=0.5)
    sparse, dense = served(huge, mixture(4, 64)), served(huge, shape(total=100 * 10**9))
    assert sparse["bound"] == dense["bound"] == "bandwidth"
    assert sparse["tokens_per_second"] == pytest.approx(dense["tokens_per_second"], rel=0.02)
    alone = fixed(assumed, serving_batch=1, weights_share_of_memory=1)
    one = [served(alone, moe)["tokens_per_second"] for moe in (mixture(4, 64), shape(total=100 * 10**9))]
    assert one[0] > 1.5 * one[1]


def test_v3_decodes_about_as_fast_as_its_maker_publishes(prices: pl.DataFrame):
    published = table("serving_reports").row(0, named=True)
    v3 = prices.filter(model="deepseek-ai/DeepSeek-V3", is_first=True).row(0, named=True)
    assert v3["tokens_per_second"] == pytest.approx(published["output_tokens_per_second_and_accelerator"], rel=0.15)


def test_a_published_day_of_serving_adds_up():
    day = table("serving_reports").row(0, named=True)
    assert day["accelerators"] * day["usd_per_hour"] * 24 == pytest.approx(day["usd_per_day"], rel=1e-3)
    assert day["tokens_input_cached"] / day["tokens_input"] == pytest.approx(0.563, abs=0.001)


def test_without_rent_or_cache_there_is_no_cost(assumed: assumptions.Assumptions):
    missing = served(assumed, shape(cache_bytes_8k=None, cache_bytes_per_token=None))
    assert (missing["cost_output_median"], missing["cost_input_median"]) == (None, None)
    assert "cache" in missing["why"]
    unpriced = serving.serve(sold(), shape(), H100, rent(2).head(0), assumed).row(0, named=True)
    assert unpriced["cost_input_median"] is None
    assert "rent" in unpriced["why"]


# ---------------------------------------------------------------------------------------- figures


def test_figures_show_what_the_table_holds_and_say_what_is_missing(chapter: Chapter, prices: pl.DataFrame):
    known = chapter.facts
    time, size, both = (
        draw(prices, known) for draw in (charts.api_prices, charts.price_by_size, charts.price_and_rent)
    )
    for figure in (time, size, both):
        assert isinstance(figure, Figure)
        assert figure.html.count("<svg ") == 2
    assert isinstance(time, Figure)
    assert time.table.height == prices.height
    assert isinstance(size, Figure)
    assert "do not publish parameters" in (size.note or "")
    assert isinstance(both, Figure)
    assert both.table["cost_blended_median"].null_count() == 0
    closed = prices.filter(weights="closed")
    assert isinstance(charts.price_by_size(closed, known), Absent)
    assert isinstance(charts.price_and_rent(closed, known), Absent)
    assert isinstance(charts.api_prices(prices.head(0), known), Absent)


def test_labels_touch_neither_points_nor_each_other():
    points: list[tuple[float, float, str | None]] = [(50, 50, "first"), (60, 52, "second"), (200, 90, "third")]
    spots = charts.placed(points, 300, 100, most=9)
    assert spots[0] is not None
    assert spots[2] == "right-up"
    crowd: list[tuple[float, float, str | None]] = [
        (float(x), float(y), "name") for x in range(0, 100, 6) for y in range(0, 60, 6)
    ]
    assert charts.placed(crowd, 100, 60, most=9).count(None) == len(crowd)
    assert sum(spot is not None for spot in charts.placed(points, 300, 100, most=1)) == 1
