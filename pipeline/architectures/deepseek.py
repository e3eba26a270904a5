"""DeepSeek's families and those that build their layers alike: GLM-4.5, GLM-5, dots.llm1, Kimi-K2.

Letters as in `blocks`. The first layers are dense, the others have E routed experts and some shared
ones. From V3 on, correction biases (E a sparse layer) and MTP layers are counted apart.
"""

from dataclasses import replace

from pipeline.architectures.blocks import (
    SLIDING,
    attend,
    attend_grouped,
    gated,
    heads,
    latent,
    leading_dense,
    sliding_layers,
    start,
)
from pipeline.architectures.counts import Cache, Tally
from pipeline.architectures.reading import MOST_LAYERS, Config
from pipeline.base.errors import ArchitectureError


def deepseek(config: Config) -> Tally:
    """DeepSeekMoE (the first, 16B): Llama's attention, leading dense layers, experts and shared experts."""
    tally = start(config)
    attend_grouped(config, tally)
    tally.add("norms", 2 * tally.hidden_size, tally.layers)
    _deepseek_blocks(config, tally)
    return tally


def dots1(config: Config) -> Tally:
    """dots.llm1: DeepSeek's experts under Qwen3's attention with norms per head."""
    tally = start(config)
    group = attend_grouped(config, tally, sliding_layers(config, tally.layers))
    tally.add("norms", 2 * tally.hidden_size + 2 * group.d, tally.layers)
    sparse, _ = _deepseek_blocks(config, tally)
    tally.correction_biases = sparse * (tally.experts or 0)
    return tally


def deepseek_v2(config: Config) -> Tally:
    """DeepSeek-V2: latent attention (see `blocks.latent`), leading dense layers, shared experts."""
    tally = start(config)
    _latent_layers(config, tally)
    _deepseek_blocks(config, tally)
    return tally


def deepseek_v3(config: Config) -> Tally:
    """DeepSeek-V3, R1, Kimi-K2: V2 with correction biases (E a sparse layer) and MTP layers.

    An MTP layer: a sparse layer, a projection 2h x h and three norms, 3h. Files store its tables
    again; they are copies.
    """
    tally = start(config)
    attention = _latent_layers(config, tally)
    _deepseek_ends(config, tally, attention)
    return tally


def deepseek_v32(config: Config) -> Tally:
    """DeepSeek-V3.2 and GLM-5: V3 with an indexer in every layer, which chooses the tokens to read.

    Indexer with m heads of size s: q x ms + h x s + 2s + h x m; it keeps s values a token. Layers
    that `indexer_types` calls shared use the choice of a layer before them.
    """
    tally = start(config)
    layers = tally.layers
    if config.has("indexer_types"):
        layers = config.pattern("indexer_types", layers, ("full", "shared")).count("full")
    elif config.has("index_topk_pattern") or config.count("index_topk_freq", default=1) != 1:
        raise ArchitectureError("indexers that layers share are not understood", where=config.where)
    attention = _latent_layers(config, tally)
    h, m, s = tally.hidden_size, config.count("index_n_heads"), config.count("index_head_dim")
    indexer = config.count("q_lora_rank") * m * s + h * s + 2 * s + h * m
    tally.add("indexer", indexer, layers)
    tally.indexer_caches.append(Cache(layers, s, m * s))
    chosen = config.count("index_topk")
    tally.caches = [replace(cache, reads=chosen) for cache in tally.caches]
    _deepseek_ends(config, tally, attention + indexer)
    return tally


def glm4_moe(config: Config) -> Tally:
    """GLM-4.5: grouped heads with biases, norms per head if `use_qk_norm`; DeepSeek's blocks and MTP."""
    tally = start(config)
    group = heads(config, tally.hidden_size)
    each = group.parameters(bias=config.flag("attention_bias", False))
    attend(tally, group, each)
    vectors = 2 * tally.hidden_size + (2 * group.d if config.flag("use_qk_norm", False) else 0)
    tally.add("norms", vectors, tally.layers)
    _deepseek_ends(config, tally, each + vectors)
    return tally


def _latent_layers(config: Config, tally: Tally) -> int:
    """Latent attention in every layer, with its norms and 2h; returns the parameters of one."""
    each, vectors, group = latent(config, tally.hidden_size, bias=config.flag("attention_bias", False))
    tally.add("attention", each, tally.layers)
    tally.add("norms", 2 * tally.hidden_size + vectors, tally.layers)
    width = config.count("qk_nope_head_dim", least=0) + config.count("qk_rope_head_dim", least=0)
    scores = group.n * (width + config.count("v_head_dim"))
    tally.cache(tally.layers, group.d, scores)
    return each + vectors + 2 * tally.hidden_size


def _deepseek_blocks(config: Config, tally: Tally) -> tuple[int, int]:
    """DeepSeek's convention: leading dense layers of width f, then E experts and shared ones of width w.

    Returns the sparse layers, and the parameters of one without attention.
    """
    h, layers = tally.hidden_size, tally.layers
    first = leading_dense(config, layers)
    if first:
        tally.add("dense_mlp", gated(h, config.count("intermediate_size")), first)
    width, experts = config.count("moe_intermediate_size"), config.count("n_routed_experts")
    tally.route(layers - first, gated(h, width), experts, config.count("num_experts_per_tok"))
    shared = gated(h, width) * (config.maybe("n_shared_experts", least=0) or 0)
    tally.add("shared_experts", shared, layers - first)
    return layers - first, experts * (gated(h, width) + h) + shared


def _deepseek_ends(config: Config, tally: Tally, attention: int) -> None:
    """Blocks, correction biases and MTP layers after attention of so many parameters a layer."""
    h = tally.hidden_size
    sparse, block = _deepseek_blocks(config, tally)
    ahead = config.count("num_nextn_predict_layers", default=0, least=0, most=MOST_LAYERS)
    tally.correction_biases = sparse * (tally.experts or 0)
    tally.mtp = ahead * (attention + block + 2 * h * h + 3 * h)


def deepseek_v4(config: Config) -> Tally:
    """DeepSeek-V4: one shared key-value head, compressed tokens, several residual streams.

    Attention, q the rank of queries, o the rank of the output in G groups, d the size of the one
    key-value head: hq + q + qnd + hd + d, output nd x o + Goh, n sinks. A layer keeps the last
    `sliding_window` tokens and one entry for every c tokens (`compress_ratios`: 0 none, 4 with
    overlap and an indexer, 128 without). Compressor: 2hd + cd + d, twice as wide with overlap;
    indexer of m heads of size s: the same with s, and qms + hm. Streams, N of them: per layer twice
    (2 + N)N(Nh + 1) + 3, and N(Nh + 1) + 1 before the output.
    """
    tally = start(config)
    h, layers = tally.hidden_size, tally.layers
    n, d, q = config.count("num_attention_heads"), config.count("head_dim"), config.count("q_lora_rank")
    o, groups, streams = config.count("o_lora_rank"), config.count("o_groups"), config.count("hc_mult")
    m, s, near = config.count("index_n_heads"), config.count("index_head_dim"), config.count("sliding_window")
    if config.count("num_key_value_heads") != 1:
        raise ArchitectureError("more than one key-value head is not understood", where=config.where)
    tally.add("attention", h * q + q * n * d + h * d + n * d * o + groups * o * h, layers)
    tally.add("norms", 2 * h + q + d + n, layers)
    ratios = _compression(config, layers)
    for ratio, wide in ((4, 2), (128, 1)):
        times = ratios.count(ratio)
        tally.add("attention", wide * (2 * h * d + ratio * d) + d, times)
        if times:
            reads = config.count("index_topk") if ratio == 4 else None
            tally.caches.append(Cache(times, d, 2 * n * d, stride=ratio, reads=reads))
    chosen = ratios.count(4)
    tally.add("indexer", 2 * (2 * h * s + 4 * s) + s + q * m * s + h * m, chosen)
    if chosen:
        tally.indexer_caches.append(Cache(chosen, s, m * s, stride=4))
    tally.cache(layers, d, 2 * n * d, window=near)
    mixing = (2 + streams) * streams
    tally.add("residual_streams", 2 * (mixing * (streams * h + 1) + 3), layers)
    tally.add("residual_streams", streams * (streams * h + 1) + 1)
    each = gated(h, config.count("moe_intermediate_size"))
    experts = config.count("n_routed_experts")
    tally.route(layers, each, experts, config.count("num_experts_per_tok"))
    config.count("n_shared_experts", default=1, most=1)  # a layer has one
    tally.add("shared_experts", each, layers)
    hashed = config.count("num_hash_layers", default=0, least=0, most=layers)
    tally.correction_biases = (layers - hashed) * experts
    tally.mtp = None if config.count("num_nextn_predict_layers", default=0, least=0) else 0
    return tally


def _compression(config: Config, layers: int) -> list[int]:
    """Tokens that share one entry, by layer: as numbers, or as the words of newer files."""
    if config.has("compress_ratios"):
        return config.pattern("compress_ratios", layers, (0, 4, 128))
    words = {SLIDING: 0, "compressed_sparse_attention": 4, "heavily_compressed_attention": 128}
    rates = config.section("compress_rates")
    for word, rate in words.items():
        if rate and rates.count(word, default=rate) != rate:
            raise ArchitectureError(f"compress_rates other than {rate} is not understood", where=config.where)
    return [words[word] for word in config.pattern("layer_types", layers, tuple(words))]
