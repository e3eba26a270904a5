"""The Hub's listing as somebody stored it: pages of JSON, JSON lines, gzipped or not, and what is no such page."""

import gzip
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from huggingface_hub import constants
from polars.testing import assert_frame_equal

from pipeline import snapshot
from pipeline.base.errors import SnapshotError
from pipeline.base.params import Snapshot
from pipeline.base.paths import Paths
from pipeline.snapshot import listing
from tests.conftest import Report, copy_project, shared


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of pages go to a folder of the test."""
    monkeypatch.setattr(constants, "HF_ASSETS_CACHE", str(tmp_path_factory.mktemp("assets")))


LISTED = ("id", "author", "createdAt", "lastModified", "downloads", "likes", "tags", "pipeline_tag", "library_name")


def answer(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the Hub's API lists it; what it does not know it leaves out."""
    given = {name: row[name] for name in LISTED if row.get(name) is not None}
    times = {name: f"{value:%Y-%m-%dT%H:%M:%S}.000Z" for name, value in given.items() if isinstance(value, datetime)}
    return {"_id": "0" * 24, "private": False, "modelId": given["id"], **given, **times}


def read(path: Path, source: str = "listing", root: Path | None = None) -> pl.DataFrame:
    asked = Snapshot.model_construct(source=source, path=str(path), coverage="slice", date=date(2026, 5, 20))
    pulled = snapshot.read(asked, Paths(root or path.parent))
    return pulled.models.collect()


def json_page(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows).encode()


def json_lines(rows: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows) + b"\n"


FORMS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    ".json": json_page,
    ".jsonl": json_lines,
    ".json.gz": lambda rows: gzip.compress(json_page(rows)),
    ".jsonl.gz": lambda rows: gzip.compress(json_lines(rows)),
}


def pages(folder: Path, rows: list[dict[str, Any]], form: str, each: int) -> Path:
    folder.mkdir()
    for number, start in enumerate(range(0, len(rows), each), start=1):
        page = FORMS[form]([answer(row) for row in rows[start : start + each]])
        (folder / f"models_page{number}_07-11-2024{form}").write_bytes(page)
    return folder


@pytest.fixture(scope="module")
def cut() -> pl.DataFrame:
    """A few hundred real rows, in the columns that a listing has; the Hub's days are whole seconds there."""
    rows = pl.read_parquet(shared("hub-stats-slice", "models.parquet"), columns=[*LISTED]).head(300)
    return rows.with_columns(pl.col("createdAt", "lastModified").dt.truncate("1s"))


@pytest.mark.parametrize("form", FORMS)
def test_a_listing_and_a_file_of_the_same_rows_give_the_same_snapshot(
    form: str, cut: pl.DataFrame, tmp_path: Path
) -> None:
    cut.write_parquet(tmp_path / "hub.parquet")
    folder = pages(tmp_path / "pages", cut.to_dicts(), form, each=100)
    (folder / "README.md").write_text("not a page")
    assert_frame_equal(read(folder), read(tmp_path / "hub.parquet", "file"))
    single = folder / f"models_page1_07-11-2024{form}"
    assert_frame_equal(read(single), read(folder).head(100))


@pytest.mark.whole
def test_a_listing_and_a_file_of_the_same_rows_give_the_same_tables(tmp_path: Path) -> None:
    """A cut of the census of 2024, as its pages were and as a file."""
    rows = pl.read_parquet(shared("hub-census-2024-07", "models.parquet")).sort("downloads", descending=True).head(3000)
    rows.write_parquet(tmp_path / "hub.parquet")
    folder = pages(tmp_path / "pages", rows.to_dicts(), ".json", each=1000)
    built = [
        copy_project(tmp_path / source)
        .read_from(path, "census", "2024-07-11")
        .set(snapshot={"source": source, "label": "A cut of the census"})
        .build("derivatives", "lineage")
        for source, path in (("listing", folder), ("file", tmp_path / "hub.parquet"))
    ]
    names = [set(report.paths.tables()) for report in built]
    assert names[0] == names[1] > {"derivatives", "uploaders", "relations"}
    differ = [
        name for name in names[0] - {"base_sizes", "lead", "lineage_basis", "vintages"} if not same_rows(name, *built)
    ]
    assert not differ, "those four say which bytes were read"
    assert built[0].table("uploaders").height > 1


def same_rows(name: str, one: Report, other: Report) -> bool:
    return one.table(name).equals(other.table(name))


def test_pages_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        (tmp_path / f"page{number}.json").write_bytes(json_page([{"id": f"a/{number}"}]))
    assert [page.name for page in listing.pages_of(tmp_path)] == ["page1.json", "page9.json", "page10.json"]
    assert read(tmp_path)["id"].to_list() == ["a/1", "a/9", "a/10"]


def test_fields_of_another_kind_are_missing_and_old_answers_name_a_model_by_model_id(tmp_path: Path) -> None:
    rows = [{"modelId": "a/x", "downloads": "many", "likes": 2**70, "tags": [1, "t"], "createdAt": 5, "author": {}}]
    (tmp_path / "page.json").write_bytes(json_page(rows))
    (row,) = read(tmp_path).to_dicts()
    assert row["id"] == "a/x"
    assert row["author"] == "a"
    assert row["tags"] == ["t"]
    assert row["downloads"] is row["likes"] is row["createdAt"] is None


HOSTILE = {
    "no JSON": ("p.json", b"<html>", "no page of a listing"),
    "an error": ("p.json", b'{"error": "rate limited"}', "no list of models"),
    "no object": ("p.json", b"[1]", "an entry is no model with an id"),
    "no id": ("p.json", b'[{"author": "a"}]', "an entry is no model with an id"),
    "an id that is no text": ("p.jsonl", b'{"id": 7}\n', "an entry is no model with an id"),
    "half a page": ("p.json", b'[{"id": "a/x"}, {"id"', "no page of a listing"),
    "no UTF-8": ("p.json", b'[{"id": "\xff"}]', "no page of a listing"),
    "thousands of brackets": ("p.json", b"[" * 100_000, "no page of a listing"),
    "no gzip": ("p.json.gz", b"[]", "no page of a listing"),
    "half a gzip": ("p.json.gz", gzip.compress(b'[{"id": "a/x"}]' * 99)[:-9], "no page of a listing"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_page_is_refused_by_its_name_in_one_line(case: str, tmp_path: Path) -> None:
    name, content, reason = HOSTILE[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SnapshotError, match=reason) as raised:
        read(tmp_path)
    assert f"in {name}: fetch the page again" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_page_that_unpacks_to_more_than_any_page_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "LARGEST", 100)
    (tmp_path / "p.json.gz").write_bytes(gzip.compress(b" " * 101))
    with pytest.raises(SnapshotError, match="more than 100 bytes"):
        read(tmp_path)


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hub.parquet").touch()
    with pytest.raises(SnapshotError, match=r"no page of a listing in .*: name a folder of the Hub's answers"):
        read(tmp_path)


def test_a_page_is_read_once_whatever_happens_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page1.json").write_bytes(json_page([{"id": "a/1"}]))
    first = read(tmp_path)
    monkeypatch.setattr(listing, "rows_of", None)
    assert_frame_equal(read(tmp_path), first)
