"""One look for every chart: type, ink and the families' colours, as CSS variables.

Charts name colours as `var(--family-1)`, never as values: the page's style sheet gives them their light and
dark values, so one drawing serves both. The values stand in `colours.yaml`. Files that leave the page (SVG
downloads) take the light ones. A family's colour, shape and dash come from its rank in the register, so it
looks the same in every figure.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.base.errors import SiteError
from pipeline.charts.kit import room

BODY, WIDE, PHONE = 640, 920, 328
"""Widths that charts are drawn at, in px: text column, text and notes columns, phone."""


def is_phone(width: int) -> bool:
    """Whether a chart so wide is the one for phones."""
    return width == PHONE


FONT = "Report Sans, Arial, sans-serif"
"""The report's own font, so that text is measured and drawn alike on every machine; see `scripts/fonts.py`."""

LIGHT: Mapping[str, str] = {
    name: colour["light"]
    for name, colour in yaml.safe_load(Path(__file__).with_name("colours.yaml").read_text(encoding="utf-8")).items()
}
"""Value of every CSS variable on a light page."""

_VARIABLE = re.compile(r"var\(--([a-z0-9_-]+)\)")


def substitute(text: str, values: Mapping[str, str]) -> str:
    """`text` with each `var(--name)` replaced by its value, for files read outside the page."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise SiteError(f"no colour --{name}", next_step="use one of pipeline/charts/kit/colours.yaml")
        return values[name]

    return _VARIABLE.sub(value, text)


def config(width: int = BODY) -> dict[str, Any]:
    """The Vega-Lite configuration of every chart so wide, in px.

    `fit` makes `width` the whole width, axes and legend included, in single and layered charts;
    Vega-Lite cannot fit facets and concatenations, whose parts are sized by hand. Marks without a colour of their own
    are grey: the blue of the first family is that family's alone.
    """
    text = {"font": FONT, "fontSize": 14, "color": "var(--ink)"}
    return {
        "autosize": {"type": "fit", "contains": "padding"},
        "aria": False,  # the figure has one name and one description; marks would repeat the data table
        "background": "transparent",
        "font": FONT,
        "padding": {"left": 1, "right": 4, "top": 5, "bottom": 3},
        "view": {"stroke": None},
        "title": {**text, "fontSize": 15, "fontWeight": "bold", "anchor": "start", "subtitleColor": "var(--muted)"},
        "axis": {
            "labelFontSize": 14,
            "labelColor": "var(--muted)",
            "labelAngle": 0,
            "labelLimit": room.names_limit(width),
            "labelPadding": 6,
            "titleFontSize": 14,
            "titleFontWeight": "normal",
            "titleColor": "var(--muted)",
            "gridColor": "var(--grid)",
            "domainColor": "var(--grid)",
            "tickColor": "var(--grid)",
            "grid": False,
            "tickCount": 5,
        },
        # Numbers and dates are never cut; names are, and Vega measures a label twice where it may be cut.
        "axisQuantitative": {"grid": True, "domain": False, "ticks": False, "labelLimit": 0},
        "axisTemporal": {"labelLimit": 0},
        # No tilted text: the vertical axis is named on top, where reading starts.
        "axisY": {"titleAngle": 0, "titleAlign": "left", "titleBaseline": "bottom", "titleX": 0, "titleY": -6},
        "legend": {
            "orient": "top",
            "title": None,
            "labelFontSize": 14,
            "labelColor": "var(--ink)",
            "labelLimit": 240,
            "symbolStrokeWidth": 2,
        },
        "header": {
            "labelFontSize": 14,
            "labelFontWeight": "bold",
            "labelColor": "var(--ink)",
            "labelAnchor": "start",
            "title": None,
        },
        "line": {"strokeWidth": 2.5, "strokeCap": "round", "color": "var(--family-grey)"},
        "bar": {"color": "var(--family-grey)", "stroke": "var(--surface)", "strokeWidth": 1},
        "rect": {"stroke": "var(--surface)", "strokeWidth": 1},
        "area": {"color": "var(--family-grey)", "stroke": "var(--surface)", "strokeWidth": 1},
        "point": {"filled": True, "size": 64, "color": "var(--family-grey)", "opacity": 1},
        "rule": {"color": "var(--muted)"},
        "text": text,
    }
