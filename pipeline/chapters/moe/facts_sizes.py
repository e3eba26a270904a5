"""What the chapter on mixtures may quote of sizes: parameters, machines, and the share of mixtures of experts."""

import polars as pl

from pipeline.base import held, words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.results import Tables


def moe_facts(out: Tables, machines: pl.DataFrame, holds: held.Held) -> Facts:
    """Sizes of registered models, what holds them, and the share of mixtures."""
    facts: Facts = {}
    source = "data/out/moe.parquet"
    columns = [
        "parameters_total",
        "parameters_text",
        "parameters_active",
        "parameters_active_without_input_embedding",
        "parameters_active_without_embeddings",
        "parameters_active_published",
    ]
    for row in out["moe"].filter(pl.col("count_method") == "config").iter_rows(named=True):
        for column in columns:
            value = row[column]
            facts[f"moe.{row['model']}.{column}"] = fact(
                value, "" if value is None else words.billions(value), source, "parameters"
            )
        for bits in (16, 8, 4):
            value = row[f"weights_bytes_{bits}bit"]
            facts[f"moe.{row['model']}.weights_{bits}bit"] = fact(
                value, "" if value is None else words.gib(value), source, "bytes"
            )
        facts[f"moe.{row['model']}.mixture"] = sentence(row["mixture"], source)
    for machine, memory in machines.select("machine", "memory_bytes").iter_rows():
        facts[f"machine.{machine}.memory"] = fact(
            memory, words.gib(memory), "pipeline/register/moe/machines.csv", "bytes"
        )
        facts[f"machine.{machine}.memory.name"] = sentence(machine, "pipeline/register/moe/machines.csv")
    for kind, memory, name in (
        machines.sort("memory_bytes", "machine")
        .group_by("kind", maintain_order=True)
        .last()
        .select("kind", "memory_bytes", "machine")
        .iter_rows()
    ):
        key = f"machines.largest.{kind.replace(' ', '_')}"
        facts[key] = fact(memory, words.gib(memory), "pipeline/register/moe/machines.csv", "bytes")
        facts[f"{key}.name"] = sentence(name, "pipeline/register/moe/machines.csv")
    return facts | share_facts(out["moe_share"], holds)


def share_facts(shares: pl.DataFrame, holds: held.Held) -> Facts:
    """The share of mixtures in the last whole quarter of each population."""
    source = "data/out/moe_share.parquet"
    facts: Facts = {}
    for population, key in (
        ("flagship releases", "flagship"),
        ("repositories", "repositories"),
        ("downloads", "downloads"),
    ):
        whole = shares.filter((pl.col("population") == population) & ~pl.col("is_partial")).drop_nulls("share")
        row = whole.sort("period").tail(1).rows(named=True)
        share = row[0]["share"] if row else None
        period = row[0]["period"] if row else None
        facts[f"moe.share.{key}"] = fact(share, "" if share is None else words.percent(share), source)
        facts[f"moe.share.{key}.quarter"] = fact(period, "" if period is None else words.quarter(period), source)
        year = whole.filter(pl.col("period") >= pl.col("period").max().dt.offset_by("-9mo"))
        moe, dense = int(year["moe"].sum()), int(year["dense"].sum())
        last_year = moe / (moe + dense) if moe + dense else None
        facts[f"moe.share.{key}.year"] = fact(last_year, "" if last_year is None else words.percent(last_year), source)
        facts[f"moe.share.{key}.year.n"] = fact(moe + dense, words.number(moe + dense), source)
    return facts | default_facts(facts, holds)


def default_facts(facts: Facts, holds: held.Held) -> Facts:
    """Whether mixtures of experts are the default: among flagships, among repositories, by downloads.

    Default means more than half over the last four whole quarters.
    """
    source = "data/out/moe_share.parquet"
    names = {"flagship": "flagship releases", "repositories": "repositories", "downloads": "downloads"}
    shares = {key: facts[f"moe.share.{key}.year"]["value"] for key in names}
    known = {key: share for key, share in shares.items() if share is not None}
    if "flagship" not in known:
        return {"moe.default.title": sentence("No flagship release is dated", source)} | {
            "moe.default.sentence": sentence("The register dates no flagship release in the last year.", source)
        }
    more = [names[key] for key, share in known.items() if share > 0.5]
    less = [names[key] for key, share in known.items() if share <= 0.5]
    missing = [names[key] for key in names if key not in known]
    if missing:
        parts = [f"the default of {words.listed(more)}"] if more else []
        parts += [f"not {'' if more else 'the default '}of {words.listed(less)}"] if less else []
        title = f"Mixture of experts is {', '.join(parts)}; of {words.listed(missing)} this snapshot cannot tell"
    elif not less:
        title = "Mixture of experts is the default by every measure here"
    elif not more:
        title = "Mixture of experts is not yet the default by any measure here"
    else:
        title = f"Mixture of experts is the default of {words.listed(more)}, not of {words.listed(less)}"
    wording = "; ".join(f"{words.percent(share)} of {names[key]}" for key, share in known.items())
    gap = f" Of {words.listed(missing)} this snapshot cannot tell." if missing else ""
    gap += holds.left_out("createdAt") if {"repositories", "downloads"} & known.keys() else ""
    return {
        "moe.default.title": sentence(title, source),
        "moe.default.sentence": sentence(
            f"Over the last four whole quarters, mixtures of experts are {wording}, of those whose architecture "
            f"tells.{gap}",
            source,
        ),
    }
