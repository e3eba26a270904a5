"""Two builds are compared by what they made: differences are found, and none is where there is none."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scripts import compare

FACTS = {
    "rows": {"value": 3, "text": "3", "unit": None, "source": "data/out/sizes.parquet"},
    "hidden": {"value": 7, "text": "7", "unit": "GB", "source": "data/out/sizes.parquet"},
}
PAGE = """<html><head><title>Sizes</title><style>p { margin: 0 }</style></head><body>
<p>There are <b>3</b> sizes.</p><script>let rows = 3;</script>
<svg aria-label="A drawing of sizes"><text>three bars</text></svg></body></html>"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def set_fact(root: Path, key: str, **parts: Any) -> None:
    path = root / "data" / "out" / "facts.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts[key] |= parts
    path.write_text(json.dumps(facts), encoding="utf-8")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A tiny build, as the pipeline lays it out."""
    root = tmp_path / "old"
    out = root / "data" / "out"
    sizes = pl.DataFrame({"name": ["a", "b", "c"], "size": [1, 2, 3], "tags": [["x"], [], None]})
    for folder in (out, out / "downloads", root / "data" / "core", root / "data" / "raw" / "history" / "2026-01-01"):
        folder.mkdir(parents=True, exist_ok=True)
        sizes.write_parquet(folder / "sizes.parquet")
    write(out / "downloads" / "datapackage.json", "{}")
    write(out / "downloads" / "sizes.csv", "name,size\na,1\n")
    write(out / "downloads" / "edition.json", '{"copy": true}')
    write(out / "explorer" / "directory.js", "directory()")
    write(out / "explorer" / "rows" / "0000.js", "rows()")
    write(out / "facts.json", json.dumps(FACTS))
    write(out / "edition.json", '{"numbers": [{"text": "3"}]}')
    write(root / "book" / "sizes.md", "There are {fact}`rows` sizes.")
    write(root / "book" / "_build" / "html" / "sizes.html", PAGE)
    return root


@pytest.fixture
def new(old: Path) -> Path:
    """A copy of it, for a test to alter."""
    return shutil.copytree(old, old.parent / "new")


def found(old: Path, new: Path) -> dict[str, str]:
    return compare.differences(compare.read(old), compare.read(new))


def test_equal_builds_do_not_differ(old: Path, new: Path) -> None:
    assert found(old, new) == {}


def test_what_moved_into_a_folder_of_its_chapter_is_the_same(old: Path, new: Path) -> None:
    out = new / "data" / "out"
    chapter = out / "surface"
    chapter.mkdir()
    for name in ("sizes.parquet", "facts.json", "edition.json"):
        (out / name).rename(chapter / name)
    (out / "explorer").rename(out / "files")
    (out / "files").rename(chapter / "files")
    (out / "downloads").rename(chapter / "downloads")
    assert found(old, new) == {}


def test_a_changed_cell_is_found(old: Path, new: Path) -> None:
    path = new / "data" / "out" / "sizes.parquet"
    pl.read_parquet(path).with_columns(size=pl.Series([1, 5, 6])).write_parquet(path)
    assert found(old, new) == {"table out/sizes": "first in row 1, size: 2 -> 5"}


def test_other_rows_and_columns_are_found(old: Path, new: Path) -> None:
    path = new / "data" / "core" / "sizes.parquet"
    pl.read_parquet(path).head(2).rename({"size": "bytes"}).write_parquet(path)
    assert found(old, new) == {
        "table core/sizes": "columns gone ['size Int64'], new ['bytes Int64']; 3 -> 2 rows",
    }


def test_other_bytes_of_equal_content_are_found_as_such(old: Path, new: Path) -> None:
    path = new / "data" / "out" / "sizes.parquet"
    pl.read_parquet(path).write_parquet(path, compression="uncompressed")
    assert found(old, new) == {"table out/sizes": "bytes differ, content is equal"}


def test_a_missing_table_is_found(old: Path, new: Path) -> None:
    (new / "data" / "out" / "sizes.parquet").unlink()
    shutil.rmtree(old / "data" / "raw")
    assert found(old, new) == {"table out/sizes": "only in OLD", "table raw/history/2026-01-01/sizes": "only in NEW"}


def test_two_tables_of_one_name_cannot_be_compared(new: Path) -> None:
    shutil.copytree(new / "data" / "out" / "explorer", new / "data" / "out" / "sizes")
    shutil.copy(new / "data" / "out" / "sizes.parquet", new / "data" / "out" / "sizes")
    with pytest.raises(ValueError, match="there twice"):
        compare.read(new)


@pytest.mark.parametrize(
    ("file", "name"),
    [("downloads/sizes.csv", "csv sizes.csv"), ("explorer/rows/0000.js", "explorer rows/0000.js")],
)
def test_a_changed_byte_is_found(old: Path, new: Path, file: str, name: str) -> None:
    with (new / "data" / "out" / file).open("a", encoding="utf-8") as opened:
        opened.write(" ")
    assert found(old, new) == {name: "bytes differ"}


@pytest.mark.parametrize(("key", "name"), [("rows", "fact rows"), ("hidden", "unquoted hidden")])
def test_a_changed_fact_is_found(old: Path, new: Path, key: str, name: str) -> None:
    set_fact(new, key, text="about 3")
    assert found(old, new).keys() == {name}


def test_where_a_fact_is_from_may_change(old: Path, new: Path) -> None:
    set_fact(new, "rows", source="data/out/surface/sizes.parquet")
    assert found(old, new) == {}


def test_a_quoted_key_without_a_fact_is_found(old: Path, new: Path) -> None:
    write(new / "book" / "more.md", "{fact}`nobody.knows`")
    assert found(old, new) == {"fact nobody.knows": "quoted in NEW, which has no such fact"}


def test_a_changed_value_of_a_document_is_found(old: Path, new: Path) -> None:
    change(new / "data" / "out" / "edition.json", '"3"', '"4"')
    assert found(old, new) == {"json edition.json numbers.0.text": '"3" -> "4"'}


@pytest.mark.parametrize(
    ("word", "other"), [("There are", "We have"), ("A drawing", "A view"), ("three bars", "3 bars")]
)
def test_a_changed_word_of_a_page_is_found(old: Path, new: Path, word: str, other: str) -> None:
    change(new / "book" / "_build" / "html" / "sizes.html", word, other)
    difference = found(old, new)["page sizes.html"]
    assert word.split()[0] in difference.splitlines()[1]
    assert other.split()[0] in difference.splitlines()[2]


@pytest.mark.parametrize(
    ("markup", "other"),
    [("<b>3</b>", '<span class="number">3</span>'), ("let rows = 3", "let rows = 4"), ("<p>There", "<div><p>\n There")],
)
def test_changed_markup_of_a_page_is_no_difference(old: Path, new: Path, markup: str, other: str) -> None:
    change(new / "book" / "_build" / "html" / "sizes.html", markup, other)
    assert found(old, new) == {}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["compare.py", *map(str, arguments)])
    return compare.main()


def test_an_accepted_difference_does_no_harm(
    old: Path, new: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_fact(new, "rows", text="three")
    assert run(monkeypatch, old, new) == 1
    write(new / "reasons.txt", "# words\n\nfact ro*: numbers up to ten are words\n")
    capsys.readouterr()
    assert run(monkeypatch, old, new, "--reasons", new / "reasons.txt") == 0
    assert capsys.readouterr().out.startswith("accepted (numbers up to ten are words): fact rows: ")
    (new / "data" / "out" / "sizes.parquet").unlink()
    assert run(monkeypatch, old, new, "--reasons", new / "reasons.txt") == 1


def test_a_folder_without_a_build_is_not_compared(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, old, tmp_path / "nothing") == 2
