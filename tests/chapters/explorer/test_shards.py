"""Files that a page looks entries up in: every entry is where its address says, no file is too large, nothing leaks."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.chapters.explorer import store

HOSTILE = ["</script><script>alert(1)</script>", "a\u2028b\u2029c", '"quoted"\\', "<!--", "\x00\x07", "ünï 漢字 😀", ""]


def fnv(text: str) -> int:
    """The hash as it is published, byte by byte."""
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_texts_survive_quoting_and_end_no_script(texts: list[str]) -> None:
    quoted = store.quoted(pl.Series(texts, dtype=pl.String))
    assert [json.loads(text) for text in quoted] == texts
    assert not any(character in text for text in quoted for character in "<\u2028\u2029\n")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_the_hash_is_fnv_1a(texts: list[str]) -> None:
    assert store.hashes(pl.Series(texts, dtype=pl.String)).tolist() == [fnv(text) for text in texts]


def test_known_values_of_the_hash() -> None:
    assert store.hashes(pl.Series(["", "a", "foobar"])).tolist() == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


@pytest.mark.parametrize("limit", [2_000, 20_000])
def test_every_entry_is_in_the_file_of_its_hash_and_no_file_is_too_large(limit: int) -> None:
    names = [f"model=user-{number}/name" for number in range(3_000)] + [f"model=x/{text}" for text in HOSTILE]
    entries = pl.DataFrame({"address": names, "text": [f"[{len(name)}]" for name in names]})
    files = store.spread(entries, limit)
    assert max(files["document"].str.len_bytes()) <= limit
    assert files["file"].to_list() == list(range(files.height))
    held = [json.loads(document) for document in files["document"]]
    assert sum(map(len, held)) == len(names)
    for name in names:
        assert held[fnv(name) % files.height][name] == [len(name)]


def test_the_order_of_entries_changes_nothing() -> None:
    entries = pl.DataFrame({"address": [f"a={number}" for number in range(500)], "text": ["[1]"] * 500})
    assert store.spread(entries, 1_000).equals(store.spread(entries.reverse(), 1_000))


def rows_of(names: list[str]) -> pl.DataFrame:
    """Search rows as the explorer makes them: under the whole name and without the owner, the first name first."""
    frame = pl.DataFrame({"address": names}).with_row_index("rank")
    keys = frame.with_columns(key=pl.col("address").str.to_lowercase())
    short = keys.with_columns(key=pl.col("key").str.replace("^[^/]*/", ""))
    return pl.concat([keys, short]).with_columns(text=pl.format('["{}",0]', "address"))


NAMES = [
    f"{owner}/{stem}-{size}b" for owner in ("qwen", "Meta", "q") for stem in ("qwen", "llama") for size in range(90)
]


@pytest.mark.parametrize("text", ["q", "qwen", "qwen/qwen-1", "llama-", "meta/llama-8", "qwen/qwen-89b", "zz", "/"])
def test_a_text_is_answered_whole_from_two_files_or_by_its_best(text: str) -> None:
    limit, found = 1_000, 5
    made = store.search(rows_of(NAMES), limit, found)
    matching = [name for name in NAMES if f"{name.lower()}".startswith(text) or name.split("/")[1].startswith(text)]
    first = max(place for place, start in enumerate(made.row_starts) if start <= text)
    last = max(place for place, start in enumerate(made.row_starts) if start <= text + "\uffff")
    if last - first < 2:
        read = {row[0] for document in made.rows[first : last + 1] for row in json.loads(document)}
        assert set(matching) <= read
    else:
        place = max(place for place, start in enumerate(made.best_starts) if start <= text)
        number, best = json.loads(made.best[place])[text]
        assert number == len(matching)
        assert [row[0] for row in best] == matching[:found]


def test_files_of_the_search_are_bounded() -> None:
    made = store.search(rows_of(NAMES), 1_000, 5)
    assert made.rows.len() > 20
    assert max(made.rows.str.len_bytes()) < 1_100
    assert max(made.best.str.len_bytes()) < 1_500
    assert made.row_starts == sorted(made.row_starts)


def test_nothing_to_search_gives_no_files() -> None:
    made = store.search(rows_of(NAMES).head(0), 1_000, 5)
    assert (made.row_starts, made.best_starts, made.rows.len()) == ([], [], 0)


def test_writing_again_leaves_nothing_of_before(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    store.write({"entries/0001": "{}", "entries/0002": "{}"}, folder)
    written = store.write({"entries/0001": '{"a":1}'}, folder)
    assert [path.name for path in folder.rglob("*.js")] == ["0001.js"]
    text = (folder / "entries" / "0001.js").read_text(encoding="utf-8")
    assert text == '(window.explorer = window.explorer || {})["entries/0001"] = {"a":1};\n'
    assert (written.files, written.bytes, written.largest) == (1, len(text), len(text))
    assert list(tmp_path.iterdir()) == [folder]
