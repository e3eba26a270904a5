"""From config.json to parameters: what an architecture comes to, without its weights.

Method
- A model's `model_type` names its family, and a family is one small function that adds up the
  tensors its definition has: tables, attention, blocks, experts, routers, norms. Formulas stand in
  the functions' docstrings; letters in `blocks`. `from_config` is the one way in, for the register's
  configurations and for documents from the Hub alike.
- Counted apart, never in the total: layers that predict further tokens (MTP), routers' correction
  biases, and what quantization adds (scales): none of them is a parameter that a token needs. A
  vision tower is a part of the total and not of the language model.
- Nothing is guessed. An unknown `model_type`, a field that is missing, of a wrong type or out of
  range, a switch or a layer that the function does not know: each is an ArchitectureError, one line.

Known drawbacks: the functions follow published definitions; a model whose own code departs from its
family's (another bias, another norm) while its config says nothing is counted as its family. Where a
config omits a switch, the family's default holds. Configs of audio and video towers are refused.
"""

from collections.abc import Callable
from typing import Any

from pipeline.architectures import deepseek, dense, hybrids, mixtures, towers
from pipeline.architectures.counts import Counts, Tally
from pipeline.architectures.reading import Config
from pipeline.base.errors import ArchitectureError

FAMILIES: dict[str, Callable[[Config], Tally]] = {
    "cohere": dense.cohere,
    "cohere2": dense.cohere,
    "dbrx": mixtures.dbrx,
    "deepseek": deepseek.deepseek,
    "deepseek_v2": deepseek.deepseek_v2,
    "deepseek_v3": deepseek.deepseek_v3,
    "deepseek_v32": deepseek.deepseek_v32,
    "deepseek_v4": deepseek.deepseek_v4,
    "dots1": deepseek.dots1,
    "ernie4_5": dense.ernie,
    "ernie4_5_moe": mixtures.ernie_moe,
    "gemma": dense.gemma,
    "gemma2": dense.gemma2,
    "gemma3_text": dense.gemma3,
    "gemma4_text": dense.gemma4,
    "glm": dense.glm4,
    "glm4": dense.glm4,
    "glm4_moe": deepseek.glm4_moe,
    "glm_moe_dsa": deepseek.deepseek_v32,
    "gpt_oss": mixtures.gpt_oss,
    "granite": dense.granite,
    "granitemoe": mixtures.granitemoe,
    "grok-1": mixtures.grok1,
    "hunyuan": mixtures.hunyuan_moe,
    "hunyuan_v1_dense": dense.hunyuan,
    "hunyuan_v1_moe": mixtures.hunyuan_moe,
    "jamba": hybrids.jamba,
    "kimi_k2": deepseek.deepseek_v3,
    "kimi_linear": hybrids.kimi_linear,
    "llama": dense.llama,
    "llama4_text": mixtures.llama4,
    "mimo": dense.mimo,
    "mimo_v2_flash": mixtures.mimo_v2,
    "minimax": hybrids.minimax,
    "minimax_m1": hybrids.minimax,
    "minimax_m2": mixtures.minimax_m2,
    "minimax_m3": mixtures.minimax_m3,
    "mistral": dense.mistral,
    "mixtral": mixtures.mixtral,
    "nemotron_h": hybrids.nemotron_h,
    "olmo": dense.olmo,
    "olmo2": dense.olmo2,
    "olmo3": dense.olmo2,
    "olmoe": mixtures.olmoe,
    "phi3": dense.phi3,
    "phimoe": mixtures.phimoe,
    "qwen2": dense.qwen2,
    "qwen2_moe": mixtures.qwen2_moe,
    "qwen3": dense.qwen3,
    "qwen3_5_moe_text": hybrids.qwen3_next,
    "qwen3_5_text": hybrids.qwen3_next,
    "qwen3_moe": mixtures.qwen3_moe,
    "qwen3_next": hybrids.qwen3_next,
    "qwen3_vl_moe_text": mixtures.qwen3_moe,
    "qwen3_vl_text": dense.qwen3,
    "seed_oss": dense.seed_oss,
    "smollm3": dense.smollm3,
    "starcoder2": dense.starcoder2,
    "step3p7": mixtures.step3,
}
"""Language models by `model_type`: a function from a config to what it adds up to."""

WITH_VISION: dict[str, tuple[str, Callable[[Config, int], int] | None]] = {
    "gemma3": ("gemma3_text", towers.gemma3),
    "gemma4": ("gemma4_text", towers.gemma4),
    "kimi_k25": ("kimi_k2", towers.moonvit),
    "kimi_k3": ("kimi_linear", towers.moonvit),
    "llama4": ("llama4_text", None),
    "minimax_m3_vl": ("minimax_m3", towers.minimax_m3),
    "qwen3_5": ("qwen3_5_text", towers.qwen3_vl),
    "qwen3_5_moe": ("qwen3_5_moe_text", towers.qwen3_vl),
    "qwen3_vl": ("qwen3_vl_text", towers.qwen3_vl),
    "qwen3_vl_moe": ("qwen3_vl_moe_text", towers.qwen3_vl),
}
"""Multimodal models: the `model_type` of the language model in `text_config`, and the tower's function.

The language model may bear another name of the same function: Kimi-K2.5 says `deepseek_v3` or
`kimi_k2`. A tower whose function is None is not understood: the language model is counted, the total is not.
"""

TOWER_ELSEWHERE = ("step3p7",)
"""Language models whose released repositories also hold a tower that these configs do not describe."""


def from_config(document: Any, where: str = "config.json") -> Counts:
    """The counts of one parsed config.json.

    where: names the document in errors, usually the repository id.
    Raises ArchitectureError, one line, for what is malformed or not understood.
    """
    counts, _ = read(document, where)
    return counts


def read(document: Any, where: str = "config.json") -> tuple[Counts, Config]:
    """The counts, and the config that remembers which of its fields decided them."""
    config = Config(document, where)
    model_type = config.text("model_type")
    if model_type in WITH_VISION:
        tally = _with_vision(config, *WITH_VISION[model_type])
    elif model_type in FAMILIES:
        tally = FAMILIES[model_type](config)
        if model_type in TOWER_ELSEWHERE:
            tally.has_vision = None
    else:
        raise ArchitectureError(
            f"model_type {model_type!r} is unknown", where=where, next_step="add its formula to pipeline/architectures"
        )
    config.refuse_unread()
    return tally.finish(model_type), config


def _with_vision(config: Config, language: str, tower: Callable[[Config, int], int] | None) -> Tally:
    """The language model of `text_config`, and its tower where it is described and understood.

    Whether the tables are one table is decided outside of `text_config` where both say it; so is the
    width of what joins a tower.
    """
    text = config.section("text_config")
    named = text.text("model_type") if text.has("model_type") else language
    if FAMILIES.get(named) is not FAMILIES[language]:
        raise ArchitectureError(f"language model {named!r} is unknown", where=config.where)
    if config.has("tie_word_embeddings"):
        text.inherit("tie_word_embeddings", config)
    tally = FAMILIES[language](text)
    if not config.has("vision_config") or tower is None:
        tally.has_vision = None
        return tally
    vision = config.section("vision_config")
    if config.has("projector_hidden_size"):
        vision.inherit("projector_hidden_size", config)
    tally.has_vision = True
    tally.add("vision", tower(vision, tally.hidden_size))
    return tally
