"""Tables of the chapter on the moment: scores beside each other, and what came after it.

Everything here is from the register; the snapshot only says up to which day.

Method
- The timeline is a choice of register rows: dated events, list prices of makers' own APIs, and published
  counts of derivatives. The register table `timeline` names each row, its lane and its label; the date,
  the numbers and the source are read from the row itself, so that they stand in one place. An item
  that the register does not hold is an error, not a gap.
- Releases of three makers and prices of two: modules `releases` and `prices`.
- Benchmark scores set one model beside another on every benchmark that both have, each counted once: where one has a
  rating and a percentile, which restates it, the rating counts.

Known drawbacks: which events matter is a choice, and its rows say so; a release's date is the
announcement where one was found, else the repository's creation; scores are those that one maker
published, of its own model and of others', on one day.
"""

from datetime import date
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import tables, words
from pipeline.base.errors import RegisterError
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import DERIVATIVES
from pipeline.chapters.moment.prices import prices_of
from pipeline.chapters.moment.releases import makers, releases_of
from pipeline.chapters.moment.schema import MODEL, OTHERS, MomentPrices, MomentReleases, MomentScores, Timeline

RATING, PERCENTILE = "rating", "percentile"
"""Two metrics of one contest: a place among others, and the share of them that it is ahead of."""


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the register; write the timeline, the releases, the prices and the scores."""
    last = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    shown = marks(paths.register, last)

    results.write("timeline", shown, Timeline)
    lanes = makers(paths.register, params.report)
    results.write("moment_releases", releases_of(lanes, shown, paths.register, last), MomentReleases)
    first = min(shown["day"], default=last)
    results.write("moment_prices", prices_of(paths.register, first, last), MomentPrices)
    results.write("moment_scores", scores(register.load("benchmarks", paths.register)), MomentScores)


# ---------------------------------------------------------------------------------------- timeline


def marks(directory: Path, last: date) -> pl.DataFrame:
    """Rows of `schema.Timeline`: the chosen rows of the register up to `last`."""
    chosen = register.load("timeline", directory)
    listed = pl.concat([_events(directory), _prices(directory), _counts(directory)])
    joined = _found(chosen.filter(pl.col("register") != "events"), listed, ["register", "item", "day"])
    events = _found(
        chosen.filter(pl.col("register") == "events").drop("day"),
        listed.filter(pl.col("register") == "events"),
        ["register", "item"],
    )
    return (
        pl.concat([events, joined], how="diagonal")
        .filter(pl.col("day") <= last)
        .select("mark", "day", "lane", "kind", "label", "statement", "register", source="stated_in")
        .select(Timeline.column_names())
        .sort("mark")
    )


def _found(chosen: pl.DataFrame, listed: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Chosen rows with the register's columns. Raises RegisterError that names the first row it does not have."""
    rows = chosen.join(listed, on=on, how="left", maintain_order="left")
    unknown = rows.filter(pl.col("statement").is_null())
    if unknown.height:
        row = unknown.row(0, named=True)
        raise RegisterError(
            f"mark {row['mark']}: no row {row['item']} in {row['register']}.csv",
            where="timeline.csv",
            next_step="correct item and day, or take the mark out",
        )
    return rows


def _events(directory: Path) -> pl.DataFrame:
    return register.load("events", directory).select(
        item="event", day="date", statement="statement", stated_in="source", register=pl.lit("events")
    )


def _prices(directory: Path) -> pl.DataFrame:
    """List prices, in words."""
    price = {
        name: pl.col(f"usd_per_million_{name}").map_elements(words.price, return_dtype=pl.String)
        for name in ("input", "output")
    }
    kinds = {"announced": "announced for this day", "documented": "on a dated page", "observed": "first seen"}
    return (
        register.load("api_prices", directory)
        .with_columns(**price, known=pl.col("date_is").replace_strict(kinds))
        .select(
            item="model",
            day="date",
            statement=pl.format(
                "{}'s own API asks {} for a million input tokens of {} and {} for output ({})",
                "maker",
                "input",
                "label",
                "output",
                "known",
            ),
            stated_in="source",
            register=pl.lit("api_prices"),
        )
    )


def _counts(directory: Path) -> pl.DataFrame:
    """Published counts of derivatives, in words."""
    value = pl.col("value").map_elements(words.number, return_dtype=pl.String)
    more = pl.when("is_lower_bound").then(pl.lit("more than ")).otherwise(pl.lit(""))
    return (
        register.load("published_counts", directory)
        .filter(pl.col("kind") == DERIVATIVES)
        .select(
            item="subject",
            day="published",
            statement=pl.format(
                "{} has {}{} derivative models, says {} (definition: {})",
                "subject",
                more,
                value,
                "publisher",
                "definition",
            ),
            stated_in="source",
            register=pl.lit("published_counts"),
        )
    )


# ------------------------------------------------------------------------------------------ scores


def scores(benchmarks: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.MomentScores`: the model beside each of the others, where both have a score."""
    key = ["benchmark", "metric"]
    counted = once(benchmarks)
    mine = counted.filter(pl.col("model") == MODEL)
    theirs = counted.filter(pl.col("model").is_in(OTHERS)).select(*key, other="model", other_value="value")
    return (
        mine.join(theirs, on=key)
        .with_columns(leads=pl.col("value") > pl.col("other_value"))
        .select(MomentScores.column_names())
    )


def once(benchmarks: pl.DataFrame) -> pl.DataFrame:
    """Scores without the percentiles of benchmarks that are rated too: the same result in other units.

    benchmarks: `benchmark, metric, model`, rows of the register.
    """
    rated = benchmarks.filter(metric=RATING).select("benchmark", "model")
    restated = benchmarks.filter(metric=PERCENTILE).join(rated, on=["benchmark", "model"])
    return benchmarks.join(restated, on=["benchmark", "metric", "model"], how="anti", maintain_order="left")
