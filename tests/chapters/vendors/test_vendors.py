"""What makers ship beside weights: licences, conversions, tags, activity and downloads."""

import dataclasses
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.facts import PageFacts, report_facts
from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.vendors import facts as quotable
from pipeline.chapters.vendors import stage
from pipeline.chapters.vendors import tables as vendors
from pipeline.chapters.vendors.inputs import Inputs, read
from pipeline.chapters.vendors.schema import ALL_COUNTRIES
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.vendors import downloads, formats, hubs, licences, releases, tags
from pipeline.hub import snapshot_tables
from tests.conftest import Report
from tests.hub.made import nodes_of
from tests.register.altered import NONE, Edits, altered

TODAY = date(2026, 10, 5)


def inputs(*rows: dict[str, Any], **changes: Any) -> Inputs:
    """Releases alone: the register's tables, and an empty snapshot."""
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
    links = pl.DataFrame(changes.get("edges", []), schema={"child": pl.String, "parent": pl.String})
    return Inputs(
        releases=releases,
        nodes=nodes_of(core_of(changes.get("core", []), changes.get("raw", [])), links, releases["model"]),
        raw=pl.LazyFrame(
            sorted(changes.get("raw", []), key=lambda row: row["id"]),
            schema={"id": pl.String, "tags": pl.List(pl.String), "createdAt": pl.Date},
        ),
        last=TODAY,
        directory=Paths().register,
    )


CORE = {
    "id": pl.String,
    "organisation": pl.String,
    "country": pl.String,
    "family": pl.String,
    "format": pl.String,
    "created_month": pl.Date,
    "modality": pl.String,
    "likes": pl.Int64,
    "is_release": pl.Boolean,
}
OWNERS = {"x": ("X", "China"), "y": ("Y", "France")}


def core_of(core: list[dict[str, Any]], raw: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of the table of models; without any, those of the snapshot with their owners."""
    of_raw = [
        {"id": row["id"], "organisation": owner, "country": country}
        for row in raw
        for owner, country in [OWNERS.get(row["id"].split("/")[0].lower(), (None, None))]
    ]
    return pl.DataFrame([{**dict.fromkeys(CORE), **row} for row in core or of_raw], schema=CORE)


# ---------------------------------------------------------------------------------------- licences


def test_a_share_leaves_unknown_licences_out_and_counts_them() -> None:
    table = vendors.licences(inputs({}, {"licence": "restricted"}, {"licence": "not_known"}))
    row = table.filter(group_kind="country", group="China").row(0, named=True)
    assert (row["releases"], row["not_known"], row["share_permissive"]) == (3, 1, 0.5)
    assert table["group"].unique().sort().to_list() == ["All countries", "China", "X"]


def test_the_half_year_that_the_snapshot_ends_in_is_partial() -> None:
    table = vendors.licences(inputs({"released": date(2026, 6, 30)}, {"released": date(2026, 7, 1)}))
    partial = table.filter(group_kind="organisation").sort("period")
    assert partial.select("period", "is_partial").rows() == [(date(2026, 1, 1), False), (date(2026, 7, 1), True)]


def test_the_last_twelve_months_end_with_the_snapshot() -> None:
    rows = [{"released": date(2025, 10, 5), "licence": "restricted"}, {"released": date(2025, 10, 6)}]
    row = vendors.licence_moves(inputs(*rows)).row(0, named=True)
    assert (row["before"], row["before_permissive"]) == (1, 0)
    assert (row["recent"], row["recent_permissive"]) == (1, 1)


# ----------------------------------------------------------------------------------------- formats


def shipped(made: dict[str, date | None], **changes: Any) -> pl.DataFrame:
    """Formats of one release of x, `x/Big-7B` of 10 January 2026, with conversions by id and day."""
    quoted = {"awq": "awq", "gguf": "gguf", "mlx": "mlx"}
    core = [
        {
            "id": name,
            "organisation": "Alibaba" if name.startswith("Qwen/") else None,
            "format": quoted[name.lower().rsplit("-", 1)[-1]],
        }
        for name in made
    ]
    raw = [{"id": name, "tags": [], "createdAt": day} for name, day in made.items()]
    where = inputs({"model": "Qwen/Big-7B", "organisation": "Alibaba"}, core=core, raw=raw, **changes)
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
    where = inputs({"released": date(2026, 9, 29)}, {"released": date(2026, 9, 28)}, {"released": None})
    assert set(vendors.formats(where, vendors.conversions(where), 7)["releases"]) == {1}


# -------------------------------------------------------------------------------------------- tags


RAW = [
    {"id": "x/a", "tags": ["arxiv:1", "arxiv:2", "en", "zh", "region:us"], "createdAt": None},
    {"id": "X/b", "tags": ["arxiv:1", "sft", "phi"], "createdAt": None},
    {"id": "y/c", "tags": ["en"], "createdAt": None},
    {"id": "nobody/d", "tags": ["arxiv:9", "fr"], "createdAt": None},
]


def test_tags_of_registered_makers_alone_are_counted() -> None:
    where = inputs(raw=RAW)
    rows = {row["organisation"]: row for row in vendors.tag_counts(where, vendors.tags(where)).iter_rows(named=True)}
    assert set(rows) == {"X", "Y"}
    assert (rows["X"]["repositories"], rows["X"]["with_paper"], rows["X"]["papers"]) == (2, 2, 2)
    assert (rows["X"]["languages"], rows["Y"]["with_paper"], rows["Y"]["with_region"]) == (2, 0, 0)
    shares = vendors.languages(where, vendors.tags(where)).filter(country="All countries").select("language", "share")
    assert sorted(shares.rows()) == [("en", 1.0), ("zh", 0.5)]


def test_a_kind_of_tag_that_nobody_has_is_missing_not_zero() -> None:
    where = inputs(raw=[{"id": "x/a", "tags": ["en"], "createdAt": None}])
    row = vendors.tag_counts(where, vendors.tags(where)).row(0, named=True)
    assert (row["with_paper"], row["papers"], row["with_region"], row["with_language"]) == (None, None, None, 1)


# -------------------------------------------------------------------------------------- activity


def test_who_stopped_and_who_started_follows_the_parameters() -> None:
    where = inputs(
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


def again(built: Report, root: Path, edits: Edits = NONE) -> Report:
    """What the chapter reads of a built report, in a folder of its own; edits: changes to the register."""
    paths = Paths(root)
    altered(paths.register, edits)
    for folder in ("data/raw", "data/core", "data/out/hub"):
        (root / folder).mkdir(parents=True)
        for file in (built.paths.root / folder).iterdir():
            (root / folder / file.name).symlink_to(file)
    return Report(paths)


def rebuild(report: Report) -> Report:
    stage.run(report.paths, parameters.load(Paths().params))
    return report


def replace(path: Path, rows: pl.DataFrame) -> None:
    """Put rows in the place of a linked table."""
    path.unlink()
    rows.write_parquet(path)


def figures(report: Report) -> dict[str, Figure | Absent]:
    quoted = PageFacts(report_facts(parameters.load(Paths().params)) | report.facts())
    drawn = [
        licences.licences(report.table("vendor_licences"), quoted),
        licences.licence_moves(report.table("vendor_licence_moves"), quoted, top=15),
        formats.formats(report.table("vendor_formats"), quoted),
        hubs.hubs(report.table("vendor_hubs"), quoted, top=15),
        tags.papers(report.table("vendor_tags"), quoted, top=15),
        tags.languages(report.table("vendor_languages"), report.table("vendor_tasks"), quoted, top=12),
        releases.tasks(report.table("vendor_tasks"), quoted),
        releases.activity(report.table("vendor_activity"), quoted),
        downloads.downloads(report.table("vendor_downloads"), quoted),
    ]
    return {figure.key: figure for figure in drawn}


def test_the_sample_says_what_it_lacks(sample: Report) -> None:
    assert "not in this snapshot" in sample.text("vendors.papers.sentence")
    assert sample.table("vendor_tags")["with_paper"].null_count() == sample.table("vendor_tags").height
    assert "declares no parents" in sample.text("vendors.downloads.sentence")
    assert "this sample" in sample.text("vendors.downloads.title")
    absent = {key for key, figure in figures(sample).items() if isinstance(figure, Absent)}
    assert absent == {"vendor-papers"}


def test_the_slice_has_papers_and_regions_and_counts_roots(hub_slice: Report) -> None:
    assert hub_slice.table("vendor_tags")["with_paper"].sum() > 0
    assert "stored" in hub_slice.text("vendors.region")
    assert "roots" in hub_slice.text("vendors.downloads.sentence")
    assert "this slice" in hub_slice.text("vendors.downloads.title")
    assert hub_slice.text("vendors.formats.title").startswith("Too few conversions are in this slice")
    for key, figure in figures(hub_slice).items():
        assert isinstance(figure, Figure), key
        assert figure.html


def test_shares_of_downloads_add_up(sample: Report, hub_slice: Report) -> None:
    for report in (sample, hub_slice):
        table = report.table("vendor_downloads")
        sums = table.group_by("population", "counted_as", "group_kind").agg(
            pl.col("share", "repositories", "downloads").sum()
        )
        assert sums["share"].round(9).unique().to_list() == [1.0]
        for _, part in sums.group_by("population"):
            assert part["downloads"].n_unique() == part["repositories"].n_unique() == 1


def test_n_under_a_figure_counts_what_it_draws(hub_slice: Report) -> None:
    sources = {key: figure.source for key, figure in figures(hub_slice).items() if isinstance(figure, Figure)}
    every = pl.col("group") == ALL_COUNTRIES
    dated = hub_slice.table("vendor_licences").filter(every)
    known = dated.select(pl.col("releases").sum() - pl.col("not_known").sum()).item()
    (licences,) = re.findall(r"n = ([\d,]+) releases of known licence", sources["vendor-licences"])
    assert 0 < int(licences.replace(",", "")) <= known
    released = hub_slice.table("vendor_tasks").filter(country=ALL_COUNTRIES)["releases"].sum()
    assert f"n = {released:,} releases, dated or not" in sources["vendor-tasks"]


def test_restricted_licences_turn_the_title_and_the_moves(sample: Report, tmp_path: Path) -> None:
    recent = pl.col("released") >= "2025-10-06"
    other = pl.when(recent).then(pl.lit("other")).otherwise("licence").alias("licence")
    report = rebuild(again(sample, tmp_path, {"releases": lambda rows: rows.with_columns(other)}))
    assert sample.text("vendors.licence.title").startswith("The share of permissive licences rose")
    assert report.text("vendors.licence.title").startswith("The share of permissive licences fell")
    assert report.text("vendors.title") != sample.text("vendors.title")
    assert "became less permissive" in report.text("vendors.moves.title")
    before, after = figures(sample), figures(report)
    assert before["vendor-licence-moves"].title != after["vendor-licence-moves"].title
    assert before["vendor-tasks"].html == after["vendor-tasks"].html, "licences change no task"


def test_a_later_release_ends_a_stop(sample: Report, tmp_path: Path) -> None:
    stopped = pl.col("model") == "01-ai/Yi-1.5-34B"
    later = pl.when(stopped).then(pl.lit("2026-09-01")).otherwise("released").alias("released")
    report = rebuild(again(sample, tmp_path, {"releases": lambda rows: rows.with_columns(later)}))
    assert report.fact("vendors.activity.stopped") == sample.fact("vendors.activity.stopped") - 1
    assert "01.AI" in sample.text("vendors.activity.sentence")
    assert "01.AI" not in report.text("vendors.activity.sentence")


def test_no_maker_with_a_repository_of_the_last_months_has_stopped(sample: Report, hub_slice: Report) -> None:
    """Meta's Muse of August 2026, OpenAI, Baidu and ByteDance of October and November 2025 are no stops."""
    for report in (sample, hub_slice):
        activity = report.table("vendor_activity")
        day = pl.lit(read(report.paths).last).dt.offset_by("-12mo")
        assert activity.filter(pl.col("status") == "stopped", pl.col("newest_repository") > day).is_empty()
    going = dict(sample.table("vendor_activity").select("organisation", "status").iter_rows())
    assert {going[name] for name in ("Meta", "OpenAI", "Baidu", "ByteDance")} == {"going on", "started"}
    assert going["Hugging Face"] == "newer repositories"
    assert "of Hugging Face, but this snapshot has newer repositories of its own" in sample.text(
        "vendors.activity.caveat"
    )
    assert "Hugging Face" not in sample.text("vendors.activity.sentence")


def test_a_repository_of_the_last_months_ends_a_stop_and_an_older_one_does_not() -> None:
    rows = [{"organisation": name, "released": date(2025, 1, 10)} for name in ("X", "Y")]
    raw = [
        {"id": "x/a", "tags": [], "createdAt": date(2025, 10, 6)},
        {"id": "y/a", "tags": [], "createdAt": date(2025, 10, 5)},
    ]
    status = dict(vendors.activity(inputs(*rows, raw=raw), 12, 24).select("organisation", "status").iter_rows())
    assert status == {"X": "newer repositories", "Y": "stopped"}


# -------------------------------------------------------------------- what the register may lack


def liked(name: str, likes: int | None, **changes: Any) -> dict[str, Any]:
    return {"id": name, "organisation": "Alibaba", "format": None, "created_month": None, "modality": "text",
            "likes": likes, "is_release": False} | changes  # fmt: skip


def test_much_liked_repositories_of_registered_makers_that_no_release_covers_are_listed() -> None:
    core = [
        liked("Qwen/New-7B", 1001),
        liked("Qwen/Less-7B", 1000),
        liked("Qwen/Unknown-7B", None),
        liked("Qwen/Qwen3-8B", 5000, is_release=True),
        liked("Qwen/Qwen3-8B-GGUF", 5000, format="gguf"),
        liked("nobody/New-7B", 5000, organisation=None),
        liked("unsloth/New-7B", 5000, organisation="Unsloth AI"),
        liked("THUDM/glm-4-9b-chat", 5000, organisation="Z.ai"),
    ]
    assert vendors.gaps(inputs(core=core))["model"].to_list() == ["Qwen/New-7B"]


def test_the_sample_lists_what_the_register_lacks(sample: Report) -> None:
    """A row that goes is a release added or a line that is followed; a row that comes is one to look at."""
    assert set(sample.table("vendor_gaps")["model"]) == {
        "HuggingFaceH4/zephyr-7b-beta",
        "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
        "docling-project/SmolDocling-256M-preview",
        "jinaai/jina-embeddings-v3",
        "microsoft/Florence-2-large",
        "microsoft/VibeVoice-1.5B",
        "microsoft/VibeVoice-Realtime-0.5B",
        "microsoft/bitnet-b1.58-2B-4T",
        "openai-community/gpt2",
        "openbmb/VoxCPM2",
        "stepfun-ai/GOT-OCR2_0",
        "vikhyatk/moondream2",
    }
    assert sample.text("vendors.gaps.sentence").startswith("12 repositories of registered makers have more than 1,000")


def test_a_release_taken_from_the_register_is_found_missing(sample: Report, tmp_path: Path) -> None:
    where = read(sample.paths)
    taken = "baidu/Unlimited-OCR"
    models = where.nodes.model_rows.with_columns(is_release=pl.col("is_release") & (pl.col("id") != taken))
    edits: Edits = {"releases": lambda rows: rows.filter(pl.col("model") != taken)}
    nodes = dataclasses.replace(where.nodes, model_rows=models)
    where = dataclasses.replace(where, nodes=nodes, directory=altered(tmp_path, edits))
    assert taken in vendors.gaps(where)["model"]
    assert taken not in sample.table("vendor_gaps")["model"]
    sentence = quotable.gap_facts(vendors.gaps(where))["vendors.gaps.sentence"]["text"]
    assert sentence.startswith("13 repositories")
    assert quotable.gap_facts(vendors.gaps(where).clear())["vendors.gaps.sentence"]["text"].startswith("Every")
    unknown = quotable.gap_facts(vendors.gaps(where).clear(), likes_known=False)["vendors.gaps.sentence"]["text"]
    assert unknown.startswith("This snapshot has no likes")


def test_conversions_by_makers_turn_the_comparison(sample: Report) -> None:
    where = read(sample.paths)
    conversion = pl.col("model") + "-AWQ"
    day = pl.col("released").cast(pl.Datetime("us"))
    made = where.releases.drop_nulls("released").select("organisation", "country", id=conversion, createdAt=day)
    raw, core = where.raw.collect(), where.nodes.model_rows.collect()
    links = where.nodes.edge_rows.select("child", "parent").collect()
    made = made.join(raw, on="id", how="anti").with_columns(format=pl.lit("awq"))
    models = pl.concat([core, made.drop("createdAt")], how="diagonal")
    where = dataclasses.replace(
        where,
        nodes=nodes_of(models, links, where.releases["model"]),
        raw=pl.concat([raw, made.select("id", "createdAt")], how="diagonal").sort("id").lazy(),
    )
    table = vendors.formats(where, vendors.conversions(where), 7)
    row = table.filter(group="All", shipped_by="maker", format="awq").row(0, named=True)
    assert row["releases_in_time"] > 0.9 * row["releases"]
    assert sample.text("vendors.formats.title").startswith("In this sample, others convert")
    assert quotable.format_facts(table, "census")["vendors.formats.title"]["text"].startswith("Makers convert")


@pytest.mark.parametrize(
    ("linked", "title"), [(233, "half of their"), (240, "most of their"), (200, "fewer than half of their")]
)
def test_what_reads_as_fifty_per_cent_is_half(linked: int, title: str) -> None:
    of_makers = pl.DataFrame({"organisation": ["Meta"], "repositories": [468], "with_paper": [linked]})
    assert title in quotable.paper_facts(of_makers)["vendors.papers.title"]["text"]


def test_tags_in_the_snapshot_move_papers_and_languages(sample: Report, tmp_path: Path) -> None:
    report = again(sample, tmp_path)
    raw = report.paths.raw / "models.parquet"
    theirs = pl.col("id").str.starts_with("Qwen/")
    tagged = pl.when(theirs).then(pl.concat_list("tags", pl.lit(["arxiv:2505.09388", "sw"]))).otherwise("tags")
    replace(raw, pl.read_parquet(raw).with_columns(tags=tagged))
    rebuild(report)
    assert report.table("vendor_tags")["with_paper"].sum() > 0
    assert "Alibaba" in report.text("vendors.papers.sentence")
    assert isinstance(figures(report)["vendor-papers"], Figure)
    swahili = [
        each.table("vendor_languages").filter(country="China", language="sw")["repositories"].sum()
        for each in (sample, report)
    ]
    assert swahili[1] > swahili[0]


def test_another_pair_changes_no_maker(sample: Report) -> None:
    params = parameters.load(Paths().params)
    pair = params.report.model_copy(update={"subject": "Gemma", "reference": "Llama"})
    made = {path.stem: tables.read(path) for path in (sample.paths.out / "vendors").glob("*.parquet")}
    made |= register.tables(sample.paths.register, "families", "modelscope")
    about = snapshot_tables.with_snapshot(sample.paths, made)
    quoted = quotable.facts(about, params.model_copy(update={"report": pair}))
    assert quoted["vendors.downloads.family"]["text"].startswith("Gemma")
    assert quoted["vendors.title"] == sample.facts()["vendors.title"]


AGAIN = """
import sys; from pathlib import Path
from pipeline.base import params; from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.moment import stage as moment; from pipeline.chapters.vendors import stage as vendors
paths, known = Paths(Path(sys.argv[1])), params.load(PROJECT / "params.yaml")
vendors.run(paths, known); moment.run(paths, known)
"""


@pytest.mark.parametrize("fixture", ["sample", "hub_slice"])
def test_one_thread_and_two_give_the_same_bytes(fixture: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    built: Report = request.getfixturevalue(fixture)
    bytes_: list[dict[Path, bytes]] = []
    for root in (tmp_path / threads for threads in ("1", "2")):
        report = again(built, root)
        command = [sys.executable, "-W", "error", "-c", AGAIN, str(root)]
        subprocess.run(command, cwd=PROJECT, env=os.environ | {"POLARS_MAX_THREADS": root.name}, check=True)
        bytes_.append(written(report))
    assert bytes_[0] == bytes_[1] == written(built)


def written(report: Report) -> dict[Path, bytes]:
    """Tables of both chapters by their place."""
    out = report.paths.out
    return {
        path.relative_to(out): path.read_bytes() for name in ("moment", "vendors") for path in (out / name).iterdir()
    }
