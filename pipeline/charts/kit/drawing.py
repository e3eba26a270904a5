"""Altair as the figures use it, imported here alone: it takes a third of a second.

Pages of tables do without it, since modules that they use (`table`, `families`, `figure`, `theme`) never import this
one. Altair checks each part of a chart against Vega-Lite's schema again whenever it is put into another part, which
takes a fifth of a page's time; with that switched off, a chart is checked once, whole, when a test writes its figure
(`spec.fitted_spec`).
"""

import altair as alt
from altair.utils import schemapi

schemapi.disable_debug_mode()

__all__ = ["alt"]
