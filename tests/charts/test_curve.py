"""The specification curve: a row a result, panels by evidence, counts beside them, and published ratios as lines."""

from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base.facts import PageFacts, sentence
from pipeline.base.paths import Paths
from pipeline.charts.derivatives import curve
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.counting.results import with_results
from tests.charts.drawn import faults

FAMILIES = register.load("families", Paths().register)
NO_LEAD = pl.DataFrame(
    schema={"kind": pl.String, "basis": pl.String, "rule": pl.String, "ratio": pl.Float64}
    | dict.fromkeys(("subject", "reference", "date"), pl.String)
)


def ratios(*rows: tuple[str, str, float, float], headline: str = "") -> pl.DataFrame:
    """Rows of `ratios`: evidence, label, both counts."""
    found = pl.DataFrame(
        rows, schema=["evidence", "label", "subject_derivatives", "reference_derivatives"], orient="row"
    )
    axes = {name: pl.lit(None, pl.String) for name in curve.AXES if name != "evidence"}
    return with_results(
        found.with_columns(
            definition=pl.col("label"),
            subject=pl.lit("Qwen"),
            reference=pl.lit("Llama"),
            ratio=pl.col("subject_derivatives") / pl.col("reference_derivatives"),
            is_headline=pl.col("label") == headline,
            is_plain=pl.col("label").str.len_chars() < 9,
            **axes,
        )
    )


THREE = ratios(
    ("declared", "as declared, direct", 40.0, 20.0),
    ("declared_or_inferred", "as declared or inferred, direct", 60.0, 20.0),
    ("declared_or_inferred", "as declared or inferred, transitive", 40.0, 20.0),
    ("shape", "by shape", 440.0, 110.0),
    ("shape", "by shape, uploaders", 30.0, 33.0),
    ("name", "by name", 75.0, 25.0),
    headline="by shape",
)


def published(*rows: tuple[str, str, float]) -> pl.DataFrame:
    """Rows of `lead` that others published: whom the ratio is to, the rule, the ratio."""
    return pl.DataFrame(
        [("stock", "published", rule, ratio, "Qwen", whom, "2026") for whom, rule, ratio in rows],
        schema=NO_LEAD.schema,
        orient="row",
    )


LEAD = published(
    ("Llama", "as published", 4.2),
    ("Llama", "as published", 4.7),
    ("Meta with facebook", "as published, direct", 2.5),
    ("Meta with facebook", "as published, direct, without adapters", 1.1),
)


def facts() -> PageFacts:
    given = {"derivatives.grid.title": "Who is ahead", "derivatives.grid.sentence": "So it is."}
    given |= {"snapshot.named": "a test", "snapshot.source_line": "a test"}
    return PageFacts({key: sentence(text, "x") for key, text in given.items()})


def figure(table: pl.DataFrame = THREE, lead: pl.DataFrame = LEAD) -> Figure | Absent:
    return curve.specification_curve(table, lead, FAMILIES, facts())


def test_links_shapes_and_names_have_a_panel_each_and_a_result_one_row() -> None:
    panels = curve.panels_of(curve.ranked_results(THREE), "reference_derivatives")
    assert [panel.name for panel in panels] == ["By declared or inferred links", "By shape", "By name"]
    assert panels[0].rows.select("rule", "count").rows() == [("direct, inferred too", 20.0), ("direct", 20.0)]
    assert panels[1].rows["rule"].to_list() == ["every repository", "uploaders"]


def test_a_kind_of_evidence_that_the_snapshot_lacks_has_no_panel() -> None:
    alone = ratios(("declared_or_inferred", "as declared or inferred, direct", 6.0, 2.0))
    panels = curve.panels_of(curve.ranked_results(alone), "reference_derivatives")
    assert [panel.name for panel in panels] == ["By conversions matched by name"]
    assert panels[0].rows["rule"].to_list() == ["direct"]


@pytest.mark.parametrize("most", [5, 10])
def test_of_many_results_the_ends_and_the_headline_have_a_row(most: int) -> None:
    many = [("name", f"by name, rule {n}", 100.0 + n, 50.0) for n in range(40)]
    rows = curve.panels_of(curve.ranked_results(ratios(*many, headline="by name, rule 7")), "reference_derivatives")[
        0
    ].rows
    shown = curve.named(rows, most)
    assert shown.height == most
    assert shown["ratio"].is_sorted(descending=True)
    assert {"rule 0", "rule 39", "rule 7"} <= set(shown["rule"])
    assert curve.named(rows.head(most), most).equals(rows.head(most))


def test_published_ratios_are_lines_by_whom_they_are_to() -> None:
    lines = {line.label: line.ratios for line in curve.published_lines(LEAD, turned=False)}
    assert lines == {
        "published, to Llama: 4.2 to 4.7": (4.2, 4.7),
        "published, to Meta: 2.5": (2.5,),
        "published, to Meta without adapters: 1.1": (1.1,),
    }
    turned = curve.published_lines(LEAD.filter(reference="Llama"), turned=True)
    assert [line.ratios for line in turned] == [(1 / 4.7, 1 / 4.2)]


def texts(drawing: str) -> str:
    return drawing.replace("<", ">")


def test_both_views_show_rules_counts_and_lines_and_no_word_over_another() -> None:
    drawn = figure()
    assert isinstance(drawn, Figure)
    for view, spec in drawn.specs.items():
        drawing = drawn.svg_of(view, spec)
        assert not faults(drawing)
        shown = set(texts(drawing).split(">"))
        assert {"By shape", "every repository", "110", "33", "Llama", "published, to Llama: 4.2 to 4.7"} <= shown
        assert {"var(--family-1)", "var(--family-2)"} <= set(drawing.replace('"', " ").split()), "both lead somewhere"


def test_where_the_reference_leads_the_ratio_and_the_count_turn_round() -> None:
    swapped = THREE.rename(
        {"subject_derivatives": "reference_derivatives", "reference_derivatives": "subject_derivatives"}
    ).with_columns(ratio=1 / pl.col("ratio"))
    drawn = figure(swapped, NO_LEAD)
    assert isinstance(drawn, Figure)
    assert drawn.subtitle.startswith("Derivatives of Llama for each one of Qwen")
    assert "Dotted" not in (drawn.note or "")
    assert "110" in texts(drawn.svg_of("wide", drawn.specs["wide"])).split(">")


def test_one_result_is_no_curve() -> None:
    one: Any = figure(THREE.filter(evidence="name"))
    assert isinstance(one, Absent)
