"""Altair as the figures use it, imported here alone: it takes a third of a second.

Pages of tables do without it, since modules that they use (`table`, `families`, `figure`, `theme`) never import this
one. Altair checks each part of a chart against Vega-Lite's schema again whenever it is put into another part, which
takes a fifth of a page's time; with that switched off, a chart is checked once, whole, when a test writes its figure
(`spec.fitted_spec`). It also hashes the schemas of its six hundred classes again for each channel that is written as a
text, such as `x="day:T"`, which takes a tenth; here each is hashed once.
"""

from collections.abc import Callable
from typing import Any

import altair as alt
from altair.utils import schemapi

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


_classes: Any = schemapi._FromDict  # pyright: ignore[reportPrivateUsage]
_classes.hash_schema = staticmethod(_once(_classes.hash_schema))

__all__ = ["alt"]
