"""What may be quoted of tasks, of who started and who stopped, and of what the register may lack."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.chapters.vendors.schema import ALL_COUNTRIES, GOING_ON, MANY_LIKES, STARTED, STOPPED, UNLISTED
from pipeline.chapters.vendors.wording import theirs

_TASKS = "data/out/vendors/vendor_tasks.parquet"
_GAPS = "data/out/vendors/vendor_gaps.parquet"
_ACTIVITY = "data/out/vendors/vendor_activity.parquet"


def task_facts(tasks: pl.DataFrame) -> Facts:
    """What else than text releases are for, by the two countries with most releases."""
    whole = tasks.filter(pl.col("country") != ALL_COUNTRIES).group_by("country").agg(pl.col("releases", "recent").sum())
    pair = whole.sort("releases", "country", descending=[True, False])["country"].head(2).to_list()
    if not pair:
        return {
            "vendors.tasks.title": sentence("The register has no release", _TASKS),
            "vendors.tasks.sentence": sentence("The register has no release.", _TASKS),
        }
    other = (
        tasks.filter(pl.col("modality") != "text")
        .group_by("country")
        .agg(pl.col("share", "recent_share").sum(), pl.col("recent").sum())
    )
    row = {line["country"]: line for line in other.iter_rows(named=True)}
    every = row[ALL_COUNTRIES]
    rows = tasks.filter(pl.col("country").is_in(pair), pl.col("modality") != "text")
    first = [
        rows.filter(pl.col("country") == country).sort("share", "modality", descending=[True, False]).row(0, named=True)
        for country in pair
    ]
    parts = [
        f"{line['modality']} in {words.country(line['country'])} ({words.percent(line['share'])})" for line in first
    ]
    if len({line["modality"] for line in first}) == 1:
        parts = [f"{first[0]['modality']} in both ({' and '.join(words.percent(line['share']) for line in first)})"]
    shares = [f"{words.percent(row[country]['share'])} of {theirs(country)} releases" for country in pair]
    title = words.upper(f"{words.listed(shares)} are for more than plain text")
    return {
        "vendors.tasks.title": sentence(title, _TASKS),
        "vendors.tasks.sentence": sentence(
            f"{words.listed(shares)} are for something else than plain text; the largest part of that is "
            f"{words.listed(parts)}. Among all makers the share is {words.percent(every['share'])} over all time and "
            f"{words.percent(every['recent_share'])} over the last twelve months.",
            _TASKS,
        ),
    }


def activity_facts(activity: pl.DataFrame, months: str, first_months: str) -> Facts:
    """Who started and who stopped; a maker with newer repositories in the snapshot has not."""
    by = {
        status: activity.filter(pl.col("status") == status).sort(
            "last_released", "organisation", descending=[True, False]
        )
        for status in (STARTED, STOPPED, GOING_ON, UNLISTED)
    }
    started, stopped, unlisted = (by[status]["organisation"].to_list() for status in (STARTED, STOPPED, UNLISTED))
    both = by[STOPPED].filter("is_new")["organisation"].to_list()
    n = activity.height
    recent = f"dated release in the last {months}"
    silent = (
        f"{words.listed(stopped)} {'have' if len(stopped) > 1 else 'has'} no {recent}"
        if stopped
        else f"No maker is without both a {recent} and a repository here from these months"
        if unlisted
        else f"Every maker has a {recent}"
    )
    new = (
        f"{words.listed(started)} made {'a' if len(started) == 1 else 'their'} first within {first_months}"
        if started
        else f"nobody made a first one within {first_months}"
    )
    some_both = f" {words.listed(both)} started and stopped within that time." if both else ""
    undated = int(activity["undated"].sum())
    some = "Nobody" if not stopped else words.word(len(stopped)).capitalize()
    return {
        "vendors.activity.stopped": fact(len(stopped), words.word(len(stopped)), _ACTIVITY, "organisations"),
        "vendors.activity.started": fact(len(started), words.word(len(started)), _ACTIVITY, "organisations"),
        "vendors.activity.going_on": fact(
            by[GOING_ON].height, words.number(by[GOING_ON].height), _ACTIVITY, "organisations"
        ),
        "vendors.activity.title": sentence(
            f"{some} of {words.number(n)} makers stopped, {words.word(len(started)) if started else 'none'} started",
            _ACTIVITY,
        ),
        "vendors.activity.sentence": sentence(f"{silent}; {new}.{some_both}", _ACTIVITY),
        "vendors.activity.caveat": sentence(
            f"The register is not complete{_against(by[UNLISTED], by[STOPPED], recent)} "
            f"{words.number(undated)} releases of the register have no date.",
            _ACTIVITY,
        ),
    }


def _against(unlisted: pl.DataFrame, stopped: pl.DataFrame, recent: str) -> str:
    """What the snapshot says of the makers without a recent release, as the end of a sentence."""
    if not unlisted.is_empty():
        names = unlisted["organisation"].to_list()
        its = "their" if len(names) > 1 else "its"
        return (
            f": it has no {recent} of {words.listed(names)}, but this snapshot has newer repositories of {its} own, so "
            f"{'they do' if len(names) > 1 else 'it does'} not count as stopped."
        )
    if stopped.is_empty():
        return "."
    if stopped["newest_repository"].is_null().all():
        return (
            "; this snapshot dates no repository of these makers, so it cannot tell whether those that stopped have "
            "newer ones."
        )
    return "; this snapshot has no repository from these months of those that stopped."


def gap_facts(gaps: pl.DataFrame, *, likes_known: bool = True) -> Facts:
    """How many much liked repositories of registered makers no release covers.

    likes_known: the snapshot has likes.
    """
    many = f"{words.number(MANY_LIKES)} likes"
    if not likes_known:
        some = "This snapshot has no likes, so it cannot tell which much liked repositories the releases lack."
    elif gaps.height:
        some = (
            f"{words.counted(gaps.height, 'repository')} of registered makers "
            f"{'has' if gaps.height == 1 else 'have'} more than {many} in this snapshot and no row among the releases."
        )
    else:
        some = (
            f"Every repository of a registered maker with more than {many} in this snapshot is among the releases, "
            "conversions and copies left out."
        )
    return {
        "vendors.gaps.sentence": sentence(some, _GAPS),
    }
