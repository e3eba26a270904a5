"""A frame as an accessible table of a page: caption, scoped headers, a dash for what was not measured.

Cells are put into words here, column by column; `table.html.j2` lays them out and escapes them, since names come from
strangers.
"""

import datetime
import re
from collections.abc import Mapping
from typing import Any

import polars as pl
from markupsafe import Markup

from pipeline.charts.kit.templates import template

ROWS_SHOWN = 60
"""Rows of a figure's data table in the page; the CSV has all."""

TALL = 20
"""Rows from which on a table scrolls in a box of its own."""

LONG = 12
"""Rows above which the page shows the first eight, and the others where a reader asks for them (`site.css`)."""

SENTENCE = 36
"""Characters from which on a cell is a sentence, too wide to stand beside others on a phone."""

BROAD = 6
"""Columns from which on a table may take the notes' column too."""

_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?|\d{1,2} [A-Z][a-z]{2,8} \d{4}")

_PLAIN, _NUMBER, _DAY = Markup(""), Markup(' class="number"'), Markup(' class="date"')


def table_html(
    table: pl.DataFrame,
    labels: Mapping[str, str] | None = None,
    *,
    caption: str,
    rows: int | None = ROWS_SHOWN,
) -> str:
    """The table's HTML. The first column names its row.

    labels: the columns shown, in this order, with their headers; all columns under their own names where there are
    none. rows: at most so many are shown, and the rest is counted below; None for all.
    """
    labels = labels or {column: column for column in table.columns}
    shown = table.select(list(labels)).head(table.height if rows is None else rows)
    first, *others = labels
    names = _cells(shown[first])
    # on a phone a cell stands below its header, which it bears for that
    cells = [_cells(shown[column], Markup(' data-label="{}"').format(labels[column])) for column in others]
    return template("table.html.j2").render(
        caption=caption,
        forms=_forms(shown),
        head=[(label, _form(shown[column])) for column, label in labels.items()],
        rows=[(name, row) for name, *row in zip(names, *cells, strict=True)],
        left_out=table.height - shown.height,
        long=LONG,
    )


def _forms(shown: pl.DataFrame) -> str:
    """Classes of a table that needs another form: scrolled when tall, wider with many columns, cards on phones
    when it has sentences."""
    texts = [column for column, kind in shown.schema.items() if kind == pl.String][1:]
    longest = max((shown[column].str.len_chars().max() or 0 for column in texts), default=0)
    tall = " tall" if shown.height > TALL else ""
    broad = " broad" if shown.width >= BROAD else ""
    return tall + broad + (" cards" if shown.width > 2 and longest > SENTENCE else "")  # type: ignore[operator]


def _cells(values: pl.Series, label: Markup = _PLAIN) -> list[tuple[str, Markup]]:
    """Each cell of a column: its text, and the attributes of its element. label: an attribute that all have."""
    is_year = values.name == "year" or values.name.endswith("_year")
    plain, day = _form(values) + label, _DAY + label
    texts = [_text(value, is_year=is_year) for value in values.to_list()]
    return [(text, day if _DATE.fullmatch(text) else plain) for text in texts]


def _form(values: pl.Series) -> Markup:
    return _NUMBER if values.dtype.is_numeric() else _PLAIN


def _text(value: Any, *, is_year: bool = False) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value) if is_year else f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        case datetime.datetime() | datetime.date():
            return value.isoformat()
        case list():
            return ", ".join(_text(item) for item in value)
        case _:
            return str(value)
