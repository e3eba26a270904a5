"""How a table differs from an older one of the same name: how many rows came, went and changed, and what moved most.

1. Rows are matched by the key of the table's contract. A row has changed when any other column that both tables have
   differs, nulls included. Columns that one of the tables lacks are named.
2. Of each numeric column that moved, the row with the largest difference is shown.
3. Columns are ordered by the sum of their differences over the sum of their values, which has no unit.

Known drawback: where what moved is part of the key (a rank, a date), one row goes and another comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.base import words

LARGEST = 3
"""At most this many columns are shown."""
_SHOWN = 60
"""A key is cut after so many letters."""
_ROUNDING = 1e-9
"""Two numbers that differ by a smaller part of the larger one are equal: sums in another order differ as much."""
_MOST_DIGITS = 17
"""With so many digits two numbers that differ read differently."""
_NEW = " of the newer"


@dataclass(frozen=True)
class Differences:
    """How many rows came, went and changed, and which columns moved.

    largest: a row for each numeric column that moved, with `column`, `row` (its key), `old`, `new`, the most moved
    first. added, dropped: columns that only the newer or only the older table has.
    """

    came: int
    went: int
    changed: int
    largest: pl.DataFrame
    added: Sequence[str]
    dropped: Sequence[str]

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.came or self.went or self.changed or self.added or self.dropped)


def differences(old: pl.DataFrame, new: pl.DataFrame, key: list[str]) -> Differences:
    """How two tables of one name differ. key: columns that name a row in both and have the same type in both."""
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
        added=[name for name in new.columns if name not in old.columns],
        dropped=[name for name in old.columns if name not in new.columns],
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
    row = pl.concat_str([pl.col(name).cast(pl.String).fill_null("–") for name in key], separator=", ")
    found = []
    for name in numeric:
        old, new = (pl.col(column).cast(pl.Float64) for column in (name, f"{name}{_NEW}"))
        by = (new - old).abs()
        moved = changed.filter(by > _ROUNDING * pl.max_horizontal(old.abs(), new.abs())).select(
            pl.lit(name).alias("column"), row.alias("row"), old.alias("old"), new.alias("new"), by.alias("by")
        )
        if not moved.is_empty():
            whole = both.select(pl.max_horizontal(old.abs(), new.abs()).sum()).item()
            share = pl.lit(moved["by"].sum() / whole).alias("share")
            found.append(moved.sort("by", "row", descending=[True, False]).head(1).with_columns(share))
    if not found:
        return pl.DataFrame(schema={"column": pl.String, "row": pl.String, "old": pl.Float64, "new": pl.Float64})
    return pl.concat(found).sort("share", "column", descending=[True, False]).drop("by", "share")


def summary(found: Differences) -> str:
    """The differences in one line."""
    rows = {"came": found.came, "went": found.went, "changed": found.changed}
    counts = [f"{words.number(count)} {what}" for what, count in rows.items() if count]
    names = {"came": found.added, "went": found.dropped}
    columns = [f"{words.listed(listed)} {what}" for what, listed in names.items() if listed]
    parts = [f"rows: {', '.join(counts)}"] if counts else []
    parts += [f"columns: {', '.join(columns)}"] if columns else []
    parts = parts or ["the same but for order or rounding"]
    for column, row, old, new in found.largest.head(LARGEST).iter_rows():
        by = relative(old, new)
        parts.append(f"{column} of {_cut(row)}: {' → '.join(_apart(old, new))}{f' ({by})' if by else ''}")
    rest = found.largest.height - LARGEST
    if rest > 0:
        parts.append(f"{words.word(rest)} more {'column' if rest == 1 else 'columns'} moved")
    return "; ".join(parts)


def relative(old: float, new: float) -> str:
    """`+50%` or `−33%`, above 1,000 per cent `12 times as much`; nothing where that has no meaning, as from 0."""
    if not old:
        return ""
    share = abs(new - old) / abs(old)
    if share <= 10:
        return f"{'+' if new > old else '−'}{words.percent(share)}"
    return f"{words.large(new / old, 2)} times as much" if new / old > 0 else ""


def _apart(old: float, new: float) -> list[str]:
    """Two numbers that differ, to three digits or to as many as they need to read differently."""
    for digits in range(3, _MOST_DIGITS):
        texts = [_figure(old, digits), _figure(new, digits)]
        if texts[0] != texts[1]:
            return texts
    return [_figure(old, _MOST_DIGITS), _figure(new, _MOST_DIGITS)]


def _figure(value: float, digits: int) -> str:
    if float(value).is_integer() or abs(value) >= 1e6:
        return words.large(value, digits)
    return words.significant(value, max(digits, len(str(int(abs(value))))))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
