"""What a configuration comes to: parameters by part, and what a token leaves in memory.

A family's function fills a `Tally`, part by part; `Counts` is what comes out. Everything is a whole
number of parameters or of cached values; `memory` makes bytes of them, at a precision.
"""

from collections import Counter
from dataclasses import dataclass, field

from pipeline.base.errors import ArchitectureError
from pipeline.base.vocabulary import PARTS as PARTS

TEXT = tuple(part for part in PARTS if part != "vision")
"""Parts of the language model."""

LARGEST_MODEL = 10**16
"""Parameters: a thousand times the largest model of 2026. More is a slip of a digit."""


@dataclass(frozen=True)
class Cache:
    """Layers that cache something of every token, each in the same way.

    layers: how many. values: per entry and layer. window: entries in the cache at most; None for no limit.
    stride: tokens that share one entry. scores: multiplications per entry read and layer.
    reads: entries that one token reads at most, chosen by an indexer; None for all.
    """

    layers: int
    values: int
    scores: int
    window: int | None = None
    stride: int = 1
    reads: int | None = None

    def entries(self, tokens: int) -> int:
        """Entries of one layer at a context of so many tokens."""
        entries = tokens // self.stride
        return entries if self.window is None else min(entries, self.window)

    def multiplications(self, tokens: int) -> int:
        """Of one token with the entries that it reads, in all of the layers."""
        entries = self.entries(tokens)
        return self.layers * self.scores * (entries if self.reads is None else min(entries, self.reads))


@dataclass(frozen=True)
class Counts:
    """The parameters of one architecture, without its weights.

    parts: parameters by `PARTS`. mtp: of multi-token-prediction layers, which no token needs; None
    where the config announces them and their shape is not understood. correction_biases: values that
    balance routers and are stored, though they are no weights. has_vision: None where the
    architecture has a tower that this config does not describe. caches, indexer_caches: what attention
    and its indexer keep. state_values: values of fixed size, per sequence.
    """

    model_type: str
    layers: int
    hidden_size: int
    vocab_size: int
    tied_embeddings: bool
    parts: dict[str, int]
    experts: int | None = None
    experts_per_token: int | None = None
    mtp: int | None = 0
    correction_biases: int = 0
    has_vision: bool | None = False
    caches: tuple[Cache, ...] = ()
    indexer_caches: tuple[Cache, ...] = ()
    state_values: int = 0

    @property
    def text(self) -> int:
        """Parameters of the language model."""
        return sum(self.parts.get(part, 0) for part in TEXT)

    @property
    def total(self) -> int | None:
        """Parameters of all parts; None where a tower is not described."""
        return None if self.has_vision is None else self.text + self.parts.get("vision", 0)

    @property
    def stored(self) -> int:
        """Parameters that memory must hold: all of them, or the language model's where a tower is not described."""
        return self.text if self.total is None else self.total

    @property
    def routed(self) -> int:
        """Parameters of all routed experts."""
        return self.parts.get("routed_experts", 0)

    @property
    def embeddings(self) -> int:
        """Parameters of the input and output tables."""
        return self.parts.get("embedding_input", 0) + self.parts.get("embedding_output", 0)

    @property
    def active(self) -> int:
        """Parameters that work on one token, embeddings in: `text - routed x (1 - k / E)`."""
        if not (self.routed and self.experts and self.experts_per_token):
            return self.text
        return self.text - self.routed * (self.experts - self.experts_per_token) // self.experts

    @property
    def active_without_input_embedding(self) -> int:
        """The same without the tables that are only looked up; a tied table works at the output."""
        lookup = 0 if self.tied_embeddings else self.parts.get("embedding_input", 0)
        return self.active - lookup - self.parts.get("embedding_per_layer", 0)

    @property
    def active_without_embeddings(self) -> int:
        """The same without any table."""
        return self.active - self.embeddings - self.parts.get("embedding_per_layer", 0)

    @property
    def kv_values_per_token(self) -> int:
        """Cached values per token if every attention layer cached every token.

        Entries that several tokens share are shared among them, rounded down per layer.
        """
        return sum(cache.layers * (cache.values // cache.stride) for cache in self.caches)

    def kv_values(self, tokens: int) -> int:
        """Cached values at a context of so many tokens, windows honoured."""
        return sum(cache.layers * cache.values * cache.entries(tokens) for cache in self.caches)

    def indexer_values(self, tokens: int) -> int:
        """Values that the indexers of sparse attention keep besides."""
        return sum(cache.layers * cache.values * cache.entries(tokens) for cache in self.indexer_caches)

    @property
    def indexer_values_per_token(self) -> int:
        """Values that indexers keep of each token; those that several tokens share as in `kv_values_per_token`."""
        return sum(cache.layers * (cache.values // cache.stride) for cache in self.indexer_caches)

    def attention_multiplications(self, tokens: int) -> int:
        """Multiplications of one token with what attention keeps at a context of so many tokens."""
        return sum(cache.multiplications(tokens) for cache in (*self.caches, *self.indexer_caches))

    def flops_per_token(self, tokens: int) -> int:
        """Operations of one token at this context: two per parameter at work, two per multiplication of attention."""
        return 2 * (self.active_without_input_embedding + self.attention_multiplications(tokens))


@dataclass
class Tally:
    """A count in the making: what a family's function adds up."""

    layers: int
    hidden_size: int
    vocab_size: int
    tied_embeddings: bool
    where: str
    parts: Counter[str] = field(default_factory=Counter)
    experts: int | None = None
    experts_per_token: int | None = None
    mtp: int | None = 0
    correction_biases: int = 0
    has_vision: bool | None = False
    caches: list[Cache] = field(default_factory=list)
    indexer_caches: list[Cache] = field(default_factory=list)
    state_values: int = 0

    def add(self, part: str, parameters: int, times: int = 1) -> None:
        """Count `parameters` of a part, so many times."""
        self.parts[part] += parameters * times

    def cache(self, layers: int, values: int, scores: int, window: int | None = None, stride: int = 1) -> None:
        """Layers that keep `values` of every token; see `Cache`."""
        if layers:
            self.caches.append(Cache(layers, values, scores, window, stride))

    def route(self, layers: int, expert: int, experts: int, per_token: int, router: int | None = None) -> None:
        """Layers of routed experts, `expert` parameters each, and their routers (`experts x width`)."""
        if not layers:
            return
        if per_token > experts:
            raise ArchitectureError(f"{per_token} of {experts} experts are to work per token", where=self.where)
        self.experts, self.experts_per_token = experts, per_token
        self.add("routed_experts", experts * expert, layers)
        self.add("router", experts * self.hidden_size if router is None else router, layers)

    def finish(self, model_type: str) -> Counts:
        """The counts; raises ArchitectureError where they come to more than any model."""
        parts = {part: self.parts[part] for part in PARTS if self.parts[part]}
        if sum(parts.values()) > LARGEST_MODEL:
            raise ArchitectureError(
                "sizes multiply to more than 10 quadrillion parameters", where=self.where, next_step="check the digits"
            )
        return Counts(
            model_type=model_type,
            layers=self.layers,
            hidden_size=self.hidden_size,
            vocab_size=self.vocab_size,
            tied_embeddings=self.tied_embeddings,
            parts=parts,
            experts=self.experts,
            experts_per_token=self.experts_per_token,
            mtp=self.mtp,
            correction_biases=self.correction_biases,
            has_vision=self.has_vision,
            caches=tuple(self.caches),
            indexer_caches=tuple(self.indexer_caches),
            state_values=self.state_values,
        )
