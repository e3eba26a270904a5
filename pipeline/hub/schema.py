"""Tables of `data/core`, which every count stands on, and what was met on the way to them."""

import dataframely as dy

from pipeline.base.vocabulary import MODALITIES, RELATIONS, choice, unit_of


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
    series_node = dy.UInt32(
        nullable=True, description="Row in lineage of the first repository of the child's series on this parent"
    )


class Lineage(dy.Schema):
    """One row per model of the declared graph, ghosts included."""

    id = dy.String(primary_key=True, description="Repository id")
    depth = dy.Int64(description="Longest path to a root, cycles condensed")
    n_parents = dy.Int64(description="Distinct parents, itself left out")
    n_ancestors = dy.Int64(description="Distinct ancestors, itself left out")
    n_children = dy.Int64(description="Distinct children, itself left out")
    n_descendants = dy.Int64(description="Distinct descendants, itself left out")
    in_snapshot = dy.Bool(description="False for a ghost: named as parent, absent from the snapshot")
    root_nodes = dy.List(dy.UInt32(), description="Ancestors without parents, as rows of this table; itself for a root")


class LineageChecks(dy.Schema):
    """What was met on the way to the core tables, in counts."""

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
