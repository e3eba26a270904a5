"""Tables of editions: what each said in few numbers, and what moved between them."""

import dataframely as dy

from pipeline.base.vocabulary import AREAS, COVERAGES, SIDES, choice, unit_of


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
    held_then = dy.Int64(metadata=unit_of("claims"), description="Claims that were true then and no longer are")
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


class EditionSides(dy.Schema):
    """What editions say of one thing, side by side, of those alike the last two: the table of a page."""

    area = choice(SIDES, primary_key=True, description="What the row is about")
    order = dy.Int64(primary_key=True, description="Order of reading within the area")
    position = dy.Int64(primary_key=True, description="Position of the edition")
    what = dy.String(description="Rule, group, number or claim")
    text = dy.String(description="What the edition says of it, in words")
