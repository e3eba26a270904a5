"""The register's facts: who owns what, what was released when, and what a name says."""

import datetime as dt
import re
from collections import Counter
from functools import cache
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base.paths import Paths

TABLES = (
    "organisations",
    "families",
    "family_rules",
    "architectures",
    "releases",
    "repackagers",
    "formats",
    "series_patterns",
    "series_read",
    "mirrors",
    "modelscope",
    "renames",
    "licences",
    "benchmarks",
    "published_counts",
    "snapshot_gaps",
    "events",
    "distillations",
    "timeline",
    "languages",
)
COLOURED = ("Qwen", "Llama", "DeepSeek", "Gemma", "Mistral", "GLM", "Kimi", "MiniMax", "gpt-oss", "Phi")

# Dense although its tag is otherwise a mixture's: Llama Guard 4 was pruned from Llama 4 Scout to a dense model.
DENSE_UNDER_A_MIXTURES_TAG = {"meta-llama/Llama-Guard-4-12B"}


@cache
def table(name: str) -> pl.DataFrame:
    return register.load(name, Paths().register)


@cache
def releases() -> dict[str, dict[str, Any]]:
    return {row["model"]: row for row in table("releases").iter_rows(named=True)}


@cache
def sample() -> pl.DataFrame:
    """Columns of the embedded sample: `id, createdAt, likes, pipeline_tag, total`."""
    rows = pl.read_parquet(Paths().sample / "models.parquet")
    return rows.select("id", "createdAt", "likes", "pipeline_tag", total=pl.col("safetensors").struct.field("total"))


def family_of(model: str) -> str | None:
    """The family by the first rule that matches, as the pipeline reads the rules."""
    space, name = model.lower().split("/")
    rules = table("family_rules").sort("order")
    for row in rules.iter_rows(named=True):
        if row["namespace"].lower() == space and re.search(row["repository_pattern"], name):
            return row["family"]
    return None


def without_formats(name: str) -> str:
    """A repository name with its format tokens taken off the end, one at a time."""
    stripped = name.lower()
    patterns = table("formats").sort("order")["name_pattern"].to_list()
    while True:
        shorter = next((re.sub(p, "", stripped) for p in patterns if re.search(p, stripped)), stripped)
        if shorter == stripped:
            return stripped
        stripped = shorter


def bears(family: str, name: str) -> bool:
    """Whether a repository name bears a family's name."""
    pattern = table("families").filter(pl.col("family") == family)["name_pattern"].item()
    return bool(pl.Series([name.lower()]).str.contains(pattern).item())


# ------------------------------------------------------------------------------------- every table


@pytest.mark.parametrize("name", TABLES)
def test_table_keeps_its_contract_and_has_rows(name: str) -> None:
    assert table(name).height > 0


@pytest.mark.parametrize("name", TABLES)
def test_every_row_names_its_source(name: str) -> None:
    assert table(name)["source"].str.len_chars().min() > 4  # type: ignore[operator]


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_dated_or_says_that_the_date_is_unknown(name: str) -> None:
    frame = table(name)
    column = {"releases": "released", "published_counts": "published"}.get(name, "date")
    dates = frame[column].drop_nulls()
    assert dates.min() > dt.date(2017, 1, 1)  # type: ignore[operator]
    assert dates.max() <= dt.date(2026, 12, 31)  # type: ignore[operator]
    if name != "releases":
        assert dates.len() == frame.height


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_names_a_machine_path(name: str) -> None:
    for column in table(name).select(pl.selectors.string()):
        assert not column.drop_nulls().str.contains(r"(^|[ ;])/(work|tmp|home|root)/").any()


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("families", "name_pattern"),
        ("family_rules", "repository_pattern"),
        ("formats", "name_pattern"),
        ("series_patterns", "name_pattern"),
    ],
)
def test_patterns_compile_in_polars_and_are_lower_case(name: str, column: str) -> None:
    probe = pl.Series(["qwen3-30b-a3b-instruct-2507-awq-4bit", "", "x"])
    for pattern in table(name)[column]:
        assert probe.str.contains(pattern).dtype == pl.Boolean
        assert re.sub(r"\\.", "", pattern) == re.sub(r"\\.", "", pattern).lower()


# ---------------------------------------------------------------------------- organisations, families


def test_a_namespace_has_one_owner_whatever_its_case() -> None:
    spaces = table("organisations")["namespace"].str.to_lowercase()
    assert spaces.n_unique() == spaces.len()


def test_an_organisation_sits_in_one_country() -> None:
    countries = table("organisations").group_by("organisation").agg(pl.col("country").n_unique())
    assert countries.filter(pl.col("country") > 1).is_empty()


@pytest.mark.parametrize(
    ("namespace", "organisation", "country"),
    [
        ("Qwen", "Alibaba", "China"),
        ("Alibaba-NLP", "Alibaba", "China"),
        ("meta-llama", "Meta", "United States"),
        ("meta-models", "Meta", "United States"),
        ("dots-studio", "Rednote", "China"),
        ("facebook", "Meta", "United States"),
        ("THUDM", "Z.ai", "China"),
        ("zai-org", "Z.ai", "China"),
        ("mistralai", "Mistral AI", "France"),
        ("CohereForAI", "Cohere", "Canada"),
        ("tiiuae", "Technology Innovation Institute", "United Arab Emirates"),
        ("stabilityai", "Stability AI", "United Kingdom"),
        ("black-forest-labs", "Black Forest Labs", "Germany"),
        ("bigscience", "BigScience", "International"),
    ],
)
def test_namespace_belongs_to(namespace: str, organisation: str, country: str) -> None:
    row = table("organisations").filter(pl.col("namespace") == namespace).row(0, named=True)
    assert (row["organisation"], row["country"]) == (organisation, country)


def test_every_family_has_a_known_organisation_and_every_rule_a_known_family_and_namespace() -> None:
    organisations, families = table("organisations"), table("families")
    assert set(families["organisation"]) <= set(organisations["organisation"])
    assert set(table("family_rules")["family"]) <= set(families["family"])
    assert set(table("family_rules")["namespace"]) <= set(organisations["namespace"])


def test_every_family_has_a_rule() -> None:
    assert set(table("families")["family"]) == set(table("family_rules")["family"])


def test_the_ten_coloured_families_come_in_their_fixed_order() -> None:
    assert tuple(table("families").sort("rank")["family"].head(10)) == COLOURED


def test_ranks_have_no_gap() -> None:
    ranks = table("families")["rank"].sort().to_list()
    assert ranks == list(range(1, len(ranks) + 1))


def test_a_family_belongs_to_the_owner_of_its_namespaces() -> None:
    """Exceptions: Stable Diffusion's first publisher and a re-upload, and Hugging Face's distilled encoders."""
    owner = dict(table("organisations").select("namespace", "organisation").iter_rows())
    behind = dict(table("families").select("family", "organisation").iter_rows())
    strangers = {
        (row["namespace"], row["family"])
        for row in table("family_rules").iter_rows(named=True)
        if owner[row["namespace"]] != behind[row["family"]]
    }
    assert strangers == {
        ("CompVis", "Stable Diffusion"),
        ("distilbert", "BERT"),
        ("distilbert", "GPT-2"),
        ("distilbert", "RoBERTa"),
        ("stable-diffusion-v1-5", "Stable Diffusion"),
    }


@pytest.mark.parametrize("namespace", ["mistral-community", "stable-diffusion-v1-5"])
def test_a_re_uploader_is_not_the_maker(namespace: str) -> None:
    row = table("organisations").filter(pl.col("namespace") == namespace).row(0, named=True)
    assert row["organisation"] not in set(table("families")["organisation"])
    assert namespace in set(table("repackagers")["namespace"])


def test_a_country_is_cited_to_what_states_it() -> None:
    """The source names a region: China and the United States are countries, others are narrower than it."""
    countries = {"china": "China", "us": "United States"}
    for row in table("organisations").iter_rows(named=True):
        assert "as the organisation states it" not in row["source"]
        region = re.search(r"country: (?:as of \S+, )?region (\S+) in", row["source"])
        if region:
            assert countries.get(region[1], row["country"]) == row["country"], row["namespace"]
            assert region[1] in countries or row["country"] in ("International", "Unknown"), row["namespace"]


def test_a_family_is_not_older_than_the_paper_that_dates_it() -> None:
    """An arXiv number begins with the year and month of its first version, so the paper cannot show an earlier day."""
    for row in table("families").iter_rows(named=True):
        paper = re.search(r"arxiv[.]org/abs/(\d\d)(\d\d)[.]", row["source"])
        if paper:
            assert row["date"] >= dt.date(2000 + int(paper[1]), int(paper[2]), 1), row["family"]


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("Qwen/Qwen-Image", "Qwen"),
        ("qwen/qwq-32b", "Qwen"),
        ("Wan-AI/Wan2.1-T2V-14B", "Wan"),
        ("meta-llama/Llama-Guard-3-8B", "Llama"),
        ("meta-llama/Prompt-Guard-86M", None),
        ("codellama/CodeLlama-7b-hf", "Llama"),
        ("facebook/opt-125m", "OPT"),
        ("facebook/wav2vec2-base", None),
        ("facebook/MobileLLM-R1-360M", None),
        ("google/gemma-2-9b", "Gemma"),
        ("google/t5gemma-2b-2b-ul2", "Gemma"),
        ("google/flan-t5-xl", "T5"),
        ("google/mt5-small", "T5"),
        ("google/vit-base-patch16-224", None),
        ("google/bert_uncased_L-2_H-128_A-2", "BERT"),
        ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", "Nemotron"),
        ("nvidia/Llama-3.1-8B-Instruct-FP8", None),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "DeepSeek"),
        ("THUDM/chatglm-6b", "GLM"),
        ("zai-org/CogVideoX-5b", None),
        ("microsoft/phi-2", "Phi"),
        ("microsoft/DialoGPT-medium", None),
        ("microsoft/Florence-2-base", None),
        ("allenai/OLMoE-1B-7B-0924", "OLMo"),
        ("allenai/olmOCR-7B-0825", None),
        ("allenai/Molmo-7B-D-0924", None),
        ("openai/gpt-oss-20b", "gpt-oss"),
        ("meta-models/Muse-Glimmer-30B", "Muse"),
        ("nvidia/Muse-Glimmer-30B-NVFP4", None),
        ("dots-studio/dots3-note-prev", "dots"),
        ("mistral-community/Mistral-7B-v0.2", None),
        ("openai/clip-vit-base-patch32", None),
        ("bigscience/mt0-large", None),
        ("someone/qwen-finetune", None),
    ],
)
def test_rules_distinguish_the_families_of_a_lab(model: str, family: str | None) -> None:
    assert family_of(model) == family


@pytest.mark.parametrize(
    ("family", "name", "counts"),
    [
        ("Qwen", "My-Qwen2.5-7B-sft", True),
        ("Qwen", "CodeQwen1.5-7B-Chat", True),
        ("Qwen", "QwQ-32B-abliterated", True),
        ("Qwen", "SeaQwen2-0.5B", False),
        ("Qwen", "AfriqueQwen3.5-4B", False),
        ("Llama", "Meta-Llama-3-8B-Instruct", True),
        ("Llama", "llama2-7b-chat", True),
        ("Llama", "CodeLlama-7b-hf", True),
        ("Llama", "LlamaGuard-7b", True),
        ("Llama", "TinyLlama-1.1B-Chat-v1.0", False),
        ("Llama", "openllama-3b", False),
        ("Llama", "Yi-34B-llamafied", False),
        ("Llama", "llava-1.5-7b", False),
        ("DeepSeek", "DeepSeek-R1-Distill-Qwen-7B", True),
        ("Qwen", "DeepSeek-R1-Distill-Qwen-7B", True),
        ("Llama", "DeepSeek-R1-Distill-Llama-8B", True),
        ("Gemma", "shieldgemma-9b", True),
        ("Gemma", "WaifuGemma4-26b", False),
        ("Mistral", "Mixtral-8x7B-v0.1", True),
        ("Mistral", "mistral7b-lora", True),
        ("Phi", "dolphin-2.6-phi-2", True),
        ("Phi", "dolphin-mixtral", False),
        ("OLMo", "Molmo-7B-D", False),
        ("Step", "TinyLlama-1.1B-intermediate-step-1431k-3T", False),
        ("GLM", "chatglm3-6b-ft", True),
        ("gpt-oss", "gpt_oss_20b_math", True),
    ],
)
def test_a_name_counts_for_a_family_only_as_a_word_of_its_own(family: str, name: str, counts: bool) -> None:
    assert bears(family, name) is counts


def test_patterns_of_compared_families_have_the_same_form() -> None:
    patterns = dict(table("families").select("family", "name_pattern").iter_rows())
    for family in ("Qwen", "Llama", "DeepSeek", "Gemma", "Mistral"):
        assert patterns[family].startswith("(^|[^a-z])")
        assert patterns[family].endswith("([^a-z]|$)")


# --------------------------------------------------------------------------------------- releases


def test_a_release_is_listed_once_whatever_its_case() -> None:
    models = table("releases")["model"].str.to_lowercase()
    assert models.n_unique() == models.len()


def test_every_release_belongs_to_a_family_and_an_organisation() -> None:
    spaces = set(table("organisations")["namespace"])
    for model in releases():
        assert family_of(model), model
        assert model.split("/")[0] in spaces, model


def test_the_list_is_long_where_the_report_needs_it() -> None:
    counts = Counter(family_of(model) for model in releases())
    assert table("releases").height >= 700
    assert counts["Qwen"] >= 180
    assert counts["Llama"] >= 60
    assert counts["DeepSeek"] >= 80


def test_no_release_is_a_format_conversion() -> None:
    """NVIDIA and Cohere put BF16 into the name of the original itself."""
    for model in releases():
        name = model.split("/")[1].lower()
        if without_formats(name) != name:
            assert name.endswith("-bf16"), model
            assert model.startswith(("nvidia/", "CohereLabs/")), model


def test_a_date_says_what_it_is() -> None:
    frame = table("releases")
    assert frame.filter(pl.col("released").is_null() != pl.col("date_kind").is_null()).is_empty()
    assert frame.filter(pl.col("released") == dt.date(2022, 3, 2)).is_empty()
    announced = frame.filter(pl.col("date_kind") == "announced")
    assert announced.filter(~pl.col("source").str.contains("announced: ", literal=True)).is_empty()


@pytest.mark.parametrize(
    ("model", "day"),
    [
        ("deepseek-ai/DeepSeek-R1", "2025-01-20"),
        ("deepseek-ai/DeepSeek-V3", "2024-12-26"),
        ("deepseek-ai/DeepSeek-V3.2", "2025-12-01"),
        ("meta-llama/Llama-2-70b-hf", "2023-07-18"),
        ("meta-llama/Meta-Llama-3-8B", "2024-04-18"),
        ("meta-llama/Llama-3.1-405B", "2024-07-23"),
        ("meta-llama/Llama-4-Maverick-17B-128E", "2025-04-05"),
        ("Qwen/Qwen2.5-72B", "2024-09-19"),
        ("Qwen/Qwen3-235B-A22B", "2025-04-29"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", "2025-07-21"),
        ("mistralai/Mixtral-8x7B-v0.1", "2023-12-11"),
        ("google/gemma-3-27b-pt", "2025-03-12"),
        ("openai/gpt-oss-120b", "2025-08-05"),
        ("openai/gpt-oss-safeguard-20b", "2025-10-29"),
        ("baidu/ERNIE-4.5-VL-28B-A3B-Thinking", "2025-11-11"),
        ("meta-models/Muse-Glimmer-30B", "2026-08-10"),
        ("moonshotai/Kimi-K2-Instruct", "2025-07-11"),
        ("zai-org/GLM-4.5", "2025-07-28"),
    ],
)
def test_launch_days(model: str, day: str) -> None:
    row = releases()[model]
    assert row["released"] == dt.date.fromisoformat(day)
    assert row["date_kind"] == "announced"


@pytest.mark.parametrize(
    ("model", "elements"),
    [
        ("Qwen/Qwen2.5-7B", 7_615_616_512),
        ("Qwen/Qwen2.5-72B", 72_706_203_648),
        ("meta-llama/Llama-3.1-8B", 8_030_261_248),
        ("meta-llama/Llama-3.1-405B", 405_853_388_800),
        ("deepseek-ai/DeepSeek-V3", 684_531_386_000),
        ("openai/gpt-oss-20b", 20_914_757_184),
        ("deepseek-ai/deepseek-llm-7b-base", 6_910_365_696),
    ],
)
def test_exact_element_counts(model: str, elements: int) -> None:
    assert releases()[model]["parameters_total"] == elements


def test_no_element_count_is_a_rounded_figure() -> None:
    totals = table("releases")["parameters_total"].drop_nulls()
    assert totals.filter(totals % 1_000_000 == 0).is_empty()


def test_a_stated_size_stands_in_for_elements_and_never_beside_them() -> None:
    frame = table("releases")
    assert frame.filter(pl.col("parameters_total").is_not_null() & pl.col("parameters_stated").is_not_null()).is_empty()
    stated = frame.drop_nulls("parameters_stated")
    assert stated["cross_check"].str.contains("size: ", literal=True).all()
    assert frame.drop_nulls("parameters_total").filter(pl.col("cross_check").str.contains("size: ")).is_empty()


def test_a_size_by_name_is_the_one_in_the_name() -> None:
    for row in table("releases").filter(pl.col("cross_check").str.contains("size: stated in the name")).to_dicts():
        sizes = re.findall(r"(\d+(?:[._]\d+)?)([bmt])(?![a-z0-9])", row["model"].lower())
        found = {round(float(n.replace("_", ".")) * {"b": 1e9, "m": 1e6, "t": 1e12}[unit]) for n, unit in sizes}
        assert row["parameters_stated"] in found | {sum(found)} | {2 * size for size in found}, row["model"]


def test_a_size_by_another_release_is_that_releases_to_three_digits() -> None:
    for row in table("releases").filter(pl.col("cross_check").str.contains(", same architecture")).to_dicts():
        other = re.search(r"size: that of (\S+), same", row["cross_check"])
        assert other
        total = releases()[other.group(1)]["parameters_total"]
        assert row["parameters_stated"] == pytest.approx(total, rel=0.005), row["model"]


@pytest.mark.parametrize(
    ("family", "share"),
    [
        ("Qwen", 0.97),
        ("Llama", 1),
        ("DeepSeek", 1),
        ("Gemma", 0.93),
        ("Mistral", 0.97),
        ("gpt-oss", 1),
        ("Phi", 0.96),
        ("Kimi", 0.94),
        ("MiniMax", 0.8),
        ("GLM", 0.6),
    ],
)
def test_most_releases_of_the_compared_families_can_be_placed(family: str, share: float) -> None:
    """GLM's early models are known by name alone: they have sizes and no dates."""
    rows = [row for model, row in releases().items() if family_of(model) == family]
    placed = [row for row in rows if row["released"] and (row["parameters_total"] or row["parameters_stated"])]
    assert len(placed) / len(rows) >= share


def test_mixture_agrees_with_the_architecture_unless_both_exist() -> None:
    kinds = dict(table("architectures").select("architecture", "mixture").iter_rows())
    for model, row in releases().items():
        kind = kinds.get(row["architecture"])
        if kind in ("dense", "moe") and model not in DENSE_UNDER_A_MIXTURES_TAG:
            assert row["mixture"] == kind, model


def test_a_name_that_states_active_parameters_is_a_mixture() -> None:
    for model, row in releases().items():
        if re.search(r"-a\d+(\.\d+)?[bm](-|$)", model.lower()) and "distill" not in model.lower():
            assert row["mixture"] == "moe", model


def test_a_release_that_the_sample_takes_images_or_sound_is_not_text_alone() -> None:
    tasks = table("tasks").select("modality", pipeline_tag="task")
    read = sample().join(tasks, on="pipeline_tag").filter(pl.col("modality").is_in(["vision", "audio", "image"]))
    assert {model for model in read["id"] if model in releases() and releases()[model]["modality"] == "text"} == set()


@pytest.mark.parametrize("size", ["3B", "8B", "14B"])
@pytest.mark.parametrize("kind", ["Base", "Instruct", "Reasoning"])
def test_ministral_3_reads_images_and_is_permissive(size: str, kind: str) -> None:
    row = releases()[f"mistralai/Ministral-3-{size}-{kind}-2512"]
    assert (row["modality"], row["licence"]) == ("vision", "apache-2.0")


def test_variants_of_one_launch_have_one_modality_and_licence() -> None:
    """The variants -base, -instruct, -it, -thinking of one name on one day, such as gemma-4-E2B and gemma-4-E2B-it."""
    found: dict[tuple[str, dt.date], set[tuple[str, str]]] = {}
    for model, row in releases().items():
        if row["released"] and row["licence"] and row["modality"] in ("text", "vision"):
            line = re.sub(r"-(base|instruct|it|pt|thinking|reasoning|chat)(?=-|$)", "", model.lower())
            found.setdefault((line, row["released"]), set()).add((row["modality"], row["licence"]))
    assert {line for line, kinds in found.items() if len(kinds) > 1} == set()


def test_a_renamed_namespace_is_among_the_renames() -> None:
    """Repositories under two namespaces with one name, day and size, and likes of one counter, are one repository."""
    rows = sample().drop_nulls(["createdAt", "total"]).filter(pl.col("likes") >= 20)
    key = pl.col("id").str.split("/").list
    rows = rows.with_columns(space=key.first(), name=key.last())
    twice = rows.join(rows, on=["name", "createdAt", "total"], suffix="_2").filter(pl.col("space") < pl.col("space_2"))
    same = twice.filter((pl.col("likes") - pl.col("likes_2")).abs() <= 0.01 * pl.col("likes"))
    spaces = {row["old"]: row["new"] for row in table("renames").iter_rows(named=True) if row["old"].endswith("/*")}
    pairs = set(same.select("space", "space_2").unique().iter_rows())
    assert {(a, b) for a, b in pairs if spaces.get(f"{a}/*") != f"{b}/*" and spaces.get(f"{b}/*") != f"{a}/*"} == set()
    assert ("dots-studio", "rednote-hilab") in pairs


def test_releases_have_a_known_modality_and_architecture() -> None:
    known = {"text", "code", "math", "vision", "audio", "embedding", "guard", "image"}
    assert set(table("releases")["modality"]) <= known
    counted = Counter(row["architecture"] for row in releases().values() if row["architecture"])
    frequent = {tag for tag, count in counted.items() if count >= 3}
    assert frequent <= set(table("architectures")["architecture"])


R1_DISTILLS = {
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B": "Qwen/Qwen2.5-Math-1.5B",
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B": "Qwen/Qwen2.5-Math-7B",
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B": "Qwen/Qwen2.5-14B",
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B": "Qwen/Qwen2.5-32B",
    "deepseek-ai/DeepSeek-R1-Distill-Llama-8B": "meta-llama/Llama-3.1-8B",
    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B": "meta-llama/Llama-3.3-70B-Instruct",
}


def test_the_six_r1_distills_are_built_on_four_qwen_and_two_llama_releases() -> None:
    found = {m: r["built_on"] for m, r in releases().items() if "DeepSeek-R1-Distill" in m}
    assert found == R1_DISTILLS
    assert Counter(family_of(base) for base in found.values()) == {"Qwen": 4, "Llama": 2}


def test_what_a_release_is_built_on_is_on_the_list_and_not_younger() -> None:
    """Announcement and creation of a repository lie up to a month apart, so only like dates compare exactly."""
    for model, row in releases().items():
        if row["built_on"] is None:
            continue
        assert row["built_on"] != model
        base = releases()[row["built_on"]]
        if row["released"] and base["released"]:
            slack = dt.timedelta(days=0 if row["date_kind"] == base["date_kind"] else 31)
            assert base["released"] <= row["released"] + slack, model


def test_one_family_owns_a_shape() -> None:
    """Same architecture and element count, nothing built on another maker's release: one family."""
    owners: dict[tuple[str, int], set[str | None]] = {}
    for model, row in releases().items():
        if row["built_on"] is None and row["architecture"] and row["parameters_total"]:
            owners.setdefault((row["architecture"], row["parameters_total"]), set()).add(family_of(model))
    assert {shape: families for shape, families in owners.items() if len(families) > 1} == {}


@pytest.mark.parametrize(
    ("architecture", "elements", "family"),
    [
        ("qwen2", 7_615_616_512, "Qwen"),
        ("llama", 8_030_261_248, "Llama"),
        ("llama", 70_553_706_496, "Llama"),
        ("llama", 34_388_917_248, "Yi"),
        ("mistral", 7_241_732_096, "Mistral"),
        ("qwen3", 8_190_735_360, "Qwen"),
    ],
)
def test_a_shape_belongs_to_the_family_that_brought_it(architecture: str, elements: int, family: str) -> None:
    owners = {
        family_of(model)
        for model, row in releases().items()
        if row["built_on"] is None and (row["architecture"], row["parameters_total"]) == (architecture, elements)
    }
    assert owners == {family}


def test_no_release_fits_the_rules_of_two_families() -> None:
    rules = table("family_rules").sort("order")
    for model in releases():
        space, name = model.lower().split("/")
        hits = {
            rule["family"]
            for rule in rules.iter_rows(named=True)
            if rule["namespace"].lower() == space and re.search(rule["repository_pattern"], name)
        }
        assert len(hits) == 1, (model, hits)


# ---------------------------------------------------------------------------------- architectures


@pytest.mark.parametrize(
    ("architecture", "mixture"),
    [
        ("llama", "dense"),
        ("qwen2", "dense"),
        ("mllama", "dense"),
        ("qwen3_5", "dense"),
        ("qwen3_5_moe", "moe"),
        ("mixtral", "moe"),
        ("deepseek_v3", "moe"),
        ("llama4", "moe"),
        ("gpt_oss", "moe"),
        ("gemma4", "either"),
        ("nemotron_h", "either"),
        ("granitemoehybrid", "either"),
        ("mistral3", "either"),
    ],
)
def test_density_of_architecture(architecture: str, mixture: str) -> None:
    assert table("architectures").filter(pl.col("architecture") == architecture)["mixture"].item() == mixture


def test_two_hundred_architectures_and_no_unknown() -> None:
    assert table("architectures").height >= 200
    assert "unknown" not in set(table("architectures")["architecture"])


# ------------------------------------------------------------------- formats, mirrors, renames


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Qwen3-30B-A3B-4bit", "qwen3-30b-a3b"),
        ("Qwen2.5-7B-Instruct-quantized.w4a16", "qwen2.5-7b-instruct"),
        ("Llama-3.2-1B-Instruct-unsloth-bnb-4bit", "llama-3.2-1b-instruct"),
        ("Qwen3-4B-MLX-4bit", "qwen3-4b"),
        ("Meta-Llama-3.1-8B-Instruct-AWQ-INT4", "meta-llama-3.1-8b-instruct"),
        ("Qwen3-8B-FP8-dynamic", "qwen3-8b"),
        ("Qwen3-8B-NVFP4", "qwen3-8b"),
        ("Mistral-7B-v0.1-GGUF", "mistral-7b-v0.1"),
        ("Qwen3.6-27B-INT8-AutoRound", "qwen3.6-27b"),
        ("gemma-3-4b-it-4bit-DWQ", "gemma-3-4b-it"),
        ("Llama-3-8B-exl2-4.0bpw", "llama-3-8b"),
        ("phi-4", "phi-4"),
        ("Qwen3-4B-Instruct-2507", "qwen3-4b-instruct-2507"),
        ("gemma-2b-hi", "gemma-2b-hi"),
        ("NV-Reason-CT", "nv-reason-ct"),
    ],
)
def test_format_tokens_come_off_the_end_of_a_name(name: str, expected: str) -> None:
    assert without_formats(name) == expected


def test_a_format_pattern_takes_its_separator_along() -> None:
    for pattern in table("formats")["name_pattern"]:
        assert pattern.startswith("[-_.]")
        assert pattern.endswith("$")


def test_sixteen_bits_and_conversions_are_not_fewer_bits() -> None:
    formats = table("formats")
    whole = formats.filter(~pl.col("quantized"))["format"].unique()
    assert {"16 bits", "32 bits", "mlx", "onnx", "openvino"} <= set(whole)
    assert {"gguf", "awq", "gptq", "fp8", "nvfp4"} <= set(formats.filter("quantized")["format"])


def test_bases_born_in_eight_or_four_bits_are_no_conversions() -> None:
    tags = set(table("formats")["tag"].drop_nulls())
    assert tags.isdisjoint({"fp8", "mxfp4", "8-bit", "safetensors", "transformers"})


def test_mirrors_point_at_releases_and_never_at_mirrors() -> None:
    mirrors = table("mirrors")
    assert mirrors.height >= 40
    assert set(mirrors["original"]) <= set(releases())
    assert set(mirrors["mirror"].str.to_lowercase()).isdisjoint({model.lower() for model in releases()})
    assert mirrors["mirror"].str.to_lowercase().n_unique() == mirrors.height


def test_a_mirror_is_quantized_where_its_name_ends_in_fewer_bits_and_its_originals_does_not() -> None:
    for mirror, original, kind in table("mirrors").select("mirror", "original", "mirror_class").iter_rows():
        fewer = quantized_formats(mirror) - quantized_formats(original)
        assert kind == ("quantized" if fewer else "same_weights"), mirror


def quantized_formats(model: str) -> set[str]:
    """Formats of fewer bits at the end of a name."""
    name, found = model.split("/")[-1].lower(), set[str]()
    known = [
        (re.compile(pattern), row)
        for pattern, *row in table("formats").select("name_pattern", "format", "quantized").rows()
    ]
    while ends := next(((pattern, row) for pattern, row in known if pattern.search(name)), None):
        pattern, (form, fewer_bits) = ends
        name = pattern.sub("", name)
        found |= {form} if fewer_bits else set()
    return found


@pytest.mark.parametrize(
    ("mirror", "original", "kind"),
    [
        ("unsloth/llama-3-8b-bnb-4bit", "meta-llama/Meta-Llama-3-8B", "quantized"),
        ("unsloth/Llama-3.1-8B-Instruct-FP8-Block", "meta-llama/Llama-3.1-8B-Instruct", "quantized"),
        ("unsloth/Qwen3-8B", "Qwen/Qwen3-8B", "same_weights"),
        ("unsloth/gpt-oss-20b", "openai/gpt-oss-20b", "same_weights"),
    ],
)
def test_copies_of_unsloth(mirror: str, original: str, kind: str) -> None:
    row = table("mirrors").filter(pl.col("mirror") == mirror)
    assert row.select("original", "mirror_class").row(0) == (original, kind)


@pytest.mark.parametrize(
    ("mirror", "original"),
    [
        ("NousResearch/Meta-Llama-3-8B", "meta-llama/Meta-Llama-3-8B"),
        ("NousResearch/Llama-2-7b-hf", "meta-llama/Llama-2-7b-hf"),
        ("unsloth/Meta-Llama-3.1-8B", "meta-llama/Llama-3.1-8B"),
        ("unsloth/llama-3-8b", "meta-llama/Meta-Llama-3-8B"),
        ("unsloth/gemma-2-9b", "google/gemma-2-9b"),
        ("mistral-community/Mixtral-8x22B-v0.1", "mistralai/Mixtral-8x22B-v0.1"),
    ],
)
def test_open_copies_of_gated_bases(mirror: str, original: str) -> None:
    assert table("mirrors").filter(pl.col("mirror") == mirror)["original"].item() == original


def test_renames_end_at_a_name_that_was_not_renamed() -> None:
    renames = table("renames")
    assert set(renames["old"]).isdisjoint(renames["new"])
    for old, new in renames.select("old", "new").iter_rows():
        assert old.endswith("/*") == new.endswith("/*")


def test_no_release_stands_under_an_old_name() -> None:
    old = set(table("renames")["old"])
    assert old.isdisjoint(releases())
    assert {f"{model.split('/')[0]}/*" for model in releases()}.isdisjoint(old)


def test_repackagers_make_no_releases_of_their_own() -> None:
    spaces = set(table("repackagers")["namespace"])
    assert spaces.isdisjoint({model.split("/")[0] for model in releases()})
    assert {"mlx-community", "RedHatAI", "lmstudio-community", "unsloth", "TheBloke"} <= spaces


# ------------------------------------------------------------------- benchmarks, counts, events


def score(benchmark: str, metric: str, model: str) -> float:
    return table("benchmarks").filter(benchmark=benchmark, metric=metric, model=model)["value"].item()


def test_r1_leads_o1_on_aime_and_o1_leads_on_codeforces() -> None:
    assert score("AIME 2024", "pass@1 percent", "DeepSeek-R1") == 79.8
    assert score("AIME 2024", "pass@1 percent", "OpenAI-o1-1217") == 79.2
    assert score("Codeforces", "rating", "DeepSeek-R1") == 2029
    assert score("Codeforces", "rating", "OpenAI-o1-1217") == 2061


def test_the_32b_distill_leads_o1_mini_on_four_benchmarks_of_five() -> None:
    distill, other = "DeepSeek-R1-Distill-Qwen-32B", "OpenAI-o1-mini"
    shared = table("benchmarks").filter(pl.col("model") == distill).select("benchmark", "metric").rows()
    wins = [name for name, metric in shared if score(name, metric, distill) > score(name, metric, other)]
    assert len(shared) == 5
    assert sorted(wins) == ["AIME 2024", "GPQA Diamond", "LiveCodeBench", "MATH-500"]


def test_scores_for_the_thesis_are_of_registered_releases_of_many_families() -> None:
    """One benchmark, one setting, makers' own figures: enough for the model of quality, and none for a stranger."""
    names = {model.split("/")[1]: model for model in releases()}
    scores = table("benchmarks").filter(benchmark="MMLU", metric="5-shot percent")
    assert set(scores["model"]) <= set(names)
    assert scores["value"].is_between(25, 90).all()
    counted = Counter(family_of(names[name]) for name in scores["model"])
    assert sum(count >= 2 for count in counted.values()) >= 8
    assert scores["value"].len() >= 70
    assert score("MMLU", "5-shot percent", "Llama-2-7b-hf") == 45.3
    assert score("MMLU", "5-shot percent", "Qwen2.5-72B") == 86.1


@pytest.mark.parametrize(
    ("subject", "published", "derivatives"),
    [
        ("Qwen", "2025-06-12", 130_000),
        ("Qwen", "2026-02-03", 113_000),
        ("Llama", "2026-02-03", 27_000),
        ("DeepSeek", "2026-02-03", 6_000),
        ("Meta", "2026-02-08", 46_000),
        ("Google", "2026-08-14", 82_506),
        ("Qwen", "2026-08-14", 151_448),
    ],
)
def test_published_counts_are_as_published(subject: str, published: str, derivatives: int) -> None:
    counts = table("published_counts").filter(subject=subject, kind="derivative models")
    assert set(counts.filter(published=dt.date.fromisoformat(published))["value"]) == {derivatives}


def test_a_count_says_whether_it_was_read_at_its_source() -> None:
    assert set(table("published_counts")["source_kind"]) == {"primary", "secondary"}


def test_parts_of_published_totals_add_up() -> None:
    counts = table("published_counts")
    declared = counts.filter(pl.col("kind").str.starts_with("models with a declared base, "))
    census = declared.filter(pl.col("published") == dt.date(2025, 10, 23))
    edges = counts.filter(pl.col("kind").str.starts_with("derivative edges, "))
    assert census["value"].sum() == 607_148
    assert edges["value"].sum() == 532_729


@cache
def days() -> dict[str, dt.date]:
    return dict(table("events").select("event", "date").iter_rows())


def test_r1_came_out_two_days_before_its_paper() -> None:
    assert days()["r1_release"] == dt.date(2025, 1, 20) == releases()["deepseek-ai/DeepSeek-R1"]["released"]
    assert days()["r1_paper"] == dt.date(2025, 1, 22)
    assert days()["v3_release"] == dt.date(2024, 12, 26)


def test_sparse_attention_came_before_v3_2() -> None:
    assert days()["v3_2_exp_release"] < days()["v3_2_release"]
    assert releases()["deepseek-ai/DeepSeek-V3.2-Exp"]["released"] == days()["v3_2_exp_release"]


def test_qwen_3_5_is_younger_than_the_count_that_the_essay_quotes() -> None:
    assert days()["hf_retrospective_part3"] < days()["qwen3_5_release"]


ARCHIVED, PREPRINT = r"web\.archive\.org/web/(\d{4})(\d{2})(\d{2})", r"(?i)arxiv[^0-9]{1,16}(\d{2})(\d{2})\.\d{5}"


@pytest.mark.parametrize("name", ["accelerator_prices", "hardware_prices"])
def test_a_price_is_of_the_day_on_which_its_page_was_archived(name: str) -> None:
    rows = table(name)
    assert not rows["source"].str.contains("web.archive.org/save", literal=True).any(), "an order to archive"
    day = pl.col("source").str.extract_groups(ARCHIVED)
    captured = pl.date(*(day.struct[str(part)].cast(pl.Int32) for part in (1, 2, 3)))
    archived = rows.filter(pl.col("source").str.contains(ARCHIVED)).with_columns(captured=captured)
    assert archived.filter(pl.col("captured") != pl.col("date")).is_empty()
    assert archived.height >= 8


def test_no_score_is_cited_from_a_paper_older_than_its_model() -> None:
    released = {model.split("/")[1]: row["released"] for model, row in releases().items() if row["released"]}
    for row in table("benchmarks").filter(pl.col("model").is_in(list(released))).iter_rows(named=True):
        months = re.findall(PREPRINT, row["source"])
        for year, month in months:
            written = dt.date(2000 + int(year), int(month), 28)
            assert written >= released[row["model"]], (row["model"], row["source"])


def test_a_precision_says_where_it_is_stated() -> None:
    runs = table("training_runs")
    assert runs.drop_nulls("precision")["source"].str.contains("precision: ", literal=True).all()
