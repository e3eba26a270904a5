"""Each earlier snapshot beside this one: repositories that are gone, counters that fell, dates that moved.

Of a large earlier snapshot its panel stands for all of it: one repository in so many, chosen by a hash of its id.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.chapters.methods.comparison import Row, absent, counted, dated, none_expected, row

Older = tuple[date, pl.LazyFrame, dict[str, Any]]
"""An earlier snapshot: its day, its panel, its provenance."""

ABOUT = ("earlier snapshot", "all repositories")
GONE, MOVED = "repositories gone", "creation dates that moved"
COUNTERS = {"downloadsAllTime": "downloads of all time that fell", "likes": "likes that fell"}
"""Counters that may only rise, and what is compared of them. Likes can be taken back: a fall is noted."""


def earlier(raw: pl.LazyFrame, older: list[Older], coverage: str) -> Iterable[Row]:
    """What fell, moved or went since each older snapshot."""
    if not older:
        for measure in (GONE, *COUNTERS.values(), MOVED):
            yield absent(*ABOUT, measure, "no earlier one stands beside it (snapshot.history)")
    for day, before, provenance in older:
        place = {
            "against": dated(provenance["source"], day),
            "source": f"{provenance['revision']}, sha256 {provenance['sha256'][:8]}",
        }
        found = _changes(before, raw)
        compared = [_gone(found, provenance["coverage"], coverage, place), *_fallen(found, place), _moved(found, place)]
        yield from (_of_panel(row, provenance["panel_one_in"]) for row in compared)


def _of_panel(row: Row, one_in: int) -> Row:
    """A comparison, with what share of the repositories it is made of."""
    if one_in == 1 or row["outcome"] == "not_in_this_snapshot":
        return row
    chosen = f"Compared is one repository in {words.number(one_in)}, chosen by a hash of its name."
    return row | {"finding": f"{row['finding']} {chosen}"}


def _changes(before: pl.LazyFrame, now: pl.LazyFrame) -> dict[str, int]:
    """Counts over the repositories of the earlier snapshot.

    `known` all, `gone`, `dated` in both, `moved` dates; by counter `<name>_both` and `<name>_fell`.
    """
    columns = ["id", "createdAt", *COUNTERS]
    both = (
        before.select(columns)
        .unique("id")
        .join(now.select(columns), on="id", how="left", suffix="_now", coalesce=False)
    )
    is_here = pl.col("id_now").is_not_null()
    in_both = {name: pl.col(name).is_not_null() & pl.col(f"{name}_now").is_not_null() for name in columns[1:]}
    has_moved = pl.col("createdAt").dt.date() != pl.col("createdAt_now").dt.date()
    summed = both.select(
        known=pl.len(),
        gone=is_here.not_().sum(),
        moved=(has_moved & is_here).sum(),
        dated=(is_here & in_both["createdAt"]).sum(),
        **{f"{name}_both": in_both[name].sum() for name in COUNTERS},
        **{f"{name}_fell": (pl.col(f"{name}_now") < pl.col(name)).sum() for name in COUNTERS},
    )
    return summed.collect(engine="streaming").row(0, named=True)


def _gone(found: dict[str, int], earlier: str, coverage: str, place: dict[str, Any]) -> Row:
    """Repositories that are gone; snapshots of two coverages (`earlier` and `coverage`) are not compared."""
    if earlier != coverage:
        return absent(*ABOUT, GONE, f"the earlier one is a {earlier}, this one a {coverage}", **place)
    share = words.percent(found["gone"] / found["known"]) if found["known"] else "none"
    finding = f"{counted(found['gone'], 'repository')} of {words.number(found['known'])} ({share})."
    return row(*ABOUT, GONE, finding, found=found["gone"], **place)


def _fallen(found: dict[str, int], place: dict[str, Any]) -> Iterable[Row]:
    for name, measure in COUNTERS.items():
        fell, in_both = found[f"{name}_fell"], found[f"{name}_both"]
        if not in_both:
            yield absent(*ABOUT, measure, "one of the two has no such counter", **place)
            continue
        finding = f"{counted(fell, 'repository')} of {words.number(in_both)} in both."
        compared = none_expected(*ABOUT, measure, finding, fell, **place)
        yield compared | ({"outcome": "noted"} if fell and name == "likes" else {})


def _moved(found: dict[str, int], place: dict[str, Any]) -> Row:
    if not found["dated"]:
        return absent(*ABOUT, MOVED, "one of the two has no dates", **place)
    in_both = words.number(found["known"] - found["gone"])
    finding = f"{counted(found['moved'], 'repository')} of {in_both} in both."
    return none_expected(*ABOUT, MOVED, finding, found["moved"], **place)
