"""Which of two groups is ahead, and by how much, as data and in words.

The group with more always comes first, so its ratio is never below one, and words are made from that order alone. So no
sentence names the groups in one order and their counts in the other, and a ratio of 0.04 reads as 25 times as many of
the other group.

`Lead` compares by one result: counts within five per cent of each other are even (`words.EVEN`). `Leads` compares by
several results, each once however many definitions give it: each counts for the group with more, by any margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.base import words

FEW = 10
"""A ratio to a smaller count says nothing: one more would change it by a tenth and more."""


@dataclass(frozen=True)
class Lead:
    """Two groups by one result: `more` has `most`, `less` has `least` (counts or shares), which is never larger.

    Where `least` is below `FEW`, words give both counts and no ratio.
    """

    more: str
    less: str
    most: float
    least: float

    @classmethod
    def of(cls, first: str, first_count: float, second: str, second_count: float) -> "Lead":
        """A comparison of two groups by their counts; where these are equal, `first` comes first."""
        if first_count >= second_count:
            return cls(first, second, first_count, second_count)
        return cls(second, first, second_count, first_count)

    @property
    def is_even(self) -> bool:
        """Within five per cent of each other, or nothing on both sides."""
        return words.order(self.most, self.least) == 0

    @property
    def leader(self) -> str | None:
        """The group that is ahead; None where they are even."""
        return None if self.is_even else self.more

    @property
    def ratio(self) -> float | None:
        """Most over least, at least one; None where the second has none."""
        return self.most / self.least if self.least else None

    @property
    def is_firm(self) -> bool:
        """Whether a ratio of the two says anything."""
        return self.least >= FEW

    @property
    def counts(self) -> str:
        """`85 against 52`, in the order in which `clause` names the groups."""
        return f"{words.number(self.most)} against {words.number(self.least)}"

    def clause(self, what: str = "") -> str:
        """`Qwen has 3.3 times as many derivatives as Llama`. what: the plural of what is counted, or nothing."""
        counted = f" {what}" if what else ""
        if not self.most:
            return f"neither {self.more} nor {self.less} has any{counted}"
        if not self.least:
            return f"{self.more} has {what or 'some'}, {self.less} none"
        if self.is_even:
            about = "" if self.most == self.least else "about "
            return f"{self.more} and {self.less} have {about}as many{counted}"
        if not self.is_firm:
            return f"{self.more} has {words.number(self.most)}{counted}, {self.less} {words.number(self.least)}"
        return f"{self.more} has {words.times(self.most / self.least)} times as many{counted} as {self.less}"


@dataclass(frozen=True)
class Leads:
    """Two groups by several results; the group that is ahead by more of them comes first.

    ahead, behind, level: by how many results `more` has more than `less`, fewer, and exactly as many. low, high: the
    smallest and largest ratio of `more` to `less` over all results; below one by one by which `more` is behind.
    """

    more: str
    less: str
    ahead: int
    behind: int
    level: int
    low: float
    high: float

    @classmethod
    def of(cls, first: str, second: str, ratios: Sequence[float]) -> "Leads":
        """A comparison of two groups. ratios: of `first` to `second` by each result; at least one, each above zero."""
        ahead, behind = sum(ratio > 1 for ratio in ratios), sum(ratio < 1 for ratio in ratios)
        level, low, high = len(ratios) - ahead - behind, min(ratios), max(ratios)
        if ahead >= behind:
            return cls(first, second, ahead, behind, level, low, high)
        return cls(second, first, behind, ahead, level, 1 / high, 1 / low)

    @property
    def rules(self) -> int:
        """How many results there are, of rules or of what else is counted by."""
        return self.ahead + self.behind + self.level

    @property
    def all_agree(self) -> bool:
        """By every result the same group has more."""
        return self.ahead == self.rules

    @property
    def leader(self) -> str | None:
        """The group that is ahead by more results than the other; None where each is by as many."""
        return self.more if self.ahead > self.behind else None

    @property
    def span(self) -> str:
        """`2.7 to 6.0 times as many`, where all results agree on who has more."""
        if words.times(self.low) != words.times(1):
            return f"{words.span(self.low, self.high)} times as many"
        return _at_most(self.high)

    def title(self, what: str, rule: str = "rule") -> str:
        """The finding as a title. what: plural of what is counted. rule: singular of what it is counted by."""
        by = f"By every {rule}" if self.rules > 1 else f"By the one {rule} that applies"
        many = words.counted(self.rules, rule)
        if self.all_agree:
            return f"{by}, {self.more} has {self.span} {what} as {self.less}"
        if not self.ahead:
            return f"{by}, {self.more} and {self.less} have as many {what}"
        if self.ahead == self.behind:
            return f"{self.more} and {self.less} are each ahead by {words.number(self.ahead)} of {many}"
        other = f", {self.less} by {words.word(self.behind)}" if self.behind else ""
        return f"{self.more} is ahead of {self.less} by {words.number(self.ahead)} of {many}{other}"

    def clause(self, what: str, rules: str = "rules") -> str:
        """The finding with its range. rules: plural, such as `rules that this snapshot supports`."""
        if self.all_agree or not self.ahead:
            return self.title(what)
        if self.ahead == self.behind:
            return (
                f"{self.title(what)}, {self.more} with {_at_most(self.high)}, {self.less} with {_at_most(1 / self.low)}"
            )
        many = f"{words.number(self.rules)} {rules}"
        first = (
            f"{self.more} is ahead of {self.less} by {words.number(self.ahead)} of the {many}, "
            f"with {_at_most(self.high)} {what}"
        )
        second = (
            f"; {self.less} is ahead by {words.word(self.behind)}, with {_at_most(1 / self.low)}" if self.behind else ""
        )
        third = f"; by {words.word(self.level)} they have as many" if self.level else ""
        return f"{first}{second}{third}"

    def reach(self, what: str) -> str:
        """Both ends of the range: `2.7 to 6.0 times as many derivatives of Qwen as of Llama`."""
        if self.low >= 1:
            return f"{self.span} {what} of {self.more} as of {self.less}"
        return (
            f"{_at_most(self.high)} {what} of {self.more} as of {self.less} by some rules, "
            f"{_at_most(1 / self.low)} of {self.less} as of {self.more} by others"
        )


def _at_most(ratio: float) -> str:
    """`up to 3.3 times as many`; a ratio that reads as one is `about as many`."""
    near = words.times(ratio) == words.times(1)
    return "about as many" if near else f"up to {words.times(ratio)} times as many"
