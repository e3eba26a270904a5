"""An older day leaves small tables: what its repositories declare, and some of them for comparison."""

import zlib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import snapshot
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.errors import SnapshotError
from pipeline.base.paths import Paths
from pipeline.counting import known
from pipeline.snapshot import cache, columns, download, history
from pipeline.snapshot.older import every_older, older
from pipeline.snapshot.schema import Declarations
from pipeline.snapshot.source import Pulled, no_inferred_edges
from tests.conftest import Report, hub_rows
from tests.snapshot import content
from tests.snapshot.server import LocalHub

LAST = date(2026, 10, 1)
REGISTER = Paths().register


def normal(*rows: dict[str, Any], **more: list[Any]) -> pl.LazyFrame:
    """Rows in the schema of snapshots. more: further columns."""
    frame = hub_rows(*rows).with_columns(pl.Series(name, values) for name, values in more.items())
    return columns.normalise(frame.lazy(), "a test", LAST)[0]


def declared(models: pl.LazyFrame) -> dict[str, dict[str, Any]]:
    """What is kept of each repository that declares or is named, by id."""
    rows = tables.conform(history.declarations(history._read(models).collect()), Declarations, "a test")
    return {row.pop("id"): row for row in rows.iter_rows(named=True)}


def written(models: pl.LazyFrame, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    history.write(Pulled(models, no_inferred_edges(), {"label": "a test"}), folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- What is kept


def test_only_who_declares_and_who_is_named_are_kept() -> None:
    found = declared(
        normal(
            {"id": "a/base"},
            {"id": "a/other"},
            {"id": "b/tuned", "tags": ["pytorch", "base_model:A/Base", "base_model:finetune:A/Base"]},
        )
    )
    assert set(found) == {"a/base", "b/tuned"}, "named in another case, and nobody named the other"
    assert found["b/tuned"]["tags"] == ["base_model:finetune:A/Base"], "with its relation, and no other tags"


def test_a_parent_without_a_relation_stays_where_no_tag_has_one() -> None:
    tags = ["base_model:a/x", "base_model:adapter:a/y", "base_model:a/y", "base_model:finetune"]
    assert declared(normal({"id": "b/c", "tags": tags}))["b/c"]["tags"] == [
        "base_model:a/x",
        "base_model:adapter:a/y",
        "base_model:finetune",
    ]


def test_a_card_counts_where_nothing_else_is_stated_and_says_its_base_alone() -> None:
    cards = ['{"base_model": "gpt2", "secret": "x"}', '{"base_model": ["a/x"], "base_model_relation": "merge"}', "{"]
    cards += ['{"base_model": 7}', '{"base_model": "a/ignored"}']
    rows = [{"id": f"b/{n}", "tags": ["base_model:a/tagged"] if n == 4 else []} for n in range(5)]
    found = declared(normal(*rows, {"id": "gpt2"}, cardData=[*cards, None]))
    assert set(found) == {"b/0", "b/1", "b/4", "gpt2"}
    assert found["b/0"]["cardData"] == '{"base_model": ["gpt2"], "base_model_relation": null}'
    assert found["b/1"]["cardData"] == '{"base_model": ["a/x"], "base_model_relation": "merge"}'
    assert found["b/4"]["cardData"] is None


@pytest.mark.parametrize("name", ["newest", "old"])
def test_what_is_kept_counts_as_the_whole_file_does(name: str, hub_files: dict[str, bytes]) -> None:
    models = columns.normalise(pl.read_parquet(hub_files[name]).lazy(), "a test", LAST)[0].sort("id").collect()
    small = history.declarations(history._read(models.lazy()).collect()).sort("id")
    assert 0 < small.height <= models.height
    assert counted(small) == counted(models)


def counted(rows: pl.DataFrame) -> tuple[list[Any], list[Any]]:
    """Counts, and links of the largest bases, of rows that are sorted by id.

    A base that no row lists may be spelled in several cases.
    """
    edges, ids = known.declared(rows.lazy(), REGISTER, 10)
    groups = known.groups_of(ids, REGISTER)
    bases = known.bases(edges, groups, ids).select("grouping", "group", pl.col("base").str.to_lowercase(), "links")
    return sorted(known.counts(edges, groups).rows()), sorted(bases.rows())


def test_a_year_of_weeks_fits_into_five_gigabytes(hub_files: dict[str, bytes], tmp_path: Path) -> None:
    """With DVC's copy of each file, where half of three million repositories declare a parent; the panel is small."""
    models = columns.normalise(pl.read_parquet(hub_files["newest"]).lazy(), "a test", LAST)[0]
    stored_bytes = len(written(models, tmp_path / "day")["declarations.parquet"])
    declaring = tables.read(tmp_path / "day" / "declarations.parquet").height
    assert 52 * 2 * 1_500_000 * stored_bytes / declaring < 4e9


# --- The panel


def test_a_panel_has_the_same_repositories_every_day() -> None:
    rows = normal(*({"id": f"a/{n}"} for n in range(3000))).collect()
    every, one_in = history.panel(rows)
    assert (every.height, one_in) == (3000, 1), "all, where they are few"
    some, one_in = history.panel(rows, most=1000)
    assert one_in == 4
    assert set(some["id"]) == {name for name in rows["id"] if zlib.crc32(name.encode()) < 2**30}
    assert 650 < some.height < 850
    fewer, one_in = history.panel(rows.head(2000), most=1000)
    assert one_in == 2
    assert set(some["id"]) & set(rows["id"].head(2000)) <= set(fewer["id"])


def test_an_empty_day_has_an_empty_panel() -> None:
    assert history.panel(normal({"id": "a/b"}).collect().clear())[1] == 1


def test_the_same_rows_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    models = content.made(300).lazy().pipe(lambda rows: columns.normalise(rows, "a test", LAST)[0])
    first = written(models, tmp_path / "first")
    assert set(first) == {"declarations.parquet", "panel.parquet", "provenance.json"}
    assert written(models.reverse(), tmp_path / "second") == first


def test_of_rows_with_one_id_the_first_counts(tmp_path: Path) -> None:
    written(normal({"id": "a/b", "tags": ["base_model:c/d"]}, {"id": "a/b"}), tmp_path / "day")
    assert tables.read(tmp_path / "day" / "declarations.parquet")["tags"].to_list() == [["base_model:c/d"]]
    assert tables.read_json(tmp_path / "day" / "provenance.json")["rows"] == 1


# --- Its download


def stored() -> set[str]:
    """Parquet files of the Hub that are on this machine."""
    return {path.stem for path in cache.folder("files").glob("*.parquet")}


def read(report: Report, day: str, **values: Any) -> dict[str, Any]:
    """Run the stage for a day; its provenance."""
    report.set(snapshot={"history": [day], **values})
    history.run(day, report.paths, parameters.load(report.paths.params))
    return tables.read_json(report.paths.history / day / "provenance.json")


def test_a_download_is_removed_after_use(report: Report, hub: LocalHub, waits: list[float]) -> None:
    assert read(report, content.OLD)["rows"]
    assert hub.count("/storage/") == 1
    assert not stored()


def test_a_file_from_before_stays(report: Report, hub: LocalHub, waits: list[float]) -> None:
    params = {"source": "hub-stats", "date": content.BEFORE}
    snapshot.run(report.paths, parameters.load(report.set(snapshot=params).paths.params))
    before = stored()
    report.set(snapshot={"date": content.NEWEST})
    assert {read(report, content.BEFORE)["sha256"]} == before == stored()
    assert hub.count("/storage/") == 1


def test_of_two_runs_that_need_a_file_the_last_removes_it(hub: LocalHub, waits: list[float]) -> None:
    whole = cache.folder("files") / "abc.parquet"
    with download.passing("abc"):
        whole.touch()
        with download.passing("abc"):
            pass
        assert whole.exists(), "the first still reads it"
    assert not whole.exists()


def test_what_a_killed_run_left_is_removed_by_the_next(hub: LocalHub, waits: list[float]) -> None:
    whole = cache.folder("files") / "abc.parquet"
    whole.with_suffix(".passing").touch()
    whole.touch()
    with download.passing("abc"):
        pass
    assert not whole.exists()


# --- Faults of weeks


def week_of(hub: LocalHub, week: str, data: bytes) -> None:
    hub.repositories["dataset", content.WEEKLY].write(f"{week}T09:00:00.000Z", {f"models/{week}/models.parquet": data})


def test_a_week_that_is_missing_is_refused_with_its_neighbours(
    report: Report, hub: LocalHub, waits: list[float]
) -> None:
    with pytest.raises(SnapshotError, match=rf"{content.WEEK} before, {content.REPEATED} after"):
        read(report, "2026-09-25", history_source="hub-weekly")
    assert not hub.count("/storage/")


def test_a_stale_week_has_the_date_of_its_content_even_after_a_newer_one(
    report: Report, hub: LocalHub, hub_files: dict[str, bytes], waits: list[float]
) -> None:
    week_of(hub, "2026-10-12", hub_files["week"])
    found = read(report, "2026-10-12", history_source="hub-weekly")
    assert found["date"] == content.WEEK
    assert f"repeated the file of {content.WEEK}" in found["known_biases"][1]


def test_a_repeated_week_is_no_day_of_its_own(report: Report, hub: LocalHub, waits: list[float]) -> None:
    days = [content.WEEK, content.REPEATED, content.NEXT_WEEK]
    for day in days:
        read(report, day, history_source="hub-weekly")
    params = parameters.load(report.set(snapshot={"history": days[::-1]}).paths.params)
    assert [str(day) for day, *_ in older(report.paths.history, params)] == [content.WEEK, content.NEXT_WEEK]
    assert [repeated for *_, repeated in every_older(report.paths.history, params)] == [False, True, False]


def test_a_week_has_the_same_provenance_after_later_commits(report: Report, hub: LocalHub, waits: list[float]) -> None:
    before = read(report, content.WEEK, history_source="hub-weekly")
    week_of(hub, "2026-10-12", b"")
    assert read(report, content.WEEK, history_source="hub-weekly") == before


@pytest.mark.parametrize("column", ["id", "tags"])
def test_a_renamed_column_is_refused_and_leaves_what_was_there(
    column: str, report: Report, hub: LocalHub, waits: list[float]
) -> None:
    day = "2026-10-12"
    week_of(hub, day, content.parquet(content.made(50)))
    read(report, day, history_source="hub-weekly")
    folder = report.paths.history / day
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    week_of(hub, day, content.parquet(content.made(50).rename({column: f"{column}_"})))
    with pytest.raises(SnapshotError, match=f"no column {column} in models/{day}/models.parquet at commit"):
        read(report, day, history_source="hub-weekly")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not stored()


def test_a_renamed_counter_is_missing_and_said_to_be(report: Report, hub: LocalHub, waits: list[float]) -> None:
    week_of(hub, "2026-10-12", content.parquet(content.made(50).rename({"likes": "hearts"})))
    assert "likes" in read(report, "2026-10-12", history_source="hub-weekly")["columns_absent"]


def test_days_give_the_same_bytes_in_any_order(report: Report, hub: LocalHub, waits: list[float]) -> None:
    days = [content.WEEK, content.REPEATED, content.NEXT_WEEK]

    def run(order: list[str]) -> dict[str, bytes]:
        for day in order:
            read(report, day, history_source="hub-weekly")
            known.run(day, report.paths, parameters.load(report.paths.params))
        files = [path for path in report.paths.raw.rglob("*") if path.is_file()]
        return {str(path.relative_to(report.paths.raw)): path.read_bytes() for path in files}

    first = run(days)
    assert len(first) == 3 * (3 + 4)
    assert run(days[::-1]) == first
