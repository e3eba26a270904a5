"""Sentences follow the register: an altered price, hour or assumption moves numbers, figures and words together."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.base import tables, templates
from pipeline.chapters.cost import facts, values
from pipeline.charts.cost import accounting, serving
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.kit.theme import BODY
from tests.chapters.cost.conftest import Change, Chapter
from tests.conftest import Report

V3 = pl.col("run") == "deepseek-v3"


def scale(column: str, factor: float, where: pl.Expr | bool = True) -> Change:
    """A column times a factor, in its own type."""
    return lambda rows: rows.with_columns(
        pl.when(where).then((pl.col(column) * factor).cast(rows.schema[column])).otherwise(column).alias(column)
    )


def without(column: str, where: pl.Expr | bool = True) -> Change:
    """A column without its values."""
    return lambda rows: rows.with_columns(pl.when(where).then(None).otherwise(column).alias(column))


def keep(where: pl.Expr) -> Change:
    return lambda rows: rows.filter(where)


def assume(name: str, *three: float) -> Change:
    """An assumption's low, middle and high value."""
    mine = pl.col("assumption") == name
    return lambda rows: rows.with_columns(
        pl.when(mine).then(pl.lit(float(value))).otherwise(end).alias(end)
        for end, value in zip(("low", "middle", "high"), three, strict=True)
    )


def api(chapter: Chapter, weights: str, factor: float) -> Chapter:
    """The chapter with every price of open, or of closed, models times a factor."""
    mine = pl.col("weights") == weights
    for kind in ("input", "output"):
        chapter = chapter.edit("api_prices", scale(f"usd_per_million_{kind}", factor, mine))
    return chapter


def cost(chapter: Chapter, basis: str, run: str = "deepseek-v3") -> dict[str, Any]:
    return chapter.tables["cost_training"].filter(run=run, basis=basis).row(0, named=True)


def arithmetic(chapter: Chapter) -> dict[str, Any]:
    return chapter.tables["cost_compute"].row(by_predicate=V3, named=True)


def served(chapter: Chapter, model: str = "deepseek-ai/DeepSeek-V3") -> dict[str, Any]:
    return chapter.tables["cost_inference"].filter(pl.col("is_latest"), model=model).row(0, named=True)


def ratio(chapter: Chapter, basis: str) -> dict[str, Any]:
    return chapter.tables["cost_ratios"].filter(basis=basis).row(0, named=True)


def times_as_dear(chapter: Chapter) -> float:
    """The median closed model over the median open one."""
    gap = values.gap(chapter.tables["cost_inference"])
    return gap["closed"] / gap["open"]


def drawn(figure: Figure | Absent) -> Any:
    """What a figure draws, before it is drawn, which takes longer."""
    assert isinstance(figure, Figure)
    return figure.draw(BODY).to_dict()


def all_differ(one: Chapter, other: Chapter, *keys: str) -> bool:
    return all(one.text(key) != other.text(key) for key in keys)


# ------------------------------------------------------------------------------------ the run, rented


def test_doubled_rents_double_rental_costs_and_halve_the_ratio(chapter: Chapter):
    doubled = chapter.edit("accelerator_prices", scale("usd_per_hour", 2))
    for end in ("low", "median", "high"):
        key = f"cost.deepseek-v3.rental.usd_{end}"
        assert doubled.fact(key) == pytest.approx(2 * chapter.fact(key))
    assert doubled.fact("cost_ratio.rental.ratio_low") == pytest.approx(chapter.fact("cost_ratio.rental.ratio_low") / 2)
    assert all_differ(chapter, doubled, "cost.run.title", "cost.run.sentence", "cost.run.ratio")


def test_the_title_leads_with_the_authors_the_median_rent_and_the_cluster(chapter: Chapter):
    assert re.fullmatch(
        r"DeepSeek-V3’s final run: \$5\.6 million at its authors’ price, \$\S+ million at the median rent, "
        r"\$69 to \$96 million to buy its cluster",
        chapter.text("cost.run.title"),
    )
    assert "the true cost may lie outside these two" in chapter.text("cost.run.sentence")


def test_a_run_whose_authors_state_no_cost_is_set_against_none(chapter: Chapter):
    silent = chapter.edit("training_runs", without("usd_stated"))
    assert "authors" not in silent.text("cost.run.title")
    assert "authors" not in silent.text("cost.run.sentence")


def test_a_run_without_prices_has_no_cost(chapter: Chapter):
    unpriced = chapter.edit("accelerator_prices", lambda rows: rows.head(0))
    assert "median rent" not in unpriced.text("cost.run.title")
    silent = unpriced.edit("training_runs", without("usd_stated"))
    assert silent.text("cost.run.title") == "The cost of DeepSeek-V3 cannot be computed"
    assert unpriced.text("cost.run.sentence").startswith("DeepSeek-V3 has no accelerator-hours with dated prices")


def test_a_run_without_hours_has_no_cost_on_any_computed_basis(chapter: Chapter):
    idle = chapter.edit("training_runs", without("accelerator_hours"))
    assert idle.tables["cost_rents"].is_empty()
    assert idle.text("cost.run.title").startswith("DeepSeek-V3’s final run: $5.6 million at its authors’ price, $69")
    assert idle.text("cost.owner.title") == "What DeepSeek-V3 cost an owner cannot be computed"
    assert idle.text("cost.owner.figure") == "DeepSeek-V3’s final run: $5.6 million stated"


def test_another_run_takes_its_name_into_every_sentence(chapter: Chapter):
    llama = chapter.comparing("llama-3.1-405b")
    for key in ("cost.run.title", "cost.run.sentence", "cost.run.ratio", "cost.owner.sentence", "cost.owner.figure"):
        assert "Llama 3.1 405B" in llama.text(key)
        assert "DeepSeek" not in llama.text(key)
    assert llama.text("cost.deepseek-v3.rental.usd_median") == chapter.text("cost.deepseek-v3.rental.usd_median")


# --------------------------------------------------------------------------------------- GPT-4 over it


@pytest.mark.parametrize(("factor", "bases"), [(10, "all three"), (0.1, "none of three")])
def test_gpt4s_published_cost_decides_on_how_many_bases_ten_times_is_reached(
    factor: float, bases: str, chapter: Chapter
):
    moved = chapter.edit("cost_estimates", scale("usd", factor, pl.col("model") == "GPT-4"))
    assert f"is reached on {bases} of these bases" in moved.text("cost.run.ratio")
    assert all_differ(chapter, moved, "cost.ratio.title", "cost.run.ratio")


def test_a_most_expensive_offer_moves_no_headline(chapter: Chapter):
    """A range of list prices is no interval: without its ends the titles say the same."""
    rents = chapter.frames["accelerator_prices"]
    more_expensive = rents.with_columns(
        pl.when(pl.col("usd_per_hour") == 12.29).then(24.0).otherwise("usd_per_hour").alias("usd_per_hour")
    )
    moved = chapter.edit("accelerator_prices", lambda _: more_expensive)
    assert cost(moved, "rental")["usd_high"] > cost(chapter, "rental")["usd_high"]
    for key in ("cost.run.title", "cost.ratio.title"):
        assert moved.text(key) == chapter.text(key)


def test_bases_known_for_both_are_named_one_after_the_other(chapter: Chapter):
    both = chapter.text("cost.run.ratio")
    assert " times the cost of DeepSeek-V3 as rental (" in both
    assert " times that of DeepSeek-V3 as hardware bought (" in both
    assert " times that of DeepSeek-V3 as amortised hardware and energy (" in both
    one = keep((pl.col("model") != "GPT-4") | (pl.col("basis") == "rental"))
    assert "amortised" not in chapter.edit("cost_estimates", one).text("cost.run.ratio")
    none = chapter.edit("cost_estimates", keep(pl.col("model") != "GPT-4"))
    assert none.text("cost.ratio.title") == "No ratio can be given"
    assert none.text("cost.run.ratio").startswith("No published cost of GPT-4 stands on a basis")


# --------------------------------------------------------------------------------------- the run, owned


def test_servers_at_half_price_and_no_energy_halve_the_owners_cost(chapter: Chapter):
    half = chapter.edit("hardware_prices", scale("usd_per_accelerator", 0.5))
    for end in ("low", "middle", "high"):
        half = half.edit("assumptions", scale(end, 0.5, pl.col("assumption") == "usd_per_kwh"))
    for end in ("low", "median", "high"):
        assert cost(half, "amortised")[f"usd_{end}"] == pytest.approx(cost(chapter, "amortised")[f"usd_{end}"] / 2)
        assert cost(half, "rental")[f"usd_{end}"] == cost(chapter, "rental")[f"usd_{end}"]
    assert ratio(half, "amortised")["ratio_low"] == pytest.approx(2 * ratio(chapter, "amortised")["ratio_low"])
    assert all_differ(chapter, half, "cost.owner.title", "cost.owner.sentence", "cost.owner.purchase", "cost.run.ratio")
    before, after = (accounting.cost_bases(c.tables["cost_bases"], c.facts) for c in (chapter, half))
    assert drawn(before) != drawn(after)


def test_a_lifetime_three_times_as_short_turns_the_sentence_round(chapter: Chapter):
    assert "below the median rent" in chapter.text("cost.owner.sentence")
    short = chapter.edit("assumptions", assume("lifetime_years", 0.5, 0.7, 1)).text("cost.owner.sentence")
    assert "about the median rent" in short or "above the median rent" in short
    assert "0.5 to 1 years" in short


def test_hours_move_rental_amortised_and_utilisation_together(chapter: Chapter):
    longer = chapter.edit("training_runs", scale("accelerator_hours", 10, V3 & (pl.col("stage") == "pre-training")))
    for basis in ("rental", "amortised"):
        times = cost(longer, basis)["usd_median"] / cost(chapter, basis)["usd_median"]
        assert times == pytest.approx(26_764_000 / 2_788_000)
    assert arithmetic(longer)["utilisation"] == pytest.approx(arithmetic(chapter)["utilisation"] / 10)
    assert arithmetic(longer)["plausible"] == "below"
    assert longer.text("cost.compute.heading").endswith("too little to be plausible")
    assert "DeepSeek-V3 (" in longer.text("cost.compute.odd")
    assert all_differ(chapter, longer, "cost.run.ratio", "cost.run.title", "cost.compute.sentence")


def test_a_cluster_of_unknown_size_has_no_price(chapter: Chapter):
    unknown = chapter.edit("training_runs", without("accelerators"))
    assert unknown.text("cost.owner.purchase").startswith("The size of its cluster is not stated")


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (0, "Every registered item is counted."),
        (1, r"Neither rental nor amortised cost counts [^,]+\."),
        (2, r"Neither rental nor amortised cost counts [^,]+ or [^,]+\."),
        (3, r"Neither rental nor amortised cost counts [^,]+, [^,]+ or [^,]+\."),
    ],
)
def test_items_that_no_basis_counts_are_named(items: int, expected: str, chapter: Chapter):
    out = ~(pl.col("rental") & pl.col("amortised"))
    some = chapter.edit("cost_items", lambda rows: rows.sort("order").filter(out).head(items))
    assert re.fullmatch(expected, some.text("cost.left_out.sentence"))


# ------------------------------------------------------------------------------------------- arithmetic


def test_doubled_tokens_double_the_arithmetic_and_break_the_fit(chapter: Chapter):
    doubled = chapter.edit("training_runs", scale("tokens", 2))
    assert arithmetic(doubled)["utilisation"] == pytest.approx(2 * arithmetic(chapter)["utilisation"])
    assert (arithmetic(chapter)["plausible"], arithmetic(doubled)["plausible"]) == ("within", "above")
    assert "so this share is inside. At" in chapter.text("cost.compute.sentence")
    assert "so this share is above all of them. At" in doubled.text("cost.compute.sentence")
    assert doubled.text("cost.compute.heading").endswith("too much to be plausible")
    assert all_differ(chapter, doubled, "cost.compute.title", "cost.compute.odd")
    assert cost(doubled, "rental")["usd_low"] == cost(chapter, "rental")["usd_low"]


def test_without_tokens_no_run_is_set_against_arithmetic(chapter: Chapter):
    silent = chapter.edit("training_runs", without("tokens"))
    assert silent.text("cost.compute.title") == silent.text("cost.compute.heading") == "No run states hours and tokens"
    assert silent.text("cost.compute.sentence").startswith("The run deepseek-v3 states no tokens")
    assert silent.text("cost.compute.odd").startswith("No run lies outside the published ")


# ----------------------------------------------------------------------------------- prices and serving


def test_a_cheaper_api_turns_price_below_cost(chapter: Chapter):
    cheap = api(chapter, "open", 0.01)
    assert values.serving(chapter.tables["cost_inference"])["more_expensive"] > 0
    assert not chapter.text("cost.serving.title").startswith("None of")
    assert cheap.text("cost.serving.title").startswith("None of")
    assert times_as_dear(cheap) == pytest.approx(100 * times_as_dear(chapter))
    assert served(cheap)["cost_blended_median"] == served(chapter)["cost_blended_median"], "a price is no cost"
    keys = ("price.gap.title", "price.gap.sentence", "price.peers.sentence", "cost.serving.sentence")
    assert all_differ(chapter, cheap, *keys)


def test_closed_models_at_a_hundredth_turn_the_gap_round(chapter: Chapter):
    cheap = api(chapter, "closed", 0.01)
    assert chapter.text("price.gap.title").startswith("The median closed model charges")
    assert cheap.text("price.gap.title").startswith("The median open model charges")
    assert times_as_dear(cheap) == pytest.approx(times_as_dear(chapter) / 100)


@pytest.mark.parametrize("weights", ["open", "closed"])
def test_one_kind_of_model_alone_is_compared_with_nothing(weights: str, chapter: Chapter):
    alone = chapter.edit("api_prices", keep(pl.col("weights") == weights))
    assert alone.text("price.gap.title") == "Open and closed models cannot be compared by price"
    assert alone.text("price.peers.title") == "No open model is set beside a closed one"
    if weights == "closed":
        assert alone.text("cost.serving.title") == "No open model has a price and a rental cost"
        assert alone.text("price.size.title").startswith("Too few open models")
        assert alone.text("cost.sparse.sentence").startswith("No mixture of experts")
        assert alone.text("cost.serving.check").startswith("No maker’s own figures")


def test_doubled_rents_double_what_serving_costs_and_leave_prices(chapter: Chapter):
    doubled = chapter.edit("accelerator_prices", scale("usd_per_hour", 2))
    before, after = chapter.tables["cost_inference"], doubled.tables["cost_inference"]
    assert after["price_blended"].equals(before["price_blended"])
    times = (after["cost_blended_median"] / before["cost_blended_median"]).drop_nulls()
    assert times.len() > 15
    assert (times - 2).abs().max() < 1e-9  # type: ignore[operator]
    assert doubled.fact("cost.serving.middle") == pytest.approx(2 * chapter.fact("cost.serving.middle"))
    assert values.serving(after)["more_expensive"] < values.serving(before)["more_expensive"]
    assert all_differ(chapter, doubled, "cost.serving.title", "cost.serving.sentence")
    one, other = (serving.price_and_rent(c.tables["cost_inference"], c.facts) for c in (chapter, doubled))
    assert drawn(one) != drawn(other)


def test_small_batches_make_serving_dear(chapter: Chapter):
    alone = chapter.edit("assumptions", assume("serving_batch", 1, 1, 1))
    assert served(alone)["cost_blended_median"] > 5 * served(chapter)["cost_blended_median"]
    several, fewer = (values.serving(c.tables["cost_inference"])["more_expensive"] for c in (chapter, alone))
    assert fewer < several
    assert all_differ(chapter, alone, "cost.serving.title", "cost.sparse.sentence", "cost.serving.check")
    assert "is slower than that." in alone.text("cost.serving.check")


@pytest.mark.parametrize(
    ("factor", "expected"), [(0.1, "faster than"), (0.95, "about as fast as"), (10, "slower than")]
)
def test_the_check_says_how_our_speed_compares_with_the_makers(factor: float, expected: str, chapter: Chapter):
    speed = scale("output_tokens_per_second_and_accelerator", factor)
    assert f", is {expected} that." in chapter.edit("serving_reports", speed).text("cost.serving.check")


def test_dense_models_activate_everything_so_no_mixture_is_told_of(chapter: Chapter):
    dense = pl.col("parameters_text")
    full = chapter.edit("moe", lambda rows: rows.with_columns(parameters_active_without_input_embedding=dense))
    assert full.text("cost.sparse.sentence") == "No mixture of experts has a price and a rental cost here."
    assert "times as much to serve as each of" in chapter.text("cost.sparse.sentence")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (1, "An open model’s price rises with its activated parameters"),
        (-1, "An open model’s price falls with its activated parameters"),
    ],
)
def test_the_title_says_how_price_goes_with_size(order: int, expected: str, chapter: Chapter):
    size = chapter.tables["cost_inference"].select("model", "date", size=order * pl.col("parameters_active"))
    rank = pl.col("size").rank().fill_null(1.0)

    def by_size(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(size, on=["model", "date"], how="left").with_columns(usd_per_million_output=rank)

    assert chapter.edit("api_prices", by_size).text("price.size.title") == expected


# ------------------------------------------------------------------------------------------- the wiring


def test_the_stage_writes_what_follows_from_its_register(report: Report, chapter: Chapter):
    report.build("cost")
    for name, frame in chapter.tables.items():
        assert report.table(name).equals(frame), name
    assert tables.read_json(report.paths.out / "cost" / "facts.json") == json.loads(json.dumps(chapter.facts))


def test_every_sentence_that_is_written_is_a_fact(chapter: Chapter):
    assert set(facts.SENTENCES) <= chapter.facts.keys()


def test_a_writer_changes_a_sentence_in_one_file(chapter: Chapter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    text = Path(facts.__file__).with_name("sentences.yaml").read_text(encoding="utf-8")
    copy = tmp_path / "sentences.yaml"
    copy.write_text(text.replace("’s final run would rent for", ", rented for its final run, takes"), "utf-8")
    monkeypatch.setattr(facts, "SENTENCES", templates.read(copy))
    expected = replace(chapter).text("cost.run.title")
    assert expected == chapter.text("cost.run.title").replace(
        "’s final run would rent for", ", rented for its final run, takes"
    )


def test_a_name_with_braces_is_printed_as_it_is(chapter: Chapter):
    odd = chapter.edit("training_runs", lambda rows: rows.with_columns(label=pl.lit("{{ 6 * 7 }} <b>")))
    assert odd.text("cost.run.title").startswith("{{ 6 * 7 }} <b>’s final run: $5.6 million")
