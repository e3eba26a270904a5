"""Derivatives under every definition, the bases beneath them, and how far counts agree with others'."""

import dataframely as dy

from pipeline.base.vocabulary import (
    BASE_KINDS,
    COVERAGES,
    EVIDENCE,
    INFERENCE,
    RELATIONS,
    choice,
    unit_of,
)


class Definitions(dy.Schema):
    """The ways to count a derivative; one column per choice, null where it does not apply."""

    definition = dy.String(primary_key=True, description="Key, the choices joined by dots")
    label = dy.String(description="The definition in words")
    grouping = choice(["family", "organisation"], description="Who is credited")
    evidence = choice(EVIDENCE, description="What counts as evidence of being built on")
    reach = choice(["direct", "transitive"], nullable=True, description="Named, or reached through others")
    relations = choice(
        ["all", "without_adapters", "without_quantized", "finetune", "adapter", "quantized", "merge"],
        nullable=True,
        description="Which edges of the child itself count",
    )
    relation_basis = choice(["as_tagged", "corrected"], nullable=True, description="Whose word on relation")
    own_releases = choice(["counted", "left_out"], description="The credited group's own repositories")
    min_downloads = dy.Int64(metadata=unit_of("downloads in 30 days"), description="Least downloads of a derivative")
    credit = choice(["full", "by_roots", "by_paths"], nullable=True, description="Share per root")
    distills = choice(["as_declared", "to_base", "both"], nullable=True, description="Distilled releases")
    mirrors = choice(
        ["as_declared", "to_original", "quantized_to_original"],
        nullable=True,
        description="Which re-uploads hand what is built on them to their original: none, those of the same weights, "
        "or those in fewer bits too",
    )
    series = choice(["each", "as_one"], nullable=True, description="Repositories made one after the other by a machine")
    unit = choice(["repositories", "uploaders"], description="What is counted")
    in_grid = dy.Bool(description="Part of the like-for-like comparison")
    supported = dy.Bool(description="This snapshot has the evidence that the definition needs")
    reason = dy.String(description="Why it is (not) in the grid or (not) supported")


class Derivatives(dy.Schema):
    """Derivatives per definition and group."""

    definition = dy.String(primary_key=True, description="Key of definitions")
    group = dy.String(primary_key=True, description="Family or organisation")
    derivatives = dy.Float64(min=0, metadata=unit_of("repositories or uploaders"), description="Count")


class OrganisationLines(dy.Schema):
    """Direct derivatives of the organisations behind subject and reference, whole and by namespace."""

    evidence = choice(["declared", "declared_or_inferred", "shape"], primary_key=True, description="What is counted by")
    relations = choice(["all", "without_adapters"], primary_key=True, description="Which links count")
    organisation = dy.String(primary_key=True, description="Organisation")
    line = dy.String(primary_key=True, description="Namespace in lower case, or `all namespaces`")
    derivatives = dy.Int64(min=1, metadata=unit_of("repositories"), description="Repositories built on it")
    is_main = dy.Bool(description="The namespace with most registered releases of the organisation's first family")


class DerivativesMonthly(dy.Schema):
    """Derivatives by month of creation, for the definitions named in params; undated ones are left out."""

    definition = dy.String(primary_key=True, description="Key of definitions")
    group = dy.String(primary_key=True, description="Family or organisation")
    relation = dy.String(primary_key=True, description="Relation, or `all` where the evidence has none")
    month = dy.Date(primary_key=True, description="First day of the month of creation")
    derivatives = dy.Float64(min=0, metadata=unit_of("repositories or uploaders"), description="Count")


class Ratios(dy.Schema):
    """Subject to reference under each definition of the comparison."""

    definition = dy.String(primary_key=True, description="Key of definitions")
    label = dy.String(description="The definition in words")
    evidence = choice(EVIDENCE, description="What counts as evidence")
    subject = dy.String(description="Group that the report is about")
    reference = dy.String(description="Group that it is compared with")
    subject_derivatives = dy.Float64(description="Count for the subject")
    reference_derivatives = dy.Float64(description="Count for the reference")
    ratio = dy.Float64(nullable=True, description="Subject over reference; null where one has none")
    is_headline = dy.Bool(description="The definition of the headline")
    result = dy.String(description="The definition that stands for all that give the same counts of both")
    is_plain = dy.Bool(description="All downloads, own releases left out, relations as tagged: one rule per evidence")
    reach = dy.String(nullable=True, description="Axis of definitions")
    relations = dy.String(nullable=True, description="Axis of definitions")
    own_releases = dy.String(description="Axis of definitions")
    min_downloads = dy.Int64(description="Axis of definitions")
    unit = dy.String(description="Axis of definitions")
    relation_basis = dy.String(nullable=True, description="Axis of definitions")
    credit = dy.String(nullable=True, description="Axis of definitions")
    distills = dy.String(nullable=True, description="Axis of definitions")
    mirrors = dy.String(nullable=True, description="Axis of definitions")
    series = dy.String(nullable=True, description="Axis of definitions")


class DerivativesYearly(dy.Schema):
    """Headline derivatives of dated repositories by year of creation."""

    group = dy.String(primary_key=True, description="Family")
    year = dy.Int64(primary_key=True, description="Year of creation of the derivative")
    derivatives = dy.Float64(description="Count")
    is_partial = dy.Bool(description="The snapshot ends in this year")


class DerivativesQuarterly(dy.Schema):
    """Subject and reference among the derivatives that were new in a quarter, by snapshot: the table of a figure."""

    kind = choice(["stock", "flow"], primary_key=True, description="What stood on a day, or what was new in some days")
    quarter = dy.Date(primary_key=True, description="First day of the quarter of creation")
    group = dy.String(primary_key=True, description="Subject or reference")
    derivatives = dy.Float64(min=0, metadata=unit_of("repositories or uploaders"), description="New in the quarter")
    of_all = dy.Float64(min=1, metadata=unit_of("repositories or uploaders"), description="The same of every group")
    share = dy.Float64(min=0, max=1, description="The first over the second")
    is_partial = dy.Bool(description="The quarter was not over on the snapshot's day")
    edition = dy.String(nullable=True, description="Edition that counted; null for this build")
    coverage = choice(COVERAGES, description="Coverage of the snapshot that counted")
    label = dy.String(description="Whose counts: the snapshot or the edition in words")
    date = dy.Date(description="Its day")
    definition = dy.String(description="Key of definitions")
    rule = dy.String(description="The definition in words")
    source = dy.String(description="How a figure names the snapshot")


class AxisEffects(dy.Schema):
    """What one choice does to the subject-to-reference ratio, other choices unchanged: the table of a figure."""

    axis = dy.String(primary_key=True, description="Axis of definitions")
    choice = dy.String(primary_key=True, description="Choice on that axis")
    base = dy.String(description="Choice that it is compared with")
    definitions = dy.Int64(
        description="Pairs of definitions that differ in this choice alone; pairs of the same two results count once"
    )
    factor_median = dy.Float64(description="Median factor by which the ratio changes")
    factor_low = dy.Float64(description="Lowest factor")
    factor_high = dy.Float64(description="Highest factor")


class RankStability(dy.Schema):
    """Ranks of a group over every definition of the comparison: the table of a figure.

    Definitions with the same result weigh once.
    """

    group = dy.String(primary_key=True, description="Family or organisation")
    definitions = dy.Int64(description="Definitions of the comparison")
    results = dy.Int64(description="Different results that they give")
    rank_best = dy.Int64(description="Best rank under any definition")
    rank_median = dy.Float64(description="Median rank over the results")
    rank_worst = dy.Int64(description="Worst rank under any definition")
    first = dy.Int64(description="Results in which it stands first")


class Leaders(dy.Schema):
    """Headline derivatives of every group that has any: the table of a figure."""

    group = dy.String(primary_key=True, description="Family or organisation")
    derivatives = dy.Float64(min=0, description="Count under the headline definition")
    uploaders = dy.Float64(nullable=True, description="Distinct uploaders behind them")
    rank = dy.Int64(min=1, description="1 for the largest; ties share the better rank")


class Bases(dy.Schema):
    """One row per base release on the register and kind of evidence; the maker's own releases are left out."""

    model = dy.String(primary_key=True, description="Repository id of the release")
    family = dy.String(nullable=True, description="Family")
    organisation = dy.String(nullable=True, description="Organisation")
    released = dy.Date(nullable=True, description="Date of release")
    is_out = dy.Bool(description="Released by the snapshot's date, or without a date")
    months_since_release = dy.Int64(nullable=True, metadata=unit_of("months"), description="At the snapshot's date")
    size_class = dy.String(nullable=True, description="Total parameters, in classes")
    mixture = dy.String(nullable=True, description="Dense or mixture of experts")
    parameters_total = dy.Int64(nullable=True, metadata=unit_of("parameters"), description="Total parameters")
    parameters_active = dy.Int64(nullable=True, metadata=unit_of("parameters"), description="Activated per token")
    gated = dy.Bool(nullable=True, description="Access must be asked for")
    licence = dy.String(nullable=True, description="Licence")
    evidence = choice(["declared", "inferred"], primary_key=True, description="Kind of edges counted")
    finetune = dy.Int64(description="Direct fine-tunes")
    adapter = dy.Int64(description="Direct adapters")
    quantized = dy.Int64(description="Direct quantizations")
    merge = dy.Int64(description="Direct merges")
    unspecified = dy.Int64(description="Direct derivatives without relation")
    finetune_corrected = dy.Int64(description="Fine-tunes without those in a quantized format")
    quantized_corrected = dy.Int64(description="Quantizations, with those that are tagged otherwise")
    all_relations = dy.Int64(description="Direct derivatives, each repository once")
    own_releases = dy.Int64(description="Direct derivatives by the maker itself, counted nowhere else in the row")
    descendants = dy.Int64(nullable=True, description="Direct and transitive, own releases in; null where inferred")
    derivatives_per_month = dy.Float64(
        nullable=True, metadata=unit_of("derivatives per month"), description="Direct ones over months since release"
    )
    mirrors = dy.Int64(description="Registered re-uploads of it, weights unchanged")
    derivatives_of_mirrors = dy.Int64(description="Repositories that name such a re-upload and not the release")


class BaseClasses(dy.Schema):
    """What the bases of one size class and kind have: medians, zeros counted. With `bases` the table of a figure."""

    evidence = choice(["declared", "inferred"], primary_key=True, description="Kind of edges counted")
    relation = choice(RELATIONS, primary_key=True, description="Relation, corrected by format")
    mixture = choice(["dense", "moe"], primary_key=True, description="Dense or mixture of experts")
    size_class = dy.String(primary_key=True, description="Total parameters, in classes, or `not known`")
    bases = dy.Int64(min=1, metadata=unit_of("releases"), description="Bases that were out by the snapshot's date")
    with_any = dy.Int64(metadata=unit_of("releases"), description="Those with at least one derivative of the relation")
    derivatives = dy.Int64(description="Direct derivatives of all of them, own releases left out")
    median = dy.Float64(metadata=unit_of("derivatives per base"), description="Of the base in the middle")
    mean = dy.Float64(metadata=unit_of("derivatives per base"), description="Derivatives over bases")


class BaseSizes(dy.Schema):
    """Direct declared derivatives of subject and reference by size of the base that they name: a figure's table."""

    kind = choice(["stock", "flow"], primary_key=True, description="What stood on a day, or what was new in some days")
    group = dy.String(primary_key=True, description="Subject or reference")
    size_class = dy.String(primary_key=True, description="Total parameters of the base, in classes, or `not known`")
    derivatives = dy.Int64(min=0, metadata=unit_of("repositories"), description="Those that name a base of the class")
    of_group = dy.Int64(min=1, metadata=unit_of("repositories"), description="Those of the group, of every class")
    share = dy.Float64(min=0, max=1, description="The first over the second")
    bases = dy.Int64(min=0, metadata=unit_of("releases"), description="Releases of the group in the class")
    label = dy.String(description="Whose counts: the snapshot or the edition in words")
    date = dy.Date(description="Its day")
    source = dy.String(description="How a figure names it")


class Gap(dy.Schema):
    """Which bases the difference between subject and reference sits in: the table of a figure.

    A repository counts once per group; where it stands on bases of several kinds, in equal parts.
    """

    definition = dy.String(primary_key=True, description="Key of definitions")
    kind = choice(BASE_KINDS, primary_key=True, description="Size class and kind of the base")
    label = dy.String(description="The definition in words")
    evidence = choice(EVIDENCE, description="What counts as evidence")
    subject = dy.String(description="Group that the report is about")
    reference = dy.String(description="Group that it is compared with")
    subject_derivatives = dy.Float64(min=0, description="Count for the subject")
    reference_derivatives = dy.Float64(min=0, description="Count for the reference")
    gap = dy.Float64(description="Subject less reference")
    is_shown = dy.Bool(description="The definition of the figure")


class Vintages(dy.Schema):
    """Derivatives as a snapshot of each date knew them, and as the newest counts them back to that date.

    Declared, direct, full credit, own releases left out: the table of a figure.
    """

    date = dy.Date(primary_key=True, description="Day of the older snapshot, or of the newest")
    group = dy.String(primary_key=True, description="Family or organisation, as the report groups")
    relation = choice(["all", *RELATIONS], primary_key=True, description="Relation; `all` counts a repository once")
    derivatives_as_known = dy.Int64(min=0, description="In the snapshot of that date")
    derivatives_back_cast = dy.Int64(
        nullable=True, min=0, description="In the newest, of repositories created by that date; null without dates"
    )
    coverage = choice(COVERAGES, description="Coverage of the snapshot of that date")
    is_comparable = dy.Bool(description="It covers what the newest covers, so that both counts speak of the same Hub")
    snapshot = dy.String(description="File and first digits of its sha256")


class InferenceQuality(dy.Schema):
    """How well each rule of inference finds the families that repositories declare; no rows without declarations."""

    rule = choice(INFERENCE, primary_key=True, description="Rule of inference")
    family = dy.String(primary_key=True, description="Family")
    declared = dy.Int64(min=0, description="Repositories whose declared lineage, known to its roots, holds the family")
    proposed = dy.Int64(min=0, description="Of all with such a lineage, those for which the rule proposes the family")
    correct = dy.Int64(min=0, description="Proposed and declared")
    precision = dy.Float64(nullable=True, description="Correct over proposed; null where nothing is proposed")
    recall = dy.Float64(nullable=True, description="Correct over declared; null where nothing is declared")
    proposed_all = dy.Int64(
        min=0, description="Of all that declare a parent, those for which the rule proposes the family"
    )
    correct_all = dy.Int64(min=0, description="Those of them whose declaration leads to the family")
    precision_all = dy.Float64(
        nullable=True, description="Correct over proposed of all that declare: the lower bound of precision"
    )


class Bounds(dy.Schema):
    """Derivatives as declared, and with inference for repositories that declare nothing: an estimate, no bound."""

    group = dy.String(primary_key=True, description="Family or organisation, as the report compares")
    rule = choice(INFERENCE, primary_key=True, description="Rule of inference")
    lower = dy.Int64(min=0, metadata=unit_of("repositories"), description="Declared derivatives, direct and transitive")
    estimate = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="With those that the rule adds, and their descendants"
    )


class Inherited(dy.Schema):
    """What derivatives with a known configuration keep of their base, by the base's family."""

    family = dy.String(primary_key=True, description="Family of the base; `all` for all of them")
    repositories = dy.Int64(min=1, metadata=unit_of("repositories"), description="Derivatives compared with their base")
    keep_vocabulary = dy.Int64(min=0, metadata=unit_of("repositories"), description="With as large a vocabulary")
    keep_shape = dy.Int64(min=0, metadata=unit_of("repositories"), description="With as many layers and as wide")
    keep_architecture = dy.Int64(min=0, metadata=unit_of("repositories"), description="With the same architecture tag")
