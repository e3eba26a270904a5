"""What may be quoted of published counts: how far apart they are, and what each would imply for the others."""

from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.base.vocabulary import DERIVATIVES, NOT_STATED

_SERIES, _GROWTH = "data/out/derivatives/published_counts.parquet", "data/out/derivatives/published_growth.parquet"
MIDDLE = date(2025, 7, 1)
"""The middle of 2025, to which the essay dates a count."""
NEAR_DAYS = 60
"""Counts published within so many days of each other ought to agree."""
_LOW, _HIGH = "new derivative models a day, low", "new derivative models a day, high"
NEW_SHARE, COUNTRY_SHARE = "share of new derivatives", "share of downloads (percent)"
_SHARE = "share of text and vision-language downloads (percent)"


def facts(tables: Tables, params: Params) -> Facts:
    """Facts on counts that others published."""
    del params
    return published_facts(tables["published_counts"], tables["published_growth"])


def published_facts(counted: pl.DataFrame, growth: pl.DataFrame) -> Facts:
    """Every fact on published counts; they are about the group that is counted most often."""
    counts = counted.filter(pl.col("kind") == DERIVATIVES)
    if counts.is_empty():
        gap = "The register has no count of derivatives that was published by the snapshot’s day"
        keys = ("sentence", "stated", "fall", "growth", "middle", "differ", "outside")
        return {
            "published.title": sentence(gap, _SERIES),
            "published.trend": sentence("So nothing can be carried back.", _SERIES),
        } | {f"published.{key}": sentence(f"{gap}.", _SERIES) for key in keys}
    often = counts.group_by("subject").len().sort("len", "subject", descending=[True, False])
    subject: str = often["subject"][0]
    mine = counted.filter(pl.col("subject") == subject)
    facts = (
        {"published.subject": sentence(subject, _SERIES)}
        | spread_facts(mine, subject)
        | growth_facts(growth.filter(pl.col("subject") == subject), mine)
        | middle_facts(mine, subject)
    )
    texts = {key: facts[f"published.{key}"]["text"] for key in ("sentence", "stated", "fall", "growth", "middle")}
    differ = "Counts that others published differ more than one rule and a few weeks of growth allow."
    return facts | {
        "published.differ": sentence(f"{differ} {texts['sentence']} {texts['stated']} {texts['fall']}", _SERIES),
        "published.outside": sentence(outside(counted), _SERIES),
        "published.trend": sentence(f"{texts['growth']} {texts['middle']} {shares(counted)}", _SERIES),
    }


def spread_facts(mine: pl.DataFrame, subject: str) -> Facts:
    """How far apart counts are that were published close together, and how many state what they count."""
    drawn = mine.filter("is_series")
    stated = drawn.filter(pl.col("definition_kind") != NOT_STATED).height
    low, high = _widest(drawn)
    factor = high["value"] / low["value"]
    days = abs((high["published"] - low["published"]).days)
    bound = drawn.filter("is_lower_bound").height
    by_kind = {
        "counts of derivatives": sorted(drawn.filter(pl.col("definition_kind") != "tag")["value"]),
        "counts of repositories that tag its name, another quantity": sorted(
            drawn.filter(definition_kind="tag")["value"]
        ),
    }
    listed = [_range_of(name, values) for name, values in by_kind.items() if values]
    first, last = min(drawn["published"]), max(drawn["published"])
    ends = [f"{words.number(row['value'])} ({row['publisher']}, {words.day(row['published'])})" for row in (low, high)]
    together = (
        f"{ends[0]} and {ends[1]} came out {words.number(days)} days apart."
        if days
        else f"{words.number(low['value'])} and {words.number(high['value'])} stand in one publication "
        f"({low['publisher']}, {words.day(low['published'])})."
        if low["publisher"] == high["publisher"]
        else f"{ends[0]} and {ends[1]} came out on one day."
    )
    return {
        "published.title": sentence(
            f"Counts of what is built on {subject} differ by a factor of {words.times(factor)} "
            + ("within weeks" if days else "on one day"),
            _SERIES,
        ),
        "published.sentence": sentence(
            f"Between {words.day(first)} and {words.day(last)}, {words.word(drawn.height)} counts about {subject} "
            f"that the register has were published: {words.listed(listed)}. {together}",
            _SERIES,
        ),
        "published.stated": sentence(
            f"{words.word(stated).capitalize()} of the {words.word(drawn.height)} state what they count; "
            f"{words.word(bound)} give a lower limit alone.",
            _SERIES,
        ),
    }


def _range_of(name: str, values: list[float]) -> str:
    """`six counts of derivatives, from 113,000 to 180,000`."""
    low, high = words.number(values[0]), words.number(values[-1])
    many = f"{words.word(len(values))} {name if len(values) > 1 else name.replace('counts', 'count', 1)}"
    return f"{many}, {'of' if len(values) == 1 else 'each of' if low == high else f'from {low} to'} {high}"


def _widest(drawn: pl.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """The lowest and the highest of two counts of one quantity, published close together, that differ most."""
    rows = drawn.sort("published", "value", "publisher").to_dicts()
    pairs = [
        (a, b) if a["value"] <= b["value"] else (b, a)
        for n, a in enumerate(rows)
        for b in rows[n:]
        if abs((a["published"] - b["published"]).days) <= NEAR_DAYS and _quantity(a) == _quantity(b)
    ]
    return max(pairs, key=lambda pair: pair[1]["value"] / pair[0]["value"])


def _quantity(row: dict[str, Any]) -> str:
    """Derivatives and repositories that tag a name are two quantities, whose difference says nothing."""
    return "tags" if row["definition_kind"] == "tag" else str(row["kind"])


def growth_facts(pairs: pl.DataFrame, mine: pl.DataFrame) -> Facts:
    """The steepest fall to a count that is no lower limit, and whether a counter's counts rise as it says."""
    fall = pairs.filter(~pl.col("is_lower_bound")).sort("per_day", "published").head(1)
    stated = _rates(mine)
    fall_text = "No count is followed by a smaller one, so all of them might be of the same thing."
    if fall.height and fall["per_day"][0] < 0:
        row = fall.row(0, named=True)
        lost = words.number(row["first_value"] - row["value"])
        fall_text = (
            f"{words.number(row['first_value'])} ({row['first_publisher']}, {words.day(row['first_published'])}) was "
            f"followed after {words.number(row['days'])} days by {words.number(row['value'])} ({row['publisher']}). "
            f"One count cannot shrink by {lost} repositories in that time, so the two counted different things."
        )
    parts = [
        f"{counter}’s number grew by {words.number(round(rate))} a day"
        for counter, rate in own_growth(pairs).select("counter", "per_day").iter_rows()
    ]
    text = f"Between first and last count, {words.listed(parts)}, “more than” read as the number." if parts else ""
    if stated:
        text += f" The published growth is {words.number(stated[0])} to {words.number(stated[1])} a day."
    return {
        "published.fall": sentence(fall_text, _GROWTH),
        "published.growth": sentence(text.strip() or "No counter has published two counts.", _GROWTH),
    }


def own_growth(pairs: pl.DataFrame) -> pl.DataFrame:
    """For each counter the pair of its counts with the most days between them, if more than `NEAR_DAYS`."""
    far = pairs.drop_nulls("counter").filter(pl.col("days") > NEAR_DAYS)
    return far.sort("counter", "days", descending=[False, True]).unique("counter", keep="first", maintain_order=True)


def _rates(mine: pl.DataFrame) -> tuple[float, float] | None:
    rates = [mine.filter(pl.col("kind") == kind).sort("published")["value"].to_list() for kind in (_LOW, _HIGH)]
    return (rates[0][-1], rates[1][-1]) if all(rates) else None


def middle_facts(mine: pl.DataFrame, subject: str) -> Facts:
    """What the published growth implies for the middle of 2025, counted back from the count published with it."""
    rates = _rates(mine)
    beside = mine.filter(pl.col("kind") == _LOW).sort("published").select("published", "publisher").tail(1)
    anchor = mine.filter(pl.col("kind") == DERIVATIVES).join(beside, on=["published", "publisher"])
    if rates is None or anchor.is_empty():
        gap = "No growth was published by then, so counts cannot be carried back."
        return {"published.middle": sentence(gap, _SERIES)} | {
            f"published.middle.{end}": fact(None, "", _SERIES, "derivatives") for end in ("low", "high")
        }
    row = anchor.row(0, named=True)
    days = (row["published"] - MIDDLE).days
    low, high = (row["value"] - rate * days for rate in reversed(rates))
    near = [words.number(round(value, -3)) for value in (low, high)]
    earlier = mine.filter(
        pl.col("kind") == DERIVATIVES, (pl.col("published") - pl.lit(MIDDLE)).dt.total_days().abs() <= NEAR_DAYS
    ).sort("published")
    beside_text = ""
    if earlier.height:
        then = earlier.row(0, named=True)
        limit = "more than " if then["is_lower_bound"] else ""
        statement = f" {then['publisher']} said {limit}{words.number(then['value'])} on {words.day(then['published'])}"
        if then["value"] > high:
            beside_text = f"{statement}, more than that."
        elif then["is_lower_bound"]:
            beside_text = f"{statement}, a lower limit that agrees with it."
        else:
            beside_text = f"{statement}, {'less than that' if then['value'] < low else 'which is within that'}."
    return {
        "published.middle.low": fact(low, words.number(round(low)), _SERIES, "derivatives"),
        "published.middle.high": fact(high, words.number(round(high)), _SERIES, "derivatives"),
        "published.middle": sentence(
            f"Carried back from the {words.number(row['value'])} of {words.day(row['published'])} at the "
            f"{words.number(rates[0])} to {words.number(rates[1])} a day that its publisher states, {subject} had some "
            f"{near[0]} to {near[1]} derivatives in the middle of {MIDDLE.year}.{beside_text}",
            _SERIES,
        ),
    }


def outside(counted: pl.DataFrame) -> str:
    """What studies of others found by measures of their own: shares of new derivatives, and of downloads by country."""
    new = counted.filter(pl.col("kind").str.starts_with(NEW_SHARE)).drop_nulls("as_of").sort("as_of", "subject")
    parts = []
    for subject in new["subject"].unique().sort():
        rows = new.filter(pl.col("subject") == subject)
        first, last = rows.row(0, named=True), rows.row(-1, named=True)
        verb = {1: "fell", -1: "rose", 0: "stayed"}[words.order(first["value"], last["value"])]
        parts.append(
            f"Of {first['denominator']} {subject}’s share {verb} from {words.number(first['value'])}% in "
            f"{words.dated(first['as_of'], first['as_of_precision'])} to {words.number(last['value'])}% in "
            f"{words.dated(last['as_of'], last['as_of_precision'])} ({_published_by(last)})."
        )
    by_country = counted.filter(kind=COUNTRY_SHARE, subject_kind="country").sort("value", descending=True)
    if by_country.height > 1:
        row = by_country.row(0, named=True)
        listed = [f"{place} {share:g}%" for place, share in by_country.select("subject", "value").iter_rows()]
        of = f"{words.upper(row['denominator'])}, {row['definition']}"
        parts.append(f"{of}: {words.listed(listed)} ({_published_by(row)}).")
    return " ".join(parts) or "The register has no study of others by the snapshot’s day."


def shares(counted: pl.DataFrame) -> str:
    """What one publisher wrote of shares of downloads before and after a revision, as a sentence."""
    rows = counted.filter(pl.col("kind") == _SHARE).sort("published")
    if rows.height < 2:
        return "No share of downloads was published twice by then."
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    is_same = first["definition"] == last["definition"]
    same = "the same stated definition" if is_same else "another stated definition"
    verb = {1: "fell", -1: "rose", 0: "stayed"}[words.order(first["value"], last["value"])]
    return (
        f"Shares have the same trouble: {first['subject']}’s share of text and vision-language downloads, with "
        f"derivatives counted, {verb} from {words.number(first['value'])}% ({_published_by(first)}) "
        f"to {words.number(last['value'])}% ({_published_by(last)}) under {same}."
    )


def _published_by(row: dict[str, Any]) -> str:
    """`ATOM Report, 8 April 2026`: who published a row, and when, as exactly as that is known."""
    return f"{row['publisher']}, {words.dated(row['published'], row['published_precision'])}"
