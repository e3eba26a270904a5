"""A chart's Vega-Lite specification as a figure needs it: under the theme, fitted into its width, with tooltips.

Altair writes the specification; here it gets what holds for every chart. The same chart gives the same bytes, whatever
was drawn before it in the process.
"""

import json
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.base.characters import STEERING_IN_LINES, UNSHOWN
from pipeline.base.paths import IN_THE_BOOK
from pipeline.charts.kit import theme
from pipeline.charts.kit.legends import PARTS, fitted

if TYPE_CHECKING:
    import altair as alt

_ONE_ROW = {"arc", "bar", "circle", "point", "rect", "rule", "square", "tick"}
"""Marks that stand for one row each. A line or an area stands for many."""

_NO_XML = re.compile(STEERING_IN_LINES)
"""Characters that no drawing can have: on some the one that draws ends the whole process, others turn a line around."""

_OF_EVERY_OBJECT = {
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
"""What every JavaScript object has. Vega looks names up in objects, so that a row named `constructor` has no mark."""

_UNSEEN = "\u200b"
"""A space of no width: with it behind, such a name is another one that looks the same."""


def fitted_spec(chart: "alt.TopLevelMixin", width: int) -> dict[str, Any]:
    """The chart's specification under the theme, fitted into its width, its generated names counted from 1.

    Altair numbers views and parameters through the whole process; renumbering keeps one figure's
    bytes free of the figures drawn before it. The chart's own settings win over the theme's. Altair checks it against
    Vega-Lite's schema, a ninth of a page's time, but in the book: the tests draw every figure with the check.
    """
    spec = chart.to_dict(validate=not os.environ.get(IN_THE_BOOK))
    spec["config"] = _merge(theme.config(width), spec.get("config", {}))
    datasets = spec.pop("datasets", {})
    names: dict[str, str] = {}

    def renumber(match: re.Match[str]) -> str:
        return names.setdefault(match.group(), f"{match.group(1)}_{len(names) + 1}")

    text = re.sub(r"\b(view|param)_\d+\b", renumber, json.dumps(spec, sort_keys=True))
    return fitted(drawable({**json.loads(text), "datasets": datasets}), width)


def drawable(part: Any) -> Any:
    """The specification with every text in a form that can be drawn."""
    match part:
        case str():
            return part + _UNSEEN if part in _OF_EVERY_OBJECT else _NO_XML.sub(UNSHOWN, part)
        case dict():
            return {key: drawable(value) for key, value in part.items()}
        case list():
            return [drawable(value) for value in part]
        case _:
            return part


def with_tooltips(spec: dict[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """The specification with a tooltip on every mark that stands for one row: the row as the data table names it.

    A mark that has a tooltip of its own keeps it. labels: columns that readers know, with their names.
    """
    return _with_tooltips(spec, spec["datasets"], None, labels)


def _with_tooltips(
    spec: dict[str, Any], datasets: Mapping[str, list[dict[str, Any]]], data: str | None, labels: Mapping[str, str]
) -> dict[str, Any]:
    """The same of a part. datasets: rows by name; data: the name of the part's, where it has none of its own."""
    data = spec.get("data", {}).get("name", data)
    parts: dict[str, Any] = {
        part: [_with_tooltips(child, datasets, data, labels) for child in spec[part]] for part in PARTS if part in spec
    }
    if isinstance(spec.get("spec"), dict):
        parts["spec"] = _with_tooltips(spec["spec"], datasets, data, labels)
    mark, encoding = spec.get("mark"), spec.get("encoding", {})
    kind = mark.get("type") if isinstance(mark, dict) else mark
    rows = datasets.get(data or "", [])
    is_computed = any("aggregate" in channel or "bin" in channel for channel in encoding.values())
    if kind in _ONE_ROW and rows and "tooltip" not in encoding and "transform" not in spec and not is_computed:
        shown = [_tooltip(column, label, rows) for column, label in labels.items() if column in rows[0]]
        if len(shown) > 1:
            parts["encoding"] = {**encoding, "tooltip": shown}
    return {**spec, **parts}


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


def packed(views: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Both specifications with the rows that they share written once."""
    datasets = {name: rows for spec in views.values() for name, rows in spec["datasets"].items()}
    packed: dict[str, Any] = {name: {k: v for k, v in spec.items() if k != "datasets"} for name, spec in views.items()}
    return {**packed, "datasets": datasets}


def script_json(document: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
