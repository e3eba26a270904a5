"""Published editions: whole, small, as their own input gives them, and read by later builds with what they are."""

import importlib
import json
import re
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.__main__ import module_of
from pipeline.base import editions as known
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.editions import Edition
from pipeline.base.errors import TableError
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import record, recorded
from pipeline.report.editions import load
from tests.conftest import Report, built_once, copy_project, shared

PUBLISHED = sorted(path.parent for path in (PROJECT / "published").glob("*/edition.json"))
INPUTS = {
    "census-2024-07": ("hub-census-2024-07", "models.parquet"),
    "flow-2026-08": ("hub-radar-2026-08", "models.parquet"),
}
"""Where the input of an edition lies among the shared data."""

BEFORE = ("snapshot", "details", "hub", "moe", "derivatives", "lineage")
"""The stages that make the tables which an edition keeps."""


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_a_published_edition_is_whole_small_and_says_where_it_is_from(folder: Path) -> None:
    edition = recorded.check(folder)
    assert recorded.size_of(folder) <= recorded.LARGEST
    assert edition.published
    from_where = edition.recorded
    assert from_where
    assert from_where.licence
    assert from_where.commit
    assert from_where.origin == edition.snapshot.origin
    assert len(edition.snapshot.sha256) == 64
    assert {"derivatives", "ratios", "growth_monthly", "uploaders", "tree", "converters", "relations"} <= set(
        from_where.tables
    )


@pytest.mark.whole
@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_an_edition_is_what_its_input_gives_today(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where newer code gives other tables, the old edition stays as it is and a new one is due."""
    old = recorded.check(folder)
    assert old.recorded
    if folder.name not in INPUTS:
        pytest.skip(f"{folder.name}: its input is not among the shared data")
    path = shared(*INPUTS[folder.name])
    provenance = old.recorded.snapshot
    asked = {name: provenance.get(name) for name in ("coverage", "kind", "label", "licence", "origin")}

    def build(root: Path) -> None:
        report = copy_project(root).set(
            snapshot={"source": "file", "path": str(path), "date": provenance["date"], **asked}
        )
        params = parameters.load(report.named([]).paths.params)
        for stage in BEFORE:
            importlib.import_module(module_of(stage)).run(report.paths, params)

    again = built_once(tmp_path_factory, folder.name, build)
    assert tables.read_json(again.paths.provenance)["sha256"] == old.snapshot.sha256, "another input than was recorded"
    new = record.quotable(again.paths)
    lying = {name: pl.read_parquet(file) for name, file in recorded.tables_in(folder).items()}
    other = sorted(name for name in new.keys() | lying.keys() if not same(new.get(name), lying.get(name)))
    assert not other, (
        f"this version makes other tables of {folder.name}'s input: {', '.join(other)}. A published edition never "
        f"changes: record a new one, under another name, and say in the changelog why"
    )


def same(one: pl.DataFrame | None, other: pl.DataFrame | None) -> bool:
    return one is not None and other is not None and one.schema == other.schema and one.equals(other)


# ------------------------------------------------------------------------------------- the stage and its checks


@pytest.fixture
def copy(tmp_path: Path) -> Paths:
    """A project that has the published editions and the day of a snapshot, and nothing else."""
    shutil.copytree(PROJECT / "published", tmp_path / "published")
    of_day(Paths(tmp_path), "2026-10-05")
    return Paths(tmp_path)


def of_day(paths: Paths, day: str) -> None:
    """Let the snapshot be of another day."""
    paths.provenance.parent.mkdir(parents=True, exist_ok=True)
    paths.provenance.write_text(json.dumps({"date": day}))


def put(paths: Paths, *names: str) -> list[Edition]:
    params = parameters.load(PROJECT / "params.yaml").model_copy(update={"editions": list(names)})
    recorded.run(paths, params)
    return known.editions(paths)


@pytest.mark.parametrize(
    ("day", "quoted"),
    [
        ("2024-07-10", []),
        ("2024-07-11", ["census-2024-07"]),
        ("2026-08-21", ["census-2024-07"]),
        ("2026-08-22", ["census-2024-07", "flow-2026-08"]),
    ],
)
def test_a_build_quotes_no_edition_that_is_younger_than_its_snapshot(day: str, quoted: list[str], copy: Paths) -> None:
    put(copy, "census-2024-07", "flow-2026-08")
    of_day(copy, day)
    assert [edition.name for edition in known.editions(copy)] == quoted


@pytest.mark.parametrize("change", ["cut", "added", "altered"])
def test_an_edition_whose_tables_are_not_those_it_lists_is_refused(change: str, copy: Paths) -> None:
    path = copy.published / "census-2024-07" / "tables" / "uploaders.parquet"
    if change == "cut":
        path.unlink()
    elif change == "added":
        shutil.copy(path, path.with_name("more.parquet"))
    else:
        pl.read_parquet(path).with_columns(pl.col("repositories") + 1).write_parquet(path)
    name = "more" if change == "added" else "uploaders"
    with pytest.raises(TableError, match=rf"other tables than edition.json lists \({name}\) in published/census"):
        put(copy, "census-2024-07")
    assert not (copy.editions / "census-2024-07").exists()


def test_an_edition_under_another_name_is_refused(copy: Paths) -> None:
    (copy.published / "census-2024-07").rename(copy.published / "mine")
    with pytest.raises(TableError, match="recorded under another name in published/mine: do not rename it"):
        put(copy, "mine")
    with pytest.raises(TableError, match=r"no edition\.json in published/none"):
        put(copy, "none")


def test_later_builds_read_the_editions_that_params_name_and_no_others(copy: Paths) -> None:
    assert known.editions(copy) == []
    assert [edition.name for edition in put(copy, "flow-2026-08", "census-2024-07")] == [
        "census-2024-07",
        "flow-2026-08",
    ]
    (census,) = put(copy, "census-2024-07")
    assert (census.label, census.kind, census.coverage) == ("census of July 2024", "stock", "census")
    assert census.date == date(2024, 7, 11)
    assert census.provenance["sha256"].startswith("2e06552f")
    assert census.table("no such table") is None


# --------------------------------------------------------------------------------------------- which one is quoted


def made(name: str, folder: Path, day: date, kind: known.Kind = "stock", coverage: str = "census") -> Edition:
    """An edition with a table of one row, and an empty one."""
    lying = folder / name / "tables"
    lying.mkdir(parents=True)
    pl.DataFrame({"a": [1]}).write_parquet(lying / "filled.parquet")
    pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}).write_parquet(lying / "empty.parquet")
    return Edition(name, day, coverage, kind, "x", "Qwen", "Llama", "family", {}, {}, folder / name)


def test_the_newest_edition_that_can_fill_a_table_is_quoted(tmp_path: Path) -> None:
    old, new = made("old", tmp_path, date(2024, 7, 1)), made("new", tmp_path, date(2025, 7, 1))
    (new.folder / "tables" / "filled.parquet").rename(new.folder / "tables" / "more.parquet")
    assert known.newest_with([old, new], "filled") == old
    assert known.newest_with([old, new], "more") == new
    assert known.newest_with([old, new], "empty") is None


def test_neither_a_sample_nor_a_slice_nor_a_flow_stands_for_the_hub(tmp_path: Path) -> None:
    day = date(2026, 8, 22)
    flow = made("flow", tmp_path, day, "flow", "sample")
    parts = [made(coverage, tmp_path, day, "stock", coverage) for coverage in ("sample", "slice")]
    assert known.newest_with([flow, *parts], "filled") is None
    assert known.newest_with([flow, *parts], "filled", "flow") == flow
    assert flow.label == "flow of August 2026"


# ------------------------------------------------------------------------------------------------------ recording


def test_what_is_recorded_is_small_and_reads_like_the_tables_of_the_build(sample: Report, tmp_path: Path) -> None:
    found = record.quotable(sample.paths)
    basis = sample.table("lineage_basis").filter(pl.col("edition").is_not_null())
    assert "tree" in set(basis["table"]), "the embedded sample declares no parent, so its page shows an edition's"
    assert not set(basis["table"]) & found.keys()
    assert found["derivatives"]["derivatives"].min() > 0  # type: ignore[operator]
    whole = sample.table("derivatives").filter(pl.col("derivatives") > 0)
    assert_frame_equal(
        found["derivatives"], whole.join(record.common(found["definitions"]), on="definition", how="semi")
    )
    assert set(sample.table("ratios").filter("is_plain")["definition"]) <= set(found["derivatives"]["definition"])
    groupings = {name.partition(".")[0] for name in found["derivatives"]["definition"].unique()}
    assert groupings == {"family", "organisation"}
    assert_frame_equal(found["ratios"], sample.table("ratios"))


def test_an_edition_keeps_no_table_of_another_edition(tmp_path: Path) -> None:
    lineage = Paths(tmp_path).out / "lineage"
    lineage.mkdir(parents=True)
    for name in ("uploaders", "depths"):
        pl.DataFrame({"a": [1]}).write_parquet(lineage / f"{name}.parquet")
    basis = pl.DataFrame({"table": ["uploaders", "depths"], "edition": ["census-2024-07", None]})
    basis.write_parquet(lineage / "lineage_basis.parquet")
    assert set(record.quotable(Paths(tmp_path))) == {"depths"}


def test_an_edition_that_is_too_large_is_refused_in_one_line(
    sample: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "LARGEST", 10_000)
    monkeypatch.setattr(Paths, "published", tmp_path / "published")
    with pytest.raises(TableError, match=r"an edition of [\d,]+ bytes, more than 10,000 \(the largest: .*prune more"):
        record.record("a", sample.paths, parameters.load(sample.paths.params), date(2026, 10, 6))
    assert not (tmp_path / "published").exists()


def test_an_edition_says_what_the_build_was_asked_for_and_nothing_of_the_machine() -> None:
    for folder in PUBLISHED:
        noted = load(folder / "edition.json").recorded
        assert noted
        assert set(noted.params) == set(parameters.Params.model_fields) - {"notebooks", "editions", "site"}
        assert "path" not in noted.params["snapshot"]
        text = (folder / "edition.json").read_text(encoding="utf-8")
        assert not re.search(r'[" ]/\w+/\w', text), "a path of the machine"
