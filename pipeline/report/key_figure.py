"""The key figure of a report as a picture of its own: the README shows it, and an edition keeps it.

It is the figure that the first page opens with, drawn from the tables of the build.
"""

import vl_convert

from pipeline import register
from pipeline.base import tables
from pipeline.base.facts import PageFacts, report_facts
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.charts.derivatives import lead


def svg(paths: Paths, params: Params) -> str | None:
    """The figure of the build at hand; None where no dated count compares the two groups."""
    known = paths.tables()
    if not {"lead", "lead_events"} <= known.keys():
        return None
    found = report_facts(params)
    for chapter in ("hub", "derivatives"):
        found |= tables.read_json(paths.out / chapter / "facts.json")
    shown = tables.read(known["lead"]), tables.read(known["lead_events"]), register.load("families", paths.register)
    drawn = lead.in_short(*shown, PageFacts(found, ("hub", "derivatives")))
    return None if drawn is None else drawn.svg


def png(paths: Paths, params: Params) -> bytes | None:
    """The same in one pixel to a point: an edition is small, and there is one a week."""
    drawn = svg(paths, params)
    return None if drawn is None else vl_convert.svg_to_png(drawn, scale=1)
