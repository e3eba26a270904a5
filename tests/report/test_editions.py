"""What moved between two editions is shown where a difference means something, and refused where it does not."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.base import params as parameters
from pipeline.base import results, tables
from pipeline.base.errors import TableError
from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.cost.schema import CostRents
from pipeline.report import (
    comparable,
    comparison,
    diff,
    edition,
    edition_tables,
    editions,
    record,
    stage,
    table_changes,
)
from pipeline.report import recorded as recorded_editions
from pipeline.report.comparison import Row, compare, difference
from pipeline.report.comparison_markdown import markdown, summary
from pipeline.report.editions import Edition
from tests.conftest import Report
from tests.report.linked import linked

RULE = {"evidence": "declared", "reach": "transitive"}


def made(**changes: Any) -> Edition:
    """A small edition of a census; `changes` replace parts."""
    document: dict[str, Any] = {
        "version": "0.1.0",
        "snapshot": {
            "label": "hub-stats, 2026-10-05",
            "source": "hub-stats",
            "coverage": "census",
            "date": "2026-10-05",
            "rows": 1000,
            "sha256": "a" * 64,
        },
        "register_sha256": "b" * 64,
        "subject": "Qwen",
        "reference": "Llama",
        "grouping": "family",
        "headline": "declared",
        "rules_sha256": "c" * 64,
        "rules": {
            "declared": {"label": "as declared", "choices": RULE, "counts": {"Qwen": 300, "Llama": 100, "Gemma": 50}},
            "shape": {"label": "by shape", "choices": {"evidence": "shape"}, "counts": {"Qwen": 80, "Llama": 40}},
        },
        "numbers": [
            {
                "key": "rows",
                "name": "Repositories",
                "value": 1000,
                "text": "1,000",
                "kind": "count",
                "needs": "snapshot",
            },
            {"key": "high", "name": "Highest ratio", "value": 4, "text": "4.0", "kind": "times", "needs": "rules"},
            {"key": "share", "name": "Share", "value": 0.5, "text": "50%", "kind": "share", "needs": "snapshot"},
            {
                "key": "gone",
                "name": "Precision",
                "value": None,
                "text": "not in this snapshot",
                "kind": "share",
                "needs": "snapshot",
            },
        ],
        "verdicts": {
            "1": {"statement": "Qwen leads", "verdict": "holds", "why": "It does."},
            "10": {"statement": "Llama leads", "verdict": "fails", "why": "It does not."},
        },
        "tables": {},
    }
    return Edition.model_validate_json(json.dumps({**document, **changes}))


def snapshot(**changes: Any) -> dict[str, Any]:
    return {**made().snapshot.model_dump(), "sha256": "d" * 64, "date": "2026-10-12", **changes}


def rules(**counts: int) -> dict[str, Any]:
    document = {key: rule.model_dump() for key, rule in made().rules.items()}
    document["declared"]["counts"] = counts
    return document


def row(found: comparison.Comparison, area: str, what: str) -> Row:
    (only,) = [one for one in found.of(area) if what in one.what]
    return only


def test_an_edition_differs_in_nothing_from_itself() -> None:
    found = compare(made(), made())
    assert not any(one.moved for one in found.rows)
    assert "the headline ratio of Qwen to Llama stays at 3.0." in markdown(found)


def test_a_headline_moves_with_its_counts() -> None:
    new = made(snapshot=snapshot(), rules=rules(Qwen=360, Llama=100, Gemma=50))
    moved = row(compare(made(), new), "headline", "the headline, as declared")
    assert (moved.old, moved.new) == ("3.0 (300 to 100)", "3.6 (360 to 100)")
    assert moved.change == "+20%; Qwen +60 (+20%)"


def test_a_headline_that_moves_less_than_is_shown_stays() -> None:
    new = made(snapshot=snapshot(), rules=rules(Qwen=3001, Llama=1000, Gemma=50))
    assert "ratio of Qwen to Llama stays at 3.0 (+0.03%)." in markdown(compare(made(), new))


def test_a_headline_by_another_rule_is_not_subtracted() -> None:
    found = compare(made(), made(snapshot=snapshot(), headline="shape"))
    headline = row(found, "headline", "the headline")
    assert headline.moved is None
    assert headline.change == "another rule: not subtracted"
    assert any("“as declared”, then “by shape”" in warning for warning in found.warnings)
    assert [one.what for one in found.of("headline")[1:]] == ["by shape", "as declared"]


def test_a_rule_that_changed_its_meaning_is_not_subtracted() -> None:
    altered = rules(Qwen=360, Llama=100)
    altered["declared"]["choices"] = {**RULE, "reach": "direct"}
    found = compare(made(), made(snapshot=snapshot(), rules=altered))
    assert [one.what for one in found.of("headline")] == ["the headline", "by shape"]
    assert found.of("headline")[0].moved is None
    assert any("changed their meaning" in warning and "declared" in warning for warning in found.warnings)


def test_a_report_about_others_shares_no_ratio() -> None:
    found = compare(made(), made(snapshot=snapshot(), subject="Gemma"))
    assert [one.moved for one in found.of("headline")] == [None]
    assert any("Qwen against Llama by family, then Gemma against Llama" in warning for warning in found.warnings)
    assert "No ratio of subject to reference can be compared." in summary(found)


def test_counts_of_a_slice_are_not_subtracted_from_those_of_a_census() -> None:
    new = made(snapshot=snapshot(coverage="slice", source="file"), rules=rules(Qwen=60, Llama=40))
    found = compare(made(), new)
    assert row(found, "headline", "as declared").change == "−50%"
    assert row(found, "number", "Repositories").moved is None
    assert any("a census (hub-stats) and a slice (file)" in warning for warning in found.warnings)


def test_two_censuses_are_of_one_kind_whatever_their_source() -> None:
    assert comparable.same_kind(made(), made(snapshot=snapshot(source="hub-weekly")))
    sampled = made(snapshot=snapshot(coverage="sample"))
    assert not comparable.same_kind(sampled, made(snapshot=snapshot(coverage="sample", source="file")))


def test_ranges_over_other_rules_are_not_subtracted() -> None:
    numbers = [{**number.model_dump(), "value": 6, "text": "6.0"} for number in made().numbers if number.key == "high"]
    assert row(compare(made(), made(numbers=numbers)), "number", "Highest").change == "+50%"
    assert row(compare(made(), made(numbers=numbers, rules_sha256="e" * 64)), "number", "Highest").moved is None


def test_a_number_that_a_snapshot_cannot_give_is_shown_as_missing() -> None:
    numbers = [
        {**number.model_dump(), "value": 0.25, "text": "25%"} for number in made().numbers if number.key == "gone"
    ]
    found = compare(made(), made(numbers=numbers))
    precision = row(found, "number", "Precision")
    assert (precision.old, precision.new, precision.change) == ("not in this snapshot", "25%", "new")
    (rows,) = [one for one in found.of("number") if one.what == "Repositories"]
    assert (rows.old, rows.new, rows.change, rows.moved) == ("1,000", "not given", "gone", None)


def test_ranks_move_by_places_and_ties_share_the_better_one() -> None:
    new = made(snapshot=snapshot(), rules=rules(Qwen=100, Llama=100, Phi=120))
    found = compare(made(), new)
    assert [(one.what, one.old, one.new, one.change) for one in found.of("rank")] == [
        ("Phi", "none counted", "1 (120)", "newly counted"),
        ("Qwen", "1 (300)", "2 (100)", "down 1 place"),
        ("Llama", "2 (100)", "2 (100)", "the same"),
        ("Gemma", "3 (50)", "none counted", "no longer counted"),
    ]
    assert "Phi is first, where Qwen was; three of four groups at the top changed rank." in summary(found)


def test_a_group_below_the_tenth_place_in_both_is_left_out() -> None:
    counts = {f"Family {number:02}": 100 - number for number in range(15)}
    found = compare(made(rules=rules(**counts)), made(rules=rules(**counts, Phi=1)))
    assert len(found.of("rank")) == comparison.RANKED


def test_a_verdict_that_turned_comes_with_its_reason() -> None:
    verdicts = {key: verdict.model_dump() for key, verdict in made().verdicts.items()}
    verdicts["10"] |= {"verdict": "held_then", "why": "It led until 2025."}
    verdicts["11"] = {"statement": "New", "verdict": "holds", "why": "So."}
    found = compare(made(), made(verdicts=verdicts))
    turned = row(found, "verdict", "Claim 10")
    assert (turned.old, turned.new, turned.change) == ("fails", "held then", "It led until 2025.")
    assert (row(found, "verdict", "Claim 11").old, row(found, "verdict", "Claim 1:").moved) == ("not checked", False)
    assert "Two of 3 verdicts changed." in summary(found)
    assert "Unchanged: claim 1." in markdown(found)


def test_a_claim_in_other_words_is_another_claim() -> None:
    verdicts = {key: verdict.model_dump() for key, verdict in made().verdicts.items()}
    verdicts["1"] |= {"statement": "Qwen led", "verdict": "fails"}
    assert row(compare(made(), made(verdicts=verdicts)), "verdict", "Claim 1:").moved is None


def test_a_warning_names_the_same_snapshot_and_an_altered_register() -> None:
    text = " ".join(comparable.warnings(made(), made(register_sha256="f" * 64, version="0.2.0")))
    assert "the same snapshot" in text
    assert "The register changed too" in text
    assert "from 0.1.0 to 0.2.0" in text


@pytest.mark.parametrize(
    ("before", "after", "kind", "text"),
    [
        (100, 150, "count", "+50 (+50%)"),
        (1500, 1000, "count", "−500 (−33%)"),
        (0, 7, "count", "+7"),
        (2, 10_000, "count", "+9,998 (5,000 times as much)"),
        (0.5, 50, "times", "100 times as much"),
        (0.5, 0.48, "share", "−2.0 percentage points"),
        (0.2, 0.9, "share", "+70 percentage points"),
        (4.0, 4.01, "times", "+0.2%"),
        (5e6, 6e6, "USD", "+$1.0 million (+20%)"),
        (3, 3, "count", "the same"),
    ],
)
def test_a_difference_says_by_how_much(before: float, after: float, kind: str, text: str) -> None:
    assert difference(before, after, kind) == text


def test_a_number_that_neither_snapshot_can_give_is_not_given() -> None:
    assert [one.what for one in compare(made(), made()).of("number")] == ["Repositories", "Highest ratio", "Share"]


# ---------------------------------------------------------------------------------------------- tables

OLD = pl.DataFrame({"run": ["a", "b", "c"], "basis": ["rent"] * 3, "usd": [10.0, 200.0, 3.0], "prices": [7, 7, None]})
NEW = pl.DataFrame({"run": ["a", "b", "d"], "basis": ["rent"] * 3, "usd": [12.0, 150.0, 3.0], "prices": [7, 8, 1]})
KEY = ["run", "basis"]


def test_rows_come_go_and_change() -> None:
    found = table_changes.differences(OLD, NEW, KEY)
    assert (found.came, found.went, found.changed) == (1, 1, 2)
    assert found.largest.rows() == [("usd", "b, rent", 200.0, 150.0), ("prices", "b, rent", 7.0, 8.0)]
    line = "rows: 1 came, 1 went, 2 changed; usd of b, rent: 200 → 150 (−25%); prices of b, rent: 7 → 8 (+14%)"
    assert table_changes.summary(found) == line


def test_another_order_of_summing_is_no_change() -> None:
    found = table_changes.differences(OLD, OLD.with_columns(pl.col("usd") * (1 + 1e-13)), KEY)
    assert not found.any
    assert table_changes.summary(found) == "the same but for order or rounding"
    assert table_changes.summary(table_changes.differences(OLD, OLD.reverse(), KEY)) == table_changes.summary(found)


def test_a_table_that_gained_or_lost_columns_has_moved() -> None:
    found = table_changes.differences(OLD, OLD.drop("prices").with_columns(hours=1, seats=2), KEY)
    assert found.any
    assert table_changes.summary(found) == "columns: hours and seats came, prices went"


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (1_000_000.0, 1_000_100.0, "1.0000 million → 1.0001 million (+0.01%)"),
        (1234.1, 1234.2, "1,234.1 → 1,234.2 (+0.008%)"),
        (0.12341, 0.12342, "0.12341 → 0.12342 (+0.008%)"),
        (1.0, 5e12, "1 → 5.00 trillion (5.0 trillion times as much)"),
        (2.0, 30.0, "2 → 30 (15 times as much)"),
        (2.0, 20.0, "2 → 20 (+900%)"),
        (-1.0, 50.0, "-1 → 50"),
        (0.0, 50.0, "0 → 50"),
    ],
)
def test_numbers_that_differ_read_differently(before: float, after: float, line: str) -> None:
    old, new = (pl.DataFrame({"run": ["a"], "usd": [value]}) for value in (before, after))
    assert table_changes.summary(table_changes.differences(old, new, ["run"])) == f"rows: 1 changed; usd of a: {line}"


def test_a_key_of_another_type_is_reported_and_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "_key", lambda name: KEY)
    old, new = (made(tables=recorded(cost=rows)) for rows in (2, 3))
    (row,) = comparison.table_rows(old, new, lambda name: OLD.with_columns(run=pl.row_index()), lambda name: NEW)
    assert (row.change, row.moved) == ("other rows or values, which no key of this version matches", True)


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [
        ("usd", None, 5.0),
        ("usd", 5.0, None),
        ("note", "x", "y"),
        ("note", "x", None),
        ("names", ["a"], ["b"]),
        ("names", ["a"], None),
        ("sure", True, False),
    ],
)
def test_a_row_changes_with_any_of_its_cells(column: str, before: Any, after: Any) -> None:
    old, new = (pl.DataFrame({"run": ["a", "b"], column: [value, before or after]}) for value in (before, after))
    assert table_changes.differences(old, new, ["run"]).changed == 1


def test_a_column_of_another_type_changes_every_row_that_both_have() -> None:
    assert table_changes.differences(OLD, OLD.with_columns(pl.col("prices").cast(pl.String)), KEY).changed == 3
    assert not table_changes.differences(OLD, OLD.with_columns(pl.col("prices").cast(pl.Float64)), KEY).any


def test_an_empty_table_can_be_compared() -> None:
    assert table_changes.summary(table_changes.differences(OLD.clear(), NEW, KEY)) == "rows: 3 came"
    assert not table_changes.differences(OLD.clear(), OLD.clear(), KEY).any


def test_a_null_in_a_key_matches_itself() -> None:
    keyed = OLD.with_columns(basis=pl.lit(None, pl.String))
    assert not table_changes.differences(keyed, keyed, KEY).any


def recorded(**rows: int) -> dict[str, Any]:
    """Tables as an edition records them: by name their rows; another number of rows is another hash."""
    return {name: {"rows": count, "sha256": f"{count:064}"} for name, count in rows.items()}


def test_a_table_that_moved_is_seen_by_its_hash_alone() -> None:
    found = compare(made(tables=recorded(bases=3, gap=1, gone=2)), made(tables=recorded(bases=4, gap=1, new=2)))
    rows = [(one.what, one.old, one.new, one.change, one.moved) for one in found.of("table")]
    assert rows == [
        ("bases", "3 rows", "4 rows", "other rows or values: to see which, name both folders", True),
        ("gap", "1 row", "1 row", "the same", False),
        ("gone", "2 rows", "none", "gone", True),
        ("new", "none", "2 rows", "new", True),
    ]
    assert "Three of 4 tables moved: bases, gone and new." in summary(found)


def test_tables_of_which_the_hash_alone_moved_stand_in_one_line() -> None:
    other = {name: {"rows": 3, "sha256": "e" * 64} for name in ("bases", "gap")}
    found = compare(made(tables=recorded(bases=3, gap=3, more=3)), made(tables=other | recorded(more=4)))
    (line,) = [line for line in markdown(found).splitlines() if "bases and gap" in line and "rows" in line]
    assert line == "As many rows as before, other values (to see which, name both folders): bases and gap."
    assert "| more | 3 rows | 4 rows |" in markdown(found)
    assert "| bases |" not in markdown(found)


@pytest.mark.parametrize("changes", [{"snapshot": snapshot(coverage="slice", source="file")}, {"subject": "Gemma"}])
def test_tables_of_another_snapshot_or_pair_are_not_compared(changes: dict[str, Any]) -> None:
    found = compare(
        made(tables=recorded(bases=3, gap=1, cost=2)), made(tables=recorded(bases=4, gap=2, cost=2), **changes)
    )
    rows = [(one.what, one.change, one.moved) for one in found.of("table")]
    assert rows == [("bases, gap", "two differ: not compared", None), ("cost", "the same", False)]
    found = compare(made(tables=recorded(bases=3)), made(tables=recorded(bases=4), **changes))
    assert [one.change for one in found.of("table")] == ["one differs: not compared"]


def test_editions_are_the_same_whenever_they_were_published() -> None:
    assert editions.are_same(made(), made(published="2026-10-06"))
    assert not editions.are_same(made(tables=recorded(bases=3)), made(tables=recorded(bases=4)))


def test_a_build_that_quotes_its_own_edition_is_that_edition() -> None:
    assert editions.are_same(made(tables=recorded(lead=3)), made(tables=recorded(lead=4)))


def test_text_of_strangers_stays_in_its_cell() -> None:
    found = compare(made(rules=rules(Qwen=3, Llama=1)), made(rules=rules(**{"Qwen": 3, "a|b\n<i>@you #1": 9})))
    lines = [line for line in markdown(found).splitlines() if "you" in line]
    assert not any("<i>" in line or "@you" in line for line in lines)
    assert lines[-1] == "| a\\|b &lt;i>@\u200byou \\#1 | none counted | 1 (9) | newly counted |"


# ------------------------------------------------------------------------------- the build and its history


def test_an_edition_says_what_the_report_says(sample: Report) -> None:
    now = editions.load(sample.paths.edition)
    assert now.headline == sample.fact("derivatives.headline.definition")
    counts = now.rules[str(now.headline)].counts
    headline = sample.table("ratios").filter("is_headline").row(0, named=True)
    assert counts[now.subject] == headline["subject_derivatives"]
    assert counts[now.reference] == headline["reference_derivatives"]
    leaders = sample.table("leaders").filter(pl.col("derivatives") > 0)
    assert dict(leaders.select("group", "derivatives").iter_rows()) == counts
    verdicts = dict(sample.table("claims").select(pl.col("claim").cast(pl.String), "verdict").iter_rows())
    assert {claim: verdict.verdict for claim, verdict in now.verdicts.items()} == verdicts


def test_every_key_number_is_a_fact(sample: Report) -> None:
    known = sample.facts()
    params = parameters.load(sample.paths.params)
    groups = {"subject": params.report.subject, "reference": params.report.reference}
    keys = [pattern.format(run=params.cost.compared_run, **groups) for pattern in edition.NUMBERS]
    assert [key for key in keys if key not in known] == []


def test_a_build_adds_nothing_to_the_history(sample: Report) -> None:
    names = set(parameters.load(sample.paths.params).editions)
    assert {path.parent.name for path in sample.paths.published.glob("*/edition.json")} >= names
    assert sample.table("editions")["published"].null_count() == 1
    assert sample.table("edition_changes").is_empty(), "neither a census of another year nor a flow was last month"


@pytest.fixture
def copy(sample: Report, tmp_path: Path) -> Report:
    """The sample's results, which may be replaced, and no published edition."""
    report = Report(linked(sample.paths, tmp_path))
    text = report.paths.params.read_text(encoding="utf-8")
    report.paths.params.unlink()
    report.paths.params.write_text(text, encoding="utf-8")
    return report.named([])


def rebuilt(report: Report) -> None:
    params = parameters.load(report.paths.params)
    recorded_editions.run(report.paths, params)
    with results.writing(report.paths.edition.parent) as found:
        stage.write_edition(report.paths, params, found)


def recorded_as(name: str, report: Report, day: int = 6) -> Path:
    return record.record(name, report.paths, parameters.load(report.paths.params), date(2026, 10, day))


def test_a_recorded_edition_is_the_builds_own_and_is_not_added_twice(copy: Report) -> None:
    first = recorded_as("october", copy)
    before = {path: path.read_bytes() for path in first.rglob("*.*")}
    assert recorded_as("october", copy, day=7) == first
    assert {path: path.read_bytes() for path in first.rglob("*.*")} == before
    rebuilt(copy.named(["october"]))
    assert copy.table("editions")["published"].to_list() == [date(2026, 10, 6)]
    assert copy.table("edition_changes").is_empty()


def test_recording_a_build_does_not_change_that_build(copy: Report) -> None:
    rebuilt(copy)
    before = [copy.paths.edition.read_bytes(), copy.table("editions")]
    recorded_as("october", copy)
    rebuilt(copy)
    assert copy.paths.edition.read_bytes() == before[0]
    assert_frame_equal(copy.table("editions"), before[1])


def test_what_a_corrected_fact_moves_is_an_edition_of_the_same_snapshot(copy: Report) -> None:
    recorded_as("first", copy)
    copy.edit("machines", lambda table: table.head(table.height - 1))
    rebuilt(copy.named(["first"]))
    assert copy.table("editions")["published"].to_list() == [date(2026, 10, 6), None]
    assert "register changed" in " ".join(copy.table("edition_changes").filter(pl.col("area") == "note")["what"])
    with pytest.raises(TableError, match="first is recorded already, from another build in published: choose another"):
        recorded_as("first", copy)
    recorded_as("second", copy)
    assert len(editions.published(copy.paths.published)) == 2


def put(folder: Path, name: str, **changes: Any) -> None:
    tables.write_json(made(**changes).model_dump(mode="json"), folder / name / "edition.json")


def test_the_last_published_edition_counts_for_a_folder_of_them(copy: Report, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    for name, day in (("b", "2026-10-06"), ("a", "2026-10-13")):
        put(folder, name, version=name, published=day)
    assert diff.find(str(folder), copy.paths).edition.version == "a"


def test_a_build_is_compared_with_the_last_edition_of_its_origin_and_coverage(copy: Report, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    put(folder, "month", version="month", published="2026-10-06")
    put(folder, "old", version="old", published="2026-10-13", snapshot=snapshot(origin="somebody's census of 2024"))
    put(folder, "flow", version="flow", published="2026-10-20", snapshot=snapshot(kind="flow"))
    put(folder, "part", version="part", published="2026-10-27", snapshot=snapshot(coverage="slice"))
    found = diff.find(str(folder), copy.paths)
    assert diff.alike(found, made(), "published").edition.version == "month"
    none = made(snapshot=snapshot(coverage="sample"))
    with pytest.raises(TableError, match=r"no edition of hub-stats \(sample\) is published in published: name the"):
        diff.alike(found, none, "published")


def test_changes_leave_out_editions_of_another_kind() -> None:
    old = made(snapshot=snapshot(origin="a census of 2024"), published="2026-10-01")
    month, now = made(published="2026-10-06"), made(snapshot=snapshot(), rules=rules(Qwen=360, Llama=100))
    moved = edition_tables.changes([old, month, now])
    assert moved.select("position", "previous").unique().rows() == [(3, month.name)]
    assert edition_tables.changes([old, now]).is_empty()


def test_an_edition_is_found_wherever_a_report_lies(sample: Report) -> None:
    now = editions.load(sample.paths.edition)
    for place in (sample.paths.root, sample.paths.out, sample.paths.downloads, sample.paths.edition):
        found = diff.find(str(place), sample.paths)
        assert found.edition == now
        table = found.table("cost_rents")
        assert table is not None
        assert_frame_equal(table, sample.table("cost_rents"))


def test_tables_of_a_later_build_than_the_edition_are_refused(copy: Report) -> None:
    tables.write(copy.table("cost_rents").head(3), CostRents, copy.paths.tables()["cost_rents"])
    with pytest.raises(TableError, match=r"other tables than edition\.json lists \(cost_rents\).*`make site`"):
        diff.find(str(copy.paths.root), copy.paths)


def test_what_one_table_says_is_summed_up_by_its_largest_changes(sample: Report, copy: Report) -> None:
    altered = copy.table("cost_rents").with_columns(pl.col("usd_per_hour") * 2)
    tables.write(altered, CostRents, copy.paths.tables()["cost_rents"])
    rebuilt(copy)
    text = diff.between(str(sample.paths.root), str(copy.paths.root), sample.paths)
    assert "tables moved: cost\\_rents." in text
    (line,) = [line for line in text.splitlines() if line.startswith("| cost\\_rents |")]
    assert "usd\\_per\\_hour of" in line
    assert "(+100%)" in line


def test_a_place_without_an_edition_is_an_error(sample: Report, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"no edition in .*: name a folder of a report, of its downloads"):
        diff.find(str(tmp_path), sample.paths)
    broken = tmp_path / "broken.json"
    broken.write_text("{}", encoding="utf-8")
    with pytest.raises(TableError, match=r"no edition \(version: Field required\) in broken\.json"):
        diff.find(str(broken), sample.paths)
    with pytest.raises(TableError, match="no-such-revision is no folder, and as a revision it gives no edition"):
        diff.find("no-such-revision", sample.paths)


def test_in_a_fresh_clone_the_error_names_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without arguments `make diff` compares the published editions, here none, with the build, here none."""
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "README.md").touch()
    (tmp_path / "dvc.yaml").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TableError, match=r"^no edition is published yet: name the older side, as in `make diff OLD="):
        diff.between("published", ".", Paths(tmp_path))
    with pytest.raises(TableError, match=r"^nothing is built in \.: run `make site` there first$"):
        diff.between(".", "published", Paths(tmp_path))


def test_a_reader_of_a_pull_request_understands_sample_against_slice(sample: Report, hub_slice: Report) -> None:
    text = diff.between(str(sample.paths.root), str(hub_slice.paths.root), sample.paths)
    assert "The snapshots are of different kinds, a sample" in text
    assert "“by shape”, then “as declared, transitive”" in text
    assert "another rule: not subtracted" in text
    assert "Counted by shape, the ratio of Qwen to Llama went from" in text
    for heading in ("The snapshots", "Headline", "Ranks", "Verdicts", "Key numbers"):
        assert f"## {heading}" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(line.replace("\\|", "").split("|")) in (5, 6) for line in rows)


def test_an_edition_of_a_newer_version_stays_readable(tmp_path: Path) -> None:
    path = tmp_path / "newer.json"
    tables.write_json({**made().model_dump(mode="json"), "added_later": 1}, path)
    assert editions.load(path) == made()


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    return subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_the_command_prints_markdown_and_nothing_else(sample: Report) -> None:
    done = command("diff", sample.paths.root, sample.paths.downloads)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# What moves: ")
    assert done.stdout == diff.between(str(sample.paths.root), str(sample.paths.root), sample.paths)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("diff", "no-such-place"), "diff: no-such-place is no folder"),
        (("record", "a", "--on", "today"), "record: today is no day"),
        (("record", "../a"), "record: ../a names no edition in NAME: write it as census-2024-07"),
    ],
)
def test_a_wrong_argument_is_one_line(arguments: tuple[str, ...], line: str) -> None:
    done = command(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
