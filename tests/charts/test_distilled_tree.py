"""Branches with two parents: base, teacher, release and what is built on it, by declared links or by name."""

from datetime import date

import polars as pl
import pytest

from pipeline import register
from pipeline.base.facts import PageFacts, sentence
from pipeline.chapters.lineage.distilled import children, distilled, registered
from pipeline.chapters.lineage.facts_distilled import distilled_facts
from pipeline.chapters.lineage.schema import Distilled, DistilledChildren
from pipeline.charts.lineage import distilled as charts
from tests.conftest import hub_rows
from tests.counting.memory import REGISTER, hub

DISTILL, TINY = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"
EVIL = "x/<script>-DeepSeek-R1-Distill-Qwen-7B"
DAY = date(2026, 10, 5)
FAMILIES = register.load("families", REGISTER)


def made(*rows: dict, grouping: str = "family", day: date = DAY) -> tuple[pl.DataFrame, pl.DataFrame]:
    known = hub(hub_rows(*rows))
    links = known.nodes.edges(declared=True)
    walked = known.nodes.lineage("n_descendants")
    found = distilled(known.nodes, links, walked, known.register, grouping, day)
    return Distilled.validate(found[0]), DistilledChildren.validate(found[1])


def child(name: str, parent: str, downloads: int = 0) -> dict:
    return {"id": name, "tags": [f"base_model:finetune:{parent}"], "downloads": downloads}


def page(releases: pl.DataFrame, built: pl.DataFrame) -> PageFacts:
    given = {"report.subject": "Qwen", "report.reference": "Llama"}
    given |= {"snapshot.named": "sample of May", "snapshot.source_line": "the Hub in May"}
    return PageFacts({key: sentence(text, "x") for key, text in given.items()} | distilled_facts(releases, built))


NAMED = made(
    {"id": DISTILL},
    {"id": "a/DeepSeek-R1-Distill-Qwen-7B-GGUF", "downloads": 5},
    {"id": EVIL, "downloads": 9},
    {"id": "b/DeepSeek-R1-Distill-Qwen-70B"},
)
DECLARED = made(child("a/one", DISTILL, 90), child("b/two", DISTILL, 3), child("c/three", "b/two"))


def test_both_parents_are_those_of_the_register() -> None:
    row = NAMED[0].row(by_predicate=pl.col("release") == DISTILL, named=True)
    assert (row["base"], row["teacher"]) == ("Qwen/Qwen2.5-Math-7B", "deepseek-ai/DeepSeek-R1")
    assert (row["group"], row["teacher_group"], row["released"]) == ("Qwen", "DeepSeek", date(2025, 1, 20))
    assert set(registered(REGISTER, "organisation", DAY)["group"]) == {"Alibaba", "Meta"}
    assert registered(REGISTER, "family", date(2025, 1, 19)).is_empty()


def test_without_links_what_bears_the_whole_name_counts_and_the_most_downloaded_is_first() -> None:
    releases, built = NAMED
    assert set(releases["evidence"]) == {"name"}
    assert releases.filter(release=DISTILL)["children"].item() == 2
    assert built.filter(release=DISTILL)["child"].to_list() == [EVIL, "a/DeepSeek-R1-Distill-Qwen-7B-GGUF"]


def test_with_links_declared_children_count_and_those_that_others_build_on_are_first() -> None:
    releases, built = DECLARED
    assert set(releases["evidence"]) == {"declared"}
    assert built.filter(release=DISTILL).select("child", "descendants").rows() == [("b/two", 1), ("a/one", 0)]
    assert releases.filter(release=TINY)["children"].item() == 0


def test_a_link_to_another_model_is_no_child() -> None:
    known = hub(hub_rows(child("a/one", "Qwen/Qwen2.5-Math-7B")))
    found = children(known.nodes, registered(REGISTER, "family", DAY), known.nodes.edges(declared=True))
    assert found.is_empty()


def test_sentences_name_both_parents_and_say_how_children_were_found() -> None:
    by_name, by_link = page(*NAMED), page(*DECLARED)
    assert by_name["anatomy.distilled.title"]["text"] == (
        "Qwen2.5-Math-7B and DeepSeek-R1 are the parents of DeepSeek-R1-Distill-Qwen-7B; 2 models bear its name"
    )
    assert (
        "found by name: 2 repositories bear the name of one of them." in by_name["anatomy.distilled.sentence"]["text"]
    )
    assert by_link["anatomy.distilled.title"]["text"].endswith("; 2 models build on it")
    assert "16 on Qwen and two on Llama" in by_link["anatomy.distilled.sentence"]["text"]
    assert "2 repositories declare" in by_link["anatomy.distilled.sentence"]["text"]


def test_a_line_for_the_base_the_release_the_teacher_and_what_is_built_on_it() -> None:
    releases = NAMED[0].filter(release=DISTILL).with_columns(diamond=pl.lit("var(--family-3)"))
    lines = charts.lines("Qwen", releases, NAMED[1])
    assert lines.select("generation", "above", "label", "amount").rows() == [
        (0, None, "Qwen/Qwen2.5-Math-7B", "Sep 2024"),
        (1, 0, DISTILL, "Jan 2025"),
        (2, 1, "with answers of DeepSeek-R1", ""),
        (2, 1, "x: <script>-…", ""),
        (2, 1, "a: …-GGUF", ""),
    ]
    assert lines["diamond"].drop_nulls().to_list() == ["var(--family-3)"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a/R1-GGUF", "a: …-GGUF"), ("a/r1", "a: the same name"), ("a/my-R1-x", "a: my-…-x"), ("a/other", "a: other")],
)
def test_a_child_is_called_by_its_owner_and_by_what_its_name_adds(name: str, shown: str) -> None:
    assert charts.brief(name, "deepseek-ai/R1") == shown


def test_figure_and_lists_show_the_pair_and_escape_what_strangers_wrote() -> None:
    figure, lists = (
        charts.distilled(*NAMED, FAMILIES, page(*NAMED)),
        charts.distilled_lists(*NAMED, page(*NAMED)),
    )
    assert figure is not None
    assert "sample of May" in figure.subtitle
    assert set(figure.table["group"]) == {"Qwen", "Llama"}
    assert EVIL in figure.table["child"]
    assert figure.table["source"].null_count() == 0
    for view, spec in figure.specs.items():
        assert "var(--family-3)" in figure.svg_of(view, spec), "the teacher bears its family's colour"
    assert lists is not None
    assert "<script>" not in lists.html
    assert "&lt;script&gt;" in lists.html
    assert "with answers of deepseek-ai/DeepSeek-R1" in lists.html


def test_before_the_first_distillation_there_is_nothing_to_draw() -> None:
    early = made({"id": DISTILL}, day=date(2024, 7, 1))
    assert charts.distilled(*early, FAMILIES, page(*early)) is None
    assert charts.distilled_lists(*early, page(*early)) is None
    assert "No distilled release" in page(*early)["anatomy.distilled.sentence"]["text"]
