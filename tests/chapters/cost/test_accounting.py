"""What hours cost an owner, what arithmetic says of hours, and that no number is assumed off the register."""

import datetime

import polars as pl
import pytest

from pipeline import register
from pipeline.base import tables
from pipeline.base.errors import RegisterError, TableError
from pipeline.base.paths import Paths
from pipeline.chapters.cost import amortised, arithmetic, assumptions, compared, prices, training
from pipeline.chapters.cost.schema import CostBases, CostTraining
from pipeline.chapters.moe.schema import Moe
from pipeline.charts.cost import accounting
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.register.lookup.schema_prices import Assumptions, TrainingRuns
from tests.chapters.cost.conftest import Chapter

PATHS = Paths()


def table(name: str) -> pl.DataFrame:
    return register.load(name, PATHS.register)


@pytest.fixture(scope="module")
def assumed() -> assumptions.Assumptions:
    return assumptions.read(table("assumptions"))


@pytest.fixture(scope="module")
def runs() -> pl.DataFrame:
    return training.sum_stages(table("training_runs"))


@pytest.fixture(scope="module")
def owned(runs: pl.DataFrame) -> pl.DataFrame:
    return prices.purchase_prices(runs, table("hardware_prices"), table("price_proxies"), 36)


@pytest.fixture(scope="module")
def amortised_costs(runs: pl.DataFrame, owned: pl.DataFrame, assumed: assumptions.Assumptions) -> pl.DataFrame:
    return training.amortise_runs(runs, amortised.hourly(owned, table("accelerators"), assumed))


def of(frame: pl.DataFrame, run: str) -> dict:
    return frame.row(by_predicate=pl.col("run") == run, named=True)


# ------------------------------------------------------------------------------------ assumptions


def test_an_assumption_that_is_not_on_the_register_is_named(assumed: assumptions.Assumptions):
    with pytest.raises(RegisterError, match="no assumption rent_of_the_moon"):
        assumed["rent_of_the_moon"]


def test_a_range_out_of_order_breaks_the_registers_contract():
    turned = table("assumptions").with_columns(low=pl.col("high") + 1)
    with pytest.raises(TableError, match="in_order"):
        tables.conform(turned, Assumptions, "assumptions.csv")


# -------------------------------------------------------------------------------------- amortised


def test_an_owned_hour_is_price_over_life_plus_energy():
    rows = {
        "network_over_server_price": 0.5,
        "lifetime_years": 2,
        "hours_in_use": 0.5,
        "power_drawn": 0.5,
        "power_usage_effectiveness": 2,
        "usd_per_kwh": 0.1,
    }
    fixed = assumptions.Assumptions({name: assumptions.Range(v, v, v) for name, v in rows.items()})
    price = pl.DataFrame(
        {"run": "r", "priced_as": "X", "prices": 3}
        | {f"hardware_{end}": 8766.0 * (i + 1) for i, end in enumerate(("low", "median", "high"))}
    )
    watts = pl.DataFrame({"accelerator": "X", "server_watts": 1000.0})
    hour = amortised.hourly(price, watts, fixed).row(0, named=True)
    # 8766 USD x 1.5 over 2 x 8766 x 0.5 hours, and 1 kW x 0.5 x 2 x 0.1 USD
    assert hour["price_low"] == pytest.approx(1.5 + 0.1)
    assert hour["price_high"] == pytest.approx(3 * 1.5 + 0.1)


def test_v3_is_amortised_from_its_hours_and_h100_servers(amortised_costs: pl.DataFrame):
    v3 = of(amortised_costs, "deepseek-v3")
    assert (v3["accelerator"], v3["priced_as"], v3["basis"]) == ("H800", "H100", "amortised")
    assert v3["usd_low"] < v3["usd_median"] < v3["usd_high"]
    assert v3["usd_median"] == pytest.approx(2_788_000 * v3["price_median"], abs=0.01)


@pytest.mark.parametrize("run", ["llama-2-70b", "llama-3.1-405b"])
def test_published_amortised_costs_of_others_lie_in_our_interval(run: str, amortised_costs: pl.DataFrame):
    model = {"llama-2-70b": "Llama 2 70B", "llama-3.1-405b": "Llama 3.1 405B"}[run]
    theirs = table("cost_estimates").filter(model=model, basis="amortised")["usd"].item()
    ours = of(amortised_costs, run)
    assert ours["usd_low"] < theirs < ours["usd_high"]


@pytest.mark.parametrize(
    ("name", "rises"),
    [
        ("network_over_server_price", True),
        ("lifetime_years", False),
        ("hours_in_use", False),
        ("power_drawn", True),
        ("power_usage_effectiveness", True),
        ("usd_per_kwh", True),
    ],
)
def test_every_assumption_moves_the_owners_hour_its_own_way(
    name: str, rises: bool, owned: pl.DataFrame, assumed: assumptions.Assumptions
):
    old = assumed[name]
    more = assumptions.Range(old.low * 1.5, old.middle * 1.5, old.high * 1.5)
    moved = assumptions.Assumptions({**assumed.rows, name: more})
    before, after = (of(amortised.hourly(owned, table("accelerators"), a), "deepseek-v3") for a in (assumed, moved))
    for column in ("price_low", "price_median", "price_high"):
        assert (after[column] > before[column]) is rises


def test_gpt4_meets_v3_on_amortised_cost_as_an_interval(amortised_costs: pl.DataFrame, runs: pl.DataFrame):
    published = training.published_costs(table("cost_estimates"), runs)
    both = pl.concat([amortised_costs, published], how="diagonal_relaxed").with_columns(usd_stated=pl.lit(None))
    costs = tables.conform(both.select(CostTraining.column_names()), CostTraining, "cost_training")
    ratios = compared.ratios(costs, "deepseek-v3", CostBases.create_empty())
    ratio = ratios.row(by_predicate=pl.col("basis") == "amortised", named=True)
    v3 = of(amortised_costs, "deepseek-v3")
    assert ratio["like_for_like"]
    assert ratio["ratio_low"] == pytest.approx(40_695_706 / v3["usd_high"])
    assert ratio["ratio_high"] == pytest.approx(40_695_706 / v3["usd_low"])
    assert ratio["ratio_low"] < ratio["ratio_median"] < ratio["ratio_high"]


def test_the_cluster_of_v3_cost_more_to_buy_than_its_hours(chapter: Chapter):
    bases = chapter.tables["cost_bases"]
    rows = {row["kind"]: row for row in bases.iter_rows(named=True)}
    assert rows["stated"]["usd_median"] == 5_576_000
    assert rows["purchase"]["usd_low"] == 2048 * 33_750
    assert rows["purchase"]["usd_low"] > rows["rental"]["usd_high"] > rows["amortised"]["usd_high"]
    assert rows["all_in"]["usd_median"] is None, "nobody publishes it"
    assert {"People", "Data", "Failed runs"} <= set(bases.filter(kind="left_out")["label"])


def test_gpt4s_hardware_stands_over_the_cluster_of_v3(chapter: Chapter):
    bought = chapter.tables["cost_ratios"].filter(basis="purchase").row(0, named=True)
    cluster = chapter.tables["cost_bases"].filter(kind="purchase").row(0, named=True)
    assert bought["numerator_usd"] == 778_066_899
    assert (bought["denominator_low"], bought["denominator_high"]) == (cluster["usd_low"], cluster["usd_high"])
    assert bought["like_for_like"]
    assert bought["ratio_median"] == pytest.approx(778_066_899 / cluster["usd_median"])
    alone = chapter.edit("training_runs", lambda rows: rows.with_columns(accelerators=None)).tables["cost_ratios"]
    assert not alone.filter(basis="purchase")["like_for_like"].item(), "a cluster of unknown size has no price"


def test_the_rental_range_of_v3_is_made_of_the_prices_that_are_shown(chapter: Chapter):
    rents = chapter.tables["cost_rents"]
    v3 = chapter.tables["cost_training"].filter(run="deepseek-v3", basis="rental").row(0, named=True)
    assert rents.height == v3["prices"]
    assert (rents["usd"].min(), rents["usd"].max()) == (v3["usd_low"], v3["usd_high"])
    assert rents["source"].str.starts_with("https://").all()
    near = datetime.date(2023, 12, 26), datetime.date(2025, 12, 26)
    assert rents["date"].is_between(*near).all()


# ---------------------------------------------------------------------------------------- compute


@pytest.fixture(scope="module")
def reconciled(chapter: Chapter) -> pl.DataFrame:
    return chapter.tables["cost_compute"]


def test_v3_needs_six_times_parameters_times_tokens(reconciled: pl.DataFrame, chapter: Chapter):
    v3 = of(reconciled, "deepseek-v3")
    active = chapter.frames["moe"].filter(model="deepseek-ai/DeepSeek-V3")
    assert v3["parameters_active"] == active["parameters_active_without_input_embedding"].item()
    assert v3["flops"] == pytest.approx(6 * v3["parameters_active"] * 14.8e12)
    assert v3["hours_stated"] == 2_664_000, "context extension and post-training state no tokens"


def test_v3s_implied_utilisation_is_what_its_authors_publish_less_attention(reconciled: pl.DataFrame):
    theirs = table("utilisations").filter(model="DeepSeek-V3")["utilisation"].item()
    ours = of(reconciled, "deepseek-v3")["utilisation"]
    assert 0.85 * theirs < ours < theirs


def test_llama_405b_lies_near_the_published_utilisation(reconciled: pl.DataFrame):
    theirs = table("utilisations").filter(model="Llama 3.1 405B")["utilisation"].min()
    assert 0.8 * theirs < of(reconciled, "llama-3.1-405b")["utilisation"] < theirs  # type: ignore[operator]


def test_hours_implied_at_the_implied_utilisation_are_the_stated_ones(reconciled: pl.DataFrame):
    known = reconciled.drop_nulls("utilisation")
    assert known.height >= 9
    back = known["hours_median"] * known["published_median"] / known["utilisation"]
    assert (back / known["hours_stated"] - 1).abs().max() < 1e-9  # type: ignore[operator]


def test_eight_bits_have_twice_the_peak(reconciled: pl.DataFrame):
    eight = reconciled.drop_nulls("utilisation_8bit")
    assert set(eight["run"]) == {"deepseek-v3"}
    assert (eight["utilisation_8bit"] * 2 - eight["utilisation"]).abs().max() < 1e-12  # type: ignore[operator]


@pytest.mark.parametrize(
    ("run", "why"),
    [
        ("dots-llm1", "accelerator is not named"),
        ("gpt-oss-120b", "no tokens are stated"),
        ("kimi-k2", "no hours are stated"),
        ("llama-3.1-8b", "below every published utilisation"),
    ],
)
def test_what_does_not_fit_says_why(run: str, why: str, reconciled: pl.DataFrame):
    assert why in of(reconciled, run)["why"]


def test_hours_and_tokens_that_cannot_belong_together_are_called_so():
    stage = {
        **dict.fromkeys(TrainingRuns.column_names()),
        "run": "r",
        "stage": "all",
        "model": "a/m",
        "label": "M",
        "tokens": 10**13,
        "accelerator": "H100",
        "accelerator_hours": 1000,
        "parameters_trained": 10**10,
        "source": "a test",
        "date": datetime.date(2025, 1, 1),
        "finished": datetime.date(2025, 1, 1),
        "hours_are": "stated",
    }
    trained = pl.DataFrame([stage], schema=TrainingRuns.create_empty().schema)
    market = pl.DataFrame({"run": ["r"], "price_low": [1.0], "price_median": [2.0], "price_high": [3.0]})
    moe = Moe.create_empty()
    found = arithmetic.reconcile(trained, moe, table("accelerators"), table("utilisations"), market).row(0, named=True)
    assert found["utilisation"] > 1
    assert (found["plausible"], found["parameters_are"]) == ("above", "stated")


# ----------------------------------------------------------------------------- parameters, figures


def test_the_figure_of_bases_says_what_it_leaves_out(chapter: Chapter):
    figure = accounting.cost_bases(chapter.tables["cost_bases"], chapter.facts)
    assert isinstance(figure, Figure)
    assert figure.html.count("<svg ") == 2
    for item in ("Left out: people", "Left out: data", "Left out: failed runs", "nobody says", "not counted"):
        assert item in figure.html
    nothing = chapter.tables["cost_bases"].with_columns(usd_median=pl.lit(None, pl.Float64))
    assert isinstance(accounting.cost_bases(nothing, chapter.facts), Absent)


def test_the_figure_of_arithmetic_names_the_runs_it_cannot_show(chapter: Chapter):
    figure = accounting.training_arithmetic(chapter.tables["cost_compute"], chapter.facts)
    assert isinstance(figure, Figure)
    assert "dots.llm1 (its hours imply 179 teraflops" in (figure.note or "")
    assert figure.table["utilisation"].to_list() == sorted(figure.table["utilisation"], reverse=True)
    none = chapter.tables["cost_compute"].with_columns(utilisation=pl.lit(None, pl.Float64))
    assert isinstance(accounting.training_arithmetic(none, chapter.facts), Absent)
