"""The explorer's summary, and the kept benchmark."""

import dataframely as dy

from pipeline.schemas.words import unit_of


class ExplorerSummary(dy.Schema):
    """What the site's explorer holds and leaves out, in counts."""

    measure = dy.String(primary_key=True, description="What was counted")
    value = dy.Int64(description="How many, or 1 and 0 for yes and no")
    meaning = dy.String(description="One line for the reader")


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
