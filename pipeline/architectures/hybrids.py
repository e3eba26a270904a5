"""Families where some layers keep a state of fixed size instead of tokens.

Letters as in `blocks`; such layers add nothing to the cache per token.
"""

from pipeline.architectures.blocks import (
    FULL,
    LINEAR,
    gated,
    heads,
    latent,
    leading_dense,
    linear,
    plain,
    sparse_layers,
    start,
)
from pipeline.architectures.counts import Tally
from pipeline.architectures.reading import MOST_LAYERS, Config
from pipeline.base.errors import ArchitectureError


def qwen3_next(config: Config) -> Tally:
    """Qwen3-Next, Qwen3.5: gated delta layers, every fourth layer attends with a gate on its output.

    Gated delta, with a = key heads x their size, b = value heads m x their size w, kernel c:
    h(2a + 2b) + 2hm, convolution (2a + b)c, 2m + w, output bh. Attention: queries and their gate
    2hnd, keys and values 2hgd, output nd x h, norms 2d. Blocks as in Qwen3-MoE with one shared
    expert and its gate of h; a dense model has one block of f. MTP: one layer of attention and
    block, 2h x h and three norms, per layer announced.
    """
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    if config.has("layer_types"):
        types = config.pattern("layer_types", layers, (FULL, LINEAR))
        full = types.count(FULL)
    else:
        full = layers // config.count("full_attention_interval", default=4, most=MOST_LAYERS)
    bias = config.flag("attention_bias", False)
    group = heads(config, h, d=256)
    gate = group.n * group.d if config.flag("attn_output_gate", True) else 0
    attention = group.parameters(bias=bias, out_bias=bias, gate=gate) + bias * gate
    tally.add("attention", attention, full)
    tally.cache(full, group.cached, group.scores)
    tally.add("norms", 2 * group.d, full)
    keys = config.count("linear_num_key_heads") * config.count("linear_key_head_dim")
    m, width = config.count("linear_num_value_heads"), config.count("linear_value_head_dim")
    values, kernel = m * width, config.count("linear_conv_kernel_dim")
    delta = h * (2 * keys + 2 * values) + 2 * h * m + (2 * keys + values) * kernel + values * h
    tally.add("linear_attention", delta + 2 * m, layers - full)
    tally.add("norms", width, layers - full)
    state = m * width * config.count("linear_key_head_dim") + (2 * keys + values) * kernel
    tally.state_values = state * (layers - full)
    tally.add("norms", 2 * h, layers)
    ahead = config.maybe("mtp_num_hidden_layers", least=0) or 0
    block = _qwen_block(config, tally)
    tally.mtp = ahead * (attention + 2 * group.d + 2 * h + block) + bool(ahead) * (2 * h * h + 3 * h)
    if config.flag("mtp_use_dedicated_embeddings", False):
        raise ArchitectureError("mtp_use_dedicated_embeddings is not understood", where=config.where)
    return tally


def _qwen_block(config: Config, tally: Tally) -> int:
    """Blocks of all layers, with experts where the config has any; returns the parameters of one."""
    h, layers = tally.hidden_size, tally.layers
    experts = config.maybe("num_experts", "num_local_experts", least=0) or 0
    sparse = sparse_layers(config, layers) if experts else 0
    dense = gated(h, config.count("intermediate_size")) if sparse < layers else 0
    tally.add("dense_mlp", dense, layers - sparse)
    if not experts:
        return dense
    each = gated(h, config.count("moe_intermediate_size"))
    tally.route(sparse, each, experts, config.count("num_experts_per_tok"))
    width = config.maybe("shared_expert_intermediate_size", least=0) or 0
    shared = gated(h, width) + h if width else 0
    tally.add("shared_experts", shared, sparse)
    return experts * (each + h) + shared


def minimax(config: Config) -> Tally:
    """MiniMax-Text-01 and M1: lightning attention, some layers attend (`attn_type_list` 1); E experts.

    Lightning: queries, keys and values 3hnd, a gate hnd, output nd x h, a norm nd.
    """
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    group = heads(config, h)
    if config.has("attn_type_list"):
        full = config.pattern("attn_type_list", layers, (0, 1)).count(1)
    else:
        full = config.pattern("layer_types", layers, (FULL, LINEAR)).count(FULL)
    if config.count("shared_intermediate_size", default=0, least=0):
        raise ArchitectureError("shared_intermediate_size is not understood", where=config.where)
    tally.add("attention", group.parameters(), full)
    tally.cache(full, group.cached, group.scores)
    wide = group.n * group.d
    tally.add("linear_attention", 5 * h * wide, layers - full)
    tally.state_values = (layers - full) * group.n * group.d * group.d
    tally.add("norms", wide, layers - full)
    tally.add("norms", 2 * h, layers)
    each = gated(h, config.count("intermediate_size"))
    tally.route(layers, each, config.count("num_local_experts"), config.count("num_experts_per_tok"))
    return tally


def kimi_linear(config: Config) -> Tally:
    """Kimi-K3: Kimi delta layers (KDA), some layers attend through a latent (MLA), all with a gate; latent experts.

    KDA, m heads of size d, kernel c: queries, keys, values, gate and output 5hmd, decay hd + dmd,
    strength hm, convolutions 3mdc, md + d for the decay (its file stores d values of A_log) and a
    norm d. MLA: `blocks.latent`, and a gate h x nv. A block: leading dense ones of f; else E experts
    of width w in a latent space of l, reached by 2hl with a norm l, and s shared ones of hw. Residuals
    of earlier layers are mixed twice a layer and before the output: 2h each.
    """
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    _only(config, mla_use_output_gate=True, latent_moe_use_norm=True)
    delta = config.section("linear_attn_config")
    _only(delta, use_full_rank_gate=True)
    full = delta.numbers("full_attn_layers", layers)
    states = delta.numbers("kda_layers", layers)
    if sorted(full + states) != list(range(1, layers + 1)):
        raise ArchitectureError("full_attn_layers and kda_layers do not make up the layers", where=config.where)
    each, vectors, group = latent(config, h)
    tally.add("attention", each + h * group.v, len(full))
    tally.add("norms", vectors, len(full))
    width = config.count("qk_nope_head_dim", least=0) + config.count("qk_rope_head_dim", least=0)
    tally.cache(len(full), group.d, group.n * (width + config.count("v_head_dim")))
    m, d, kernel = delta.count("num_heads"), delta.count("head_dim"), delta.count("short_conv_kernel_size")
    mixer = 5 * h * m * d + h * d + d * m * d + h * m + 3 * m * d * kernel + m * d + d
    tally.add("linear_attention", mixer, len(states))
    tally.state_values = len(states) * (m * d * d + 3 * m * d * kernel)
    tally.add("norms", d, len(states))
    tally.add("norms", 2 * h, layers)
    config.count("attn_res_block_size")  # which earlier layers are mixed; the parameters are the same
    tally.add("residual_streams", 2 * h, 2 * layers + 1)
    _latent_experts(config, tally)
    tally.mtp = None if config.count("num_nextn_predict_layers", default=0, least=0) else 0
    return tally


def _latent_experts(config: Config, tally: Tally) -> None:
    """Kimi-K3's blocks: see `kimi_linear`."""
    h, layers = tally.hidden_size, tally.layers
    first = leading_dense(config, layers)
    tally.add("dense_mlp", gated(h, config.count("intermediate_size")) if first else 0, first)
    width, space = config.count("moe_intermediate_size"), config.count("routed_expert_hidden_size")
    experts = config.count("num_experts")
    tally.route(layers - first, gated(space, width), experts, config.count("num_experts_per_token"))
    shared = gated(h, width) * (config.maybe("num_shared_experts", least=0) or 0)
    tally.add("shared_experts", shared + plain(h, space), layers - first)
    tally.add("norms", space, layers - first)
    tally.correction_biases = (layers - first) * experts


def _only(config: Config, **switches: bool) -> None:
    """Raise ArchitectureError for a switch that is set otherwise; one that is absent counts as off."""
    for name, wanted in switches.items():
        if config.flag(name, False) != wanted:
            raise ArchitectureError(f"{name} other than {str(wanted).lower()} is not understood", where=config.where)


KINDS = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}
"""Letters of Nemotron-H's layer pattern."""

NEWER_KINDS = {LINEAR: "mamba", FULL: "attention"}
"""Words of newer files for the same layers."""


def nemotron_h(config: Config) -> Tally:
    """Nemotron-H and Nemotron 3: a layer is one Mamba-2 mixer, attention, a block 2hf, or experts; norm h each.

    Mamba-2 with i = heads m x their size, s the state, p groups, kernel c, and j = i + 2ps:
    input h(i + j + m), convolution jc + j, 3m, norm i, output ih. Experts: E plain ones of width w
    (2hw, or 2lw in a latent space of l, reached by 2hl), one shared block, correction biases.
    """
    kinds = _kinds(config)
    tally = _nemotron_start(config, len(kinds))
    h = tally.hidden_size
    bias, mlp_bias = config.flag("use_bias", False), config.flag("mlp_bias", False)
    tally.add("norms", h, len(kinds))
    times = kinds.count("mamba")
    if times:
        m = config.count("mamba_num_heads")
        inner, s = m * config.count("mamba_head_dim"), config.count("ssm_state_size")
        wide, kernel = inner + 2 * config.count("n_groups") * s, config.count("conv_kernel")
        mixer = linear(h, inner + wide + m, bias) + wide * kernel + linear(inner, h, bias) + 3 * m
        tally.add("state_space", mixer + wide * config.flag("use_conv_bias", True), times)
        tally.add("norms", inner, times)
        tally.state_values = times * (inner * s + wide * kernel)
    times = kinds.count("attention")
    attention = 0
    if times:
        group = heads(config, h)
        if config.flag("attention_bias", False):
            raise ArchitectureError("attention_bias is not understood", where=config.where)
        attention = group.parameters()
        tally.add("attention", attention, times)
        tally.cache(times, group.cached, group.scores)
    times = kinds.count("mlp")
    if times:
        tally.add("dense_mlp", plain(h, config.count("intermediate_size"), mlp_bias), times)
    block = _nemotron_experts(config, tally, kinds.count("moe"), mlp_bias)
    ahead = config.count("num_nextn_predict_layers", default=0, least=0, most=MOST_LAYERS)
    tally.mtp = 0
    if ahead:
        known = config.has("mtp_layers_block_type") and _words(config, "mtp_layers_block_type", 2) == [
            "attention",
            "moe",
        ]
        tally.mtp = ahead * (attention + block + 2 * h + 2 * h * h + 3 * h) if known else None
    return tally


def _kinds(config: Config) -> list[str]:
    """What each layer is, from the pattern of letters or the list of words."""
    if config.has("layers_block_type"):
        listed = config.maybe("num_hidden_layers", most=MOST_LAYERS) or config.entries("layers_block_type")
        return _words(config, "layers_block_type", listed)
    layers = config.count("num_hidden_layers", most=MOST_LAYERS)
    return [KINDS[letter] for letter in config.pattern("hybrid_override_pattern", layers, tuple(KINDS))]


def _words(config: Config, name: str, layers: int) -> list[str]:
    words: list[str] = config.pattern(name, layers, (*KINDS.values(), *NEWER_KINDS))
    return [NEWER_KINDS.get(word, word) for word in words]


def _nemotron_start(config: Config, layers: int) -> Tally:
    h, vocab = config.count("hidden_size"), config.count("vocab_size")
    tally = Tally(layers, h, vocab, config.flag("tie_word_embeddings", False), config.where)
    tally.add("embedding_input", vocab * h)
    tally.add("embedding_output", 0 if tally.tied_embeddings else vocab * h)
    tally.add("norms", h)
    return tally


def _nemotron_experts(config: Config, tally: Tally, layers: int, bias: bool) -> int:
    """Experts of so many layers; returns the parameters of one layer, 0 without experts."""
    if not layers:
        return 0
    h, width = tally.hidden_size, config.count("moe_intermediate_size")
    latent = config.maybe("moe_latent_size")
    each = plain(latent or h, width)
    experts = config.count("n_routed_experts")
    tally.route(layers, each, experts, config.count("num_experts_per_tok"))
    shared = config.count("moe_shared_expert_intermediate_size") * config.count("n_shared_experts", default=1, least=0)
    block = (plain(h, shared, bias) if shared else 0) + (plain(h, latent, bias) if latent else 0)
    tally.add("shared_experts", block, layers)
    tally.correction_biases = layers * experts
    return block + experts * (each + h)


def jamba(config: Config) -> Tally:
    """Jamba: Mamba layers, every `attn_layer_period`-th attends, every `expert_layer_period`-th has experts.

    Mamba with i = `mamba_expand` h, state s, rank r, kernel c: input 2hi, convolution ic + i,
    i(r + 2s), ri + i, states is + i, output ih, norms r + 2s. Two norms a layer.
    """
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    group = heads(config, h)
    every = config.count("attn_layer_period", most=MOST_LAYERS)
    offset = config.count("attn_layer_offset", least=0)
    full = sum(place % every == offset for place in range(layers))
    tally.add("attention", group.parameters(), full)
    tally.cache(full, group.cached, group.scores)
    inner, s = config.count("mamba_expand") * h, config.count("mamba_d_state")
    rank, kernel = -(-h // 16), config.count("mamba_d_conv")
    if config.has("mamba_dt_rank") and config.is_number("mamba_dt_rank"):
        rank = config.count("mamba_dt_rank")
    ends = config.flag("mamba_proj_bias", False)
    mixer = linear(h, 2 * inner, ends) + inner * kernel + inner * (rank + 2 * s) + linear(rank, inner, bias=True)
    mixer += inner * config.flag("mamba_conv_bias", True) + inner * s + inner + linear(inner, h, ends)
    tally.add("state_space", mixer, layers - full)
    tally.add("norms", rank + 2 * s, layers - full)
    tally.state_values = (layers - full) * inner * (s + kernel)
    experts = config.count("num_experts", default=1)
    period = config.count("expert_layer_period", most=MOST_LAYERS)
    shift = config.count("expert_layer_offset", least=0)
    sparse = sum(place % period == shift for place in range(layers)) if experts > 1 else 0
    each = gated(h, config.count("intermediate_size"))
    tally.add("dense_mlp", each, layers - sparse)
    per_token = config.count("num_experts_per_tok", default=1)
    tally.route(sparse, each, experts, per_token)
    tally.add("norms", 2 * h, layers)
    return tally
