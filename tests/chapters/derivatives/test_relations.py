"""What others counted by relation and by base: the register's rows, and the sentences that follow from them."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.base.params import Params
from pipeline.chapters.derivatives import facts_relations, facts_steps, relations
from pipeline.charts.derivatives import relations as charts
from pipeline.charts.kit.figure import Figure
from tests.conftest import Report
from tests.counting.memory import REGISTER, settings

KNOWN = register.load("published_relations", REGISTER)
FAMILIES = register.load("families", REGISTER)


def asked(subject: str, reference: str, **more: Any) -> Params:
    return settings(report={"subject": subject, "reference": reference, **more})


def texts(known: pl.DataFrame, params: Params) -> dict[str, str]:
    ratios = relations.ratios(known, FAMILIES, params)
    found = facts_relations.relation_facts(relations.by_relation(known), ratios)
    found |= facts_steps.step_facts(relations.steps(known, FAMILIES, params))
    return {key: fact["text"] for key, fact in found.items()}


def ratio(known: pl.DataFrame, params: Params, relation: str, against: str) -> float:
    rows = relations.ratios(known, FAMILIES, params).filter(relation=relation, against=against)
    return round(rows["ratio"].item(), 2)


def test_the_parts_of_every_row_are_its_total() -> None:
    assert KNOWN.height == 20
    assert KNOWN.filter(pl.sum_horizontal(relations.PARTS) != pl.col("derivatives")).is_empty()


@pytest.mark.parametrize(
    ("relation", "line", "whole", "third"),
    [
        ("all", 3.47, 2.54, 1.80),
        ("adapter", 7.13, 6.35, 2.43),
        ("without_adapters", 1.57, 1.06, 1.12),
        ("finetune", 1.37, 0.87, 0.89),
        ("quantized", 2.66, 2.37, 3.00),
    ],
)
def test_qwen_against_meta_meta_with_facebook_and_google(
    relation: str, line: float, whole: float, third: float
) -> None:
    params = asked("Qwen", "Llama")
    assert [ratio(KNOWN, params, relation, kind) for kind in ("line", "whole", "third")] == [line, whole, third]


def test_adapters_are_seven_in_ten_and_nearly_all_of_the_surplus() -> None:
    found = texts(KNOWN, asked("Qwen", "Llama"))
    assert "70% of what is built on Qwen, 34% of what is built on Meta without facebook" in found["published.adapters"]
    assert "about spring 2026" in found["published.adapters"]
    assert "97% are adapters" in found["published.surplus"]
    assert (
        "Meta with facebook has 33,112, Google has 32,433, Qwen has 28,908 and Meta without facebook has 21,056"
        in found["published.ratios"]
    )


def test_the_sentences_turn_round_with_the_roles() -> None:
    found = texts(KNOWN, asked("Llama", "Qwen"))
    assert found["published.ratios.title"].startswith("With adapters Qwen has 3.5 times as many derivatives as Meta")
    assert (
        "Adapters are 34% of what is built on Meta without facebook, 70% of what is built on Qwen"
        in found["published.adapters"]
    )


def test_a_table_and_a_ratio_that_leave_the_reference_other_counts_do_not_agree(sample: Report) -> None:
    found = sample.text("published.agreement")
    assert "38,818 for Meta without facebook, about spring 2026" in found
    assert "give Llama some 32,000. The two differ" in found


def test_fewer_adapters_in_the_table_turn_the_finding() -> None:
    without = pl.col("adapter") // 100
    known = KNOWN.with_columns(
        adapter=pl.when(name="Qwen").then(without).otherwise("adapter"),
        derivatives=pl.when(name="Qwen")
        .then(pl.col("derivatives") - pl.col("adapter") + without)
        .otherwise("derivatives"),
    )
    found = texts(known, asked("Qwen", "Llama"))
    assert found["published.ratios.title"].startswith("With adapters Meta with facebook has 1.3 times as many")
    assert "70%" not in found["published.adapters"]


@pytest.mark.parametrize(
    ("subject", "reference", "grouping"),
    [("Gemma", "Mistral", "family"), ("Alibaba", "Meta", "organisation"), ("DeepSeek", "Llama", "family")],
)
def test_other_pairs_are_compared_too(subject: str, reference: str, grouping: str) -> None:
    found = texts(KNOWN, asked(subject, reference, grouping=grouping))
    assert not any("None" in text or text == f"{facts_relations.GAP}." for text in found.values())


def test_without_both_there_is_no_comparison(sample: Report) -> None:
    params = asked("Yi", "Llama")
    assert relations.ratios(KNOWN, FAMILIES, params).is_empty()
    found = texts(KNOWN, params)
    assert set(found.values()) == {f"{facts_relations.GAP}.", words.NOT_HERE}


def test_two_families_of_one_maker_are_not_compared() -> None:
    assert relations.ratios(KNOWN, FAMILIES, asked("Qwen", "Wan")).is_empty()


@pytest.mark.parametrize(
    ("day", "precision", "text"),
    [
        (date(2026, 8, 14), "day", "14 August 2026"),
        (date(2026, 8, 14), "month", "in August 2026"),
        (date(2026, 5, 1), "season", "about spring 2026"),
        (date(2026, 12, 1), "season", "about winter 2026"),
        (date(2026, 8, 14), "year", "in 2026"),
    ],
)
def test_a_day_is_said_as_exactly_as_it_is_known(day: date, precision: str, text: str) -> None:
    assert facts_relations.about(day, precision) == text


def test_two_small_models_hold_two_fifths_of_the_subjects_derivatives(sample: Report) -> None:
    text = sample.text("published.bases")
    assert "63,160" in text
    assert "about 42% of the 151,448" in text
    assert "estimate" in text
    assert sample.text("published.bases.title") == "Three of the ten most built-on models are Qwen’s"


def test_bases_of_another_family_turn_the_title(sample: Report) -> None:
    table = sample.table("published_by_base")
    found = facts_relations.base_facts(table, sample.table("published_counts"), "Gemma", "Mistral")
    assert found["published.bases.title"]["text"] == "Two of the ten most built-on models are Gemma’s"
    assert found["published.bases.share"]["value"] is None
    none = facts_relations.base_facts(table, sample.table("published_counts"), "Mistral", "Llama")
    assert none["published.bases.title"]["text"] == "None of the ten most built-on models are Mistral’s"


def test_the_figures_say_what_the_facts_say(sample: Report) -> None:
    facts: PageFacts = sample.facts()
    shares = charts.shares(sample.table("published_by_relation"), facts)
    ratios = charts.ratios(sample.table("published_ratios"), FAMILIES, facts)
    bases = charts.bases(sample.table("published_by_base"), FAMILIES, facts)
    for figure in (shares, ratios, bases):
        assert isinstance(figure, Figure)
        assert "published, not recomputed here" in figure.source
    assert isinstance(ratios, Figure)
    assert set(ratios.table["other"]) == {"Meta without facebook", "Meta with facebook", "Google"}


def test_nothing_published_after_the_snapshot_is_quoted(sample: Report) -> None:
    last = date.fromisoformat(sample.fact("snapshot.date"))
    assert (sample.table("published_by_relation")["as_of"] <= last).all()
