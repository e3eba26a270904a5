"""The chapter on lineage follows its input: each figure moves as predicted, and what must not move stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_anatomy import draw

from tests.conftest import SLICE_DATE

Alter = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture
def altered(report: Any, slice_path: Path) -> Callable[..., Any]:
    """The report on the real slice, changed."""

    def build(change: Alter, date: str = SLICE_DATE) -> Any:
        path = report.paths.root / "models.parquet"
        change(pl.read_parquet(slice_path)).write_parquet(path)
        return report.read_from(path, "slice", date).build()

    return build


def declares(*, parent: bool = True) -> pl.Expr:
    some = pl.col("tags").list.eval(pl.element().str.starts_with("base_model:")).list.any()
    return some if parent else ~some


def html(report: Any, key: str) -> str:
    figure = draw(report)[key]
    return figure.html if figure is not None else ""


def test_every_day_a_year_later_moves_growth_and_leaves_uploaders(hub_slice: Any, altered: Any) -> None:
    later = pl.col("createdAt", "lastModified").dt.offset_by("1y")
    moved = altered(lambda rows: rows.with_columns(later), date="2027-04-22")
    for table, period in (("growth_monthly", "month"), ("growth_country", "quarter")):
        before = hub_slice.table(table).with_columns(pl.col(period).dt.offset_by("1y"))
        after = moved.table(table)
        assert after.equals(before)
        assert before["is_partial"].any()
    assert moved.text("anatomy.growth.title") == "Fine-tunes led through 2025, merges in 2026, fine-tunes since 2027"
    assert html(moved, "lineage-growth") != html(hub_slice, "lineage-growth")
    assert moved.table("uploaders").equals(hub_slice.table("uploaders"))


def test_a_country_is_that_of_the_register(hub_slice: Any, report: Any, slice_path: Path) -> None:
    swap = pl.col("country").replace({"China": "United States", "United States": "China"})
    report.edit("organisations", lambda rows: rows.with_columns(swap)).read_from(
        slice_path, "slice", SLICE_DATE
    ).build()
    before, after = (
        dict(r.table("growth_country").group_by("country").agg(pl.col("derivatives").sum()).iter_rows())
        for r in (hub_slice, report)
    )
    assert (after["China"], after["United States"]) == (before["United States"], before["China"])
    assert hub_slice.text("anatomy.country.title").endswith("China led in 2025, no one alone since 2026")
    assert report.text("anatomy.country.title").endswith("United States led in 2025, no one alone since 2026")
    assert hub_slice.text("anatomy.country.last_leader") == "no one alone", "2026 is a tie"
    assert report.table("growth_monthly").equals(hub_slice.table("growth_monthly"))


def test_one_uploader_of_all_has_all(hub_slice: Any, altered: Any) -> None:
    one = altered(lambda rows: rows.with_columns(author=pl.lit("one")))
    assert one.text("anatomy.title") == "One uploader made all derivatives"
    assert one.fact("anatomy.uploaders.gini") == 0
    assert one.fact("anatomy.uploaders.top_10") == 1
    assert one.fact("anatomy.uploaders.repositories") == hub_slice.fact("anatomy.uploaders.repositories")
    assert set(one.table("uploaders")["repositories_without_ten"]) == {0}
    assert one.text("anatomy.without_ten.title").endswith("neither Qwen nor Llama has any")
    assert one.text("anatomy.largest.title") == "one alone made 100% of derivatives"
    for key in ("lineage-concentration", "lineage-uploaders", "lineage-without-ten"):
        assert html(one, key) != html(hub_slice, key)


def test_the_direction_without_mass_uploaders_turns_round(hub_slice: Any, report: Any, slice_path: Path) -> None:
    report.set(report={"subject": "Llama", "reference": "Qwen"}).read_from(slice_path, "slice", SLICE_DATE).build()
    assert report.text("anatomy.without_ten.title") == hub_slice.text("anatomy.without_ten.title"), (
        "same two, same words"
    )
    report.set(report={"subject": "Mistral", "reference": "Gemma"}).build()
    assert "Mistral has" in report.text("anatomy.without_ten.title")


def test_without_a_register_of_repackagers_nothing_comes_through_them(
    hub_slice: Any, report: Any, slice_path: Path
) -> None:
    nobody = pl.format("nobody-{}", pl.int_range(pl.len()))
    report.edit("repackagers", lambda rows: rows.with_columns(namespace=nobody))
    report.read_from(slice_path, "slice", SLICE_DATE).build()
    assert hub_slice.fact("anatomy.chains.through_repackagers") > 0
    assert report.fact("anatomy.chains.through_repackagers") == 0
    columns = ["group", "derivatives", "straight", "through_own", "through_others"]
    assert report.table("chains").select(columns).equals(hub_slice.table("chains").select(columns))
    assert not report.table("uploaders_largest")["is_repackager"].any()
    assert report.text("anatomy.largest.sentence").endswith("none is a registered repackager.")


def test_without_merges_chains_are_shorter_and_come_less_through_others(hub_slice: Any, altered: Any) -> None:
    kept = pl.col("tags").list.eval(pl.element().filter(~pl.element().str.starts_with("base_model:merge:")))
    kept = kept.list.eval(pl.element().filter(~pl.element().str.contains("^base_model:[^:]+$")))
    less = altered(lambda rows: rows.with_columns(kept, baseModels=None, cardData=None))
    assert less.fact("anatomy.depth.deepest") < hub_slice.fact("anatomy.depth.deepest") / 3
    assert less.table("longest_chain").height == less.fact("anatomy.depth.deepest") + 1
    assert less.fact("anatomy.chains.through_others") < hub_slice.fact("anatomy.chains.through_others")
    for key in ("lineage-depth", "lineage-hands", "lineage-intermediaries"):
        assert html(less, key) != html(hub_slice, key)
    assert "merges" not in less.text("anatomy.growth.sentence")


def test_an_older_bound_keeps_the_older_bases_alone(hub_slice: Any, report: Any, slice_path: Path) -> None:
    report.set(anatomy={"half_life_age_months": 20}).read_from(slice_path, "slice", SLICE_DATE).build()
    kept = hub_slice.table("half_lives").filter(pl.col("age_months") >= 20)
    ours = ["base", "derivatives", "half_life_months"]
    assert report.table("half_lives").select(ours).equals(kept.select(ours))
    assert 0 < kept.height < hub_slice.table("half_lives").height
    assert "at least 20 months" in html(report, "lineage-half-life")


def test_one_licence_for_all_is_always_kept(hub_slice: Any, altered: Any) -> None:
    rest = pl.col("tags").list.eval(pl.element().filter(~pl.element().str.starts_with("license:")))
    same = altered(lambda rows: rows.with_columns(tags=rest.list.concat(pl.lit(["license:mit"]))))
    assert same.fact("anatomy.licences.same") > 0.9, "absent parents keep their registered licence"
    assert same.fact("anatomy.licences.to_none") == 0
    assert hub_slice.fact("anatomy.licences.to_none") > 0.2
    assert html(same, "lineage-licences") != html(hub_slice, "lineage-licences")


def test_downloads_of_derivatives_doubled_raise_their_share_as_computed(hub_slice: Any, altered: Any) -> None:
    double = pl.when(declares()).then(pl.col("downloads") * 2).otherwise("downloads")
    more = altered(lambda rows: rows.with_columns(downloads=double))
    share = hub_slice.fact("anatomy.downloads.share")
    assert more.fact("anatomy.downloads.share") == pytest.approx(2 * share / (1 + share), rel=1e-3)
    assert more.text("anatomy.downloads.title") != hub_slice.text("anatomy.downloads.title")
    assert more.table("chains").equals(hub_slice.table("chains"))


def test_without_tags_the_chapter_says_so_once(altered: Any) -> None:
    rest = pl.col("tags").list.eval(pl.element().filter(~pl.element().str.starts_with("base_model:")))
    bare = altered(lambda rows: rows.with_columns(rest, baseModels=None, cardData=None))
    assert bare.fact("anatomy.declared") == 0
    assert bare.text("anatomy.section.uploaders") == "This snapshot cannot tell."
    drawn = draw(bare)
    assert drawn["lineage-gaps"] is not None
    assert drawn["lineage-growth"] is drawn["lineage-hands"] is drawn["lineage-downloads"] is None
