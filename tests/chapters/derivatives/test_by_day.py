"""What the snapshots of several days knew, one beside the other: figures and sentences."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import pytest

from pipeline import register
from pipeline.base import tables
from pipeline.base.facts import Facts
from pipeline.chapters.derivatives import vintages
from pipeline.chapters.derivatives.facts_by_day import day_facts, ratios
from pipeline.chapters.derivatives.schema_days import BasesByDay, CountsByDay, KnownDays
from pipeline.charts.derivatives import by_day as charts
from pipeline.charts.kit.figure import Figure
from tests.chapters.derivatives.test_vintages import counted
from tests.conftest import Report
from tests.counting.memory import BY_DAY, REGISTER, hub

FAMILIES = register.load("families", REGISTER)
PAIR = ("Qwen", "Llama")
NEWEST = date(2026, 4, 22)


@dataclass
class Days:
    """Tables of several days, and the facts that follow."""

    tables: dict[str, pl.DataFrame]
    facts: Facts


@pytest.fixture(scope="module")
def days(hub_slice: Report) -> Days:
    """The slice as four days knew it, if nothing was deleted since."""
    rows = pl.read_parquet(hub_slice.paths.raw / "models.parquet")
    found = {}
    for day in (date(2024, 9, 30), date(2025, 3, 31), date(2025, 9, 30)):
        then = rows.filter(pl.col("createdAt").dt.date() <= day)
        found[day] = counted(hub(then, coverage="slice", day=str(day)))
    newest = hub(rows, coverage="slice", day=str(NEWEST))
    found[NEWEST] = vintages.now(newest.repositories, "family")
    counts = vintages.by_day({day: each[0] for day, each in found.items()}, "family", CountsByDay)
    bases = vintages.by_day({day: each[1] for day, each in found.items()}, "family", BasesByDay)
    made_tables = {
        "counts_by_day": tables.conform(counts, CountsByDay, "a test"),
        "bases_by_day": tables.conform(bases.filter(pl.col("group").is_in(["all", *PAIR])), BasesByDay, "a test"),
        "known_days": tables.empty(KnownDays),
    }
    return Days(made_tables, day_facts(made_tables, *PAIR))


def at(days: Days, day: date, group: str, relation: str = "all") -> int:
    rows = days.tables["counts_by_day"].filter(date=day, group=group, relation=relation)
    return int(rows["derivatives"].sum())


def test_the_newest_day_counts_as_an_older_one_does(hub_slice: Report) -> None:
    rows = pl.read_parquet(hub_slice.paths.raw / "models.parquet")
    made = hub(rows, coverage="slice", day=str(NEWEST))
    older, newest = counted(made)[0], vintages.now(made.repositories, "family")[0]
    shown = older.filter(pl.col("grouping").is_in(["hub", "family"]))
    assert sorted(shown.rows()) == sorted(newest.rows())


def test_titles_have_the_numbers_of_the_first_and_last_day(days: Days) -> None:
    first = date(2024, 9, 30)
    gained = {group: at(days, NEWEST, group) - at(days, first, group) for group in PAIR}
    ahead, behind = sorted(PAIR, key=lambda group: -gained[group])
    assert days.facts["by_day.growth.title"]["text"] == (
        f"From September 2024 to April 2026, {ahead} gained {gained[ahead]:,} derivatives, {behind} {gained[behind]:,}"
    )
    assert days.facts["by_day.dates"]["value"] == 4
    assert days.facts["by_day.days"]["text"] == (
        "Four snapshots stand beside each other, 30 September 2024 to 22 April 2026, at most 204 days apart."
    )


def test_a_ratio_is_that_of_the_counts(days: Days) -> None:
    table = ratios(days.tables["counts_by_day"], PAIR)
    for day, ratio, _ in table.rows():
        assert ratio == at(days, day, "Qwen") / at(days, day, "Llama")
    swapped = ratios(days.tables["counts_by_day"], ("Llama", "Qwen"))
    assert swapped["derivatives"].to_list() == pytest.approx([1 / ratio for ratio in table["derivatives"]])


def test_sentences_turn_with_the_pair(days: Days) -> None:
    there, back = days.facts, day_facts(days.tables, *PAIR[::-1])
    assert there["by_day.ratio.title"]["text"] == back["by_day.ratio.title"]["text"], "said of the one that is ahead"
    assert there["by_day.growth.title"]["text"] == back["by_day.growth.title"]["text"]


def test_a_group_that_loses_repositories_is_said_to_lose_them() -> None:
    rows = [
        {"date": NEWEST + timedelta(days=7 * week), "grouping": "family", "group": group, "relation": "all"}
        | {"derivatives": many, "in_series": 0, "series_once": many}
        for group, known in (("Qwen", (10, 7)), ("Llama", (4, 4)))
        for week, many in enumerate(known)
    ]
    counts = pl.DataFrame(rows, schema=tables.empty(CountsByDay).schema)
    found = day_facts({name: tables.empty(BY_DAY[name]) for name in BY_DAY} | {"counts_by_day": counts}, *PAIR)
    assert found["by_day.growth.title"]["text"] == (
        "From 22 April 2026 to 29 April 2026, Llama gained no derivatives, Qwen lost 3 derivatives"
    )
    assert found["by_day.ratio.title"]["text"] == (
        "On 22 April 2026, Qwen had 2.5 times Llama’s derivatives, on 29 April 2026 1.8 times"
    )


def test_a_day_whose_file_lost_its_links_is_named(days: Days) -> None:
    """As where the tags of a week are written otherwise."""
    counts = days.tables["counts_by_day"]
    broken = date(2025, 9, 30)
    less = pl.when(pl.col("date") == broken).then(pl.col("derivatives") // 2).otherwise("derivatives")
    found = day_facts(days.tables | {"counts_by_day": counts.with_columns(derivatives=less)}, *PAIR)
    assert "Far less is declared on 30 September 2025 than on the day before" in found["by_day.days"]["text"]


def test_all_figures_are_drawn(days: Days, hub_slice: Report) -> None:
    facts = hub_slice.facts() | days.facts
    counts, bases = days.tables["counts_by_day"], days.tables["bases_by_day"]
    drawn = [charts.by_relation(counts, FAMILIES, facts), charts.ratio(counts, facts)]
    drawn.append(charts.concentration(counts, bases, FAMILIES, facts))
    for figure in drawn:
        assert isinstance(figure, Figure)
        assert figure.table["date"].n_unique() == 4
        assert "mark-line" in figure.html
    assert "Quantizations" in drawn[0].html  # type: ignore[union-attr]


def test_one_day_alone_draws_and_says_nothing(sample: Report) -> None:
    alone = {name: sample.table(name) for name in BY_DAY}
    assert all(table.is_empty() for table in alone.values())
    assert day_facts(alone, *PAIR) == {}
    facts = sample.facts()
    assert charts.by_relation(alone["counts_by_day"], FAMILIES, facts) is None
    assert charts.ratio(alone["counts_by_day"], facts) is None
    assert charts.concentration(alone["counts_by_day"], alone["bases_by_day"], FAMILIES, facts) is None
