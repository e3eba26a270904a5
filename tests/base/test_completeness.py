"""What a snapshot does not have is not zero: facts, verdicts and pages say that it cannot tell."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base import tables
from pipeline.base.completeness import NAMES, Completeness
from pipeline.chapters.derivatives import vintages
from pipeline.chapters.derivatives.facts_bases import vintage_facts
from pipeline.chapters.derivatives.facts_undeclared import bound_facts, quality_facts
from pipeline.chapters.derivatives.schema import Vintages
from pipeline.chapters.methods import facts as reconciliation_facts
from pipeline.chapters.methods.gaps import jumps
from pipeline.chapters.methods.schema import Packed
from pipeline.chapters.moe.facts_sizes import default_facts
from pipeline.chapters.moe.shares import Share
from pipeline.chapters.vendors.facts import activity_facts, format_facts
from pipeline.hub import facts as hub
from tests.conftest import SLICE_DATE, Report, built_once, copy_project

EVERYTHING = Completeness(dict.fromkeys(NAMES, 1.0))
NOTHING = Completeness(dict.fromkeys(NAMES, 0.0))


# --- what is needed


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_need_is_met_or_the_reason_names_the_column(share: float, least: float) -> None:
    reason = Completeness({"createdAt": share}).lacking({"createdAt": least})
    if share and share >= least:
        assert reason is None
    else:
        assert reason is not None
        assert "date of creation (createdAt)" in reason


@given(st.integers(1, 10**7), st.data())
def test_a_part_without_a_value_never_reads_as_nothing(rows: int, data: st.DataObject) -> None:
    filled = data.draw(st.integers(0, rows))
    completeness = Completeness.of({"rows": rows, "rows_with": {"createdAt": filled}})
    text = completeness.without("createdAt") + completeness.left_out("createdAt")
    assert bool(text) == (filled < rows)
    assert " 0% " not in text


def test_a_column_that_provenance_does_not_name_holds_nothing() -> None:
    assert Completeness.of({"rows": 3, "rows_with": {}}).shares == NOTHING.shares


# --- sentences


def shares(**known: float) -> dict[str, Share | None]:
    """What the share of MoE models is of, over the last year, of a hundred known ones each."""
    parts = {key: round(100 * value) for key, value in known.items()}
    keys = ("flagship", "repositories", "downloads")
    return {key: Share(parts[key], 100 - parts[key]) if key in parts else None for key in keys}


@pytest.mark.parametrize(
    ("known", "title"),
    [
        (
            {"flagship": 0.9},
            "is the default of flagship releases; of repositories and downloads this snapshot cannot tell",
        ),
        (
            {"flagship": 0.9, "repositories": 0.6},
            "is the default of flagship releases and repositories; of downloads this snapshot cannot tell",
        ),
        (
            {"flagship": 0.9, "repositories": 0.4},
            "is the default of flagship releases, not of repositories; of downloads this snapshot cannot tell",
        ),
        (
            {"flagship": 0.4},
            "is not the default of flagship releases; of repositories and downloads this snapshot cannot tell",
        ),
        ({"flagship": 0.9, "repositories": 0.6, "downloads": 0.7}, "is the default by every measure here"),
        ({"flagship": 0.1, "repositories": 0.1, "downloads": 0.1}, "is not yet the default by any measure here"),
    ],
)
def test_a_sentence_on_every_measure_needs_every_measure(known: dict[str, float], title: str) -> None:
    facts = default_facts(shares(**known), EVERYTHING)
    assert facts["moe.default.title"]["text"] == f"Mixture of experts {title}"


def test_shares_by_date_say_how_much_is_undated() -> None:
    partly = Completeness({**EVERYTHING.shares, "createdAt": 0.7})
    facts = default_facts(shares(flagship=0.9, repositories=0.6, downloads=0.7), partly)
    assert facts["moe.default.sentence"]["text"].endswith(
        "30% of all repositories have no date of creation (createdAt) and are left out."
    )


@pytest.mark.parametrize(
    ("undated", "text"),
    [(0, "all 9 repositories"), (2, "all but 2 of 9 repositories"), (9, "none of 9 repositories")],
)
def test_how_many_are_dated(undated: int, text: str) -> None:
    assert hub.dated(9, undated) == text


def test_conversions_without_a_date_are_not_late() -> None:
    table = pl.DataFrame(
        [
            {"group": "All", "shipped_by": who, "format": "any", "releases": 100, "releases_in_time": 0,
             "releases_ever": 9, "conversions": 20, "undated": 20}
            for who in ("maker", "others")
        ]
    )  # fmt: skip
    facts = format_facts(table, "census")
    assert facts["vendors.formats.maker"]["value"] is None
    assert facts["vendors.formats.title"]["text"] == "This snapshot cannot show who ships conversions in time"
    assert not any(" 0%" in found["text"] for found in facts.values())


def test_makers_without_dated_repositories_are_not_known_to_have_stopped() -> None:
    row = {"organisation": "A", "releases": 3, "undated": 0, "last_released": None, "status": "stopped",
           "is_new": False, "newest_repository": None}  # fmt: skip
    table = pl.DataFrame([row], schema_overrides={"last_released": pl.Date, "newest_repository": pl.Date})
    caveat = activity_facts(table, "12 months", "24 months")["vendors.activity.caveat"]["text"]
    assert "cannot tell whether those that stopped have newer ones" in caveat


def test_without_sizes_no_shape_is_proposed_and_none_is_refused() -> None:
    quality = pl.DataFrame({"rule": ["shape", "name", "repackager"], "declared": [50] * 3, "proposed": [0, 40, 20],
                            "correct": [0, 30, 20]})  # fmt: skip
    facts = quality_facts(quality, NOTHING)
    text = facts["undeclared.quality.sentence"]["text"]
    assert "By shape nothing can be proposed: this snapshot has neither stored sizes nor configurations" in text
    bounds = pl.DataFrame({"group": ["Qwen"], "rule": ["name"], "lower": [1], "estimate": [2]})
    assert "by shape" not in bound_facts(bounds, "Qwen", "Llama", NOTHING)["undeclared.bounds.sentence"]["text"]


def test_without_stored_counts_no_packed_repository_is_counted() -> None:
    facts = reconciliation_facts.packed_facts(Packed.create_empty(), NOTHING)
    assert "cannot tell" in facts["packed.sentence"]["text"]


def test_without_dates_no_month_jumped() -> None:
    core = pl.LazyFrame(
        {"author": ["a", "b"], "created_month": [None, None]}, schema_overrides={"created_month": pl.Date}
    )
    assert [row["outcome"] for row in jumps(core)] == ["not_in_this_snapshot"]


def test_without_dates_nothing_is_counted_back() -> None:
    known = pl.DataFrame({"child": [1, 2], "group": ["Qwen", "Llama"], "relation": ["finetune", "merge"]})
    snapshot = {"coverage": "census", "revision": "made", "sha256": "0" * 64}
    counted = vintages.count(known, "derivatives_as_known")
    rows = tables.conform(vintages.dated(counted, None, date(2025, 1, 1), snapshot, "census"), Vintages, "a test")
    assert rows["derivatives_back_cast"].is_null().all()
    assert rows.filter(relation="all")["derivatives_as_known"].to_list() == [1, 1]
    sentences = vintage_facts(rows, "Qwen", "Llama", date(2026, 1, 1))
    assert "nothing can be counted back" in sentences["vintages.sentence"]["text"]
    assert sentences["vintages.title"]["text"] == "In January 2025, Qwen had 1 and Llama had 1 declared derivatives"


# --- whole reports


def built(factory: Any, slice_path: Path, name: str, coverage: str, change: Any, *, pages: bool = False) -> Report:
    """A report on the real slice with columns changed or taken away."""

    def build(root: Path) -> None:
        report = copy_project(root)
        path = root / "altered.parquet"
        change(pl.read_parquet(slice_path)).write_parquet(path)
        report.read_from(path, coverage, SLICE_DATE).build(*([] if pages else ["claims", "lineage", "moe", "surface"]))
        if pages:
            report.publish("methods", "derivatives", "vendors")

    return built_once(factory, name, build)


@pytest.fixture(scope="module")
def ids_and_tags(tmp_path_factory: pytest.TempPathFactory, slice_path: Path) -> Report:
    """A census of ids and tags alone."""
    return built(
        tmp_path_factory, slice_path, "ids and tags", "census", lambda rows: rows.select("id", "tags"), pages=True
    )


@pytest.fixture(scope="module")
def partly(tmp_path_factory: pytest.TempPathFactory, slice_path: Path) -> Report:
    """A census in which three of ten have no date, and none a counter of downloads."""
    dated = pl.when(pl.int_range(pl.len()) % 10 >= 3).then("createdAt")
    return built(
        tmp_path_factory,
        slice_path,
        "partly",
        "census",
        lambda rows: rows.with_columns(createdAt=dated, downloads=pl.lit(None, pl.Int64)),
    )


def counted_on(report: Report) -> set[str]:
    """What the verdicts on counts by a date rest on: never this snapshot, where it cannot count back."""
    return set(report.table("claims").filter(pl.col("claim").is_in([1, 2, 3, 4, 5, 7]))["basis"])


@pytest.mark.whole
def test_a_census_of_ids_and_tags_counts_nothing_by_a_date(ids_and_tags: Report) -> None:
    assert set(ids_and_tags.table("claim_counts")["date"]) == {date.fromisoformat(SLICE_DATE)}
    assert counted_on(ids_and_tags) <= {"none", "published"}
    assert ids_and_tags.table("derivatives").filter(definition="family.shape").is_empty()
    assert ids_and_tags.fact("vendors.formats.others") is None
    assert "neither stored sizes nor configurations" in ids_and_tags.text("undeclared.quality.sentence")
    assert "no stored counts" in ids_and_tags.text("packed.sentence")
    provenance = tables.read_json(ids_and_tags.paths.provenance)
    assert provenance["columns_present"] == ["id", "author", "tags"]


@pytest.mark.whole
def test_every_hollow_finding_says_that_the_snapshot_cannot_tell(ids_and_tags: Report) -> None:
    for part in ("growth", "country", "half_life", "downloads"):
        assert ids_and_tags.text(f"anatomy.{part}.sentence").startswith("In July 2024, "), "an edition's"
    assert ids_and_tags.text("derivatives.quarters.title").startswith("By the census of July 2024, ")
    assert ids_and_tags.text("moe.default.title").endswith("of repositories and downloads this snapshot cannot tell")
    assert ids_and_tags.text("moe.months.sentence") == "This snapshot has no months of creation."
    assert ids_and_tags.text("vendors.downloads.title") == "Downloads by country are not in this snapshot"


@pytest.mark.whole
def test_pages_of_a_census_of_ids_and_tags_say_what_it_lacks(ids_and_tags: Report) -> None:
    methods = ids_and_tags.page("methods")
    assert "createdAt, lastModified, downloads" in methods
    assert "This snapshot has no stored counts" in methods
    for name in ("derivatives", "vendors"):
        page = ids_and_tags.page(name)
        assert "What other data would add" in page
        assert 'class="chart absent"' not in page


@pytest.mark.whole
def test_a_census_with_three_of_ten_undated_counts_nothing_back_and_says_how_much(partly: Report) -> None:
    assert counted_on(partly) <= {"none", "published"}
    for key in ("anatomy.growth.sentence", "anatomy.half_life.sentence", "surface.speed", "moe.default.sentence"):
        assert "30% of all repositories have no date of creation" in partly.text(key), key
    assert partly.text("moe.default.title").endswith("of repositories and downloads this snapshot cannot tell")
    assert Completeness.of(tables.read_json(partly.paths.provenance)).shares["downloads"] == 0


def test_the_methods_page_says_none_where_nothing_is_outside(sample: Report) -> None:
    assert sample.text("snapshot.outside") == sample.text("snapshot.unread") == "none"
