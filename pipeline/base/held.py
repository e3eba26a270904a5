"""What a snapshot holds: which share of its repositories has a value, by column; and what needs it.

What a snapshot does not have is not zero: where nothing has a date of creation, nothing is known to have been there in
June 2025, nor to have been missing. So code that counts by a column states, as data, which share of the repositories
must have a value in it (`Needs`), and where fewer have gives the reason of `lacking` in place of a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.base import words

Needs = Mapping[str, float]
"""The least share of repositories that have a value, by column."""

SOME = 0.0
"""One repository with a value is enough."""

DATED = 0.9
"""A count by a date leaves out what has none: with more than a tenth left out it does not count what was there."""

PARENTS = "parents"
"""Declared in any of three columns: tags, baseModels, cardData."""

NAMES = {
    "createdAt": "date of creation (createdAt)",
    "downloads": "number of downloads (downloads)",
    "downloadsAllTime": "number of downloads since the count began (downloadsAllTime)",
    "likes": "number of likes (likes)",
    "tags": "tag (tags)",
    "safetensors": "stored size (safetensors)",
    "config": "configuration (config)",
    PARENTS: "declared parent (in tags, baseModels or cardData)",
}
"""What a repository with a value in a column has."""


@dataclass(frozen=True)
class Held:
    """Shares of repositories that have a value, by column."""

    shares: Mapping[str, float]

    def lacking(self, needs: Needs) -> str | None:
        """Which need is not met, as a sentence without its full stop; None where all are."""
        for column, least in needs.items():
            share = self.shares[column]
            if not share:
                return f"No repository of this snapshot has a {NAMES[column]}"
            if share < least:
                return (
                    f"{words.percent(1 - share)} of this snapshot’s repositories have no {NAMES[column]}, more than "
                    f"the {words.percent(1 - least)} that a count by it may leave out"
                )
        return None

    def has(self, *columns: str) -> bool:
        """Whether any repository has a value in one of these columns."""
        return any(self.shares[column] for column in columns)

    def left_out(self, column: str) -> str:
        """What counts by a column leave out, as a sentence after another; nothing where all have a value."""
        share = 1 - self.shares[column]
        return f" {words.percent(share)} of all repositories have no {NAMES[column]} and are left out." if share else ""

    def without(self, column: str) -> str:
        """What a count by a column leaves out, as the end of a clause; nothing where all have a value."""
        left_out = 1 - self.shares[column]
        return f", without the {words.percent(left_out)} that have no {NAMES[column]}" if left_out else ""


def of(provenance: Mapping[str, Any], parents: float = SOME) -> Held:
    """What the snapshot holds, by its provenance; the share that declares parents is what the links tell."""
    held = {column: rows / provenance["rows"] for column, rows in provenance["rows_with"].items()}
    return Held({column: held.get(column, 0.0) for column in NAMES} | {PARENTS: parents})
