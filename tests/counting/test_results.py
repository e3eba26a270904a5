"""A result counts once, however many definitions give it."""

import polars as pl
import pytest

from pipeline import register
from pipeline.base import words
from pipeline.chapters.derivatives import robustness
from pipeline.chapters.derivatives.facts import grid_facts
from pipeline.charts.derivatives import curve
from pipeline.charts.kit.figure import Figure
from pipeline.counting.results import distinct, with_results
from tests.conftest import Report


def ratios(*rows: tuple[str, str, float, float]) -> pl.DataFrame:
    """Rows of `ratios`: definition, evidence and both counts; none is plain, the first is the headline."""
    table = pl.DataFrame(
        rows, schema=["definition", "evidence", "subject_derivatives", "reference_derivatives"], orient="row"
    )
    return with_results(
        table.with_columns(
            ratio=pl.col("subject_derivatives") / pl.col("reference_derivatives"),
            is_headline=pl.int_range(pl.len()) == 0,
            is_plain=pl.lit(False),
        )
    )


ONE_RULE_IN_MANY = ratios(
    ("shape", "shape", 400.0, 100.0),
    *((f"links.{number}", "declared_or_inferred", 60.0, 10.0) for number in range(80)),
    ("name", "name", 300.0, 100.0),
)


def test_eighty_definitions_of_one_result_count_once() -> None:
    facts = grid_facts(ONE_RULE_IN_MANY, "Qwen", "Llama", "why")
    assert facts["derivatives.grid.rules"]["value"] == 82
    assert facts["derivatives.grid.results"]["value"] == 3
    text = facts["derivatives.grid.sentence"]["text"]
    assert "82 rules give 3 different results." in text
    assert "By conversions matched by name, Qwen has 6.0 times as many (1 result, which finds 10 of Llama)" in text


def test_the_headline_stands_for_its_result() -> None:
    same = ratios(("b.longer", "shape", 4.0, 2.0), ("a", "shape", 4.0, 2.0))
    assert distinct(same)["definition"].to_list() == ["b.longer"]


def test_the_same_counts_by_another_kind_of_evidence_are_another_result() -> None:
    both = ratios(("shape", "shape", 4.0, 2.0), ("name", "name", 4.0, 2.0))
    assert distinct(both).height == 2


def test_inferred_links_that_add_nothing_are_no_result_of_their_own() -> None:
    both = ratios(("declared", "declared", 4.0, 2.0), ("inferred", "declared_or_inferred", 4.0, 2.0))
    assert distinct(both)["definition"].to_list() == ["declared"]


def test_a_median_rank_does_not_follow_the_number_of_definitions() -> None:
    counts = pl.concat(
        ONE_RULE_IN_MANY.select("definition", group=pl.lit(group), derivatives=column)
        for group, column in (("Qwen", "subject_derivatives"), ("Llama", "reference_derivatives"))
    )
    third = ONE_RULE_IN_MANY.select(
        "definition",
        group=pl.lit("Gemma"),
        derivatives=pl.when(evidence="declared_or_inferred").then(20.0).otherwise(5.0),
    )
    found = robustness.rank_stability(ONE_RULE_IN_MANY, pl.concat([counts, third]))
    llama = found.row(by_predicate=pl.col("group") == "Llama", named=True)
    assert (llama["definitions"], llama["results"]) == (82, 3)
    assert (llama["rank_best"], llama["rank_median"], llama["rank_worst"]) == (2, 2, 3)


@pytest.mark.parametrize("name", ["sample", "hub_slice"])
def test_no_point_of_the_curve_repeats_counts_and_each_shows_the_references(
    name: str, request: pytest.FixtureRequest
) -> None:
    report: Report = request.getfixturevalue(name)
    families = register.load("families", report.paths.register)
    figure = curve.specification_curve(report.table("ratios"), report.table("lead"), families, report.facts())
    assert isinstance(figure, Figure)
    points = figure.table.join(report.table("ratios").select("definition", "evidence"), on="definition")
    links = pl.col("evidence").replace({"declared_or_inferred": "declared"})
    keys = points.select(links, "subject_derivatives", "reference_derivatives")
    assert keys.unique().height == points.height == report.fact("derivatives.grid.results")
    assert points["definitions"].sum() == report.fact("derivatives.grid.rules")
    if name == "sample":
        least, *_, most = points["reference_derivatives"].sort().to_list()
        assert {words.number(least), words.number(most)} <= set(figure.html.replace("<", ">").split(">"))
