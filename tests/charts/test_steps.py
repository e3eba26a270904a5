"""Where the lead sits: the steps add up to it, the title follows from them, and the figure draws the table."""

import polars as pl
import pytest

from pipeline import register
from pipeline.base.facts import PageFacts, sentence
from pipeline.base.params import Params
from pipeline.chapters.derivatives import facts_steps, relations
from pipeline.charts.derivatives.steps import placed, signed, steps
from pipeline.charts.kit.figure import Absent, Figure
from tests.charts.drawn import faults
from tests.counting.memory import REGISTER, settings

KNOWN = register.load("published_relations", REGISTER)
FAMILIES = register.load("families", REGISTER)


def asked(subject: str, reference: str) -> Params:
    return settings(report={"subject": subject, "reference": reference})


def table(*pair: str, known: pl.DataFrame = KNOWN) -> pl.DataFrame:
    return relations.steps(known, FAMILIES, asked(*pair))


def title(*pair: str, known: pl.DataFrame = KNOWN) -> str:
    return facts_steps.step_facts(table(*pair, known=known))["published.surplus.title"]["text"]


def figure(*pair: str) -> Figure | Absent:
    found = table(*pair)
    given = dict(zip(("report.subject", "report.reference"), pair, strict=True))
    facts = {key: sentence(text, "x") for key, text in given.items()} | facts_steps.step_facts(found)
    return steps(found, FAMILIES, PageFacts(facts))


@pytest.mark.parametrize("pair", [("Qwen", "Llama"), ("Llama", "Qwen"), ("Gemma", "Mistral"), ("DeepSeek", "Phi")])
def test_the_steps_lead_from_one_total_to_the_other(pair: tuple[str, str]) -> None:
    for _, rows in table(*pair).group_by("against"):
        first = rows.row(0, named=True)
        assert first["other_total"] + rows["difference"].sum() == first["subject_total"]
        assert rows["share"].sum() == pytest.approx(1)
    bars = placed(facts_steps.quoted(table(*pair)))
    assert bars["end"][-2] == bars["high"][-1]
    assert (bars["low"] <= bars["high"]).all()


def test_adapters_make_nearly_all_of_the_lead_over_the_whole_and_less_of_that_over_the_namespaces_of_llama() -> None:
    assert title("Qwen", "Llama") == "Adapters make 97% of Qwen’s lead over Meta with facebook"
    text = facts_steps.step_facts(table("Qwen", "Llama"))["published.surplus"]["text"]
    assert "Meta with facebook has 4,204 more fine-tunes." in text
    assert text.endswith("Qwen is ahead of Meta without facebook by 95,735, of which 85% are adapters.")


def test_the_leader_is_named_whichever_of_both_is_the_subject() -> None:
    assert title("Llama", "Qwen") == "Adapters make 85% of Qwen’s lead over Meta without facebook"


def without_adapters_of(*names: str) -> pl.DataFrame:
    left = pl.when(pl.col("name").is_in(names)).then(0).otherwise("adapter")
    return KNOWN.with_columns(adapter=left, derivatives=pl.col("derivatives") - pl.col("adapter") + left)


def test_another_leader_or_another_relation_turns_the_title() -> None:
    known = without_adapters_of("Qwen")
    assert title("Qwen", "Llama", known=known) == "Adapters make all of Meta with facebook’s lead over Qwen"
    known = without_adapters_of("google", "mistralai")
    assert title("Gemma", "Mistral", known=known) == "Fine-tunes make 99% of Google’s lead over Mistral AI"


def test_where_both_have_as_many_there_is_no_lead_to_divide() -> None:
    level = KNOWN.with_columns(derivatives=100, adapter=60, finetune=40, quantized=0, other=0)
    found = facts_steps.step_facts(table("Gemma", "Mistral", known=level.filter(pl.col("name") != "google-t5")))
    assert found["published.surplus.title"]["text"].endswith("have as many derivatives")
    assert "no lead to divide" in found["published.surplus"]["text"]


def test_without_both_there_is_no_figure() -> None:
    assert isinstance(figure("Yi", "Llama"), Absent)


@pytest.mark.parametrize("pair", [("Qwen", "Llama"), ("Mistral", "Gemma")])
def test_the_figure_draws_every_step_in_its_column(pair: tuple[str, str]) -> None:
    drawn = figure(*pair)
    assert isinstance(drawn, Figure)
    rows = facts_steps.quoted(table(*pair)).filter(pl.col("subject_count") + pl.col("other_count") > 0)
    for view, spec in drawn.specs.items():
        drawing = drawn.svg_of(view, spec)
        assert not faults(drawing)
        assert all(signed(row["difference"]) in drawing for row in rows.iter_rows(named=True))
        ranks = dict(FAMILIES.select("family", "rank").iter_rows())
        assert all(f"var(--family-{ranks[name]})" in drawing for name in pair)


def test_fewer_of_a_relation_is_a_step_down() -> None:
    bars = placed(facts_steps.quoted(table("Qwen", "Llama"))).rows(named=True)
    fine_tunes = next(bar for bar in bars if bar["role"] == "finetune")
    assert fine_tunes["value"] == "−4,204"
    assert fine_tunes["end"] == fine_tunes["low"]
