"""The essay's claims with what was counted for them, and published editions."""

import dataframely as dy

from pipeline.base.vocabulary import VERDICTS, choice

VERDICT_BASES = ("snapshot", "register", "published", "none")
"""What a verdict rests on: the snapshot, the register, or counts of others that were not recomputed."""


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
    stated_in_words = dy.Bool(description="Whether the essay states it in words, which that number is our reading of")
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
    basis = choice(VERDICT_BASES, description="What the verdict rests on; none: nothing here decides it")
    verdict = choice(VERDICTS, description="Computed verdict")
    why = dy.String(description="The reason in one sentence")
    would_change = dy.String(description="What would change the verdict")
    sources = dy.List(dy.String(), description="Sources")
    snapshot = dy.String(description="Snapshot label")
