"""Tables of the page `methods`: timings, and the snapshot beside what others published."""

import polars as pl

from pipeline.base.vocabulary import RECONCILED
from pipeline.charts.kit.html import Html, register_table
from pipeline.charts.kit.table import table_html


def timings(measured: pl.DataFrame) -> Html:
    """What the last benchmark measured, the largest snapshot first. measured: the table `benchmarks`."""
    rows = measured.sort("rows", "snapshot", "cpu_seconds", descending=[True, False, False]).select(
        "snapshot",
        "rows",
        "candidate",
        pl.col("cpu_seconds", "wall_seconds").round(1),
        (pl.col("peak_bytes") / 1e9).round(2),
        pl.col("cpu_over_bare_read").round(1),
    )
    labels = {
        "snapshot": "Snapshot",
        "rows": "Repositories",
        "candidate": "What ran",
        "cpu_seconds": "Processor seconds",
        "wall_seconds": "Seconds by the clock",
        "peak_bytes": "Peak memory, GB",
        "cpu_over_bare_read": "Processor time over a plain read",
    }
    return register_table(rows, labels, caption="Benchmark on generated snapshots")


def thesis_size(measured: pl.DataFrame) -> Html:
    """How often each test finds an effect where none is, a row a test and world. measured: the table `thesis_size`."""
    rows = measured.sort("surface", "families", "test").select(
        "surface", "families", "test", "simulations", (pl.col("rejected") * 100).round(1)
    )
    labels = {
        "surface": "Surface is",
        "families": "Families",
        "test": "Test",
        "simulations": "Worlds",
        "rejected": "Effect found, %",
    }
    return register_table(rows, labels, caption="Tests on surface area where it has no effect")


OUTCOME_WORDS = {
    "agrees": "Agrees. ",
    "differs": "Differs. ",
    "cannot_be_compared": "Cannot be compared. ",
    "noted": "",
}


def reconciliation(compared: pl.DataFrame) -> Html:
    """The snapshot beside other counts; then, by topic and reason, how many comparisons it cannot make.

    compared: the table `reconciliation`.
    """
    topics = {name.replace("'", "’"): place for place, name in enumerate(RECONCILED)}
    order = pl.col("topic").replace_strict(topics, return_dtype=pl.Int64)
    absent = pl.col("outcome") == "not_in_this_snapshot"
    compared = compared.with_columns(pl.col("topic", "measure", "finding").str.replace_all("'", "’"))
    comparable = compared.filter(~absent).sort(order, maintain_order=True)
    beside = pl.when(pl.col("against") == "").then(pl.lit("")).otherwise(pl.format(" ({})", "against"))
    shown = comparable.select(
        "expected",
        "found",
        what=pl.format("{}: {}{}", "subject", "measure", beside),
        finding=pl.col("outcome").replace_strict(OUTCOME_WORDS, return_dtype=pl.String) + pl.col("finding"),
    )
    labels = {"what": "Compared", "expected": "There", "found": "Here", "finding": "Finding"}
    without = (
        compared.filter(absent)
        .group_by("topic", "finding")
        .agg(comparisons=pl.len())
        .sort(order, "finding")
        .with_columns(finding=pl.col("finding").str.strip_prefix("Not in this snapshot: ").str.strip_suffix("."))
    )
    parts = [
        table_html(shown, labels, caption="The snapshot beside other counts", rows=None),
        table_html(
            without,
            {"topic": "Topic", "comparisons": "Comparisons", "finding": "Why"},
            caption="What cannot be compared with this snapshot",
            rows=None,
        ),
    ]
    return Html("\n".join(part for part, rows in zip(parts, (shown, without), strict=True) if rows.height))
