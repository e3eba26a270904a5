"""Shares by quarter: which snapshot a quarter is of, what is drawn of it, and who is said to lead since when."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
import pytest

from pipeline import register
from pipeline.base.facts import PageFacts, sentence
from pipeline.base.paths import Paths
from pipeline.chapters.derivatives.facts_quarters import quarter_facts
from pipeline.chapters.derivatives.quarters import LEAST, Basis, quarterly
from pipeline.charts.derivatives import quarters as charts
from pipeline.charts.kit.figure import Absent, Figure
from tests.charts.drawn import faults

PAIR = ("Qwen", "Llama")
DIRECT, SHAPE = "family.declared.direct.all", "family.shape"
CENSUS, SAMPLE, FLOW = date(2024, 7, 11), date(2026, 10, 5), date(2026, 8, 22)
FAMILIES = register.load("families", Paths().register)


def months(rows: Mapping[date, Sequence[float]], definition: str = DIRECT) -> pl.DataFrame:
    """Counts by month. rows: of Qwen, Llama and others, by month."""
    return pl.DataFrame(
        [
            (definition, group, "all", month, float(count))
            for month, counts in rows.items()
            for group, count in zip((*PAIR, "Gemma"), counts, strict=True)
            if count
        ],
        schema=["definition", "group", "relation", "month", "derivatives"],
        orient="row",
    )


def basis(day: date, rows: Mapping[date, Sequence[float]], *, edition: str | None = None, **more: str) -> Basis:
    """A snapshot: a census, unless `coverage` or `kind` say otherwise."""
    rule = more.get("definition", DIRECT)
    kind = "flow" if more.get("kind") == "flow" else "stock"
    label = f"{more.get('coverage', 'census') if kind == 'stock' else 'flow'} of {day:%B %Y}"
    return Basis(kind, day, edition, more.get("coverage", "census"), label, label, months(rows, rule), [rule])


OLD = basis(
    CENSUS,
    {date(2024, 2, 1): (10, 30, 60), date(2024, 5, 1): (20, 30, 50), date(2024, 7, 1): (90, 5, 5)},
    edition="census-2024-07",
)
OWN = basis(
    SAMPLE,
    {
        date(2024, 5, 1): (99, 0, 1),
        date(2024, 8, 1): (20, 30, 50),
        date(2024, 11, 1): (40, 30, 30),
        date(2026, 8, 1): (60, 4, 36),
        date(2026, 10, 1): (10, 10, 20),
    },
    coverage="sample",
    definition=SHAPE,
)
NEW = basis(FLOW, {date(2026, 7, 1): (1, 1, 1), date(2026, 8, 1): (59, 4, 36)}, edition="flow-2026-08", kind="flow")


def title(*known: Basis, pair: Sequence[str] = PAIR) -> str:
    return quarter_facts(quarterly(known, pair, 10), *pair)["derivatives.quarters.title"]["text"]


def test_a_quarter_that_had_ended_is_the_censuss_a_later_one_this_snapshots() -> None:
    rows = quarterly([OWN, NEW, OLD], PAIR, 10).filter(kind="stock")
    of = dict(rows.select("quarter", "edition").iter_rows())
    assert of[date(2024, 4, 1)] == "census-2024-07"
    assert of[date(2024, 7, 1)] is None, "eleven days of it are no quarter"
    assert min(rows.filter(pl.col("edition").is_null())["quarter"]) == date(2024, 7, 1)


def test_a_snapshot_that_is_a_census_has_every_quarter() -> None:
    own = basis(CENSUS, {date(2024, 2, 1): (10, 30, 60), date(2024, 7, 1): (90, 5, 5)})
    rows = quarterly([own, OLD], PAIR, 10)
    assert rows["edition"].is_null().all()
    assert rows.filter("is_partial")["quarter"].unique().to_list() == [date(2024, 7, 1)]


def test_shares_are_of_all_groups_and_a_thin_quarter_is_left_out() -> None:
    rows = quarterly([basis(SAMPLE, {date(2025, 2, 1): (10, 10, 80), date(2025, 5, 1): (9, 10, LEAST - 20)})], PAIR, 10)
    assert rows.select("quarter", "group", "share").rows() == [
        (date(2025, 1, 1), "Llama", 0.1),
        (date(2025, 1, 1), "Qwen", 0.1),
    ]


def test_a_flow_is_one_point_in_the_quarter_of_its_day() -> None:
    rows = quarterly([OWN, NEW, OLD], PAIR, 10).filter(kind="flow")
    assert rows["quarter"].unique().to_list() == [date(2026, 7, 1)]
    assert rows.filter(group="Qwen")["derivatives"].item() == 60


def test_a_rule_without_enough_of_both_is_not_used() -> None:
    one_sided = basis(SAMPLE, {date(2025, 2, 1): (99, 0, 80)}, coverage="sample")
    assert quarterly([one_sided], PAIR, 10).is_empty()
    assert title(one_sided) == "No dates to count by"
    few = basis(SAMPLE, {date(2025, 2, 1): (5, 4, 80)}, coverage="sample")
    assert quarterly([few], PAIR, 10).is_empty()


@pytest.mark.parametrize(
    ("known", "stated"),
    [
        ([OWN, NEW, OLD], "In this sample, Qwen has led Llama since the fourth quarter of 2024: 60% of new"),
        ([OLD], "By the census of July 2024, Llama had led Qwen in every quarter: 30% of new derivatives to 20%"),
        ([NEW, OLD], "Llama led up to the second quarter of 2024; in the flow of August 2026 Qwen has 59% of new"),
        ([NEW], "Of what was new in the flow of August 2026, as declared, direct, Qwen had 59% and Llama 5%"),
    ],
)
def test_the_title_says_who_leads_since_when_by_whose_count(known: list[Basis], stated: str) -> None:
    assert title(*known).startswith(stated)


def test_the_title_turns_with_the_roles() -> None:
    assert title(OWN, OLD, pair=("Llama", "Qwen")).startswith("In this sample, Qwen has led Llama since the fourth")


def test_level_shares_lead_nobody() -> None:
    assert title(basis(SAMPLE, {date(2025, 2, 1): (50, 50, 0)})) == (
        "Qwen and Llama are about level: 50% of new derivatives to 50%"
    )


def test_no_line_joins_two_snapshots_and_that_to_a_quarter_not_over_is_dashed() -> None:
    lines = charts.pieces(charts.placed(quarterly([OWN, OLD], PAIR, 10)))
    for _, piece in lines.group_by("piece"):
        assert piece["edition"].n_unique() == 1
        assert piece["group"].n_unique() == 1
        steps = piece.filter(~pl.col("is_dashed")).sort("quarter")["quarter"].diff().drop_nulls().dt.total_days()
        assert all(days < 93 for days in steps), "2025 is missing from this snapshot"
    assert set(lines.filter("is_dashed")["quarter"]) == {date(2026, 7, 1), date(2026, 10, 1)}


def figure(*known: Basis) -> Figure | Absent:
    rows = quarterly(known, PAIR, 10)
    given = {"report.subject": "Qwen", "report.reference": "Llama", "report.grouping": "family"}
    given["snapshot.named"] = "our sample of October 2026"
    facts = {key: sentence(text, "x") for key, text in given.items()} | quarter_facts(rows, *PAIR)
    events = pl.DataFrame(
        {
            "event": ["a", "b", "c"],
            "date": [date(2024, 7, 23), date(2024, 9, 19), date(2025, 1, 20)],
            "label": ["Llama 3.1", "Qwen2.5", "R1"],
            "group": ["Llama", "Qwen", None],
        }
    )
    bases = pl.DataFrame({"family": ["Qwen", "Llama", "Gemma"], "released": [date(2024, 9, 19)] * 3})
    return charts.by_quarter(rows, events, bases, FAMILIES, PageFacts(facts))


def test_the_figure_marks_snapshots_releases_and_the_quarter_that_was_not_over() -> None:
    drawn = figure(OWN, NEW, OLD)
    assert isinstance(drawn, Figure)
    assert drawn.note is not None
    assert "not over" in drawn.note
    for view, spec in drawn.specs.items():
        drawing = drawn.svg_of(view, spec)
        assert not faults(drawing)
        for text in ("Our sample of", "by shape", "Llama 3.1", "Qwen2.5"):
            assert text in drawing, (view, text)
        assert "R1" not in drawing, "it belongs to neither"
        assert {"var(--family-1)", "var(--family-2)"} <= set(drawing.replace('"', " ").split())


@pytest.mark.parametrize("last", [(50, 49, 1), (50, 50, 0), (1, 2, 97), (99, 1, 0)])
def test_names_at_the_end_stand_apart_however_near_the_lines_end(last: tuple[float, float, float]) -> None:
    drawn = figure(basis(date(2025, 7, 1), {date(2025, 2, 1): (10, 60, 30), date(2025, 5, 1): last}))
    assert isinstance(drawn, Figure)
    assert not [fault for view, spec in drawn.specs.items() for fault in faults(drawn.svg_of(view, spec))]


def test_without_dates_there_is_no_figure_and_without_a_partial_quarter_no_word_of_it() -> None:
    assert isinstance(figure(), Absent)
    census = figure(OLD)
    assert isinstance(census, Figure)
    assert census.note is not None
    assert "not over" not in census.note
