"""Facts about the engine's speed, from the kept results of the benchmark."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence

SOURCE = "data/out/methods/benchmarks.parquet"
BARE, ENGINE, DEFINITIONS = "bare read of id, createdAt, tags", "engine: lineage", "every definition"
USUAL, RECURSIVE = "pandas + networkx", "DuckDB, recursive query"


def timing_facts(timings: pl.DataFrame) -> Facts:
    """Ratios of processor time, on the largest snapshot where nothing else is said."""
    hub = timings.filter(pl.col("snapshot").str.starts_with("Hub-like"))
    large = hub.filter(pl.col("rows") == pl.col("rows").max())
    small = hub.filter(pl.col("rows") == pl.col("rows").min())
    engine, bare, definitions = (_cpu(large, name) for name in (ENGINE, BARE, DEFINITIONS))
    usual, beside = _cpu(small, USUAL), _cpu(small, ENGINE)
    over_bare = engine / bare if engine and bare else None
    less = usual / beside if usual and beside else None
    whole = definitions / engine if engine and definitions else None
    recursive = _cpu(large, RECURSIVE)
    beside_recursive = recursive / engine if engine and recursive else None
    rows, few = (int(part["rows"][0]) if part.height else None for part in (large, small))
    day = timings["date"].max()
    return {
        "benchmark.rows": fact(rows, words.number(rows or 0), SOURCE, "repositories"),
        "benchmark.small_rows": fact(few, words.number(few or 0), SOURCE, "repositories"),
        "benchmark.recursive": fact(beside_recursive, words.significant(beside_recursive or 0), SOURCE, "times"),
        "benchmark.over_bare": fact(over_bare, words.significant(over_bare or 0), SOURCE, "times"),
        "benchmark.less_than_networkx": fact(less, words.significant(less or 0), SOURCE, "times"),
        "benchmark.definitions": fact(whole, words.significant(whole or 0), SOURCE, "times"),
        "benchmark.date": fact(day, words.day(day), SOURCE),  # type: ignore[arg-type]
        "benchmark.machine": sentence(str(timings["machine"][0]), SOURCE),
        "benchmark.versions": sentence(str(timings["versions"][0]), SOURCE),
    }


def _cpu(timings: pl.DataFrame, candidate: str) -> float | None:
    """Processor seconds of a candidate; None where it did not run."""
    found = timings.filter(pl.col("candidate") == candidate)["cpu_seconds"]
    return found[0] if found.len() else None
