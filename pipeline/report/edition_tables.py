"""Tables of the page on editions: what each edition says, and what moved from one to the next."""

from collections.abc import Callable

import polars as pl

from pipeline.base import words
from pipeline.base.vocabulary import VERDICTS
from pipeline.report.comparison import RANKED, Row, compare, ratio_text
from pipeline.report.editions import Edition, are_alike, last_alike
from pipeline.report.schema import EditionChanges, EditionSides


def overview(editions: list[Edition]) -> pl.DataFrame:
    """Rows of `schema.Editions`, one an edition, in order; the last is this build, published or not."""
    rows = [_row(position, edition) for position, edition in enumerate(editions, start=1)]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("published", "date").cast(pl.String).str.to_date("%Y-%m-%d")
    )


def _row(position: int, edition: Edition) -> dict[str, object]:
    rule = edition.rules.get(edition.headline or "")
    subject = rule.counts.get(edition.subject, 0.0) if rule else None
    reference = rule.counts.get(edition.reference, 0.0) if rule else None
    verdicts = [verdict.verdict for verdict in edition.verdicts.values()]
    return {
        "position": position,
        "edition": edition.name,
        "published": edition.published,
        "snapshot": edition.snapshot.label,
        "coverage": edition.snapshot.coverage,
        "date": edition.snapshot.date,
        "sha256": edition.snapshot.sha256,
        "repositories": edition.snapshot.rows,
        "version": edition.version,
        "rule": rule.label if rule else None,
        "subject": edition.subject,
        "reference": edition.reference,
        "subject_derivatives": subject,
        "reference_derivatives": reference,
        "ratio": subject / reference if subject is not None and reference else None,
        **{name: verdicts.count(name) for name in VERDICTS},
    }


def sides(editions: list[Edition]) -> pl.DataFrame:
    """Rows of `schema.EditionSides`: ratios by each rule, the first groups, key numbers and verdicts.

    Of editions alike the last `BESIDE` stand there: one a week would make a table that nobody reads.
    A rule, a number or a claim that any edition has stands in the order of the last that has it. Groups are ranked by
    each edition's own headline, so a rank says by which rule.
    """
    shown = _last_alike(editions)
    rows = [
        {"area": area, "order": order, "position": position, "what": what, "text": text}
        for area, whats, texts_of, absent in (
            ("headline", _named(list(shown.values()), _rules), _rules, "not counted"),
            ("rank", {str(rank): f"Rank {rank}" for rank in range(1, RANKED + 1)}, _ranks, "–"),
            ("number", _named(list(shown.values()), _numbers), _numbers, words.NOT_HERE),
            ("verdict", _named(list(shown.values()), _verdicts), _verdicts, "not judged"),
        )
        for order, (key, what) in enumerate(whats.items(), start=1)
        for position, edition in shown.items()
        for text in [texts_of(edition).get(key, ("", absent))[1]]
    ]
    return pl.DataFrame(rows, schema=EditionSides.create_empty().schema)


BESIDE = 2
"""How many editions of one origin and coverage stand side by side."""


def _last_alike(editions: list[Edition]) -> dict[int, Edition]:
    """Of editions in order those that stand side by side, by their position."""
    numbered = list(enumerate(editions, start=1))
    return {
        position: edition
        for position, edition in numbered
        if sum(later > position and are_alike(edition, other) for later, other in numbered) < BESIDE
    }


Texts = dict[str, tuple[str, str]]
"""By key: the name of a thing, and what an edition says of it."""


def _named(editions: list[Edition], texts_of: Callable[[Edition], Texts]) -> dict[str, str]:
    """Name by key of whatever an edition says something of; the last edition decides on names and order."""
    found: dict[str, str] = {}
    for edition in reversed(editions):
        for key, (name, _) in texts_of(edition).items():
            found.setdefault(key, name)
    return found


def _rules(edition: Edition) -> Texts:
    return {
        key: (rule.label, ratio_text(*(rule.counts.get(group, 0.0) for group in (edition.subject, edition.reference))))
        for key, rule in edition.rules.items()
    }


def _ranks(edition: Edition) -> Texts:
    rule = edition.rules.get(edition.headline or "")
    if rule is None:
        return {}
    first = sorted(rule.counts.items(), key=lambda item: (-item[1], item[0]))[:RANKED]
    return {str(place): ("", f"{group} ({words.number(count)})") for place, (group, count) in enumerate(first, start=1)}


def _numbers(edition: Edition) -> Texts:
    return {number.key: (number.name, number.text) for number in edition.numbers}


def _verdicts(edition: Edition) -> Texts:
    found = {key: (f"{key}. {verdict.statement}", verdict.verdict) for key, verdict in edition.verdicts.items()}
    return dict(sorted(found.items(), key=lambda item: (len(item[0]), item[0])))


def changes(editions: list[Edition]) -> pl.DataFrame:
    """Rows of `schema.EditionChanges`: what moved to each edition from the last one like it; warnings come first.

    An edition without one of the same origin and coverage before it has no rows.
    """
    rows = []
    for position, new in enumerate(editions, start=1):
        old = last_alike(editions[: position - 1], new)
        if old is None:
            continue
        found = compare(old, new)
        notes = [Row("note", warning, "", "", "", None) for warning in found.warnings]
        rows += [
            {"position": position, "order": order, "edition": new.name, "previous": old.name, **row.columns()}
            for order, row in enumerate([*notes, *found.rows])
        ]
    return pl.DataFrame(rows, schema=EditionChanges.create_empty().schema, infer_schema_length=None)
