"""Nothing but what a build wrote leaves, and the cards say what it is, whatever names are in it."""

import io
import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from huggingface_hub import DatasetCard, DatasetCardData, SpaceCard

from pipeline.base.errors import ParamsError, ShareError
from pipeline.base.paths import Paths
from pipeline.report import built, dictionary, hub_cards, share
from pipeline.report.hub_upload import Parcel
from tests.conftest import Report
from tests.report import small_site
from tests.report.small_site import HOSTILE
from tests.snapshot.writing import card_errors

HERE = Paths(Path("nowhere"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_site.site(tmp_path / "a report")


def parcels(folder: Path) -> dict[str, Parcel]:
    _, found = share.plan(HERE, folder, space="user/pages", dataset="user/tables")
    return {parcel.kind: parcel for parcel in found}


def card(parcel: Parcel) -> str:
    content = parcel.files["README.md"]
    assert isinstance(content, bytes)
    return content.decode()


def metadata(text: str) -> dict[str, Any]:
    return yaml.safe_load(text.split("---\n")[1])


# -------------------------------------------------------------------------------------------- what leaves


def test_a_space_holds_the_site_and_a_card_a_dataset_tables_their_documents_and_a_card(folder: Path) -> None:
    found = parcels(folder)
    data = {path.name for path in (folder / "data").iterdir()}
    assert found["space"].files.keys() == {*small_site.PAGES, *(f"data/{name}" for name in data), "README.md"}
    documents = {"CITATION.cff", "LICENSE-DATA.txt", "citation.bib", "edition.json", "provenance.json"}
    tables = {"data/depths.parquet", "data/longest_chain.parquet"}
    assert found["dataset"].files.keys() == {*documents, *tables, "README.md"}


def test_a_table_without_a_row_is_no_configuration(tmp_path: Path) -> None:
    empty = small_site.site(tmp_path)
    paths = Paths(tmp_path)
    chain = paths.out / "lineage" / "longest_chain.parquet"
    pl.read_parquet(chain).clear().write_parquet(chain)
    shutil.rmtree(empty / "data")
    small_site.publish.make(paths)
    paths.downloads.rename(empty / "data")
    dataset = parcels(empty)["dataset"]
    assert "data/longest_chain.parquet" not in dataset.files
    assert [each["config_name"] for each in metadata(card(dataset))["configs"]] == ["depths"]


def test_what_no_build_wrote_stays_here_and_is_named(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hf_secret")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "moe.html").write_text("hf_secret")
    strays = {
        ".env": lambda path: path.write_text("HF_TOKEN=hf_secret"),
        ".git/config": lambda path: path.write_text("x"),
        "assets/.DS_Store": lambda path: path.write_text("x"),
        "assets/.site.js": lambda path: path.write_text("x"),
        "notes.txt": lambda path: path.write_text("x"),
        "data/mine.parquet": lambda path: path.write_text("x"),
        "data/deep/claims.csv": lambda path: path.write_text("x"),
        "other/page.html": lambda path: path.write_text("x"),
        "linked.html": lambda path: path.symlink_to(secret),
        "cards/linked": lambda path: path.symlink_to(tmp_path / "secrets"),
        "files/pipe.svg": os.mkfifo,
    }
    before = parcels(folder)
    for name, make in strays.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        make(folder / name)
    site, _ = share.plan(HERE, folder, space="user/pages", dataset=None)
    assert parcels(folder) == before
    assert set(site.left_out) == {*strays, ".git"} - {".git/config"}
    (line,) = share.left_out(site)
    assert line.endswith(" and 6 more")


def test_a_name_that_would_colour_the_terminal_is_spelt_out(folder: Path) -> None:
    (folder / "\x1b[31m.txt").write_text("x")
    (line,) = share.left_out(built.read(folder))
    assert "\x1b" not in line
    assert r"\x1b[31m.txt" in line


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "index.html").unlink(), "no site to share, index.html is missing in /"),
        (lambda folder: shutil.rmtree(folder / "data"), "data/SHA256SUMS is missing"),
        (lambda folder: (folder / "data" / "depths.csv").write_text("x"), "data/depths.csv is not the file"),
        (lambda folder: (folder / "data" / "edition.json").write_text("{}"), "data/edition.json is not the file"),
        (lambda folder: (folder / "data" / "depths.parquet").unlink(), "data/depths.parquet is not the file"),
    ],
)
def test_a_site_that_is_not_as_it_was_built_is_refused(folder: Path, spoil: Any, words: str) -> None:
    spoil(folder)
    with pytest.raises(ShareError, match=words.replace(".", r"\.")) as caught:
        parcels(folder)
    assert "make site" in str(caught.value)


def test_a_site_that_is_older_than_the_tables_is_refused(folder: Path) -> None:
    paths = Paths(folder.parent)
    paths.site.parent.mkdir(parents=True)
    folder.rename(paths.site)
    share.plan(paths, None, space="user/pages", dataset=None)
    paths.edition.write_text(paths.edition.read_text().replace("A week", "Another"))
    with pytest.raises(ShareError, match="the site is older than the tables"):
        share.plan(paths, None, space="user/pages", dataset=None)


@pytest.mark.parametrize(
    "name", ["", "name", "a/b/c", "../x", "a/..", "a b/c", "-x/y", "a/b;rm", "a/b\n", "https://x/y"]
)
def test_a_name_that_the_hub_does_not_take_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(ParamsError, match="is no name at the Hub in --dataset: write it as user/name") as caught:
        share.plan(HERE, folder, space=None, dataset=name)
    assert str(caught.value).isprintable()


def test_something_has_to_be_named(folder: Path) -> None:
    with pytest.raises(ParamsError, match="nothing to share"):
        share.plan(HERE, folder, space=None, dataset=None)


# ---------------------------------------------------------------------------------------------- the cards


def test_the_dataset_card_has_a_configuration_a_table_and_is_what_the_hub_asks_for(folder: Path) -> None:
    dataset = parcels(folder)["dataset"]
    text = card(dataset)
    assert card_errors(text, "dataset") == []
    data = DatasetCard(text).data
    assert isinstance(data, DatasetCardData)
    assert (data.license, data.language, data.size_categories) == ("cc-by-4.0", ["en"], ["n<1K"])
    for each in metadata(text)["configs"]:
        (files,) = each["data_files"]
        content = dataset.files[files["path"]]
        assert isinstance(content, Path)
        assert pl.read_parquet(content).height
    assert "| step | integer |" in text
    assert "0.1.0+2026-10-01.ab12cd34" in text, "the citation names the edition"


def test_units_and_meanings_on_the_card_are_those_of_the_contract(folder: Path) -> None:
    text = card(parcels(folder)["dataset"])
    for column in dictionary.columns("depths"):
        assert f"| {column.name} | {column.type} | {column.unit or ''} | {column.description}" in text


def test_the_space_card_makes_a_static_space_that_names_its_dataset(folder: Path) -> None:
    text = card(parcels(folder)["space"])
    assert card_errors(text, "space") == []
    data = SpaceCard(text).data.to_dict()
    assert (data["sdk"], data["app_file"], data["datasets"]) == ("static", "index.html", ["user/tables"])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_name_of_strangers_breaks_a_card(tmp_path: Path, hostile: str) -> None:
    plain = small_site.site(tmp_path / "plain")
    provenance = {"source": hostile, "licence": hostile, "revision": hostile, "known_biases": [hostile]}
    folder = small_site.site(tmp_path / "hostile", hostile, "x/y", provenance=provenance, label=hostile)
    for kind, parcel in parcels(folder).items():
        text, usual = card(parcel), card(parcels(plain)[kind])
        assert card_errors(text, kind) == []
        assert metadata(text) == metadata(usual)
        assert "<script" not in text
        assert "[x](javascript" not in text
        assert all(character.isprintable() for character in text.replace("\n", "").replace("@\u200b", "@"))
        assert [line for line in text.splitlines() if line.startswith(("#", "<", "---", "```"))] == [
            line for line in usual.splitlines() if line.startswith(("#", "<", "---", "```"))
        ], "no heading, block or end more"
        cells = [line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("| ")]
        assert cells == [line.count("|") for line in usual.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize(
    ("rows", "named"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**9, "1B<n<10B")]
)
def test_the_class_of_size_is_the_hubs(rows: int, named: str) -> None:
    assert hub_cards.size_class(rows) == named


def test_every_table_of_a_whole_report_is_a_configuration_of_a_card_that_is_right(
    sample: Report, tmp_path: Path
) -> None:
    folder = tmp_path / "html"
    shutil.copytree(sample.paths.downloads, folder / "data")
    (folder / "index.html").write_text("x")
    dataset = parcels(folder)["dataset"]
    text = card(dataset)
    assert card_errors(text, "dataset") == []
    with_rows = {name for name, path in sample.paths.tables().items() if pl.read_parquet(path).height}
    assert {each["config_name"] for each in metadata(text)["configs"]} == with_rows
    for name in with_rows:
        content = dataset.files[f"data/{name}.parquet"]
        assert isinstance(content, Path)
        assert pl.read_parquet(io.BytesIO(content.read_bytes())).columns == [c.name for c in dictionary.columns(name)]
    assert len(text) < 300_000, "a card, not a book"
