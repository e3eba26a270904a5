"""What is said of the snapshots of several days: how they follow each other, and how counts grew from one to the next.

There is nothing to say where the newest snapshot stands alone. Sentences turn with the numbers; a group that loses
repositories, since the Hub deletes and hides some, is said to lose them.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.counting.schema import WHOLE

_NAMES = ("counts_by_day", "bases_by_day", "known_days")
COUNTS, BASES, DAYS = (f"data/out/derivatives/{name}.parquet" for name in _NAMES)


def day_facts(tables: Mapping[str, pl.DataFrame], subject: str, reference: str) -> Facts:
    """Facts of the days that stand beside the newest, none where it stands alone."""
    counts, bases, days = (tables[name] for name in ("counts_by_day", "bases_by_day", "known_days"))
    if counts["date"].n_unique() < 2:
        return {}
    pair = (subject, reference)
    return {
        "by_day.days": sentence(_days(counts, days), DAYS),
        "by_day.growth.title": sentence(_growth(counts, pair), COUNTS),
        "by_day.growth.sentence": sentence(_relations(counts, pair), COUNTS),
        **_ratio(counts, pair),
        "by_day.bases.title": sentence(_bases(bases, pair), BASES),
        "by_day.bases.sentence": sentence(_series(counts, pair), COUNTS),
        "by_day.dates": fact(counts["date"].n_unique(), words.word(counts["date"].n_unique()), COUNTS, "dates"),
    }


def ratios(counts: pl.DataFrame, pair: tuple[str, str]) -> pl.DataFrame:
    """`date, derivatives, series_once`: derivatives of the first group to one of the second; days with both alone."""
    wide = counts.filter(pl.col("group").is_in(pair), relation=WHOLE).select(
        "date", "group", "derivatives", "series_once"
    )
    first, second = (wide.filter(group=group).drop("group") for group in pair)
    both = first.join(second, on="date", suffix="_second").filter(
        pl.col("derivatives") > 0, pl.col("derivatives_second") > 0
    )
    names = ("derivatives", "series_once")
    return both.select("date", *(pl.col(name) / pl.col(f"{name}_second") for name in names)).sort("date")


def _ends(counts: pl.DataFrame) -> tuple[date, date]:
    dates = counts["date"].unique().sort()
    return dates[0], dates[-1]


def _at(counts: pl.DataFrame, day: date, group: str, relation: str = WHOLE, column: str = "derivatives") -> int:
    return int(counts.filter(date=day, group=group, relation=relation)[column].sum())


def _days(counts: pl.DataFrame, days: pl.DataFrame) -> str:
    """How many snapshots there are, how far they lie apart, and which were left out."""
    dates = counts["date"].unique().sort()
    first, last = dates[0], dates[-1]
    apart = dates.diff().dt.total_days().drop_nulls()
    text = (
        f"{words.upper(words.word(dates.len()))} snapshots stand beside each other, {words.day(first)} to "
        f"{words.day(last)}, at most {words.counted(int(apart.max()), 'day')} apart."  # type: ignore[arg-type]
    )
    repeated = days.filter("is_repeated").height
    if repeated:
        verb = "repeats an earlier file and is" if repeated == 1 else "repeat an earlier file and are"
        text += f" {words.upper(words.word(repeated))} more {verb} left out."
    return text + _falls(counts)


FALL = 0.1
"""Share of what is declared on the whole Hub that no day loses: where one does, its file is not as the others are."""


def _falls(counts: pl.DataFrame) -> str:
    """Which days declare far less than the day before: a column of their file may have changed."""
    declared = counts.filter(grouping="hub", relation=WHOLE).sort("date")
    lost = 1 - pl.col("derivatives") / pl.col("derivatives").shift(1)
    days = [words.day(day) for day in declared.filter(lost > FALL)["date"]]
    if not days:
        return ""
    return f" Far less is declared on {words.listed(days)} than on the day before: compare what the files have."


def _growth(counts: pl.DataFrame, pair: tuple[str, str]) -> str:
    first, last = _ends(counts)
    changes = {group: _at(counts, last, group) - _at(counts, first, group) for group in pair}
    (one, most), (other, least) = sorted(changes.items(), key=lambda item: (-item[1], pair.index(item[0])))
    span = f"From {_named(first, last, first)} to {_named(first, last, last)}"
    if least > 0:
        return f"{span}, {one} gained {words.counted(most, 'derivative')}, {other} {words.number(least)}"
    return f"{span}, {one} {_moved(most)}, {other} {_moved(least)}"


def _named(first: date, last: date, day: date) -> str:
    """One of two days: its month, or the day itself where both are of one month."""
    return words.day(day) if (first.year, first.month) == (last.year, last.month) else words.month(day)


def _when(first: date, last: date, day: date) -> str:
    """The same as a phrase: `in July 2024`, `on 4 July 2024`."""
    named = _named(first, last, day)
    return f"on {named}" if named == words.day(day) else f"in {named}"


def _moved(change: int) -> str:
    if not change:
        return "gained no derivatives"
    return f"{'gained' if change > 0 else 'lost'} {words.counted(abs(change), 'derivative')}"


RELATIONS = {
    "finetune": "fine-tunes",
    "adapter": "adapters",
    "quantized": "quantizations",
    "merge": "merges",
    "unspecified": "links without a relation",
}
"""Relations that are drawn, as readers call them."""


def _relations(counts: pl.DataFrame, pair: tuple[str, str]) -> str:
    """Of each group, the relation that grew most."""
    first, last = _ends(counts)
    parts = []
    for group in pair:
        grown = {name: _at(counts, last, group, name) - _at(counts, first, group, name) for name in RELATIONS}
        most = max(grown, key=lambda name: grown[name])
        if grown[most] > 0:
            parts.append(
                f"{group} grew most in {RELATIONS[most]}, from {words.number(_at(counts, first, group, most))} to "
                f"{words.number(_at(counts, last, group, most))}"
            )
    grew = f"{'; '.join(parts)}." if parts else f"No relation of {words.either(list(pair))} grew."
    every = [words.number(_at(counts.filter(grouping="hub"), day, WHOLE)) for day in (first, last)]
    return f"{grew} On the whole Hub, {every[0]} repositories declared a base on the first day, {every[1]} on the last."


def _ratio(counts: pl.DataFrame, pair: tuple[str, str]) -> Facts:
    """The ratio on the first and on the last day that have one; none where there is no such day, or one alone."""
    found = ratios(counts, pair)
    if found.height < 2:
        return {}
    (first, then, then_once), (last, now, now_once) = found.row(0), found.row(-1)
    start, end = (_when(first, last, day) for day in (first, last))
    title = f"{words.upper(start)}, {_then_and_now(then, now, end, pair)}"
    once = _then_and_now(then_once, now_once, "on the last", pair)
    return {
        "by_day.ratio.title": sentence(title, COUNTS),
        "by_day.ratio.sentence": sentence(f"On the first day, where a series counts as one, {once}.", COUNTS),
    }


def _then_and_now(then: float, now: float, later: str, pair: tuple[str, str]) -> str:
    """Two ratios of the first to the second, each said of the one that is ahead; later: when the second one is."""
    turned = (then >= 1) != (now >= 1)
    ahead, behind = pair if then >= 1 else pair[::-1]
    times = f"{ahead} had {_times(then)} times {behind}’s derivatives, {later}"
    return f"{times} {behind} had {_times(now)} times {ahead}’s" if turned else f"{times} {_times(now)} times"


def _times(ratio: float) -> str:
    return words.times(max(ratio, 1 / ratio))


def top(bases: pl.DataFrame) -> pl.DataFrame:
    """`date, group, share`: the share of links that lead to the bases listed."""
    return bases.group_by("date", "group").agg(pl.col("share").sum().clip(0, 1)).sort("date", "group")


def _bases(bases: pl.DataFrame, pair: tuple[str, str]) -> str:
    """The share of the largest bases on the last day."""
    if bases.is_empty():
        return "Nothing is declared of either"
    shares = top(bases)
    last = shares["date"].max()
    parts = []
    for group in pair:
        found = shares.filter(date=last, group=group)["share"]
        if found.len():
            parts.append(f"{words.percent(found.item())} of {group}’s")
    if not parts:
        return "Nothing is declared of either"
    most = words.word(int(bases["rank"].max()))  # type: ignore[arg-type]
    return f"The {most} largest bases carry {words.listed(parts)} declared links"


def _series(counts: pl.DataFrame, pair: tuple[str, str]) -> str:
    """Which share of each group's derivatives is in series, on the last day."""
    _, last = _ends(counts)
    parts = []
    for group in pair:
        every = _at(counts, last, group)
        if every:
            share = words.percent(_at(counts, last, group, column="in_series") / every)
            parts.append(f"{share} of {group}’s{'' if parts else ' derivatives'}")
    return f"On the last day, {words.listed(parts)} are in series." if parts else "Neither has a derivative."
