"""Vision towers, and what joins them to the language model.

Letters: w the width of the tower, D its layers, f its feed-forward block, p the side of a patch, h
the width of the language model.
"""

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
