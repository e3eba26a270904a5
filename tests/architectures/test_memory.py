"""Facts of memory: what running and training take, and which machines have it."""

import datetime
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import register
from pipeline.architectures import memory
from pipeline.architectures.counts import Cache, Counts
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


def model(total: int, active: int, **given: Any) -> dict[str, Counts]:
    """A mixture of as many experts as parameters, so that any number of them can be activated."""
    counts = Counts(
        model_type="made",
        layers=10,
        hidden_size=100,
        vocab_size=1,
        tied_embeddings=False,
        parts={"routed_experts": total},
        experts=total,
        experts_per_token=active,
    )
    return {"a/model": replace(counts, **given)}


def machine(name: str, kind: str, gigabytes: int, most: int = 1) -> dict:
    return {
        "machine": name,
        "kind": kind,
        "memory_bytes": gigabytes * GB,
        "bandwidth_bytes_per_second": 1_000 * GB,
        "most": most,
    }


def decided(models: dict[str, Counts], *machines: dict, **rules: float) -> pl.DataFrame:
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


@given(parameters=st.integers(0, 10**16), bits=st.integers(1, 32))
def test_weights_are_rounded_up_to_whole_bytes(parameters: int, bits: int):
    assert memory.weights_bytes(parameters, bits) == -(-parameters * bits // 8)


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


def test_the_cache_is_stored_and_read_besides_the_weights():
    counts = model(
        BILLION,
        BILLION // 4,
        caches=(Cache(layers=10, values=100, scores=1),),
        indexer_caches=(Cache(layers=10, values=1, scores=1),),
        state_values=7,
    )
    row = memory.needs(counts).row(by_predicate=(pl.col("bits") == 8) & (pl.col("context") == 8_192), named=True)
    cache = 2 * 8_192 * (10 * 100 + 10) + 4 * 7
    assert row["cache_bytes"] == cache
    assert (row["kv_bytes"], row["indexer_bytes"], row["state_bytes"]) == (2 * 8_192 * 1_000, 2 * 8_192 * 10, 28)
    assert memory.cache_bytes_per_token(counts["a/model"]) == 2 * 1_010
    assert row["total_bytes"] == BILLION + cache
    assert row["read_bytes"] == BILLION // 4 + cache


def test_reach_names_the_nearest_place():
    table = decided(model(100 * BILLION, 5 * BILLION), STATION, NODE)
    reach = memory.reach(table, pl.DataFrame({"model": ["a/model"], "mixture": ["moe"]}))
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


def test_a_rule_that_is_missing_is_named():
    table = register.load("memory_rules", REGISTER)
    assert memory.rules(table)["full_bytes"] == 16
    with pytest.raises(RegisterError, match=r"no rule usable_share in memory_rules\.csv"):
        memory.rules(table.filter(pl.col("rule") != "usable_share"))


def test_eight_accelerators_cost_eight_times_one():
    priced = memory.priced(register.load("machines", REGISTER), register.load("accelerator_prices", REGISTER))
    hourly = dict(priced.select("machine", "usd_per_hour").iter_rows())
    assert hourly["8x H100"] == pytest.approx(8 * hourly["H100"])
    assert hourly["RTX 4090"] is None, "no dated price on the register"
