"""The moment, the year after it, and counts that others published."""

import dataframely as dy

from pipeline.base.vocabulary import PRICE_DATES, TIMELINE_KINDS, choice, unit_of

MODEL, OTHERS = "DeepSeek-R1", ("OpenAI-o1-1217", "OpenAI-o1-mini")
"""The model that the chapter is about, and those that its authors set it beside."""

RELEASE = "r1_release"
"""The event of the register that is the model's release."""

PRICED = ("o1", "deepseek-ai/DeepSeek-R1")
"""The model that it is set beside, and the model itself, as the price list names them."""


class Timeline(dy.Schema):
    """Dated events of the moment and the year after it, each from a row of the register."""

    mark = dy.Int64(primary_key=True, description="Reading order on one day")
    day = dy.Date(description="Day")
    lane = dy.String(description="Whom it is about")
    kind = choice(TIMELINE_KINDS, description="What it is")
    label = dy.String(nullable=True, description="Its name in the figure; null: none")
    statement = dy.String(description="What happened")
    register = dy.String(description="Register table that it is from")
    source = dy.String(description="Source")


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
    source = dy.String(description="Source")


class MomentPrices(dy.Schema):
    """List prices of two makers' newest models, step by step: the table of a figure."""

    maker = dy.String(primary_key=True, description="Who made it and sells it")
    place = dy.Int64(min=0, description="Order of the makers, from 0")
    model = dy.String(description="Repository id, or the maker's name of a closed model")
    label = dy.String(description="Name for figures")
    day = dy.Date(primary_key=True, description="First day within the time shown")
    until = dy.Date(description="Day of the next step; the snapshot's day for the last")
    usd_per_million_input = dy.Float64(min_exclusive=0, metadata=unit_of("USD per million tokens"), description="Input")
    usd_per_million_output = dy.Float64(
        min_exclusive=0, metadata=unit_of("USD per million tokens"), description="Output"
    )
    known_since = dy.Date(description="First day on which the price is known")
    date_is = choice(PRICE_DATES, description="How that day is known")
    source = dy.String(description="Source")


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
