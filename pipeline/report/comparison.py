"""How one edition differs from another: headline, ranks, verdicts, key numbers and tables, and by how much each moved.

`comparable` says what may be compared. Tables are compared cell by cell where those of both editions are at hand, else
by the number of rows and the hash that an edition records of them.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import polars as pl

from pipeline.base import words
from pipeline.base.errors import TableError
from pipeline.report import dictionary, table_changes
from pipeline.report.comparable import can_subtract, ranking_rule, same_kind, same_pair, shared_rules, warnings
from pipeline.report.editions import Edition, Number, Rule

RANKED = 10
"""A group's rank is listed if it is among the first ten in either edition."""
_SAME = "the same"
_NOT_COMPARED = "not compared"
BY_HASH = "other rows or values: to see which, name both folders"
"""What is known of a table that moved where one of the two is not at hand."""


@dataclass(frozen=True)
class Row:
    """One thing in both editions. `moved` is None where the two cannot be compared; `change` says why."""

    area: str
    what: str
    old: str
    new: str
    change: str
    moved: bool | None

    def columns(self) -> dict[str, object]:
        """As a row of a table."""
        return asdict(self)


@dataclass(frozen=True)
class Comparison:
    """Two editions side by side. rank_rule: the key of the rule by which groups are ranked, if there is one."""

    old: Edition
    new: Edition
    warnings: list[str]
    rows: list[Row]
    rank_rule: str | None

    def of(self, area: str) -> list[Row]:
        """Rows of one area, in order."""
        return [row for row in self.rows if row.area == area]


Find = Callable[[str], pl.DataFrame | None]
"""An edition's table by name, if it is at hand."""


def no_table(name: str) -> None:
    """No table is at hand."""
    del name


def compare(old: Edition, new: Edition, old_table: Find = no_table, new_table: Find = no_table) -> Comparison:
    """Everything that two editions share, and what only one of them has."""
    rule = ranking_rule(old, new)
    rows = [
        *headline_rows(old, new),
        *rank_rows(old, new, rule),
        *verdict_rows(old, new),
        *number_rows(old, new),
        *table_rows(old, new, old_table, new_table),
    ]
    return Comparison(old, new, warnings(old, new), rows, rule)


# -------------------------------------------------------------------------------------- headline and ranks


def headline_rows(old: Edition, new: Edition) -> list[Row]:
    """Both headlines, then subject to reference by every rule that both support."""
    shared = shared_rules(old, new)
    same_rule = old.headline == new.headline and old.headline in shared
    rows = []
    if not (same_rule and same_pair(old, new)):
        why = "other groups" if same_rule else "another rule"
        rows.append(Row("headline", "the headline", _headline(old), _headline(new), f"{why}: not subtracted", None))
    if same_pair(old, new):
        rows += [_pair_row(old, new, key, is_headline=same_rule and key == new.headline) for key in shared]
    return rows


def _headline(edition: Edition) -> str:
    rule = edition.rules.get(edition.headline or "")
    if rule is None:
        return "no rule is supported"
    subject, reference = _pair_counts(rule, edition)
    ratio = f", ratio {words.times(subject / reference)}" if reference else ""
    counts = f"{edition.subject} {words.number(subject)}, {edition.reference} {words.number(reference)}"
    return f"{rule.label}: {counts}{ratio}"


def _pair_counts(rule: Rule, edition: Edition) -> tuple[float, float]:
    return rule.counts.get(edition.subject, 0), rule.counts.get(edition.reference, 0)


def _pair_row(old: Edition, new: Edition, key: str, *, is_headline: bool) -> Row:
    """Subject to reference by one rule: the ratio, and in brackets the two counts."""
    what = f"{'the headline, ' if is_headline else ''}{new.rules[key].label}"
    before, after = _pair_counts(old.rules[key], old), _pair_counts(new.rules[key], new)
    texts = ratio_text(*before), ratio_text(*after)
    if before == after:
        return Row("headline", what, *texts, _SAME, False)
    changes = []
    if all(before) and all(after):
        changes.append(difference(before[0] / before[1], after[0] / after[1], "times"))
    if same_kind(old, new):
        changes += [
            f"{group} {difference(count, newer, 'count')}"
            for group, count, newer in zip((new.subject, new.reference), before, after, strict=True)
            if count != newer
        ]
    return Row("headline", what, *texts, "; ".join(changes) or _NOT_COMPARED, True if changes else None)


def ratio_text(subject: float, reference: float) -> str:
    """`3.0 (300 to 100)`."""
    ratio = words.times(subject / reference) if reference else "no ratio"
    return f"{ratio} ({words.number(subject)} to {words.number(reference)})"


def rank_rows(old: Edition, new: Edition, rule: str | None) -> list[Row]:
    """Groups that stood or stand among the first, in their new order."""
    if rule is None:
        return []
    before, after = ranks(old.rules[rule]), ranks(new.rules[rule])
    groups = {group for found in (before, after) for group, rank in found.items() if rank <= RANKED}
    rows = []
    for group in sorted(groups, key=lambda group: (after.get(group, len(after) + 1), before.get(group, 0), group)):
        was, now = before.get(group), after.get(group)
        texts = _rank_text(was, old.rules[rule], group), _rank_text(now, new.rules[rule], group)
        rows.append(Row("rank", group, *texts, _places_moved(was, now), was != now))
    return rows


def ranks(rule: Rule) -> dict[str, int]:
    """Rank by group: 1 for the largest count; equal counts share the better rank."""
    counts = sorted(rule.counts.values(), reverse=True)
    return {group: counts.index(count) + 1 for group, count in rule.counts.items()}


def _rank_text(rank: int | None, rule: Rule, group: str) -> str:
    return "none counted" if rank is None else f"{rank} ({words.number(rule.counts[group])})"


def _places_moved(before: int | None, after: int | None) -> str:
    if before == after:
        return _SAME
    if before is None or after is None:
        return "newly counted" if before is None else "no longer counted"
    moved = abs(before - after)
    return f"{'up' if after < before else 'down'} {moved} {words.plural('place', moved)}"


# -------------------------------------------------------------------------------------- verdicts and numbers


def verdict_rows(old: Edition, new: Edition) -> list[Row]:
    """Every claim of either edition; one whose statement changed is listed, not compared."""
    rows = []
    for claim in sorted(old.verdicts.keys() | new.verdicts.keys(), key=int):
        before, after = old.verdicts.get(claim), new.verdicts.get(claim)
        texts = [one.verdict.replace("_", " ") if one else "not checked" for one in (before, after)]
        statement = (after or before).statement  # type: ignore[union-attr]
        moved: bool | None = texts[0] != texts[1]
        if before and after and before.statement != after.statement:
            change, moved = "the claim is quoted in other words: not compared", None
        elif before is None or after is None:
            change = after.why if after else "no longer checked"
        else:
            change = after.why if moved else _SAME
        rows.append(Row("verdict", f"Claim {claim}: “{statement}”", texts[0], texts[1], change, moved))
    return rows


def number_rows(old: Edition, new: Edition) -> list[Row]:
    """Key numbers that have a value in either edition.

    One that the other's snapshot cannot give is shown as missing, one that the other does not list (it is of another
    pair) as not given.
    """
    before, after = ({number.key: number for number in edition.numbers} for edition in (old, new))
    known = [key for key in (after | before) if _has_value(before.get(key)) or _has_value(after.get(key))]
    return [_number_row(old, new, before.get(key), after.get(key)) for key in known]


def _has_value(number: Number | None) -> bool:
    return number is not None and number.value is not None


def _number_row(old: Edition, new: Edition, before: Number | None, after: Number | None) -> Row:
    known = after or before
    assert known
    texts = before.text if before else "not given", after.text if after else "not given"
    was, now = before.value if before else None, after.value if after else None
    if was is None or now is None:
        return Row("number", known.name, *texts, "new" if was is None else "gone", True if before and after else None)
    if not (before and after and before.name == after.name and can_subtract(old, new, after)):
        return Row("number", known.name, *texts, _NOT_COMPARED, None)
    return Row("number", known.name, *texts, difference(was, now, after.kind), was != now)


def difference(before: float, after: float, kind: str) -> str:
    """By how much a number moved: shares (of 1) in points, ratios in per cent, counts and dollars in both ways."""
    if before == after:
        return _SAME
    sign = "+" if after > before else "−"
    by, relative = abs(after - before), table_changes.relative(before, after)
    if kind == "share":
        points = 100 * by
        return f"{sign}{words.significant(points, 2) if points < 10 else f'{points:.0f}'} percentage points"
    if kind == "times":
        return relative or f"{sign}{words.times(by)}"
    amount = (words.price(by) if by < 10 else words.dollars(by)) if kind == "USD" else words.number(by)
    return f"{sign}{amount} ({relative})" if relative else f"{sign}{amount}"


# ---------------------------------------------------------------------------------------------- tables


def table_rows(old: Edition, new: Edition, old_table: Find, new_table: Find) -> list[Row]:
    """Tables that either edition has; where snapshots or pairs are of different kinds, those that differ in one row."""
    rows = [_table_row(name, old, new, old_table, new_table) for name in sorted(old.tables | new.tables)]
    if same_kind(old, new) and same_pair(old, new):
        return rows
    differ = [row.what for row in rows if row.moved]
    if not differ:
        return rows
    many = f"{words.word(len(differ))} {'differs' if len(differ) == 1 else 'differ'}"
    together = Row("table", ", ".join(differ), "", "", f"{many}: {_NOT_COMPARED}", None)
    return [together, *(row for row in rows if not row.moved)]


def _table_row(name: str, old: Edition, new: Edition, old_table: Find, new_table: Find) -> Row:
    before, after = old.tables.get(name), new.tables.get(name)
    texts = [_rows(table.rows) if table else "none" for table in (before, after)]

    def row(change: str, *, moved: bool = True) -> Row:
        return Row("table", name, texts[0], texts[1], change, moved)

    if before is None or after is None:
        return row("new" if before is None else "gone")
    if before.sha256 == after.sha256:
        return row(_SAME, moved=False)
    can_be_matched = same_kind(old, new) and same_pair(old, new)
    older, newer = (old_table(name), new_table(name)) if can_be_matched else (None, None)
    if older is None or newer is None:
        return row(BY_HASH)
    key = _key(name)
    types = [[table.schema.get(column) for column in key] for table in (older, newer)]
    if not key or None in types[0] or types[0] != types[1]:
        return row("other rows or values, which no key of this version matches")
    found = table_changes.differences(older, newer, key)
    return row(table_changes.summary(found), moved=found.any)


def _rows(count: int) -> str:
    return f"{words.number(count)} {words.plural('row', count)}"


def _key(name: str) -> list[str]:
    """Columns that name a row of the table; none for a table that this version does not know."""
    try:
        return dictionary.key(name)
    except TableError:
        return []
