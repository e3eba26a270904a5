"""Facts of memory: what running and training take, and which machines have it."""

import datetime

import polars as pl
import pytest

from pipeline import register
from pipeline.architectures import memory
from pipeline.base import tables
from pipeline.base.errors import RegisterError
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import USES
from pipeline.chapters.calculator.schema import MachinePrices
from pipeline.chapters.moe.schema import MoeMachines

REGISTER = Paths().register
BILLION = 1_000_000_000
GB = 10**9

RULES = {
    "usable_share": 1.0,
    "run_context": 8_192,
    "train_tokens": 4_096,
    "full_bytes": 16,
    "lora_share": 0.01,
    "lora_frozen_bytes": 2,
    "qlora_frozen_bytes": 0.5,
    "activation_bytes": 2,
}


def model(total: int, active: int, **given: int) -> pl.DataFrame:
    row = {
        "model": "a/model",
        "mixture": "moe",
        "count_method": "config",
        "parameters_total": total,
        "parameters_text": total,
        "parameters_active_without_input_embedding": active,
        "layers": 10,
        "hidden_size": 100,
        "kv_bytes_8k": 0,
        "kv_bytes_32k": 0,
        "kv_bytes_128k": 0,
        "kv_indexer_bytes_128k": 0,
        "state_bytes": 0,
        "flops_per_token_8k": 2 * active,
        "flops_per_token_32k": 2 * active,
        "flops_per_token_128k": 2 * active,
        "weights_bytes_16bit": 2 * total,
        "weights_bytes_8bit": total,
        "weights_bytes_4bit": (total + 1) // 2,
    }
    return pl.DataFrame([row | given])


def machine(name: str, kind: str, gigabytes: int, most: int = 1) -> dict:
    return {
        "machine": name,
        "kind": kind,
        "memory_bytes": gigabytes * GB,
        "bandwidth_bytes_per_second": 1_000 * GB,
        "most": most,
    }


def decided(models: pl.DataFrame, *machines: dict, **rules: float) -> pl.DataFrame:
    table = memory.machines_for(models, pl.DataFrame(list(machines)), RULES | rules)
    return tables.conform(table, MoeMachines, "machines")


def smallest(table: pl.DataFrame, use: str) -> tuple[str, int] | None:
    rows = table.filter("is_smallest", use=use).select("machine", "machines").rows()
    assert len(rows) <= 1
    return rows[0] if rows else None


DESK = machine("card", "consumer card", 24)
STATION = machine("station", "workstation", 100)
NODE = machine("node", "server node", 640, most=4)


def test_memory_follows_the_total_and_not_what_is_activated():
    few, many = (decided(model(40 * BILLION, active * BILLION), DESK, STATION) for active in (2, 40))
    columns = ["use", "machine", "needed_bytes", "machines"]
    assert few.select(columns).equals(many.select(columns))
    assert smallest(few, "run_4bit") == ("card", 1)
    assert smallest(few, "run_16bit") == ("station", 1)


def test_speed_follows_what_is_activated():
    few, many = (
        decided(model(40 * BILLION, active * BILLION), STATION).filter(use="run_16bit")["tokens_per_second_bound"][0]
        for active in (2, 40)
    )
    assert few == 1_000 / (2 * 2)
    assert few == 20 * many


def test_training_in_full_takes_sixteen_bytes_a_parameter_and_activations():
    needed = dict(memory.uses(model(BILLION, BILLION), RULES).select("use", "needed_bytes").iter_rows())
    activations = 2 * 4_096 * 10 * 100
    assert needed["full"] == 16 * BILLION + activations
    assert needed["lora"] == 2 * BILLION + 16 * BILLION // 100 + activations
    assert needed["qlora"] == BILLION // 2 + 16 * BILLION // 100 + activations
    assert needed["run_4bit"] < needed["qlora"] < needed["lora"] < needed["full"]


def test_desks_are_not_joined_and_servers_are_up_to_their_number():
    table = decided(model(100 * BILLION, 5 * BILLION), STATION, NODE)
    assert table.filter(use="full", machine="station")["machines"].to_list() == [None]
    assert smallest(table, "full") == ("node", 3)
    assert smallest(decided(model(200 * BILLION, 5 * BILLION), STATION, NODE), "full") is None


def test_main_memory_runs_models_and_does_not_train_them():
    table = decided(model(10 * BILLION, BILLION), machine("board", memory.MAIN_MEMORY, 1_000))
    assert smallest(table, "run_16bit") == ("board", 1)
    assert smallest(table, "full") is None


def test_less_usable_memory_never_makes_a_smaller_machine_do():
    models = model(45 * BILLION, 5 * BILLION)
    assert smallest(decided(models, DESK, STATION), "run_4bit") == ("card", 1)
    assert smallest(decided(models, DESK, STATION, usable_share=0.9), "run_4bit") == ("station", 1)


def test_the_smallest_at_a_desk_may_be_larger_than_the_smallest():
    server = machine("server", "server", 30)
    table = decided(model(12 * BILLION, BILLION), server, STATION)
    assert smallest(table, "run_16bit") == ("server", 1)
    assert table.filter("is_smallest_at_desk", use="run_16bit")["machine"].to_list() == ["station"]


def test_the_cache_is_read_and_held_besides_the_weights():
    grown = memory.needs(model(BILLION, BILLION, kv_bytes_8k=GB, kv_bytes_128k=16 * GB, kv_indexer_bytes_128k=160))
    row = grown.row(by_predicate=(pl.col("bits") == 8) & (pl.col("context") == 8_192), named=True)
    assert row["kv_bytes"] == GB + 10
    assert row["total_bytes"] == row["read_bytes"] == 2 * GB + 10


def test_reach_names_the_nearest_place():
    table = decided(model(100 * BILLION, 5 * BILLION), STATION, NODE)
    reach = memory.reach(table, model(100 * BILLION, 5 * BILLION))
    places = dict(reach.select("use", "place").iter_rows())
    assert places["run_4bit"] == "a desk"
    assert places["lora"] == "one server"
    assert places["full"] == "several servers"
    assert reach["releases"].sum() == len(USES)


def test_rental_is_the_median_of_a_year_times_the_accelerators():
    offers = [(2.0, "2026-05-01"), (3.0, "2026-04-01"), (9.0, "2026-03-01"), (50.0, "2024-01-01")]
    prices = pl.DataFrame(
        [
            {"accelerator": "X", "term": "on_demand", "usd_per_hour": usd, "date": datetime.date.fromisoformat(day)}
            for usd, day in offers
        ]
        + [{"accelerator": "X", "term": "reserved_3_years", "usd_per_hour": 0.1, "date": datetime.date(2026, 5, 1)}]
    )
    machines = pl.DataFrame(
        [
            machine("eight", "server node", 640) | {"accelerator": "X", "accelerators": 8, "flops_16bit": None},
            machine("own", "workstation", 96) | {"accelerator": None, "accelerators": 1, "flops_16bit": None},
        ]
    )
    table = tables.conform(memory.priced(machines, prices), MachinePrices, "machines")
    eight, own = table.to_dicts()
    assert (eight["usd_per_hour_low"], eight["usd_per_hour"], eight["usd_per_hour_high"]) == (16.0, 24.0, 72.0)
    assert eight["prices"] == 3
    assert own["usd_per_hour"] is None
    assert own["prices"] == 0


def test_a_rule_that_is_missing_or_odd_is_named():
    table = register.load("memory_rules", REGISTER)
    assert memory.rules(table)["full_bytes"] == 16
    with pytest.raises(RegisterError, match=r"no rule usable_share in memory_rules\.csv"):
        memory.rules(table.filter(pl.col("rule") != "usable_share"))
    with pytest.raises(RegisterError, match="run_context is 9,000 tokens"):
        memory.uses(model(BILLION, BILLION), RULES | {"run_context": 9_000})


def test_eight_accelerators_cost_eight_times_one():
    priced = memory.priced(register.load("machines", REGISTER), register.load("accelerator_prices", REGISTER))
    hourly = dict(priced.select("machine", "usd_per_hour").iter_rows())
    assert hourly["8x H100"] == pytest.approx(8 * hourly["H100"])
    assert hourly["RTX 4090"] is None, "no dated price on the register"
