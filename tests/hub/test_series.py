"""Series: what one uploader made on one base, one after the other."""

import re
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import load
from pipeline.base.paths import PROJECT
from pipeline.hub.series import NUMBER, differing, digits_of, names_of, pattern_of, uploader_of, with_series
from tests.conftest import Report, hub_rows, shared
from tests.counting import memory


def edges(*pairs: tuple[str, str]) -> pl.DataFrame:
    """Declared edges between ids, numbered in the order of the ids."""
    ids = sorted({name for pair in pairs for name in pair})
    node = {name: place for place, name in enumerate(ids)}
    rows = [(child, parent, node[child], node[parent]) for child, parent in sorted(pairs)]
    schema = {"child": pl.String, "parent": pl.String, "child_node": pl.UInt32, "parent_node": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def first_of(found: pl.DataFrame) -> dict[str, int | None]:
    return dict(found.select("child", "series_node").iter_rows())


def on(base: str, name: str) -> dict[str, Any]:
    """An adapter on a base."""
    return {"id": name, "tags": [f"base_model:adapter:{base}", f"base_model:{base}"]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/Qwen-Qwen1.5-7B-1719091586", "a/Qwen-Qwen1.5-7B-1719102000"),
        ("a/bert_sa_cv_3_fold12", "a/bert_sa_cv_12_fold3"),
        ("a/7", "a/19"),
    ],
)
def test_names_of_one_pattern_differ_in_digits_alone(one: str, other: str) -> None:
    frame = pl.DataFrame({"id": [one, other]}).select(pattern_of(pl.col("id")))
    assert frame["id"].n_unique() == 1


def test_ten_of_one_uploader_on_one_base_are_a_series_and_nine_are_none() -> None:
    ten = [(f"one/run-{number:02}", "a/base") for number in range(10)]
    nine = [(f"two/run-{number:02}", "a/base") for number in range(9)]
    found = with_series(edges(*ten, *nine), 10)
    firsts = first_of(found)
    assert {firsts[child] for child, _ in ten} == {found.filter(child="one/run-00")["child_node"].item()}
    assert {firsts[child] for child, _ in nine} == {None}


def test_another_base_or_another_pattern_is_another_series() -> None:
    rows = [(f"one/run-{number}", f"a/base-{number % 2}") for number in range(18)]
    rows += [(f"one/{letter}", "a/base-0") for letter in "abcdef"]
    assert with_series(edges(*rows), 10)["series_node"].null_count() == len(rows)
    assert with_series(edges(*rows), 9)["series_node"].drop_nulls().n_unique() == 2


def test_a_series_counts_once_where_it_counts_as_one_and_its_uploader_counts_once_anyhow() -> None:
    base = "Qwen/Qwen2.5-7B"
    names = [f"one/adapter-{number}" for number in range(12)] + ["one/by-hand", "two/by-hand"]
    hub = memory.hub(hub_rows(*(on(base, name) for name in names)))
    assert hub.counts("family.declared.direct.all")["Qwen"] == 14
    assert hub.counts("family.declared.direct.all.series_as_one")["Qwen"] == 3
    assert hub.counts("family.declared.direct.all.uploaders")["Qwen"] == 2
    assert hub.counts("family.declared.direct.without_adapters").get("Qwen", 0) == 0


def test_what_is_built_on_a_series_counts_beside_it() -> None:
    base = "Qwen/Qwen2.5-7B"
    made = [on(base, f"one/adapter-{number}") for number in range(10)]
    built = [on("one/adapter-7", f"three/on-{word}") for word in ("red", "blue")]
    hub = memory.hub(hub_rows(*made, *built))
    assert hub.counts("family.declared.transitive.all")["Qwen"] == 12
    assert hub.counts("family.declared.transitive.all.series_as_one")["Qwen"] == 3


def test_the_real_slice_has_its_series(hub_slice: Report) -> None:
    """Every series has ten or more children of one uploader on one parent."""
    found = tables.read(hub_slice.paths.core / "edges.parquet").drop_nulls("series_node")
    sizes = found.group_by("series_node", "parent_node").agg(
        members=pl.len(), uploaders=pl.col("child").str.extract("^([^/]+)/").n_unique()
    )
    assert sizes.filter((pl.col("members") < 10) | (pl.col("uploaders") > 1)).is_empty()


def members(series: str, *names: str) -> pl.DataFrame:
    return pl.DataFrame({"series": [series] * len(names), "id": [f"one/{name}" for name in names]})


def test_only_digits_that_differ_say_what_a_series_is() -> None:
    of_seeds = members("seeds", "llama-2-7b-fold3-seed101", "llama-2-7b-fold3-seed102")
    assert differing(of_seeds)["text"].to_list() == ["3-seed<101>"]


def test_a_series_is_named_with_a_sign_for_the_digits_that_differ() -> None:
    times = members("times", "Qwen-Qwen1.5-7B-1719091586", "Qwen-Qwen1.5-7B-1719102000")
    folds = members("folds", "Bert_cv10_fold1_x", "Bert_cv10_fold2_x")
    found = dict(names_of(pl.concat([times, folds])).iter_rows())
    assert found == {"times": "one/Qwen-Qwen1.5-7B-#", "folds": "one/Bert_cv10_fold#_x"}


@pytest.mark.parametrize(
    ("one", "other", "meaning"),
    [
        ("Qwen-Qwen1.5-7B-1719091586", "Qwen-Qwen1.5-7B-1719102000", "unix time"),
        ("a-2024-02-16", "a-2024-05-31", "date"),
        ("Daredevil-8B-2_2bpw_exl2", "Daredevil-8B-4_0bpw_exl2", "bits per weight"),
        ("internlm2-llama-3.0bpw-h6", "internlm2-llama-4.0bpw-h6", "bits per weight"),
        ("rl_v5.step_10", "rl_v8.step_30", "step"),
        ("base-lora-7b", "base-lora-13b", "size"),
        ("prompt-guard-v1", "prompt-guard-v2", "version"),
        ("1", "2", NUMBER),
    ],
)
def test_names_say_what_their_digits_are(one: str, other: str, meaning: str) -> None:
    patterns = register.load("series_patterns", PROJECT / "pipeline" / "register")
    assert digits_of(members("it", one, other), patterns)["digits"].to_list() == [meaning]


def test_each_pattern_knows_its_example_with_some_of_its_digits_in_brackets() -> None:
    patterns = register.load("series_patterns", PROJECT / "pipeline" / "register")
    for pattern, example in patterns.select("name_pattern", "example").iter_rows():
        other = [example[: at.end()] + "9" + example[at.end() :] for at in re.finditer("[0-9]+", example)]
        texts = [differing(members("it", example, name))["text"] for name in other if name != example]
        assert pl.concat(texts).str.contains(pattern).any(), (pattern, example)


@pytest.fixture(scope="module")
def census() -> pl.DataFrame:
    """Declared edges of the census of July 2024, as its tags stand, with self-references: `child, parent, series`."""
    path = shared("hub-census-2024-07", "models.parquet")
    named = (
        pl.scan_parquet(path)
        .select(child="id", parent="tags")
        .explode("parent")
        .filter(pl.col("parent").str.starts_with("base_model:"))
        .with_columns(pl.col("parent").str.strip_prefix("base_model:"))
        .unique()
        .collect()
    )
    ids = pl.concat([named["child"], named["parent"]]).unique().sort().to_frame("id").with_row_index("node")
    found = named.join(ids.rename({"id": "child", "node": "child_node"}), on="child")
    return with_series(
        found.join(ids.rename({"id": "parent", "node": "parent_node"}), on="parent").sort("child", "parent"),
        load(PROJECT / "params.yaml").series.minimum,
    )


def test_the_census_of_2024_has_these_series(census: pl.DataFrame) -> None:
    assert census.height == 126_650
    assert census["series_node"].drop_nulls().len() == 13_099


@pytest.mark.parametrize(
    ("space", "derivatives", "in_series"),
    [("Qwen", 2_174, 1_275), ("meta-llama", 4_765, 568), ("mistralai", 4_480, 168)],
)
def test_the_census_has_these_series_on_the_bases_of_a_namespace(
    census: pl.DataFrame, space: str, derivatives: int, in_series: int
) -> None:
    """Direct derivatives of bases of the namespace itself, each once, its own repositories left out."""
    of_it = census.filter(uploader_of(pl.col("parent")) == space, uploader_of(pl.col("child")) != space)
    assert of_it["child"].n_unique() == derivatives
    assert of_it.drop_nulls("series_node")["child"].n_unique() == in_series
