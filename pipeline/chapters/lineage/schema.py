"""Tables of the chapter on lineage: growth, uploaders, chains, depth, half-lives, licences, downloads."""

import dataframely as dy

from pipeline.base.vocabulary import COVERAGES, LICENCE_CLASSES, LICENCE_MOVES, RELATIONS, choice, unit_of

ALL = "All"
UNKNOWN_OWNER = "not on the register"
UNSTATED = ("neither", "from_none")
"""Moves on links whose parent states no licence."""
RELATION_WORDS = {
    "finetune": "fine-tunes",
    "adapter": "adapters",
    "quantized": "quantizations",
    "merge": "merges",
    "unspecified": "derivatives without a stated relation",
}
"""Derivatives by relation, as a reader meets them."""


class GrowthMonthly(dy.Schema):
    """New derivatives by month and declared relation: the table of a figure. Months without any hold 0."""

    month = dy.Date(primary_key=True, description="First day of the month of creation of the derivative")
    relation = choice(["all", *RELATIONS], primary_key=True, description="Relation as tagged; `all` counts each once")
    derivatives = dy.Int64(min=0, metadata=unit_of("repositories"), description="Repositories that declare a parent")
    is_partial = dy.Bool(description="The snapshot ends in this month")


class GrowthCountry(dy.Schema):
    """New derivatives by quarter and country of the parent's organisation: the table of a figure."""

    quarter = dy.Date(primary_key=True, description="First day of the quarter of creation of the derivative")
    country = dy.String(primary_key=True, description="Country; `not on the register` where nobody knows the owner")
    derivatives = dy.Int64(min=0, metadata=unit_of("repositories"), description="Each once per country of its parents")
    is_partial = dy.Bool(description="The snapshot ends in this quarter")


class Uploaders(dy.Schema):
    """How many uploaders are behind the declared derivatives of a group: the table of a figure.

    Direct derivatives, the group's own releases left out; the group `All` counts each repository once.
    """

    group = dy.String(primary_key=True, description="Family or organisation, or `All`")
    repositories = dy.Int64(min=1, metadata=unit_of("repositories"), description="Direct declared derivatives")
    uploaders = dy.Int64(min=1, metadata=unit_of("uploaders"), description="Namespaces behind them")
    repositories_without_ten = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="Without the ten uploaders that have most over all groups"
    )
    gini = dy.Float64(min=0, max=1, description="0: each uploader has as many; near 1: one has nearly all")
    top_1_percent = dy.Float64(description="Share of the largest 1 % of uploaders, at least one uploader")
    top_10 = dy.Float64(description="Share of the group's ten largest uploaders")
    top_100 = dy.Float64(description="Share of the group's hundred largest uploaders")


class UploaderCurve(dy.Schema):
    """Cumulative share of derivatives by uploaders, the largest first: the table of a figure."""

    group = dy.String(primary_key=True, description="Family or organisation, or `All`")
    rank = dy.Int64(
        primary_key=True, min=0, description="So many largest uploaders; up to 20 each, then selected ranks"
    )
    share_of_uploaders = dy.Float64(description="Rank over all uploaders of the group")
    share_of_repositories = dy.Float64(description="Derivatives of these uploaders over all of the group")


class UploadersLargest(dy.Schema):
    """The uploaders with most direct declared derivatives: the table of a figure."""

    rank = dy.Int64(primary_key=True, min=1, description="1 for the largest; ties in order of names")
    uploader = dy.String(description="Namespace")
    repositories = dy.Int64(metadata=unit_of("repositories"), description="Its derivatives, own releases left out")
    is_repackager = dy.Bool(description="On the register of repackagers")


class SeriesGroups(dy.Schema):
    """Derivatives of a group that are in series, and what is left without them: the table of a figure.

    Direct declared derivatives, the group's own releases left out; the group `All` counts each repository once.
    """

    group = dy.String(primary_key=True, description="Family or organisation, or `All`")
    derivatives = dy.Int64(min=1, metadata=unit_of("repositories"), description="Direct declared derivatives")
    in_series = dy.Int64(min=0, metadata=unit_of("repositories"), description="Of them, those in a series")
    share = dy.Float64(min=0, max=1, description="Those in a series over all")
    series = dy.Int64(min=0, metadata=unit_of("series"), description="Series: one uploader, one base, one pattern")
    uploaders = dy.Int64(min=0, metadata=unit_of("uploaders"), description="Namespaces that have one")
    as_one = dy.Int64(min=1, metadata=unit_of("repositories"), description="Derivatives where a series counts as one")


class SeriesMonthly(dy.Schema):
    """New direct derivatives by month, in series and not: the table of a figure. Months without any have 0."""

    group = dy.String(primary_key=True, description="Family or organisation that has any in series, or `All`")
    month = dy.Date(primary_key=True, description="First day of the month of creation of the derivative")
    derivatives = dy.Int64(min=0, metadata=unit_of("repositories"), description="Direct, own releases left out")
    in_series = dy.Int64(min=0, metadata=unit_of("repositories"), description="Of them, those in a series")
    is_partial = dy.Bool(description="The snapshot ends in this month")


class SeriesBases(dy.Schema):
    """The bases with most derivatives in series, up to fifty: the table of a figure."""

    rank = dy.Int64(primary_key=True, min=1, description="1 for most in series; ties in order of ids")
    id = dy.String(description="Repository id of the base")
    base_group = dy.String(nullable=True, description="Its family or organisation; null if unknown")
    derivatives = dy.Int64(min=1, metadata=unit_of("repositories"), description="Direct, own releases left out")
    in_series = dy.Int64(min=1, metadata=unit_of("repositories"), description="Of them, those in a series")
    series = dy.Int64(min=1, metadata=unit_of("series"), description="Series on it")
    uploaders = dy.Int64(min=1, metadata=unit_of("uploaders"), description="Namespaces that have one on it")


class SeriesDigits(dy.Schema):
    """Series by what the digits say that differ in their names."""

    digits = dy.String(primary_key=True, description="By the patterns of the register; `number` where none knows")
    series = dy.Int64(min=1, metadata=unit_of("series"), description="Series: one uploader, one base, one pattern")
    repositories = dy.Int64(min=1, metadata=unit_of("repositories"), description="Repositories in them")


class SeriesLargest(dy.Schema):
    """The largest series, up to fifty: the table of a figure."""

    rank = dy.Int64(primary_key=True, min=1, description="1 for the largest; ties in order of ids")
    name = dy.String(description="Uploader and name: # stands for the digits that differ")
    digits = dy.String(description="What these digits say, by the patterns of the register; `number` where none knows")
    uploader = dy.String(description="Namespace")
    base = dy.String(description="Repository id of the base")
    base_group = dy.String(nullable=True, description="Family or organisation of the base; null if unknown")
    relation = choice(RELATIONS, description="Relation that most of them declare")
    repositories = dy.Int64(min=1, metadata=unit_of("repositories"), description="Repositories of the series")
    first_month = dy.Date(nullable=True, description="Month of creation of its oldest; null if unknown")
    last_month = dy.Date(nullable=True, description="Month of creation of its youngest; null if unknown")
    example = dy.String(description="The first of them by id")


class Chains(dy.Schema):
    """Whose derivatives stand between derivatives and their roots: the table of a figure.

    An intermediary is a repository with a declared parent that is owned by nobody who owns one of its roots.
    """

    group = dy.String(primary_key=True, description="Family or organisation of a root, or `All`")
    derivatives = dy.Int64(
        min=1, metadata=unit_of("repositories"), description="Repositories that descend from its roots"
    )
    straight = dy.Int64(metadata=unit_of("repositories"), description="With no intermediary above them")
    through_own = dy.Int64(
        metadata=unit_of("repositories"), description="Through intermediaries of their own owner alone"
    )
    through_others = dy.Int64(metadata=unit_of("repositories"), description="Through at least one of another owner")
    through_repackagers = dy.Int64(
        metadata=unit_of("repositories"),
        description="With a registered repackager's repository above them, root or not",
    )


class Intermediaries(dy.Schema):
    """Each owner's repository with most descendants among those not the maker's own: the table of a figure."""

    rank = dy.Int64(primary_key=True, min=1, description="1 for most descendants; ties in order of ids")
    id = dy.String(description="Repository id")
    owner = dy.String(description="Organisation, or namespace where the register knows none")
    is_repackager = dy.Bool(description="Its namespace is on the register of repackagers")
    n_children = dy.Int64(metadata=unit_of("repositories"), description="Direct derivatives")
    n_children_of_others = dy.Int64(metadata=unit_of("repositories"), description="Of them, those of other owners")
    n_descendants = dy.Int64(metadata=unit_of("repositories"), description="Direct and indirect derivatives")
    more_of_owner = dy.Int64(metadata=unit_of("repositories"), description="Further intermediaries of this owner")


class Depths(dy.Schema):
    """Models by the length of their longest declared path to a root: the table of a figure."""

    depth = dy.Int64(primary_key=True, min=0, metadata=unit_of("steps"), description="0: declares no parent")
    models = dy.Int64(metadata=unit_of("repositories"), description="Repositories of the snapshot")
    ghosts = dy.Int64(metadata=unit_of("repositories"), description="Named as parent, absent from the snapshot")


class LongestChain(dy.Schema):
    """One of the longest declared chains, link by link, from its root (step 0)."""

    step = dy.Int64(primary_key=True, min=0, description="Steps from the root")
    id = dy.String(description="Repository id")
    relation = dy.String(nullable=True, description="How it is built on the step before; null for the root")
    created_month = dy.Date(nullable=True, description="Month of creation; null if unknown or absent from the snapshot")
    in_snapshot = dy.Bool(description="False for a ghost")


class HalfLives(dy.Schema):
    """The age at which a base had half of the dated direct derivatives that it has so far.

    Bases with enough dated derivatives that are old enough; both bounds are parameters.
    """

    base = dy.String(primary_key=True, description="Repository id of a base by its own maker")
    group = dy.String(description="Family or organisation")
    born = dy.Date(description="Month of release (register), of the repository's creation where that is unknown")
    year = dy.Int64(description="Year of that month")
    age_months = dy.Int64(metadata=unit_of("months"), description="At the snapshot's date")
    derivatives = dy.Int64(min=1, metadata=unit_of("repositories"), description="Dated direct declared derivatives")
    half_life_months = dy.Int64(min=0, metadata=unit_of("months"), description="Age when half of them existed")
    derivatives_window = dy.Int64(
        metadata=unit_of("repositories"), description="Those of the first months that all bases have"
    )
    half_life_window_months = dy.Int64(
        nullable=True, metadata=unit_of("months"), description="Age when half of those existed: not shortened by youth"
    )


class HalfLifeMedians(dy.Schema):
    """Half-lives by group and year of release: the table of a figure."""

    group = dy.String(primary_key=True, description="Family or organisation")
    year = dy.Int64(primary_key=True, description="Year of release of the bases")
    bases = dy.Int64(min=1, metadata=unit_of("bases"), description="Bases with a half-life")
    derivatives = dy.Int64(metadata=unit_of("repositories"), description="Their dated direct derivatives")
    median_months = dy.Float64(metadata=unit_of("months"), description="Median half-life")
    low_months = dy.Int64(metadata=unit_of("months"), description="Shortest half-life")
    high_months = dy.Int64(metadata=unit_of("months"), description="Longest half-life")
    median_window_months = dy.Float64(
        nullable=True, metadata=unit_of("months"), description="Median over the first months that all bases have"
    )


class LicenceChanges(dy.Schema):
    """Licence tags on both sides of each edge whose two ends are known."""

    evidence = choice(["declared", "inferred"], primary_key=True, description="Kind of edges")
    relation = choice(RELATIONS, primary_key=True, description="Relation as tagged")
    parent_licence = dy.String(primary_key=True, description="Licence tag of the parent; `none` without one")
    child_licence = dy.String(primary_key=True, description="Licence tag of the child; `none` without one")
    parent_class = choice(LICENCE_CLASSES, description="Class on the register; a tag unknown to it is restricted")
    child_class = choice(LICENCE_CLASSES, description="Class on the register; a tag unknown to it is restricted")
    move = choice(LICENCE_MOVES, description="What the child's tag does to the parent's")
    edges = dy.Int64(min=1, metadata=unit_of("edges"), description="Parent links")


class LicenceDrift(dy.Schema):
    """What children do to their parents' licence tags: the table of a figure."""

    evidence = choice(["declared", "inferred"], primary_key=True, description="Kind of edges")
    move = choice(LICENCE_MOVES, primary_key=True, description="What the child's tag does to the parent's")
    edges = dy.Int64(min=0, metadata=unit_of("edges"), description="Parent links; 0 is shown")
    share = dy.Float64(
        nullable=True, description="Of the links of this evidence whose parent states a licence; null for the others"
    )


class DownloadShares(dy.Schema):
    """Downloads of derivatives and of all others, by declared lineage: the table of a figure."""

    kind = choice(["none_declared", *RELATIONS], primary_key=True, description="Relation; a model counts once")
    repositories = dy.Int64(min=0, metadata=unit_of("repositories"), description="Repositories of the snapshot")
    downloads = dy.Int64(metadata=unit_of("downloads in 30 days"), description="The Hub's counter")
    share = dy.Float64(nullable=True, description="Of the snapshot's downloads in 30 days")
    downloads_of_makers = dy.Int64(
        metadata=unit_of("downloads in 30 days"), description="Of them, those of repositories by the owner of a parent"
    )
    downloads_all_time = dy.Int64(metadata=unit_of("downloads"), description="Since the count began")
    share_all_time = dy.Float64(nullable=True, description="Of the snapshot's downloads since the count began")


class LineageBasis(dy.Schema):
    """Whose snapshot each table of this chapter is of, where a section of the page shows it."""

    table = dy.String(primary_key=True, description="Table of this chapter")
    section = dy.String(description="Section of the page that shows it")
    edition = dy.String(nullable=True, description="Edition that it was taken from; null for this build's own")
    label = dy.String(nullable=True, description="Name of its snapshot; null where nothing fills the section")
    date = dy.Date(nullable=True, description="Day of its snapshot")
    coverage = choice(COVERAGES, nullable=True, description="Coverage of its snapshot")
    sha256 = dy.String(nullable=True, description="Hash of the file that its snapshot was read from")


class Tree(dy.Schema):
    """The repositories with most descendants, with a few children of each: a family tree that names its branches."""

    parent = dy.String(primary_key=True, description="Repository that is built on; absent from the snapshot or not")
    child = dy.String(primary_key=True, description="Repository that declares it")
    relation = choice(RELATIONS, description="As tagged; of several the first in alphabetical order")
    group = dy.String(nullable=True, description="Family or organisation of the parent; null for others")
    parent_children = dy.Int64(
        min=1, metadata=unit_of("repositories"), description="Children of the parent, all of them"
    )
    parent_descendants = dy.Int64(min=1, metadata=unit_of("repositories"), description="Descendants of the parent")
    children = dy.Int64(min=0, metadata=unit_of("repositories"), description="Children of the child, all of them")
    descendants = dy.Int64(min=0, metadata=unit_of("repositories"), description="Descendants of the child")


class Converters(dy.Schema):
    """The uploaders of most quantized derivatives of a group.

    Direct derivatives, by relation re-inferred from formats; the group `All` counts each repository once.
    """

    group = dy.String(primary_key=True, description="Family or organisation of the base, or `All`")
    rank = dy.Int64(primary_key=True, min=1, description="1 for the largest; ties in order of names")
    uploader = dy.String(description="Namespace")
    repositories = dy.Int64(
        min=1, metadata=unit_of("repositories"), description="Its quantized derivatives of the group"
    )
    of_group = dy.Int64(min=1, metadata=unit_of("repositories"), description="Quantized derivatives of the whole group")
    of_makers = dy.Int64(min=0, metadata=unit_of("repositories"), description="Of them, those by makers of the group")
    uploaders = dy.Int64(min=1, metadata=unit_of("uploaders"), description="Namespaces with any, listed or not")
    is_maker = dy.Bool(description="Its own repositories are of the group; false for `All`")
    is_repackager = dy.Bool(description="On the register of repackagers")


class Distilled(dy.Schema):
    """Registered releases with two parents, and how much is built on each: the table of a figure."""

    release = dy.String(primary_key=True, description="Repository id of the distilled release")
    group = dy.String(nullable=True, description="Family or organisation of the base; null for others")
    base = dy.String(description="Release whose weights it started from")
    base_released = dy.Date(nullable=True, description="Day of the base's release")
    teacher = dy.String(description="Release whose answers it was trained on")
    teacher_group = dy.String(nullable=True, description="Family or organisation of the teacher; null for others")
    released = dy.Date(description="Day of its own release")
    method = dy.String(description="How it was trained")
    evidence = choice(["declared", "name"], description="Declared lineage; names where the snapshot declares nothing")
    children = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="Repositories that declare it as parent, or bear its name"
    )
    source = dy.String(description="Source of both parents")


class DistilledChildren(dy.Schema):
    """What is built on distilled releases: the first of each, by descendants and downloads."""

    release = dy.String(primary_key=True, description="Repository id of the distilled release")
    child = dy.String(primary_key=True, description="Repository that declares it as parent, or bears its name")
    rank = dy.Int64(min=1, description="1 for the one with most descendants, then with most downloads")
    format = dy.String(nullable=True, description="Packed or converted format that the name or tags tell")
    created_month = dy.Date(nullable=True, description="First day of the month of creation; null if unknown")
    downloads = dy.Int64(nullable=True, metadata=unit_of("downloads in 30 days"), description="The Hub's counter")
    descendants = dy.Int64(
        nullable=True, min=0, metadata=unit_of("repositories"), description="Its own descendants; null by name"
    )


class GroupConverters(dy.Schema):
    """Who converts the models of a group in this snapshot: its makers, and the others with most conversions."""

    group = dy.String(primary_key=True, description="Family or organisation of what is converted")
    uploader = dy.String(primary_key=True, description="Namespace; of the group's own makers the organisation")
    is_maker = dy.Bool(primary_key=True, description="The group's own maker, by its own repositories in such a format")
    rank = dy.Int64(min=1, description="1 for the largest; ties in order of names")
    repositories = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="Its conversions of the group; makers may have none"
    )
    of_group = dy.Int64(min=1, metadata=unit_of("repositories"), description="Conversions of the whole group")
    uploaders = dy.Int64(
        min=1, metadata=unit_of("uploaders"), description="Namespaces and makers with any, listed or not"
    )
    is_repackager = dy.Bool(description="On the register of repackagers")
    evidence = choice(["declared", "inferred"], description="Declared links; inferred ones where nothing is declared")
