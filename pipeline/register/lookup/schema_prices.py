"""The register, continued: training runs, machines, prices and assumptions, each row with its date and source."""

from typing import Any

import dataframely as dy

from pipeline.base.vocabulary import BASES, PRECISIONS, PRICE_DATES, WEIGHTS, choice, unit_of


class TrainingRuns(dy.Schema):
    """Stated accelerator-hours and tokens of training runs, stage by stage."""

    run = dy.String(primary_key=True, description="Key of the run; stages of one run share it")
    stage = dy.String(primary_key=True, description="Stage")
    model = dy.String(description="Model")
    label = dy.String(description="Name for figures")
    tokens = dy.Int64(nullable=True, metadata=unit_of("tokens"), description="Tokens of this stage")
    accelerator = dy.String(nullable=True, description="Accelerator")
    accelerators = dy.Int64(nullable=True, min=1, description="Accelerators of the cluster, where stated")
    accelerator_hours = dy.Int64(nullable=True, metadata=unit_of("accelerator-hours"), description="Hours")
    hours_are = choice(["stated", "arithmetic", "none"], description="Stated, or worked out from a statement")
    parameters_trained = dy.Int64(
        nullable=True,
        min=1,
        metadata=unit_of("parameters per token"),
        description="Activated parameters as stated, where the hours cover several models or none is counted",
    )
    precision = choice(PRECISIONS, nullable=True, description="Arithmetic of most of the run, where stated")
    usd_stated = dy.Int64(nullable=True, metadata=unit_of("USD"), description="As the authors state it")
    finished = dy.Date(description="When the run ended, or its model was released")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Primary source")
    note = dy.String(nullable=True, description="What is left out")


class AcceleratorPrices(dy.Schema):
    """Dated rental prices per accelerator-hour."""

    accelerator = dy.String(primary_key=True, description="Accelerator")
    vendor = dy.String(primary_key=True, description="Vendor")
    date = dy.Date(primary_key=True, description="Date of the price")
    term = choice(
        ["on_demand", "reserved_1_year", "reserved_3_years", "marketplace", "assumed_by_authors"],
        primary_key=True,
        description="Contract",
    )
    usd_per_hour = dy.Float64(min_exclusive=0, metadata=unit_of("USD per accelerator-hour"), description="Price")
    source = dy.String(description="Source")


class PriceProxies(dy.Schema):
    """Accelerators with too few prices, and whose prices stand in."""

    accelerator = dy.String(primary_key=True, description="Accelerator with too few prices")
    proxy = dy.String(description="Accelerator whose prices are used")
    why = dy.String(description="Why this is a fair stand-in, and what it misses")
    date = dy.Date(description="When this was decided")
    source = dy.String(description="Source")


class CostEstimates(dy.Schema):
    """Published training-cost figures on a named basis."""

    model = dy.String(primary_key=True, description="Model")
    basis = choice(BASES, primary_key=True, description="Accounting basis")
    usd = dy.Float64(min_exclusive=0, metadata=unit_of("USD"), description="Published value")
    is_lower_bound = dy.Bool(description="The source says at least")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="What it counts")


class Accelerators(dy.Schema):
    """Data-centre accelerators: dense peaks, memory, bandwidth, power."""

    accelerator = dy.String(primary_key=True, description="Accelerator")
    flops_16bit = dy.Float64(min_exclusive=0, metadata=unit_of("FLOP per second"), description="Dense 16-bit peak")
    flops_8bit = dy.Float64(
        nullable=True, min_exclusive=0, metadata=unit_of("FLOP per second"), description="Dense 8-bit peak"
    )
    memory_bytes = dy.Int64(min=1, metadata=unit_of("bytes"), description="Memory")
    bandwidth_bytes_per_second = dy.Int64(min=1, metadata=unit_of("bytes per second"), description="Of that memory")
    server_watts = dy.Float64(
        min_exclusive=0, metadata=unit_of("watts"), description="Rated power of a server over its accelerators"
    )
    date = dy.Date(description="Date of launch or of the source")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="How the figure was read")


class Utilisations(dy.Schema):
    """Published shares of an accelerator's dense peak that training reached."""

    model = dy.String(primary_key=True, description="Model")
    setting = dy.String(primary_key=True, description="Which figure of the source")
    utilisation = dy.Float64(min_exclusive=0, max=1, description="Model FLOPs over the peak (MFU)")
    accelerator = dy.String(description="Accelerator")
    peak = choice(PRECISIONS, description="Which peak it is a share of")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source")


class HardwarePrices(dy.Schema):
    """Dated purchase prices of servers, per accelerator in them."""

    accelerator = dy.String(primary_key=True, description="Accelerator")
    vendor = dy.String(primary_key=True, description="Vendor")
    date = dy.Date(primary_key=True, description="Date of the price")
    unit = dy.String(description="What is sold")
    usd_per_accelerator = dy.Float64(
        min_exclusive=0, metadata=unit_of("USD per accelerator"), description="Price over the accelerators in it"
    )
    source = dy.String(description="Source")


class Assumptions(dy.Schema):
    """Everything that cost accounting assumes, as a range."""

    assumption = dy.String(primary_key=True, description="Key")
    low = dy.Float64(min_exclusive=0, description="Low value")
    middle = dy.Float64(min_exclusive=0, description="Middle value")
    high = dy.Float64(min_exclusive=0, description="High value")
    unit = dy.String(description="Unit of the three")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source, or that it is an assumption of this report")
    why = dy.String(description="What it stands for")

    @dy.rule()
    def _in_order(cls) -> Any:  # noqa: N805
        return (cls.low.col <= cls.middle.col) & (cls.middle.col <= cls.high.col)


class CostItems(dy.Schema):
    """What a training programme spends on, and which accounting basis counts it."""

    order = dy.Int64(primary_key=True, description="Reading order")
    item = dy.String(unique=True, description="What is spent on")
    rental = dy.Bool(description="Counted by the rental of a final run")
    amortised = dy.Bool(description="Counted by amortised hardware and energy")
    all_in = dy.Bool(description="Counted by the all-in programme")
    why = dy.String(description="What is known of it")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source")


class ApiPrices(dy.Schema):
    """Dated list prices of makers' own APIs, standard tier, input not cached."""

    model = dy.String(primary_key=True, description="Repository id, or the maker's name of a closed model")
    label = dy.String(description="Name for figures")
    maker = dy.String(description="Who made it and sells it")
    weights = choice(WEIGHTS, description="Published or not")
    date = dy.Date(primary_key=True, description="First day on which the price is known")
    date_is = choice(
        PRICE_DATES,
        description="Announced by the maker for that day; on a dated page; first seen in a public price list",
    )
    usd_per_million_input = dy.Float64(min_exclusive=0, metadata=unit_of("USD per million tokens"), description="Input")
    usd_per_million_output = dy.Float64(
        min_exclusive=0, metadata=unit_of("USD per million tokens"), description="Output"
    )
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="Conditions of the price")


class PeerPairs(dy.Schema):
    """Open models and the closed ones that they are set beside."""

    open = dy.String(primary_key=True, description="Repository id of the open model")
    closed = dy.String(primary_key=True, description="Closed model")
    why = dy.String(description="Why these two")
    date = dy.Date(description="When this was decided")
    source = dy.String(description="Source")


class ServingReports(dy.Schema):
    """What makers publish of serving their own models."""

    model = dy.String(primary_key=True, description="Repository id")
    accelerator = dy.String(description="Accelerator")
    accelerators = dy.Int64(min=1, description="In use on average")
    usd_per_hour = dy.Float64(
        min_exclusive=0, metadata=unit_of("USD per accelerator-hour"), description="As its authors assume"
    )
    tokens_input = dy.Int64(metadata=unit_of("tokens per day"), description="Input")
    tokens_input_cached = dy.Int64(metadata=unit_of("tokens per day"), description="Input read from a cache")
    tokens_output = dy.Int64(metadata=unit_of("tokens per day"), description="Output")
    output_tokens_per_second_and_accelerator = dy.Float64(
        metadata=unit_of("tokens per second and accelerator"), description="While decoding"
    )
    input_tokens_per_second_and_accelerator = dy.Float64(
        metadata=unit_of("tokens per second and accelerator"), description="While reading, cached input counted"
    )
    usd_per_day = dy.Float64(metadata=unit_of("USD per day"), description="As its authors state it")
    date = dy.Date(primary_key=True, description="Date of the source")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="What it covers")


class Machines(dy.Schema):
    """Hardware that people run models on."""

    machine = dy.String(primary_key=True, description="Machine")
    kind = dy.String(description="consumer card, workstation, unified memory, main memory, server, server node")
    memory_bytes = dy.Int64(min=1, metadata=unit_of("bytes"), description="Memory that holds weights")
    bandwidth_bytes_per_second = dy.Int64(min=1, metadata=unit_of("bytes per second"), description="Of that memory")
    flops_16bit = dy.Int64(
        nullable=True,
        min=1,
        metadata=unit_of("FLOP per second"),
        description="Dense, 16-bit weights, 32-bit sums; null where the maker states none",
    )
    accelerator = dy.String(nullable=True, description="Its accelerator, as rental prices name it")
    accelerators = dy.Int64(min=1, description="Accelerators in it")
    most = dy.Int64(min=1, description="Machines of this kind that a network for training joins; 1 for desks")
    date = dy.Date(description="Date of launch or of the source")
    source = dy.String(description="Source")


class MemoryRules(dy.Schema):
    """What running and training take in memory: assumptions, each with its source."""

    rule = dy.String(primary_key=True, description="Key")
    value = dy.Float64(min_exclusive=0, description="Value")
    unit = dy.String(description="Unit")
    statement = dy.String(description="What it says")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Source")
