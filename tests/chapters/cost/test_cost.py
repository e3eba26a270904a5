"""Facts of training runs, and what may be divided by what."""

import datetime

import polars as pl
import pytest

from pipeline import register
from pipeline.base import tables
from pipeline.base.errors import RegisterError
from pipeline.base.paths import Paths
from pipeline.chapters.cost import compared, training
from pipeline.chapters.cost.prices import ASSUMED
from pipeline.chapters.cost.schema import CostBases, CostRatios, CostTraining
from pipeline.charts.cost import training as charts
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.register.lookup.schema_prices import AcceleratorPrices, PriceProxies, TrainingRuns

PATHS = Paths()
WINDOW = 12
NO_BASES = CostBases.create_empty()


@pytest.fixture(scope="module")
def training_runs() -> pl.DataFrame:
    return register.load("training_runs", PATHS.register)


@pytest.fixture(scope="module")
def prices() -> pl.DataFrame:
    return register.load("accelerator_prices", PATHS.register)


@pytest.fixture(scope="module")
def proxies() -> pl.DataFrame:
    return register.load("price_proxies", PATHS.register)


@pytest.fixture(scope="module")
def estimates() -> pl.DataFrame:
    return register.load("cost_estimates", PATHS.register)


@pytest.fixture(scope="module")
def runs(training_runs: pl.DataFrame) -> pl.DataFrame:
    return training.sum_stages(training_runs)


@pytest.fixture(scope="module")
def costs(runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, estimates: pl.DataFrame) -> pl.DataFrame:
    computed = training.price_runs(runs, prices, proxies, WINDOW)
    both = pl.concat([computed, training.published_costs(estimates, runs)], how="diagonal_relaxed")
    return tables.conform(both.select(CostTraining.column_names()), CostTraining, "cost_training")


def row(frame: pl.DataFrame, run: str, basis: str = "rental") -> dict:
    return frame.row(by_predicate=(pl.col("run") == run) & (pl.col("basis") == basis), named=True)


# ---------------------------------------------------------------------------------- the register


def test_v3_hours_at_two_dollars_are_what_its_authors_state(runs: pl.DataFrame, prices: pl.DataFrame):
    v3 = runs.row(by_predicate=pl.col("run") == "deepseek-v3", named=True)
    assumed = prices.filter(pl.col("term") == ASSUMED, pl.col("accelerator") == "H800")["usd_per_hour"].item()
    assert v3["accelerator_hours"] == 2_664_000 + 119_000 + 5_000 == 2_788_000
    assert assumed * v3["accelerator_hours"] == v3["usd_stated"] == 5_576_000


def test_v2_hours_are_arithmetic(runs: pl.DataFrame):
    v2 = runs.row(by_predicate=pl.col("run") == "deepseek-v2", named=True)
    assert v2["accelerator_hours"] * 10 == 172_800 * 81


def test_r1_hours_and_dollars(runs: pl.DataFrame):
    r1 = runs.row(by_predicate=pl.col("run") == "deepseek-r1", named=True)
    assert r1["accelerator_hours"] == 64 * 8 * (198 + 80) + 5_000 == 147_336
    assert r1["usd_stated"] == 294_000


def test_stated_dollars_of_v3_stages_are_hours_times_two(training_runs: pl.DataFrame):
    v3 = training_runs.filter(pl.col("run") == "deepseek-v3")
    assert (v3["usd_stated"] == 2 * v3["accelerator_hours"]).all()


def test_hours_are_missing_only_where_said(training_runs: pl.DataFrame):
    assert training_runs.filter((pl.col("hours_are") == "none") != pl.col("accelerator_hours").is_null()).is_empty()


def test_every_accelerator_with_hours_can_be_priced(runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame):
    used = set(runs["accelerator"].drop_nulls())
    assert used <= set(prices["accelerator"]) | set(proxies["accelerator"])


def test_llama_rental_estimates_of_others_lie_in_our_range(costs: pl.DataFrame):
    for run in ("llama-2-70b", "llama-3.1-405b"):
        ours, theirs = row(costs, run), row(costs, f"{run}-published")
        assert ours["usd_low"] < theirs["usd_median"] < ours["usd_high"]


# -------------------------------------------------------------------------------------- pricing


def offers(*rows: tuple[str, str, datetime.date, str, float]) -> pl.DataFrame:
    keys = ("accelerator", "vendor", "date", "term", "usd_per_hour")
    filled = [{**dict(zip(keys, given, strict=True)), "source": "a test"} for given in rows]
    return pl.DataFrame(filled, schema=AcceleratorPrices.create_empty().schema)


def three(accelerator: str, day: datetime.date, *usd: float, term: str = "on_demand") -> pl.DataFrame:
    return offers(*((accelerator, f"vendor {i}", day, term, price) for i, price in enumerate(usd)))


def one_run(accelerator: str | None = "X", hours: int | None = 10) -> pl.DataFrame:
    stage = {
        **dict.fromkeys(TrainingRuns.column_names()),
        "run": "r",
        "stage": "all",
        "model": "a/m",
        "label": "M",
        "accelerator": accelerator,
        "accelerator_hours": hours,
        "hours_are": "stated",
        "finished": datetime.date(2025, 1, 15),
        "date": datetime.date(2025, 1, 15),
        "source": "a test",
    }
    return training.sum_stages(pl.DataFrame([stage], schema=TrainingRuns.create_empty().schema))


def proxy(accelerator: str, stand_in: str) -> pl.DataFrame:
    blank = {"why": "a test", "date": datetime.date(2025, 1, 1), "source": "a test"}
    return pl.DataFrame(
        [{"accelerator": accelerator, "proxy": stand_in, **blank}], schema=PriceProxies.create_empty().schema
    )


NO_PROXY = proxy("-", "-").head(0)
NEAR = datetime.date(2024, 6, 1)


def price(run: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame = NO_PROXY) -> dict:
    table = tables.conform(training.price_runs(run, prices, proxies, WINDOW), CostTraining, "cost_training")
    return row(table, "r")


def test_cost_is_hours_times_price():
    priced = price(one_run(), three("X", NEAR, 1, 2, 4))
    assert (priced["usd_low"], priced["usd_median"], priced["usd_high"]) == (10, 20, 40)
    assert (priced["priced_as"], priced["prices"]) == ("X", 3)


def test_doubling_rental_prices_doubles_the_cost(
    runs: pl.DataFrame, prices: pl.DataFrame, proxies: pl.DataFrame, costs: pl.DataFrame
):
    doubled = training.price_runs(runs, prices.with_columns(pl.col("usd_per_hour") * 2), proxies, WINDOW)
    before, after = row(costs, "deepseek-v3"), row(doubled, "deepseek-v3")
    for column in ("usd_low", "usd_median", "usd_high"):
        assert after[column] == pytest.approx(2 * before[column])
    assert after["usd_stated"] == before["usd_stated"]


def test_prices_outside_the_window_do_not_count():
    far = datetime.date(2023, 12, 31)
    priced = price(one_run(), pl.concat([three("X", NEAR, 1, 2, 3), three("X", far, 90, 91, 92)]))
    assert (priced["prices"], priced["price_high"]) == (3, 3)
    alone = price(one_run(), three("X", far, 90, 91, 92))
    assert (alone["prices"], alone["usd_median"], alone["priced_as"]) == (0, None, None)
    assert "no market price" in alone["note"]


def test_the_window_reaches_both_ways_and_holds_its_ends():
    ends = [datetime.date(2024, 1, 15), datetime.date(2026, 1, 15)]
    found = pl.concat([three("X", ends[0], 1, 2), three("X", ends[1], 3, 4)])
    assert price(one_run(), found)["prices"] == 4


def test_prices_that_authors_assume_are_no_market_prices():
    assumed = three("X", NEAR, 0.1, 0.2, 0.3, term="assumed_by_authors")
    assert price(one_run(), assumed)["usd_low"] is None
    assert price(one_run(), pl.concat([assumed, three("X", NEAR, 1, 2, 3)]))["price_low"] == 1


def test_too_few_prices_are_priced_as_the_proxy():
    few, many = three("X", NEAR, 1, 1), three("Y", NEAR, 5, 6, 7)
    priced = price(one_run(), pl.concat([few, many]), proxy("X", "Y"))
    assert (priced["accelerator"], priced["priced_as"], priced["usd_low"]) == ("X", "Y", 50)
    assert "priced as Y" in priced["note"]


def test_enough_prices_of_its_own_need_no_proxy():
    priced = price(one_run(), pl.concat([three("X", NEAR, 1, 1, 1), three("Y", NEAR, 5, 6, 7)]), proxy("X", "Y"))
    assert (priced["priced_as"], priced["usd_high"]) == ("X", 10)


@pytest.mark.parametrize(("accelerator", "hours"), [(None, 10), ("X", None), (None, None)])
def test_without_accelerator_or_hours_there_is_no_cost(accelerator: str | None, hours: int | None):
    assert price(one_run(accelerator, hours), three("X", NEAR, 1, 2, 3))["usd_median"] is None


def test_a_stage_without_hours_leaves_the_run_without(training_runs: pl.DataFrame):
    gap = pl.when(pl.col("stage") == "post-training").then(None).otherwise("accelerator_hours")
    runs = training.sum_stages(training_runs.with_columns(accelerator_hours=gap))
    assert runs.filter(pl.col("run") == "deepseek-v3")["accelerator_hours"].item() is None


def test_stages_of_one_run_share_their_accelerator(training_runs: pl.DataFrame):
    mixed = pl.when(pl.col("stage") == "post-training").then(pl.lit("H100")).otherwise("accelerator")
    with pytest.raises(RegisterError, match="deepseek-v3 differ in accelerator"):
        training.sum_stages(training_runs.with_columns(accelerator=mixed))


# --------------------------------------------------------------------------------------- ratios


def test_rental_over_rental_is_an_interval(costs: pl.DataFrame):
    table = tables.conform(compared.ratios(costs, "deepseek-v3", NO_BASES), CostRatios, "cost_ratios")
    rental = table.row(by_predicate=pl.col("basis") == "rental", named=True)
    assert rental["like_for_like"]
    assert rental["numerator_usd"] == 78_562_017
    v3 = row(costs, "deepseek-v3")
    assert (rental["denominator_low"], rental["denominator_high"]) == (v3["usd_low"], v3["usd_high"])
    assert v3["usd_stated"] < rental["denominator_low"], "a price that authors assume is no market price"
    assert (rental["ratio_low"], rental["ratio_high"]) == pytest.approx((2.29, 11.5), abs=0.05)
    assert rental["ratio_low"] < rental["ratio_median"] < rental["ratio_high"]


def test_without_prices_of_servers_there_is_no_amortised_ratio(costs: pl.DataFrame):
    table = compared.ratios(costs, "deepseek-v3", NO_BASES)
    amortised = table.row(by_predicate=pl.col("basis") == "amortised", named=True)
    assert (amortised["ratio_median"], amortised["like_for_like"]) == (None, False)
    assert "cannot be priced on that basis" in amortised["why"]


def test_a_ratio_never_mixes_bases(costs: pl.DataFrame):
    for run in ("deepseek-v3", "llama-3.1-405b"):
        alike = compared.ratios(costs, run, NO_BASES).filter("like_for_like")
        assert "not_stated" not in alike["basis"]
        for ratio in alike.iter_rows(named=True):
            same = costs.filter(pl.col("basis") == ratio["basis"], pl.col("run").is_in([run, f"{run}-published"]))
            known = [v for column in ("usd_low", "usd_median", "usd_high") for v in same[column] if v]
            assert ratio["denominator_low"] == min(known)
            assert ratio["denominator_high"] == max(known)
            numerator = costs.filter(pl.col("run") == "gpt-4", pl.col("basis") == ratio["basis"])
            assert ratio["numerator_usd"] == numerator["usd_median"].item()


def test_a_published_amortised_cost_makes_an_amortised_ratio(costs: pl.DataFrame):
    table = compared.ratios(costs, "llama-3.1-405b", NO_BASES)
    amortised = table.row(by_predicate=pl.col("basis") == "amortised", named=True)
    assert amortised["like_for_like"]
    assert amortised["ratio_median"] == pytest.approx(40_695_706 / 51_040_524)


def test_the_bound_without_a_basis_is_shown_as_not_alike(costs: pl.DataFrame):
    table = compared.ratios(costs, "deepseek-v3", NO_BASES)
    bound = table.row(by_predicate=pl.col("basis") == "not_stated", named=True)
    assert bound["like_for_like"] is False
    assert bound["ratio_high"] == pytest.approx(100_000_000 / row(costs, "deepseek-v3")["usd_low"])


def test_estimates_of_registered_runs_do_not_take_their_key(costs: pl.DataFrame):
    published = set(costs.filter(pl.col("evidence") == "published")["run"])
    computed = set(costs.filter(pl.col("evidence") == "computed")["run"])
    assert {"gpt-4", "llama-3.1-405b-published"} <= published
    assert not published & computed


# -------------------------------------------------------------------------------------- figures


def figure_of(made: Figure | Absent) -> Figure:
    assert isinstance(made, Figure)
    return made


def test_figures_are_drawn_for_wide_and_for_narrow_screens(costs: pl.DataFrame):
    both = (
        charts.training_cost(costs, "deepseek-v3"),
        charts.cost_ratio(compared.ratios(costs, "deepseek-v3", NO_BASES)),
    )
    for figure in both:
        assert figure_of(figure).html.count("<svg ") == 2


def test_the_figure_of_costs_says_where_the_stated_cost_lies(costs: pl.DataFrame):
    above = figure_of(charts.training_cost(costs, "deepseek-v3"))
    assert above.title.endswith("above its authors' $5.6 million")
    is_v3 = pl.col("run") == "deepseek-v3"

    def stated(usd: float) -> str:
        stated = pl.when(is_v3).then(usd).otherwise("usd_stated")
        return figure_of(charts.training_cost(costs.with_columns(usd_stated=stated), "deepseek-v3")).title

    assert "about its authors' $" in stated(row(costs, "deepseek-v3")["usd_median"])
    assert "below its authors' $1.0 billion" in stated(1e9)


def test_the_figure_of_costs_is_sorted_and_on_one_basis(costs: pl.DataFrame):
    table = figure_of(charts.training_cost(costs, "deepseek-v3")).table
    middle = table.select(pl.coalesce("usd_median", "usd_published")).to_series().to_list()
    assert middle == sorted(middle, reverse=True)
    rental = costs.filter(pl.col("basis") == "rental", pl.col("evidence") == "published")
    assert set(table["usd_published"].drop_nulls()) == set(rental["usd_median"])


def test_runs_without_hours_are_named_not_drawn(costs: pl.DataFrame):
    figure = figure_of(charts.training_cost(costs, "deepseek-v3"))
    assert "Kimi K2" not in figure.table["label"]
    assert "Kimi K2" in (figure.note or "")
    assert isinstance(charts.training_cost(costs.filter(pl.col("basis") == "amortised"), "deepseek-v3"), Absent)


def test_the_title_of_ratios_turns_round_with_the_numbers(costs: pl.DataFrame):
    table = compared.ratios(costs, "deepseek-v3", NO_BASES)
    assert figure_of(charts.cost_ratio(table)).title == (
        "On rental, the one basis known for both, GPT-4 cost 7.9 times DeepSeek-V3"
    )
    small = costs.with_columns(
        usd_median=pl.when(pl.col("run") == "gpt-4").then(pl.col("usd_median") / 100).otherwise("usd_median")
    )
    less = compared.ratios(small, "deepseek-v3", NO_BASES)
    assert "GPT-4 cost less than DeepSeek-V3" in figure_of(charts.cost_ratio(less)).title
    more_expensive = compared.ratios(costs, "llama-3.1-405b", NO_BASES)
    assert "Llama 3.1 405B" in figure_of(charts.cost_ratio(more_expensive)).title
    assert isinstance(charts.cost_ratio(table.filter(pl.col("basis") == "amortised")), Absent)
