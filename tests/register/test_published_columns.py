"""What a published count is of stands in columns: nothing has to be read from a name."""

import polars as pl
import pytest

from pipeline import register
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import DERIVATIVES, NO_DENOMINATOR, RATIO, RELATIONS, TAGGING

COUNTS = register.load("published_counts", Paths().register)


def test_a_ratio_or_a_share_has_a_denominator_and_a_count_has_none() -> None:
    is_part = pl.col("kind").str.contains("share of|ratio of|more GGUF|has more")
    assert (COUNTS.filter(is_part)["denominator"] != NO_DENOMINATOR).all()
    assert (COUNTS.filter(~is_part)["denominator"] == NO_DENOMINATOR).all()


def test_no_subject_is_a_comparison() -> None:
    assert not COUNTS["subject"].str.contains(" over | against ").any()


def test_a_namespace_has_models_and_no_derivatives() -> None:
    assert set(COUNTS.filter(subject_kind="namespace")["kind"]) == {"models"}


@pytest.mark.parametrize("relation", [name for name in RELATIONS if name != "unspecified"])
def test_a_count_by_relation_names_it_in_its_column(relation: str) -> None:
    rows = COUNTS.filter(pl.col("kind").str.ends_with(f", {relation}"))
    assert rows.height
    assert set(rows["relation"]) == {relation}


def test_derivatives_count_every_relation_and_tags_none() -> None:
    assert set(COUNTS.filter(pl.col("kind").is_in([DERIVATIVES, RATIO]))["relation"]) == {"all"}
    assert set(COUNTS.filter(kind=TAGGING)["relation"]) == {"tag"}


def test_a_dated_count_says_what_its_date_is_exact_to() -> None:
    assert COUNTS.select(pl.col("as_of").is_null() == pl.col("as_of_precision").is_null()).to_series().all()


def test_downloads_and_followers_have_no_repositories_of_ones_own() -> None:
    assert set(COUNTS.filter(relation="none")["own_included"]) == {"does not apply"}
