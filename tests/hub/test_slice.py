"""Facts of the real slice of hub-stats, counted from tags."""

from typing import Any

import polars as pl

from pipeline.base import tables


def relation(report: Any, name: str) -> dict[str, int]:
    return report.table("relations").filter(pl.col("relation") == name).row(0, named=True)


def check_count(report: Any, check: str) -> int:
    """How often something was met on the way to the core tables."""
    return report.table("lineage_checks").filter(pl.col("check") == check)["count"].item()


def test_models_by_relation(hub_slice: Any) -> None:
    models = {name: relation(hub_slice, name)["models"] for name in ("finetune", "merge", "quantized", "adapter")}
    assert models == {"finetune": 1401, "merge": 1116, "quantized": 49, "adapter": 20}


def test_there_are_5201_parent_links_and_6_name_the_model_itself(hub_slice: Any) -> None:
    assert hub_slice.table("relations")["links"].sum() == 5201
    assert hub_slice.table("relations")["self_links"].sum() == 6


def test_120_cards_mention_a_base_that_no_tag_names_and_50_of_them_name_none(hub_slice: Any) -> None:
    assert check_count(hub_slice, "cards read") == 120
    assert check_count(hub_slice, "models with links from cardData") == 67, "three name no repository"
    assert hub_slice.table("relations")["models_untagged"].sum() == 67


def test_tags_and_base_models_agree_on_every_edge(hub_slice: Any) -> None:
    assert check_count(hub_slice, "edges that tags and baseModels name") == 5201
    assert check_count(hub_slice, "edges that tags alone name") == 0
    assert check_count(hub_slice, "edges that baseModels alone name") == 0
    assert check_count(hub_slice, "edges with another relation in baseModels") == 0


def test_ghosts_stay_in_the_graph(hub_slice: Any) -> None:
    raw_parents = check_count(hub_slice, "distinct parents")
    ghosts = check_count(hub_slice, "ghost parents")
    assert raw_parents <= 2090 + check_count(hub_slice, "links from cardData"), (
        "spellings and renames only join parents"
    )
    assert raw_parents > 2000
    assert 0.3 < ghosts / raw_parents < 0.5


def test_the_longest_chain_has_75_steps(hub_slice: Any) -> None:
    assert check_count(hub_slice, "longest chain") == 75


def test_no_edge_joins_a_model_to_itself(hub_slice: Any) -> None:
    edges = tables.read(hub_slice.paths.core / "edges.parquet")
    assert edges.filter(pl.col("child") == pl.col("parent")).is_empty()
    assert set(edges["evidence"]) <= {"declared", "inferred"}


def test_transitive_includes_direct(hub_slice: Any) -> None:
    counts = hub_slice.table("derivatives").pivot("definition", index="group", values="derivatives")
    direct, transitive = (counts[f"family.declared.{reach}.all"] for reach in ("direct", "transitive"))
    assert (transitive.fill_null(0) >= direct.fill_null(0)).all()
    assert direct.is_not_null().sum() > 5


def test_the_headline_counts_declared_transitive_derivatives(hub_slice: Any) -> None:
    assert hub_slice.fact("derivatives.headline.definition") == "family.declared.transitive.all"


def test_absolute_counts_are_not_measurable_on_a_slice(hub_slice: Any) -> None:
    assert hub_slice.verdict(6) == hub_slice.verdict(20) == "not_measurable_here"
    assert hub_slice.verdict(9) == "fails"
