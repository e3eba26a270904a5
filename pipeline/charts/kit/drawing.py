"""Altair as the figures use it, imported here alone: it takes a third of a second.

Pages of tables do without it, since modules that they use (`table`, `families`, `figure`, `theme`) never import this
one. Altair checks each part of a chart against Vega-Lite's schema again whenever it is put into another part, which
takes a fifth of a page's time; with that switched off, a chart is checked once, whole, when a test writes its figure
(`spec.fitted_spec`). It also hashes the schemas of its six hundred classes again for each channel that is written as a
text, such as `x="day:T"`, which takes a seventh; here each is hashed once. And it copies every part of a chart twice to
lift parameters out of it, which takes a twelfth; here it does so where there are any.
"""

from collections.abc import Callable
from typing import Any

import altair as alt
from altair.utils import schemapi
from altair.vegalite.v6 import api

schemapi.disable_debug_mode()


def _once(hash_schema: Callable[[Any], int]) -> Callable[..., int]:
    """The same function, which remembers; the schemas of Altair's classes never change."""
    known: dict[int, tuple[Any, int]] = {}  # with each schema, so that no other one gets its id

    def hashed(schema: Any, use_json: bool = True) -> int:
        assert use_json, "Altair hashes schemas as JSON"
        if id(schema) not in known:
            known[id(schema)] = (schema, hash_schema(schema))
        return known[id(schema)][1]

    return hashed


def _where_there_are_any(lift: Callable[..., Any], without: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of charts, `lift`, which is spared where none has parameters. without: what it then gives."""

    def lifted(*arguments: Any) -> Any:
        *own, charts = arguments
        stated = [*own, *(getattr(chart, "params", alt.Undefined) for chart in charts)]
        has_any = any(params is not alt.Undefined for params in stated)
        return lift(*arguments) if has_any else without(*arguments)

    return lifted


_classes: Any = schemapi._FromDict  # pyright: ignore[reportPrivateUsage]
_classes.hash_schema = staticmethod(_once(_classes.hash_schema))
_charts: Any = api
_charts._remove_duplicate_params = _where_there_are_any(_charts._remove_duplicate_params, lambda layers: layers)
_charts._combine_subchart_params = _where_there_are_any(
    _charts._combine_subchart_params, lambda params, charts: (params, charts)
)

__all__ = ["alt"]
