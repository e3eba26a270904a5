"""What the chapter on cost may quote: numbers and sentences of the tables of stage `cost`.

Every direction word, title and verdict word is computed here, so an altered price, hour or assumption
turns the sentence with the number. What nobody publishes is said in the place of the number.
"""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.cost import assumptions
from pipeline.chapters.cost.arithmetic import FLOPS_PER_PARAMETER_AND_TOKEN

Row = dict[str, Any]

TRAINING, RATIOS, BASES = (f"data/out/{name}.parquet" for name in ("cost_training", "cost_ratios", "cost_bases"))
COMPUTE, INFERENCE, PEERS = (f"data/out/{name}.parquet" for name in ("cost_compute", "cost_inference", "price_peers"))
BASIS_WORDS = {"rental": "as rental", "amortised": "as amortised hardware and energy", "all_in": "all-in"}
MILLION = 1_000_000
TERA = 1e12
TEN = 10
"""An order of magnitude."""
RISES = 0.5
"""A rank correlation from here on is called a rise."""


def facts(out: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    assumed, reports = out["register/assumptions"], out["register/serving_reports"]
    run = params.cost.compared_run
    months = params.cost.price_window_months
    facts: Facts = {
        "cost.price_window": fact(months, f"{words.word(months)} months", "params.yaml", "months"),
        "cost.hardware_window": fact(
            params.cost.hardware_window_months,
            f"{words.word(params.cost.hardware_window_months)} months",
            "params.yaml",
            "months",
        ),
        "cost.compared_run": sentence(run, "params.yaml"),
    }
    facts |= training_facts(out["cost_training"]) | ratio_facts(out["cost_ratios"])
    facts |= run_facts(out["cost_training"], run) | compared_facts(out["cost_training"], out["cost_ratios"], run)
    facts |= owner_facts(out["cost_training"], out["cost_bases"], assumed, run)
    facts |= compute_facts(out["cost_compute"], run)
    facts |= price_facts(out["cost_inference"], out["price_peers"], assumed)
    return facts | serving_facts(out["cost_inference"], reports) | sparse_facts(out["cost_inference"])


# ----------------------------------------------------------------------------------------- training


def training_facts(costs: pl.DataFrame) -> Facts:
    """Hours, prices and dollars of every run on every basis."""
    facts: Facts = {}
    for row in costs.iter_rows(named=True):
        key = f"cost.{row['run']}.{row['basis']}"
        for column in ("usd_low", "usd_median", "usd_high", "usd_stated"):
            value = row[column]
            facts[f"{key}.{column}"] = fact(value, "" if value is None else words.dollars(value), TRAINING, "USD")
        hours = row["accelerator_hours"]
        told = "" if hours is None else words.large(hours, 4)
        facts[f"{key}.hours"] = fact(hours, told, TRAINING, "accelerator-hours")
        for column in ("price_low", "price_median", "price_high"):
            value = row[column]
            facts[f"{key}.{column}"] = fact(value, "" if value is None else f"${value:.2f}", TRAINING, "USD per hour")
        facts[f"{key}.prices"] = fact(row["prices"], words.number(row["prices"]), TRAINING, "prices")
        if row["usd_low"] is not None and row["usd_high"] is not None:
            facts[f"{key}.range"] = sentence(words.dollar_range(row["usd_low"], row["usd_high"]), TRAINING)
    return facts


def ratio_facts(ratios: pl.DataFrame) -> Facts:
    """Each basis's ratio, with what makes it comparable."""
    facts: Facts = {}
    for row in ratios.iter_rows(named=True):
        key = f"cost_ratio.{row['basis']}"
        for column in ("ratio_low", "ratio_median", "ratio_high"):
            value = row[column]
            facts[f"{key}.{column}"] = fact(value, "" if value is None else words.times(value), RATIOS, "times")
        low, high = row["ratio_low"], row["ratio_high"]
        told = None if low is None or high is None else words.span(low, high)
        facts[f"{key}.range"] = fact(told, told or "", RATIOS, "times")
        facts[f"{key}.like_for_like"] = fact(row["like_for_like"], "yes" if row["like_for_like"] else "no", RATIOS)
        facts[f"{key}.why"] = sentence(row["why"], RATIOS)
        usd = row["numerator_usd"]
        facts[f"{key}.numerator_usd"] = fact(usd, "" if usd is None else words.dollars(usd, 3), RATIOS, "USD")
    return facts


def run_facts(costs: pl.DataFrame, run: str) -> Facts:
    """The run of the report in one title and one sentence."""
    row = costs.row(by_predicate=(pl.col("run") == run) & (pl.col("basis") == "rental"), named=True)
    name, stated = row["label"], row["usd_stated"]
    facts: Facts = {"cost.run.name": sentence(name, TRAINING)}
    if row["usd_low"] is None:
        gap = f"{name} has no accelerator-hours with dated prices, so its cost cannot be computed"
        return facts | {
            "cost.run.title": sentence(f"The cost of {name} cannot be computed", TRAINING),
            "cost.run.sentence": sentence(f"{gap}.", TRAINING),
        }
    hours = words.large(row["accelerator_hours"], 4)
    reach = words.dollar_range(row["usd_low"], row["usd_high"])
    if stated is None:
        title, against = f"{name}’s final run would rent for {reach}", ""
    else:
        side = "above" if row["usd_low"] > stated else "below" if row["usd_high"] < stated else "around"
        title = f"{name}’s final run would rent for {reach}, {side} the {words.dollars(stated)} its authors state"
        against = f"; at the price per hour that its authors assume, {words.dollars(stated, 4)}"
    priced = row["priced_as"]
    proxy = f" (prices of the {priced} stand in for the {row['accelerator']})" if priced != row["accelerator"] else ""
    told = (
        f"The final run of {name} took {hours} {row['accelerator']} hours. At {row['prices']} dated market prices"
        f"{proxy} that is {reach}, {words.dollars(row['usd_median'])} at the median{against}."
    )
    return facts | {"cost.run.title": sentence(title, TRAINING), "cost.run.sentence": sentence(told, TRAINING)}


def compared_facts(costs: pl.DataFrame, ratios: pl.DataFrame, run: str) -> Facts:
    """One model's published costs over those of the run, on each basis that both have."""
    name = _label(costs, run)
    alike = ratios.filter("like_for_like").drop_nulls("ratio_low").sort("basis", descending=True)
    if alike.is_empty():
        told = f"No published cost of GPT-4 stands on a basis that is known for {name} too."
        return {
            "cost.run.ratio": sentence(told, RATIOS),
            "cost.ratio.title": sentence("No ratio can be given", RATIOS),
        }
    spans = [
        f"{words.span(row['ratio_low'], row['ratio_high'])} times {'that' if place else 'the cost'} of {name} "
        f"{BASIS_WORDS[row['basis']]}"
        for place, row in enumerate(alike.iter_rows(named=True))
    ]
    low, high = float(alike["ratio_low"].min()), float(alike["ratio_high"].max())  # type: ignore[arg-type]
    told = f"On like bases, the published estimates for GPT-4 are {words.listed(spans)}."
    if low < TEN < high:
        title = "Whether GPT-4 cost ten times as much depends on the price of an hour"
        told += " Ten times, an order of magnitude, lies inside, so the price of an hour decides whether it is reached."
    else:
        title = f"On like bases GPT-4 cost {words.span(low, high)} times {name}"
    return {"cost.run.ratio": sentence(told, RATIOS), "cost.ratio.title": sentence(title, RATIOS)}


def owner_facts(costs: pl.DataFrame, bases: pl.DataFrame, assumed: pl.DataFrame, run: str) -> Facts:
    """What the run's hours cost an owner, what its cluster cost to buy, and what every basis leaves out."""
    name = _label(costs, run)
    owned = costs.filter(pl.col("run") == run, pl.col("basis") == "amortised", pl.col("evidence") == "computed")
    rented = costs.filter(pl.col("run") == run, pl.col("basis") == "rental", pl.col("evidence") == "computed")
    facts: Facts = {}
    if owned.is_empty():
        title = f"What {name} cost an owner cannot be computed"
        told = f"{title}: its hours or the prices of its accelerators are not known."
    else:
        row, life = owned.row(0, named=True), assumptions.read(assumed)["lifetime_years"]
        reach = words.dollar_range(row["usd_low"], row["usd_high"])
        rent = rented["usd_median"][0]
        side = "" if rent is None else ("below", "about", "above")[words.order(row["usd_median"], rent) + 1]
        title = f"An owner’s cost of the same hours is {reach}"
        told = (
            f"Owned rather than rented, an hour costs ${row['price_low']:.2f} to ${row['price_high']:.2f}: servers, at "
            f"{row['prices']} dated prices, written off over {words.number(life.low)} to {words.number(life.high)} "
            f"years, links and energy. The hours of {name} then cost {reach}, {words.dollars(row['usd_median'])} "
            "in the middle"
        )
        told += "." if rent is None else f", {side} the median rent of {words.dollars(rent)}."
    facts["cost.owner.title"] = sentence(title, TRAINING)
    facts["cost.owner.sentence"] = sentence(told, TRAINING)

    facts["cost.owner.figure"] = sentence(_middles(bases, name), BASES)

    bought = bases.filter(kind="purchase")
    price = "The size of its cluster is not stated, so neither is what it cost to buy."
    if bought.height:
        row = bought.row(0, named=True)
        price = f"Buying its cluster would have taken {words.dollar_range(row['usd_low'], row['usd_high'])}: "
        price += f"{row['counts']}."
    facts["cost.owner.purchase"] = sentence(price, BASES)
    items = [_lower(item) for item in bases.filter(kind="left_out").sort("order")["label"]]
    left = f"Neither rental nor amortised cost counts {_either(items)}." if items else ""
    facts["cost.left_out.sentence"] = sentence(left or "Every registered item is counted.", BASES)
    facts["cost.left_out.items"] = fact(len(items), words.word(len(items)), BASES, "items")
    return facts


def _middles(bases: pl.DataFrame, name: str) -> str:
    """The middle of each basis in one line."""
    verbs = {"stated": "stated", "rental": "rented", "amortised": "owned"}
    rows = bases.filter(pl.col("kind").is_in(list(verbs))).drop_nulls("usd_median").sort("order")
    parts = [f"{words.dollars(usd)} {verbs[kind]}" for kind, usd in rows.select("kind", "usd_median").iter_rows()]
    return f"{name}’s final run: {words.listed(parts)}" if parts else f"No cost of {name} is known"


# ------------------------------------------------------------------------------------------ compute


def compute_facts(compute: pl.DataFrame, run: str) -> Facts:
    """Hours stated against hours implied by arithmetic."""
    facts: Facts = {}
    for row in compute.iter_rows(named=True):
        key = f"cost.{row['run']}.compute"
        share, flops = row["utilisation"], row["flops"]
        facts[f"{key}.utilisation"] = fact(share, "" if share is None else words.percent(share), COMPUTE)
        facts[f"{key}.flops"] = fact(flops, "" if flops is None else scientific(flops), COMPUTE, "FLOPs")
        hours = row["hours_median"]
        facts[f"{key}.hours"] = fact(hours, "" if hours is None else words.large(hours), COMPUTE, "accelerator-hours")
        facts[f"{key}.plausible"] = sentence(row["plausible"].replace("_", " "), COMPUTE)
        facts[f"{key}.why"] = sentence(row["why"], COMPUTE)
        if row["usd_low"] is not None:
            facts[f"{key}.range"] = sentence(words.dollar_range(row["usd_low"], row["usd_high"]), COMPUTE)
    known = compute.drop_nulls("utilisation").sort("run")
    low, high = compute["published_low"][0], compute["published_high"][0]
    published = f"{words.percent(low)} to {words.percent(high)}"
    facts["cost.compute.published"] = sentence(published, COMPUTE)
    facts["cost.compute.factor"] = fact(
        FLOPS_PER_PARAMETER_AND_TOKEN,
        words.word(FLOPS_PER_PARAMETER_AND_TOKEN),
        "pipeline/chapters/cost/arithmetic.py",
        "FLOPs",
    )
    within = known.filter(plausible="within").height
    title = (
        f"Stated hours fit the arithmetic for {_of(within, known.height)} runs"
        if known.height
        else "No run states hours and tokens"
    )
    facts["cost.compute.title"] = sentence(title, COMPUTE)
    facts["cost.compute.runs"] = fact(known.height, words.word(known.height), COMPUTE, "runs")
    facts["cost.compute.odd"] = sentence(_odd(known, published), COMPUTE)
    facts["cost.compute.missing"] = sentence(_missing(compute), COMPUTE)
    mine = known.filter(pl.col("run") == run)
    facts["cost.compute.sentence"] = sentence(_own(mine, published, run), COMPUTE)
    facts["cost.compute.heading"] = sentence(_heading(mine, title), COMPUTE)
    return facts


def _own(mine: pl.DataFrame, published: str, run: str) -> str:
    if mine.is_empty():
        return f"The run {run} states no tokens, hours or accelerator that could be set against each other."
    row = mine.row(0, named=True)
    stated, implied = words.large(row["hours_stated"]), words.large(row["hours_median"])
    side = {"below": "below all of them", "above": "above all of them", "within": "inside"}[row["plausible"]]
    eight = (
        f" Against the 8-bit peak, which most of the run could use, it is {words.percent(row['utilisation_8bit'])}."
        if row["utilisation_8bit"] is not None
        else ""
    )
    return (
        f"For {row['label']} that makes {scientific(row['flops'])} operations. Done in the {stated} hours stated for "
        f"pre-training, they are {words.percent(row['utilisation'])} of the {row['accelerator']}’s dense 16-bit peak; "
        f"published runs reach {published}, so the hours are {side}. At the median published share the same arithmetic "
        f"takes {implied} hours.{eight}"
    )


def _heading(mine: pl.DataFrame, otherwise: str) -> str:
    """Whether the run of the report fits its arithmetic."""
    if mine.is_empty():
        return otherwise
    row = mine.row(0, named=True)
    share = words.percent(row["utilisation"])
    if row["plausible"] == "within":
        return f"The hours of {row['label']} are plausible: {share} of what its accelerators could do"
    side = "little" if row["plausible"] == "below" else "much"
    return f"The hours of {row['label']} imply {share} of what its accelerators could do, too {side} to be plausible"


def _odd(known: pl.DataFrame, published: str) -> str:
    """Runs outside the published range, by name."""
    told = []
    for side in ("below", "above"):
        rows = known.filter(plausible=side).sort("utilisation", "label")
        names = [
            f"{label} ({words.percent(share)})" for label, share in rows.select("label", "utilisation").iter_rows()
        ]
        if names:
            verb = "lies" if len(names) == 1 else "lie"
            why = (
                "the hours hold more than this arithmetic: restarts, idle cards, later training or attention"
                if side == "below"
                else "hours, tokens or parameters are not of the same work"
            )
            told.append(f"{words.listed(names)} {verb} {side} the published {published}; {why}.")
    return " ".join(told) if told else f"No run lies outside the published {published}."


def _missing(compute: pl.DataFrame) -> str:
    """Runs with hours that cannot be reconciled, and why not."""
    speed = pl.col("flops_per_second")
    named = pl.when(speed.is_not_null()).then(
        pl.format("{} (its hours imply {} teraflops an accelerator)", "label", (speed / TERA).round().cast(pl.Int64))
    )
    gaps = (
        compute.filter(pl.col("utilisation").is_null(), pl.col("why") != _NO_HOURS)
        .sort("why", "label")
        .with_columns(label=named.otherwise("label"))
    )
    if gaps.is_empty():
        return "Every run that states hours can be reconciled."
    parts = [
        f"{words.listed(labels)}: {why}"
        for why, labels in gaps.group_by("why", maintain_order=True).agg("label").iter_rows()
    ]
    return f"Not reconciled: {'; '.join(parts)}."


_NO_HOURS = "no hours are stated for the stages that state tokens"


# ------------------------------------------------------------------------------------------- prices


def price_facts(prices: pl.DataFrame, peers: pl.DataFrame, assumed: pl.DataFrame) -> Facts:
    """What APIs ask, for open and closed models, and how that moved."""
    parts = assumptions.read(assumed)["input_per_output_token"].middle
    blend = f"{words.number(parts)} parts input to one part output"
    latest = prices.filter("is_latest")
    day = prices["date"].max()
    facts: Facts = {
        "price.blend": sentence(blend, "pipeline/register/cost/assumptions.csv"),
        "price.rows": fact(prices.height, words.number(prices.height), INFERENCE, "prices"),
        "price.models": fact(latest.height, words.number(latest.height), INFERENCE, "models"),
        "price.first_date": fact(prices["date"].min(), words.day(prices["date"].min()), INFERENCE),  # type: ignore[arg-type]
        "price.last_date": fact(day, words.day(day), INFERENCE),  # type: ignore[arg-type]
    }
    for row in prices.iter_rows(named=True):
        key = f"price.{row['model']}.{row['date']}"
        for kind in ("input", "output", "blended"):
            value = row[f"price_{kind}"]
            facts[f"{key}.{kind}"] = fact(value, words.price(value), INFERENCE, "USD per million tokens")
    return facts | _gap(latest) | _moves(prices) | _with_size(latest) | _peers(peers)


def _gap(latest: pl.DataFrame) -> Facts:
    """Median latest price of closed models over that of open ones, of models first sold lately."""
    last = latest["date"].max()
    recent = latest.filter(pl.col("date").dt.offset_by("12mo") >= last).sort("price_blended")
    middle = {weights: recent.filter(weights=weights)["price_blended"].median() for weights in ("open", "closed")}
    numbers = {weights: recent.filter(weights=weights).height for weights in ("open", "closed")}
    if None in middle.values():
        told = "The last year of prices holds no open or no closed model."
        return {
            "price.gap.title": sentence("Open and closed models cannot be compared by price", INFERENCE),
            "price.gap.sentence": sentence(told, INFERENCE),
            "price.gap.times": fact(None, "", INFERENCE, "times"),
        }
    a, b = float(middle["closed"]), float(middle["open"])  # type: ignore[arg-type]
    more, less = ("closed", "open") if a >= b else ("open", "closed")
    ratio = max(a, b) / min(a, b)
    told = (
        f"At the last price known of each model, of those whose price dates from the last twelve months, the median is "
        f"{words.price(b)} a million blended tokens for {words.word(numbers['open'])} open models and "
        f"{words.price(a)} for {words.word(numbers['closed'])} closed ones."
    )
    return {
        "price.gap.title": sentence(
            f"The median {more} model asks {words.times(ratio)} times the {less} one", INFERENCE
        ),
        "price.gap.sentence": sentence(told, INFERENCE),
        "price.gap.times": fact(a / b, words.times(a / b), INFERENCE, "times"),
    }


def _moves(prices: pl.DataFrame) -> Facts:
    """How many models were sold dearer or cheaper at the end than at the start."""
    ends = (
        prices.sort("model", "date")
        .group_by("model", maintain_order=True)
        .agg(
            pl.col("label").first(),
            n=pl.len(),
            first=pl.col("price_blended").first(),
            last=pl.col("price_blended").last(),
        )
        .filter(pl.col("n") > 1)
    )
    cut = ends.filter(pl.col("last") < pl.col("first")).height
    raised = ends.filter(pl.col("last") > pl.col("first")).height
    told = (
        f"Of {words.word(ends.height)} models with several dated prices, {_some(cut)} ended cheaper than they "
        f"began and {_some(raised)} dearer."
    )
    return {"price.moves.sentence": sentence(told, INFERENCE)}


def _with_size(latest: pl.DataFrame) -> Facts:
    """Whether the price of output rises with activated parameters."""
    known = latest.drop_nulls("parameters_active").sort("model")
    if known.height < 3:
        return {
            "price.size.rank": fact(None, "", INFERENCE),
            "price.size.title": sentence("Too few open models have a price and counted parameters", INFERENCE),
            "price.size.figure": sentence("Too few open models have a price and counted parameters", INFERENCE),
            "price.size.models": fact(known.height, _some(known.height), INFERENCE, "models"),
        }
    rank = known.select(pl.corr("parameters_active", "price_output", method="spearman")).item()
    rises = "rises with" if rank >= RISES else "falls with" if rank <= -RISES else "says little about"
    title = (
        f"An open model’s price {rises} its activated parameters"
        if rises != "says little about"
        else "How many parameters are activated says little about the price"
    )
    spread = float(known["price_output"].max()) / float(known["price_output"].min())  # type: ignore[arg-type]
    return {
        "price.size.figure": sentence(
            f"The dearest open model asks {words.times(spread)} times the cheapest for output", INFERENCE
        ),
        "price.size.rank": fact(rank, f"{rank:.2f}", INFERENCE),
        "price.size.models": fact(known.height, words.word(known.height), INFERENCE, "models"),
        "price.size.title": sentence(title, INFERENCE),
    }


def _peers(peers: pl.DataFrame) -> Facts:
    """Pairs of models that are set beside each other."""
    facts: Facts = {}
    told = []
    for row in peers.sort("date", "open", "closed").iter_rows(named=True):
        key = f"price.peers.{row['open']}.{row['closed']}"
        for kind in ("input", "output", "blended"):
            value = row[f"times_{kind}"]
            facts[f"{key}.{kind}"] = fact(value, words.times(value), PEERS, "times")
        told.append(
            f"{row['closed_label']} asked {words.times(row['times_blended'])} times as much as {row['open_label']} in "
            f"{words.month(row['date'])}" + (f" ({row['open_note']})" if row["open_note"] else "")
        )
    low, high = peers["times_blended"].min(), peers["times_blended"].max()
    if low is None or high is None:
        title = "No open model is set beside a closed one"
        line = f"{title}."
    else:
        title = f"Closed peers asked {words.span(float(low), float(high))} times as much"  # type: ignore[arg-type]
        line = f"By blended price, {words.listed(told)}."
    return facts | {"price.peers.title": sentence(title, PEERS), "price.peers.sentence": sentence(line, PEERS)}


# ------------------------------------------------------------------------------------------ serving


def serving_facts(prices: pl.DataFrame, reports: pl.DataFrame) -> Facts:
    """Price against the rental cost at a stated use, and a maker's own figures as a check."""
    known = prices.filter("is_latest").drop_nulls("cost_blended_median").sort("model")
    dearer = known.filter(pl.col("price_blended") > pl.col("cost_blended_median")).height
    outside = known.filter(pl.col("price_blended") > pl.col("cost_blended_high")).height
    under = known.filter(pl.col("price_blended") < pl.col("cost_blended_low")).height
    if known.is_empty():
        title, told = "No open model has a price and a rental cost", "No price meets a rental cost here."
    else:
        title = f"{words.upper(_of(dearer, known.height))} open models ask more than rent would cost"
        bound = known.filter(bound="bandwidth").height
        told = (
            f"At the middle of the stated use, {_of(dearer, known.height)} open models ask more "
            f"for a blended million tokens than renting the accelerators would cost, {_some(outside)} of them more "
            f"than even the dearest use; {_some(under)} ask less than the cheapest. Memory bandwidth bounds the "
            f"decoding of {_some(bound)} of them, arithmetic that of {_some(known.height - bound)}."
        )
    middle = known.select(pl.col("cost_blended_median").median()).item()
    reach = (known["cost_blended_high"] / known["cost_blended_low"]).sort().median()
    heading = (
        f"Use decides the cost: the dearest assumed use costs {words.times(float(reach))} times the cheapest"  # type: ignore[arg-type]
        if reach is not None
        else title
    )
    facts: Facts = {
        "cost.serving.heading": sentence(heading, INFERENCE),
        "cost.serving.title": sentence(title, INFERENCE),
        "cost.serving.sentence": sentence(told, INFERENCE),
        "cost.serving.models": fact(known.height, words.word(known.height), INFERENCE, "models"),
        "cost.serving.above": fact(dearer, words.word(dearer), INFERENCE, "models"),
        "cost.serving.middle": fact(middle, words.price(middle or 0), INFERENCE, "USD per million tokens"),
    }
    for row in known.iter_rows(named=True):
        key = f"cost.serving.{row['model']}"
        for end in ("low", "median", "high"):
            value = row[f"cost_blended_{end}"]
            facts[f"{key}.{end}"] = fact(value, words.price(value), INFERENCE, "USD per million tokens")
        facts[f"{key}.price"] = fact(
            row["price_blended"], words.price(row["price_blended"]), INFERENCE, "USD per million tokens"
        )
        facts[f"{key}.tokens_per_second"] = fact(
            row["tokens_per_second"], words.number(round(row["tokens_per_second"])), INFERENCE, "tokens per second"
        )
    return facts | _reported(prices, reports)


def _reported(prices: pl.DataFrame, reports: pl.DataFrame) -> Facts:
    """What a maker published of serving its own model, beside what is worked out for it here."""
    source = "pipeline/register/cost/serving_reports.csv"
    first = prices.filter("is_first").drop_nulls("cost_blended_median")
    both = reports.join(first, on="model", suffix="_sold").sort("date", "model")
    if both.is_empty():
        return {"cost.serving.check": sentence("No maker’s own figures can be set beside these.", source)}
    row = both.row(0, named=True)
    stated = row["usd_per_day"] / ((row["tokens_input"] + row["tokens_output"]) / MILLION)
    speed, own = row["tokens_per_second"], row["output_tokens_per_second_and_accelerator"]
    near = words.order(speed, own)
    compared = ("slower than", "about as fast as", "faster than")[near + 1]
    told = (
        f"As a check, the maker of {row['label']} publishes one day of serving it: "
        f"{words.dollars(row['usd_per_day'])} at ${row['usd_per_hour']:.0f} an accelerator-hour for "
        f"{words.large(row['tokens_input'])} input tokens, "
        f"{words.percent(row['tokens_input_cached'] / row['tokens_input'])} of them cached, and "
        f"{words.large(row['tokens_output'])} output tokens, which is {words.price(stated)} a million. Its "
        f"accelerators write {words.number(round(own))} tokens a second each; the middle worked out here, "
        f"{words.number(round(speed))}, is {compared} that."
    )
    return {
        "cost.serving.check": sentence(told, source),
        "cost.serving.reported": fact(stated, words.price(stated), source, "USD per million tokens"),
    }


def sparse_facts(prices: pl.DataFrame) -> Facts:
    """What serving costs against a model of the same total with every parameter active."""
    known = (
        prices.filter("is_latest", pl.col("parameters_active") < 0.9 * pl.col("parameters_text"))
        .drop_nulls("dense_blended_median")
        .sort("model")
    )
    facts: Facts = {}
    for row in known.iter_rows(named=True):
        key = f"cost.sparse.{row['model']}"
        ends = sorted(row[f"dense_blended_{end}"] / row[f"cost_blended_{end}"] for end in ("low", "median", "high"))
        for name, value in zip(("low", "median", "high"), ends, strict=True):
            facts[f"{key}.{name}"] = fact(value, words.times(value), INFERENCE, "times")
        facts[f"{key}.range"] = sentence(words.span(ends[0], ends[-1]), INFERENCE)
    middle = known.select(times=pl.col("dense_blended_median") / pl.col("cost_blended_median"))["times"].sort()
    if middle.is_empty():
        told = "No mixture of experts has a price and a rental cost here."
    else:
        told = (
            f"At the middle of the stated use, serving {words.word(known.height)} mixtures of experts costs between "
            f"1/{words.times(middle[0])} and 1/{words.times(middle[-1])} of what a model of the same total would cost "
            "with every parameter active. The weights take the same memory."
        )
    return facts | {"cost.sparse.sentence": sentence(told, INFERENCE)}


# -------------------------------------------------------------------------------------------- words


def scientific(value: float) -> str:
    """3.25e24 as `3.3 × 10²⁴`."""
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"


_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _label(costs: pl.DataFrame, run: str) -> str:
    return costs.filter(pl.col("run") == run)["label"][0]


def _some(count: int) -> str:
    return words.word(count) if count else "none"


def _of(count: int, total: int) -> str:
    """`none of nine`, `seven of nine`, `all nine`."""
    return f"all {words.word(total)}" if count == total else f"{_some(count)} of {words.word(total)}"


def _either(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
