"""What was met on the way to the core tables, and what was done about it, in counts."""

import polars as pl

Checks = dict[str, tuple[int, str]]
"""How often, and one line for the reader, by what was counted."""


def table_of(checks: Checks) -> pl.DataFrame:
    """Rows of `schema.LineageChecks`."""
    return pl.DataFrame(
        [(name, count, meaning) for name, (count, meaning) in checks.items()],
        schema={"check": pl.String, "count": pl.Int64, "meaning": pl.String},
        orient="row",
    )
