"""Parts of the page on editions: those published so far, and what moved between them.

Each is an object whose HTML a notebook shows. Every text is escaped.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.table import table_html
from pipeline.charts.kit.verdicts import VERDICT_WORDS

SHOWN = 6
"""Steps from one edition to the next on the page: a refresh adds one a week."""

_AREAS = {"headline": "Headline", "rank": "Ranks", "verdict": "Verdicts", "number": "Key numbers", "table": "Tables"}


def editions(known: pl.DataFrame) -> Html:
    """Every published edition and this build, the newest first."""
    rows = known.sort("position", descending=True).select(
        pl.col("edition"),
        pl.col("published").cast(pl.String).fill_null("this build"),
        pl.format("{} ({})", "snapshot", "coverage").alias("snapshot"),
        pl.col("rule").fill_null("none is supported"),
        pl.struct("subject", "reference", "subject_derivatives", "reference_derivatives", "ratio")
        .map_elements(_counted, return_dtype=pl.String)
        .alias("counted"),
        pl.struct(list(VERDICT_WORDS)).map_elements(_verdicts, return_dtype=pl.String).alias("verdicts"),
    )
    labels = {
        "edition": "Edition",
        "published": "Published",
        "snapshot": "Snapshot",
        "rule": "Headline counted",
        "counted": "Headline",
        "verdicts": "Verdicts",
    }
    return Html(table_html(rows, labels, caption="Editions of this report", rows=None))


def sides(beside: pl.DataFrame, known: pl.DataFrame) -> Html:
    """What every edition says of one thing, a column an edition, this build last. beside: the table `edition_sides`.

    Things of which all say the same are counted and not listed.
    """
    names = dict(known.sort("position").select(pl.col("position").cast(pl.String), "snapshot").iter_rows())
    parts: list[str] = []
    for area, title in _SIDES.items():
        wide = (
            beside.filter(area=area)
            .with_columns(pl.col("text").replace(VERDICT_WORDS) if area == "verdict" else pl.col("text"))
            .pivot("position", index=["order", "what"], values="text")
            .sort("order")
        )
        if wide.is_empty():
            continue
        columns = [name for name in wide.columns if name in names]
        differ = wide.filter(pl.concat_list(columns).list.n_unique() > 1) if len(columns) > 1 else wide
        alike = wide.height - differ.height
        if differ.height:
            labels = {"what": _THINGS[area], **{name: names[name] for name in columns}}
            parts.append(table_html(differ.select("what", *columns), labels, caption=title, rows=None))
        if alike:
            parts.append(f"<p>{escape(title)}: {words.number(alike)} are the same in every edition.</p>")
    return Html("\n".join(parts))


_SIDES = {
    "headline": "Subject to reference, by plain rule",
    "rank": "Groups with most derivatives, by each edition’s headline",
    "number": "Key numbers",
    "verdict": "Verdicts",
}
_THINGS = {"headline": "Rule", "rank": "Rank", "number": "Number", "verdict": "Claim"}


def _verdicts(row: Mapping[str, int]) -> str:
    return "; ".join(f"{VERDICT_WORDS[name]}: {count}" for name, count in row.items() if count)


def _counted(row: Mapping[str, Any]) -> str:
    subject, reference = row["subject_derivatives"], row["reference_derivatives"]
    if subject is None:
        return words.NOT_HERE
    ratio = f": {words.times(row['ratio'])} times" if row["ratio"] is not None else ""
    return f"{row['subject']} {words.number(subject)}, {row['reference']} {words.number(reference)}{ratio}"


def changes(moved: pl.DataFrame, known: pl.DataFrame) -> Html:
    """What moved from each edition to the next, the newest first; says so where there is no earlier one.

    moved: the table `edition_changes`; of its steps the last `SHOWN` stand on the page.
    """
    if moved.is_empty():
        newest = known.sort("position")["edition"][-1]
        return Html(
            f"<p>No edition of the same origin and coverage was published before {escape(newest)}, so there is nothing "
            "to compare it with yet.</p>"
        )
    parts = []
    positions = moved["position"].unique().sort(descending=True)
    for position in positions[:SHOWN]:
        rows = moved.filter(pl.col("position") == position).sort("order")
        old, new = rows["previous"][0], rows["edition"][0]
        notes = "".join(f"<li>{escape(note)}</li>" for note in rows.filter(pl.col("area") == "note")["what"])
        tables = "".join(_area(rows.filter(pl.col("area") == area), title) for area, title in _AREAS.items())
        is_open = " open" if not parts else ""
        parts.append(
            f'<details class="edition"{is_open} id="edition-{position}"><summary>From {escape(old)} to {escape(new)}'
            f"</summary>{f'<ul>{notes}</ul>' if notes else ''}{tables}</details>"
        )
    earlier = positions.len() - len(parts)
    if earlier:
        parts.append(f"<p>The table <code>edition_changes</code> has {words.counted(earlier, 'earlier step')}.</p>")
    return Html("\n".join(parts))


def _area(rows: pl.DataFrame, title: str) -> str:
    """The HTML of one area: rows that moved or could not be compared, and how many others did not move."""
    moved_rows = rows.filter(pl.col("moved").fill_null(True))
    still = rows.height - moved_rows.height
    unchanged = f"<p>{title}: {words.number(still)} unchanged.</p>" if still else ""
    if moved_rows.is_empty():
        return unchanged
    labels = {"what": "What", "old": "Before", "new": "Now", "change": "Change"}
    return table_html(moved_rows, labels, caption=title, rows=None) + unchanged
