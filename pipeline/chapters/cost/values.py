"""The values in the chapter's sentences: plain numbers, names and sides, worked out from its tables.

Each function gives the values that one group of `sentences.yaml` knows, which lists them with their units. A value that
nobody publishes, or that cannot be computed, is None.
"""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.chapters.cost.arithmetic import NO_HOURS
from pipeline.chapters.cost.assumptions import Assumptions

Values = dict[str, Any]

MILLION = 1_000_000
TERA = 1e12
TEN = 10
"""An order of magnitude."""
RISES = 0.5
"""A rank correlation from here on is called a rise."""
FEWEST_SIZES = 3
"""Fewer models say nothing of price by size."""
SPARSE = 0.9
"""A model that activates less than this share of its parameters counts as a mixture."""


# ----------------------------------------------------------------------------------------- training


def label(costs: pl.DataFrame, run: str) -> str:
    """The name of a run."""
    return costs.filter(pl.col("run") == run)["label"][0]


def rented(costs: pl.DataFrame, run: str) -> Values:
    """The run of the report at market prices, and on which side of what its authors state that lies."""
    row = costs.row(by_predicate=(pl.col("run") == run) & (pl.col("basis") == "rental"), named=True)
    low, high, stated = row["usd_low"], row["usd_high"], row["usd_stated"]
    side = None
    if low is not None and stated is not None:
        side = "above" if low > stated else "below" if high < stated else "around"
    return {
        "name": row["label"],
        "accelerator": row["accelerator"],
        "hours": row["accelerator_hours"],
        "priced_as": row["priced_as"],
        "prices": row["prices"],
        "low": low,
        "median": row["usd_median"],
        "high": high,
        "stated": stated,
        "side": side,
    }


def in_title(costs: pl.DataFrame, bases: pl.DataFrame, run: str) -> Values:
    """The run at market prices, with the purchase of its cluster."""
    bought: Values = next(bases.filter(kind="purchase").iter_rows(named=True), dict.fromkeys(bases.columns))
    return rented(costs, run) | {"cluster_low": bought["usd_low"], "cluster_high": bought["usd_high"]}


def compared(costs: pl.DataFrame, ratios: pl.DataFrame, run: str) -> Values:
    """One model's published costs over those of the run, on each basis that both have."""
    alike = ratios.filter("like_for_like").drop_nulls("ratio_median").sort("basis", descending=True)
    middles = alike["ratio_median"]
    return {
        "name": label(costs, run),
        "ratios": alike.select("basis", low="ratio_low", median="ratio_median", high="ratio_high").to_dicts(),
        "low": middles.min(),
        "high": middles.max(),
        "bases": alike.height,
        "ten": sum(words.order(middle, TEN) >= 0 for middle in middles),
    }


def owned(costs: pl.DataFrame, assumed: Assumptions, run: str) -> Values:
    """What the run's hours cost an owner, and on which side of their median rent that lies."""
    computed = costs.filter(pl.col("run") == run, pl.col("evidence") == "computed")
    row: Values = next(computed.filter(basis="amortised").iter_rows(named=True), dict.fromkeys(costs.columns))
    median, rent = row["usd_median"], next(iter(computed.filter(basis="rental")["usd_median"]), None)
    side = None
    if median is not None and rent is not None:
        side = ("below", "about", "above")[words.order(median, rent) + 1]
    years = assumed["lifetime_years"]
    return {
        "name": label(costs, run),
        "low": row["usd_low"],
        "median": median,
        "high": row["usd_high"],
        "price_low": row["price_low"],
        "price_high": row["price_high"],
        "prices": row["prices"],
        "years_low": years.low,
        "years_high": years.high,
        "rent": rent,
        "side": side,
    }


def on_every_basis(costs: pl.DataFrame, bases: pl.DataFrame, run: str) -> Values:
    """The middle of each basis, the purchase of the cluster, and what no basis counts."""
    known = bases.filter(pl.col("kind").is_in(["stated", "rental", "amortised"])).drop_nulls("usd_median").sort("order")
    bought: Values = next(bases.filter(kind="purchase").iter_rows(named=True), dict.fromkeys(bases.columns))
    return {
        "name": label(costs, run),
        "middles": known.select("kind", usd="usd_median").to_dicts(),
        "low": bought["usd_low"],
        "high": bought["usd_high"],
        "counts": bought["counts"],
        "left_out": [words.lower(item) for item in bases.filter(kind="left_out").sort("order")["label"]],
    }


def arithmetic(compute: pl.DataFrame, run: str) -> Values:
    """Hours stated against hours implied, for all runs and for that of the report."""
    known = compute.drop_nulls("utilisation").sort("run")
    own = known.filter(pl.col("run") == run).select(
        "accelerator",
        "flops",
        "hours_stated",
        name="label",
        hours_implied="hours_median",
        share="utilisation",
        share_8bit="utilisation_8bit",
        side="plausible",
    )
    return {
        "published_low": compute["published_low"][0],
        "published_high": compute["published_high"][0],
        "runs": known.height,
        "within": known.filter(plausible="within").height,
        "below": _outside(known, "below"),
        "above": _outside(known, "above"),
        "gaps": _gaps(compute),
        "run": run,
        "mine": next(own.iter_rows(named=True), None),
    }


def _outside(known: pl.DataFrame, side: str) -> list[Values]:
    """Runs on one side of the published range, by name."""
    rows = known.filter(plausible=side).sort("utilisation", "label")
    return rows.select(name="label", share="utilisation").to_dicts()


def _gaps(compute: pl.DataFrame) -> list[Values]:
    """Runs with hours that cannot be reconciled, by the reason why not."""
    teraflops = (pl.col("flops_per_second") / TERA).round().cast(pl.Int64)
    gaps = compute.filter(pl.col("utilisation").is_null(), pl.col("why") != NO_HOURS).sort("why", "label")
    runs = pl.struct(name="label", teraflops=teraflops)
    return gaps.group_by("why", maintain_order=True).agg(runs=runs).to_dicts()


# ------------------------------------------------------------------------------------------- prices


def gap(prices: pl.DataFrame) -> Values:
    """Median latest price of closed and of open models, of those whose price dates from the last twelve months."""
    latest = prices.filter("is_latest")
    recent = latest.filter(pl.col("date").dt.offset_by("12mo") >= latest["date"].max()).sort("price_blended")
    opened, closed = recent.filter(weights="open"), recent.filter(weights="closed")
    of_open, of_closed = (models.select(pl.col("price_blended").median()).item() for models in (opened, closed))
    times, more, less = None, "closed", "open"
    if of_open is not None and of_closed is not None:
        times = of_closed / of_open
        if times < 1:
            times, more, less = of_open / of_closed, "open", "closed"
    return {
        "open": of_open,
        "closed": of_closed,
        "open_models": opened.height,
        "closed_models": closed.height,
        "more": more,
        "less": less,
        "times": times,
    }


def moves(prices: pl.DataFrame) -> Values:
    """How many models were sold at a higher or lower price at the end than at the start."""
    price = pl.col("price_blended")
    ends = prices.sort("model", "date").group_by("model").agg(n=pl.len(), first=price.first(), last=price.last())
    several = ends.filter(pl.col("n") > 1)
    return {
        "models": several.height,
        "cheaper": several.filter(pl.col("last") < pl.col("first")).height,
        "more_expensive": several.filter(pl.col("last") > pl.col("first")).height,
    }


def by_size(prices: pl.DataFrame) -> Values:
    """Whether the latest price of output rises with activated parameters, and how far apart prices lie."""
    known = prices.filter("is_latest").drop_nulls("parameters_active").sort("model")
    if known.height < FEWEST_SIZES:
        return {"models": known.height, "rank": None, "spread": None, "trend": None}
    rank = known.select(pl.corr("parameters_active", "price_output", method="spearman")).item()
    return {
        "models": known.height,
        "rank": rank,
        "spread": known["price_output"].max() / known["price_output"].min(),  # type: ignore[operator]
        "trend": "rises" if rank >= RISES else "falls" if rank <= -RISES else None,
    }


def peers(pairs: pl.DataFrame) -> Values:
    """Pairs of models that are set beside each other."""
    rows = pairs.sort("date", "open", "closed")
    beside = rows.select("date", open="open_label", closed="closed_label", times="times_blended", note="open_note")
    return {"pairs": beside.to_dicts(), "low": pairs["times_blended"].min(), "high": pairs["times_blended"].max()}


# ------------------------------------------------------------------------------------------ serving


def serving(prices: pl.DataFrame) -> Values:
    """The latest prices of open models against what renting the accelerators costs at a stated use."""
    known = prices.filter("is_latest").drop_nulls("cost_blended_median").sort("model")
    price, bound = pl.col("price_blended"), known.filter(bound="bandwidth").height
    return {
        "models": known.height,
        "more_expensive": known.filter(price > pl.col("cost_blended_median")).height,
        "above": known.filter(price > pl.col("cost_blended_high")).height,
        "under": known.filter(price < pl.col("cost_blended_low")).height,
        "by_bandwidth": bound,
        "by_arithmetic": known.height - bound,
        "spread": (known["cost_blended_high"] / known["cost_blended_low"]).sort().median(),
        "middle": known["cost_blended_median"].median(),
    }


def reported(prices: pl.DataFrame, reports: pl.DataFrame) -> Values:
    """What a maker published of serving its own model, beside what is worked out for it here."""
    first = prices.filter("is_first").drop_nulls("cost_blended_median")
    both = reports.join(first, on="model", suffix="_sold").sort("date", "model")
    if both.is_empty():
        return {"report": None}
    row = both.row(0, named=True)
    speed, stated = row["tokens_per_second"], row["output_tokens_per_second_and_accelerator"]
    return {
        "report": {
            "name": row["label"],
            "usd_per_day": row["usd_per_day"],
            "usd_per_hour": row["usd_per_hour"],
            "tokens_input": row["tokens_input"],
            "cached": row["tokens_input_cached"] / row["tokens_input"],
            "tokens_output": row["tokens_output"],
            "usd": row["usd_per_day"] / ((row["tokens_input"] + row["tokens_output"]) / MILLION),
            "speed_stated": round(stated),
            "speed": round(speed),
            "compared": ("slower", "equal", "faster")[words.order(speed, stated) + 1],
        }
    }


def sparse(prices: pl.DataFrame) -> Values:
    """What serving costs against a model of the same total with every parameter active."""
    times = (
        prices.filter("is_latest", pl.col("parameters_active") < SPARSE * pl.col("parameters_text"))
        .drop_nulls("dense_blended_median")
        .select(times=pl.col("dense_blended_median") / pl.col("cost_blended_median"))["times"]
    )
    return {"models": times.len(), "low": times.min(), "high": times.max()}
