"""The figure *How the lead turned*: subject to reference by date, with 1 in the middle of a log axis.

Above are stocks: filled marks for what this project counted in a census, hollow ones for published counts. Below, in a
panel of its own on the same axis, the flow: bars' place is taken by diamonds, one a month of a census or a rule of the
days of a flow. Dotted lines are releases of both, and the event of the register that belongs to neither.
"""

from dataclasses import replace
from datetime import date
from html import escape

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives.lead import PUBLISHED
from pipeline.charts.derivatives import lead_drawing as drawing
from pipeline.charts.kit.figure import Figure, source_line
from pipeline.charts.kit.html import Html

FIRST = date(2024, 1, 1)
"""Where the axis of time begins: months before have a handful of derivatives."""


def turned(lead: pl.DataFrame, events: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """Subject to reference by date; nothing where no count compares them.

    lead, events: the tables `lead` and `lead_events`.
    """
    shown = lead.filter(pl.col("date") >= FIRST).sort("kind", "date", "ratio", "rule", "reference", "source")
    if shown.is_empty():
        return None
    subject, reference = facts.text("report.subject"), facts.text("report.reference")
    flags = _between(events, shown)
    ours = shown.filter(kind="stock").filter(pl.col("basis") != PUBLISHED)
    theirs = shown.filter(kind="stock", basis=PUBLISHED)
    return Figure(
        key="how-the-lead-turned",
        title=facts.text("derivatives.lead.title"),
        subtitle=(
            f"Derivatives of {subject} to one of {reference}, by date; log scale: above 1 {subject} is "
            f"ahead, below 1 {reference}"
        ),
        draw=lambda width: drawing.both(shown, flags, (subject, reference), families, width),
        description=(
            f"Scatter plot of the ratio of {subject} to {reference} by date, in two panels. The first has "
            f"{words.counted(ours.height, 'result')} of this project’s census by rule (filled) and "
            f"{words.counted(theirs.height, 'published ratio')} (hollow); the second what was new in a month or in "
            f"some days (diamonds). {facts.text('derivatives.lead.sentence')}\n\n"
            + (f"Dotted lines mark {_flags_in_words(flags)}." if flags.height else "No release of either is marked.")
        ),
        table=shown.select(
            "kind",
            "date",
            "precision",
            "basis",
            "publisher",
            "rule",
            "subject",
            "reference",
            "subject_count",
            "reference_count",
            "ratio",
            "is_lower_bound",
            "definition",
            "source",
        ),
        column_labels={
            "kind": "Stock or flow",
            "date": "Date",
            "basis": "Basis",
            "rule": "Rule",
            "subject": "Of",
            "subject_count": "Count",
            "reference": "To",
            "reference_count": "Count of that",
            "ratio": "Ratio",
        },
        source=_sources(shown),
        note=_note(shown),
        kind="Scatter plot",
    )


SENTENCES = ("census", "month", "turned", "now", "flow")
"""Facts `derivatives.lead.*` in reading order."""


def in_words(facts: PageFacts) -> Html | None:
    """Every count of the figure with its date and basis, an item each; nothing where there is none."""
    texts = [text for key in SENTENCES if (text := facts.text(f"derivatives.lead.{key}"))]
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return Html(f"<ul>{items}</ul>") if texts else None


def in_short(lead: pl.DataFrame, events: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """The stocks alone, small enough for a first screen; the whole figure where there is no stock."""
    whole = turned(lead, events, families, facts)
    stocks = lead.filter(pl.col("kind") == "stock", pl.col("date") >= FIRST)
    if whole is None or stocks.is_empty():
        return whole
    shown = stocks.sort("date", "ratio", "rule", "reference", "source")
    pair = facts.text("report.subject"), facts.text("report.reference")
    flags = _between(events, shown)
    return replace(
        whole,
        key="the-lead-in-short",
        subtitle=f"Derivatives of {pair[0]} for each one of {pair[1]}, or of whom a mark names; log scale",
        draw=lambda width: drawing.in_short(shown, flags, pair, families, width),
        description=_described(shown, pair, facts) + whole.description[whole.description.rindex("\n\n") :],
        table=whole.table.filter(kind="stock"),
        source=_sources(shown),
        note=_note(shown),
    )


def _flags_in_words(flags: pl.DataFrame) -> str:
    return words.listed([f"{label} ({words.day(day)})" for label, day in drawing.flagged(flags)])


def _described(shown: pl.DataFrame, pair: tuple[str, str], facts: PageFacts) -> str:
    """What the marks of the stocks are, in words."""
    is_ours = shown["basis"] != PUBLISHED
    return (
        f"Scatter plot of the ratio of {pair[0]} to {pair[1]} by date, with "
        f"{words.counted(int(is_ours.sum()), 'result')} of this project’s counts by rule (filled) and "
        f"{words.counted(int((~is_ours).sum()), 'published ratio')} (hollow). {facts.text('opening.sentence')}"
    )


def _between(events: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """The events within the days that are shown."""
    first, last = shown["date"].min(), shown["date"].max()
    return events.filter(pl.col("date").is_between(first, last)).sort("date", "event")  # type: ignore[arg-type]


def _sources(shown: pl.DataFrame) -> str:
    """Whose counts are shown: this project's by edition, and published ones where there are any."""
    ours, theirs = shown.filter(pl.col("basis") != PUBLISHED), shown.filter(basis=PUBLISHED)
    parts = {
        f"counts of this project ({words.listed(ours['source'].unique().sort().to_list())})": ours.height,
        "published counts of the register": theirs.height,
    }
    return source_line(
        "; ".join(text for text, rows in parts.items() if rows),
        f"n = {words.number(shown.height)} ratios; none where one side has fewer than ten",
    )


def _note(shown: pl.DataFrame) -> str:
    """What the marks are, as far as they are there."""
    stocks = shown.filter(kind="stock")
    parts = {
        "Filled: counted by this project; rules with one result share a mark.": (stocks["basis"] != PUBLISHED).any(),
        "Hollow: published counts.": (stocks["basis"] == PUBLISHED).any(),
        "Diamonds: new repositories alone, by month of a census or in the days of a flow; they are no stock.": (
            shown["kind"] == "flow"
        ).any(),
    }
    return " ".join(text for text, is_there in parts.items() if is_there)
