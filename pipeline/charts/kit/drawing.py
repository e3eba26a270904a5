"""Altair as the figures use it, imported here alone: it takes a third of a second.

Pages of tables do without it, since modules that they use (`table`, `families`, `figure`, `theme`) never import this
one. Altair checks each part of a chart against Vega-Lite's schema again whenever it is put into another part, which
takes a fifth of a page's time; with that switched off, a chart is checked once, whole, when a test writes its figure
(`spec.fitted_spec`). For each channel that is written as a text or a value, such as `x="day:T"`, it looks among its six
hundred classes for the one that fits, by the schema again, which takes an eighth; here the channel's name says which
it is. And it copies every part of a chart twice to lift parameters out of it, which takes a twelfth; here it does so
where there are any.
"""

from collections.abc import Callable
from typing import Any, cast

import altair as alt
from altair.utils import core as utils_core
from altair.utils import schemapi
from altair.vegalite.v6 import api

schemapi.disable_debug_mode()


def _where_there_are_any(lift: Callable[..., Any], without: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of charts, `lift`, which is spared where none has parameters. without: what it then gives."""

    def lifted(*arguments: Any) -> Any:
        *own, charts = arguments
        stated = [*own, *(getattr(chart, "params", alt.Undefined) for chart in charts)]
        has_any = any(params is not alt.Undefined for params in stated)
        return lift(*arguments) if has_any else without(*arguments)

    return lifted


def _of_channel(known: Any, stated: Any, name: str) -> Any:
    """The channel `name` of what a chart states for it. known: Altair's table of channels."""
    if isinstance(stated, alt.SchemaBase):
        return stated
    if isinstance(stated, list | tuple):
        return [_of_channel(known, part, name) for part in stated]
    kinds = known.name_to_channel[name]
    if isinstance(stated, str):
        return kinds["field"](stated)
    if not isinstance(stated, dict):  # a condition or a parameter
        stated = stated.to_dict()
    return kinds["value" if "value" in stated else "field"](**stated)


_charts = cast(Any, api)
cast(Any, utils_core)._ChannelCache._wrap_in_channel = _of_channel
_charts._remove_duplicate_params = _where_there_are_any(_charts._remove_duplicate_params, lambda layers: layers)
_charts._combine_subchart_params = _where_there_are_any(
    _charts._combine_subchart_params, lambda params, charts: (params, charts)
)

__all__ = ["alt"]
