"""What the chapter on cost may quote: its sentences, and the few numbers that a page or an edition quotes alone.

A sentence is edited in `sentences.yaml`, where each stands under the key that pages quote. The values in it (hours,
dollars, which side of the stated cost they lie) is worked out in `values.py`, so an altered price, hour or assumption
turns the sentence with the number. Here the two meet: which sentence takes which values, from which table.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.base import templates, words
from pipeline.base.facts import Fact, Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.cost import assumptions, values
from pipeline.chapters.cost.arithmetic import FLOPS_PER_PARAMETER_AND_TOKEN

SENTENCES = templates.read(Path(__file__).with_name("sentences.yaml"))

TRAINING, RATIOS, BASES = (f"data/out/cost/{name}.parquet" for name in ("cost_training", "cost_ratios", "cost_bases"))
COMPUTE, INFERENCE, PEERS = (
    f"data/out/cost/{name}.parquet" for name in ("cost_compute", "cost_inference", "price_peers")
)
ASSUMPTIONS, REPORTS = (f"pipeline/register/cost/{name}.csv" for name in ("assumptions", "serving_reports"))

ESSAYS_RUN = "deepseek-v3"
"""The run that the essay is about: its numbers are quoted by name, whatever run the report compares."""


def facts(out: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    run = params.cost.compared_run
    costs, ratios, prices = out["cost_training"], out["cost_ratios"], out["cost_inference"]
    assumed = assumptions.read(out["register/assumptions"])
    return (
        of_params(params)
        | of_training(costs, ratios, out["cost_bases"], assumed, run)
        | of_arithmetic(out["cost_compute"], run)
        | of_prices(prices, out["price_peers"], assumed)
        | of_serving(prices, out["register/serving_reports"])
        | run_numbers(costs, {run, ESSAYS_RUN})
        | ratio_numbers(ratios)
    )


def of_params(params: Params) -> Facts:
    """What the chapter was asked."""
    windows = {
        "cost.price_window": params.cost.price_window_months,
        "cost.hardware_window": params.cost.hardware_window_months,
    }
    months = {key: fact(n, f"{words.word(n)} months", "params.yaml", "months") for key, n in windows.items()}
    return months | {"cost.compared_run": sentence(params.cost.compared_run, "params.yaml")}


# --------------------------------------------------------------------------------------- sentences


def of_training(
    costs: pl.DataFrame, ratios: pl.DataFrame, bases: pl.DataFrame, assumed: assumptions.Assumptions, run: str
) -> Facts:
    """What the run of the report cost on every basis, and how many times that GPT-4 did."""
    name = sentence(values.label(costs, run), TRAINING)
    rented, compared = values.rented(costs, run), values.compared(costs, ratios, run)
    owned, every = values.owned(costs, assumed, run), values.on_every_basis(costs, bases, run)
    return (
        {"cost.run.name": name}
        | SENTENCES.facts(TRAINING, rented, "cost.run.sentence")
        | SENTENCES.facts(BASES, values.in_title(costs, bases, run), "cost.run.title")
        | SENTENCES.facts(RATIOS, compared, "cost.ratio.title", "cost.run.ratio")
        | SENTENCES.facts(TRAINING, owned, "cost.owner.title", "cost.owner.sentence")
        | SENTENCES.facts(BASES, every, "cost.owner.figure", "cost.owner.purchase", "cost.left_out.sentence")
    )


def of_arithmetic(compute: pl.DataFrame, run: str) -> Facts:
    """Whether stated hours fit the arithmetic."""
    sentences = SENTENCES.facts(
        COMPUTE,
        values.arithmetic(compute, run),
        "cost.compute.published",
        "cost.compute.title",
        "cost.compute.heading",
        "cost.compute.sentence",
        "cost.compute.odd",
        "cost.compute.missing",
    )
    factor, source = FLOPS_PER_PARAMETER_AND_TOKEN, "pipeline/chapters/cost/arithmetic.py"
    return sentences | {"cost.compute.factor": fact(factor, words.word(factor), source, "FLOPs")}


def of_prices(prices: pl.DataFrame, pairs: pl.DataFrame, assumed: assumptions.Assumptions) -> Facts:
    """What APIs ask, for open and closed models, and how that moved."""
    blend = {"parts": assumed["input_per_output_token"].middle}
    size = values.by_size(prices)
    first, last = prices["date"].min(), prices["date"].max()
    sold = prices.filter("is_latest").height
    return (
        SENTENCES.facts(ASSUMPTIONS, blend, "price.blend")
        | SENTENCES.facts(INFERENCE, values.gap(prices), "price.gap.title", "price.gap.sentence")
        | SENTENCES.facts(INFERENCE, values.moves(prices), "price.moves.sentence")
        | SENTENCES.facts(INFERENCE, size, "price.size.title", "price.size.figure")
        | SENTENCES.facts(PEERS, values.peers(pairs), "price.peers.title", "price.peers.sentence")
        | {
            "price.first_date": fact(first, words.day(first), INFERENCE),  # type: ignore[arg-type]
            "price.last_date": fact(last, words.day(last), INFERENCE),  # type: ignore[arg-type]
            "price.models": fact(sold, words.number(sold), INFERENCE, "models"),
            "price.size.models": fact(size["models"], words.word_or_none(size["models"]), INFERENCE, "models"),
            "price.size.rank": _fact(size["rank"], lambda rank: f"{rank:.2f}", INFERENCE),
        }
    )


def of_serving(prices: pl.DataFrame, reports: pl.DataFrame) -> Facts:
    """What renting accelerators to serve a model costs, against prices, reports and dense models."""
    rented = values.serving(prices)
    middle = fact(rented["middle"], words.price(rented["middle"] or 0), INFERENCE, "USD per million tokens")
    return (
        SENTENCES.facts(INFERENCE, rented, "cost.serving.heading", "cost.serving.title", "cost.serving.sentence")
        | SENTENCES.facts(REPORTS, values.reported(prices, reports), "cost.serving.check")
        | SENTENCES.facts(INFERENCE, values.sparse(prices), "cost.sparse.sentence")
        | {"cost.serving.middle": middle}
    )


# ----------------------------------------------------------------------------------------- numbers


def run_numbers(costs: pl.DataFrame, runs: set[str]) -> Facts:
    """Hours and dollars of single runs, `cost.<run>.<basis>.<what>`."""
    facts: Facts = {}
    for row in costs.filter(pl.col("run").is_in(sorted(runs))).iter_rows(named=True):
        key = f"cost.{row['run']}.{row['basis']}"
        for end in _DOLLARS.get(row["basis"], ()):
            facts[f"{key}.{end}"] = _fact(row[end], words.dollars, TRAINING, "USD")
    return facts


_DOLLARS = {"rental": ("usd_low", "usd_median", "usd_high", "usd_stated"), "amortised": ("usd_low", "usd_high")}
"""Dollars that are quoted, by basis."""


def ratio_numbers(ratios: pl.DataFrame) -> Facts:
    """Ends of the ratio on the bases that are quoted, and the published costs that they begin with."""
    facts: Facts = {}
    for row in ratios.iter_rows(named=True):
        key = f"cost_ratio.{row['basis']}"
        facts[f"{key}.numerator_usd"] = _fact(row["numerator_usd"], lambda n: words.dollars(n, 3), RATIOS, "USD")
        for end in _ENDS.get(row["basis"], ()):
            facts[f"{key}.{end}"] = _fact(row[end], words.times, RATIOS, "times")
        if row["basis"] == "amortised":
            facts[f"{key}.why"] = sentence(row["why"], RATIOS)
    return facts


_ENDS = {"rental": ("ratio_low", "ratio_high")}
"""Ends of a ratio that are quoted, by basis."""


def _fact(value: Any, in_words: Callable[[Any], str], source: str, unit: str | None = None) -> Fact:
    """A number with its words, where there is one."""
    return fact(value, "" if value is None else in_words(value), source, unit)
