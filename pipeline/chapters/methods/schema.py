"""Tables of the chapter on methods: comparisons with others’ numbers, packed formats, and timings of the engine."""

import dataframely as dy

from pipeline.base.vocabulary import OUTCOMES, RECONCILED, choice, unit_of


class Timings(dy.Schema):
    """What the last benchmark measured, one row per generated snapshot and candidate: the table of the methods page."""

    snapshot = dy.String(primary_key=True, description="Generated snapshot")
    candidate = dy.String(primary_key=True, description="Stage of the pipeline, or what it is compared with")
    rows = dy.Int64(min=1, metadata=unit_of("repositories"), description="Size of the snapshot")
    cpu_seconds = dy.Float64(min=0, metadata=unit_of("seconds"), description="Processor time, least of the rounds")
    wall_seconds = dy.Float64(min=0, metadata=unit_of("seconds"), description="Time by the clock, least of the rounds")
    peak_bytes = dy.Int64(min=0, metadata=unit_of("bytes"), description="Peak memory, most of the rounds")
    cpu_over_bare_read = dy.Float64(description="Processor time over that of reading three columns alone")
    peak_over_columns = dy.Float64(description="Peak memory over the plain size of the columns that lineage reads")
    versions = dy.String(description="Versions of the tools")
    machine = dy.String(description="Class of machine")
    date = dy.Date(description="Day of the measurement")


class ThesisSize(dy.Schema):
    """How often tests on surface area find an effect where none is, on drawn worlds: the table of the methods page."""

    surface = dy.String(primary_key=True, description="What surface is in the drawn worlds; it has no effect in any")
    families = dy.Int64(primary_key=True, min=2, description="Families of a world")
    test = dy.String(primary_key=True, description="Test; `before`: as it was until both variances were weighed")
    simulations = dy.Int64(min=1, description="Worlds drawn")
    rejected = dy.Float64(min=0, max=1, description="Share of them in which the test finds an effect")
    level = dy.Float64(description="p value up to which it does; a test that is right rejects as large a share")
    draws = dy.Int64(min=1, description="Arrangements of the families a test")
    seed = dy.Int64(description="Seed of the worlds")
    date = dy.Date(description="Day of the measurement")


class Reconciliation(dy.Schema):
    """The snapshot beside what others published, what an earlier one had and what the Hub counts itself."""

    topic = choice(RECONCILED, primary_key=True, description="What kind of comparison")
    subject = dy.String(primary_key=True, description="Whom or what it is about")
    measure = dy.String(primary_key=True, description="What is compared")
    against = dy.String(primary_key=True, description="What it is compared with, with its date")
    expected = dy.Float64(nullable=True, description="The value there")
    found = dy.Float64(nullable=True, description="The value in this snapshot; null where it cannot tell")
    outcome = choice(
        OUTCOMES,
        description="agrees; differs; cannot be compared; noted (no right value is known); not in this snapshot",
    )
    finding = dy.String(description="One line for the reader")
    source = dy.String(description="Source of the value there")


class Packed(dy.Schema):
    """Repositories in packed formats, whose files hold fewer elements than the model has parameters."""

    id = dy.String(primary_key=True, description="Repository id")
    format = dy.String(description="Format that its name or tags tell")
    parameters_stored = dy.Int64(metadata=unit_of("elements"), description="Elements in its safetensors files")
    original = dy.String(nullable=True, description="The unpacked model that it is made from, by lineage")
    evidence = choice(["declared", "inferred"], nullable=True, description="Declared on cards all the way up, or not")
    parameters_original = dy.Int64(
        nullable=True, metadata=unit_of("parameters"), description="Parameters of that model"
    )
    parameters_corrected = dy.Int64(
        nullable=True, metadata=unit_of("parameters"), description="The original's, where the stored count is wrong"
    )
    outcome = choice(
        ["as_original", "corrected", "not_known"],
        description="Stored about as many as the original has; far fewer; or no original with a count",
    )
