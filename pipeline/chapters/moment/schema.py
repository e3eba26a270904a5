"""The moment, the year after it, and counts that others published."""

import dataframely as dy

from pipeline.base.vocabulary import TIMELINE_KINDS, choice, unit_of

MODEL, OTHERS = "DeepSeek-R1", ("OpenAI-o1-1217", "OpenAI-o1-mini")
"""The model that the chapter is about, and those that its authors set it beside."""

RELEASE = "r1_release"
"""The event of the register that is the model's release."""


class Timeline(dy.Schema):
    """Dated events of the moment and the year after it, each from a row of the register: the table of a figure."""

    mark = dy.Int64(primary_key=True, description="Reading order on one day")
    day = dy.Date(description="Day")
    lane = dy.String(description="Whom it is about")
    kind = choice(TIMELINE_KINDS, description="What it is")
    label = dy.String(nullable=True, description="Name in the figure; null: a dot without one")
    statement = dy.String(description="What happened")
    register = dy.String(description="Register table that it is from")
    source = dy.String(description="Source")


class TimelineSpans(dy.Schema):
    """From each maker's first to its last release within the time shown: bars of the timeline's figure."""

    lane = dy.String(primary_key=True, description="Maker")
    first = dy.Date(description="First day with a release within the time shown")
    last = dy.Date(description="Last one")
    releases = dy.Int64(min=1, description="Dated releases within the time shown")
    release_days = dy.Int64(min=1, metadata=unit_of("days"), description="Days on which something was released")


class MomentReleases(dy.Schema):
    """Dated releases of subject's and reference's makers and of who made the moment's model: the table of a figure."""

    lane = dy.String(description="Maker")
    place = dy.Int64(min=0, description="Order of the makers, from 0")
    model = dy.String(primary_key=True, description="Repository id of the release")
    day = dy.Date(description="Day of the release")
    parameters_total = dy.Int64(
        nullable=True, metadata=unit_of("parameters"), description="Total; as stated if so alone"
    )
    label = dy.String(nullable=True, description="Its name on the timeline; null for those that it does not name")


class MomentScores(dy.Schema):
    """One model beside another on each benchmark that both have: the table of a figure."""

    benchmark = dy.String(primary_key=True, description="Benchmark")
    metric = dy.String(primary_key=True, description="Metric and unit")
    model = dy.String(primary_key=True, description="Model")
    other = dy.String(primary_key=True, description="The model that it is set beside")
    value = dy.Float64(description="Its score")
    other_value = dy.Float64(description="The other's")
    leads = dy.Bool(description="Its score is higher")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Primary source")
