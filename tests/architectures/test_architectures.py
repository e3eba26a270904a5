"""Facts of architectures: what a config.json comes to, and what is refused.

`architectures.json` holds small models of many families, each instantiated without weights
(transformers 5.23.0 with torch 2.13.0 on the meta device, November 2026): the config as that library
writes it, the parameters that it has, and those of its vision tower. Correction biases are not in.
"""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import architectures, register
from pipeline.architectures.counts import Counts
from pipeline.base.errors import ArchitectureError
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import PARTS
from tests.conftest import shared

INSTANTIATED = json.loads((Path(__file__).parent / "architectures.json").read_text(encoding="utf-8"))

EXACT_FAMILIES = {
    "llama",
    "qwen2",
    "qwen3",
    "qwen3_moe",
    "mixtral",
    "deepseek_v2",
    "deepseek_v3",
    "kimi_k2",
    "glm4_moe",
    "gpt_oss",
}
"""Equal to the last parameter; the others within half a percent."""

ONE_TABLE_NAMED = {"nemotron_h"}
"""The measured file names one of their two equal tables."""

DEEPSEEK = {
    "model_type": "deepseek_v3",
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "vocab_size": 129280,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "first_k_dense_replace": 3,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "num_nextn_predict_layers": 1,
}


def counts_of(document: Any) -> Counts:
    return architectures.from_config(document, "a/model")


# ------------------------------------------------------------------------- against instantiated models


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{place}-{case['model_type']}") for place, case in enumerate(INSTANTIATED)]
)
def test_count_equals_the_instantiated_model(case: dict[str, Any]):
    counts = counts_of(case["config"])
    assert counts.total == case["parameters"]
    assert counts.parts.get("vision", 0) == case["vision"]


def measured() -> list[dict[str, str]]:
    with shared("configs", "exact_counts.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_count_equals_the_measured_releases():
    compared = 0
    for line in measured():
        path = shared("configs", line["model"].replace("/", "__"), "config.json")
        document = json.loads(path.read_text(encoding="utf-8"))
        counts = architectures.from_config(document, line["model"])
        expected = int(line["parameters_text"])
        if document["model_type"] in EXACT_FAMILIES:
            assert counts.text == expected, line["model"]
        assert math.isclose(counts.text, expected, rel_tol=0.005), line["model"]
        assert counts.routed == int(line["parameters_routed_experts"]), line["model"]
        if counts.routed:
            assert (counts.experts, counts.experts_per_token) == (int(line["experts"]), int(line["experts_per_token"]))
        if line["parameters_vision"]:
            assert counts.parts.get("vision", 0) == int(line["parameters_vision"]), line["model"]
        if line["parameters_total"]:
            assert counts.total == int(line["parameters_total"]), line["model"]
        else:
            assert counts.total is None
        if document["model_type"] not in ONE_TABLE_NAMED | {"step3p7"}:
            assert counts.embeddings == int(line["parameters_embeddings"]), line["model"]
        compared += 1
    assert compared == 40


def test_every_config_is_counted():
    folder = shared("configs")
    refused = {}
    for path in sorted(folder.glob("*/config.json")):
        try:
            architectures.from_config(json.loads(path.read_text(encoding="utf-8")), path.parent.name)
        except ArchitectureError as error:
            refused[path.parent.name] = str(error)
    assert refused == {}


def registered(table: str) -> dict[str, dict[str, Any]]:
    return {row["model"]: row for row in register.load(table, Paths().register).iter_rows(named=True)}


def registered_config(model: str) -> Any:
    return json.loads(registered("configurations")[model]["config"])


@pytest.mark.parametrize("model", ["MiniMaxAI/MiniMax-M3", "moonshotai/Kimi-K2.5", "moonshotai/Kimi-K3"])
def test_total_and_correction_biases_are_all_that_the_files_store(model: str):
    """Formulas without a measured model are confirmed by the stored elements, tower included."""
    counts = counts_of(registered_config(model))
    assert counts.total is not None
    assert counts.correction_biases > 0
    assert counts.total + counts.correction_biases == registered("releases")[model]["parameters_total"]


def test_the_language_model_of_kimi_k2_5_is_that_of_kimi_k2():
    later, first = (counts_of(registered_config(f"moonshotai/Kimi-K2{name}")) for name in (".5", "-Instruct"))
    assert {part: count for part, count in later.parts.items() if part != "vision"} == first.parts
    assert (later.active, later.caches) == (first.active, first.caches)


@pytest.mark.parametrize(
    ("model", "section", "fields", "refusal"),
    [
        ("moonshotai/Kimi-K2.5", "vision_config", {"mm_projector_type": "new"}, "mm_projector_type new"),
        ("moonshotai/Kimi-K2.5", "vision_config", {"text_hidden_size": 4096}, "text_hidden_size is not"),
        ("moonshotai/Kimi-K2.5", "vision_config", {"attn_bias": False}, "attn_bias is not understood"),
        ("moonshotai/Kimi-K2.5", "text_config", {"model_type": "llama"}, "language model 'llama' is unknown"),
        ("moonshotai/Kimi-K3", "text_config", {"mla_use_output_gate": False}, "mla_use_output_gate other than true"),
        ("moonshotai/Kimi-K3", "text_config", {"num_hidden_layers": 92}, "must be from 0 to 92"),
        ("MiniMaxAI/MiniMax-M3", "text_config", {"qk_norm_type": "per_layer"}, "qk_norm_type per_layer"),
    ],
)
def test_a_switch_of_the_newest_families_that_no_file_confirms_is_refused(
    model: str, section: str, fields: dict[str, Any], refusal: str
):
    config = registered_config(model)
    with pytest.raises(ArchitectureError, match=refusal):
        counts_of(config | {section: config[section] | fields})


def test_block_sparse_attention_keeps_every_token_and_reads_the_chosen_ones():
    counts = counts_of(registered_config("MiniMaxAI/MiniMax-M3"))
    assert counts.kv_values_per_token == 60 * 2 * 4 * 128
    assert counts.indexer_values(1) == 57 * 128
    read = [counts.attention_multiplications(tokens) for tokens in (8_192, 16_384)]
    assert read[1] - read[0] == 8_192 * (3 * 64 * 2 * 128 + 57 * 4 * 128), "three layers and the indexers read on"


def test_kimi_k3_keeps_a_state_in_three_layers_of_four():
    counts = counts_of(registered_config("moonshotai/Kimi-K3"))
    assert counts.kv_values_per_token == 24 * 576
    assert counts.state_values == 69 * (96 * 128 * 128 + 3 * 12_288 * 4)


# ---------------------------------------------------------------------------- facts of single models


@pytest.mark.parametrize(
    ("document", "kv_bytes"),
    [
        (DEEPSEEK, 70_272),
        (
            {
                "model_type": "qwen2",
                "hidden_size": 8192,
                "intermediate_size": 29568,
                "num_hidden_layers": 80,
                "num_attention_heads": 64,
                "num_key_value_heads": 8,
                "vocab_size": 152064,
            },
            327_680,
        ),
        (
            {
                "model_type": "llama",
                "hidden_size": 16384,
                "intermediate_size": 53248,
                "num_hidden_layers": 126,
                "num_attention_heads": 128,
                "num_key_value_heads": 8,
                "vocab_size": 128256,
            },
            516_096,
        ),
    ],
)
def test_cache_per_token_at_full_attention(document: dict[str, Any], kv_bytes: int):
    assert 2 * counts_of(document).kv_values_per_token == kv_bytes


def test_what_no_token_needs_is_counted_apart():
    counts = counts_of(DEEPSEEK)
    assert counts.total == 671_026_404_352
    assert counts.correction_biases == 58 * 256
    assert counts.mtp is not None
    assert 11.5e9 < counts.mtp < 11.7e9
    assert counts_of(DEEPSEEK | {"num_nextn_predict_layers": 0}).total == counts.total


def test_mtp_and_biases_explain_what_glm_5_stores_beyond_its_count():
    document = json.loads(shared("configs", "zai-org__GLM-5", "config.json").read_text(encoding="utf-8"))
    counts = counts_of(document)
    stored = 753_864_139_008
    layers_with_bias = 78 - 3 + 1
    assert counts.total is not None
    assert counts.mtp is not None
    assert counts.total + counts.mtp + layers_with_bias * 256 == stored


def test_windows_stop_the_cache_and_states_add_nothing_to_it():
    sliding = {
        "model_type": "mistral",
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 32000,
        "sliding_window": 4096,
    }
    counts = counts_of(sliding)
    assert counts.kv_values(131_072) == counts.kv_values(4096) == 4096 * counts.kv_values_per_token
    hybrid = next(case["config"] for case in INSTANTIATED if case["model_type"] == "qwen3_5_text")
    assert counts_of(hybrid).state_values > 0
    full = [kind for kind in hybrid["layer_types"] if kind == "full_attention"]
    assert counts_of(hybrid).kv_values_per_token == len(full) * 2 * 2 * 64


def test_parts_add_up_and_have_known_names():
    for case in INSTANTIATED:
        counts = counts_of(case["config"])
        assert set(counts.parts) <= set(PARTS)
        assert sum(counts.parts.values()) == counts.total
        assert min(counts.parts.values()) > 0


# --------------------------------------------------------------------------------------- properties

MIXTURES = [case["config"] for case in INSTANTIATED if counts_of(case["config"]).routed]
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
PER_TOKEN = ("num_experts_per_tok", "moe_topk", "moe_k", "top_k_experts")


def changed(document: dict[str, Any], names: tuple[str, ...], value: int) -> dict[str, Any]:
    """The config with the first of the fields set, inside text_config where it is there."""
    if "text_config" in document:
        return document | {"text_config": changed(document["text_config"], names, value)}
    return document | {name: value for name in names if name in document}


@given(document=st.sampled_from(MIXTURES), experts=st.integers(2, 512), more=st.integers(0, 512))
def test_more_experts_never_lower_the_total(document: dict[str, Any], experts: int, more: int):
    fewer = counts_of(changed(document, EXPERTS, experts))
    larger = counts_of(changed(document, EXPERTS, experts + more))
    assert larger.text >= fewer.text
    assert (larger.text > fewer.text) == (more > 0)


@given(document=st.sampled_from(MIXTURES), experts=st.integers(1, 512))
def test_all_experts_at_work_make_active_equal_total(document: dict[str, Any], experts: int):
    counts = counts_of(changed(changed(document, EXPERTS, experts), PER_TOKEN, experts))
    assert counts.active == counts.text


@given(document=st.sampled_from(MIXTURES), per_token=st.integers(1, 64))
def test_one_more_expert_per_token_activates_more(document: dict[str, Any], per_token: int):
    of_64 = changed(document, EXPERTS, 65)
    one = counts_of(changed(of_64, PER_TOKEN, per_token))
    more = counts_of(changed(of_64, PER_TOKEN, per_token + 1))
    assert more.active - one.active == pytest.approx(one.routed / 65, abs=1)


UNIFORM = ("llama", "mistral", "qwen2", "qwen3", "mixtral", "olmoe", "granite", "phimoe", "gpt_oss", "minimax_m2")


@given(
    case=st.sampled_from([case for case in INSTANTIATED if case["model_type"] in UNIFORM]),
    layers=st.integers(1, 200),
)
def test_twice_the_layers_have_twice_the_parameters_of_layers(case: dict[str, Any], layers: int):
    plain = {name: value for name, value in case["config"].items() if name != "layer_types"}
    at = {count: counts_of(plain | {"num_hidden_layers": count}) for count in (layers, 2 * layers, 3 * layers)}
    texts = [at[count].text for count in (layers, 2 * layers, 3 * layers)]
    assert texts[1] - texts[0] == texts[2] - texts[1] > 0
    ends = 2 * texts[0] - texts[1]
    assert ends == sum(at[layers].parts.get(part, 0) for part in ("embedding_input", "embedding_output")) + (
        at[layers].parts["norms"] * 2 - at[2 * layers].parts["norms"]
    )


# --------------------------------------------------------------------------------- malformed configs

WRONG: list[Any] = [
    None,
    "4096",
    "",
    -1,
    0,
    True,
    4096.0,
    math.nan,
    math.inf,
    10**30,
    10**5000,
    [4096],
    {"size": 4096},
]


def assert_refused(document: Any, *named: str) -> None:
    with pytest.raises(ArchitectureError) as refusal:
        architectures.from_config(document, "a/model")
    line = str(refusal.value)
    assert "\n" not in line
    assert len(line) < 300
    for name in named:
        assert name in line


@pytest.mark.parametrize("name", ["hidden_size", "num_hidden_layers", "vocab_size", "n_routed_experts", "kv_lora_rank"])
@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_a_bad_size_is_named(name: str, value: Any):
    assert_refused(DEEPSEEK | {name: value}, name, "a/model")


@pytest.mark.parametrize("name", sorted(set(DEEPSEEK) - {"num_key_value_heads", "num_nextn_predict_layers"}))
def test_a_missing_field_is_named_or_has_its_familys_default(name: str):
    rest = {key: value for key, value in DEEPSEEK.items() if key != name}
    if name in ("q_lora_rank", "n_shared_experts", "first_k_dense_replace"):
        assert counts_of(rest).text != counts_of(DEEPSEEK).text
    else:
        assert_refused(rest, name, "is missing")


@pytest.mark.parametrize("document", [None, [], "llama", 3, {}, {"model_type": None}, {"model_type": ["llama"]}])
def test_what_is_no_config_is_refused(document: Any):
    assert_refused(document)


def test_an_unknown_model_type_is_never_guessed():
    assert_refused(DEEPSEEK | {"model_type": "llama-but-new"}, "'llama-but-new' is unknown")


@pytest.mark.parametrize(
    ("document", "part"),
    [
        (DEEPSEEK | {"index_n_heads": 64}, "index_n_heads"),
        (DEEPSEEK | {"audio_config": {"hidden_size": 8}}, "audio_config"),
        (DEEPSEEK | {"moe_layer_freq": 2}, "moe_layer_freq"),
        (DEEPSEEK | {"model_type": "llama", "head_dim": 56}, "kv_lora_rank"),
        (DEEPSEEK | {"num_experts_per_tok": 257}, "257 of 256 experts"),
    ],
)
def test_a_part_that_the_family_does_not_have_is_named(document: dict[str, Any], part: str):
    assert_refused(document, part)


def test_sizes_that_multiply_beyond_any_model_are_refused():
    assert_refused(DEEPSEEK | {"hidden_size": 10**9, "vocab_size": 10**9}, "more than 10 quadrillion")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    case=st.sampled_from(INSTANTIATED),
    data=st.data(),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_anything_in_any_field_is_counted_or_refused_in_one_line(case: dict[str, Any], data: st.DataObject, value: Any):
    document = dict(case["config"])
    target = document
    if "text_config" in document and data.draw(st.booleans()):
        target = dict(document["text_config"])
        document["text_config"] = target
    target[data.draw(st.sampled_from(sorted(target)))] = value
    try:
        counts, line = counts_of(document), ""
    except ArchitectureError as refusal:
        counts, line = None, str(refusal)
    assert "\n" not in line
    assert counts is None or counts.text > 0


# -------------------------------------------------------------------------------------- the register


def test_the_register_holds_only_fields_that_decide_a_count():
    for model, config in register.load("configurations", Paths().register).select("model", "config").iter_rows():
        document = json.loads(config)
        _, read = architectures.read(document, model)
        assert read.read_fields() == document, model


def test_the_register_and_a_full_config_give_the_same_counts():
    renamed = dict(register.load("renames", Paths().register).select("old", "new").iter_rows())
    rows = dict(register.load("configurations", Paths().register).select("model", "config").iter_rows())
    for line in measured():
        path = shared("configs", line["model"].replace("/", "__"), "config.json")
        whole = architectures.from_config(json.loads(path.read_text(encoding="utf-8")), line["model"])
        short = architectures.from_config(json.loads(rows[renamed.get(line["model"], line["model"])]), line["model"])
        assert short == whole, line["model"]
