"""The values that columns of words may have, and two helpers for writing a contract."""

from collections.abc import Sequence
from typing import Any

import dataframely as dy

RELATIONS = ("finetune", "adapter", "quantized", "merge", "unspecified")
PARENT_TAG = "base_model:"
"""What tags begin with that name a parent; the relation may stand before its id."""
EVIDENCE = ("declared", "declared_or_inferred", "shape", "name")
VERDICTS = ("holds", "held_then", "fails", "depends_on_definition", "misleading", "not_measurable_here")
MODALITIES = ("text", "vision", "audio", "embedding", "image", "video", "other", "unknown")
DATED_TO = ("day", "month", "season", "year")
"""What a date is exact to."""
COVERAGES = ("census", "slice", "sample")
LICENCE_CLASSES = ("permissive", "copyleft", "restricted", "none")
LICENCE_MOVES = ("same", "same_class", "more_open", "more_restricted", "to_none", "from_none", "neither")
BASE_KINDS = ("dense under 10B", "dense 10B and more", "mixture of experts", "size not known")
INFERENCE = ("shape", "name", "repackager")
DISTILLS = ("as_declared", "to_base", "both")
BASES = ("rental", "amortised", "purchase", "all_in", "not_stated")
PRECISIONS = ("8 bit", "16 bit")
PLAUSIBLE = ("below", "within", "above", "not_known")
WEIGHTS = ("open", "closed")

PARTS = {
    "embedding_input": "The table of input embeddings",
    "embedding_output": "The output table, where it is not the input's",
    "embedding_per_layer": "Tables of embeddings that feed single layers",
    "attention": "Projections of attention that reads past tokens",
    "indexer": "What chooses the tokens that sparse attention reads",
    "linear_attention": "Layers that keep a state instead of tokens: gated delta, lightning attention",
    "state_space": "Mamba layers",
    "dense_mlp": "Feed-forward blocks that every token passes",
    "routed_experts": "Feed-forward blocks of which each token passes a few",
    "shared_experts": "Experts that every token passes",
    "router": "What chooses the experts",
    "norms": "Normalisations, attention sinks and other vectors",
    "residual_streams": "What mixes several residual streams",
    "vision": "The vision tower and what joins it to the language model",
}
"""Parts of a model's parameters, which add up to its total."""

TIMELINE_KINDS = ("release", "price", "count", "publication", "market")
PRICE_DATES = ("announced", "documented", "observed")
TIMELINE_REGISTERS = ("events", "api_prices", "published_counts")
RECONCILED = (
    "published totals",
    "earlier snapshot",
    "sudden jumps",
    "known gaps",
    "packed formats",
    "the Hub's own counts",
    "configurations",
    "renames",
)
OUTCOMES = ("agrees", "differs", "cannot_be_compared", "noted", "not_in_this_snapshot")
SIDES = ("headline", "rank", "number", "verdict")
"""What editions are laid side by side in."""
AREAS = ("note", "headline", "rank", "verdict", "number", "table")
APART = ("mtp", "correction_biases")
"""Parts that stored files may have and that no total counts."""
PLACES = ("a desk", "one server", "several servers", "none here")
USES = ("run_16bit", "run_8bit", "run_4bit", "lora", "qlora", "full")


def choice(values: Sequence[str], **options: Any) -> dy.String:
    """A text column whose cells are one of `values`."""
    allowed = list(values)
    return dy.String(check=lambda column: column.is_in(allowed), metadata={"values": allowed}, **options)


def unit_of(unit: str) -> dict[str, Any]:
    """The metadata of a column that has a unit."""
    return {"unit": unit}


DERIVATIVES, TAGGING, RATIO = "derivative models", "repositories tagging the family", "ratio of derivative models"
"""Kinds of published counts."""
NOT_STATED, DIRECT, NO_DENOMINATOR = "not stated", "direct derivatives", "none"
"""Definitions of published counts, and the denominator of what is neither a share nor a ratio."""
SUBJECT_KINDS = ("hub", "country", "organisation", "family", "namespace")
COUNTED_RELATIONS = ("all", *RELATIONS, "gguf", "tag", "none")
"""Relations that a published count may count: `all` of them, one, conversions to GGUF, tags, or no relation."""
OWN_INCLUDED = ("yes", "no", "only", "not said", "does not apply")
