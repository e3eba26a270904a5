"""A census, generated, through all stages to the site: what the generator planned is what the report counts."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipeline.base import tables, words
from pipeline.base.paths import PROJECT, Paths
from tests.benchmarks.hub import RELATIONS, Hub, Shape, write
from tests.conftest import Report, built_once, copy_project

from .checks import PAGES, faint, serious, small, wide

ROWS = 20_000
BUILD = (
    "import sys; from pathlib import Path; from tests.conftest import Report; from pipeline.base.paths import Paths; "
)
BUILD += "Report(Paths(Path(sys.argv[1]))).build()"


def build(root: Path) -> None:
    """Two reports on one census: built with one thread, and with two."""
    root.mkdir()
    write(Shape(ROWS), root / "hub.parquet")
    processes = []
    for threads in ("1", "2"):
        report = copy_project(root / f"with {threads}").read_from(root / "hub.parquet", "census", "2026-10-01")
        environment = os.environ | {
            "POLARS_MAX_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "PYTHONPATH": str(PROJECT),
        }
        command = [sys.executable, "-W", "error", "-c", BUILD, str(report.paths.root)]
        processes.append(subprocess.Popen(command, env=environment))
    assert [process.wait() for process in processes] == [0, 0]


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> tuple[Hub, list[Report]]:
    """The plan of a census, and the two reports on it, built once; do not change them."""
    root = built_once(tmp_path_factory, "a census", build).paths.root
    plan = write(Shape(ROWS), tmp_path_factory.mktemp("plan") / "hub.parquet")
    return plan, [Report(Paths(root / f"with {threads}")) for threads in ("1", "2")]


@pytest.fixture(scope="module")
def published(census: Any, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The second of them with its site, built once."""
    report: Report = census[1][1]
    built_once(tmp_path_factory, "the site of a census", lambda _: report.publish())
    return report


@pytest.fixture(scope="module")
def links(census: Any) -> pl.DataFrame:
    """`child, parent, relation, on_card` as planned, each once; numbers from `ROWS` upward are absent."""
    plan, _ = census
    frame = pl.DataFrame({"child": plan.child, "parent": plan.parent}).unique().sort("child", "parent")
    return frame.with_columns(
        relation=pl.Series(RELATIONS).gather(pl.Series(plan.kind).gather(frame["child"])),
        on_card=pl.Series(plan.on_card_alone).gather(frame["child"]),
    )


def checks(census: Any) -> dict[str, int]:
    return dict(census[1][0].table("lineage_checks").select("check", "count").iter_rows())


def test_every_relation_has_the_planned_models_and_links(census: Any, links: pl.DataFrame) -> None:
    planned = (
        links.filter(~pl.col("on_card"))
        .group_by("relation")
        .agg(
            models=pl.col("child").n_unique(),
            links=pl.len(),
            self_links=(pl.col("child") == pl.col("parent")).sum(),
        )
        .sort("relation")
        .cast({"models": pl.Int64, "links": pl.Int64, "self_links": pl.Int64})
    )
    found = census[1][0].table("relations").filter(pl.col("models") > 0).select(planned.columns).sort("relation")
    assert found.equals(planned)
    assert planned.height == len(RELATIONS)


def test_links_that_only_cards_state_are_found(census: Any, links: pl.DataFrame) -> None:
    on_card = links.filter("on_card")
    assert on_card.height > 10
    assert checks(census)["links from cardData"] == on_card.height
    assert census[1][0].table("relations")["links_untagged"].sum() == on_card.height


def test_self_references_are_dropped(census: Any, links: pl.DataFrame) -> None:
    own = links.filter(pl.col("child") == pl.col("parent")).height
    assert own > 0
    assert checks(census)["self-references dropped"] == own
    edges = tables.read(census[1][0].paths.core / "edges.parquet").filter(pl.col("evidence") == "declared")
    assert edges.height == links.height - own
    assert edges.filter(pl.col("child") == pl.col("parent")).is_empty()


def test_absent_parents_stay_as_ghosts(census: Any, links: pl.DataFrame) -> None:
    absent = links.filter(pl.col("parent") >= ROWS)["parent"].n_unique()
    walked = tables.read(census[1][0].paths.core / "lineage.parquet")
    assert absent > 0
    assert checks(census)["ghost parents"] == absent
    assert walked.height == ROWS + absent
    assert (~walked["in_snapshot"]).sum() == absent


def test_the_deepest_chain_is_as_deep_as_planned(census: Any, links: pl.DataFrame) -> None:
    depth = np.zeros(2 * ROWS, dtype=np.int64)
    for child, parent in (
        links.filter(pl.col("child") != pl.col("parent")).sort("child").select("child", "parent").rows()
    ):
        depth[child] = max(depth[child], depth[parent] + 1)  # every parent was planned before its children
    assert depth.max() >= census[0].shape.chain_steps
    assert checks(census)["longest chain"] == depth.max()
    assert census[1][0].table("longest_chain").height == depth.max() + 1


def test_stored_numbers_are_rows_of_the_lineage_table(census: Any) -> None:
    core = census[1][0].paths.core
    walked, edges = (tables.read(core / f"{name}.parquet") for name in ("lineage", "edges"))
    ids = walked["id"]
    for side in ("child", "parent"):
        assert ids.gather(edges[f"{side}_node"]).equals(edges[side], check_names=False)


def test_one_thread_and_two_give_the_same_bytes(census: Any) -> None:
    one, two = (hashes(report.paths) for report in census[1])
    assert len(one) > 40
    assert one == two


def hashes(paths: Paths) -> dict[str, str]:
    root: Path = paths.root / "data"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_census_decides_what_only_a_census_can(census: Any) -> None:
    ledger = census[1][0].table("claims")
    counted = ledger.filter(pl.col("needs") == "census")
    assert counted.height > 0
    assert not counted["why"].str.contains("needs a census").any()
    assert census[1][0].text("snapshot.can_tell").startswith("It lists every public model of the Hub")


def test_the_thesis_is_tested_on_a_census(census: Any) -> None:
    report = census[1][0]
    fits = {row["model"]: row for row in report.table("thesis_fit").iter_rows(named=True)}
    assert (report.fact("thesis.verdict") == "refused") is fits["surface"]["refused"]
    for model, row in fits.items():
        assert row["refused"] is (report.table("thesis").filter(pl.col("model") == model).is_empty())
        assert row["refused"] is bool(row["reason"])
    if not fits["surface"]["refused"]:
        assert report.fact("thesis.surface.effect") > 0
    assert len(report.text("thesis.sentence")) > 80


def test_the_site_of_a_census_says_that_it_is_one(published: Report) -> None:
    assert "It lists every public model of the Hub" in published.page("methods")
    text = " ".join(re.sub(r"<[^>]+>", "", published.page("index")).split())
    assert re.search(rf"the census of \w+ 20\d\d, {words.number(ROWS)} repositories", text)
    for page in ("index", "derivatives", "lineage", "claims"):
        assert "needs a census of the Hub" not in published.page(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_census_passes_in_a_browser(name: str, published: Report, visit: Any) -> None:
    """Other figures than the sample's, in the same colours."""
    light, dark = visit(), visit(scheme="dark")
    for window in (light, dark):
        window.site = published.paths.site
        page = window.open(name)
        window.read_through()
        assert faint(page) == []
        assert (window.errors, window.foreign) == ([], [])
    assert serious(light.page) == []
    for width in (800, 360):
        light.page.set_viewport_size({"width": width, "height": 900})
        assert wide(light.page) <= width
        assert small(light.page) == []
