"""Details are asked for once, stored by revision, and never cost the snapshot."""

import json
import shutil
from typing import Any

import polars as pl
import pytest

from pipeline import register, snapshot
from pipeline.architectures.configurations import from_details
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.errors import PipelineError
from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.moe import tables as moe
from pipeline.register.lookup.identity import identify
from pipeline.register.lookup.schema import Renames
from pipeline.snapshot import details
from pipeline.snapshot import hub as hub_client
from pipeline.snapshot.schema import RawOrganisations
from tests.conftest import Report
from tests.snapshot.server import LocalHub, Repository

pytestmark = pytest.mark.usefixtures("waits")

COUNTED, GATED, GONE, RENAMED, WITHOUT_CONFIG = (
    "Qwen/Qwen2.5-7B",
    "meta-llama/Llama-3.1-8B",
    "Qwen/Qwen2.5-3B",
    "deepseek-ai/deepseek-llm-7b-base",
    "mistralai/Mistral-7B-v0.1",
)
NEW_NAME = "deepseek-ai/DeepSeek-LLM-7B-Base"
CONFIGURED = "Qwen/Qwen2.5-7B-Instruct"
RELEASES = (COUNTED, GATED, GONE, RENAMED, WITHOUT_CONFIG, CONFIGURED)
NAMESPACES = ("Qwen", "deepseek-ai", "mistralai")


@pytest.fixture
def few(report: Report) -> Report:
    """A report whose register has six releases and three namespaces, on the embedded sample."""
    root = report.paths.root / "pipeline"
    root.unlink()
    root.mkdir()
    (root / "snapshot").symlink_to(PROJECT / "pipeline" / "snapshot")
    shutil.copytree(PROJECT / "pipeline" / "register", report.paths.register)
    report.edit("releases", lambda table: table.filter(pl.col("model").is_in(RELEASES)))
    report.edit("organisations", lambda table: table.filter(pl.col("namespace").is_in(NAMESPACES)))
    report.set(snapshot={"source": "sample", "details": True})
    snapshot.run(report.paths, parameters.load(report.paths.params))
    return report


@pytest.fixture
def hub_with_models(hub: LocalHub) -> LocalHub:
    config = json.loads(
        register.load("configurations", Paths().register).filter(pl.col("model") == CONFIGURED)["config"].item()
    )
    by_relation = {"adapter": 100, "finetune": 1200, "merge": 50, "quantized": 650}
    for name, children in (
        (COUNTED, by_relation),
        (GATED, 900),
        (NEW_NAME, 30),
        (WITHOUT_CONFIG, 7),
        (CONFIGURED, 500),
    ):
        info = {"childrenModelCount": children, "safetensors": {"total": 7_615_616_512, "parameters": {}}}
        repository = hub.add(Repository(name, kind="model", info=info))
        files = {} if name == WITHOUT_CONFIG else {"config.json": json.dumps(config).encode()}
        repository.write("2024-09-01T00:00:00.000Z", {"README.md": b"a card", **files})
    hub.repositories["model", GATED].access = "gated"
    hub.add(Repository(RENAMED, kind="model", renamed_to=NEW_NAME))
    hub.organisations["Qwen"] = {"name": "Qwen", "numFollowers": 50_000, "numModels": 400}
    hub.organisations["deepseek-ai"] = {"name": "deepseek-ai", "numFollowers": 130_000, "numModels": 90}
    return hub


def ask(report: Report) -> dict[str, dict[str, Any]]:
    """Run the stage; its rows by release."""
    details.run(report.paths, parameters.load(report.paths.params))
    rows = tables.read(report.paths.raw / "details.parquet")
    return {row["model"]: row for row in rows.iter_rows(named=True)}


def written(report: Report) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in report.paths.raw.glob("*.*")}


def test_nothing_is_asked_unless_params_say_so(few: Report, hub_with_models: LocalHub) -> None:
    few.set(snapshot={"details": False})
    assert ask(few) == {}
    assert not hub_with_models.asked
    for name, schema in (("organisations", RawOrganisations), ("redirects", Renames)):
        table = tables.read(few.paths.raw / f"{name}.parquet")
        assert table.is_empty()
        assert table.columns == schema.column_names()


def test_a_release_has_its_children_its_elements_and_its_configuration_at_a_commit(
    few: Report, hub_with_models: LocalHub
) -> None:
    asked = ask(few)[COUNTED]
    commit = hub_with_models.repositories["model", COUNTED].commits[-1].id
    assert asked["revision"] == commit
    assert asked["children"] == 2000
    assert asked["parameters_stored"] == 7_615_616_512
    assert json.loads(asked["config"])["model_type"] == "qwen2"
    assert str(asked["asked"]) == "2026-10-01"
    assert any(asked.path == f"/{COUNTED}/resolve/{commit}/config.json" for asked in hub_with_models.asked)


def test_what_is_gated_missing_or_without_configuration_says_so(few: Report, hub_with_models: LocalHub) -> None:
    asked = ask(few)
    assert asked[GATED]["children"] == 900, "metadata of gated models is public"
    assert asked[GATED]["missing"] == "config.json: gated"
    assert asked[GONE]["missing"] == "no such model: missing or private"
    assert asked[GONE]["children"] is None
    assert asked[WITHOUT_CONFIG]["missing"] == "config.json: missing"


def test_a_redirect_is_a_row_of_the_registers_renames(few: Report, hub_with_models: LocalHub) -> None:
    asked = ask(few)
    assert asked[RENAMED]["hub_id"] == NEW_NAME
    assert asked[RENAMED]["children"] == 30
    (row,) = tables.read(few.paths.raw / "redirects.parquet").iter_rows(named=True)
    assert (row["old"], row["new"], str(row["date"])) == (RENAMED, NEW_NAME, "2026-10-01")


def test_organisations_have_followers_and_models(few: Report, hub_with_models: LocalHub) -> None:
    ask(few)
    rows = {row["namespace"]: row for row in tables.read(few.paths.raw / "organisations.parquet").iter_rows(named=True)}
    assert (rows["deepseek-ai"]["followers"], rows["deepseek-ai"]["models"]) == (130_000, 90)
    assert rows["mistralai"]["followers"] is None
    assert rows["mistralai"]["missing"] == "no such organisation: missing"


def test_nothing_is_asked_twice(few: Report, hub_with_models: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(few)
    first = written(few)
    hub_with_models.reset()
    ask(few)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    ask(few)
    assert not hub_with_models.asked
    assert written(few) == first


def test_another_snapshot_asks_again_but_for_the_same_configuration(few: Report, hub_with_models: LocalHub) -> None:
    ask(few)
    hub_with_models.reset()
    known = tables.read_json(few.paths.provenance)
    tables.write_json(known | {"date": "2026-11-01"}, few.paths.provenance)
    ask(few)
    assert hub_with_models.count("/api/models/") >= len(RELEASES)
    assert hub_with_models.count("/resolve/") == 0


def test_a_failure_leaves_what_was_there_and_the_next_run_goes_on(few: Report, hub_with_models: LocalHub) -> None:
    few.set(snapshot={"details": False})
    ask(few)
    before = written(few)
    few.set(snapshot={"details": True})
    hub_with_models.fault("/api/models/", after=3, times=99, status=503)
    with pytest.raises(PipelineError) as caught:
        ask(few)
    assert "answered 503" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert written(few) == before, "the snapshot and the tables"
    hub_with_models.reset()
    assert len(ask(few)) == len(RELEASES)
    assert hub_with_models.count("/api/models/") < len(RELEASES) + 1, "those before the failure were stored"


def test_a_refusal_for_another_reason_is_an_error_and_not_stored(few: Report, hub_with_models: LocalHub) -> None:
    hub_with_models.fault("/api/models/", times=99, status=401, headers={"X-Error-Message": "Invalid credentials"})
    with pytest.raises(PipelineError, match="hf auth login"):
        ask(few)
    hub_with_models.reset()
    assert ask(few)[COUNTED]["children"] == 2000


def test_calls_wait_for_the_hubs_window(few: Report, hub_with_models: LocalHub, waits: list[float]) -> None:
    hub_with_models.calls_left = 4
    assert len(ask(few)) == len(RELEASES)
    assert 43.0 in waits


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (b"[1, 2]", "no JSON object"),
        (b"{", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b'{"a":' * 150 + b"1" + b"}" * 150, "no JSON object"),
        (b'{"a": NaN}', "no JSON object"),
        (b" " * 1_000_001, "too large"),
    ],
)
def test_a_configuration_from_a_stranger_is_read_or_left_out(
    few: Report, hub_with_models: LocalHub, text: bytes, missing: str
) -> None:
    hub_with_models.repositories["model", COUNTED].write("2024-10-01T00:00:00.000Z", {"config.json": text})
    assert ask(few)[COUNTED]["missing"] == f"config.json: {missing}"


@pytest.mark.parametrize(("field", "column"), [("sha", "revision"), ("id", "hub_id")])
@pytest.mark.parametrize("value", ["../../main", "a\0b", "a\x1b[31m", "x" * 5_000 + "/", ["a"], 5])
def test_a_name_or_commit_that_can_be_none_is_null(
    few: Report, hub_with_models: LocalHub, field: str, column: str, value: Any
) -> None:
    hub_with_models.repositories["model", COUNTED].info |= {field: value}
    assert ask(few)[COUNTED][column] is None


@pytest.mark.parametrize("children", ["many", {"finetune": "many"}, [3], -1, 2.5, True])
def test_counters_of_another_kind_are_null(few: Report, hub_with_models: LocalHub, children: Any) -> None:
    hub_with_models.repositories["model", COUNTED].info |= {"childrenModelCount": children, "safetensors": [1]}
    hub_with_models.organisations["Qwen"]["numFollowers"] = -3
    asked = ask(few)[COUNTED]
    assert asked["children"] is None
    assert asked["parameters_stored"] is None
    organisations = tables.read(few.paths.raw / "organisations.parquet")
    assert organisations.filter(pl.col("namespace") == "Qwen")["followers"].item() is None


@pytest.mark.parametrize(
    ("status", "headers", "word"),
    [(410, {}, "removed"), (451, {}, "withheld"), (403, {"X-Error-Message": hub_client.DISABLED}, "disabled")],
)
def test_one_release_that_is_gone_does_not_cost_the_others(
    few: Report, hub_with_models: LocalHub, status: int, headers: dict[str, str], word: str
) -> None:
    hub_with_models.fault(f"/api/models/{COUNTED}", status=status, headers=headers)
    asked = ask(few)
    assert asked[COUNTED]["missing"] == f"no such model: {word}"
    assert asked[CONFIGURED]["children"] == 500


@pytest.mark.parametrize("answer", [b"[]", b"[" * 200_000, b'{"a":' * 200_000])
def test_an_answer_that_is_no_object_is_an_error(few: Report, hub_with_models: LocalHub, answer: bytes) -> None:
    hub_with_models.fault(f"/api/models/{COUNTED}", mangle=lambda _: answer)
    with pytest.raises(PipelineError, match="not understood"):
        ask(few)


# --- What they are used for


def counted(report: Report) -> dict[str, dict[str, Any]]:
    """Rows of the table moe by model, of the register's configurations and those that the Hub gave."""
    known = {name: register.load(name, report.paths.register) for name in ("configurations", "releases", "formats")}
    asked = from_details(tables.read(report.paths.raw / "details.parquet"), known["configurations"])
    configurations = pl.concat([known["configurations"], asked], how="diagonal_relaxed")
    ids = pl.concat([configurations.select(id="model"), known["releases"].select(id="model")]).unique()
    identity = identify(ids, report.paths.register).collect()
    made = moe.build(configurations, known["releases"], identity, known["formats"])
    return {row["model"]: row for row in made.iter_rows(named=True)}


def test_a_release_without_a_registered_configuration_gets_its_counts(few: Report, hub_with_models: LocalHub) -> None:
    ask(few)
    rows = counted(few)
    revision = hub_with_models.repositories["model", COUNTED].commits[-1].id
    assert rows[COUNTED]["count_method"] == "config"
    assert rows[COUNTED]["parameters_total"] == 7_615_616_512
    assert rows[COUNTED]["source"] == f"https://huggingface.co/{COUNTED}/blob/{revision}/config.json"
    assert "/blob/main/" in rows[CONFIGURED]["source"], "the register's own configuration stays"


def test_a_configuration_that_is_not_understood_gives_no_counts(few: Report, hub_with_models: LocalHub) -> None:
    strange = json.dumps({"model_type": "llama", "hidden_size": "wide"}).encode()
    hub_with_models.repositories["model", COUNTED].write("2024-10-01T00:00:00.000Z", {"config.json": strange})
    ask(few)
    rows = from_details(
        tables.read(few.paths.raw / "details.parquet"), register.load("configurations", few.paths.register)
    )
    assert COUNTED not in rows["model"].to_list()
    assert RENAMED in rows["model"].to_list()
