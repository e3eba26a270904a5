"""Facts on how often the tests on surface area find an effect where none is, from the stored results."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence

SOURCE = "data/out/methods/thesis_size.parquet"
EXCHANGED, TURNED, INTERVAL, BEFORE = "families exchanged", "signs turned", "interval clustered by family", "before: "


def size_facts(measured: pl.DataFrame) -> Facts:
    """Shares of rejections, by test, over all drawn worlds; measured: the table `thesis_size`."""
    day, level, simulations = measured["date"].max(), measured["level"][0], measured["simulations"].min()
    return {
        "thesis.size.sentence": sentence(
            f"On drawn worlds in which surface has no effect, at {words.percent(level)}, {_part(measured, EXCHANGED)}; "
            f"{_part(measured, TURNED)}. An interval with errors clustered by family, at "
            f"{words.percent(1 - level)}, misses the truth in {_span(measured, INTERVAL)}, so none is printed.",
            SOURCE,
        ),
        "thesis.size.simulations": fact(simulations, words.number(simulations or 0), SOURCE, "worlds"),  # type: ignore[arg-type]
        "thesis.size.date": fact(day, words.day(day), SOURCE),  # type: ignore[arg-type]
    }


def _part(measured: pl.DataFrame, test: str) -> str:
    names = {EXCHANGED: "the exchange of families finds one", TURNED: "the turn of signs"}
    return f"{names[test]} in {_span(measured, test)} ({_span(measured, BEFORE + test)} before families were weighed)"


def _span(measured: pl.DataFrame, test: str) -> str:
    """Smallest and largest share of rejections of a test over the worlds."""
    shares = measured.filter(test=test)["rejected"].sort().to_list()
    low, high = words.percent(shares[0]), words.percent(shares[-1])
    return low if low == high else f"{low} to {high}"
