"""Published evidence decides what the snapshot cannot, says so, and turns round with its rows."""

import dataclasses
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
    [
        (1, "fails"),
        (3, "depends_on_definition"),
        (4, "depends_on_definition"),
        (7, "depends_on_definition"),
        (32, "depends_on_definition"),
        (39, "misleading"),
        (41, "depends_on_definition"),
    ],
)
def test_the_first_claims_rest_on_published_evidence(claim: int, verdict: str, sample: Report) -> None:
    row = sample.table("claims").row(by_predicate=pl.col("claim") == claim, named=True)
    assert (row["verdict"], row["basis"]) == (verdict, "published")
    assert claim == 39 or "not recomputed here" in row["why"]


def test_what_only_its_source_counts_is_quoted_and_not_checked(sample: Report) -> None:
    rows = {row["claim"]: row for row in sample.table("claims").rows(named=True)}
    assert rows[23]["verdict"] == rows[6]["verdict"] == "not_measurable_here"
    for number in (2, 6, 23):
        assert "quotes its source correctly" in rows[number]["why"]
    assert rows[2]["verdict"] == "holds", "it says what Hugging Face counts, and that it counts"


def test_another_count_of_a_quoted_number_decides_with_it(known: Evidence, register: dict[int, essay.Claim]) -> None:
    alone = register[3]["check"]["published"][:1]
    claim = {**register[3], "check": {**register[3]["check"], "published": alone}}
    assert judged(claim, known)["verdict"] == "not_measurable_here"
    assert judged(register[3], known)["readings"] == 3


def test_a_catalogue_is_shown_in_repositories_not_as_a_ratio(known: Evidence, register: dict[int, essay.Claim]) -> None:
    row = judged(register[7], known)
    assert (row["low"], row["high"], row["unit"]) == (362, 468, "repositories")
    assert "6.7 times (468 against 70)" in row["measured_value"]


def test_the_first_families_are_others_by_derivatives_than_by_downloads(
    known: Evidence, register: dict[int, essay.Claim]
) -> None:
    row = judged(register[32], known)
    assert (row["verdict"], row["readings_met"], row["readings"]) == ("depends_on_definition", 1, 2)
    more = cells("register/published_counts", {"value": 1.2e9}, subject="United States", published=date(2026, 4, 8))
    assert judged(register[32], known, more)["readings_met"] == 0, "another family of that country may have more"


def test_a_quotation_that_keeps_its_limit_is_not_misleading(known: Evidence, register: dict[int, essay.Claim]) -> None:
    statement = register[39]["statement"]
    whole = {**register[39], "statement": f"{statement} for the near future"}
    assert judged(whole, known)["verdict"] == "holds"


def test_at_the_tables_share_fewer_of_the_quoted_total_are_tuned(
    known: Evidence, register: dict[int, essay.Claim]
) -> None:
    row = judged(register[41], known)
    assert (row["high"], row["readings_met"]) == (123_228, 1)
    assert row["low"] == pytest.approx(113_000 * 123_228 / 134_553)


def test_the_essays_claims_are_judged_by_its_families_whatever_a_fork_compares(
    known: Evidence, register: dict[int, essay.Claim]
) -> None:
    report = known.params.report.model_copy(update={"subject": "Gemma"})
    fork = dataclasses.replace(known, params=known.params.model_copy(update={"report": report}))
    assert judged(register[1], fork) == judged(register[1], known)
    assert "about 42% of the 151,448" in judged(register[43], fork)["why"]
    assert "97% of the surplus" in judged(register[43], fork)["why"]


def published(subject: str, value: float) -> Any:
    return cells("register/published_counts", {"value": value}, subject=subject, published=date(2026, 2, 3))


def test_another_published_count_turns_the_verdict(known: Evidence, register: dict[int, essay.Claim]) -> None:
    assert judged(register[3], known, published("Llama", 60_000.0))["verdict"] == "fails"
    assert judged(register[4], known, published("DeepSeek", 60_000.0))["verdict"] == "fails"


def test_another_table_by_relation_turns_the_ratios(known: Evidence, register: dict[int, essay.Claim]) -> None:
    assert judged(register[24], known)["readings_met"] == 3, "an order of magnitude, as loosely as claim 21 takes it"
    many = pl.when(pl.col("name") == "deepseek-ai").then("derivatives").otherwise(0) + pl.col("derivatives")
    twice = table("register/published_relations", lambda rows: rows.with_columns(derivatives=many))
    assert judged(register[24], known, twice)["verdict"] == "depends_on_definition"
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
    row = judged(register[44], known)
    assert (row["low"], row["high"]) == (42, 313.5), "by release day, by generation"
    assert row["verdict"] == "depends_on_definition"
    yearly = table(
        "releases",
        lambda rows: rows.with_columns(
            released=pl.when(family="Llama").then(pl.date(pl.col("released").dt.year(), 7, 1)).otherwise("released")
        ),
    )
    row = judged(register[44], known, yearly)
    assert (row["verdict"], row["low"]) == ("holds", 365.5)
