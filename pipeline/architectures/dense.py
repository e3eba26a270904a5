"""Families whose feed-forward block serves every token.

Letters as in `blocks`. Unless a docstring says otherwise: per layer attention `2hnd + 2hgd`, a gated
block `3hf`, two norms `2h`; the tables `Vh` once or twice; a last norm `h`.
"""

from pipeline.architectures.blocks import (
    FULL,
    SLIDING,
    Heads,
    attend,
    gated,
    heads,
    linear,
    plain,
    sliding_layers,
    start,
    window,
)
from pipeline.architectures.counts import Tally
from pipeline.architectures.reading import MOST_LAYERS, Config


def llama(config: Config) -> Tally:
    """Llama 1 to 3 and what shares its code: the plain formula.

    `attention_bias` adds (n + 2g)d + h a layer, `mlp_bias` 2f + h.
    """
    tally = start(config)
    bias = config.flag("attention_bias", False)
    _plain_layers(config, tally, bias=bias, out_bias=bias, mlp_bias=config.flag("mlp_bias", False))
    return tally


def mistral(config: Config) -> Tally:
    """Mistral: the plain formula; a stated `sliding_window` holds in every layer."""
    tally = start(config)
    slides = tally.layers if config.has("sliding_window") else 0
    _plain_layers(config, tally, rule=slides)
    return tally


def qwen2(config: Config) -> Tally:
    """Qwen2 and 2.5: biases on queries, keys and values, (n + 2g)d a layer.

    With `use_sliding_window`, layers from `max_window_layers` on slide.
    """
    tally = start(config)
    _plain_layers(config, tally, bias=True, rule=_from_layer(config, tally.layers))
    return tally


def qwen3(config: Config) -> Tally:
    """Qwen3: queries and keys are normalised per head, 2d a layer; `attention_bias` as in Llama."""
    tally = start(config)
    bias = config.flag("attention_bias", False)
    _plain_layers(config, tally, bias=bias, out_bias=bias, per_head=True, rule=_from_layer(config, tally.layers))
    return tally


def mimo(config: Config) -> Tally:
    """MiMo-7B: Qwen2 with `attention_bias`, and one layer that predicts a further token (MTP).

    An MTP layer: a layer of the model, a projection 2h x h, three norms more: 3h.
    """
    tally = start(config)
    bias = config.flag("attention_bias", True)
    each = _plain_layers(config, tally, bias=bias, rule=_from_layer(config, tally.layers))
    h = tally.hidden_size
    ahead = config.count("num_nextn_predict_layers", default=0, least=0, most=MOST_LAYERS)
    tally.mtp = ahead * (each + 2 * h * h + 3 * h)
    return tally


def glm4(config: Config) -> Tally:
    """GLM-4 (glm4, glm): biases as in Qwen2 if stated; glm4 has four norms a layer, glm two."""
    tally = start(config)
    bias = config.flag("attention_bias", False)
    _plain_layers(config, tally, bias=bias, norms=4 if config.text("model_type") == "glm4" else 2)
    return tally


def seed_oss(config: Config) -> Tally:
    """Seed-OSS: Llama with separate flags for biases on the way in and out."""
    tally = start(config)
    _plain_layers(
        config,
        tally,
        bias=config.flag("attention_bias", True),
        out_bias=config.flag("attention_out_bias", False),
        mlp_bias=config.flag("mlp_bias", False),
    )
    return tally


def ernie(config: Config) -> Tally:
    """ERNIE 4.5: `use_bias` adds biases to every matrix; the head of 128 unless stated."""
    tally = start(config, tied=True)
    bias = config.flag("use_bias", False)
    _plain_layers(config, tally, bias=bias, out_bias=bias, mlp_bias=bias)
    return tally


def hunyuan(config: Config) -> Tally:
    """Hunyuan v1, dense: queries and keys normalised per head, 2d a layer."""
    tally = start(config)
    bias = config.flag("attention_bias", False)
    _plain_layers(config, tally, bias=bias, out_bias=bias, per_head=True)
    return tally


def olmo(config: Config) -> Tally:
    """OLMo: norms without weights, so none are counted."""
    tally = start(config)
    bias = config.flag("attention_bias", False)
    tally.parts["norms"] = 0
    _plain_layers(config, tally, bias=bias, out_bias=bias, norms=0)
    return tally


def olmo2(config: Config) -> Tally:
    """OLMo 2 and 3: all queries and all keys are normalised together, (n + g)d a layer.

    In OLMo 3 every fourth layer attends fully unless `layer_types` says otherwise.
    """
    tally = start(config)
    bias = config.flag("attention_bias", False)
    rule = tally.layers - tally.layers // 4 if config.text("model_type") == "olmo3" else 0
    _plain_layers(config, tally, bias=bias, out_bias=bias, all_heads=True, rule=rule)
    return tally


def phi3(config: Config) -> Tally:
    """Phi-3 and 4: the plain formula, its matrices fused; a stated window holds in every layer."""
    tally = start(config)
    _plain_layers(config, tally, rule=tally.layers if config.has("sliding_window") else 0)
    return tally


def granite(config: Config) -> Tally:
    """Granite 3: Llama's formula."""
    return llama(config)


def smollm3(config: Config) -> Tally:
    """SmolLM3: Llama's formula, tied unless stated; some layers have no positions, which costs nothing."""
    tally = start(config, tied=True)
    bias = config.flag("attention_bias", False)
    _plain_layers(config, tally, bias=bias, out_bias=bias, mlp_bias=config.flag("mlp_bias", False))
    return tally


def starcoder2(config: Config) -> Tally:
    """StarCoder2: a block without a gate, 2hf; `use_bias` on every matrix; norms with shift, 4h a layer."""
    tally = start(config, tied=True, norm=2)
    bias = config.flag("use_bias", True)
    slides = tally.layers if config.has("sliding_window") else 0
    group = heads(config, tally.hidden_size)
    attend(tally, group, group.parameters(bias=bias, out_bias=bias), slides, window(config, slides))
    tally.add("dense_mlp", plain(tally.hidden_size, config.count("intermediate_size"), bias), tally.layers)
    tally.add("norms", 4 * tally.hidden_size, tally.layers)
    return tally


def cohere(config: Config) -> Tally:
    """Command R: attention and block side by side under one norm, h a layer; `use_qk_norm` (n + g)d.

    Command R7B (cohere2) has no such norm, and three of four layers slide.
    """
    tally = start(config, tied=True)
    h = tally.hidden_size
    bias = config.flag("attention_bias", False)
    group = heads(config, h)
    second = config.text("model_type") == "cohere2"
    slides = sliding_layers(config, tally.layers, tally.layers - tally.layers // 4 if second else 0)
    attend(tally, group, group.parameters(bias=bias, out_bias=bias), slides, window(config, slides))
    normed = (group.n + group.g) * group.d if not second and config.flag("use_qk_norm", False) else 0
    tally.add("dense_mlp", gated(h, config.count("intermediate_size")), tally.layers)
    tally.add("norms", h + normed, tally.layers)
    return tally


def gemma(config: Config) -> Tally:
    """Gemma 1: the plain formula with one table for both ends."""
    tally = start(config, tied=True)
    bias = config.flag("attention_bias", False)
    _plain_layers(config, tally, bias=bias, out_bias=bias)
    return tally


def gemma2(config: Config) -> Tally:
    """Gemma 2: norms before and after each block, 4h a layer; every second layer slides."""
    tally = start(config, tied=True)
    bias = config.flag("attention_bias", False)
    _plain_layers(config, tally, bias=bias, out_bias=bias, norms=4, rule=(tally.layers + 1) // 2)
    return tally


def gemma3(config: Config) -> Tally:
    """Gemma 3: Gemma 2 with queries and keys normalised per head, 2d; five of six layers slide."""
    tally = start(config, tied=True)
    bias = config.flag("attention_bias", False)
    every = config.count("sliding_window_pattern", default=6, most=MOST_LAYERS)
    rule = tally.layers - tally.layers // every
    _plain_layers(config, tally, bias=bias, out_bias=bias, norms=4, per_head=True, rule=rule)
    return tally


def gemma4(config: Config) -> Tally:
    """Gemma 4: Gemma 3's layers, with larger heads in full layers and, if enabled, experts beside the block.

    Sliding layers: heads of d, g of them. Full layers: heads of `global_head_dim`,
    `num_global_key_value_heads` of them (or what `per_layer_config` says), and with
    `attention_k_eq_v` no values of their own. Layers that reuse keys and values have none, and with
    `use_double_wide_mlp` a block of 2f. Experts: E gated blocks, a router hE + h + E, three norms
    more. Embeddings per layer of width e: a table V'Le, its projection hLe + e, and per layer 2he + h.
    """
    tally = start(config, tied=True)
    h, layers = tally.hidden_size, tally.layers
    types = config.pattern("layer_types", layers, (FULL, SLIDING))
    small = heads(config, h)
    wide = config.maybe("global_head_dim") or small.d
    fewer = config.flag("attention_k_eq_v", False)
    g = config.maybe("num_global_key_value_heads") if fewer else None
    large = Heads(h, small.n, g or small.g, wide, wide)
    bias = config.flag("attention_bias", False)
    shared = config.count("num_kv_shared_layers", default=0, least=0, most=layers)
    f, double = config.count("intermediate_size"), config.flag("use_double_wide_mlp", False)
    stated = config.section("per_layer_config") if config.has("per_layer_config") else None
    for place, kind in enumerate(types):
        group = large if kind == FULL else small
        if stated and stated.has(str(place)):
            own = stated.section(str(place))
            size = own.count("head_dim", default=group.d)
            group = Heads(h, small.n, own.count("num_key_value_heads", default=group.g), size, size)
        reuses = place >= layers - shared
        queries = linear(h, group.n * group.d, bias) + linear(group.n * group.d, h, bias)
        pairs = 0 if reuses else (1 if fewer and kind == FULL else 2) * linear(h, group.g * group.d, bias)
        tally.add("attention", queries + pairs)
        tally.add("norms", 4 * h + group.d * (1 if reuses else 2))
        tally.add("dense_mlp", gated(h, 2 * f if double and reuses else f))
        if not reuses:
            tally.cache(1, group.cached, group.scores, window(config, 1) if kind == SLIDING else None)
    if config.flag("enable_moe_block", False):
        experts = config.count("num_experts")
        each = gated(h, config.count("moe_intermediate_size"))
        per_token = config.count("top_k_experts")
        tally.route(layers, each, experts, per_token, router=h * experts + h + experts)
        tally.add("norms", 3 * h, layers)
    e = config.maybe("hidden_size_per_layer_input", least=0) or 0
    if e:
        tally.add("embedding_per_layer", config.count("vocab_size_per_layer_input") * layers * e)
        tally.add("dense_mlp", h * layers * e + layers * 2 * h * e)
        tally.add("norms", e + layers * h)
    return tally


def _plain_layers(
    config: Config,
    tally: Tally,
    *,
    bias: bool = False,
    out_bias: bool = False,
    mlp_bias: bool = False,
    norms: int = 2,
    per_head: bool = False,
    all_heads: bool = False,
    rule: int = 0,
) -> int:
    """All layers: attention, gated block, norms; returns the parameters of one layer.

    per_head, all_heads: queries and keys are normalised, 2d or (n + g)d. rule: layers that slide
    where `layer_types` does not say.
    """
    h = tally.hidden_size
    group = heads(config, h)
    slides = sliding_layers(config, tally.layers, rule)
    attention = group.parameters(bias=bias, out_bias=out_bias)
    attend(tally, group, attention, slides, window(config, slides))
    block = gated(h, config.count("intermediate_size"), mlp_bias)
    tally.add("dense_mlp", block, tally.layers)
    vectors = norms * h + per_head * 2 * group.d + all_heads * (group.n + group.g) * group.d
    tally.add("norms", vectors, tally.layers)
    return attention + block + vectors


def _from_layer(config: Config, layers: int) -> int:
    """Qwen's rule: with `use_sliding_window`, layers from `max_window_layers` on slide."""
    if not config.flag("use_sliding_window", False):
        return 0
    return max(0, layers - config.count("max_window_layers", default=0, least=0))
