"""Whose snapshot a section of lineage is of: the build's own, or the newest census that fills what it cannot."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.base import editions as recorded
from pipeline.base import tables
from pipeline.base.editions import Edition
from pipeline.base.paths import PROJECT
from pipeline.base.words import month
from pipeline.chapters.lineage import basis, facts, schema
from tests.chapters.lineage.test_lineage import build, draw, tuned

CENSUS = PROJECT / "published" / "census-2024-07"
PAIR = ("Qwen", "Llama")


def edition(folder: Path, coverage: str = "census", kind: Any = "stock", day: date = date(2024, 7, 11)) -> Edition:
    return Edition(folder.name, day, coverage, kind, "", *PAIR, "family", {}, {}, folder)


def of(folder: Path, **frames: pl.DataFrame) -> Path:
    (folder / "tables").mkdir(parents=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / "tables" / f"{name}.parquet")
    return folder


@pytest.fixture
def growth(tmp_path: Path) -> Path:
    return of(
        tmp_path / "one",
        growth_monthly=tables.read(CENSUS / "tables" / "growth_monthly.parquet"),
        growth_country=tables.read(CENSUS / "tables" / "growth_country.parquet"),
    )


def test_the_census_of_july_2024_fills_every_section() -> None:
    known = [recorded.read(CENSUS)]
    for section, names in basis.SECTIONS.items():
        found, filled = basis.newest_that_fills(section, known, PAIR)
        assert found is not None, section
        assert set(filled) == set(names)


def test_the_newest_census_wins(growth: Path) -> None:
    older, newer = edition(growth), edition(growth, day=date(2026, 3, 1))
    found, _ = basis.newest_that_fills("growth", [older, newer], PAIR)
    assert found is newer


@pytest.mark.parametrize(("coverage", "kind"), [("sample", "stock"), ("slice", "stock"), ("sample", "flow")])
def test_a_sample_a_slice_and_a_flow_stand_for_nobody(growth: Path, coverage: str, kind: str) -> None:
    assert basis.newest_that_fills("growth", [edition(growth, coverage, kind)], PAIR) == (None, {})


def test_an_edition_that_lacks_one_table_of_a_section_does_not_fill_it(growth: Path) -> None:
    (growth / "tables" / "growth_country.parquet").unlink()
    assert basis.newest_that_fills("growth", [edition(growth)], PAIR) == (None, {})


def test_a_table_of_an_older_code_is_not_taken(growth: Path) -> None:
    path = growth / "tables" / "growth_monthly.parquet"
    tables.read(path).drop("is_partial").write_parquet(path)
    assert basis.newest_that_fills("growth", [edition(growth)], PAIR) == (None, {})


def test_families_do_not_stand_for_organisations() -> None:
    known = [recorded.read(CENSUS)]
    assert basis.newest_that_fills("uploaders", known, ("Alibaba", "Meta")) == (None, {})
    assert basis.newest_that_fills("growth", known, ("Alibaba", "Meta"))[0] is not None, "it counts no group"


def test_depth_licences_and_downloads_are_filled_by_what_is_declared() -> None:
    roots = pl.DataFrame({"depth": [0, 1], "models": [100, 0]})
    assert not basis.is_filled("depth", {"depths": roots})
    assert basis.is_filled("depth", {"depths": roots.with_columns(models=pl.lit(5))})
    assert not basis.is_filled("licences", {"licence_changes": pl.DataFrame({"evidence": ["inferred"]})})
    nothing = tables.empty(schema.DownloadShares)
    assert not basis.is_filled("downloads", {"download_shares": nothing})


def test_a_snapshot_with_lineage_is_its_own_basis(tmp_path: Path) -> None:
    built = build(tmp_path, tuned("a/x", "Qwen/Qwen3-8B"))
    own = built.table("lineage_basis").filter(section="depth")
    assert own["edition"].null_count() == own.height
    assert set(own["label"]) == {"made"}
    assert "In " not in built.text("anatomy.depth.sentence")


def test_without_an_edition_a_section_that_nothing_fills_is_named_once(tmp_path: Path) -> None:
    built = build(tmp_path, {"id": "a/x"})
    assert built.table("lineage_basis").filter(section="growth")["label"].null_count() == 2
    drawn = draw(built)
    gap = drawn.pop("lineage-gaps")
    assert gap is not None
    assert "half-lives" in gap.reason  # pyright: ignore[reportAttributeAccessIssue]
    assert drawn["lineage-growth"] is drawn["lineage-hands"] is drawn["lineage-downloads"] is None


def test_a_finding_of_an_edition_begins_with_its_month() -> None:
    when = month(date(2024, 7, 11))
    assert facts.in_month("Of ten links, 70% keep it.", when) == "In July 2024, of ten links, 70% keep it."
    assert facts.in_month("116,490 derivatives have a date.", when).startswith("In July 2024, 116,490")
    assert facts.in_month("Meta has more.", when) == "In July 2024: Meta has more."
