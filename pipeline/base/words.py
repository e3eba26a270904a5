"""Numbers, dates and lists in words, in one style for all pages.

Numbers are rounded to two or three significant digits; large amounts are spelled out ("6.5 billion").
"""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

NOT_HERE = "not in this snapshot"
EVEN = 0.05
"""Two counts within five per cent of each other are called about as many."""

_NOISE = 1e-6
"""By how much a sum of fractions that is all may fall short of 100 per cent."""

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float) -> str:
    """1234567 as `1,234,567`; a fraction keeps one digit."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def word(value: int) -> str:
    """Counts up to ten as words."""
    return _SMALL[value] if 0 <= value < len(_SMALL) else number(value)


def word_or_none(value: int) -> str:
    """A count without its noun: `three`, `none`."""
    return word(value) if value else "none"


def out_of(value: int, every: int) -> str:
    """`none of nine`, `seven of nine`, `all nine`; every: how many there are."""
    return f"all {word(every)}" if value == every else f"{word_or_none(value)} of {word(every)}"


def significant(value: float, digits: int = 2) -> str:
    """A number with so many significant digits and without an exponent."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - _magnitude(rounded))
    return f"{rounded:,.{decimals}f}"


def _magnitude(value: float) -> int:
    return int(f"{abs(value):e}".split("e")[1])


def large(value: float, digits: int = 3) -> str:
    """671026404352 as `671 billion`."""
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= size * 0.9995:
            return f"{significant(value / size, digits)} {name}"
    return number(round(value))


def scientific(value: float) -> str:
    """3.25e24 as `3.2 × 10²⁴`."""
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"


_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def billions(value: float) -> str:
    """Parameters as practitioners write them: `671B`, `5.1B`, `0.6B`."""
    in_billions = value / 1e9
    return f"{significant(in_billions, 3 if in_billions >= 100 else 2)}B"


def dollars(value: float, digits: int = 2) -> str:
    """5576000 as `$5.6 million`."""
    return f"${large(value, digits)}"


def dollar_range(low: float, high: float, digits: int = 2) -> str:
    """`$6.8 to $34 million`, with both words where they differ, as one amount where both read the same."""
    first, last = dollars(low, digits), dollars(high, digits)
    if first == last:
        return first
    size = last.partition(" ")[2]
    return f"{first.removesuffix(f' {size}') if size else first} to {last}"


def price(usd: float) -> str:
    """A small amount of dollars, such as of a million tokens: `$0.28`, `$1.10`, `$15`."""
    return f"${usd:.2f}" if usd < 10 else f"${significant(usd, 2)}"


def counted(value: float, noun: str) -> str:
    """`3 releases`, `1 release`, `no releases`; `noun` is the singular."""
    return f"{number(value) if value else 'no'} {plural(noun, value)}"


def plural(noun: str, count: float) -> str:
    """The noun as it stands after a count: `release` after 1, else `releases`, `repositories`."""
    return noun if count == 1 else f"{noun[:-1]}ies" if noun.endswith("ory") else f"{noun}s"


def percent(share: float) -> str:
    """A share of 1: 0.163 as `16%`. Near 0 and 1 it gets digits until it reads as neither: `0.3%`, `99.7%`."""
    value = 100 * share
    if 0 < value < 1:
        return f"{significant(value, 1)}%"
    if 99.5 <= value < 100 - _NOISE:
        rest = float(f"{100 - value:.0e}")
        return f"{100 - rest:.{-_magnitude(rest)}f}%"
    return f"{value:.0f}%"


def times(ratio: float) -> str:
    """3.347 as `3.3`."""
    return significant(ratio, 2)


def span(low: float, high: float) -> str:
    """Two ratios as `3.3 to 8.2`; one where both read the same."""
    first, last = times(low), times(high)
    return first if first == last else f"{first} to {last}"


def factors(low: float, high: float) -> str:
    """`3.3 to 8.2` times; a factor below a half as a fraction: `1/4.3 to 5.0`."""
    first, last = (f"1/{times(1 / ratio)}" if 0 < ratio < 0.5 else times(ratio) for ratio in (low, high))
    return first if first == last else f"{first} to {last}"


def day(value: date) -> str:
    """`20 January 2025`."""
    return f"{value.day} {value:%B %Y}"


def month(value: date) -> str:
    """`January 2025`."""
    return f"{value:%B %Y}"


def dated(value: date, precision: str) -> str:
    """A date as exactly as it is known: `14 August 2026`, `August 2026`, `summer 2026`, `2026`.

    precision: one of `vocabulary.DATED_TO`.
    """
    match precision:
        case "day":
            return day(value)
        case "month":
            return month(value)
        case "season":
            return f"{_SEASONS[value.month % 12 // 3]} {value.year}"
        case _:
            return str(value.year)


_SEASONS = ("winter", "spring", "summer", "autumn")


def quarter(value: date) -> str:
    """`third quarter of 2026`."""
    return f"{('first', 'second', 'third', 'fourth')[(value.month - 1) // 3]} quarter of {value.year}"


def upper(text: str) -> str:
    """A clause as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    """A sentence that begins with a common word as a clause."""
    return text[:1].lower() + text[1:]


def listed(items: Sequence[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def either(items: Sequence[str]) -> str:
    """`a, b or c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def country(name: str) -> str:
    """A country within a sentence: `China`, `the United States`."""
    return f"the {name}" if name.startswith("United ") else name


def gigabytes(value: float) -> str:
    """Bytes in decimal gigabytes, as vendors quote memory and weights: `336 GB`."""
    return f"{significant(value / 1e9, 3 if value >= 1e11 else 2)} GB"


def order(first: float, second: float) -> int:
    """1 where the first is more, -1 where it is less, 0 where they are within five per cent of each other."""
    if first <= second * (1 + EVEN) and second <= first * (1 + EVEN):
        return 0
    return 1 if first > second else -1


def leads(turns: list[tuple[int, str]]) -> str:
    """`Llama led through 2024, Qwen since 2025`. turns: (year, leader) in order of years; a leader may be `neither`."""
    spells = [(leader, [year for year, _ in years]) for leader, years in groupby(turns, key=lambda turn: turn[1])]
    if len(spells) == 1:
        return _only_leader(*spells[0])
    (first, before), *between, (last, after) = spells
    middle = [f"{leader} {_in_years(years)}" for leader, years in between]
    return ", ".join([f"{first} led through {before[-1]}", *middle, f"{last} since {after[0]}"])


def _only_leader(leader: str, years: list[int]) -> str:
    if len(years) == 1:
        return f"{leader} led in {years[0]}"
    gaps = "" if len(years) == years[-1] - years[0] + 1 else " that has any"
    return f"{leader} led in every year from {years[0]} to {years[-1]}{gaps}"


def _in_years(years: list[int]) -> str:
    return f"in {years[0]}" if len(years) == 1 else f"from {years[0]} to {years[-1]}"
