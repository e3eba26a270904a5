"""Every table's contract: column, type, unit, description, key.

A description is written once, here: it makes the checks when a table is written, the data
dictionary and the data package. Units stand in `metadata["unit"]` (absent: no unit).
Register tables are typed in by hand, so every row of theirs carries its date and source.
"""

from collections.abc import Sequence
from typing import Any

import dataframely as dy

RELATIONS = ("finetune", "adapter", "quantized", "merge", "unspecified")
EVIDENCE = ("declared", "declared_or_inferred", "shape", "name")
VERDICTS = ("holds", "held_then", "fails", "depends_on_definition", "misleading", "not_measurable_here")
MODALITIES = ("text", "vision", "audio", "embedding", "image", "video", "other", "unknown")
COVERAGES = ("census", "slice", "sample")
LICENCE_CLASSES = ("permissive", "copyleft", "restricted", "none")
LICENCE_MOVES = ("same", "same_class", "more_open", "more_restricted", "to_none", "from_none", "neither")
BASE_KINDS = ("dense under 10B", "dense 10B and more", "mixture of experts", "size not known")
INFERENCE = ("shape", "name", "repackager")
DISTILLS = ("as_declared", "to_base", "both")
BASES = ("rental", "amortised", "all_in", "not_stated")
PRECISIONS = ("8 bit", "16 bit")
PLAUSIBLE = ("below", "within", "above", "not_known")
WEIGHTS = ("open", "closed")

PARTS = {
    "embedding_input": "The table of input embeddings",
    "embedding_output": "The output table, where it is not the input's",
    "embedding_per_layer": "Tables of embeddings that feed single layers",
    "attention": "Projections of attention that reads past tokens",
    "indexer": "What chooses the tokens that sparse attention reads",
    "linear_attention": "Layers that keep a state instead of tokens: gated delta, lightning attention",
    "state_space": "Mamba layers",
    "dense_mlp": "Feed-forward blocks that every token passes",
    "routed_experts": "Feed-forward blocks of which each token passes a few",
    "shared_experts": "Experts that every token passes",
    "router": "What chooses the experts",
    "norms": "Normalisations, attention sinks and other vectors",
    "residual_streams": "What mixes several residual streams",
    "vision": "The vision tower and what joins it to the language model",
}
"""Parts of a model, which add up to its total."""

TIMELINE_KINDS = ("release", "price", "count", "publication", "market")
TIMELINE_REGISTERS = ("events", "api_prices", "published_counts")
RECONCILED = (
    "published totals",
    "earlier snapshot",
    "sudden jumps",
    "known gaps",
    "packed formats",
    "the Hub's own counts",
    "configurations",
    "renames",
)
OUTCOMES = ("agrees", "differs", "noted", "not_in_this_snapshot")
AREAS = ("note", "headline", "rank", "verdict", "number")
APART = ("mtp", "correction_biases")
PLACES = ("a desk", "one server", "several servers", "none here")
USES = ("run_16bit", "run_8bit", "run_4bit", "lora", "qlora", "full")


def choice(values: Sequence[str], **options: Any) -> dy.String:
    """A text column that holds one of `values`."""
    allowed = list(values)
    return dy.String(check=lambda column: column.is_in(allowed), metadata={"values": allowed}, **options)


def _unit(unit: str) -> dict[str, Any]:
    return {"unit": unit}


# --------------------------------------------------------------------------------------- raw


class RawModels(dy.Schema):
    """One row per Hub repository, in the columns of the dataset hub-stats that the report needs."""

    id = dy.String(primary_key=True, description="Repository id, `namespace/name`")
    author = dy.String(nullable=True, description="Namespace that owns the repository")
    createdAt = dy.Datetime(nullable=True, time_unit="us", description="Creation of the repository (UTC)")
    lastModified = dy.Datetime(nullable=True, time_unit="us", description="Last commit (UTC)")
    downloads = dy.Int64(nullable=True, metadata=_unit("downloads in 30 days"), description="The Hub's counter")
    downloadsAllTime = dy.Int64(nullable=True, metadata=_unit("downloads"), description="Since the count began")
    likes = dy.Int64(nullable=True, metadata=_unit("likes"), description="Likes on the snapshot's day")
    tags = dy.List(dy.String(), nullable=True, description="Tags, with `base_model:` and `license:` among them")
    pipeline_tag = dy.String(nullable=True, description="Task as the Hub labels it")
    library_name = dy.String(nullable=True, description="Library as the Hub labels it")
    safetensors = dy.Struct(
        {"total": dy.Int64(nullable=True)}, nullable=True, description="Elements stored in safetensors files"
    )
    baseModels = dy.Struct(
        {"relation": dy.String(nullable=True), "models": dy.List(dy.String(), nullable=True)},
        nullable=True,
        description="Parents as the Hub's detail route names them: one relation for all of them",
    )
    cardData = dy.String(nullable=True, description="Model card's metadata as JSON text; never evaluated")
    config = dy.Struct(
        {
            "model_type": dy.String(nullable=True),
            "num_hidden_layers": dy.Int64(nullable=True),
            "hidden_size": dy.Int64(nullable=True),
            "num_attention_heads": dy.Int64(nullable=True),
            "num_key_value_heads": dy.Int64(nullable=True),
            "intermediate_size": dy.Int64(nullable=True),
            "vocab_size": dy.Int64(nullable=True),
            "num_experts": dy.Int64(nullable=True),
            "num_experts_per_tok": dy.Int64(nullable=True),
        },
        nullable=True,
        description="The few fields of config.json that the report reads, where a source has them",
    )


class InferredEdges(dy.Schema):
    """Parents that a source found by itself; nobody declared them."""

    child = dy.String(primary_key=True, description="Repository that is built on the parent")
    parent = dy.String(primary_key=True, description="Repository that is built on")
    relation = choice(RELATIONS, description="How the child is built")
    rule = dy.String(primary_key=True, description="The rule that found the edge")


class RawDetails(dy.Schema):
    """What the Hub tells of one registered release at a time, at one revision; empty unless asked for."""

    model = dy.String(primary_key=True, description="Registered release")
    hub_id = dy.String(nullable=True, description="Name that the Hub answers by; another one shows a rename")
    revision = dy.String(nullable=True, description="Commit of the repository when it was asked")
    asked = dy.Date(description="The Hub's day when it was asked")
    children = dy.Int64(
        nullable=True, metadata=_unit("repositories"), description="Models that name it as base, by the Hub's count"
    )
    parameters_stored = dy.Int64(
        nullable=True, metadata=_unit("elements"), description="Elements in its safetensors files"
    )
    config = dy.String(nullable=True, description="Its config.json at that revision as JSON text; never evaluated")
    missing = dy.String(nullable=True, description="What the Hub did not give, and why")


class RawOrganisations(dy.Schema):
    """What the Hub tells of the owners of registered namespaces; empty unless asked for."""

    namespace = dy.String(primary_key=True, description="Namespace")
    asked = dy.Date(description="The Hub's day when it was asked")
    followers = dy.Int64(nullable=True, metadata=_unit("followers"), description="Followers of the organisation")
    models = dy.Int64(nullable=True, metadata=_unit("repositories"), description="Its models, by the Hub's count")
    missing = dy.String(nullable=True, description="Why the Hub told nothing")


class Conversions(dy.Schema):
    """Candidate sources of conversions that the embedded sample's makers found by repository name."""

    conversion = dy.String(primary_key=True, description="Repository of the conversion")
    source = dy.String(primary_key=True, description="Model whose name it bears")


# -------------------------------------------------------------------------------------- core


class Models(dy.Schema):
    """One row per Hub repository, with everything that the register knows of it."""

    id = dy.String(primary_key=True, description="Repository id")
    author = dy.String(description="Namespace that owns the repository (the uploader)")
    organisation = dy.String(nullable=True, description="Owner of the namespace, from the register")
    country = dy.String(nullable=True, description="Country of the organisation")
    family = dy.String(nullable=True, description="Named line of releases, from the register")
    architecture = dy.String(nullable=True, description="Architecture tag (`model_type`)")
    mixture = choice(
        ["dense", "moe"],
        nullable=True,
        description="Dense or mixture of experts, by architecture tag, by expert count where the tag allows both",
    )
    parameters_total = dy.Int64(
        nullable=True, metadata=_unit("elements"), description="Elements in safetensors; packed formats count less"
    )
    layers = dy.Int64(nullable=True, description="Hidden layers (config)")
    hidden_size = dy.Int64(nullable=True, description="Width of the residual stream (config)")
    intermediate_size = dy.Int64(nullable=True, description="Width of the feed-forward block or expert (config)")
    vocab_size = dy.Int64(nullable=True, description="Vocabulary (config)")
    experts = dy.Int64(nullable=True, description="Routed experts per layer (config)")
    experts_per_token = dy.Int64(nullable=True, description="Routed experts per token (config)")
    created_month = dy.Date(nullable=True, description="First day of the month of creation; null if unknown")
    downloads = dy.Int64(nullable=True, metadata=_unit("downloads in 30 days"), description="The Hub's counter")
    downloads_all_time = dy.Int64(nullable=True, metadata=_unit("downloads"), description="Since the count began")
    likes = dy.Int64(nullable=True, metadata=_unit("likes"), description="Likes")
    licence = dy.String(nullable=True, description="Licence tag")
    modality = choice(
        MODALITIES,
        description="What the model reads or makes, from its task",
    )
    format = dy.String(nullable=True, description="Packed or converted format that the name or tags tell")
    is_quantized_format = dy.Bool(description="The format stores fewer bits than the original")
    is_release = dy.Bool(description="The repository is on the register's list of releases")


class Edges(dy.Schema):
    """One row per child and parent."""

    child = dy.String(primary_key=True, description="Repository that names, or is found to have, the parent")
    parent = dy.String(primary_key=True, description="Repository that is built on, renames followed")
    relation = choice(RELATIONS, description="As tagged")
    relation_corrected = choice(RELATIONS, description="Re-inferred: a child in a quantized format is a quantization")
    evidence = choice(["declared", "inferred"], primary_key=True, description="Who says so")
    rule = dy.String(description="The tag or the rule that gave the edge")
    child_node = dy.UInt32(description="Row of the child in lineage; beyond its end where lineage has none")
    parent_node = dy.UInt32(description="Row of the parent in lineage; beyond its end where lineage has none")


class Lineage(dy.Schema):
    """One row per model of the declared graph, ghosts included."""

    id = dy.String(primary_key=True, description="Repository id")
    depth = dy.Int64(description="Longest path to a root, cycles condensed")
    n_parents = dy.Int64(description="Distinct parents, itself left out")
    roots = dy.List(dy.String(), description="Ancestors without parents; itself for a root")
    n_ancestors = dy.Int64(description="Distinct ancestors, itself left out")
    n_children = dy.Int64(description="Distinct children, itself left out")
    n_descendants = dy.Int64(description="Distinct descendants, itself left out")
    in_snapshot = dy.Bool(description="False for a ghost: named as parent, absent from the snapshot")
    root_nodes = dy.List(dy.UInt32(), description="Rows of the roots in this table, in their order")


class LineageChecks(dy.Schema):
    """What the lineage stage met and did, in counts."""

    check = dy.String(primary_key=True, description="What was counted")
    count = dy.Int64(description="How often")
    meaning = dy.String(description="One line for the reader")


class InferenceRules(dy.Schema):
    """What each rule of inference gave."""

    rule = dy.String(primary_key=True, description="Rule")
    candidates = dy.Int64(description="Candidate pairs that the rule saw")
    edges = dy.Int64(description="Edges kept")
    why_dropped = dy.String(description="Why the others were left out")


# --------------------------------------------------------------------------------------- out


class Definitions(dy.Schema):
    """The ways to count a derivative; one column per choice, null where it does not apply."""

    definition = dy.String(primary_key=True, description="Key, the choices joined by dots")
    label = dy.String(description="The definition in words")
    grouping = choice(["family", "organisation"], description="Who is credited")
    evidence = choice(EVIDENCE, description="What counts as evidence of being built on")
    reach = choice(["direct", "transitive"], nullable=True, description="Named, or reached through others")
    relations = choice(
        ["all", "without_quantized", "finetune", "adapter", "quantized", "merge"],
        nullable=True,
        description="Which edges of the child itself count",
    )
    relation_basis = choice(["as_tagged", "corrected"], nullable=True, description="Whose word on relation")
    own_releases = choice(["counted", "left_out"], description="The credited group's own repositories")
    min_downloads = dy.Int64(metadata=_unit("downloads in 30 days"), description="Least downloads of a derivative")
    credit = choice(["full", "by_roots", "by_paths"], nullable=True, description="Share per root")
    distills = choice(["as_declared", "to_base", "both"], nullable=True, description="Distilled releases")
    mirrors = choice(["as_declared", "to_original"], nullable=True, description="Re-uploads of gated bases")
    unit = choice(["repositories", "uploaders"], description="What is counted")
    in_grid = dy.Bool(description="Part of the like-for-like comparison")
    supported = dy.Bool(description="This snapshot has the evidence that the definition needs")
    reason = dy.String(description="Why it is (not) in the grid or (not) supported")


class Derivatives(dy.Schema):
    """Derivatives per definition and group."""

    definition = dy.String(primary_key=True, description="Key of definitions")
    group = dy.String(primary_key=True, description="Family or organisation")
    derivatives = dy.Float64(min=0, metadata=_unit("repositories or uploaders"), description="Count")


class DerivativesMonthly(dy.Schema):
    """Derivatives by month of creation, for the definitions named in params; undated ones are left out."""

    definition = dy.String(primary_key=True, description="Key of definitions")
    group = dy.String(primary_key=True, description="Family or organisation")
    relation = dy.String(primary_key=True, description="Relation, or `all` where the evidence has none")
    month = dy.Date(primary_key=True, description="First day of the month of creation")
    derivatives = dy.Float64(min=0, metadata=_unit("repositories or uploaders"), description="Count")


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


class DerivativesYearly(dy.Schema):
    """Headline derivatives of dated repositories by year of creation: the table of a figure."""

    group = dy.String(primary_key=True, description="Family")
    year = dy.Int64(primary_key=True, description="Year of creation of the derivative")
    derivatives = dy.Float64(description="Count")
    is_partial = dy.Bool(description="The snapshot ends in this year")


class AxisEffects(dy.Schema):
    """What one choice does to the subject-to-reference ratio, other choices held: the table of a figure."""

    axis = dy.String(primary_key=True, description="Axis of definitions")
    choice = dy.String(primary_key=True, description="Choice on that axis")
    base = dy.String(description="Choice that it is compared with")
    definitions = dy.Int64(description="Pairs of definitions that differ in this choice alone")
    factor_median = dy.Float64(description="Median factor by which the ratio changes")
    factor_low = dy.Float64(description="Lowest factor")
    factor_high = dy.Float64(description="Highest factor")


class RankStability(dy.Schema):
    """Ranks of a group over every definition of the comparison: the table of a figure."""

    group = dy.String(primary_key=True, description="Family or organisation")
    definitions = dy.Int64(description="Definitions of the comparison")
    rank_best = dy.Int64(description="Best rank")
    rank_median = dy.Float64(description="Median rank")
    rank_worst = dy.Int64(description="Worst rank")
    first = dy.Int64(description="Definitions under which it stands first")


class Leaders(dy.Schema):
    """Headline derivatives of every group that has any: the table of a figure."""

    group = dy.String(primary_key=True, description="Family or organisation")
    derivatives = dy.Float64(min=0, description="Count under the headline definition")
    uploaders = dy.Float64(nullable=True, description="Distinct uploaders behind them")
    rank = dy.Int64(min=1, description="1 for the largest; ties share the better rank")


class Relations(dy.Schema):
    """Declared derivatives by relation, counted from tags; what other declarations add stands apart."""

    relation = dy.String(primary_key=True, description="Relation as tagged")
    models = dy.Int64(description="Models that declare at least one parent by this relation")
    links = dy.Int64(description="Parent links, self-references included")
    self_links = dy.Int64(description="Models that name themselves")
    models_corrected = dy.Int64(description="Models by relation re-inferred from formats")
    models_untagged = dy.Int64(description="Models without a base_model tag whose baseModels or card name a parent")
    links_untagged = dy.Int64(description="Parent links of those models, self-references included")


class Bases(dy.Schema):
    """One row per base release on the register and kind of evidence; the maker's own releases are left out."""

    model = dy.String(primary_key=True, description="Repository id of the release")
    family = dy.String(nullable=True, description="Family")
    organisation = dy.String(nullable=True, description="Organisation")
    released = dy.Date(nullable=True, description="Date of release")
    is_out = dy.Bool(description="Released by the snapshot's date, or without a date")
    months_since_release = dy.Int64(nullable=True, metadata=_unit("months"), description="At the snapshot's date")
    size_class = dy.String(nullable=True, description="Total parameters, in classes")
    mixture = dy.String(nullable=True, description="Dense or mixture of experts")
    parameters_total = dy.Int64(nullable=True, metadata=_unit("parameters"), description="Total parameters")
    parameters_active = dy.Int64(nullable=True, metadata=_unit("parameters"), description="Activated per token")
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
        nullable=True, metadata=_unit("derivatives per month"), description="Direct ones over months since release"
    )
    mirrors = dy.Int64(description="Registered re-uploads of it")
    derivatives_of_mirrors = dy.Int64(description="Repositories that name a re-upload and not the release")


class BaseClasses(dy.Schema):
    """What the bases of one size class and kind have: medians, zeros counted. With `bases` the table of a figure."""

    evidence = choice(["declared", "inferred"], primary_key=True, description="Kind of edges counted")
    relation = choice(RELATIONS, primary_key=True, description="Relation, corrected by format")
    mixture = choice(["dense", "moe"], primary_key=True, description="Dense or mixture of experts")
    size_class = dy.String(primary_key=True, description="Total parameters, in classes, or `not known`")
    bases = dy.Int64(min=1, metadata=_unit("releases"), description="Bases that were out by the snapshot's date")
    with_any = dy.Int64(metadata=_unit("releases"), description="Those with at least one derivative of the relation")
    derivatives = dy.Int64(description="Direct derivatives of all of them, own releases left out")
    median = dy.Float64(metadata=_unit("derivatives per base"), description="Of the base in the middle")
    mean = dy.Float64(metadata=_unit("derivatives per base"), description="Derivatives over bases")


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


class Timings(dy.Schema):
    """What the last benchmark measured, one row per generated snapshot and candidate: the table of the methods page."""

    snapshot = dy.String(primary_key=True, description="Generated snapshot")
    candidate = dy.String(primary_key=True, description="Stage of the pipeline, or what it is compared with")
    rows = dy.Int64(min=1, metadata=_unit("repositories"), description="Size of the snapshot")
    cpu_seconds = dy.Float64(min=0, metadata=_unit("seconds"), description="Processor time, least of the rounds")
    wall_seconds = dy.Float64(min=0, metadata=_unit("seconds"), description="Time by the clock, least of the rounds")
    peak_bytes = dy.Int64(min=0, metadata=_unit("bytes"), description="Peak memory, most of the rounds")
    cpu_over_bare_read = dy.Float64(description="Processor time over that of reading three columns alone")
    peak_over_columns = dy.Float64(description="Peak memory over the plain size of the columns that lineage reads")
    versions = dy.String(description="Versions of the tools")
    machine = dy.String(description="Class of machine")
    date = dy.Date(description="Day of the measurement")


class Vintages(dy.Schema):
    """Derivatives as a snapshot of each date knew them, and as the newest counts them back to that date.

    Declared, direct, full credit, own releases left out: the table of a figure.
    """

    date = dy.Date(primary_key=True, description="Day of the older snapshot, or of the newest")
    group = dy.String(primary_key=True, description="Family or organisation, as the report groups")
    relation = choice(["all", *RELATIONS], primary_key=True, description="Relation; `all` counts a repository once")
    derivatives_as_known = dy.Int64(min=0, description="In the snapshot of that date")
    derivatives_back_cast = dy.Int64(min=0, description="In the newest, of repositories created by that date")
    coverage = choice(COVERAGES, description="Coverage of the snapshot of that date")
    is_comparable = dy.Bool(description="It covers what the newest covers, so that both counts speak of the same Hub")
    snapshot = dy.String(description="File and first digits of its sha256")


class Reconciliation(dy.Schema):
    """The snapshot beside what others published, what an earlier one had and what the Hub counts itself."""

    topic = choice(RECONCILED, primary_key=True, description="What kind of comparison")
    subject = dy.String(primary_key=True, description="Whom or what it is about")
    measure = dy.String(primary_key=True, description="What is compared")
    against = dy.String(primary_key=True, description="What it is compared with, with its date")
    expected = dy.Float64(nullable=True, description="The value there")
    found = dy.Float64(nullable=True, description="The value in this snapshot; null where it cannot tell")
    outcome = choice(OUTCOMES, description="agrees; differs; noted (no right value is known); or not in this snapshot")
    finding = dy.String(description="One line for the reader")
    source = dy.String(description="Source of the value there")


class Packed(dy.Schema):
    """Repositories in packed formats, whose files hold fewer elements than the model has parameters."""

    id = dy.String(primary_key=True, description="Repository id")
    format = dy.String(description="Format that its name or tags tell")
    parameters_stored = dy.Int64(metadata=_unit("elements"), description="Elements in its safetensors files")
    original = dy.String(nullable=True, description="The unpacked model that it is made from, by lineage")
    evidence = choice(["declared", "inferred"], nullable=True, description="Declared on cards all the way up, or not")
    parameters_original = dy.Int64(nullable=True, metadata=_unit("parameters"), description="Parameters of that model")
    parameters_corrected = dy.Int64(
        nullable=True, metadata=_unit("parameters"), description="The original's, where the stored count is wrong"
    )
    outcome = choice(
        ["as_original", "corrected", "not_known"],
        description="Stored about as many as the original has; far fewer; or no original with a count",
    )


class GrowthMonthly(dy.Schema):
    """New derivatives by month and declared relation: the table of a figure. Months without any hold 0."""

    month = dy.Date(primary_key=True, description="First day of the month of creation of the derivative")
    relation = choice(["all", *RELATIONS], primary_key=True, description="Relation as tagged; `all` counts each once")
    derivatives = dy.Int64(min=0, metadata=_unit("repositories"), description="Repositories that declare a parent")
    is_partial = dy.Bool(description="The snapshot ends in this month")


class GrowthCountry(dy.Schema):
    """New derivatives by quarter and country of the parent's organisation: the table of a figure."""

    quarter = dy.Date(primary_key=True, description="First day of the quarter of creation of the derivative")
    country = dy.String(primary_key=True, description="Country; `not on the register` where nobody knows the owner")
    derivatives = dy.Int64(min=0, metadata=_unit("repositories"), description="Each once per country of its parents")
    is_partial = dy.Bool(description="The snapshot ends in this quarter")


class Uploaders(dy.Schema):
    """How many uploaders are behind the declared derivatives of a group: the table of a figure.

    Direct derivatives, the group's own releases left out; the group `All` counts each repository once.
    """

    group = dy.String(primary_key=True, description="Family or organisation, or `All`")
    repositories = dy.Int64(min=1, metadata=_unit("repositories"), description="Direct declared derivatives")
    uploaders = dy.Int64(min=1, metadata=_unit("uploaders"), description="Namespaces behind them")
    repositories_without_ten = dy.Int64(
        min=0, metadata=_unit("repositories"), description="Without the ten uploaders that have most over all groups"
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
    repositories = dy.Int64(metadata=_unit("repositories"), description="Its derivatives, own releases left out")
    is_repackager = dy.Bool(description="On the register of repackagers")


class Chains(dy.Schema):
    """Through whose hands derivatives come: the table of a figure.

    An intermediary is a repository with a declared parent that is owned by nobody who owns one of its roots.
    """

    group = dy.String(primary_key=True, description="Family or organisation of a root, or `All`")
    derivatives = dy.Int64(
        min=1, metadata=_unit("repositories"), description="Repositories that descend from its roots"
    )
    straight = dy.Int64(metadata=_unit("repositories"), description="With no intermediary above them")
    through_own = dy.Int64(
        metadata=_unit("repositories"), description="Through intermediaries of their own owner alone"
    )
    through_others = dy.Int64(metadata=_unit("repositories"), description="Through at least one of another owner")
    through_repackagers = dy.Int64(
        metadata=_unit("repositories"), description="With a registered repackager's repository above them, root or not"
    )


class Intermediaries(dy.Schema):
    """Each owner's repository with most descendants among those not the maker's own: the table of a figure."""

    rank = dy.Int64(primary_key=True, min=1, description="1 for most descendants; ties in order of ids")
    id = dy.String(description="Repository id")
    owner = dy.String(description="Organisation, or namespace where the register knows none")
    is_repackager = dy.Bool(description="Its namespace is on the register of repackagers")
    n_children = dy.Int64(metadata=_unit("repositories"), description="Direct derivatives")
    n_children_of_others = dy.Int64(metadata=_unit("repositories"), description="Of them, those of other owners")
    n_descendants = dy.Int64(metadata=_unit("repositories"), description="Direct and indirect derivatives")
    more_of_owner = dy.Int64(metadata=_unit("repositories"), description="Further intermediaries of this owner")


class Depths(dy.Schema):
    """Models by the length of their longest declared path to a root: the table of a figure."""

    depth = dy.Int64(primary_key=True, min=0, metadata=_unit("steps"), description="0: declares no parent")
    models = dy.Int64(metadata=_unit("repositories"), description="Repositories of the snapshot")
    ghosts = dy.Int64(metadata=_unit("repositories"), description="Named as parent, absent from the snapshot")


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
    age_months = dy.Int64(metadata=_unit("months"), description="At the snapshot's date")
    derivatives = dy.Int64(min=1, metadata=_unit("repositories"), description="Dated direct declared derivatives")
    half_life_months = dy.Int64(min=0, metadata=_unit("months"), description="Age when half of them existed")
    derivatives_window = dy.Int64(
        metadata=_unit("repositories"), description="Those of the first months that all bases have"
    )
    half_life_window_months = dy.Int64(
        nullable=True, metadata=_unit("months"), description="Age when half of those existed: not shortened by youth"
    )


class HalfLifeMedians(dy.Schema):
    """Half-lives by group and year of release: the table of a figure."""

    group = dy.String(primary_key=True, description="Family or organisation")
    year = dy.Int64(primary_key=True, description="Year of release of the bases")
    bases = dy.Int64(min=1, metadata=_unit("bases"), description="Bases with a half-life")
    derivatives = dy.Int64(metadata=_unit("repositories"), description="Their dated direct derivatives")
    median_months = dy.Float64(metadata=_unit("months"), description="Median half-life")
    low_months = dy.Int64(metadata=_unit("months"), description="Shortest half-life")
    high_months = dy.Int64(metadata=_unit("months"), description="Longest half-life")
    median_window_months = dy.Float64(
        nullable=True, metadata=_unit("months"), description="Median over the first months that all bases have"
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
    edges = dy.Int64(min=1, metadata=_unit("edges"), description="Parent links")


class LicenceDrift(dy.Schema):
    """What children do to their parents' licence tags: the table of a figure."""

    evidence = choice(["declared", "inferred"], primary_key=True, description="Kind of edges")
    move = choice(LICENCE_MOVES, primary_key=True, description="What the child's tag does to the parent's")
    edges = dy.Int64(min=0, metadata=_unit("edges"), description="Parent links; 0 is shown")
    share = dy.Float64(
        nullable=True, description="Of the links of this evidence whose parent states a licence; null for the others"
    )


class DownloadShares(dy.Schema):
    """Downloads of derivatives and of all others, by declared lineage: the table of a figure."""

    kind = choice(["none_declared", *RELATIONS], primary_key=True, description="Relation; a model counts once")
    repositories = dy.Int64(min=0, metadata=_unit("repositories"), description="Repositories of the snapshot")
    downloads = dy.Int64(metadata=_unit("downloads in 30 days"), description="The Hub's counter")
    share = dy.Float64(nullable=True, description="Of the snapshot's downloads in 30 days")
    downloads_of_makers = dy.Int64(
        metadata=_unit("downloads in 30 days"), description="Of them, those of repositories by the owner of a parent"
    )
    downloads_all_time = dy.Int64(metadata=_unit("downloads"), description="Since the count began")
    share_all_time = dy.Float64(nullable=True, description="Of the snapshot's downloads since the count began")


class InferenceQuality(dy.Schema):
    """How well each rule of inference finds the families that repositories declare; no rows without declarations."""

    rule = choice(INFERENCE, primary_key=True, description="Rule of inference")
    family = dy.String(primary_key=True, description="Family")
    declared = dy.Int64(min=0, description="Repositories whose declared lineage, known to its roots, holds the family")
    proposed = dy.Int64(min=0, description="Of all with such a lineage, those for which the rule proposes the family")
    correct = dy.Int64(min=0, description="Proposed and declared")
    precision = dy.Float64(nullable=True, description="Correct over proposed; null where nothing is proposed")
    recall = dy.Float64(nullable=True, description="Correct over declared; null where nothing is declared")


class Bounds(dy.Schema):
    """Derivatives as declared, and with inference for repositories that declare nothing: an estimate, no bound."""

    group = dy.String(primary_key=True, description="Family or organisation, as the report compares")
    rule = choice(INFERENCE, primary_key=True, description="Rule of inference")
    lower = dy.Int64(min=0, metadata=_unit("repositories"), description="Declared derivatives, direct and transitive")
    estimate = dy.Int64(
        min=0, metadata=_unit("repositories"), description="With those that the rule adds, and their descendants"
    )


class Surface(dy.Schema):
    """The plane of size, modality and time: each family's nearest current release."""

    family = dy.String(primary_key=True, description="Family")
    month = dy.Date(primary_key=True, description="First day of the month")
    modality = dy.String(primary_key=True, description="What is asked for")
    size = dy.Int64(primary_key=True, metadata=_unit("parameters"), description="Size that is asked for")
    model = dy.String(description="Nearest release of that modality: current before no longer current, then by size")
    is_current = dy.Bool(description="It is current by the stated rule, not by the looser one alone")
    nearest_doublings = dy.Float64(min=0, metadata=_unit("doublings"), description="How far its size is")
    nearest_age_months = dy.Int64(min=0, metadata=_unit("months"), description="How old it is")
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
        primary_key=True, metadata=_unit("parameters"), description="Nearest size of the grid; 0: size not known"
    )
    releases = dy.Int64(min=0, description="Releases of the quarter nearest to this size; the ends hold all beyond")
    is_collected = dy.Bool(description="The quarter begins before the register's last release")
    is_partial = dy.Bool(description="The snapshot ends in this quarter")


class Cadence(dy.Schema):
    """How often a family releases: the table of a figure."""

    family = dy.String(primary_key=True, description="Family")
    quarter = dy.Date(primary_key=True, description="First day of the quarter")
    releases = dy.Int64(min=0, description="Dated releases of the register")
    release_days = dy.Int64(min=0, metadata=_unit("days"), description="Days on which something was released")
    is_partial = dy.Bool(description="The snapshot ends in this quarter")


class Catalogue(dy.Schema):
    """What a family's makers have released, as the register and the snapshot know it."""

    family = dy.String(primary_key=True, description="Family")
    releases = dy.Int64(min=1, description="Releases of the register")
    undated = dy.Int64(min=0, description="Of these, without a date")
    unsized = dy.Int64(min=0, description="Of these, without a parameter total")
    first_released = dy.Date(nullable=True, description="First dated release")
    last_released = dy.Date(nullable=True, description="Last dated release")
    smallest = dy.Int64(nullable=True, metadata=_unit("parameters"), description="Smallest total")
    largest = dy.Int64(nullable=True, metadata=_unit("parameters"), description="Largest total")
    sizes = dy.Int64(min=0, description="Distinct sizes, to the nearest doubling")
    modalities = dy.List(dy.String(), description="Modalities, sorted")
    licences = dy.Int64(min=0, description="Distinct licence tags")
    formats = dy.List(dy.String(), description="Packed or converted formats in the makers' own namespaces here")
    median_days_between = dy.Float64(
        nullable=True, metadata=_unit("days"), description="Median between release days of the last year"
    )
    median_days_to_tenth = dy.Float64(
        nullable=True, metadata=_unit("days"), description="Median from release to tenth declared derivative"
    )
    timed = dy.Int64(min=0, description="Releases that this median is over")


class VendorLicences(dy.Schema):
    """Dated releases by the class of their licence and half-year, of countries and of organisations."""

    group_kind = choice(["country", "organisation"], primary_key=True, description="What the group is")
    group = dy.String(primary_key=True, description="Country, `All countries`, or organisation")
    period = dy.Date(primary_key=True, description="First day of the half-year")
    releases = dy.Int64(min=1, description="Dated releases of the register")
    permissive = dy.Int64(min=0, description="Of these, under a permissive licence")
    copyleft = dy.Int64(min=0, description="Under a licence with a duty to share alike")
    restricted = dy.Int64(min=0, description="Under a licence that restricts use or user, or the maker's own terms")
    none = dy.Int64(min=0, description="Stated to have no licence")
    not_known = dy.Int64(min=0, description="Without a licence in the register and in this snapshot")
    share_permissive = dy.Float64(nullable=True, min=0, max=1, description="Permissive among those with a licence")
    is_partial = dy.Bool(description="The snapshot ends in this half-year")


class VendorLicenceMoves(dy.Schema):
    """Licences of each organisation's last twelve months beside all before: the table of a figure."""

    organisation = dy.String(primary_key=True, description="Organisation")
    country = dy.String(description="Its country")
    before = dy.Int64(min=0, description="Releases with a known licence until then")
    before_permissive = dy.Float64(nullable=True, min=0, max=1, description="Share of these that is permissive")
    recent = dy.Int64(min=0, description="Releases of the last twelve months with a known licence")
    recent_permissive = dy.Float64(nullable=True, min=0, max=1, description="Share of these that is permissive")


class VendorFormats(dy.Schema):
    """Conversions that came out with a release, by the maker or by others: the table of a figure."""

    group = dy.String(primary_key=True, description="Organisation whose releases these are, or `All`")
    shipped_by = choice(["maker", "others"], primary_key=True, description="Who converted")
    format = dy.String(primary_key=True, description="Format, or `any`")
    releases = dy.Int64(min=1, description="Dated releases old enough to tell")
    releases_in_time = dy.Int64(min=0, description="Of these, with a conversion by the last day that counts")
    releases_ever = dy.Int64(min=0, description="With a conversion at any time, dated or not")
    conversions = dy.Int64(min=0, description="Conversions found")
    undated = dy.Int64(min=0, description="Of these, without a date of creation")


class VendorTags(dy.Schema):
    """What registered makers tell in the tags of their repositories here: the table of a figure."""

    organisation = dy.String(primary_key=True, description="Organisation")
    country = dy.String(description="Its country")
    repositories = dy.Int64(min=1, description="Repositories of its namespaces in this snapshot")
    with_paper = dy.Int64(nullable=True, min=0, description="With an `arxiv:` tag; null where no maker has any")
    papers = dy.Int64(nullable=True, min=0, description="Distinct papers; null where no maker has any")
    with_language = dy.Int64(nullable=True, min=0, description="With a tag of ISO 639-1; null where no maker has any")
    languages = dy.Int64(nullable=True, min=0, description="Distinct languages; null where no maker has any")
    with_region = dy.Int64(nullable=True, min=0, description="With a `region:` tag; null where no maker has any")
    region_us = dy.Int64(nullable=True, min=0, description="Stored in the region us; null where no maker has any")


class VendorLanguages(dy.Schema):
    """Languages that makers' repositories name, by country of the maker: the table of a figure."""

    country = dy.String(primary_key=True, description="Country of the maker, or `All countries`")
    language = dy.String(primary_key=True, description="Two-letter code")
    name = dy.String(description="Language")
    repositories = dy.Int64(min=1, description="Repositories that name it")
    share = dy.Float64(min=0, max=1, description="Of the country's repositories that name any language")


class VendorTasks(dy.Schema):
    """What releases are for, and what people download of their makers: the table of a figure."""

    country = dy.String(primary_key=True, description="Country of the maker, or `All countries`")
    modality = dy.String(primary_key=True, description="Modality, of the register for releases")
    releases = dy.Int64(min=0, description="Releases of the register")
    share = dy.Float64(nullable=True, min=0, max=1, description="Of the country's releases")
    recent = dy.Int64(min=0, description="Releases dated within the last twelve months")
    recent_share = dy.Float64(nullable=True, min=0, max=1, description="Of the country's releases within these")


class VendorActivity(dy.Schema):
    """Who started and who stopped, as far as the register lists releases: the table of a figure."""

    organisation = dy.String(primary_key=True, description="Organisation")
    country = dy.String(description="Its country")
    releases = dy.Int64(min=1, description="Releases of the register")
    undated = dy.Int64(min=0, description="Of these, without a date")
    first_released = dy.Date(nullable=True, description="First dated release")
    last_released = dy.Date(nullable=True, description="Last dated release")
    recent = dy.Int64(min=0, description="Releases dated within the months that decide who stopped")
    status = choice(["started", "going on", "stopped", "not dated"], description="As the parameters decide")
    is_new = dy.Bool(description="Its first dated release is as recent as the parameters ask, stopped since or not")
    newest_repository = dy.Date(nullable=True, description="Month of its newest repository here, a release or not")


class VendorDownloads(dy.Schema):
    """Downloads in 30 days by country or family, by two rules: the table of a figure."""

    population = choice(["all", "text and vision"], primary_key=True, description="Which repositories")
    counted_as = choice(["owner", "root"], primary_key=True, description="Owner alone; else the roots it declares")
    group_kind = choice(["country", "family"], primary_key=True, description="What the group is")
    group = dy.String(primary_key=True, description="Group, `several`, or `not on the register`")
    repositories = dy.Int64(min=0, description="Repositories")
    downloads = dy.Int64(min=0, metadata=_unit("downloads in 30 days"), description="Downloads")
    share = dy.Float64(nullable=True, min=0, max=1, description="Share of the population's downloads")


class Timeline(dy.Schema):
    """Dated events of the moment and the year after it, each from a row of the register: the table of a figure."""

    mark = dy.Int64(primary_key=True, description="Reading order on one day")
    day = dy.Date(description="Day")
    lane = dy.String(description="Whom it is about")
    kind = choice(TIMELINE_KINDS, description="What it is")
    label = dy.String(nullable=True, description="Name in the figure; null: a dot without one")
    statement = dy.String(description="What happened")
    register = dy.String(description="Register table that it is from")
    source = dy.String(description="Source")


class TimelineSpans(dy.Schema):
    """From each maker's first to its last release within the time shown: bars of the timeline's figure."""

    lane = dy.String(primary_key=True, description="Maker")
    first = dy.Date(description="First day with a release within the time shown")
    last = dy.Date(description="Last one")
    releases = dy.Int64(min=1, description="Dated releases within the time shown")
    release_days = dy.Int64(min=1, metadata=_unit("days"), description="Days on which something was released")


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


class PublishedSeries(dy.Schema):
    """Counts and shares that others published, with what is known of their definition: the table of a figure."""

    subject = dy.String(primary_key=True, description="Whom the count is about")
    kind = dy.String(primary_key=True, description="What is counted")
    published = dy.Date(primary_key=True, description="Date of publication")
    publisher = dy.String(primary_key=True, description="Publisher")
    counter = dy.String(nullable=True, description="Organisation of the register that the publisher names")
    value = dy.Float64(description="Value")
    unit = dy.String(description="Unit")
    as_of = dy.Date(nullable=True, description="Date that the count is about, if stated")
    definition = dy.String(description="As stated")
    definition_kind = choice(["direct", "tag", "other", "not stated"], description="Stated definition, in classes")
    is_lower_bound = dy.Bool(description="The source says more than")
    is_series = dy.Bool(description="A count of derivatives or of tagging repositories, drawn in the figure")
    source_kind = choice(["primary", "secondary"], description="Read at the source or through a copy")
    source = dy.String(description="Source")


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
    days = dy.Int64(min=1, metadata=_unit("days"), description="Days between")
    per_day = dy.Float64(metadata=_unit("derivatives a day"), description="Implied growth; negative: they disagree")


class Thesis(dy.Schema):
    """What goes with more derivatives per release, all else alike; empty where refused: the table of a figure."""

    model = choice(["surface", "cadence", "quality"], primary_key=True, description="Which of the three models")
    term = dy.String(primary_key=True, description="Trait")
    category = dy.String(primary_key=True, description="Class of the trait; empty for a number")
    label = dy.String(description="The term in words, with what it is compared with")
    position = dy.Int64(min=1, description="Place in the model")
    releases = dy.Int64(min=1, metadata=_unit("releases"), description="Releases that the term is about")
    rate_ratio = dy.Float64(min=0, metadata=_unit("times"), description="Derivatives per month, times as many")
    low = dy.Float64(min=0, metadata=_unit("times"), description="Lower end of its interval, clustered by family")
    high = dy.Float64(min=0, metadata=_unit("times"), description="Upper end")
    level = dy.Float64(description="Level of the interval")
    p = dy.Float64(min=0, max=1, description="Share of arrangements of the families at least as far from no effect")
    randomisation = choice(["families exchanged", "signs turned"], description="How the families were arranged")
    arrangements = dy.Int64(min=1, description="Arrangements, the data themselves among them")
    without_low = dy.Float64(min=0, metadata=_unit("times"), description="Smallest rate ratio without one family")
    without_low_family = dy.String(description="Without which")
    without_high = dy.Float64(min=0, metadata=_unit("times"), description="Largest rate ratio without one family")
    without_high_family = dy.String(description="Without which")


class ThesisFit(dy.Schema):
    """Whether each model of derivatives per release was fitted, to what, and how well."""

    model = choice(["surface", "cadence", "quality"], primary_key=True, description="Which of the three models")
    refused = dy.Bool(description="Not fitted")
    reason = dy.String(description="Why not; empty where fitted")
    releases = dy.Int64(min=0, description="Releases that could be used")
    families = dy.Int64(min=0, description="Their families")
    derivatives = dy.Int64(min=0, description="Their declared direct derivatives")
    without_derivatives = dy.Int64(min=0, metadata=_unit("releases"), description="Releases without any")
    terms = dy.Int64(nullable=True, min=1, description="Terms besides the constant")
    left_out = dy.String(nullable=True, description="Terms that others add up to, which were left out")
    alpha = dy.Float64(nullable=True, min=0, description="Dispersion: variance is mean + alpha x mean squared")
    alpha_low = dy.Float64(nullable=True, min=0, description="Lower end of its 95 % interval, clustered by family")
    alpha_high = dy.Float64(nullable=True, min=0, description="Upper end")
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


class DistillationCounts(dy.Schema):
    """Derivatives of registered distillations, and which families they count for under each credit rule."""

    release = dy.String(primary_key=True, description="Repository id of the distilled release")
    credit = choice(DISTILLS, primary_key=True, description="Whose derivatives its descendants are")
    credited = dy.List(dy.String(), description="Families credited, sorted; empty where no family is known")
    teacher = dy.String(description="Release whose answers it was trained on")
    teacher_family = dy.String(description="Family of the teacher")
    base = dy.String(description="Release whose weights it started from")
    base_family = dy.String(description="Family of the base")
    evidence = choice(["declared", "name"], description="Declared lineage; names where the snapshot declares nothing")
    direct = dy.Int64(nullable=True, min=0, description="Repositories that declare it as parent; null by name")
    derivatives = dy.Int64(
        min=0, metadata=_unit("repositories"), description="Declared descendants, or repositories that bear its name"
    )


class DistillationCredit(dy.Schema):
    """What each credit rule gives a family: derivatives of distillations, and all."""

    credit = choice(DISTILLS, primary_key=True, description="Whose derivatives the descendants of distillations are")
    family = dy.String(primary_key=True, description="Family")
    evidence = choice(["declared", "name"], description="Declared lineage; names where the snapshot declares nothing")
    distilled = dy.Int64(
        min=0, metadata=_unit("repositories"), description="Derivatives of registered distillations credited to it"
    )
    derivatives = dy.Int64(
        nullable=True,
        min=0,
        metadata=_unit("repositories"),
        description="All its declared derivatives, direct and transitive, own releases left out; null by name",
    )


class FamilyFlows(dy.Schema):
    """Which family feeds which: one row per pair and kind; a model counts once in each row."""

    from_family = dy.String(primary_key=True, description="Family that something is taken from")
    to_family = dy.String(primary_key=True, description="Family that it goes into")
    kind = choice(
        ["distillation", "finetune", "merge"],
        primary_key=True,
        description="Answers of a teacher into a base; a base into another maker's release; weights into a merge",
    )
    models = dy.Int64(min=1, metadata=_unit("models"), description="Models")
    by_weights = dy.Int64(
        nullable=True, min=0, description="Merges that hold several families' weights too, distillations read as bases"
    )


class Moe(dy.Schema):
    """Total and activated parameters of registered releases."""

    model = dy.String(primary_key=True, description="Repository id")
    organisation = dy.String(nullable=True, description="Organisation")
    family = dy.String(nullable=True, description="Family")
    released = dy.Date(nullable=True, description="Date of release")
    mixture = choice(["dense", "moe"], description="Dense or mixture of experts")
    parameters_total = dy.Int64(nullable=True, metadata=_unit("parameters"), description="All parts, without MTP")
    parameters_text = dy.Int64(nullable=True, metadata=_unit("parameters"), description="The language model alone")
    parameters_active = dy.Int64(
        nullable=True, metadata=_unit("parameters per token"), description="Activated, both embeddings counted"
    )
    parameters_active_without_input_embedding = dy.Int64(
        nullable=True, metadata=_unit("parameters per token"), description="Activated, the input table left out"
    )
    parameters_active_without_embeddings = dy.Int64(
        nullable=True, metadata=_unit("parameters per token"), description="Activated, both tables left out"
    )
    parameters_active_published = dy.Int64(
        nullable=True, metadata=_unit("parameters per token"), description="As the vendor states it"
    )
    experts = dy.Int64(nullable=True, description="Routed experts per layer")
    experts_per_token = dy.Int64(nullable=True, description="Routed experts per token")
    kv_bytes_per_token = dy.Int64(
        nullable=True, metadata=_unit("bytes"), description="KV cache at full attention, 2 bytes a value"
    )
    kv_bytes_8k = dy.Int64(nullable=True, metadata=_unit("bytes"), description="KV cache at 8,192 tokens")
    kv_bytes_32k = dy.Int64(nullable=True, metadata=_unit("bytes"), description="KV cache at 32,768 tokens")
    kv_bytes_128k = dy.Int64(nullable=True, metadata=_unit("bytes"), description="KV cache at 131,072 tokens")
    kv_indexer_bytes_128k = dy.Int64(
        nullable=True, metadata=_unit("bytes"), description="What indexers keep besides, at 131,072 tokens"
    )
    state_bytes = dy.Int64(
        nullable=True, metadata=_unit("bytes"), description="State of linear and Mamba layers, 4 bytes a value"
    )
    layers = dy.Int64(nullable=True, description="Hidden layers")
    hidden_size = dy.Int64(nullable=True, description="Width of the residual stream")
    flops_per_token = dy.Int64(
        nullable=True, metadata=_unit("FLOP per token"), description="Twice the parameters at work, without context"
    )
    flops_per_token_8k = dy.Int64(
        nullable=True, metadata=_unit("FLOP per token"), description="With attention to 8,192 tokens"
    )
    flops_per_token_32k = dy.Int64(
        nullable=True, metadata=_unit("FLOP per token"), description="With attention to 32,768 tokens"
    )
    flops_per_token_128k = dy.Int64(
        nullable=True, metadata=_unit("FLOP per token"), description="With attention to 131,072 tokens"
    )
    weights_bytes_16bit = dy.Int64(nullable=True, metadata=_unit("bytes"), description="Weights at 16 bits")
    weights_bytes_8bit = dy.Int64(nullable=True, metadata=_unit("bytes"), description="Weights at 8 bits")
    weights_bytes_4bit = dy.Int64(nullable=True, metadata=_unit("bytes"), description="Weights at 4 bits")
    count_method = choice(["config", "safetensors", "published"], description="Where the total is from")
    source = dy.String(description="Primary source of the row")


class MoeParts(dy.Schema):
    """What a model consists of: parameters by part."""

    model = dy.String(primary_key=True, description="Repository id")
    part = choice((*PARTS, *APART), primary_key=True, description="Part")
    order = dy.Int64(description="Place of the part in a list of all")
    parameters = dy.Int64(
        nullable=True, metadata=_unit("parameters"), description="Parameters; null where the part is not understood"
    )
    in_total = dy.Bool(description="The part is in the total; MTP layers and correction biases are not")


class MoeChecks(dy.Schema):
    """Published, stored and computed totals side by side."""

    model = dy.String(primary_key=True, description="Repository id")
    published = dy.Int64(nullable=True, metadata=_unit("parameters"), description="As the vendor states it")
    stored = dy.Int64(nullable=True, metadata=_unit("elements"), description="Elements in its safetensors files")
    computed = dy.Int64(
        nullable=True, metadata=_unit("parameters"), description="From the config; null where a tower is not described"
    )
    text = dy.Int64(metadata=_unit("parameters"), description="The language model, from the config")
    mtp = dy.Int64(
        nullable=True, metadata=_unit("parameters"), description="MTP layers, not in the total; null if not understood"
    )
    correction_biases = dy.Int64(metadata=_unit("values"), description="Routers' correction biases, not in the total")
    published_difference = dy.Float64(
        nullable=True, description="Computed over published, less one; the language model where no total is computed"
    )
    stored_difference = dy.Int64(nullable=True, metadata=_unit("elements"), description="Stored less computed")
    unexplained = dy.Int64(
        nullable=True,
        metadata=_unit("elements"),
        description="What MTP layers and correction biases do not explain: scales, copies of tables, towers",
    )
    source = dy.String(description="Source of the configuration")
    stored_source = dy.String(nullable=True, description="Source of the stored elements")


class MoeMemory(dy.Schema):
    """Memory that a model takes, by precision and context, and what a token costs there."""

    model = dy.String(primary_key=True, description="Repository id")
    bits = dy.Int64(primary_key=True, metadata=_unit("bits"), description="Bits per weight")
    context = dy.Int64(primary_key=True, metadata=_unit("tokens"), description="Tokens of context, one sequence")
    weights_bytes = dy.Int64(metadata=_unit("bytes"), description="Weights")
    kv_bytes = dy.Int64(metadata=_unit("bytes"), description="KV cache, indexers and states")
    total_bytes = dy.Int64(metadata=_unit("bytes"), description="Weights and cache")
    read_bytes = dy.Int64(metadata=_unit("bytes per token"), description="Activated weights and cache, read per token")
    flops_per_token = dy.Int64(metadata=_unit("FLOP per token"), description="Arithmetic of one token")


class MachinePrices(dy.Schema):
    """Machines with their rental price where their accelerators are rented."""

    machine = dy.String(primary_key=True, description="Machine")
    kind = dy.String(description="consumer card, workstation, unified memory, main memory, server, server node")
    at_desk = dy.Bool(description="Stands at a desk: consumer card, workstation, unified memory")
    memory_bytes = dy.Int64(metadata=_unit("bytes"), description="Memory that holds weights")
    bandwidth_bytes_per_second = dy.Int64(metadata=_unit("bytes per second"), description="Of that memory")
    flops_16bit = dy.Int64(
        nullable=True, metadata=_unit("FLOP per second"), description="Dense, 16 bits; null where not stated"
    )
    accelerators = dy.Int64(description="Accelerators in it")
    usd_per_hour_low = dy.Float64(nullable=True, metadata=_unit("USD per hour"), description="Lowest dated price")
    usd_per_hour = dy.Float64(
        nullable=True, metadata=_unit("USD per hour"), description="Median of dated prices, all accelerators"
    )
    usd_per_hour_high = dy.Float64(nullable=True, metadata=_unit("USD per hour"), description="Highest dated price")
    prices = dy.Int64(description="Dated prices of the last twelve months on the register, on demand or marketplace")
    priced = dy.Date(nullable=True, description="Date of the newest of them")


class MoeMachines(dy.Schema):
    """What each machine can do with each model: how many are needed, and how fast at most."""

    model = dy.String(primary_key=True, description="Repository id")
    use = choice(USES, primary_key=True, description="Run at a precision, or fine-tune")
    machine = dy.String(primary_key=True, description="Machine")
    kind = dy.String(description="Kind of machine")
    at_desk = dy.Bool(description="Stands at a desk")
    needed_bytes = dy.Int64(metadata=_unit("bytes"), description="Memory that the use takes")
    usable_bytes = dy.Int64(metadata=_unit("bytes"), description="Memory of one machine that is usable")
    machines = dy.Int64(nullable=True, description="How many are needed; null where they cannot do it")
    tokens_per_second_bound = dy.Float64(
        nullable=True,
        metadata=_unit("tokens per second"),
        description="Bandwidth over bytes read per token, for one sequence; running only",
    )
    is_smallest = dy.Bool(description="The least memory among machines that do it")
    is_smallest_at_desk = dy.Bool(description="The least memory among machines at a desk that do it")


class CalculatorModels(dy.Schema):
    """What the site's calculator knows of a model."""

    model = dy.String(primary_key=True, description="Repository id")
    family = dy.String(nullable=True, description="Family")
    mixture = choice(["dense", "moe"], description="Dense or mixture of experts")
    experts = dy.Int64(min=1, description="Routed experts per layer; 1 in a dense model")
    experts_per_token = dy.Int64(min=1, description="Routed experts per token; 1 in a dense model")
    parameters_always = dy.Int64(
        min=0, metadata=_unit("parameters"), description="At work for every token, the looked-up table left out"
    )
    parameters_routed = dy.Int64(min=0, metadata=_unit("parameters"), description="All routed experts together")
    weights_bytes_16bit = dy.Int64(metadata=_unit("bytes"), description="Weights at 16 bits")
    weights_bytes_8bit = dy.Int64(metadata=_unit("bytes"), description="Weights at 8 bits")
    weights_bytes_4bit = dy.Int64(metadata=_unit("bytes"), description="Weights at 4 bits")
    cache_bytes_8k = dy.Int64(metadata=_unit("bytes"), description="Cache of one sequence at 8,192 tokens")
    flops_per_token_8k = dy.Int64(metadata=_unit("FLOP per token"), description="Of a token at 8,192 tokens")
    cache_bytes_32k = dy.Int64(metadata=_unit("bytes"), description="Cache of one sequence at 32,768 tokens")
    flops_per_token_32k = dy.Int64(metadata=_unit("FLOP per token"), description="Of a token at 32,768 tokens")
    cache_bytes_128k = dy.Int64(metadata=_unit("bytes"), description="Cache of one sequence at 131,072 tokens")
    flops_per_token_128k = dy.Int64(metadata=_unit("FLOP per token"), description="Of a token at 131,072 tokens")


class CalculatorMachines(dy.Schema):
    """What the site's calculator knows of a machine."""

    machine = dy.String(primary_key=True, description="Machine")
    kind = dy.String(description="Kind of machine")
    most = dy.Int64(min=1, description="How many are joined at most")
    usable_bytes = dy.Int64(min=1, metadata=_unit("bytes"), description="Memory of one that is usable")
    bandwidth_bytes_per_second = dy.Int64(min=1, metadata=_unit("bytes per second"), description="Of one")
    flops_16bit = dy.Int64(nullable=True, metadata=_unit("FLOP per second"), description="Dense, 16 bits, of one")
    usd_per_hour_low = dy.Float64(
        nullable=True, metadata=_unit("USD per hour"), description="Lowest dated price of one"
    )
    usd_per_hour = dy.Float64(
        nullable=True, metadata=_unit("USD per hour"), description="Median of dated prices of one"
    )
    usd_per_hour_high = dy.Float64(nullable=True, metadata=_unit("USD per hour"), description="Highest price of one")


class ExplorerSummary(dy.Schema):
    """What the site's explorer holds and leaves out, in counts."""

    measure = dy.String(primary_key=True, description="What was counted")
    value = dy.Int64(description="How many, or 1 and 0 for yes and no")
    meaning = dy.String(description="One line for the reader")


class MoeShare(dy.Schema):
    """Share of mixtures of experts by period and population: the table of a figure."""

    population = choice(
        ["flagship releases", "repositories", "downloads"],
        primary_key=True,
        description="What the share is of",
    )
    period = dy.Date(primary_key=True, description="First day of the quarter")
    moe = dy.Int64(description="Mixtures of experts (downloads: of mixtures)")
    dense = dy.Int64(description="Dense (downloads: of dense models)")
    unknown = dy.Int64(description="Neither tag nor experts tell")
    share = dy.Float64(nullable=True, description="moe over moe plus dense; null where there are none")
    is_partial = dy.Bool(description="The snapshot ends in this quarter")


class MoeReach(dy.Schema):
    """How many releases the least demanding place that can do a use is enough for: the table of a figure."""

    mixture = choice(["dense", "moe"], primary_key=True, description="Dense or mixture of experts")
    use = choice(USES, primary_key=True, description="Run at a precision, or fine-tune")
    place = choice(PLACES, primary_key=True, description="The first of the places that does it")
    releases = dy.Int64(description="Releases with a counted configuration")


class MoeShareMonthly(dy.Schema):
    """Share of mixtures of experts by month of creation."""

    population = choice(["repositories", "downloads"], primary_key=True, description="What the share is of")
    period = dy.Date(primary_key=True, description="First day of the month")
    moe = dy.Int64(description="Mixtures of experts (downloads: of mixtures)")
    dense = dy.Int64(description="Dense (downloads: of dense models)")
    unknown = dy.Int64(description="Neither tag nor experts tell")
    share = dy.Float64(nullable=True, description="moe over moe plus dense; null where there are none")
    is_partial = dy.Bool(description="The snapshot ends in this month")


class MoeShareCountry(dy.Schema):
    """Share of mixtures of experts by country, over twelve months."""

    population = choice(
        ["flagship releases", "repositories", "downloads"], primary_key=True, description="What the share is of"
    )
    country = dy.String(primary_key=True, description="Country of the organisation")
    moe = dy.Int64(description="Mixtures of experts (downloads: of mixtures)")
    dense = dy.Int64(description="Dense (downloads: of dense models)")
    unknown = dy.Int64(description="Neither tag nor experts tell")
    share = dy.Float64(nullable=True, description="moe over moe plus dense; null where there are none")
    until = dy.Date(description="Newest date of the country within the twelve months")


class MoeSparsity(dy.Schema):
    """How sparse dated mixtures of experts are: the table of a figure."""

    model = dy.String(primary_key=True, description="Repository id")
    family = dy.String(nullable=True, description="Family")
    country = dy.String(nullable=True, description="Country of the organisation")
    released = dy.Date(description="Date of release")
    parameters_text = dy.Int64(metadata=_unit("parameters"), description="The language model alone")
    parameters_active = dy.Int64(metadata=_unit("parameters per token"), description="Activated, embeddings in")
    experts = dy.Int64(description="Routed experts per layer")
    experts_per_token = dy.Int64(description="Routed experts per token")
    experts_share = dy.Float64(description="Experts per token over experts")
    active_share = dy.Float64(description="Activated parameters over those of the language model")


class CostTraining(dy.Schema):
    """What a training run costs on one accounting basis, as a range."""

    run = dy.String(primary_key=True, description="Key of the run")
    basis = choice(BASES, primary_key=True, description="Accounting basis")
    model = dy.String(description="Model")
    label = dy.String(description="Name for figures")
    stages = dy.String(description="Stages that the hours cover")
    accelerator = dy.String(nullable=True, description="Accelerator of the run")
    priced_as = dy.String(nullable=True, description="Accelerator whose prices are used (a proxy where it differs)")
    accelerator_hours = dy.Int64(nullable=True, metadata=_unit("accelerator-hours"), description="Stated hours")
    price_low = dy.Float64(nullable=True, metadata=_unit("USD per accelerator-hour"), description="Lowest price")
    price_median = dy.Float64(nullable=True, metadata=_unit("USD per accelerator-hour"), description="Median price")
    price_high = dy.Float64(nullable=True, metadata=_unit("USD per accelerator-hour"), description="Highest price")
    prices = dy.Int64(description="Dated prices used")
    usd_low = dy.Float64(nullable=True, metadata=_unit("USD"), description="Low end")
    usd_median = dy.Float64(nullable=True, metadata=_unit("USD"), description="At the median price, or as published")
    usd_high = dy.Float64(nullable=True, metadata=_unit("USD"), description="High end")
    usd_stated = dy.Float64(nullable=True, metadata=_unit("USD"), description="As the authors state it")
    evidence = choice(["computed", "published"], description="Computed from hours, or taken from a source")
    date = dy.Date(nullable=True, description="When the run ended, or its model was released")
    source = dy.String(description="Source of the hours or of the published figure")
    note = dy.String(nullable=True, description="What the number leaves out")


class CostRatios(dy.Schema):
    """One run over another, on one basis at a time: the table of a figure."""

    basis = choice(BASES, primary_key=True, description="Accounting basis")
    label = dy.String(description="The comparison in words")
    numerator_usd = dy.Float64(nullable=True, metadata=_unit("USD"), description="Cost of the numerator")
    denominator_low = dy.Float64(nullable=True, metadata=_unit("USD"), description="Low end of the denominator")
    denominator_high = dy.Float64(nullable=True, metadata=_unit("USD"), description="High end of the denominator")
    ratio_low = dy.Float64(nullable=True, description="Numerator over the high end")
    ratio_median = dy.Float64(nullable=True, description="Numerator over the median")
    ratio_high = dy.Float64(nullable=True, description="Numerator over the low end")
    like_for_like = dy.Bool(description="Both stand on the same basis")
    why = dy.String(description="What makes it comparable or not")


class CostRents(dy.Schema):
    """The dated market prices that the compared run's rental range is made of."""

    accelerator = dy.String(primary_key=True, description="Accelerator whose price it is")
    vendor = dy.String(primary_key=True, description="Vendor")
    date = dy.Date(primary_key=True, description="Date of the price")
    term = dy.String(primary_key=True, description="Contract")
    usd_per_hour = dy.Float64(metadata=_unit("USD per accelerator-hour"), description="Price")
    usd = dy.Float64(metadata=_unit("USD"), description="The run's hours at that price")
    source = dy.String(description="Source")


class CostCompute(dy.Schema):
    """Hours that makers state against hours that arithmetic implies, run by run: the table of a figure."""

    run = dy.String(primary_key=True, description="Key of the run")
    label = dy.String(description="Name for figures")
    parameters_active = dy.Int64(
        nullable=True, metadata=_unit("parameters per token"), description="Activated, input table left out"
    )
    parameters_are = choice(["counted", "stated"], nullable=True, description="From a configuration, or as stated")
    tokens = dy.Int64(nullable=True, metadata=_unit("tokens"), description="Of the stages that state tokens")
    flops = dy.Float64(nullable=True, metadata=_unit("FLOPs"), description="6 x activated parameters x tokens")
    accelerator = dy.String(nullable=True, description="Accelerator of the run")
    precision = choice(PRECISIONS, nullable=True, description="Arithmetic of most of the run, as stated")
    flops_16bit = dy.Float64(nullable=True, metadata=_unit("FLOP per second"), description="Dense 16-bit peak")
    hours_stated = dy.Int64(
        nullable=True, metadata=_unit("accelerator-hours"), description="Of the stages that state tokens"
    )
    hours_low = dy.Float64(
        nullable=True, metadata=_unit("accelerator-hours"), description="Implied at the highest published utilisation"
    )
    hours_median = dy.Float64(
        nullable=True, metadata=_unit("accelerator-hours"), description="Implied at the median published utilisation"
    )
    hours_high = dy.Float64(
        nullable=True, metadata=_unit("accelerator-hours"), description="Implied at the lowest published utilisation"
    )
    flops_per_second = dy.Float64(
        nullable=True, metadata=_unit("FLOP per second"), description="Per accelerator, from stated hours"
    )
    utilisation = dy.Float64(nullable=True, description="Implied share of the dense 16-bit peak")
    utilisation_8bit = dy.Float64(nullable=True, description="Implied share of the dense 8-bit peak")
    published_low = dy.Float64(description="Lowest published utilisation")
    published_median = dy.Float64(description="Median published utilisation")
    published_high = dy.Float64(description="Highest published utilisation")
    plausible = choice(PLAUSIBLE, description="Implied utilisation against the published range")
    usd_low = dy.Float64(nullable=True, metadata=_unit("USD"), description="Fewest implied hours at the lowest price")
    usd_median = dy.Float64(nullable=True, metadata=_unit("USD"), description="At the medians")
    usd_high = dy.Float64(nullable=True, metadata=_unit("USD"), description="Most implied hours at the highest price")
    why = dy.String(description="What the comparison says, or why there is none")
    source = dy.String(description="Source of hours and tokens")


class CostBases(dy.Schema):
    """One run on every accounting basis, and what each leaves out: the table of a figure."""

    order = dy.Int64(primary_key=True, description="Reading order")
    kind = choice(["stated", "rental", "amortised", "all_in", "purchase", "left_out"], description="What the row is")
    label = dy.String(description="The row in words")
    usd_low = dy.Float64(nullable=True, metadata=_unit("USD"), description="Low end; null: nobody knows")
    usd_median = dy.Float64(nullable=True, metadata=_unit("USD"), description="Middle")
    usd_high = dy.Float64(nullable=True, metadata=_unit("USD"), description="High end")
    counts = dy.String(description="What it counts, or which bases leave it out")
    source = dy.String(description="Source")


class CostInference(dy.Schema):
    """A price of an API at a date, and what renting accelerators to serve the model would cost then."""

    model = dy.String(primary_key=True, description="Repository id, or the maker's name of a closed model")
    date = dy.Date(primary_key=True, description="First day on which the price is known")
    label = dy.String(description="Name for figures")
    maker = dy.String(description="Who made it and sells it")
    weights = choice(WEIGHTS, description="Published or not")
    date_is = choice(["announced", "documented", "observed"], description="How the date is known")
    is_latest = dy.Bool(description="The last price known of this model")
    is_first = dy.Bool(description="The first price known of this model")
    price_input = dy.Float64(metadata=_unit("USD per million tokens"), description="Price of input, no cache")
    price_output = dy.Float64(metadata=_unit("USD per million tokens"), description="Price of output")
    price_blended = dy.Float64(metadata=_unit("USD per million tokens"), description="Weighted by the stated blend")
    parameters_text = dy.Int64(nullable=True, metadata=_unit("parameters"), description="The language model")
    parameters_active = dy.Int64(
        nullable=True, metadata=_unit("parameters per token"), description="Activated, input table left out"
    )
    accelerator = dy.String(nullable=True, description="Accelerator whose rent is used")
    accelerators = dy.Int64(nullable=True, description="How many together serve the model")
    batch = dy.Float64(nullable=True, metadata=_unit("sequences per accelerator"), description="At the middle values")
    bound = choice(["bandwidth", "compute"], nullable=True, description="What limits decoding at the middle values")
    tokens_per_second = dy.Float64(
        nullable=True, metadata=_unit("output tokens per second and accelerator"), description="At the middle values"
    )
    rent_per_hour = dy.Float64(
        nullable=True, metadata=_unit("USD per accelerator-hour"), description="Median of dated prices"
    )
    rent_low = dy.Float64(nullable=True, metadata=_unit("USD per accelerator-hour"), description="Lowest of them")
    rent_high = dy.Float64(nullable=True, metadata=_unit("USD per accelerator-hour"), description="Highest of them")
    cost_input_low = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Input, at the cheapest use"
    )
    cost_input_median = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Input, middle values"
    )
    cost_input_high = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Input, at the dearest use"
    )
    cost_output_low = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Output, at the cheapest use"
    )
    cost_output_median = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Output, middle values"
    )
    cost_output_high = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Output, at the dearest use"
    )
    cost_blended_low = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Blend, at the cheapest use"
    )
    cost_blended_median = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Blend, middle values"
    )
    cost_blended_high = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="Blend, at the dearest use"
    )
    dense_blended_low = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="The same if all parameters were active"
    )
    dense_blended_median = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="The same if all parameters were active"
    )
    dense_blended_high = dy.Float64(
        nullable=True, metadata=_unit("USD per million tokens"), description="The same if all parameters were active"
    )
    why = dy.String(nullable=True, description="Why there is no cost")
    source = dy.String(description="Source of the price")
    note = dy.String(nullable=True, description="Conditions of the price")


class PricePeers(dy.Schema):
    """An open model's price beside that of a closed one: the table of a figure."""

    open = dy.String(primary_key=True, description="Repository id of the open model")
    closed = dy.String(primary_key=True, description="Closed model")
    open_label = dy.String(description="Name for figures")
    closed_label = dy.String(description="Name for figures")
    date = dy.Date(description="The first day on which both prices are known")
    open_blended = dy.Float64(metadata=_unit("USD per million tokens"), description="Price of the open model then")
    closed_blended = dy.Float64(metadata=_unit("USD per million tokens"), description="Price of the closed model then")
    times_input = dy.Float64(description="Closed over open, input")
    times_output = dy.Float64(description="Closed over open, output")
    times_blended = dy.Float64(description="Closed over open, blended")
    open_note = dy.String(nullable=True, description="Conditions of the open model's price")
    why = dy.String(description="Why these two")


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
    repositories = dy.Int64(metadata=_unit("repositories"), description="Rows of the snapshot")
    version = dy.String(description="Version of the project")
    rule = dy.String(nullable=True, description="Rule of the headline, in words; null where none is supported")
    subject = dy.String(description="Group that the report is about")
    reference = dy.String(description="Group that it is compared with")
    subject_derivatives = dy.Float64(nullable=True, description="The subject's count under the headline's rule")
    reference_derivatives = dy.Float64(nullable=True, description="The reference's count under that rule")
    ratio = dy.Float64(nullable=True, metadata=_unit("times"), description="Subject over reference")
    holds = dy.Int64(metadata=_unit("claims"), description="Claims that hold")
    held_then = dy.Int64(metadata=_unit("claims"), description="Claims that held then")
    fails = dy.Int64(metadata=_unit("claims"), description="Claims that fail")
    depends_on_definition = dy.Int64(metadata=_unit("claims"), description="Claims that depend on the definition")
    misleading = dy.Int64(metadata=_unit("claims"), description="Claims that mislead")
    not_measurable_here = dy.Int64(metadata=_unit("claims"), description="Claims that the snapshot cannot decide")


class EditionChanges(dy.Schema):
    """What moved from each edition to the next: the table of a page."""

    position = dy.Int64(primary_key=True, description="Position of the newer edition")
    order = dy.Int64(primary_key=True, description="Order of reading")
    edition = dy.String(description="The newer edition")
    previous = dy.String(description="The edition before it")
    area = choice(AREAS, description="What the row is about")
    what = dy.String(description="Number, rule, group or claim")
    old = dy.String(description="In the edition before")
    new = dy.String(description="In the newer edition")
    change = dy.String(description="By how much it moved, or why that cannot be said")
    moved = dy.Bool(nullable=True, description="Null where the two cannot be compared")


# ---------------------------------------------------------------------------------- register


class Organisations(dy.Schema):
    """Who owns which Hub namespace."""

    namespace = dy.String(primary_key=True, description="Hub namespace")
    organisation = dy.String(description="Organisation")
    country = dy.String(description="Country of its headquarters; `International` or `Unknown` where it has none")
    date = dy.Date(description="When this was checked or published")
    source = dy.String(description="Source")


class Families(dy.Schema):
    """Named lines of releases and the names that tell them."""

    family = dy.String(primary_key=True, description="Family")
    organisation = dy.String(description="Organisation behind it")
    name_pattern = dy.String(description="Regular expression on the lower-case repository name (evidence `name`)")
    rank = dy.Int64(unique=True, min=1, description="Order of colours: 1 to 10 have one, the rest is grey")
    date = dy.Date(description="First release")
    source = dy.String(description="Source")


class FamilyRules(dy.Schema):
    """Which repositories belong to a family: first rule that matches."""

    order = dy.Int64(primary_key=True, description="Rules are tried in this order")
    namespace = dy.String(description="Hub namespace, compared without case")
    repository_pattern = dy.String(description="Regular expression on the lower-case name; `.` for any")
    family = dy.String(description="Family")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Architectures(dy.Schema):
    """What an architecture tag says about density."""

    architecture = dy.String(primary_key=True, description="`model_type`")
    mixture = choice(["dense", "moe", "either"], description="`either`: the expert count decides")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Releases(dy.Schema):
    """Releases by their makers: the bases that others build on."""

    model = dy.String(primary_key=True, description="Repository id")
    released = dy.Date(nullable=True, description="Date")
    date_kind = choice(
        ["announced", "repository_created"], nullable=True, description="What the date is; up to a month apart"
    )
    architecture = dy.String(nullable=True, description="Architecture tag")
    mixture = choice(["dense", "moe"], description="Dense or mixture of experts")
    parameters_total = dy.Int64(
        nullable=True, min=1, metadata=_unit("elements"), description="Elements in its safetensors files"
    )
    parameters_stated = dy.Int64(
        nullable=True,
        min=1,
        metadata=_unit("parameters"),
        description="Where the elements are not known: rounded size by name, model card or a release of the same shape",
    )
    modality = dy.String(description="text, code, math, vision, audio, embedding, guard")
    licence = dy.String(nullable=True, description="Licence")
    gated = dy.Bool(nullable=True, description="Access must be asked for")
    flagship = dy.Bool(description="Largest or defining model of its generation")
    built_on = dy.String(nullable=True, description="Release of another maker or generation that it was trained from")
    cross_check = dy.String(nullable=True, description="Second source and whether it agrees")
    source = dy.String(description="Primary source")


class Distillations(dy.Schema):
    """Releases trained on one family's answers, starting from another family's weights."""

    release = dy.String(primary_key=True, description="Repository id of the distilled release")
    teacher = dy.String(description="Release whose answers it was trained on")
    teacher_family = dy.String(description="Family of the teacher")
    base = dy.String(description="Release whose weights it started from")
    base_family = dy.String(description="Family of the base")
    method = dy.String(description="How it was trained, in words")
    date = dy.Date(description="Date of the release or of its announcement")
    source = dy.String(description="Primary source of teacher and base")


class Tasks(dy.Schema):
    """What a model of a task reads or makes."""

    task = dy.String(primary_key=True, description="The Hub's `pipeline_tag`")
    modality = choice(MODALITIES, description="Modality")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Configurations(dy.Schema):
    """Architecture facts of single releases, from their config.json."""

    model = dy.String(primary_key=True, description="Repository id")
    architecture = dy.String(description="Architecture tag")
    layers = dy.Int64(description="Hidden layers")
    hidden_size = dy.Int64(description="Width of the residual stream")
    vocab_size = dy.Int64(description="Vocabulary")
    config = dy.String(description="The fields of config.json that decide the counts, and no others, as JSON")
    parameters_total_published = dy.Int64(
        nullable=True, metadata=_unit("parameters"), description="As the vendor states it on the model's card"
    )
    parameters_active_published = dy.Int64(
        nullable=True, metadata=_unit("parameters per token"), description="As the vendor states it"
    )
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Primary source")
    cross_check = dy.String(description="Second source and whether it agrees")


class Repackagers(dy.Schema):
    """Uploaders who convert or copy other makers' models under the same name."""

    namespace = dy.String(primary_key=True, description="Hub namespace")
    does = dy.String(description="Formats that it publishes")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Formats(dy.Schema):
    """Formats that a name or a tag tells, and whether they hold fewer bits."""

    order = dy.Int64(primary_key=True, description="Patterns are tried in this order")
    format = dy.String(description="Format")
    name_pattern = dy.String(description="Regular expression on a suffix of the lower-case name")
    tag = dy.String(nullable=True, description="Tag that tells the same")
    quantized = dy.Bool(description="Fewer bits than the original")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Mirrors(dy.Schema):
    """Re-uploads of a release, unchanged."""

    mirror = dy.String(primary_key=True, description="Repository id of the copy")
    original = dy.String(description="Repository id of the original")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Licences(dy.Schema):
    """What a licence tag allows, in four classes. Tags that are not listed count as restricted."""

    licence = dy.String(primary_key=True, description="Licence tag")
    licence_class = choice(
        LICENCE_CLASSES,
        description="permissive; copyleft (share alike); restricted (by use or user, or custom terms); none stated",
    )
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Text of the licence, and why it has this class")


class Renames(dy.Schema):
    """Repositories that moved. An id ending in `/*` moves the whole namespace."""

    old = dy.String(primary_key=True, description="Old id")
    new = dy.String(description="New id")
    date = dy.Date(description="Date of the change, or when it was seen")
    source = dy.String(description="Source")


class SnapshotGaps(dy.Schema):
    """Times for which a data set of snapshots has none, or none that is whole."""

    dataset = dy.String(primary_key=True, description="Data set on the Hub")
    first = dy.Date(primary_key=True, description="First day of the time that holds the gap")
    last = dy.Date(description="Last day of it")
    what = dy.String(description="What is missing within that time")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class TrainingRuns(dy.Schema):
    """Stated accelerator-hours and tokens of training runs, stage by stage."""

    run = dy.String(primary_key=True, description="Key of the run; stages of one run share it")
    stage = dy.String(primary_key=True, description="Stage")
    model = dy.String(description="Model")
    label = dy.String(description="Name for figures")
    tokens = dy.Int64(nullable=True, metadata=_unit("tokens"), description="Tokens of this stage")
    accelerator = dy.String(nullable=True, description="Accelerator")
    accelerators = dy.Int64(nullable=True, min=1, description="Accelerators of the cluster, where stated")
    accelerator_hours = dy.Int64(nullable=True, metadata=_unit("accelerator-hours"), description="Hours")
    hours_are = choice(["stated", "arithmetic", "none"], description="Stated, or worked out from a statement")
    parameters_trained = dy.Int64(
        nullable=True,
        min=1,
        metadata=_unit("parameters per token"),
        description="Activated parameters as stated, where the hours cover several models or none is counted",
    )
    precision = choice(PRECISIONS, nullable=True, description="Arithmetic of most of the run, where stated")
    usd_stated = dy.Int64(nullable=True, metadata=_unit("USD"), description="As the authors state it")
    finished = dy.Date(description="When the run ended, or its model was released")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Primary source")
    note = dy.String(nullable=True, description="What is left out")


class AcceleratorPrices(dy.Schema):
    """Dated rental prices per accelerator-hour."""

    accelerator = dy.String(primary_key=True, description="Accelerator")
    vendor = dy.String(primary_key=True, description="Vendor")
    date = dy.Date(primary_key=True, description="Date of the price")
    term = choice(
        ["on_demand", "reserved_1_year", "reserved_3_years", "marketplace", "assumed_by_authors"],
        primary_key=True,
        description="Contract",
    )
    usd_per_hour = dy.Float64(min_exclusive=0, metadata=_unit("USD per accelerator-hour"), description="Price")
    source = dy.String(description="Source")


class PriceProxies(dy.Schema):
    """Accelerators with too few prices, and whose prices stand in."""

    accelerator = dy.String(primary_key=True, description="Accelerator with too few prices")
    proxy = dy.String(description="Accelerator whose prices are used")
    why = dy.String(description="Why this is a fair stand-in, and what it misses")
    date = dy.Date(description="When this was decided")
    source = dy.String(description="Source")


class CostEstimates(dy.Schema):
    """Published training-cost figures on a named basis."""

    model = dy.String(primary_key=True, description="Model")
    basis = choice(BASES, primary_key=True, description="Accounting basis")
    usd = dy.Float64(min_exclusive=0, metadata=_unit("USD"), description="Published value")
    is_lower_bound = dy.Bool(description="The source says at least")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="What it counts")


class Accelerators(dy.Schema):
    """Data-centre accelerators: dense peaks, memory, bandwidth, power."""

    accelerator = dy.String(primary_key=True, description="Accelerator")
    flops_16bit = dy.Float64(min_exclusive=0, metadata=_unit("FLOP per second"), description="Dense 16-bit peak")
    flops_8bit = dy.Float64(
        nullable=True, min_exclusive=0, metadata=_unit("FLOP per second"), description="Dense 8-bit peak"
    )
    memory_bytes = dy.Int64(min=1, metadata=_unit("bytes"), description="Memory")
    bandwidth_bytes_per_second = dy.Int64(min=1, metadata=_unit("bytes per second"), description="Of that memory")
    server_watts = dy.Float64(
        min_exclusive=0, metadata=_unit("watts"), description="Rated power of a server over its accelerators"
    )
    date = dy.Date(description="Date of launch or of the source")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="How the figure was read")


class Utilisations(dy.Schema):
    """Published shares of an accelerator's dense peak that training reached."""

    model = dy.String(primary_key=True, description="Model")
    setting = dy.String(primary_key=True, description="Which figure of the source")
    utilisation = dy.Float64(min_exclusive=0, max=1, description="Model FLOPs over the peak (MFU)")
    accelerator = dy.String(description="Accelerator")
    peak = choice(PRECISIONS, description="Which peak it is a share of")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source")


class HardwarePrices(dy.Schema):
    """Dated purchase prices of servers, per accelerator in them."""

    accelerator = dy.String(primary_key=True, description="Accelerator")
    vendor = dy.String(primary_key=True, description="Vendor")
    date = dy.Date(primary_key=True, description="Date of the price")
    unit = dy.String(description="What is sold")
    usd_per_accelerator = dy.Float64(
        min_exclusive=0, metadata=_unit("USD per accelerator"), description="Price over the accelerators in it"
    )
    source = dy.String(description="Source")


class Assumptions(dy.Schema):
    """Everything that cost accounting assumes, as a range."""

    assumption = dy.String(primary_key=True, description="Key")
    low = dy.Float64(min_exclusive=0, description="Low value")
    middle = dy.Float64(min_exclusive=0, description="Middle value")
    high = dy.Float64(min_exclusive=0, description="High value")
    unit = dy.String(description="Unit of the three")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source, or that it is an assumption of this report")
    why = dy.String(description="What it stands for")

    @dy.rule()
    def _in_order(cls) -> Any:  # noqa: N805
        return (cls.low.col <= cls.middle.col) & (cls.middle.col <= cls.high.col)


class CostItems(dy.Schema):
    """What a training programme spends on, and which accounting basis counts it."""

    order = dy.Int64(primary_key=True, description="Reading order")
    item = dy.String(unique=True, description="What is spent on")
    rental = dy.Bool(description="Counted by the rental of a final run")
    amortised = dy.Bool(description="Counted by amortised hardware and energy")
    all_in = dy.Bool(description="Counted by the all-in programme")
    why = dy.String(description="What is known of it")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source")


class ApiPrices(dy.Schema):
    """Dated list prices of makers' own APIs, standard tier, input not cached."""

    model = dy.String(primary_key=True, description="Repository id, or the maker's name of a closed model")
    label = dy.String(description="Name for figures")
    maker = dy.String(description="Who made it and sells it")
    weights = choice(WEIGHTS, description="Published or not")
    date = dy.Date(primary_key=True, description="First day on which the price is known")
    date_is = choice(
        ["announced", "documented", "observed"],
        description="Announced by the maker for that day; on a dated page; first seen in a public price list",
    )
    usd_per_million_input = dy.Float64(min_exclusive=0, metadata=_unit("USD per million tokens"), description="Input")
    usd_per_million_output = dy.Float64(min_exclusive=0, metadata=_unit("USD per million tokens"), description="Output")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="Conditions of the price")


class PeerPairs(dy.Schema):
    """Open models and the closed ones that they are set beside."""

    open = dy.String(primary_key=True, description="Repository id of the open model")
    closed = dy.String(primary_key=True, description="Closed model")
    why = dy.String(description="Why these two")
    date = dy.Date(description="When this was decided")
    source = dy.String(description="Source")


class ServingReports(dy.Schema):
    """What makers publish of serving their own models."""

    model = dy.String(primary_key=True, description="Repository id")
    accelerator = dy.String(description="Accelerator")
    accelerators = dy.Int64(min=1, description="In use on average")
    usd_per_hour = dy.Float64(
        min_exclusive=0, metadata=_unit("USD per accelerator-hour"), description="As its authors assume"
    )
    tokens_input = dy.Int64(metadata=_unit("tokens per day"), description="Input")
    tokens_input_cached = dy.Int64(metadata=_unit("tokens per day"), description="Input read from a cache")
    tokens_output = dy.Int64(metadata=_unit("tokens per day"), description="Output")
    output_tokens_per_second_and_accelerator = dy.Float64(
        metadata=_unit("tokens per second and accelerator"), description="While decoding"
    )
    input_tokens_per_second_and_accelerator = dy.Float64(
        metadata=_unit("tokens per second and accelerator"), description="While reading, cached input counted"
    )
    usd_per_day = dy.Float64(metadata=_unit("USD per day"), description="As its authors state it")
    date = dy.Date(primary_key=True, description="Date of the source")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="What it covers")


class Machines(dy.Schema):
    """Hardware that people run models on."""

    machine = dy.String(primary_key=True, description="Machine")
    kind = dy.String(description="consumer card, workstation, unified memory, main memory, server, server node")
    memory_bytes = dy.Int64(min=1, metadata=_unit("bytes"), description="Memory that holds weights")
    bandwidth_bytes_per_second = dy.Int64(min=1, metadata=_unit("bytes per second"), description="Of that memory")
    flops_16bit = dy.Int64(
        nullable=True,
        min=1,
        metadata=_unit("FLOP per second"),
        description="Dense, 16-bit weights, 32-bit sums; null where the maker states none",
    )
    accelerator = dy.String(nullable=True, description="Its accelerator, as rental prices name it")
    accelerators = dy.Int64(min=1, description="Accelerators in it")
    most = dy.Int64(min=1, description="Machines of this kind that a network for training joins; 1 for desks")
    date = dy.Date(description="Date of launch or of the source")
    source = dy.String(description="Source")


class MemoryRules(dy.Schema):
    """What running and training take in memory: assumptions, each with its source."""

    rule = dy.String(primary_key=True, description="Key")
    value = dy.Float64(min_exclusive=0, description="Value")
    unit = dy.String(description="Unit")
    statement = dy.String(description="What it says")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source")


class Benchmarks(dy.Schema):
    """Published benchmark scores."""

    benchmark = dy.String(primary_key=True, description="Benchmark")
    metric = dy.String(primary_key=True, description="Metric and unit")
    model = dy.String(primary_key=True, description="Model")
    value = dy.Float64(description="Score")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Primary source")


class PublishedCounts(dy.Schema):
    """Counts that others published, with their dates and definitions as far as stated."""

    subject = dy.String(primary_key=True, description="Whom or what the count is about")
    kind = dy.String(primary_key=True, description="What is counted")
    published = dy.Date(primary_key=True, description="Date of publication")
    publisher = dy.String(primary_key=True, description="Publisher")
    value = dy.Float64(description="Value")
    unit = dy.String(description="Unit")
    as_of = dy.Date(nullable=True, description="Date that the count is about, if stated")
    definition = dy.String(description="Definition as stated, or `not stated`")
    is_lower_bound = dy.Bool(description="The source says more than")
    source_kind = choice(["primary", "secondary"], description="Read at the source or through a copy")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="Note")


class Events(dy.Schema):
    """Dated facts that claims are checked against."""

    event = dy.String(primary_key=True, description="Key")
    date = dy.Date(description="Date of the event")
    statement = dy.String(description="What happened")
    source = dy.String(description="Primary source")
    cross_check = dy.String(nullable=True, description="Second source and whether it agrees")


class TimelineMarks(dy.Schema):
    """Which rows of the register the timeline shows, and where. The dates and numbers stay in those rows."""

    mark = dy.Int64(primary_key=True, description="Reading order")
    register = choice(TIMELINE_REGISTERS, description="Register table of the row")
    item = dy.String(description="Its event, model, or the subject of a count of derivatives")
    day = dy.Date(nullable=True, description="Its date, where the item alone does not tell")
    lane = dy.String(description="Lane of the figure")
    kind = choice(TIMELINE_KINDS, description="What it is")
    label = dy.String(nullable=True, description="Name in the figure; null: none. {input}, {output}, {value}: numbers")
    date = dy.Date(description="When this was chosen")
    source = dy.String(description="Who chose it")


class Languages(dy.Schema):
    """Two-letter language codes, as model cards use them."""

    language = dy.String(primary_key=True, description="Code of ISO 639-1")
    name = dy.String(description="Name in English")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


REGISTER: dict[str, type[dy.Schema]] = {
    "organisations": Organisations,
    "families": Families,
    "family_rules": FamilyRules,
    "architectures": Architectures,
    "releases": Releases,
    "distillations": Distillations,
    "tasks": Tasks,
    "configurations": Configurations,
    "repackagers": Repackagers,
    "formats": Formats,
    "mirrors": Mirrors,
    "renames": Renames,
    "snapshot_gaps": SnapshotGaps,
    "licences": Licences,
    "training_runs": TrainingRuns,
    "accelerator_prices": AcceleratorPrices,
    "price_proxies": PriceProxies,
    "cost_estimates": CostEstimates,
    "accelerators": Accelerators,
    "utilisations": Utilisations,
    "hardware_prices": HardwarePrices,
    "assumptions": Assumptions,
    "cost_items": CostItems,
    "api_prices": ApiPrices,
    "price_peers": PeerPairs,
    "serving_reports": ServingReports,
    "machines": Machines,
    "memory_rules": MemoryRules,
    "benchmarks": Benchmarks,
    "published_counts": PublishedCounts,
    "events": Events,
    "timeline": TimelineMarks,
    "languages": Languages,
}
"""Register tables by the name of their CSV file."""
