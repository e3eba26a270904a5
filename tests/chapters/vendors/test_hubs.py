"""Who publishes on ModelScope under its own name: counts by group, and sentences that turn with them."""

import polars as pl
import pytest

from pipeline import register
from pipeline.base import params
from pipeline.base.paths import Paths
from pipeline.chapters.vendors.facts_hubs import hub_facts
from pipeline.chapters.vendors.hubs import counted, hubs

PAIRS = register.load("modelscope", Paths().register)


def spoken(*models: tuple[str, str], subject: str = "Qwen", reference: str = "Llama") -> dict[str, str]:
    """Sentences about models, each a family and the name that it is under."""
    rows = pl.DataFrame(models, schema={"family": pl.String, "name_there": pl.String}, orient="row").with_columns(
        country=pl.lit("China")
    )
    table = pl.concat([counted(rows, "family"), counted(rows, "country")])
    report = params.Report.model_construct(grouping="family", subject=subject, reference=reference)
    return {key: str(value["text"]) for key, value in hub_facts(table, PAIRS, report).items()}


QWEN, LLAMA = ("Qwen", "same_name"), ("Llama", "among_others")


def test_each_name_counts_once_per_group() -> None:
    table = hubs(Paths().register)
    assert table.filter(pl.col("models") != pl.sum_horizontal("same_name", "mostly_its_own", "among_others")).is_empty()
    of = {row["group"]: row for row in table.filter(group_kind="family").iter_rows(named=True)}
    assert (of["Qwen"]["models"], of["Qwen"]["same_name"]) == (379, 372)
    assert (of["Llama"]["models"], of["Llama"]["among_others"]) == (37, 37)
    assert (of["GLM"]["same_name"], of["GLM"]["mostly_its_own"]) == (0, 55)


def test_the_title_turns_with_who_publishes_under_its_own_name() -> None:
    assert spoken(QWEN, QWEN, LLAMA)["vendors.hubs.title"] == (
        "On ModelScope, all two models of Qwen and none of one model of Llama are under their maker’s name"
    )
    swapped = spoken(("Llama", "same_name"), ("Qwen", "among_others"), ("Qwen", "same_name"))["vendors.hubs.title"]
    assert "one of two models of Qwen and all one model of Llama" in swapped


def test_a_group_that_no_package_lists_is_named() -> None:
    texts = spoken(QWEN)
    assert texts["vendors.hubs.title"].endswith("no package here finds Llama there")
    assert "They know no model of Llama." in texts["vendors.hubs.sentence"]


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ([LLAMA, LLAMA], "All 2 models of Llama are in namespaces that have other makers’ models too."),
        ([LLAMA], "The one model of Llama is in namespaces"),
        ([LLAMA, ("Llama", "same_name")], "Of 2 models of Llama, 1 is under the name that the maker has on the Hub"),
    ],
)
def test_a_sentence_says_under_whose_name_models_are(models: list[tuple[str, str]], words: str) -> None:
    assert words in spoken(QWEN, *models)["vendors.hubs.sentence"]


def test_without_pairs_there_is_no_figure_and_a_sentence_says_so() -> None:
    assert "No pair" in spoken()["vendors.hubs.sentence"]
