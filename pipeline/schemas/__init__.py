"""Every table's contract: column, type, unit, description, key.

A description is written once, here: it makes the checks when a table is written, the data
dictionary and the data package. Units stand in `metadata["unit"]` (absent: no unit).

A contract is named as its table, in capitals: `moe_share` is MoeShare (`contract` knows the few that are not).

One module per chapter. `schemas.Bases` imports no more of them than it takes to find it: a contract is made in a
millisecond, a stage needs a few of more than a hundred, and every stage is a process of its own.
"""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dataframely as dy

from pipeline.schemas.words import *

if TYPE_CHECKING:  # so that a checker and an editor know every contract
    from pipeline.schemas.claims import *
    from pipeline.schemas.core import *
    from pipeline.schemas.cost import *
    from pipeline.schemas.derivatives import *
    from pipeline.schemas.lineage import *
    from pipeline.schemas.moe import *
    from pipeline.schemas.prices import *
    from pipeline.schemas.register import *
    from pipeline.schemas.site import *
    from pipeline.schemas.surface import *
    from pipeline.schemas.timeline import *
    from pipeline.schemas.vendors import *

MODULES = (
    "core",
    "register",
    "derivatives",
    "lineage",
    "surface",
    "moe",
    "prices",
    "cost",
    "vendors",
    "timeline",
    "claims",
    "site",
)
"""In the order in which a name is looked for; names are distinct."""

# Contracts with names of their own, where a result and a table of the register have one name.
RESULTS = {
    "benchmarks": "Timings",
    "distillations": "DistillationCounts",
    "machines": "MachinePrices",
    "published_counts": "PublishedSeries",
}
REGISTER = {"price_peers": "PeerPairs", "timeline": "TimelineMarks"}


def contract(table: str, own_names: Mapping[str, str]) -> type[dy.Schema]:
    """The contract of a table: of data/out with the names of `RESULTS`, of the register with those of `REGISTER`.

    Raises LookupError, with the name that it should have, for a table that has none.
    """
    name = own_names.get(table) or "".join(part.capitalize() for part in table.split("_"))
    found = _found(name)
    if not (isinstance(found, type) and issubclass(found, dy.Schema)):
        raise LookupError(name)
    return found


def __getattr__(name: str) -> Any:
    """A contract by its name."""
    found = None if name.startswith("_") else _found(name)
    if found is None:
        raise AttributeError(f"module {__name__} has no {name}")
    return found


def _found(name: str) -> Any:
    """What the first module that has the name calls by it."""
    for module in MODULES:
        found = vars(importlib.import_module(f"{__name__}.{module}")).get(name)
        if found is not None:
            return found
    return None
