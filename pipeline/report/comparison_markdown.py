"""The comparison of two editions as Markdown, for the reader of a pull request who has not seen either report."""

from collections.abc import Callable, Sequence

from pipeline.base import words
from pipeline.report.comparable import same_pair
from pipeline.report.comparison import BY_HASH, RANKED, Comparison, Row, ranks
from pipeline.report.editions import Edition, Rule
from pipeline.report.markdown import safe as _safe
from pipeline.report.markdown import table as _table


def markdown(found: Comparison) -> str:
    """The comparison as a document that GitHub and the like render; sections without rows are left out."""
    sections = [
        f"# What moves: {_safe(found.old.snapshot.label)} → {_safe(found.new.snapshot.label)}",
        "\n".join(f"- {_safe(line)}" for line in summary(found)),
        "\n>\n".join(f"> **Note.** {_safe(warning)}" for warning in found.warnings),
        "## The snapshots",
        _table(("", "Old", "New"), _snapshot_cells(found.old, found.new)),
        *_headline(found),
        *_ranks(found),
        *_verdicts(found.of("verdict")),
        *_numbers(found.of("number")),
        *_tables(found.of("table")),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


# ------------------------------------------------------------------------------------------ in sentences


def summary(found: Comparison) -> list[str]:
    """What moved, in a sentence an area."""
    lines = [_headline_sentence(found)]
    if found.old.headline != found.new.headline:
        lines.append("The headline is counted by another rule than before, so it is not subtracted.")
    lines.append(_ranks_sentence(found))
    verdicts = found.of("verdict")
    lines.append(f"{_how_many_moved(verdicts)} of {words.number(len(verdicts))} verdicts changed.")
    if found.of("number"):
        lines.append(_moved_sentence(found.of("number"), "key numbers"))
    if found.of("table") and all(row.moved is not None for row in found.of("table")):
        lines.append(_moved_sentence(found.of("table"), "tables"))
    return lines


def _headline_sentence(found: Comparison) -> str:
    compared = [row for row in found.of("headline") if row.moved is not None]
    if not compared:
        return "No ratio of subject to reference can be compared."
    row = compared[0]
    rule = row.what.removeprefix("the headline, ")
    which = "the headline ratio" if rule != row.what else "the ratio"
    before, after = (text.partition(" (")[0] for text in (row.old, row.new))
    by = f" ({row.change.partition(';')[0]})" if row.moved else ""
    moved = f"went from {before} to {after}{by}" if before != after else f"stays at {after}{by}"
    return f"Counted {rule}, {which} of {found.new.subject} to {found.new.reference} {moved}."


def _ranks_sentence(found: Comparison) -> str:
    rows, rule = found.of("rank"), found.rank_rule
    if not (rows and rule):
        return "No rule is supported by both, so ranks are not compared."
    before, after = (_first(edition.rules[rule]) for edition in (found.old, found.new))
    first = f"{after} stays first" if before == after else f"{after} is first, where {before} was"
    changed = _how_many_moved(rows).lower()
    return f"{first}; {changed} of {words.word(len(rows))} groups at the top changed rank."


def _first(rule: Rule) -> str:
    """The group or groups at rank one."""
    return words.listed(sorted(group for group, rank in ranks(rule).items() if rank == 1) or ["no group"])


def _how_many_moved(rows: list[Row]) -> str:
    """`Three` or `None`, as the beginning of a sentence."""
    return words.upper(words.word_or_none(sum(bool(row.moved) for row in rows)))


def _moved_sentence(rows: list[Row], what: str) -> str:
    """How many of the rows moved, and which if they are few."""
    moved = [row.what for row in rows if row.moved]
    which = f": {words.listed(moved)}" if 0 < len(moved) <= RANKED else ""
    return f"{_how_many_moved(rows)} of {words.number(len(rows))} {what} moved{which}."


# ------------------------------------------------------------------------------------------- in sections


def _snapshot_cells(old: Edition, new: Edition) -> list[Sequence[str]]:
    texts: dict[str, Callable[[Edition], str]] = {
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
    return [(name, text(old), text(new)) for name, text in texts.items()]


def _headline(found: Comparison) -> list[str]:
    pair = f"{_safe(found.new.subject)} to {_safe(found.new.reference)}"
    note = f"{pair}: the ratio of derivatives, and both counts in brackets." if same_pair(found.old, found.new) else ""
    return ["## Headline", note, _changes("Counted", found.of("headline"))]


def _ranks(found: Comparison) -> list[str]:
    rule = found.new.rules[found.rank_rule].label if found.rank_rule else None
    note = (
        f"Rank by derivatives, counted “{_safe(rule)}”; the count in brackets. A group is listed if it stood or stands "
        f"among the first {words.word(RANKED)}."
        if rule
        else "No rule is supported by both editions, so ranks are not compared."
    )
    return ["## Ranks", note, _changes(found.new.grouping.capitalize(), found.of("rank"))]


def _verdicts(rows: list[Row]) -> list[str]:
    """Verdicts that changed as a table, the others by number."""
    same = [row.what.partition(":")[0].removeprefix("Claim ") for row in rows if row.moved is False]
    unchanged = f"Unchanged: {words.plural('claim', len(same))} {words.listed(same)}." if same else ""
    return ["## Verdicts", _changes("Claim", _moved(rows), why="Why now"), unchanged]


def _numbers(rows: list[Row]) -> list[str]:
    same = [_safe(row.what) for row in rows if row.moved is False]
    return ["## Key numbers", _changes("Number", _moved(rows)), f"Unchanged: {'; '.join(same)}." if same else ""]


def _tables(rows: list[Row]) -> list[str]:
    if not rows:
        return []
    note = "Rows by what became of them, and of each of the columns that moved most the row that moved most."
    same = sum(row.moved is False for row in rows)
    by_hash = [_safe(row.what) for row in rows if row.change == BY_HASH and row.old == row.new]
    listed = [row for row in _moved(rows) if row.change != BY_HASH or row.old != row.new]
    return [
        "## Tables",
        note if any(row.change != BY_HASH for row in listed if row.moved) else "",
        _changes("Table", listed),
        f"As many rows as before, other values (to see which, name both folders): {words.listed(by_hash)}."
        if by_hash
        else "",
        f"Unchanged: {words.number(same)} of {words.number(len(rows))} tables.",
    ]


def _moved(rows: list[Row]) -> list[Row]:
    """Rows that moved or cannot be compared."""
    return [row for row in rows if row.moved is not False]


def _changes(what: str, rows: list[Row], why: str = "Change") -> str:
    return _table((what, "Old", "New", why), [(row.what, row.old, row.new, row.change) for row in rows])
