"""Altair as the figures use it, imported here alone: it takes a third of a second.

Pages of tables do without it, since modules that they use (`table`, `families`, `figure`, `theme`) never import this
one. Altair checks each part of a chart against Vega-Lite's schema again whenever it is put into another part, which
takes a fifth of a page's time; with that switched off, a chart is checked once, whole, when a test writes its figure
(`spec.fitted_spec`). It also makes a table of its six hundred classes again for each channel that is written as a
text, such as `x="day:T"`, which takes a sixth; here there is one table. And it copies every part of a chart twice to
lift parameters out of it, which takes a twelfth; here it does so where there are any.
"""

from collections.abc import Callable
from typing import Any, cast

import altair as alt
from altair.utils import schemapi
from altair.vegalite.v6 import api
from altair.vegalite.v6.schema import core

schemapi.disable_debug_mode()


def _where_there_are_any(lift: Callable[..., Any], without: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of charts, `lift`, which is spared where none has parameters. without: what it then gives."""

    def lifted(*arguments: Any) -> Any:
        *own, charts = arguments
        stated = [*own, *(getattr(chart, "params", alt.Undefined) for chart in charts)]
        has_any = any(params is not alt.Undefined for params in stated)
        return lift(*arguments) if has_any else without(*arguments)

    return lifted


_schemas, _charts = cast(Any, schemapi), cast(Any, api)
_table = _schemas._FromDict(core.VegaLiteSchema._default_wrapper_classes())
_schemas._FromDict = lambda _: _table
_charts._remove_duplicate_params = _where_there_are_any(_charts._remove_duplicate_params, lambda layers: layers)
_charts._combine_subchart_params = _where_there_are_any(
    _charts._combine_subchart_params, lambda params, charts: (params, charts)
)

__all__ = ["alt"]
