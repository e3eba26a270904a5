"""The surface area of each family, and the thesis about it."""

import dataframely as dy

from pipeline.base.vocabulary import choice, unit_of

SURFACE, CADENCE, SCORE = "surface", "cadence", "score"
REFERENCE = {
    "size_class": "4B to 10B",
    "modality": "text",
    "licence_class": "permissive",
    "gated": "open",
    "mixture": "dense",
}
"""The class that the others of a trait are compared with."""
MODELS = {
    "surface": (SURFACE, "log2_age", *REFERENCE),
    "cadence": (CADENCE, "log2_age", *REFERENCE),
    "quality": (SURFACE, SCORE, "log2_age", "log2_size", "licence_class", "gated", "mixture"),
}
"""Terms of each model; a trait stands for its classes."""

SIZES = [500_000_000 * 2**step for step in range(11)]
"""Total parameters of the grid's rows."""
MODALITIES = ("text", "code", "math", "vision", "audio", "embedding")
NARROW, LOOSE = 0.5, 1.0
"""Greatest distance of a covered cell, in doublings: the stated rule, and the looser one."""
NTH = 10
"""The derivative that a release is timed by."""


class Surface(dy.Schema):
    """The plane of size, modality and time: each family's nearest current release."""

    family = dy.String(primary_key=True, description="Family")
    month = dy.Date(primary_key=True, description="First day of the month")
    modality = dy.String(primary_key=True, description="What is asked for")
    size = dy.Int64(primary_key=True, metadata=unit_of("parameters"), description="Size that is asked for")
    model = dy.String(description="Nearest release of that modality: current before no longer current, then by size")
    is_current = dy.Bool(description="It is current by the stated rule, not by the looser one alone")
    nearest_doublings = dy.Float64(min=0, metadata=unit_of("doublings"), description="How far its size is")
    nearest_age_months = dy.Int64(min=0, metadata=unit_of("months"), description="How old it is")
    covered = dy.Bool(description="A current release is within half a doubling")
    covered_loosely = dy.Bool(description="A release is within one doubling and twice the time")
    releases = dy.Int64(min=0, description="Current releases within half a doubling")


class SurfaceIndex(dy.Schema):
    """The share of the plane that a family covers, by month: the table of a figure."""

    family = dy.String(primary_key=True, description="Family")
    month = dy.Date(primary_key=True, description="First day of the month")
    cells = dy.Int64(min=0, description="Covered cells of the grid")
    cells_loose = dy.Int64(min=0, description="Cells covered by the looser rule")
    index = dy.Float64(min=0, max=1, description="Share of covered cells")
    index_loose = dy.Float64(min=0, max=1, description="The same by the looser rule")
    releases_current = dy.Int64(min=0, description="Releases that are current, placed on the grid or not")


class SurfaceQuarters(dy.Schema):
    """What a family released in each quarter, by size: the table of a figure."""

    family = dy.String(primary_key=True, description="Family")
    quarter = dy.Date(primary_key=True, description="First day of the quarter, from the first of the register on")
    size = dy.Int64(
        primary_key=True, metadata=unit_of("parameters"), description="Nearest size of the grid; 0: size not known"
    )
    releases = dy.Int64(min=0, description="Releases of the quarter nearest to this size; the ends hold all beyond")
    is_collected = dy.Bool(description="The quarter begins before the register's last release")
    is_partial = dy.Bool(description="The snapshot ends in this quarter")


class Cadence(dy.Schema):
    """How often a family releases: the table of a figure."""

    family = dy.String(primary_key=True, description="Family")
    quarter = dy.Date(primary_key=True, description="First day of the quarter")
    releases = dy.Int64(min=0, description="Dated releases of the register")
    release_days = dy.Int64(min=0, metadata=unit_of("days"), description="Days on which something was released")
    is_partial = dy.Bool(description="The snapshot ends in this quarter")


class Catalogue(dy.Schema):
    """What a family's makers have released, as the register and the snapshot know it."""

    family = dy.String(primary_key=True, description="Family")
    releases = dy.Int64(min=1, description="Releases of the register")
    undated = dy.Int64(min=0, description="Of these, without a date")
    unsized = dy.Int64(min=0, description="Of these, without a parameter total")
    first_released = dy.Date(nullable=True, description="First dated release")
    last_released = dy.Date(nullable=True, description="Last dated release")
    smallest = dy.Int64(nullable=True, metadata=unit_of("parameters"), description="Smallest total")
    largest = dy.Int64(nullable=True, metadata=unit_of("parameters"), description="Largest total")
    sizes = dy.Int64(min=0, description="Distinct sizes, to the nearest doubling")
    modalities = dy.List(dy.String(), description="Modalities, sorted")
    licences = dy.Int64(min=0, description="Distinct licence tags")
    formats = dy.List(dy.String(), description="Packed or converted formats in the makers' own namespaces here")
    median_days_between = dy.Float64(
        nullable=True, metadata=unit_of("days"), description="Median between release days of the last year"
    )
    median_days_to_tenth = dy.Float64(
        nullable=True, metadata=unit_of("days"), description="Median from release to tenth declared derivative"
    )
    timed = dy.Int64(min=0, description="Releases that this median is over")


class FamilyTotals(dy.Schema):
    """Derivatives of each family in total, its releases, and derivatives per release: the table of a figure."""

    kind = choice(["stock", "flow"], primary_key=True, description="What stood on the Hub, or what was new")
    family = dy.String(primary_key=True, description="Family")
    releases = dy.Int64(min=1, metadata=unit_of("releases"), description="Dated releases of the register by that day")
    derivatives = dy.Int64(min=0, description="Their declared direct derivatives, the maker's own left out")
    per_release = dy.Float64(
        min=0,
        metadata=unit_of("derivatives per release"),
        description="Derivatives over releases, those without any in",
    )
    label = dy.String(description="The snapshot whose derivatives are counted")
    date = dy.Date(description="Its day")
    edition = dy.String(nullable=True, description="The published edition that has it; null: this build's snapshot")
    source = dy.String(description="How a figure names its source")


class Thesis(dy.Schema):
    """What goes with more derivatives per release, all else alike; empty where refused: the table of a figure."""

    model = choice(["surface", "cadence", "quality"], primary_key=True, description="Which of the three models")
    term = dy.String(primary_key=True, description="Trait")
    category = dy.String(primary_key=True, description="Class of the trait; empty for a number")
    label = dy.String(description="The term in words, with what it is compared with")
    position = dy.Int64(min=1, description="Place in the model")
    releases = dy.Int64(min=1, metadata=unit_of("releases"), description="Releases that the term is about")
    rate_ratio = dy.Float64(min=0, metadata=unit_of("times"), description="Derivatives per month, times as many")
    p = dy.Float64(min=0, max=1, description="Share of arrangements of the families at least as far from no effect")
    randomisation = choice(["families exchanged", "signs turned"], description="How the families were arranged")
    arrangements = dy.Int64(min=1, description="Arrangements, the data themselves among them")
    without_low = dy.Float64(min=0, metadata=unit_of("times"), description="Smallest rate ratio without one family")
    without_low_family = dy.String(description="Without which")
    without_high = dy.Float64(min=0, metadata=unit_of("times"), description="Largest rate ratio without one family")
    without_high_family = dy.String(description="Without which")


class ThesisFit(dy.Schema):
    """Whether each model of derivatives per release was fitted, to what, and how well."""

    model = choice(["surface", "cadence", "quality"], primary_key=True, description="Which of the three models")
    refused = dy.Bool(description="Not fitted")
    reason = dy.String(description="Why not; empty where fitted")
    releases = dy.Int64(min=0, description="Releases that could be used")
    families = dy.Int64(min=0, description="Their families")
    derivatives = dy.Int64(min=0, description="Their declared direct derivatives")
    without_derivatives = dy.Int64(min=0, metadata=unit_of("releases"), description="Releases without any")
    terms = dy.Int64(nullable=True, min=1, description="Terms besides the constant")
    left_out = dy.String(nullable=True, description="Terms that others add up to, which were left out")
    alpha = dy.Float64(nullable=True, min=0, description="Dispersion: variance is mean + alpha x mean squared")
    pearson = dy.Float64(nullable=True, min=0, description="Pearson statistic over degrees of freedom; 1 if it fits")
    log_likelihood = dy.Float64(nullable=True, description="Of the model")
    log_likelihood_poisson = dy.Float64(nullable=True, description="Of the same terms without dispersion")
    log_likelihood_constant = dy.Float64(nullable=True, description="Of one rate for all releases")


class ThesisExpected(dy.Schema):
    """What each model expects beside what is there, by family and by size of count: the table of a figure."""

    model = choice(["surface", "cadence", "quality"], primary_key=True, description="Which of the three models")
    kind = choice(["family", "count"], primary_key=True, description="What the rows are parted by")
    category = dy.String(primary_key=True, description="Family, or class of derivatives per release")
    releases = dy.Int64(min=0, description="Releases in it")
    observed = dy.Int64(min=0, description="Derivatives of the family's releases; releases in a class of counts")
    expected = dy.Float64(min=0, description="The same by the model")
