"""One figure of the report: the finding, the chart in two widths, its words and its data.

A notebook cell that ends in a `Figure` yields one `text/html` output that needs nothing else: two SVGs (text column and
phone, swapped by CSS), the Vega-Lite specification for the interactive view, the footer, and the description with the
data table. Names of models come from strangers, so every text is escaped. The same figure gives the same bytes: no
counters, no times, no random ids.
"""

import base64
import io
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from markupsafe import Markup

from pipeline.base import tables
from pipeline.base.errors import SiteError
from pipeline.base.facts import PageFacts
from pipeline.base.paths import IN_THE_BOOK
from pipeline.charts.kit import svg, theme
from pipeline.charts.kit.spec import drawable, fitted_spec, packed, script_json, with_tooltips
from pipeline.charts.kit.table import table_html
from pipeline.charts.kit.templates import template

if TYPE_CHECKING:
    import altair as alt

FAMILIES = ("family", "group", "from_family", "to_family", "base_family")
"""Columns that have families (or organisations, where the report groups by them)."""

_ONE_VIEW = "<style>.chart-narrow { display: none; }</style>"
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, repr=False, eq=False)
class Figure:
    """A chart with everything that a reader needs to trust it.

    key: permanent name; the figure's address is `#fig-<key>`.
    title: the finding. subtitle: measure, unit, population, dates.
    draw: the chart in so many px; called with the width of the text column (with the notes' for span "wide") and of a
    phone.
    description: the text alternative, one or more paragraphs parted by empty lines.
    table: the data shown; the columns named in `column_labels` appear in the page, all in the CSV.
    source: source, snapshot, n, what was computed. kind: "Line chart", "Dot plot", ...
    """

    key: str
    title: str
    subtitle: str
    draw: Callable[[int], "alt.TopLevelMixin"]
    description: str
    table: pl.DataFrame
    source: str
    kind: str
    column_labels: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    span: Literal["body", "wide"] = "body"

    def __post_init__(self) -> None:
        """Refuse a figure without data or words before anything is drawn."""
        _check_key(self.key)
        for name in ("title", "subtitle", "description", "source", "kind"):
            if not getattr(self, name).strip():
                raise SiteError(f"no {name}", where=f"figure {self.key}", next_step="write one")
        if self.table.is_empty():
            raise SiteError(
                "no rows to draw", where=f"figure {self.key}", next_step="return an Absent with the reason instead"
            )
        unknown = [column for column in self.column_labels if column not in self.table.columns]
        if unknown:
            raise SiteError(f"labels for unknown columns {', '.join(unknown)}", where=f"figure {self.key}")

    def __repr__(self) -> str:
        return f"Figure({self.key})"

    def _repr_html_(self) -> str:
        """As the site shows it; where a reader runs the notebook, with colours that need no style sheet."""
        return self.html if os.environ.get(IN_THE_BOOK) else _ONE_VIEW + theme.substitute(self.html, theme.LIGHT)

    @property
    def label(self) -> str:
        """The chart's accessible name."""
        return drawable(f"{self.title.rstrip('.')}. {self.kind}.")

    @cached_property
    def html(self) -> str:
        """The whole figure."""
        in_page = {view: with_tooltips(spec, self.column_labels) for view, spec in self.specs.items()}
        wide, narrow = (self.svg_of(view, spec) for view, spec in in_page.items())
        return template("figure.html.j2").render(
            figure=self,
            wide=Markup(wide),
            narrow=Markup(narrow),
            spec=Markup(script_json(packed(in_page))),
            families=self._families(),
            table=Markup(table_html(self.table, self.column_labels, caption=f"Data: {self.subtitle}")),
            downloads=self._downloads(svg.standalone(wide)),
        )

    @property
    def svg(self) -> str:
        """The chart as a file of its own: the wide view, with the colours of a light page, on white."""
        return svg.standalone(self.svg_of("wide", self.specs["wide"]))

    @property
    def columns(self) -> dict[str, int]:
        """Width in px that each view has."""
        return {"wide": theme.BODY if self.span == "body" else theme.WIDE, "narrow": theme.PHONE}

    @cached_property
    def specs(self) -> dict[str, dict[str, Any]]:
        """Each view's Vega-Lite specification; to be drawn, shown and taken along, but made once."""
        return {view: fitted_spec(self.draw(width), width) for view, width in self.columns.items()}

    def svg_of(self, view: str, spec: dict[str, Any]) -> str:
        """A view as it stands in the page. Raises SiteError where nothing is drawn, or more than its column holds."""
        drawing = svg.drawn(spec, f"fig-{self.key}-{view}")
        if not svg.has_marks(drawing):
            raise SiteError(f"the {view} chart has no marks", where=f"figure {self.key}")
        if svg.width(drawing) > self.columns[view] + 1:
            raise SiteError(
                f"the {view} chart is {svg.width(drawing):g} px wide, its column {self.columns[view]}",
                where=f"figure {self.key}",
                next_step="a fault of the figure, not of your parameters: report it with your params.yaml; until then "
                "shorten the longest name that it shows, or take its cell out of the page in book/. Its code must "
                "measure text by pipeline/charts/kit/room.py",
            )
        opening = f'<svg role="img" aria-label="{escape(self.label)}" '
        return drawing.replace("<svg ", opening, 1).replace(">", f"><title>{escape(self.label)}</title>", 1)

    def _families(self) -> list[str]:
        """The families shown, for the page's filter; none where there is nothing to choose between."""
        columns = [column for column in FAMILIES if self.table.schema.get(column) == pl.String]
        names = dict.fromkeys(name for column in columns for name in self.table[column].drop_nulls())
        named = [name for name in names if "|" not in name and not name.startswith("other")]
        return named if len(named) > 1 else []

    def _downloads(self, image: str) -> list["_Download"]:
        """What readers take along. image: the wide view as a file of its own."""
        spec = theme.substitute(script_json(self.specs["wide"]), theme.LIGHT)
        return [
            _Download("csv", "text/csv", tables.csv_text(self.table).encode("utf-8"), "CSV"),
            _Download("parquet", "application/vnd.apache.parquet", _parquet(self.table), "Parquet"),
            _Download("vl.json", "application/json", spec.encode("utf-8"), "Vega-Lite"),
            _Download("png", "image/png", svg.png(image), "PNG"),
            _Download("svg", "image/svg+xml", image.encode("utf-8"), "SVG"),
        ]


@dataclass(frozen=True)
class _Download:
    """A file that stands in its link; the site's renderer moves it beside the page."""

    ending: str
    kind: str
    content: bytes
    label: str

    @property
    def is_image(self) -> bool:
        return self.kind.startswith("image/")

    @property
    def base64(self) -> str:
        return base64.b64encode(self.content).decode("ascii")


@dataclass(frozen=True)
class Absent:
    """In the place of a figure that the snapshot cannot support: why not, and what would do."""

    key: str
    title: str
    reason: str

    def __post_init__(self) -> None:
        """A gap without a reason is a bug."""
        _check_key(self.key)
        if not self.reason.strip():
            raise SiteError("no reason", where=f"absent figure {self.key}", next_step="say what is missing")

    def _repr_html_(self) -> str:
        return self.html

    @property
    def html(self) -> str:
        """The figure's place, with the reason."""
        return template("absent.html.j2").render(key=self.key, title=self.title, reason=self.reason)


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise SiteError(f"bad key {key!r}", where="a figure", next_step="use lower-case words joined by hyphens")


def _parquet(table: pl.DataFrame) -> bytes:
    """The rows in the order shown, in one chunk so that the bytes stay the same."""
    target = io.BytesIO()
    table.rechunk().write_parquet(target, compression="zstd", compression_level=9, statistics=True)
    return target.getvalue()


def source_line(source: PageFacts | str, computed: str) -> str:
    """Where a figure is from, and what was computed for it: `Source: the paper on R1 · n = 12 scores`.

    source: the facts of a page stand for the snapshot.
    """
    named = source if isinstance(source, str) else source.text("snapshot.source_line")
    return f"Source: {named} · {computed}"


def releases_register(facts: PageFacts) -> str:
    """The source of figures that are made from registered releases."""
    return f"releases register of this report, up to {facts.text('snapshot.date')}"
