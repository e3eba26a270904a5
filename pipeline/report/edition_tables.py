"""Tables of the page on editions: what each edition says, and what moved from one to the next."""

import polars as pl

from pipeline.base.vocabulary import VERDICTS
from pipeline.report.comparison import Row, compare
from pipeline.report.editions import Edition, last_alike
from pipeline.report.schema import EditionChanges


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
