"""Tables of `data/raw` and `data/core`: what was read, and what every count stands on."""

from datetime import datetime

import dataframely as dy

from pipeline.schemas.words import MODALITIES, RELATIONS, choice, unit_of

HUB_FLOOR = datetime(2022, 3, 2)
"""The Hub dates everything older to this day, so that no repository was created before it."""

FIRST_COMMIT = datetime(2019, 1, 1)
"""The Hub keeps models since 2019; their last commits keep their own dates."""

MOST_COUNTED = 100_000_000_000
"""No counter of the Hub comes near it (all-time downloads reach some billions), and the sum of ten million fits."""

MOST_ELEMENTS = 100_000_000_000_000
"""Elements in one repository's files: the largest of the embedded sample has a twentieth."""

MOST_OF_A_SHAPE = 1_000_000_000
"""Layers, widths, heads, experts and words of a vocabulary."""


def _shape() -> dy.Int64:
    return dy.Int64(nullable=True, min=0, max=MOST_OF_A_SHAPE)


class RawModels(dy.Schema):
    """One row per Hub repository, in the columns of the dataset hub-stats that the report needs.

    A value outside of these bounds, or dated after the snapshot, becomes null when a snapshot is read
    (`pipeline.snapshot.source`).
    """

    id = dy.String(primary_key=True, description="Repository id, `namespace/name`")
    author = dy.String(nullable=True, description="Namespace that owns the repository")
    createdAt = dy.Datetime(
        nullable=True, time_unit="us", min=HUB_FLOOR, description="Creation of the repository (UTC)"
    )
    lastModified = dy.Datetime(nullable=True, time_unit="us", min=FIRST_COMMIT, description="Last commit (UTC)")
    downloads = dy.Int64(
        nullable=True,
        min=0,
        max=MOST_COUNTED,
        metadata=unit_of("downloads in 30 days"),
        description="The Hub's counter",
    )
    downloadsAllTime = dy.Int64(
        nullable=True, min=0, max=MOST_COUNTED, metadata=unit_of("downloads"), description="Since the count began"
    )
    likes = dy.Int64(
        nullable=True, min=0, max=MOST_COUNTED, metadata=unit_of("likes"), description="Likes on the snapshot's day"
    )
    tags = dy.List(dy.String(), nullable=True, description="Tags, with `base_model:` and `license:` among them")
    pipeline_tag = dy.String(nullable=True, description="Task as the Hub labels it")
    library_name = dy.String(nullable=True, description="Library as the Hub labels it")
    safetensors = dy.Struct(
        {"total": dy.Int64(nullable=True, min=0, max=MOST_ELEMENTS)},
        nullable=True,
        description="Elements stored in safetensors files",
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
            "num_hidden_layers": _shape(),
            "hidden_size": _shape(),
            "num_attention_heads": _shape(),
            "num_key_value_heads": _shape(),
            "intermediate_size": _shape(),
            "vocab_size": _shape(),
            "num_experts": _shape(),
            "num_experts_per_tok": _shape(),
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
        nullable=True, metadata=unit_of("repositories"), description="Models that name it as base, by the Hub's count"
    )
    parameters_stored = dy.Int64(
        nullable=True, metadata=unit_of("elements"), description="Elements in its safetensors files"
    )
    config = dy.String(nullable=True, description="Its config.json at that revision as JSON text; never evaluated")
    missing = dy.String(nullable=True, description="What the Hub did not give, and why")


class RawOrganisations(dy.Schema):
    """What the Hub tells of the owners of registered namespaces; empty unless asked for."""

    namespace = dy.String(primary_key=True, description="Namespace")
    asked = dy.Date(description="The Hub's day when it was asked")
    followers = dy.Int64(nullable=True, metadata=unit_of("followers"), description="Followers of the organisation")
    models = dy.Int64(nullable=True, metadata=unit_of("repositories"), description="Its models, by the Hub's count")
    missing = dy.String(nullable=True, description="Why the Hub told nothing")


class Conversions(dy.Schema):
    """Candidate sources of conversions that the embedded sample's makers found by repository name."""

    conversion = dy.String(primary_key=True, description="Repository of the conversion")
    source = dy.String(primary_key=True, description="Model whose name it bears")


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
        nullable=True, metadata=unit_of("elements"), description="Elements in safetensors; packed formats count less"
    )
    layers = dy.Int64(nullable=True, description="Hidden layers (config)")
    hidden_size = dy.Int64(nullable=True, description="Width of the residual stream (config)")
    intermediate_size = dy.Int64(nullable=True, description="Width of the feed-forward block or expert (config)")
    vocab_size = dy.Int64(nullable=True, description="Vocabulary (config)")
    experts = dy.Int64(nullable=True, description="Routed experts per layer (config)")
    experts_per_token = dy.Int64(nullable=True, description="Routed experts per token (config)")
    created_month = dy.Date(nullable=True, description="First day of the month of creation; null if unknown")
    downloads = dy.Int64(nullable=True, metadata=unit_of("downloads in 30 days"), description="The Hub's counter")
    downloads_all_time = dy.Int64(nullable=True, metadata=unit_of("downloads"), description="Since the count began")
    likes = dy.Int64(nullable=True, metadata=unit_of("likes"), description="Likes")
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


class Relations(dy.Schema):
    """Declared derivatives by relation, counted from tags; what other declarations add stands apart."""

    relation = dy.String(primary_key=True, description="Relation as tagged")
    models = dy.Int64(description="Models that declare at least one parent by this relation")
    links = dy.Int64(description="Parent links, self-references included")
    self_links = dy.Int64(description="Models that name themselves")
    models_corrected = dy.Int64(description="Models by relation re-inferred from formats")
    models_untagged = dy.Int64(description="Models without a base_model tag whose baseModels or card name a parent")
    links_untagged = dy.Int64(description="Parent links of those models, self-references included")


class InferenceRules(dy.Schema):
    """What each rule of inference gave."""

    rule = dy.String(primary_key=True, description="Rule")
    candidates = dy.Int64(description="Candidate pairs that the rule saw")
    edges = dy.Int64(description="Edges kept")
    why_dropped = dy.String(description="Why the others were left out")
