"""What people build on follows its input: figures' tables and titles turn with relations, bases and history."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pipeline.report.facts import load

from pipeline import register, snapshot
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.errors import ParamsError
from pipeline.charts.derivatives import bases, vintages
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.hub import links as lineage
from pipeline.hub import models
from pipeline.hub.nodes import Nodes
from pipeline.snapshot.schema import RawModels

SLICE_DATE = "2026-04-22"


def families(report: Any) -> pl.DataFrame:
    return register.load("families", report.paths.register)


def per_base(report: Any) -> Any:
    return bases.per_base(report.table("bases"), report.table("base_classes"), families(report), load(report.paths))


def gap(report: Any) -> Any:
    return bases.gap(report.table("gap"), families(report), load(report.paths))


def as_known(report: Any) -> Any:
    return vintages.as_known(report.table("vintages"), families(report), load(report.paths))


def altered(report: Any, slice_path: Path, rows: pl.DataFrame) -> Any:
    path = report.paths.root / slice_path.name
    rows.write_parquet(path)
    return report.read_from(path, "slice", SLICE_DATE).build()


def totals(report: Any) -> dict[tuple[str, str], int]:
    sums = report.table("base_classes").group_by("mixture", "relation").agg(pl.col("derivatives").sum())
    return {(mixture, relation): n for mixture, relation, n in sums.iter_rows()}


# -------------------------------------------------------------------------------- what they attract


def test_fine_tunes_of_mixtures_relabelled_as_quantizations_turn_the_title(
    hub_slice: Any, slice_path: Path, report: Any
) -> None:
    mixtures = register.load("releases", report.paths.register).filter(mixture="moe")["model"].to_list()
    moved = {f"base_model:finetune:{model}": f"base_model:quantized:{model}" for model in mixtures}
    tags = pl.col("tags").list.eval(pl.element().replace(moved))
    altered(report, slice_path, pl.read_parquet(slice_path).with_columns(tags))
    before, after = totals(hub_slice), totals(report)
    assert after["moe", "finetune"] == 0
    assert after["moe", "quantized"] == before["moe", "finetune"] + before["moe", "quantized"]
    assert {key: n for key, n in after.items() if key[0] == "dense"} == {
        key: n for key, n in before.items() if key[0] == "dense"
    }
    assert "11 derivatives, mainly fine-tunes (7)" in per_base(hub_slice).title
    assert "11 derivatives, mainly quantizations (8)" in per_base(report).title
    assert report.text("bases.answer") != hub_slice.text("bases.answer")
    assert gap(report).title == gap(hub_slice).title, "relations do not move the gap"


def test_twice_the_conversions_of_mixtures_double_their_mean(sample: Any, report: Any) -> None:
    path = report.paths.sample / "conversions.parquet"
    moe = register.load("releases", report.paths.register).filter(mixture="moe")["model"]
    rows = pl.read_parquet(path)
    again = rows.filter(pl.col("source").is_in(moe.implode())).with_columns(
        conversion=pl.lit("again/") + pl.col("conversion")
    )
    pl.concat([rows, again]).write_parquet(path)
    report.build()
    before, after = totals(sample), totals(report)
    assert after["moe", "quantized"] > 1.2 * before["moe", "quantized"]
    assert after["dense", "quantized"] == before["dense", "quantized"]
    assert per_base(report).title != per_base(sample).title


# ---------------------------------------------------------------------------------- where the gap is


def test_a_lead_moved_to_small_bases_moves_the_title(hub_slice: Any, slice_path: Path, report: Any) -> None:
    """Whoever builds on a large dense Qwen builds on a small one instead: the lead stays and moves."""
    releases = register.load("releases", report.paths.register)
    large = releases.filter(
        pl.col("model").str.starts_with("Qwen/"), pl.col("parameters_total") >= 10e9, mixture="dense"
    )
    pattern = "^(base_model:(?:[a-z]+:)?)(?:" + "|".join(large["model"].str.escape_regex()) + ")$"
    tags = pl.col("tags").list.eval(pl.element().str.replace(pattern, "${1}Qwen/Qwen2.5-7B"))
    altered(report, slice_path, pl.read_parquet(slice_path).with_columns(tags))
    assert gap(hub_slice).title.startswith("Qwen’s lead over Llama comes from dense bases of 10B and more")
    assert "dense bases under 10B" in gap(report).title
    rows = report.table("gap").filter("is_shown")
    assert dict(rows.select("kind", "subject_derivatives").iter_rows())["dense 10B and more"] == 0


def test_subject_and_reference_exchanged_turn_the_bars_and_keep_the_title(
    hub_slice: Any, slice_path: Path, report: Any
) -> None:
    report.set(report={"subject": "Llama", "reference": "Qwen"}).read_from(slice_path, "slice", SLICE_DATE).build()
    before, after = (r.table("gap").sort("definition", "kind") for r in (hub_slice, report))
    assert after["gap"].to_list() == (-before["gap"]).to_list()
    assert gap(report).title == gap(hub_slice).title
    assert report.text("gap.sentence").startswith("Counted as declared, transitive, Llama has")


def test_without_the_subjects_large_repositories_the_title_turns(sample: Any, report: Any) -> None:
    total = pl.col("safetensors").struct.field("total")
    report.alter_sample(lambda rows: rows.filter((total < 10e9) | total.is_null())).build()
    shown = dict(report.table("gap").filter("is_shown").select("kind", "gap").iter_rows())
    before = dict(sample.table("gap").filter("is_shown").select("kind", "gap").iter_rows())
    assert shown["dense under 10B"] >= 0.9 * before["dense under 10B"]
    assert shown["dense 10B and more"] < 0.2 * before["dense 10B and more"]
    assert gap(sample).title.startswith("The largest part of Qwen’s lead over Llama sits in dense bases under 10B")
    assert gap(report).title.startswith("Most of Qwen’s lead over Llama sits in dense bases under 10B")


# ------------------------------------------------------------------------------------ as known then


FIRST, SECOND = date(2024, 9, 30), date(2025, 6, 30)


@pytest.fixture(scope="module")
def remembered(slice_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two older files of the slice, and a newest one in which some repositories are gone or declare otherwise.

    Every seventh repository created by the first date was deleted since; every fifth of those created
    between the dates names another base than it did then.
    """
    from tests.conftest import copy_project

    root = tmp_path_factory.mktemp("remembered")
    report = copy_project(root / "report")
    rows = pl.read_parquet(slice_path).with_row_index("n")
    day = pl.col("createdAt").dt.date()
    gone = (day <= FIRST) & (pl.col("n") % 7 == 0)
    turned = (day > FIRST) & (day <= SECOND) & (pl.col("n") % 5 == 0)
    other = pl.element().str.replace("^(base_model:(?:[a-z]+:)?).*$", "${1}google/gemma-2-9b")
    now = rows.filter(~gone).with_columns(tags=pl.when(turned).then(pl.col("tags").list.eval(other)).otherwise("tags"))
    rows.filter(day <= FIRST).drop("n").write_parquet(root / "first.parquet")
    rows.filter(day <= SECOND, ~gone).drop("n").write_parquet(root / "second.parquet")
    now.drop("n").write_parquet(root / "newest.parquet")
    files = {FIRST: root / "first.parquet", SECOND: root / "second.parquet"}
    history = [{"date": str(day), "path": str(path), "coverage": "slice"} for day, path in files.items()]
    report.read_from(root / "newest.parquet", "slice", SLICE_DATE).set(snapshot={"history_files": history}).build()
    return report, files


def counts(report: Any, day: date, column: str) -> dict[str, int]:
    rows = report.table("vintages").filter(pl.col("date") == day, pl.col("relation") == "all")
    return dict(rows.filter(pl.col("group").is_in(["Qwen", "Llama", "Gemma"])).select("group", column).iter_rows())


def direct(report: Any) -> dict[str, float]:
    rows = report.table("derivatives").filter(pl.col("definition") == "family.declared.direct.all")
    return dict(
        rows.filter(pl.col("group").is_in(["Qwen", "Llama", "Gemma"])).select("group", "derivatives").iter_rows()
    )


def test_as_known_is_what_the_older_file_alone_gives(remembered: Any, tmp_path: Path) -> None:
    from tests.conftest import copy_project

    report, files = remembered
    for number, (day, path) in enumerate(files.items()):
        alone = copy_project(tmp_path / str(number)).read_from(path, "slice", str(day)).build()
        assert counts(report, day, "derivatives_as_known") == direct(alone)


def test_the_newest_date_is_the_report_itself(remembered: Any) -> None:
    report, _ = remembered
    newest = date.fromisoformat(SLICE_DATE)
    assert counts(report, newest, "derivatives_as_known") == direct(report)
    assert counts(report, newest, "derivatives_back_cast") == direct(report), "every repository of the slice has a date"


def test_the_two_counts_differ_by_what_was_deleted_or_redeclared(remembered: Any) -> None:
    """Per family: known then, less what lost its link since, plus what gained one, is what is counted back."""
    report, files = remembered
    params = parameters.load(report.paths.params)
    from pipeline.chapters.derivatives import vintages as stage

    directory, nodes = report.paths.register, Nodes.load(report.paths)
    pairs = stage.pairs(
        nodes.edges(declared=True, columns=("relation",)), nodes.identity(directory)[params.report.grouping]
    )
    now = pairs.select("group", child=nodes.names(pairs["child"])).unique()
    created = pl.read_parquet(report.paths.raw / "models.parquet").select(child="id", day=pl.col("createdAt").dt.date())
    for day, path in files.items():
        described = parameters.Snapshot(source="file", path=str(path), coverage="slice", date=day)
        older = tables.conform(snapshot.read(described, report.paths).models, RawModels, "an older file")
        then = stage.as_known(older.lazy(), report.paths, params)
        core = models.build(older.lazy(), directory)
        links, _ = lineage.declared_links(older.lazy(), core, register.load("renames", directory))
        known = then.select("group", child=links.names.gather(then["child"])).unique()
        back = now.join(created.filter(pl.col("day") <= day), on="child").select("child", "group")
        lost = known.join(back, on=["child", "group"], how="anti")["group"].value_counts()
        gained = back.join(known, on=["child", "group"], how="anti")["group"].value_counts()
        as_known, counted = (counts(report, day, c) for c in ("derivatives_as_known", "derivatives_back_cast"))
        for group in ("Qwen", "Llama", "Gemma"):
            less, more = (int(rows.filter(pl.col("group") == group)["count"].sum()) for rows in (lost, gained))
            assert as_known[group] - less + more == counted[group]
        present = set(pl.read_parquet(report.paths.raw / "models.parquet")["id"])
        if day == FIRST:
            assert gained.is_empty()
            assert not set(known.join(back, on=["child", "group"], how="anti")["child"]) & present, "deleted ones alone"
            assert counted["Llama"] < as_known["Llama"]
        else:
            assert set(known.join(back, on=["child", "group"], how="anti")["child"]) <= present, "redeclared ones alone"
            assert counted["Gemma"] > as_known["Gemma"], "what turned to Gemma since is counted back to then"


def test_both_curves_are_shown_and_the_title_says_how_far_they_part(remembered: Any) -> None:
    report, _ = remembered
    found = as_known(report)
    assert isinstance(found, Figure)
    known, back = (counts(report, FIRST, c) for c in ("derivatives_as_known", "derivatives_back_cast"))
    less = 100 * (known["Llama"] - back["Llama"]) / known["Llama"]
    assert found.title.startswith("Counted back to September 2024, Qwen has ")
    assert found.title.endswith(f"Llama {less:.0f}% fewer")
    assert set(found.table["relation"]) == {"all", "finetune", "adapter", "quantized", "merge", "unspecified"}
    assert "role-mark" in found.html
    assert "as known then" in found.html
    assert "less certain" in found.html


def test_a_history_that_is_the_present_has_nothing_to_tell_apart(slice_path: Path, report: Any) -> None:
    rows = pl.read_parquet(slice_path).filter(pl.col("createdAt") < datetime(2025, 1, 1))
    path = report.paths.root / "older.parquet"
    rows.write_parquet(path)
    entry = {"date": "2024-12-31", "path": str(path), "coverage": "slice"}
    report.read_from(slice_path, "slice", SLICE_DATE).set(snapshot={"history_files": [entry]}).build()
    table = report.table("vintages")
    assert table["derivatives_as_known"].to_list() == table["derivatives_back_cast"].to_list()
    assert as_known(report).title == (
        "Counted back to December 2024, Qwen has as many derivatives as were known then, Llama as many"
    )


def test_a_file_of_another_coverage_is_kept_and_not_compared(slice_path: Path, report: Any) -> None:
    entry = {"date": "2024-12-31", "path": str(slice_path), "coverage": "census"}
    report.read_from(slice_path, "slice", SLICE_DATE).set(snapshot={"history_files": [entry]}).build()
    assert report.table("vintages").filter(~pl.col("is_comparable")).height
    found = as_known(report)
    assert isinstance(found, Absent)
    assert "another part of the Hub" in found.reason


def test_without_history_the_figure_says_how_to_add_one(sample: Any) -> None:
    found = as_known(sample)
    assert isinstance(found, Absent)
    assert "snapshot.history" in found.reason
    assert sample.table("vintages").is_empty(), "the sample declares nothing"


# ------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([{"date": "2025-01-01", "path": "x.parquet"}], "snapshot.history_files.0.coverage"),
        ([{"date": "2025-01-01", "path": "x.parquet", "coverage": "all"}], "snapshot.history_files.0.coverage"),
        ([{"date": "soon", "path": "x.parquet", "coverage": "slice"}], "snapshot.history_files.0.date"),
        (
            [{"date": "2025-01-01", "path": "x.parquet", "coverage": "slice", "when": 1}],
            "history_files.0.when is unknown",
        ),
        ([{"date": "2025-01-01", "path": "x.parquet", "coverage": "slice"}] * 2, "hold 2025-01-01 twice"),
    ],
)
def test_a_bad_history_is_one_line_that_names_the_key(history: list[Any], said: str, report: Any) -> None:
    report.set(snapshot={"history_files": history})
    with pytest.raises(ParamsError, match=said) as caught:
        parameters.load(report.paths.params)
    assert "\n" not in str(caught.value)


def test_a_history_must_be_older_than_the_snapshot(report: Any) -> None:
    entry = {"date": "2031-01-01", "path": parameters.SAMPLE, "coverage": "sample"}
    with pytest.raises(ParamsError, match=r"snapshot\.history: 2031-01-01 is not before the snapshot's own date"):
        report.set(snapshot={"history_files": [entry]}).build()


def test_a_missing_file_of_the_history_is_named(report: Any) -> None:
    entry = {"date": "2025-01-01", "path": "nowhere.parquet", "coverage": "sample"}
    with pytest.raises(ParamsError, match=r'snapshot\.history_files\.0\.path: no file "nowhere\.parquet"'):
        report.set(snapshot={"history_files": [entry]}).build()
