"""Tables of the calculator: what it knows of models and of machines."""

import dataframely as dy

from pipeline.base.vocabulary import choice, unit_of


class CalculatorModels(dy.Schema):
    """What the site's calculator knows of a model."""

    model = dy.String(primary_key=True, description="Repository id")
    family = dy.String(nullable=True, description="Family")
    mixture = choice(["dense", "moe"], description="Dense or mixture of experts")
    experts = dy.Int64(min=1, description="Routed experts per layer; 1 in a dense model")
    experts_per_token = dy.Int64(min=1, description="Routed experts per token; 1 in a dense model")
    parameters_always = dy.Int64(
        min=0, metadata=unit_of("parameters"), description="At work for every token, the looked-up table left out"
    )
    parameters_routed = dy.Int64(min=0, metadata=unit_of("parameters"), description="All routed experts together")
    weights_bytes_16bit = dy.Int64(metadata=unit_of("bytes"), description="Weights at 16 bits")
    weights_bytes_8bit = dy.Int64(metadata=unit_of("bytes"), description="Weights at 8 bits")
    weights_bytes_4bit = dy.Int64(metadata=unit_of("bytes"), description="Weights at 4 bits")
    cache_bytes_8k = dy.Int64(metadata=unit_of("bytes"), description="All of a sequence’s cache, 8,192 tokens")
    flops_per_token_8k = dy.Int64(metadata=unit_of("FLOP per token"), description="Of a token at 8,192 tokens")
    cache_bytes_32k = dy.Int64(metadata=unit_of("bytes"), description="All of a sequence’s cache, 32,768 tokens")
    flops_per_token_32k = dy.Int64(metadata=unit_of("FLOP per token"), description="Of a token at 32,768 tokens")
    cache_bytes_128k = dy.Int64(metadata=unit_of("bytes"), description="All of a sequence’s cache, 131,072 tokens")
    flops_per_token_128k = dy.Int64(metadata=unit_of("FLOP per token"), description="Of a token at 131,072 tokens")


class CalculatorMachines(dy.Schema):
    """What the site's calculator knows of a machine."""

    machine = dy.String(primary_key=True, description="Machine")
    kind = dy.String(description="Kind of machine")
    most = dy.Int64(min=1, description="How many are joined at most")
    usable_bytes = dy.Int64(min=1, metadata=unit_of("bytes"), description="Memory of one that is usable")
    bandwidth_bytes_per_second = dy.Int64(min=1, metadata=unit_of("bytes per second"), description="Of one")
    flops_16bit = dy.Int64(nullable=True, metadata=unit_of("FLOP per second"), description="Dense, 16 bits, of one")
    usd_per_hour_low = dy.Float64(
        nullable=True, metadata=unit_of("USD per hour"), description="Lowest dated price of one"
    )
    usd_per_hour = dy.Float64(
        nullable=True, metadata=unit_of("USD per hour"), description="Median of dated prices of one"
    )
    usd_per_hour_high = dy.Float64(nullable=True, metadata=unit_of("USD per hour"), description="Highest price of one")


class MachinePrices(dy.Schema):
    """Machines with their rental price where their accelerators are rented."""

    machine = dy.String(primary_key=True, description="Machine")
    kind = dy.String(description="consumer card, workstation, unified memory, main memory, server, server node")
    at_desk = dy.Bool(description="Stands at a desk: consumer card, workstation, unified memory")
    memory_bytes = dy.Int64(metadata=unit_of("bytes"), description="Memory that holds weights")
    bandwidth_bytes_per_second = dy.Int64(metadata=unit_of("bytes per second"), description="Of that memory")
    flops_16bit = dy.Int64(
        nullable=True, metadata=unit_of("FLOP per second"), description="Dense, 16 bits; null where not stated"
    )
    accelerators = dy.Int64(description="Accelerators in it")
    usd_per_hour_low = dy.Float64(nullable=True, metadata=unit_of("USD per hour"), description="Lowest dated price")
    usd_per_hour = dy.Float64(
        nullable=True, metadata=unit_of("USD per hour"), description="Median of dated prices, all accelerators"
    )
    usd_per_hour_high = dy.Float64(nullable=True, metadata=unit_of("USD per hour"), description="Highest dated price")
    prices = dy.Int64(description="Dated prices of the last twelve months on the register, on demand or marketplace")
    priced = dy.Date(nullable=True, description="Date of the newest of them")
