"""The essay's claims with what was counted for them, and published editions."""

import dataframely as dy

from pipeline.schemas.words import AREAS, COVERAGES, VERDICTS, choice, unit_of


class ClaimCounts(dy.Schema):
    """What the essay counts, at the dates it speaks of and today, under every reading of its words."""

    measure = choice(["derivatives", "tagging", "models"], primary_key=True, description="What is counted")
    rule = dy.String(primary_key=True, description="Key of definitions; what counts as a tag; namespace, organisation")
    group = dy.String(primary_key=True, description="Family, organisation, namespace or word")
    date = dy.Date(primary_key=True, description="Created by the end of this day; the last one is the snapshot's")
    repositories = dy.Int64(min=0, description="Repositories; on the snapshot's day undated ones too")


class Claims(dy.Schema):
    """The ledger: what the essay says, what the report measures, and the verdict."""

    claim = dy.Int64(primary_key=True, description="Number of the claim")
    topic = dy.String(description="Topic")
    statement = dy.String(description="The essay's words")
    where = dy.String(description="Section of the essay")
    as_of = dy.Date(nullable=True, description="Date that the claim is about")
    published_value = dy.String(description="What the essay states, in words")
    stated_low = dy.Float64(nullable=True, description="What the essay states, as a number in `unit`: low end")
    stated_high = dy.Float64(nullable=True, description="High end; the same where it states one number")
    tolerance = dy.Float64(nullable=True, description="How far off, as a share, still counts as met")
    measured_value = dy.String(nullable=True, description="What the report finds, in words")
    low = dy.Float64(nullable=True, description="Low end of what was measured")
    high = dy.Float64(nullable=True, description="High end of what was measured")
    unit = dy.String(nullable=True, description="Unit of low and high")
    measure = dy.String(description="Keys of the facts that measure it")
    definition = dy.String(nullable=True, description="Key of definitions that the claim implies")
    readings = dy.Int64(nullable=True, min=1, description="Readings of the words that were tried")
    readings_met = dy.Int64(nullable=True, min=0, description="Of these, under how many the claim is met")
    elsewhere = dy.String(nullable=True, description="What others published, with dates")
    needs = choice(["register", "any", "census"], description="What decides it")
    verdict = choice(VERDICTS, description="Computed verdict")
    why = dy.String(description="The reason in one sentence")
    would_change = dy.String(description="What would change the verdict")
    sources = dy.List(dy.String(), description="Sources")
    snapshot = dy.String(description="Snapshot label")


class Editions(dy.Schema):
    """What every published edition said, and this build last: the table of a page."""

    position = dy.Int64(primary_key=True, description="Order of publication")
    edition = dy.String(description="Day of the snapshot and beginning of its hash")
    published = dy.Date(nullable=True, description="Day of publication; null for this build")
    snapshot = dy.String(description="Label of the snapshot")
    coverage = choice(COVERAGES, description="What the snapshot covers of the Hub")
    date = dy.Date(description="The day that the snapshot shows")
    sha256 = dy.String(description="Hash of the snapshot")
    repositories = dy.Int64(metadata=unit_of("repositories"), description="Rows of the snapshot")
    version = dy.String(description="Version of the project")
    rule = dy.String(nullable=True, description="Rule of the headline, in words; null where none is supported")
    subject = dy.String(description="Group that the report is about")
    reference = dy.String(description="Group that it is compared with")
    subject_derivatives = dy.Float64(nullable=True, description="The subject's count under the headline's rule")
    reference_derivatives = dy.Float64(nullable=True, description="The reference's count under that rule")
    ratio = dy.Float64(nullable=True, metadata=unit_of("times"), description="Subject over reference")
    holds = dy.Int64(metadata=unit_of("claims"), description="Claims that hold")
    held_then = dy.Int64(metadata=unit_of("claims"), description="Claims that held then")
    fails = dy.Int64(metadata=unit_of("claims"), description="Claims that fail")
    depends_on_definition = dy.Int64(metadata=unit_of("claims"), description="Claims that depend on the definition")
    misleading = dy.Int64(metadata=unit_of("claims"), description="Claims that mislead")
    not_measurable_here = dy.Int64(metadata=unit_of("claims"), description="Claims that the snapshot cannot decide")


class EditionChanges(dy.Schema):
    """What moved from each edition to the next: the table of a page."""

    position = dy.Int64(primary_key=True, description="Position of the newer edition")
    order = dy.Int64(primary_key=True, description="Order of reading")
    edition = dy.String(description="The newer edition")
    previous = dy.String(description="The edition before it")
    area = choice(AREAS, description="What the row is about")
    what = dy.String(description="Number, rule, group, claim or table")
    old = dy.String(description="In the edition before")
    new = dy.String(description="In the newer edition")
    change = dy.String(description="By how much it moved, or why that cannot be said")
    moved = dy.Bool(nullable=True, description="Null where the two cannot be compared")
