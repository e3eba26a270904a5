"""Altair as the figures use it: a chart is checked against Vega-Lite's schema once, whole, when its figure is written.

Altair checks every part again each time that it is put into another one, so that a chart of many layers is
checked dozens of times: a fifth of a page's time, for the same verdict.
"""

import altair as alt
from altair.utils import schemapi

schemapi.disable_debug_mode()

__all__ = ["alt"]
