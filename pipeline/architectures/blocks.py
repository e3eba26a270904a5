"""Blocks that families share: the parameters of one, as arithmetic on its sizes.

Names: h is the width of the residual stream, n the query heads, g the key-value heads, d the size of
a head, f the width of a feed-forward block, E the routed experts, V the vocabulary, L the layers.
"""

from dataclasses import dataclass

from pipeline.architectures.counts import Tally
from pipeline.architectures.reading import MOST_LAYERS, Config
from pipeline.base.errors import ArchitectureError

FULL, SLIDING = "full_attention", "sliding_attention"
LINEAR = "linear_attention"


def linear(inputs: int, outputs: int, bias: bool = False) -> int:
    """A matrix: inputs x outputs, and outputs more with a bias."""
    return inputs * outputs + bias * outputs


def gated(h: int, f: int, bias: bool = False) -> int:
    """A feed-forward block with a gate: gate and up h x f, down f x h: 3hf."""
    return 2 * linear(h, f, bias) + linear(f, h, bias)


def plain(h: int, f: int, bias: bool = False) -> int:
    """A feed-forward block without a gate: 2hf."""
    return linear(h, f, bias) + linear(f, h, bias)


@dataclass(frozen=True)
class Heads:
    """Grouped-query attention: n query heads of size d over g heads of keys (d) and values (v)."""

    h: int
    n: int
    g: int
    d: int
    v: int

    def parameters(self, *, bias: bool = False, out_bias: bool = False, gate: int = 0) -> int:
        """Queries h x nd, keys h x gd, values h x gv, output nv x h, and `gate` columns more."""
        ins = linear(self.h, self.n * self.d + self.g * (self.d + self.v), bias)
        return ins + linear(self.n * self.v, self.h, out_bias) + self.h * gate

    @property
    def cached(self) -> int:
        """Values per token: g(d + v)."""
        return self.g * (self.d + self.v)

    @property
    def scores(self) -> int:
        """Multiplications of one token with one cached token: n(d + v)."""
        return self.n * (self.d + self.v)


def heads(config: Config, h: int, *, d: int | None = None) -> Heads:
    """Heads as a config states them; `d` where a family fixes the size of a head.

    Raises ArchitectureError where the width does not divide into heads and no size is stated.
    """
    n = config.count("num_attention_heads")
    g = config.count("num_key_value_heads", default=n)
    size = config.maybe("head_dim", "attention_head_dim") or d
    if size is None:
        if h % n:
            raise ArchitectureError(f"hidden_size {h} does not divide by {n} heads", where=config.where)
        size = h // n
    if n % g:
        raise ArchitectureError(f"{n} query heads do not divide by {g} key-value heads", where=config.where)
    return Heads(h, n, g, size, size)


def start(config: Config, *, tied: bool = False, norm: int = 1, head_bias: bool = False) -> Tally:
    """A tally with its tables V x h, once if tied, and the last normalisation of `norm` vectors.

    tied: what the architecture does where the config says nothing.
    """
    h, vocab = config.count("hidden_size"), config.count("vocab_size")
    tally = Tally(
        layers=config.count("num_hidden_layers", most=MOST_LAYERS),
        hidden_size=h,
        vocab_size=vocab,
        tied_embeddings=config.flag("tie_word_embeddings", tied),
        where=config.where,
    )
    tally.add("embedding_input", vocab * h)
    if not tally.tied_embeddings:
        tally.add("embedding_output", vocab * h)
    tally.add("norms", norm * h + head_bias * vocab)
    return tally


def attend(tally: Tally, group: Heads, each: int, sliding: int = 0, window: int | None = None) -> None:
    """All layers of one shape: `each` parameters a layer, the last `sliding` of them within a window."""
    tally.add("attention", each, tally.layers)
    tally.cache(tally.layers - sliding, group.cached, group.scores)
    tally.cache(sliding, group.cached, group.scores, window)


def attend_grouped(config: Config, tally: Tally, sliding: int = 0) -> Heads:
    """Grouped-query attention in every layer, the last `sliding` of them within a window; returns its heads.

    `attention_bias` adds a bias to queries, keys, values and output.
    """
    group, bias = heads(config, tally.hidden_size), config.flag("attention_bias", False)
    attend(tally, group, group.parameters(bias=bias, out_bias=bias), sliding, window(config, sliding))
    return group


def sliding_layers(config: Config, layers: int, rule: int = 0) -> int:
    """How many layers slide: by `layer_types` where it is stated, else `rule`."""
    if not config.has("layer_types"):
        return rule
    return config.pattern("layer_types", layers, (FULL, SLIDING)).count(SLIDING)


def window(config: Config, sliding: int) -> int | None:
    """Tokens of the window, where any layer slides."""
    return config.count("sliding_window") if sliding else None


def sparse_layers(config: Config, layers: int) -> int:
    """Layers with experts in Qwen's convention: every `decoder_sparse_step`-th, `mlp_only_layers` not."""
    step = config.count("decoder_sparse_step", default=1, most=MOST_LAYERS)
    dense = set(config.numbers("mlp_only_layers", layers - 1))
    return sum((place + 1) % step == 0 and place not in dense for place in range(layers))


def leading_dense(config: Config, layers: int) -> int:
    """Dense layers: by `mlp_layer_types`, or the first `first_k_dense_replace`.

    Raises ArchitectureError for `moe_layer_freq` other than 1.
    """
    if config.has("mlp_layer_types"):
        return config.pattern("mlp_layer_types", layers, ("dense", "sparse")).count("dense")
    if config.count("moe_layer_freq", default=1) != 1:
        raise ArchitectureError("moe_layer_freq other than 1 is not understood", where=config.where)
    return config.count("first_k_dense_replace", default=0, least=0, most=layers)


def latent(config: Config, h: int, *, bias: bool = False) -> tuple[int, int, Heads]:
    """Multi-head latent attention (MLA): its parameters, its norms, and what it caches.

    Queries h x n(p + r), or through rank q: h x q + q x n(p + r); keys and values through rank c:
    h x (c + r) + c x n(p + v); output nv x h; with p and r the plain and the rotary part of a key
    and v the size of a value. Cached: c + r a token. Norms: c, and q where there is one.
    """
    n, c = config.count("num_attention_heads"), config.count("kv_lora_rank")
    p, r = config.count("qk_nope_head_dim", least=0), config.count("qk_rope_head_dim", least=0)
    v, q = config.count("v_head_dim"), config.maybe("q_lora_rank")
    queries = linear(h, n * (p + r)) if q is None else linear(h, q, bias) + linear(q, n * (p + r))
    keys = linear(h, c + r, bias) + linear(c, n * (p + v))
    return queries + keys + linear(n * v, h, bias), c + (q or 0), Heads(h, n, 1, c + r, n * v)
