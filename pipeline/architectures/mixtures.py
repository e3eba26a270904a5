"""Families of routed experts whose layers all attend to tokens.

Letters as in `blocks`. Every function counts per layer attention, E routed experts and their router
hE, shared experts, dense blocks where a layer has no experts, and norms. A router's correction
bias (E a layer) balances the load and is counted apart.
"""

from pipeline.architectures.blocks import (
    FULL,
    SLIDING,
    Heads,
    attend,
    attend_grouped,
    gated,
    heads,
    leading_dense,
    linear,
    sliding_layers,
    sparse_layers,
    start,
    window,
)
from pipeline.architectures.counts import Cache, Tally
from pipeline.architectures.reading import MOST_LAYERS, Config
from pipeline.base.errors import ArchitectureError

EXPERTS = ("num_local_experts", "num_experts")
"""Names of E in configs; newer files of one model may use the other."""


def mixtral(config: Config) -> Tally:
    """Mixtral: Mistral's attention; E gated experts of width f in every layer: 3hfE + hE."""
    tally = start(config)
    group = heads(config, tally.hidden_size)
    slides = tally.layers if config.has("sliding_window") else 0
    attend(tally, group, group.parameters(), slides, window(config, slides))
    _all_experts(config, tally, config.count("intermediate_size"))
    tally.add("norms", 2 * tally.hidden_size, tally.layers)
    return tally


def phimoe(config: Config) -> Tally:
    """Phi-3.5-MoE: Mixtral with biases on attention, on the output table, and norms with a shift."""
    tally = start(config, norm=2, head_bias=config.flag("lm_head_bias", False))
    attend_grouped(config, tally, tally.layers if config.has("sliding_window") else 0)
    _all_experts(config, tally, config.count("intermediate_size"))
    tally.add("norms", 4 * tally.hidden_size, tally.layers)
    return tally


def granitemoe(config: Config) -> Tally:
    """Granite MoE: Llama's attention, E gated experts of width f."""
    tally = start(config)
    attend_grouped(config, tally)
    _all_experts(config, tally, config.count("intermediate_size"))
    tally.add("norms", 2 * tally.hidden_size, tally.layers)
    return tally


def olmoe(config: Config) -> Tally:
    """OLMoE: queries and keys normalised together, (n + g)d a layer; E gated experts of width f."""
    tally = start(config)
    group = attend_grouped(config, tally)
    _all_experts(config, tally, config.count("intermediate_size"))
    tally.add("norms", 2 * tally.hidden_size + (group.n + group.g) * group.d, tally.layers)
    return tally


def dbrx(config: Config) -> Tally:
    """DBRX: sizes under names of its own; queries, keys and values in one matrix; E gated experts."""
    attention, block = config.section("attn_config"), config.section("ffn_config")
    h, layers = config.count("d_model"), config.count("n_layers", most=MOST_LAYERS)
    vocab, n = config.count("vocab_size"), config.count("n_heads")
    tally = Tally(layers, h, vocab, config.flag("tie_word_embeddings", False), config.where)
    tally.add("embedding_input", vocab * h)
    tally.add("embedding_output", 0 if tally.tied_embeddings else vocab * h)
    if h % n:
        raise ArchitectureError(f"d_model {h} does not divide by {n} heads", where=config.where)
    group = Heads(h, n, attention.count("kv_n_heads"), h // n, h // n)
    attend(tally, group, group.parameters())
    expert = gated(h, block.count("ffn_hidden_size"))
    tally.route(layers, expert, block.count("moe_num_experts"), block.count("moe_top_k"))
    tally.add("norms", h + 2 * h * layers)
    return tally


def qwen2_moe(config: Config) -> Tally:
    """Qwen1.5-MoE and Qwen2-57B: Qwen2's attention; experts, one shared block and its gate of h."""
    tally = start(config)
    group = heads(config, tally.hidden_size)
    slides = sliding_layers(config, tally.layers)
    if config.flag("use_sliding_window", False) and not config.has("layer_types"):
        slides = max(0, tally.layers - config.count("max_window_layers", default=0, least=0))
    attend(tally, group, group.parameters(bias=config.flag("qkv_bias", True)), slides, window(config, slides))
    _qwen_blocks(config, tally, shared=True)
    tally.add("norms", 2 * tally.hidden_size, tally.layers)
    return tally


def qwen3_moe(config: Config) -> Tally:
    """Qwen3-MoE: Qwen3's attention with its norms per head; experts without a shared block."""
    tally = start(config)
    slides = sliding_layers(config, tally.layers, tally.layers if config.flag("use_sliding_window", False) else 0)
    group = attend_grouped(config, tally, slides)
    _qwen_blocks(config, tally, shared=False)
    tally.add("norms", 2 * tally.hidden_size + 2 * group.d, tally.layers)
    return tally


def _qwen_blocks(config: Config, tally: Tally, *, shared: bool) -> None:
    """Blocks in Qwen's convention: sparse layers with experts, and dense ones of width f."""
    h, sparse = tally.hidden_size, sparse_layers(config, tally.layers)
    if sparse < tally.layers:
        tally.add("dense_mlp", gated(h, config.count("intermediate_size")), tally.layers - sparse)
    each = gated(h, config.count("moe_intermediate_size"))
    tally.route(sparse, each, config.count(*EXPERTS), config.count("num_experts_per_tok"))
    width = config.maybe("shared_expert_intermediate_size", least=0) or 0
    if width and not shared:
        raise ArchitectureError("shared_expert_intermediate_size is not understood here", where=config.where)
    if width:
        tally.add("shared_experts", gated(h, width) + h, sparse)


def gpt_oss(config: Config) -> Tally:
    """gpt-oss: biases everywhere, a sink per head; every second layer slides.

    Attention 2hnd + 2hgd + nd + 2gd + h, n sinks; an expert 3hf + 2f + h; router hE + E.
    """
    tally = start(config)
    h = tally.hidden_size
    bias = config.flag("attention_bias", True)
    group = heads(config, h)
    slides = sliding_layers(config, tally.layers, (tally.layers + 1) // 2)
    attend(tally, group, group.parameters(bias=bias, out_bias=bias), slides, window(config, slides))
    experts = config.count(*EXPERTS)
    per_token = config.count("num_experts_per_tok", "experts_per_token")
    each = gated(h, config.count("intermediate_size"), bias=True)
    tally.route(tally.layers, each, experts, per_token, router=linear(h, experts, bias=True))
    tally.add("norms", 2 * h + group.n, tally.layers)
    return tally


def minimax_m2(config: Config) -> Tally:
    """MiniMax-M2: queries and keys normalised together, (n + g)d; experts of width f, no shared one.

    MTP modules are announced, and their shape is not published with the config.
    """
    tally = start(config)
    h = tally.hidden_size
    group = heads(config, h)
    attend(tally, group, group.parameters())
    kind = config.text("qk_norm_type") if config.has("qk_norm_type") else "per_layer"
    if kind != "per_layer":
        raise ArchitectureError(f"qk_norm_type {kind} is not understood", where=config.where)
    normed = (group.n + group.g) * group.d if config.flag("use_qk_norm", True) else 0
    tally.add("norms", 2 * h + normed, tally.layers)
    _all_experts(config, tally, config.count("intermediate_size"))
    tally.correction_biases = tally.layers * (tally.experts or 0) if config.flag("use_routing_bias", True) else 0
    tally.mtp = None if config.flag("use_mtp", False) else 0
    return tally


def minimax_m3(config: Config) -> Tally:
    """MiniMax-M3: grouped heads with norms per head 2d; leading dense layers, E experts and one shared; an indexer.

    A sparse layer reads blocks of tokens that an indexer of m heads of size s chooses: q hms, keys hs,
    norms 2s; it keeps s values a token. Files announce MTP layers and hold none.
    """
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    group = heads(config, h)
    kind = config.text("qk_norm_type") if config.has("qk_norm_type") else "per_head"
    if kind != "per_head":
        raise ArchitectureError(f"qk_norm_type {kind} is not understood", where=config.where)
    tally.add("attention", group.parameters(), layers)
    tally.add("norms", 2 * h + (2 * group.d if config.flag("use_qk_norm", True) else 0), layers)
    _block_sparse(config, tally, group)
    sparse = config.pattern("moe_layer_freq", layers, (0, 1)).count(1)
    if sparse < layers:
        tally.add("dense_mlp", gated(h, config.count("dense_intermediate_size")), layers - sparse)
    experts = config.count(*EXPERTS)
    each = gated(h, config.count("intermediate_size"))
    tally.route(sparse, each, experts, config.count("num_experts_per_tok"))
    shared = config.count("n_shared_experts", default=1, least=0)
    tally.add("shared_experts", shared * gated(h, config.count("shared_intermediate_size")), sparse)
    tally.correction_biases = sparse * experts
    return tally


def _block_sparse(config: Config, tally: Tally, group: Heads) -> None:
    """What MiniMax-M3 caches: layers that read every token, and layers that read chosen blocks."""
    index = config.section("sparse_attention_config")
    sparse = index.pattern("sparse_attention_freq", tally.layers, (0, 1)).count(1)
    heads_of_index, size = index.count("sparse_num_index_heads"), index.count("sparse_index_dim")
    read = index.count("sparse_topk_blocks") * index.count("sparse_block_size")
    tally.add("indexer", tally.hidden_size * size * (heads_of_index + 1) + 2 * size, sparse)
    tally.cache(tally.layers - sparse, group.cached, group.scores)
    if sparse:
        tally.caches.append(Cache(sparse, group.cached, group.scores, reads=read))
        tally.indexer_caches.append(Cache(sparse, size, heads_of_index * size))


def llama4(config: Config) -> Tally:
    """Llama 4: every k-th layer has E experts of width f and one shared expert, the others a block f'.

    Three of four layers attend within chunks, taken as windows; norms of queries have no weights.
    """
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    bias = config.flag("attention_bias", False)
    group = heads(config, h)
    every = 4
    if config.has("no_rope_layers") and config.numbers("no_rope_layers", 1):
        positioned = config.pattern("no_rope_layers", layers, (0, 1)).count(1)
    else:
        positioned = layers - layers // every
    chunk = config.count("attention_chunk_size") if positioned else None
    attend(tally, group, group.parameters(bias=bias, out_bias=bias), positioned, chunk)
    step = config.count("interleave_moe_layer_step", default=1, most=MOST_LAYERS)
    listed = config.numbers("moe_layers", layers - 1)
    sparse = len(set(listed)) if listed else layers // step
    each = gated(h, config.count("intermediate_size"))
    tally.route(sparse, each, config.count(*EXPERTS), config.count("num_experts_per_tok"))
    tally.add("shared_experts", each, sparse)
    if sparse < layers:
        tally.add("dense_mlp", gated(h, config.count("intermediate_size_mlp")), layers - sparse)
    tally.add("norms", 2 * h, layers)
    return tally


def hunyuan_moe(config: Config) -> Tally:
    """Hunyuan-A13B: norms per head; E experts of width f and s shared ones in every layer."""
    for part in ("use_cla", "use_mla"):
        if config.flag(part, False):
            raise ArchitectureError(f"{part} is not understood", where=config.where)
    if config.count("moe_layer_num_skipped", default=0, least=0):
        raise ArchitectureError("moe_layer_num_skipped is not understood", where=config.where)
    config.has("cla_share_factor")  # of no effect while use_cla is off
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    group = attend_grouped(config, tally)
    per_head = 2 * group.d if config.flag("use_qk_norm", True) else 0
    width = config.count("intermediate_size")
    if config.has("moe_intermediate_size"):
        width = config.same("moe_intermediate_size", layers)
    tally.route(layers, gated(h, width), config.same("num_experts", layers), config.same("moe_topk", layers, default=1))
    shared = config.same("num_shared_expert", layers, default=1, least=0)
    tally.add("shared_experts", gated(h, config.count("intermediate_size") * shared) if shared else 0, layers)
    tally.add("norms", 2 * h + per_head, layers)
    return tally


def ernie_moe(config: Config) -> Tally:
    """ERNIE 4.5: layers from `moe_layer_start_index` to `moe_layer_end_index` have E experts and s shared.

    `use_bias` adds biases to every matrix outside the router and the routed experts, and V.
    """
    bias = config.flag("use_bias", False)
    tally = start(config, tied=True, head_bias=bias)
    h, layers = tally.hidden_size, tally.layers
    group = heads(config, h)
    attend(tally, group, group.parameters(bias=bias, out_bias=bias))
    first = config.count("moe_layer_start_index", default=1, least=0, most=layers)
    last = layers - 1
    if config.has("moe_layer_end_index") and config.count("moe_layer_end_index", least=-1) != -1:
        last = config.count("moe_layer_end_index", least=0, most=layers - 1)
    step = config.count("moe_layer_interval", default=1, most=MOST_LAYERS)
    sparse = sum((place + 1) % step == 0 and first <= place <= last for place in range(layers))
    width = config.same("moe_intermediate_size", 1)
    experts = config.same("moe_num_experts", 1, default=config.maybe("num_experts"))
    tally.route(sparse, gated(h, width), experts, config.count("moe_k", "num_experts_per_tok"))
    shared = config.count("moe_num_shared_experts", default=0, least=0)
    tally.add("shared_experts", gated(h, width * shared, bias) if shared else 0, sparse)
    if sparse < layers:
        tally.add("dense_mlp", gated(h, config.count("intermediate_size"), bias), layers - sparse)
    tally.add("norms", 2 * h, layers)
    tally.correction_biases = sparse * experts
    return tally


def mimo_v2(config: Config) -> Tally:
    """MiMo-V2: keys and values of different size; sliding layers have key-value heads and sinks of their own.

    `hybrid_layer_pattern` is 1 where a layer slides, `moe_layer_freq` 1 where it has experts.
    """
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    bias = config.flag("attention_bias", False)
    slides = config.pattern("hybrid_layer_pattern", layers, (0, 1)).count(1)
    shapes = (("", layers - slides, None), ("swa_", slides, window(config, slides)))
    for prefix, times, near in shapes:
        sink = config.flag(f"add_{prefix or 'full_'}attention_sink_bias", False)
        if not times:
            continue
        names = ("num_attention_heads", "num_key_value_heads", "head_dim", "v_head_dim")
        group = Heads(h, *(config.count(f"{prefix}{name}") for name in names))
        tally.add("attention", group.parameters(bias=bias), times)
        tally.add("norms", sink * group.n, times)
        tally.cache(times, group.cached, group.scores, near)
    sparse = config.pattern("moe_layer_freq", layers, (0, 1)).count(1)
    if config.maybe("n_shared_experts", least=0):
        raise ArchitectureError("n_shared_experts is not understood here", where=config.where)
    if sparse < layers:
        tally.add("dense_mlp", gated(h, config.count("intermediate_size")), layers - sparse)
    each = gated(h, config.count("moe_intermediate_size"))
    tally.route(sparse, each, config.count("n_routed_experts"), config.count("num_experts_per_tok"))
    tally.add("norms", 2 * h, layers)
    tally.correction_biases = sparse * (tally.experts or 0)
    return tally


def step3(config: Config) -> Tally:
    """Step-3.5 and 3.7 Flash: norms per head, a gate per head hn; leading dense layers, shared experts."""
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    if config.has("attention_other_setting"):
        raise ArchitectureError("attention_other_setting is not understood", where=config.where)
    group = heads(config, h)
    slides = config.pattern("layer_types", layers, (FULL, SLIDING)).count(SLIDING)
    attend(tally, group, group.parameters(gate=group.n), slides, window(config, slides))
    first = leading_dense(config, layers)
    tally.add("dense_mlp", gated(h, config.count("intermediate_size")), first)
    each = gated(h, config.count("moe_intermediate_size"))
    tally.route(layers - first, each, config.count("num_experts"), config.count("num_experts_per_tok"))
    config.count("n_shared_experts", default=1, most=1)
    tally.add("shared_experts", gated(h, config.count("share_expert_dim")), layers - first)
    tally.add("norms", 2 * h + 2 * group.d, layers)
    tally.correction_biases = (
        (layers - first) * (tally.experts or 0) if config.flag("use_moe_router_bias", False) else 0
    )
    tally.mtp = None if config.count("num_nextn_predict_layers", default=0, least=0) else 0
    return tally


def grok1(config: Config) -> Tally:
    """Grok-1: four norms a layer, one table for both ends; E gated experts of width f."""
    tally = start(config, tied=True)
    group = heads(config, tally.hidden_size)
    attend(tally, group, group.parameters())
    _all_experts(config, tally, config.count("intermediate_size"))
    tally.add("norms", 4 * tally.hidden_size, tally.layers)
    return tally


def _all_experts(config: Config, tally: Tally, width: int) -> None:
    """E gated experts of one width in every layer."""
    each = gated(tally.hidden_size, width)
    tally.route(tally.layers, each, config.count(*EXPERTS), config.count("num_experts_per_tok"))
