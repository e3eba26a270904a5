"""What makers made a release from, the pruned tree of an edition, and the axis of months."""

import polars as pl
import pytest

from pipeline.chapters.explorer import beyond
from pipeline.chapters.explorer.beyond import Earlier
from pipeline.chapters.explorer.tables import from_words
from pipeline.charts.explorer import entries
from pipeline.charts.explorer.entries import Entry
from pipeline.charts.explorer.months import by_month, ticks
from tests.chapters.explorer.test_explorer import Store, made
from tests.conftest import PROJECT, Report

R1 = "deepseek-ai/DeepSeek-R1"
DISTILLED = f"{R1}-Distill-Llama-8B"


@pytest.fixture(scope="module")
def pairs() -> pl.DataFrame:
    return beyond.registered(PROJECT / "pipeline" / "register")


def test_a_distilled_release_has_a_base_and_a_teacher(pairs: pl.DataFrame) -> None:
    known = beyond.made(pairs, most=2)
    (of,) = known.filter(id=DISTILLED)["made_of"].to_list()
    assert of == [{"id": "meta-llama/Llama-3.1-8B", "role": "base"}, {"id": R1, "role": "teacher"}]
    teacher = known.row(by_predicate=pl.col("id") == R1, named=True)
    assert len(teacher["made_into"]) == 2 < teacher["made_into_all"]
    assert all(one["role"] == "teacher" for one in teacher["made_into"])
    assert entries.making(of) == f"Its maker started from meta-llama/Llama-3.1-8B and trained it on answers of {R1}."
    assert entries.making(of[:1]) == "Its maker started from meta-llama/Llama-3.1-8B."


def test_a_release_that_the_register_knows_the_base_of_is_not_called_a_root() -> None:
    known = Entry(address=f"model={DISTILLED}", release=True, made_of=[{"id": "a/b", "role": "base"}])
    assert "root" not in entries.summary(known, "declared")
    assert entries.summary(Entry(address="model=a/b"), "declared").endswith("it is built on nothing here.")
    assert entries.summary(Entry(address="model=a/b"), "inferred").endswith("Nothing here says what it is built on.")


TREE = pl.DataFrame(
    [("a/1", "b/2", 7, 9, 3, 4), ("a/1", "c/3", 7, 9, 0, 0), ("b/2", "d/4", 3, 4, 0, 0), ("b/2", "e/5", 3, 4, 0, 0)],
    schema={
        **dict.fromkeys(("parent", "child"), pl.String),
        **dict.fromkeys(("parent_children", "parent_descendants", "children", "descendants"), pl.Int64),
    },
    orient="row",
).with_columns(relation=pl.lit("unspecified"))


def test_a_branch_has_two_levels_its_counts_and_its_parents() -> None:
    found = beyond.branches(Earlier("census of July 2024", "", TREE), pl.Series(["a/1", "b/2"]), below=1, near=3)
    then = dict(found.iter_rows())
    assert (then["a/1"]["children"], then["a/1"]["descendants"], then["a/1"]["parents"]) == (7, 9, None)
    assert then["b/2"]["parents"] == ["a/1"]
    first, second = then["a/1"]["listed"]
    assert (first["id"], first["children"], first["entry"], [one["id"] for one in first["below"]]) == (
        "b/2",
        3,
        True,
        ["d/4"],
    )
    assert (second["id"], second["children"], second["entry"], second["below"]) == ("c/3", None, None, None)
    assert then["d/4"]["listed"] is None


def test_without_an_edition_nothing_has_a_branch() -> None:
    assert beyond.branches(None, pl.Series(["a/1"]), below=1, near=3).is_empty()


def test_a_family_lists_its_models_in_the_tree() -> None:
    families = pl.DataFrame({"id": ["a/1", "b/2", "c/3"], "family": ["One", "One", None]})
    (row,) = beyond.family_branches(Earlier("", "", TREE), families, most=1, below=2).iter_rows(named=True)
    assert (row["name"], row["then"]["models"]) == ("One", 2)
    assert [node["id"] for node in row["then"]["listed"]] == ["a/1"]
    assert [node["id"] for node in row["then"]["listed"][0]["below"]] == ["b/2", "c/3"]


def test_the_sample_declares_nothing_so_a_census_shows_its_tree_with_its_date(sample: Report) -> None:
    store = Store(sample.paths.explorer_files)
    entry = store.get("model=mistralai/Mistral-7B-v0.1")
    assert entry.then
    assert entry.then["children"] > 1000 > len(entry.then["listed"]) > 0
    label = {"label": "census of July 2024", "text": "On 11 July 2024."}
    drawn = entries.earlier_tree(entry, label)
    assert f"Built on it in the census of July 2024: {len(entry.then['listed'])} of {entry.then['children']:,}" in drawn
    assert "On 11 July 2024." in drawn
    assert entries.earlier_tree(entry, None) == ""
    assert all(f"model={node['id']}" in store.entries for node in entry.then["listed"] if node.get("entry"))


def test_a_snapshot_that_declares_its_bases_shows_no_other_tree(report: Report) -> None:
    store = made(
        report, {"id": "mistralai/Mistral-7B-v0.1"}, {"id": "a/b", "tags": ["base_model:mistralai/Mistral-7B-v0.1"]}
    )
    assert all("then" not in entry for entry in store.entries.values())


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("deepseek-r1-distill", ["r1-distill", "distill"]),
        ("qwen2.5-7b", ["2.5-7b", "7b"]),
        ("a_b c", ["b c", "c"]),
        ("漢字-模型", ["模型"]),
        ("--", []),
    ],
)
def test_a_look_up_may_begin_at_each_word(name: str, rest: list[str]) -> None:
    assert from_words(name) == rest


def test_the_axis_of_months_names_its_ends_and_the_years_that_have_room() -> None:
    assert ticks(202403, 1) == [(0.0, "Mar 2024")]
    assert [text for _, text in ticks(202402, 10)] == ["Feb 2024", "Nov 2024"]
    assert [text for _, text in ticks(202301, 36)] == ["Jan 2023", "2024", "2025", "Dec 2025"]
    places = [place for place, _ in ticks(202301, 60)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 100)


def test_bars_stand_beside_their_highest_number_and_those_without_a_date() -> None:
    drawn = by_month({202401: 4, 202403: 2}, every=7)
    assert drawn.count("<i ") == 3
    assert '<i style="height:0%">' in drawn
    assert "most in January 2024: 4. 1 has no known date." in drawn
    assert by_month({}, every=7).endswith("<p>None has a known date.</p>")
