"""Facts of architectures: what a count, a cache and a share must come to."""

import datetime
import json
import math
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import register
from pipeline.architectures import memory
from pipeline.architectures.configurations import compared, count
from pipeline.base import tables
from pipeline.base.completeness import NAMES, Completeness
from pipeline.base.errors import RegisterError
from pipeline.base.paths import Paths
from pipeline.chapters.calculator import tables as calculator
from pipeline.chapters.moe import facts, shares
from pipeline.chapters.moe import tables as moe
from pipeline.chapters.moe.facts_sizes import default_facts, flagship_facts
from pipeline.chapters.moe.schema import Moe, MoeFlagships, MoeShare
from pipeline.chapters.moe.shares import Share
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.moe import shares as share_figures
from pipeline.charts.moe import sizes
from pipeline.register.lookup.flagships import flagships
from pipeline.register.lookup.schema import Releases

REGISTER = Paths().register


@pytest.fixture(scope="module")
def configurations() -> pl.DataFrame:
    return register.load("configurations", REGISTER)


@pytest.fixture(scope="module")
def counted(configurations: pl.DataFrame) -> pl.DataFrame:
    return build(configurations, releases_of())


def row(frame: pl.DataFrame, model: str) -> dict:
    return frame.row(by_predicate=pl.col("model") == model, named=True)


def releases_of(*rows: dict) -> pl.DataFrame:
    blank = dict.fromkeys(Releases.column_names())
    filled = [{**blank, "modality": "text", "source": "a test", **given} for given in rows]
    return pl.DataFrame(filled, schema=Releases.create_empty().schema)


def build(configurations: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    ids = pl.concat([configurations["model"], releases["model"]]).unique().sort()
    identity = pl.DataFrame({"id": ids}).with_columns(organisation=pl.lit("Maker"), family=pl.lit("Line"))
    formats = pl.DataFrame({"name_pattern": [r"[-_.]awq$"], "quantized": [True]})
    return tables.conform(moe.build(configurations, releases, identity, formats), Moe, "moe")


# ------------------------------------------------------------------------------ the register


def altered(configurations: pl.DataFrame, model: str, **fields: Any) -> pl.DataFrame:
    """The register with other fields in one model's config."""
    config = json.dumps(json.loads(row(configurations, model)["config"]) | fields)
    return configurations.with_columns(
        config=pl.when(pl.col("model") == model).then(pl.lit(config)).otherwise("config")
    )


def test_a_row_that_contradicts_its_config_is_named(configurations: pl.DataFrame):
    with pytest.raises(RegisterError, match=r"DeepSeek-V3: layers is 61, its config says 62 in configurations\.csv"):
        count(altered(configurations, "deepseek-ai/DeepSeek-V3", num_hidden_layers=62))


@pytest.mark.parametrize(
    ("config", "words"),
    [("{", "config is no JSON"), ('{"model_type": "new"}', "'new' is unknown"), ("[]", "instead of fields")],
)
def test_a_config_that_is_not_understood_is_one_line(configurations: pl.DataFrame, config: str, words: str):
    with pytest.raises(RegisterError, match=words) as refusal:
        count(configurations.head(1).with_columns(config=pl.lit(config)))
    assert "\n" not in str(refusal.value)


def test_a_difference_from_the_hubs_config_is_reported(configurations: pl.DataFrame):
    counts = count(configurations)
    mixtral, v3 = "mistralai/Mixtral-8x7B-v0.1", "deepseek-ai/DeepSeek-V3"
    document = json.loads(row(configurations, mixtral)["config"])
    wider = document | {"intermediate_size": document["intermediate_size"] + 1}
    found = compared(counts, {mixtral: wider, v3: {"model_type": "unheard"}, "a/stranger": document})
    assert found["model"].to_list() == [v3, mixtral]
    assert found["difference"].to_list() == [None, 32 * 8 * 3 * 4096]
    assert "'unheard' is unknown" in found["refusal"][0]
    same = compared(counts, {mixtral: document})
    assert same["difference"].to_list() == [0]


def test_every_row_names_its_config(configurations: pl.DataFrame):
    expected = "https://huggingface.co/" + configurations["model"] + "/blob/main/config.json"
    assert (configurations["source"] == expected).all()


# ----------------------------------------------------------------------- activated parameters


@pytest.mark.parametrize(
    ("model", "convention"),
    [
        ("deepseek-ai/DeepSeek-V3", "parameters_active_without_input_embedding"),
        ("Qwen/Qwen3-235B-A22B", "parameters_active"),
        ("Qwen/Qwen3.5-397B-A17B", "parameters_active"),
        ("moonshotai/Kimi-K2-Instruct", "parameters_active_without_input_embedding"),
        ("openai/gpt-oss-120b", "parameters_active_without_input_embedding"),
        ("mistralai/Mixtral-8x7B-v0.1", "parameters_active"),
    ],
)
def test_published_count_is_met_under_a_named_convention(counted: pl.DataFrame, model: str, convention: str):
    release = row(counted, model)
    assert release[convention] == pytest.approx(release["parameters_active_published"], rel=0.03)


def test_every_published_count_is_met_under_some_convention(counted: pl.DataFrame):
    published = counted.drop_nulls("parameters_active_published")
    assert published.height >= 20
    closest = pl.min_horizontal(
        (pl.col(name) / pl.col("parameters_active_published") - 1).abs()
        for name in (
            "parameters_active",
            "parameters_active_without_input_embedding",
            "parameters_active_without_embeddings",
        )
    )
    assert published.filter(closest > 0.03)["model"].to_list() == []


def test_dense_models_activate_everything(counted: pl.DataFrame):
    dense = counted.filter(pl.col("mixture") == "dense")
    assert dense.height > 10
    assert (dense["parameters_active"] == dense["parameters_text"]).all()


def test_a_tied_table_still_works_at_the_output(counted: pl.DataFrame):
    tied = row(counted, "Qwen/Qwen3-0.6B")
    assert tied["parameters_active_without_input_embedding"] == tied["parameters_active"]
    assert tied["parameters_active_without_embeddings"] == tied["parameters_active"] - 151_936 * 1_024
    untied = row(counted, "Qwen/Qwen3-8B")
    assert untied["parameters_active_without_input_embedding"] == untied["parameters_active"] - 151_936 * 4_096


# ------------------------------------------------------------------------- memory and KV cache


@pytest.mark.parametrize(
    ("model", "kv_bytes"),
    [
        ("deepseek-ai/DeepSeek-V3", 70_272),
        ("Qwen/Qwen2.5-72B-Instruct", 327_680),
        ("meta-llama/Llama-3.1-405B", 516_096),
    ],
)
def test_cache_per_token(counted: pl.DataFrame, model: str, kv_bytes: int):
    release = row(counted, model)
    assert release["cache_bytes_per_token"] == kv_bytes
    assert release["cache_bytes_128k"] == release["kv_bytes_128k"] == kv_bytes * 131_072


def test_an_indexer_is_a_part_of_the_cache(counted: pl.DataFrame):
    """DeepSeek-V3.2 keeps 128 values a layer and token for its indexer, which 576 of the latent alone leave out."""
    release = row(counted, "deepseek-ai/DeepSeek-V3.2")
    assert release["cache_bytes_per_token"] == 2 * 61 * (576 + 128)
    assert release["indexer_bytes_128k"] == 2 * 61 * 128 * 131_072
    assert release["cache_bytes_128k"] == release["cache_bytes_per_token"] * 131_072


def test_the_cache_is_the_same_wherever_it_is_said(configurations: pl.DataFrame, counted: pl.DataFrame):
    """The chapter, the memory table and the calculator have one total for every model and context."""
    counts = count(configurations)
    needs = memory.needs(counts)
    offered = calculator.models(counted, moe.parts(counts), needs)
    assert offered.height == configurations.height
    for context, tokens in memory.CONTEXTS.items():
        column = f"cache_bytes_{context}"
        beside = counted.select("model", column).join(offered.select("model", other=column), on="model")
        assert beside.filter(pl.col(column) != pl.col("other")).is_empty()
        needed = needs.filter(context=tokens).join(beside, on="model")
        assert needed.filter(pl.col(column) != pl.col("cache_bytes")).is_empty()


def test_a_cache_that_its_parts_do_not_make_up_is_refused(counted: pl.DataFrame):
    with pytest.raises(Exception, match="parts_make_the_cache"):
        tables.conform(counted.with_columns(pl.col("kv_bytes_128k") + 1), Moe, "moe")


def test_windows_stop_growing(counted: pl.DataFrame):
    release = row(counted, "openai/gpt-oss-120b")
    per_layer = 2 * 8 * 64 * 2
    assert release["cache_bytes_per_token"] == 36 * per_layer
    assert release["cache_bytes_8k"] == 18 * per_layer * (8_192 + 128)
    assert release["cache_bytes_128k"] == 18 * per_layer * (131_072 + 128)


def test_linear_layers_cache_nothing_that_grows(counted: pl.DataFrame):
    release = row(counted, "Qwen/Qwen3.5-397B-A17B")
    assert release["cache_bytes_per_token"] == 15 * 2 * 2 * 256 * 2
    assert release["cache_bytes_8k"] == release["cache_bytes_per_token"] * 8_192 + release["state_bytes"]


def test_compressed_tokens_share_their_entries(counted: pl.DataFrame):
    release = row(counted, "deepseek-ai/DeepSeek-V4-Pro")
    near, fine, coarse = 61 * 128, 30 * 131_072 // 4, 31 * 131_072 // 128
    assert release["kv_bytes_128k"] == 2 * 512 * (near + fine + coarse)
    assert release["cache_bytes_128k"] < row(counted, "deepseek-ai/DeepSeek-V3")["cache_bytes_128k"]


def test_arithmetic_per_token_is_twice_the_parameters_at_work_and_grows_with_context(counted: pl.DataFrame):
    v3 = row(counted, "deepseek-ai/DeepSeek-V3")
    assert v3["flops_per_token"] == 2 * v3["parameters_active_without_input_embedding"]
    assert v3["flops_per_token_8k"] - v3["flops_per_token"] == 2 * 61 * 128 * (192 + 128) * 8_192
    indexed = row(counted, "deepseek-ai/DeepSeek-V3.2")
    grown = [model["flops_per_token_128k"] - model["flops_per_token"] for model in (v3, indexed)]
    assert grown[1] < grown[0] / 3, "sparse attention reads 2,048 tokens; its indexer reads all"


def test_weights_halve_with_the_bits(counted: pl.DataFrame):
    release = row(counted, "deepseek-ai/DeepSeek-V3")
    assert release["weights_bytes_16bit"] == 2 * 671_026_404_352
    assert release["weights_bytes_4bit"] == 671_026_404_352 // 2


def test_weights_fall_back_to_the_language_model(counted: pl.DataFrame):
    release = row(counted, "meta-llama/Llama-4-Scout-17B-16E-Instruct")
    assert release["weights_bytes_8bit"] == release["parameters_text"] == 107_769_861_120


def test_a_671b_mixture_at_4_bits_needs_more_than_one_card_and_fits_four(counted: pl.DataFrame):
    machines = register.load("machines", REGISTER)
    needed = row(counted, "deepseek-ai/DeepSeek-V3")["weights_bytes_4bit"]
    four_cards = machines.filter(pl.col("machine") == "4x RTX PRO 6000")["memory_bytes"][0]
    single_card = machines.filter(pl.col("machine") == "RTX PRO 6000")["memory_bytes"][0]
    assert single_card < needed < four_cards


# ------------------------------------------------------------------- releases without a config


def test_a_twin_shares_the_counts(configurations: pl.DataFrame):
    v3 = configurations.filter(pl.col("model") == "deepseek-ai/DeepSeek-V3")
    stored = {"architecture": "deepseek_v3", "mixture": "moe", "parameters_total": 684_531_386_000}
    table = build(
        v3,
        releases_of(
            {"model": "deepseek-ai/DeepSeek-V3", **stored},
            {"model": "deepseek-ai/DeepSeek-R1", "released": datetime.date(2025, 1, 20), **stored},
            {"model": "deepseek-ai/Another", **stored, "parameters_total": 684_531_386_001},
        ),
    )
    assert table["model"].to_list() == ["deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-V3"]
    twin, original = table.to_dicts()
    assert twin["count_method"] == "safetensors"
    assert twin["parameters_active"] == original["parameters_active"]
    assert twin["parameters_total"] == 671_026_404_352
    assert twin["parameters_active_published"] is None
    assert "DeepSeek-V3" in twin["source"]


def test_only_dense_unpacked_releases_count_without_a_config(configurations: pl.DataFrame):
    dense = {"mixture": "dense", "architecture": "llama", "parameters_total": 1_000}
    table = build(
        configurations.head(0),
        releases_of(
            {"model": "a/dense", **dense},
            {"model": "a/dense-AWQ", **dense},
            {"model": "a/mixture", **dense, "mixture": "moe"},
            {"model": "a/mtp", **dense, "architecture": "mimo"},
            {"model": "a/sees", **dense, "modality": "vision"},
            {"model": "a/unknown", **dense, "parameters_total": None},
        ),
    )
    assert table.select("model", "parameters_active").rows() == [("a/dense", 1_000), ("a/sees", None)]


# --------------------------------------------------------------------------------------- share


def repositories(*rows: tuple[str | None, datetime.date | None, int | None]) -> pl.DataFrame:
    schema = {"mixture": pl.String, "created_month": pl.Date, "downloads": pl.Int64}
    return pl.DataFrame(list(rows), schema=schema, orient="row").with_columns(country=pl.lit(None, pl.String))


def makers_of(*rows: dict) -> pl.DataFrame:
    """Releases whose maker is their namespace."""
    owner = pl.col("model").str.split("/").list.first()
    return releases_of(*rows).with_columns(organisation=owner, country=pl.lit(None, pl.String))


def share_of(releases: pl.DataFrame, found: pl.DataFrame, day: datetime.date | None) -> pl.DataFrame:
    return tables.conform(
        shares.by_period(flagships(releases), shares.repositories_by_month(found.lazy()), day), MoeShare, "moe_share"
    )


def test_share_counts_repositories_and_downloads_by_quarter():
    first, later = datetime.date(2025, 1, 1), datetime.date(2025, 3, 1)
    found = repositories(("moe", first, 30), ("dense", later, 70), (None, later, 5), ("moe", None, 1_000))
    table = share_of(makers_of(), found, datetime.date(2025, 3, 9))
    assert table.select("population", "moe", "dense", "unknown", "share", "is_partial").rows() == [
        ("downloads", 30, 70, 5, 0.3, True),
        ("repositories", 1, 1, 1, 0.5, True),
    ]


def test_those_of_unknown_architecture_make_a_share_a_range():
    """Dropped, they would be taken to be like the known ones; they may be all dense or all MoE models."""
    month = datetime.date(2025, 1, 1)
    known = [("moe", month, None)] * 3 + [("dense", month, None)] * 6
    found = share_of(makers_of(), repositories(*known, (None, month, None)), None).row(0, named=True)
    assert (found["share"], found["share_low"], found["share_high"]) == (3 / 9, 3 / 10, 4 / 10)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_share_lies_between_its_bounds_and_each_kind_of_unknown_reaches_one(moe: int, dense: int, unknown: int):
    share = Share(moe, dense, unknown)
    if share.value is not None:
        assert share.low <= share.value <= share.high
    assert share.low == (Share(moe, dense + unknown).value or 0)
    assert share.is_most is not True or Share(moe, dense + unknown).is_most
    assert share.is_most is not False or share.all == 0 or not Share(moe + unknown, dense).is_most


def test_a_default_that_the_unknown_decide_is_not_said():
    shares_of = {"flagship": Share(9, 1), "repositories": Share(4, 4, 2), "downloads": Share(1, 9)}
    answered = default_facts(shares_of, Completeness(dict.fromkeys(NAMES, 1.0)))
    assert answered["moe.default.title"]["text"] == (
        "Mixture of experts is the default of flagship releases, not of downloads; of repositories this snapshot "
        "cannot tell"
    )
    text = answered["moe.default.sentence"]["text"]
    assert "40% to 60% of repositories and 10% of downloads" in text
    assert "The architecture of 20% of repositories is not known" in text
    without = default_facts(shares_of | {"repositories": Share(4, 6)}, Completeness(dict.fromkeys(NAMES, 1.0)))
    assert "not known" not in without["moe.default.sentence"]["text"]


def test_months_and_countries_say_both_ends():
    months = pl.DataFrame(
        {
            "population": ["repositories"] * 2,
            "period": [datetime.date(2025, 1, 1), datetime.date(2025, 2, 1)],
            "share": [0.6, 0.6],
            "share_low": [0.55, 0.4],
            "share_high": [0.65, 0.7],
            "is_partial": [False, False],
        }
    )
    assert (
        "more than half of repositories in one to two of two months"
        in facts.month_facts(months)["moe.months.sentence"]["text"]
    )
    row_of = {"population": "repositories", "country": "Here", "moe": 5, "dense": 3, "unknown": 2}
    text = facts.country_facts(pl.DataFrame([row_of]))["moe.country.sentence"]["text"]
    assert "50% to 70% of 10 repositories in Here" in text


def test_flagships_count_by_half_year_of_release_and_others_do_not():
    day = datetime.date(2024, 12, 26)
    table = share_of(
        makers_of(
            {"model": "a/one", "mixture": "moe", "released": day, "parameters_total": 9},
            {"model": "a/two", "mixture": "dense", "released": day, "parameters_total": 8},
        ),
        repositories(),
        datetime.date(2025, 1, 1),
    )
    assert table.select("population", "period", "moe", "dense", "is_partial").rows() == [
        ("flagship releases", datetime.date(2024, 7, 1), 1, 0, False)
    ]


def test_flagships_without_activated_parameters_are_counted_apart():
    chosen = flagships(
        makers_of(
            {"model": "a/one", "mixture": "moe", "released": datetime.date(2025, 1, 5), "parameters_total": 9},
            {"model": "b/two", "mixture": "moe", "released": datetime.date(2025, 1, 5), "parameters_total": 9},
        )
    )
    made = pl.DataFrame({"model": ["a/one"], "parameters_active": [3]})
    listed = tables.conform(shares.listed_flagships(chosen, made), MoeFlagships, "moe_flagships")
    share = shares.by_period(chosen, shares.repositories_by_month(repositories().lazy()), datetime.date(2026, 1, 1))
    found = flagship_facts(listed, share)
    assert found["moe.flagship.counted"]["text"].startswith("Of 2 MoE models")
    assert "1 has their activated parameters counted" in found["moe.flagship.counted"]["text"]
    assert "2 releases of 2 makers" in found["moe.flagship.rule"]["text"]


def test_a_population_without_dates_has_no_rows():
    found = repositories(("moe", None, 3), ("dense", None, 4))
    assert share_of(makers_of(), found, None).is_empty()


def test_unknown_alone_has_no_share():
    found = repositories((None, datetime.date(2025, 1, 1), None))
    table = share_of(makers_of(), found, None)
    assert table.select("population", "share", "is_partial").rows() == [("repositories", None, False)]


# -------------------------------------------------------------------------------------- figures


@pytest.fixture(scope="module")
def families() -> pl.DataFrame:
    return pl.DataFrame({"family": ["Qwen", "Llama", "DeepSeek"], "rank": [1, 2, 3]})


@pytest.fixture(scope="module")
def machines() -> pl.DataFrame:
    return register.load("machines", REGISTER)


@pytest.fixture(scope="module")
def table(configurations: pl.DataFrame) -> pl.DataFrame:
    family = {"Qwen": "Qwen", "meta-llama": "Llama", "deepseek-ai": "DeepSeek"}
    built = build(configurations, releases_of())
    owner = pl.col("model").str.split("/").list.first()
    return built.with_columns(family=owner.replace_strict(family, default="Line", return_dtype=pl.String))


def figure_of(drawn: Figure | Absent) -> Figure:
    assert isinstance(drawn, Figure)
    assert drawn.html.count("<svg ") == 2
    return drawn


def test_the_figure_counts_the_machines_that_hold_the_example(
    table: pl.DataFrame, machines: pl.DataFrame, families: pl.DataFrame
):
    figure = figure_of(sizes.memory_activated(table, machines, families))
    assert figure.title == "At 4 bits DeepSeek-V3 needs 336 GB: two of ten desk machines hold it"
    halved = machines.with_columns(pl.col("memory_bytes") // 2)
    assert "none of ten desk machines" in figure_of(sizes.memory_activated(table, halved, families)).title
    without = table.filter(~pl.col("model").str.starts_with("deepseek-ai/"))
    assert "Kimi-K3" in figure_of(sizes.memory_activated(without, machines, families)).title
    dense = table.filter(pl.col("mixture") == "dense")
    assert isinstance(sizes.memory_activated(dense, machines, families), Absent)


def test_names_touch_no_other_name(table: pl.DataFrame):
    points = table.drop_nulls(["weights_bytes_4bit", "parameters_active"]).with_columns(
        memory_gb=pl.col("weights_bytes_4bit") / 1e9, active_billions=pl.col("parameters_active") / 1e9
    )
    named = sizes._placed(points, (0.2, 2_000), (0.4, 600), (588, 430), sizes.NAMES)
    assert 6 <= named.height <= sizes.NAMES
    assert "DeepSeek-V3" in named["name"]
    assert named["name"].is_unique().all()


def ends_of(share: Share) -> tuple[float | None, float, float]:
    return share.value, share.low, share.high


def made_shares(flagships: tuple[int, int], repositories: tuple[int, int], unknown: int = 0) -> pl.DataFrame:
    rows = [
        (population, datetime.date(2025, month, 1), *counts, unknown, *ends_of(Share(*counts, unknown)), month == 10)
        for population, counts in (("flagship releases", flagships), ("repositories", repositories))
        for month in (4, 7, 10)
    ]
    return pl.DataFrame(rows, schema=MoeShare.create_empty().schema, orient="row")


@pytest.mark.parametrize(
    ("flagships", "repositories", "words"),
    [
        ((9, 1), (1, 9), "90% of recent flagship releases are MoE models, 10% of repositories"),
        ((1, 9), (9, 1), "Most recent repositories are MoE models, most flagship releases are not (10%"),
        ((9, 1), (8, 2), "MoE models are most of recent flagship releases and of repositories (90%"),
        ((2, 8), (1, 9), "MoE models are a minority of recent flagship releases"),
    ],
)
def test_the_title_of_shares_turns_round(flagships: tuple[int, int], repositories: tuple[int, int], words: str):
    figure = figure_of(share_figures.moe_share(made_shares(flagships, repositories), "a test"))
    assert figure.title.startswith(words)
    assert "partial" in figure.subtitle


def test_the_title_of_shares_gives_both_ends_where_the_unknown_decide():
    figure = figure_of(share_figures.moe_share(made_shares((9, 1), (4, 4), unknown=2), "a test"))
    assert "40% to 60% of repositories: unknown architectures decide" in figure.title
    assert "say neither" in figure.description


def test_undated_repositories_leave_the_flagships_alone():
    alone = made_shares((9, 1), (1, 9)).filter(pl.col("population") == "flagship releases")
    figure = figure_of(share_figures.moe_share(alone, "a test"))
    assert figure.title == "MoE models are 90% of recent flagship releases"
    assert isinstance(share_figures.moe_share(alone.head(0), "a test"), Absent)


def test_a_larger_machines_line_ends_higher_so_that_its_name_is_clear_of_the_others() -> None:
    machines = pl.DataFrame(
        {
            "machine": ["small", "smaller", "large", "middle"],
            "kind": ["a desk", "a desk", "a server", "a workstation"],
            "memory_gb": [30.0, 20.0, 1600.0, 400.0],
        }
    )
    lines = sizes._capacities(machines, (1.0, 100.0), 200, desk_only=False).sort("memory_gb")
    assert lines["machine"].to_list() == ["small", "middle", "large"]
    heights = [200 * math.log(row) / math.log(100) for row in lines["row"]]
    assert heights[0] > 200, "above all points"
    assert [round(high - low) for low, high in pairwise(heights)] == [sizes.ROW, sizes.ROW]


def test_a_report_on_an_older_day_leaves_out_later_releases() -> None:
    releases = pl.DataFrame(
        {"model": ["a", "b", "c"], "released": [datetime.date(2024, 7, 1), datetime.date(2026, 1, 1), None]}
    )
    assert shares.released_by(releases, datetime.date(2024, 7, 11))["model"].to_list() == ["a"]
    assert shares.released_by(releases, None).height == 3
