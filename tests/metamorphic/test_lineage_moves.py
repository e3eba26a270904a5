"""The chapter on lineage follows its input: each figure moves as predicted, and what must not move stays.

Most of these are the chapter alone on an altered slice; three build from a copied project, one for each way in: the
snapshot, the register and the parameters.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.charts.kit.figure import Figure
from tests.chapters.lineage.made import Chapter, chapter
from tests.chapters.lineage.test_lineage import draw
from tests.conftest import SLICE_DATE, Report

Alter = Callable[[pl.DataFrame], pl.DataFrame]


def unchanged(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def made(folder: Path, slice_path: Path, change: Alter = unchanged, day: str = SLICE_DATE, **more: Any) -> Chapter:
    """The chapter on the real slice, changed; folder: an empty one."""
    return chapter(folder, change(pl.read_parquet(slice_path)), day, "slice", **more)


@pytest.fixture(scope="module")
def before(slice_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """The chapter on the real slice as it is."""
    return made(tmp_path_factory.mktemp("before"), slice_path)


@pytest.fixture
def after(slice_path: Path, tmp_path: Path) -> Callable[..., Chapter]:
    """The chapter on the real slice, changed."""
    return lambda *change, **more: made(tmp_path, slice_path, *change, **more)


def declares(*, parent: bool = True) -> pl.Expr:
    some = pl.col("tags").list.eval(pl.element().str.starts_with("base_model:")).list.any()
    return some if parent else ~some


def drawn(report: Report | Chapter, key: str) -> Figure:
    """A figure of the chapter; its picture is made of what it is compared by: its words and specifications."""
    figure = draw(report, key)[key]
    assert isinstance(figure, Figure)
    return figure


def is_other(one: Chapter, other: Chapter, key: str) -> bool:
    """Whether two snapshots give two figures."""
    pair = [drawn(each, key) for each in (one, other)]
    return pair[0].specs != pair[1].specs and pair[0].description != pair[1].description


def everyone(report: Chapter, table: str) -> dict[str, Any]:
    return report.row(table, group="All")


def moves(report: Chapter) -> dict[str, float]:
    """Shares of the declared links whose parent states a licence, by what the child's tag does."""
    drift = report.table("licence_drift").filter(evidence="declared").drop_nulls("share")
    return dict(drift.select("move", "share").iter_rows())


def derived(report: Chapter) -> float:
    """The share of downloads that goes to repositories that declare a parent."""
    return 1 - report.row("download_shares", kind="none_declared")["share"]


def test_every_day_a_year_later_moves_growth_and_leaves_uploaders(before: Chapter, after: Any) -> None:
    later = pl.col("createdAt", "lastModified").dt.offset_by("1y")
    moved = after(lambda rows: rows.with_columns(later), day="2027-04-22")
    for table, period in (("growth_monthly", "month"), ("growth_country", "quarter")):
        expected = before.table(table).with_columns(pl.col(period).dt.offset_by("1y"))
        assert moved.table(table).equals(expected)
        assert expected["is_partial"].any()
    assert moved.text("anatomy.growth.title") == "Fine-tunes led through 2025, merges in 2026, fine-tunes since 2027"
    assert is_other(moved, before, "lineage-growth")
    assert moved.table("uploaders").equals(before.table("uploaders"))


@pytest.mark.whole
def test_a_country_is_that_of_the_register(before: Chapter, report: Report, slice_path: Path) -> None:
    swap = pl.col("country").replace({"China": "United States", "United States": "China"})
    report.edit("organisations", lambda rows: rows.with_columns(swap))
    report.read_from(slice_path, "slice", SLICE_DATE).build("lineage")
    countries = [
        dict(each.table("growth_country").group_by("country").agg(pl.col("derivatives").sum()).iter_rows())
        for each in (before, report)
    ]
    assert (countries[1]["China"], countries[1]["United States"]) == (
        countries[0]["United States"],
        countries[0]["China"],
    )
    title = "anatomy.country.title"
    assert before.text(title).endswith("China led in 2025, no one alone since 2026"), "2026 is a tie"
    assert report.text(title).endswith("United States led in 2025, no one alone since 2026")
    assert report.table("growth_monthly").equals(before.table("growth_monthly"))


def test_one_uploader_of_all_has_all(before: Chapter, after: Any) -> None:
    renamed = pl.format("one/{}", pl.col("id").str.replace("/", "-"))
    one = after(lambda rows: rows.with_columns(id=renamed, author=pl.lit("one")))
    assert one.text("anatomy.title") == "One uploader made all derivatives"
    counts = everyone(one, "uploaders")
    assert (counts["gini"], counts["top_10"]) == (0, 1)
    assert counts["repositories"] >= everyone(before, "uploaders")["repositories"], "nobody's own release is among them"
    assert set(one.table("uploaders")["repositories_without_ten"]) == {0}
    assert one.text("anatomy.without_ten.title").endswith("neither Qwen nor Llama has any")
    assert one.text("anatomy.largest.title") == "one alone made 100% of derivatives"
    for key in ("lineage-concentration", "lineage-uploaders", "lineage-without-ten"):
        assert is_other(one, before, key)


@pytest.mark.whole
def test_the_direction_without_mass_uploaders_turns_round(before: Chapter, report: Report, slice_path: Path) -> None:
    title = "anatomy.without_ten.title"
    report.set(report={"subject": "Llama", "reference": "Qwen"}).read_from(slice_path, "slice", SLICE_DATE)
    assert report.build("lineage").text(title) == before.text(title), "same two, same words"
    assert "Mistral has" in report.set(report={"subject": "Mistral", "reference": "Gemma"}).build("lineage").text(title)


def test_without_a_register_of_repackagers_nothing_comes_through_them(before: Chapter, after: Any) -> None:
    nobody = pl.format("nobody-{}", pl.int_range(pl.len()))
    without = after(edit={"repackagers": lambda rows: rows.with_columns(namespace=nobody)})
    assert everyone(before, "chains")["through_repackagers"] > 0
    assert everyone(without, "chains")["through_repackagers"] == 0
    assert "None has a registered repackager’s repository" in without.text("anatomy.chains.sentence")
    columns = ["group", "derivatives", "straight", "through_own", "through_others"]
    assert without.table("chains").select(columns).equals(before.table("chains").select(columns))
    assert not without.table("uploaders_largest")["is_repackager"].any()
    assert without.text("anatomy.largest.sentence").endswith("none is a registered repackager.")


def test_without_merges_chains_are_shorter_and_come_less_through_others(before: Chapter, after: Any) -> None:
    without_parents = pl.col("tags").list.eval(pl.element().filter(~pl.element().str.starts_with("base_model:merge:")))
    without_parents = without_parents.list.eval(pl.element().filter(~pl.element().str.contains("^base_model:[^:]+$")))
    less = after(lambda rows: rows.with_columns(without_parents, baseModels=None, cardData=None))
    deepest, was = (each.table("longest_chain").height - 1 for each in (less, before))
    assert deepest < was / 3
    assert less.table("depths").filter(pl.col("models") > 0)["depth"].max() == deepest
    through, before_through = (everyone(each, "chains") for each in (less, before))
    assert (
        through["through_others"] / through["derivatives"]
        < before_through["through_others"] / before_through["derivatives"]
    )
    for key in ("lineage-depth", "lineage-hands", "lineage-intermediaries"):
        assert is_other(less, before, key)
    assert "merges" not in less.text("anatomy.growth.sentence")


def test_an_older_bound_keeps_the_older_bases_alone(before: Chapter, after: Any) -> None:
    old = after(anatomy={"half_life_age_months": 20})
    old_enough = before.table("half_lives").filter(pl.col("age_months") >= 20)
    ours = ["base", "derivatives", "half_life_months"]
    assert old.table("half_lives").select(ours).equals(old_enough.select(ours))
    assert 0 < old_enough.height < before.table("half_lives").height
    assert "at least 20 months" in drawn(old, "lineage-half-life").html


def test_one_licence_for_all_is_always_kept(before: Chapter, after: Any) -> None:
    rest = pl.col("tags").list.eval(pl.element().filter(~pl.element().str.starts_with("license:")))
    same = after(lambda rows: rows.with_columns(tags=rest.list.concat(pl.lit(["license:mit"]))))
    assert moves(same)["same"] > 0.9, "absent parents keep their registered licence"
    assert moves(same)["to_none"] == 0
    assert moves(before)["to_none"] > 0.2
    assert is_other(same, before, "lineage-licences")


def test_downloads_of_derivatives_doubled_raise_their_share_as_computed(before: Chapter, after: Any) -> None:
    double = pl.when(declares()).then(pl.col("downloads") * 2).otherwise("downloads")
    more = after(lambda rows: rows.with_columns(downloads=double))
    assert derived(more) == pytest.approx(2 * derived(before) / (1 + derived(before)), rel=1e-3)
    assert more.text("anatomy.downloads.title") != before.text("anatomy.downloads.title")
    assert more.table("chains").equals(before.table("chains"))


@pytest.mark.whole
def test_without_tags_the_chapter_says_so_and_shows_an_edition(report: Report, slice_path: Path) -> None:
    rest = pl.col("tags").list.eval(pl.element().filter(~pl.element().str.starts_with("base_model:")))
    path = report.paths.root / "models.parquet"
    pl.read_parquet(slice_path).with_columns(rest, baseModels=None, cardData=None).write_parquet(path)
    report.read_from(path, "slice", SLICE_DATE).build("lineage")
    assert report.fact("anatomy.declared") == 0
    assert report.text("anatomy.section.uploaders").startswith("In July 2024, ")
    found = draw(report)
    assert found["lineage-gaps"] is None
    assert isinstance(found["lineage-growth"], Figure)
    assert "census of July 2024" in found["lineage-growth"].subtitle
