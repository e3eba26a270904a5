"""What makers ship beside weights: licences, conversions, tags, activity and downloads."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.base import params as parameters
from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.vendors import tables as vendors
from pipeline.chapters.vendors.tables import ALL_COUNTRIES
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.vendors import figures as charts
from pipeline.report import facts as quotable

TODAY = date(2026, 10, 5)


def ground(*rows: dict[str, Any], **changes: Any) -> vendors.Ground:
    """A ground of releases only: the register's tables, and an empty snapshot."""
    releases = pl.DataFrame(
        [
            {
                "model": row.get("model", f"x/{n}"),
                "organisation": row.get("organisation", "X"),
                "country": row.get("country", "China"),
                "released": row.get("released", date(2026, 1, 10)),
                "modality": row.get("modality", "text"),
                "licence": None,
                "licence_class": row.get("licence", "permissive"),
            }
            for n, row in enumerate(rows)
        ],
        schema={
            "model": pl.String,
            "organisation": pl.String,
            "country": pl.String,
            "released": pl.Date,
            "modality": pl.String,
            "licence": pl.String,
            "licence_class": pl.String,
        },
    )
    core = changes.pop("core", [])
    raw = changes.pop("raw", [])
    edges = changes.pop("edges", [])
    return vendors.Ground(
        releases=releases,
        owners=pl.DataFrame({"organisation": ["X", "Y"], "country": ["China", "France"], "space": ["x", "y"]}),
        core=pl.LazyFrame(
            core,
            schema={"id": pl.String, "organisation": pl.String, "format": pl.String, "created_month": pl.Date},
        ),
        raw=pl.LazyFrame(raw, schema={"id": pl.String, "tags": pl.List(pl.String), "createdAt": pl.Date}),
        edges=pl.LazyFrame(edges, schema={"child": pl.String, "parent": pl.String}),
        last=TODAY,
        directory=Paths().register,
    )


# ---------------------------------------------------------------------------------------- licences


def test_a_share_leaves_unknown_licences_out_and_counts_them() -> None:
    table = vendors.licences(ground({}, {"licence": "restricted"}, {"licence": "not_known"}))
    row = table.filter(group_kind="country", group="China").row(0, named=True)
    assert (row["releases"], row["not_known"], row["share_permissive"]) == (3, 1, 0.5)
    assert table["group"].unique().sort().to_list() == ["All countries", "China", "X"]


def test_the_half_year_that_the_snapshot_ends_in_is_partial() -> None:
    table = vendors.licences(ground({"released": date(2026, 6, 30)}, {"released": date(2026, 7, 1)}))
    partial = table.filter(group_kind="organisation").sort("period")
    assert partial.select("period", "is_partial").rows() == [(date(2026, 1, 1), False), (date(2026, 7, 1), True)]


def test_the_last_twelve_months_end_with_the_snapshot() -> None:
    rows = [{"released": date(2025, 10, 5), "licence": "restricted"}, {"released": date(2025, 10, 6)}]
    row = vendors.licence_moves(ground(*rows)).row(0, named=True)
    assert (row["before"], row["before_permissive"]) == (1, 0)
    assert (row["recent"], row["recent_permissive"]) == (1, 1)


# ----------------------------------------------------------------------------------------- formats


def shipped(made: dict[str, date | None], **changes: Any) -> pl.DataFrame:
    """Formats of one release of x, `x/Big-7B` of 10 January 2026, with conversions by id and day."""
    told = {"awq": "awq", "gguf": "gguf", "mlx": "mlx"}
    core = [
        {"id": name, "organisation": None, "format": told[name.lower().rsplit("-", 1)[-1]], "created_month": None}
        for name in made
    ]
    raw = [{"id": name, "tags": [], "createdAt": day} for name, day in made.items()]
    where = ground({"model": "Qwen/Big-7B", "organisation": "Alibaba"}, core=core, raw=raw, **changes)
    return vendors.formats(where, vendors.conversions(where), 7)


def numbers(table: pl.DataFrame, shipped_by: str, format_: str) -> tuple[int, ...]:
    row = table.filter(group="All", shipped_by=shipped_by, format=format_)
    return (
        row.select("releases_in_time", "releases_ever", "conversions", "undated").rows()[0] if row.height else (0,) * 4
    )


def test_a_conversion_is_found_by_its_name_and_belongs_to_its_owner() -> None:
    table = shipped({"Qwen/Big-7B-AWQ": date(2026, 1, 12), "someone/Big-7B-GGUF": date(2026, 3, 1)})
    assert numbers(table, "maker", "awq") == (1, 1, 1, 0)
    assert numbers(table, "others", "gguf") == (0, 1, 1, 0)
    assert numbers(table, "maker", "any") == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("day", "in_time"), [(date(2026, 1, 17), 1), (date(2026, 1, 18), 0), (date(2025, 12, 20), 1), (None, 0)]
)
def test_a_week_ends_with_its_seventh_day_and_begins_before_the_announcement(day: date | None, in_time: int) -> None:
    assert numbers(shipped({"someone/Big-7B-GGUF": day}), "others", "gguf") == (in_time, 1, 1, int(day is None))


def test_a_declared_parent_counts_before_a_name() -> None:
    made: dict[str, date | None] = {
        "someone/Other-Name-GGUF": date(2026, 1, 11),
        "someone/Big-7B-MLX": date(2026, 1, 11),
    }
    table = shipped(made, edges=[{"child": "someone/Other-Name-GGUF", "parent": "Qwen/Big-7B"}])
    assert numbers(table, "others", "gguf") == (1, 1, 1, 0)
    assert numbers(table, "others", "mlx") == (1, 1, 1, 0)
    assert numbers(table, "others", "any") == (1, 1, 2, 0)


def test_a_conversion_outside_the_snapshot_is_known_but_undated() -> None:
    table = shipped({}, edges=[{"child": "someone/Big-7B-GGUF", "parent": "Qwen/Big-7B"}])
    assert numbers(table, "others", "gguf") == (0, 1, 1, 1)


def test_a_release_whose_week_is_not_over_does_not_count() -> None:
    where = ground({"released": date(2026, 9, 29)}, {"released": date(2026, 9, 28)}, {"released": None})
    assert set(vendors.formats(where, vendors.conversions(where), 7)["releases"]) == {1}


# -------------------------------------------------------------------------------------------- tags


RAW = [
    {"id": "x/a", "tags": ["arxiv:1", "arxiv:2", "en", "zh", "region:us"], "createdAt": None},
    {"id": "X/b", "tags": ["arxiv:1", "sft", "phi"], "createdAt": None},
    {"id": "y/c", "tags": ["en"], "createdAt": None},
    {"id": "nobody/d", "tags": ["arxiv:9", "fr"], "createdAt": None},
]


def test_tags_of_registered_makers_alone_are_counted() -> None:
    where = ground(raw=RAW)
    rows = {row["organisation"]: row for row in vendors.tag_counts(where, vendors.tags(where)).iter_rows(named=True)}
    assert set(rows) == {"X", "Y"}
    assert (rows["X"]["repositories"], rows["X"]["with_paper"], rows["X"]["papers"]) == (2, 2, 2)
    assert (rows["X"]["languages"], rows["Y"]["with_paper"], rows["Y"]["with_region"]) == (2, 0, 0)
    shares = vendors.languages(where, vendors.tags(where)).filter(country="All countries").select("language", "share")
    assert sorted(shares.rows()) == [("en", 1.0), ("zh", 0.5)]


def test_a_kind_of_tag_that_nobody_has_is_missing_not_zero() -> None:
    where = ground(raw=[{"id": "x/a", "tags": ["en"], "createdAt": None}])
    row = vendors.tag_counts(where, vendors.tags(where)).row(0, named=True)
    assert (row["with_paper"], row["papers"], row["with_region"], row["with_language"]) == (None, None, None, 1)


# -------------------------------------------------------------------------------------- activity


def test_who_stopped_and_who_started_follows_the_parameters() -> None:
    where = ground(
        {"organisation": "old", "released": date(2025, 10, 5)},
        {"organisation": "new", "released": date(2024, 10, 6)},
        {"organisation": "new", "released": date(2026, 10, 1)},
        {"organisation": "on", "released": date(2024, 10, 5)},
        {"organisation": "on", "released": date(2025, 10, 6)},
        {"organisation": "unknown", "released": None},
        {"organisation": "short", "released": date(2025, 3, 1)},
    )
    status = dict(vendors.activity(where, 12, 24).select("organisation", "status").iter_rows())
    assert status == {"old": "stopped", "new": "started", "on": "going on", "unknown": "not dated", "short": "stopped"}
    assert set(vendors.activity(where, 12, 24).filter("is_new")["organisation"]) == {"new", "short", "old"}
    assert dict(vendors.activity(where, 24, 24).select("organisation", "status").iter_rows())["old"] == "started"


# --------------------------------------------------------------------------------- whole reports


def again(report: Any, root: Path) -> Any:
    """A copy of a built report, whose inputs may change before `rebuild`."""
    from tests.conftest import Report

    shutil.copytree(report.paths.root, root)
    return Report(Paths(root))


def rebuild(report: Any) -> Any:
    params = parameters.load(report.paths.params)
    vendors.run(report.paths, params)
    quotable.run(report.paths, params)
    return report


def figures(report: Any) -> dict[str, Figure | Absent]:
    told = quotable.load(report.paths)
    drawn = [
        charts.licences(report.table("vendor_licences"), told),
        charts.licence_moves(report.table("vendor_licence_moves"), told, top=15),
        charts.formats(report.table("vendor_formats"), told),
        charts.papers(report.table("vendor_tags"), told, top=15),
        charts.languages(report.table("vendor_languages"), report.table("vendor_tasks"), told, top=12),
        charts.tasks(report.table("vendor_tasks"), told),
        charts.activity(report.table("vendor_activity"), told),
        charts.downloads(report.table("vendor_downloads"), told),
    ]
    return {figure.key: figure for figure in drawn}


def test_the_sample_says_what_it_lacks(sample: Any) -> None:
    assert "not in this snapshot" in sample.text("vendors.papers.sentence")
    assert sample.fact("vendors.papers.share") is None
    assert "declares no parents" in sample.text("vendors.downloads.sentence")
    assert "this sample" in sample.text("vendors.downloads.title")
    absent = {key for key, figure in figures(sample).items() if isinstance(figure, Absent)}
    assert absent == {"vendor-papers"}


def test_the_slice_has_papers_and_regions_and_counts_roots(hub_slice: Any) -> None:
    assert hub_slice.fact("vendors.papers.share") > 0
    assert "stored" in hub_slice.text("vendors.region")
    assert "roots" in hub_slice.text("vendors.downloads.sentence")
    assert "this slice" in hub_slice.text("vendors.downloads.title")
    assert hub_slice.text("vendors.formats.title").startswith("Too few conversions are in this slice")
    for key, figure in figures(hub_slice).items():
        assert isinstance(figure, Figure), key
        assert figure.html


def test_shares_of_downloads_add_up(sample: Any, hub_slice: Any) -> None:
    for report in (sample, hub_slice):
        table = report.table("vendor_downloads")
        sums = table.group_by("population", "counted_as", "group_kind").agg(
            pl.col("share", "repositories", "downloads").sum()
        )
        assert sums["share"].round(9).unique().to_list() == [1.0]
        for _, part in sums.group_by("population"):
            assert part["downloads"].n_unique() == part["repositories"].n_unique() == 1


def test_n_under_a_figure_counts_what_it_draws(hub_slice: Any) -> None:
    sources = {key: figure.source for key, figure in figures(hub_slice).items() if isinstance(figure, Figure)}
    every = pl.col("group") == ALL_COUNTRIES
    dated = hub_slice.table("vendor_licences").filter(every)
    known = int(dated["releases"].sum() - dated["not_known"].sum())
    (licences,) = re.findall(r"n = ([\d,]+) releases of known licence", sources["vendor-licences"])
    assert 0 < int(licences.replace(",", "")) <= known
    released = hub_slice.table("vendor_tasks").filter(country=ALL_COUNTRIES)["releases"].sum()
    assert f"n = {released:,} releases, dated or not" in sources["vendor-tasks"]


def test_restricted_licences_turn_the_title_and_the_moves(sample: Any, tmp_path: Path) -> None:
    report = again(sample, tmp_path / "restricted")
    recent = pl.col("released") >= "2025-10-06"
    report.edit(
        "releases",
        lambda rows: rows.with_columns(licence=pl.when(recent).then(pl.lit("other")).otherwise("licence")),
    )
    rebuild(report)
    assert sample.text("vendors.licence.title").startswith("The share of permissive licences rose")
    assert report.text("vendors.licence.title").startswith("The share of permissive licences fell")
    assert report.text("vendors.title") != sample.text("vendors.title")
    assert "became less permissive" in report.text("vendors.moves.title")
    before, after = figures(sample), figures(report)
    assert before["vendor-licence-moves"].title != after["vendor-licence-moves"].title
    assert before["vendor-tasks"].html == after["vendor-tasks"].html, "licences change no task"


def test_a_later_release_ends_a_stop(sample: Any, tmp_path: Path) -> None:
    report = again(sample, tmp_path / "later")
    stopped = pl.col("model") == "meta-llama/Llama-4-Scout-17B-16E"
    report.edit(
        "releases",
        lambda rows: rows.with_columns(released=pl.when(stopped).then(pl.lit("2026-09-01")).otherwise("released")),
    )
    rebuild(report)
    assert report.fact("vendors.activity.stopped") == sample.fact("vendors.activity.stopped") - 1
    assert "Meta" in sample.text("vendors.activity.sentence")
    assert "Meta" not in report.text("vendors.activity.sentence")


def test_conversions_by_makers_turn_the_comparison(sample: Any, tmp_path: Path) -> None:
    report = again(sample, tmp_path / "formats")
    path = report.paths.core / "models.parquet"
    raw = report.paths.raw / "models.parquet"
    old = pl.read_parquet(raw)
    releases = pl.read_csv(report.paths.register / "releases.csv").drop_nulls("released").select("model", "released")
    made = releases.select(
        id=pl.col("model") + "-AWQ", createdAt=pl.col("released").str.to_datetime("%Y-%m-%d", time_unit="us")
    )
    names = made.filter(~pl.col("id").is_in(old["id"].implode()))
    pl.concat([old, names], how="diagonal").sort("id").write_parquet(raw)
    core = pl.read_parquet(path)
    extra = names.select("id", format=pl.lit("awq"))
    pl.concat([core, extra], how="diagonal").sort("id").write_parquet(path)
    where = vendors.prepare(report.paths)
    table = vendors.formats(where, vendors.conversions(where), 7)
    row = table.filter(group="All", shipped_by="maker", format="awq").row(0, named=True)
    assert row["releases_in_time"] > 0.9 * row["releases"]
    assert sample.text("vendors.formats.title").startswith("In this sample, others convert")
    from pipeline.chapters.vendors.facts import format_facts

    assert format_facts(table, "census")["vendors.formats.title"]["text"].startswith("Makers convert")


def test_tags_in_the_snapshot_move_papers_and_languages(sample: Any, tmp_path: Path) -> None:
    report = again(sample, tmp_path / "tags")
    raw = report.paths.raw / "models.parquet"
    rows = pl.read_parquet(raw)
    theirs = pl.col("id").str.starts_with("Qwen/")
    tagged = pl.when(theirs).then(pl.concat_list("tags", pl.lit(["arxiv:2505.09388", "sw"]))).otherwise("tags")
    rows.with_columns(tags=tagged).write_parquet(raw)
    rebuild(report)
    assert report.fact("vendors.papers.share") > 0
    assert "Alibaba" in report.text("vendors.papers.sentence")
    assert isinstance(figures(report)["vendor-papers"], Figure)
    swahili = [
        each.table("vendor_languages").filter(country="China", language="sw")["repositories"].sum()
        for each in (sample, report)
    ]
    assert swahili[1] > swahili[0]


def test_another_pair_changes_no_maker(report: Any, sample: Any) -> None:
    params = report.set(report={"subject": "Gemma", "reference": "Llama"}).paths.params
    from pipeline.chapters.vendors.facts import quote

    out = {path.stem: pl.read_parquet(path) for path in sample.paths.out.glob("*.parquet")}
    told = quote(out, parameters.load(params), "sample")
    assert told["vendors.downloads.family"]["text"].startswith("Gemma")
    assert told["vendors.title"] == quotable.load(sample.paths)["vendors.title"]


@pytest.mark.parametrize("fixture", ["sample", "hub_slice"])
def test_one_thread_and_two_give_the_same_bytes(fixture: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    built = request.getfixturevalue(fixture)
    code = "import sys; from pathlib import Path; from pipeline import params, timeline, vendors; "
    code += "from pipeline.paths import Paths; paths = Paths(Path(sys.argv[1])); known = params.load(paths.params); "
    code += "vendors.run(paths, known); timeline.run(paths, known)"
    names = [*(f"vendor_{name}" for name in ("downloads", "formats", "languages", "licences", "tags", "tasks"))]
    names += ["vendor_activity", "vendor_licence_moves", "timeline", "published_counts", "published_growth"]
    bytes_: list[list[bytes]] = []
    for threads in ("1", "2"):
        report = again(built, tmp_path / threads)
        for name in names:
            (report.paths.out / f"{name}.parquet").unlink()
        environment = os.environ | {"POLARS_MAX_THREADS": threads, "PYTHONPATH": str(PROJECT)}
        command = [sys.executable, "-W", "error", "-c", code, str(report.paths.root)]
        subprocess.run(command, env=environment, check=True)
        bytes_.append([(report.paths.out / f"{name}.parquet").read_bytes() for name in names])
    assert bytes_[0] == bytes_[1]
    assert bytes_[0] == [(built.paths.out / f"{name}.parquet").read_bytes() for name in names]
