"""Legends and titles that fit into their chart, whatever the names in them.

Every figure's specification passes through `fitted`. How wide a legend or a title gets is worked out from its words
(see `room`); what would be wider than its chart is wrapped, put into fewer columns, or below another. Legends of names
are measured, those of numbers are not.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.charts.kit import room

_TITLE = 15
"""Size of the titles of panels, px: the theme's."""

_AXIS, _BETWEEN = 56, 16
"""What a vertical axis of numbers takes, and the space between two legends, px."""

PARTS = ("layer", "hconcat", "vconcat", "concat")
"""Where a specification has others inside it."""

_NAMES = ("nominal", "ordinal")
_LOOKS = ("color", "fill", "stroke", "shape", "strokeDash")


def fitted(spec: Mapping[str, Any], chart: float) -> dict[str, Any]:
    """A Vega-Lite specification whose legends and titles fit into a chart `chart` px wide.

    A title that is too long is wrapped. A legend that is too long gets as many columns as fit, and several that do not
    fit in one line stand below each other. What fits stays as it is.
    """
    return _with_legends(_with_titles(dict(spec)), chart)


def _with_titles(spec: dict[str, Any]) -> dict[str, Any]:
    """Titles of views of a known width, wrapped where they are wider."""
    changed: dict[str, Any] = {part: [_with_titles(child) for child in spec[part]] for part in PARTS if part in spec}
    title, view = spec.get("title"), spec.get("width")
    look: dict[str, Any] = title if isinstance(title, dict) else {"text": title}
    text = look["text"]
    if isinstance(text, str) and isinstance(view, int | float):
        size, bold = look.get("fontSize", _TITLE), look.get("fontWeight", "bold") == "bold"
        if room.width(text, size, bold=bold) > view:
            changed["title"] = {**look, "text": room.lines(text, view, size, bold=bold)}
    return {**spec, **changed}


@dataclass(frozen=True)
class Legend:
    """What the legend of a field shows: its labels, and `look`, what the chart asks for in Vega-Lite's words."""

    labels: tuple[str, ...]
    look: Mapping[str, Any]

    @property
    def most(self) -> int:
        """Columns that the chart asks for; a line has all labels otherwise."""
        return min(int(self.look.get("columns") or len(self.labels)), len(self.labels))

    def columns(self, available: float) -> int:
        """Columns that fit into so many px, at most as many as the chart asks for."""
        return next((n for n in range(self.most, 1, -1) if self.width(n) <= available), 1)

    def width(self, columns: int) -> float:
        """Width with so many columns, px: each is as wide as its widest entry."""
        entries = [self.symbol + min(room.width(label), self.limit) for label in self.labels]
        widths = [max(entries[column::columns], default=0.0) for column in range(columns)]
        return sum(widths) + self.look.get("columnPadding", 10) * (columns - 1) + 2 * self.look.get("padding", 0)

    @property
    def symbol(self) -> float:
        """What a symbol and the gap behind it take, px."""
        return math.sqrt(max(self.look.get("symbolSize", 100), 100)) + 11

    @property
    def limit(self) -> float:
        """Where the theme cuts a label, px."""
        return self.look.get("labelLimit", 240)


def _with_legends(spec: dict[str, Any], chart: float) -> dict[str, Any]:
    legends, available = legends_of(spec), chart - axis_width(spec, chart)
    if sum(legend.width(legend.most) for legend in legends.values()) + _BETWEEN * (len(legends) - 1) <= available:
        return spec
    is_stack = len(legends) > 1
    tight = {"padding": 4} if is_stack else {}
    looks: dict[str, dict[str, Any]] = {}
    for field, legend in legends.items():
        own = Legend(legend.labels, {**legend.look, **tight})
        looks[field] = {"labelLimit": min(own.limit, available - own.symbol), **tight}
        if own.columns(available) < own.most:
            looks[field]["columns"] = own.columns(available)
    config = spec.get("config", {})
    if is_stack:
        config = {**config, "legend": {**config.get("legend", {}), "layout": {"direction": "vertical"}}}
    return {**_with_looks(spec, looks), "config": config}


def legends_of(spec: Mapping[str, Any]) -> dict[str, Legend]:
    """The legends of a specification, by the field whose values they name."""
    rows = spec.get("datasets", {})
    found = {
        channel["field"]: Legend(_labels(channel, rows.get(data, [])), channel.get("legend", {}))
        for unit, data in _units(spec, None)
        for channel in _with_legend(unit).values()
    }
    return {field: legend for field, legend in found.items() if legend.labels}


def axis_width(spec: Mapping[str, Any], chart: float) -> float:
    """What the vertical axis takes at the left of a chart so wide, where no legend stands, px."""
    rows = spec.get("datasets", {})
    return max((_axis_of(unit, rows.get(data, []), chart) for unit, data in _units(spec, None)), default=0.0)


def _units(spec: Mapping[str, Any], data: str | None) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    """Every view with marks of its own, and the name of its data."""
    data = spec.get("data", {}).get("name", data)
    if "encoding" in spec:
        yield spec, data
    for part in PARTS:
        for child in spec.get(part, []):
            yield from _units(child, data)


def _with_legend(unit: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Encodings of names that have a legend."""
    return {
        name: channel
        for name, channel in unit.get("encoding", {}).items()
        if name in _LOOKS and channel.get("type") in _NAMES and "field" in channel
        # no legend: null; a legend as it comes: absent
        if channel.get("legend", {}) is not None
    }


def _labels(channel: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What an axis or a legend of a field names."""
    listed = (channel.get("legend") or {}).get("values") or (channel.get("scale") or {}).get("domain")
    found = listed if isinstance(listed, list) else dict.fromkeys(row.get(channel["field"]) for row in rows)
    return tuple(str(value) for value in found if value is not None)


def _axis_of(unit: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], chart: float) -> float:
    """What the vertical axis of a view takes, px."""
    channel = unit["encoding"].get("y", {})
    axis = channel.get("axis", {})
    if "field" not in channel or axis is None or not axis.get("labels", True):
        return 0.0
    if channel.get("type") not in _NAMES:
        return axis.get("minExtent", _AXIS)
    limit = axis.get("labelLimit", room.names_limit(chart))
    return min(limit, room.widest(_labels(channel, rows))) + axis.get("labelPadding", 6) + 4


def _with_looks(spec: dict[str, Any], looks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The specification with another look of the legends of these fields."""
    changed: dict[str, Any] = {
        part: [_with_looks(child, looks) for child in spec[part]] for part in PARTS if part in spec
    }
    channels = {
        name: {**channel, "legend": {**channel.get("legend", {}), **looks[channel["field"]]}}
        for name, channel in _with_legend(spec).items()
        if channel["field"] in looks
    }
    if channels:
        changed["encoding"] = {**spec["encoding"], **channels}
    return {**spec, **changed}
