"""Releases around the moment: whose lanes stand there, what is named, and the days counted after the model."""

from datetime import date

import polars as pl

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base.facts import PageFacts, sentence
from pipeline.base.paths import Paths
from pipeline.chapters.moment.facts import price_facts, release_facts
from pipeline.chapters.moment.prices import prices_of, steps
from pipeline.chapters.moment.releases import makers, releases_of
from pipeline.chapters.moment.schema import PRICED, RELEASE, MomentReleases
from pipeline.chapters.moment.tables import marks
from pipeline.charts.kit.figure import Figure
from pipeline.charts.kit.spots import placed
from pipeline.charts.moment.lanes import FLAG_ROWS, Days, dated, flags, lanes, named_steps

REGISTER, DAY = Paths().register, date(2026, 10, 5)
EVENTS = pl.DataFrame({"event": [RELEASE], "date": [date(2025, 1, 20)]})


def made(*rows: tuple[str, int, str, date, int | None, str | None]) -> pl.DataFrame:
    sourced = [(*row, "its card") for row in rows]
    return pl.DataFrame(sourced, schema=MomentReleases.column_names(), orient="row")


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
    points = [(10.0, 50.0, "A long name"), (11.0, 50.0, "Another long name")]
    assert placed(points, 180, 60, most=2) == ["right-up", None]


def test_no_name_crosses_a_line() -> None:
    point = [(100.0, 50.0, "A name")]
    assert placed(point, 600, 92, most=1) == ["right-up"]
    assert placed(point, 600, 92, most=1, lines=[(120, 0, 122, 92)]) == ["left-up"]


# ------------------------------------------------------------------------------------------ prices


def price(model: str, maker: str, day: date, output: float) -> dict[str, object]:
    return {
        "model": model,
        "label": model,
        "maker": maker,
        "date": day,
        "date_is": "announced",
        "usd_per_million_input": 1.0,
        "usd_per_million_output": output,
        "source": "its maker",
    }


THEIRS, OURS = PRICED
ASKED = pl.DataFrame(
    [
        price("before", "A", date(2024, 5, 1), 15.0),
        price(THEIRS, "A", date(2025, 1, 1), 60.0),
        price("before", "A", date(2025, 1, 15), 12.0),  # of an older model
        price(OURS, "B", date(2025, 1, 20), 2.0),
        price("small", "B", date(2025, 3, 1), 1.0),  # priced on the same day as a larger one
        price("large", "B", date(2025, 3, 1), 4.0),
        price("large", "B", date(2025, 4, 1), 3.0),
        price("elsewhere", "C", date(2025, 2, 1), 9.0),
    ]
)


def test_a_step_is_the_newest_model_s_price_until_the_next() -> None:
    found = steps(ASKED, date(2024, 12, 1), date(2025, 5, 1))
    columns = ["maker", "model", "day", "until", "usd_per_million_output"]
    assert found.select(columns).rows() == [
        ("A", "before", date(2024, 12, 1), date(2025, 1, 1), 15.0),
        ("A", THEIRS, date(2025, 1, 1), date(2025, 5, 1), 60.0),
        ("B", OURS, date(2025, 1, 20), date(2025, 3, 1), 2.0),
        ("B", "large", date(2025, 3, 1), date(2025, 4, 1), 4.0),
        ("B", "large", date(2025, 4, 1), date(2025, 5, 1), 3.0),
    ]
    early = steps(ASKED, date(2024, 12, 1), date(2025, 2, 1))
    assert set(early["model"]) == {"before", THEIRS, OURS}
    assert max(early["until"]) == date(2025, 2, 1)


def test_the_sentence_sets_both_prices_beside_each_other_on_two_days() -> None:
    noted = price_facts(steps(ASKED, date(2024, 12, 1), date(2025, 5, 1)), EVENTS)["moment.prices.sentence"]["text"]
    assert f"$60 at A ({THEIRS}) and $2.00 at B ({OURS}) on 20 January 2025, 30 to 1" in noted
    assert noted.endswith(f"and $60 at A ({THEIRS}) and $3.00 at B (large) on 1 May 2025, 20 to 1.")
    turned = ASKED.with_columns(usd_per_million_output=1 / pl.col("usd_per_million_output"))
    noted = price_facts(steps(turned, date(2024, 12, 1), date(2025, 5, 1)), EVENTS)["moment.prices.sentence"]["text"]
    assert "1 to 30" in noted


def test_prices_of_the_register_end_on_the_snapshot_s_day() -> None:
    found = prices_of(REGISTER, date(2024, 12, 17), DAY)
    assert found.group_by("maker").agg(pl.col("until").max())["until"].to_list() == [DAY, DAY]
    on_day = {row["maker"]: row for row in found.filter(pl.col("day") <= date(2025, 1, 20)).iter_rows(named=True)}
    assert (on_day["OpenAI"]["usd_per_million_output"], on_day["DeepSeek"]["usd_per_million_output"]) == (60, 2.19)


def test_a_change_of_one_model_s_price_bears_no_name_twice() -> None:
    found = named_steps(steps(ASKED, date(2024, 12, 1), date(2025, 5, 1)).filter(maker="B"))
    assert found["name"].to_list() == [f"B: {OURS} $2.00", "large $4.00", "$3.00"]


# ------------------------------------------------------------------------------------------ figure


def drawing(releases: pl.DataFrame, prices: pl.DataFrame) -> Figure | None:
    facts = PageFacts(
        {"snapshot.date": sentence("5 October 2026", "x")} | release_facts(MADE, EVENTS) | price_facts(prices, EVENTS)
    )
    return lanes(releases, prices, marks(REGISTER, DAY), register.load("families", REGISTER), facts)


def test_flags_are_those_in_no_lane_and_none_touch() -> None:
    events = marks(REGISTER, DAY)
    rows = releases_of(["Alibaba", "DeepSeek", "Meta"], events, REGISTER, DAY)
    for plot in (270, 840):
        found = flags(events, rows, Days(date(2024, 12, 17), DAY, plot))
        assert set(found["name"]) == {"R1, 20 January 2025", "Nvidia falls", "Kimi K2", "gpt-oss"}
        model = found.filter(pl.col("name").str.starts_with("R1"))["row"][0]
        assert model == max(found["row"]) <= FLAG_ROWS
    assert "Llama 4" in flags(events, rows.filter(pl.col("lane") != "Meta"), Days(date(2024, 12, 17), DAY, 840))["name"]


def test_what_has_no_size_is_not_drawn_and_counted_in_the_note() -> None:
    prices = steps(ASKED, date(2024, 12, 1), date(2025, 5, 1))
    figure = drawing(MADE, prices)
    assert figure is not None
    assert (figure.note or "").startswith("Not drawn: 1 release of unknown size.")
    assert set(figure.table["lane"]) == {"One", "A", "B"}
    assert figure.table["source"].null_count() == 0
    assert "$60" in figure.svg_of("wide", figure.specs["wide"])
    assert all(figure.svg_of(view, spec) for view, spec in figure.specs.items())
    assert drawing(MADE.clear(), prices) is None


def test_every_event_stands_in_the_list_with_its_source() -> None:
    events = marks(REGISTER, DAY)
    listed = dated(events)
    assert listed is not None
    assert listed.html.count("<tr>") == events.height + 1
    assert "DeepSeek-R1, R1-Zero and six distilled models" in listed.html
    assert dated(events.clear()) is None
