"""How the lead turned: what stands in the table, and what is said of it, whichever leads."""

import dataclasses
import itertools
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.editions import Edition, Kind
from pipeline.base.facts import PageFacts, sentence
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import RATIO
from pipeline.chapters.derivatives import facts_lead, lead, relations
from pipeline.chapters.derivatives.schema_published import LeadEvents, PublishedRatios
from pipeline.charts.derivatives import lead as charts
from pipeline.charts.derivatives import lead_drawing as drawing
from pipeline.charts.kit.figure import Figure

NAMES = ("Qwen", "Alibaba"), ("Llama", "Meta")
PAIR = lead.Pair("Qwen", "Llama", *NAMES)
TURNED = lead.Pair("Llama", "Qwen", *reversed(NAMES))
CENSUS, FLOW = date(2024, 7, 11), date(2026, 8, 22)
COUNTS = {
    "direct.all": (2188, 5270),
    "direct.all.mirrors_to_original": (2192, 6416),
    "transitive.all": (2312, 6717),
    "direct.all.uploaders": (258, 1706),
}


def derivatives(counts: Mapping[str, tuple[float, float]], grouping: str = "family") -> pl.DataFrame:
    rows = [
        {"definition": f"{grouping}.declared.{rule}", "group": group, "derivatives": float(count)}
        for rule, both in counts.items()
        for group, count in zip(("Qwen", "Llama"), both, strict=True)
    ]
    return pl.DataFrame(rows)


def counted(counts: Mapping[str, tuple[float, float]], kind: Any = "stock", day: date = CENSUS) -> lead.Counted:
    label = "flow of August 2026" if kind == "flow" else "census of July 2024"
    return lead.Counted(label.replace(" ", "-"), day, kind, label, derivatives(counts))


def published() -> pl.DataFrame:
    return register.load("published_counts", Paths().register)


def everything(pair: lead.Pair) -> pl.DataFrame:
    flow = {"direct.all": (2529, 184), "direct.finetune": (1083, 56), "direct.quantized": (891, 29)}
    rows = [
        *lead.of_snapshot(counted(COUNTS), pair, "family"),
        *lead.of_snapshot(counted(flow, "flow", FLOW), pair, "family"),
        *lead.of_published(published(), pair),
    ]
    return lead.table(rows)


def texts(rows: pl.DataFrame, pair: lead.Pair = PAIR) -> dict[str, str]:
    facts = facts_lead.lead_facts(rows, pair.subject, pair.reference)
    return {key.removeprefix("derivatives.lead."): fact["text"] for key, fact in facts.items()}


def test_the_census_has_llama_ahead_and_hugging_face_has_qwen_ahead() -> None:
    quoted = texts(everything(PAIR))
    assert quoted["title"] == "Llama led 2.4 to 1 in July 2024, Qwen 4.7 to 1 in August 2026"
    assert "Llama had 2.4 times as many direct derivatives as Qwen, 5,270 against 2,188" in quoted["census"]
    assert "6.6 times (direct, uploaders)" in quoted["census"]
    assert "between 11 July 2024" in quoted["turned"]
    assert "3 February 2026" in quoted["turned"]
    assert "has no count of both between" in quoted["turned"]
    assert "Qwen had 4.7 times as many derivatives as Llama and 2.6 times as many as Meta" in quoted["now"]
    assert "2,529 against 184; Qwen is ahead in each relation" in quoted["flow"]


def test_a_flow_says_its_span_and_the_launches_before_it() -> None:
    known = pl.DataFrame(
        {"model": ["Qwen/A", "Qwen/B"], "released": [date(2026, 8, 5), date(2026, 6, 1)]}
    ).with_columns(family=pl.lit("Qwen"), organisation=pl.lit("Alibaba"))
    quoted = texts(lead.launched(everything(PAIR), known, PAIR))["flow"]
    assert "All rules of the figure give from 14 times (direct) to 31 times (direct, quantizations)" in quoted
    assert "in the month before, the register has one of Qwen and none of Llama" in quoted
    assert "launches" not in texts(lead.launched(everything(PAIR), known.clear(), PAIR))["flow"]


def test_the_last_whole_month_of_a_census_is_quoted_and_not_the_begun_one() -> None:
    rows = [
        ("2024-06", "Qwen", 1600.0),
        ("2024-06", "Llama", 864.0),
        ("2024-07", "Qwen", 700.0),
        ("2024-07", "Llama", 90.0),
    ]
    monthly = pl.DataFrame(
        [
            {
                "definition": "family.declared.direct.all",
                "relation": "all",
                "group": group,
                "derivatives": count,
                "month": date(int(month[:4]), int(month[5:]), 1),
            }
            for month, group, count in rows
        ]
    )
    census = dataclasses.replace(counted(COUNTS), monthly=monthly)
    quoted = texts(lead.table(lead.of_snapshot(census, PAIR, "family")))["month"]
    assert "new in June 2024" in quoted
    assert "Qwen had 1.9 times as many direct derivatives as Llama, 1,600 against 864" in quoted
    assert "without" not in quoted
    series = pl.DataFrame({"group": ["Qwen", "Llama"], "month": [date(2024, 6, 1)] * 2, "in_series": [1100, 160]})
    also = dataclasses.replace(census, series=series)
    quoted = texts(lead.table(lead.of_snapshot(also, PAIR, "family")))["month"]
    assert "without what is in series Llama had 1.4 times as many of them as Qwen, 704 against 500" in quoted


def test_roles_swapped_say_the_same_of_both() -> None:
    rows, turned = everything(PAIR), everything(TURNED)
    assert sorted(turned["ratio"]) == pytest.approx(sorted(1 / rows["ratio"]))
    quoted, other = texts(rows), texts(turned, TURNED)
    assert quoted["title"] == other["title"]
    assert quoted["census"] == other["census"]
    assert quoted["turned"] == other["turned"]
    assert quoted["flow"] == other["flow"]
    assert "4.7 times" in other["now"]


def test_an_edition_with_the_counts_swapped_turns_the_sentences_round() -> None:
    swapped = {rule: (theirs, ours) for rule, (ours, theirs) in COUNTS.items()}
    rows = lead.table([*lead.of_snapshot(counted(swapped), PAIR, "family"), *lead.of_published(published(), PAIR)])
    quoted = texts(rows)
    assert quoted["title"] == "Qwen led 2.4 to 1 in July 2024 and 4.7 to 1 in August 2026"
    assert "Qwen had 2.4 times as many direct derivatives as Llama" in quoted["census"]
    assert "By each of" in quoted["turned"]


def test_fewer_than_ten_on_one_side_give_no_ratio() -> None:
    rows = lead.of_snapshot(counted({"direct.all": (9, 5000), "transitive.all": (10, 5000)}), PAIR, "family")
    assert [row["rule"] for row in rows] == ["transitive"]


def test_rules_with_one_result_stand_once_under_the_first_name() -> None:
    same = {"direct.all": (100, 300), "direct.all.mirrors_to_original": (100, 300), "transitive.all": (120, 300)}
    rows = lead.of_snapshot(counted(same), PAIR, "family")
    assert [row["rule"] for row in rows] == ["direct", "transitive"]


def test_two_publishers_or_two_definitions_make_no_ratio() -> None:
    rows = lead.of_published(published(), PAIR)
    for row in rows:
        assert (
            row["subject_count"] is None
            or row["reference_count"] is None
            or row["ratio"] == pytest.approx(row["subject_count"] / row["reference_count"])
        )
    assert not [row for row in rows if row["date"] == date(2026, 3, 17)], "Qwen alone was counted in spring"
    is_ratio = pl.col("kind") == RATIO
    apart = published().with_columns(publisher=pl.when(is_ratio).then(pl.lit("another")).otherwise("subject"))
    assert {row["subject_count"] for row in lead.of_published(apart, PAIR)} <= {None}, (
        "ratios that were published alone"
    )


def published_ratios() -> pl.DataFrame:
    known, families = (register.load(name, Paths().register) for name in ("published_relations", "families"))
    return relations.ratios(known, families, parameters.load(Paths().params)).sort("relation")


def test_the_published_table_by_relation_stands_with_and_without_adapters() -> None:
    rows = lead.table(lead.of_relations(published_ratios()))
    assert dict(rows.select("rule", "ratio").iter_rows()) == pytest.approx(
        {"as published, direct": 134_553 / 52_934, "as published, direct, without adapters": 40_233 / 38_085}
    )
    assert set(rows["precision"]) == {"season"}
    assert not lead.of_relations(tables.empty(PublishedRatios))


def test_counts_without_adapters_are_no_end_of_the_title() -> None:
    direct, without = (
        {**lead.of_relations(published_ratios())[n], "subject": "Qwen", "reference": "Llama"} for n in range(2)
    )
    rows = lead.table([*lead.of_snapshot(counted(COUNTS), PAIR, "family"), direct, without])
    assert texts(rows)["title"] == "Llama led 2.4 to 1 in July 2024, Qwen 2.5 to 1 about spring 2026"


def test_a_months_new_repositories_are_a_flow() -> None:
    months = pl.DataFrame(
        {
            "definition": "family.declared.direct.all",
            "group": ["Qwen", "Llama", "Qwen", "Llama"],
            "relation": "all",
            "month": [date(2024, 5, 1)] * 2 + [date(2024, 6, 1)] * 2,
            "derivatives": [85.0, 973.0, 1600.0, 864.0],
        }
    )
    census = lead.Counted("census", CENSUS, "stock", "census of July 2024", derivatives(COUNTS), months)
    rows = lead.table(lead.of_snapshot(census, PAIR, "family")).filter(kind="flow")
    assert rows.sort("date")["ratio"].to_list() == pytest.approx([85 / 973, 1600 / 864])
    assert set(rows["precision"]) == {"month"}


def test_a_sample_or_a_slice_stands_for_nobody(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    derivatives(COUNTS).write_parquet(tmp_path / "tables" / "derivatives.parquet")
    cases: list[tuple[str, Kind, bool]] = [
        ("census", "stock", True),
        ("slice", "stock", False),
        ("sample", "stock", False),
        ("sample", "flow", True),
    ]
    for coverage, kind, is_there in cases:
        edition = Edition("some", CENSUS, coverage, kind, "", "Qwen", "Llama", "family", {}, {}, tmp_path)
        assert (lead.of_edition(edition) is not None) == is_there, (coverage, kind)
    sample = {"date": "2026-10-05", "coverage": "sample", "label": "sample", "sha256": "0" * 64}
    assert not lead.this_build(sample, derivatives(COUNTS), derivatives(COUNTS), [])
    assert not lead.this_build(
        {**sample, "coverage": "census"}, derivatives(COUNTS), pl.DataFrame(), [date(2026, 10, 5)]
    )
    assert lead.this_build({**sample, "coverage": "census"}, derivatives(COUNTS), pl.DataFrame(), [])


def test_nothing_dated_gives_no_figure_and_the_title_of_the_grid() -> None:
    empty = tables.empty(lead.Lead)
    quoted = texts(empty, lead.Pair("Gemma", "Phi", ("Gemma",), ("Phi",)))
    assert quoted["census"] == quoted["turned"] == quoted["flow"] == ""
    assert "Gemma with Phi" in quoted["title"]
    assert figure(empty) is None


def test_a_group_without_a_marked_event_has_its_last_flagships() -> None:
    events = pl.DataFrame({"event": ["r1_release", "qwen3_release"], "date": [date(2025, 1, 20), date(2025, 4, 29)]})
    marks = pl.DataFrame({"event": ["r1_release", "qwen3_release"], "family": [None, "Qwen"], "label": ["R1", "Qwen3"]})
    largest = pl.DataFrame(
        {
            "model": [f"mistralai/Large-{n}" for n in range(5)],
            "released": [date(2024, n + 1, 1) for n in range(5)],
            "family": "Mistral",
            "organisation": "Mistral AI",
        }
    )
    pair = lead.Pair("Qwen", "Mistral", ("Qwen", "Alibaba"), ("Mistral", "Mistral AI"))
    rows = tables.conform(lead.flagged(marks, events, largest, pair), LeadEvents, "")
    assert rows.filter(group="Mistral")["label"].to_list() == ["Large-2", "Large-3", "Large-4"]
    assert set(rows.filter(pl.col("group").is_null())["label"]) == {"R1"}


def figure(rows: pl.DataFrame, pair: lead.Pair = PAIR) -> Figure | None:
    noted = facts_lead.lead_facts(rows, pair.subject, pair.reference)
    facts = PageFacts(
        noted | {"report.subject": sentence(pair.subject, ""), "report.reference": sentence(pair.reference, "")}
    )
    return charts.turned(rows, tables.empty(LeadEvents), register.load("families", Paths().register), facts)


def test_the_figure_has_both_panels_and_says_who_is_ahead() -> None:
    drawn = figure(everything(PAIR))
    assert drawn is not None
    assert drawn.html.count("<svg ") == 2
    assert "Stock" in drawn.html
    assert "more of Llama" in drawn.html


def test_the_figure_names_published_counts_as_its_source_only_where_it_shows_some() -> None:
    both, ours = figure(everything(PAIR)), figure(lead.table(lead.of_snapshot(counted(COUNTS), PAIR, "family")))
    assert both is not None
    assert ours is not None
    assert "published counts of the register" in both.source
    assert ours.source.startswith("Source: counts of this project (census of July 2024) · n = ")


def test_labels_are_moved_apart_in_their_order() -> None:
    moved = drawing.spread([50.0, 51.0, 52.0, 90.0], 15, 0, 200)
    assert moved == sorted(moved)
    assert min(b - a for a, b in itertools.pairwise(moved)) > 14.5
    assert moved[3] == pytest.approx(90)
