"""Releases around the moment: whose lanes stand there, what is named, and the days counted after the model."""

from datetime import date

import polars as pl

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base.facts import PageFacts, sentence
from pipeline.base.paths import Paths
from pipeline.chapters.moment.facts import release_facts
from pipeline.chapters.moment.releases import makers, releases_of
from pipeline.chapters.moment.schema import RELEASE, MomentReleases
from pipeline.chapters.moment.tables import marks
from pipeline.charts.kit.room import touch
from pipeline.charts.moment.releases import placed, releases

REGISTER, DAY = Paths().register, date(2026, 10, 5)
EVENTS = pl.DataFrame({"event": [RELEASE], "date": [date(2025, 1, 20)]})


def made(*rows: tuple[str, int, str, date, int | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=MomentReleases.column_names(), orient="row")


MADE = made(
    ("One", 0, "one/early", date(2025, 1, 1), 7_000_000_000, None),
    ("One", 0, "one/a", date(2025, 3, 1), 7_000_000_000, "A long name"),
    ("One", 0, "one/b", date(2025, 3, 1), 8_000_000_000, "Another long name"),
    ("Two", 1, "two/early", date(2025, 1, 1), None, None),
)


def test_lanes_are_those_of_the_pair_and_of_who_made_the_model() -> None:
    report = parameters.load(Paths().params).report
    assert makers(REGISTER, report.model_copy(update={"subject": "Gemma", "reference": "Mistral"})) == [
        "Google",
        "DeepSeek",
        "Mistral AI",
    ]
    assert makers(REGISTER, report.model_copy(update={"subject": "DeepSeek", "reference": "Meta"})) == [
        "DeepSeek",
        "Meta",
    ]


def test_a_name_of_the_timeline_stands_at_one_release_of_its_day() -> None:
    shown = marks(REGISTER, DAY)
    rows = releases_of(["DeepSeek", "Meta"], shown, REGISTER, DAY)
    labels = rows.drop_nulls("label")
    assert labels.filter(label="Llama 4").select("lane", "day").rows() == [("Meta", date(2025, 4, 5))]
    assert labels["label"].is_unique().all()
    assert max(rows["day"]) <= DAY
    early = releases_of(["DeepSeek"], shown, REGISTER, date(2025, 2, 1))
    assert max(early["day"]) <= date(2025, 2, 1)


def test_days_count_after_the_model_and_each_once() -> None:
    found = release_facts(MADE, EVENTS)
    assert found["moment.releases.title"]["text"] == "After R1, One released models on 1 day and Two on none"
    assert "One released 2 models on 1 day, the last on 1 March 2025." in found["moment.releases.sentence"]["text"]


def test_names_that_would_touch_are_left_out() -> None:
    named = placed(MADE.drop_nulls("parameters_total"), date(2025, 1, 1), date(2025, 4, 1), 600, (1e9, 1e12))
    assert named["label"].to_list() == ["A long name"]
    assert touch((0, 0, 2, 2), (1, 1, 3, 3))


def test_what_has_no_size_is_not_drawn_and_counted_in_the_note() -> None:
    facts = PageFacts({"snapshot.date": sentence("5 October 2026", "x")} | release_facts(MADE, EVENTS))
    figure = releases(MADE, register.load("families", REGISTER), facts)
    assert figure is not None
    assert figure.note == "Not drawn: 1 release of unknown size."
    assert set(figure.table["lane"]) == {"One"}
    assert all(figure.svg_of(view, spec) for view, spec in figure.specs.items())
    assert releases(MADE.clear(), register.load("families", REGISTER), facts) is None
