"""Reading config.json: every field is checked when it is read, and what was read is remembered.

A config is text from the Hub that anyone may have written. A field that is missing, of another type
or out of range is one line that names it. A document may also switch on a part that its family's
function knows nothing of; such fields are listed here, and one that nobody read is refused, so that
a part is never left out in silence.
"""

from collections.abc import Sequence
from typing import Any

from pipeline.base.errors import ArchitectureError

LARGEST = 1_000_000_000
"""No size in a config is larger; the widest vocabulary has some 300,000 rows."""

MOST_LAYERS = 100_000

PARTS_OF_THEIR_OWN = (
    "attn_config",
    "attn_res_block_size",
    "audio_config",
    "cla_share_factor",
    "compress_ratios",
    "cross_attention_layers",
    "dense_intermediate_size",
    "enable_moe_block",
    "ffn_config",
    "hc_mult",
    "hidden_size_per_layer_input",
    "hybrid_override_pattern",
    "index_n_heads",
    "indexer_types",
    "kv_lora_rank",
    "layers_block_type",
    "linear_attn_config",
    "linear_num_value_heads",
    "mamba_d_state",
    "mamba_num_heads",
    "mla_use_output_gate",
    "moe_intermediate_size",
    "moe_latent_size",
    "moe_num_experts",
    "n_routed_experts",
    "n_shared_experts",
    "num_experts",
    "num_local_experts",
    "num_shared_expert",
    "num_shared_experts",
    "o_lora_rank",
    "per_layer_config",
    "q_lora_rank",
    "routed_expert_hidden_size",
    "shared_expert_intermediate_size",
    "shared_intermediate_size",
    "sparse_attention_config",
    "ssm_state_size",
    "use_cla",
    "use_mla",
    "vision_config",
    "vit_type",
)
"""Fields that bring parameters of their own: a family that does not read one cannot count it."""

_ABSENT: Any = object()


class Config:
    """One config.json, or a section of it, read field by field.

    `where` names it in errors: the model and the section.
    """

    def __init__(self, document: Any, where: str) -> None:
        if not isinstance(document, dict):
            raise ArchitectureError(f"config is {_kind(document)} instead of fields with values", where=where)
        self._document = document
        self.where = where
        self.read: set[str] = set()
        self.sections: dict[str, Config] = {}
        self._inherited: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        self.read.add(name)
        return self._document.get(name) is not None

    def count(self, *names: str, default: int | None = _ABSENT, least: int = 1, most: int = LARGEST) -> int:
        """A whole number from `least` to `most`, under the first of `names` that is there."""
        name, value = self._first(names, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(name, value, "a whole number")
        if not least <= value <= most:
            raise ArchitectureError(
                f"{name} is {_short(value)}", where=self.where, next_step=f"it must be from {least:,} to {most:,}"
            )
        return value

    def maybe(self, *names: str, least: int = 1, most: int = LARGEST) -> int | None:
        """A count, or None where the config states none."""
        stated = [name for name in names if self.has(name)]
        return self.count(*names, least=least, most=most) if stated else None

    def flag(self, name: str, default: bool) -> bool:
        """True or false; a null counts as not stated."""
        _, value = self._first((name,), default)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value

    def text(self, name: str) -> str:
        """A word, such as `model_type`."""
        _, value = self._first((name,), _ABSENT)
        if not isinstance(value, str):
            raise self._wrong(name, value, "a word")
        return value

    def pattern(self, name: str, layers: int, allowed: Sequence[Any]) -> list[Any]:
        """One of `allowed` for every layer; entries beyond the layers belong to other parts.

        A bool is no number here, though Python counts it as one.
        """
        _, value = self._first((name,), _ABSENT)
        if not isinstance(value, list | str):
            raise self._wrong(name, value, "a list with one entry per layer")
        if len(value) < layers:
            raise ArchitectureError(f"{name} has {len(value)} entries for {layers} layers", where=self.where)
        for entry in value[:layers]:
            if isinstance(entry, bool) or entry not in allowed:
                raise ArchitectureError(
                    f"{name} names a layer {_short(entry)} that is not understood",
                    where=self.where,
                    next_step=f"known here: {', '.join(map(str, allowed))}",
                )
        return list(value[:layers])

    def same(self, name: str, layers: int, default: int | None = _ABSENT, least: int = 1) -> int:
        """A count that some configs repeat for every layer; layers that differ are not understood."""
        value = self._document.get(name)
        if not isinstance(value, list):
            return self.count(name, default=default, least=least)
        self.read.add(name)
        if len(value) < layers or any(entry != value[0] for entry in value[:layers]):
            raise ArchitectureError(f"{name} differs from layer to layer: not understood", where=self.where)
        return Config({name: value[0]}, self.where).count(name, least=least)

    def numbers(self, name: str, most: int) -> list[int]:
        """Numbers of layers; none where the field is absent."""
        if not self.has(name):
            return []
        value = self._document[name]
        if not isinstance(value, list):
            raise self._wrong(name, value, "a list of layers")
        return [Config({name: entry}, self.where).count(name, least=0, most=most) for entry in value]

    def entries(self, name: str) -> int:
        """How many layers a pattern lists."""
        _, value = self._first((name,), _ABSENT)
        if not isinstance(value, list | str) or not 0 < len(value) <= MOST_LAYERS:
            raise self._wrong(name, value, "a list with one entry per layer")
        return len(value)

    def is_number(self, name: str) -> bool:
        """Whether a field that may also hold a word (`auto`) holds a number."""
        self.read.add(name)
        return not isinstance(self._document.get(name), str)

    def section(self, name: str) -> "Config":
        """A nested section, such as `text_config`."""
        _, value = self._first((name,), _ABSENT)
        if name not in self.sections:
            self.sections[name] = Config(value, f"{name} of {self.where}")
        return self.sections[name]

    def inherit(self, name: str, outer: "Config") -> None:
        """Take a field from the document around this section."""
        self._document = {**self._document, name: outer._document.get(name)}
        self._inherited.add(name)

    def refuse_unread(self) -> None:
        """Raise ArchitectureError for a part that is switched on and that nobody read."""
        for name in PARTS_OF_THEIR_OWN:
            if name not in self.read and self._document.get(name):
                raise ArchitectureError(f"{name} describes a part that is not understood", where=self.where)
        for section in self.sections.values():
            section.refuse_unread()

    def read_fields(self) -> dict[str, Any]:
        """The fields that decide the counts, and no others, as they stand in the document."""
        mine = sorted(self.read - self._inherited)
        fields = {name: self._document[name] for name in mine if name in self._document}
        return fields | {name: section.read_fields() for name, section in self.sections.items()}

    def _first(self, names: Sequence[str], default: Any) -> tuple[str, Any]:
        self.read.update(names)
        for name in names:
            if self._document.get(name) is not None:
                return name, self._document[name]
        if default is _ABSENT:
            raise ArchitectureError(f"{' or '.join(names)} is missing", where=self.where)
        return names[0], default

    def _wrong(self, name: str, value: Any, wanted: str) -> ArchitectureError:
        return ArchitectureError(f"{name} is {_kind(value)}", where=self.where, next_step=f"it must be {wanted}")


def _kind(value: Any) -> str:
    names = {
        str: "text",
        bool: "true or false",
        float: "a fraction",
        list: "a list",
        dict: "a section",
        int: "a number",
    }
    return "null" if value is None else f"{names.get(type(value), type(value).__name__)} ({_short(value)})"


def _short(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return "a number of more than 30 digits"
    shown = " ".join(str(value).split())
    return shown if len(shown) <= 30 else f"{shown[:27]}..."
