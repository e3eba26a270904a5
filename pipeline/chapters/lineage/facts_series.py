"""What the chapter on lineage may quote of series: how much is in them, for whom, when, and what is left without."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Fact, Facts, fact, sentence
from pipeline.base.lead import Lead
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.lineage.missing import missing
from pipeline.chapters.lineage.schema import ALL, RELATION_WORDS
from pipeline.hub.series import NUMBER

KEY = "anatomy.series"
_GROUPS = "data/out/lineage/series_groups.parquet"
STATED = tuple(name for name in RELATION_WORDS if name != "unspecified")
KINDS = 3
"""Kinds of digits that a sentence names."""
LEADING = 3
"""Bases whose part of all repositories in series is given."""


def series_facts(out: Tables, params: Params) -> Facts:
    """Every fact on series."""
    groups = out["series_groups"]
    least = {f"{KEY}.minimum": minimum(params)} | read_facts(out["register/series_read"])
    if groups.height and not groups["in_series"].sum():
        return least | no_series(groups)
    return (
        least
        | share_facts(groups, params.report.subject, params.report.reference)
        | month_facts(out["series_monthly"], params.report.subject, params.report.reference)
        | base_facts(out["series_bases"], groups)
        | largest_facts(out["series_largest"])
        | digit_facts(out["series_digits"])
    )


def no_series(groups: pl.DataFrame) -> Facts:
    """What is said where derivatives are known and none of them is in a series: the same of everything."""
    many = groups.filter(pl.col("group") == ALL)["derivatives"].item()
    none = f"None of {words.word(many)} direct {words.plural('derivative', many)} is in a series"
    facts: Facts = {}
    for key in (KEY, *(f"{KEY}_{part}" for part in ("months", "bases", "largest", "digits"))):
        facts |= {f"{key}.title": sentence(none, _GROUPS), f"{key}.sentence": sentence(f"{none}.", _GROUPS)}
    return facts


def minimum(params: Params) -> Fact:
    """How many repositories make a series."""
    least = params.series.minimum
    return fact(least, words.word(least), "params.yaml", "repositories")


def share_facts(groups: pl.DataFrame, subject: str, reference: str) -> Facts:
    """How much of all and of the two that are compared is in series, and their ratio with and without."""
    if groups.is_empty():
        return missing(KEY, "Series", _GROUPS)
    rows = {row["group"]: row for row in groups.iter_rows(named=True)}
    everyone = rows[ALL]
    share = words.percent(everyone["share"])
    many = everyone["in_series"]
    wording = (
        f"{words.number(many)} of {words.number(everyone['derivatives'])} direct derivatives ({share}) "
        f"are in {_series(everyone['series'])} of {_uploaders(everyone['uploaders'])}."
    )
    title = f"{share} of direct derivatives are in series"
    compared = [rows[name] for name in (subject, reference) if name in rows]
    if len(compared) == 2:
        first, second = sorted(compared, key=lambda row: row["share"], reverse=True)
        title = (
            f"{words.percent(first['share'])} of the derivatives of {first['group']} are in series, "
            f"{words.percent(second['share'])} of those of {second['group']}"
        )
        wording += f" {_with_and_without(*compared)}"
    return {f"{KEY}.title": sentence(title, _GROUPS), f"{KEY}.sentence": sentence(wording, _GROUPS)}


def _series(count: int) -> str:
    return f"{words.word(count)} series"


def _uploaders(count: int) -> str:
    return f"{words.word(count)} {words.plural('uploader', count)}"


def _with_and_without(subject: dict[str, int], reference: dict[str, int]) -> str:
    """Who has more with all derivatives, and without those in series."""
    named = [(str(row["group"]), row) for row in (subject, reference)]
    (first, one), (second, other) = named
    whole = Lead.of(first, one["derivatives"], second, other["derivatives"])
    without = Lead.of(first, one["derivatives"] - one["in_series"], second, other["derivatives"] - other["in_series"])
    parts = " and ".join(
        f"{words.number(row['in_series'])} of {name}’s {words.number(row['derivatives'])}" for name, row in named
    )
    return f"Series hold {parts}. With them, {whole.clause()}. Without them, {without.clause()} ({without.counts})."


def month_facts(monthly: pl.DataFrame, subject: str, reference: str) -> Facts:
    """The month with most repositories in series: of all, and of the two that are compared."""
    source, key = "data/out/lineage/series_monthly.parquet", f"{KEY}_months"
    peaks = {
        row["group"]: row
        for row in monthly.filter(pl.col("in_series") > 0)
        .sort("in_series", "month", descending=[True, False])
        .unique("group", keep="first", maintain_order=True)
        .iter_rows(named=True)
    }
    if ALL not in peaks:
        return missing(key, "Series by month", source)
    compared = [peaks[name] for name in (subject, reference) if name in peaks]
    foremost = max(compared, key=lambda row: row["in_series"], default=peaks[ALL])
    of_whom = "" if foremost["group"] == ALL else f" of {foremost['group']}"
    everyone = peaks[ALL]
    when = words.month(everyone["month"])
    wording = f"The month with most in series is {when}: {_of_month(everyone)} of all new derivatives."
    if compared:
        theirs = [f"{row['group']} had most in {words.month(row['month'])}, {_of_month(row)}" for row in compared]
        wording += f" {words.listed(theirs)}."
    return {
        f"{key}.title": sentence(
            f"In {words.month(foremost['month'])}, {_share(foremost)} of new derivatives{of_whom} were of a series",
            source,
        ),
        f"{key}.sentence": sentence(wording, source),
    }


def _share(row: dict[str, int]) -> str:
    return words.percent(row["in_series"] / row["derivatives"])


def _of_month(row: dict[str, int]) -> str:
    """`13% (2,306 of 17,575)`."""
    return f"{_share(row)} ({words.number(row['in_series'])} of {words.number(row['derivatives'])})"


def base_facts(bases: pl.DataFrame, groups: pl.DataFrame) -> Facts:
    """The base with most derivatives in series, and the part of the leading ones."""
    source, key = "data/out/lineage/series_bases.parquet", f"{KEY}_bases"
    if bases.is_empty():
        return missing(key, "Series by base", source)
    ranked = bases.sort("rank")
    row = ranked.row(0, named=True)
    whole = groups.filter(pl.col("group") == ALL)["in_series"].item()
    of_its_own = (
        "all" if row["in_series"] == row["derivatives"] else words.percent(row["in_series"] / row["derivatives"])
    )
    title = f"{of_its_own} of the derivatives of {row['id'].split('/')[-1]} are in series"
    wording = (
        f"The base with most of them is {row['id']}: {words.number(row['in_series'])} of its "
        f"{words.number(row['derivatives'])} direct derivatives are in {_series(row['series'])} of "
        f"{_uploaders(row['uploaders'])}."
    )
    if bases.height > LEADING:
        leading = ranked.head(LEADING)
        part = words.percent(int(leading["in_series"].sum()) / whole)
        wording += f" {words.listed(leading['id'].to_list())} together have {part} of what is in series."
    return {f"{key}.title": sentence(words.upper(title), source), f"{key}.sentence": sentence(wording, source)}


def largest_facts(largest: pl.DataFrame) -> Facts:
    """The largest series by name."""
    source, key = "data/out/lineage/series_largest.parquet", f"{KEY}_largest"
    if largest.is_empty():
        return missing(key, "The largest series", source)
    row = largest.sort("rank").row(0, named=True)
    kind = f", {RELATION_WORDS[row['relation']]}" if row["relation"] in STATED else ""
    wording = (
        f"The largest series, {row['name']}, has {words.number(row['repositories'])} repositories{kind}, on "
        f"{row['base']}{_created(row)}; one of them is {row['example']}."
    )
    return {
        f"{key}.title": sentence(
            f"One uploader has {words.number(row['repositories'])} repositories in one series", source
        ),
        f"{key}.sentence": sentence(wording, source),
    }


def digit_facts(by_digits: pl.DataFrame) -> Facts:
    """What the digits of series say, the most frequent first."""
    source, key = "data/out/lineage/series_digits.parquet", f"{KEY}_digits"
    if by_digits.is_empty():
        return {f"{key}.sentence": missing(key, "What the digits say", source)[f"{key}.sentence"]}
    known = by_digits.filter(pl.col("digits") != NUMBER).sort("repositories", "digits", descending=[True, False])
    named = [
        f"{words.upper(row['digits']) if row['digits'] == 'unix time' else row['digits']} "
        f"({words.number(row['repositories'])} repositories)"
        for row in known.head(KINDS).iter_rows(named=True)
    ]
    part = words.percent(int(known["series"].sum()) / int(by_digits["series"].sum()))
    wording = f"The names of {part} of series say what their digits are"
    wording += f": most often {words.listed(named)}." if named else "."
    return {f"{key}.sentence": sentence(wording, source)}


def read_facts(read: pl.DataFrame) -> Facts:
    """How many of the series that were drawn at random and read are what they seem."""
    source, key = "pipeline/register/hub/series_read.csv", f"{KEY}_read"
    counts = dict(read.group_by("judgement").agg(pl.col("series").sum()).iter_rows())
    drawn, real = sum(counts.values()), counts.get("as_it_seems", 0)
    unclear, by_hand = (words.word_or_none(counts.get(name, 0)) for name in ("either", "by_hand"))
    wording = (
        f"Of {words.word(drawn)} series drawn at random and read, {words.word(real)} are runs, checkpoints or "
        f"conversions of a script, {unclear} could be either, and {by_hand} were named by hand over weeks."
    )
    return {f"{key}.sentence": sentence(wording, source)}


def _created(row: dict[str, object]) -> str:
    """`, created from April to June 2024`, as far as it is known."""
    first, last = row["first_month"], row["last_month"]
    if first is None or last is None:
        return ""
    if first == last:
        return f", created in {words.month(first)}"  # type: ignore[arg-type]
    return f", created from {words.month(first)} to {words.month(last)}"  # type: ignore[arg-type]
