"""What the chapter on makers may quote: numbers and sentences of the tables of stage `vendors`.

Every direction word is computed. Where the snapshot lacks a kind of tag, the sentence says so.
"""

from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.vendors.facts_hubs import hub_facts
from pipeline.chapters.vendors.facts_licences import pair_facts
from pipeline.chapters.vendors.schema import (
    ALL,
    ALL_COUNTRIES,
    ANY,
    GOING_ON,
    MAKER,
    MANY_LIKES,
    OTHERS,
    SEVERAL,
    STARTED,
    STOPPED,
    UNKNOWN_OWNER,
    UNLISTED,
)

_LICENCES, _MOVES = "data/out/vendors/vendor_licences.parquet", "data/out/vendors/vendor_licence_moves.parquet"
_FORMATS, _TAGS = "data/out/vendors/vendor_formats.parquet", "data/out/vendors/vendor_tags.parquet"
_LANGUAGES, _TASKS = "data/out/vendors/vendor_languages.parquet", "data/out/vendors/vendor_tasks.parquet"
_GAPS = "data/out/vendors/vendor_gaps.parquet"
_ACTIVITY, _DOWNLOADS = "data/out/vendors/vendor_activity.parquet", "data/out/vendors/vendor_downloads.parquet"

FEW = 5
"""Releases below which a share is not quoted."""
NAMED = 3
"""Organisations named in a sentence."""
ENOUGH = 20
"""Releases of all makers in a half-year below which its share is not compared."""
COMMON = 0.5
"""A language that at least so many of the repositories name is common."""


FORMAT_NAMES = {"bits": "a number of bits (4bit)", "int": "integers (Int4)", "16 bits": "16 bits (bf16)"}
"""Formats of the register whose names say little by themselves."""


def format_name(name: str) -> str:
    """A format as a reader meets it."""
    return FORMAT_NAMES.get(name, name)


def facts(out: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    coverage = out.snapshot["coverage"]
    settings = params.vendors
    months = f"{words.word(settings.stopped_months)} months"
    first = f"{words.word(settings.started_months)} months"
    facts: Facts = {
        "vendors.stopped_months": fact(settings.stopped_months, months, "params.yaml", "months"),
        "vendors.started_months": fact(settings.started_months, first, "params.yaml", "months"),
        "vendors.formats_days": fact(
            settings.formats_days, f"{words.word(settings.formats_days)} days", "params.yaml", "days"
        ),
    }
    facts |= licence_facts(out["vendor_licences"]) | move_facts(out["vendor_licence_moves"])
    facts |= format_facts(out["vendor_formats"], coverage) | paper_facts(out["vendor_tags"])
    facts |= language_facts(out["vendor_languages"], out["vendor_tags"]) | region_facts(out["vendor_tags"])
    facts |= task_facts(out["vendor_tasks"]) | activity_facts(out["vendor_activity"], months, first)
    facts |= gap_facts(out["vendor_gaps"], likes_known=out.completeness.has("likes"))
    facts |= pair_facts(out["vendor_licences"], out["register/families"], params.report)
    facts |= hub_facts(out["vendor_hubs"], out["register/modelscope"], params.report)
    return facts | download_facts(out["vendor_downloads"], out["relations"], params, coverage)


def _rose(before: float, after: float) -> str:
    return {1: "rose", -1: "fell", 0: "stayed"}[-words.order(before, after)]


def _theirs(country: str) -> str:
    """`China’s`, `the United States’`."""
    name = words.country(country)
    return f"{name}’" if name.endswith("s") else f"{name}’s"


# ---------------------------------------------------------------------------------------- licences


def licence_facts(licences: pl.DataFrame) -> Facts:
    """How the share under permissive licences moved, over all makers."""
    known = (pl.col("releases") - pl.col("not_known")) >= ENOUGH
    everyone = licences.filter(pl.col("group_kind") == "country", pl.col("group") == ALL_COUNTRIES)
    whole = everyone.filter(~pl.col("is_partial"), known).sort("period")
    unknown, dated = int(everyone["not_known"].sum()), int(everyone["releases"].sum())
    left_out = (
        f"Of {words.number(dated)} dated releases, {words.number(unknown)} have no known licence and are left out."
    )
    facts: Facts = {
        "vendors.licence.unknown": sentence(left_out, _LICENCES),
    }
    if whole.height < 2:
        gap = "Too few dated releases have a known licence to compare half-years."
        return facts | {f"vendors.licence.{key}": sentence(gap, _LICENCES) for key in ("title", "sentence")}
    first, last = whole.row(0, named=True), whole.row(-1, named=True)
    lowest = whole.sort("share_permissive", "period").row(0, named=True)
    least = (
        ""
        if lowest == first
        else f" It was lowest in the {_half(lowest['period'])}, at {words.percent(lowest['share_permissive'])}."
    )
    unfinished = "".join(
        f" So far, the {_half(row['period'])} stands at {words.percent(row['share_permissive'])}."
        for row in everyone.filter("is_partial", known).iter_rows(named=True)
    )
    a, b = first["share_permissive"], last["share_permissive"]
    moved = _rose(a, b)
    how = "as large as" if moved == "stayed" else f"{words.percent(b)}, after {words.percent(a)} in"
    return facts | {
        "vendors.licence.title": sentence(
            f"The share of permissive licences {moved} from {words.percent(a)} to {words.percent(b)} of all countries’ "
            "releases"
            if moved != "stayed"
            else f"The share of permissive licences stayed near {words.percent(b)} of releases",
            _LICENCES,
        ),
        "vendors.licence.sentence": sentence(
            f"In the {_half(last['period'])} the share was {how} the {_half(first['period'])}.{least}{unfinished}",
            _LICENCES,
        ),
    }


def _half(period: date) -> str:
    return f"{'first' if period.month == 1 else 'second'} half of {period.year}"


def move_facts(moves: pl.DataFrame) -> Facts:
    """The last twelve months beside all before: by country for the title, by organisation for the figure."""
    granted = [
        (pl.col(f"{when}_permissive").fill_null(0) * pl.col(when)).round().cast(pl.Int64).alias(f"{when}_open")
        for when in ("before", "recent")
    ]
    counted = moves.with_columns(granted)
    countries = (
        counted.group_by("country")
        .agg(pl.col("recent", "recent_open").sum())
        .filter(pl.col("recent") >= FEW)
        .sort("recent", "country", descending=[True, False])
        .head(2)
        .with_columns(share=pl.col("recent_open") / pl.col("recent"))
        .sort("share", "country", descending=[True, False])
    )
    both = moves.filter(pl.col("before") >= FEW, pl.col("recent") >= FEW).with_columns(
        change=pl.col("recent_permissive") - pl.col("before_permissive")
    )
    if countries.is_empty():
        few = "Too few releases of the last year have a known licence"
        titles = {key: sentence(few, _MOVES) for key in ("vendors.title", "vendors.moves.title")}
        return titles | {key: sentence(f"{few}.", _MOVES) for key in ("vendors.sentence", "vendors.moves.sentence")}
    shares = [f"{words.percent(row['share'])} of {_theirs(row['country'])}" for row in countries.iter_rows(named=True)]
    counts = [
        f"{words.number(row['recent_open'])} of {words.number(row['recent'])} in {words.country(row['country'])}"
        for row in countries.iter_rows(named=True)
    ]
    up = both.filter(pl.col("change") > words.EVEN).sort("change", "organisation", descending=[True, False])
    down = both.filter(pl.col("change") < -words.EVEN).sort("change", "organisation")
    same = both.height - up.height - down.height
    return {
        "vendors.title": sentence(
            f"{' and '.join(shares)} releases of the last year are permissively licensed", _MOVES
        ),
        "vendors.sentence": sentence(
            f"Among releases of the last twelve months whose licence is known, that is {words.listed(counts)}.", _MOVES
        ),
        "vendors.moves.title": sentence(_moves_title(up.height, down.height), _MOVES),
        "vendors.moves.sentence": sentence(
            f"Of {words.word(both.height)} {words.plural('maker', both.height)} with at least {words.word(FEW)} such "
            f"releases before and since, {_many(up.height)} became more permissive{_most(up)}, "
            f"{_many(down.height)} less{_most(down)}, and {_many(same)} stayed within {100 * words.EVEN:.0f} points.",
            _MOVES,
        ),
    }


def _many(count: int) -> str:
    return words.word(count) if count else "none"


def _moves_title(up: int, down: int) -> str:
    if not up and not down:
        return "No maker became more or less permissive in a year"
    if up == down:
        return f"As many makers became more permissive as less: {words.word(up)} each"
    more, less = (up, down) if up > down else (down, up)
    how = ("more", "less") if up > down else ("less", "more")
    many = "maker" if more == 1 else "makers"
    return f"{words.word(more).capitalize()} {many} became {how[0]} permissive in a year, {_many(less)} {how[1]}"


def _most(rows: pl.DataFrame) -> str:
    """` (most of all Z.ai, from 10% to 95%)`, of one row without `most of all`."""
    if rows.is_empty():
        return ""
    row = rows.row(0, named=True)
    before, after = words.percent(row["before_permissive"]), words.percent(row["recent_permissive"])
    return f" ({'most of all ' if rows.height > 1 else ''}{row['organisation']}, from {before} to {after})"


# ----------------------------------------------------------------------------------------- formats


def format_facts(formats: pl.DataFrame, coverage: str) -> Facts:
    """What comes out with a release: by the makers themselves, by others, and how sure that is."""
    everyone = formats.filter(pl.col("group") == ALL)
    if everyone.is_empty():
        gap = "No dated release of the register is old enough to tell"
        return {"vendors.formats.title": sentence(gap, _FORMATS)} | {
            f"vendors.formats.{key}": sentence(f"{gap}.", _FORMATS) for key in ("sentence", "makers", "undated")
        }
    total = {row["shipped_by"]: row for row in everyone.filter(pl.col("format") == ANY).iter_rows(named=True)}
    maker, others = total[MAKER], total[OTHERS]
    n = maker["releases"]
    shares = {key: row["releases_in_time"] / n for key, row in total.items()}
    least = "at least " if others["undated"] else ""
    lead = words.order(shares[MAKER], shares[OTHERS])
    title = {
        1: "Makers convert their own releases in time more often than others do",
        -1: "Others convert new releases in time more often than their makers do",
        0: "Makers and others convert about as many new releases in time",
    }[lead]
    if coverage != "census":
        title = f"In this {coverage}, {title[:1].lower()}{title[1:]}"
        if max(row["releases_in_time"] for row in total.values()) < ENOUGH:
            title = f"Too few conversions are in this {coverage} to tell who ships them in time"
    by_format = everyone.filter(pl.col("format") != ANY, pl.col("releases_in_time") > 0)
    leading = {
        who: by_format.filter(pl.col("shipped_by") == who)
        .sort("releases_in_time", "format", descending=[True, False])["format"]
        .head(NAMED)
        .to_list()
        for who in (MAKER, OTHERS)
    }
    most = [
        f"{who} {words.listed([format_name(name) for name in names])}"
        for who, names in _leading_names(leading).items()
        if names
    ]
    undated, found = (int(maker[key] + others[key]) for key in ("undated", "conversions"))
    if found and undated == found:
        return _undated_formats(n, found, maker["releases_ever"] / n, others["releases_ever"] / n)
    return {
        "vendors.formats.n": fact(n, words.number(n), _FORMATS, "releases"),
        "vendors.formats.maker": fact(shares[MAKER], words.percent(shares[MAKER]), _FORMATS, "share of releases"),
        "vendors.formats.others": fact(shares[OTHERS], words.percent(shares[OTHERS]), _FORMATS, "share of releases"),
        "vendors.formats.title": sentence(title, _FORMATS),
        "vendors.formats.sentence": sentence(
            f"Of {words.number(n)} releases dated early enough to tell, {words.percent(shares[MAKER])} had a "
            f"conversion by their own maker in time and {least}{words.percent(shares[OTHERS])} one by others; by now "
            f"it is {words.percent(maker['releases_ever'] / n)} and {words.percent(others['releases_ever'] / n)}."
            + (f" Most often {'; '.join(most)}." if most else ""),
            _FORMATS,
        ),
        "vendors.formats.makers": sentence(_own_formats(formats), _FORMATS),
        "vendors.formats.undated": sentence(_bound(undated, found, coverage), _FORMATS),
    }


def _undated_formats(n: int, found: int, by_makers: float, by_others: float) -> Facts:
    """What is known of conversions none of which is dated: that they are there, not when they came."""
    gap = f"None of {words.number(found)} conversions has a date in this snapshot"
    return {
        "vendors.formats.n": fact(n, words.number(n), _FORMATS, "releases"),
        "vendors.formats.maker": fact(None, "", _FORMATS, "share of releases"),
        "vendors.formats.others": fact(None, "", _FORMATS, "share of releases"),
        "vendors.formats.title": sentence("This snapshot cannot show who ships conversions in time", _FORMATS),
        "vendors.formats.sentence": sentence(
            f"Of {words.number(n)} dated releases, {words.percent(by_makers)} have a conversion by their own maker and "
            f"{words.percent(by_others)} one by others, whenever it came.",
            _FORMATS,
        ),
        "vendors.formats.makers": sentence("It cannot show which makers convert in time.", _FORMATS),
        "vendors.formats.undated": sentence(f"{gap}.", _FORMATS),
    }


def _bound(undated: int, found: int, coverage: str) -> str:
    """Why a share may be too low."""
    dated = (
        f"{words.number(undated)} of {words.number(found)} conversions have no date in this snapshot"
        if undated
        else f"All {words.number(found)} conversions found here are dated"
    )
    if coverage != "census":
        return f"{dated}, and a {coverage} lacks many conversions, makers’ own among them: shares are lower bounds."
    return f"{dated}, so shares in time are lower bounds." if undated else f"{dated}."


def _leading_names(leading: dict[str, list[str]]) -> dict[str, list[str]]:
    return {"makers ship": leading[MAKER], "others": leading[OTHERS]}


def _own_formats(formats: pl.DataFrame) -> str:
    """Makers that convert most of their own releases in time."""
    own = (
        formats.filter(
            pl.col("shipped_by") == MAKER, pl.col("format") == ANY, pl.col("group") != ALL, pl.col("releases") >= FEW
        )
        .with_columns(share=pl.col("releases_in_time") / pl.col("releases"))
        .sort("share", "group", descending=[True, False])
    )
    some = own.filter(pl.col("releases_in_time") > 0)
    if some.is_empty():
        return "No maker is known here to have converted a release of its own in time."
    first = [
        f"{row['group']} ({words.percent(row['share'])} of {words.number(row['releases'])})"
        for row in some.head(NAMED).iter_rows(named=True)
    ]
    verb = "do so" if len(first) > 1 else "does so"
    return (
        f"{words.listed(first)} {verb} most often; {words.word(own.height - some.height)} of "
        f"{words.number(own.height)} makers with at least {words.word(FEW)} releases never do, as far as is known here."
    )


# -------------------------------------------------------------------------------------------- tags


def _tagged(tags: pl.DataFrame, column: str) -> tuple[int, int] | None:
    """Repositories with a kind of tag, and all of them; None where the snapshot lacks the kind."""
    known = tags.drop_nulls(column)
    return None if known.is_empty() else (int(known[column].sum()), int(known["repositories"].sum()))


def paper_facts(tags: pl.DataFrame) -> Facts:
    """Who links papers."""
    counted = _tagged(tags, "with_paper")
    if counted is None:
        why = f"Links to papers are {words.NOT_HERE}: no registered maker’s repository has an arxiv tag in it."
        return {
            "vendors.papers.title": sentence("Who links papers is not known here", _TAGS),
            "vendors.papers.sentence": sentence(why, _TAGS),
        }
    linked, repositories = counted
    share = linked / repositories
    ranked = (
        tags.filter(pl.col("repositories") >= FEW)
        .with_columns(share=pl.col("with_paper") / pl.col("repositories"))
        .sort("share", "organisation", descending=[True, False])
    )
    most = [
        f"{row['organisation']} ({words.percent(row['share'])})" for row in ranked.head(NAMED).iter_rows(named=True)
    ]
    more = "half" if words.percent(share) == "50%" else "most" if share > 0.5 else "fewer than half"
    return {
        "vendors.papers.title": sentence(
            f"Makers link a paper on {more} of their repositories: {words.percent(share)}", _TAGS
        ),
        "vendors.papers.sentence": sentence(
            f"{words.number(linked)} of {words.number(repositories)} repositories of registered makers link a paper"
            + (f", most often those of {words.listed(most)}." if most else "."),
            _TAGS,
        ),
    }


def language_facts(languages: pl.DataFrame, tags: pl.DataFrame) -> Facts:
    """Which languages makers name, and by country."""
    counted = _tagged(tags, "with_language")
    if counted is None or languages.is_empty():
        why = f"Languages are {words.NOT_HERE}: no registered maker’s repository names one in its tags."
        return {
            "vendors.languages.title": sentence("Which languages makers name is not known here", _LANGUAGES),
            "vendors.languages.sentence": sentence(why, _LANGUAGES),
        }
    named, repositories = counted
    everywhere = languages.filter(pl.col("country") == ALL_COUNTRIES).sort(
        "share", "language", descending=[True, False]
    )
    first = everywhere.row(0, named=True)
    common = everywhere.filter(pl.col("share") >= COMMON)["name"].to_list()
    rest = everywhere.filter(~pl.col("name").is_in([first["name"]])).head(NAMED)
    parts = [f"{row['name']} {words.percent(row['share'])}" for row in rest.iter_rows(named=True)]
    wide = tags.sort("languages", "organisation", descending=[True, False], nulls_last=True).row(0, named=True)
    title = (
        f"Only {common[0]} is named by most repositories that name a language"
        if len(common) == 1
        else f"{words.listed(common)} are each named by most repositories that name a language"
        if common
        else "No language is named by most repositories that name any"
    )
    return {
        "vendors.languages.title": sentence(title, _LANGUAGES),
        "vendors.languages.sentence": sentence(
            f"{words.number(named)} of {words.number(repositories)} repositories of registered makers name a language: "
            f"{first['name']} {words.percent(first['share'])} of these"
            + (f", {words.listed(parts)}" if parts else "")
            + f". {wide['organisation']} names the most languages, {words.number(wide['languages'])}.",
            _LANGUAGES,
        ),
    }


def region_facts(tags: pl.DataFrame) -> Facts:
    """What the `region:` tag is worth."""
    counted = _tagged(tags, "with_region")
    if counted is None:
        return {"vendors.region": sentence(f"Tags of a storage region are {words.NOT_HERE}.", _TAGS)}
    with_region, us = int(tags["with_region"].sum()), int(tags["region_us"].sum())
    return {
        "vendors.region": sentence(
            f"The Hub’s region tag does not help: {words.percent(us / with_region)} of "
            f"{words.number(with_region)} tagged repositories of makers from everywhere say us, which is where the "
            "files are stored.",
            _TAGS,
        )
    }


# ------------------------------------------------------------------------------- tasks and activity


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
    shares = [f"{words.percent(row[country]['share'])} of {_theirs(country)} releases" for country in pair]
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


# --------------------------------------------------------------------------------------- downloads


def download_facts(downloads: pl.DataFrame, relations: pl.DataFrame, params: Params, coverage: str) -> Facts:
    """Shares of downloads by country, by both rules, and the subject's where that is a family."""
    where = "the Hub’s downloads" if coverage == "census" else f"the downloads in this {coverage}"
    declared = int(relations["models"].sum()) > 0
    by_owner = _shares(downloads, "owner", "country")
    by_root = _shares(downloads, "root", "country")
    named = [country for country in by_owner if country not in (UNKNOWN_OWNER, SEVERAL)][:2]
    facts: Facts = {"vendors.downloads.where": sentence(where, _DOWNLOADS)}
    total = int(_rows(downloads, "owner", "country")["downloads"].sum())
    if not named or not total:
        gap = f"Downloads by country are {words.NOT_HERE}"
        return facts | {
            "vendors.downloads.title": sentence(gap, _DOWNLOADS),
            "vendors.downloads.sentence": sentence(f"{gap}.", _DOWNLOADS),
            "vendors.downloads.family": sentence(f"{gap}.", _DOWNLOADS),
        }
    parts = [f"{words.percent(by_owner[country])} are of makers in {words.country(country)}" for country in named]
    unknown = by_owner.get(UNKNOWN_OWNER, 0.0)
    rooted = (
        "Counted for the makers of their roots, "
        + words.listed([f"{words.percent(by_root.get(country, 0.0))} are {_theirs(country)}" for country in named])
        + "."
        if declared
        else f"How derivatives would move this is {words.NOT_HERE}: it declares no parents."
    )
    most = f"Makers in {words.country(named[0])} have {words.percent(by_owner[named[0]])} of {where}"
    rest = "".join(f", those in {words.country(country)} {words.percent(by_owner[country])}" for country in named[1:])
    return facts | {
        "vendors.downloads.title": sentence(f"{most}{rest}", _DOWNLOADS),
        "vendors.downloads.sentence": sentence(
            f"Of {where}, {words.listed(parts)}; {words.percent(unknown)} are of owners that the register lacks. "
            f"{rooted}",
            _DOWNLOADS,
        ),
        "vendors.downloads.family": sentence(_family(downloads, params, where, declared=declared), _DOWNLOADS),
    }


def _rows(downloads: pl.DataFrame, counted_as: str, kind: str, population: str = "all") -> pl.DataFrame:
    return downloads.filter(
        pl.col("population") == population, pl.col("counted_as") == counted_as, pl.col("group_kind") == kind
    ).sort("downloads", "group", descending=[True, False])


def _shares(downloads: pl.DataFrame, counted_as: str, kind: str, population: str = "all") -> dict[str, Any]:
    rows = _rows(downloads, counted_as, kind, population)
    return dict(rows.drop_nulls("share").select("group", "share").iter_rows())


def _family(downloads: pl.DataFrame, params: Params, where: str, *, declared: bool) -> str:
    if params.report.grouping != "family":
        return "Shares of one family are left out, since this report compares organisations."
    subject = params.report.subject
    own, rooted = (
        _shares(downloads, rule, "family", "text and vision").get(subject, 0.0) for rule in ("owner", "root")
    )
    with_them = (
        f", and {words.percent(rooted)} with declared derivatives counted for their roots’ families" if declared else ""
    )
    return f"{subject}’s own repositories have {words.percent(own)} of {where} for text and vision{with_them}" + (
        "." if declared else "; derivatives cannot be added, since this snapshot declares no parents."
    )
