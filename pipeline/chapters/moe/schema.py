"""MoE models: parameters, memory, machines; the tables of the calculator."""

from typing import Any

import dataframely as dy

from pipeline.base.vocabulary import APART, PARTS, PLACES, USES, choice, unit_of


class Moe(dy.Schema):
    """Total and activated parameters of registered releases."""

    model = dy.String(primary_key=True, description="Repository id")
    organisation = dy.String(nullable=True, description="Organisation")
    family = dy.String(nullable=True, description="Family")
    released = dy.Date(nullable=True, description="Date of release")
    mixture = choice(["dense", "moe"], description="Dense or mixture of experts")
    parameters_total = dy.Int64(nullable=True, metadata=unit_of("parameters"), description="All parts, without MTP")
    parameters_text = dy.Int64(nullable=True, metadata=unit_of("parameters"), description="The language model alone")
    parameters_active = dy.Int64(
        nullable=True, metadata=unit_of("parameters per token"), description="Activated, both embeddings counted"
    )
    parameters_active_without_input_embedding = dy.Int64(
        nullable=True, metadata=unit_of("parameters per token"), description="Activated, the input table left out"
    )
    parameters_active_without_embeddings = dy.Int64(
        nullable=True, metadata=unit_of("parameters per token"), description="Activated, both tables left out"
    )
    parameters_active_published = dy.Int64(
        nullable=True, metadata=unit_of("parameters per token"), description="As the vendor states it"
    )
    experts = dy.Int64(nullable=True, description="Routed experts per layer")
    experts_per_token = dy.Int64(nullable=True, description="Routed experts per token")
    cache_bytes_per_token = dy.Int64(
        nullable=True,
        metadata=unit_of("bytes"),
        description="What each token adds to the cache at full attention, indexers included",
    )
    cache_bytes_8k = dy.Int64(
        nullable=True, metadata=unit_of("bytes"), description="Cache of one sequence at 8,192 tokens, all parts"
    )
    cache_bytes_32k = dy.Int64(
        nullable=True, metadata=unit_of("bytes"), description="Cache of one sequence at 32,768 tokens, all parts"
    )
    cache_bytes_128k = dy.Int64(
        nullable=True, metadata=unit_of("bytes"), description="Cache of one sequence at 131,072 tokens, all parts"
    )
    kv_bytes_128k = dy.Int64(
        nullable=True, metadata=unit_of("bytes"), description="Of it, keys and values, 2 bytes a value"
    )
    indexer_bytes_128k = dy.Int64(
        nullable=True, metadata=unit_of("bytes"), description="Of it, what indexers keep, 2 bytes a value"
    )
    state_bytes = dy.Int64(
        nullable=True,
        metadata=unit_of("bytes"),
        description="Of it, states of linear and Mamba layers, 4 bytes a value, at any length",
    )
    layers = dy.Int64(nullable=True, description="Hidden layers")
    hidden_size = dy.Int64(nullable=True, description="Width of the residual stream")
    flops_per_token = dy.Int64(
        nullable=True, metadata=unit_of("FLOP per token"), description="Twice the parameters at work, without context"
    )
    flops_per_token_8k = dy.Int64(
        nullable=True, metadata=unit_of("FLOP per token"), description="With attention to 8,192 tokens"
    )
    flops_per_token_32k = dy.Int64(
        nullable=True, metadata=unit_of("FLOP per token"), description="With attention to 32,768 tokens"
    )
    flops_per_token_128k = dy.Int64(
        nullable=True, metadata=unit_of("FLOP per token"), description="With attention to 131,072 tokens"
    )
    weights_bytes_16bit = dy.Int64(nullable=True, metadata=unit_of("bytes"), description="Weights at 16 bits")
    weights_bytes_8bit = dy.Int64(nullable=True, metadata=unit_of("bytes"), description="Weights at 8 bits")
    weights_bytes_4bit = dy.Int64(nullable=True, metadata=unit_of("bytes"), description="Weights at 4 bits")
    count_method = choice(["config", "safetensors", "published"], description="Where the total is from")
    source = dy.String(description="Primary source of the row")

    @dy.rule()
    def _parts_make_the_cache(cls) -> Any:  # noqa: N805
        parts = cls.kv_bytes_128k.col + cls.indexer_bytes_128k.col + cls.state_bytes.col
        return cls.cache_bytes_128k.col.eq_missing(parts)


class MoeParts(dy.Schema):
    """What a model consists of: parameters by part."""

    model = dy.String(primary_key=True, description="Repository id")
    part = choice((*PARTS, *APART), primary_key=True, description="Part")
    order = dy.Int64(description="Place of the part in a list of all")
    parameters = dy.Int64(
        nullable=True, metadata=unit_of("parameters"), description="Parameters; null where the part is not understood"
    )
    in_total = dy.Bool(description="The part is in the total; MTP layers and correction biases are not")


class MoeChecks(dy.Schema):
    """Published, stored and computed totals side by side."""

    model = dy.String(primary_key=True, description="Repository id")
    published = dy.Int64(nullable=True, metadata=unit_of("parameters"), description="As the vendor states it")
    stored = dy.Int64(nullable=True, metadata=unit_of("elements"), description="Elements in its safetensors files")
    computed = dy.Int64(
        nullable=True,
        metadata=unit_of("parameters"),
        description="From the config; null where a tower is not described",
    )
    text = dy.Int64(metadata=unit_of("parameters"), description="The language model, from the config")
    mtp = dy.Int64(
        nullable=True,
        metadata=unit_of("parameters"),
        description="MTP layers, not in the total; null if not understood",
    )
    correction_biases = dy.Int64(metadata=unit_of("values"), description="Routers' correction biases, not in the total")
    published_difference = dy.Float64(
        nullable=True, description="Computed over published, less one; the language model where no total is computed"
    )
    stored_difference = dy.Int64(nullable=True, metadata=unit_of("elements"), description="Stored less computed")
    unexplained = dy.Int64(
        nullable=True,
        metadata=unit_of("elements"),
        description="What MTP layers and correction biases do not explain: scales, copies of tables, towers",
    )
    source = dy.String(description="Source of the configuration")
    stored_source = dy.String(nullable=True, description="Source of the stored elements")


class MoeMemory(dy.Schema):
    """Memory that a model takes, by precision and context, and what a token costs there."""

    model = dy.String(primary_key=True, description="Repository id")
    bits = dy.Int64(primary_key=True, metadata=unit_of("bits"), description="Bits per weight")
    context = dy.Int64(primary_key=True, metadata=unit_of("tokens"), description="Tokens of context, one sequence")
    weights_bytes = dy.Int64(metadata=unit_of("bytes"), description="Weights")
    cache_bytes = dy.Int64(metadata=unit_of("bytes"), description="Cache of one sequence, all parts")
    kv_bytes = dy.Int64(metadata=unit_of("bytes"), description="Of it, keys and values")
    indexer_bytes = dy.Int64(metadata=unit_of("bytes"), description="Of it, what indexers keep")
    state_bytes = dy.Int64(metadata=unit_of("bytes"), description="Of it, states of fixed size")
    total_bytes = dy.Int64(metadata=unit_of("bytes"), description="Weights and cache")
    read_bytes = dy.Int64(
        metadata=unit_of("bytes per token"), description="Activated weights and cache, read per token"
    )
    flops_per_token = dy.Int64(metadata=unit_of("FLOP per token"), description="Arithmetic of one token")

    @dy.rule()
    def _parts_make_the_cache(cls) -> Any:  # noqa: N805
        return cls.cache_bytes.col == cls.kv_bytes.col + cls.indexer_bytes.col + cls.state_bytes.col


class MoeMachines(dy.Schema):
    """What each machine can do with each model: how many are needed, and how fast at most."""

    model = dy.String(primary_key=True, description="Repository id")
    use = choice(USES, primary_key=True, description="Run at a precision, or fine-tune")
    machine = dy.String(primary_key=True, description="Machine")
    kind = dy.String(description="Kind of machine")
    at_desk = dy.Bool(description="Stands at a desk")
    needed_bytes = dy.Int64(metadata=unit_of("bytes"), description="Memory that the use takes")
    usable_bytes = dy.Int64(metadata=unit_of("bytes"), description="Memory of one machine that is usable")
    machines = dy.Int64(nullable=True, description="How many are needed; null where they cannot do it")
    tokens_per_second_bound = dy.Float64(
        nullable=True,
        metadata=unit_of("tokens per second"),
        description="Bandwidth over bytes read per token, for one sequence; running only",
    )
    is_smallest = dy.Bool(description="The least memory among machines that do it")
    is_smallest_at_desk = dy.Bool(description="The least memory among machines at a desk that do it")


class MoeShare(dy.Schema):
    """Share of MoE models by period and population: the table of a figure."""

    population = choice(
        ["flagship releases", "repositories", "downloads"],
        primary_key=True,
        description="What the share is of",
    )
    period = dy.Date(primary_key=True, description="First day of the quarter; of the half-year for flagship releases")
    moe = dy.Int64(description="MoE models (downloads: of MoE models)")
    dense = dy.Int64(description="Dense (downloads: of dense models)")
    unknown = dy.Int64(description="Neither tag nor experts tell")
    share = dy.Float64(nullable=True, description="moe over moe plus dense; null where there are none")
    share_low = dy.Float64(nullable=True, min=0, max=1, description="The share of all if every unknown one is dense")
    share_high = dy.Float64(
        nullable=True, min=0, max=1, description="The share of all if every unknown one is a mixture"
    )
    is_partial = dy.Bool(description="The snapshot ends in this period")


class MoeFlagships(dy.Schema):
    """Flagship releases: the largest language model of each maker in each half-year."""

    model = dy.String(unique=True, description="Repository id")
    organisation = dy.String(primary_key=True, description="Maker")
    half_year = dy.Date(primary_key=True, description="First day of the half-year")
    released = dy.Date(description="Date of release")
    mixture = choice(["dense", "moe"], description="Dense or mixture of experts")
    parameters = dy.Int64(
        min=1, metadata=unit_of("parameters"), description="Stored elements, or as stated: by these it is the largest"
    )
    parameters_active = dy.Int64(
        nullable=True,
        metadata=unit_of("parameters per token"),
        description="Activated, both embeddings counted; null where its configuration is not counted",
    )


class MoeReach(dy.Schema):
    """How many releases the least demanding place that can do a use is enough for: the table of a figure."""

    mixture = choice(["dense", "moe"], primary_key=True, description="Dense or mixture of experts")
    use = choice(USES, primary_key=True, description="Run at a precision, or fine-tune")
    place = choice(PLACES, primary_key=True, description="The first of the places that does it")
    releases = dy.Int64(description="Releases with a counted configuration")


class MoeShareMonthly(dy.Schema):
    """Share of MoE models by month of creation."""

    population = choice(["repositories", "downloads"], primary_key=True, description="What the share is of")
    period = dy.Date(primary_key=True, description="First day of the month")
    moe = dy.Int64(description="MoE models (downloads: of MoE models)")
    dense = dy.Int64(description="Dense (downloads: of dense models)")
    unknown = dy.Int64(description="Neither tag nor experts tell")
    share = dy.Float64(nullable=True, description="moe over moe plus dense; null where there are none")
    share_low = dy.Float64(nullable=True, min=0, max=1, description="The share of all if every unknown one is dense")
    share_high = dy.Float64(
        nullable=True, min=0, max=1, description="The share of all if every unknown one is a mixture"
    )
    is_partial = dy.Bool(description="The snapshot ends in this month")


class MoeShareCountry(dy.Schema):
    """Share of MoE models by country, over twelve months."""

    population = choice(
        ["flagship releases", "repositories", "downloads"], primary_key=True, description="What the share is of"
    )
    country = dy.String(primary_key=True, description="Country of the organisation")
    moe = dy.Int64(description="MoE models (downloads: of MoE models)")
    dense = dy.Int64(description="Dense (downloads: of dense models)")
    unknown = dy.Int64(description="Neither tag nor experts tell")
    share = dy.Float64(nullable=True, description="moe over moe plus dense; null where there are none")
    share_low = dy.Float64(nullable=True, min=0, max=1, description="The share of all if every unknown one is dense")
    share_high = dy.Float64(
        nullable=True, min=0, max=1, description="The share of all if every unknown one is a mixture"
    )
    until = dy.Date(description="Newest date of the country within the twelve months")


class MoeSparsity(dy.Schema):
    """How sparse dated MoE models are: the table of a figure."""

    model = dy.String(primary_key=True, description="Repository id")
    family = dy.String(nullable=True, description="Family")
    country = dy.String(nullable=True, description="Country of the organisation")
    released = dy.Date(description="Date of release")
    parameters_text = dy.Int64(metadata=unit_of("parameters"), description="The language model alone")
    parameters_active = dy.Int64(metadata=unit_of("parameters per token"), description="Activated, embeddings in")
    experts = dy.Int64(description="Routed experts per layer")
    experts_per_token = dy.Int64(description="Routed experts per token")
    experts_share = dy.Float64(description="Experts per token over experts")
    active_share = dy.Float64(description="Activated parameters over those of the language model")
