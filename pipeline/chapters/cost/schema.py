"""Costs of training and of inference, and prices."""

import dataframely as dy

from pipeline.base.vocabulary import BASES, PLAUSIBLE, PRECISIONS, WEIGHTS, choice, unit_of


class CostTraining(dy.Schema):
    """What a training run costs on one accounting basis, as a range."""

    run = dy.String(primary_key=True, description="Key of the run")
    basis = choice(BASES, primary_key=True, description="Accounting basis")
    model = dy.String(description="Model")
    label = dy.String(description="Name for figures")
    stages = dy.String(description="Stages that the hours cover")
    accelerator = dy.String(nullable=True, description="Accelerator of the run")
    priced_as = dy.String(nullable=True, description="Accelerator whose prices are used (a proxy where it differs)")
    accelerator_hours = dy.Int64(nullable=True, metadata=unit_of("accelerator-hours"), description="Stated hours")
    price_low = dy.Float64(nullable=True, metadata=unit_of("USD per accelerator-hour"), description="Lowest price")
    price_median = dy.Float64(nullable=True, metadata=unit_of("USD per accelerator-hour"), description="Median price")
    price_high = dy.Float64(nullable=True, metadata=unit_of("USD per accelerator-hour"), description="Highest price")
    prices = dy.Int64(description="Dated prices used")
    usd_low = dy.Float64(nullable=True, metadata=unit_of("USD"), description="Low end")
    usd_median = dy.Float64(nullable=True, metadata=unit_of("USD"), description="At the median price, or as published")
    usd_high = dy.Float64(nullable=True, metadata=unit_of("USD"), description="High end")
    usd_stated = dy.Float64(nullable=True, metadata=unit_of("USD"), description="As the authors state it")
    evidence = choice(["computed", "published"], description="Computed from hours, or taken from a source")
    date = dy.Date(nullable=True, description="When the run ended, or its model was released")
    source = dy.String(description="Source of the hours or of the published figure")
    note = dy.String(nullable=True, description="What the number leaves out")


class CostRatios(dy.Schema):
    """One run over another, on one basis at a time: the table of a figure."""

    basis = choice(BASES, primary_key=True, description="Accounting basis")
    label = dy.String(description="The comparison in words")
    numerator_usd = dy.Float64(nullable=True, metadata=unit_of("USD"), description="Cost of the numerator")
    denominator_low = dy.Float64(nullable=True, metadata=unit_of("USD"), description="Low end of the denominator")
    denominator_high = dy.Float64(nullable=True, metadata=unit_of("USD"), description="High end of the denominator")
    ratio_low = dy.Float64(nullable=True, description="Numerator over the high end")
    ratio_median = dy.Float64(nullable=True, description="Numerator over the median")
    ratio_high = dy.Float64(nullable=True, description="Numerator over the low end")
    like_for_like = dy.Bool(description="Both stand on the same basis")
    why = dy.String(description="What makes it comparable or not")


class CostRents(dy.Schema):
    """The dated market prices that the compared run's rental range is made of."""

    accelerator = dy.String(primary_key=True, description="Accelerator whose price it is")
    vendor = dy.String(primary_key=True, description="Vendor")
    date = dy.Date(primary_key=True, description="Date of the price")
    term = dy.String(primary_key=True, description="Contract")
    usd_per_hour = dy.Float64(metadata=unit_of("USD per accelerator-hour"), description="Price")
    usd = dy.Float64(metadata=unit_of("USD"), description="The run's hours at that price")
    source = dy.String(description="Source")


class CostCompute(dy.Schema):
    """Hours that makers state against hours that arithmetic implies, run by run: the table of a figure."""

    run = dy.String(primary_key=True, description="Key of the run")
    label = dy.String(description="Name for figures")
    parameters_active = dy.Int64(
        nullable=True, metadata=unit_of("parameters per token"), description="Activated, input table left out"
    )
    parameters_are = choice(["counted", "stated"], nullable=True, description="From a configuration, or as stated")
    tokens = dy.Int64(nullable=True, metadata=unit_of("tokens"), description="Of the stages that state tokens")
    flops = dy.Float64(nullable=True, metadata=unit_of("FLOPs"), description="6 x activated parameters x tokens")
    accelerator = dy.String(nullable=True, description="Accelerator of the run")
    precision = choice(PRECISIONS, nullable=True, description="Arithmetic of most of the run, as stated")
    flops_16bit = dy.Float64(nullable=True, metadata=unit_of("FLOP per second"), description="Dense 16-bit peak")
    hours_stated = dy.Int64(
        nullable=True, metadata=unit_of("accelerator-hours"), description="Of the stages that state tokens"
    )
    hours_low = dy.Float64(
        nullable=True, metadata=unit_of("accelerator-hours"), description="Implied at the highest published utilisation"
    )
    hours_median = dy.Float64(
        nullable=True, metadata=unit_of("accelerator-hours"), description="Implied at the median published utilisation"
    )
    hours_high = dy.Float64(
        nullable=True, metadata=unit_of("accelerator-hours"), description="Implied at the lowest published utilisation"
    )
    flops_per_second = dy.Float64(
        nullable=True, metadata=unit_of("FLOP per second"), description="Per accelerator, from stated hours"
    )
    utilisation = dy.Float64(nullable=True, description="Implied share of the dense 16-bit peak")
    utilisation_8bit = dy.Float64(nullable=True, description="Implied share of the dense 8-bit peak")
    published_low = dy.Float64(description="Lowest published utilisation")
    published_median = dy.Float64(description="Median published utilisation")
    published_high = dy.Float64(description="Highest published utilisation")
    plausible = choice(PLAUSIBLE, description="Implied utilisation against the published range")
    usd_low = dy.Float64(nullable=True, metadata=unit_of("USD"), description="Fewest implied hours at the lowest price")
    usd_median = dy.Float64(nullable=True, metadata=unit_of("USD"), description="At the medians")
    usd_high = dy.Float64(nullable=True, metadata=unit_of("USD"), description="Most implied hours at the highest price")
    why = dy.String(description="What the comparison says, or why there is none")
    source = dy.String(description="Source of hours and tokens")


class CostBases(dy.Schema):
    """One run on every accounting basis, and what each leaves out: the table of a figure."""

    order = dy.Int64(primary_key=True, description="Reading order")
    kind = choice(["stated", "rental", "amortised", "all_in", "purchase", "left_out"], description="What the row is")
    label = dy.String(description="The row in words")
    usd_low = dy.Float64(nullable=True, metadata=unit_of("USD"), description="Low end; null: nobody knows")
    usd_median = dy.Float64(nullable=True, metadata=unit_of("USD"), description="Middle")
    usd_high = dy.Float64(nullable=True, metadata=unit_of("USD"), description="High end")
    counts = dy.String(description="What it counts, or which bases leave it out")
    source = dy.String(description="Source")


class CostInference(dy.Schema):
    """A price of an API at a date, and what renting accelerators to serve the model would cost then."""

    model = dy.String(primary_key=True, description="Repository id, or the maker's name of a closed model")
    date = dy.Date(primary_key=True, description="First day on which the price is known")
    label = dy.String(description="Name for figures")
    maker = dy.String(description="Who made it and sells it")
    weights = choice(WEIGHTS, description="Published or not")
    date_is = choice(["announced", "documented", "observed"], description="How the date is known")
    is_latest = dy.Bool(description="The last price known of this model")
    is_first = dy.Bool(description="The first price known of this model")
    price_input = dy.Float64(metadata=unit_of("USD per million tokens"), description="Price of input, no cache")
    price_output = dy.Float64(metadata=unit_of("USD per million tokens"), description="Price of output")
    price_blended = dy.Float64(metadata=unit_of("USD per million tokens"), description="Weighted by the stated blend")
    parameters_text = dy.Int64(nullable=True, metadata=unit_of("parameters"), description="The language model")
    parameters_active = dy.Int64(
        nullable=True, metadata=unit_of("parameters per token"), description="Activated, input table left out"
    )
    accelerator = dy.String(nullable=True, description="Accelerator whose rent is used")
    accelerators = dy.Int64(nullable=True, description="How many together serve the model")
    batch = dy.Float64(nullable=True, metadata=unit_of("sequences per accelerator"), description="At the middle values")
    bound = choice(["bandwidth", "compute"], nullable=True, description="What limits decoding at the middle values")
    tokens_per_second = dy.Float64(
        nullable=True, metadata=unit_of("output tokens per second and accelerator"), description="At the middle values"
    )
    rent_per_hour = dy.Float64(
        nullable=True, metadata=unit_of("USD per accelerator-hour"), description="Median of dated prices"
    )
    rent_low = dy.Float64(nullable=True, metadata=unit_of("USD per accelerator-hour"), description="Lowest of them")
    rent_high = dy.Float64(nullable=True, metadata=unit_of("USD per accelerator-hour"), description="Highest of them")
    cost_input_low = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Input, at the cheapest use"
    )
    cost_input_median = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Input, middle values"
    )
    cost_input_high = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Input, at the most expensive use"
    )
    cost_output_low = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Output, at the cheapest use"
    )
    cost_output_median = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Output, middle values"
    )
    cost_output_high = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Output, at the most expensive use"
    )
    cost_blended_low = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Blend, at the cheapest use"
    )
    cost_blended_median = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Blend, middle values"
    )
    cost_blended_high = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="Blend, at the most expensive use"
    )
    dense_blended_low = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="The same if all parameters were active"
    )
    dense_blended_median = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="The same if all parameters were active"
    )
    dense_blended_high = dy.Float64(
        nullable=True, metadata=unit_of("USD per million tokens"), description="The same if all parameters were active"
    )
    why = dy.String(nullable=True, description="Why there is no cost")
    source = dy.String(description="Source of the price")
    note = dy.String(nullable=True, description="Conditions of the price")


class PricePeers(dy.Schema):
    """An open model's price beside that of a closed one: the table of a figure."""

    open = dy.String(primary_key=True, description="Repository id of the open model")
    closed = dy.String(primary_key=True, description="Closed model")
    open_label = dy.String(description="Name for figures")
    closed_label = dy.String(description="Name for figures")
    date = dy.Date(description="The first day on which both prices are known")
    open_blended = dy.Float64(metadata=unit_of("USD per million tokens"), description="Price of the open model then")
    closed_blended = dy.Float64(
        metadata=unit_of("USD per million tokens"), description="Price of the closed model then"
    )
    times_input = dy.Float64(description="Closed over open, input")
    times_output = dy.Float64(description="Closed over open, output")
    times_blended = dy.Float64(description="Closed over open, blended")
    open_note = dy.String(nullable=True, description="Conditions of the open model's price")
    why = dy.String(description="Why these two")
