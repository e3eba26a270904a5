"""What the chapter on the moment may quote: scores side by side, prices on the day, and the year after it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.moment.schema import MODEL, OTHERS, PRICED, RELEASE

_SCORES, _PRICES = "data/out/moment/moment_scores.parquet", "pipeline/register/prices/api_prices.csv"
_RELEASES, _STEPS = "data/out/moment/moment_releases.parquet", "data/out/moment/moment_prices.parquet"
NEAR_POINTS = 5
"""Scores in per cent that are at most so many points apart are called near."""
PAPER = "r1_paper"


def facts(tables: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    del params
    return (
        score_facts(tables["moment_scores"], tables["register/api_prices"])
        | date_facts(tables["register/events"])
        | release_facts(tables["moment_releases"], tables["register/events"])
        | price_facts(tables["moment_prices"], tables["register/events"])
    )


def short(model: str) -> str:
    """`DeepSeek-R1` as `R1`, `OpenAI-o1-1217` as `o1`."""
    return model.removeprefix("DeepSeek-").removeprefix("OpenAI-").removesuffix("-1217")


def score_facts(scores: pl.DataFrame, prices: pl.DataFrame) -> Facts:
    """On how many scores the model leads each other one; the widest differences; the price on its day."""
    mine, main = short(MODEL), short(OTHERS[0])
    rows = scores.filter(pl.col("other") == OTHERS[0])
    if rows.is_empty():
        gap = f"The register has no score of {mine} beside {main}"
        keys = ("sentence", "others", "benchmarks")
        return (
            {key: sentence(gap, _SCORES) for key in ("moment.title", "moment.scores.title")}
            | {f"moment.scores.{key}": sentence(f"{gap}.", _SCORES) for key in keys}
            | {"moment.price": sentence(f"{gap}.", _PRICES)}
        )
    leads, n = rows.filter("leads").height, rows.height
    ratio, day_price = _price(prices)
    lead = (
        f"{mine} leads {main} on {words.word(leads)} of {words.word(n)} benchmarks"
        if leads
        else f"{mine} leads {main} on none of {words.word(n)} benchmarks"
    )
    cheaper = (
        ""
        if ratio is None
        else f", at {words.percent(1 / ratio)} of its output price"
        if ratio > 1
        else f", at {words.times(1 / ratio)} times its output price"
    )
    percent = rows.filter(pl.col("metric").str.contains("percent")).with_columns(
        gap=pl.col("value") - pl.col("other_value")
    )
    best, worst = (
        percent.sort("gap", "benchmark", descending=[order, False]).row(0, named=True) for order in (True, False)
    )
    against = [
        f"{short(other)} on {words.word(part.filter('leads').height)} of {words.word(part.height)}"
        for other in OTHERS[1:]
        if (part := scores.filter(pl.col("other") == other)).height
    ]
    return {
        "moment.title": sentence(f"{lead}{cheaper}", _SCORES),
        "moment.scores.title": sentence(_scores_title(rows, mine, main), _SCORES),
        "moment.scores.benchmarks": fact(n, f"{words.word(n)} benchmarks", _SCORES, "benchmarks"),
        "moment.scores.sentence": sentence(
            f"{lead}. In percentage points it is furthest ahead on {best['benchmark']} ({_points(best['gap'])}) and "
            f"furthest behind on {worst['benchmark']} ({_points(worst['gap'])})."
            if best["gap"] > 0 > worst["gap"]
            else f"{lead}. Differences run from {_points(worst['gap'])} to {_points(best['gap'])} percentage points.",
            _SCORES,
        ),
        "moment.scores.others": sentence(
            f"It leads {words.listed(against)}." if against else "No other model is compared.", _SCORES
        ),
        "moment.price": sentence(day_price, _PRICES),
    }


def _points(gap: float) -> str:
    return f"{gap:+.1f}".replace("-", "\u2212")


def _scores_title(rows: pl.DataFrame, mine: str, main: str) -> str:
    """How often two lie near each other in percentage points, and where they are furthest apart."""
    gap = (pl.col("value") - pl.col("other_value")).alias("gap")
    shares = (
        rows.filter(pl.col("metric").str.contains("percent")).with_columns(gap).with_columns(wide=pl.col("gap").abs())
    )
    near, n = shares.filter(pl.col("wide") <= NEAR_POINTS).height, shares.height
    widest = shares.sort("wide", "benchmark", descending=[True, False]).row(0, named=True)
    ahead = mine if widest["gap"] > 0 else main
    within = f"{mine} and {main} lie within {words.word(NEAR_POINTS)} points on {words.out_of(near, n)} benchmarks"
    return f"{within}; the widest gap is on {widest['benchmark']}, where {ahead} leads by {widest['wide']:.1f}"


def _price(prices: pl.DataFrame) -> tuple[float | None, str]:
    """Output prices on the model's first priced day: the other's over its own, and a sentence."""
    theirs, mine = (prices.filter(pl.col("model") == model).sort("date") for model in PRICED)
    first = mine.head(1)
    then = theirs.filter(pl.col("date") <= first["date"][0]).tail(1) if first.height else theirs.head(0)
    if first.is_empty() or then.is_empty():
        return None, "The register has no price of both models on one day."
    other, own = then.row(0, named=True), first.row(0, named=True)
    compared = (
        f"On {words.day(own['date'])}, {own['label']} cost {words.price(own['usd_per_million_input'])} for a million "
        f"input tokens and {words.price(own['usd_per_million_output'])} for output at its maker’s own API; "
        f"{other['label']} cost "
        f"{words.price(other['usd_per_million_input'])} and {words.price(other['usd_per_million_output'])}."
    )
    return other["usd_per_million_output"] / own["usd_per_million_output"], compared


def date_facts(events: pl.DataFrame) -> Facts:
    """When the release was, and when the paper."""
    day = dict(events.select("event", "date").iter_rows())
    source = "pipeline/register/moment/events.csv"
    if RELEASE not in day or PAPER not in day:
        return {"moment.date": sentence("The register lacks the day of the release or of the paper.", source)}
    days = (day[PAPER] - day[RELEASE]).days
    when = (
        "on the same day"
        if days == 0
        else f"{words.word(abs(days))} {'day' if abs(days) == 1 else 'days'} {'later' if days > 0 else 'before'}"
    )
    out = f"{short(MODEL)} came out on {words.day(day[RELEASE])}, by its release note"
    return {
        "moment.date": sentence(
            f"{out}; its paper followed {when}, on {words.day(day[PAPER])}."
            if days > 0
            else f"{out}; its paper is dated {when}.",
            source,
        ),
    }


def release_facts(releases: pl.DataFrame, events: pl.DataFrame) -> Facts:
    """On how many days each maker released something after the model. releases: the table `moment_releases`."""
    moment = events.filter(event=RELEASE)["date"]
    since = releases.filter(pl.col("day") > moment[0]) if moment.len() else releases.clear()
    if since.is_empty():
        gap = f"No release since {short(MODEL)} is on the register by this snapshot’s day"
        return {
            "moment.releases.title": sentence(gap, _RELEASES),
            "moment.releases.sentence": sentence(f"{gap}.", _RELEASES),
        }
    days = (
        releases.group_by("place", "lane")
        .agg(
            days=pl.col("day").filter(pl.col("day") > moment[0]).n_unique(),
            last=pl.col("day").max(),
            models=(pl.col("day") > moment[0]).sum(),
        )
        .sort("place")
        .to_dicts()
    )
    first, *others = days
    parts = [
        f"{first['lane']} released models on {words.counted(first['days'], 'day')}",
        *(f"{row['lane']} on {words.number(row['days']) if row['days'] else 'none'}" for row in others),
    ]
    whole = [
        f"{row['lane']} released {words.counted(row['models'], 'model')} on {words.counted(row['days'], 'day')}, "
        f"the last on {words.day(row['last'])}."
        for row in days
    ]
    return {
        "moment.releases.title": sentence(f"After {short(MODEL)}, {words.listed(parts)}", _RELEASES),
        "moment.releases.sentence": sentence(" ".join([f"After {words.day(moment[0])}:", *whole]), _RELEASES),
    }


def price_facts(prices: pl.DataFrame, events: pl.DataFrame) -> Facts:
    """What the newest models of two makers cost when the model came out, and what they cost now.

    prices: the table `moment_prices`.
    """
    days = [*events.filter(event=RELEASE)["date"], *prices["until"].sort().tail(1)]
    texts = [text for day in dict.fromkeys(days) if (text := _prices_on(prices, day))]
    wording = (
        f"A million output tokens of each maker’s newest model cost {', and '.join(texts)}."
        if texts
        else "The register has no prices of two makers on one day."
    )
    return {"moment.prices.sentence": sentence(wording, _STEPS)}


def _prices_on(prices: pl.DataFrame, day: date) -> str:
    """The newest model of each maker on a day, by its output price; empty without two."""
    begun = prices.filter(pl.col("day") <= day).sort("day").unique("maker", keep="last", maintain_order=True)
    if begun.height != len(PRICED):
        return ""
    first, second = begun.sort("place").to_dicts()
    ratio = first["usd_per_million_output"] / second["usd_per_million_output"]
    how = "the same" if ratio == 1 else f"{words.times(ratio)} to 1" if ratio > 1 else f"1 to {words.times(1 / ratio)}"
    return f"{_at(first)} and {_at(second)} on {words.day(day)}, {how}"


def _at(row: Mapping[str, Any]) -> str:
    return f"{words.price(row['usd_per_million_output'])} at {row['maker']} ({row['label']})"
