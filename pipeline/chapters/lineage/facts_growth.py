"""What the chapter on lineage may quote of growth: the leading relations and countries, and the month with most."""

import itertools

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.facts import Facts, sentence
from pipeline.base.words import leads
from pipeline.chapters.lineage.missing import missing
from pipeline.chapters.lineage.schema import RELATION_WORDS, UNKNOWN_OWNER

FEW = 10
"""Years with fewer new derivatives have no leader, unless all have so few."""
TIED = "no one alone"
LONGEST_TITLE = 3
"""Spells of leadership that a title can hold."""


def growth_facts(monthly: pl.DataFrame, completeness: Completeness) -> Facts:
    """The leading relation by year, and the month with most new derivatives."""
    source, key = "data/out/lineage/growth_monthly.parquet", "anatomy.growth"
    if monthly.is_empty():
        return missing(key, "Growth by relation", source)
    kinds = monthly.filter(pl.col("relation") != "all").with_columns(
        name=pl.col("relation").replace_strict(RELATION_WORDS)
    )
    turns = _yearly_leaders(kinds, "month", "name")
    peak = monthly.filter(pl.col("relation") == "all").sort(["derivatives", "month"], descending=[True, False])
    total = int(peak["derivatives"].sum())
    parts = (
        kinds.group_by("name").agg(pl.col("derivatives").sum()).sort(["derivatives", "name"], descending=[True, False])
    )
    is_unstated = set(kinds.filter(pl.col("derivatives") > 0)["relation"]) == {"unspecified"}
    title = most_in(peak) if is_unstated else words.upper(_leading(turns))
    listed = words.listed([f"{words.number(count)} {name}" for name, count in parts.iter_rows() if count])
    listed = "none of them states its relation" if is_unstated else listed
    many = "One derivative has" if total == 1 else f"{words.number(total)} derivatives have"
    wording = (
        f"{many} a date: {listed}. Most came in {words.month(peak['month'][0])}, "
        f"{words.number(peak['derivatives'][0])} of them.{completeness.left_out('createdAt')}"
    )
    return {
        f"{key}.title": sentence(title, source),
        f"{key}.sentence": sentence(wording, source),
    }


def most_in(months: pl.DataFrame) -> str:
    """The month with most new derivatives, as a title. months: `month, derivatives`, most first."""
    month, most = months.select("month", "derivatives").row(0)
    others = "" if months.height == 1 else ", more than any other month"
    if months.filter(derivatives=most).height > 1:
        others = ", as many as another month"
    return f"{words.month(month)} brought {words.counted(most, 'new derivative')}{others}"


def country_facts(quarterly: pl.DataFrame) -> Facts:
    """Which country's models are built on most, by year, and how many parents have an unknown owner."""
    source, key = "data/out/lineage/growth_country.parquet", "anatomy.country"
    known = quarterly.filter(~pl.col("country").is_in([UNKNOWN_OWNER, "Unknown", "International"]))
    if known.is_empty():
        return missing(key, "Growth by country", source)
    turns = _yearly_leaders(known, "quarter", "country")
    sums = (
        quarterly.group_by("country")
        .agg(pl.col("derivatives").sum())
        .sort(["derivatives", "country"], descending=[True, False])
    )
    top = sums.filter(pl.col("country").is_in(known["country"].implode())).head(3)
    unknown = int(sums.filter(pl.col("country") == UNKNOWN_OWNER)["derivatives"].sum())
    listed = words.listed([f"{country} {words.number(count)}" for country, count in top.iter_rows()])
    whole = int(sums["derivatives"].sum())
    gap = (
        f" {words.number(unknown)}, {words.percent(unknown / whole)} of all, name a parent whose owner is not on the "
        "register. A repository with parents from two countries counts for both."
        if unknown
        else ""
    )
    return {
        f"{key}.title": sentence(f"Parents by country: {_leading(turns)}", source),
        f"{key}.sentence": sentence(f"By the country of the parent’s organisation: {listed}.{gap}", source),
    }


def _yearly_leaders(counts: pl.DataFrame, period: str, name: str) -> list[tuple[int, str]]:
    """(year, name with most), in order of years; a year in which two have as many has no leader."""
    yearly = (
        counts.group_by(pl.col(period).dt.year().alias("year"), name)
        .agg(pl.col("derivatives").sum())
        .filter(pl.col("derivatives") > 0)
        .with_columns(of=pl.col("derivatives").sum().over("year"), most=pl.col("derivatives").max().over("year"))
        .filter((pl.col("of") >= FEW) | (pl.col("of").max() < FEW))
        .filter(pl.col("derivatives") == pl.col("most"))
        .group_by("year")
        .agg(pl.col(name).first(), tied=pl.len() > 1)
        .with_columns(pl.when("tied").then(pl.lit(TIED)).otherwise(name).alias(name))
        .sort("year")
    )
    return list(yearly.select("year", name).iter_rows())


def _leading(turns: list[tuple[int, str]]) -> str:
    """Leaders and their years as a title; with many changes only the last two spells."""
    spells = [[year for year, _ in spell] for _, spell in itertools.groupby(turns, key=lambda turn: turn[1])]
    if len(spells) <= LONGEST_TITLE:
        return leads(turns)
    names = dict(turns)
    before, last = spells[-2:]
    when = f"in {before[0]}" if len(before) == 1 else f"from {before[0]} to {before[-1]}"
    return f"{names[before[0]]} led {when}, {names[last[0]]} since {last[0]}"
