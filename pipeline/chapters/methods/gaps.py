"""What in a snapshot's dates is not people at work: series made by a machine, and holes in the file.

- *sudden jumps*: uploaders who made at least `JUMP` repositories in one month and `JUMP_TIMES` as many as in their
  average other month. They weigh on counts of repositories.
- *known gaps*: the times for which a data set is known to lack snapshots; in a census, days without any new repository
  and days from the last one to the snapshot's date, which show an incomplete or repeated file.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.chapters.methods.comparison import SHOWN, Row, absent, counted, none_expected, row

JUMP, JUMP_TIMES = 100, 10


def jumps(core: pl.LazyFrame) -> Iterable[Row]:
    """Uploaders with a month that is far from their others, the largest first, after how many they are."""
    every = ("sudden jumps", "all uploaders", "sudden jumps in one month")
    if core.select(pl.col("created_month").count()).collect().item() == 0:
        yield absent(*every, "it has no dates")
        return
    dated = core.select("author", "created_month").drop_nulls("created_month").collect()
    uploads = dated["author"].rle().struct.unnest().group_by(author="value").agg(pl.col("len").sum())  # a run an author
    busy = uploads.filter(pl.col("len") >= JUMP)["author"]
    monthly = (
        dated.lazy()
        .filter(pl.col("author").is_in(busy.implode()))
        .group_by("author", "created_month")
        .agg(made=pl.len().cast(pl.Int64))
    )
    months = pl.len().over("author")
    others = (pl.col("made").sum().over("author") - pl.col("made")) / (months - 1)
    found = (
        monthly.with_columns(others=pl.when(months > 1).then(others).otherwise(0.0))
        .filter(pl.col("made") >= JUMP, pl.col("made") >= JUMP_TIMES * pl.col("others"))
        .sort("made", "author", "created_month", descending=[True, False, False])
        .collect()
    )
    uploaders, repositories = found["author"].n_unique(), int(found["made"].sum())
    finding = (
        f"{counted(uploaders, 'uploader')} made {counted(repositories, 'repository')} in months of at least {JUMP} and "
        f"{JUMP_TIMES} times the average of their other months."
    )
    yield row(*every, finding, found=uploaders)
    for author, month, made, other in found.head(SHOWN).iter_rows():
        when, average = words.month(month), round(other, 1)
        yield row(
            "sudden jumps",
            author,
            "repositories in one month",
            f"{words.number(made)} in {when}; {words.number(average)} in the average other month.",
            against=when,
            expected=average,
            found=made,
        )


def gaps(
    known: pl.DataFrame, provenance: dict[str, Any], raw: pl.LazyFrame, day: date, *, census: bool
) -> Iterable[Row]:
    """Gaps of the data set that the register knows (`snapshot_gaps`), and what the snapshot's dates show of one."""
    for gap in known.sort("dataset", "first").iter_rows(named=True):
        spell = words.day(gap["first"]) + ("" if gap["first"] == gap["last"] else f" to {words.day(gap['last'])}")
        place: dict[str, Any] = {"against": spell, "source": gap["source"]}
        about = ("known gaps", gap["dataset"], f"missing: {gap['what']}")
        if provenance.get("repository") != gap["dataset"]:
            yield absent(*about, "it is not from this data set", **place)
        elif gap["first"] <= day <= gap["last"]:
            yield row(*about, "This snapshot is from that time: its rows may be a part.", outcome="differs", **place)
        else:
            yield row(*about, "This snapshot is of another time.", outcome="agrees", **place)
    yield from _days_without(raw, provenance, day, census=census)


def _days_without(raw: pl.LazyFrame, provenance: dict[str, Any], day: date, *, census: bool) -> Iterable[Row]:
    """Days of the last year without a new repository, and days since the last one."""
    about = ("known gaps", "this snapshot")
    to_last, without = "days to the last new repository", "days of the last year without a new repository"
    if not census:
        for measure in (to_last, without):
            yield absent(*about, measure, f"a {provenance['coverage']} does not hold every new repository")
        return
    created = pl.col("createdAt").dt.date()
    year = raw.select(created=created).filter(pl.col("created").is_between(day - timedelta(days=364), day))
    first, last, days = (
        year.select(first=pl.col("created").min(), last=pl.col("created").max(), days=pl.col("created").n_unique())
        .collect(engine="streaming")
        .row(0)
    )
    if last is None:
        for measure in (to_last, without):
            yield absent(*about, measure, "it has no dates")
        return
    stale = (day - last).days
    finding = f"The last new repository is of {words.day(last)}, {counted(stale, 'day')} before the snapshot's date."
    outcome = "agrees" if stale <= 1 else "differs"
    yield row(*about, to_last, finding, expected=0.0, found=stale, outcome=outcome)
    spell = (last - first).days + 1
    empty = spell - days
    finding = f"{counted(empty, 'day')} of {words.number(spell)} without any; the Hub has thousands on each."
    yield none_expected(*about, without, finding, empty)
