"""How one edition differs from another: headline, ranks, verdicts, key numbers and tables, and by how much each moved.

A difference is given where it means something. Derivatives are subtracted under one rule that both editions support,
with the same choices; where the headline's rule changed, that is said, and the rules that both have are compared.
Counts are subtracted between snapshots of one kind alone: a slice that holds fewer repositories than a sample says
nothing of the Hub. Ratios, shares and ranks by one rule are compared between kinds too, with a warning.
Tables are compared cell by cell where those of both editions are at hand, else by what an edition keeps of them.

`markdown` writes the comparison for the reader of a pull request, who has not seen either report.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import polars as pl

from pipeline.base import words
from pipeline.base.errors import TableError
from pipeline.report import dictionary, table_changes
from pipeline.report.editions import Edition, Number, Rule

RANKED = 10
"""Groups whose ranks are told: those that stood or stand among the first ten."""
_SAME = "the same"
_NOT_COMPARED = "not compared"
VERDICT_WORDS = {name: name.replace("_", " ") for name in ("held_then", "depends_on_definition", "not_measurable_here")}


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
    """Two editions side by side."""

    old: Edition
    new: Edition
    warnings: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    rank_rule: str | None = None

    def of(self, area: str) -> list[Row]:
        """Rows of one area, in order."""
        return [row for row in self.rows if row.area == area]


Find = Callable[[str], pl.DataFrame | None]
"""An edition's table by name, if it is at hand."""


def nowhere(name: str) -> None:
    """No table is at hand."""
    del name


def compare(old: Edition, new: Edition, old_table: Find = nowhere, new_table: Find = nowhere) -> Comparison:
    """Everything that two editions share, and what only one of them has."""
    rule = ranking_rule(old, new)
    return Comparison(
        old=old,
        new=new,
        warnings=warnings(old, new),
        rows=[
            *headline_rows(old, new),
            *rank_rows(old, new, rule),
            *verdict_rows(old, new),
            *number_rows(old, new),
            *table_rows(old, new, old_table, new_table),
        ],
        rank_rule=new.rules[rule].label if rule else None,
    )


# ------------------------------------------------------------------------------------- what may be compared


def same_kind(old: Edition, new: Edition) -> bool:
    """Whether counts of the two snapshots can be subtracted."""
    return (old.snapshot.coverage, old.snapshot.source) == (new.snapshot.coverage, new.snapshot.source) or (
        old.snapshot.coverage == new.snapshot.coverage == "census"
    )


def same_pair(old: Edition, new: Edition) -> bool:
    """Whether both are about the same subject and reference."""
    return (old.subject, old.reference, old.grouping) == (new.subject, new.reference, new.grouping)


def shared_rules(old: Edition, new: Edition) -> list[str]:
    """Rules that both support and that mean the same in both; the newer headline first, then the older one."""
    both = [key for key in new.rules if key in old.rules and old.rules[key].choices == new.rules[key].choices]
    return sorted(both, key=lambda key: (key != new.headline, key != old.headline, key))


def ranking_rule(old: Edition, new: Edition) -> str | None:
    """The rule under which ranks are compared, if there is one."""
    both = shared_rules(old, new)
    return both[0] if both and old.grouping == new.grouping else None


def warnings(old: Edition, new: Edition) -> list[str]:
    """What a reader must know before reading on, each one sentence or two."""
    found = []
    if old.snapshot.sha256 == new.snapshot.sha256:
        found.append(
            "Both are built from the same snapshot: what moves, moves by the register, the rules or the parameters."
        )
    elif not same_kind(old, new):
        kinds = " and ".join(f"a {edition.snapshot.coverage} ({edition.snapshot.source})" for edition in (old, new))
        found.append(
            f"The snapshots are of different kinds, {kinds}. What moves between them is mostly what each one holds, "
            "not the Hub: counts are not subtracted, and ratios, shares and ranks are to be read with that in mind."
        )
    if new.snapshot.date < old.snapshot.date:
        found.append("The report called new shows an earlier day than the one called old.")
    if not same_pair(old, new):
        found.append(
            f"The reports are about different groups: {old.subject} against {old.reference} by {old.grouping}, then "
            f"{new.subject} against {new.reference} by {new.grouping}. Their ratios are not compared."
        )
    if old.headline != new.headline:
        found.append(
            f"The headline is counted by another rule: {_rule_words(old)}, then {_rule_words(new)}. No difference of "
            "the two headlines is given; the rules that both reports support are compared instead."
        )
    altered = sorted(key for key in old.rules if key in new.rules and old.rules[key].choices != new.rules[key].choices)
    if altered:
        found.append(
            f"These rules changed their meaning under the same name and are not compared: {', '.join(altered)}."
        )
    if old.rules_sha256 != new.rules_sha256:
        found.append("The two support different sets of rules, so ranges over all rules are shown and not subtracted.")
    if old.register_sha256 != new.register_sha256:
        found.append("The register changed too, so a number may have moved because a curated fact did.")
    if not (old.tables and new.tables):
        which = "older" if not old.tables else "newer"
        found.append(f"The {which} edition was made before editions listed their tables, so those are not compared.")
    if old.version != new.version:
        found.append(f"The project's version changed from {old.version} to {new.version}: see the changelog.")
    return found


def _rule_words(edition: Edition) -> str:
    return f"“{edition.rules[edition.headline].label}”" if edition.headline else "no rule, as none was supported"


# -------------------------------------------------------------------------------------------- areas


def headline_rows(old: Edition, new: Edition) -> list[Row]:
    """Both headlines, then subject to reference under every rule that both support."""
    same = old.headline is not None and old.headline == new.headline and old.headline in shared_rules(old, new)
    rows = []
    if not (same and same_pair(old, new)):
        why = "another rule" if not same else "other groups"
        rows.append(Row("headline", "the headline", _headline(old), _headline(new), f"{why}: not subtracted", None))
    if not same_pair(old, new):
        return rows
    for key in shared_rules(old, new):
        is_headline = same and key == new.headline
        rows.append(_pair_row(old, new, key, f"{'the headline, ' if is_headline else ''}{new.rules[key].label}"))
    return rows


def _headline(edition: Edition) -> str:
    rule = edition.rules.get(edition.headline or "")
    if rule is None:
        return "no rule is supported"
    a, b = (rule.counts.get(group, 0) for group in (edition.subject, edition.reference))
    return f"{rule.label}: {edition.subject} {words.number(a)}, {edition.reference} {words.number(b)}{_ratio(a, b)}"


def _ratio(a: float, b: float) -> str:
    return f", ratio {words.times(a / b)}" if b else ""


def _pair_row(old: Edition, new: Edition, key: str, label: str) -> Row:
    """Subject to reference under one rule: the ratio, and in brackets the two counts."""
    pair = (new.subject, new.reference)
    counts = [[edition.rules[key].counts.get(group, 0) for group in pair] for edition in (old, new)]
    texts = [f"{words.times(a / b) if b else 'no ratio'} ({words.number(a)} to {words.number(b)})" for a, b in counts]
    changes = []
    if all(count for both in counts for count in both):
        changes.append(difference(counts[0][0] / counts[0][1], counts[1][0] / counts[1][1], "times"))
    if same_kind(old, new) and counts[0] != counts[1]:
        changes += [
            f"{group} {difference(before, after, 'count')}"
            for group, before, after in zip(pair, *counts, strict=True)
            if before != after
        ]
    if counts[0] == counts[1]:
        return Row("headline", label, texts[0], texts[1], _SAME, False)
    return Row("headline", label, texts[0], texts[1], "; ".join(changes) or _NOT_COMPARED, True if changes else None)


def rank_rows(old: Edition, new: Edition, key: str | None) -> list[Row]:
    """Groups that stood or stand among the first, in their new order."""
    if key is None:
        return []
    before, after = ranks(old.rules[key]), ranks(new.rules[key])
    groups = {group for found in (before, after) for group, rank in found.items() if rank <= RANKED}
    rows = []
    for group in sorted(groups, key=lambda group: (after.get(group, len(after) + 1), before.get(group, 0), group)):
        rank = [found.get(group) for found in (before, after)]
        texts = [_place(place, edition.rules[key], group) for place, edition in zip(rank, (old, new), strict=True)]
        rows.append(Row("rank", group, texts[0], texts[1], _places(rank[0], rank[1]), rank[0] != rank[1]))
    return rows


def ranks(rule: Rule) -> dict[str, int]:
    """1 for the largest count; equal counts share the better rank."""
    counts = sorted(rule.counts.values(), reverse=True)
    return {group: counts.index(count) + 1 for group, count in rule.counts.items()}


def _place(rank: int | None, rule: Rule, group: str) -> str:
    return "none counted" if rank is None else f"{rank} ({words.number(rule.counts[group])})"


def _places(before: int | None, after: int | None) -> str:
    if before == after:
        return _SAME
    if before is None or after is None:
        return "newly counted" if before is None else "no longer counted"
    moved = abs(before - after)
    return f"{'up' if after < before else 'down'} {moved} {'place' if moved == 1 else 'places'}"


def verdict_rows(old: Edition, new: Edition) -> list[Row]:
    """Every claim of either edition; one whose wording changed is told, not compared."""
    rows = []
    for claim in sorted(old.verdicts.keys() | new.verdicts.keys(), key=int):
        before, after = old.verdicts.get(claim), new.verdicts.get(claim)
        texts = [VERDICT_WORDS.get(one.verdict, one.verdict) if one else "not checked" for one in (before, after)]
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
    """Key numbers of either edition: one that the other's snapshot cannot give is shown as missing, one that the other
    does not have (of another pair, or an older format) as not given."""
    before, after = ({number.key: number for number in edition.numbers} for edition in (old, new))
    known = [key for key in (after | before) if _has_value(before.get(key)) or _has_value(after.get(key))]
    return [_number_row(old, new, before.get(key), after.get(key)) for key in known]


def _has_value(number: Number | None) -> bool:
    return number is not None and number.value is not None


def _number_row(old: Edition, new: Edition, before: Number | None, after: Number | None) -> Row:
    known = after or before
    assert known
    texts = [number.text if number else "not given" for number in (before, after)]
    values = [number.value if number else None for number in (before, after)]
    if values[0] is None or values[1] is None:
        change = "new" if values[0] is None else "gone"
        return Row("number", known.name, texts[0], texts[1], change, True if before and after else None)
    if not (before and after and before.name == after.name and _comparable(old, new, after)):
        return Row("number", known.name, texts[0], texts[1], _NOT_COMPARED, None)
    change = difference(values[0], values[1], after.kind)
    return Row("number", known.name, texts[0], texts[1], change, values[0] != values[1])


def _comparable(old: Edition, new: Edition, number: Number) -> bool:
    needed: dict[str, Callable[[], bool]] = {
        "snapshot": lambda: same_kind(old, new) or number.kind != "count",
        "pair": lambda: same_pair(old, new),
        "rules": lambda: same_pair(old, new) and old.rules_sha256 == new.rules_sha256,
        "register": lambda: True,
    }
    return needed[number.needs]()


def table_rows(old: Edition, new: Edition, old_table: Find, new_table: Find) -> list[Row]:
    """Tables that either edition has; where snapshots or pairs are of different kinds, those that differ in one row."""
    if not (old.tables and new.tables):
        return []
    rows = [_table_row(name, old, new, old_table, new_table) for name in sorted(old.tables | new.tables)]
    if same_kind(old, new) and same_pair(old, new):
        return rows
    differ = [row.what for row in rows if row.moved]
    many = f"{words.word(len(differ))} {'differs' if len(differ) == 1 else 'differ'}"
    apart = Row("table", ", ".join(differ), "", "", f"{many}: {_NOT_COMPARED}", None)
    return [*([apart] if differ else []), *(row for row in rows if not row.moved)]


def _table_row(name: str, old: Edition, new: Edition, old_table: Find, new_table: Find) -> Row:
    before, after = old.tables.get(name), new.tables.get(name)
    texts = [_rows(table.rows) if table else "none" for table in (before, after)]
    if before is None or after is None:
        return Row("table", name, texts[0], texts[1], "new" if before is None else "gone", True)
    if before.sha256 == after.sha256:
        return Row("table", name, texts[0], texts[1], _SAME, False)
    can_be_matched = same_kind(old, new) and same_pair(old, new)
    older, newer = (old_table(name), new_table(name)) if can_be_matched else (None, None)
    if older is None or newer is None:
        return Row("table", name, texts[0], texts[1], "other rows or values: to see which, name both folders", True)
    key = _key(name)
    types = [[table.schema.get(column) for column in key] for table in (older, newer)]
    if not key or None in types[0] or types[0] != types[1]:
        return Row(
            "table", name, texts[0], texts[1], "other rows or values, which no key of this version matches", True
        )
    found = table_changes.differences(older, newer, key)
    return Row("table", name, texts[0], texts[1], table_changes.summary(found), found.any)


def _rows(count: int) -> str:
    return f"{words.number(count)} {'row' if count == 1 else 'rows'}"


def _key(name: str) -> list[str]:
    """Columns that name a row of the table; none for a table that this version does not know."""
    try:
        return dictionary.key(name)
    except TableError:
        return []


def difference(before: float, after: float, kind: str) -> str:
    """By how much a number moved: shares in points, ratios in per cent, the rest in both ways."""
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


# ----------------------------------------------------------------------------------------- Markdown


def summary(found: Comparison) -> list[str]:
    """What moved, in a sentence an area."""
    lines = []
    old, new = found.old, found.new
    compared = [row for row in found.of("headline") if row.moved is not None]
    if compared:
        row = compared[0]
        rule = row.what.removeprefix("the headline, ")
        ratios = [text.partition(" (")[0] for text in (row.old, row.new)]
        went = f"went from {ratios[0]} to" if row.moved else "stays at"
        change = f" ({row.change.partition(';')[0]})" if row.moved else ""
        which = "the headline ratio of" if rule != row.what else "the ratio of"
        lines.append(f"Counted {rule}, {which} {new.subject} to {new.reference} {went} {ratios[1]}{change}.")
    else:
        lines.append("No ratio of subject to reference can be compared.")
    if old.headline != new.headline:
        lines.append("The headline is counted by another rule than before, so it is not subtracted.")
    placed = found.of("rank")
    if placed:
        moved = [row.what for row in placed if row.moved]
        led = [placed_first(edition_ranks) for edition_ranks in _both_ranks(found)]
        lead = f"{led[1]} stays first" if led[0] == led[1] else f"{led[1]} is first, where {led[0]} was"
        many = words.word(len(moved)) if moved else "none"
        lines.append(f"{lead}; {many} of {words.word(len(placed))} groups at the top changed rank.")
    else:
        lines.append("No rule is supported by both, so ranks are not compared.")
    claims = found.of("verdict")
    turned = [row for row in claims if row.moved]
    many = words.word(len(turned)).capitalize() if turned else "None"
    lines.append(f"{many} of {words.number(len(claims))} verdicts changed.")
    if found.of("number"):
        lines.append(_moved_of(found.of("number"), "key numbers"))
    if old.tables and new.tables and all(row.moved is not None for row in found.of("table")):
        lines.append(_moved_of(found.of("table"), "tables"))
    return lines


def _moved_of(rows: list[Row], what: str) -> str:
    """How many of them moved, and which, as far as that is soon read."""
    moved = [row.what for row in rows if row.moved]
    many = words.word(len(moved)).capitalize() if moved else "None"
    which = f": {words.listed(moved)}" if 0 < len(moved) <= RANKED else ""
    return f"{many} of {words.number(len(rows))} {what} moved{which}."


def _both_ranks(found: Comparison) -> tuple[dict[str, int], dict[str, int]]:
    key = ranking_rule(found.old, found.new)
    assert key
    return ranks(found.old.rules[key]), ranks(found.new.rules[key])


def placed_first(placed: dict[str, int]) -> str:
    """The group or groups at rank one."""
    return words.listed(sorted(group for group, rank in placed.items() if rank == 1) or ["no group"])


def markdown(found: Comparison) -> str:
    """The comparison as a document that GitHub and the like render."""
    old, new, numbers, held = found.old, found.new, found.of("number"), found.of("table")
    parts = [
        f"# What moves: {_safe(old.snapshot.label)} → {_safe(new.snapshot.label)}",
        "\n".join(f"- {_safe(line)}" for line in summary(found)),
        "\n".join(f"> **Note.** {_safe(warning)}\n>" for warning in found.warnings).removesuffix("\n>"),
        "## The snapshots",
        _table(("", "Old", "New"), _snapshot_cells(old, new)),
        "## Headline",
        f"{_safe(new.subject)} to {_safe(new.reference)}: the ratio of derivatives, and both counts in brackets."
        if same_pair(old, new)
        else "",
        _table(("Counted", "Old", "New", "Change"), _cells(found.of("headline"))),
        "## Ranks",
        f"Rank by derivatives, counted “{found.rank_rule}”; the count in brackets. A group is told if it stood or "
        f"stands among the first {words.word(RANKED)}."
        if found.rank_rule
        else "No rule is supported by both editions, so ranks are not compared.",
        _table((new.grouping.capitalize(), "Old", "New", "Change"), _cells(found.of("rank"))),
        "## Verdicts",
        _verdicts(found.of("verdict")),
        "## Key numbers",
        _table(("Number", "Old", "New", "Change"), _cells([row for row in numbers if row.moved is not False])),
        f"Unchanged: {'; '.join(_safe(row.what) for row in numbers if row.moved is False)}."
        if any(row.moved is False for row in numbers)
        else "",
        "## Tables" if held else "",
        "Rows by what became of them, and of each of the columns that moved most the row that moved most."
        if any(row.moved for row in held)
        else "",
        _table(("Table", "Old", "New", "Change"), _cells([row for row in held if row.moved is not False])),
        f"Unchanged: {words.number(sum(row.moved is False for row in held))} of {words.number(len(held))} tables."
        if held
        else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _snapshot_cells(old: Edition, new: Edition) -> list[Sequence[str]]:
    pairs: dict[str, Callable[[Edition], str]] = {
        "Snapshot": lambda edition: edition.snapshot.label,
        "Kind": lambda edition: edition.snapshot.coverage,
        "Day": lambda edition: edition.snapshot.date,
        "Repositories": lambda edition: words.number(edition.snapshot.rows),
        "sha256": lambda edition: edition.snapshot.sha256[:12],
        "Rule of the headline": lambda edition: (
            edition.rules[edition.headline].label if edition.headline else "none supported"
        ),
        "Version": lambda edition: edition.version,
    }
    return [(name, tell(old), tell(new)) for name, tell in pairs.items()]


def _verdicts(rows: list[Row]) -> str:
    """Verdicts that changed as a table, the others by number."""
    texts = [row for row in rows if row.moved is not False]
    same = [row.what.partition(":")[0].removeprefix("Claim ") for row in rows if row.moved is False]
    kept = f"Unchanged: {'claims' if len(same) > 1 else 'claim'} {words.listed(same)}." if same else ""
    return "\n\n".join(part for part in (_table(("Claim", "Old", "New", "Why now"), _cells(texts)), kept) if part)


def _cells(rows: list[Row]) -> list[Sequence[str]]:
    return [(row.what, row.old, row.new, row.change) for row in rows]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; nothing for no rows."""
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_safe, line))} |" for line in lines)


def _safe(text: str) -> str:
    """Text of strangers on one line: nothing in it may end a cell or become a mention or markup."""
    kept = " ".join(text.split())
    for mark in ("\\", "|", "<", "*", "_", "[", "]", "@", "#"):
        kept = kept.replace(mark, {"<": "&lt;", "@": "@\u200b"}.get(mark, f"\\{mark}"))
    return kept
