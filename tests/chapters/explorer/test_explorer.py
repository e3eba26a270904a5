"""The explorer has what the tables have: counts, trees and ways up, against a plain reading of the links."""

import json
import zipfile
import zlib
from bisect import bisect_right
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import snapshot
from pipeline.base import tables
from pipeline.base.params import load
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.explorer import stage as explorer_stage
from pipeline.chapters.explorer.entries import NEAR
from pipeline.chapters.explorer.facts import summary_facts
from pipeline.charts.explorer import entries
from pipeline.charts.explorer.entries import Entry
from pipeline.hub import stage as hub_stage
from pipeline.hub.series import names_of
from pipeline.register.lookup.identity import identify
from tests.benchmarks.hub import Shape, write
from tests.conftest import Report, copy_project, hub_rows

ROWS = 20_000
LISTED, BELOW, MOST_MODELS, MOST_UPLOADERS, KILOBYTES = 7, 2, 1_500, 40, 20


def explored(report: Report) -> Report:
    """The report up to its explorer."""
    params = load(report.paths.params)
    for stage in (snapshot, hub_stage, explorer_stage):
        stage.run(report.paths, params)
    return report


def packed(archive: Path) -> dict[str, str]:
    """The files of an archive by name, as they will lie beside the page."""
    with zipfile.ZipFile(archive) as files:
        return {name: files.read(name).decode() for name in files.namelist()}


class Store:
    """The written files, read as the page reads them."""

    def __init__(self, archive: Path) -> None:
        self.texts = {name.removesuffix(".js"): text for name, text in packed(archive).items()}
        self.files = {name: json.loads(text[text.index("] = ") + 4 : -2]) for name, text in self.texts.items()}
        self.directory = self.files["directory"]
        self.entries = {
            entry["address"]: entry
            for name, entries in self.files.items()
            if name.startswith("entries/")
            for entry in entries
        }

    def get(self, address: str) -> Entry:
        """The entry of an address, from its file."""
        number = bisect_right(self.directory["entries"], zlib.crc32(address.encode())) - 1
        (entry,) = (entry for entry in self.files[f"entries/{number:04}"] if entry["address"] == address)
        return Entry(**entry)

    def of_kind(self, *kinds: str) -> list[Entry]:
        """All entries of these kinds."""
        entries = [Entry(**entry) for entry in self.entries.values()]
        return [entry for entry in entries if entry.kind in kinds]


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("census")
    write(Shape(ROWS), folder / "hub.parquet")
    report = copy_project(folder / "report").read_from(folder / "hub.parquet", "census", "2026-10-01")
    report.set(
        explorer={
            "listed": LISTED,
            "below": BELOW,
            "most_models": MOST_MODELS,
            "most_uploaders": MOST_UPLOADERS,
            "file_kilobytes": KILOBYTES,
        }
    )
    return explored(report)


@pytest.fixture(scope="module")
def store(census: Report) -> Store:
    return Store(census.paths.explorer_files)


@pytest.fixture(scope="module")
def links(census: Report) -> list[tuple[str, str, str]]:
    """Child, parent and relation."""
    edges = tables.read(census.paths.core / "edges.parquet").filter(evidence="declared")
    return edges.select("child", "parent", "relation").rows()


@pytest.fixture(scope="module")
def walked(census: Report) -> dict[str, dict[str, Any]]:
    lineage = tables.read(census.paths.core / "lineage.parquet")
    rows = lineage.iter_rows(named=True)
    return {row["id"]: row | {"roots": lineage["id"].gather(row["root_nodes"]).to_list()} for row in rows}


@pytest.fixture(scope="module")
def core(census: Report) -> dict[str, dict[str, Any]]:
    rows = tables.read(census.paths.core / "models.parquet").iter_rows(named=True)
    return {row["id"]: row for row in rows}


@pytest.fixture(scope="module")
def series(census: Report) -> dict[str, dict[str, str]]:
    """By parent, what stands for the series of each of its children that is in one."""
    edges = tables.read(census.paths.core / "edges.parquet").drop_nulls("series_node")
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for child, parent, first in edges.select("child", "parent", "series_node").iter_rows():
        found[parent][child] = first
    return found


def below(links: Any) -> dict[str, list[tuple[str, str]]]:
    found = defaultdict(list)
    for child, parent, relation in links:
        found[parent].append((child, relation))
    return found


def first_of(names: Any, walked: Any) -> list[str]:
    return sorted(names, key=lambda name: (-walked[name]["n_descendants"], name))


def shown_of(children: Any, series: Any, walked: Any) -> list[tuple[list[str], int]]:
    """Nodes of a list in order: the members of a series by order, and their number; a child alone with 0."""
    together = defaultdict(list)
    for name in first_of(children, walked):
        together[series.get(name) or name, series.get(name) is not None].append(name)

    def place(key: Any) -> tuple[int, int, str]:
        members, (_, is_series) = together[key], key
        below = sum(walked[name]["n_descendants"] for name in members)
        return -(below + is_series * len(members)), -walked[members[0]]["n_descendants"], members[0]

    return [(together[key], key[1] * len(together[key])) for key in sorted(together, key=place)]


def name_of(members: list[str], number: int) -> str:
    """A child's id, or the name of a series."""
    return names_of(pl.DataFrame({"series": [0] * number, "id": members}))["name"].item() if number else members[0]


def months_of(names: set[str], core: Any) -> list[dict[str, int]]:
    dates = [core[name]["created_month"] for name in names if name in core]
    counts = Counter(date.year * 100 + date.month for date in dates if date)
    return [{"month": month, "children": counts[month]} for month in sorted(counts)]


def relations_of(relations: list[str]) -> list[dict[str, Any]]:
    counts = Counter(relations)
    return [{"relation": relation, "children": counts[relation]} for relation in RELATIONS if counts[relation]]


def ids(nodes: list[dict[str, Any]]) -> list[str]:
    return [node["id"] for node in nodes]


def test_every_model_of_enough_descendants_and_every_release_has_an_entry(
    census: Report, store: Store, walked: Any, core: Any
) -> None:
    summary = dict(census.table("explorer_summary").select("measure", "value").iter_rows())
    needed = summary["least descendants"]
    built_on = [name for name, row in walked.items() if row["n_descendants"] >= needed]
    releases = {name for name, row in core.items() if row["is_release"]}
    names = {entry.name for entry in store.of_kind("model")}
    assert needed > 1
    assert len(built_on) <= MOST_MODELS
    assert sum(row["n_descendants"] >= needed - 1 for row in walked.values()) > MOST_MODELS
    assert set(built_on) | releases <= names
    assert all(
        walked[name]["n_descendants"] >= needed or name not in core or name in releases for name in names & set(walked)
    )
    assert summary["models"] == len(names)


def test_a_model_has_the_counts_and_the_tree_that_its_links_give(
    store: Store, links: Any, walked: Any, core: Any, series: Any
) -> None:
    children = below(links)
    truncated = opened = 0
    for entry in store.of_kind("model"):
        if entry.name not in walked:
            continue
        for field in ("children", "descendants", "ancestors", "parents"):
            assert getattr(entry, field) == walked[entry.name][f"n_{field}"]
        assert entry.depth == walked[entry.name]["depth"]
        relation_of = dict(children[entry.name])
        assert entry.relations == relations_of(list(relation_of.values()))
        assert entry.months == months_of(set(relation_of), core)
        listed = shown_of(relation_of, series[entry.name], walked)[:LISTED]
        assert ids(entry.listed) == [name_of(*shown) for shown in listed]
        for node, (members, number) in zip(entry.listed, listed, strict=True):
            assert node["relation"] == relation_of[members[0]]
            assert node.get("series", 0) == number
            if number:
                assert ids(node["members"]) == members[:LISTED]
                assert not {"children", "descendants", "below"} & set(node)
                opened += 1
                continue
            under = shown_of([child for child, _ in children[node["id"]]], series[node["id"]], walked)
            assert ids(node.get("below", [])) == [name_of(*shown) for shown in under[:BELOW]]
            assert node.get("children", 0) == len(children[node["id"]])
            assert node.get("descendants", 0) == walked[node["id"]]["n_descendants"]
        truncated += len(relation_of) > LISTED
    assert truncated > 20
    assert opened > 0


def test_a_series_is_one_line_that_opens_its_first_members(report: Report) -> None:
    base = "Qwen/Qwen2.5-7B"
    names = [f"one/adapter-{number}" for number in range(LISTED * 4)]
    rows = [{"id": name, "tags": [f"base_model:adapter:{base}"]} for name in (*names, "two/by-hand")]
    entry = made(report, {"id": base}, *rows).get(f"model={base}")
    first, alone = entry.listed
    assert (first["id"], first["series"], first["relation"]) == ("one/adapter-#", len(names), "adapter")
    assert ids(first["members"]) == sorted(names)[: load(report.paths.params).explorer.listed]
    assert alone == {"id": "two/by-hand", "relation": "adapter"}
    page = entries.links_tree(entry)
    assert f"Built on it: {len(names) + 1}<" in page
    assert f"<summary><span>one/adapter-# ({len(names)})</span><small> adapter</small></summary>" in page


def test_a_way_up_ends_at_a_root_or_after_a_few_steps(store: Store, links: Any, walked: Any) -> None:
    parents = defaultdict(list)
    for child, parent, _ in links:
        parents[child].append(parent)
    long = 0
    for entry in store.of_kind("model"):
        if entry.name not in walked:
            continue
        assert ids(entry.parents_listed) == first_of(parents[entry.name], walked)[:NEAR]
        assert entry.roots == len(walked[entry.name]["roots"])
        if parents[entry.name]:
            assert entry.roots_listed == first_of(walked[entry.name]["roots"], walked)[:NEAR]
        at = entry.parents_listed[0]["id"] if entry.parents_listed else entry.name
        for step in entry.way_up:
            assert step == first_of(parents[at], walked)[0]
            at = step
        assert not parents[at] or len(entry.way_up) == NEAR
        long += len(entry.way_up) == NEAR
    assert long > 20


def test_groups_count_each_repository_once(census: Report, store: Store, links: Any, core: Any) -> None:
    family = dict(
        identify(pl.DataFrame({"id": [parent for _, parent, _ in links]}), census.paths.register)
        .select("id", "family")
        .collect()
        .iter_rows()
    )
    groups = {
        "family": lambda name: family.get(name),
        "uploader": lambda name: name.partition("/")[0] if "/" in name else None,
    }
    seen: Counter[str] = Counter()
    for entry in store.of_kind("family", "uploader"):
        group_of = groups[entry.kind]
        built_on_it = {(child, relation) for child, parent, relation in links if group_of(parent) == entry.name}
        names = {child for child, _ in built_on_it}
        assert entry.children == len(names)
        assert entry.relations == relations_of([relation for _, relation in built_on_it])
        assert entry.months == months_of(names, core)
        if entry.kind == "uploader":
            own = [(child, parent) for child, parent, _ in links if group_of(child) == entry.name]
            bases = Counter(parent for _, parent in own)
            assert entry.built == len({child for child, _ in own})
            expected = sorted(bases.items(), key=lambda pair: (-pair[1], pair[0]))
            assert [(base["id"], base["repositories"]) for base in entry.bases_listed] == expected[:LISTED]
            assert entry.bases == len(bases)
        seen[entry.kind] += 1
    assert seen["family"] > 5
    assert 10 < seen["uploader"] <= MOST_UPLOADERS


def test_no_file_is_above_its_limit_and_the_search_finds_every_entry(census: Report, store: Store) -> None:
    sizes = [len(text.encode()) for text in store.texts.values()]
    assert max(sizes) <= KILOBYTES * 1000
    summary = dict(census.table("explorer_summary").select("measure", "value").iter_rows())
    assert summary["files"] == len(sizes)
    assert summary["bytes"] == sum(sizes)
    assert summary["largest file"] == max(sizes)
    found = {row["address"] for name, rows in store.files.items() if name.startswith("rows/") for row in rows}
    assert found == set(store.entries)
    assert all(store.get(address).address == address for address in store.entries)


def test_the_same_snapshot_gives_the_same_files(census: Report) -> None:
    before = census.paths.explorer_files.read_bytes()
    explorer_stage.run(census.paths, load(census.paths.params))
    assert census.paths.explorer_files.read_bytes() == before


def made(report: Report, *rows: dict[str, Any]) -> Store:
    path = report.paths.root / "hub.parquet"
    hub_rows(*rows).write_parquet(path)
    return Store(explored(report.read_from(path, "slice", "2026-04-22")).paths.explorer_files)


def test_names_of_strangers_are_data(report: Report) -> None:
    names = ["mallory/</script><script>alert(1)</script>", "mallory/a'b", 'mallory/"]}', "mallory/<!--"]
    store = made(
        report,
        {"id": "Qwen/Qwen2.5-7B"},
        *({"id": name, "tags": ["base_model:finetune:Qwen/Qwen2.5-7B"]} for name in names),
    )
    entry = store.get("model=Qwen/Qwen2.5-7B")
    assert sorted(ids(entry.listed)) == sorted(names)
    for text in store.texts.values():
        assert not set(text) & {"<", "\u2028", "\u2029"}


def test_models_that_name_each_other_end_their_way_up(report: Report) -> None:
    store = made(
        report,
        {"id": "a/one", "tags": ["base_model:finetune:a/two"]},
        {"id": "a/two", "tags": ["base_model:finetune:a/one"]},
        {"id": "a/three", "tags": ["base_model:finetune:a/two"]},
    )
    entry = store.get("model=a/one")
    assert entry.parents_listed == [{"id": "a/two", "relation": "finetune"}]
    assert entry.way_up == []


def test_a_snapshot_without_links_has_releases_and_says_so(report: Report) -> None:
    store = made(report, {"id": "Qwen/Qwen2.5-7B"}, {"id": "someone/else"})
    entry = store.get("model=Qwen/Qwen2.5-7B")
    assert (entry.children, entry.descendants) == (0, 0)
    assert "model=someone/else" not in store.entries
    quoted = summary_facts(report.table("explorer_summary"))
    assert quoted["explorer.evidence"]["text"].startswith("This snapshot holds no link")


def test_without_declared_links_inferred_ones_show_and_are_named(sample: Report) -> None:
    edges = tables.read(sample.paths.core / "edges.parquet")
    assert set(edges["evidence"]) == {"inferred"}
    entry = Store(sample.paths.explorer_files).get("family=Qwen")
    assert entry.children > 100
    assert sum(row["children"] for row in entry.relations) >= entry.children
    assert "declares its base" in sample.text("explorer.evidence")


def test_the_page_opens_on_the_subject_and_links_the_reference(sample: Report) -> None:
    views = json.loads((sample.paths.out / "explorer" / "explorer_views.json").read_text(encoding="utf-8"))
    store = Store(sample.paths.explorer_files)
    assert views["opened"] == "family=Qwen"
    assert Entry(**views["entry"]) == store.get("family=Qwen")
    assert views["examples"][0].startswith("model=Qwen/")
    assert views["examples"][1] == "family=Llama"
    assert views["examples"][2].startswith("uploader=")
    assert set(views["examples"]) <= set(store.entries)


def test_a_subject_without_an_entry_gives_way_to_the_largest_family(report: Report) -> None:
    report.set(report={"subject": "Nobody", "reference": "Nowhere"})
    made(report, {"id": "google/gemma-2-2b"}, {"id": "a/b", "tags": ["base_model:adapter:google/gemma-2-2b"]})
    views = json.loads((report.paths.out / "explorer" / "explorer_views.json").read_text(encoding="utf-8"))
    assert views["opened"] == "family=Gemma"
    assert views["examples"][0] == "model=google/gemma-2-2b"
