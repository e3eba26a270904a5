"""What the chapter on surface area may quote: numbers and sentences of the tables of stage `surface`."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.lead import Lead
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.surface import facts_thesis, facts_totals
from pipeline.chapters.surface.schema import MODALITIES, NARROW, NTH, SIZES

_INDEX = "data/out/surface/surface_index.parquet"
_CATALOGUE = "data/out/surface/catalogue.parquet"
_CADENCE = "data/out/surface/cadence.parquet"
_QUARTERS = "data/out/surface/surface_quarters.parquet"


def facts(tables: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    return (
        surface_facts(tables, params, tables.completeness)
        | facts_thesis.facts(tables, params)
        | facts_totals.facts(tables["family_totals"], params)
    )


def surface_facts(out: Tables, params: Params, holds: Completeness) -> Facts:
    """How much of the plane each of the two covers, how soon, and with what."""
    subject, reference = params.report.subject, params.report.reference
    months = params.surface.current_months
    facts = {
        "surface.current_months": fact(months, f"{words.word(months)} months", "params.yaml", "months"),
        "surface.cells": fact(len(SIZES) * len(MODALITIES), words.number(len(SIZES) * len(MODALITIES)), _INDEX),
        "surface.smallest_size": fact(SIZES[0], f"{SIZES[0] / 1e9:g}B", _INDEX, "parameters"),
        "surface.largest_size": fact(SIZES[-1], f"{SIZES[-1] / 1e9:g}B", _INDEX, "parameters"),
        "surface.narrow": fact(NARROW, "half a doubling", _INDEX, "doublings"),
    }
    if params.report.grouping != "family":
        return facts | _not_compared("Surface is a property of families, and this report compares organisations")
    pair = (subject, reference)
    return (
        facts
        | index_facts(out["surface_index"], *pair, last_releases(out["catalogue"]), months)
        | quarter_facts(out["surface_quarters"], *pair)
        | cadence_facts(out["cadence"], *pair)
        | catalogue_facts(out["catalogue"], *pair, holds)
    )


def _not_compared(why: str) -> Facts:
    """Titles and sentences in the place of a comparison; why: the reason, a clause, which is given once."""
    titles = ("title", "map", "cadence.title", "quarters.title")
    sentences = ("history", "loosely", "speed", "cadence.sentence", "catalogue.sentence", "quarters.sentence")
    return (
        {"surface.sentence": sentence(f"{why}.", _INDEX)}
        | {f"surface.{key}": sentence("Surface is not compared here", _INDEX) for key in titles}
        | {f"surface.{key}": sentence("This is not compared here.", _INDEX) for key in sentences}
    )


def last_releases(catalogue: pl.DataFrame) -> dict[str, date]:
    """The last dated release of each family."""
    return dict(catalogue.drop_nulls("last_released").select("family", "last_released").iter_rows())


def index_facts(
    index: pl.DataFrame, subject: str, reference: str, last: Mapping[str, date], current_months: int
) -> Facts:
    """Who covers more of the plane now, who did when, and by the looser rule.

    last: each family's last release; current_months: for how long a release is current.
    """
    if index.is_empty():
        return _not_compared("The register has no dated release before this snapshot")
    month = index["month"].max()
    assert isinstance(month, date)
    now = dict(index.filter(month=month).select("family", "index").iter_rows())
    loosely = dict(index.filter(month=month).select("family", "index_loose").iter_rows())
    a, b = (now.get(name, 0.0) for name in (subject, reference))
    facts = {
        f"surface.{family}.index": fact(now[family], words.percent(now[family]), _INDEX, "share of cells")
        for family in (subject, reference)
        if family in now
    }
    lead = Lead.of(subject, a, reference, b)
    loose = Lead.of(subject, loosely.get(subject, 0.0), reference, loosely.get(reference, 0.0))
    quiet = {name: day for name, day in last.items() if _months(month) - _months(day) >= current_months}
    return facts | {
        "surface.title": sentence(_title(lead, quiet), _INDEX),
        "surface.sentence": sentence(
            f"In {words.month(month)}, {_next_to(subject, a, reference, b)}{_why_none(lead, quiet, current_months)}.",
            _INDEX,
        ),
        "surface.loosely": sentence(_loosely(lead, loose), _INDEX),
        "surface.history": sentence(_history(index, subject, reference), _INDEX),
        "surface.map": sentence(_map_title(lead), "data/out/surface/surface.parquet"),
        "surface.month": fact(month, words.month(month), _INDEX),
    }


def _months(day: date) -> int:
    return 12 * day.year + day.month


def _title(lead: Lead, quiet: Mapping[str, date]) -> str:
    """Who covers how much; where one covers nothing since it released nothing for long, since when.

    quiet: the last release of families without a current one.
    """
    if not lead.most:
        return _nowhere(lead.more, lead.less)
    if lead.least:
        return (
            f"{lead.more} covers {words.percent(lead.most)} of sizes and modalities, {lead.less} "
            f"{words.percent(lead.least)}"
        )
    if lead.less in quiet:
        return f"{lead.more} kept releasing; {lead.less}’s last release is of {words.month(quiet[lead.less])}"
    return f"{lead.more} covers {words.percent(lead.most)} of sizes and modalities, {lead.less} none"


def _why_none(lead: Lead, quiet: Mapping[str, date], current_months: int) -> str:
    """Since when the one that covers nothing has no current release; nothing where that is not why."""
    if lead.least or not lead.most or lead.less not in quiet:
        return ""
    return (
        f": its last release is of {words.month(quiet[lead.less])}, and a release is current for "
        f"{words.word(current_months)} months"
    )


def _nowhere(subject: str, reference: str) -> str:
    return f"Neither {subject} nor {reference} has a current release on the grid"


def _next_to(subject: str, a: float, reference: str, b: float) -> str:
    """Near what share of the grid each has a current release; a clause."""
    if not a and not b:
        return words.lower(_nowhere(subject, reference))
    first, second = ((subject, a), (reference, b)) if a else ((reference, b), (subject, a))
    rest = f"{second[0]} near {words.percent(second[1])}" if second[1] else f"{second[0]} has none"
    return (
        f"{first[0]} has a current release near {words.percent(first[1])} of the grid’s combinations of size and "
        f"modality, {rest}"
    )


def _loosely(lead: Lead, loose: Lead) -> str:
    """The shares by the looser rule, and whether it turns the order."""
    if not loose.most:
        return "By a looser rule, up to a doubling away and twice as old, neither covers any of it."
    if loose.leader == lead.leader:
        turned = f"{loose.leader} stays ahead" if loose.leader else "they stay about even"
    else:
        turned = f"by this rule {loose.leader} is ahead" if loose.leader else "by this rule they are about even"
    return (
        f"By a looser rule, up to a doubling away and twice as old, {loose.more} has {words.percent(loose.most)} and "
        f"{loose.less} {words.percent(loose.least)}: {turned}."
    )


def _map_title(lead: Lead) -> str:
    if not lead.most:
        return _nowhere(lead.more, lead.less)
    if not lead.least:
        return f"{lead.more} has current releases on the grid, {lead.less} has none"
    if lead.is_even:
        return f"{lead.more} and {lead.less} cover about as much of the grid"
    return f"{lead.more} covers {words.times(lead.most / lead.least)} times as much of the grid as {lead.less}"


def _history(index: pl.DataFrame, subject: str, reference: str) -> str:
    """Since when one is ahead of the other, and each one's best month."""
    pair = (
        index.filter(pl.col("family").is_in([subject, reference]))
        .pivot("family", index="month", values="index")
        .sort("month")
    )
    for name in (subject, reference):
        if name not in pair.columns:
            return f"The register has no dated release of {name}."
    filled = pair.with_columns(pl.col(subject, reference).fill_null(0))
    a, b, even = pl.col(subject), pl.col(reference), 1 + words.EVEN
    ahead = filled.with_columns(sign=pl.when(a > b * even).then(1).when(b > a * even).then(-1).otherwise(0))
    sign = ahead["sign"].to_list()[-1]
    name = subject if sign > 0 else reference
    if sign == 0:
        lead = f"Neither {subject} nor {reference} is ahead now"
    else:
        other = ahead.filter(pl.col("sign") != sign)
        if other.is_empty():
            lead = f"{name} has been ahead throughout"
        else:
            since = ahead.filter(pl.col("month") > other["month"].max())["month"].min()
            assert isinstance(since, date)
            lead = f"{name} has been ahead since {words.month(since)}"
    peaks = []
    for family in (subject, reference):
        best = filled.sort(family, "month", descending=[True, False]).row(0, named=True)
        peaks.append(f"{family} covered most, {words.percent(best[family])}, in {words.month(best['month'])}")
    return f"{lead}. {'; '.join(peaks)}."


def quarter_facts(quarters: pl.DataFrame, subject: str, reference: str) -> Facts:
    """In how many sizes each released something, over the last four whole quarters that the register knows."""
    whole = quarters.filter(~pl.col("is_partial"), "is_collected")
    last = whole["quarter"].unique().sort().to_list()[-4:]
    if not last:
        wording = "The register has no whole quarter before this snapshot."
        return {f"surface.quarters.{key}": sentence(wording, _QUARTERS) for key in ("title", "sentence")}
    year = whole.filter(pl.col("quarter").is_in(last))
    sized = year.filter(pl.col("size") > 0, pl.col("releases") > 0)
    sizes = dict(sized.group_by("family").agg(pl.col("size").n_unique()).iter_rows())
    a, b = (int(sizes.get(name, 0)) for name in (subject, reference))
    unknown = int(year.filter(pl.col("size") == 0, pl.col("family").is_in([subject, reference]))["releases"].sum())
    lead = Lead.of(subject, a, reference, b)
    few = words.word(int(lead.least)) if lead.least else "none"
    sizes = f"{words.word(int(lead.most))} size{'' if lead.most == 1 else 's'}"
    if not lead.most:
        title = f"Neither {subject} nor {reference} released in a size of the grid in a year"
        wording = f"neither {subject} nor {reference} released anything near a size of the grid"
    else:
        title = (
            f"{subject} and {reference} released in {sizes} each in a year"
            if a == b
            else f"{lead.more} released in {sizes} in a year, {lead.less} in {few}"
        )
        wording = (
            f"{lead.more} released something near {words.word(int(lead.most))} of {words.number(len(SIZES))} sizes, "
            f"{lead.less} near {few}"
        )
    lacking = (
        f" Of their releases of that year, {words.word(unknown)} {'has' if unknown == 1 else 'have'} no known size."
        if unknown
        else ""
    )
    wording = f"From the {words.quarter(last[0])} to the {words.quarter(last[-1])}, {wording}.{lacking}"
    return {
        "surface.quarters.title": sentence(title, _QUARTERS),
        "surface.quarters.sentence": sentence(wording, _QUARTERS),
    }


def cadence_facts(cadence: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Releases and release days of the last four whole quarters."""
    whole = cadence.filter(~pl.col("is_partial"))
    quarters = whole["quarter"].unique().sort().to_list()[-4:]
    recent = (
        whole.filter(pl.col("quarter").is_in(quarters)).group_by("family").agg(pl.col("releases", "release_days").sum())
    )
    of = {family: (releases, days) for family, releases, days in recent.iter_rows()}
    (a, a_days), (b, b_days) = (of.get(name, (0, 0)) for name in (subject, reference))
    parts = [
        f"{words.counted(releases, 'dated release')} on {words.counted(days, 'day')}"
        if releases
        else "no dated release"
        for releases, days in ((a, a_days), (b, b_days))
    ]
    wording = f"In the last four whole quarters {subject} has {parts[0]}, {reference} {parts[1]}."
    lead = Lead.of(subject, a, reference, b)
    if not lead.most:
        title = f"Neither {subject} nor {reference} released a model in a year"
    elif lead.is_even:
        title = f"{subject} and {reference} released about as many models in a year"
    else:
        few = words.word(int(lead.least)) if lead.least else "none"
        title = f"{lead.more} released {words.counted(lead.most, 'model')} in a year, {lead.less} {few}"
    return {
        "surface.cadence.sentence": sentence(wording, _CADENCE),
        "surface.cadence.title": sentence(title, _CADENCE),
    }


def catalogue_facts(catalogue: pl.DataFrame, subject: str, reference: str, holds: Completeness) -> Facts:
    """Sizes, modalities and the time to the tenth derivative."""
    rows = {row["family"]: row for row in catalogue.iter_rows(named=True)}
    parts = [
        _family(rows[name]) if name in rows else f"The register has no release of {name}."
        for name in (subject, reference)
    ]
    timed = [
        f"{name} {words.number(days)} {words.plural('day', days)} over {words.counted(row['timed'], 'release')}"
        for name in (subject, reference)
        if (row := rows.get(name)) and row["timed"] and (days := row["median_days_to_tenth"]) is not None
    ]
    speed = (
        f"From release to the {NTH}th declared derivative it took at the median: {'; '.join(timed)}."
        f"{holds.left_out('createdAt')}"
        if timed
        else f"How fast releases gather {NTH} derivatives needs declared parents with dates, which this snapshot lacks."
    )
    return {
        "surface.catalogue.sentence": sentence(" ".join(parts), _CATALOGUE),
        "surface.speed": sentence(speed, _CATALOGUE),
    }


def _family(row: dict[str, object]) -> str:
    smallest, largest = row["smallest"], row["largest"]
    span = (
        f"from {words.billions(float(str(smallest)))} to {words.billions(float(str(largest)))}"
        if smallest and largest
        else "of unknown size"
    )
    modalities = [str(name) for name in row["modalities"]]  # type: ignore[attr-defined]
    unsized, undated = (int(str(row[key])) for key in ("unsized", "undated"))
    lacking = [
        f"{words.word(count)} {'lack' if count > 1 else 'lacks'} a {what}"
        for count, what in ((unsized, "size"), (undated, "date"))
        if count
    ]
    out = "it" if unsized + undated == 1 else "them"
    wording = f"{words.listed(lacking)}, so the grid leaves {out} out" if lacking else "all can be placed on the grid"
    return (
        f"{row['family']} has {words.counted(float(str(row['releases'])), 'release')} on the register, {span}, for "
        f"{words.listed(modalities)}; {wording}."
    )
