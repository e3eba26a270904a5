"""Parts of pages that are no charts: key numbers, the ledger's cards, tables of the register.

Each is an object whose HTML a notebook shows. Every text is escaped: statements are quoted from the
essay, names and labels come from strangers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import polars as pl

from pipeline.charts.kit.table import table_html


@dataclass(frozen=True)
class Html:
    """A piece of a page."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True, repr=False)
class Finding:
    """One sentence that a cell works out: a paragraph of a page, plain text in a terminal."""

    sentence: str

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence, quote=False)}</p>"

    def __repr__(self) -> str:
        return self.sentence


def register_table(rows: pl.DataFrame, labels: Mapping[str, str], *, caption: str) -> Html:
    """A table of the register or of the pipeline, whole."""
    return Html(table_html(rows, labels, caption=caption, rows=None))
