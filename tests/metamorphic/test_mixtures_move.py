"""The chapter on MoE models follows its input: machines, rules, configs, dates and snapshots move it as predicted.

Most tests alter a table and call the chapter's functions on it. Three run the stage on an altered register, to see that
it reads what it should: machines, configurations, and which architectures are MoE models.
"""

import datetime
import json
from collections.abc import Callable

import polars as pl
import pytest

from pipeline import register
from pipeline.architectures import memory
from pipeline.architectures.configurations import count
from pipeline.base import tables
from pipeline.base.facts import Facts, PageFacts
from pipeline.base.paths import Paths
from pipeline.chapters.moe import facts, facts_sizes, shares
from pipeline.chapters.moe import tables as moe_tables
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.moe import fits
from pipeline.register.lookup.identity import identify
from tests.conftest import Report

Change = Callable[[pl.DataFrame], pl.DataFrame]

REGISTER = Paths().register
MACHINES, RULES = register.load("machines", REGISTER), register.load("memory_rules", REGISTER)
FAMILIES = register.load("families", REGISTER)
V3 = facts_sizes.DEEPSEEK_V3


@pytest.fixture(scope="module")
def moe(sample: Report) -> pl.DataFrame:
    return sample.table("moe")


def times(column: str, factor: float) -> Change:
    """Multiply a column of whole numbers, in a table of the register or in a file of it, where cells are text."""

    def change(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(
            (pl.col(column).cast(pl.Float64) * factor).round(0).cast(pl.Int64).cast(rows[column].dtype)
        )

    return change


def rule(name: str, value: float) -> pl.DataFrame:
    """The rules of memory with another value of one."""
    return RULES.with_columns(value=pl.when(pl.col("rule") == name).then(pl.lit(value)).otherwise("value"))


COUNTS = count(register.load("configurations", REGISTER))


def needed_of(machines: pl.DataFrame = MACHINES, rules: pl.DataFrame = RULES) -> pl.DataFrame:
    return memory.machines_for(COUNTS, machines, memory.rules(rules))


def at_desks(moe: pl.DataFrame, needed: pl.DataFrame, use: str) -> int:
    """How many MoE models a machine at a desk is enough for."""
    reach = memory.reach(needed, moe)
    return int(reach.filter(mixture="moe", place="a desk", use=use)["releases"].sum())


def counted(reach: pl.DataFrame) -> int:
    return int(reach.filter(mixture="moe", use="run_4bit")["releases"].sum())


def recounted(configurations: pl.DataFrame) -> pl.DataFrame:
    """The table moe of other configurations."""
    known = {name: register.load(name, REGISTER) for name in ("releases", "formats")}
    ids = pl.concat([configurations.select(id="model"), known["releases"].select(id="model")]).unique()
    identity = identify(ids, REGISTER).collect()
    return moe_tables.build(configurations, known["releases"], identity, known["formats"])


def sparsity_of(moe: pl.DataFrame, day: datetime.date) -> Facts:
    countries = identify(moe.select(id="model"), REGISTER).collect().select(model="id", country="country")
    return facts.sparsity_facts(shares.sparsity(shares.released_by(moe, day), countries))


def day_of(report: Report) -> datetime.date:
    return datetime.date.fromisoformat(tables.read_json(report.paths.provenance)["date"])


def all_experts(config: str) -> str:
    """A configuration in which every expert works on every token."""
    document = json.loads(config)
    fields = document.get("text_config", document)
    experts = next((fields[name] for name in ("n_routed_experts", "num_experts") if name in fields), None)
    if experts and "num_experts_per_tok" in fields:
        fields["num_experts_per_tok"] = experts
    return json.dumps(document)


def dense_since_2026(sparsity: pl.DataFrame) -> Change:
    """Let every expert of the MoE models of 2026 work."""
    recent = sparsity.filter(pl.col("released").dt.year() == 2026)["model"].implode()
    dense = pl.col("config").map_elements(all_experts, return_dtype=pl.String)
    changed = pl.when(pl.col("model").is_in(recent)).then(dense).otherwise("config").alias("config")
    return lambda rows: rows.with_columns(changed)


# ------------------------------------------------------------------------------------------ memory


def test_a_tenth_of_the_memory_lets_fewer_mixtures_in(moe: pl.DataFrame) -> None:
    before, after = needed_of(), needed_of(times("memory_bytes", 0.1)(MACHINES))
    for use in ("run_4bit", "lora", "full"):
        assert at_desks(moe, after, use) < at_desks(moe, before, use)
    drawn = []
    for needed in (before, after):
        reach = memory.reach(needed, moe)
        figure = fits.reach(reach, PageFacts(facts.reach_facts(reach)))
        assert isinstance(figure, Figure)
        drawn.append((counted(reach), figure.title))
    assert drawn[0][0] == drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


def test_a_cheaper_training_rule_brings_training_to_desks(moe: pl.DataFrame) -> None:
    cheaper = rule("full_bytes", 2)
    before, after = needed_of(), needed_of(rules=cheaper)
    assert at_desks(moe, after, "full") > at_desks(moe, before, "full")
    assert at_desks(moe, after, "run_4bit") == at_desks(moe, before, "run_4bit")
    assert facts.rule_facts(cheaper)["memory.rule.full_bytes"]["text"] == "2"
    key = f"moe.{V3}.smallest.full.bytes"
    eighth = facts.machine_facts(before)[key]["value"] / 8
    assert facts.machine_facts(after)[key]["value"] == pytest.approx(eighth, rel=0.01)


def test_twice_the_bandwidth_doubles_the_bound_and_nothing_else() -> None:
    before = facts.machine_facts(needed_of())
    after = facts.machine_facts(needed_of(times("bandwidth_bytes_per_second", 2)(MACHINES)))
    speed = f"moe.{V3}.smallest.run_4bit.speed"
    assert after[speed]["value"] == pytest.approx(2 * before[speed]["value"])
    assert {key: fact for key, fact in after.items() if key != speed} == {
        key: fact for key, fact in before.items() if key != speed
    }


def test_where_no_machines_are_enough_the_table_says_so_and_gives_no_speed() -> None:
    quoted = facts.machine_facts(needed_of(times("memory_bytes", 0.001)(MACHINES)))
    assert quoted[f"moe.{V3}.smallest.run_4bit"]["text"] == "no set of machines on the register"
    assert quoted[f"moe.{V3}.smallest.run_4bit.speed"]["text"] == "not in this snapshot"
    assert quoted[f"moe.{V3}.smallest.full.bytes"]["value"] > 0


# ---------------------------------------------------------------------------------- configurations


def test_denser_recent_releases_turn_the_sentence_on_sparsity(sample: Report) -> None:
    denser = dense_since_2026(sample.table("moe_sparsity"))(register.load("configurations", REGISTER))
    assert "fell" in facts.sparsity_facts(sample.table("moe_sparsity"))["moe.sparsity.title"]["text"]
    assert "rose" in sparsity_of(recounted(denser), day_of(sample))["moe.sparsity.title"]["text"]


def test_a_wider_cache_moves_its_section_alone(moe: pl.DataFrame, sample: Report) -> None:
    config = pl.col("config").str.replace(r'"num_key_value_heads":8', '"num_key_value_heads":96')
    changed = pl.when(pl.col("model") == "zai-org/GLM-4.5").then(config).otherwise("config").alias("config")
    wider = recounted(register.load("configurations", REGISTER).with_columns(changed))

    def largest(table: pl.DataFrame) -> float:
        cached = table.filter(mixture="moe", count_method="config").drop_nulls("cache_bytes_128k")
        return cached.sort("cache_bytes_128k")["cache_bytes_128k"][-1]

    assert largest(wider) > 5 * largest(moe)
    before, after = facts.cache_facts(moe), facts.cache_facts(wider)
    assert after["moe.cache.title"] != before["moe.cache.title"]
    assert "GLM-4.5" in after["moe.cache.sentence"]["text"]
    assert sparsity_of(wider, day_of(sample)) == facts.sparsity_facts(sample.table("moe_sparsity"))


def test_a_published_count_that_is_off_is_reported(moe: pl.DataFrame, sample: Report) -> None:
    column = "parameters_active_published"
    wrong = moe.with_columns(pl.when(pl.col("model") == V3).then(60_000_000_000).otherwise(column).alias(column))
    quoted = facts.check_facts(sample.table("moe_checks"), wrong)["moe.conventions.sentence"]["text"]
    assert quoted != sample.text("moe.conventions.sentence")
    assert "Of 28 published" in quoted
    assert "27 are within" in quoted


def test_without_mixtures_no_figure_is_drawn(sample: Report) -> None:
    known = sample.facts()
    dense = sample.table("moe_reach").filter(pl.col("mixture") == "dense")
    assert isinstance(fits.reach(dense, known), Absent)
    assert isinstance(fits.sparsity(sample.table("moe_sparsity").head(1), FAMILIES, known), Absent)


# ------------------------------------------------------------------------------------ the stage runs


@pytest.mark.whole
def test_the_stage_reads_the_registers_machines(sample: Report, report: Report) -> None:
    report.edit("machines", times("memory_bytes", 0.1)).build("moe")
    before, after = (fits.reach(each.table("moe_reach"), each.facts()) for each in (sample, report))
    assert isinstance(after, Figure)
    assert isinstance(before, Figure)
    assert after.title != before.title
    assert report.table("moe").equals(sample.table("moe")), "machines change no count"


@pytest.mark.whole
def test_the_stage_reads_the_registers_configurations(sample: Report, report: Report) -> None:
    report.edit("configurations", dense_since_2026(sample.table("moe_sparsity"))).build("moe")
    figure = fits.sparsity(report.table("moe_sparsity"), FAMILIES, report.facts())
    assert isinstance(figure, Figure)
    assert "rose" in figure.title
    assert figure.title == report.text("moe.sparsity.title")


@pytest.mark.whole
def test_dense_repositories_lower_the_share_by_month_and_country(sample: Report, report: Report) -> None:
    dense = pl.when(pl.col("mixture") == "moe").then(pl.lit("dense")).otherwise("mixture").alias("mixture")
    report.edit("architectures", lambda rows: rows.with_columns(dense)).build("moe")
    for name in ("moe_share_monthly", "moe_share_country"):
        known = pl.col("population") == "repositories"
        before, after = (each.table(name).filter(known)["moe"].sum() for each in (sample, report))
        assert after < before
    assert report.text("moe.months.sentence") != sample.text("moe.months.sentence")
