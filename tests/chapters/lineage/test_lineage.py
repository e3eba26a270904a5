"""What the declared graph looks like inside: on made snapshots, and on the real slice."""

import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.completeness import Completeness
from pipeline.base.contracts import contract
from pipeline.base.facts import PageFacts, report_facts
from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.lineage import chains as chain_tables
from pipeline.chapters.lineage import schema
from pipeline.chapters.lineage import uploaders as uploader_tables
from pipeline.chapters.lineage.facts_chains import longest_facts
from pipeline.chapters.lineage.facts_growth import growth_facts
from pipeline.chapters.lineage.licences import licence_changes
from pipeline.chapters.lineage.schema import UNKNOWN_OWNER, UNSTATED
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.lineage import chains, downloads, gaps, growth, half_life, licences, series, uploaders
from pipeline.hub import links as declared
from pipeline.hub.chains import extremes_above
from pipeline.hub.tags import of_links
from pipeline.hub.trace import trace
from pipeline.snapshot.columns import normalise
from tests.chapters.lineage.made import Chapter, chapter
from tests.conftest import SLICE_DATE, Report, hub_rows

QWEN, LLAMA = "Qwen/Qwen2.5-7B", "meta-llama/Llama-3.1-8B"
JANUARY = datetime(2025, 1, 15)


def build(tmp_path: Path, *rows: dict[str, Any], day: str = "2026-10-01", **sections: Any) -> Chapter:
    return chapter(tmp_path / f"made {len(list(tmp_path.iterdir()))}", hub_rows(*rows), day, **sections)


def tuned(name: str, parent: str, relation: str = "finetune", **more: Any) -> dict[str, Any]:
    return {"id": name, "tags": [f"base_model:{relation}:{parent}", *more.pop("tags", [])], "createdAt": JANUARY} | more


# ------------------------------------------------------------------------------------ concentration


def uploads_of(counts: list[int]) -> pl.DataFrame:
    """Uploaders of one group with so many repositories, as `uploads` sorts them."""
    names = [f"u{number}" for number in range(len(counts))]
    return pl.DataFrame({"group": "All", "author": names, "repositories": sorted(counts, reverse=True)})


def gini(counts: list[int]) -> float:
    return uploads_of(counts).select(uploader_tables.gini(pl.col("repositories"))).item()


def test_a_uniform_spread_has_gini_zero() -> None:
    assert gini([7, 7, 7, 7]) == 0


def test_one_uploader_of_nearly_all_has_gini_near_one() -> None:
    assert gini([1] * 999 + [10**6]) > 0.99


@settings(deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=30))
def test_gini_is_half_the_mean_difference_over_the_mean(counts: list[int]) -> None:
    values = np.array(counts)
    mean_difference = np.abs(values[:, None] - values[None, :]).mean()
    assert gini(counts) == pytest.approx(mean_difference / 2 / values.mean(), abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=300))
def test_a_curve_rises_to_one_and_never_lies_below_the_diagonal(counts: list[int]) -> None:
    curve = uploader_tables.uploader_curve(uploads_of(counts)).sort("rank")
    assert curve.row(0, named=True)["share_of_repositories"] == 0
    assert curve.row(-1, named=True)["share_of_repositories"] == 1
    assert curve["share_of_repositories"].is_sorted()
    assert (curve["share_of_repositories"] >= curve["share_of_uploaders"] - 1e-12).all()


def test_the_ten_largest_of_all_are_taken_from_every_family(tmp_path: Path) -> None:
    mass = [tuned(f"mass{i}/x{k}", QWEN) for i in range(10) for k in range(3)]
    built = build(tmp_path, *mass, tuned("small/a", QWEN), tuned("small/b", LLAMA))
    found = {r["group"]: r for r in built.table("uploaders").iter_rows(named=True)}
    assert found["Qwen"]["repositories"] == 31
    assert found["Qwen"]["repositories_without_ten"] == found["Llama"]["repositories_without_ten"] == 1
    assert found["All"]["uploaders"] == 11
    assert "Qwen and Llama have as many" in built.text("anatomy.without_ten.title")


def test_a_makers_own_release_is_no_upload_for_its_family(tmp_path: Path) -> None:
    built = build(tmp_path, tuned("Qwen/Qwen2.5-7B-Instruct", QWEN), tuned("a/x", QWEN))
    assert built.row("uploaders", group="Qwen")["repositories"] == 1
    assert built.row("uploaders", group="All")["repositories"] == 1


# ------------------------------------------------------------------------------------------- chains


def test_derivatives_come_straight_through_their_own_or_through_others(tmp_path: Path) -> None:
    built = build(
        tmp_path,
        {"id": QWEN},
        tuned("Qwen/Qwen2.5-7B-Instruct", QWEN),
        tuned("a/straight", "Qwen/Qwen2.5-7B-Instruct"),  # the maker's own tuned release stands between
        tuned("a/own", "a/straight"),
        tuned("b/others", "a/own"),
        tuned("a/back", "b/others"),
    )
    assert built.row("chains", group="Qwen") == {
        "group": "Qwen",
        "derivatives": 4,
        "straight": 1,
        "through_own": 1,
        "through_others": 2,
        "through_repackagers": 0,
    }
    largest = built.row("intermediaries", rank=1)
    assert (largest["id"], largest["n_descendants"], largest["n_children_of_others"]) == ("a/own", 2, 1)
    assert "a/straight" not in built.table("intermediaries")["id"], "nobody else builds on it directly"


def test_a_repackagers_copy_counts_although_it_declares_nothing(tmp_path: Path) -> None:
    built = build(tmp_path, tuned("a/x", "unsloth/Qwen2.5-7B"), tuned("b/y", "a/x"), tuned("c/z", QWEN))
    everyone = built.row("chains", group="All")
    assert (everyone["derivatives"], everyone["through_repackagers"]) == (3, 2)


graphs = st.integers(2, 14).flatmap(
    lambda n: st.tuples(
        st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=30)
    )
)


def made(n: int, pairs: list[tuple[int, int]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lineage table and the edges of a graph of `o<i mod 3>/m<i>`, as nodes; child before parent in each pair."""
    names = [f"o{i % 3}/m{i:02d}" for i in range(n)]
    edges = sorted({(names[a], names[b]) for a, b in pairs if a != b})
    tagged = pl.DataFrame(
        {"id": names, "tags": [[f"base_model:finetune:{b}" for a, b in edges if a == name] for name in names]},
        schema={"id": pl.String, "tags": pl.List(pl.String)},
    )
    raw, _ = normalise(tagged.lazy(), "made", date(2026, 10, 5))
    core = pl.DataFrame({"id": names, "is_quantized_format": [False] * n})
    found, _ = declared.declared_links(
        raw, of_links(raw), core, pl.DataFrame(schema={"old": pl.String, "new": pl.String})
    )
    walked = trace(found)[0].with_row_index("node")
    nodes = dict(walked.select("id", "node").iter_rows())
    links = pl.DataFrame(
        {side: [nodes[edge[place]] for edge in edges] for place, side in enumerate(("child", "parent"))},
        schema={"child": pl.UInt32, "parent": pl.UInt32},
    )
    return walked.with_columns(id="node"), links.with_columns(relation=pl.lit("finetune"))


@settings(max_examples=200, deadline=None)
@given(graphs)
def test_the_extremes_above_a_repository_are_those_of_all_its_ancestors(
    graph: tuple[int, list[tuple[int, int]]],
) -> None:
    walked, links = made(*graph)
    values = [None if node % 4 == 0 else 3 * node % 7 for node in range(walked.height)]
    found = extremes_above(walked.select("depth", node="id", value=pl.Series(values, dtype=pl.Int64)), links)
    upward = nx.DiGraph(list(links.select("child", "parent").iter_rows()))
    for node, extremes in enumerate(found.iter_rows()):
        ancestors = nx.descendants(upward, node) if node in upward else set()
        if any(node in nx.descendants(upward, ancestor) for ancestor in ancestors):
            ancestors = ancestors | {node}  # on a cycle each member stands above itself
        known = [value for value in map(values.__getitem__, ancestors) if value is not None]
        assert extremes == ((min(known), max(known)) if known else (None, None))


@settings(max_examples=200, deadline=None)
@given(graphs)
def test_the_longest_chain_is_a_path_from_a_root_to_the_deepest_model(graph: tuple[int, list[tuple[int, int]]]) -> None:
    walked, links = made(*graph)
    months = pl.Series([None] * walked.height, dtype=pl.Date)
    chain = chain_tables.longest_chain(walked, links, months).sort("step")
    if links.is_empty():
        assert chain.is_empty()
        return
    ids = chain["id"].to_list()
    edges = set(links.select("child", "parent").iter_rows())
    assert all((after, before) in edges for before, after in itertools.pairwise(ids))
    assert len(set(ids)) == len(ids)
    depth = dict(walked.select("id", "depth").iter_rows())
    assert depth[ids[0]] == 0
    assert depth[ids[-1]] == max(depth.values())
    assert len(ids) - 1 >= depth[ids[-1]], "members of a cycle on the way are steps too"


# ------------------------------------------------------------------------------------- growth, ages


def test_a_month_without_derivatives_is_zero_and_the_last_one_is_partial(tmp_path: Path) -> None:
    built = build(tmp_path, tuned("a/x", QWEN), tuned("a/y", QWEN, createdAt=datetime(2025, 3, 2)), day="2025-03-20")
    everyone = built.table("growth_monthly").filter(relation="all").sort("month")
    assert everyone["derivatives"].to_list() == [1, 0, 1]
    assert everyone["is_partial"].to_list() == [False, False, True]
    assert built.table("growth_country")["is_partial"].to_list() == [True]


def test_the_last_day_of_a_month_completes_it(tmp_path: Path) -> None:
    built = build(tmp_path, tuned("a/x", QWEN, createdAt=datetime(2025, 3, 2)), day="2025-03-31")
    assert not built.table("growth_monthly")["is_partial"].any()
    assert not built.table("growth_country")["is_partial"].any()


def test_a_merge_of_two_countries_counts_for_both_and_once_in_all(tmp_path: Path) -> None:
    merge = {"id": "a/m", "tags": [f"base_model:merge:{QWEN}", f"base_model:merge:{LLAMA}"], "createdAt": JANUARY}
    built = build(tmp_path, merge, tuned("b/x", "nobody/knows"))
    found = dict(built.table("growth_country").select("country", "derivatives").iter_rows())
    assert found == {"China": 1, "United States": 1, UNKNOWN_OWNER: 1}
    assert built.table("growth_monthly").filter(relation="all")["derivatives"].sum() == 2


def lives(tmp_path: Path, months: list[int], *, day: str = "2026-10-01") -> pl.DataFrame:
    """Half-lives of a base of January 2025 with one derivative so many months later each."""
    rows = [
        tuned(f"u/x{i}", "Qwen/made-base", createdAt=datetime(2025 + m // 12, m % 12 + 1, 9))
        for i, m in enumerate(months)
    ]
    base = {"id": "Qwen/made-base", "createdAt": JANUARY}
    bounds = {"half_life_derivatives": 3, "half_life_age_months": 12}
    return build(tmp_path, base, *rows, day=day, anatomy=bounds).table("half_lives")


@pytest.mark.parametrize(
    ("months", "half", "first_year"), [([0, 0, 5], 0, 0), ([1, 2, 3, 4], 2, 2), ([1, 2, 14, 15, 16], 14, 1)]
)
def test_half_of_the_derivatives_existed_at_the_half_life(
    months: list[int], half: int, first_year: int, tmp_path: Path
) -> None:
    found = lives(tmp_path, months).row(0, named=True)
    assert (found["half_life_months"], found["half_life_window_months"]) == (half, first_year)


def test_a_young_base_and_one_with_few_derivatives_have_no_half_life(tmp_path: Path) -> None:
    assert lives(tmp_path, [0, 1, 2], day="2025-12-31").is_empty()
    assert lives(tmp_path, [0, 1]).is_empty()


# ----------------------------------------------------------------------------------------- licences


@pytest.mark.parametrize(
    ("parent", "child", "move"),
    [
        ("apache-2.0", "apache-2.0", "same"),
        ("mit", "apache-2.0", "same_class"),
        ("llama3", "apache-2.0", "more_open"),
        ("gpl-3.0", "mit", "more_open"),
        ("apache-2.0", "cc-by-nc-4.0", "more_restricted"),
        ("mit", "somebody-own-words-1.0", "more_restricted"),
        ("llama3", "gemma", "same_class"),
        ("mit", None, "to_none"),
        (None, "mit", "from_none"),
        (None, "unknown", "neither"),
        ("other", "OTHER", "same_class"),
    ],
)
def test_a_licence_tag_moves(parent: str | None, child: str | None, move: str) -> None:
    repositories = pl.DataFrame(
        {"node": [0, 1], "in_snapshot": True, "licence": [parent, child]},
        schema={"node": pl.UInt32, "in_snapshot": pl.Boolean, "licence": pl.String},
    )
    edges = pl.DataFrame({"child": [1], "parent": [0], "relation": ["merge"], "evidence": ["declared"]})
    releases = pl.DataFrame(schema={"model": pl.UInt32, "licence": pl.String})
    changes = licence_changes(edges, repositories, releases, register.load("licences", Paths().register))
    assert changes["move"].to_list() == [move]


def test_an_absent_parent_has_its_registered_licence_or_none_is_measured(tmp_path: Path) -> None:
    tags = ["license:apache-2.0"]
    built = build(tmp_path, tuned("a/x", LLAMA, tags=tags), tuned("a/y", "nobody/knows", tags=tags))
    changes = built.table("licence_changes")
    assert changes.select("parent_class", "child_licence", "move", "edges").rows() == [
        ("restricted", "apache-2.0", "more_open", 1)
    ]


def test_shares_are_of_links_whose_parent_states_a_licence(hub_slice: Any) -> None:
    drift = hub_slice.table("licence_drift")
    stated = drift.filter(~pl.col("move").is_in(UNSTATED))
    assert stated["share"].sum() == pytest.approx(1)
    assert drift.filter(pl.col("move").is_in(UNSTATED))["share"].null_count() == 2
    assert drift["edges"].sum() == hub_slice.table("licence_changes")["edges"].sum()


def test_every_licence_of_the_list_is_lower_case_and_known_families_are_restricted() -> None:
    licences = dict(register.load("licences", Paths().register).select("licence", "licence_class").iter_rows())
    assert all(tag == tag.lower() for tag in licences)
    for tag in ("llama3.1", "gemma", "cc-by-nc-4.0", "other", "creativeml-openrail-m"):
        assert licences[tag] == "restricted"
    assert licences["apache-2.0"] == licences["mit"] == licences["cc-by-4.0"] == "permissive"
    assert licences["agpl-3.0"] == licences["cc-by-sa-4.0"] == "copyleft"


# ---------------------------------------------------------------------------------------- downloads


def test_downloads_of_a_makers_own_derivatives_are_a_column_of_their_own(tmp_path: Path) -> None:
    built = build(
        tmp_path,
        {"id": QWEN, "downloads": 50},
        tuned("Qwen/Qwen2.5-7B-Instruct", QWEN, downloads=30),
        tuned("a/x", QWEN, relation="quantized", downloads=20),
    )
    found = {r["kind"]: r for r in built.table("download_shares").iter_rows(named=True)}
    assert (found["none_declared"]["share"], found["finetune"]["share"], found["quantized"]["share"]) == (0.5, 0.3, 0.2)
    assert (found["finetune"]["downloads_of_makers"], found["quantized"]["downloads_of_makers"]) == (30, 0)
    assert built.text("anatomy.downloads.title") == "Repositories that declare a parent draw 50% of downloads"


# ------------------------------------------------------------------------------------ the real slice


def test_without_dates_and_downloads_the_snapshot_cannot_tell(slice_path: Path, tmp_path: Path) -> None:
    built = chapter(tmp_path / "made", pl.read_parquet(slice_path).select("id", "tags"), SLICE_DATE)
    for part in ("growth", "country", "half_life", "downloads"):
        assert built.text(f"anatomy.{part}.sentence") == "This snapshot cannot tell."


def test_growth_holds_every_dated_derivative_of_the_slice(hub_slice: Any) -> None:
    sums = dict(hub_slice.table("growth_monthly").group_by("relation").agg(pl.col("derivatives").sum()).iter_rows())
    declared = tables.read(hub_slice.paths.core / "edges.parquet").filter(evidence="declared")
    assert sums.pop("all") == declared["child"].n_unique()
    assert sums == dict(declared.group_by("relation").agg(pl.col("child").n_unique()).iter_rows())


def test_uploads_agree_with_the_definitions(hub_slice: Any) -> None:
    counts = hub_slice.table("derivatives")
    for definition, column in (
        ("family.declared.direct.all", "repositories"),
        ("family.declared.direct.all.uploaders", "uploaders"),
    ):
        expected = dict(counts.filter(definition=definition).select("group", "derivatives").iter_rows())
        ours = hub_slice.table("uploaders").filter(pl.col("group") != "All")
        assert dict(ours.select("group", column).iter_rows()) == expected


def test_straight_own_and_others_are_three_parts_of_each_whole(hub_slice: Any) -> None:
    table = hub_slice.table("chains")
    assert (table["straight"] + table["through_own"] + table["through_others"]).equals(table["derivatives"])
    transitive = hub_slice.table("derivatives").filter(definition="family.declared.transitive.all")
    descendants = dict(transitive.select("group", "derivatives").iter_rows())
    for group, derivatives in table.filter(pl.col("group") != "All").select("group", "derivatives").iter_rows():
        assert derivatives <= descendants[group], "roots are among the ancestors"


def test_the_deepest_chain_of_the_slice_is_one_uploaders_merges(hub_slice: Any) -> None:
    chain = hub_slice.table("longest_chain").sort("step")
    assert chain.height == 76
    assert chain["id"][0] == LLAMA
    assert chain["relation"].drop_nulls().value_counts().filter(relation="merge")["count"].item() > 70
    assert hub_slice.table("depths")["models"].sum() == hub_slice.fact("snapshot.rows")


def test_most_downloads_of_derivatives_are_the_makers_own_on_the_slice(hub_slice: Any) -> None:
    shares = hub_slice.table("download_shares")
    every = shares["downloads"].sum()
    derived = shares.filter(pl.col("kind") != "none_declared")
    own = derived["downloads_of_makers"].sum()
    assert 0.3 < derived["downloads"].sum() / every < 0.5
    assert (derived["downloads"].sum() - own) / every < 0.05


def test_licences_grow_more_open_on_the_slice(hub_slice: Any) -> None:
    drift = hub_slice.table("licence_drift").filter(evidence="declared")
    moved = dict(drift.select("move", "edges").iter_rows())
    assert moved["more_open"] > 3 * moved["more_restricted"]
    assert "from llama3 to apache-2.0" in hub_slice.text("anatomy.licences.sentence")


AGAIN = """
import sys; from pathlib import Path
from pipeline.base import params; from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.lineage import stage
stage.run(Paths(Path(sys.argv[1])), params.load(PROJECT / "params.yaml"))
"""


def test_one_thread_and_two_give_the_same_bytes(slice_path: Path, tmp_path: Path) -> None:
    built = chapter(tmp_path / "slice", pl.read_parquet(slice_path), SLICE_DATE, "slice")
    files = sorted((built.paths.out / "lineage").iterdir())
    assert {path.stem for path in files} == {*OUTS, "facts"}
    hashes = []
    for threads in ("1", "2"):
        command = [sys.executable, "-c", AGAIN, str(built.paths.root)]
        subprocess.run(command, check=True, cwd=PROJECT, env=os.environ | {"POLARS_MAX_THREADS": threads})
        hashes.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert hashes[0] == hashes[1]


OUTS = (
    "chains",
    "converters",
    "depths",
    "distilled",
    "distilled_children",
    "download_shares",
    "group_converters",
    "growth_country",
    "growth_monthly",
    "half_life_medians",
    "half_lives",
    "intermediaries",
    "licence_changes",
    "licence_drift",
    "lineage_basis",
    "longest_chain",
    "series_bases",
    "series_digits",
    "series_groups",
    "series_largest",
    "series_monthly",
    "tree",
    "uploader_curve",
    "uploaders",
    "uploaders_largest",
)


# ------------------------------------------------------------------------------------------ figures


Drawing = Callable[[Callable[[str], pl.DataFrame], pl.DataFrame, PageFacts], Figure | Absent | None]
DRAWINGS: dict[str, Drawing] = {
    "lineage-gaps": lambda table, families, facts: gaps.gaps(facts),
    "lineage-growth": lambda table, families, facts: growth.growth(table("growth_monthly"), facts),
    "lineage-countries": lambda table, families, facts: growth.growth_by_country(table("growth_country"), facts),
    "lineage-concentration": lambda table, families, facts: uploaders.concentration(
        table("uploader_curve"), families, facts
    ),
    "lineage-uploaders": lambda table, families, facts: uploaders.largest_uploaders(
        table("uploaders_largest"), facts, top=10
    ),
    "lineage-without-ten": lambda table, families, facts: uploaders.without_ten(
        table("uploaders"), families, facts, top=8
    ),
    "lineage-series": lambda table, families, facts: series.by_group(table("series_groups"), facts, top=8),
    "lineage-series-months": lambda table, families, facts: series.by_month(table("series_monthly"), facts),
    "lineage-series-bases": lambda table, families, facts: series.by_base(table("series_bases"), facts, top=10),
    "lineage-hands": lambda table, families, facts: chains.through_whom(table("chains"), facts, top=8),
    "lineage-intermediaries": lambda table, families, facts: chains.intermediaries(
        table("intermediaries"), facts, top=12
    ),
    "lineage-depth": lambda table, families, facts: chains.depth(table("depths"), facts),
    "lineage-half-life": lambda table, families, facts: half_life.half_life(
        table("half_life_medians"), families, facts, top=8
    ),
    "lineage-licences": lambda table, families, facts: licences.licences(table("licence_drift"), facts),
    "lineage-downloads": lambda table, families, facts: downloads.downloads(table("download_shares"), facts),
}
"""The chapter's figures by key, of its tables, the families and its facts; None where they leave the word to `gaps`."""


def draw(report: Report | Chapter, *keys: str) -> dict[str, Figure | Absent | None]:
    """Some figures of the chapter, or all of them."""
    facts = PageFacts(report_facts(parameters.load(Paths().params)) | report.facts())
    families = register.load("families", report.paths.register)
    return {key: DRAWINGS[key](report.table, families, facts) for key in keys or DRAWINGS}


def test_every_figure_of_the_slice_is_drawn_with_words_and_data(hub_slice: Any) -> None:
    drawn = draw(hub_slice)
    assert drawn.pop("lineage-gaps") is None
    for key, figure in drawn.items():
        assert isinstance(figure, Figure)
        assert figure.key == key
        assert figure.html.count("role-mark") >= 2, "both views have marks"
        assert len(figure.title.split()) <= 16


def test_a_snapshot_without_declared_lineage_shows_the_newest_census(sample: Any) -> None:
    drawn = draw(sample)
    assert drawn.pop("lineage-gaps") is None
    for key, figure in drawn.items():
        assert isinstance(figure, Figure), key
        assert "census of July 2024" in figure.subtitle, key
        assert "edition census-2024-07" in figure.source, key
        assert "July 2024" in figure.title, key
    basis = sample.table("lineage_basis")
    assert set(basis["edition"]) == {"census-2024-07"}
    assert "No repository of this snapshot declares a parent" in sample.text("anatomy.sentence")
    assert sample.fact("anatomy.half_life.bases") is None, "an edition's number is none of this build's"


def test_a_gap_in_a_snapshot_with_lineage_has_a_reason_of_its_own(tmp_path: Path) -> None:
    built = build(tmp_path, tuned("a/x", "nobody/knows", createdAt=None))
    drawn = draw(built)
    for key in ("lineage-growth", "lineage-countries", "lineage-without-ten", "lineage-half-life", "lineage-downloads"):
        assert isinstance(drawn[key], Absent), key
    assert isinstance(drawn["lineage-depth"], Figure)


def test_names_and_tags_from_strangers_are_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    built = build(
        tmp_path,
        {"id": QWEN, "tags": ["license:mit"]},
        tuned(f"{evil}/a", QWEN, tags=[f"license:{evil}"]),
        tuned("b/x", QWEN),
        tuned(f"{evil}/b", "b/x"),
        tuned(f"{evil}/c", "b/x"),
    )
    pages = [f.html for f in draw(built).values() if f is not None]
    chain = chains.longest_chain(built.table("longest_chain"), built.facts())
    assert chain is not None
    assert evil.split("/")[0] in built.text("anatomy.largest.title")
    assert not [page for page in [*pages, chain.html] if "<img" in page]
    assert "&lt;img" in chain.html


def chain_of(steps: int) -> str:
    """The page's part on a longest chain of so many steps."""
    known = {"relation": "finetune", "created_month": date(2025, 1, 1), "in_snapshot": True}
    chain = pl.DataFrame({"step": range(steps + 1)}).with_columns(
        id=pl.format("a/model-{}", "step"), **{name: pl.lit(value) for name, value in known.items()}
    )
    shown = chains.longest_chain(chain, PageFacts(longest_facts(chain)))
    assert shown is not None
    return shown.html


def test_a_chain_of_fifty_thousand_steps_shows_its_ends_and_says_where_the_rest_is() -> None:
    html = chain_of(50_000)
    assert len(html) < 50_000
    assert html.count("<tr>") == 2 * (chains.CHAIN_ENDS + 1)
    for step in (0, chains.CHAIN_ENDS - 1, 50_001 - chains.CHAIN_ENDS, 50_000):
        assert f">a/model-{step}<" in html
    assert f">a/model-{chains.CHAIN_ENDS}<" not in html
    assert f"{50_001 - 2 * chains.CHAIN_ENDS:,} repositories in between" in html
    assert 'href="data/longest_chain.parquet"' in html


def test_a_chain_that_fits_a_page_is_shown_whole() -> None:
    html = chain_of(2 * chains.CHAIN_ENDS - 1)
    assert html.count("<tr>") == 2 * chains.CHAIN_ENDS + 1
    assert "left out" not in html


def test_schemas_name_every_table_that_the_stage_writes(hub_slice: Any) -> None:
    for name in OUTS:
        assert hub_slice.table(name).columns == contract(name, (schema,)).column_names()
    assert isinstance(hub_slice.table("longest_chain")["created_month"][0], date)


def test_a_snapshot_without_relations_has_no_leading_relation() -> None:
    months = pl.DataFrame(
        {
            "month": [date(2024, 5, 1)] * 2,
            "relation": ["all", "unspecified"],
            "derivatives": [40, 40],
        }
    )
    facts = growth_facts(months, Completeness({"createdAt": 1.0}))
    assert facts["anatomy.growth.title"]["text"] == "May 2024 brought 40 new derivatives"
    assert "40 derivatives have a date: none of them states its relation." in facts["anatomy.growth.sentence"]["text"]


# --------------------------------------------------------------------------- the pruned tree, and converters


def test_the_tree_names_the_largest_branches_first_and_counts_what_it_cuts(tmp_path: Path) -> None:
    leaves = [tuned(f"z/leaf{i}", QWEN) for i in range(7)]
    built = build(tmp_path, {"id": QWEN}, *leaves, tuned("z/branch", QWEN), tuned("a/twig", "z/branch"))
    tree = built.table("tree")
    of_base = tree.filter(parent=QWEN).sort("descendants", "child", descending=[True, False])
    assert of_base["child"].to_list() == ["z/branch", "z/leaf0", "z/leaf1", "z/leaf2", "z/leaf3"]
    assert of_base.row(0, named=True) == {
        "parent": QWEN,
        "child": "z/branch",
        "relation": "finetune",
        "group": "Qwen",
        "parent_children": 8,
        "parent_descendants": 9,
        "children": 1,
        "descendants": 1,
    }
    assert built.row("tree", parent="z/branch")["child"] == "a/twig"


def test_converters_and_makers_stand_apart_whatever_their_tag_says(tmp_path: Path) -> None:
    built = build(
        tmp_path,
        tuned("packer/x-GGUF", QWEN),  # tagged as a fine-tune, in a quantized format
        tuned("packer/y", QWEN, "quantized"),
        tuned("Qwen/Qwen2.5-7B-Instruct-GGUF", QWEN, "quantized"),
        tuned("a/tuned", QWEN),
    )
    rows = built.table("converters").filter(group="Qwen").sort("rank")
    assert rows.select("uploader", "repositories", "uploaders", "is_maker").rows() == [
        ("packer", 2, 2, False),
        ("Qwen", 1, 2, True),
    ]
    assert rows.select("of_group", "of_makers").unique().rows() == [(3, 1)]
    assert built.row("converters", group="All", rank=1)["repositories"] == 2


def test_relations_and_growth_count_by_one_definition_on_the_flow() -> None:
    """Each repository once by relation, stated or not; one that names itself is no derivative."""
    folder = Paths().root / "published" / "flow-2026-08" / "tables"
    relations, growth = (pl.read_parquet(folder / f"{name}.parquet") for name in ("relations", "growth_monthly"))
    by_relation = dict(growth.group_by("relation").agg(pl.col("derivatives").sum()).iter_rows())
    for row in relations.iter_rows(named=True):
        counted = row["models"] + row["models_untagged"] - row["self_links"]
        assert counted == by_relation[row["relation"]], row["relation"]
