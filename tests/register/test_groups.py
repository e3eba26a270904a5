"""Whose a group is: a family's maker, and what else others call it."""

import polars as pl

from pipeline import register
from pipeline.base.paths import Paths
from pipeline.register.lookup.groups import maker_of, names_of_group

FAMILIES = register.load("families", Paths().register)


def test_a_family_has_its_maker_and_a_maker_is_its_own() -> None:
    assert maker_of("Llama", FAMILIES) == maker_of("Meta", FAMILIES) == "Meta"


def test_a_group_that_the_register_lacks_goes_by_its_own_name() -> None:
    assert maker_of("Nobody", FAMILIES) == "Nobody"
    assert names_of_group("Nobody", FAMILIES) == ["Nobody"]


def test_a_maker_and_its_families_are_one_side() -> None:
    assert names_of_group("Llama", FAMILIES) == ["Llama", "Meta"]
    assert names_of_group("Meta", FAMILIES)[:2] == ["Meta", "Llama"]


def test_families_of_a_maker_stand_by_rank() -> None:
    ranks = dict(FAMILIES.select("family", "rank").iter_rows())
    several = FAMILIES.group_by("organisation").len().filter(pl.col("len") > 1)["organisation"]
    assert several.len()
    for maker in several:
        lines = [ranks[name] for name in names_of_group(maker, FAMILIES) if name in ranks and name != maker]
        assert lines == sorted(lines), maker


def test_a_family_named_like_its_maker_is_named_once() -> None:
    alike = FAMILIES.filter(pl.col("family") == pl.col("organisation"))["family"]
    assert alike.len()
    assert all(names_of_group(name, FAMILIES).count(name) == 1 for name in alike)
