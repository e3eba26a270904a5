"""The snapshot beside other counts: what agrees, what differs, and what this snapshot cannot tell."""

import json
import os
import shutil
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.architectures.configurations import count
from pipeline.base import params, tables
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.methods import details, reconciliation
from pipeline.chapters.methods.comparison import Row, row
from pipeline.chapters.methods.earlier import earlier
from pipeline.chapters.methods.gaps import gaps, jumps
from pipeline.chapters.methods.packed import pack, packed_rows
from pipeline.chapters.methods.published import fits, name_of, published
from pipeline.chapters.methods.schema import Packed, Reconciliation
from pipeline.charts.methods import tables as methods_tables
from pipeline.hub.schema import Models
from pipeline.snapshot.schema import RawDetails
from tests.conftest import Report
from tests.hub.made import nodes_of

DAY = date(2026, 10, 1)
REGISTER = Paths().register


def by_measure(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    return {(row["subject"], row["measure"]): row for row in rows}


def core(*rows: dict[str, Any]) -> pl.LazyFrame:
    names = ("id", "author", "format", "is_quantized_format", "parameters_total", "created_month")
    columns = {name: column.dtype for name, column in Models.columns().items() if name in names}
    base = {"is_quantized_format": False} | dict.fromkeys(name for name in columns if name != "is_quantized_format")
    return pl.DataFrame([base | row for row in rows], schema=columns).lazy()


def edges(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> pl.LazyFrame:
    filled = [(*row, "declared")[:4] for row in rows]
    return pl.DataFrame(filled, schema=["child", "parent", "relation", "evidence"], orient="row").lazy()


# --- Published totals


def a_total(value: float, **more: Any) -> dict[str, Any]:
    return {"value": value, "is_lower_bound": False, "denominator": "none", "unit": "models"} | more


@pytest.mark.parametrize(
    ("found", "total", "days_later", "outcome"),
    [
        (1_000_000, a_total(990_000), 3, "agrees"),
        (1_000_000, a_total(900_000), 3, "differs"),
        (1_000_000, a_total(700_000), 300, None),  # the Hub grows: more later shows nothing
        (1_000_000, a_total(1_200_000), 300, "differs"),  # it does not shrink by a sixth
        (1_000_000, a_total(1_200_000), -300, None),  # fewer before shows nothing
        (2_188, a_total(113_000, is_lower_bound=True), -570, None),
        (
            1.2,
            a_total(4.7, kind="ratio of derivative models", denominator="Llama"),
            -700,
            None,
        ),  # a ratio moves both ways
        (1_000_000, a_total(700_000), -300, "differs"),
        (200_000, a_total(113_000, is_lower_bound=True), 5, "agrees"),
        (90_000, a_total(113_000, is_lower_bound=True), 5, "differs"),
    ],
)
def test_a_count_fits_a_published_one_as_the_hub_grows(
    found: float, total: dict[str, Any], days_later: int, outcome: str | None
) -> None:
    assert fits(found, total, days_later) == outcome


def test_only_a_census_is_compared_with_published_totals() -> None:
    totals = register.load("published_counts", REGISTER)
    for coverage in ("sample", "slice"):
        rows = list(published(totals, {}, DAY, coverage))
        assert len(rows) == totals.height
        assert {row["outcome"] for row in rows} == {"not_in_this_snapshot"}
        assert all(row["found"] is None and row["expected"] is not None and row["source"] for row in rows)
        hub = next(row for row in rows if row["subject"] == "Hub")
        assert hub["finding"] == f"Not in this snapshot: a {coverage} does not count the Hub."


def test_followers_do_not_need_a_census() -> None:
    totals = register.load("published_counts", REGISTER).filter(pl.col("kind") == "followers")
    counts = dict.fromkeys(totals.select("subject", "kind").iter_rows(), 130_000)
    rows = list(published(totals, counts, DAY, "sample"))
    assert {row["outcome"] for row in rows} == {"cannot_be_compared"}, "a later and larger number confirms nothing"
    assert {row["found"] for row in rows} == {130_000}


def test_a_census_without_relations_is_not_compared_by_relation() -> None:
    """The census of July 2024 has 0 adapter edges and 126,650 that state no relation: 0 is no count of adapters."""
    totals = register.load("published_counts", REGISTER)
    counts = {("Hub", "derivative edges, adapter"): 0, ("Hub", "derivative edges, unspecified"): 126_650}
    rows = by_measure(published(totals, counts, date(2025, 8, 1), "census"))
    adapters = rows["Hub", "derivative edges, adapter"]
    assert adapters["outcome"] == "cannot_be_compared"
    assert adapters["finding"] == "126,650 links of this snapshot state no relation."
    few = counts | {("Hub", "derivative edges, unspecified"): 5}
    stated = by_measure(published(totals, few, date(2025, 8, 1), "census"))
    assert stated["Hub", "derivative edges, adapter"]["outcome"] == "differs"


@pytest.fixture(scope="module")
def as_census(hub_slice: Report, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """The comparisons of the real slice, taken as if it were all of the Hub."""
    paths = Paths(tmp_path_factory.mktemp("census"))
    (paths.root / "pipeline").symlink_to(hub_slice.paths.root / "pipeline")
    for folder in (paths.out, paths.core, paths.raw):
        shutil.copytree(hub_slice.paths.root / folder.relative_to(paths.root), folder, copy_function=os.symlink)
    known = tables.read_json(paths.provenance)
    paths.provenance.unlink()
    tables.write_json(known | {"coverage": "census", "repository": "cfahlgren1/hub-stats"}, paths.provenance)
    found = Results(paths.root / "found")
    reconciliation.make(paths, params.load(hub_slice.paths.params), found)
    return found.tables["reconciliation"]


def compared(table: pl.DataFrame, topic: str) -> dict[tuple[str, str], Row]:
    return by_measure(table.filter(pl.col("topic") == topic).iter_rows(named=True))


def test_rows_and_relations_are_those_of_the_lineage(as_census: pl.DataFrame, hub_slice: Report) -> None:
    rows = compared(as_census, "published totals")
    derived = hub_slice.table("derivatives")

    def derivatives(definition: str, group: str) -> int:
        return derived.filter(definition=definition, group=group)["derivatives"].item()

    assert rows["Hub", "models"]["found"] == tables.read_json(hub_slice.paths.provenance)["rows"] == 4167
    assert rows["Hub", "models with a declared base, adapter"]["found"] == 20
    assert rows["Hub", "models with a declared base, merge"]["found"] == 1116
    assert rows["Hub", "derivative edges"]["found"] == hub_slice.table("relations")["links"].sum() == 5201
    assert rows["Hub", "models"]["outcome"] == "differs"
    assert rows["Llama", "derivative models"]["found"] == derivatives("family.declared.direct.all", "Llama")
    assert rows["Meta", "derivative models"]["found"] == derivatives("organisation.declared.direct.all", "Meta")
    over = rows["Qwen over Llama", "ratio of derivative models"]["found"]
    assert over == pytest.approx(
        rows["Qwen", "derivative models"]["found"] / rows["Llama", "derivative models"]["found"]
    )
    assert rows["Qwen", "share of text and vision-language downloads (percent)"]["found"] is None


def test_a_file_that_ends_long_before_its_date_differs(as_census: pl.DataFrame) -> None:
    rows = compared(as_census, "known gaps")
    assert rows["this snapshot", "days of the last year without a new repository"]["outcome"] == "differs"
    assert rows["cfahlgren1/hub-stats", "missing: parts of these months"]["outcome"] == "differs", "22 April 2026"
    assert rows["cfahlgren1/hub-stats", "missing: most of the month"]["outcome"] == "agrees"


def test_the_slice_itself_counts_no_hub(hub_slice: Report) -> None:
    rows = compared(hub_slice.table("reconciliation"), "published totals")
    assert {row["outcome"] for row in rows.values()} == {"not_in_this_snapshot"}


# --- An earlier snapshot


def raw(*rows: tuple[str, int, int, int | None]) -> pl.LazyFrame:
    table = pl.DataFrame(rows, schema=["id", "day", "likes", "downloadsAllTime"], orient="row")
    created = pl.datetime(2025, 1, pl.col("day"), time_unit="us")
    return table.with_columns(createdAt=created, downloadsAllTime=pl.col("downloadsAllTime").cast(pl.Int64)).lazy()


BEFORE = {"source": "hub-stats", "revision": "a" * 40, "sha256": "b" * 64, "coverage": "census", "panel_one_in": 1}


def test_what_fell_moved_or_went_since_an_earlier_snapshot_is_counted() -> None:
    old = raw(("a/a", 1, 5, 100), ("a/b", 2, 5, 100), ("a/c", 3, 5, 100), ("a/gone", 4, 1, 1))
    new = raw(("a/a", 1, 6, 200), ("a/b", 2, 4, 90), ("a/c", 9, 5, 100), ("a/new", 5, 0, 0))
    rows = by_measure(earlier(new, [(date(2025, 7, 1), old, BEFORE)], "census"))
    found = {measure: (row["found"], row["outcome"]) for (_, measure), row in rows.items()}
    assert found == {
        "repositories gone": (1, "noted"),
        "downloads of all time that fell": (1, "differs"),
        "likes that fell": (1, "noted"),
        "creation dates that moved": (1, "differs"),
    }
    assert rows["all repositories", "repositories gone"]["finding"] == "1 repository of 4 (25%)."


def test_a_comparison_of_a_panel_names_its_share() -> None:
    old, new = raw(("a/a", 1, 5, None)), raw(("a/a", 1, 5, 100))
    rows = by_measure(earlier(new, [(date(2025, 1, 5), old, BEFORE | {"panel_one_in": 128})], "census"))
    assert rows["all repositories", "likes that fell"]["finding"].endswith(
        "Compared is one repository in 128, chosen by a hash of its name."
    )
    assert "128" not in rows["all repositories", "downloads of all time that fell"]["finding"], "not compared at all"


def test_without_an_earlier_snapshot_nothing_is_said() -> None:
    rows = list(earlier(raw(("a/a", 1, 5, 100)), [], "census"))
    assert {row["outcome"] for row in rows} == {"not_in_this_snapshot"}
    assert len(rows) == 4


def test_a_counter_that_one_of_the_two_lacks_is_not_compared() -> None:
    old, new = raw(("a/a", 1, 5, None)), raw(("a/a", 1, 5, 100))
    rows = by_measure(earlier(new, [(date(2025, 1, 5), old, BEFORE)], "census"))
    assert rows["all repositories", "downloads of all time that fell"]["outcome"] == "not_in_this_snapshot"
    assert rows["all repositories", "likes that fell"]["outcome"] == "agrees"


def test_repositories_are_gone_only_between_snapshots_of_one_kind() -> None:
    old = raw(("a/a", 1, 5, 100))
    rows = by_measure(earlier(old, [(date(2025, 1, 5), old, BEFORE | {"coverage": "slice"})], "census"))
    assert rows["all repositories", "repositories gone"]["outcome"] == "not_in_this_snapshot"


# --- Sudden jumps


def test_a_month_of_a_machines_series_is_a_jump_and_steady_work_is_none() -> None:
    bulk = [{"id": f"bulk/{n}", "author": "bulk", "created_month": date(2026, 3, 1)} for n in range(150)]
    bulk += [{"id": "bulk/early", "author": "bulk", "created_month": date(2025, 3, 1)}]
    steady = [
        {"id": f"steady/{month}-{n}", "author": "steady", "created_month": date(2026, month, 1)}
        for month in (1, 2, 3)
        for n in range(120)
    ]
    undated = [{"id": f"x/{n}", "author": "x"} for n in range(500)]
    rows = by_measure(jumps(core(*bulk, *steady, *undated)))
    assert set(rows) == {("all uploaders", "sudden jumps in one month"), ("bulk", "repositories in one month")}
    assert rows["bulk", "repositories in one month"]["found"] == 150
    assert rows["bulk", "repositories in one month"]["expected"] == 1.0


def test_the_speech_series_of_the_sample_is_found(sample: Report) -> None:
    assert ("facebook", "repositories in one month") in compared(sample.table("reconciliation"), "sudden jumps")


# --- Known gaps


def of_days(*days: date) -> pl.LazyFrame:
    return pl.DataFrame({"createdAt": [datetime(day.year, day.month, day.day, 12) for day in days]}).lazy()


def gaps_of(day: date, census: bool, *days: date, **provenance: Any) -> dict[tuple[str, str], Row]:
    known = register.load("snapshot_gaps", REGISTER)
    snapshot = {"coverage": "census" if census else "sample"} | provenance
    return by_measure(gaps(known, snapshot, of_days(*days), day, census=census))


def test_a_whole_census_has_new_repositories_up_to_its_day() -> None:
    days = [date(2026, 9, day) for day in range(20, 31)]
    rows = gaps_of(DAY, True, *days)
    assert rows["this snapshot", "days to the last new repository"]["outcome"] == "agrees"
    assert rows["this snapshot", "days of the last year without a new repository"]["found"] == 0


def test_a_repeated_file_and_a_hole_differ() -> None:
    rows = gaps_of(DAY, True, date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 6))
    assert rows["this snapshot", "days to the last new repository"]["found"] == 25
    assert rows["this snapshot", "days of the last year without a new repository"]["found"] == 3
    assert {row["outcome"] for row in rows.values()} == {"differs", "not_in_this_snapshot"}


def test_a_snapshot_from_a_known_gap_differs() -> None:
    rows = gaps_of(date(2025, 11, 24), True, date(2025, 11, 24), repository="cfahlgren1/hub-stats")
    assert rows["cfahlgren1/hub-stats", "missing: a file of a part of the Hub"]["outcome"] == "differs"


def test_a_leap_day_is_a_day() -> None:
    assert gaps_of(date(2028, 2, 29), True, date(2028, 2, 29))


# --- Packed formats


FORMATS = register.load("formats", REGISTER)
RELEASES = register.load("releases", REGISTER).clear()


def packed(rows: pl.LazyFrame, lines: pl.LazyFrame, releases: pl.DataFrame = RELEASES) -> dict[str, dict[str, Any]]:
    nodes = nodes_of(rows.collect(), lines.collect(), releases["model"])
    table = tables.conform(pack(nodes, releases, FORMATS), Packed, "here")
    return {row["id"]: row for row in table.iter_rows(named=True)}


def copy(name: str, total: int | None, form: str = "awq") -> dict[str, Any]:
    return {"id": name, "format": form, "is_quantized_format": True, "parameters_total": total}


def test_a_packed_count_is_corrected_from_the_model_it_is_made_from() -> None:
    rows = core({"id": "q/8B", "parameters_total": 8_000}, copy("x/8B-AWQ", 1_900), copy("x/8B-FP8", 8_001, "fp8"))
    found = packed(rows, edges(("x/8B-AWQ", "q/8B", "quantized"), ("x/8B-FP8", "q/8B", "quantized")))
    assert found["x/8B-AWQ"]["parameters_corrected"] == 8_000
    assert found["x/8B-AWQ"]["parameters_stored"] == 1_900, "what is stored stays"
    assert found["x/8B-FP8"]["parameters_corrected"] is None
    assert (found["x/8B-AWQ"]["outcome"], found["x/8B-FP8"]["outcome"]) == ("corrected", "as_original")


def test_the_original_of_a_copy_of_a_copy_is_found_and_an_inferred_step_makes_it_inferred() -> None:
    rows = core({"id": "q/8B", "parameters_total": 8_000}, copy("x/AWQ", 1_900), copy("y/of-AWQ-4bit", 1_900, "bits"))
    found = packed(rows, edges(("x/AWQ", "q/8B", "quantized", "inferred"), ("y/of-AWQ-4bit", "x/AWQ", "quantized")))
    assert found["y/of-AWQ-4bit"]["original"] == "q/8B"
    assert found["y/of-AWQ-4bit"]["evidence"] == "inferred"


def test_an_adapter_a_merge_and_a_copy_of_two_models_are_not_corrected() -> None:
    sizes = [{"id": name, "parameters_total": 8_000} for name in ("q/a", "q/b")]
    rows = core(*sizes, copy("x/lora-4bit", 50), copy("x/merge-AWQ", 1_900), copy("x/two-AWQ", 1_900))
    lines = edges(
        ("x/lora-4bit", "q/a", "adapter"),
        ("x/merge-AWQ", "q/a", "merge"),
        ("x/two-AWQ", "q/a", "quantized"),
        ("x/two-AWQ", "q/b", "quantized"),
    )
    assert {row["outcome"] for row in packed(rows, lines).values()} == {"not_known"}


def test_a_count_beside_gguf_files_is_of_unpacked_ones() -> None:
    rows = core({"id": "q/8B", "parameters_total": 8_000}, copy("x/8B-GGUF", 1_900, "gguf"), copy("x/none-AWQ", None))
    assert packed(rows, edges(("x/8B-GGUF", "q/8B", "quantized"))) == {}


def test_a_registered_release_gives_the_count_of_an_original_that_is_absent() -> None:
    releases = register.load("releases", REGISTER).filter(pl.col("model") == "Qwen/Qwen2.5-7B-Instruct")
    found = packed(
        core(copy("x/7B-AWQ", 1_900)), edges(("x/7B-AWQ", "Qwen/Qwen2.5-7B-Instruct", "quantized")), releases
    )
    assert found["x/7B-AWQ"]["parameters_corrected"] == 7_615_616_512


def test_a_cycle_of_copies_ends() -> None:
    rows = core(copy("x/a-AWQ", 10), copy("x/b-AWQ", 10))
    found = packed(rows, edges(("x/a-AWQ", "x/b-AWQ", "quantized"), ("x/b-AWQ", "x/a-AWQ", "quantized")))
    assert {row["outcome"] for row in found.values()} == {"not_known"}


@pytest.mark.parametrize(
    ("stored", "parent", "outcomes"),
    [
        (1_900, "q/8B", ["differs", "noted"]),
        (8_000, "q/8B", ["agrees", "noted"]),
        (1_900, "q/absent", ["not_in_this_snapshot"]),
        (None, "q/8B", ["not_in_this_snapshot"]),
    ],
)
def test_packed_repositories_always_have_a_row(stored: int | None, parent: str, outcomes: list[str]) -> None:
    rows = core({"id": "q/8B", "parameters_total": 8_000}, copy("x/8B-AWQ", stored))
    nodes = nodes_of(rows.collect(), edges(("x/8B-AWQ", parent, "quantized")).collect())
    table = pack(nodes, RELEASES, FORMATS)
    assert [row["outcome"] for row in packed_rows(table)] == outcomes


def test_the_slices_packed_480b_is_corrected(hub_slice: Report) -> None:
    found = hub_slice.table("packed").filter(pl.col("outcome") == "corrected", pl.col("evidence") == "declared")
    rows = {row["original"]: row for row in found.iter_rows(named=True)}
    coder = rows["Qwen/Qwen3-Coder-480B-A35B-Instruct"]
    assert coder["parameters_stored"] == 1_928_721_920
    assert coder["parameters_corrected"] == 480_154_875_392


def test_what_models_know_of_sizes_is_not_changed(hub_slice: Report) -> None:
    core_rows = tables.read(hub_slice.paths.core / "models.parquet").select("id", "parameters_total")
    both = hub_slice.table("packed").join(core_rows, on="id")
    assert both.height == hub_slice.table("packed").height > 0
    assert both.filter(pl.col("parameters_stored") != pl.col("parameters_total")).is_empty()


# --- What the stage details brings


def details_of(**columns: Any) -> pl.DataFrame:
    base = {"model": "q/a", "hub_id": "q/a", "revision": "c" * 40, "asked": DAY, "children": None, "missing": None}
    types = {name: column.dtype for name, column in RawDetails.columns().items()}
    return pl.DataFrame([base | columns], schema=types)


NOTHING = RawDetails.create_empty()


@pytest.mark.parametrize(("here", "outcome"), [(100, "agrees"), (104, "agrees"), (80, "differs"), (0, "differs")])
def test_the_hubs_own_count_stands_beside_direct_children(here: int, outcome: str) -> None:
    lineage = pl.DataFrame({"id": ["q/a"], "n_children": [here]})
    rows = by_measure(details.children(details_of(children=100), lineage, "census", on=True))
    assert rows["registered releases", "direct children"]["outcome"] == outcome
    assert (("q/a", "direct children") in rows) == (outcome == "differs")


def test_a_slice_does_not_hold_all_children() -> None:
    lineage = pl.DataFrame({"id": ["q/a"], "n_children": [3]})
    (row,) = details.children(details_of(children=100), lineage, "slice", on=True)
    assert row["outcome"] == "not_in_this_snapshot"
    assert row["expected"] == 100


def test_a_configuration_that_changed_on_the_hub_differs() -> None:
    known = register.load("configurations", REGISTER).filter(pl.col("model") == "Qwen/Qwen2.5-7B-Instruct")
    document = json.loads(known["config"].item())
    same = details_of(model="Qwen/Qwen2.5-7B-Instruct", config=json.dumps(document))
    (row,) = details.configured(same, known, on=True)
    assert row["outcome"] == "agrees"
    deeper = details_of(
        model="Qwen/Qwen2.5-7B-Instruct",
        config=json.dumps(document | {"num_hidden_layers": 29, "max_window_layers": 29}),
    )
    summary, row = details.configured(deeper, known, on=True)
    assert summary["outcome"] == row["outcome"] == "differs"
    assert row["expected"] > row["found"] == count(known)["Qwen/Qwen2.5-7B-Instruct"].text
    assert "/blob/" + "c" * 40 in row["source"]


def test_a_rename_that_was_seen_differs() -> None:
    redirects = pl.DataFrame({"old": ["a/old"], "new": ["a/new"], "date": [DAY], "source": ["https://x"]})
    summary, row = details.renamed(redirects, on=True)
    assert summary["found"] == 1
    assert row["finding"].startswith("Now a/new")
    (row,) = details.renamed(redirects.clear(), on=True)
    assert row["outcome"] == "agrees"


def test_without_details_the_reason_stands_in_place_of_the_number(sample: Report) -> None:
    table = sample.table("reconciliation")
    for topic in ("the Hub's own counts", "configurations", "renames"):
        (row,) = table.filter(pl.col("topic") == topic).iter_rows(named=True)
        assert row["finding"] == f"Not in this snapshot: {details.OFF}."


# --- The page


def test_the_page_says_once_what_a_topic_cannot_tell(sample: Report) -> None:
    html = methods_tables.reconciliation(sample.table("reconciliation")).html
    assert html.count("a sample does not count the Hub") == 1
    assert html.count("snapshot.history") == 1
    assert sample.text("reconciliation.sentence").endswith("cannot be made with it.")


def test_names_of_strangers_are_text(tmp_path: Path) -> None:
    hostile = row("sudden jumps", "<script>alert(1)</script>", "repositories in one month", "x")
    types = {name: column.dtype for name, column in Reconciliation.columns().items()}
    assert "<script>" not in methods_tables.reconciliation(pl.DataFrame([hostile], schema=types)).html


@pytest.mark.parametrize(
    ("unit", "denominator", "name"),
    [
        ("models", "none", "Llama"),
        ("ratio", "Qwen", "Llama over Qwen"),
        ("truth value", "Qwen", "Llama against Qwen"),
        ("percent", "downloads on the Hub", "Llama"),
    ],
)
def test_a_comparison_is_named_after_both(unit: str, denominator: str, name: str) -> None:
    assert name_of({"subject": "Llama", "unit": unit, "denominator": denominator}) == name
