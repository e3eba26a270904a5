"""What a family's releases cover of the plane of size, modality and time."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.completeness import Completeness
from pipeline.base.facts import PageFacts, report_facts
from pipeline.base.paths import Paths
from pipeline.base.results import Tables
from pipeline.chapters.surface import facts as surface_facts
from pipeline.chapters.surface import tables as surface
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.surface import plane as charts
from tests.conftest import Report
from tests.hub.made import nodes_of

TODAY = date(2026, 3, 15)
FAMILIES = register.load("families", Paths().register)
CELLS = len(surface.SIZES) * len(surface.MODALITIES)


def releases(*rows: tuple[str, str, date | None, int | None]) -> pl.DataFrame:
    """Rows of (family, modality, released, total)."""
    return pl.DataFrame(
        [
            {"model": f"x/{n}", "family": family, "modality": kind, "licence": "mit", "released": day, "total": total}
            for n, (family, kind, day, total) in enumerate(rows)
        ],
        schema={
            "model": pl.String,
            "family": pl.String,
            "modality": pl.String,
            "licence": pl.String,
            "released": pl.Date,
            "total": pl.Int64,
        },
    )


def covered(plane: pl.DataFrame, month: date) -> set[tuple[str, float]]:
    rows = plane.filter(pl.col("month") == month, "covered").select("modality", "size").iter_rows()
    return {(modality, size / 1e9) for modality, size in rows}


def test_a_release_covers_the_size_next_to_it() -> None:
    plane = surface.nearest(releases(("A", "code", date(2026, 1, 5), 600_000_000)), TODAY, 12)
    assert covered(plane, date(2026, 3, 1)) == {("code", 0.5)}


def test_a_size_half_a_doubling_from_two_cells_covers_both() -> None:
    total = round(1e9 * 2**0.5)
    plane = surface.nearest(releases(("A", "math", date(2026, 1, 5), total)), TODAY, 12)
    assert covered(plane, date(2026, 3, 1)) == {("math", 1), ("math", 2)}


def test_a_model_that_reads_images_serves_text_as_well() -> None:
    plane = surface.nearest(releases(("A", "vision", date(2026, 1, 5), 8_000_000_000)), TODAY, 12)
    assert covered(plane, date(2026, 3, 1)) == {("vision", 8), ("text", 8)}


def test_a_release_stops_being_current_after_its_months() -> None:
    plane = surface.nearest(releases(("A", "text", date(2025, 3, 31), 8_000_000_000)), TODAY, 12)
    assert covered(plane, date(2026, 2, 1)) == {("text", 8)}
    assert covered(plane, date(2026, 3, 1)) == set()
    assert plane.filter(pl.col("month") == date(2026, 3, 1), pl.col("size") == 8e9)["covered_loosely"].all()


def test_a_current_release_is_nearest_before_an_older_closer_one() -> None:
    rows = releases(("A", "text", date(2024, 6, 1), 8_000_000_000), ("A", "text", date(2026, 1, 1), 12_000_000_000))
    plane = surface.nearest(rows, TODAY, 12).filter(pl.col("month") == date(2026, 3, 1), pl.col("size") == 8e9)
    assert plane["model"].to_list() == ["x/1"]


def test_releases_without_size_or_date_are_left_out_and_counted() -> None:
    rows = releases(
        ("A", "text", None, 10**9), ("A", "text", date(2026, 1, 1), None), ("A", "text", date(2026, 1, 1), 10**9)
    )
    assert set(surface.nearest(rows, TODAY, 12)["model"]) == {"x/2"}
    columns = ("id", "family", "organisation", "format")
    core = pl.DataFrame(schema={**dict.fromkeys(columns, pl.String), "created_month": pl.Date})
    links = pl.DataFrame(schema={"child": pl.String, "parent": pl.String, "evidence": pl.String})
    nodes = nodes_of(core, links, rows["model"])
    quoted = surface.catalogue(rows, nodes, TODAY).row(0, named=True)
    assert (quoted["releases"], quoted["undated"], quoted["unsized"]) == (3, 1, 1)


def test_ten_sizes_on_one_day_are_one_release_day() -> None:
    rows = releases(*(("A", "text", date(2026, 2, 3), 10**9 * n) for n in range(1, 11)))
    assert surface.cadence(rows, TODAY).row(0, named=True) | {"family": "A"} == {
        "family": "A",
        "quarter": date(2026, 1, 1),
        "releases": 10,
        "release_days": 1,
        "is_partial": True,
    }


def test_a_quarter_without_releases_is_zero_not_missing() -> None:
    rows = releases(("A", "text", date(2025, 5, 1), 10**9), ("A", "text", date(2026, 1, 5), 10**9))
    assert surface.cadence(rows, TODAY).sort("quarter")["releases"].to_list() == [1, 0, 0, 1]


def test_quarters_tell_nothing_released_from_not_collected_and_from_size_not_known() -> None:
    rows = releases(
        ("A", "text", date(2025, 5, 1), 7 * 10**9),
        ("A", "vision", date(2025, 6, 1), 9 * 10**9),
        ("A", "text", date(2025, 6, 2), None),
        ("B", "text", date(2025, 11, 1), 2 * 10**12),
    )
    found = surface.by_quarter(rows, TODAY)
    some = found.filter(pl.col("releases") > 0).select("family", "quarter", "size", "releases").sort("family", "size")
    assert some.rows() == [
        ("A", date(2025, 4, 1), 0, 1),
        ("A", date(2025, 4, 1), 8_000_000_000, 2),
        ("B", date(2025, 10, 1), surface.SIZES[-1], 1),
    ]
    assert found.height == 2 * 4 * (len(surface.SIZES) + 1)
    assert set(found.filter(~pl.col("is_collected"))["quarter"]) == {date(2026, 1, 1)}
    assert set(found.filter("is_partial")["quarter"]) == {date(2026, 1, 1)}


def test_a_stated_size_places_a_release_whose_elements_are_not_known(sample: Any) -> None:
    placed = surface.placed(sample.paths).filter(pl.col("model") == "meta-llama/Llama-2-70b")
    assert placed["total"].to_list() == [70_000_000_000]


DAYS = st.dates(date(2023, 1, 1), date(2026, 3, 10))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]), st.sampled_from(["text", "vision", "audio", "guard"]), DAYS, st.integers(1, 10**12)
    ),
    min_size=1,
    max_size=12,
)


@given(ROWS, st.integers(1, 24))
@settings(max_examples=40, deadline=None)
def test_the_index_is_what_counting_cell_by_cell_gives(rows: list[Any], months: int) -> None:
    frame = releases(*rows)
    plane = surface.nearest(frame, TODAY, months)
    index = surface.index(plane, frame, TODAY, months).filter(pl.col("month") == date(2026, 3, 1))
    for family, share, loose in index.select("family", "index", "index_loose").iter_rows():
        found = {"narrow": 0, "loose": 0}
        for modality in surface.MODALITIES:
            for size in surface.SIZES:
                near = {"narrow": False, "loose": False}
                for _, kind, day, total in (row for row in rows if row[0] == family):
                    serves = modality == kind or (modality == "text" and kind == "vision")
                    age = (2026 - day.year) * 12 + 3 - day.month
                    far = abs(pl.select(pl.lit(total / size).log(2)).item())
                    near["narrow"] |= serves and age < months and round(far, 6) <= surface.NARROW
                    near["loose"] |= serves and age < 2 * months and round(far, 6) <= surface.LOOSE
                for rule, is_near in near.items():
                    found[rule] += is_near
        assert share == pytest.approx(found["narrow"] / CELLS)
        assert loose == pytest.approx(found["loose"] / CELLS)


# ------------------------------------------------------------------------------- figures and facts


@dataclass(frozen=True)
class Chapter:
    """The chapter's tables of some releases, and what they say to some parameters."""

    tables: dict[str, pl.DataFrame]
    facts: PageFacts

    def text(self, key: str) -> str:
        return self.facts[key]["text"]


def chapter(sample: Report, released: pl.DataFrame | None = None, **compared: Any) -> Chapter:
    """The chapter on the sample's day. compared: parameters of the report; released: releases, without those left."""
    params = parameters.load(Paths().params)
    params = params.model_copy(update={"report": params.report.model_copy(update=compared)})
    released = surface.placed(sample.paths) if released is None else released
    day = date.fromisoformat(sample.fact("snapshot.date"))
    months = params.surface.current_months
    plane = surface.nearest(released, day, months)
    made = {
        "surface": plane,
        "surface_index": surface.index(plane, released, day, months),
        "surface_quarters": surface.by_quarter(released, day),
        "cadence": surface.cadence(released, day),
        "catalogue": sample.table("catalogue"),
    }
    quoted = surface_facts.surface_facts(Tables(made), params, Completeness({"createdAt": 1.0}))
    about = tables.read_json(sample.paths.out / "hub" / "facts.json")
    return Chapter(made, PageFacts(about | report_facts(params) | quoted))


def test_without_the_subjects_releases_its_index_falls_and_the_sentence_turns(sample: Report) -> None:
    every = surface.placed(sample.paths)
    gone = pl.col("model").str.starts_with("Qwen/") & (pl.col("released") >= date(2024, 6, 1))
    before, after = chapter(sample), chapter(sample, every.filter(~gone.fill_null(False)))
    assert after.facts["surface.Qwen.index"]["value"] < before.facts["surface.Qwen.index"]["value"]
    assert after.text("surface.sentence") != before.text("surface.sentence")
    assert "Qwen has been ahead since" in before.text("surface.history")
    others = [each.tables["surface_index"].filter(family="Gemma") for each in (before, after)]
    assert others[0].equals(others[1])
    shown = []
    for each in (before, after):
        drawn = charts.coverage_map(each.tables["surface"], each.tables["surface_index"], FAMILIES, each.facts)
        assert isinstance(drawn, Figure)
        shown.append(drawn.table.filter(family="Qwen")["releases"].sum())
    assert shown[1] < shown[0]


def test_another_pair_is_shown_alone(sample: Report) -> None:
    pair = chapter(sample, subject="Gemma", reference="Llama")
    figures = [
        charts.index_over_time(pair.tables["surface_index"], FAMILIES, pair.facts),
        charts.coverage_map(pair.tables["surface"], pair.tables["surface_index"], FAMILIES, pair.facts),
        charts.cadence(pair.tables["cadence"], FAMILIES, pair.facts),
    ]
    for figure in figures:
        assert isinstance(figure, Figure)
        assert "Qwen" not in figure.title + figure.subtitle + figure.description
        assert "Gemma" in figure.description


def test_the_index_is_told_of_the_two_that_are_compared_alone(sample: Report) -> None:
    params = parameters.load(Paths().params)
    quoted = surface_facts.index_facts(sample.table("surface_index"), "Gemma", "Llama", {}, 12)
    assert {key for key in quoted if key.endswith(".index")} == {"surface.Gemma.index", "surface.Llama.index"}
    assert {f"surface.{name}.index" for name in (params.report.subject, params.report.reference)} <= set(sample.facts())


def test_a_report_on_organisations_says_that_surface_is_one_of_families(sample: Report) -> None:
    quoted = chapter(sample, subject="Alibaba", reference="Meta", grouping="organisation")
    assert quoted.text("surface.title") == "Surface is not compared here"
    assert "property of families" in quoted.text("surface.sentence")
    assert isinstance(charts.index_over_time(quoted.tables["surface_index"], FAMILIES, quoted.facts), Absent)


def test_the_tenth_declared_derivative_times_a_release(hub_slice: Any) -> None:
    row = hub_slice.table("catalogue").filter(family="Qwen").row(0, named=True)
    assert row["timed"] > 0
    assert row["median_days_to_tenth"] >= 0
    assert f"over {row['timed']} releases" in hub_slice.text("surface.speed")
