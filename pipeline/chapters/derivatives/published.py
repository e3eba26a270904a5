"""Counts of derivatives that others published: which definition they state, and whether they can be one series.

Method: each dated count stands with its definition as stated, in four classes: direct derivatives, tagged
repositories, another stated one, none stated. Who counted is the organisation of the register that the
publisher's name holds first (press reports name whom they quote). For every pair of counts of one subject that
could be of the same thing (no two different stated definitions, neither of tags), the growth by the
day is worked out that would join them: two counts of the same thing lie on a line that rises by
as much as others do, so a fall, or a rise many times as steep, shows two definitions.

Known drawbacks: most counts were read in copies; a date is that of publication, the count itself may be weeks
older; growth takes a lower limit at its value, and a fall to one is none.
"""

from datetime import date

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import DERIVATIVES, DIRECT, NOT_STATED, TAGGING
from pipeline.chapters.derivatives.schema_published import PublishedGrowth, PublishedSeries

SERIES = (DERIVATIVES, TAGGING)


def make(paths: Paths, results: Results) -> None:
    """Read the register up to the snapshot's day; write the published counts and the growth between them."""
    last = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    known, organisations = (register.load(name, paths.register) for name in ("published_counts", "organisations"))
    counted = results.write("published_counts", series(known, organisations, last), PublishedSeries)
    results.write("published_growth", growth(counted), PublishedGrowth)


def series(published: pl.DataFrame, organisations: pl.DataFrame, last: date) -> pl.DataFrame:
    """Rows of `PublishedSeries`: every published count up to `last`."""
    names: list[str] = organisations["organisation"].unique().sort().to_list()
    counters = {publisher: _counter(publisher, names) for publisher in published["publisher"].unique()}
    return (
        published.filter(pl.col("published") <= last)
        .with_columns(
            counter=pl.col("publisher").replace_strict(counters, return_dtype=pl.String),
            is_series=pl.col("kind").is_in(SERIES),
            definition_kind=pl.when(relation="tag")
            .then(pl.lit("tag"))
            .when(definition=NOT_STATED)
            .then(pl.lit(NOT_STATED))
            .when(definition=DIRECT)
            .then(pl.lit("direct"))
            .otherwise(pl.lit("other")),
        )
        .select(PublishedSeries.column_names())
    )


def _counter(publisher: str, names: list[str]) -> str | None:
    """The organisation named first; titles may name others (`Hugging Face 'One Year Since the DeepSeek Moment'`)."""
    places = {name: publisher.find(name) for name in names if name in publisher}
    return min(places, key=lambda name: (places[name], -len(name)), default=None)


def growth(counted: pl.DataFrame) -> pl.DataFrame:
    """Rows of `PublishedGrowth`: every pair of counts of one subject that might be of the same thing."""
    counts = counted.filter(pl.col("kind") == DERIVATIVES, pl.col("definition_kind") != "tag").select(
        "subject", "published", "publisher", "counter", "value", "definition_kind", "is_lower_bound"
    )
    earlier = counts.rename({name: f"first_{name}" for name in counts.columns if name != "subject"})
    days = (pl.col("published") - pl.col("first_published")).dt.total_days()
    stated = pl.concat_list("first_definition_kind", "definition_kind").list.set_difference([NOT_STATED]).list.len()
    return (
        earlier.join(counts, on="subject")
        .with_columns(days=days)
        .filter(pl.col("days") > 0, stated <= 1)
        .with_columns(
            per_day=(pl.col("value") - pl.col("first_value")) / pl.col("days"),
            counter=pl.when(pl.col("counter") == pl.col("first_counter")).then("counter"),
        )
        .select(PublishedGrowth.column_names())
    )
