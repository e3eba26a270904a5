"""Pairs of ids on ModelScope and on the Hub: read from packages' text, and placed by the name they are under."""

import csv
import zipfile
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base.paths import PROJECT, Paths
from pipeline.register.lookup.modelscope import on_both_hubs
from scripts import modelscope
from tests.conftest import shared
from tests.register.altered import altered

SWIFT = """
register(ModelGroup([
    Model('Qwen/Qwen3-8B', 'Qwen/Qwen3-8B'),
    Model('LLM-Research/Llama-3.2-1B', 'meta-llama/Llama-3.2-1B', hf_revision='main'),
    Model('swift/only-there'),
    Model('swift/no-twin', None),
    Model(ms_model_id='iic/a', hf_model_id='FunAudioLLM/a'),
]))
raise SystemExit('this text is read and never run')
"""
FACTORY = """
register_model_group(models={
    "Both": {DownloadSource.DEFAULT: "zai-org/glm", DownloadSource.MODELSCOPE: "ZhipuAI/glm"},
    "Hub": {DownloadSource.DEFAULT: "zai-org/other"},
})
"""
XINFERENCE = """[{"model_specs": [
    {"model_src": {"huggingface": {"model_id": "Qwen/X-{quantization}", "quantizations": ["Int4", "Int8"]},
                   "modelscope": {"model_id": "qwen/X-{quantization}", "quantizations": ["Int8", "fp8"]}}},
    {"model_src": {"huggingface": {"model_id": "a/b", "quantizations": ["none"]}}}]},
  {"model_src": {"huggingface": {"model_id": "a/c"}, "modelscope": {"model_id": "z/c"}}}]"""


def pairs(*rows: tuple[str, str]) -> pl.DataFrame:
    made = [(there, here, "ms-swift", "1", "2026-11-28", "a test") for there, here in rows]
    return pl.DataFrame(made, schema=list(modelscope.COLUMNS), orient="row")


def placed(folder: Path, *rows: tuple[str, str]) -> dict[str, str]:
    altered(Paths(folder).register, {"modelscope": lambda _: pairs(*rows)})
    return dict(on_both_hubs(Paths(folder).register).select("model", "name_there").iter_rows())


def test_each_package_is_read_in_its_own_form() -> None:
    assert list(modelscope.of_swift(SWIFT)) == [
        ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B"),
        ("LLM-Research/Llama-3.2-1B", "meta-llama/Llama-3.2-1B"),
        ("iic/a", "FunAudioLLM/a"),
    ]
    assert list(modelscope.of_llamafactory(FACTORY)) == [("ZhipuAI/glm", "zai-org/glm")]
    assert list(modelscope.of_xinference(XINFERENCE)) == [("qwen/X-Int8", "Qwen/X-Int8"), ("z/c", "a/c")]


def test_the_table_is_rebuilt_from_wheels_sorted_and_dated(tmp_path: Path) -> None:
    wheel = tmp_path / "ms_swift-4.6.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as files:
        files.writestr("swift/model/models/qwen.py", SWIFT)
        files.writestr("swift/model/register.py", "Model('no/table', 'no/table')")
    rows = list(csv.DictReader(modelscope.as_csv(modelscope.rows_of(wheel, "2026-11-28")).splitlines()))
    assert [row["modelscope_id"] for row in rows] == ["LLM-Research/Llama-3.2-1B", "Qwen/Qwen3-8B", "iic/a"]
    assert {(row["package"], row["version"], row["date"]) for row in rows} == {("ms-swift", "4.6.0", "2026-11-28")}


def test_the_register_has_the_pairs_that_were_read_elsewhere_but_four_of_two_bit_widths() -> None:
    """xinference lists MLX copies of other bit widths for the two hubs; those are no pair."""
    known = register.load("modelscope", Paths().register).select("modelscope_id", "hub_id").unique()
    other = pl.read_csv(shared("modelscope-pairs", "pairs.csv")).drop_nulls(["modelscope_id", "huggingface_id"])
    other = other.select("modelscope_id", hub_id="huggingface_id").unique()
    assert known.join(other, on=["modelscope_id", "hub_id"], how="anti").is_empty()
    assert (
        other.join(known, on=["modelscope_id", "hub_id"], how="anti")["modelscope_id"].str.contains("MLX").to_list()
        == [True] * 4
    )
    assert known.height == 2381


def test_a_model_is_placed_by_the_nearest_of_its_names(tmp_path: Path) -> None:
    again = ("LLM-Research/x", "Qwen/x")
    found = placed(tmp_path, again, ("qwen/X", "Qwen/X"), ("LLM-Research/y", "meta-llama/y"))
    assert found == {"qwen/x": "same_name", "meta-llama/y": "among_others"}


def test_a_name_with_nine_in_ten_models_of_a_maker_is_mostly_its_own(tmp_path: Path) -> None:
    nine = [(f"ZhipuAI/glm-{n}", f"zai-org/glm-{n}") for n in range(9)]
    assert set(placed(tmp_path / "a", *nine, ("ZhipuAI/x", "nobody/x")).values()) == {"mostly_its_own"}
    two = [("ZhipuAI/x", "nobody/x"), ("ZhipuAI/y", "nobody/y")]
    assert set(placed(tmp_path / "b", *nine, *two).values()) == {"among_others"}


def test_who_copies_other_makers_models_is_no_maker(tmp_path: Path) -> None:
    assert placed(tmp_path, ("unsloth/a", "unsloth/a"), ("nobody/b", "nobody/b")) == {}


def test_the_script_writes_the_table_of_the_register() -> None:
    assert modelscope.TABLE == PROJECT / "pipeline" / "register" / "vendors" / "modelscope.csv"
