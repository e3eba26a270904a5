"""Tables of the chapter on MoE models: memory, machines, caches, countries, and checks of counts.

Each is an object whose HTML a notebook shows, made from a table of the pipeline. GB are 10⁹ bytes.
"""

import polars as pl

from pipeline.charts.kit.html import Html, register_table


def weights(moe: pl.DataFrame, *, largest: int) -> Html:
    """Weights in GB of 10⁹ bytes, and arithmetic per token, of the largest MoE models with a counted configuration."""
    rows = _largest_mixtures(moe, largest).select(
        "model",
        *((pl.col(f"weights_bytes_{bits}bit") / 1e9).round(0).alias(f"at_{bits}") for bits in (16, 8, 4)),
        (pl.col("flops_per_token_8k") / 1e9).round(0).alias("short"),
        (pl.col("flops_per_token_128k") / 1e9).round(0).alias("long"),
    )
    labels = {
        "model": "Model",
        "at_16": "16 bits",
        "at_8": "8 bits",
        "at_4": "4 bits",
        "short": "8,192 tokens",
        "long": "131,072 tokens",
    }
    caption = "Weights in GB, by bits; billion operations per token, by context"
    return register_table(rows, labels, caption=caption)


def caches(moe: pl.DataFrame, *, largest: int) -> Html:
    """Cache of one sequence of the largest MoE models with a counted configuration, at three lengths, and its parts."""
    sizes = {
        "cache_bytes_8k": "short",
        "cache_bytes_32k": "middle",
        "cache_bytes_128k": "long",
        "indexer_bytes_128k": "indexer",
        "state_bytes": "state",
    }
    rows = _largest_mixtures(moe, largest).select(
        "model",
        (pl.col("cache_bytes_per_token") / 1e3).round(1).alias("token"),
        *((pl.col(old) / 1e9).round(2).alias(new) for old, new in sizes.items()),
    )
    labels = {
        "model": "Model",
        "token": "kB a token",
        "short": "8,192 tokens",
        "middle": "32,768 tokens",
        "long": "131,072 tokens",
        "indexer": "of it, indexers",
        "state": "of it, states",
    }
    caption = "Cache of one sequence: kB that a token adds at full attention, GB at three lengths, its parts"
    return register_table(rows, labels, caption=caption)


def _largest_mixtures(moe: pl.DataFrame, largest: int) -> pl.DataFrame:
    counted = moe.filter(mixture="moe", count_method="config")
    return counted.sort("parameters_text", "model", descending=[True, False]).head(largest)


def smallest_machines(machines: pl.DataFrame, moe: pl.DataFrame, *, largest: int) -> Html:
    """The smallest set of machines that runs, and that trains, each of the largest MoE models.

    machines: the table `moe_machines`.
    """
    uses = {"run_8bit": "Runs at 8 bits", "run_4bit": "Runs at 4 bits", "lora": "LoRA", "full": "Full fine-tuning"}
    order = (
        moe.filter(mixture="moe", count_method="config")
        .sort("parameters_text", "model", descending=[True, False])
        .head(largest)
        .select("model")
    )
    sets = machines.filter("is_smallest").with_columns(
        text=pl.when(pl.col("machines") > 1).then(pl.format("{} × {}", "machines", "machine")).otherwise("machine")
    )
    rows = order
    for use in uses:
        named = sets.filter(use=use).select("model", pl.col("text").alias(use))
        rows = rows.join(named, on="model", how="left", maintain_order="left").with_columns(
            pl.col(use).fill_null("none on the register")
        )
    return register_table(
        rows, {"model": "Model", **uses}, caption="The smallest set of machines with enough memory for each use"
    )


def memory_rules(rules: pl.DataFrame) -> Html:
    """The register's rules of memory, each with its source. rules: the register's table `memory_rules`."""
    rows = rules.sort("rule").select("statement", "value", "unit", "source")
    labels = {"statement": "Rule", "value": "Value", "unit": "Unit", "source": "Source"}
    return register_table(rows, labels, caption="What running and training take in memory: the assumptions")


def count_checks(checks: pl.DataFrame) -> Html:
    """Published, stored and computed totals of every counted configuration, in billions.

    checks: the table `moe_checks`.
    """
    billions = ["published", "stored", "computed", "mtp"]
    rows = (
        checks.with_columns(pl.coalesce("computed", "text").alias("size"))
        .sort("size", "model", descending=[True, False])
        .with_columns(
            (pl.col(billions) / 1e9).round(2),
            difference=_rounded(pl.col("published_difference") * 100, 1),
            left=_rounded(pl.col("unexplained") / 1e9, 3),
        )
        .select("model", *billions, "difference", "left")
    )
    labels = {
        "model": "Model",
        "published": "Published",
        "stored": "Stored",
        "computed": "Computed",
        "mtp": "MTP layers",
        "difference": "Computed over published, %",
        "left": "Stored, not explained",
    }
    return register_table(rows, labels, caption="Published, stored and computed totals, in billions of parameters")


def _rounded(value: pl.Expr, digits: int) -> pl.Expr:
    """A rounded number; one that rounds to nothing has no sign."""
    near = value.round(digits)
    return pl.when(near == 0).then(0.0).otherwise(near)


def country_shares(countries: pl.DataFrame) -> Html:
    """Share of MoE models by country and population, where both kinds are known at all.

    countries: the table `moe_share_country`.
    """
    rows = (
        countries.filter(pl.col("population") != "downloads")
        .with_columns(
            n=pl.col("moe") + pl.col("dense"),
            percent=(pl.col("share") * 100).round(0),
            low=(pl.col("share_low") * 100).round(0),
            high=(pl.col("share_high") * 100).round(0),
        )
        .filter(pl.col("n") > 0)
        .sort("population", "n", "country", descending=[False, True, False])
        .select("population", "country", "n", "moe", "unknown", "percent", "low", "high")
    )
    labels = {
        "population": "Of",
        "country": "Country",
        "n": "MoE models and dense",
        "moe": "Mixtures",
        "unknown": "Unknown",
        "percent": "Share, %",
        "low": "if unknown are dense",
        "high": "if they are MoE models",
    }
    return register_table(
        rows, labels, caption="Share of MoE models by country of the organisation, over twelve months"
    )


def flagships(chosen: pl.DataFrame) -> Html:
    """The releases that the rule picks, the newest first, with sizes in billions. chosen: the table `moe_flagships`."""
    rows = chosen.sort("half_year", "organisation", descending=[True, False]).select(
        "half_year",
        "organisation",
        "model",
        "mixture",
        (pl.col("parameters") / 1e9).round_sig_figs(3),
        _rounded(pl.col("parameters_active") / 1e9, 1).alias("active"),
    )
    labels = {
        "half_year": "Half-year from",
        "organisation": "Maker",
        "model": "Release",
        "mixture": "Kind",
        "parameters": "Parameters",
        "active": "Activated",
    }
    return register_table(rows, labels, caption="Flagship releases by the rule, parameters in billions")


def mixtures(moe: pl.DataFrame, *, largest: int) -> Html:
    """Total and activated parameters of the largest MoE models with a counted configuration, in billions."""
    counted = ["parameters_text", *(name for name in moe.columns if name.startswith("parameters_active"))]
    rows = (
        moe.filter(mixture="moe", count_method="config")
        .sort("parameters_text", "model", descending=[True, False])
        .head(largest)
        .with_columns((pl.col(counted) / 1e9).round(1), of=pl.format("{} of {}", "experts_per_token", "experts"))
    )
    labels = {
        "model": "Model",
        "parameters_text": "Total",
        "parameters_active": "Activated",
        "parameters_active_without_input_embedding": "without input table",
        "parameters_active_without_embeddings": "without both tables",
        "parameters_active_published": "as published",
        "of": "Experts per token",
    }
    return register_table(
        rows, labels, caption="Language-model parameters in billions, counted from each model’s configuration"
    )
