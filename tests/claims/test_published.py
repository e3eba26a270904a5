"""Published evidence decides what the snapshot cannot, says so, and turns round with its rows."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.base import params as parameters
from pipeline.claims import essay
from pipeline.claims import evidence as evidences
from pipeline.claims.evidence import Evidence
from tests.claims.test_claims import cells, judged, snapshot, table
from tests.conftest import Report

HF = "Hugging Face 'One Year Since the DeepSeek Moment' part 3"


@pytest.fixture(scope="module")
def known(sample: Report) -> Evidence:
    counted = {"claim_counts": sample.table("claim_counts")}
    return evidences.read(sample.paths, parameters.load(sample.paths.params), counted)


@pytest.fixture(scope="module")
def register(sample: Report) -> dict[int, essay.Claim]:
    return {claim["claim"]: claim for claim in essay.read(sample.paths)}


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [(1, "depends_on_definition"), (2, "holds"), (3, "holds"), (4, "holds"), (7, "depends_on_definition")],
)
def test_the_first_claims_rest_on_published_evidence(claim: int, verdict: str, sample: Report) -> None:
    row = sample.table("claims").row(by_predicate=pl.col("claim") == claim, named=True)
    assert (row["verdict"], row["basis"]) == (verdict, "published")
    assert "not recomputed here" in row["why"]


def published(subject: str, value: float) -> Any:
    return cells("register/published_counts", {"value": value}, subject=subject, published=date(2026, 2, 3))


def test_another_published_count_turns_the_verdict(known: Evidence, register: dict[int, essay.Claim]) -> None:
    assert judged(register[3], known, published("Llama", 60_000.0))["verdict"] == "fails"
    assert judged(register[4], known, published("DeepSeek", 60_000.0))["verdict"] == "fails"


def test_another_table_by_relation_turns_the_ratios(known: Evidence, register: dict[int, essay.Claim]) -> None:
    assert judged(register[24], known)["readings_met"] == 2
    adapters = pl.when(pl.col("name") == "Qwen").then(0).otherwise("adapter")
    fewer = table("register/published_relations", lambda rows: rows.with_columns(adapter=adapters))
    assert judged(register[24], known, fewer)["readings_met"] == 3, "without adapters nothing is left out"
    assert judged(register[41], known, fewer)["verdict"] == "fails"


def test_a_snapshot_of_before_the_claim_quotes_no_later_evidence(
    known: Evidence, register: dict[int, essay.Claim]
) -> None:
    for number in (2, 3, 4, 7, 23, 24, 25):
        row = judged(register[number], known, snapshot(date="2025-10-01"))
        assert row["basis"] == "none", number


def test_what_cannot_be_measured_names_the_data_that_would(sample: Report) -> None:
    rows = sample.table("claims").filter(verdict="not_measurable_here")
    assert rows.height
    for row in rows.iter_rows(named=True):
        assert len(row["would_change"]) > 20, row["claim"]
        assert row["basis"] == "none"


def test_no_verdict_is_younger_than_what_it_rests_on(sample: Report) -> None:
    day = date.fromisoformat(sample.fact("snapshot.date"))
    rows = sample.table("claims").filter(pl.col("basis").is_in(["snapshot", "published"]))
    assert (rows["as_of"] <= day).all()


def test_derivatives_keep_their_vocabulary(known: Evidence, register: dict[int, essay.Claim], sample: Report) -> None:
    row = judged(register[42], known)
    assert (row["verdict"], row["basis"]) == ("depends_on_definition", "snapshot")
    compared = sample.table("inherited").row(by_predicate=pl.col("family") == "all", named=True)
    assert compared["keep_architecture"] <= compared["repositories"]
    assert row["low"] == compared["keep_vocabulary"] / compared["repositories"]


def test_releases_a_year_apart_would_be_annual(known: Evidence, register: dict[int, essay.Claim]) -> None:
    assert judged(register[44], known)["verdict"] == "fails"
    yearly = table(
        "releases",
        lambda rows: rows.with_columns(
            released=pl.when(family="Llama").then(pl.date(pl.col("released").dt.year(), 7, 1)).otherwise("released")
        ),
    )
    row = judged(register[44], known, yearly)
    assert (row["verdict"], row["low"]) == ("holds", 366)
