"""How complete a snapshot is: the share of its repositories that have a value, by column.

What a snapshot does not have is not zero: where nothing has a date of creation, nobody knows how many repositories
there were in June 2025. So code that counts by a column states which share of the repositories must have a value in it
(`Needs`). Where fewer have, the result is the reason that `lacking` gives instead of a number.
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
"""A count by a date leaves out repositories without one. If these are more than a tenth, the count means little."""

PARENTS = "parents"
"""Not a column: a parent may be declared in tags, baseModels or cardData."""

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
"""What a column records, in words that follow "has a"."""


@dataclass(frozen=True)
class Completeness:
    """Shares of repositories that have a value (0 to 1), by the columns of `NAMES`."""

    shares: Mapping[str, float]

    @classmethod
    def of(cls, provenance: Mapping[str, Any], parents: float = SOME) -> "Completeness":
        """The shares that a provenance counts (`rows_with` of `rows`), 0 for a column that it does not name.

        parents: the share of repositories that declare a parent, which is known when the edges are.
        """
        shares = {column: rows / provenance["rows"] for column, rows in provenance["rows_with"].items()}
        return cls({column: shares.get(column, 0.0) for column in NAMES} | {PARENTS: parents})

    def lacking(self, needs: Needs) -> str | None:
        """The first need that is not met, as a sentence without its full stop; None where all are met."""
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
        """Whether some repository has a value in one of these columns."""
        return any(self.shares[column] for column in columns)

    def left_out(self, column: str) -> str:
        """What counts by a column leave out, as a sentence after another; nothing where all have a value."""
        share = 1 - self.shares[column]
        return f" {words.percent(share)} of all repositories have no {NAMES[column]} and are left out." if share else ""

    def without(self, column: str) -> str:
        """What a count by a column leaves out, as the end of a clause; nothing where all have a value."""
        left_out = 1 - self.shares[column]
        return f", without the {words.percent(left_out)} that have no {NAMES[column]}" if left_out else ""
