"""Each source ends in the same three files, by the commit or day that was asked for, and costs one download."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import snapshot
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.errors import PipelineError
from pipeline.snapshot import history
from pipeline.snapshot.schema import RawModels
from tests.conftest import Report
from tests.snapshot import content
from tests.snapshot.server import LocalHub, sha256

pytestmark = pytest.mark.usefixtures("waits")


def pull(report: Report, **values: Any) -> dict[str, Any]:
    """Run the stage; its provenance."""
    report.set(snapshot=values)
    snapshot.run(report.paths, parameters.load(report.paths.params))
    return tables.read_json(report.paths.provenance)


def rows(report: Report) -> pl.DataFrame:
    return tables.read(report.paths.raw / "models.parquet")


def refused(report: Report, **values: Any) -> str:
    with pytest.raises(PipelineError) as caught:
        pull(report, **values)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def stats_commit(hub: LocalHub, number: int) -> str:
    return hub.repositories["dataset", content.STATS].commits[number].id


# --- hub-stats


def test_a_day_is_the_last_commit_of_it_that_changed_the_file(report: Report, hub: LocalHub, hub_files: Any) -> None:
    known = pull(report, source="hub-stats", date=content.NEWEST)
    assert known["sha256"] == sha256(hub_files["newest"])
    assert known["commit"] == stats_commit(hub, 4), "neither the draft before it nor the card after it"
    assert known["coverage"] == "census"
    assert known["licence"] == "apache-2.0"
    assert known["rows"] == rows(report).height == pl.read_parquet(hub_files["newest"]).height


def test_a_commit_shows_the_day_of_the_files_last_change(report: Report, hub: LocalHub, hub_files: Any) -> None:
    known = pull(report, source="hub-stats", revision=stats_commit(hub, 2))
    assert known["date"] == content.BEFORE
    assert known["sha256"] == sha256(hub_files["before"])


def test_a_day_and_its_commit_give_the_same_bytes(report: Report, hub: LocalHub) -> None:
    pull(report, source="hub-stats", date=content.NEWEST)
    by_day = {path.name: path.read_bytes() for path in report.paths.raw.glob("*.*")}
    pull(report, source="hub-stats", date=None, revision=stats_commit(hub, 4))
    assert {path.name: path.read_bytes() for path in report.paths.raw.glob("*.*")} == by_day


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (content.GAP, f"({content.BEFORE} before, {content.NEWEST} after)"),
        ("2026-10-09", f"({content.NEWEST} before, none after)"),
        ("2025-01-01", f"(none before, {content.OLD} after)"),
        ("2025-12-24", f"({content.OLD} before, {content.BEFORE} after)"),
    ],
)
def test_a_gap_names_the_nearest_days(report: Report, day: str, message: str) -> None:
    assert message in refused(report, source="hub-stats", date=day)


def test_the_same_file_is_downloaded_once(report: Report, hub: LocalHub) -> None:
    pull(report, source="hub-stats", date=content.NEWEST)
    pull(report, source="hub-stats", date=content.NEWEST)
    pull(report, source="hub-stats", date=None, revision=stats_commit(hub, 5))
    assert hub.count("/storage/") == 1


def test_the_stored_file_serves_without_a_network(
    report: Report, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pull(report, source="hub-stats", date=content.NEWEST)
    hub.reset()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert pull(report, source="hub-stats", date=content.NEWEST) == first
    assert not hub.asked
    assert "run once without HF_HUB_OFFLINE" in refused(report, source="hub-stats", date=content.BEFORE)


def test_a_stored_file_that_was_altered_is_fetched_again(report: Report, hub: LocalHub, tmp_path: Path) -> None:
    first = pull(report, source="hub-stats", date=content.NEWEST)
    (stored,) = (tmp_path / "cache").rglob("*.parquet")
    stored.write_bytes(stored.read_bytes()[:-1] + b"x")
    assert pull(report, source="hub-stats", date=content.NEWEST) == first
    assert hub.count("/storage/") == 2


def test_provenance_holds_no_clock_no_user_and_no_folder(report: Report, tmp_path: Path) -> None:
    known = pull(report, source="hub-stats", date=content.NEWEST)
    assert {
        "source", "repository", "commit", "file", "size", "sha256", "rows", "columns_present", "columns_absent",
        "licence", "date", "coverage", "tools",
    } <= set(known)  # fmt: skip
    text = json.dumps(known)
    assert str(tmp_path) not in text
    assert set(known["tools"]) == {"huggingface_hub", "polars"}


# --- hub-weekly


def test_a_week_that_repeats_the_one_before_is_dated_by_its_content(report: Report) -> None:
    known = pull(report, source="hub-weekly", date=content.REPEATED)
    assert known["date"] == content.WEEK
    assert any(f"repeated the file of {content.WEEK}" in bias for bias in known["known_biases"])
    assert known["licence"] == "odbl"


def test_a_week_with_new_content_keeps_its_label(report: Report, hub_files: Any) -> None:
    known = pull(report, source="hub-weekly", date=content.NEXT_WEEK)
    assert known["date"] == content.NEXT_WEEK
    assert known["sha256"] == sha256(hub_files["next week"])
    assert not any("repeated" in bias for bias in known["known_biases"])


def test_a_day_inside_a_week_is_answered_with_the_weeks_name(report: Report) -> None:
    line = refused(report, source="hub-weekly", date="2026-10-01")
    assert "weeks are named after their first day" in line
    assert f"({content.REPEATED} before, {content.NEXT_WEEK} after)" in line


def test_a_week_at_a_commit_is_read_there(report: Report, hub: LocalHub) -> None:
    first = hub.repositories["dataset", content.WEEKLY].commits[0].id
    assert pull(report, source="hub-weekly", date=content.WEEK, revision=first)["commit"] == first
    assert "no snapshot of" in refused(report, source="hub-weekly", date=content.NEXT_WEEK, revision=first)


# --- hub-api


def test_the_whole_listing_is_a_census_paged_to_its_end(report: Report, hub: LocalHub) -> None:
    hub.page_size = 100
    known = pull(report, source="hub-api", date=content.NEWEST)
    assert known["coverage"] == "census"
    assert set(rows(report)["id"]) == {row["id"] for row in hub.listing}
    assert hub.count("/api/models") == -(-len(hub.listing) // 100)
    assert "baseModels" in known["columns_absent"]


def test_a_listing_of_the_day_is_asked_for_once(report: Report, hub: LocalHub, monkeypatch: Any) -> None:
    first = pull(report, source="hub-api", date=content.NEWEST)
    hub.reset()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert pull(report, source="hub-api", date=content.NEWEST) == first
    assert not hub.asked


def test_a_family_is_its_models_and_what_is_built_on_them(report: Report, hub: LocalHub) -> None:
    known = pull(report, source="hub-api", date=content.NEWEST, filters={"families": ["Qwen"]})
    assert known["coverage"] == "slice"
    assert known["filters"] == {"families": ["Qwen"]}
    listed = {row["id"] for row in hub.listing if f"base_model:{content.FAMILY}" in row["tags"]}
    assert listed
    assert listed <= set(rows(report)["id"])
    assert rows(report)["id"].is_unique().all()


def test_an_organisation_is_its_namespaces(report: Report, hub: LocalHub) -> None:
    author = hub.listing[0]["id"].split("/")[0]
    pull(report, source="hub-api", date=content.NEWEST, filters={"organisations": [author]})
    assert set(rows(report)["author"]) == {author}


def test_a_base_is_what_declares_it(report: Report, hub: LocalHub) -> None:
    base = next(
        tag.split(":")[1] for row in hub.listing for tag in row["tags"] if tag.count(":") == 1 and "base_m" in tag
    )
    pull(report, source="hub-api", date=content.NEWEST, filters={"base_models": [base]})
    assert set(rows(report)["id"]) == {row["id"] for row in hub.listing if f"base_model:{base}" in row["tags"]}


def test_a_listing_of_another_day_is_answered_with_todays(report: Report) -> None:
    line = refused(report, source="hub-api", date="2026-09-01")
    assert 'set snapshot.date to "2026-10-01"' in line


def test_a_listing_without_a_day_is_todays(report: Report, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    by_day = pull(report, source="hub-api", date=content.NEWEST, filters={"base_models": [content.FORK]})
    today = pull(report, source="hub-api", date=None, filters={"base_models": [content.FORK]})
    assert today == by_day
    assert today["date"] == content.NEWEST
    hub.today = "Sat, 03 Oct 2026 09:00:00 GMT"
    later = pull(report, source="hub-api", date=None, filters={"base_models": [content.FORK]})
    assert later["date"] == "2026-10-03"
    hub.reset()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert pull(report, source="hub-api", date=None, filters={"base_models": [content.FORK]}) == later, "the newest"
    assert not hub.asked
    line = refused(report, source="hub-api", date=None, filters={"base_models": [content.FAMILY]})
    assert "run once without HF_HUB_OFFLINE" in line


def test_a_listing_that_was_cut_goes_on_where_it_stopped(report: Report, hub: LocalHub) -> None:
    hub.page_size = 100
    hub.fault("/api/models", after=3, times=99, status=400)
    assert "answer 400" in refused(report, source="hub-api", date=content.NEWEST)
    hub.reset()
    pull(report, source="hub-api", date=content.NEWEST)
    assert hub.count("/api/models") == -(-len(hub.listing) // 100) - 3


def test_a_listing_over_two_days_says_so(report: Report, hub: LocalHub) -> None:
    hub.page_size = 100

    def midnight() -> None:
        hub.today = "Fri, 02 Oct 2026 00:01:00 GMT"

    hub.fault("/api/models", after=2, then=midnight)
    known = pull(report, source="hub-api", date=content.NEWEST)
    assert "listed from 2026-10-01 to 2026-10-02, so rows are of several days" in known["known_biases"]


def test_calls_are_paced_by_the_hubs_own_window(report: Report, hub: LocalHub, waits: list[float]) -> None:
    hub.page_size, hub.calls_left = 100, 3
    pull(report, source="hub-api", date=content.NEWEST)
    assert 43.0 in waits, "the window's 42 seconds and one more"


# --- one schema


def drift(report: Report, hub: LocalHub, frame: pl.DataFrame) -> dict[str, Any]:
    """The source's answer to a file with other columns."""
    hub.repositories["dataset", content.STATS].write(
        "2026-10-02T05:00:00.000Z", {"models.parquet": content.parquet(frame)}
    )
    return pull(report, source="hub-stats", date="2026-10-02")


@pytest.fixture
def frame() -> pl.DataFrame:
    return content.made(60)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_instants_in_any_unit_are_the_same_instants(
    report: Report, hub: LocalHub, frame: pl.DataFrame, unit: Any
) -> None:
    drift(report, hub, frame.with_columns(pl.col("createdAt").cast(pl.Datetime(unit))))
    expected = frame.sort("id")["createdAt"].to_list()
    assert rows(report)["createdAt"].to_list() == expected


def test_a_zone_of_time_is_utc(report: Report, hub: LocalHub, frame: pl.DataFrame) -> None:
    drift(report, hub, frame.with_columns(pl.col("createdAt").dt.replace_time_zone("UTC")))
    assert rows(report)["createdAt"].to_list() == frame.sort("id")["createdAt"].to_list()


def test_gguf_as_text_or_struct_changes_nothing(report: Report, hub: LocalHub, frame: pl.DataFrame) -> None:
    drift(report, hub, frame.with_columns(gguf=pl.lit('{"total": 5}')))
    as_text = rows(report)
    (report.paths.raw / "models.parquet").unlink()
    hub.repositories["dataset", content.STATS].commits.pop()
    drift(report, hub, frame.with_columns(gguf=pl.struct(total=pl.lit(5), architecture=pl.lit("qwen2"))))
    assert rows(report).equals(as_text)


def test_parents_as_ids_or_as_structs_are_the_same(report: Report, hub: LocalHub, frame: pl.DataFrame) -> None:
    ids = pl.col("baseModels").struct.field("models").list.eval(pl.element().struct.field("id"))
    relation = pl.col("baseModels").struct.field("relation")
    plain = pl.when(pl.col("baseModels").is_not_null()).then(pl.struct(relation, ids.alias("models")))
    drift(report, hub, frame.with_columns(baseModels=plain))
    assert rows(report)["baseModels"].struct.field("models").list.len().drop_nulls().unique().to_list() == [1]


@pytest.mark.parametrize("column", ["baseModels", "cardData", "downloadsAllTime", "safetensors", "library_name"])
def test_an_optional_column_that_is_missing_is_recorded(
    report: Report, hub: LocalHub, frame: pl.DataFrame, column: str
) -> None:
    known = drift(report, hub, frame.drop(column))
    assert column in known["columns_absent"]
    assert rows(report)[column].null_count() == frame.height
    assert rows(report).schema == RawModels.create_empty().schema


@pytest.mark.parametrize("column", ["id", "tags"])
def test_a_required_column_that_is_missing_is_named_with_the_commit(
    report: Report, hub: LocalHub, frame: pl.DataFrame, column: str
) -> None:
    hub.repositories["dataset", content.STATS].write(
        "2026-10-02T05:00:00.000Z", {"models.parquet": content.parquet(frame.drop(column))}
    )
    line = refused(report, source="hub-stats", date="2026-10-02")
    assert f"no column {column}" in line
    assert stats_commit(hub, -1) in line


# --- parameters


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"source": "hub-stats"}, "set one of snapshot.date and snapshot.revision"),
        ({"source": "hub-stats", "date": "2026-10-01", "revision": "a" * 40}, "set one of snapshot.date and"),
        ({"source": "hub-stats", "revision": "main"}, "snapshot.revision"),
        ({"source": "hub-stats", "revision": "a" * 12}, "snapshot.revision"),
        ({"origin": "somebody"}, "snapshot.origin applies to the sources file and listing"),
        ({"kind": "flow"}, "snapshot.kind flow applies to the sources file and listing"),
        ({"source": "hub-weekly"}, "snapshot.date must be set when snapshot.source is hub-weekly"),
        ({"source": "hub-api", "date": "2026-10-01", "revision": "a" * 40}, "snapshot.revision does not apply"),
        ({"source": "hub-stats", "date": "2026-10-01", "filters": {"families": ["Qwen"]}}, "snapshot.filters applies"),
        ({"source": "hub-api", "date": "2026-10-01", "filters": {"family": ["Qwen"]}}, "snapshot.filters.family is"),
        ({"source": "hub-stats", "date": "yesterday"}, "snapshot.date"),
        ({"source": "hub-stats", "date": "2026-10-01", "history": ["2026-10-01"]}, "before snapshot.date"),
        ({"history": ["2025-07-01", "2025-07-01"]}, "hold 2025-07-01 twice"),
        ({"history_source": "file"}, "snapshot.history_source"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_one_line_that_names_the_key(
    report: Report, hub: LocalHub, values: dict[str, Any], message: str
) -> None:
    assert message in refused(report, **values)
    assert not hub.asked


# --- older days


def old(report: Report) -> Path:
    """Run the stage for one older day; its folder."""
    history.run(content.OLD, report.paths, parameters.load(report.paths.params))
    return report.paths.history / content.OLD


def test_an_older_day_is_read_in_the_columns_of_its_time(report: Report, hub: LocalHub) -> None:
    folder = old(report.set(snapshot={"history": [content.OLD]}))
    known = tables.read_json(folder / "provenance.json")
    assert known["date"] == content.OLD
    assert "baseModels" in known["columns_absent"], "it came in July 2025"
    assert tables.read(folder / "panel.parquet").height == known["rows"], "few rows are all in the panel"


def test_an_older_day_is_a_file_of_the_users_own_where_params_name_one(
    report: Report, hub: LocalHub, hub_files: dict[str, bytes]
) -> None:
    folder = old(from_file(report, hub_files["old"]))
    known = tables.read_json(folder / "provenance.json")
    assert (known["source"], known["date"], known["coverage"]) == ("file", content.OLD, "census")
    assert not hub.asked


def test_an_older_day_that_is_written_anew_keeps_nothing_of_before(
    report: Report, hub: LocalHub, hub_files: dict[str, bytes]
) -> None:
    from_file(report, hub_files["old"])
    folder = old(report)
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "left_by_another_version.parquet").touch()
    assert {path.name: path.read_bytes() for path in old(report).iterdir()} == written
    assert [path.name for path in folder.parent.iterdir()] == [content.OLD]


def test_an_older_day_that_cannot_be_read_leaves_the_last_one_whole(
    report: Report, hub: LocalHub, hub_files: dict[str, bytes]
) -> None:
    from_file(report, hub_files["old"])
    folder = old(report)
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    data = bytearray(hub_files["old"])
    data[100:2_000] = bytes(1_900)
    from_file(report, bytes(data))
    with pytest.raises(PipelineError, match="cannot be read"):
        old(report)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == written
    assert [path.name for path in folder.parent.iterdir()] == [content.OLD]


def from_file(report: Report, data: bytes) -> Report:
    """The older day is read from a file of these bytes."""
    path = report.paths.root / "old.parquet"
    path.write_bytes(data)
    entry = {"date": content.OLD, "path": str(path), "coverage": "census"}
    return report.set(snapshot={"history_files": [entry]})
