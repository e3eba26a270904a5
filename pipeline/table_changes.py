"""How a table differs from an older one of the same name: how many rows came, went and changed, and what moved most.

Rows are matched by the key of the table's contract. A row has changed when any other column that both tables have
differs, nulls included. Of each numeric column that moved, the row with the largest difference is told, since numbers
of one column have one unit; columns are ordered by the sum of their differences over the sum of their values, which
needs no unit.

Known drawback: where the key itself holds what moved (a rank, a date), a row that moved went and another came.
"""

from dataclasses import dataclass

import polars as pl

from pipeline import words

LARGEST = 3
"""So many columns are told of."""
_SHOWN = 60
"""A key is cut after so many letters."""
_ROUNDING = 1e-9
"""A smaller part of a number is that of another order of summing."""
_NEW = " of the newer"


@dataclass(frozen=True)
class Differences:
    """Rows by what became of them; columns that moved, with `column`, `row`, `old`, `new`, the most moved first."""

    came: int
    went: int
    changed: int
    largest: pl.DataFrame

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.came or self.went or self.changed)


def differences(old: pl.DataFrame, new: pl.DataFrame, key: list[str]) -> Differences:
    """What became of the older table's rows. `key`: columns that name a row in both."""
    both = old.join(new, on=key, how="inner", suffix=_NEW, nulls_equal=True)
    shared = [name for name in new.columns if name in old.columns and name not in key]
    differs = [_differs(name, old.schema[name], new.schema[name]) for name in shared]
    changed = both.filter(pl.any_horizontal(differs)) if differs else both.clear()
    numeric = [name for name in shared if old.schema[name].is_numeric() and new.schema[name].is_numeric()]
    return Differences(
        came=new.height - both.height,
        went=old.height - both.height,
        changed=changed.height,
        largest=_largest(changed, both, key, numeric),
    )


def _differs(name: str, old: pl.DataType, new: pl.DataType) -> pl.Expr:
    """Whether a cell differs, a number by more than rounding; of another type it does, unless both are numbers."""
    before, after = pl.col(name), pl.col(f"{name}{_NEW}")
    if old.is_numeric() and new.is_numeric():
        known = (after - before).abs() > _ROUNDING * pl.max_horizontal(before.abs(), after.abs())
        return known.fill_null(before.is_null() != after.is_null())
    return before.ne_missing(after) if old == new else pl.lit(True)


def _largest(changed: pl.DataFrame, both: pl.DataFrame, key: list[str], numeric: list[str]) -> pl.DataFrame:
    """The row of the largest difference in each column that moved, columns that moved most first."""
    told = pl.concat_str([pl.col(name).cast(pl.String).fill_null("–") for name in key], separator=", ")
    found = []
    for name in numeric:
        old, new = (pl.col(column).cast(pl.Float64) for column in (name, f"{name}{_NEW}"))
        by = (new - old).abs()
        moved = changed.filter(by > _ROUNDING * pl.max_horizontal(old.abs(), new.abs())).select(
            pl.lit(name).alias("column"), told.alias("row"), old.alias("old"), new.alias("new"), by.alias("by")
        )
        if not moved.is_empty():
            whole = both.select(pl.max_horizontal(old.abs(), new.abs()).sum()).item()
            share = pl.lit(moved["by"].sum() / whole).alias("share")
            found.append(moved.sort("by", "row", descending=[True, False]).head(1).with_columns(share))
    if not found:
        return pl.DataFrame(schema={"column": pl.String, "row": pl.String, "old": pl.Float64, "new": pl.Float64})
    return pl.concat(found).sort("share", "column", descending=[True, False]).drop("by", "share")


def told(found: Differences) -> str:
    """The differences in one line."""
    rows = {"came": found.came, "went": found.went, "changed": found.changed}
    counts = [f"{words.number(count)} {what}" for what, count in rows.items() if count]
    parts = [f"rows: {', '.join(counts)}" if counts else "the same but for rounding"]
    for column, row, old, new in found.largest.head(LARGEST).iter_rows():
        by = f" ({'+' if new > old else '−'}{words.percent(abs(new - old) / abs(old))})" if old else ""
        parts.append(f"{column} of {_cut(row)}: {_figure(old)} → {_figure(new)}{by}")
    rest = found.largest.height - LARGEST
    if rest > 0:
        parts.append(f"{words.word(rest)} more {'column' if rest == 1 else 'columns'} moved")
    return "; ".join(parts)


def _figure(value: float) -> str:
    return words.large(value) if abs(value) >= 1000 or float(value).is_integer() else words.significant(value, 3)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
