"""What cost accounting assumes, by name: a low, a middle and a high value, each from a register row.

A number that no run states stands in `register/cost/assumptions.csv` with its unit, date and source, and
nowhere else: change the row, and every cost that rests on it follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from pipeline.base.errors import RegisterError

End = Literal["low", "middle", "high"]
ENDS: tuple[End, ...] = ("low", "middle", "high")


@dataclass(frozen=True)
class Range:
    """Three values of one assumption, in its own unit."""

    low: float
    middle: float
    high: float

    def at(self, end: End) -> float:
        """The value at one end, or in the middle."""
        return {"low": self.low, "middle": self.middle, "high": self.high}[end]


def opposite(end: End) -> End:
    """The other end: what is divided by goes the other way."""
    return {"low": "high", "middle": "middle", "high": "low"}[end]  # type: ignore[return-value]


@dataclass(frozen=True)
class Assumptions:
    """The register's assumptions. Asking for one that is not there is an error that names it."""

    rows: Mapping[str, Range]

    def __getitem__(self, name: str) -> Range:
        if name not in self.rows:
            raise RegisterError(
                f"no assumption {name}", where="assumptions.csv", next_step="restore its row, or name one that stands"
            )
        return self.rows[name]


def read(table: pl.DataFrame) -> Assumptions:
    """The register table `assumptions` by name."""
    columns = table.select("assumption", *ENDS)
    return Assumptions({name: Range(low, middle, high) for name, low, middle, high in columns.iter_rows()})
