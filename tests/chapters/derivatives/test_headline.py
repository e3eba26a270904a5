"""The headline speaks of whom params.yaml names, by the rule it names, in the direction that the counts give."""

import re

import polars as pl
import pytest

from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.derivatives.facts import derivative_facts
from pipeline.counting.results import distinct
from tests.conftest import Report
from tests.counting.memory import SWAPPED, Hub, altered_hub, altered_register, settings

TITLE = re.compile(r"^(?P<more>[\w-]+) has [\d.]+ times as many derivatives as (?P<less>[\w-]+)(?P<turned>.*)$")
PLAIN = settings()


@pytest.fixture(scope="module")
def of_sample(sample: Report) -> Hub:
    return altered_hub(sample)


@pytest.fixture(scope="module")
def of_slice(hub_slice: Report) -> Hub:
    return altered_hub(hub_slice)


@pytest.fixture(scope="module")
def exchanged(sample: Report, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The counts of the sample, where all that is Qwen's is Llama's, and Llama's Qwen's."""
    return altered_hub(sample, directory=altered_register(tmp_path_factory.mktemp("register"), **SWAPPED)).counted(
        PLAIN
    )


def texts_of(found: Tables, params: Params = PLAIN) -> dict[str, str]:
    return {key.removeprefix("derivatives."): fact["text"] for key, fact in derivative_facts(found, params).items()}


def headline(found: Tables) -> dict[str, float]:
    """The two counts and their ratio."""
    return (
        found["ratios"]
        .filter("is_headline")
        .select("subject_derivatives", "reference_derivatives", "ratio")
        .row(0, named=True)
    )


def assert_title_follows_counts(found: Tables, params: Params) -> None:
    subject, reference = params.report.subject, params.report.reference
    key = found["ratios"].filter("is_headline")["definition"][0]
    counts = found["derivatives"].filter(pl.col("definition") == key)
    a, b = (counts.filter(pl.col("group") == name)["derivatives"].sum() for name in (subject, reference))
    words = texts_of(found, params)
    more, less = (subject, reference) if a > b else (reference, subject)
    title = TITLE.match(words["headline.title"])
    assert title, words["headline.title"]
    assert (title["more"], title["less"]) == (more, less)
    text = words["headline.sentence"]
    assert f"{subject} has {a:,.0f} derivatives in this snapshot and {reference} {b:,.0f}" in text
    assert f": {more} has" in text
    assert f"times as many as {less}." in text
    ratios = distinct(found["ratios"])["ratio"]
    agree, turned = ((ratios > 1 if one > other else ratios < 1).sum() for one, other in ((a, b), (b, a)))
    assert title["turned"] == (
        f" by this page’s rule, fewer by {turned} of {ratios.len()} results" if turned > agree else ""
    )
    if agree < ratios.len():
        assert text.endswith(f"{more} is ahead by {agree} of {ratios.len()} results in all.")
    assert words["headline.definition"] == key


# ---------------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize("rule", ["family.name", "family.declared_or_inferred.direct.all", "family.shape.uploaders"])
def test_another_headline_definition_changes_numbers_and_words(rule: str, of_sample: Hub, sample: Report) -> None:
    params = settings(derivatives={"headline": [rule]})
    found = of_sample.counted(params)
    assert_title_follows_counts(found, params)
    words = texts_of(found, params)
    assert words["headline.definition"] == rule
    assert words["headline.sentence"] != sample.text("derivatives.headline.sentence")
    assert words["headline.meaning"] != sample.text("derivatives.headline.meaning") or rule.startswith("family.shape")
    drawn_anew = ["is_headline", "result"]
    assert found["ratios"].drop(drawn_anew).equals(sample.table("ratios").drop(drawn_anew))


@pytest.mark.parametrize(("subject", "reference"), [("Llama", "Qwen"), ("Gemma", "Llama"), ("Mistral", "Gemma")])
def test_another_pair_is_compared_in_the_direction_of_its_counts(subject: str, reference: str, of_sample: Hub) -> None:
    params = settings(report={"subject": subject, "reference": reference})
    assert_title_follows_counts(of_sample.counted(params), params)


def test_by_name_the_verb_turns_round_on_the_real_slice(of_slice: Hub) -> None:
    declared, named = PLAIN, settings(derivatives={"headline": ["family.name"]})
    before, after = of_slice.counted(declared), of_slice.counted(named)
    assert_title_follows_counts(before, declared)
    assert_title_follows_counts(after, named)
    assert texts_of(before)["headline.title"].startswith("Qwen has")
    assert texts_of(after, named)["headline.title"].startswith("Llama has")


def test_organisations_are_compared_by_their_own_names(of_sample: Hub) -> None:
    params = settings(report={"subject": "Alibaba", "reference": "Meta", "grouping": "organisation"})
    found = of_sample.counted(params)
    assert_title_follows_counts(found, params)
    assert texts_of(found, params)["headline.definition"] == "organisation.shape", "the headline’s rules follow"


def test_shared_credit_as_headline_is_not_split_over_bases(of_slice: Hub, sample: Report) -> None:
    shared = "family.declared.transitive.all.by_roots"
    params = settings(derivatives={"headline": [shared]})
    found = of_slice.counted(params)
    assert texts_of(found, params)["headline.definition"] == shared
    gap = of_slice.gap(found, params, sample.table("moe"))
    assert shared not in gap["definition"].to_list()
    for definition, rows in gap.group_by("definition"):
        key = definition[0]
        counts = found["derivatives"].filter(pl.col("definition") == key, pl.col("group") == "Qwen")
        assert rows["subject_derivatives"].sum() == pytest.approx(counts["derivatives"].sum()), key


# ----------------------------------------------------------------------------------------- snapshots


def test_half_of_the_subject_removed_halves_its_count_and_the_ratio(of_sample: Hub, sample: Report) -> None:
    children = of_sample.children("family.shape", "Qwen")
    gone = children[::2]
    found = altered_hub(sample, lambda rows: rows.filter(~pl.col("id").is_in(gone))).counted(PLAIN)
    before, after = (headline(one) for one in (of_sample.counted(PLAIN), found))
    assert after["subject_derivatives"] == len(children) - len(gone)
    assert after["reference_derivatives"] == before["reference_derivatives"]
    assert after["ratio"] == pytest.approx(before["ratio"] / 2, rel=0.01)
    assert texts_of(found)["headline.sentence"] != sample.text("derivatives.headline.sentence")


def test_without_the_subjects_repositories_the_verb_turns_round(of_sample: Hub, sample: Report) -> None:
    gone = of_sample.children("family.shape", "Qwen")[20:]
    words = texts_of(altered_hub(sample, lambda rows: rows.filter(~pl.col("id").is_in(gone))).counted(PLAIN))
    assert words["headline.title"].startswith("Llama has")
    assert "times as many as Qwen." in words["headline.sentence"]


def test_swapped_families_swap_every_count(sample: Report, exchanged: Tables) -> None:
    before, after = sample.table("ratios").sort("definition"), exchanged["ratios"].sort("definition")
    assert before["definition"].to_list() == after["definition"].to_list()
    assert after["subject_derivatives"].to_list() == before["reference_derivatives"].to_list()
    assert after["reference_derivatives"].to_list() == before["subject_derivatives"].to_list()
    words = texts_of(exchanged)
    turned = sample.text("derivatives.headline.title").replace("Qwen", "X").replace("Llama", "Qwen")
    assert words["headline.title"] == turned.replace("X", "Llama")
    assert words["grid.title"].startswith("By every kind of evidence here, Llama has")
    assert words["leaders.title"].startswith("Llama leads, Qwen is second")


def test_swapped_families_turn_every_effect_and_rank_round(sample: Report, exchanged: Tables) -> None:
    keys = ["axis", "choice"]
    before, after = (table.sort(keys) for table in (sample.table("axis_effects"), exchanged["axis_effects"]))
    assert before.select(keys).equals(after.select(keys))
    for a, b in zip(before["factor_median"], after["factor_median"], strict=True):
        assert a * b == pytest.approx(1)
    ranks = [
        dict(table.select("group", "rank_median").iter_rows())
        for table in (sample.table("rank_stability"), exchanged["rank_stability"])
    ]
    assert ranks[0]["Qwen"] == ranks[1]["Llama"]
    assert ranks[0]["Llama"] == ranks[1]["Qwen"]


def test_a_relabelled_relation_moves_its_models_and_nothing_else(of_slice: Hub, hub_slice: Report) -> None:
    tags = pl.col("tags").list.eval(pl.element().str.replace("^base_model:finetune:", "base_model:adapter:"))
    made = altered_hub(hub_slice, lambda rows: rows.with_columns(tags))
    before, after = (dict(one.relations.select("relation", "models").iter_rows()) for one in (of_slice, made))
    assert after["finetune"] == 0
    assert after["adapter"] == before["finetune"] + before["adapter"]
    assert after["merge"] == before["merge"]
    ratios = [headline(one)["ratio"] for one in (of_slice.counted(PLAIN), made.counted(PLAIN))]
    assert ratios[0] == ratios[1]
    words = [one.words() for one in (of_slice, made)]
    assert words[1]["relations.title"] == "Most declared derivatives are adapters"
    assert words[1]["relations.sentence"] != words[0]["relations.sentence"]
