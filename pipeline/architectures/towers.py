"""Vision towers, and what joins them to the language model.

Letters: w the width of the tower, D its layers, f its feed-forward block, p the side of a patch, h
the width of the language model.
"""

import math

from pipeline.architectures.blocks import linear, plain
from pipeline.architectures.reading import MOST_LAYERS, Config
from pipeline.base.errors import ArchitectureError


def qwen3_vl(vision: Config, h: int) -> int:
    """Qwen3-VL, Qwen3.5: patches 3tp²w + w, positions, D layers, one merger and one per deepstack layer.

    A layer: attention 4w² + 4w, a plain block with biases 2wf + f + w, two norms with shift 4w. A
    merger joins u² patches: (u²w)² + u²w + u²wh' + h', and a norm 2w (2u²w in deepstack layers).
    """
    w, f = vision.count("hidden_size"), vision.count("intermediate_size")
    out = vision.count("out_hidden_size", default=h)
    if out != h:
        raise ArchitectureError(f"out_hidden_size {out} is not the language model's {h}", where=vision.where)
    patch = (
        vision.count("in_channels", default=3) * vision.count("temporal_patch_size") * vision.count("patch_size") ** 2
    )
    merged = w * vision.count("spatial_merge_size") ** 2
    merger = linear(merged, merged, bias=True) + linear(merged, out, bias=True)
    layer = linear(w, 3 * w, bias=True) + linear(w, w, bias=True) + plain(w, f, bias=True) + 4 * w
    depth = vision.count("depth", most=MOST_LAYERS)
    stacked = len(vision.numbers("deepstack_visual_indexes", depth))
    ends = linear(patch, w, bias=True) + vision.count("num_position_embeddings") * w
    return ends + depth * layer + merger + 2 * w + stacked * (merger + 2 * merged)


def gemma4(vision: Config, h: int) -> int:
    """Gemma 4: patches 3p²w, two tables of positions, D layers, a projection wh.

    A layer: attention 2wnd + 2wgd with norms 2d, a gated block 3wf, four norms 4w.
    """
    if vision.text("model_type") != "gemma4_vision":
        raise ArchitectureError(f"tower {vision.text('model_type')} is not understood", where=vision.where)
    w, f = vision.count("hidden_size"), vision.count("intermediate_size")
    n, g, d = vision.count("num_attention_heads"), vision.count("num_key_value_heads"), vision.count("head_dim")
    layer = 2 * w * n * d + 2 * w * g * d + 2 * d + 3 * w * f + 4 * w
    ends = 3 * vision.count("patch_size") ** 2 * w + 2 * vision.count("position_embedding_size") * w
    return ends + vision.count("num_hidden_layers", most=MOST_LAYERS) * layer + w * h


def gemma3(vision: Config, h: int) -> int:
    """Gemma 3: a SigLIP tower and a projection wh with a norm w.

    Patches 3p²w + w, positions (side / p)²w, D layers of 4w² + 4w, 2wf + f + w and 4w; a last norm 2w.
    """
    w, f = vision.count("hidden_size"), vision.count("intermediate_size")
    side = vision.count("patch_size")
    patches = (vision.count("image_size") // side) ** 2
    layer = 4 * linear(w, w, bias=True) + plain(w, f, bias=True) + 4 * w
    ends = linear(vision.count("num_channels", default=3) * side * side, w, bias=True) + patches * w + 2 * w
    return ends + vision.count("num_hidden_layers", most=MOST_LAYERS) * layer + w * h + w


def moonvit(vision: Config, h: int) -> int:
    """Kimi-K2.5 and K3, MoonViT: patches 3p²w, positions, D layers of width w with heads of q in all, and a projector.

    A layer: attention 4wq, a plain block 2wf, two norms; a last norm. The projector joins u patches: (uw)²
    and uwh. `patchmerger` (K2.5) has biases everywhere, norms with shift, and one of w before the projector;
    `patchmergerv2` (K3) has no biases, and a norm of h behind it.
    """
    kind = vision.text("mm_projector_type")
    if kind not in ("patchmerger", "patchmergerv2"):
        raise ArchitectureError(f"mm_projector_type {kind} is not understood", where=vision.where)
    first = kind == "patchmerger"
    for name in ("attn_bias", "linear_bias", "patch_embed_proj_bias"):
        if vision.flag(name, first) != first:
            raise ArchitectureError(f"{name} is not understood beside {kind}", where=vision.where)
    w, f, side = vision.count("vt_hidden_size"), vision.count("vt_intermediate_size"), vision.count("patch_size")
    q = vision.count("qkv_hidden_size", default=w)
    if vision.count("text_hidden_size", default=h) != h:
        raise ArchitectureError(f"text_hidden_size is not the language model's {h}", where=vision.where)
    joined = w * math.prod(vision.numbers("merge_kernel_size", MOST_LAYERS))
    norm = 2 * w if first else w
    layer = linear(w, 3 * q, first) + linear(q, w, first) + plain(w, f, first) + 2 * norm
    places = vision.count("init_pos_emb_height") * vision.count("init_pos_emb_width")
    ends = linear(3 * side * side, w, first) + places * w + norm
    projector = linear(joined, joined, first) + linear(joined, h, first) + (norm if first else h)
    return ends + vision.count("vt_num_hidden_layers", most=MOST_LAYERS) * layer + projector


def minimax_m3(vision: Config, h: int) -> int:
    """MiniMax-M3: patches 3tp²w, D layers, two blocks that join the tower and its u² patches to the language model.

    A layer: attention 4w² + 4w, a plain block with biases 2wf + f + w, two norms with shift 4w; a norm
    2w before the layers. Joining: w x j + j and j x h + h, then u²h x j + j and j x h + h.
    """
    w, f, side = vision.count("hidden_size"), vision.count("intermediate_size"), vision.count("patch_size")
    joint = vision.count("projector_hidden_size", default=h)
    frames, merged = vision.count("temporal_patch_size", default=2), vision.count("spatial_merge_size", default=2) ** 2
    layer = 4 * linear(w, w, bias=True) + plain(w, f, bias=True) + 4 * w
    ends = vision.count("num_channels", default=3) * frames * side * side * w + 2 * w
    joins = linear(w, joint, bias=True) + linear(merged * h, joint, bias=True) + 2 * linear(joint, h, bias=True)
    return ends + vision.count("num_hidden_layers", most=MOST_LAYERS) * layer + joins
