"""The explorer's files: what strangers name things, which file an entry is in, and what a search reads."""

import json
import zipfile
import zlib
from bisect import bisect_right
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.chapters.explorer import store
from pipeline.chapters.explorer.search import search

HOSTILE = [
    "</script><script>alert(1)</script>",
    "a\u2028b\u2029c",
    '"quoted"\\',
    'a","count":null',
    "<!--",
    "\x00\x07",
    "ünï 漢字 😀",
    "",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(HOSTILE)


@given(st.lists(TEXTS, min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_texts_survive_as_fields_and_end_no_script(texts: list[str]) -> None:
    rows = pl.DataFrame({"id": texts, "nodes": [[{"id": text, "relation": None}] for text in texts]})
    written = store.json_rows(rows.cast({"nodes": pl.List(pl.Struct({"id": pl.String, "relation": pl.String}))}))
    assert [json.loads(text) for text in written] == [{"id": text, "nodes": [{"id": text}]} for text in texts]
    assert not any(character in text for text in written for character in "<\u2028\u2029\n")


def test_fields_without_a_value_are_left_out() -> None:
    rows = pl.DataFrame({"address": ["a", "b"], "count": [0, 1], "absent": [True, False], "listed": [None, ["x"]]})
    assert store.json_rows(rows).to_list() == [
        '{"address":"a","absent":true}',
        '{"address":"b","count":1,"listed":["x"]}',
    ]


@pytest.mark.parametrize("limit", [2_000, 20_000])
def test_every_entry_is_in_the_file_of_its_hash_and_no_file_is_too_large(limit: int) -> None:
    names = [f"model=user-{number}/name" for number in range(3_000)] + [f"model=x/{text}" for text in HOSTILE]
    entries = pl.DataFrame({"address": names, "size": [len(name) for name in names]})
    made = store.by_hash(entries.select("address", text=store.json_rows(entries)), limit)
    assert max(len(text.encode()) for text in made["text"]) <= limit
    files, starts = [json.loads(text) for text in made["text"]], made["first"].to_list()
    assert sum(map(len, files)) == len(names)
    assert sum(map(len, made["text"])) > 0.9 * limit * (len(files) - 1), "files are full"
    for name in names:
        place = bisect_right(starts, zlib.crc32(name.encode())) - 1
        assert {"address": name, "size": len(name)} in files[place]


def test_entries_of_one_hash_are_in_one_file() -> None:
    names = ["plumless", "buckeroo"]  # two words with one CRC-32
    entries = pl.DataFrame({"address": [*names, "x"], "text": [f'"{"y" * 50}"'] * 3})
    made = store.by_hash(entries, 60 + store.FRAME_BYTES)
    assert sorted(len(json.loads(text)) for text in made["text"]) == [1, 2]
    assert made["first"].is_unique().all()


def test_the_order_of_entries_changes_nothing() -> None:
    entries = pl.DataFrame({"address": [f"a={number}" for number in range(500)], "text": ["{}"] * 500})
    assert store.by_hash(entries, 1_000).equals(store.by_hash(entries.reverse(), 1_000))


def rows_of(names: list[str]) -> pl.DataFrame:
    """Search rows as the explorer makes them: under the whole name and without the owner, the first name first."""
    frame = pl.DataFrame({"address": names}, schema={"address": pl.String}).with_row_index("rank")
    counted = frame.with_columns(count=pl.lit(0, pl.Int64), release=pl.lit(False))
    keys = counted.with_columns(key=pl.col("address").str.to_lowercase())
    return pl.concat([keys, keys.with_columns(key=pl.col("key").str.replace("^[^/]*/", ""))])


NAMES = [
    f"{owner}/{stem}-{size}b" for owner in ("qwen", "Meta", "q") for stem in ("qwen", "llama") for size in range(90)
]


@pytest.mark.parametrize("text", ["q", "qwen", "qwen/qwen-1", "llama-", "meta/llama-8", "qwen/qwen-89b", "zz", "/"])
def test_a_text_is_answered_whole_from_two_files_or_by_its_best(text: str) -> None:
    made = search(rows_of(NAMES), limit=1_000, found=5)
    matching = [name for name in NAMES if name.lower().startswith(text) or name.split("/")[1].startswith(text)]
    first = max(place for place, start in enumerate(made.row_starts) if start <= text)
    last = max(place for place, start in enumerate(made.row_starts) if start <= text + "\uffff")
    if last - first < 2:
        read = {row["address"] for document in made.rows[first : last + 1] for row in json.loads(document)}
        assert set(matching) <= read
    else:
        place = max(place for place, start in enumerate(made.best_starts) if start <= text)
        (best,) = (row for row in json.loads(made.best[place]) if row["prefix"] == text)
        assert best["rows"] == len(matching)
        assert [row["address"] for row in best["best"]] == matching[:5]


def test_files_of_the_search_are_bounded() -> None:
    made = search(rows_of(NAMES), limit=1_000, found=5)
    assert len(made.rows) > 20
    assert max(map(len, made.rows)) < 1_100
    assert max(map(len, made.best)) < 1_500
    assert made.row_starts == sorted(made.row_starts)


def test_nothing_to_search_gives_no_files() -> None:
    made = search(rows_of([]), limit=1_000, found=5)
    assert (made.rows, made.row_starts, made.best, made.best_starts) == ([], [], [], [])


def test_writing_again_leaves_nothing_of_before(tmp_path: Path) -> None:
    archive = tmp_path / "made.zip"
    store.write({"entries/0001": "[]", "entries/0002": "[]"}, archive)
    written = store.write({"entries/0001": '[{"a":1}]'}, archive)
    with zipfile.ZipFile(archive) as packed:
        assert packed.namelist() == ["entries/0001.js"]
        text = packed.read("entries/0001.js").decode()
    assert text == '(window.explorer = window.explorer || {})["entries/0001"] = [{"a":1}];\n'
    assert (written.files, written.bytes, written.largest) == (1, len(text), len(text))
    assert list(tmp_path.iterdir()) == [archive]
