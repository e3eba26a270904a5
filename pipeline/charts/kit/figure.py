"""One figure of the report: the finding, the chart drawn twice, its words and its data.

A notebook cell that ends in a `Figure` yields one `text/html` output that needs nothing else: two
SVGs (text column and phone, swapped by CSS), the Vega-Lite specification for the interactive view,
the footer, and the description with the data table. Names of models come from strangers, so every
text is escaped. The same figure gives the same bytes: no counters, no times, no random ids.
"""

import base64
import datetime
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import vl_convert

from pipeline.base import tables
from pipeline.base.errors import SiteError
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import room, theme

if TYPE_CHECKING:
    import altair as alt

ROWS_SHOWN = 60
"""Rows of the data table in the page; the CSV has all."""

TALL = 20
"""Rows from which on a table scrolls in a box of its own."""

SENTENCE = 36
"""Characters from which on a cell is a sentence, too wide to stand beside others on a phone."""

BROAD = 6
"""Columns from which on a table may take the notes' column too."""

FAMILIES = ("family", "group", "from_family", "to_family", "base_family")
"""Columns that hold families (or organisations, where the report groups by them)."""

POINTED = {"arc", "bar", "circle", "point", "rect", "rule", "square", "tick"}
"""Marks that stand for one row each. A line or an area stands for many."""

_NAMELESS = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*")')
"""Roles that Vega gives to groups of marks, without a name: the figure as a whole has its words."""

_PARQUET = "application/vnd.apache.parquet"

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no drawing can hold: the one that draws ends the whole process on them."""

_OBJECTS_OWN = {
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
}
"""Names that every JavaScript object has from birth: Vega, which looks names up in objects, draws no mark of theirs."""

_UNSEEN = "\u200b"

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"')
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?|\d{1,2} [A-Z][a-z]{2,8} \d{4}")
_MARKS = re.compile(r"role-mark\b[^>]*[^/]><(?!/g)")


@dataclass(frozen=True, repr=False, eq=False)
class Figure:
    """A chart with everything that a reader needs to trust it.

    key: permanent name; the figure's address is `#fig-<key>`.
    title: the finding. subtitle: measure, unit, population, dates.
    draw: the chart in so many px; called for the text column (with the notes' for span "wide") and for a phone.
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
        return self.html

    @property
    def label(self) -> str:
        """The chart's accessible name."""
        return _drawable(f"{self.title.rstrip('.')}. {self.kind}.")

    @cached_property
    def html(self) -> str:
        """The whole figure."""
        views = {name: self._view(spec) for name, spec in self.specs.items()}
        wide, narrow = self._draw("wide", views["wide"]), self._draw("narrow", views["narrow"])
        return "\n".join(
            [
                f'<figure class="chart span-{self.span}" id="fig-{self.key}">',
                _head(self.title, self.subtitle),
                f'<div class="chart-view chart-wide">{wide}</div>',
                f'<div class="chart-view chart-narrow">{narrow}</div>',
                f'<script type="application/json"{self._families()} class="chart-spec">{_script_json(_pack(views))}'
                "</script>",
                self._foot(wide),
                "</figure>",
            ]
        )

    @property
    def svg(self) -> str:
        """The chart as a file of its own: the wide view, light values, white ground."""
        return _standalone(self._draw("wide", self.specs["wide"]))

    @property
    def columns(self) -> dict[str, int]:
        """Width in px that each view has."""
        return {"wide": theme.BODY if self.span == "body" else theme.WIDE, "narrow": theme.PHONE}

    @cached_property
    def specs(self) -> dict[str, dict[str, Any]]:
        """Each view's Vega-Lite specification; to be drawn, shown and taken along, but made once."""
        return {view: _spec(self.draw(width), width) for view, width in self.columns.items()}

    def _view(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The specification of the view in the page: what is pointed at shows its row, as the data table names it."""
        return _with_tooltips(spec, spec["datasets"], None, self.column_labels)

    def _families(self) -> str:
        """The families shown, for the page's filter; none where there is nothing to choose between."""
        columns = [column for column in FAMILIES if self.table.schema.get(column) == pl.String]
        names = dict.fromkeys(name for column in columns for name in self.table[column].drop_nulls())
        named = [name for name in names if "|" not in name and not name.startswith("other")]
        return f' data-families="{escape("|".join(named))}"' if len(named) > 1 else ""

    def _draw(self, view: str, spec: dict[str, Any]) -> str:
        svg = vl_convert.vegalite_to_svg(spec)
        size = _SIZE.match(svg)
        if size is None or _MARKS.search(svg) is None:
            raise SiteError(f"the {view} chart has no marks", where=f"figure {self.key}")
        if float(size.group(1)) > self.columns[view] + 1:
            raise SiteError(
                f"the {view} chart is {size.group(1)} px wide, its column {self.columns[view]}",
                where=f"figure {self.key}",
                next_step="a fault of the figure, not of your parameters: report it with your params.yaml; until then "
                "shorten the longest name that it shows, or take its cell out of the page in book/. Its code must "
                "measure text by pipeline/charts/kit/room.py",
            )
        named = _NAMELESS.sub("", _name_ids(svg, f"fig-{self.key}-{view}"))
        opening = f'<svg role="img" aria-label="{escape(self.label)}" '
        return named.replace("<svg ", opening, 1).replace(">", f"><title>{escape(self.label)}</title>", 1)

    def _foot(self, wide: str) -> str:
        note = f'\n<p class="chart-note">{escape(self.note)}</p>' if self.note else ""
        return "\n".join(
            [
                '<div class="chart-foot">',
                f'<p class="chart-source">{escape(self.source)}</p>{note}',
                '<details class="chart-data"><summary>Description and data</summary>',
                *(f"<p>{escape(paragraph)}</p>" for paragraph in self.description.strip().split("\n\n")),
                table_html(self.table, self.column_labels, caption=f"Data: {self.subtitle}"),
                "</details>",
                self._menu(wide),
                "</div>",
            ]
        )

    def _menu(self, wide: str) -> str:
        """What readers take along; opened by the browser itself, without a script."""
        image = _standalone(wide)
        spec = theme.substitute(_script_json(self.specs["wide"]), theme.LIGHT)
        return "\n".join(
            [
                '<details class="chart-menu"><summary>Download, link, cite</summary>',
                '<p class="chart-links">',
                _download(f"{self.key}.csv", "text/csv", tables.csv_text(self.table).encode("utf-8"), "Data (CSV)"),
                _download(f"{self.key}.parquet", _PARQUET, _parquet(self.table), "Data (Parquet)"),
                _download(f"{self.key}.svg", "image/svg+xml", image.encode("utf-8"), "Image (SVG)"),
                _download(f"{self.key}.png", "image/png", _png(image), "Image (PNG)"),
                _download(f"{self.key}.vl.json", "application/json", spec.encode("utf-8"), "Chart (Vega-Lite)"),
                f'<a href="#fig-{self.key}">Link to this figure</a>',
                '<span class="chart-method"></span></p>',
                f'<p class="chart-citation">“{escape(self.title.rstrip("."))}.” <span class="chart-place">Figure '
                f'{self.key}</span> in <cite class="report">This report</cite>. {escape(self.source)}</p>',
                "</details>",
            ]
        )


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
        return (
            f'<figure class="chart absent" id="fig-{self.key}">\n'
            f'<figcaption class="chart-head"><p class="chart-title">{escape(self.title)}</p></figcaption>\n'
            f'<p class="chart-reason">{escape(self.reason)}</p>\n</figure>'
        )


def table_html(
    table: pl.DataFrame,
    labels: Mapping[str, str] | None = None,
    *,
    caption: str,
    rows: int | None = ROWS_SHOWN,
) -> str:
    """A frame as an accessible table: caption, scoped headers, a dash for what was not measured.

    Shows the columns named in `labels`, in that order (all where there are none) and at most
    `rows` rows, saying so. The first column names its row. Text is escaped.
    """
    labels = labels or {column: column for column in table.columns}
    shown = table.select(list(labels)).head(rows) if rows is not None else table.select(list(labels))
    numeric = {column for column, kind in shown.schema.items() if kind.is_numeric()}
    head = "".join(
        f'<th scope="col"{_number_class(column in numeric)}>{escape(label)}</th>' for column, label in labels.items()
    )
    body = "\n".join(_row(row, numeric, labels) for row in shown.iter_rows(named=True))
    left_out = table.height - shown.height
    more = f'<p class="table-more">{left_out:,} more rows in the CSV file.</p>' if left_out else ""
    return (
        f'<div class="table-scroll{_forms(shown)}" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="data"><caption><span>{escape(caption)}</span></caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>{more}"
    )


def _forms(shown: pl.DataFrame) -> str:
    """Classes of a table that needs another form: scrolled when tall, wider with many columns, cards on phones
    when it holds sentences."""
    texts = [column for column, kind in shown.schema.items() if kind == pl.String][1:]
    longest = max((shown[column].str.len_chars().max() or 0 for column in texts), default=0)
    tall = " tall" if shown.height > TALL else ""
    broad = " broad" if shown.width >= BROAD else ""
    return tall + broad + (" cards" if shown.width > 2 and longest > SENTENCE else "")  # type: ignore[operator]


def _row(row: Mapping[str, Any], numeric: set[str], labels: Mapping[str, str]) -> str:
    cells = []
    for position, (column, value) in enumerate(row.items()):
        tag, scope = ("th", ' scope="row"') if position == 0 else ("td", "")
        text = escape(_cell(value, is_year=column == "year" or column.endswith("_year")))
        label = f' data-label="{escape(labels[column])}"' if position else ""
        form = ' class="date"' if _DATE.fullmatch(text) else _number_class(column in numeric)
        cells.append(f"<{tag}{scope}{form}{label}>{text}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def _number_class(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _cell(value: Any, *, is_year: bool = False) -> str:
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
            return ", ".join(_cell(item) for item in value)
        case _:
            return str(value)


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise SiteError(f"bad key {key!r}", where="a figure", next_step="use lower-case words joined by hyphens")


def _head(title: str, subtitle: str) -> str:
    return (
        f'<figcaption class="chart-head"><p class="chart-title">{escape(title)}</p>'
        f'<p class="chart-subtitle">{escape(subtitle)}</p></figcaption>'
    )


def _spec(chart: "alt.TopLevelMixin", width: int) -> dict[str, Any]:
    """The chart's specification under the theme, fitted into its width, its generated names counted from 1.

    Altair numbers views and parameters through the whole process; renumbering keeps one figure's
    bytes free of the figures drawn before it. The chart's own settings win over the theme's.
    """
    spec = chart.to_dict()
    spec["config"] = _merge(theme.config(width), spec.get("config", {}))
    datasets = spec.pop("datasets", {})
    names: dict[str, str] = {}

    def renumber(match: re.Match[str]) -> str:
        return names.setdefault(match.group(), f"{match.group(1)}_{len(names) + 1}")

    text = re.sub(r"\b(view|param)_\d+\b", renumber, json.dumps(spec, sort_keys=True))
    return room.fitted(_drawable({**json.loads(text), "datasets": datasets}), width)


def _drawable(part: Any) -> Any:
    """The specification with every text in a form that can be drawn."""
    match part:
        case str():
            return part + _UNSEEN if part in _OBJECTS_OWN else _NO_XML.sub("\N{REPLACEMENT CHARACTER}", part)
        case dict():
            return {key: _drawable(value) for key, value in part.items()}
        case list():
            return [_drawable(value) for value in part]
        case _:
            return part


def _with_tooltips(
    spec: dict[str, Any], datasets: Mapping[str, list[dict[str, Any]]], data: str | None, labels: Mapping[str, str]
) -> dict[str, Any]:
    """The specification with a tooltip, of the columns that readers know, on every mark that stands for one row.

    A mark that has its own keeps it.
    """
    data = spec.get("data", {}).get("name", data)
    parts: dict[str, Any] = {
        part: [_with_tooltips(child, datasets, data, labels) for child in spec[part]]
        for part in ("layer", "hconcat", "vconcat", "concat")
        if part in spec
    }
    if isinstance(spec.get("spec"), dict):
        parts["spec"] = _with_tooltips(spec["spec"], datasets, data, labels)
    mark, encoding = spec.get("mark"), spec.get("encoding", {})
    kind = mark.get("type") if isinstance(mark, dict) else mark
    rows = datasets.get(data or "", [])
    made_up = any("aggregate" in channel or "bin" in channel for channel in encoding.values())
    if kind not in POINTED or "tooltip" in encoding or "transform" in spec or made_up or not rows:
        return {**spec, **parts}
    shown = [_tooltip(column, label, rows) for column, label in labels.items() if column in rows[0]]
    return {**spec, **parts, "encoding": {**encoding, "tooltip": shown}} if len(shown) > 1 else {**spec, **parts}


def _tooltip(column: str, label: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One line of a tooltip; numbers as in the data table."""
    values = [value for row in rows if (value := row.get(column)) is not None]
    if not values or not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return {"field": column, "title": label, "type": "nominal"}
    is_year = column == "year" or column.endswith("_year")
    whole = all(float(value).is_integer() for value in values)
    number = "d" if is_year else "," if whole else ",.4~r"
    return {"field": column, "title": label, "type": "quantitative", "format": number}


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _pack(views: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Both specifications with the rows that they share written once."""
    datasets = {name: rows for spec in views.values() for name, rows in spec["datasets"].items()}
    packed: dict[str, Any] = {name: {k: v for k, v in spec.items() if k != "datasets"} for name, spec in views.items()}
    return {**packed, "datasets": datasets}


def _script_json(document: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _name_ids(svg: str, prefix: str) -> str:
    """vl-convert counts clip paths and gradients through the process: count them per drawing."""
    names: dict[str, str] = {}
    for name in re.findall(r'\bid="([^"]+)"', svg):
        names.setdefault(name, f"{prefix}-{len(names) + 1}")

    def rename(match: re.Match[str]) -> str:
        return f"{match.group(1)}{names.get(match.group(2), match.group(2))}{match.group(3)}"

    return re.sub(r'((?:\bid="|url\(#))([^")]+)(["\)])', rename, svg)


def _standalone(svg: str) -> str:
    """The drawing as a file of its own: light values, white ground."""
    ground = f'</title><rect width="100%" height="100%" fill="{theme.LIGHT["surface"]}"/>'
    return theme.substitute(svg.replace("</title>", ground, 1), theme.LIGHT)


def _png(svg: str) -> bytes:
    """The drawing in two pixels to a point."""
    return vl_convert.svg_to_png(svg, scale=2)


def _parquet(table: pl.DataFrame) -> bytes:
    """The rows in the order shown, in one chunk so that the bytes stay the same."""
    target = io.BytesIO()
    table.rechunk().write_parquet(target, compression="zstd", compression_level=9, statistics=True)
    return target.getvalue()


def _download(name: str, kind: str, content: bytes, label: str) -> str:
    """A link that holds its file; the site's renderer moves it to a file beside the page."""
    data = base64.b64encode(content).decode("ascii")
    return f'<a class="download" download="{name}" href="data:{kind};base64,{data}">{label}</a>'


def source_line(facts: PageFacts, computed: str) -> str:
    """Where a figure is from, and what was computed for it."""
    return f"Source: {facts.text('snapshot.source_line')} · {computed}"
