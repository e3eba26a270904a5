"""Facts about the engine's speed, from the stored results of the benchmark."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence

SOURCE = "data/out/methods/benchmarks.parquet"
PLAIN_READ, ENGINE, DEFINITIONS = "plain read of id, createdAt, tags", "engine: lineage", "every definition"
USUAL, RECURSIVE = "pandas + networkx", "DuckDB, recursive query"
"""Candidates of the benchmark: reading alone, the project's own two, and what others would use."""


def timing_facts(timings: pl.DataFrame) -> Facts:
    """Ratios of processor time, on the largest snapshot unless the name says otherwise."""
    hub = timings.filter(pl.col("snapshot").str.starts_with("Hub-like"))
    large = hub.filter(pl.col("rows") == pl.col("rows").max())
    small = hub.filter(pl.col("rows") == pl.col("rows").min())
    ratios = {
        "recursive": _ratio(large, RECURSIVE, ENGINE),
        "over_bare": _ratio(large, ENGINE, PLAIN_READ),
        "less_than_networkx": _ratio(small, USUAL, ENGINE),
        "definitions": _ratio(large, DEFINITIONS, ENGINE),
    }
    rows, small_rows = (int(part["rows"][0]) if part.height else None for part in (large, small))
    day = timings["date"].max()
    return {
        "benchmark.rows": fact(rows, words.number(rows or 0), SOURCE, "repositories"),
        "benchmark.small_rows": fact(small_rows, words.number(small_rows or 0), SOURCE, "repositories"),
        **{
            f"benchmark.{name}": fact(ratio, words.significant(ratio or 0), SOURCE, "times")
            for name, ratio in ratios.items()
        },
        "benchmark.date": fact(day, words.day(day), SOURCE),  # type: ignore[arg-type]
        "benchmark.machine": sentence(str(timings["machine"][0]), SOURCE),
        "benchmark.versions": sentence(str(timings["versions"][0]), SOURCE),
    }


def _ratio(timings: pl.DataFrame, candidate: str, other: str) -> float | None:
    """How many times the processor time of another a candidate took; None where one of the two did not run."""
    seconds = dict(timings.select("candidate", "cpu_seconds").iter_rows())
    return seconds[candidate] / seconds[other] if seconds.get(candidate) and seconds.get(other) else None
