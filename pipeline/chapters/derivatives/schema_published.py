"""What others published, and how the lead turned by their counts and by this project's."""

import dataframely as dy

from pipeline.base.vocabulary import (
    DATED_TO,
    choice,
    unit_of,
)
from pipeline.register.lookup.schema import PublishedQuantity


class PublishedSeries(PublishedQuantity):
    """Counts and shares that others published, with what is known of their definition: the table of a figure."""

    counter = dy.String(nullable=True, description="Organisation of the register that the publisher names")
    definition_kind = choice(["direct", "tag", "other", "not stated"], description="Stated definition, in classes")
    is_series = dy.Bool(description="A count of derivatives or of tagging repositories, drawn in the figure")


class PublishedByRelation(dy.Schema):
    """Direct declared derivatives of organisations by relation, as published: the table of a figure."""

    name = dy.String(primary_key=True, description="Organisation of the base, as the publisher writes it")
    label = dy.String(description="Name that readers see")
    relation = choice(
        ["adapter", "finetune", "quantized", "merge", "other"], primary_key=True, description="Relation as published"
    )
    organisation = dy.String(nullable=True, description="Organisation of the register, if it has it")
    models = dy.Int64(min=0, metadata=unit_of("repositories"), description="Derivatives by this relation")
    share = dy.Float64(nullable=True, min=0, max=1, description="Of all derivatives of the organisation")
    derivatives = dy.Int64(min=0, metadata=unit_of("repositories"), description="All its derivatives")
    as_of = dy.Date(description="Day that the counts are about, as exactly as as_of_precision says")
    as_of_precision = choice(DATED_TO, description="How exactly that day is known")
    publisher = dy.String(description="Publisher")
    source = dy.String(description="Source")


class PublishedRatios(dy.Schema):
    """The subject's published derivatives over those of others, by relation: the table of a figure."""

    relation = choice(
        ["all", "adapter", "without_adapters", "finetune", "quantized"],
        primary_key=True,
        description="Which relations count",
    )
    against = choice(
        ["line", "whole", "third"],
        primary_key=True,
        description="The reference's largest row, all its rows, or the largest other organisation's",
    )
    subject = dy.String(description="The subject's row, as published")
    other = dy.String(description="The rows that it is compared with, as published")
    subject_count = dy.Int64(min=0, metadata=unit_of("repositories"), description="The subject's")
    other_count = dy.Int64(min=0, metadata=unit_of("repositories"), description="The other's")
    ratio = dy.Float64(nullable=True, min=0, metadata=unit_of("times"), description="Subject over other")
    as_of = dy.Date(description="Day that the counts are about, as exactly as as_of_precision says")
    as_of_precision = choice(DATED_TO, description="How exactly that day is known")
    publisher = dy.String(description="Publisher")


class PublishedSteps(dy.Schema):
    """How the reference's published total becomes the subject's, relation by relation: the table of a figure."""

    against = choice(["line", "whole"], primary_key=True, description="The reference's largest row, or all its rows")
    relation = choice(
        ["adapter", "finetune", "quantized", "merge", "other"], primary_key=True, description="Relation as published"
    )
    subject = dy.String(description="The subject's row, as published")
    other = dy.String(description="The rows that it is compared with, as published")
    subject_count = dy.Int64(min=0, metadata=unit_of("repositories"), description="The subject's by this relation")
    other_count = dy.Int64(min=0, metadata=unit_of("repositories"), description="The other's by this relation")
    difference = dy.Int64(metadata=unit_of("repositories"), description="Subject less other")
    share = dy.Float64(nullable=True, description="Of the difference of both totals; null where these are equal")
    subject_total = dy.Int64(min=0, metadata=unit_of("repositories"), description="The subject's by all relations")
    other_total = dy.Int64(min=0, metadata=unit_of("repositories"), description="The other's by all relations")
    as_of = dy.Date(description="Day that the counts are about, as exactly as as_of_precision says")
    as_of_precision = choice(DATED_TO, description="How exactly that day is known")
    publisher = dy.String(description="Publisher")


class PublishedByBase(dy.Schema):
    """Children of single bases on the whole Hub, as published: the table of a figure."""

    model = dy.String(primary_key=True, description="Repository that is built on")
    family = dy.String(nullable=True, description="Its family, by the register")
    released = dy.Date(nullable=True, description="Day of its release; null where the register has none")
    children = dy.Int64(min=0, metadata=unit_of("repositories"), description="Repositories that declare it as base")
    place = dy.Int64(nullable=True, description="Place among all bases of the Hub, if stated")
    as_of = dy.Date(description="Day of the listing")
    publisher = dy.String(description="Publisher")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="Note")


class PublishedGrowth(dy.Schema):
    """What two published counts of one subject would imply, were they counts of the same thing."""

    subject = dy.String(primary_key=True, description="Whom the counts are about")
    first_published = dy.Date(primary_key=True, description="Date of the earlier one")
    first_publisher = dy.String(primary_key=True, description="Its publisher")
    published = dy.Date(primary_key=True, description="Date of the later one")
    publisher = dy.String(primary_key=True, description="Its publisher")
    counter = dy.String(nullable=True, description="Who counted, where it is the same for both")
    first_value = dy.Float64(description="The earlier count")
    value = dy.Float64(description="The later count")
    is_lower_bound = dy.Bool(description="The later is a lower limit, so that a fall to it is none")
    days = dy.Int64(min=1, metadata=unit_of("days"), description="Days between")
    per_day = dy.Float64(metadata=unit_of("derivatives a day"), description="Implied growth; negative: they disagree")


class Lead(dy.Schema):
    """Subject to reference by date, of everything that was counted of both by one rule: the table of a figure."""

    kind = choice(
        ["stock", "flow"], primary_key=True, description="What existed on a day; or what was new in some days"
    )
    date = dy.Date(
        primary_key=True, description="Day of the snapshot, first day of the month, or day that a published count is of"
    )
    basis = dy.String(
        primary_key=True, description="Name of the edition, `this build`, or `published` for what others counted"
    )
    rule = dy.String(primary_key=True, description="How both were counted, in words")
    subject = dy.String(primary_key=True, description="Whose derivatives were counted for the subject")
    reference = dy.String(primary_key=True, description="Whose for the reference: a family, or the organisation of it")
    source = dy.String(primary_key=True, description="Source of a published count; of ours the snapshot")
    precision = choice(DATED_TO, description="What the date is exact to")
    publisher = dy.String(nullable=True, description="Who published it; null for this project")
    definition = dy.String(nullable=True, description="Key of the definition; null for published counts")
    subject_count = dy.Float64(
        nullable=True, description="Derivatives, or uploaders by that rule; null where a ratio alone was published"
    )
    reference_count = dy.Float64(nullable=True, description="The same of the reference")
    ratio = dy.Float64(description="Subject to reference; no row where one has fewer than ten")
    is_lower_bound = dy.Bool(description="The publisher says more than, of the larger of both counts alone")
    subject_releases = dy.Int64(
        nullable=True,
        min=0,
        description="Releases of the subject on the register in the month up to the days of a flow; null elsewhere",
    )
    reference_releases = dy.Int64(nullable=True, min=0, description="The same of the reference")
    subject_in_series = dy.Float64(
        nullable=True, description="Of a month's new derivatives of the subject those in series; null elsewhere"
    )
    reference_in_series = dy.Float64(nullable=True, description="The same of the reference")


class LeadEvents(dy.Schema):
    """Releases of subject and reference, and the event that belongs to neither: the lines of the figure."""

    event = dy.String(primary_key=True, description="Key of the register's event, or the id of a flagship release")
    date = dy.Date(description="Day of the event")
    label = dy.String(description="Name in the figure")
    group = dy.String(nullable=True, description="Whose release it is; null for an event of neither")
